//! One request: what is asked for, what granting it would do, and the answer.

use super::list::{badge, outcome, then};
use crate::{
    navigation::{RAISE_ANSWER, RAISE_REQUESTS},
    server_fns::raises::{ApproveRaise, DeclineRaise},
    ui::{FormError, FormFooter, Html, Notice, TextField, served_error, served_form},
    usage_address::field,
};
use domain::{
    raises::RaiseStatus,
    views::{RaiseEffect, RaiseReview},
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The whole page; `query` is that of its address.
pub(crate) fn content(review: &RaiseReview, query: &str) -> Html {
    let row = &review.row;
    let request = &row.request;
    let answer = match request.status {
        RaiseStatus::Open if row.may_answer => answer(review, query).into_any(),
        RaiseStatus::Open => view! {
            <Notice>
                <p>
                    "You cannot answer this request: nobody grants themselves more, unless they may set \
                     that limit anyway."
                </p>
            </Notice>
        }
        .into_any(),
        _ => ().into_any(),
    };
    Html::of(view! {
        <div>
            <h1>{format!("{} asks for more", request.member_name)}</h1>
            <p class="page-sub">
                <a href=RAISE_REQUESTS>"Back to all requests"</a>
            </p>
        </div>
        <dl class="pairs">
            <dt>"Of what"</dt>
            <dd>{row.what.clone()}</dd>
            <dt>"Limit then"</dt>
            <dd>{then(row)}</dd>
            <dt>"Asks for"</dt>
            <dd>{row.asked.clone()}</dd>
            <dt>"Why"</dt>
            <dd class="quote">{request.reason.clone()}</dd>
            <dt>"When"</dt>
            <dd>{row.asked_at.clone()}</dd>
            <dt>"Status"</dt>
            <dd>{badge(request.status)} {outcome(row)}</dd>
        </dl>
        {answer}
    })
}

/// What is wrong with the last answer, or else with the amount and the end that are looked at.
fn error_of(review: &RaiseReview, query: &str) -> FormError {
    let answers = [served_error::<ApproveRaise>(query), served_error::<DeclineRaise>(query)];
    let wrong = answers.into_iter().find(|error| !error.none_yet());
    wrong.unwrap_or_else(|| match &review.effect {
        Err(invalid) => FormError::given(service::Error::from(invalid.clone()).into()),
        Ok(_) => FormError::none(),
    })
}

fn answer(review: &RaiseReview, query: &str) -> impl IntoView + use<> {
    let request = &review.row.request;
    let error = error_of(review, query);
    let said = error.text("answer", field(query, "answer").unwrap_or_default());
    let message = view! {
        <TextField
            name="answer"
            label="Message to the member"
            hint="They need one if you decline."
            value=said
            lines=2
            error
        />
    };
    let decline = view! {
        <button class="button" type="submit" formaction=DeclineRaise::PATH>
            "Decline"
        </button>
    };
    let id = view! { <input type="hidden" name="request" value=request.id.to_string() /> };
    if let Some(why) = review.impossible {
        let fields = view! {
            {id}
            {message}
            <FormFooter
                error
                fields=&["answer"]
                pending=Signal::stored(false)
                button="Decline"
            />
        };
        return view! {
            <Notice>
                <p>{format!("This cannot be granted any more: {why}.")}</p>
            </Notice>
            {served_form::<DeclineRaise>("form raise-form", fields)}
        }
        .into_any();
    }
    let effect = review.effect.as_ref().ok().map(effect);
    let fields = view! {
        {id}
        <input type="hidden" name="own_limit" value=request.own_limit.to_string() />
        <div class="raise-fields">
            <TextField
                name="limit"
                label="New limit"
                value=error.text("limit", review.limit.clone())
                required=true
                error
            />
            <TextField
                name="last_day"
                label="Last day"
                kind="date"
                hint="Empty: for good."
                value=error.text("last_day", review.last_day.clone())
                error
            />
        </div>
        <button class="button" type="submit" formmethod="get" formaction=RAISE_ANSWER>
            "Show the effect"
        </button>
        {effect}
        {message}
        <div class="raise-answers">
            <FormFooter
                error
                fields=&["limit", "last_day", "answer"]
                pending=Signal::stored(false)
                button="Approve"
            />
            {decline}
        </div>
    };
    served_form::<ApproveRaise>("form raise-form", fields).into_any()
}

/// Before and after.
fn effect(effect: &RaiseEffect) -> impl IntoView + use<> {
    let rows = effect.facts.iter().map(|fact| {
        view! {
            <tr>
                <th scope="row">{fact.label.clone()}</th>
                <td data-label="Now">{fact.before.clone()}</td>
                <td data-label="If you approve">{fact.after.clone()}</td>
            </tr>
        }
    });
    let warnings = effect.warnings.iter().map(|warning| view! { <p>{warning.clone()}</p> });
    let warnings = warnings.collect_view();
    let warnings = (!effect.warnings.is_empty()).then(|| view! { <Notice>{warnings}</Notice> });
    view! {
        <section class="section" aria-label="The effect">
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"The effect"</th>
                            <th scope="col">"Now"</th>
                            <th scope="col">"If you approve"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
            {warnings}
            <p class="section-text">{effect.until.clone()}</p>
        </section>
    }
}

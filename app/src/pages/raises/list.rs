//! The list of requests: open ones first.

use crate::{
    navigation::{RAISE_ANSWER, RAISE_REQUESTS, address},
    server_fns::raises::WithdrawRaise,
    ui::{Html, Paging, filter, served_form},
};
use domain::{
    raises::RaiseStatus,
    views::{RaiseRow, RaisesPage},
};
use leptos::prelude::*;

/// The whole page.
pub(crate) fn content(page: &RaisesPage) -> Html {
    let chosen = page.status.map(RaiseStatus::code).unwrap_or_default();
    let options = RaiseStatus::ALL.map(|status| (status.code().to_owned(), status.to_string()));
    let clear = page.status.map(|_| RAISE_REQUESTS.to_owned());
    let list = match (page.rows.is_empty(), page.status) {
        (true, None) => view! {
            <p class="empty">
                "Nobody has asked for more yet. Members ask on My Usage, and where something of theirs was \
                 refused."
            </p>
        }
        .into_any(),
        (true, Some(_)) => view! { <p class="empty">"No request is so."</p> }.into_any(),
        (false, _) => table(&page.rows).into_any(),
    };
    let at =
        |page: i64| address(RAISE_REQUESTS, &[("status", chosen), ("page", &page.to_string())]);
    Html::of(view! {
        <div>
            <h1>"Raise requests"</h1>
            <p class="page-sub">"Members who ask for more of a limit of their own."</p>
        </div>
        <search>
            <form class="filters-form" method="get" action=RAISE_REQUESTS>
                {filter("status", "Status", "All", options.into(), chosen)}
                <button class="button" type="submit">
                    "Show"
                </button>
                {clear.map(|href| view! { <a href=href>"Clear"</a> })}
            </form>
        </search>
        {list}
        <Paging page=page.page pages=page.pages address=at />
    })
}

fn table(rows: &[RaiseRow]) -> impl IntoView + use<> {
    let rows = rows.iter().map(row).collect_view();
    view! {
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Member"</th>
                        <th scope="col">"Of what"</th>
                        <th scope="col">"Limit then"</th>
                        <th scope="col">"Asks for"</th>
                        <th scope="col">"Why"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col"><span class="hidden">"Answer"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(row: &RaiseRow) -> impl IntoView + use<> {
    let request = &row.request;
    let href = address(RAISE_ANSWER, &[("request", &request.id.to_string())]);
    let link = if row.may_answer {
        let label = format!("Answer {}", request.member_name);
        view! { <a class="button button-small" href=href aria-label=label>"Answer"</a> }.into_any()
    } else {
        let label = format!("Show the request of {}", request.member_name);
        view! { <a href=href aria-label=label>"Show"</a> }.into_any()
    };
    view! {
        <tr>
            <th scope="row">
                {request.member_name.clone()}
                <span class="sub">{row.asked_at.clone()}</span>
            </th>
            <td data-label="Of what">{row.what.clone()}</td>
            <td data-label="Limit then">{then(row)}</td>
            <td data-label="Asks for">{row.asked.clone()}</td>
            <td data-label="Why">{request.reason.clone()}</td>
            <td data-label="Status">
                <span>{badge(request.status)} {outcome(row)}</span>
            </td>
            <td>{link}</td>
        </tr>
    }
}

/// The limit when it was asked for.
pub(super) fn then(row: &RaiseRow) -> String {
    row.then.clone().unwrap_or_else(|| "None".to_owned())
}

/// What became of a request: a filled, a hollow or a dashed dot with its word.
pub(super) fn badge(status: RaiseStatus) -> impl IntoView + use<> {
    let class = match status {
        RaiseStatus::Open => "badge badge-invited",
        RaiseStatus::Approved => "badge badge-active",
        RaiseStatus::Declined | RaiseStatus::Withdrawn => "badge badge-inactive",
    };
    view! { <span class=class>{status.to_string()}</span> }
}

/// What was answered, by whom and when.
pub(super) fn outcome(row: &RaiseRow) -> impl IntoView + use<> {
    let granted = row.granted.clone().map(|granted| view! { <span class="sub">{granted}</span> });
    let by = match (&row.request.answered_by, &row.answered_at) {
        (Some(who), Some(when)) => format!("{who}, {when}"),
        (None, Some(when)) => when.clone(),
        _ => String::new(),
    };
    let answer = Some(row.request.answer.clone()).filter(|answer| !answer.is_empty());
    view! {
        {granted}
        {answer.map(|answer| view! { <span class="sub">{answer}</span> })}
        {(!by.is_empty()).then(|| view! { <span class="sub">{by}</span> })}
    }
}

/// What somebody has asked for themselves, on a page of their own.
pub(crate) fn own(rows: &[RaiseRow]) -> Option<impl IntoView + use<>> {
    let items = rows.iter().map(|row| {
        let id = row.request.id.to_string();
        let open = row.request.status == RaiseStatus::Open;
        let withdraw = open.then(|| {
            let fields = view! {
                <input type="hidden" name="request" value=id />
                <button class="button button-small" type="submit">
                    "Withdraw"
                </button>
            };
            served_form::<WithdrawRaise>("", fields)
        });
        view! {
            <tr>
                <th scope="row">
                    {row.what.clone()} <span class="sub">{row.asked_at.clone()}</span>
                </th>
                <td data-label="Limit then">{then(row)}</td>
                <td data-label="Asked for">{row.asked.clone()}</td>
                <td data-label="Status">
                    <span>{badge(row.request.status)} {outcome(row)}</span>
                </td>
                <td>{withdraw}</td>
            </tr>
        }
    });
    let items = items.collect_view();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="section" id="requests">
                <div class="section-head">
                    <h2>"Asked for"</h2>
                    <span class="sub">"Your last 5 requests for more"</span>
                </div>
                <div class="table-box">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Of what"</th>
                                <th scope="col">"Limit then"</th>
                                <th scope="col">"Asked for"</th>
                                <th scope="col">"Status"</th>
                                <th scope="col">
                                    <span class="hidden">"Withdraw"</span>
                                </th>
                            </tr>
                        </thead>
                        <tbody>{items}</tbody>
                    </table>
                </div>
            </section>
        }
    })
}

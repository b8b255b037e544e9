//! Where a member asks for more of a limit of their own.

use super::list::own;
use crate::{
    navigation::MY_USAGE,
    server_fns::raises::AskForRaise,
    ui::{FormFooter, Html, TextField, format, served_error, served_form},
};
use domain::views::RaiseForm;
use leptos::prelude::*;

/// The whole page; `query` is that of its address.
pub(crate) fn content(form: &RaiseForm, query: &str) -> Html {
    let limit = match &form.limit {
        Some(limit) => format!("Your limit is {limit}."),
        None => "You have no limit of your own and share what all have.".to_owned(),
    };
    let resets = form.resets.as_ref().map(|at| format!(" It resets {}.", format::moment(at)));
    let fields = match &form.open {
        Some(open) => view! {
            <p class="section-text">
                "You have asked for more of this already. Withdraw that request to ask anew."
            </p>
            {own(std::slice::from_ref(open))}
        }
        .into_any(),
        None => fields(form, query).into_any(),
    };
    Html::of(view! {
        <div>
            <h1>"Ask for more"</h1>
            <p class="page-sub">
                {form.what.clone()} ". " <a href=MY_USAGE>"Back to My Usage"</a>
            </p>
        </div>
        <p class="section-text">
            {format!("{limit} You have used {} of it.{}", form.taken, resets.unwrap_or_default())}
        </p>
        {fields}
    })
}

fn fields(form: &RaiseForm, query: &str) -> impl IntoView + use<> {
    let error = served_error::<AskForRaise>(query);
    let fields = view! {
        <input type="hidden" name="own_limit" value=form.own_limit.to_string() />
        <div class="raise-fields">
            <TextField
                name="limit"
                label="New limit"
                value=error.text("limit", String::new())
                required=true
                autofocus=true
                error
            />
            <TextField
                name="last_day"
                label="Last day"
                kind="date"
                hint="Empty: for good. After it the limit is what it was."
                value=error.text("last_day", String::new())
                error
            />
        </div>
        <p class="field-hint">{format!("The new limit in all, in {}.", form.unit)}</p>
        <TextField
            name="reason"
            label="Why"
            hint="Whoever answers reads this."
            value=error.text("reason", String::new())
            lines=3
            required=true
            error
        />
        <FormFooter
            error
            fields=&["limit", "last_day", "reason"]
            pending=Signal::stored(false)
            button="Ask for more"
        />
    };
    served_form::<AskForRaise>("form raise-form", fields)
}

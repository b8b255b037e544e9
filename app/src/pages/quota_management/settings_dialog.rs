//! The dialog that changes how the organization allocates its credits.

use super::{EDIT_SETTINGS_ID, preview};
use crate::{
    server_fns::credits::SaveCreditSettings,
    settings_form::SettingsForm,
    table_address::TableAddress,
    ui::{
        Checkbox, Dialog, FormError, FormFooter, PostForm, Radio, TextField, format, use_posting,
    },
};
use domain::{
    credits::CreditSettings,
    period::{Cycle, CycleInput},
    preview::Facts,
};
use leptos::prelude::*;

/// The dialog.
pub(super) fn dialog(
    settings: &CreditSettings,
    version: i64,
    facts: &Facts,
    address: &TableAddress,
) -> impl IntoView + use<> {
    let (settings, facts, address) = (*settings, facts.clone(), address.clone());
    view! {
        <Dialog
            title="Edit Credit Settings".to_owned()
            close=address.here()
            opener=EDIT_SETTINGS_ID.to_owned()
        >
            <EditSettings settings version facts=facts.clone() address=address.clone() />
        </Dialog>
    }
}

#[component]
fn EditSettings(
    /// What the form starts with.
    settings: CreditSettings,
    /// The version of these settings.
    version: i64,
    /// What the preview is worked out from.
    facts: Facts,
    /// The part of the table to return to.
    address: TableAddress,
) -> impl IntoView {
    let posting = use_posting::<SaveCreditSettings>();
    let error = FormError::of(posting);
    let form = RwSignal::new(as_typed(&settings));
    let follow = move |event| {
        if let Some(changed) = preview::read(&event) {
            form.set(changed);
        }
    };
    view! {
        <PostForm posting class="form" on:input=follow>
            <input type="hidden" name="version" value=error.version(version) />
            <input type="hidden" name="back" value=address.query_string() />
            {cycle(settings.cycle, error)}
            {limit(&settings, error)}
            <Checkbox
                name="set_aside"
                label="Set credits aside for custom limits"
                checked=error.checked("set_aside", "true", settings.set_aside)
                hint="On: what a custom limit has not used yet is kept for that member. \
                      Off: custom limits are only limits."
            />
            <Checkbox
                name="packs_extend"
                label="Packs extend the limit"
                checked=error.checked("packs_extend", "true", settings.packs_extend)
                hint="On: what packs pay does not count against the credit limit. \
                      Off: everything counts."
            />
            <section class="preview" aria-label="Effect" aria-live="polite">
                <h3 class="preview-title">"If you save this"</h3>
                {move || preview::effect(&facts, &settings, &form.get())}
            </section>
            <FormFooter
                error
                fields=&["cycle.first_day", "cycle.last_day", "limit"]
                pending=posting.pending()
                button="Save"
                reload=address.with(&[("edit", "settings")])
            />
        </PostForm>
    }
}

/// The form before anybody types.
fn as_typed(settings: &CreditSettings) -> SettingsForm {
    let input = CycleInput::from(settings.cycle);
    SettingsForm {
        cycle: input.kind.clone(),
        first_day: day(input.first_day),
        last_day: day(input.last_day),
        repeat: input.repeat.unwrap_or(false),
        limited: settings.limit.is_some(),
        limit: settings.limit.map(|limit| limit.to_string()).unwrap_or_default(),
        set_aside: settings.set_aside,
        packs_extend: settings.packs_extend,
    }
}

fn day(day: Option<chrono::NaiveDate>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

fn cycle(cycle: Cycle, error: FormError) -> impl IntoView {
    let input = CycleInput::from(cycle);
    let chosen = |kind| error.checked("cycle", kind, input.kind == kind);
    view! {
        <fieldset class="fieldset reveals">
            <legend>"Cycle"</legend>
            <div class="choices">
                <Radio
                    name="cycle"
                    value="monthly"
                    label="Monthly"
                    checked=chosen("monthly")
                    autofocus=error.none_yet()
                />
                <Radio name="cycle" value="weekly" label="Weekly" checked=chosen("weekly") />
                <Radio
                    name="cycle"
                    value="custom"
                    label="Custom dates"
                    checked=chosen("custom")
                    reveals=true
                />
            </div>
            <p class="field-hint">
                "Usage starts anew on the 1st, on Monday, or on the first day, at midnight."
            </p>
            <div class="revealed">
                <div class="field-row">
                    <TextField
                        name="first_day"
                        label="First day"
                        kind="date"
                        value=error.text("first_day", day(input.first_day))
                        error
                        error_field="cycle.first_day"
                    />
                    <TextField
                        name="last_day"
                        label="Last day"
                        kind="date"
                        value=error.text("last_day", day(input.last_day))
                        error
                        error_field="cycle.last_day"
                    />
                </div>
                <Checkbox
                    name="repeat"
                    label="Repeat"
                    checked=error.checked("repeat", "true", input.repeat.unwrap_or(false))
                    hint="On: a new cycle of the same length follows the last day. \
                          Off: the limit ends with it."
                />
            </div>
        </fieldset>
    }
}

fn limit(settings: &CreditSettings, error: FormError) -> impl IntoView + use<> {
    let limit = settings.limit.map(|limit| format::grouped(limit.get()));
    let limited = error.checked("limited", "true", limit.is_some());
    view! {
        <fieldset class="fieldset reveals">
            <legend>"Limit per cycle"</legend>
            <div class="choices">
                <Radio name="limited" value="false" label="No limit" checked=!limited />
                <Radio name="limited" value="true" label="Limit" checked=limited reveals=true />
            </div>
            <div class="revealed">
                <TextField
                    name="limit"
                    label="Credit limit"
                    value=error.text("limit", limit.unwrap_or_default())
                    hint="For everyone together, at most what the plan provides. 0 allows nothing."
                    error
                />
            </div>
        </fieldset>
    }
}

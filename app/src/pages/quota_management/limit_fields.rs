//! The fields of a limit: whether there is one, how much, and for how long. Dialogs for one and
//! for several members have the same.

use crate::ui::{Checkbox, FormError, TextField};
use domain::member_limits::LimitSchedule;
use leptos::prelude::*;

/// The names of the fields, for errors that belong elsewhere.
pub(super) const FIELDS: &[&str] = &["limit", "last_day"];

/// The fields, starting with `schedule`.
pub(super) fn limit_fields(
    schedule: LimitSchedule,
    last_day: String,
    error: FormError,
) -> impl IntoView + use<> {
    let limit = schedule.cap.map(|cap| cap.to_string()).unwrap_or_default();
    let temporary = schedule.ends_at.is_some();
    view! {
        <div class="reveals">
            <Checkbox
                name="custom"
                label="Custom Credit Limit"
                checked=error.checked("custom", "true", schedule.cap.is_some())
                hint="Off: shares the pool with everyone who has no limit of their own."
                autofocus=error.none_yet()
                reveals=true
            />
            <div class="revealed">
                <TextField
                    name="limit"
                    label="Credit limit"
                    value=error.text("limit", limit)
                    hint="Credits such as 500, or a share such as 20%. 0 allows nothing."
                    error
                />
            </div>
        </div>
        <div class="reveals">
            <Checkbox
                name="temporary"
                label="Only for a time"
                checked=error.checked("temporary", "true", temporary)
                hint="On: the limit ends with the last day, at midnight in the organization’s zone, and \
                      the one before it returns by itself."
                reveals=true
            />
            <div class="revealed">
                <TextField
                    name="last_day"
                    label="Last day"
                    kind="date"
                    value=error.text("last_day", last_day)
                    error
                />
            </div>
        </div>
    }
}

//! What the settings in the form would do, worked out in the browser by the rules that decide.

use crate::{settings_form::SettingsForm, ui::format};
use chrono::NaiveDate;
use domain::{
    credits::CreditSettings,
    period::Cycle,
    preview::{Facts, Preview, preview},
};
use leptos::{
    ev::Event,
    prelude::*,
    web_sys::{FormData, HtmlFormElement},
};

/// Names that are written out; of the others it is said how many they are.
const NAMES: i64 = 5;

/// The form as it stands, after something in it changed.
pub(super) fn read(event: &Event) -> Option<SettingsForm> {
    let form: HtmlFormElement = crate::ui::form_of(event)?;
    let data = FormData::new_with_form(&form).ok()?;
    let text = |name: &str| data.get(name).as_string().unwrap_or_default();
    let is_on = |name: &str| text(name) == "true";
    Some(SettingsForm {
        cycle: text("cycle"),
        first_day: text("first_day"),
        last_day: text("last_day"),
        repeat: is_on("repeat"),
        limited: is_on("limited"),
        limit: text("limit"),
        set_aside: is_on("set_aside"),
        packs_extend: is_on("packs_extend"),
    })
}

/// What changes with `form` where `now` are the settings, as a list.
pub(super) fn effect(facts: &Facts, now: &CreditSettings, form: &SettingsForm) -> AnyView {
    match form.parse() {
        Err(invalid) => {
            let (field, message) = (invalid.field.replace("cycle.", ""), invalid.message);
            let text = format!("Not complete yet: {} {message}.", field.replace('_', " "));
            view! { <p class="field-hint">{text}</p> }.into_any()
        }
        Ok(settings) => {
            let (before, after) = (preview(facts, now), preview(facts, &settings));
            let lines = lines(facts, &settings, &before, &after);
            let lines = lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
            view! { <ul class="plain-list">{lines}</ul> }.into_any()
        }
    }
}

fn lines(
    facts: &Facts,
    settings: &CreditSettings,
    before: &Preview,
    preview: &Preview,
) -> Vec<String> {
    if let Some(refused) = &preview.refused {
        return vec![format!("Can’t be saved: the limit {}.", refused.message)];
    }
    let mut lines = vec![boundaries(facts, settings, &preview.boundaries)];
    if settings.limit.is_some() {
        lines.push(format!("{} are used in the cycle that would run.", credits(preview.used)));
    }
    lines.extend(stopped(facts, before, preview));
    if preview.over_promised > 0 {
        lines.push(format!(
            "Limits would promise {} more than would be left.",
            credits(preview.over_promised)
        ));
    }
    if preview.incomplete {
        let from = day(facts.known_from);
        lines.push(format!("Use before {from} is left out here; decisions count all of it."));
    }
    if facts.more > 0 {
        lines.push(format!(
            "Looked at the {} closest to their limits, not at {} more.",
            format::counted(i64::try_from(facts.limited.len()).unwrap_or(0), "member"),
            format::grouped(facts.more)
        ));
    }
    lines
}

fn boundaries(facts: &Facts, settings: &CreditSettings, days: &[NaiveDate]) -> String {
    let zone = &facts.zone;
    let listed = days.iter().map(|of| day(*of)).collect::<Vec<_>>().join(", ");
    match (settings.cycle, days) {
        (_, []) => "These dates are over: the limit would not apply.".to_owned(),
        (Cycle::Custom(custom), [end]) if !custom.repeat() => {
            format!("The limit would end on {} at 00:00 in {zone}.", day(*end))
        }
        (Cycle::Custom(custom), [begin, end]) if !custom.repeat() => {
            let (begin, end) = (day(*begin), day(*end));
            format!("The limit would begin on {begin} and end on {end}, at 00:00 in {zone}.")
        }
        _ => format!("Starts anew on {listed}, at 00:00 in {zone}."),
    }
}

/// Who could use nothing more, and who could go on again.
fn stopped(facts: &Facts, before: &Preview, after: &Preview) -> Vec<String> {
    let sharing = format!("all {} who share the pool", format::grouped(facts.sharing));
    let difference = |of: &Preview, than: &Preview| {
        let new = of.stopped.iter().filter(|name| !than.stopped.contains(name));
        let names: Vec<String> = new.cloned().collect();
        listed(names, (of.sharing_stopped > than.sharing_stopped).then(|| sharing.clone()))
    };
    let stopped = difference(after, before).map(|who| format!("Would be stopped at once: {who}."));
    let freed = difference(before, after).map(|who| format!("Could go on again: {who}."));
    let nobody = (stopped.is_none()).then(|| "Nobody else would be stopped.".to_owned());
    [stopped, nobody, freed].into_iter().flatten().collect()
}

/// The first names, how many more there are, and `also`; none if there is nobody.
fn listed(mut names: Vec<String>, also: Option<String>) -> Option<String> {
    let more = i64::try_from(names.len()).unwrap_or(0) - NAMES;
    if more > 0 {
        names.truncate(usize::try_from(NAMES).unwrap_or_default());
        names.push(format!("{} more with limits of their own", format::grouped(more)));
    }
    names.extend(also);
    (!names.is_empty()).then(|| names.join(", "))
}

fn credits(number: i64) -> String {
    format::counted(number, "credit")
}

fn day(day: NaiveDate) -> String {
    day.format("%a %-d %b %Y").to_string()
}

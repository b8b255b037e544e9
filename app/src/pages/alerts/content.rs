//! The page *Alerts*: what is set, limits with thresholds of their own, and what was reached lately.

use crate::{
    navigation::WEBHOOKS,
    pages::webhooks::undelivered,
    server_fns::alerts::{RemoveLimitThresholds, SaveAlerts, SetLimitThresholds, TryMail},
    ui::{
        Checkbox, FormError, FormFooter, Html, Notice, SelectField, TextField, served_error,
        served_form,
    },
};
use domain::{
    alerts::LevelAlerts,
    views::{AlertsView, OverrideRow, ReachedRow},
};
use leptos::prelude::*;
use service::DeliveryList;

/// The whole page.
pub(crate) fn page(view: &AlertsView, given_up: &DeliveryList, query: &str) -> Html {
    Html::of(view! {
        <div>
            <h1>"Alerts"</h1>
            <p class="page-sub">
                "Who is told before a limit stops somebody. Team chats and programs are told by "
                <a href=WEBHOOKS>"webhooks"</a> "."
            </p>
        </div>
        {settings(view, served_error::<SaveAlerts>(query))}
        {mail(view, served_error::<TryMail>(query))}
        {own_thresholds(view, served_error::<SetLimitThresholds>(query))}
        {lately(&view.lately)}
        {undelivered(given_up, query)}
    })
}

/// One level of limits, as the form names it.
struct Level {
    title: &'static str,
    text: &'static str,
    thresholds: (&'static str, &'static str),
    administrators: &'static str,
    /// The checkbox for those whom the limit concerns, where that is somebody else.
    concerned: Option<(&'static str, &'static str)>,
    people: (&'static str, &'static str),
}

const LEVELS: [Level; 3] = [
    Level {
        title: "Limits of the organization",
        text: "What the plan includes, the enterprise limit, and quotas of the whole organization.",
        thresholds: ("organization[thresholds]", "organization-thresholds"),
        administrators: "organization[administrators]",
        concerned: None,
        people: ("organization[people]", "organization-people"),
    },
    Level {
        title: "Limits of subtenants",
        text: "Quotas of single subtenants.",
        thresholds: ("subtenants[thresholds]", "subtenants-thresholds"),
        administrators: "subtenants[administrators]",
        concerned: Some(("subtenants[concerned]", "Administrators of the subtenant")),
        people: ("subtenants[people]", "subtenants-people"),
    },
    Level {
        title: "Limits of members",
        text: "Credit limits, budgets and quotas of single members.",
        thresholds: ("members[thresholds]", "members-thresholds"),
        administrators: "members[administrators]",
        concerned: Some(("members[concerned]", "The member")),
        people: ("members[people]", "members-people"),
    },
];

/// What the form shows the errors of itself.
const FIELDS: &[&str] = &[
    LEVELS[0].thresholds.0,
    LEVELS[0].people.0,
    LEVELS[1].thresholds.0,
    LEVELS[1].people.0,
    LEVELS[2].thresholds.0,
    LEVELS[2].people.0,
];

fn settings(view: &AlertsView, error: FormError) -> impl IntoView + use<> {
    let set = &view.settings;
    let levels = LEVELS.iter().zip([&set.organization, &set.subtenants, &set.members]);
    let levels = levels.map(|(level, set)| fieldset(view, level, set, error)).collect_view();
    let (weekly, monthly) = (set.weekly_digest, set.month_report);
    let fields = view! {
        <input type="hidden" name="version" value=error.version(view.version) />
        <div class="levels">{levels}</div>
        <fieldset class="fieldset">
            <legend>"In numbers, for those who are told of the organization's limits"</legend>
            <Checkbox
                name="weekly_digest"
                label="A digest each Monday"
                checked=error.checked("weekly_digest", "true", weekly)
            />
            <Checkbox
                name="month_report"
                label="A report when a month is over"
                checked=error.checked("month_report", "true", monthly)
            />
        </fieldset>
        <FormFooter error fields=FIELDS pending=false button="Save" reload=crate::navigation::ALERTS />
    };
    view! {
        <section class="section" aria-labelledby="alert-settings">
            <h2 id="alert-settings">"When, and who"</h2>
            <p class="section-text">
                "Each threshold is told once per limit and period, and again after a raise. A limit that is \
                 used up is told always."
            </p>
            {served_form::<SaveAlerts>("form", fields)}
        </section>
    }
}

fn fieldset(
    view: &AlertsView,
    level: &Level,
    set: &LevelAlerts,
    error: FormError,
) -> impl IntoView + use<> {
    let emails = set.people.iter().filter_map(|id| {
        let person = view.people.iter().find(|(person, _)| person == id);
        person.map(|(_, email)| email.clone())
    });
    let emails = emails.collect::<Vec<String>>().join("\n");
    let concerned = level.concerned.map(|(name, label)| {
        view! { <Checkbox name label checked=error.checked(name, "true", set.concerned) /> }
    });
    let (thresholds, thresholds_id) = level.thresholds;
    let (people, people_id) = level.people;
    let administrators = error.checked(level.administrators, "true", set.administrators);
    view! {
        <div class="card">
            <fieldset class="fieldset">
                <legend>{level.title}</legend>
                <p class="field-hint">{level.text}</p>
                <TextField
                    name=thresholds
                    id=thresholds_id
                    label="Thresholds in percent"
                    value=error.text(thresholds, set.thresholds.to_string())
                    hint="Such as 80, 95. Empty: only when it is used up."
                    error
                />
                {concerned}
                <Checkbox
                    name=level.administrators
                    label="Tenant and Quota Administrators"
                    checked=administrators
                />
                <TextField
                    name=people
                    id=people_id
                    label="Also these members"
                    lines=2
                    value=error.text(people, emails)
                    hint="Their emails, one a line."
                    error
                />
            </fieldset>
        </div>
    }
}

fn mail(view: &AlertsView, error: FormError) -> impl IntoView + use<> {
    let content = if view.sends_mail {
        let button = view! {
            <FormFooter error fields=&[] pending=false button="Send a test to yourself" />
        };
        served_form::<TryMail>("form", button).into_any()
    } else {
        view! {
            <Notice>
                <p>
                    "This installation sends no email: people are told in the app and by webhooks. Whoever \
                     runs it can configure a mail server."
                </p>
            </Notice>
        }
        .into_any()
    };
    view! {
        <section class="section" aria-labelledby="email">
            <h2 id="email">"Email"</h2>
            <p class="section-text">
                "Whoever is told in the app gets an email too, in the language that they chose on Account."
            </p>
            {content}
        </section>
    }
}

fn own_thresholds(view: &AlertsView, error: FormError) -> impl IntoView + use<> {
    let version = view.version;
    let rows = view.overrides.iter().enumerate();
    let rows = rows.map(|(place, row)| own_row(place, row, version)).collect_view();
    let table = (!view.overrides.is_empty()).then(|| {
        view! {
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Whose"</th>
                            <th scope="col">"Meter"</th>
                            <th scope="col">"Thresholds"</th>
                            <th scope="col" class="actions">
                                <span class="hidden">"Actions"</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
    });
    let whole = (String::new(), "The organization".to_owned());
    let subtenants = std::iter::once(whole).chain(view.subtenants.iter().cloned()).collect();
    let fields = view! {
        <input type="hidden" name="version" value=version.to_string() />
        <div class="field-row">
            <SelectField
                name="subtenant"
                label="Whose"
                options=subtenants
                value=error.text("subtenant", String::new())
                error
            />
            <TextField
                name="member"
                label="Or of the member with this email"
                kind="email"
                value=error.text("member", String::new())
                error
            />
            <SelectField
                name="meter"
                label="Meter"
                options=view.meters.clone()
                value=error.text("meter", "credits".to_owned())
                error
            />
            <TextField
                name="own_thresholds"
                label="Thresholds in percent"
                value=error.text("own_thresholds", String::new())
                error
            />
        </div>
        <FormFooter
            error
            fields=&["subtenant", "member", "meter", "own_thresholds"]
            pending=false
            button="Set thresholds"
        />
    };
    view! {
        <section class="section" aria-labelledby="own-thresholds">
            <h2 id="own-thresholds">"Limits with thresholds of their own"</h2>
            {table}
            {served_form::<SetLimitThresholds>("form", fields)}
        </section>
    }
}

fn own_row(place: usize, row: &OverrideRow, version: i64) -> impl IntoView + use<> {
    let thresholds = if row.thresholds.is_empty() {
        "used up only".to_owned()
    } else {
        format!("{} %", row.thresholds)
    };
    let fields = view! {
        <input type="hidden" name="place" value=place.to_string() />
        <input type="hidden" name="version" value=version.to_string() />
        <button
            class="button button-small"
            type="submit"
            aria-label=format!("Remove the thresholds of {}, {}", row.whose, row.meter)
        >
            "Remove"
        </button>
    };
    view! {
        <tr>
            <th scope="row">{row.whose.clone()}</th>
            <td data-label="Meter">{row.meter.clone()}</td>
            <td data-label="Thresholds">{thresholds}</td>
            <td class="actions">{served_form::<RemoveLimitThresholds>("", fields)}</td>
        </tr>
    }
}

fn lately(rows: &[ReachedRow]) -> impl IntoView + use<> {
    let list = if rows.is_empty() {
        view! { <p class="empty">"No limit has reached a threshold yet."</p> }.into_any()
    } else {
        let rows = rows.iter().map(reached).collect_view();
        view! { <ul class="news">{rows}</ul> }.into_any()
    };
    view! {
        <section class="section" aria-labelledby="reached-lately">
            <h2 id="reached-lately">"Reached lately"</h2>
            {list}
        </section>
    }
}

fn reached(row: &ReachedRow) -> impl IntoView + use<> {
    view! {
        <li class="news-item">
            <a class="news-title" href=row.link.clone()>
                {row.text.clone()}
            </a>
            <span class="sub">{row.when.text.clone()}</span>
        </li>
    }
}

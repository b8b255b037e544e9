//! The page *Webhooks*: all channels with how they do, and the form for one more or of one of them.

use super::{edit, fields};
use crate::{
    navigation::{ALERTS, WEBHOOKS},
    server_fns::webhooks::AddChannel,
    ui::{Html, Notice, format, served_error},
    usage_address::field,
};
use domain::{
    channels::LimitLevel,
    notices::{ChannelKind, NewsKind},
};
use leptos::prelude::*;
use service::{Channel, ChannelList};

/// The whole page, by the query of its address; `secret` was made a moment ago.
pub(crate) fn page(list: &ChannelList, query: &str, secret: Option<String>) -> Html {
    let open = field(query, "channel");
    let open = open.and_then(|id| list.channels.iter().find(|of| of.id.to_string() == id));
    let form = match open {
        Some(channel) => edit::section(channel, query, list.zone).into_any(),
        None => add(list, query).into_any(),
    };
    Html::of(view! {
        <div>
            <h1>"Webhooks"</h1>
            <p class="page-sub">
                "Programs by signed webhooks, and team chats: told of limits, requests and reports. What did not \
                 arrive is on " <a href=ALERTS>"Alerts"</a> "."
            </p>
        </div>
        {secret.map(made)}
        {table(list)}
        {form}
    })
}

/// A secret that nothing shows again.
fn made(secret: String) -> impl IntoView {
    view! {
        <section class="card secrets" aria-label="The new secret">
            <h2 class="card-title">"The new secret"</h2>
            <p>
                "Copy it now: it is not shown again. By it the receiver checks the signature of every message, \
                 as Standard Webhooks say."
            </p>
            <p class="code">{secret}</p>
        </section>
    }
}

fn table(list: &ChannelList) -> impl IntoView + use<> {
    if list.channels.is_empty() {
        return view! {
            <p class="empty">"No channel yet. Add the first one below, and send it a test."</p>
        }
        .into_any();
    }
    let rows = list.channels.iter().map(|channel| row(channel, list)).collect_view();
    view! {
        <div class="table-box">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Channel"</th>
                        <th scope="col">"Carries"</th>
                        <th scope="col">"How it does"</th>
                        <th scope="col">
                            <span class="hidden">"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(channel: &Channel, list: &ChannelList) -> impl IntoView + use<> {
    let (class, word) = state(channel);
    let waiting = (channel.waiting > 0).then(|| {
        let many = if channel.waiting >= 1_000 { " or more" } else { "" };
        format!("{}{many} waiting", format::counted(channel.waiting, "message"))
    });
    let since = channel.delivered_at.map(|at| format!("Last arrived {}", list.zone.local_text(at)));
    let error = channel.error.clone().filter(|_| channel.fails());
    let edit = format!("{WEBHOOKS}?channel={}", channel.id);
    view! {
        <tr>
            <th scope="row">
                <span class="person-name">{channel.name.clone()}</span>
                <span class="sub">{channel.kind.name()}</span>
                <span class="sub code">{channel.url.clone()}</span>
            </th>
            <td data-label="Carries">{carries(channel)}</td>
            <td data-label="How it does">
                <span class="cell">
                    <span class=class>{word}</span>
                    {error.map(|error| view! { <span class="sub">{error}</span> })}
                    {since.map(|since| view! { <span class="sub">{since}</span> })}
                    {waiting.map(|waiting| view! { <span class="sub">{waiting}</span> })}
                </span>
            </td>
            <td class="actions">
                <a class="button button-small" href=edit aria-label=format!("Edit {}", channel.name)>
                    "Edit"
                </a>
            </td>
        </tr>
    }
}

/// How a channel does, in a word and by the kind of its dot.
pub(super) fn state(channel: &Channel) -> (&'static str, &'static str) {
    if !channel.enabled {
        ("badge badge-inactive", "Switched off")
    } else if channel.fails() {
        ("badge badge-failed", "Fails")
    } else if channel.delivered_at.is_some() {
        ("badge badge-active", "Works")
    } else {
        ("badge badge-invited", "Nothing sent yet")
    }
}

fn carries(channel: &Channel) -> String {
    let kinds = channel.kinds.iter().map(|kind| match kind {
        NewsKind::LimitReached => {
            let levels = channel.levels.iter().map(|level| level_word(*level));
            format!("Limits ({})", levels.collect::<Vec<_>>().join(", "))
        }
        kind => fields::kind_label(*kind).to_owned(),
    });
    kinds.collect::<Vec<String>>().join(" · ")
}

fn level_word(level: LimitLevel) -> &'static str {
    match level {
        LimitLevel::Organization => "organization",
        LimitLevel::Subtenant => "subtenants",
        LimitLevel::Member => "members",
    }
}

/// The form for a new channel, or why there can't be one.
fn add(list: &ChannelList, query: &str) -> impl IntoView + use<> {
    if list.channels.len() >= 50 {
        return view! {
            <Notice>
                <p>"50 channels are the most. Remove one to add another."</p>
            </Notice>
        }
        .into_any();
    }
    let error = served_error::<AddChannel>(query);
    let kinds = ChannelKind::ALL.map(|kind| (kind.code().to_owned(), kind.name().to_owned()));
    view! {
        <section class="section" aria-labelledby="add-channel">
            <h2 id="add-channel">"Add a channel"</h2>
            {fields::new_channel(kinds.into(), error)}
        </section>
    }
    .into_any()
}

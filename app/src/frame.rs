//! What surrounds every page of a person who is signed in.

use crate::{
    guard::{Who, WhoOperates},
    live::{Live, refetch_when_changed},
    navigation::{CONSOLE, Entry, NOTIFICATIONS, entries},
    server_fns::{notifications::unread_notifications, operators::OperatorLogout, people::Logout},
    ui::{ChartTip, Icon, Notice, Symbol, Toast},
};
use domain::views::Identity;
use leptos::{html, prelude::*, server_fn::ServerFn};
use leptos_router::{
    components::{A, Outlet},
    hooks::use_location,
};

/// The frame of the pages of an organization.
#[component]
pub(crate) fn Frame() -> impl IntoView {
    let (who, live) = (Who::here(), Live::provide());
    let navigation = move || {
        Suspend::new(async move {
            let who = who.anyone().await.ok()?;
            live.follow(&who);
            Some(navigation(&who))
        })
    };
    let banner = move || {
        Suspend::new(async move {
            let who = who.anyone().await.ok()?;
            password_banner(who.has_password, "/account")
        })
    };
    let unread = Resource::new_blocking(|| (), |()| unread_notifications());
    refetch_when_changed(unread);
    let bell = move || Suspend::new(async move { unread.await.ok().map(bell) });
    around(navigation, banner, view! { <Transition>{bell}</Transition> })
}

/// The way to what somebody was told, with how much of it is new.
fn bell(unread: i64) -> impl IntoView {
    let label = match unread {
        0 => "Notifications".to_owned(),
        some => format!("Notifications, {some} new"),
    };
    let count = (unread > 0).then(|| view! { <span class="bell-count">{unread.min(99)}</span> });
    view! {
        <a class="icon-button bell" href=NOTIFICATIONS aria-label=label>
            <Icon symbol=Symbol::Bell />
            {count}
        </a>
    }
}

/// The frame of the operator's console.
#[component]
pub(crate) fn ConsoleFrame() -> impl IntoView {
    let who = WhoOperates::here();
    let navigation = move || {
        Suspend::new(async move {
            let who = who.anyone().await.ok()?;
            let person = (who.name, who.email, OperatorLogout::url());
            Some(side("Operator console".to_owned(), CONSOLE.iter().collect(), person))
        })
    };
    let banner = move || {
        Suspend::new(async move {
            let who = who.anyone().await.ok()?;
            password_banner(who.has_password, "/operator/account")
        })
    };
    around(navigation, banner, ())
}

/// The navigation beside the page. On a phone it is a sheet: a popover, which needs no JavaScript.
fn around<N, B>(
    navigation: impl Fn() -> N + Send + 'static,
    banner: impl Fn() -> B + Send + 'static,
    bell: impl IntoView,
) -> impl IntoView
where
    N: IntoView + 'static,
    B: IntoView + 'static,
{
    let sheet = NodeRef::<html::Nav>::new();
    let tip = ChartTip::new();
    let path = use_location().pathname;
    Effect::new(move || {
        path.track();
        if let Some(sheet) = sheet.get() {
            // Fails only where the browser has no popovers; then it is not open either.
            _ = sheet.hide_popover();
        }
    });
    view! {
        <a class="skip-link" href="#content" rel="external">
            "Skip to content"
        </a>
        <header class="topbar">
            <button class="icon-button" popovertarget="navigation" aria-label="Open navigation">
                <Icon symbol=Symbol::Menu />
            </button>
            <span class="brand">"Allot"</span>
            {bell}
        </header>
        <div
            class="frame"
            on:pointerover=move |event| tip.point(&event)
            on:focusin=move |event| tip.focus(&event)
            on:keydown=move |event| tip.key(&event)
        >
            <nav class="side" id="navigation" popover="auto" aria-label="Main" node_ref=sheet>
                <Suspense>{navigation}</Suspense>
            </nav>
            <main class="content" id="content" tabindex="-1">
                <Suspense>{banner}</Suspense>
                <Outlet />
            </main>
        </div>
        {tip.view()}
        <Toast />
    }
}

fn navigation(identity: &Identity) -> impl IntoView + use<> {
    let person = (identity.name.clone(), identity.email.clone(), Logout::url());
    side(identity.organization.clone(), entries(&identity.rights).collect(), person)
}

/// What the navigation shows: whose pages, which, and who looks, with the way to sign out.
fn side(
    whose: String,
    entries: Vec<&'static Entry>,
    (name, email, logout): (String, String, &'static str),
) -> impl IntoView + use<> {
    let link = |entry: &'static Entry| {
        view! {
            <li>
                <A href=entry.path attr:class="side-link">
                    <Icon symbol=entry.symbol />
                    {entry.label}
                </A>
            </li>
        }
    };
    let links: Vec<_> = entries.into_iter().map(link).collect();
    view! {
        <div class="side-head">
            <span class="brand">"Allot"</span>
            <span class="side-organization">{whose}</span>
        </div>
        <ul class="side-links">{links}</ul>
        <div class="side-foot">
            <div class="side-person">
                <span class="side-name">{name}</span>
                <span class="side-email">{email}</span>
            </div>
            // A plain form: the page is loaded anew, and the browser keeps nothing of the session.
            <form method="post" action=logout>
                <button class="icon-button" type="submit" aria-label="Sign out" title="Sign out">
                    <Icon symbol=Symbol::Leave />
                </button>
            </form>
        </div>
    }
}

/// For someone who came by a one-time link and has no password yet.
fn password_banner(has_password: bool, account: &'static str) -> Option<impl IntoView + use<>> {
    (!has_password).then(|| {
        view! {
            <Notice>
                <p>
                    "You have no password yet, and the link that brought you here works once. "
                    <a href=account>"Set a password"</a> " to be able to sign in again."
                </p>
            </Notice>
        }
    })
}

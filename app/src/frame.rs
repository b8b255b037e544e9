//! What surrounds every page of a person who is signed in.

use crate::{
    guard::Who,
    navigation::entries,
    server_fns::people::Logout,
    ui::{Icon, Notice, Symbol, Toast},
};
use domain::views::Identity;
use leptos::{html, prelude::*, server_fn::ServerFn};
use leptos_router::{
    components::{A, Outlet},
    hooks::use_location,
};

/// The navigation beside the page. On a phone it is a sheet: a popover, which needs no JavaScript.
#[component]
pub(crate) fn Frame() -> impl IntoView {
    let who = Who::here();
    let sheet = NodeRef::<html::Nav>::new();
    let path = use_location().pathname;
    Effect::new(move || {
        path.track();
        if let Some(sheet) = sheet.get() {
            // Fails only where the browser has no popovers; then it is not open either.
            _ = sheet.hide_popover();
        }
    });
    let navigation =
        move || Suspend::new(async move { who.anyone().await.ok().map(|who| navigation(&who)) });
    let banner =
        move || Suspend::new(async move { who.anyone().await.ok().and_then(|who| banner(&who)) });
    view! {
        <a class="skip-link" href="#content" rel="external">
            "Skip to content"
        </a>
        <header class="topbar">
            <button class="icon-button" popovertarget="navigation" aria-label="Open navigation">
                <Icon symbol=Symbol::Menu />
            </button>
            <span class="brand">"Allot"</span>
        </header>
        <div class="frame">
            <nav class="side" id="navigation" popover="auto" aria-label="Main" node_ref=sheet>
                <Suspense>{navigation}</Suspense>
            </nav>
            <main class="content" id="content" tabindex="-1">
                <Suspense>{banner}</Suspense>
                <Outlet />
            </main>
        </div>
        <Toast />
    }
}

fn navigation(identity: &Identity) -> impl IntoView + use<> {
    let links = entries(&identity.rights)
        .map(|entry| {
            view! {
                <li>
                    <A href=entry.path attr:class="side-link">
                        <Icon symbol=entry.symbol />
                        {entry.label}
                    </A>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="side-head">
            <span class="brand">"Allot"</span>
            <span class="side-organization">{identity.organization.clone()}</span>
        </div>
        <ul class="side-links">{links}</ul>
        <div class="side-foot">
            <div class="side-person">
                <span class="side-name">{identity.name.clone()}</span>
                <span class="side-email">{identity.email.clone()}</span>
            </div>
            // A plain form: the page is loaded anew, and the browser keeps nothing of the session.
            <form method="post" action=Logout::url()>
                <button class="icon-button" type="submit" aria-label="Sign out" title="Sign out">
                    <Icon symbol=Symbol::Leave />
                </button>
            </form>
        </div>
    }
}

fn banner(identity: &Identity) -> Option<impl IntoView + use<>> {
    let lasting = identity.has_password;
    (!lasting).then(|| {
        view! {
            <Notice>
                <p>
                    "You have no password yet, and the link that brought you here works once. "
                    <a href="/account">"Set a password"</a> " to be able to sign in again."
                </p>
            </Notice>
        }
    })
}

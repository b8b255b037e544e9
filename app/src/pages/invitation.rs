//! `/invitation/{token}`: where the link of an invitation leads to.

use crate::{
    guard::Who,
    server_fns::members::{AcceptInvitation, invitation},
    status,
    ui::{FormError, FormFooter, PostForm, TextField, use_posting},
};
use domain::{members::InvitationEnd, views::members::Invitation};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// Lets somebody join, or says why the link does not.
#[component]
pub(crate) fn InvitationPage() -> impl IntoView {
    let params = use_params_map();
    let token = Memo::new(move |_| params.with(|params| params.get("token").unwrap_or_default()));
    let found = Resource::new_blocking(move || token.get(), invitation);
    let content = move || {
        Suspend::new(async move {
            match found.await {
                Ok(Invitation::Open {
                    organization,
                    invited_by,
                    name,
                    email,
                    has_password,
                    until,
                }) => {
                    let invited_by = invited_by.unwrap_or_else(|| organization.clone());
                    let token = token.get_untracked();
                    view! {
                        <h1>{format!("Join {organization}")}</h1>
                        <p>
                            {format!(
                                "{name}, {invited_by} invites you to {organization}. The link works \
                                 until {}.",
                                until.text,
                            )}
                        </p>
                        <JoinForm token email has_password />
                    }
                    .into_any()
                }
                Ok(Invitation::Closed { end, organization }) => closed(end, &organization),
                Err(error) => {
                    status::of_page(error.status());
                    explanation("This link does not work".to_owned(), error_text(&error)).into_any()
                }
            }
        })
    };
    view! {
        <Title text="Invitation" />
        <main class="alone">
            <p class="brand">"Allot"</p>
            <Transition fallback=|| view! { <p class="loading">"Looking up the invitation…"</p> }>
                {content}
            </Transition>
        </main>
    }
    .into_any()
}

fn error_text(error: &crate::AppError) -> String {
    if error.status() == 404 {
        "There is no such invitation. Look whether the link was copied as a whole, or ask who \
         invited you for a new one."
            .to_owned()
    } else {
        error.message.clone()
    }
}

#[component]
fn JoinForm(
    /// What the link ends with.
    token: String,
    /// With what they will sign in.
    email: String,
    /// Whether they have a password already.
    has_password: bool,
) -> impl IntoView {
    let posting = use_posting::<AcceptInvitation>();
    let error = FormError::of(posting);
    let who = Who::here();
    Effect::new(move || {
        if let Some(Ok(())) = posting.answer().get() {
            who.reload();
        }
    });
    let password = if has_password {
        view! { <p class="sub">"You keep the password that you have."</p> }.into_any()
    } else {
        view! {
            <TextField
                name="new"
                label="Choose a password"
                kind="password"
                autocomplete="new-password"
                hint="10 to 200 characters. A few words that belong together only for you are good."
                required=true
                autofocus=true
                error
            />
        }
        .into_any()
    };
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="token" value=token />
            <div class="field">
                <label class="field-label" for="email">
                    "Email"
                </label>
                <input
                    class="input"
                    id="email"
                    type="email"
                    autocomplete="username"
                    value=email
                    readonly
                />
            </div>
            {password}
            <FormFooter error fields=&["new"] pending=posting.pending() button="Join" />
        </PostForm>
    }
}

fn closed(end: InvitationEnd, organization: &str) -> AnyView {
    status::of_page(410);
    let text = match end {
        InvitationEnd::Accepted => format!(
            "You have joined {organization} already, if it was you. Sign in with your email and \
             password."
        ),
        InvitationEnd::Replaced => {
            "Look for a newer message with another link: that one works.".to_owned()
        }
        InvitationEnd::Revoked => {
            format!("{organization} has taken it back. Ask who invited you if that was a mistake.")
        }
        InvitationEnd::Expired => {
            format!("Links work for 7 days. Ask who invited you to {organization} for a new one.")
        }
    };
    explanation(format!("This invitation {end}"), text).into_any()
}

fn explanation(title: String, text: String) -> impl IntoView {
    view! {
        <div class="explanation">
            <h1>{title}</h1>
            <p>{text}</p>
            <a class="button" href="/login" rel="external">
                "Sign in"
            </a>
        </div>
    }
}

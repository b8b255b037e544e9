//! `/dev/mail`: the emails that were kept instead of sent. Anyone can read them, so it is there only where
//! a folder for them is configured.

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use channels::{MailFolder, StoredMail};
use leptos::prelude::*;

/// Where the page is.
pub(crate) const PATH: &str = "/dev/mail";

/// What an email may do that is shown: nothing but look as it does, and open its links in a new tab.
const OF_EMAILS: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; \
    base-uri 'none'; form-action 'none'; \
    sandbox allow-popups allow-popups-to-escape-sandbox";

const OF_PAGE: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// The page for `folder`.
pub(super) fn router(folder: MailFolder) -> Router {
    Router::new()
        .route(PATH, get(newest))
        .route("/dev/mail/style.css", get(style))
        .route("/dev/mail/{name}", get(one))
        .route("/dev/mail/{name}/html", get(html))
        .with_state(folder)
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("dev_mail.css"))
}

async fn newest(State(folder): State<MailFolder>) -> Response {
    match folder.list().await {
        Ok(emails) => page(&emails, emails.first()),
        Err(error) => unreadable(&error),
    }
}

async fn one(State(folder): State<MailFolder>, Path(name): Path<String>) -> Response {
    match (folder.list().await, folder.read(&name).await) {
        (Ok(emails), Ok(Some(email))) => page(&emails, Some(&email)),
        (Ok(_), Ok(None)) => StatusCode::NOT_FOUND.into_response(),
        (Err(error), _) | (_, Err(error)) => unreadable(&error),
    }
}

/// The email itself, for the frame.
async fn html(State(folder): State<MailFolder>, Path(name): Path<String>) -> Response {
    match folder.read(&name).await {
        Ok(Some(email)) => {
            // In a frame a link would open there, where no page of ours may be.
            let page = email.html.replace("<head>", "<head><base target=\"_blank\">");
            let same = HeaderValue::from_static("SAMEORIGIN");
            let headers = [(header::X_FRAME_OPTIONS, same), policy(OF_EMAILS)];
            (headers, Html(page)).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => unreadable(&error),
    }
}

fn unreadable(error: &std::io::Error) -> Response {
    tracing::warn!(%error, "the folder for emails can't be read");
    (StatusCode::SERVICE_UNAVAILABLE, "The folder for emails can't be read.").into_response()
}

fn policy(text: &'static str) -> (header::HeaderName, HeaderValue) {
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(text))
}

fn page(emails: &[StoredMail], open: Option<&StoredMail>) -> Response {
    let content = match open {
        None => view! { <p class="empty">"No email was sent yet."</p> }.into_any(),
        Some(open) => {
            view! { <div class="mail">{list(emails, open)} {email(open)}</div> }.into_any()
        }
    };
    let page = view! {
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>"Emails · Allot"</title>
                <link rel="stylesheet" href="/dev/mail/style.css" />
            </head>
            <body>
                <header>
                    <h1>"Emails"</h1>
                    <p>"They are kept here instead of being sent. The newest is first."</p>
                </header>
                <main>{content}</main>
            </body>
        </html>
    };
    let page = format!("<!DOCTYPE html>{}", page.to_html());
    ([policy(OF_PAGE), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Html(page))
        .into_response()
}

fn list(emails: &[StoredMail], open: &StoredMail) -> impl IntoView + use<> {
    let items: Vec<_> = emails
        .iter()
        .map(|email| {
            let current = (email.name == open.name).then_some("page");
            view! {
                <li>
                    <a href=format!("{PATH}/{}", email.name) aria-current=current>
                        <strong>{email.subject.clone()}</strong>
                        <span>{email.to.clone()}</span>
                        <time>{email.sent.clone()}</time>
                    </a>
                </li>
            }
        })
        .collect();
    view! {
        <nav aria-label="Emails">
            <ul>{items}</ul>
        </nav>
    }
}

fn email(email: &StoredMail) -> impl IntoView + use<> {
    view! {
        <article>
            <h2>{email.subject.clone()}</h2>
            <dl>
                <dt>"To"</dt>
                <dd>{email.to.clone()}</dd>
                <dt>"Sent"</dt>
                <dd>{email.sent.clone()}</dd>
            </dl>
            <iframe title="The email" src=format!("{PATH}/{}/html", email.name)></iframe>
            <details>
                <summary>"As text"</summary>
                <pre>{email.text.clone()}</pre>
            </details>
        </article>
    }
}

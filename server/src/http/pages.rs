//! Pages, the functions that they call, and the files that they are made of.

use super::{downloads, live, security, session_store::Sessions};
use crate::config::ServeConfig;
use app::{App, Visitor, session::SessionUser, shell};
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, DefaultBodyLimit, Extension, FromRef, Path, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use leptos::{
    config::LeptosOptions,
    nonce::use_nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::{AxumRouteListing, LeptosRoutes as _, ResponseOptions, generate_route_list};
use service::Service;
use std::{fmt::Display, net::SocketAddr, path::Path as FilePath, sync::LazyLock, time::Duration};
use tokio::time::timeout;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};
use tower_sessions::{Expiry, Session, SessionManagerLayer, cookie::SameSite};

/// How long a session lives after the sign-in.
const SESSION: time::Duration = time::Duration::days(7);

/// How long the rendering of a page may take.
const RENDERING: Duration = Duration::from_secs(5);

/// The largest form with a list of members, in bytes. Larger than the list itself may be, which
/// grows in a form, and so that one that is too long is told so.
const IMPORT: usize = 8 * 1024 * 1024;

/// The paths of all pages. Made once: while they are listed, no resource of a page that is being rendered
/// loads, in the whole process, and that page would never come to its end.
static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

#[derive(Clone, FromRef)]
struct PageState {
    service: Service,
    options: LeptosOptions,
}

/// Pages and their files.
pub(crate) fn router(service: Service, config: &ServeConfig) -> Router {
    let secure = config.is_secure();
    let sessions = SessionManagerLayer::new(Sessions(service.clone()))
        .with_name(if secure { "__Host-allot" } else { "allot" })
        .with_secure(secure)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(SESSION));
    let options = leptos_options(&config.site);
    let state = PageState { service, options };
    Router::new()
        .route("/sign-in/{token}", get(sign_in))
        .route("/operator/sign-in/{token}", get(sign_in_operator))
        .route("/actions/{name}", post(action))
        .route("/actions/draft_member_import", post(action).layer(DefaultBodyLimit::max(IMPORT)))
        .route("/live", get(live::stream))
        .merge(downloads::router())
        .leptos_routes_with_handler(ROUTES.clone(), get(page))
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(state.clone(), introduce))
        .layer(middleware::from_fn(security::same_origin))
        .layer(sessions)
        .with_state(state)
        .merge(files(&config.site))
}

fn leptos_options(site: &FilePath) -> LeptosOptions {
    let hashes = site.join("hash.txt");
    LeptosOptions::builder()
        .output_name("allot")
        .site_root(site.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .hash_files(hashes.exists())
        .hash_file(hashes.to_string_lossy().into_owned().into())
        .build()
}

/// Compiled files have a hash in their names, so browsers may keep them for ever.
fn files(site: &FilePath) -> Router {
    let folder =
        |path: &str| ServeDir::new(site.join(path)).precompressed_br().precompressed_gzip();
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    let compiled = Router::new()
        .fallback_service(folder("pkg"))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, forever));
    Router::new().nest_service("/pkg", compiled).route_service(
        "/favicon.svg",
        tower_http::services::ServeFile::new(site.join("favicon.svg")),
    )
}

/// Finds out who visits, before anything is rendered.
async fn introduce(
    State(service): State<Service>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let ip = peer.map(|ConnectInfo(address)| address.ip());
    let visitor = match visitor(&service, &session).await {
        Ok(visitor) => visitor.from_ip(ip),
        Err(unavailable) => return *unavailable,
    };
    request.extensions_mut().insert(visitor);
    next.run(request).await
}

/// Who visits with a session: a member of an organization, or an operator, or nobody.
async fn visitor(service: &Service, session: &Session) -> Result<Visitor, Box<Response>> {
    let boxed = |response| Box::new(response);
    let known = app::session::user(session).await;
    let known = known.map_err(|error| boxed(unavailable(error)))?;
    let failed = |error: service::Error| boxed(unavailable(error));
    Ok(match known {
        None => Visitor::default(),
        Some(SessionUser::Member(signed_in)) => {
            let caller = service.caller_of_session(signed_in).await.map_err(failed)?;
            Visitor { caller, ..Visitor::default() }
        }
        Some(SessionUser::Operator(id)) => {
            let operator = service.operator_of_session(id).await.map_err(failed)?;
            Visitor { operator, ..Visitor::default() }
        }
    })
}

/// What stands in for a page where none can be rendered, as without the database, since nobody can
/// be recognized then.
fn unavailable(why: impl Display) -> Response {
    tracing::warn!(%why, "a page is not available");
    let page = "<!DOCTYPE html><title>Allot</title><h1>Allot is not available</h1>\
        <p>There is no answer at the moment. Nothing was changed. Try again in a moment.</p>";
    let headers = [(header::RETRY_AFTER, "1")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, Html(page)).into_response()
}

/// What pages and server functions find in their context.
fn contexts(service: Service, visitor: Visitor) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        provide_context(service.clone());
        provide_context(visitor.clone());
        let nonce = use_nonce();
        let policy = nonce.map(|nonce| security::content_security_policy(&nonce));
        let policy = policy.and_then(|policy| HeaderValue::from_str(&policy).ok());
        if let (Some(policy), Some(response)) = (policy, use_context::<ResponseOptions>()) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
            // What a page shows is for the one who is signed in.
            let private = HeaderValue::from_static("no-store");
            response.insert_header(header::CACHE_CONTROL, private);
        }
    }
}

/// Renders a page. Nobody waits for ever for one that does not come to its end.
async fn page(
    State(state): State<PageState>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
) -> Response {
    let options = state.options.clone();
    let render = leptos_axum::render_route_with_context(
        ROUTES.clone(),
        contexts(state.service.clone(), visitor),
        move || shell(options.clone()),
    );
    let path = request.uri().path().to_owned();
    if let Ok(page) = timeout(RENDERING, render(State(state), request)).await {
        return page.into_response();
    }
    tracing::error!(path, "a page was not rendered in time");
    unavailable("a page could not be rendered")
}

/// A path that no page has: the application says so, in its own shell.
async fn not_found(
    State(state): State<PageState>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
) -> Response {
    let options = state.options.clone();
    let render =
        leptos_axum::render_app_async_with_context(contexts(state.service, visitor), move || {
            shell(options.clone())
        });
    render(request).await.into_response()
}

async fn action(
    State(service): State<Service>,
    Extension(visitor): Extension<Visitor>,
    request: Request<Body>,
) -> Response {
    let contexts = contexts(service, visitor);
    leptos_axum::handle_server_fns_with_context(contexts, request).await.into_response()
}

/// A one-time link: signs in and leads to the first page that the person may see.
async fn sign_in(
    State(service): State<Service>,
    session: Session,
    Path(token): Path<String>,
) -> Redirect {
    let signed_in = match service.sign_in_by_link(&token).await {
        Ok(signed_in) => app::session::sign_in(&session, signed_in).await.is_ok(),
        Err(_) => false,
    };
    Redirect::to(if signed_in { "/" } else { "/login?link=used" })
}

/// The same for an operator.
async fn sign_in_operator(
    State(service): State<Service>,
    session: Session,
    Path(token): Path<String>,
) -> Redirect {
    let signed_in = match service.sign_in_operator_by_link(&token).await {
        Ok(id) => app::session::sign_in_operator(&session, id).await.is_ok(),
        Err(_) => false,
    };
    Redirect::to(if signed_in { "/operator" } else { "/operator/login?link=used" })
}

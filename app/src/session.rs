//! Who is signed in, as the session keeps it.

use service::SignedIn;
use tower_sessions::{Session, session::Error};

const SIGNED_IN: &str = "signed_in";
const SHOWN_ONCE: &str = "shown_once";

/// Signs somebody in under a new session id, so that an id from before is worth nothing.
pub async fn sign_in(session: &Session, who: SignedIn) -> Result<(), Error> {
    session.cycle_id().await?;
    session.insert(SIGNED_IN, who).await
}

/// Forgets everything that the session holds, here and in the browser.
pub async fn sign_out(session: &Session) -> Result<(), Error> {
    session.flush().await
}

/// Who is signed in, and to which organization.
pub async fn user(session: &Session) -> Result<Option<SignedIn>, Error> {
    session.get(SIGNED_IN).await
}

/// Keeps a secret for the page that follows, such as a one-time link: it is stored nowhere else.
pub async fn show_once(session: &Session, secret: &str) -> Result<(), Error> {
    session.insert(SHOWN_ONCE, secret).await
}

/// What [`show_once`] kept, and forgets it.
pub async fn shown_once(session: &Session) -> Result<Option<String>, Error> {
    session.remove(SHOWN_ONCE).await
}

//! Who is signed in, as the session keeps it.

use domain::ids::UserId;
use tower_sessions::{Session, session::Error};

const USER: &str = "user";

/// Signs `user` in under a new session id, so that an id from before is worth nothing.
pub async fn sign_in(session: &Session, user: UserId) -> Result<(), Error> {
    session.cycle_id().await?;
    session.insert(USER, user).await
}

/// Forgets everything that the session holds, here and in the browser.
pub async fn sign_out(session: &Session) -> Result<(), Error> {
    session.flush().await
}

/// The user who is signed in.
pub async fn user(session: &Session) -> Result<Option<UserId>, Error> {
    session.get(USER).await
}

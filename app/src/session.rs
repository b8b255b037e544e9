//! Who is signed in, as the session keeps it.

use domain::ids::OperatorId;
use service::SignedIn;
use tower_sessions::{Session, session::Error};

const SIGNED_IN: &str = "signed_in";
const OPERATOR: &str = "operator";
const SHOWN_ONCE: &str = "shown_once";

/// Whom a session belongs to. It is never both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionUser {
    /// A member, and to which organization they signed in.
    Member(SignedIn),
    /// An operator.
    Operator(OperatorId),
}

/// Signs somebody in under a new session id, so that an id from before is worth nothing.
pub async fn sign_in(session: &Session, who: SignedIn) -> Result<(), Error> {
    session.cycle_id().await?;
    session.remove::<OperatorId>(OPERATOR).await?;
    session.insert(SIGNED_IN, who).await
}

/// The same for an operator.
pub async fn sign_in_operator(session: &Session, who: OperatorId) -> Result<(), Error> {
    session.cycle_id().await?;
    session.remove::<SignedIn>(SIGNED_IN).await?;
    session.insert(OPERATOR, who).await
}

/// Forgets everything that the session holds, here and in the browser.
pub async fn sign_out(session: &Session) -> Result<(), Error> {
    session.flush().await
}

/// Who is signed in.
pub async fn user(session: &Session) -> Result<Option<SessionUser>, Error> {
    if let Some(operator) = session.get(OPERATOR).await? {
        return Ok(Some(SessionUser::Operator(operator)));
    }
    Ok(session.get(SIGNED_IN).await?.map(SessionUser::Member))
}

/// Keeps a secret for the page that follows, such as a one-time link: it is stored nowhere else.
pub async fn show_once(session: &Session, secret: &str) -> Result<(), Error> {
    session.insert(SHOWN_ONCE, secret).await
}

/// What [`show_once`] kept, and forgets it.
pub async fn shown_once(session: &Session) -> Result<Option<String>, Error> {
    session.remove(SHOWN_ONCE).await
}

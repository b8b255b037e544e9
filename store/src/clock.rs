use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use std::sync::{Arc, Mutex, PoisonError};

/// What time it is. One clock decides, the database's, so that several servers agree
/// (SPEC section 2); tests set their own.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The database's clock.
    Database,
    /// A clock that stands still until it is set.
    Manual(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// A clock that stands at `instant`.
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self::Manual(Arc::new(Mutex::new(instant)))
    }

    /// Sets a manual clock; the database's can't be set.
    pub fn set(&self, instant: DateTime<Utc>) {
        if let Self::Manual(now) = self {
            *now.lock().unwrap_or_else(PoisonError::into_inner) = instant;
        }
    }

    /// The time that a manual clock shows; `None` leaves it to the database.
    pub(crate) fn set_to(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Manual(now) => Some(*now.lock().unwrap_or_else(PoisonError::into_inner)),
            Self::Database => None,
        }
    }

    /// Reads the clock at the moment of the call: not when the transaction began, which can be
    /// much earlier for one that waited for a lock.
    pub async fn now(&self, connection: &mut Connection) -> Result<DateTime<Utc>> {
        match self.set_to() {
            Some(now) => Ok(now),
            None => Ok(sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#)
                .fetch_one(connection)
                .await?),
        }
    }
}

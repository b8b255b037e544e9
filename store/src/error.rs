use domain::input::Invalid;

/// What can go wrong between the application and its database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is away, starting, or too busy: nothing was decided, and trying again helps.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// A constraint of the schema refused the write; its name says which.
    #[error("the constraint {0} does not hold")]
    Constraint(String),
    /// A stored value can't be read as what it should be.
    #[error("a stored value is not valid: {0}")]
    Corrupt(String),
    /// Anything else the database said.
    #[error(transparent)]
    Database(sqlx::Error),
    /// The schema could not be brought up to date.
    #[error(transparent)]
    Migration(#[from] sqlx::migrate::MigrateError),
}

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Io(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::Tls(_) => {
                Self::Unavailable(error)
            }
            E::Database(database) => {
                if let Some(constraint) = database.constraint() {
                    return Self::Constraint(constraint.to_owned());
                }
                match database.code().as_deref().unwrap_or_default() {
                    // Connection exceptions, resources, operator intervention, lock timeout.
                    code if ["08", "53", "57"].iter().any(|class| code.starts_with(class)) => {
                        Self::Unavailable(error)
                    }
                    "55P03" | "40001" | "40P01" | "25P03" => Self::Unavailable(error),
                    _ => Self::Database(error),
                }
            }
            _ => Self::Database(error),
        }
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Corrupt(invalid.to_string())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Corrupt(error.to_string())
    }
}

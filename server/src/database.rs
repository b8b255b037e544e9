//! The database of this installation: the one that is configured, or a private one.

use crate::config::DatabaseConfig;
use anyhow::{Context as _, Result};
use private_postgres::PrivatePostgres;
use service::{Clock, Service, Store};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// A service on the database, and the private cluster if there is one.
pub struct Database {
    /// The use cases.
    pub service: Service,
    private: Option<Arc<PrivatePostgres>>,
}

impl Database {
    /// Opens the database that is configured, or starts the private one, and brings its schema up
    /// to date.
    pub async fn open(config: &DatabaseConfig) -> Result<Self> {
        let (url, private) = if let Some(url) = &config.database_url {
            (url.clone(), None)
        } else {
            let folder = config.data_dir.clone();
            let private = spawn_blocking(move || PrivatePostgres::acquire(&folder)).await??;
            (private.url().to_owned(), Some(Arc::new(private)))
        };
        let store = Store::open(&url).context("DATABASE_URL can't be read")?;
        let service = Service::new(store, Clock::Database);
        let database = Self { service, private };
        if let Err(error) = database.service.migrate().await {
            database.close().await?;
            return Err(error).context("the database can't be opened or migrated");
        }
        Ok(database)
    }

    /// Starts the private cluster again if it died. Does nothing for a database of others.
    pub async fn revive(&self) {
        let Some(private) = self.private.clone() else { return };
        match spawn_blocking(move || private.ensure_running()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the private database does not start"),
            Err(error) => tracing::error!(%error, "looking after the private database failed"),
        }
    }

    /// Ends all connections, and stops the private cluster if no other program uses it.
    pub async fn close(self) -> Result<()> {
        self.service.close().await;
        if let Some(private) = self.private.and_then(Arc::into_inner) {
            spawn_blocking(move || private.release()).await??;
        }
        Ok(())
    }
}

//! The databases: made once, and copied for each arm, so that all begin alike.

use anyhow::{Result, bail};
use serde::Serialize;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};

/// The copy that an arm works on.
pub(crate) const WORK: &str = "bench_arm";

/// A cluster, and how its databases are reached.
pub(crate) struct Cluster {
    /// A URL with `DATABASE` for the name.
    pattern: String,
    maintenance: PgPool,
}

/// What a reader of the figures wants to know about it.
#[derive(Serialize)]
pub(crate) struct Settings {
    version: String,
    fsync: String,
    synchronous_commit: String,
    shared_buffers: String,
}

impl Cluster {
    pub(crate) async fn connect(pattern: &str) -> Result<Self> {
        let maintenance = connect(&pattern.replace("DATABASE", "postgres")).await?;
        Ok(Self { pattern: pattern.to_owned(), maintenance })
    }

    /// Fails where commits do not reach the disk: nothing measured there would mean anything.
    pub(crate) async fn settings(&self) -> Result<Settings> {
        let show = async |name: &str| -> sqlx::Result<String> {
            let query = AssertSqlSafe(format!("SHOW {name}"));
            sqlx::query_scalar(query).fetch_one(&self.maintenance).await
        };
        let settings = Settings {
            version: show("server_version").await?,
            fsync: show("fsync").await?,
            synchronous_commit: show("synchronous_commit").await?,
            shared_buffers: show("shared_buffers").await?,
        };
        if settings.fsync != "on" || settings.synchronous_commit != "on" {
            bail!("fsync and synchronous_commit have to be on");
        }
        Ok(settings)
    }

    pub(crate) fn url(&self, name: &str) -> String {
        self.pattern.replace("DATABASE", name)
    }

    /// Makes an empty database instead of the one that had this name.
    pub(crate) async fn fresh(&self, name: &str) -> Result<String> {
        self.copy("template1", name).await
    }

    /// Makes a copy of a database that nobody uses. All that was written so far is on disk then,
    /// so that no arm pays for another's.
    pub(crate) async fn copy(&self, from: &str, to: &str) -> Result<String> {
        for sql in [
            format!("DROP DATABASE IF EXISTS {to} WITH (FORCE)"),
            format!("CREATE DATABASE {to} TEMPLATE {from}"),
            "CHECKPOINT".to_owned(),
        ] {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.maintenance).await?;
        }
        Ok(self.url(to))
    }

    /// Runs statements in one of the databases.
    pub(crate) async fn execute(&self, name: &str, sql: impl Into<String>) -> Result<()> {
        let pool = connect(&self.url(name)).await?;
        sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(&pool).await?;
        pool.close().await;
        Ok(())
    }

    /// The whole number that a query gives in one of the databases.
    pub(crate) async fn number(&self, name: &str, sql: &'static str) -> Result<i64> {
        let pool = connect(&self.url(name)).await?;
        let number = sqlx::query_scalar(sql).fetch_one(&pool).await?;
        pool.close().await;
        Ok(number)
    }

    /// The texts that a query gives in one of the databases.
    pub(crate) async fn texts(&self, name: &str, sql: &'static str) -> Result<Vec<String>> {
        let pool = connect(&self.url(name)).await?;
        let texts = sqlx::query_scalar(sql).fetch_all(&pool).await?;
        pool.close().await;
        Ok(texts)
    }
}

async fn connect(url: &str) -> Result<PgPool> {
    Ok(PgPoolOptions::new().max_connections(1).connect(url).await?)
}

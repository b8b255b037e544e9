//! The only SQL of Allot: one file per aggregate. Functions here load and write; deciding what to
//! write is `domain`'s and `service`'s.

pub mod alerts;
pub mod announcements;
pub mod api_keys;
pub mod audit;
pub mod audit_log;
pub mod balances;
pub mod batches;
pub mod catalogue;
pub mod channels;
pub mod credit_settings;
pub mod credit_use;
pub mod default_limits;
pub mod deliveries;
pub mod directory;
pub mod events;
pub mod idempotency;
pub mod invitations;
pub mod jobs;
pub mod lanes;
pub mod ledger;
pub mod measures;
pub mod member_imports;
pub mod member_limits;
pub mod member_lists;
pub mod member_table;
pub mod members;
pub mod notifications;
pub mod operators;
pub mod organizations;
pub mod packs;
pub mod partitions;
pub mod plan_requests;
pub mod plans;
pub mod quotas;
pub mod raise_requests;
pub mod rate_card;
pub mod recipients;
pub mod refusals;
pub mod reservations;
pub mod sessions;
pub mod subtenants;
pub mod usage_history;
pub mod usage_imports;
pub mod users;
pub mod verification;

mod clock;
mod error;
mod whose;

pub use clock::Clock;
pub use error::{Error, Result};
pub use whose::Whose;

use chrono::{Datelike as _, Months};
use sqlx::{
    Connection as _,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, time::Duration};

/// A connection, inside a transaction or not.
pub type Connection = sqlx::PgConnection;
/// A transaction: it is undone unless it is committed.
pub type Transaction = sqlx::Transaction<'static, sqlx::Postgres>;

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    /// Connections of the role that can't change what was recorded.
    pool: sqlx::PgPool,
    /// Connections of the owner of the tables: for migrations and the ledger's partitions.
    owner: sqlx::PgPool,
    /// The connection that hears what servers announce.
    hearing: sqlx::PgPool,
}

/// The role that the server works as; the migrations make it.
const ROLE: (&str, &str) = ("role", "allot_app");

impl Store {
    /// Opens a pool of connections to `url`. Connections are made when they are first needed, so
    /// this succeeds also while the database is away.
    pub fn open(url: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)?.application_name("allot");
        let owner = PgPoolOptions::new()
            .max_connections(2)
            .acquire_timeout(Duration::from_secs(10))
            .idle_timeout(Duration::from_secs(10))
            .connect_lazy_with(options.clone());
        let options = options
            .options([ROLE])
            // Nothing waits for ever: a server that hangs must not hold an organization's lock.
            .options([
                ("lock_timeout", "5s"),
                ("statement_timeout", "60s"),
                ("idle_in_transaction_session_timeout", "10s"),
                // Statements are few, prepared, and much alike: planning each anew, let alone
                // compiling it, takes longer than what could come of it.
                ("plan_cache_mode", "force_generic_plan"),
                ("jit", "off"),
                // A table that was nearly empty when a plan was made is not when it is used. For the
                // same reason queries look things up one by one (`unnest`, `LATERAL`, `OFFSET 0`):
                // of `= ANY` the planner can make a walk through all that an organization has.
                ("enable_seqscan", "off"),
            ]);
        let hearing = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(options.clone());
        let pool = PgPoolOptions::new()
            .max_connections(24)
            .acquire_timeout(Duration::from_secs(3))
            .test_before_acquire(false)
            .before_acquire(|connection, of| {
                Box::pin(async move {
                    // One that was in use a moment ago is still there, but for rare cases.
                    if of.idle_for > Duration::from_secs(1) {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options);
        Ok(Self { pool, owner, hearing })
    }

    /// Uses a pool that exists already, whatever its role.
    pub fn from_pool(pool: sqlx::PgPool) -> Self {
        Self { owner: pool.clone(), hearing: pool.clone(), pool }
    }

    /// Brings the schema up to date and makes the ledger's partitions for the months ahead.
    /// Safe to run on several servers at once.
    pub async fn migrate(&self) -> Result<()> {
        let mut migrations = sqlx::migrate!("../migrations");
        // A newer version of Allot may have migrated this database already: its schema only ever
        // adds to what this version knows.
        migrations.set_ignore_missing(true).run(&self.owner).await?;
        self.make_partitions(&Clock::Database).await
    }

    /// How many migrations this program has that the database does not have yet. Changes nothing, and
    /// says at once if the database can't be reached: nobody waits for it to come.
    pub async fn missing_migrations(&self) -> Result<usize> {
        let options = self.owner.connect_options();
        let mut connection = Connection::connect_with(&options).await?;
        let table = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
        let exists: bool = sqlx::query_scalar(table).fetch_one(&mut connection).await?;
        let applied: Vec<i64> = if exists {
            let applied = "SELECT version FROM _sqlx_migrations WHERE success";
            sqlx::query_scalar(applied).fetch_all(&mut connection).await?
        } else {
            Vec::new()
        };
        connection.close().await?;
        let migrations = sqlx::migrate!("../migrations");
        Ok(migrations.iter().filter(|migration| !applied.contains(&migration.version)).count())
    }

    /// Makes the ledger's partitions for the months ahead.
    pub async fn make_partitions(&self, clock: &Clock) -> Result<()> {
        let mut connection = self.owner.acquire().await?;
        let now = clock.now(&mut connection).await?;
        partitions::make(&mut connection, now).await
    }

    /// Detaches the ledger's months that are older than the last `months` whole ones. They stay as
    /// tables. The names of those that were detached.
    pub async fn detach_partitions(&self, clock: &Clock, months: u32) -> Result<Vec<String>> {
        let mut connection = self.owner.acquire().await?;
        let month = clock.now(&mut connection).await?.date_naive().with_day(1);
        let before = month.and_then(|month| month.checked_sub_months(Months::new(months)));
        let Some(before) = before else { return Ok(Vec::new()) };
        let old = partitions::older_than(&mut connection, before).await?;
        for partition in &old {
            partitions::detach(self.owner.begin().await?, partition).await?;
        }
        Ok(old)
    }

    /// A connection outside of any transaction, and so for no organization: it sees no row of any.
    pub async fn connection(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Postgres>> {
        Ok(self.pool.acquire().await?)
    }

    /// A transaction that sees what is committed by the time of each statement.
    pub async fn begin(&self, whose: impl Into<Whose>) -> Result<Transaction> {
        self.begin_with("BEGIN", whose.into()).await
    }

    /// The same for reads that need no common snapshot.
    pub async fn read(&self, whose: impl Into<Whose>) -> Result<Transaction> {
        self.begin_with("BEGIN READ ONLY", whose.into()).await
    }

    /// A transaction that only reads, all of it from one snapshot.
    pub async fn snapshot(&self, whose: impl Into<Whose>) -> Result<Transaction> {
        self.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", whose.into()).await
    }

    /// The same for a look at everything, which takes its time and reads whole tables.
    pub async fn wide_snapshot(&self, whose: impl Into<Whose>) -> Result<Transaction> {
        let mut transaction = self.snapshot(whose).await?;
        let settings =
            "SET LOCAL enable_seqscan = on; SET LOCAL plan_cache_mode = force_custom_plan;
            SET LOCAL statement_timeout = '1h'; SET LOCAL work_mem = '64MB'";
        sqlx::raw_sql(settings).execute(&mut *transaction).await?;
        Ok(transaction)
    }

    /// Begins and says for whom, in one message: it costs no round trip more.
    ///
    /// In a task of its own, which goes on where nobody waits any more: a client that goes away while
    /// a transaction begins would else leave it open, and the next one to get the connection would be
    /// in it without knowing.
    async fn begin_with(&self, mode: &str, whose: Whose) -> Result<Transaction> {
        // An id is nothing but hexadecimal digits, and all the rest is made here.
        let statement = sqlx::AssertSqlSafe(format!("{mode}; {}", whose.settings()));
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move { pool.begin_with(statement).await });
        Ok(begun.await.map_err(|_| sqlx::Error::WorkerCrashed)??)
    }

    /// Ends all connections; what is under way is finished first.
    pub async fn close(&self) {
        self.hearing.close().await;
        self.pool.close().await;
        self.owner.close().await;
    }
}

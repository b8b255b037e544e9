//! The second fence: whatever a statement asks, it sees and writes the rows of the organization that
//! its transaction is for. Which tables there are is read from the database's own catalogue.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use domain::ids::OrganizationId;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, postgres::PgPoolOptions};
use store::{Clock, Store, Whose};
use uuid::Uuid;

const OURS: OrganizationId =
    OrganizationId(Uuid::from_u128(0xaaaa_aaaa_0000_7000_8000_0000_0000_0000));
const THEIRS: OrganizationId =
    OrganizationId(Uuid::from_u128(0xbbbb_bbbb_0000_7000_8000_0000_0000_0000));

/// Every table with rows of organizations; the ledger as a whole, without its months.
const FENCED: &str =
    "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT c.relispartition AND a.attname = 'organization_id' ORDER BY 1";

async fn texts(connection: &mut PgConnection, sql: impl Into<String>) -> Vec<String> {
    let sql = AssertSqlSafe(sql.into());
    sqlx::query_scalar(sql).fetch_all(connection).await.unwrap()
}

/// Whose rows are to be seen in a table.
async fn seen(connection: &mut PgConnection, table: &str) -> Vec<Uuid> {
    let sql = format!("SELECT organization_id FROM {table} ORDER BY 1");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(connection).await.unwrap()
}

/// What becomes of a statement in a transaction of ours, which is undone: how many rows it changes, or
/// why it is refused.
async fn ours(store: &Store, sql: String) -> Result<u64, String> {
    let mut transaction = store.begin(OURS).await.unwrap();
    let done = sqlx::query(AssertSqlSafe(sql)).execute(&mut *transaction).await;
    let why = |error: sqlx::Error| error.into_database_error().unwrap().message().to_owned();
    done.map(|done| done.rows_affected()).map_err(why)
}

/// A store, and the names of all tables with rows of organizations, which have one of ours and one
/// of theirs each.
async fn two_organizations(pool: &PgPool) -> (Store, Vec<String>) {
    let store = Store::from_pool(pool.clone());
    store.migrate().await.unwrap();
    let rows = include_str!("two_organizations.sql");
    sqlx::raw_sql(rows).execute(pool).await.unwrap();
    let mut owner = pool.acquire().await.unwrap();
    let tables = texts(&mut owner, FENCED).await;
    assert!(tables.len() > 20, "the catalogue was read: {tables:?}");
    for table in &tables {
        assert_eq!(seen(&mut owner, table).await, [OURS.0, THEIRS.0], "a row each in {table}");
    }
    (store, tables)
}

#[sqlx::test(migrations = "../migrations")]
async fn every_table_of_organizations_has_its_policies(pool: PgPool) {
    let mut connection = pool.acquire().await.unwrap();
    let fenced = texts(&mut connection, FENCED).await;
    assert!(fenced.len() > 20, "the catalogue was read: {fenced:?}");
    let policies = "SELECT format('%s: %s to %s, %s %s, %s, %s', c.relname, p.policyname, p.roles,
            p.permissive, p.cmd, p.qual, p.with_check)
        FROM pg_class c LEFT JOIN pg_policies p
            ON p.schemaname = 'public' AND p.tablename = c.relname
        WHERE c.relnamespace = 'public'::regnamespace AND c.relrowsecurity
        ORDER BY c.relname, p.policyname";
    let own = "(organization_id = ( SELECT current_organization() AS current_organization))";
    let right = fenced.iter().flat_map(|table| {
        [
            format!("{table}: all_organizations to {{allot_operator}}, PERMISSIVE ALL, true, true"),
            format!("{table}: one_organization to {{allot_app}}, PERMISSIVE ALL, {own}, {own}"),
        ]
    });
    assert_eq!(texts(&mut connection, policies).await, right.collect::<Vec<_>>());
}

#[sqlx::test(migrations = "../migrations")]
async fn the_roles_of_the_server_can_bypass_nothing(pool: PgPool) {
    let mut connection = pool.acquire().await.unwrap();
    let roles =
        "SELECT format('%s %s', rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcanlogin)
        FROM pg_roles WHERE rolname IN ('allot_app', 'allot_operator') ORDER BY 1";
    assert_eq!(texts(&mut connection, roles).await, ["allot_app f", "allot_operator f"]);
    let memberships = "SELECT format('%s in %s', m.rolname, g.rolname)
        FROM pg_auth_members JOIN pg_roles g ON g.oid = roleid JOIN pg_roles m ON m.oid = member
        WHERE m.rolname IN ('allot_app', 'allot_operator')";
    assert_eq!(texts(&mut connection, memberships).await, ["allot_operator in allot_app"]);
    let owned = "SELECT relname::text FROM pg_class JOIN pg_roles r ON r.oid = relowner
        WHERE r.rolname IN ('allot_app', 'allot_operator')";
    assert!(texts(&mut connection, owned).await.is_empty());
}

/// The policy of the ledger holds for who asks for the ledger: nobody may ask for a month of it.
#[sqlx::test(migrations = "../migrations")]
async fn nobody_may_ask_for_a_month_of_the_ledger(pool: PgPool) {
    let store = Store::from_pool(pool.clone());
    store.migrate().await.unwrap();
    let long_ago = "CREATE TABLE ledger_2020_01 PARTITION OF ledger
        FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2020-02-01 00:00:00+00')";
    sqlx::raw_sql(long_ago).execute(&pool).await.unwrap();
    assert_eq!(store.detach_partitions(&Clock::Database, 62).await.unwrap(), ["ledger_2020_01"]);

    let mut connection = pool.acquire().await.unwrap();
    let months = texts(
        &mut connection,
        r"SELECT relname::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname ~ '^ledger_\d'",
    )
    .await;
    assert!(months.len() > 12 && months.contains(&"ledger_2020_01".to_owned()), "{months:?}");
    for month in months {
        let right = format!(
            "SELECT has_table_privilege('allot_operator', '{month}',
                'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')::text"
        );
        assert_eq!(texts(&mut connection, right).await, ["false"], "{month}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_transaction_sees_the_rows_that_it_is_for(pool: PgPool) {
    let (store, tables) = two_organizations(&pool).await;
    for (whose, right) in [
        (OURS.into(), vec![OURS.0]),
        (THEIRS.into(), vec![THEIRS.0]),
        (Whose::Everybodys, vec![OURS.0, THEIRS.0]),
        (Whose::Nobodys, vec![]),
    ] {
        for mut transaction in [
            store.begin(whose).await.unwrap(),
            store.read(whose).await.unwrap(),
            store.snapshot(whose).await.unwrap(),
            store.wide_snapshot(whose).await.unwrap(),
        ] {
            for table in &tables {
                assert_eq!(seen(&mut transaction, table).await, right, "{whose:?} in {table}");
            }
        }
    }
}

/// An organization can write nothing that is another's, whatever it may write of its own.
#[sqlx::test(migrations = "../migrations")]
async fn a_transaction_writes_no_row_of_another_organization(pool: PgPool) {
    let (store, tables) = two_organizations(&pool).await;
    let mut tried = [0; 3];
    for table in &tables {
        let mut owner = pool.acquire().await.unwrap();
        let privileges = format!(
            "SELECT p FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS p
            WHERE has_table_privilege('allot_app', '{table}', p)"
        );
        let privileges = texts(&mut owner, privileges).await;
        let may = |what: &str| privileges.iter().any(|privilege| privilege == what);
        let columns = format!(
            "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = '{table}'::regclass
                AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
                AND attname <> 'organization_id'"
        );
        let columns = texts(&mut owner, columns).await.join(", ");
        drop(owner);
        let refused = "new row violates row-level security policy for table";
        let refused = Err(format!("{refused} \"{table}\""));
        if may("INSERT") {
            tried[0] += 1;
            let copy = format!(
                "INSERT INTO {table} (organization_id, {columns}) SELECT '{THEIRS}', {columns} FROM {table}"
            );
            assert_eq!(ours(&store, copy).await, refused);
        }
        if may("UPDATE") {
            tried[1] += 1;
            let change = format!("UPDATE {table} SET organization_id = organization_id");
            assert_eq!(ours(&store, change.clone()).await, Ok(1), "{table}: only ours");
            let theirs = format!("{change} WHERE organization_id = '{THEIRS}'");
            assert_eq!(ours(&store, theirs).await, Ok(0), "{table}");
            let give = format!("UPDATE {table} SET organization_id = '{THEIRS}'");
            assert_eq!(ours(&store, give).await, refused);
        }
        if may("DELETE") {
            tried[2] += 1;
            let theirs = format!("DELETE FROM {table} WHERE organization_id = '{THEIRS}'");
            assert_eq!(ours(&store, theirs).await, Ok(0), "{table}");
        }
    }
    assert!(tried.iter().all(|tried| *tried > 15), "{tried:?}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_connection_outside_of_a_transaction_sees_no_organization(pool: PgPool) {
    let (_, tables) = two_organizations(&pool).await;
    let url = sqlx::ConnectOptions::to_url_lossy(&*pool.connect_options()).to_string();
    let store = Store::open(&url).unwrap();
    let mut connection = store.connection().await.unwrap();
    for table in &tables {
        assert!(seen(&mut connection, table).await.is_empty(), "{table}");
    }
    drop(connection);
    store.close().await;
}

/// One connection serves one organization after another.
#[sqlx::test(migrations = "../migrations")]
async fn a_transaction_leaves_nothing_to_the_next_one_on_its_connection(pool: PgPool) {
    two_organizations(&pool).await;
    let single = PgPoolOptions::new().max_connections(1);
    let single = single.connect_lazy_with((*pool.connect_options()).clone());
    let store = Store::from_pool(single.clone());
    let state = "SELECT concat_ws(' ', pg_backend_pid(), current_user,
        current_setting('allot.organization', true))";
    let before = texts(&mut store.connection().await.unwrap(), state).await;
    for committed in [true, false] {
        for (whose, right) in [
            (OURS.into(), vec![OURS.0]),
            (Whose::Nobodys, vec![]),
            (THEIRS.into(), vec![THEIRS.0]),
            (Whose::Everybodys, vec![OURS.0, THEIRS.0]),
            (Whose::Nobodys, vec![]),
        ] {
            let mut transaction = store.begin(whose).await.unwrap();
            assert_eq!(seen(&mut transaction, "members").await, right, "{whose:?}");
            if committed {
                transaction.commit().await.unwrap();
            } else {
                drop(transaction);
            }
            let mut connection = store.connection().await.unwrap();
            let after = texts(&mut connection, state).await;
            assert_eq!(after[0].trim_end(), before[0].trim_end(), "after {whose:?}");
            connection.ping().await.unwrap();
        }
    }
    single.close().await;
}

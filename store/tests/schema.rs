//! Rules of the schema, read from the database's own catalogue.

use sqlx::PgPool;

/// Tables that belong to the installation and not to an organization.
const OF_THE_INSTALLATION: &[&str] = &[
    "_sqlx_migrations",
    "catalogue_version",
    "failed_sign_ins",
    "job_roles",
    "meters",
    "operations",
    "operator_keys",
    "operator_links",
    "operator_log",
    "operators",
    "plan_limit_versions",
    "plan_limits",
    "plan_versions",
    "plans",
    "prices",
    "sessions",
    "sign_in_links",
    "users",
];
/// Keys that point to those tables: the only ones of an organization's tables that don't begin
/// with its id.
const TO_THE_INSTALLATION: &[&str] = &[
    "organizations_plan_fkey",
    "plan_requests_plan_fkey",
    "organization_plans_version_fkey",
    "members_user_fkey",
    "members_job_role_fkey",
    "default_limits_job_role_fkey",
    "balances_meter_fkey",
    "quotas_meter_fkey",
    "carried_levels_meter_fkey",
    "raise_requests_meter_fkey",
];

/// The schema can be distributed by organization only while every key begins with its id.
#[sqlx::test(migrations = "../migrations")]
async fn keys_of_an_organizations_tables_begin_with_its_id(pool: PgPool) {
    let keys: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT t.relname::text, i.relname::text, a.attname::text
        FROM pg_index x
        JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
        WHERE t.relnamespace = 'public'::regnamespace AND (x.indisunique OR x.indisexclusion)
        UNION ALL
        SELECT t.relname::text, c.conname::text, a.attname::text
        FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND t.relnamespace = 'public'::regnamespace",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert!(keys.len() > 30, "the catalogue was read: {keys:?}");
    let wrong: Vec<_> = keys
        .iter()
        .filter(|(table, _, _)| !OF_THE_INSTALLATION.contains(&table.as_str()))
        .filter(|(_, key, _)| !TO_THE_INSTALLATION.contains(&key.as_str()))
        .filter(|(_, _, column)| column != "organization_id")
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// No floating point touches an amount.
#[sqlx::test(migrations = "../migrations")]
async fn money_and_credits_are_whole_numbers(pool: PgPool) {
    let inexact: Vec<(String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns
        WHERE table_schema = 'public'
            AND data_type IN ('real', 'double precision', 'numeric', 'money')",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(inexact, []);
}

/// The server's role can do its work on every table, and can't change what was recorded.
#[sqlx::test(migrations = "../migrations")]
async fn the_servers_role_can_only_add_to_the_ledger_and_the_audit_log(pool: PgPool) {
    let privileges: Vec<(String, String)> = sqlx::query_as(
        "SELECT t.relname::text, string_agg(p.privilege, ' ' ORDER BY p.privilege)
        FROM pg_class t, unnest(ARRAY['DELETE', 'INSERT', 'SELECT', 'TRUNCATE', 'UPDATE'])
            AS p (privilege)
        WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p')
            AND t.relname <> '_sqlx_migrations'
            AND has_table_privilege('allot_app', t.oid, p.privilege)
        GROUP BY t.relname",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert!(privileges.len() > 20, "the catalogue was read: {privileges:?}");
    for (table, granted) in &privileges {
        let right = match table.as_str() {
            "ledger"
            | "audit_log"
            | "imported_events"
            | "operator_log"
            | "organization_plans"
            | "plan_limit_versions"
            | "plan_versions" => "INSERT SELECT",
            "carried_levels" => "SELECT",
            _ => "DELETE INSERT SELECT UPDATE",
        };
        assert_eq!(granted, right, "{table}");
    }

    let url = sqlx::ConnectOptions::to_url_lossy(&*pool.connect_options()).to_string();
    let store = store::Store::open(&url).unwrap();
    store.migrate().await.unwrap();
    let mut connection = store.connection().await.unwrap();
    for change in ["UPDATE ledger SET amount = 0", "DELETE FROM ledger", "TRUNCATE ledger"] {
        let refused = sqlx::raw_sql(change).execute(&mut *connection).await.unwrap_err();
        assert!(refused.to_string().contains("permission denied"), "{change}: {refused}");
    }
    drop(connection);
    store.close().await;
}

//! Rules of the schema, read from the database's own catalogue.

use sqlx::PgPool;

/// Tables that belong to the installation and not to an organization.
const OF_THE_INSTALLATION: &[&str] = &[
    "_sqlx_migrations",
    "failed_sign_ins",
    "meters",
    "operations",
    "plan_limits",
    "plans",
    "prices",
    "sessions",
    "sign_in_links",
    "users",
];
/// Keys that point to those tables: the only ones of an organization's tables that don't begin
/// with its id.
const TO_THE_INSTALLATION: &[&str] =
    &["organizations_plan_fkey", "members_user_fkey", "balances_meter_fkey"];

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

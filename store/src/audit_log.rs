//! Reading the audit log: pages of it, and what those who are named in it are called.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use domain::{
    audit::{AuditKind, AuditParts, AuditReach},
    ids::{MemberId, OrganizationId, SubtenantId},
    input::{Code, Search},
    units::Unit,
};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// A change that was recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// `member`, `api_key` or `operator`.
    pub actor_kind: String,
    /// Which one.
    pub actor_id: Option<Uuid>,
    /// From where.
    pub ip: Option<String>,
    /// What was done.
    pub action: String,
    /// To what it was done.
    pub subject: Uuid,
    /// How it was before.
    pub before: Option<Value>,
    /// How it was afterwards.
    pub after: Option<Value>,
}

/// Which changes are asked for, newest first.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Not before.
    pub from: DateTime<Utc>,
    /// Only those before this one: the moment and the id, which tells changes of one moment apart.
    pub before: (DateTime<Utc>, Uuid),
    /// A part of the name or email of who did it or to whom it was done.
    pub search: Option<&'a Search>,
    /// What it is about.
    pub kind: Option<AuditKind>,
    /// Which of them the one who asks sees.
    pub reach: AuditReach,
    /// The member who asks, if it is one.
    pub me: Option<MemberId>,
    /// The subtenant that they administer.
    pub mine: Option<SubtenantId>,
    /// How many are wanted.
    pub size: i64,
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The changes that are wanted.
pub async fn page(
    connection: &mut Connection,
    organization: OrganizationId,
    wanted: &Wanted<'_>,
) -> Result<Vec<Recorded>> {
    let codes = wanted.kind.and_then(AuditKind::codes);
    let begin = codes.map(|codes| owned(codes.begin));
    let except = owned(codes.map_or(&[], |codes| codes.except));
    let of_quotas = AuditKind::OF_QUOTAS.iter().filter_map(|kind| kind.codes());
    let of_quotas: Vec<String> = of_quotas.flat_map(|codes| owned(codes.begin)).collect();
    let (everything, parts) = match wanted.reach {
        AuditReach::Everything => (true, AuditParts::default()),
        AuditReach::Parts(parts) => (false, parts),
    };
    let rows = sqlx::query_as!(
        Recorded,
        r#"WITH found AS MATERIALIZED (
            SELECT member_id AS id FROM members WHERE organization_id = $1
                AND (strpos(lower(name), lower($5)) > 0 OR strpos(email, lower($5)) > 0)
            UNION ALL
            SELECT subtenant_id FROM subtenants
            WHERE organization_id = $1 AND strpos(lower(name), lower($5)) > 0
            UNION ALL
            SELECT api_key_id FROM api_keys
            WHERE organization_id = $1 AND strpos(lower(name), lower($5)) > 0
        ), searched AS MATERIALIZED (
            SELECT id FROM found
            UNION ALL
            SELECT q.quota_id FROM found f JOIN quotas q
                ON q.organization_id = $1 AND q.holder_id = f.id
        ), own AS MATERIALIZED (
            SELECT $12::uuid AS id
            UNION ALL
            SELECT member_id FROM members WHERE organization_id = $1 AND subtenant_id = $12
        ), reached AS MATERIALIZED (
            SELECT id FROM own
            UNION ALL
            SELECT q.quota_id FROM own JOIN quotas q
                ON q.organization_id = $1 AND q.holder_id = own.id
        )
        SELECT audit_id AS id, recorded_at AS at, actor_kind, actor_id, ip, action,
            subject_id AS subject, before, after
        FROM audit_log a
        WHERE organization_id = $1 AND recorded_at >= $2
            AND (recorded_at, audit_id) < ($3, $4)
            AND ($5::text IS NULL OR actor_id IN (SELECT id FROM searched)
                OR subject_id IN (SELECT id FROM searched)
                OR (actor_kind = 'operator' AND strpos('operator', lower($5)) > 0))
            AND ($6::text[] IS NULL OR EXISTS (
                SELECT FROM unnest($6) AS k (code) WHERE starts_with(action, k.code)))
            AND NOT EXISTS (
                SELECT FROM unnest($7::text[]) AS k (code) WHERE starts_with(action, k.code))
            AND (NOT $8 OR actor_kind = 'operator')
            AND ($9
                OR EXISTS (SELECT FROM unnest($10::text[]) AS k (code)
                    WHERE starts_with(action, k.code))
                OR (actor_kind = 'member' AND actor_id = $11)
                OR ($12::uuid IS NOT NULL AND subject_id IN (SELECT id FROM reached)))
        ORDER BY recorded_at DESC, audit_id DESC LIMIT $13"#,
        organization.0,
        wanted.from,
        wanted.before.0,
        wanted.before.1,
        wanted.search.map(Search::as_str),
        begin.as_deref(),
        &except,
        wanted.kind == Some(AuditKind::Operator),
        everything,
        if parts.of_quotas { of_quotas.as_slice() } else { &[] },
        wanted.me.filter(|_| parts.own_changes).map(|me| me.0),
        wanted.mine.filter(|_| parts.own_subtenant).map(|mine| mine.0),
        wanted.size
    );
    Ok(rows.fetch_all(connection).await?)
}

/// A thing of an organization as it is called today.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// The email of a member.
    pub email: Option<String>,
}

/// What `ids` are called: members, also those who were removed, subtenants, API keys, and quotas by
/// their meter and whom they limit. What has no name is left out.
pub async fn names(
    connection: &mut Connection,
    organization: OrganizationId,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Named>> {
    let rows = sqlx::query!(
        r#"SELECT k.id AS "id!", n.name AS "name!", n.email
        FROM unnest($2::uuid[]) AS k (id), LATERAL (
            SELECT name, email FROM members WHERE organization_id = $1 AND member_id = k.id
            UNION ALL
            SELECT name, NULL FROM subtenants WHERE organization_id = $1 AND subtenant_id = k.id
            UNION ALL
            SELECT name, NULL FROM api_keys WHERE organization_id = $1 AND api_key_id = k.id
            UNION ALL
            SELECT name, NULL FROM channels WHERE organization_id = $1 AND channel_id = k.id
            UNION ALL
            SELECT meters.name || ' for ' || COALESCE(m.name, s.name, 'the organization'), NULL
            FROM quotas q JOIN meters ON meters.code = q.meter_code
            LEFT JOIN members m ON m.organization_id = $1 AND m.member_id = q.member_id
            LEFT JOIN subtenants s ON s.organization_id = $1 AND s.subtenant_id = q.subtenant_id
            WHERE q.organization_id = $1 AND q.quota_id = k.id
            OFFSET 0
        ) n"#,
        organization.0,
        ids
    );
    let rows = rows.fetch_all(connection).await?.into_iter();
    Ok(rows.map(|row| (row.id, Named { name: row.name, email: row.email })).collect())
}

/// What an organization's amounts are counted in.
#[derive(Clone, Debug, Default)]
pub struct Units {
    /// The organization's currency.
    pub currency: String,
    /// Names and units of meters.
    pub meters: HashMap<Code, (String, Unit)>,
}

/// The units of all meters.
pub async fn units(connection: &mut Connection, organization: OrganizationId) -> Result<Units> {
    let rows = sqlx::query!(
        "SELECT m.code, m.name, m.unit, m.scale, o.currency
        FROM organizations o, meters m WHERE o.organization_id = $1",
        organization.0
    );
    let mut units = Units::default();
    for row in rows.fetch_all(connection).await? {
        let unit = Unit { unit: row.unit, scale: u32::try_from(row.scale).unwrap_or_default() };
        units.meters.insert(row.code.parse()?, (row.name, unit));
        units.currency = row.currency;
    }
    Ok(units)
}

//! The digest of a week and the report of a month, where organizations have switched them on (SPEC
//! section 10). Each is an event that happens once, told like any other.

use crate::{Error, Result, Service, usage_history::Reading};
use domain::{
    alerts::tightness,
    ceilings::limits_of,
    digests::{Span, SpanKind},
    history::{Breakdown, DayRange, Filter, Segments},
    ids::{EventId, OrganizationId},
    notices::{MeterDigest, MeterNamed, News, UsageDigest},
    plan_report::Meter,
};
use std::time::Duration;
use store::{Connection, Whose, events::Event, refusals};
use tokio::time::sleep;
use uuid::Uuid;

/// How often it is looked whether one is due.
const EVERY: Duration = Duration::from_secs(30);
/// Organizations looked at in one go.
const ORGANIZATIONS: i64 = 1_000;
/// Members that are named.
const MEMBERS: usize = 5;
/// Limits that refused somebody.
const REFUSALS: i64 = 10_000;

impl Service {
    /// Writes what is due, until it is stopped.
    pub async fn keep_writing_digests(&self) {
        loop {
            if let Err(error) = self.write_digests().await {
                tracing::warn!(%error, "digests were not written; that is tried again soon");
            }
            sleep(EVERY).await;
        }
    }

    /// Writes the digests and reports that are due. Several servers can do so at once. How many there were.
    pub async fn write_digests(&self) -> Result<usize> {
        let (mut after, mut written) = (None, 0);
        loop {
            let wanting = {
                let mut transaction = self.store.read(Whose::Everybodys).await?;
                store::alerts::wanting_digests(&mut transaction, after, ORGANIZATIONS).await?
            };
            let Some(last) = wanting.last() else { break };
            after = Some(last.id);
            for of in wanting {
                for (kind, wanted) in [(SpanKind::Week, of.weekly), (SpanKind::Month, of.monthly)] {
                    if wanted && self.write_digest(of.id, kind).await? {
                        written += 1;
                    }
                }
            }
        }
        if written > 0 {
            self.telling.wake();
        }
        Ok(written)
    }

    async fn write_digest(&self, id: OrganizationId, kind: SpanKind) -> Result<bool> {
        let mut transaction = self.store.begin(id).await?;
        let now = self.clock.now(&mut transaction).await?;
        let organization = store::organizations::get(&mut transaction, id).await?;
        let zone = organization.ok_or(Error::NotFound("organization"))?.time_zone;
        let Some(span) = Span::due(kind, zone, now) else { return Ok(false) };
        if store::events::happened(&mut transaction, id, &span.name()).await? {
            return Ok(false);
        }
        drop(transaction);

        let digest = self.digest(id, span).await?;
        let news = match kind {
            SpanKind::Week => News::WeeklyDigest(digest),
            SpanKind::Month => News::MonthReport(digest),
        };
        let mut transaction = self.store.begin(id).await?;
        let event = Event { id: EventId(Uuid::now_v7()), at: now, news };
        let recorded =
            store::events::record_once(&mut transaction, id, &event, &span.name()).await?;
        transaction.commit().await.map_err(store::Error::from)?;
        Ok(recorded)
    }

    /// What was used in a span of days, and in as many before it.
    async fn digest(&self, id: OrganizationId, span: Span) -> Result<UsageDigest> {
        let mut snapshot = self.store.snapshot(id).await?;
        let mut loaded = self.load_unlocked(&mut snapshot, id).await?;
        loaded.add_organizations_balances(&mut snapshot).await?;
        let mut reading = Reading::begin(&mut snapshot, id, loaded.now).await?;
        let zone = reading.zone;
        let segments = |first, last| {
            let days = DayRange::new(first, last, last)?;
            Ok::<_, Error>(Segments::of_days(days, zone, zone))
        };
        let before = span.before();
        let days = segments(span.first, span.last)?;
        let days_before = segments(before.first, before.last)?;
        let meters = store::catalogue::meters(reading.connection).await?;
        let (mut used, mut tight, mut members) = (Vec::new(), Vec::new(), Vec::new());
        for meter in &meters {
            let of_meter = total(&mut reading, meter, &days).await?;
            let before = total(&mut reading, meter, &days_before).await?;
            if of_meter != 0 || before != 0 {
                used.push(MeterDigest { meter: named(meter), used: of_meter, before });
            }
            for limit in limits_of(&loaded.state, None, &meter.code, loaded.now) {
                tight
                    .extend(tightness(&limit).map(|percent| {
                        (format!("{} {}", meter.name, limit.period.per()), percent)
                    }));
            }
            if meter.code.is_credits() {
                members =
                    reading.by_part(meter, &days, &Filter::default(), Breakdown::Member).await?;
            }
        }
        let most = members.iter().filter(|part| part.used > 0).filter_map(|part| {
            let member: Uuid = part.key.as_ref()?.parse().ok()?;
            Some((member, part.used))
        });
        let most: Vec<(Uuid, i64)> = most.take(MEMBERS).collect();
        let denied = denied(&mut snapshot, id, &days).await?;
        let ids: Vec<Uuid> = most.iter().map(|(member, _)| *member).collect();
        let names = store::audit_log::names(&mut snapshot, id, &ids).await?;
        let members = most.into_iter().filter_map(|(member, used)| {
            names.get(&member).map(|named| (named.name.clone(), used))
        });
        Ok(UsageDigest {
            first_day: span.first,
            last_day: span.last,
            meters: used,
            members: members.collect(),
            denied,
            tight,
        })
    }
}

/// What was used of a meter or, of a gauge, its level at the end.
async fn total(reading: &mut Reading<'_>, meter: &Meter, days: &Segments) -> Result<i64> {
    let series = reading.series(meter, days, &Filter::default()).await?;
    Ok(series.total(meter.kind))
}

/// How many requests limits denied.
async fn denied(connection: &mut Connection, id: OrganizationId, days: &Segments) -> Result<i64> {
    let wanted =
        refusals::Wanted { window: days.window(), subtenant: None, member: None, size: REFUSALS };
    let denied = refusals::count(connection, id, wanted).await?;
    Ok(denied.iter().map(|of| of.times).sum())
}

fn named(meter: &Meter) -> MeterNamed {
    MeterNamed { code: meter.code.clone(), name: meter.name.clone(), unit: meter.unit.clone() }
}

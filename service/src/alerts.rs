//! The page *Alerts*: what is set, and which limits were reached lately (SPEC section 10).

use crate::{
    Caller, Result, SavedAlertSettings, Service,
    alert_settings::whose,
    notices::{About, page},
};
use channels::words;
use domain::{
    access::Action,
    notices::{Language, News, NewsKind, Notice},
    views::{AlertsView, Moment, OverrideRow, ReachedRow},
};

/// Limits that were reached lately, as the page and the API list them.
const LATELY: i64 = 50;
/// Subtenants that can be chosen.
const SUBTENANTS: i64 = 1_000;

impl Service {
    /// Limits that were reached lately, newest first.
    pub async fn alerts(&self, caller: &Caller) -> Result<Vec<Notice>> {
        caller.require(Action::ViewAlerts)?;
        let id = caller.organization;
        let mut transaction = self.store.snapshot(id).await?;
        let kind = NewsKind::LimitReached;
        let events = store::events::newest(&mut transaction, id, kind, LATELY).await?;
        let about = About::of(self, &mut transaction, id).await?;
        Ok(events.into_iter().map(|event| about.notice(event)).collect())
    }

    /// The page *Alerts*.
    pub async fn alerts_view(&self, caller: &Caller) -> Result<AlertsView> {
        let SavedAlertSettings { settings, version } = self.alert_settings(caller).await?;
        let alerts = self.alerts(caller).await?;
        let id = caller.organization;
        let mut transaction = self.store.snapshot(id).await?;
        let now = self.clock.now(&mut transaction).await?;
        let units = store::audit_log::units(&mut transaction, id).await?.meters.into_iter();
        let mut meters: Vec<(String, String)> =
            units.map(|(code, (name, _))| (code.to_string(), name)).collect();
        meters.sort_by(|one, other| one.1.cmp(&other.1));
        let mut overrides = Vec::with_capacity(settings.overrides.len());
        for own in &settings.overrides {
            let whose = whose(&mut transaction, id, own).await?;
            let meter = meters.iter().find(|(code, _)| *code == own.meter.as_str());
            overrides.push(OverrideRow {
                whose: whose.unwrap_or_else(|| "Somebody who has left".to_owned()),
                meter: meter.map_or_else(|| own.meter.to_string(), |(_, name)| name.clone()),
                thresholds: own.thresholds.to_string(),
            });
        }
        let ids: Vec<String> = settings.people().map(|member| member.to_string()).collect();
        let people = store::members::find(&mut transaction, id, &ids, now).await?.into_iter();
        let subtenants = store::subtenants::list(&mut transaction, id, SUBTENANTS).await?;
        let subtenants = subtenants.into_iter().map(|of| (of.id.to_string(), of.name));
        let lately = alerts.into_iter().map(|notice| {
            let threshold = match &notice.news {
                News::LimitReached(limit) => limit.threshold,
                _ => 0,
            };
            ReachedRow {
                text: words(&notice, Language::English).title,
                when: Moment::new(notice.at, notice.time_zone, now),
                threshold,
                link: page(&notice.news),
            }
        });
        Ok(AlertsView {
            people: people.map(|member| (member.id, member.email)).collect(),
            subtenants: subtenants.collect(),
            lately: lately.collect(),
            settings,
            version,
            overrides,
            meters,
            sends_mail: self.courier.sends_mail(),
        })
    }
}

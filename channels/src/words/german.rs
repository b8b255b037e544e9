use super::{Label, Span, Speech};
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use domain::{
    answer::LimitScope,
    period::{PeriodKind, TimeZone},
};

pub(super) struct German;

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

impl Speech for German {
    fn label(&self, label: Label) -> &'static str {
        match label {
            Label::Used => "Verbraucht",
            Label::Limit => "Limit",
            Label::Held => "Für laufende Arbeit vorgemerkt",
            Label::Left => "Übrig",
            Label::StartsAnew => "Beginnt neu",
            Label::AskedFor => "Gewünscht",
            Label::LimitNow => "Limit jetzt",
            Label::SharesWhatAllHave => "kein eigenes",
            Label::Until => "Bis",
            Label::ForGood => "auf Dauer",
            Label::Reason => "Grund",
            Label::Granted => "Genehmigt",
            Label::AnsweredBy => "Beantwortet von",
            Label::Answer => "Antwort",
            Label::MostCredits => "Die meisten Credits",
            Label::NearlyUsedUp => "Fast aufgebraucht",
            Label::Denied => "Von einem Limit abgelehnte Anfragen",
            Label::NothingUsed => "Es wurde nichts verbraucht.",
            Label::TestWorks => "Wenn Sie das lesen, kommen Nachrichten von Allot hier an.",
            Label::SeeUsage => "Verbrauch ansehen",
            Label::AnswerRequest => "Anfrage beantworten",
            Label::SeeNumbers => "Zahlen ansehen",
            Label::OpenAllot => "Allot öffnen",
        }
    }

    fn limit(&self, period: PeriodKind) -> &'static str {
        match period {
            PeriodKind::Daily => "Tageslimit",
            PeriodKind::Weekly => "Wochenlimit",
            PeriodKind::Monthly => "Monatslimit",
            PeriodKind::Yearly => "Jahreslimit",
            PeriodKind::Custom | PeriodKind::Level => "Limit",
        }
    }

    fn per(&self, amount: &str, period: PeriodKind) -> String {
        let per = match period {
            PeriodKind::Daily => "pro Tag",
            PeriodKind::Weekly => "pro Woche",
            PeriodKind::Monthly => "pro Monat",
            PeriodKind::Yearly => "pro Jahr",
            PeriodKind::Custom => "im Zeitraum",
            PeriodKind::Level => "gleichzeitig",
        };
        format!("{amount} {per}")
    }

    fn of(&self, meter: &str, owner: &str) -> String {
        format!("{meter} ({owner})")
    }

    fn level(&self, scope: LimitScope) -> &'static str {
        match scope {
            LimitScope::Plan => "Tarif",
            LimitScope::Organization => "Organisation",
            LimitScope::Subtenant => "Teilbereich",
            LimitScope::Member => "Mitglied",
        }
    }

    fn plan(&self, name: &str) -> String {
        format!("Tarif {name}")
    }

    fn percent(&self, percent: u32) -> String {
        format!("{percent}\u{a0}%")
    }

    fn day(&self, day: NaiveDate) -> String {
        day.format("%-d.%-m.%Y").to_string()
    }

    fn days(&self, first: NaiveDate, last: NaiveDate) -> String {
        format!("{} – {}", self.day(first), self.day(last))
    }

    fn month(&self, day: NaiveDate) -> String {
        let name = MONTHS.iter().zip(1..).find(|(_, number)| *number == day.month());
        format!("{} {}", name.map_or("", |(name, _)| name), day.year())
    }

    fn time(&self, zone: TimeZone, at: DateTime<Utc>) -> String {
        let day = self.day(zone.local_day(at));
        format!("{day}, {} {}", zone.local_time(at), zone.abbreviation(at))
    }

    fn used_to(&self, what: &str, limit: &str, percent: &str) -> String {
        format!("{what}: {limit} zu {percent} verbraucht")
    }

    fn used_up(&self, what: &str, limit: &str) -> String {
        format!("{what}: {limit} aufgebraucht")
    }

    fn denied_until(&self, until: Option<&str>) -> String {
        match until {
            Some(until) => {
                format!("Anfragen können abgelehnt werden, bis es neu beginnt: {until}.")
            }
            None => "Anfragen können abgelehnt werden, bis das Limit erhöht wird.".to_owned(),
        }
    }

    fn left_until(&self, left: &str, until: Option<&str>) -> String {
        match until {
            Some(until) => format!("Übrig bis {until}: {left}."),
            None => format!("Übrig: {left}."),
        }
    }

    fn asks(&self, who: &str, meter: &str) -> String {
        format!("{who} bittet um ein höheres Limit: {meter}")
    }

    fn granted(&self, who: &str, meter: &str) -> String {
        format!("Genehmigt: höheres Limit für {who}, {meter}")
    }

    fn declined(&self, who: &str, meter: &str) -> String {
        format!("Abgelehnt: höheres Limit für {who}, {meter}")
    }

    fn digest_title(&self, span: Span, days: &str, organization: &str) -> String {
        match span {
            Span::Week => format!("{organization}: die Woche {days}"),
            Span::Month => format!("{organization}: {days}"),
        }
    }

    fn compared(&self, now: &str, before: &str, span: Span) -> String {
        let span = match span {
            Span::Week => "Woche davor",
            Span::Month => "Monat davor",
        };
        format!("{now} ({span}: {before})")
    }

    fn test_title(&self, channel: &str) -> String {
        format!("Das ist ein Test des Kanals „{channel}“")
    }

    fn greeting(&self, name: &str) -> String {
        format!("Hallo {name},")
    }

    fn reason(&self, organization: &str) -> String {
        format!("Sie bekommen diese E-Mail, weil {organization} Kontingente mit Allot verwaltet.")
    }

    fn colon(&self) -> &'static str {
        ": "
    }

    fn comma(&self) -> &'static str {
        ", "
    }
}

use super::{Label, Span, Speech};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    answer::LimitScope,
    period::{PeriodKind, TimeZone},
};

pub(super) struct English;

impl Speech for English {
    fn label(&self, label: Label) -> &'static str {
        match label {
            Label::Used => "Used",
            Label::Limit => "Limit",
            Label::Held => "Held for work under way",
            Label::Left => "Left",
            Label::StartsAnew => "Starts anew",
            Label::AskedFor => "Asked for",
            Label::LimitNow => "Limit now",
            Label::SharesWhatAllHave => "none of their own",
            Label::Until => "Until",
            Label::ForGood => "for good",
            Label::Reason => "Why",
            Label::Granted => "Granted",
            Label::AnsweredBy => "Answered by",
            Label::Answer => "Answer",
            Label::MostCredits => "Most credits",
            Label::NearlyUsedUp => "Nearly used up",
            Label::Denied => "Requests that a limit denied",
            Label::NothingUsed => "Nothing was used.",
            Label::TestWorks => "If you can read this, messages from Allot arrive here.",
            Label::SeeUsage => "See usage",
            Label::AnswerRequest => "Answer the request",
            Label::SeeNumbers => "See the numbers",
            Label::OpenAllot => "Open Allot",
        }
    }

    fn limit(&self, period: PeriodKind) -> &'static str {
        match period {
            PeriodKind::Daily => "daily limit",
            PeriodKind::Weekly => "weekly limit",
            PeriodKind::Monthly => "monthly limit",
            PeriodKind::Yearly => "yearly limit",
            PeriodKind::Custom | PeriodKind::Level => "limit",
        }
    }

    fn per(&self, amount: &str, period: PeriodKind) -> String {
        format!("{amount} {}", period.per())
    }

    fn of(&self, meter: &str, owner: &str) -> String {
        format!("{meter} of {owner}")
    }

    fn level(&self, scope: LimitScope) -> &'static str {
        match scope {
            LimitScope::Plan => "the plan",
            LimitScope::Organization => "the organization",
            LimitScope::Subtenant => "a subtenant",
            LimitScope::Member => "a member",
        }
    }

    fn plan(&self, name: &str) -> String {
        format!("the plan {name}")
    }

    fn percent(&self, percent: u32) -> String {
        format!("{percent}%")
    }

    fn day(&self, day: NaiveDate) -> String {
        day.format("%-d %b %Y").to_string()
    }

    fn days(&self, first: NaiveDate, last: NaiveDate) -> String {
        format!("{} – {}", self.day(first), self.day(last))
    }

    fn month(&self, day: NaiveDate) -> String {
        day.format("%B %Y").to_string()
    }

    fn time(&self, zone: TimeZone, at: DateTime<Utc>) -> String {
        zone.local_text(at)
    }

    fn used_to(&self, what: &str, limit: &str, percent: &str) -> String {
        format!("{what}: {percent} of the {limit} is used")
    }

    fn used_up(&self, what: &str, limit: &str) -> String {
        format!("{what}: the {limit} is used up")
    }

    fn denied_until(&self, until: Option<&str>) -> String {
        match until {
            Some(until) => format!("Requests can be denied until {until}, when it starts anew."),
            None => "Requests can be denied until the limit is raised.".to_owned(),
        }
    }

    fn left_until(&self, left: &str, until: Option<&str>) -> String {
        match until {
            Some(until) => format!("What is left until {until}: {left}."),
            None => format!("What is left: {left}."),
        }
    }

    fn asks(&self, who: &str, meter: &str) -> String {
        format!("{who} asks for a higher limit on {meter}")
    }

    fn granted(&self, who: &str, meter: &str) -> String {
        format!("Granted: a higher limit on {meter} for {who}")
    }

    fn declined(&self, who: &str, meter: &str) -> String {
        format!("Declined: a higher limit on {meter} for {who}")
    }

    fn digest_title(&self, span: Span, days: &str, organization: &str) -> String {
        match span {
            Span::Week => format!("{organization}: the week {days}"),
            Span::Month => format!("{organization}: {days}"),
        }
    }

    fn compared(&self, now: &str, before: &str, span: Span) -> String {
        let span = match span {
            Span::Week => "week",
            Span::Month => "month",
        };
        format!("{now} ({span} before: {before})")
    }

    fn test_title(&self, channel: &str) -> String {
        format!("This is a test of the channel “{channel}”")
    }

    fn greeting(&self, name: &str) -> String {
        format!("Hello {name},")
    }

    fn reason(&self, organization: &str) -> String {
        format!("You get this email because {organization} uses Allot to share what it has.")
    }

    fn colon(&self) -> &'static str {
        ": "
    }

    fn comma(&self) -> &'static str {
        ", "
    }
}

//! What a notice says, in the languages in which people are written to. Here is what is told in which
//! order; how it is said is in a file for each language.

mod chinese;
mod english;
mod german;

use chinese::Chinese;
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    answer::LimitScope,
    notices::{
        Language, LimitReached, MeterDigest, MeterNamed, News, Notice, RaiseAnswered,
        RaiseRequested, UsageDigest,
    },
    period::{PeriodKind, TimeZone},
    units::{Unit, grouped},
};
use english::English;
use german::German;

/// What a message says, whatever carries it. All of it is text, nothing is markup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// One line that says it all.
    pub title: String,
    /// What else there is to say, in sentences.
    pub lines: Vec<String>,
    /// Names and values.
    pub facts: Vec<(String, String)>,
    /// What the link to the page that says more is called.
    pub button: String,
    /// From whom it is.
    pub footer: String,
}

/// The most meters, members and limits that a digest tells of.
const LISTED: usize = 10;

/// What `notice` says in `language`.
pub fn words(notice: &Notice, language: Language) -> Words {
    let speech = speech(language);
    let written = match &notice.news {
        News::LimitReached(reached) => limit_reached(speech, notice, reached),
        News::RaiseRequested(asked) => raise_requested(speech, notice, asked),
        News::RaiseAnswered(answered) => raise_answered(speech, notice, answered),
        News::WeeklyDigest(digest) => usage(speech, notice, digest, Span::Week),
        News::MonthReport(digest) => usage(speech, notice, digest, Span::Month),
        News::ChannelTest { channel } => Words {
            title: speech.test_title(channel),
            lines: vec![speech.label(Label::TestWorks).to_owned()],
            button: speech.label(Label::OpenAllot).to_owned(),
            ..Words::default()
        },
    };
    Words {
        title: one_line(&written.title),
        footer: format!("Allot · {}", one_line(&notice.organization_name)),
        ..written
    }
}

/// How an email to `name` begins.
pub(crate) fn greeting(name: &str, language: Language) -> String {
    speech(language).greeting(&one_line(name))
}

/// Why somebody gets an email, at its end.
pub(crate) fn reason(organization: &str, language: Language) -> String {
    speech(language).reason(&one_line(organization))
}

/// What is said by one or a few words.
#[derive(Clone, Copy, Debug)]
enum Label {
    Used,
    Limit,
    Held,
    Left,
    StartsAnew,
    AskedFor,
    LimitNow,
    SharesWhatAllHave,
    Until,
    ForGood,
    Reason,
    Granted,
    AnsweredBy,
    Answer,
    MostCredits,
    NearlyUsedUp,
    Denied,
    NothingUsed,
    TestWorks,
    SeeUsage,
    AnswerRequest,
    SeeNumbers,
    OpenAllot,
}

/// What a digest is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Span {
    Week,
    Month,
}

/// A language: everything that is said in it.
trait Speech {
    fn label(&self, label: Label) -> &'static str;
    /// A limit with how often it starts anew, such as `monthly limit`.
    fn limit(&self, period: PeriodKind) -> &'static str;
    /// An amount in each period, such as `500 credits a month`.
    fn per(&self, amount: &str, period: PeriodKind) -> String;
    /// The meter of somebody, such as `Credits of Ann Lee`.
    fn of(&self, meter: &str, owner: &str) -> String;
    /// What a limit of a level belongs to where its name is not known.
    fn level(&self, scope: LimitScope) -> &'static str;
    /// A name with the level of limits, where that is not clear by itself.
    fn plan(&self, name: &str) -> String;
    fn percent(&self, percent: u32) -> String;
    fn day(&self, day: NaiveDate) -> String;
    fn days(&self, first: NaiveDate, last: NaiveDate) -> String;
    fn month(&self, day: NaiveDate) -> String;
    fn time(&self, zone: TimeZone, at: DateTime<Utc>) -> String;
    fn used_to(&self, what: &str, limit: &str, percent: &str) -> String;
    fn used_up(&self, what: &str, limit: &str) -> String;
    /// What happens until a limit starts anew; never, without `until`.
    fn denied_until(&self, until: Option<&str>) -> String;
    fn left_until(&self, left: &str, until: Option<&str>) -> String;
    fn asks(&self, who: &str, meter: &str) -> String;
    fn granted(&self, who: &str, meter: &str) -> String;
    fn declined(&self, who: &str, meter: &str) -> String;
    fn digest_title(&self, span: Span, days: &str, organization: &str) -> String;
    /// An amount, with that of the week or month before.
    fn compared(&self, now: &str, before: &str, span: Span) -> String;
    fn test_title(&self, channel: &str) -> String;
    fn greeting(&self, name: &str) -> String;
    fn reason(&self, organization: &str) -> String;
    /// What is between a name and what is said of it.
    fn colon(&self) -> &'static str;
    /// What is between the items of a list.
    fn comma(&self) -> &'static str;
}

fn speech(language: Language) -> &'static dyn Speech {
    match language {
        Language::English => &English,
        Language::German => &German,
        Language::Chinese => &Chinese,
    }
}

fn limit_reached(speech: &dyn Speech, notice: &Notice, reached: &LimitReached) -> Words {
    let amount = |amount| reached.meter.unit.counted(amount, &notice.currency);
    let owner = match (&reached.scope_name, reached.scope) {
        (Some(name), LimitScope::Plan) => speech.plan(name),
        (Some(name), _) => name.clone(),
        (None, scope) => speech.level(scope).to_owned(),
    };
    let what = speech.of(&reached.meter.name, &owner);
    let limit = speech.limit(reached.period);
    let used_up = reached.threshold >= 100;
    let percent = speech.percent(u32::from(reached.threshold));
    let until = reached.resets_at.map(|at| speech.time(notice.time_zone, at));
    let left = reached.limit.saturating_sub(reached.used).saturating_sub(reached.held).max(0);
    let mut facts = vec![
        (Label::Limit, speech.per(&amount(reached.limit), reached.period)),
        (Label::Used, amount(reached.used)),
    ];
    if reached.held != 0 {
        facts.push((Label::Held, amount(reached.held)));
    }
    facts.push((Label::Left, amount(left)));
    facts.extend(until.clone().map(|until| (Label::StartsAnew, until)));
    Words {
        title: if used_up {
            speech.used_up(&what, limit)
        } else {
            speech.used_to(&what, limit, &percent)
        },
        lines: vec![if used_up {
            speech.denied_until(until.as_deref())
        } else {
            speech.left_until(&amount(left), until.as_deref())
        }],
        facts: labelled(speech, facts),
        button: speech.label(Label::SeeUsage).to_owned(),
        ..Words::default()
    }
}

fn raise_requested(speech: &dyn Speech, notice: &Notice, asked: &RaiseRequested) -> Words {
    let mut facts = asked_for(speech, notice, asked);
    let now = match asked.limit_now {
        Some(limit) => limit_of(speech, notice, &asked.meter, limit, asked.period),
        None => speech.label(Label::SharesWhatAllHave).to_owned(),
    };
    facts.insert(1, (Label::LimitNow, now));
    facts.push((Label::Reason, asked.reason.clone()));
    Words {
        title: speech.asks(&asked.member_name, &asked.meter.name),
        facts: labelled(speech, facts),
        button: speech.label(Label::AnswerRequest).to_owned(),
        ..Words::default()
    }
}

fn raise_answered(speech: &dyn Speech, notice: &Notice, answered: &RaiseAnswered) -> Words {
    let asked = &answered.asked;
    let mut facts = asked_for(speech, notice, asked);
    let (who, meter) = (&asked.member_name, &asked.meter.name);
    let title = match answered.granted {
        Some(_) => speech.granted(who, meter),
        None => speech.declined(who, meter),
    };
    if let Some(granted) = answered.granted {
        let granted = limit_of(speech, notice, &asked.meter, granted, asked.period);
        facts = vec![
            (Label::Granted, granted),
            (Label::Until, last_day(speech, answered.granted_last_day)),
            facts.swap_remove(0),
        ];
    }
    facts.push((Label::AnsweredBy, answered.answered_by.clone()));
    facts.push((Label::Answer, answered.answer.clone()));
    Words {
        title,
        facts: labelled(speech, facts),
        button: speech.label(Label::SeeUsage).to_owned(),
        ..Words::default()
    }
}

/// What somebody asks for, and until when.
fn asked_for(speech: &dyn Speech, notice: &Notice, asked: &RaiseRequested) -> Vec<(Label, String)> {
    let limit = limit_of(speech, notice, &asked.meter, asked.limit_asked, asked.period);
    vec![(Label::AskedFor, limit), (Label::Until, last_day(speech, asked.last_day))]
}

fn limit_of(
    speech: &dyn Speech,
    notice: &Notice,
    meter: &MeterNamed,
    limit: i64,
    period: PeriodKind,
) -> String {
    speech.per(&meter.unit.counted(limit, &notice.currency), period)
}

fn last_day(speech: &dyn Speech, day: Option<NaiveDate>) -> String {
    day.map_or_else(|| speech.label(Label::ForGood).to_owned(), |day| speech.day(day))
}

fn usage(speech: &dyn Speech, notice: &Notice, digest: &UsageDigest, span: Span) -> Words {
    let days = match span {
        Span::Week => speech.days(digest.first_day, digest.last_day),
        Span::Month => speech.month(digest.first_day),
    };
    let mut lines = Vec::new();
    let listed = |label: Label, items: Vec<String>| {
        let said = (speech.label(label), speech.colon(), items.join(speech.comma()));
        (!items.is_empty()).then(|| format!("{}{}{}", said.0, said.1, said.2))
    };
    if digest.meters.is_empty() {
        lines.push(speech.label(Label::NothingUsed).to_owned());
    }
    let credits = digest.meters.iter().find(|digest| digest.meter.code.is_credits());
    let credits = credits.map(|digest| &digest.meter.unit);
    let members = digest.members.iter().take(LISTED).map(|(name, amount)| {
        let text = |unit: &Unit| unit.text(*amount, &notice.currency);
        format!("{name} {}", credits.map_or_else(|| grouped(*amount), text))
    });
    lines.extend(listed(Label::MostCredits, members.collect()));
    let tight = digest.tight.iter().take(LISTED);
    let tight = tight.map(|(whose, percent)| format!("{whose} {}", speech.percent(*percent)));
    lines.extend(listed(Label::NearlyUsedUp, tight.collect()));
    if digest.denied > 0 {
        lines.extend(listed(Label::Denied, vec![grouped(digest.denied)]));
    }
    let meter = |MeterDigest { meter, used, before }: &MeterDigest| {
        let amount = |amount| meter.unit.counted(amount, &notice.currency);
        (meter.name.clone(), speech.compared(&amount(*used), &amount(*before), span))
    };
    Words {
        title: speech.digest_title(span, &days, &notice.organization_name),
        lines,
        facts: digest.meters.iter().take(LISTED).map(meter).collect(),
        button: speech.label(Label::SeeNumbers).to_owned(),
        ..Words::default()
    }
}

/// Facts under their names in a language, without those that say nothing.
fn labelled(speech: &dyn Speech, facts: Vec<(Label, String)>) -> Vec<(String, String)> {
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    facts.map(|(label, value)| (speech.label(label).to_owned(), value)).collect()
}

/// Without line breaks and what else titles and headers can't have.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;

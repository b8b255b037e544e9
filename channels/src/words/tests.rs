use super::*;
use crate::fixtures::{
    at, credits, digest, limit_reached, meter, notice, raise_answered, raise_requested,
};

/// All that a notice says, one thing a line.
fn said(news: News, language: Language) -> String {
    let words = words(&notice(news), language);
    let mut said = vec![words.title];
    said.extend(words.lines);
    said.extend(words.facts.into_iter().map(|(name, value)| format!("{name} = {value}")));
    said.push(format!("({})", words.button));
    said.join("\n").replace('\u{a0}', " ")
}

fn in_all(news: &News) -> [String; 3] {
    Language::ALL.map(|language| said(news.clone(), language))
}

#[test]
fn a_limit_that_is_nearly_used_up() {
    let reached = LimitReached { held: 20, ..limit_reached(80) };
    let [english, german, chinese] = in_all(&News::LimitReached(reached));
    assert_eq!(
        english,
        "Credits of Ann Lee: 80% of the monthly limit is used
What is left until 1 Dec 2026, 00:00 CET: 80 credits.
Limit = 500 credits a month
Used = 400 credits
Held for work under way = 20 credits
Left = 80 credits
Starts anew = 1 Dec 2026, 00:00 CET
(See usage)"
    );
    assert_eq!(
        german,
        "Credits (Ann Lee): Monatslimit zu 80 % verbraucht
Übrig bis 1.12.2026, 00:00 CET: 80 credits.
Limit = 500 credits pro Monat
Verbraucht = 400 credits
Für laufende Arbeit vorgemerkt = 20 credits
Übrig = 80 credits
Beginnt neu = 1.12.2026, 00:00 CET
(Verbrauch ansehen)"
    );
    assert_eq!(
        chinese,
        "Ann Lee 的 Credits：每月限额已用 80%
2026年12月1日 00:00 CET 之前还剩 80 credits。
限额 = 每月 500 credits
已用 = 400 credits
进行中的任务占用 = 20 credits
剩余 = 80 credits
重置时间 = 2026年12月1日 00:00 CET
(查看用量)"
    );
}

#[test]
fn a_limit_that_is_used_up() {
    let [english, german, chinese] = in_all(&News::LimitReached(limit_reached(100)));
    assert_eq!(
        english,
        "Credits of Ann Lee: the monthly limit is used up
Requests can be denied until 1 Dec 2026, 00:00 CET, when it starts anew.
Limit = 500 credits a month
Used = 500 credits
Left = 0 credits
Starts anew = 1 Dec 2026, 00:00 CET
(See usage)"
    );
    assert_eq!(
        german,
        "Credits (Ann Lee): Monatslimit aufgebraucht
Anfragen können abgelehnt werden, bis es neu beginnt: 1.12.2026, 00:00 CET.
Limit = 500 credits pro Monat
Verbraucht = 500 credits
Übrig = 0 credits
Beginnt neu = 1.12.2026, 00:00 CET
(Verbrauch ansehen)"
    );
    assert_eq!(
        chinese,
        "Ann Lee 的 Credits：每月限额已用完
在 2026年12月1日 00:00 CET 重置之前，请求可能会被拒绝。
限额 = 每月 500 credits
已用 = 500 credits
剩余 = 0 credits
重置时间 = 2026年12月1日 00:00 CET
(查看用量)"
    );
}

#[test]
fn a_level_that_never_starts_anew_and_a_plan() {
    let storage = LimitReached {
        scope: LimitScope::Plan,
        scope_name: Some("Team".to_owned()),
        meter: meter("storage", "Storage", "bytes", 0),
        period: PeriodKind::Level,
        threshold: 100,
        limit: 1_500_000_000,
        used: 1_600_000_000,
        resets_at: None,
        ..limit_reached(80)
    };
    let [english, german, chinese] = in_all(&News::LimitReached(storage));
    assert_eq!(
        english,
        "Storage of the plan Team: the limit is used up
Requests can be denied until the limit is raised.
Limit = 1.5 GB at any time
Used = 1.6 GB
Left = 0 bytes
(See usage)"
    );
    assert_eq!(
        german,
        "Storage (Tarif Team): Limit aufgebraucht
Anfragen können abgelehnt werden, bis das Limit erhöht wird.
Limit = 1.5 GB gleichzeitig
Verbraucht = 1.6 GB
Übrig = 0 bytes
(Verbrauch ansehen)"
    );
    assert_eq!(
        chinese,
        "套餐 Team 的 Storage：限额已用完
在提高限额之前，请求可能会被拒绝。
限额 = 同时 1.5 GB
已用 = 1.6 GB
剩余 = 0 bytes
(查看用量)"
    );
}

#[test]
fn amounts_of_money_are_in_the_currency_and_times_in_the_zone_of_the_organization() {
    let reached = LimitReached {
        meter: meter("spend", "Spend", "currency", 6),
        limit: 50_000_000,
        used: 40_000_000,
        ..limit_reached(80)
    };
    let mut notice = notice(News::LimitReached(reached));
    notice.currency = "USD".to_owned();
    notice.time_zone = "America/New_York".parse().unwrap();
    let said = words(&notice, Language::English);
    assert_eq!(said.lines, ["What is left until 30 Nov 2026, 18:00 EST: $10.00."]);
}

#[test]
fn what_has_lost_its_name_is_told_by_its_level() {
    let nameless = LimitReached { scope_name: None, ..limit_reached(80) };
    let titles = Language::ALL.map(|language| {
        words(&notice(News::LimitReached(nameless.clone())), language).title.replace('\u{a0}', " ")
    });
    assert_eq!(
        titles,
        [
            "Credits of a member: 80% of the monthly limit is used",
            "Credits (Mitglied): Monatslimit zu 80 % verbraucht",
            "成员 的 Credits：每月限额已用 80%"
        ]
    );
}

#[test]
fn a_request_for_more() {
    let asked = raise_requested("The fair in Hanover.");
    let [english, german, chinese] = in_all(&News::RaiseRequested(asked));
    assert_eq!(
        english,
        "Ann Lee asks for a higher limit on Credits
Asked for = 800 credits a month
Limit now = 500 credits a month
Until = 27 Nov 2026
Why = The fair in Hanover.
(Answer the request)"
    );
    assert_eq!(
        german,
        "Ann Lee bittet um ein höheres Limit: Credits
Gewünscht = 800 credits pro Monat
Limit jetzt = 500 credits pro Monat
Bis = 27.11.2026
Grund = The fair in Hanover.
(Anfrage beantworten)"
    );
    assert_eq!(
        chinese,
        "Ann Lee 申请提高 Credits 限额
申请额度 = 每月 800 credits
当前限额 = 每月 500 credits
有效期至 = 2026年11月27日
原因 = The fair in Hanover.
(处理申请)"
    );
}

#[test]
fn a_request_for_good_of_somebody_without_a_limit_of_their_own() {
    let asked = RaiseRequested { limit_now: None, last_day: None, ..raise_requested("") };
    assert_eq!(
        said(News::RaiseRequested(asked), Language::English),
        "Ann Lee asks for a higher limit on Credits
Asked for = 800 credits a month
Limit now = none of their own
Until = for good
(Answer the request)"
    );
}

#[test]
fn what_was_granted() {
    let [english, german, chinese] = in_all(&News::RaiseAnswered(raise_answered(Some(700))));
    assert_eq!(
        english,
        "Granted: a higher limit on Credits for Ann Lee
Granted = 700 credits a month
Until = 27 Nov 2026
Asked for = 800 credits a month
Answered by = Bo Quota
Answer = Have a good fair.
(See usage)"
    );
    assert_eq!(
        german,
        "Genehmigt: höheres Limit für Ann Lee, Credits
Genehmigt = 700 credits pro Monat
Bis = 27.11.2026
Gewünscht = 800 credits pro Monat
Beantwortet von = Bo Quota
Antwort = Have a good fair.
(Verbrauch ansehen)"
    );
    assert_eq!(
        chinese,
        "已批准：提高 Ann Lee 的 Credits 限额
批准额度 = 每月 700 credits
有效期至 = 2026年11月27日
申请额度 = 每月 800 credits
处理人 = Bo Quota
答复 = Have a good fair.
(查看用量)"
    );
}

#[test]
fn what_was_declined() {
    let titles = Language::ALL
        .map(|language| words(&notice(News::RaiseAnswered(raise_answered(None))), language).title);
    assert_eq!(
        titles,
        [
            "Declined: a higher limit on Credits for Ann Lee",
            "Abgelehnt: höheres Limit für Ann Lee, Credits",
            "已拒绝：提高 Ann Lee 的 Credits 限额"
        ]
    );
}

#[test]
fn the_week_in_numbers() {
    let [english, german, chinese] = in_all(&News::WeeklyDigest(digest()));
    assert_eq!(
        english,
        "Acme: the week 16 Nov 2026 – 22 Nov 2026
Most credits: Ann Lee 1,000, Bo Quota 200
Nearly used up: Sales 97%
Requests that a limit denied: 12
Credits = 1,200 credits (week before: 900 credits)
Spend = 12,34 € (week before: 0,00 €)
(See the numbers)"
    );
    assert_eq!(
        german,
        "Acme: die Woche 16.11.2026 – 22.11.2026
Die meisten Credits: Ann Lee 1,000, Bo Quota 200
Fast aufgebraucht: Sales 97 %
Von einem Limit abgelehnte Anfragen: 12
Credits = 1,200 credits (Woche davor: 900 credits)
Spend = 12,34 € (Woche davor: 0,00 €)
(Zahlen ansehen)"
    );
    assert_eq!(
        chinese,
        "Acme：周报（2026年11月16日至2026年11月22日）
使用 Credits 最多：Ann Lee 1,000、Bo Quota 200
即将用完：Sales 97%
因限额被拒绝的请求：12
Credits = 1,200 credits（前一周：900 credits）
Spend = 12,34 €（前一周：0,00 €）
(查看数据)"
    );
}

#[test]
fn a_month_in_which_nothing_was_used() {
    let digest = UsageDigest {
        first_day: at("2026-11-01T00:00:00Z").date_naive(),
        meters: Vec::new(),
        members: Vec::new(),
        denied: 0,
        tight: Vec::new(),
        ..digest()
    };
    let [english, german, chinese] = in_all(&News::MonthReport(digest));
    assert_eq!(english, "Acme: November 2026\nNothing was used.\n(See the numbers)");
    assert_eq!(german, "Acme: November 2026\nEs wurde nichts verbraucht.\n(Zahlen ansehen)");
    assert_eq!(chinese, "Acme：月报（2026年11月）\n没有任何用量。\n(查看数据)");
}

#[test]
fn lists_are_no_longer_than_people_read() {
    let digest = UsageDigest {
        meters: vec![MeterDigest { meter: credits(), used: 1, before: 1 }; 50],
        members: vec![("Ann Lee".to_owned(), 1); 50],
        tight: vec![("Sales".to_owned(), 97); 50],
        ..digest()
    };
    let words = words(&notice(News::WeeklyDigest(digest)), Language::English);
    assert_eq!(words.facts.len(), LISTED);
    assert_eq!(words.lines[0].matches("Ann Lee").count(), LISTED);
    assert_eq!(words.lines[1].matches("Sales").count(), LISTED);
}

#[test]
fn a_test_of_a_channel() {
    let news = News::ChannelTest { channel: "Ops\r\nBcc: x".to_owned() };
    let [english, german, chinese] = in_all(&news);
    assert!(english.starts_with("This is a test of the channel “Ops  Bcc: x”\nIf you can read"));
    assert!(german.starts_with("Das ist ein Test des Kanals „Ops  Bcc: x“\nWenn Sie das lesen"));
    assert!(chinese.starts_with("这是对渠道“Ops  Bcc: x”的测试\n如果您能看到"));
}

use super::{Label, Span, Speech};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    answer::LimitScope,
    period::{PeriodKind, TimeZone},
};

pub(super) struct Chinese;

impl Speech for Chinese {
    fn label(&self, label: Label) -> &'static str {
        match label {
            Label::Used => "已用",
            Label::Limit => "限额",
            Label::Held => "进行中的任务占用",
            Label::Left => "剩余",
            Label::StartsAnew => "重置时间",
            Label::AskedFor => "申请额度",
            Label::LimitNow => "当前限额",
            Label::SharesWhatAllHave => "没有个人限额",
            Label::Until => "有效期至",
            Label::ForGood => "长期有效",
            Label::Reason => "原因",
            Label::Granted => "批准额度",
            Label::AnsweredBy => "处理人",
            Label::Answer => "答复",
            Label::MostCredits => "使用 Credits 最多",
            Label::NearlyUsedUp => "即将用完",
            Label::Denied => "因限额被拒绝的请求",
            Label::NothingUsed => "没有任何用量。",
            Label::TestWorks => "如果您能看到这条消息，说明 Allot 的消息可以送达此处。",
            Label::SeeUsage => "查看用量",
            Label::AnswerRequest => "处理申请",
            Label::SeeNumbers => "查看数据",
            Label::OpenAllot => "打开 Allot",
        }
    }

    fn limit(&self, period: PeriodKind) -> &'static str {
        match period {
            PeriodKind::Daily => "每日限额",
            PeriodKind::Weekly => "每周限额",
            PeriodKind::Monthly => "每月限额",
            PeriodKind::Yearly => "每年限额",
            PeriodKind::Custom | PeriodKind::Level => "限额",
        }
    }

    fn per(&self, amount: &str, period: PeriodKind) -> String {
        match period {
            PeriodKind::Daily => format!("每日 {amount}"),
            PeriodKind::Weekly => format!("每周 {amount}"),
            PeriodKind::Monthly => format!("每月 {amount}"),
            PeriodKind::Yearly => format!("每年 {amount}"),
            PeriodKind::Custom => format!("期间内 {amount}"),
            PeriodKind::Level => format!("同时 {amount}"),
        }
    }

    fn of(&self, meter: &str, owner: &str) -> String {
        format!("{owner} 的 {meter}")
    }

    fn level(&self, scope: LimitScope) -> &'static str {
        match scope {
            LimitScope::Plan => "套餐",
            LimitScope::Organization => "组织",
            LimitScope::Subtenant => "子租户",
            LimitScope::Member => "成员",
        }
    }

    fn plan(&self, name: &str) -> String {
        format!("套餐 {name}")
    }

    fn percent(&self, percent: u32) -> String {
        format!("{percent}%")
    }

    fn day(&self, day: NaiveDate) -> String {
        day.format("%Y年%-m月%-d日").to_string()
    }

    fn days(&self, first: NaiveDate, last: NaiveDate) -> String {
        format!("{}至{}", self.day(first), self.day(last))
    }

    fn month(&self, day: NaiveDate) -> String {
        day.format("%Y年%-m月").to_string()
    }

    fn time(&self, zone: TimeZone, at: DateTime<Utc>) -> String {
        let day = self.day(zone.local_day(at));
        format!("{day} {} {}", zone.local_time(at), zone.abbreviation(at))
    }

    fn used_to(&self, what: &str, limit: &str, percent: &str) -> String {
        format!("{what}：{limit}已用 {percent}")
    }

    fn used_up(&self, what: &str, limit: &str) -> String {
        format!("{what}：{limit}已用完")
    }

    fn denied_until(&self, until: Option<&str>) -> String {
        match until {
            Some(until) => format!("在 {until} 重置之前，请求可能会被拒绝。"),
            None => "在提高限额之前，请求可能会被拒绝。".to_owned(),
        }
    }

    fn left_until(&self, left: &str, until: Option<&str>) -> String {
        match until {
            Some(until) => format!("{until} 之前还剩 {left}。"),
            None => format!("还剩 {left}。"),
        }
    }

    fn asks(&self, who: &str, meter: &str) -> String {
        format!("{who} 申请提高 {meter} 限额")
    }

    fn granted(&self, who: &str, meter: &str) -> String {
        format!("已批准：提高 {who} 的 {meter} 限额")
    }

    fn declined(&self, who: &str, meter: &str) -> String {
        format!("已拒绝：提高 {who} 的 {meter} 限额")
    }

    fn digest_title(&self, span: Span, days: &str, organization: &str) -> String {
        match span {
            Span::Week => format!("{organization}：周报（{days}）"),
            Span::Month => format!("{organization}：月报（{days}）"),
        }
    }

    fn compared(&self, now: &str, before: &str, span: Span) -> String {
        let span = match span {
            Span::Week => "前一周",
            Span::Month => "前一月",
        };
        format!("{now}（{span}：{before}）")
    }

    fn test_title(&self, channel: &str) -> String {
        format!("这是对渠道“{channel}”的测试")
    }

    fn greeting(&self, name: &str) -> String {
        format!("{name}，您好：")
    }

    fn reason(&self, organization: &str) -> String {
        format!("您收到此邮件，是因为 {organization} 使用 Allot 管理额度。")
    }

    fn colon(&self) -> &'static str {
        "："
    }

    fn comma(&self) -> &'static str {
        "、"
    }
}

//! Numbers as people read them. Always the same, whatever the browser's locale: what the server
//! writes must be what the browser expects.

pub(crate) use domain::units::grouped;
use domain::{
    amount::BasisPoints,
    answer::LimitScope,
    credits::CreditCap,
    views::{Moment, Suggestion},
};

/// With its unit in the right number: `1 credit`, `412 credits`.
pub(crate) fn counted(number: i64, unit: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {unit}{plural}", grouped(number))
}

/// The same text with a large first letter.
pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// What is usual for a job role, where something is.
pub(crate) fn suggestion(suggestion: &Suggestion) -> Option<String> {
    let from = grouped(suggestion.credits?);
    let role = &suggestion.job_role;
    Some(match suggestion.to {
        Some(to) => format!("Usual for {role}: {from} to {} a month.", grouped(to)),
        None => format!("Usual for {role}: {from} a month."),
    })
}

/// A share of a number, rounded down.
pub(crate) fn part(of: i64, share: BasisPoints) -> i64 {
    let part = i128::from(of) * i128::from(share.get()) / i128::from(BasisPoints::WHOLE);
    i64::try_from(part).unwrap_or(i64::MAX)
}

/// A member's limit as a table shows it: `500 credits`, `20% · 1,000 credits`.
pub(crate) fn cap(cap: CreditCap, credits: Option<i64>) -> String {
    match (cap, credits) {
        (CreditCap::Credits { amount }, _) => counted(amount.get(), "credit"),
        (CreditCap::Percent { basis_points }, Some(credits)) => {
            format!("{basis_points} · {}", counted(credits, "credit"))
        }
        (CreditCap::Percent { basis_points }, None) => basis_points.to_string(),
    }
}

/// When something happens, and how far away that is.
pub(crate) fn moment(moment: &Moment) -> String {
    if moment.from_now.is_empty() {
        moment.text.clone()
    } else {
        format!("{}, in {}", moment.text, moment.from_now)
    }
}

/// Seats that are taken, and what the plan has of them.
pub(crate) fn seats(used: i64, seats: Option<i64>) -> (String, &'static str) {
    match seats {
        Some(seats) => (
            format!("{} of {} used", grouped(used), counted(seats, "seat")),
            "included in the plan",
        ),
        None => (format!("{} used", counted(used, "seat")), "unlimited in the plan"),
    }
}

/// When packs pay, and what that does to the enterprise limit.
pub(crate) fn packs_pay(packs_extend: bool) -> &'static str {
    if packs_extend {
        "Packs pay what the monthly credits and the enterprise limit have no room for, and do not \
         count against that limit."
    } else {
        "Packs pay when the monthly credits are used up, and count against the enterprise limit."
    }
}

/// What a limit is called where it is the one that binds.
pub(crate) fn bound_by(scope: LimitScope) -> &'static str {
    match scope {
        LimitScope::Plan => "the plan",
        LimitScope::Organization => "the organization’s limit",
        LimitScope::Subtenant => "the subtenant’s limit",
        LimitScope::Member => "own limit",
    }
}

/// The same for the one whom it binds.
#[cfg(feature = "ssr")]
pub(crate) fn binds_you(scope: LimitScope) -> &'static str {
    match scope {
        LimitScope::Member => "your own limit",
        LimitScope::Subtenant => "your subtenant’s limit",
        other => bound_by(other),
    }
}

/// What an entry of the ledger records, in a word.
#[cfg(feature = "ssr")]
pub(crate) fn happened(kind: domain::ledger::EntryKind) -> &'static str {
    use domain::ledger::EntryKind;

    match kind {
        EntryKind::Consumption => "Used",
        EntryKind::Hold => "Held",
        EntryKind::Commit => "Settled, the rest given back",
        EntryKind::Release => "Released",
        EntryKind::Expiry => "Expired and given back",
        EntryKind::Refund => "Refunded",
        EntryKind::Gauge => "Set",
        EntryKind::Import => "Imported",
    }
}

/// How much of a total is used, for a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// Hundredths of a percent, between 0 and 10,000; none for nothing of nothing.
    basis_points: Option<i64>,
}

impl Share {
    /// `used` of `total`, rounded down, so that 100% means that nothing is left.
    pub(crate) fn of(used: i64, total: i64) -> Self {
        let basis_points = match (used.max(0), total.max(0)) {
            (0, 0) => None,
            (used, total) if used >= total => Some(10_000),
            (used, total) => {
                let points = i128::from(used) * 10_000 / i128::from(total);
                Some(i64::try_from(points).unwrap_or(10_000))
            }
        };
        Self { basis_points }
    }

    /// Such as `77%`; `–` for nothing of nothing.
    pub(crate) fn text(self) -> String {
        self.basis_points.map_or_else(|| "–".to_owned(), |points| format!("{}%", points / 100))
    }

    /// The width that it takes, such as `77.15%`.
    pub(crate) fn width(self) -> String {
        let points = self.basis_points.unwrap_or(0);
        format!("{}.{:02}%", points / 100, points % 100)
    }

    /// How close it is to the end.
    pub(crate) fn level(self) -> Level {
        match self.basis_points.unwrap_or(0) {
            10_000.. => Level::Full,
            9_000.. => Level::High,
            8_000.. => Level::Raised,
            _ => Level::Calm,
        }
    }
}

/// How close a meter is to its end: each has a colour, and from the second on a symbol, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Below 80%.
    Calm,
    /// From 80%.
    Raised,
    /// From 90%.
    High,
    /// Nothing left.
    Full,
}

impl Level {
    /// The class of its bar.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Calm => "bar bar-calm",
            Self::Raised => "bar bar-raised",
            Self::High => "bar bar-high",
            Self::Full => "bar bar-full",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_a_plural() {
        assert_eq!(counted(1, "credit"), "1 credit");
        assert_eq!(counted(0, "credit"), "0 credits");
        assert_eq!(counted(1_200, "credit"), "1,200 credits");
    }

    #[test]
    fn percentages_reach_100_only_when_nothing_is_left() {
        for (used, total, text, level) in [
            (0, 0, "–", Level::Calm),
            (0, 10, "0%", Level::Calm),
            (799, 1_000, "79%", Level::Calm),
            (800, 1_000, "80%", Level::Raised),
            (9, 10, "90%", Level::High),
            (99_999, 100_000, "99%", Level::High),
            (10, 10, "100%", Level::Full),
            (25, 10, "100%", Level::Full),
            (1, 0, "100%", Level::Full),
            (i64::MAX - 1, i64::MAX, "99%", Level::High),
        ] {
            let share = Share::of(used, total);
            assert_eq!((share.text().as_str(), share.level()), (text, level), "{used} of {total}");
        }
        assert_eq!(Share::of(1_543, 2_000).width(), "77.15%");
    }

    #[test]
    fn limits_are_shown_as_they_were_entered() {
        let shown = |text: &str, credits| cap(text.parse().unwrap(), credits);
        assert_eq!(shown("1500", Some(1_500)), "1,500 credits");
        assert_eq!(shown("20%", Some(1_000)), "20% · 1,000 credits");
        assert_eq!(shown("20%", None), "20%");
    }
}

//! What a plan without the Usage Quota feature allows to be spent, and to be changed (SPEC section 6).

use crate::{amount::Amount, input::Invalid, quotas::QuotaLimits};

/// What may be spent per day on such a plan: 0.50 in the organization's currency, whichever that is,
/// in the smallest unit of the meter `spend`.
const DAILY: i64 = 500_000;

/// The limits that an organization on such a plan begins with.
pub fn default_restriction() -> Result<QuotaLimits, Invalid> {
    Ok(QuotaLimits { daily: Some(Amount::parse("daily", DAILY)?), ..QuotaLimits::default() })
}

/// Refuses an edit that raises or removes one of the limits: without the feature they can only be
/// lowered. Further limits only restrict further.
pub fn check_lowered(before: &QuotaLimits, after: &QuotaLimits) -> Result<(), Invalid> {
    for (period, limit) in before.limits() {
        let kept = after.limits().find(|(other, _)| *other == period);
        if kept.is_none_or(|(_, kept)| kept > limit) {
            let field = period.kind().as_str();
            return Err(Invalid::new(field, "can be lowered, not raised or removed, on this plan"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(daily: Option<i64>, monthly: Option<i64>) -> QuotaLimits {
        let amount = |limit| Amount::parse("limit", limit).unwrap();
        let (daily, monthly) = (daily.map(amount), monthly.map(amount));
        QuotaLimits { daily, monthly, ..QuotaLimits::default() }
    }

    #[test]
    fn without_the_feature_limits_only_go_down() {
        let before = default_restriction().unwrap();
        assert_eq!(before, limits(Some(500_000), None));
        for allowed in
            [limits(Some(500_000), None), limits(Some(0), None), limits(Some(5), Some(9))]
        {
            assert_eq!(check_lowered(&before, &allowed), Ok(()));
        }
        for refused in [limits(Some(500_001), None), limits(None, None), limits(None, Some(5))] {
            assert_eq!(check_lowered(&before, &refused).unwrap_err().field, "daily");
        }
    }
}

//! Turning percentages of a base into whole credits (SPEC section 4).

use crate::{
    amount::{Amount, BasisPoints},
    credits::CreditCap,
};

/// The share of `base` that each percentage stands for, by largest remainder: together they make
/// up exactly `base` × their sum, rounded down once. Equal remainders favour the earlier one.
pub fn shares_of(base: Amount, percentages: &[BasisPoints]) -> Vec<Amount> {
    let whole = i128::from(BasisPoints::WHOLE);
    let product = |points: &BasisPoints| i128::from(base.get()) * i128::from(points.get());
    let total = percentages.iter().map(product).sum::<i128>() / whole;
    let mut shares: Vec<i128> = percentages.iter().map(|points| product(points) / whole).collect();
    let missing = total - shares.iter().sum::<i128>();

    let mut by_remainder: Vec<usize> = (0..percentages.len()).collect();
    by_remainder.sort_by_key(|&i| std::cmp::Reverse(product(&percentages[i]) % whole));
    // Fewer units are missing than there are shares, since each remainder is less than one unit.
    for &i in by_remainder.iter().take(usize::try_from(missing).unwrap_or(0)) {
        shares[i] += 1;
    }
    // No share exceeds the base, which is an amount already.
    shares
        .into_iter()
        .map(|share| i64::try_from(share).ok().and_then(|s| s.try_into().ok()).unwrap_or(base))
        .collect()
}

/// What each limit comes to in credits, percentages being of `base`.
pub fn in_credits(caps: &[CreditCap], base: Amount) -> Vec<Amount> {
    let percentages: Vec<BasisPoints> = caps.iter().filter_map(|cap| cap.percentage()).collect();
    let mut shares = shares_of(base, &percentages).into_iter();
    let credits = caps.iter().map(|cap| match cap {
        CreditCap::Credits { amount } => *amount,
        CreditCap::Percent { .. } => shares.next().unwrap_or_default(),
    });
    credits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shares(base: i64, percentages: &[i64]) -> Vec<i64> {
        let points: Vec<_> =
            percentages.iter().map(|&p| BasisPoints::parse("p", p).unwrap()).collect();
        let base = Amount::parse("base", base).unwrap();
        shares_of(base, &points).into_iter().map(Amount::get).collect()
    }

    #[test]
    fn twenty_percent_of_5000_is_1000() {
        assert_eq!(shares(5_000, &[2_000]), [1_000]);
    }

    #[test]
    fn three_even_caps_make_up_the_whole_base() {
        assert_eq!(shares(5_000, &[3_334, 3_333, 3_333]), [1_667, 1_667, 1_666]);
    }

    proptest! {
        #[test]
        fn no_credit_is_lost_or_invented(
            base in 0i64..=Amount::MAX.get(),
            percentages in proptest::collection::vec(0i64..=10_000, 0..50),
        ) {
            let shares = shares(base, &percentages);
            let points: i128 = percentages.iter().map(|&p| i128::from(p)).sum();
            let sum: i128 = shares.iter().map(|&s| i128::from(s)).sum();
            prop_assert_eq!(sum, i128::from(base) * points / 10_000);
            for (share, points) in shares.iter().zip(&percentages) {
                let exact = i128::from(base) * i128::from(*points);
                let distance = (i128::from(*share) * 10_000 - exact).abs();
                prop_assert!(distance < 10_000, "{} for {} of {}", share, points, base);
            }
        }
    }
}

//! How high an amount is drawn, and which amounts are written beside a chart.

/// The most steps between the amounts beside a chart.
const MOST_STEPS: i128 = 4;
/// The height of a chart, as it is drawn.
pub(super) const HEIGHT: i16 = 10_000;

/// From the lowest amount that is drawn to the highest, in steps of a round number. Wider than an
/// amount, so that nothing in it can overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    bottom: i128,
    top: i128,
    step: i128,
}

impl Scale {
    /// A scale in round steps on which `lowest`, 0 and `highest` have room.
    pub(super) fn over(lowest: i64, highest: i64) -> Self {
        let (lowest, highest) = (i128::from(lowest.min(0)), i128::from(highest.max(1)));
        let of_step = |step: i128| Self {
            bottom: lowest.div_euclid(step) * step,
            top: -(-highest).div_euclid(step) * step,
            step,
        };
        (0..=19)
            .flat_map(|power| [1, 2, 5].map(|digit| digit * 10_i128.pow(power)))
            .map(of_step)
            .find(|scale| scale.top - scale.bottom <= MOST_STEPS * scale.step)
            .unwrap_or_else(|| Self::close(i64::MIN, i64::MAX))
    }

    /// The scale that leaves no room above and below.
    pub(super) fn close(lowest: i64, highest: i64) -> Self {
        let (bottom, top) = (i128::from(lowest), i128::from(highest).max(i128::from(lowest) + 1));
        Self { bottom, top, step: top - bottom }
    }

    /// The amounts to write, from the top down.
    pub(super) fn steps(self) -> impl Iterator<Item = i64> {
        let steps = (self.top - self.bottom) / self.step;
        (0..=steps).map(move |step| narrow(self.top - step * self.step))
    }

    /// Whether an amount has its place on it.
    pub(super) fn reaches(self, amount: i64) -> bool {
        (self.bottom..=self.top).contains(&i128::from(amount))
    }

    /// How far above zero an amount is drawn, in parts of [`HEIGHT`].
    pub(super) fn height(self, amount: i64) -> i16 {
        self.part(i128::from(amount))
    }

    /// The heights of its ends, from the bottom.
    pub(super) fn ends(self) -> (i16, i16) {
        (self.part(self.bottom), self.part(self.top))
    }

    /// How far from its top an amount is drawn, in parts of [`HEIGHT`].
    pub(super) fn down_to(self, amount: i64) -> usize {
        let down = self.part(self.top) - self.part(i128::from(amount));
        usize::try_from(down).unwrap_or_default()
    }

    fn part(self, amount: i128) -> i16 {
        let part = amount * i128::from(HEIGHT) / (self.top - self.bottom);
        i16::try_from(part).unwrap_or(if part < 0 { -HEIGHT } else { HEIGHT })
    }
}

/// Hundredths of a percent as a length.
pub(super) fn percent(basis_points: usize) -> String {
    format!("{}.{:02}%", basis_points / 100, basis_points % 100)
}

/// The same as classes, to a tenth of a percent: the content security policy allows no inline styles,
/// and what is written inside of a picture can't be measured by those who check contrasts.
pub(super) fn at(basis_points: usize) -> String {
    let (tens, ones) = (basis_points / 1_000, basis_points / 100 % 10);
    format!("at tens-{tens} ones-{ones} tenths-{}", basis_points / 10 % 10)
}

/// A scale goes to round numbers, which may lie beyond all amounts.
fn narrow(amount: i128) -> i64 {
    i64::try_from(amount).unwrap_or(if amount < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_few() {
        let steps = |lowest, highest| Scale::over(lowest, highest).steps().collect::<Vec<_>>();
        assert_eq!(steps(0, 1), [1, 0]);
        assert_eq!(steps(0, 7), [8, 6, 4, 2, 0]);
        assert_eq!(steps(0, 100), [100, 50, 0]);
        assert_eq!(steps(0, 1_204), [1_500, 1_000, 500, 0]);
        assert_eq!(steps(-30, 90), [100, 50, 0, -50]);
        assert_eq!(steps(-5, 0), [2, 0, -2, -4, -6]);
        let all = steps(i64::MIN, i64::MAX);
        assert!((3..=5).contains(&all.len()), "{all:?}");
    }

    #[test]
    fn ends_of_a_scale_are_ends_of_the_chart() {
        let scale = Scale::over(-30, 90);
        assert_eq!(scale.ends(), (-3_333, 6_666));
        assert_eq!((scale.down_to(100), scale.down_to(0)), (0, 6_666));
        assert_eq!(
            (percent(6_666).as_str(), at(6_666).as_str()),
            ("66.66%", "at tens-6 ones-6 tenths-6")
        );
        assert_eq!(at(10_000), "at tens-10 ones-0 tenths-0");
        assert!(scale.reaches(100) && !scale.reaches(101));
        for amount in [i64::MIN, 0, i64::MAX] {
            let height = Scale::over(i64::MIN, i64::MAX).height(amount);
            assert!((-HEIGHT..=HEIGHT).contains(&height));
        }
    }
}

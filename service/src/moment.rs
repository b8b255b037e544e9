//! What time it is for an organization: that of the clock, except where the clock goes back.

use chrono::{DateTime, TimeDelta, Utc};
use store::organizations::OrganizationLock;

/// How far clocks step back at most, be it because they are put right or because another machine
/// has become the database. One that goes back further was wrong before.
const STEP_BACK: TimeDelta = TimeDelta::days(1);

/// When something is decided that begins while the clock shows `clock`. The time of an organization
/// stands still until a clock that has stepped back has caught up: else a period that is over would
/// begin again, with what was worked out for the next one.
pub(crate) fn moment(lock: &mut OrganizationLock, clock: DateTime<Utc>) -> DateTime<Utc> {
    match lock.decided_at {
        Some(last) if clock < last && last - clock <= STEP_BACK => last,
        Some(last) if clock < last => {
            // To stand still for weeks would be worse; but nothing worked out for then is right.
            lock.set_aside_until = None;
            clock
        }
        _ => clock,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_back_only_where_the_clock_was_very_wrong() {
        let last: DateTime<Utc> = "2026-12-01T00:00:00Z".parse().unwrap();
        let (next, second) = (last + TimeDelta::days(31), TimeDelta::seconds(1));
        let at = |clock, decided_at| {
            let set_aside_until = Some(next);
            let mut lock = OrganizationLock {
                last_seq: 1,
                set_aside: 0,
                set_aside_until,
                version: 1,
                next_expiry: None,
                decided_at,
            };
            (moment(&mut lock, clock), lock.set_aside_until)
        };
        assert_eq!(at(last, None), (last, Some(next)), "nothing was decided yet");
        assert_eq!(at(last + second, Some(last)), (last + second, Some(next)));
        assert_eq!(at(last - second, Some(last)), (last, Some(next)));
        assert_eq!(at(last - STEP_BACK, Some(last)), (last, Some(next)));
        let right = last - STEP_BACK - second;
        assert_eq!(at(right, Some(last)), (right, None));
    }
}

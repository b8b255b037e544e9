//! Chance that a test can go through again: the same seed throws the same numbers.

use std::sync::{Mutex, PoisonError};

/// A generator of numbers that look random (`SplitMix64`).
pub(crate) struct Dice(Mutex<u64>);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// A number from 0 to `end`, without `end`.
    pub(crate) fn below(&self, end: u64) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// Whether something happens that happens once in `times`.
    pub(crate) fn one_in(&self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// A number from 1 to `end`, for amounts.
    pub(crate) fn up_to(&self, end: u32) -> i64 {
        i64::try_from(self.below(u64::from(end))).unwrap_or_default() + 1
    }
}

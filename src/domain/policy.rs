//! How long to wait before another try, and when to give up.

use std::time::Duration;

/// Shortest wait after a failed slice.
const FIRST: Duration = Duration::from_secs(2);
/// Longest wait after a failed slice.
const LONGEST: Duration = Duration::from_secs(600);

/// Returns the wait before try number `attempt` (from 1): exponential from 2 s to 10 min with full jitter, but at least
/// half a second. `random` is uniform over its range; the domain draws no numbers itself.
pub fn back_off(attempt: u32, random: u32) -> Duration {
    let ceiling = FIRST.saturating_mul(1_u32 << attempt.saturating_sub(1).min(16)).min(LONGEST);
    let share = f64::from(random) / f64::from(u32::MAX);
    ceiling.mul_f64(share).max(Duration::from_millis(500))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_to_a_ceiling() {
        assert_eq!(back_off(1, u32::MAX), Duration::from_secs(2));
        assert_eq!(back_off(2, u32::MAX), Duration::from_secs(4));
        assert_eq!(back_off(40, u32::MAX), LONGEST);
        assert_eq!(back_off(5, 0), Duration::from_millis(500));
    }
}

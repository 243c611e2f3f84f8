//! How long to wait before another try, and when to give up.

use std::time::Duration;

/// Runs of one tenant that are worked on at once, over all processes.
pub const RUNS_AT_ONCE: u32 = 2;
/// How long a run waits for a system that asks for patience again and again, before it gives up.
pub const PATIENCE: Duration = Duration::from_secs(24 * 3_600);
/// How long a run waits for the database of the service that does not store its work, before it gives up.
pub const OWN_PATIENCE: Duration = Duration::from_secs(3_600);

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

/// Returns how long to leave a system alone that named a time, after what was waited for it already: at least a second,
/// and more the longer it takes, so that a day of maintenance is not asked after every few seconds.
pub fn snooze(named: Duration, waited: Duration) -> Duration {
    named.max((waited / 10).min(LONGEST)).max(Duration::from_secs(1))
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

    #[test]
    fn a_named_time_is_kept_and_grows_with_the_wait() {
        let s = Duration::from_secs;
        assert_eq!(snooze(s(30), s(0)), s(30));
        assert_eq!(snooze(s(3_600), s(40_000)), s(3_600));
        assert_eq!(snooze(s(0), s(0)), s(1));
        assert_eq!(snooze(s(0), s(200)), s(20));
        assert_eq!(snooze(s(30), PATIENCE), LONGEST);
        // A system that names no wait at all is asked a few hundred times in a day.
        let (mut waited, mut asked) = (s(0), 0);
        while waited < PATIENCE {
            waited += snooze(s(0), waited);
            asked += 1;
        }
        assert!((100..400).contains(&asked), "{asked}");
    }
}

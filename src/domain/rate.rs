//! Rates, and the arithmetic of a bucket that holds callers to one (the generic cell rate algorithm): the whole state of a
//! bucket is the time at which it is full again. It knows no clock: the caller says what time it is.

use {
    super::fault::{Fault, FieldFault},
    std::time::Duration,
};

/// Greatest number that a limit may have.
pub const LIMIT_MAX: i32 = 1_000_000;

/// How often something may be done: the number of times in a period, and the number of times at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many in a period; at least 1.
    pub count: u32,
    /// The period.
    pub period: Duration,
    /// How many at once, after a pause; at least 1.
    pub burst: u32,
}

/// What a bucket says about one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// True if it is allowed.
    pub allowed: bool,
    /// How many more would be allowed at once after it.
    pub remaining: u32,
    /// After this time the whole burst is allowed again.
    pub reset: Duration,
    /// After this time one is allowed; zero if one is allowed now.
    pub wait: Duration,
}

impl Rate {
    /// A number in a second, with bursts of `burst`; `None` for 0, which means unlimited.
    pub fn per_second(count: i32, burst: u32) -> Option<Self> {
        Self::new(count, Duration::from_secs(1), burst)
    }

    /// A number in a minute, as many of them at once; `None` for 0, which means unlimited.
    pub fn per_minute(count: i32) -> Option<Self> {
        Self::new(count, Duration::from_secs(60), 1).map(|rate| Self { burst: rate.count, ..rate })
    }

    fn new(count: i32, period: Duration, burst: u32) -> Option<Self> {
        let count = u32::try_from(count).ok().filter(|count| *count > 0)?;
        Some(Self { count, period, burst: burst.max(1) })
    }

    /// The nanoseconds after which one more is allowed.
    pub(crate) fn gap(self) -> i64 {
        let period = i64::try_from(self.period.as_nanos()).unwrap_or(i64::MAX);
        (period / i64::from(self.count.max(1))).max(1)
    }

    /// Judges one more at the time `now` against a bucket that is full again at `full_at`, both in nanoseconds of one clock.
    /// Returns the answer, and when the bucket is full again if the one is taken.
    pub fn judge(self, full_at: i64, now: i64) -> (Grant, i64) {
        let gap = self.gap();
        let whole = gap.saturating_mul(i64::from(self.burst));
        // A bucket that was full earlier is full now. One that several processes took from may be emptier than empty.
        let before = full_at.max(now);
        let after = before.saturating_add(gap);
        let over = after.saturating_sub(now).saturating_sub(whole);
        let allowed = over <= 0;
        let stands = if allowed { after } else { before };
        let left = now.saturating_add(whole).saturating_sub(stands).max(0) / gap;
        let grant = Grant {
            allowed,
            remaining: u32::try_from(left).unwrap_or(u32::MAX),
            reset: nanos(stands.saturating_sub(now)),
            wait: nanos(over),
        };
        (grant, after)
    }
}

fn nanos(count: i64) -> Duration {
    Duration::from_nanos(u64::try_from(count).unwrap_or_default())
}

/// The limits that a key or a tenant has of its own; absent ones are those of the deployment, and 0 means unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OwnLimits {
    /// Requests in a second; twice as many at once.
    pub requests_per_s: Option<i32>,
    /// Starts of runs in a minute.
    pub run_starts_per_min: Option<i32>,
    /// New sessions in a second; ten times as many at once.
    pub session_mints_per_s: Option<i32>,
}

impl OwnLimits {
    /// No limit at all.
    pub const NONE: Self =
        Self { requests_per_s: Some(0), run_starts_per_min: Some(0), session_mints_per_s: Some(0) };

    /// Returns the limits with their names.
    pub const fn named(&self) -> [(&'static str, Option<i32>); 3] {
        [
            ("requests_per_s", self.requests_per_s),
            ("run_starts_per_min", self.run_starts_per_min),
            ("session_mints_per_s", self.session_mints_per_s),
        ]
    }

    /// Checks that each limit is a number that it may have.
    pub fn check(&self, faults: &mut Vec<FieldFault>) {
        for (name, limit) in self.named() {
            let fault = match limit {
                Some(..0) => Fault::Below { min: 0 },
                Some(limit) if limit > LIMIT_MAX => Fault::Above { max: LIMIT_MAX.into() },
                _ => continue,
            };
            faults.push(FieldFault::new(format!("limits.{name}"), fault));
        }
    }

    /// Checks that no limit is above that of `most`, where that has one; no limit at all is above every other.
    pub fn check_within(&self, most: &Self, faults: &mut Vec<FieldFault>) {
        for ((name, limit), (_, most)) in self.named().into_iter().zip(most.named()) {
            let (Some(limit), Some(most @ 1..)) = (limit, most) else { continue };
            if limit == 0 || limit > most {
                let fault = Fault::Value(format!("the tenant's limit is {most}"));
                faults.push(FieldFault::new(format!("limits.{name}"), fault));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn a_burst_and_then_the_rate() {
        let rate = Rate::per_second(50, 100).expect("a rate");
        let (mut full_at, now) = (0, 7 * SECOND);
        let mut take = |now| {
            let (grant, after) = rate.judge(full_at, now);
            if grant.allowed {
                full_at = after;
            }
            grant
        };
        for left in (0..100).rev() {
            let grant = take(now);
            assert_eq!((grant.allowed, grant.remaining), (true, left));
        }
        let refused = take(now);
        assert!(!refused.allowed && refused.remaining == 0);
        assert_eq!(refused.wait, Duration::from_millis(20));
        assert_eq!(refused.reset, Duration::from_secs(2));
        assert!(!take(now + SECOND / 50 - 1).allowed);
        assert!(take(now + SECOND / 50).allowed);
        let later = take(now + 60 * SECOND);
        assert_eq!((later.allowed, later.remaining), (true, 99));
    }

    #[test]
    fn unlimited_has_no_rate() {
        assert_eq!(Rate::per_second(0, 1), None);
        assert_eq!(Rate::per_minute(0), None);
        assert_eq!(Rate::per_minute(10).map(|rate| rate.burst), Some(10));
    }

    #[test]
    fn own_limits_are_within_the_tenants() {
        let tenant = OwnLimits { requests_per_s: Some(20), ..OwnLimits::default() };
        let faults = |requests_per_s, session_mints_per_s| {
            let own = OwnLimits { requests_per_s, session_mints_per_s, ..OwnLimits::default() };
            let mut faults = Vec::new();
            own.check(&mut faults);
            own.check_within(&tenant, &mut faults);
            faults.len()
        };
        assert_eq!(faults(Some(20), Some(0)), 0);
        assert_eq!(faults(None, Some(LIMIT_MAX)), 0);
        assert_eq!(faults(Some(21), None), 1);
        assert_eq!(faults(Some(0), None), 1);
        assert_eq!(faults(None, Some(-1)), 1);
        assert_eq!(faults(None, Some(LIMIT_MAX + 1)), 1);
    }

    proptest! {
        /// Whenever they come, in no stretch of time are more allowed than the burst and what the rate gives.
        #[test]
        fn never_more_than_the_rate(
            count in 1_i32..1_000,
            burst in 1_u32..200,
            gaps in proptest::collection::vec(0_i64..SECOND / 4, 1..400),
        ) {
            let rate = Rate::per_second(count, burst).expect("a rate");
            let (mut full_at, mut now, mut taken) = (0, SECOND, Vec::new());
            for gap in gaps {
                now += gap;
                let (grant, after) = rate.judge(full_at, now);
                if grant.allowed {
                    full_at = after;
                    taken.push(now);
                    prop_assert!(grant.remaining < burst);
                } else {
                    let wait = i64::try_from(grant.wait.as_nanos()).expect("short");
                    prop_assert!(!rate.judge(full_at, now + wait - 1).0.allowed);
                    prop_assert!(rate.judge(full_at, now + wait).0.allowed);
                }
            }
            for (first, from) in taken.iter().enumerate() {
                for (last, to) in taken.iter().enumerate().skip(first) {
                    let most = i64::from(burst) + (to - from) / rate.gap() + 1;
                    prop_assert!((last - first + 1) as i64 <= most);
                }
            }
        }
    }
}

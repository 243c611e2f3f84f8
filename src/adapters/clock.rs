//! The system's clock.

use {
    crate::ports::Clock,
    chrono::{DateTime, SubsecRound as _, Utc},
};

/// Returns the system's time, to the microsecond: both databases keep that precision, so a time is read back as it
/// was written.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}

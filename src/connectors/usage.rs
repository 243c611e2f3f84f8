//! Counts what the calls of a tenant's connections use.

use {
    crate::ports::Usage,
    std::sync::{Mutex, PoisonError},
};

/// What a tenant's connections have used since the last query.
#[derive(Debug, Default)]
pub(super) struct Meter(Mutex<Usage>);

impl Meter {
    /// Counts a call to Zoho.
    pub(super) fn zoho(&self, credits: u64, left: Option<u64>) {
        self.change(|usage| {
            usage.zoho_calls = usage.zoho_calls.saturating_add(1);
            usage.zoho_credits = usage.zoho_credits.saturating_add(credits);
            usage.zoho_credits_left = left.or(usage.zoho_credits_left);
        });
    }

    /// Counts a call to Moodle.
    pub(super) fn moodle(&self) {
        self.change(|usage| usage.moodle_calls = usage.moodle_calls.saturating_add(1));
    }

    /// Returns the counts and starts again from zero.
    pub(super) fn take(&self) -> Usage {
        self.change(std::mem::take)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Usage) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

//! What processes have counted against limits, in a place that they share.

use {super::GuardError, async_trait::async_trait, std::fmt, std::time::Duration};

/// What a process has taken from a bucket since it told last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Whose bucket it is.
    pub owner: String,
    /// Its name among the buckets of its owner.
    pub bucket: String,
    /// By how many microseconds the bucket is full again later. Less than zero where something was given back.
    pub micros: i64,
}

/// Adds up what processes take from the same buckets. Each process decides by itself, and learns from here what the others
/// took.
#[async_trait]
pub trait RateShare: Send + Sync + fmt::Debug {
    /// Adds to buckets, each named once, and returns after what time each is full again, in the same order.
    ///
    /// # Errors
    /// When the place does not answer. Then it may have been added or not.
    async fn add(&self, taken: &[Taken]) -> Result<Vec<Duration>, GuardError>;
}

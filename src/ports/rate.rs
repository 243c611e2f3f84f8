//! What counts against limits is kept in a process, or in a place that processes share.

use {
    super::GuardError,
    crate::domain::rate::{Grant, Rate},
    async_trait::async_trait,
    std::fmt,
};

/// One more of something that has a limit.
#[derive(Debug, Clone, Copy)]
pub struct Take<'a> {
    /// The name of the bucket among those of its owner.
    pub bucket: &'a str,
    /// The limit.
    pub rate: Rate,
}

/// Keeps buckets by their owners.
#[async_trait]
pub trait RateStore: Send + Sync + fmt::Debug {
    /// Takes one from each of these buckets of an owner, or, if one of them has none left, from none of them. The answers
    /// are in the order of the buckets; all are allowed, or nothing was taken.
    ///
    /// # Errors
    /// When the place does not answer.
    async fn take(&self, owner: &str, takes: &[Take<'_>]) -> Result<Vec<Grant>, GuardError>;
}

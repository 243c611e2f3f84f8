//! Where accepted requests are remembered, so that each is accepted once.

use {
    super::GuardError,
    crate::domain::id::{KeyId, ReplayId},
    async_trait::async_trait,
    std::fmt,
};

/// A request with a valid signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The key that signed it.
    pub key: KeyId,
    /// What it is known by: the id of its key and nonce, and that of its key and signature.
    pub ids: [ReplayId; 2],
    /// The Unix second at which it was signed. Every copy has the same.
    pub signed_at: i64,
}

/// The guard's answer about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// Not seen before: accepted, and remembered.
    Fresh,
    /// Seen before, or at least one of its ids.
    Seen,
    /// Signed at a time from which nothing is remembered, so it may have been accepted before. A request that is signed
    /// later than this Unix second is not refused for that.
    Forgotten(i64),
    /// Too many valid requests of the key are remembered.
    Full,
}

/// What a store finds when it is tended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tended {
    /// Requests are accepted.
    Well,
    /// Other servers on the database remember requests in another place, so none is accepted here.
    Elsewhere,
}

/// Remembers accepted requests for as long as their timestamps are valid (docs/src/signing.md, "Replay").
///
/// What holds for every store: of any number of concurrent calls with a common id, by all processes that share the store,
/// at most one is `Fresh`, also when a caller goes away before it has the answer, when a process is killed, when the store
/// loses what it has, and when a clock is set.
#[async_trait]
pub trait ReplayStore: Send + Sync + fmt::Debug {
    /// Accepts a request once.
    ///
    /// # Errors
    /// When it cannot be known whether the request is new. Its ids may have been used up.
    async fn accept(&self, arrival: Arrival) -> Result<Replay, GuardError>;

    /// Does what has to be done from time to time, at least every second; without it the store refuses after some
    /// seconds.
    ///
    /// # Errors
    /// When requests cannot be accepted at the moment, or soon not.
    async fn tend(&self) -> Result<Tended, GuardError>;

    /// Returns the second up to which requests are refused for the time at which they were signed.
    fn floor(&self) -> i64;

    /// Ends the store in order, after the last request: the next process can begin at once.
    async fn end(&self);
}

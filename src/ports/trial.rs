//! A trial of a connection to one system.

use {
    super::Usage,
    crate::domain::trial::{Finding, Stage},
    async_trait::async_trait,
    std::fmt,
};

/// Tries a connection stage by stage. Nothing is changed in the system.
#[async_trait]
pub trait Trial: Send + fmt::Debug {
    /// Tries a stage. The stages are tried in their order, each after the one before it has not failed.
    async fn attempt(&mut self, stage: Stage) -> Finding;

    /// Returns what the calls since the last query have used.
    fn take_usage(&self) -> Usage;
}

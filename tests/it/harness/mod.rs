//! What the suites share: databases, the server as a process, and clients that sign.

pub(crate) mod app;
pub(crate) mod behind;
pub(crate) mod cli;
pub(crate) mod client;
pub(crate) mod control;
pub(crate) mod db;
pub(crate) mod foresight;
pub(crate) mod process;
pub(crate) mod raw;
pub(crate) mod school;
pub(crate) mod tls;
pub(crate) mod trap;

/// Waits until a condition holds. The limit says nothing about speed: a busy machine has its time, and only a
/// condition that never holds fails.
pub(crate) async fn eventually<T>(what: &str, mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(180);
    loop {
        if let Some(found) = check().await {
            return found;
        }
        assert!(std::time::Instant::now() < end, "never came: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

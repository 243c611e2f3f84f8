//! What the suites stand on: databases, the server as a process, and clients that sign.

pub(crate) mod app;
pub(crate) mod client;
pub(crate) mod control;
pub(crate) mod db;
pub(crate) mod foresight;
pub(crate) mod school;

/// Waits until a condition holds, for at most 30 s.
pub(crate) async fn eventually<T>(what: &str, mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        if let Some(found) = check().await {
            return found;
        }
        assert!(std::time::Instant::now() < end, "never came: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

//! Tells `grpc.health.v1` whether the server can do its work.

use {
    crate::{api::Health, server::health::Ready},
    std::time::Duration,
    tokio::time::timeout,
    tokio_util::sync::CancellationToken,
};

/// Pause between two looks.
const PAUSE: Duration = Duration::from_secs(2);
/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks until the token is cancelled.
pub(super) async fn report(health: Health, ready: Ready, stop: CancellationToken) {
    let mut known = None;
    loop {
        let Some(answer) = stop.run_until_cancelled(timeout(PATIENCE, (ready.0)())).await else {
            return;
        };
        let is_ready = matches!(answer, Ok(true));
        if known != Some(is_ready) {
            if known.is_some() {
                tracing::warn!(is_ready, "the readiness of the services has changed");
            }
            known = Some(is_ready);
            health.set_ready(is_ready).await;
        }
        if stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
            return;
        }
    }
}

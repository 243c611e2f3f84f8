//! Probes, and the metrics on their own listener.

use {
    axum::{Router, http::StatusCode, routing::get},
    futures_util::future::BoxFuture,
    std::{fmt, sync::Arc},
    tokio::net::TcpListener,
    tokio_util::sync::CancellationToken,
};

/// Says whether the process can do its work.
#[derive(Clone)]
pub struct Ready(pub Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>);

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ready")
    }
}

/// Returns `/livez`, the process answers, and `/readyz`, it can do its work.
pub(super) fn probes(ready: Ready) -> Router {
    let readyz = move || {
        let ready = ready.clone();
        async move {
            if (ready.0)().await {
                (StatusCode::OK, "ready")
            } else {
                (StatusCode::SERVICE_UNAVAILABLE, "not ready")
            }
        }
    };
    Router::new().route("/livez", get(async || "alive")).route("/readyz", get(readyz))
}

/// Serves `/metrics` until the token is cancelled.
pub async fn serve_metrics(
    listener: TcpListener,
    render: Arc<dyn Fn() -> String + Send + Sync>,
    token: CancellationToken,
) {
    const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let metrics = move || {
        let text = render();
        async move { ([("content-type", TYPE)], text) }
    };
    let router = Router::new().route("/metrics", get(metrics));
    let end = async move { token.cancelled().await };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(end).await {
        tracing::error!(%error, "the metrics listener ended");
    }
}

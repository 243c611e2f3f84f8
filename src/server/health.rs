//! Probes, and the metrics on their own listener, where they are for a process without another port.

use {
    super::listen::Incoming,
    axum::{Router, http::StatusCode, routing::get},
    futures_util::future::BoxFuture,
    std::{fmt, sync::Arc, time::Duration},
    tokio::{net::TcpListener, sync::Mutex, time::Instant},
    tokio_util::sync::CancellationToken,
};

/// How long the answer whether the process can do its work is cached: any number of probes cost one check.
const BELIEVED: Duration = Duration::from_millis(500);
/// Greatest number of connections to the metrics.
const CONNECTIONS: usize = 64;

/// Checks whether the process can do its work.
#[derive(Clone)]
pub struct Ready(pub Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>);

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ready")
    }
}

/// Returns the routes `/livez` (the process answers) and `/readyz` (it can do its work).
pub(super) fn probes(ready: Ready) -> Router {
    let known = Arc::new(Mutex::new(None::<(Instant, bool)>));
    let readyz = move || {
        let (ready, known) = (ready.clone(), known.clone());
        async move {
            let mut known = known.lock().await;
            let is_ready = match *known {
                Some((since, is_ready)) if since.elapsed() < BELIEVED => is_ready,
                _ => {
                    let is_ready = (ready.0)().await;
                    *known = Some((Instant::now(), is_ready));
                    is_ready
                }
            };
            if is_ready {
                (StatusCode::OK, "ready")
            } else {
                (StatusCode::SERVICE_UNAVAILABLE, "not ready")
            }
        }
    };
    Router::new().route("/livez", get(async || "alive")).route("/readyz", get(readyz))
}

/// Serves `/metrics` and the probes until the token is cancelled.
pub async fn serve_metrics(
    listener: TcpListener,
    render: Arc<dyn Fn() -> String + Send + Sync>,
    ready: Ready,
    token: CancellationToken,
) {
    const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let metrics = move || {
        let text = render();
        async move { ([("content-type", TYPE)], text) }
    };
    let router = Router::new().route("/metrics", get(metrics)).merge(probes(ready));
    let end = async move { token.cancelled().await };
    let incoming = Incoming::new(listener, CONNECTIONS);
    if let Err(error) = axum::serve(incoming, router).with_graceful_shutdown(end).await {
        tracing::error!(%error, "the metrics listener ended");
    }
}

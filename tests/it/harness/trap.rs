//! A server that does not belong to the school: it gives no useful answer and records all requests.

use {
    axum::{
        Router,
        extract::{Request, State},
        http::StatusCode,
    },
    std::sync::{Arc, Mutex},
    tokio::{net::TcpListener, task::JoinHandle},
};

/// Largest body that is recorded, in bytes.
const BODY: usize = 1 << 20;

/// The address.
#[derive(Debug)]
pub(crate) struct Trap {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Trap {
    /// Listens on a free port.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let router = Router::new().fallback(keep).with_state(seen.clone());
        let task =
            tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { url, seen, task }
    }

    /// Returns the requests so far: line, headers and body of each.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("a lock").clone()
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn keep(State(seen): State<Arc<Mutex<Vec<String>>>>, request: Request) -> StatusCode {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY).await.unwrap_or_default();
    let text = format!("{head:?}\n{}", String::from_utf8_lossy(&body));
    // Headers are recorded in clear; `Debug` would hide those that are marked.
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    let text = headers.fold(text + "\n", |text, header| text + &header);
    seen.lock().expect("a lock").push(text);
    StatusCode::INTERNAL_SERVER_ERROR
}

//! The one port: gRPC, gRPC-Web and REST on one listener, and the order in which a request passes the checks.

mod address;
mod auth;
mod body;
mod cors;
mod door;
mod failure;
pub mod health;
mod language;
mod limit;
mod line;
mod listen;
mod load;
mod open;
mod outcome;
mod quota;
mod refusal;
mod room;
mod shield;
mod way;

pub use {
    self::listen::bind,
    crate::{control::Origins, gateway::Frames},
};

use {
    self::{
        auth::Auth,
        cors::Cors,
        door::Door,
        failure::Failures,
        health::Ready,
        limit::Limits,
        line::{Line, Purpose},
        open::Open,
        quota::Quotas,
        refusal::Refusal,
        room::Room,
        shield::shield,
    },
    crate::{
        adapters::{guard::ReplayGuard, rate::SharedRates},
        budget::{self, Budget},
        config,
        crypto::{self, keys::Keys},
        domain::{access::Cidr, code},
        gateway::{Ended, Gateway},
        ports::Clock,
        telemetry::Metrics,
    },
    axum::{Router, body::Body},
    futures_util::{FutureExt as _, future::BoxFuture},
    http::{HeaderName, HeaderValue, Request, Response, Version, header},
    std::{
        convert::Infallible,
        fmt,
        future::Future,
        panic::AssertUnwindSafe,
        sync::Arc,
        task::{Context, Poll},
        time::{Duration, Instant},
    },
    tokio::{net::TcpListener, sync::oneshot},
    tonic::service::Routes,
    tower::{Service, ServiceExt as _},
    tracing::Instrument as _,
};

/// Services that need no credential.
const HEALTH: &str = "/grpc.health.v1.";
const REFLECTION: &str = "/grpc.reflection.";
/// Greatest size of the headers of one request, names and values, in bytes; the HTTP/1 parser itself allows more.
const HEADERS_MAX: usize = 64 * 1024;
/// How long no request may have been in progress before a stopping server closes its connections: long enough to send
/// the ends of streams, whose heads were answered before.
const QUIET: Duration = Duration::from_secs(2);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Greatest number of unverified requests in the whole server. They have places of their own, so that they cannot
/// take those of verified work.
const CLAIMS: usize = 2_048;
/// Bytes that a client of HTTP/2 may send before they are read: of one request, and of all requests of a connection.
/// They are in memory that no budget counts.
const STREAM_WINDOW: u32 = 128 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;

/// The other end of a connection.
#[derive(Debug, Clone)]
pub struct Peer {
    line: Arc<Line>,
}

impl Peer {
    fn is_loopback(&self) -> bool {
        self.line.source.origin.is_loopback()
    }

    const fn line(&self) -> &Arc<Line> {
        &self.line
    }
}

/// The parts of the server.
pub struct Parts {
    /// The services, with health and reflection.
    pub routes: Routes,
    /// REST.
    pub gateway: Gateway,
    /// Looks up keys.
    pub keys: Arc<dyn Keys>,
    /// The guard against replays.
    pub guard: Arc<ReplayGuard>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Cidr>,
    /// The hosts and ports that requests may be signed for in scheme v2; empty for all.
    pub public_authorities: Vec<String>,
    /// Origins that a browser may call from.
    pub cors_origins: Origins,
    /// The pages that may frame the widget.
    pub frames: Frames,
    /// Who may read what describes the API.
    pub documents: Documents,
    /// Counts the answers.
    pub metrics: Metrics,
    /// Whether the process can do its work.
    pub ready: Ready,
    /// Limits of what callers may ask for.
    pub limits: config::Limits,
    /// Where what counts against limits is kept.
    pub rates: Arc<SharedRates>,
}

/// Who may read the API document, its page, and the reflection of gRPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Documents {
    /// All callers; for the reflection other machines need a session.
    Open,
    /// Callers on this machine that no proxy stands before.
    Local,
    /// No caller.
    Closed,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}

/// The server. Cheap to clone.
#[derive(Clone)]
pub struct Server {
    edge: Arc<Edge>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

struct Edge {
    memory: Arc<Budget>,
    auth: Auth,
    door: Door,
    claims: Arc<Room>,
    cors: Cors,
    documents: Documents,
    metrics: Metrics,
    routes: Routes,
    gateway: Gateway,
    open: Open,
    pages: Router,
}

impl Server {
    /// Builds a server with the default memory of its own.
    pub fn new(parts: Parts) -> Self {
        Self::sharing(parts, Budget::for_decoding(budget::USUAL_MIB))
    }

    /// Builds a server. The memory for decoding verified requests comes from `memory`.
    pub fn sharing(parts: Parts, memory: Arc<Budget>) -> Self {
        let Parts {
            routes,
            gateway,
            keys,
            guard,
            clock,
            trusted_proxies,
            public_authorities,
            cors_origins,
            frames,
            documents,
            metrics,
            ready,
            limits,
            rates,
        } = parts;
        let failures = Failures::new(limits.failed_sign_ins_per_s);
        let door = Door {
            quotas: Arc::new(Quotas::new(rates, &limits)),
            limits: Arc::new(Limits::new(Duration::from_millis(limits.overload_wait_ms))),
        };
        let auth = Auth::new(
            keys,
            guard,
            clock,
            trusted_proxies,
            &public_authorities,
            failures,
            door.clone(),
        );
        let pages = gateway.open_router(frames).merge(health::probes(ready));
        let edge = Edge {
            memory,
            auth,
            door,
            claims: Room::new(Purpose::Claim, CLAIMS),
            cors: Cors::new(cors_origins),
            documents,
            metrics,
            routes,
            gateway,
            open: Open::new(),
            pages,
        };
        Self { edge: Arc::new(edge) }
    }

    /// Serves a listener until `end` completes and the requests in progress are answered.
    ///
    /// # Errors
    /// When the listener fails permanently.
    pub async fn serve(
        self,
        listener: TcpListener,
        end: impl Future<Output = ()>,
    ) -> Result<(), tonic::transport::Error> {
        let edge = self.edge.clone();
        let (stop, stopped) = oneshot::channel();
        let end = async move {
            end.await;
            let _serving_has_ended = stop.send(());
        };
        let serving = tonic::transport::Server::builder()
            .accept_http1(true)
            .max_concurrent_streams(100)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .http2_max_header_list_size(16 * 1024)
            .http2_max_pending_accept_reset_streams(Some(20))
            .http2_max_local_error_reset_streams(Some(128))
            .http2_keepalive_interval(Some(Duration::from_secs(10)))
            .http2_keepalive_timeout(Some(Duration::from_secs(8)))
            .max_connection_age(Duration::from_secs(30 * 60))
            .serve_with_incoming_shutdown(self, listen::incoming(listener), end);
        tokio::select! {
            ended = serving => ended,
            () = edge.drained(stopped) => Ok(()),
        }
    }
}

impl Service<Request<tonic::body::Body>> for Server {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<tonic::body::Body>) -> Self::Future {
        let edge = self.edge.clone();
        Box::pin(async move { Ok(edge.handle(request.map(Body::new)).await) })
    }
}

impl Edge {
    /// Completes when a stop was requested and no request has been in progress for a while. Connections that are
    /// still open then belong to clients that do not react to the close; waiting for them would hold up the process.
    async fn drained(&self, stopped: oneshot::Receiver<()>) {
        if stopped.await.is_err() {
            return std::future::pending().await;
        }
        let mut quiet = Duration::ZERO;
        while quiet < QUIET {
            tokio::time::sleep(QUIET / 10).await;
            quiet = if self.is_idle() { quiet + QUIET / 10 } else { Duration::ZERO };
        }
    }

    fn is_idle(&self) -> bool {
        self.door.limits.is_idle() && self.claims.is_empty()
    }

    /// Answers any request: gives it an id, contains panics, and marks the answer.
    async fn handle(self: Arc<Self>, mut request: Request<Body>) -> Response<Body> {
        let begun = Instant::now();
        let in_progress = peer(&request).ok().map(|peer| peer.line().begin());
        let id = request_id(&mut request);
        let origin = self.cors.origin(request.headers());
        let is_grpc =
            content_type(&request).is_some_and(|kind| kind.starts_with("application/grpc"));
        // Browsers speak REST and gRPC-Web.
        let is_for_browsers = !is_grpc || is_web(&request);
        let method = self.method_label(&request, is_grpc);
        let span =
            tracing::info_span!("request", request = id.to_str().unwrap_or_default(), method);
        let answered = AssertUnwindSafe(self.clone().dispatch(request, is_grpc).instrument(span))
            .catch_unwind()
            .await;
        let response = answered.unwrap_or_else(|_| {
            let refusal = Refusal::Internal;
            if is_grpc { refusal.into_grpc() } else { refusal.into_rest() }
        });
        self.metrics.took(begun.elapsed());
        let metrics = self.metrics.clone();
        let mut response = outcome::count(response, move |code| {
            drop(in_progress);
            metrics.answered(&method, &code);
        });
        response.headers_mut().insert(REQUEST_ID, id);
        if let Some(origin) = origin {
            cors::mark(response.headers_mut(), origin);
        }
        if is_for_browsers {
            shield(response.headers_mut());
        }
        response
    }

    async fn dispatch(self: Arc<Self>, request: Request<Body>, is_grpc: bool) -> Response<Body> {
        if let Some(answer) = self.cors.preflight(&request) {
            return answer;
        }
        let headers = request.headers();
        if headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>()
            > HEADERS_MAX
        {
            return crate::gateway::detail(
                http::StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                code::HEADERS_TOO_LARGE,
                "Request headers too large",
            );
        }
        if !is_grpc {
            return self.rest(request).await;
        }
        if is_web(&request) {
            return self.grpc_web(request).await;
        }
        if request.version() != Version::HTTP_2 {
            return crate::gateway::detail(
                http::StatusCode::BAD_REQUEST,
                code::HTTP2_NEEDED,
                "gRPC needs HTTP/2; gRPC-Web works here",
            );
        }
        self.grpc(request).await
    }

    async fn call(&self, request: Request<Body>) -> Response<Body> {
        let Ok(response) = self.routes.clone().oneshot(request).await;
        let (ended, response) = Ended::watch(response);
        let mut response = response.map(Body::new);
        response.extensions_mut().insert(ended);
        response
    }

    /// A label from a closed set: known methods and templates.
    fn method_label(&self, request: &Request<Body>, is_grpc: bool) -> String {
        let path = request.uri().path();
        let known = if is_grpc {
            self.gateway.is_method(path) || path.starts_with(HEALTH) || path.starts_with(REFLECTION)
        } else {
            false
        };
        if known {
            return path.to_owned();
        }
        self.gateway
            .template(request.method(), path)
            .map_or_else(|| "other".to_owned(), str::to_owned)
    }
}

/// Returns the other end. A request without one did not come through a listener of this server, and is refused.
fn peer(request: &Request<Body>) -> Result<Peer, Refusal> {
    request.extensions().get().cloned().ok_or(Refusal::Internal)
}

fn content_type<B>(request: &Request<B>) -> Option<&str> {
    request.headers().get(header::CONTENT_TYPE)?.to_str().ok()
}

fn is_web<B>(request: &Request<B>) -> bool {
    content_type(request).is_some_and(|kind| kind.starts_with("application/grpc-web"))
}

/// Takes the caller's request id if it is acceptable, otherwise makes one.
fn request_id(request: &mut Request<Body>) -> HeaderValue {
    let fits = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        (1..=64).contains(&bytes.len())
            && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    let known = request.headers().get(REQUEST_ID).filter(fits).cloned();
    let id = known.unwrap_or_else(|| {
        let text = crypto::random_text(16).unwrap_or_else(|_| "unknown".into());
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("unknown"))
    });
    request.headers_mut().insert(REQUEST_ID, id.clone());
    id
}

#[cfg(test)]
#[path = "../../tests/fuzz/frame.rs"]
mod fuzz;

//! The one port: gRPC, gRPC-Web and REST on one listener, and the order in which a request passes the checks.

mod address;
mod auth;
mod body;
mod cors;
mod failure;
pub mod health;
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

pub use self::{cors::Origins, listen::bind};

use {
    self::{
        auth::{Auth, Proven},
        body::Tap,
        cors::Cors,
        failure::Failures,
        health::Ready,
        limit::Limits,
        line::{Line, Purpose},
        load::{Accepted, Wire},
        open::Open,
        quota::Quotas,
        refusal::Refusal,
        room::Room,
        shield::shield,
    },
    crate::{
        adapters::guard::ReplayGuard,
        api,
        budget::{self, Budget},
        config,
        crypto::{self, keys::Keys},
        domain::{access::Cidr, code},
        gateway::{Counted, Ended, Gateway, RouteMatch},
        ports::{Clock, RateStore},
        telemetry::Metrics,
    },
    axum::{Router, body::Body},
    bytes::Bytes,
    futures_util::{FutureExt as _, future::BoxFuture},
    http::{HeaderName, HeaderValue, Method, Request, Response, Version, header},
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
    tonic_web::GrpcWebLayer,
    tower::{Layer as _, Service, ServiceExt as _},
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
    /// Who may read what describes the API.
    pub documents: Documents,
    /// Counts the answers.
    pub metrics: Metrics,
    /// Whether the process can do its work.
    pub ready: Ready,
    /// Limits of what callers may ask for.
    pub limits: config::Limits,
    /// Where what counts against limits is kept.
    pub rates: Arc<dyn RateStore>,
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
    quotas: Quotas,
    limits: Limits,
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
            documents,
            metrics,
            ready,
            limits,
            rates,
        } = parts;
        let failures = Failures::new(limits.failed_sign_ins_per_s);
        let pages = gateway.open_router().merge(health::probes(ready));
        let edge = Edge {
            memory,
            auth: Auth::new(keys, guard, clock, trusted_proxies, &public_authorities, failures),
            quotas: Quotas::new(rates, &limits),
            limits: Limits::new(Duration::from_millis(limits.overload_wait_ms)),
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
        self.limits.is_idle() && self.claims.is_empty()
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

    /// gRPC-Web is unwrapped first: after that scheme v1 signs the same bytes on all three wires. Scheme v2 signs the
    /// content as it was sent, so that is hashed here.
    async fn grpc_web(self: Arc<Self>, mut request: Request<Body>) -> Response<Body> {
        if auth::v2::is_used(request.headers()) {
            let tap = Tap::default();
            request.extensions_mut().insert(tap.clone());
            request = request.map(|body| tap.on(body));
        }
        let inner = tower::service_fn(move |request: Request<tonic::body::Body>| {
            let edge = self.clone();
            async move {
                let response = edge.grpc(request.map(Body::new)).await;
                Ok::<_, Infallible>(response.map(tonic::body::Body::new))
            }
        });
        let unwrapped =
            GrpcWebLayer::new().layer(inner).oneshot(request.map(tonic::body::Body::new)).await;
        match unwrapped {
            Ok(response) => response.map(Body::new),
            Err(never) => match never {},
        }
    }

    async fn grpc(&self, request: Request<Body>) -> Response<Body> {
        let path = request.uri().path();
        let reflects = path.starts_with(REFLECTION);
        if reflects || path.starts_with(HEALTH) {
            return self.open_call(request, reflects).await.unwrap_or_else(Refusal::into_grpc);
        }
        if request.method() != Method::POST {
            return RouteMatch::MethodNotAllowed("POST".into()).into_response(request.uri());
        }
        if !self.gateway.is_method(path) {
            let text = code::METHOD_UNKNOWN.message(&[]);
            return api::refusal(tonic::Code::Unimplemented, code::METHOD_UNKNOWN, text)
                .into_http();
        }
        if self.gateway.is_public_method(path) {
            return self.grpc_public(request).await.unwrap_or_else(Refusal::into_grpc);
        }
        self.grpc_verified(request).await.unwrap_or_else(Refusal::into_grpc)
    }

    async fn open_call(
        &self,
        request: Request<Body>,
        reflects: bool,
    ) -> Result<Response<Body>, Refusal> {
        let peer = peer(&request)?;
        let (parts, body) = request.into_parts();
        if reflects {
            self.check_reflection(&parts).await?;
        }
        let request = Request::from_parts(parts, body);
        self.open.call(peer.line(), request, reflects, |request| self.call(request)).await
    }

    /// Refuses a caller that may not read the reflection. A session is looked up and its stream is not signed, so a
    /// bearer is all that it takes on another machine.
    async fn check_reflection(&self, parts: &http::request::Parts) -> Result<(), Refusal> {
        let direct = auth::is_direct_loopback(parts);
        match self.documents {
            Documents::Closed => Err(Refusal::unauthenticated("reflection is switched off")),
            Documents::Open | Documents::Local if direct => Ok(()),
            Documents::Local => {
                Err(Refusal::unauthenticated("reflection is open on this machine only"))
            }
            Documents::Open if auth::has_bearer(parts) => {
                self.auth.claim_session(parts).await.map(drop)
            }
            Documents::Open => Err(Refusal::unauthenticated(
                "reflection needs the bearer of a session on another machine",
            )),
        }
    }

    /// Returns whether a caller may read the API document and its page.
    fn tells(&self, request: &Request<Body>) -> bool {
        let path = request.uri().path();
        let tells = ["/docs", "/redoc", "/openapi.json"].iter().any(|page| path.starts_with(page));
        !tells
            || match self.documents {
                Documents::Open => true,
                Documents::Local => auth::is_direct_loopback(request),
                Documents::Closed => false,
            }
    }

    async fn grpc_public(&self, request: Request<Body>) -> Result<Response<Body>, Refusal> {
        let (peer, address) = (peer(&request)?, self.auth.admit(&request)?);
        let call = |request: Request<Body>| async move {
            let (mut parts, body) = request.into_parts();
            parts.extensions.insert(self.auth.visitor(&parts));
            let bytes = body::whole(body).await;
            let checked =
                auth::only_frame(&bytes).map_err(Refusal::into_grpc).and_then(|message| {
                    let checked = self.gateway.check(parts.uri.path(), message);
                    checked.map_err(|error| api::to_status(error).into_http())
                });
            match checked {
                Ok(()) => self.call(Request::from_parts(parts, Body::from(bytes))).await,
                Err(answer) => answer,
            }
        };
        let answer = self.open.call(peer.line(), request, false, call).await?;
        self.auth.judge_open(address, &answer);
        Ok(answer)
    }

    /// An operation that needs no credential takes a place among the open calls, not one among verified work.
    async fn rest_public(&self, request: Request<Body>) -> Result<Response<Body>, Refusal> {
        let (peer, address) = (peer(&request)?, self.auth.admit(&request)?);
        let call = |request: Request<Body>| {
            let (mut parts, body) = request.into_parts();
            parts.extensions.insert(self.auth.visitor(&parts));
            self.gateway.call(Request::from_parts(parts, body))
        };
        let answer = self.open.call(peer.line(), request, false, call).await?;
        self.auth.judge_open(address, &answer);
        Ok(answer)
    }

    async fn grpc_verified(&self, request: Request<Body>) -> Result<Response<Body>, Refusal> {
        let peer = peer(&request)?;
        let counted = self.gateway.method_counts_as(request.uri().path());
        let proof = self.auth.grpc(request);
        let accepted = self.accept(&peer, (Wire::Grpc, counted), proof).await?;
        let work = |request: Request<Body>, message: Bytes| async move {
            let path = request.uri().path();
            let narrow = |()| match request.extensions().get() {
                Some(who) => self.gateway.check_narrow(who, path, &message),
                None => Ok(()),
            };
            match self.gateway.check(path, &message).and_then(narrow) {
                Ok(()) => self.call(request).await,
                Err(error) => api::to_status(error).into_http(),
            }
        };
        Ok(accepted.work(work).await)
    }

    async fn rest(&self, request: Request<Body>) -> Response<Body> {
        match self.gateway.route(request.method(), request.uri().path()) {
            RouteMatch::Found => {}
            RouteMatch::NotFound if self.tells(&request) => {
                let Ok(response) = self.pages.clone().oneshot(request).await;
                return response;
            }
            other => return other.into_response(request.uri()),
        }
        if self.gateway.is_public(request.method(), request.uri().path()) {
            return self.rest_public(request).await.unwrap_or_else(Refusal::into_rest);
        }
        self.rest_verified(request).await.unwrap_or_else(Refusal::into_rest)
    }

    async fn rest_verified(&self, request: Request<Body>) -> Result<Response<Body>, Refusal> {
        let peer = peer(&request)?;
        let counted = self.gateway.counts_as(request.method(), request.uri().path());
        let proof = self.auth.rest(request);
        let accepted = self.accept(&peer, (Wire::Json, counted), proof).await?;
        Ok(accepted.work(|request, _| self.gateway.call(request)).await)
    }

    /// Admits a request: it has a place among the unverified ones until its signature is verified. Then it counts against
    /// the limits of its key and its tenant, and waits for its tenant's turn and a place among verified work. Only one that
    /// has these is recorded, so that one that is refused for them may be sent again; finally it gets the memory for decoding
    /// it.
    async fn accept(
        &self,
        peer: &Peer,
        (wire, counted): (Wire, Option<Counted>),
        proof: impl Future<Output = Result<Proven, Refusal>>,
    ) -> Result<Accepted, Refusal> {
        let stay = self.claims.enter(peer.line()).ok_or(Refusal::Busy)?;
        let proven = stay.within(proof).await??;
        drop(stay);
        peer.line().prove();
        let Proven { mut parts, message, body, share, claim } = proven;
        let quota = self.quotas.take(&claim, counted).await?;
        let place = self.limits.enter(claim.tenant()).await?;
        let rate = self.quotas.requests_of_key(&claim);
        let who = self.auth.accept(claim, rate).await?;
        self.metrics.authenticated(who.scheme.as_str());
        let long = load::turn(&who, &message);
        let load = load::hold(&self.memory, &who, wire, (&body, long.as_ref())).await?;
        drop(share);
        parts.extensions.insert(who);
        let request = Request::from_parts(parts, Body::from(body));
        Ok(Accepted { request, message, long, load, place, quota })
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

//! The one port: gRPC, gRPC-Web and REST on one listener, and the order in which a request passes the checks.

mod auth;
mod cors;
pub mod health;
mod limit;
mod listen;
mod refusal;

use {
    self::{auth::Auth, cors::Cors, health::Ready, limit::Limits, refusal::Refusal},
    crate::{
        api,
        crypto::{self, keys::Keys},
        domain::{access::Principal, id::TenantId},
        gateway::{Gateway, RouteMatch},
        ports::{Clock, ReplayGuard},
        telemetry::Metrics,
    },
    axum::{Router, body::Body},
    futures_util::{FutureExt as _, future::BoxFuture},
    http::{HeaderName, HeaderValue, Method, Request, Response, Version, header},
    std::{
        convert::Infallible,
        fmt,
        future::Future,
        net::SocketAddr,
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
/// Most bytes that the headers of one request may have, names and values; the HTTP/1 parser itself allows more.
const HEADERS_MAX: usize = 64 * 1024;
/// How long no request may have been under way before a stopping server lets go of its connections: long enough for
/// the ends of streams, whose heads were answered before, to get out.
const QUIET: Duration = Duration::from_secs(2);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(SocketAddr);

impl Peer {
    fn is_loopback(self) -> bool {
        self.0.ip().to_canonical().is_loopback()
    }
}

/// What the server is made of.
pub struct Parts {
    /// The services, with health and reflection.
    pub routes: Routes,
    /// REST.
    pub gateway: Gateway,
    /// Where keys are found.
    pub keys: Arc<dyn Keys>,
    /// The guard against replays.
    pub guard: Arc<dyn ReplayGuard>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Origins that a browser may call from.
    pub cors_origins: Vec<String>,
    /// Where answers are counted.
    pub metrics: Metrics,
    /// Whether the process can do its work.
    pub ready: Ready,
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
    auth: Auth,
    limits: Limits,
    cors: Cors,
    metrics: Metrics,
    routes: Routes,
    gateway: Gateway,
    open: Router,
}

impl Server {
    /// Puts the server together.
    pub fn new(parts: Parts) -> Self {
        let Parts { routes, gateway, keys, guard, clock, cors_origins, metrics, ready } = parts;
        let open = gateway.open_router().merge(health::probes(ready));
        let edge = Edge {
            auth: Auth::new(keys, guard, clock),
            limits: Limits::default(),
            cors: Cors::new(cors_origins),
            metrics,
            routes,
            gateway,
            open,
        };
        Self { edge: Arc::new(edge) }
    }

    /// Serves a listener until `end` completes and the requests under way are answered.
    ///
    /// # Errors
    /// When the listener fails for good.
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
            .http2_max_header_list_size(16 * 1024)
            .http2_max_pending_accept_reset_streams(Some(20))
            .http2_max_local_error_reset_streams(Some(128))
            .http2_keepalive_interval(Some(Duration::from_secs(30)))
            .http2_keepalive_timeout(Some(Duration::from_secs(20)))
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
    /// Completes when a stop was asked for and no request has been under way for a while. Connections that are still
    /// open then belong to clients that do not answer the farewell; waiting for them would hold up the process.
    async fn drained(&self, stopped: oneshot::Receiver<()>) {
        if stopped.await.is_err() {
            return std::future::pending().await;
        }
        let mut quiet = Duration::ZERO;
        while quiet < QUIET {
            tokio::time::sleep(QUIET / 10).await;
            quiet = if self.limits.is_idle() { quiet + QUIET / 10 } else { Duration::ZERO };
        }
    }

    /// Answers any request: gives it an id, keeps a bug inside it, and marks the answer.
    async fn handle(self: Arc<Self>, mut request: Request<Body>) -> Response<Body> {
        let begun = Instant::now();
        let id = request_id(&mut request);
        let origin = self.cors.origin(request.headers());
        let is_grpc =
            content_type(&request).is_some_and(|kind| kind.starts_with("application/grpc"));
        let method = self.method_label(&request, is_grpc);
        let span =
            tracing::info_span!("request", request = id.to_str().unwrap_or_default(), method);
        let answered = AssertUnwindSafe(self.clone().dispatch(request, is_grpc).instrument(span))
            .catch_unwind()
            .await;
        let mut response = answered.unwrap_or_else(|_| {
            let refusal = Refusal::Internal;
            if is_grpc { refusal.into_grpc() } else { refusal.into_rest() }
        });
        self.metrics.answered(&method, &outcome(&response), begun.elapsed());
        response.headers_mut().insert(REQUEST_ID, id);
        if let Some(origin) = origin {
            cors::mark(response.headers_mut(), origin);
        }
        response
    }

    async fn dispatch(self: Arc<Self>, request: Request<Body>, is_grpc: bool) -> Response<Body> {
        if let Some(answer) = self.cors.preflight(&request) {
            return answer;
        }
        let _place = match self.limits.enter() {
            Ok(place) => place,
            Err(refusal) if is_grpc => return refusal.into_grpc(),
            Err(refusal) => return refusal.into_rest(),
        };
        let headers = request.headers();
        if headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>()
            > HEADERS_MAX
        {
            return crate::gateway::detail(
                http::StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "Request headers too large",
            );
        }
        if !is_grpc {
            return self.rest(request).await;
        }
        let is_web =
            content_type(&request).is_some_and(|kind| kind.starts_with("application/grpc-web"));
        if is_web {
            return self.grpc_web(request).await;
        }
        if request.version() != Version::HTTP_2 {
            return crate::gateway::detail(
                http::StatusCode::BAD_REQUEST,
                "gRPC needs HTTP/2; gRPC-Web works here",
            );
        }
        self.grpc(request).await
    }

    /// gRPC-Web is unwrapped first: behind it the same bytes are signed on all three wires.
    async fn grpc_web(self: Arc<Self>, request: Request<Body>) -> Response<Body> {
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
        if path.starts_with(HEALTH) {
            return self.call(request).await;
        }
        if path.starts_with(REFLECTION) {
            let local = request.extensions().get::<Peer>().is_some_and(|peer| peer.is_loopback());
            if local {
                return self.call(request).await;
            }
            return Refusal::unauthenticated("reflection is open on loopback only").into_grpc();
        }
        if request.method() != Method::POST {
            return RouteMatch::MethodNotAllowed("POST".into()).into_response(request.uri());
        }
        self.grpc_verified(request).await.unwrap_or_else(Refusal::into_grpc)
    }

    async fn grpc_verified(&self, request: Request<Body>) -> Result<Response<Body>, Refusal> {
        let (request, message) = self.auth.grpc(request).await?;
        let _place = self.limits.enter_tenant(tenant(&request)?).await?;
        Ok(match self.gateway.check(request.uri().path(), &message) {
            Ok(()) => self.call(request).await,
            Err(error) => api::to_status(error).into_http(),
        })
    }

    async fn rest(&self, request: Request<Body>) -> Response<Body> {
        match self.gateway.route(request.method(), request.uri().path()) {
            RouteMatch::Found => {}
            RouteMatch::NotFound => {
                let Ok(response) = self.open.clone().oneshot(request).await;
                return response;
            }
            other => return other.into_response(request.uri()),
        }
        self.rest_verified(request).await.unwrap_or_else(Refusal::into_rest)
    }

    async fn rest_verified(&self, request: Request<Body>) -> Result<Response<Body>, Refusal> {
        let request = self.auth.rest(request).await?;
        let _place = self.limits.enter_tenant(tenant(&request)?).await?;
        Ok(self.gateway.call(request).await)
    }

    async fn call(&self, request: Request<Body>) -> Response<Body> {
        let Ok(response) = self.routes.clone().oneshot(request).await;
        response.map(Body::new)
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

/// Returns the caller's tenant. The check leaves a Principal; without one the layer is wired wrong, and nothing passes.
fn tenant(verified: &Request<Body>) -> Result<&TenantId, Refusal> {
    verified.extensions().get().map(|who: &Principal| &who.tenant).ok_or(Refusal::Internal)
}

fn content_type<B>(request: &Request<B>) -> Option<&str> {
    request.headers().get(header::CONTENT_TYPE)?.to_str().ok()
}

/// gRPC keeps its outcome in a header or in trailers; what is refused here is in the header.
fn outcome(response: &Response<Body>) -> String {
    let status = response.headers().get("grpc-status").and_then(|status| status.to_str().ok());
    status.map_or_else(|| response.status().as_str().to_owned(), str::to_owned)
}

/// Takes the caller's request id, if it is a modest one, or makes one.
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

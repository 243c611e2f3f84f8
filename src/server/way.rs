//! The ways of a request by its wire and by what it has to show: an open call, an operation that is public, or one that
//! needs a credential.

use {
    super::{
        Documents, Edge, HEALTH, Peer, REFLECTION,
        auth::{self, Proven},
        body::{self, Tap},
        language,
        load::{self, Accepted, Wire},
        peer,
        refusal::Refusal,
    },
    crate::{
        api,
        domain::code,
        gateway::{self, Counted, RouteMatch},
    },
    axum::body::Body,
    bytes::Bytes,
    http::{Method, Request, Response},
    std::{convert::Infallible, future::Future, sync::Arc, time::Duration},
    tokio::time::sleep,
    tonic_web::GrpcWebLayer,
    tower::{Layer as _, ServiceExt as _},
};

/// Returns for how long the answer is held back if a request is refused at the door: until the time is over after which the
/// refusal before it, on the same connection, said to try again. Meanwhile nothing more of it is read by HTTP/1, and the
/// stream stays taken by HTTP/2. A connection of a proxy is one of many callers, of whom one must not hold up the others.
fn pause(peer: &Peer, request: &Request<Body>) -> Option<Duration> {
    peer.line().refused_until().filter(|_| !auth::is_through_proxy(request))
}

impl Edge {
    /// gRPC-Web is unwrapped first: after that scheme v1 signs the same bytes on all three wires. Scheme v2 signs the
    /// content as it was sent, so that is hashed here.
    pub(super) async fn grpc_web(self: Arc<Self>, mut request: Request<Body>) -> Response<Body> {
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

    pub(super) async fn grpc(&self, request: Request<Body>) -> Response<Body> {
        let language = language::asked(request.headers());
        language::tell(self.grpc_call(request).await, language)
    }

    async fn grpc_call(&self, request: Request<Body>) -> Response<Body> {
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
        let pause = pause(&peer, &request);
        let proof = Box::pin(self.auth.grpc(request));
        let accepted = self.accept(&peer, (Wire::Grpc, counted), proof, pause).await?;
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

    pub(super) async fn rest(&self, request: Request<Body>) -> Response<Body> {
        match self.gateway.route(request.method(), request.uri().path()) {
            RouteMatch::Found => {}
            RouteMatch::NotFound if gateway::is_widget(request.uri().path()) => {
                return self.widget(request).await.unwrap_or_else(Refusal::into_rest);
            }
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

    /// The files of the widget take a place among the open calls, too.
    async fn widget(&self, request: Request<Body>) -> Result<Response<Body>, Refusal> {
        let (peer, pages) = (peer(&request)?, self.pages.clone());
        let call = |request: Request<Body>| async move {
            let Ok(response) = pages.oneshot(request).await;
            response
        };
        self.open.call(peer.line(), request, false, call).await
    }

    async fn rest_verified(&self, request: Request<Body>) -> Result<Response<Body>, Refusal> {
        let peer = peer(&request)?;
        let counted = self.gateway.counts_as(request.method(), request.uri().path());
        let pause = pause(&peer, &request);
        let proof = Box::pin(self.auth.rest(request));
        let accepted = self.accept(&peer, (Wire::Json, counted), proof, pause).await?;
        Ok(accepted.work(|request, _| self.gateway.call(request)).await)
    }

    /// Admits a request: it has a place among the unverified ones until its signature is verified. Then it counts against
    /// the limits of its key and its tenant, and waits for its tenant's turn and a place among verified work. Only one that
    /// has these is recorded, so that one that is refused for them may be sent again; finally it gets the memory for decoding
    /// it. The answer to one that is refused at the door (`door.rs`) waits for the pause.
    async fn accept(
        &self,
        peer: &Peer,
        (wire, counted): (Wire, Option<Counted>),
        proof: impl Future<Output = Result<Proven, Refusal>>,
        pause: Option<Duration>,
    ) -> Result<Accepted, Refusal> {
        let stay = self.claims.enter(peer.line()).ok_or(Refusal::Busy)?;
        let proven = match stay.within(proof).await? {
            Err(refusal @ (Refusal::Limited(_) | Refusal::Crowded)) => {
                peer.line().refuse();
                if let Some(pause) = pause {
                    let _or_its_place_is_needed = stay.within(sleep(pause)).await;
                }
                return Err(refusal);
            }
            proven => proven?,
        };
        drop(stay);
        peer.line().prove();
        let Proven { mut parts, message, body, share, claim } = proven;
        let paid = self.door.quotas.take(claim.owners(), counted)?;
        let place = self.door.limits.enter(claim.owners().tenant).await?;
        let rate = self.door.quotas.requests_of_key(claim.owners());
        let accepted = self.auth.accept(claim, rate).await;
        let who = accepted.inspect_err(|_| self.door.quotas.give_back(&paid))?;
        self.metrics.authenticated(who.scheme.as_str());
        let long = load::turn(&who, &message);
        let load = load::hold(&self.memory, &who, wire, (&body, long.as_ref())).await?;
        drop(share);
        parts.extensions.insert(who);
        let request = Request::from_parts(parts, Body::from(body));
        Ok(Accepted { request, message, long, load, place, quota: paid.quota })
    }
}

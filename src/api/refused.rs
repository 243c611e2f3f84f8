//! Calls that were refused for want of a permission: the audit log keeps them, whatever the method. One wrapper around
//! each service sees the answers of both wires, because REST calls the same services.

use {
    crate::{control::Control, domain::access::Principal},
    std::{
        convert::Infallible,
        future::Future,
        pin::Pin,
        task::{Context, Poll},
    },
    tonic::{
        Status,
        body::Body,
        codegen::{Service, http},
        server::NamedService,
    },
};

/// A service whose refusals are kept.
#[derive(Debug, Clone)]
pub(super) struct Kept<S> {
    service: S,
    control: Control,
}

impl<S> Kept<S> {
    pub(super) const fn new(service: S, control: Control) -> Self {
        Self { service, control }
    }
}

impl<S: NamedService> NamedService for Kept<S> {
    const NAME: &'static str = S::NAME;
}

type Answer = http::Response<Body>;

impl<S> Service<http::Request<Body>> for Kept<S>
where
    S: Service<http::Request<Body>, Response = Answer, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let who = request.extensions().get::<Principal>().cloned();
        let (path, control) = (request.uri().path().to_owned(), self.control.clone());
        let answer = self.service.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            let status = Status::from_header_map(answer.headers());
            if let (Some(who), Some(status)) = (who, status)
                && status.code() == tonic::Code::PermissionDenied
            {
                let method = path.trim_start_matches("/sigma.v1.");
                control.keep_refusal(&who, method).await;
            }
            Ok(answer)
        })
    }
}

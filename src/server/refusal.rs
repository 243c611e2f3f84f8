//! Why a request was turned away before it reached a service, and how each wire says so.

use {
    crate::{
        error::{Code, Error},
        gateway,
    },
    axum::body::Body,
    http::{HeaderValue, Response, StatusCode, header},
    serde_json::{Value, json},
    std::borrow::Cow,
    tonic::Status,
};

/// A refusal.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Headers that are missing.
    Missing(Vec<&'static str>),
    /// The credential does not hold.
    Unauthenticated(Cow<'static, str>),
    /// The body is too large.
    TooLarge,
    /// The body did not come in time.
    Slow,
    /// The body broke off.
    Broken,
    /// The path is not decodable.
    BadPath,
    /// A query parameter that the signature does not cover.
    UnsignedQuery(String),
    /// The key sends too much.
    Exhausted,
    /// The tenant has too much under way.
    Crowded,
    /// The server has too much under way, or the database does not answer.
    Busy,
    /// Our fault.
    Internal,
}

impl Refusal {
    pub(super) fn unauthenticated(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Unauthenticated(text.into())
    }

    /// What a failed key look-up means for the caller.
    pub(super) fn from_error(error: Error) -> Self {
        tracing::error!(%error, cause = error.cause.as_deref().map(tracing::field::display), "key look-up failed");
        if error.code == Code::Unavailable { Self::Busy } else { Self::Internal }
    }

    fn text(&self) -> Cow<'static, str> {
        match self {
            Self::Missing(names) => format!("missing {}", names.join(", ")).into(),
            Self::Unauthenticated(text) => text.clone(),
            Self::TooLarge => "Request body too large".into(),
            Self::Slow => "the request body did not come in time".into(),
            Self::Broken => "the request body broke off".into(),
            Self::BadPath => "the path cannot be decoded".into(),
            Self::UnsignedQuery(name) => {
                format!("query parameter '{name}' needs a signature that covers the query").into()
            }
            Self::Exhausted | Self::Crowded => "too many requests, try again later".into(),
            Self::Busy => "temporarily unavailable, try again".into(),
            Self::Internal => "Internal Server Error".into(),
        }
    }

    /// As REST says it.
    pub(super) fn into_rest(self) -> Response<Body> {
        let status = match &self {
            Self::Missing(names) => {
                let entry = |name: &&str| json!({"type": "missing", "loc": ["header", name], "msg": "Field required", "input": Value::Null});
                return gateway::validation(names.iter().map(entry).collect());
            }
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken | Self::BadPath | Self::UnsignedQuery(_) => StatusCode::BAD_REQUEST,
            Self::Exhausted | Self::Crowded => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut response = gateway::detail(status, &self.text());
        if matches!(self, Self::Exhausted | Self::Crowded | Self::Busy) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }

    /// As gRPC says it.
    pub(super) fn into_grpc(self) -> Response<Body> {
        let text = self.text();
        let status = match self {
            Self::Missing(_) | Self::Unauthenticated(_) => Status::unauthenticated(text),
            Self::TooLarge | Self::Exhausted | Self::Crowded => Status::resource_exhausted(text),
            Self::Slow => Status::deadline_exceeded(text),
            Self::Broken | Self::BadPath | Self::UnsignedQuery(_) => Status::invalid_argument(text),
            Self::Busy => Status::unavailable(text),
            Self::Internal => Status::internal(text),
        };
        status.into_http()
    }
}

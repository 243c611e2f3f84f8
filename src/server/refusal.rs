//! Why a request was refused before it reached a service, and how each wire says so.

use {
    super::quota::{Over, seconds},
    crate::{
        api,
        domain::code,
        error::{Code, Error},
        gateway,
    },
    axum::body::Body,
    http::{Response, StatusCode, header},
    serde_json::{Value, json},
    std::{borrow::Cow, time::Duration},
};

/// A refusal.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Headers that are missing.
    Missing(Vec<&'static str>),
    /// The credential is not valid.
    Unauthenticated(Cow<'static, str>),
    /// The request was signed at a time of which the guard against replays remembers nothing; one that is signed this
    /// many seconds later is not refused for that.
    SignAgain(i64),
    /// The body of a gRPC request is not one frame.
    Frame,
    /// The body is too large.
    TooLarge,
    /// The body did not arrive in time.
    Slow,
    /// The body broke off.
    Broken,
    /// The path cannot be decoded.
    BadPath,
    /// A query parameter that the signature does not cover.
    UnsignedQuery(String),
    /// The key sends too much.
    Exhausted,
    /// The tenant has too many requests in progress.
    Crowded,
    /// More than a limit of the key or the tenant allows.
    Limited(Box<Over>),
    /// Too many requests without a valid credential came from the address; one may come after this time.
    SignIns(Duration),
    /// The server has too many requests in progress, or the database does not answer.
    Busy,
    /// A fault of this service.
    Internal,
}

impl Refusal {
    pub(super) fn unauthenticated(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Unauthenticated(text.into())
    }

    /// The refusal of a signature that is too old, or of the future.
    pub(super) const fn window() -> Self {
        Self::Unauthenticated(Cow::Borrowed(
            "Request timestamp outside acceptable window (5 minutes)",
        ))
    }

    /// Returns the refusal for a failed key look-up.
    pub(super) fn from_error(error: Error) -> Self {
        tracing::error!(%error, cause = error.cause.as_deref().map(tracing::field::display), "key look-up failed");
        if error.code == Code::Unavailable { Self::Busy } else { Self::Internal }
    }

    /// The stable word.
    const fn word(&self) -> code::Code {
        match self {
            Self::Missing(_) => code::HEADER_MISSING,
            Self::Unauthenticated(_) => code::CREDENTIAL_INVALID,
            Self::SignAgain(_) => code::SIGN_AGAIN,
            Self::Frame => code::FRAME_INVALID,
            Self::TooLarge => code::BODY_TOO_LARGE,
            Self::Slow => code::BODY_LATE,
            Self::Broken => code::BODY_BROKEN,
            Self::BadPath => code::PATH_INVALID,
            Self::UnsignedQuery(_) => code::QUERY_NOT_SIGNED,
            Self::Exhausted | Self::Crowded => code::TOO_MANY_REQUESTS,
            Self::Limited(_) => code::RATE_LIMITED,
            Self::SignIns(_) => code::SIGN_INS_LIMITED,
            Self::Busy => code::SERVICE_BUSY,
            Self::Internal => code::INTERNAL,
        }
    }

    fn text(&self) -> Cow<'static, str> {
        match self {
            Self::Missing(names) => format!("missing {}", names.join(", ")).into(),
            Self::Unauthenticated(text) => text.clone(),
            Self::SignAgain(_) => {
                "the request may have been accepted before the server was restarted: sign it again with a new timestamp".into()
            }
            Self::Frame => "the request must be one uncompressed frame".into(),
            Self::TooLarge => "Request body too large".into(),
            Self::Slow => "the request body did not come in time".into(),
            Self::Broken => "the request body broke off".into(),
            Self::BadPath => "the path cannot be decoded".into(),
            Self::UnsignedQuery(name) => {
                format!("query parameter '{name}' needs a signature that covers the query").into()
            }
            Self::Exhausted | Self::Crowded => "too many requests, try again later".into(),
            Self::Limited(over) => {
                format!("the limit of {} is reached, try again later", over.text).into()
            }
            Self::SignIns(_) => {
                "too many requests without a valid credential from this address, try again later"
                    .into()
            }
            Self::Busy => "temporarily unavailable, try again".into(),
            Self::Internal => "Internal Server Error".into(),
        }
    }

    /// After which time another try makes sense.
    fn wait(&self) -> Option<Duration> {
        match self {
            Self::Exhausted | Self::Crowded | Self::Busy => Some(Duration::from_secs(1)),
            Self::Limited(over) => Some(over.wait),
            Self::SignIns(wait) => Some(*wait),
            Self::SignAgain(seconds) => Some(Duration::from_secs((*seconds).unsigned_abs())),
            _ => None,
        }
    }

    /// The refusal as a REST response.
    pub(super) fn into_rest(self) -> Response<Body> {
        let status = match &self {
            Self::Missing(names) => {
                let entry = |name: &&str| json!({"type": "missing", "loc": ["header", name], "msg": "Field required", "input": Value::Null});
                return gateway::validation(self.word(), names.iter().map(entry).collect());
            }
            Self::Unauthenticated(_) | Self::SignAgain(_) | Self::Frame => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken | Self::BadPath | Self::UnsignedQuery(_) => StatusCode::BAD_REQUEST,
            Self::Exhausted | Self::Crowded | Self::Limited(_) | Self::SignIns(_) => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut response = gateway::detail(status, self.word(), &self.text());
        if let Some(wait) = self.wait() {
            let wait = wait.max(Duration::from_secs(1));
            response.headers_mut().insert(header::RETRY_AFTER, seconds(wait));
        }
        if let Self::Limited(over) = self {
            over.quota.mark(response.headers_mut());
        }
        response
    }

    /// The refusal as a gRPC response.
    pub(super) fn into_grpc(self) -> Response<Body> {
        let text = self.text();
        let code = match self {
            Self::Missing(_) | Self::Unauthenticated(_) | Self::SignAgain(_) | Self::Frame => {
                tonic::Code::Unauthenticated
            }
            Self::TooLarge
            | Self::Exhausted
            | Self::Crowded
            | Self::Limited(_)
            | Self::SignIns(_) => tonic::Code::ResourceExhausted,
            Self::Slow => tonic::Code::DeadlineExceeded,
            Self::Broken | Self::BadPath | Self::UnsignedQuery(_) => tonic::Code::InvalidArgument,
            Self::Busy => tonic::Code::Unavailable,
            Self::Internal => tonic::Code::Internal,
        };
        let (word, wait) = (self.word(), self.wait());
        let mut response = api::refusal_after(code, word, text.into_owned(), wait).into_http();
        if let Self::Limited(over) = self {
            over.quota.mark(response.headers_mut());
        }
        response
    }
}

//! The one error that operations return: one of ten codes, a stable word, a message for people, field faults, and the
//! cause for the log. It knows no transport; `api/status.rs` and `gateway/problem.rs` translate it.

use {
    crate::domain::{
        code::{self, Gaps},
        fault::{FAULTS_MAX, FieldFault},
    },
    std::{error::Error as StdError, fmt, time::Duration},
};

/// Result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kinds of failure that a caller can distinguish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The request is wrong in itself.
    Invalid,
    /// No valid credential.
    Unauthenticated,
    /// The credential does not allow it.
    Forbidden,
    /// Not found, or owned by another tenant.
    NotFound,
    /// It exists already.
    Exists,
    /// The current state forbids it.
    Refused,
    /// It was changed in the meantime.
    Stale,
    /// Too much at once; a later try may succeed.
    Exhausted,
    /// Not available; a later try may succeed.
    Unavailable,
    /// A fault of this service.
    Internal,
}

impl Code {
    /// All codes, for tests of all of them.
    pub const ALL: [Self; 10] = [
        Self::Invalid,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Exists,
        Self::Refused,
        Self::Stale,
        Self::Exhausted,
        Self::Unavailable,
        Self::Internal,
    ];
}

/// A failed operation.
#[derive(Debug)]
pub struct Error {
    /// The kind.
    pub code: Code,
    /// Stable word, upper case, such as `MODULE_DISABLED`.
    pub reason: code::Code,
    /// For people: what was refused and what would be accepted. Shown to the caller except for Unavailable and Internal.
    pub message: String,
    /// The refused fields, if the code is Invalid; at most [`FAULTS_MAX`].
    pub faults: Vec<FieldFault>,
    /// The values of the gaps in the texts of the stable word, by name, as far as they are known. They stand in the
    /// message as well.
    pub gaps: Vec<(String, String)>,
    /// The time after which another try makes sense.
    pub retry_after: Option<Duration>,
    /// For the log only.
    pub cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Makes an error of a code, with its stable word and its message.
    pub fn new(code: Code, reason: code::Code, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            faults: Vec::new(),
            gaps: Vec::new(),
            retry_after: None,
            cause: None,
        }
    }

    /// Makes an error whose message is that of its stable word, with the gaps filled.
    pub fn told(code: Code, reason: code::Code, gaps: Gaps<'_>) -> Self {
        Self { gaps: texts(gaps), ..Self::new(code, reason, reason.message(gaps)) }
    }

    /// The same, with what to do about it in the message.
    pub fn advised(code: Code, reason: code::Code, gaps: Gaps<'_>) -> Self {
        Self { gaps: texts(gaps), ..Self::new(code, reason, reason.advice(gaps)) }
    }

    /// A request with refused fields. The message says how many there are; the first of them are named.
    pub fn fields(mut faults: Vec<FieldFault>) -> Self {
        let message = match faults.as_slice() {
            [only] => format!("{}: {}", only.field, only.fault.message()),
            many => format!("{} fields were refused", many.len()),
        };
        faults.truncate(FAULTS_MAX);
        Self { faults, ..Self::new(Code::Invalid, code::FIELD_INVALID, message) }
    }

    /// A fault of this service, with its cause.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::new(Code::Internal, code::INTERNAL, "internal server error")
        }
    }

    /// A necessary system did not answer.
    pub fn unavailable(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let message = "temporarily unavailable, try again";
        Self {
            cause: Some(cause.into()),
            retry_after: Some(Duration::from_secs(1)),
            ..Self::new(Code::Unavailable, code::UNAVAILABLE, message)
        }
    }

    /// Adds a time after which another try makes sense.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

fn texts(gaps: Gaps<'_>) -> Vec<(String, String)> {
    gaps.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.message, self.reason)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

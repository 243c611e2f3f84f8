//! Error to tonic status, with the standard details. No other file maps these codes.

use {
    crate::{
        domain::code::{Code as Word, Language},
        error::{Code, Error},
        proto::{
            google::rpc::{
                BadRequest, ErrorInfo, LocalizedMessage, RetryInfo, Status as RpcStatus,
                bad_request::FieldViolation,
            },
            pb,
        },
    },
    prost::Message as _,
    prost_types::Any,
    tonic::Status,
};

const ERROR_INFO: &str = "google.rpc.ErrorInfo";

/// Returns the gRPC code of an error code.
pub(crate) const fn grpc_code(code: Code) -> tonic::Code {
    match code {
        Code::Invalid => tonic::Code::InvalidArgument,
        Code::Unauthenticated => tonic::Code::Unauthenticated,
        Code::Forbidden => tonic::Code::PermissionDenied,
        Code::NotFound => tonic::Code::NotFound,
        Code::Exists => tonic::Code::AlreadyExists,
        Code::Refused => tonic::Code::FailedPrecondition,
        Code::Stale => tonic::Code::Aborted,
        Code::Exhausted => tonic::Code::ResourceExhausted,
        Code::Unavailable => tonic::Code::Unavailable,
        Code::Internal => tonic::Code::Internal,
    }
}

/// Turns an error into a status. The cause is logged once and never reaches the caller.
pub fn to_status(mut error: Error) -> Status {
    if let Some(cause) = &error.cause {
        tracing::error!(reason = error.reason.word(), %cause, "the operation failed");
    }
    let code = grpc_code(error.code);
    let mut details = vec![info(error.reason, std::mem::take(&mut error.gaps))];
    if !error.faults.is_empty() {
        details.push(any("google.rpc.BadRequest", &bad_request(&error)));
        details.push(any("sigma.v1.InvalidFields", &invalid_fields(&error)));
    }
    if let Some(wait) = error.retry_after {
        let retry_delay = prost_types::Duration::try_from(wait).ok();
        details.push(any("google.rpc.RetryInfo", &RetryInfo { retry_delay }));
    }
    let status = RpcStatus { code: code as i32, message: error.message.clone(), details };
    Status::with_details(code, error.message, status.encode_to_vec().into())
}

/// Makes the status of a request that is refused before it reaches a service, with its stable word.
pub fn refusal(code: tonic::Code, word: Word, text: String) -> Status {
    refusal_after(code, word, text, None)
}

/// The same, with the time after which another try makes sense.
pub fn refusal_after(
    code: tonic::Code,
    word: Word,
    text: String,
    wait: Option<std::time::Duration>,
) -> Status {
    let retry = wait.map(|wait| {
        let retry_delay = prost_types::Duration::try_from(wait).ok();
        any("google.rpc.RetryInfo", &RetryInfo { retry_delay })
    });
    let details = std::iter::once(info(word, Vec::new())).chain(retry).collect();
    let status = RpcStatus { code: code as i32, message: text.clone(), details };
    Status::with_details(code, text, status.encode_to_vec().into())
}

/// Adds to the details of a status what they say in a language; `None` if they have no word of the table.
pub fn localized(details: &[u8], language: Language) -> Option<Vec<u8>> {
    let mut status = RpcStatus::decode(details).ok()?;
    let infos = status.details.iter().filter(|any| any.type_url.ends_with(ERROR_INFO));
    let info = infos.map(|any| ErrorInfo::decode(any.value.as_slice())).next()?.ok()?;
    // Where the word leaves the reason to the message, that is the reason.
    let value = |gap: &str| match info.metadata.get(gap) {
        Some(value) => Some(value.as_str()),
        None => (gap == "reason").then_some(status.message.as_str()),
    };
    let message = Word::find(&info.reason)?.told(language, value)?;
    let told = LocalizedMessage { locale: language.tag().to_owned(), message };
    status.details.push(any("google.rpc.LocalizedMessage", &told));
    Some(status.encode_to_vec())
}

fn info(word: Word, gaps: Vec<(String, String)>) -> Any {
    let (reason, domain) = (word.to_string(), "sigma.v1".to_owned());
    any(ERROR_INFO, &ErrorInfo { reason, domain, metadata: gaps.into_iter().collect() })
}

fn any(name: &str, message: &impl prost::Message) -> Any {
    Any { type_url: format!("type.googleapis.com/{name}"), value: message.encode_to_vec() }
}

fn bad_request(error: &Error) -> BadRequest {
    let violation = |fault: &crate::domain::fault::FieldFault| FieldViolation {
        field: fault.field.clone(),
        description: fault.fault.message(),
        reason: fault.fault.word().to_uppercase(),
        ..Default::default()
    };
    BadRequest { field_violations: error.faults.iter().map(violation).collect() }
}

fn invalid_fields(error: &Error) -> pb::InvalidFields {
    let fault = |fault: &crate::domain::fault::FieldFault| pb::FieldFault {
        field: fault.field.clone(),
        r#type: fault.fault.word().to_owned(),
        message: fault.fault.message(),
        context: fault.fault.context().and_then(|context| match context {
            serde_json::Value::Object(map) => Some(super::convert::to_struct(&map)),
            _ => None,
        }),
    };
    pb::InvalidFields { faults: error.faults.iter().map(fault).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_own_status() {
        let mut codes: Vec<i32> = Code::ALL.iter().map(|code| grpc_code(*code) as i32).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Code::ALL.len());
    }

    #[test]
    fn the_cause_stays_here() {
        let status = to_status(Error::internal("SELECT secret FROM table"));
        assert_eq!(status.message(), "internal server error");
        assert!(!String::from_utf8_lossy(status.details()).contains("SELECT"));
    }
}

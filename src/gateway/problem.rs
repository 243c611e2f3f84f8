//! gRPC status to HTTP: the status code, and the body that the first clients expect.

use {
    super::{
        plan::{Kind, Message, Plans},
        transcode::Sent,
    },
    crate::{
        domain::{code, fault::FAULTS_MAX},
        proto::{google::rpc, pb, sigma::internal::v1 as free},
    },
    axum::body::Body,
    http::{HeaderValue, Response, StatusCode, header},
    prost::Message as _,
    serde_json::{Map, Value, json},
    tonic::{Code, Status},
};

/// Returns the HTTP status of a gRPC code.
pub(super) const fn http_status(code: Code) -> u16 {
    match code {
        Code::Ok => 200,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => 400,
        Code::Unauthenticated => 401,
        Code::PermissionDenied => 403,
        Code::NotFound => 404,
        Code::AlreadyExists | Code::Aborted => 409,
        Code::ResourceExhausted => 429,
        Code::Cancelled => 499,
        Code::Unimplemented => 501,
        Code::Unavailable => 503,
        Code::DeadlineExceeded => 504,
        Code::Unknown | Code::Internal | Code::DataLoss => 500,
    }
}

/// Answers with a JSON body.
pub(super) fn json_response(status: StatusCode, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The header that holds the stable word of a refusal.
const WORD: &str = "x-sigma-error";

/// Answers `{"detail": "<text>"}`, with the stable word beside it.
pub fn detail(status: StatusCode, word: code::Code, text: &str) -> Response<Body> {
    answer(status, word, &json!({ "detail": text }))
}

/// Answers 422 with one entry for each fault, with the stable word beside them.
pub fn validation(word: code::Code, entries: Vec<Value>) -> Response<Body> {
    answer(StatusCode::UNPROCESSABLE_ENTITY, word, &json!({ "detail": entries }))
}

fn answer(status: StatusCode, word: code::Code, body: &Value) -> Response<Body> {
    let mut response = json_response(status, body.to_string().into_bytes());
    response.headers_mut().insert(WORD, HeaderValue::from_static(word.word()));
    response
}

/// The details of a status besides its message.
#[derive(Default)]
struct Details {
    reason: Option<String>,
    retry_after: Option<u64>,
    faults: Vec<pb::FieldFault>,
}

fn details(status: &Status) -> Details {
    let mut details = Details::default();
    let Ok(full) = rpc::Status::decode(status.details()) else { return details };
    for any in full.details {
        match any.type_url.rsplit('/').next() {
            Some("google.rpc.ErrorInfo") => {
                details.reason =
                    rpc::ErrorInfo::decode(any.value.as_slice()).ok().map(|info| info.reason);
            }
            Some("google.rpc.RetryInfo") => {
                let delay = rpc::RetryInfo::decode(any.value.as_slice())
                    .ok()
                    .and_then(|info| info.retry_delay);
                details.retry_after = delay.map(|delay| {
                    u64::try_from(delay.seconds).unwrap_or_default() + u64::from(delay.nanos > 0)
                });
            }
            Some("sigma.v1.InvalidFields") => {
                let fields = pb::InvalidFields::decode(any.value.as_slice()).unwrap_or_default();
                details.faults = fields.faults;
            }
            _ => {}
        }
    }
    details
}

/// Answers a refusal of a service.
pub(super) fn refused(
    status: &Status,
    plans: &Plans,
    plan: &Message,
    sent: &Sent,
) -> Response<Body> {
    let details = details(status);
    let number = StatusCode::from_u16(http_status(status.code()))
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = if !details.faults.is_empty() {
        validation(code::FIELD_INVALID, entries(&details.faults, plans, plan, sent))
    } else if number == StatusCode::INTERNAL_SERVER_ERROR {
        detail(number, code::INTERNAL, "Internal Server Error")
    } else {
        json_response(number, json!({ "detail": status.message() }).to_string().into_bytes())
    };
    let headers = response.headers_mut();
    if let Some(reason) = details.reason.and_then(|reason| HeaderValue::from_str(&reason).ok()) {
        headers.insert(WORD, reason);
    }
    if matches!(number, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        headers.insert(
            header::RETRY_AFTER,
            HeaderValue::from(details.retry_after.unwrap_or(1).max(1)),
        );
    }
    response
}

/// Writes faults in the form that the first clients know, with the values that they sent.
fn entries(faults: &[pb::FieldFault], plans: &Plans, plan: &Message, sent: &Sent) -> Vec<Value> {
    let faults = faults.iter().take(FAULTS_MAX);
    let places: Vec<(&str, Vec<Value>)> = faults
        .clone()
        .map(|fault| {
            let path = segments(&fault.field);
            let root = match path.first().and_then(Value::as_str) {
                Some(name) if sent.path.iter().any(|(known, _)| *known == name) => "path",
                _ if sent.body.is_some() => "body",
                _ => "query",
            };
            (root, path)
        })
        .collect();
    let asked: Vec<(&str, &[Value])> =
        places.iter().map(|(root, path)| (*root, path.as_slice())).collect();
    let inputs = sent.inputs(&asked);
    let told = faults.zip(places).zip(inputs).map(|((fault, (root, path)), input)| {
        let input = if is_sensitive(plans, plan, &path) { Value::Null } else { input };
        let mut loc = vec![json!(root)];
        loc.extend(path);
        let mut entry =
            json!({ "type": fault.r#type, "loc": loc, "msg": fault.message, "input": input });
        if let (Some(context), Value::Object(entry)) = (&fault.context, &mut entry) {
            entry.insert("ctx".into(), Value::Object(to_json(context)));
        }
        entry
    });
    told.collect()
}

/// Splits `mappings[0].canonical_field` into names and indices.
fn segments(field: &str) -> Vec<Value> {
    let mut out = Vec::new();
    for part in field.split('.') {
        let (name, indices) = part.split_once('[').unwrap_or((part, ""));
        out.push(json!(name));
        for index in indices.split('[').filter_map(|index| index.strip_suffix(']')) {
            out.push(index.parse::<u64>().map_or_else(|_| json!(index), |index| json!(index)));
        }
    }
    out
}

fn is_sensitive(plans: &Plans, plan: &Message, path: &[Value]) -> bool {
    let mut message = Some(plan);
    for name in path.iter().filter_map(Value::as_str) {
        let Some(field) = message.and_then(|message| message.field(name)) else { return false };
        if field.sensitive {
            return true;
        }
        message = match field.kind {
            Kind::Message(id) => plans.get(id).ok(),
            _ => None,
        };
    }
    false
}

fn to_json(object: &free::Object) -> Map<String, Value> {
    let value = |value: &free::Value| match &value.kind {
        Some(free::value::Kind::NumberValue(number))
            if number.fract() == 0.0 && number.abs() < 9e15 =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "whole and far below 2^63")]
            let whole = *number as i64;
            json!(whole)
        }
        Some(free::value::Kind::NumberValue(number)) => json!(number),
        Some(free::value::Kind::StringValue(text)) => json!(text),
        Some(free::value::Kind::BoolValue(flag)) => json!(flag),
        _ => Value::Null,
    };
    let member = |member: &free::Member| {
        (member.key.clone(), member.value.as_ref().map_or(Value::Null, value))
    };
    object.members.iter().map(member).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_locations() {
        assert_eq!(
            Value::Array(segments("mappings[0].canonical_field")),
            json!(["mappings", 0, "canonical_field"])
        );
        assert_eq!(Value::Array(segments("limit")), json!(["limit"]));
    }

    #[test]
    fn every_grpc_code_has_an_http_status() {
        for code in 0..=16 {
            let status = http_status(Code::from_i32(code));
            assert!(StatusCode::from_u16(status).is_ok(), "{code}");
        }
    }
}

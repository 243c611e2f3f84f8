//! The meaning of the statuses and errors of Zoho CRM v8 (docs/src/zoho.md, "Errors", "Writes" and
//! "Limits and credits"). The content of lists and rows is read in the files of their subjects.

use {
    super::super::{
        http::{Answer, jitter},
        text::clean,
    },
    crate::{
        domain::{
            code::{self, Code, Gaps, Provider},
            tree,
        },
        ports::{ConnectorError, Failure},
    },
    chrono::{DateTime, Utc},
    serde_json::{Map, Value},
    std::time::Duration,
};

/// Longest wait after a 429, which does not say how long.
const THROTTLED: Duration = Duration::from_secs(10);

/// Longest answer in which bytes that are not text are replaced: that takes several times the
/// memory.
const MENDED_MAX: usize = 8 * 1024 * 1024;

/// The type of a call, as far as its answer is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Changes nothing.
    Read {
        /// 304 is an empty answer.
        conditional: bool,
        /// A refused id is an empty answer.
        gone: bool,
    },
    /// Changes records, each of which has a row in the answer.
    Write,
}

/// An answer that is not an error.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// The JSON object; `None` if there is none (204, or 304 where that is allowed).
    pub(super) body: Option<Map<String, Value>>,
    /// Zoho's clock.
    pub(super) date: Option<DateTime<Utc>>,
    /// True: bytes that are not text were replaced.
    pub(super) lossy: bool,
    /// True: records that wait for an approval or were converted are left out.
    pub(super) hides: bool,
}

impl Reply {
    /// Refuses an answer in which something was replaced.
    pub(super) fn whole(self) -> Result<Self, ConnectorError> {
        if self.lossy {
            Err(protocol("Zoho's answer holds bytes that are not valid text"))
        } else {
            Ok(self)
        }
    }
}

/// Reads an answer, or returns the meaning of its error.
pub(super) fn decode(answer: Answer, kind: Kind) -> Result<Reply, ConnectorError> {
    let (status, date) = (answer.status, answer.date);
    let empty = Ok(Reply { date, ..Reply::default() });
    match (status, kind) {
        (204, Kind::Read { .. }) | (304, Kind::Read { conditional: true, .. }) => return empty,
        (429, _) => {
            let mut error = ConnectorError::of(Failure::Throttled, code::ZOHO_THROTTLED, &[]);
            let wait = answer.retry_after.unwrap_or_else(|| jitter(THROTTLED));
            error.retry_after = Some(wait.max(Duration::from_secs(1)));
            return Err(error);
        }
        (500..=599, _) => {
            let message = format!("Zoho answered with status {status}");
            let error = unclear(kind, code::UPSTREAM_UNREACHABLE, message);
            return Err(ConnectorError { retry_after: answer.retry_after, ..error });
        }
        _ => {}
    }
    let (body, lossy) = read(&answer.body, kind);
    let rows = kind == Kind::Write && body.get("data").is_some_and(Value::is_array);
    if rows && matches!(status, 200 | 201 | 202 | 207 | 400 | 412) {
        return Ok(Reply { body: Some(body), date, lossy, hides: false });
    }
    match (status, envelope(&body)) {
        (400 | 404, Some(error)) if kind == GONE && is_gone(error) => empty,
        (status, Some(error)) => Err(refusal(status, error, kind)),
        (status @ (401 | 403), None) => Err(refusal(status, &body, kind)),
        (200 | 201, None) if kind != Kind::Write && !body.is_empty() => {
            Ok(Reply { body: Some(body), date, lossy, hides: false })
        }
        (status, None) => {
            let message = format!("Zoho's answer with status {status} is not as documented");
            Err(unclear(kind, code::UPSTREAM_PROTOCOL, message))
        }
    }
}

/// Reads a JSON object; anything else counts as an empty one. A byte that is not text, or half a
/// character (a text cut within a pair of escapes), must not make a whole page unreadable, so it is
/// replaced and the reader of the page is told so. For a write nothing is guessed.
fn read(body: &[u8], kind: Kind) -> (Map<String, Value>, bool) {
    match tree::object(body) {
        Ok(body) => (body, false),
        Err(_) if kind == Kind::Write || body.len() > MENDED_MAX => (Map::new(), false),
        Err(_) => {
            let text = without_halves(&String::from_utf8_lossy(body));
            let whole = text.as_bytes() == body;
            match tree::object(text.as_bytes()) {
                Ok(body) => (body, !whole),
                Err(_) => (Map::new(), std::str::from_utf8(body).is_err()),
            }
        }
    }
}

/// Replaces the escapes of JSON that encode half a character.
fn without_halves(text: &str) -> String {
    let unit = |from: usize| {
        let digits = text.get(from..from + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut out = String::with_capacity(text.len());
    let (mut place, mut copied) = (0, 0);
    while let Some(escape) = text.get(place..).and_then(|rest| rest.find('\\')) {
        let start = place + escape;
        place = match (unit(start), unit(start + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => start + 12,
            (Some(0xd800..=0xdfff), _) => {
                out.push_str(text.get(copied..start).unwrap_or_default());
                out.push(char::REPLACEMENT_CHARACTER);
                copied = start + 6;
                copied
            }
            // The other character of an escape may be a backslash too.
            _ => start + 2,
        };
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

const GONE: Kind = Kind::Read { conditional: false, gone: true };

fn is_gone(error: &Map<String, Value>) -> bool {
    let code = error.get("code").and_then(Value::as_str);
    matches!(code, Some("INVALID_DATA" | "RESOURCE_NOT_FOUND" | "RECORD_NOT_FOUND"))
}

/// Makes the error for an answer that cannot be read. What a write has done is then unknown.
fn unclear(kind: Kind, code: Code, message: String) -> ConnectorError {
    let failure = match kind {
        Kind::Read { .. } => Failure::Unreachable,
        Kind::Write => Failure::Ambiguous,
    };
    ConnectorError::new(failure, code, message).about(Provider::Zoho)
}

/// Makes the error for a write whose answer is not as documented.
pub(super) fn unclear_write(message: &str) -> ConnectorError {
    unclear(Kind::Write, code::UPSTREAM_PROTOCOL, message.to_owned())
}

/// Makes the error for a list that is incomplete.
pub(super) fn incomplete(reason: &str) -> ConnectorError {
    let code = code::SOURCE_INCOMPLETE;
    ConnectorError::of(Failure::Unreachable, code, &[("reason", &reason)])
}

/// Makes the error for an answer that is not as documented.
pub(super) fn protocol(message: impl Into<String>) -> ConnectorError {
    ConnectorError::new(Failure::Unreachable, code::UPSTREAM_PROTOCOL, message)
        .about(Provider::Zoho)
}

/// Makes the error that ends a run.
pub(super) fn stop(code: Code, message: impl Into<String>) -> ConnectorError {
    ConnectorError::new(Failure::Stop, code, message)
}

/// Makes the error that ends a run, with the message of the code's row.
pub(super) fn stopped(code: Code, gaps: Gaps<'_>) -> ConnectorError {
    ConnectorError::of(Failure::Stop, code, gaps)
}

/// Makes the error for a refresh token that lacks a scope.
pub(super) fn scope_missing(scope: &str) -> ConnectorError {
    ConnectorError::of(Failure::Stop, code::ZOHO_SCOPE_MISSING, &[("scope", &scope)])
}

/// Returns the code of an error.
pub(super) fn error_code(body: &[u8]) -> Option<String> {
    let body = tree::object(body).ok()?;
    Some(envelope(&body)?.get("code")?.as_str()?.to_owned())
}

/// Returns the parameter that an error is about.
pub(super) fn error_parameter(body: &[u8]) -> Option<String> {
    let body = tree::object(body).ok()?;
    Some(envelope(&body)?.get("details")?.get("param_name")?.as_str()?.to_owned())
}

/// Finds the error object: the body itself, or the only row of `data`.
fn envelope(body: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let is_error = |object: &Map<String, Value>| {
        object.get("code").is_some_and(Value::is_string)
            && object.get("status").and_then(Value::as_str) == Some("error")
    };
    if is_error(body) || (body.contains_key("code") && !body.contains_key("data")) {
        return Some(body);
    }
    match body.get("data")?.as_array()?.as_slice() {
        [only] => only.as_object().filter(|object| is_error(object)),
        _ => None,
    }
}

/// Returns the meaning of an error object that is not about a single record.
pub(super) fn refusal(status: u16, error: &Map<String, Value>, kind: Kind) -> ConnectorError {
    let text = |object: &Map<String, Value>, name: &str| {
        object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let code = text(error, "code");
    let details = error.get("details").and_then(Value::as_object);
    let about = |name: &str| {
        let named = |key: &str| details.is_some_and(|details| text(details, key) == name);
        named("param_name") || named("api_name")
    };
    let said = clean(&format!("{code}: {}", text(error, "message")), &[]);
    match (code.as_str(), status) {
        ("TOKEN_BOUND_DATA_MISMATCH" | "EXPIRED_VALUE", _) => cursor_expired(),
        ("INVALID_DATA", _) if about("page_token") => cursor_expired(),
        ("INVALID_DATA", _) if about("duplicate_check_fields") => {
            let message = cut(format!(
                "Zoho cannot find records by the key field: it is not unique ({said})"
            ));
            stop(code::ZOHO_KEY_NOT_UNIQUE, message)
        }
        // Which one is known to the caller.
        ("OAUTH_SCOPE_MISMATCH", _) => scope_missing("of this call"),
        ("PAGINATION_LIMIT_EXCEEDED" | "DISCRETE_PAGINATION_LIMIT_EXCEEDED", _) => list_too_long(),
        ("LIMIT_EXCEEDED", _) if about("fields") => too_many_fields(),
        ("INVALID_MODULE" | "INVALID_URL_PATTERN" | "RESOURCE_NOT_FOUND", _) | (_, 404) => stop(
            code::ZOHO_MODULE_UNKNOWN,
            "Zoho has no module of this API name that the API can read",
        ),
        ("NO_PERMISSION" | "NOT_SUPPORTED" | "AUTHORIZATION_FAILED", _) | (_, 403) => {
            let what = if kind == Kind::Write { "write" } else { "read" };
            let reason = format!("it may not {what} it ({said})");
            stopped(code::ZOHO_PERMISSION_MISSING, &[("reason", &reason)])
        }
        (_, 401) => stopped(code::ZOHO_TOKEN_REFUSED, &[]),
        ("INTERNAL_ERROR", _) => {
            unclear(kind, code::UPSTREAM_UNREACHABLE, "Zoho reports an error of its own".to_owned())
        }
        _ => ConnectorError::of(Failure::Rejected, code::ZOHO_REJECTED, &[("reason", &said)]),
    }
}

/// Makes the error for a read that must start again.
pub(super) fn cursor_expired() -> ConnectorError {
    ConnectorError::of(Failure::CursorExpired, code::ZOHO_CURSOR_EXPIRED, &[])
}

/// Makes the error for a list that ends where it announced more.
pub(super) fn broken_off() -> ConnectorError {
    let reason = "the list ends where Zoho had announced more";
    let code = code::SOURCE_INCOMPLETE;
    ConnectorError::of(Failure::CursorExpired, code, &[("reason", &reason)])
}

/// Makes the error for a list that continues beyond the end of Zoho's paging.
pub(super) fn list_too_long() -> ConnectorError {
    ConnectorError::of(Failure::TooLong, code::ZOHO_LIST_TOO_LONG, &[])
}

/// Makes the error for a list that has more pages than any can have: it goes in circles.
pub(super) fn endless() -> ConnectorError {
    stopped(code::ZOHO_LIST_TOO_LONG, &[])
}

/// Makes the error for a read of too many fields.
pub(super) fn too_many_fields() -> ConnectorError {
    stopped(code::ZOHO_TOO_MANY_FIELDS, &[])
}

/// Cuts a message to the greatest length that is passed on.
pub(super) fn cut(message: String) -> String {
    message.chars().take(500).collect()
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json};

    const READ: Kind = Kind::Read { conditional: false, gone: false };

    fn answer(status: u16, body: &Value) -> Answer {
        Answer { status, body: body.to_string().into_bytes(), ..Answer::default() }
    }

    fn read(status: u16, body: &Value) -> ConnectorError {
        decode(answer(status, body), READ).unwrap_err()
    }

    fn flat(code: &str, details: &Value) -> Value {
        json!({"code": code, "details": details, "message": "m", "status": "error"})
    }

    #[test]
    fn errors_are_told_apart() {
        let none = json!({});
        let token = json!({"param_name": "page_token"});
        let fields = json!({"limit": 50, "param_name": "fields"});
        for (status, body, failure, code) in [
            (
                400,
                flat("TOKEN_BOUND_DATA_MISMATCH", &token),
                Failure::CursorExpired,
                code::ZOHO_CURSOR_EXPIRED,
            ),
            (
                400,
                flat("EXPIRED_VALUE", &json!({"api_name": "page_token"})),
                Failure::CursorExpired,
                code::ZOHO_CURSOR_EXPIRED,
            ),
            (400, flat("INVALID_DATA", &token), Failure::CursorExpired, code::ZOHO_CURSOR_EXPIRED),
            (
                400,
                flat("INVALID_DATA", &json!({"param_name": "ids"})),
                Failure::Rejected,
                code::ZOHO_REJECTED,
            ),
            (
                400,
                flat("PAGINATION_LIMIT_EXCEEDED", &token),
                Failure::TooLong,
                code::ZOHO_LIST_TOO_LONG,
            ),
            (400, flat("LIMIT_EXCEEDED", &fields), Failure::Stop, code::ZOHO_TOO_MANY_FIELDS),
            (400, flat("INVALID_MODULE", &none), Failure::Stop, code::ZOHO_MODULE_UNKNOWN),
            (
                400,
                json!({"data": [flat("INVALID_MODULE", &none)]}),
                Failure::Stop,
                code::ZOHO_MODULE_UNKNOWN,
            ),
            (404, flat("INVALID_URL_PATTERN", &none), Failure::Stop, code::ZOHO_MODULE_UNKNOWN),
            (401, flat("OAUTH_SCOPE_MISMATCH", &none), Failure::Stop, code::ZOHO_SCOPE_MISSING),
            (401, flat("INVALID_TOKEN", &none), Failure::Stop, code::ZOHO_TOKEN_REFUSED),
            (401, json!("odd"), Failure::Stop, code::ZOHO_TOKEN_REFUSED),
            (403, flat("NO_PERMISSION", &none), Failure::Stop, code::ZOHO_PERMISSION_MISSING),
            (403, json!("odd"), Failure::Stop, code::ZOHO_PERMISSION_MISSING),
            (429, flat("RATE_LIMIT_EXCEEDED", &none), Failure::Throttled, code::ZOHO_THROTTLED),
            (500, flat("INTERNAL_ERROR", &none), Failure::Unreachable, code::UPSTREAM_UNREACHABLE),
            (502, json!("<html>"), Failure::Unreachable, code::UPSTREAM_UNREACHABLE),
            (200, json!("<html>"), Failure::Unreachable, code::UPSTREAM_PROTOCOL),
            (200, json!({}), Failure::Unreachable, code::UPSTREAM_PROTOCOL),
            (200, json!([]), Failure::Unreachable, code::UPSTREAM_PROTOCOL),
            (302, json!(""), Failure::Unreachable, code::UPSTREAM_PROTOCOL),
            (304, json!(""), Failure::Unreachable, code::UPSTREAM_PROTOCOL),
        ] {
            let error = read(status, &body);
            assert_eq!((error.failure, error.code), (failure, code), "{status} {body}");
        }
    }

    #[test]
    fn half_a_character_is_replaced_and_whole_ones_are_kept() {
        for (text, wanted) in [
            (r#""a\ud83d""#, "\"a\u{fffd}\""),
            (r#""\udc00b\uD83d\u0041""#, "\"\u{fffd}b\u{fffd}\\u0041\""),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""é\ud8""#, r#""é\ud8""#),
            ("\\", "\\"),
        ] {
            assert_eq!(without_halves(text), wanted, "{text}");
        }
        let (body, lossy) = super::read(br#"{"data":[{"id":"1","N":"a\ud83d"}]}"#, READ);
        assert!(lossy && body.contains_key("data"));
        assert_eq!(super::read(b"{\"data\":", READ), (Map::new(), false));
    }

    /// The text of one member would become values that were not weighed.
    #[test]
    fn a_text_stays_a_text() {
        let hidden = json!({"$serde_json::private::RawValue": "[0,0,0]"});
        for kind in [READ, Kind::Write] {
            let error = decode(answer(200, &json!({"data": [hidden], "info": {}})), kind);
            assert_eq!(error.unwrap_err().code, code::UPSTREAM_PROTOCOL);
        }
    }

    #[test]
    fn a_record_with_a_code_field_is_no_error() {
        let body = json!({"data": [{"id": "1", "code": "X"}], "info": {}});
        assert!(decode(answer(200, &body), READ).unwrap().body.is_some());
    }

    #[test]
    fn a_server_that_is_down_may_name_a_time() {
        for (status, retry_after) in [(503, Some(Duration::from_secs(9))), (502, None)] {
            for kind in [READ, Kind::Write] {
                let answer = Answer { retry_after, ..answer(status, &json!("<html>")) };
                assert_eq!(decode(answer, kind).unwrap_err().retry_after, retry_after, "{status}");
            }
        }
    }

    #[test]
    fn a_throttled_call_waits_between_one_and_ten_seconds() {
        for _ in 0..50 {
            let wait = read(429, &json!({})).retry_after.unwrap();
            assert!((Duration::from_secs(1)..=Duration::from_secs(10)).contains(&wait), "{wait:?}");
        }
    }
}

//! Reads of Zoho CRM v8: address, token, in-flight cap, and what each status and error code means
//! (reference, sections 10 and 11). What a list holds is left to `mod.rs`.

use {
    super::{
        super::{
            http::{Answer, Http, Limits, jitter, retry},
            text::clean,
        },
        auth::Auth,
    },
    crate::ports::{ConnectorError, Failure},
    chrono::{DateTime, SecondsFormat, Utc},
    reqwest::{
        Method, Request,
        header::{AUTHORIZATION, HeaderValue, IF_MODIFIED_SINCE},
    },
    serde_json::{Map, Value},
    std::time::Duration,
    tokio::sync::Semaphore,
    url::Url,
};

const LIMITS: Limits = Limits { total: Duration::from_secs(60), body: 32 * 1024 * 1024 };
/// Calls of a connection at once: the smallest edition's concurrency (reference, section 10).
const IN_FLIGHT: usize = 5;
/// Longest wait after a 429, which does not say how long.
const THROTTLED: Duration = Duration::from_secs(10);

/// A connection to the API.
#[derive(Debug)]
pub(super) struct Client {
    http: Http,
    api: Url,
    auth: Auth,
    permits: Semaphore,
}

impl Client {
    /// `api` is the checked address of the API domain.
    pub(super) fn new(http: Http, api: Url, auth: Auth) -> Self {
        Self { http, api, auth, permits: Semaphore::new(IN_FLIGHT) }
    }

    /// Reads a list of a module. `None` means an empty answer: 204, or 304 when `since` is given.
    pub(super) async fn list(
        &self,
        module: &str,
        parameters: &[(&str, &str)],
        since: Option<DateTime<Utc>>,
    ) -> Result<Option<Map<String, Value>>, ConnectorError> {
        let named = !module.is_empty()
            && module.len() <= 100
            && module.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !named {
            let message = "the module's API name may hold letters, digits and underscores only";
            return Err(stop("ZOHO_MODULE_UNKNOWN", message));
        }
        let mut url = self.api.clone();
        url.set_path(&format!("/crm/v8/{module}"));
        url.query_pairs_mut().extend_pairs(parameters);
        retry(|| self.attempt(&url, since)).await
    }

    /// Makes one try; a refused token is renewed once.
    async fn attempt(
        &self,
        url: &Url,
        since: Option<DateTime<Utc>>,
    ) -> Result<Option<Map<String, Value>>, ConnectorError> {
        let token = self.auth.header().await?;
        let answer = self.send(url, since, &token).await?;
        if answer.status != 401
            || error_code(&answer.body).as_deref() == Some("OAUTH_SCOPE_MISMATCH")
        {
            return decode(&answer, since.is_some());
        }
        self.auth.forget(&token).await;
        let token = self.auth.header().await?;
        decode(&self.send(url, since, &token).await?, since.is_some())
    }

    async fn send(
        &self,
        url: &Url,
        since: Option<DateTime<Utc>>,
        token: &HeaderValue,
    ) -> Result<Answer, ConnectorError> {
        let mut request = Request::new(Method::GET, url.clone());
        request.headers_mut().insert(AUTHORIZATION, token.clone());
        let since = since.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, false));
        if let Some(since) = since.and_then(|since| HeaderValue::from_str(&since).ok()) {
            request.headers_mut().insert(IF_MODIFIED_SINCE, since);
        }
        let _permit = self.permits.acquire().await;
        self.http.send(request, LIMITS).await.map_err(|broken| broken.error(url))
    }
}

/// Reads an answer, or tells what its error means.
fn decode(
    answer: &Answer,
    conditional: bool,
) -> Result<Option<Map<String, Value>>, ConnectorError> {
    match answer.status {
        204 => return Ok(None),
        304 if conditional => return Ok(None),
        429 => {
            let mut error = ConnectorError::new(
                Failure::Throttled,
                "ZOHO_THROTTLED",
                "Zoho's limit of calls at once or of credits in 24 hours is used up",
            );
            let wait = answer.retry_after.unwrap_or_else(|| jitter(THROTTLED));
            error.retry_after = Some(wait.max(Duration::from_secs(1)));
            return Err(error);
        }
        500..=599 => {
            let message = format!("Zoho answered with status {}", answer.status);
            return Err(ConnectorError::new(Failure::Unreachable, "UPSTREAM_UNREACHABLE", message));
        }
        _ => {}
    }
    let body = serde_json::from_slice::<Map<String, Value>>(&answer.body).unwrap_or_default();
    match (answer.status, envelope(&body)) {
        (status, Some(error)) => Err(refusal(status, error)),
        (status @ (401 | 403), None) => Err(refusal(status, &body)),
        (200, None) if body.contains_key("data") => Ok(Some(body)),
        (status, None) => {
            Err(protocol(format!("Zoho's answer with status {status} is not as documented")))
        }
    }
}

/// Makes the error for an answer that is not as documented.
pub(super) fn protocol(message: impl Into<String>) -> ConnectorError {
    ConnectorError::new(Failure::Unreachable, "UPSTREAM_PROTOCOL", message)
}

/// Makes the error that ends a run.
pub(super) fn stop(code: &'static str, message: impl Into<String>) -> ConnectorError {
    ConnectorError::new(Failure::Stop, code, message)
}

fn error_code(body: &[u8]) -> Option<String> {
    let body = serde_json::from_slice::<Map<String, Value>>(body).ok()?;
    Some(envelope(&body)?.get("code")?.as_str()?.to_owned())
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

/// Tells what an error object means for a read.
fn refusal(status: u16, error: &Map<String, Value>) -> ConnectorError {
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
        ("OAUTH_SCOPE_MISMATCH", _) => {
            stop("ZOHO_SCOPE_MISSING", "the refresh token lacks the scope to read this module")
        }
        ("PAGINATION_LIMIT_EXCEEDED" | "DISCRETE_PAGINATION_LIMIT_EXCEEDED", _) => list_too_long(),
        ("LIMIT_EXCEEDED", _) if about("fields") => too_many_fields(),
        ("INVALID_MODULE" | "INVALID_URL_PATTERN" | "RESOURCE_NOT_FOUND", _) | (_, 404) => {
            stop("ZOHO_MODULE_UNKNOWN", "Zoho has no module of this API name that the API can read")
        }
        ("NO_PERMISSION" | "NOT_SUPPORTED" | "AUTHORIZATION_FAILED", _) | (_, 403) => {
            let message = cut(format!("the Zoho user may not read this module ({said})"));
            stop("ZOHO_PERMISSION_MISSING", message)
        }
        (_, 401) => stop(
            "ZOHO_TOKEN_REFUSED",
            "Zoho refuses a fresh access token; accounts server and API domain must be of one data \
             centre",
        ),
        ("INTERNAL_ERROR", _) => ConnectorError::new(
            Failure::Unreachable,
            "UPSTREAM_UNREACHABLE",
            "Zoho reports an error of its own",
        ),
        _ => ConnectorError::new(
            Failure::Rejected,
            "ZOHO_REJECTED",
            cut(format!("Zoho refused the read ({said})")),
        ),
    }
}

fn cursor_expired() -> ConnectorError {
    let message = "Zoho no longer accepts the page token; the list must be read anew";
    ConnectorError::new(Failure::CursorExpired, "ZOHO_CURSOR_EXPIRED", message)
}

/// Makes the error for a list that goes on where Zoho's paging ends.
pub(super) fn list_too_long() -> ConnectorError {
    stop("ZOHO_LIST_TOO_LONG", "the list is longer than Zoho's paging reaches")
}

/// Makes the error for a read of too many fields.
pub(super) fn too_many_fields() -> ConnectorError {
    let message =
        "a list read takes at most 50 fields, id and Modified_Time included; map fewer fields";
    stop("ZOHO_TOO_MANY_FIELDS", message)
}

fn cut(message: String) -> String {
    message.chars().take(500).collect()
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json};

    fn read(status: u16, body: &Value) -> ConnectorError {
        let body = body.to_string().into_bytes();
        decode(&Answer { status, body, retry_after: None }, false).unwrap_err()
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
                "ZOHO_CURSOR_EXPIRED",
            ),
            (
                400,
                flat("EXPIRED_VALUE", &json!({"api_name": "page_token"})),
                Failure::CursorExpired,
                "ZOHO_CURSOR_EXPIRED",
            ),
            (400, flat("INVALID_DATA", &token), Failure::CursorExpired, "ZOHO_CURSOR_EXPIRED"),
            (
                400,
                flat("INVALID_DATA", &json!({"param_name": "ids"})),
                Failure::Rejected,
                "ZOHO_REJECTED",
            ),
            (400, flat("PAGINATION_LIMIT_EXCEEDED", &token), Failure::Stop, "ZOHO_LIST_TOO_LONG"),
            (400, flat("LIMIT_EXCEEDED", &fields), Failure::Stop, "ZOHO_TOO_MANY_FIELDS"),
            (400, flat("INVALID_MODULE", &none), Failure::Stop, "ZOHO_MODULE_UNKNOWN"),
            (
                400,
                json!({"data": [flat("INVALID_MODULE", &none)]}),
                Failure::Stop,
                "ZOHO_MODULE_UNKNOWN",
            ),
            (404, flat("INVALID_URL_PATTERN", &none), Failure::Stop, "ZOHO_MODULE_UNKNOWN"),
            (401, flat("OAUTH_SCOPE_MISMATCH", &none), Failure::Stop, "ZOHO_SCOPE_MISSING"),
            (401, flat("INVALID_TOKEN", &none), Failure::Stop, "ZOHO_TOKEN_REFUSED"),
            (401, json!("odd"), Failure::Stop, "ZOHO_TOKEN_REFUSED"),
            (403, flat("NO_PERMISSION", &none), Failure::Stop, "ZOHO_PERMISSION_MISSING"),
            (403, json!("odd"), Failure::Stop, "ZOHO_PERMISSION_MISSING"),
            (429, flat("RATE_LIMIT_EXCEEDED", &none), Failure::Throttled, "ZOHO_THROTTLED"),
            (500, flat("INTERNAL_ERROR", &none), Failure::Unreachable, "UPSTREAM_UNREACHABLE"),
            (502, json!("<html>"), Failure::Unreachable, "UPSTREAM_UNREACHABLE"),
            (200, json!("<html>"), Failure::Unreachable, "UPSTREAM_PROTOCOL"),
            (200, json!({"users": []}), Failure::Unreachable, "UPSTREAM_PROTOCOL"),
            (200, json!([]), Failure::Unreachable, "UPSTREAM_PROTOCOL"),
            (302, json!(""), Failure::Unreachable, "UPSTREAM_PROTOCOL"),
            (304, json!(""), Failure::Unreachable, "UPSTREAM_PROTOCOL"),
        ] {
            let error = read(status, &body);
            assert_eq!((error.failure, error.code), (failure, code), "{status} {body}");
        }
    }

    #[test]
    fn a_record_with_a_code_field_is_no_error() {
        let body = json!({"data": [{"id": "1", "code": "X"}], "info": {}}).to_string().into_bytes();
        assert!(decode(&Answer { status: 200, body, retry_after: None }, false).unwrap().is_some());
    }

    #[test]
    fn a_throttled_call_waits_between_one_and_ten_seconds() {
        for _ in 0..50 {
            let wait = read(429, &json!({})).retry_after.unwrap();
            assert!((Duration::from_secs(1)..=Duration::from_secs(10)).contains(&wait), "{wait:?}");
        }
    }
}

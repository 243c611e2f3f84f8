//! Calls of Moodle's web services: address, token, in-flight cap, and what each answer means
//! (reference, sections 1 and 2). Reads are repeated when they fail; writes never.

use {
    super::{
        super::{
            http::{Answer, Broken, Http, Limits, retry},
            text::clean,
        },
        form::Form,
    },
    crate::ports::{ConnectorError, Failure},
    bytes::Bytes,
    reqwest::{
        Method, Request,
        header::{CONTENT_TYPE, HeaderValue},
    },
    secrecy::{ExposeSecret as _, SecretString},
    serde_json::{Map, Value},
    std::{fmt, sync::Arc, time::Duration},
    tokio::sync::Semaphore,
    url::Url,
};

const LIMITS: Limits = Limits { total: Duration::from_secs(60), body: 64 * 1024 * 1024 };
/// Wait after a maintenance notice, which does not say how long.
const MAINTENANCE: Duration = Duration::from_secs(60);
/// Variables that every call has: token, function, format.
pub(super) const CONTROL_VARIABLES: usize = 3;

/// Whether a call changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
}

/// A connection to a site.
pub(super) struct Client {
    http: Http,
    endpoint: Url,
    token: SecretString,
    permits: Arc<Semaphore>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("host", &self.endpoint.host_str()).finish_non_exhaustive()
    }
}

impl Client {
    /// `site` is the checked base address; `permits` is shared by all connections to the site.
    pub(super) fn new(
        http: Http,
        site: &Url,
        token: SecretString,
        permits: Arc<Semaphore>,
    ) -> Self {
        let mut endpoint = site.clone();
        let base = site.path().trim_end_matches('/');
        endpoint.set_path(&format!("{base}/webservice/rest/server.php"));
        Self { http, endpoint, token, permits }
    }

    /// Calls a function that changes nothing; `fill` adds its parameters.
    pub(super) async fn read(
        &self,
        function: &'static str,
        fill: impl FnOnce(&mut Form),
    ) -> Result<Value, ConnectorError> {
        let mut form = self.form(function);
        // Without it names come back escaped and differences never end (reference, section 3).
        form.text("moodlewssettingraw", "1");
        fill(&mut form);
        let body = Bytes::from(form.finish());
        retry(|| self.call(Kind::Read, body.clone())).await
    }

    /// Calls a function that changes something, once; `fill` adds its parameters.
    pub(super) async fn write(
        &self,
        function: &'static str,
        fill: impl FnOnce(&mut Form),
    ) -> Result<Value, ConnectorError> {
        let mut form = self.form(function);
        fill(&mut form);
        self.call(Kind::Write, form.finish().into()).await
    }

    fn form(&self, function: &str) -> Form {
        let mut form = Form::new();
        form.text("wstoken", self.token.expose_secret());
        form.text("wsfunction", function);
        form.text("moodlewsrestformat", "json");
        form
    }

    async fn call(&self, kind: Kind, body: Bytes) -> Result<Value, ConnectorError> {
        let mut request = Request::new(Method::POST, self.endpoint.clone());
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        *request.body_mut() = Some(body.into());
        let answer = {
            let _permit = self.permits.acquire().await;
            self.http.send(request, LIMITS).await
        };
        match answer {
            Ok(answer) => decode(kind, &answer, self.token.expose_secret()),
            Err(broken) => Err(self.broken(kind, broken)),
        }
    }

    fn broken(&self, kind: Kind, broken: Broken) -> ConnectorError {
        let mut error = broken.error(&self.endpoint);
        let sent = matches!(broken, Broken::Cut | Broken::TooLarge);
        if kind == Kind::Write && sent {
            error.failure = Failure::Ambiguous;
        }
        error
    }
}

/// Reads an answer of a web service, or tells what it means.
fn decode(kind: Kind, answer: &Answer, token: &str) -> Result<Value, ConnectorError> {
    if answer.status != 200 {
        return Err(refused_by_status(kind, answer));
    }
    let Ok(value) = serde_json::from_slice::<Value>(&answer.body) else {
        return Err(protocol(kind, "Moodle's answer is not JSON"));
    };
    match &value {
        Value::Object(error)
            if error.contains_key("exception") || error.contains_key("errorcode") =>
        {
            Err(refused_by_moodle(kind, error, token))
        }
        _ => Ok(value),
    }
}

/// Makes the error for an answer that is not as documented: of a write nobody knows what it did.
fn protocol(kind: Kind, message: &str) -> ConnectorError {
    unclear(kind, "UPSTREAM_PROTOCOL", message)
}

/// Makes the error for a write whose answer is not as documented.
pub(super) fn unclear_write(message: &str) -> ConnectorError {
    protocol(Kind::Write, message)
}

/// Makes the error for a read whose answer is not as documented.
pub(super) fn unclear_read(message: &str) -> ConnectorError {
    protocol(Kind::Read, message)
}

fn unclear(kind: Kind, code: &'static str, message: &str) -> ConnectorError {
    let failure = match kind {
        Kind::Read => Failure::Unreachable,
        Kind::Write => Failure::Ambiguous,
    };
    ConnectorError::new(failure, code, message)
}

fn refused_by_status(kind: Kind, answer: &Answer) -> ConnectorError {
    let status = answer.status;
    match status {
        300..=399 => {
            let message = "the Moodle site answers with a redirect; enter its address exactly as \
                           in its own wwwroot setting";
            stop("MOODLE_REDIRECTED", message)
        }
        401 | 403 => {
            let message = "web services or the REST protocol are off on the Moodle site, or it \
                           refuses our address";
            stop("MOODLE_SERVICE_OFF", message)
        }
        404 | 405 | 410 => {
            stop("MOODLE_SERVICE_OFF", "there is no Moodle web service at this address")
        }
        429 => {
            let message = "the Moodle site asks to send fewer calls";
            let mut error = ConnectorError::new(Failure::Throttled, "MOODLE_THROTTLED", message);
            error.retry_after = answer.retry_after.or(Some(MAINTENANCE));
            error
        }
        503 => maintenance(),
        400..=499 if status != 408 => {
            let message = format!("the Moodle site refused the call with status {status}");
            ConnectorError::new(Failure::Rejected, "MOODLE_REJECTED", message)
        }
        408 | 500..=599 => unclear(
            kind,
            "UPSTREAM_UNREACHABLE",
            &format!("the Moodle site answered with status {status}"),
        ),
        _ => protocol(kind, &format!("Moodle's answer with status {status} is not as documented")),
    }
}

/// Tells what an error object means: by `errorcode`, never by class or text, with one exception for
/// functions that are missing, whose code is shared with missing records.
fn refused_by_moodle(kind: Kind, error: &Map<String, Value>, token: &str) -> ConnectorError {
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    let (code, said) = (text("errorcode"), text("message"));
    match code {
        "sitemaintenance" => maintenance(),
        "invalidtoken" => stop(
            "MOODLE_TOKEN_INVALID",
            "Moodle does not know the web-service token; make a new one",
        ),
        "accessexception" => stop(
            "MOODLE_ACCESS_REFUSED",
            "Moodle refuses access: the function is not in the token's service, or the service is \
             disabled, or the account lacks webservice/rest:use, or token, address or user are \
             restricted",
        ),
        "invalidrecord" if said.contains("external_functions") => stop(
            "MOODLE_FUNCTION_MISSING",
            "this Moodle version lacks a web-service function that is needed",
        ),
        "nopermissions" => {
            let what = clean(said, &[token]);
            stop(
                "MOODLE_CAPABILITY_MISSING",
                &format!("the Moodle account lacks a capability ({what})"),
            )
        }
        "invalidresponse" | "" if kind == Kind::Write => {
            protocol(kind, "Moodle failed while it answered; part of the write may be stored")
        }
        code if code.starts_with("dml") => {
            unclear(kind, "UPSTREAM_UNREACHABLE", "Moodle's database refused a statement")
        }
        code => {
            let code = clean(if code.is_empty() { "no error code" } else { code }, &[token]);
            rejected(&format!("Moodle refused the call ({code}): {}", clean(said, &[token])))
        }
    }
}

/// Makes the error for a call that was refused for what it holds.
pub(super) fn rejected(message: &str) -> ConnectorError {
    let message = message.chars().take(500).collect::<String>();
    ConnectorError::new(Failure::Rejected, "MOODLE_REJECTED", message)
}

/// Makes the error that ends a run.
pub(super) fn stop(code: &'static str, message: &str) -> ConnectorError {
    ConnectorError::new(Failure::Stop, code, message.chars().take(500).collect::<String>())
}

fn maintenance() -> ConnectorError {
    let message = "the Moodle site is in maintenance mode";
    let mut error = ConnectorError::new(Failure::Unreachable, "MOODLE_MAINTENANCE", message);
    error.retry_after = Some(MAINTENANCE);
    error
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json};

    fn told(kind: Kind, status: u16, body: &str) -> ConnectorError {
        let answer = Answer { status, body: body.into(), retry_after: None };
        decode(kind, &answer, "0123456789abcdef").unwrap_err()
    }

    #[test]
    fn statuses() {
        for (status, failure, code) in [
            (301, Failure::Stop, "MOODLE_REDIRECTED"),
            (303, Failure::Stop, "MOODLE_REDIRECTED"),
            (403, Failure::Stop, "MOODLE_SERVICE_OFF"),
            (404, Failure::Stop, "MOODLE_SERVICE_OFF"),
            (413, Failure::Rejected, "MOODLE_REJECTED"),
            (429, Failure::Throttled, "MOODLE_THROTTLED"),
            (503, Failure::Unreachable, "MOODLE_MAINTENANCE"),
            (502, Failure::Ambiguous, "UPSTREAM_UNREACHABLE"),
            (408, Failure::Ambiguous, "UPSTREAM_UNREACHABLE"),
            (204, Failure::Ambiguous, "UPSTREAM_PROTOCOL"),
        ] {
            let error = told(Kind::Write, status, "<html>");
            assert_eq!((error.failure, error.code), (failure, code), "{status}");
        }
        assert_eq!(told(Kind::Read, 502, "").failure, Failure::Unreachable);
    }

    #[test]
    fn error_codes() {
        use Failure::{Ambiguous, Rejected, Stop, Unreachable};
        for (code, message, read, write, word) in [
            ("sitemaintenance", "", Unreachable, Unreachable, "MOODLE_MAINTENANCE"),
            ("invalidtoken", "", Stop, Stop, "MOODLE_TOKEN_INVALID"),
            ("accessexception", "", Stop, Stop, "MOODLE_ACCESS_REFUSED"),
            ("invalidrecord", "no external_functions", Stop, Stop, "MOODLE_FUNCTION_MISSING"),
            ("invalidrecord", "no course", Rejected, Rejected, "MOODLE_REJECTED"),
            ("nopermissions", "", Stop, Stop, "MOODLE_CAPABILITY_MISSING"),
            ("dmlwriteexception", "", Unreachable, Ambiguous, "UPSTREAM_UNREACHABLE"),
            ("invalidparameter", "", Rejected, Rejected, "MOODLE_REJECTED"),
            ("<div>Passwords must be</div>", "", Rejected, Rejected, "MOODLE_REJECTED"),
        ] {
            let body =
                json!({"exception": "moodle_exception", "errorcode": code, "message": message})
                    .to_string();
            for (kind, failure) in [(Kind::Read, read), (Kind::Write, write)] {
                let error = told(kind, 200, &body);
                assert_eq!((error.failure, error.code), (failure, word), "{kind:?} {code}");
                assert!(!error.message.contains('<'), "{error}");
            }
        }
        assert_eq!(told(Kind::Write, 200, r#"{"errorcode":"invalidresponse"}"#).failure, Ambiguous);
        assert_eq!(told(Kind::Read, 200, r#"{"errorcode":"invalidresponse"}"#).failure, Rejected);
    }

    #[test]
    fn an_answer_that_cannot_be_read_leaves_a_write_open() {
        let bodies = ["", "<html>", "[{\"id\":1", r#"{"exception":"TypeError","message":"x"}"#];
        for body in bodies {
            assert_eq!(told(Kind::Write, 200, body).failure, Failure::Ambiguous, "{body}");
            assert_ne!(told(Kind::Read, 200, body).failure, Failure::Ambiguous, "{body}");
        }
    }

    #[test]
    fn nothing_private_is_passed_on() {
        let body = json!({
            "errorcode": "0123456789abcdef",
            "message": "token 0123456789abcdef at https://m.example/x?wstoken=y",
            "debuginfo": "INSERT INTO mdl_user",
        });
        let error = told(Kind::Write, 200, &body.to_string());
        assert_eq!(error.message, "Moodle refused the call (***): token *** at https://m.example");
    }
}

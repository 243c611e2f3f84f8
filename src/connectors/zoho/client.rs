//! Calls of Zoho CRM v8: address, token, in-flight limit, time-outs, counts. The meaning of answers
//! is in `answer.rs`, their content in the files of the subjects.

use {
    super::{
        super::{
            http::{Answer, Broken, Http, Limits, retry, without},
            usage::Meter,
        },
        answer::{
            Kind, Reply, cursor_expired, decode, error_code, error_parameter, protocol,
            scope_missing, stop,
        },
        auth::Auth,
    },
    crate::{
        domain::{
            code::{self, Provider},
            exchange,
        },
        ports::{ConnectorError, Failure, Usage, heard},
    },
    bytes::Bytes,
    chrono::{DateTime, SecondsFormat, Utc},
    reqwest::{
        Method, Request,
        header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, IF_MODIFIED_SINCE},
    },
    serde_json::Value,
    std::{
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
        time::{Duration, Instant},
    },
    tokio::sync::Semaphore,
    url::Url,
};

/// What messages call the system.
const SYSTEM: &str = "Zoho CRM";
/// Longest answer, in bytes.
const BODY: usize = 32 * 1024 * 1024;
/// A bulk result may hold 200,000 rows.
const DOWNLOAD: Limits = Limits { total: Duration::from_secs(600), body: 256 * 1024 * 1024 };
/// Calls of a connection at once: the smallest edition's concurrency (docs/src/zoho.md, "Limits and
/// credits").
pub(in crate::connectors) const IN_FLIGHT: usize = 5;
/// Longest name of a module or field.
const NAME_MAX: usize = 100;

/// Asks a read for the records that it leaves out otherwise (docs/src/zoho.md, "Records that lists leave out").
const EVERY_RECORD: [(&str, &str); 2] = [("approved", "both"), ("converted", "both")];

/// A connection to the API.
#[derive(Debug)]
pub(super) struct Client {
    http: Http,
    api: Url,
    auth: Auth,
    permits: Semaphore,
    meter: Arc<Meter>,
    /// True once Zoho has refused to be asked for every record.
    narrow: AtomicBool,
}

/// A call that is to be made.
#[derive(Debug)]
pub(super) struct Call<'a> {
    method: Method,
    path: String,
    parameters: &'a [(&'a str, &'a str)],
    since: Option<DateTime<Utc>>,
    body: Option<Bytes>,
    kind: Kind,
    credits: u64,
    every_record: Ask,
}

/// Whether a read asks for the records that are left out otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    Never,
    /// Unless Zoho has refused it before.
    UnlessRefused,
    /// Whatever Zoho said before.
    Always,
}

impl<'a> Call<'a> {
    /// A read of one credit; `path` begins with `/crm/`.
    pub(super) fn read(path: String, parameters: &'a [(&'a str, &'a str)]) -> Self {
        let kind = Kind::Read { conditional: false, gone: false };
        let (since, body, credits, every_record) = (None, None, 1, Ask::Never);
        Self { method: Method::GET, path, parameters, since, body, kind, credits, every_record }
    }

    /// Also records that wait for an approval or were converted, unless Zoho refuses to be asked for them. The `first` call
    /// of a list asks again where it was refused before.
    pub(super) fn every_record(self, first: bool) -> Self {
        Self { every_record: if first { Ask::Always } else { Ask::UnlessRefused }, ..self }
    }

    /// Only what changed after this time; the answer that nothing changed is an empty one.
    pub(super) fn since(mut self, since: Option<DateTime<Utc>>) -> Self {
        self.since = since;
        if let Kind::Read { conditional, .. } = &mut self.kind {
            *conditional = since.is_some();
        }
        self
    }

    /// A refusal of the id is an empty answer: the record is gone.
    pub(super) fn may_be_gone(mut self) -> Self {
        if let Kind::Read { gone, .. } = &mut self.kind {
            *gone = true;
        }
        self
    }

    /// Returns the scope that the call needs (docs/src/zoho.md, "Access tokens").
    fn scope(&self) -> &'static str {
        let under = |start: &str| self.path.starts_with(start);
        if under("/crm/bulk/") {
            "ZohoCRM.bulk.READ"
        } else if under("/crm/v8/coql") {
            "ZohoCRM.coql.READ"
        } else if under("/crm/v8/settings/") {
            "ZohoCRM.settings.fields.READ"
        } else if self.kind == Kind::Write {
            "ZohoCRM.modules.ALL"
        } else {
            "ZohoCRM.modules.READ"
        }
    }

    /// A read that is posted, such as a query.
    pub(super) fn posted(path: String, body: &Value, credits: u64) -> Self {
        let body = Some(Bytes::from(body.to_string()));
        Self { method: Method::POST, body, credits, ..Self::read(path, &[]) }
    }

    /// A write of this many records, each with an outcome of its own.
    pub(super) fn write(method: Method, path: String, body: &Value, records: usize) -> Self {
        let credits = u64::try_from(records.div_ceil(10)).unwrap_or(u64::MAX).max(1);
        Self { method, kind: Kind::Write, ..Self::posted(path, body, credits) }
    }
}

impl Client {
    /// `api` is the checked address of the API domain.
    pub(super) fn new(http: Http, api: Url, auth: Auth, meter: Arc<Meter>) -> Self {
        let (permits, narrow) = (Semaphore::new(IN_FLIGHT), AtomicBool::new(false));
        Self { http, api, auth, permits, meter, narrow }
    }

    /// Returns what its calls have used since the last query.
    pub(super) fn take_usage(&self) -> Usage {
        self.meter.take()
    }

    /// Makes a call: reads up to three times, writes once.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Reply, ConnectorError> {
        let attempt = || async { self.read(call).await?.whole() };
        match call.kind {
            Kind::Read { .. } => retry(attempt).await,
            Kind::Write => attempt().await,
        }
    }

    /// Reads a page in which single records may hold bytes that are not text.
    pub(super) async fn page(&self, call: &Call<'_>) -> Result<Reply, ConnectorError> {
        retry(|| self.read(call)).await
    }

    /// Makes one try and reads its answer.
    async fn read(&self, call: &Call<'_>) -> Result<Reply, ConnectorError> {
        let mut wide = match call.every_record {
            Ask::Never => false,
            Ask::UnlessRefused => !self.narrow.load(Ordering::Relaxed),
            Ask::Always => true,
        };
        let mut answer = self.attempt(call, wide).await?;
        if wide {
            let refused = is_about_every_record(&answer);
            self.narrow.store(refused, Ordering::Relaxed);
            if refused {
                drop(answer);
                wide = false;
                answer = self.attempt(call, wide).await?;
            }
        }
        match self.http.decode(answer.is_long(), || decode(answer, call.kind)).await {
            Ok(reply) => Ok(Reply { hides: call.every_record != Ask::Never && !wide, ..reply }),
            Err(error) if error.code == code::ZOHO_SCOPE_MISSING => {
                Err(scope_missing(call.scope()))
            }
            Err(error) => Err(error),
        }
    }

    /// Makes one try; a refused token is renewed once.
    async fn attempt(&self, call: &Call<'_>, wide: bool) -> Result<Answer, ConnectorError> {
        let token = self.auth.header().await?;
        let answer = self.send(call, wide, &token).await?;
        if !is_dead_token(&answer) {
            return Ok(answer);
        }
        // Its memory is given back before the next answer is waited for.
        drop(answer);
        self.auth.forget(&token).await;
        let token = self.auth.header().await?;
        self.send(call, wide, &token).await
    }

    async fn send(
        &self,
        call: &Call<'_>,
        wide: bool,
        token: &HeaderValue,
    ) -> Result<Answer, ConnectorError> {
        let url = self.url(call, wide);
        let mut request = self.request(call.method.clone(), &url, token);
        if let Some(since) = call.since.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, false))
            && let Ok(since) = HeaderValue::from_str(&since)
        {
            request.headers_mut().insert(IF_MODIFIED_SINCE, since);
        }
        if let Some(body) = &call.body {
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().insert(CONTENT_TYPE, json);
            *request.body_mut() = Some(body.clone().into());
        }
        let since = Instant::now();
        let answer = {
            let _permit = self.permits.acquire().await;
            self.http.send(request, self.http.limits(1, BODY)).await
        };
        self.count(&answer, call.credits);
        if call.kind == Kind::Write {
            heard::note(|| heard(call, &answer, token, since.elapsed()));
        }
        answer.map_err(|broken| {
            let mut error = broken.error(SYSTEM, &url).about(Provider::Zoho);
            if call.kind == Kind::Write && broken.was_sent() {
                error.failure = Failure::Ambiguous;
            }
            error
        })
    }

    /// Writes an answer of status 200 into a file; up to two tries, because Zoho counts them.
    pub(super) async fn download(
        &self,
        path: &str,
        file: &mut tokio::fs::File,
    ) -> Result<(), ConnectorError> {
        let url = self.url(&Call::read(path.to_owned(), &[]), false);
        for last in [false, true] {
            let token = self.auth.header().await?;
            let answer = {
                let request = self.request(Method::GET, &url, &token);
                let _permit = self.permits.acquire().await;
                self.http.download(request, DOWNLOAD, file).await
            };
            self.count(&answer, 1);
            let answer =
                answer.map_err(|broken| broken.error(SYSTEM, &url).about(Provider::Zoho))?;
            if answer.status == 200 {
                return Ok(());
            }
            if answer.status == 404 {
                // Results are kept for about a day.
                return Err(cursor_expired());
            }
            if last || !is_dead_token(&answer) {
                let kind = Kind::Read { conditional: false, gone: false };
                return Err(match decode(answer, kind) {
                    Err(error) => error,
                    Ok(_) => protocol("Zoho's bulk result is not a file"),
                });
            }
            drop(answer);
            self.auth.forget(&token).await;
        }
        Err(protocol("Zoho's bulk result is not a file"))
    }

    fn url(&self, call: &Call<'_>, wide: bool) -> Url {
        let mut url = self.api.clone();
        url.set_path(&call.path);
        if !call.parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(call.parameters);
        }
        if wide {
            url.query_pairs_mut().extend_pairs(EVERY_RECORD);
        }
        url
    }

    fn request(&self, method: Method, url: &Url, token: &HeaderValue) -> Request {
        let mut request = Request::new(method, url.clone());
        request.headers_mut().insert(AUTHORIZATION, token.clone());
        request
    }

    fn count(&self, answer: &Result<Answer, Broken>, credits: u64) {
        match answer {
            Err(Broken::Forbidden | Broken::Connect(_)) => {}
            Err(_) => self.meter.zoho(credits, None),
            Ok(answer) => self.meter.zoho(credits, answer.credits_left),
        }
    }
}

/// Returns a write with its answer, without the token.
fn heard(
    call: &Call<'_>,
    answer: &Result<Answer, Broken>,
    token: &HeaderValue,
    took: Duration,
) -> exchange::Call {
    let token = token.as_bytes();
    // What follows the word for the kind of token is the token.
    let token = token.rsplit(|byte| *byte == b' ').next().unwrap_or(token);
    let answer = answer.as_ref().ok();
    exchange::Call {
        provider: Provider::Zoho,
        method: format!("{} {}", call.method, call.path),
        request: exchange::Body::Json(without(call.body.as_deref().unwrap_or_default(), token)),
        answer: answer.map(|answer| without(&answer.body, token)).unwrap_or_default(),
        http_status: answer.map(|answer| answer.status),
        took,
    }
}

fn is_about_every_record(answer: &Answer) -> bool {
    answer.status == 400
        && !answer.is_long()
        && error_parameter(&answer.body)
            .is_some_and(|name| EVERY_RECORD.iter().any(|(own, _)| *own == name))
}

fn is_dead_token(answer: &Answer) -> bool {
    // The refusal of a token is a short text.
    answer.status == 401
        && !answer.is_long()
        && error_code(&answer.body).as_deref() != Some("OAUTH_SCOPE_MISMATCH")
}

/// Checks the API name of a module, which becomes part of addresses and queries.
pub(super) fn module(name: &str) -> Result<&str, ConnectorError> {
    if is_name(name) {
        return Ok(name);
    }
    let message = "the module's API name may hold letters, digits and underscores only";
    Err(stop(code::ZOHO_MODULE_UNKNOWN, message))
}

/// Returns whether a text can be an API name.
pub(super) fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

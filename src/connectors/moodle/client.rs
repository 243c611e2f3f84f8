//! Calls of Moodle's web services: address, token, in-flight limit, counts. The meaning of answers
//! is in `answer.rs`. Reads are repeated if they fail; writes never.

use {
    super::{
        super::{
            http::{Answer, Broken, Http, retry},
            usage::Meter,
        },
        answer::{Codes, Kind, Words, decode, rejected, unanswered},
        form::Form,
        site::Site,
    },
    crate::ports::{ConnectorError, Failure},
    bytes::Bytes,
    reqwest::{
        Method, Request,
        header::{CONTENT_TYPE, HeaderValue},
    },
    secrecy::{ExposeSecret as _, SecretString},
    serde_json::Value,
    std::{fmt, sync::Arc},
    url::Url,
};

/// Longest answer, in bytes.
const BODY: usize = 64 * 1024 * 1024;
/// A slow call may take this many times as long as others.
const SLOW: u32 = 2;
/// Variables that every call has: token, function, format.
pub(super) const CONTROL_VARIABLES: usize = 3;

/// A connection to a site.
pub(super) struct Client {
    http: Http,
    endpoint: Url,
    token: SecretString,
    site: Arc<Site>,
    meter: Arc<Meter>,
    max_vars: usize,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("host", &self.endpoint.host_str()).finish_non_exhaustive()
    }
}

/// A call that is to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    function: &'a str,
    kind: Kind,
    patience: u32,
    codes: Codes,
}

impl<'a> Call<'a> {
    /// A call of a function that changes nothing.
    pub(super) const fn read(function: &'a str) -> Self {
        Self { function, kind: Kind::Read, patience: 1, codes: &[] }
    }

    /// A call of a function that changes something.
    pub(super) const fn write(function: &'a str) -> Self {
        Self { kind: Kind::Write, ..Self::read(function) }
    }

    /// The call may take longer than others: grade reports take about 20 ms for each user
    /// (docs/src/moodle.md, "Grades").
    pub(super) const fn slow(mut self) -> Self {
        self.patience = SLOW;
        self
    }

    /// The meaning of some of Moodle's error codes for this function: nothing was done.
    pub(super) const fn told_by(mut self, codes: Codes) -> Self {
        self.codes = codes;
        self
    }
}

impl Client {
    /// `base` is the checked base address; `site` is shared by all connections to it.
    pub(super) fn new(
        http: Http,
        base: &Url,
        token: SecretString,
        (site, meter): (Arc<Site>, Arc<Meter>),
        max_vars: usize,
    ) -> Self {
        let mut endpoint = base.clone();
        let path = base.path().trim_end_matches('/');
        endpoint.set_path(&format!("{path}/webservice/rest/server.php"));
        Self { http, endpoint, token, site, meter, max_vars }
    }

    /// Returns the greatest number of variables of a call.
    pub(super) const fn max_vars(&self) -> usize {
        self.max_vars
    }

    /// Returns the number of variables left for the content of a call.
    pub(super) const fn room(&self) -> usize {
        self.max_vars.saturating_sub(CONTROL_VARIABLES)
    }

    /// Makes a call, reads up to three times, writes once; `fill` adds its parameters.
    pub(super) async fn call(
        &self,
        call: Call<'_>,
        fill: impl FnOnce(&mut Form),
    ) -> Result<Value, ConnectorError> {
        let mut form = Form::new();
        form.text("wstoken", self.token.expose_secret());
        form.text("wsfunction", call.function);
        form.text("moodlewsrestformat", "json");
        if call.kind == Kind::Read {
            // Without it, names come back escaped and the differences never end
            // (docs/src/moodle.md, "Requests").
            form.text("moodlewssettingraw", "1");
        }
        fill(&mut form);
        // PHP silently drops variables beyond the limit.
        if form.count() > self.max_vars {
            return Err(rejected(&format!(
                "a call may hold {} form variables; send fewer records at once",
                self.max_vars
            )));
        }
        let body = Bytes::from(form.finish());
        match call.kind {
            Kind::Read => retry(|| self.attempt(call, body.clone())).await,
            Kind::Write => self.attempt(call, body).await,
        }
    }

    async fn attempt(&self, call: Call<'_>, body: Bytes) -> Result<Value, ConnectorError> {
        let mut request = Request::new(Method::POST, self.endpoint.clone());
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        *request.body_mut() = Some(body.into());
        let answer = {
            let _permit = self.site.enter().await?;
            self.http.send(request, self.http.limits(call.patience, BODY)).await
        };
        self.note(&answer);
        let words = Words { token: self.token.expose_secret(), function: call.function };
        match answer {
            Ok(answer) => {
                let decode = || decode(call.kind, &answer, call.codes, words);
                self.http.decode(answer.is_long(), decode).await
            }
            Err(broken) => Err(self.broken(call.kind, broken)),
        }
    }

    fn note(&self, answer: &Result<Answer, Broken>) {
        if !matches!(answer, Err(Broken::Forbidden | Broken::Connect)) {
            self.meter.moodle();
        }
        match answer {
            Err(Broken::Connect | Broken::Cut) => self.site.note(false),
            Err(_) => {}
            Ok(answer) => self.site.note(!unanswered(answer.status)),
        }
    }

    fn broken(&self, kind: Kind, broken: Broken) -> ConnectorError {
        let mut error = broken.error(&self.endpoint);
        if kind == Kind::Write && broken.was_sent() {
            error.failure = Failure::Ambiguous;
        }
        error
    }
}

//! Calls of Moodle's web services: address, token, in-flight cap, counts, and how many variables a call
//! may hold. What an answer means is in `answer.rs`. Reads are repeated when they fail; writes never.

use {
    super::{
        super::{
            http::{Answer, Broken, Http, retry, without},
            usage::Meter,
        },
        answer::{Codes, Kind, Words, decode, stop, unanswered},
        form::Form,
        need::{SITE_INFO, missing, service},
        site::Site,
    },
    crate::{
        domain::{
            code::{self, Code, Gaps, Provider},
            exchange,
        },
        ports::{ConnectorError, Failure, Usage, heard},
    },
    bytes::Bytes,
    reqwest::{
        Method, Request,
        header::{CONTENT_TYPE, HeaderValue},
    },
    secrecy::{ExposeSecret as _, SecretString},
    serde_json::Value,
    std::{
        fmt,
        sync::Arc,
        time::{Duration, Instant},
    },
    url::Url,
};

/// Longest answer, in bytes.
const BODY: usize = 64 * 1024 * 1024;
/// A slow call may take this many times as long as others.
const SLOW: u32 = 2;
/// Variables that every call has: token, function, format.
pub(super) const CONTROL_VARIABLES: usize = 3;
/// Variables that every PHP takes: a call with no more than these arrives whole.
const ALWAYS: usize = 32;
/// The function that a site is asked to find out how many variables it takes. That the service of the
/// token has it is not needed: a site that looks for the function has found the token.
const PROBE: &str = SITE_INFO;
/// What says that a function is not in the service, or not in Moodle.
const LACKS: [Code; 2] = [code::MOODLE_ACCESS_REFUSED, code::MOODLE_FUNCTION_MISSING];
const FORMAT: (&str, &str) = ("moodlewsrestformat", "json");

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
    spare: bool,
}

impl<'a> Call<'a> {
    /// A call of a function that changes nothing.
    pub(super) const fn read(function: &'a str) -> Self {
        Self { function, kind: Kind::Read, patience: 1, codes: &[], spare: false }
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

    /// A refusal is not a fault: the caller does without the answer.
    pub(super) const fn spare(mut self) -> Self {
        self.spare = true;
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

    /// Returns the variables that a call may hold, as set and as far as the site is known to take them.
    pub(super) fn max_vars(&self) -> usize {
        self.max_vars.min(self.site.max_vars())
    }

    /// Returns the number of variables left for the content of a call.
    pub(super) fn room(&self) -> usize {
        self.max_vars().saturating_sub(CONTROL_VARIABLES)
    }

    /// Returns what is known of the site.
    pub(super) fn site(&self) -> &Site {
        &self.site
    }

    /// Returns what its calls have used since the last query.
    pub(super) fn take_usage(&self) -> Usage {
        self.meter.take()
    }

    /// Calls without a token, to learn whether a Moodle site is at the address. What a site says besides, such as that web
    /// services are off, is for a call with the token to tell.
    pub(super) async fn knock(&self) -> Result<(), ConnectorError> {
        let mut form = Form::new();
        form.text(FORMAT.0, FORMAT.1);
        let mut request = Request::new(Method::POST, self.endpoint.clone());
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        *request.body_mut() = Some(form.finish().into());
        let answer = {
            let _permit = self.site.enter().await?;
            self.http.send(request, self.http.limits(1, BODY)).await
        };
        self.note(&answer);
        let answer = answer.map_err(|broken| self.broken(Kind::Read, broken))?;
        let words = Words { token: self.token.expose_secret(), function: "" };
        match decode(Kind::Read, &answer, &[], words) {
            Err(error) if error.code == code::MOODLE_REDIRECTED => Err(error),
            Err(error) if matches!(answer.status, 404 | 405 | 410) => Err(error),
            // A page of another site.
            Err(error) if answer.status == 200 && error.code == code::UPSTREAM_PROTOCOL => {
                let reason = "what answers at this address is not the web service of a Moodle site";
                Err(stop(code::MOODLE_SERVICE_OFF, reason))
            }
            _ => Ok(()),
        }
    }

    /// Makes a call, reads up to three times, writes once; `fill` adds its parameters.
    pub(super) async fn call(
        &self,
        call: Call<'_>,
        fill: impl FnOnce(&mut Form),
    ) -> Result<Value, ConnectorError> {
        let mut form = Form::new();
        form.text(FORMAT.0, FORMAT.1);
        if call.kind == Kind::Read {
            // Without it, names come back escaped and the differences never end
            // (docs/src/moodle.md, "Requests").
            form.text("moodlewssettingraw", "1");
        }
        fill(&mut form);
        // Last, so that a call of which PHP drops variables is refused whole.
        self.name(&mut form, call.function);
        let count = form.count();
        if count > self.max_vars() {
            return Err(too_long(count, self.max_vars()));
        }
        let body = Bytes::from(form.finish());
        let answer = match call.kind {
            Kind::Read => retry(|| self.attempt(call, body.clone())).await,
            Kind::Write => self.attempt(call, body).await,
        };
        match answer {
            Err(error) if error.code == code::MOODLE_TOKEN_INVALID && count > ALWAYS => {
                Err(self.cut(count).await?.unwrap_or(error))
            }
            Err(error) if LACKS.contains(&error.code) && !call.spare => {
                Err(self.lacking(call.function, error).await)
            }
            answer => answer,
        }
    }

    /// Makes the error of a function that is refused. Moodle refuses one that is not in the service of the token as it
    /// refuses the account, so the service is asked for its functions; all others that it does not have are named as
    /// well, because they would be told one by one, a run each.
    pub(super) async fn lacking(
        &self,
        function: &str,
        mut error: ConnectorError,
    ) -> ConnectorError {
        let mut form = Form::new();
        form.text(FORMAT.0, FORMAT.1);
        self.name(&mut form, SITE_INFO);
        let info = self.attempt(Call::read(SITE_INFO), Bytes::from(form.finish())).await;
        let Ok(service) = info.and_then(service) else { return error };
        if !service.contains(function) {
            let code = code::MOODLE_FUNCTION_MISSING;
            error = ConnectorError::of(Failure::Stop, code, &[("function", &function)]);
        }
        let mut missing = missing(&service);
        missing.retain(|name| *name != function);
        if !missing.is_empty() {
            error.message = format!(
                "{}; of what sigma-sync may call, the service of the token also lacks {}",
                error.message,
                missing.join(", ")
            );
        }
        error
    }

    fn name(&self, form: &mut Form, function: &str) {
        form.text("wsfunction", function);
        form.text("wstoken", self.token.expose_secret());
    }

    /// Finds out whether a call was refused because PHP dropped its last variables, the token among them, and how many the
    /// site takes. Nothing of such a call was done. `None`: it is the token that the site does not know.
    async fn cut(&self, count: usize) -> Result<Option<ConnectorError>, ConnectorError> {
        let (mut fits, mut dropped) = (ALWAYS, count);
        if !self.takes(fits).await? {
            return Ok(None);
        }
        while dropped - fits > 1 {
            let middle = fits.midpoint(dropped);
            if self.takes(middle).await? {
                fits = middle;
            } else {
                dropped = middle;
            }
        }
        self.site.takes(fits);
        tracing::warn!(
            limit = fits,
            "the Moodle site's max_input_vars is low; calls are made shorter"
        );
        Ok(Some(too_long(count, fits)))
    }

    /// Returns whether a call with so many variables comes through whole. PHP counts each one, repeated ones as well.
    async fn takes(&self, variables: usize) -> Result<bool, ConnectorError> {
        let mut form = Form::new();
        for _ in CONTROL_VARIABLES..=variables {
            form.text(FORMAT.0, FORMAT.1);
        }
        self.name(&mut form, PROBE);
        let body = Bytes::from(form.finish());
        match retry(|| self.attempt(Call::read(PROBE), body.clone())).await {
            Err(error) if error.code == code::MOODLE_TOKEN_INVALID => Ok(false),
            Err(error) if error.failure == Failure::Unreachable => Err(error),
            _ => Ok(true),
        }
    }

    async fn attempt(&self, call: Call<'_>, body: Bytes) -> Result<Value, ConnectorError> {
        let sent = body.clone();
        let mut request = Request::new(Method::POST, self.endpoint.clone());
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        *request.body_mut() = Some(body.into());
        let since = Instant::now();
        let answer = {
            let _permit = self.site.enter().await?;
            self.http.send(request, self.http.limits(call.patience, BODY)).await
        };
        self.note(&answer);
        if call.kind == Kind::Write {
            heard::note(|| self.heard(call, &sent, &answer, since.elapsed()));
        }
        let words = Words { token: self.token.expose_secret(), function: call.function };
        let told = match answer {
            Ok(answer) => {
                let decode = || decode(call.kind, &answer, call.codes, words);
                self.http.decode(answer.is_long(), decode).await
            }
            Err(broken) => Err(self.broken(call.kind, broken)),
        };
        told.map_err(|error| self.site.patient(error))
    }

    /// Returns a write with its answer, without the token, which a site may repeat.
    fn heard(
        &self,
        call: Call<'_>,
        sent: &Bytes,
        answer: &Result<Answer, Broken>,
        took: Duration,
    ) -> exchange::Call {
        let token = self.token.expose_secret().as_bytes();
        let answer = answer.as_ref().ok();
        exchange::Call {
            provider: Provider::Moodle,
            method: call.function.to_owned(),
            request: exchange::Body::Form(without(sent, token)),
            answer: answer.map(|answer| without(&answer.body, token)).unwrap_or_default(),
            http_status: answer.map(|answer| answer.status),
            took,
        }
    }

    fn note(&self, answer: &Result<Answer, Broken>) {
        if !matches!(answer, Err(Broken::Forbidden | Broken::Connect(_))) {
            self.meter.moodle();
        }
        match answer {
            Err(Broken::Connect(_) | Broken::Cut | Broken::Late) => self.site.note(false),
            Err(_) => {}
            Ok(answer) => self.site.note(!unanswered(answer.status)),
        }
    }

    fn broken(&self, kind: Kind, broken: Broken) -> ConnectorError {
        let mut error = broken.error("Moodle", &self.endpoint).about(Provider::Moodle);
        if kind == Kind::Write && broken.was_sent() {
            error.failure = Failure::Ambiguous;
        }
        error
    }
}

/// Makes the error of a call that holds more variables than it may: nothing was done.
fn too_long(count: usize, limit: usize) -> ConnectorError {
    let gaps: Gaps<'_> = &[("count", &count), ("limit", &limit)];
    ConnectorError::of(Failure::Rejected, code::MOODLE_CALL_CUT, gaps)
}

//! The one HTTP client: time-outs, a cap on answers, no redirects, no proxy, and a resolver that
//! yields allowed addresses only. It knows nothing of Zoho or Moodle and logs neither addresses nor
//! bodies.

use {
    super::weigh::Weigher,
    crate::{
        budget::{self, Budget, Owner, Share, Turn},
        domain::{
            code,
            egress::{EgressPolicy, check_host},
        },
        ports::{ConnectorError, Failure},
    },
    chrono::{DateTime, Utc},
    reqwest::{
        Client, ClientBuilder, Request, Response,
        dns::{Addrs, Name, Resolve, Resolving},
        header::{DATE, HeaderMap, RETRY_AFTER},
    },
    std::{error::Error, fmt, future::Future, io, net::SocketAddr, sync::Arc, time::Duration},
    tokio::io::AsyncWriteExt as _,
    url::Url,
};

/// Time to connect, TLS included.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest time that an idle connection is kept. Servers drop idle connections, Apache after 5 s,
/// and a write on a dropped one has an unknown outcome.
const IDLE: Duration = Duration::from_secs(4);
/// Tries of a call that may be repeated.
const TRIES: u32 = 3;
/// Longest pause before the second try; doubles for the third.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest wait that another system can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// Largest answer to a download that is not a file, in bytes.
const REFUSAL: usize = 1024 * 1024;
/// Size of an answer that need not be counted, in bytes; the limit of calls at once bounds it.
const UNCOUNTED: usize = 256 * 1024;
/// Size in bytes from which decoding an answer is long work.
const LONG: usize = 64 * 1024;
/// Bytes that are taken from the shared memory at a time.
const STEP: usize = 1024 * 1024;

/// Returns what of a body is kept for people: without a credential, and no more than can be shown of it.
pub(super) fn without(body: &[u8], secret: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    let found = |rest: &[u8]| rest.windows(secret.len().max(1)).position(|part| part == secret);
    while let Some(at) = found(rest).filter(|_| !secret.is_empty()) {
        let (before, behind) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(b"***");
        rest = behind.get(secret.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// The limits of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// From the start of the connection to the last byte of the answer.
    pub(super) total: Duration,
    /// Largest answer, in bytes.
    pub(super) body: usize,
}

/// An answer of any status.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// `Retry-After`, in seconds or as a time, when there is one; an hour at most.
    pub(super) retry_after: Option<Duration>,
    /// The time of the other system's clock.
    pub(super) date: Option<DateTime<Utc>>,
    /// `X-API-CREDITS-REMAINING`, when it is there.
    pub(super) credits_left: Option<u64>,
    /// The memory taken for the answer, as received and decoded.
    pub(super) share: Option<Share>,
}

impl Answer {
    /// True for an answer that takes long to decode.
    pub(super) const fn is_long(&self) -> bool {
        self.body.len() > LONG
    }

    fn head(response: &Response) -> Self {
        let headers = response.headers();
        let date = time(headers, DATE.as_str());
        Self {
            status: response.status().as_u16(),
            body: Vec::new(),
            share: None,
            retry_after: retry_after(headers, date),
            date,
            credits_left: number(headers, "x-api-credits-remaining"),
        }
    }
}

/// Returns how long to wait. A time is held against the other side's own clock.
fn retry_after(headers: &HeaderMap, date: Option<DateTime<Utc>>) -> Option<Duration> {
    let name = RETRY_AFTER.as_str();
    let seconds = number(headers, name).map(Duration::from_secs);
    let until = || Some((time(headers, name)? - date?).to_std().unwrap_or_default());
    Some(seconds.or_else(until)?.min(LONGEST_WAIT))
}

fn time(headers: &HeaderMap, name: &str) -> Option<DateTime<Utc>> {
    let text = headers.get(name)?.to_str().ok()?;
    Some(DateTime::parse_from_rfc2822(text).ok()?.to_utc())
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// Why there was no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoConnection {
    /// Nothing listens at the port.
    Refused,
    /// The name has no address.
    NoName,
    /// The other side's certificate or its way of encryption does not do.
    Tls,
    /// There was no answer in time.
    Late,
    /// Another reason.
    Other,
}

impl NoConnection {
    /// Why, and what to do.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Refused => (
                "the connection was refused",
                "check that the system is up and that the address and the port in the settings are right",
            ),
            Self::NoName => ("the name has no address", "check the address in the settings"),
            Self::Tls => (
                "a secure connection cannot be made",
                "check the certificate of the system: its name, its time and who has issued it",
            ),
            Self::Late => (
                "there was no answer within 5 seconds",
                "check the address in the settings, and the firewalls in between",
            ),
            Self::Other => {
                ("the connection fails", "check that the system is up, and the network in between")
            }
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// The host, or every address of its name, is forbidden.
    Forbidden,
    /// There was no connection, so nothing was sent.
    Connect(NoConnection),
    /// The connection was cut.
    Cut,
    /// There was no whole answer in time.
    Late,
    /// The answer is larger than the limit, or would be after decoding.
    TooLarge,
    /// There was no memory for the answer in time.
    NoMemory,
    /// The answer could not be stored on this machine.
    NoRoom,
}

impl Broken {
    /// True if the other system may have done what the call asked for.
    pub(super) const fn was_sent(self) -> bool {
        matches!(self, Self::Cut | Self::Late | Self::TooLarge | Self::NoMemory)
    }

    /// Makes the error of a call to a system that may be repeated without harm.
    pub(super) fn error(self, system: &str, url: &Url) -> ConnectorError {
        let host = url.host_str().unwrap_or_default();
        let down = |what: &str, advice: &str| {
            let port = url.port_or_known_default().unwrap_or_default();
            let message = format!("{system} at {host}:{port} {what}; {advice}");
            ConnectorError::new(Failure::Unreachable, code::UPSTREAM_UNREACHABLE, message)
        };
        let again = "the run is tried again by itself";
        let (failure, code) = match self {
            Self::Connect(why) => {
                let (why, advice) = why.words();
                return down(&format!("cannot be reached: {why}"), advice);
            }
            Self::Cut => return down("broke off before its answer was complete", again),
            Self::Late => return down("did not answer in time", again),
            Self::Forbidden => (Failure::Stop, code::TARGET_NOT_ALLOWED),
            Self::TooLarge => (Failure::Stop, code::UPSTREAM_TOO_LARGE),
            Self::NoMemory => (Failure::Unreachable, code::MEMORY_SHORT),
            Self::NoRoom => (Failure::Unreachable, code::TEMPORARY_FILE_FAILED),
        };
        let reason = "it is not a public address";
        ConnectorError::of(failure, code, &[("host", &host), ("reason", &reason)])
    }
}

/// The client could not be made.
#[derive(Debug)]
pub struct ClientError(reqwest::Error);

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot make the HTTP client")
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// The client. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Http {
    client: Client,
    policy: Arc<EgressPolicy>,
    timeout: Duration,
    memory: Arc<Budget>,
    owner: Arc<Owner>,
    turn: Turn,
}

impl Http {
    /// Makes the client; a usual call may take as long as `timeout`. A rustls provider must be
    /// installed.
    pub(super) fn new(
        policy: Arc<EgressPolicy>,
        timeout: Duration,
        memory: Arc<Budget>,
    ) -> Result<Self, ClientError> {
        let client = builder(&policy).build().or_else(|error| {
            // Without CA certificates the machine can still reach plain http, such as the local
            // sandbox.
            tracing::warn!(error = %root(&error), "no CA certificates: https calls will fail");
            builder(&policy).tls_certs_only([]).build()
        });
        let (client, owner) = (client.map_err(ClientError)?, Arc::default());
        Ok(Self { client, policy, timeout, memory, owner, turn: Turn::of("") })
    }

    /// The same client, with the memory for answers shared through this budget.
    pub(super) fn sharing(self, memory: Arc<Budget>) -> Self {
        Self { memory, ..self }
    }

    /// The same client for the calls of a tenant.
    pub(super) fn of(&self, tenant: &str) -> Self {
        Self { owner: self.memory.owner(tenant), turn: Turn::of(tenant), ..self.clone() }
    }

    /// The same client, whose usual calls may take no longer than this.
    pub(super) fn within(self, timeout: Duration) -> Self {
        Self { timeout: self.timeout.min(timeout), ..self }
    }

    /// Decodes an answer; a long one is decoded where no other work waits for it.
    pub(super) async fn decode<T>(&self, is_long: bool, decode: impl FnOnce() -> T) -> T {
        if is_long { budget::long(&self.turn, decode).await } else { decode() }
    }

    /// Limits of a call that may take `patience` times as long as a usual one, with an answer of at
    /// most `body` bytes.
    pub(super) fn limits(&self, patience: u32, body: usize) -> Limits {
        Limits { total: self.timeout * patience, body }
    }

    /// Sends a request and reads its answer.
    pub(super) async fn send(&self, request: Request, limits: Limits) -> Result<Answer, Broken> {
        let response = self.begin(request, limits).await?;
        self.finish(response, limits).await
    }

    /// Sends a request and writes the answer's body into a file if its status is 200; other answers
    /// are returned whole. The limit holds for both.
    pub(super) async fn download(
        &self,
        request: Request,
        limits: Limits,
        file: &mut tokio::fs::File,
    ) -> Result<Answer, Broken> {
        let mut response = self.begin(request, limits).await?;
        let answer = Answer::head(&response);
        if answer.status != 200 {
            let limits = Limits { body: limits.body.min(REFUSAL), ..limits };
            return self.finish(response, limits).await;
        }
        let mut length = 0;
        while let Some(chunk) = response.chunk().await.map_err(|error| cut(&error))? {
            length += chunk.len();
            if length > limits.body {
                return Err(Broken::TooLarge);
            }
            file.write_all(&chunk).await.map_err(|error| no_file(&error))?;
        }
        file.flush().await.map_err(|error| no_file(&error))?;
        Ok(answer)
    }

    async fn begin(&self, mut request: Request, limits: Limits) -> Result<Response, Broken> {
        if check_host(&self.policy, request.url()).is_err() {
            return Err(Broken::Forbidden);
        }
        *request.timeout_mut() = Some(limits.total);
        self.client.execute(request).await.map_err(|error| broken(&error))
    }

    /// Reads the body of an answer and weighs it as it comes: reading stops as soon as it would
    /// take too much memory.
    async fn finish(&self, mut response: Response, limits: Limits) -> Result<Answer, Broken> {
        let mut answer = Answer::head(&response);
        let mut weigher = Weigher::default();
        while let Some(chunk) = response.chunk().await.map_err(|error| cut(&error))? {
            weigher.add(&chunk);
            let length = answer.body.len() + chunk.len();
            // Half of the largest share is for the structure of what is decoded, the rest for its
            // texts, which count twice.
            if length > limits.body || weigher.overhead() > self.memory.most() / 2 {
                return Err(Broken::TooLarge);
            }
            let bytes = length.saturating_mul(2).saturating_add(weigher.overhead());
            if bytes > UNCOUNTED {
                let owners = || vec![self.owner.clone()];
                let share = answer.share.get_or_insert_with(|| self.memory.open(owners()));
                let bytes = bytes.next_multiple_of(STEP);
                if bytes > self.memory.most() {
                    return Err(Broken::TooLarge);
                }
                share.hold(bytes).await.map_err(|_| Broken::NoMemory)?;
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}

fn no_file(error: &std::io::Error) -> Broken {
    tracing::warn!(%error, "cannot write a temporary file");
    Broken::NoRoom
}

#[expect(clippy::disallowed_methods, reason = "the one place that makes the client")]
fn builder(policy: &Arc<EgressPolicy>) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("sigma-sync/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .dns_resolver(Resolver(policy.clone()))
}

fn broken(error: &reqwest::Error) -> Broken {
    let forbidden = sources(error).any(|cause| cause.is::<Forbidden>());
    if forbidden {
        Broken::Forbidden
    } else if error.is_connect() {
        Broken::Connect(no_connection(error))
    } else {
        cut(error)
    }
}

/// Tells an answer that did not come in time from one that was broken off.
fn cut(error: &reqwest::Error) -> Broken {
    if error.is_timeout() { Broken::Late } else { Broken::Cut }
}

fn no_connection(error: &reqwest::Error) -> NoConnection {
    if error.is_timeout() {
        return NoConnection::Late;
    }
    if sources(error).any(|cause| cause.is::<NoName>()) {
        return NoConnection::NoName;
    }
    sources(error).find_map(|cause| of_io(cause.downcast_ref()?)).unwrap_or(NoConnection::Other)
}

/// An error of the input and output may hold another one, which its sources leave out.
fn of_io(error: &io::Error) -> Option<NoConnection> {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>());
    inner.and_then(of_io).or_else(|| of_kind(error.kind()))
}

fn of_kind(kind: io::ErrorKind) -> Option<NoConnection> {
    match kind {
        io::ErrorKind::ConnectionRefused => Some(NoConnection::Refused),
        io::ErrorKind::TimedOut => Some(NoConnection::Late),
        // What comes from the encryption is data that does not fit, or a connection that ends within it.
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Some(NoConnection::Tls),
        _ => None,
    }
}

fn sources<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn root(error: &(dyn Error + 'static)) -> String {
    sources(error).last().map(ToString::to_string).unwrap_or_default()
}

/// Every address of a name is forbidden.
#[derive(Debug)]
struct Forbidden;

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no address of the host is allowed")
    }
}

impl Error for Forbidden {}

/// A name that has no address.
#[derive(Debug)]
struct NoName(io::Error);

impl fmt::Display for NoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name has no address")
    }
}

impl Error for NoName {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// Resolves names and leaves forbidden addresses out. The connection is made to exactly the
/// addresses returned here, so a name that changes between check and use gains nothing.
struct Resolver(Arc<EgressPolicy>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(NoName)?;
            let found: Vec<SocketAddr> = found.collect();
            let listed = policy.lists(name.as_str());
            let allowed: Vec<SocketAddr> = found
                .iter()
                .copied()
                .filter(|address| listed || policy.allows(address.ip()))
                .collect();
            if allowed.is_empty() && !found.is_empty() {
                return Err(Forbidden.into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

/// Repeats a call that got no usable answer: three tries in all, with jittered pauses. Only for
/// calls that may be repeated without harm. An answer that names a time to wait is passed on at
/// once.
pub(super) async fn retry<T, F>(call: impl Fn() -> F) -> Result<T, ConnectorError>
where
    F: Future<Output = Result<T, ConnectorError>>,
{
    let mut tries = 1;
    loop {
        match call().await {
            Err(error)
                if error.failure == Failure::Unreachable
                    && error.retry_after.is_none()
                    && tries < TRIES =>
            {
                tracing::debug!(code = error.code.word(), tries, "trying again");
                tokio::time::sleep(jitter(PAUSE * (1 << (tries - 1)))).await;
                tries += 1;
            }
            outcome => return outcome,
        }
    }
}

/// Returns a random duration from zero to `longest` (full jitter).
pub(super) fn jitter(longest: Duration) -> Duration {
    // Without random numbers the longest wait is the safe choice.
    let share = getrandom::u32().map_or(1.0, |number| f64::from(number) / f64::from(u32::MAX));
    longest.mul_f64(share)
}

#[cfg(test)]
mod tests {
    use {super::*, reqwest::header::HeaderValue};

    #[test]
    fn a_time_to_wait_comes_in_seconds_or_as_a_time() {
        let date = DateTime::from_timestamp(1_796_083_200, 0);
        for (text, seconds) in [
            ("120", Some(120)),
            ("99999999999", Some(3_600)),
            ("Tue, 01 Dec 2026 00:02:00 GMT", Some(120)),
            ("Mon, 30 Nov 2026 00:00:00 GMT", Some(0)),
            ("Wed, 01 Dec 2077 00:00:00 GMT", Some(3_600)),
            ("soon", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            let wait = retry_after(&headers, date);
            assert_eq!(wait, seconds.map(Duration::from_secs), "{text}");
        }
    }
}

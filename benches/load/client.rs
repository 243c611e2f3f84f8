//! The load generator: callers with a connection of their own and one request in flight each, and the clock and
//! processor time over all of them.

use {
    super::host::Process,
    anyhow::{Context as _, Error, Result, anyhow, bail},
    bytes::Bytes,
    http::{Request, StatusCode, uri::PathAndQuery},
    http_body_util::{BodyExt as _, Empty},
    hyper::client::conn::http1::{self, SendRequest},
    hyper_util::rt::TokioIo,
    prost::Message,
    sigma_sync::{
        control::{DEFAULT_KEY, DEFAULT_SECRET, DEFAULT_TENANT},
        crypto::{random_text, signature::SigningKey},
    },
    std::{
        fmt,
        hint::black_box,
        marker::PhantomData,
        sync::{
            Arc, Mutex, PoisonError,
            atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        },
        time::{Duration, Instant, SystemTime},
    },
    tokio::net::TcpStream,
    tonic::{
        client::Grpc,
        metadata::{AsciiMetadataKey, AsciiMetadataValue},
        transport::{Channel, Endpoint},
    },
    tonic_prost::ProstCodec,
};

/// How long a caller waits after a failed request: a server that is down must not be flooded.
const REST_AFTER_FAILURE: Duration = Duration::from_millis(20);
/// How long one request may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Headers of one signed request.
type Headers = [(&'static str, String); 5];

/// Credentials that take turns: tenant, key and secret. A nonce is a word of this process followed by a number.
#[derive(Debug)]
pub(crate) struct Signer {
    keys: Vec<(String, String, SigningKey)>,
    word: String,
    count: AtomicU64,
}

impl Signer {
    /// Makes a signer for the tenant that a first start seeds.
    pub(crate) fn seeded() -> Result<Self> {
        let key = SigningKey::new(DEFAULT_SECRET);
        Self::of(vec![(DEFAULT_TENANT.to_owned(), DEFAULT_KEY.to_owned(), key)])
    }

    /// Makes a signer for keys, of which there is at least one.
    pub(crate) fn of(keys: Vec<(String, String, SigningKey)>) -> Result<Self> {
        let word = random_text(16).map_err(|error| anyhow!("no random bytes: {error}"))?;
        Ok(Self { keys, word, count: AtomicU64::new(0) })
    }

    /// Signs one request.
    #[expect(clippy::disallowed_methods, reason = "a client signs with its own wall clock")]
    fn headers(&self, method: &str, path: &str, body: &[u8]) -> Headers {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let timestamp = now.as_secs().to_string();
        let number = self.count.fetch_add(1, Relaxed);
        let nonce = format!("{}{number:08}", self.word);
        let turn = usize::try_from(number).unwrap_or_default() % self.keys.len();
        let (tenant, key, signing) = &self.keys[turn];
        let signature = signing.sign(&timestamp, &nonce, method, path, body);
        [
            ("x-ext-key", key.clone()),
            ("x-tenant-id", tenant.clone()),
            ("x-ext-timestamp", timestamp),
            ("x-ext-nonce", nonce),
            ("x-ext-signature", signature),
        ]
    }
}

/// A client that makes one request after another.
pub(crate) trait Caller: Send + 'static {
    /// Makes a request and waits for its answer.
    fn call(&mut self) -> impl Future<Output = Result<()>> + Send;
}

/// A gRPC caller over its own HTTP/2 connection. A floor gets no headers, because it reads none; the signature is
/// computed for it nevertheless.
pub(crate) struct GrpcCaller<Q, A> {
    grpc: Grpc<Channel>,
    path: PathAndQuery,
    question: Q,
    body: Vec<u8>,
    signer: Arc<Signer>,
    signed: bool,
    answer: PhantomData<fn() -> A>,
}

impl<Q, A> fmt::Debug for GrpcCaller<Q, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcCaller").field("path", &self.path).finish_non_exhaustive()
    }
}

impl<Q, A> GrpcCaller<Q, A>
where
    Q: Message + Clone + 'static,
    A: Message + Default + 'static,
{
    /// Connects to a server.
    pub(crate) async fn connect(
        url: &str,
        method: &'static str,
        question: Q,
        signer: &Arc<Signer>,
        signed: bool,
    ) -> Result<Self> {
        let channel = Endpoint::from_shared(url.to_owned())?.connect().await?;
        Ok(Self {
            grpc: Grpc::new(channel),
            path: PathAndQuery::from_static(method),
            body: question.encode_to_vec(),
            question,
            signer: signer.clone(),
            signed,
            answer: PhantomData,
        })
    }

    /// Makes a request and returns its answer.
    pub(crate) async fn ask(&mut self) -> Result<A> {
        let mut request = tonic::Request::new(self.question.clone());
        let headers = black_box(self.signer.headers("POST", self.path.as_str(), &self.body));
        if self.signed {
            for (name, value) in headers {
                let value = AsciiMetadataValue::try_from(value)?;
                request.metadata_mut().insert(AsciiMetadataKey::from_static(name), value);
            }
        }
        self.grpc.ready().await?;
        let codec = ProstCodec::<Q, A>::default();
        let answer = self.grpc.unary(request, self.path.clone(), codec).await;
        answer
            .map(tonic::Response::into_inner)
            .map_err(|status| anyhow!("{:?}: {}", status.code(), status.message()))
    }
}

impl<Q, A> Caller for GrpcCaller<Q, A>
where
    Q: Message + Clone + 'static,
    A: Message + Default + 'static,
{
    async fn call(&mut self) -> Result<()> {
        self.ask().await.map(drop)
    }
}

/// A REST caller over its own HTTP/1.1 connection, kept alive.
#[derive(Debug)]
pub(crate) struct RestCaller {
    sender: SendRequest<Empty<Bytes>>,
    host: String,
    path: &'static str,
    /// `None` if the server asks for no signature.
    signer: Option<Arc<Signer>>,
}

impl RestCaller {
    /// Connects to a server.
    pub(crate) async fn connect(
        url: &str,
        path: &'static str,
        signer: Option<Arc<Signer>>,
    ) -> Result<Self> {
        let host = url.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&host).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends together with the sender, which sees the reason.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self { sender, host, path, signer })
    }

    /// Makes a GET request and returns the body of its answer.
    pub(crate) async fn ask(&mut self) -> Result<Bytes> {
        let mut request = Request::get(self.path).header("host", &self.host);
        if let Some(signer) = &self.signer {
            for (name, value) in signer.headers("GET", self.path, b"") {
                request = request.header(name, value);
            }
        }
        self.sender.ready().await?;
        let answer = self.sender.send_request(request.body(Empty::new())?).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if status != StatusCode::OK {
            bail!("{status}: {}", String::from_utf8_lossy(&body));
        }
        Ok(body)
    }
}

impl Caller for RestCaller {
    async fn call(&mut self) -> Result<()> {
        self.ask().await.map(drop)
    }
}

/// The measurements of one or more rounds.
#[derive(Debug, Default, Clone)]
pub(crate) struct Load {
    /// Successful requests.
    pub(crate) done: u64,
    /// Requests that failed.
    pub(crate) failed: u64,
    /// Why the first of them failed.
    pub(crate) reason: Option<String>,
    /// The longest duration of a request.
    pub(crate) longest: Duration,
    time: Duration,
    cpu: Duration,
}

impl Load {
    /// Successful requests per second.
    pub(crate) fn rate(&self) -> f64 {
        self.done as f64 / self.time.as_secs_f64().max(f64::EPSILON)
    }

    /// The server's own processor time for a request, in microseconds.
    pub(crate) fn cost(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / (self.done as f64).max(1.0)
    }

    /// Adds another round.
    pub(crate) fn add(&mut self, other: Self) {
        self.done += other.done;
        self.failed += other.failed;
        self.reason = self.reason.take().or(other.reason);
        self.longest = self.longest.max(other.longest);
        self.time += other.time;
        self.cpu += other.cpu;
    }

    /// Fails if a request failed.
    pub(crate) fn check(&self) -> Result<()> {
        match &self.reason {
            Some(reason) => bail!("{} requests failed; the first: {reason}", self.failed),
            None => Ok(()),
        }
    }
}

/// What all callers of a round write to.
#[derive(Debug, Default)]
struct Shared {
    done: AtomicU64,
    failed: AtomicU64,
    longest_us: AtomicU64,
    reason: Mutex<Option<String>>,
    over: AtomicBool,
}

impl Shared {
    fn fail(&self, error: &Error) {
        self.failed.fetch_add(1, Relaxed);
        let mut reason = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        reason.get_or_insert_with(|| format!("{error:#}"));
    }
}

/// Lets all callers call for `warm_up` and then for `time`, and returns the measurements of the second part, with the
/// processor time that the server used in it.
pub(crate) async fn drive<C: Caller>(
    callers: Vec<C>,
    server: &Process,
    warm_up: Duration,
    time: Duration,
) -> Result<Load> {
    let shared = Arc::new(Shared::default());
    let tasks: Vec<_> =
        callers.into_iter().map(|caller| tokio::spawn(repeat(caller, shared.clone()))).collect();
    tokio::time::sleep(warm_up).await;
    shared.longest_us.store(0, Relaxed);
    let (began, cpu, before) = (Instant::now(), server.cpu()?, shared.done.load(Relaxed));
    tokio::time::sleep(time).await;
    let (after, used) = (shared.done.load(Relaxed), server.cpu()?.saturating_sub(cpu));
    let time = began.elapsed();
    shared.over.store(true, Relaxed);
    for task in tasks {
        task.await.context("a caller broke off")?;
    }
    Ok(Load {
        done: after - before,
        failed: shared.failed.load(Relaxed),
        reason: shared.reason.lock().unwrap_or_else(PoisonError::into_inner).take(),
        longest: Duration::from_micros(shared.longest_us.load(Relaxed)),
        time,
        cpu: used,
    })
}

async fn repeat<C: Caller>(mut caller: C, shared: Arc<Shared>) {
    while !shared.over.load(Relaxed) {
        let began = Instant::now();
        let answered = tokio::time::timeout(PATIENCE, caller.call()).await;
        let outcome = answered.unwrap_or_else(|_| Err(anyhow!("no answer in {PATIENCE:?}")));
        let waited = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        shared.longest_us.fetch_max(waited, Relaxed);
        match outcome {
            Ok(()) => drop(shared.done.fetch_add(1, Relaxed)),
            Err(error) => {
                shared.fail(&error);
                tokio::time::sleep(REST_AFTER_FAILURE).await;
            }
        }
    }
}

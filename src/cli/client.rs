//! The client side of the commands: the credential, the server, and one gRPC call whose exact bytes are signed.

use {
    super::{
        Failed, exit,
        server::{Server, chain},
    },
    crate::{
        config::{ClientConfig, SecretSource},
        control::{DEFAULT_KEY, DEFAULT_SECRET, DEFAULT_TENANT},
        crypto::{
            self,
            signature::{self, BodyHash, SigningKey, v2::Covered},
        },
        domain::code,
        proto::{DESCRIPTOR_SET, google::rpc, pb},
    },
    bytes::{Buf as _, BufMut as _, Bytes},
    clap::{Args, ValueEnum},
    prost::Message,
    prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor},
    std::{
        error::Error as _,
        path::PathBuf,
        time::{Duration, SystemTime},
    },
    tonic::{
        Request, Status, Streaming,
        client::Grpc,
        codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
        metadata::{MetadataKey, MetadataValue},
    },
};

/// How often a call is made that a limit refuses, and how long it waits at most in between.
const AGAIN: usize = 20;
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The server and the credential. A secret is never an argument, because other users of a machine can read arguments.
#[derive(Debug, Clone, Args)]
pub(super) struct ClientArgs {
    /// Server, https:// or http:// (SIGMA_SERVER) [default: http://127.0.0.1:8001]
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// With https, trust the certificates of this file in place of the system's (SIGMA_CA_FILE)
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Tenant (SIGMA_TENANT) [default: default]
    #[arg(long)]
    tenant: Option<String>,
    /// Public id of the key (SIGMA_KEY) [default: ext_key_default]
    #[arg(long)]
    key: Option<String>,
    /// File of the key's secret (SIGMA_SECRET_FILE, or the secret itself in SIGMA_SECRET) [default: the seed's]
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// How to sign: v2 also covers the host and the tenant, and some keys accept nothing else (SIGMA_SCHEME) [default: v1]
    #[arg(long, value_enum)]
    scheme: Option<SignScheme>,
}

/// How requests are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SignScheme {
    /// The headers X-Ext-…
    V1,
    /// HTTP message signatures
    V2,
}

/// What of a request is hashed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Content<'a> {
    /// The body of a REST call.
    Body(&'a [u8]),
    /// The message of a gRPC call, which is sent as one frame.
    Message(&'a [u8]),
}

/// The headers of a signed request.
pub(super) type Headers = Vec<(&'static str, String)>;

/// A server and a credential.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) server: Server,
    pub(super) tenant: String,
    pub(super) key: String,
    pub(super) scheme: SignScheme,
    secret: SigningKey,
}

impl Client {
    /// Reads arguments, environment and defaults.
    pub(super) fn new(args: &ClientArgs) -> Result<Self, Failed> {
        let known = ClientConfig::load();
        let address = args.server.clone().or(known.server);
        let address = address.as_deref().unwrap_or("http://127.0.0.1:8001");
        let server = Server::new(address, args.ca_file.clone().or(known.ca_file))?;
        let source = args.secret_file.clone().map(SecretSource::File).or(known.secret);
        let key = args.key.clone().or(known.key).unwrap_or_else(|| DEFAULT_KEY.into());
        let secret = match source {
            Some(SecretSource::Text(text)) => text,
            Some(SecretSource::File(path)) => std::fs::read_to_string(&path)
                .map_err(|error| {
                    Failed::new(exit::FAILED, format!("cannot read {}: {error}", path.display()))
                })?
                .trim()
                .to_owned(),
            None if key == DEFAULT_KEY => DEFAULT_SECRET.to_owned(),
            None => {
                let message =
                    "the key's secret is needed: --secret-file, SIGMA_SECRET_FILE or SIGMA_SECRET";
                return Err(Failed::new(exit::NOT_ALLOWED, message));
            }
        };
        let scheme = match (args.scheme, known.scheme) {
            (Some(scheme), _) => scheme,
            (None, Some(word)) => SignScheme::from_str(&word, false).map_err(|_| {
                Failed::new(exit::FAILED, format!("SIGMA_SCHEME is '{word}', not v1 or v2"))
            })?,
            (None, None) => SignScheme::V1,
        };
        Ok(Self {
            server,
            scheme,
            tenant: args.tenant.clone().or(known.tenant).unwrap_or_else(|| DEFAULT_TENANT.into()),
            key,
            secret: SigningKey::new(&secret),
        })
    }

    /// The seeded credential on a server, for the demo.
    pub(super) fn seeded(address: &str) -> Result<Self, Failed> {
        let secret = SigningKey::new(DEFAULT_SECRET);
        let server = Server::new(address, None)?;
        let (tenant, key) = (DEFAULT_TENANT.into(), DEFAULT_KEY.into());
        Ok(Self { server, tenant, key, scheme: SignScheme::V1, secret })
    }

    /// Returns the headers that sign one request.
    pub(super) fn headers(
        &self,
        method: &str,
        target: &str,
        content: Content<'_>,
    ) -> Result<Headers, Failed> {
        #[expect(clippy::disallowed_methods, reason = "a client signs with its own wall clock")]
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let timestamp = now.as_secs().to_string();
        let nonce = random(22)?;
        if self.scheme == SignScheme::V2 {
            return Ok(self.headers_v2(method, target, content, (&timestamp, &nonce)));
        }
        let (Content::Body(body) | Content::Message(body)) = content;
        let signature = self.secret.sign(&timestamp, &nonce, method, target, body);
        Ok(vec![
            ("X-Ext-Key", self.key.clone()),
            ("X-Tenant-ID", self.tenant.clone()),
            ("X-Ext-Timestamp", timestamp),
            ("X-Ext-Nonce", nonce),
            ("X-Ext-Signature", signature),
        ])
    }

    fn headers_v2(
        &self,
        method: &str,
        target: &str,
        content: Content<'_>,
        (created, nonce): (&str, &str),
    ) -> Headers {
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let hash = match content {
            Content::Body(body) => signature::hash(body),
            Content::Message(message) => {
                let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
                let mut hash = BodyHash::default();
                hash.add(&[0]);
                hash.add(&length.to_be_bytes());
                hash.add(message);
                hash.end()
            }
        };
        let authority = self.server.host();
        let covered = Covered {
            method,
            authority: &authority,
            path,
            query,
            digest: b"",
            tenant: self.tenant.as_bytes(),
            idempotency_key: None,
        };
        let signed = self.secret.sign_v2(covered, &hash, (created, &self.key, nonce));
        vec![
            ("X-Tenant-ID", self.tenant.clone()),
            ("Content-Digest", signed.digest),
            ("Signature-Input", signed.input),
            ("Signature", signed.signature),
        ]
    }

    /// Calls a method with the bytes of its request message, and returns the stream of the answers' bytes. Where a limit of
    /// the key or the tenant is reached, the call is made again after the time that the server says.
    pub(super) async fn call(&self, method: &str, message: Bytes) -> Result<Answers, Failed> {
        for _ in 0..AGAIN {
            match self.call_once(method, message.clone()).await {
                Err(Unanswered::Limited(wait)) => tokio::time::sleep(wait).await,
                Err(Unanswered::Failed(failed)) => return Err(failed),
                Ok(answers) => return Ok(answers),
            }
        }
        let message = "the limit of the key or the tenant is reached all the time";
        Err(Failed::new(exit::UNAVAILABLE, message))
    }

    async fn call_once(&self, method: &str, message: Bytes) -> Result<Answers, Unanswered> {
        let path = format!("/{method}");
        let mut request = Request::new(message.clone());
        let id = random(16)?;
        let headers = self.headers("POST", &path, Content::Message(&message))?.into_iter();
        for (name, value) in headers.chain([("X-Request-Id", id.clone())]) {
            let bad = |_| Failed::new(exit::FAILED, format!("the value of {name} cannot be sent"));
            let value = MetadataValue::try_from(value).map_err(bad)?;
            if let Ok(name) = MetadataKey::from_bytes(name.to_lowercase().as_bytes()) {
                request.metadata_mut().insert(name, value);
            }
        }
        let mut grpc = Grpc::new(self.server.connect().await?);
        grpc.ready().await.map_err(|error| Failed::new(exit::UNAVAILABLE, chain(&error)))?;
        let path = format!("{}{path}", self.server.prefix()).parse().map_err(|_| {
            Failed::new(exit::NOT_FOUND, format!("'{method}' is not a method name"))
        })?;
        match grpc.server_streaming(request, path, RawCodec).await {
            Ok(answer) => Ok(Answers { stream: answer.into_inner(), id }),
            Err(status) => Err(match limited(&status) {
                Some(wait) => Unanswered::Limited(wait),
                None => failed(&status, &id).into(),
            }),
        }
    }

    /// Calls a method that answers once.
    pub(super) async fn ask<T: Message + Default>(
        &self,
        method: &str,
        request: impl Message,
    ) -> Result<T, Failed> {
        let mut answers = self.call(method, request.encode_to_vec().into()).await?;
        let bytes = answers.message().await?.unwrap_or_default();
        T::decode(bytes).map_err(|error| {
            Failed::new(exit::FAILED, format!("the answer cannot be read: {error}"))
        })
    }

    /// Reads pages until there are `most` rows or the last page has come. `open` returns the rows of a page and the
    /// token of the next one, which is empty at the end; `turn` puts a token into the request.
    pub(super) async fn pages<Q: Message + Clone, P: Message + Default, T>(
        &self,
        method: &str,
        (mut request, most): (Q, u32),
        open: impl Fn(P) -> (Vec<T>, String),
        turn: impl Fn(&mut Q, String),
    ) -> Result<Vec<T>, Failed> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut rows = Vec::new();
        loop {
            let (more, next) = open(self.ask(method, request.clone()).await?);
            rows.extend(more);
            if next.is_empty() || rows.len() >= most {
                rows.truncate(most);
                return Ok(rows);
            }
            turn(&mut request, next);
        }
    }
}

fn random(characters: usize) -> Result<String, Failed> {
    crypto::random_text(characters).map_err(|error| Failed::new(exit::FAILED, error.to_string()))
}

/// Why a call has no answer.
enum Unanswered {
    /// A limit is reached; another try makes sense after this time.
    Limited(Duration),
    Failed(Failed),
}

impl From<Failed> for Unanswered {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

/// Returns after which time a call may be made again that a limit refused.
fn limited(status: &Status) -> Option<Duration> {
    let details = rpc::Status::decode(status.details()).ok()?.details;
    let of = |name: &str| details.iter().find(|any| any.type_url.rsplit('/').next() == Some(name));
    let info = rpc::ErrorInfo::decode(of("google.rpc.ErrorInfo")?.value.as_slice()).ok()?;
    let retry = rpc::RetryInfo::decode(of("google.rpc.RetryInfo")?.value.as_slice()).ok()?;
    let wait = Duration::try_from(retry.retry_delay?).ok()?;
    (info.reason == code::RATE_LIMITED.word()).then_some(wait.min(LONGEST_WAIT))
}

/// The answers of a call.
#[derive(Debug)]
pub(super) struct Answers {
    stream: Streaming<Bytes>,
    /// The id of the request, by which the server's log has it.
    id: String,
}

impl Answers {
    /// Returns the next answer; `None` behind the last.
    pub(super) async fn message(&mut self) -> Result<Option<Bytes>, Failed> {
        self.stream.message().await.map_err(|status| failed(&status, &self.id))
    }
}

/// Turns a refusal into its exit code, with its stable word and the id of the request; each refused field has a line of
/// its own.
fn failed(status: &Status, id: &str) -> Failed {
    use tonic::Code;
    let code = match status.code() {
        Code::NotFound => exit::NOT_FOUND,
        Code::Unauthenticated | Code::PermissionDenied => exit::NOT_ALLOWED,
        Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => exit::REFUSED,
        Code::ResourceExhausted | Code::Unavailable | Code::DeadlineExceeded => exit::UNAVAILABLE,
        _ => exit::FAILED,
    };
    // A status that came from the server has no cause.
    if let Some(cause) = status.source() {
        let message = format!(
            "the connection to the server broke off: {}; the address of a server that speaks TLS begins with https:// \
             [request {id}]",
            chain(cause)
        );
        return Failed::new(exit::UNAVAILABLE, message);
    }
    let details = rpc::Status::decode(status.details()).unwrap_or_default().details;
    let of = |name: &'static str| {
        details.iter().filter(move |any| any.type_url.rsplit('/').next() == Some(name))
    };
    let word = of("google.rpc.ErrorInfo")
        .find_map(|any| rpc::ErrorInfo::decode(any.value.as_slice()).ok())
        .map(|info| format!("{}, ", info.reason));
    let mut message = format!(
        "{} [{}{:?}, request {id}]",
        status.message(),
        word.unwrap_or_default(),
        status.code()
    );
    for any in of("sigma.v1.InvalidFields") {
        let fields = pb::InvalidFields::decode(any.value.as_slice()).unwrap_or_default();
        for fault in fields.faults {
            message.push_str(&format!("\n  {}: {}", fault.field, fault.message));
        }
    }
    Failed { answered: Some(status.code()), ..Failed::new(code, message) }
}

/// The descriptors of the API.
pub(super) fn descriptors() -> Result<DescriptorPool, Failed> {
    DescriptorPool::decode(DESCRIPTOR_SET)
        .map_err(|error| Failed::new(exit::FAILED, error.to_string()))
}

/// Finds a message of the API by its name without the package.
pub(super) fn message(name: &str) -> Result<MessageDescriptor, Failed> {
    let found = descriptors()?.get_message_by_name(&format!("sigma.v1.{name}"));
    found.ok_or_else(|| Failed::new(exit::FAILED, format!("the API has no message {name}")))
}

/// Finds a method by its full name, or by the name of its service without the package.
pub(super) fn method(pool: &DescriptorPool, name: &str) -> Result<MethodDescriptor, Failed> {
    let name = name.trim_start_matches('/');
    let (service, method) =
        name.split_once('/').or_else(|| name.rsplit_once('.')).unwrap_or((name, ""));
    let full =
        if service.contains('.') { service.to_owned() } else { format!("sigma.v1.{service}") };
    pool.get_service_by_name(&full)
        .and_then(|service| service.methods().find(|known| known.name() == method))
        .ok_or_else(|| {
            let known: Vec<String> = pool
                .services()
                .flat_map(|service| {
                    service
                        .methods()
                        .map(|m| format!("{}/{}", service.full_name(), m.name()))
                        .collect::<Vec<_>>()
                })
                .collect();
            Failed::new(
                exit::NOT_FOUND,
                format!("no method '{name}'; there are:\n  {}", known.join("\n  ")),
            )
        })
}

/// Passes message bytes through unchanged: what was signed is what is sent.
#[derive(Debug, Clone, Copy, Default)]
struct RawCodec;

impl Codec for RawCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(item);
        Ok(())
    }
}

impl Decoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = from.remaining();
        Ok(Some(from.copy_to_bytes(length)))
    }
}

//! The signature check, the same for REST and for gRPC: cheap checks first, the body only for a known key, the replay
//! guard only for a valid signature (docs/src/signing.md, "Order of the checks"). A verified request carries its
//! Principal.

mod local;
mod session;
pub(super) mod v2;

pub(super) use self::local::{is_direct_loopback, is_through_proxy};

use {
    super::{
        Peer, REQUEST_ID, address,
        body::{self, Read, Tap},
        door::Door,
        failure::Failures,
        quota::Owners,
        refusal::Refusal,
    },
    crate::{
        adapters::guard::{ReplayGuard, most_of},
        budget::{Budget, Owner, Share},
        crypto::{
            keys::{Caller, Keys, LiveSession, VerifyingKey},
            signature::{self, Signed, SigningKey},
        },
        domain::{
            access::{Call, Cidr, Principal, Scheme, Visitor},
            id::KeyId,
        },
        ports::{Arrival, Clock, Replay},
    },
    axum::body::Body,
    bytes::Bytes,
    chrono::{DateTime, Utc},
    http::{Extensions, HeaderMap, Method, Request, Response, Uri, header, request::Parts},
    std::{
        net::{IpAddr, Ipv4Addr},
        sync::Arc,
    },
};

/// The five headers of scheme v1, in the order in which missing ones are named.
const HEADERS: [(&str, &str); 5] = [
    ("x-ext-key", "X-Ext-Key"),
    ("x-ext-timestamp", "X-Ext-Timestamp"),
    ("x-ext-nonce", "X-Ext-Nonce"),
    ("x-ext-signature", "X-Ext-Signature"),
    ("x-tenant-id", "X-Tenant-ID"),
];
/// Largest REST body, in bytes.
const REST_MAX: usize = 1024 * 1024;
/// Largest gRPC message, in bytes.
const GRPC_MAX: usize = 4 * 1024 * 1024;
/// Length of a gRPC frame's head: a flag and a length.
const FRAME_HEAD: usize = 5;
/// The check.
#[derive(Debug)]
pub(super) struct Auth {
    keys: Arc<dyn Keys>,
    guard: Arc<ReplayGuard>,
    clock: Arc<dyn Clock>,
    /// The proxies that tell the address of a client.
    proxies: Vec<Cidr>,
    /// The hosts and ports that requests of scheme v2 may be for, in lower case; empty for all.
    authorities: Vec<String>,
    /// The memory for bodies that are not verified yet.
    unverified: Arc<Budget>,
    /// Signs for callers without a key, so that they wait as long as others.
    no_key: SigningKey,
    failures: Failures,
    /// Refuses requests before they are verified.
    door: Door,
}

/// Who a request says that it is of, checked as far as headers go.
pub(super) enum Claim {
    /// A key.
    Signed(Signature),
    /// A session, which signs nothing, and what the audit log keeps of its call.
    Session(Arc<LiveSession>, Call),
}

/// The content of the headers of a signature.
pub(super) struct Signature {
    key: Arc<VerifyingKey>,
    caller: Caller,
    request_id: Option<String>,
    /// The number of the secret that signed, once that is known.
    secret: i32,
    nonce: String,
    signature: [u8; 32],
    /// The Unix second at which it was made.
    signed_at: i64,
    proof: Proof,
}

impl Claim {
    /// Against whose limits it counts.
    pub(super) fn owners(&self) -> Owners<'_> {
        match self {
            Self::Signed(signed) => (&*signed.key).into(),
            Self::Session(session, _) => (&**session).into(),
        }
    }

    const fn scheme(&self) -> Scheme {
        match self {
            Self::Signed(signed) => signed.proof.scheme(),
            Self::Session(..) => Scheme::Session,
        }
    }
}

/// What a signature still has to show.
enum Proof {
    /// That it is right: the text that is signed has the hash of the body.
    V1 { timestamp: String },
    /// That the content has the hash that was signed.
    V2 { hash: [u8; 32] },
}

impl Proof {
    const fn scheme(&self) -> Scheme {
        match self {
            Self::V1 { .. } => Scheme::V1,
            Self::V2 { .. } => Scheme::V2,
        }
    }
}

/// Returns the id that the server has given to a request.
fn request_id(parts: &Parts) -> Option<String> {
    let id = parts.headers.get(REQUEST_ID)?;
    Some(id.to_str().ok()?.to_owned())
}

/// A request with a valid signature.
pub(super) struct Proven {
    pub(super) parts: Parts,
    /// The bytes that are signed: the body of REST, the message of gRPC.
    pub(super) message: Bytes,
    pub(super) body: Bytes,
    /// Its share of the memory for bodies that are not verified.
    pub(super) share: Option<Share>,
    pub(super) claim: Claim,
}

impl Auth {
    pub(super) fn new(
        keys: Arc<dyn Keys>,
        guard: Arc<ReplayGuard>,
        clock: Arc<dyn Clock>,
        proxies: Vec<Cidr>,
        authorities: &[String],
        failures: Failures,
        door: Door,
    ) -> Self {
        Self {
            keys,
            guard,
            clock,
            proxies,
            authorities: authorities.iter().map(|text| text.to_ascii_lowercase()).collect(),
            unverified: body::memory(GRPC_MAX + FRAME_HEAD),
            no_key: SigningKey::new("no key"),
            failures,
            door,
        }
    }

    /// Verifies the signature of a REST request. Nothing is recorded yet: see [`Self::accept`].
    pub(super) async fn rest(&self, request: Request<Body>) -> Result<Proven, Refusal> {
        let (parts, body) = request.into_parts();
        let address = self.address(&parts.headers, &parts.extensions);
        let proven = self.prove_rest(parts, body).await;
        self.judge(address, proven)
    }

    /// Verifies the signature of a gRPC request, after gRPC-Web was unwrapped.
    pub(super) async fn grpc(&self, request: Request<Body>) -> Result<Proven, Refusal> {
        let (parts, body) = request.into_parts();
        let address = self.address(&parts.headers, &parts.extensions);
        let proven = self.prove_grpc(parts, body).await;
        self.judge(address, proven)
    }

    /// Counts a failure for its address, and notes a key that has signed.
    fn judge(&self, address: IpAddr, proven: Result<Proven, Refusal>) -> Result<Proven, Refusal> {
        match &proven {
            Ok(Proven { claim: Claim::Signed(signed), .. }) => {
                self.failures.know(signed.key.key.as_str());
            }
            Err(Refusal::Missing(_) | Refusal::Unauthenticated(_)) => {
                return proven.map_err(|refusal| self.failures.count(address, refusal));
            }
            _ => {}
        }
        proven
    }

    /// Refuses a call without a credential from an address with too many failures.
    pub(super) fn admit(&self, request: &Request<Body>) -> Result<IpAddr, Refusal> {
        let address = self.address(request.headers(), request.extensions());
        self.failures.admit(address).map(|()| address)
    }

    /// Counts a call without a credential that changed nothing into one.
    pub(super) fn judge_open(&self, address: IpAddr, answer: &Response<Body>) {
        let status = tonic::Status::from_header_map(answer.headers()).map(|status| status.code());
        let failed = matches!(answer.status().as_u16(), 401 | 404)
            || matches!(status, Some(tonic::Code::NotFound | tonic::Code::Unauthenticated));
        if failed {
            let _counted = self.failures.count(address, Refusal::Internal);
        }
    }

    /// Returns the address that failures count for: that of the client, or, where the proxies do not name one, theirs.
    fn address(&self, headers: &HeaderMap, extensions: &Extensions) -> IpAddr {
        let peer = extensions.get::<Peer>().map(|peer| peer.line().address.ip());
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        address::client(&self.proxies, peer, headers).unwrap_or(peer)
    }

    async fn prove_rest(&self, parts: Parts, body: Body) -> Result<Proven, Refusal> {
        let mut claim = self.claim(&parts).await?;
        let (body, most) = body::announced(&parts.headers, body, REST_MAX).await?;
        let read = self.read(&parts, &claim, body, (0, most)).await?;
        match &mut claim {
            Claim::Session(..) => {}
            Claim::Signed(Signature { proof: Proof::V2 { hash }, .. }) => {
                v2::check_content(hash, Some(&read.hash))?;
            }
            Claim::Signed(signed) => {
                let paths = Paths::rest(&parts.uri)?;
                let query_signed = self.verify(signed, &parts.method, &paths, &read.hash)?;
                if !query_signed {
                    check_unsigned_query(&parts.method, &parts.uri)?;
                }
            }
        }
        let Read { bytes: body, share, .. } = read;
        Ok(Proven { parts, message: body.clone(), body, share, claim })
    }

    async fn prove_grpc(&self, parts: Parts, body: Body) -> Result<Proven, Refusal> {
        let mut claim = self.claim(&parts).await?;
        let (body, most) = body::announced(&parts.headers, body, GRPC_MAX + FRAME_HEAD).await?;
        let head = if claim.scheme() == Scheme::V1 { FRAME_HEAD } else { 0 };
        let read = self.read(&parts, &claim, body, (head, most)).await?;
        let message = read.bytes.slice_ref(only_frame(&read.bytes)?);
        match &mut claim {
            Claim::Session(..) => {}
            Claim::Signed(Signature { proof: Proof::V2 { hash }, .. }) => {
                let content = parts.extensions.get::<Tap>().map_or(Some(read.hash), Tap::hash);
                v2::check_content(hash, content.as_ref())?;
            }
            Claim::Signed(signed) => {
                self.verify(signed, &parts.method, &Paths::grpc(&parts.uri), &read.hash)?;
            }
        }
        let Read { bytes: body, share, .. } = read;
        Ok(Proven { parts, message, body, share, claim })
    }

    /// Checks the headers and finds the key.
    async fn claim(&self, parts: &Parts) -> Result<Claim, Refusal> {
        match scheme(&parts.headers)? {
            Scheme::V1 => self.claim_v1(parts).await.map(Claim::Signed),
            Scheme::V2 => self.claim_v2(parts).await.map(Claim::Signed),
            Scheme::Session => self.claim_session(parts).await,
        }
    }

    async fn claim_v1(&self, parts: &Parts) -> Result<Signature, Refusal> {
        let [key, timestamp, nonce, given, tenant] = one_of_each(&parts.headers, HEADERS)?;
        let timestamp = String::from_utf8_lossy(timestamp);
        let trimmed = timestamp.trim();
        let seconds = signature::parse_timestamp(trimmed).ok_or_else(|| {
            let shown: String = timestamp.chars().take(64).collect();
            Refusal::unauthenticated(format!("Invalid timestamp format: {shown}"))
        })?;
        let now = self.clock.now();
        if outside_window(now, seconds) {
            return Err(Refusal::window());
        }
        let nonce = std::str::from_utf8(nonce).ok().filter(|nonce| signature::is_nonce(nonce));
        let nonce = nonce.ok_or_else(|| Refusal::unauthenticated("Invalid nonce"))?;
        let (key, caller) = self.key(parts, now, tenant, key).await?;
        let signature = signature::parse_signature(given)
            .filter(|_| Scheme::V1.satisfies(key.min_scheme))
            .ok_or_else(|| Refusal::unauthenticated("Invalid signature"))?;
        let (nonce, proof) = (nonce.to_owned(), Proof::V1 { timestamp: trimmed.to_owned() });
        let (request_id, signed_at) = (request_id(parts), seconds);
        Ok(Signature { key, caller, request_id, secret: 0, nonce, signature, signed_at, proof })
    }

    /// Finds a key that is for the caller and whose requests may come in.
    async fn key(
        &self,
        parts: &Parts,
        now: DateTime<Utc>,
        tenant: &[u8],
        key: &[u8],
    ) -> Result<(Arc<VerifyingKey>, Caller), Refusal> {
        let found = match (
            std::str::from_utf8(tenant),
            std::str::from_utf8(key).ok().and_then(KeyId::parse),
        ) {
            (Ok(tenant), Some(key)) => {
                let address = self.address(&parts.headers, &parts.extensions);
                self.failures.admit_look_up(address, key.as_str())?;
                self.keys.find(tenant, &key).await.map_err(Refusal::from_error)?
            }
            _ => None,
        };
        let caller = self.caller(parts, now);
        let is_for = |key: &Arc<VerifyingKey>| key.open_to(caller).next().is_some();
        if let Some(key) = found.as_ref().filter(|key| !is_for(key)) {
            self.keys.miss(&key.key).await.map_err(Refusal::from_error)?;
        }
        let Some(key) = found.filter(is_for) else {
            let nothing = Signed { timestamp: "0", nonce: "0", method: "GET", body_hash: &[0; 32] };
            let _always_false = self.no_key.verify(nothing, "/", &[0; 32]);
            return Err(Refusal::unauthenticated("Invalid API key or tenant"));
        };
        self.door.admit((&*key).into())?;
        Ok((key, caller))
    }

    /// Returns who makes a call without a credential, as far as that can be said.
    pub(super) fn visitor(&self, parts: &Parts) -> Visitor {
        let origins = parts.headers.get_all(header::ORIGIN).iter();
        let origins = origins.map(|origin| origin.as_bytes().to_owned()).collect();
        Visitor { call: self.call(parts), origins }
    }

    /// Returns what the audit log keeps of a call.
    fn call(&self, parts: &Parts) -> Call {
        let address = self.caller(parts, self.clock.now()).address;
        Call { address, request_id: request_id(parts) }
    }

    fn caller(&self, parts: &Parts, now: DateTime<Utc>) -> Caller {
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.line().address.ip());
        let address = peer.and_then(|peer| address::client(&self.proxies, peer, &parts.headers));
        Caller { now, address, direct: is_direct_loopback(parts) }
    }

    /// Reads the body of a request, counting its memory for its key and for its address. The address of a proxy on
    /// this machine is not counted, because it serves many callers.
    async fn read(
        &self,
        parts: &Parts,
        claim: &Claim,
        body: Body,
        length: (usize, usize),
    ) -> Result<Read, Refusal> {
        let owners = || {
            let mut owners = vec![self.unverified.owner(claim.owners().key.as_str())];
            let source = parts.extensions.get::<Peer>().map(|peer| &peer.line().source);
            owners.extend(source.filter(|source| !source.origin.is_loopback()).map(owner));
            owners
        };
        body::read(body, length, &self.unverified, owners).await
    }

    /// Checks the signature over every form of the path, and returns whether the query was covered.
    fn verify(
        &self,
        claim: &mut Signature,
        method: &Method,
        paths: &Paths,
        body_hash: &[u8; 32],
    ) -> Result<bool, Refusal> {
        let Signature { key, caller, secret: signed_with, nonce, signature, proof, .. } = claim;
        let Proof::V1 { timestamp } = proof else { return Err(Refusal::Internal) };
        let signed = Signed { timestamp, nonce, method: method.as_str(), body_hash };
        let mut covered = None;
        for secret in key.open_to(*caller) {
            for (path, with_query) in paths.forms() {
                if secret.signing.verify(signed, path, signature) {
                    *signed_with = secret.id;
                    covered = Some(with_query || covered == Some(true));
                }
            }
        }
        covered.ok_or_else(|| Refusal::unauthenticated("Invalid signature"))
    }

    /// Accepts a valid signature once, and returns the caller. `rate` is how many requests of the key are allowed in a
    /// second; `None` for any number.
    pub(super) async fn accept(
        &self,
        claim: Claim,
        rate: Option<u32>,
    ) -> Result<Principal, Refusal> {
        let signed = match claim {
            Claim::Signed(signed) => signed,
            Claim::Session(session, call) => {
                return Ok(Principal { call, ..session.principal.clone() });
            }
        };
        let Signature { key, caller, request_id, secret, nonce, signature, signed_at, proof } =
            signed;
        let ids = signature::replay_ids(&key.key, &nonce, &signature, signed_at);
        let arrival = Arrival { key: key.key.clone(), ids, signed_at };
        match self.guard.accept(arrival, most_of(rate)).await {
            Ok(Replay::Fresh) => {
                self.keys.used(&key.key, secret);
                Ok(Principal {
                    tenant: key.tenant.clone(),
                    key: key.key.clone(),
                    roles: key.roles.clone(),
                    scheme: proof.scheme(),
                    only_mint: key.only_mint,
                    session: None,
                    actor: None,
                    modules: None,
                    call: Call { address: caller.address, request_id },
                })
            }
            Ok(Replay::Seen) => {
                Err(Refusal::unauthenticated("Nonce already used (replay attack detected)"))
            }
            Ok(Replay::Forgotten(until)) => {
                let wait = until.saturating_sub(signed_at).saturating_add(1);
                Err(Refusal::SignAgain(wait.clamp(1, 2 * signature::WINDOW)))
            }
            Ok(Replay::Full) => Err(Refusal::Exhausted),
            Err(error) => {
                tracing::error!(%error, "the replay guard failed");
                Err(Refusal::Busy)
            }
        }
    }
}

/// The forms of the path that a client may have signed, each with whether it covers the query.
struct Paths {
    forms: Vec<(String, bool)>,
}

impl Paths {
    /// Decoded and raw, without and with the query (docs/src/signing.md, "Path and query (REST)").
    fn rest(uri: &Uri) -> Result<Self, Refusal> {
        let raw = uri.path();
        let decoded = percent_encoding::percent_decode_str(raw)
            .decode_utf8()
            .map_err(|_| Refusal::BadPath)?;
        let query = uri.query();
        let mut forms = vec![(raw.to_owned(), query.is_none())];
        if decoded != raw {
            forms.push((decoded.clone().into_owned(), query.is_none()));
        }
        if let Some(query) = query {
            forms.push((format!("{raw}?{query}"), true));
            if decoded != raw {
                forms.push((format!("{decoded}?{query}"), true));
            }
        }
        Ok(Self { forms })
    }

    /// The raw path only: a query, which no gRPC client sends, would have to be signed.
    fn grpc(uri: &Uri) -> Self {
        let raw = uri.path_and_query().map_or(uri.path(), |path| path.as_str());
        Self { forms: vec![(raw.to_owned(), true)] }
    }

    fn forms(&self) -> impl Iterator<Item = (&str, bool)> {
        self.forms.iter().map(|(path, covers)| (path.as_str(), *covers))
    }
}

fn owner(source: &Arc<super::line::Source>) -> Arc<Owner> {
    source.owner.clone()
}

/// Returns how a request shows who sent it. One that has the headers of two schemes is refused: it cannot be said which
/// of the two callers it is of.
fn scheme(headers: &HeaderMap) -> Result<Scheme, Refusal> {
    let v1 = HEADERS.iter().take(4).any(|(name, _)| headers.contains_key(*name));
    match (v1, v2::is_used(headers), session::is_used(headers)) {
        (_, false, false) => Ok(Scheme::V1),
        (false, true, false) => Ok(Scheme::V2),
        (false, false, true) => Ok(Scheme::Session),
        _ => Err(Refusal::unauthenticated("More than one credential")),
    }
}

/// Returns whether a time is too far from the server's clock.
const fn outside_window(now: DateTime<Utc>, seconds: i64) -> bool {
    now.timestamp().saturating_sub(seconds).saturating_abs() > signature::WINDOW
}

/// Returns these headers; each must occur exactly once.
fn one_of_each<'a, const N: usize>(
    headers: &'a HeaderMap,
    names: [(&'static str, &'static str); N],
) -> Result<[&'a [u8]; N], Refusal> {
    let mut values: [&[u8]; N] = [&[]; N];
    let mut missing = Vec::new();
    for ((name, shown), value) in names.into_iter().zip(&mut values) {
        let mut all = headers.get_all(name).iter();
        match all.next() {
            Some(first) => *value = first.as_bytes(),
            None => missing.push(shown),
        }
        if all.next().is_some() {
            return Err(Refusal::unauthenticated(format!("Duplicate header {shown}")));
        }
    }
    if missing.is_empty() { Ok(values) } else { Err(Refusal::Missing(missing)) }
}

/// Returns the message of a body that is exactly one uncompressed frame. If two frames were accepted, a proxy could
/// split one signed message so that only its first part is read (docs/src/signing.md, "Message (gRPC)").
pub(super) fn only_frame(body: &[u8]) -> Result<&[u8], Refusal> {
    let refused = || Refusal::Frame;
    let (head, message) = body.split_first_chunk::<FRAME_HEAD>().ok_or_else(refused)?;
    let [flag, length @ ..] = *head;
    let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| refused())?;
    if flag == 0 && length == message.len() { Ok(message) } else { Err(refused()) }
}

/// A query that the signature does not cover may only contain what the earlier service's clients send.
fn check_unsigned_query(method: &Method, uri: &Uri) -> Result<(), Refusal> {
    let lists_runs = *method == Method::GET && uri.path().ends_with("/extension/runs");
    let query = uri.query().unwrap_or_default();
    let foreign = form_urlencoded::parse(query.as_bytes())
        .map(|(name, _)| name)
        .find(|name| !(lists_runs && ["module", "limit"].contains(&name.as_ref())));
    match foreign {
        None => Ok(()),
        Some(name) => Err(Refusal::UnsignedQuery(name.chars().take(64).collect())),
    }
}

/// Returns whether a request has a bearer.
pub(super) fn has_bearer(parts: &Parts) -> bool {
    session::is_used(&parts.headers)
}

#[cfg(test)]
#[path = "../../tests/fuzz/signature.rs"]
mod fuzz;

#[cfg(test)]
mod tests;

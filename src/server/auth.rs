//! The signature check, the same for REST and for gRPC: cheap checks first, the body only for a known key, the replay
//! guard only for a right signature (security.md, section 1.3). A verified request leaves with its Principal.

use {
    super::{Peer, refusal::Refusal},
    crate::{
        crypto::{
            keys::{Keys, VerifyingKey},
            signature::{self, Signed, SigningKey},
        },
        domain::{
            access::{Principal, Scheme},
            id::KeyId,
        },
        ports::{Clock, Replay, ReplayGuard},
    },
    axum::body::Body,
    bytes::{Bytes, BytesMut},
    http::{HeaderMap, HeaderName, Method, Request, Uri, request::Parts},
    http_body_util::BodyExt as _,
    std::{sync::Arc, time::Duration},
    tokio::sync::{Semaphore, SemaphorePermit},
};

/// The five headers, in the order in which missing ones are named.
const HEADERS: [(&str, &str); 5] = [
    ("x-ext-key", "X-Ext-Key"),
    ("x-ext-timestamp", "X-Ext-Timestamp"),
    ("x-ext-nonce", "X-Ext-Nonce"),
    ("x-ext-signature", "X-Ext-Signature"),
    ("x-tenant-id", "X-Tenant-ID"),
];
/// Headers that a proxy adds, beside all that begin with `X-Forwarded-`.
const PROXY_HEADERS: [&str; 3] = ["forwarded", "via", "x-real-ip"];
/// Largest REST body, in bytes.
const REST_MAX: usize = 1024 * 1024;
/// Largest gRPC message, in bytes.
const GRPC_MAX: usize = 4 * 1024 * 1024;
/// Length of a gRPC frame's head: a flag and a length.
const FRAME_HEAD: usize = 5;
/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(10);
/// Bytes of requests that are not verified yet, in all, in units of `UNIT`. The first unit of each is free, which the
/// number of requests under way bounds: ordinary requests do not queue behind large bodies that never end.
const UNVERIFIED_UNITS: usize = 32 * 1024 * 1024 / UNIT;
const UNIT: usize = 16 * 1024;

/// The check.
#[derive(Debug)]
pub(super) struct Auth {
    keys: Arc<dyn Keys>,
    guard: Arc<dyn ReplayGuard>,
    clock: Arc<dyn Clock>,
    unverified: Semaphore,
    /// Signs for callers without a key, so that they wait as long as others.
    nobody: SigningKey,
}

/// What the headers say, checked as far as headers go.
struct Claim {
    key: Arc<VerifyingKey>,
    timestamp: String,
    nonce: String,
    signature: [u8; 32],
}

impl Auth {
    pub(super) fn new(
        keys: Arc<dyn Keys>,
        guard: Arc<dyn ReplayGuard>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            keys,
            guard,
            clock,
            unverified: Semaphore::new(UNVERIFIED_UNITS),
            nobody: SigningKey::new("nobody"),
        }
    }

    /// Verifies a REST request.
    pub(super) async fn rest(&self, request: Request<Body>) -> Result<Request<Body>, Refusal> {
        let (mut parts, body) = request.into_parts();
        let claim = self.claim(&parts).await?;
        let body = self.read(&parts.headers, body, REST_MAX).await?;
        let query_signed = self.verify(&claim, &parts.method, &Paths::rest(&parts.uri)?, &body)?;
        if !query_signed {
            check_unsigned_query(&parts.method, &parts.uri)?;
        }
        let principal = self.accept(claim).await?;
        parts.extensions.insert(principal);
        Ok(Request::from_parts(parts, Body::from(body)))
    }

    /// Verifies a gRPC request, after gRPC-Web was unwrapped, and returns it with its message.
    pub(super) async fn grpc(
        &self,
        request: Request<Body>,
    ) -> Result<(Request<Body>, Bytes), Refusal> {
        let (mut parts, body) = request.into_parts();
        let claim = self.claim(&parts).await?;
        let body = self.read(&parts.headers, body, GRPC_MAX + FRAME_HEAD).await?;
        let message = body.slice_ref(only_frame(&body)?);
        self.verify(&claim, &parts.method, &Paths::grpc(&parts.uri), &message)?;
        let principal = self.accept(claim).await?;
        parts.extensions.insert(principal);
        Ok((Request::from_parts(parts, Body::from(body)), message))
    }

    /// Checks the headers and finds the key.
    async fn claim(&self, parts: &Parts) -> Result<Claim, Refusal> {
        let [key, timestamp, nonce, given, tenant] = one_of_each(&parts.headers)?;
        let timestamp = String::from_utf8_lossy(timestamp);
        let trimmed = timestamp.trim();
        let seconds = signature::parse_timestamp(trimmed).ok_or_else(|| {
            let shown: String = timestamp.chars().take(64).collect();
            Refusal::unauthenticated(format!("Invalid timestamp format: {shown}"))
        })?;
        if (self.clock.now().timestamp() - seconds).abs() > signature::WINDOW {
            return Err(Refusal::unauthenticated(
                "Request timestamp outside acceptable window (5 minutes)",
            ));
        }
        let nonce = std::str::from_utf8(nonce).ok().filter(|nonce| signature::is_nonce(nonce));
        let nonce = nonce.ok_or_else(|| Refusal::unauthenticated("Invalid nonce"))?;
        let found = match (
            std::str::from_utf8(tenant),
            std::str::from_utf8(key).ok().and_then(KeyId::parse),
        ) {
            (Ok(tenant), Some(key)) => {
                self.keys.find(tenant, &key).await.map_err(Refusal::from_error)?
            }
            _ => None,
        };
        let found = found.filter(|key| !key.loopback_only || is_direct_loopback(parts));
        let Some(key) = found else {
            let nothing = Signed { timestamp: trimmed, nonce, method: "GET", body_hash: &[0; 32] };
            let _always_false = self.nobody.verify(nothing, "/", &[0; 32]);
            return Err(Refusal::unauthenticated("Invalid API key or tenant"));
        };
        let signature = signature::parse_signature(given)
            .ok_or_else(|| Refusal::unauthenticated("Invalid signature"))?;
        Ok(Claim { key, timestamp: trimmed.to_owned(), nonce: nonce.to_owned(), signature })
    }

    /// Reads a body with a cap and a deadline, within the bytes that all unverified requests share.
    async fn read(&self, headers: &HeaderMap, body: Body, max: usize) -> Result<Bytes, Refusal> {
        let declared = headers
            .get(http::header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse().ok());
        if declared.is_some_and(|length: usize| length > max) {
            return Err(Refusal::TooLarge);
        }
        let most = declared.unwrap_or(max);
        tokio::time::timeout(BODY_TIME, self.read_within(body, most))
            .await
            .map_err(|_| Refusal::Slow)?
    }

    /// Reads at most `most` bytes; a body that declares its length ends there anyway.
    async fn read_within(&self, mut body: Body, most: usize) -> Result<Bytes, Refusal> {
        let mut permit: Option<SemaphorePermit<'_>> = None;
        let (mut first, mut rest) = (Bytes::new(), BytesMut::new());
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| Refusal::Broken)?.into_data() else { continue };
            let length = first.len() + rest.len() + data.len();
            if length > most {
                return Err(Refusal::TooLarge);
            }
            if length > UNIT && permit.is_none() {
                // For all that may still come, at once: bodies that each held a part would wait for one another.
                let units = u32::try_from((most - UNIT).div_ceil(UNIT)).unwrap_or(u32::MAX);
                let all = self.unverified.acquire_many(units).await;
                permit = Some(all.map_err(|_| Refusal::Busy)?);
            }
            // Most bodies come in one piece and are not copied.
            if first.is_empty() && rest.is_empty() {
                first = data;
            } else {
                rest.extend_from_slice(&std::mem::take(&mut first));
                rest.extend_from_slice(&data);
            }
        }
        Ok(if rest.is_empty() { first } else { rest.freeze() })
    }

    /// Checks the signature over every path form, and says whether the query was covered.
    fn verify(
        &self,
        claim: &Claim,
        method: &Method,
        paths: &Paths,
        body: &[u8],
    ) -> Result<bool, Refusal> {
        let body_hash = signature::hash(body);
        let Claim { key, timestamp, nonce, signature } = claim;
        let signed = Signed { timestamp, nonce, method: method.as_str(), body_hash: &body_hash };
        let mut covered = None;
        for secret in &key.secrets {
            for (path, with_query) in paths.forms() {
                if secret.verify(signed, path, signature) {
                    covered = Some(with_query || covered == Some(true));
                }
            }
        }
        covered.ok_or_else(|| Refusal::unauthenticated("Invalid signature"))
    }

    /// Lets a right signature pass once.
    async fn accept(&self, claim: Claim) -> Result<Principal, Refusal> {
        let Claim { key, nonce, signature, .. } = claim;
        let ids = signature::replay_ids(&key.key, &nonce, &signature);
        match self.guard.accept(&key.key, ids).await {
            Ok(Replay::Fresh) => Ok(Principal {
                tenant: key.tenant.clone(),
                key: key.key.clone(),
                roles: key.roles.clone(),
                scheme: Scheme::V1,
            }),
            Ok(Replay::Seen) => {
                Err(Refusal::unauthenticated("Nonce already used (replay attack detected)"))
            }
            Ok(Replay::Full) => Err(Refusal::Exhausted),
            Err(error) => {
                tracing::error!(%error, "the replay guard failed");
                Err(Refusal::Busy)
            }
        }
    }
}

/// The path forms that a client may have signed, each with whether it covers the query.
struct Paths {
    forms: Vec<(String, bool)>,
}

impl Paths {
    /// Decoded and raw, without and with the query (rest-contract, section 6).
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

    /// The raw path and nothing else: a query, which no gRPC client sends, would have to be signed.
    fn grpc(uri: &Uri) -> Self {
        let raw = uri.path_and_query().map_or(uri.path(), |path| path.as_str());
        Self { forms: vec![(raw.to_owned(), true)] }
    }

    fn forms(&self) -> impl Iterator<Item = (&str, bool)> {
        self.forms.iter().map(|(path, covers)| (path.as_str(), *covers))
    }
}

/// Returns the five headers; each must be there, once.
fn one_of_each(headers: &HeaderMap) -> Result<[&[u8]; 5], Refusal> {
    let mut values: [&[u8]; 5] = [&[]; 5];
    let mut missing = Vec::new();
    for ((name, shown), value) in HEADERS.into_iter().zip(&mut values) {
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

/// Returns the message of a body that is exactly one uncompressed frame. Were two frames let through, a middle box could
/// split one signed message so that only its first part is read (security.md, section 0).
fn only_frame(body: &[u8]) -> Result<&[u8], Refusal> {
    let refused = || Refusal::unauthenticated("the request must be one uncompressed frame");
    let (head, message) = body.split_first_chunk::<FRAME_HEAD>().ok_or_else(refused)?;
    let [flag, length @ ..] = *head;
    let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| refused())?;
    if flag == 0 && length == message.len() { Ok(message) } else { Err(refused()) }
}

/// A query that the signature does not cover may say only what the earlier service's clients say in it.
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

/// True for a caller on this machine that no proxy speaks for.
fn is_direct_loopback(parts: &Parts) -> bool {
    let local = parts.extensions.get::<Peer>().is_some_and(|peer| peer.is_loopback());
    let from_proxy = |name: &HeaderName| {
        let name = name.as_str();
        name.starts_with("x-forwarded-") || PROXY_HEADERS.contains(&name)
    };
    local && !parts.headers.keys().any(from_proxy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_whole_frame_and_nothing_else() {
        let good = [0, 0, 0, 0, 2, 8, 1];
        assert_eq!(only_frame(&good).ok(), Some([8, 1].as_slice()));
        assert_eq!(only_frame(&[0, 0, 0, 0, 0]).ok(), Some([].as_slice()));
        let bad: [&[u8]; 6] = [
            &[],
            &[0, 0, 0, 0],
            &[1, 0, 0, 0, 2, 8, 1],
            &[0, 0, 0, 0, 2, 8],
            &[0, 0, 0, 0, 1, 8, 1],
            &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ];
        for body in bad {
            assert!(only_frame(body).is_err(), "{body:?}");
        }
    }

    #[test]
    fn paths_come_in_all_forms() {
        let forms =
            |uri: &str| Paths::rest(&uri.parse().expect("a uri")).map(|paths| paths.forms).ok();
        assert_eq!(forms("/a").expect("forms").len(), 1);
        let all = forms("/a%20b?x=1").expect("forms");
        let texts: Vec<&str> = all.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["/a%20b", "/a b", "/a%20b?x=1", "/a b?x=1"]);
        assert!(forms("/a%ff").is_none());
    }

    #[test]
    fn an_unsigned_query_says_little() {
        let check = |verb: Method, uri: &str| {
            check_unsigned_query(&verb, &uri.parse().expect("a uri")).is_ok()
        };
        assert!(check(Method::GET, "/v1/extension/runs?module=students&limit=1"));
        assert!(!check(Method::GET, "/v1/extension/runs?module=students&cursor=x"));
        assert!(!check(Method::GET, "/v1/extension/settings?limit=1"));
    }
}

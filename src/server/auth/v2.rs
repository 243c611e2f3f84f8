//! The checks of scheme v2 (docs/src/signing.md, "Scheme v2"): everything but the content is verified before a byte of it
//! is read, because its digest is among the signed parts.

use {
    super::{Auth, Proof, Signature, local::Head, one_of_each, outside_window, request_id},
    crate::{
        crypto::signature::v2::{self, Covered, Input},
        server::refusal::Refusal,
    },
    http::{HeaderMap, header, request::Parts},
    std::borrow::Cow,
};

/// The headers, in the order in which missing ones are named.
const HEADERS: [(&str, &str); 4] = [
    ("signature-input", "Signature-Input"),
    ("signature", "Signature"),
    ("content-digest", "Content-Digest"),
    ("x-tenant-id", "X-Tenant-ID"),
];
const IDEMPOTENCY_KEY: (&str, &str) = ("idempotency-key", "Idempotency-Key");

/// Returns whether a request is signed in this scheme.
pub(in crate::server) fn is_used(headers: &HeaderMap) -> bool {
    HEADERS.iter().take(2).any(|(name, _)| headers.contains_key(*name))
}

impl Auth {
    /// Checks the headers, finds the key and verifies the signature.
    pub(super) async fn claim_v2(&self, parts: &Parts) -> Result<Signature, Refusal> {
        let [input, given, digest, tenant] = one_of_each(&parts.headers, HEADERS)?;
        let idempotency_key = at_most_once(&parts.headers)?;
        let input = std::str::from_utf8(input).ok().and_then(Input::parse);
        let input = input.ok_or_else(|| Refusal::unauthenticated("Invalid signature input"))?;
        let created = v2::parse_created(input.created).ok_or_else(|| {
            let shown: String = input.created.chars().take(64).collect();
            Refusal::unauthenticated(format!("Invalid timestamp format: {shown}"))
        })?;
        let now = self.clock.now();
        if outside_window(now, created) {
            return Err(Refusal::window());
        }
        if !v2::is_nonce(input.nonce) {
            return Err(Refusal::unauthenticated("Invalid nonce"));
        }
        let (key, caller) = self.key(parts, now, tenant, input.key.as_bytes()).await?;
        let wrong = || Refusal::unauthenticated("Invalid signature");
        let signature = v2::parse_signature(given).ok_or_else(wrong)?;
        let hash = v2::parse_digest(digest)
            .ok_or_else(|| Refusal::unauthenticated("Invalid content digest"))?;
        // What is sent is covered, and what is covered is sent.
        if input.is_idempotent != idempotency_key.is_some() {
            return Err(wrong());
        }
        let authority = authority(parts).ok_or_else(wrong)?;
        // Clients leave the usual port of the scheme out when they sign (RFC 9421, section 2.2.3), and may send it. Which
        // scheme that is only the proxy in front knows.
        let without_port = [":443", ":80"].iter().find_map(|port| authority.strip_suffix(port));
        let named = without_port.unwrap_or(&authority);
        let covered = |authority| Covered {
            method: parts.method.as_str(),
            authority,
            path: parts.uri.path(),
            query: parts.uri.query(),
            digest,
            tenant,
            idempotency_key,
        };
        let mut secrets = key.open_to(caller);
        let secret = secrets
            .find(|secret| {
                let verify = |authority| {
                    secret.signing.verify_v2(covered(authority), input.parameters, &signature)
                };
                verify(&authority) || without_port.is_some_and(verify)
            })
            .map(|secret| secret.id)
            .ok_or_else(wrong)?;
        drop(secrets);
        let is_own = |own: &String| *own == authority || own == named;
        if !self.authorities.is_empty() && !self.authorities.iter().any(is_own) {
            return Err(Refusal::unauthenticated("The request is for another host"));
        }
        let (nonce, proof) = (input.nonce.to_owned(), Proof::V2 { hash });
        let (request_id, signed_at) = (request_id(parts), created);
        Ok(Signature { key, caller, request_id, secret, nonce, signature, signed_at, proof })
    }
}

/// Refuses content whose hash is not the signed one.
pub(super) fn check_content(signed: &[u8; 32], hash: Option<&[u8; 32]>) -> Result<(), Refusal> {
    match hash {
        Some(hash) if hash == signed => Ok(()),
        _ => Err(Refusal::unauthenticated("Invalid signature")),
    }
}

/// Returns the host and port that a request is for, as sent, in lower case.
pub(super) fn authority(request: &impl Head) -> Option<Cow<'_, str>> {
    let text = match request.uri().authority() {
        Some(authority) => authority.as_str(),
        None => {
            let mut hosts = request.headers().get_all(header::HOST).iter();
            let host = hosts.next()?.to_str().ok()?;
            hosts.next().is_none().then_some(host)?
        }
    };
    let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    Some(if is_lower { text.into() } else { text.to_ascii_lowercase().into() })
}

fn at_most_once(headers: &HeaderMap) -> Result<Option<&[u8]>, Refusal> {
    let (name, shown) = IDEMPOTENCY_KEY;
    let mut all = headers.get_all(name).iter();
    let first = all.next().map(http::HeaderValue::as_bytes);
    match all.next() {
        None => Ok(first),
        Some(_) => Err(Refusal::unauthenticated(format!("Duplicate header {shown}"))),
    }
}

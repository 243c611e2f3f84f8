//! The bearers of sessions (docs/src/security.md, "Sessions"). A bearer says who calls, and nothing about the request, so it is
//! short-lived, bound to a page where its maker says so, and never in an address.

use {
    super::{Auth, Claim},
    crate::{crypto::signature, domain::access::is_for_page, server::refusal::Refusal},
    http::{HeaderMap, HeaderValue, header, request::Parts},
};

/// The beginning of a bearer, and its length with that.
const PREFIX: &[u8] = b"et_";
const LENGTH: usize = 46;

/// Returns what follows the word of the scheme; `None` for another scheme.
fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, rest) = value.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(rest)
}

/// Returns whether a request has a bearer. Other schemes of the header belong to proxies in front, and are not looked
/// at.
pub(super) fn is_used(headers: &HeaderMap) -> bool {
    headers.get_all(header::AUTHORIZATION).iter().any(|value| bearer(value).is_some())
}

impl Auth {
    /// Finds the session of a bearer, and checks that the page is the one that the session is for.
    pub(in crate::server) async fn claim_session(&self, parts: &Parts) -> Result<Claim, Refusal> {
        let mut all = parts.headers.get_all(header::AUTHORIZATION).iter();
        let given = all.next().and_then(bearer);
        if all.next().is_some() {
            return Err(Refusal::unauthenticated("Duplicate header Authorization"));
        }
        let mut tenants = parts.headers.get_all("x-tenant-id").iter();
        let tenant = tenants.next();
        if tenants.next().is_some() {
            return Err(Refusal::unauthenticated("Duplicate header X-Tenant-ID"));
        }
        let given = given.filter(|text| text.len() == LENGTH && text.starts_with(PREFIX));
        let found = match given {
            Some(text) => {
                let hash = signature::hash(text);
                let address = self.address(&parts.headers, &parts.extensions);
                self.failures.admit_look_up(address, hash)?;
                let found = self.keys.session(&hash).await.map_err(Refusal::from_error)?;
                if found.is_some() {
                    self.failures.know(hash);
                }
                found
            }
            None => None,
        };
        let is_for = |session: &crate::crypto::keys::LiveSession| {
            let tenant_fits = tenant
                .is_none_or(|id| id.as_bytes() == session.principal.tenant.as_str().as_bytes());
            let origins = parts.headers.get_all(header::ORIGIN).iter().map(HeaderValue::as_bytes);
            tenant_fits && is_for_page(session.origin.as_deref(), origins)
        };
        match found.filter(|session| is_for(session)) {
            Some(session) => {
                self.door.admit((&*session).into())?;
                Ok(Claim::Session(session, self.call(parts)))
            }
            None => Err(Refusal::unauthenticated("Invalid session")),
        }
    }
}

//! The signature check by itself: keys and sessions are those of the test, and requests are not sent.

mod host;
mod verdict;

use {
    super::*,
    crate::{
        adapters::rate::SharedRates,
        config,
        crypto::keys::{Finding, FindingSession, Missing, VerifyingSecret},
        domain::{
            access::Role,
            id::{ReplayId, TenantId},
            rate::OwnLimits,
        },
        ports::{Arrival, GuardError, ReplayStore, Tended},
        server::{failure::Failures, limit::Limits, line::Sources, quota::Quotas},
    },
    std::{collections::HashSet, sync::Mutex, time::Duration},
};

pub(super) const NOW: i64 = 1_764_000_000;
pub(super) const SECRET: &str = "es_0123456789abcdefghijklmnop";
pub(super) const KEY: &str = "ek_fuzz";
const BEARER: &str = "et_0123456789012345678901234567890123456789012";

/// One key and one session.
#[derive(Debug, Default)]
pub(super) struct One {
    key: Option<Arc<VerifyingKey>>,
    session: Option<Arc<LiveSession>>,
    /// The numbers of the secrets that requests were accepted with.
    used: Mutex<Vec<i32>>,
    /// How often a key was found that is not for the caller.
    missed: Mutex<usize>,
    /// How often a session was looked up.
    sought: Mutex<usize>,
}

impl Keys for One {
    fn find<'a>(&'a self, tenant: &'a str, key: &'a KeyId) -> Finding<'a> {
        let is_it = |own: &&Arc<VerifyingKey>| own.tenant.as_str() == tenant && own.key == *key;
        let found = self.key.as_ref().filter(is_it).cloned();
        Box::pin(std::future::ready(Ok(found)))
    }

    fn miss<'a>(&'a self, _: &'a KeyId) -> Missing<'a> {
        *self.missed.lock().expect("a lock") += 1;
        Box::pin(std::future::ready(Ok(())))
    }

    fn session<'a>(&'a self, bearer: &'a [u8; 32]) -> FindingSession<'a> {
        *self.sought.lock().expect("a lock") += 1;
        let is_it = *bearer == signature::hash(BEARER.as_bytes());
        let found = self.session.clone().filter(|_| is_it);
        Box::pin(std::future::ready(Ok(found)))
    }

    fn used(&self, _: &KeyId, secret: i32) {
        self.used.lock().expect("a lock").push(secret);
    }
}

/// Remembers what was accepted for as long as the test runs.
#[derive(Debug, Default)]
struct Seen(Mutex<HashSet<ReplayId>>);

#[async_trait::async_trait]
impl ReplayStore for Seen {
    async fn accept(&self, arrival: Arrival) -> Result<Replay, GuardError> {
        let mut seen = self.0.lock().expect("a lock");
        let new = arrival.ids.into_iter().filter(|id| seen.insert(*id)).count();
        Ok(if new == 2 { Replay::Fresh } else { Replay::Seen })
    }

    async fn tend(&self) -> Result<Tended, GuardError> {
        Ok(Tended::Well)
    }

    fn floor(&self) -> i64 {
        0
    }

    async fn end(&self) {}
}

#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(NOW, 0).expect("a time")
    }
}

/// An owner's key with a newer secret and the one before, with which the tests sign.
pub(super) fn key() -> VerifyingKey {
    let secret = |id, secret| VerifyingSecret {
        id,
        signing: SigningKey::new(secret),
        retires_at: None,
        loopback_only: false,
    };
    VerifyingKey {
        tenant: TenantId::parse("acme").expect("an id"),
        key: KeyId::parse(KEY).expect("an id"),
        roles: vec![Role::Owner],
        expires_at: None,
        allow_cidrs: Vec::new(),
        min_scheme: Scheme::V1,
        only_mint: false,
        limits: [OwnLimits::default(); 2],
        secrets: vec![secret(2, "es_another"), secret(1, SECRET)],
    }
}

fn session(origin: Option<&str>) -> LiveSession {
    let principal = Principal {
        tenant: TenantId::parse("acme").expect("an id"),
        key: KeyId::parse(KEY).expect("an id"),
        roles: vec![Role::Viewer],
        scheme: Scheme::Session,
        only_mint: false,
        session: None,
        actor: Some("crm:1".into()),
        modules: None,
        call: Call::default(),
    };
    let expires_at = DateTime::from_timestamp(NOW + 9, 0).expect("a time");
    let limits = [OwnLimits::default(); 2];
    LiveSession { principal, origin: origin.map(str::to_owned), expires_at, limits }
}

/// The check, and what it looks keys up in.
async fn check(one: One, authorities: &[&str]) -> (Auth, Arc<One>) {
    check_by(one, authorities, Arc::new(Seen::default()), 0)
}

/// The same with a store of accepted requests, and the number of failures that an address may have in a second.
fn check_by(
    one: One,
    authorities: &[&str],
    store: Arc<dyn ReplayStore>,
    failures: i32,
) -> (Auth, Arc<One>) {
    let guard = Arc::new(ReplayGuard::new(store, Arc::new(Stopped)));
    let one = Arc::new(one);
    let proxies = vec![Cidr::parse("10.0.0.0/8").expect("a network")];
    let authorities: Vec<String> = authorities.iter().map(|text| (*text).to_owned()).collect();
    let failures = Failures::new(failures);
    let door = door();
    (Auth::new(one.clone(), guard, Arc::new(Stopped), proxies, &authorities, failures, door), one)
}

/// A door that lets a key have four requests.
fn door() -> Door {
    let limits = config::Limits {
        key_requests_per_s: 2,
        tenant_requests_per_s: 0,
        run_starts_per_min: 0,
        session_mints_per_s: 0,
        connection_tests_per_min: 0,
        failed_sign_ins_per_s: 0,
        streams: 0,
        overload_wait_ms: 100,
    };
    let rates = Arc::new(SharedRates::default());
    let waiting = Limits::new(Duration::from_millis(limits.overload_wait_ms));
    Door { quotas: Arc::new(Quotas::new(rates, &limits)), limits: Arc::new(waiting) }
}

pub(super) async fn check_of(key: VerifyingKey) -> Auth {
    check(One { key: Some(Arc::new(key)), ..One::default() }, &[]).await.0
}

/// A request without a body.
fn request(uri: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let request = Request::get(uri);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Body::empty()).expect("a request")
}

fn signed(nonce: &str) -> Vec<(&'static str, String)> {
    let time = NOW.to_string();
    let signature = SigningKey::new(SECRET).sign(&time, nonce, "GET", "/a", b"");
    vec![
        ("x-tenant-id", "acme".into()),
        ("x-ext-key", KEY.into()),
        ("x-ext-timestamp", time),
        ("x-ext-nonce", nonce.into()),
        ("x-ext-signature", signature),
        ("x-request-id", "r-1".into()),
    ]
}

fn as_texts<'a>(headers: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

fn told<T>(result: Result<T, Refusal>) -> String {
    match result.err().expect("refused") {
        Refusal::Unauthenticated(text) => text.into_owned(),
        other => format!("{other:?}"),
    }
}

fn comes_from(request: &mut Request<Body>, address: &str) {
    let address = address.parse().expect("an address");
    let line = Arc::<Sources>::default().connect(address, 9).expect("a place");
    request.extensions_mut().insert(Peer { line: Arc::new(line) });
}

#[tokio::test]
async fn a_request_is_accepted_once() {
    let (auth, one) = check(One { key: Some(Arc::new(key())), ..One::default() }, &[]).await;
    let headers = signed("n-1");
    let send = async |from: &str| {
        let mut request = request("/a", &as_texts(&headers));
        comes_from(&mut request, from);
        let proven = auth.rest(request).await.expect("proven");
        auth.accept(proven.claim, None).await
    };
    let who = send("192.0.2.7:9").await.expect("accepted");
    assert_eq!((who.tenant.as_str(), who.key.as_str()), ("acme", KEY));
    assert_eq!((who.roles.as_slice(), who.scheme), (&[Role::Owner][..], Scheme::V1));
    assert_eq!(who.call.address, Some("192.0.2.7".parse().expect("an address")));
    assert_eq!(who.call.request_id.as_deref(), Some("r-1"));
    assert!(told(send("192.0.2.8:9").await).contains("replay"));
    assert_eq!(*one.used.lock().expect("a lock"), [1]);
}

#[tokio::test]
async fn what_is_missing_is_named_in_order() {
    let auth = check_of(key()).await;
    let headers = signed("n-1");
    let headers = as_texts(&headers);
    let sent = |without: &[&str]| {
        let left = headers.iter().filter(|(name, _)| !without.contains(name)).copied();
        request("/a", &left.collect::<Vec<_>>())
    };
    let told = async |without: &[&str]| match auth.rest(sent(without)).await.err() {
        Some(Refusal::Missing(names)) => names,
        other => panic!("{other:?}"),
    };
    let all = ["x-tenant-id", "x-ext-nonce", "x-ext-key", "x-ext-timestamp", "x-ext-signature"];
    assert_eq!(told(&all).await.first(), Some(&"X-Ext-Key"));
    assert_eq!(told(&all).await.len(), 5);
    assert_eq!(told(&["x-tenant-id", "x-ext-nonce"]).await, ["X-Ext-Nonce", "X-Tenant-ID"]);
}

#[tokio::test]
async fn a_key_that_demands_v2_takes_no_v1() {
    let auth = check_of(VerifyingKey { min_scheme: Scheme::V2, ..key() }).await;
    let headers = signed("n-1");
    assert_eq!(told(auth.rest(request("/a", &as_texts(&headers))).await), "Invalid signature");
}

#[tokio::test]
async fn a_key_is_used_from_its_networks() {
    let allow_cidrs = vec![Cidr::parse("192.0.2.0/24").expect("a network")];
    let own = Some(Arc::new(VerifyingKey { allow_cidrs, ..key() }));
    let (auth, one) = check(One { key: own, ..One::default() }, &[]).await;
    let headers = signed("n-1");
    for (peer, forwarded, passes) in [
        (Some("192.0.2.7:9"), None, true),
        (Some("192.0.3.7:9"), None, false),
        (Some("192.0.3.7:9"), Some("192.0.2.7"), false),
        (Some("10.1.1.1:9"), Some("192.0.2.7"), true),
        (None, None, false),
    ] {
        let mut headers = as_texts(&headers);
        headers.extend(forwarded.map(|text| ("x-forwarded-for", text)));
        let mut request = request("/a", &headers);
        if let Some(peer) = peer {
            comes_from(&mut request, peer);
        }
        let before = *one.missed.lock().expect("a lock");
        assert_eq!(auth.rest(request).await.is_ok(), passes, "{peer:?} {forwarded:?}");
        // A refusal takes as long as that of an unknown key.
        let missed = *one.missed.lock().expect("a lock") - before;
        assert_eq!(missed, usize::from(!passes), "{peer:?} {forwarded:?}");
    }
}

#[tokio::test]
async fn a_public_secret_works_on_this_machine_alone() {
    let mut known = key();
    known.secrets.iter_mut().for_each(|secret| secret.loopback_only = true);
    let auth = check_of(known).await;
    let headers = signed("n-1");
    let own = "localhost:8001";
    for (peer, host, header, passes) in [
        ("127.0.0.1:9", own, None, true),
        ("[::1]:9", own, None, true),
        ("192.0.2.7:9", own, None, false),
        ("127.0.0.1:9", own, Some("x-forwarded-host"), false),
        ("127.0.0.1:9", own, Some("via"), false),
        ("127.0.0.1:9", own, Some("forwarded"), false),
        ("127.0.0.1:9", own, Some("x-real-ip"), false),
        ("127.0.0.1:9", own, Some("x-other"), true),
        ("127.0.0.1:9", "[::1]", None, true),
        ("127.0.0.1:9", "localhost.example:8001", None, false),
        ("127.0.0.1:9", "127.0.0.1.example", None, false),
    ] {
        let mut headers = as_texts(&headers);
        headers.push(("host", host));
        headers.extend(header.map(|name| (name, "x")));
        let mut request = request("/a", &headers);
        comes_from(&mut request, peer);
        assert_eq!(auth.rest(request).await.is_ok(), passes, "{peer} {host} {header:?}");
    }
    assert!(auth.rest(request("/a", &as_texts(&headers))).await.is_err());
}

#[tokio::test]
async fn a_session_is_for_its_page_and_tenant() {
    let bearer = format!("Bearer {BEARER}");
    let of = async |origin: Option<&str>, headers: &[(&str, &str)]| {
        let session = Some(Arc::new(session(origin)));
        let (auth, _) = check(One { session, ..One::default() }, &[]).await;
        match auth.rest(request("/a", headers)).await {
            Ok(proven) => Ok(auth.accept(proven.claim, None).await.expect("accepted")),
            Err(refusal) => Err(told::<()>(Err(refusal))),
        }
    };
    let page = "https://crm.example";
    let own = ("authorization", bearer.as_str());
    let lower = bearer.replace("Bearer", "bEARER");
    for (origin, headers) in [
        (None, vec![own]),
        (None, vec![("authorization", lower.as_str()), ("origin", "https://other.example")]),
        (None, vec![own, ("x-tenant-id", "acme"), ("x-request-id", "r-2")]),
        (Some(page), vec![own]),
        (Some(page), vec![own, ("origin", page)]),
    ] {
        let who = of(origin, &headers).await.expect("accepted");
        assert_eq!((who.name(), who.scheme), ("crm:1", Scheme::Session));
        assert_eq!(who.call.request_id.is_some(), headers.len() == 3);
    }
    let long = format!("{bearer}0");
    let other = bearer.replace("et_", "es_");
    let unknown = format!("{}1", &bearer[..bearer.len() - 1]);
    for (origin, headers, text) in [
        (None, vec![own, own], "Duplicate header Authorization"),
        (None, vec![own, ("authorization", "Basic x")], "Duplicate header Authorization"),
        (None, vec![("authorization", long.as_str())], "Invalid session"),
        (None, vec![("authorization", other.as_str())], "Invalid session"),
        (None, vec![("authorization", unknown.as_str())], "Invalid session"),
        (None, vec![("authorization", "Bearer ")], "Invalid session"),
        (None, vec![own, ("x-tenant-id", "beta")], "Invalid session"),
        (Some(page), vec![own, ("origin", "https://other.example")], "Invalid session"),
        (Some(page), vec![own, ("origin", page), ("origin", "null")], "Invalid session"),
        (None, vec![own, ("x-ext-key", KEY)], "More than one credential"),
        (None, vec![own, ("signature", "x")], "More than one credential"),
        (None, vec![("x-ext-nonce", "x"), ("signature-input", "x")], "More than one credential"),
    ] {
        assert_eq!(of(origin, &headers).await.expect_err("refused"), text, "{headers:?}");
    }
    // Another scheme of the header is a proxy's.
    assert!(
        of(None, &[("authorization", "Basic x")]).await.expect_err("refused").contains("Missing")
    );
}

#[tokio::test]
async fn what_cannot_be_a_bearer_is_not_looked_up() {
    let (auth, one) = check(One::default(), &[]).await;
    for (bearer, times) in [
        (BEARER, 1),
        (&*BEARER.replace("et_", "es_"), 0),
        (&BEARER[..45], 0),
        (&*format!("{BEARER}0"), 0),
        ("", 0),
    ] {
        let bearer = format!("Bearer {bearer}");
        let result = auth.rest(request("/a", &[("authorization", &bearer)])).await;
        assert_eq!(told(result), "Invalid session", "{bearer}");
        assert_eq!(std::mem::take(&mut *one.sought.lock().expect("a lock")), times, "{bearer}");
    }
}

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
    let forms = |uri: &str| Paths::rest(&uri.parse().expect("a uri")).map(|paths| paths.forms).ok();
    assert_eq!(forms("/a").expect("forms").len(), 1);
    let all = forms("/a%20b?x=1").expect("forms");
    let texts: Vec<&str> = all.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(texts, ["/a%20b", "/a b", "/a%20b?x=1", "/a b?x=1"]);
    assert!(forms("/a%ff").is_none());
}

#[test]
fn an_unsigned_query_says_little() {
    let check =
        |verb: Method, uri: &str| check_unsigned_query(&verb, &uri.parse().expect("a uri")).is_ok();
    assert!(check(Method::GET, "/v1/extension/runs?module=students&limit=1"));
    assert!(!check(Method::GET, "/v1/extension/runs?module=students&cursor=x"));
    assert!(!check(Method::GET, "/v1/extension/settings?limit=1"));
}

/// A body of which no byte may be asked for.
struct Untouched;

impl http_body::Body for Untouched {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
        panic!("the body is read");
    }
}

#[tokio::test]
async fn only_what_was_verified_closes_the_door_and_then_no_body_is_read() {
    let (auth, _one) = check(One { key: Some(Arc::new(key())), ..One::default() }, &[]).await;
    let forged = |headers: &[(&'static str, String)]| {
        let mut headers = headers.to_vec();
        headers[4].1 = "0".repeat(64);
        headers
    };
    let headers = signed("n-1");
    // A caller who names the key takes nothing of it, however often.
    for _ in 0..100 {
        let refused = auth.rest(request("/a", &as_texts(&forged(&headers)))).await;
        assert_eq!(told(refused), "Invalid signature");
    }
    for _ in 0..4 {
        let proven = auth.rest(request("/a", &as_texts(&headers))).await.expect("proven");
        auth.door.quotas.take(proven.claim.owners(), None).expect("within the limit");
    }
    // The limit is used up: the answer is the same for good and bad, and costs no hash.
    for headers in [&headers, &forged(&headers)] {
        let mut request = request("/a", &as_texts(headers));
        *request.body_mut() = Body::new(Untouched);
        let refused = auth.rest(request).await.err().expect("refused");
        assert!(matches!(refused, Refusal::Limited(_)), "{refused:?}");
    }
}

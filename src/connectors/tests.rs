//! Tests of the connectors as a whole, and the small servers that the tests of both systems talk
//! to.

use {
    super::{
        Connectors, Options,
        http::{Broken, Http, Limits, NoConnection},
    },
    crate::{
        budget::{self, Budget},
        domain::{code, egress::EgressPolicy},
        ports::{Connection, Ends, Failure, GuardError, StoredToken, TokenClaim, TokenStore},
    },
    async_trait::async_trait,
    axum::{
        Router,
        body::Body,
        http::{HeaderMap, Method, StatusCode, Uri},
    },
    reqwest::Request,
    secrecy::ExposeSecret as _,
    std::{
        collections::HashMap,
        future::Future,
        sync::{Arc, Mutex},
        time::Duration,
    },
    tokio::net::TcpListener,
    url::Url,
};

/// A call as a test server receives it.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Call {
    /// Returns the parameters of the query.
    pub(super) fn query(&self) -> HashMap<String, String> {
        pairs(self.uri.query().unwrap_or_default())
    }

    /// Returns the JSON body.
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Returns the fields of the form.
    pub(super) fn form(&self) -> HashMap<String, String> {
        pairs(&self.body)
    }
}

fn pairs(text: &str) -> HashMap<String, String> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// Starts a server whose answers, status and body, come from `answer`, and returns its address.
pub(super) async fn serve<F, B>(
    answer: impl Fn(Call) -> F + Clone + Send + Sync + 'static,
) -> String
where
    F: Future<Output = (u16, B)> + Send + 'static,
    B: Into<Body>,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let handler = move |method: Method, uri: Uri, headers: HeaderMap, body: String| {
        let answer = answer(Call { method, uri, headers, body });
        async move {
            let (status, body) = answer.await;
            let headers =
                [("location", "http://127.0.0.1:1/elsewhere"), ("x-api-credits-remaining", "4321")];
            (StatusCode::from_u16(status).unwrap(), headers, body.into())
        }
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await });
    address
}

/// A token, and whether a process is fetching another one.
type Place = (Option<StoredToken>, bool);

/// Tokens of one or more processes, by tenant and connection.
#[derive(Debug, Default)]
pub(super) struct Tokens(Mutex<HashMap<(String, String), Place>>);

impl Tokens {
    fn entry<T>(
        &self,
        tenant: &str,
        connection: &str,
        look: impl FnOnce(&mut Place) -> T,
    ) -> Result<T, GuardError> {
        let key = (tenant.to_owned(), connection.to_owned());
        Ok(look(self.0.lock().unwrap().entry(key).or_default()))
    }
}

#[async_trait]
impl TokenStore for Tokens {
    async fn get(&self, tenant: &str, connection: &str) -> Result<Option<StoredToken>, GuardError> {
        self.entry(tenant, connection, |(token, _)| token.clone())
    }

    async fn claim(
        &self,
        tenant: &str,
        connection: &str,
        stale: Option<&StoredToken>,
    ) -> Result<TokenClaim, GuardError> {
        let stale = stale.map(|stale| stale.token.expose_secret());
        self.entry(tenant, connection, |(token, claimed)| match token {
            Some(token) if Some(token.token.expose_secret()) != stale => {
                TokenClaim::Stored(token.clone())
            }
            _ if std::mem::replace(claimed, true) => TokenClaim::Busy,
            _ => TokenClaim::Granted,
        })
    }

    async fn put(
        &self,
        tenant: &str,
        connection: &str,
        token: StoredToken,
    ) -> Result<(), GuardError> {
        self.entry(tenant, connection, |entry| *entry = (Some(token), false))
    }

    async fn release(&self, tenant: &str, connection: &str) -> Result<(), GuardError> {
        self.entry(tenant, connection, |(_, claimed)| *claimed = false)
    }
}

/// Makes connectors that may call the test servers.
pub(super) fn connectors(options: Options) -> Connectors {
    process(options, Arc::default())
}

/// Makes the connectors of a process that shares its tokens with others.
pub(super) fn process(options: Options, tokens: Arc<Tokens>) -> Connectors {
    let _second_call = rustls::crypto::ring::default_provider().install_default();
    let policy = EgressPolicy { allow_loopback: true, allow_hosts: Vec::new() };
    Connectors::new(policy, options, tokens).unwrap()
}

/// Makes a connection to the servers at these addresses.
pub(super) fn connection(zoho: &str, moodle: &str) -> Connection {
    Connection {
        zoho_accounts_url: zoho.to_owned(),
        zoho_api_domain: zoho.to_owned(),
        zoho_client_id: "client".to_owned(),
        zoho_client_secret: "client-secret".into(),
        zoho_refresh_token: "refresh-secret".into(),
        moodle_base_url: moodle.to_owned(),
        moodle_api_token: "moodle-secret".into(),
        saved_at: chrono::DateTime::UNIX_EPOCH,
    }
}

/// An address without a server, for the system that a test does not call.
pub(super) const NOBODY: &str = "http://127.0.0.1:1";

fn open(connectors: &Connectors, tenant: &str, connection: &Connection) -> Ends {
    connectors.open(tenant, connection).unwrap()
}

#[tokio::test]
async fn handles_are_shared_by_tenant_and_values() {
    let connectors = connectors(Options::default());
    let one = connection(NOBODY, NOBODY);
    let first = open(&connectors, "a", &one);
    let same = open(&connectors, "a", &one);
    assert!(Arc::ptr_eq(&first.source, &same.source) && Arc::ptr_eq(&first.target, &same.target));
    assert!(Arc::ptr_eq(&first.grade_source, &same.grade_source));
    assert!(Arc::ptr_eq(&first.grade_target, &same.grade_target));

    let renewed = Connection { moodle_api_token: "another".into(), ..one.clone() };
    let new = open(&connectors, "a", &renewed);
    assert!(Arc::ptr_eq(&first.source, &new.source) && !Arc::ptr_eq(&first.target, &new.target));

    let other = open(&connectors, "b", &one);
    assert!(!Arc::ptr_eq(&first.source, &other.source));
    assert!(!Arc::ptr_eq(&first.target, &other.target));
}

#[tokio::test]
async fn connections_are_checked_before_anything_is_sent() {
    let dev = connectors(Options::default());
    let production =
        Connectors::new(EgressPolicy::default(), Options::default(), Arc::<Tokens>::default())
            .unwrap();
    let good = connection("https://www.zohoapis.com", "https://moodle.example");
    let good = Connection { zoho_accounts_url: "https://accounts.zoho.com".to_owned(), ..good };
    assert!(production.open("a", &good).is_ok());
    let cases = [
        (Connection { zoho_client_id: " ".to_owned(), ..good.clone() }, code::ZOHO_NOT_CONFIGURED),
        (Connection { zoho_refresh_token: "".into(), ..good.clone() }, code::ZOHO_NOT_CONFIGURED),
        (
            Connection { moodle_base_url: String::new(), ..good.clone() },
            code::MOODLE_NOT_CONFIGURED,
        ),
        (Connection { moodle_api_token: "".into(), ..good.clone() }, code::MOODLE_NOT_CONFIGURED),
        (
            Connection { zoho_api_domain: "https://evil.example".to_owned(), ..good.clone() },
            code::TARGET_NOT_ALLOWED,
        ),
        (
            Connection { zoho_accounts_url: "https://evil.example".to_owned(), ..good.clone() },
            code::TARGET_NOT_ALLOWED,
        ),
        (
            Connection { moodle_base_url: "http://169.254.169.254".to_owned(), ..good.clone() },
            code::TARGET_NOT_ALLOWED,
        ),
        (
            Connection { moodle_base_url: "moodle.example".to_owned(), ..good },
            code::TARGET_NOT_ALLOWED,
        ),
    ];
    for (connection, code) in cases {
        for connectors in [&dev, &production] {
            let error = connectors.open("a", &connection).unwrap_err();
            assert_eq!((error.failure, error.code), (Failure::Stop, code), "{connection:?}");
        }
    }
    assert!(production.open("a", &connection(NOBODY, NOBODY)).is_err());
}

fn http(policy: EgressPolicy, memory: Arc<Budget>) -> Http {
    let _second_call = rustls::crypto::ring::default_provider().install_default();
    Http::new(Arc::new(policy), Duration::from_secs(60), memory).unwrap()
}

async fn get(policy: EgressPolicy, url: &str, body: usize) -> Result<u16, Broken> {
    let http = http(policy, Budget::for_decoding(budget::USUAL_MIB));
    let request = Request::new(Method::GET, url.parse().unwrap());
    let answer = http.send(request, Limits { total: Duration::from_secs(5), body }).await;
    answer.map(|answer| answer.status)
}

#[tokio::test]
async fn names_of_forbidden_addresses_are_not_connected_to() {
    // The name passes every check of the address; only the resolver sees its addresses.
    let policy = EgressPolicy::default();
    assert_eq!(get(policy.clone(), "http://localhost/", 9).await, Err(Broken::Forbidden));
    assert_eq!(get(policy, "http://127.0.0.1/", 9).await, Err(Broken::Forbidden));
}

#[tokio::test]
async fn answers_have_a_cap_and_redirects_are_not_followed() {
    let site = serve(async |_| (303, "0123456789".to_owned())).await;
    let policy = EgressPolicy { allow_loopback: true, allow_hosts: Vec::new() };
    assert_eq!(get(policy.clone(), &site, 10).await, Ok(303));
    assert_eq!(get(policy.clone(), &site, 9).await, Err(Broken::TooLarge));
    assert_eq!(get(policy, NOBODY, 9).await, Err(Broken::Connect(NoConnection::Refused)));
}

#[tokio::test]
async fn answers_share_memory_as_they_come() {
    const MIB: usize = 1024 * 1024;
    let site = serve(async |call: Call| {
        let body = match call.uri.path() {
            "/digits" => format!("[{}0]", "0,".repeat(500_000)),
            "/small" => format!("[{}0]", "0,".repeat(1_000)),
            _ => format!("\"{}\"", "x".repeat(1_500_000)),
        };
        (200, body)
    })
    .await;
    let policy = EgressPolicy { allow_loopback: true, allow_hosts: Vec::new() };
    let memory = Budget::new(16 * MIB, 8 * MIB, Duration::from_millis(200));
    let http = http(policy, memory.clone());
    let get = async |tenant: &str, path: &str| {
        let request = Request::new(Method::GET, format!("{site}{path}").parse().unwrap());
        let limits = Limits { total: Duration::from_secs(60), body: 32 * MIB };
        http.of(tenant).send(request, limits).await
    };
    // A list of digits would become fifty times as large; it is cut off as soon as that is certain.
    assert_eq!(get("a", "/digits").await.map(drop), Err(Broken::TooLarge));
    assert_eq!(memory.used(), 0);
    let small = get("a", "/small").await.unwrap();
    assert_eq!((small.status, memory.used()), (200, 0));
    // The oldest answer has room of its own, whichever tenant it belongs to.
    let text = get("a", "/text").await.unwrap();
    assert_eq!(memory.used(), 3 * MIB);
    // A tenant leaves half of the remaining room to others, and an answer that waits in vain is
    // refused.
    let more = get("a", "/text").await.unwrap();
    assert_eq!(get("a", "/text").await.map(drop), Err(Broken::NoMemory));
    let other = get("b", "/text").await.unwrap();
    drop((text, more));
    assert!(get("a", "/text").await.is_ok());
    drop(other);
    assert_eq!(memory.used(), 0);
}

#[test]
fn what_asking_again_cannot_mend_is_not_asked_again() {
    let url = Url::parse("https://school.example/").expect("an address");
    for (broken, failure) in [
        (Broken::Forbidden, Failure::Stop),
        (Broken::TooLarge, Failure::Stop),
        (Broken::Connect(NoConnection::Other), Failure::Unreachable),
        (Broken::Cut, Failure::Unreachable),
        (Broken::Late, Failure::Unreachable),
        (Broken::NoMemory, Failure::Unreachable),
        (Broken::NoRoom, Failure::Unreachable),
    ] {
        assert_eq!(broken.error("Moodle", &url).failure, failure, "{broken:?}");
    }
}

#[test]
fn what_cannot_be_reached_is_named_with_its_cause_and_what_to_do() {
    use NoConnection::{Late, NoName, Other, Refused, Tls};
    let url = Url::parse("https://school.example/moodle").expect("an address");
    let told = |broken: Broken| broken.error("Zoho CRM", &url).message;
    let said: std::collections::BTreeSet<String> =
        [Refused, NoName, Tls, Late, Other].map(|why| told(Broken::Connect(why))).into();
    assert_eq!(said.len(), 5, "{said:?}");
    for message in said.iter().chain(&[told(Broken::Cut), told(Broken::Late)]) {
        assert!(message.starts_with("Zoho CRM at school.example:443 "), "{message}");
        assert!(message.contains("; "), "{message}");
    }
    let refused = told(Broken::Connect(Refused));
    assert!(refused.contains("cannot be reached: the connection was refused; check"), "{refused}");
}

#[tokio::test]
async fn why_there_is_no_connection_is_found_out() {
    const MIB: usize = 1024 * 1024;
    let memory = Budget::new(16 * MIB, 8 * MIB, Duration::from_millis(200));
    let policy = || EgressPolicy { allow_loopback: true, allow_hosts: Vec::new() };
    let ask = async |url: &str, total: Duration| {
        let request = Request::new(Method::GET, url.parse().unwrap());
        let limits = Limits { total, body: MIB };
        http(policy(), memory.clone()).send(request, limits).await.map(drop)
    };
    let plain = serve(|_| async { (200, String::new()) }).await;
    let minute = Duration::from_secs(60);
    let tls = plain.replace("http://", "https://");
    assert_eq!(ask(&tls, minute).await, Err(Broken::Connect(NoConnection::Tls)));
    let silent = serve(|_| async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        (200, String::new())
    });
    assert_eq!(ask(&silent.await, Duration::from_millis(300)).await, Err(Broken::Late));
}

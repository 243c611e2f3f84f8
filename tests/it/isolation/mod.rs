//! Who gets through: every method of the descriptor, as every kind of caller, by every wire. What is expected follows from the
//! permission that a method names and from the roles as they stand here once more; and no caller touches another tenant.

mod request;
mod wire;

pub(crate) use request::{Things, request, rows_of, tables, texts};

use {
    crate::harness::{
        app::{App, connect, sandbox, sync},
        client::Client,
        db::{Db, Kind as Database, kinds},
        eventually,
    },
    futures_util::{StreamExt as _, stream},
    prost_reflect::{DescriptorPool, DynamicMessage},
    serde_json::{Value, json},
    sigma_sync::proto::DESCRIPTOR_SET,
    std::collections::BTreeMap,
    wire::{Caller, Credential, Kind, Reply, WIRES, Way, Wire},
};

/// What each role may do: the permission, and the roles that have it.
const ROLES: [(&str, &str); 19] = [
    ("tenant.read", "platform owner operator viewer"),
    ("tenant.create", "platform"),
    ("tenant.update", "platform"),
    ("settings.read", "owner operator viewer"),
    ("settings.write", "owner"),
    ("module.read", "owner operator viewer"),
    ("module.write", "owner operator"),
    ("mapping.read", "owner operator viewer"),
    ("mapping.write", "owner operator"),
    ("run.read", "owner operator viewer"),
    ("run.start", "owner operator"),
    ("run.cancel", "owner operator"),
    ("run.approve", "owner operator"),
    ("metadata.read", "owner operator viewer"),
    ("key.read", "platform owner"),
    ("key.write", "platform owner"),
    ("session.create", "platform owner"),
    ("audit.read", "platform owner"),
    ("view.write", "owner operator"),
];
/// What no session does, whatever its role: what outlives it.
const NOT_IN_SESSIONS: [&str; 2] = ["key.write", "session.create"];
/// What a session that is narrowed to modules may do without naming one.
const COMMON: [&str; 4] = ["tenant.read", "settings.read", "metadata.read", "module.read"];
/// Methods that need no credential and bring none either: they tell every caller the same.
const OPEN: [&str; 1] = ["sigma.v1.MetadataService/GetServerInfo"];
/// The kinds of callers.
const CALLERS: usize = 14;
/// Calls at once.
const AT_ONCE: usize = 12;

/// A method, with what it demands.
pub(crate) struct Method {
    pub(crate) way: Way,
    /// `None` where the call itself brings the credential.
    permission: Option<String>,
}

impl Method {
    fn is_open(&self) -> bool {
        OPEN.contains(&self.way.name().as_str())
    }
}

/// All methods of the descriptor.
pub(crate) fn methods() -> Vec<Method> {
    let pool = DescriptorPool::decode(DESCRIPTOR_SET).expect("the descriptor");
    let option = |name: &str| pool.get_extension_by_name(name).expect("an option");
    let (http, permission, public) =
        (option("google.api.http"), option("sigma.v1.permission"), option("sigma.v1.public"));
    let methods = pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let methods = methods.map(|method| {
        let options = method.options();
        let is_public = options.get_extension(&public).as_bool() == Some(true);
        let word = options.get_extension(&permission).as_str().unwrap_or_default().to_owned();
        assert_ne!(is_public, !word.is_empty(), "{}: a permission or public", method.full_name());
        Method { way: Way::new(method, &http), permission: (!is_public).then_some(word) }
    });
    methods.collect()
}

/// Returns whether a role has a permission.
fn may(role: &str, permission: &str) -> bool {
    let (_, roles) = ROLES
        .iter()
        .find(|(word, _)| *word == permission)
        .unwrap_or_else(|| panic!("{permission} stands in no row of ROLES"));
    roles.split(' ').any(|word| word == role)
}

/// What is expected of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Unauthenticated,
    Denied,
    /// The call gets to the things that it names.
    Passed,
}

/// What makes a caller what it is.
#[derive(Debug, Clone)]
enum Who {
    /// It is not known.
    Nobody,
    Key(&'static str),
    Session(&'static str),
    /// A session that is narrowed to the module `students`.
    Narrowed(&'static str),
}

impl Who {
    fn expected(&self, permission: &str, request: &DynamicMessage) -> Expected {
        let has = |name: &str| {
            let value = request.get_field_by_name(name);
            value.is_some_and(|value| value.as_str().is_some_and(|text| !text.is_empty()))
        };
        let passes = match self {
            Self::Nobody => return Expected::Unauthenticated,
            Self::Key(role) => may(role, permission),
            Self::Session(role) => may(role, permission) && !NOT_IN_SESSIONS.contains(&permission),
            Self::Narrowed(role) => {
                let names = has("module_name") || has("module") || has("run_id");
                may(role, permission)
                    && !NOT_IN_SESSIONS.contains(&permission)
                    && (names || COMMON.contains(&permission))
            }
        };
        if passes { Expected::Passed } else { Expected::Denied }
    }
}

/// Two schools and a deployment: all callers, and the things of the school that must not be touched.
struct Stage {
    db: Db,
    _app: App,
    callers: Vec<(&'static str, Caller, Who)>,
    foreign: Caller,
    /// The foreign owner with the name of the school.
    mixed: Caller,
    things: Things,
    secrets: Vec<String>,
}

async fn ok(answer: crate::harness::client::Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{}: {}", answer.status, answer.text);
    answer.json()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name}: {value}")).to_owned()
}

/// Makes a tenant and returns a client with its owner key.
pub(crate) async fn tenant(platform: &Client, id: &str) -> Client {
    let body = json!({"tenant_id": id, "name": format!("School {id}")});
    let made = ok(platform.post("/v1/extension/tenants", &body).await).await;
    let (key, secret) = (text(&made, "extension_api_key"), text(&made, "extension_api_secret"));
    Client::new(&platform.url, id, &key, &secret)
}

async fn key(by: &Client, body: &Value) -> Client {
    let made = ok(by.post("/v1/extension/keys", body).await).await;
    Client::new(&by.url, &by.tenant, &text(&made, "key_id"), &text(&made, "secret"))
}

async fn bearer(by: &Client, body: &Value) -> (String, String) {
    let made = ok(by.post("/v1/extension/sessions", body).await).await;
    (text(&made, "session_id"), text(&made, "token"))
}

impl Stage {
    async fn new(kind: Database) -> Self {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let seeded = app.client();
        let owner = tenant(&seeded, "riyadh").await;
        let school = sandbox(3, 0).await;
        connect(&owner, &school).await;
        let run = text(&sync(&owner).await, "run_id");
        school.stop().await;
        // Nothing is read from a school that is not there any more.
        ok(owner.put("/v1/extension/settings", &json!({"zoho_enabled": false})).await).await;
        let item = ok(owner.get("/v1/extension/items?limit=1").await).await["items"][0].clone();
        let person = text(&item, "person_id");
        let named = |role: &str| json!({"name": role, "roles": [role]});
        let viewer = key(&owner, &named("viewer")).await;
        let operator = key(&owner, &named("operator")).await;
        let platform = key(&seeded, &named("platform")).await;
        let revoked = key(&owner, &named("owner")).await;
        let end = format!("/v1/extension/keys/{}/revoke", revoked.key);
        ok(owner.post(&end, &json!({})).await).await;
        let soon = chrono::DateTime::from_timestamp(
            i64::try_from(crate::harness::client::now()).expect("a time") + 2,
            0,
        );
        let soon = soon.expect("a time").to_rfc3339();
        let body = json!({"name": "x", "roles": ["owner"], "expires_at": soon});
        let expired = key(&owner, &body).await;
        let suspended = tenant(&seeded, "suspended").await;
        let place = "/v1/extension/tenants/suspended";
        ok(seeded.put(place, &json!({"status": "suspended"})).await).await;
        let (session, whole) = bearer(&owner, &json!({"role": "owner", "actor": "crm:1"})).await;
        let narrow = json!({"role": "operator", "actor": "crm:2", "modules": ["students"]});
        let (_, narrow) = bearer(&owner, &narrow).await;
        let view = json!({"name": "failures", "screen": "runs", "query": "status=FAILED"});
        let view = text(&ok(owner.post("/v1/extension/views", &view).await).await, "view_id");
        let foreign = tenant(&seeded, "jeddah").await;
        let mut mixed = foreign.clone();
        mixed.tenant = "riyadh".into();
        eventually("the end of a key", async || {
            (expired.get("/v1/extension/settings").await.status == 401).then_some(())
        })
        .await;
        let by = |client: &Client, credential| Caller::new(client, credential);
        let callers = vec![
            ("none", by(&owner, Credential::None), Who::Nobody),
            ("bad signature", by(&owner, Credential::Forged), Who::Nobody),
            ("stale", by(&owner, Credential::Stale), Who::Nobody),
            ("replay", by(&viewer, Credential::Replayed), Who::Nobody),
            ("revoked", by(&revoked, Credential::Signed), Who::Nobody),
            ("expired", by(&expired, Credential::Signed), Who::Nobody),
            ("suspended tenant", by(&suspended, Credential::Signed), Who::Nobody),
            ("viewer", by(&viewer, Credential::Signed), Who::Key("viewer")),
            ("operator", by(&operator, Credential::Signed), Who::Key("operator")),
            ("owner", by(&owner, Credential::Signed), Who::Key("owner")),
            ("session", by(&owner, Credential::Bearer(whole)), Who::Session("owner")),
            ("narrowed session", by(&owner, Credential::Bearer(narrow)), Who::Narrowed("operator")),
            ("platform", by(&platform, Credential::Signed), Who::Key("platform")),
        ];
        let things = Things {
            tenant: "riyadh".into(),
            run,
            person,
            key: operator.key.clone(),
            session,
            view,
        };
        let secrets = vec!["School riyadh".into(), things.run.clone(), things.person.clone()];
        Self {
            foreign: by(&foreign, Credential::Signed),
            mixed: by(&mixed, Credential::Signed),
            db,
            _app: app,
            callers,
            things,
            secrets,
        }
    }

    /// A request of a caller, with what is expected of it: the things that it names are there unless it may reach them.
    fn request(&self, name: &str, who: &Who, method: &Method) -> (DynamicMessage, Expected) {
        let way = &method.way.method;
        let with_tenant = name == "platform" || way.name() != "CreateSession";
        let real = request(way, &self.things, with_tenant);
        let permission = method.permission.as_deref().unwrap_or("tenant.read");
        match who.expected(permission, &real) {
            Expected::Passed => (request(way, &Things::missing(), with_tenant), Expected::Passed),
            expected => (real, expected),
        }
    }

    /// The school's rows, once what was done before has settled.
    async fn rows(&self, with_refusals: bool) -> Vec<String> {
        let mut known = Vec::new();
        eventually("rows that stay", async || {
            tokio::time::sleep(std::time::Duration::from_millis(600)).await;
            let now = rows_of(&self.db, &self.things.tenant, with_refusals).await;
            let is_same = now == known;
            known = now;
            is_same.then(|| known.clone())
        })
        .await
    }
}

/// A call of the matrix.
struct Cell<'a> {
    name: &'static str,
    caller: &'a Caller,
    method: &'a Method,
    wire: Wire,
    request: DynamicMessage,
    expected: Expected,
}

impl Cell<'_> {
    async fn call(self) -> Option<String> {
        let reply = self.method.way.call(self.caller, self.wire, &self.request).await;
        let Reply { kind, text } = &reply;
        let is_right = match (&self.method.permission, self.expected) {
            (None, _) if self.method.is_open() => *kind == Kind::Fine,
            // Its code is wrong, and nothing else about it is looked at.
            (None, _) => !matches!(kind, Kind::Fine | Kind::Broken),
            (_, Expected::Unauthenticated) => *kind == Kind::Unauthenticated,
            (_, Expected::Denied) => *kind == Kind::Denied,
            (_, Expected::Passed) => matches!(kind, Kind::Fine | Kind::Missing | Kind::Refused),
        };
        let (name, wire, expected) = (self.name, self.wire, self.expected);
        (!is_right).then(|| {
            format!("{name} {wire:?} {}: {expected:?}, but {kind:?} {text}", self.method.way.name())
        })
    }
}

async fn all(cells: Vec<Cell<'_>>) -> usize {
    let count = cells.len();
    let faults = stream::iter(cells).map(Cell::call).buffer_unordered(AT_ONCE);
    let faults: Vec<String> = faults.filter_map(async |fault| fault).collect().await;
    assert!(faults.is_empty(), "{} of {count}:\n{}", faults.len(), faults.join("\n"));
    count
}

fn same(before: &[String], now: &[String]) {
    let gone: Vec<_> = before.iter().filter(|row| !now.contains(row)).collect();
    let new: Vec<_> = now.iter().filter(|row| !before.contains(row)).collect();
    assert!(gone.is_empty() && new.is_empty(), "gone: {gone:#?}\nnew: {new:#?}");
    assert_eq!(before.len(), now.len());
}

/// Calls a method as the owner of another school, with the things of the school and with ones that are not there.
async fn foreign(stage: &Stage, method: &Method, wire: Wire) -> Option<String> {
    let name = method.way.name();
    let (theirs, missing) = (&stage.things, Things::missing());
    let ask = async |things: &Things| {
        let request = request(&method.way.method, things, true);
        method.way.call(&stage.foreign, wire, &request).await
    };
    let (real, none) = (ask(theirs).await, ask(&missing).await);
    let input = method.way.method.input();
    let is_named =
        theirs.fields().iter().any(|(field, _)| input.get_field_by_name(field).is_some())
            && !["CreateTenant", "SaveView"].contains(&method.way.method.name());
    if is_named && (real.kind != none.kind || theirs.hide(&real.text) != missing.hide(&none.text)) {
        return Some(format!("{wire:?} {name}: {real:?} is not as {none:?}"));
    }
    let shown = |word: &String| !is_named && real.text.contains(word.as_str());
    if stage.secrets.iter().any(shown) || real.kind == Kind::Broken {
        return Some(format!("{wire:?} {name}: {real:?}"));
    }
    // Its key with the school's name opens nothing.
    let mixed = request(&method.way.method, theirs, true);
    let mixed = method.way.call(&stage.mixed, wire, &mixed).await;
    let is_refused = match method.permission {
        Some(_) => {
            mixed.kind == Kind::Unauthenticated && mixed.text.contains("Invalid API key or tenant")
        }
        None => method.is_open() || mixed.kind != Kind::Fine,
    };
    (!is_refused).then(|| format!("{wire:?} {name} with the school's name: {mixed:?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_caller_gets_what_is_its_own_and_nothing_else() {
    for kind in kinds() {
        let (stage, methods) = (Stage::new(kind).await, methods());
        let mut cells: BTreeMap<u8, Vec<Cell<'_>>> = BTreeMap::new();
        for (name, caller, who) in &stage.callers {
            for method in &methods {
                for wire in WIRES {
                    let (request, expected) = stage.request(name, who, method);
                    let cell = Cell { name, caller, method, wire, request, expected };
                    let part = match (who, expected) {
                        // What is sent a second time was carried out once.
                        _ if *name == "replay" => 2,
                        (Who::Nobody, _) => 0,
                        (_, Expected::Denied) => 1,
                        _ => 2,
                    };
                    cells.entry(part).or_default().push(cell);
                }
            }
        }
        // Without a proof, and as another tenant: all rows stay, the audit log with them.
        let before = stage.rows(true).await;
        let mut count = all(cells.remove(&0).unwrap()).await;
        let foreign: Vec<String> =
            stream::iter(methods.iter().flat_map(|method| WIRES.map(|wire| (method, wire))))
                .map(|(method, wire)| foreign(&stage, method, wire))
                .buffer_unordered(AT_ONCE)
                .filter_map(async |fault| fault)
                .collect()
                .await;
        assert!(foreign.is_empty(), "{}:\n{}", foreign.len(), foreign.join("\n"));
        count += methods.len() * WIRES.len();
        same(&before, &stage.rows(true).await);
        // A refusal for want of a permission is an entry of its tenant's log, and nothing else.
        let before = stage.rows(false).await;
        count += all(cells.remove(&1).unwrap()).await;
        same(&before, &stage.rows(false).await);
        count += all(cells.remove(&2).unwrap()).await;
        println!("{kind:?}: {count} calls of {} methods", methods.len());
        assert_eq!((methods.len(), count), (73, 73 * CALLERS * WIRES.len()), "{kind:?}");
    }
}

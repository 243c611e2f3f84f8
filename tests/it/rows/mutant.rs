//! The store's own statements without their tenant, sent again to a database that has everything twice. What the program sends
//! while a school is synchronised and every method is called is recorded, and altered in two ways: the condition on the tenant is
//! taken out, and the tenant is another one. Behind row security nothing of the other school comes back or changes; without it
//! hundreds leak, so the comparison can fail.

use {
    super::{
        has_postgres,
        touch::{drain, touch},
    },
    crate::{
        harness::{
            app::{connect, ended, sandbox, sync},
            client::Client,
            control::Controls,
            db::{Db, Kind},
            school::zoho_module,
        },
        isolation::{Things, methods, request, tables, tenant},
    },
    prost::Message as _,
    regex::Regex,
    sea_orm::{
        ConnectionTrait as _, Database, DatabaseConnection, DbErr, QueryResult, Statement,
        TransactionTrait as _, Value, Values,
        sqlx::{Row as _, ValueRef as _},
    },
    serde_json::json,
    sigma_sync::{
        boot,
        config::{Config, Limits, Overrides},
        store::WATCH,
    },
    std::{
        backtrace::Backtrace,
        collections::{BTreeMap, BTreeSet},
        path::Path,
        sync::{LazyLock, Mutex},
    },
    tokio_util::sync::CancellationToken,
};

/// The school whose statements are altered, and the one that must not be reached.
pub(super) const OWN: &str = "mutant-own";
const OTHER: &str = "mutant-other";
/// How often it is looked which function sends a text.
const LOOKS: usize = 6;
/// What a run may be while a statement about it is sent again.
const STATES: [&str; 5] = ["", "running", "held", "queued", "waiting"];
/// The state of a table without rows, for what is stored in it: rows that are there keep new ones out.
const EMPTY: &str = "empty";

/// The recorded statements, by their texts without the numbers of their values.
static SENT: Mutex<BTreeMap<String, Sent>> = Mutex::new(BTreeMap::new());
static CONDITION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"((?:"?\w+"?\.)?"?tenant_id"? = )\$(\d+)"#).expect("a pattern"));
static LIST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$\d+(?:\), \(\$\d+|, \$\d+)*").expect("a pattern"));
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"src/store/((?:across_tenants/)?\w+)\.rs:(\d+)").expect("a pattern")
});
static FUNCTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^ *(?:pub(?:\([\w:]+\))? )?(?:async )?fn (\w+)").expect("a pattern")
});
/// The lines at which the functions of a file begin, with their names.
static BEGINS: Mutex<BTreeMap<String, Vec<(usize, String)>>> = Mutex::new(BTreeMap::new());

/// A recorded statement, as it was sent last.
struct Sent {
    statement: Statement,
    /// The functions of the store that were on the stack, the innermost one first.
    functions: Vec<String>,
    times: usize,
}

/// Records a statement of the school.
fn record(statement: &Statement) {
    if !values(statement).any(|(_, value)| text(value) == Some(OWN)) {
        return;
    }
    let shape = LIST.replace_all(&statement.sql, "$").into_owned();
    let mut all = SENT.lock().expect("statements");
    let first = || Sent { statement: statement.clone(), functions: Vec::new(), times: 0 };
    let sent = all.entry(shape).or_insert_with(first);
    sent.statement = statement.clone();
    sent.times += 1;
    // Several functions may have a text in common.
    if sent.times <= LOOKS {
        let more = functions_on_stack();
        sent.functions.extend(more);
    }
}

/// The functions of the store's nouns on the stack. Their lines tell them: names of async functions are not whole in every build.
fn functions_on_stack() -> Vec<String> {
    let stack = Backtrace::force_capture().to_string();
    let places = PLACE.captures_iter(&stack);
    let names = places.filter_map(|found| function_at(&found[1], found[2].parse().ok()?));
    names
        .filter(|name| !["rows::", "connect::", "pool::"].iter().any(|of| name.starts_with(of)))
        .collect()
}

/// The function of a file of the store that a line belongs to.
fn function_at(file: &str, line: usize) -> Option<String> {
    let mut files = BEGINS.lock().expect("functions");
    let begins = files.entry(file.to_owned()).or_insert_with(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/store/{file}.rs"));
        let source = std::fs::read_to_string(path).expect("a file");
        let name = |text: &str| FUNCTION.captures(text).map(|found| found[1].to_owned());
        (1..).zip(source.lines()).filter_map(|(at, text)| Some((at, name(text)?))).collect()
    });
    let (_, name) = begins.iter().rev().find(|(begin, _)| *begin <= line)?;
    Some(format!("{}::{name}", file.replace('/', "::")))
}

fn values(statement: &Statement) -> impl Iterator<Item = (usize, &Value)> {
    statement.values.iter().flat_map(|values| values.0.iter().enumerate())
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(Some(text)) => Some(text),
        _ => None,
    }
}

/// The id that the other school's twin of a thing has: its sixth letter is the next one.
fn twin(id: &str) -> String {
    let next = |letter: char| match letter {
        'f' | 'z' | 'Z' => '0',
        '9' => 'a',
        other => char::from_u32(u32::from(other) + 1).expect("a letter"),
    };
    id.chars().enumerate().map(|(at, letter)| if at == 5 { next(letter) } else { letter }).collect()
}

/// A database with both schools.
struct Twins {
    db: DatabaseConnection,
    role: String,
    /// Ids that are not of one tenant alone, and those of their twins.
    ids: BTreeMap<String, String>,
    sum: String,
}

impl Twins {
    /// Gives the other school all that the first one has: under the same names where they belong to a tenant, and else under
    /// others.
    async fn make(db: &Db) -> Self {
        let role = db.role();
        let db = Database::connect(&db.url).await.expect("the database");
        let tables = tables(&db).await;
        let unique =
            ["run_id", "parent_run_id", "chain_id", "entry_id", "key_id", "session_id", "view_id"];
        let mut ids = BTreeMap::new();
        for table in &tables {
            for column in unique {
                let sql = format!(
                    "SELECT DISTINCT to_jsonb(t)->>'{column}' AS x FROM {table} t WHERE tenant_id = '{OWN}'
                     AND to_jsonb(t)->>'{column}' IS NOT NULL"
                );
                let found = super::texts(&db, &sql).await;
                ids.extend(found.into_iter().map(|id| (id.clone(), twin(&id))));
            }
        }
        let json = serde_json::to_string(&ids).expect("JSON").replace('\'', "''");
        // Tables whose rows refer to others come after them.
        let mut left: Vec<(&String, Option<DbErr>)> =
            tables.iter().map(|name| (name, None)).collect();
        for _ in 0..tables.len() {
            let mut waits = Vec::new();
            for (table, _) in left {
                let given = unique.map(|column| {
                    format!("'{column}', coalesce('{json}'::jsonb->>(to_jsonb(t)->>'{column}'), to_jsonb(t)->>'{column}')")
                });
                let hashes = ["bearer_hash", "code_hash", "data_key_id"]
                    .map(|column| format!("'{column}', '\\x' || md5(to_jsonb(t)->>'{column}')"));
                let sql = format!(
                    "INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(t)
                        || jsonb_build_object('tenant_id', '{OTHER}', 'event_id', -(to_jsonb(t)->>'event_id')::bigint,
                           {}, {}))).* FROM {table} t WHERE tenant_id = '{OWN}'",
                    given.join(", "),
                    hashes.join(", ")
                );
                if let Err(error) = db.execute_unprepared(&sql).await {
                    waits.push((table, Some(error)));
                }
            }
            left = waits;
        }
        assert!(left.is_empty(), "{left:?} have no twins");
        let mut twins = Self { db, role, ids, sum: String::new() };
        twins.sum = checksum(&twins.db).await.expect("a sum");
        twins
    }

    /// Sends a statement, behind row security or not, with a run in a state, and takes everything back. Returns what came back, and
    /// whether the other school has changed; an error is its text.
    async fn send(
        &self,
        statement: &Statement,
        walled: bool,
        state: &str,
    ) -> Result<(Vec<Vec<u8>>, bool), String> {
        let tx = self.db.begin().await.map_err(told)?;
        if state == EMPTY {
            // Without triggers, those of foreign keys among them.
            let table = table_of(statement).unwrap_or_default();
            let sql = format!("SET LOCAL session_replication_role = replica; DELETE FROM {table}");
            tx.execute_unprepared(&sql).await.map_err(told)?;
        }
        for (_, value) in values(statement) {
            let run = text(value).filter(|run| STATES[1..].contains(&state) && run.len() == 36);
            if let Some(run) = run {
                let sql = format!("UPDATE sync_runs SET state = '{state}' WHERE run_id = '{run}'");
                tx.execute_unprepared(&sql).await.map_err(told)?;
            }
        }
        let reads = statement.sql.starts_with("SELECT");
        let sum = match (reads, state) {
            (true, _) => String::new(),
            (_, "") => self.sum.clone(),
            _ => checksum(&tx).await.map_err(told)?,
        };
        if walled {
            let settings =
                format!("SET LOCAL ROLE {}; SET LOCAL sigma.tenant_id = '{OWN}'", self.role);
            tx.execute_unprepared(&settings).await.map_err(told)?;
        }
        let rows = tx.query_all_raw(statement.clone()).await.map_err(told)?;
        let mut rows: Vec<Vec<u8>> = rows.iter().map(bytes).collect();
        rows.sort();
        tx.execute_unprepared("SET LOCAL ROLE NONE").await.map_err(told)?;
        let changed = !reads && checksum(&tx).await.map_err(told)? != sum;
        tx.rollback().await.map_err(told)?;
        Ok((rows, changed))
    }

    /// The same call with the ids of the other school's things.
    fn of_twins(&self, statement: &Statement) -> Statement {
        with_values(statement, |value| match text(value).and_then(|text| self.ids.get(text)) {
            Some(id) => id.as_str().into(),
            None => value.clone(),
        })
    }
}

/// The table that a statement stores rows in. Of several that are sent as one, it is that of the last one.
fn table_of(statement: &Statement) -> Option<&str> {
    let sql = statement.sql.trim_start();
    let stores =
        ["INSERT INTO ", "WITH s0 AS (INSERT INTO "].iter().any(|begin| sql.starts_with(begin));
    let (_, rest) = sql.rsplit_once("INSERT INTO ").filter(|_| stores)?;
    let rest = rest.trim_start_matches('"');
    rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()
}

fn told(error: DbErr) -> String {
    error.to_string()
}

fn with_values(statement: &Statement, change: impl Fn(&Value) -> Value) -> Statement {
    let values = values(statement).map(|(_, value)| change(value)).collect();
    Statement { values: Some(Values(values)), ..statement.clone() }
}

/// All that a row shows, as the driver got it.
fn bytes(row: &QueryResult) -> Vec<u8> {
    let row = row.try_as_pg_row().expect("PostgreSQL");
    let value = |at: usize| {
        let value = row.try_get_raw(at).expect("a value");
        if value.is_null() { vec![b'-'] } else { value.as_bytes().expect("bytes").to_vec() }
    };
    (0..row.len()).map(value).collect::<Vec<_>>().join(&b'|')
}

/// A number for all rows of the other school.
async fn checksum(db: &impl sea_orm::ConnectionTrait) -> Result<String, DbErr> {
    static TABLES: LazyLock<Mutex<Option<String>>> = LazyLock::new(|| Mutex::new(None));
    let known = TABLES.lock().expect("a text").clone();
    let sql = match known {
        Some(sql) => sql,
        None => {
            let names = "SELECT string_agg('SELECT md5(t::text) AS h FROM ' || table_name || ' t WHERE tenant_id = ''"
                .to_owned()
                + OTHER
                + "''', ' UNION ALL ') AS x FROM information_schema.columns WHERE column_name = 'tenant_id'
                   AND table_schema = current_schema()";
            let row =
                db.query_one_raw(Statement::from_string(db.get_database_backend(), names)).await?;
            let all: String = row.expect("a text").try_get("", "x")?;
            let sql = format!(
                "SELECT coalesce(md5(string_agg(h, '' ORDER BY h)), '') AS x FROM ({all}) a"
            );
            *TABLES.lock().expect("a text") = Some(sql.clone());
            sql
        }
    };
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    row.expect("a sum").try_get("", "x")
}

/// A statement as it would be with a mistake.
struct Mutant {
    /// What is sent, and what it is compared with.
    sent: Statement,
    right: Statement,
}

/// The ways in which a statement could lack its tenant.
fn mutants(twins: &Twins, statement: &Statement) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    let is_own = |number: &str| {
        let at = number.parse::<usize>().expect("a number") - 1;
        values(statement).any(|(place, value)| place == at && text(value) == Some(OWN))
    };
    let without = CONDITION.replace_all(&statement.sql, |found: &regex::Captures<'_>| {
        let whole = &found[0];
        if is_own(&found[2]) { format!("({whole} OR true)") } else { whole.to_owned() }
    });
    if without != statement.sql {
        let without = Statement { sql: without.into_owned(), ..statement.clone() };
        mutants.push(Mutant { sent: without.clone(), right: statement.clone() });
        mutants.push(Mutant { sent: twins.of_twins(&without), right: twins.of_twins(statement) });
    }
    let elsewhere = with_values(statement, |value| match text(value) {
        Some(OWN) => OTHER.into(),
        _ => value.clone(),
    });
    let nobody = with_values(statement, |value| match text(value) {
        Some(OWN) => "nobody".into(),
        _ => value.clone(),
    });
    mutants.push(Mutant { sent: twins.of_twins(&elsewhere), right: twins.of_twins(&nobody) });
    mutants.push(Mutant { sent: elsewhere, right: nobody });
    mutants
}

/// Returns whether a mutant shows or changes what its right form does not.
async fn leaks(twins: &Twins, mutant: &Mutant, walled: bool, state: &str) -> bool {
    let Ok((rows, changed)) = twins.send(&mutant.sent, walled, state).await else { return false };
    if changed {
        return true;
    }
    let right =
        twins.send(&mutant.right, true, state).await.map(|(rows, _)| rows).unwrap_or_default();
    // The clock goes on between the two.
    if mutant.sent.sql.contains("clock_timestamp") {
        rows.len() > right.len()
    } else {
        rows != right
    }
}

/// The functions of the store whose statements are narrowed: those of the files of its nouns that send one.
fn functions() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let frame =
        ["mod.rs", "connect.rs", "pool.rs", "pooler.rs", "postgres_url.rs", "rows.rs", "wall.rs"];
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if !path.is_file() || frame.contains(&name.as_str()) {
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a file");
        let file = name.trim_end_matches(".rs");
        for part in source.split("async fn ").skip(1) {
            let body = part.split("\n    }\n").next().unwrap_or(part);
            let sends = ["_raw(", ".one(", ".all(", ".exec", ".update(", ".count(", "change_all("];
            if sends.iter().any(|word| body.contains(word)) {
                let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(0);
                found.insert(format!("{file}::{}", &part[..end]));
            }
        }
    }
    found
}

/// Calls every method as the school's owner.
async fn call_all(owner: &Client, things: &Things) {
    for method in methods() {
        let way = &method.way.method;
        let request = request(way, things, way.name() != "CreateSession");
        let name = format!("{}/{}", way.parent_service().full_name(), way.name());
        let message = request.encode_to_vec();
        let headers = owner.sign("POST", &format!("/{name}"), &message);
        let _answer = owner.grpc_raw(&name, message.into(), &headers).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_without_its_tenant_leaks_nothing() {
    if !has_postgres() {
        return;
    }
    let db = Db::new(Kind::Postgres).await;
    WATCH.set(record).expect("the only watcher");
    let (found, stop) = (functions(), CancellationToken::new());
    let values = vec![
        ("database_url", db.url.clone()),
        ("listen", "127.0.0.1:0".into()),
        ("metrics_listen", String::new()),
        ("secrets.master_key_file", db.master_key().display().to_string()),
    ];
    let mut config = Config::load(&Overrides { file: None, values }).expect("settings");
    config.limits = Limits {
        key_requests_per_s: 0,
        tenant_requests_per_s: 0,
        run_starts_per_min: 0,
        connection_tests_per_min: 0,
        session_mints_per_s: 0,
        ..config.limits
    };
    boot::migrate(&config, &stop).await.expect("the schema");
    let mut twins = None;
    boot::with_core(&config, &stop, async |core| {
        core.control.seed_empty().await.expect("a tenant");
        let running = boot::serve(&config, core, true).await.expect("a server");
        let platform = Client::seeded(&format!("http://{}", running.address));
        let (run, person) = live(&platform).await;
        running.stop().await;
        drain(&core.store).await;
        // The other school has what this one had before it lost some of it.
        twins = Some(Twins::make(&db).await);
        touch(&core.store, &run, &person).await;
        Ok::<_, anyhow::Error>(())
    })
    .await
    .expect("a server");
    config.database.row_security = sigma_sync::config::RowSecurity::On;
    boot::migrate(&config, &stop).await.expect("row security");
    let mut twins = twins.expect("both schools");
    twins.sum = checksum(&twins.db).await.expect("a sum");

    let sent = std::mem::take(&mut *SENT.lock().expect("statements"));
    let (mut count, mut open, mut faults) = (0, 0, Vec::new());
    let (mut reached, mut shown) = (BTreeSet::new(), BTreeSet::new());
    for Sent { statement, functions, .. } in sent.values() {
        if functions.first().is_some_and(|name| name.starts_with("across_tenants")) {
            continue;
        }
        let function = functions.first().map_or("", String::as_str);
        reached.extend(functions.iter().filter(|name| found.contains(*name)).cloned());
        for mutant in mutants(&twins, statement) {
            count += 1;
            // What row security shows is part of what is shown without it, so a state that shows nothing without it is enough
            // once.
            let mut has_leaked = false;
            let by_state = statement.sql.contains("state");
            let stores = table_of(statement).is_some().then_some(EMPTY);
            let states = STATES.into_iter().filter(|state| by_state || state.is_empty());
            for state in states.chain(stores) {
                has_leaked = leaks(&twins, &mutant, false, state).await;
                if (has_leaked || state.is_empty()) && leaks(&twins, &mutant, true, state).await {
                    faults.push(format!("{function} {state}: {}", mutant.sent));
                }
                if has_leaked {
                    break;
                }
            }
            if has_leaked {
                open += 1;
                shown.extend(functions.iter().filter(|name| found.contains(*name)).cloned());
            }
        }
    }
    assert_eq!(checksum(&twins.db).await.unwrap(), twins.sum, "all was taken back");
    let missed: Vec<_> = found.difference(&reached).collect();
    let blind: Vec<_> = reached.difference(&shown).collect();
    println!(
        "{} functions of {}, {} statements, {count} mutants: {open} leak without row security, {} with it",
        reached.len(),
        found.len(),
        sent.len(),
        faults.len()
    );
    println!("not reached: {missed:?}\nwithout a leak in any case: {blind:?}");
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
    assert!(reached.len() >= 140, "{missed:?}");
    assert!(
        open >= 300 && shown.len() >= 70,
        "{open} of {count} mutants in {} functions",
        shown.len()
    );
}

/// What a school does: it is set up, synchronised in several ways, and every method is called.
async fn live(platform: &Client) -> (String, String) {
    let owner = tenant(platform, OWN).await;
    let school = sandbox(30, 10).await;
    connect(&owner, &school).await;
    for module in ["students", "programs", "classes", "enrollments"] {
        let place = format!("/v1/extension/modules/{module}");
        assert_eq!(owner.put(&place, &json!({"enabled": true})).await.status, 200);
    }
    let run = sync(&owner).await["run_id"].as_str().expect("a run").to_owned();
    for path in ["sync/programs/run", "sync/classes/run", "sync/enrollments/run"] {
        let started = owner.post(&format!("/v1/extension/{path}"), &json!({})).await.json();
        ended(&owner, started["run_id"].as_str().expect("a run")).await;
    }
    sync(&owner).await;
    for place in [format!("runs/{run}/retry-failed"), "sync/students/run".into()] {
        let body = json!({"dry_run": true});
        let body = if place.starts_with("sync") { body } else { json!({}) };
        let started = owner.post(&format!("/v1/extension/{place}"), &body).await.json();
        if let Some(id) = started["run_id"].as_str() {
            ended(&owner, id).await;
        }
    }
    let items = owner.get("/v1/extension/items?limit=1").await.json();
    let made =
        owner.post("/v1/extension/keys", &json!({"name": "x", "roles": ["viewer"]})).await.json();
    let page =
        owner.post("/v1/extension/sessions", &json!({"role": "viewer", "actor": "x"})).await.json();
    let view = json!({"name": "failures", "screen": "runs"});
    let view = owner.post("/v1/extension/views", &view).await.json();
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let things = Things {
        tenant: OWN.into(),
        run,
        person: text(&items["items"][0]["person_id"]),
        key: text(&made["key_id"]),
        session: text(&page["session_id"]),
        view: text(&view["view_id"]),
    };
    let options = json!({"enabled": true, "options": {"removal_action": "suspend"}});
    let place = "/v1/extension/modules/students";
    assert_eq!(owner.put(place, &options).await.status, 200);
    // Most are gone: the removals are held, and decided in both ways.
    let controls = Controls::new();
    for number in 0..24 {
        let path = format!("zoho/records/{}/{number}?unseen=1", zoho_module("students"));
        controls.ask("DELETE", format!("{}/_sandbox/{path}", school.moodle_url()), json!({})).await;
    }
    for (decision, body) in [("discard", json!({})), ("approve", json!({"removals": 3}))] {
        let held = sync(&owner).await;
        let place = format!("/v1/extension/runs/{}", text(&held["run_id"]));
        assert_eq!(held["status"], "held", "{held}");
        owner.get(&format!("{place}/removals")).await;
        let decided = owner.post(&format!("{place}/{decision}"), &body).await;
        assert_eq!(decided.status, 200, "{}", decided.text);
        ended(&owner, &text(&held["run_id"])).await;
    }
    call_all(&owner, &things).await;
    let code = json!({"role": "viewer", "actor": "x", "as_code": true});
    let code = owner.post("/v1/extension/sessions", &code).await.json();
    let claim = json!({"code": code["code"]}).to_string();
    owner.send("POST", "/v1/extension/sessions/claim", &Vec::new(), claim).await;
    school.stop().await;
    (things.run, things.person)
}

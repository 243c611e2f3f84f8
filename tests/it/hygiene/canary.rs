//! Fifty planted secrets, and those that the service makes: in none of its files, tables, logs, figures and answers.

use {
    super::{ok, text},
    crate::harness::{
        app::{BINARY, Process, connect, ended, sandbox, sync, trigger},
        client::{Client, Headers},
        db::{Db, Kind, kinds},
        eventually,
        process::{run, with_key},
    },
    sea_orm::{ConnectionTrait as _, Database, Statement},
    serde_json::{Value, json},
    sigma_sync::proto::pb,
    std::{
        cell::{Cell, RefCell},
        fs::{self, File},
        path::Path,
        process::Command,
    },
};

const SETTINGS: &str = "/v1/extension/settings";
const KEYS: &str = "/v1/extension/keys";
const SESSIONS: &str = "/v1/extension/sessions";
/// How many are planted.
const PLANTED: u32 = 50;

/// What must be nowhere.
#[derive(Default)]
struct Hidden {
    next: Cell<u32>,
    all: RefCell<Vec<String>>,
}

impl Hidden {
    /// Makes a secret.
    fn plant(&self) -> String {
        self.next.set(self.next.get() + 1);
        self.add(&format!("C4n4ry{:02}qzqzqzqzqzqz", self.next.get()))
    }

    fn add(&self, secret: &str) -> String {
        assert!(secret.len() >= 12, "{secret}");
        self.all.borrow_mut().push(secret.to_owned());
        secret.to_owned()
    }

    /// Looks for all of them, also in hexadecimal digits, as PostgreSQL writes bytes.
    fn is_not_in(&self, place: &str, bytes: &[u8]) {
        let found = |needle: &[u8]| {
            // The first byte is looked for first: a file has millions.
            let mut from = 0;
            while let Some(at) = bytes[from..].iter().position(|byte| *byte == needle[0]) {
                if bytes[from + at..].starts_with(needle) {
                    return Some(from + at);
                }
                from += at + 1;
            }
            None
        };
        for secret in self.all.borrow().iter() {
            for needle in [secret.clone(), hex::encode(secret)] {
                if let Some(at) = found(needle.as_bytes()) {
                    let near = &bytes[at.saturating_sub(200)..(at + 100).min(bytes.len())];
                    panic!("{secret} in {place}: {}", String::from_utf8_lossy(near));
                }
            }
        }
    }

    fn is_not_under(&self, folder: &Path) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                self.is_not_under(&path);
            } else if let Ok(bytes) = fs::read(&path) {
                self.is_not_in(&path.display().to_string(), &bytes);
            }
        }
    }
}

/// A server that logs everything into a file, with an address for its figures.
async fn start(db: &Db, log: &Path) -> (Process, String, String) {
    if db.url.starts_with("postgres") {
        let migrated = run(with_key(db, &db.master_key()).arg("migrate"));
        assert_eq!(migrated.code, Some(0), "{migrated:?}");
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let metrics = free.local_addr().expect("an address").to_string();
    drop(free);
    let mut command = Command::new(BINARY);
    command
        .current_dir(&db.folder)
        .args(["--database-url", &db.url, "--metrics-listen", &metrics, "--log", "trace"])
        .arg("--master-key-file")
        .arg(db.master_key())
        .args(["--listen", "127.0.0.1:0", "serve"])
        .stderr(File::create(log).expect("a file"));
    let process = Process(command.spawn().expect("the binary"));
    let url = eventually("the server's address", async || {
        let text = fs::read(log).ok()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("sigma-sync on "))?;
        Some(line.split(' ').next()?.to_owned())
    })
    .await;
    (process, url, format!("http://{metrics}/metrics"))
}

/// Gives the service secrets in all ways in which it takes them, and in ways in which it does not.
async fn plant(hidden: &Hidden, platform: &Client) -> (Client, Vec<String>) {
    let mut answers = Vec::new();
    let made = json!({"tenant_id": "riyadh", "name": "x"});
    let made = ok(&platform.post("/v1/extension/tenants", &made).await);
    hidden.add(&text(&made, "extension_api_secret"));
    let (key, secret) = (text(&made, "extension_api_key"), text(&made, "extension_api_secret"));
    let owner = Client::new(&platform.url, "riyadh", &key, &secret);
    let names = ["moodle_api_token", "zoho_client_secret", "zoho_refresh_token"];
    for _ in 0..8 {
        let [a, b, c] = [(); 3].map(|()| hidden.plant());
        let body = json!({names[0]: a, names[1]: b, names[2]: c, "moodle_enabled": true});
        answers.push(owner.put(SETTINGS, &body).await.text);
    }
    for name in names {
        for value in [
            json!(hidden.plant()),
            json!([hidden.plant()]),
            json!({"a": hidden.plant()}),
            json!(hidden.plant().repeat(400)),
        ] {
            // Faults beside it, and in it.
            let body = json!({name: value, "moodle_enabled": "what"});
            let answer = owner.put(SETTINGS, &body).await;
            assert_eq!(answer.status, 422, "{}", answer.text);
            answers.push(answer.text);
        }
    }
    for name in ["moodle_base_url", "zoho_accounts_url"] {
        let address = format!("https://user:{}@moodle.example", hidden.plant());
        answers.push(owner.put(SETTINGS, &json!({name: address})).await.text);
    }
    for body in [
        json!({"name": "x", "roles": ["viewer"], "secret": hidden.plant()}),
        json!({"name": "x", "roles": ["viewer"], "secrt": hidden.plant()}),
        json!({"name": "x", "roles": "viewer", "password": {"is": hidden.plant()}}),
    ] {
        answers.push(owner.post(KEYS, &body).await.text);
    }
    for code in [json!(hidden.plant()), json!([hidden.plant()])] {
        let body = json!({"code": code}).to_string();
        answers
            .push(owner.send("POST", &format!("{SESSIONS}/claim"), &Vec::new(), body).await.text);
    }
    for value in [
        format!("Bearer et_{}", hidden.plant()),
        format!("Bearer {}", hidden.plant()),
        format!("Basic {}", hidden.plant()),
    ] {
        let headers: Headers = vec![("Authorization", value)];
        answers.push(owner.send("GET", SETTINGS, &headers, "").await.text);
        let method = "sigma.v1.SettingsService/GetSettings";
        let told = owner.grpc_raw(method, bytes::Bytes::new(), &headers).await;
        answers.push(format!("{told:?}"));
    }
    let request = pb::UpdateSettingsRequest {
        moodle_api_token: Some(hidden.plant()),
        zoho_client_secret: Some(hidden.plant()),
        moodle_base_url: Some("no address".into()),
        ..Default::default()
    };
    let method = "sigma.v1.SettingsService/UpdateSettings";
    let told = owner.grpc::<pb::UpdateSettingsResponse>(method, &request).await;
    answers.push(format!("{:?}", told.expect_err("not an address")));
    while hidden.next.get() < PLANTED {
        let body = json!({names[0]: hidden.plant()});
        answers.push(owner.put(SETTINGS, &body).await.text);
    }
    // What the service makes is told once, to its maker, in answers that are not looked at.
    let made = ok(&owner.post(KEYS, &json!({"name": "x", "roles": ["owner"]})).await);
    hidden.add(&text(&made, "secret"));
    let rotated = format!("{KEYS}/{}/rotate", text(&made, "key_id"));
    hidden.add(&text(&ok(&owner.post(&rotated, &json!({})).await), "secret"));
    let viewer = json!({"role": "viewer", "actor": "x"});
    let session = ok(&owner.post(SESSIONS, &viewer).await);
    let bearer = hidden.add(&text(&session, "token"));
    let headers: Headers = vec![("Authorization", format!("Bearer {bearer}"))];
    let method = "sigma.v1.SettingsService/GetSettings";
    owner.grpc_raw(method, bytes::Bytes::new(), &headers).await.expect("by gRPC");
    answers.push(owner.send("GET", SETTINGS, &headers, "").await.text);
    let code = json!({"role": "viewer", "actor": "x", "as_code": true});
    let code = hidden.add(&text(&ok(&owner.post(SESSIONS, &code).await), "code"));
    let body = json!({"code": code}).to_string();
    let claimed = owner.send("POST", &format!("{SESSIONS}/claim"), &Vec::new(), body).await;
    hidden.add(&text(&ok(&claimed), "token"));
    (owner, answers)
}

/// Everything that can be read by a call.
async fn read(client: &Client, run: Option<&Value>) -> Vec<String> {
    let mut targets = vec![
        SETTINGS.to_owned(),
        KEYS.into(),
        SESSIONS.into(),
        "/v1/extension/tenants".into(),
        "/v1/extension/modules".into(),
        "/v1/extension/runs".into(),
        "/v1/extension/items".into(),
        "/v1/extension/usage".into(),
        "/v1/extension/people?query=a".into(),
        "/v1/extension/audit?limit=200".into(),
        "/v1/extension/audit/export".into(),
        "/v1/extension/audit/export/csv".into(),
        "/v1/extension/mappings/students/export".into(),
        "/v1/extension/mappings/students/versions".into(),
    ];
    if let Some(run) = run {
        let id = text(run, "run_id");
        targets.extend(
            ["", "/export", "/export/csv"].map(|end| format!("/v1/extension/runs/{id}{end}")),
        );
    }
    let mut answers = Vec::new();
    for target in targets {
        let answer = client.get(&target).await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text);
        answers.push(format!("{target}: {:?} {}", answer.headers, answer.text));
    }
    // Events from the first one on, until those that are stored have come.
    let target = "/v1/extension/events?after=0";
    let mut events = client.begin("GET", target, &client.sign("GET", target, b""), "").await;
    let mut told = String::new();
    while !told.contains("session.changed") && !told.contains("run.ended") {
        let part = events.chunk().await.expect("a part").expect("more");
        told.push_str(&String::from_utf8_lossy(&part));
    }
    answers.push(told);
    answers
}

/// Looks into every table of PostgreSQL, and into the files of its server where they are on this machine.
async fn tables(hidden: &Hidden, db: &Db) {
    let beside = Database::connect(&db.url).await.expect("the database");
    let ask = async |sql: &str| {
        let statement = Statement::from_string(beside.get_database_backend(), sql);
        let rows = beside.query_all_raw(statement).await.expect("an answer");
        rows.iter().map(|row| row.try_get("", "n").expect("a text")).collect::<Vec<String>>()
    };
    let names = ask("SELECT tablename AS n FROM pg_tables WHERE schemaname = 'public'").await;
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let rows = ask(&format!("SELECT CAST(t AS text) AS n FROM {name} AS t")).await;
        hidden.is_not_in(&name, rows.join("\n").as_bytes());
    }
    let folder = ask("SELECT setting AS n FROM pg_settings WHERE name = 'data_directory'").await;
    beside.execute_unprepared("CHECKPOINT").await.expect("a checkpoint");
    hidden.is_not_under(&Path::new(&folder[0]).join("pg_wal"));
    beside.close().await.expect("an end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planted_secrets_are_nowhere() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let outside = tempfile::tempdir().expect("a folder");
        let log = outside.path().join("log");
        let (mut process, url, metrics) = start(&db, &log).await;
        let platform = Client::seeded(&url);
        let hidden = Hidden::default();
        let (owner, mut answers) = plant(&hidden, &platform).await;
        assert_eq!(hidden.next.get(), PLANTED);

        // Runs: one that works, and one with a token that the site refuses.
        let site = sandbox(5, 0).await;
        let credentials = site.credentials();
        for secret in [
            credentials.moodle_token,
            credentials.zoho_client_secret,
            credentials.zoho_refresh_token,
        ] {
            hidden.add(secret);
        }
        connect(&platform, &site).await;
        let wrong = hidden.add("C4n4ryOfTheSiteqzqzqz");
        ok(&platform.put(SETTINGS, &json!({"moodle_api_token": wrong})).await);
        let run = trigger(&platform).await;
        let failed = ended(&platform, &run).await;
        assert_eq!(failed["status"], "failed", "{failed}");
        connect(&platform, &site).await;
        assert_eq!(sync(&platform).await["status"], "completed", "{kind:?}");

        answers.extend(read(&owner, None).await);
        answers.extend(read(&platform, Some(&failed)).await);
        for answer in &answers {
            hidden.is_not_in("an answer", answer.as_bytes());
        }
        let page = Client::seeded(metrics.trim_end_matches("/metrics"));
        let figures = page.send("GET", "/metrics", &Vec::new(), "").await.text;
        assert!(figures.contains("sigma_auth_requests_total"), "{figures}");
        hidden.is_not_in("the metrics", figures.as_bytes());

        // The files as a crash leaves them, with the write-ahead log; and a copy.
        if kind == Kind::Sqlite {
            let copy = outside.path().join("copy.db");
            let copied = run_backup(&db, &copy);
            assert_eq!(copied.code, Some(0), "{copied:?}");
            hidden.is_not_in("a copy", &fs::read(&copy).expect("a copy"));
        }
        process.kill();
        // The key itself is in its own file only.
        let key = hex::encode([7; 32]);
        fs::remove_file(db.master_key()).expect("gone");
        hidden.add(&key);
        let wal = db.folder.join("sigma.db-wal");
        assert!(kind == Kind::Postgres || wal.exists());
        hidden.is_not_under(&db.folder);
        if kind == Kind::Postgres {
            tables(&hidden, &db).await;
        }
        let log = fs::read(&log).expect("a log");
        assert!(log.len() > 100_000, "everything is logged: {}", log.len());
        hidden.is_not_in("the log", &log);
        site.stop().await;
    }
}

fn run_backup(db: &Db, copy: &Path) -> crate::harness::process::Ended {
    run(with_key(db, &db.master_key()).arg("backup").arg(copy))
}

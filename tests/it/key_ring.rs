//! Master keys and data keys are exchanged while servers run: no request fails, a command that was killed is repeated, and
//! nothing is sealed with a key that was taken away.

use {
    crate::harness::{
        app::{Process, listening},
        client::Client,
        db::{Db, Kind, kinds},
        eventually,
        process::{Ended, Started, run, with_key},
    },
    serde_json::{Value, json},
    sigma_sync::crypto::envelope::MasterKey,
    std::{
        fs,
        path::{Path, PathBuf},
        sync::{
            Arc,
            atomic::{AtomicBool, AtomicU64, Ordering},
        },
        time::Duration,
    },
};

/// Makes a folder of master keys with one key in it.
fn ring(db: &Db, name: &str) -> PathBuf {
    let folder = db.folder.join(name);
    fs::create_dir(&folder).expect("a folder");
    fs::copy(db.key_file("first.key", 1), folder.join("1.key")).expect("a copy");
    folder
}

fn id(byte: u8) -> String {
    MasterKey::parse(&[byte; 32]).expect("a key").id().to_owned()
}

/// Starts a server with a folder of keys.
fn serve(db: &Db, ring: &Path) -> (Process, String) {
    if db.url.starts_with("postgres") {
        done(&run(with_key(db, ring).arg("migrate")));
    }
    let mut command = with_key(db, ring);
    command.args(["--log", "warn", "serve"]);
    listening(command)
}

/// The same caller at another server.
fn at(client: &Client, url: &str) -> Client {
    let mut client = client.clone();
    client.url = url.into();
    client
}

fn master_key(db: &Db, ring: &Path, args: &[&str]) -> Ended {
    run(with_key(db, ring).arg("master-key").args(args))
}

fn done(ended: &Ended) -> String {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.out.clone()
}

fn refused(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    for word in words {
        assert!(ended.said.contains(word), "no '{word}' in {}", ended.said);
    }
}

/// The state of each master key of a host.
fn states(db: &Db, ring: &Path) -> Vec<(String, String, i64)> {
    let out = done(&master_key(db, ring, &["status", "-o", "json"]));
    let rows: Vec<Value> = serde_json::from_str(&out).expect("rows");
    let text = |row: &Value, name: &str| row[name].as_str().expect("text").to_owned();
    rows.iter()
        .map(|row| {
            let count = row["data_keys"].as_i64().expect("a number");
            (text(row, "master_key_id"), text(row, "state"), count)
        })
        .collect()
}

/// Creates a tenant and returns a client with its key.
async fn tenant(url: &str, id: &str) -> Client {
    let body = json!({"tenant_id": id, "name": id});
    let made = Client::seeded(url).post("/v1/extension/tenants", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{name}: {made}"));
    Client::new(url, id, text("extension_api_key"), text("extension_api_secret"))
}

/// Sends requests until it is told to stop; counts those that were answered, and panics at the first that was not.
struct Load {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

impl Load {
    fn start(clients: Vec<Client>) -> Self {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (told, counted) = (stop.clone(), sent.clone());
        let task = tokio::spawn(async move {
            while !told.load(Ordering::Relaxed) {
                for client in &clients {
                    let answer = client.get("/v1/extension/settings").await;
                    assert_eq!(answer.status, 200, "{}", answer.text);
                    counted.fetch_add(1, Ordering::Relaxed);
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        Self { stop, sent, task }
    }

    /// Ends the load once this many requests were answered. How long that takes does not matter.
    async fn end(self, least: u64) {
        while self.sent.load(Ordering::Relaxed) < least && !self.task.is_finished() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.expect("every request was answered");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_key_is_exchanged_under_load() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let (here, there) = (ring(&db, "here"), ring(&db, "there"));
        let servers = [serve(&db, &here), serve(&db, &there)];
        let mut clients = Vec::new();
        for number in 0..12 {
            let client = tenant(&servers[0].1, &format!("t{number}")).await;
            clients.push(at(&client, &servers[number % 2].1));
        }
        let load = Load::start(clients);
        refused(&master_key(&db, &here, &["retire", &id(1)]), 5, &["seals new data keys"]);
        done(&master_key(&db, &here, &["add"]));
        let before = states(&db, &here);
        assert_eq!(before[0], (id(1), "seals".into(), 13));
        assert_eq!((before[1].1.as_str(), before[1].2), ("unused", 0), "the newest is last");
        let new = before[1].0.clone();
        // It reaches the other host, which reads it without a restart.
        for file in fs::read_dir(&here).expect("a folder") {
            let file = file.expect("a file");
            fs::copy(file.path(), there.join(file.file_name())).expect("a copy");
        }
        // Broken off at any point, and by two processes at once.
        for round in 0..8 {
            let mut command = Started::new(with_key(&db, &here).args(["master-key", "rewrap"]));
            tokio::time::sleep(Duration::from_millis(round * 7)).await;
            command.signal("KILL");
            drop(command);
        }
        let both = [&here, &there]
            .map(|ring| Started::new(with_key(&db, ring).args(["master-key", "rewrap"])))
            .map(Started::ended);
        both.iter().for_each(|ended| assert!(done(ended).contains(&new), "{ended:?}"));
        assert_eq!(
            states(&db, &there),
            [(id(1), "unused".into(), 0), (new.clone(), "seals".into(), 13)]
        );
        done(&master_key(&db, &here, &["retire", &id(1)]));
        done(&master_key(&db, &there, &["retire", &id(1)]));
        assert_eq!(states(&db, &here), [(new.clone(), "seals".into(), 13)]);
        // A new tenant is sealed by the server that was never told.
        tokio::time::sleep(Duration::from_secs(5)).await;
        let late = tenant(&servers[1].1, "late").await;
        assert_eq!(late.get("/v1/extension/settings").await.status, 200);
        load.end(100).await;
        drop(servers);
        let again = serve(&db, &here);
        let client = at(&late, &again.1);
        assert_eq!(client.get("/v1/extension/settings").await.status, 200);
        refused(
            &run(with_key(&db, &db.key_file("first.key", 1)).arg("worker")),
            78,
            &[&new, &id(1)],
        );
        let audited = |action: &str| {
            format!(
                "SELECT count(*) AS n FROM audit_entries WHERE action = '{action}' AND key_id = 'host'"
            )
        };
        assert_eq!(db.number(&audited("master_key.rewrap")).await, 13, "one in each tenant's log");
        // The file is still there, for copies of the database from before.
        assert!(here.join(format!(".retired-{}-1.key", id(1))).exists());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_key_is_exchanged_and_everything_still_opens() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let ring = ring(&db, "keys");
        let servers = [serve(&db, &ring), serve(&db, &ring)];
        let client = tenant(&servers[0].1, "acme").await;
        let elsewhere = at(&client, &servers[1].1);
        let settings = json!({"moodle_base_url": "http://127.0.0.1:9", "moodle_api_token": "a".repeat(32),
            "zoho_client_id": "1000.X", "zoho_client_secret": "b".repeat(42), "zoho_refresh_token": "c".repeat(70)});
        let saved = client.put("/v1/extension/settings", &settings).await;
        assert_eq!(saved.status, 200, "{}", saved.text);
        assert_eq!(elsewhere.get("/v1/extension/settings").await.status, 200);
        let load = Load::start(vec![client.clone(), elsewhere.clone()]);
        let all = "SELECT count(*) AS n FROM old_data_keys";
        for round in 1..=3 {
            let out = done(&master_key(&db, &ring, &["renew", "--of", "acme"]));
            assert!(out.starts_with("data keys made: 1; secrets sealed again: 5"), "{out}");
            assert_eq!(db.number(all).await, round);
            // Sealed by servers that may not know of the new key yet.
            let token = json!({"moodle_api_token": round.to_string().repeat(32)});
            for client in [&client, &elsewhere] {
                let saved = client.put("/v1/extension/settings", &token).await;
                assert_eq!(saved.status, 200, "{}", saved.text);
            }
        }
        let out = done(&master_key(&db, &ring, &["renew", "--all"]));
        assert!(out.starts_with("data keys made: 2; secrets sealed again: 7"), "{out}");
        load.end(20).await;
        let audited = "SELECT count(*) AS n FROM audit_entries WHERE action = 'master_key.renew'";
        assert_eq!(db.number(audited).await, 5);
        // What was replaced an hour ago is deleted by the next call, and nothing needed it.
        let hour = match kind {
            Kind::Sqlite => "UPDATE old_data_keys SET replaced_at = '2026-01-01T00:00:00+00:00'",
            Kind::Postgres => {
                "UPDATE old_data_keys SET replaced_at = replaced_at - interval '2 hours'"
            }
        };
        db.execute(hour).await;
        done(&master_key(&db, &ring, &["renew", "--of", "acme"]));
        assert_eq!(db.number(all).await, 2, "the one just replaced, and the default tenant's");
        drop(servers);
        let again = serve(&db, &ring);
        let client = at(&client, &again.1);
        let shown = client.get("/v1/extension/settings").await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        refused(&master_key(&db, &ring, &["renew", "--of", "unknown"]), 1, &["not found"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ring_that_is_not_whole_is_refused() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let ring = ring(&db, "keys");
        let server = serve(&db, &ring);
        let file = ring.join("2.key");
        for bad in [vec![7_u8; 31], Vec::new(), b"not a key".to_vec()] {
            fs::write(&file, bad).expect("a file");
            for command in ["serve", "worker", "seed"] {
                refused(&run(with_key(&db, &ring).arg(command)), 78, &["2.key", "32 bytes"]);
            }
        }
        fs::remove_file(&file).expect("a file");
        // Names that start with a dot are not keys.
        fs::write(ring.join("..data"), "x").expect("a file");
        assert_eq!(states(&db, &ring), [(id(1), "seals".into(), 1)]);
        // One data key under a key that is not there: its tenant could not be served.
        db.execute("UPDATE data_keys SET master_key_id = '0123456789abcdef'").await;
        for command in ["serve", "worker", "seed"] {
            refused(&run(with_key(&db, &ring).arg(command)), 78, &["0123456789abcdef", &id(1)]);
        }
        drop(server);
        let empty = db.folder.join("empty");
        fs::create_dir(&empty).expect("a folder");
        refused(&run(with_key(&db, &empty).arg("serve")), 78, &["has no file", &id(1)]);
        let single = db.key_file("first.key", 1);
        refused(&master_key(&db, &single, &["add"]), 78, &["single master key", "make a folder"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_lacks_the_new_key_reads_it_when_it_comes() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let (here, there) = (ring(&db, "here"), ring(&db, "there"));
        let (first, second) = (serve(&db, &here), serve(&db, &there));
        done(&master_key(&db, &here, &["add"]));
        done(&master_key(&db, &here, &["rewrap"]));
        let late = tenant(&first.1, "late").await;
        let late = at(&late, &second.1);
        let answer = late.get("/v1/extension/settings").await;
        assert_eq!(answer.status, 503, "{}", answer.text);
        for file in fs::read_dir(&here).expect("a folder") {
            let file = file.expect("a file");
            fs::copy(file.path(), there.join(file.file_name())).expect("a copy");
        }
        eventually("the key", async || {
            (late.get("/v1/extension/settings").await.status == 200).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_key_is_the_newest_whatever_the_names() {
    let db = Db::new(Kind::Sqlite).await;
    let folder = db.folder.join("keys");
    fs::create_dir(&folder).expect("a folder");
    fs::copy(db.key_file("first.key", 1), folder.join("master.key")).expect("a copy");
    for round in 1..=12 {
        done(&master_key(&db, &folder, &["add"]));
        let states = states(&db, &folder);
        assert_eq!(states.len(), round + 1);
        let newest = &states[round].0;
        assert!(done(&master_key(&db, &folder, &["rewrap"])).contains(newest), "{round}");
    }
}

//! The first platform key: by a command on the host and by a file of the settings; only one, and never by a call.

use {
    crate::harness::{
        app::{App, Process, command, listening},
        client::Client,
        db::{Db, Kind, kinds},
        process::{Ended, Started, bare, run, with_key},
    },
    serde_json::json,
    std::{
        collections::HashMap,
        fs,
        os::unix::fs::PermissionsExt as _,
        path::Path,
        process::{Command, Stdio},
    },
};

const TENANTS: &str = "/v1/extension/tenants";

fn prepared(db: &Db, kind: Kind) {
    if kind == Kind::Postgres {
        assert_eq!(run(bare(db).arg("migrate")).code, Some(0));
    }
}

/// A command in production mode.
fn production(db: &Db) -> Command {
    let mut command = with_key(db, &db.master_key());
    command.args(["--mode", "production"]);
    command
}

fn bootstrap(db: &Db, args: &[&str]) -> Ended {
    run(production(db).args(["keys", "bootstrap"]).args(args))
}

fn serve(db: &Db, file: Option<&Path>) -> (Process, String) {
    let mut command = command(db);
    command.args(["--mode", "production", "--listen", "127.0.0.1:0", "serve", "--worker", "none"]);
    if let Some(file) = file {
        command.env("SIGMA_AUTH__BOOTSTRAP_KEY_FILE", file);
    }
    listening(command)
}

/// Reads the lines of a key.
fn client(url: &str, lines: &str) -> Client {
    let values: HashMap<&str, &str> =
        lines.lines().filter_map(|line| line.split_once('=')).collect();
    assert!(values["SIGMA_SECRET"].starts_with("es_") && values["SIGMA_SECRET"].len() == 46);
    let client =
        Client::new(url, values["SIGMA_TENANT"], values["SIGMA_KEY"], values["SIGMA_SECRET"]);
    assert_eq!(values["SIGMA_SCHEME"], "v2", "{lines}");
    client.in_v2()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_host_makes_the_first_key_once() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        prepared(&db, kind);
        let made = bootstrap(&db, &[]);
        assert_eq!((made.code, made.out.lines().count()), (Some(0), 4), "{made:?}");
        let (_server, url) = serve(&db, None);
        let platform = client(&url, &made.out);
        let created = platform.post(TENANTS, &json!({"tenant_id": "riyadh", "name": "x"})).await;
        assert_eq!(created.status, 201, "{kind:?}: {}", created.text);
        // It runs the deployment and reads no school.
        assert_eq!(platform.get("/v1/extension/settings").await.status, 403);

        let refused = bootstrap(&db, &[]);
        assert_eq!((refused.code, refused.out.as_str()), (Some(5), ""), "{refused:?}");
        assert!(refused.said.contains(&platform.key), "{}", refused.said);
        let file = db.folder.join("other.env");
        let shown = file.to_str().unwrap();
        assert_eq!(bootstrap(&db, &["--file", shown]).code, Some(5));
        assert!(!file.exists(), "no key was made");
        let forced = bootstrap(&db, &["--force", "--file", shown]);
        assert_eq!((forced.code, forced.out.as_str()), (Some(0), ""), "{forced:?}");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o600);
        let other = client(&url, &fs::read_to_string(&file).unwrap());
        assert_eq!(other.get(TENANTS).await.status, 200, "{kind:?}");
        assert_eq!(platform.get(TENANTS).await.status, 200, "{kind:?}: the first one goes on");
        // A file is never replaced, and its key stays the one that is stored.
        let again = bootstrap(&db, &["--force", "--file", shown]);
        assert_eq!(again.code, Some(1), "{again:?}");
        assert_eq!(client(&url, &fs::read_to_string(&file).unwrap()).key, other.key);
        let entries = "SELECT count(*) AS n FROM audit_entries WHERE key_id = 'host' AND action = 'key.bootstrap'";
        assert_eq!(db.number(entries).await, 2, "{kind:?}");
        let keys = "SELECT count(*) AS n FROM api_keys WHERE roles = 'platform'";
        assert_eq!(db.number(keys).await, 2, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_commands_at_once_one_makes_the_key() {
    for kind in kinds() {
        for round in 0..4 {
            let db = Db::new(kind).await;
            prepared(&db, kind);
            // In the second half of the rounds the tenant is there, without an active key.
            if round >= 2 {
                assert_eq!(bootstrap(&db, &[]).code, Some(0));
                db.execute("UPDATE api_keys SET revoked_at = CURRENT_TIMESTAMP").await;
            }
            let start = |()| Started::new(production(&db).args(["keys", "bootstrap"]));
            let ended = [(); 3].map(start).map(Started::ended);
            let mut codes = ended.each_ref().map(|ended| ended.code);
            codes.sort_unstable();
            assert_eq!(codes, [Some(0), Some(5), Some(5)], "{kind:?} {round}: {ended:?}");
            let keys = "SELECT count(*) AS n FROM api_keys WHERE revoked_at IS NULL";
            assert_eq!(db.number(keys).await, 1, "{kind:?} {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_the_settings_is_used_once() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        prepared(&db, kind);
        let file = db.folder.join("first.env");
        let (server, url) = serve(&db, Some(&file));
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(client(&url, &text).get(TENANTS).await.status, 200, "{kind:?}");
        drop(server);

        // With an active key nothing happens, whatever the file holds, and no file is made.
        fs::write(&file, "not a key").unwrap();
        let (server, url) = serve(&db, Some(&file));
        assert_eq!(client(&url, &text).get(TENANTS).await.status, 200, "{kind:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "not a key");
        drop(server);
        fs::remove_file(&file).unwrap();
        drop(serve(&db, Some(&file)));
        assert!(!file.exists());

        // A revoked key does not come back with its file.
        fs::write(&file, &text).unwrap();
        db.execute("UPDATE api_keys SET revoked_at = CURRENT_TIMESTAMP").await;
        let (_server, url) = serve(&db, Some(&file));
        assert_eq!(client(&url, &text).get(TENANTS).await.status, 401, "{kind:?}");
        assert_eq!(db.number("SELECT count(*) AS n FROM api_keys").await, 1, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_may_hold_the_key() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        prepared(&db, kind);
        let file = db.folder.join("given.env");
        let secret = format!("es_{}", "k9Zq".repeat(10) + "abc");
        for bad in [
            String::new(),
            "SIGMA_TENANT=platform\nSIGMA_KEY=ek_given\nSIGMA_SECRET=short\n".into(),
            format!("SIGMA_TENANT=other\nSIGMA_KEY=ek_given\nSIGMA_SECRET={secret}\n"),
        ] {
            fs::write(&file, &bad).unwrap();
            let mut command = production(&db);
            command.env("SIGMA_AUTH__BOOTSTRAP_KEY_FILE", &file).arg("serve");
            let ended = run(&mut command);
            assert_eq!(ended.code, Some(78), "{kind:?} {bad}: {ended:?}");
            assert!(ended.said.contains("given.env") && !ended.said.contains(&secret), "{ended:?}");
            assert_eq!(fs::read_to_string(&file).unwrap(), bad, "it is left as it is");
        }
        let lines = format!(
            "SIGMA_TENANT=platform\nSIGMA_KEY=ek_given\nSIGMA_SECRET={secret}\nSIGMA_SCHEME=v2\n"
        );
        fs::write(&file, &lines).unwrap();
        let (_server, url) = serve(&db, Some(&file));
        assert_eq!(client(&url, &lines).get(TENANTS).await.status, 200, "{kind:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), lines);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn development_mode_stays_as_it_is() {
    let db = Db::new(Kind::Sqlite).await;
    let file = db.folder.join("first.env");
    let mut serve = command(&db);
    serve.env("SIGMA_AUTH__BOOTSTRAP_KEY_FILE", &file);
    serve.args(["--listen", "127.0.0.1:0", "serve", "--worker", "none"]).stdout(Stdio::null());
    let (_server, url) = listening(serve);
    assert_eq!(Client::seeded(&url).get(TENANTS).await.json().as_array().unwrap().len(), 1);
    assert!(!file.exists());
    drop(App::start(&db, &["--worker", "none"]));
}

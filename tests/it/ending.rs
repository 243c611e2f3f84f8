//! The state in which processes leave a SQLite file: after every orderly end it is complete by itself, other users
//! cannot read it, and a file that has lost its log is not mistaken for an empty one.

use {
    crate::harness::{
        app::{BINARY, connect, sandbox, trigger},
        client::Client,
        db::{Db, Kind},
        eventually,
        process::{Ended, Started, bare, run, with_key},
    },
    sea_orm::{ConnectionTrait as _, Database, DbBackend, Statement},
    serde_json::json,
    std::{
        collections::BTreeMap,
        fs::{self, Permissions},
        net::TcpListener,
        os::unix::fs::PermissionsExt as _,
        path::{Path, PathBuf},
        process::Command,
    },
};

/// Number of stops that are checked, unless TEST_STOPS sets another one.
const STOPS: usize = 20;

#[expect(clippy::disallowed_methods, reason = "how the test run asks for more")]
fn stops() -> usize {
    std::env::var("TEST_STOPS").ok().and_then(|count| count.parse().ok()).unwrap_or(STOPS)
}

fn file(db: &Db) -> PathBuf {
    db.folder.join("sigma.db")
}

fn beside(path: &Path, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", path.display()))
}

/// Returns the rows of every table of a file.
async fn rows(path: &Path) -> BTreeMap<String, Vec<String>> {
    let open =
        Database::connect(format!("sqlite://{}?mode=rw", path.display())).await.expect("a file");
    let ask = async |sql: String| {
        let statement = Statement::from_string(DbBackend::Sqlite, sql.clone());
        let rows =
            open.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.iter().map(|row| row.try_get_by_index::<String>(0).expect("text")).collect::<Vec<_>>()
    };
    assert_eq!(ask("PRAGMA integrity_check".into()).await, ["ok"]);
    let mut tables = BTreeMap::new();
    for table in ask("SELECT name FROM sqlite_master WHERE type = 'table'".into()).await {
        let columns = ask(format!("SELECT name FROM pragma_table_info('{table}')")).await;
        let row: Vec<String> = columns.iter().map(|name| format!("quote(\"{name}\")")).collect();
        let rows =
            ask(format!("SELECT {} AS row FROM \"{table}\" ORDER BY 1", row.join(" || ',' || ")))
                .await;
        tables.insert(table, rows);
    }
    open.close().await.expect("an end");
    tables
}

/// Checks that the file alone has the same content as with the files beside it, and returns its tables.
async fn is_whole(db: &Db, what: &str) -> BTreeMap<String, Vec<String>> {
    let copy = db.folder.join("copy.db");
    fs::copy(file(db), &copy).expect("a copy");
    let (alone, all) = (rows(&copy).await, rows(&file(db)).await);
    assert!(alone.len() > 15, "{what}: the copy has {} tables", alone.len());
    assert_eq!(alone, all, "{what}");
    for end in ["", "-wal", "-shm"] {
        let _none = fs::remove_file(beside(&copy, end));
    }
    alone
}

/// A server, with the address that it listens on.
fn serve(db: &Db, args: &[&str]) -> (Started, Client) {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let mut command = Command::new(BINARY);
    command.current_dir(&db.folder).args(["--database-url", &db.url, "--metrics-listen", ""]);
    command.args(["--listen", &free.to_string(), "--log", "warn", "serve"]).args(args);
    let mut server = Started::new(&mut command);
    server.until("sigma-sync on ");
    (server, Client::seeded(&format!("http://{free}")))
}

/// Ends the process in one of several ways.
async fn end(db: &Db, number: usize) -> (&'static str, Vec<Ended>) {
    let signal = if number.is_multiple_of(2) { "TERM" } else { "INT" };
    match number % 7 {
        0 => {
            let (mut server, client) = serve(db, &[]);
            assert_eq!(client.get("/v1/extension/settings").await.status, 200);
            server.signal(signal);
            ("a server without work", vec![server.ended()])
        }
        1 | 2 => {
            let (mut server, client) = serve(db, &[]);
            let school = sandbox(400, 0).await;
            connect(&client, &school).await;
            let run = trigger(&client).await;
            let state = format!("/v1/extension/runs/{run}");
            let watchers: Vec<_> = (0..5)
                .map(|_| {
                    let (client, watch) = (client.clone(), format!("{state}/watch"));
                    tokio::spawn(async move { client.get(&watch).await.status })
                })
                .collect();
            eventually("a run in work", async || {
                let run = client.get(&state).await.json();
                (run["counts"]["total"].as_i64()? > 0 || !run["finished_at"].is_null())
                    .then_some(())
            })
            .await;
            server.signal(signal);
            let ended = vec![server.ended()];
            for watcher in watchers {
                let _cut = watcher.await;
            }
            school.stop().await;
            ("a server with a run and watchers", ended)
        }
        3 => {
            let (mut server, client) = serve(db, &["--worker", "none"]);
            let mut workers = [(); 2].map(|()| Started::new(bare(db).arg("worker")));
            workers.iter_mut().for_each(|worker| worker.until("working on runs"));
            assert_eq!(client.get("/v1/extension/settings").await.status, 200);
            server.signal(signal);
            workers.iter_mut().for_each(|worker| worker.signal(signal));
            let mut ended = Vec::from(workers.map(Started::ended));
            ended.push(server.ended());
            ("a server and workers at once", ended)
        }
        4 => ("a seed", vec![run(bare(db).arg("seed"))]),
        5 => {
            let demo = run(bare(db).args(["demo", "--once", "--all", "--students", "40"]));
            ("a demo", vec![demo])
        }
        _ => {
            // It ends by itself once the database is open.
            let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
            let address = taken.local_addr().expect("an address").to_string();
            let mut refused = run(bare(db).args(["--listen", &address, "serve"]));
            assert_eq!(refused.code, Some(1), "{refused:?}");
            refused.code = Some(0);
            ("a server whose port is taken", vec![refused])
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_alone_has_everything_after_every_orderly_end() {
    let stops = stops();
    let mut whole = 0;
    for number in 0..stops {
        let db = Db::new(Kind::Sqlite).await;
        let (what, ended) = end(&db, number).await;
        assert!(ended.iter().all(|ended| ended.code == Some(0)), "{number} {what}: {ended:?}");
        let tables = is_whole(&db, what).await;
        assert_eq!(tables["tenant_profiles"].len(), 1, "{number} {what}");
        // Copied together with its key, it serves.
        let other = Db::new(Kind::Sqlite).await;
        for name in ["sigma.db", "master.key"] {
            fs::copy(db.folder.join(name), other.folder.join(name)).expect("a copy");
        }
        if number < 7 {
            let (mut server, client) = serve(&other, &["--worker", "none"]);
            assert_eq!(client.get("/v1/extension/settings").await.status, 200, "{what}");
            server.signal("TERM");
            let ended = server.ended();
            assert!(!ended.said.contains("write-ahead log"), "{what}: {}", ended.said);
        }
        whole += 1;
    }
    eprintln!("{whole} of {stops} stops left a whole file");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_at_any_moment_leaves_a_whole_file() {
    let db = Db::new(Kind::Sqlite).await;
    assert_eq!(run(bare(&db).arg("seed")).code, Some(0));
    let commands: [&[&str]; 4] =
        [&["seed"], &["migrate"], &["serve"], &["demo", "--students", "30"]];
    for (number, args) in commands.iter().cycle().take(24).enumerate() {
        let mut started = Started::new(bare(&db).args(*args));
        tokio::time::sleep(std::time::Duration::from_millis(number as u64 * 25)).await;
        started.signal(if number % 2 == 0 { "TERM" } else { "INT" });
        let ended = started.ended();
        // A signal that comes before the program listens ends it before it opens anything.
        let orderly = [None, Some(0), Some(130)].contains(&ended.code);
        assert!(orderly, "{number} {args:?}: {ended:?}");
        is_whole(&db, &format!("{number} {args:?} {:?}", ended.code)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_come_and_go_do_not_disturb_each_other() {
    let db = Db::new(Kind::Sqlite).await;
    let (mut server, client) = serve(&db, &[]);
    let lanes = std::thread::scope(|scope| {
        let lanes = [["seed"], ["migrate"], ["seed"]].map(|args| {
            let db = &db;
            scope.spawn(move || (0..8).map(|_| run(bare(db).args(args))).collect::<Vec<_>>())
        });
        lanes.map(|lane| lane.join().expect("a lane"))
    });
    for ended in lanes.iter().flatten() {
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
    let zone = json!({"time_zone": "Asia/Amman"});
    assert_eq!(client.put("/v1/extension/settings", &zone).await.status, 200);
    server.signal("TERM");
    assert_eq!(server.ended().code, Some(0));
    let tables = is_whole(&db, "processes that came and went").await;
    assert!(tables["integration_settings"][0].contains("Asia/Amman"));
}

/// Kills a server, so that its last writes are in the log alone.
async fn crash(db: &Db) {
    let (mut server, client) = serve(db, &["--worker", "none"]);
    let zone = json!({"time_zone": "Asia/Amman"});
    assert_eq!(client.put("/v1/extension/settings", &zone).await.status, 200);
    server.signal("KILL");
    assert_eq!(server.ended().code, None);
}

fn lose_log(db: &Db) {
    for end in ["-wal", "-shm"] {
        fs::remove_file(beside(&file(db), end)).expect("a log");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_lost_its_log_is_not_taken_for_an_empty_one() {
    let db = Db::new(Kind::Sqlite).await;
    crash(&db).await;
    lose_log(&db);
    let key = db.folder.join("master.key");
    let others = db.key_file("away.key", 9);
    for args in [["serve"].as_slice(), &["worker"], &["seed"], &["demo", "--once"], &["migrate"]] {
        // Its key beside it proves as much as the mark in the file.
        for mut command in [bare(&db), with_key(&db, &key), with_key(&db, &others)] {
            let before = fs::read(file(&db)).expect("a file");
            let ended = run(command.args(args));
            assert_eq!(ended.code, Some(78), "{args:?}: {ended:?}");
            for word in ["sigma.db", "has no tables", "write-ahead log", "-wal"] {
                assert!(ended.said.contains(word), "{args:?}: {}", ended.said);
            }
            // The file is restored and found in the same state again.
            fs::write(file(&db), before).expect("a file");
            for end in ["-wal", "-shm"] {
                let _none = fs::remove_file(beside(&file(&db), end));
            }
        }
    }
    // An empty file beside a key is refused as well; without any file a new database is created, with a notice.
    fs::write(file(&db), "").expect("a file");
    assert_eq!(run(bare(&db).arg("seed")).code, Some(78));
    fs::remove_file(file(&db)).expect("a file");
    let anew = run(bare(&db).args(["--log", "warn", "seed"]));
    assert_eq!(anew.code, Some(0), "{anew:?}");
    assert!(anew.said.contains("starting with an empty one"), "{}", anew.said);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_without_its_log_is_told() {
    let db = Db::new(Kind::Sqlite).await;
    assert_eq!(run(bare(&db).arg("seed")).code, Some(0));
    crash(&db).await;
    // With its log, a crash needs no warning.
    let after_crash = run(bare(&db).args(["--log", "warn", "seed"]));
    assert_eq!((after_crash.code, after_crash.said.contains("-wal")), (Some(0), false));
    crash(&db).await;
    lose_log(&db);
    let told = run(bare(&db).args(["--log", "warn", "seed"]));
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.said.contains("what was written last is missing"), "{}", told.said);
    let again = run(bare(&db).args(["--log", "warn", "seed"]));
    assert_eq!((again.code, again.said.contains("-wal")), (Some(0), false), "told once");
}

/// Returns what users other than the owner may do with the contents of a folder.
fn open_to_others(folder: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let mode = fs::metadata(&path).expect("a file").permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            found.push((path.clone(), mode));
        }
        if path.is_dir() {
            found.extend(open_to_others(&path));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_for_their_owner_alone() {
    let mut db = Db::new(Kind::Sqlite).await;
    db.url = "sqlite://some/where/sigma.db?mode=rwc".into();
    // The default mask lets all users read.
    let masked = |args: &str| {
        let mut command = Command::new("sh");
        let line = format!("umask 022; exec '{BINARY}' --database-url '{}' {args}", db.url);
        command.current_dir(&db.folder).args(["-c", &line]).env("SIGMA_METRICS_LISTEN", "");
        command
    };
    let mut demo = Started::new(&mut masked("--listen 127.0.0.1:0 --log info demo --students 10"));
    let made = eventually("a demo at work", async || {
        let made = open_to_others(&db.folder);
        assert_eq!(made, [], "while it runs");
        let data = db.folder.join("some/where");
        let names =
            ["sigma.db", "sigma.db-wal", "sigma.db-shm", "master.key", "sigma.sandbox.json"];
        names.iter().all(|name| data.join(name).exists()).then_some(data)
    })
    .await;
    demo.signal("TERM");
    assert!([Some(0), Some(130)].contains(&demo.ended().code));
    assert_eq!(open_to_others(&db.folder), [], "when it has ended");

    // Files of an earlier version, which have the mode of the mask, are closed; folders stay as they are.
    let path = made.join("sigma.db");
    for end in ["-wal", "-shm", "-journal"] {
        fs::write(beside(&path, end), "").expect("a file");
    }
    for name in ["sigma.db", "sigma.db-wal", "sigma.db-shm", "sigma.db-journal", "master.key"] {
        fs::set_permissions(made.join(name), Permissions::from_mode(0o644)).expect("a mode");
    }
    fs::set_permissions(&made, Permissions::from_mode(0o755)).expect("a mode");
    let ended = run(&mut masked("--log info seed"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.said.contains("0644") && ended.said.contains("sigma.db"), "{}", ended.said);
    assert_eq!(open_to_others(&db.folder), [(made, 0o755)]);
    assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o7777, 0o600);
}

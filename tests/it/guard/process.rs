//! The guard in whole processes: settings, restarts, a second server, and a Redis that goes away and comes back.

use {
    super::place::redis,
    crate::harness::{
        app::{App, command, listening},
        client::Client,
        db::{Db, Kind, kinds},
        eventually, process,
    },
    futures_util::future::join_all,
    std::process::{Command, Stdio},
};

const SETTINGS: &str = "/v1/extension/settings";

/// Starts a server with a place for its guard.
fn start(db: &Db, place: &str, words: &[&str]) -> App {
    if db.url.starts_with("postgres") {
        let migrated = command(db).arg("migrate").stdout(Stdio::null()).status().expect("migrate");
        assert!(migrated.success());
    }
    let mut serve = guarded(command(db), place);
    serve.args(["--listen", "127.0.0.1:0", "serve"]).args(words);
    let (process, url) = listening(serve);
    App { process, url }
}

fn guarded(mut command: Command, place: &str) -> Command {
    command.env("SIGMA_GUARD__STORE", place);
    if place == "redis" {
        command.env("SIGMA_GUARD__REDIS_URL", redis().expect("TEST_REDIS_URL"));
    }
    command
}

/// Calls until a request of now is accepted: after a start there may be a moment in which it is not.
async fn settled(client: &Client) {
    eventually("a request of now is accepted", async || {
        (client.get(SETTINGS).await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_memory_remembers_over_a_crash_and_over_an_orderly_stop() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        for ordered in [false, true] {
            let mut app = start(&db, "memory", &["--worker", "none"]);
            let client = app.client();
            settled(&client).await;
            let signed = client.sign("GET", SETTINGS, b"");
            let copies = (0..50).map(|_| client.send("GET", SETTINGS, &signed, ""));
            let answers = join_all(copies).await;
            assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
            let ids = match kind {
                Kind::Sqlite => "SELECT count(*) AS n FROM replay_log",
                Kind::Postgres => "SELECT count(*) AS n FROM replay_slots",
            };
            assert_eq!(db.number(ids).await, 0, "nothing is written for a request");
            if ordered {
                assert_eq!(app.process.terminate(), Some(0));
            } else {
                app.process.kill();
            }
            let app = start(&db, "memory", &["--worker", "none"]);
            let again = app.client().send("GET", SETTINGS, &signed, "").await;
            assert_eq!(
                (again.status, again.header("x-sigma-error")),
                (401, "SIGN_AGAIN"),
                "{kind:?}"
            );
            let wait: i64 = again.header("retry-after").parse().expect("seconds");
            assert!((1..=600).contains(&wait), "{wait}");
            settled(&app.client()).await;
        }
    }
}

#[tokio::test]
async fn a_second_server_is_refused_beside_a_memory_and_a_worker_is_not() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let first = start(&db, "memory", &["--worker", "none"]);
        settled(&first.client()).await;
        let mut words = process::with_key(&db, &db.master_key());
        words.args(["worker"]);
        let worker = process::Started::new(&mut words);
        for place in ["memory", "database"] {
            let mut second = guarded(process::with_key(&db, &db.master_key()), place);
            let ended = process::run(second.arg("serve"));
            assert_eq!(ended.code, Some(78), "{kind:?} {place}: {}", ended.said);
            assert!(ended.said.contains("guard.store"), "{}", ended.said);
        }
        assert_eq!(first.client().get(SETTINGS).await.status, 200);
        drop(worker);
    }
}

#[tokio::test]
async fn settings_that_do_not_fit_are_named_and_no_password_is_shown() {
    let db = Db::new(kinds()[0]).await;
    for (place, url) in [
        ("redis", ""),
        ("database", "redis://:canary@127.0.0.1:1"),
        ("redis", "canary://127.0.0.1:1/canary"),
        ("disk", ""),
    ] {
        let mut serve = process::with_key(&db, &db.master_key());
        serve.env("SIGMA_GUARD__STORE", place).env("SIGMA_GUARD__REDIS_URL", url);
        let ended = process::run(serve.arg("serve"));
        assert_eq!(ended.code, Some(78), "{place} {url}: {}", ended.said);
        assert!(ended.said.contains("guard") || ended.said.contains("`store`"), "{}", ended.said);
        assert!(!ended.said.contains("canary") && !ended.out.contains("canary"), "{}", ended.said);
    }
}

#[tokio::test]
async fn a_server_whose_redis_is_away_accepts_nothing_and_heals() {
    let Some(dir) = own_server() else { return };
    let url = std::fs::read_to_string(format!("{dir}/url")).expect("an address");
    let db = Db::new(Kind::Sqlite).await;
    let serve = || {
        let mut serve = command(&db);
        serve.env("SIGMA_GUARD__STORE", "redis").env("SIGMA_GUARD__REDIS_URL", url.trim());
        serve.args(["--listen", "127.0.0.1:0", "serve", "--worker", "none"]);
        let (process, url) = listening(serve);
        App { process, url }
    };
    let apps = [serve(), serve()];
    let clients = [apps[0].client(), apps[1].client()];
    for client in &clients {
        settled(client).await;
    }
    let signed = clients[0].sign("GET", SETTINGS, b"");
    let copies = (0..50).map(|n| clients[n % 2].send("GET", SETTINGS, &signed, ""));
    let answers = join_all(copies).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    // Away: no request is accepted, and the probe tells.
    valkey(&["pause", &dir]);
    let answer = clients[0].get(SETTINGS).await;
    assert_eq!((answer.status, answer.header("x-sigma-error")), (503, "SERVICE_BUSY"));
    eventually("the probe tells", async || {
        let ready = clients[0].send("GET", "/readyz", &Vec::new(), "").await;
        (ready.status == 503).then_some(())
    })
    .await;
    assert_eq!(clients[0].send("GET", "/livez", &Vec::new(), "").await.status, 200);
    // Back, with nothing of what it had: what it may have accepted stays refused.
    valkey(&["resume", &dir]);
    let answers =
        join_all(clients.iter().map(|client| client.send("GET", SETTINGS, &signed, ""))).await;
    assert!(answers.iter().all(|answer| answer.status != 200));
    for client in &clients {
        settled(client).await;
        let again = client.send("GET", SETTINGS, &signed, "").await;
        assert_eq!((again.status, again.header("x-sigma-error")), (401, "SIGN_AGAIN"));
    }
    eventually("the probe is well", async || {
        let ready = clients[0].send("GET", "/readyz", &Vec::new(), "").await;
        (ready.status == 200).then_some(())
    })
    .await;
    valkey(&["stop", &dir]);
}

#[tokio::test]
async fn an_emptied_redis_accepts_nothing_twice() {
    use {
        super::place::{Ground, Place},
        sigma_sync::{
            adapters::{guard::RedisGuard, rate::RedisRates, redis::RedisLink},
            ports::{RateShare as _, Replay, Taken},
        },
        std::sync::Arc,
    };
    let Some(dir) = own_server() else { return };
    let url = std::fs::read_to_string(format!("{dir}/url")).expect("an address");
    for kind in kinds() {
        let ground = Ground::new(kind, Place::Redis).await;
        let clock = ground.clock.clone();
        let link = Arc::new(RedisLink::new(url.trim()).expect("an address"));
        // The limits use the same connection, and may be the first to find it broken.
        let rates = RedisRates::new(link.clone());
        let taken = [Taken { owner: "key".into(), bucket: "requests".into(), micros: 1 }];
        let handle: Arc<dyn sigma_sync::ports::ReplayStore> =
            Arc::new(RedisGuard::new(link, ground.store.clone(), clock));
        handle.tend().await.expect("a store");
        ground.settle(&handle).await;
        let mut accepted = Vec::new();
        for emptied in [false, true, false, true] {
            for ahead in [0, 1, 2, 3, 30, 299] {
                let request = ground.request(ahead);
                if matches!(handle.accept(request.clone()).await, Ok(Replay::Fresh)) {
                    accepted.push(request);
                }
            }
            if emptied {
                redis_command(&url, "FLUSHALL").await;
            } else {
                valkey(&["pause", &dir]);
                valkey(&["resume", &dir]);
            }
            let _told = rates.add(&taken).await;
            for again in &accepted {
                let answer = handle.accept(again.clone()).await;
                assert!(!matches!(answer, Ok(Replay::Fresh)), "{again:?}");
            }
            ground.settle(&handle).await;
            rates.add(&taken).await.expect("an answer");
            eventually("the guard and the limits share a connection", async || {
                let clients = redis_command(&url, "INFO clients").await;
                // The other one is that of the question.
                clients.contains("connected_clients:2\r\n").then_some(())
            })
            .await;
            for again in &accepted {
                let answer = handle.accept(again.clone()).await;
                assert!(!matches!(answer, Ok(Replay::Fresh)), "{again:?}");
            }
        }
        assert!(accepted.len() > 12);
        // One that may forget what it likes is not used.
        redis_command(&url, "CONFIG SET maxmemory 100mb").await;
        redis_command(&url, "CONFIG SET maxmemory-policy allkeys-lru").await;
        let ground = Ground::new(kind, Place::Redis).await;
        let link = Arc::new(RedisLink::new(url.trim()).expect("an address"));
        let handle: Arc<dyn sigma_sync::ports::ReplayStore> =
            Arc::new(RedisGuard::new(link, ground.store.clone(), ground.clock.clone()));
        assert!(handle.tend().await.expect_err("no store").0.contains("noeviction"));
        assert!(handle.accept(ground.request(0)).await.is_err());
        redis_command(&url, "CONFIG SET maxmemory 0").await;
        handle.tend().await.expect("a store");
    }
    valkey(&["stop", &dir]);
}

/// Starts a server of this test's own, where the run has one at all.
fn own_server() -> Option<String> {
    redis()?;
    Some(valkey(&["start"]).trim().to_owned())
}

fn valkey(words: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/valkey.sh");
    // A paused server's shell must not wait for it.
    let output =
        Command::new(script).args(words).stderr(Stdio::inherit()).output().expect("valkey");
    assert!(output.status.success(), "{words:?}");
    String::from_utf8(output.stdout).expect("a text")
}

/// Sends a command in the server's own words.
async fn redis_command(url: &str, words: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let url = url::Url::parse(url.trim()).expect("an address");
    let address = format!("127.0.0.1:{}", url.port().expect("a port"));
    let mut socket = tokio::net::TcpStream::connect(address).await.expect("the server");
    let text = format!("AUTH {}\r\n{words}\r\nQUIT\r\n", url.password().expect("a password"));
    socket.write_all(text.as_bytes()).await.expect("a command");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.expect("an answer");
    assert!(!answer.contains("-ERR"), "{answer}");
    answer
}

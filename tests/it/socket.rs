//! Input on the socket before there is a request: slow clients, oversized heads, wrong verbs.

use {
    crate::harness::{
        app::{App, trigger},
        db::{Db, kinds},
    },
    std::time::{Duration, Instant},
    tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
    },
};

const SETTINGS: &str = "/v1/extension/settings";

async fn connect(app: &App) -> TcpStream {
    TcpStream::connect(app.url.trim_start_matches("http://")).await.expect("a connection")
}

/// Sends bytes and returns everything until the server closes.
async fn exchange(app: &App, bytes: &[u8]) -> String {
    let mut stream = connect(app).await;
    stream.write_all(bytes).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("the end");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_dawdle_are_let_go() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let begun = Instant::now();
    let mut dawdlers = Vec::new();
    for begin in
        [&b""[..], b"PRI * HTTP/2.0\r\n\r\nSM", b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"G"]
    {
        let mut stream = connect(&app).await;
        dawdlers.push(tokio::spawn(async move {
            stream.write_all(begin).await.expect("sent");
            let (mut reader, mut writer) = stream.into_split();
            // One of them continues, a line at a time.
            let dripping = tokio::spawn(async move {
                while begin.ends_with(b"a\r\n") {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    if writer.write_all(b"A: b\r\n").await.is_err() {
                        break;
                    }
                }
                std::future::pending::<()>().await;
            });
            let mut rest = Vec::new();
            let _closed_or_reset = reader.read_to_end(&mut rest).await;
            dripping.abort();
            begun.elapsed()
        }));
    }
    // Others are served in the meantime.
    assert_eq!(app.client().get(SETTINGS).await.status, 200);
    for dawdler in dawdlers {
        let kept = dawdler.await.expect("an end");
        assert!(kept < Duration::from_secs(20), "kept for {kept:?}");
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own client")]
fn http2() -> reqwest::Client {
    reqwest::Client::builder().http2_prior_knowledge().no_proxy().build().expect("a client")
}

#[tokio::test]
async fn what_is_no_proper_request_is_refused() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let large = format!(
        "GET {SETTINGS} HTTP/1.1\r\nHost: localhost\r\nX-A: {}\r\nConnection: close\r\n\r\n",
        "a".repeat(70_000)
    );
    let answer = exchange(&app, large.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    for bytes in [
        &b"\x16\x03\x01\x02\x00 no HTTP\r\n\r\n"[..],
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nx: a\x00b\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ] {
        let answer = exchange(&app, bytes).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{bytes:?}: {answer}");
    }
    // gRPC is POST only, on HTTP/2 and after unwrapping alike.
    let method = "/sigma.v1.SettingsService/GetSettings";
    let mut request = http2().put(format!("{}{method}", app.url)).body(vec![0; 5]);
    for (name, value) in app.client().sign("PUT", method, b"") {
        request = request.header(name, value);
    }
    let answer = request.header("content-type", "application/grpc").send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["allow"]),
        (405, &"POST".parse().unwrap())
    );
    assert_eq!(app.client().get(SETTINGS).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_client_does_not_hold_up_a_stop() {
    let db = Db::new(kinds()[0]).await;
    let mut app = App::start(&db, &["--worker", "none"]);
    // Preface and settings, and then nothing: not even an answer to the close.
    let mut dead = connect(&app).await;
    dead.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.expect("sent");
    let run = trigger(&app.client()).await;
    let client = app.client();
    let watch =
        tokio::spawn(
            async move { client.get(&format!("/v1/extension/runs/{run}/watch")).await.text },
        );
    tokio::time::sleep(Duration::from_millis(500)).await;
    let begun = Instant::now();
    assert_eq!(app.process.terminate(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    // The watcher gets an answer.
    assert!(watch.await.expect("an answer").contains("try again"));
    drop(dead);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_bodies_that_never_end_hold_nobody_up() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    // The id of a key is not a secret: any client can get as far as the body with it.
    let mut head =
        format!("PUT {SETTINGS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n");
    for (name, value) in app.client().sign("PUT", SETTINGS, b"another body") {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut floods = Vec::new();
    for _ in 0..80 {
        let mut stream = connect(&app).await;
        stream.write_all(head.as_bytes()).await.expect("sent");
        floods.push(tokio::spawn(async move {
            let _blocked_or_cut = stream.write_all(&vec![b' '; 990_000]).await;
            let mut answer = Vec::new();
            let _closed_or_reset = stream.read_to_end(&mut answer).await;
        }));
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let begun = Instant::now();
    assert_eq!(app.client().get(SETTINGS).await.status, 200);
    assert_eq!(app.client().put(SETTINGS, &serde_json::json!({})).await.status, 200);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    floods.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_large_bodies_all_get_through() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    // Together more than may be held before verification, and each in two halves: none may wait for the ends of the
    // others.
    let mut body = b"{}".to_vec();
    body.resize(900_000, b' ');
    let mut senders = Vec::new();
    for _ in 0..90 {
        let mut head = format!(
            "PUT {SETTINGS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\nConnection: close\r\n"
        );
        for (name, value) in client.sign("PUT", SETTINGS, &body) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let (mut stream, body) = (connect(&app).await, body.clone());
        senders.push(tokio::spawn(async move {
            let (half, rest) = body.split_at(600_000);
            stream.write_all(head.as_bytes()).await.expect("sent");
            stream.write_all(half).await.expect("sent");
            tokio::time::sleep(Duration::from_secs(2)).await;
            stream.write_all(rest).await.expect("sent");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.expect("an answer");
            answer
        }));
    }
    for sender in senders {
        let answer = sender.await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

//! Unverified work, that is calls without a credential and bodies whose signature cannot be checked yet, has places
//! and memory of its own: however much of it there is, it takes none from others, and none of it is kept for long.

use {
    crate::harness::{
        app::App,
        client::Client,
        db::{Db, kinds},
        eventually,
        raw::{self, endless, head, whole},
    },
    bytes::Bytes,
    futures_util::future::join_all,
    serde_json::json,
    std::{
        process::Command,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering::Relaxed},
        },
        time::Duration,
    },
    tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
        task::JoinHandle,
    },
};

const SETTINGS: &str = "/v1/extension/settings";
const GET_SETTINGS: &str = "sigma.v1.SettingsService/GetSettings";
const CHECK: &str = "/grpc.health.v1.Health/Check";

/// Answers to requests that are kept open, by the word of each.
type Answers = Arc<std::sync::Mutex<Vec<String>>>;

/// Opens many HTTP/2 requests and keeps them open; `begin` is the part of each body that is sent.
async fn hold(
    app: &App,
    (connections, streams): (usize, usize),
    path: &'static str,
    client: Option<&Client>,
    begin: &[u8],
) -> (Answers, Vec<JoinHandle<()>>) {
    let (answers, opened) = (Answers::default(), Arc::new(AtomicUsize::new(0)));
    let address = raw::address(app).to_owned();
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let (sender, driving) = raw::http2(&address).await.expect("a connection");
        tasks.push(driving);
        for _ in 0..streams {
            let headers = client.map(|client| client.sign("POST", path, b"")).unwrap_or_default();
            let request = raw::request(&address, path, true, headers, endless(begin));
            let (mut sender, answers, opened) = (sender.clone(), answers.clone(), opened.clone());
            tasks.push(tokio::spawn(async move {
                sender.ready().await.expect("a stream");
                let sent = sender.send_request(request);
                opened.fetch_add(1, Relaxed);
                let answer = sent.await.ok();
                let status = answer.as_ref().and_then(|answer| answer.headers().get("grpc-status"));
                let word = status.map_or("none", |status| status.to_str().expect("a number"));
                answers.lock().expect("no panic").push(word.to_owned());
            }));
        }
    }
    eventually("the requests", async || {
        (opened.load(Relaxed) == connections * streams).then_some(())
    })
    .await;
    (answers, tasks)
}

/// All calls of a good client work, and the probes are answered.
async fn works(app: &App, client: &Client) {
    assert_eq!(client.get(SETTINGS).await.status, 200);
    let body = json!({"note": "x".repeat(30_000)});
    assert_eq!(client.put(SETTINGS, &body).await.status, 200);
    let headers = client.sign("POST", &format!("/{GET_SETTINGS}"), b"");
    assert!(client.grpc_raw(GET_SETTINGS, Bytes::new(), &headers).await.is_ok());
    for path in ["/livez", "/readyz", "/health", "/docs", "/openapi.json"] {
        assert_eq!(client.send("GET", path, &Vec::new(), "").await.status, 200, "{path}");
    }
    let (mut sender, driving) = raw::http2(raw::address(app)).await.expect("a connection");
    let check = raw::request(raw::address(app), CHECK, true, Vec::new(), whole(&[0; 5]));
    let answer = sender.send_request(check).await.expect("an answer");
    assert_eq!(answer.headers().get("grpc-status"), None, "a check of the health");
    driving.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_without_a_message_take_nobodys_place() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    // More than the server has places for verified work.
    let (answers, tasks) = hold(&app, (21, 100), CHECK, None, b"").await;
    for _ in 0..5 {
        works(&app, &client).await;
    }
    // None is kept for ever: each is told that its place was needed, or that it took too long.
    eventually("the end of every call", async || {
        (answers.lock().ok()?.len() == 2_100).then_some(())
    })
    .await;
    let answers = answers.lock().expect("no panic").clone();
    assert!(answers.iter().all(|word| ["4", "14"].contains(&word.as_str())), "{answers:?}");
    assert!(answers.iter().any(|word| word == "4"));
    tasks.iter().for_each(JoinHandle::abort);
}

/// Stops and continues a process, like a debugger or a machine without a free processor.
fn signal(app: &App, name: &str) {
    let id = app.process.0.id().to_string();
    assert!(Command::new("kill").args([name, &id]).status().expect("kill").success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_connections_drops_nobody() {
    // Greatest number of connections that the kernel lets wait, except the good ones that come last.
    let allowed = std::fs::read_to_string("/proc/sys/net/core/somaxconn").expect("Linux");
    let count = allowed.trim().parse::<usize>().expect("a number").min(4_096) - 16;
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    signal(&app, "-STOP");
    // Until the server accepts them, they wait in the queue of the kernel, including those that have ended.
    let burst = async {
        for _ in 0..count {
            drop(TcpStream::connect(raw::address(&app)).await.expect("a connection"));
        }
    };
    let done = tokio::time::timeout(Duration::from_secs(60), burst).await;
    signal(&app, "-CONT");
    assert!(done.is_ok(), "the queue is shorter than {count}");
    works(&app, &client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_of_a_known_key_that_do_not_come_take_nobodys_place() {
    const METHOD: &str = "/sigma.v1.SettingsService/UpdateSettings";
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let known = client.with_secret("not the secret");
    let (answers, tasks) = hold(&app, (25, 100), METHOD, Some(&known), b"\0\0").await;
    for _ in 0..5 {
        works(&app, &client).await;
    }
    eventually("the end of every call", async || {
        (answers.lock().ok()?.len() == 2_500).then_some(())
    })
    .await;
    let answers = answers.lock().expect("no panic").clone();
    assert!(answers.iter().all(|word| ["4", "14"].contains(&word.as_str())), "{answers:?}");
    tasks.iter().for_each(JoinHandle::abort);
}

/// Sends bytes on a socket, and counts it when the server has closed it.
async fn socket(app: &App, bytes: Vec<u8>, ended: Arc<AtomicUsize>) -> JoinHandle<String> {
    let mut stream = TcpStream::connect(raw::address(app)).await.expect("a connection");
    stream.write_all(&bytes).await.expect("sent");
    tokio::spawn(async move {
        let mut answer = Vec::new();
        let _closed_or_reset = stream.read_to_end(&mut answer).await;
        ended.fetch_add(1, Relaxed);
        String::from_utf8_lossy(&answer).into_owned()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_whose_bodies_do_not_end_are_let_go() {
    const WEB: &str = "Content-Type: application/grpc-web+proto\r\nContent-Length: 5\r\n";
    const WEB_TEXT: &str = "Content-Type: application/grpc-web-text+proto\r\nContent-Length: 8\r\n";
    const CHUNKS: &str = "Transfer-Encoding: chunked\r\n";
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let known = app.client().with_secret("not the secret");
    let put = known.sign("PUT", SETTINGS, b"");
    let method = format!("/{GET_SETTINGS}");
    let post = known.sign("POST", &method, b"");
    let nobody = Vec::new();
    let cases = [
        (head("POST", CHECK, &nobody, WEB), "\0"),
        (head("POST", CHECK, &nobody, WEB), ""),
        (head("POST", CHECK, &nobody, WEB_TEXT), "AAA"),
        (head("POST", &method, &post, WEB), "\0"),
        (head("POST", &method, &post, WEB_TEXT), "AAAA"),
        (head("PUT", SETTINGS, &put, "Content-Length: 10\r\n"), "{"),
        (head("PUT", SETTINGS, &put, CHUNKS), "1\r\n{\r\n"),
        (head("PUT", SETTINGS, &put, CHUNKS), ""),
        // A request that is answered before its body has arrived does not wait either.
        (head("PUT", SETTINGS, &nobody, "Content-Length: 10\r\n"), "{"),
        (head("POST", "/nothing", &nobody, CHUNKS), "1\r\n{\r\n"),
    ];
    let ended = Arc::new(AtomicUsize::new(0));
    let mut sockets = Vec::new();
    for (head, begin) in &cases {
        sockets
            .push(socket(&app, [head.as_bytes(), begin.as_bytes()].concat(), ended.clone()).await);
    }
    eventually("the end of every socket", async || {
        (ended.load(Relaxed) == cases.len()).then_some(())
    })
    .await;
    for (answer, (head, _)) in join_all(sockets).await.into_iter().zip(&cases) {
        let answer = answer.expect("no panic");
        let in_time = ["HTTP/1.1 408 ", "HTTP/1.1 422 ", "HTTP/1.1 404 "];
        let told = in_time.iter().any(|begin| answer.starts_with(begin))
            || answer.contains("grpc-status: 4");
        assert!(told, "{head}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_of_large_bodies_do_not_hold_up_others() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    // The same key, whose id is not a secret, and the same address. A few send as much as used to be reserved for
    // each of them, and many send a little; none comes to its end.
    let known = client.with_secret("not the secret");
    let ended = Arc::new(AtomicUsize::new(0));
    let mut sockets = Vec::new();
    for (count, length, part) in
        [(64, 1_000_000, 17 * 1024), (64, 250_000, 17 * 1024), (20, 600_000, 599_999)]
    {
        let more = format!("Content-Length: {length}\r\n");
        for _ in 0..count {
            let mut bytes =
                head("PUT", SETTINGS, &known.sign("PUT", SETTINGS, b""), &more).into_bytes();
            bytes.resize(bytes.len() + part, b' ');
            sockets.push(socket(&app, bytes, ended.clone()).await);
        }
    }
    for _ in 0..5 {
        works(&app, &client).await;
    }
    // All of that was done while they were open.
    assert_eq!(ended.load(Relaxed), 0);
    sockets.iter().for_each(JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watches_of_the_health_are_few_and_a_check_finds_room() {
    const WATCH: &str = "/grpc.health.v1.Health/Watch";
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let address = raw::address(&app).to_owned();
    let (mut held, mut tasks, mut refused) = (Vec::new(), Vec::new(), 0);
    for _ in 0..6 {
        let (mut sender, driving) = raw::http2(&address).await.expect("a connection");
        for _ in 0..100 {
            let request = raw::request(&address, WATCH, true, Vec::new(), whole(&[0; 5]));
            sender.ready().await.expect("a stream");
            let answer = sender.send_request(request).await.expect("an answer");
            match answer.headers().get("grpc-status") {
                None => held.push(answer.into_body()),
                Some(status) => {
                    assert_eq!(status, "14");
                    refused += 1;
                }
            }
        }
        tasks.push(driving);
    }
    assert_eq!(held.len() + refused, 600);
    works(&app, &app.client()).await;
    // Of those that were accepted, at most as many are kept as there are places; the others end.
    let ended = Arc::new(AtomicUsize::new(0));
    let count = held.len();
    for mut body in held {
        let ended = ended.clone();
        tasks.push(tokio::spawn(async move {
            use http_body_util::BodyExt as _;
            while let Some(Ok(frame)) = body.frame().await {
                if frame.is_trailers() {
                    break;
                }
            }
            ended.fetch_add(1, Relaxed);
        }));
    }
    eventually("the end of those that are too many", async || {
        (count - ended.load(Relaxed) <= 256).then_some(())
    })
    .await;
    tasks.iter().for_each(JoinHandle::abort);
}

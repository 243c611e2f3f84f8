//! What is refused before it is verified: beyond a limit no signature is checked and no body is read, and nothing that was
//! not verified brings that about.

use {
    super::{GET_SETTINGS, SETTINGS, at_once, school, with_status},
    crate::harness::{
        app::App,
        client::Client,
        db::{Db, kinds},
        eventually,
        raw::{address, head},
    },
    bytes::Bytes,
    std::time::Duration,
    tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
        time::timeout,
    },
    tonic::Code,
};

const SECRET: &str = "es_0123456789012345678901234567890123456789012";

/// Sends the head of a request whose body never comes, and returns the beginning of the answer, if there is one within two
/// seconds.
async fn without_body(app: &App, client: &Client) -> Option<String> {
    let headers = client.sign("PUT", SETTINGS, b"");
    let head = head("PUT", SETTINGS, &headers, "Content-Length: 1000000\r\n");
    let mut stream = TcpStream::connect(address(app)).await.expect("a connection");
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut answer = [0; 12];
    timeout(Duration::from_secs(2), stream.read_exact(&mut answer)).await.ok()?.expect("an answer");
    Some(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_its_limit_no_request_of_a_key_is_verified() {
    let db = Db::new(kinds()[0]).await;
    let limits = [("key_requests_per_s", 2)];
    let app = App::limited(&db, &limits, &["--worker", "none"]);
    let (client, other) = (app.client(), school(&app.client(), "other").await);
    let (forger, stranger) = (client.with_secret(SECRET), other.with_secret(SECRET));

    // A caller who merely names a key is told that the signature is wrong, and takes nothing of it.
    let (forged, _) = at_once(200, (0, 0), || stranger.get(SETTINGS)).await;
    assert_eq!(with_status(&forged, 401), 200);
    assert_eq!(without_body(&app, &stranger).await, None, "the body is waited for");
    assert_eq!(other.get(SETTINGS).await.status, 200);

    // Between two requests some may have become allowed again.
    let closed = async |call: &dyn Fn() -> futures_util::future::BoxFuture<'static, bool>| {
        eventually("a closed door", async || {
            let (answers, _) = at_once(8, (0, 0), || client.get(SETTINGS)).await;
            (with_status(&answers, 429) > 0).then_some(())?;
            call().await.then_some(())
        })
        .await;
    };
    for scheme in [forger.clone(), forger.in_v2()] {
        let call = move || -> futures_util::future::BoxFuture<'static, bool> {
            let scheme = scheme.clone();
            Box::pin(async move { scheme.get(SETTINGS).await.status == 429 })
        };
        closed(&call).await;
    }
    let calling = forger.clone();
    closed(&move || {
        let forger = calling.clone();
        Box::pin(async move {
            let headers = forger.sign("POST", &format!("/{GET_SETTINGS}"), b"");
            let refused = forger.grpc_raw(GET_SETTINGS, Bytes::new(), &headers).await;
            refused.is_err_and(|status| status.code() == Code::ResourceExhausted)
        })
    })
    .await;
    eventually("an answer before the body", async || {
        let (answers, _) = at_once(8, (0, 0), || client.get(SETTINGS)).await;
        (with_status(&answers, 429) > 0).then_some(())?;
        (without_body(&app, &forger).await? == "HTTP/1.1 429").then_some(())
    })
    .await;
    // Others are not concerned, and the key has its turn again.
    assert_eq!(stranger.get(SETTINGS).await.status, 401);
    assert_eq!(other.get(SETTINGS).await.status, 200);
    eventually("its turn", async || (client.get(SETTINGS).await.status == 200).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_beyond_a_limit_waits_in_its_own_connection() {
    let db = Db::new(kinds()[0]).await;
    let limits = [("key_requests_per_s", 1)];
    let app = App::limited(&db, &limits, &["--worker", "none"]);
    let client = school(&app.client(), "busy").await;
    let other = school(&app.client(), "other").await;
    let head = |client: &Client, more: &str| {
        head("GET", SETTINGS, &client.sign("GET", SETTINGS, b""), more)
    };
    // Many requests on one connection, all of them sent before the first answer is read.
    let send = async |more: &str| {
        let requests: String = (0..250).map(|_| head(&client, more)).collect();
        let mut stream = TcpStream::connect(address(&app)).await.expect("a connection");
        stream.write_all(requests.as_bytes()).await.expect("sent");
        let (mut answers, mut text) = (0, Vec::new());
        let _rest_comes_later = timeout(Duration::from_secs(3), async {
            while answers < 250 {
                let length = stream.read_buf(&mut text).await.expect("an answer");
                assert!(length > 0, "closed after {answers}");
                answers = text.windows(9).filter(|nine| nine == b"HTTP/1.1 ").count();
            }
        })
        .await;
        answers
    };
    let alone = send("").await;
    // Some are allowed, one is refused at once, and then one in each second.
    assert!((3..20).contains(&alone), "{alone} answers");
    assert_eq!(other.get(SETTINGS).await.status, 200);
    // A connection of many callers is not held up for one of them.
    assert_eq!(send("X-Forwarded-For: 192.0.2.7\r\n").await, 250);
}

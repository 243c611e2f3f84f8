//! Connections that are open and of no use: they end, and those of callers with a credential stay.

use {
    super::SETTINGS,
    crate::harness::{
        app::App,
        db::{Db, kinds},
        raw,
    },
    std::time::Duration,
    tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
        time::timeout,
    },
};

/// Only a connection that is never closed comes near it.
const NEVER: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_that_proved_nothing_are_closed() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let (client, address) = (app.client(), raw::address(&app).to_owned());
    let ask = || {
        let headers = client.sign("PUT", SETTINGS, b"{}");
        raw::request(&address, SETTINGS, false, headers, raw::whole(b"{}"))
    };
    let (mut good, kept) = raw::http2(&address).await.expect("a connection");
    let answer = good.send_request(ask()).await.expect("an answer");
    assert_eq!(answer.status(), 200);

    // One that answers every PING and asks for nothing, and one that asked for something without a credential.
    let (_silent, silent) = raw::http2(&address).await.expect("a connection");
    let (mut stranger, strange) = raw::http2(&address).await.expect("a connection");
    let request = raw::request(&address, SETTINGS, false, Vec::new(), raw::whole(b"{}"));
    assert_eq!(stranger.send_request(request).await.expect("an answer").status(), 422);
    // One that answers no PING: the preface, settings, and half a frame of headers.
    let mut half = TcpStream::connect(&address).await.expect("a connection");
    let begin =
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x20\x01\x04\0\0\0\x01\x82";
    half.write_all(begin).await.expect("sent");
    let half = async { half.read_to_end(&mut Vec::new()).await };
    // One that waits behind an answer of HTTP/1.
    let mut plain = TcpStream::connect(&address).await.expect("a connection");
    plain.write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    let plain = async { plain.read_to_end(&mut Vec::new()).await };
    let all = async { tokio::join!(silent, strange, half, plain) };
    assert!(timeout(NEVER, all).await.is_ok(), "one of them is still open");

    assert!(!kept.is_finished(), "the connection of a good caller was closed");
    let answer = good.send_request(ask()).await.expect("an answer");
    assert_eq!(answer.status(), 200);
}

//! Requests that never come to their end: without a credential, and with the id of a key that exists.

use {
    super::{
        Form,
        field::Field,
        harness::{
            client::Headers,
            raw::{self, endless, head, whole},
        },
    },
    futures_util::future::join_all,
    http_body_util::BodyExt as _,
    std::{
        collections::BTreeMap,
        sync::Mutex,
        time::{Duration, Instant},
    },
    tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        time::timeout,
    },
};

const SETTINGS: &str = "/v1/extension/settings";

/// Outcomes by their words.
#[derive(Default)]
pub(crate) struct Outcomes(Mutex<BTreeMap<String, usize>>);

impl Outcomes {
    pub(crate) fn add(&self, word: impl Into<String>) {
        *self.0.lock().unwrap().entry(word.into()).or_default() += 1;
    }

    pub(crate) fn told(&self) -> String {
        let outcomes = self.0.lock().unwrap();
        let words: Vec<String> =
            outcomes.iter().map(|(word, count)| format!("{word} x {count}")).collect();
        if words.is_empty() { "nothing answered".into() } else { words.join(", ") }
    }
}

/// The request on each stream of an HTTP/2 connection.
struct Ask {
    path: &'static str,
    grpc: bool,
    headers: Box<dyn Fn() -> Headers + Send + Sync>,
    begin: &'static [u8],
    /// Whether the request ends there.
    ends: bool,
}

/// Opens connections with this many streams each, and a new stream for each answered one, for a while.
async fn http2(
    field: &Field,
    connections: usize,
    streams: usize,
    time: Duration,
    ask: Ask,
) -> String {
    let (end, outcomes) = (Instant::now() + time, Outcomes::default());
    let one = async || {
        let Some((sender, driving)) = raw::http2(field.address()).await else {
            return outcomes.add("not connected");
        };
        let each = async || {
            let mut sender = sender.clone();
            while Instant::now() < end && sender.ready().await.is_ok() {
                let body = if ask.ends { whole(ask.begin) } else { endless(ask.begin) };
                let request =
                    raw::request(field.address(), ask.path, ask.grpc, (ask.headers)(), body);
                let left = end.saturating_duration_since(Instant::now());
                match timeout(left, sender.send_request(request)).await {
                    Err(_) => outcomes.add("still open"),
                    Ok(Err(_)) => outcomes.add("reset"),
                    Ok(Ok(answer)) => {
                        let grpc =
                            answer.headers().get("grpc-status").and_then(|s| s.to_str().ok());
                        match grpc {
                            Some(status) => outcomes.add(format!("gRPC {status}")),
                            None => outcomes.add(answer.status().as_str()),
                        }
                        // A watch is held open as long as it lasts.
                        if grpc.is_none() && ask.grpc {
                            let mut body = answer.into_body();
                            let left = end.saturating_duration_since(Instant::now());
                            let read = async { while let Some(Ok(_)) = body.frame().await {} };
                            if timeout(left, read).await.is_err() {
                                outcomes.add("still watching");
                            }
                        }
                        // Not faster than a network would be.
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
            }
        };
        join_all((0..streams).map(|_| each())).await;
        driving.abort();
    };
    join_all((0..connections).map(|_| one())).await;
    outcomes.told()
}

fn none() -> Box<dyn Fn() -> Headers + Send + Sync> {
    Box::new(Vec::new)
}

/// Calls of the health service whose message never comes.
pub(crate) async fn health(field: &Field, form: Form) -> String {
    let path = "/grpc.health.v1.Health/Check";
    let ask = Ask { path, grpc: true, headers: none(), begin: b"", ends: false };
    http2(field, 21, 100, Duration::from_secs(form.pick(8, 30)), ask).await
}

/// Health watches, and reflection streams that ask nothing.
pub(crate) async fn streams(field: &Field, form: Form) -> String {
    let (connections, time) = form.pick((10, 5), (40, 20));
    let ask = |path, begin, ends| Ask { path, grpc: true, headers: none(), begin, ends };
    let time = Duration::from_secs(time);
    let (watches, questions) = tokio::join!(
        http2(
            field,
            connections,
            100,
            time,
            ask("/grpc.health.v1.Health/Watch", b"\0\0\0\0\0", true)
        ),
        http2(
            field,
            connections,
            50,
            time,
            ask("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", b"", false)
        ),
    );
    format!("watches: {watches}; reflection: {questions}")
}

/// Requests of REST and gRPC that name a key and send no body.
pub(crate) async fn known_key(field: &Field, form: Form) -> String {
    let known = field.known();
    let time = Duration::from_secs(form.pick(8, 30));
    let (rest, grpc) = (known.clone(), known);
    const METHOD: &str = "/sigma.v1.SettingsService/UpdateSettings";
    let rest = Ask {
        path: SETTINGS,
        grpc: false,
        headers: Box::new(move || rest.sign("PUT", SETTINGS, b"")),
        begin: b"",
        ends: false,
    };
    let grpc = Ask {
        path: METHOD,
        grpc: true,
        headers: Box::new(move || grpc.sign("POST", METHOD, b"")),
        begin: b"\0\0\0",
        ends: false,
    };
    let (rest, grpc) =
        tokio::join!(http2(field, 14, 100, time, rest), http2(field, 14, 100, time, grpc));
    format!("REST: {rest}; gRPC: {grpc}")
}

/// Sends the same bytes on many sockets, again after each answer, and waits for what comes.
pub(crate) async fn sockets(field: &Field, count: usize, time: Duration, bytes: &[u8]) -> String {
    let (end, outcomes) = (Instant::now() + time, Outcomes::default());
    let one = async || {
        while Instant::now() < end {
            let Some(mut stream) = field.connect().await else {
                outcomes.add("not connected");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let exchange = async {
                stream.write_all(bytes).await?;
                let mut answer = Vec::new();
                stream.read_to_end(&mut answer).await?;
                Ok::<_, std::io::Error>(answer)
            };
            let left = end.saturating_duration_since(Instant::now());
            match timeout(left, exchange).await {
                Err(_) => outcomes.add("still open"),
                Ok(Err(_)) => outcomes.add("reset"),
                Ok(Ok(answer)) => {
                    let head = String::from_utf8_lossy(&answer);
                    outcomes.add(head.split(' ').nth(1).unwrap_or("closed"));
                }
            }
        }
    };
    join_all((0..count).map(|_| one())).await;
    outcomes.told()
}

/// Calls of the health service over gRPC-Web, with one byte of five.
pub(crate) async fn health_web(field: &Field, form: Form) -> String {
    let more = "Content-Type: application/grpc-web+proto\r\nContent-Length: 5\r\n";
    let mut bytes = head("POST", "/grpc.health.v1.Health/Check", &Vec::new(), more).into_bytes();
    bytes.push(0);
    let (count, time) = form.pick((2_100, 7), (2_100, 30));
    sockets(field, count, Duration::from_secs(time), &bytes).await
}

/// Bodies of a known key that stop where the server used to reserve memory for the whole.
pub(crate) async fn part(field: &Field, form: Form) -> String {
    let more = "Content-Length: 262144\r\n";
    let mut bytes =
        head("PUT", SETTINGS, &field.known().sign("PUT", SETTINGS, b""), more).into_bytes();
    bytes.resize(bytes.len() + 17 * 1024, b' ');
    let (count, time) = form.pick((160, 13), (320, 40));
    sockets(field, count, Duration::from_secs(time), &bytes).await
}

/// Bodies of a known key that lack one byte.
pub(crate) async fn almost(field: &Field, form: Form) -> String {
    let known = field.known();
    let of = |length: usize| {
        let more = format!("Content-Length: {length}\r\n");
        let mut bytes =
            head("PUT", SETTINGS, &known.sign("PUT", SETTINGS, b""), &more).into_bytes();
        bytes.resize(bytes.len() + length - 1, b' ');
        bytes
    };
    let (large, small) = (of(1024 * 1024), of(63 * 1024));
    let time = Duration::from_secs(form.pick(8, 40));
    let (large, small) =
        tokio::join!(sockets(field, 100, time, &large), sockets(field, 300, time, &small));
    format!("1 MiB: {large}; 63 KiB: {small}")
}

/// Signed messages over gRPC-Web, as bytes and as text, that do not end.
pub(crate) async fn web(field: &Field, form: Form) -> String {
    const METHOD: &str = "/sigma.v1.SettingsService/UpdateSettings";
    let known = field.known();
    let of = |kind: &str| {
        let more = format!("Content-Type: application/{kind}\r\nContent-Length: 4000000\r\n");
        let mut bytes = head("POST", METHOD, &known.sign("POST", METHOD, b""), &more).into_bytes();
        bytes.extend(b"AAAA".repeat(10_000));
        bytes
    };
    let (plain, text) = (of("grpc-web+proto"), of("grpc-web-text+proto"));
    let time = Duration::from_secs(form.pick(8, 30));
    let (plain, text) =
        tokio::join!(sockets(field, 100, time, &plain), sockets(field, 100, time, &text));
    format!("bytes: {plain}; text: {text}")
}

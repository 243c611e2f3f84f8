//! Requests that no proper client makes, which do not come to their end, and looks at the server's memory from
//! outside.

use {
    super::{app::App, client::Headers},
    bytes::Bytes,
    futures_util::{StreamExt as _, stream},
    http::{Request, Uri},
    http_body::Frame,
    http_body_util::{BodyExt, StreamBody, combinators::BoxBody},
    hyper::client::conn::http2::{SendRequest, handshake},
    hyper_util::rt::{TokioExecutor, TokioIo},
    std::convert::Infallible,
    tokio::{net::TcpStream, task::JoinHandle},
};

/// A body of a request.
pub(crate) type Body = BoxBody<Bytes, Infallible>;

/// A body that begins like this and does not continue.
pub(crate) fn endless(begin: &[u8]) -> Body {
    let begin = (!begin.is_empty()).then(|| Ok(Frame::data(Bytes::copy_from_slice(begin))));
    let stream = stream::iter(begin).chain(stream::pending::<Result<Frame<Bytes>, Infallible>>());
    BodyExt::boxed(StreamBody::new(stream))
}

/// A whole body.
pub(crate) fn whole(bytes: &[u8]) -> Body {
    http_body_util::Full::new(Bytes::copy_from_slice(bytes)).boxed()
}

/// The address of a server, without its scheme.
pub(crate) fn address(app: &App) -> &str {
    app.url.trim_start_matches("http://")
}

/// Opens an HTTP/2 connection; it lasts as long as the task.
pub(crate) async fn http2(address: &str) -> Option<(SendRequest<Body>, JoinHandle<()>)> {
    let stream = TcpStream::connect(address).await.ok()?;
    let (sender, connection) =
        handshake::<_, _, Body>(TokioExecutor::new(), TokioIo::new(stream)).await.ok()?;
    Some((sender, tokio::spawn(async move { drop(connection.await) })))
}

/// Makes a request of REST (PUT) or gRPC.
pub(crate) fn request(
    address: &str,
    path: &str,
    grpc: bool,
    headers: Headers,
    body: Body,
) -> Request<Body> {
    let uri: Uri = format!("http://{address}{path}").parse().expect("a uri");
    let (verb, kind) =
        if grpc { ("POST", "application/grpc") } else { ("PUT", "application/json") };
    let mut request = Request::builder().method(verb).uri(uri).header("content-type", kind);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.body(body).expect("a request")
}

/// Makes a signed head of HTTP/1; `more` are whole lines.
pub(crate) fn head(verb: &str, path: &str, headers: &Headers, more: &str) -> String {
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{verb} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}{more}\r\n")
}

/// Returns a figure of the server's memory, in bytes: `VmRSS` for the current value, `VmHWM` for the highest so far.
pub(crate) fn memory(app: &App, what: &str) -> u64 {
    let path = format!("/proc/{}/status", app.process.0.id());
    let status = std::fs::read_to_string(path).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    let kib: Option<u64> = line
        .and_then(|line| line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().ok());
    kib.expect("a number") * 1024
}

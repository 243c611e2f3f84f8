//! A proxy that has the service under a path of its own, as a site with several services has, and takes it off.

use {
    http::{Request, Response, StatusCode},
    http_body_util::{BodyExt as _, Empty, combinators::BoxBody},
    hyper::{
        body::Incoming, client::conn::http2::handshake, server::conn::http2, service::service_fn,
    },
    hyper_util::rt::{TokioExecutor, TokioIo},
    std::{convert::Infallible, io},
    tokio::{
        net::{TcpListener, TcpStream},
        task::JoinHandle,
    },
};

/// The proxy.
#[derive(Debug)]
pub(crate) struct Behind {
    /// Its address, with the path.
    pub(crate) url: String,
    task: JoinHandle<()>,
}

type Body = BoxBody<bytes::Bytes, hyper::Error>;

impl Behind {
    /// Listens in front of the server at `url`, for paths that begin with `prefix`.
    pub(crate) async fn start(url: &str, prefix: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let own = format!("http://{}{prefix}", listener.local_addr().expect("an address"));
        let server = url.trim_start_matches("http://").to_owned();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                let answer = service_fn(move |request| pass(server.clone(), prefix, request));
                let connection = http2::Builder::new(TokioExecutor::new());
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), answer));
            }
        });
        Self { url: own, task }
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(
    server: String,
    prefix: &'static str,
    request: Request<Incoming>,
) -> Result<Response<Body>, io::Error> {
    let Some(path) = request.uri().path().strip_prefix(prefix).map(str::to_owned) else {
        let nothing = Empty::new().map_err(|never: Infallible| match never {}).boxed();
        let mut response = Response::new(nothing);
        *response.status_mut() = StatusCode::NOT_FOUND;
        return Ok(response);
    };
    let stream = TokioIo::new(TcpStream::connect(&server).await?);
    let (mut sender, connection) =
        handshake(TokioExecutor::new(), stream).await.map_err(io::Error::other)?;
    tokio::spawn(connection);
    let (mut head, body) = request.into_parts();
    head.uri = format!("http://{server}{path}").parse().map_err(io::Error::other)?;
    let answer = sender.send_request(Request::from_parts(head, body)).await;
    Ok(answer.map_err(io::Error::other)?.map(|body| body.boxed()))
}

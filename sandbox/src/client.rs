//! The client of the controls: one call, one answer. It speaks to a running sandbox on this machine and to nothing else.

use {
    serde_json::Value,
    std::{io, net::SocketAddr, time::Duration},
    tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
        time::timeout,
    },
};

/// How long a call may take; each control answers at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// The answer of a control.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// HTTP status: 200, or that of a refusal.
    pub status: u16,
    /// The result, or the reason of a refusal in `error`.
    pub body: Value,
}

/// Calls a control of the sandbox that listens at an address, either of its two. `path` follows `/_sandbox/` and may have
/// parameters.
///
/// # Errors
/// Nothing listens there, the path has a character that an address cannot have, or what answers is not a sandbox.
pub async fn call(
    at: SocketAddr,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> io::Result<Reply> {
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        let text = "a path has neither spaces nor letters outside ASCII; write them as %XX";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    let path = path.trim_start_matches('/');
    let head = format!(
        "{method} /_sandbox/{path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let exchange = async {
        let mut stream = TcpStream::connect(at).await?;
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, io::Error>(answer)
    };
    let answer = timeout(PATIENCE, exchange).await.map_err(io::Error::other)??;
    let foreign = || io::Error::new(io::ErrorKind::InvalidData, "what answers is not a sandbox");
    read(&answer).ok_or_else(foreign)
}

/// Reads an answer: the sandbox sends the bodies of controls whole.
fn read(answer: &[u8]) -> Option<Reply> {
    let blank = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = answer.split_at_checked(blank + 4)?;
    let status = std::str::from_utf8(head).ok()?.strip_prefix("HTTP/1.1 ")?;
    let status = status.split(' ').next()?.parse().ok()?;
    Some(Reply { status, body: serde_json::from_slice(body).ok()? })
}

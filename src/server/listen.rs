//! Incoming connections: how many are allowed, how long a silent one is kept, and what happens when the process has
//! no file descriptors left.

use {
    super::{
        Peer,
        line::{Purpose, Sources},
        room::{Room, Stay},
    },
    futures_util::stream::{self, Stream},
    std::{
        io,
        net::SocketAddr,
        pin::Pin,
        sync::Arc,
        task::{Context, Poll},
        time::Duration,
    },
    tokio::{
        io::{AsyncRead, AsyncWrite, ReadBuf},
        net::{TcpListener, TcpSocket, TcpStream},
        time::{Sleep, sleep},
    },
    tonic::transport::server::Connected,
};

/// Greatest number of connections.
const CONNECTIONS: u16 = 4_096;
/// Greatest number of connections of one address, except this machine's own.
const PER_ADDRESS: usize = 128;
/// How long a new connection may be silent.
const FIRST_BYTES: Duration = Duration::from_secs(5);
/// How long an HTTP/1 client may take for its complete first head, counted from the connection.
const FIRST_HEAD: Duration = Duration::from_secs(10);
/// Longest first head of an HTTP/1 client, in bytes. The parser would accept several times as much, and a longer one
/// than this is refused anyway.
const FIRST_HEAD_MAX: usize = 128 * 1024;
/// How long a connection is kept on which no request was ever verified and none is in progress, at most twice as long.
const IDLE: Duration = Duration::from_secs(10);
/// How long a client may take no byte of an answer.
const UNREAD: Duration = Duration::from_secs(30);
/// Greatest number of bytes that are read at a time.
const READ_MAX: usize = 32 * 1024;
/// Pause after an accept that failed for want of resources.
const PAUSE: Duration = Duration::from_millis(100);
/// The first bytes of an HTTP/2 client (RFC 9113, section 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The connections of a listener.
#[derive(Debug)]
pub(super) struct Incoming {
    listener: TcpListener,
    sources: Arc<Sources>,
    room: Arc<Room>,
}

impl Incoming {
    /// Accepts at most `most` connections of a listener at once.
    pub(super) fn new(listener: TcpListener, most: usize) -> Self {
        Self { listener, sources: Arc::default(), room: Room::new(Purpose::Connection, most) }
    }

    /// Returns the next connection. If there are as many as allowed, an unverified one is closed.
    async fn next(&self) -> Connection {
        loop {
            let (stream, address) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Without a pause, a process without free descriptors would spin on the same failure.
                    tracing::warn!(%error, "could not accept a connection");
                    self.room.free_one();
                    sleep(PAUSE).await;
                    continue;
                }
            };
            let Some(line) = self.sources.connect(address, PER_ADDRESS) else { continue };
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "the connection ended at once");
                continue;
            }
            let line = Arc::new(line);
            let stay = self.room.enter_late(&line).await;
            return Connection::new(stream, Peer { line }, stay);
        }
    }
}

/// Listens on an address. As many connections may wait to be accepted as are allowed: when the queue is full, the
/// kernel drops or resets further ones, valid or not, and nothing here could tell them apart. The kernel may allow
/// fewer (`net.core.somaxconn` on Linux).
///
/// # Errors
/// When the address cannot be listened on.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // On systems other than Unix it would allow two processes on one address.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(CONNECTIONS.into())
}

/// Returns the connections of a listener, for ever.
pub(super) fn incoming(listener: TcpListener) -> impl Stream<Item = io::Result<Connection>> {
    let incoming = Incoming::new(listener, CONNECTIONS.into());
    stream::unfold(incoming, async |incoming| {
        let connection = incoming.next().await;
        Some((Ok(connection), incoming))
    })
}

impl axum::serve::Listener for Incoming {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let mut connection = self.next().await;
        connection.idle = None;
        let address = connection.peer.line.address;
        (connection, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection whose client must start to send: the whole HTTP/2 preface, or a whole head of HTTP/1. A protocol
/// sniffer without this timer keeps a silent socket for ever.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    peer: Peer,
    /// The bytes received so far, and the timer; `None` once the client has begun.
    start: Option<(Start, Pin<Box<Sleep>>)>,
    /// Runs while the client takes nothing of what is to be sent.
    unread: Option<Pin<Box<Sleep>>>,
    /// The next look whether the connection is idle, and how many requests had begun at the last one, if it was idle then;
    /// `None` where requests are not counted.
    idle: Option<(Pin<Box<Sleep>>, Option<usize>)>,
    stay: Stay,
}

/// The first bytes of a connection.
#[derive(Debug, Default)]
struct Start {
    seen: usize,
    /// True once they cannot be an HTTP/2 preface.
    departed: bool,
    /// True while the current line is empty.
    blank: bool,
}

/// The state of the first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// They may still become the preface.
    Sniffing,
    /// They are an incomplete head of HTTP/1.
    Head,
    /// The client has begun.
    Begun,
}

impl Start {
    fn hear(&mut self, bytes: &[u8]) -> Progress {
        let mut head_ended = false;
        for byte in bytes {
            self.departed |= PREFACE.get(self.seen) != Some(byte);
            self.seen += 1;
            if !self.departed && self.seen == PREFACE.len() {
                return Progress::Begun;
            }
            match byte {
                b'\n' if self.blank => head_ended = true,
                b'\n' => self.blank = true,
                b'\r' => {}
                _ => self.blank = false,
            }
        }
        match (self.departed, head_ended) {
            (false, _) => Progress::Sniffing,
            (true, false) => Progress::Head,
            (true, true) => Progress::Begun,
        }
    }
}

impl Connection {
    fn new(stream: TcpStream, peer: Peer, stay: Stay) -> Self {
        let start = Some((Start::default(), Box::pin(sleep(FIRST_BYTES))));
        let idle = Some((Box::pin(sleep(IDLE)), None));
        Self { stream, peer, start, unread: None, idle, stay }
    }

    /// Notes what was read: a head gets more time, and a client that has begun has no timer. Returns false if the
    /// head has become too long.
    fn heard(&mut self, bytes: &[u8]) -> bool {
        let Some((start, timer)) = &mut self.start else { return true };
        let departed = start.departed;
        match start.hear(bytes) {
            Progress::Sniffing => {}
            Progress::Head if departed => {}
            Progress::Head => {
                let end = timer.deadline() + (FIRST_HEAD - FIRST_BYTES);
                timer.as_mut().reset(end);
            }
            Progress::Begun => self.start = None,
        }
        self.start.as_ref().is_none_or(|(start, _)| start.seen <= FIRST_HEAD_MAX)
    }

    /// Completes once the connection was idle at two looks, one after the other.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Self { peer, idle: Some((timer, before)), .. } = self else { return Poll::Pending };
        if peer.line.has_proved() {
            return Poll::Pending;
        }
        while timer.as_mut().poll(cx).is_ready() {
            let now = peer.line.idle_since();
            if now.is_some() && now == *before {
                return Poll::Ready(());
            }
            *before = now;
            timer.as_mut().reset(tokio::time::Instant::now() + IDLE);
        }
        Poll::Pending
    }

    /// Watches a write: the time in which the client takes nothing is counted.
    fn written<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.unread = None;
            return written;
        }
        let timer = self.unread.get_or_insert_with(|| Box::pin(sleep(UNREAD)));
        timer.as_mut().poll(cx).map(|()| Err(timed_out("the client takes nothing")))
    }
}

/// Limits the size of a read: a reader that fills its whole buffer makes the next one ten times as large, on each
/// connection with a body that is not read yet.
fn read_some(
    stream: &mut TcpStream,
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    if buf.remaining() <= READ_MAX {
        return Pin::new(stream).poll_read(cx, buf);
    }
    let mut part = ReadBuf::new(buf.initialize_unfilled_to(READ_MAX));
    let read = Pin::new(stream).poll_read(cx, &mut part);
    let length = part.filled().len();
    buf.advance(length);
    read
}

fn timed_out(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.stay.poll_gone(cx).is_ready() {
            return Poll::Ready(Err(io::Error::other("another connection needs the place")));
        }
        let before = buf.filled().len();
        if let Poll::Ready(read) = read_some(&mut self.stream, cx, buf) {
            if self.start.is_some() {
                let new = buf.filled().get(before..).unwrap_or_default();
                if !self.heard(new) {
                    return Poll::Ready(Err(io::Error::other("the head is too long")));
                }
            }
            return Poll::Ready(read);
        }
        if self.poll_idle(cx).is_ready() {
            return Poll::Ready(Err(timed_out("the connection is idle")));
        }
        let Some((_, timer)) = &mut self.start else { return Poll::Pending };
        timer.as_mut().poll(cx).map(|()| Err(timed_out("the connection said nothing")))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_begins_with_the_preface_or_a_whole_head() {
        let hear = |parts: &[&[u8]]| {
            let mut start = Start::default();
            parts.iter().map(|part| start.hear(part)).last()
        };
        let (preface, half) = PREFACE.split_at(17);
        assert_eq!(hear(&[preface, half]), Some(Progress::Begun));
        assert_eq!(hear(&[preface]), Some(Progress::Sniffing));
        assert_eq!(hear(&[b""]), Some(Progress::Sniffing));
        assert_eq!(hear(&[b"P", b"UT / HTTP/1.1\r\n"]), Some(Progress::Head));
        assert_eq!(hear(&[b"GET / HTTP/1.1\r\nA: b\r\n", b"\r", b"\n"]), Some(Progress::Begun));
        assert_eq!(hear(&[b"GET / HTTP/1.1\n\n"]), Some(Progress::Begun));
        assert_eq!(hear(&[b"GET / HTTP/1.1\r\nA: b\r\nC: d"]), Some(Progress::Head));
        assert_eq!(hear(&[b"\x16\x03\x01 not HTTP"]), Some(Progress::Head));
    }
}

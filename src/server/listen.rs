//! The incoming connections: how many there may be, how long a silent one is kept, and what happens when the process has
//! no file descriptors left.

use {
    super::Peer,
    futures_util::stream::{self, Stream},
    std::{
        collections::HashMap,
        io,
        net::IpAddr,
        pin::Pin,
        sync::{Arc, Mutex, PoisonError},
        task::{Context, Poll},
        time::Duration,
    },
    tokio::{
        io::{AsyncRead, AsyncWrite, ReadBuf},
        net::{TcpListener, TcpStream},
        sync::{OwnedSemaphorePermit, Semaphore},
        time::{Sleep, sleep},
    },
    tonic::transport::server::Connected,
};

/// Connections in all.
const CONNECTIONS: usize = 4_096;
/// Connections of one address other than this machine's own.
const PER_ADDRESS: usize = 128;
/// How long a connection may say nothing at its start.
const FIRST_BYTES: Duration = Duration::from_secs(5);
/// How long an HTTP/1 client may take for the whole of its first head, counted from the connection.
const FIRST_HEAD: Duration = Duration::from_secs(10);
/// Pause after an accept that failed for want of resources.
const PAUSE: Duration = Duration::from_millis(100);
/// What an HTTP/2 client says first (RFC 9113, section 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

type Addresses = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// A place among the connections; given back when the connection ends.
#[derive(Debug)]
struct Place {
    address: IpAddr,
    addresses: Addresses,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = addresses.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                addresses.remove(&self.address);
            }
        }
    }
}

/// Returns the connections of a listener, for ever.
pub(super) fn incoming(listener: TcpListener) -> impl Stream<Item = io::Result<Connection>> {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let addresses = Addresses::default();
    stream::unfold((listener, places, addresses), |(listener, places, addresses)| async {
        loop {
            // The semaphore is never closed.
            let Ok(permit) = places.clone().acquire_owned().await else { return None };
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Without a pause, a process out of descriptors would spin on the same failure.
                    tracing::warn!(%error, "could not accept a connection");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            let Some(place) = take(&addresses, peer.ip(), permit) else { continue };
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "the connection ended at once");
                continue;
            }
            let connection = Connection::new(stream, Peer(peer), place);
            return Some((Ok(connection), (listener, places, addresses)));
        }
    })
}

fn take(addresses: &Addresses, address: IpAddr, permit: OwnedSemaphorePermit) -> Option<Place> {
    let mut counts = addresses.lock().unwrap_or_else(PoisonError::into_inner);
    let count = counts.entry(address).or_default();
    if *count >= PER_ADDRESS && !address.is_loopback() {
        return None;
    }
    *count += 1;
    Some(Place { address, addresses: addresses.clone(), _permit: permit })
}

/// A connection that must begin to speak: all of the HTTP/2 preface, or a whole head of HTTP/1. A protocol sniffer
/// without this timer keeps a silent socket for ever.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    peer: Peer,
    /// What was said so far, and the timer; `None` once the client has begun.
    start: Option<(Start, Pin<Box<Sleep>>)>,
    _place: Place,
}

/// The first bytes of a connection.
#[derive(Debug, Default)]
struct Start {
    seen: usize,
    /// True once they are no HTTP/2 preface.
    departed: bool,
    /// True when only a line's end has come since the last line's end.
    blank: bool,
}

/// How far the first bytes have got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// They may still become the preface.
    Sniffing,
    /// They are a head of HTTP/1 that is not whole.
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
    fn new(stream: TcpStream, peer: Peer, place: Place) -> Self {
        let start = Some((Start::default(), Box::pin(sleep(FIRST_BYTES))));
        Self { stream, peer, start, _place: place }
    }

    /// Takes note of what was read: a head gets more time, and a client that has begun has no timer.
    fn heard(&mut self, bytes: &[u8]) {
        let Some((start, timer)) = &mut self.start else { return };
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
    }
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buf) {
            if self.start.is_some() {
                let new = buf.filled().get(before..).unwrap_or_default();
                self.heard(new);
            }
            return Poll::Ready(read);
        }
        let Some((_, timer)) = &mut self.start else { return Poll::Pending };
        timer
            .as_mut()
            .poll(cx)
            .map(|()| Err(io::Error::new(io::ErrorKind::TimedOut, "the connection said nothing")))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
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

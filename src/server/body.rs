//! Reading the bodies of unverified requests: with a limit, a deadline, a least rate, and within memory that all such
//! bodies share.

use {
    super::refusal::Refusal,
    crate::{
        budget::{Budget, Owner, Share},
        crypto::signature::BodyHash,
    },
    axum::body::Body,
    bytes::{Bytes, BytesMut},
    http::HeaderMap,
    http_body::{Frame, SizeHint},
    http_body_util::BodyExt as _,
    std::{
        future::Future as _,
        pin::Pin,
        sync::{Arc, Mutex, PoisonError},
        task::{Context, Poll, ready},
        time::Duration,
    },
    tokio::time::{Instant, Sleep, sleep, timeout_at},
};

/// How long a body may take.
const WHOLE: Duration = Duration::from_secs(10);
/// How long a body may take before the least rate applies.
const GRACE: Duration = Duration::from_secs(5);
/// The least rate, in bytes a second.
const RATE: u32 = 64 * 1024;
/// Bytes of each body that are not counted: the number of unverified requests bounds them.
const UNCOUNTED: usize = 32 * 1024;
/// Longest body for which room is made in advance.
const EXACT: usize = 1024 * 1024;
/// Longest body that is received although it is refused.
const DROPPED: usize = 8 * 1024 * 1024;
/// How long a body is received that is refused.
const LINGER: Duration = Duration::from_secs(2);
/// Bytes that are taken from the shared memory at a time.
const STEP: usize = 64 * 1024;
/// Greatest size of all unverified bodies, in bytes, not counting the first part of each.
const UNVERIFIED: usize = 64 * 1024 * 1024;

/// Makes the memory that bodies share until they are verified; no body may be larger than `most`.
pub(super) fn memory(most: usize) -> Arc<Budget> {
    Budget::new(UNVERIFIED, most, WHOLE)
}

/// Returns the bytes of a body that is in memory already; of another one, nothing.
pub(super) async fn whole(body: Body) -> Bytes {
    body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default()
}

/// A body that was read, with its share of the memory.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) bytes: Bytes,
    /// The hash of the bytes, without the head.
    pub(super) hash: [u8; 32],
    pub(super) share: Option<Share>,
}

/// Refuses a body that announces more bytes than `max`; returns the body and the greatest number that may come. What is
/// somewhat too large is received and dropped: a client that still sends when the connection is closed never sees the
/// answer.
pub(super) async fn announced(
    headers: &HeaderMap,
    mut body: Body,
    max: usize,
) -> Result<(Body, usize), Refusal> {
    let declared = headers
        .get(http::header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    match declared {
        Some(length) if length > max => {
            if length <= DROPPED {
                let end = Instant::now() + LINGER;
                while let Ok(Some(Ok(_))) = timeout_at(end, body.frame()).await {}
            }
            Err(Refusal::TooLarge)
        }
        declared => Ok((body, declared.unwrap_or(max))),
    }
}

/// Reads a body of at most `most` bytes and hashes it without its first `head` bytes. The memory is counted for
/// `owners`.
pub(super) async fn read(
    body: Body,
    (head, most): (usize, usize),
    memory: &Arc<Budget>,
    owners: impl FnOnce() -> Vec<Arc<Owner>>,
) -> Result<Read, Refusal> {
    let begun = Instant::now();
    let end = begun + WHOLE;
    let mut pace = Pace { begun, received: 0 };
    let (mut share, mut owners) = (None::<Share>, Some(owners));
    let (mut body, mut first, mut rest) = (body, Bytes::new(), BytesMut::new());
    let (mut hash, mut unhashed) = (BodyHash::default(), head);
    while let Some(frame) =
        timeout_at(pace.end().min(end), body.frame()).await.map_err(|_| Refusal::Slow)?
    {
        let Ok(data) = frame.map_err(|_| Refusal::Broken)?.into_data() else { continue };
        pace.received += data.len();
        hash.add(data.get(unhashed..).unwrap_or_default());
        unhashed = unhashed.saturating_sub(data.len());
        if pace.received > most {
            return Err(Refusal::TooLarge);
        }
        if pace.received > UNCOUNTED {
            let share = share.get_or_insert_with(|| {
                memory.open(owners.take().map(|owners| owners()).unwrap_or_default())
            });
            let bytes = (pace.received - UNCOUNTED).next_multiple_of(STEP).min(most);
            // The time spent waiting for memory does not count as slowness of the sender.
            let since = Instant::now();
            timeout_at(end, share.hold(bytes))
                .await
                .map_err(|_| Refusal::Slow)?
                .map_err(|_| Refusal::Busy)?;
            pace.begun += since.elapsed();
        }
        // Most bodies come in one piece and are not copied.
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                // Room for the announced length; the machine provides it only as it is filled.
                rest.reserve(if most <= EXACT { most } else { pace.received });
                rest.extend_from_slice(&std::mem::take(&mut first));
            }
            rest.extend_from_slice(&data);
        }
    }
    let bytes = if rest.is_empty() { first } else { rest.freeze() };
    Ok(Read { bytes, hash: hash.end(), share })
}

/// How fast a body comes.
#[derive(Debug, Clone, Copy)]
struct Pace {
    begun: Instant,
    received: usize,
}

impl Pace {
    /// When the next piece must have arrived.
    fn end(self) -> Instant {
        let received = u32::try_from(self.received).unwrap_or(u32::MAX);
        let earned = Duration::from_secs(1) * received / RATE;
        self.begun + (GRACE + earned).min(WHOLE)
    }
}

/// The hash of a content as it was sent, where what is read of it was unwrapped.
#[derive(Debug, Clone, Default)]
pub(super) struct Tap(Arc<Mutex<(BodyHash, bool)>>);

impl Tap {
    /// Hashes a body while it is read.
    pub(super) fn on(&self, body: Body) -> Body {
        Body::new(Tapped { body, tap: self.clone() })
    }

    /// Returns the hash; `None` before the whole content was read.
    pub(super) fn hash(&self) -> Option<[u8; 32]> {
        let (hash, whole) = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        whole.then(|| hash.end())
    }
}

#[derive(Debug)]
struct Tapped {
    body: Body,
    tap: Tap,
}

impl http_body::Body for Tapped {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let mut state = self.tap.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &frame {
            Some(Ok(frame)) => {
                state.0.add(frame.data_ref().map(|data| data.as_ref()).unwrap_or_default());
            }
            Some(Err(_)) => {}
            None => state.1 = true,
        }
        drop(state);
        Poll::Ready(frame)
    }
}

/// A body that is passed on as it comes, for calls with a stream of requests: with a limit, and a deadline for all of
/// it.
#[derive(Debug)]
pub(super) struct Bounded {
    body: Body,
    left: usize,
    end: Pin<Box<Sleep>>,
}

impl Bounded {
    /// Lets `most` bytes through within `time`; then the body breaks off.
    pub(super) fn new(body: Body, most: usize, time: Duration) -> Self {
        Self { body, left: most, end: Box::pin(sleep(time)) }
    }
}

impl http_body::Body for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let broken = |what: &'static str| Poll::Ready(Some(Err(axum::Error::new(what))));
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                let Some(left) = self.left.checked_sub(length) else {
                    return broken("the stream of requests is too long");
                };
                self.left = left;
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Pending if self.end.as_mut().poll(cx).is_ready() => {
                broken("the stream of requests takes too long")
            }
            other => other,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::crypto::signature};

    #[test]
    fn a_body_has_to_keep_up_after_its_grace() {
        let begun = Instant::now();
        let end = |received| (Pace { begun, received }).end() - begun;
        assert_eq!(end(0), GRACE);
        assert_eq!(end(64 * 1024), GRACE + Duration::from_secs(1));
        assert_eq!(end(96 * 1024), GRACE + Duration::from_millis(1_500));
        assert_eq!(end(1024 * 1024), WHOLE);
        assert_eq!(end(usize::MAX), WHOLE);
    }

    #[tokio::test]
    async fn what_is_announced_is_held_to_the_cap() {
        let most = async |length: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(length) = length {
                headers.insert("content-length", length.parse().expect("a value"));
            }
            let read = announced(&headers, Body::from(vec![0; 101]), 100).await;
            read.ok().map(|(_, most)| most)
        };
        assert_eq!(most(Some("7")).await, Some(7));
        assert_eq!(most(Some("100")).await, Some(100));
        assert_eq!(most(Some("101")).await, None);
        assert_eq!(most(None).await, Some(100));
    }

    #[tokio::test]
    async fn what_is_read_is_counted_beyond_the_first_bytes() {
        let memory = memory(1024 * 1024);
        let read = async |length: usize| {
            let pieces = vec![b'x'; length];
            let pieces: Vec<Result<Bytes, std::io::Error>> =
                pieces.chunks(10_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
            let body = Body::from_stream(futures_util::stream::iter(pieces));
            super::read(body, (10_005, 200_000), &memory, Vec::new).await
        };
        let small = read(30_000).await.expect("read");
        assert_eq!((small.bytes.len(), memory.used()), (30_000, 0));
        let large = read(150_000).await.expect("read");
        assert_eq!((large.bytes.len(), memory.used()), (150_000, 2 * STEP));
        assert_eq!(large.hash, signature::hash(&large.bytes[10_005..]));
        assert_eq!(read(9).await.expect("read").hash, signature::hash(b""));
        assert!(matches!(read(200_001).await, Err(Refusal::TooLarge)));
        drop((small, large));
        assert_eq!(memory.used(), 0);
    }
}

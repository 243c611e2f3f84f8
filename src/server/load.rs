//! Verified work: its places, the memory for decoding it, and the processors that it leaves to others.

use {
    super::{quota::Quota, refusal::Refusal},
    crate::{
        budget::{self, Budget, Long, Place, Share, Turn},
        domain::access::Principal,
        gateway::VALUES_MAX,
    },
    axum::body::Body,
    bytes::Bytes,
    http::{Request, Response},
    std::{future::Future, sync::Arc},
};

/// Size in bytes from which the work on a request is long.
const LONG: usize = 64 * 1024;
/// Copies of a request in memory while it is decoded: the received bytes and the forms made from them.
const COPIES: usize = 4;
/// Bytes that a value of free JSON takes in all its forms.
const VALUE: usize = 320;
/// Memory for decoding that is not counted: the places for verified work bound it.
const UNCOUNTED: usize = 256 * 1024;

/// The encoding of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Json,
    Grpc,
}

/// Takes the memory that decoding a body may need; `None` if it is too little to count. It is given back as soon as
/// the work ends, or waits for another system.
pub(super) async fn hold(
    memory: &Arc<Budget>,
    who: &Principal,
    wire: Wire,
    (body, long): (&[u8], Option<&Turn>),
) -> Result<Option<Share>, Refusal> {
    let bytes = match long {
        Some(turn) => turn.stepwise(cost(wire, body)).await,
        None => cost(wire, body).await,
    };
    if bytes <= UNCOUNTED {
        return Ok(None);
    }
    let mut share = memory.open(vec![memory.owner(who.tenant.as_str())]);
    share.hold(bytes.min(memory.most())).await.map_err(|_| Refusal::Busy)?;
    Ok(Some(share))
}

/// Returns the greatest amount of memory that decoding a body can take. A long one is counted in pieces, between
/// which other work has its turn.
async fn cost(wire: Wire, body: &[u8]) -> usize {
    let values = match wire {
        Wire::Json => {
            let mut pieces = body.chunks(LONG);
            let mut values = pieces.next().map_or(0, commas);
            for piece in pieces {
                tokio::task::yield_now().await;
                values += commas(piece);
            }
            values
        }
        // The shortest value has two bytes.
        Wire::Grpc => body.len() / 2,
    };
    body.len() * COPIES + values.min(VALUES_MAX) * VALUE
}

/// Counts the commas: each value except the first of a list or an object has one before it.
fn commas(json: &[u8]) -> usize {
    json.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count()
}

/// Returns the place where the work on a request waits for its turn; `None` if it is short.
pub(super) fn turn(who: &Principal, message: &[u8]) -> Option<Turn> {
    (message.len() > LONG).then(|| Turn::of(who.tenant.as_str()))
}

/// A request with a valid credential that has its turn.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) request: Request<Body>,
    /// The bytes that are signed: the body of REST, the message of gRPC.
    pub(super) message: Bytes,
    /// The turn that its work waits for, if that is long.
    pub(super) long: Option<Turn>,
    pub(super) load: Option<Share>,
    /// Its place among the requests in progress.
    pub(super) place: Place,
    pub(super) quota: Quota,
}

impl Accepted {
    /// Carries the request out.
    pub(super) async fn work<F: Future<Output = Response<Body>>>(
        self,
        work: impl FnOnce(Request<Body>, Bytes) -> F,
    ) -> Response<Body> {
        let Self { request, message, long, load, place: _place, quota } = self;
        // A request that is not verified yet takes no memory for its work.
        let work = Box::pin(work(request, message));
        let mut response = match (load, long) {
            (None, _) => work.await,
            (load, Some(turn)) => budget::loaded(load, Long::new(&turn, work)).await,
            (load, None) => budget::loaded(load, work).await,
        };
        quota.mark(response.headers_mut());
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn usual_requests_are_not_counted() {
        assert!(cost(Wire::Grpc, &[b'x'; 1_000]).await <= UNCOUNTED);
        assert!(cost(Wire::Json, &[b'x'; 50_000]).await <= UNCOUNTED);
        assert!(cost(Wire::Json, &[b','; 4_096]).await > UNCOUNTED);
        // The largest request of all fits into the smallest memory.
        assert!(cost(Wire::Grpc, &vec![b'x'; 4 * 1024 * 1024]).await < 64 * 1024 * 1024);
    }

    #[tokio::test]
    async fn a_long_body_is_counted_in_pieces() {
        let times = 2 * LONG / 8;
        let body = b"xx,x[x{x".repeat(times);
        let mut count = std::pin::pin!(cost(Wire::Json, &body));
        let mut pieces = 1;
        let bytes = std::future::poll_fn(|cx| {
            let step = count.as_mut().poll(cx);
            pieces += usize::from(step.is_pending());
            step
        })
        .await;
        assert_eq!(bytes, body.len() * COPIES + 3 * times * VALUE);
        assert_eq!(pieces, 2);
    }
}

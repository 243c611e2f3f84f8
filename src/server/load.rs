//! Verified work: the places that it has, the memory that decoding it takes, and the processors that it leaves to others.

use {
    super::refusal::Refusal,
    crate::{
        budget::{self, Budget, Long, Share},
        domain::access::Principal,
        gateway::VALUES_MAX,
    },
    axum::body::Body,
    bytes::Bytes,
    http::{Request, Response},
    std::{future::Future, sync::Arc},
    tokio::sync::OwnedSemaphorePermit,
};

/// Bytes of a request beyond which the work on it is long.
const LONG: usize = 64 * 1024;
/// How often a request is in memory while it is decoded, as it came and in the forms that follow.
const COPIES: usize = 4;
/// Bytes that a value of free JSON takes in all its forms.
const VALUE: usize = 320;
/// What decoding may take without being counted: the places for verified work bound it.
const UNCOUNTED: usize = 256 * 1024;

/// What a request is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Json,
    Grpc,
}

/// Takes the memory that decoding a body may need; `None` when that is not worth counting. It is given back as soon as the
/// work ends, or waits for another system.
pub(super) async fn hold(
    memory: &Arc<Budget>,
    who: &Principal,
    wire: Wire,
    body: &[u8],
) -> Result<Option<Share>, Refusal> {
    let bytes = cost(wire, body);
    if bytes <= UNCOUNTED {
        return Ok(None);
    }
    let mut share = memory.open(vec![memory.owner(who.tenant.as_str())]);
    share.hold(bytes.min(memory.most())).await.map_err(|_| Refusal::Busy)?;
    Ok(Some(share))
}

/// The most that decoding a body can take.
fn cost(wire: Wire, body: &[u8]) -> usize {
    let values = match wire {
        // Each value but the first of a list or an object has a comma before it.
        Wire::Json => body.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count(),
        // Two bytes are the shortest value.
        Wire::Grpc => body.len() / 2,
    };
    body.len() * COPIES + values.min(VALUES_MAX) * VALUE
}

/// A request whose credential holds and whose turn it is.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) request: Request<Body>,
    /// The bytes that are signed: the body of REST, the message of gRPC.
    pub(super) message: Bytes,
    pub(super) load: Option<Share>,
    /// Places in the server and among the tenant's requests.
    pub(super) places: [OwnedSemaphorePermit; 2],
}

impl Accepted {
    /// Carries the request out.
    pub(super) async fn work<F: Future<Output = Response<Body>>>(
        self,
        work: impl FnOnce(Request<Body>, Bytes) -> F,
    ) -> Response<Body> {
        let Self { request, message, load, places: _places } = self;
        let is_long = message.len() > LONG;
        let work = work(request, message);
        match load {
            None => work.await,
            load if is_long => budget::loaded(load, Long::new(work)).await,
            load => budget::loaded(load, Box::pin(work)).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_requests_are_not_counted() {
        assert!(cost(Wire::Grpc, &[b'x'; 1_000]) <= UNCOUNTED);
        assert!(cost(Wire::Json, &[b'x'; 50_000]) <= UNCOUNTED);
        assert!(cost(Wire::Json, &[b','; 4_096]) > UNCOUNTED);
        // The largest request of all fits into the smallest memory.
        assert!(cost(Wire::Grpc, &vec![b'x'; 4 * 1024 * 1024]) < 64 * 1024 * 1024);
    }
}

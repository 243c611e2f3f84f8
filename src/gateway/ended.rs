//! How a call ended. gRPC says it behind the answer, in trailers, so of a stream it is known at its end only; an answer
//! of REST has no place for it.

use {
    bytes::Bytes,
    http::Response,
    http_body::{Body as HttpBody, Frame, SizeHint},
    std::{
        pin::Pin,
        sync::{Arc, OnceLock},
        task::{Context, Poll, ready},
    },
    tonic::{Code, Status, body::Body},
};

/// The end of a call, once it is known; an extension of its answer.
#[derive(Debug, Clone, Default)]
pub struct Ended(Arc<OnceLock<Code>>);

impl Ended {
    /// Returns how the call ended; `None` until the service has said it.
    pub fn code(&self) -> Option<Code> {
        self.0.get().copied()
    }

    fn note(&self, status: &Status) {
        let _known = self.0.set(status.code());
    }

    /// Watches the answer of a service for its end.
    pub fn watch(response: Response<Body>) -> (Self, Response<Body>) {
        let ended = Self::default();
        if let Some(status) = Status::from_header_map(response.headers()) {
            ended.note(&status);
        }
        let own = ended.clone();
        (ended, response.map(|body| Body::new(Watched { body, ended: own })))
    }
}

/// A body whose trailers are read on the way.
struct Watched {
    body: Body,
    ended: Ended,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(status) = frame.trailers_ref().and_then(Status::from_header_map) {
                    self.ended.note(&status);
                }
            }
            Some(Err(status)) => self.ended.note(status),
            None => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

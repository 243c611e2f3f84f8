//! Calls that need no credential, health and reflection: few places, short messages, and no waiting for a caller that
//! does not send. The HTTP probes do not come here; they never wait and take no place.

use {
    super::{
        body::{self, Bounded},
        line::{Line, Purpose},
        refusal::Refusal,
        room::{Room, Stay},
    },
    crate::{api, budget::Budget, domain::code},
    axum::body::Body,
    bytes::Bytes,
    http::{Request, Response},
    http_body::{Frame, SizeHint},
    std::{
        future::Future,
        pin::Pin,
        sync::Arc,
        task::{Context, Poll},
        time::Duration,
    },
};

/// Greatest number of calls at once in the whole server.
const PLACES: usize = 256;
/// Longest message of a health request, in bytes; it contains at most the name of a service.
const MESSAGE_MAX: usize = 4 * 1024;
/// Greatest size of the questions in one call of the reflection, in bytes, and the time for all of them.
const QUESTIONS_MAX: usize = 64 * 1024;
const QUESTIONS_TIME: Duration = Duration::from_secs(60);

/// The room for these calls.
#[derive(Debug)]
pub(super) struct Open {
    room: Arc<Room>,
    memory: Arc<Budget>,
}

impl Open {
    pub(super) fn new() -> Self {
        Self { room: Room::new(Purpose::Open, PLACES), memory: body::memory(MESSAGE_MAX) }
    }

    /// Carries a call out with `call`. It keeps its place until the answer has ended.
    pub(super) async fn call<F: Future<Output = Response<Body>>>(
        &self,
        line: &Arc<Line>,
        request: Request<Body>,
        is_stream: bool,
        call: impl FnOnce(Request<Body>) -> F,
    ) -> Result<Response<Body>, Refusal> {
        let stay = self.room.enter(line).ok_or(Refusal::Busy)?;
        let (parts, body) = request.into_parts();
        let body = if is_stream {
            Body::new(Bounded::new(body, QUESTIONS_MAX, QUESTIONS_TIME))
        } else {
            let (body, most) =
                stay.within(body::announced(&parts.headers, body, MESSAGE_MAX)).await??;
            let read = stay.within(body::read(body, (0, most), &self.memory, Vec::new)).await??;
            stay.settle();
            Body::from(read.bytes)
        };
        let answer = stay.within(call(Request::from_parts(parts, body))).await?;
        Ok(answer.map(|body| Body::new(Staying { body, stay, ended: false })))
    }
}

/// The body of an answer that keeps a place until its end, and ends if the place is taken away.
#[derive(Debug)]
struct Staying {
    body: Body,
    stay: Stay,
    ended: bool,
}

impl http_body::Body for Staying {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Pending => {}
            next => return next,
        }
        if self.stay.poll_gone(cx).is_pending() {
            return Poll::Pending;
        }
        self.ended = true;
        let mut trailers = http::HeaderMap::new();
        let told = api::refusal(
            tonic::Code::Unavailable,
            code::SERVICE_BUSY,
            "another caller needs the place; try again".to_owned(),
        );
        Poll::Ready(match told.add_header(&mut trailers) {
            Ok(()) => Some(Ok(Frame::trailers(trailers))),
            Err(_) => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

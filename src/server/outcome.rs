//! The outcome of a request as the metrics count it: one vocabulary, the codes of gRPC, whatever the wire is. An answer
//! that is still open when its head goes out is counted at its end.

use {
    crate::gateway::Ended,
    axum::body::Body,
    bytes::Bytes,
    http::{Response, StatusCode},
    http_body::{Body as HttpBody, Frame, SizeHint},
    std::{
        pin::Pin,
        task::{Context, Poll, ready},
    },
    tonic::{Code, Status},
};

/// Returns the word of a code, as the documentation of gRPC writes it: upper case, with `_` between its parts.
fn word(code: Code) -> String {
    let mut word = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(letter.to_ascii_uppercase());
    }
    word
}

/// Returns the code of an answer that no service gave: a refusal before one was called, or a page.
const fn of_status(status: StatusCode) -> Code {
    match status.as_u16() {
        ..=399 => Code::Ok,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::NotFound,
        405 | 501 => Code::Unimplemented,
        408 | 504 => Code::DeadlineExceeded,
        409 => Code::Aborted,
        429 => Code::ResourceExhausted,
        499 => Code::Cancelled,
        400..=498 => Code::InvalidArgument,
        503 => Code::Unavailable,
        _ => Code::Internal,
    }
}

/// Calls `count` once with the outcome of an answer: now if it is known, else at the end of the answer.
pub(super) fn count(
    mut response: Response<Body>,
    count: impl FnOnce(String) + Send + 'static,
) -> Response<Body> {
    let known = match response.extensions_mut().remove::<Ended>() {
        Some(ended) => match ended.code() {
            Some(code) => code,
            None => {
                let count: Count = Box::new(count);
                return response.map(|body| {
                    Body::new(Counted { body, ended, count: Some(count), whole: false })
                });
            }
        },
        None => Status::from_header_map(response.headers())
            .map_or_else(|| of_status(response.status()), |status| status.code()),
    };
    count(word(known));
    response
}

type Count = Box<dyn FnOnce(String) + Send>;

/// An open answer.
struct Counted {
    body: Body,
    ended: Ended,
    count: Option<Count>,
    /// True when the body came to its end.
    whole: bool,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let usual =
            if self.whole || self.body.is_end_stream() { Code::Ok } else { Code::Cancelled };
        if let Some(count) = self.count.take() {
            count(word(self.ended.code().unwrap_or(usual)));
        }
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.whole |= frame.is_none();
        Poll::Ready(frame)
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
    use {
        super::*,
        futures_util::stream,
        http::HeaderMap,
        http_body_util::{BodyExt as _, StreamBody},
        std::sync::{Arc, Mutex},
    };

    type Counts = Arc<Mutex<Vec<String>>>;

    fn counted(response: Response<Body>) -> (Counts, Response<Body>) {
        let counts = Counts::default();
        let own = counts.clone();
        (counts, count(response, move |word| own.lock().expect("a lock").push(word)))
    }

    /// The answer of a service with one message and this end.
    fn answer(end: Status) -> Response<Body> {
        let mut trailers = HeaderMap::new();
        end.add_header(&mut trailers).expect("trailers");
        let frames = [Frame::data(Bytes::from_static(b"\0\0\0\0\0")), Frame::trailers(trailers)];
        let frames = stream::iter(frames.map(Ok::<_, Status>));
        let body = tonic::body::Body::new(StreamBody::new(frames));
        let (ended, response) = Ended::watch(Response::new(body));
        let mut response = response.map(Body::new);
        response.extensions_mut().insert(ended);
        response
    }

    #[tokio::test]
    async fn an_open_answer_is_counted_at_its_end() {
        for (end, expected) in [
            (Status::ok(""), Code::Ok),
            (Status::unavailable("stopping"), Code::Unavailable),
            (Status::not_found("gone"), Code::NotFound),
        ] {
            let (counts, response) = counted(answer(end));
            assert!(counts.lock().expect("a lock").is_empty(), "not at the head");
            let _whole = response.into_body().collect().await;
            assert_eq!(*counts.lock().expect("a lock"), [word(expected)]);
        }
        // A client that goes away before the end.
        let (counts, response) = counted(answer(Status::ok("")));
        let mut body = response.into_body();
        let _first = body.frame().await;
        drop(body);
        assert_eq!(*counts.lock().expect("a lock"), [word(Code::Cancelled)]);
    }

    #[test]
    fn words_are_those_of_grpc() {
        let words = [Code::Ok, Code::DataLoss, Code::DeadlineExceeded].map(word);
        assert_eq!(words.map(|word| word.to_lowercase()), ["ok", "data_loss", "deadline_exceeded"]);
        assert!(word(Code::Aborted).bytes().all(|letter| letter.is_ascii_uppercase()));
    }

    #[test]
    fn what_no_service_answered_has_the_same_words() {
        for (status, expected) in [
            (200, Code::Ok),
            (304, Code::Ok),
            (400, Code::InvalidArgument),
            (401, Code::Unauthenticated),
            (404, Code::NotFound),
            (405, Code::Unimplemented),
            (413, Code::InvalidArgument),
            (422, Code::InvalidArgument),
            (429, Code::ResourceExhausted),
            (500, Code::Internal),
            (503, Code::Unavailable),
        ] {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::from_u16(status).expect("a status");
            assert_eq!(*counted(response).0.lock().expect("a lock"), [word(expected)]);
        }
        let refused = Status::permission_denied("no").into_http::<Body>();
        assert_eq!(*counted(refused).0.lock().expect("a lock"), [word(Code::PermissionDenied)]);
    }
}

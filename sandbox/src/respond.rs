//! Turns answers into HTTP responses, complete and broken ones.

use {
    super::answer::Answer,
    axum::{body::Body, response::Response},
    bytes::Bytes,
    chrono::DateTime,
    futures_util::stream,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE, DATE},
    },
    std::{io, time::Duration},
};

/// How a response ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As it should.
    Whole,
    /// In the middle of the announced body.
    Half,
    /// Complete, but slowly.
    Drip { bytes: usize, delay_ms: u64 },
}

/// Turns an answer into a response; statuses that must not have a body lose it. The date is that of
/// the sandbox's clock.
pub(crate) fn respond(mut answer: Answer, ending: Ending, now_ms: i64) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = std::mem::take(&mut answer.body);
    let length = body.len();
    let body = match (ending, answer.chunks.take()) {
        (Ending::Half, _) => half(body),
        (Ending::Drip { bytes, delay_ms }, _) => drip(body, bytes, delay_ms),
        (Ending::Whole, Some(chunks)) => {
            Body::from_stream(stream::iter(chunks.0.map(Ok::<_, io::Error>)))
        }
        (Ending::Whole, None) => Body::from(body),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if !answer.content_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    if ending == Ending::Half
        && let Ok(length) = HeaderValue::from_str(&length.to_string())
    {
        headers.insert(CONTENT_LENGTH, length);
    }
    let time = DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
    let date = time.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        headers.insert(DATE, date);
    }
    response
}

/// Closes the connection without sending a byte: a body that fails before its first byte prevents
/// the head too.
pub(crate) fn cut() -> Response {
    Response::new(Body::from_stream(stream::once(async { Err::<Bytes, _>(broken()) })))
}

/// Sends half of a body and closes the connection.
fn half(mut body: Vec<u8>) -> Body {
    body.truncate(body.len() / 2);
    let parts = stream::unfold(Some(Bytes::from(body)), |half| async move {
        if let Some(half) = half {
            return Some((Ok(half), None));
        }
        // Time for the first half to be sent; the rest of the buffer is lost with the connection.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Err(broken()), None))
    });
    Body::from_stream(parts)
}

/// Sends a body a few bytes at a time.
fn drip(body: Vec<u8>, bytes: usize, delay_ms: u64) -> Body {
    let parts = stream::unfold(Bytes::from(body), move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        let piece = rest.split_to(bytes.min(rest.len()));
        Some((Ok::<_, io::Error>(piece), rest))
    });
    Body::from_stream(parts)
}

fn broken() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionAborted)
}

//! Bodies of gRPC and gRPC-Web, cut and joined in every way: what is taken for a message is the content of the only
//! frame, whatever the pieces in which the body came.

use {
    super::auth::only_frame,
    crate::fuzz::{Dice, made},
    axum::body::Body,
    base64::{Engine as _, engine::general_purpose::STANDARD},
    bytes::Bytes,
    futures_util::stream,
    http::{Request, Response, header::CONTENT_TYPE},
    http_body_util::BodyExt as _,
    std::{
        convert::Infallible,
        sync::{Arc, Mutex},
    },
    tonic_web::GrpcWebLayer,
    tower::{Layer as _, ServiceExt as _},
};

fn body(dice: &mut Dice) -> Vec<u8> {
    let mut body = Vec::new();
    for _ in 0..[1, 1, 1, 0, 2, 3][dice.below(6)] {
        let message = dice.text(&["\u{8}\u{1}", "name"], 6).into_bytes();
        let length = message.len() as u32 + u32::from(dice.one_in(8));
        body.push([0, 0, 0, 0, 0, 1, 2, 128][dice.below(8)]);
        body.extend(length.to_be_bytes());
        body.extend(message);
    }
    if dice.one_in(4) {
        dice.change(&mut body, &[], &["\0\0\0\0\0"]);
    }
    body
}

/// The flags and messages of all frames; `None` if something is left over.
fn frames(mut body: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut all = Vec::new();
    while let [flag, a, b, c, d, rest @ ..] = body {
        let length = [a, b, c, d].into_iter().fold(0, |sum, byte| sum * 256 + usize::from(*byte));
        all.push((*flag, rest.get(..length)?));
        body = &rest[length..];
    }
    body.is_empty().then_some(all)
}

#[test]
fn a_body_is_one_frame() {
    made("frame", 20_000, body, |body| {
        let theirs = frames(body).and_then(|all| match all.as_slice() {
            [(0, message)] => Some(*message),
            _ => None,
        });
        assert_eq!(only_frame(body).ok(), theirs);
    });
}

#[derive(Debug)]
struct Web {
    kind: &'static str,
    pieces: Vec<Vec<u8>>,
}

fn web(dice: &mut Dice) -> Web {
    let kinds = ["application/grpc-web", "application/grpc-web+proto", "application/grpc-web-text"];
    let kind = kinds[dice.below(kinds.len())];
    let mut whole = body(dice);
    if kind.ends_with("text") {
        let cut = dice.below(whole.len() + 1);
        whole =
            format!("{}{}", STANDARD.encode(&whole[..cut]), STANDARD.encode(&whole[cut..])).into();
        if dice.one_in(4) {
            dice.change(&mut whole, &[], &["=", "====", "AAAA", "-_", "\n"]);
        }
    }
    let mut pieces = Vec::new();
    while !whole.is_empty() {
        let rest = whole.split_off((1 + dice.below(whole.len())).min(whole.len()));
        pieces.push(std::mem::replace(&mut whole, rest));
    }
    Web { kind, pieces }
}

/// What grpc-web-text means: each four characters by themselves.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let four = text.chunks(4).map(|four| STANDARD.decode(four).ok());
    Some(four.collect::<Option<Vec<_>>>()?.concat())
}

#[test]
fn what_is_unwrapped_is_what_was_sent() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut read = 0;
    made("web_frame", 3_000, web, |web| {
        let seen = Arc::new(Mutex::new(None));
        let note = seen.clone();
        let inner = tower::service_fn(move |request: Request<tonic::body::Body>| {
            let note = note.clone();
            async move {
                let body = request.into_body().collect().await.map(|body| body.to_bytes());
                *note.lock().expect("a lock") = Some(body.ok());
                Ok::<_, Infallible>(Response::new(tonic::body::Body::empty()))
            }
        });
        let pieces = web.pieces.clone().into_iter();
        let pieces = pieces.map(|piece| Ok::<_, Infallible>(Bytes::from(piece)));
        let body = tonic::body::Body::new(Body::from_stream(stream::iter(pieces)));
        let request = Request::post("/sigma.v1.RunService/GetRun").header(CONTENT_TYPE, web.kind);
        let request = request.body(body).expect("a request");
        let called = GrpcWebLayer::new().layer(inner).oneshot(request);
        let Ok(_answer) = runtime.block_on(called);
        let seen = seen.lock().expect("a lock").take().expect("the inner service was called");
        let sent = web.pieces.concat();
        if !web.kind.ends_with("text") {
            assert_eq!(seen.as_deref(), Some(&*sent));
        } else if let Some(seen) = seen {
            assert_eq!(Some(seen.to_vec()), decoded(&sent));
            read += 1;
        }
    });
    assert!(read > 0, "no text was read");
}

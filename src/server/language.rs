//! What a refusal says in the language of a page: `google.rpc.LocalizedMessage` beside the other details, for callers by
//! gRPC and gRPC-Web that send `Accept-Language`. REST has words and messages of its own.

use {
    crate::{api, domain::code::Language},
    axum::body::Body,
    base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD},
    http::{HeaderMap, HeaderName, HeaderValue, Response, header},
    http_body_util::BodyExt as _,
    tonic::Status,
};

const DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");
const STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// Returns the language that a caller asks for; `None` if it asks for none.
pub(super) fn asked(headers: &HeaderMap) -> Option<Language> {
    let asked = headers.get(header::ACCEPT_LANGUAGE)?;
    Some(Language::accepted(asked.to_str().unwrap_or_default()))
}

/// Adds the message to an answer that is a refusal, or ends with one.
pub(super) fn tell(mut answer: Response<Body>, language: Option<Language>) -> Response<Body> {
    let Some(language) = language else { return answer };
    if answer.headers().contains_key(STATUS) {
        add(answer.headers_mut(), language);
        return answer;
    }
    answer.map(|body| {
        Body::new(body.map_frame(move |mut frame| {
            if let Some(trailers) = frame.trailers_mut() {
                add(trailers, language);
            }
            frame
        }))
    })
}

fn add(headers: &mut HeaderMap, language: Language) {
    let status = Status::from_header_map(headers);
    let told = status.and_then(|status| api::localized(status.details(), language));
    let value = told.map(|details| HeaderValue::from_maybe_shared(STANDARD_NO_PAD.encode(details)));
    if let Some(Ok(value)) = value {
        headers.insert(DETAILS, value);
    }
}

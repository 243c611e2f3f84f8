//! The routes of REST that need no credential: the API document, the page that shows it, and the health answers of
//! the first clients. The page is served from the binary; it loads nothing from elsewhere and runs no inline script.

use {
    super::{RouteMatch, detail},
    crate::domain::code,
    axum::{
        Router,
        body::{Body, Bytes},
        extract::Path,
        response::Redirect,
        routing::get,
    },
    http::{HeaderValue, Response, StatusCode, Uri, header},
    rust_embed::RustEmbed,
    std::{borrow::Cow, collections::HashMap, sync::Arc},
};

/// Swagger UI, vendored, and two files of this project.
#[derive(RustEmbed)]
#[folder = "src/gateway/assets"]
struct Assets;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Makes the router; `document` is the API document.
pub(super) fn router(document: Vec<u8>) -> Router {
    let document = Bytes::from(document);
    let openapi = move || {
        let document = document.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], document) }
    };
    let files = Arc::new(files());
    let file = {
        let files = files.clone();
        async move |Path(path): Path<String>| asset(&files, &path)
    };
    let page = async move || asset(&files, "docs.html");
    let healthy = async || json(r#"{"status":"ok","message":"API is healthy"}"#);
    Router::new()
        .route("/openapi.json", get(openapi))
        .route("/docs", get(page))
        .route("/docs/{*path}", get(file))
        .route("/redoc", get(async || Redirect::permanent("/docs")))
        .route("/health", get(async || json(r#"{"status":"ok"}"#)))
        .route("/v1/health", get(healthy))
        .route("/api/v1/health", get(healthy))
        .fallback(async |uri: Uri| not_found(&uri))
        .method_not_allowed_fallback(async || {
            detail(StatusCode::METHOD_NOT_ALLOWED, code::METHOD_NOT_ALLOWED, "Method Not Allowed")
        })
}

/// An additional slash at the end is redirected here as it is for the operations.
fn not_found(uri: &Uri) -> Response<Body> {
    let known = ["/docs", "/redoc", "/openapi.json", "/health", "/v1/health", "/api/v1/health"];
    let is_slashed = uri.path().strip_suffix('/').is_some_and(|path| known.contains(&path));
    if is_slashed { RouteMatch::Redirect } else { RouteMatch::NotFound }.into_response(uri)
}

fn json(text: &'static str) -> Response<Body> {
    super::problem::json_response(StatusCode::OK, text.as_bytes().to_vec())
}

/// Reads the files once: all answers share the bytes, so that a thousand answers that are not read to the end take no
/// more memory than one.
fn files() -> HashMap<String, Bytes> {
    let bytes = |data| match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => Bytes::from(data),
    };
    Assets::iter()
        .filter_map(|path| Some((path.to_string(), bytes(Assets::get(&path)?.data))))
        .collect()
}

fn asset(files: &HashMap<String, Bytes>, path: &str) -> Response<Body> {
    let Some(file) = files.get(path) else {
        return RouteMatch::NotFound.into_response(&Uri::default());
    };
    let kind = match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };
    let mut response = Response::new(Body::from(file.clone()));
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

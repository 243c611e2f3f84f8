//! The routes of REST that need no credential: the API document, the page that shows it, and the health answers of
//! the first clients; and the widget. The page is served from the binary; it loads nothing from elsewhere and runs no inline script.

use {
    super::{
        RouteMatch,
        asset::Files,
        detail,
        widget::{self, Frames},
    },
    crate::domain::code,
    axum::{
        Router,
        body::{Body, Bytes},
        extract::Path,
        response::Redirect,
        routing::get,
    },
    http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header},
    rust_embed::RustEmbed,
    std::sync::Arc,
};

/// Swagger UI, vendored, and two files of this project.
#[derive(RustEmbed)]
#[folder = "src/gateway/assets"]
struct Assets;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Makes the router; `document` is the API document, and `frames` are the pages that may frame the widget.
pub(super) fn router(document: Vec<u8>, frames: Frames) -> Router {
    let document = Bytes::from(document);
    let openapi = move || {
        let document = document.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], document) }
    };
    let files = Arc::new(Files::of::<Assets>());
    let file = {
        let files = files.clone();
        async move |Path(path): Path<String>, asked: HeaderMap| asset(&files, &path, &asked)
    };
    let page = async move |asked: HeaderMap| asset(&files, "docs.html", &asked);
    let healthy = async || json(r#"{"status":"ok","message":"API is healthy"}"#);
    Router::new()
        .route("/openapi.json", get(openapi))
        .route("/docs", get(page))
        .route("/docs/{*path}", get(file))
        .route("/redoc", get(async || Redirect::permanent("/docs")))
        .merge(widget::router(frames))
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

fn asset(files: &Files, path: &str, asked: &HeaderMap) -> Response<Body> {
    let policy = [(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))];
    let known = files.answer(path, asked, policy);
    known.unwrap_or_else(|| RouteMatch::NotFound.into_response(&Uri::default()))
}

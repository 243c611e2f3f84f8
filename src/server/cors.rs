//! The browsers that may call: exact origins, and the hosts of Zoho's widgets. Credentials are never allowed, and an
//! origin that is not listed gets no header at all.

use {
    crate::control::Origins,
    axum::body::Body,
    http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header},
};

const ALLOWED: &str = "content-type, authorization, x-tenant-id, x-ext-key, x-ext-timestamp, x-ext-nonce, \
                       x-ext-signature, x-grpc-web, x-user-agent, grpc-timeout, idempotency-key";
const EXPOSED: &str = "grpc-status, grpc-message, grpc-status-details-bin, x-request-id, retry-after, \
                       x-next-page-token, x-sigma-error, ratelimit-limit, ratelimit-remaining, ratelimit-reset";
/// Hosts of Zoho's widgets: one label before this ending (docs/src/zoho.md, "Widgets").
const WIDGETS: &str = ".zappsusercontent.com";

/// The rule.
#[derive(Debug)]
pub(super) struct Cors {
    origins: Origins,
}

impl Cors {
    pub(super) const fn new(origins: Origins) -> Self {
        Self { origins }
    }

    /// Returns the origin of a request if it may call.
    pub(super) fn origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        let text = origin.to_str().ok()?;
        (self.origins.has(text) || is_widget(text)).then(|| origin.clone())
    }

    /// Answers a preflight request.
    pub(super) fn preflight(&self, request: &Request<impl Sized>) -> Option<Response<Body>> {
        if request.method() != Method::OPTIONS
            || !request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        {
            return None;
        }
        let origin = self.origin(request.headers())?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, POST, PUT"),
        );
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ALLOWED));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        mark(headers, origin);
        Some(response)
    }
}

/// Tells the browser that the page may read the answer.
pub(super) fn mark(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}

fn is_widget(origin: &str) -> bool {
    origin.strip_prefix("https://").and_then(|host| host.strip_suffix(WIDGETS)).is_some_and(
        |label| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_origins_and_widgets_may_call() {
        let cors = Cors::new(Origins::new(vec!["https://admin.example".into()]));
        let allowed = |origin: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).expect("a value"));
            cors.origin(&headers).is_some()
        };
        assert!(allowed("https://admin.example") && allowed("https://0a1b-c.zappsusercontent.com"));
        for bad in [
            "https://admin.example.evil.example",
            "http://admin.example",
            "https://evil.example/.zappsusercontent.com",
            "https://zappsusercontent.com",
            "https://a.b.zappsusercontent.com",
            "https://a.zappsusercontent.com.evil.example",
            "null",
        ] {
            assert!(!allowed(bad), "{bad}");
        }
    }
}

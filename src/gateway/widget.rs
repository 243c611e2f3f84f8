//! The page of the widget, for pages that stand alone and for those in a frame of Zoho CRM. Its files need no credential and
//! hold no secret; the page has a session of its own. What it may load and who may frame it is its policy
//! (docs/src/security.md, "Browsers").

use {crate::control::Origins, std::borrow::Cow};

/// The pages that may frame the widget.
#[derive(Debug, Clone, Default)]
pub struct Frames {
    /// Hosts of pages, such as `https://*.zoho.com`, that may frame it and nothing else.
    pub ancestors: Vec<String>,
    /// Origins of pages that may also hand it a session.
    pub parents: Origins,
}

/// Returns whether a path is that of the widget or one of its files.
pub fn is_widget(path: &str) -> bool {
    path.strip_prefix("/widget").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns the files of the widget by their paths; none without the feature.
pub fn widget_files() -> Vec<(String, Cow<'static, [u8]>)> {
    files()
}

#[cfg(feature = "widget")]
pub(super) use self::pages::{files, router};

#[cfg(not(feature = "widget"))]
const fn files() -> Vec<(String, Cow<'static, [u8]>)> {
    Vec::new()
}

/// Without the feature there are no such pages.
#[cfg(not(feature = "widget"))]
pub(super) fn router(_: Frames) -> axum::Router {
    axum::Router::new()
}

#[cfg(feature = "widget")]
mod pages {
    use {
        super::{
            super::{RouteMatch, asset::Files},
            Frames,
        },
        axum::{Router, body::Body, extract::Request, routing::get},
        http::{HeaderValue, Response, StatusCode, Uri, header},
        rust_embed::RustEmbed,
        std::{borrow::Cow, sync::Arc},
    };

    /// What `widget/` was built to, which is committed.
    #[derive(RustEmbed)]
    #[folder = "widget/dist"]
    struct Dist;

    /// Everything but who may frame the page. Zoho's script is loaded in a frame only.
    const POLICY: &str = "default-src 'none'; script-src 'self' https://live.zwidgets.com; style-src 'self'; \
                          img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; \
                          form-action 'none'; frame-ancestors 'self'";
    const INDEX: &str = "index.html";
    /// Length of the checksum in the names that Vite gives.
    const HASH: usize = 8;

    pub(in super::super) fn router(frames: Frames) -> Router {
        let files = Arc::new(Files::of::<Dist>());
        let page = move |request: Request| {
            let (files, frames) = (files.clone(), frames.clone());
            async move { answer(&files, &frames, &request) }
        };
        Router::new()
            .route("/widget", get(async |uri: Uri| with_slash(&uri)))
            .route("/widget/", get(page.clone()))
            .route("/widget/{*path}", get(page))
    }

    pub(in super::super) fn files() -> Vec<(String, Cow<'static, [u8]>)> {
        let file = |path: Cow<'static, str>| Some((path.to_string(), Dist::get(&path)?.data));
        Dist::iter().filter_map(file).collect()
    }

    /// Sends a browser to the folder, because the page names its files relative to it. So does the address here: a proxy
    /// may have taken a prefix off the path.
    fn with_slash(uri: &Uri) -> Response<Body> {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
        if let Ok(location) = HeaderValue::from_str(&format!("widget/{query}")) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }

    fn answer(files: &Files, frames: &Frames, request: &Request) -> Response<Body> {
        let path = request.uri().path().strip_prefix("/widget/").unwrap_or_default();
        let path = if path.is_empty() { INDEX } else { path };
        let cache =
            if is_hashed(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
        let headers = [
            (header::CONTENT_SECURITY_POLICY, policy(frames)),
            (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        ];
        let known = files.answer(path, request.headers(), headers);
        known.unwrap_or_else(|| RouteMatch::NotFound.into_response(request.uri()))
    }

    fn policy(frames: &Frames) -> HeaderValue {
        let mut text = POLICY.to_owned();
        for host in frames.ancestors.iter().chain(&frames.parents.list()) {
            text.push(' ');
            text.push_str(host);
        }
        // The settings take no other characters.
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(POLICY))
    }

    /// Returns whether the name of a file changes with its content, as in `assets/main-Bx3_dQ2k.js`.
    fn is_hashed(path: &str) -> bool {
        let name = path.strip_prefix("assets/").and_then(|name| name.split('.').next());
        let parts = name.and_then(|name| name.split_at_checked(name.len().checked_sub(HASH)?));
        let is_of_hash = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        parts.is_some_and(|(name, hash)| name.ends_with('-') && hash.bytes().all(is_of_hash))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn only_names_with_a_checksum_are_kept_for_ever() {
            for kept in ["assets/main-Bx3_dQ2k.js", "assets/a-b-C-3_dQ2-.css"] {
                assert!(is_hashed(kept), "{kept}");
            }
            for other in [
                "index.html",
                "main-Bx3_dQ2k.js",
                "assets/main.js",
                "assets/main-short.js",
                "assets/",
                "assets/é-é",
            ] {
                assert!(!is_hashed(other), "{other}");
            }
        }
    }
}

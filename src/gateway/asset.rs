//! Files that are part of the program and that browsers ask for: the API page and the widget. They are read once, and all
//! answers share the bytes, so that a thousand answers that are not read to the end take no more memory than one.

use {
    axum::body::{Body, Bytes},
    flate2::{Compression, write::GzEncoder},
    http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header},
    rust_embed::RustEmbed,
    std::{borrow::Cow, collections::HashMap, io::Write as _, sync::OnceLock},
};

/// Smaller files are sent as they are.
const WORTH_PACKING: usize = 1024;
/// Characters of the checksum in the tag of a file.
const TAG: usize = 32;

/// The files of a folder, by their paths in it.
#[derive(Debug)]
pub(super) struct Files(HashMap<String, File>);

#[derive(Debug)]
struct File {
    bytes: Bytes,
    kind: &'static str,
    /// Its checksum, as `ETag` has it.
    tag: HeaderValue,
    /// It in gzip, made when it is first asked for; `None` if that is not worth it.
    packed: OnceLock<Option<(Bytes, HeaderValue)>>,
}

impl Files {
    pub(super) fn of<A: RustEmbed>() -> Self {
        let file = |path: Cow<'static, str>| {
            let file = A::get(&path)?;
            let mut sum = hex::encode(file.metadata.sha256_hash());
            sum.truncate(TAG);
            let bytes = match file.data {
                Cow::Borrowed(data) => Bytes::from_static(data),
                Cow::Owned(data) => Bytes::from(data),
            };
            let (kind, tag) = (kind(&path), HeaderValue::from_str(&format!("\"{sum}\"")).ok()?);
            Some((path.into_owned(), File { bytes, kind, tag, packed: OnceLock::new() }))
        };
        Self(A::iter().filter_map(file).collect())
    }

    /// Answers a request for a file, with the headers that the caller adds; `None` if there is no such file.
    pub(super) fn answer(
        &self,
        path: &str,
        asked: &HeaderMap,
        headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
    ) -> Option<Response<Body>> {
        let file = self.0.get(path)?;
        let packed = takes_gzip(asked).then(|| file.packed()).flatten();
        let (bytes, tag) = packed.map_or((&file.bytes, &file.tag), |(bytes, tag)| (bytes, tag));
        let is_known = knows(asked, tag);
        let mut response =
            Response::new(Body::from(if is_known { Bytes::new() } else { bytes.clone() }));
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(file.kind));
        }
        if packed.is_some() {
            let gzip = HeaderValue::from_static("gzip");
            response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
        }
        for (name, value) in [
            (header::ETAG, tag.clone()),
            (header::VARY, HeaderValue::from_static("accept-encoding")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ] {
            response.headers_mut().insert(name, value);
        }
        for (name, value) in headers {
            response.headers_mut().insert(name, value);
        }
        Some(response)
    }
}

impl File {
    fn packed(&self) -> Option<&(Bytes, HeaderValue)> {
        let pack = || {
            let is_text = ["text/", "application/json", "image/svg"].iter();
            if self.bytes.len() < WORTH_PACKING
                || !is_text.clone().any(|kind| self.kind.starts_with(kind))
            {
                return None;
            }
            let mut packer = GzEncoder::new(Vec::new(), Compression::default());
            packer.write_all(&self.bytes).ok()?;
            let tag = self.tag.to_str().ok()?.trim_end_matches('"');
            let tag = HeaderValue::from_str(&format!("{tag}-gzip\"")).ok()?;
            Some((Bytes::from(packer.finish().ok()?), tag))
        };
        self.packed.get_or_init(pack).as_ref()
    }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "text/plain; charset=utf-8",
    }
}

/// Returns whether a caller takes gzip: it names it, and does not weigh it 0.
fn takes_gzip(asked: &HeaderMap) -> bool {
    let named = asked.get_all(header::ACCEPT_ENCODING).iter();
    named.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().trim_start_matches("q=");
        name.trim().eq_ignore_ascii_case("gzip")
            && !(weight.starts_with('0') && weight.trim_matches(['0', '.']).is_empty())
    })
}

/// Returns whether a caller has the file with this tag.
fn knows(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let named = asked.get_all(header::IF_NONE_MATCH).iter();
    let Ok(tag) = tag.to_str() else { return false };
    named.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.trim_start_matches("W/") == tag
    })
}

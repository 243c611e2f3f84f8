//! A call as the emulated systems see it and their answer, free of any web framework.

use {
    super::{ledger::Note, multipart},
    bytes::Bytes,
    http::{HeaderMap, Method},
    serde_json::Value,
    std::{borrow::Cow, fmt},
};

/// Content type of Zoho's answers.
pub(crate) const ZOHO_JSON: &str = "application/json;charset=UTF-8";
/// Content type of Moodle's answers in JSON.
pub(crate) const JSON: &str = "application/json";
/// Content type of pages.
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// A call that has arrived completely.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// Returns a header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns the parameters of the query string, in order.
    pub(crate) fn parameters(&self) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
        form_urlencoded::parse(self.query.as_bytes()).collect()
    }

    /// Tells whether the body is a form.
    pub(crate) fn is_form(&self) -> bool {
        let kind = self.header("content-type").unwrap_or_default().to_ascii_lowercase();
        kind.starts_with("application/x-www-form-urlencoded")
    }

    /// Returns the parts of a body in the format `multipart/form-data`.
    pub(crate) fn parts(&self) -> Option<Vec<(String, &[u8])>> {
        multipart::parts(self.header("content-type")?, &self.body)
    }
}

/// An answer in place of the requested result.
pub(crate) type Refusal = Box<Answer>;

/// A body that is made while it is sent.
pub(crate) struct Chunks(pub(crate) Box<dyn Iterator<Item = Vec<u8>> + Send>);

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chunks")
    }
}

/// The answer to the caller, with the note for the ledger.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// The body instead of `body`, if it is too large to be held in memory.
    pub(crate) chunks: Option<Chunks>,
    pub(crate) note: Note,
}

impl Answer {
    /// Makes an answer with a JSON body.
    pub(crate) fn json(status: u16, content_type: &'static str, body: &Value) -> Self {
        Self { status, content_type, body: body.to_string().into_bytes(), ..Self::default() }
    }

    /// Makes an answer without a body.
    pub(crate) fn empty(status: u16, content_type: &'static str) -> Self {
        Self { status, content_type, ..Self::default() }
    }

    /// Makes a page.
    pub(crate) fn page(status: u16, title: &str) -> Self {
        let body = format!(
            "<!DOCTYPE html><html><head><title>{title}</title></head>\
             <body><h1>{title}</h1></body></html>"
        );
        Self { status, content_type: HTML, body: body.into_bytes(), ..Self::default() }
    }

    /// Makes an answer that redirects.
    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        let mut answer = Self::page(status, "Redirect");
        answer.headers.push(("location", location.to_owned()));
        answer
    }

    /// Takes the whole body out, also one that would be made while it is sent.
    pub(crate) fn take_body(&mut self) -> Vec<u8> {
        match self.chunks.take() {
            Some(Chunks(chunks)) => chunks.flatten().collect(),
            None => std::mem::take(&mut self.body),
        }
    }

    /// Notes the error code of the answer for the ledger.
    pub(crate) fn with_error(mut self, code: &str) -> Self {
        self.note.error = Some(code.to_owned());
        self
    }
}

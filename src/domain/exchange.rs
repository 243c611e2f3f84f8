//! A call to another system that ended in the failure of a record, as far as it is kept: the part of the request that is
//! about the record, and the answer, each cut and without secrets.

use {
    super::{code::Provider, tree},
    serde_json::{Map, Value},
    std::time::Duration,
    url::form_urlencoded,
};

/// Longest request and longest answer that are kept, in bytes: 8 KiB together.
const KEPT: usize = 4 * 1024;
/// Longest text that is looked into; a longer one is cut as it is.
const READ: usize = 1024 * 1024;
/// Calls that are kept of a run.
pub const EXCHANGES: i64 = 200;
/// Stands in the place of a secret.
const MASK: &str = "***";
/// Words in the names of values that are secrets.
const SECRET: [&str; 6] = ["password", "token", "secret", "passwd", "passphrase", "credential"];

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Names and values, with the place of a record in brackets: `users[3][email]=…`.
    Form(Vec<u8>),
    /// JSON with a list of records.
    Json(Vec<u8>),
}

/// A call, as it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The system.
    pub provider: Provider,
    /// What was called.
    pub method: String,
    /// What was sent.
    pub request: Body,
    /// What came back; empty if nothing did.
    pub answer: Vec<u8>,
    /// The status of the answer, if one came.
    pub http_status: Option<u16>,
    /// How long it took.
    pub took: Duration,
}

/// What is kept of a call for one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The system.
    pub provider: Provider,
    /// What was called.
    pub method: String,
    /// The part of the request that is about the record, as JSON text.
    pub request: String,
    /// The answer, as text.
    pub answer: String,
    /// The status of the answer, if one came.
    pub http_status: Option<u16>,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// How often it was tried.
    pub tries: i32,
    /// True if more was sent or answered than is kept.
    pub cut: bool,
}

impl Call {
    /// Returns what is kept for one of the `records` of a write, by its place among them. `None` where the call was about
    /// others than these: of a write that took several calls, the last one is known.
    pub fn of(&self, place: usize, records: usize, tries: i32) -> Option<Exchange> {
        if records != 1 && self.records() != records {
            return None;
        }
        let (request, cut_request) = kept(&self.request_of(place));
        let (answer, cut_answer) = kept(&self.answer_of(place, records));
        Some(Exchange {
            provider: self.provider,
            method: self.method.clone(),
            request,
            answer,
            http_status: self.http_status,
            duration_ms: i64::try_from(self.took.as_millis()).unwrap_or(i64::MAX),
            tries,
            cut: cut_request || cut_answer,
        })
    }

    /// The number of records in the request.
    fn records(&self) -> usize {
        match &self.request {
            Body::Form(form) => {
                let places = form_urlencoded::parse(form).filter_map(|(name, _)| {
                    let (_, rest) = name.split_once('[')?;
                    rest.split_once(']')?.0.parse::<usize>().ok()
                });
                places.max().map_or(0, |last| last.saturating_add(1))
            }
            Body::Json(json) => {
                let rows = tree::value(json).ok();
                let rows = rows.as_ref().and_then(|value| value.get("data")?.as_array());
                rows.map_or(0, Vec::len)
            }
        }
    }

    fn request_of(&self, place: usize) -> String {
        match &self.request {
            Body::Form(form) => {
                let own = format!("[{place}]");
                let mut values = Map::new();
                for (name, value) in form_urlencoded::parse(form) {
                    let (head, rest) = name.split_at(name.find('[').unwrap_or(name.len()));
                    // What stands in no list is about the whole call: its function, its format, its credential.
                    let Some(rest) = rest.strip_prefix(own.as_str()) else { continue };
                    let key = if rest.is_empty() { head } else { rest };
                    let value = if is_secret(&name) { MASK } else { &value };
                    values.insert(key.to_owned(), value.into());
                }
                Value::Object(values).to_string()
            }
            Body::Json(json) => match tree::value(json) {
                Ok(mut value) => {
                    mask(&mut value);
                    let row = value.get("data").and_then(|rows| rows.get(place)).cloned();
                    row.unwrap_or(value).to_string()
                }
                Err(_) => String::new(),
            },
        }
    }

    /// The row of the record, where the answer has one for each; else the whole answer.
    fn answer_of(&self, place: usize, records: usize) -> String {
        let short = self.answer.len() <= READ;
        let Some(mut value) = short.then(|| tree::value(&self.answer).ok()).flatten() else {
            let start = self.answer.get(..READ).unwrap_or(&self.answer);
            return masked_text(&String::from_utf8_lossy(start));
        };
        mask(&mut value);
        let rows = value.as_array().or_else(|| value.get("data").and_then(Value::as_array));
        let row = rows.filter(|rows| rows.len() == records).and_then(|rows| rows.get(place));
        row.unwrap_or(&value).to_string()
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|word| name.contains(word))
}

/// Hides the values whose names say that they are secrets.
fn mask(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if is_secret(name) && !member.is_null() {
                    *member = MASK.into();
                } else {
                    mask(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

/// Hides what follows a word for a secret in a text that is not JSON, such as the page of a proxy.
fn masked_text(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut rest = 0;
    while let Some(at) = SECRET.iter().filter_map(|word| lower.get(rest..)?.find(word)).min() {
        let found = rest + at;
        let word =
            SECRET.iter().find(|word| lower.get(found..).is_some_and(|l| l.starts_with(*word)));
        let end = found + word.map_or(1, |word| word.len());
        out.push_str(text.get(rest..end).unwrap_or_default());
        // The value: up to the next space, mark-up or end of a parameter.
        let tail = text.get(end..).unwrap_or_default();
        let marks = |c: char| matches!(c, '=' | ':' | '"' | '\'' | ' ' | '>');
        let value = tail.trim_start_matches(marks);
        out.push_str(tail.get(..tail.len() - value.len()).unwrap_or_default());
        let ends = |c: char| c.is_whitespace() || matches!(c, '&' | '"' | '\'' | '<' | ',' | ';');
        let length = value.find(ends).unwrap_or(value.len());
        if length > 0 {
            out.push_str(MASK);
        }
        rest = end + (tail.len() - value.len()) + length;
    }
    out.push_str(text.get(rest..).unwrap_or_default());
    out
}

/// Cuts a text to what is kept.
fn kept(text: &str) -> (String, bool) {
    // A database refuses NUL.
    let text = text.replace('\0', "\u{fffd}");
    if text.len() <= KEPT {
        return (text, false);
    }
    let mut end = KEPT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (text.get(..end).unwrap_or_default().to_owned(), true)
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json};

    fn call(request: Body, answer: &str) -> Call {
        Call {
            provider: Provider::Moodle,
            method: "core_user_create_users".to_owned(),
            request,
            answer: answer.into(),
            http_status: Some(200),
            took: Duration::from_millis(12),
        }
    }

    fn form(pairs: &[(&str, &str)]) -> Body {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(pairs);
        Body::Form(form.finish().into_bytes())
    }

    #[test]
    fn only_the_record_is_kept_and_no_secret() {
        let sent = form(&[
            ("users[0][email]", "a@x.example"),
            ("users[1][email]", "b@x.example"),
            ("users[1][password]", "canary-password"),
            ("users[1][customfields][0][value]", "7"),
            ("wsfunction", "core_user_create_users"),
            ("wstoken", "canary-token"),
        ]);
        let answer =
            r#"{"exception":"x","errorcode":"y","message":"taken","token":"canary-token"}"#;
        let kept = call(sent, answer).of(1, 2, 3).expect("its call");
        let request: Value = serde_json::from_str(&kept.request).expect("JSON");
        assert_eq!(
            request,
            json!({ "[email]": "b@x.example", "[password]": "***", "[customfields][0][value]": "7" })
        );
        assert!(
            kept.answer.contains("taken") && !format!("{kept:?}").contains("canary"),
            "{kept:?}"
        );
        assert_eq!((kept.duration_ms, kept.tries, kept.cut), (12, 3, false));
    }

    #[test]
    fn a_row_for_each_record_is_the_answer_of_its_own() {
        let sent = Body::Json(
            json!({ "data": [{ "Grade": "A" }, { "Grade": "B", "Secret_Word": "canary" }] })
                .to_string()
                .into_bytes(),
        );
        let answer = r#"{"data":[{"code":"SUCCESS"},{"code":"INVALID_DATA"}]}"#;
        let kept = call(sent, answer).of(1, 2, 1).expect("its call");
        assert_eq!(kept.request, r#"{"Grade":"B","Secret_Word":"***"}"#);
        assert_eq!(kept.answer, r#"{"code":"INVALID_DATA"}"#);
        let others = form(&[("members[0][userid]", "4")]);
        assert_eq!(call(others.clone(), "[]").of(1, 2, 1), None, "a call about one of two");
        let own = call(others, r#"{"data":[]}"#).of(0, 1, 1).expect("its call");
        assert_eq!(
            (own.answer.as_str(), own.request.as_str()),
            (r#"{"data":[]}"#, r#"{"[userid]":"4"}"#)
        );
    }

    #[test]
    fn long_texts_are_cut_and_what_is_no_json_is_masked() {
        let long = "ä".repeat(KEPT);
        let kept = call(form(&[("a[0][b]", &long)]), &long).of(0, 1, 1).expect("its call");
        assert!(kept.cut && kept.request.len() <= KEPT && kept.answer.len() <= KEPT);
        for (page, shown) in [
            ("<p>wstoken=canary&x=1</p>", "<p>wstoken=***&x=1</p>"),
            ("Token: canary, password \"canary\"", "Token: ***, password \"***\""),
            ("no words\0", "no words\u{fffd}"),
            ("token", "token"),
        ] {
            let kept = call(form(&[]), page).of(0, 1, 1).expect("its call");
            assert_eq!(kept.answer, shown);
        }
    }
}

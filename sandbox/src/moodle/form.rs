//! Forms as PHP reads them: bracket names become nested arrays, and variables beyond
//! `max_input_vars` are dropped silently. Arrays are JSON objects here, in order of arrival; every
//! leaf is a text.

use {
    crate::answer::Call,
    http::Method,
    percent_encoding::percent_decode,
    serde_json::{Map, Value},
};

/// A call's form.
#[derive(Debug, Default, Clone)]
pub(crate) struct Form {
    pub(crate) token: String,
    pub(crate) function: String,
    /// Whether the answer is JSON; otherwise it is XML.
    pub(crate) json: bool,
    /// Whether texts are returned without filters and escapes.
    pub(crate) raw: bool,
    /// The function's own parameters.
    pub(crate) arguments: Map<String, Value>,
    /// Variables that arrived.
    pub(crate) variables: usize,
    /// Whether some of them were dropped.
    pub(crate) cut: bool,
    /// Whether some text was not UTF-8.
    pub(crate) broken_text: bool,
}

impl Form {
    /// Reads the query string and the body of a call; a body that is not a form counts as empty.
    pub(crate) fn read(call: &Call, max_variables: usize) -> Self {
        let mut form = Self::default();
        form.fill(pairs(call.query.as_bytes()), decoded, max_variables);
        if call.method == Method::POST {
            if call.is_form() {
                form.fill(pairs(&call.body), decoded, max_variables);
            } else if let Some(parts) = call.parts() {
                let parts = parts.iter().map(|(name, value)| (name.as_bytes(), *value));
                form.fill(parts, <[u8]>::to_vec, max_variables);
            }
        }
        form.take_controls();
        form
    }

    /// Keeps only the first items of the list that the call is about.
    pub(crate) fn keep(&mut self, items: usize) {
        let list = self.arguments.values_mut().find_map(Value::as_object_mut);
        if let Some(list) = list {
            *list = std::mem::take(list).into_iter().take(items).collect();
        }
    }

    /// Takes the variables of one source; PHP counts those of the address and of the body
    /// separately.
    fn fill<'b>(
        &mut self,
        pairs: impl Iterator<Item = (&'b [u8], &'b [u8])>,
        decode: fn(&[u8]) -> Vec<u8>,
        max_variables: usize,
    ) {
        let mut count = 0;
        for (name, value) in pairs {
            count += 1;
            if max_variables > 0 && count > max_variables {
                self.cut = true;
                continue;
            }
            let (name, value) = (self.text(decode(name)), self.text(decode(value)));
            put(&mut self.arguments, &name, value);
        }
        self.variables = self.variables.max(count);
    }

    fn text(&mut self, bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap_or_else(|error| {
            self.broken_text = true;
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        })
    }

    fn take_controls(&mut self) {
        let mut take = |name: &str| match self.arguments.shift_remove(name) {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        self.token = take("wstoken");
        self.function = take("wsfunction");
        self.json = take("moodlewsrestformat") == "json";
        self.raw = take("moodlewssettingraw") == "1";
        for name in ["filter", "fileurl", "lang", "timezone"] {
            take(&format!("moodlewssetting{name}"));
        }
    }
}

/// Splits a form in the format `application/x-www-form-urlencoded`; names and values are still escaped.
fn pairs(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let pairs = bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| {
        let mut sides = pair.splitn(2, |byte| *byte == b'=');
        (sides.next().unwrap_or_default(), sides.next().unwrap_or_default())
    })
}

/// Removes the escapes of such a form.
fn decoded(bytes: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> =
        bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).collect()
}

/// Puts a value at the place given by its bracket name, as PHP does: a later value replaces an
/// earlier one, `[]` counts up.
fn put(root: &mut Map<String, Value>, name: &str, value: String) {
    let (first, mut rest) = match name.find('[') {
        Some(0) | None => (name, ""),
        Some(bracket) => name.split_at(bracket),
    };
    let mut slot = root.entry(first).or_insert(Value::Null);
    while let Some((key, further)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        rest = further;
        if !slot.is_object() {
            *slot = Value::Object(Map::new());
        }
        let Value::Object(members) = slot else { return };
        let key = if key.is_empty() { next_key(members) } else { key.to_owned() };
        slot = members.entry(key).or_insert(Value::Null);
    }
    *slot = Value::String(value);
}

fn next_key(members: &Map<String, Value>) -> String {
    let highest = members.keys().filter_map(|key| key.parse::<u64>().ok()).max();
    highest.map_or(0, |highest| highest.saturating_add(1)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue};
    use serde_json::json;

    fn read(body: &str, max: usize) -> Form {
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert("content-type", kind);
        let body = Bytes::from(body.to_owned());
        let (path, query) = (String::new(), String::new());
        Form::read(&Call { method: Method::POST, path, query, headers, body }, max)
    }

    #[test]
    fn brackets_nest() {
        let form = read(
            "wstoken=t&wsfunction=f&moodlewsrestformat=json&users[0][name]=A+B\
             &users%5B0%5D%5Bc%5D[]=x\
             &users[0][c][]=y&users[1][name]=%D8%B9&plain=1",
            0,
        );
        assert_eq!((form.token.as_str(), form.function.as_str(), form.json), ("t", "f", true));
        let expected = json!({
            "users": {"0": {"name": "A B", "c": {"0": "x", "1": "y"}}, "1": {"name": "ع"}},
            "plain": "1",
        });
        assert_eq!(Value::Object(form.arguments), expected);
    }

    #[test]
    fn a_form_in_parts_is_read_as_it_stands() {
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("multipart/form-data; boundary=b");
        headers.insert("content-type", kind);
        let part = |name: &str, value: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body = [part("wstoken", "t"), part("a[0][b]", "A+B%20"), part("c", "1")].concat();
        let body = Bytes::from(format!("{body}--b--\r\n"));
        let (path, query) = (String::new(), String::new());
        let form = Form::read(&Call { method: Method::POST, path, query, headers, body }, 2);
        assert_eq!((form.token.as_str(), form.cut), ("t", true));
        assert_eq!(Value::Object(form.arguments), json!({"a": {"0": {"b": "A+B%20"}}}));
    }

    #[test]
    fn excess_is_cut_in_silence() {
        let form = read("wstoken=t&a[0]=1&a[1]=2&a[2]=3", 3);
        assert_eq!(Value::Object(form.arguments), json!({"a": {"0": "1", "1": "2"}}));
        assert!(form.cut);
        assert_eq!(form.variables, 4);
    }

    #[test]
    fn odd_names_do_no_harm() {
        let form = read("[x]=1&a[=2&b[c=3&d]=4&=5&%FF=6&e[f]g=7&h=1&h[0]=2", 0);
        assert!(form.broken_text);
        assert_eq!(form.arguments.get("h"), Some(&json!({"0": "2"})));
    }
}

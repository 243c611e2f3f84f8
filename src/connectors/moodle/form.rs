//! The form encoding of Moodle's web services: nesting in PHP's bracket form, such as
//! `users[0][email]=…` (docs/src/moodle.md, "Requests").

use {form_urlencoded::byte_serialize, serde_json::Value};

/// A form under construction.
pub(super) struct Form {
    text: String,
    count: usize,
}

impl Form {
    /// Begins a form.
    pub(super) fn new() -> Self {
        Self { text: String::new(), count: 0 }
    }

    /// Adds a value: a text, number or flag (1 or 0) as it is, null as an empty text, lists and
    /// objects member by member. An empty list or object adds nothing: Moodle has no encoding for
    /// it.
    pub(super) fn add(&mut self, name: &str, value: &Value) {
        match value {
            Value::Null => self.text(name, ""),
            Value::Bool(flag) => self.text(name, if *flag { "1" } else { "0" }),
            Value::Number(number) => self.text(name, &number.to_string()),
            Value::String(text) => self.text(name, text),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.add(&format!("{name}[{index}]"), item);
                }
            }
            Value::Object(members) => {
                for (key, member) in members {
                    self.add(&format!("{name}[{key}]"), member);
                }
            }
        }
    }

    /// Adds a text.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        self.text.extend(byte_serialize(name.as_bytes()));
        self.text.push('=');
        self.text.extend(byte_serialize(text.as_bytes()));
        self.count += 1;
    }

    /// Returns how many variables there are.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Returns the encoded form.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// Returns how many variables a value takes.
pub(super) fn variables(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(variables).sum(),
        Value::Object(members) => members.values().map(variables).sum(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json};

    #[test]
    fn nesting_and_scalars() {
        let value = json!([{
            "username": "a&b=c d+é", "n": 5, "yes": true, "no": false, "none": null, "empty": [],
            "customfields": [{"type": "zoho_id", "value": "1"}],
        }]);
        let mut form = Form::new();
        form.add("users", &value);
        assert_eq!(variables(&value), 7);
        assert_eq!(form.count(), 7);
        let text = form.finish();
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        let expected = [
            ("users[0][username]", "a&b=c d+é"),
            ("users[0][n]", "5"),
            ("users[0][yes]", "1"),
            ("users[0][no]", "0"),
            ("users[0][none]", ""),
            ("users[0][customfields][0][type]", "zoho_id"),
            ("users[0][customfields][0][value]", "1"),
        ];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(text.starts_with("users%5B0%5D%5Busername%5D=a%26b%3Dc+d%2B%C3%A9&"), "{text}");
    }
}

//! What the answers of both systems have in common: a bound on the memory that one takes, and on what an error tells.

use {
    crate::{connectors::weigh::Weigher, ports::ConnectorError},
    serde_json::Value,
};

/// Words of JSON, and what a decoder might take for more than a text.
pub(in crate::connectors) const WORDS: [&str; 26] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "null",
    "true",
    "-1",
    "1e308",
    "\\u0000",
    "\\ud83d",
    "[[[[",
    "<b>",
    "<br />",
    "\"$serde_json::private::RawValue\":",
    "\"[0,0,0,0]\"",
    "\"id\":",
    "\"data\":",
    "\"status\":\"error\"",
    "\"code\":",
    "\"message\":",
    "\"errorcode\":",
    "\"exception\":",
    "0123456789abcdef",
];

/// The memory that a decoded value takes at least, besides its texts.
fn least(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Array(items) => items.iter().map(least).sum(),
            Value::Object(members) => {
                members.values().map(|member| least(member) + size_of::<String>()).sum()
            }
            _ => 0,
        }
}

/// A value takes no more than its text was weighed with, so that the memory for it was there.
pub(in crate::connectors) fn was_weighed(body: &[u8], value: &Value) {
    let mut weigher = Weigher::default();
    weigher.add(body);
    let weighed = weigher.overhead() + size_of::<Value>();
    assert!(least(value) <= weighed, "{} bytes, weighed {weighed}", least(value));
}

/// An error is short, is one line, and does not pass markup or a secret on.
pub(in crate::connectors) fn is_told(error: &ConnectorError, secret: &str) {
    let text = &error.message;
    assert!(!text.is_empty() && text.chars().count() <= 1_200, "{} characters", text.len());
    assert!(!text.contains(char::is_control), "{text:?}");
    assert!(!text.contains(secret), "{text}");
    assert!(!text.contains("<b>") && !text.contains("<br"), "{text}");
}

//! Writes a mapping set: one line for each row, keys in a fixed order, values quoted wherever a reader might misread
//! them.

use {
    super::{API_VERSION, KIND, MappingFile, short},
    crate::domain::mapping::{FieldMapping, MappingTest},
    serde_json::{Map, Value},
};

/// Words that some YAML reader treats as a flag, as null or as a number.
const WORDS: [&str; 12] =
    ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity"];

/// Longest key that stands without a mark, as it is written. YAML allows 1,024 characters.
const KEY_MAX: usize = 1_000;

/// Writes sets, each as a document of its own.
pub fn to_yaml(files: &[MappingFile]) -> String {
    let documents: Vec<String> = files.iter().map(document).collect();
    documents.join("---\n")
}

fn document(file: &MappingFile) -> String {
    let mut out = format!("apiVersion: {API_VERSION}\nkind: {KIND}\nmodule: {}\n", file.module);
    section(&mut out, "fields", file.rows.iter().map(row));
    if !file.tests.is_empty() {
        section(&mut out, "tests", file.tests.iter().map(test));
    }
    out
}

fn section(out: &mut String, name: &str, mut lines: impl Iterator<Item = String>) {
    let Some(first) = lines.next() else {
        out.push_str(&format!("{name}: []\n"));
        return;
    };
    out.push_str(&format!("{name}:\n"));
    for line in std::iter::once(first).chain(lines) {
        out.push_str("  - ");
        out.push_str(&line);
        out.push('\n');
    }
}

fn row(row: &FieldMapping) -> String {
    let mut members =
        vec![("to", text(&row.canonical_field)), ("from", text(&row.zoho_field_api_name))];
    if row.required {
        members.push(("required", "true".to_owned()));
    }
    if let Some(default) = &row.default_value {
        members.push(("default", text(default)));
    }
    if let Some(word) = &row.on_invalid {
        members.push(("on_invalid", text(word)));
    }
    match short(&row.transform_rules) {
        Some((items, note)) => {
            if !items.is_empty() {
                members.push(("transforms", value(&Value::Array(items))));
            }
            if let Some(note) = note {
                members.push(("note", text(&note)));
            }
        }
        None => members.push(("rules", object(&row.transform_rules))),
    }
    flow(&members)
}

fn test(test: &MappingTest) -> String {
    let mut members = Vec::new();
    if let Some(name) = &test.name {
        members.push(("name", text(name)));
    }
    members.push(("given", wide(&test.given)));
    match &test.expect_error {
        Some(code) => members.push(("expect_error", text(code))),
        None => members.push(("expect", wide(&test.expect))),
    }
    flow(&members)
}

fn flow(members: &[(&str, String)]) -> String {
    let members: Vec<String> =
        members.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    format!("{{ {} }}", members.join(", "))
}

fn value(value_: &Value) -> String {
    match value_ {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(string) => text(string),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(value).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => object(members),
    }
}

fn object(members: &Map<String, Value>) -> String {
    let member = |(key, member): (&String, &Value)| {
        let (key, member) = (text_key(key), value(member));
        // YAML knows a longer key only by a mark before it.
        if key.chars().count() > KEY_MAX {
            format!("? {key} : {member}")
        } else {
            format!("{key}: {member}")
        }
    };
    let members: Vec<String> = members.iter().map(member).collect();
    format!("{{{}}}", members.join(", "))
}

/// An object with spaces around its members, for the parts that people read first.
fn wide(members: &Map<String, Value>) -> String {
    let inner = object(members);
    match inner.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(inner) if !inner.is_empty() => format!("{{ {inner} }}"),
        _ => inner,
    }
}

/// Returns whether a text can stand unquoted: letters, digits and underscores only.
fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn text(text: &str) -> String {
    let is_word = WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_name(text) && !is_word { text.to_owned() } else { quoted(text) }
}

/// Keys are always texts here; `on` of a split need not be quoted for any reader of YAML 1.2.
fn text_key(key: &str) -> String {
    let is_word = ["true", "false", "null"].contains(&key.to_ascii_lowercase().as_str());
    if is_name(key) && !is_word { key.to_owned() } else { quoted(key) }
}

/// A text in double quotes; invisible characters are written as numbers.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || is_unseen(c) => match u32::from(c) {
                code @ 0..=0xffff => out.push_str(&format!("\\u{code:04x}")),
                code => out.push_str(&format!("\\U{code:08x}")),
            },
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Marks of direction and order, breaks that do not end a line, and code points that are not characters.
const fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{1fffe}' | '\u{1ffff}')
}

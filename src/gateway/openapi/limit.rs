//! Limits, words and defaults of fields, read from the comments of the protos, so that the sentence that people read and
//! the schema that programs read are one. The forms are few:
//!
//! * "At most 100 characters", "1 to 255 characters": the length of a text;
//! * "0 to 100." and "Page size, 1 to 200; 50 if absent.": a number, with its default; "From 1.": its least value;
//! * a comment that begins with words in backticks, such as "`full` (default) or `changes`.": the words of a text.

use {
    crate::gateway::plan::Kind,
    serde_json::{Map, Value, json},
};

/// Returns the words that a text may have, and the one that is the default. A comment has them if it begins with them,
/// joined by commas and "or", each with at most a remark in brackets, up to a full stop or a colon.
pub(super) fn words(comment: &str) -> Option<(Vec<&str>, Option<&str>)> {
    let (mut words, mut usual, mut rest) = (Vec::new(), None, comment);
    loop {
        let (word, after) = rest.strip_prefix('`')?.split_once('`')?;
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if word.is_empty() || !word.chars().all(is_word) {
            return None;
        }
        words.push(word);
        rest = after;
        if let Some(remark) = rest.strip_prefix(" (") {
            let (remark, after) = remark.split_once(')')?;
            usual = usual.or((remark == "default").then_some(word));
            rest = after;
        }
        let next = [", or ", " or ", ", "].iter().find_map(|join| rest.strip_prefix(join));
        match next {
            Some(next) => rest = next,
            None if words.len() > 1 && (rest.starts_with(['.', ';', ':']) || rest.is_empty()) => {
                return Some((words, usual));
            }
            None => return None,
        }
    }
}

/// Adds what a comment says about the values of a field that a caller sends.
pub(super) fn add(schema: &mut Map<String, Value>, kind: &Kind, comment: &str) {
    let lower = comment.to_ascii_lowercase();
    match kind {
        Kind::Text => {
            if let Some((first, last)) = characters(&lower) {
                if first > 0 {
                    schema.insert("minLength".into(), json!(first));
                }
                schema.insert("maxLength".into(), json!(last));
            }
        }
        Kind::Int32 | Kind::Int64 => {
            if let Some((first, last)) = range(&lower) {
                schema.insert("minimum".into(), json!(first));
                schema.insert("maximum".into(), json!(last));
            } else if let Some(first) = lower.split("from ").nth(1).and_then(|rest| number(rest))
                && !schema.contains_key("minimum")
            {
                schema.insert("minimum".into(), json!(first.0));
            }
            let usual = lower.split([';', '.']).find_map(|part| {
                let part = part.trim();
                let value = part.strip_suffix(" if absent").or(part.strip_prefix("default "));
                value.and_then(whole)
            });
            if let Some(usual) = usual {
                schema.insert("default".into(), json!(usual));
            }
        }
        _ => {}
    }
}

/// Reads a number with commas between its thousands, and returns what is behind it.
fn number(text: &str) -> Option<(i64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let digits = digits.trim_end_matches(',');
    let value = digits.replace(',', "").parse().ok()?;
    Some((value, rest))
}

/// Reads a text that is a number.
fn whole(text: &str) -> Option<i64> {
    number(text).filter(|(_, rest)| rest.is_empty()).map(|(value, _)| value)
}

/// "a to b", at the start of a sentence or behind a comma.
fn range(text: &str) -> Option<(i64, i64)> {
    let places = text.match_indices(" to ").map(|(at, _)| at);
    places.into_iter().find_map(|at| {
        let (before, after) = (text.get(..at)?, text.get(at + 4..)?);
        let first = before.rsplit([' ', '.']).next().and_then(whole)?;
        let (last, rest) = number(after)?;
        (first <= last && !rest.starts_with(" characters")).then_some((first, last))
    })
}

/// "a to b characters" and "at most b characters".
fn characters(text: &str) -> Option<(i64, i64)> {
    let (before, _) = text.split_once(" characters")?;
    let mut words = before.rsplit(' ');
    let last = words.next().and_then(whole)?;
    match (words.next()?, words.next()?) {
        ("most", "at") => Some((0, last)),
        ("to", first) => Some((whole(first.rsplit([';', '.']).next()?)?, last)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(kind: &Kind, comment: &str) -> Value {
        let mut schema = Map::new();
        add(&mut schema, kind, comment);
        Value::Object(schema)
    }

    #[test]
    fn words_stand_at_the_start_of_a_comment() {
        let all = |comment| words(comment).map(|(words, _)| words);
        assert_eq!(all("`a`, `b` or `c`."), Some(vec!["a", "b", "c"]));
        assert_eq!(
            words("`full` (default) or `changes`: what changed."),
            Some((vec!["full", "changes"], Some("full")))
        );
        assert_eq!(
            all("`running` (also while queued), `held` or `done`; see `x`."),
            Some(vec!["running", "held", "done"])
        );
        for none in
            ["Only `a` or `b`.", "`a`.", "`a` is the first.", "`{}` or `b`.", "", "`a` and `b`."]
        {
            assert_eq!(all(none), None, "{none}");
        }
    }

    #[test]
    fn limits_and_defaults_are_read() {
        let text = |comment| added(&Kind::Text, comment);
        assert_eq!(text("At most 1,000 characters; \"\" clears."), json!({"maxLength": 1_000}));
        assert_eq!(text("1 to 255 characters."), json!({"minLength": 1, "maxLength": 255}));
        assert_eq!(
            text("Words or an id, 1 to 200 characters; the first 8 are used."),
            json!({"minLength": 1, "maxLength": 200})
        );
        assert_eq!(
            text("Who starts it, at most 255 characters; `x` if empty."),
            json!({"maxLength": 255})
        );
        assert_eq!(text("The first three characters of it."), json!({}));
        let int = |comment| added(&Kind::Int32, comment);
        assert_eq!(int("0 to 100."), json!({"minimum": 0, "maximum": 100}));
        assert_eq!(
            int("0 to 1,000,000,000; 0 clears."),
            json!({"minimum": 0, "maximum": 1_000_000_000})
        );
        assert_eq!(
            int("Page size, 1 to 200; 50 if absent."),
            json!({"minimum": 1, "maximum": 200, "default": 50})
        );
        assert_eq!(
            int("1 to 100; default 20."),
            json!({"minimum": 1, "maximum": 100, "default": 20})
        );
        assert_eq!(int("From 1."), json!({"minimum": 1}));
        assert_eq!(
            int("Maximum number, from 1 to the number of planned removals."),
            json!({"minimum": 1})
        );
        assert_eq!(int("Number of the older one."), json!({}));
    }
}

//! Makes text of another system fit for an error message: no markup, no control characters, no
//! secrets, no addresses beyond the host, no paths of files, no statements of its database, and a limited length.

use std::borrow::Cow;

/// Longest text that is passed on, in characters.
const TEXT_MAX: usize = 500;
/// Longest text that is read, in bytes.
const READ_MAX: usize = 16 * 1024;

/// Cleans a text of another system. Each of `secrets` is replaced where it occurs.
pub(super) fn clean(text: &str, secrets: &[&str]) -> String {
    let mut text = head(text).to_owned();
    // Replacing short secrets would remove ordinary words.
    for secret in secrets.iter().filter(|secret| secret.len() >= 6) {
        text = text.replace(secret, "***");
    }
    let plain = without_markup(&text);
    let words =
        plain.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.map(host_only).map(no_path).collect::<Vec<_>>().join(" ");
    without_statement(&line).chars().take(TEXT_MAX).collect()
}

/// Replaces the path of a file.
fn no_path(word: &str) -> &str {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && !"/\\.~".contains(c));
    let bytes = bare.as_bytes();
    let on_drive = bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.get(1) == Some(&b':')
        && bytes.get(2).is_some_and(|byte| b"/\\".contains(byte));
    let on_share = bare.starts_with("\\\\");
    let parts = bare.split(['/', '\\']).filter(|part| !part.is_empty()).count();
    let is_absolute = bare.starts_with(['/', '~']) && bare.contains('/') && parts > 1;
    let is_script = parts > 1 && bare.to_ascii_lowercase().contains(".php");
    if on_drive || on_share || is_absolute || is_script { "(path)" } else { word }
}

/// Cuts a text where a statement of a database begins; what follows are its values. People do not write the words in
/// capitals, or ask for a star.
fn without_statement(line: &str) -> Cow<'_, str> {
    const VERBS: [(&str, &[&str]); 8] = [
        ("SELECT", &["FROM", "COUNT(", "1"]),
        ("INSERT", &["INTO"]),
        ("UPDATE", &["SET"]),
        ("DELETE", &["FROM"]),
        ("REPLACE", &["INTO"]),
        ("WITH", &["AS"]),
        ("ALTER", &["TABLE"]),
        ("CREATE", &["TABLE"]),
    ];
    let begins = |at: usize| {
        let rest = line.get(at..).unwrap_or_default();
        let mut words = rest.split(' ');
        let verb = words.next().unwrap_or_default();
        let verb = verb.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        if verb.eq_ignore_ascii_case("select") && words.clone().next() == Some("*") {
            return true;
        }
        let follows = VERBS.iter().find(|(known, _)| *known == verb).map(|(_, follows)| *follows);
        follows.is_some_and(|follows| {
            words.any(|word| {
                follows.iter().any(|known| word.trim_start_matches('(').starts_with(known))
            })
        })
    };
    let starts = std::iter::once(0).chain(line.match_indices(' ').map(|(at, _)| at + 1));
    match starts.into_iter().find(|at| begins(*at)) {
        Some(at) => format!("{}(statement)", line.get(..at).unwrap_or_default()).into(),
        None => line.into(),
    }
}

/// Makes plain text of a text with markup: one line, at most `max` characters.
pub(super) fn plain(text: &str, max: usize) -> String {
    let mut text = without_markup(head(text));
    // The ampersand comes last; otherwise its replacement would be replaced again.
    for (name, sign) in [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#039;", "'"),
        ("&amp;", "&"),
    ] {
        text = text.replace(name, sign);
    }
    let words =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(max).collect()
}

fn head(text: &str) -> &str {
    let mut end = text.len().min(READ_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Drops `<tag …>` and comments; a `<` that does not begin a tag stays.
fn without_markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let begins_tag =
            after.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        if begins_tag {
            // An unclosed tag removes the rest.
            rest = after.split_once('>').map_or("", |(_, rest)| rest);
            out.push(' ');
        } else {
            out.push('<');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// Cuts an address in a word down to scheme and host.
fn host_only(word: &str) -> &str {
    let Some(start) = word.find("://").map(|at| at + 3) else { return word };
    let host = word.get(start..).unwrap_or_default();
    let length = host.find(['/', '?', '#', '@', '\\']).unwrap_or(host.len());
    if host.get(length..).is_some_and(|rest| rest.starts_with('@')) {
        return "(address)";
    }
    word.get(..start + length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_goes_and_plain_signs_stay() {
        assert_eq!(
            clean("<div>Passwords must be <b>8</b> long</div>", &[]),
            "Passwords must be 8 long"
        );
        assert_eq!(clean("3 < 4 and 5 > 4", &[]), "3 < 4 and 5 > 4");
        assert_eq!(clean("a<!-- x -->b<script", &[]), "a b");
        assert_eq!(clean("one\r\n\ttwo\0three", &[]), "one two three");
    }

    #[test]
    fn text_of_people_keeps_its_words() {
        assert_eq!(
            plain(
                "<p>Good&nbsp;work, see https://m.example/x?a=1</p><p>R&amp;D &amp;lt; 3</p>",
                99
            ),
            "Good work, see https://m.example/x?a=1 R&D &lt; 3"
        );
        assert_eq!(plain("اليوم <b>ممتاز</b>", 8), "اليوم مم");
        assert_eq!(plain(&"x".repeat(50_000), 2_000).len(), 2_000);
    }

    #[test]
    fn secrets_and_addresses_go() {
        assert_eq!(clean("token abcdef123 unknown", &["abcdef123", ""]), "token *** unknown");
        assert_eq!(
            clean("see https://m.example/x?wstoken=1 now", &[]),
            "see https://m.example now"
        );
        assert_eq!(clean("see https://u:p@m.example/", &[]), "see (address)");
    }

    #[test]
    fn paths_and_statements_go() {
        for (text, shown) in [
            (
                "Error reading from database SELECT * FROM mdl_user WHERE id = 5 [array (0 => 5)]",
                "Error reading from database (statement)",
            ),
            ("Debug: INSERT INTO mdl_user (username) VALUES('s.ali')", "Debug: (statement)"),
            ("near 'UPDATE mdl_user SET password = x'", "near (statement)"),
            ("select * from mdl_user", "(statement)"),
            ("line 10 of /var/www/moodle/lib.php: x", "line 10 of (path) x"),
            ("in (/var/www/moodle/lib.php)", "in (path)"),
            ("* line 12 of \\lib\\dml\\pgsql.php", "* line 12 of (path)"),
            ("C:\\inetpub\\moodle\\config is missing", "(path) is missing"),
            ("lib/dmllib.php missing", "(path) missing"),
        ] {
            assert_eq!(clean(text, &[]), shown);
        }
        for text in [
            "Select a course from the list",
            "Update the profile and set a password",
            "WITH care",
            "and/or 1/2 n/a 24/7 /",
            "Passwords must have 8 characters, e.g. a/b",
            "see https://m.example now",
            "The value is not valid: ٥/٦",
        ] {
            assert_eq!(clean(text, &[]), text);
        }
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        assert_eq!(clean(&"م".repeat(20_000), &[]).chars().count(), 500);
    }
}

//! Descriptions of functions' parameters, and the check of arguments against them: unknown keys,
//! missing ones and values of the wrong type all fail the whole call, as they do in Moodle.

use {
    super::failure::Failure,
    crate::world::Settings,
    serde_json::{Map, Value},
};

/// What a parameter may hold.
#[derive(Debug)]
pub(crate) enum Spec {
    /// Whole number.
    Int,
    /// Number.
    Float,
    /// `0` or `1`.
    Flag,
    /// Anything.
    Raw,
    /// Without spaces at either end.
    Trimmed,
    /// No markup.
    NoTags,
    /// No markup but that of texts in several languages.
    Text,
    /// The user-name alphabet.
    Username,
    /// Any number of values of the same type.
    List(&'static Spec),
    /// Named members, in groups that several functions may share.
    Struct(&'static [&'static [Member]]),
}

/// A named parameter.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) spec: Spec,
    pub(crate) required: bool,
    /// First and last version that have it, in hundreds: 4.2 is 402.
    versions: (u16, u16),
}

impl Member {
    /// Excludes earlier versions.
    pub(crate) const fn since(mut self, version: u16) -> Self {
        self.versions.0 = version;
        self
    }

    /// Excludes later versions.
    pub(crate) const fn until(mut self, version: u16) -> Self {
        self.versions.1 = version;
        self
    }
}

/// A required parameter.
pub(crate) const fn required(name: &'static str, spec: Spec) -> Member {
    Member { name, spec, required: true, versions: (0, u16::MAX) }
}

/// An optional parameter.
pub(crate) const fn optional(name: &'static str, spec: Spec) -> Member {
    Member { name, spec, required: false, versions: (0, u16::MAX) }
}

/// Checks the arguments of a call.
///
/// # Errors
/// The first thing that is wrong.
pub(crate) fn check(
    members: &[Member],
    arguments: &Map<String, Value>,
    settings: &Settings,
) -> Result<(), Failure> {
    let rules = Rules { settings, version: settings.version() };
    check_members(&[members], arguments, rules, "")
}

/// The rules of the site for all arguments.
#[derive(Clone, Copy)]
struct Rules<'s> {
    settings: &'s Settings,
    version: u16,
}

fn check_members(
    groups: &[&[Member]],
    given: &Map<String, Value>,
    rules: Rules<'_>,
    path: &str,
) -> Result<(), Failure> {
    let there = |member: &&Member| (member.versions.0..=member.versions.1).contains(&rules.version);
    let members = || groups.iter().copied().flatten().filter(there);
    for member in members() {
        match given.get(member.name) {
            Some(value) => {
                let path = format!("{path}{} => ", member.name);
                check_value(&member.spec, value, rules, &path)?;
            }
            None if member.required => {
                let text =
                    format!("{path}Missing required key in single structure: {}", member.name);
                return Err(Failure::parameter(text));
            }
            None => {}
        }
    }
    let known = |name: &String| members().any(|member| member.name == name);
    match given.keys().find(|name| !known(name)) {
        Some(name) => Err(Failure::parameter(format!("{path}Unexpected keys ({name}) detected"))),
        None => Ok(()),
    }
}

fn check_value(spec: &Spec, value: &Value, rules: Rules<'_>, path: &str) -> Result<(), Failure> {
    match (spec, value) {
        (Spec::Struct(groups), Value::Object(given)) => check_members(groups, given, rules, path),
        (Spec::List(item), Value::Object(given)) => {
            given.values().try_for_each(|value| check_value(item, value, rules, path))
        }
        (Spec::Struct(_) | Spec::List(_), _) => {
            Err(Failure::parameter(format!("{path}Only arrays accepted")))
        }
        (_, Value::String(text)) if fits(spec, text, rules.settings) => Ok(()),
        (_, Value::String(text)) => {
            let kind = kind_name(spec);
            let reason =
                format!("the value is \"{text}\", the server was expecting \"{kind}\" type");
            Err(Failure::parameter(format!("{path}Invalid external api parameter: {reason}")))
        }
        _ => Err(Failure::parameter(format!(
            "{path}Scalar type expected, array or object received."
        ))),
    }
}

fn kind_name(spec: &Spec) -> &'static str {
    match spec {
        Spec::Int => "int",
        Spec::Float => "float",
        Spec::Flag => "bool",
        Spec::Trimmed => "raw_trimmed",
        Spec::NoTags => "notags",
        Spec::Text => "text",
        Spec::Username => "username",
        Spec::Raw | Spec::List(_) | Spec::Struct(_) => "raw",
    }
}

fn fits(spec: &Spec, text: &str, settings: &Settings) -> bool {
    match spec {
        Spec::Int => text.parse::<i64>().is_ok(),
        Spec::Float => text.parse::<f64>().is_ok_and(f64::is_finite),
        Spec::Flag => matches!(text, "0" | "1"),
        Spec::Trimmed => text.trim() == text,
        Spec::NoTags => !has_tags(text),
        Spec::Text => !has_tags(text) || in_languages(text, "span") || in_languages(text, "lang"),
        Spec::Username => is_username(text, settings.extended_username_chars),
        Spec::Raw | Spec::List(_) | Spec::Struct(_) => true,
    }
}

/// Returns whether Moodle would strip something: `<` opens a tag unless a space follows.
fn has_tags(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let next = text.get(at + 1..).and_then(|rest| rest.chars().next());
        next.is_none_or(|next| !next.is_ascii_whitespace())
    })
}

/// Tells whether all the tags of a text are those by which Moodle marks a language, opened and closed in turn.
fn in_languages(text: &str, tag: &str) -> bool {
    let mut open = false;
    for (at, _) in text.match_indices('<') {
        let inner = text.get(at + 1..).unwrap_or_default();
        if inner.starts_with(|next: char| next.is_ascii_whitespace()) {
            continue;
        }
        let Some((inner, _)) = inner.split_once('>') else { return false };
        if inner.strip_prefix('/') == Some(tag) {
            if !open {
                return false;
            }
            open = false;
            continue;
        }
        let mut words = inner.split_ascii_whitespace();
        let is_lang = |word: &str| {
            let code = word.strip_prefix("lang=\"").and_then(|code| code.strip_suffix('"'));
            code.is_some_and(|code| {
                !code.is_empty()
                    && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
            })
        };
        let is_own = |word: &str| is_lang(word) || (tag == "span" && word == "class=\"multilang\"");
        let wanted = if tag == "span" { 2 } else { 1 };
        if words.next() != Some(tag) || words.clone().count() != wanted || !words.all(is_own) {
            return false;
        }
        open = true;
    }
    !open
}

/// Tells whether a text is a valid user name.
pub(crate) fn is_username(text: &str, extended: bool) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.@".contains(&byte);
    if extended {
        text.trim() == text && text.to_lowercase() == text
    } else {
        text.bytes().all(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const USERS: &[Member] = &[required(
        "users",
        Spec::List(&Spec::Struct(&[&[
            required("username", Spec::Username),
            optional("firstname", Spec::NoTags),
            optional("city", Spec::Text),
        ]])),
    )];

    fn ok(arguments: &Value) -> bool {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        check(USERS, &arguments, &Settings::default()).is_ok()
    }

    #[test]
    fn unknown_missing_and_wrong() {
        assert!(ok(&json!({"users": {"0": {"username": "a.b-c_d@e", "firstname": "3 < 4"}}})));
        assert!(!ok(&json!({})));
        assert!(!ok(&json!({"users": ""})));
        assert!(!ok(&json!({"users": {"0": {"username": "a"}}, "more": "1"})));
        assert!(!ok(&json!({"users": {"0": {"username": "a", "nick": "1"}}})));
        for name in ["Upper", "with space", "tail ", "plus+", "عمر"] {
            assert!(!ok(&json!({"users": {"0": {"username": name}}})), "{name}");
        }
        let spans = r#"x <span lang="en" class="multilang">A</span> 3 < 4"#;
        for (town, fits) in [
            (spans, true),
            (r#"<lang lang="en">A</lang>"#, true),
            (r#"<span lang="en">A</span>"#, false),
            (r#"<span class="multilang" lang="en">A</span> <b>y</b>"#, false),
            (r#"<span lang="en" class="multilang">A"#, false),
            ("<b>", false),
        ] {
            assert_eq!(
                ok(&json!({"users": {"0": {"username": "a", "city": town}}})),
                fits,
                "{town}"
            );
        }
        for name in ["<b>", "I <3 you", "end<", spans] {
            assert!(!ok(&json!({"users": {"0": {"username": "a", "firstname": name}}})), "{name}");
        }
    }
}

//! Keeps the values that a process was started with out of its output: an address with a password may be given in the
//! wrong place, and the complaint about it would repeat it.

use {super::PREFIX, std::fmt};

/// Replacement for a hidden value.
const STARS: &str = "***";
/// Shortest part that is hidden by itself: shorter ones occur in many words.
const LEAST: usize = 5;

/// Values that are not shown.
#[derive(Clone, Default)]
pub struct Mask(Vec<String>);

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(STARS)
    }
}

impl Mask {
    /// Hides the values that the process was started with: arguments, and variables of the service.
    #[expect(
        clippy::disallowed_methods,
        reason = "a part of the one place that reads the environment"
    )]
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter(|(name, _)| name.to_string_lossy().starts_with(PREFIX))
            .map(|(_, value)| value);
        let values = std::env::args_os().skip(1).chain(variables);
        Self::new(values.map(|value| value.to_string_lossy().into_owned()))
    }

    /// Hides those values that look like an address with a password, also without a scheme. For `--option=VALUE` and
    /// `-oVALUE` the value is hidden.
    pub fn new(values: impl IntoIterator<Item = String>) -> Self {
        Self::of(values.into_iter().filter(|value| has_password(value)))
    }

    /// Hides all values with an `@`: a file of settings has no other use for one than an address, of which a part may have
    /// been copied into the wrong line.
    pub fn of_file(values: impl IntoIterator<Item = String>) -> Self {
        Self::of(values.into_iter().filter(|value| value.contains('@')))
    }

    fn of(values: impl Iterator<Item = String>) -> Self {
        let mut hidden = Vec::new();
        for value in values {
            let after =
                value.split_once('=').map(|(_, after)| after).filter(|after| has_password(after));
            let short = value.strip_prefix('-').and_then(|rest| rest.get(1..));
            let rest = value.split_once("://").map(|(_, rest)| rest);
            let user = rest.unwrap_or(&value).rsplit_once('@').map(|(user, _)| user);
            let forms = [Some(value.as_str()), Some(value.trim()), after, short, rest, user];
            for form in forms.into_iter().flatten().filter(|form| form.len() >= LEAST) {
                // Both unquoted and quoted: `escape_debug` leaves other characters unchanged than `{:?}` does.
                let quoted = format!("{form:?}");
                let inner = quoted.get(1..quoted.len() - 1).unwrap_or_default();
                hidden.extend([form.to_owned(), inner.to_owned(), form.escape_debug().to_string()]);
            }
        }
        // A value may be a part of another one.
        hidden.sort_by_key(|value| std::cmp::Reverse(value.len()));
        hidden.dedup();
        Self(hidden)
    }

    /// Hides another value.
    pub fn add(&mut self, value: &str) {
        self.0.extend(Self::new([value.to_owned()]).0);
        self.0.sort_by_key(|value| std::cmp::Reverse(value.len()));
    }

    /// Returns a text without the hidden values.
    pub fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, hidden| text.replace(hidden, STARS))
    }
}

/// Returns whether a text looks like USER:PASSWORD@HOST. A JSON document never does, whatever it contains.
fn has_password(text: &str) -> bool {
    let before = text.rsplit_once('@').map_or("", |(before, _)| before);
    before.contains(':') && !text.trim_start().starts_with(['{', '['])
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    #[test]
    fn a_quoting_hides_as_well() {
        // Debug escapes a mark that extends the letter before it.
        let url = "postgres://me:S3CRETPW\u{cc6}\"\\'\u{7}@db/x";
        let mask = Mask::new([url.to_owned()]);
        for text in [format!("{url:?}"), url.escape_debug().to_string(), url.to_owned()] {
            assert!(!mask.apply(&text).contains("S3CRETPW"), "{text}");
        }
    }

    #[test]
    fn addresses_with_a_password_are_hidden() {
        let url = "postgres://me:S3CRETPW@db/x";
        for value in
            [url.to_owned(), format!("--mode={url}"), format!("-d{url}"), format!(" {url} ")]
        {
            let mask = Mask::new([value]);
            let text = mask.apply(&format!("unknown '{url}' and {url:?}"));
            assert_eq!(text, "unknown '***' and \"***\"");
        }
        let mask = Mask::new(["me:S3CRETPW@db".to_owned(), "amira@college.example".to_owned()]);
        let text = mask.apply("me:S3CRETPW@db is not amira@college.example");
        assert_eq!(text, "*** is not amira@college.example");
        assert_eq!(
            Mask::new([r#"{"a":"b@c"}"#.to_owned()]).apply(r#"{"a":"b@c"}"#),
            r#"{"a":"b@c"}"#
        );
    }

    proptest! {
        #[test]
        fn no_password_is_repeated(before in "\\PC{0,6}", after in "\\PC{0,6}") {
            let url = format!("postgres://me:{before}S3CRETPW{after}@db/x");
            let mask = Mask::new([url.clone()]);
            for text in [format!("no '{url}'"), format!("no {url:?}"), url.trim().to_owned()] {
                prop_assert!(!mask.apply(&text).contains("S3CRETPW"), "{}", text);
            }
        }
    }
}

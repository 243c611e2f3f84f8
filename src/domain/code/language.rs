//! The languages of the texts, which of them a caller reads, and what has happened in a language.

use super::{Code, Text};

/// A language of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Arabic.
    Ar,
}

/// Marks around a value in a sentence of another direction, so that neither disturbs the order of the other.
const ISOLATED: (char, char) = ('\u{2068}', '\u{2069}');

impl Language {
    /// All languages; the first one is for callers who read none of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Ar];

    /// Its tag by BCP 47.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ar => "ar",
        }
    }

    /// Returns the language that an `Accept-Language` prefers. The first of those that it weighs the same is taken, and
    /// English if it names none.
    pub fn accepted(header: &str) -> Self {
        let mut best = (0, Self::En);
        for range in header.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight =
                parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1_000, weight);
            let primary = tag.split('-').next().unwrap_or_default();
            let known =
                Self::ALL.into_iter().find(|known| known.tag().eq_ignore_ascii_case(primary));
            if let Some(language) = known
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }
}

/// Reads a weight in thousandths; what is not one weighs nothing.
fn weight(text: &str) -> u16 {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let is_short = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    match (whole, format!("{fraction:0<3}").parse()) {
        ("1", Ok(0)) => 1_000,
        ("0", Ok(thousandths)) if is_short => thousandths,
        _ => 0,
    }
}

impl Code {
    /// The texts of its row in a language.
    pub const fn text(self, language: Language) -> &'static Text {
        match language {
            Language::En => &self.0.en,
            Language::Ar => &self.0.ar,
        }
    }

    /// Returns what has happened and what to do about it, as sentences of a language with their gaps filled. A sentence
    /// with a gap that has no value is left out; `None` if nothing is left.
    pub fn told<'v>(
        self,
        language: Language,
        value: impl Fn(&str) -> Option<&'v str>,
    ) -> Option<String> {
        let Text { message, remedy } = self.text(language);
        let fill = |sentence: &str| filled(sentence, language, &value);
        let sentences: Vec<String> = [*message, *remedy].into_iter().filter_map(fill).collect();
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }
}

fn filled<'v>(
    sentence: &str,
    language: Language,
    value: impl Fn(&str) -> Option<&'v str>,
) -> Option<String> {
    let mut parts = sentence.split('{');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (gap, rest) = part.split_once('}')?;
        let value = value(gap)?;
        if language == Language::En {
            out.push_str(value);
        } else {
            out.push(ISOLATED.0);
            out.push_str(value);
            out.push(ISOLATED.1);
        }
        out.push_str(rest);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use {super::*, crate::domain::code};

    #[test]
    fn the_language_that_weighs_most_is_taken() {
        for (header, expected) in [
            ("ar", "ar"),
            ("AR-jo, en;q=0.9", "ar"),
            ("en-GB,en;q=0.9,ar;q=0.8", "en"),
            ("fr, ar;q=0.5", "ar"),
            ("en;q=0.2, ar;q=0.21", "ar"),
            ("ar;q=0, en;q=0.1", "en"),
            ("en;q=1.5, ar;q=0.001", "ar"),
            ("ar;q=NaN", "en"),
            ("arz", "en"),
            ("*", "en"),
            ("", "en"),
            (",;q=,=;", "en"),
        ] {
            assert_eq!(Language::accepted(header).tag(), expected, "{header}");
        }
    }

    #[test]
    fn sentences_have_their_values_or_are_left_out() {
        let five = |gap: &str| (gap == "max").then_some("5");
        let english = code::STREAMS_FULL.told(Language::En, five).expect("sentences");
        assert!(english.starts_with("The tenant has the 5 open streams that it may have. "));
        let arabic = code::STREAMS_FULL.told(Language::Ar, five).expect("sentences");
        assert!(arabic.contains("\u{2068}5\u{2069}") && arabic.ends_with('.'), "{arabic}");
        let rest = code::STREAMS_FULL.told(Language::Ar, |_| None);
        assert_eq!(rest.as_deref(), Some(code::STREAMS_FULL.text(Language::Ar).remedy));
    }
}

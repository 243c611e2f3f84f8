//! The stable words by which the API, an item, a run, an alert and the command line name a fault or a notice, one row
//! for each word. The effect of a word on a run, and who has to act, are read from its row and from nothing else.

/// Writes the rows: the word, who has to act, the system, the effect on the run, the screen if there is one, and the texts.
/// A comment above a row says where a message is not made from the row. The macro stands above the modules because a macro is known only
/// after its definition.
macro_rules! codes {
    ($($word:ident: $class:ident, $provider:ident, $effect:ident $(, $screen:ident)? {
        en: $en:literal, $en_remedy:literal;
        ar: $ar:literal, $ar_remedy:literal;
    })*) => {
        $(
            #[doc = $en]
            pub const $word: $crate::domain::code::Code =
                $crate::domain::code::Code(&$crate::domain::code::Row {
                    word: stringify!($word),
                    class: $crate::domain::code::Class::$class,
                    provider: $crate::domain::code::Provider::$provider,
                    effect: $crate::domain::code::Effect::$effect,
                    screen: screen!($($screen)?),
                    en: $crate::domain::code::Text { message: $en, remedy: $en_remedy },
                    ar: $crate::domain::code::Text { message: $ar, remedy: $ar_remedy },
                });
        )*
        pub(super) const ROWS: &[$crate::domain::code::Code] = &[$($word),*];
    };
}

/// Writes the screen of a row.
macro_rules! screen {
    () => {
        None
    };
    ($screen:ident) => {
        Some($crate::domain::code::Screen::$screen)
    };
}

mod call;
mod checklist;
mod language;
mod mapping;
mod moodle;
mod page;
mod record;
mod request;
mod run;
mod session;
mod upstream;
mod zoho;

pub use self::{language::Language, page::page};
pub use {
    call::*, checklist::*, mapping::*, moodle::*, record::*, request::*, run::*, session::*,
    upstream::*, zoho::*,
};

use {
    serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _},
    std::fmt::{self, Write as _},
};

/// Who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// This side: the school, in its mapping, its settings or the data of the record, or the operator of the service.
    Ours,
    /// The other system refused; something has to be changed there.
    OtherSide,
    /// No person: another try may succeed.
    Transient,
    /// The caller of the API: the request cannot be carried out as it is.
    Call,
}

impl Class {
    /// All classes.
    pub const ALL: [Self; 4] = [Self::Ours, Self::OtherSide, Self::Transient, Self::Call];

    /// The word that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::OtherSide => "other_side",
            Self::Transient => "transient",
            Self::Call => "call",
        }
    }
}

/// The system that a word is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provider {
    /// This service.
    Sigma,
    /// Zoho CRM.
    Zoho,
    /// Moodle.
    Moodle,
}

impl Provider {
    /// The word that is shown and stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sigma => "sigma",
            Self::Zoho => "zoho",
            Self::Moodle => "moodle",
        }
    }
}

/// The effect of a word on the run in which it occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing: it is about one record, one request or one setting.
    None,
    /// The run goes back to the queue and is tried again later.
    Wait,
    /// What was read is kept, and the run ends as partial.
    Partial,
    /// The run ends as failed.
    Failed,
}

impl Effect {
    /// The word that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Wait => "wait",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// The screen of the widget on which what a word tells of is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Screen {
    /// How the two systems are reached.
    Connections,
    /// The mappings.
    Mappings,
    /// The modules and their options.
    Modules,
    /// The runs, to start, approve or retry one.
    Runs,
    /// The people, to look one up or link it.
    People,
    /// Keys and sessions.
    Keys,
}

impl Screen {
    /// The word that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Mappings => "mappings",
            Self::Modules => "modules",
            Self::Runs => "runs",
            Self::People => "people",
            Self::Keys => "keys",
        }
    }
}

/// The texts of a word in one language. Gaps are named in braces, such as `{field}`, the same ones in every language.
#[derive(Debug, PartialEq, Eq)]
pub struct Text {
    /// What happened, in one sentence.
    pub message: &'static str,
    /// What to do about it, in one sentence.
    pub remedy: &'static str,
}

/// A row.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// The stable word, upper case.
    pub word: &'static str,
    /// Who has to act.
    pub class: Class,
    /// The system that it is about.
    pub provider: Provider,
    /// What it means for a run.
    pub effect: Effect,
    /// Where in the widget it is mended; `None` if nowhere.
    pub screen: Option<Screen>,
    /// In English.
    pub en: Text,
    /// In Arabic.
    pub ar: Text,
}

/// The values for the gaps of a text, by name.
pub type Gaps<'g> = &'g [(&'g str, &'g dyn fmt::Display)];

/// A stable word with its row. Equal codes have the same word, because each word has one row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code(&'static Row);

impl Code {
    /// Returns the code of a word, or `None` for a word that is not in the table, such as one stored by a later
    /// version.
    pub fn find(word: &str) -> Option<Self> {
        all().find(|code| code.0.word == word)
    }

    /// The stable word.
    pub const fn word(self) -> &'static str {
        self.0.word
    }

    /// Its row.
    pub const fn row(self) -> &'static Row {
        self.0
    }

    /// Returns what happened in the form of a message: the English sentence of the row in lower case and without a
    /// full stop, with the gaps filled by name.
    pub fn message(self, gaps: Gaps<'_>) -> String {
        raised(self.0.en.message, gaps)
    }

    /// Returns what to do about it in the same form.
    pub fn remedy(self, gaps: Gaps<'_>) -> String {
        raised(self.0.en.remedy, gaps)
    }

    /// Returns what happened, followed by a semicolon and what to do about it.
    pub fn advice(self, gaps: Gaps<'_>) -> String {
        format!("{}; {}", self.message(gaps), self.remedy(gaps))
    }
}

/// Words that keep their capital letter at the start of a message.
const NAMES: [&str; 3] = ["API", "Moodle", "Zoho"];

/// Brings a sentence of a row into the form of a message. A gap without a value stays as it is written.
fn raised(sentence: &str, gaps: Gaps<'_>) -> String {
    let sentence = sentence.trim_end_matches('.');
    let first = sentence.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let mut out = String::with_capacity(sentence.len() + 64);
    let mut parts = sentence.split('{');
    let begin = parts.next().unwrap_or_default();
    let mut letters = begin.chars();
    match letters.next() {
        Some(letter) if !NAMES.contains(&first) => {
            out.extend(letter.to_lowercase());
            out.push_str(letters.as_str());
        }
        _ => out.push_str(begin),
    }
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or((part, ""));
        let value = gaps.iter().find(|(gap, _)| *gap == name);
        let _never_fails = match value {
            Some((_, value)) => write!(out, "{value}{rest}"),
            None => write!(out, "{{{name}}}{rest}"),
        };
    }
    out
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.word)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.word)
    }
}

/// Returns all codes, area by area.
pub fn all() -> impl Iterator<Item = Code> {
    [
        call::ROWS,
        checklist::ROWS,
        mapping::ROWS,
        moodle::ROWS,
        record::ROWS,
        request::ROWS,
        run::ROWS,
        session::ROWS,
        upstream::ROWS,
        zoho::ROWS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Words that covered several faults, each with the words that replaced it.
const DIVIDED: [(Code, &[Code]); 1] =
    [(MATCH_AMBIGUOUS, &[MATCH_BELONGS_TO_ANOTHER, MATCH_OTHER_PERSON, MATCH_SEVERAL])];

/// Returns the words that a filter by a word finds: the word itself and those that replaced it, so that the filter
/// means the same for older and newer runs.
pub fn found_by(word: &str) -> Vec<&str> {
    let divided = DIVIDED.iter().find(|(code, _)| code.word() == word);
    let since = divided.into_iter().flat_map(|(_, since)| *since).map(|code| code.word());
    std::iter::once(word).chain(since).collect()
}

/// Returns all codes in alphabetical order.
pub fn sorted() -> Vec<Code> {
    let mut codes: Vec<Code> = all().collect();
    codes.sort_by_key(|code| code.word());
    codes
}

/// Written as its word.
impl Serialize for Code {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = String::deserialize(from)?;
        Self::find(&word).ok_or_else(|| D::Error::custom(format!("the code '{word}' is not known")))
    }
}

#[cfg(test)]
mod tests;

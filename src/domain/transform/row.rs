//! One row for each transform: its name, its parameters with their types and limits, what it does, and an example
//! that a test runs. The parser checks parameters by these rows, and the API, the command line and
//! `docs/src/transform-list.md` show them.

mod table;

pub use table::ROWS;

use serde_json::{Map, Value, json};

/// The transforms, as the parser tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::domain::transform) enum Key {
    Value,
    BeforeAt,
    ImageUrlResolver,
    Trim,
    Lower,
    Upper,
    Truncate,
    Concat,
    Template,
    Split,
    Coalesce,
    Default,
    ValueMap,
    LookupId,
    LookupName,
    DateOnly,
    DateFormat,
    Epoch,
    ToInteger,
    ToDecimal,
    Money,
    Boolean,
    RegexExtract,
    RegexReplace,
    GradeLetter,
    Json,
    Cel,
    Chain,
}

/// A transform.
#[derive(Debug)]
pub struct Row {
    pub(super) key: Key,
    /// Its name, the `type` of a rule.
    pub name: &'static str,
    /// What it does, in one or two sentences.
    pub meaning: &'static str,
    /// Its parameters; others are refused.
    pub parameters: &'static [Parameter],
    /// How it is used.
    pub example: Example,
    /// False if it needs what the files of a bulk read do not hold: the name of a look-up, or the list of a field.
    pub(super) fits_bulk: bool,
}

/// A parameter of a transform.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// The values that it takes.
    pub accepts: Accepts,
    /// True if the transform is refused without it.
    pub required: bool,
    /// Its value if it is absent, as JSON text; `None` if it then has no effect.
    pub default: Option<&'static str>,
    /// What it means.
    pub meaning: &'static str,
}

/// The values of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepts {
    /// True or false.
    Flag,
    /// One of these words; without one, the first.
    Word(&'static [&'static str]),
    /// A text.
    Text {
        /// Fewest bytes.
        least: usize,
        /// Most bytes.
        most: usize,
    },
    /// A whole number.
    Whole {
        /// The least.
        from: u32,
        /// The greatest.
        to: u32,
    },
    /// A number of at most 60 digits.
    Number,
    /// A list of texts that are not empty.
    Texts {
        /// Most texts; at least one.
        most: usize,
    },
    /// A text, a number, true or false.
    Scalar,
    /// An object whose values are texts, numbers, true, false or null.
    Map {
        /// Most entries.
        most: usize,
    },
    /// A list of transforms.
    Steps {
        /// Most transforms; at least one.
        most: usize,
    },
    /// As these words say.
    Other(&'static str),
}

impl Accepts {
    /// The type in one word or two: `boolean`, `word`, `text`, `integer`, `number`, `list of texts`, `scalar`, `object`,
    /// `list of transforms`, or `other`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Flag => "boolean",
            Self::Word(_) => "word",
            Self::Text { .. } => "text",
            Self::Whole { .. } => "integer",
            Self::Number => "number",
            Self::Texts { .. } => "list of texts",
            Self::Scalar => "scalar",
            Self::Map { .. } => "object",
            Self::Steps { .. } => "list of transforms",
            Self::Other(_) => "other",
        }
    }

    /// The values in words, as they follow "must be".
    pub fn words(self) -> String {
        match self {
            Self::Flag => "true or false".into(),
            Self::Word(words) => {
                let shown = words.iter().map(|word| if word.is_empty() { "\"\"" } else { word });
                shown.collect::<Vec<_>>().join(", ")
            }
            Self::Text { least: 0, most } => format!("a text of at most {most} bytes"),
            Self::Text { least, most } => format!("a text of {least} to {most} bytes"),
            Self::Whole { from, to } => format!("{from} to {to}"),
            Self::Number => "a number".into(),
            Self::Texts { most } => format!("a list of 1 to {most} texts"),
            Self::Scalar => "a text, number, true or false".into(),
            Self::Map { most } => format!(
                "an object of at most {most} entries whose values are texts, numbers, true, false or null"
            ),
            Self::Steps { most } => format!("a list of 1 to {most} transforms"),
            Self::Other(words) => words.into(),
        }
    }
}

/// A transform in use. All four are JSON texts.
#[derive(Debug)]
pub struct Example {
    /// The parameters.
    pub params: &'static str,
    /// The fields of the record that it reads besides the row's own.
    pub record: &'static str,
    /// The value of the row's own field.
    pub value: &'static str,
    /// The result.
    pub result: &'static str,
}

impl Row {
    /// Finds a transform by its name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ROWS.iter().find(|row| row.name == name)
    }

    /// Returns the rule of the example, as a mapping holds it.
    pub fn example_rule(&self) -> Map<String, Value> {
        let params: Value = serde_json::from_str(self.example.params).unwrap_or_default();
        let mut rule = Map::new();
        rule.insert("type".into(), json!(self.name));
        if params.as_object().is_some_and(|params| !params.is_empty()) {
            rule.insert("params".into(), params);
        }
        rule
    }

    /// Returns the record of the example.
    pub fn example_record(&self) -> Map<String, Value> {
        serde_json::from_str(self.example.record).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;

//! Transforms: pure functions from a source value to a canonical one, chosen and parametrised as JSON. They are
//! bounded in steps, size and work, and whatever can be refused is refused on save (docs/src/transforms.md,
//! "Limits"). There is no clock and no thread: the budget of an expression is counted, so that a record has the same
//! outcome on every machine.

mod cel;
mod choice;
mod date;
mod number;
mod page;
mod parse;
mod pattern;
mod pick;
mod row;
mod text;

pub use {
    number::Decimal,
    page::page,
    row::{Accepts, Example, Parameter, ROWS, Row},
};

use {
    super::{
        code::{self, Code},
        field::FieldType,
        invisible::{is_invisible, shown},
        record::SourceRecord,
    },
    serde_json::Value,
    std::fmt,
};

/// Largest text that a step takes or returns, in bytes.
pub const TEXT_MAX: usize = 64 * 1024;
/// Steps of a chain.
pub const STEPS_MAX: usize = 12;

/// Why a value could not be transformed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `TRANSFORM_FAILED` or `TRANSFORM_BUDGET`.
    pub code: Code,
    /// In words, lower case.
    pub reason: String,
}

impl Failure {
    fn new(reason: impl Into<String>) -> Self {
        Self { code: code::TRANSFORM_FAILED, reason: reason.into() }
    }

    /// The failure of a transform that needs more work or memory than it may.
    fn budget(reason: impl Into<String>) -> Self {
        Self { code: code::TRANSFORM_BUDGET, reason: reason.into() }
    }
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self::new(reason)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// The kind of a value, as far as it is known beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Any,
    /// Text.
    Text,
    /// A date, or a date and time, as text.
    Date,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Decimal,
    /// True or false.
    Boolean,
    /// An object or a list: a look-up, an image, a subform.
    Structure,
}

impl Kind {
    /// In words, for messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Text => "text",
            Self::Date => "date",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Boolean => "boolean",
            Self::Structure => "object or list",
        }
    }

    /// Says whether a value of this kind can be stored in a canonical field.
    pub const fn fits(self, field: FieldType) -> bool {
        match field {
            FieldType::String => !matches!(self, Self::Structure),
            FieldType::Date => matches!(self, Self::Any | Self::Text | Self::Date),
            FieldType::Integer => matches!(self, Self::Any | Self::Text | Self::Integer),
            FieldType::Decimal => {
                matches!(self, Self::Any | Self::Text | Self::Integer | Self::Decimal)
            }
        }
    }

    /// The kind of a value.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Any,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) if number.is_f64() => Self::Decimal,
            Value::Number(_) => Self::Integer,
            Value::String(_) => Self::Text,
            Value::Array(_) | Value::Object(_) => Self::Structure,
        }
    }
}

/// One step.
#[derive(Debug, Clone)]
enum Step {
    Value,
    Text(text::TextStep),
    Compose(text::Compose),
    Choice(choice::ChoiceStep),
    Pick(pick::PickStep),
    Date(date::DateStep),
    Number(number::NumberStep),
    Pattern(pattern::PatternStep),
    Cel(Box<cel::Expression>),
}

/// A parsed transform: one step or a chain of them.
#[derive(Debug, Clone)]
pub struct Transform {
    steps: Vec<(&'static Row, Step)>,
}

/// The value after a step, for a preview.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced {
    /// The step's name.
    pub name: &'static str,
    /// Its result.
    pub value: Value,
}

/// True for what counts as no value: null, "" and Zoho's "-None-".
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty() || text == "-None-",
        _ => false,
    }
}

impl Transform {
    /// Returns the fields that it reads besides the row's own, in the order of their use.
    pub fn sources(&self) -> Vec<&str> {
        self.steps.iter().flat_map(|(_, step)| step.sources()).collect()
    }

    /// Returns the fields on which the result depends, each once; `own` is the field of the row. A step that takes
    /// its value from elsewhere discards what came before it.
    pub fn reads<'a>(&'a self, own: &'a str) -> Vec<&'a str> {
        let mut fields = vec![own];
        for (_, step) in &self.steps {
            if !step.takes_input() {
                fields.clear();
            }
            for field in step.sources() {
                if !fields.contains(&field) {
                    fields.push(field);
                }
            }
        }
        fields
    }

    /// Returns the names of its steps.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.steps.iter().map(|(row, _)| row.name)
    }

    /// True if a look-up without its name and a field without its list give the same result.
    pub fn fits_bulk(&self) -> bool {
        self.steps.iter().all(|(row, _)| row.fits_bulk)
    }

    /// True if the row's own field is not read: the first step takes its value from elsewhere.
    pub fn ignores_input(&self) -> bool {
        matches!(
            self.steps.first(),
            Some((_, Step::Compose(_) | Step::Choice(choice::ChoiceStep::Coalesce { .. })))
        )
    }

    /// True if a step limits the length of its result.
    pub fn shortens(&self) -> bool {
        self.steps.iter().any(|(_, step)| matches!(step, Step::Text(step) if step.shortens()))
    }

    /// Returns the kind of the result for a value of a kind, or which step cannot take the result of the one before.
    pub fn kind(&self, input: Kind) -> Result<Kind, String> {
        let mut kind = input;
        for (index, (row, step)) in self.steps.iter().enumerate() {
            if !step.takes(kind) {
                let from = match index.checked_sub(1).and_then(|before| self.steps.get(before)) {
                    Some((before, _)) => format!("{} gives", before.name),
                    None => "the field is".into(),
                };
                let article = match kind {
                    Kind::Integer => "an integer",
                    Kind::Date => "a date",
                    Kind::Decimal => "a decimal",
                    Kind::Boolean => "true or false",
                    Kind::Structure => "an object or list",
                    Kind::Any | Kind::Text => "a text",
                };
                return Err(format!(
                    "step {} ({}) cannot take what {from}: {article}",
                    index + 1,
                    row.name
                ));
            }
            kind = step.gives(kind);
        }
        Ok(kind)
    }

    /// Returns the words that its value maps contain.
    pub fn mapped_words(&self) -> Vec<&str> {
        let words = self.steps.iter().filter_map(|(_, step)| match step {
            Step::Choice(step) => Some(step.words()),
            _ => None,
        });
        words.flatten().collect()
    }

    /// Tells its value maps the choices of a field, stored and displayed: an entry for the displayed word also holds
    /// for the stored one, unless the stored one has an entry of its own.
    pub fn learn(&mut self, choices: &[(String, String)]) {
        for (_, step) in &mut self.steps {
            if let Step::Choice(step) = step {
                step.learn(choices);
            }
        }
    }

    /// Applies it to a value of a record. Null passes through, except where a step makes something of it.
    ///
    /// # Errors
    /// The number of the step, from 1, and why.
    pub fn apply(&self, value: &Value, record: &SourceRecord) -> Result<Value, (usize, Failure)> {
        self.trace(value, record, &mut |_, _| {})
    }

    /// The same, telling the value after each step.
    ///
    /// # Errors
    /// The number of the step, from 1, and why.
    pub fn trace(
        &self,
        value: &Value,
        record: &SourceRecord,
        tell: &mut dyn FnMut(&'static str, &Value),
    ) -> Result<Value, (usize, Failure)> {
        let mut result = None;
        for (index, (row, step)) in self.steps.iter().enumerate() {
            let after = step
                .apply(result.as_ref().unwrap_or(value), record)
                .and_then(bounded)
                .map_err(|failure| (index + 1, failure))?;
            tell(row.name, &after);
            result = Some(after);
        }
        Ok(result.unwrap_or_else(|| value.clone()))
    }
}

impl Step {
    /// False for a step that ignores the value of the chain so far.
    fn takes_input(&self) -> bool {
        match self {
            Self::Compose(_) | Self::Choice(choice::ChoiceStep::Coalesce { .. }) => false,
            Self::Cel(step) => step.reads_input(),
            _ => true,
        }
    }

    fn sources(&self) -> Vec<&str> {
        match self {
            Self::Compose(step) => step.sources(),
            Self::Choice(step) => step.sources(),
            Self::Number(step) => step.sources(),
            Self::Cel(step) => step.sources(),
            _ => Vec::new(),
        }
    }

    const fn takes(&self, kind: Kind) -> bool {
        match self {
            Self::Value | Self::Compose(_) | Self::Cel(_) => true,
            Self::Text(_) | Self::Pattern(_) => !matches!(kind, Kind::Boolean | Kind::Structure),
            Self::Choice(step) => step.takes(kind),
            Self::Pick(step) => step.takes(kind),
            Self::Date(_) => matches!(kind, Kind::Any | Kind::Text | Kind::Date),
            Self::Number(_) => {
                matches!(kind, Kind::Any | Kind::Text | Kind::Integer | Kind::Decimal)
            }
        }
    }

    const fn gives(&self, input: Kind) -> Kind {
        match self {
            Self::Value => input,
            Self::Text(_) | Self::Compose(_) | Self::Pattern(_) => Kind::Text,
            Self::Choice(step) => step.gives(input),
            Self::Pick(_) => Kind::Text,
            Self::Date(step) => step.gives(),
            Self::Number(step) => step.gives(),
            Self::Cel(_) => Kind::Any,
        }
    }

    fn apply(&self, value: &Value, record: &SourceRecord) -> Result<Value, Failure> {
        match self {
            Self::Compose(step) => step.apply(record),
            Self::Choice(step) => step.apply(value, record),
            Self::Cel(step) => step.apply(value, record),
            _ if is_empty(value) => Ok(Value::Null),
            Self::Value => Ok(value.clone()),
            Self::Text(step) => step.apply(&text_of(value)?),
            Self::Pattern(step) => step.apply(&text_of(value)?),
            Self::Pick(step) => step.apply(value),
            Self::Date(step) => step.apply(&text_of(value)?),
            Self::Number(step) => step.apply(value, record),
        }
    }
}

/// Refuses a text that is too long; a value that is only passed on was checked where it was made.
fn bounded(value: Value) -> Result<Value, Failure> {
    match &value {
        Value::String(text) if text.len() > TEXT_MAX => {
            Err(Failure::budget(format!("the result is over {TEXT_MAX} bytes")))
        }
        _ => Ok(value),
    }
}

/// Returns the text of a value that has exactly one: a text, a number in its normal form, true or false.
fn text_of(value: &Value) -> Result<String, Failure> {
    match value {
        Value::String(text) if text.len() > TEXT_MAX => {
            Err(Failure::budget(format!("the text is over {TEXT_MAX} bytes")))
        }
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number::plain(number)),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Null => Ok(String::new()),
        Value::Array(_) | Value::Object(_) => {
            Err(Failure::new(format!("{} is not a text", shown(&value.to_string()))))
        }
    }
}

/// The text of a scalar: `7` for 7.0; `None` for a structure.
pub fn plain_text(value: &Value) -> Option<String> {
    text_of(value).ok()
}

/// Arabic-Indic digits and separators to their western form; what cannot be seen is left out.
fn western(text: &str) -> String {
    let digit =
        |c: char, zero: char| char::from_digit(u32::from(c) - u32::from(zero), 10).unwrap_or(c);
    text.chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| match c {
            '٠'..='٩' => digit(c, '٠'),
            '۰'..='۹' => digit(c, '۰'),
            '٫' => '.',
            '٬' => ',',
            other => other,
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests;

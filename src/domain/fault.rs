//! What is wrong with one field of a request: the kinds of fault, their stable words and their texts. The words and
//! texts are those that the first clients know (docs/src/rest.md, "Validation errors").

use crate::domain::code::Code;
use serde_json::{Value, json};
use std::fmt;

/// Greatest number of faults in one answer: more are of no use to a reader, and a request may have a hundred
/// thousand.
pub const FAULTS_MAX: usize = 100;

/// A refused field: its path from the root of the request and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Such as `schedule_mode` or `mappings[0].canonical_field`.
    pub field: String,
    /// What is wrong.
    pub fault: Fault,
}

impl FieldFault {
    /// Names a field and its fault.
    pub fn new(field: impl Into<String>, fault: Fault) -> Self {
        Self { field: field.into(), fault }
    }
}

/// The kinds of fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The field is required.
    Missing,
    /// Fewer characters than allowed.
    TooShort {
        /// Fewest allowed.
        min: usize,
    },
    /// More characters than allowed.
    TooLong {
        /// Most allowed.
        max: usize,
    },
    /// The text has characters that are not allowed.
    Pattern {
        /// The regular expression that would match.
        pattern: &'static str,
    },
    /// Not one of a few words.
    Literal {
        /// The words that would be accepted.
        expected: &'static [&'static str],
    },
    /// A number below the least allowed.
    Below {
        /// Least allowed.
        min: i64,
    },
    /// A number above the greatest allowed.
    Above {
        /// Greatest allowed.
        max: i64,
    },
    /// More elements than allowed.
    TooMany {
        /// Most allowed.
        max: usize,
        /// How many were sent.
        actual: usize,
    },
    /// Anything else; the reason in words, lower case, no full stop.
    Value(String),
    /// The same with a stable word of its own, such as `MAPPING_FIELD_UNKNOWN`.
    Coded {
        /// The word.
        code: Code,
        /// In words, lower case, no full stop.
        reason: String,
    },
}

impl Fault {
    /// The stable word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::TooShort { .. } => "string_too_short",
            Self::TooLong { .. } => "string_too_long",
            Self::Pattern { .. } => "string_pattern_mismatch",
            Self::Literal { .. } => "literal_error",
            Self::Below { .. } => "greater_than_equal",
            Self::Above { .. } => "less_than_equal",
            Self::TooMany { .. } => "too_long",
            Self::Value(_) | Self::Coded { .. } => "value_error",
        }
    }

    /// The text for people.
    pub fn message(&self) -> String {
        match self {
            Self::Missing => "Field required".into(),
            Self::TooShort { min } => {
                format!(
                    "String should have at least {min} character{}",
                    if *min == 1 { "" } else { "s" }
                )
            }
            Self::TooLong { max } => format!("String should have at most {max} characters"),
            Self::Pattern { pattern } => format!("String should match pattern '{pattern}'"),
            Self::Literal { expected } => format!("Input should be {}", one_of(expected)),
            Self::Below { min } => format!("Input should be greater than or equal to {min}"),
            Self::Above { max } => format!("Input should be less than or equal to {max}"),
            Self::TooMany { max, actual } => {
                format!("List should have at most {max} items after validation, not {actual}")
            }
            Self::Value(reason) | Self::Coded { reason, .. } => format!("Value error, {reason}"),
        }
    }

    /// The limit or reason as data, when there is one.
    pub fn context(&self) -> Option<Value> {
        Some(match self {
            Self::Missing => return None,
            Self::TooShort { min } => json!({ "min_length": min }),
            Self::TooLong { max } => json!({ "max_length": max }),
            Self::Pattern { pattern } => json!({ "pattern": pattern }),
            Self::Literal { expected } => json!({ "expected": one_of(expected) }),
            Self::Below { min } => json!({ "ge": min }),
            Self::Above { max } => json!({ "le": max }),
            Self::TooMany { max, actual } => {
                json!({ "field_type": "List", "max_length": max, "actual_length": actual })
            }
            Self::Value(reason) => json!({ "error": reason }),
            Self::Coded { code, reason } => json!({ "error": reason, "code": code.word() }),
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_those_of_the_contract() {
        let mode = Fault::Literal { expected: &["manual", "cron", "webhook"] };
        assert_eq!(mode.message(), "Input should be 'manual', 'cron' or 'webhook'");
        assert_eq!(
            Fault::TooLong { max: 100 }.message(),
            "String should have at most 100 characters"
        );
        assert_eq!(Fault::TooLong { max: 100 }.context(), Some(json!({ "max_length": 100 })));
        assert_eq!(Fault::Below { min: 0 }.message(), "Input should be greater than or equal to 0");
        assert_eq!(Fault::Above { max: 200 }.context(), Some(json!({ "le": 200 })));
    }
}

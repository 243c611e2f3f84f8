//! Transforms: pure functions from a source value to a canonical one, chosen and parametrised as JSON. Bounded in steps
//! and in size; what is refused is refused on save (engine.md, section 5.2).

mod parse;

use {
    super::mapping::is_decimal,
    serde_json::{Map, Value},
    std::collections::HashMap,
};

/// Largest result, in bytes.
const OUTPUT_MAX: usize = 64 * 1024;

/// The known transforms: name, parameters, meaning.
pub const KNOWN: &[(&str, &str, &str)] = &[
    ("value", "", "the value as it is"),
    ("before_at", "", "the part before the @; a text without @ stays"),
    ("image_url_resolver", "prefer: first|last", "an image field to its address or reference"),
    ("trim", "collapse: true", "white space off both ends, runs of it to one space"),
    ("lower", "", "lower case"),
    ("upper", "", "upper case"),
    ("truncate", "max, ellipsis: false", "at most so many characters"),
    ("concat", "sources, sep: \" \", skip_empty: true", "several fields, joined"),
    ("split", "on, take: first|last|rest|NUMBER", "one part of a text"),
    ("coalesce", "sources", "the first field that is not empty"),
    ("default", "value", "a value where there is none"),
    ("value_map", "map, else: keep|null|fail, case: false", "one word for another"),
    ("lookup_id", "", "the id of a look-up field"),
    ("lookup_name", "", "the name of a look-up field"),
    ("date_only", "", "the first ten characters of a date and time"),
    ("to_integer", "", "a whole number from text"),
    ("to_decimal", "decimal: .|,", "a decimal number from text, as text"),
    ("json", "", "anything as JSON text"),
    ("chain", "steps", "several transforms, one after the other"),
];

/// A parsed transform.
#[derive(Debug, Clone, PartialEq)]
pub enum Transform {
    /// See `KNOWN`, also for the others.
    Value,
    /// The part before the `@`.
    BeforeAt,
    /// Image field to address.
    ImageUrl {
        /// Take the last image, not the first.
        last: bool,
    },
    /// White space.
    Trim {
        /// Runs of it to one space.
        collapse: bool,
    },
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// Cut.
    Truncate {
        /// Characters kept.
        max: usize,
        /// End in `…` where something was cut.
        ellipsis: bool,
    },
    /// Join.
    Concat {
        /// Fields.
        sources: Vec<String>,
        /// Between them.
        sep: String,
        /// Leave out empty ones.
        skip_empty: bool,
    },
    /// Part of a text.
    Split {
        /// Where to cut.
        on: String,
        /// Which part.
        take: Take,
    },
    /// First that is not empty.
    Coalesce {
        /// Fields.
        sources: Vec<String>,
    },
    /// Where there is none.
    Default {
        /// The value.
        value: Value,
    },
    /// Word for word.
    ValueMap {
        /// From the value, in lower case unless case counts, to the new one.
        map: HashMap<String, Value>,
        /// What becomes of others.
        other: Other,
        /// True when case counts.
        case: bool,
    },
    /// Id of a look-up.
    LookupId,
    /// Name of a look-up.
    LookupName,
    /// First ten characters.
    DateOnly,
    /// Whole number.
    ToInteger,
    /// Decimal number.
    ToDecimal {
        /// True when the comma separates the fraction.
        comma: bool,
    },
    /// JSON text.
    Json,
    /// One after the other.
    Chain(Vec<Transform>),
}

/// Which part of a split text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// The first.
    First,
    /// The last.
    Last,
    /// All but the first.
    Rest,
    /// This one, from 0.
    Nth(usize),
}

/// What a value map does with a value that it does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Other {
    /// Leaves it.
    Keep,
    /// Empties it.
    Null,
    /// Fails.
    Fail,
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
    /// Returns the fields that it reads besides the row's own.
    pub fn sources(&self) -> Vec<&str> {
        match self {
            Self::Concat { sources, .. } | Self::Coalesce { sources } => {
                sources.iter().map(String::as_str).collect()
            }
            Self::Chain(steps) => steps.iter().flat_map(Self::sources).collect(),
            _ => Vec::new(),
        }
    }

    /// True when a look-up without its name and a field without its list give the same result.
    pub fn fits_bulk(&self) -> bool {
        match self {
            Self::LookupName | Self::Json => false,
            Self::Chain(steps) => steps.iter().all(Self::fits_bulk),
            _ => true,
        }
    }

    /// Applies it to a value of a record. Null passes through, except where a transform makes something of it.
    pub fn apply(&self, value: &Value, record: &Map<String, Value>) -> Result<Value, String> {
        let result = match self {
            Self::Chain(steps) => {
                steps.iter().try_fold(value.clone(), |value, step| step.apply(&value, record))?
            }
            Self::Concat { sources, sep, skip_empty } => concat(sources, sep, *skip_empty, record)?,
            Self::Coalesce { sources } => {
                let first = sources
                    .iter()
                    .filter_map(|name| record.get(name))
                    .find(|value| !is_empty(value));
                first.cloned().unwrap_or(Value::Null)
            }
            Self::Default { value: default } if is_empty(value) => default.clone(),
            _ if is_empty(value) => Value::Null,
            Self::Value | Self::Default { .. } => value.clone(),
            Self::Json => Value::String(value.to_string()),
            Self::ImageUrl { last } => image(value, *last),
            Self::LookupId => lookup(value, "id")?,
            Self::LookupName => lookup(value, "name")?,
            Self::ValueMap { map, other, case } => map_value(value, map, *other, *case)?,
            other => other.apply_text(&text_of(value)?)?,
        };
        if matches!(&result, Value::String(text) if text.len() > OUTPUT_MAX) {
            return Err(format!("the result is over {OUTPUT_MAX} bytes"));
        }
        Ok(result)
    }

    fn apply_text(&self, text: &str) -> Result<Value, String> {
        Ok(Value::String(match self {
            Self::BeforeAt => text.split('@').next().unwrap_or_default().to_owned(),
            Self::Trim { collapse: true } => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Self::Trim { collapse: false } => text.trim().to_owned(),
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
            Self::Truncate { max, ellipsis } => truncate(text, *max, *ellipsis),
            Self::Split { on, take } => return Ok(split(text, on, *take)),
            Self::DateOnly => {
                let day: String = text.chars().take(10).collect();
                if chrono::NaiveDate::parse_from_str(&day, "%Y-%m-%d").is_err() {
                    return Err(format!("'{day}' is no date of the form YYYY-MM-DD"));
                }
                day
            }
            Self::ToInteger => {
                let digits = western(text.trim());
                let number: i64 =
                    digits.parse().map_err(|_| format!("'{}' is no whole number", shown(text)))?;
                return Ok(Value::from(number));
            }
            Self::ToDecimal { comma } => {
                let digits = western(text.trim());
                let plain = if *comma {
                    digits.replace('.', "").replace(',', ".")
                } else {
                    digits.replace(',', "")
                };
                if !is_decimal(&plain) {
                    return Err(format!("'{}' is no decimal number", shown(text)));
                }
                plain
            }
            _ => text.to_owned(),
        }))
    }
}

fn text_of(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err(format!("{} is no text", shown(&value.to_string()))),
    }
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

fn concat(
    sources: &[String],
    sep: &str,
    skip_empty: bool,
    record: &Map<String, Value>,
) -> Result<Value, String> {
    let mut parts = Vec::with_capacity(sources.len());
    for name in sources {
        match record.get(name).filter(|value| !is_empty(value)) {
            Some(value) => parts.push(text_of(value)?),
            None if skip_empty => {}
            None => parts.push(String::new()),
        }
    }
    Ok(if parts.iter().all(String::is_empty) {
        Value::Null
    } else {
        Value::String(parts.join(sep))
    })
}

fn truncate(text: &str, max: usize, ellipsis: bool) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    if ellipsis {
        text.chars().take(max.saturating_sub(1)).chain(['…']).collect()
    } else {
        text.chars().take(max).collect()
    }
}

fn split(text: &str, on: &str, take: Take) -> Value {
    let part = match take {
        Take::First => text.split(on).next(),
        Take::Last => text.rsplit(on).next(),
        Take::Rest => text.split_once(on).map(|(_, rest)| rest),
        Take::Nth(n) => text.split(on).nth(n),
    };
    part.map_or(Value::Null, |part| Value::String(part.to_owned()))
}

/// An image field is a text, an object, or a list of objects with an address or a reference.
fn image(value: &Value, last: bool) -> Value {
    let one = match value {
        Value::Array(items) if last => items.last(),
        Value::Array(items) => items.first(),
        other => Some(other),
    };
    let keys = ["download_Url", "url", "link_url", "Preview_Id__s", "File_Id__s", "id"];
    match one {
        Some(Value::String(text)) => Value::String(text.clone()),
        Some(Value::Object(map)) => keys
            .iter()
            .filter_map(|key| map.get(*key))
            .find(|value| value.as_str().is_some_and(|text| !text.is_empty()))
            .cloned()
            .unwrap_or(Value::Null),
        _ => Value::Null,
    }
}

fn lookup(value: &Value, key: &str) -> Result<Value, String> {
    match value {
        Value::String(_) => Ok(value.clone()),
        Value::Number(number) => Ok(Value::String(number.to_string())),
        Value::Object(map) => match map.get(key) {
            None | Some(Value::Null) => Ok(Value::Null),
            Some(found) => text_of(found).map(Value::String),
        },
        _ => Err(format!("{} is no look-up", shown(&value.to_string()))),
    }
}

fn map_value(
    value: &Value,
    map: &HashMap<String, Value>,
    other: Other,
    case: bool,
) -> Result<Value, String> {
    let text = text_of(value)?;
    let key = if case { text.clone() } else { text.to_lowercase() };
    match (map.get(&key), other) {
        (Some(found), _) => Ok(found.clone()),
        (None, Other::Keep) => Ok(value.clone()),
        (None, Other::Null) => Ok(Value::Null),
        (None, Other::Fail) => Err(format!("'{}' is not in the value map", shown(&text))),
    }
}

/// Arabic-Indic digits and separators to their western form.
fn western(text: &str) -> String {
    let digit =
        |c: char, zero: char| char::from_digit(u32::from(c) - u32::from(zero), 10).unwrap_or(c);
    text.chars()
        .map(|c| match c {
            '٠'..='٩' => digit(c, '٠'),
            '۰'..='۹' => digit(c, '۰'),
            '٫' => '.',
            '٬' => ',',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json};

    fn apply(rules: Value, value: Value) -> Result<Value, String> {
        let Value::Object(rules) = rules else { panic!("an object") };
        let Value::Object(record) = json!({"First": "Sara", "Last": "Haddad", "None": "-None-"})
        else {
            panic!()
        };
        Transform::parse(&rules)?.expect("a transform").apply(&value, &record)
    }

    #[test]
    fn transforms_do_what_they_say() {
        let cases = [
            (json!({"type": "before_at"}), json!("sara@x.edu"), json!("sara")),
            (json!({"type": "before_at"}), json!("sara"), json!("sara")),
            (json!({"type": "before_at"}), json!(null), json!(null)),
            (json!({"type": "trim"}), json!("  Al  Noor "), json!("Al Noor")),
            (json!({"type": "upper"}), json!("ali"), json!("ALI")),
            (json!({"type": "truncate", "params": {"max": 3}}), json!("سارة"), json!("سار")),
            (
                json!({"type": "concat", "params": {"sources": ["First", "None", "Last"]}}),
                json!(null),
                json!("Sara Haddad"),
            ),
            (
                json!({"type": "coalesce", "params": {"sources": ["None", "Last"]}}),
                json!(null),
                json!("Haddad"),
            ),
            (
                json!({"type": "split", "params": {"on": " ", "take": "rest"}}),
                json!("Sara Al Haddad"),
                json!("Al Haddad"),
            ),
            (
                json!({"type": "split", "params": {"on": " ", "take": 5}}),
                json!("Sara"),
                json!(null),
            ),
            (json!({"type": "default", "params": {"value": "x"}}), json!("-None-"), json!("x")),
            (
                json!({"type": "value_map", "params": {"map": {"Freezed": "Suspended"}}}),
                json!("freezed"),
                json!("Suspended"),
            ),
            (json!({"type": "lookup_id"}), json!({"id": "53", "name": "A"}), json!("53")),
            (json!({"type": "lookup_name"}), json!({"id": "53", "name": "A"}), json!("A")),
            (json!({"type": "date_only"}), json!("2026-09-01T23:30:00+03:00"), json!("2026-09-01")),
            (json!({"type": "to_integer"}), json!("١٥"), json!(15)),
            (
                json!({"type": "to_decimal", "params": {"decimal": ","}}),
                json!("1.234,5"),
                json!("1234.5"),
            ),
            (json!({"type": "json"}), json!([{"a": "ب"}]), json!("[{\"a\":\"ب\"}]")),
            (json!({"type": "image_url_resolver"}), json!([{"File_Id__s": "f"}]), json!("f")),
            (
                json!({"type": "chain", "params": {"steps": [{"type": "before_at"}, {"type": "lower"}]}}),
                json!("SARA@x"),
                json!("sara"),
            ),
        ];
        for (rules, value, wanted) in cases {
            assert_eq!(apply(rules.clone(), value), Ok(wanted), "{rules}");
        }
    }

    #[test]
    fn wrong_rules_are_refused_by_name() {
        let bad = [
            json!({"type": "magic"}),
            json!({"params": {}}),
            json!({"type": "trim", "params": {"x": 1}}),
            json!({"type": "trim", "extra": 1}),
            json!({"type": "truncate"}),
            json!({"type": "split", "params": {"on": ""}}),
            json!({"type": "chain", "params": {"steps": []}}),
            json!({"type": "chain", "params": {"steps": [{"type": "chain", "params": {"steps": [{"type": "lower"}]}}]}}),
            json!({"type": "before_at", "description": 1}),
        ];
        for rules in bad {
            assert!(apply(rules.clone(), json!("x")).is_err(), "{rules}");
        }
        assert!(apply(json!({"type": "magic"}), json!("")).unwrap_err().contains("before_at"));
    }

    #[test]
    fn wrong_values_fail_with_a_reason() {
        assert!(apply(json!({"type": "to_integer"}), json!("15 pt")).is_err());
        assert!(apply(json!({"type": "lower"}), json!({"id": 1})).is_err());
        let map = json!({"type": "value_map", "params": {"map": {}, "else": "fail"}});
        assert!(apply(map, json!("x")).unwrap_err().contains("'x'"));
        let long = "x".repeat(OUTPUT_MAX + 1);
        assert!(apply(json!({"type": "upper"}), json!(long)).is_err());
    }
}

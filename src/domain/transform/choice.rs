//! Steps that choose: the first value that is not empty, another word for a word, true or false, the letter of a
//! grade.

use {
    super::{
        Failure, Kind, is_empty, number::Decimal, parse::Params, shown, text::field, text_of,
        western,
    },
    crate::domain::record::SourceRecord,
    serde_json::{Map, Value},
    std::{cmp::Ordering, collections::HashMap},
};

/// Entries of a value map.
pub(super) const ENTRIES_MAX: usize = 500;
/// Rows of a grade scale.
const SCALE_MAX: usize = 20;
const TRUE: [&str; 8] = ["true", "yes", "1", "y", "t", "on", "نعم", "evet"];
const FALSE: [&str; 8] = ["false", "no", "0", "n", "f", "off", "لا", "hayır"];

#[derive(Debug, Clone)]
pub(super) enum ChoiceStep {
    Coalesce { sources: Vec<String> },
    Default { value: Value },
    Map(ValueMap),
    Boolean { yes: Vec<String>, no: Vec<String>, other: Option<Value> },
    Grade(Scale),
}

/// Replaces words by others.
#[derive(Debug, Clone)]
pub(super) struct ValueMap {
    /// The words as they were written.
    words: Vec<String>,
    /// From the word, in lower case unless case matters, to the value.
    map: HashMap<String, Value>,
    other: Other,
    case: bool,
}

/// What a value map does with a value that is not in it.
#[derive(Debug, Clone, PartialEq)]
enum Other {
    Keep,
    Fail,
    Value(Value),
}

/// How a grade is turned into a letter.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    words: bool,
    /// The lower limits with their letters, highest first.
    rows: Vec<(Decimal, String)>,
    /// The letter for a missing grade.
    missing: Option<String>,
}

fn is_scalar(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

impl ChoiceStep {
    pub(super) fn coalesce(params: &mut Params) -> Result<Self, String> {
        Ok(Self::Coalesce { sources: params.sources()? })
    }

    pub(super) fn default(params: &mut Params) -> Result<Self, String> {
        let value = params.take("value").filter(is_scalar);
        Ok(Self::Default { value: value.ok_or_else(|| params.wrong("value"))? })
    }

    pub(super) fn value_map(params: &mut Params) -> Result<Self, String> {
        parse_map(params).map(Self::Map)
    }

    pub(super) fn boolean(params: &mut Params) -> Result<Self, String> {
        parse_boolean(params)
    }

    pub(super) fn grade_letter(params: &mut Params) -> Result<Self, String> {
        parse_scale(params).map(Self::Grade)
    }

    pub(super) fn sources(&self) -> Vec<&str> {
        match self {
            Self::Coalesce { sources } => sources.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn words(&self) -> Vec<&str> {
        match self {
            Self::Map(map) => map.words.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn learn(&mut self, choices: &[(String, String)]) {
        let Self::Map(map) = self else { return };
        for (stored, shown) in choices {
            let (stored, shown) = (map.key(stored), map.key(shown));
            if let (false, Some(value)) = (map.map.contains_key(&stored), map.map.get(&shown)) {
                map.map.insert(stored, value.clone());
            }
        }
    }

    pub(super) const fn takes(&self, kind: Kind) -> bool {
        match self {
            Self::Coalesce { .. } | Self::Default { .. } => true,
            Self::Map(_) => !matches!(kind, Kind::Structure),
            Self::Boolean { .. } => {
                matches!(kind, Kind::Any | Kind::Text | Kind::Integer | Kind::Boolean)
            }
            Self::Grade(_) => {
                matches!(kind, Kind::Any | Kind::Text | Kind::Integer | Kind::Decimal)
            }
        }
    }

    pub(super) const fn gives(&self, input: Kind) -> Kind {
        match self {
            // The values of a map may be of several kinds.
            Self::Coalesce { .. } | Self::Map(_) => Kind::Any,
            Self::Default { .. } => input,
            Self::Boolean { .. } => Kind::Boolean,
            Self::Grade(_) => Kind::Text,
        }
    }

    pub(super) fn apply(&self, value: &Value, record: &SourceRecord) -> Result<Value, Failure> {
        match self {
            Self::Coalesce { sources } => {
                let mut values = sources.iter().map(|name| field(record, name));
                let first = values.find(|value| !is_empty(value));
                Ok(first.map_or(Value::Null, std::borrow::Cow::into_owned))
            }
            Self::Default { value: default } if is_empty(value) => Ok(default.clone()),
            Self::Default { .. } => Ok(value.clone()),
            Self::Grade(scale) => scale.apply(value),
            _ if is_empty(value) => Ok(Value::Null),
            Self::Map(map) => map.apply(value),
            Self::Boolean { yes, no, other } => {
                let word = western(text_of(value)?.trim()).to_lowercase();
                if yes.contains(&word) {
                    Ok(Value::Bool(true))
                } else if no.contains(&word) {
                    Ok(Value::Bool(false))
                } else {
                    let reason = || format!("'{}' is neither true nor false", shown(&word));
                    other.clone().ok_or_else(|| Failure::new(reason()))
                }
            }
        }
    }
}

impl ValueMap {
    fn key(&self, word: &str) -> String {
        if self.case { word.to_owned() } else { word.to_lowercase() }
    }

    fn apply(&self, value: &Value) -> Result<Value, Failure> {
        let text = text_of(value)?;
        match (self.map.get(&self.key(&text)), &self.other) {
            (Some(found), _) => Ok(found.clone()),
            (None, Other::Keep) => Ok(value.clone()),
            (None, Other::Value(other)) => Ok(other.clone()),
            (None, Other::Fail) => {
                Err(Failure::new(format!("'{}' is not in the value map", shown(&text))))
            }
        }
    }
}

fn parse_map(params: &mut Params) -> Result<ValueMap, String> {
    let case = params.flag("case")?;
    let word = params.word("else")?;
    let given = params.take("value");
    let other = match (word, given) {
        ("keep", None) => Other::Keep,
        ("null", None) => Other::Value(Value::Null),
        ("fail", None) => Other::Fail,
        ("value", Some(value)) if is_scalar(&value) => Other::Value(value),
        ("value", _) => return Err(params.wrong("value")),
        _ => return Err("value_map: 'value' goes with else: value".into()),
    };
    let Some(Value::Object(entries)) = params.take("map") else { return Err(params.wrong("map")) };
    if entries.len() > ENTRIES_MAX || !entries.values().all(is_scalar) {
        return Err(params.wrong("map"));
    }
    let words: Vec<String> = entries.keys().cloned().collect();
    let fold = |key: String| if case { key } else { key.to_lowercase() };
    let map = entries.into_iter().map(|(key, value)| (fold(key), value)).collect();
    Ok(ValueMap { words, map, other, case })
}

fn parse_boolean(params: &mut Params) -> Result<ChoiceStep, String> {
    let mut words = |key: &str, known: [&str; 8]| -> Result<Vec<String>, String> {
        let given = params.texts(key)?;
        let given = given.unwrap_or_else(|| known.map(str::to_owned).to_vec());
        Ok(given.iter().map(|word| western(word.trim()).to_lowercase()).collect())
    };
    let (yes, no) = (words("true", TRUE)?, words("false", FALSE)?);
    if let Some(word) = yes.iter().find(|word| no.contains(word)) {
        return Err(format!("boolean: '{}' is in both lists", shown(word)));
    }
    let other = match params.take("else") {
        None => None,
        Some(Value::Bool(flag)) => Some(Value::Bool(flag)),
        Some(Value::String(word)) => match word.as_str() {
            "fail" => None,
            "null" => Some(Value::Null),
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => return Err(params.wrong("else")),
        },
        Some(_) => return Err(params.wrong("else")),
    };
    Ok(ChoiceStep::Boolean { yes, no, other })
}

/// The scales of grades (docs/src/mappings.md, "Grades"): raw marks of the plugin, and percent.
fn known_rows(from: &str) -> Vec<(Decimal, String)> {
    let rows: &[(i64, &str)] = match from {
        "percent" => &[(70, "D"), (60, "M"), (40, "P"), (0, "R")],
        _ => &[(4, "D"), (3, "M"), (2, "P")],
    };
    rows.iter().map(|(at, letter)| (Decimal::from(*at), (*letter).to_owned())).collect()
}

fn parse_scale(params: &mut Params) -> Result<Scale, String> {
    let from = params.word("from")?;
    let wrong = params.wrong("scale");
    let (rows, missing) = match params.take("scale") {
        None => (known_rows(from), None),
        Some(Value::String(name)) if name == "btec" => (known_rows(from), None),
        // The plug-in treats a missing grade as referred.
        Some(Value::String(name)) if name == "plugin" => (known_rows(from), Some("R".to_owned())),
        Some(Value::Object(scale)) if from != "word" => own_rows(&scale).ok_or(wrong)?,
        Some(_) => return Err(wrong),
    };
    Ok(Scale { words: from == "word", rows, missing })
}

type Rows = (Vec<(Decimal, String)>, Option<String>);

fn own_rows(scale: &Map<String, Value>) -> Option<Rows> {
    let letter = |value: &Value| {
        let text = value.as_str()?;
        (1..=20).contains(&text.chars().count()).then(|| text.to_owned())
    };
    let row = |row: &Value| {
        let row = row.as_object().filter(|row| row.len() == 2)?;
        Some((Decimal::of(row.get("at")?)?, letter(row.get("letter")?)?))
    };
    let items = scale.get("rows")?.as_array()?;
    let mut rows: Vec<(Decimal, String)> = items.iter().map(row).collect::<Option<_>>()?;
    if !(1..=SCALE_MAX).contains(&rows.len())
        || scale.keys().any(|key| key != "rows" && key != "null")
    {
        return None;
    }
    rows.sort_by(|(one, _), (other, _)| other.compare(one));
    let missing = match scale.get("null") {
        None | Some(Value::Null) => None,
        Some(value) => Some(letter(value)?),
    };
    Some((rows, missing))
}

impl Scale {
    fn apply(&self, value: &Value) -> Result<Value, Failure> {
        if is_empty(value) {
            return Ok(self.missing.clone().map_or(Value::Null, Value::String));
        }
        let text = text_of(value)?;
        if self.words {
            return word_letter(text.trim()).map(|letter| Value::String(letter.into()));
        }
        let number = Decimal::parse(western(text.trim()).as_str())
            .ok_or_else(|| Failure::new(format!("'{}' is not a grade", shown(&text))))?;
        // Moodle's "not graded".
        if number == Decimal::from(-1) {
            return Ok(Value::Null);
        }
        if number.is_negative() {
            return Err(Failure::new(format!("'{}' is not a grade", shown(&text))));
        }
        let row = self.rows.iter().find(|(at, _)| number.compare(at) != Ordering::Less);
        let letter = match row {
            Some((_, letter)) => letter.as_str(),
            None if number.is_zero() => "F",
            None => "R",
        };
        Ok(Value::String(letter.to_owned()))
    }
}

fn word_letter(word: &str) -> Result<&'static str, Failure> {
    const LETTERS: [(&str, &str); 12] = [
        ("distinction", "D"),
        ("merit", "M"),
        ("pass", "P"),
        ("refer", "R"),
        ("double refer", "RR"),
        ("fail", "F"),
        ("d", "D"),
        ("m", "M"),
        ("p", "P"),
        ("r", "R"),
        ("rr", "RR"),
        ("f", "F"),
    ];
    let folded = word.to_lowercase();
    let found = LETTERS.iter().find(|(known, _)| *known == folded).map(|(_, letter)| *letter);
    found.ok_or_else(|| Failure::new(format!("'{}' is not a grade", shown(word))))
}

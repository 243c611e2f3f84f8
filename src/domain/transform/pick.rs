//! Steps that take one part of a structure: the id of a look-up, the address of an image, a subform as text.

use {
    super::{Failure, Kind, TEXT_MAX, parse::Params, shown, text_of},
    serde_json::{Map, Value},
    url::Url,
};

#[derive(Debug, Clone)]
pub(super) enum PickStep {
    Image { last: bool, base: Option<Url> },
    LookupId,
    LookupName,
    Json { pick: Option<Vec<String>>, max_rows: usize },
}

impl PickStep {
    pub(super) fn json(params: &mut Params) -> Result<Self, String> {
        Ok(Self::Json {
            pick: params.texts("pick")?,
            max_rows: params.number("max_rows")? as usize,
        })
    }

    pub(super) fn image(params: &mut Params) -> Result<Self, String> {
        let base = params.optional("base")?.map(|text| Url::parse(&text)).transpose();
        let base = base
            .ok()
            .filter(|base| base.iter().all(|url| matches!(url.scheme(), "http" | "https")))
            .ok_or_else(|| params.wrong("base"))?;
        Ok(Self::Image { last: params.word("prefer")? == "last", base })
    }

    pub(super) const fn takes(&self, kind: Kind) -> bool {
        match self {
            Self::Json { .. } => true,
            Self::Image { .. } => matches!(kind, Kind::Any | Kind::Text | Kind::Structure),
            Self::LookupId | Self::LookupName => {
                matches!(kind, Kind::Any | Kind::Text | Kind::Integer | Kind::Structure)
            }
        }
    }

    pub(super) fn apply(&self, value: &Value) -> Result<Value, Failure> {
        match self {
            Self::Image { last, base } => Ok(image(value, *last, base.as_ref())),
            Self::LookupId => lookup(value, "id"),
            Self::LookupName => lookup(value, "name"),
            Self::Json { pick, max_rows } => json(value, pick.as_deref(), *max_rows),
        }
    }
}

/// An image field is a text, an object, or a list of objects with an address or a reference. A relative address is
/// completed by `base`.
fn image(value: &Value, last: bool, base: Option<&Url>) -> Value {
    let one = match value {
        Value::Array(items) if last => items.last(),
        Value::Array(items) => items.first(),
        other => Some(other),
    };
    let keys = ["download_Url", "url", "link_url", "Preview_Id__s", "File_Id__s", "id"];
    let text = match one {
        Some(Value::String(text)) => text.as_str(),
        Some(Value::Object(map)) => {
            let mut texts = keys.iter().filter_map(|key| map.get(*key)?.as_str());
            texts.find(|text| !text.is_empty()).unwrap_or_default()
        }
        _ => "",
    };
    if text.is_empty() {
        return Value::Null;
    }
    let complete = base.filter(|_| text.starts_with('/')).and_then(|base| base.join(text).ok());
    Value::String(complete.map_or_else(|| text.to_owned(), String::from))
}

/// A look-up is `{"id", "name"}`, or its id as a text.
fn lookup(value: &Value, key: &str) -> Result<Value, Failure> {
    match value {
        Value::String(_) | Value::Number(_) => text_of(value).map(Value::String),
        Value::Object(map) => match map.get(key) {
            // The look-up does not say what it points to, which is not the same as pointing nowhere.
            None if key == "id" => Err(Failure::new("the look-up has no id")),
            None | Some(Value::Null) => Ok(Value::Null),
            Some(found) => text_of(found).map(Value::String),
        },
        _ => Err(Failure::new(format!("{} is not a look-up", shown(&value.to_string())))),
    }
}

/// Compact JSON text that is the same for the same content: keys in order, without the source's own `$` members.
fn json(value: &Value, pick: Option<&[String]>, max_rows: usize) -> Result<Value, Failure> {
    if value.as_array().is_some_and(|rows| rows.len() > max_rows) {
        return Err(Failure::budget(format!("more than {max_rows} rows")));
    }
    let picked = match (value, pick) {
        (Value::Array(rows), Some(names)) => {
            Value::Array(rows.iter().map(|row| only(row, names)).collect())
        }
        (other, Some(names)) => only(other, names),
        (other, None) => other.clone(),
    };
    let mut out = String::new();
    write(&sorted(picked, pick.is_some()), &mut out)?;
    Ok(Value::String(out))
}

fn only(row: &Value, names: &[String]) -> Value {
    let Value::Object(members) = row else { return row.clone() };
    let member = |name: &String| Some((name.clone(), members.get(name)?.clone()));
    Value::Object(names.iter().filter_map(member).collect())
}

/// Orders the keys of objects; picked keys keep the order of the pick.
fn sorted(value: Value, picked: bool) -> Value {
    match value {
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| sorted(item, picked)).collect())
        }
        Value::Object(members) => {
            let inner = members.into_iter().map(|(key, value)| (key, sorted(value, false)));
            let mut members: Vec<(String, Value)> = inner.collect();
            if !picked {
                members.retain(|(key, _)| !key.starts_with('$'));
                members.sort_by(|(one, _), (other, _)| one.cmp(other));
            }
            Value::Object(members.into_iter().collect::<Map<_, _>>())
        }
        Value::Number(number) => match super::Decimal::of(&Value::Number(number.clone())) {
            // A number has one spelling, whatever the source wrote.
            Some(decimal) => decimal.into_value(),
            None => Value::Number(number),
        },
        other => other,
    }
}

fn write(value: &Value, out: &mut String) -> Result<(), Failure> {
    out.push_str(&value.to_string());
    if out.len() > TEXT_MAX {
        return Err(Failure::budget(format!("the result is over {TEXT_MAX} bytes")));
    }
    Ok(())
}

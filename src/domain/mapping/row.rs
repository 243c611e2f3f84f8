//! A row at work: the value that it makes of a record, brought to the form of its field.

use {
    super::{
        MapFailure,
        said::{Dropped, KnownFields, Said},
        watch::Watch,
    },
    crate::domain::{
        code::{self, Gaps},
        field::{Field, FieldType},
        invisible,
        record::SourceRecord,
        transform::{Decimal, Transform, is_empty, plain_text},
    },
    serde_json::Value,
};

/// Is told each step of a value, by its name and the value after it.
pub(super) type Tell<'a> = dyn FnMut(&'static str, &Value) + 'a;

/// A row of a mapping, compiled.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) field: &'static Field,
    pub(super) source: String,
    /// The source fields that the value depends on, each once.
    pub(super) reads: Vec<String>,
    pub(super) required: bool,
    /// True: a value that cannot be used is left out instead of failing the record.
    pub(super) drops: bool,
    pub(super) default: Option<String>,
    pub(super) transform: Option<Transform>,
}

impl Row {
    /// Returns the value of a record that cannot be used.
    pub(super) fn dropped(&self, record: &SourceRecord, failure: MapFailure) -> Dropped {
        let value = match record.fields.get(&self.source) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        Dropped { field: self.field.name, value, required: self.required, failure }
    }

    /// Returns whether the record goes on without the value after a failure.
    pub(super) fn may_drop(&self, failure: &MapFailure) -> bool {
        self.drops && failure.is_of_value()
    }

    /// Returns the canonical value; `None` where the record does not say it.
    pub(super) fn value(
        &self,
        record: &SourceRecord,
        known: KnownFields<'_>,
        tell: &mut Tell<'_>,
    ) -> Result<Option<Value>, MapFailure> {
        let own = record.fields.get(&self.source);
        // Most rows read their own field and nothing else.
        let plain =
            self.reads.len() == 1 && own.is_some() && self.reads.first() == Some(&self.source);
        match if plain { Said::Yes } else { self.said(record, known) } {
            Said::Yes => self.of_said(own, record, tell).map(Some),
            said => self.unsaid(record, said).map(|()| None),
        }
    }

    fn of_said(
        &self,
        own: Option<&Value>,
        record: &SourceRecord,
        tell: &mut Tell<'_>,
    ) -> Result<Value, MapFailure> {
        match self.transformed(own, record, tell)? {
            Value::Null => Ok(Value::Null),
            value => coerce(self.field, value),
        }
    }

    /// Returns the value after its transform, or its default, of whatever type it is.
    pub(super) fn transformed(
        &self,
        own: Option<&Value>,
        record: &SourceRecord,
        tell: &mut Tell<'_>,
    ) -> Result<Value, MapFailure> {
        let name = self.field.name;
        let raw = own.filter(|value| !is_empty(value)).unwrap_or(&Value::Null);
        let value = match &self.transform {
            Some(transform) => {
                let mut watch = Watch::of(name, raw);
                let value = transform
                    .trace(raw, record, &mut |step, after| {
                        if let Some(watch) = &mut watch {
                            watch.see(step, after);
                        }
                        tell(step, after);
                    })
                    .map_err(|(step, failure)| {
                        let (source, reason) = (&self.source, failure.to_string());
                        let gaps: Gaps<'_> =
                            &[("field", &name), ("source", source), ("reason", &reason)];
                        MapFailure {
                            code: failure.code,
                            field: name.to_owned(),
                            step: Some(step),
                            message: failure.code.message(gaps),
                        }
                    })?;
                watch.map_or(Ok(()), Watch::failure)?;
                value
            }
            None => raw.clone(),
        };
        let value = if is_empty(&value) {
            self.default.clone().map_or(Value::Null, Value::String)
        } else {
            value
        };
        if value.is_null() && self.required {
            return Err(missing(name, &format!("{} is empty", self.source)));
        }
        Ok(value)
    }

    /// Returns what a record says about the row. One of several source fields may be missing at this school, for
    /// example where a mapping names those of several organisations. A field that is known to exist may not be
    /// missing: its value could change the result.
    pub(super) fn said(&self, record: &SourceRecord, known: KnownFields<'_>) -> Said {
        // A row that reads nothing has a fixed value.
        let mut said = self.reads.is_empty();
        for name in &self.reads {
            if has(record, name) {
                said = true;
            } else if known.contains(name) {
                return Said::Kept;
            }
        }
        if said { Said::Yes } else { Said::No }
    }

    /// Returns why a record that says nothing about the row cannot be mapped, if that is so.
    pub(super) fn unsaid(&self, record: &SourceRecord, said: Said) -> Result<(), MapFailure> {
        let name = self.field.name;
        let absent = self.reads.iter().find(|name| !has(record, name));
        let absent = absent.map_or(self.source.as_str(), String::as_str);
        match said {
            Said::Kept if self.required => Err(MapFailure {
                code: code::MAPPED_FIELD_ABSENT,
                field: name.to_owned(),
                step: None,
                message: format!(
                    "required {name} is not known: the source left {absent} out of this record, which is not the same as an \
                     empty value, and nothing of the record was written"
                ),
            }),
            Said::No if self.required && self.default.is_none() => {
                Err(missing(name, &format!("the source has no field {absent}")))
            }
            _ => Ok(()),
        }
    }
}

/// A record always has its id.
fn has(record: &SourceRecord, name: &str) -> bool {
    record.fields.contains_key(name) || name == "id"
}

/// A required field without a value.
pub(super) fn missing(field: &str, why: &str) -> MapFailure {
    MapFailure {
        code: code::MAPPING_REQUIRED_MISSING,
        field: field.to_owned(),
        step: None,
        message: code::MAPPING_REQUIRED_MISSING.advice(&[("field", &field), ("reason", &why)]),
    }
}

/// Brings a value to the one normal form of its field's type, or says that it is of another: a record has the same
/// fingerprint whether it was read as JSON or as the text of a bulk file. A decimal is a text such as `1500.5`.
pub(super) fn coerce(field: &Field, value: Value) -> Result<Value, MapFailure> {
    let normal = match (field.field_type, &value) {
        (FieldType::String, Value::String(_)) => return Ok(value),
        (FieldType::String, _) => plain_text(&value).map(Value::String),
        (FieldType::Date, Value::String(text)) => {
            let text = invisible::trim(text);
            let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
            day.filter(|day| day.to_string() == text).map(|day| Value::String(day.to_string()))
        }
        (FieldType::Integer, _) => Decimal::of(&value).and_then(|n| n.to_i64()).map(Value::from),
        (FieldType::Decimal, _) => Decimal::of(&value).map(|n| Value::String(n.to_string())),
        _ => None,
    };
    normal.ok_or_else(|| {
        let shown = invisible::shown(&value.to_string());
        let list = if value.is_array() { ", whose values an expression can join" } else { "" };
        let reason = format!("it must be of type {}, not {shown}{list}", field.field_type.as_str());
        let code = code::MAPPING_TYPE_MISMATCH;
        MapFailure {
            code,
            field: field.name.to_owned(),
            step: None,
            message: code.advice(&[("field", &field.name), ("reason", &reason)]),
        }
    })
}

//! Rows of a module that is written to Zoho: the target field of each canonical field of a grade,
//! and the form of its value (docs/src/mappings.md, "Grades"). The rows have the same form as in
//! all modules; they are read from the canonical field to Zoho's.

mod live;

pub(super) use live::LiveFault;

use {
    super::{
        FieldMapping, LiveField, MapFailure, Mapped, ModuleName, NAME_MAX, RowTrace, SHOWN_MAX,
        defaults,
        row::{Row, Tell, missing},
        shown, validate,
    },
    crate::domain::{
        code::{self, Code},
        fault::{Fault, FieldFault},
        field::{self, Goes, What},
        layout::Form,
        record::{Canonical, SourceRecord},
        transform::{Traced, Transform},
    },
    serde_json::{Value, json},
    std::collections::HashMap,
};

/// The canonical field by which an existing grade is found.
const KEY: &str = "grade_key";
/// The canonical field for the word of a grade.
const WORD: &str = "grade_value";
/// Canonical fields without which no grade is written.
const REQUIRED: [&str; 3] = [KEY, "student_zoho_id", WORD];
/// Steps that leave an id or a key unchanged.
const NEUTRAL: [&str; 3] = ["value", "trim", "lookup_id"];

/// A canonical field that is written, and the Zoho field that it was written to before there were
/// rows for it. The links of a tenant that has not changed its rows belong to that field, so it is
/// not noted with a link (`Outgoing::write`).
#[derive(Debug, Clone, Copy)]
struct Field {
    name: &'static str,
    what: What,
    first: &'static str,
}

/// Returns the fields that are written.
fn fields() -> impl Iterator<Item = Field> {
    field::of(ModuleName::Grades).fields.iter().filter_map(|row| match row.goes(Form::Grade) {
        Goes::Mapped(what) => Some(Field { name: row.name, what, first: row.default?.source }),
        _ => None,
    })
}

/// Fields that had no canonical name at first. A set without a row for the key dates from that
/// time, and these fields are written where they were then.
const UNNAMED: [&str; 2] = [KEY, "grade_name"];

fn known(name: &str) -> Option<Field> {
    fields().find(|field| field.name == name)
}

/// Returns the name of the entry that notes the Zoho field to which a canonical field was written.
fn place(name: &str) -> String {
    format!("{name}.field")
}

/// A compiled row.
#[derive(Debug, Clone)]
struct Written {
    /// Its position in the set; `None` if it is implied.
    index: Option<usize>,
    field: Field,
    /// Zoho's name.
    zoho: String,
    /// The row, with the canonical field as its source.
    row: Row,
    /// True: an id goes into a text field.
    plain: bool,
}

/// The rows of a module that is written to Zoho, compiled.
#[derive(Debug, Clone)]
pub struct Outgoing {
    rows: Vec<Written>,
}

/// Names the faults of rows in this direction, besides those of all rows.
pub(super) fn refused(rows: &[FieldMapping]) -> Vec<(Code, FieldFault)> {
    let mut faults = Vec::new();
    let written = Outgoing::of(rows);
    let mut fault = |index: usize, part: &str, code, reason: String| {
        let path = format!("mappings[{index}].{part}");
        faults.push((code, FieldFault::new(path, Fault::Coded { code, reason })));
    };
    let mut taken: HashMap<&str, &str> = HashMap::new();
    let implied = written.rows.iter().filter(|row| row.index.is_none());
    taken.extend(implied.map(|row| (row.zoho.as_str(), row.field.name)));
    for Written { index, field, zoho, row, .. } in &written.rows {
        let (Some(index), name) = (*index, field.name) else { continue };
        if let Some(other) = taken.insert(zoho, name) {
            let code = code::MAPPING_TARGET_DOUBLED;
            let reason = code.message(&[("other", &other), ("target", zoho), ("field", &name)]);
            fault(index, "zoho_field_api_name", code, reason);
        } else if !zoho.is_empty() && zoho.len() <= NAME_MAX && !is_api_name(zoho) {
            let reason = format!("{name} cannot be written to a field of this name");
            fault(index, "zoho_field_api_name", code::MAPPING_SOURCE_INVALID, reason);
        }
        let Some(transform) = &row.transform else { continue };
        let reason = if transform.ignores_input() || !transform.sources().is_empty() {
            format!("a row of {} can read {name} only", ModuleName::Grades)
        } else if field.what != What::Value && !transform.names().all(|s| NEUTRAL.contains(&s)) {
            format!("{name} is written as it is; only {} may stand here", NEUTRAL.join(", "))
        } else {
            continue;
        };
        fault(index, "transform_rules", code::MAPPING_TRANSFORM_INVALID, reason);
    }
    faults
}

/// The id of a record is not a field to write, and other names have a meaning of their own in Zoho.
fn is_api_name(name: &str) -> bool {
    name != "id" && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Returns the canonical fields that should have a row and have none. The defaults from before the
/// key had a name are complete.
pub(super) fn unmapped(rows: &[FieldMapping]) -> impl Iterator<Item = &'static str> {
    let is_older = || {
        let mut older = defaults(ModuleName::Grades);
        older.retain(|row| !UNNAMED.contains(&row.canonical_field.as_str()));
        older == rows
    };
    let has = |name: &str| rows.iter().any(|row| row.canonical_field == name);
    let missing: Vec<&'static str> = REQUIRED.into_iter().filter(|name| !has(name)).collect();
    let missing = if missing == [KEY] && is_older() { Vec::new() } else { missing };
    missing.into_iter()
}

impl Outgoing {
    /// Compiles rows, or names every fault.
    pub fn compile(rows: &[FieldMapping]) -> Result<Self, Vec<FieldFault>> {
        let faults = validate(ModuleName::Grades, rows);
        if faults.is_empty() { Ok(Self::of(rows)) } else { Err(faults) }
    }

    /// Takes the rows that can be read. Rows of canonical fields that no grade has are ignored.
    pub(super) fn of(rows: &[FieldMapping]) -> Self {
        let compiled = rows.iter().enumerate().filter_map(|(index, row)| {
            let transform = Transform::parse(&row.transform_rules).ok().flatten();
            let (zoho, default) = (row.zoho_field_api_name.clone(), row.default_value.clone());
            let mut written =
                written(Some(index), &row.canonical_field, zoho, row.required, default, transform)?;
            written.row.drops =
                row.drops(written.row.field) && !REQUIRED.contains(&written.field.name);
            Some(written)
        });
        let mut all: Vec<Written> = compiled.collect();
        if !all.iter().any(|row| row.field.what == What::Key) {
            for field in UNNAMED.iter().filter_map(|name| known(name)) {
                let is_there = |row: &Written| {
                    row.field.name == field.name || field.name != KEY && row.zoho == field.first
                };
                if !all.iter().any(is_there) {
                    let zoho = field.first.to_owned();
                    all.extend(written(None, field.name, zoho, false, None, None));
                }
            }
        }
        Self { rows: all }
    }

    fn row(&self, name: &str) -> Option<&Written> {
        self.rows.iter().find(|row| row.field.name == name)
    }

    /// Returns the names of the canonical fields that are written.
    pub fn canonical_fields(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().map(|row| row.field.name)
    }

    /// Returns why no grade can be written, if a row is missing without which none can be.
    pub fn missing(&self) -> Option<MapFailure> {
        let name = REQUIRED.into_iter().find(|name| self.row(name).is_none())?;
        Some(missing(name, "it is not mapped"))
    }

    /// Returns the values that are written of a grade, by canonical field, and those that are dropped; one that the grade does
    /// not say is left out. Where a
    /// field goes to another field of Zoho than it did before there were rows, an entry beside it says so: so it is due
    /// again when the row changes, and not when the tenant has changed nothing.
    ///
    /// # Errors
    /// Why a value cannot be written.
    pub fn write(&self, grade: &SourceRecord) -> Result<Mapped, MapFailure> {
        if let Some(failure) = self.missing() {
            return Err(failure);
        }
        let mut mapped = Mapped::default();
        for row in &self.rows {
            match row.value(grade, &mut |_, _| {}) {
                Ok(Some(value)) => row.put(&mut mapped.fields, value),
                Ok(None) => {}
                Err(failure) if row.row.may_drop(&failure) => {
                    mapped.dropped.push(row.row.dropped(grade, failure));
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(mapped)
    }

    /// Puts what is written for one canonical field among the values of a grade; nothing where it has no row.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub fn put(&self, values: &mut Canonical, name: &str, value: Value) -> Result<(), MapFailure> {
        let Some(row) = self.row(name) else { return Ok(()) };
        if let Some(value) = row.value_of(value)? {
            row.put(values, value);
        }
        Ok(())
    }

    /// Completes the values of a grade with those sent before: a value that the grade lacks, or
    /// that no row writes any more, stays as it was sent.
    pub fn complete(values: &mut Canonical, sent: &Canonical) {
        for Field { name, first, .. } in fields() {
            let place = place(name);
            if !values.contains_key(name) {
                for entry in [name, place.as_str()] {
                    let standing = sent.get(entry).map(|value| (entry.to_owned(), value.clone()));
                    values.extend(standing);
                }
            } else if sent.contains_key(&place) {
                // The field is back in its first place, which is a change too.
                values.entry(place).or_insert_with(|| json!(first));
            }
        }
    }

    /// Takes a value out again, so that what was sent for it before stands, if anything was.
    pub fn let_stand(values: &mut Canonical, name: &str, sent: Option<&Canonical>) {
        for entry in [name.to_owned(), place(name)] {
            values.remove(&entry);
            let standing = sent.and_then(|sent| sent.get_key_value(&entry));
            values.extend(standing.map(|(name, value)| (name.clone(), value.clone())));
        }
    }

    /// Returns those values of a record that belong to a grade, with the entries beside them.
    pub fn pick(values: &Canonical) -> Canonical {
        let names = fields().flat_map(|field| [field.name.to_owned(), place(field.name)]);
        names
            .filter_map(|name| values.get_key_value(&name))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect()
    }

    /// Returns Zoho's name of the field that a canonical one is written to.
    pub fn zoho_field(&self, name: &str) -> Option<&str> {
        self.row(name).map(|row| row.zoho.as_str())
    }

    /// Zoho's name of the unique field.
    pub fn key(&self) -> &str {
        let first = || known(KEY).map_or(KEY, |field| field.first);
        self.row(KEY).map_or_else(first, |row| row.zoho.as_str())
    }

    /// Returns the Zoho fields for values, each in the form in which it is written: those that
    /// `changed` selects, and always the key. An unknown id is not written.
    pub fn fields(
        &self,
        values: &Canonical,
        changed: &dyn Fn(&str) -> bool,
    ) -> serde_json::Map<String, Value> {
        let mut fields = serde_json::Map::new();
        let due = |name: &str| name == KEY || changed(name) || changed(&place(name));
        // The key comes first, the others in the order of their names.
        let key = values.get(KEY).map(|value| (KEY, value));
        let others = values.iter().filter(|(name, _)| *name != KEY);
        for (name, value) in
            key.into_iter().chain(others.map(|(name, value)| (name.as_str(), value)))
        {
            let Some(row) = self.row(name).filter(|_| due(name)) else { continue };
            let value = match row.field.what {
                What::RecordId if value.is_null() => continue,
                What::RecordId if !row.plain => json!({ "id": value }),
                _ => value.clone(),
            };
            fields.insert(row.zoho.clone(), value);
        }
        fields
    }

    /// Writes a grade row by row and continues after a failure, for a preview.
    pub fn trace(&self, grade: &SourceRecord) -> Vec<RowTrace> {
        let mut room = SHOWN_MAX;
        let mut trace = |written: &Written| {
            let name = written.field.name;
            let input = shown(grade.fields.get(name).unwrap_or(&Value::Null), &mut room);
            let mut steps = Vec::new();
            let mut tell =
                |name, value: &Value| steps.push(Traced { name, value: shown(value, &mut room) });
            let result = written.value(grade, &mut tell);
            let result = result.map(|value| value.map(|value| shown(&value, &mut room)));
            let dropped = result.as_ref().is_err_and(|failure| written.row.may_drop(failure));
            let source = written.zoho.clone();
            RowTrace { canonical_field: name, source, input, steps, result, dropped }
        };
        self.rows.iter().map(&mut trace).collect()
    }

    /// Notes the types of the fields that ids go to.
    pub fn learn<'a>(&mut self, live: impl IntoIterator<Item = &'a LiveField>) {
        let types: HashMap<&str, &str> =
            live.into_iter().map(|field| (field.name.as_str(), field.data_type.as_str())).collect();
        for row in &mut self.rows {
            row.plain = types.get(row.zoho.as_str()).is_some_and(|found| live::is_text(found));
        }
    }
}

fn written(
    index: Option<usize>,
    name: &str,
    zoho: String,
    required: bool,
    default: Option<String>,
    transform: Option<Transform>,
) -> Option<Written> {
    let field = known(name)?;
    let row = Row {
        field: field::of(ModuleName::Grades).field(field.name)?,
        source: field.name.to_owned(),
        reads: vec![field.name.to_owned()],
        required: required || REQUIRED.contains(&field.name),
        drops: false,
        default: default.filter(|text| !text.is_empty()),
        transform,
    };
    Some(Written { index, field, zoho, row, plain: false })
}

impl Written {
    /// Returns the value that is written; `None` if the grade does not have it.
    fn value(
        &self,
        grade: &SourceRecord,
        tell: &mut Tell<'_>,
    ) -> Result<Option<Value>, MapFailure> {
        let own = grade.fields.get(self.field.name);
        own.map(|own| self.row.transformed(Some(own), grade, tell)).transpose()
    }

    /// Returns what is written for a value.
    fn value_of(&self, value: Value) -> Result<Option<Value>, MapFailure> {
        // The value does not say of which grade it is.
        let fields = [("id".to_owned(), Value::Null), (self.field.name.to_owned(), value)];
        self.value(&SourceRecord::sample(fields.into_iter().collect()), &mut |_, _| {})
    }

    fn put(&self, values: &mut Canonical, value: Value) {
        let place = place(self.field.name);
        if self.zoho != self.field.first || values.contains_key(&place) {
            values.insert(place, json!(self.zoho));
        }
        values.insert(self.field.name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests;

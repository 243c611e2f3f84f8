//! Field mappings: which source field feeds which canonical field, what is refused on save, and mapping a record.

mod case;
mod check;
mod default;
mod diff;
mod direction;
mod file;
mod outgoing;
mod row;
mod said;
mod watch;

pub use {
    case::{MappingTest, TestOutcome, check_tests},
    check::{Finding, LiveField, Severity, check, goes_nowhere},
    default::defaults,
    diff::{Change, RowChange, diff},
    direction::Mappings,
    file::{MappingFile, from_yaml, to_yaml, weight},
    outgoing::Outgoing,
    said::{Dropped, KnownFields, Mapped, Reading},
};

use {
    self::row::{Row, coerce, missing},
    super::{
        code::{self, Code},
        fault::{Fault, FieldFault},
        field::{self, Field, Goes},
        layout::Form,
        module::ModuleName,
        person,
        record::{Canonical, SourceRecord},
        transform::{Kind, Traced, Transform},
    },
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value, json},
    std::collections::HashSet,
};

/// Most rows of a module.
const ROWS_MAX: usize = 200;
/// Most patterns and expressions of a set; each takes some milliseconds to compile.
const COSTLY_MAX: usize = 60;
/// Most bytes of a set's rows, and of its tests, as JSON: all eight sets fit into one file.
const SET_MAX: usize = 128 * 1024;
/// Bytes of values that a preview shows, as JSON; beyond it only the beginning of a value.
const SHOWN_MAX: usize = 1024 * 1024;
/// Letters that are shown of such a value.
const BEGINNING: usize = 200;
/// Longest canonical field and API name, in characters (docs/src/rest.md, "Column limits").
const NAME_MAX: usize = 100;
/// Longest default value, in characters.
const DEFAULT_MAX: usize = 500;

/// The words for what an unusable value costs: its record, or only itself.
const ON_INVALID: [&str; 2] = [FAIL, DROP];
const FAIL: &str = "fail";
const DROP: &str = "drop";

/// One row: a canonical field and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldMapping {
    /// Name in the canonical schema.
    pub canonical_field: String,
    /// API name of the source field.
    pub zoho_field_api_name: String,
    /// True: a record without a value fails.
    pub required: bool,
    /// Used when the value is empty after the transform; not where the source does not say the field.
    pub default_value: Option<String>,
    /// `{}` or `{"type", "params"?, "description"?}`.
    pub transform_rules: Map<String, Value>,
    /// `fail` or `drop`: whether a value that cannot be used fails its record, or is left out. Absent: `fail` where the field is
    /// required or a person is known by it, else `drop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_invalid: Option<String>,
}

/// Returns the fields without which no record of a module can be written, as far as they have no row.
pub fn unmapped(module: ModuleName, rows: &[FieldMapping]) -> Vec<&'static str> {
    if module == ModuleName::Grades {
        return outgoing::unmapped(rows).collect();
    }
    let required = field::of(module).fields.iter().filter(|field| field.required);
    let has_row = |name: &str| rows.iter().any(|row| row.canonical_field == name);
    required.map(|field| field.name).filter(|name| !has_row(name)).collect()
}

impl FieldMapping {
    /// Returns whether an unusable value of a field is left out instead of failing its record.
    fn drops(&self, field: &Field) -> bool {
        match self.on_invalid.as_deref() {
            Some(word) => word == DROP,
            None => {
                let known_by = person::KNOWN_BY.contains(&field.name);
                !(self.required || field.required || known_by)
            }
        }
    }
}

/// The text that a set's hash is taken of: its rows as compact JSON, each with its members in their order.
pub fn canonical_text(rows: &[FieldMapping]) -> String {
    let rows: Vec<Value> = rows.iter().map(|row| json!(row)).collect();
    Value::Array(rows).to_string()
}

/// Checks a module's rows and names every fault that keeps them from being stored, whatever the caller asks for.
pub fn validate(module: ModuleName, rows: &[FieldMapping]) -> Vec<FieldFault> {
    refused(module, rows).into_iter().map(|(_, fault)| fault).collect()
}

/// The faults, each with its stable word.
fn refused(module: ModuleName, rows: &[FieldMapping]) -> Vec<(Code, FieldFault)> {
    if rows.len() > ROWS_MAX {
        let fault = Fault::TooMany { max: ROWS_MAX, actual: rows.len() };
        return vec![(code::MAPPING_TOO_LARGE, FieldFault::new("mappings", fault))];
    }
    let mut faults = Vec::new();
    if canonical_text(rows).len() > SET_MAX {
        let fault = Fault::Value(format!("the set is over {SET_MAX} bytes"));
        faults.push((code::MAPPING_TOO_LARGE, FieldFault::new("mappings", fault)));
    }
    let costly = rows.iter().map(|row| costly_steps(&row.transform_rules)).sum::<usize>();
    if costly > COSTLY_MAX {
        let reason = format!("more than {COSTLY_MAX} patterns and expressions");
        let fault = FieldFault::new("mappings", Fault::Value(reason));
        // Nothing is compiled then.
        return vec![(code::MAPPING_TOO_LARGE, fault)];
    }
    let fields = field::of(module);
    let mut seen = HashSet::new();
    for (index, row) in rows.iter().enumerate() {
        let mut fault = |code, field: &str, fault: Fault| {
            faults.push((code, FieldFault::new(format!("mappings[{index}].{field}"), fault)));
        };
        let name = row.canonical_field.as_str();
        let field = fields.field(name);
        if name.chars().count() > NAME_MAX {
            fault(
                code::MAPPING_CANONICAL_UNKNOWN,
                "canonical_field",
                Fault::TooLong { max: NAME_MAX },
            );
        } else if field.is_none() {
            let reason = format!("unknown canonical_field '{name}' for module '{module}'");
            fault(code::MAPPING_CANONICAL_UNKNOWN, "canonical_field", Fault::Value(reason));
        } else if !seen.insert(name) {
            let reason = format!("duplicate canonical_field '{name}'");
            fault(code::MAPPING_CANONICAL_DOUBLED, "canonical_field", Fault::Value(reason));
        }
        let source = match row.zoho_field_api_name.chars().count() {
            0 => Some(Fault::TooShort { min: 1 }),
            1..=NAME_MAX => None,
            _ => Some(Fault::TooLong { max: NAME_MAX }),
        };
        if let Some(source) = source {
            fault(code::MAPPING_SOURCE_INVALID, "zoho_field_api_name", source);
        }
        if row.default_value.as_ref().is_some_and(|text| text.chars().count() > DEFAULT_MAX) {
            let long = Fault::TooLong { max: DEFAULT_MAX };
            fault(code::MAPPING_DEFAULT_INVALID, "default_value", long);
        }
        if row.on_invalid.as_deref().is_some_and(|word| !ON_INVALID.contains(&word)) {
            let wanted = Fault::Literal { expected: &ON_INVALID };
            fault(code::MAPPING_ON_INVALID, "on_invalid", wanted);
        }
        match Transform::parse(&row.transform_rules) {
            Err(reason) => {
                fault(code::MAPPING_TRANSFORM_INVALID, "transform_rules", Fault::Value(reason));
            }
            Ok(Some(transform)) => {
                // An unknown field has no type to hold the chain to.
                let checked = field.map_or(Ok(()), |f| check_kinds(&transform, f, Kind::Any));
                if let Err(reason) = checked {
                    fault(code::MAPPING_TYPE_MISMATCH, "transform_rules", Fault::Value(reason));
                }
            }
            Ok(None) => {}
        }
    }
    if module == ModuleName::Grades {
        faults.extend(outgoing::refused(rows));
    }
    faults
}

/// Counts the steps that are compiled, before any is.
fn costly_steps(rules: &Map<String, Value>) -> usize {
    let is_costly = |rules: &Map<String, Value>| {
        let name = rules.get("type").and_then(Value::as_str);
        name.is_some_and(|name| name == "cel" || name.starts_with("regex_"))
    };
    let steps =
        rules.get("params").and_then(|params| params.get("steps")).and_then(Value::as_array);
    let in_chain =
        steps.into_iter().flatten().filter_map(Value::as_object).filter(|r| is_costly(r));
    usize::from(is_costly(rules)) + in_chain.count()
}

/// Says why a chain cannot feed a field, when its input is of a kind.
fn check_kinds(transform: &Transform, field: &Field, input: Kind) -> Result<(), String> {
    let result = transform.kind(input)?;
    if result.fits(field.field_type) {
        return Ok(());
    }
    let (name, wanted) = (field.name, field.field_type.as_str());
    Err(format!("{name} is a {wanted}, but the last step gives {}", result.as_str()))
}

/// Why a record could not be mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapFailure {
    /// Stable word: `MAPPING_REQUIRED_MISSING`, `MAPPED_FIELD_ABSENT`, `MAPPING_TYPE_MISMATCH`, `TRANSFORM_FAILED` or
    /// `TRANSFORM_BUDGET`; for an address and a user name also `EMAIL_INVALID` and `USERNAME_INVALID`.
    pub code: Code,
    /// The canonical field.
    pub field: String,
    /// The step that failed, from 1, when a step did.
    pub step: Option<usize>,
    /// In words, with the field's name.
    pub message: String,
}

impl MapFailure {
    /// Returns whether it is about a value, and not about one that is missing: only a value can be dropped.
    fn is_of_value(&self) -> bool {
        ![code::MAPPING_REQUIRED_MISSING, code::MAPPED_FIELD_ABSENT].contains(&self.code)
    }
}

/// A module's mappings, compiled.
#[derive(Debug, Clone)]
pub struct MappingSet {
    rows: Vec<Row>,
    /// Required by the schema, but not mapped: every record fails by them.
    unmapped: Vec<&'static str>,
}

/// A row at work on one record, for a preview.
#[derive(Debug, Clone, PartialEq)]
pub struct RowTrace {
    /// Name in the canonical schema.
    pub canonical_field: &'static str,
    /// API name of the source field.
    pub source: String,
    /// The record's value of it; null when it has none.
    pub input: Value,
    /// The value after each step that was reached and did not fail.
    pub steps: Vec<Traced>,
    /// The canonical value, `None` where the record does not say it, or why there is none.
    pub result: Result<Option<Value>, MapFailure>,
    /// True: the value is dropped because of the failure, and the record goes on without it.
    pub dropped: bool,
}

impl MappingSet {
    /// Compiles rows, or names every fault.
    pub fn compile(module: ModuleName, rows: &[FieldMapping]) -> Result<Self, Vec<FieldFault>> {
        let faults = validate(module, rows);
        if !faults.is_empty() {
            return Err(faults);
        }
        let fields = field::of(module);
        let compiled = rows.iter().filter_map(|row| {
            let field = fields.field(&row.canonical_field)?;
            let transform = Transform::parse(&row.transform_rules).ok().flatten();
            let source = row.zoho_field_api_name.as_str();
            let reads = transform.as_ref().map_or(vec![source], |one| one.reads(source));
            Some(Row {
                field,
                source: source.to_owned(),
                reads: reads.into_iter().map(str::to_owned).collect(),
                required: row.required || field.required,
                drops: row.drops(field),
                default: row.default_value.clone().filter(|text| !text.is_empty()),
                transform,
            })
        });
        let rows: Vec<Row> = compiled.collect();
        let is_mapped = |field: &&Field| rows.iter().any(|row| row.field.name == field.name);
        let unmapped =
            fields.fields.iter().filter(|f| f.required && !is_mapped(f)).map(|f| f.name).collect();
        Ok(Self { rows, unmapped })
    }

    /// Leaves out the rows of fields that go nowhere where the module's records have a form: nothing depends on them, so that
    /// what they hold, or that they are missing, costs no record.
    pub fn leave_out_nowhere(&mut self, form: Form) {
        self.rows.retain(|row| !matches!(row.field.goes(form), Goes::Nowhere(_)));
    }

    /// Returns whether an unusable value of a canonical field is left out instead of failing its record.
    pub fn drops(&self, field: &str) -> bool {
        self.rows.iter().any(|row| row.field.name == field && row.drops)
    }

    /// Returns the source fields whose values a map turns into others: the choices of those are worth knowing.
    pub fn mapped_fields(&self) -> Vec<&str> {
        let maps = |row: &&Row| {
            row.transform.as_ref().is_some_and(|transform| !transform.mapped_words().is_empty())
        };
        self.rows.iter().filter(maps).map(|row| row.source.as_str()).collect()
    }

    /// Teaches the rows the choices of a source field, stored and shown: a value map that names the shown word then
    /// finds the stored one, which is what records hold.
    pub fn learn(&mut self, source: &str, choices: &[(String, String)]) {
        for row in self.rows.iter_mut().filter(|row| row.source == source) {
            if let Some(transform) = &mut row.transform {
                transform.learn(choices);
            }
        }
    }

    /// Returns the source fields that are read, each once.
    pub fn zoho_fields(&self) -> Vec<String> {
        let mut fields: Vec<String> = Vec::new();
        for row in &self.rows {
            let more = row.transform.iter().flat_map(Transform::sources);
            for name in std::iter::once(row.source.as_str()).chain(more) {
                // A record always has its id.
                if name != "id" && !fields.iter().any(|known| known == name) {
                    fields.push(name.to_owned());
                }
            }
        }
        fields
    }

    /// True when a bulk read, which gives look-ups without their names and no lists, maps to the same values.
    pub fn fits_bulk(&self) -> bool {
        self.rows.iter().all(|row| row.transform.as_ref().is_none_or(Transform::fits_bulk))
    }

    /// Maps a record of which nothing is known beside it. Every mapped field that it says is in the result, an empty one
    /// as null.
    pub fn apply(&self, record: &SourceRecord) -> Result<Canonical, MapFailure> {
        self.map(record, KnownFields::NONE).map(|mapped| mapped.fields)
    }

    /// Returns the values of those rows that can be mapped and that the record says, whatever the others do.
    pub fn values(&self, record: &SourceRecord, known: KnownFields<'_>) -> Canonical {
        let value = |row: &Row| {
            let value = row.value(record, known, &mut |_, _| {}).ok().flatten()?;
            (!value.is_null()).then(|| (row.field.name.to_owned(), value))
        };
        self.rows.iter().filter_map(value).collect()
    }

    /// Maps a record row by row, going on after a failure. Of a value for which there is no room only the beginning of
    /// its text is told: each step of each row may give as much as the record holds.
    pub fn trace(&self, record: &SourceRecord, known: KnownFields<'_>) -> Vec<RowTrace> {
        let mut room = SHOWN_MAX;
        let mut trace = |row: &Row| {
            let input = record.fields.get(&row.source).unwrap_or(&Value::Null);
            let input = shown(input, &mut room);
            let mut steps = Vec::new();
            let mut tell =
                |name, value: &Value| steps.push(Traced { name, value: shown(value, &mut room) });
            let result = row.value(record, known, &mut tell);
            let result = result.map(|value| value.map(|value| shown(&value, &mut room)));
            let dropped = result.as_ref().is_err_and(|failure| row.may_drop(failure));
            RowTrace {
                canonical_field: row.field.name,
                source: row.source.clone(),
                input,
                steps,
                result,
                dropped,
            }
        };
        self.rows.iter().map(&mut trace).collect()
    }

    /// Returns why no record can be mapped, when a field that the schema requires has no row.
    pub fn missing(&self) -> Option<MapFailure> {
        self.unmapped.first().map(|name| missing(name, "it is not mapped"))
    }
}

fn shown(value: &Value, room: &mut usize) -> Value {
    let text = value.to_string();
    if let Some(left) = room.checked_sub(text.len()) {
        *room = left;
        return value.clone();
    }
    let beginning: String = match value {
        Value::String(text) => text.chars().take(BEGINNING).collect(),
        _ => text.chars().take(BEGINNING).collect(),
    };
    Value::String(beginning + "…")
}

#[cfg(test)]
mod tests;

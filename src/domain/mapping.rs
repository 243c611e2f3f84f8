//! Field mappings: which source field feeds which canonical field, what is refused on save, and mapping a record.

use {
    super::{
        fault::{Fault, FieldFault},
        module::ModuleName,
        record::{Canonical, SourceRecord},
        schema::{self, FieldType, SchemaField},
        transform::{Transform, is_empty},
    },
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value, json},
    std::collections::HashSet,
};

/// Most rows of a module.
const ROWS_MAX: usize = 200;
/// Longest canonical field and API name, in characters (rest-contract, section 8).
const NAME_MAX: usize = 100;
/// Longest default value, in characters.
const DEFAULT_MAX: usize = 500;

/// One row: a canonical field and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldMapping {
    /// Name in the canonical schema.
    pub canonical_field: String,
    /// API name of the source field.
    pub zoho_field_api_name: String,
    /// True: a record without a value fails.
    pub required: bool,
    /// Used when the value is empty after the transform.
    pub default_value: Option<String>,
    /// `{}` or `{"type", "params"?, "description"?}`.
    pub transform_rules: Map<String, Value>,
}

/// Checks a module's rows and names every fault.
pub fn validate(module: ModuleName, rows: &[FieldMapping]) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    if rows.len() > ROWS_MAX {
        faults.push(FieldFault::new(
            "mappings",
            Fault::TooMany { max: ROWS_MAX, actual: rows.len() },
        ));
        return faults;
    }
    let schema = schema::of(module);
    let mut seen = HashSet::new();
    for (index, row) in rows.iter().enumerate() {
        let mut fault = |field: &str, fault: Fault| {
            faults.push(FieldFault::new(format!("mappings[{index}].{field}"), fault));
        };
        let name = row.canonical_field.as_str();
        if name.chars().count() > NAME_MAX {
            fault("canonical_field", Fault::TooLong { max: NAME_MAX });
        } else if schema.field(name).is_none() {
            let reason = format!("unknown canonical_field '{name}' for module '{module}'");
            fault("canonical_field", Fault::Value(reason));
        } else if !seen.insert(name) {
            fault("canonical_field", Fault::Value(format!("duplicate canonical_field '{name}'")));
        }
        match row.zoho_field_api_name.chars().count() {
            0 => fault("zoho_field_api_name", Fault::TooShort { min: 1 }),
            1..=NAME_MAX => {}
            _ => fault("zoho_field_api_name", Fault::TooLong { max: NAME_MAX }),
        }
        if row.default_value.as_ref().is_some_and(|text| text.chars().count() > DEFAULT_MAX) {
            fault("default_value", Fault::TooLong { max: DEFAULT_MAX });
        }
        if let Err(reason) = Transform::parse(&row.transform_rules) {
            fault("transform_rules", Fault::Value(reason));
        }
    }
    faults
}

/// Returns the rows that a new tenant begins with (rest-contract, section 8: six for students).
pub fn defaults(module: ModuleName) -> Vec<FieldMapping> {
    if module != ModuleName::Students {
        return Vec::new();
    }
    let rules = |value: Value| match value {
        Value::Object(rules) => rules,
        _ => Map::new(),
    };
    let row =
        |canonical: &str, source: &str, required: bool, default: Option<&str>, transform: Value| {
            FieldMapping {
                canonical_field: canonical.into(),
                zoho_field_api_name: source.into(),
                required,
                default_value: default.map(Into::into),
                transform_rules: rules(transform),
            }
        };
    let before_at =
        json!({"type": "before_at", "description": "The part of the address before the @"});
    vec![
        row("academic_email", "Academic_Email", true, None, json!({})),
        row("username", "Academic_Email", true, None, before_at),
        row("display_name", "Display_Name", false, None, json!({})),
        row("phone", "Phone_Number", false, None, json!({})),
        row("status", "Status", true, Some("Active"), json!({})),
        row(
            "profile_image_url",
            "Profile_Image",
            false,
            None,
            json!({"type": "image_url_resolver"}),
        ),
    ]
}

/// Why a record could not be mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapFailure {
    /// Stable word.
    pub code: &'static str,
    /// The canonical field.
    pub field: String,
    /// In words, with the field's name.
    pub message: String,
}

#[derive(Debug, Clone)]
struct Row {
    field: &'static SchemaField,
    source: String,
    required: bool,
    default: Option<String>,
    transform: Option<Transform>,
}

/// A module's mappings, compiled.
#[derive(Debug, Clone)]
pub struct MappingSet {
    rows: Vec<Row>,
    /// Required by the schema, but not mapped: every record fails by them.
    unmapped: Vec<&'static str>,
}

impl MappingSet {
    /// Compiles rows, or names every fault.
    pub fn compile(module: ModuleName, rows: &[FieldMapping]) -> Result<Self, Vec<FieldFault>> {
        let faults = validate(module, rows);
        if !faults.is_empty() {
            return Err(faults);
        }
        let schema = schema::of(module);
        let compiled = rows.iter().filter_map(|row| {
            let field = schema.field(&row.canonical_field)?;
            Some(Row {
                field,
                source: row.zoho_field_api_name.clone(),
                required: row.required || field.required,
                default: row.default_value.clone().filter(|text| !text.is_empty()),
                transform: Transform::parse(&row.transform_rules).ok().flatten(),
            })
        });
        let rows: Vec<Row> = compiled.collect();
        let is_mapped = |field: &&SchemaField| rows.iter().any(|row| row.field.name == field.name);
        let unmapped =
            schema.fields.iter().filter(|f| f.required && !is_mapped(f)).map(|f| f.name).collect();
        Ok(Self { rows, unmapped })
    }

    /// Returns the source fields that are read, each once.
    pub fn zoho_fields(&self) -> Vec<String> {
        let mut fields: Vec<String> = Vec::new();
        for row in &self.rows {
            let more = row.transform.iter().flat_map(Transform::sources);
            for name in std::iter::once(row.source.as_str()).chain(more) {
                if !fields.iter().any(|known| known == name) {
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

    /// Maps a record. Every mapped field is in the result, an empty one as null.
    pub fn apply(&self, record: &SourceRecord) -> Result<Canonical, MapFailure> {
        if let Some(name) = self.unmapped.first() {
            return Err(missing(name, "it is not mapped"));
        }
        let mut canonical = Canonical::new();
        for row in &self.rows {
            canonical.insert(row.field.name.to_owned(), row.value(record)?);
        }
        Ok(canonical)
    }
}

impl Row {
    fn value(&self, record: &SourceRecord) -> Result<Value, MapFailure> {
        let name = self.field.name;
        let raw = record
            .fields
            .get(&self.source)
            .filter(|value| !is_empty(value))
            .unwrap_or(&Value::Null);
        let value = match &self.transform {
            Some(transform) => {
                transform.apply(raw, &record.fields).map_err(|reason| MapFailure {
                    code: "TRANSFORM_FAILED",
                    field: name.to_owned(),
                    message: format!("{name} from {}: {reason}", self.source),
                })?
            }
            None => raw.clone(),
        };
        let value = if is_empty(&value) {
            self.default.clone().map_or(Value::Null, Value::String)
        } else {
            value
        };
        if value.is_null() {
            return if self.required {
                Err(missing(name, &format!("{} is empty", self.source)))
            } else {
                Ok(value)
            };
        }
        coerce(self.field, value)
    }
}

fn missing(field: &str, why: &str) -> MapFailure {
    MapFailure {
        code: "MAPPING_REQUIRED_MISSING",
        field: field.to_owned(),
        message: format!(
            "required {field} has no value: {why}; map it, set a default or fill the field"
        ),
    }
}

/// Brings a value to its field's type, or says that it is of another.
fn coerce(field: &SchemaField, value: Value) -> Result<Value, MapFailure> {
    let fits = match (field.field_type, &value) {
        (FieldType::String, Value::String(_)) => true,
        (FieldType::String, Value::Number(number)) => return Ok(Value::String(number.to_string())),
        (FieldType::String, Value::Bool(flag)) => return Ok(Value::String(flag.to_string())),
        (FieldType::Date, Value::String(text)) => {
            text.len() == 10 && chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
        }
        (FieldType::Integer, Value::Number(number)) => number.is_i64() || number.is_u64(),
        (FieldType::Integer, Value::String(text)) => match text.trim().parse::<i64>() {
            Ok(number) => return Ok(Value::from(number)),
            Err(_) => false,
        },
        (FieldType::Decimal, Value::Number(_)) => true,
        (FieldType::Decimal, Value::String(text)) => is_decimal(text.trim()),
        _ => false,
    };
    if fits {
        return Ok(value);
    }
    let shown: String = value.to_string().chars().take(60).collect();
    Err(MapFailure {
        code: "MAPPING_TYPE_MISMATCH",
        field: field.name.to_owned(),
        message: format!(
            "{} must be a {}, not {shown}; add a transform",
            field.name,
            field.field_type.as_str()
        ),
    })
}

/// Digits with at most one dot and a leading minus.
pub(super) fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(canonical: &str, source: &str) -> FieldMapping {
        FieldMapping {
            canonical_field: canonical.into(),
            zoho_field_api_name: source.into(),
            required: false,
            default_value: None,
            transform_rules: Map::new(),
        }
    }

    fn record(fields: Value) -> SourceRecord {
        let Value::Object(fields) = fields else { panic!("an object") };
        SourceRecord { id: "1".into(), modified_at: None, fields }
    }

    fn students() -> MappingSet {
        MappingSet::compile(ModuleName::Students, &defaults(ModuleName::Students))
            .expect("defaults compile")
    }

    #[test]
    fn defaults_map_a_student() {
        let canonical = students()
            .apply(&record(json!({
                "Academic_Email": "sara@school.example", "Display_Name": "Sara Haddad", "Phone_Number": null,
                "Status": "-None-", "Profile_Image": [{"Preview_Id__s": "p1"}],
            })))
            .expect("maps");
        assert_eq!(canonical["username"], json!("sara"));
        assert_eq!(canonical["status"], json!("Active"));
        assert_eq!(canonical["phone"], Value::Null);
        assert_eq!(canonical.len(), 6);
    }

    #[test]
    fn a_missing_required_field_ends_the_record() {
        let failure = students().apply(&record(json!({"Academic_Email": ""}))).expect_err("fails");
        assert_eq!(
            (failure.code, failure.field.as_str()),
            ("MAPPING_REQUIRED_MISSING", "academic_email")
        );
        let partial = [row("academic_email", "Academic_Email"), row("username", "Academic_Email")];
        let set = MappingSet::compile(ModuleName::Students, &partial).expect("stays allowed");
        assert_eq!(
            set.apply(&record(json!({"Academic_Email": "a@b.c"}))).expect_err("status").field,
            "status"
        );
    }

    #[test]
    fn each_fault_is_at_its_place() {
        let mut bad = row("name", "Name");
        bad.transform_rules = serde_json::from_value(json!({"type": "magic"})).expect("rules");
        let rows = [row("nope", "X"), row("name", "Name"), bad, row("code", "")];
        let faults = validate(ModuleName::Units, &rows);
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "mappings[0].canonical_field",
                "mappings[2].canonical_field",
                "mappings[2].transform_rules",
                "mappings[3].zoho_field_api_name"
            ]
        );
        assert_eq!(
            faults[0].fault.message(),
            "Value error, unknown canonical_field 'nope' for module 'units'"
        );
        assert_eq!(faults[1].fault.message(), "Value error, duplicate canonical_field 'name'");
    }

    #[test]
    fn types_are_kept() {
        let set = MappingSet::compile(
            ModuleName::Units,
            &[row("name", "Name"), row("credits", "Unit_Credit"), row("code", "Code")],
        )
        .expect("compiles");
        let canonical =
            set.apply(&record(json!({"Name": "A", "Unit_Credit": "15", "Code": 7}))).expect("maps");
        assert_eq!((&canonical["credits"], &canonical["code"]), (&json!(15), &json!("7")));
        let failure =
            set.apply(&record(json!({"Name": {"id": "1"}}))).expect_err("a look-up is no text");
        assert_eq!(failure.code, "MAPPING_TYPE_MISMATCH");
    }

    #[test]
    fn decimals_are_texts_of_digits() {
        for good in ["0", "-1.50", "1500", "0.1"] {
            assert!(is_decimal(good), "{good}");
        }
        for bad in ["", "-", "1,5", "1.2.3", ".5", "1.", "1e3", "NaN"] {
            assert!(!is_decimal(bad), "{bad}");
        }
    }
}

//! Checks a mapping set before it is used and reports all findings together: against the canonical
//! schema, and against the current fields of the source.

mod nearest;
mod outgoing;
mod target;

use {
    self::nearest::nearest,
    super::{FieldMapping, MappingSet, ModuleName, check_kinds, coerce, refused},
    crate::domain::{
        code::{self, Code, Gaps},
        fault::{Fault, FieldFault},
        field::{self, Field, FieldType},
        layout::Form,
        near::closest,
        transform::{Kind, Transform},
    },
    serde_json::Value,
    std::collections::{HashMap, HashSet},
};

/// Greatest number of errors that are reported, and of other findings. A set of usual size has a
/// few.
const FINDINGS_MAX: usize = 300;
/// Greatest number of words for which a suggestion is looked for; each is compared with all
/// candidates.
const SUGGESTIONS_MAX: usize = 100;
/// Fields that one list call of the source can ask for.
const FIELDS_MAX: usize = 50;

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know; works.
    Note,
    /// Works, though perhaps not as meant.
    Warning,
    /// Cannot work, at least for some records.
    Error,
}

impl Severity {
    /// The word of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Path such as `mappings[0].transform_rules`.
    pub field: String,
    /// The canonical field that it is about, if it is about one.
    pub canonical_field: Option<String>,
    /// Stable word, such as `MAPPING_FIELD_UNKNOWN`.
    pub code: Code,
    /// Its severity.
    pub severity: Severity,
    /// In words, lower case, no full stop.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// True for a set that can never be stored, whatever the caller asks for.
    pub refused: bool,
    fault: Fault,
}

impl Finding {
    /// The finding as a refused field of a request.
    pub fn into_fault(self) -> FieldFault {
        FieldFault::new(self.field, self.fault)
    }
}

/// The transform that makes one text of the words of a choice of several.
const JOIN: &str =
    r#"{"type": "cel", "params": {"expr": "value == null ? '' : value.join(', ')"}}"#;

/// A current field of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveField {
    /// API name.
    pub name: String,
    /// The name that people see in Zoho.
    pub label: String,
    /// The source's word for its type.
    pub data_type: String,
    /// Longest text, if there is a limit.
    pub max_length: Option<u32>,
    /// The values of a choice, stored and displayed.
    pub choices: Vec<(String, String)>,
    /// True: the field comes only when a record is read by itself.
    pub single_read_only: bool,
    /// True: no two records share a value.
    pub unique: bool,
    /// True: a program may write it.
    pub writable: bool,
    /// True: no record may be without a value.
    pub required: bool,
    /// True: the source shows it to the connection.
    pub readable: bool,
}

impl LiveField {
    /// The kind of its values; choices are texts.
    fn kind(&self) -> Kind {
        match self.data_type.as_str() {
            "text" | "textarea" | "email" | "phone" | "website" | "picklist" | "autonumber"
            | "profileimage" => Kind::Text,
            "date" | "datetime" => Kind::Date,
            "integer" | "bigint" => Kind::Integer,
            "double" | "currency" | "decimal" | "percent" => Kind::Decimal,
            "boolean" => Kind::Boolean,
            "lookup"
            | "ownerlookup"
            | "userlookup"
            | "subform"
            | "multiselectlookup"
            | "multiselectpicklist"
            | "multiuserlookup"
            | "imageupload"
            | "fileupload" => Kind::Structure,
            _ => Kind::Any,
        }
    }

    /// The step that turns a value of this type into one of the field's type.
    fn hint(&self, field: &Field) -> Option<&'static str> {
        Some(match (self.data_type.as_str(), field.field_type) {
            ("multiselectpicklist", FieldType::String) => JOIN,
            ("lookup" | "ownerlookup" | "userlookup", _) => "lookup_id",
            ("imageupload" | "profileimage" | "fileupload", _) => "image_url_resolver",
            ("subform" | "multiselectlookup" | "multiselectpicklist" | "multiuserlookup", _) => {
                "json"
            }
            ("datetime", FieldType::Date) => "date_only",
            (_, FieldType::Integer) => "to_integer",
            (_, FieldType::Decimal) => "to_decimal",
            (_, FieldType::Date) => "date_format",
            (_, FieldType::String) => return None,
        })
    }
}

/// Collects findings.
struct Judge<'a> {
    module: ModuleName,
    /// What the module's records are in the target.
    form: Form,
    rows: &'a [FieldMapping],
    findings: Vec<Finding>,
    errors: usize,
    suggestions: usize,
}

impl<'a> Judge<'a> {
    const fn new(module: ModuleName, form: Form, rows: &'a [FieldMapping]) -> Self {
        Self { module, form, rows, findings: Vec::new(), errors: 0, suggestions: 0 }
    }

    fn find(
        &mut self,
        (field, canonical): (String, Option<&str>),
        code: Code,
        severity: Severity,
        message: String,
    ) -> bool {
        let is_error = severity == Severity::Error;
        let others = self.findings.len() - self.errors;
        if if is_error { self.errors } else { others } >= FINDINGS_MAX {
            return false;
        }
        self.errors += usize::from(is_error);
        let fault = Fault::Coded { code, reason: message.clone() };
        let canonical_field = canonical.map(str::to_owned);
        self.findings.push(Finding {
            field,
            canonical_field,
            code,
            severity,
            message,
            suggestion: None,
            refused: false,
            fault,
        });
        true
    }

    /// Adds a suggestion to a finding that was reported.
    fn suggest(&mut self, told: bool, suggestion: impl FnOnce() -> Option<String>) {
        if told && self.suggestions < SUGGESTIONS_MAX {
            self.suggestions += 1;
            if let Some(finding) = self.findings.last_mut() {
                finding.suggestion = suggestion();
            }
        }
    }
}

/// Checks rows. With `strict`, a set that works only by chance has errors: a required field without
/// a row, a default of another type. `form` is what the module's records are in the target; some
/// fields have no effect in it. With `live`, the rows are also compared with the fields that the
/// source has.
pub fn check(
    module: ModuleName,
    form: Form,
    rows: &[FieldMapping],
    strict: bool,
    live: Option<&[LiveField]>,
) -> Vec<Finding> {
    let mut judge = Judge::new(module, form, rows);
    let mut is_too_large = false;
    for (code, FieldFault { field, fault }) in refused(module, rows) {
        is_too_large |= code == code::MAPPING_TOO_LARGE;
        judge.errors += 1;
        let row = row_of(&field).and_then(|index| rows.get(index));
        judge.findings.push(Finding {
            field,
            canonical_field: row.map(|row| row.canonical_field.chars().take(100).collect()),
            code,
            severity: Severity::Error,
            message: fault.message().trim_start_matches("Value error, ").to_owned(),
            suggestion: None,
            refused: true,
            fault,
        });
    }
    let severity = if strict { Severity::Error } else { Severity::Warning };
    judge.schema(severity);
    judge.target();
    // A set that is too large is not compiled.
    if !is_too_large {
        match (module, live) {
            (ModuleName::Grades, live) => judge.written(live),
            (_, Some(live)) => judge.live(live),
            (_, None) => {}
        }
    }
    judge.findings
}

/// Returns only the findings about fields without an effect, as a preview shows them.
pub fn goes_nowhere(module: ModuleName, form: Form, rows: &[FieldMapping]) -> Vec<Finding> {
    let mut judge = Judge::new(module, form, rows);
    judge.target();
    judge.findings
}

fn row_of(path: &str) -> Option<usize> {
    path.strip_prefix("mappings[")?.split_once(']')?.0.parse().ok()
}

impl Judge<'_> {
    fn schema(&mut self, severity: Severity) {
        let fields = field::of(self.module);
        for (index, row) in self.rows.iter().enumerate() {
            let (Some(field), Some(default)) =
                (fields.field(&row.canonical_field), row.default_value.as_deref())
            else {
                continue;
            };
            if !default.is_empty() && coerce(field, Value::from(default)).is_err() {
                let place = format!("mappings[{index}].default_value");
                let reason = format!("it is not of type {}", field.field_type.as_str());
                let gaps: Gaps<'_> = &[("field", &field.name), ("reason", &reason)];
                self.find(
                    (place, Some(field.name)),
                    code::MAPPING_DEFAULT_INVALID,
                    severity,
                    code::MAPPING_DEFAULT_INVALID.message(gaps),
                );
            }
        }
        if self.module == ModuleName::Grades {
            return self.unwritten(severity);
        }
        for name in super::unmapped(self.module, self.rows) {
            let reason = "it is not mapped, so that every record fails";
            let gaps: Gaps<'_> = &[("field", &name), ("reason", &reason)];
            let message = code::MAPPING_REQUIRED_MISSING.message(gaps);
            let place = ("mappings".to_owned(), Some(name));
            self.find(place, code::MAPPING_REQUIRED_MISSING, severity, message);
        }
    }

    fn live(&mut self, live: &[LiveField]) {
        let fields = field::of(self.module);
        for (index, row) in self.rows.iter().enumerate() {
            let canonical = row.canonical_field.as_str();
            let transform = Transform::parse(&row.transform_rules).ok().flatten();
            let more = transform.iter().flat_map(Transform::sources);
            let mut names: Vec<&str> = vec![&row.zoho_field_api_name];
            names.extend(more);
            names.dedup();
            for (at, name) in names.iter().enumerate() {
                let part = if at == 0 { "zoho_field_api_name" } else { "transform_rules" };
                let place = (format!("mappings[{index}].{part}"), Some(canonical));
                match find(live, name) {
                    Some(found) if found.single_read_only => {
                        let code = code::MAPPING_FIELD_SINGLE_READ;
                        let message = code.message(&[("source", name)]);
                        self.find(place, code, Severity::Note, message);
                    }
                    Some(_) => {}
                    None if *name == "id" => {}
                    None => {
                        // A row that may be empty, or has a default, stops no record: an unknown
                        // source field is left alone.
                        let needed = row.required && row.default_value.is_none();
                        let severity = if needed { Severity::Error } else { Severity::Warning };
                        let shown: String = name.chars().take(100).collect();
                        let code = code::MAPPING_FIELD_UNKNOWN;
                        let message = code.message(&[("source", &shown)]);
                        let told = self.find(place, code, severity, message);
                        self.suggest(told, || nearest(name, live));
                    }
                }
            }
            let (Some(field), Some(found)) =
                (fields.field(canonical), find(live, &row.zoho_field_api_name))
            else {
                continue;
            };
            if transform.as_ref().is_none_or(|transform| !transform.ignores_input()) {
                self.types(index, field, found, transform.as_ref());
                self.twins(index, field, found);
                self.words(index, field, found, transform.as_ref());
            }
        }
        self.width(live);
    }

    fn types(
        &mut self,
        index: usize,
        field: &Field,
        live: &LiveField,
        transform: Option<&Transform>,
    ) {
        let kind = live.kind();
        let is_plain = transform.is_none_or(|transform| {
            transform.names().all(|name| ["value", "trim", "lower", "upper"].contains(&name))
        });
        // The length of a field that goes nowhere does not matter.
        let longest = field.longest.filter(|_| !field.goes(self.form).is_nowhere());
        let refused = match transform {
            Some(transform) => check_kinds(transform, field, kind).err(),
            None if !kind.fits(field.field_type) => {
                Some(format!("{} is a {}", field.name, field.field_type.as_str()))
            }
            // A date and time is not a date until it is cut.
            None if live.data_type == "datetime" && field.field_type == FieldType::Date => {
                Some(format!("{} is a date", field.name))
            }
            None => None,
        };
        let place = |part: &str| (format!("mappings[{index}].{part}"), Some(field.name));
        if let Some(reason) = refused {
            let reason = format!("{reason}; {} is of type {}", live.name, live.data_type);
            let gaps: Gaps<'_> = &[("field", &field.name), ("reason", &reason)];
            let message = code::MAPPING_TYPE_MISMATCH.message(gaps);
            let place = place("transform_rules");
            let told = self.find(place, code::MAPPING_TYPE_MISMATCH, Severity::Error, message);
            self.suggest(told, || live.hint(field).map(str::to_owned));
        } else if let (true, Some(most), Some(may)) = (is_plain, longest, live.max_length)
            && may > most
        {
            let message = code::MAPPING_LENGTH.message(&[
                ("source", &live.name),
                ("length", &may),
                ("field", &field.name),
                ("limit", &most),
            ]);
            let place = place("zoho_field_api_name");
            let told = self.find(place, code::MAPPING_LENGTH, Severity::Warning, message);
            self.suggest(told, || Some("truncate".to_owned()));
        }
    }

    /// Two people cannot share an account.
    fn twins(&mut self, index: usize, field: &Field, live: &LiveField) {
        let names_account = self.module == ModuleName::Students
            && ["academic_email", "username"].contains(&field.name);
        if names_account && !live.unique {
            let place = (format!("mappings[{index}].zoho_field_api_name"), Some(field.name));
            let message = code::MAPPING_NOT_UNIQUE.message(&[("source", &live.name)]);
            self.find(place, code::MAPPING_NOT_UNIQUE, Severity::Note, message);
        }
    }

    fn words(
        &mut self,
        index: usize,
        field: &Field,
        live: &LiveField,
        transform: Option<&Transform>,
    ) {
        // The words of the map meet the stored choices only if no step changes them before.
        let first = transform.and_then(|transform| transform.names().next());
        if live.choices.is_empty() || first != Some("value_map") {
            return;
        }
        let stored: HashSet<String> =
            live.choices.iter().map(|(stored, _)| stored.to_lowercase()).collect();
        let mut by_shown: HashMap<String, &str> = HashMap::new();
        for (stored, shown) in &live.choices {
            by_shown.entry(shown.to_lowercase()).or_insert(stored);
        }
        for word in transform.iter().flat_map(|transform| transform.mapped_words()) {
            let place = (format!("mappings[{index}].transform_rules"), Some(field.name));
            let shown: String = word.chars().take(100).collect();
            let folded = word.to_lowercase();
            if stored.contains(&folded) {
                continue;
            }
            if let Some(stored) = by_shown.get(&folded) {
                let gaps: Gaps<'_> = &[("value", &shown), ("stored", stored)];
                let message = code::MAPPING_VALUE_SHOWN.message(gaps);
                self.find(place, code::MAPPING_VALUE_SHOWN, Severity::Note, message);
            } else {
                let code = code::MAPPING_VALUE_UNKNOWN;
                let message = code.message(&[("value", &shown), ("source", &live.name)]);
                let told = self.find(place, code, Severity::Warning, message);
                let words = live.choices.iter().map(|(stored, _)| stored.as_str());
                self.suggest(told, || closest(word, words));
            }
        }
    }

    /// More fields than one list call takes.
    fn width(&mut self, live: &[LiveField]) {
        let Ok(set) = MappingSet::compile(self.module, self.rows) else { return };
        let names = set.zoho_fields();
        let listed = names
            .iter()
            .filter(|name| find(live, name).is_some_and(|field| !field.single_read_only))
            .count();
        if listed > FIELDS_MAX {
            let code = code::MAPPING_FIELDS_MANY;
            let message = code.message(&[("limit", &FIELDS_MAX), ("count", &listed)]);
            let place = ("mappings".to_owned(), None);
            self.find(place, code, Severity::Warning, message);
        }
    }
}

fn find<'a>(live: &'a [LiveField], name: &str) -> Option<&'a LiveField> {
    live.iter().find(|field| field.name == name)
}

#[cfg(test)]
mod tests;

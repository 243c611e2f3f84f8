//! Judging a mapping set before it is used: every finding at once, against the canonical schema and against the fields
//! that the source has at the moment.

use {
    super::{FieldMapping, MappingSet, ModuleName, check_kinds, coerce, refused},
    crate::domain::{
        fault::{Fault, FieldFault},
        schema::{self, FieldType, SchemaField},
        transform::{Kind, Transform},
    },
    serde_json::Value,
};

/// Fields that one list call of the source can ask for.
const FIELDS_MAX: usize = 50;

/// How much a finding weighs.
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

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Path such as `mappings[0].transform_rules`.
    pub field: String,
    /// The canonical field that it is about, when it is about one.
    pub canonical_field: Option<String>,
    /// Stable word, such as `MAPPING_FIELD_UNKNOWN`.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// In words, lower case, no full stop.
    pub message: String,
    /// What was perhaps meant.
    pub suggestion: Option<String>,
    /// True for what can never be stored, whoever asks.
    pub refused: bool,
    fault: Fault,
}

impl Finding {
    /// The finding as a refused field of a request.
    pub fn into_fault(self) -> FieldFault {
        FieldFault::new(self.field, self.fault)
    }
}

/// A field that the source has at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveField {
    /// API name.
    pub name: String,
    /// The name that people see.
    pub label: String,
    /// The source's word for its type.
    pub data_type: String,
    /// Longest text, when there is a limit.
    pub max_length: Option<u32>,
    /// Values of a choice, stored and shown.
    pub choices: Vec<(String, String)>,
    /// True: comes only when a record is read singly.
    pub single_read_only: bool,
}

impl LiveField {
    /// What its values are; choices are texts.
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

    /// The step that makes something of a value of this type.
    fn hint(&self, field: &SchemaField) -> Option<&'static str> {
        Some(match (self.data_type.as_str(), field.field_type) {
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
    rows: &'a [FieldMapping],
    findings: Vec<Finding>,
}

impl Judge<'_> {
    fn find(
        &mut self,
        (field, canonical): (String, Option<&str>),
        code: &'static str,
        severity: Severity,
        message: String,
    ) {
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
    }

    fn suggest(&mut self, suggestion: Option<String>) {
        if let Some(finding) = self.findings.last_mut() {
            finding.suggestion = suggestion;
        }
    }
}

/// Judges rows. With `strict`, what works only by luck is an error: a required field without a row, a default of another
/// type. With `live`, the rows are also held to the fields that the source has.
pub fn check(
    module: ModuleName,
    rows: &[FieldMapping],
    strict: bool,
    live: Option<&[LiveField]>,
) -> Vec<Finding> {
    let mut judge = Judge { module, rows, findings: Vec::new() };
    for (code, FieldFault { field, fault }) in refused(module, rows) {
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
    if let Some(live) = live {
        judge.live(live);
    }
    judge.findings
}

fn row_of(path: &str) -> Option<usize> {
    path.strip_prefix("mappings[")?.split_once(']')?.0.parse().ok()
}

impl Judge<'_> {
    fn schema(&mut self, severity: Severity) {
        let schema = schema::of(self.module);
        for (index, row) in self.rows.iter().enumerate() {
            let (Some(field), Some(default)) =
                (schema.field(&row.canonical_field), row.default_value.as_deref())
            else {
                continue;
            };
            if !default.is_empty() && coerce(field, Value::from(default)).is_err() {
                let place = format!("mappings[{index}].default_value");
                let message =
                    format!("the default of {} is no {}", field.name, field.field_type.as_str());
                self.find((place, Some(field.name)), "MAPPING_DEFAULT_INVALID", severity, message);
            }
        }
        for field in schema.fields.iter().filter(|field| field.required) {
            if !self.rows.iter().any(|row| row.canonical_field == field.name) {
                let message =
                    format!("required field {} is not mapped: every record fails", field.name);
                let place = ("mappings".to_owned(), Some(field.name));
                self.find(place, "MAPPING_REQUIRED_MISSING", severity, message);
            }
        }
    }

    fn live(&mut self, live: &[LiveField]) {
        let schema = schema::of(self.module);
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
                        let message = format!(
                            "{name} comes only when records are read one by one, which takes longer"
                        );
                        self.find(place, "MAPPING_FIELD_SINGLE_READ", Severity::Note, message);
                    }
                    Some(_) => {}
                    None if *name == "id" => {}
                    None => {
                        // A row with a default, or one that may be empty, still gives what it can.
                        let needed = row.required && row.default_value.is_none();
                        let severity = if needed { Severity::Error } else { Severity::Warning };
                        let shown: String = name.chars().take(100).collect();
                        let message = format!("the source has no field {shown}");
                        self.find(place, "MAPPING_FIELD_UNKNOWN", severity, message);
                        self.suggest(nearest(name, live));
                    }
                }
            }
            let (Some(field), Some(found)) =
                (schema.field(canonical), find(live, &row.zoho_field_api_name))
            else {
                continue;
            };
            if transform.as_ref().is_none_or(|transform| !transform.ignores_input()) {
                self.types(index, field, found, transform.as_ref());
                self.words(index, field, found, transform.as_ref());
            }
        }
        self.width(live);
    }

    fn types(
        &mut self,
        index: usize,
        field: &SchemaField,
        live: &LiveField,
        transform: Option<&Transform>,
    ) {
        let kind = live.kind();
        let is_plain = transform.is_none_or(|transform| {
            transform.names().all(|name| ["value", "trim", "lower", "upper"].contains(&name))
        });
        let refused = match transform {
            Some(transform) => check_kinds(transform, field, kind).err(),
            None if !kind.fits(field.field_type) => {
                Some(format!("{} is a {}", field.name, field.field_type.as_str()))
            }
            // A date and time is no date until it is cut.
            None if live.data_type == "datetime" && field.field_type == FieldType::Date => {
                Some(format!("{} is a date", field.name))
            }
            None => None,
        };
        let place = |part: &str| (format!("mappings[{index}].{part}"), Some(field.name));
        if let Some(reason) = refused {
            let message = format!("{reason}; {} is of type {}", live.name, live.data_type);
            let place = place("transform_rules");
            self.find(place, "MAPPING_TYPE_MISMATCH", Severity::Error, message);
            self.suggest(live.hint(field).map(str::to_owned));
        } else if let (true, Some(most), Some(may)) =
            (is_plain, schema::longest(self.module, field.name), live.max_length)
            && may > most
        {
            let message =
                format!("{} may hold {may} characters, {} takes {most}", live.name, field.name);
            let place = place("zoho_field_api_name");
            self.find(place, "MAPPING_LENGTH", Severity::Warning, message);
            self.suggest(Some("truncate".to_owned()));
        }
    }

    fn words(
        &mut self,
        index: usize,
        field: &SchemaField,
        live: &LiveField,
        transform: Option<&Transform>,
    ) {
        // The words meet the choices as they are stored only where nothing changes them before.
        let first = transform.and_then(|transform| transform.names().next());
        if live.choices.is_empty() || first != Some("value_map") {
            return;
        }
        let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
        for word in transform.iter().flat_map(|transform| transform.mapped_words()) {
            let place = (format!("mappings[{index}].transform_rules"), Some(field.name));
            let shown: String = word.chars().take(100).collect();
            if live.choices.iter().any(|(stored, _)| same(stored, word)) {
                continue;
            }
            if let Some((stored, _)) = live.choices.iter().find(|(_, shown)| same(shown, word)) {
                let message = format!(
                    "'{shown}' is what people see; records hold '{stored}', for which it is taken too"
                );
                self.find(place, "MAPPING_VALUE_SHOWN", Severity::Note, message);
            } else {
                let message = format!("'{shown}' is no choice of {}", live.name);
                self.find(place, "MAPPING_VALUE_UNKNOWN", Severity::Warning, message);
                let words = live.choices.iter().map(|(stored, _)| stored.as_str());
                self.suggest(closest(word, words));
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
            let message =
                format!("{listed} fields are read; over {FIELDS_MAX} take more calls a page");
            let place = ("mappings".to_owned(), None);
            self.find(place, "MAPPING_FIELDS_MANY", Severity::Warning, message);
        }
    }
}

fn find<'a>(live: &'a [LiveField], name: &str) -> Option<&'a LiveField> {
    live.iter().find(|field| field.name == name)
}

/// The field that was perhaps meant: one that people see under this name, or one that is spelled nearly like it.
fn nearest(name: &str, live: &[LiveField]) -> Option<String> {
    let folded = name.to_lowercase();
    let same = live.iter().find(|field| {
        field.name.to_lowercase() == folded
            || field.label.replace(' ', "_").to_lowercase() == folded
    });
    match same {
        Some(field) => Some(field.name.clone()),
        None => closest(name, live.iter().map(|field| field.name.as_str())),
    }
}

fn closest<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> Option<String> {
    let fold = |text: &str| text.to_lowercase().chars().take(100).collect::<Vec<char>>();
    let wanted = fold(word);
    let most = (wanted.len() / 3).max(1);
    words
        .map(|word| (distance(&wanted, &fold(word)), word))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, word)| word.to_owned())
}

/// Letters to change, add or leave out to get from one word to the other.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut corner = row.first().copied().unwrap_or_default();
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, b) in other.iter().enumerate() {
            let above = row.get(j + 1).copied().unwrap_or_default();
            let left = row.get(j).copied().unwrap_or_default();
            let changed = corner + usize::from(a != b);
            corner = above;
            if let Some(here) = row.get_mut(j + 1) {
                *here = changed.min(above + 1).min(left + 1);
            }
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use {super::*, crate::domain::mapping::defaults, serde_json::json};

    fn row(canonical: &str, source: &str, rules: Value) -> FieldMapping {
        FieldMapping {
            canonical_field: canonical.into(),
            zoho_field_api_name: source.into(),
            required: false,
            default_value: None,
            transform_rules: rules.as_object().cloned().unwrap_or_default(),
        }
    }

    fn live(name: &str, data_type: &str) -> LiveField {
        LiveField {
            name: name.into(),
            label: name.replace('_', " "),
            data_type: data_type.into(),
            max_length: None,
            choices: Vec::new(),
            single_read_only: false,
        }
    }

    fn told(findings: &[Finding]) -> Vec<(&str, &str, &str, Option<&str>)> {
        findings
            .iter()
            .map(|f| (f.field.as_str(), f.code, f.severity.as_str(), f.suggestion.as_deref()))
            .collect()
    }

    #[test]
    fn strictness_is_about_what_the_first_clients_may_do() {
        let mut odd = row("credits", "X", json!({}));
        odd.default_value = Some("many".into());
        for (strict, word) in [(false, "warning"), (true, "error")] {
            let findings = check(ModuleName::Units, std::slice::from_ref(&odd), strict, None);
            assert_eq!(
                told(&findings),
                [
                    ("mappings[0].default_value", "MAPPING_DEFAULT_INVALID", word, None),
                    ("mappings", "MAPPING_REQUIRED_MISSING", word, None),
                ]
            );
            assert!(findings.iter().all(|finding| !finding.refused));
        }
        for module in ModuleName::ALL {
            assert_eq!(check(module, &defaults(module), true, None), [], "{module}");
        }
    }

    #[test]
    fn every_finding_against_the_source_is_told_at_once() {
        let mut fields = vec![
            live("Academic_Email", "email"),
            live("Status", "picklist"),
            live("Display_Name", "text"),
            live("Classes", "multiselectlookup"),
            live("Program", "lookup"),
            live("Last_Sync_Date", "datetime"),
            live("Phone_Number", "phone"),
        ];
        fields[1].choices = [("Freezed", "Freeze"), ("Active", "Active")]
            .map(|(stored, shown)| (stored.to_owned(), shown.to_owned()))
            .to_vec();
        fields[3].single_read_only = true;
        fields[6].max_length = Some(30);
        let map = json!({"type": "value_map", "params": {"map": {"Freeze": "Suspended", "Activ": "Active"}}});
        let mut email = row("academic_email", "Academic_Emial", json!({}));
        email.required = true;
        let rows = [
            email,
            row("username", "Academic_Email", json!({"type": "before_at"})),
            row("status", "Status", map),
            row("display_name", "DISPLAY_NAME", json!({})),
            row("first_name", "Program", json!({})),
            row("last_name", "Classes", json!({"type": "json"})),
            row("phone", "Phone_Number", json!({})),
            row(
                "city",
                "Display_Name",
                json!({"type": "concat", "params": {"sources": ["Nothing_Like_It", "id"]}}),
            ),
        ];
        let findings = check(ModuleName::Students, &rows, true, Some(&fields));
        assert_eq!(
            told(&findings),
            [
                (
                    "mappings[0].zoho_field_api_name",
                    "MAPPING_FIELD_UNKNOWN",
                    "error",
                    Some("Academic_Email")
                ),
                ("mappings[2].transform_rules", "MAPPING_VALUE_SHOWN", "note", None),
                ("mappings[2].transform_rules", "MAPPING_VALUE_UNKNOWN", "warning", Some("Active")),
                (
                    "mappings[3].zoho_field_api_name",
                    "MAPPING_FIELD_UNKNOWN",
                    "warning",
                    Some("Display_Name")
                ),
                (
                    "mappings[4].transform_rules",
                    "MAPPING_TYPE_MISMATCH",
                    "error",
                    Some("lookup_id")
                ),
                ("mappings[5].zoho_field_api_name", "MAPPING_FIELD_SINGLE_READ", "note", None),
                ("mappings[6].zoho_field_api_name", "MAPPING_LENGTH", "warning", Some("truncate")),
                ("mappings[7].transform_rules", "MAPPING_FIELD_UNKNOWN", "warning", None),
            ]
        );
        assert!(findings.iter().all(|finding| finding.canonical_field.is_some()));
        let fault = findings.into_iter().next().expect("one").into_fault();
        assert_eq!(fault.fault.context().expect("context")["code"], "MAPPING_FIELD_UNKNOWN");
    }

    #[test]
    fn types_of_the_source_meet_types_of_the_field() {
        let told_for = |canonical: &str, data_type: &str, rules: Value| {
            let rows = [row(canonical, "X", rules)];
            let findings = check(ModuleName::Payments, &rows, false, Some(&[live("X", data_type)]));
            findings
                .iter()
                .find(|finding| finding.code == "MAPPING_TYPE_MISMATCH")
                .map(|finding| finding.suggestion.clone().unwrap_or_default())
        };
        assert_eq!(told_for("payment_date", "datetime", json!({})).as_deref(), Some("date_only"));
        assert_eq!(told_for("payment_date", "datetime", json!({"type": "date_only"})), None);
        assert_eq!(told_for("payment_date", "date", json!({})), None);
        assert_eq!(told_for("amount", "boolean", json!({})).as_deref(), Some("to_decimal"));
        assert_eq!(told_for("amount", "currency", json!({})), None);
        assert_eq!(
            told_for("installment_number", "currency", json!({})).as_deref(),
            Some("to_integer")
        );
        assert_eq!(told_for("installment_number", "currency", json!({"type": "to_integer"})), None);
        assert_eq!(
            told_for("amount", "subform", json!({"type": "money"})).as_deref(),
            Some("json")
        );
        assert_eq!(told_for("note", "somethingnew", json!({})), None);
    }

    #[test]
    fn many_fields_take_more_calls() {
        let sources: Vec<Vec<String>> =
            (0..3).map(|n| (0..20).map(|i| format!("F{n}_{i}")).collect()).collect();
        let fields: Vec<LiveField> =
            sources.iter().flatten().map(|name| live(name, "text")).collect();
        let names = ["name", "code", "description"];
        let rows: Vec<FieldMapping> = names
            .iter()
            .zip(&sources)
            .map(|(name, sources)| {
                row(name, &sources[0], json!({"type": "coalesce", "params": {"sources": sources}}))
            })
            .collect();
        let findings = check(ModuleName::Units, &rows, true, Some(&fields));
        assert_eq!(told(&findings), [("mappings", "MAPPING_FIELDS_MANY", "warning", None)]);
    }
}

//! The findings in a set, and their severities.

use {
    super::*,
    crate::domain::{
        code,
        field::{self, Goes},
        mapping::defaults,
        record::SourceRecord,
    },
    serde_json::{Map, json},
};

fn row(canonical: &str, source: &str, rules: Value) -> FieldMapping {
    FieldMapping {
        canonical_field: canonical.into(),
        zoho_field_api_name: source.into(),
        required: false,
        default_value: None,
        transform_rules: rules.as_object().cloned().unwrap_or_default(),
        on_invalid: None,
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
        unique: false,
        writable: true,
        required: false,
        readable: true,
    }
}

fn told(findings: &[Finding]) -> Vec<(&str, Code, &str, Option<&str>)> {
    findings
        .iter()
        .map(|f| (f.field.as_str(), f.code, f.severity.as_str(), f.suggestion.as_deref()))
        .collect()
}

/// Checks rows for a module with its usual form.
fn check(
    module: ModuleName,
    rows: &[FieldMapping],
    strict: bool,
    live: Option<&[LiveField]>,
) -> Vec<Finding> {
    super::check(module, Form::of(module)[0], rows, strict, live)
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
                ("mappings[0].default_value", code::MAPPING_DEFAULT_INVALID, word, None),
                ("mappings", code::MAPPING_REQUIRED_MISSING, word, None),
                ("mappings[0].canonical_field", code::FIELD_GOES_NOWHERE, "warning", None),
            ]
        );
        assert!(findings.iter().all(|finding| !finding.refused));
    }
    for module in ModuleName::ALL {
        let findings = check(module, &defaults(module), true, None);
        assert!(findings.iter().all(|one| one.code == code::FIELD_GOES_NOWHERE), "{findings:?}");
    }
}

#[test]
fn a_field_without_an_effect_is_told_with_the_reason_and_refuses_nothing() {
    for module in ModuleName::ALL {
        let fields = field::of(module).fields.iter();
        let rows: Vec<FieldMapping> = fields.map(|field| row(field.name, "X", json!({}))).collect();
        for form in Form::of(module) {
            let findings = goes_nowhere(module, *form, &rows);
            let nowhere = field::of(module).fields.iter().enumerate().filter_map(|(at, field)| {
                let Goes::Nowhere(reason) = field.goes(*form) else { return None };
                let severity = if field.required { Severity::Note } else { Severity::Warning };
                let message = format!(
                    "the value of {} has no effect, because the field is not sent: {reason}",
                    field.name
                );
                Some((format!("mappings[{at}].canonical_field"), severity, message))
            });
            let told =
                findings.iter().map(|one| (one.field.clone(), one.severity, one.message.clone()));
            assert_eq!(told.collect::<Vec<_>>(), nowhere.collect::<Vec<_>>(), "{module}");
            assert!(
                findings.iter().all(|one| !one.refused && one.code == code::FIELD_GOES_NOWHERE)
            );
            // Every check has them.
            for strict in [false, true] {
                let all = super::check(module, *form, &rows, strict, None);
                assert!(findings.iter().all(|one| all.contains(one)), "{module} {all:?}");
            }
        }
    }
    // The result depends on what the module's records are in the target.
    let dates = [row("start_date", "X", json!({}))];
    assert_eq!(goes_nowhere(ModuleName::Classes, Form::Course, &dates), []);
    assert_eq!(goes_nowhere(ModuleName::Classes, Form::Group, &dates).len(), 1);
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
    fields[0].unique = true;
    fields[6].max_length = Some(30);
    let map =
        json!({"type": "value_map", "params": {"map": {"Freeze": "Suspended", "Activ": "Active"}}});
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
                code::MAPPING_FIELD_UNKNOWN,
                "error",
                Some("Academic_Email")
            ),
            ("mappings[2].transform_rules", code::MAPPING_VALUE_SHOWN, "note", None),
            ("mappings[2].transform_rules", code::MAPPING_VALUE_UNKNOWN, "warning", Some("Active")),
            (
                "mappings[3].zoho_field_api_name",
                code::MAPPING_FIELD_UNKNOWN,
                "warning",
                Some("Display_Name")
            ),
            (
                "mappings[4].transform_rules",
                code::MAPPING_TYPE_MISMATCH,
                "error",
                Some("lookup_id")
            ),
            ("mappings[5].zoho_field_api_name", code::MAPPING_FIELD_SINGLE_READ, "note", None),
            ("mappings[6].zoho_field_api_name", code::MAPPING_LENGTH, "warning", Some("truncate")),
            ("mappings[7].transform_rules", code::MAPPING_FIELD_UNKNOWN, "warning", None),
        ]
    );
    assert!(findings.iter().all(|finding| finding.canonical_field.is_some()));
    let fault = findings.into_iter().next().expect("one").into_fault();
    assert_eq!(fault.fault.context().expect("context")["code"], code::MAPPING_FIELD_UNKNOWN.word());
}

#[test]
fn types_of_the_source_meet_types_of_the_field() {
    let told_for = |canonical: &str, data_type: &str, rules: Value| {
        let rows = [row(canonical, "X", rules)];
        let findings = check(ModuleName::Payments, &rows, false, Some(&[live("X", data_type)]));
        findings
            .iter()
            .find(|finding| finding.code == code::MAPPING_TYPE_MISMATCH)
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
    assert_eq!(told_for("amount", "subform", json!({"type": "money"})).as_deref(), Some("json"));
    assert_eq!(told_for("note", "somethingnew", json!({})), None);
    // The words of a choice of several are joined, and what is proposed can be taken as it is.
    let join = told_for("note", "multiselectpicklist", json!({})).unwrap_or_default();
    let join: Value = serde_json::from_str(&join).unwrap_or_else(|_| panic!("{join}"));
    assert_eq!(told_for("note", "multiselectpicklist", join.clone()), None);
    let join = Transform::parse(join.as_object().expect("an object"))
        .expect("parses")
        .expect("a transform");
    let record = SourceRecord { id: "1".into(), modified_at: None, fields: Map::new() };
    assert_eq!(join.apply(&json!(["A", "B"]), &record), Ok(json!("A, B")));
    assert!(join.apply(&Value::Null, &record).is_ok());
}

#[test]
fn an_account_needs_a_name_of_its_own() {
    let rows = [row("username", "Mail", json!({})), row("phone", "Mail", json!({}))];
    let told_of = |unique: bool| {
        let fields = [LiveField { unique, ..live("Mail", "email") }];
        let findings = check(ModuleName::Students, &rows, false, Some(&fields));
        findings.iter().filter(|one| one.code == code::MAPPING_NOT_UNIQUE).count()
    };
    assert_eq!((told_of(false), told_of(true)), (1, 0));
}

#[test]
fn many_fields_take_more_calls() {
    let sources: Vec<Vec<String>> =
        (0..3).map(|n| (0..20).map(|i| format!("F{n}_{i}")).collect()).collect();
    let fields: Vec<LiveField> = sources.iter().flatten().map(|name| live(name, "text")).collect();
    let names = ["name", "code", "description"];
    let rows: Vec<FieldMapping> = names
        .iter()
        .zip(&sources)
        .map(|(name, sources)| {
            row(name, &sources[0], json!({"type": "coalesce", "params": {"sources": sources}}))
        })
        .collect();
    let findings = check(ModuleName::Units, &rows, true, Some(&fields));
    assert_eq!(told(&findings), [("mappings", code::MAPPING_FIELDS_MANY, "warning", None)]);
}

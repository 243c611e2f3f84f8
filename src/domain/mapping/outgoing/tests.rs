//! Rows that are written to Zoho: the default ones, refusals, and findings.

use {
    super::*,
    crate::domain::{
        code,
        layout::GradeScale,
        mapping::{Finding, check},
    },
    proptest::prelude::*,
};

fn row(canonical: &str, zoho: &str) -> FieldMapping {
    FieldMapping {
        canonical_field: canonical.into(),
        zoho_field_api_name: zoho.into(),
        required: false,
        default_value: None,
        transform_rules: serde_json::Map::new(),
        on_invalid: None,
    }
}

fn with(mut row: FieldMapping, rules: Value) -> FieldMapping {
    row.transform_rules = rules.as_object().cloned().unwrap_or_default();
    row
}

fn live(name: &str, data_type: &str) -> LiveField {
    LiveField {
        name: name.into(),
        label: name.into(),
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

/// The fields of an organisation, as the default rows name them.
fn organisation() -> Vec<LiveField> {
    let mut fields = vec![
        live("Moodle_Grade_Composite_Key", "text"),
        live("Student", "lookup"),
        live("Class", "lookup"),
        live("Grade", "picklist"),
        live("Attempt_Date", "date"),
        live("BTEC_Grade_Name", "text"),
        live("Feedback", "textarea"),
    ];
    fields[0].unique = true;
    fields[3].choices = GradeScale::LETTERS.map(|one| (one.to_owned(), one.to_owned())).into();
    fields
}

fn grade(fields: Value) -> SourceRecord {
    let Value::Object(fields) = fields else { panic!("an object") };
    SourceRecord { id: "1".into(), modified_at: None, fields }
}

/// The findings except rows without an effect, which the defaults have.
fn found(rows: &[FieldMapping], live: Option<&[LiveField]>) -> Vec<(String, Code)> {
    let findings = check(ModuleName::Grades, Form::Grade, rows, true, live);
    let told = findings.into_iter().map(|Finding { field, code, .. }| (field, code));
    told.filter(|(_, code)| *code != code::FIELD_GOES_NOWHERE).collect()
}

fn rows_of(pairs: &[(&str, &str)]) -> Vec<FieldMapping> {
    pairs.iter().map(|(canonical, zoho)| row(canonical, zoho)).collect()
}

#[test]
fn a_set_without_a_key_is_one_of_before_the_key_had_a_name() {
    let set = rows_of(&[("student_zoho_id", "Student"), ("grade_value", "Mark")]);
    let rows = Outgoing::compile(&set).expect("compiles");
    assert_eq!(rows.key(), "Moodle_Grade_Composite_Key");
    assert_eq!(rows.zoho_field("grade_name"), Some("BTEC_Grade_Name"));
    // The other fields are written as the rows say.
    assert_eq!(rows.zoho_field("feedback"), None);
    assert_eq!(rows.zoho_field("grade_value"), Some("Mark"));
    assert_eq!(found(&set, None), [("mappings".to_owned(), code::MAPPING_REQUIRED_MISSING)]);
    let taken = [set, rows_of(&[("feedback", "BTEC_Grade_Name")])].concat();
    let rows = Outgoing::compile(&taken).expect("compiles");
    assert_eq!(rows.zoho_field("grade_name"), None, "another row has its field");
    let keyed = [taken, rows_of(&[("grade_key", "Key")])].concat();
    let rows = Outgoing::compile(&keyed).expect("compiles");
    assert_eq!((rows.key(), rows.zoho_field("grade_name")), ("Key", None));
    // The earlier defaults are complete as they are.
    let mut older = defaults(ModuleName::Grades);
    older.truncate(9);
    for set in [older, defaults(ModuleName::Grades)] {
        assert_eq!(found(&set, Some(&organisation())), []);
        let mut named: Vec<_> = Outgoing::of(&set).canonical_fields().collect();
        named.sort_unstable();
        let mut all: Vec<_> = fields().map(|field| field.name).collect();
        all.sort_unstable();
        assert_eq!(named, all);
    }
    let missing = Outgoing::compile(&[]).expect("compiles").missing().expect("no student");
    assert_eq!(
        (missing.code, missing.field.as_str()),
        (code::MAPPING_REQUIRED_MISSING, "student_zoho_id")
    );
}

#[test]
fn rows_are_held_to_the_fields_that_zoho_has() {
    let set = defaults(ModuleName::Grades);
    let place = |index: usize| format!("mappings[{index}].zoho_field_api_name");
    let with_field = |name: &str, change: &dyn Fn(&mut LiveField)| {
        let mut fields = organisation();
        change(fields.iter_mut().find(|field| field.name == name).expect("a field"));
        found(&set, Some(&fields))
    };
    let key = "Moodle_Grade_Composite_Key";
    assert_eq!(with_field(key, &|key| key.unique = false), [(place(9), code::MAPPING_NOT_UNIQUE)]);
    assert_eq!(
        with_field(key, &|key| key.name = "X".into()),
        [(place(9), code::MAPPING_FIELD_UNKNOWN)]
    );
    assert_eq!(
        with_field("Class", &|field| field.writable = false),
        [(place(4), code::MAPPING_FIELD_READ_ONLY)]
    );
    let of_type = |name: &str, data_type: &str| {
        let found = with_field(name, &|field| field.data_type = data_type.to_owned());
        found.into_iter().map(|(_, code)| code).next()
    };
    let mismatch = Some(code::MAPPING_TYPE_MISMATCH);
    assert_eq!(of_type("Student", "text"), None, "an id is a text as well");
    assert_eq!(of_type("Student", "ownerlookup"), mismatch);
    assert_eq!(of_type("Feedback", "lookup"), mismatch);
    assert_eq!(of_type("Feedback", "integer"), mismatch);
    assert_eq!(of_type("Feedback", "subform"), mismatch);
    assert_eq!(of_type("Feedback", "somethingnew"), None);
    assert_eq!(of_type("Attempt_Date", "text"), None);
    assert_eq!(of_type("BTEC_Grade_Name", "date"), mismatch);
    let words = with_field("Grade", &|field| field.choices.truncate(4));
    assert_eq!(words, [("mappings[2].transform_rules".to_owned(), code::MAPPING_VALUE_UNKNOWN)]);
    // Of the missing rows, only the key is looked for.
    let mut older = set.clone();
    older.truncate(9);
    let mut fields = organisation();
    fields.retain(|field| field.name != "BTEC_Grade_Name");
    assert_eq!(found(&older, Some(&fields)), []);
    fields.retain(|field| field.name != key);
    assert_eq!(
        found(&older, Some(&fields)),
        [("mappings".to_owned(), code::MAPPING_FIELD_UNKNOWN)]
    );
    let told = Outgoing::of(&older).unwritable(&fields).expect("a fault");
    assert_eq!(told.0, code::MAPPING_FIELD_UNKNOWN);
    assert!(told.1.contains(key), "{}", told.1);
}

#[test]
fn words_are_those_of_grades() {
    let words = |map: Value| {
        let rules = json!({"type": "value_map", "params": {"map": map, "else": "fail"}});
        let set = [
            row("grade_key", "Key"),
            row("student_zoho_id", "S"),
            with(row("grade_value", "G"), rules),
        ];
        let all = check(ModuleName::Grades, Form::Grade, &set, true, None);
        all.into_iter().map(|one| (one.severity.as_str(), one.message)).collect::<Vec<_>>()
    };
    assert_eq!(words(json!({"f": 0, "R": 1, "P": 2, "M": 3, "D": 4})), []);
    let odd = words(json!({"F": 0, "R": 1, "P": 2, "M": 3, "Merit": 4}));
    assert_eq!(odd[0], ("warning", "'Merit' is not a grade; grades are F, R, P, M, D".to_owned()));
    assert!(odd[1].1.starts_with("a grade D cannot be written"), "{odd:?}");
}

#[test]
fn values_go_through_their_rows() {
    let marks = json!({"type": "value_map", "params": {"map": {"M": 3}}});
    let mut set = rows_of(&[
        ("grade_key", "Key"),
        ("student_zoho_id", "Student"),
        ("class_zoho_id", "Class"),
    ]);
    set.push(with(row("grade_value", "Marks"), marks));
    set.push(with(row("feedback", "Feedback"), json!({"type": "upper"})));
    set[4].default_value = Some("none".into());
    let mut rows = Outgoing::compile(&set).expect("compiles");
    let written = |rows: &Outgoing, value: Value| {
        let values = rows.write(&grade(value)).expect("writes").fields;
        Value::Object(rows.fields(&values, &|_| true))
    };
    let whole = json!({
        "grade_key": "1_2_3", "student_zoho_id": "5", "class_zoho_id": null, "grade_value": "M", "feedback": "fine",
    });
    assert_eq!(
        written(&rows, whole.clone()),
        json!({"Key": "1_2_3", "Student": {"id": "5"}, "Marks": 3, "Feedback": "FINE"})
    );
    rows.learn(&[live("Student", "text"), live("Class", "lookup")]);
    let bare = json!({"grade_key": "1_2_3", "student_zoho_id": "5", "class_zoho_id": "7", "feedback": null});
    assert_eq!(
        written(&rows, bare),
        json!({"Key": "1_2_3", "Student": "5", "Class": {"id": "7"}, "Feedback": "none"})
    );
    set[4].default_value = None;
    set[4].required = true;
    let rows = Outgoing::compile(&set).expect("compiles");
    let mut without = whole;
    without["feedback"] = json!("");
    let failure = rows.write(&grade(without)).expect_err("no feedback");
    assert_eq!(
        (failure.code, failure.field.as_str()),
        (code::MAPPING_REQUIRED_MISSING, "feedback")
    );
}

proptest! {
    #[test]
    fn no_set_that_is_stored_writes_a_field_twice(names in proptest::collection::vec(0_usize..9, 11)) {
        let mut set = defaults(ModuleName::Grades);
        for (row, name) in set.iter_mut().zip(&names).filter(|(_, name)| **name > 3) {
            row.zoho_field_api_name = format!("Field_{name}");
        }
        set.truncate(9 + names[0] % 3);
        if let Ok(rows) = Outgoing::compile(&set) {
            let mut fields: Vec<_> = rows.rows.iter().map(|row| row.zoho.clone()).collect();
            fields.sort();
            let before = fields.len();
            fields.dedup();
            prop_assert_eq!(fields.len(), before);
            prop_assert!(rows.rows.iter().any(|row| row.field.what == What::Key));
        }
    }
}

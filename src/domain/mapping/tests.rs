//! What mapping a record does, and what is refused on save.

use {
    super::*,
    crate::domain::{
        code,
        field::{self, FieldType},
        person::KNOWN_BY,
    },
    serde_json::json,
};

fn row(canonical: &str, source: &str) -> FieldMapping {
    FieldMapping {
        canonical_field: canonical.into(),
        zoho_field_api_name: source.into(),
        required: false,
        default_value: None,
        transform_rules: Map::new(),
        on_invalid: Some(FAIL.into()),
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
            "Status": "-None-", "Profile_Image": [{"Preview_Id__s": "p1"}], "First_Name": null,
            "Last_Name": "", "Name": "A01X000001Z", "Student_Moodle_ID": null,
        })))
        .expect("maps");
    assert_eq!(canonical["username"], json!("sara"));
    assert_eq!(canonical["status"], json!("Active"));
    assert_eq!(canonical["phone"], Value::Null);
    assert_eq!(canonical.len(), 10);
}

#[test]
fn a_missing_required_field_ends_the_record() {
    let failure = students().apply(&record(json!({"Academic_Email": ""}))).expect_err("fails");
    assert_eq!(
        (failure.code, failure.field.as_str()),
        (code::MAPPING_REQUIRED_MISSING, "academic_email")
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
    assert_eq!(failure.code, code::MAPPING_TYPE_MISMATCH);
}

#[test]
fn json_and_text_have_one_form() {
    let rows = [
        row("registration_zoho_id", "R"),
        row("amount", "A"),
        row("payment_status", "S"),
        row("installment_number", "N"),
        row("payment_date", "D"),
        row("note", "T"),
    ];
    let set = MappingSet::compile(ModuleName::Payments, &rows).expect("compiles");
    let map = |amount: Value, number: Value, note: Value| {
        let fields =
            json!({"R": "1", "A": amount, "S": "x", "N": number, "D": "2026-09-01", "T": note});
        set.apply(&record(fields)).expect("maps")
    };
    let wanted = map(json!(1500), json!(3), json!(7));
    assert_eq!((&wanted["amount"], &wanted["installment_number"]), (&json!("1500"), &json!(3)));
    for (amount, number, note) in [
        (json!(1500.0), json!(3.0), json!(7.0)),
        (json!("1500.00"), json!("3"), json!("7")),
        (json!("1500.0"), json!("3.0"), json!("7")),
        (json!("+01500"), json!("03"), json!("7")),
        (json!("1.5e3"), json!(" 3 "), json!("7")),
    ] {
        assert_eq!(map(amount.clone(), number, note), wanted, "{amount}");
    }
    for (field, bad) in [
        ("A", json!("1,500")),
        ("N", json!(3.5)),
        ("D", json!("2026-9-1")),
        ("D", json!("2026-02-30")),
        ("N", json!(true)),
    ] {
        let mut fields = json!({"R": "1", "A": 1, "S": "x"});
        fields[field] = bad.clone();
        assert_eq!(
            set.apply(&record(fields)).expect_err("no").code,
            code::MAPPING_TYPE_MISMATCH,
            "{bad}"
        );
    }
}

#[test]
fn defaults_of_all_modules_compile_and_follow_the_schema() {
    for module in ModuleName::ALL {
        let rows = defaults(module);
        let set = MappingSet::compile(module, &rows)
            .unwrap_or_else(|faults| panic!("{module}: {faults:?}"));
        assert!(set.missing().is_none(), "{module}");
        assert!(set.zoho_fields().len() <= 50, "{module}");
        for row in &rows {
            let name = row.canonical_field.as_str();
            let field = field::of(module).field(name).expect("known");
            assert!(!field.required || row.required, "{module} {name}");
            let rules = serde_json::to_string(&row.transform_rules).expect("JSON");
            assert_eq!(name.ends_with("_zoho_id"), rules.contains("lookup_id"), "{module} {name}");
            assert_eq!(
                field.field_type == FieldType::Date,
                rules.contains("date_only"),
                "{module} {name}"
            );
        }
    }
}

#[test]
fn a_registration_a_payment_and_a_unit_are_mapped() {
    let map = |module, fields| {
        MappingSet::compile(module, &defaults(module))
            .expect("compiles")
            .apply(&record(fields))
            .expect("maps")
    };
    let registration = map(
        ModuleName::Registrations,
        json!({
            "Name": "R1", "Student_ID": {"id": "11", "name": "Sara"}, "Program": {"id": "22", "name": "Business"},
            "Registration_Date": "2026-09-01", "Registration_Status": "-None-", "Program_Price": "1,500 USD",
            "Remaining_Amount": "250.50 USD", "Currency": "USD",
            "Payment_Schedule": [{"Installment_No": 1, "Due_Date": "2026-10-01", "$in_merge": false}],
        }),
    );
    assert_eq!(registration["student_zoho_id"], "11");
    assert_eq!(
        (&registration["program_zoho_id"], &registration["program_name"]),
        (&json!("22"), &json!("Business"))
    );
    assert_eq!(
        (&registration["total_fees"], &registration["remaining_amount"]),
        (&json!("1500"), &json!("250.5"))
    );
    assert_eq!(registration["enrollment_status"], "New");
    assert_eq!(
        registration["payment_schedule"],
        r#"[{"Due_Date":"2026-10-01","Installment_No":1}]"#
    );
    let unit = map(
        ModuleName::Units,
        json!({
            "Name": "Networks", "Unit_Credit": "15", "P1_description": "Explain", "P2_description": "", "D1_description": "Evaluate",
        }),
    );
    assert_eq!(unit["credits"], 15);
    assert_eq!(
        unit["criteria"],
        r#"[{"description":"Explain","shortname":"P1"},{"description":"Evaluate","shortname":"D1"}]"#
    );
}

#[test]
fn a_trace_goes_on_after_a_failure() {
    let mut bad = row("credits", "Unit_Credit");
    bad.transform_rules = serde_json::from_value(
        json!({"type": "chain", "params": {"steps": [{"type": "trim"}, {"type": "to_integer"}]}}),
    )
    .expect("rules");
    let set =
        MappingSet::compile(ModuleName::Units, &[bad, row("name", "Name")]).expect("compiles");
    let trace = set.trace(&record(json!({"Unit_Credit": " x ", "Name": "A"})), KnownFields::NONE);
    assert_eq!(trace[0].steps, [Traced { name: "trim", value: json!("x") }]);
    let failure = trace[0].result.as_ref().expect_err("no number");
    assert_eq!((failure.code, failure.step), (code::TRANSFORM_FAILED, Some(2)));
    assert_eq!(trace[1].result, Ok(Some(json!("A"))));
}

#[test]
fn a_chain_must_end_in_the_type_of_its_field() {
    let with = |canonical: &str, rules: Value| {
        let mut row = row(canonical, "X");
        row.transform_rules = serde_json::from_value(rules).expect("rules");
        let faults = validate(ModuleName::Registrations, &[row]);
        faults.first().map(|fault| fault.fault.message())
    };
    assert_eq!(with("total_fees", json!({"type": "money"})), None);
    let refused = with("total_fees", json!({"type": "date_only"})).expect("a fault");
    assert!(refused.contains("total_fees is a decimal, but the last step gives date"), "{refused}");
    let refused = with("registration_date", json!({"type": "boolean"})).expect("a fault");
    assert!(refused.contains("registration_date is a date"), "{refused}");
    let chain =
        json!({"type": "chain", "params": {"steps": [{"type": "boolean"}, {"type": "date_only"}]}});
    let refused = with("registration_date", chain).expect("a fault");
    assert!(refused.contains("step 2 (date_only) cannot take what boolean gives"), "{refused}");
}

#[test]
fn no_step_makes_somebody_else_s_address_or_name() {
    let steps = |names: &[&str]| {
        let steps: Vec<Value> = names.iter().map(|name| json!({"type": name})).collect();
        json!({"type": "chain", "params": {"steps": steps}})
    };
    let mapped = |field: &str, rules: Value, text: &str| {
        let rules = rules.as_object().cloned().unwrap_or_default();
        let rows: Vec<FieldMapping> = ["academic_email", "username", "first_name", "status"]
            .into_iter()
            .map(|name| FieldMapping {
                canonical_field: name.into(),
                zoho_field_api_name: if name == field { "Text" } else { "Plain" }.into(),
                required: false,
                default_value: None,
                transform_rules: if name == field { rules.clone() } else { Map::new() },
                on_invalid: None,
            })
            .collect();
        let set = MappingSet::compile(ModuleName::Students, &rows).expect("a set");
        let fields = [("Text", text), ("Plain", "a@b.example")];
        let fields = fields.map(|(name, text)| (name.to_owned(), json!(text)));
        let record = SourceRecord {
            id: "1".into(),
            modified_at: None,
            fields: fields.into_iter().collect(),
        };
        set.apply(&record)
            .map(|fields| fields[field].clone())
            .map_err(|failure| (failure.code, failure.step))
    };
    for (field, code) in
        [("academic_email", code::EMAIL_INVALID), ("username", code::USERNAME_INVALID)]
    {
        assert_eq!(mapped(field, json!({"type": "lower"}), "\u{212A}im"), Err((code, Some(1))));
        assert_eq!(
            mapped(field, steps(&["trim", "upper", "lower"]), " k\u{131}m"),
            Err((code, Some(2)))
        );
        let turkish = json!({"type": "lower", "params": {"locale": "tr"}});
        assert_eq!(mapped(field, turkish, "\u{130}lker"), Err((code, Some(1))));
        // What no step folds is left for the target to judge, and other letters may change their case.
        assert_eq!(mapped(field, json!({"type": "trim"}), " \u{212A}im "), Ok(json!("\u{212A}im")));
        assert_eq!(mapped(field, json!({"type": "lower"}), "KIM"), Ok(json!("kim")));
    }
    assert_eq!(mapped("first_name", json!({"type": "lower"}), "\u{212A}im"), Ok(json!("kim")));
}

#[test]
fn an_unusable_value_costs_itself_or_its_record() {
    let with = |on_invalid: Option<&str>, required: bool| {
        let day = FieldMapping {
            required,
            on_invalid: on_invalid.map(str::to_owned),
            ..row("payment_date", "D")
        };
        let mut rows =
            vec![row("registration_zoho_id", "R"), row("amount", "A"), row("payment_status", "S")];
        rows.push(day);
        let set = MappingSet::compile(ModuleName::Payments, &rows).expect("compiles");
        let fields = json!({"R": "1", "A": 1, "S": "x", "D": "someday"});
        set.map(&record(fields), KnownFields::NONE)
    };
    for (on_invalid, required) in [(None, false), (Some(DROP), false), (Some(DROP), true)] {
        let mapped = with(on_invalid, required).expect("maps");
        assert!(!mapped.fields.contains_key("payment_date"), "{mapped:?}");
        let [dropped] = mapped.dropped.as_slice() else { panic!("{mapped:?}") };
        assert_eq!((dropped.field, dropped.value.as_str()), ("payment_date", "someday"));
        assert_eq!(
            (dropped.required, dropped.failure.code),
            (required, code::MAPPING_TYPE_MISMATCH)
        );
    }
    for (on_invalid, required) in [(Some(FAIL), false), (None, true)] {
        let failure = with(on_invalid, required).expect_err("fails");
        assert_eq!(failure.code, code::MAPPING_TYPE_MISMATCH);
    }
}

#[test]
fn names_and_required_fields_drop_only_if_their_rows_say_so() {
    for module in ModuleName::ALL {
        for field in field::of(module).fields {
            let drops = |on_invalid: Option<&str>| {
                let on_invalid = on_invalid.map(str::to_owned);
                FieldMapping { on_invalid, ..row(field.name, "F") }.drops(field)
            };
            let known_by = KNOWN_BY.contains(&field.name);
            assert_eq!(drops(None), !field.required && !known_by, "{module} {}", field.name);
            assert!(drops(Some(DROP)) && !drops(Some(FAIL)));
        }
    }
    let unknown = FieldMapping { on_invalid: Some("ignore".into()), ..row("phone", "P") };
    let faults = validate(ModuleName::Students, &[unknown]);
    assert_eq!(faults.first().map(|fault| fault.field.as_str()), Some("mappings[0].on_invalid"));
}

/// A value that a row can read.
fn sound_for(module: ModuleName, row: &FieldMapping) -> Value {
    let step = row.transform_rules.get("type").and_then(Value::as_str).unwrap_or_default();
    let field = field::of(module).field(&row.canonical_field);
    match field.map(|field| field.field_type) {
        _ if step.starts_with("lookup_") => json!({"id": "7", "name": "Seven"}),
        Some(FieldType::Date) => json!("2026-09-01"),
        Some(FieldType::Integer | FieldType::Decimal) => json!("7"),
        _ => json!("text"),
    }
}

proptest::proptest! {
    #[test]
    fn what_is_dropped_changes_no_other_field(
        module in 0_usize..7,
        spoilt in proptest::collection::vec(proptest::prelude::any::<bool>(), 40),
    ) {
        let module = ModuleName::ALL[module];
        let rows = defaults(module);
        let optional: Vec<&FieldMapping> = rows
            .iter()
            .filter(|row| field::of(module).field(&row.canonical_field).is_some_and(|one| row.drops(one)))
            .collect();
        let set = MappingSet::compile(module, &rows).expect("compiles");
        // One value for each field, and one that no row can read for those that only optional rows read.
        let sound = rows.iter().map(|row| (row.zoho_field_api_name.clone(), sound_for(module, row))).collect();
        let sound = SourceRecord { id: "1".into(), modified_at: None, fields: sound };
        let mut bad = sound.clone();
        for (row, spoilt) in optional.iter().zip(spoilt) {
            let shared = rows.iter().filter(|other| other.zoho_field_api_name == row.zoho_field_api_name);
            if spoilt && shared.count() == 1 {
                bad.fields.insert(row.zoho_field_api_name.clone(), json!({"an": {"odd": "object"}}));
            }
        }
        let (sound, bad) = (set.map(&sound, KnownFields::NONE), set.map(&bad, KnownFields::NONE));
        let (Ok(sound), Ok(bad)) = (sound, bad) else {
            return Err(proptest::test_runner::TestCaseError::fail("an optional value failed the record"));
        };
        let dropped: Vec<&str> = bad.dropped.iter().map(|one| one.field).collect();
        for row in &rows {
            let name = row.canonical_field.as_str();
            let (was, is) = (sound.fields.get(name), bad.fields.get(name));
            let is_required = !optional.iter().any(|one| one.canonical_field == name);
            proptest::prop_assert!(!is_required || was == is, "{}: {:?} {:?}", name, was, is);
            proptest::prop_assert!(!dropped.contains(&name) || is.is_none(), "{}", name);
        }
    }
}

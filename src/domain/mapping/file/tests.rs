//! A set that is written is read back unchanged: the defaults, and sets with any content.

use {
    super::*,
    crate::domain::mapping::{defaults, validate},
    proptest::{collection::vec, option, prelude::*},
};

fn file(module: ModuleName) -> MappingFile {
    MappingFile { module, rows: defaults(module), tests: Vec::new() }
}

/// As JSON text, in which the order of keys counts.
fn text_of(file: &MappingFile) -> String {
    let tests: Vec<Value> = file
        .tests
        .iter()
        .map(|test| json!([test.name, test.given, test.expect, test.expect_error]))
        .collect();
    json!([file.module.as_str(), file.rows, tests]).to_string()
}

fn round(files: &[MappingFile]) {
    let text = to_yaml(files);
    let back = from_yaml(&text).unwrap_or_else(|faults| panic!("{faults:?}\n{text}"));
    let texts = |files: &[MappingFile]| files.iter().map(text_of).collect::<Vec<_>>();
    assert_eq!(texts(&back), texts(files), "{text}");
    assert_eq!(to_yaml(&back), text);
}

#[test]
fn the_defaults_of_all_modules_come_back() {
    round(&ModuleName::ALL.map(file));
    let text = to_yaml(&[file(ModuleName::Students)]);
    let start = concat!(
        "apiVersion: sigma.v1\nkind: MappingSet\nmodule: students\nfields:\n",
        "  - { to: academic_email, from: Academic_Email, required: true }\n",
        "  - { to: username, from: Academic_Email, required: true, transforms: [before_at], ",
        "note: \"The part of the address before the @\" }\n",
    );
    assert!(text.starts_with(start), "{text}");
    assert!(!text.contains("rules:"), "{text}");
    assert_eq!(
        to_yaml(&[MappingFile { rows: Vec::new(), ..file(ModuleName::Units) }]).lines().last(),
        Some("fields: []")
    );
}

#[test]
fn the_file_that_people_write_is_read() {
    let text = "
# a comment
apiVersion: sigma.v1
kind: MappingSet
module: students
fields:
  - { to: academic_email, from: Academic_Email, required: true, transforms: [trim, lower] }
  - to: username
    from: Academic_Email
    required: true
    transforms:
      - before_at
      - split: {on: '.', take: first}
    note: first name
  - { to: status, from: Status, default: Active }
  - { to: phone, from: Phone_Number, default: 0 }
tests:
  - given: { Academic_Email: 'Sara@School.edu' }
    expect: { username: sara }
";
    let files = from_yaml(text).expect("reads");
    let [file] = files.as_slice() else { panic!("one") };
    assert_eq!(file.rows.len(), 4);
    assert_eq!(
        Value::Object(file.rows[0].transform_rules.clone()),
        json!({"type": "chain", "params": {"steps": [{"type": "trim"}, {"type": "lower"}]}})
    );
    assert_eq!(
        Value::Object(file.rows[1].transform_rules.clone()),
        json!({"type": "chain", "params": {"steps": [{"type": "before_at"},
            {"type": "split", "params": {"on": ".", "take": "first"}}]}, "description": "first name"})
    );
    assert_eq!(file.rows[2].default_value.as_deref(), Some("Active"));
    assert_eq!(file.rows[3].default_value.as_deref(), Some("0"));
    assert_eq!(file.tests[0].given["Academic_Email"], "Sara@School.edu");
    assert_eq!(validate(file.module, &file.rows), []);
}

#[test]
fn every_fault_of_a_file_is_told() {
    let text = "
apiVersion: sigma.v2
kind: MappingSet
module: students
more: 1
fields:
  - { to: status }
  - { to: phone, from: Phone, required: maybe, x: 1 }
  - { to: phone, from: Phone, transforms: [{trim: 1}], default: [] }
  - { to: phone, from: Phone, rules: {}, transforms: [trim] }
  - 5
tests:
  - { given: 1 }
---
kind: MappingSet
";
    let faults = from_yaml(text).expect_err("faults");
    let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "students.apiVersion",
            "students.more",
            "students.fields[0].from",
            "students.fields[1].required",
            "students.fields[1].x",
            "students.fields[2].default",
            "students.fields[2].transforms[0]",
            "students.fields[3].rules",
            "students.fields[4]",
            "students.fields[4].to",
            "students.fields[4].from",
            "students.tests[0].given",
            "document[1].module",
            "document[1].apiVersion",
        ]
    );
}

#[test]
fn texts_that_are_no_files_are_refused() {
    let bomb = format!("a: &a [x]\n{}", "b: [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n".repeat(300));
    let laughs: String =
        (0..20).map(|n| format!("a{}: &a{} [*a{n},*a{n},*a{n}]\n", n + 1, n + 1)).collect();
    let laughs = format!("a0: &a0 [x]\n{laughs}");
    let deep = format!("a: {}{}", "[".repeat(400), "]".repeat(400));
    let twice = "apiVersion: sigma.v1\nkind: MappingSet\nmodule: units\n---\napiVersion: sigma.v1\nkind: MappingSet\nmodule: units\n";
    let merge = "a: &a {kind: MappingSet}\n<<: *a\n";
    let many = "a: 1\n---\n".repeat(40);
    for text in [
        "",
        "---\n",
        "[",
        "a: b: c",
        "5",
        "kind: MappingSet\nkind: MappingSet\n",
        bomb.as_str(),
        laughs.as_str(),
        deep.as_str(),
        twice,
        merge,
        many.as_str(),
        "a: {b: [\"units\\0\"]}",
        &" ".repeat(TEXT_MAX + 1),
    ] {
        let faults = from_yaml(text).expect_err(&text.chars().take(80).collect::<String>());
        assert!(!faults.is_empty());
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z_]{1,12}",
        "(?i)(yes|no|on|off|true|false|null|nan|~|\\.inf|0x1|0o7|1_000|1e3|-|---|\\.\\.\\.|<<|=|!x|&a|\\*a|# c|: |\\{|\\[|@|`|%|\\?)",
        "[0-9.+eE:_-]{1,10}",
        any::<String>().prop_map(|text| text.replace('\0', "")),
        "[ \\t\\n\\r\u{85}\u{2028}\u{200f}\u{feff}\u{1f600}\\\\\"'#:,]{1,8}",
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::from),
        any_text().prop_map(Value::String),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((any_text(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Map<String, Value>> {
    vec((any_text(), any_value()), 0..5).prop_map(|members| members.into_iter().collect())
}

fn any_rules() -> impl Strategy<Value = Map<String, Value>> {
    let step = || {
        (any_text(), option::of(any_object())).prop_map(|(name, params)| match params {
            Some(params) => json!({"type": name, "params": params}),
            None => json!({"type": name}),
        })
    };
    let object = |value: Value| value.as_object().cloned().unwrap_or_default();
    prop_oneof![
        Just(Map::new()),
        step().prop_map(object),
        vec(step(), 0..4)
            .prop_map(move |steps| object(json!({"type": "chain", "params": {"steps": steps}}))),
        any_object(),
        (any_text(), any_text())
            .prop_map(move |(name, note)| object(json!({"description": note, "type": name}))),
    ]
}

fn any_file() -> impl Strategy<Value = MappingFile> {
    let on_invalid = || option::of(prop_oneof![Just("fail".to_owned()), Just("drop".to_owned())]);
    let row = (
        (any_text(), any_text(), any::<bool>(), option::of(any_text())),
        (any_rules(), on_invalid()),
    )
        .prop_map(|((to, from, required, default_value), (transform_rules, on_invalid))| {
            FieldMapping {
                canonical_field: to,
                zoho_field_api_name: from,
                required,
                default_value,
                transform_rules,
                on_invalid,
            }
        });
    let test = (option::of(any_text()), any_object(), any_object(), option::of(any_text()))
        .prop_map(|(name, given, expect, expect_error)| MappingTest {
            name,
            given,
            expect: if expect_error.is_some() { Map::new() } else { expect },
            expect_error,
        });
    let named =
        |row: &FieldMapping| !row.canonical_field.is_empty() && !row.zoho_field_api_name.is_empty();
    (0_usize..8, vec(row.prop_filter("named", named), 0..6), vec(test, 0..3)).prop_map(
        |(module, rows, tests)| MappingFile { module: ModuleName::ALL[module], rows, tests },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_set_comes_back_and_is_the_same_bytes_again(file in any_file()) {
        round(&[file]);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _either = from_yaml(&text);
    }
}

#[test]
fn a_long_key_comes_back() {
    for length in [998, 1_000, 1_002, 1_022, 1_024, 1_026, 5_000] {
        let map = json!({("x".repeat(length)): 1, ("é ".repeat(length / 2)): {"z": 2}, "z": 3});
        let rules = json!({"type": "value_map", "params": {"map": map}});
        let transform_rules = rules.as_object().cloned().expect("rules");
        let mut file = file(ModuleName::Students);
        file.rows.truncate(1);
        file.rows[0].transform_rules = transform_rules;
        round(&[file]);
    }
}

#[test]
fn what_is_not_yaml_is_told_in_plain_words() {
    let alias = format!("a: &a [{}]\nb: &b [{}]\n", "1, ".repeat(300), "*a, ".repeat(30));
    for (text, words) in [
        (alias.as_str(), "anchors keep more than 5,000 values for their aliases"),
        ("a: 1\na: 2\n", "the key 'a' stands twice"),
        ("a: *nothing\n", "an alias names an anchor that is not there"),
        ("a: &a {b: 1}\nc:\n  <<: *a\n", "merge keys (<<) are not read"),
        ("a: [1, 2\n", "line "),
        ("a:\n\tb: 1\n", "line 2"),
    ] {
        let faults = from_yaml(text).expect_err(text);
        let told = faults[0].fault.message();
        assert!(told.contains("is not valid YAML; line ") && told.contains(words), "{told}");
        // Neither a name of the reader's code nor one of its settings.
        assert!(!told.contains('{') && !told.contains('_') && !told.contains("Policy"), "{told}");
    }
    // A text that the library behind `Value` would read as values, which nothing has counted.
    let hidden = "a: {$serde_json::private::RawValue: \"[7]\"}\n";
    let told = from_yaml(hidden).expect_err("hidden")[0].fault.message();
    assert!(told.contains(crate::domain::tree::REFUSED), "{told}");
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let many = "- 1\n".repeat(200_001);
    for (text, words) in [(deep, "nested more than 24 deep"), (many, "more than 200,000 values")] {
        let told = from_yaml(&text).expect_err(words)[0].fault.message();
        assert!(told.contains(words), "{told}");
    }
}

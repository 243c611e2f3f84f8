//! Stored tests of a mapping set: a given record, and the expected result. They run on save, so that a change cannot
//! break what a test covers.

use {
    super::{
        Dropped, KnownFields, MapFailure, MappingSet, ModuleName, Outgoing, RowTrace, SET_MAX,
        coerce,
    },
    crate::domain::{
        code::{self, Code},
        fault::{Fault, FieldFault},
        field,
        record::SourceRecord,
    },
    serde::Serialize,
    serde_json::{Map, Value, json},
};

/// Tests of a module.
pub(super) const TESTS_MAX: usize = 100;
/// Longest name of a test, in characters.
const NAME_MAX: usize = 100;
/// Deepest nesting of the values in a test.
const DEPTH_MAX: usize = 12;

/// A stored test. It has either expected fields or the code of an expected failure.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct MappingTest {
    /// What it shows.
    pub name: Option<String>,
    /// Source fields by API name; `id` is the record's id.
    pub given: Map<String, Value>,
    /// Canonical fields of the expected result; other fields do not matter.
    pub expect: Map<String, Value>,
    /// The code with which the record must fail.
    pub expect_error: Option<String>,
}

/// The result of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestOutcome {
    /// Position in the list, from 0.
    pub index: usize,
    /// Its name, when it has one.
    pub name: Option<String>,
    /// Why it failed; `None` when it passed.
    pub failure: Option<String>,
}

/// Checks tests for faults that keep them from being stored.
pub fn check_tests(module: ModuleName, tests: &[MappingTest]) -> Vec<FieldFault> {
    if tests.len() > TESTS_MAX {
        let fault = Fault::TooMany { max: TESTS_MAX, actual: tests.len() };
        return vec![FieldFault::new("tests", fault)];
    }
    let mut faults = Vec::new();
    let size = |test: &MappingTest| json!([test.given, test.expect]).to_string().len();
    if tests.iter().map(size).sum::<usize>() > SET_MAX {
        let reason = format!("the tests are over {SET_MAX} bytes");
        let fault = Fault::Coded { code: code::MAPPING_TEST_INVALID, reason };
        return vec![FieldFault::new("tests", fault)];
    }
    for (index, test) in tests.iter().enumerate() {
        let mut fault = |field: &str, reason: String| {
            let fault = Fault::Coded { code: code::MAPPING_TEST_INVALID, reason };
            faults.push(FieldFault::new(format!("tests[{index}].{field}"), fault));
        };
        if test.name.as_ref().is_some_and(|name| name.chars().count() > NAME_MAX) {
            fault("name", format!("at most {NAME_MAX} characters"));
        }
        for (field, members) in [("given", &test.given), ("expect", &test.expect)] {
            if members.values().any(|value| depth(value) >= DEPTH_MAX) {
                fault(field, format!("nesting deeper than {DEPTH_MAX}"));
            }
        }
        match (&test.expect_error, test.expect.is_empty()) {
            (None, true) => fault("expect", "expect or expect_error is needed".into()),
            (Some(_), false) => fault("expect_error", "goes without expect".into()),
            (Some(code), true) if code.is_empty() || code.len() > 64 => {
                fault("expect_error", "must be a code such as MAPPING_REQUIRED_MISSING".into());
            }
            _ => {}
        }
        for name in test.expect.keys() {
            if field::of(module).field(name).is_none() {
                let shown: String = name.chars().take(100).collect();
                fault("expect", format!("unknown canonical_field '{shown}' for module '{module}'"));
            }
        }
    }
    faults
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

impl MappingSet {
    /// Runs one test; `index` is its position in the list.
    pub fn run_test(&self, index: usize, test: &MappingTest) -> TestOutcome {
        TestOutcome { index, name: test.name.clone(), failure: self.test(test).err() }
    }

    fn test(&self, test: &MappingTest) -> Result<(), String> {
        // A test need not give a whole record: a field that it leaves out counts as empty, as if the source had said
        // so.
        let record = given(test, self.zoho_fields());
        let mapped = || self.map(&record, KnownFields::NONE).map(|mapped| mapped.dropped);
        let rows = || self.trace(&record, KnownFields::NONE);
        compare(test, mapped, rows, |name, wanted| self.normal(name, wanted))
    }

    /// The expected value in the form that records have: 1500.00 for a decimal is 1500.
    fn normal(&self, name: &str, wanted: &Value) -> Value {
        let field = self.rows.iter().find(|row| row.field.name == name).map(|row| row.field);
        match field {
            Some(field) if !wanted.is_null() => {
                coerce(field, wanted.clone()).unwrap_or_else(|_| wanted.clone())
            }
            _ => wanted.clone(),
        }
    }
}

impl Outgoing {
    /// Runs one test; `index` is its position in the list. It gives canonical fields of a grade and expects the
    /// values that are written for them.
    pub fn run_test(&self, index: usize, test: &MappingTest) -> TestOutcome {
        let record = given(test, self.canonical_fields().map(str::to_owned));
        let written = || self.write(&record).map(|mapped| mapped.dropped);
        let failure = compare(test, written, || self.trace(&record), |_, wanted| wanted.clone());
        TestOutcome { index, name: test.name.clone(), failure: failure.err() }
    }
}

/// Returns the record of a test; named fields that the test leaves out are empty.
fn given(test: &MappingTest, names: impl IntoIterator<Item = String>) -> SourceRecord {
    let mut fields = test.given.clone();
    for name in names {
        fields.entry(name).or_insert(Value::Null);
    }
    SourceRecord::sample(fields)
}

/// Compares the result of a record with the expectation of its test.
fn compare(
    test: &MappingTest,
    mapped: impl FnOnce() -> Result<Vec<Dropped>, MapFailure>,
    rows: impl FnOnce() -> Vec<RowTrace>,
    normal: impl Fn(&str, &Value) -> Value,
) -> Result<(), String> {
    if let Some(code) = &test.expect_error {
        let wanted = Code::find(code);
        return match mapped() {
            // A value that is dropped for it has failed as well.
            Ok(dropped) if dropped.iter().any(|one| wanted == Some(one.failure.code)) => Ok(()),
            Ok(_) => Err(format!("{code} was expected, but the record was mapped")),
            Err(failure) if wanted == Some(failure.code) => Ok(()),
            Err(failure) => {
                Err(format!("{code} was expected, not {}: {}", failure.code, failure.message))
            }
        };
    }
    // Only the named fields are compared.
    let rows = rows();
    for (name, wanted) in &test.expect {
        let Some(row) = rows.iter().find(|row| row.canonical_field == name) else {
            return Err(format!("{name} is not mapped"));
        };
        let found = row.result.as_ref().map_err(|failure| {
            format!("{name} failed with {}: {}", failure.code, failure.message)
        })?;
        let found = found.as_ref().unwrap_or(&Value::Null);
        if *found != normal(name, wanted) {
            return Err(format!("{name} is {}, not {}", shown(found), shown(wanted)));
        }
    }
    Ok(())
}

fn shown(value: &Value) -> String {
    value.to_string().chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use {super::*, crate::domain::mapping::defaults};

    fn test(given: Value, expect: Value, error: Option<&str>) -> MappingTest {
        let object = |value: Value| value.as_object().cloned().unwrap_or_default();
        MappingTest {
            name: None,
            given: object(given),
            expect: object(expect),
            expect_error: error.map(str::to_owned),
        }
    }

    fn outcome(module: ModuleName, one: MappingTest) -> Option<String> {
        assert_eq!(check_tests(module, std::slice::from_ref(&one)), []);
        let set = MappingSet::compile(module, &defaults(module)).expect("compiles");
        set.run_test(0, &one).failure
    }

    #[test]
    fn only_named_fields_matter() {
        let students =
            |given, expect, error| outcome(ModuleName::Students, test(given, expect, error));
        assert_eq!(
            students(json!({"Academic_Email": "sara@x.edu"}), json!({"username": "sara"}), None),
            None
        );
        let failure = students(
            json!({"Academic_Email": "sara@x.edu"}),
            json!({"username": "Sara", "phone": null}),
            None,
        );
        assert_eq!(failure.as_deref(), Some(r#"username is "sara", not "Sara""#));
        assert_eq!(
            students(json!({}), json!({}), Some(code::MAPPING_REQUIRED_MISSING.word())),
            None
        );
        let failure = students(json!({}), json!({}), Some(code::TRANSFORM_FAILED.word()));
        assert!(failure.expect("another code").contains(code::MAPPING_REQUIRED_MISSING.word()));
        let failure = students(json!({"Academic_Email": "a@b.c"}), json!({}), Some("X"));
        assert_eq!(failure.as_deref(), Some("X was expected, but the record was mapped"));
    }

    #[test]
    fn expected_numbers_have_one_form() {
        let payment = json!({"Payment_Amount": "1500.0", "Installment_No": "3"});
        let expect =
            json!({"amount": 1500.00, "installment_number": "3", "payment_status": "Confirmed"});
        assert_eq!(outcome(ModuleName::Payments, test(payment, expect, None)), None);
    }

    #[test]
    fn tests_that_say_nothing_are_refused() {
        let deep = (0..12).fold(json!(1), |inner, _| json!([inner]));
        let faults = check_tests(
            ModuleName::Students,
            &[
                test(json!({}), json!({}), None),
                test(json!({}), json!({"username": "a"}), Some("X")),
                test(json!({}), json!({"nope": 1}), None),
                test(json!({"a": deep}), json!({"username": "a"}), None),
            ],
        );
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            fields,
            ["tests[0].expect", "tests[1].expect_error", "tests[2].expect", "tests[3].given"]
        );
        let many = vec![test(json!({}), json!({"username": null}), None); TESTS_MAX + 1];
        assert_eq!(check_tests(ModuleName::Students, &many).len(), 1);
        let long = test(json!({"a": "x".repeat(SET_MAX)}), json!({"username": null}), None);
        assert_eq!(check_tests(ModuleName::Students, &[long]).len(), 1);
    }
}

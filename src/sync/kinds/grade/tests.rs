//! The values written for a grade, at first and after a change.

use {
    super::*,
    crate::domain::{
        layout::Layout,
        mapping::{FieldMapping, defaults},
        record,
    },
    proptest::prelude::*,
    serde_json::Map,
};

fn item() -> SourceRecord {
    let fields = json!({
        "user_idnumber": "5100", "course_idnumber": "77", "grade_raw": 3.0,
        "graded_at": "2026-10-01T08:00:00+00:00", "item_name": "Essay", "feedback": null,
        "user_id": "12", "course_id": "30", "item_module": "assign", "item_instance": "4",
    });
    let Value::Object(fields) = fields else { panic!("an object") };
    SourceRecord { id: "12_30_4".into(), modified_at: None, fields }
}

/// A grade, and the values written for it after some fields have changed.
struct Sheet {
    rows: Outgoing,
    layouts: Layouts,
}

impl Sheet {
    fn new(rows: &[FieldMapping]) -> Self {
        let rows = Outgoing::compile(rows).expect("compiles");
        Self { rows, layouts: Layouts::new(Tz::UTC, Layout::new) }
    }

    fn module(&self) -> Module<'_> {
        let module = Module::new(ModuleName::Grades, &self.layouts, "BTEC_Grades");
        Module { outgoing: Some(&self.rows), ..module }
    }

    fn shape(&self, item: &SourceRecord, sent: Option<&Canonical>) -> Result<Shape, Unfit> {
        let mapped = Grade.outgoing(self.module(), &self.rows, item)?;
        let canonical = Grade.complete(self.module(), mapped, sent);
        Grade.shape(self.module(), &item.id, &canonical)
    }

    /// The fields that are written, and the values stored for them.
    fn write(&self, item: &SourceRecord, sent: Option<&Canonical>) -> (Value, Canonical) {
        let shape = self.shape(item, sent).expect("fits");
        let diff = record::diff(sent.unwrap_or(&Canonical::new()), &shape.fields);
        let changed = |name: &str| sent.is_none() || diff.contains_key(name);
        let payload = payload(self.module(), &shape, &changed);
        (payload["fields"].clone(), shape.fields)
    }
}

fn renamed(name: &str, zoho: &str) -> Vec<FieldMapping> {
    let mut rows = defaults(ModuleName::Grades);
    rows.iter_mut().find(|row| row.canonical_field == name).expect("a row").zoho_field_api_name =
        zoho.to_owned();
    rows
}

#[test]
fn untouched_rows_write_what_was_always_written() {
    let mut older = defaults(ModuleName::Grades);
    older.truncate(9);
    for rows in [older, defaults(ModuleName::Grades)] {
        let sheet = Sheet::new(&rows);
        let (fields, kept) = sheet.write(&item(), None);
        assert_eq!(
            fields.to_string(),
            concat!(
                r#"{"Moodle_Grade_Composite_Key":"12_30_4","Class":{"id":"77"},"Feedback":null,"#,
                r#""Attempt_Date":"2026-10-01","BTEC_Grade_Name":"Essay","Grade":"M","Student":{"id":"5100"}}"#
            )
        );
        let names: Vec<&str> = kept.keys().map(String::as_str).collect();
        let wanted = [
            CLASS_FIELD,
            "feedback",
            "grade_date",
            "grade_key",
            "grade_name",
            "grade_value",
            "student_zoho_id",
        ];
        assert_eq!(names, wanted, "what links hold of before is equal to what they would hold");
        let mut better = item();
        better.fields["grade_raw"] = json!(4);
        let (fields, _) = sheet.write(&better, Some(&kept));
        assert_eq!(fields, json!({"Moodle_Grade_Composite_Key": "12_30_4", "Grade": "D"}));
    }
}

#[test]
fn a_grade_is_of_the_day_at_the_school() {
    for (zone, moment, day) in [
        (Tz::Asia__Amman, "2026-09-30T22:30:00Z", "2026-10-01"),
        (Tz::Asia__Amman, "2026-09-30T20:59:59Z", "2026-09-30"),
        (Tz::America__Lima, "2026-10-01T04:59:59Z", "2026-09-30"),
        (Tz::UTC, "2026-09-30T22:30:00Z", "2026-09-30"),
    ] {
        let mut item = item();
        item.fields["graded_at"] = json!(moment);
        let grade = canonical(&Layouts::new(zone, Layout::new), &item).expect("fits");
        assert_eq!(grade.fields["grade_date"], json!(day), "{moment} {zone}");
    }
}

#[test]
fn a_grade_without_a_student_or_a_value_is_passed_over() {
    let sheet = Sheet::new(&defaults(ModuleName::Grades));
    let refused = |name: &str, value: Value| {
        let mut item = item();
        item.fields[name] = value;
        sheet.shape(&item, None).expect_err("unfit").code
    };
    assert_eq!(refused("grade_raw", json!(-1.0)), code::GRADE_EMPTY);
    assert_eq!(refused("user_idnumber", json!("")), code::PARENT_NOT_SYNCED);
    let (_, kept) = sheet.write(&item(), None);
    let mut hidden = item();
    hidden.fields.shift_remove("user_idnumber");
    hidden.fields.shift_remove("feedback");
    assert_eq!(sheet.shape(&hidden, None).expect_err("unfit").code, code::PARENT_NOT_SYNCED);
    assert_eq!(sheet.shape(&hidden, Some(&kept)).expect("fits").fields, kept);
}

#[test]
fn a_row_that_changes_sends_its_own_field_again_and_no_other() {
    let first = Sheet::new(&defaults(ModuleName::Grades));
    let (_, kept) = first.write(&item(), None);
    let second = Sheet::new(&renamed("grade_value", "Outcome"));
    let (fields, moved) = second.write(&item(), Some(&kept));
    assert_eq!(fields, json!({"Moodle_Grade_Composite_Key": "12_30_4", "Outcome": "M"}));
    assert_eq!(second.write(&item(), Some(&moved)).1, moved, "and then nothing");
    // Going back is a change as well.
    let (fields, back) = first.write(&item(), Some(&moved));
    assert_eq!(fields, json!({"Moodle_Grade_Composite_Key": "12_30_4", "Grade": "M"}));
    assert_eq!(first.write(&item(), Some(&back)).1, back);
    // A new key is written into the existing record.
    let third = Sheet::new(&renamed("grade_key", "Other_Key"));
    let (fields, _) = third.write(&item(), Some(&kept));
    assert_eq!(fields, json!({"Other_Key": "12_30_4"}));
    // A field without a row is left as it is.
    let mut rows = defaults(ModuleName::Grades);
    rows.retain(|row| row.canonical_field != "grade_name");
    let without = Sheet::new(&rows);
    assert_eq!(without.write(&item(), Some(&kept)).1, kept);
    let mut other = item();
    other.fields[ITEM] = json!("Exam");
    let (fields, _) = without.write(&other, Some(&kept));
    assert_eq!(fields, json!({"Moodle_Grade_Composite_Key": "12_30_4"}));
}

proptest! {
    #[test]
    fn what_was_written_is_not_due_again(
        names in proptest::collection::vec(0_usize..4, 11),
        before in proptest::collection::vec(0_usize..4, 11),
        hidden in proptest::collection::vec(any::<bool>(), 10),
    ) {
        let rows = |names: &[usize]| -> Vec<FieldMapping> {
            let mut rows = defaults(ModuleName::Grades);
            for (row, name) in rows.iter_mut().zip(names).filter(|(_, name)| **name > 0) {
                row.zoho_field_api_name = format!("{}_{name}", row.canonical_field);
            }
            rows
        };
        let whole = item();
        let mut item = whole.clone();
        let names_of: Vec<String> = item.fields.keys().cloned().collect();
        for (name, _) in names_of.iter().zip(&hidden).filter(|(_, hidden)| **hidden) {
            if !name.ends_with("_id") && name != "grade_raw" && !name.starts_with("item_") {
                item.fields.shift_remove(name);
            }
        }
        let (_, kept) = Sheet::new(&rows(&before)).write(&whole, None);
        let sheet = Sheet::new(&rows(&names));
        let (first, then) = sheet.write(&item, Some(&kept));
        let (again, same) = sheet.write(&item, Some(&then));
        prop_assert_eq!(&same, &then);
        prop_assert_eq!(again.as_object().map(Map::len), Some(1));
        // Only fields of Zoho that rows name are written.
        let known: Vec<String> = rows(&names).into_iter().map(|row| row.zoho_field_api_name).collect();
        for name in first.as_object().expect("an object").keys() {
            prop_assert!(known.contains(name), "{}", name);
        }
    }
}

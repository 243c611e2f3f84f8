//! Grades on their way back: from a grade item of the learning platform to a row of the CRM, keyed by user, course and
//! item. Only graded items arrive here; -1 and empty grades are no grade.

use {
    super::{
        enrolment::state::whole,
        field::{CLASS_FIELD, fields, said, text},
    },
    crate::{
        domain::{
            code,
            item::ItemOutcome,
            layout::{GradeScale, Layout},
            mapping::Mapped,
            module::ModuleName,
            record::{Canonical, Payload, SourceRecord, TargetKind},
        },
        sync::{
            kind::{Cx, Kind},
            shape::{Module, Parents, Shape, Unfit, Wanted, unfit},
            stop::Stop,
        },
    },
    async_trait::async_trait,
    serde_json::{Map, Value, json},
    std::collections::{BTreeSet, HashMap},
};

/// Names of a grade as its source has them, and as they were sent.
const SENT: [(&str, &str); 5] = [
    ("user_idnumber", "student_zoho_id"),
    ("course_idnumber", "class_zoho_id"),
    ("graded_at", "grade_date"),
    ("item_name", "grade_name"),
    ("feedback", "feedback"),
];
/// Longest key, name and date.
const TEXT_MAX: usize = 255;
/// Longest feedback.
const FEEDBACK_MAX: usize = 2_000;
/// The unique field of the CRM that makes a repeat harmless.
const KEY: &str = "Moodle_Grade_Composite_Key";

/// Grades in the CRM.
pub(crate) struct Grade;

#[async_trait]
impl Kind for Grade {
    fn target(&self) -> TargetKind {
        TargetKind::Grade
    }

    fn complete(&self, _: Module<'_>, mapped: Mapped, sent: Option<&Canonical>) -> Canonical {
        let Mapped { mut fields, .. } = mapped;
        let Some(sent) = sent else { return fields };
        for (name, of_sent) in SENT {
            if let (false, Some(value)) = (fields.contains_key(name), sent.get(of_sent)) {
                fields.insert(name.to_owned(), value.clone());
            }
        }
        fields
    }

    fn shape(&self, module: Module<'_>, _: &str, canonical: &Canonical) -> Result<Shape, Unfit> {
        shape(module.layout(), canonical)
    }

    fn wanted(
        &self,
        module: Module<'_>,
        _: &str,
        shape: &Shape,
        _: &Parents,
    ) -> Result<Wanted, Unfit> {
        Ok(wanted(module.source_name, shape))
    }

    fn update(
        &self,
        module: Module<'_>,
        _: &str,
        shape: &Shape,
        _: &Wanted,
        changed: &dyn Fn(&str) -> bool,
    ) -> Payload {
        update(module.source_name, shape, changed)
    }

    async fn complete_shapes(
        &self,
        cx: Cx<'_>,
        records: &[SourceRecord],
        shapes: &mut [Result<Shape, ItemOutcome>],
    ) -> Result<(), Stop> {
        name_classes(cx, records, shapes).await
    }

    fn is_exclusive(&self) -> bool {
        true
    }
}

/// Returns the canonical fields of a grade item, as the source of grades names them.
fn shape(layout: &Layout, canonical: &Canonical) -> Result<Shape, Unfit> {
    let student = text(canonical, "user_idnumber");
    if student.is_empty() || !student.bytes().all(|b| b.is_ascii_digit()) {
        return Err(unfit(code::PARENT_NOT_SYNCED, "student_not_synced_yet"));
    }
    let number = |name: &str| canonical.get(name).and_then(Value::as_f64);
    let raw = number("grade_raw")
        .filter(|raw| *raw >= 0.0)
        .ok_or_else(|| unfit(code::GRADE_EMPTY, "the item has no grade"))?;
    let letter = letter(layout.grade_scale, raw, number("grade_max"));
    let item = text(canonical, "item_name");
    let cut = |name: &str, most: usize| {
        said(canonical, name).map(|text| text.chars().take(most).collect::<String>())
    };
    let label = format!("{item} of student {student}");
    let fields = fields([
        ("grade_key", Some(key(canonical)), TEXT_MAX),
        ("student_zoho_id", Some(student.clone()), TEXT_MAX),
        ("class_zoho_id", said(canonical, "course_idnumber"), TEXT_MAX),
        ("grade_value", Some(letter.to_owned()), TEXT_MAX),
        ("grade_date", cut("graded_at", 10), TEXT_MAX),
        ("grade_name", cut("item_name", TEXT_MAX), TEXT_MAX),
        ("feedback", cut("feedback", FEEDBACK_MAX), FEEDBACK_MAX),
    ])?;
    Ok(Shape {
        fields,
        needs: Vec::new(),
        person: Some(student),
        label,
        ended: false,
        stored: None,
        spelt: None,
    })
}

/// The unique key: user, course and assignment, as the plug-in of before made it. Another activity may have the number
/// of an assignment, so its kind stands in the key.
fn key(canonical: &Canonical) -> String {
    let part = |name: &str| text(canonical, name);
    let (user, course) = (part("user_id"), part("course_id"));
    match part("item_module").as_str() {
        "assign" => format!("{user}_{course}_{}", part("item_instance")),
        other => format!("{user}_{course}_{other}{}", part("item_id")),
    }
}

/// The letter of a raw grade: 0 F, below 2 R, 2 P, 3 M, 4 D; or by percent of the greatest grade.
fn letter(scale: GradeScale, raw: f64, max: Option<f64>) -> &'static str {
    match scale {
        GradeScale::Points => match raw {
            raw if raw <= 0.0 => "F",
            raw if raw < 2.0 => "R",
            raw if raw < 3.0 => "P",
            raw if raw < 4.0 => "M",
            _ => "D",
        },
        GradeScale::Percent => {
            let max = max.filter(|max| *max > 0.0).unwrap_or(100.0);
            match raw / max * 100.0 {
                percent if percent >= 70.0 => "D",
                percent if percent >= 60.0 => "M",
                percent if percent >= 40.0 => "P",
                _ => "R",
            }
        }
    }
}

/// The CRM's fields of a canonical grade.
fn row(fields: &Canonical, changed: &dyn Fn(&str) -> bool) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert(KEY.to_owned(), json!(text(fields, "grade_key")));
    for (name, value) in fields.iter().filter(|(name, _)| changed(name)) {
        let (field, value) = match name.as_str() {
            "student_zoho_id" => ("Student", json!({ "id": value })),
            "class_zoho_id" if value.is_null() => continue,
            "class_zoho_id" => ("Class", json!({ "id": value })),
            "grade_value" => ("Grade", value.clone()),
            "grade_date" => ("Attempt_Date", value.clone()),
            "grade_name" => ("BTEC_Grade_Name", value.clone()),
            "feedback" => ("Feedback", value.clone()),
            _ => continue,
        };
        row.insert(field.to_owned(), value);
    }
    row
}

/// Returns the row of a grade. `module` is the CRM's name of the module.
fn wanted(module: &str, shape: &Shape) -> Wanted {
    let create = update(module, shape, &|_| true);
    Wanted { kind: TargetKind::Grade, id: None, container: None, create }
}

/// Returns the row with the changed fields only: somebody may edit the others meanwhile.
fn update(module: &str, shape: &Shape, changed: &dyn Fn(&str) -> bool) -> Payload {
    Payload::from([
        ("module".to_owned(), json!(module)),
        ("key".to_owned(), json!(KEY)),
        ("fields".to_owned(), Value::Object(row(&shape.fields, changed))),
    ])
}

/// Names the class of grades where classes are groups: the course is that of the unit, and the student's enrollment
/// tells the class. Nothing is named where there are several.
async fn name_classes(
    cx: Cx<'_>,
    records: &[SourceRecord],
    shapes: &mut [Result<Shape, ItemOutcome>],
) -> Result<(), Stop> {
    if cx.kind_of(ModuleName::Classes).target() != TargetKind::Group {
        return Ok(());
    }
    let people: BTreeSet<String> =
        shapes.iter().flatten().filter_map(|shape| shape.person.clone()).collect();
    let people: Vec<String> = people.into_iter().collect();
    let mut classes: HashMap<String, BTreeSet<String>> = HashMap::new();
    for link in cx.rows().links_of_people(ModuleName::Enrollments, &people).await? {
        if let Some(class) = link.sent.get(CLASS_FIELD).and_then(Value::as_str) {
            let enrolment = whole(&link.target_id).to_owned();
            classes.entry(enrolment).or_default().insert(class.to_owned());
        }
    }
    for (record, shape) in records.iter().zip(shapes) {
        let Ok(shape) = shape else { continue };
        let part = |name: &str| record.fields.get(name).and_then(Value::as_str);
        let enrolment = part("course_id").zip(part("user_id"));
        let enrolment = enrolment.map(|(course, user)| format!("{course}:{user}"));
        let own = enrolment.and_then(|one| classes.get(&one)).filter(|own| own.len() == 1);
        let class = own.and_then(BTreeSet::first);
        shape.fields.insert(CLASS_FIELD.to_owned(), json!(class));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use {super::*, crate::domain::module::ModuleName};

    #[test]
    fn letters_follow_the_scale() {
        let points = |raw| letter(GradeScale::Points, raw, None);
        assert_eq!([0.0, 1.9, 2.0, 3.5, 4.0].map(points), ["F", "R", "P", "M", "D"]);
        let percent = |raw| letter(GradeScale::Percent, raw, Some(20.0));
        assert_eq!([0.0, 8.0, 12.0, 14.0].map(percent), ["R", "P", "M", "D"]);
    }

    #[test]
    fn a_grade_becomes_a_row_and_an_update_only_what_changed() {
        let layout = Layout::new(ModuleName::Grades);
        let canonical = Canonical::from([
            ("user_idnumber".to_owned(), json!("5100")),
            ("course_idnumber".to_owned(), json!("77")),
            ("grade_raw".to_owned(), json!(3.0)),
            ("graded_at".to_owned(), json!("2026-10-01T08:00:00+00:00")),
            ("item_name".to_owned(), json!("Essay")),
            ("user_id".to_owned(), json!("12")),
            ("course_id".to_owned(), json!("30")),
            ("item_module".to_owned(), json!("assign")),
            ("item_instance".to_owned(), json!("4")),
        ]);
        let shape = shape(&layout, &canonical).expect("fits");
        let wanted = wanted("BTEC_Grades", &shape);
        let fields = &wanted.create["fields"];
        assert_eq!(fields["Grade"], json!("M"));
        assert_eq!(fields["Student"], json!({"id": "5100"}));
        assert_eq!(fields["Attempt_Date"], json!("2026-10-01"));
        let update = update("BTEC_Grades", &shape, &|name| name == "grade_value");
        assert_eq!(update["fields"], json!({KEY: "12_30_4", "Grade": "M"}));
        let empty = Canonical::from([
            ("user_idnumber".to_owned(), json!("5100")),
            ("grade_raw".to_owned(), json!(-1.0)),
        ]);
        assert_eq!(super::shape(&layout, &empty).expect_err("none").code, code::GRADE_EMPTY);
    }
}

//! The fields of a grade, which goes the other way: Moodle's grade books are the source, and a record of the CRM is the
//! target.

use super::{DefaultRow, Field, FieldType, Via, nowhere, to};

/// The remark of the schema document.
pub(super) const NOTE: &str = "Grades flow from Moodle to Zoho (Moodle -> Zoho).";
/// Why a field is not written.
const NO_SOURCE: &str = "Moodle's grade report does not have it";

pub(super) const FIELDS: &[Field] = &[
    to("student_zoho_id", "Student").required().begins_with(DefaultRow::look_up("Student")),
    nowhere("unit_zoho_id", "a grade does not have a unit of its own; it is that of its class")
        .required()
        .begins_with(DefaultRow::of("Class").via(Via::Told(
            "lookup_id",
            "The class; a grade has no unit of its own, it is that of its class",
        ))),
    to("grade_value", "Grade").required().from("Grade"),
    to("grade_date", "Attempt_Date")
        .typed(FieldType::Date)
        .begins_with(DefaultRow::day("Attempt_Date")),
    to("class_zoho_id", "Class").begins_with(DefaultRow::look_up("Class")),
    nowhere("attempt_number", NO_SOURCE).typed(FieldType::Integer).from("Attempt_Number"),
    nowhere("grade_status", NO_SOURCE).from("Grade_Status"),
    to("feedback", "Feedback").from("Feedback"),
    nowhere("learning_outcomes", NO_SOURCE)
        .described("JSON text: the rows of the assessment")
        .begins_with(DefaultRow::of("Learning_Outcomes_Assessm").via(Via::Step("json"))),
];

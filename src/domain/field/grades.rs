//! The fields of a grade, which flows in the other direction: Moodle's grade books are the source, and a record of
//! the CRM is the target.

use super::{DefaultRow, Field, FieldType, Via, What, mapped, nowhere};

/// The remark of the schema document.
pub(super) const NOTE: &str = "Grades flow from Moodle to Zoho (Moodle -> Zoho).";
/// Why a field is not written.
const NO_SOURCE: &str = "Moodle's grade report does not have it";

/// Longest text except for the feedback: the length of a single-line field in Zoho.
const LINE: u32 = 255;

pub(super) const FIELDS: &[Field] = &[
    mapped("student_zoho_id", What::RecordId)
        .required()
        .at_most(LINE)
        .begins_with(DefaultRow::look_up("Student")),
    nowhere("unit_zoho_id", "a grade does not have a unit of its own; it is that of its class")
        .required()
        .begins_with(DefaultRow::of("Class").via(Via::Told(
            "lookup_id",
            "The class; a grade has no unit of its own, it is that of its class",
        ))),
    mapped("grade_value", What::Value).required().at_most(LINE).from("Grade"),
    mapped("grade_date", What::Value)
        .typed(FieldType::Date)
        .at_most(LINE)
        .begins_with(DefaultRow::day("Attempt_Date")),
    mapped("class_zoho_id", What::RecordId).at_most(LINE).begins_with(DefaultRow::look_up("Class")),
    nowhere("attempt_number", NO_SOURCE).typed(FieldType::Integer).from("Attempt_Number"),
    nowhere("grade_status", NO_SOURCE).from("Grade_Status"),
    mapped("feedback", What::Value).at_most(2_000).from("Feedback"),
    nowhere("learning_outcomes", NO_SOURCE)
        .described("JSON text: the rows of the assessment")
        .begins_with(DefaultRow::of("Learning_Outcomes_Assessm").via(Via::Step("json"))),
    // Rows from before the key and the name had canonical names lack these two.
    mapped("grade_key", What::Key)
        .described("The key that finds the grade again; its field in Zoho is unique")
        .at_most(LINE)
        .begins_with(DefaultRow::of("Moodle_Grade_Composite_Key").required()),
    mapped("grade_name", What::Value)
        .described("The name of the activity that was graded")
        .at_most(LINE)
        .from("BTEC_Grade_Name"),
];

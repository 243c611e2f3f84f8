//! The fields of an enrollment, which is a manual enrolment in the course of its class.

use super::{DefaultRow, Field, FieldType, RECORD_ID, nowhere, to};

pub(super) const FIELDS: &[Field] = &[
    to("student_zoho_id", "userid")
        .required()
        .at_most(RECORD_ID)
        .begins_with(DefaultRow::look_up("Enrolled_Students")),
    to("class_zoho_id", "courseid")
        .required()
        .at_most(RECORD_ID)
        .shown_as("courseid, and groupid where classes are groups")
        .begins_with(DefaultRow::look_up("Classes")),
    to("enrollment_status", "suspend")
        .required()
        .at_most(100)
        .begins_with(DefaultRow::of("Enrollment_Status").or("Active")),
    to("enrollment_date", "timestart")
        .typed(FieldType::Date)
        .begins_with(DefaultRow::day("Start_Date")),
    to("end_date", "timeend").typed(FieldType::Date).begins_with(DefaultRow::day("End_Date")),
    nowhere("enrollment_type", "an enrolment in Moodle does not have a type of its own")
        .from("Enrollment_Type"),
    nowhere("moodle_course_id", "the course is that of the class").from("Moodle_Course_ID"),
];

//! The fields of a registration, which is a membership in the cohort of its program, or an enrolment in its course.

use super::{DefaultRow, Field, FieldType, Form, Goes, RECORD_ID, Via, by_form, nowhere, to};

/// Why neither form takes a field.
const NO_PLACE: &str = "neither a cohort membership nor an enrolment has a place for it";

pub(super) const FIELDS: &[Field] = &[
    to("student_zoho_id", "userid")
        .required()
        .at_most(RECORD_ID)
        .begins_with(DefaultRow::look_up("Student_ID")),
    by_form(
        "program_zoho_id",
        &[(Form::Cohort, Goes::To("cohortid")), (Form::Enrolment, Goes::To("courseid"))],
    )
    .required()
    .at_most(RECORD_ID)
    .begins_with(DefaultRow::look_up("Program")),
    by_form(
        "enrollment_status",
        &[
            (Form::Cohort, Goes::Read("some of its words end the membership")),
            (Form::Enrolment, Goes::To("suspend")),
        ],
    )
    .required()
    .at_most(100)
    .begins_with(DefaultRow::of("Registration_Status").or("New")),
    by_form(
        "registration_date",
        &[
            (Form::Cohort, Goes::Nowhere("a cohort membership does not have a date")),
            (Form::Enrolment, Goes::To("timestart")),
        ],
    )
    .typed(FieldType::Date)
    .begins_with(DefaultRow::day("Registration_Date")),
    nowhere("registration_number", NO_PLACE).from("Name"),
    nowhere("program_name", "the program is known by its id")
        .begins_with(DefaultRow::of("Program").via(Via::Step("lookup_name"))),
    nowhere("total_fees", NO_PLACE)
        .typed(FieldType::Decimal)
        .begins_with(DefaultRow::of("Program_Price").via(Via::Step("money"))),
    nowhere("remaining_amount", NO_PLACE)
        .typed(FieldType::Decimal)
        .begins_with(DefaultRow::of("Remaining_Amount").via(Via::Step("money"))),
    nowhere("currency", NO_PLACE).from("Currency"),
    nowhere("study_mode", NO_PLACE).from("Study_Mode"),
    nowhere("payment_schedule", NO_PLACE)
        .described("JSON text: the rows of the schedule")
        .begins_with(DefaultRow::of("Payment_Schedule").via(Via::Step("json"))),
];

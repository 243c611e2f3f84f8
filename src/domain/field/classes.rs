//! The fields of a class, which is a course of its own or a group in the course of its unit.

use super::{DefaultRow, Field, FieldType, Form, Goes, RECORD_ID, by_form, nowhere};

const NO_DATES: Goes = Goes::Nowhere("a group does not have dates");

pub(super) const FIELDS: &[Field] = &[
    by_form("name", &[(Form::Course, Goes::To("fullname")), (Form::Group, Goes::To("name"))])
        .required()
        .at_most(254)
        .name()
        .from("Class_Name"),
    nowhere(
        "teacher_zoho_id",
        "teachers are not synced, so they have no account that could be enrolled",
    )
    .begins_with(DefaultRow::look_up("Teacher")),
    by_form(
        "program_zoho_id",
        &[
            (Form::Course, Goes::To("categoryid")),
            (Form::Group, Goes::Nowhere("a group is in the course of its unit")),
        ],
    )
    .at_most(RECORD_ID)
    .begins_with(DefaultRow::look_up("BTEC_Program")),
    by_form("start_date", &[(Form::Course, Goes::To("startdate")), (Form::Group, NO_DATES)])
        .typed(FieldType::Date)
        .begins_with(DefaultRow::day("Start_Date")),
    by_form("end_date", &[(Form::Course, Goes::To("enddate")), (Form::Group, NO_DATES)])
        .typed(FieldType::Date)
        .begins_with(DefaultRow::day("End_Date")),
    by_form(
        "short_name",
        &[
            (Form::Course, Goes::To("shortname")),
            (Form::Group, Goes::Nowhere("a group does not have a short name")),
        ],
    )
    .at_most(255)
    .name()
    .from("Class_Short_Name"),
    nowhere("status", "sigma-sync never hides or deletes the course or group of a class")
        .from("Class_Status"),
    by_form(
        "unit_zoho_id",
        &[
            (
                Form::Course,
                Goes::Nowhere("a class that is a course is in the category of its program"),
            ),
            (Form::Group, Goes::To("courseid")),
        ],
    )
    .at_most(RECORD_ID)
    .begins_with(DefaultRow::look_up("Unit")),
    by_form(
        "moodle_course_id",
        &[
            (Form::Course, Goes::Read("it names the course where the school made one before")),
            (
                Form::Group,
                Goes::Nowhere("a class that is a group does not have a course of its own"),
            ),
        ],
    )
    .described("Id of a course made before")
    .from("Moodle_Class_ID"),
    nowhere("ms_teams_id", "Moodle does not have a place for it").from("MS_Teams_ID"),
];

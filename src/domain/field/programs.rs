//! The fields of a program, which is a course category or a course.

use super::{DefaultRow, Field, FieldType, Form, Goes, by_form, nowhere};

pub(super) const FIELDS: &[Field] = &[
    by_form("name", &[(Form::Category, Goes::To("name")), (Form::Course, Goes::To("fullname"))])
        .required()
        .at_most(254)
        .name()
        .from("Product_Name"),
    by_form(
        "code",
        &[
            (Form::Category, Goes::Nowhere("a course category does not have a short name")),
            (Form::Course, Goes::To("shortname")),
        ],
    )
    .at_most(255)
    .name()
    .from("Program_ID"),
    by_form(
        "description",
        &[(Form::Category, Goes::To("description")), (Form::Course, Goes::To("summary"))],
    )
    .at_most(10_000)
    .from("Description"),
    nowhere("status", "sigma-sync never hides or deletes the category or course of a program")
        .required()
        .begins_with(DefaultRow::of("Status").or("Active")),
    by_form(
        "moodle_category_id",
        &[
            (Form::Category, Goes::Read("it names the category where the school made one before")),
            (Form::Course, Goes::Nowhere("a program that is a course does not have a category")),
        ],
    )
    .described("Id of a course category made before")
    .from("MoodleID"),
    nowhere("price", "no web service of Moodle takes the price of a category or course")
        .typed(FieldType::Decimal)
        .from("Program_Price"),
];

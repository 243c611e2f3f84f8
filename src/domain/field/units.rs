//! The fields of a unit, which is a course or a record of a plug-in.

use super::{DefaultRow, Field, FieldType, Form, Goes, Via, by_form, nowhere};

/// Why neither form takes a field.
const NO_PLACE: &str = "neither a course nor the plug-in's definition has a place for it";

pub(super) const FIELDS: &[Field] = &[
    by_form("name", &[(Form::Course, Goes::To("fullname")), (Form::Record, Goes::To("name"))])
        .required()
        .at_most(254)
        .name()
        .from("Name"),
    by_form(
        "code",
        &[
            (Form::Course, Goes::To("shortname")),
            (Form::Record, Goes::Nowhere("the plug-in's definition does not have a short name")),
        ],
    )
    .at_most(255)
    .name()
    .from("Unit_Code"),
    nowhere("credits", NO_PLACE)
        .typed(FieldType::Integer)
        .begins_with(DefaultRow::of("Unit_Credit").via(Via::Step("to_integer"))),
    by_form(
        "description",
        &[(Form::Course, Goes::To("summary")), (Form::Record, Goes::To("description"))],
    )
    .at_most(10_000),
    nowhere("level", NO_PLACE).from("Unit_Level"),
    by_form(
        "criteria",
        &[
            (Form::Course, Goes::Nowhere("a course does not have a place for grading criteria")),
            (Form::Record, Goes::To("criteria")),
        ],
    )
    .described("JSON text: a list of {shortname, description}, in the order P, M, D")
    .begins_with(DefaultRow::of("P1_description").via(Via::Criteria)),
];

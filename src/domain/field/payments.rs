//! The fields of a payment, which becomes profile fields of the student's account or a record of a plug-in.

use super::{DefaultRow, Field, FieldType, Form, Goes, RECORD_ID, by_form, nowhere, to};

const NOT_SHOWN: Goes = Goes::Nowhere(
    "the profile shows only the date, the amount and the status of the newest payment",
);

/// A field that only the plug-in takes.
const fn of_record(name: &'static str, uses: &'static [(Form, Goes)]) -> Field {
    by_form(name, uses).at_most(255)
}

pub(super) const FIELDS: &[Field] = &[
    by_form(
        "registration_zoho_id",
        &[
            (Form::Profile, Goes::Read("its student is the one whose account shows the payment")),
            (Form::Record, Goes::To("zoho_registration_id")),
        ],
    )
    .required()
    .at_most(RECORD_ID)
    .begins_with(DefaultRow::look_up("Registration_ID")),
    by_form(
        "amount",
        &[(Form::Profile, Goes::To("last_payment")), (Form::Record, Goes::To("payment_amount"))],
    )
    .required()
    .typed(FieldType::Decimal)
    .at_most(255)
    .from("Payment_Amount"),
    to("payment_status", "payment_status")
        .required()
        .at_most(255)
        .begins_with(DefaultRow::of("Payment_Status").or("Confirmed")),
    by_form(
        "payment_date",
        &[(Form::Profile, Goes::To("last_payment")), (Form::Record, Goes::To("payment_date"))],
    )
    .typed(FieldType::Date)
    .begins_with(DefaultRow::day("Payment_Date")),
    of_record(
        "payment_method",
        &[(Form::Profile, NOT_SHOWN), (Form::Record, Goes::To("payment_method"))],
    )
    .from("Payment_Method"),
    of_record(
        "payment_number",
        &[(Form::Profile, NOT_SHOWN), (Form::Record, Goes::To("payment_number"))],
    )
    .from("Name"),
    nowhere("student_zoho_id", "the student is that of the registration")
        .begins_with(DefaultRow::look_up("Student_ID")),
    of_record(
        "voucher_number",
        &[(Form::Profile, NOT_SHOWN), (Form::Record, Goes::To("voucher_number"))],
    )
    .from("SRM_Voucher_Number"),
    nowhere(
        "installment_number",
        "neither the profile nor the plug-in's record has a place for it",
    )
    .typed(FieldType::Integer)
    .from("Installment_No"),
    of_record("note", &[(Form::Profile, NOT_SHOWN), (Form::Record, Goes::To("payment_notes"))])
        .from("Note"),
    nowhere("payment_type", "neither the profile nor the plug-in's record has a place for it")
        .from("Payment_Type"),
];

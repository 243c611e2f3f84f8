//! The fields of a student, who is an account.

use super::{DefaultRow, Field, Via, nowhere, read, to};

pub(super) const FIELDS: &[Field] = &[
    to("academic_email", "email")
        .required()
        .described("The student's address at the school; one account has it")
        .at_most(100)
        .ruled("a valid address of at most {most} characters, unique")
        .from("Academic_Email"),
    to("username", "username")
        .required()
        .described("Name to sign in with; lower case, cannot change once the account is made")
        .at_most(100)
        .shown_as("username (cannot change after creation)")
        .ruled("lower case a-z, 0-9, - _ . @, at most {most} characters, unique")
        .begins_with(
            DefaultRow::of("Academic_Email")
                .via(Via::Told("before_at", "The part of the address before the @")),
        ),
    read("display_name", "it is split into the first and last name where those are empty")
        .described("Full name; split into first and last name where those are not mapped")
        .shown_as(
            "fullname (no input of Moodle: split into firstname and lastname where those are empty)",
        )
        .from("Display_Name"),
    to("first_name", "firstname")
        .at_most(100)
        .plain()
        .begins_with(DefaultRow::of("First_Name").late()),
    to("last_name", "lastname")
        .at_most(100)
        .plain()
        .begins_with(DefaultRow::of("Last_Name").late()),
    to("phone", "phone1").at_most(20).plain().from("Phone_Number"),
    to("status", "suspended")
        .required()
        .described("Active, Inactive or Suspended; the last two end the use of the account")
        .begins_with(DefaultRow::of("Status").or("Active")),
    nowhere(
        "profile_image_url",
        "Moodle takes a picture only as a file that was uploaded before, and fetches none from an address",
    )
    .begins_with(DefaultRow::of("Profile_Image").via(Via::Step("image_url_resolver"))),
    nowhere("student_number", "the account's ID number is the id of the Zoho record")
        .begins_with(DefaultRow::of("Name").late()),
    read("moodle_user_id", "it names the account where the school linked one before")
        .described("Id of an account that the school linked before")
        .begins_with(DefaultRow::of("Student_Moodle_ID").late()),
    to("city", "city").at_most(120).plain(),
    to("country", "country")
        .described("Two letters, such as JO")
        .at_most(2)
        .ruled("two capital letters (ISO 3166), such as JO"),
    to("address", "address").at_most(255).plain(),
    to("institution", "institution").at_most(255).plain(),
    to("department", "department").at_most(255).plain(),
];

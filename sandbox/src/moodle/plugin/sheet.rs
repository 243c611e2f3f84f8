//! The kinds of records that the plug-in stores as they are sent: their columns and their parents.

/// A kind of record that is stored as it is sent.
pub(super) struct Sheet {
    pub(super) kind: &'static str,
    /// Column of the Zoho id; the first of `columns`.
    pub(super) key: &'static str,
    pub(super) columns: &'static [&'static str],
    /// Columns that refer to a record that must exist, with its kind and its name in messages.
    pub(super) parents: &'static [(&'static str, &'static str, &'static str)],
    /// A column with a default value.
    pub(super) usual: Option<(&'static str, &'static str)>,
}

const OF_STUDENT: &[(&str, &str, &str)] = &[("zoho_student_id", "students", "Student")];

#[rustfmt::skip]
pub(super) const STUDENTS: Sheet = Sheet {
    kind: "students",
    key: "zoho_student_id",
    columns: &[
        "zoho_student_id", "student_id", "first_name", "last_name", "email", "academic_email",
        "phone_number", "address", "city", "nationality", "national_id", "date_of_birth", "gender",
        "emergency_contact_name", "emergency_contact_phone", "status", "major", "sub_major",
        "moodle_user_id", "photo_data", "photo_filename", "photo_url",
    ],
    parents: &[],
    usual: None,
};
#[rustfmt::skip]
pub(super) const REGISTRATIONS: Sheet = Sheet {
    kind: "registrations",
    key: "zoho_registration_id",
    columns: &[
        "zoho_registration_id", "zoho_student_id", "registration_number", "program_name",
        "program_level", "registration_date", "expected_graduation", "registration_status",
        "total_fees", "paid_amount", "remaining_amount", "currency", "payment_plan", "study_mode",
        "number_of_installments",
    ],
    parents: OF_STUDENT,
    usual: None,
};
#[rustfmt::skip]
pub(super) const PAYMENTS: Sheet = Sheet {
    kind: "payments",
    key: "zoho_payment_id",
    columns: &[
        "zoho_payment_id", "zoho_registration_id", "payment_number", "payment_amount",
        "payment_date", "payment_method", "payment_status", "voucher_number", "receipt_number",
        "bank_name", "payment_notes",
    ],
    parents: &[("zoho_registration_id", "registrations", "Registration")],
    usual: Some(("payment_status", "Confirmed")),
};
#[rustfmt::skip]
pub(super) const CLASSES: Sheet = Sheet {
    kind: "classes",
    key: "zoho_class_id",
    columns: &[
        "zoho_class_id", "class_name", "class_short_name", "program_level", "program_zoho_id",
        "teacher_name", "teacher_zoho_id", "unit_name", "unit_zoho_id", "start_date", "end_date",
        "class_status", "moodle_class_id",
    ],
    parents: &[],
    usual: None,
};
#[rustfmt::skip]
pub(super) const ENROLLMENTS: Sheet = Sheet {
    kind: "enrollments",
    key: "zoho_enrollment_id",
    columns: &[
        "zoho_enrollment_id", "zoho_student_id", "zoho_class_id", "enrollment_date", "end_date",
        "enrollment_type", "enrollment_status", "student_name", "class_name", "enrolled_program",
        "moodle_course_id", "synced_to_moodle",
    ],
    parents: OF_STUDENT,
    usual: Some(("enrollment_status", "Active")),
};
#[rustfmt::skip]
pub(super) const GRADES: Sheet = Sheet {
    kind: "grades",
    key: "zoho_grade_id",
    columns: &[
        "zoho_grade_id", "zoho_student_id", "zoho_class_id", "unit_name", "assignment_name",
        "btec_grade_name", "numeric_grade", "attempt_number", "feedback", "learning_outcomes",
        "grade_status", "grade_date",
    ],
    parents: OF_STUDENT,
    usual: None,
};
#[rustfmt::skip]
pub(super) const REQUESTS: Sheet = Sheet {
    kind: "requests",
    key: "zoho_request_id",
    columns: &[
        "zoho_request_id", "zoho_student_id", "request_type", "status", "reason", "request_date",
        "fees_amount", "moodle_user_id",
    ],
    parents: &[],
    usual: None,
};

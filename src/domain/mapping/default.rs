//! The rows that a new tenant begins with (docs/src/mappings.md, "The modules"): the field names of one organisation, for
//! the editor to change. The first six of students are those that the first clients know, unchanged.

use {
    super::{FieldMapping, ModuleName},
    serde_json::{Map, Value, json},
};

/// What a row does with its value.
#[derive(Debug, Clone, Copy)]
enum Via {
    /// Nothing.
    Plain,
    /// A transform without parameters.
    Step(&'static str),
    /// A transform without parameters, with a remark.
    Told(&'static str, &'static str),
    /// The criteria of a unit.
    Criteria,
}

/// Canonical field, source field, required, default, transform.
type Row = (&'static str, &'static str, bool, Option<&'static str>, Via);

use Via::{Criteria, Plain, Step, Told};

const LOOK_UP: Via = Step("lookup_id");
const DAY: Via = Step("date_only");

const STUDENTS: &[Row] = &[
    ("academic_email", "Academic_Email", true, None, Plain),
    (
        "username",
        "Academic_Email",
        true,
        None,
        Told("before_at", "The part of the address before the @"),
    ),
    ("display_name", "Display_Name", false, None, Plain),
    ("phone", "Phone_Number", false, None, Plain),
    ("status", "Status", true, Some("Active"), Plain),
    ("profile_image_url", "Profile_Image", false, None, Step("image_url_resolver")),
    ("first_name", "First_Name", false, None, Plain),
    ("last_name", "Last_Name", false, None, Plain),
    ("student_number", "Name", false, None, Plain),
    ("moodle_user_id", "Student_Moodle_ID", false, None, Plain),
];

const PROGRAMS: &[Row] = &[
    ("name", "Product_Name", true, None, Plain),
    ("code", "Program_ID", false, None, Plain),
    ("description", "Description", false, None, Plain),
    ("status", "Status", true, Some("Active"), Plain),
    ("moodle_category_id", "MoodleID", false, None, Plain),
    ("price", "Program_Price", false, None, Plain),
];

const CLASSES: &[Row] = &[
    ("name", "Class_Name", true, None, Plain),
    ("teacher_zoho_id", "Teacher", false, None, LOOK_UP),
    ("program_zoho_id", "BTEC_Program", false, None, LOOK_UP),
    ("start_date", "Start_Date", false, None, DAY),
    ("end_date", "End_Date", false, None, DAY),
    ("short_name", "Class_Short_Name", false, None, Plain),
    ("status", "Class_Status", false, None, Plain),
    ("unit_zoho_id", "Unit", false, None, LOOK_UP),
    ("moodle_course_id", "Moodle_Class_ID", false, None, Plain),
    ("ms_teams_id", "MS_Teams_ID", false, None, Plain),
];

const ENROLLMENTS: &[Row] = &[
    ("student_zoho_id", "Enrolled_Students", true, None, LOOK_UP),
    ("class_zoho_id", "Classes", true, None, LOOK_UP),
    ("enrollment_status", "Enrollment_Status", true, Some("Active"), Plain),
    ("enrollment_date", "Start_Date", false, None, DAY),
    ("end_date", "End_Date", false, None, DAY),
    ("enrollment_type", "Enrollment_Type", false, None, Plain),
    ("moodle_course_id", "Moodle_Course_ID", false, None, Plain),
];

const UNITS: &[Row] = &[
    ("name", "Name", true, None, Plain),
    ("code", "Unit_Code", false, None, Plain),
    ("credits", "Unit_Credit", false, None, Step("to_integer")),
    ("level", "Unit_Level", false, None, Plain),
    ("criteria", "P1_description", false, None, Criteria),
];

const REGISTRATIONS: &[Row] = &[
    ("student_zoho_id", "Student_ID", true, None, LOOK_UP),
    ("program_zoho_id", "Program", true, None, LOOK_UP),
    ("enrollment_status", "Registration_Status", true, Some("New"), Plain),
    ("registration_date", "Registration_Date", false, None, DAY),
    ("registration_number", "Name", false, None, Plain),
    ("program_name", "Program", false, None, Step("lookup_name")),
    ("total_fees", "Program_Price", false, None, Step("money")),
    ("remaining_amount", "Remaining_Amount", false, None, Step("money")),
    ("currency", "Currency", false, None, Plain),
    ("study_mode", "Study_Mode", false, None, Plain),
    ("payment_schedule", "Payment_Schedule", false, None, Step("json")),
];

const PAYMENTS: &[Row] = &[
    ("registration_zoho_id", "Registration_ID", true, None, LOOK_UP),
    ("amount", "Payment_Amount", true, None, Plain),
    ("payment_status", "Payment_Status", true, Some("Confirmed"), Plain),
    ("payment_date", "Payment_Date", false, None, DAY),
    ("payment_method", "Payment_Method", false, None, Plain),
    ("payment_number", "Name", false, None, Plain),
    ("student_zoho_id", "Student_ID", false, None, LOOK_UP),
    ("voucher_number", "SRM_Voucher_Number", false, None, Plain),
    ("installment_number", "Installment_No", false, None, Plain),
    ("note", "Note", false, None, Plain),
    ("payment_type", "Payment_Type", false, None, Plain),
];

const GRADES: &[Row] = &[
    ("student_zoho_id", "Student", true, None, LOOK_UP),
    (
        "unit_zoho_id",
        "Class",
        true,
        None,
        Told("lookup_id", "The class; a grade has no unit of its own, it is that of its class"),
    ),
    ("grade_value", "Grade", true, None, Plain),
    ("grade_date", "Attempt_Date", false, None, DAY),
    ("class_zoho_id", "Class", false, None, LOOK_UP),
    ("attempt_number", "Attempt_Number", false, None, Plain),
    ("grade_status", "Grade_Status", false, None, Plain),
    ("feedback", "Feedback", false, None, Plain),
    ("learning_outcomes", "Learning_Outcomes_Assessm", false, None, Step("json")),
];

/// Returns the rows that a new tenant begins with.
pub fn defaults(module: ModuleName) -> Vec<FieldMapping> {
    let rows = match module {
        ModuleName::Students => STUDENTS,
        ModuleName::Programs => PROGRAMS,
        ModuleName::Classes => CLASSES,
        ModuleName::Enrollments => ENROLLMENTS,
        ModuleName::Units => UNITS,
        ModuleName::Registrations => REGISTRATIONS,
        ModuleName::Payments => PAYMENTS,
        ModuleName::Grades => GRADES,
    };
    rows.iter().map(row).collect()
}

fn row((canonical, source, required, default, via): &Row) -> FieldMapping {
    let rules = match via {
        Plain => json!({}),
        Step(name) => json!({ "type": name }),
        Told(name, remark) => json!({ "type": name, "description": remark }),
        Criteria => criteria(),
    };
    FieldMapping {
        canonical_field: (*canonical).to_owned(),
        zoho_field_api_name: (*source).to_owned(),
        required: *required,
        default_value: default.map(str::to_owned),
        transform_rules: match rules {
            Value::Object(rules) => rules,
            _ => Map::new(),
        },
    }
}

/// The texts of ten pass, nine merit and six distinction criteria, those that are empty left out.
fn criteria() -> Value {
    let levels = [('P', 10), ('M', 9), ('D', 6)];
    let names =
        levels.iter().flat_map(|(level, most)| (1..=*most).map(move |n| format!("{level}{n}")));
    let entries: Vec<String> = names
        .map(|name| format!("{{'shortname':'{name}','description':r.{name}_description}}"))
        .collect();
    let expr = format!("[{}].filter(c, c.description != null)", entries.join(","));
    json!({
        "type": "chain",
        "params": {"steps": [{"type": "cel", "params": {"expr": expr}}, {"type": "json"}]},
        "description": "The criteria's texts as a list of {shortname, description}",
    })
}

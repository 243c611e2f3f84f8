//! The canonical schema: the fields between the two systems, by module (docs/src/rest.md, "Documents").

use super::module::ModuleName;

/// The type of a canonical field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Text.
    String,
    /// `YYYY-MM-DD`.
    Date,
    /// A whole number.
    Integer,
    /// A number with a fraction; kept as text where a double would lose digits.
    Decimal,
}

impl FieldType {
    /// The word of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Date => "date",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
        }
    }
}

/// A canonical field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemaField {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub field_type: FieldType,
    /// True: a record without a value fails.
    pub required: bool,
    /// What it means.
    pub description: Option<&'static str>,
}

/// The canonical fields of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleSchema {
    /// The module.
    pub module: ModuleName,
    /// In the order of the document.
    pub fields: &'static [SchemaField],
    /// A remark.
    pub note: Option<&'static str>,
}

const fn field(name: &'static str, field_type: FieldType, required: bool) -> SchemaField {
    SchemaField { name, field_type, required, description: None }
}

const fn described(name: &'static str, required: bool, text: &'static str) -> SchemaField {
    SchemaField { name, field_type: FieldType::String, required, description: Some(text) }
}

const fn module(module: ModuleName, fields: &'static [SchemaField]) -> ModuleSchema {
    ModuleSchema { module, fields, note: None }
}

use FieldType::{Date, Decimal, Integer, String as Text};

/// Fields and flags that the first clients know come first in each module and stay as they are; optional ones follow.
static SCHEMA: [ModuleSchema; 8] = [
    module(
        ModuleName::Students,
        &[
            described(
                "academic_email",
                true,
                "The student's address at the school; one account has it",
            ),
            described(
                "username",
                true,
                "Name to sign in with; lower case, cannot change once the account is made",
            ),
            described(
                "display_name",
                false,
                "Full name; split into first and last name where those are not mapped",
            ),
            field("first_name", Text, false),
            field("last_name", Text, false),
            field("phone", Text, false),
            described(
                "status",
                true,
                "Active, Inactive or Suspended; the last two end the use of the account",
            ),
            field("profile_image_url", Text, false),
            field("student_number", Text, false),
            described("moodle_user_id", false, "Id of an account that the school linked before"),
            field("city", Text, false),
            described("country", false, "Two letters, such as JO"),
            field("address", Text, false),
            field("institution", Text, false),
            field("department", Text, false),
        ],
    ),
    module(
        ModuleName::Programs,
        &[
            field("name", Text, true),
            field("code", Text, false),
            field("description", Text, false),
            field("status", Text, true),
            described("moodle_category_id", false, "Id of a course category made before"),
            field("price", Decimal, false),
        ],
    ),
    module(
        ModuleName::Classes,
        &[
            field("name", Text, true),
            field("teacher_zoho_id", Text, false),
            field("program_zoho_id", Text, false),
            field("start_date", Date, false),
            field("end_date", Date, false),
            field("short_name", Text, false),
            field("status", Text, false),
            field("unit_zoho_id", Text, false),
            described("moodle_course_id", false, "Id of a course made before"),
            field("ms_teams_id", Text, false),
        ],
    ),
    module(
        ModuleName::Enrollments,
        &[
            field("student_zoho_id", Text, true),
            field("class_zoho_id", Text, true),
            field("enrollment_status", Text, true),
            field("enrollment_date", Date, false),
            field("end_date", Date, false),
            field("enrollment_type", Text, false),
            field("moodle_course_id", Text, false),
        ],
    ),
    module(
        ModuleName::Units,
        &[
            field("name", Text, true),
            field("code", Text, false),
            field("credits", Integer, false),
            field("description", Text, false),
            field("level", Text, false),
            described(
                "criteria",
                false,
                "JSON text: a list of {shortname, description}, in the order P, M, D",
            ),
        ],
    ),
    module(
        ModuleName::Registrations,
        &[
            field("student_zoho_id", Text, true),
            field("program_zoho_id", Text, true),
            field("enrollment_status", Text, true),
            field("registration_date", Date, false),
            field("registration_number", Text, false),
            field("program_name", Text, false),
            field("total_fees", Decimal, false),
            field("remaining_amount", Decimal, false),
            field("currency", Text, false),
            field("study_mode", Text, false),
            described("payment_schedule", false, "JSON text: the rows of the schedule"),
        ],
    ),
    module(
        ModuleName::Payments,
        &[
            field("registration_zoho_id", Text, true),
            field("amount", Decimal, true),
            field("payment_status", Text, true),
            field("payment_date", Date, false),
            field("payment_method", Text, false),
            field("payment_number", Text, false),
            field("student_zoho_id", Text, false),
            field("voucher_number", Text, false),
            field("installment_number", Integer, false),
            field("note", Text, false),
            field("payment_type", Text, false),
        ],
    ),
    ModuleSchema {
        module: ModuleName::Grades,
        fields: &[
            field("student_zoho_id", Text, true),
            field("unit_zoho_id", Text, true),
            field("grade_value", Text, true),
            field("grade_date", Date, false),
            field("class_zoho_id", Text, false),
            field("attempt_number", Integer, false),
            field("grade_status", Text, false),
            field("feedback", Text, false),
            described("learning_outcomes", false, "JSON text: the rows of the assessment"),
        ],
        note: Some("Grades flow from Moodle to Zoho (Moodle -> Zoho)."),
    },
];

/// Returns the schema of all modules in the order of the document.
pub fn all() -> &'static [ModuleSchema] {
    &SCHEMA
}

/// Returns the schema of a module.
pub fn of(name: ModuleName) -> &'static ModuleSchema {
    // The document's order is that of the names.
    &SCHEMA[name as usize]
}

impl ModuleSchema {
    /// Returns a field.
    pub fn field(&self, name: &str) -> Option<&'static SchemaField> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Longest texts that Moodle takes, in characters, where Zoho may send longer ones. A run refuses a longer one by the same
/// number, which `tests/it/module/length.rs` sees to.
const LONGEST: &[(ModuleName, &str, u32)] = &[
    (ModuleName::Students, "academic_email", 100),
    (ModuleName::Students, "username", 100),
    (ModuleName::Students, "first_name", 100),
    (ModuleName::Students, "last_name", 100),
    (ModuleName::Students, "phone", 20),
    (ModuleName::Students, "city", 120),
    (ModuleName::Students, "country", 2),
    (ModuleName::Students, "address", 255),
    (ModuleName::Students, "institution", 255),
    (ModuleName::Students, "department", 255),
    (ModuleName::Programs, "name", 254),
    (ModuleName::Programs, "code", 255),
    (ModuleName::Classes, "name", 254),
    (ModuleName::Classes, "short_name", 255),
    (ModuleName::Units, "name", 254),
    (ModuleName::Units, "code", 255),
];

/// Returns the longest text that Moodle takes for a canonical field, when there is a limit.
pub fn longest(module: ModuleName, field: &str) -> Option<u32> {
    LONGEST.iter().find(|(of, name, _)| *of == module && *name == field).map(|(_, _, max)| *max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_of_fields_that_exist() {
        for (module, name, max) in LONGEST {
            assert!(of(*module).field(name).is_some(), "{module} {name}");
            assert_eq!(longest(*module, name), Some(*max));
        }
        assert_eq!(longest(ModuleName::Payments, "phone"), None);
    }

    #[test]
    fn names_are_unique_in_a_module() {
        for module in all() {
            let mut names: Vec<&str> = module.fields.iter().map(|field| field.name).collect();
            names.sort_unstable();
            let before = names.len();
            names.dedup();
            assert_eq!(names.len(), before, "{}", module.module);
        }
    }

    #[test]
    fn each_module_finds_its_own_schema() {
        for name in ModuleName::ALL {
            assert_eq!(of(name).module, name);
        }
    }
}

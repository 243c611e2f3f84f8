//! How canonical fields reach Moodle, as a document for the mapping editor (docs/src/rest.md, "Documents").

use super::module::ModuleName;

/// How the records of a module reach Moodle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adapter {
    /// The module.
    pub module: ModuleName,
    /// The web-service function that creates a record.
    pub endpoint: &'static str,
    /// Canonical field to Moodle field.
    pub mapping: &'static [(&'static str, &'static str)],
    /// What Moodle demands of a field.
    pub constraints: &'static [(&'static str, &'static str)],
}

/// A remark on the document.
pub const NOTE: &str = "Read-only: this is how canonical fields are written to Moodle. Change which Zoho field feeds \
                        a canonical field in the mappings.";

static ADAPTERS: [Adapter; 1] = [Adapter {
    module: ModuleName::Students,
    endpoint: "core_user_create_users",
    mapping: &[
        ("username", "username (cannot change after creation)"),
        ("academic_email", "email"),
        (
            "display_name",
            "fullname (no input of Moodle: split into firstname and lastname where those are empty)",
        ),
        ("first_name", "firstname"),
        ("last_name", "lastname"),
        ("phone", "phone1"),
        ("status", "suspended"),
    ],
    constraints: &[
        ("username", "lower case a-z, 0-9, - _ . @, at most 100 characters, unique"),
        ("email", "a valid address of at most 100 characters, unique"),
        ("phone1", "at most 20 characters"),
    ],
}];

/// Returns the adapters of the modules that reach Moodle.
pub fn all() -> &'static [Adapter] {
    &ADAPTERS
}

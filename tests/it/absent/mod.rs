//! Fields that Zoho leaves out of its rows: nothing that was sent is cleared, nothing closed opens, and a run that
//! would have to guess stops before it writes.

mod first;
mod modules;
mod preview;
mod random;
mod reads;
mod single;
mod whole;

use {
    crate::harness::school::{School, told, zoho_module},
    serde_json::{Value, json},
};

/// The code of a run, and of a record, whose mapped fields are missing.
const ABSENT: &str = "MAPPED_FIELD_ABSENT";
/// All reads that return rows.
const ROWS: [&str; 7] = ["list", "changes", "ids", "single", "search", "coql", "bulk"];
/// The objects that are compared to see whether anything has changed.
const KINDS: [&str; 8] = [
    "users",
    "categories",
    "courses",
    "groups",
    "cohorts",
    "enrolments",
    "plugin_payments",
    "plugin_definitions",
];

/// Returns a field that is missing everywhere, like a deleted one.
fn gone(module: &str, field: &str) -> Value {
    json!({"module": zoho_module(module), "field": field})
}

/// Returns a field that is left out of rows only: the description of the module still has it.
fn hidden(module: &str, field: &str) -> Value {
    json!({"module": zoho_module(module), "field": field, "of": ROWS})
}

/// Returns a field that is left out of some records.
fn lacking(module: &str, field: &str, ids: &[String]) -> Value {
    json!({"module": zoho_module(module), "field": field, "ids": ids})
}

/// Returns everything that Moodle holds.
async fn all_of_moodle(school: &School) -> Vec<Vec<Value>> {
    let mut all = Vec::new();
    for kind in KINDS {
        all.push(school.moodle(kind).await);
    }
    all
}

/// Checks that a run stopped without a record because of missing fields, each named with its mapped field.
async fn stopped(school: &School, run: &Value, fields: &[(&str, &str)]) {
    assert_eq!(told(run), ("failed", [0; 6]), "{run}");
    assert_eq!(school.detail(run).await.error_code(), ABSENT, "{run}");
    let summary = run["error_summary"].as_str().unwrap();
    for (field, canonical) in fields {
        assert!(summary.contains(&format!("'{field}'")), "{field}: {summary}");
        assert!(summary.contains(canonical), "{canonical}: {summary}");
    }
    assert!(summary.contains("permission"), "the likely cause: {summary}");
}

/// Installs the plug-in of the site, with the records that its payments belong to.
async fn install_plug_in(school: &School) {
    school.options(json!({"plugin": true})).await;
    for student in school.records("students").await {
        let data = json!({"zoho_student_id": student["id"]}).to_string();
        school.call("local_mzi_update_student", &[("studentdata", &data)]).await;
    }
    for registration in school.records("registrations").await {
        let data = json!({
            "zoho_registration_id": registration["id"],
            "zoho_student_id": registration["Student_ID"]["id"],
        });
        let data = data.to_string();
        school.call("local_mzi_create_registration", &[("registrationdata", &data)]).await;
    }
}

/// Returns the account of a student.
async fn account(school: &School, number: u32) -> Value {
    let id = school.id("students", number).await;
    school.one(&format!("users?idnumber={id}")).await
}

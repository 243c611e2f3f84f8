//! The functions that are called, and the capabilities that each takes (docs/src/moodle.md, "Rights"). Moodle names what is
//! missing one by one, and in the language of the site.

use {
    super::batch::list,
    crate::{domain::layout::Form, ports::ConnectorError},
    serde_json::Value,
    std::collections::HashSet,
};

/// The function that tells which functions the service of the token has.
pub(super) const SITE_INFO: &str = "core_webservice_get_site_info";

const SEES: &[&str] =
    &["moodle/user:viewdetails", "moodle/user:viewalldetails", "moodle/site:viewuseridentity"];
const COURSES: &[&str] = &["moodle/course:view", "moodle/course:viewhiddencourses"];
const CATEGORIES: &[&str] = &["moodle/category:manage", "moodle/category:viewhiddencategories"];
const GROUPS: &[&str] = &["moodle/course:managegroups", "moodle/course:view"];
const COHORTS: &[&str] = &["moodle/cohort:manage", "moodle/cohort:assign", "moodle/cohort:view"];

/// Functions and capabilities.
const NEEDS: [(&str, &[&str]); 29] = [
    (SITE_INFO, &[]),
    ("core_user_get_users_by_field", SEES),
    ("core_user_get_users", SEES),
    ("core_user_create_users", &["moodle/user:create"]),
    ("core_user_update_users", &["moodle/user:update"]),
    ("core_user_get_course_user_profiles", &["moodle/site:viewparticipants"]),
    ("core_course_get_categories", CATEGORIES),
    ("core_course_create_categories", CATEGORIES),
    ("core_course_update_categories", CATEGORIES),
    ("core_course_get_courses", COURSES),
    ("core_course_get_courses_by_field", COURSES),
    ("core_course_create_courses", &["moodle/course:create", "moodle/course:visibility"]),
    (
        "core_course_update_courses",
        &[
            "moodle/course:update",
            "moodle/course:visibility",
            "moodle/course:changefullname",
            "moodle/course:changeshortname",
            "moodle/course:changeidnumber",
            "moodle/course:changecategory",
            "moodle/course:changesummary",
        ],
    ),
    ("core_group_get_groups", GROUPS),
    ("core_group_get_course_groups", GROUPS),
    ("core_group_create_groups", GROUPS),
    ("core_group_update_groups", GROUPS),
    ("core_group_add_group_members", GROUPS),
    ("core_group_delete_group_members", GROUPS),
    ("enrol_manual_enrol_users", &["enrol/manual:enrol", "moodle/role:assign"]),
    ("enrol_manual_unenrol_users", &["enrol/manual:unenrol"]),
    (
        "core_enrol_get_enrolled_users",
        &["moodle/course:viewparticipants", "moodle/course:enrolreview", "moodle/role:review"],
    ),
    ("core_cohort_search_cohorts", COHORTS),
    ("core_cohort_create_cohorts", COHORTS),
    ("core_cohort_update_cohorts", COHORTS),
    ("core_cohort_add_cohort_members", COHORTS),
    ("core_cohort_delete_cohort_members", COHORTS),
    ("core_cohort_get_cohort_members", COHORTS),
    (
        "gradereport_user_get_grade_items",
        &["gradereport/user:view", "moodle/grade:viewall", "moodle/course:view"],
    ),
];

/// Returns the functions without which records of a form cannot be written.
pub(super) const fn needed(form: Form) -> &'static [&'static str] {
    match form {
        Form::User => {
            &["core_user_get_users_by_field", "core_user_create_users", "core_user_update_users"]
        }
        Form::Profile => &["core_user_get_users_by_field", "core_user_update_users"],
        Form::Category => &[
            "core_course_get_categories",
            "core_course_create_categories",
            "core_course_update_categories",
        ],
        Form::Course => &[
            "core_course_get_courses",
            "core_course_get_courses_by_field",
            "core_course_create_courses",
            "core_course_update_courses",
        ],
        Form::Group => &[
            "core_group_get_groups",
            "core_group_get_course_groups",
            "core_group_create_groups",
            "core_group_update_groups",
        ],
        Form::Enrolment => &[
            "enrol_manual_enrol_users",
            "enrol_manual_unenrol_users",
            "core_enrol_get_enrolled_users",
        ],
        Form::Cohort => &[
            "core_cohort_search_cohorts",
            "core_cohort_create_cohorts",
            "core_cohort_update_cohorts",
            "core_cohort_get_cohort_members",
            "core_cohort_add_cohort_members",
            "core_cohort_delete_cohort_members",
        ],
        Form::Grade => &["gradereport_user_get_grade_items"],
        Form::Record => &[],
    }
}

/// Returns the capabilities that a function takes; none for an unknown one.
pub(super) fn capabilities_of(function: &str) -> &'static [&'static str] {
    NEEDS.iter().find(|(name, _)| *name == function).map_or(&[], |(_, needs)| *needs)
}

/// Returns the capabilities that a function takes, as a message says it; nothing for an unknown one.
pub(super) fn capabilities(function: &str) -> String {
    match capabilities_of(function) {
        [] => String::new(),
        needs => format!(" ({function} takes {})", needs.join(", ")),
    }
}

/// Reads the functions that the service of the token has, by what it says of itself.
pub(super) fn service(mut info: Value) -> Result<HashSet<String>, ConnectorError> {
    let functions = list(info.get_mut("functions").map(Value::take).unwrap_or_default(), None)?;
    let name = |row: &Value| row.get("name").and_then(Value::as_str).map(str::to_owned);
    Ok(functions.iter().filter_map(name).collect())
}

/// Returns the functions that are not in a service and may be called.
pub(super) fn missing(service: &HashSet<String>) -> Vec<&'static str> {
    NEEDS.iter().map(|(name, _)| *name).filter(|name| !service.contains(*name)).collect()
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json};

    #[test]
    fn what_is_missing_is_told_at_once() {
        let functions: Vec<Value> =
            NEEDS.iter().skip(2).map(|(name, _)| json!({"name": name, "version": "1"})).collect();
        let info = json!({"sitename": "x", "functions": functions});
        let known = service(info).unwrap();
        assert_eq!(missing(&known), [SITE_INFO, "core_user_get_users_by_field"]);
        assert!(service(json!({"functions": null})).is_err() && service(json!([])).is_err());
        let told = capabilities("enrol_manual_enrol_users");
        let wanted = " (enrol_manual_enrol_users takes enrol/manual:enrol, moodle/role:assign)";
        assert_eq!((told.as_str(), capabilities(SITE_INFO)), (wanted, String::new()));
    }

    #[test]
    fn what_a_form_needs_is_listed() {
        let forms = [
            Form::User,
            Form::Category,
            Form::Course,
            Form::Group,
            Form::Enrolment,
            Form::Cohort,
            Form::Profile,
            Form::Grade,
        ];
        for function in forms.into_iter().flat_map(needed) {
            assert!(NEEDS.iter().any(|(known, _)| known == function), "{function}");
            assert!(!capabilities_of(function).is_empty(), "{function}");
        }
    }

    #[test]
    fn every_function_that_is_called_is_listed() {
        let files = [
            "category",
            "cohort",
            "course",
            "enrolment",
            "grade",
            "group",
            "person",
            "profile",
            "right",
            "trial",
        ];
        for file in files {
            let path = format!("{}/src/connectors/moodle/{file}.rs", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(path).unwrap();
            for name in text.split('"').filter(|part| {
                ["core_", "enrol_manual_", "gradereport_"]
                    .iter()
                    .any(|start| part.starts_with(start))
                    && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                    && *part != "core_test"
            }) {
                assert!(NEEDS.iter().any(|(known, _)| *known == name), "{file}: {name}");
            }
        }
    }
}

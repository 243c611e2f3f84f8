//! The rows are complete: unique names, reasons that are sentences, and only forms that the module has.

use super::{students::FIELDS as STUDENTS, *};

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
fn each_module_finds_its_own_fields() {
    for name in ModuleName::ALL {
        assert_eq!(of(name).module, name);
    }
}

#[test]
fn a_row_by_form_names_each_form_of_its_module_once() {
    for module in all() {
        for field in module.fields {
            let Uses::ByForm(uses) = field.uses else { continue };
            let named: Vec<Form> = uses.iter().map(|(form, _)| *form).collect();
            assert_eq!(named, Form::of(module.module), "{} {}", module.module, field.name);
            assert!(
                uses.iter().any(|(_, goes)| *goes != uses[0].1),
                "{} {} goes one way: say it once",
                module.module,
                field.name
            );
        }
    }
}

#[test]
fn reasons_follow_a_colon() {
    for module in all() {
        for field in module.fields {
            for form in Form::of(module.module) {
                let Some(reason) = field.goes(*form).reason() else { continue };
                let told = format!("{} {}: {reason}", module.module, field.name);
                assert!(!reason.is_empty() && !reason.ends_with('.'), "{told}");
                assert!(reason.len() <= 160 && !reason.contains(['|', '\n']), "{told}");
            }
        }
    }
}

#[test]
fn what_the_mapping_leads_to_the_crm_has_a_length_and_a_field_to_begin_with() {
    let grades = of(ModuleName::Grades).fields.iter();
    let mapped = grades.filter(|field| matches!(field.goes(Form::Grade), Goes::Mapped(_)));
    let bare: Vec<&str> = mapped
        .filter(|field| field.longest.is_none() || field.default.is_none())
        .map(|field| field.name)
        .collect();
    assert_eq!(bare, [""; 0]);
}

#[test]
fn what_names_an_object_or_a_person_has_a_length() {
    for module in all().iter().filter(|one| one.module != ModuleName::Grades) {
        for form in Form::of(module.module) {
            for (field, target) in module.sent(*form) {
                // A status has one of a few words, a date has its format, and JSON is checked by its reader.
                let is_free = field.field_type == FieldType::String
                    && !["suspended", "criteria"].contains(&target);
                assert!(
                    !is_free || field.longest.is_some(),
                    "{} {} has no length",
                    module.module,
                    field.name
                );
            }
        }
    }
}

/// A longer one could not be stored where the record waits for its parent.
#[test]
fn a_field_that_names_a_parent_takes_what_can_be_the_id_of_a_record() {
    assert_eq!(RECORD_ID as usize, crate::domain::id::RecordId::LONGEST);
    for module in all().iter().filter(|one| one.module != ModuleName::Grades) {
        for field in module.fields.iter().filter(|field| field.name.ends_with("_zoho_id")) {
            let is_used =
                Form::of(module.module).iter().any(|form| !field.goes(*form).is_nowhere());
            let most = is_used.then_some(RECORD_ID);
            assert_eq!(field.longest, most, "{} {}", module.module, field.name);
        }
    }
}

#[test]
fn the_adapter_begins_as_the_first_clients_know_it() {
    let adapters = adapters();
    let students = &adapters[0];
    assert_eq!(students.module, ModuleName::Students);
    assert_eq!(students.endpoint, "core_user_create_users");
    let pairs = |pairs: &[(&'static str, String)], most: usize| -> Vec<(&'static str, String)> {
        pairs.iter().take(most).cloned().collect()
    };
    let known = [
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
    ];
    assert_eq!(pairs(&students.mapping, 7), known.map(|(name, text)| (name, text.to_owned())));
    let known = [
        ("username", "lower case a-z, 0-9, - _ . @, at most 100 characters, unique"),
        ("email", "a valid address of at most 100 characters, unique"),
        ("phone1", "at most 20 characters"),
    ];
    assert_eq!(pairs(&students.constraints, 3), known.map(|(name, text)| (name, text.to_owned())));
    // Each field of an account that is sent is in the document.
    let named: Vec<&str> = students.mapping.iter().map(|(name, _)| *name).collect();
    for field in STUDENTS.iter().filter(|field| field.goes(Form::User).target().is_some()) {
        assert!(named.contains(&field.name), "{}", field.name);
    }
    assert_eq!(adapters.len(), 7, "grades do not reach Moodle");
    let programs = &adapters[1];
    assert_eq!(
        programs.endpoint,
        "core_course_create_categories (category), core_course_create_courses (course)"
    );
    let name = programs.mapping.iter().find(|(name, _)| *name == "name").expect("a name");
    assert_eq!(name.1, "name (category), fullname (course)");
}

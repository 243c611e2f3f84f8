//! How canonical fields reach Moodle, as a document for the mapping editor (docs/src/rest.md, "Documents").

use {
    super::{Field, Form, ModuleFields, ModuleName, all},
    crate::domain::layout::Layout,
};

/// How the records of a module reach Moodle. If that depends on the form of the module, the form is given in
/// brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adapter {
    /// The module.
    pub module: ModuleName,
    /// The web-service function that creates a record.
    pub endpoint: String,
    /// Canonical field to Moodle field.
    pub mapping: Vec<(&'static str, String)>,
    /// What Moodle demands of a field.
    pub constraints: Vec<(&'static str, String)>,
}

/// A remark on the document.
pub const NOTE: &str = "Read-only: this is how canonical fields are written to Moodle. Change which Zoho field feeds \
                        a canonical field in the mappings.";

/// These came first in the document for the first clients, in this order.
const FIRST: [&str; 1] = ["username"];
/// See `FIRST`, for the constraints.
const FIRST_CONSTRAINTS: [&str; 3] = ["username", "email", "phone1"];

/// Returns the adapters of the modules that reach Moodle.
pub fn adapters() -> Vec<Adapter> {
    all().iter().filter(|one| one.module != ModuleName::Grades).map(adapter).collect()
}

fn adapter(one: &ModuleFields) -> Adapter {
    let forms = Form::of(one.module);
    let mapping = one.fields.iter().filter_map(|field| Some((field.name, shown(field, forms)?)));
    let mut constraints: Vec<(&'static str, String)> = Vec::new();
    for field in one.fields {
        let Some(text) = demand(field) else { continue };
        for target in forms.iter().filter_map(|form| field.goes(*form).target()) {
            if !constraints.iter().any(|(name, _)| *name == target) {
                constraints.push((target, text.clone()));
            }
        }
    }
    let endpoint = forms.iter().map(|form| (*form, Some(function(one.module, *form)))).collect();
    Adapter {
        module: one.module,
        endpoint: joined(endpoint).unwrap_or_default(),
        mapping: first(mapping.collect(), &FIRST),
        constraints: first(constraints, &FIRST_CONSTRAINTS),
    }
}

fn first(mut pairs: Vec<(&'static str, String)>, names: &[&str]) -> Vec<(&'static str, String)> {
    pairs.sort_by_key(|(name, _)| {
        names.iter().position(|first| first == name).unwrap_or(names.len())
    });
    pairs
}

/// Returns the Moodle field of a field that is sent; `None` for one that the document leaves out.
fn shown(field: &Field, forms: &[Form]) -> Option<String> {
    if let Some(text) = field.shown_as {
        return Some(text.to_owned());
    }
    let target = |form: &Form| (*form, field.goes(*form).target().map(str::to_owned));
    joined(forms.iter().map(target).collect())
}

/// Joins the texts of several forms: one text if all forms have the same, otherwise each with its form.
fn joined(texts: Vec<(Form, Option<String>)>) -> Option<String> {
    let (_, one) = texts.first()?;
    if texts.iter().all(|(_, text)| text == one) {
        return one.clone();
    }
    let named = |(form, text): (Form, Option<String>)| {
        text.map(|text| format!("{text} ({})", form.as_str()))
    };
    Some(texts.into_iter().filter_map(named).collect::<Vec<_>>().join(", "))
}

/// Returns the target's requirements for a field.
fn demand(field: &Field) -> Option<String> {
    let most = field.longest.map(|most| most.to_string());
    match (field.rule, most) {
        (Some(rule), most) => Some(rule.replace("{most}", &most.unwrap_or_default())),
        (None, Some(most)) => Some(format!("at most {most} characters")),
        (None, None) => None,
    }
}

/// Returns the web-service function that creates a record of a form.
fn function(module: ModuleName, form: Form) -> String {
    match form {
        Form::User => "core_user_create_users".to_owned(),
        Form::Category => "core_course_create_categories".to_owned(),
        Form::Course => "core_course_create_courses".to_owned(),
        Form::Group => "core_group_create_groups".to_owned(),
        Form::Enrolment => "enrol_manual_enrol_users".to_owned(),
        Form::Cohort => "core_cohort_add_cohort_members".to_owned(),
        Form::Profile => "core_user_update_users".to_owned(),
        // A tenant may set another one.
        Form::Record => Layout::new(module).function,
        Form::Grade => String::new(),
    }
}

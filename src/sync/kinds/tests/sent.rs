//! The kinds do what the rows of the canonical fields say: a field that is sent is in the payload, one that is read
//! has an effect, and one that goes nowhere changes nothing.

use {
    super::kept::{record, value},
    crate::{
        domain::{
            code as codes,
            field::{self, Field, Goes},
            layout::{Form, Layout, Layouts},
            mapping::{Outgoing, defaults},
            module::ModuleName,
            record::{Canonical, Payload, TargetKind},
        },
        sync::{
            kinds,
            shape::{Known, Module, Parents, Shape, Wanted},
        },
    },
    chrono_tz::Tz,
    serde_json::{Value, json},
};

/// The result for a record.
struct Made {
    shape: Shape,
    wanted: Wanted,
    /// Everything that is written: on creation, and after a change of all fields.
    written: Payload,
}

/// Returns two parents of each module, of other objects and other people.
fn parents(programs: TargetKind, classes: TargetKind) -> Parents {
    let mut parents = Parents::default();
    for n in ["0", "1"] {
        let mut put = |module, kind, id: &str, container: Option<&str>| {
            let known = Known {
                kind,
                target_id: format!("{id}{n}").into(),
                container: container.map(|id| format!("{id}{n}").into()),
                person: Some(n.into()),
                name: None,
            };
            parents.insert(module, n.into(), known);
        };
        put(ModuleName::Students, TargetKind::User, "11", None);
        put(ModuleName::Programs, programs, "12", None);
        put(ModuleName::Units, TargetKind::Course, "13", None);
        put(ModuleName::Classes, classes, "14", Some("15"));
        put(ModuleName::Registrations, TargetKind::CohortMember, "16", None);
        parents.insert_cohort(n.into(), format!("17{n}").into());
    }
    parents
}

/// Flattens what is sent as one value: to a plug-in, and to the CRM.
fn spread(written: &mut Payload) {
    for whole in ["data", "fields"] {
        if let Some(Value::Object(fields)) = written.remove(whole) {
            written.extend(fields);
        }
    }
}

/// Returns the name of the CRM's field to which a mapping sends a field, different from the one of the default
/// mappings.
fn crm(name: &str) -> String {
    format!("Own_{name}")
}

/// Returns such a mapping.
fn outgoing() -> Outgoing {
    let mut rows = defaults(ModuleName::Grades);
    rows.iter_mut().for_each(|row| row.zoho_field_api_name = crm(&row.canonical_field));
    Outgoing::compile(&rows).expect("compiles")
}

fn made(module: Module<'_>, parents: &Parents, record: &Canonical) -> Made {
    let kind = kinds::of(module.name, module.layout().form);
    let shape = kind.shape(module, &"7".into(), record).expect("fits");
    let wanted = kind.wanted(module, &"7".into(), &shape, parents).expect("has its parents");
    let mut written = wanted.create.clone();
    written.extend(kind.update(module, &"7".into(), &shape, &wanted, &|_| true));
    spread(&mut written);
    Made { shape, wanted, written }
}

/// Compares one row with what the kind does.
fn hold(module: Module<'_>, parents: &Parents, field: &Field) {
    let form = module.layout().form;
    let told = format!("{} as {}: {}", module.name, form.as_str(), field.name);
    let mut before = record(module.name, 0);
    if field.name == "display_name" {
        // These are read only if they are needed.
        before.retain(|name, _| !["first_name", "last_name"].contains(&name.as_str()));
    }
    let mut after = before.clone();
    after.insert(field.name.to_owned(), value(field.name, 1));
    let (before, after) = (made(module, parents, &before), made(module, parents, &after));
    match field.goes(form) {
        goes @ (Goes::To(_) | Goes::Mapped(_)) => {
            let own = crm(field.name);
            let target = goes.target().unwrap_or(&own);
            let (was, is) = (before.written.get(target), after.written.get(target));
            assert!(was.is_some() && is.is_some(), "{told} is not sent as {target}: {is:?}");
            assert_ne!(was, is, "{told} has no say in {target}");
            assert_ne!(before.shape.fields, after.shape.fields, "{told}: no change is seen");
            // A record in another place is created there.
            if (&before.wanted.id, &before.wanted.container)
                == (&after.wanted.id, &after.wanted.container)
            {
                let kind = kinds::of(module.name, form);
                let own = |name: &str| name == field.name;
                let mut update =
                    kind.update(module, &"7".into(), &after.shape, &after.wanted, &own);
                spread(&mut update);
                assert_eq!(update.get(target), is, "{told}: the update lacks it");
            }
        }
        Goes::Read(_) => {
            assert_ne!(before.shape, after.shape, "{told} is not read");
        }
        Goes::Nowhere(_) => {
            assert_eq!(before.shape, after.shape, "{told} is read");
            assert_eq!(before.written, after.written, "{told} is sent");
        }
    }
}

#[test]
fn each_field_goes_where_its_row_says() {
    let mut held = 0;
    let rows = outgoing();
    for module in field::all() {
        for form in Form::of(module.module) {
            let layouts = Layouts::new(Tz::UTC, |name| {
                let form = if name == module.module { *form } else { Layout::new(name).form };
                Layout { form, ..Layout::new(name) }
            });
            let programs =
                if *form == Form::Enrolment { TargetKind::Course } else { TargetKind::Category };
            let parents = parents(programs, TargetKind::Course);
            for field in module.fields {
                let module = Module::new(module.module, &layouts, "M");
                hold(Module { outgoing: Some(&rows), ..module }, &parents, field);
                held += 1;
            }
        }
    }
    assert!(held >= 121, "each row in each form of its module: {held}");
}

#[test]
fn what_is_sent_is_held_to_its_row() {
    for module in field::all() {
        for form in Form::of(module.module) {
            let layouts = Layouts::new(Tz::UTC, |name| {
                let form = if name == module.module { *form } else { Layout::new(name).form };
                Layout { form, ..Layout::new(name) }
            });
            let module = Module::new(module.module, &layouts, "M");
            let kind = kinds::of(module.name, *form);
            let fields = field::of(module.name).fields.iter();
            for field in fields.filter(|field| field.goes(*form).is_sent()) {
                let told = format!("{} as {}: {}", module.name, form.as_str(), field.name);
                let code = |text: String| {
                    let mut record = record(module.name, 0);
                    record.insert(field.name.to_owned(), json!(text));
                    kind.shape(module, &"7".into(), &record).err().map(|unfit| unfit.code)
                };
                // A value with a format of its own is refused for that.
                let has_form = ["academic_email", "username", "country", "status"];
                let is_student =
                    kind.target() == TargetKind::Grade && field.name == "student_zoho_id";
                if has_form.contains(&field.name) || is_student {
                    continue;
                }
                if let Some(most) = field.longest {
                    assert_eq!(code("7".repeat(most as usize)), None, "{told}");
                    let long = code("ا".repeat(most as usize + 1));
                    assert_eq!(long, Some(codes::VALUE_TOO_LONG), "{told}");
                    assert_eq!(
                        code("a\u{1}b".to_owned()),
                        Some(codes::VALUE_HAS_CONTROL),
                        "{told}"
                    );
                }
                if field.plain {
                    assert_eq!(code("<b>x".to_owned()), Some(codes::VALUE_HAS_MARKUP), "{told}");
                    assert_eq!(code("3 < 4".to_owned()), None, "{told}");
                    let one = "<span lang=\"en\" class=\"multilang\">A</span>";
                    let fits = |text: &String| {
                        field.longest.is_none_or(|most| text.chars().count() <= most as usize)
                    };
                    let spans =
                        format!("{one} <span class=\"multilang\" lang=\"ar\">ب</span> 3 < 4");
                    for text in [one.to_owned(), spans].into_iter().filter(fits) {
                        let allowed =
                            if field.multilang { None } else { Some(codes::VALUE_HAS_MARKUP) };
                        assert_eq!(code(text), allowed, "{told}");
                    }
                    for other in [
                        "<span lang=\"en\">A</span>",
                        "<span lang=\"en\" lang=\"en\">A</span>",
                        "<span lang=\"en\" class=\"multilang\">A",
                        "<span lang=\"en\" class=\"multilang\"><b>A</b></span>",
                        "<span lang=\"en\" class=\"multilang\" onclick=\"x\">A</span>",
                    ] {
                        for text in
                            [other.to_owned(), format!("{one}{other}")].into_iter().filter(fits)
                        {
                            assert_eq!(code(text), Some(codes::VALUE_HAS_MARKUP), "{told} {other}");
                        }
                    }
                }
            }
        }
    }
}

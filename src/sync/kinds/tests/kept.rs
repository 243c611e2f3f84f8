//! Values that stay as they were sent, because the record lacks the field.

use {
    crate::{
        domain::{
            field,
            layout::{Layout, Layouts},
            mapping::Mapped,
            module::ModuleName,
            record::Canonical,
        },
        sync::{
            kinds,
            shape::{Module, Shape},
        },
    },
    chrono_tz::Tz,
    proptest::prelude::*,
    serde_json::{Value, json},
    std::collections::BTreeSet,
};

const MODULES: [ModuleName; 7] = [
    ModuleName::Students,
    ModuleName::Programs,
    ModuleName::Units,
    ModuleName::Classes,
    ModuleName::Enrollments,
    ModuleName::Registrations,
    ModuleName::Payments,
];

/// A value that fits a canonical field.
pub(super) fn value(name: &str, n: u32) -> Value {
    match name {
        "academic_email" => json!(format!("user{n}@college.example")),
        "display_name" => json!(format!("Given{n} Family{n}")),
        "country" => json!(["JO", "TR", "DE"][n as usize % 3]),
        "start_date" | "enrollment_date" | "registration_date" | "payment_date" => {
            json!(format!("2025-01-{:02}", n % 28 + 1))
        }
        "end_date" => json!(format!("2026-02-{:02}", n % 28 + 1)),
        "status" | "enrollment_status" | "payment_status" => {
            json!(["Active", "Suspended", "Withdraw", "Overdue"][n as usize % 4])
        }
        "criteria" => {
            json!(json!([{"shortname": format!("P{n}"), "description": "D"}]).to_string())
        }
        name if name.ends_with("_id") || ["credits", "amount"].contains(&name) => {
            json!(n.to_string())
        }
        name => json!(format!("{}{n}", name.replace('_', ""))),
    }
}

pub(super) fn record(module: ModuleName, n: u32) -> Canonical {
    let fields = field::of(module).fields.iter();
    fields.map(|field| (field.name.to_owned(), value(field.name, n))).collect()
}

fn shape(
    module: Module<'_>,
    fields: Canonical,
    kept: &[&'static str],
    sent: Option<&Canonical>,
) -> Shape {
    let mapped = Mapped { fields, kept: kept.iter().copied().collect(), ..Mapped::default() };
    let kind = kinds::of(module.name, module.layout().form);
    let canonical = kind.complete(module, mapped, sent);
    kind.shape(module, &"7".into(), &canonical).expect("fits")
}

fn layouts() -> Layouts {
    Layouts::new(Tz::UTC, |name| {
        let suspend_on = vec!["overdue".to_owned()];
        Layout { suspend_on, ..Layout::new(name) }
    })
}

#[test]
fn names_are_kept_only_where_the_display_name_cannot_give_them() {
    let layouts = layouts();
    let module = Module::new(ModuleName::Students, &layouts, "S");
    let sent = shape(module, record(ModuleName::Students, 1), &[], None).fields;
    let now = |change: &[(&str, Option<&str>)], kept: &[&'static str]| {
        let mut fields = record(ModuleName::Students, 1);
        for (name, value) in change {
            match value {
                Some(value) => drop(fields.insert((*name).to_owned(), json!(value))),
                None => drop(fields.remove(*name)),
            }
        }
        let fields = shape(module, fields, kept, Some(&sent)).fields;
        (fields["first_name"].clone(), fields["last_name"].clone())
    };
    let new = ("display_name", Some("Sara Haddad"));
    let was = (sent["first_name"].clone(), sent["last_name"].clone());
    // The school has no names but the display name.
    let none = [new, ("first_name", None), ("last_name", None)];
    assert_eq!(now(&none, &[]), (json!("Sara"), json!("Haddad")));
    // It has them, but they are missing now.
    assert_eq!(now(&none, &["first_name", "last_name"]), was);
    let silent = [("display_name", None), ("first_name", None), ("last_name", None)];
    assert_eq!(now(&silent, &[]), was);
    // Empty, while the display name that would replace it is missing.
    let mut fields = record(ModuleName::Students, 1);
    fields.remove("display_name");
    fields.insert("first_name".into(), Value::Null);
    fields.insert("last_name".into(), json!("Own"));
    let shaped = shape(module, fields, &["display_name"], Some(&sent)).fields;
    assert_eq!((&shaped["first_name"], &shaped["last_name"]), (&was.0, &json!("Own")));
}

proptest! {
    #[test]
    fn what_is_not_said_stays_as_it_was_sent(
        module in 0..MODULES.len(),
        (was, is) in (0_u32..500, 0_u32..500),
        mask in proptest::collection::vec(any::<bool>(), 16),
        foreign in any::<bool>(),
    ) {
        let layouts = layouts();
        let module = Module::new(MODULES[module], &layouts, "M");
        let before = shape(module, record(module.name, was), &[], None);
        let whole = shape(module, record(module.name, is), &[], None);
        let mut now = record(module.name, is);
        let fields = field::of(module.name).fields.iter().zip(&mask);
        let out: BTreeSet<&'static str> =
            fields.filter(|(_, out)| **out).map(|(field, _)| field.name).collect();
        now.retain(|name, _| !out.contains(name.as_str()));
        let kept: Vec<&'static str> =
            if foreign { Vec::new() } else { out.iter().copied().collect() };
        let shaped = shape(module, now.clone(), &kept, Some(&before.fields));
        // If the school has no names of its own, they come from the display name.
        let derived = |name: &str| {
            foreign && !out.contains("display_name") && ["first_name", "last_name"].contains(&name)
        };
        for (name, value) in &shaped.fields {
            let other = if out.contains(name.as_str()) { &before } else { &whole };
            if field::of(module.name).field(name).is_some() && !derived(name) {
                prop_assert_eq!(Some(value), other.fields.get(name), "{}", name);
            }
        }
        let status = ["status", "enrollment_status", "payment_status"];
        let silent = status.iter().any(|name| out.contains(name));
        prop_assert_eq!(shaped.ended, if silent { before.ended } else { whole.ended });
        // And it stays so: nothing alternates.
        let again = shape(module, now, &kept, Some(&shaped.fields));
        prop_assert_eq!(again.fields, shaped.fields);
    }
}

//! Payments as profile fields of a student's account: the fields of a payment and what the account shows.

use {
    super::access::Access,
    crate::{
        domain::{
            code,
            id::RecordId,
            layout::{Form, Layout},
            module::ModuleName,
            record::{Canonical, Payload, TargetKind},
        },
        sync::{
            kinds::field::{need, said, sent, text},
            shape::{Module, Parents, Shape, Unfit, Wanted, unfit},
        },
    },
    serde_json::{Value, json},
};

/// The canonical field of a payment's status.
pub(crate) const STATUS: &str = "payment_status";
/// The profile field that shows a payment's status.
pub(crate) const STATUS_FIELD: &str = "payment_status";

/// Words of the CRM for a payment that was received, is expected, or is late, with the words of the site's menu.
const STATUSES: [(&str, &str); 10] = [
    ("confirmed", "paid"),
    ("paid", "paid"),
    ("completed", "paid"),
    ("received", "paid"),
    ("pending", "pending"),
    ("partial", "pending"),
    ("new", "pending"),
    ("overdue", "overdue"),
    ("late", "overdue"),
    ("unpaid", "overdue"),
];

/// Returns the word of the site's menu for a payment's status; an unknown status is returned unchanged.
pub(crate) fn shown_status(fields: &Canonical) -> String {
    let status = text(fields, "payment_status").to_lowercase();
    let known = STATUSES.iter().find(|(word, _)| *word == status);
    known.map_or(status.clone(), |(_, menu)| (*menu).to_owned())
}

/// Returns the profile of a student without a payment; the status is cleared if the payment showed one.
pub(crate) fn empty_profile(shown: &str) -> Payload {
    let names = ["last_payment"].into_iter().chain((!shown.is_empty()).then_some("payment_status"));
    names.map(|name| (name.to_owned(), json!(""))).collect()
}

/// Returns whether a status suspends the student's enrolments.
fn suspends(layout: &Layout, status: &str) -> bool {
    layout.suspend_on.iter().any(|word| *word == status.to_lowercase())
}

pub(crate) fn shape(module: Module<'_>, canonical: &Canonical) -> Result<Shape, Unfit> {
    const FIELD: &str = "registration_zoho_id";
    let registration = need(ModuleName::Registrations, canonical, FIELD, true)?;
    let registration = registration.ok_or_else(|| {
        Unfit::of(code::MAPPING_REQUIRED_MISSING, &[("field", &FIELD), ("reason", &"it is empty")])
    })?;
    // The profile is not written with the registration, but shows the payments of its student.
    let of_student = (FIELD, said(canonical, FIELD));
    let mut fields = sent(module, canonical, [of_student])?;
    let layout = module.layout();
    let ended = suspends(layout, &text(canonical, "payment_status"));
    if ended && layout.form == Form::Profile {
        Access::Suspended.keep(&mut fields);
    }
    let label = format!("payment of registration {}", registration.id);
    let needs = vec![registration];
    Ok(Shape {
        fields,
        needs,
        person: None,
        label,
        ended,
        stored: None,
        spelt: None,
        warnings: Vec::new(),
    })
}

/// Returns what is left of a payment that cannot be read whole: its student, its date, and a status that suspends enrolments.
/// `None` if the status does not.
pub(crate) fn ending(module: Module<'_>, canonical: &Canonical) -> Option<Shape> {
    const KEPT: [&str; 3] = ["registration_zoho_id", STATUS, "payment_date"];
    let pick = |names: &[&str]| -> Canonical {
        let of = canonical.iter().filter(|(name, _)| names.contains(&name.as_str()));
        of.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    // All that is known, else what the end takes.
    let shaped = [canonical.clone(), pick(&KEPT), pick(&KEPT[..2])];
    let shape = shaped.iter().find_map(|canonical| shape(module, canonical).ok())?;
    (shape.ended && module.layout().form == Form::Profile).then_some(shape)
}

/// Returns the profile. The student is found by the registration.
pub(crate) fn wanted(shape: &Shape, parents: &Parents) -> Result<Wanted, Unfit> {
    let field = |name: &str| text(&shape.fields, name);
    let user = shape
        .needs
        .iter()
        .filter_map(|need| parents.get(need.module, &need.id))
        .filter_map(|registration| registration.person.as_ref())
        .find_map(|student| parents.get(ModuleName::Students, student.record()))
        .ok_or_else(|| unfit(code::PARENT_NOT_SYNCED, "student_not_synced_yet"))?;
    let paid = [field("payment_date"), field("amount")].join(" ");
    let mut create = Payload::from([("last_payment".to_owned(), json!(paid.trim()))]);
    if shape.fields.contains_key("payment_status") {
        create.insert("payment_status".to_owned(), json!(shown_status(&shape.fields)));
    }
    let id = Some(user.target_id.clone());
    Ok(Wanted { kind: TargetKind::Profile, id, container: None, create })
}

/// Returns the rank of a payment among those of a student: by its date, then by its id.
pub(crate) fn rank(zoho_id: &RecordId, sent: &Canonical) -> (String, usize, RecordId) {
    let day = match sent.get("payment_date") {
        Some(Value::String(day)) => day.clone(),
        _ => String::new(),
    };
    (day, zoho_id.as_str().len(), zoho_id.clone())
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{domain::layout::Layouts, sync::shape::Known},
        chrono_tz::Tz,
        serde_json::json,
    };

    #[test]
    fn the_profile_of_the_registrations_student_is_written() {
        let layouts = Layouts::new(Tz::UTC, Layout::new);
        let module = Module::new(ModuleName::Payments, &layouts, "P");
        let canonical = Canonical::from([
            ("registration_zoho_id".to_owned(), json!("4")),
            ("amount".to_owned(), json!("1500")),
            ("payment_status".to_owned(), json!("Confirmed")),
            ("payment_date".to_owned(), json!("2026-09-01")),
        ]);
        let shape = shape(module, &canonical).expect("fits");
        let known = |kind, id: &str, person: Option<&str>| Known {
            kind,
            target_id: id.into(),
            container: None,
            person: person.map(Into::into),
            name: None,
        };
        let mut parents = Parents::default();
        let member = known(TargetKind::CohortMember, "9:12", Some("1"));
        parents.insert(ModuleName::Registrations, "4".into(), member);
        assert_eq!(wanted(&shape, &parents).expect_err("no student").code, code::PARENT_NOT_SYNCED);
        parents.insert(ModuleName::Students, "1".into(), known(TargetKind::User, "12", Some("1")));
        let wanted = wanted(&shape, &parents).expect("fits");
        assert_eq!(wanted.kind, TargetKind::Profile);
        assert_eq!(wanted.id, Some("12".into()));
        assert_eq!(wanted.create["payment_status"], json!("paid"));
        assert_eq!(wanted.create["last_payment"], json!("2026-09-01 1500"));
    }

    #[test]
    fn the_newest_payment_is_the_latest_and_then_the_last_made() {
        let day = |day: &str| Canonical::from([("payment_date".to_owned(), json!(day))]);
        assert!(rank(&"1".into(), &day("2026-09-02")) > rank(&"2".into(), &day("2026-09-01")));
        assert!(rank(&"10".into(), &day("2026-09-01")) > rank(&"9".into(), &day("2026-09-01")));
        assert!(rank(&"1".into(), &day("2026-01-01")) > rank(&"99".into(), &Canonical::new()));
    }
}

//! What a module means in the target: which object it makes, which canonical fields it uses and under which names. The
//! only file of the engine that knows Moodle by name (facts: moodle-web-services.md, section 7).

use {
    crate::domain::{
        module::ModuleName,
        record::{Canonical, Payload, TargetKind},
    },
    serde_json::{Value, json},
};

/// Moodle's field that carries the source record's id.
pub(crate) const SOURCE_ID_FIELD: &str = "idnumber";
/// Longest name, username and e-mail.
const TEXT_MAX: usize = 100;
/// Longest phone number.
const PHONE_MAX: usize = 20;

/// Returns whether records of a module can be written in this release.
pub const fn ready(module: ModuleName) -> bool {
    matches!(module, ModuleName::Students)
}

/// Returns the kind of object that a module makes.
pub(crate) const fn kind(_: ModuleName) -> TargetKind {
    TargetKind::User
}

/// Why a record cannot be written as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfit {
    /// Stable word.
    pub(crate) code: &'static str,
    /// In words.
    pub(crate) message: String,
}

fn unfit(code: &'static str, message: impl Into<String>) -> Unfit {
    Unfit { code, message: message.into() }
}

/// A record in the form in which it is compared and sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prepared {
    /// The canonical fields that the target uses, normalised: what is compared and shown.
    pub(crate) fields: Canonical,
    /// True when the account must not be usable.
    pub(crate) suspended: bool,
}

/// Normalises and checks a student for Moodle. A production Moodle answers every bad value with the same opaque error,
/// so each is found here, by name.
pub(crate) fn prepare(canonical: &Canonical) -> Result<Prepared, Unfit> {
    let email = text(canonical, "academic_email").to_lowercase();
    if !is_email(&email) {
        return Err(unfit(
            "EMAIL_INVALID",
            format!("academic_email '{}' is no e-mail address", shown(&email)),
        ));
    }
    let username = text(canonical, "username").to_lowercase();
    let allowed = |c: char| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | '@')
    };
    if username.is_empty() || !username.chars().all(allowed) {
        let message = format!("username '{}' is not of a-z 0-9 - _ . @", shown(&username));
        return Err(unfit("USERNAME_INVALID", message));
    }
    let (first_name, last_name) = names(canonical)?;
    let phone = text(canonical, "phone");
    let status = if is_suspended(&text(canonical, "status")) { "Suspended" } else { "Active" };

    let fields = [
        ("academic_email", email, TEXT_MAX),
        ("username", username, TEXT_MAX),
        ("first_name", first_name, TEXT_MAX),
        ("last_name", last_name, TEXT_MAX),
        ("phone", phone, PHONE_MAX),
        ("status", status.to_owned(), TEXT_MAX),
    ];
    let mut prepared = Canonical::new();
    for (name, value, max) in fields {
        let length = value.chars().count();
        if length > max {
            let message = format!("{name} has {length} characters, at most {max} are allowed");
            return Err(unfit("VALUE_TOO_LONG", message));
        }
        prepared.insert(
            name.to_owned(),
            if value.is_empty() { Value::Null } else { Value::String(value) },
        );
    }
    Ok(Prepared { fields: prepared, suspended: status == "Suspended" })
}

/// Returns what creates the object. `suspended` is no field of Moodle's create call; see `suspension`.
pub(crate) fn create_payload(zoho_id: &str, prepared: &Prepared) -> Payload {
    let mut payload = update_payload(zoho_id, prepared, |name| name != "status" && name != "phone");
    if let Some(phone) = prepared.fields.get("phone").filter(|phone| !phone.is_null()) {
        payload.insert("phone1".into(), phone.clone());
    }
    // Moodle makes a password, mails it and asks for a new one: none is invented here.
    payload.insert("createpassword".into(), json!(true));
    payload
}

/// Returns what brings an existing object up to date in the canonical fields that `changed` picks, and marks it ours.
pub(crate) fn update_payload(
    zoho_id: &str,
    prepared: &Prepared,
    changed: impl Fn(&str) -> bool,
) -> Payload {
    let mut payload = Payload::new();
    payload.insert(SOURCE_ID_FIELD.into(), json!(zoho_id));
    for (name, value) in prepared.fields.iter().filter(|(name, _)| changed(name)) {
        let (field, value) = match name.as_str() {
            "academic_email" => ("email", value.clone()),
            "username" => ("username", value.clone()),
            "first_name" => ("firstname", value.clone()),
            "last_name" => ("lastname", value.clone()),
            "phone" => ("phone1", value.clone()),
            "status" => ("suspended", json!(prepared.suspended)),
            _ => continue,
        };
        payload.insert(field.into(), value);
    }
    payload
}

/// Returns what ends the use of a just created object.
pub(crate) fn suspension() -> Payload {
    Payload::from([("suspended".into(), json!(true))])
}

/// The target's fields that must be unlike those of every other object: the target's name, the canonical name, and the
/// word for a value that is taken.
pub(crate) const UNIQUE_FIELDS: [(&str, &str, &str); 2] = [
    ("username", "username", "MOODLE_USERNAME_TAKEN"),
    ("email", "academic_email", "MOODLE_EMAIL_TAKEN"),
];

fn text(canonical: &Canonical, name: &str) -> String {
    let raw = match canonical.get(name) {
        Some(Value::String(text)) => text.as_str(),
        _ => "",
    };
    raw.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// First and last name: as mapped, else the display name split at its first space. Nothing is invented.
fn names(canonical: &Canonical) -> Result<(String, String), Unfit> {
    let display = text(canonical, "display_name");
    let (display_first, display_last) = display.split_once(' ').unwrap_or((display.as_str(), ""));
    let pick = |name: &str, other: &str| {
        let own = text(canonical, name);
        if own.is_empty() { other.to_owned() } else { own }
    };
    let (first, last) = (pick("first_name", display_first), pick("last_name", display_last));
    for (name, value) in [("first_name", &first), ("last_name", &last)] {
        if value.is_empty() {
            let message = format!(
                "{name} is empty and display_name does not give it; map it or fill the field"
            );
            return Err(unfit("MAPPING_REQUIRED_MISSING", message));
        }
        if has_tag(value) {
            return Err(unfit(
                "VALUE_HAS_MARKUP",
                format!("{name} holds '<' before a letter; Moodle refuses markup"),
            ));
        }
    }
    Ok((first, last))
}

fn has_tag(text: &str) -> bool {
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c == '<' && characters.peek().is_some_and(|next| !next.is_whitespace()) {
            return true;
        }
    }
    false
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(c))
    };
    plain(local)
        && plain(domain)
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !domain.contains("..")
}

fn is_suspended(status: &str) -> bool {
    ["suspended", "inactive"].contains(&status.to_lowercase().as_str())
}

/// Cuts a value for a message.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn student(pairs: &[(&str, Value)]) -> Canonical {
        let mut canonical: Canonical = [
            ("academic_email", json!(" Sara@School.example ")),
            ("username", json!("Sara")),
            ("display_name", json!("Sara Al  Haddad")),
            ("status", json!("Active")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        canonical.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        canonical
    }

    #[test]
    fn a_student_is_normalised() {
        let prepared = prepare(&student(&[])).expect("fits");
        assert_eq!(prepared.fields["academic_email"], json!("sara@school.example"));
        assert_eq!(prepared.fields["username"], json!("sara"));
        assert_eq!(prepared.fields["first_name"], json!("Sara"));
        assert_eq!(prepared.fields["last_name"], json!("Al Haddad"));
        assert_eq!(prepared.fields["phone"], Value::Null);
        let create = create_payload("77", &prepared);
        assert_eq!(create["idnumber"], json!("77"));
        assert_eq!(create["createpassword"], json!(true));
        assert!(!create.contains_key("phone1") && !create.contains_key("suspended"));
    }

    #[test]
    fn bad_values_are_named() {
        let cases = [
            ("academic_email", json!("nobody"), "EMAIL_INVALID"),
            ("academic_email", json!("a@b@c"), "EMAIL_INVALID"),
            ("username", json!("سارة"), "USERNAME_INVALID"),
            ("username", json!("a+b"), "USERNAME_INVALID"),
            ("display_name", json!("Madonna"), "MAPPING_REQUIRED_MISSING"),
            ("last_name", json!("<b>x"), "VALUE_HAS_MARKUP"),
            ("phone", json!("123456789012345678901"), "VALUE_TOO_LONG"),
            ("last_name", json!("x".repeat(101)), "VALUE_TOO_LONG"),
        ];
        for (name, value, code) in cases {
            let fault = prepare(&student(&[(name, value.clone())])).expect_err("unfit");
            assert_eq!(fault.code, code, "{name} {value}");
        }
        assert!(prepare(&student(&[("last_name", json!("3 < 4"))])).is_ok());
    }

    #[test]
    fn an_update_holds_only_what_changed() {
        let prepared = prepare(&student(&[("status", json!("Suspended"))])).expect("fits");
        let payload = update_payload("77", &prepared, |name| name == "status");
        assert_eq!(
            payload,
            Payload::from([("idnumber".into(), json!("77")), ("suspended".into(), json!(true))])
        );
    }
}

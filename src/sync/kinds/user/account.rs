//! Students as accounts. A production Moodle answers every bad value with the same opaque error, so each fault is
//! found here, by name.

use {
    super::names::{is_username, lowered},
    crate::{
        domain::{
            code::{self, Code},
            field,
            id::{PersonId, RecordId},
            invisible::shown,
            layout::Form,
            module::ModuleName,
            record::{Canonical, Payload, TargetKind},
        },
        sync::{
            kinds::field::{EMAIL_FIELD, SOURCE_ID_FIELD, said, sent, status_word, stored, text},
            shape::{Module, Shape, Unfit, Wanted, unfit},
        },
    },
    serde_json::{Value, json},
    std::collections::BTreeSet,
};

/// The stored status of an account that must not be used.
pub(crate) const SUSPENDED: &str = "Suspended";

/// Normalises and checks a student.
pub(crate) fn shape(
    module: Module<'_>,
    zoho_id: &RecordId,
    canonical: &Canonical,
) -> Result<Shape, Unfit> {
    // ASCII only, so that no letter becomes another one in lower case.
    let email = text(canonical, "academic_email").to_ascii_lowercase();
    if !is_email(&email) {
        let unfit = Unfit::of(code::EMAIL_INVALID, &[("value", &quoted(&email))]);
        return Err(unfit.in_field("academic_email"));
    }
    let username = lowered(&text(canonical, "username"));
    if !is_username(&username, module.any_names) {
        let unfit = Unfit::of(code::USERNAME_INVALID, &[("value", &quoted(&username))]);
        return Err(unfit.in_field("username"));
    }
    let (first_name, last_name) = names(canonical)?;
    let ended = is_suspended(&text(canonical, "status"));
    let status = said(canonical, "status").map(|_| if ended { SUSPENDED } else { "Active" });
    let label = format!("{first_name} {last_name} <{email}>");
    let own = [
        ("academic_email", Some(email)),
        ("username", Some(username)),
        ("first_name", Some(first_name)),
        ("last_name", Some(last_name)),
        ("status", status.map(str::to_owned)),
        ("country", country(canonical)?),
    ];
    let fields = sent(module, canonical, own)?;
    Ok(Shape {
        fields,
        needs: Vec::new(),
        person: Some(PersonId::from(zoho_id.clone())),
        label,
        ended,
        stored: stored(canonical, "moodle_user_id"),
        spelt: Some(text(canonical, "academic_email")).filter(|email| has_capitals(email)),
        warnings: Vec::new(),
    })
}

fn has_capitals(email: &str) -> bool {
    email.bytes().any(|b| b.is_ascii_uppercase())
}

/// Returns a student for whom only the end of the account's use can be written.
pub(crate) fn ending(module: Module<'_>, zoho_id: &RecordId, canonical: &Canonical) -> Shape {
    let known = |name: &'static str, value: String, fits: &dyn Fn(&str) -> bool| {
        let longest = field::of(ModuleName::Students).field(name)?.longest? as usize;
        (fits(&value) && value.len() <= longest).then(|| (name.to_owned(), json!(value)))
    };
    let email = text(canonical, "academic_email").to_ascii_lowercase();
    let name = lowered(&text(canonical, "username"));
    let is_name = |name: &str| is_username(name, module.any_names);
    let found_by = [known("academic_email", email, &is_email), known("username", name, &is_name)];
    let status = ("status".to_owned(), json!(SUSPENDED));
    Shape {
        fields: found_by.into_iter().flatten().chain([status]).collect(),
        needs: Vec::new(),
        person: Some(PersonId::from(zoho_id.clone())),
        label: text(canonical, "academic_email"),
        ended: true,
        stored: None,
        spelt: None,
        warnings: Vec::new(),
    }
}

/// A value in the form for messages.
fn quoted(value: &str) -> String {
    format!("'{}'", shown(value))
}

/// Moodle takes two capital letters and silently drops everything else.
fn country(canonical: &Canonical) -> Result<Option<String>, Unfit> {
    let Some(code) = said(canonical, "country") else { return Ok(None) };
    let known =
        code.is_empty() || (code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()));
    if known {
        return Ok(Some(code));
    }
    Err(Unfit::of(code::COUNTRY_INVALID, &[("value", &quoted(&code))]).in_field("country"))
}

/// Returns the account. `suspended` is not a field of Moodle's create call; see `suspension`.
pub(crate) fn wanted(zoho_id: &RecordId, shape: &Shape) -> Wanted {
    let filled = |name: &str| shape.fields.get(name).is_some_and(|value| !value.is_null());
    let mut create = update(zoho_id, shape, &|name| name != "status" && filled(name));
    // Moodle makes a password, mails it and asks for a new one: this service invents none.
    create.insert("createpassword".into(), json!(true));
    Wanted { kind: TargetKind::User, id: None, container: None, create }
}

/// Returns the changes to an existing account in the fields that `changed` selects, and marks the account as ours.
pub(crate) fn update(zoho_id: &RecordId, shape: &Shape, changed: &dyn Fn(&str) -> bool) -> Payload {
    let mut payload = Payload::new();
    payload.insert(SOURCE_ID_FIELD.into(), json!(zoho_id));
    for (name, value) in shape.fields.iter().filter(|(name, _)| changed(name)) {
        let row = field::of(ModuleName::Students).field(name);
        let Some(target) = row.and_then(|row| row.goes(Form::User).target()) else { continue };
        let value = if name == "status" { json!(shape.ended) } else { value.clone() };
        payload.insert(target.to_owned(), value);
    }
    payload
}

/// First and last name: as mapped, otherwise the display name split at its first space. Nothing is invented.
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
            return Err(unfit(code::MAPPING_REQUIRED_MISSING, message));
        }
    }
    Ok((first, last))
}

/// Returns whether Moodle takes an address, which asks the filter of PHP: one that it refuses would fail a whole batch
/// without a name.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_graphic = |c: char| c.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(c);
    let part = |part: &str| !part.is_empty() && part.chars().all(is_graphic);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    local.len() <= 64
        && local.split('.').all(part)
        && domain.len() <= 253
        && domain.contains('.')
        && domain.split('.').all(label)
        && domain
            .rsplit('.')
            .next()
            .is_some_and(|last| last.starts_with(|c: char| c.is_alphabetic()))
}

/// Ways to sign in whose names and addresses are managed by the site itself. For others they are managed elsewhere,
/// and a renamed user could not sign in any more.
const OWN_SIGN_INS: [&str; 2] = ["manual", "email"];

/// Returns the canonical fields that an account from before its record keeps: its user name, the fields managed by
/// another way to sign in, and a suspension that was set by hand; and the address, if only the address makes it the
/// record's (`ours` is false): a record that was linked to an account by one address must not give it another.
pub(crate) fn kept(account: &Payload, ours: bool) -> BTreeSet<String> {
    let mut kept = BTreeSet::from(["username"]);
    if !ours {
        kept.insert("academic_email");
    }
    let sign_in = account.get("auth").and_then(Value::as_str);
    if !sign_in.is_some_and(|auth| OWN_SIGN_INS.contains(&auth)) {
        kept.extend(["academic_email", "first_name", "last_name"]);
    }
    if !is_open(account) {
        kept.insert("status");
    }
    kept.into_iter().map(str::to_owned).collect()
}

/// Returns whether an account can be used.
pub(crate) fn is_open(account: &Payload) -> bool {
    match account.get("suspended") {
        Some(Value::Bool(suspended)) => !suspended,
        Some(Value::Number(number)) => number.as_i64() == Some(0),
        _ => false,
    }
}

/// Returns why an account that matches a record does not count as the record's own, if that is so: only the same
/// e-mail address proves it. A number or a user name does not: a person who may edit a record could name any account,
/// even a manager's, and then have its address changed.
pub(crate) fn doubt(account: &Payload, wanted: &Payload) -> Option<Unfit> {
    let of = |payload: &Payload, name: &str| {
        payload.get(name).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase()
    };
    let same = |name: &str| !of(wanted, name).is_empty() && of(account, name) == of(wanted, name);
    if account.get("confirmed") == Some(&json!(false)) {
        let reason = "the account was never confirmed by its owner";
        return Some(Unfit::of(code::IDENTITY_NOT_PROVED, &[("reason", &reason)]));
    }
    if same(EMAIL_FIELD) {
        return None;
    }
    Some(if same("username") {
        let reason = "the account has the user name of the record, but another e-mail address";
        Unfit::of(code::IDENTITY_NOT_PROVED, &[("reason", &reason)])
    } else {
        Unfit::of(code::MATCH_OTHER_PERSON, &[])
    })
}

/// Returns the notice about fields that an account from before keeps, if the record has another value for any of
/// them.
pub(crate) fn tell_kept(names: &[&str]) -> Option<(Code, String)> {
    if names.is_empty() {
        return None;
    }
    let message = code::FIELD_KEPT.advice(&[("field", &names.join(", "))]);
    Some((code::FIELD_KEPT, message))
}

/// The target's fields by which a user signs in or is known: an account with rights never gets other values.
pub(crate) const IDENTITY_FIELDS: [&str; 5] =
    ["username", "email", "firstname", "lastname", "suspended"];

/// Returns what ends the use of an account.
pub(crate) fn suspension() -> Payload {
    Payload::from([("suspended".into(), json!(true))])
}

/// The words of a status that end the use of an account.
pub(crate) fn is_suspended(status: &str) -> bool {
    ["suspended", "inactive"].contains(&status_word(status).as_str())
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::domain::layout::{Layout, Layouts},
        chrono_tz::Tz,
    };

    fn shaped(canonical: &Canonical) -> Result<Shape, Unfit> {
        let layouts = Layouts::new(Tz::UTC, Layout::new);
        shape(Module::new(ModuleName::Students, &layouts, "S"), &"77".into(), canonical)
    }

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
        let shape = shaped(&student(&[("phone", Value::Null)])).expect("fits");
        assert_eq!(shape.fields["academic_email"], json!("sara@school.example"));
        assert_eq!(shape.fields["username"], json!("sara"));
        assert_eq!(shape.fields["first_name"], json!("Sara"));
        assert_eq!(shape.fields["last_name"], json!("Al Haddad"));
        assert_eq!(shape.fields["phone"], Value::Null);
        assert_eq!(shape.label, "Sara Al Haddad <sara@school.example>");
        let create = wanted(&"77".into(), &shape).create;
        assert_eq!(create["idnumber"], json!("77"));
        assert_eq!(create["createpassword"], json!(true));
        assert!(!create.contains_key("phone1") && !create.contains_key("suspended"));
        // A field without a value is left out.
        let mut silent = student(&[]);
        silent.remove("status");
        let fields = shaped(&silent).expect("fits").fields;
        assert!(!fields.contains_key("phone") && !fields.contains_key("status"), "{fields:?}");
    }

    #[test]
    fn bad_values_are_named() {
        let cases = [
            ("academic_email", json!("nobody"), code::EMAIL_INVALID),
            ("academic_email", json!("a@b@c"), code::EMAIL_INVALID),
            ("academic_email", json!(".a@x.example"), code::EMAIL_INVALID),
            ("academic_email", json!("a.@x.example"), code::EMAIL_INVALID),
            ("academic_email", json!("a..b@x.example"), code::EMAIL_INVALID),
            ("academic_email", json!("a@x-.example"), code::EMAIL_INVALID),
            ("academic_email", json!("a@-x.example"), code::EMAIL_INVALID),
            ("academic_email", json!("a@x_y.example"), code::EMAIL_INVALID),
            ("academic_email", json!("a@x"), code::EMAIL_INVALID),
            ("academic_email", json!("a@x.1a"), code::EMAIL_INVALID),
            ("academic_email", json!(format!("{}@x.example", "a".repeat(65))), code::EMAIL_INVALID),
            ("academic_email", json!(format!("a@{}.example", "x".repeat(64))), code::EMAIL_INVALID),
            ("academic_email", json!("\u{212A}im@school.example"), code::EMAIL_INVALID),
            ("username", json!("\u{212A}im"), code::USERNAME_INVALID),
            ("username", json!("\u{130}lker"), code::USERNAME_INVALID),
            ("username", json!("سارة"), code::USERNAME_INVALID),
            ("username", json!("a+b"), code::USERNAME_INVALID),
            ("display_name", json!("Madonna"), code::MAPPING_REQUIRED_MISSING),
            ("last_name", json!("<b>x"), code::VALUE_HAS_MARKUP),
            ("phone", json!("123456789012345678901"), code::VALUE_TOO_LONG),
            ("last_name", json!("x".repeat(101)), code::VALUE_TOO_LONG),
            ("address", json!("x".repeat(256)), code::VALUE_TOO_LONG),
            ("department", json!("<i>Sales"), code::VALUE_HAS_MARKUP),
            ("country", json!("Jordan"), code::COUNTRY_INVALID),
        ];
        for (name, value, code) in cases {
            let fault = shaped(&student(&[(name, value.clone())])).expect_err("unfit");
            assert_eq!(fault.code, code, "{name} {value}");
        }
        assert!(shaped(&student(&[("last_name", json!("3 < 4"))])).is_ok());
        assert!(shaped(&student(&[("country", json!("JO"))])).is_ok());
    }

    #[test]
    fn an_update_holds_only_what_changed() {
        let shape = shaped(&student(&[("status", json!("Suspended"))])).expect("fits");
        let payload = update(&"77".into(), &shape, &|name| name == "status");
        assert_eq!(
            payload,
            Payload::from([("idnumber".into(), json!("77")), ("suspended".into(), json!(true))])
        );
    }
}

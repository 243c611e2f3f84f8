//! Rules for the values of users: what makes a call fail, what makes the database fail, and what is
//! dropped silently.

use {
    super::{failure::Failure, text},
    crate::world::Settings,
    serde_json::Value,
};

/// Longest values that the database takes, in characters.
const LENGTHS: [(&str, usize); 12] = [
    ("username", 100),
    ("firstname", 100),
    ("lastname", 100),
    ("email", 100),
    ("idnumber", 255),
    ("phone1", 20),
    ("phone2", 20),
    ("address", 255),
    ("city", 120),
    ("institution", 255),
    ("department", 255),
    ("timezone", 100),
];

/// Ways of signing in that the site knows; the first two keep passwords in Moodle.
const AUTHS: [&str; 9] =
    ["manual", "email", "oauth2", "ldap", "cas", "oidc", "shibboleth", "nologin", "webservice"];

/// Country codes of ISO 3166.
const COUNTRIES: &str = "\
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT \
HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS \
LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI \
NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG \
SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG \
UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// Returns whether Moodle knows a country; other values are silently not stored.
pub(crate) fn is_country(code: &str) -> bool {
    code.len() == 2 && COUNTRIES.split(' ').any(|known| known == code)
}

/// Tells whether a password breaks the default policy.
pub(crate) fn is_weak(password: &str) -> bool {
    password.chars().count() < 8
        || !password.chars().any(|c| c.is_ascii_digit())
        || !password.chars().any(char::is_lowercase)
        || !password.chars().any(char::is_uppercase)
        || password.chars().all(char::is_alphanumeric)
}

/// Checks a new user, except for values that must be unique.
pub(crate) fn new_user(item: &Value, settings: &Settings) -> Result<(), Failure> {
    for name in ["firstname", "lastname"] {
        if text(item, name).trim().is_empty() {
            return Err(Failure::parameter(format!("The field {name} cannot be blank")));
        }
    }
    known_values(item, settings)?;
    let email = text(item, "email");
    if !is_email(email) {
        return Err(Failure::parameter(format!("Email address is invalid: {email}")));
    }
    let inside = matches!(text(item, "auth"), "" | "manual" | "email");
    if text(item, "createpassword") == "1" || !inside {
        return Ok(());
    }
    let password = text(item, "password");
    if password.is_empty() {
        let text = "Invalid password: you must provide a password, or set createpassword.";
        return Err(Failure::parameter(text.to_owned()));
    }
    if settings.password_policy && is_weak(password) {
        // The text of the policy is returned in place of the code.
        let text = "<div>Passwords must be at least 8 characters long.</div>";
        return Err(Failure::new(
            "moodle_exception",
            text,
            &format!("error/{text}"),
            String::new(),
        ));
    }
    Ok(())
}

/// Checks the values that come from lists of the site.
pub(crate) fn known_values(item: &Value, settings: &Settings) -> Result<(), Failure> {
    let refuse =
        |what: &str, value: &str| Err(Failure::parameter(format!("Invalid {what}: {value}")));
    let get = |name: &str| item.get(name).and_then(Value::as_str);
    if let Some(auth) = get("auth").filter(|auth| !AUTHS.contains(auth)) {
        return refuse("authentication type", auth);
    }
    if let Some(lang) = get("lang").filter(|lang| !settings.languages.iter().any(|own| own == lang))
    {
        return refuse("language code", lang);
    }
    if let Some(zone) = get("timezone").filter(|zone| !is_time_zone(zone)) {
        return refuse("timezone", zone);
    }
    Ok(())
}

/// Checks that the database would take the values.
pub(crate) fn lengths(item: &Value) -> Result<(), Failure> {
    let long = |(name, length): &&(&str, usize)| text(item, name).chars().count() > *length;
    match LENGTHS.iter().find(long) {
        Some((name, length)) => {
            let reason = format!("value too long for type character varying({length}): {name}");
            Err(Failure::write(reason))
        }
        None => Ok(()),
    }
}

fn is_time_zone(zone: &str) -> bool {
    const REGIONS: [&str; 9] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Pacific",
    ];
    let named = zone.split_once('/').is_some_and(|(region, town)| {
        REGIONS.contains(&region) && !town.is_empty() && !town.contains(' ')
    });
    named || matches!(zone, "99" | "UTC")
}

/// Returns whether PHP accepts a text as an address.
pub(crate) fn is_email(email: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let label = |label: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (1..=63).contains(&label.len())
            && label.chars().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    email.split_once('@').is_some_and(|(local, domain)| {
        let dots = |text: &str| text.starts_with('.') || text.ends_with('.') || text.contains("..");
        (1..=64).contains(&local.len())
            && local.chars().all(plain)
            && !dots(local)
            && domain.len() <= 253
            && domain.contains('.')
            && domain.split('.').all(label)
            && domain
                .rsplit('.')
                .next()
                .is_some_and(|last| !last.starts_with(|c: char| c.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dropped_in_silence() {
        assert!(
            is_country("JO") && !is_country("jo") && !is_country("XX") && !is_country("Jordan")
        );
    }

    #[test]
    fn refused() {
        let settings = Settings::default();
        let base = json!({
            "firstname": "A", "lastname": "B", "email": "a@x.example", "createpassword": "1"
        });
        assert!(new_user(&base, &settings).is_ok());
        for (name, value) in [
            ("firstname", " "),
            ("email", "a@x"),
            ("email", "a b@x.example"),
            ("email", "a.@x.example"),
            ("email", "a@x-.example"),
            ("email", "a@x.1a"),
            ("auth", "magic"),
            ("lang", "ar"),
            ("lang", ""),
            ("timezone", "Mars/Base"),
            ("createpassword", "0"),
        ] {
            let mut item = base.clone();
            item[name] = json!(value);
            assert!(new_user(&item, &settings).is_err(), "{name} {value}");
        }
        assert!(lengths(&json!({"phone1": "123456789012345678901"})).is_err());
    }
}

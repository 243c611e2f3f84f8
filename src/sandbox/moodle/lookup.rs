//! Functions that read users.

use {
    super::{
        Failure, Function, Scene, Site, items, profile,
        spec::{Spec, is_username, required},
        text,
        user::{GUEST, User},
    },
    crate::sandbox::{ledger::Note, world::Settings},
    serde_json::{Map, Value, json},
};

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "core_user_get_users_by_field",
        capabilities: &["moodle/user:viewdetails"],
        parameters: &[required("field", Spec::Raw), required("values", Spec::List(&Spec::Raw))],
        run: by_field,
    },
    Function {
        name: "core_user_get_users",
        capabilities: &["moodle/user:viewdetails"],
        parameters: &[required(
            "criteria",
            Spec::List(&Spec::Struct(&[&[
                required("key", Spec::Raw),
                required("value", Spec::Raw),
            ]])),
        )],
        run: by_criteria,
    },
];

/// Fields in `User::more` that a read shows, when they are not empty.
const OPTIONAL: [&str; 10] = [
    "department",
    "institution",
    "phone1",
    "phone2",
    "address",
    "city",
    "country",
    "description",
    "timezone",
    "theme",
];

/// Returns a user as reads show it; what is hidden or empty is left out.
pub(super) fn shown(id: u32, user: &User, settings: &Settings) -> Value {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| {
        if !settings.hidden_fields.iter().any(|hidden| hidden == name) {
            shown.insert(name.to_owned(), value);
        }
    };
    put("id", json!(id));
    put("username", json!(user.username));
    put("firstname", json!(user.firstname));
    put("lastname", json!(user.lastname));
    put("fullname", json!(format!("{} {}", user.firstname, user.lastname)));
    put("email", json!(user.email));
    if !user.idnumber.is_empty() {
        put("idnumber", json!(user.idnumber));
    }
    for name in OPTIONAL {
        let value = user.get(name);
        if !value.is_empty() {
            put(name, json!(value));
        }
    }
    put("firstaccess", json!(0));
    put("lastaccess", json!(0));
    put("auth", json!(or(user.get("auth"), "manual")));
    put("suspended", json!(user.suspended));
    put("confirmed", json!(true));
    put("lang", json!(or(user.get("lang"), "en")));
    put("mailformat", json!(1));
    put("trackforums", json!(0));
    let custom = profile::shown(user, settings);
    if !custom.is_empty() {
        put("customfields", Value::Array(custom));
    }
    Value::Object(shown)
}

fn or<'t>(text: &'t str, usual: &'t str) -> &'t str {
    if text.is_empty() { usual } else { text }
}

fn by_field(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let field = arguments.get("field").and_then(Value::as_str).unwrap_or_default();
    let users = &site.users;
    let mut ids: Vec<u32> = Vec::new();
    for value in items(arguments, "values") {
        let value = value.as_str().unwrap_or_default();
        let wrong = |kind: &str| {
            Failure::parameter(format!(
                "the value is \"{value}\", the server was expecting \"{kind}\" type"
            ))
        };
        match field {
            "id" => {
                let id: i64 = value.parse().map_err(|_| wrong("int"))?;
                ids.extend(u32::try_from(id).ok());
            }
            "username" if !is_username(value, scene.settings.extended_username_chars) => {
                return Err(wrong("username"));
            }
            "username" => ids.extend(users.named(value)),
            "email" => {
                let exact = |id: &u32| users.get(*id).is_some_and(|user| user.email == value);
                ids.extend(users.mailed(value).filter(exact));
            }
            "idnumber" => ids.extend(users.numbered(value)),
            _ => {
                return Err(Failure::parameter(format!(
                    "The search field '{field}' is not supported"
                )));
            }
        }
    }
    // As the database gives them, which is not the order of the question; the guest is nobody.
    ids.sort_unstable();
    ids.dedup();
    let found = ids.into_iter().filter(|id| *id != GUEST);
    let rows = found.filter_map(|id| Some(shown(id, users.get(id)?, scene.settings)));
    Ok(Value::Array(rows.collect()))
}

fn by_criteria(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let mut patterns: Vec<(&str, &str)> = Vec::new();
    let mut warnings: Vec<Value> = Vec::new();
    for criterion in items(arguments, "criteria") {
        let (key, value) = (text(criterion, "key"), text(criterion, "value"));
        match key {
            "id" | "firstname" | "lastname" | "idnumber" | "username" | "email" | "auth" => {
                patterns.push((key, value));
            }
            _ if key.starts_with("profile_field_") => {
                return Err(Failure::parameter(format!("key {key} is not supported")));
            }
            // The condition is dropped, so that everybody fits: Moodle does the same.
            _ => warnings.push(json!({
                "item": key,
                "warningcode": "invalidfieldparameter",
                "message": format!("The search key '{key}' is not supported"),
            })),
        }
    }
    let fits = |id: u32, user: &User| {
        patterns.iter().all(|(key, value)| match *key {
            "id" => value.parse() == Ok(id),
            "auth" => or(user.get("auth"), "manual") == *value,
            key => like(&user.get(key).to_lowercase(), &value.to_lowercase()),
        })
    };
    let all = site.users.iter().filter(|(id, _)| *id != GUEST);
    let found = all.filter(|(id, user)| fits(*id, user));
    let rows: Vec<Value> = found.map(|(id, user)| shown(id, user, scene.settings)).collect();
    Ok(json!({"users": rows, "warnings": warnings}))
}

/// Compares as SQL's LIKE does, for `%` only.
fn like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('%') {
        None => text == pattern,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.filter_map(|at| text.get(at..)).any(|tail| like(tail, rest))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_takes_percent() {
        assert!(like("a@b.example", "%@b%"));
        assert!(like("abc", "abc") && like("abc", "a%") && like("", "%"));
        assert!(!like("abc", "b%"));
    }
}

//! Functions that read users.

use {
    super::{
        Failure, Function, Scene, Site, items,
        rights::{or, shown},
        spec::{Spec, is_username, required},
        text,
        user::User,
    },
    crate::ledger::Note,
    serde_json::{Map, Value, json},
};

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "core_user_get_users_by_field",
        // A caller without a right sees fewer fields, or no users at all.
        capabilities: &[],
        parameters: &[required("field", Spec::Raw), required("values", Spec::List(&Spec::Raw))],
        run: by_field,
    },
    Function {
        name: "core_user_get_users",
        capabilities: &[],
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
            "email" if value.trim() != value => return Err(wrong("raw_trimmed")),
            "email" => {
                let exact = |id: &u32| users.get(*id).is_some_and(|user| user.email == value);
                ids.extend(users.mailed(value).filter(exact));
            }
            "idnumber" => ids.extend(users.numbered(value)),
            _ => {
                let text = "Coding error detected, it must be fixed by a programmer: invalid field \
                            parameter";
                return Err(Failure::new("coding_exception", "codingerror", text, String::new()));
            }
        }
    }
    // In the order of the database, not that of the request. A deleted user is found by its id.
    ids.sort_unstable();
    ids.dedup();
    let rows = ids.into_iter().filter_map(|id| shown(site, scene, id, users.row(id)?));
    // Users found by a field that must not be seen are left out.
    let rows = rows.filter(|row| row.get(field).is_some_and(|own| !is_blank(own)));
    let rows: Vec<Value> = rows.collect();
    check_names(scene, &rows)?;
    Ok(Value::Array(rows))
}

/// Refuses an answer with a user name that the site would not take any more.
fn check_names(scene: &Scene<'_>, rows: &[Value]) -> Result<(), Failure> {
    let extended = scene.settings.extended_username_chars;
    let mut names = rows.iter().filter_map(|row| row.get("username")?.as_str());
    if names.all(|name| is_username(name, extended)) {
        return Ok(());
    }
    let (class, code) = ("invalid_response_exception", "invalidresponse");
    Err(Failure::new(class, code, "Invalid response value detected", String::new()))
}

fn is_blank(value: &Value) -> bool {
    matches!(value, Value::Null) || value.as_str().is_some_and(str::is_empty)
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
        if patterns.iter().any(|(own, _)| *own == key) {
            let text = "The key can only be sent once";
            return Err(Failure::moodle("keyalreadyset", text));
        }
        match key {
            "id" | "firstname" | "lastname" | "idnumber" | "username" | "email" | "auth" => {
                patterns.push((key, value));
            }
            _ if key.starts_with("profile_field_") => {
                return Err(Failure::parameter(format!("key {key} is not supported")));
            }
            // The condition is dropped, so that all users match: Moodle does the same.
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
            "idnumber" | "username" => user.get(key) == *value,
            key => like(&user.get(key).to_lowercase(), &value.to_lowercase()),
        })
    };
    let found = site.users.iter().filter(|(id, user)| fits(*id, user));
    let rows = found.filter_map(|(id, user)| shown(site, scene, id, user));
    let seen = |row: &Value, key: &str| row.get(key).is_some_and(|own| !is_blank(own));
    let rows: Vec<Value> =
        rows.filter(|row| patterns.iter().all(|(key, _)| seen(row, key))).collect();
    check_names(scene, &rows)?;
    Ok(json!({"users": rows, "warnings": warnings}))
}

/// Compares like SQL's LIKE: `%` is any text, `_` any character, and a backslash takes the next
/// character literally.
fn like(text: &str, pattern: &str) -> bool {
    let mut pattern = pattern.chars();
    let Some(first) = pattern.next() else { return text.is_empty() };
    let wanted = match first {
        '%' => {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            return ends.filter_map(|at| text.get(at..)).any(|tail| like(tail, pattern.as_str()));
        }
        '_' => None,
        '\\' => Some(pattern.next().unwrap_or('\\')),
        other => Some(other),
    };
    let mut text = text.chars();
    let next = text.next();
    next.is_some_and(|next| wanted.is_none_or(|wanted| wanted == next))
        && like(text.as_str(), pattern.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_takes_its_marks() {
        assert!(like("a@b.example", "%@b%"));
        assert!(like("abc", "abc") && like("abc", "a%") && like("", "%") && like("abc", "a_c"));
        assert!(like("a_c", "a\\_c") && like("100%", "100\\%"));
        assert!(!like("abc", "b%") && !like("abc", "a\\_c") && !like("abcd", "a_c"));
    }
}

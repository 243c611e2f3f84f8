//! Functions that write users: create all or none, update each on its own, delete all or none.

use {
    super::{
        Failure, Function, Scene, Site, check, count, items, profile,
        spec::{Member, Spec, optional, required},
        text,
        user::{GUEST, SERVICE, User},
    },
    crate::{
        ledger::Note,
        world::{Settings, now_ms},
    },
    serde_json::{Map, Value, json},
    std::collections::HashSet,
};

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "core_user_create_users",
        capabilities: &["moodle/user:create"],
        parameters: &[required("users", Spec::List(&Spec::Struct(&[NEW, COMMON])))],
        run: create,
    },
    Function {
        name: "core_user_update_users",
        capabilities: &["moodle/user:update"],
        parameters: &[required("users", Spec::List(&Spec::Struct(&[OLD, COMMON])))],
        run: update,
    },
    Function {
        name: "core_user_delete_users",
        capabilities: &["moodle/user:delete"],
        parameters: &[required("userids", Spec::List(&Spec::Int))],
        run: delete,
    },
];

/// Members that a new user must have.
const NEW: &[Member] = &[
    required("username", Spec::Username),
    required("firstname", Spec::NoTags),
    required("lastname", Spec::NoTags),
    required("email", Spec::Trimmed),
    optional("createpassword", Spec::Flag),
];

/// Members that only an update has, and those that it may leave out.
const OLD: &[Member] = &[
    required("id", Spec::Int),
    optional("username", Spec::Username),
    optional("firstname", Spec::NoTags),
    optional("lastname", Spec::NoTags),
    optional("email", Spec::Trimmed),
    optional("suspended", Spec::Flag),
    optional("userpicture", Spec::Int),
];

/// Members that both may have.
const COMMON: &[Member] = &[
    optional("auth", Spec::Raw),
    optional("password", Spec::Raw),
    optional("idnumber", Spec::Raw),
    optional("maildisplay", Spec::Int),
    optional("city", Spec::NoTags),
    optional("country", Spec::Raw),
    optional("timezone", Spec::Raw),
    optional("description", Spec::Raw),
    optional("firstnamephonetic", Spec::NoTags),
    optional("lastnamephonetic", Spec::NoTags),
    optional("middlename", Spec::NoTags),
    optional("alternatename", Spec::NoTags),
    optional("interests", Spec::NoTags),
    optional("institution", Spec::NoTags),
    optional("department", Spec::NoTags),
    optional("phone1", Spec::NoTags),
    optional("phone2", Spec::NoTags),
    optional("address", Spec::NoTags),
    optional("lang", Spec::Raw),
    optional("calendartype", Spec::Raw),
    optional("theme", Spec::Raw),
    optional("mailformat", Spec::Int),
    optional("customfields", TYPED),
    optional("preferences", TYPED),
];

const TYPED: Spec =
    Spec::List(&Spec::Struct(&[&[required("type", Spec::Raw), required("value", Spec::Raw)]]));

/// Fields of a user that are stored as they are sent.
const STORED: [&str; 17] = [
    "username",
    "firstname",
    "lastname",
    "email",
    "idnumber",
    "auth",
    "city",
    "timezone",
    "description",
    "middlename",
    "alternatename",
    "institution",
    "department",
    "phone1",
    "phone2",
    "address",
    "lang",
];

/// Sets the given fields of a user; values that Moodle drops silently are dropped here.
fn fill(user: &mut User, item: &Value, settings: &Settings) {
    for name in STORED {
        if let Some(value) = item.get(name).and_then(Value::as_str) {
            let manual = name == "auth" && value == "manual";
            user.set(name, if manual { "" } else { value });
        }
    }
    if let Some(country) = item.get("country").and_then(Value::as_str) {
        user.set("country", if check::is_country(country) { country } else { "" });
    }
    if let Some(flag) = item.get("suspended").and_then(Value::as_str) {
        user.suspended = flag == "1";
    }
    let custom = item.get("customfields").and_then(Value::as_object);
    for field in custom.into_iter().flat_map(Map::values) {
        let (shortname, value) = (text(field, "type"), text(field, "value"));
        if let Some(value) = profile::kept(settings, shortname, value) {
            user.set(&format!("custom:{shortname}"), &value);
        }
    }
}

fn create(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let settings = scene.settings;
    let items = items(arguments, "users");
    note.batch = Some(count(items.len()));
    let now = now_ms(settings);
    let mut names: HashSet<&str> = HashSet::with_capacity(items.len());
    let mut mails: HashSet<String> = HashSet::with_capacity(items.len());
    let mut fresh: Vec<User> = Vec::with_capacity(items.len());
    for item in &items {
        let (username, email) = (text(item, "username"), text(item, "email"));
        if username.is_empty() {
            return Err(Failure::parameter("The username cannot be blank".to_owned()));
        }
        if site.users.named(username).is_some() || !names.insert(username) {
            return Err(Failure::parameter(format!("Username already exists: {username}")));
        }
        check::new_user(item, settings)?;
        let taken = mail_taken(site, email, None, now - settings.email_race_ms);
        let twice = !mails.insert(email.to_lowercase());
        if !settings.allow_same_email && (taken || twice) {
            return Err(Failure::parameter(format!("Email address already exists: {email}")));
        }
        check::lengths(item)?;
        let mut user = User { created: now, ..User::default() };
        fill(&mut user, item, settings);
        fresh.push(user);
    }
    note.wrote("users", "created", fresh.len());
    let rows = fresh.into_iter().map(|user| {
        let username = user.username.clone();
        json!({"id": site.users.add(user), "username": username})
    });
    Ok(Value::Array(rows.collect()))
}

/// Returns whether another user has the address; users created after `horizon` are not seen yet, as
/// in a race.
fn mail_taken(site: &Site, email: &str, own: Option<u32>, horizon: i64) -> bool {
    let users = &site.users;
    let visible = |id: u32| users.get(id).is_some_and(|user| user.created <= horizon);
    users.mailed(email).any(|id| Some(id) != own && visible(id))
}

fn update(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let settings = scene.settings;
    let items = items(arguments, "users");
    note.batch = Some(count(items.len()));
    for item in &items {
        check::known_values(item, settings)?;
    }
    let mut warnings = Vec::new();
    let mut weak = false;
    let mut saved = 0;
    for item in items {
        match update_one(site, settings, item) {
            Ok(()) => saved += 1,
            Err(Refusal::Weak) => weak = true,
            Err(Refusal::Warning(code, message)) => warnings.push(json!({
                "item": "user",
                "itemid": text(item, "id").parse::<i64>().unwrap_or_default(),
                "warningcode": code,
                "message": message,
            })),
        }
    }
    note.wrote("users", "updated", saved);
    if weak {
        // The other items stay saved: each has its own transaction.
        let (class, code) = ("invalid_response_exception", "invalidresponse");
        return Err(Failure::new(class, code, "Invalid response value detected", String::new()));
    }
    Ok(json!({"warnings": warnings}))
}

/// Why an item of an update was refused.
enum Refusal {
    Warning(&'static str, String),
    /// Its password does not meet the policy.
    Weak,
}

fn update_one(site: &mut Site, settings: &Settings, item: &Value) -> Result<(), Refusal> {
    let warning = |code, message: &str| Err(Refusal::Warning(code, message.to_owned()));
    let id = text(item, "id").parse::<u32>().unwrap_or_default();
    let Some(user) = site.users.row(id) else {
        return warning("invaliduserid", "Invalid user ID");
    };
    if site.staff.is_admin(id) && !settings.service_is_admin {
        return warning("usernotupdatedadmin", "Cannot update admin accounts");
    }
    if user.deleted {
        return warning("usernotupdateddeleted", "error/usernotupdateddeleted");
    }
    if id == GUEST {
        return warning("usernotupdatedguest", "error/usernotupdatedguest");
    }
    let email = item.get("email").and_then(Value::as_str).filter(|email| *email != user.email);
    if email.is_some_and(|email| !check::is_email(email)) {
        return warning("useremailinvalid", "error/useremailinvalid");
    }
    let taken = email.is_some_and(|email| mail_taken(site, email, Some(id), i64::MAX));
    if taken && !settings.allow_same_email {
        return warning("useremailduplicate", "Duplicate address");
    }
    let mut changed = user.clone();
    fill(&mut changed, item, settings);
    if site.users.named(&changed.username).is_some_and(|other| other != id)
        || check::lengths(item).is_err()
    {
        return warning("dmlwriteexception", "Error writing to database");
    }
    let password = item.get("password").and_then(Value::as_str);
    if password.is_some_and(|password| settings.password_policy && check::is_weak(password)) {
        return Err(Refusal::Weak);
    }
    site.users.replace(id, changed);
    Ok(())
}

fn delete(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "userids");
    note.batch = Some(count(items.len()));
    let mut ids = Vec::with_capacity(items.len());
    for item in items {
        let id = item.as_str().and_then(|id| id.parse::<u32>().ok()).unwrap_or_default();
        if site.users.get(id).is_none() || ids.contains(&id) {
            return Err(Failure::no_user());
        }
        if site.staff.is_admin(id) {
            return Err(Failure::moodle("useradminodelete", "Admin users cannot be deleted"));
        }
        if id == SERVICE {
            return Err(Failure::moodle("usernotdeletederror", "This user cannot be deleted"));
        }
        ids.push(id);
    }
    note.wrote("users", "deleted", ids.len());
    for id in ids {
        site.remove_user(id, now_ms(scene.settings));
    }
    Ok(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, email: &str) -> Value {
        json!({
            "username": name, "firstname": "A", "lastname": "B", "email": email, "auth": "oauth2"
        })
    }

    fn call(
        site: &mut Site,
        run: super::super::Run,
        items: &[Value],
    ) -> (Result<Value, Failure>, Note) {
        let list: Map<String, Value> =
            items.iter().enumerate().map(|(n, item)| (n.to_string(), item.clone())).collect();
        let arguments = Map::from_iter([("users".to_owned(), Value::Object(list))]);
        let mut note = Note::default();
        let settings = Settings::default();
        let result = run(site, &Scene { settings: &settings, raw: true }, &arguments, &mut note);
        (result, note)
    }

    #[test]
    fn create_is_all_or_nothing() {
        let mut site = Site::default();
        let good = [person("one", "one@x.example"), person("two", "two@x.example")];
        let (made, note) = call(&mut site, create, &good);
        assert_eq!(
            made.ok(),
            Some(json!([{"id": 4, "username": "one"}, {"id": 5, "username": "two"}]))
        );
        assert_eq!(note.written, [("users", "created", 2)]);
        let (refused, note) = call(
            &mut site,
            create,
            &[person("three", "three@x.example"), person("four", "ONE@x.example")],
        );
        assert!(refused.is_err() && note.written.is_empty());
        assert!(site.users.named("three").is_none());
        let twins = [person("five", "five@x.example"), person("six", "five@x.example")];
        assert!(call(&mut site, create, &twins).0.is_err());
    }

    #[test]
    fn idnumber_is_not_unique() {
        let mut site = Site::default();
        let mut twins = [person("one", "one@x.example"), person("two", "two@x.example")];
        for twin in &mut twins {
            twin["idnumber"] = json!("77");
        }
        assert!(call(&mut site, create, &twins).0.is_ok());
        assert_eq!(site.users.numbered("77").count(), 2);
        assert_eq!(site.users.duplicates(), (1, 0));
    }

    #[test]
    fn update_saves_what_it_can() {
        let mut site = Site::default();
        let people = [person("one", "one@x.example"), person("two", "two@x.example")];
        assert!(call(&mut site, create, &people).0.is_ok());
        let items = [
            json!({"id": "4", "city": "Irbid"}),
            json!({"id": "5", "email": "one@x.example"}),
            json!({"id": "99", "city": "Irbid"}),
            json!({"id": "5", "username": "one"}),
        ];
        let (result, note) = call(&mut site, update, &items);
        let codes: Vec<String> = result
            .ok()
            .and_then(|body| body["warnings"].as_array().cloned())
            .unwrap_or_default()
            .iter()
            .map(|warning| warning["warningcode"].as_str().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(codes, ["useremailduplicate", "invaliduserid", "dmlwriteexception"]);
        assert_eq!(note.written, [("users", "updated", 1)]);
        let weak = [json!({"id": "4", "city": "Jerash"}), json!({"id": "5", "password": "weak"})];
        let (result, note) = call(&mut site, update, &weak);
        assert!(result.is_err());
        assert_eq!(note.written, [("users", "updated", 1)]);
        assert_eq!(site.users.get(4).map(|user| user.get("city")), Some("Jerash"));
    }
}

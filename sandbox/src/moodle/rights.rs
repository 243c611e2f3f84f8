//! What the user of the token may see of others, and which users have rights of their own: the
//! roles of the whole site and its administrators. In some places Moodle reports a missing right,
//! in others it silently leaves out what it does not show.

use {
    super::{
        Failure, Scene, Site, profile,
        roll::ROLES,
        user::{ADMIN, SERVICE, User},
    },
    crate::world::Settings,
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value, json},
    std::collections::{BTreeMap, BTreeSet},
};

/// Capabilities of standard roles, as far as they are asked for.
const OF_ROLES: [(&str, &[&str]); 7] = [
    ("moodle/user:update", &["manager"]),
    ("moodle/user:loginas", &["manager"]),
    ("moodle/category:manage", &["manager"]),
    ("moodle/course:create", &["manager", "coursecreator"]),
    ("moodle/role:assign", &["manager", "editingteacher"]),
    ("moodle/course:viewhiddencourses", &["manager", "coursecreator", "editingteacher", "teacher"]),
    ("moodle/site:config", &[]),
];

/// The role of a course's contacts, who are visible to all users.
const CONTACT: u32 = 3;

/// The users with rights of their own on the whole site.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Staff {
    /// Roles of the whole site by user.
    pub(crate) roles: BTreeMap<u32, Vec<u32>>,
    /// Administrators besides the first.
    pub(crate) admins: BTreeSet<u32>,
}

impl Staff {
    /// Returns whether a user administers the site.
    pub(super) fn is_admin(&self, user: u32) -> bool {
        user == ADMIN || self.admins.contains(&user)
    }

    /// Takes all rights from a user.
    pub(super) fn forget(&mut self, user: u32) {
        self.roles.remove(&user);
        self.admins.remove(&user);
    }
}

/// Returns a role by its short name.
pub(crate) fn role(shortname: &str) -> Option<u32> {
    ROLES.iter().find(|(_, short, _)| *short == shortname).map(|(id, ..)| *id)
}

/// Returns whether one of some roles gives a capability.
pub(super) fn gives(roles: &[u32], capability: &str) -> bool {
    let given = OF_ROLES.iter().find(|(name, _)| *name == capability);
    let short = |id: &u32| ROLES.iter().find(|(own, ..)| own == id).map(|(_, short, _)| *short);
    given.is_some_and(|(_, to)| roles.iter().filter_map(short).any(|role| to.contains(&role)))
}

/// Returns whether the user of the token lacks a capability.
pub(super) fn lacks(settings: &Settings, name: &str) -> bool {
    !settings.service_is_admin && settings.missing_capabilities.iter().any(|own| own == name)
}

/// Refuses a call if the user of the token has none of some capabilities.
pub(super) fn need(settings: &Settings, names: &[&str]) -> Result<(), Failure> {
    match names.first() {
        Some(first) if names.iter().all(|name| lacks(settings, name)) => {
            Err(Failure::capability(first))
        }
        _ => Ok(()),
    }
}

/// Returns whether a user is visible to the user of the token at all.
fn is_shown(site: &Site, settings: &Settings, id: u32) -> bool {
    let teaches = || {
        let mut courses = site.roll.courses_of(id).into_iter();
        courses
            .any(|course| site.roll.get(course, id).is_some_and(|own| own.roles.contains(&CONTACT)))
    };
    id == SERVICE || !lacks(settings, "moodle/user:viewdetails") || teaches()
}

/// Fields in `User::more` that are visible with the user, if they are not empty.
const OPEN: [&str; 3] = ["city", "country", "description"];

/// Returns a user as reads show it; hidden and empty fields are left out. `None` if the user is not
/// visible to the user of the token.
pub(super) fn shown(site: &Site, scene: &Scene<'_>, id: u32, user: &User) -> Option<Value> {
    let settings = scene.settings;
    if !is_shown(site, settings, id) {
        return None;
    }
    let own = id == SERVICE;
    let all = own || !lacks(settings, "moodle/user:viewalldetails");
    let identity = |field: &str| {
        let shown = settings.show_user_identity.iter().any(|own| own == field);
        shown && !lacks(settings, "moodle/site:viewuseridentity")
    };
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| {
        if !settings.hidden_fields.iter().any(|hidden| hidden == name) {
            shown.insert(name.to_owned(), value);
        }
    };
    put("id", json!(id));
    if all {
        put("username", json!(user.username));
    }
    put("firstname", json!(user.firstname));
    put("lastname", json!(user.lastname));
    put("fullname", json!(format!("{} {}", user.firstname, user.lastname)));
    if own || identity("email") {
        put("email", json!(user.email));
    }
    if !user.idnumber.is_empty() && (all || identity("idnumber")) {
        put("idnumber", json!(user.idnumber));
    }
    for name in ["phone1", "phone2"].into_iter().filter(|name| identity(name)) {
        put_filled(&mut put, name, user.get(name));
    }
    for name in OPEN {
        put_filled(&mut put, name, user.get(name));
    }
    if own || !lacks(settings, "moodle/user:viewhiddendetails") {
        put_filled(&mut put, "address", user.get("address"));
    }
    if all || identity("institution") {
        put_filled(&mut put, "institution", user.get("institution"));
    }
    if all || identity("department") {
        // The one field that is shown even if it is empty.
        put("department", json!(user.get("department")));
    }
    put("firstaccess", json!(0));
    put("lastaccess", json!(0));
    put("suspended", json!(user.suspended));
    put("timezone", json!(or(user.get("timezone"), "99")));
    if all {
        put("auth", json!(or(user.get("auth"), "manual")));
        put("confirmed", json!(!user.unconfirmed));
        put("lang", json!(or(user.get("lang"), "en")));
        put("theme", json!(user.get("theme")));
        put("mailformat", json!(1));
        put("trackforums", json!(0));
    }
    let picture = format!("{}/theme/image.php/boost/core/1/u/f1", site.url);
    put("profileimageurlsmall", json!(picture));
    put("profileimageurl", json!(picture));
    if own {
        // A user's settings are visible only to that user.
        put("preferences", json!([{"name": "_lastloaded", "value": scene.now()}]));
    }
    let custom = profile::shown(user, settings);
    if !custom.is_empty() {
        put("customfields", Value::Array(custom));
    }
    Some(Value::Object(shown))
}

fn put_filled(put: &mut impl FnMut(&str, Value), name: &str, value: &str) {
    if !value.is_empty() {
        put(name, json!(value));
    }
}

pub(super) fn or<'t>(text: &'t str, usual: &'t str) -> &'t str {
    if text.is_empty() { usual } else { text }
}

//! Accounts as an administrator creates, changes and deletes them by hand: with another way to sign
//! in, with rights of their own, suspended, deleted.

use {
    super::super::Outcome,
    crate::{
        moodle::{SERVICE, Site, User, role},
        world::{World, now_ms},
    },
    serde::Deserialize,
    serde_json::{Value, json},
};

/// The values that an administrator sets; missing ones stay as they are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    username: Option<String>,
    email: Option<String>,
    firstname: Option<String>,
    lastname: Option<String>,
    idnumber: Option<String>,
    phone1: Option<String>,
    /// Way to sign in, such as `ldap`.
    auth: Option<String>,
    suspended: Option<bool>,
    unconfirmed: Option<bool>,
    /// Short names of roles on the whole site.
    roles: Option<Vec<String>>,
    /// Whether the account administers the site.
    admin: Option<bool>,
}

impl Wish {
    fn read(body: &Value) -> Result<Self, (u16, String)> {
        Self::deserialize(body).map_err(|error| (400, error.to_string()))
    }

    /// Returns the given fields, by name.
    fn fields(&self) -> [(&'static str, Option<&String>); 7] {
        [
            ("username", self.username.as_ref()),
            ("email", self.email.as_ref()),
            ("firstname", self.firstname.as_ref()),
            ("lastname", self.lastname.as_ref()),
            ("idnumber", self.idnumber.as_ref()),
            ("phone1", self.phone1.as_ref()),
            ("auth", self.auth.as_ref()),
        ]
    }

    fn fill(&self, user: &mut User) {
        for (name, value) in self.fields() {
            if let Some(value) = value {
                let manual = name == "auth" && value == "manual";
                user.set(name, if manual { "" } else { value });
            }
        }
        user.suspended = self.suspended.unwrap_or(user.suspended);
        user.unconfirmed = self.unconfirmed.unwrap_or(user.unconfirmed);
    }

    fn rights(&self, site: &mut Site, id: u32) -> Result<(), (u16, String)> {
        if let Some(names) = &self.roles {
            let roles: Option<Vec<u32>> = names.iter().map(|name| role(name)).collect();
            let roles = roles.ok_or_else(|| (400, "no such role".to_owned()))?;
            site.staff.roles.insert(id, roles);
        }
        match self.admin {
            Some(true) => drop(site.staff.admins.insert(id)),
            Some(false) => drop(site.staff.admins.remove(&id)),
            None => {}
        }
        Ok(())
    }
}

/// Creates an account; nothing is checked.
pub(super) fn make(world: &World, body: &Value) -> Outcome {
    let wish = Wish::read(body)?;
    let mut site = world.moodle();
    let mut user = User { created: now_ms(&world.settings()), ..User::default() };
    wish.fill(&mut user);
    let id = site.users.add(user);
    wish.rights(&mut site, id)?;
    world.touch();
    Ok(json!({"id": id}))
}

/// Changes an account, also one from the first day.
pub(super) fn change(world: &World, id: &str, body: &Value) -> Outcome {
    let wish = Wish::read(body)?;
    let mut site = world.moodle();
    let id: u32 = id.parse().unwrap_or_default();
    let user = site.users.get(id).cloned();
    let mut user = user.ok_or_else(|| (404, "no such user".to_owned()))?;
    wish.fill(&mut user);
    site.users.replace(id, user);
    wish.rights(&mut site, id)?;
    world.touch();
    Ok(json!({"id": id}))
}

/// Deletes an account; `purge` leaves no trace of it, as when a site is restored to an older state.
pub(super) fn remove(world: &World, id: &str, purge: bool) -> Outcome {
    let now = now_ms(&world.settings());
    let mut site = world.moodle();
    let id: u32 = id.parse().unwrap_or_default();
    if id <= SERVICE || site.users.get(id).is_none() {
        return Err((404, "no such thing".to_owned()));
    }
    site.remove_user(id, now);
    if purge {
        site.users.purge(id);
    }
    world.touch();
    Ok(json!({"removed": "users", "key": [id]}))
}

//! The users of the site, with indexes for every way to find them. It knows no rules of web
//! services except uniqueness.

use {
    super::index::Index,
    serde::{Deserialize, Serialize},
    std::borrow::Cow,
};

/// Ids of the users that every site has.
pub(crate) const GUEST: u32 = 1;
pub(crate) const ADMIN: u32 = 2;
/// The user of the web-service token.
pub(crate) const SERVICE: u32 = 3;

/// A user; fields that most users lack are in `more`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) email: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) idnumber: String,
    pub(crate) firstname: String,
    pub(crate) lastname: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) suspended: bool,
    /// An account whose owner has not confirmed the first mail.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) unconfirmed: bool,
    /// A deleted account: its row stays, with another name and address.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) deleted: bool,
    /// Unix milliseconds.
    #[serde(default)]
    pub(crate) created: i64,
    /// Further fields, also the custom ones, which are named `custom:` and their short name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) more: Vec<(Cow<'static, str>, String)>,
}

impl User {
    /// Returns a field by its web-service name.
    pub(crate) fn get(&self, name: &str) -> &str {
        match name {
            "username" => &self.username,
            "email" => &self.email,
            "idnumber" => &self.idnumber,
            "firstname" => &self.firstname,
            "lastname" => &self.lastname,
            _ => {
                let found = self.more.iter().find(|(own, _)| own == name);
                found.map_or("", |(_, value)| value.as_str())
            }
        }
    }

    /// Returns a custom profile field.
    pub(crate) fn custom(&self, shortname: &str) -> &str {
        let own = |name: &str| name.strip_prefix("custom:") == Some(shortname);
        let found = self.more.iter().find(|(name, _)| own(name));
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Sets a field; an empty text removes it.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let slot = match name {
            "username" => &mut self.username,
            "email" => &mut self.email,
            "idnumber" => &mut self.idnumber,
            "firstname" => &mut self.firstname,
            "lastname" => &mut self.lastname,
            _ => {
                self.more.retain(|(own, _)| own != name);
                if !value.is_empty() {
                    self.more.push((usual(name), value.to_owned()));
                    self.more.shrink_to_fit();
                }
                return;
            }
        };
        value.clone_into(slot);
    }
}

/// Saves the memory of names that occur often.
fn usual(name: &str) -> Cow<'static, str> {
    const USUAL: [&str; 8] = [
        "phone1",
        "auth",
        "city",
        "country",
        "custom:zoho_id",
        "lang",
        "department",
        "institution",
    ];
    match USUAL.iter().find(|usual| **usual == name) {
        Some(usual) => Cow::Borrowed(usual),
        None => Cow::Owned(name.to_owned()),
    }
}

/// All users. The id of a user is its position in the list.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Users {
    list: Vec<Option<User>>,
    #[serde(skip)]
    by_username: Index,
    #[serde(skip)]
    by_email: Index,
    #[serde(skip)]
    by_idnumber: Index,
}

impl Default for Users {
    fn default() -> Self {
        let user = |username: &str, firstname: &str, lastname: &str| {
            Some(User {
                username: username.to_owned(),
                email: format!("{username}@site.example"),
                firstname: firstname.to_owned(),
                lastname: lastname.to_owned(),
                ..User::default()
            })
        };
        let guest = user("guest", "Guest user", " ")
            .map(|guest| User { email: "root@localhost".to_owned(), ..guest });
        let list = vec![
            None,
            guest,
            user("admin", "Admin", "User"),
            user("sandbox-service", "Sandbox", "Service"),
        ];
        let (by_username, by_email, by_idnumber) = Default::default();
        Self { list, by_username, by_email, by_idnumber }.restored()
    }
}

impl Users {
    /// Rebuilds the indexes after a load.
    pub(crate) fn restored(mut self) -> Self {
        let list = std::mem::take(&mut self.list);
        for (id, user) in list.iter().enumerate() {
            let there = user.as_ref().filter(|user| !user.deleted);
            if let (Some(user), Ok(id)) = (there, u32::try_from(id)) {
                self.enter(id, user);
            }
        }
        self.list = list;
        self
    }

    fn enter(&mut self, id: u32, user: &User) {
        self.by_username.enter(&user.username, id);
        self.by_email.enter(&user.email.to_lowercase(), id);
        self.by_idnumber.enter(&user.idnumber, id);
    }

    fn leave(&mut self, id: u32, user: &User) {
        self.by_username.leave(&user.username, id);
        self.by_email.leave(&user.email.to_lowercase(), id);
        self.by_idnumber.leave(&user.idnumber, id);
    }

    /// Returns the row of a user, also of one that was deleted.
    pub(crate) fn row(&self, id: u32) -> Option<&User> {
        self.list.get(id as usize)?.as_ref()
    }

    /// Returns a user that is not deleted.
    pub(crate) fn get(&self, id: u32) -> Option<&User> {
        self.row(id).filter(|user| !user.deleted)
    }

    /// Returns all users that are not deleted, with their ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &User)> {
        let all = (0..).zip(&self.list).filter_map(|(id, user)| Some((id, user.as_ref()?)));
        all.filter(|(_, user)| !user.deleted)
    }

    /// Adds a user.
    pub(crate) fn add(&mut self, user: User) -> u32 {
        let id = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.enter(id, &user);
        self.list.push(Some(user));
        id
    }

    /// Puts a changed user in place of the old one.
    pub(crate) fn replace(&mut self, id: u32, user: User) {
        if let Some(old) = self.list.get_mut(id as usize).and_then(Option::take) {
            self.leave(id, &old);
            self.enter(id, &user);
            if let Some(slot) = self.list.get_mut(id as usize) {
                *slot = Some(user);
            }
        }
    }

    /// Deletes a user as Moodle does: the row stays, without its name, address and id number.
    pub(crate) fn delete(&mut self, id: u32, now: i64) {
        let Some(old) = self.purge(id) else { return };
        let (high, low) = (Index::hash(&old.username), Index::hash(&old.email));
        let gone = User {
            username: format!("{}.{}", old.email.to_lowercase(), now / 1_000),
            email: format!("{high:016x}{low:016x}"),
            firstname: old.firstname,
            lastname: old.lastname,
            deleted: true,
            created: old.created,
            ..User::default()
        };
        if let Some(slot) = self.list.get_mut(id as usize) {
            *slot = Some(gone);
        }
    }

    /// Removes a user without a trace, as when a site is restored to an older state.
    pub(crate) fn purge(&mut self, id: u32) -> Option<User> {
        let old = self.list.get_mut(id as usize).and_then(Option::take)?;
        self.leave(id, &old);
        Some(old)
    }

    /// Returns the user with this name.
    pub(crate) fn named(&self, username: &str) -> Option<u32> {
        let ids = self.by_username.get(username).iter().copied();
        ids.into_iter().find(|id| self.get(*id).is_some_and(|user| user.username == username))
    }

    /// Returns the users with this e-mail address, in any case.
    pub(crate) fn mailed(&self, email: &str) -> impl Iterator<Item = u32> {
        let email = email.to_lowercase();
        let ids = self.by_email.get(&email).iter().copied();
        ids.filter(move |id| self.get(*id).is_some_and(|user| user.email.to_lowercase() == email))
    }

    /// Returns the users with this idnumber.
    pub(crate) fn numbered(&self, idnumber: &str) -> impl Iterator<Item = u32> {
        let ids = self.by_idnumber.get(idnumber).iter().copied();
        ids.filter(move |id| self.get(*id).is_some_and(|user| user.idnumber == idnumber))
    }

    /// Counts the users that share their idnumber, and those that share their e-mail address, with
    /// an earlier one.
    pub(crate) fn duplicates(&self) -> (usize, usize) {
        let count = |index: &Index, field: &str| -> usize {
            let groups = index.shared().map(|ids| {
                let mut values: Vec<String> = ids
                    .iter()
                    .filter_map(|id| Some(self.get(*id)?.get(field).to_lowercase()))
                    .collect();
                values.sort_unstable();
                let all = values.len();
                values.dedup();
                all - values.len()
            });
            groups.sum()
        };
        (count(&self.by_idnumber, "idnumber"), count(&self.by_email, "email"))
    }
}

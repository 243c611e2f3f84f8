//! The emulated Moodle web services: which caller may use which function, and the table of
//! functions. A new area of Moodle is a new file with its own table, listed in `FUNCTIONS`.

#[cfg(test)]
mod bench;
mod category;
mod check;
mod cohort;
mod course;
mod course_read;
mod enrol;
mod enrolled;
mod failure;
mod form;
mod grade;
mod gradebook;
mod group;
mod index;
mod lookup;
mod person;
mod plugin;
mod profile;
mod rights;
mod roll;
mod site;
mod spec;
#[cfg(test)]
mod tests;
mod user;

pub(crate) use {
    course::SITE_COURSE,
    failure::spoilt,
    form::Form,
    grade::{Grade, Item},
    profile::shortnames as profile_fields,
    rights::role,
    user::{SERVICE, User, Users},
};

use {
    super::{
        CREDENTIALS,
        answer::{Answer, Call, HTML},
        ledger::Note,
        world::{Maintenance, Settings, TokenState, World, now_ms},
    },
    category::Categories,
    cohort::Cohort,
    course::Courses,
    failure::Failure,
    grade::Grades,
    group::Group,
    index::Shelf,
    roll::Roll,
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value},
    spec::Member,
};

/// The site with all its contents.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Site {
    pub(crate) users: Users,
    pub(crate) categories: Categories,
    pub(crate) courses: Courses,
    pub(crate) groups: Shelf<Group>,
    pub(crate) roll: Roll,
    pub(crate) cohorts: Shelf<Cohort>,
    pub(crate) grades: Grades,
    pub(crate) plugin: plugin::Records,
    /// The users with rights of their own.
    #[serde(default)]
    pub(crate) staff: rights::Staff,
    /// The address that the site is configured with.
    #[serde(skip)]
    url: String,
}

impl Site {
    /// Rebuilds what the state file does not hold.
    pub(crate) fn restored(self) -> Self {
        Self {
            users: self.users.restored(),
            courses: self.courses.restored(),
            roll: self.roll.restored(),
            grades: self.grades.restored(),
            ..self
        }
    }

    /// Returns the site with another address.
    pub(crate) fn at(self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self }
    }

    /// Deletes a user with everything the user takes part in; `now` is in Unix milliseconds.
    pub(crate) fn remove_user(&mut self, id: u32, now: i64) {
        for course in self.roll.courses_of(id) {
            self.unenrol(course, id);
        }
        for cohort in self.cohorts.iter_mut() {
            cohort.members.remove(&id);
        }
        self.grades.forget_user(id);
        self.staff.forget(id);
        self.users.delete(id, now);
    }

    /// Removes a course with its groups and enrolments.
    pub(crate) fn remove_course(&mut self, id: u32) {
        for user in self.roll.users_of(id) {
            self.unenrol(id, user);
        }
        for group in self.groups_of(id) {
            self.groups.remove(group);
        }
        self.grades.forget_course(id);
        self.courses.remove(id);
    }

    /// Ends an enrolment with all its roles, group memberships and grades, which do not come back;
    /// returns whether there was one.
    pub(crate) fn unenrol(&mut self, course: u32, user: u32) -> bool {
        let was = self.roll.remove(course, user).is_some();
        if was {
            for group in self.groups.iter_mut().filter(|group| group.course == course) {
                group.members.remove(&user);
            }
            self.grades.forget_user_in(course, user);
        }
        was
    }

    /// Returns the ids of a course's groups.
    pub(crate) fn groups_of(&self, course: u32) -> Vec<u32> {
        let own = self.groups.iter().filter(|(_, group)| group.course == course);
        own.map(|(id, _)| id).collect()
    }
}

/// The context of a call besides its arguments.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene<'s> {
    pub(crate) settings: &'s Settings,
    /// Whether texts are returned without filters and escapes.
    raw: bool,
}

impl Scene<'_> {
    /// Returns a text as the answer contains it.
    fn shown(&self, text: &str) -> String {
        if self.raw { text.to_owned() } else { failure::escape(text) }
    }

    /// Returns the time in Unix seconds.
    fn now(&self) -> i64 {
        now_ms(self.settings) / 1_000
    }
}

/// Carries a function out.
type Run = fn(&mut Site, &Scene<'_>, &Map<String, Value>, &mut Note) -> Result<Value, Failure>;

/// A web-service function.
struct Function {
    name: &'static str,
    /// The capabilities that the token's user must have.
    capabilities: &'static [&'static str],
    parameters: &'static [Member],
    run: Run,
}

/// All functions, by area.
const FUNCTIONS: [&[Function]; 14] = [
    site::FUNCTIONS,
    lookup::FUNCTIONS,
    person::FUNCTIONS,
    category::FUNCTIONS,
    course::FUNCTIONS,
    course_read::FUNCTIONS,
    group::FUNCTIONS,
    enrol::FUNCTIONS,
    enrolled::FUNCTIONS,
    cohort::FUNCTIONS,
    gradebook::FUNCTIONS,
    plugin::UPSERTS,
    plugin::DELETIONS,
    plugin::FUNCTIONS,
];

/// Tells whether there is a function of this name, with or without the plug-in and in any version of Moodle.
pub(crate) fn has(name: &str) -> bool {
    name == LOGIN || FUNCTIONS.into_iter().flatten().any(|function| function.name == name)
}

/// Returns the functions that a site with these settings has.
fn functions(settings: &Settings) -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.into_iter().flatten().filter(|function| {
        let there = match function.name {
            "core_grades_get_gradeitems" => settings.version() >= 402,
            name => settings.plugin || !name.starts_with("local_mzi_"),
        };
        there && !settings.unknown_functions.iter().any(|name| name == function.name)
    })
}

/// Path of the REST server.
const SERVER: &str = "/webservice/rest/server.php";
/// Path that returns a token for a password.
const TOKEN: &str = "/login/token.php";
/// The name under which calls of that path are counted and spoilt.
const LOGIN: &str = "login/token";

/// Returns the name under which the ledger counts a call: that of the function, otherwise the path.
pub(crate) fn operation(call: &Call, form: &Form) -> String {
    let known =
        form.function.len() <= 100 && form.function.bytes().all(|byte| byte.is_ascii_graphic());
    match call.path.as_str() {
        SERVER if form.function.is_empty() || !known => "(no function)".to_owned(),
        SERVER => form.function.clone(),
        TOKEN => LOGIN.to_owned(),
        _ => "(other path)".to_owned(),
    }
}

/// Answers a call.
pub(crate) fn handle(world: &World, settings: &Settings, call: &Call, form: &Form) -> Answer {
    let mut note = Note { form_variables: form.variables, form_cut: form.cut, ..Note::default() };
    if settings.wwwroot_mismatch {
        return failure::elsewhere();
    }
    if settings.maintenance == Maintenance::Cli {
        let mut page = Answer::page(503, "This site is undergoing maintenance");
        page.headers.push(("retry-after", "300".to_owned()));
        return page;
    }
    let answer = match call.path.as_str() {
        SERVER if settings.web_services_off => Answer::empty(403, HTML),
        SERVER => {
            let result = run(world, settings, form, &mut note);
            if note.has_written() {
                world.touch();
            }
            match result {
                Ok(value) => failure::success(form, &value),
                Err(failure) => failure.answer(form, settings),
            }
        }
        TOKEN => site::token(form),
        _ => Answer::page(404, "Not found"),
    };
    note.error = answer.note.error.clone();
    Answer { note, ..answer }
}

fn run(world: &World, settings: &Settings, form: &Form, note: &mut Note) -> Result<Value, Failure> {
    if settings.maintenance == Maintenance::Site {
        return Err(Failure::maintenance());
    }
    if form.token != CREDENTIALS.moodle_token {
        return Err(Failure::token());
    }
    match settings.moodle_token {
        TokenState::Valid => {}
        TokenState::Unknown => return Err(Failure::token()),
        TokenState::Restricted => return Err(Failure::access("the user is restricted")),
        TokenState::Expired => {
            // Moodle deletes an expired token on its first use.
            let settings = Settings { moodle_token: TokenState::Unknown, ..settings.clone() };
            world.set_settings(settings);
            return Err(Failure::access("token expired"));
        }
    }
    if !settings.service_refusal.is_empty() {
        return Err(Failure::refused(&settings.service_refusal));
    }
    let listed = |list: &[String]| list.contains(&form.function);
    let function = functions(settings)
        .find(|function| function.name == form.function)
        .ok_or_else(|| Failure::unknown_function(&form.function))?;
    if listed(&settings.missing_functions) {
        return Err(Failure::access("the function is not in the service of the token"));
    }
    if form.broken_text {
        return Err(Failure::parameter("the text is not UTF-8".to_owned()));
    }
    spec::check(function.parameters, &form.arguments, settings)?;
    if let Some(name) = function.capabilities.iter().find(|name| rights::lacks(settings, name)) {
        return Err(Failure::capability(name));
    }
    let scene = Scene { settings, raw: form.raw };
    (function.run)(&mut world.moodle(), &scene, &form.arguments, note)
}

/// Returns the items of a list parameter, in order of arrival.
fn items<'a>(arguments: &'a Map<String, Value>, name: &str) -> Vec<&'a Value> {
    arguments
        .get(name)
        .and_then(Value::as_object)
        .map(|list| list.values().collect())
        .unwrap_or_default()
}

/// Returns a text member; empty if it is missing.
fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Returns a member that is an id; 0, which is never assigned, if it is missing or not an id.
fn id(item: &Value, name: &str) -> u32 {
    text(item, name).parse().unwrap_or_default()
}

/// Returns a member that is a whole number.
fn int(item: &Value, name: &str) -> Option<i64> {
    item.get(name)?.as_str()?.parse().ok()
}

/// Returns whether a flag is set; `usual` if it is missing.
fn flag(item: &Value, name: &str, usual: bool) -> bool {
    item.get(name).and_then(Value::as_str).map_or(usual, |text| text == "1")
}

/// Returns the value of a name in a list of names and values, the last one if it occurs twice.
fn option<'a>(arguments: &'a Map<String, Value>, list: &str, name: &str) -> Option<&'a str> {
    let found = items(arguments, list).into_iter().rfind(|item| text(item, "name") == name);
    found?.get("value")?.as_str()
}

/// Returns a number of items for the ledger.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

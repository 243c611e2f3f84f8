//! The emulated Moodle web services: who may call which function, and the table of functions. A new
//! area of Moodle is a new file with its own table, named in `FUNCTIONS`.

mod check;
mod failure;
mod form;
mod lookup;
mod person;
mod site;
mod spec;
mod user;

pub(crate) use {
    failure::spoilt,
    form::Form,
    user::{SERVICE, User, Users},
};

use {
    super::{
        CREDENTIALS,
        answer::{Answer, Call, HTML},
        ledger::Note,
        world::{Settings, World},
    },
    failure::Failure,
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value},
    spec::Member,
};

/// The site: everything in it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Site {
    pub(crate) users: Users,
    /// Where the site believes to live.
    #[serde(skip)]
    url: String,
}

impl Site {
    /// Builds again what the state file does not hold.
    pub(crate) fn restored(self) -> Self {
        Self { users: self.users.restored(), url: self.url }
    }

    /// Returns the site at another address.
    pub(crate) fn at(self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self }
    }
}

/// Carries a function out.
type Run = fn(&mut Site, &Settings, &Map<String, Value>, &mut Note) -> Result<Value, Failure>;

/// A web-service function.
struct Function {
    name: &'static str,
    /// What the token's user must be allowed to do.
    capability: &'static str,
    parameters: &'static [Member],
    run: Run,
}

/// All functions, by area.
const FUNCTIONS: [&[Function]; 3] = [site::FUNCTIONS, lookup::FUNCTIONS, person::FUNCTIONS];

fn functions() -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.into_iter().flatten()
}

/// Path of the REST server.
const SERVER: &str = "/webservice/rest/server.php";
/// Path that gives a token for a password.
const TOKEN: &str = "/login/token.php";

/// Returns the name under which the ledger counts a call: that of the function, else the path.
pub(crate) fn operation(call: &Call, form: &Form) -> String {
    let known =
        form.function.len() <= 100 && form.function.bytes().all(|byte| byte.is_ascii_graphic());
    match call.path.as_str() {
        SERVER if form.function.is_empty() || !known => "(no function)".to_owned(),
        SERVER => form.function.clone(),
        TOKEN => "login/token".to_owned(),
        _ => "(other path)".to_owned(),
    }
}

/// Answers a call.
pub(crate) fn handle(world: &World, settings: &Settings, call: &Call, form: &Form) -> Answer {
    let mut note = Note { form_variables: form.variables, form_cut: form.cut, ..Note::default() };
    if settings.wwwroot_mismatch {
        return failure::elsewhere();
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
    if form.token != CREDENTIALS.moodle_token {
        return Err(Failure::token());
    }
    let listed = |list: &[String]| list.contains(&form.function);
    let function = functions()
        .find(|function| function.name == form.function && !listed(&settings.unknown_functions))
        .ok_or_else(|| Failure::unknown_function(&form.function))?;
    if listed(&settings.missing_functions) {
        return Err(Failure::access("the function is not in the service of the token"));
    }
    if form.broken_text {
        return Err(Failure::parameter("the text is not UTF-8".to_owned()));
    }
    spec::check(function.parameters, &form.arguments, settings)?;
    if settings.missing_capabilities.iter().any(|name| name == function.capability) {
        return Err(Failure::capability(function.capability));
    }
    (function.run)(&mut world.moodle(), settings, &form.arguments, note)
}

/// Returns the items of a list parameter, in order of arrival.
fn items<'a>(arguments: &'a Map<String, Value>, name: &str) -> Vec<&'a Value> {
    arguments
        .get(name)
        .and_then(Value::as_object)
        .map(|list| list.values().collect())
        .unwrap_or_default()
}

/// Returns a text member; empty when it is not there.
fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Returns a number of items as the ledger counts them.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

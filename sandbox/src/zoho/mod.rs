//! The emulated Zoho CRM v8: routes, access and cost of the calls. The rules of each call are in
//! the other files of this folder.

mod bulk;
mod check;
mod convert;
mod coql;
mod criteria;
mod cursor;
mod error;
mod left_out;
mod list;
mod metadata;
mod module;
mod query;
mod read;
mod rich;
mod scope;
mod search;
mod shown;
mod subform;
mod table;
mod token;
mod write;
mod zip;

pub(crate) use {error::spoilt, left_out::LeftOut, list::bend, table::Hidden};

use {
    super::{
        answer::{Answer, Call},
        data::School,
        fault::{Blow, Kind},
        world::{Settings, World, now_ms},
    },
    chrono::{DateTime, FixedOffset},
    http::Method,
    read::View,
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value, json},
    std::{
        borrow::Cow,
        collections::{BTreeMap, VecDeque},
        sync::Arc,
    },
    table::Table,
    token::Tokens,
    write::Scene,
};

/// Offset of the organisation's times, in seconds: +03:00.
const OFFSET: i32 = 3 * 3_600;
/// Window of the credits, in hours.
const CREDIT_HOURS: i64 = 24;

/// The organisation: its records, tokens and credits.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Org {
    tables: BTreeMap<String, Table>,
    tokens: Tokens,
    /// Hour and credits used in it, oldest first.
    used: VecDeque<(i64, u64)>,
    #[serde(skip)]
    jobs: bulk::Jobs,
}

impl Org {
    /// Makes the organisation of a fresh school.
    pub(crate) fn new(school: School) -> Self {
        let modules = module::modules().iter().filter(|module| !module.subform);
        let tables = modules.map(|module| (module.name.to_owned(), Table::new(module, school)));
        Self {
            tables: tables.collect(),
            tokens: Tokens::default(),
            used: VecDeque::new(),
            jobs: bulk::Jobs::default(),
        }
    }

    /// Rebuilds what the state file does not hold: indexes, and modules that came later.
    pub(crate) fn restored(mut self) -> Self {
        let school = School { seed: 0, broken_every: 0, students: 0 };
        for module in module::modules().iter().filter(|module| !module.subform) {
            let name = module.name.to_owned();
            self.tables.entry(name).or_insert_with(|| Table::new(module, school));
        }
        for table in self.tables.values_mut() {
            table.restore();
        }
        self
    }

    /// Returns the records of a module for a change.
    pub(crate) fn table_mut(&mut self, module: &str) -> Option<&mut Table> {
        self.tables.get_mut(module)
    }

    /// Returns the records of all modules.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }

    /// Looks at a module.
    pub(crate) fn view(&self, module: &str, settings: &Settings) -> Option<View<'_>> {
        Some(View::new(self.tables.get(module)?, &self.tables, settings))
    }

    /// Uses credits; returns how many are left, or `None` if there are too few.
    fn charge(&mut self, cost: u64, total: u64, now: i64) -> Option<u64> {
        let hour = now / 3_600;
        while self.used.front().is_some_and(|(then, _)| *then <= hour - CREDIT_HOURS) {
            self.used.pop_front();
        }
        let used: u64 = self.used.iter().map(|(_, used)| used).sum();
        if used + cost > total {
            return None;
        }
        match self.used.back_mut() {
            Some((then, used)) if *then == hour => *used += cost,
            _ => self.used.push_back((hour, cost)),
        }
        Some(total - used - cost)
    }
}

/// Deletes or edits records behind the back of a caller who reads their module, as a fault says.
pub(crate) fn meddle(world: &World, call: &Call, blow: &Blow, now: i64) {
    let module = call.path.strip_prefix("/crm/v8/").unwrap_or_default();
    let mut org = world.zoho();
    let Some(table) = org.tables.get_mut(module) else { return };
    for index in &blow.records {
        match blow.kind {
            _ if !table.exists(*index) => {}
            Kind::ThenDelete => table.delete(*index, now, false),
            Kind::ThenEdit => table.update(*index, Map::new(), now),
            _ => return,
        }
    }
    world.touch();
}

/// Returns a write call with only the first `keep` of its rows.
pub(crate) fn part(call: &Call, keep: usize) -> Call {
    let mut call = call.clone();
    if let Ok(mut body) = serde_json::from_slice::<Value>(&call.body)
        && let Some(rows) = body.get_mut("data").and_then(Value::as_array_mut)
    {
        rows.truncate(keep);
        call.body = body.to_string().into();
    }
    let listed = call.parameters().into_iter().map(|(name, value)| match &*name {
        "ids" => {
            let ids: Vec<&str> = value.split(',').take(keep).collect();
            (name, Cow::Owned(ids.join(",")))
        }
        _ => (name, value),
    });
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(listed).finish();
    call.query = query;
    call
}

/// Tells whether a call is for the token server.
pub(crate) fn is_token_call(call: &Call) -> bool {
    call.path.starts_with("/oauth/")
}

/// Returns the name under which the ledger counts a call: method and path, without ids.
pub(crate) fn operation(call: &Call) -> String {
    let parts: Vec<&str> = call
        .path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| if is_id(part) { "{id}" } else { part })
        .take(6)
        .collect();
    format!("{} /{}", call.method, parts.join("/"))
}

/// Tells whether a text has the form of a record id.
fn is_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the id that a body names: a text, or a number, as Zoho's Python client sends it.
fn id_of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) if number.is_u64() => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

/// Answers a call; `crowd` calls are in progress, including this one.
pub(crate) fn handle(world: &Arc<World>, settings: &Settings, call: &Call, crowd: u32) -> Answer {
    let now = now_ms(settings) / 1_000;
    if is_token_call(call) {
        return token::handle(world, settings, call, now);
    }
    let bulk = call.path.strip_prefix("/crm/bulk/v8/");
    let Some(path) = bulk.or_else(|| call.path.strip_prefix("/crm/v8/")) else {
        return error::bad_url();
    };
    let cost = match path {
        "coql" => coql::cost(call),
        _ if bulk.is_some() => 1,
        _ if path.ends_with("/actions/convert") => convert::COST,
        _ => write::cost(call),
    };
    let left = {
        let mut org = world.zoho();
        if let Err(answer) = org.tokens.admit(call, now) {
            return *answer;
        }
        if !scope::allows(settings, call, path, bulk.is_some()) {
            return error::no_scope();
        }
        if settings.concurrency > 0 && crowd > settings.concurrency {
            return error::throttled();
        }
        match org.charge(cost, settings.credits, now) {
            Some(left) => left,
            None => return error::throttled(),
        }
    };
    let mut answer = match bulk {
        Some(path) => bulk::handle(world, settings, call, path, now),
        None => route(world, settings, call, path, now),
    };
    if left * 2 <= settings.credits {
        answer.headers.push(("x-api-credits-remaining", left.to_string()));
    }
    answer
}

fn route(world: &World, settings: &Settings, call: &Call, path: &str, now: i64) -> Answer {
    let mut org = world.zoho();
    let parts: Vec<&str> = path.split('/').collect();
    let known = match parts.as_slice() {
        ["org"] if call.method == Method::GET => return metadata::org(now),
        ["users"] if call.method == Method::GET => return metadata::users(),
        ["settings", "modules"] if call.method == Method::GET => return metadata::modules(),
        ["settings", "modules", name] if call.method == Method::GET => {
            return metadata::one_module(name);
        }
        ["settings", "fields"] if call.method == Method::GET => {
            return metadata::fields(settings, call);
        }
        ["coql"] if call.method == Method::POST => {
            return coql::answer(&org.tables, settings, call);
        }
        ["org" | "users" | "settings" | "coql", ..] => return error::bad_method(),
        [name, ..] => *name,
        [] => return error::bad_url(),
    };
    let Some(table) = org.tables.get(known) else {
        return error::bad_module(call);
    };
    let rest = parts.get(1..).unwrap_or_default();
    let view = View::new(table, &org.tables, settings);
    match (&call.method, rest) {
        (&Method::GET, []) => return list::list(view, settings, call, now),
        (&Method::GET, ["deleted"]) => return list::deleted(table, call),
        (&Method::GET, ["search"]) => return search::search(view, settings, call, now),
        (&Method::GET, ["actions", "fetch_full_data"]) => {
            return rich::full(view, settings, call, None);
        }
        (&Method::GET, [id, "actions", "fetch_full_data"]) => {
            return rich::full(view, settings, call, Some(id));
        }
        (&Method::POST, [id, "actions", "convert"]) if known == "Leads" => {
            let answer = convert::convert(&mut org.tables, id, now);
            world.touch();
            return answer;
        }
        (&Method::GET, [id]) => return read::one(view, settings, call, id),
        _ => {}
    }
    // Taken out during the write, so that the write can look at the other modules.
    let Some(mut table) = org.tables.remove(known) else {
        return error::bad_module(call);
    };
    let scene = Scene { settings, others: &org.tables, now };
    let changes = match (&call.method, rest) {
        (&Method::POST, []) => write::insert(&mut table, scene, call),
        (&Method::POST, ["upsert"]) => write::upsert(&mut table, scene, call),
        (&Method::PUT, []) => write::update(&mut table, scene, call, None),
        (&Method::PUT, [id]) => write::update(&mut table, scene, call, Some(id)),
        (&Method::DELETE, []) => write::delete(&mut table, scene, call, None),
        (&Method::DELETE, [id]) => write::delete(&mut table, scene, call, Some(id)),
        (_, [] | [_]) => error::bad_method(),
        _ => error::bad_url(),
    };
    org.tables.insert(known.to_owned(), table);
    if changes.note.has_written() {
        world.touch();
    }
    changes
}

/// Writes a time as Zoho does, with the organisation's offset.
fn time_text(time: i64) -> String {
    let zone = FixedOffset::east_opt(OFFSET);
    let time = DateTime::from_timestamp(time, 0).unwrap_or_default();
    zone.map_or_else(
        || time.format("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
        |zone| time.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    )
}

/// Reads an ISO 8601 time with an offset; Zoho accepts no other form.
fn parse_time(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp())
}

/// The user who makes all changes.
fn actor() -> Value {
    json!({"name": "Sandbox Admin", "id": "4150868000000225013"})
}

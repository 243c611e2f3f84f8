//! The switches and gauges under `/_sandbox/`, on both ports: faults, ledger, settings, and the
//! school itself. Not counted, not spoilt, not part of the emulated systems.

use {
    super::{
        answer::{Answer, Call, JSON},
        moodle::{SERVICE, Users},
        world::{World, now_ms},
        zoho::whole,
    },
    http::Method,
    serde::{Serialize, de::DeserializeOwned},
    serde_json::{Map, Value, json},
    std::collections::HashMap,
};

/// Users listed unless the caller says otherwise.
const USERS_LISTED: usize = 100;

/// Answers a control call.
pub(crate) fn handle(world: &World, call: &Call) -> Answer {
    let path: Vec<&str> = call.path.split('/').filter(|part| !part.is_empty()).skip(1).collect();
    let result = match (call.method.as_str(), path.as_slice()) {
        ("GET", []) => Ok(json!({
            "zoho_url": world.zoho_url,
            "moodle_url": world.moodle_url,
            "changes": world.changes(),
        })),
        ("GET", ["faults"]) => value(world.faults().list()),
        ("POST", ["faults"]) => read(call).and_then(|fault| {
            let mut faults = world.faults();
            faults.add(fault);
            value(faults.list())
        }),
        ("DELETE", ["faults"]) => {
            world.faults().clear();
            Ok(json!([]))
        }
        ("GET", ["ledger"]) => ledger(world),
        ("DELETE", ["ledger"]) => {
            world.ledger().reset();
            Ok(json!({}))
        }
        ("GET", ["options"]) => value(&world.settings()),
        ("PUT", ["options"]) => read(call).and_then(|patch| {
            let settings = world.settings().merged(patch)?;
            world.set_settings(settings.clone());
            value(&settings)
        }),
        ("POST", ["zoho", "students"]) => read(call).and_then(|body| append(world, &body)),
        (_, ["zoho", "students", number]) => return student(world, call, number),
        ("GET", ["moodle", "users"]) => users(world, call),
        _ => return failed(404, "no such control"),
    };
    match result {
        Ok(body) => Answer::json(200, JSON, &body),
        Err(text) => failed(400, &text),
    }
}

fn failed(status: u16, text: &str) -> Answer {
    Answer::json(status, JSON, &json!({"error": text}))
}

fn value(thing: &(impl Serialize + ?Sized)) -> Result<Value, String> {
    serde_json::to_value(thing).map_err(|error| error.to_string())
}

fn read<T: DeserializeOwned>(call: &Call) -> Result<T, String> {
    serde_json::from_slice(&call.body).map_err(|error| error.to_string())
}

fn ledger(world: &World) -> Result<Value, String> {
    let mut body = value(&*world.ledger())?;
    let site = world.moodle();
    let (idnumbers, emails) = site.users.duplicates();
    let number = own(&site.users).count();
    if let Some(moodle) = body.get_mut("moodle").and_then(Value::as_object_mut) {
        moodle.insert("users".to_owned(), json!(number));
        moodle.insert("duplicate_idnumbers".to_owned(), json!(idnumbers));
        moodle.insert("duplicate_emails".to_owned(), json!(emails));
    }
    Ok(body)
}

/// Returns the users that somebody made.
fn own(users: &Users) -> impl Iterator<Item = (u32, &super::moodle::User)> {
    users.iter().filter(|(id, _)| *id > SERVICE)
}

fn users(world: &World, call: &Call) -> Result<Value, String> {
    let parameters: HashMap<_, _> = call.parameters().into_iter().collect();
    let limit = match parameters.get("limit") {
        Some(text) => text.parse().map_err(|_| "limit is not a number".to_owned())?,
        None => USERS_LISTED,
    };
    let wanted = |name: &str, own: &str| parameters.get(name).is_none_or(|text| text == own);
    let site = world.moodle();
    let mut total = 0;
    let mut rows = Vec::new();
    for (id, user) in own(&site.users) {
        if wanted("idnumber", &user.idnumber)
            && wanted("username", &user.username)
            && wanted("email", &user.email)
        {
            total += 1;
            if rows.len() < limit {
                let more = user.more.iter().map(|(name, value)| (name.to_string(), json!(value)));
                let mut row = value(user)?;
                if let Some(members) = row.as_object_mut() {
                    members.insert("id".to_owned(), json!(id));
                    members.insert("more".to_owned(), Value::Object(more.collect()));
                }
                rows.push(row);
            }
        }
    }
    Ok(json!({"total": total, "users": rows}))
}

fn append(world: &World, body: &Value) -> Result<Value, String> {
    let count =
        body.get("count").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok());
    let count = count.ok_or_else(|| "count is missing or not a number".to_owned())?;
    let now = now_ms(&world.settings()) / 1_000;
    let mut org = world.zoho();
    let table = org.students().ok_or_else(|| "no students here".to_owned())?;
    let from = table.total();
    let total = table.append(count, now);
    world.touch();
    Ok(json!({"from": from, "total": total}))
}

/// Reads, changes or deletes one student by number.
fn student(world: &World, call: &Call, number: &str) -> Answer {
    let now = now_ms(&world.settings()) / 1_000;
    let mut org = world.zoho();
    let Some(table) = org.students() else {
        return failed(404, "no students here");
    };
    let Some(index) = number.parse().ok().filter(|index| table.exists(*index)) else {
        return failed(404, "no such student");
    };
    match call.method {
        Method::GET => {}
        Method::PUT => match read::<Map<String, Value>>(call) {
            Ok(fields) => {
                table.update(index, fields, now);
                world.touch();
            }
            Err(text) => return failed(400, &text),
        },
        Method::DELETE => {
            table.delete(index, now);
            world.touch();
            return Answer::json(200, JSON, &json!({"deleted": table.id(index)}));
        }
        _ => return failed(405, "GET, PUT or DELETE"),
    }
    Answer::json(200, JSON, &whole(table, index))
}

//! The switches and gauges under `/_sandbox/`, on both ports: faults, ledger, settings, and the
//! school itself. They are not counted, not affected by faults, and not part of the emulated
//! systems.

mod moodle;
mod zoho;

use {
    super::{
        answer::{Answer, Call, JSON},
        world::{Settings, World, now_ms},
    },
    http::Method,
    serde::{Serialize, de::DeserializeOwned},
    serde_json::{Value, json},
};

/// Number of things listed unless the caller asks for another one.
const LISTED: usize = 100;

/// The result of a control call: a body, or the status and the text of its error.
type Outcome = Result<Value, (u16, String)>;

/// Answers a control call.
pub(crate) fn handle(world: &World, call: &Call) -> Answer {
    let path: Vec<&str> = call.path.split('/').filter(|part| !part.is_empty()).skip(1).collect();
    let outcome = match (&call.method, path.as_slice()) {
        (_, ["zoho", rest @ ..]) => zoho::handle(world, call, rest),
        (_, ["moodle", rest @ ..]) => moodle::handle(world, call, rest),
        (&Method::GET, []) => Ok(json!({
            "zoho_url": world.zoho_url,
            "moodle_url": world.moodle_url,
            "changes": world.changes(),
            "now": now(world),
        })),
        (&Method::GET, ["faults"]) => value(world.faults().list()),
        (&Method::POST, ["faults"]) => read(call).and_then(|fault| {
            let mut faults = world.faults();
            faults.add(fault);
            value(faults.list())
        }),
        (&Method::DELETE, ["faults"]) => {
            world.faults().clear();
            Ok(json!([]))
        }
        (&Method::GET, ["ledger"]) => ledger(world),
        (&Method::DELETE, ["ledger"]) => {
            world.ledger().reset();
            Ok(json!({}))
        }
        (&Method::GET, ["counts"]) => {
            Ok(json!({"zoho": zoho::counts(world), "moodle": moodle::counts(world)}))
        }
        (&Method::GET, ["duplicates"]) => {
            Ok(json!({"zoho": zoho::duplicates(world), "moodle": moodle::duplicates(world)}))
        }
        (&Method::GET, ["options"]) => value(&*world.settings()),
        (&Method::PUT, ["options"]) => read(call).and_then(|patch| {
            let settings = world.settings().merged(patch).map_err(|text| (400, text))?;
            world.set_settings(settings.clone());
            value(&settings)
        }),
        (&Method::POST, ["clock"]) => read(call).and_then(|body| clock(world, &body)),
        _ => Err((404, "no such control".to_owned())),
    };
    match outcome {
        Ok(body) => Answer::json(200, JSON, &body),
        Err((status, text)) => Answer::json(status, JSON, &json!({"error": text})),
    }
}

fn value(thing: &(impl Serialize + ?Sized)) -> Outcome {
    serde_json::to_value(thing).map_err(|error| (500, error.to_string()))
}

fn read<T: DeserializeOwned>(call: &Call) -> Result<T, (u16, String)> {
    serde_json::from_slice(&call.body).map_err(|error| (400, error.to_string()))
}

/// Returns a parameter of the address.
fn parameter(call: &Call, name: &str) -> Option<String> {
    let all = call.parameters();
    all.into_iter().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

/// Tells whether a switch in the address is on.
fn switch(call: &Call, name: &str) -> bool {
    parameter(call, name).is_some_and(|value| value != "0" && value != "false")
}

/// Returns a number from the address.
fn number(call: &Call, name: &str, usual: usize) -> Result<usize, (u16, String)> {
    let Some(text) = parameter(call, name) else { return Ok(usual) };
    text.parse().map_err(|_| (400, format!("{name} is not a number")))
}

/// Returns the sandbox's time in Unix seconds.
fn now(world: &World) -> i64 {
    now_ms(&world.settings()) / 1_000
}

/// Moves the clock on by `advance_s`, or sets how far it is ahead of the wall clock (`offset_s`).
fn clock(world: &World, body: &Value) -> Outcome {
    let mut settings = Settings::clone(&world.settings());
    let get = |name: &str| body.get(name).and_then(Value::as_i64);
    match (get("advance_s"), get("offset_s")) {
        (Some(advance), None) => {
            settings.clock_offset_s = settings.clock_offset_s.saturating_add(advance);
        }
        (None, Some(offset)) => settings.clock_offset_s = offset,
        _ => return Err((400, "advance_s or offset_s is wanted, a whole number".to_owned())),
    }
    // Some thousand years in either direction; beyond that times cannot be written.
    settings.clock_offset_s = settings.clock_offset_s.clamp(-50_000_000_000, 50_000_000_000);
    world.set_settings(settings.clone());
    Ok(json!({"now": now(world), "offset_s": settings.clock_offset_s}))
}

/// Both tallies, with the current objects beside the past writes.
fn ledger(world: &World) -> Outcome {
    let mut body = value(&*world.ledger())?;
    let users = moodle::counts(world);
    let double = moodle::duplicates(world);
    let parts = [
        ("moodle", "users", users.get("users").cloned().unwrap_or_default()),
        ("moodle", "duplicate_idnumbers", double.get("idnumbers").cloned().unwrap_or_default()),
        ("moodle", "duplicate_emails", double.get("emails").cloned().unwrap_or_default()),
        ("moodle", "counts", users),
        ("moodle", "duplicates", double),
        ("zoho", "counts", zoho::counts(world)),
        ("zoho", "duplicates", zoho::duplicates(world)),
    ];
    for (system, name, part) in parts {
        if let Some(members) = body.get_mut(system).and_then(Value::as_object_mut) {
            members.insert(name.to_owned(), part);
        }
    }
    Ok(body)
}

//! The switches and gauges under `/_sandbox/`, on both ports: faults, ledger, settings, and the
//! school itself. They are not counted, not affected by faults, and not part of the emulated
//! systems.

mod moodle;
mod zoho;

use {
    super::{
        answer::{Answer, Call, JSON},
        fault::Fault,
        settings::CLOCK_S,
        world::{Settings, World, now_ms},
    },
    serde::{Serialize, de::DeserializeOwned},
    serde_json::{Value, json},
};

/// Number of things listed unless the caller asks for another one.
const LISTED: usize = 100;

/// The result of a control call: a body, or the status and the text of its error.
type Outcome = Result<Value, (u16, String)>;

/// What a control does; the texts are the parts of the path that stand in braces.
type Run = fn(&World, &Call, &[&str]) -> Outcome;

/// A control: a method and a path below `/_sandbox/`. The help of the command and the page of the documentation are made
/// from these rows.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) method: &'static str,
    /// A part in braces stands for any text, one that ends in dots for all that follows.
    pub(crate) path: &'static str,
    pub(crate) about: &'static str,
    run: Run,
}

impl Control {
    const fn new(method: &'static str, path: &'static str, about: &'static str, run: Run) -> Self {
        Self { method, path, about, run }
    }

    /// Returns the parts of a path that stand in braces; `None` if the path is another one.
    fn captured<'c>(&self, path: &[&'c str]) -> Option<Vec<&'c str>> {
        let mut own = self.path.split('/').filter(|part| !part.is_empty());
        let mut captured = Vec::new();
        let mut rest = path.iter();
        loop {
            match (own.next(), rest.next()) {
                (None, None) => return Some(captured),
                (Some(part), Some(given)) if part.ends_with("...}") => {
                    captured.push(*given);
                    captured.extend(rest);
                    return Some(captured);
                }
                (Some(part), Some(given)) if part.starts_with('{') => captured.push(*given),
                (Some(part), Some(given)) if part == *given => {}
                _ => return None,
            }
        }
    }
}

/// The controls of both systems.
static SHARED: [Control; 11] = [
    Control::new("GET", "", "Addresses, number of changes so far, and the clock", |world, _, _| {
        Ok(json!({
            "zoho_url": world.zoho_url,
            "moodle_url": world.moodle_url,
            "changes": world.changes(),
            "now": now(world),
        }))
    }),
    Control::new("GET", "options", "The settings", |world, _, _| value(&*world.settings())),
    Control::new(
        "PUT",
        "options",
        "Changes the given settings; `latency_ms` sets that of both systems",
        |world, call, _| {
            let settings = world.settings().merged(read(call)?).map_err(|text| (400, text))?;
            world.set_settings(settings.clone());
            value(&settings)
        },
    ),
    Control::new("GET", "faults", "The active faults with their counts", |world, _, _| {
        value(world.faults().list())
    }),
    Control::new("POST", "faults", "Switches a fault on", |world, call, _| {
        let fault = Fault::read(read(call)?).map_err(|text| (400, text))?;
        let mut faults = world.faults();
        faults.add(fault);
        value(faults.list())
    }),
    Control::new("DELETE", "faults", "Switches all faults off", |world, _, _| {
        world.faults().clear();
        Ok(json!([]))
    }),
    Control::new("GET", "ledger", "What both systems were asked and have done", |world, _, _| {
        ledger(world)
    }),
    Control::new("DELETE", "ledger", "Sets the ledger to zero", |world, _, _| {
        world.ledger().reset();
        Ok(json!({}))
    }),
    Control::new("GET", "counts", "Number of objects of each kind", |world, _, _| {
        Ok(json!({"zoho": zoho::counts(world), "moodle": moodle::counts(world)}))
    }),
    Control::new(
        "GET",
        "duplicates",
        "Number of objects that share a value that should be unique",
        |world, _, _| {
            Ok(json!({"zoho": zoho::duplicates(world), "moodle": moodle::duplicates(world)}))
        },
    ),
    Control::new(
        "POST",
        "clock",
        "Moves the clock on by `advance_s` seconds, or to `offset_s` seconds before the wall clock",
        |world, call, _| clock(world, &read(call)?),
    ),
];

/// Lists all controls.
pub(crate) fn all() -> impl Iterator<Item = &'static Control> {
    SHARED.iter().chain(&zoho::CONTROLS).chain(&moodle::CONTROLS)
}

/// Answers a control call.
pub(crate) fn handle(world: &World, call: &Call) -> Answer {
    let path: Vec<&str> = call.path.split('/').filter(|part| !part.is_empty()).skip(1).collect();
    let found = all().find_map(|control| {
        let captured = control.captured(&path).filter(|_| call.method == control.method)?;
        Some((control.run)(world, call, &captured))
    });
    match found.unwrap_or_else(|| Err((404, "no such control".to_owned()))) {
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

/// Returns a part of the path that stood in braces.
fn part<'p>(path: &[&'p str], place: usize) -> &'p str {
    path.get(place).copied().unwrap_or_default()
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
    settings.clock_offset_s = settings.clock_offset_s.clamp(-CLOCK_S, CLOCK_S);
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

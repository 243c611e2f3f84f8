//! Controls of the organisation: read, make, change and delete any record, students by number.

use {
    super::{Control, LISTED, Outcome, now, number, parameter, part, read, switch},
    crate::{STUDENTS_MAX, answer::Call, world::World, zoho::Hidden},
    http::Method,
    serde_json::{Map, Value, json},
};

const STUDENTS: &str = "BTEC_Students";

/// The controls of the organisation.
pub(super) static CONTROLS: [Control; 11] = [
    Control::new("POST", "zoho/students", "Adds `count` generated students", |world, call, _| {
        append(world, &read(call)?)
    }),
    Control::new("GET", "zoho/students/{key}", "A student, by id or number", student),
    Control::new("PUT", "zoho/students/{key}", "Changes a student, as below", student),
    Control::new("DELETE", "zoho/students/{key}", "Deletes a student, as below", student),
    Control::new(
        "GET",
        "zoho/records/{module}",
        "The records of a module; `limit` and `offset` choose a part",
        |world, call, path| list(world, call, part(path, 0)),
    ),
    Control::new(
        "POST",
        "zoho/records/{module}",
        "Adds a record with the given fields, unchecked",
        |world, call, path| insert(world, part(path, 0), read(call)?),
    ),
    Control::new("GET", "zoho/records/{module}/{key}", "A record, by id or number", any),
    Control::new(
        "PUT",
        "zoho/records/{module}/{key}",
        "Changes the given fields of a record; `unseen=1` leaves its time of change as it is, \
         `hidden` is `waiting` (for an approval), `converted` or `no`",
        any,
    ),
    Control::new(
        "DELETE",
        "zoho/records/{module}/{key}",
        "Moves a record to the recycle bin; `permanent=1` deletes it from there too, `unseen=1` \
         leaves no trace in the list of deleted records",
        any,
    ),
    Control::new(
        "POST",
        "zoho/restore/{module}/{id}",
        "Takes a record out of the recycle bin, with its old time of change",
        |world, _, path| restore(world, part(path, 0), part(path, 1)),
    ),
    Control::new(
        "POST",
        "zoho/touch/{module}",
        "Edits `count` records from number `from` on at one moment, and writes `fields` into each",
        |world, call, path| touch(world, part(path, 0), &read(call)?),
    ),
];

fn student(world: &World, call: &Call, path: &[&str]) -> Outcome {
    record(world, call, STUDENTS, part(path, 0))
}

fn any(world: &World, call: &Call, path: &[&str]) -> Outcome {
    record(world, call, part(path, 0), part(path, 1))
}

fn no_module() -> (u16, String) {
    (404, "no such module".to_owned())
}

/// Adds generated students.
fn append(world: &World, body: &Value) -> Outcome {
    let count =
        body.get("count").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok());
    let count = count.ok_or_else(|| (400, "count is missing or not a number".to_owned()))?;
    let now = now(world);
    let mut org = world.zoho();
    let table = org.table_mut(STUDENTS).ok_or_else(no_module)?;
    let from = table.total();
    if count > STUDENTS_MAX.saturating_sub(from) {
        let text = format!(
            "count: {count} is too many, a school has at most {STUDENTS_MAX} students and has {from}"
        );
        return Err((400, text));
    }
    let total = table.append(count, now);
    world.touch();
    Ok(json!({"from": from, "total": total}))
}

/// Takes a record out of the recycle bin; its time of change stays as it was.
fn restore(world: &World, module: &str, id: &str) -> Outcome {
    let mut org = world.zoho();
    let table = org.table_mut(module).ok_or_else(no_module)?;
    let index = table.graves.iter().map(|grave| grave.index).find(|index| table.id(*index) == id);
    if !index.is_some_and(|index| table.restore_deleted(index)) {
        return Err((404, "no such record in the recycle bin".to_owned()));
    }
    world.touch();
    Ok(json!({"restored": id}))
}

/// Edits `count` records from number `from` on at one moment; `fields` are written into each.
fn touch(world: &World, module: &str, body: &Value) -> Outcome {
    let number = |name: &str| {
        let number = body.get(name).and_then(Value::as_u64).and_then(|own| u32::try_from(own).ok());
        number.ok_or_else(|| (400, format!("{name} is missing or not a number")))
    };
    let (from, count) = (number("from")?, number("count")?);
    let fields = body.get("fields").and_then(Value::as_object).cloned().unwrap_or_default();
    let now = now(world);
    let mut org = world.zoho();
    let table = org.table_mut(module).ok_or_else(no_module)?;
    let fields = table.plain(fields);
    let end = from.saturating_add(count).min(table.total());
    let mut touched = 0_u32;
    for index in from..end {
        if table.exists(index) {
            table.update(index, fields.clone(), now);
            touched += 1;
        }
    }
    world.touch();
    Ok(json!({"touched": touched}))
}

fn list(world: &World, call: &Call, module: &str) -> Outcome {
    let (limit, offset) = (number(call, "limit", LISTED)?, number(call, "offset", 0)?);
    let settings = world.settings();
    let org = world.zoho();
    let view = org.view(module, &settings).ok_or_else(no_module)?;
    let there = (0..view.table.total()).filter(|index| view.table.exists(*index));
    let rows: Vec<Value> = there.skip(offset).take(limit).map(|index| view.whole(index)).collect();
    Ok(json!({"total": view.table.count(), "records": rows}))
}

/// Adds a record as it is given, unchecked.
fn insert(world: &World, module: &str, fields: Map<String, Value>) -> Outcome {
    let (now, settings) = (now(world), world.settings());
    let mut org = world.zoho();
    let table = org.table_mut(module).ok_or_else(no_module)?;
    let fields = table.plain(fields);
    let index = table.insert(fields, now);
    world.touch();
    let view = org.view(module, &settings).ok_or_else(no_module)?;
    Ok(view.whole(index))
}

/// Reads, changes or deletes a record by id or number. `unseen` leaves no trace: a change that
/// does not move Modified_Time, a deletion that the list of the deleted does not show; `permanent`
/// deletes from the recycle bin, too; `hidden` is `waiting` for an approval, `converted` or `no`.
fn record(world: &World, call: &Call, module: &str, key: &str) -> Outcome {
    let (now, settings) = (now(world), world.settings());
    let mut org = world.zoho();
    let table = org.table_mut(module).ok_or_else(no_module)?;
    let by_number = key.parse().ok().filter(|index| table.exists(*index));
    let Some(index) = by_number.or_else(|| table.index(key)) else {
        return Err((404, "no such record".to_owned()));
    };
    match call.method {
        Method::GET => {}
        Method::PUT => {
            if let Some(word) = parameter(call, "hidden") {
                let hidden = match word.as_str() {
                    "waiting" => Some(Hidden::Waiting),
                    "converted" => Some(Hidden::Converted),
                    "no" => None,
                    _ => return Err((400, "hidden is waiting, converted or no".to_owned())),
                };
                table.hide(index, hidden);
            }
            let fields = table.plain(read(call)?);
            if switch(call, "unseen") {
                table.update_unseen(index, fields);
            } else {
                table.update(index, fields, now);
            }
            world.touch();
        }
        Method::DELETE => {
            let id = table.id(index);
            if switch(call, "unseen") {
                table.delete_unseen(index);
            } else {
                table.delete(index, now, switch(call, "permanent"));
            }
            world.touch();
            return Ok(json!({"deleted": id}));
        }
        _ => return Err((405, "GET, PUT or DELETE".to_owned())),
    }
    let view = org.view(module, &settings).ok_or_else(no_module)?;
    Ok(view.whole(index))
}

/// Counts the records of each module.
pub(super) fn counts(world: &World) -> Value {
    let org = world.zoho();
    org.tables().map(|table| (table.name().to_owned(), json!(table.count()))).collect()
}

/// Counts, per unique field, the written records that share their value with another one.
pub(super) fn duplicates(world: &World) -> Value {
    let org = world.zoho();
    let all = org.tables().flat_map(|table| {
        let module = table.module();
        let fields = module.map(|module| module.fields.as_slice()).unwrap_or_default();
        fields.iter().filter(|field| field.unique).map(move |field| {
            let name = format!("{}.{}", table.name(), field.name);
            (name, json!(table.doubles(field.name)))
        })
    });
    all.collect()
}

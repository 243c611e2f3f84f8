//! Writes: insert, update, upsert and delete, each row with its own outcome, in the order of the
//! rows.

use {
    super::{
        actor, check,
        error::{flat, object, wrapped},
        module::Module,
        parse_time, subform,
        table::{Table, is_key},
        time_text,
    },
    crate::{
        answer::{Answer, Call, Refusal, ZOHO_JSON},
        world::Settings,
    },
    http::Method,
    serde_json::{Map, Value, json},
    std::{borrow::Cow, collections::BTreeMap},
};

/// Greatest number of rows in a write.
const ROWS_MAX: usize = 100;

/// Returns the cost of a call in credits: one for each ten rows written, otherwise one.
pub(crate) fn cost(call: &Call) -> u64 {
    if !matches!(call.method, Method::POST | Method::PUT) {
        return 1;
    }
    let body: Option<Value> = serde_json::from_slice(&call.body).ok();
    let rows = body.as_ref().and_then(|body| body.get("data")?.as_array().map(Vec::len));
    rows.unwrap_or(1).div_ceil(10).max(1) as u64
}

/// The surroundings of a write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene<'o> {
    pub(crate) settings: &'o Settings,
    /// The records of the other modules.
    pub(crate) others: &'o BTreeMap<String, Table>,
    pub(crate) now: i64,
}

impl Scene<'_> {
    /// Returns the fields of a row that can be stored.
    fn fields(
        self,
        table: &Table,
        module: &Module,
        row: &Map<String, Value>,
        place: usize,
    ) -> Result<Map<String, Value>, Value> {
        let exists = |target: &str, id: &str| {
            let target = if target == module.name { Some(table) } else { self.others.get(target) };
            target.is_none_or(|target| target.index(id).is_some())
        };
        check::fields(module, row, place, self.settings.strict_picklists, &exists)
    }
}

/// The outcome of a row.
enum Outcome {
    Created(Value),
    Updated(Value),
    Deleted(Value),
    Refused(Value),
    /// Changed since the time that the caller named.
    Stale(Value),
}

/// The body of a write.
struct Body {
    rows: Vec<Value>,
    check_fields: Option<Vec<String>>,
    fires_workflow: bool,
}

impl Body {
    fn read(call: &Call) -> Result<Self, Refusal> {
        let missing = || {
            let details = json!({"api_name": "data", "json_path": "$.data"});
            wrapped(400, "MANDATORY_NOT_FOUND", &details, "required field not found")
        };
        let Ok(Value::Object(mut body)) = serde_json::from_slice(&call.body) else {
            let details = json!({"expected_data_type": "jsonobject"});
            return Err(flat(400, "INVALID_DATA", &details, "invalid data").into());
        };
        let rows = match body.remove("data") {
            Some(Value::Array(rows)) if !rows.is_empty() => rows,
            _ => return Err(missing().into()),
        };
        if rows.len() > ROWS_MAX {
            let details = json!({"limit": ROWS_MAX, "api_name": "data", "json_path": "$.data"});
            return Err(wrapped(400, "LIMIT_EXCEEDED", &details, "limit exceeded").into());
        }
        let names = |list: &Value| -> Vec<String> {
            let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
            list.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
        };
        Ok(Self {
            rows,
            check_fields: body.get("duplicate_check_fields").map(names),
            fires_workflow: body
                .get("trigger")
                .and_then(Value::as_array)
                .is_none_or(|list| !list.is_empty()),
        })
    }
}

/// Answers `POST /{module}`.
pub(crate) fn insert(table: &mut Table, scene: Scene<'_>, call: &Call) -> Answer {
    each(table, scene, call, |table, module, row, place, _| {
        insert_row(table, module, scene, row, place)
            .map(|(_, details)| Outcome::Created(success(None, details, "record added")))
    })
}

/// Answers `PUT /{module}` and `PUT /{module}/{id}`.
pub(crate) fn update(table: &mut Table, scene: Scene<'_>, call: &Call, id: Option<&str>) -> Answer {
    let unmodified = call.header("if-unmodified-since").and_then(parse_time);
    each(table, scene, call, |table, module, row, place, _| {
        let path = format!("$.data[{place}].id");
        let own = row.get("id").filter(|id| !id.is_null());
        let Some(id) = id.map(Cow::Borrowed).or_else(|| super::id_of(own?)) else {
            let mut details = json!({"api_name": "id", "json_path": path});
            if own.is_none() {
                return Err(object("MANDATORY_NOT_FOUND", &details, "required field not found"));
            }
            if let Some(members) = details.as_object_mut() {
                members.insert("expected_data_type".to_owned(), json!("bigint"));
            }
            return Err(object("INVALID_DATA", &details, "invalid data"));
        };
        let Some(index) = table.index(&id) else {
            let details = json!({"api_name": "id", "json_path": path, "id": id});
            return Err(object("INVALID_DATA", &details, "the id given seems to be invalid"));
        };
        let modified = table.modified(index);
        if unmodified.is_some_and(|time| modified > time) {
            let details = json!({"Modified_Time": time_text(modified), "id": id});
            let text = "record has been modified already";
            return Ok(Outcome::Stale(object("ALREADY_MODIFIED", &details, text)));
        }
        update_row(table, module, scene, row, place, index)?;
        Ok(Outcome::Updated(success(None, details(table, index), "record updated")))
    })
}

/// Answers `POST /{module}/upsert`.
pub(crate) fn upsert(table: &mut Table, scene: Scene<'_>, call: &Call) -> Answer {
    if let Some(refused) = table.module().and_then(|module| no_key(module, call)) {
        return refused;
    }
    each(table, scene, call, |table, module, row, place, body| {
        let fields = check_order(module, body.check_fields.as_deref());
        let found = fields.into_iter().find_map(|name| {
            let value = row.get(name)?.as_str()?;
            Some((name, table.find(name, value)?))
        });
        let (field, index, action) = match found {
            Some((name, index)) => {
                update_row(table, module, scene, row, place, index)?;
                (json!(name), index, "update")
            }
            None => {
                let (index, _) = insert_row(table, module, scene, row, place)?;
                (Value::Null, index, "insert")
            }
        };
        let created = action == "insert";
        let text = if created { "record added" } else { "record updated" };
        let row = success(Some((field, action)), details(table, index), text);
        Ok(if created { Outcome::Created(row) } else { Outcome::Updated(row) })
    })
}

/// Answers `DELETE /{module}?ids=` and `DELETE /{module}/{id}`.
pub(crate) fn delete(table: &mut Table, scene: Scene<'_>, call: &Call, id: Option<&str>) -> Answer {
    let parameters = call.parameters();
    let listed = parameters.iter().find(|(name, _)| name == "ids").map(|(_, ids)| ids.as_ref());
    let Some(ids) = id.or(listed).filter(|ids| !ids.is_empty()) else {
        let details = json!({"param_name": "ids"});
        return flat(
            400,
            "REQUIRED_PARAM_MISSING",
            &details,
            "One of the expected parameter is missing",
        );
    };
    let ids: Vec<&str> = ids.split(',').map(str::trim).collect();
    if ids.len() > ROWS_MAX {
        let details = json!({"limit": ROWS_MAX, "param_name": "ids"});
        return wrapped(400, "LIMIT_EXCEEDED", &details, "limit exceeded");
    }
    let outcomes = ids.into_iter().map(|id| match table.index(id) {
        Some(index) => {
            table.delete(index, scene.now, false);
            Outcome::Deleted(success(None, json!({"id": id}), "record deleted"))
        }
        None => {
            let text = "the id given seems to be invalid";
            Outcome::Refused(object("INVALID_DATA", &json!({"id": id}), text))
        }
    });
    let outcomes: Vec<Outcome> = outcomes.collect();
    let quiet = parameters.iter().any(|(name, value)| name == "wf_trigger" && value == "false");
    let name = table.module().map_or("", |module| module.name);
    finish(name, outcomes, scene.settings, 200, !quiet)
}

/// Returns the fields of the duplicate check, in order: the system's own, unless a list leaves it
/// out, then the unique ones, those of the list first.
fn check_order<'m>(module: &'m Module, list: Option<&[String]>) -> Vec<&'m str> {
    let mut order = Vec::new();
    if list.is_none_or(|list| list.iter().any(|name| name == module.system_key)) {
        order.push(module.system_key);
    }
    let listed = list.unwrap_or_default().iter().filter_map(|name| module.field(name));
    let rest = module.fields.iter().filter(|field| field.unique);
    for field in listed.chain(rest) {
        // A number that the system assigns is not a key unless it is asked for.
        let own_key = field.name == module.system_key;
        if is_key(module, field.name) && !own_key && !order.contains(&field.name) {
            order.push(field.name);
        }
    }
    order
}

/// Refuses a duplicate check by a field that is neither the system's own nor unique.
fn no_key(module: &Module, call: &Call) -> Option<Answer> {
    let list = Body::read(call).ok()?.check_fields?;
    let place = list.iter().position(|name| !is_key(module, name))?;
    let details = json!({
        "api_name": "duplicate_check_fields",
        "json_path": format!("$.duplicate_check_fields[{place}]"),
    });
    Some(wrapped(400, "INVALID_DATA", &details, "invalid data"))
}

fn insert_row(
    table: &mut Table,
    module: &Module,
    scene: Scene<'_>,
    row: &Map<String, Value>,
    place: usize,
) -> Result<(u32, Value), Value> {
    let mut fields = scene.fields(table, module, row, place)?;
    check::mandatory(module, &fields, place, true)?;
    check::unique(table, module, &fields, place, None)?;
    let strict = scene.settings.strict_picklists;
    subform::merge(table, module, None, &mut fields, place, strict)?;
    let index = table.insert(fields, scene.now);
    let mut details = details(table, index);
    if let Some(members) = details.as_object_mut() {
        members.insert("$approval_state".to_owned(), json!("approved"));
    }
    Ok((index, details))
}

fn update_row(
    table: &mut Table,
    module: &Module,
    scene: Scene<'_>,
    row: &Map<String, Value>,
    place: usize,
    index: u32,
) -> Result<(), Value> {
    let mut fields = scene.fields(table, module, row, place)?;
    check::mandatory(module, &fields, place, false)?;
    check::unique(table, module, &fields, place, Some(index))?;
    let strict = scene.settings.strict_picklists;
    subform::merge(table, module, Some(index), &mut fields, place, strict)?;
    append(table, row, &mut fields, index);
    table.update(index, fields, scene.now);
    Ok(())
}

/// Adds to the choices of a field instead of replacing them, if `$append_values` says so.
fn append(table: &Table, row: &Map<String, Value>, fields: &mut Map<String, Value>, index: u32) {
    let wanted = row.get("$append_values").and_then(Value::as_object);
    let wanted = wanted.into_iter().flatten().filter(|(_, flag)| **flag == json!(true));
    for (name, _) in wanted {
        let (Some(Value::Array(new)), Value::Array(mut all)) =
            (fields.get(name), table.value(index, name))
        else {
            continue;
        };
        let fresh: Vec<Value> = new.iter().filter(|own| !all.contains(own)).cloned().collect();
        all.extend(fresh);
        fields.insert(name.clone(), Value::Array(all));
    }
}

fn details(table: &Table, index: u32) -> Value {
    json!({
        "Modified_Time": time_text(table.modified(index)),
        "Modified_By": actor(),
        "Created_Time": time_text(table.created(index)),
        "id": table.id(index),
        "Created_By": actor(),
    })
}

fn success(upsert: Option<(Value, &str)>, details: Value, text: &str) -> Value {
    let mut row = Map::new();
    row.insert("code".to_owned(), json!("SUCCESS"));
    if let Some((field, action)) = upsert {
        row.insert("duplicate_field".to_owned(), field);
        row.insert("action".to_owned(), json!(action));
    }
    row.insert("details".to_owned(), details);
    row.insert("message".to_owned(), json!(text));
    row.insert("status".to_owned(), json!("success"));
    Value::Object(row)
}

/// Writes the rows of a body one by one.
fn each(
    table: &mut Table,
    scene: Scene<'_>,
    call: &Call,
    mut write: impl FnMut(
        &mut Table,
        &Module,
        &Map<String, Value>,
        usize,
        &Body,
    ) -> Result<Outcome, Value>,
) -> Answer {
    let body = match Body::read(call) {
        Ok(body) => body,
        Err(answer) => return *answer,
    };
    let Some(module) = table.module() else {
        return super::error::bad_url();
    };
    let mut outcomes = Vec::with_capacity(body.rows.len());
    for (place, row) in body.rows.iter().enumerate() {
        let outcome = match row.as_object() {
            Some(row) => write(table, module, row, place, &body),
            None => {
                let path = format!("$.data[{place}]");
                let details = json!({"expected_data_type": "jsonobject", "json_path": path});
                Err(object("INVALID_DATA", &details, "invalid data"))
            }
        };
        outcomes.push(outcome.unwrap_or_else(Outcome::Refused));
    }
    let plain_insert = call.method == Method::POST && !call.path.ends_with("/upsert");
    let good = if plain_insert { 201 } else { 200 };
    finish(module.name, outcomes, scene.settings, good, body.fires_workflow)
}

/// Makes the answer of a write: `good` if all rows succeeded, 207 if some did.
fn finish(
    module: &'static str,
    outcomes: Vec<Outcome>,
    settings: &Settings,
    good: u16,
    fires_workflow: bool,
) -> Answer {
    let total = outcomes.len();
    let (mut created, mut updated, mut deleted, mut stale) = (0, 0, 0, 0);
    let rows: Vec<Value> = outcomes
        .into_iter()
        .map(|outcome| {
            let (count, row) = match outcome {
                Outcome::Created(row) => (&mut created, row),
                Outcome::Updated(row) => (&mut updated, row),
                Outcome::Deleted(row) => (&mut deleted, row),
                Outcome::Stale(row) => (&mut stale, row),
                Outcome::Refused(row) => return row,
            };
            *count += 1;
            row
        })
        .collect();
    let done = created + updated + deleted;
    let status = match done {
        0 if stale == total => 412,
        0 => settings.all_failed_status,
        _ if done == total => good,
        _ => 207,
    };
    let failure = rows.iter().find(|row| row.get("status").is_some_and(|status| status == "error"));
    let code = failure.and_then(|row| row.get("code")?.as_str().map(str::to_owned));
    let mut answer = Answer::json(status, ZOHO_JSON, &json!({"data": rows}));
    answer.note.error = code;
    answer.note.batch = Some(total as u32);
    for (verb, count) in [("created", created), ("updated", updated), ("deleted", deleted)] {
        answer.note.wrote(module, verb, count);
    }
    answer.note.fires_workflow = fires_workflow;
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{data::School, zoho::module::module};
    use bytes::Bytes;
    use http::HeaderMap;

    fn call(path: &str, body: &Value) -> Call {
        Call {
            method: Method::POST,
            path: path.to_owned(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_string()),
        }
    }

    fn scene(settings: &Settings) -> Scene<'_> {
        static NONE: BTreeMap<String, Table> = BTreeMap::new();
        Scene { settings, others: &NONE, now: 1_800_000_000 }
    }

    fn students() -> Option<Table> {
        let school = School { seed: 1, broken_every: 0, students: 10 };
        Some(Table::new(module("BTEC_Students")?, school))
    }

    #[test]
    fn upsert_finds_by_unique_field_then_inserts() {
        let Some(mut table) = students() else { unreachable!() };
        let email = table.value(3, "Academic_Email");
        let rows = json!({"data": [
            {"Academic_Email": email, "City": "Aqaba"},
            {"Academic_Email": "new@college.example", "Last_Name": "New"},
            {"Academic_Email": 5},
        ], "duplicate_check_fields": ["Academic_Email"], "trigger": []});
        let settings = Settings::default();
        let answer = upsert(&mut table, scene(&settings), &call("/x/upsert", &rows));
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        assert_eq!(answer.status, 207);
        assert_eq!(body["data"][0]["action"], "update");
        assert_eq!(body["data"][0]["details"]["id"], table.id(3));
        assert_eq!(body["data"][1]["action"], "insert");
        assert_eq!(body["data"][2]["code"], "INVALID_DATA");
        assert_eq!(table.value(3, "City"), "Aqaba");
        assert_eq!(table.find("Academic_Email", "NEW@college.example"), Some(10));
        assert!(!answer.note.fires_workflow);
    }

    #[test]
    fn check_order_follows_the_list() {
        let Some(students) = module("BTEC_Students") else { unreachable!() };
        assert_eq!(check_order(students, None), ["Name", "Academic_Email"]);
        let list = ["Academic_Email".to_owned()];
        assert_eq!(check_order(students, Some(&list)), ["Academic_Email"]);
    }

    #[test]
    fn a_check_by_what_is_not_unique_is_refused_as_a_whole() {
        let Some(mut table) = students() else { unreachable!() };
        let settings = Settings::default();
        for (name, place) in [("City", 1), ("No_Such_Field", 1), ("Academic_Email", 2)] {
            let rows = json!({
                "data": [{"Academic_Email": "new@college.example"}],
                "duplicate_check_fields": ["Academic_Email", name, "Phone_Number"],
            });
            let answer = upsert(&mut table, scene(&settings), &call("/x/upsert", &rows));
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            assert_eq!((answer.status, &body["data"][0]["code"]), (400, &json!("INVALID_DATA")));
            let path = format!("$.duplicate_check_fields[{place}]");
            assert_eq!(body["data"][0]["details"]["json_path"], path.as_str());
            assert_eq!(table.find("Academic_Email", "new@college.example"), None);
        }
    }

    #[test]
    fn ids_may_be_numbers() {
        let Some(mut table) = students() else { unreachable!() };
        let settings = Settings::default();
        let number: u64 = table.id(3).parse().unwrap_or_default();
        let program: u64 = 4_150_868_002_000_000_001;
        let rows = json!({"data": [
            {"id": number, "City": "Aqaba", "Program": {"id": program}, "Classes": [program]},
            {"id": -1}, {"id": 1.5}, {"City": "Irbid"},
        ], "trigger": []});
        let answer = update(&mut table, scene(&settings), &call("/x", &rows), None);
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        assert_eq!(body["data"][0]["details"]["id"], table.id(3), "{body}");
        assert_eq!(table.value(3, "Program"), program.to_string());
        assert_eq!(table.value(3, "Classes"), json!([program.to_string()]));
        let codes: Vec<&Value> = (1..4).map(|row| &body["data"][row]["code"]).collect();
        assert_eq!(codes, ["INVALID_DATA", "INVALID_DATA", "MANDATORY_NOT_FOUND"]);
    }

    #[test]
    fn insert_of_a_taken_key_is_refused() {
        let Some(mut table) = students() else { unreachable!() };
        let rows = json!({"data": [{"Academic_Email": table.value(3, "Academic_Email")}]});
        let settings = Settings::default();
        let answer = insert(&mut table, scene(&settings), &call("/x", &rows));
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        assert_eq!(answer.status, 400);
        assert_eq!(body["data"][0]["details"]["duplicate_record"]["id"], table.id(3));
    }
}

//! Bulk reads: jobs that are created, queried, and fetched as a ZIP file with a CSV file in it.

use {
    super::{
        actor,
        criteria::{Column, Condition, Operator},
        error,
        left_out::{Place, is_left_out},
        module::{Module, module},
        read::View,
        shown::Shown,
        table::Sort,
        time_text,
        token::hex,
        zip::Zip,
    },
    crate::{
        answer::{Answer, Call, Chunks, Refusal, ZOHO_JSON},
        data::record_id,
        world::{Settings, World},
    },
    http::Method,
    serde_json::{Map, Value, json},
    std::{
        collections::{BTreeMap, VecDeque},
        sync::Arc,
    },
};

/// Position of the jobs among the modules, for their ids.
const JOBS: u64 = 90;
/// Seconds that a result is kept.
const KEPT: i64 = 86_400;
/// Window of the limit of downloads, in seconds.
const WINDOW: i64 = 60;
/// Rows written at a time.
const ROWS_AT_A_TIME: usize = 500;
/// Greatest nesting of groups in a criterion.
const DEPTH_MAX: usize = 10;

/// A job.
#[derive(Debug)]
struct Job {
    module: &'static Module,
    columns: Arc<[(String, Column)]>,
    condition: Option<Condition>,
    page: u32,
    created: i64,
    polls: u32,
    /// When it was done, its rows, and whether there are more after them.
    done: Option<(i64, Arc<[u32]>, bool)>,
}

/// All jobs; they are not stored in the state file.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    all: BTreeMap<String, Job>,
    downloads: VecDeque<i64>,
}

/// Answers a call below `/crm/bulk/v8/`.
pub(crate) fn handle(
    world: &Arc<World>,
    settings: &Settings,
    call: &Call,
    path: &str,
    now: i64,
) -> Answer {
    let parts: Vec<&str> = path.split('/').collect();
    let answer = match (&call.method, parts.as_slice()) {
        (&Method::POST, ["read"]) => create(world, settings, call, now),
        (&Method::GET, ["read", id]) => Ok(state(world, settings, id, now)),
        (&Method::GET, ["read", id, "result"]) => Ok(result(world, settings, id, now)),
        (_, ["read", ..]) => Ok(error::bad_method()),
        _ => Ok(error::bad_url()),
    };
    answer.unwrap_or_else(|answer| *answer)
}

fn wrong(name: &str) -> Refusal {
    let details = json!({"api_name": name, "json_path": format!("$.query.{name}")});
    error::flat(400, "INVALID_DATA", &details, "invalid data").into()
}

fn create(
    world: &Arc<World>,
    settings: &Settings,
    call: &Call,
    now: i64,
) -> Result<Answer, Refusal> {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let query = body.get("query").and_then(Value::as_object).ok_or_else(|| {
        let details = json!({"api_name": "query", "json_path": "$.query"});
        error::flat(400, "MANDATORY_NOT_FOUND", &details, "required field not found")
    })?;
    if body.get("file_type").is_some_and(|kind| kind != "csv") {
        return Err(wrong("file_type"));
    }
    let name = query.get("module").and_then(|own| own.get("api_name")?.as_str());
    let found = name.and_then(module).filter(|module| !module.subform);
    let module = found.ok_or_else(|| {
        let text = "the module name given seems to be invalid";
        error::flat(400, "INVALID_MODULE", &json!({"api_name": "module"}), text)
    })?;
    let mut columns = columns(module, query.get("fields"))?;
    let is_hidden = |place, name: &str| is_left_out(settings, place, module.name, name);
    let by_name = query.get("fields").is_some_and(Value::is_array);
    if by_name && columns.iter().any(|(name, _)| is_hidden(Place::Metadata, name)) {
        return Err(wrong("fields"));
    }
    columns.retain(|(name, _)| !is_hidden(Place::Bulk, name) && !is_hidden(Place::Metadata, name));
    let condition = match query.get("criteria") {
        None | Some(Value::Null) => None,
        Some(criteria) => Some(condition(module, criteria, 0).ok_or_else(|| wrong("criteria"))?),
    };
    let by_token = query.get("page_token").and_then(Value::as_str);
    let page = match (query.get("page"), by_token) {
        (Some(Value::Number(_)), Some(_)) => return Err(wrong("page_token")),
        (_, Some(token)) => read_token(module, token).ok_or_else(|| wrong("page_token"))?,
        (None | Some(Value::Null), None) => 1,
        (Some(page), None) => {
            let page = page.as_u64().and_then(|page| u32::try_from(page).ok());
            page.filter(|page| *page > 0).ok_or_else(|| wrong("page"))?
        }
    };
    let columns = columns.into();
    let job = Job { module, columns, condition, page, created: now, polls: 0, done: None };
    let mut org = world.zoho();
    let jobs = &mut org.jobs.all;
    let id = record_id(JOBS, jobs.len() as u64 + 1);
    let details = json!({
        "id": id,
        "operation": "read",
        "state": "ADDED",
        "created_by": actor(),
        "created_time": time_text(now),
    });
    jobs.insert(id, job);
    let row = json!({
        "status": "success",
        "code": "ADDED_SUCCESSFULLY",
        "message": "Added successfully.",
        "details": details,
    });
    Ok(Answer::json(201, ZOHO_JSON, &json!({"data": [row], "info": {}})))
}

/// Returns the columns of the file; the id comes first and always.
fn columns(
    module: &'static Module,
    names: Option<&Value>,
) -> Result<Vec<(String, Column)>, Refusal> {
    let mut columns = vec![("id".to_owned(), Column::Id)];
    match names {
        None | Some(Value::Null) => {
            let plain = module.fields.iter().filter(|field| !field.single_reads_only());
            columns.extend(plain.map(|field| (field.name.to_owned(), Column::Field(field))));
        }
        Some(Value::Array(names)) => {
            for name in names {
                let name = name.as_str().ok_or_else(|| wrong("fields"))?;
                if name != "id" {
                    let column = Column::find(module, name).ok_or_else(|| wrong("fields"))?;
                    columns.push((name.to_owned(), column));
                }
            }
        }
        Some(_) => return Err(wrong("fields")),
    }
    Ok(columns)
}

/// Reads a criterion or a group of them.
fn condition(module: &'static Module, criteria: &Value, depth: usize) -> Option<Condition> {
    if depth > DEPTH_MAX {
        return None;
    }
    if let Some(group) = criteria.get("group").and_then(Value::as_array) {
        let parts: Option<Vec<Condition>> =
            group.iter().map(|part| condition(module, part, depth + 1)).collect();
        let any = criteria.get("group_operator")?.as_str()?.eq_ignore_ascii_case("or");
        return Some(if any { Condition::Any(parts?) } else { Condition::All(parts?) });
    }
    let name = match criteria.get("field") {
        Some(field) => field.get("api_name")?.as_str()?,
        None => criteria.get("api_name")?.as_str()?,
    };
    let column = Column::find(module, name)?;
    let value = criteria.get("value")?;
    let (operator, pattern) = match criteria.get("comparator")?.as_str()? {
        "equal" if value == "${EMPTY}" => (Operator::IsNull, None),
        "not_equal" if value == "${EMPTY}" => (Operator::IsNotNull, None),
        "equal" => (Operator::Equal, None),
        "not_equal" => (Operator::NotEqual, None),
        "greater_than" => (Operator::Greater, None),
        "greater_equal" => (Operator::GreaterOrEqual, None),
        "less_than" => (Operator::Less, None),
        "less_equal" => (Operator::LessOrEqual, None),
        "in" => (Operator::In, None),
        "not_in" => (Operator::NotIn, None),
        "between" => (Operator::Between, None),
        "contains" => (Operator::Like, Some(format!("%{}%", value.as_str()?))),
        "starts_with" => (Operator::Like, Some(format!("{}%", value.as_str()?))),
        "ends_with" => (Operator::Like, Some(format!("%{}", value.as_str()?))),
        _ => return None,
    };
    let values: Vec<Value> = match (pattern, value) {
        (Some(pattern), _) => vec![json!(pattern)],
        (None, Value::Array(values)) => values.clone(),
        (None, value) if value.get("id").is_some() => vec![value.get("id")?.clone()],
        (None, value) => vec![value.clone()],
    };
    let nothing = matches!(operator, Operator::IsNull | Operator::IsNotNull);
    let values: Option<Vec<_>> = if nothing {
        Some(Vec::new())
    } else {
        values.iter().map(|value| column.literal(value)).collect()
    };
    Some(Condition::Test { column, operator, values: values? })
}

/// Writes the token that leads to a page.
fn write_token(module: &Module, page: u32) -> String {
    hex(format!("{}:{page}", module.name).as_bytes())
}

fn read_token(module: &Module, token: &str) -> Option<u32> {
    // Only a few pages are ever read; each has one token.
    (2..=1_000).find(|page| write_token(module, *page) == token)
}

fn unknown() -> Answer {
    let details = json!({"resource": "read"});
    error::flat(404, "RESOURCE_NOT_FOUND", &details, "the given resource is not found")
}

/// Answers with the state of a job: each query moves it one step on.
fn state(world: &Arc<World>, settings: &Settings, id: &str, now: i64) -> Answer {
    let mut org = world.zoho();
    let Some(job) = org.jobs.all.get_mut(id).filter(|job| !is_gone(job, now)) else {
        return unknown();
    };
    job.polls = job.polls.saturating_add(1);
    let is_done = job.polls > settings.bulk_polls;
    let failure = settings.bulk_failure.as_str();
    let state = match job.polls {
        _ if is_done && failure.is_empty() => "COMPLETED",
        _ if is_done => failure,
        1 => "ADDED",
        2 => "QUEUED",
        _ => "IN PROGRESS",
    }
    .to_owned();
    if state == "COMPLETED" && job.done.is_none() {
        complete(&mut org, settings, id, now);
    }
    let Some(job) = org.jobs.all.get(id) else { return unknown() };
    let mut row = json!({
        "id": id,
        "operation": "read",
        "state": state,
        "query": {
            "module": {"api_name": job.module.name},
            "fields": job.columns.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "page": job.page,
        },
        "created_by": actor(),
        "created_time": time_text(job.created),
        "file_type": "csv",
    });
    if let (Some((_, rows, more)), Some(members)) = (&job.done, row.as_object_mut()) {
        let mut result = Map::new();
        result.insert("page".to_owned(), json!(job.page));
        result.insert("per_page".to_owned(), json!(settings.bulk_rows));
        result.insert("count".to_owned(), json!(rows.len()));
        let place = format!("/crm/bulk/v8/read/{id}/result");
        result.insert("download_url".to_owned(), json!(place));
        result.insert("more_records".to_owned(), json!(more));
        if *more {
            let token = write_token(job.module, job.page + 1);
            result.insert("next_page_token".to_owned(), json!(token));
        }
        members.insert("result".to_owned(), Value::Object(result));
    }
    Answer::json(200, ZOHO_JSON, &json!({"data": [row]}))
}

/// Finds the rows of a job.
fn complete(org: &mut super::Org, settings: &Settings, id: &str, now: i64) {
    let Some(job) = org.jobs.all.get(id) else { return };
    let Some(view) = org.view(job.module.name, settings) else { return };
    let sort = Sort { by_modified: false, descending: false };
    let per_page = settings.bulk_rows.max(1);
    let holds =
        |index: &u32| job.condition.as_ref().is_none_or(|condition| condition.holds(view, *index));
    let skipped = per_page.saturating_mul(job.page as usize - 1);
    let shown = |index: &u32| Shown::default().has(view.table, *index);
    let all = view.table.scan(sort, None, None).filter(holds).filter(shown);
    let mut rows: Vec<u32> = all.skip(skipped).take(per_page.saturating_add(1)).collect();
    let more = rows.len() > per_page;
    rows.truncate(per_page);
    let done = Some((now, rows.into(), more));
    if let Some(job) = org.jobs.all.get_mut(id) {
        job.done = done;
    }
}

fn is_gone(job: &Job, now: i64) -> bool {
    job.done.as_ref().is_some_and(|(done, ..)| *done + KEPT <= now)
}

/// Answers with the file of a job.
fn result(world: &Arc<World>, settings: &Settings, id: &str, now: i64) -> Answer {
    let mut org = world.zoho();
    let jobs = &mut org.jobs;
    let job = jobs.all.get(id).filter(|job| !is_gone(job, now));
    let Some((job, (_, rows, _))) = job.and_then(|job| Some((job, job.done.as_ref()?))) else {
        return unknown();
    };
    while jobs.downloads.front().is_some_and(|time| *time <= now - WINDOW) {
        jobs.downloads.pop_front();
    }
    if settings.bulk_downloads > 0 && jobs.downloads.len() >= settings.bulk_downloads {
        return error::throttled();
    }
    jobs.downloads.push_back(now);
    let (module, columns, rows) = (job.module.name, Arc::clone(&job.columns), Arc::clone(rows));
    drop(org);
    let (world, settings) = (Arc::clone(world), settings.clone());
    let names: Vec<String> = columns.iter().map(|(name, _)| cell(name)).collect();
    let head = std::iter::once(format!("{}\n", names.join(",")).into_bytes());
    let parts = (0..rows.len().div_ceil(ROWS_AT_A_TIME)).map(move |part| {
        let org = world.zoho();
        let Some(view) = org.view(module, &settings) else { return Vec::new() };
        let rows = rows.iter().skip(part * ROWS_AT_A_TIME).take(ROWS_AT_A_TIME);
        rows.map(|index| line(view, *index, &columns)).collect::<String>().into_bytes()
    });
    let chunks = Chunks(Box::new(Zip::new(format!("{id}.csv"), head.chain(parts))));
    let name = format!("attachment;filename={id}.zip");
    Answer {
        status: 200,
        content_type: "application/zip",
        headers: vec![("content-disposition", name)],
        chunks: Some(chunks),
        ..Answer::default()
    }
}

fn line(view: View<'_>, index: u32, columns: &[(String, Column)]) -> String {
    let cells: Vec<String> = columns
        .iter()
        .map(|(_, column)| match column.stored(view, index) {
            Value::Null => String::new(),
            Value::String(text) => cell(&text),
            // Several choices of one field stand in one cell.
            Value::Array(choices) => {
                let choices: Vec<&str> = choices.iter().filter_map(Value::as_str).collect();
                cell(&choices.join(";"))
            }
            other => cell(&other.to_string()),
        })
        .collect();
    format!("{}\n", cells.join(","))
}

/// Writes a cell, in quotes if necessary.
fn cell(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_when_they_have_to_be() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("say \"x\"\n"), "\"say \"\"x\"\"\n\"");
    }

    #[test]
    fn tokens_belong_to_a_module() {
        let modules = (module("BTEC_Students"), module("Products"));
        let (Some(students), Some(products)) = modules else { unreachable!() };
        let token = write_token(students, 3);
        assert_eq!(read_token(students, &token), Some(3));
        assert_eq!(read_token(products, &token), None);
    }

    #[test]
    fn criteria_are_read() {
        let Some(students) = module("BTEC_Students") else { unreachable!() };
        let group = json!({"group_operator": "or", "group": [
            {"field": {"api_name": "Status"}, "comparator": "in", "value": ["Active", "Freezed"]},
            {"field": {"api_name": "Email"}, "comparator": "equal", "value": "${EMPTY}"},
        ]});
        assert_eq!(condition(students, &group, 0).map(|own| own.size()), Some(2));
        for bad in [
            json!({"field": {"api_name": "Nothing"}, "comparator": "equal", "value": "x"}),
            json!({"field": {"api_name": "Status"}, "comparator": "resembles", "value": "x"}),
            json!({"group": []}),
        ] {
            assert!(condition(students, &bad, 0).is_none(), "{bad}");
        }
    }
}

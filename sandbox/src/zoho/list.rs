//! Lists: records of a module page by page, and the deleted ones.

use {
    super::{
        actor,
        cursor::{Cursor, binding},
        error, is_id,
        left_out::{Place as Of, strip},
        parse_time,
        read::{View, named},
        shown::Shown,
        table::{Place, Sort, Table},
        time_text,
    },
    crate::{
        answer::{Answer, Call, Refusal, ZOHO_JSON},
        fault::Kind,
        world::Settings,
    },
    serde_json::{Value, json},
    std::{borrow::Cow, collections::HashMap},
};

/// Greatest number of rows on a page.
const PAGE_MAX: u32 = 200;
/// Records that page numbers can reach.
const DISCRETE_MAX: u32 = 2_000;
/// Ids that one read may ask for.
const IDS_MAX: usize = 100;

/// The checked parameters of a list call.
struct Query<'c> {
    parameters: HashMap<Cow<'c, str>, Cow<'c, str>>,
    since: Option<i64>,
    per_page: u32,
    sort: Sort,
    shown: Shown,
    bound: u64,
}

impl Query<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(AsRef::as_ref)
    }

    fn number(&self, name: &str, usual: u32) -> Result<u32, Refusal> {
        match self.get(name) {
            None => Ok(usual),
            Some(text) => {
                let number = text.parse().ok().filter(|number| *number > 0);
                number.ok_or_else(|| error::bad_parameter(name).into())
            }
        }
    }

    fn read<'c>(call: &'c Call) -> Result<Query<'c>, Refusal> {
        let mut query = Query {
            parameters: call.parameters().into_iter().collect(),
            since: None,
            per_page: PAGE_MAX,
            sort: Sort { by_modified: false, descending: true },
            shown: Shown::default(),
            bound: 0,
        };
        if let Some(text) = call.header("if-modified-since") {
            let pattern = || {
                error::flat(
                    400,
                    "PATTERN_NOT_MATCHED",
                    &json!({"param_name": "If-Modified-Since"}),
                    "Please check whether the input values are correct",
                )
            };
            query.since = Some(parse_time(text).ok_or_else(pattern)?);
        }
        query.per_page = query.number("per_page", PAGE_MAX)?;
        if query.per_page > PAGE_MAX {
            return Err(error::bad_parameter("per_page").into());
        }
        query.sort.by_modified = match query.get("sort_by") {
            None | Some("id" | "Created_Time") => false,
            Some("Modified_Time") => true,
            Some(_) => {
                let values = ["id", "Created_Time", "Modified_Time"];
                let details = json!({"param_name": "sort_by", "supported_values": values});
                return Err(error::flat(400, "INVALID_DATA", &details, "invalid data").into());
            }
        };
        query.sort.descending = match query.get("sort_order") {
            None | Some("desc") => true,
            Some("asc") => false,
            Some(_) => {
                let details =
                    json!({"param_name": "sort_order", "supported_values": ["asc", "desc"]});
                return Err(error::flat(400, "INVALID_DATA", &details, "invalid data").into());
            }
        };
        if query.get("cvid").is_some() && query.get("sort_by").is_some() {
            return Err(ambiguous("cvid", "sort_by").into());
        }
        let parameters = query.parameters.iter().map(|(name, value)| (&**name, &**value));
        query.bound = binding(parameters, call.header("if-modified-since"));
        Ok(query)
    }
}

fn ambiguous(one: &str, other: &str) -> Answer {
    let details = json!({"ambiguity_due_to": [{"param_name": one}, {"param_name": other}]});
    error::flat(
        400,
        "AMBIGUITY_DURING_PROCESSING",
        &details,
        "Ambiguity while processing the request",
    )
}

/// Answers `GET /{module}`.
pub(crate) fn list(view: View<'_>, settings: &Settings, call: &Call, now: i64) -> Answer {
    page(view, settings, call, now).unwrap_or_else(|answer| *answer)
}

fn page(view: View<'_>, settings: &Settings, call: &Call, now: i64) -> Result<Answer, Refusal> {
    let table = view.table;
    let mut query = Query::read(call)?;
    query.shown = Shown::read(settings, |name| query.get(name))?;
    let Some(module) = table.module() else {
        return Err(error::bad_url().into());
    };
    let names = query.get("fields").unwrap_or_default();
    if names.is_empty() {
        let details = json!({"param_name": "fields"});
        let text = "One of the expected parameter is missing";
        return Err(error::flat(400, "REQUIRED_PARAM_MISSING", &details, text).into());
    }
    short_enough(settings, "fields", names)?;
    let mut fields = named(module, names)?;
    fields.retain(|field| !field.single_reads_only());
    let cursor = start(&query, settings, now)?;
    let (rows, more) = match query.get("ids") {
        Some(ids) => {
            short_enough(settings, "ids", ids)?;
            (by_ids(table, &query, ids)?, false)
        }
        None => find(table, &query, &cursor, settings.position_tokens),
    };
    if rows.is_empty() {
        let unchanged = query.since.is_some() && cursor.served == 0;
        let status = if unchanged { settings.not_modified_status } else { 204 };
        return Ok(Answer::empty(status, ""));
    }
    let served = cursor.served + rows.len() as u32;
    let last = rows.last().map(|index| (table.modified(*index), *index));
    let expires = now + settings.page_token_ttl_s;
    let bound = query.bound;
    let next = more.then(|| {
        let (page, before) = (cursor.page + 1, cursor.after);
        Cursor { page, after: last, before, served, expires, bound }.encode()
    });
    let previous = (cursor.page > 1).then(|| {
        let served = cursor.served.saturating_sub(query.per_page);
        let (page, after) = (cursor.page - 1, cursor.before);
        Cursor { page, after, before: None, served, expires, bound }.encode()
    });
    let of = match (query.get("ids"), query.since) {
        (Some(_), _) => Of::Ids,
        (None, Some(_)) => Of::Changes,
        (None, None) => Of::List,
    };
    let row = |index: &u32| strip(settings, of, table, *index, view.record(*index, &fields));
    let data: Vec<Value> = rows.iter().map(row).collect();
    let info = json!({
        "call": false,
        "per_page": query.per_page,
        "next_page_token": next,
        "count": data.len(),
        "sort_by": query.get("sort_by").unwrap_or("id"),
        "page": cursor.page,
        "previous_page_token": previous,
        "page_token_expiry": (next.is_some() || previous.is_some()).then(|| time_text(expires)),
        "sort_order": if query.sort.descending { "desc" } else { "asc" },
        "email": false,
        "more_records": more,
    });
    Ok(Answer::json(200, ZOHO_JSON, &json!({"data": data, "info": info})))
}

/// Changes the page of a list as a fault demands.
pub(crate) fn bend(answer: &mut Answer, call: &Call, settings: &Settings, kind: Kind, now: i64) {
    let Ok(mut page) = serde_json::from_slice::<Value>(&answer.body) else { return };
    let Some(info) = page.get_mut("info").and_then(Value::as_object_mut) else { return };
    match kind {
        Kind::EarlyEnd => {
            info.insert("more_records".to_owned(), json!(false));
            info.insert("next_page_token".to_owned(), Value::Null);
        }
        Kind::EndlessPages if info.get("more_records") == Some(&json!(false)) => {
            let parameters = call.parameters();
            let token = parameters.iter().find(|(name, _)| name == "page_token");
            // The next page is this same page.
            let token = token.map(|(_, token)| token.to_string()).unwrap_or_else(|| {
                let pairs = parameters.iter().map(|(name, value)| (&**name, &**value));
                let bound = binding(pairs, call.header("if-modified-since"));
                let expires = now + settings.page_token_ttl_s;
                Cursor { page: 2, after: None, before: None, served: 0, expires, bound }.encode()
            });
            info.insert("more_records".to_owned(), json!(true));
            info.insert("next_page_token".to_owned(), json!(token));
        }
        Kind::ShortPage => {
            if let Some(rows) = page.get_mut("data").and_then(Value::as_array_mut) {
                rows.truncate(rows.len() / 2);
            }
        }
        _ => return,
    }
    answer.body = page.to_string().into_bytes();
}

/// Returns where the page begins, by token or by number.
fn start(query: &Query<'_>, settings: &Settings, now: i64) -> Result<Cursor, Refusal> {
    let Some(token) = query.get("page_token") else {
        let page = query.number("page", 1)?;
        if page.saturating_mul(query.per_page) > DISCRETE_MAX || page > 10 {
            let details = json!({"limit": DISCRETE_MAX});
            let text = "You can only get the first 2000 records without using page_token param";
            return Err(
                error::flat(400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", &details, text).into()
            );
        }
        let (after, before, bound) = (None, None, query.bound);
        let served = (page - 1) * query.per_page;
        return Ok(Cursor { page, after, before, served, expires: now, bound });
    };
    if query.get("page").is_some() {
        return Err(ambiguous("page", "page_token").into());
    }
    let cursor = Cursor::decode(token).ok_or_else(|| error::bad_parameter("page_token"))?;
    if cursor.bound != query.bound {
        let details = json!({"param_name": "page_token"});
        let text = "page_token is bound to the parameters of the first request";
        return Err(error::flat(400, "TOKEN_BOUND_DATA_MISMATCH", &details, text).into());
    }
    if cursor.expires <= now {
        return Err(error::expired_page_token().into());
    }
    let reach = settings.page_token_reach;
    if cursor.served >= reach {
        let details = json!({"param_name": "page_token"});
        let text = format!("Only the first {reach} records can be fetched by page_token");
        return Err(error::flat(400, "PAGINATION_LIMIT_EXCEEDED", &details, &text).into());
    }
    Ok(cursor)
}

/// Refuses a parameter with more characters than one may have.
fn short_enough(settings: &Settings, name: &str, text: &str) -> Result<(), Refusal> {
    let limit = settings.parameter_chars;
    if limit == 0 || text.len() <= limit {
        return Ok(());
    }
    let details = json!({"maximum_length": limit, "param_name": name});
    Err(error::flat(400, "INVALID_DATA", &details, "invalid data").into())
}

/// Returns the records of a page and whether there are more after it.
fn find(table: &Table, query: &Query<'_>, cursor: &Cursor, by_position: bool) -> (Vec<u32>, bool) {
    let by_position = by_position || query.get("page_token").is_none();
    let skipped = if by_position { cursor.served as usize } else { 0 };
    let after = cursor.after.filter(|_| !by_position);
    let mut rows: Vec<u32> = table
        .scan(query.sort, after, query.since)
        .filter(|index| query.shown.has(table, *index))
        .skip(skipped)
        .take(query.per_page as usize + 1)
        .collect();
    let more = rows.len() > query.per_page as usize;
    rows.truncate(query.per_page as usize);
    (rows, more)
}

fn by_ids(table: &Table, query: &Query<'_>, ids: &str) -> Result<Vec<u32>, Refusal> {
    let ids: Vec<&str> = ids.split(',').map(str::trim).collect();
    if ids.len() > IDS_MAX {
        let details = json!({"limit": IDS_MAX, "param_name": "ids"});
        return Err(error::flat(400, "LIMIT_EXCEEDED", &details, "limit exceeded").into());
    }
    if !ids.iter().all(|id| is_id(id)) {
        return Err(error::bad_parameter("ids").into());
    }
    let mut rows: Vec<u32> = ids.iter().filter_map(|id| table.index(id)).collect();
    rows.retain(|index| query.since.is_none_or(|since| table.modified(*index) > since));
    rows.retain(|index| query.shown.has(table, *index));
    let key = |index: &u32| -> Place {
        (if query.sort.by_modified { table.modified(*index) } else { 0 }, *index)
    };
    rows.sort_unstable_by_key(key);
    rows.dedup();
    if query.sort.descending {
        rows.reverse();
    }
    Ok(rows)
}

/// Answers `GET /{module}/deleted`, the last deleted first; its errors are rows of `data`.
pub(crate) fn deleted(table: &Table, call: &Call) -> Answer {
    let parameters: HashMap<_, _> = call.parameters().into_iter().collect();
    let wrong = |name: &str| {
        error::wrapped(400, "INVALID_DATA", &json!({"param_name": name}), "invalid data")
    };
    let number = |name: &str, usual: usize| match parameters.get(name) {
        None => Some(usual),
        Some(text) => text.parse::<usize>().ok().filter(|number| (1..=200).contains(number)),
    };
    let Some(page) = number("page", 1) else {
        return wrong("page");
    };
    let Some(per_page) = number("per_page", 200) else {
        return wrong("per_page");
    };
    let since = match call.header("if-modified-since").map(parse_time) {
        Some(None) => return wrong("If-Modified-Since"),
        other => other.flatten(),
    };
    let permanent = match parameters.get("type").map(AsRef::as_ref) {
        None | Some("all") => None,
        Some("recycle") => Some(false),
        Some("permanent") => Some(true),
        Some(_) => return wrong("type"),
    };
    let graves = table.graves.iter().rev();
    let wanted = graves.filter(|grave| {
        permanent.is_none_or(|kind| grave.permanent == kind)
            && since.is_none_or(|since| grave.time > since)
    });
    let mut rows: Vec<Value> = wanted
        .skip((page - 1) * per_page)
        .take(per_page + 1)
        .map(|grave| {
            json!({
                "deleted_by": actor(),
                "id": table.id(grave.index),
                "display_name": grave.display_name,
                "type": if grave.permanent { "permanent" } else { "recycle" },
                "created_by": actor(),
                "deleted_time": time_text(grave.time),
            })
        })
        .collect();
    if rows.is_empty() {
        return Answer::empty(204, "");
    }
    let more = rows.len() > per_page;
    rows.truncate(per_page);
    let count = rows.len();
    let info = json!({"per_page": per_page, "count": count, "page": page, "more_records": more});
    Answer::json(200, ZOHO_JSON, &json!({"data": rows, "info": info}))
}

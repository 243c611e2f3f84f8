//! `POST /coql`: the part of the query language that a sync needs. The grammar is in `query.rs`.

use {
    super::{
        criteria::{Column, Scalar},
        error,
        left_out::{Place, strip},
        module::Module,
        query::{Order, Query, parse},
        read::View,
        shown::Shown,
        table::{Sort, Table},
    },
    crate::{
        answer::{Answer, Call, Refusal, ZOHO_JSON},
        world::Settings,
    },
    serde_json::{Map, Value, json},
    std::{
        cmp::Ordering,
        collections::{BTreeMap, HashSet},
    },
};

/// Greatest number of columns in a query.
const SELECT_MAX: usize = 500;
/// Greatest number of columns that a query is sorted by.
const ORDER_MAX: usize = 10;
/// Greatest number of values in an `in` list.
const IN_MAX: usize = 100;
/// Greatest number of comparisons in a query.
const CRITERIA_MAX: usize = 25;
/// Greatest number of rows that a query may ask for.
const LIMIT_MAX: usize = 2_000;
/// Greatest number of rows that an offset can reach.
const DEPTH_MAX: usize = 100_000;

/// Returns the cost of a query in credits, which depends on the number of rows asked for.
pub(crate) fn cost(call: &Call) -> u64 {
    let body: Option<Value> = serde_json::from_slice(&call.body).ok();
    let text = body.as_ref().and_then(|body| body.get("select_query")?.as_str());
    match text.and_then(|text| parse(text).ok()).map_or(0, |query| query.limit) {
        0..=200 => 1,
        201..=1_000 => 2,
        _ => 3,
    }
}

/// Answers a query.
pub(crate) fn answer(tables: &BTreeMap<String, Table>, settings: &Settings, call: &Call) -> Answer {
    rows(tables, settings, call).unwrap_or_else(|answer| *answer)
}

fn limit(name: &str, limit: usize) -> Refusal {
    let details = json!({"limit": limit, "clause": name});
    error::flat(400, "LIMIT_EXCEEDED", &details, "limit exceeded").into()
}

/// The query names an unknown column, or compares values that cannot be compared.
fn invalid(details: &Value) -> Refusal {
    error::flat(400, "INVALID_QUERY", details, "invalid query formed").into()
}

fn rows(
    tables: &BTreeMap<String, Table>,
    settings: &Settings,
    call: &Call,
) -> Result<Answer, Refusal> {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let Some(text) = body.get("select_query").and_then(Value::as_str) else {
        let details = json!({"api_name": "select_query"});
        let text = "required field not found";
        return Err(error::flat(400, "MANDATORY_NOT_FOUND", &details, text).into());
    };
    let query = parse(text).map_err(|details| {
        let text = "error occurred while parsing the query";
        Refusal::from(error::flat(400, "SYNTAX_ERROR", &details, text))
    })?;
    let table = tables.get(&query.module);
    let Some((table, module)) = table.and_then(|table| Some((table, table.module()?))) else {
        let text = "the module name given seems to be invalid";
        return Err(error::flat(400, "INVALID_MODULE", &json!({}), text).into());
    };
    let view = View::new(table, tables, settings);
    if query.select.len() > SELECT_MAX {
        return Err(limit("select", SELECT_MAX));
    }
    let columns = columns(module, &query)?;
    let condition = query.condition.resolve(&|name, operator, values| {
        if values.len() > IN_MAX {
            return Err(limit("where", IN_MAX));
        }
        let column = Column::find(module, name)
            .ok_or_else(|| invalid(&json!({"column_name": name, "reason": "unknown column"})))?;
        let literals: Option<Vec<Scalar>> =
            values.iter().map(|value| column.literal(value)).collect();
        let operator_name = format!("{operator:?}").to_lowercase();
        let details = json!({"column_name": name, "operator": operator_name, "reason": "value"});
        Ok((column, literals.ok_or_else(|| invalid(&details))?))
    })?;
    if condition.size() > CRITERIA_MAX {
        return Err(limit("where", CRITERIA_MAX));
    }
    if query.limit > LIMIT_MAX {
        return Err(limit("limit", LIMIT_MAX));
    }
    if query.offset + query.limit > DEPTH_MAX {
        return Err(limit("offset", DEPTH_MAX));
    }
    let order = order(module, &query)?;
    let most = query.limit.min(settings.coql_rows_max);
    let floor = condition.floor(|column| matches!(column, Column::Id));
    let since = condition
        .floor(|column| matches!(column, Column::Field(field) if field.name == "Modified_Time"));
    let after = floor.and_then(|id| table.last_up_to(id));
    let ceiling = condition.ceiling(|column| matches!(column, Column::Id));
    let end = ceiling.and_then(|id| table.last_up_to(id));
    let shown = Shown::default();
    let holds = |index: &u32| condition.holds(view, *index) && shown.has(table, *index);
    let found: Vec<u32> = match natural(&order) {
        Some(sort) => {
            // Sorted by time, only the time bounds the scan; sorted by id, only the id does.
            let place = after.filter(|_| !sort.by_modified && !sort.descending);
            let all = table.scan(sort, place.map(|index| (0, index)), since);
            let end = end.filter(|_| !sort.by_modified && !sort.descending);
            let all = all.take_while(|index| end.is_none_or(|end| *index <= end));
            all.filter(holds).skip(query.offset).take(most + 1).collect()
        }
        None => {
            let all = table.scan(Sort { by_modified: false, descending: false }, None, since);
            let mut all: Vec<u32> = all.filter(holds).collect();
            all.sort_by_cached_key(|index| Key::of(&order, view, *index));
            all.into_iter().skip(query.offset).take(most + 1).collect()
        }
    };
    let more = found.len() > most;
    let row =
        |index: &u32| strip(settings, Place::Coql, table, *index, row(view, *index, &columns));
    let data: Vec<Value> = found.iter().take(most).map(row).collect();
    if data.is_empty() {
        return Ok(Answer::empty(204, ""));
    }
    let mut answer = Map::new();
    let count = data.len();
    answer.insert("data".to_owned(), Value::Array(data));
    answer.insert("info".to_owned(), json!({"count": count, "more_records": more}));
    let meta = body.get("include_meta").and_then(Value::as_array);
    if meta.is_some_and(|list| list.iter().any(|name| name == "fields")) {
        let fields = columns.iter().map(|(name, column)| {
            let kind = match column {
                Column::Field(field) => field.kind,
                _ => "text",
            };
            (name.clone(), json!({"api_name": name, "data_type": kind}))
        });
        answer.insert("fields".to_owned(), fields.collect());
    }
    Ok(Answer::json(200, ZOHO_JSON, &Value::Object(answer)))
}

/// Returns the columns of the answer with their names.
fn columns(module: &'static Module, query: &Query) -> Result<Vec<(String, Column)>, Refusal> {
    let mut columns: Vec<(String, Column)> = Vec::with_capacity(query.select.len());
    for (name, alias) in &query.select {
        let column = Column::find(module, name)
            .ok_or_else(|| invalid(&json!({"column_name": name, "reason": "unknown column"})))?;
        let shown = alias.as_ref().unwrap_or(name);
        if columns.iter().any(|(own, _)| own == shown) {
            let code = if alias.is_some() { "DUPLICATE_ALIAS" } else { "DUPLICATE_DATA" };
            let details = json!({"column_name": shown});
            return Err(error::flat(400, code, &details, "duplicate data").into());
        }
        columns.push((shown.clone(), column));
    }
    Ok(columns)
}

fn row(view: View<'_>, index: u32, columns: &[(String, Column)]) -> Value {
    let mut row: Map<String, Value> =
        columns.iter().map(|(name, column)| (name.clone(), column.answered(view, index))).collect();
    row.insert("id".to_owned(), Value::from(view.table.id(index)));
    Value::Object(row)
}

fn order(module: &'static Module, query: &Query) -> Result<Vec<(Column, Order)>, Refusal> {
    if query.order.len() > ORDER_MAX {
        return Err(limit("order by", ORDER_MAX));
    }
    let mut seen = HashSet::new();
    if let Some((name, _)) = query.order.iter().find(|(name, _)| !seen.insert(name.as_str())) {
        let details = json!({"column_name": name});
        return Err(error::flat(400, "DUPLICATE_DATA", &details, "duplicate data").into());
    }
    let one = |(name, order): &(String, Order)| {
        let unknown = || invalid(&json!({"column_name": name, "reason": "unknown column"}));
        Ok((Column::find(module, name).ok_or_else(unknown)?, *order))
    };
    query.order.iter().map(one).collect()
}

/// Returns the order of the table that matches the requested order, if there is one.
fn natural(order: &[(Column, Order)]) -> Option<Sort> {
    let by_time =
        |column: &Column| matches!(column, Column::Field(field) if field.name == "Modified_Time");
    let by_id = |column: &Column| match column {
        Column::Id => true,
        Column::Field(field) => field.name == "Created_Time",
        Column::Through(..) => false,
    };
    let sort =
        |by_modified, order: &Order| Sort { by_modified, descending: *order == Order::Descending };
    match order {
        [] => Some(Sort { by_modified: false, descending: false }),
        [(column, order)] if by_id(column) => Some(sort(false, order)),
        [(column, order)] if by_time(column) => Some(sort(true, order)),
        [(first, order), (second, also)] if by_time(first) && by_id(second) && order == also => {
            Some(sort(true, order))
        }
        _ => None,
    }
}

/// A record's position in an order that the table does not have; null comes first.
#[derive(Debug, Clone, PartialEq)]
struct Key(Vec<(Scalar, Order)>);

impl Key {
    fn of(order: &[(Column, Order)], view: View<'_>, index: u32) -> Self {
        Self(order.iter().map(|(column, order)| (column.scalar(view, index), *order)).collect())
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let parts = self.0.iter().zip(&other.0).map(|((one, order), (two, _))| {
            let null = |scalar: &Scalar| *scalar != Scalar::Null;
            let ordering = one.order(two).unwrap_or_else(|| null(one).cmp(&null(two)));
            if *order == Order::Descending { ordering.reverse() } else { ordering }
        });
        parts.fold(Ordering::Equal, Ordering::then)
    }
}

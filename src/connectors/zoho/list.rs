//! Lists of Zoho CRM: pages with a verified end, records by id, and reads of more fields than one
//! list returns.

use {
    super::{
        answer::{
            broken_off, cursor_expired, endless, incomplete, list_too_long, protocol, stopped,
            too_many_fields,
        },
        client::{Call, Client, is_name, module},
        record::{is_id, record},
    },
    crate::{
        domain::{code, id::RecordId, record::SourceRecord},
        ports::{ConnectorError, FlawedRecord, Found, Page, ReadQuery},
    },
    serde_json::{Map, Value},
    std::collections::{HashMap, HashSet},
};

/// Records of a page.
pub(super) const PER_PAGE: usize = 200;
const PER_PAGE_TEXT: &str = "200";
/// Fields of a list read (docs/src/zoho.md, "List reads").
const FIELDS_MAX: usize = 50;
/// Fields of a whole query: five reads for a page.
const ALL_FIELDS_MAX: usize = 240;
/// Characters of a parameter (docs/src/zoho.md, "List reads").
const PARAMETER_CHARS: usize = 1_024;
/// Ids of one read: as many as a parameter holds of the usual length.
const IDS_MAX: usize = 50;
/// Pages that can be read by page number: 2,000 records.
const NUMBERED_PAGES: u32 = 10;
/// Pages that page tokens reach: 100,000 records.
const TOKENS_REACH: u32 = 500;
/// Twice as many: a chain that is longer goes in circles.
const TOKEN_PAGES: u32 = 2 * TOKENS_REACH;

/// Reads a page of a list.
pub(super) async fn page(
    client: &Client,
    query: &ReadQuery,
    cursor: Option<&str>,
) -> Result<Page, ConnectorError> {
    let cursor = cursor.map(Cursor::parse).transpose()?;
    let groups = field_groups(&query.fields)?;
    let [first, more @ ..] = groups.as_slice() else { return Err(too_many_fields()) };
    // Only in the order of the changes can a read continue where it stopped if its cursor has
    // expired.
    let order = if query.modified_since.is_some() { "Modified_Time" } else { "id" };
    let mut parameters = vec![
        ("fields", first.as_str()),
        ("sort_by", order),
        ("sort_order", "asc"),
        ("per_page", PER_PAGE_TEXT),
    ];
    let number;
    match &cursor {
        None => {}
        Some(Cursor::Token(page, _)) if *page > TOKEN_PAGES => return Err(endless()),
        Some(Cursor::Token(_, token)) => parameters.push(("page_token", token)),
        Some(Cursor::Number(page)) if *page > NUMBERED_PAGES => return Err(list_too_long()),
        Some(Cursor::Number(page)) => {
            number = page.to_string();
            parameters.push(("page", &number));
        }
    }
    let path = format!("/crm/v8/{}", module(&query.module)?);
    let call = Call::read(path, &parameters).since(query.modified_since);
    let call = call.every_record(cursor.is_none());
    let reply = client.page(&call).await?;
    let Some(body) = reply.body else {
        // An empty page where more was announced is not the end.
        return match cursor {
            Some(_) => Err(broken_off()),
            None => {
                let (as_of, hides) = (reply.date, reply.hides);
                Ok(Page { as_of, hides, ..Page::default() })
            }
        };
    };
    let (rows, info) = rows(body)?;
    let next = next(&rows, &info, cursor.as_ref())?.map(|cursor| cursor.to_string());
    let mut found = Found::default();
    for row in rows {
        match readable(row, reply.lossy) {
            Ok(record) => found.records.push(record),
            Err(flaw) => found.flawed.push(flaw),
        }
    }
    add_fields(client, &query.module, &mut found, more).await?;
    let Found { records, flawed, .. } = found;
    Ok(Page { records, flawed, next, as_of: reply.date, hides: reply.hides, ..Page::default() })
}

/// Reads a row of a list or of a file; `lossy`: bytes that are not text were replaced somewhere in
/// the answer.
pub(super) fn readable(row: Value, lossy: bool) -> Result<SourceRecord, FlawedRecord> {
    let record = record(row).map_err(|_| FlawedRecord {
        id: None,
        code: code::RECORD_ID_MISSING,
        message: "a record of the source has no id".into(),
    })?;
    if lossy && record.fields.iter().any(|(name, value)| is_replaced(name) || holds_replaced(value))
    {
        let message = "the source sent bytes in this record that are not valid text";
        let (code, message) = (code::RECORD_NOT_UTF8, message.into());
        return Err(FlawedRecord { id: Some(record.id), code, message });
    }
    Ok(record)
}

fn is_replaced(text: &str) -> bool {
    text.contains(char::REPLACEMENT_CHARACTER)
}

fn holds_replaced(value: &Value) -> bool {
    match value {
        Value::String(text) => is_replaced(text),
        Value::Array(items) => items.iter().any(holds_replaced),
        Value::Object(members) => {
            members.iter().any(|(name, value)| is_replaced(name) || holds_replaced(value))
        }
        _ => false,
    }
}

/// Reads records by id.
pub(super) async fn by_ids(
    client: &Client,
    query: &ReadQuery,
    ids: &[RecordId],
) -> Result<Found, ConnectorError> {
    let groups = field_groups(&query.fields)?;
    let [first, more @ ..] = groups.as_slice() else { return Err(too_many_fields()) };
    // A text that cannot be an id counts as gone; Zoho would refuse the whole read because of it.
    let ids: Vec<&str> = ids.iter().map(RecordId::as_str).filter(|id| is_id(id)).collect();
    let mut found = fetch(client, &query.module, first, &ids).await?;
    add_fields(client, &query.module, &mut found, more).await?;
    Ok(found)
}

/// Reads one group of fields of records by id.
async fn fetch(
    client: &Client,
    of: &str,
    fields: &str,
    ids: &[&str],
) -> Result<Found, ConnectorError> {
    let path = format!("/crm/v8/{}", module(of)?);
    let mut found = Found::default();
    for ids in ids.chunks(IDS_MAX) {
        let (asked, text) = (ids.iter().copied().collect::<HashSet<_>>(), ids.join(","));
        let parameters = [("fields", fields), ("ids", &text), ("per_page", PER_PAGE_TEXT)];
        let call = Call::read(path.clone(), &parameters).every_record(false);
        let reply = client.page(&call).await?;
        let Some(body) = reply.body else { continue };
        let (rows, info) = rows(body)?;
        if next(&rows, &info, None)?.is_some() {
            return Err(incomplete("Zoho announces more records than were asked for by id"));
        }
        for row in rows {
            let row = readable(row, reply.lossy);
            let id = row.as_ref().map_or_else(|flaw| flaw.id.as_ref(), |record| Some(&record.id));
            // Without an id it is unknown which of the requested records this is, and which are
            // gone.
            if !id.is_some_and(|id| asked.contains(id.as_str())) {
                return Err(protocol("Zoho sent a record that was not asked for"));
            }
            match row {
                Ok(record) => found.records.push(record),
                Err(flaw) => found.flawed.push(flaw),
            }
        }
    }
    Ok(found)
}

/// Adds the fields of further groups. A record that is gone in the meantime is left out: half of it
/// must not look like all of it.
async fn add_fields(
    client: &Client,
    module: &str,
    page: &mut Found,
    groups: &[String],
) -> Result<(), ConnectorError> {
    for fields in groups {
        let ids: Vec<&str> = page.records.iter().map(|record| record.id.as_str()).collect();
        let more = fetch(client, module, fields, &ids).await?;
        page.flawed.extend(more.flawed);
        let mut found: HashMap<RecordId, Map<String, Value>> =
            more.records.into_iter().map(|record| (record.id, record.fields)).collect();
        page.records.retain_mut(|record| {
            let Some(more) = found.remove(&record.id) else { return false };
            for (name, value) in more {
                record.fields.entry(name).or_insert(value);
            }
            true
        });
    }
    Ok(())
}

/// Where a list continues. Its text begins with a version.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cursor {
    /// The page's position in the chain, and its token.
    Token(u32, String),
    Number(u32),
}

impl Cursor {
    fn parse(text: &str) -> Result<Self, ConnectorError> {
        let cursor = match text.split_at_checked(2) {
            Some(("2t", rest)) => rest.split_once(':').and_then(|(page, token)| {
                let page = page.parse().ok()?;
                (!token.is_empty()).then(|| Self::Token(page, token.to_owned()))
            }),
            Some(("2n", page)) => page.parse().ok().map(Self::Number),
            _ => None,
        };
        cursor.ok_or_else(cursor_expired)
    }

    fn page(cursor: Option<&Self>) -> u32 {
        cursor.map_or(1, |(Self::Token(page, _) | Self::Number(page))| *page)
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token(page, token) => write!(f, "2t{page}:{token}"),
            Self::Number(page) => write!(f, "2n{page}"),
        }
    }
}

/// Returns the `fields` parameters: the requested fields, each once, in as many reads as necessary;
/// id and time of the last change come with the first read, the id with each.
fn field_groups(asked: &[String]) -> Result<Vec<String>, ConnectorError> {
    let mut groups = vec![vec!["id", "Modified_Time"]];
    let mut seen = HashSet::from(["id", "Modified_Time"]);
    for field in asked {
        if !is_name(field.trim_start_matches('$')) {
            let source: String = field.chars().take(100).collect();
            return Err(stopped(code::ZOHO_FIELD_UNKNOWN, &[("source", &source)]));
        }
        if !seen.insert(field) {
            continue;
        }
        let fits = |group: &&mut Vec<&str>| {
            let length: usize = group.iter().map(|name| name.len() + 1).sum();
            group.len() < FIELDS_MAX && length + field.len() <= PARAMETER_CHARS
        };
        match groups.last_mut().filter(fits) {
            Some(group) => group.push(field),
            None => groups.push(vec!["id", field]),
        }
    }
    if seen.len() > ALL_FIELDS_MAX {
        return Err(too_many_fields());
    }
    Ok(groups.into_iter().map(|group| group.join(",")).collect())
}

/// Takes the rows of a list and the facts about them.
pub(super) fn rows(
    mut body: Map<String, Value>,
) -> Result<(Vec<Value>, Map<String, Value>), ConnectorError> {
    match (body.remove("data"), body.remove("info")) {
        (Some(Value::Array(rows)), Some(Value::Object(info))) => Ok((rows, info)),
        _ => Err(incomplete("Zoho's list lacks its rows or the facts about them")),
    }
}

/// Checks the facts of a page; returns whether there are more records.
pub(super) fn more(rows: &[Value], info: &Map<String, Value>) -> Result<bool, ConnectorError> {
    if info.get("count").and_then(Value::as_u64) != Some(rows.len() as u64) {
        return Err(incomplete("the count of Zoho's page is not that of its rows"));
    }
    if rows.len() > PER_PAGE {
        return Err(protocol("Zoho's page holds more rows than were asked for"));
    }
    match info.get("more_records").and_then(Value::as_bool) {
        None => Err(incomplete("Zoho's page does not tell whether there are more records")),
        Some(true) if rows.is_empty() => Err(incomplete("Zoho's page is empty but not the last")),
        Some(more) => Ok(more),
    }
}

/// Checks a page and returns where the list continues; `None` is its verified end.
fn next(
    rows: &[Value],
    info: &Map<String, Value>,
    cursor: Option<&Cursor>,
) -> Result<Option<Cursor>, ConnectorError> {
    if !more(rows, info)? {
        return Ok(None);
    }
    let token =
        info.get("next_page_token").and_then(Value::as_str).filter(|token| !token.is_empty());
    let page = info.get("page").and_then(Value::as_u64);
    let following = Cursor::page(cursor).saturating_add(1);
    match (token, cursor) {
        (Some(token), Some(Cursor::Token(_, now))) if token == now => {
            Err(incomplete("Zoho's page names itself as the next one"))
        }
        (Some(token), _) => Ok(Some(Cursor::Token(following, token.to_owned()))),
        // The next page is then told to lie behind what paging reaches.
        (None, Some(Cursor::Token(page, _))) if *page >= TOKENS_REACH => {
            Ok(Some(Cursor::Number(following)))
        }
        (None, Some(Cursor::Token(..))) => Err(incomplete("Zoho's chain of page tokens is broken")),
        (None, _) if page == Some(u64::from(following) - 1) => Ok(Some(Cursor::Number(following))),
        (None, _) => Err(incomplete("Zoho's page does not tell where the list goes on")),
    }
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json};

    #[test]
    fn a_row_that_cannot_be_read_is_told_alone() {
        assert_eq!(readable(json!({"id": "7", "Name": "\u{fffd}"}), false).unwrap().id, "7");
        for (row, lossy, id, code) in [
            (json!({"Name": "A"}), false, None, code::RECORD_ID_MISSING),
            (json!({"id": "4\u{fffd}"}), true, None, code::RECORD_ID_MISSING),
            (json!(7), false, None, code::RECORD_ID_MISSING),
            (json!({"id": "7", "Name": "A\u{fffd}"}), true, Some("7"), code::RECORD_NOT_UTF8),
            (json!({"id": "7", "Na\u{fffd}e": "A"}), true, Some("7"), code::RECORD_NOT_UTF8),
            (
                json!({"id": "7", "One": {"name": ["\u{fffd}"]}}),
                true,
                Some("7"),
                code::RECORD_NOT_UTF8,
            ),
        ] {
            let flaw = readable(row.clone(), lossy).unwrap_err();
            assert_eq!((flaw.id.as_ref().map(RecordId::as_str), flaw.code), (id, code), "{row}");
        }
    }
}

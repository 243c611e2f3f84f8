//! Zoho CRM as a source: whole lists in the order of ids with a verified end, and records by id.
//! Tokens are in `auth.rs`, calls in `client.rs`, rows in `record.rs`.

mod auth;
mod client;
mod record;

use {
    self::{
        auth::{Auth, Credentials},
        client::{Client, list_too_long, protocol, too_many_fields},
        record::{is_id, record},
    },
    super::http::Http,
    crate::{
        domain::{
            egress::{EgressPolicy, check_zoho_url},
            record::SourceRecord,
        },
        ports::{Connection, ConnectorError, Failure, Page, ReadQuery, Source},
    },
    async_trait::async_trait,
    secrecy::ExposeSecret as _,
    serde_json::{Map, Value},
    std::collections::HashSet,
};

/// Records of a page.
const PER_PAGE: &str = "200";
/// Fields of a list read (reference, section 3.1).
const FIELDS_MAX: usize = 50;
/// Ids of one read.
const IDS_MAX: usize = 100;
/// Pages that page numbers reach: 2,000 records.
const NUMBERED_PAGES: u32 = 10;

/// A connection to Zoho CRM.
#[derive(Debug)]
pub(super) struct Zoho {
    client: Client,
}

impl Zoho {
    /// Checks the connection and makes the source; sends nothing.
    pub(super) fn new(
        http: Http,
        policy: &EgressPolicy,
        connection: &Connection,
    ) -> Result<Self, ConnectorError> {
        let values = [
            ("zoho_accounts_url", connection.zoho_accounts_url.as_str()),
            ("zoho_api_domain", &connection.zoho_api_domain),
            ("zoho_client_id", &connection.zoho_client_id),
            ("zoho_client_secret", connection.zoho_client_secret.expose_secret()),
            ("zoho_refresh_token", connection.zoho_refresh_token.expose_secret()),
        ];
        super::require("ZOHO_NOT_CONFIGURED", &values)?;
        let check = |name, text: &str| {
            check_zoho_url(policy, text).map_err(|what| super::not_allowed(name, what))
        };
        let accounts = check("zoho_accounts_url", &connection.zoho_accounts_url)?;
        let api = check("zoho_api_domain", &connection.zoho_api_domain)?;
        let credentials = Credentials {
            client_id: connection.zoho_client_id.clone(),
            client_secret: connection.zoho_client_secret.clone(),
            refresh_token: connection.zoho_refresh_token.clone(),
        };
        let auth = Auth::new(http.clone(), &accounts, credentials);
        Ok(Self { client: Client::new(http, api, auth) })
    }
}

#[async_trait]
impl Source for Zoho {
    async fn page(&self, query: &ReadQuery, cursor: Option<&str>) -> Result<Page, ConnectorError> {
        let cursor = cursor.map(Cursor::parse).transpose()?;
        let fields = fields(query)?;
        let mut parameters = vec![
            ("fields", fields.as_str()),
            ("sort_by", "id"),
            ("sort_order", "asc"),
            ("per_page", PER_PAGE),
        ];
        let number;
        match &cursor {
            None => {}
            Some(Cursor::Token(token)) => parameters.push(("page_token", token)),
            Some(Cursor::Number(page)) if *page > NUMBERED_PAGES => return Err(list_too_long()),
            Some(Cursor::Number(page)) => {
                number = page.to_string();
                parameters.push(("page", &number));
            }
        }
        let Some(body) = self.client.list(&query.module, &parameters, query.modified_since).await?
        else {
            return Ok(Page { records: Vec::new(), next: None });
        };
        let (rows, info) = rows(body)?;
        let next = next(&rows, &info, cursor.as_ref())?.map(|cursor| cursor.to_string());
        let records = rows.into_iter().map(record).collect::<Result<_, _>>()?;
        Ok(Page { records, next })
    }

    async fn by_ids(
        &self,
        query: &ReadQuery,
        ids: &[String],
    ) -> Result<Vec<SourceRecord>, ConnectorError> {
        let fields = fields(query)?;
        // What cannot be an id is gone as well; Zoho would refuse the whole read for it.
        let ids: Vec<&str> = ids.iter().map(String::as_str).filter(|id| is_id(id)).collect();
        let mut records = Vec::with_capacity(ids.len());
        for ids in ids.chunks(IDS_MAX) {
            let (asked, text) = (ids.iter().copied().collect::<HashSet<_>>(), ids.join(","));
            let parameters = [("fields", fields.as_str()), ("ids", &text), ("per_page", PER_PAGE)];
            let Some(body) = self.client.list(&query.module, &parameters, None).await? else {
                continue;
            };
            let (rows, info) = rows(body)?;
            if next(&rows, &info, None)?.is_some() {
                return Err(incomplete("Zoho announces more records than were asked for by id"));
            }
            for row in rows {
                let record = record(row)?;
                if !asked.contains(record.id.as_str()) {
                    return Err(protocol("Zoho sent a record that was not asked for"));
                }
                records.push(record);
            }
        }
        Ok(records)
    }
}

/// Where a list goes on. Its text begins with a version.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cursor {
    Token(String),
    Number(u32),
}

impl Cursor {
    fn parse(text: &str) -> Result<Self, ConnectorError> {
        let cursor = match text.split_at_checked(2) {
            Some(("1t", token)) if !token.is_empty() => Some(Self::Token(token.to_owned())),
            Some(("1n", page)) => page.parse().ok().map(Self::Number),
            _ => None,
        };
        let unknown = || {
            let message = "the cursor is not one of this version; the list must be read anew";
            ConnectorError::new(Failure::CursorExpired, "ZOHO_CURSOR_EXPIRED", message)
        };
        cursor.ok_or_else(unknown)
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token(token) => write!(f, "1t{token}"),
            Self::Number(page) => write!(f, "1n{page}"),
        }
    }
}

/// Returns the `fields` parameter: what is asked for, id and time of the last change, each once.
fn fields(query: &ReadQuery) -> Result<String, ConnectorError> {
    let mut fields = vec!["id", "Modified_Time"];
    for field in &query.fields {
        if !fields.contains(&field.as_str()) {
            fields.push(field);
        }
    }
    // A comma in a name would ask for more fields than were counted.
    if fields.len() > FIELDS_MAX || fields.join(",").split(',').count() > FIELDS_MAX {
        return Err(too_many_fields());
    }
    Ok(fields.join(","))
}

fn rows(mut body: Map<String, Value>) -> Result<(Vec<Value>, Map<String, Value>), ConnectorError> {
    match (body.remove("data"), body.remove("info")) {
        (Some(Value::Array(rows)), Some(Value::Object(info))) => Ok((rows, info)),
        _ => Err(incomplete("Zoho's list lacks its rows or the facts about them")),
    }
}

/// Checks a page and returns where the list goes on; `None` is its verified end.
fn next(
    rows: &[Value],
    info: &Map<String, Value>,
    cursor: Option<&Cursor>,
) -> Result<Option<Cursor>, ConnectorError> {
    if info.get("count").and_then(Value::as_u64) != Some(rows.len() as u64) {
        return Err(incomplete("the count of Zoho's page is not that of its rows"));
    }
    match info.get("more_records").and_then(Value::as_bool) {
        None => return Err(incomplete("Zoho's page does not tell whether there are more records")),
        Some(false) => return Ok(None),
        Some(true) if rows.is_empty() => {
            return Err(incomplete("Zoho's page is empty but not the last"));
        }
        Some(true) => {}
    }
    let token =
        info.get("next_page_token").and_then(Value::as_str).filter(|token| !token.is_empty());
    let page = info.get("page").and_then(Value::as_u64);
    match (token, cursor) {
        (Some(token), Some(Cursor::Token(now))) if token == now => {
            Err(incomplete("Zoho's page names itself as the next one"))
        }
        (Some(token), _) => Ok(Some(Cursor::Token(token.to_owned()))),
        (None, Some(Cursor::Token(_))) => Err(incomplete("Zoho's chain of page tokens is broken")),
        (None, None) if page == Some(1) => Ok(Some(Cursor::Number(2))),
        (None, Some(Cursor::Number(now))) if page == Some(u64::from(*now)) => {
            Ok(Some(Cursor::Number(now + 1)))
        }
        (None, _) => Err(incomplete("Zoho's page does not tell where the list goes on")),
    }
}

fn incomplete(message: &str) -> ConnectorError {
    ConnectorError::new(Failure::Unreachable, "SOURCE_INCOMPLETE", message)
}

#[cfg(test)]
mod tests;

//! A search of Zoho CRM by name: a query where there is a text, and a list where there is none. Zoho's own search is not used:
//! its index lags, and it takes a scope that connections do not have (docs/src/zoho.md, "Queries").

use {
    super::{
        client::{Call, Client, is_name, module},
        list::rows,
        record::{is_id, record},
        single::query,
    },
    crate::{
        domain::record::SourceRecord,
        ports::{ConnectorError, Named, Search},
    },
    serde_json::Value,
};

/// Fields of a search: two thirds of the comparisons that a query may have would do as well.
const FIELDS_MAX: usize = 8;
/// Longest name that is shown, in characters.
const LABEL_MAX: usize = 200;

/// Returns the field in which Zoho itself keeps the name of a module's records (docs/src/zoho.md, "Queries").
fn own_name(module: &str) -> &'static str {
    match module {
        "Contacts" | "Leads" => "Full_Name",
        "Accounts" => "Account_Name",
        "Deals" => "Deal_Name",
        "Products" => "Product_Name",
        "Campaigns" => "Campaign_Name",
        "Vendors" => "Vendor_Name",
        "Cases" | "Tasks" | "Quotes" | "Sales_Orders" | "Purchase_Orders" | "Invoices" => "Subject",
        "Solutions" => "Solution_Title",
        "Price_Books" => "Price_Book_Name",
        "Events" => "Event_Title",
        _ => "Name",
    }
}

/// Finds records, the newest first.
pub(super) async fn find(client: &Client, search: &Search) -> Result<Vec<Named>, ConnectorError> {
    let of = module(&search.module)?;
    let own = own_name(of);
    let mut fields = Vec::with_capacity(FIELDS_MAX);
    let names = search.names.iter().map(String::as_str).chain([own]);
    for field in names.chain(search.others.iter().map(String::as_str)) {
        if is_name(field) && field != "id" && !fields.contains(&field) && fields.len() < FIELDS_MAX
        {
            fields.push(field);
        }
    }
    let text = search.text.trim();
    let found = if text.is_empty() {
        newest(client, of, &fields, search.limit).await?
    } else {
        let limit = search.limit;
        let (columns, condition) = (fields.join(", "), condition(&fields, text));
        let select = format!(
            "select id, {columns} from {of} where {condition} order by id desc limit {limit}"
        );
        query(client, &select).await?
    };
    let found = found.into_iter().take(search.limit).map(record);
    found.map(|record| Ok(named(record?, search, own))).collect()
}

async fn newest(
    client: &Client,
    of: &str,
    fields: &[&str],
    limit: usize,
) -> Result<Vec<Value>, ConnectorError> {
    let (fields, limit) = (fields.join(","), limit.to_string());
    let parameters = [
        ("fields", fields.as_str()),
        ("per_page", &limit),
        ("sort_by", "id"),
        ("sort_order", "desc"),
    ];
    let call = Call::read(format!("/crm/v8/{of}"), &parameters).every_record(false);
    match client.call(&call).await?.body {
        None => Ok(Vec::new()),
        Some(body) => Ok(rows(body)?.0),
    }
}

/// Writes the condition: a query takes two conditions in a pair of brackets.
fn condition(fields: &[&str], text: &str) -> String {
    let quoted = text.replace('\'', "''");
    let tests = fields.iter().map(|field| format!("{field} like '%{quoted}%'"));
    let id = is_id(text).then(|| format!("id = '{text}'"));
    let joined = id.into_iter().chain(tests).reduce(|all, one| format!("({all} or {one})"));
    joined.unwrap_or_default()
}

fn named(record: SourceRecord, search: &Search, own: &str) -> Named {
    let text = |field: &str| match record.fields.get(field)? {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()),
        _ => None,
    };
    let names: Vec<&str> = search.names.iter().filter_map(|field| text(field)).collect();
    let name =
        if names.is_empty() { text(own).unwrap_or_default().to_owned() } else { names.join(" ") };
    let label = name.chars().take(LABEL_MAX).collect();
    Named { id: record.id, label }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_a_text() {
        let told = condition(&["Name", "Email"], "O'Neil') or (id > '0");
        let wanted =
            "(Name like '%O''Neil'') or (id > ''0%' or Email like '%O''Neil'') or (id > ''0%')";
        assert_eq!(told, wanted);
        assert_eq!(condition(&["Name"], "12"), "(id = '12' or Name like '%12%')");
        assert_eq!(condition(&["Name"], "x"), "Name like '%x%'");
    }
}

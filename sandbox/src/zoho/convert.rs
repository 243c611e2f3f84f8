//! `POST /Leads/{id}/actions/convert`: a lead becomes a contact, and leaves usual reads.

use {
    super::{
        error::{object, wrapped},
        table::{Hidden, Table},
        time_text,
    },
    crate::answer::{Answer, ZOHO_JSON},
    serde_json::{Map, json},
    std::collections::BTreeMap,
};

/// Credits of a conversion.
pub(crate) const COST: u64 = 5;
/// Fields that a contact takes over from its lead.
const TAKEN_OVER: [&str; 5] = ["First_Name", "Last_Name", "Email", "Phone", "Lead_Source"];

/// Converts a lead.
pub(crate) fn convert(tables: &mut BTreeMap<String, Table>, id: &str, now: i64) -> Answer {
    let refused = |code: &str, text: &str| wrapped(400, code, &json!({"id": id}), text);
    let unknown = || refused("INVALID_DATA", "the id given seems to be invalid");
    let Some(leads) = tables.get("Leads") else { return unknown() };
    let Some(index) = leads.index(id) else { return unknown() };
    if leads.hidden(index) == Some(Hidden::Converted) {
        return refused("ID_ALREADY_CONVERTED", "id already converted");
    }
    let own = TAKEN_OVER.map(|name| (name.to_owned(), leads.value(index, name)));
    let Some(contacts) = tables.get_mut("Contacts") else { return unknown() };
    let contact = contacts.insert(Map::from_iter(own), now);
    let (name, contact) = (contacts.title(contact), contacts.id(contact));
    if let Some(leads) = tables.get_mut("Leads") {
        let fields = [
            ("Converted__s", json!(true)),
            ("Converted_Date_Time", json!(time_text(now))),
            ("Converted_Contact", json!(contact)),
        ];
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
        leads.update(index, fields.collect(), now);
        leads.hide(index, Some(Hidden::Converted));
    }
    let details = json!({
        "Contacts": {"name": name, "id": contact},
        "Accounts": null,
        "Deals": null,
    });
    let mut row = object("SUCCESS", &details, "The record has been converted successfully");
    if let Some(members) = row.as_object_mut() {
        members.insert("status".to_owned(), json!("success"));
    }
    let mut answer = Answer::json(200, ZOHO_JSON, &json!({"data": [row]}));
    answer.note.batch = Some(1);
    answer.note.wrote("Leads", "updated", 1);
    answer.note.wrote("Contacts", "created", 1);
    answer.note.fires_workflow = true;
    answer
}

//! What people call the records of planned removals, from what was last sent for each and for whom it is about: a record
//! that is gone from the source can be asked no more.

use {
    super::Control,
    crate::{
        domain::{
            id::{PersonId, RecordId},
            module::ModuleName,
            record::Canonical,
        },
        store::{Link, PlannedRemoval, StoreError, TenantScope},
    },
    serde_json::Value,
    std::collections::{BTreeSet, HashMap},
};

/// What enrolments and memberships are in, by the field that names it.
const PLACES: [(ModuleName, &str); 2] =
    [(ModuleName::Classes, "class_zoho_id"), (ModuleName::Programs, "program_zoho_id")];

impl Control {
    /// Returns planned removals of a module with the names that are known.
    pub(super) async fn labelled(
        &self,
        scope: &TenantScope,
        module: ModuleName,
        mut removals: Vec<PlannedRemoval>,
    ) -> Result<Vec<PlannedRemoval>, StoreError> {
        let rows = self.store.of(scope);
        let ids: Vec<RecordId> = removals.iter().map(|removal| removal.zoho_id.clone()).collect();
        let links = rows.links(module, &ids).await?;
        let people: BTreeSet<&RecordId> =
            links.values().filter_map(|link| link.person.as_ref().map(PersonId::record)).collect();
        let people: Vec<RecordId> = people.into_iter().cloned().collect();
        let people = rows.links(ModuleName::Students, &people).await?;
        let mut places = HashMap::new();
        for (of, field) in PLACES {
            let ids: BTreeSet<RecordId> =
                links.values().filter_map(|link| id(&link.sent, field)).collect();
            let ids: Vec<RecordId> = ids.into_iter().collect();
            let found = rows.links(of, &ids).await?;
            places.extend(found.into_iter().map(|(id, link)| ((field, id), link)));
        }
        for removal in &mut removals {
            let Some(link) = links.get(&removal.zoho_id) else { continue };
            let person = link.person.as_ref().and_then(|person| people.get(person.record()));
            let place = PLACES.iter().find_map(|(_, field)| {
                let place = places.get(&(*field, id(&link.sent, field)?))?;
                text(&place.sent, "name")
            });
            let of_person = person.and_then(name_of_person);
            let own = place.or_else(|| text(&link.sent, "name"));
            // The name of a student is that of the person.
            let known = removal.label.take();
            let own =
                own.or(known.filter(|_| of_person.is_none() || module != ModuleName::Students));
            let parts: Vec<String> = of_person.into_iter().chain(own).collect();
            removal.label = (!parts.is_empty()).then(|| parts.join(", "));
        }
        Ok(removals)
    }
}

fn name_of_person(student: &Link) -> Option<String> {
    let names: Vec<String> = ["first_name", "last_name"]
        .into_iter()
        .filter_map(|name| text(&student.sent, name))
        .collect();
    let email = text(&student.sent, "academic_email").map(|email| format!("<{email}>"));
    let parts: Vec<String> = names.into_iter().chain(email).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn id(sent: &Canonical, field: &str) -> Option<RecordId> {
    text(sent, field).and_then(|id| RecordId::parse(&id).ok())
}

fn text(sent: &Canonical, field: &str) -> Option<String> {
    sent.get(field).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

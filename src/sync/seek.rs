//! Finds the objects of records that have no link yet but may have an object: one that carries the record's id, one that
//! the record itself names because the school linked it before, or, where the tenant allows it, the account with the
//! same e-mail address or user name. What belongs to another record is never taken over.

use {
    super::{
        Stop,
        apply::{Create, Fate, ambiguous},
        engine::{Engine, Job},
        plan::Draft,
        process::{Work, text},
        resolve::{by_field, by_source_id},
        target::SOURCE_ID_FIELD,
    },
    crate::domain::{
        item::Op,
        layout::MatchBy,
        record::{Payload, TargetKind, TargetRecord},
    },
    std::collections::{HashMap, HashSet},
};

/// Objects by what they were sought with.
type Found = HashMap<String, Vec<TargetRecord>>;

impl Engine {
    /// Looks for the objects of the records at `places`; those without one are to be made.
    pub(super) async fn seek(
        &self,
        job: &Job,
        drafts: &mut [Draft],
        places: Vec<usize>,
        work: &mut Work,
    ) -> Result<(), Stop> {
        if places.is_empty() {
            return Ok(());
        }
        let (module, target) = (job.module(), job.target.as_ref());
        let (layout, kind) = (module.layout(), module.kind());
        let mut creates: Vec<Create> = Vec::with_capacity(places.len());
        for place in places {
            let Some(draft) = drafts.get(place) else { continue };
            creates.extend(draft.wanted.as_ref().map(|wanted| draft.create(place, wanted)));
        }
        let stored =
            |drafts: &[Draft], create: &Create| drafts.get(create.place)?.shape.stored.clone();
        // Of the other kinds the target itself makes no second object with the same source id.
        let mut ours = match kind {
            TargetKind::User => by_source_id(target, kind, &creates).await?,
            _ => Found::new(),
        };
        let named: Vec<String> = creates
            .iter()
            .filter(|create| !ours.contains_key(&create.zoho_id))
            .filter_map(|create| stored(drafts, create))
            .collect();
        let named = by_field(target, kind, "id", &named).await?;
        let field = match layout.match_by {
            MatchBy::Email if kind == TargetKind::User => Some("email"),
            MatchBy::Username if kind == TargetKind::User => Some("username"),
            _ => None,
        };
        let mut matches = Found::new();
        if let Some(field) = field {
            let values: Vec<String> = creates
                .iter()
                .filter(|create| !ours.contains_key(&create.zoho_id))
                .filter(|create| stored(drafts, create).is_none_or(|id| !named.contains_key(&id)))
                .filter_map(|create| text(&create.payload, field))
                .collect();
            matches = by_field(target, kind, field, &values).await?;
        }
        let mut taken = self.linked(job, [&named, &matches]).await?;
        for create in creates {
            let id = stored(drafts, &create);
            let Some(draft) = drafts.get_mut(create.place) else { continue };
            let mut records = ours.remove(&create.zoho_id).unwrap_or_default();
            if records.is_empty() {
                let by_match = || matches.get(&text(&create.payload, field?)?);
                let by_name = id.and_then(|id| named.get(&id));
                if let Some(account) = by_name.and_then(|found| found.first())
                    && kind == TargetKind::User
                    && !is_alike(account, &create.payload)
                {
                    let message = "the account that the record names has another e-mail address and another user name; \
                                   let one of them be the same, or clear the id";
                    draft.refuse("MATCH_AMBIGUOUS", message.to_owned());
                    continue;
                }
                records.extend(by_name.or_else(by_match).into_iter().flatten().cloned());
                let foreign = records.iter().any(|record| {
                    let carries = text(&record.fields, SOURCE_ID_FIELD);
                    carries.is_some_and(|id| !id.is_empty() && id != create.zoho_id)
                        || taken.contains(&record.id)
                });
                if foreign {
                    let what = if kind == TargetKind::User { "account" } else { "object" };
                    let message = format!("the {what} that matches belongs to another record");
                    draft.refuse("MATCH_AMBIGUOUS", message);
                    continue;
                }
            }
            match (records.pop(), records.is_empty()) {
                (Some(only), true) => {
                    work.updates.extend(draft.adopt(create.place, module, &only));
                    taken.insert(only.id);
                }
                (Some(_), false) => {
                    if let Fate::Refused { code, message } = ambiguous(records.len() + 1) {
                        draft.refuse(code, message);
                    }
                }
                (None, _) if kind == TargetKind::User && !layout.create_users => {
                    draft.skip(
                        "POLICY_LINK_ONLY",
                        "no account carries this record's id, and a sync may not create accounts",
                    );
                }
                (None, _) => {
                    draft.op = Some(Op::Create);
                    work.creates.push(create);
                }
            }
        }
        Ok(())
    }

    /// Returns the objects, among those found, that other records have already.
    async fn linked(&self, job: &Job, found: [&Found; 2]) -> Result<HashSet<String>, Stop> {
        let ids: Vec<String> = found
            .into_iter()
            .flat_map(HashMap::values)
            .flatten()
            .map(|one| one.id.clone())
            .collect();
        let kind = job.module().kind();
        Ok(self.store.shared_targets(&job.scope, kind, &ids, &[]).await?.into_iter().collect())
    }
}

/// Returns whether an account has the e-mail address or the user name of a record. A number alone is no proof: whoever may
/// edit a record could have any account, a teacher's too, given to a student's address.
fn is_alike(account: &TargetRecord, wanted: &Payload) -> bool {
    ["email", "username"].into_iter().any(|field| {
        let (has, wants) = (text(&account.fields, field), text(wanted, field));
        has.zip(wants).is_some_and(|(has, wants)| has.to_lowercase() == wants.to_lowercase())
    })
}

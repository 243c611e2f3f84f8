//! Values that must be unique and change hands: two records exchange theirs, or several pass them on. A write that was refused
//! because another object has the value is repeated once that object has given it up; in a circle one object gives its value up
//! for one that no other object has. What another slice may give up is tried again at the end of the run.

use {
    super::{
        deferred::DEFERRED_MAX,
        draft::Draft,
        kind::{Cx, Unique},
        look_up::by_field,
        settle::{settle_creates, settle_updates},
        stop::Stop,
        work::{Applied, Create, Update, field_of},
        write::Writer,
    },
    crate::domain::{
        id::{ObjectId, RecordId},
        item::ItemStatus,
        record::Payload,
    },
    serde_json::Value,
    std::collections::{HashMap, HashSet},
};

/// Those writes of a slice that may meet a value of another object.
#[derive(Debug, Default)]
pub(crate) struct Contested {
    updates: Vec<Update>,
    creates: Vec<Create>,
}

impl Contested {
    /// Picks them out of what is to be written.
    pub(crate) fn of(cx: Cx<'_>, updates: &[Update], creates: &[Create]) -> Self {
        let unique = cx.kind.unique_fields();
        let named = |payload: &Payload| unique.iter().any(|one| payload.contains_key(one.field));
        if unique.is_empty() {
            return Self::default();
        }
        Self {
            updates: updates.iter().filter(|one| named(&one.payload)).cloned().collect(),
            creates: creates.to_vec(),
        }
    }

    /// Takes the updates as they are by now: some are done, and others have come.
    pub(crate) fn follow(&mut self, cx: Cx<'_>, updates: &[Update]) {
        self.updates = Self::of(cx, updates, &[]).updates;
    }
}

/// A write that was refused because another object has one of its values.
#[derive(Debug, Clone)]
enum Refused {
    Update(Update),
    Create(Create),
}

impl Refused {
    fn place(&self) -> usize {
        match self {
            Self::Update(update) => update.place,
            Self::Create(create) => create.place,
        }
    }

    fn payload(&self) -> &Payload {
        match self {
            Self::Update(update) => &update.payload,
            Self::Create(create) => &create.payload,
        }
    }

    /// Its own object, if it has one.
    fn own(&self) -> Option<&ObjectId> {
        match self {
            Self::Update(update) => Some(&update.target_id),
            Self::Create(_) => None,
        }
    }
}

/// Repeats the writes that were refused because of a value that another record of the slice gives up. Returns whether a request
/// to cancel came, and the records to try again at the end of the run, because a record of another slice may give the value up.
pub(crate) async fn exchange(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    contested: Contested,
) -> Result<(bool, Vec<RecordId>), Stop> {
    let unique = cx.kind.unique_fields();
    let given = given_up(cx, drafts, &contested.updates);
    let updates = contested.updates.into_iter().map(Refused::Update);
    let mut open: Vec<Refused> = updates
        .chain(contested.creates.into_iter().map(Refused::Create))
        .filter(|one| drafts.get(one.place()).is_some_and(|draft| is_taken(draft, unique)))
        .collect();
    // The objects of a first sync are all new, and give nothing up.
    let module = cx.job.claim.run.module;
    let makes_only = !open.iter().any(|one| one.own().is_some());
    if makes_only && !open.is_empty() && cx.rows().cursor(module).await?.full_scan_at.is_none() {
        open.clear();
    }
    let wants = |one: &Refused| {
        let mut values = unique.iter().filter_map(|own| field_of(one.payload(), own.field));
        values.any(|value| given.contains(&value.to_ascii_lowercase()))
    };
    if !cx.defers && !open.iter().any(wants) {
        return Ok((false, Vec::new()));
    }
    let writer = Writer { to: cx.job.target.as_ref(), kind: cx.kind, lease: cx.lease };
    let mut parked: HashSet<usize> = HashSet::new();
    let mut holders = holders(cx, &open).await?;
    while !open.is_empty() {
        let (free, held): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|one| holders.of(one, unique).is_none());
        open = held;
        if free.is_empty() {
            let Some(place) = in_a_circle(&open, &holders, unique, &parked) else { break };
            let park = open.iter().find_map(|one| match one {
                Refused::Update(update) if update.place == place => Some(update.clone()),
                _ => None,
            });
            let (Some(update), Some(draft)) = (park, drafts.get(place)) else { break };
            let interim = interim(draft, &update, unique);
            // Noted first: a run that is broken off leaves nothing behind that the next one does not mend.
            let fields: Vec<&str> = unique
                .iter()
                .filter(|one| interim.contains_key(one.field))
                .flat_map(|one| one.made_of)
                .copied()
                .collect();
            if !cx.job.claim.run.dry_run {
                cx.rows().note_interim(module, &draft.zoho_id, &fields, cx.clock.now()).await?;
            }
            let parking = Update { payload: interim, ..update };
            let applied = writer.update_all(vec![parking.clone()]).await?;
            if applied.cancelled {
                return Ok((true, Vec::new()));
            }
            if applied.refused(place) {
                break;
            }
            parked.insert(place);
            if let Some(draft) = drafts.get_mut(place) {
                draft.is_parked = true;
            }
            holders.gives_up(&parking.target_id);
            continue;
        }
        let (mut updates, mut creates) = (Vec::new(), Vec::new());
        for one in free {
            let Some(draft) = drafts.get_mut(one.place()) else { continue };
            draft.reconsider();
            match one {
                Refused::Update(update) => updates.push(update),
                Refused::Create(create) => creates.push(create),
            }
        }
        let movers: Vec<(usize, ObjectId)> =
            updates.iter().map(|update| (update.place, update.target_id.clone())).collect();
        let updated = writer.update_all(updates).await?;
        let mut cancelled = updated.cancelled;
        for (place, id) in movers {
            if !updated.refused(place) {
                holders.gives_up(&id);
            }
        }
        settle_updates(drafts, updated);
        if !cancelled && !creates.is_empty() {
            let created = writer.create_all(creates).await?;
            cancelled = created.cancelled;
            let mut more = Vec::new();
            settle_late(cx, drafts, created, &mut more);
            let completed = writer.update_all(more).await?;
            cancelled |= completed.cancelled;
            settle_updates(drafts, completed);
        }
        if cancelled {
            return Ok((true, Vec::new()));
        }
    }
    Ok((false, may_be_given_up(cx, drafts, &open, &holders).await?))
}

/// Returns the values that the records of some updates had and may give up, in lower case.
fn given_up(cx: Cx<'_>, drafts: &[Draft], updates: &[Update]) -> HashSet<String> {
    updates
        .iter()
        .filter_map(|update| drafts.get(update.place)?.link.as_ref())
        .flat_map(|link| cx.kind.known_by(&link.sent))
        .map(|(_, value)| value.to_ascii_lowercase())
        .collect()
}

/// Settles creates that were tried again; an account that has the address is not looked at a second time.
fn settle_late(cx: Cx<'_>, drafts: &mut [Draft], applied: Applied, updates: &mut Vec<Update>) {
    drop(settle_creates(cx, drafts, applied, updates));
}

fn is_taken(draft: &Draft, unique: &[Unique]) -> bool {
    draft.outcome.as_ref().is_some_and(|item| {
        item.status == ItemStatus::Failed
            && item.code.is_some_and(|code| unique.iter().any(|one| one.code == code))
    })
}

/// Who has the values that were refused.
#[derive(Debug, Default)]
struct Holders {
    by_value: HashMap<(&'static str, String), ObjectId>,
}

impl Holders {
    /// Returns another object that has a value of a write.
    fn of(&self, one: &Refused, unique: &[Unique]) -> Option<&ObjectId> {
        unique.iter().find_map(|field| {
            let value = field_of(one.payload(), field.field)?;
            let holder = self.by_value.get(&(field.field, folded(field.field, value)))?;
            (Some(holder) != one.own()).then_some(holder)
        })
    }

    /// Notes that an object has other values now.
    fn gives_up(&mut self, id: &ObjectId) {
        self.by_value.retain(|_, holder| holder != id);
    }
}

/// Addresses and user names are the same in any letter case.
fn folded(field: &str, value: String) -> String {
    if field == "shortname" { value } else { value.to_ascii_lowercase() }
}

async fn holders(cx: Cx<'_>, open: &[Refused]) -> Result<Holders, Stop> {
    let mut holders = Holders::default();
    for Unique { field, .. } in cx.kind.unique_fields() {
        let values: Vec<String> =
            open.iter().filter_map(|one| field_of(one.payload(), field)).collect();
        if values.is_empty() {
            continue;
        }
        for (value, objects) in
            by_field(cx.job.target.as_ref(), cx.kind.target(), field, &values).await?
        {
            for object in objects {
                holders.by_value.insert((*field, folded(field, value.clone())), object.id);
            }
        }
    }
    Ok(holders)
}

/// Returns the place of a write of which the value is wanted by the next one, and so on around to itself.
fn in_a_circle(
    open: &[Refused],
    holders: &Holders,
    unique: &[Unique],
    parked: &HashSet<usize>,
) -> Option<usize> {
    let by_object: HashMap<&ObjectId, &Refused> =
        open.iter().filter_map(|one| Some((one.own()?, one))).collect();
    for start in open.iter().filter(|one| !parked.contains(&one.place())) {
        let Some(own) = start.own() else { continue };
        let mut seen: HashSet<usize> = HashSet::new();
        let mut next = holders.of(start, unique);
        while let Some(id) = next {
            if id == own {
                return Some(start.place());
            }
            let Some(one) = by_object.get(id).filter(|one| seen.insert(one.place())) else { break };
            next = holders.of(one, unique);
        }
    }
    None
}

/// Returns values that no other object has, in place of the ones that an object gives up.
fn interim(draft: &Draft, update: &Update, unique: &[Unique]) -> Payload {
    let own = |field: &str| match field {
        "email" => format!("sigma-sync-{}@interim.invalid", draft.zoho_id),
        _ => format!("sigma-sync-{}", draft.zoho_id),
    };
    let fields = unique.iter().map(|one| one.field);
    fields
        .filter(|field| update.payload.contains_key(*field))
        .map(|field| (field.to_owned(), Value::String(own(field))))
        .collect()
}

/// Takes back the refusals of records whose values are held by an object of another record, which may give them up later in
/// the run, and returns these records.
async fn may_be_given_up(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    open: &[Refused],
    holders: &Holders,
) -> Result<Vec<RecordId>, Stop> {
    let room = DEFERRED_MAX.saturating_sub(cx.job.deferred.count());
    if !cx.defers || room == 0 || open.is_empty() {
        return Ok(Vec::new());
    }
    let unique = cx.kind.unique_fields();
    let held: Vec<(usize, ObjectId)> = open
        .iter()
        .filter_map(|one| Some((one.place(), holders.of(one, unique)?.clone())))
        .collect();
    let ids: Vec<ObjectId> = held.iter().map(|(_, id)| id.clone()).collect();
    let owners = cx.rows().owners(cx.job.claim.run.module, cx.kind.target(), &ids).await?;
    let texts: Vec<String> = owners.values().map(|id| id.as_str().to_owned()).collect();
    let told = cx.rows().known_records(cx.job.claim.run.id, &texts).await?;
    let put_off: HashSet<RecordId> = cx.job.deferred.list().into_iter().collect();
    let here: HashSet<&RecordId> =
        open.iter().filter_map(|one| Some(&drafts.get(one.place())?.zoho_id)).collect();
    // Who was met already has given up what there is to give up.
    let is_to_come = |owner: &RecordId| {
        let met = drafts.iter().any(|draft| draft.zoho_id == *owner);
        put_off.contains(owner) || here.contains(owner) || !(met || told.contains(owner.as_str()))
    };
    let ours: HashSet<ObjectId> =
        owners.iter().filter(|(_, owner)| is_to_come(owner)).map(|(id, _)| id.clone()).collect();
    let mut deferred = Vec::new();
    for (place, _) in held.into_iter().filter(|(_, id)| ours.contains(id)).take(room) {
        if let Some(draft) = drafts.get_mut(place) {
            draft.reconsider();
            deferred.push(draft.zoho_id.clone());
        }
    }
    Ok(deferred)
}

#[cfg(test)]
mod tests {
    use {super::*, crate::domain::code, serde_json::json};

    const UNIQUE: &[Unique] = &[Unique {
        field: "email",
        canonical: "academic_email",
        made_of: &["academic_email"],
        code: code::VALUE_TOO_LONG,
        identifies: true,
        site_decides: true,
    }];

    fn wants(place: usize, id: &str, email: &str) -> Refused {
        let payload = Payload::from([("email".to_owned(), json!(email))]);
        Refused::Update(Update { place, target_id: id.into(), payload })
    }

    fn held(of: &[(&str, &str)]) -> Holders {
        let by_value = of.iter().map(|(email, id)| (("email", (*email).to_owned()), (*id).into()));
        Holders { by_value: by_value.collect() }
    }

    #[test]
    fn a_circle_is_found_and_a_chain_is_none() {
        let open = [wants(0, "10", "b"), wants(1, "11", "c"), wants(2, "12", "A")];
        let circle = held(&[("a", "10"), ("b", "11"), ("c", "12")]);
        assert_eq!(in_a_circle(&open, &circle, UNIQUE, &HashSet::new()), Some(0));
        assert_eq!(in_a_circle(&open, &circle, UNIQUE, &HashSet::from([0])), Some(1));
        // Another object has the last one's.
        let chain = held(&[("a", "99"), ("b", "11"), ("c", "12")]);
        assert_eq!(in_a_circle(&open, &chain, UNIQUE, &HashSet::new()), None);
        // What leads into a circle is not in it.
        let open = [wants(0, "10", "b"), wants(1, "11", "c"), wants(2, "12", "b2")];
        let tail = held(&[("b", "11"), ("c", "12"), ("b2", "11")]);
        assert_eq!(in_a_circle(&open, &tail, UNIQUE, &HashSet::new()), Some(1));
        let mut given = circle;
        given.gives_up(&"11".into());
        assert_eq!(given.of(&wants(0, "10", "B"), UNIQUE), None);
        assert_eq!(given.of(&wants(0, "10", "a"), UNIQUE), None, "its own");
    }
}

//! Looks linked objects back in the target: a run with the scope `verify` does so for every record that it reads, a whole run
//! for a sample (`sample.rs`). What is gone is taken up like a record without a link, what differs is written again. A read
//! that fails stops the run, and one that answers for some objects only is never taken for absence.

use {
    super::{
        draft::Draft,
        kind::{Cx, Kind},
        kinds::field::SOURCE_ID_FIELD,
        looked_back::LookedBack,
        payload::update,
        shape::Wanted,
        stop::Stop,
        work::Create,
    },
    crate::{
        domain::{
            code, field,
            id::{ObjectId, RecordId},
            record::{Payload, SourceRecord, TargetRecord},
            selection::RunSelection,
        },
        ports::{ConnectorError, Failure, Target},
        store::{Link, LinkState},
    },
    serde_json::Value,
    std::collections::{BTreeMap, BTreeSet},
};

/// Missing objects that are looked for a second time in one slice, where each takes a call.
const SINGLY: usize = 5;
/// Names that one object has: the canonical field and the target's.
const UNIQUE_NAMES: [(&str, &str); 4] = [
    ("academic_email", "email"),
    ("username", "username"),
    ("short_name", "shortname"),
    ("code", "shortname"),
];
/// The canonical ones of them by which a person's object is known.
const OF_PEOPLE: [&str; 2] = ["academic_email", "username"];
/// Names that several may have.
const COMMON_NAMES: [(&str, &str); 2] = [("name", "fullname"), ("name", "name")];

/// Returns the target that objects are looked back in. Of fields that are a part of an object a dry run's own shows only what it
/// would have written itself.
pub(crate) fn target(cx: Cx<'_>) -> &dyn Target {
    match cx.kind.is_part() {
        true => cx.job.site.target.as_ref(),
        false => cx.job.target.as_ref(),
    }
}

/// Looks the objects of records back, if the run verifies them.
pub(crate) async fn look_back(
    cx: Cx<'_>,
    records: &[SourceRecord],
) -> Result<Option<LookedBack>, Stop> {
    let run = &cx.job.claim.run;
    if run.selection != RunSelection::Verify || records.is_empty() {
        return Ok(None);
    }
    let ids: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
    let links = cx.rows().links(run.module, &ids).await?;
    let mut links: Vec<&Link> = links.values().filter(|link| is_looked_at(cx, link)).collect();
    links.sort_by(|a, b| a.target_id.cmp(&b.target_id));
    if links.is_empty() {
        return Ok(Some(LookedBack::default()));
    }
    of_links(cx, &links, true).await.map(Some)
}

/// Returns whether a link's object is looked at: one that is in use. A membership that has ended is not there.
pub(crate) fn is_looked_at(cx: Cx<'_>, link: &Link) -> bool {
    let ended = cx.kind.is_membership() && cx.kind.is_ended(&link.sent);
    link.state == LinkState::Active && cx.kind.makes(link.target_kind) && !ended
}

/// Looks the objects of links back, in the way of their kind. `whole`: with what they show, else only whether they are there.
pub(crate) async fn of_links(cx: Cx<'_>, links: &[&Link], whole: bool) -> Result<LookedBack, Stop> {
    match cx.kind.look_back(cx, links, whole).await? {
        Some(back) => Ok(back),
        None => by_id(cx, "id", links).await,
    }
}

/// Returns the places that hold the objects of links, such as courses, each once.
pub(crate) fn places(links: &[&Link]) -> Vec<String> {
    let places = links.iter().filter_map(|link| link.container.as_ref());
    let places: BTreeSet<String> = places.map(ToString::to_string).collect();
    places.into_iter().collect()
}

/// Looks objects back by their ids.
pub(crate) async fn by_id(cx: Cx<'_>, key: &str, links: &[&Link]) -> Result<LookedBack, Stop> {
    let to = target(cx);
    let mut ids: Vec<String> = links.iter().map(|link| link.target_id.to_string()).collect();
    ids.dedup();
    let kind = cx.kind.target();
    let mut found: BTreeMap<ObjectId, TargetRecord> = BTreeMap::new();
    for chunk in ids.chunks(to.look_up_limit(kind).max(1)) {
        let objects = to.look_up(kind, key, chunk).await?;
        found.extend(objects.into_iter().map(|object| (object.id.clone(), object)));
    }
    judged(cx, links, found).await
}

/// Judges which links lead to one of the objects that were found. What is missing is looked for a second time, by a read of
/// another kind.
///
/// # Errors
/// If the second read shows what the first one did not.
pub(crate) async fn judged(
    cx: Cx<'_>,
    links: &[&Link],
    mut found: BTreeMap<ObjectId, TargetRecord>,
) -> Result<LookedBack, Stop> {
    let mut back = LookedBack::default();
    let mut missing: Vec<&Link> = Vec::new();
    let mut doubted: Vec<(&Link, TargetRecord)> = Vec::new();
    for link in links {
        match found.remove(&link.target_id) {
            Some(object) if is_own(&object.fields, link) => back.found(object.id, object.fields),
            Some(object) => doubted.push((link, object)),
            None if back.there.contains_key(&link.target_id) => {}
            None => missing.push(link),
        }
    }
    if !doubted.is_empty() {
        // Its number was given to another object, unless the id that it carries is hidden. Only what is found tells here.
        let some: Vec<&Link> = doubted.iter().map(|(link, _)| *link).collect();
        let carrying = cx.kind.find_by_source_id(target(cx), &carriers(&some)).await?;
        let carrying: BTreeSet<ObjectId> =
            carrying.into_values().flatten().map(|object| object.id).collect();
        for (link, object) in doubted {
            match carrying.contains(&object.id) {
                true => back.found(object.id, object.fields),
                false if is_doubtful(&object.fields, link) => {
                    back.doubted.insert(link.target_id.clone());
                }
                false => drop(back.gone.insert(link.target_id.clone())),
            }
        }
    }
    if !missing.is_empty() {
        let most = match cx.kind.looks_singly() {
            true => SINGLY,
            false => target(cx).look_up_limit(cx.kind.target()),
        };
        // From all over the list: an answer that breaks off leaves out its end.
        let step = missing.len().div_ceil(most.max(1));
        let some: Vec<&Link> = missing.iter().step_by(step).copied().collect();
        let again = match cx.kind.found_again(cx, &some).await? {
            Some(again) => again,
            None => by_source_id(cx, &some).await?,
        };
        if missing.iter().any(|link| again.contains(&link.target_id)) {
            return Err(half_answered());
        }
        back.gone.extend(missing.into_iter().map(|link| link.target_id.clone()));
    }
    Ok(back)
}

/// The site answers for some objects only, so that nothing is known of the others.
pub(crate) fn half_answered() -> Stop {
    let reason = "a read of linked objects left out some that another read shows";
    let code = code::UPSTREAM_PROTOCOL;
    Stop::Upstream(ConnectorError::of(Failure::Unreachable, code, &[("reason", &reason)]))
}

/// Returns those of the objects of links that are found by the ids of their records.
async fn by_source_id(cx: Cx<'_>, links: &[&Link]) -> Result<BTreeSet<ObjectId>, Stop> {
    let found = cx.kind.find_carrying(cx, &carriers(links)).await?;
    Ok(found.into_values().flatten().map(|object| object.id).collect())
}

/// Returns what is looked up by the ids of records.
fn carriers(links: &[&Link]) -> Vec<Create> {
    let carrier = |link: &&Link| Create {
        place: 0,
        zoho_id: link.zoho_id.clone(),
        container: link.container.clone(),
        payload: Payload::new(),
    };
    links.iter().map(carrier).collect()
}

/// Returns whether an object is the one that a link was made for: it carries the record's id, or a name that was sent and that
/// one object has. Of an object that carries no id any name does. Moodle leaves out an id that is hidden as it does an empty
/// one; where the names are hidden too, nothing is known.
pub(crate) fn is_own(object: &Payload, link: &Link) -> bool {
    let text = |fields: &Payload, name: &str| {
        fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let id = text(object, SOURCE_ID_FIELD);
    if id == link.zoho_id.as_str() {
        return true;
    }
    let of_other = !id.is_empty();
    let common: &[_] = if of_other { &[] } else { &COMMON_NAMES };
    let mut names = UNIQUE_NAMES
        .iter()
        .chain(common)
        .map(|(ours, theirs)| (text(&link.sent, ours), text(object, theirs)))
        .filter(|(ours, theirs)| !ours.is_empty() && !theirs.is_empty())
        .peekable();
    if names.peek().is_none() {
        return !of_other;
    }
    names.any(|(ours, theirs)| ours.eq_ignore_ascii_case(&theirs))
}

/// Returns whether it cannot be told if an object is the one that a link was made for: it was there before its record and has
/// names of its own, and now it carries no id at all. To make a second one would be as wrong as to change another's.
fn is_doubtful(object: &Payload, link: &Link) -> bool {
    let id = object.get(SOURCE_ID_FIELD).and_then(Value::as_str).unwrap_or_default();
    id.is_empty() && OF_PEOPLE.iter().all(|name| link.kept.contains(*name))
}

/// Brings what was found into a record, before it is decided on.
pub(crate) fn bring_in(cx: Cx<'_>, draft: &mut Draft, wanted: &Wanted) {
    let Some((back, link)) = cx.back.zip(draft.link.as_ref()) else { return };
    if !is_looked_at(cx, link) {
        return;
    }
    if back.gone.contains(&link.target_id) {
        // The use of what is gone has ended, and the fields of an object come with the object.
        if !cx.kind.is_part() && (cx.kind.is_exclusive() || !draft.shape.ended) {
            draft.lose();
        }
        return;
    }
    let Some(has) = back.there.get(&link.target_id) else { return };
    if back.shows.as_ref().is_some_and(|records| !records.contains(&draft.zoho_id)) {
        return;
    }
    let unmarked = back.shown.contains(SOURCE_ID_FIELD)
        && has.get(SOURCE_ID_FIELD).and_then(Value::as_str).is_none_or(str::is_empty);
    let own = cx.kind.different(cx, draft, wanted, has, &back.shown);
    let names = own.unwrap_or_else(|| fields(cx, draft, wanted, has, &back.shown));
    draft.differs_in(&names, unmarked);
}

/// Returns the canonical fields of which an object shows another value than the record has.
pub(crate) fn fields(
    cx: Cx<'_>,
    draft: &Draft,
    wanted: &Wanted,
    has: &Payload,
    shown: &BTreeSet<String>,
) -> Vec<String> {
    let module = cx.job.module();
    let kind: &dyn Kind = cx.kind;
    let (known, form) = (field::of(module.name), module.layout().form);
    let always = update(kind, module, draft, wanted, &|_| false);
    let differs = |name: &&String| {
        let own = update(kind, module, draft, wanted, &|field| field == name.as_str());
        let to = known.field(name).and_then(|field| field.goes(form).target());
        own.iter().any(|(key, value)| {
            (!always.contains_key(key) || to == Some(key.as_str()))
                && (has.contains_key(key) || shown.contains(key))
                && kind.differs(key, has.get(key), value, &draft.shape)
        })
    };
    let named = draft.shape.fields.keys().filter(|name| !draft.kept.contains(*name));
    named.filter(differs).cloned().collect()
}

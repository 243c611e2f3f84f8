//! Enrolments as the target shows them: who takes part in a course or in a group of it, and who of them may use it.

use {
    super::state::enrolment_of,
    crate::{
        domain::{
            id::ObjectId,
            record::{Payload, TargetKind},
        },
        store::Link,
        sync::{
            kind::Cx,
            looked_back::LookedBack,
            roll::Roll,
            stop::Stop,
            verify::{half_answered, target},
        },
    },
    serde_json::{Value, json},
    std::{
        collections::{BTreeMap, BTreeSet},
        sync::Arc,
    },
};

/// The field that tells whether an enrolment can be used now.
const ACTIVE: &str = "active";
/// Clocks may differ by so much, in seconds.
const DRIFT: i64 = 60 * 60;

/// Looks enrolments back, with the list of each course, or of each group of a course. `usable`: also whether they can be used.
pub(crate) async fn look_back(
    cx: Cx<'_>,
    links: &[&Link],
    usable: bool,
) -> Result<LookedBack, Stop> {
    let mut back = LookedBack::default();
    let mut missing: BTreeMap<String, BTreeSet<ObjectId>> = BTreeMap::new();
    for link in links {
        let Ok(id) = enrolment_of(&link.target_id) else { continue };
        let place = id.place();
        let roll = roll(cx, &place, usable).await?;
        let whole: ObjectId = id.in_course().to_string().into();
        match roll.get(&whole) {
            Some(active) => {
                let fields = active.map(|active| (ACTIVE.to_owned(), json!(active)));
                back.found(link.target_id.clone(), fields.into_iter().collect());
            }
            None => {
                missing.entry(place).or_default().insert(whole);
                back.gone.insert(link.target_id.clone());
            }
        }
    }
    // What is missing is looked for in the same lists from the other end: an answer that breaks off has another part then.
    for (place, missing) in missing {
        if ask(cx, "courseid backwards", &place).await?.iter().any(|id| missing.contains(id)) {
            return Err(half_answered());
        }
    }
    Ok(back)
}

/// Returns those who take part; each list is asked for once in a run.
async fn roll(cx: Cx<'_>, place: &str, usable: bool) -> Result<Arc<Roll>, Stop> {
    let key = (place.to_owned(), usable);
    if let Some(known) = cx.job.rolls.get(&key) {
        return Ok(known);
    }
    let mut roll: Roll =
        ask(cx, "courseid", place).await?.into_iter().map(|id| (id, None)).collect();
    if usable {
        let active: BTreeSet<ObjectId> =
            ask(cx, "courseid active", place).await?.into_iter().collect();
        roll.iter_mut().for_each(|(id, state)| *state = Some(active.contains(id)));
    }
    Ok(cx.job.rolls.keep(key, roll))
}

async fn ask(cx: Cx<'_>, key: &str, place: &str) -> Result<Vec<ObjectId>, Stop> {
    let found = target(cx).look_up(TargetKind::Enrolment, key, &[place.to_owned()]).await?;
    Ok(found.into_iter().map(|one| one.id).collect())
}

/// Returns whether an enrolment can be used though it must not be, or the other way round. Before its begin and behind its end
/// nothing is known.
pub(crate) fn differs(cx: Cx<'_>, wanted: &Payload, has: &Payload) -> bool {
    let Some(active) = has.get(ACTIVE).and_then(Value::as_bool) else { return false };
    let second = |name: &str| wanted.get(name).and_then(Value::as_i64).unwrap_or_default();
    let now = cx.clock.now().timestamp();
    let (start, end) = (second("timestart"), second("timeend"));
    let within = start + DRIFT < now && (end == 0 || now + DRIFT < end);
    match wanted.get("suspend").and_then(Value::as_bool) {
        Some(true) => active,
        _ => within && !active,
    }
}

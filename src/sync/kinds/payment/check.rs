//! Reads profile fields back after a write: the site drops what it does not know without an error, and stores values in a
//! form that their fields may not have.

use {
    super::typed::{Shows, compare, emptied, note},
    crate::{
        domain::{
            code,
            id::ObjectId,
            item::{ItemStatus, Warning},
            record::{Payload, TargetKind, TargetRecord},
        },
        sync::{
            draft::Draft,
            kind::Cx,
            look_up::{Found, by_field},
            settle::settle_refused,
            stop::Stop,
            work::Update,
            write::Writer,
        },
    },
    serde_json::{Value, json},
    std::collections::{BTreeSet, HashMap, HashSet},
};

/// The canonical fields that profile fields are made of, each the one to name if its value is at fault.
const MADE_OF: [(&str, &str); 2] =
    [("payment_status", "payment_status"), ("last_payment", "payment_date")];

/// What came of reading fields back.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// True if some of the accounts were hidden, for which the result is unknown.
    pub(crate) unseen: bool,
    /// True if a request to cancel came.
    pub(crate) cancelled: bool,
}

/// Unknown short names and values outside a menu are dropped without an error, so the values are read back. A value whose
/// field has another form is written once more in that form; one that its field cannot hold is left out.
pub(crate) async fn check_profiles(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    written: &HashMap<usize, Payload>,
) -> Result<Checked, Stop> {
    let mut checked = Checked::default();
    let ids = |drafts: &[Draft], places: &mut dyn Iterator<Item = usize>| {
        let ids = places.filter_map(|place| drafts.get(place)?.target_id.clone());
        let ids: BTreeSet<ObjectId> = ids.collect();
        ids.into_iter().map(ObjectId::into_text).collect::<Vec<String>>()
    };
    let to = cx.job.target.as_ref();
    let all = ids(drafts, &mut written.keys().copied());
    let mut found = by_field(to, TargetKind::Profile, "id", &all).await?;
    for profile in found.values().flatten() {
        note(&cx.job.sight, &profile.fields);
    }
    let again = reformed(cx, drafts, written, &found);
    let places: HashSet<usize> = again.iter().map(|update| update.place).collect();
    if !again.is_empty() {
        let applied = Writer { to, kind: cx.kind, lease: cx.lease }.update_all(again).await?;
        checked.cancelled = applied.cancelled;
        let done: HashSet<usize> = applied.settled.iter().map(|settled| settled.place).collect();
        for place in places.difference(&done) {
            if let Some(draft) = drafts.get_mut(*place) {
                draft.reconsider();
            }
        }
        settle_refused(drafts, applied);
        let some = ids(drafts, &mut places.iter().copied());
        found.extend(by_field(to, TargetKind::Profile, "id", &some).await?);
    }
    for (place, payload) in written {
        let Some(draft) = drafts.get_mut(*place) else { continue };
        let Some(has) = profile(draft, &found) else {
            checked.unseen |= is_written(draft) && draft.target_id.is_some();
            continue;
        };
        let lost = payload.iter().find_map(|(name, value)| {
            match compare(&cx.job.sight, name, has.fields.get(name), value) {
                Shows::It => None,
                Shows::Other(_) => Some((name, value, false)),
                Shows::Never => Some((name, value, true)),
            }
        });
        if let Some((name, value, unfit)) = lost {
            let (name, value) = (name.clone(), value.clone());
            lose(cx, draft, &name, &value, unfit);
        }
    }
    Ok(checked)
}

/// Returns the profile of a record that was written, if it is shown.
fn profile<'f>(draft: &Draft, found: &'f Found) -> Option<&'f TargetRecord> {
    let id = draft.target_id.as_ref().filter(|_| is_written(draft))?;
    found.get(id.as_str())?.first()
}

fn is_written(draft: &Draft) -> bool {
    draft.outcome.as_ref().is_some_and(|item| item.status != ItemStatus::Failed)
}

/// Returns the updates of fields that take another form of the value than was sent; what a field made of a value that it
/// cannot hold is emptied.
fn reformed(
    cx: Cx<'_>,
    drafts: &[Draft],
    written: &HashMap<usize, Payload>,
    found: &Found,
) -> Vec<Update> {
    let mut again = Vec::new();
    for (place, payload) in written {
        let Some(draft) = drafts.get(*place) else { continue };
        let Some(has) = profile(draft, found) else { continue };
        let typed = payload.iter().filter(|(name, _)| cx.job.sight.data_type(name).is_some());
        let fitting = typed.filter_map(|(name, value)| {
            let has = has.fields.get(name);
            let fitting = match compare(&cx.job.sight, name, has, value) {
                Shows::It => None,
                Shows::Other(fitting) => Some(fitting),
                Shows::Never => emptied(&cx.job.sight, name, has),
            };
            Some((name.clone(), json!(fitting?)))
        });
        let payload: Payload = fitting.collect();
        if !payload.is_empty() {
            again.push(Update { place: *place, target_id: has.id.clone(), payload });
        }
    }
    again
}

/// Tells that a value is not in its field. One that the field cannot hold costs only itself, unless its row says otherwise.
fn lose(cx: Cx<'_>, draft: &mut Draft, name: &str, value: &Value, unfit: bool) {
    let code = code::MOODLE_VALUE_DROPPED;
    let field = MADE_OF.iter().find(|(own, _)| *own == name).map_or(name, |(_, field)| *field);
    let drops = || cx.job.mappings.incoming().is_some_and(|set| set.drops(field));
    if unfit && drops() {
        let value = value.as_str().unwrap_or_default();
        draft.shape.warnings.push(Warning::new(field, code, value));
        return;
    }
    let why = match unfit {
        true => "a field of its data type cannot hold it",
        false => "the field does not exist, or its menu lacks the value",
    };
    let message = format!("the site did not keep {value} in the profile field '{name}': {why}");
    draft.refuse(code, message);
}

//! Decides what one record needs: nothing, an object, a change, a move, or a removal that the brake must see first. The
//! same code for real and dry runs; nothing here writes.

use {
    super::{
        draft::Draft,
        end_use::can_end,
        kinds::{self, EMAIL_FIELD, SOURCE_ID_FIELD, seat},
        shape::{Module, Parents, Wanted, fingerprint},
        work::{Rules, Step, Update, left_place},
    },
    crate::{
        domain::{
            item::{ItemStatus, Op},
            layout::RemovalAction,
            record::{self, TargetKind, TargetRecord},
        },
        store::{Evidence, Link, LinkState},
    },
    serde_json::Value,
};

/// Decides what to do as far as it can be told without asking the target.
pub(crate) fn decide(
    draft: &mut Draft,
    place: usize,
    module: Module<'_>,
    parents: &Parents,
    rules: Rules,
) -> Step {
    // Nothing but the link and the status is needed for that; the rest of the record follows when the use has ended.
    if ends_use(draft, module) {
        return Step::Held(draft.held(Evidence::Status));
    }
    if let Some(need) = parents.missing(&draft.shape.needs) {
        draft.skip("PARENT_NOT_SYNCED", need.reason());
        return Step::Settled;
    }
    let wanted = match module.wanted(&draft.zoho_id, &draft.shape, parents) {
        Ok(wanted) => wanted,
        Err(unfit) if unfit.code == "PARENT_NOT_SYNCED" => {
            draft.skip(unfit.code, &unfit.message);
            return Step::Settled;
        }
        Err(unfit) => {
            draft.refuse(unfit.code, unfit.message);
            return Step::Settled;
        }
    };
    let step = match draft.link.clone() {
        Some(link) => linked(draft, place, module, &link, &wanted, rules),
        None => unlinked(draft, place, &wanted),
    };
    draft.wanted = Some(wanted);
    step
}

/// Returns whether the status ends a use that had not ended before. Whether a payment takes something away depends on
/// the student's other ones (`kinds/payment/newest.rs`).
fn ends_use(draft: &Draft, module: Module<'_>) -> bool {
    draft.shape.ended && draft.link.as_ref().is_some_and(|link| can_end(module, link))
}

fn unlinked(draft: &mut Draft, place: usize, wanted: &Wanted) -> Step {
    match wanted.kind {
        // Somebody who has left is not made a member first.
        TargetKind::CohortMember if draft.shape.ended => {
            draft.op = Some(Op::Link);
            draft.target_id.clone_from(&wanted.id);
            return Step::Link;
        }
        TargetKind::User => return Step::Seek,
        _ if draft.shape.stored.is_some() => return Step::Seek,
        // The fields of an account that is there.
        TargetKind::Profile => {
            let Some(user) = wanted.id.clone() else { return Step::Link };
            draft.op = Some(Op::Update);
            draft.target_id = Some(user.clone());
            let payload = wanted.create.clone();
            return Step::Update(Update { place, target_id: user, payload });
        }
        _ => {}
    }
    draft.op = Some(if draft.fault.is_some() { Op::Suspend } else { Op::Create });
    Step::Create(draft.create(place, wanted))
}

fn linked(
    draft: &mut Draft,
    place: usize,
    module: Module<'_>,
    link: &Link,
    wanted: &Wanted,
    rules: Rules,
) -> Step {
    let stays = wanted.id.as_ref().is_none_or(|id| *id == link.target_id)
        && (link.target_kind == wanted.kind)
        && (wanted.id.is_some() || link.container == wanted.container);
    let member = wanted.kind == TargetKind::CohortMember;
    let active = link.state == LinkState::Active;
    if stays && active && link.sent_hash == draft.hash && !rules.forced {
        draft.target_id = Some(link.target_id.clone());
        draft.leave_unchanged();
        return Step::Settled;
    }
    let ended_before = module.ended(&link.sent);
    if !stays || link.state == LinkState::Removed || (member && ended_before) {
        // An enrolment that moved is left there and made here; a membership that had ended begins anew.
        if let Some(to) = wanted.id.as_ref().filter(|_| active && !stays) {
            move_from(draft, link, wanted.kind, to, ended_before, module.layout().removal_action);
        }
        if member && draft.shape.ended {
            draft.op = Some(Op::Update);
            draft.target_id.clone_from(&wanted.id);
            return Step::Link;
        }
        // The fields of another account: that of the student whom the payment is about now.
        if let (TargetKind::Profile, Some(user)) = (wanted.kind, &wanted.id) {
            draft.op = Some(if active { Op::Update } else { Op::Reactivate });
            draft.target_id = Some(user.clone());
            let (target_id, payload) = (user.clone(), wanted.create.clone());
            return Step::Update(Update { place, target_id, payload });
        }
        draft.op = Some(if stays { Op::Reactivate } else { Op::Update });
        return Step::Create(draft.create(place, wanted));
    }
    draft.target_id = Some(link.target_id.clone());
    if member {
        // A membership has no fields of its own: it is there or it is not.
        draft.op = Some(Op::Update);
        return Step::Link;
    }
    let comes_back = !active || (ended_before && !draft.shape.ended);
    let stays_closed = draft.kept.contains("status");
    draft.op = Some(if comes_back && !stays_closed { Op::Reactivate } else { Op::Update });
    let changed = record::diff(&link.sent, &draft.shape.fields);
    let of_parent = |name: &str| rules.forced && name.ends_with("_zoho_id");
    let due = |name: &str| !active || changed.contains_key(name) || of_parent(name);
    let touched = |name: &str| changed.contains_key(name) || (name == "status" && comes_back);
    draft.note = kinds::told(draft.kept.iter().map(String::as_str).filter(|name| touched(name)));
    if !draft.kept.is_empty()
        && (stays_closed || !comes_back)
        && draft.shape.fields.keys().all(|name| !due(name) || draft.kept.contains(name))
    {
        return Step::Link;
    }
    let mut payload = module.update(&draft.zoho_id, &draft.shape, wanted, |name| {
        due(name) && !draft.kept.contains(name)
    });
    if comes_back && wanted.kind == TargetKind::User && !stays_closed {
        // It is the record's return that gives the account back, also where nothing says a status.
        payload.entry("suspended".to_owned()).or_insert(Value::Bool(draft.shape.ended));
    }
    Step::Update(Update { place, target_id: link.target_id.clone(), payload })
}

/// Notes what a record leaves that goes to another place. Of the same course that is at most a group; anything else is
/// a removal, for which the record need not wait: it is in its new place first.
fn move_from(
    draft: &mut Draft,
    link: &Link,
    kind: TargetKind,
    to: &str,
    ended_before: bool,
    action: RemovalAction,
) {
    if link.target_kind != kind {
        return;
    }
    let from = link.target_id.as_str();
    let used = match kind {
        TargetKind::Enrolment if seat(from) == seat(to) => {
            draft.leaves = (from != seat(from)).then(|| from.to_owned());
            return;
        }
        // What is suspended already is only ended where the school wants it so.
        TargetKind::Enrolment => !ended_before || action == RemovalAction::Unenrol,
        TargetKind::CohortMember => !ended_before,
        _ => false,
    };
    draft.left = used.then(|| left_place(link));
}

/// Links an object that is there, and writes it only where it differs. `ours`: it carries the record's id.
pub(crate) fn adopt(
    draft: &mut Draft,
    place: usize,
    module: Module<'_>,
    known: &TargetRecord,
    ours: bool,
) -> Option<Update> {
    draft.target_id = Some(known.id.clone());
    let is_whole = draft.fault.is_none();
    draft.op = is_whole.then_some(Op::Link);
    if !is_whole {
        // What it was found by is not sent.
        draft.shape.fields.retain(|name, _| name == "status");
        draft.hash = fingerprint(&draft.shape.fields);
    }
    let wanted = draft.wanted.as_ref()?;
    let ended = draft.shape.ended;
    let differing = |picked: &dyn Fn(&str) -> bool| {
        let mut payload = module.update(&draft.zoho_id, &draft.shape, wanted, picked);
        payload.retain(|name, value| match known.fields.get(name) {
            Some(has) if name == EMAIL_FIELD => !same_address(has, value),
            Some(has) => !same(has, value),
            // The target leaves out empty fields, and an account is in use unless it says otherwise.
            None => !(is_blank(value) || (name == "suspended" && !ended)),
        });
        payload
    };
    if wanted.kind == TargetKind::User {
        draft.kept = kinds::kept(&known.fields, ours);
        let differs = |name: &&str| {
            let own = differing(&|field| field == *name);
            own.keys().any(|field| field != SOURCE_ID_FIELD)
        };
        draft.note = kinds::told(draft.kept.iter().map(String::as_str).filter(differs));
    }
    let payload = differing(&|name| !draft.kept.contains(name));
    if payload.is_empty() {
        draft.settle(ItemStatus::New);
        return None;
    }
    if !is_whole && payload.contains_key("suspended") {
        draft.op = Some(Op::Suspend);
    }
    Some(Update { place, target_id: known.id.clone(), payload })
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// Addresses that differ in nothing but letter case are the same.
fn same_address(has: &Value, wanted: &Value) -> bool {
    match (has, wanted) {
        (Value::String(has), Value::String(wanted)) => has.eq_ignore_ascii_case(wanted),
        (has, wanted) => same(has, wanted),
    }
}

/// Texts of a target say 1 where a payload says true, and numbers come as texts.
fn same(has: &Value, wanted: &Value) -> bool {
    match (has, wanted) {
        (Value::String(text), Value::Null) => text.is_empty(),
        (Value::Number(number), Value::Bool(flag)) => number.as_i64() == Some(i64::from(*flag)),
        (Value::String(text), Value::Number(number))
        | (Value::Number(number), Value::String(text)) => *text == number.to_string(),
        (has, wanted) => has == wanted,
    }
}

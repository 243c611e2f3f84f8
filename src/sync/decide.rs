//! Decides what one record needs: nothing, an object, a change, a move, or a removal that must pass the brake first.
//! The same code serves real and dry runs; nothing here writes.

use {
    super::{
        draft::Draft,
        kind::{Cx, Kind},
        kinds::field::SOURCE_ID_FIELD,
        map::can_end,
        payload::update,
        shape::{Module, Parents, Wanted},
        verify::bring_in,
        work::{Rules, Step, Update},
    },
    crate::{
        domain::{
            code,
            id::ObjectId,
            item::{ItemStatus, Op},
            record::{self, TargetRecord},
        },
        store::{Evidence, Link, LinkState},
    },
};

/// Decides what to do, as far as that is possible without asking the target.
pub(crate) fn decide(
    cx: Cx<'_>,
    draft: &mut Draft,
    place: usize,
    parents: &Parents,
    rules: Rules,
) -> Step {
    let number = draft.link.as_ref().map(|link| (link.target_kind, link.target_id.clone()));
    if number.is_some_and(|number| cx.job.looked.is_doubted(&number)) {
        let reason = "the object of its link was there before the record, and carries neither an id number nor a name that was \
                      known; if it is another one's, let the link be forgotten";
        let code = code::IDENTITY_NOT_PROVED;
        draft.refuse(code, code.advice(&[("reason", &reason)]));
        return Step::Settled;
    }
    // This takes only the link and the status; the rest of the record follows when the use has ended.
    if ends_use(cx, draft) {
        return Step::Held(draft.held(Evidence::Status));
    }
    if let Some(need) = parents.missing(&draft.shape.needs) {
        draft.skip(code::PARENT_NOT_SYNCED, need.reason);
        return Step::Settled;
    }
    let wanted = match cx.kind.wanted(cx.job.module(), &draft.zoho_id, &draft.shape, parents) {
        Ok(wanted) => wanted,
        Err(unfit) if unfit.code == code::PARENT_NOT_SYNCED => {
            draft.skip(unfit.code, &unfit.message);
            return Step::Settled;
        }
        Err(unfit) => {
            draft.refuse(unfit.code, unfit.message);
            return Step::Settled;
        }
    };
    bring_in(cx, draft, &wanted);
    let step = match draft.link.clone() {
        Some(link) => linked(cx, draft, place, &link, &wanted, rules),
        None => unlinked(cx, draft, place, &wanted),
    };
    draft.wants(wanted);
    step
}

/// Returns whether the status ends a use that had not ended before. Whether a payment takes access away depends on
/// the student's other payments (`kinds/payment/newest.rs`).
fn ends_use(cx: Cx<'_>, draft: &Draft) -> bool {
    draft.shape.ended && draft.link.as_ref().is_some_and(|link| can_end(cx, link))
}

fn unlinked(cx: Cx<'_>, draft: &mut Draft, place: usize, wanted: &Wanted) -> Step {
    // A student who has left is not made a member first.
    if cx.kind.is_membership() && draft.shape.ended {
        draft.does(Op::Link);
        draft.has(wanted.id.clone());
        return Step::Link;
    }
    if cx.kind.is_sought(&draft.shape) {
        return Step::Seek;
    }
    if cx.kind.is_part() {
        let Some(whole) = wanted.id.clone() else { return Step::Link };
        draft.does(Op::Update);
        draft.has(Some(whole.clone()));
        let payload = wanted.create.clone();
        return Step::Update(Update { place, target_id: whole, payload });
    }
    draft.does(if draft.fault.is_some() { Op::Suspend } else { Op::Create });
    Step::Create(draft.create(place, wanted))
}

fn linked(
    cx: Cx<'_>,
    draft: &mut Draft,
    place: usize,
    link: &Link,
    wanted: &Wanted,
    rules: Rules,
) -> Step {
    // What has just been made has no members yet, whatever its number is.
    let fresh = wanted.container.as_ref().is_some_and(|whole| cx.job.has_made(whole));
    let stays = !fresh
        && wanted.id.as_ref().is_none_or(|id| *id == link.target_id)
        && cx.kind.makes(link.target_kind)
        && (wanted.id.is_some() || link.container == wanted.container);
    let module = cx.job.module();
    let member = cx.kind.is_membership();
    let active = link.state == LinkState::Active;
    if stays && active && link.sent_hash.as_ref() == Some(&draft.hash) && !rules.forced {
        draft.has(Some(link.target_id.clone()));
        draft.leave_unchanged();
        return Step::Settled;
    }
    let ended_before = cx.kind.is_ended(&link.sent);
    if !stays || link.state == LinkState::Removed || (member && ended_before) {
        // An enrolment that moved is left there and created here; a membership that had ended starts again.
        if let Some(to) = wanted.id.as_ref().filter(|_| active && !stays) {
            move_from(cx, draft, link, to, ended_before);
        }
        if member && draft.shape.ended {
            draft.does(Op::Update);
            draft.has(wanted.id.clone());
            return Step::Link;
        }
        // The fields of another object, such as the account of the student to whom a payment now belongs.
        if let (true, Some(whole)) = (cx.kind.is_part(), &wanted.id) {
            draft.does(if active { Op::Update } else { Op::Reactivate });
            draft.has(Some(whole.clone()));
            let (target_id, payload) = (whole.clone(), wanted.create.clone());
            return Step::Update(Update { place, target_id, payload });
        }
        draft.does(if stays { Op::Reactivate } else { Op::Update });
        return Step::Create(draft.create(place, wanted));
    }
    draft.has(Some(link.target_id.clone()));
    if member {
        // A membership has no fields of its own: it exists or it does not.
        draft.does(Op::Update);
        return Step::Link;
    }
    let comes_back = !active || (ended_before && !draft.shape.ended);
    let stays_closed = draft.kept.contains("status");
    draft.does(if comes_back && !stays_closed { Op::Reactivate } else { Op::Update });
    let changed = record::diff(&link.sent, &draft.shape.fields);
    let of_parent = |name: &str| rules.forced && name.ends_with("_zoho_id");
    let due = |name: &str| !active || changed.contains_key(name) || of_parent(name);
    let touched = |name: &str| changed.contains_key(name) || (name == "status" && comes_back);
    let kept = draft.kept.iter().map(String::as_str);
    let touched: Vec<&str> = kept.filter(|name| touched(name)).collect();
    draft.tells(cx.kind.tell_kept(&touched));
    if !draft.kept.is_empty()
        && (stays_closed || !comes_back)
        && draft.shape.fields.keys().all(|name| !due(name) || draft.kept.contains(name))
    {
        return Step::Link;
    }
    let is_due = |name: &str| due(name) && !draft.kept.contains(name);
    let mut payload = update(cx.kind, module, draft, wanted, &is_due);
    if comes_back && !stays_closed {
        cx.kind.reopen(&mut payload, &draft.shape);
    }
    Step::Update(Update { place, target_id: link.target_id.clone(), payload })
}

/// Notes what a record leaves when it moves to another place. Within the same object that is at most a part; anything
/// else is a removal, for which the record need not wait: it is in its new place first.
fn move_from(cx: Cx<'_>, draft: &mut Draft, link: &Link, to: &ObjectId, ended_before: bool) {
    if !cx.kind.makes(link.target_kind) || link.target_id == *to {
        return;
    }
    let action = cx.job.module().layout().removal_action;
    draft.departs(cx.kind.departure(link, to, ended_before, action), link);
}

/// Links an existing object, and writes it only where it differs. `ours`: it carries the record's id.
pub(crate) fn adopt(
    kind: &dyn Kind,
    module: Module<'_>,
    draft: &mut Draft,
    place: usize,
    known: &TargetRecord,
    ours: bool,
) -> Option<Update> {
    draft.has(Some(known.id.clone()));
    let is_whole = draft.fault.is_none();
    if is_whole {
        draft.does(Op::Link);
    } else {
        // The value by which it was found is not sent.
        draft.reduce_to_status();
    }
    let wanted = draft.wanted.as_ref()?;
    let differing = |picked: &dyn Fn(&str) -> bool| {
        let mut payload = update(kind, module, draft, wanted, picked);
        payload
            .retain(|name, value| kind.differs(name, known.fields.get(name), value, &draft.shape));
        payload
    };
    let kept = kind.kept(&known.fields, ours);
    let differs = |name: &&str| {
        let own = differing(&|field| field == *name);
        own.keys().any(|field| field != SOURCE_ID_FIELD)
    };
    let names: Vec<&str> = kept.iter().map(String::as_str).filter(differs).collect();
    let note = kind.tell_kept(&names);
    let payload = differing(&|name| !kept.contains(name));
    kind.adopted(draft, &known.fields);
    draft.keeps(kept);
    draft.tells(note);
    if payload.is_empty() {
        draft.settle(ItemStatus::New);
        return None;
    }
    if !is_whole && kind.closes(&payload) {
        draft.does(Op::Suspend);
    }
    Some(Update { place, target_id: known.id.clone(), payload })
}

//! The results of writes, record by record.

use {
    super::{
        decide::adopt,
        draft::Draft,
        kind::Cx,
        work::{Applied, Fate, Update},
    },
    crate::domain::record::TargetRecord,
};

/// A refusal settles the record, whatever else was done.
pub(crate) fn settle_refused(drafts: &mut [Draft], applied: Applied) {
    for settled in applied.settled {
        if let (Some(draft), Fate::Refused(refusal)) = (drafts.get_mut(settled.place), settled.fate)
        {
            draft.refused(refusal);
        }
    }
}

/// Settles the creates. Returns those whose address an existing account has, by their position.
pub(crate) fn settle_creates(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    applied: Applied,
    updates: &mut Vec<Update>,
) -> Vec<(usize, TargetRecord)> {
    let mut late = Vec::new();
    for settled in applied.settled {
        let Some(draft) = drafts.get_mut(settled.place) else { continue };
        match settled.fate {
            Fate::Done(id) => {
                draft.has(Some(id.clone()));
                match cx.kind.after_create(cx, draft, settled.place, &id) {
                    Some(update) => updates.push(update),
                    None => draft.settle(draft.written()),
                }
            }
            Fate::AlreadyExists(known) => {
                updates.extend(adopt(cx.kind, cx.job.module(), draft, settled.place, &known, true));
            }
            Fate::Taken { by, refusal } => {
                draft.refused(refusal);
                late.push((settled.place, by));
            }
            Fate::Refused(refusal) => draft.refused(refusal),
        }
    }
    late
}

/// Settles the updates.
pub(crate) fn settle_updates(drafts: &mut [Draft], applied: Applied) {
    for settled in applied.settled {
        let Some(draft) = drafts.get_mut(settled.place) else { continue };
        match settled.fate {
            Fate::Refused(refusal) => draft.refused(refusal),
            // A record that moved also ends the use of what it left: that does not make up for a refusal.
            _ if draft.has_failed() => {}
            _ => draft.settle(draft.written()),
        }
    }
}

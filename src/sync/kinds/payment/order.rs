//! The order of a student's payments, of which only the newest counts.

use {
    super::{access::Access, profile::rank},
    crate::{
        domain::id::{PersonId, RecordId},
        store::Link,
        sync::draft::Draft,
    },
    std::collections::HashMap,
};

/// The rank of a payment among those of its student, and whether its status suspends enrolments.
#[derive(Debug)]
pub(crate) struct NewestPayment {
    rank: (String, usize, RecordId),
    pub(crate) ended: bool,
}

impl NewestPayment {
    pub(crate) fn id(&self) -> &RecordId {
        &self.rank.2
    }
}

/// The newest payments by student.
pub(crate) type Newest<'p> = HashMap<&'p PersonId, NewestPayment>;

/// Returns the newest of the payments that were sent.
pub(crate) fn newest_sent<'l>(links: impl IntoIterator<Item = &'l Link>) -> Newest<'l> {
    newest(links.into_iter().filter_map(of_link))
}

pub(crate) fn newest<'p>(
    payments: impl Iterator<Item = (&'p PersonId, NewestPayment)>,
) -> Newest<'p> {
    let mut newest = Newest::new();
    for (person, payment) in payments {
        match newest.get(person) {
            Some(best) if best.rank >= payment.rank => {}
            _ => drop(newest.insert(person, payment)),
        }
    }
    newest
}

pub(crate) fn of_link(link: &Link) -> Option<(&PersonId, NewestPayment)> {
    let rank = rank(&link.zoho_id, &link.sent);
    let ended = Access::after(&link.sent).is_suspended();
    Some((link.person.as_ref()?, NewestPayment { rank, ended }))
}

pub(crate) fn of_draft(draft: &Draft) -> Option<(&PersonId, NewestPayment)> {
    let rank = rank(&draft.zoho_id, &draft.shape.fields);
    Some((draft.shape.person.as_ref()?, NewestPayment { rank, ended: draft.shape.ended }))
}

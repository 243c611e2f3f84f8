//! A record on its way through a slice, and its possible results.

use {
    super::{
        shape::{Parents, Shape, Wanted, fingerprint},
        work::{Create, Departure, Refusal, left_place},
    },
    crate::{
        domain::{
            brake::{Change, PlannedChange},
            code::Code,
            id::{ObjectId, PersonId, RecordId},
            item::{ItemOutcome, ItemStatus, Op},
            module::ModuleName,
            record::{self, Canonical, SourceRecord},
        },
        store::{Evidence, LeftPlace, Link, LinkState, PlannedRemoval, WaitingRecord},
    },
    serde_json::{Map, Value},
    std::collections::BTreeSet,
};

/// A record on its way through a slice.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) zoho_id: RecordId,
    pub(crate) shape: Shape,
    pub(crate) hash: Vec<u8>,
    /// The link to its object, if there is one.
    pub(crate) link: Option<Link>,
    /// What it should be.
    pub(crate) wanted: Option<Wanted>,
    pub(crate) outcome: Option<ItemOutcome>,
    /// The operation.
    pub(crate) op: Option<Op>,
    /// Its object, once that is known.
    pub(crate) target_id: Option<ObjectId>,
    /// A group that it leaves for another one of the same course.
    pub(crate) leaves: Option<ObjectId>,
    /// An enrolment or membership that it leaves, whose use must end.
    pub(crate) left: Option<LeftPlace>,
    /// Canonical fields that keep the account's values, because the account existed before.
    pub(crate) kept: BTreeSet<String>,
    /// A notice for a record that succeeds: a stable word and a text.
    pub(crate) note: Option<(Code, String)>,
    /// Why only the end of its use can be written, if that is so.
    pub(crate) fault: Option<ItemOutcome>,
    /// True once the use of such a record's object has ended.
    pub(crate) has_ended: bool,
    /// True once its object turned out to be gone, so that it is taken up like a record without a link.
    lost: bool,
    /// The places that it had left before, if so.
    left_before: Vec<LeftPlace>,
    /// True if its object is closed, and the record says otherwise.
    opens: bool,
    /// True once its object has had a value in between, so that another one could have its own.
    pub(crate) is_parked: bool,
}

impl Draft {
    pub(crate) fn new(record: &SourceRecord, mut shape: Shape, link: Option<Link>) -> Self {
        if let Some(link) = &link {
            // Empty, and nothing was ever sent for it: that is not a change.
            shape.fields.retain(|name, value| !value.is_null() || link.sent.contains_key(name));
        }
        let hash = fingerprint(&shape.fields);
        let kept = link.as_ref().map(|link| link.kept.clone()).unwrap_or_default();
        Self {
            zoho_id: record.id.clone(),
            shape,
            hash,
            target_id: None,
            link,
            wanted: None,
            outcome: None,
            op: None,
            leaves: None,
            left: None,
            kept,
            note: None,
            fault: None,
            has_ended: false,
            lost: false,
            left_before: Vec::new(),
            opens: false,
            is_parked: false,
        }
    }

    /// A record of which nothing else can be written, and whose status ends the use of its object.
    pub(crate) fn ending(
        record: &SourceRecord,
        shape: Shape,
        link: Option<Link>,
        fault: ItemOutcome,
    ) -> Self {
        Self { fault: Some(fault), ..Self::new(record, shape, link) }
    }

    /// Returns the create for the object.
    pub(crate) fn create(&self, place: usize, wanted: &Wanted) -> Create {
        Create {
            place,
            zoho_id: self.zoho_id.clone(),
            container: wanted.container.clone(),
            payload: wanted.create.clone(),
        }
    }

    /// Sets the wanted object.
    pub(crate) fn wants(&mut self, wanted: Wanted) {
        self.wanted = Some(wanted);
    }

    /// Sets the operation.
    pub(crate) fn does(&mut self, op: Op) {
        self.op = Some(op);
    }

    /// Sets the record's object.
    pub(crate) fn has(&mut self, target_id: Option<ObjectId>) {
        self.target_id = target_id;
    }

    /// Sets the student whom it is about.
    pub(crate) fn is_about(&mut self, person: Option<PersonId>) {
        self.shape.person = person;
    }

    /// Sets the notice that is reported if the record succeeds.
    pub(crate) fn tells(&mut self, note: Option<(Code, String)>) {
        self.note = note;
    }

    /// Sets the fields that its object keeps.
    pub(crate) fn keeps(&mut self, kept: BTreeSet<String>) {
        self.kept = kept;
    }

    /// Puts the value that its object has in the place of its own.
    pub(crate) fn stands(&mut self, name: &str, value: &str) {
        if let Some(own) = self.shape.fields.get_mut(name) {
            *own = value.into();
            self.hash = fingerprint(&self.shape.fields);
        }
    }

    /// Notes what it leaves when it moves to another place than that of its link.
    pub(crate) fn departs(&mut self, departure: Departure, link: &Link) {
        match departure {
            Departure::Nothing => {}
            Departure::Part(id) => self.leaves = Some(id),
            Departure::Place => self.left = Some(left_place(link)),
        }
    }

    /// Returns the part of an object that it leaves, once.
    pub(crate) fn take_left_part(&mut self) -> Option<ObjectId> {
        self.leaves.take()
    }

    /// Clears the place that it has left: it no longer exists.
    pub(crate) fn forget_left(&mut self) {
        self.left = None;
    }

    /// Reduces it to its status.
    pub(crate) fn reduce_to_status(&mut self) {
        self.shape.fields.retain(|name, _| name == "status");
        self.hash = fingerprint(&self.shape.fields);
    }

    /// Takes a refusal back, because it is being handled.
    pub(crate) fn reconsider(&mut self) {
        self.outcome = None;
    }

    /// Clears the record's object: it no longer exists.
    pub(crate) fn forget(&mut self) {
        self.link = None;
        self.outcome = None;
        self.target_id = None;
        self.kept.clear();
        self.note = None;
    }

    /// Notes that its object is gone. What it had left before may still be there.
    pub(crate) fn lose(&mut self) {
        self.left_before = self.link.take().map(|link| link.left).unwrap_or_default();
        self.kept.clear();
        self.lost = true;
    }

    /// Notes the fields in which its object differs from what was sent, and whether it lacks the record's id: they are sent
    /// again.
    pub(crate) fn differs_in(&mut self, names: &[String], unmarked: bool) {
        let Some(link) = self.link.as_mut().filter(|_| unmarked || !names.is_empty()) else {
            return;
        };
        self.opens = !self.shape.ended && names.iter().any(|name| name == "status");
        link.sent_hash = None;
        link.sent.retain(|name, _| !names.contains(name));
    }

    /// Returns what is to be done to its object; `None` where it would only be written again as it was sent. `known_by` says
    /// what an object is known by.
    pub(crate) fn change(
        &self,
        known_by: impl Fn(&Canonical) -> Vec<(&'static str, String)>,
    ) -> Option<Change> {
        if self.lost {
            return Some(Change::Remake);
        }
        // An object of another kind is a new one; the one of before stays as it is.
        let stays = |link: &&Link| {
            self.wanted.as_ref().is_none_or(|wanted| wanted.kind == link.target_kind)
        };
        let Some(link) = self.link.as_ref().filter(stays) else { return Some(Change::Create) };
        let fields: Vec<String> = record::diff(&link.sent, &self.shape.fields)
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| !self.kept.contains(name))
            .collect();
        if fields.is_empty() {
            return None;
        }
        let before = known_by(&link.sent);
        let other = known_by(&self.shape.fields)
            .into_iter()
            .filter(|now| !self.kept.contains(now.0) && !before.contains(now));
        let mut identity: Vec<String> = other.map(|(name, _)| name.to_owned()).collect();
        // Opening an account again gives access.
        if self.opens || self.op == Some(Op::Reactivate) {
            identity.push("status".to_owned());
        }
        Some(Change::Update { fields, identity })
    }

    /// Returns the entry of the list of planned changes.
    pub(crate) fn planned(&self, change: &Change) -> PlannedChange {
        let (op, fields) = match change {
            Change::Create | Change::Remake => ("create", Vec::new()),
            Change::Update { fields, .. } => ("update", fields.clone()),
        };
        let (zoho_id, label) = (self.zoho_id.clone(), Some(self.shape.label.clone()));
        PlannedChange { zoho_id, op: op.to_owned(), fields, label }
    }

    /// Settles the record as unchanged.
    pub(crate) fn leave_unchanged(&mut self) {
        self.outcome = Some(self.plain(ItemStatus::Unchanged, Map::new()));
    }

    /// Settles the record as done.
    pub(crate) fn settle(&mut self, status: ItemStatus) {
        let before = self.link.as_ref().map(|link| link.sent.clone()).unwrap_or_default();
        let mut diff = record::diff(&before, &self.shape.fields);
        diff.retain(|name, _| !self.kept.contains(name));
        let mut outcome = self.plain(status, diff);
        if let Some((code, message)) = self.note.clone() {
            (outcome.code, outcome.message) = (Some(code), Some(message));
        }
        if let Some(fault) = self.fault.clone() {
            let ItemOutcome { status, code, message, .. } = fault;
            outcome = ItemOutcome { status, code, message, ..outcome };
            self.has_ended = true;
        }
        self.outcome = Some(outcome);
    }

    /// The status of a record that was written.
    pub(crate) fn written(&self) -> ItemStatus {
        if self.link.is_some() { ItemStatus::Updated } else { ItemStatus::New }
    }

    fn plain(&self, status: ItemStatus, diff: Map<String, Value>) -> ItemOutcome {
        ItemOutcome {
            op: self.op,
            person: self.shape.person.clone(),
            target_id: self.target_id.clone(),
            ..ItemOutcome::plain(self.zoho_id.clone(), status, diff)
        }
    }

    /// Settles it as failed, with nothing written.
    pub(crate) fn refuse(&mut self, code: Code, message: String) {
        self.has_ended = false;
        self.outcome = Some(ItemOutcome {
            person: self.shape.person.clone(),
            target_id: self.target_id.clone(),
            ..ItemOutcome::failed(self.zoho_id.clone(), code, message)
        });
    }

    /// Settles it as refused by the target, with the call.
    pub(crate) fn refused(&mut self, refusal: Refusal) {
        self.refuse(refusal.code, refusal.message);
        if let Some(outcome) = &mut self.outcome {
            outcome.exchange = refusal.exchange;
        }
    }

    /// Returns whether a fault has settled it.
    pub(crate) fn has_failed(&self) -> bool {
        self.outcome.as_ref().is_some_and(|item| item.status == ItemStatus::Failed)
    }

    /// Returns whether it is settled, and not by a fault.
    pub(crate) fn is_done(&self) -> bool {
        self.outcome.is_some() && !self.has_failed()
    }

    /// Returns whether it has left a place without having moved itself: all these fields, which name its parents,
    /// have the values that were sent there.
    pub(crate) fn was_replaced(&self, parents: &[&str]) -> bool {
        let same =
            |left: &LeftPlace, field: &&str| left.sent.get(*field) == self.shape.fields.get(*field);
        self.left.as_ref().is_some_and(|left| parents.iter().all(|field| same(left, field)))
    }

    /// Returns whether it has left places that are still in use.
    pub(crate) fn has_left(&self) -> bool {
        let before = self.link.as_ref().is_some_and(|link| !link.left.is_empty());
        let before = before || !self.left_before.is_empty();
        before || (self.left.is_some() && self.is_done())
    }

    /// Settles it as skipped, because it must wait or nothing is due.
    pub(crate) fn skip(&mut self, code: Code, message: &str) {
        let skipped = || ItemOutcome::skipped(self.zoho_id.clone(), code, message);
        let outcome = self.fault.clone().unwrap_or_else(skipped);
        self.outcome = Some(ItemOutcome { person: self.shape.person.clone(), ..outcome });
    }

    /// Settles a record that cannot be written with its fault.
    pub(crate) fn give_up(&mut self) {
        self.outcome = self.fault.clone();
    }

    /// Returns its entry in the list of removals.
    pub(crate) fn held(&self, evidence: Evidence) -> PlannedRemoval {
        PlannedRemoval {
            zoho_id: self.zoho_id.clone(),
            evidence,
            label: Some(self.shape.label.clone()),
        }
    }

    /// Returns the parents that it waits for, including optional ones.
    pub(crate) fn waits(&self, parents: &Parents) -> Vec<WaitingRecord> {
        let missing = self.shape.needs.iter().filter(|need| {
            let (module, id) = (need.module, &need.id);
            parents.get(module, id).is_none() && parents.can_come(module, id)
        });
        missing
            .map(|need| WaitingRecord {
                child: self.zoho_id.clone(),
                parent_module: need.module,
                parent: need.id.clone(),
            })
            .collect()
    }

    /// Returns the link of a record that was written.
    pub(crate) fn into_link(
        self,
        module: ModuleName,
        version: Option<i64>,
        exclusive: bool,
    ) -> Option<Link> {
        let status = self.outcome.as_ref()?.status;
        if !self.has_ended && !matches!(status, ItemStatus::New | ItemStatus::Updated) {
            return None;
        }
        let wanted = self.wanted?;
        let target_id = self.target_id?;
        let mut left = self.link.map_or(self.left_before, |link| link.left);
        left.extend(self.left);
        left.retain(|place| place.target_id != target_id);
        Some(Link {
            module,
            zoho_id: self.zoho_id,
            target_kind: wanted.kind,
            target_id,
            container: wanted.container,
            sent_hash: Some(self.hash),
            sent: self.shape.fields,
            state: LinkState::Active,
            exclusive,
            person: self.shape.person,
            mapping_version: version,
            left,
            kept: self.kept,
        })
    }
}

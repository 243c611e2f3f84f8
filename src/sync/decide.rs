//! Decides what one record needs: nothing, an object, a change, a move, or a removal that the brake must see first. The
//! same code for real and dry runs; nothing here writes.

use {
    super::{
        end_use::can_end,
        fingerprint,
        kinds::{self, EMAIL_FIELD, Module, Parents, SOURCE_ID_FIELD, Shape, Wanted, seat},
        write::{Create, Update},
    },
    crate::{
        domain::{
            item::{ItemOutcome, ItemStatus, Op},
            layout::RemovalAction,
            record::{self, SourceRecord, TargetKind, TargetRecord},
        },
        store::{Evidence, LeftPlace, Link, LinkState, PlannedRemoval, Wait},
    },
    serde_json::{Map, Value},
    std::collections::BTreeSet,
};

/// A record on its way through a slice.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) zoho_id: String,
    pub(crate) shape: Shape,
    pub(crate) hash: Vec<u8>,
    /// What is known of its counterpart.
    pub(crate) link: Option<Link>,
    /// What it should be.
    pub(crate) wanted: Option<Wanted>,
    pub(crate) outcome: Option<ItemOutcome>,
    /// What is being done.
    pub(crate) op: Option<Op>,
    /// Its counterpart, once it is known.
    pub(crate) target_id: Option<String>,
    /// A group that it leaves for another one of the same course.
    pub(crate) leaves: Option<String>,
    /// An enrolment or membership that it leaves, whose use is to end.
    pub(crate) left: Option<LeftPlace>,
    /// Canonical fields that stay as its account has them, because it was there before.
    pub(crate) kept: BTreeSet<String>,
    /// What is to be told of a record that comes through: a stable word, and in words.
    pub(crate) note: Option<(&'static str, String)>,
    /// Why nothing of it can be written but the end of its use, if that is so.
    pub(crate) fault: Option<ItemOutcome>,
    /// True once the use of what stands for such a record has ended.
    pub(crate) has_ended: bool,
}

/// What a slice may do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// False: a record whose status ends the use is put on the list of removals instead.
    pub(crate) may_end: bool,
    /// True: a record is due also when nothing of it changed, because a parent has arrived.
    pub(crate) forced: bool,
}

/// What is to be written for a record.
#[derive(Debug)]
pub(crate) enum Step {
    /// Nothing; the outcome is known.
    Settled,
    /// Nothing yet: the removal waits for the brake.
    Held(PlannedRemoval),
    /// An object that may be there already, for want of a unique key in the target: look first.
    Seek,
    /// An object.
    Create(Create),
    /// Changes to its object.
    Update(Update),
    /// A link to what is there, without a write.
    Link,
}

impl Draft {
    pub(crate) fn new(record: &SourceRecord, mut shape: Shape, link: Option<Link>) -> Self {
        if let Some(link) = &link {
            // Empty, and nothing was ever sent for it: that is no news.
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
        }
    }

    /// A record without a link of which nothing can be written, and whose status ends the use of what it stands for.
    pub(crate) fn ending(record: &SourceRecord, shape: Shape, fault: ItemOutcome) -> Self {
        Self { fault: Some(fault), ..Self::new(record, shape, None) }
    }

    /// Decides what to do as far as it can be told without asking the target.
    pub(crate) fn decide(
        &mut self,
        place: usize,
        module: Module<'_>,
        parents: &Parents,
        rules: Rules,
    ) -> Step {
        // Nothing but the link and the status is needed for that; the rest of the record follows when the use has ended.
        if self.ends_use(module) {
            return Step::Held(self.held(Evidence::Status));
        }
        if let Some(need) = parents.missing(&self.shape.needs) {
            self.skip("PARENT_NOT_SYNCED", need.reason());
            return Step::Settled;
        }
        let wanted = match module.wanted(&self.zoho_id, &self.shape, parents) {
            Ok(wanted) => wanted,
            Err(unfit) if unfit.code == "PARENT_NOT_SYNCED" => {
                self.skip(unfit.code, &unfit.message);
                return Step::Settled;
            }
            Err(unfit) => {
                self.refuse(unfit.code, unfit.message);
                return Step::Settled;
            }
        };
        let step = match self.link.clone() {
            Some(link) => self.linked(place, module, &link, &wanted, rules),
            None => self.unlinked(place, &wanted),
        };
        self.wanted = Some(wanted);
        step
    }

    /// Returns whether the status ends a use that had not ended before. Whether a payment takes something away depends on
    /// the student's other ones (`kinds/payment/newest.rs`).
    fn ends_use(&self, module: Module<'_>) -> bool {
        self.shape.ended && self.link.as_ref().is_some_and(|link| can_end(module, link))
    }

    fn unlinked(&mut self, place: usize, wanted: &Wanted) -> Step {
        match wanted.kind {
            // Somebody who has left is not made a member first.
            TargetKind::CohortMember if self.shape.ended => {
                self.op = Some(Op::Link);
                self.target_id.clone_from(&wanted.id);
                return Step::Link;
            }
            TargetKind::User => return Step::Seek,
            _ if self.shape.stored.is_some() => return Step::Seek,
            // The fields of an account that is there.
            TargetKind::Profile => {
                let Some(user) = wanted.id.clone() else { return Step::Link };
                self.op = Some(Op::Update);
                self.target_id = Some(user.clone());
                let payload = wanted.create.clone();
                return Step::Update(Update { place, target_id: user, payload });
            }
            _ => {}
        }
        self.op = Some(if self.fault.is_some() { Op::Suspend } else { Op::Create });
        Step::Create(self.create(place, wanted))
    }

    /// Returns what makes the object.
    pub(crate) fn create(&self, place: usize, wanted: &Wanted) -> Create {
        Create {
            place,
            zoho_id: self.zoho_id.clone(),
            container: wanted.container.clone(),
            payload: wanted.create.clone(),
        }
    }

    fn linked(
        &mut self,
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
        if stays && active && link.sent_hash == self.hash && !rules.forced {
            self.target_id = Some(link.target_id.clone());
            self.outcome = Some(self.plain(ItemStatus::Unchanged, Map::new()));
            return Step::Settled;
        }
        let ended_before = module.ended(&link.sent);
        if !stays || link.state == LinkState::Removed || (member && ended_before) {
            // An enrolment that moved is left there and made here; a membership that had ended begins anew.
            if let Some(to) = wanted.id.as_ref().filter(|_| active && !stays) {
                self.move_from(link, wanted.kind, to, ended_before, module.layout().removal_action);
            }
            if member && self.shape.ended {
                self.op = Some(Op::Update);
                self.target_id.clone_from(&wanted.id);
                return Step::Link;
            }
            // The fields of another account: that of the student whom the payment is about now.
            if let (TargetKind::Profile, Some(user)) = (wanted.kind, &wanted.id) {
                self.op = Some(if active { Op::Update } else { Op::Reactivate });
                self.target_id = Some(user.clone());
                let (target_id, payload) = (user.clone(), wanted.create.clone());
                return Step::Update(Update { place, target_id, payload });
            }
            self.op = Some(if stays { Op::Reactivate } else { Op::Update });
            return Step::Create(self.create(place, wanted));
        }
        self.target_id = Some(link.target_id.clone());
        if member {
            // A membership has no fields of its own: it is there or it is not.
            self.op = Some(Op::Update);
            return Step::Link;
        }
        let comes_back = !active || (ended_before && !self.shape.ended);
        let stays_closed = self.kept.contains("status");
        self.op = Some(if comes_back && !stays_closed { Op::Reactivate } else { Op::Update });
        let changed = record::diff(&link.sent, &self.shape.fields);
        let of_parent = |name: &str| rules.forced && name.ends_with("_zoho_id");
        let due = |name: &str| !active || changed.contains_key(name) || of_parent(name);
        let touched = |name: &str| changed.contains_key(name) || (name == "status" && comes_back);
        self.note = kinds::told(self.kept.iter().map(String::as_str).filter(|name| touched(name)));
        if !self.kept.is_empty()
            && (stays_closed || !comes_back)
            && self.shape.fields.keys().all(|name| !due(name) || self.kept.contains(name))
        {
            return Step::Link;
        }
        let mut payload = module.update(&self.zoho_id, &self.shape, wanted, |name| {
            due(name) && !self.kept.contains(name)
        });
        if comes_back && wanted.kind == TargetKind::User && !stays_closed {
            // It is the record's return that gives the account back, also where nothing says a status.
            payload.entry("suspended".to_owned()).or_insert(Value::Bool(self.shape.ended));
        }
        Step::Update(Update { place, target_id: link.target_id.clone(), payload })
    }

    /// Notes what a record leaves that goes to another place. Of the same course that is at most a group; anything else is
    /// a removal, for which the record need not wait: it is in its new place first.
    fn move_from(
        &mut self,
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
                self.leaves = (from != seat(from)).then(|| from.to_owned());
                return;
            }
            // What is suspended already is only ended where the school wants it so.
            TargetKind::Enrolment => !ended_before || action == RemovalAction::Unenrol,
            TargetKind::CohortMember => !ended_before,
            _ => false,
        };
        self.left = used.then(|| LeftPlace::of(link));
    }

    /// Links an object that is there, and writes it only where it differs. `ours`: it carries the record's id.
    pub(crate) fn adopt(
        &mut self,
        place: usize,
        module: Module<'_>,
        known: &TargetRecord,
        ours: bool,
    ) -> Option<Update> {
        self.target_id = Some(known.id.clone());
        let is_whole = self.fault.is_none();
        self.op = is_whole.then_some(Op::Link);
        if !is_whole {
            // What it was found by is not sent.
            self.shape.fields.retain(|name, _| name == "status");
            self.hash = fingerprint(&self.shape.fields);
        }
        let wanted = self.wanted.as_ref()?;
        let ended = self.shape.ended;
        let differing = |picked: &dyn Fn(&str) -> bool| {
            let mut payload = module.update(&self.zoho_id, &self.shape, wanted, picked);
            payload.retain(|name, value| match known.fields.get(name) {
                Some(has) if name == EMAIL_FIELD => !same_address(has, value),
                Some(has) => !same(has, value),
                // The target leaves out empty fields, and an account is in use unless it says otherwise.
                None => !(is_blank(value) || (name == "suspended" && !ended)),
            });
            payload
        };
        if wanted.kind == TargetKind::User {
            self.kept = kinds::kept(&known.fields, ours);
            let differs = |name: &&str| {
                let own = differing(&|field| field == *name);
                own.keys().any(|field| field != SOURCE_ID_FIELD)
            };
            self.note = kinds::told(self.kept.iter().map(String::as_str).filter(differs));
        }
        let payload = differing(&|name| !self.kept.contains(name));
        if payload.is_empty() {
            self.settle(ItemStatus::New);
            return None;
        }
        if !is_whole && payload.contains_key("suspended") {
            self.op = Some(Op::Suspend);
        }
        Some(Update { place, target_id: known.id.clone(), payload })
    }

    /// Forgets the object that was the record's: it is gone.
    pub(crate) fn forget(&mut self) {
        self.link = None;
        self.outcome = None;
        self.target_id = None;
        self.kept.clear();
        self.note = None;
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
            ..ItemOutcome::plain(&self.zoho_id, status, diff)
        }
    }

    pub(crate) fn refuse(&mut self, code: &'static str, message: String) {
        self.has_ended = false;
        self.outcome = Some(ItemOutcome {
            person: self.shape.person.clone(),
            target_id: self.target_id.clone(),
            ..ItemOutcome::failed(&self.zoho_id, code, message)
        });
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.outcome.as_ref().is_some_and(|item| item.status == ItemStatus::Failed)
    }

    /// Returns whether it is settled, and not by a fault.
    pub(crate) fn is_done(&self) -> bool {
        self.outcome.is_some() && !self.has_failed()
    }

    /// Returns whether there are places that it has left and that are still in use.
    pub(crate) fn has_left(&self) -> bool {
        let before = self.link.as_ref().is_some_and(|link| !link.left.is_empty());
        before || (self.left.is_some() && self.is_done())
    }

    pub(crate) fn skip(&mut self, code: &'static str, message: &str) {
        let skipped = || ItemOutcome::skipped(&self.zoho_id, code, message);
        let outcome = self.fault.clone().unwrap_or_else(skipped);
        self.outcome = Some(ItemOutcome { person: self.shape.person.clone(), ..outcome });
    }

    /// Leaves a record that cannot be written at its fault.
    pub(crate) fn give_up(&mut self) {
        self.outcome = self.fault.clone();
    }

    /// Returns the entry of the list of removals.
    pub(crate) fn held(&self, evidence: Evidence) -> PlannedRemoval {
        PlannedRemoval {
            zoho_id: self.zoho_id.clone(),
            evidence,
            label: Some(self.shape.label.clone()),
        }
    }

    /// Returns the parents that it waits for, the dispensable ones among them.
    pub(crate) fn waits(&self, parents: &Parents) -> Vec<Wait> {
        let missing =
            self.shape.needs.iter().filter(|need| parents.get(need.module, &need.id).is_none());
        missing
            .map(|need| Wait {
                child: self.zoho_id.clone(),
                parent_module: need.module,
                parent: need.id.clone(),
            })
            .collect()
    }

    /// Returns the link of a record that was written.
    pub(crate) fn into_link(self, module: Module<'_>, version: Option<i64>) -> Option<Link> {
        let status = self.outcome.as_ref()?.status;
        if !self.has_ended && !matches!(status, ItemStatus::New | ItemStatus::Updated) {
            return None;
        }
        let wanted = self.wanted?;
        let target_id = self.target_id?;
        let mut left = self.link.map(|link| link.left).unwrap_or_default();
        left.extend(self.left);
        left.retain(|place| place.target_id != target_id);
        Some(Link {
            module: module.name,
            zoho_id: self.zoho_id,
            target_kind: wanted.kind,
            target_id,
            container: wanted.container,
            sent_hash: self.hash,
            sent: self.shape.fields,
            state: LinkState::Active,
            exclusive: kinds::is_exclusive(wanted.kind),
            person: self.shape.person,
            mapping_version: version,
            left,
            kept: self.kept,
        })
    }
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

#[cfg(test)]
#[path = "kinds/user/tests.rs"]
mod tests;

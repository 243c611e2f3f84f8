//! The data of a slice: what is to be written, the results, and what is stored.

use {
    super::stop::Stop,
    crate::{
        domain::{
            code::{self, Code},
            exchange::{Call, Exchange},
            id::{ObjectId, PersonId, RecordId},
            item::{ItemOutcome, ItemStatus, Op},
            module::ModuleName,
            record::{self, Canonical, Payload, TargetRecord},
        },
        ports::{FlawedRecord, Written},
        store::{LeftPlace, Link, PlannedRemoval, WaitingRecord},
    },
    std::collections::{BTreeSet, HashMap},
};

/// A record to create. `place` is its position in the slice.
#[derive(Debug, Clone)]
pub(crate) struct Create {
    pub(crate) place: usize,
    pub(crate) zoho_id: RecordId,
    /// The object that contains it, for kinds that are looked up there.
    pub(crate) container: Option<ObjectId>,
    pub(crate) payload: Payload,
}

/// An object to update.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    pub(crate) place: usize,
    pub(crate) target_id: ObjectId,
    pub(crate) payload: Payload,
}

/// An enrolment or membership to end.
#[derive(Debug, Clone)]
pub(crate) struct Remove {
    pub(crate) place: usize,
    pub(crate) target_id: ObjectId,
}

/// The result of a write.
#[derive(Debug)]
pub(crate) enum Fate {
    /// Done, under this id.
    Done(ObjectId),
    /// An object that carries the record's id existed already.
    AlreadyExists(TargetRecord),
    /// Refused.
    Refused(Refusal),
    /// Refused, because this account has the same e-mail address.
    Taken { by: TargetRecord, refusal: Refusal },
}

/// Why a write was refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// The call that was refused, where it was one.
    pub(crate) exchange: Option<Box<Exchange>>,
}

impl Refusal {
    pub(crate) const fn new(code: Code, message: String) -> Self {
        Self { code, message, exchange: None }
    }
}

impl Fate {
    /// A refusal without a call.
    pub(crate) const fn refused(code: Code, message: String) -> Self {
        Self::Refused(Refusal::new(code, message))
    }

    /// Keeps the call that was refused, where none is kept.
    pub(crate) fn hear(
        &mut self,
        call: Option<&Call>,
        (place, records, tries): (usize, usize, i32),
    ) {
        if let (Self::Refused(refusal) | Self::Taken { refusal, .. }, Some(call)) = (self, call)
            && refusal.exchange.is_none()
        {
            refusal.exchange = call.of(place, records, tries).map(Box::new);
        }
    }
}

/// The result of a write, by the record's position.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) place: usize,
    pub(crate) fate: Fate,
}

/// The settled writes, and whether the slice was cut short by a request to cancel.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    pub(crate) settled: Vec<Settled>,
    pub(crate) cancelled: bool,
}

/// An account that a record is to be linked to.
#[derive(Debug)]
pub(crate) struct Match {
    pub(crate) place: usize,
    pub(crate) account: TargetRecord,
    /// True: it carries the record's id.
    pub(crate) ours: bool,
    /// The values that the account would get.
    pub(crate) wanted: Payload,
}

/// A student who has lost the newest payment without another one in the same slice.
#[derive(Debug)]
pub(crate) struct StudentWithoutPayment {
    /// Position of the payment that went away.
    pub(crate) place: usize,
    pub(crate) person: PersonId,
    /// The account and the status that it shows, if no payment remains: its fields are to be cleared.
    pub(crate) account: Option<(ObjectId, String)>,
    /// True: the enrolments are to be reactivated. That is not a removal and needs no approval.
    pub(crate) freed: bool,
}

impl From<Written> for Fate {
    fn from(written: Written) -> Self {
        match written {
            Written::Done(id) => Self::Done(id),
            Written::Refused { code, message } => Self::refused(code, message),
        }
    }
}

impl Applied {
    /// Notes the results of the writes of a batch, in its order, and of those refused the call.
    pub(crate) fn settle(
        &mut self,
        places: impl Iterator<Item = usize>,
        written: Vec<Written>,
        call: Option<&Call>,
        tries: i32,
    ) {
        let records = written.len();
        let settled = places.zip(written).enumerate().map(|(own, (place, written))| {
            let mut fate = Fate::from(written);
            fate.hear(call, (own, records, tries));
            Settled { place, fate }
        });
        self.settled.extend(settled);
    }

    /// Returns whether the write of a record was refused.
    pub(crate) fn refused(&self, place: usize) -> bool {
        let refused =
            |settled: &Settled| matches!(settled.fate, Fate::Refused(_) | Fate::Taken { .. });
        self.settled.iter().any(|settled| settled.place == place && refused(settled))
    }

    /// Counts the end of an object that no longer exists as done.
    pub(crate) fn forgive_gone(&mut self, has_ended: impl Fn(Code) -> bool) {
        for settled in &mut self.settled {
            if let Fate::Refused(refusal) = &settled.fate
                && has_ended(refusal.code)
            {
                settled.fate = Fate::Done(ObjectId::default());
            }
        }
    }

    /// Returns the results of a number of records, some of which were written: the others are done. `None` means that
    /// a request to cancel came first.
    pub(crate) fn fates(self, written: &BTreeSet<usize>, count: usize) -> Vec<Option<Fate>> {
        let mut fates: HashMap<usize, Fate> = HashMap::new();
        for Settled { place, fate } in self.settled {
            // A record with two writes is done when both are.
            match fates.get(&place) {
                Some(Fate::Refused(_) | Fate::Taken { .. }) => {}
                _ => drop(fates.insert(place, fate)),
            }
        }
        let plain = |place| (!written.contains(&place)).then(|| Fate::Done(ObjectId::default()));
        (0..count).map(|place| fates.remove(&place).or_else(|| plain(place))).collect()
    }

    /// Turns a request to cancel into the end of this batch; settled records stay settled.
    pub(crate) fn stops(&mut self, permission: Result<(), Stop>) -> Result<bool, Stop> {
        match permission {
            Ok(()) => Ok(false),
            Err(Stop::Cancelled) => {
                self.cancelled = true;
                Ok(true)
            }
            Err(other) => Err(other),
        }
    }
}

/// The permissions of a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// False: a record whose status ends the use is put on the list of removals instead.
    pub(crate) may_end: bool,
    /// True: a record is due even if nothing of it changed, because a parent has arrived.
    pub(crate) forced: bool,
    /// True: the brake on changes counts it, and may stop it.
    pub(crate) braked: bool,
}

/// What is to be written for a record.
#[derive(Debug)]
pub(crate) enum Step {
    /// Nothing; the outcome is known.
    Settled,
    /// Nothing yet: the removal must pass the brake.
    Held(PlannedRemoval),
    /// An object that may exist already, because the target has no unique key: look it up first.
    Seek,
    /// An object.
    Create(Create),
    /// Changes to its object.
    Update(Update),
    /// A link to an existing object, without a write.
    Link,
}

/// The outcome of a slice before it is stored.
#[derive(Debug, Default)]
pub(crate) struct Processed {
    pub(crate) items: Vec<ItemOutcome>,
    pub(crate) links: Vec<Link>,
    pub(crate) waits: Vec<WaitingRecord>,
    pub(crate) settled: Vec<RecordId>,
    /// Parents whose objects are gone: their links are invalid, and they are due.
    pub(crate) lost: Vec<(ModuleName, RecordId)>,
    pub(crate) removals: Vec<PlannedRemoval>,
    pub(crate) removed: i64,
    /// Approved changes that were written.
    pub(crate) changed: i64,
    pub(crate) cancelled: bool,
}

/// What is to be written for a slice.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) creates: Vec<Create>,
    pub(crate) updates: Vec<Update>,
    pub(crate) removes: Vec<Remove>,
    /// Students who have lost their newest payment.
    pub(crate) left: Vec<StudentWithoutPayment>,
    /// The values written, by position, if they are read back.
    pub(crate) read_back: HashMap<usize, Payload>,
}

/// A record whose use its status has ended.
#[derive(Debug)]
pub(crate) struct Revocation {
    /// Its link as it was.
    pub(crate) before: Link,
    /// Its link since.
    pub(crate) since: Link,
    /// How the end is reported.
    pub(crate) op: Op,
}

/// Records whose use their status has ended.
pub(crate) type Revoked = HashMap<RecordId, Revocation>;

/// A use of an object that is to end.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) target_id: ObjectId,
    pub(crate) sent: Canonical,
    pub(crate) person: Option<PersonId>,
}

impl From<&Link> for Use {
    fn from(link: &Link) -> Self {
        let (target_id, sent) = (link.target_id.clone(), link.sent.clone());
        Self { target_id, sent, person: link.person.clone() }
    }
}

/// How uses end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending<'e> {
    /// False: enrolments are ended and not only suspended. A membership can only be ended.
    pub(crate) suspend: bool,
    /// True: students who stay in a course because of another record still leave the group of this one.
    pub(crate) groups: bool,
    /// The records whose uses end: they keep no object in use.
    pub(crate) without: &'e [RecordId],
    /// Objects that are in use, whatever the links say.
    pub(crate) kept: &'e [ObjectId],
}

/// What other records say about the object of a use that is to end.
#[derive(Debug)]
pub(crate) enum Others {
    /// No other record has it.
    None,
    /// All others have ended the use: the object, and the whole state that says so.
    AllEnded { target_id: ObjectId, suspension: Payload },
    /// Another one is in use.
    InUse,
}

/// What a record leaves when it moves to another place.
#[derive(Debug)]
pub(crate) enum Departure {
    /// Nothing whose use must be ended.
    Nothing,
    /// Only a part of the object, which is ended along with the move: a group of the same course.
    Part(ObjectId),
    /// An object whose use must end: a removal of its own.
    Place,
}

impl Processed {
    /// Tells of records that were asked for and did not come: those that the source no longer has, `None` for ones without an
    /// id, and those that cannot be read.
    pub(crate) fn tell_missing(
        &mut self,
        gone: impl IntoIterator<Item = Option<RecordId>>,
        flawed: &[FlawedRecord],
    ) {
        let code = code::SOURCE_GONE;
        let gone = gone.into_iter().map(|id| ItemOutcome::skipped(id, code, code.message(&[])));
        let failed = |flaw: &FlawedRecord| {
            ItemOutcome::failed(flaw.id.clone(), flaw.code, flaw.message.as_ref())
        };
        self.items.extend(gone.chain(flawed.iter().map(failed)));
    }

    /// Notes that the use of a place that a record had left has ended. The record itself was reported when it moved.
    pub(crate) fn left(&mut self, link: Link, place: &LeftPlace) {
        self.removed += 1;
        let known = self.links.iter().position(|own| own.zoho_id == link.zoho_id);
        let known = known.unwrap_or_else(|| {
            self.links.push(link);
            self.links.len() - 1
        });
        if let Some(link) = self.links.get_mut(known) {
            link.left.retain(|one| one != place);
        }
    }

    /// Reports that the use of records has ended, and keeps that result if the rest of them failed.
    pub(crate) fn tell_revoked(&mut self, revoked: Revoked) {
        for (id, Revocation { before, since, op }) in revoked {
            let diff = record::diff(&before.sent, &since.sent);
            if !self.links.iter().any(|link| link.zoho_id == id) {
                self.links.push(since.clone());
            }
            match self.items.iter_mut().find(|item| item.zoho_id.as_ref() == Some(&id)) {
                Some(item) => {
                    item.op = Some(op);
                    item.target_id.get_or_insert(since.target_id);
                    if item.status == ItemStatus::Unchanged {
                        item.status = ItemStatus::Updated;
                    }
                    for (field, change) in diff {
                        item.diff.entry(field).or_insert(change);
                    }
                }
                None => self.items.push(ItemOutcome {
                    op: Some(op),
                    person: since.person,
                    target_id: Some(since.target_id),
                    ..ItemOutcome::plain(id, ItemStatus::Updated, diff)
                }),
            }
            self.removed += 1;
        }
    }
}

/// Returns the place of a link's object.
pub(crate) fn left_place(link: &Link) -> LeftPlace {
    let (target_id, sent) = (link.target_id.clone(), link.sent.clone());
    LeftPlace { kind: link.target_kind, target_id, sent }
}

/// Returns the message that such an object is protected.
pub(crate) fn protected(what: &str) -> String {
    code::ACCOUNT_PROTECTED.message(&[("what", &what)])
}

/// Refuses a change of an account that has rights of its own.
pub(crate) fn spared(place: usize, what: &str) -> Settled {
    Settled { place, fate: Fate::refused(code::ACCOUNT_PROTECTED, protected(what)) }
}

/// Returns a text of a payload.
pub(crate) fn field_of(payload: &Payload, field: &str) -> Option<String> {
    payload.get(field).and_then(|value| value.as_str().map(str::to_owned))
}

//! What a kind of object is to the engine. One implementation a file under `kinds/`; what a kind does not say of itself is
//! what holds for most. The steps of a record's way ask the kind that they are given and know none by name.

use {
    super::{
        checkpoint::Checkpoint,
        compare::differs,
        draft::Draft,
        job::Job,
        kinds::field::SOURCE_ID_FIELD,
        lease::Lease,
        look_up::{Found, by_field},
        shape::{Module, Parents, Shape, Unfit, Wanted},
        stop::Stop,
        work::{
            Create, Departure, Ending, Fate, Match, Others, Processed, Rules, Settled, Update, Use,
            Work,
        },
    },
    crate::{
        domain::{
            code::Code,
            field,
            id::ObjectId,
            item::ItemOutcome,
            layout::{Form, Layout, Layouts, RemovalAction},
            mapping::{Mapped, Outgoing},
            module::ModuleName,
            record::{Canonical, Payload, SourceRecord, TargetKind},
        },
        ports::{Clock, ConnectorError, Rights, Target},
        store::{Link, Store, TenantRows},
    },
    async_trait::async_trait,
    serde_json::Value,
    std::collections::{BTreeSet, HashSet},
};

/// What each step of a run's way is given.
#[derive(Clone, Copy)]
pub(crate) struct Cx<'a> {
    pub(crate) store: &'a Store,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) job: &'a Job,
    pub(crate) lease: &'a Lease,
    /// What the run's records are in the target.
    pub(crate) kind: &'static dyn Kind,
    /// The others.
    pub(crate) kinds: Kinds,
}

impl<'a> Cx<'a> {
    /// Returns the rows of the run's tenant.
    pub(crate) fn rows(self) -> TenantRows<'a> {
        self.store.of(&self.job.scope)
    }

    /// Returns what the records of a module are in the target.
    pub(crate) fn kind_of(self, module: ModuleName) -> &'static dyn Kind {
        (self.kinds.of)(module, self.job.layouts.of(module).form)
    }

    /// Returns what an object is, by its kind.
    pub(crate) fn object(self, kind: TargetKind) -> &'static dyn Kind {
        (self.kinds.of_object)(kind)
    }
}

/// How kinds are found.
#[derive(Clone, Copy)]
pub(crate) struct Kinds {
    /// By a module and the form of its records in the target.
    pub(crate) of: fn(ModuleName, Form) -> &'static dyn Kind,
    /// By the kind of an object.
    pub(crate) of_object: fn(TargetKind) -> &'static dyn Kind,
}

/// A field of the target that must be unlike those of every other object of a kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unique {
    /// The target's name.
    pub(crate) field: &'static str,
    /// The canonical name.
    pub(crate) canonical: &'static str,
    /// The word for a value that is taken.
    pub(crate) code: Code,
    /// True: the object that has the value may turn out to be the record's own.
    pub(crate) identifies: bool,
}

/// A kind of object in the target, and how records become one.
#[async_trait]
pub(crate) trait Kind: Send + Sync {
    /// The target's kind.
    fn target(&self) -> TargetKind;

    /// Returns whether an object is of this kind.
    fn makes(&self, kind: TargetKind) -> bool {
        self.target() == kind
    }

    /// Returns why the layouts of the modules do not go together, if they do not.
    fn conflict(&self, _layouts: &Layouts) -> Option<&'static str> {
        None
    }

    // The record.

    /// Maps a record by rows that say what is written of its canonical fields. Only kinds that are written to the CRM have
    /// such rows.
    fn outgoing(
        &self,
        _: Module<'_>,
        _: &Outgoing,
        record: &SourceRecord,
    ) -> Result<Mapped, Unfit> {
        Ok(Mapped::plain(&record.fields))
    }

    /// Completes what a record says with what was sent for it: a value that stands is put in the place of one that is not
    /// there, so that it is neither a change nor an empty value wherever the record is written whole.
    fn complete(&self, module: Module<'_>, mapped: Mapped, sent: Option<&Canonical>) -> Canonical {
        let Some(sent) = sent else { return mapped.fields };
        let known = field::of(module.name);
        let standing: Vec<(String, Value)> = sent
            .iter()
            .filter(|(name, _)| self.stands(name, &mapped) && known.field(name).is_some())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let mut fields = mapped.fields;
        fields.extend(standing);
        fields
    }

    /// Returns whether what was sent for a field stands.
    fn stands(&self, name: &str, mapped: &Mapped) -> bool {
        !mapped.fields.contains_key(name)
    }

    /// Returns groups of canonical fields of which each needs one, beyond those that the schema requires.
    fn needs_one_of(&self) -> &'static [&'static [&'static str]] {
        &[]
    }

    /// Normalises and checks a record for the target.
    fn shape(
        &self,
        module: Module<'_>,
        zoho_id: &str,
        canonical: &Canonical,
    ) -> Result<Shape, Unfit>;

    /// Returns what is left of a record that cannot be written whole: the end of the use of what it stands for, and by
    /// what that is found. `None` where its status ends no use.
    fn ending(&self, _: Module<'_>, _zoho_id: &str, _: &Canonical) -> Option<Shape> {
        None
    }

    /// Returns the object that a record should have; its required parents are there.
    fn wanted(
        &self,
        module: Module<'_>,
        zoho_id: &str,
        shape: &Shape,
        parents: &Parents,
    ) -> Result<Wanted, Unfit>;

    /// Returns what brings an existing object up to date in the canonical fields that `changed` picks. Kinds that are
    /// written whole get all of it.
    fn update(
        &self,
        _: Module<'_>,
        _zoho_id: &str,
        _: &Shape,
        wanted: &Wanted,
        _changed: &dyn Fn(&str) -> bool,
    ) -> Payload {
        wanted.create.clone()
    }

    /// Returns whether fields that were sent mean an object that must not be usable.
    fn is_ended(&self, _sent: &Canonical) -> bool {
        false
    }

    /// Returns the status, as it is kept, by which a record ends the use of its object, if it does. It takes no more of
    /// the record than the status.
    fn end_of(&self, _: &Canonical) -> Option<(&'static str, Value)> {
        None
    }

    /// True when each record is a person: what is told of it says whom it is about.
    fn is_person(&self) -> bool {
        false
    }

    /// Returns the records whose objects a record of this kind needs.
    fn parents_of(&self, shape: &Shape) -> Vec<(ModuleName, String)> {
        shape.needs.iter().map(|need| (need.module, need.id.clone())).collect()
    }

    /// Completes the records of a slice by what only the links say.
    async fn complete_shapes(
        &self,
        _: Cx<'_>,
        _: &[SourceRecord],
        _: &mut [Result<Shape, ItemOutcome>],
    ) -> Result<(), Stop> {
        Ok(())
    }

    /// Loads what records refer to besides the counterparts of their parents.
    async fn load_parents(&self, _: Cx<'_>, _: &[&Shape], _: &mut Parents) -> Result<(), Stop> {
        Ok(())
    }

    // Decide.

    /// True for a membership, which has no fields of its own: it is there or it is not.
    fn is_membership(&self) -> bool {
        false
    }

    /// True for the fields of an object that another record makes: they are only ever updated.
    fn is_part(&self) -> bool {
        false
    }

    /// True when one record alone stands for an object.
    fn is_exclusive(&self) -> bool {
        false
    }

    /// Returns whether the object of a record without a link may be there already, so that it is looked for first.
    fn is_sought(&self, shape: &Shape) -> bool {
        shape.stored.is_some()
    }

    /// Adds to a change what gives an object back whose record has returned.
    fn reopen(&self, _: &mut Payload, _: &Shape) {}

    /// Returns what a record leaves that goes to another place.
    fn departure(
        &self,
        _: &Link,
        _to: &ObjectId,
        _ended_before: bool,
        _: RemovalAction,
    ) -> Departure {
        Departure::Nothing
    }

    /// Returns whether a field of an object differs from what it should be.
    fn differs(&self, _field: &str, has: Option<&Value>, wanted: &Value, _: &Shape) -> bool {
        differs(has, wanted)
    }

    /// Returns the canonical fields that an object keeps which was there before its record. `ours`: it carries the
    /// record's id.
    fn kept(&self, _object: &Payload, _ours: bool) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// Tells which fields an object keeps, if any of them is to be another one by the record.
    fn tell_kept(&self, _names: &[&str]) -> Option<(Code, String)> {
        None
    }

    // Find.

    /// What people call an object of this kind.
    fn noun(&self) -> &'static str {
        "object"
    }

    /// True when objects that carry a record's id are looked up before one is made. Of the other kinds the target itself
    /// makes no second object with the same id.
    fn is_found_first(&self) -> bool {
        false
    }

    /// Returns whether a sync may make objects.
    fn may_create(&self, _: &Layout) -> bool {
        true
    }

    /// Returns the target's field by which objects are matched, where the tenant wants that.
    fn match_field(&self, _: &Layout) -> Option<&'static str> {
        None
    }

    /// Returns the objects that carry the ids of records, before any is made.
    async fn find_own(&self, _: Cx<'_>, _: &[Create]) -> Result<Found, Stop> {
        Ok(Found::new())
    }

    /// Returns objects by the field that they are matched by.
    async fn find_matches(&self, _: Cx<'_>, _: &[Draft], _open: &[&Create]) -> Result<Found, Stop> {
        Ok(Found::new())
    }

    /// Returns, of objects that records are to be linked to, those that may be; the records of the others are refused.
    async fn takeable(
        &self,
        _: Cx<'_>,
        _: &mut [Draft],
        found: Vec<Match>,
    ) -> Result<Vec<Match>, Stop> {
        Ok(found)
    }

    /// Notes that an object which carries a record's id is there.
    fn note_seen(&self, _: &Job, _zoho_id: &str) {}

    /// Returns the objects that carry the source ids of records; none for a record that has no object.
    async fn find_by_source_id(&self, to: &dyn Target, records: &[Create]) -> Result<Found, Stop> {
        let ids: Vec<String> = records.iter().map(|record| record.zoho_id.clone()).collect();
        by_field(to, self.target(), SOURCE_ID_FIELD, &ids).await
    }

    /// Returns the objects that carry the ids of records, where none that is absent may be hidden.
    async fn find_carrying(&self, cx: Cx<'_>, records: &[Create]) -> Result<Found, Stop> {
        self.find_by_source_id(cx.job.target.as_ref(), records).await
    }

    /// True when the target may answer as one that has no object where it does not show them.
    fn may_be_hidden(&self) -> bool {
        false
    }

    /// Makes sure that objects are shown by a field, before one that is not found is believed to be gone.
    async fn prove_shown(&self, _: Cx<'_>, _field: &str) -> Result<(), Stop> {
        Ok(())
    }

    /// The target's field that finds an object with all others of its container; `None` where it is found by its id.
    fn found_in(&self) -> Option<&'static str> {
        None
    }

    // Write.

    /// Prepares what is to be written for a slice: what its records mean to each other.
    async fn before_write(
        &self,
        _: Cx<'_>,
        _: &mut [Draft],
        _: &Parents,
        _: &mut Work,
        _: &mut Processed,
        _: Rules,
    ) -> Result<(), Stop> {
        Ok(())
    }

    /// Returns the update that settles a record whose object was made, where there is one.
    fn after_create(&self, _: Cx<'_>, _: &Draft, _place: usize, _id: &ObjectId) -> Option<Update> {
        None
    }

    /// Takes changes out that nobody may make, and returns them as refused.
    async fn spare(
        &self,
        _: Cx<'_>,
        _: &[Draft],
        _: &mut Vec<Update>,
    ) -> Result<Vec<Settled>, Stop> {
        Ok(Vec::new())
    }

    /// Takes out of updates what ends uses, where there is more in them: it is written first.
    fn closing(&self, _: &mut [Update]) -> Vec<Update> {
        Vec::new()
    }

    /// Returns whether a change ends the use of an object.
    fn closes(&self, _: &Payload) -> bool {
        false
    }

    /// Does what follows from what was written. Returns whether a request to cancel came.
    async fn after_write(
        &self,
        _: Cx<'_>,
        _: &mut [Draft],
        _: &mut Work,
        _: Rules,
    ) -> Result<bool, Stop> {
        Ok(false)
    }

    /// Does what follows where records that were due turned out to be gone.
    async fn after_gone(&self, _: Cx<'_>, _gone: &[String], _: &mut Processed) -> Result<(), Stop> {
        Ok(())
    }

    /// The target's fields that must be unlike those of every other object.
    fn unique_fields(&self) -> &'static [Unique] {
        &[]
    }

    /// True when the target refuses a second object with the same source id.
    fn has_unique_id(&self) -> bool {
        false
    }

    /// True for objects that no record makes but that records refer to: a dry run finds those that it would have made.
    fn is_referred_to(&self) -> bool {
        false
    }

    /// Says more of a refusal of what is there and was not found: then it is not shown.
    fn tell_hidden(&self, error: ConnectorError) -> ConnectorError {
        error
    }

    // What is gone.

    /// Returns whether the refusal of a change may mean that the object itself is gone.
    fn is_gone(&self, _code: Code) -> bool {
        false
    }

    /// True when such a refusal leaves no doubt; otherwise the object is looked up.
    fn is_gone_for_sure(&self) -> bool {
        false
    }

    /// Refuses records whose own objects are there, where the refusal meant another object.
    async fn blame_others(
        &self,
        _: Cx<'_>,
        _: &mut [Draft],
        _gone: &[Create],
        _there: &HashSet<ObjectId>,
    ) -> Result<(), Stop> {
        Ok(())
    }

    /// Returns the modules whose objects a refusal says to be gone.
    fn lost_parents(&self, _code: Code) -> &'static [ModuleName] {
        &[]
    }

    /// Returns whether a refusal to end a use says that there is nothing left to be used.
    fn has_ended(&self, _code: Code) -> bool {
        false
    }

    // The end of a use.

    /// True when a record's status ends the use of an object.
    fn is_revocable(&self) -> bool {
        false
    }

    /// True when a record leaves an object as it moves to another one.
    fn is_leavable(&self) -> bool {
        false
    }

    /// False for what knows no other end than that it is gone.
    fn can_suspend(&self) -> bool {
        true
    }

    /// Returns what ends the use of an object that is known by its id and what was sent: the whole state that says so.
    fn suspension(
        &self,
        _: Module<'_>,
        _target_id: &ObjectId,
        _sent: &Canonical,
    ) -> Result<Payload, Unfit> {
        Ok(Payload::new())
    }

    /// Returns the object of an id that may name a part of it as well. Fails for a text that is not an id of the kind.
    fn whole(&self, target_id: &ObjectId) -> Result<ObjectId, Unfit> {
        Ok(target_id.clone())
    }

    /// Returns which objects have rights of their own, so that no record may close them.
    async fn above(&self, _: Cx<'_>) -> Result<Rights, Stop> {
        Ok(Rights::default())
    }

    /// Returns the objects of links that keep a suspension which is not ours and is not there any more: what is closed
    /// from now on is ours.
    async fn reopened(&self, _: Cx<'_>, _: &[&Link]) -> Result<HashSet<ObjectId>, Stop> {
        Ok(HashSet::new())
    }

    /// Returns what other records of the run's module say about the objects of uses that are to end.
    async fn others(&self, _: Cx<'_>, due: &[Use], _: &Ending<'_>) -> Result<Vec<Others>, Stop> {
        Ok(due.iter().map(|_| Others::None).collect())
    }

    /// Ends what counts no longer because its records are gone, where that is another thing than to end a use. Returns
    /// what became of each, `None` where a request to cancel came first.
    async fn withdraw(
        &self,
        _: Cx<'_>,
        _gone: &[Link],
        _: &mut Processed,
    ) -> Result<Option<Vec<Option<Fate>>>, Stop> {
        Ok(None)
    }

    /// Returns the objects for which records stand that have changed since the run's read.
    async fn arrivals(&self, _: Cx<'_>, _: &Checkpoint) -> Result<Vec<ObjectId>, Stop> {
        Ok(Vec::new())
    }
}

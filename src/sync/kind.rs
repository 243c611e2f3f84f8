//! The interface between the engine and a kind of object. Each file under `kinds/` has one implementation; the
//! default methods hold for most kinds. The steps of a run ask the kind that they are given and know none by name.

use {
    super::{
        checkpoint::Checkpoint,
        compare::differs,
        draft::Draft,
        job::Job,
        kinds::field::SOURCE_ID_FIELD,
        lease::Lease,
        look_up::{Found, by_field},
        looked::Number,
        looked_back::LookedBack,
        shape::{Module, Parents, Shape, Unfit, Wanted},
        stop::Stop,
        work::{
            Create, Departure, Ending, Fate, Match, Others, Processed, Rules, Settled, Update, Use,
            Work,
        },
    },
    crate::{
        domain::{
            code::{self, Code},
            field,
            id::{ObjectId, RecordId},
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
    std::collections::{BTreeSet, HashMap, HashSet},
};

pub(crate) use super::unique::Unique;

/// The context of every step of a run.
#[derive(Clone, Copy)]
pub(crate) struct Cx<'a> {
    pub(crate) store: &'a Store,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) job: &'a Job,
    pub(crate) lease: &'a Lease,
    /// True: nothing is written but the end of uses, and nothing is asked that the run itself would not ask.
    pub(crate) planning: bool,
    /// What the target has of the objects of the records that are worked on, where the run verifies that.
    pub(crate) back: Option<&'a LookedBack>,
    /// True where a record that another one keeps a value from may be tried again at the end of the run.
    pub(crate) defers: bool,
    /// The kind of the run's own objects.
    pub(crate) kind: &'static dyn Kind,
    /// The other kinds.
    pub(crate) kinds: Kinds,
}

impl<'a> Cx<'a> {
    /// Returns the rows of the run's tenant.
    pub(crate) fn rows(self) -> TenantRows<'a> {
        self.store.of(&self.job.scope)
    }

    /// Returns the kind of a module's objects.
    pub(crate) fn kind_of(self, module: ModuleName) -> &'static dyn Kind {
        (self.kinds.of)(module, self.job.layouts.of(module).form)
    }

    /// Returns the kind for a type of object.
    pub(crate) fn object(self, kind: TargetKind) -> &'static dyn Kind {
        (self.kinds.of_object)(kind)
    }
}

/// The look-up of kinds.
#[derive(Clone, Copy)]
pub(crate) struct Kinds {
    /// By a module and the form of its records in the target.
    pub(crate) of: fn(ModuleName, Form) -> &'static dyn Kind,
    /// By the kind of an object.
    pub(crate) of_object: fn(TargetKind) -> &'static dyn Kind,
}

/// A kind of object in the target, and how records become one.
#[async_trait]
pub(crate) trait Kind: Send + Sync {
    /// The target's kind.
    fn target(&self) -> TargetKind;

    /// Returns whether a type of object belongs to this kind.
    fn makes(&self, kind: TargetKind) -> bool {
        self.target() == kind
    }

    /// Returns why the layouts of the modules do not fit together, if they do not.
    fn conflict(&self, _layouts: &Layouts) -> Option<&'static str> {
        None
    }

    // The record.

    /// Maps a record by rows that say where its fields are written. Only kinds that are written to the CRM have such rows.
    fn outgoing(
        &self,
        _: Module<'_>,
        _: &Outgoing,
        record: &SourceRecord,
    ) -> Result<Mapped, Unfit> {
        Ok(Mapped::plain(&record.fields))
    }

    /// Completes a record with the values sent before: a standing value takes the place of a missing one, so that it
    /// is neither a change nor an empty value when the record is written whole.
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

    /// Returns whether the value sent for a field stands.
    fn stands(&self, name: &str, mapped: &Mapped) -> bool {
        !mapped.fields.contains_key(name)
    }

    /// Returns the field, of those that a record says, that its object keeps as it is, if the record has another value.
    fn unchanging(&self, _: Module<'_>, _: &Canonical, _: &Link) -> Option<&'static str> {
        None
    }

    /// Returns groups of canonical fields of which each needs one value, besides those that the schema requires.
    fn needs_one_of(&self) -> &'static [&'static [&'static str]] {
        &[]
    }

    /// Normalises and checks a record for the target.
    fn shape(
        &self,
        module: Module<'_>,
        zoho_id: &RecordId,
        canonical: &Canonical,
    ) -> Result<Shape, Unfit>;

    /// Returns what remains of a record that cannot be written whole: the end of the use of its object, and the
    /// values by which that object is found. `None` if its status ends no use.
    fn ending(&self, _: Module<'_>, _zoho_id: &RecordId, _: &Canonical) -> Option<Shape> {
        None
    }

    /// Returns the same of a record with a link, with what was sent in place of what cannot be read. `None` also where the end
    /// of the use takes only the link and the status (`end_of`).
    fn ending_linked(&self, _: Module<'_>, _: &Link, _: &Canonical) -> Option<Shape> {
        None
    }

    /// Returns the object that a record should have; its required parents are there.
    fn wanted(
        &self,
        module: Module<'_>,
        zoho_id: &RecordId,
        shape: &Shape,
        parents: &Parents,
    ) -> Result<Wanted, Unfit>;

    /// Returns the changes of an object in the fields that `changed` selects. Kinds that are written whole get all fields.
    fn update(
        &self,
        _: Module<'_>,
        _zoho_id: &RecordId,
        _: &Shape,
        wanted: &Wanted,
        _changed: &dyn Fn(&str) -> bool,
    ) -> Payload {
        wanted.create.clone()
    }

    /// Returns what an object is known by, with the values that fields give it: the name of the canonical field, or of what
    /// is made of several.
    fn known_by(&self, _: &Canonical) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Returns whether the fields that were sent mean an object that must not be usable.
    fn is_ended(&self, _sent: &Canonical) -> bool {
        false
    }

    /// Returns the status, in its stored form, by which a record ends the use of its object, if it does. It needs no
    /// other field of the record.
    fn end_of(&self, _: &Canonical) -> Option<(&'static str, Value)> {
        None
    }

    /// Returns the status of a record, with its field, if it neither ends a use nor is known to go on with one.
    fn unknown_word(&self, _: &Canonical) -> Option<(&'static str, String)> {
        None
    }

    /// True if each record is a person: reports about it name that person.
    fn is_person(&self) -> bool {
        false
    }

    /// The word for a source without a record, which had some before.
    fn no_records(&self) -> Code {
        code::SOURCE_EMPTY_UNEXPECTED
    }

    /// Returns the records whose objects a record of this kind needs.
    fn parents_of(&self, shape: &Shape) -> Vec<(ModuleName, RecordId)> {
        shape.needs.iter().map(|need| (need.module, need.id.clone())).collect()
    }

    /// Completes the records of a slice with values that only the links of other modules have. `links` are their own.
    async fn complete_shapes(
        &self,
        _: Cx<'_>,
        _: &[SourceRecord],
        _: &mut [Result<Shape, ItemOutcome>],
        _: &HashMap<RecordId, Link>,
    ) -> Result<(), Stop> {
        Ok(())
    }

    /// Loads the objects that records refer to besides those of their parents.
    async fn load_parents(&self, _: Cx<'_>, _: &[&Shape], _: &mut Parents) -> Result<(), Stop> {
        Ok(())
    }

    // Decide.

    /// True for a membership, which has no fields of its own: it exists or it does not.
    fn is_membership(&self) -> bool {
        false
    }

    /// True for the fields of an object that another record makes: they are only ever updated.
    fn is_part(&self) -> bool {
        false
    }

    /// True if an object belongs to one record only.
    fn is_exclusive(&self) -> bool {
        false
    }

    /// Returns whether the object of a record without a link may exist already, so that it is looked up first.
    fn is_sought(&self, shape: &Shape) -> bool {
        shape.stored.is_some()
    }

    /// Adds to a change what reactivates an object whose record has returned.
    fn reopen(&self, _: &mut Payload, _: &Shape) {}

    /// Returns what a record leaves when it moves to another place.
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

    /// Returns the canonical fields that keep their values in an object that existed before its record. `ours`: it
    /// carries the record's id.
    fn kept(&self, _object: &Payload, _ours: bool) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// Notes what a record that is linked to an object from before it must know of the object.
    fn adopted(&self, _: &mut Draft, _object: &Payload) {}

    /// Returns the notice about the fields that an object keeps, if the record has another value for any of them.
    fn tell_kept(&self, _names: &[&str]) -> Option<(Code, String)> {
        None
    }

    // Find.

    /// The name for people of an object of this kind.
    fn noun(&self) -> &'static str {
        "object"
    }

    /// True if objects that carry a record's id are looked up before one is created. For the other kinds the target
    /// itself refuses a second object with the same id.
    fn is_found_first(&self) -> bool {
        false
    }

    /// Returns whether a sync may create objects.
    fn may_create(&self, _: &Layout) -> bool {
        true
    }

    /// Returns the target's field by which objects are matched, if the tenant wants that.
    fn match_field(&self, _: &Layout) -> Option<&'static str> {
        None
    }

    /// Returns the objects that carry the ids of records, before any is created.
    async fn find_own(&self, _: Cx<'_>, _: &[Create]) -> Result<Found, Stop> {
        Ok(Found::new())
    }

    /// Returns objects by the field that matches them.
    async fn find_matches(&self, _: Cx<'_>, _: &[Draft], _open: &[&Create]) -> Result<Found, Stop> {
        Ok(Found::new())
    }

    /// Returns those objects that records may be linked to; the records of the others are refused.
    async fn takeable(
        &self,
        _: Cx<'_>,
        _: &mut [Draft],
        found: Vec<Match>,
    ) -> Result<Vec<Match>, Stop> {
        Ok(found)
    }

    /// Notes that an object with a record's id exists.
    fn note_seen(&self, _: &Job, _zoho_id: &RecordId) {}

    /// Returns the objects that carry the source ids of records; none for a record that has no object.
    async fn find_by_source_id(&self, to: &dyn Target, records: &[Create]) -> Result<Found, Stop> {
        let ids: Vec<String> = records.iter().map(|one| one.zoho_id.as_str().to_owned()).collect();
        by_field(to, self.target(), SOURCE_ID_FIELD, &ids).await
    }

    /// Returns the objects that carry the ids of records, after making sure that a missing one is not merely hidden.
    async fn find_carrying(&self, cx: Cx<'_>, records: &[Create]) -> Result<Found, Stop> {
        self.find_by_source_id(cx.job.target.as_ref(), records).await
    }

    /// True if the target may hide objects and answer as if there were none.
    fn may_be_hidden(&self) -> bool {
        false
    }

    /// Makes sure that objects are visible by a field, before one that is not found counts as gone.
    async fn prove_shown(&self, _: Cx<'_>, _field: &str) -> Result<(), Stop> {
        Ok(())
    }

    /// The target's field that finds an object with all others of its container; `None` if it is found by its id.
    fn found_in(&self) -> Option<&'static str> {
        None
    }

    // Look back.

    /// Returns the objects whose numbers an object's id is made of; none if they are not those of the other system's objects.
    fn numbers(&self, _: &ObjectId) -> Vec<Number> {
        Vec::new()
    }

    /// False for objects of which a whole run looks at no sample.
    fn is_sampled(&self) -> bool {
        true
    }

    /// Returns what the target has of the objects of links, where they are not looked up by their ids. `whole`: with what
    /// they show, else only whether they are there.
    async fn look_back(
        &self,
        _: Cx<'_>,
        _links: &[&Link],
        _whole: bool,
    ) -> Result<Option<LookedBack>, Stop> {
        Ok(None)
    }

    /// Returns those of the objects of links that a read of another kind shows, where it is not one by the ids of records.
    async fn found_again(
        &self,
        _: Cx<'_>,
        _links: &[&Link],
    ) -> Result<Option<BTreeSet<ObjectId>>, Stop> {
        Ok(None)
    }

    /// True where that read takes a call for each object.
    fn looks_singly(&self) -> bool {
        false
    }

    /// Returns the canonical fields of which an object shows another value than the record has, where it does not follow
    /// from the changes that would be sent. `shown` are the fields that any object shows.
    fn different(
        &self,
        _: Cx<'_>,
        _: &Draft,
        _: &Wanted,
        _has: &Payload,
        _shown: &BTreeSet<String>,
    ) -> Option<Vec<String>> {
        None
    }

    /// Returns the place of a link's object, if it is found with all others there: a course, a group or a cohort.
    fn place_of(&self, _: &Link) -> Option<String> {
        None
    }

    // Write.

    /// Prepares the writes of a slice: the effects of its records on each other.
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

    /// Returns the update that completes a record whose object was created, if there is one.
    fn after_create(&self, _: Cx<'_>, _: &Draft, _place: usize, _id: &ObjectId) -> Option<Update> {
        None
    }

    /// Removes changes that are not allowed, and returns them as refused.
    async fn spare(
        &self,
        _: Cx<'_>,
        _: &[Draft],
        _: &mut Vec<Update>,
    ) -> Result<Vec<Settled>, Stop> {
        Ok(Vec::new())
    }

    /// Takes changes that end uses out of updates that contain more: they are written first.
    fn closing(&self, _: &mut [Update]) -> Vec<Update> {
        Vec::new()
    }

    /// Returns whether a change ends the use of an object.
    fn closes(&self, _: &Payload) -> bool {
        false
    }

    /// Does what follows from the writes. Returns whether a request to cancel came.
    async fn after_write(
        &self,
        _: Cx<'_>,
        _: &mut [Draft],
        _: &mut Work,
        _: Rules,
    ) -> Result<bool, Stop> {
        Ok(false)
    }

    /// Does what follows if records that were due turned out to be gone.
    async fn after_gone(
        &self,
        _: Cx<'_>,
        _gone: &[RecordId],
        _: &mut Processed,
    ) -> Result<(), Stop> {
        Ok(())
    }

    /// The target's fields whose values must be unique.
    fn unique_fields(&self) -> &'static [Unique] {
        &[]
    }

    /// True if the target refuses a second object with the same source id.
    fn has_unique_id(&self) -> bool {
        false
    }

    /// True for objects that no record creates but that records refer to: a dry run finds those that it would have
    /// created.
    fn is_referred_to(&self) -> bool {
        false
    }

    /// Explains a refusal about an object that exists and was not found: it is hidden.
    fn tell_hidden(&self, error: ConnectorError) -> ConnectorError {
        error
    }

    // What is gone.

    /// Returns whether the refusal of a change may mean that the object itself is gone.
    fn is_gone(&self, _code: Code) -> bool {
        false
    }

    /// True if such a refusal proves it; otherwise the object is looked up.
    fn is_gone_for_sure(&self) -> bool {
        false
    }

    /// Refuses records whose own objects exist, if the refusal was about another object.
    async fn blame_others(
        &self,
        _: Cx<'_>,
        _: &mut [Draft],
        _gone: &[Create],
        _there: &HashSet<ObjectId>,
    ) -> Result<(), Stop> {
        Ok(())
    }

    /// Returns the modules whose objects no longer exist according to a refusal.
    fn lost_parents(&self, _code: Code) -> &'static [ModuleName] {
        &[]
    }

    /// Returns whether a refusal to end a use means that there is nothing left to end.
    fn has_ended(&self, _code: Code) -> bool {
        false
    }

    // The end of a use.

    /// True if a record's status ends the use of an object.
    fn is_revocable(&self) -> bool {
        false
    }

    /// True if a record leaves an object when it moves to another one.
    fn is_leavable(&self) -> bool {
        false
    }

    /// False for an object whose use can only end by its removal.
    fn can_suspend(&self) -> bool {
        true
    }

    /// Returns what ends the use of an object, from its id and the values sent: the whole state that says so.
    fn suspension(
        &self,
        _: Module<'_>,
        _target_id: &ObjectId,
        _sent: &Canonical,
    ) -> Result<Payload, Unfit> {
        Ok(Payload::new())
    }

    /// Returns the object for an id that may name a part of it as well. Fails for a text that is not an id of the kind.
    fn whole(&self, target_id: &ObjectId) -> Result<ObjectId, Unfit> {
        Ok(target_id.clone())
    }

    /// Returns which objects have rights of their own, so that no record may close them.
    async fn above(&self, _: Cx<'_>) -> Result<Rights, Stop> {
        Ok(Rights::default())
    }

    /// Returns the objects of links that keep a suspension which was set by hand and no longer exists: from now on a
    /// suspension is ours.
    async fn reopened(&self, _: Cx<'_>, _: &[&Link]) -> Result<HashSet<ObjectId>, Stop> {
        Ok(HashSet::new())
    }

    /// Returns what other records of the run's module say about the objects whose uses should end.
    async fn others(&self, _: Cx<'_>, due: &[Use], _: &Ending<'_>) -> Result<Vec<Others>, Stop> {
        Ok(due.iter().map(|_| Others::None).collect())
    }

    /// Withdraws what no longer counts because its records are gone, if that is different from ending a use. Returns
    /// the result of each, `None` if a request to cancel came first.
    async fn withdraw(
        &self,
        _: Cx<'_>,
        _gone: &[Link],
        _: &mut Processed,
    ) -> Result<Option<Vec<Option<Fate>>>, Stop> {
        Ok(None)
    }

    /// Returns the objects of records that have changed since the run's read.
    async fn arrivals(&self, _: Cx<'_>, _: &Checkpoint) -> Result<Vec<ObjectId>, Stop> {
        Ok(Vec::new())
    }
}

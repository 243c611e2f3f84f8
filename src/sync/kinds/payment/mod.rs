//! Payments, for which Moodle has no place of its own. They become profile fields of the student's account, only from
//! the newest payment, and a status may suspend the student's enrolments. As records of a plug-in they are in
//! `record.rs`.

pub(crate) mod access;
mod back;
mod check;
pub(crate) mod effects;
mod newest;
mod order;
pub(crate) mod profile;
mod typed;

use {
    self::{
        access::Access,
        back::{different, look_back},
        check::check_profiles,
        effects::{release_left, suspend_enrolments},
        newest::{only_newest, pass_over, withdraw},
        typed::fit,
    },
    crate::{
        domain::{
            code::{self, Code},
            id::{ObjectId, RecordId},
            module::ModuleName,
            record::{Canonical, Payload, TargetKind},
        },
        store::{Link, LinkState},
        sync::{
            draft::Draft,
            kind::{Cx, Kind},
            looked::Number,
            looked_back::LookedBack,
            parents::load_people,
            shape::{Module, Parents, Shape, Unfit, Wanted},
            stop::Stop,
            work::{Fate, Processed, Rules, Work},
        },
    },
    async_trait::async_trait,
    std::collections::BTreeSet,
};

/// Profile fields of the student's account.
pub(crate) struct Profile;

#[async_trait]
impl Kind for Profile {
    fn target(&self) -> TargetKind {
        TargetKind::Profile
    }

    fn numbers(&self, target_id: &ObjectId) -> Vec<Number> {
        vec![(TargetKind::User, target_id.clone())]
    }

    fn shape(
        &self,
        module: Module<'_>,
        _: &RecordId,
        canonical: &Canonical,
    ) -> Result<Shape, Unfit> {
        profile::shape(module, canonical)
    }

    fn ending(&self, module: Module<'_>, _: &RecordId, canonical: &Canonical) -> Option<Shape> {
        profile::ending(module, canonical)
    }

    /// A payment suspends with the date that it had: whether it counts depends on it.
    fn ending_linked(&self, module: Module<'_>, link: &Link, said: &Canonical) -> Option<Shape> {
        let status = said.get_key_value(profile::STATUS)?;
        let known = (status.0.clone(), status.1.clone());
        let canonical: Canonical = link.sent.clone().into_iter().chain([known]).collect();
        let due = link.state == LinkState::Active && !self.is_ended(&link.sent);
        due.then(|| profile::ending(module, &canonical)).flatten()
    }

    fn wanted(
        &self,
        _: Module<'_>,
        _: &RecordId,
        shape: &Shape,
        parents: &Parents,
    ) -> Result<Wanted, Unfit> {
        profile::wanted(shape, parents)
    }

    fn is_ended(&self, sent: &Canonical) -> bool {
        Access::after(sent).is_suspended()
    }

    /// A payment also needs the student of its registration.
    fn parents_of(&self, shape: &Shape) -> Vec<(ModuleName, RecordId)> {
        let needs = shape.needs.iter().map(|need| (need.module, need.id.clone()));
        needs
            .chain(shape.person.iter().map(|id| (ModuleName::Students, id.record().clone())))
            .collect()
    }

    /// A payment refers to its registration, which refers to the student.
    async fn load_parents(
        &self,
        cx: Cx<'_>,
        shapes: &[&Shape],
        parents: &mut Parents,
    ) -> Result<(), Stop> {
        load_people(cx, ModuleName::Students, shapes, parents).await
    }

    fn is_part(&self) -> bool {
        true
    }

    async fn look_back(
        &self,
        cx: Cx<'_>,
        links: &[&Link],
        whole: bool,
    ) -> Result<Option<LookedBack>, Stop> {
        look_back(cx, links, whole).await.map(Some)
    }

    fn different(
        &self,
        cx: Cx<'_>,
        draft: &Draft,
        wanted: &Wanted,
        has: &Payload,
        shown: &BTreeSet<String>,
    ) -> Option<Vec<String>> {
        Some(different(&cx.job.sight, draft, wanted, has, shown))
    }

    async fn before_write(
        &self,
        cx: Cx<'_>,
        drafts: &mut [Draft],
        _: &Parents,
        work: &mut Work,
        processed: &mut Processed,
        rules: Rules,
    ) -> Result<(), Stop> {
        work.left = only_newest(cx, drafts, work, processed, rules).await?;
        // Of a payment that cannot be read whole only the status is written.
        for update in &mut work.updates {
            if drafts.get(update.place).is_some_and(|draft| draft.fault.is_some()) {
                update.payload.retain(|name, _| name == profile::STATUS_FIELD);
            }
        }
        work.read_back =
            work.updates.iter().map(|update| (update.place, update.payload.clone())).collect();
        for update in &mut work.updates {
            fit(&cx.job.sight, &mut update.payload);
        }
        Ok(())
    }

    async fn after_write(
        &self,
        cx: Cx<'_>,
        drafts: &mut [Draft],
        work: &mut Work,
        rules: Rules,
    ) -> Result<bool, Stop> {
        let mut cancelled = false;
        if !work.read_back.is_empty() {
            let checked = check_profiles(cx, drafts, &work.read_back).await?;
            if checked.unseen {
                cx.object(TargetKind::User).prove_shown(cx, "id").await?;
            }
            cancelled = checked.cancelled
                || suspend_enrolments(cx, drafts, &work.read_back, rules.forced).await?;
        }
        if !work.left.is_empty() && !cancelled {
            cancelled = release_left(cx, drafts, std::mem::take(&mut work.left)).await?;
        }
        Ok(cancelled)
    }

    async fn after_gone(
        &self,
        cx: Cx<'_>,
        gone: &[RecordId],
        processed: &mut Processed,
    ) -> Result<(), Stop> {
        pass_over(cx, gone, processed).await
    }

    fn lost_parents(&self, code: Code) -> &'static [ModuleName] {
        if code == code::MOODLE_USER_UNKNOWN { &[ModuleName::Students] } else { &[] }
    }

    async fn withdraw(
        &self,
        cx: Cx<'_>,
        gone: &[Link],
        processed: &mut Processed,
    ) -> Result<Option<Vec<Option<Fate>>>, Stop> {
        let (changed, applied) = withdraw(cx, gone, processed).await?;
        Ok(Some(applied.fates(&changed, gone.len())))
    }
}

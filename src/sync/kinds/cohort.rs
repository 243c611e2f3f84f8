//! Memberships in cohorts, made from registrations, and the cohorts of programs.

use {
    super::{
        enrolment::state::{end_of, ends, has_ended, registration, unknown_word},
        field::{PARENT_FIELDS, SOURCE_ID_FIELD, number, text},
        user::back::gone_accounts,
    },
    crate::{
        domain::{
            code::{self, Code},
            id::{MembershipId, ObjectId, PersonId, RecordId},
            layout::RemovalAction,
            module::ModuleName,
            record::{Canonical, Payload, TargetKind},
        },
        ports::{Failure, Written},
        store::Link,
        sync::{
            draft::Draft,
            kind::{Cx, Kind},
            look_up::by_field,
            looked::Number,
            looked_back::LookedBack,
            shape::{Module, Parents, Shape, Unfit, Wanted, unfit},
            stop::Stop,
            verify,
            work::{Departure, Ending, Others, Processed, Remove, Rules, Use, Work},
        },
    },
    async_trait::async_trait,
    serde_json::{Value, json},
    std::collections::{BTreeMap, BTreeSet},
};

/// Cohorts: no record is one, and memberships refer to them.
pub(crate) struct Cohort;

impl Kind for Cohort {
    fn target(&self) -> TargetKind {
        TargetKind::Cohort
    }

    fn shape(&self, _: Module<'_>, _: &RecordId, _: &Canonical) -> Result<Shape, Unfit> {
        Err(no_record())
    }

    fn wanted(&self, _: Module<'_>, _: &RecordId, _: &Shape, _: &Parents) -> Result<Wanted, Unfit> {
        Err(no_record())
    }

    fn has_unique_id(&self) -> bool {
        true
    }

    fn is_referred_to(&self) -> bool {
        true
    }
}

fn no_record() -> Unfit {
    Unfit::of(code::LAYOUT_CONFLICT, &[("reason", &"a record cannot become a cohort")])
}

/// Memberships in the cohort of a program.
pub(crate) struct Membership;

#[async_trait]
impl Kind for Membership {
    fn target(&self) -> TargetKind {
        TargetKind::CohortMember
    }

    fn numbers(&self, target_id: &ObjectId) -> Vec<Number> {
        let id = MembershipId::parse(target_id.as_str()).ok();
        id.map(|id| (TargetKind::User, id.user)).into_iter().collect()
    }

    fn shape(
        &self,
        module: Module<'_>,
        _: &RecordId,
        canonical: &Canonical,
    ) -> Result<Shape, Unfit> {
        registration(module, canonical)
    }

    fn ending(
        &self,
        module: Module<'_>,
        zoho_id: &RecordId,
        canonical: &Canonical,
    ) -> Option<Shape> {
        self.shape(module, zoho_id, canonical).ok().filter(|shape| shape.ended)
    }

    fn wanted(
        &self,
        _: Module<'_>,
        _: &RecordId,
        shape: &Shape,
        parents: &Parents,
    ) -> Result<Wanted, Unfit> {
        membership(shape, parents)
    }

    fn is_ended(&self, sent: &Canonical) -> bool {
        has_ended(sent)
    }

    fn unknown_word(&self, canonical: &Canonical) -> Option<(&'static str, String)> {
        unknown_word(canonical)
    }

    fn end_of(&self, canonical: &Canonical) -> Option<(&'static str, Value)> {
        end_of(canonical)
    }

    async fn load_parents(
        &self,
        cx: Cx<'_>,
        shapes: &[&Shape],
        parents: &mut Parents,
    ) -> Result<(), Stop> {
        ensure_cohorts(cx, shapes, parents).await
    }

    fn is_membership(&self) -> bool {
        true
    }

    /// The function that lists members is not one that the engine needs otherwise.
    async fn look_back(
        &self,
        cx: Cx<'_>,
        links: &[&Link],
        whole: bool,
    ) -> Result<Option<LookedBack>, Stop> {
        let cohorts = verify::places(links);
        let mut members: BTreeSet<ObjectId> = BTreeSet::new();
        let to = verify::target(cx);
        for some in cohorts.chunks(to.look_up_limit(TargetKind::CohortMember).max(1)) {
            match to.look_up(TargetKind::CohortMember, "cohortid", some).await {
                Ok(found) => members.extend(found.into_iter().map(|one| one.id)),
                Err(error)
                    if matches!(
                        error.code,
                        code::MOODLE_ACCESS_REFUSED
                            | code::MOODLE_FUNCTION_MISSING
                            | code::MOODLE_CAPABILITY_MISSING
                    ) =>
                {
                    return Ok(Some(LookedBack::blind(&error.message)));
                }
                Err(error) => return Err(error.into()),
            }
        }
        let mut back = LookedBack::default();
        let mut alone: BTreeMap<ObjectId, Option<PersonId>> = BTreeMap::new();
        for link in links {
            let known = link.container.as_ref().is_some_and(|cohort| members.contains(cohort));
            if members.contains(&link.target_id) {
                back.found(link.target_id.clone(), Payload::new());
            } else if whole || known {
                back.gone.insert(link.target_id.clone());
            } else if let Some(user) = user_of(link) {
                alone.insert(user, link.person.clone());
            }
        }
        // Each run looks for the cohorts of its records, and their members join again where one is gone: what tells then is
        // whether their accounts are there.
        if !alone.is_empty() {
            let gone = gone_accounts(cx, &alone).await?;
            for link in links {
                match user_of(link).filter(|user| alone.contains_key(user)) {
                    Some(user) if gone.contains(&user) => {
                        back.gone.insert(link.target_id.clone());
                    }
                    Some(_) => back.found(link.target_id.clone(), Payload::new()),
                    None => {}
                }
            }
        }
        Ok(Some(back))
    }

    fn different(
        &self,
        _: Cx<'_>,
        _: &Draft,
        _: &Wanted,
        _: &Payload,
        _: &BTreeSet<String>,
    ) -> Option<Vec<String>> {
        Some(Vec::new())
    }

    fn place_of(&self, link: &Link) -> Option<String> {
        link.container.as_ref().map(ToString::to_string)
    }

    fn departure(&self, _: &Link, _: &ObjectId, ended_before: bool, _: RemovalAction) -> Departure {
        if ended_before { Departure::Nothing } else { Departure::Place }
    }

    /// Clears the cohorts that records have left without having moved themselves: a cohort is found by the id of its
    /// program, and one that is no longer found is gone, or no longer ours. Ends the memberships of records without a link
    /// whose status says so: a link may have been lost. A cohort that this run has made has no members of before.
    async fn before_write(
        &self,
        cx: Cx<'_>,
        drafts: &mut [Draft],
        _: &Parents,
        work: &mut Work,
        _: &mut Processed,
        _: Rules,
    ) -> Result<(), Stop> {
        for draft in drafts.iter_mut().filter(|draft| draft.was_replaced(&PARENT_FIELDS)) {
            draft.forget_left();
        }
        for (place, draft) in drafts.iter().enumerate() {
            let wanted =
                draft.wanted.as_ref().filter(|_| draft.link.is_none() && draft.shape.ended);
            let Some(wanted) = wanted.filter(|_| draft.outcome.is_some()) else { continue };
            let made = wanted.container.as_ref().is_some_and(|cohort| cx.job.has_made(cohort));
            if let Some(target_id) = wanted.id.clone().filter(|_| !made) {
                work.removes.push(Remove { place, target_id });
            }
        }
        Ok(())
    }

    fn lost_parents(&self, code: Code) -> &'static [ModuleName] {
        if code == code::MOODLE_USER_UNKNOWN { &[ModuleName::Students] } else { &[] }
    }

    fn is_revocable(&self) -> bool {
        true
    }

    fn is_leavable(&self) -> bool {
        true
    }

    /// Nothing is left to end in a cohort that the program's is not: the program's was deleted, and the number is another
    /// one's by now.
    async fn others(&self, cx: Cx<'_>, due: &[Use], _: &Ending<'_>) -> Result<Vec<Others>, Stop> {
        let program = |one: &Use| text(&one.sent, "program_zoho_id");
        let programs: BTreeSet<String> =
            due.iter().map(program).filter(|id| !id.is_empty()).collect();
        let programs: Vec<String> = programs.into_iter().collect();
        let to = cx.job.target.as_ref();
        let found = by_field(to, TargetKind::Cohort, SOURCE_ID_FIELD, &programs).await?;
        let is_other = |one: &Use| {
            let own = MembershipId::parse(one.target_id.as_str()).ok();
            let program = program(one);
            let cohorts = found.get(&program).map_or(&[][..], Vec::as_slice);
            let is_its = |own: MembershipId| cohorts.iter().any(|one| one.id == own.cohort);
            !program.is_empty() && !own.is_some_and(is_its)
        };
        Ok(due.iter().map(|one| if is_other(one) { Others::InUse } else { Others::None }).collect())
    }

    fn can_suspend(&self) -> bool {
        false
    }
}

/// Returns the account of a membership.
fn user_of(link: &Link) -> Option<ObjectId> {
    MembershipId::parse(link.target_id.as_str()).ok().map(|id| id.user)
}

/// Returns the membership in the cohort of a program.
fn membership(shape: &Shape, parents: &Parents) -> Result<Wanted, Unfit> {
    let (user, _) = ends(shape, parents)?;
    let program = shape.needs.iter().find(|need| need.module == ModuleName::Programs);
    let cohort = program.and_then(|program| parents.cohort(&program.id)).ok_or_else(|| {
        unfit(code::PARENT_NOT_SYNCED, "the program's cohort is not in the target")
    })?;
    let create = Payload::from([
        ("cohortid".to_owned(), number(cohort)),
        ("userid".to_owned(), number(&user.target_id)),
    ]);
    let id = MembershipId { cohort: cohort.clone(), user: user.target_id.clone() };
    let id = Some(id.to_string().into());
    Ok(Wanted { kind: TargetKind::CohortMember, id, container: Some(cohort.clone()), create })
}

/// Makes sure that each program of the records has its cohort.
async fn ensure_cohorts(cx: Cx<'_>, shapes: &[&Shape], parents: &mut Parents) -> Result<(), Stop> {
    let mut programs: BTreeMap<RecordId, String> = BTreeMap::new();
    for need in shapes.iter().flat_map(|shape| &shape.needs) {
        let program = parents.get(need.module, &need.id);
        let Some(program) = program.filter(|_| need.module == ModuleName::Programs) else {
            continue;
        };
        let name = program.name.clone().unwrap_or_else(|| need.id.to_string());
        match cx.job.cohort(&need.id) {
            Some(cohort) => parents.insert_cohort(need.id.clone(), cohort),
            None => drop(programs.insert(need.id.clone(), name)),
        }
    }
    if programs.is_empty() {
        return Ok(());
    }
    let target = cx.job.target.as_ref();
    let ids: Vec<String> = programs.keys().map(ToString::to_string).collect();
    let found = by_field(target, TargetKind::Cohort, SOURCE_ID_FIELD, &ids).await?;
    let mut missing: Vec<(&RecordId, Payload)> = Vec::new();
    for (id, name) in &programs {
        match found.get(id.as_str()).and_then(|records| records.first()) {
            Some(cohort) => cx.job.keep_cohort(id, &cohort.id),
            None => {
                let payload = [
                    ("name", json!(name.chars().take(254).collect::<String>())),
                    ("idnumber", json!(id)),
                    ("description", json!("")),
                ];
                missing.push((id, payload.map(|(name, value)| (name.to_owned(), value)).into()));
            }
        }
    }
    if cx.planning {
        // Those who would come into it are new to it: which id it gets does not matter to a plan.
        for (id, _) in missing.drain(..) {
            parents.insert_cohort(id.clone(), ObjectId::planned(id));
        }
    }
    let limit = target.batch_limit(TargetKind::Cohort, 5).max(1);
    for chunk in missing.chunks(limit) {
        let payloads: Vec<Payload> = chunk.iter().map(|(_, payload)| payload.clone()).collect();
        cx.lease.may_write()?;
        match target.create(TargetKind::Cohort, &payloads).await {
            Ok(written) => {
                for ((id, _), written) in chunk.iter().zip(written) {
                    if let Written::Done(cohort) = written {
                        cx.job.note_made(&cohort);
                        cx.job.keep_cohort(id, &cohort);
                    }
                }
            }
            // Refused as a whole, or unknown: existing cohorts are found, and the members of missing ones wait.
            Err(error) if matches!(error.failure, Failure::Rejected | Failure::Ambiguous) => {
                let ids: Vec<String> = chunk.iter().map(|(id, _)| id.to_string()).collect();
                let found = by_field(target, TargetKind::Cohort, SOURCE_ID_FIELD, &ids).await?;
                if found.is_empty() {
                    return Err(error.into());
                }
                for (id, _) in chunk {
                    if let Some(cohort) = found.get(id.as_str()).and_then(|found| found.first()) {
                        cx.job.keep_cohort(id, &cohort.id);
                    }
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    for id in programs.keys() {
        if let Some(cohort) = cx.job.cohort(id) {
            parents.insert_cohort(id.clone(), cohort);
        }
    }
    Ok(())
}

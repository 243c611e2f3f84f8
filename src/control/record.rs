//! One record: how it stands, and what a run would do with it.

use {
    super::Control,
    crate::{
        domain::{
            access::{Permission, Principal},
            code::{self, Code as Word},
            fault::FieldFault,
            id::{RecordId, RunId},
            item::{ItemOfRun, ItemStatus},
            module::ModuleName,
            run::{Run, RunFailure},
            standing::{ParentWait, PlannedEnd, RecordState, page_of},
        },
        error::{Error, Result},
        store::{Claim, Link, LinkState, RunItemFilter, Subject, TenantScope},
        sync::{self, Explained, Reason, Step},
    },
    chrono::{DateTime, Utc},
    std::time::Duration,
    uuid::Uuid,
};

/// How long an explanation may take.
const PATIENCE: Duration = Duration::from_secs(45);

/// How a record stands.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordView {
    /// Its module.
    pub module: ModuleName,
    /// Its id.
    pub zoho_id: RecordId,
    /// In one word.
    pub state: RecordState,
    /// Whether runs of the module start.
    pub module_enabled: bool,
    /// Its link, and when it was stored.
    pub link: Option<(Link, DateTime<Utc>)>,
    /// The page of its object.
    pub url: Option<String>,
    /// Its last outcome.
    pub last: Option<ItemOfRun>,
    /// The code whose row says what to do about that.
    pub remedy: Option<Word>,
    /// What it waits for.
    pub waits: Vec<ParentWait>,
    /// Its planned removal.
    pub removal: Option<PlannedEnd>,
}

/// What a run of a record would do.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedRecord {
    /// Its module.
    pub module: ModuleName,
    /// Its id.
    pub zoho_id: RecordId,
    /// Its way.
    pub explained: Explained,
}

impl Control {
    /// Returns how a record of the caller's tenant stands.
    pub async fn get_record(&self, who: &Principal, module: &str, id: &str) -> Result<RecordView> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let (module, zoho_id) = named(&scope, module, id)?;
        let rows = self.store.of(&scope);
        let filter = RunItemFilter { module: Some(module), real: true, ..Default::default() };
        let (own, settings, link, waits, removal, last) = tokio::try_join!(
            rows.module(module),
            rows.settings(),
            rows.link_of(module, &zoho_id),
            rows.waits_of(module, &zoho_id),
            rows.planned_end(module, &zoho_id),
            rows.subject_items(Subject::Record(&zoho_id), &filter, None, 1),
        )?;
        let last = last.into_iter().next().map(|(_, item)| item);
        let site = settings.and_then(|settings| settings.moodle_base_url);
        let page = |(link, _): &(Link, DateTime<Utc>)| {
            let path = page_of(link.target_kind, &link.target_id)?;
            Some(format!("{}/{path}", site.as_deref()?.trim_end_matches('/')))
        };
        let in_use = link.as_ref().is_some_and(|(link, _)| link.state == LinkState::Active);
        Ok(RecordView {
            state: state(link.as_ref().map(|(link, _)| link), last.as_ref(), &waits),
            module_enabled: own.is_some_and(|module| module.enabled),
            url: link.as_ref().and_then(page),
            remedy: last.as_ref().and_then(|of_run| Word::find(of_run.item.code.as_deref()?)),
            removal: removal.filter(|_| in_use),
            module,
            zoho_id,
            link,
            last,
            waits,
        })
    }

    /// Returns step by step what a run of a record would do; nothing is stored or written.
    pub async fn explain_record(
        &self,
        who: &Principal,
        module: &str,
        id: &str,
    ) -> Result<ExplainedRecord> {
        let scope = self.authorise(who, Permission::MappingWrite)?;
        let (module, zoho_id) = named(&scope, module, id)?;
        let explained =
            tokio::time::timeout(PATIENCE, self.explained_record(&scope, module, &zoho_id));
        let explained = explained
            .await
            .unwrap_or_else(|_| Err(Error::unavailable("Zoho or Moodle did not answer in time")))?;
        Ok(ExplainedRecord { module, zoho_id, explained })
    }

    async fn explained_record(
        &self,
        scope: &TenantScope,
        module: ModuleName,
        id: &RecordId,
    ) -> Result<Explained> {
        let (run, ids) = (RunId::new(Uuid::new_v4()), vec![id.clone()]);
        let run = Run::trial(run, scope.tenant().clone(), module, ids, self.clock.now());
        let ended = |failure: RunFailure| {
            let reason = Reason { code: failure.code, message: failure.summary };
            Explained::stopped(Step::Module, ItemStatus::Failed, reason)
        };
        let parts = match self.trial_parts(scope, &run).await? {
            Ok(parts) => parts,
            Err(failure) => return Ok(ended(failure)),
        };
        if self.credits_wait(scope).await?.is_some() {
            return Ok(ended(RunFailure::of(code::ZOHO_CREDITS_LOW, &[])));
        }
        match self.job(scope, Claim::trial(run), parts).await {
            Ok(job) => Ok(sync::explain(self.store.clone(), self.clock.clone(), job).await?),
            Err(failure) => Ok(ended(failure)),
        }
    }
}

/// Reads the names of a record.
fn named(scope: &TenantScope, module: &str, id: &str) -> Result<(ModuleName, RecordId)> {
    let found = ModuleName::parse(module).filter(|module| scope.holds(*module));
    let found = found.ok_or_else(|| super::module::not_configured(module))?;
    let fault = |fault| Error::fields(vec![FieldFault::new("zoho_id", fault)]);
    Ok((found, RecordId::parse(id).map_err(fault)?))
}

fn state(link: Option<&Link>, last: Option<&ItemOfRun>, waits: &[ParentWait]) -> RecordState {
    match link.map(|link| link.state) {
        Some(LinkState::Active) => RecordState::Active,
        Some(LinkState::Suspended) => RecordState::Suspended,
        Some(LinkState::Removed) => RecordState::Removed,
        None if !waits.is_empty() => RecordState::Waiting,
        None => last.map_or(RecordState::Unseen, |of_run| {
            match ItemStatus::parse(&of_run.item.status) {
                Some(ItemStatus::Failed) => RecordState::Failed,
                _ => RecordState::Skipped,
            }
        }),
    }
}

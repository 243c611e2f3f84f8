//! Starting and ending runs: a caller's request for a module or for all of them, retries, and cancelling.

use {
    super::{Control, module::not_configured},
    crate::{
        domain::{
            access::{Permission, Principal},
            audit::Author,
            code,
            fault::{Fault, FieldFault},
            id::{RecordId, RunId},
            module::{GRADES_RUN_REFUSED, ModuleName},
            run::{Run, RunState, TriggerSource},
            selection::{IDS_MAX, RetryFilter, RunSelection},
        },
        error::{Code, Error, Result},
        store::{Enqueued, ItemFilter, NewRun, TenantScope},
    },
    std::time::Duration,
    uuid::Uuid,
};

/// The name used if the caller gives none (docs/src/rest.md, "Values").
const UNNAMED: &str = "extension_user";
/// Longest name of the caller, in characters.
const TRIGGERED_BY_MAX: usize = 255;
/// Longest code, in characters.
const CODE_MAX: usize = 100;
/// Greatest number of codes in a retry.
const CODES_MAX: usize = 50;

/// A caller's request for a run, unchecked.
#[derive(Debug, Clone, Default)]
pub struct RunRequest {
    /// The name of the caller.
    pub triggered_by: Option<String>,
    /// True: nothing is written.
    pub dry_run: bool,
    /// `full`, `changes` or `verify`; empty for `full`.
    pub scope: String,
    /// Only these records.
    pub ids: Vec<String>,
}

impl RunRequest {
    /// Checks the request. In a session the person of the session starts the run, whatever the request says.
    fn check(self, who: &Principal) -> Result<(String, RunSelection, bool)> {
        let mut faults = Vec::new();
        let by = who.actor.clone().or(self.triggered_by).filter(|text| !text.is_empty());
        let by = by.unwrap_or_else(|| UNNAMED.to_owned());
        if by.chars().count() > TRIGGERED_BY_MAX {
            let fault = Fault::TooLong { max: TRIGGERED_BY_MAX };
            faults.push(FieldFault::new("triggered_by", fault));
        }
        let selection = match (self.scope.as_str(), self.ids.is_empty()) {
            ("" | "full", true) => RunSelection::Full,
            ("changes", true) => RunSelection::Changes,
            ("verify", true) => RunSelection::Verify,
            ("", false) => RunSelection::Ids { ids: checked_ids(self.ids, &mut faults) },
            (_, false) => {
                let reason = "ids and a scope cannot be asked for together".to_owned();
                faults.push(FieldFault::new("ids", Fault::Value(reason)));
                RunSelection::Full
            }
            _ => {
                let expected = &["full", "changes", "verify"];
                faults.push(FieldFault::new("scope", Fault::Literal { expected }));
                RunSelection::Full
            }
        };
        if faults.is_empty() {
            Ok((by, selection, self.dry_run))
        } else {
            Err(Error::fields(faults))
        }
    }
}

/// Reads a list, each member of it by `read`; what is wrong is noted.
fn checked<T>(
    field: &str,
    texts: Vec<String>,
    most: usize,
    read: impl Fn(String) -> std::result::Result<T, Fault>,
    faults: &mut Vec<FieldFault>,
) -> Vec<T> {
    if texts.len() > most {
        let fault = Fault::TooMany { max: most, actual: texts.len() };
        faults.push(FieldFault::new(field, fault));
    }
    let mut members = Vec::with_capacity(texts.len().min(most));
    for (index, text) in texts.into_iter().enumerate().take(most) {
        match read(text) {
            Ok(member) => members.push(member),
            Err(fault) => faults.push(FieldFault::new(format!("{field}[{index}]"), fault)),
        }
    }
    members
}

pub(super) fn checked_ids(ids: Vec<String>, faults: &mut Vec<FieldFault>) -> Vec<RecordId> {
    checked("ids", ids, IDS_MAX, RecordId::try_from, faults)
}

fn checked_code(code: String) -> std::result::Result<String, Fault> {
    match code.chars().count() {
        0 => Err(Fault::TooShort { min: 1 }),
        1..=CODE_MAX => Ok(code),
        _ => Err(Fault::TooLong { max: CODE_MAX }),
    }
}

impl Control {
    /// Starts a run, or returns the active one and notes a follow-up.
    pub async fn trigger_run(
        &self,
        who: &Principal,
        name: &str,
        request: RunRequest,
    ) -> Result<Run> {
        let scope = self.authorise(who, Permission::RunStart)?;
        let (by, selection, dry_run) = request.check(who)?;
        if ModuleName::parse(name) == Some(ModuleName::Grades) && !self.writes_back(&scope).await? {
            return Err(Error::new(
                Code::Refused,
                code::GRADES_DIRECTION_BLOCKED,
                GRADES_RUN_REFUSED,
            ));
        }
        let module = self.enabled_module(&scope, name).await?;
        let new = NewRun {
            triggered_by: Some(by),
            dry_run,
            selection,
            ..self.new_run(who, module, TriggerSource::Manual)
        };
        let enqueued = self.store.of(&scope).enqueue(new).await?;
        self.accepted(&scope, enqueued).await
    }

    /// Starts a run of every enabled module, parents first.
    pub async fn trigger_all(&self, who: &Principal, request: RunRequest) -> Result<Vec<Run>> {
        let scope = self.authorise(who, Permission::RunStart)?;
        let (by, selection, dry_run) = request.check(who)?;
        let writeback = self.writes_back(&scope).await?;
        let enabled: Vec<ModuleName> = self
            .store
            .of(&scope)
            .modules()
            .await?
            .into_iter()
            .filter(|module| module.enabled && (module.name != ModuleName::Grades || writeback))
            .map(|module| module.name)
            .collect();
        let mut runs: Vec<NewRun> = Vec::new();
        for module in ModuleName::IN_ORDER.into_iter().filter(|name| enabled.contains(name)) {
            let run = self.new_run(who, module, TriggerSource::Chain);
            let first = runs.first().map_or(run.id, |first| first.id);
            let place = i32::try_from(runs.len()).unwrap_or(i32::MAX);
            runs.push(NewRun {
                triggered_by: Some(by.clone()),
                dry_run,
                selection: selection.clone(),
                chain: Some((first, place)),
                ..run
            });
        }
        if runs.is_empty() {
            let message = "no module is enabled";
            return Err(Error::new(Code::Refused, code::MODULE_DISABLED, message));
        }
        let runs = self.store.of(&scope).enqueue_chain(runs).await?;
        self.wake.notify_one();
        Ok(self.explained(&scope, runs).await?)
    }

    /// Starts a run over exactly the failed items of an ended run.
    pub async fn retry_failed(&self, who: &Principal, id: &str) -> Result<Run> {
        self.retry_items(who, id, Vec::new(), Vec::new()).await
    }

    /// Starts a run over the failed items of an ended run that have one of some codes and are of one of some records; an
    /// empty list does not narrow. With codes, it also takes items with such warnings.
    pub async fn retry_items(
        &self,
        who: &Principal,
        id: &str,
        codes: Vec<String>,
        ids: Vec<String>,
    ) -> Result<Run> {
        let scope = self.authorise(who, Permission::RunStart)?;
        let mut faults = Vec::new();
        let codes = checked("codes", codes, CODES_MAX, checked_code, &mut faults);
        let filter = RetryFilter { codes, ids: checked_ids(ids, &mut faults) };
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let old = self.find_run(&scope, id).await?;
        if !old.state.ended() {
            return Err(Error::new(
                Code::Refused,
                code::RUN_IN_PROGRESS,
                "Run is still in progress",
            ));
        }
        // A dry run has failed items too, but there is nothing to repeat.
        let due = ItemFilter::due(&filter);
        if old.dry_run || self.store.of(&scope).count_items(old.id, &due).await? == 0 {
            return Err(Error::new(
                Code::Refused,
                code::NOTHING_TO_RETRY,
                "No failed items to retry",
            ));
        }
        let module = self.enabled_module(&scope, old.module.as_str()).await?;
        let wanted = RunSelection::Retry { filter };
        let active = self.store.of(&scope).active_retries(old.id).await?;
        if let Some(same) = active.into_iter().find(|run| run.selection == wanted) {
            return Ok(self.explain(&scope, same).await?);
        }
        let new = NewRun {
            triggered_by: Some(format!("retry_of_{}", old.id)),
            parent: Some(old.id),
            selection: wanted,
            ..self.new_run(who, module, TriggerSource::Retry)
        };
        let enqueued = self.store.of(&scope).enqueue_retry(new).await?;
        self.accepted(&scope, enqueued).await
    }

    /// Cancels a run: immediately if no worker has it, otherwise after the calls in progress.
    pub async fn cancel_run(&self, who: &Principal, id: &str) -> Result<Run> {
        let scope = self.authorise(who, Permission::RunCancel)?;
        let run = self.find_run(&scope, id).await?;
        let author = Some(Author::of(who));
        if !self.store.of(&scope).cancel_by(author, run.id, self.clock.now()).await? {
            let message =
                format!("Run has ended as {}", self.find_run(&scope, id).await?.state.as_str());
            return Err(Error::new(Code::Refused, code::RUN_ENDED, message));
        }
        self.wake.notify_one();
        let run = self.find_run(&scope, id).await?;
        Ok(self.explain(&scope, run).await?)
    }

    async fn accepted(&self, scope: &TenantScope, enqueued: Enqueued) -> Result<Run> {
        match enqueued {
            Enqueued::New(run) => {
                self.wake.notify_one();
                self.begun(scope, run).await
            }
            Enqueued::Active(run) => self.begun(scope, run).await,
            Enqueued::Full => {
                let code = code::TOO_MANY_WAITING;
                Err(Error::new(Code::Exhausted, code, code.advice(&[]))
                    .retry_after(Duration::from_secs(60)))
            }
        }
    }

    /// Returns a run that was just asked for. Where it stands in the queue is told when it is read again: most runs begin at
    /// once.
    async fn begun(&self, scope: &TenantScope, run: Run) -> Result<Run> {
        if run.state != RunState::Queued {
            return Ok(self.explain(scope, run).await?);
        }
        let now = self.clock.now();
        let waiting =
            run.waiting.clone().filter(|wait| wait.until.is_some_and(|until| until > now));
        Ok(Run { waiting, ..run })
    }

    fn new_run(&self, who: &Principal, module: ModuleName, trigger: TriggerSource) -> NewRun {
        let run = NewRun::new(RunId::new(Uuid::new_v4()), module, trigger, self.clock.now());
        NewRun { started_key: Some(who.key.clone()), author: Some(Author::of(who)), ..run }
    }

    /// Returns whether the tenant lets grades flow back.
    async fn writes_back(&self, scope: &TenantScope) -> Result<bool> {
        Ok(self.store.of(scope).settings().await?.is_some_and(|settings| settings.grades_writeback))
    }

    pub(super) async fn enabled_module(
        &self,
        scope: &TenantScope,
        name: &str,
    ) -> Result<ModuleName> {
        let known = ModuleName::parse(name).ok_or_else(|| not_configured(name))?;
        let module =
            self.store.of(scope).module(known).await?.ok_or_else(|| not_configured(name))?;
        if module.enabled {
            Ok(known)
        } else {
            Err(Error::new(
                Code::Refused,
                code::MODULE_DISABLED,
                format!("Module '{name}' is disabled"),
            ))
        }
    }
}

//! The slice loop: reads ahead while it writes, stores each slice with its checkpoint, and ends the run.

use {
    super::{
        Lease, Stop,
        apply::{Applied, Create, Update, Writer},
        extract::{self, Checkpoint, Slice},
        fingerprint,
        resolve::by_source_id,
        target::{self, Prepared},
    },
    crate::{
        domain::{
            mapping::MappingSet,
            module::ModuleName,
            policy,
            record::{self, Canonical, SourceRecord, TargetRecord},
            run::{Counts, ItemOutcome, ItemStatus, Phase, RunFailure, RunState, final_state},
        },
        ports::{Clock, ConnectorError, Failure, ReadQuery, Source, Target, Written},
        store::{Claim, Link, Scope, SliceSave, Store},
    },
    serde_json::{Map, Value},
    std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::Arc,
        time::Duration,
    },
};

/// Wait after a throttled call that named no time.
const THROTTLED: Duration = Duration::from_secs(10);

/// A claimed run with everything it needs.
#[derive(Debug)]
pub struct Job {
    /// Whose rows it may touch.
    pub scope: Scope,
    /// The claim.
    pub claim: Claim,
    /// Where records come from.
    pub source: Arc<dyn Source>,
    /// Where they go.
    pub target: Arc<dyn Target>,
    /// What is read.
    pub query: ReadQuery,
    /// How it is mapped.
    pub mappings: MappingSet,
}

/// How the work on a claimed run ended.
#[derive(Debug)]
pub enum Ended {
    /// The run is over.
    Finished(RunState, Option<RunFailure>),
    /// Another worker has it; nothing more to do.
    Lost,
    /// To be given back to the queue for a while.
    Wait {
        /// How long.
        wait: Duration,
        /// True when this counts as a failed try.
        failed: bool,
        /// Why; `None` when this process is about to stop.
        reason: Option<ConnectorError>,
    },
}

/// Drives claimed runs.
#[derive(Debug, Clone)]
pub struct Engine {
    store: Store,
    clock: Arc<dyn Clock>,
}

/// The outcome of a slice before it is stored.
#[derive(Debug, Default)]
struct Processed {
    items: Vec<ItemOutcome>,
    links: Vec<Link>,
    cancelled: bool,
}

/// A record on its way through a slice.
#[derive(Debug)]
struct Draft {
    zoho_id: String,
    prepared: Prepared,
    hash: Vec<u8>,
    /// What was last sent, when the record is linked.
    before: Option<Canonical>,
    outcome: Option<ItemOutcome>,
    target_id: Option<String>,
}

impl Engine {
    /// Makes an engine.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Works on a claimed run until it ends, is lost, or has to wait.
    ///
    /// # Errors
    /// When the database fails; the lease then runs out and another worker goes on from the last stored slice.
    pub async fn drive(&self, job: &Job, lease: &Lease) -> Result<Ended, crate::store::StoreError> {
        let driven = tokio::select! {
            driven = self.slices(job, lease) => driven,
            () = lease.lost() => Err(Stop::Lost),
        };
        match driven {
            Ok(ended) => Ok(ended),
            Err(Stop::Lost) => Ok(Ended::Lost),
            Err(Stop::Cancelled) => Ok(Ended::Finished(RunState::Cancelled, None)),
            Err(Stop::Store(error)) => Err(error),
            Err(Stop::Upstream(error)) => Ok(give_back(job, error)),
        }
    }

    async fn slices(&self, job: &Job, lease: &Lease) -> Result<Ended, Stop> {
        let mut counts = job.claim.run.counts;
        let mut ordinal = Checkpoint::read(job.claim.checkpoint.as_ref()).ordinal;
        let mut slice = {
            let from = Checkpoint::read(job.claim.checkpoint.as_ref());
            extract::next(&self.store, job, &from).await?
        };
        loop {
            if lease.cancelled() {
                return Err(Stop::Cancelled);
            }
            let ahead = async {
                if slice.last {
                    Ok(None)
                } else {
                    extract::next(&self.store, job, &slice.checkpoint).await.map(Some)
                }
            };
            // Reading the next slice while this one is written; a failed read must not undo a slice that was written.
            let (processed, ahead) = tokio::join!(self.process(job, lease, &slice), ahead);
            let processed = processed?;
            processed.items.iter().for_each(|item| counts.add(item.status));
            let first_ordinal = ordinal;
            ordinal += i64::try_from(processed.items.len()).unwrap_or(i64::MAX);
            let save = SliceSave {
                run: lease.run,
                epoch: lease.epoch,
                checkpoint: slice.checkpoint.stored_at(ordinal),
                phase: if processed.links.is_empty() { Phase::Reading } else { Phase::Writing },
                counts,
                expected_total: job.claim.run.expected_total,
                items: &processed.items,
                first_ordinal,
                links: &processed.links,
                now: self.clock.now(),
            };
            match self.store.save_slice(&job.scope, save).await? {
                None => return Err(Stop::Lost),
                Some(cancel) if cancel || processed.cancelled => return Err(Stop::Cancelled),
                Some(_) => {}
            }
            if lease.draining() && !slice.last {
                return Ok(Ended::Wait { wait: Duration::ZERO, failed: false, reason: None });
            }
            match ahead? {
                Some(next) => slice = next,
                None => {
                    return Ok(Ended::Finished(final_state(&counts, None), nothing_done(&counts)));
                }
            }
        }
    }

    /// Carries one slice through map, resolve, diff and apply.
    async fn process(&self, job: &Job, lease: &Lease, slice: &Slice) -> Result<Processed, Stop> {
        let module = job.claim.run.module;
        let kind = target::kind(module);
        let ids: Vec<String> = slice.records.iter().map(|record| record.id.clone()).collect();
        let mut links = self.store.links(&job.scope, module, &ids).await?;

        let mut items: Vec<ItemOutcome> = slice
            .gone
            .iter()
            .map(|id| {
                ItemOutcome::skipped(id, "SOURCE_GONE", "the record is no longer in the source")
            })
            .collect();
        let mut drafts = Vec::with_capacity(slice.records.len());
        for record in &slice.records {
            match map(&job.mappings, record) {
                Ok(prepared) => drafts.push(Draft::new(record, prepared, links.remove(&record.id))),
                Err(failed) => items.push(failed),
            }
        }

        let writer = Writer { to: job.target.as_ref(), kind, lease };
        let mut creates = Vec::new();
        let mut updates = Vec::new();
        let unlinked: Vec<String> = drafts
            .iter()
            .filter(|draft| draft.target_id.is_none())
            .map(|draft| draft.zoho_id.clone())
            .collect();
        let found = by_source_id(writer.to, kind, &unlinked).await?;
        for (place, draft) in drafts.iter_mut().enumerate() {
            draft.plan(
                place,
                found.get(&draft.zoho_id).map_or(&[], Vec::as_slice),
                &mut creates,
                &mut updates,
            );
        }

        let created = writer.create_all(creates).await?;
        let mut cancelled = created.cancelled;
        settle_creates(&mut drafts, created, &mut updates);
        if !cancelled {
            let updated = writer.update_all(updates).await?;
            cancelled = updated.cancelled;
            settle_updates(&mut drafts, updated);
        }

        let mut new_links = Vec::new();
        for draft in drafts {
            if let Some(outcome) = draft.outcome {
                if let Some(target_id) = draft.target_id.filter(|_| writes_link(outcome.status)) {
                    new_links.push(Link {
                        module,
                        zoho_id: draft.zoho_id,
                        target_kind: kind,
                        target_id,
                        sent_hash: draft.hash,
                        sent: draft.prepared.fields,
                    });
                }
                items.push(outcome);
            }
        }
        Ok(Processed { items, links: new_links, cancelled })
    }
}

impl Draft {
    fn new(record: &SourceRecord, prepared: Prepared, link: Option<Link>) -> Self {
        let hash = fingerprint(&prepared.fields);
        let mut draft = Self {
            zoho_id: record.id.clone(),
            prepared,
            hash,
            before: None,
            outcome: None,
            target_id: None,
        };
        if let Some(link) = link {
            if link.sent_hash == draft.hash {
                draft.outcome =
                    Some(ItemOutcome::plain(&draft.zoho_id, ItemStatus::Unchanged, Map::new()));
            }
            draft.before = Some(link.sent);
            draft.target_id = Some(link.target_id);
        }
        draft
    }

    /// Decides what to write for this record, if anything.
    fn plan(
        &mut self,
        place: usize,
        found: &[TargetRecord],
        creates: &mut Vec<Create>,
        updates: &mut Vec<Update>,
    ) {
        if self.outcome.is_some() {
            return;
        }
        if let (Some(target_id), Some(before)) = (&self.target_id, &self.before) {
            let changed = record::diff(before, &self.prepared.fields);
            let payload = target::update_payload(&self.zoho_id, &self.prepared, |name| {
                changed.contains_key(name)
            });
            updates.push(Update { place, target_id: target_id.clone(), payload });
            return;
        }
        match found {
            [] => {
                let payload = target::create_payload(&self.zoho_id, &self.prepared);
                creates.push(Create { place, zoho_id: self.zoho_id.clone(), payload });
            }
            [only] => self.adopt(place, only, updates),
            several => {
                let message =
                    format!("{} accounts carry this record's id; keep one of them", several.len());
                self.outcome = Some(ItemOutcome::failed(&self.zoho_id, "MATCH_AMBIGUOUS", message));
            }
        }
    }

    /// Links an object that carries this record's id, and writes it only where it differs.
    fn adopt(&mut self, place: usize, known: &TargetRecord, updates: &mut Vec<Update>) {
        self.target_id = Some(known.id.clone());
        let mut payload = target::update_payload(&self.zoho_id, &self.prepared, |_| true);
        let suspended = self.prepared.suspended;
        payload.retain(|name, value| match known.fields.get(name) {
            Some(has) => !same(has, value),
            // The target leaves out empty fields, and an account is in use unless it says otherwise.
            None => !(value.is_null() || (name == "suspended" && !suspended)),
        });
        if payload.is_empty() {
            self.settle(ItemStatus::New);
        } else {
            updates.push(Update { place, target_id: known.id.clone(), payload });
        }
    }

    fn settle(&mut self, status: ItemStatus) {
        let diff = record::diff(&self.before.take().unwrap_or_default(), &self.prepared.fields);
        self.outcome = Some(ItemOutcome::plain(&self.zoho_id, status, diff));
    }

    fn refuse(&mut self, code: &'static str, message: String) {
        self.outcome = Some(ItemOutcome::failed(&self.zoho_id, code, message));
    }
}

fn settle_creates(drafts: &mut [Draft], applied: Applied, updates: &mut Vec<Update>) {
    for settled in applied.settled {
        let Some(draft) = drafts.get_mut(settled.place) else { continue };
        match settled.written {
            Written::Done(id) => {
                draft.target_id = Some(id.clone());
                if draft.prepared.suspended {
                    // The create call has no such field; the record is settled by the update that follows.
                    updates.push(Update {
                        place: settled.place,
                        target_id: id,
                        payload: target::suspension(),
                    });
                } else {
                    draft.settle(ItemStatus::New);
                }
            }
            Written::Refused { code, message } => draft.refuse(code, message),
        }
    }
}

fn settle_updates(drafts: &mut [Draft], applied: Applied) {
    for settled in applied.settled {
        let Some(draft) = drafts.get_mut(settled.place) else { continue };
        match settled.written {
            Written::Done(_) if draft.before.is_some() => draft.settle(ItemStatus::Updated),
            Written::Done(_) => draft.settle(ItemStatus::New),
            Written::Refused { code, message } => draft.refuse(code, message),
        }
    }
}

const fn writes_link(status: ItemStatus) -> bool {
    matches!(status, ItemStatus::New | ItemStatus::Updated)
}

/// Texts of a target say 1 where a payload says true.
fn same(has: &Value, wanted: &Value) -> bool {
    match (has, wanted) {
        (Value::String(text), Value::Null) => text.is_empty(),
        (Value::Number(number), Value::Bool(flag)) => number.as_i64() == Some(i64::from(*flag)),
        (has, wanted) => has == wanted,
    }
}

/// Maps one record. A panic in a mapping ends that record only.
fn map(mappings: &MappingSet, record: &SourceRecord) -> Result<Prepared, ItemOutcome> {
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let canonical = mappings
            .apply(record)
            .map_err(|fault| ItemOutcome::failed(&record.id, fault.code, fault.message))?;
        target::prepare(&canonical)
            .map_err(|fault| ItemOutcome::failed(&record.id, fault.code, fault.message))
    }));
    attempt.unwrap_or_else(|_| {
        Err(ItemOutcome::failed(&record.id, "RECORD_POISON", "the record could not be processed"))
    })
}

/// Says so where no record came through: such a run is red, and its first line must tell why.
fn nothing_done(counts: &Counts) -> Option<RunFailure> {
    (final_state(counts, None) == RunState::Failed).then(|| RunFailure {
        code: "EVERY_RECORD_FAILED".to_owned(),
        summary: format!("all {} records failed; each item says why", counts.failed),
    })
}

/// What a failed call means for the run.
fn give_back(job: &Job, error: ConnectorError) -> Ended {
    let failed = |error: &ConnectorError| {
        Ended::Finished(
            RunState::Failed,
            Some(RunFailure { code: error.code.to_owned(), summary: error.message.clone() }),
        )
    };
    match error.failure {
        Failure::Stop | Failure::Rejected => failed(&error),
        Failure::Throttled => Ended::Wait {
            wait: error.retry_after.unwrap_or(THROTTLED),
            failed: false,
            reason: Some(error),
        },
        Failure::Unreachable | Failure::Ambiguous | Failure::CursorExpired => {
            let attempt = job.claim.attempts + 1;
            if attempt >= job.claim.max_attempts {
                return failed(&error);
            }
            let attempt = u32::try_from(attempt).unwrap_or(1);
            // Spread by the run's own id: no random source is needed to keep runs from waking together.
            let random = u32::try_from(job.claim.run.id.uuid().as_u128() & u128::from(u32::MAX))
                .unwrap_or(u32::MAX);
            Ended::Wait {
                wait: policy::back_off(attempt, random),
                failed: true,
                reason: Some(error),
            }
        }
    }
}

impl Job {
    /// Returns the module.
    pub const fn module(&self) -> ModuleName {
        self.claim.run.module
    }
}

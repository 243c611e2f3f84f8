//! Runs: start, list, read, retry, cancel.

use {
    super::{Control, module::not_configured},
    crate::{
        domain::{
            access::{Permission, Principal},
            fault::{Fault, FieldFault},
            id::RunId,
            module::{GRADES_RUN_REFUSED, ModuleName},
            run::{Item, ItemStatus, Run, TriggerSource},
        },
        error::{Code, Error, Result},
        store::{Enqueued, ItemFilter, NewRun, RunCursor, RunFilter, Scope},
    },
    base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD},
    chrono::DateTime,
    std::time::Duration,
    uuid::Uuid,
};

/// Who asked, when nobody says (rest-contract, RunTrigger).
const UNNAMED: &str = "extension_user";
/// Longest name of who asks.
const TRIGGERED_BY_MAX: usize = 255;
/// Runs on a page: the default and the most.
const RUNS: (i64, i64) = (50, 200);
/// Items on a page: the default and the most.
const ITEMS: (i64, i64) = (1_000, 1_000);

/// Times that a cursor may name, in microseconds: 1970 to 9999. A forged one must not reach the database with a year that
/// its time type does not have.
const CURSOR_TIMES: std::ops::Range<i64> = 0..253_402_300_800_000_000;

/// Which runs to list, unchecked.
#[derive(Debug, Clone, Default)]
pub struct RunQuery {
    /// Only this module; empty for all.
    pub module: String,
    /// How many.
    pub limit: Option<i32>,
    /// The page before's token; empty for the first page.
    pub page_token: String,
}

/// A page of runs.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPage {
    /// Newest first.
    pub runs: Vec<Run>,
    /// Token of the next page; empty on the last.
    pub next_page_token: String,
}

/// Which items of a run to list, unchecked.
#[derive(Debug, Clone, Default)]
pub struct ItemQuery {
    /// How many.
    pub limit: Option<i32>,
    /// The page before's token; empty for the first page.
    pub token: String,
    /// Only this status; empty for all.
    pub status: String,
}

/// A run with a page of its items.
#[derive(Debug, Clone, PartialEq)]
pub struct RunItems {
    /// The run.
    pub run: Run,
    /// In the order in which they were stored.
    pub items: Vec<Item>,
    /// Items that match in all.
    pub total: u64,
    /// Token of the next page.
    pub next: Option<String>,
}

impl Control {
    /// Starts a run, or returns the active one and notes a follow-up.
    pub async fn trigger_run(
        &self,
        who: &Principal,
        name: &str,
        triggered_by: Option<String>,
    ) -> Result<Run> {
        let scope = self.authorise(who, Permission::RunStart)?;
        let triggered_by =
            triggered_by.filter(|text| !text.is_empty()).unwrap_or_else(|| UNNAMED.to_owned());
        if triggered_by.chars().count() > TRIGGERED_BY_MAX {
            let fault = Fault::TooLong { max: TRIGGERED_BY_MAX };
            return Err(Error::fields(vec![FieldFault::new("triggered_by", fault)]));
        }
        if ModuleName::parse(name) == Some(ModuleName::Grades) {
            return Err(Error::new(Code::Refused, "GRADES_DIRECTION_BLOCKED", GRADES_RUN_REFUSED));
        }
        let module = self.enabled_module(&scope, name).await?;
        let new = self.new_run(module, TriggerSource::Manual, triggered_by, None);
        let enqueued = self.store.enqueue(&scope, new).await?;
        self.accepted(enqueued)
    }

    /// Starts a run over exactly the failed items of an ended run.
    pub async fn retry_failed(&self, who: &Principal, id: &str) -> Result<Run> {
        let scope = self.authorise(who, Permission::RunStart)?;
        let old = self.find_run(&scope, id).await?;
        if !old.state.ended() {
            return Err(Error::new(Code::Refused, "RUN_IN_PROGRESS", "Run is still in progress"));
        }
        if self.store.count_items(&scope, old.id, Some(ItemStatus::Failed.as_str())).await? == 0 {
            return Err(Error::new(Code::Refused, "NOTHING_TO_RETRY", "No failed items to retry"));
        }
        let module = self.enabled_module(&scope, old.module.as_str()).await?;
        if let Some(active) = self.store.active_retry(&scope, old.id).await? {
            return Ok(active);
        }
        let new = self.new_run(
            module,
            TriggerSource::Retry,
            format!("retry_of_{}", old.id),
            Some(old.id),
        );
        let enqueued = self.store.enqueue_retry(&scope, new).await?;
        self.accepted(enqueued)
    }

    /// Lists runs, newest first.
    pub async fn list_runs(&self, who: &Principal, query: RunQuery) -> Result<RunPage> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let mut faults = Vec::new();
        let limit = checked_limit("limit", query.limit, RUNS, &mut faults);
        let after = (!query.page_token.is_empty())
            .then(|| {
                read_cursor(&query.page_token)
                    .ok_or_else(|| faults.push(bad_token("page_token")))
                    .ok()
            })
            .flatten();
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let module = ModuleName::parse(&query.module);
        if limit == 0 || (module.is_none() && !query.module.is_empty()) {
            return Ok(RunPage { runs: Vec::new(), next_page_token: String::new() });
        }
        let mut runs =
            self.store.runs(&scope, &RunFilter { module, after, limit: limit + 1 }).await?;
        let more = runs.len() as u64 > limit;
        runs.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next_page_token = runs.last().filter(|_| more).map(write_cursor).unwrap_or_default();
        Ok(RunPage { runs, next_page_token })
    }

    /// Returns a run with a page of its items.
    pub async fn get_run(&self, who: &Principal, id: &str, query: ItemQuery) -> Result<RunItems> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let mut faults = Vec::new();
        let limit = checked_limit("items_limit", query.limit, ITEMS, &mut faults);
        let after = match query.token.as_str() {
            "" => -1,
            token => token.parse::<i64>().ok().filter(|after| *after >= 0).unwrap_or_else(|| {
                faults.push(bad_token("items_token"));
                -1
            }),
        };
        let status = match query.status.as_str() {
            "" => None,
            word => ItemStatus::parse(word).map(ItemStatus::as_str).or_else(|| {
                let expected = &["NEW", "UNCHANGED", "UPDATED", "FAILED", "SKIPPED"];
                faults.push(FieldFault::new("items_status", Fault::Literal { expected }));
                None
            }),
        };
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let run = self.find_run(&scope, id).await?;
        let mut items = self
            .store
            .items(&scope, run.id, &ItemFilter { status, after, limit: limit + 1 })
            .await?;
        let total = match status {
            // Counters and items are stored together, so the sum is the number of rows.
            None => u64::try_from(run.counts.total()).unwrap_or_default(),
            some => self.store.count_items(&scope, run.id, some).await?,
        };
        let more = items.len() as u64 > limit;
        items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = items.last().filter(|_| more).map(|item| item.ordinal.to_string());
        Ok(RunItems { run, items, total, next })
    }

    /// Cancels a run: at once when no worker has it, else after the calls in flight.
    pub async fn cancel_run(&self, who: &Principal, id: &str) -> Result<Run> {
        let scope = self.authorise(who, Permission::RunCancel)?;
        let run = self.find_run(&scope, id).await?;
        if !self.store.cancel(&scope, run.id, self.clock.now()).await? {
            let message =
                format!("Run has ended as {}", self.find_run(&scope, id).await?.state.as_str());
            return Err(Error::new(Code::Refused, "RUN_ENDED", message));
        }
        self.wake.notify_one();
        self.find_run(&scope, id).await
    }

    fn accepted(&self, enqueued: Enqueued) -> Result<Run> {
        match enqueued {
            Enqueued::New(run) => {
                self.wake.notify_one();
                Ok(run)
            }
            Enqueued::Active(run) => Ok(run),
            Enqueued::Full => {
                let message = "too many retries wait already; try again when one has ended";
                Err(Error::new(Code::Exhausted, "TOO_MANY_WAITING", message)
                    .retry_after(Duration::from_secs(60)))
            }
        }
    }

    fn new_run(
        &self,
        module: ModuleName,
        trigger: TriggerSource,
        by: String,
        parent: Option<RunId>,
    ) -> NewRun {
        NewRun {
            id: RunId::new(Uuid::new_v4()),
            module,
            trigger,
            trigger_key: None,
            triggered_by: Some(by),
            parent,
            started_at: self.clock.now(),
        }
    }

    async fn enabled_module(&self, scope: &Scope, name: &str) -> Result<ModuleName> {
        let known = ModuleName::parse(name).ok_or_else(|| not_configured(name))?;
        let module = self.store.module(scope, known).await?.ok_or_else(|| not_configured(name))?;
        if module.enabled {
            Ok(known)
        } else {
            Err(Error::new(
                Code::Refused,
                "MODULE_DISABLED",
                format!("Module '{name}' is disabled"),
            ))
        }
    }

    pub(super) async fn find_run(&self, scope: &Scope, id: &str) -> Result<Run> {
        let not_found = || Error::new(Code::NotFound, "RUN_NOT_FOUND", "Run not found");
        let id = RunId::parse(id).ok_or_else(not_found)?;
        self.store.run(scope, id).await?.ok_or_else(not_found)
    }
}

fn checked_limit(
    field: &'static str,
    limit: Option<i32>,
    (default, most): (i64, i64),
    faults: &mut Vec<FieldFault>,
) -> u64 {
    let limit = limit.map_or(default, i64::from);
    if limit < 0 {
        faults.push(FieldFault::new(field, Fault::Below { min: 0 }));
    } else if limit > most {
        faults.push(FieldFault::new(field, Fault::Above { max: most }));
    }
    u64::try_from(limit).unwrap_or_default()
}

fn bad_token(field: &'static str) -> FieldFault {
    FieldFault::new(field, Fault::Value(format!("{field} is not one that this service gave out")))
}

fn write_cursor(run: &Run) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{}", run.started_at.timestamp_micros(), run.id))
}

fn read_cursor(token: &str) -> Option<RunCursor> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (micros, run) = text.split_once(':')?;
    let micros = micros.parse().ok().filter(|micros| CURSOR_TIMES.contains(micros))?;
    Some(RunCursor {
        started_at: DateTime::from_timestamp_micros(micros)?,
        run: RunId::parse(run)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_tokens_are_refused() {
        for token in ["x", "", "bm90IG91cnM", "MTIzOm5vLXV1aWQ"] {
            assert_eq!(read_cursor(token), None, "{token}");
        }
        let at = |micros: i64| {
            let text = format!("{micros}:0b8f6f0e-6f3a-4d1c-9a54-0c6f4bb0a001");
            read_cursor(&URL_SAFE_NO_PAD.encode(text))
        };
        assert!(at(1_767_225_600_000_000).is_some());
        // 4713 BC is the oldest year of PostgreSQL, 262143 the last of chrono.
        for micros in [i64::MIN, -377_705_116_800_000_000, -1, 253_402_300_800_000_000, i64::MAX] {
            assert_eq!(at(micros), None, "{micros}");
        }
    }
}

//! Runs: list and read. `trigger.rs` starts and ends them.

use {
    super::{
        Control,
        page::{Asked, Moment},
    },
    crate::{
        domain::{
            access::{Permission, Principal},
            code,
            fault::{Fault, FieldFault},
            id::RunId,
            item::{Item, ItemsWith},
            module::ModuleName,
            run::{Run, RunState, TriggerSource},
        },
        error::{Code, Error, Result},
        store::{ItemFilter, RunCursor, RunFilter, TenantScope},
    },
    chrono::{DateTime, Utc},
};

/// Runs on a page, and entries of most lists: the default and the maximum.
pub(super) const RUNS: (i64, i64) = (50, 200);
/// Items on a page: the default and the maximum.
const ITEMS: (i64, i64) = (1_000, 1_000);

/// Planned changes that a run shows.
const SAMPLES: u64 = 100;

/// The filter of a list of runs, unchecked.
#[derive(Debug, Clone, Default)]
pub struct RunQuery {
    /// Only runs of this module; empty for all.
    pub module: String,
    /// Number of runs on the page.
    pub limit: Option<i32>,
    /// The token from the previous page; empty for the first page.
    pub page_token: String,
    /// Only runs with this status, by the words of the REST clients or `queued`; empty for all.
    pub status: String,
    /// Only runs with this trigger; empty for all.
    pub trigger_source: String,
    /// Only runs that ended with this code; empty for all.
    pub error_code: String,
    /// Only runs of this chain; empty for all.
    pub chain: String,
    /// Only runs accepted at or after this time.
    pub started_after: Option<DateTime<Utc>>,
    /// Only runs accepted before this time.
    pub started_before: Option<DateTime<Utc>>,
}

/// The states for each word of the filter.
const STATES: [(&str, &[RunState]); 7] = [
    ("running", &[RunState::Queued, RunState::Waiting, RunState::Running]),
    ("queued", &[RunState::Queued, RunState::Waiting]),
    ("held", &[RunState::Held]),
    ("completed", &[RunState::Completed]),
    ("partial", &[RunState::Partial]),
    ("failed", &[RunState::Failed]),
    ("cancelled", &[RunState::Cancelled]),
];
/// Those words.
const STATE_WORDS: [&str; 7] =
    ["running", "queued", "held", "completed", "partial", "failed", "cancelled"];
/// The words of triggers.
pub(super) const TRIGGER_WORDS: [&str; 6] =
    ["manual", "retry", "scheduled", "webhook", "dependency", "chain"];

/// A page of runs.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPage {
    /// Newest first.
    pub runs: Vec<Run>,
    /// Token of the next page; empty on the last page.
    pub next_page_token: String,
}

/// The filter of a list of a run's items, unchecked.
#[derive(Debug, Clone, Default)]
pub struct ItemQuery {
    /// Number of items on the page.
    pub limit: Option<i32>,
    /// The token from the previous page; empty for the first page.
    pub token: String,
    /// Only items with this status; empty for all.
    pub status: String,
    /// Only items with this code; empty for all.
    pub code: String,
}

/// A run with a page of its items.
#[derive(Debug, Clone, PartialEq)]
pub struct RunItems {
    /// The run.
    pub run: Run,
    /// In the order in which they were stored.
    pub items: Vec<Item>,
    /// Number of all matching items.
    pub total: u64,
    /// Token of the next page.
    pub next: Option<String>,
}

impl RunQuery {
    fn asked(&self, scope: &TenantScope) -> Asked {
        let micros = |time: Option<DateTime<Utc>>| time.map(|time| time.timestamp_micros());
        let texts =
            (&self.module, &self.status, &self.trigger_source, &self.error_code, &self.chain);
        let times = (micros(self.started_after), micros(self.started_before));
        Asked::new("runs", scope, &(texts, times))
    }
}

impl Control {
    /// Lists runs, newest first.
    pub async fn list_runs(&self, who: &Principal, query: RunQuery) -> Result<RunPage> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let mut faults = Vec::new();
        let limit = checked_limit("limit", query.limit, RUNS, &mut faults);
        let asked = query.asked(&scope);
        let place: Option<(Moment, RunId)> = asked.place(&query.page_token, &mut faults);
        let after = place.map(|(Moment(started_at), run)| RunCursor { started_at, run });
        let states =
            STATES.iter().find(|(word, _)| *word == query.status).map(|(_, states)| *states);
        if states.is_none() && !query.status.is_empty() {
            let expected = &STATE_WORDS;
            faults.push(FieldFault::new("status", Fault::Literal { expected }));
        }
        let triggers = TriggerSource::shown_as(&query.trigger_source);
        if triggers.is_empty() && !query.trigger_source.is_empty() {
            let expected = &TRIGGER_WORDS;
            faults.push(FieldFault::new("trigger_source", Fault::Literal { expected }));
        }
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let module = ModuleName::parse(&query.module);
        let chain = RunId::parse(&query.chain);
        let nothing = (module.is_none() && !query.module.is_empty())
            || (chain.is_none() && !query.chain.is_empty());
        if limit == 0 || nothing {
            return Ok(RunPage { runs: Vec::new(), next_page_token: String::new() });
        }
        let filter = RunFilter {
            module,
            after,
            states: states.unwrap_or_default().to_vec(),
            triggers,
            error_code: Some(query.error_code).filter(|code| !code.is_empty()),
            chain,
            started_after: query.started_after,
            started_before: query.started_before,
            limit: limit + 1,
        };
        let mut runs = self.store.of(&scope).runs(&filter).await?;
        let more = runs.len() as u64 > limit;
        runs.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let token = |last: &Run| asked.token(&(Moment(last.started_at), last.id));
        let next_page_token = runs.last().filter(|_| more).map(token).unwrap_or_default();
        let runs = self.explained(&scope, runs).await?;
        Ok(RunPage { runs, next_page_token })
    }

    /// Returns a run with a page of its items.
    pub async fn get_run(&self, who: &Principal, id: &str, query: ItemQuery) -> Result<RunItems> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let mut faults = Vec::new();
        let limit = checked_limit("items_limit", query.limit, ITEMS, &mut faults);
        let asked = Asked::new("run_items", &scope, &(id, &query.status, &query.code));
        let asked = asked.read_from("items_token");
        let after: Option<i64> = asked.place(&query.token, &mut faults);
        let status = match query.status.as_str() {
            "" => None,
            word => ItemsWith::parse(word).or_else(|| {
                let expected = &ItemsWith::WORDS;
                faults.push(FieldFault::new("items_status", Fault::Literal { expected }));
                None
            }),
        };
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let mut run = self.with_samples(&scope, self.find_run(&scope, id).await?).await?;
        run.findings = self.store.of(&scope).findings(run.id).await?;
        let codes: Vec<String> =
            Some(query.code).into_iter().filter(|code| !code.is_empty()).collect();
        let filter = ItemFilter { status, codes, after, limit: limit + 1, ..ItemFilter::default() };
        let mut items = self.store.of(&scope).items(run.id, &filter).await?;
        let total = if status.is_none() && filter.codes.is_empty() {
            // Counters and items are stored together, so the sum is the number of rows.
            u64::try_from(run.counts.total()).unwrap_or_default()
        } else {
            self.store.of(&scope).count_items(run.id, &filter).await?
        };
        let more = items.len() as u64 > limit;
        items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = items.last().filter(|_| more).map(|item| asked.token(&item.ordinal));
        let run = self.explain(&scope, run).await?;
        Ok(RunItems { run, items, total, next })
    }

    /// Adds the first of its planned changes to a run.
    pub(super) async fn with_samples(&self, scope: &TenantScope, mut run: Run) -> Result<Run> {
        if run.changes.planned > 0 {
            run.changes.samples =
                self.store.of(scope).planned_changes(run.id, None, SAMPLES).await?;
        }
        Ok(run)
    }

    pub(super) async fn find_run(&self, scope: &TenantScope, id: &str) -> Result<Run> {
        let not_found = || Error::new(Code::NotFound, code::RUN_NOT_FOUND, "Run not found");
        let id = RunId::parse(id).ok_or_else(not_found)?;
        let run = self.store.of(scope).run(id).await?;
        run.filter(|run| scope.holds(run.module)).ok_or_else(not_found)
    }
}

pub(super) fn checked_limit(
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

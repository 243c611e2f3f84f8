//! Reading runs and their items. `queue.rs` changes runs.

use {
    super::{Result, StoreError, TenantRows, id, warning},
    crate::domain::{
        code::{self, Code},
        id::{KeyId, PersonId, RecordId, RunId, TenantId},
        item::{Item, ItemStatus, ItemsWith, Warning},
        module::ModuleName,
        run::{Changes, Counts, Removals, Run, RunState, TriggerSource, Upstream, Wait},
        selection::{RetryFilter, RunSelection},
    },
    chrono::{DateTime, Utc},
    sea_orm::{
        Condition, ConnectionTrait, EntityTrait, ExprTrait as _, PaginatorTrait, QueryFilter,
        QueryOrder, QuerySelect, entity::prelude::*, sea_query::Func,
    },
};

/// A run's row, with the columns that are read.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_runs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: String,
    pub tenant_id: String,
    pub module_name: String,
    pub trigger_source: String,
    pub triggered_by: Option<String>,
    pub parent_run_id: Option<String>,
    pub state: String,
    pub phase: String,
    pub seq: i64,
    pub n_new: i64,
    pub n_unchanged: i64,
    pub n_updated: i64,
    pub n_failed: i64,
    pub n_skipped: i64,
    pub expected_total: Option<i64>,
    pub cancel_requested: bool,
    pub error_code: Option<String>,
    pub error_summary: Option<String>,
    pub started_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
    pub dry_run: bool,
    pub scope: Option<Json>,
    pub chain_id: Option<String>,
    pub mapping_version: Option<i64>,
    pub removals_planned: i64,
    pub removals_applied: i64,
    pub held_reason: Option<String>,
    pub approved_by: Option<String>,
    pub approved_ceiling: Option<i64>,
    pub calls_zoho: i64,
    pub calls_moodle: i64,
    pub credits_zoho: i64,
    pub started_key: Option<String>,
    pub available_ms: i64,
    pub wait_code: Option<String>,
    pub wait_reason: Option<String>,
    pub wait_since_ms: Option<i64>,
    pub changes_planned: i64,
    pub changes_applied: i64,
    pub changes_held: Option<Json>,
    pub changes_approved_by: Option<String>,
    pub changes_ceiling: Option<i64>,
    pub n_warned: i64,
    pub begun_ms: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Outcomes of records.
mod item {
    use sea_orm::entity::prelude::*;

    /// An item's row.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sync_run_items")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub run_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub ordinal: i64,
        pub tenant_id: String,
        pub zoho_id: String,
        pub status: String,
        pub code: Option<String>,
        pub message: Option<String>,
        pub diff: Json,
        pub created_at: DateTimeUtc,
        pub op: Option<String>,
        pub class: Option<String>,
        pub mapping_version: Option<i64>,
        pub person_id: Option<String>,
        pub target_id: Option<String>,
        pub warnings: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The last run of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCursor {
    /// When it was accepted.
    pub started_at: DateTime<Utc>,
    /// Its id.
    pub run: RunId,
}

/// The filter of a list of runs.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Only runs of this module.
    pub module: Option<ModuleName>,
    /// Only runs after this one.
    pub after: Option<RunCursor>,
    /// Only runs in these states; empty for all.
    pub states: Vec<RunState>,
    /// Only runs with these triggers; empty for all.
    pub triggers: Vec<TriggerSource>,
    /// Only runs that ended with this code.
    pub error_code: Option<String>,
    /// Only runs of this chain.
    pub chain: Option<RunId>,
    /// Only runs accepted at or after this time.
    pub started_after: Option<DateTime<Utc>>,
    /// Only runs accepted before this time.
    pub started_before: Option<DateTime<Utc>>,
    /// Greatest number of rows.
    pub limit: u64,
}

/// The filter of a list of items.
#[derive(Debug, Clone, Default)]
pub struct ItemFilter {
    /// Only this status, or only those with warnings.
    pub status: Option<ItemsWith>,
    /// Only these codes, also as those of warnings; empty for all.
    pub codes: Vec<String>,
    /// True: with codes, the status counts only for an item's own code, and items with such warnings come whatever their
    /// status.
    pub or_warned: bool,
    /// Only these records, `None` for those that came without an id; empty for all.
    pub ids: Vec<Option<RecordId>>,
    /// Only items behind this place; `None` for all.
    pub after: Option<i64>,
    /// Greatest number of rows.
    pub limit: u64,
}

impl ItemFilter {
    /// Selects the items of a run that are tried again: failed ones and, with codes, those with such warnings.
    pub fn due(filter: &RetryFilter) -> Self {
        Self {
            status: Some(ItemsWith::Status(ItemStatus::Failed)),
            codes: filter.codes.clone(),
            ids: filter.ids.iter().cloned().map(Some).collect(),
            or_warned: true,
            ..Self::default()
        }
    }
}

impl TryFrom<Model> for Run {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self> {
        let broken = |what: &str, word: &str| StoreError::Broken(format!("{what} '{word}'"));
        let run_id = |id: String| RunId::parse(&id).ok_or_else(|| broken("run id", &id));
        let parent = row.parent_run_id.map(run_id).transpose()?;
        let chain = row.chain_id.map(run_id).transpose()?;
        let state = RunState::parse(&row.state).ok_or_else(|| broken("run state", &row.state))?;
        let waiting = row.wait_code.filter(|_| state == RunState::Queued).map(|code| {
            wait(
                code,
                row.wait_reason,
                row.wait_since_ms.map_or(row.started_at, at),
                row.available_ms,
            )
        });
        let held = row.changes_held.map(serde_json::from_value).transpose();
        let held = held.map_err(|_| broken("reason of held changes", &row.run_id))?;
        Ok(Self {
            id: RunId::parse(&row.run_id).ok_or_else(|| broken("run id", &row.run_id))?,
            tenant: TenantId::parse(&row.tenant_id)
                .map_err(|_| broken("tenant id", &row.tenant_id))?,
            module: ModuleName::parse(&row.module_name)
                .ok_or_else(|| broken("module", &row.module_name))?,
            state,
            trigger_source: row.trigger_source,
            triggered_by: row.triggered_by,
            started_key: row.started_key.as_deref().and_then(KeyId::parse),
            parent,
            started_at: row.started_at,
            begun_at: row.begun_ms.map(at),
            finished_at: row.finished_at,
            phase: row.phase,
            counts: Counts {
                new: row.n_new,
                unchanged: row.n_unchanged,
                updated: row.n_updated,
                failed: row.n_failed,
                skipped: row.n_skipped,
                warned: row.n_warned,
            },
            error_code: row.error_code,
            error_summary: row.error_summary,
            expected_total: row.expected_total,
            cancel_requested: row.cancel_requested,
            sequence: row.seq,
            dry_run: row.dry_run,
            selection: RunSelection::read(row.scope.as_ref()),
            chain,
            mapping_version: row.mapping_version,
            removals: Removals {
                planned: row.removals_planned,
                applied: row.removals_applied,
                held_reason: row.held_reason,
                approved_by: row.approved_by,
                ceiling: row.approved_ceiling,
            },
            changes: Changes {
                planned: row.changes_planned,
                applied: row.changes_applied,
                held,
                approved_by: row.changes_approved_by,
                ceiling: row.changes_ceiling,
                samples: Vec::new(),
            },
            upstream: Upstream {
                zoho_calls: row.calls_zoho,
                zoho_credits: row.credits_zoho,
                moodle_calls: row.calls_moodle,
            },
            findings: Vec::new(),
            waiting,
        })
    }
}

/// Returns a stored wait. Where its word says everything, no text is stored.
fn wait(code: String, reason: Option<String>, since: DateTime<Utc>, until: i64) -> Wait {
    let said = || Code::find(&code).map_or_else(|| code.clone(), |code| code.advice(&[]));
    Wait { reason: reason.unwrap_or_else(said), code, since, until: Some(at(until)) }
}

/// Returns a time of the database.
pub(super) fn at(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    tenant: &str,
    id: RunId,
) -> Result<Option<Run>> {
    let row =
        Entity::find_by_id(id.to_string()).filter(Column::TenantId.eq(tenant)).one(db).await?;
    row.map(Run::try_from).transpose()
}

impl TenantRows<'_> {
    /// Returns a run of the tenant.
    pub async fn run(self, id: RunId) -> Result<Option<Run>> {
        find(&self.reader(), self.id(), id).await
    }

    /// Returns whether a dry run has ended as it should.
    pub async fn has_dry_run(self) -> Result<bool> {
        let ended = [RunState::Completed, RunState::Partial].map(RunState::as_str);
        let found = Entity::find()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::DryRun.eq(true))
            .filter(Column::State.is_in(ended))
            .select_only()
            .column(Column::RunId)
            .limit(1)
            .into_tuple::<String>()
            .one(&self.reader())
            .await?;
        Ok(found.is_some())
    }

    /// Lists runs, newest first.
    pub async fn runs(self, filter: &RunFilter) -> Result<Vec<Run>> {
        let mut query = Entity::find()
            .filter(Column::TenantId.eq(self.id()))
            .order_by_desc(Column::StartedAt)
            .order_by_desc(Column::RunId)
            .limit(filter.limit);
        if let Some(module) = filter.module {
            query = query.filter(Column::ModuleName.eq(module.as_str()));
        }
        if !filter.states.is_empty() {
            let words = filter.states.iter().map(|state| state.as_str());
            query = query.filter(Column::State.is_in(words));
        }
        if !filter.triggers.is_empty() {
            let words = filter.triggers.iter().map(|trigger| trigger.as_str());
            query = query.filter(Column::TriggerSource.is_in(words));
        }
        if let Some(code) = &filter.error_code {
            query = query.filter(Column::ErrorCode.eq(code.as_str()));
        }
        if let Some(chain) = filter.chain {
            query = query.filter(Column::ChainId.eq(chain.to_string()));
        }
        if let Some(from) = filter.started_after {
            query = query.filter(Column::StartedAt.gte(from));
        }
        if let Some(to) = filter.started_before {
            query = query.filter(Column::StartedAt.lt(to));
        }
        if let Some(after) = &filter.after {
            let same_time =
                Column::StartedAt.eq(after.started_at).and(Column::RunId.lt(after.run.to_string()));
            query = query.filter(
                Condition::any().add(Column::StartedAt.lt(after.started_at)).add(same_time),
            );
        }
        query.all(&self.reader()).await?.into_iter().map(Run::try_from).collect()
    }

    /// Returns the retries of a run that have not ended and were not asked to stop, newest first.
    pub async fn active_retries(self, parent: RunId) -> Result<Vec<Run>> {
        let rows = Entity::find()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::ParentRunId.eq(parent.to_string()))
            .filter(Column::State.is_in(["queued", "waiting", "running"]))
            .filter(Column::CancelRequested.eq(false))
            .order_by_desc(Column::StartedAt)
            .all(&self.reader())
            .await?;
        rows.into_iter().map(Run::try_from).collect()
    }

    /// Hands on the records that a run has met, each at least once: those with an outcome, and those whose removal it found
    /// due. They come from the database a part at a time.
    pub async fn met_records(self, run: RunId, mut met: impl FnMut(String) + Send) -> Result<()> {
        const PART: u64 = 20_000;
        let mut after = -1_i64;
        loop {
            let part: Vec<(i64, String)> = item::Entity::find()
                .select_only()
                .columns([item::Column::Ordinal, item::Column::ZohoId])
                .filter(item::Column::TenantId.eq(self.id()))
                .filter(item::Column::RunId.eq(run.to_string()))
                .filter(item::Column::Ordinal.gt(after))
                .order_by_asc(item::Column::Ordinal)
                .limit(PART)
                .into_tuple()
                .all(&self.reader())
                .await?;
            let Some((last, _)) = part.last() else { break };
            after = *last;
            part.into_iter().for_each(|(_, id)| met(id));
        }
        let mut after: Option<RecordId> = None;
        loop {
            let part = self.planned_removals(run, after.as_ref(), PART).await?;
            let Some(last) = part.last() else { return Ok(()) };
            after = Some(last.zoho_id.clone());
            part.into_iter().for_each(|removal| met(removal.zoho_id.into_text()));
        }
    }

    /// Lists items of a run in the order in which they were stored.
    pub async fn items(self, run: RunId, filter: &ItemFilter) -> Result<Vec<Item>> {
        let behind = match filter.after {
            Some(place) => item::Column::Ordinal.gt(place),
            None => item::Column::Ordinal.gte(0),
        };
        let rows = items_of(self, run, filter)
            .filter(behind)
            .order_by_asc(item::Column::Ordinal)
            .limit(filter.limit)
            .all(&self.reader())
            .await?;
        let item = |row: item::Model| {
            Ok(Item {
                run,
                op: row.op,
                class: row.class,
                mapping_version: row.mapping_version,
                target_id: row.target_id.map(Into::into),
                zoho_id: id::record_or_none(row.zoho_id)?,
                status: row.status,
                code: row.code,
                message: row.message,
                diff: row.diff,
                created_at: row.created_at,
                ordinal: row.ordinal,
                warnings: warning::read(row.warnings),
            })
        };
        rows.into_iter().map(item).collect()
    }

    /// Returns those of the given records that a dry run of the same chain would create, with the student whom each
    /// is about.
    pub async fn planned_records(
        self,
        chain: RunId,
        module: ModuleName,
        ids: &[RecordId],
    ) -> Result<Vec<(RecordId, Option<PersonId>)>> {
        let runs: Vec<String> = Entity::find()
            .select_only()
            .column(Column::RunId)
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::ChainId.eq(chain.to_string()))
            .filter(Column::ModuleName.eq(module.as_str()))
            .filter(Column::DryRun.eq(true))
            .into_tuple()
            .all(&self.reader())
            .await?;
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        let mut planned = Vec::new();
        for chunk in ids.chunks(super::chunk_rows(1)) {
            let found: Vec<(RecordId, Option<String>)> = item::Entity::find()
                .select_only()
                .column(item::Column::ZohoId)
                .column(item::Column::PersonId)
                .filter(item::Column::TenantId.eq(self.id()))
                .filter(item::Column::RunId.is_in(runs.iter().map(String::as_str)))
                .filter(item::Column::ZohoId.is_in(chunk.iter().map(RecordId::as_str)))
                .filter(item::Column::Status.eq(ItemStatus::New.as_str()))
                .into_tuple()
                .all(&self.reader())
                .await?;
            for (record, person) in found {
                planned.push((record, id::person_or_none(person)?));
            }
        }
        Ok(planned)
    }

    /// Counts items of a run.
    pub async fn count_items(self, run: RunId, filter: &ItemFilter) -> Result<u64> {
        // Every position is 0 or more. The condition leads SQLite to the run's own rows; without it, SQLite counts
        // those of the whole tenant.
        let items = items_of(self, run, filter).filter(item::Column::Ordinal.gte(0));
        Ok(items.count(&self.reader()).await?)
    }
}

fn items_of(rows: TenantRows<'_>, run: RunId, filter: &ItemFilter) -> Select<item::Entity> {
    let mut query = item::Entity::find()
        .filter(item::Column::RunId.eq(run.to_string()))
        .filter(item::Column::TenantId.eq(rows.id()));
    let status = filter.status.map(|status| match status {
        ItemsWith::Status(status) => item::Column::Status.eq(status.as_str()),
        ItemsWith::Warnings => item::Column::Warnings.is_not_null(),
    });
    if filter.codes.is_empty() {
        query = query.filter(Condition::all().add_option(status));
    } else {
        let words: Vec<&str> = filter.codes.iter().flat_map(|code| code::found_by(code)).collect();
        let position = warning::position(rows.backend());
        let mut named = Condition::any();
        for word in &words {
            let place = Func::cust(position)
                .arg(Expr::col(item::Column::Warnings))
                .arg(Warning::stored_code(word));
            named = named.add(Expr::from(place).gt(0));
        }
        let warned = Condition::all().add(item::Column::Warnings.is_not_null()).add(named);
        let own = Condition::all().add(item::Column::Code.is_in(words));
        query = query.filter(if filter.or_warned {
            Condition::any().add(own.add_option(status)).add(warned)
        } else {
            Condition::all().add(Condition::any().add(own).add(warned)).add_option(status)
        });
    }
    if !filter.ids.is_empty() {
        let ids = filter.ids.iter().map(|one| id::stored(one.as_ref()));
        query = query.filter(item::Column::ZohoId.is_in(ids));
    }
    query
}

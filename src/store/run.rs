//! Reading runs, their items and the links between source and target records. What changes a run is in `queue.rs`.

use {
    super::{Result, Scope, Store, StoreError, chunk_rows},
    crate::domain::{
        id::{RunId, TenantId},
        module::ModuleName,
        record::{Canonical, TargetKind},
        run::{Counts, Item, Run, RunState},
    },
    chrono::{DateTime, Utc},
    sea_orm::{
        Condition, ConnectionTrait, EntityTrait, ExprTrait as _, PaginatorTrait, QueryFilter,
        QueryOrder, QuerySelect, entity::prelude::*,
    },
    std::collections::HashMap,
};

/// A run's row, as far as it is read.
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
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Which target object belongs to a source record.
mod link {
    use sea_orm::entity::prelude::*;

    /// A link's row.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "record_links")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub module_name: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub zoho_id: String,
        pub target_kind: String,
        pub target_id: String,
        pub sent_hash: Vec<u8>,
        pub sent: Json,
        pub updated_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A link between a source record and a target object, with what was last sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The module.
    pub module: ModuleName,
    /// Id in the source.
    pub zoho_id: String,
    /// Kind of the target object.
    pub target_kind: TargetKind,
    /// Id in the target.
    pub target_id: String,
    /// Fingerprint of what was last sent and confirmed.
    pub sent_hash: Vec<u8>,
    /// What was last sent and confirmed.
    pub sent: Canonical,
}

/// The last run of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCursor {
    /// When it was accepted.
    pub started_at: DateTime<Utc>,
    /// Its id.
    pub run: RunId,
}

/// Which runs to list.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Only this module.
    pub module: Option<ModuleName>,
    /// Only runs behind this one.
    pub after: Option<RunCursor>,
    /// At most so many.
    pub limit: u64,
}

/// Which items to list.
#[derive(Debug, Clone, Default)]
pub struct ItemFilter {
    /// Only this stored word.
    pub status: Option<&'static str>,
    /// Only items behind this place; -1 for all.
    pub after: i64,
    /// At most so many.
    pub limit: u64,
}

impl TryFrom<Model> for Run {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self> {
        let broken = |what: &str, word: &str| StoreError::Broken(format!("{what} '{word}'"));
        let parent = row
            .parent_run_id
            .map(|id| RunId::parse(&id).ok_or_else(|| broken("run id", &id)))
            .transpose()?;
        Ok(Self {
            id: RunId::parse(&row.run_id).ok_or_else(|| broken("run id", &row.run_id))?,
            tenant: TenantId::parse(&row.tenant_id)
                .map_err(|_| broken("tenant id", &row.tenant_id))?,
            module: ModuleName::parse(&row.module_name)
                .ok_or_else(|| broken("module", &row.module_name))?,
            state: RunState::parse(&row.state).ok_or_else(|| broken("run state", &row.state))?,
            trigger_source: row.trigger_source,
            triggered_by: row.triggered_by,
            parent,
            started_at: row.started_at,
            finished_at: row.finished_at,
            phase: row.phase,
            counts: Counts {
                new: row.n_new,
                unchanged: row.n_unchanged,
                updated: row.n_updated,
                failed: row.n_failed,
                skipped: row.n_skipped,
            },
            error_code: row.error_code,
            error_summary: row.error_summary,
            expected_total: row.expected_total,
            cancel_requested: row.cancel_requested,
            sequence: row.seq,
        })
    }
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: RunId,
) -> Result<Option<Run>> {
    let row =
        Entity::find_by_id(id.to_string()).filter(Column::TenantId.eq(scope.id())).one(db).await?;
    row.map(Run::try_from).transpose()
}

impl Store {
    /// Returns a run of the tenant.
    pub async fn run(&self, scope: &Scope, id: RunId) -> Result<Option<Run>> {
        find(&self.read, scope, id).await
    }

    /// Lists runs, newest first.
    pub async fn runs(&self, scope: &Scope, filter: &RunFilter) -> Result<Vec<Run>> {
        let mut query = Entity::find()
            .filter(Column::TenantId.eq(scope.id()))
            .order_by_desc(Column::StartedAt)
            .order_by_desc(Column::RunId)
            .limit(filter.limit);
        if let Some(module) = filter.module {
            query = query.filter(Column::ModuleName.eq(module.as_str()));
        }
        if let Some(after) = &filter.after {
            let same_time =
                Column::StartedAt.eq(after.started_at).and(Column::RunId.lt(after.run.to_string()));
            query = query.filter(
                Condition::any().add(Column::StartedAt.lt(after.started_at)).add(same_time),
            );
        }
        query.all(&self.read).await?.into_iter().map(Run::try_from).collect()
    }

    /// Returns the newest retry of a run that has not ended.
    pub async fn active_retry(&self, scope: &Scope, parent: RunId) -> Result<Option<Run>> {
        let row = Entity::find()
            .filter(Column::TenantId.eq(scope.id()))
            .filter(Column::ParentRunId.eq(parent.to_string()))
            .filter(Column::State.is_in(["queued", "waiting", "running"]))
            .order_by_desc(Column::StartedAt)
            .one(&self.read)
            .await?;
        row.map(Run::try_from).transpose()
    }

    /// Lists items of a run in the order in which they were stored.
    pub async fn items(&self, scope: &Scope, run: RunId, filter: &ItemFilter) -> Result<Vec<Item>> {
        let rows = items_of(scope, run, filter.status)
            .filter(item::Column::Ordinal.gt(filter.after))
            .order_by_asc(item::Column::Ordinal)
            .limit(filter.limit)
            .all(&self.read)
            .await?;
        let items = rows.into_iter().map(|row| Item {
            zoho_id: row.zoho_id,
            status: row.status,
            code: row.code,
            message: row.message,
            diff: row.diff,
            created_at: row.created_at,
            ordinal: row.ordinal,
        });
        Ok(items.collect())
    }

    /// Counts items of a run.
    pub async fn count_items(
        &self,
        scope: &Scope,
        run: RunId,
        status: Option<&'static str>,
    ) -> Result<u64> {
        Ok(items_of(scope, run, status).count(&self.read).await?)
    }

    /// Returns the links of source records, by their ids.
    pub async fn links(
        &self,
        scope: &Scope,
        module: ModuleName,
        ids: &[String],
    ) -> Result<HashMap<String, Link>> {
        let mut links = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(chunk_rows(1)) {
            let rows = link::Entity::find()
                .filter(link::Column::TenantId.eq(scope.id()))
                .filter(link::Column::ModuleName.eq(module.as_str()))
                .filter(link::Column::ZohoId.is_in(chunk.iter().map(String::as_str)))
                .all(&self.read)
                .await?;
            for row in rows {
                let sent = serde_json::from_value(row.sent)
                    .map_err(|_| StoreError::Broken("a link's snapshot is no object".into()))?;
                let link = Link {
                    module,
                    zoho_id: row.zoho_id.clone(),
                    target_kind: TargetKind::parse(&row.target_kind).ok_or_else(|| {
                        StoreError::Broken(format!("target kind {}", row.target_kind))
                    })?,
                    target_id: row.target_id,
                    sent_hash: row.sent_hash,
                    sent,
                };
                links.insert(row.zoho_id, link);
            }
        }
        Ok(links)
    }
}

fn items_of(scope: &Scope, run: RunId, status: Option<&'static str>) -> Select<item::Entity> {
    let query = item::Entity::find()
        .filter(item::Column::RunId.eq(run.to_string()))
        .filter(item::Column::TenantId.eq(scope.id()));
    match status {
        Some(status) => query.filter(item::Column::Status.eq(status)),
        None => query,
    }
}

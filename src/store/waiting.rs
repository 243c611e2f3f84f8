//! Records that wait for a parent: noted when a record is skipped, marked ready when the parent is linked, deleted
//! when the record succeeded. Changed within the transaction of a slice (`slice.rs`). Raw SQL where the index is
//! named.

use {
    super::{NewRun, Result, TenantRows, Tx, by_index, chunk_rows, list, placeholders, statement},
    crate::domain::{
        id::{RecordId, RunId},
        module::ModuleName,
        run::TriggerSource,
        selection::RunSelection,
    },
    chrono::{DateTime, Utc},
    sea_orm::{
        ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, Value,
        entity::prelude::*, sea_query::OnConflict,
    },
    std::collections::BTreeSet,
    uuid::Uuid,
};

/// A wait's row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "record_waits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub child_module: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub child_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub parent_module: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub parent_id: String,
    pub ready: bool,
    pub since: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// The columns that identify a wait.
const KEY: [Column; 5] = [
    Column::TenantId,
    Column::ChildModule,
    Column::ChildId,
    Column::ParentModule,
    Column::ParentId,
];

/// A record that waits for a parent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaitingRecord {
    /// The record's id.
    pub child: RecordId,
    /// The parent's module.
    pub parent_module: ModuleName,
    /// The parent's id.
    pub parent: RecordId,
}

impl WaitingRecord {
    /// A record of a module that waits for no parent and is due in the next run. Its row waits for itself: a linked
    /// record is a parent that has arrived.
    pub fn due(module: ModuleName, record: &RecordId) -> Self {
        Self { child: record.clone(), parent_module: module, parent: record.clone() }
    }
}

impl TenantRows<'_> {
    /// Notes that the object of a record is about to have other values in some canonical fields than what was sent: the
    /// record is due, and these fields with it, until a slice with its result is stored.
    pub async fn note_interim(
        self,
        module: ModuleName,
        record: &RecordId,
        fields: &[&str],
        now: DateTime<Utc>,
    ) -> Result<()> {
        let tx = self.begin().await?;
        tx.lock_waits().await?;
        tx.unsend(module, record, fields).await?;
        tx.note_due(module, record, now).await?;
        tx.commit().await
    }

    /// Returns records of a module whose parent has arrived, in the order of their ids, after `after`.
    pub async fn ready_waits(
        self,
        module: ModuleName,
        after: Option<&RecordId>,
        limit: u64,
    ) -> Result<Vec<RecordId>> {
        // The index has ready rows only, and a bound value would not show that.
        let sql = format!(
            "SELECT DISTINCT child_id FROM record_waits{hint}
             WHERE tenant_id = $1 AND child_module = $2 AND child_id > $3 AND ready ORDER BY child_id LIMIT {limit}",
            hint = by_index(self.backend(), "record_waits_ready"),
        );
        // No id is empty, so that all are behind an empty text.
        let after = after.map_or("", RecordId::as_str);
        let values = [self.id().into(), module.as_str().into(), after.into()];
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        rows.iter().map(|row| Ok(row.try_get("", "child_id")?)).collect()
    }
}

/// Returns the row of a wait that is not ready, without its tenant.
fn row(module: ModuleName, wait: &WaitingRecord, now: DateTime<Utc>) -> ActiveModel {
    ActiveModel {
        child_module: Set(module.as_str().to_owned()),
        child_id: Set(wait.child.as_str().to_owned()),
        parent_module: Set(wait.parent_module.as_str().to_owned()),
        parent_id: Set(wait.parent.as_str().to_owned()),
        ready: Set(false),
        since: Set(now),
        ..Default::default()
    }
}

impl Tx {
    /// Makes a tenant's slices that create parents or note waits be stored one after the other: otherwise a parent
    /// that arrives while its child is being noted would see no wait, and the child no parent. Locked before any row.
    pub(super) async fn lock_waits(&self) -> Result<()> {
        // SQLite has only one writer.
        if self.backend() == DbBackend::Postgres {
            let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
            let key = format!("waits:{}", self.id());
            self.tx.execute_raw(statement(self.backend(), sql, [key.into()])).await?;
        }
        Ok(())
    }

    /// Notes the waits of records, and deletes those of records that succeeded.
    pub(super) async fn save_waits(
        &self,
        (module, run): (ModuleName, RunId),
        waits: &[WaitingRecord],
        settled: &[RecordId],
        now: DateTime<Utc>,
    ) -> Result<()> {
        for chunk in settled.chunks(chunk_rows(1)) {
            Entity::delete_many()
                .filter(Column::TenantId.eq(self.id()))
                .filter(Column::ChildModule.eq(module.as_str()))
                .filter(Column::ChildId.is_in(chunk.iter().map(RecordId::as_str)))
                .exec(&self.tx)
                .await?;
        }
        for chunk in waits.chunks(chunk_rows(7)) {
            let rows = chunk.iter().map(|wait| ActiveModel {
                tenant_id: Set(self.id().to_owned()),
                ..row(module, wait, now)
            });
            Entity::insert_many(rows)
                .on_conflict(OnConflict::columns(KEY).update_column(Column::Ready).to_owned())
                .exec_without_returning(&self.tx)
                .await?;
        }
        let mut overtaken = false;
        for chunk in waits.chunks(chunk_rows(1)) {
            overtaken |= self.overtaken(module, chunk).await?;
        }
        if overtaken {
            self.take_waits(module, run, now).await?;
        }
        Ok(())
    }

    /// Deletes the links of records whose objects are gone, and makes sure that a run creates or finds them again.
    /// Records that wait for them are woken when they have arrived.
    pub(super) async fn forget_lost(
        &self,
        lost: &[(ModuleName, RecordId)],
        by: RunId,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let modules: BTreeSet<ModuleName> = lost.iter().map(|(module, _)| *module).collect();
        for module in modules {
            let ids: BTreeSet<&RecordId> =
                lost.iter().filter(|(own, _)| *own == module).map(|(_, id)| id).collect();
            let ids: Vec<&RecordId> = ids.into_iter().collect();
            self.delete_links(module, &ids, now).await?;
            self.take_waits(module, by, now).await?;
        }
        Ok(())
    }

    /// Makes a linked record due, whatever it contains.
    async fn note_due(
        &self,
        module: ModuleName,
        record: &RecordId,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let due = ActiveModel {
            tenant_id: Set(self.id().to_owned()),
            ready: Set(true),
            ..row(module, &WaitingRecord::due(module, record), now)
        };
        Entity::insert(due)
            .on_conflict(OnConflict::columns(KEY).update_column(Column::Ready).to_owned())
            .exec_without_returning(&self.tx)
            .await?;
        Ok(())
    }

    /// Deletes the links of records and makes these due.
    pub(super) async fn delete_links(
        &self,
        module: ModuleName,
        ids: &[&RecordId],
        now: DateTime<Utc>,
    ) -> Result<()> {
        for chunk in ids.chunks(chunk_rows(7)) {
            let sql = format!(
                "DELETE FROM record_links WHERE tenant_id = $1 AND module_name = $2 AND zoho_id IN ({})",
                list(chunk.len(), 3)
            );
            let of_module: [Value; 2] = [self.id().into(), module.as_str().into()];
            let values = of_module.into_iter().chain(chunk.iter().map(|id| id.as_str().into()));
            self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
            let due = chunk.iter().map(|id| WaitingRecord::due(module, id));
            let rows = due.map(|wait| ActiveModel {
                tenant_id: Set(self.id().to_owned()),
                ready: Set(true),
                ..row(module, &wait, now)
            });
            Entity::insert_many(rows)
                .on_conflict(OnConflict::columns(KEY).update_column(Column::Ready).to_owned())
                .exec_without_returning(&self.tx)
                .await?;
        }
        Ok(())
    }

    /// Marks those waits whose parent arrived during the slice; returns whether there were any.
    async fn overtaken(&self, module: ModuleName, waits: &[WaitingRecord]) -> Result<bool> {
        let sql = format!(
            "UPDATE record_waits SET ready = true
             WHERE tenant_id = $1 AND child_module = $2 AND child_id IN (VALUES {ids}) AND ready = false
               AND EXISTS (SELECT 1 FROM record_links l
                WHERE l.tenant_id = record_waits.tenant_id AND l.module_name = record_waits.parent_module
                  AND l.zoho_id = record_waits.parent_id AND l.state <> 'removed')",
            ids = placeholders(waits.len(), 1, 3)
        );
        let mut values: Vec<Value> = vec![self.id().into(), module.as_str().into()];
        values.extend(waits.iter().map(|wait| wait.child.as_str().into()));
        let done = self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(done.rows_affected() > 0)
    }

    /// Makes sure that a run processes the waiting records of a module.
    pub(super) async fn take_waits(
        &self,
        child: ModuleName,
        by: RunId,
        now: DateTime<Utc>,
    ) -> Result<()> {
        if !self.module(child).await?.is_some_and(|module| module.enabled) {
            return Ok(());
        }
        let run = NewRun {
            triggered_by: Some(format!("dependency_of_{by}")),
            selection: RunSelection::Waits,
            ..NewRun::new(RunId::new(Uuid::new_v4()), child, TriggerSource::Dependency, now)
        };
        // The active run may end between the two statements.
        for _ in 0..3 {
            if self.try_enqueue(&run).await?.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// Marks the records that wait for parents which have just been linked, and makes sure that a run processes them.
    pub(super) async fn wake_children(
        &self,
        module: ModuleName,
        parents: &[RecordId],
        by: RunId,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let mut children = BTreeSet::new();
        for chunk in parents.chunks(chunk_rows(1)) {
            let hint = by_index(self.backend(), "record_waits_parent");
            let of_parents = format!(
                "parent_module = $2 AND parent_id IN ({}) AND NOT ready",
                list(chunk.len(), 3)
            );
            let values = || {
                let module: [Value; 2] = [self.id().into(), module.as_str().into()];
                module.into_iter().chain(chunk.iter().map(|id| id.as_str().into()))
            };
            let sql = format!(
                "SELECT DISTINCT child_module FROM record_waits{hint} WHERE tenant_id = $1 AND {of_parents}"
            );
            let rows = self.tx.query_all_raw(statement(self.backend(), sql, values())).await?;
            if rows.is_empty() {
                continue;
            }
            let sql = format!(
                "UPDATE record_waits{hint} SET ready = true WHERE tenant_id = $1 AND {of_parents}"
            );
            self.tx.execute_raw(statement(self.backend(), sql, values())).await?;
            for row in &rows {
                let module: String = row.try_get("", "child_module")?;
                children.extend(ModuleName::parse(&module));
            }
        }
        for child in children {
            self.take_waits(child, by, now).await?;
        }
        Ok(())
    }
}

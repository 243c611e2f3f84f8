//! How far each module has been read: the watermark of changes and the last verified whole read.

use {
    super::{Result, TenantRows, Tx},
    crate::domain::module::ModuleName,
    chrono::{DateTime, Utc},
    sea_orm::{ActiveValue::Set, EntityTrait, entity::prelude::*, sea_query::OnConflict},
    serde::{Deserialize, Serialize},
};

/// A cursor's row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_cursors")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_name: String,
    pub watermark: Option<DateTimeUtc>,
    pub full_scan_at: Option<DateTimeUtc>,
    pub full_scan_rows: Option<i64>,
    pub updated_at: DateTimeUtc,
    pub basis: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// How far a module has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cursor {
    /// The latest change that a read with a verified end has seen.
    pub watermark: Option<DateTime<Utc>>,
    /// When the last verified whole read ended.
    pub full_scan_at: Option<DateTime<Utc>>,
    /// Number of records that it returned.
    pub full_scan_rows: Option<i64>,
}

impl TenantRows<'_> {
    /// Returns how far a module has been read; empty for one that has never been read.
    pub async fn cursor(self, module: ModuleName) -> Result<Cursor> {
        let row = Entity::find_by_id((self.id().to_owned(), module.as_str().to_owned()))
            .one(&self.reader())
            .await?;
        Ok(row.map_or_else(Cursor::default, |row| Cursor {
            watermark: row.watermark,
            full_scan_at: row.full_scan_at,
            full_scan_rows: row.full_scan_rows,
        }))
    }

    /// Returns what the last completed read of a module was based on, as a digest; `None` where that is not known.
    pub async fn basis(self, module: ModuleName) -> Result<Option<String>> {
        let row = Entity::find_by_id((self.id().to_owned(), module.as_str().to_owned()))
            .one(&self.reader())
            .await?;
        Ok(row.and_then(|row| row.basis))
    }
}

impl Tx {
    pub(super) async fn save_cursor(
        &self,
        module: ModuleName,
        cursor: Cursor,
        basis: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let row = ActiveModel {
            tenant_id: Set(self.id().to_owned()),
            module_name: Set(module.as_str().to_owned()),
            watermark: Set(cursor.watermark),
            full_scan_at: Set(cursor.full_scan_at),
            full_scan_rows: Set(cursor.full_scan_rows),
            updated_at: Set(now),
            basis: Set(basis.map(str::to_owned)),
        };
        let replaced = OnConflict::columns([Column::TenantId, Column::ModuleName])
            .update_columns([
                Column::Watermark,
                Column::FullScanAt,
                Column::FullScanRows,
                Column::UpdatedAt,
                Column::Basis,
            ])
            .to_owned();
        Entity::insert(row).on_conflict(replaced).exec_without_returning(&self.tx).await?;
        Ok(())
    }
}

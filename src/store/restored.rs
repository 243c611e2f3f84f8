//! The modules whose links come from an older copy of the database, until a removal of theirs is approved or a whole read
//! has found none.

use {
    super::{Result, TenantRows},
    crate::domain::module::ModuleName,
    chrono::{DateTime, Utc},
    sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, entity::prelude::*},
};

/// A module's row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "restored_modules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_name: String,
    pub restored_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl TenantRows<'_> {
    /// Returns when the database was restored from an older copy, if no removal of the module was approved since.
    pub async fn restored_at(self, module: ModuleName) -> Result<Option<DateTime<Utc>>> {
        let row = Entity::find_by_id((self.id().to_owned(), module.as_str().to_owned()))
            .one(&self.reader())
            .await?;
        Ok(row.map(|row| row.restored_at))
    }

    /// Takes note that the links of a module have been looked at since.
    pub async fn forget_restored(self, module: ModuleName) -> Result<()> {
        forget(&self.writer(), self.id(), module).await
    }
}

/// Takes the note of a tenant's module away.
pub(super) async fn forget(
    db: &impl ConnectionTrait,
    tenant: &str,
    module: ModuleName,
) -> Result<()> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::ModuleName.eq(module.as_str()))
        .exec(db)
        .await?;
    Ok(())
}

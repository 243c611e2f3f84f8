//! The source fields that have come in the records of a module, by the source's own name of it; an empty field counts
//! too. The fields seen by a run are stored with its slice.

use {
    super::{Result, TenantRows, Tx},
    crate::domain::module::ModuleName,
    chrono::{DateTime, Utc},
    sea_orm::{
        ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, entity::prelude::*,
        sea_query::OnConflict,
    },
    std::collections::BTreeSet,
};

/// A field's row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "seen_fields")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_name: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_module: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub field_name: String,
    pub seen_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl TenantRows<'_> {
    /// Returns the source fields that have come in a module's records; `source` is the source's name of the module.
    pub async fn seen_fields(self, module: ModuleName, source: &str) -> Result<BTreeSet<String>> {
        let names: Vec<String> = Entity::find()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::ModuleName.eq(module.as_str()))
            .filter(Column::SourceModule.eq(source))
            .select_only()
            .column(Column::FieldName)
            .into_tuple()
            .all(&self.reader())
            .await?;
        Ok(names.into_iter().collect())
    }
}

impl Tx {
    /// Notes fields that have come; known ones stay as they are.
    pub(super) async fn note_fields(
        &self,
        module: ModuleName,
        source: &str,
        fields: &[String],
        now: DateTime<Utc>,
    ) -> Result<()> {
        if fields.is_empty() {
            return Ok(());
        }
        let rows = fields.iter().map(|field| ActiveModel {
            tenant_id: Set(self.id().to_owned()),
            module_name: Set(module.as_str().to_owned()),
            source_module: Set(source.to_owned()),
            field_name: Set(field.clone()),
            seen_at: Set(now),
        });
        let key = [Column::TenantId, Column::ModuleName, Column::SourceModule, Column::FieldName];
        let known = OnConflict::columns(key).do_nothing().to_owned();
        Entity::insert_many(rows).on_conflict(known).exec_without_returning(&self.tx).await?;
        Ok(())
    }
}

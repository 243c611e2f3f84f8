//! Field mappings in the order last saved.

use {
    super::{Result, StoreError, TenantRows, Tx},
    crate::domain::{mapping::FieldMapping, module::ModuleName},
    sea_orm::{ActiveValue::Set, EntityTrait, QueryFilter, QueryOrder, entity::prelude::*},
    serde_json::Value,
};

/// A mapping's row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "field_mappings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_name: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub canonical_field: String,
    pub position: i32,
    pub zoho_field_api_name: String,
    pub required: bool,
    pub default_value: Option<String>,
    pub transform_rules: Json,
    pub on_invalid: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for FieldMapping {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self> {
        let transform_rules = match row.transform_rules {
            Value::Object(rules) => rules,
            Value::Null => serde_json::Map::new(),
            _ => return Err(StoreError::Broken("transform rules that are not an object".into())),
        };
        Ok(Self {
            canonical_field: row.canonical_field,
            zoho_field_api_name: row.zoho_field_api_name,
            required: row.required,
            default_value: row.default_value,
            transform_rules,
            on_invalid: row.on_invalid,
        })
    }
}

impl TenantRows<'_> {
    /// Lists a module's mappings in the order last saved.
    pub async fn mappings(self, module: ModuleName) -> Result<Vec<FieldMapping>> {
        let rows = Entity::find()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::ModuleName.eq(module.as_str()))
            .order_by_asc(Column::Position)
            .all(&self.reader())
            .await?;
        rows.into_iter().map(FieldMapping::try_from).collect()
    }

    /// Lists the mappings of all modules, each in the order last saved.
    pub async fn all_mappings(self) -> Result<Vec<(ModuleName, FieldMapping)>> {
        let rows = Entity::find()
            .filter(Column::TenantId.eq(self.id()))
            .order_by_asc(Column::ModuleName)
            .order_by_asc(Column::Position)
            .all(&self.reader())
            .await?;
        rows.into_iter()
            .map(|row| {
                let module = ModuleName::parse(&row.module_name)
                    .ok_or_else(|| StoreError::Broken(format!("module '{}'", row.module_name)))?;
                Ok((module, FieldMapping::try_from(row)?))
            })
            .collect()
    }
}

impl Tx {
    /// Replaces a module's current rows; `save_mappings` stores the version beside them.
    pub(super) async fn replace_mappings(
        &self,
        module: ModuleName,
        rows: &[FieldMapping],
    ) -> Result<()> {
        Entity::delete_many()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::ModuleName.eq(module.as_str()))
            .exec(&self.tx)
            .await?;
        if rows.is_empty() {
            return Ok(());
        }
        let rows = (0_i32..).zip(rows).map(|(position, row)| ActiveModel {
            tenant_id: Set(self.id().to_owned()),
            module_name: Set(module.as_str().to_owned()),
            canonical_field: Set(row.canonical_field.clone()),
            position: Set(position),
            zoho_field_api_name: Set(row.zoho_field_api_name.clone()),
            required: Set(row.required),
            default_value: Set(row.default_value.clone()),
            transform_rules: Set(Value::Object(row.transform_rules.clone())),
            on_invalid: Set(row.on_invalid.clone()),
        });
        Entity::insert_many(rows).exec_without_returning(&self.tx).await?;
        Ok(())
    }
}

//! The look of a tenant's widget.

use {
    super::{Result, TenantRows, Tx},
    crate::domain::branding::Branding,
    sea_orm::{ActiveValue::Set, EntityTrait, QueryFilter, entity::prelude::*},
};

/// A look's row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "brandings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    pub name: String,
    pub logo: String,
    pub colour: String,
    pub text_colour: String,
    pub support_url: String,
}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Branding {
    fn from(row: Model) -> Self {
        let Model { tenant_id: _, name, logo, colour, text_colour, support_url } = row;
        Self { name, logo, colour, text_colour, support_url }
    }
}

impl TenantRows<'_> {
    /// Returns the look of the tenant; an empty one if it has none.
    pub async fn branding(self) -> Result<Branding> {
        let row = Entity::find().filter(Column::TenantId.eq(self.id())).one(&self.reader()).await?;
        Ok(row.map(Branding::from).unwrap_or_default())
    }
}

impl Tx {
    /// Returns the look of the tenant; an empty one if it has none.
    pub async fn branding(&self) -> Result<Branding> {
        let row = Entity::find().filter(Column::TenantId.eq(self.id())).one(&self.tx).await?;
        Ok(row.map(Branding::from).unwrap_or_default())
    }

    /// Stores the look of the tenant in the place of the one before.
    pub async fn save_branding(&self, branding: &Branding) -> Result<()> {
        Entity::delete_many().filter(Column::TenantId.eq(self.id())).exec(&self.tx).await?;
        if *branding == Branding::default() {
            return Ok(());
        }
        let row = ActiveModel {
            tenant_id: Set(self.id().to_owned()),
            name: Set(branding.name.clone()),
            logo: Set(branding.logo.clone()),
            colour: Set(branding.colour.clone()),
            text_colour: Set(branding.text_colour.clone()),
            support_url: Set(branding.support_url.clone()),
        };
        Entity::insert(row).exec_without_returning(&self.tx).await?;
        Ok(())
    }
}

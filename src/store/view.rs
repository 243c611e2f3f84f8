//! Saved views.

use {
    super::{Result, StoreError, TenantRows, Tx},
    crate::domain::view::{View, ViewInput},
    sea_orm::{ActiveValue::Set, EntityTrait, QueryFilter, QueryOrder, entity::prelude::*},
    uuid::Uuid,
};

/// A view's row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_views")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub view_id: String,
    pub tenant_id: String,
    pub screen: String,
    pub name: String,
    pub query: String,
    pub saved_by: String,
    pub saved_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for View {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self> {
        let id = Uuid::parse_str(&row.view_id);
        Ok(Self {
            id: id.map_err(|_| StoreError::Broken(format!("view id '{}'", row.view_id)))?,
            input: ViewInput { name: row.name, screen: row.screen, query: row.query },
            saved_by: row.saved_by,
            saved_at: row.saved_at,
        })
    }
}

impl TenantRows<'_> {
    /// Lists the views by screen and name.
    pub async fn views(self) -> Result<Vec<View>> {
        let rows = Entity::find()
            .filter(Column::TenantId.eq(self.id()))
            .order_by_asc(Column::Screen)
            .order_by_asc(Column::Name)
            .all(&self.reader())
            .await?;
        rows.into_iter().map(View::try_from).collect()
    }
}

impl Tx {
    /// Lists the views, in no order.
    pub async fn views(&self) -> Result<Vec<View>> {
        let rows = Entity::find().filter(Column::TenantId.eq(self.id())).all(&self.tx).await?;
        rows.into_iter().map(View::try_from).collect()
    }

    /// Stores a view in the place of the one with its id, if there is one.
    pub async fn save_view(&self, view: &View) -> Result<()> {
        self.delete_view(view.id).await?;
        let row = ActiveModel {
            view_id: Set(view.id.to_string()),
            tenant_id: Set(self.id().to_owned()),
            screen: Set(view.input.screen.clone()),
            name: Set(view.input.name.clone()),
            query: Set(view.input.query.clone()),
            saved_by: Set(view.saved_by.clone()),
            saved_at: Set(view.saved_at),
        };
        Entity::insert(row).exec_without_returning(&self.tx).await?;
        Ok(())
    }

    /// Deletes a view.
    pub async fn delete_view(&self, id: Uuid) -> Result<()> {
        Entity::delete_many()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::ViewId.eq(id.to_string()))
            .exec(&self.tx)
            .await?;
        Ok(())
    }
}

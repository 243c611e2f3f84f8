//! The master key with which the database's secrets are sealed: one row, written by the first process.

use {
    super::AcrossTenants,
    crate::store::{
        Result, StoreError,
        tenant::{SealedDataKey, data_key},
    },
    chrono::{DateTime, Utc},
    sea_orm::{
        ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    },
};

/// The key of the only row.
const SLOT: i16 = 1;

mod row {
    use sea_orm::entity::prelude::*;

    /// The row.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "master_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub slot: i16,
        pub master_key_id: String,
        pub proof: Vec<u8>,
        pub created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The data by which the database's master key is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterKeyRow {
    /// The key's id.
    pub master_key_id: String,
    /// A proof that only that key can make.
    pub proof: Vec<u8>,
}

impl AcrossTenants<'_> {
    /// Returns the database's master key, once a process has noted it.
    pub async fn master_key(self) -> Result<Option<MasterKeyRow>> {
        // On the writing connection, so that a row just written by another process counts.
        let found = row::Entity::find_by_id(SLOT).one(self.write).await?;
        Ok(found.map(|row| MasterKeyRow { master_key_id: row.master_key_id, proof: row.proof }))
    }

    /// Notes the database's master key, unless one is noted already, and returns the noted one. Of any number of
    /// processes one wins.
    pub async fn note_master_key(
        self,
        key: MasterKeyRow,
        now: DateTime<Utc>,
    ) -> Result<MasterKeyRow> {
        let row = row::ActiveModel {
            slot: Set(SLOT),
            master_key_id: Set(key.master_key_id),
            proof: Set(key.proof),
            created_at: Set(now),
        };
        match row::Entity::insert(row).exec_without_returning(self.write).await {
            Ok(_) => {}
            Err(error) => match StoreError::from(error) {
                StoreError::Conflict => {}
                other => return Err(other),
            },
        }
        self.master_key().await?.ok_or_else(|| StoreError::Broken("no master key is noted".into()))
    }

    /// Returns the oldest data key with its tenant's id.
    pub async fn oldest_data_key(self) -> Result<Option<(String, SealedDataKey)>> {
        let found = data_key::Entity::find()
            .order_by_asc(data_key::Column::CreatedAt)
            .order_by_asc(data_key::Column::TenantId)
            .one(self.write)
            .await?;
        Ok(found.map(|row| (row.tenant_id.clone(), row.into())))
    }

    /// Counts the data keys that another master key sealed.
    pub async fn data_keys_of_others(self, master_key_id: &str) -> Result<u64> {
        let others = data_key::Column::MasterKeyId.ne(master_key_id);
        Ok(data_key::Entity::find().filter(others).count(self.read).await?)
    }
}

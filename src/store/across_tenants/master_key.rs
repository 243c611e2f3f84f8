//! The master key that seals data keys: one row, written by the first process and replaced when the key is exchanged; and
//! the data keys of all tenants by the master key that sealed them. Raw SQL, because current and replaced data keys are
//! looked at together.

use {
    super::AcrossTenants,
    crate::{
        domain::{
            audit::{Action, Author, Change},
            id::TenantId,
        },
        store::{
            AuditEntry, Result, StoreError, TenantScope, list, sealed, statement,
            tenant::{SealedDataKey, data_key},
        },
    },
    chrono::{DateTime, Utc},
    sea_orm::{ActiveValue::Set, ConnectionTrait as _, EntityTrait, QueryOrder, Value},
    serde_json::json,
};

/// The key of the only row.
const SLOT: i16 = 1;
/// The tables of data keys: those that seal, and those that another one has replaced.
const TABLES: [&str; 2] = ["data_keys", "old_data_keys"];

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

/// The data keys that a master key sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedBy {
    /// The master key.
    pub master_key_id: String,
    /// Number of data keys that seal.
    pub current: i64,
    /// Number of replaced data keys.
    pub replaced: i64,
}

/// A tenant's data key among those of all tenants.
#[derive(Debug, Clone)]
pub struct DataKeyOf {
    /// The tenant.
    pub tenant: TenantId,
    /// The key.
    pub key: SealedDataKey,
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

    /// Puts another master key in the place of one. Returns false where that one is not the database's any more. It waits
    /// for data keys that are being stored, so that the key before seals none after it.
    pub async fn replace_master_key(
        self,
        before: &str,
        key: MasterKeyRow,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let sql = "UPDATE master_keys SET master_key_id = $1, proof = $2, created_at = $3
             WHERE slot = $4 AND master_key_id = $5";
        let values: [Value; 5] =
            [key.master_key_id.into(), key.proof.into(), now.into(), SLOT.into(), before.into()];
        let sql = statement(self.write.get_database_backend(), sql, values);
        Ok(self.write.execute_raw(sql).await?.rows_affected() == 1)
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

    /// Returns a master key that sealed a data key and is not among the known ones, if there is one.
    pub async fn unknown_master_key(self, known: &[&str]) -> Result<Option<String>> {
        for table in TABLES {
            let sql = format!(
                "SELECT master_key_id FROM {table} WHERE master_key_id NOT IN ({}) LIMIT 1",
                list(known.len(), 1)
            );
            let values = known.iter().map(|id| Value::from(*id));
            let sql = statement(self.write.get_database_backend(), sql, values);
            if let Some(row) = self.write.query_one_raw(sql).await? {
                return Ok(Some(row.try_get("", "master_key_id")?));
            }
        }
        Ok(None)
    }

    /// Counts the data keys by the master keys that sealed them.
    pub async fn data_keys_by_master(self) -> Result<Vec<SealedBy>> {
        let sql = "SELECT master_key_id, CAST(sum(current) AS bigint) AS current,
                CAST(sum(replaced) AS bigint) AS replaced FROM (
                    SELECT master_key_id, 1 AS current, 0 AS replaced FROM data_keys
                    UNION ALL SELECT master_key_id, 0, 1 FROM old_data_keys) k
             GROUP BY master_key_id ORDER BY master_key_id";
        let sql = statement(self.write.get_database_backend(), sql, []);
        let rows = self.write.query_all_raw(sql).await?;
        rows.iter()
            .map(|row| {
                Ok(SealedBy {
                    master_key_id: row.try_get("", "master_key_id")?,
                    current: row.try_get("", "current")?,
                    replaced: row.try_get("", "replaced")?,
                })
            })
            .collect()
    }

    /// Lists data keys that a master key sealed.
    pub async fn data_keys_of(self, master: &str, limit: u64) -> Result<Vec<DataKeyOf>> {
        let mut found = Vec::new();
        for table in TABLES {
            let sql = format!(
                "SELECT tenant_id, data_key_id, master_key_id, wrapped FROM {table}
                 WHERE master_key_id = $1 LIMIT {limit}"
            );
            let sql = statement(self.write.get_database_backend(), sql, [master.into()]);
            for row in self.write.query_all_raw(sql).await? {
                let key = sealed::data_key(&row)?;
                let tenant: String = row.try_get("", "tenant_id")?;
                let tenant = TenantId::parse(&tenant).map_err(|fault| {
                    StoreError::Broken(format!("tenant id: {}", fault.message()))
                })?;
                found.push(DataKeyOf { tenant, key });
            }
        }
        Ok(found)
    }

    /// Stores data keys as another master key sealed them, in one transaction. One that was changed or deleted meanwhile
    /// stays as it is.
    pub async fn rewrap(
        self,
        before: &str,
        keys: Vec<DataKeyOf>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let Some(first) = keys.first() else { return Ok(()) };
        let scope = TenantScope::new(first.tenant.clone());
        let mut tx = self.go_on(self.begin().await?, scope).await?;
        for DataKeyOf { tenant, key } in keys {
            tx.turn_to(TenantScope::new(tenant.clone())).await?;
            let mut changed = 0;
            for table in TABLES {
                let sql = format!(
                    "UPDATE {table} SET master_key_id = $1, wrapped = $2
                     WHERE tenant_id = $3 AND data_key_id = $4 AND master_key_id = $5"
                );
                let values: [Value; 5] = [
                    key.master_key_id.as_str().into(),
                    key.wrapped.clone().into(),
                    tenant.as_str().into(),
                    key.data_key_id.clone().into(),
                    before.into(),
                ];
                changed += tx.change_all(sql, values).await?;
            }
            if changed > 0 {
                let field = |id: &str| json!({ "master_key_id": id });
                let change = Change::between(field(before), field(&key.master_key_id));
                let (author, action, resource) =
                    (Author::host(), Action::RewrapDataKey, "data_key");
                tx.audit(AuditEntry { author, action, resource, change, at: now }).await?;
            }
        }
        tx.commit().await
    }

    /// Lists the tenants, in the order of their ids, those behind one or all.
    pub async fn tenant_ids(self, after: &str, limit: u64) -> Result<Vec<String>> {
        let sql = format!(
            "SELECT tenant_id FROM data_keys WHERE tenant_id > $1 ORDER BY tenant_id LIMIT {limit}"
        );
        let sql = statement(self.write.get_database_backend(), sql, [after.into()]);
        let rows = self.write.query_all_raw(sql).await?;
        rows.iter().map(|row| Ok(row.try_get("", "tenant_id")?)).collect()
    }
}

//! Rows and queries of tenants, and the creation of a tenant with everything it needs.

use {
    super::{CHANGE, NewKey, NewMappings, Result, StoreError, TenantRows, Tx},
    crate::domain::{
        id::TenantId,
        mapping::FieldMapping,
        module::{Module, ModuleName},
        rate::OwnLimits,
        tenant::{Tenant, TenantStatus},
    },
    chrono::{DateTime, Utc},
    sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, QuerySelect, entity::prelude::*},
};

/// A tenant's row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant_profiles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    pub name: String,
    pub status: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub requests_per_s: Option<i32>,
    pub run_starts_per_min: Option<i32>,
    pub session_mints_per_s: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The limits that the tenant has of its own.
    pub(super) const fn limits(&self) -> OwnLimits {
        OwnLimits {
            requests_per_s: self.requests_per_s,
            run_starts_per_min: self.run_starts_per_min,
            session_mints_per_s: self.session_mints_per_s,
        }
    }
}

/// A tenant's data key as it is stored: sealed by a master key.
pub(super) mod data_key {
    use sea_orm::entity::prelude::*;

    /// A data key's row.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "data_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: String,
        pub data_key_id: Vec<u8>,
        pub master_key_id: String,
        pub wrapped: Vec<u8>,
        pub created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A data key sealed by a master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedDataKey {
    /// Its id.
    pub data_key_id: Vec<u8>,
    /// The master key that opens it.
    pub master_key_id: String,
    /// The sealed key.
    pub wrapped: Vec<u8>,
}

impl From<data_key::Model> for SealedDataKey {
    fn from(row: data_key::Model) -> Self {
        Self {
            data_key_id: row.data_key_id,
            master_key_id: row.master_key_id,
            wrapped: row.wrapped,
        }
    }
}

/// The initial rows of a new tenant.
#[derive(Debug)]
pub struct NewTenant<'a> {
    /// The tenant.
    pub tenant: &'a Tenant,
    /// Its data key.
    pub data_key: SealedDataKey,
    /// Its first key.
    pub key: NewKey,
    /// Its modules.
    pub modules: Vec<Module>,
    /// Its mappings.
    pub mappings: Vec<(ModuleName, Vec<FieldMapping>)>,
    /// Whether the Zoho connection is switched on at first.
    pub zoho_enabled: bool,
}

impl TryFrom<Model> for Tenant {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self> {
        let id = TenantId::parse(&row.tenant_id)
            .map_err(|fault| StoreError::Broken(format!("tenant id: {}", fault.message())))?;
        let status = TenantStatus::parse(&row.status)
            .ok_or_else(|| StoreError::Broken(format!("tenant status '{}'", row.status)))?;
        Ok(Self {
            id,
            limits: row.limits(),
            name: row.name,
            status,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl TenantRows<'_> {
    /// Returns a tenant.
    pub async fn tenant(self) -> Result<Option<Tenant>> {
        Entity::find_by_id(self.id()).one(&self.reader()).await?.map(Tenant::try_from).transpose()
    }
}

impl Tx {
    /// Returns the tenant for a change; see `Tx::module`.
    pub async fn tenant(&self) -> Result<Option<Tenant>> {
        let found = Entity::find_by_id(self.id()).lock(CHANGE).one(&self.tx).await?;
        found.map(Tenant::try_from).transpose()
    }

    /// Stores a changed tenant. A tenant that is no longer active loses its waiting runs, and its running ones are
    /// asked to stop.
    pub async fn save_tenant(&self, tenant: &Tenant) -> Result<()> {
        let row = ActiveModel {
            tenant_id: Set(self.id().to_owned()),
            name: Set(tenant.name.clone()),
            status: Set(tenant.status.as_str().to_owned()),
            updated_at: Set(tenant.updated_at),
            requests_per_s: Set(tenant.limits.requests_per_s),
            run_starts_per_min: Set(tenant.limits.run_starts_per_min),
            session_mints_per_s: Set(tenant.limits.session_mints_per_s),
            ..Default::default()
        };
        row.update(&self.tx).await?;
        if tenant.status != TenantStatus::Active {
            self.cancel_all_runs(tenant.updated_at).await?;
        }
        Ok(())
    }

    /// Creates the tenant of this scope with its initial rows.
    ///
    /// # Errors
    /// `Conflict` when its id is taken.
    pub async fn create_tenant(&self, new: NewTenant<'_>) -> Result<()> {
        let NewTenant { tenant, data_key, key, modules, mappings, zoho_enabled } = new;
        let author = key.key_id.as_str().to_owned();
        self.insert_tenant(tenant).await?;
        self.insert_data_key(data_key, tenant.created_at).await?;
        self.insert_settings(key.key_id.as_str(), zoho_enabled, tenant.created_at).await?;
        self.insert_key(key, tenant.created_at).await?;
        for module in &modules {
            self.insert_module(module, tenant.created_at).await?;
        }
        for (module, rows) in &mappings {
            let (author, at) = (author.as_str(), tenant.created_at);
            let new = NewMappings { module: *module, rows, author, reason: None, at };
            self.save_mappings(new).await?;
        }
        Ok(())
    }

    async fn insert_tenant(&self, tenant: &Tenant) -> Result<()> {
        let row = ActiveModel {
            tenant_id: Set(self.id().to_owned()),
            name: Set(tenant.name.clone()),
            status: Set(tenant.status.as_str().to_owned()),
            created_at: Set(tenant.created_at),
            updated_at: Set(tenant.updated_at),
            requests_per_s: Set(tenant.limits.requests_per_s),
            run_starts_per_min: Set(tenant.limits.run_starts_per_min),
            session_mints_per_s: Set(tenant.limits.session_mints_per_s),
        };
        Entity::insert(row).exec_without_returning(&self.tx).await?;
        Ok(())
    }

    /// Stores the first data key.
    async fn insert_data_key(&self, key: SealedDataKey, now: DateTime<Utc>) -> Result<()> {
        self.hold_master_key(&key.master_key_id).await?;
        let row = data_key::ActiveModel {
            tenant_id: Set(self.id().to_owned()),
            data_key_id: Set(key.data_key_id),
            master_key_id: Set(key.master_key_id),
            wrapped: Set(key.wrapped),
            created_at: Set(now),
        };
        data_key::Entity::insert(row).exec_without_returning(&self.tx).await?;
        Ok(())
    }
}

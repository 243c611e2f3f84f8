//! Module settings. Raw SQL, because a change and its audit entry are stored in one turn.

use {
    super::{AuditEntry, CHANGE, Result, StoreError, TenantRows, Together, Tx},
    crate::domain::{
        layout::Layout,
        module::{Module, ModuleName, ScheduleMode},
    },
    chrono::{DateTime, Utc},
    sea_orm::{
        ActiveValue::Set, EntityTrait, QueryFilter, QuerySelect, Select, entity::prelude::*,
    },
};

/// A module's row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "module_settings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_name: String,
    pub enabled: bool,
    pub schedule_mode: String,
    pub schedule_cron: Option<String>,
    pub zoho_module: Option<String>,
    pub last_run_at: Option<DateTimeUtc>,
    pub last_run_status: Option<String>,
    pub last_run_count: i32,
    pub last_good_at: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
    pub options: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Module {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self> {
        let name = ModuleName::parse(&row.module_name)
            .ok_or_else(|| StoreError::Broken(format!("module '{}'", row.module_name)))?;
        let schedule_mode = ScheduleMode::parse(&row.schedule_mode)
            .ok_or_else(|| StoreError::Broken(format!("schedule mode '{}'", row.schedule_mode)))?;
        Ok(Self {
            layout: Layout::read(name, row.options.as_ref()),
            name,
            enabled: row.enabled,
            schedule_mode,
            schedule_cron: row.schedule_cron,
            last_run_at: row.last_run_at,
            last_run_status: row.last_run_status,
            last_run_count: row.last_run_count,
            last_good_at: row.last_good_at,
            zoho_module: row.zoho_module,
        })
    }
}

impl TenantRows<'_> {
    /// Lists the tenant's modules in their fixed order.
    pub async fn modules(self) -> Result<Vec<Module>> {
        let rows =
            Entity::find().filter(Column::TenantId.eq(self.id())).all(&self.reader()).await?;
        let mut modules = rows.into_iter().map(Module::try_from).collect::<Result<Vec<_>>>()?;
        modules.sort_by_key(|module| module.name);
        Ok(modules)
    }

    /// Returns a module.
    pub async fn module(self, name: ModuleName) -> Result<Option<Module>> {
        by_name(self.id(), name).one(&self.reader()).await?.map(Module::try_from).transpose()
    }
}

impl Tx {
    /// Returns a module for a change. Other transactions that want to change it, or its mappings, wait for the end of
    /// this one: without that, PostgreSQL would let two read the same state, and the later one would undo the earlier
    /// change.
    pub async fn module(&self, name: ModuleName) -> Result<Option<Module>> {
        let found = by_name(self.id(), name).lock(CHANGE).one(&self.tx).await?;
        found.map(Module::try_from).transpose()
    }

    /// Stores a module's switch, schedule and source, with the entry of the audit log that tells of it; the values of the last
    /// run are not changed.
    pub async fn save_module(
        &self,
        module: &Module,
        entry: Option<AuditEntry<'_>>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let sql = "UPDATE module_settings SET enabled = $1, schedule_mode = $2, schedule_cron = $3, zoho_module = $4,
            options = $5, updated_at = $6 WHERE tenant_id = $7 AND module_name = $8";
        let values = [
            module.enabled.into(),
            module.schedule_mode.as_str().into(),
            module.schedule_cron.clone().into(),
            module.zoho_module.clone().into(),
            serde_json::to_value(&module.layout).ok().into(),
            now.into(),
            self.id().into(),
            module.name.as_str().into(),
        ];
        let mut all = Together::new(self.backend());
        all.add(sql, values);
        if let Some(entry) = entry {
            self.note(&mut all, entry);
        }
        all.all_raw(&self.tx).await?;
        Ok(())
    }

    pub(super) async fn insert_module(&self, module: &Module, now: DateTime<Utc>) -> Result<()> {
        let row = ActiveModel {
            tenant_id: Set(self.id().to_owned()),
            module_name: Set(module.name.as_str().to_owned()),
            enabled: Set(module.enabled),
            schedule_mode: Set(module.schedule_mode.as_str().to_owned()),
            schedule_cron: Set(module.schedule_cron.clone()),
            zoho_module: Set(module.zoho_module.clone()),
            last_run_count: Set(0),
            updated_at: Set(now),
            ..Default::default()
        };
        Entity::insert(row).exec_without_returning(&self.tx).await?;
        Ok(())
    }
}

fn by_name(tenant: &str, name: ModuleName) -> Select<Entity> {
    Entity::find_by_id((tenant.to_owned(), name.as_str().to_owned()))
}

//! Connection settings with their sealed secrets.

use {
    super::{CHANGE, Result, TenantRows, Tx},
    chrono::{DateTime, Utc},
    sea_orm::{
        ActiveModelTrait,
        ActiveValue::{Set, Unchanged},
        EntityTrait, IntoActiveModel, QuerySelect,
        entity::prelude::*,
    },
};

/// A tenant's connection settings as stored; the `Vec<u8>` are sealed secrets.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "integration_settings")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// See `domain::tenant::Settings`, also for the other fields.
    pub moodle_enabled: bool,
    /// The Moodle site.
    pub moodle_base_url: Option<String>,
    /// Sealed web-service token.
    pub moodle_api_token: Option<Vec<u8>>,
    /// Whether Zoho is read.
    pub zoho_enabled: bool,
    /// Zoho's API domain.
    pub zoho_api_domain: Option<String>,
    /// Zoho's organisation id.
    pub zoho_org_id: Option<String>,
    /// Zoho's accounts server.
    pub zoho_accounts_url: Option<String>,
    /// OAuth client id.
    pub zoho_client_id: Option<String>,
    /// Sealed OAuth client secret.
    pub zoho_client_secret: Option<Vec<u8>>,
    /// Sealed OAuth refresh token.
    pub zoho_refresh_token: Option<Vec<u8>>,
    /// Public id of the tenant's key.
    pub extension_api_key: String,
    /// When they were last changed.
    pub updated_at: DateTimeUtc,
    /// Whether grades flow back to Zoho.
    pub grades_writeback: bool,
    /// Zoho's credits of a day, as the edition gives them.
    pub zoho_daily_credits: Option<i64>,
    /// Days for which ended runs are kept.
    pub keep_days: Option<i32>,
    /// Name of the school's time zone.
    pub time_zone: Option<String>,
    /// See `site.rs`; not for callers.
    pub linked_site: Option<String>,
    /// Origin that the Moodle token was entered for, while no address gives it; not for callers.
    pub moodle_token_site: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// A tenant's connection settings as stored.
pub type SettingsRow = Model;

impl TenantRows<'_> {
    /// Returns the settings.
    pub async fn settings(self) -> Result<Option<SettingsRow>> {
        Ok(Entity::find_by_id(self.id()).one(&self.reader()).await?)
    }
}

impl Tx {
    /// Returns the settings for a change; see `Tx::module`.
    pub async fn settings(&self) -> Result<Option<SettingsRow>> {
        Ok(Entity::find_by_id(self.id()).lock(CHANGE).one(&self.tx).await?)
    }

    /// Stores changed settings. The row keeps the tenant of this scope.
    pub async fn save_settings(&self, settings: SettingsRow) -> Result<()> {
        let mut row = settings.into_active_model().reset_all();
        row.tenant_id = Unchanged(self.id().to_owned());
        row.update(&self.tx).await?;
        Ok(())
    }

    pub(super) async fn insert_settings(
        &self,
        key: &str,
        zoho_enabled: bool,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let row = ActiveModel {
            tenant_id: Set(self.id().to_owned()),
            moodle_enabled: Set(false),
            zoho_enabled: Set(zoho_enabled),
            extension_api_key: Set(key.to_owned()),
            updated_at: Set(now),
            ..Default::default()
        };
        Entity::insert(row).exec_without_returning(&self.tx).await?;
        Ok(())
    }
}

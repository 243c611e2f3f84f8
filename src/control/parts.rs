//! What a worker needs for a run: the opened connection, the read and the compiled mappings, or the reason why the
//! run cannot start.

use {
    super::Control,
    crate::{
        domain::{
            code::{self, Gaps, Provider},
            egress::{ZOHO_ACCOUNTS, ZOHO_API},
            layout::{Layout, Layouts},
            mapping::Mappings,
            module::ModuleName,
            run::{Run, RunFailure},
            tenant::{TenantStatus, same_site},
        },
        ports::{Connection, ReadQuery},
        store::{LinkedSite, SettingsRow, StoreError, TenantScope},
    },
    chrono_tz::Tz,
    secrecy::SecretString,
};

/// The parts of a run.
#[derive(Debug)]
pub struct RunParts {
    /// How to reach both systems.
    pub connection: Connection,
    /// What to read.
    pub query: ReadQuery,
    /// How to map it.
    pub mappings: Mappings,
    /// Version of the mappings.
    pub mapping_version: Option<i64>,
    /// The forms of the modules in the target.
    pub layouts: Layouts,
    /// True if the links are known to belong to the site that the connection reaches.
    pub site_known: bool,
}

impl Control {
    /// Collects the parts of a run; the inner error ends the run. Links that are being forgotten are forgotten first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run_parts(
        &self,
        scope: &TenantScope,
        run: &Run,
    ) -> Result<Result<RunParts, RunFailure>, StoreError> {
        self.parts(scope, run, true).await
    }

    /// Collects the parts of a run that is not one: nothing is stored.
    pub(super) async fn trial_parts(
        &self,
        scope: &TenantScope,
        run: &Run,
    ) -> Result<Result<RunParts, RunFailure>, StoreError> {
        self.parts(scope, run, false).await
    }

    async fn parts(
        &self,
        scope: &TenantScope,
        run: &Run,
        stores: bool,
    ) -> Result<Result<RunParts, RunFailure>, StoreError> {
        let name = run.module;
        let tenant = self.store.of(scope).tenant().await?;
        if tenant.is_none_or(|tenant| tenant.status != TenantStatus::Active) {
            return Ok(Err(RunFailure::of(code::TENANT_NOT_ACTIVE, &[])));
        }
        let Some(module) = self.store.of(scope).module(name).await? else {
            return Ok(Err(RunFailure::of(code::MODULE_NOT_CONFIGURED, &[("module", &name)])));
        };
        if !module.enabled {
            return Ok(Err(RunFailure::of(code::MODULE_DISABLED, &[("module", &name)])));
        }
        let Some(settings) = self.store.of(scope).settings().await? else {
            return Ok(Err(RunFailure::of(code::SETTINGS_NOT_FOUND, &[])));
        };
        if stores && settings.links_are_for() == LinkedSite::Forgetting {
            self.finish_forgetting(scope).await?;
        }
        let site_known = match (settings.links_are_for(), &settings.moodle_base_url) {
            (LinkedSite::At(linked), Some(current)) => same_site(linked, current),
            _ => false,
        };
        let modules = self.store.of(scope).modules().await?;
        let zone = settings.time_zone.as_deref().and_then(|zone| zone.parse().ok());
        let layouts = Layouts::new(zone.unwrap_or(Tz::UTC), |name| {
            let module = modules.iter().find(|module| module.name == name);
            module.map_or_else(|| Layout::new(name), |module| module.layout.clone())
        });
        for warning in module.layout.unread.warnings() {
            tracing::warn!(tenant = %run.tenant, module = %name, "{warning}");
        }
        if let Some((of, options)) = layouts.blocking(name) {
            let options = options.join(", ");
            let gaps: Gaps<'_> = &[("field", &options), ("module", &of)];
            return Ok(Err(RunFailure::of(code::MODULE_OPTIONS_UNREADABLE, gaps)));
        }
        let mut query =
            ReadQuery { module: module.effective_zoho_module().to_owned(), ..ReadQuery::default() };
        if name == ModuleName::Grades {
            if !settings.grades_writeback {
                return Ok(Err(RunFailure::of(code::GRADES_DIRECTION_BLOCKED, &[])));
            }
            query.within = self.store.of(scope).linked_courses(ModuleName::Classes).await?;
        }
        // A run keeps the version that it began with, also after it was given back to the queue.
        let begun = match run.mapping_version {
            Some(number) => self.store.of(scope).mapping_version(name, number).await?,
            None => None,
        };
        let (version, rows) = match begun {
            Some(version) => (version.number, version.rows),
            None => self.store.of(scope).mapping_set(name).await?,
        };
        let invalid = |reason: &str| RunFailure::of(code::MAPPING_INVALID, &[("reason", &reason)]);
        let mut mappings = match Mappings::compile(name, &rows) {
            Ok(mappings) => mappings,
            Err(faults) => {
                let words: Vec<String> = faults
                    .iter()
                    .map(|fault| format!("{}: {}", fault.field, fault.fault.message()))
                    .collect();
                return Ok(Err(invalid(&words.join("; "))));
            }
        };
        match &mut mappings {
            Mappings::Incoming(set) => {
                set.leave_out_nowhere(layouts.of(name).form);
                query.fields = set.zoho_fields();
            }
            Mappings::Outgoing(rows) => {
                if let Some(missing) = rows.missing() {
                    let reason = format!("the required field {} is not mapped", missing.field);
                    return Ok(Err(invalid(&reason)));
                }
            }
        }
        Ok(self.connection(scope, settings).await?.map(|connection| RunParts {
            connection,
            query,
            mappings,
            mapping_version: Some(version),
            layouts,
            site_known,
        }))
    }

    pub(super) async fn connection(
        &self,
        scope: &TenantScope,
        settings: SettingsRow,
    ) -> Result<Result<Connection, RunFailure>, StoreError> {
        self.connection_to(scope, settings, &[Provider::Zoho, Provider::Moodle]).await
    }

    /// Opens the connection to some of the systems; what belongs to another one is empty.
    pub(super) async fn connection_to(
        &self,
        scope: &TenantScope,
        settings: SettingsRow,
        systems: &[Provider],
    ) -> Result<Result<Connection, RunFailure>, StoreError> {
        let wanted = |system| systems.contains(&system);
        for (system, on, code) in [
            (Provider::Zoho, settings.zoho_enabled, code::ZOHO_DISABLED),
            (Provider::Moodle, settings.moodle_enabled, code::MOODLE_DISABLED),
        ] {
            if wanted(system) && !on {
                return Ok(Err(RunFailure::of(code, &[])));
            }
        }
        let secrets: Vec<&[u8]> = [
            &settings.zoho_client_secret,
            &settings.zoho_refresh_token,
            &settings.moodle_api_token,
        ]
        .into_iter()
        .filter_map(Option::as_deref)
        .collect();
        let opener = match self.vault.find_sealer(&self.store, scope, &secrets).await? {
            Ok(opener) => opener,
            Err(error) => return Ok(Err(RunFailure::new(error.reason, error.message))),
        };
        let (zoho, moodle) = (Provider::Zoho, Provider::Moodle);
        // What belongs to a system that is not wanted may be missing.
        let given = |system: Provider, name: &str, value: Option<String>| match value {
            None if wanted(system) => Err(not_set(system, name)),
            value => Ok(value.filter(|_| wanted(system)).unwrap_or_default()),
        };
        let open = |system: Provider, name: &'static str, sealed: Option<Vec<u8>>| {
            let Some(sealed) = sealed.filter(|_| wanted(system)) else {
                return given(system, name, None).map(SecretString::from);
            };
            let text = opener
                .open_setting(name, &sealed)
                .map_err(|error| RunFailure::new(error.reason, error.message))?;
            Ok::<_, RunFailure>(SecretString::from(text))
        };
        let parts = (|| {
            Ok(Connection {
                zoho_accounts_url: settings
                    .zoho_accounts_url
                    .unwrap_or_else(|| ZOHO_ACCOUNTS.into()),
                zoho_api_domain: settings.zoho_api_domain.unwrap_or_else(|| ZOHO_API.into()),
                zoho_client_id: given(zoho, "zoho_client_id", settings.zoho_client_id)?,
                zoho_client_secret: open(zoho, "zoho_client_secret", settings.zoho_client_secret)?,
                zoho_refresh_token: open(zoho, "zoho_refresh_token", settings.zoho_refresh_token)?,
                moodle_base_url: given(moodle, "moodle_base_url", settings.moodle_base_url)?,
                moodle_api_token: open(moodle, "moodle_api_token", settings.moodle_api_token)?,
                saved_at: settings.updated_at,
            })
        })();
        Ok(parts)
    }
}

/// Makes the failure of a connection that lacks a setting.
fn not_set(system: Provider, name: &str) -> RunFailure {
    let code = match system {
        Provider::Moodle => code::MOODLE_NOT_CONFIGURED,
        _ => code::ZOHO_NOT_CONFIGURED,
    };
    RunFailure::of(code, &[("field", &name)])
}

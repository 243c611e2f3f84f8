//! What a new school still has to do. Asks no other system.

use {
    super::Control,
    crate::{
        domain::{
            access::{Permission, Principal},
            checklist::{Enabled, Entry, Link, School},
            code::{Code, Provider},
            mapping::{self, FieldMapping},
            module::{Module, ModuleName, ScheduleMode},
        },
        error::Result,
        store::SettingsRow,
    },
};

impl Control {
    /// Returns the steps to a school that is synchronised by itself, in their order.
    pub async fn get_checklist(&self, who: &Principal) -> Result<Vec<Entry>> {
        let scope = self.authorise(who, Permission::SettingsRead)?;
        let rows = || self.store.of(&scope);
        let (settings, modules, mappings, broken) = tokio::try_join!(
            rows().settings(),
            rows().modules(),
            rows().all_mappings(),
            rows().broken_connections(),
        )?;
        let enabled = modules.iter().filter(|module| module.enabled && scope.holds(module.name));
        let modules: Vec<Enabled> = enabled.map(|module| view(module, &mappings)).collect();
        // Its history is only looked at while no module has run for real.
        let has_run = modules.iter().any(|module| module.has_run);
        let has_dry_run = has_run || rows().has_dry_run().await?;
        let (mut zoho, mut moodle) = (Link::default(), Link::default());
        if let Some(settings) = &settings {
            (zoho, moodle) = links(settings);
            // What was changed since may be mended.
            for (system, code, _) in
                broken.iter().filter(|(.., since)| *since >= settings.updated_at)
            {
                match system.as_str() {
                    system if system == Provider::Zoho.as_str() => zoho.broken = Code::find(code),
                    _ => moodle.broken = Code::find(code),
                }
            }
        }
        Ok(School { zoho, moodle, modules, has_dry_run }.checklist())
    }
}

fn view(module: &Module, mappings: &[(ModuleName, FieldMapping)]) -> Enabled {
    let own = mappings.iter().filter(|(name, _)| *name == module.name);
    let own: Vec<FieldMapping> = own.map(|(_, row)| row.clone()).collect();
    let mode = module.schedule_mode;
    let is_set = match mode {
        ScheduleMode::Manual => false,
        ScheduleMode::Cron => module.schedule_cron.is_some(),
        ScheduleMode::Webhook => true,
    };
    Enabled {
        name: module.name,
        missing: mapping::unmapped(module.name, &own),
        has_run: module.last_run_at.is_some(),
        has_worked: module.last_run_status.as_deref().is_some_and(|word| word != "failed"),
        is_scheduled: is_set && mode.fires(),
        waits_for_scheduler: is_set && !mode.fires(),
    }
}

/// Tells what is missing of the two connections.
fn links(settings: &SettingsRow) -> (Link, Link) {
    let first = |values: &[(&'static str, bool)]| {
        values.iter().find(|(_, is_set)| !is_set).map(|(name, _)| *name)
    };
    let zoho = Link {
        enabled: settings.zoho_enabled,
        missing: first(&[
            ("zoho_client_id", settings.zoho_client_id.is_some()),
            ("zoho_client_secret", settings.zoho_client_secret.is_some()),
            ("zoho_refresh_token", settings.zoho_refresh_token.is_some()),
        ]),
        broken: None,
    };
    let moodle = Link {
        enabled: settings.moodle_enabled,
        missing: first(&[
            ("moodle_base_url", settings.moodle_base_url.is_some()),
            ("moodle_api_token", settings.moodle_api_token.is_some()),
        ]),
        broken: None,
    };
    (zoho, moodle)
}

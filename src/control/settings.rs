//! Connection settings: read and change. Secrets are stored sealed and never returned.

use {
    super::Control,
    crate::{
        domain::{
            access::{Permission, Principal},
            audit::{Action, Author, Change},
            code::{self, Provider},
            fault::FieldFault,
            id::TenantId,
            origin::Origins,
            tenant::{Settings, SettingsPatch},
        },
        error::{Code, Error, Result},
        store::{AuditEntry, SettingsRow},
    },
};

impl Control {
    /// Returns the settings of the caller's tenant.
    pub async fn get_settings(&self, who: &Principal) -> Result<(TenantId, Settings)> {
        let scope = self.authorise(who, Permission::SettingsRead)?;
        let row = self.store.of(&scope).settings().await?.ok_or_else(not_found)?;
        Ok((scope.tenant().clone(), view(row)))
    }

    /// Changes the given settings and returns all of them.
    pub async fn update_settings(
        &self,
        who: &Principal,
        mut patch: SettingsPatch,
    ) -> Result<(TenantId, Settings)> {
        let scope = self.authorise(who, Permission::SettingsWrite)?;
        patch.drop_masks();
        let faults = patch.check(&self.urls);
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let sealer = self.vault.sealer(&self.store, &scope, &[]).await?;
        let tx = self.store.of(&scope).begin().await?;
        let mut row = tx.settings().await?.ok_or_else(not_found)?;
        let (before, new_token) = (origins(&row), patch.moodle_api_token.is_some());
        // Checked under the lock of the row, and before anything is stored.
        let strays = strays(&row, &patch);
        if !strays.is_empty() {
            return Err(Error::fields(strays));
        }
        let mut change = Change::default();
        set_flag(&mut row.moodle_enabled, patch.moodle_enabled, "moodle_enabled", &mut change);
        set_flag(&mut row.zoho_enabled, patch.zoho_enabled, "zoho_enabled", &mut change);
        let writeback = patch.grades_writeback;
        set_flag(&mut row.grades_writeback, writeback, "grades_writeback", &mut change);
        if let Some(credits) = patch.zoho_daily_credits {
            let new = (credits > 0).then_some(credits);
            change.note("zoho_daily_credits", row.zoho_daily_credits.into(), new.into());
            row.zoho_daily_credits = new;
        }
        if let Some(days) = patch.keep_days {
            let new = (days > 0).then_some(days);
            change.note("keep_days", row.keep_days.into(), new.into());
            row.keep_days = new;
        }
        for (field, value, name) in [
            (&mut row.moodle_base_url, patch.moodle_base_url, "moodle_base_url"),
            (&mut row.zoho_api_domain, patch.zoho_api_domain, "zoho_api_domain"),
            (&mut row.zoho_org_id, patch.zoho_org_id, "zoho_org_id"),
            (&mut row.zoho_accounts_url, patch.zoho_accounts_url, "zoho_accounts_url"),
            (&mut row.zoho_client_id, patch.zoho_client_id, "zoho_client_id"),
            (&mut row.time_zone, patch.time_zone, "time_zone"),
        ] {
            if let Some(text) = value {
                let new = (!text.is_empty()).then_some(text);
                change.note(name, field.clone().into(), new.clone().into());
                *field = new;
            }
        }
        let site = before.moodle().filter(|_| row.moodle_base_url.is_none() && !new_token);
        row.moodle_token_site = site.map(|origin| origin.as_str().to_owned());
        for (field, value, name) in [
            (&mut row.moodle_api_token, patch.moodle_api_token, "moodle_api_token"),
            (&mut row.zoho_client_secret, patch.zoho_client_secret, "zoho_client_secret"),
            (&mut row.zoho_refresh_token, patch.zoho_refresh_token, "zoho_refresh_token"),
        ] {
            if let Some(secret) = value {
                change.note_secret(name, field.is_some(), &secret);
                *field = if secret.is_empty() {
                    None
                } else {
                    Some(sealer.seal_setting(name, &secret)?)
                };
            }
        }
        row.updated_at = self.clock.now();
        let at = row.updated_at;
        if change.differs("moodle_base_url") || change.differs("zoho_api_domain") {
            tx.end_plans(None, "the connection was changed after they were planned", at).await?;
        }
        // A wait for a system ends with what it was for: wrong credentials, an address, the day's credits.
        let concerns = |system: &str| {
            let asked = |name: &String| name.starts_with(system) && !name.ends_with("_enabled");
            change.after().keys().any(asked)
        };
        let systems = [(Provider::Zoho, Provider::Moodle), (Provider::Moodle, Provider::Zoho)];
        for (system, other) in systems.into_iter().filter(|(system, _)| concerns(system.as_str())) {
            tx.lift_waits(system, other).await?;
        }
        let settings = view(row.clone());
        tx.save_settings(row).await?;
        let (author, action) = (Author::of(who), Action::UpdateSettings);
        let resource = scope.tenant().as_str();
        tx.audit(AuditEntry { author, action, resource, change, at }).await?;
        tx.commit().await?;
        self.wake.notify_one();
        Ok((scope.tenant().clone(), settings))
    }
}

/// Names each stored secret that a change would send to another address than the one it was entered for.
pub(super) fn strays(row: &SettingsRow, patch: &SettingsPatch) -> Vec<FieldFault> {
    let kept = [
        ("moodle_api_token", row.moodle_api_token.is_some(), &patch.moodle_api_token),
        ("zoho_client_secret", row.zoho_client_secret.is_some(), &patch.zoho_client_secret),
        ("zoho_refresh_token", row.zoho_refresh_token.is_some(), &patch.zoho_refresh_token),
    ];
    let is_kept = |name: &str| {
        kept.iter().any(|(own, is_set, given)| *own == name && *is_set && given.is_none())
    };
    let mut after = row.clone();
    for (field, value) in [
        (&mut after.moodle_base_url, &patch.moodle_base_url),
        (&mut after.zoho_api_domain, &patch.zoho_api_domain),
        (&mut after.zoho_accounts_url, &patch.zoho_accounts_url),
    ] {
        if let Some(text) = value {
            *field = Some(text.clone()).filter(|text| !text.is_empty());
        }
    }
    origins(row).strays(&origins(&after), is_kept)
}

fn origins(row: &SettingsRow) -> Origins {
    let [moodle, accounts, api] =
        [&row.moodle_base_url, &row.zoho_accounts_url, &row.zoho_api_domain].map(Option::as_deref);
    Origins::new(moodle, accounts, api).or_token_of(row.moodle_token_site.as_deref())
}

fn set_flag(field: &mut bool, value: Option<bool>, name: &str, change: &mut Change) {
    if let Some(value) = value {
        change.note(name, (*field).into(), value.into());
        *field = value;
    }
}

fn view(row: SettingsRow) -> Settings {
    Settings {
        moodle_enabled: row.moodle_enabled,
        moodle_base_url: row.moodle_base_url,
        zoho_enabled: row.zoho_enabled,
        zoho_api_domain: row.zoho_api_domain,
        zoho_org_id: row.zoho_org_id,
        zoho_accounts_url: row.zoho_accounts_url,
        zoho_client_id: row.zoho_client_id,
        extension_api_key: row.extension_api_key,
        moodle_api_token_set: row.moodle_api_token.is_some(),
        zoho_client_secret_set: row.zoho_client_secret.is_some(),
        zoho_refresh_token_set: row.zoho_refresh_token.is_some(),
        grades_writeback: row.grades_writeback,
        zoho_daily_credits: row.zoho_daily_credits,
        keep_days: row.keep_days,
        time_zone: row.time_zone,
    }
}

pub(super) fn not_found() -> Error {
    Error::new(Code::NotFound, code::SETTINGS_NOT_FOUND, "Settings not found")
}

//! SettingsService.

use {
    super::{Api, convert::timestamp, open, to_status},
    crate::{
        control::{ForgetRequest, ProviderUsage},
        domain::{
            id::TenantId,
            tenant::{Settings, SettingsPatch},
        },
        proto::pb::{self, settings_service_server::SettingsService},
    },
    tonic::{Request, Response, Status, async_trait},
};

fn message((tenant, settings): (TenantId, Settings)) -> pb::Settings {
    pb::Settings {
        tenant_id: tenant.to_string(),
        moodle_enabled: settings.moodle_enabled,
        moodle_base_url: settings.moodle_base_url,
        zoho_enabled: settings.zoho_enabled,
        zoho_api_domain: settings.zoho_api_domain,
        zoho_org_id: settings.zoho_org_id,
        extension_api_key: settings.extension_api_key,
        moodle_api_token_set: settings.moodle_api_token_set,
        zoho_accounts_url: settings.zoho_accounts_url,
        zoho_client_id: settings.zoho_client_id,
        zoho_client_secret_set: settings.zoho_client_secret_set,
        zoho_refresh_token_set: settings.zoho_refresh_token_set,
        grades_writeback: settings.grades_writeback,
        zoho_daily_credits: settings.zoho_daily_credits,
        keep_days: settings.keep_days,
        time_zone: settings.time_zone,
    }
}

fn patch(request: pb::UpdateSettingsRequest) -> SettingsPatch {
    SettingsPatch {
        moodle_enabled: request.moodle_enabled,
        moodle_base_url: request.moodle_base_url,
        moodle_api_token: request.moodle_api_token,
        zoho_enabled: request.zoho_enabled,
        zoho_api_domain: request.zoho_api_domain,
        zoho_org_id: request.zoho_org_id,
        zoho_accounts_url: request.zoho_accounts_url,
        zoho_client_id: request.zoho_client_id,
        zoho_client_secret: request.zoho_client_secret,
        zoho_refresh_token: request.zoho_refresh_token,
        grades_writeback: request.grades_writeback,
        zoho_daily_credits: request.zoho_daily_credits,
        keep_days: request.keep_days,
        time_zone: request.time_zone,
    }
}

fn usage(usage: ProviderUsage) -> pb::ProviderUsage {
    pb::ProviderUsage {
        provider: usage.used.provider,
        calls: usage.used.calls,
        credits: usage.used.credits,
        credits_limit: usage.credits_limit,
        concurrency: usage.concurrency,
        blocked_until: usage.used.blocked_until.map(timestamp),
        blocked_reason: usage.used.blocked_reason,
    }
}

#[async_trait]
impl SettingsService for Api {
    async fn get_settings(
        &self,
        request: Request<pb::GetSettingsRequest>,
    ) -> Result<Response<pb::GetSettingsResponse>, Status> {
        let (who, _) = open(request)?;
        let settings = self.control.get_settings(&who).await.map_err(to_status)?;
        Ok(Response::new(pb::GetSettingsResponse { settings: Some(message(settings)) }))
    }

    async fn update_settings(
        &self,
        request: Request<pb::UpdateSettingsRequest>,
    ) -> Result<Response<pb::UpdateSettingsResponse>, Status> {
        let (who, request) = open(request)?;
        let settings =
            self.control.update_settings(&who, patch(request)).await.map_err(to_status)?;
        Ok(Response::new(pb::UpdateSettingsResponse { settings: Some(message(settings)) }))
    }

    async fn forget_links(
        &self,
        request: Request<pb::ForgetLinksRequest>,
    ) -> Result<Response<pb::ForgetLinksResponse>, Status> {
        let (who, request) = open(request)?;
        let wish = ForgetRequest {
            address: request.moodle_base_url,
            module: request.module,
            ids: request.ids,
        };
        let links = self.control.forget_links(&who, wish).await.map_err(to_status)?;
        Ok(Response::new(pb::ForgetLinksResponse { links }))
    }

    async fn get_usage(
        &self,
        request: Request<pb::GetUsageRequest>,
    ) -> Result<Response<pb::GetUsageResponse>, Status> {
        let (who, _) = open(request)?;
        let providers = self.control.get_usage(&who).await.map_err(to_status)?;
        let providers = providers.into_iter().map(usage).collect();
        Ok(Response::new(pb::GetUsageResponse { providers }))
    }
}

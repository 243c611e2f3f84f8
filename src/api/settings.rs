//! SettingsService.

use {
    super::{Api, convert::timestamp, item::Answers, open, to_status},
    crate::{
        control::{ForgetRequest, ProviderUsage, TriedStage},
        domain::{
            checklist::{Entry, State},
            id::TenantId,
            tenant::{Settings, SettingsPatch},
            trial::Missing,
        },
        error::Error,
        proto::pb::{self, settings_service_server::SettingsService},
    },
    futures_util::StreamExt as _,
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

fn drafted(draft: pb::ConnectionDraft) -> SettingsPatch {
    SettingsPatch {
        moodle_base_url: draft.moodle_base_url,
        moodle_api_token: draft.moodle_api_token,
        zoho_api_domain: draft.zoho_api_domain,
        zoho_accounts_url: draft.zoho_accounts_url,
        zoho_client_id: draft.zoho_client_id,
        zoho_client_secret: draft.zoho_client_secret,
        zoho_refresh_token: draft.zoho_refresh_token,
        ..SettingsPatch::default()
    }
}

fn stage(tried: TriedStage) -> pb::ConnectionStage {
    let TriedStage { stage, took, finding } = tried;
    let missing = |missing: Missing| pb::MissingAccess {
        kind: missing.access.as_str().to_owned(),
        name: missing.name,
        modules: missing.modules.into_iter().map(|name| name.as_str().to_owned()).collect(),
        r#where: missing.place,
        url: missing.url,
    };
    pb::ConnectionStage {
        stage: stage.as_str().to_owned(),
        state: finding.verdict.as_str().to_owned(),
        ms: took.map(|took| i64::try_from(took.as_millis()).unwrap_or(i64::MAX)),
        code: finding.code.map(|code| code.word().to_owned()),
        message: Some(finding.message).filter(|message| !message.is_empty()),
        remedy: finding.remedy,
        missing: finding.missing.into_iter().map(missing).collect(),
    }
}

fn step(entry: Entry) -> pb::ChecklistStep {
    let state = entry.state.as_str().to_owned();
    let blocked_by = match entry.state {
        State::Blocked(steps) => steps.into_iter().map(|step| step.as_str().to_owned()).collect(),
        _ => Vec::new(),
    };
    let (is_done, lack) = (entry.lack.is_none(), entry.lack.unwrap_or_default());
    pb::ChecklistStep {
        step: entry.step.as_str().to_owned(),
        state,
        code: lack.code.map(|code| code.word().to_owned()),
        reason: (!is_done).then_some(lack.reason),
        blocked_by,
        modules: lack.modules.into_iter().map(|name| name.as_str().to_owned()).collect(),
        fields: lack.fields,
        screen: entry.screen.as_str().to_owned(),
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

    type TestConnectionStream = Answers<pb::TestConnectionResponse>;

    async fn test_connection(
        &self,
        request: Request<pb::TestConnectionRequest>,
    ) -> Result<Response<Self::TestConnectionStream>, Status> {
        let (who, request) = open(request)?;
        let draft = drafted(request.draft.unwrap_or_default());
        let stages = self.control.test_connection(&who, &request.provider, draft).await;
        let tried = |tried: Result<TriedStage, Error>| {
            let tried = tried.map_err(to_status)?;
            Ok(pb::TestConnectionResponse { stage: Some(stage(tried)) })
        };
        Ok(Response::new(Box::pin(stages.map_err(to_status)?.map(tried))))
    }

    async fn get_checklist(
        &self,
        request: Request<pb::GetChecklistRequest>,
    ) -> Result<Response<pb::GetChecklistResponse>, Status> {
        let (who, _) = open(request)?;
        let steps = self.control.get_checklist(&who).await.map_err(to_status)?;
        let steps = steps.into_iter().map(step).collect();
        Ok(Response::new(pb::GetChecklistResponse { steps }))
    }
}

//! ModuleService.

use {
    super::{Api, convert::timestamp, open, to_status},
    crate::{
        control::ModuleView,
        domain::module::ModulePatch,
        error::Error,
        proto::pb::{self, module_service_server::ModuleService},
    },
    tonic::{Request, Response, Status, async_trait},
};

fn message(ModuleView { module, warnings }: ModuleView) -> pb::Module {
    pb::Module {
        module_name: module.name.as_str().to_owned(),
        enabled: module.enabled,
        schedule_mode: module.schedule_mode.as_str().to_owned(),
        zoho_module: Some(module.effective_zoho_module().to_owned()),
        schedule_cron: module.schedule_cron,
        last_run_at: module.last_run_at.map(timestamp),
        last_run_status: module.last_run_status,
        last_run_count: module.last_run_count,
        warnings,
    }
}

#[async_trait]
impl ModuleService for Api {
    async fn list_modules(
        &self,
        request: Request<pb::ListModulesRequest>,
    ) -> Result<Response<pb::ListModulesResponse>, Status> {
        let (who, _) = open(request)?;
        let modules = self.control.list_modules(&who).await.map_err(to_status)?;
        Ok(Response::new(pb::ListModulesResponse {
            modules: modules.into_iter().map(message).collect(),
        }))
    }

    async fn update_module(
        &self,
        request: Request<pb::UpdateModuleRequest>,
    ) -> Result<Response<pb::UpdateModuleResponse>, Status> {
        let (who, request) = open(request)?;
        let patch = ModulePatch::parse(
            request.enabled,
            request.schedule_mode,
            request.schedule_cron,
            request.zoho_module,
        )
        .map_err(|faults| to_status(Error::fields(faults)))?;
        let module = self
            .control
            .update_module(&who, &request.module_name, patch)
            .await
            .map_err(to_status)?;
        Ok(Response::new(pb::UpdateModuleResponse { module: Some(message(module)) }))
    }
}

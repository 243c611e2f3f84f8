//! ModuleService.

use {
    super::{Api, convert::timestamp, open, to_status},
    crate::{
        control::ModuleView,
        domain::{
            layout::{Layout, LayoutPatch},
            module::ModulePatch,
        },
        error::Error,
        proto::pb::{self, module_service_server::ModuleService},
    },
    tonic::{Request, Response, Status, async_trait},
};

fn options(layout: Layout) -> pb::ModuleOptions {
    pb::ModuleOptions {
        target: layout.form.as_str().to_owned(),
        create_users: layout.create_users,
        match_by: layout.match_by.as_str().to_owned(),
        role_id: layout.role_id,
        category_id: layout.category_id,
        function: layout.function,
        parameter: layout.parameter,
        removal_action: layout.removal_action.as_str().to_owned(),
        brake_percent: layout.brake_percent,
        brake_min: layout.brake_min,
        suspend_on: layout.suspend_on,
        grade_scale: layout.grade_scale.as_str().to_owned(),
        brake_update_percent: layout.brake_update_percent,
        brake_field_percent: layout.brake_field_percent,
        brake_identity_percent: layout.brake_identity_percent,
        brake_create_factor: layout.brake_create_factor,
        rename_users: layout.rename_users.then_some(true),
    }
}

fn patch(input: pb::ModuleOptionsInput) -> LayoutPatch {
    LayoutPatch {
        target: input.target,
        create_users: input.create_users,
        match_by: input.match_by,
        role_id: input.role_id,
        category_id: input.category_id,
        function: input.function,
        parameter: input.parameter,
        removal_action: input.removal_action,
        brake_percent: input.brake_percent,
        brake_min: input.brake_min,
        suspend_on: input.suspend_on.map(|list| list.words),
        grade_scale: input.grade_scale,
        brake_update_percent: input.brake_update_percent,
        brake_field_percent: input.brake_field_percent,
        brake_identity_percent: input.brake_identity_percent,
        brake_create_factor: input.brake_create_factor,
        rename_users: input.rename_users,
    }
}

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
        options: Some(options(module.layout)),
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
        .map_err(|faults| to_status(Error::fields(faults)))?
        .with_layout(request.options.map(patch).unwrap_or_default());
        let module = self
            .control
            .update_module(&who, &request.module_name, patch)
            .await
            .map_err(to_status)?;
        Ok(Response::new(pb::UpdateModuleResponse { module: Some(message(module)) }))
    }
}

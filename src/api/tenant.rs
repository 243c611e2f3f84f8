//! TenantService.

use {
    super::{
        Api,
        convert::{limits, own_limits, timestamp},
        open, session, to_status,
    },
    crate::{
        control::{CreatedTenant, TenantChange, TenantInput},
        domain::tenant::Tenant,
        proto::pb::{self, tenant_service_server::TenantService},
    },
    secrecy::ExposeSecret as _,
    tonic::{Request, Response, Status, async_trait},
};

fn message(tenant: Tenant) -> pb::Tenant {
    pb::Tenant {
        tenant_id: tenant.id.to_string(),
        name: tenant.name,
        status: tenant.status.as_str().to_owned(),
        created_at: Some(timestamp(tenant.created_at)),
        updated_at: Some(timestamp(tenant.updated_at)),
        limits: limits(&tenant.limits),
        support_sessions: Vec::new(),
    }
}

fn created(created: CreatedTenant) -> pb::CreatedTenant {
    let tenant = message(created.tenant);
    pb::CreatedTenant {
        tenant_id: tenant.tenant_id,
        name: tenant.name,
        status: tenant.status,
        created_at: tenant.created_at,
        updated_at: tenant.updated_at,
        extension_api_key: created.key.to_string(),
        extension_api_secret: created.secret.expose_secret().to_owned(),
        min_scheme: created.min_scheme.as_str().to_owned(),
    }
}

#[async_trait]
impl TenantService for Api {
    async fn list_tenants(
        &self,
        request: Request<pb::ListTenantsRequest>,
    ) -> Result<Response<pb::ListTenantsResponse>, Status> {
        let (who, _) = open(request)?;
        let tenants = self.control.list_tenants(&who).await.map_err(to_status)?;
        Ok(Response::new(pb::ListTenantsResponse {
            tenants: tenants.into_iter().map(message).collect(),
        }))
    }

    async fn create_tenant(
        &self,
        request: Request<pb::CreateTenantRequest>,
    ) -> Result<Response<pb::CreateTenantResponse>, Status> {
        let (who, request) = open(request)?;
        let pb::CreateTenantRequest { tenant_id, name, status, v1_reason } = request;
        let input = TenantInput { tenant_id, name, status, v1_reason };
        let tenant = self.control.create_tenant(&who, input).await.map_err(to_status)?;
        Ok(Response::new(pb::CreateTenantResponse { tenant: Some(created(tenant)) }))
    }

    async fn get_tenant(
        &self,
        request: Request<pb::GetTenantRequest>,
    ) -> Result<Response<pb::GetTenantResponse>, Status> {
        let (who, pb::GetTenantRequest { tenant_id }) = open(request)?;
        let found = self.control.get_tenant(&who, &tenant_id).await.map_err(to_status)?;
        let support_sessions = found.support.into_iter().map(session::message).collect();
        let tenant = pb::Tenant { support_sessions, ..message(found.tenant) };
        Ok(Response::new(pb::GetTenantResponse { tenant: Some(tenant) }))
    }

    async fn update_tenant(
        &self,
        request: Request<pb::UpdateTenantRequest>,
    ) -> Result<Response<pb::UpdateTenantResponse>, Status> {
        let (who, request) = open(request)?;
        let pb::UpdateTenantRequest { tenant_id, name, status, limits } = request;
        let change = TenantChange { name, status, limits: limits.map(own_limits) };
        let tenant =
            self.control.update_tenant(&who, &tenant_id, change).await.map_err(to_status)?;
        Ok(Response::new(pb::UpdateTenantResponse { tenant: Some(message(tenant)) }))
    }
}

//! AccessService.

use {
    super::{
        Api,
        convert::{limits, own_limits, time, timestamp},
        open, session, to_status,
    },
    crate::{
        control::{KeyChange, KeyInput, TenantKey},
        domain::{
            access::{KeySecret, Visitor},
            fault::{Fault, FieldFault},
        },
        error::Error,
        proto::pb::{self, access_service_server::AccessService},
    },
    chrono::{DateTime, Utc},
    prost_types::Timestamp,
    secrecy::ExposeSecret as _,
    tonic::{Request, Response, Status, async_trait},
};

fn message(TenantKey { tenant, key }: TenantKey) -> pb::Key {
    pb::Key {
        key_id: key.id.to_string(),
        tenant_id: tenant.to_string(),
        name: key.name,
        roles: key.roles.iter().map(|role| role.as_str().to_owned()).collect(),
        created_at: Some(timestamp(key.created_at)),
        created_by: key.created_by,
        expires_at: key.expires_at.map(timestamp),
        allow_cidrs: key.allow_cidrs.iter().map(ToString::to_string).collect(),
        last_used_at: key.last_used_at.map(timestamp),
        min_scheme: key.scheme.least.as_str().to_owned(),
        v1_reason: key.scheme.v1_reason,
        only_mint: key.only_mint,
        limits: limits(&key.limits),
        secrets: key.secrets.into_iter().map(secret).collect(),
    }
}

fn secret(secret: KeySecret) -> pb::KeySecret {
    pb::KeySecret {
        secret_id: secret.id,
        created_at: Some(timestamp(secret.created_at)),
        retires_at: secret.retires_at.map(timestamp),
        last_used_at: secret.last_used_at.map(timestamp),
    }
}

fn refused(field: &str, reason: &str) -> Status {
    to_status(Error::fields(vec![FieldFault::new(field, Fault::Value(reason.into()))]))
}

fn end(stamp: Option<Timestamp>) -> Result<Option<DateTime<Utc>>, Status> {
    let read = |stamp| time(stamp).ok_or_else(|| refused("expires_at", "the time is not valid"));
    stamp.map(read).transpose()
}

fn change(request: pb::UpdateKeyRequest) -> Result<KeyChange, Status> {
    if request.expires_at.is_some() && request.never_expires {
        return Err(refused("never_expires", "not together with expires_at"));
    }
    if !request.allow_cidrs.is_empty() && request.allow_all {
        return Err(refused("allow_all", "not together with allow_cidrs"));
    }
    let expires_at = end(request.expires_at)?;
    let cidrs = request.allow_cidrs;
    Ok(KeyChange {
        name: request.name,
        expires_at: (expires_at.is_some() || request.never_expires).then_some(expires_at),
        allow_cidrs: (!cidrs.is_empty() || request.allow_all).then_some(cidrs),
        min_scheme: request.min_scheme,
        v1_reason: request.v1_reason,
        limits: request.limits.map(own_limits),
    })
}

#[async_trait]
impl AccessService for Api {
    async fn list_keys(
        &self,
        request: Request<pb::ListKeysRequest>,
    ) -> Result<Response<pb::ListKeysResponse>, Status> {
        let (who, request) = open(request)?;
        let keys = self.control.list_keys(&who, &request.tenant_id).await.map_err(to_status)?;
        let keys = keys.into_iter().map(message).collect();
        Ok(Response::new(pb::ListKeysResponse { keys }))
    }

    async fn create_key(
        &self,
        request: Request<pb::CreateKeyRequest>,
    ) -> Result<Response<pb::CreateKeyResponse>, Status> {
        let (who, request) = open(request)?;
        let input = KeyInput {
            name: request.name,
            roles: request.roles,
            expires_at: end(request.expires_at)?,
            allow_cidrs: request.allow_cidrs,
            min_scheme: request.min_scheme,
            v1_reason: request.v1_reason,
            only_mint: request.only_mint,
            limits: request.limits.map(own_limits),
        };
        let made = self.control.create_key(&who, &request.tenant_id, input).await;
        let made = made.map_err(to_status)?;
        let secret = made.secret.expose_secret().to_owned();
        Ok(Response::new(pb::CreateKeyResponse { key: Some(message(made.key)), secret }))
    }

    async fn update_key(
        &self,
        request: Request<pb::UpdateKeyRequest>,
    ) -> Result<Response<pb::UpdateKeyResponse>, Status> {
        let (who, request) = open(request)?;
        let (tenant, id) = (request.tenant_id.clone(), request.key_id.clone());
        let key = self.control.update_key(&who, &tenant, &id, change(request)?).await;
        Ok(Response::new(pb::UpdateKeyResponse { key: Some(message(key.map_err(to_status)?)) }))
    }

    async fn rotate_key(
        &self,
        request: Request<pb::RotateKeyRequest>,
    ) -> Result<Response<pb::RotateKeyResponse>, Status> {
        let (who, pb::RotateKeyRequest { key_id, tenant_id, overlap_s }) = open(request)?;
        let made = self.control.rotate_key(&who, &tenant_id, &key_id, overlap_s).await;
        let made = made.map_err(to_status)?;
        let secret = made.secret.expose_secret().to_owned();
        Ok(Response::new(pb::RotateKeyResponse { key: Some(message(made.key)), secret }))
    }

    async fn create_session(
        &self,
        request: Request<pb::CreateSessionRequest>,
    ) -> Result<Response<pb::CreateSessionResponse>, Status> {
        let (who, request) = open(request)?;
        let (tenant, input) = (request.tenant_id.clone(), session::input(request));
        let made = self.control.create_session(&who, &tenant, input).await.map_err(to_status)?;
        Ok(Response::new(session::opened(made)))
    }

    async fn list_sessions(
        &self,
        request: Request<pb::ListSessionsRequest>,
    ) -> Result<Response<pb::ListSessionsResponse>, Status> {
        let (who, pb::ListSessionsRequest { tenant_id }) = open(request)?;
        let sessions = self.control.list_sessions(&who, &tenant_id).await.map_err(to_status)?;
        let sessions = sessions.into_iter().map(session::message).collect();
        Ok(Response::new(pb::ListSessionsResponse { sessions }))
    }

    async fn revoke_session(
        &self,
        request: Request<pb::RevokeSessionRequest>,
    ) -> Result<Response<pb::RevokeSessionResponse>, Status> {
        let (who, pb::RevokeSessionRequest { session_id, tenant_id }) = open(request)?;
        let ended = self.control.revoke_session(&who, &tenant_id, &session_id).await;
        let ended = session::message(ended.map_err(to_status)?);
        Ok(Response::new(pb::RevokeSessionResponse { session: Some(ended) }))
    }

    async fn revoke_sessions(
        &self,
        request: Request<pb::RevokeSessionsRequest>,
    ) -> Result<Response<pb::RevokeSessionsResponse>, Status> {
        let (who, pb::RevokeSessionsRequest { key_id }) = open(request)?;
        let ended = self.control.revoke_sessions(&who, &key_id).await.map_err(to_status)?;
        let ended = i64::try_from(ended).unwrap_or(i64::MAX);
        Ok(Response::new(pb::RevokeSessionsResponse { ended }))
    }

    async fn claim_session(
        &self,
        request: Request<pb::ClaimSessionRequest>,
    ) -> Result<Response<pb::ClaimSessionResponse>, Status> {
        let visitor = request.extensions().get::<Visitor>().cloned().unwrap_or_default();
        let code = request.into_inner().code;
        let claimed = self.control.claim_session(visitor, &code).await.map_err(to_status)?;
        Ok(Response::new(session::claimed(claimed)))
    }

    async fn revoke_key(
        &self,
        request: Request<pb::RevokeKeyRequest>,
    ) -> Result<Response<pb::RevokeKeyResponse>, Status> {
        let (who, pb::RevokeKeyRequest { key_id, tenant_id }) = open(request)?;
        let key = self.control.revoke_key(&who, &tenant_id, &key_id).await.map_err(to_status)?;
        Ok(Response::new(pb::RevokeKeyResponse { key: Some(message(key)) }))
    }
}

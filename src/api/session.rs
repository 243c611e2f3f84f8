//! The messages of sessions; their calls are those of AccessService.

use {
    super::convert::timestamp,
    crate::{
        control::{OpenedSession, SessionInput, TenantSession},
        proto::pb,
    },
    secrecy::ExposeSecret as _,
};

pub(super) fn message(TenantSession { tenant, session }: TenantSession) -> pb::Session {
    pb::Session {
        session_id: session.id.to_string(),
        tenant_id: tenant.to_string(),
        key_id: session.key.to_string(),
        role: session.role.as_str().to_owned(),
        actor: session.actor,
        modules: session.modules.iter().map(|module| module.as_str().to_owned()).collect(),
        origin: session.origin,
        reason: session.reason,
        created_at: Some(timestamp(session.created_at)),
        expires_at: Some(timestamp(session.expires_at)),
        is_pending: session.is_pending,
    }
}

pub(super) fn input(request: pb::CreateSessionRequest) -> SessionInput {
    SessionInput {
        role: request.role,
        actor: request.actor,
        modules: request.modules,
        origin: request.origin,
        ttl_s: request.ttl_s,
        reason: request.reason,
        as_code: request.as_code,
    }
}

pub(super) fn opened(opened: OpenedSession) -> pb::CreateSessionResponse {
    let secret = opened.secret.expose_secret().to_owned();
    let session = message(opened.session);
    let (token, code) = match session.is_pending {
        true => (String::new(), secret),
        false => (secret, String::new()),
    };
    pb::CreateSessionResponse { session: Some(session), token, code }
}

pub(super) fn claimed(opened: OpenedSession) -> pb::ClaimSessionResponse {
    let token = opened.secret.expose_secret().to_owned();
    pb::ClaimSessionResponse { session: Some(message(opened.session)), token }
}

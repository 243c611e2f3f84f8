//! Sessions: opened by a key for a person, listed, ended, and claimed by a code. Their use is in `session_cache.rs`.

use {
    super::{Control, SessionInput, tenant},
    crate::{
        crypto,
        domain::{
            access::{
                CODE_S, Permission, Principal, SESSIONS_MAX, Session, Visitor, is_for_page,
                may_lend,
            },
            audit::{Action, Author, Change},
            code,
            id::{KeyId, SessionId, TenantId},
        },
        error::{Code, Error, Result},
        store::{AuditEntry, NewSession, SessionRow, SessionSecret, TenantScope, Tx},
    },
    chrono::{DateTime, TimeDelta, Utc},
    secrecy::{ExposeSecret as _, SecretString},
    serde_json::json,
    uuid::Uuid,
};

/// A session in a tenant's data.
#[derive(Debug, Clone)]
pub struct TenantSession {
    /// The tenant.
    pub tenant: TenantId,
    /// The session.
    pub session: Session,
}

/// A new session with what opens it, which is shown once.
#[derive(Debug)]
pub struct OpenedSession {
    /// The session.
    pub session: TenantSession,
    /// Its bearer, or the code that is changed into one.
    pub secret: SecretString,
}

impl Control {
    /// Opens a session in the caller's own tenant, or, for the platform role, in another one: then it is support
    /// access, which needs a reason, lets read and do nothing else, and is shown to that tenant.
    pub async fn create_session(
        &self,
        who: &Principal,
        tenant: &str,
        input: SessionInput,
    ) -> Result<OpenedSession> {
        let (scope, is_support) = self.session_scope(who, tenant).await?;
        let as_code = input.as_code;
        let terms = input.check(is_support).map_err(Error::fields)?;
        let may = match is_support {
            true => terms.role == crate::domain::access::Role::Viewer,
            false => may_lend(&who.roles, terms.role),
        };
        if !may {
            let role = terms.role.as_str();
            return Err(Error::advised(Code::Forbidden, code::SESSION_ROLE, &[("role", &role)]));
        }
        let (id, at) = (SessionId(Uuid::new_v4()), self.clock.now());
        let lasts = if as_code { CODE_S } else { terms.ttl_s };
        let (secret, stored) = new_secret(as_code)?;
        if self.store.across_tenants().live_sessions(&who.key, at).await? >= SESSIONS_MAX as u64 {
            return Err(full());
        }
        let tx = self.store.of(&scope).begin().await?;
        // Its lock lets the sessions of the tenant change one after the other.
        tx.tenant().await?.ok_or_else(tenant::not_found)?;
        if tx.count_sessions(&who.key, at).await? >= SESSIONS_MAX as u64 {
            return Err(full());
        }
        let (created_at, expires_at) = (at, at + TimeDelta::seconds(lasts));
        let (key, terms) = (&who.key, &terms);
        tx.insert_session(NewSession { id, key, secret: stored, terms, created_at, expires_at })
            .await?;
        let session = tx.session(id, at).await?.ok_or_else(not_found)?;
        let words: Vec<&str> = terms.modules.iter().map(|module| module.as_str()).collect();
        let change = Change::made(json!({
            "role": terms.role.as_str(), "actor": terms.actor, "modules": words,
            "origin": terms.origin, "reason": terms.reason, "ttl_s": terms.ttl_s,
        }));
        self.end_session_change(who, tx, Action::CreateSession, &id.to_string(), change, at)
            .await?;
        Ok(OpenedSession {
            session: TenantSession { tenant: scope.tenant().clone(), session },
            secret,
        })
    }

    /// Lists the sessions in a tenant's data that have not ended, also those of the operator of the deployment. An
    /// empty id means the caller's own tenant; of another one, the platform role sees its own sessions.
    pub async fn list_sessions(&self, who: &Principal, tenant: &str) -> Result<Vec<TenantSession>> {
        let (scope, is_support) = self.session_scope(who, tenant).await?;
        let sessions = self.store.of(&scope).sessions(self.clock.now()).await?.into_iter();
        let shown = sessions.filter(|session| may_see(who, is_support, session));
        Ok(shown.map(|session| TenantSession { tenant: scope.tenant().clone(), session }).collect())
    }

    /// Ends a session in the tenant's data, or, for the platform role, one of its own in another tenant's.
    pub async fn revoke_session(
        &self,
        who: &Principal,
        tenant: &str,
        id: &str,
    ) -> Result<TenantSession> {
        let (scope, is_support) = self.session_scope(who, tenant).await?;
        let id = Uuid::parse_str(id).map(SessionId).map_err(|_| not_found())?;
        let (tx, at) = (self.store.of(&scope).begin().await?, self.clock.now());
        let session = tx.session(id, at).await?;
        let session = session.filter(|session| may_see(who, is_support, session));
        let session = session.ok_or_else(not_found)?;
        tx.revoke_session(id, at).await?;
        let before =
            json!({ "actor": session.actor, "key_id": session.key.as_str(), "live": true });
        let change = Change::between(before, json!({ "live": false }));
        self.end_session_change(who, tx, Action::RevokeSession, &id.to_string(), change, at)
            .await?;
        Ok(TenantSession { tenant: scope.tenant().clone(), session })
    }

    /// Ends the sessions of a key in the caller's tenant, and returns their number.
    pub async fn revoke_sessions(&self, who: &Principal, key: &str) -> Result<u64> {
        let scope = self.authorise(who, Permission::SessionCreate)?;
        let (tx, at) = (self.store.of(&scope).begin().await?, self.clock.now());
        let known = KeyId::parse(key).filter(|key| !who.only_mint || *key == who.key);
        let known = known.ok_or_else(super::access::not_found)?;
        let ended = tx.revoke_sessions(&known, at).await?;
        if ended == 0 && !tx.keys().await?.iter().any(|own| own.id == known) {
            return Err(super::access::not_found());
        }
        let change = Change::between(json!({ "live": ended }), json!({ "live": 0 }));
        self.end_session_change(who, tx, Action::RevokeSessions, key, change, at).await?;
        Ok(ended)
    }

    /// Changes a code into the bearer of its session, once. Of any number of claims one wins. The page of another origin
    /// than the session's is answered like one with an unknown code, and uses up none.
    pub async fn claim_session(&self, visitor: Visitor, code: &str) -> Result<OpenedSession> {
        let unknown = || {
            let message = code::CODE_NOT_VALID.advice(&[]);
            Error::new(Code::NotFound, code::CODE_NOT_VALID, message)
        };
        let (secret, stored) = new_secret(false)?;
        let SessionSecret::Bearer(bearer) = stored else { return Err(not_found()) };
        let hash = crypto::signature::hash(code.as_bytes());
        let at = self.clock.now();
        let found = self.store.across_tenants().session_of_code(&hash, at).await?;
        let Visitor { call, origins } = visitor;
        let fits = |row: &SessionRow| {
            is_for_page(row.session.origin.as_deref(), origins.iter().map(Vec::as_slice))
        };
        let tenant = found.filter(fits).ok_or_else(unknown)?.tenant_id;
        let tenant = TenantId::parse(&tenant).map_err(|fault| Error::internal(fault.message()))?;
        let tx = self.store.of(&TenantScope::new(tenant.clone())).begin().await?;
        let session = tx.claim_session(&hash, &bearer, at).await?.ok_or_else(unknown)?;
        let change = Change::made(json!({ "expires_at": session.expires_at }));
        let (author, action) = (Author::of_session(&session, call), Action::ClaimSession);
        let resource = session.id.to_string();
        tx.audit(AuditEntry { author, action, resource: &resource, change, at }).await?;
        tx.commit().await?;
        Ok(OpenedSession { session: TenantSession { tenant, session }, secret })
    }

    /// Makes a code for the seeded key, for the page of a developer on this machine.
    pub async fn default_session_code(&self) -> Result<SecretString> {
        let who = self.default_principal()?;
        let (role, actor) = ("owner".to_owned(), "developer".to_owned());
        let input = SessionInput { role, actor, as_code: true, ..SessionInput::default() };
        Ok(self.create_session(&who, "", input).await?.secret)
    }

    /// Checks the permission, and returns the scope of the tenant that the caller names, with whether it is another one
    /// than its own.
    async fn session_scope(&self, who: &Principal, tenant: &str) -> Result<(TenantScope, bool)> {
        let own = self.authorise(who, Permission::SessionCreate)?;
        if tenant.is_empty() || tenant == own.tenant().as_str() {
            return Ok((own, false));
        }
        let named = TenantId::parse(tenant).ok().filter(|_| who.is_platform());
        let scope = TenantScope::new(named.ok_or_else(tenant::not_found)?);
        self.store.of(&scope).tenant().await?.ok_or_else(tenant::not_found)?;
        Ok((scope, true))
    }

    /// Writes the audit entry, commits, and lets this process see the change at once.
    async fn end_session_change(
        &self,
        who: &Principal,
        tx: Tx,
        action: Action,
        resource: &str,
        change: Change,
        at: DateTime<Utc>,
    ) -> Result<()> {
        tx.audit(AuditEntry { author: Author::of(who), action, resource, change, at }).await?;
        tx.commit().await?;
        self.sessions.forget();
        Ok(())
    }
}

/// Support sees its own sessions in another tenant's data, and so does a key that does nothing but open them.
fn may_see(who: &Principal, is_support: bool, session: &Session) -> bool {
    session.key == who.key || !(is_support || who.only_mint)
}

/// Makes a bearer, `et_` and 256 random bits, or a code of 128 bits; and what of it is stored.
fn new_secret(as_code: bool) -> Result<(SecretString, SessionSecret)> {
    let secret = match as_code {
        true => crypto::random_text(22).map(SecretString::from),
        false => crypto::generate_bearer(),
    };
    let secret = secret.map_err(Error::internal)?;
    let hash = crypto::signature::hash(secret.expose_secret().as_bytes());
    let stored = if as_code { SessionSecret::Code(hash) } else { SessionSecret::Bearer(hash) };
    Ok((secret, stored))
}

fn full() -> Error {
    Error::advised(Code::Refused, code::SESSIONS_FULL, &[("max", &SESSIONS_MAX)])
}

fn not_found() -> Error {
    Error::new(Code::NotFound, code::SESSION_NOT_FOUND, "Session not found")
}

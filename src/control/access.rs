//! Keys of tenants: list, make, change, rotate, revoke. Their use is in `key_cache.rs`, the first one in `bootstrap.rs`.

use {
    super::{Control, Mode, tenant},
    crate::{
        crypto,
        domain::{
            access::{
                Cidr, KEYS_MAX, Key, OVERLAP_S, OVERLAPS_S, Permission, Principal, Role,
                SchemeChoice, check_expiry, check_name, parse_cidrs, parse_roles,
            },
            audit::{Action, Author, Change},
            code,
            fault::{Fault, FieldFault},
            id::{KeyId, TenantId},
            rate::OwnLimits,
        },
        error::{Code, Error, Result},
        store::{AuditEntry, NewKey, PlatformElsewhere, TenantScope, Tx},
    },
    chrono::{DateTime, TimeDelta, Utc},
    secrecy::{ExposeSecret as _, SecretString},
    serde_json::{Value, json},
};

/// A key to make, unchecked.
#[derive(Debug, Clone, Default)]
pub struct KeyInput {
    /// Its name.
    pub name: String,
    /// Words of its roles.
    pub roles: Vec<String>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// The networks from which it may be used; empty for all.
    pub allow_cidrs: Vec<String>,
    /// The word of the scheme that it must sign in at least; what is usual in the deployment, if absent.
    pub min_scheme: Option<String>,
    /// Why it may sign in v1.
    pub v1_reason: Option<String>,
    /// True if it opens sessions and does nothing else.
    pub only_mint: bool,
    /// The limits of its own.
    pub limits: Option<OwnLimits>,
}

/// Unchecked changes to a key; absent ones keep the value.
#[derive(Debug, Clone, Default)]
pub struct KeyChange {
    /// Its name.
    pub name: Option<String>,
    /// From when on it is refused; `Some(None)` for never.
    pub expires_at: Option<Option<DateTime<Utc>>>,
    /// The networks from which it may be used; empty for all.
    pub allow_cidrs: Option<Vec<String>>,
    /// The word of the scheme that it must sign in at least.
    pub min_scheme: Option<String>,
    /// Why it may sign in v1.
    pub v1_reason: Option<String>,
    /// The limits of its own.
    pub limits: Option<OwnLimits>,
}

/// A key of a tenant.
#[derive(Debug, Clone)]
pub struct TenantKey {
    /// The tenant.
    pub tenant: TenantId,
    /// The key.
    pub key: Key,
}

/// A key with a secret that is shown once.
#[derive(Debug)]
pub struct IssuedKey {
    /// The key.
    pub key: TenantKey,
    /// The secret.
    pub secret: SecretString,
}

/// A key whose change has begun.
struct KeyForChange {
    tx: Tx,
    /// The keys of its tenant.
    keys: Vec<Key>,
    key: Key,
    /// The platform keys of other tenants.
    elsewhere: PlatformElsewhere,
}

impl Control {
    /// Lists the keys of a tenant that are not revoked. An empty id means the caller's own tenant; another one is for
    /// the platform role.
    pub async fn list_keys(&self, who: &Principal, tenant: &str) -> Result<Vec<TenantKey>> {
        let scope = self.named_scope(who, Permission::KeyRead, tenant).await?;
        let keys = self.store.of(&scope).keys().await?;
        Ok(keys.into_iter().map(|key| TenantKey { tenant: scope.tenant().clone(), key }).collect())
    }

    /// Makes a key.
    pub async fn create_key(
        &self,
        who: &Principal,
        tenant: &str,
        input: KeyInput,
    ) -> Result<IssuedKey> {
        let scope = self.named_scope(who, Permission::KeyWrite, tenant).await?;
        let (mut faults, at) = (Vec::new(), self.clock.now());
        check_name(&input.name, &mut faults);
        let roles = parse_roles(&input.roles, &mut faults);
        if let Some(end) = input.expires_at {
            check_expiry(end, at, &mut faults);
        }
        let allow_cidrs = parse_cidrs(&input.allow_cidrs, &mut faults);
        let scheme = self.scheme(input.min_scheme.as_deref(), &input.v1_reason, &mut faults);
        let limits = input.limits.unwrap_or_default();
        self.check_limits(who, &scope, &limits, &mut faults).await?;
        if input.only_mint && !roles.iter().any(|role| role.allows(Permission::SessionCreate)) {
            let reason = "only keys with the role owner or platform open sessions".to_owned();
            faults.push(FieldFault::new("only_mint", Fault::Value(reason)));
        }
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        check_rank(who, &roles)?;
        let id = crypto::generate_key_id().map_err(Error::internal)?;
        let (secret, sealed) = self.new_secret(&scope, &id).await?;
        let change = Change::made(json!({
            "name": input.name, "roles": Role::join(&roles), "expires_at": input.expires_at,
            "allow_cidrs": texts(&allow_cidrs), "min_scheme": scheme.least.as_str(),
            "v1_reason": scheme.v1_reason, "only_mint": input.only_mint, "secret": "set",
            "limits": tenant::told_limits(&limits),
        }));
        let tx = self.store.of(&scope).begin().await?;
        // Its lock lets keys of the tenant change one after the other.
        tx.tenant().await?.ok_or_else(tenant::not_found)?;
        if tx.keys().await?.len() >= KEYS_MAX {
            return Err(refused(code::KEYS_FULL, ("max", &KEYS_MAX)));
        }
        let new = NewKey {
            key_id: id.clone(),
            name: input.name,
            roles,
            expires_at: input.expires_at,
            allow_cidrs,
            created_by: Some(who.key.to_string()),
            scheme,
            only_mint: input.only_mint,
            limits,
            secret: sealed,
        };
        tx.insert_key(new, at).await?;
        let key = find(&tx, &id).await?;
        self.finish(who, tx, Action::CreateKey, &id, change, at).await?;
        Ok(IssuedKey { key: TenantKey { tenant: scope.tenant().clone(), key }, secret })
    }

    /// Changes a key.
    pub async fn update_key(
        &self,
        who: &Principal,
        tenant: &str,
        id: &str,
        change: KeyChange,
    ) -> Result<TenantKey> {
        let scope = self.named_scope(who, Permission::KeyWrite, tenant).await?;
        let (mut faults, at) = (Vec::new(), self.clock.now());
        if let Some(name) = &change.name {
            check_name(name, &mut faults);
        }
        if let Some(Some(end)) = change.expires_at {
            check_expiry(end, at, &mut faults);
        }
        let cidrs = change.allow_cidrs.map(|texts| parse_cidrs(&texts, &mut faults));
        let scheme = match (change.min_scheme.as_deref(), &change.v1_reason) {
            (None, None) => None,
            (word, reason) => Some(self.scheme(word, reason, &mut faults)),
        };
        if let Some(limits) = &change.limits {
            self.check_limits(who, &scope, limits, &mut faults).await?;
        }
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let KeyForChange { tx, keys, mut key, elsewhere } =
            self.key_for_change(who, &scope, id).await?;
        if change.expires_at.flatten().is_some() {
            check_last(&keys, &key, elsewhere, at)?;
        }
        let mut told = Change::default();
        if let Some(name) = change.name {
            told.note("name", json!(key.name), json!(name));
            key.name = name;
        }
        if let Some(end) = change.expires_at {
            told.note("expires_at", json!(key.expires_at), json!(end));
            key.expires_at = end;
        }
        // Its sessions may have been opened from where the key is not for any more.
        let narrower = cidrs.as_ref().is_some_and(|cidrs| !all_covered(&key.allow_cidrs, cidrs));
        if narrower {
            tx.revoke_sessions(&key.id, at).await?;
        }
        if let Some(cidrs) = cidrs {
            told.note("allow_cidrs", texts(&key.allow_cidrs), texts(&cidrs));
            key.allow_cidrs = cidrs;
        }
        if let Some(scheme) = scheme {
            told.note("min_scheme", json!(key.scheme.least.as_str()), json!(scheme.least.as_str()));
            told.note("v1_reason", json!(key.scheme.v1_reason), json!(scheme.v1_reason));
            key.scheme = scheme;
        }
        if let Some(limits) = change.limits {
            let told_of = |limits: &OwnLimits| json!(tenant::told_limits(limits));
            told.note("limits", told_of(&key.limits), told_of(&limits));
            key.limits = limits;
        }
        tx.save_key(&key).await?;
        self.finish(who, tx, Action::UpdateKey, &key.id.clone(), told, at).await?;
        if narrower {
            self.end_elsewhere(&key, at).await?;
        }
        Ok(TenantKey { tenant: scope.tenant().clone(), key })
    }

    /// Gives a key a new secret; the one before stays valid for the overlap, in seconds.
    pub async fn rotate_key(
        &self,
        who: &Principal,
        tenant: &str,
        id: &str,
        overlap_s: Option<i64>,
    ) -> Result<IssuedKey> {
        let scope = self.named_scope(who, Permission::KeyWrite, tenant).await?;
        let overlap_s = overlap_s.unwrap_or(OVERLAP_S);
        if !OVERLAPS_S.contains(&overlap_s) {
            let (min, max) = (*OVERLAPS_S.start(), *OVERLAPS_S.end());
            let fault = if overlap_s < min { Fault::Below { min } } else { Fault::Above { max } };
            return Err(Error::fields(vec![FieldFault::new("overlap_s", fault)]));
        }
        let parsed = KeyId::parse(id).ok_or_else(not_found)?;
        let before = self.store.of(&scope).keys().await?;
        let before = before.iter().find(|key| key.id == parsed).ok_or_else(not_found)?.newest();
        let (secret, sealed) = self.new_secret(&scope, &parsed).await?;
        let KeyForChange { tx, key, .. } = self.key_for_change(who, &scope, id).await?;
        let at = self.clock.now();
        let overlapping = key.overlap(at).is_some() && overlap_s > 0;
        if key.newest() != before || overlapping {
            return Err(Error::advised(Code::Stale, code::KEY_ROTATED, &[("key", &key.id)]));
        }
        let retires_at = at + TimeDelta::seconds(overlap_s);
        tx.rotate_key(&key, sealed, retires_at, at).await?;
        if overlap_s == 0 {
            // They may have been opened with the secret that ends.
            tx.revoke_sessions(&key.id, at).await?;
        }
        let newest = key.newest();
        let key = find(&tx, &key.id).await?;
        let before = json!({ "secret": "set", "secret_id": newest });
        let after =
            json!({ "secret": "replaced", "secret_id": key.newest(), "overlap_s": overlap_s });
        let change = Change::between(before, after);
        self.finish(who, tx, Action::RotateKey, &key.id, change, at).await?;
        if overlap_s == 0 {
            self.end_elsewhere(&key, at).await?;
        }
        Ok(IssuedKey { key: TenantKey { tenant: scope.tenant().clone(), key }, secret })
    }

    /// Revokes a key. When the settings name it as the tenant's key, they name another owner key from then on.
    pub async fn revoke_key(&self, who: &Principal, tenant: &str, id: &str) -> Result<TenantKey> {
        let scope = self.named_scope(who, Permission::KeyWrite, tenant).await?;
        let KeyForChange { tx, keys, key, elsewhere } =
            self.key_for_change(who, &scope, id).await?;
        let at = self.clock.now();
        check_last(&keys, &key, elsewhere, at)?;
        tx.revoke_key(&key.id, at).await?;
        let mut settings = tx.settings().await?.ok_or_else(super::settings::not_found)?;
        if settings.extension_api_key == key.id.as_str() {
            let next = owners(&keys, &key, at).next().or_else(|| keys.iter().find(|k| **k != key));
            if let Some(next) = next {
                settings.extension_api_key = next.id.to_string();
                tx.save_settings(settings).await?;
            }
        }
        let told = |revoked: Option<DateTime<Utc>>| json!({ "name": key.name, "roles": Role::join(&key.roles), "revoked_at": revoked });
        let change = Change::between(told(None), told(Some(at)));
        self.finish(who, tx, Action::RevokeKey, &key.id, change, at).await?;
        Ok(TenantKey { tenant: scope.tenant().clone(), key })
    }

    /// Checks the limits that a key is to have: at most those of its tenant, unless the caller may change these too.
    async fn check_limits(
        &self,
        who: &Principal,
        scope: &TenantScope,
        limits: &OwnLimits,
        faults: &mut Vec<FieldFault>,
    ) -> Result<()> {
        limits.check(faults);
        if *limits != OwnLimits::default() && !who.is_platform() {
            let tenant = self.store.of(scope).tenant().await?.ok_or_else(tenant::not_found)?;
            limits.check_within(&tenant.limits, faults);
        }
        Ok(())
    }

    /// Checks a permission and returns the scope of the tenant that the caller names.
    pub(super) async fn named_scope(
        &self,
        who: &Principal,
        permission: Permission,
        tenant: &str,
    ) -> Result<TenantScope> {
        let own = self.authorise(who, permission)?;
        if tenant.is_empty() || tenant == own.tenant().as_str() {
            return Ok(own);
        }
        let named = TenantId::parse(tenant).ok().filter(|_| who.is_platform());
        let scope = TenantScope::new(named.ok_or_else(tenant::not_found)?);
        self.store.of(&scope).tenant().await?.ok_or_else(tenant::not_found)?;
        Ok(scope)
    }

    /// Begins the change of a key, with the tenant's keys. The tenant's row is locked, so that changes follow one
    /// another. A key that the caller could not have made is refused: its new secret would be a way to its role.
    async fn key_for_change(
        &self,
        who: &Principal,
        scope: &TenantScope,
        id: &str,
    ) -> Result<KeyForChange> {
        let (tx, elsewhere) = match who.is_platform() {
            true => {
                self.store.across_tenants().begin_without_platform(scope, self.clock.now()).await?
            }
            // What another caller may change has not the platform role.
            false => (self.store.of(scope).begin().await?, PlatformElsewhere::default()),
        };
        tx.tenant().await?.ok_or_else(tenant::not_found)?;
        let keys = tx.keys().await?;
        let key = keys.iter().find(|key| key.id.as_str() == id).cloned().ok_or_else(not_found)?;
        check_rank(who, &key.roles)?;
        Ok(KeyForChange { tx, keys, key, elsewhere })
    }

    /// Checks the scheme that a key is to sign in at least.
    pub(super) fn scheme(
        &self,
        word: Option<&str>,
        v1_reason: &Option<String>,
        faults: &mut Vec<FieldFault>,
    ) -> SchemeChoice {
        SchemeChoice::parse(word, v1_reason.as_deref(), self.mode == Mode::Production, faults)
    }

    /// Ends the sessions that a platform key has opened in the data of other tenants, which its own transaction does not
    /// reach.
    async fn end_elsewhere(&self, key: &Key, at: DateTime<Utc>) -> Result<()> {
        if key.roles.contains(&Role::Platform) {
            self.store.across_tenants().revoke_sessions(&key.id, at).await?;
            self.sessions.forget();
        }
        Ok(())
    }

    /// Makes a secret of a key, with its sealed form.
    async fn new_secret(&self, scope: &TenantScope, id: &KeyId) -> Result<(SecretString, Vec<u8>)> {
        let secret = crypto::generate_secret().map_err(Error::internal)?;
        let sealer = self.vault.sealer(&self.store, scope, &[]).await?;
        let sealed = sealer.seal_key_secret(id, secret.expose_secret())?;
        Ok((secret, sealed))
    }

    /// Writes the audit entry, commits, and lets this process see the change at once.
    async fn finish(
        &self,
        who: &Principal,
        tx: Tx,
        action: Action,
        id: &KeyId,
        change: Change,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let (author, resource) = (Author::of(who), id.as_str());
        tx.audit(AuditEntry { author, action, resource, change, at }).await?;
        tx.commit().await?;
        self.keys.forget_key(id);
        self.sessions.forget();
        Ok(())
    }
}

/// The other keys of a tenant that are accepted and have the role of an owner.
fn owners<'a>(keys: &'a [Key], key: &'a Key, now: DateTime<Utc>) -> impl Iterator<Item = &'a Key> {
    let owns = move |other: &&Key| other.is_live(now) && other.roles.contains(&Role::Owner);
    keys.iter().filter(move |other| other.id != key.id).filter(owns)
}

/// Refuses what would leave a tenant without an owner key that is accepted, or the deployment without a platform key. A key
/// that opens sessions only does not make up for one, nor does one that ends for one that does not.
fn check_last(
    keys: &[Key],
    key: &Key,
    elsewhere: PlatformElsewhere,
    now: DateTime<Utc>,
) -> Result<()> {
    let others = |role: Role| {
        let others = keys.iter().filter(|other| other.id != key.id && other.is_live(now));
        let lasts = |other: &&Key| other.expires_at.is_none() || key.expires_at.is_some();
        let full = others.filter(|other| !other.only_mint).filter(lasts);
        full.filter(move |other| other.roles.contains(&role)).count()
    };
    let is_last = |role: Role| key.roles.contains(&role) && others(role) == 0;
    let elsewhere = elsewhere.lasting || (elsewhere.accepted && key.expires_at.is_some());
    let counts = key.is_live(now) && !key.only_mint;
    if counts && (is_last(Role::Owner) || (is_last(Role::Platform) && !elsewhere)) {
        return Err(refused(code::KEY_IS_LAST, ("key", &key.id)));
    }
    Ok(())
}

/// Refuses a caller without the platform role where a key has it.
fn check_rank(who: &Principal, roles: &[Role]) -> Result<()> {
    if roles.contains(&Role::Platform) && !who.is_platform() {
        let code = code::AUTH_ROLE_REQUIRED;
        return Err(Error::new(Code::Forbidden, code, "Platform role required"));
    }
    Ok(())
}

/// Returns whether all addresses of these networks are also within others. No networks stand for all addresses.
fn all_covered(networks: &[Cidr], within: &[Cidr]) -> bool {
    let covered = |network: &Cidr| within.iter().any(|wide| wide.covers(network));
    within.is_empty() || (!networks.is_empty() && networks.iter().all(covered))
}

async fn find(tx: &Tx, id: &KeyId) -> Result<Key> {
    tx.keys().await?.into_iter().find(|key| key.id == *id).ok_or_else(not_found)
}

fn texts(cidrs: &[Cidr]) -> Value {
    cidrs.iter().map(ToString::to_string).collect()
}

fn refused(word: code::Code, gap: (&str, &dyn std::fmt::Display)) -> Error {
    Error::advised(Code::Refused, word, &[gap])
}

pub(super) fn not_found() -> Error {
    Error::new(Code::NotFound, code::KEY_NOT_FOUND, "Key not found")
}

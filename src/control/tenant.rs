//! Tenants: list, create, read, change.

use {
    super::{Control, TenantSession, vault::Sealer},
    crate::{
        crypto,
        domain::{
            access::{Permission, Principal, Role, Scheme, SchemeChoice},
            audit::{Action, Author, Change},
            code::{self, Gaps},
            fault::{Fault, FieldFault},
            id::{KeyId, TenantId},
            mapping,
            module::{Module, ModuleName},
            rate::OwnLimits,
            tenant::{self, Tenant, TenantStatus},
        },
        error::{Code, Error, Result},
        store::{AuditEntry, NewKey, NewTenant, StoreError, TenantScope, Tx},
    },
    secrecy::{ExposeSecret as _, SecretString},
    serde_json::{Value, json},
};

/// A tenant to create, unchecked.
#[derive(Debug, Clone, Default)]
pub struct TenantInput {
    /// Its id.
    pub tenant_id: String,
    /// Its name.
    pub name: String,
    /// Its status; active if absent.
    pub status: Option<String>,
    /// Why its key may sign in v1; absent for what is usual in the deployment.
    pub v1_reason: Option<String>,
}

/// Unchecked changes to a tenant; absent fields keep their value.
#[derive(Debug, Clone, Default)]
pub struct TenantChange {
    /// Its name.
    pub name: Option<String>,
    /// Its status.
    pub status: Option<String>,
    /// The limits of its own.
    pub limits: Option<OwnLimits>,
}

/// A tenant with the support access that is open in it.
#[derive(Debug)]
pub struct TenantOverview {
    /// The tenant.
    pub tenant: Tenant,
    /// Sessions with which the operator of the deployment reads the tenant's data, the newest first.
    pub support: Vec<TenantSession>,
}

/// A new tenant with its credential.
#[derive(Debug)]
pub struct CreatedTenant {
    /// The tenant.
    pub tenant: Tenant,
    /// Public id of its key.
    pub key: KeyId,
    /// The key's secret; it is not stored in readable form.
    pub secret: SecretString,
    /// The scheme that the key must sign in at least.
    pub min_scheme: Scheme,
}

impl Control {
    /// Lists tenants: all for the platform role, otherwise the caller's own.
    pub async fn list_tenants(&self, who: &Principal) -> Result<Vec<Tenant>> {
        let scope = self.authorise(who, Permission::TenantRead)?;
        let only = (!who.is_platform()).then(|| scope.tenant());
        Ok(self.store.across_tenants().tenants(only).await?)
    }

    /// Returns a tenant with the support access that is open in it. Another tenant's id does not exist for a tenant's own
    /// key.
    pub async fn get_tenant(&self, who: &Principal, id: &str) -> Result<TenantOverview> {
        let own = self.authorise(who, Permission::TenantRead)?;
        let scope = TenantId::parse(id).map(TenantScope::new).map_err(|_| not_found())?;
        if scope.tenant() != own.tenant() && !who.is_platform() {
            return Err(not_found());
        }
        let rows = self.store.of(&scope);
        let tenant = rows.tenant().await?.ok_or_else(not_found)?;
        let open = rows.support_sessions(self.clock.now()).await?.into_iter();
        let support = open.map(|session| TenantSession { tenant: tenant.id.clone(), session });
        let support = support.collect();
        Ok(TenantOverview { tenant, support })
    }

    /// Creates a tenant with its settings, its eight modules, the default mappings and a key.
    pub async fn create_tenant(
        &self,
        who: &Principal,
        input: TenantInput,
    ) -> Result<CreatedTenant> {
        self.authorise(who, Permission::TenantCreate)?;
        let (tenant, scheme) = self.check_new(input)?;
        let key = crypto::generate_key_id().map_err(Error::internal)?;
        let secret = crypto::generate_secret().map_err(Error::internal)?;
        let min_scheme = scheme.least;
        let roles = (&[Role::Owner][..], scheme);
        let new = self.new_tenant(&tenant, &key, &secret, roles, false).await?;
        self.insert_tenant(new, Author::of(who), Action::CreateTenant).await?;
        Ok(CreatedTenant { tenant, key, secret, min_scheme })
    }

    /// Changes a tenant's name, status or limits.
    pub async fn update_tenant(
        &self,
        who: &Principal,
        id: &str,
        change: TenantChange,
    ) -> Result<Tenant> {
        self.authorise(who, Permission::TenantUpdate)?;
        let mut faults = Vec::new();
        if let Some(Err(fault)) = change.name.as_deref().map(tenant::check_name) {
            faults.push(FieldFault::new("name", fault));
        }
        let status = change.status.as_deref().map(|word| parse_status(word, &mut faults));
        if let Some(limits) = change.limits {
            limits.check(&mut faults);
        }
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let scope = TenantId::parse(id).map(TenantScope::new).map_err(|_| not_found())?;
        if *scope.tenant() == who.tenant && status.is_some_and(|new| new != TenantStatus::Active) {
            let message = format!("Tenant '{id}' is the key's own and stays active");
            return Err(Error::new(Code::Refused, code::TENANT_IS_OWN, message));
        }
        let ends = status.is_some_and(|new| new != TenantStatus::Active);
        let tx = match ends {
            true => self.begin_end(&scope).await?,
            false => self.store.of(&scope).begin().await?,
        };
        let mut tenant = tx.tenant().await?.ok_or_else(not_found)?;
        let before = told(&tenant);
        if let Some(name) = change.name {
            tenant.name = name;
        }
        if let Some(status) = status {
            tenant.status = status;
        }
        if let Some(limits) = change.limits {
            tenant.limits = limits;
        }
        tenant.updated_at = self.clock.now();
        tx.save_tenant(&tenant).await?;
        let change = Change::between(before, told(&tenant));
        let (author, action, at) = (Author::of(who), Action::UpdateTenant, tenant.updated_at);
        tx.audit(AuditEntry { author, action, resource: id, change, at }).await?;
        tx.commit().await?;
        self.keys.forget(&tenant.id);
        self.sessions.forget();
        Ok(tenant)
    }

    /// Begins a change after which the keys of a tenant are refused. The last platform key of the deployment stays: no
    /// call could bring it back.
    async fn begin_end(&self, scope: &TenantScope) -> Result<Tx> {
        let all = self.store.across_tenants();
        let (tx, elsewhere) = all.begin_without_platform(scope, self.clock.now()).await?;
        if !elsewhere.accepted {
            let gaps: Gaps<'_> = &[("tenant", scope.tenant())];
            return Err(Error::advised(Code::Refused, code::TENANT_IS_LAST, gaps));
        }
        Ok(tx)
    }

    fn check_new(&self, input: TenantInput) -> Result<(Tenant, SchemeChoice)> {
        let mut faults = Vec::new();
        let id = TenantId::parse(&input.tenant_id)
            .map_err(|fault| faults.push(FieldFault::new("tenant_id", fault)))
            .ok();
        if let Err(fault) = tenant::check_name(&input.name) {
            faults.push(FieldFault::new("name", fault));
        }
        let status = parse_status(input.status.as_deref().unwrap_or("active"), &mut faults);
        let (now, v1) = (self.clock.now(), input.v1_reason.as_ref().map(|_| Scheme::V1.as_str()));
        let scheme = self.scheme(v1, &input.v1_reason, &mut faults);
        match (id, faults.is_empty()) {
            (Some(id), true) => {
                let name = input.name;
                let limits = OwnLimits::default();
                let (created_at, updated_at) = (now, now);
                Ok((Tenant { id, name, status, limits, created_at, updated_at }, scheme))
            }
            _ => Err(Error::fields(faults)),
        }
    }

    /// Makes the initial rows of a tenant.
    pub(super) async fn new_tenant<'a>(
        &self,
        tenant: &'a Tenant,
        key: &KeyId,
        secret: &SecretString,
        (roles, scheme): (&[Role], SchemeChoice),
        zoho_enabled: bool,
    ) -> Result<NewTenant<'a>> {
        let (data_key, sealed) = self.vault.new_data_key(&self.store, &tenant.id).await?;
        let sealer = Sealer::new(tenant.id.clone(), vec![data_key]);
        let secret = sealer.seal_key_secret(key, secret.expose_secret())?;
        Ok(NewTenant {
            tenant,
            data_key: sealed,
            key: NewKey::plain(key.clone(), roles, scheme, secret),
            modules: ModuleName::ALL.into_iter().map(Module::new).collect(),
            mappings: ModuleName::ALL
                .into_iter()
                .map(|module| (module, mapping::defaults(module)))
                .collect(),
            zoho_enabled,
        })
    }

    pub(super) async fn insert_tenant(
        &self,
        new: NewTenant<'_>,
        author: Author,
        action: Action,
    ) -> Result<()> {
        let tenant = new.tenant;
        let scope = TenantScope::new(tenant.id.clone());
        let tx = self.store.of(&scope).begin().await?;
        let (key, roles) = (new.key.key_id.to_string(), Role::join(&new.key.roles));
        tx.create_tenant(new).await.map_err(|error| match error {
            StoreError::Conflict => Error::new(
                Code::Refused,
                code::TENANT_EXISTS,
                format!("Tenant '{}' already exists", tenant.id),
            ),
            other => other.into(),
        })?;
        let change = Change::made(json!({
            "name": tenant.name, "status": tenant.status.as_str(), "key_id": key, "roles": roles,
            "secret": "set",
        }));
        let (resource, at) = (tenant.id.as_str(), tenant.created_at);
        tx.audit(AuditEntry { author, action, resource, change, at }).await?;
        Ok(tx.commit().await?)
    }
}

/// What the audit log keeps of a tenant.
fn told(tenant: &Tenant) -> Value {
    let mut told = json!({ "name": tenant.name, "status": tenant.status.as_str() });
    if let Some(limits) = told_limits(&tenant.limits) {
        told["limits"] = limits;
    }
    told
}

/// What the audit log keeps of limits; `None` if there are none.
pub(super) fn told_limits(limits: &OwnLimits) -> Option<Value> {
    let set = limits.named().into_iter().filter_map(|(name, limit)| Some((name, json!(limit?))));
    let set: serde_json::Map<String, Value> =
        set.map(|(name, limit)| (name.to_owned(), limit)).collect();
    (!set.is_empty()).then_some(Value::Object(set))
}

fn parse_status(word: &str, faults: &mut Vec<FieldFault>) -> TenantStatus {
    TenantStatus::parse(word).unwrap_or_else(|| {
        faults.push(FieldFault::new("status", Fault::Literal { expected: &TenantStatus::WORDS }));
        TenantStatus::Active
    })
}

pub(super) fn not_found() -> Error {
    Error::new(Code::NotFound, code::TENANT_NOT_FOUND, "Tenant not found")
}

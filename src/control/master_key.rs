//! The exchange of master keys and of data keys, by commands on the host and while the service runs.

use {
    super::{
        Control, KeyError,
        proof::proof_of,
        tenant::not_found,
        vault::{KEPT_FOR, Sealer},
    },
    crate::{
        crypto::envelope::MasterKey,
        domain::{
            audit::{Action, Author, Change},
            id::TenantId,
        },
        error::{Error, Result},
        store::{AuditEntry, DataKeyOf, SealedBy, SealedDataKey, SealedValue, TenantScope},
    },
    chrono::TimeDelta,
    serde_json::json,
};

/// Data keys that are sealed again in one transaction.
const BATCH: u64 = 200;
/// Tenants that are listed together.
const TENANTS: u64 = 500;
/// A replaced data key is deleted when no process can have sealed with it for long.
const REPLACED_FOR: TimeDelta = TimeDelta::hours(1);
const _: () = assert!(KEPT_FOR.as_secs() < 3_600);

/// The master keys of a deployment and what they seal.
#[derive(Debug)]
pub struct MasterKeys {
    /// The one that seals new data keys.
    pub sealing: String,
    /// Data keys by the master key that sealed them.
    pub sealed: Vec<SealedBy>,
}

/// The answer to a request to stop using a master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retiring {
    /// Nothing is sealed with it.
    Unused,
    /// It seals new data keys.
    Sealing,
    /// This many data keys are sealed with it.
    Needed(i64),
}

impl Control {
    /// Returns the master keys, and how many data keys each of them sealed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn master_keys(&self) -> Result<MasterKeys> {
        let sealed = self.store.across_tenants().data_keys_by_master().await?;
        Ok(MasterKeys { sealing: self.sealing_key().await?, sealed })
    }

    /// Lets the newest master key seal from now on, and seals all data keys with it that another one sealed. Returns its id
    /// and the number of these. It may be broken off at any time and called again, also by several processes at once.
    ///
    /// # Errors
    /// When the database fails, or a data key does not open.
    pub async fn rewrap(&self) -> Result<(String, u64)> {
        let ring = self.vault.ring();
        let newest =
            ring.newest().ok_or_else(|| Error::internal("this process has no master key"))?;
        let sealing = self.sealing_key().await?;
        if sealing != newest.id() {
            let (row, now) = (proof_of(newest).map_err(unproven)?, self.clock.now());
            self.store.across_tenants().replace_master_key(&sealing, row, now).await?;
        }
        // Another process may have let another one seal.
        let sealing = self.sealing_key().await?;
        let master = ring.get(&sealing).ok_or_else(|| {
            Error::internal(format!("master key {sealing} seals now, and is not here"))
        })?;
        let mut count = 0;
        for found in self.store.across_tenants().data_keys_by_master().await? {
            if found.master_key_id != master.id() {
                count += self.rewrap_from(&found.master_key_id, master).await?;
            }
        }
        Ok((sealing, count))
    }

    /// Seals data keys with a master key that another one sealed.
    async fn rewrap_from(&self, before: &str, master: &MasterKey) -> Result<u64> {
        let mut count = 0;
        loop {
            let found = self.store.across_tenants().data_keys_of(before, BATCH).await?;
            if found.is_empty() {
                return Ok(count);
            }
            count += found.len() as u64;
            let sealed =
                found.iter().map(|key| self.rewrapped(key, master)).collect::<Result<_>>()?;
            self.store.across_tenants().rewrap(before, sealed, self.clock.now()).await?;
        }
    }

    fn rewrapped(&self, of: &DataKeyOf, master: &MasterKey) -> Result<DataKeyOf> {
        let key = self.vault.open(&of.tenant, &of.key)?;
        let wrapped = key.wrap(of.tenant.as_str(), master).map_err(Error::internal)?;
        let key = SealedDataKey {
            wrapped,
            master_key_id: master.id().to_owned(),
            data_key_id: of.key.data_key_id.clone(),
        };
        Ok(DataKeyOf { tenant: of.tenant.clone(), key })
    }

    /// Returns whether a master key may be taken away.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retiring(&self, id: &str) -> Result<Retiring> {
        if self.sealing_key().await? == id {
            return Ok(Retiring::Sealing);
        }
        let sealed = self.store.across_tenants().data_keys_by_master().await?;
        let found = sealed.into_iter().find(|sealed| sealed.master_key_id == id);
        Ok(found.map_or(Retiring::Unused, |found| Retiring::Needed(found.current + found.replaced)))
    }

    /// Gives a tenant, or all of them, a new data key, and seals everything of the tenant with it. Returns the number of
    /// tenants and of values. The key before stays for values that another process is just sealing, and is deleted by a call
    /// an hour later or after.
    ///
    /// # Errors
    /// When the database fails, or a value does not open.
    pub async fn renew_data_keys(&self, only: Option<&TenantId>) -> Result<(u64, u64)> {
        let (mut tenants, mut values, mut after) = (0, 0, String::new());
        if let Some(tenant) = only {
            return Ok((1, self.renew_data_key(tenant).await?));
        }
        loop {
            let found = self.store.across_tenants().tenant_ids(&after, TENANTS).await?;
            let Some(last) = found.last() else { return Ok((tenants, values)) };
            after.clone_from(last);
            for id in &found {
                let id = TenantId::parse(id).map_err(|fault| Error::internal(fault.message()))?;
                values += self.renew_data_key(&id).await?;
                tenants += 1;
            }
        }
    }

    async fn renew_data_key(&self, tenant: &TenantId) -> Result<u64> {
        let scope = TenantScope::new(tenant.clone());
        let now = self.clock.now();
        let (_, stored) = self.vault.new_data_key(&self.store, tenant).await?;
        let tx = self.store.of(&scope).begin().await?;
        if !tx.replace_data_key(stored, now).await? {
            return Err(not_found());
        }
        let keys = tx.data_keys().await?;
        let keys = keys.iter().map(|key| self.vault.open(tenant, key)).collect::<Result<_>>()?;
        let sealer = Sealer::new(tenant.clone(), keys);
        let mut count = 0;
        for SealedValue { place, sealed } in tx.sealed_values().await? {
            let sealed = sealer.reseal(&place, &sealed)?;
            tx.put_sealed(SealedValue { place, sealed }).await?;
            count += 1;
        }
        // Nothing is sealed with these any more: what a process sealed last was just sealed again.
        tx.forget_old_data_keys(now - REPLACED_FOR).await?;
        let change = Change::made(json!({ "sealed_again": count }));
        let (author, action, resource) = (Author::host(), Action::RenewDataKey, "data_key");
        tx.audit(AuditEntry { author, action, resource, change, at: now }).await?;
        tx.commit().await?;
        self.vault.forget(tenant);
        Ok(count)
    }

    /// Returns the id of the master key that seals.
    async fn sealing_key(&self) -> Result<String> {
        let noted = self.store.across_tenants().master_key().await?;
        Ok(noted.ok_or_else(|| Error::internal("the database has no master key"))?.master_key_id)
    }
}

fn unproven(error: KeyError) -> Error {
    Error::internal(error)
}

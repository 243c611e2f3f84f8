//! Mappings: list and replace.

use {
    super::{Control, module::not_configured},
    crate::{
        domain::{
            access::{Permission, Principal},
            mapping::{self, FieldMapping},
            module::ModuleName,
        },
        error::{Error, Result},
        store::AuditEntry,
    },
    serde_json::json,
};

impl Control {
    /// Lists a module's mappings in the order last saved; none for an unknown module.
    pub async fn list_mappings(&self, who: &Principal, name: &str) -> Result<Vec<FieldMapping>> {
        let scope = self.authorise(who, Permission::MappingRead)?;
        match ModuleName::parse(name) {
            Some(module) => Ok(self.store.mappings(&scope, module).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Replaces a module's mappings; on any fault the old set stays.
    pub async fn replace_mappings(
        &self,
        who: &Principal,
        name: &str,
        rows: Vec<FieldMapping>,
    ) -> Result<Vec<FieldMapping>> {
        let scope = self.authorise(who, Permission::MappingWrite)?;
        let module = ModuleName::parse(name).ok_or_else(|| not_configured(name))?;
        let faults = mapping::validate(module, &rows);
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let at = self.clock.now();
        let tx = self.store.begin(&scope).await?;
        // Sets that arrive together are stored one after the other, so that each replaces the whole of the one before.
        tx.module(module).await?.ok_or_else(|| not_configured(name))?;
        tx.replace_mappings(module, &rows).await?;
        let change = json!({ "mappings": rows });
        tx.audit(AuditEntry {
            key: &who.key,
            action: "mapping.replace",
            resource: name,
            change,
            at,
        })
        .await?;
        tx.commit().await?;
        Ok(rows)
    }
}

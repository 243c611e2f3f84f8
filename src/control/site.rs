//! Starting over with another site: forgets the links, so that the next run links the objects with the record ids and
//! creates the rest.

use {
    super::{Control, settings::not_found},
    crate::{
        domain::{
            access::{Permission, Principal},
            code,
            fault::{Fault, FieldFault},
            tenant::same_site,
        },
        error::{Code, Error, Result},
        store::{AuditEntry, StoreError, TenantScope, Tx},
    },
    serde_json::json,
};

/// Rows that one transaction deletes: the writers of other tenants must not wait behind it.
const ROWS: u64 = 1_000;

impl Control {
    /// Forgets all links of the caller's tenant, and returns how many there were. `address` must be the one in the
    /// settings, so that this cannot happen by accident.
    pub async fn forget_links(&self, who: &Principal, address: &str) -> Result<i64> {
        let scope = self.authorise(who, Permission::SettingsWrite)?;
        let tx = self.store.of(&scope).begin().await?;
        let row = tx.settings().await?.ok_or_else(not_found)?;
        if !row.moodle_base_url.is_some_and(|current| same_site(&current, address)) {
            let reason = "must be the address that the settings have now".to_owned();
            let fault = FieldFault::new("moodle_base_url", Fault::Value(reason));
            return Err(Error::fields(vec![fault]));
        }
        tx.bar_runs().await?;
        refuse_open_runs(&tx).await?;
        let at = self.clock.now();
        tx.end_plans(None, "the links were forgotten after they were planned", at).await?;
        // A plan may have been approved in the meantime.
        refuse_open_runs(&tx).await?;
        let links = tx.begin_forgetting().await?;
        let (resource, change) = (scope.tenant().as_str(), json!({ "links": links }));
        let action = "settings.forget_links";
        tx.audit(AuditEntry { key: &who.key, action, resource, change, at }).await?;
        tx.commit().await?;
        self.finish_forgetting(&scope).await?;
        Ok(links)
    }

    /// Deletes the marked links. If a caller's process ends before it has finished, the next run does this first.
    pub(super) async fn finish_forgetting(&self, scope: &TenantScope) -> Result<(), StoreError> {
        while self.store.of(scope).forget_some(ROWS).await? {}
        Ok(())
    }
}

async fn refuse_open_runs(tx: &Tx) -> Result<()> {
    if tx.has_open_runs().await? {
        let code = code::RUNS_ACTIVE;
        return Err(Error::new(Code::Refused, code, code.advice(&[])));
    }
    Ok(())
}

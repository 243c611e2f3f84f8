//! Starting over with another site: forgets the links, so that the next run links the objects with the record ids and
//! creates the rest.

use {
    super::{Control, module::not_configured, settings::not_found, trigger::checked_ids},
    crate::{
        domain::{
            access::{Permission, Principal},
            audit::{Action, Author, Change},
            code,
            fault::{Fault, FieldFault},
            id::RecordId,
            module::ModuleName,
            tenant::same_site,
        },
        error::{Code, Error, Result},
        store::{AuditEntry, StoreError, TenantScope, Tx},
    },
    serde_json::json,
};

/// Rows that one transaction deletes: the writers of other tenants must not wait behind it.
const ROWS: u64 = 1_000;

/// A request to forget links, unchecked.
#[derive(Debug, Clone, Default)]
pub struct ForgetRequest {
    /// The address of the site, which must be the one in the settings, so that this cannot happen by accident. It may be
    /// empty where records are named.
    pub address: String,
    /// The module of the records; empty for all links.
    pub module: String,
    /// Only the links of these records.
    pub ids: Vec<String>,
}

impl ForgetRequest {
    /// Returns the records that are named; `None` if the links of all are to be forgotten.
    fn records(&self) -> Result<Option<(ModuleName, Vec<RecordId>)>> {
        if self.module.is_empty() && self.ids.is_empty() {
            return Ok(None);
        }
        let mut faults = Vec::new();
        let ids = checked_ids(self.ids.clone(), &mut faults);
        if self.ids.is_empty() {
            faults.push(FieldFault::new("ids", Fault::TooShort { min: 1 }));
        }
        if self.module.is_empty() {
            let reason = "ids need the module that they are of".to_owned();
            faults.push(FieldFault::new("module", Fault::Value(reason)));
        }
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let module = ModuleName::parse(&self.module).ok_or_else(|| not_configured(&self.module))?;
        Ok(Some((module, ids)))
    }
}

impl Control {
    /// Forgets all links of the caller's tenant, or those of some records, and returns how many there were.
    pub async fn forget_links(&self, who: &Principal, wish: ForgetRequest) -> Result<i64> {
        let scope = self.authorise(who, Permission::SettingsWrite)?;
        let records = wish.records()?;
        let address = &wish.address;
        let tx = self.store.of(&scope).begin().await?;
        let row = tx.settings().await?.ok_or_else(not_found)?;
        let is_named = records.is_some() && address.is_empty();
        if !is_named && !row.moodle_base_url.is_some_and(|current| same_site(&current, address)) {
            let reason = "must be the address that the settings have now".to_owned();
            let fault = FieldFault::new("moodle_base_url", Fault::Value(reason));
            return Err(Error::fields(vec![fault]));
        }
        tx.bar_runs().await?;
        let module = records.as_ref().map(|(module, _)| *module);
        refuse_open_runs(&tx, module).await?;
        let at = self.clock.now();
        tx.end_plans(module, "the links were forgotten after they were planned", at).await?;
        // A plan may have been approved in the meantime.
        refuse_open_runs(&tx, module).await?;
        let (action, resource) = (Action::ForgetLinks, scope.tenant().as_str());
        if let Some((module, ids)) = records {
            let links = tx.forget_records(module, &ids, at).await?;
            let change = json!({ "links": links, "module": module.as_str(), "ids": ids });
            let (author, change) = (Author::of(who), Change::made(change));
            tx.audit(AuditEntry { author, action, resource, change, at }).await?;
            tx.commit().await?;
            return Ok(links);
        }
        let links = tx.begin_forgetting().await?;
        let (author, change) = (Author::of(who), Change::made(json!({ "links": links })));
        tx.audit(AuditEntry { author, action, resource, change, at }).await?;
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

async fn refuse_open_runs(tx: &Tx, module: Option<ModuleName>) -> Result<()> {
    if tx.has_open_runs(module).await? {
        let code = code::RUNS_ACTIVE;
        return Err(Error::new(Code::Refused, code, code.advice(&[])));
    }
    Ok(())
}

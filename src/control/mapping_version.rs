//! Versions of mappings: list them, compare them, go back to one.

use {
    super::{
        Control,
        mapping::{MappingChange, check_reason, save_in},
        module::not_configured,
    },
    crate::{
        domain::{
            access::{Permission, Principal},
            audit::Action,
            code,
            fault::{Fault, FieldFault},
            mapping::{self, FieldMapping, RowChange},
            module::ModuleName,
        },
        error::{Code, Error, Result},
        store::{MappingVersion, TenantScope},
    },
};

/// Versions on a page: the default and the maximum.
const PAGE: (i32, i32) = (20, 100);

/// A page of versions.
#[derive(Debug, Clone)]
pub struct VersionPage {
    /// Newest first.
    pub versions: Vec<MappingVersion>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<i64>,
}

/// The differences between two sets.
#[derive(Debug, Clone, PartialEq)]
pub struct MappingDifference {
    /// Number of the older set's version.
    pub from: i64,
    /// Number of the newer set's version.
    pub to: i64,
    /// The rows that differ.
    pub changes: Vec<RowChange>,
}

/// A version to go back to.
#[derive(Debug, Clone, Default)]
pub struct RollbackMappings {
    /// Its number.
    pub version: i64,
    /// The reason for the change.
    pub reason: Option<String>,
    /// The version that the caller knows as the current one.
    pub expected_version: Option<i64>,
    /// True: even if stored tests fail.
    pub force: bool,
}

pub(super) fn version_not_found(module: ModuleName, number: i64) -> Error {
    let code = code::MAPPING_VERSION_NOT_FOUND;
    Error::told(Code::NotFound, code, &[("module", &module), ("version", &number)])
}

impl Control {
    /// Lists a module's versions, newest first, from below `before`.
    pub async fn list_mapping_versions(
        &self,
        who: &Principal,
        name: &str,
        before: Option<i64>,
        limit: Option<i32>,
    ) -> Result<VersionPage> {
        let scope = self.authorise(who, Permission::MappingRead)?;
        let module = ModuleName::parse(name).ok_or_else(|| not_configured(name))?;
        let limit = limit.unwrap_or(PAGE.0);
        let fault = match limit {
            ..=0 => Some(Fault::Below { min: 1 }),
            _ if limit > PAGE.1 => Some(Fault::Above { max: PAGE.1.into() }),
            _ => None,
        };
        if let Some(fault) = fault {
            return Err(Error::fields(vec![FieldFault::new("limit", fault)]));
        }
        let count = u64::from(limit.unsigned_abs());
        let mut versions =
            self.store.of(&scope).mapping_versions(module, before, count + 1).await?;
        let more = versions.len() as u64 > count;
        if more {
            versions.pop();
        }
        let next = versions.last().filter(|_| more).map(|version| version.number);
        Ok(VersionPage { versions, next })
    }

    /// Returns a version with its rows.
    pub async fn get_mapping_version(
        &self,
        who: &Principal,
        name: &str,
        number: i64,
    ) -> Result<MappingVersion> {
        let scope = self.authorise(who, Permission::MappingRead)?;
        let module = ModuleName::parse(name).ok_or_else(|| not_configured(name))?;
        self.find_version(&scope, module, number).await
    }

    async fn find_version(
        &self,
        scope: &TenantScope,
        module: ModuleName,
        number: i64,
    ) -> Result<MappingVersion> {
        let found = self.store.of(scope).mapping_version(module, number).await?;
        found.ok_or_else(|| version_not_found(module, number))
    }

    /// Compares two versions; the current one is used for one that is not named.
    pub async fn diff_mapping_versions(
        &self,
        who: &Principal,
        name: &str,
        from: i64,
        to: Option<i64>,
    ) -> Result<MappingDifference> {
        let scope = self.authorise(who, Permission::MappingRead)?;
        let module = ModuleName::parse(name).ok_or_else(|| not_configured(name))?;
        let old = self.find_version(&scope, module, from).await?.rows;
        let (to, new) = match to {
            Some(number) => (number, self.find_version(&scope, module, number).await?.rows),
            None => self.store.of(&scope).mapping_set(module).await?,
        };
        Ok(MappingDifference { from, to, changes: mapping::diff(&old, &new) })
    }

    /// Makes a new version from an older one. Returns its rows and the number of the current version.
    pub async fn rollback_mappings(
        &self,
        who: &Principal,
        name: &str,
        back: RollbackMappings,
    ) -> Result<(Vec<FieldMapping>, i64)> {
        let scope = self.authorise(who, Permission::MappingWrite)?;
        let module = ModuleName::parse(name).ok_or_else(|| not_configured(name))?;
        check_reason(back.reason.as_deref())?;
        let rows = self.find_version(&scope, module, back.version).await?.rows;
        // Rows stored by an older release may be refused by this one.
        let faults = mapping::validate(module, &rows);
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let told = back.reason.unwrap_or_else(|| format!("back to version {}", back.version));
        let change = MappingChange {
            module,
            rows: &rows,
            tests: None,
            reason: Some(&told),
            expected_version: back.expected_version,
            force: back.force,
        };
        let tested = self.test_change(&scope, &change).await?;
        let at = self.clock.now();
        let tx = self.store.of(&scope).begin().await?;
        let saved = save_in(&tx, who, change, tested, at).await?;
        let (version, action) = (saved.version, Action::RollbackMappings);
        saved.audit(&tx, who, action, module.as_str(), at).await?;
        tx.commit().await?;
        Ok((rows, version))
    }
}

//! Mappings as text: export, compare, and apply all modules of a text or none.

use {
    super::{
        Control,
        mapping::{MappingChange, blocking, check_reason, save_in},
        mapping_live::judge,
        module::not_configured,
    },
    crate::{
        budget::{self, Turn},
        domain::{
            access::{Permission, Principal},
            audit::{Action, Author, Change},
            code,
            fault::{Fault, FieldFault},
            mapping::{self, Finding, MappingFile, RowChange, Severity, TestOutcome},
            module::ModuleName,
        },
        error::{Error, Result},
        store::{AuditEntry, TenantScope},
    },
};

/// Means all modules in place of a module's name.
const ALL: &str = "-";

/// A text to apply, unchecked.
#[derive(Debug, Clone, Default)]
pub struct ApplyMappings {
    /// One or several documents of kind `MappingSet`.
    pub yaml: String,
    /// True: only report what would happen.
    pub dry_run: bool,
    /// True: even if tests fail.
    pub force: bool,
    /// The reason for the change.
    pub reason: Option<String>,
}

/// The effect of a text on one module.
#[derive(Debug, Clone)]
pub struct AppliedMappings {
    /// The module.
    pub module: ModuleName,
    /// Number of its current version: after the change, or before it in a dry run.
    pub version: i64,
    /// The rows that differ from those stored before.
    pub changes: Vec<RowChange>,
    /// True if the tests differ from those stored before.
    pub tests_changed: bool,
    /// All findings.
    pub findings: Vec<Finding>,
    /// The results of the text's tests.
    pub tests: Vec<TestOutcome>,
}

impl AppliedMappings {
    /// True if something keeps the set from being stored.
    fn is_refused(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Returns the modules that a name means.
fn modules(name: &str) -> Result<Vec<ModuleName>> {
    if name == ALL {
        return Ok(ModuleName::ALL.to_vec());
    }
    Ok(vec![ModuleName::parse(name).ok_or_else(|| not_configured(name))?])
}

/// Reads a text; it may contain only modules that the name means.
async fn read(scope: &TenantScope, name: &str, yaml: String) -> Result<Vec<MappingFile>> {
    let allowed = modules(name)?;
    budget::add_load(mapping::weight(&yaml)).await.map_err(Error::unavailable)?;
    // One after the other: even a short text may become large.
    let turn = Turn::of(scope.tenant().as_str());
    let files = budget::long(&turn, || mapping::from_yaml(&yaml)).await;
    let mut files = files.map_err(Error::fields)?;
    drop(yaml);
    let other = files.iter().find(|file| !allowed.contains(&file.module));
    if let Some(other) = other {
        let code = code::MAPPING_FILE_INVALID;
        let reason = format!("it has the module {}, and the call is for {name}", other.module);
        let fault = Fault::Coded { code, reason: code.message(&[("reason", &reason)]) };
        return Err(Error::fields(vec![FieldFault::new("yaml", fault)]));
    }
    // A fixed order, so that two applications cannot wait for each other.
    files.sort_by_key(|file| file.module);
    Ok(files)
}

/// The place of a fault in the text: `mappings[0].canonical_field` is `students.fields[0].to`.
fn in_text(module: ModuleName, mut finding: Finding) -> Finding {
    finding.field = in_file(module, &finding.field);
    finding
}

fn in_file(module: ModuleName, field: &str) -> String {
    let mut path = field.replace("mappings", "fields");
    for (column, key) in [
        ("canonical_field", "to"),
        ("zoho_field_api_name", "from"),
        ("default_value", "default"),
        ("transform_rules", "transforms"),
    ] {
        path = path.replace(column, key);
    }
    format!("{module}.{path}")
}

fn prefixed(module: ModuleName, mut error: Error) -> Error {
    for fault in &mut error.faults {
        fault.field = in_file(module, &fault.field);
    }
    error
}

impl Control {
    /// Writes the mappings of a module, or of all with `-`, as text.
    pub async fn export_mappings(&self, who: &Principal, name: &str) -> Result<String> {
        let scope = self.authorise(who, Permission::MappingRead)?;
        let mut files = Vec::new();
        for module in modules(name)? {
            let stored = self.stored_mappings(&scope, module).await?;
            files.push(MappingFile { module, rows: stored.rows, tests: stored.tests });
        }
        blocking(&scope, move || mapping::to_yaml(&files)).await
    }

    /// Compares a text with the stored mappings.
    pub async fn diff_mappings(
        &self,
        who: &Principal,
        name: &str,
        yaml: String,
    ) -> Result<Vec<AppliedMappings>> {
        let scope = self.authorise(who, Permission::MappingRead)?;
        let mut compared = Vec::new();
        for file in read(&scope, name, yaml).await? {
            compared.push(self.compare(&scope, &file).await?);
        }
        Ok(compared)
    }

    async fn compare(&self, scope: &TenantScope, file: &MappingFile) -> Result<AppliedMappings> {
        let stored = self.stored_mappings(scope, file.module).await?;
        Ok(AppliedMappings {
            module: file.module,
            version: stored.version,
            changes: mapping::diff(&stored.rows, &file.rows),
            tests_changed: stored.tests != file.tests,
            findings: Vec::new(),
            tests: Vec::new(),
        })
    }

    /// Stores the sets of a text: all of them or, after any error in one, none. A dry run reports the errors instead.
    pub async fn apply_mappings(
        &self,
        who: &Principal,
        name: &str,
        apply: ApplyMappings,
    ) -> Result<Vec<AppliedMappings>> {
        let scope = self.authorise(who, Permission::MappingWrite)?;
        check_reason(apply.reason.as_deref())?;
        let files = read(&scope, name, apply.yaml).await?;
        let mut applied = Vec::with_capacity(files.len());
        for file in &files {
            let mut one = self.compare(&scope, file).await?;
            let live = self.live_fields(&scope, file.module).await?;
            let form = self.form(&scope, file.module).await?;
            let judged = judge(&scope, file.module, form, &file.rows, &file.tests, &live).await;
            let (findings, tests) = judged.map_err(|error| prefixed(file.module, error))?;
            one.findings = findings.into_iter().map(|one| in_text(file.module, one)).collect();
            one.tests = tests;
            applied.push(one);
        }
        if apply.dry_run {
            return Ok(applied);
        }
        if applied.iter().any(AppliedMappings::is_refused) {
            let errors = applied.into_iter().flat_map(|one| one.findings);
            let errors = errors.filter(|finding| finding.severity == Severity::Error);
            return Err(Error::fields(errors.map(Finding::into_fault).collect()));
        }
        let reason = apply.reason.as_deref();
        let mut changes = Vec::with_capacity(files.len());
        for file in &files {
            let change = MappingChange {
                module: file.module,
                rows: &file.rows,
                tests: Some(&file.tests),
                reason,
                expected_version: None,
                force: apply.force,
            };
            let tested = self.test_change(&scope, &change).await;
            changes.push((change, tested.map_err(|error| prefixed(file.module, error))?));
        }
        let at = self.clock.now();
        let tx = self.store.of(&scope).begin().await?;
        // All before the first mapping: the end of a run locks the run first.
        for (change, _) in &changes {
            tx.lock_plans(change.module).await?;
        }
        let mut told = Change::default();
        for ((change, tested), one) in changes.into_iter().zip(&mut applied) {
            let saved = save_in(&tx, who, change, tested, at).await?;
            one.version = saved.version;
            told.note(change.module.as_str(), saved.told.0, saved.told.1);
        }
        let (author, action, change) = (Author::of(who), Action::ApplyMappings, told);
        tx.audit(AuditEntry { author, action, resource: name, change, at }).await?;
        tx.commit().await?;
        Ok(applied)
    }
}

//! Mappings: list and replace. A save that changes the content makes a version; stored tests can refuse it.

use {
    super::{Control, module::not_configured},
    crate::{
        budget::{self, Turn},
        domain::{
            access::{Permission, Principal},
            audit::{Action, Author, Change},
            code::{self, Gaps},
            fault::{Fault, FieldFault},
            mapping::{
                self, FieldMapping, Finding, MappingTest, Mappings, RowChange, Severity,
                TestOutcome,
            },
            module::ModuleName,
        },
        error::{Code, Error, Result},
        store::{AuditEntry, NewMappings, TenantScope, Tx},
    },
    chrono::{DateTime, Utc},
    serde_json::{Map, Value, json},
    std::time::{Duration, Instant},
};

/// Longest reason of a version, in characters.
const REASON_MAX: usize = 500;
/// Longest duration of a set's tests. Each step of each test has its own budget; together they could still take long.
const TESTS_TIME: Duration = Duration::from_secs(10);
/// How long a piece of a test run may take before other work has its turn.
const PIECE: Duration = Duration::from_millis(50);

/// A module's mappings in use.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModuleMappings {
    /// In the order last saved.
    pub rows: Vec<FieldMapping>,
    /// Number of the current version; 0 for an unknown module.
    pub version: i64,
    /// The stored tests.
    pub tests: Vec<MappingTest>,
}

/// A set to store, unchecked.
#[derive(Debug, Clone, Default)]
pub struct SaveMappings {
    /// All rows.
    pub rows: Vec<FieldMapping>,
    /// All tests; if absent, the stored ones stay.
    pub tests: Option<Vec<MappingTest>>,
    /// The reason for the change.
    pub reason: Option<String>,
    /// The version that the caller changed; the save is refused if another one is current.
    pub expected_version: Option<i64>,
    /// True: rows that work only by chance are refused too, and the fields of the source are checked.
    pub strict: bool,
    /// True: the set is stored even if tests fail.
    pub force: bool,
}

/// A set as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedMappings {
    /// Its rows.
    pub rows: Vec<FieldMapping>,
    /// Number of the current version.
    pub version: i64,
    /// Findings that did not refuse the set.
    pub findings: Vec<Finding>,
}

/// A change that is about to be stored; its rows were checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct MappingChange<'a> {
    pub(super) module: ModuleName,
    pub(super) rows: &'a [FieldMapping],
    pub(super) tests: Option<&'a [MappingTest]>,
    pub(super) reason: Option<&'a str>,
    pub(super) expected_version: Option<i64>,
    pub(super) force: bool,
}

impl Control {
    /// Returns a module's mappings; nothing for an unknown module.
    pub async fn list_mappings(&self, who: &Principal, name: &str) -> Result<ModuleMappings> {
        let scope = self.authorise(who, Permission::MappingRead)?;
        match ModuleName::parse(name) {
            Some(module) => self.stored_mappings(&scope, module).await,
            None => Ok(ModuleMappings::default()),
        }
    }

    pub(super) async fn stored_mappings(
        &self,
        scope: &TenantScope,
        module: ModuleName,
    ) -> Result<ModuleMappings> {
        let (set, tests) = tokio::try_join!(
            self.store.of(scope).mapping_set(module),
            self.store.of(scope).mapping_tests(module)
        )?;
        Ok(ModuleMappings { version: set.0, rows: set.1, tests })
    }

    /// Replaces a module's mappings; after any fault the old set stays.
    pub async fn replace_mappings(
        &self,
        who: &Principal,
        name: &str,
        save: SaveMappings,
    ) -> Result<SavedMappings> {
        let scope = self.authorise(who, Permission::MappingWrite)?;
        let module = ModuleName::parse(name).ok_or_else(|| not_configured(name))?;
        check_reason(save.reason.as_deref())?;
        let live = if save.strict { self.live_fields(&scope, module).await?.fields } else { None };
        let form = self.form(&scope, module).await?;
        let (rows, strict) = (save.rows, save.strict);
        let (rows, findings) = blocking(&scope, move || {
            let live = live.as_ref().map(|fields| fields.as_slice());
            let findings = mapping::check(module, form, &rows, strict, live);
            (rows, findings)
        })
        .await?;
        let findings = refuse(findings, strict)?;
        let change = MappingChange {
            module,
            rows: &rows,
            tests: save.tests.as_deref(),
            reason: save.reason.as_deref(),
            expected_version: save.expected_version,
            force: save.force,
        };
        let tested = self.test_change(&scope, &change).await?;
        let at = self.clock.now();
        let tx = self.store.of(&scope).begin().await?;
        let saved = save_in(&tx, who, change, tested, at).await?;
        let (version, action) = (saved.version, Action::ReplaceMappings);
        saved.audit(&tx, who, action, module.as_str(), at).await?;
        tx.commit().await?;
        Ok(SavedMappings { rows, version, findings })
    }
}

/// Refuses a set that cannot be stored: always for findings that no caller may ignore, and for every error if
/// `strict` is set. Returns the remaining findings.
fn refuse(findings: Vec<Finding>, strict: bool) -> Result<Vec<Finding>> {
    let is_refused =
        |finding: &Finding| finding.refused || strict && finding.severity == Severity::Error;
    let (refused, kept): (Vec<_>, Vec<_>) = findings.into_iter().partition(is_refused);
    if refused.is_empty() {
        return Ok(kept);
    }
    Err(Error::fields(refused.into_iter().map(Finding::into_fault).collect()))
}

pub(super) fn check_reason(reason: Option<&str>) -> Result<()> {
    if reason.is_some_and(|reason| reason.chars().count() > REASON_MAX) {
        let fault = Fault::TooLong { max: REASON_MAX };
        return Err(Error::fields(vec![FieldFault::new("reason", fault)]));
    }
    Ok(())
}

/// Works on a thread of its own, on one thing of a tenant at a time: compiling patterns and running tests may take a
/// while.
pub(super) async fn blocking<T: Send + 'static>(
    scope: &TenantScope,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let turn = Turn::of(scope.tenant().as_str());
    budget::blocking(&turn, work).await.map_err(Error::internal)
}

/// Runs tests over rows that were checked.
pub(super) async fn run_tests(
    scope: &TenantScope,
    module: ModuleName,
    rows: &[FieldMapping],
    tests: &[MappingTest],
) -> Result<Vec<TestOutcome>> {
    if tests.is_empty() {
        return Ok(Vec::new());
    }
    let rows = rows.to_vec();
    let compile = move || Mappings::compile(module, &rows).map_err(Error::fields);
    let mut set = blocking(scope, compile).await??;
    let mut tests = tests.to_vec();
    let (mut outcomes, mut worked) = (Vec::with_capacity(tests.len()), Duration::ZERO);
    // In pieces, between which other work has its turn.
    while outcomes.len() < tests.len() {
        if worked > TESTS_TIME {
            let code = code::MAPPING_TESTS_SLOW;
            return Err(Error::new(Code::Refused, code, code.advice(&[])));
        }
        let took;
        (set, tests, outcomes, took) = blocking(scope, move || {
            let begun = Instant::now();
            while let Some(test) = tests.get(outcomes.len())
                && begun.elapsed() < PIECE
            {
                outcomes.push(set.run_test(outcomes.len(), test));
            }
            (set, tests, outcomes, begun.elapsed())
        })
        .await?;
        worked += took;
    }
    Ok(outcomes)
}

/// The tests of a change with their results.
#[derive(Debug)]
pub(super) struct TestedChange {
    tests: Vec<MappingTest>,
    outcomes: Vec<TestOutcome>,
}

impl Control {
    /// Runs the tests of a change before a transaction is opened that others would wait for.
    pub(super) async fn test_change(
        &self,
        scope: &TenantScope,
        change: &MappingChange<'_>,
    ) -> Result<TestedChange> {
        let tests = match change.tests {
            Some(tests) => tests.to_vec(),
            None => self.store.of(scope).mapping_tests(change.module).await?,
        };
        let faults = mapping::check_tests(change.module, &tests);
        if change.tests.is_some() && !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let outcomes = run_tests(scope, change.module, change.rows, &tests).await?;
        let failed: Vec<&TestOutcome> =
            outcomes.iter().filter(|one| one.failure.is_some()).collect();
        if !failed.is_empty() && !change.force {
            return Err(tests_failed(&failed));
        }
        Ok(TestedChange { tests, outcomes })
    }
}

/// A change that is stored but not committed.
#[derive(Debug)]
pub(super) struct Saved {
    /// Number of the current version.
    pub(super) version: i64,
    /// What the audit log keeps of it, from before and after.
    pub(super) told: (Value, Value),
}

impl Saved {
    /// Writes the audit entry of the change.
    pub(super) async fn audit(
        self,
        tx: &Tx,
        who: &Principal,
        action: Action,
        resource: &str,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let (author, change) = (Author::of(who), Change::between(self.told.0, self.told.1));
        Ok(tx.audit(AuditEntry { author, action, resource, change, at }).await?)
    }
}

/// Stores a change in a transaction; the caller writes its audit entry.
pub(super) async fn save_in(
    tx: &Tx,
    who: &Principal,
    change: MappingChange<'_>,
    tested: TestedChange,
    at: DateTime<Utc>,
) -> Result<Saved> {
    let MappingChange { module, rows, tests, reason, expected_version, .. } = change;
    // Before the mapping: the end of a run locks the run first.
    tx.lock_plans(module).await?;
    let (current, rows_before) = tx.lock_mappings(module).await?;
    if let Some(expected) = expected_version.filter(|expected| *expected != current) {
        return Err(changed(module, &format!("its version is {current}, not {expected}")));
    }
    if tests.is_none() && tx.mapping_tests(module).await? != tested.tests {
        return Err(changed(module, "its tests are not those that were run"));
    }
    let author = who.name();
    let version = tx.save_mappings(NewMappings { module, rows, author, reason, at }).await?;
    if version != current {
        let why = "the mapping was changed after they were planned";
        tx.end_plans(Some(module), why, at).await?;
    }
    // The rows of a version can be read by its number; those that differ are told here as well.
    let changes = mapping::diff(&rows_before, rows);
    let side = |row: fn(&RowChange) -> &Option<FieldMapping>| -> Map<String, Value> {
        let rows = changes.iter().filter_map(|change| Some((change, row(change).as_ref()?)));
        rows.map(|(change, row)| (change.canonical_field.clone(), json!(row))).collect()
    };
    let kinds: Map<String, Value> = changes
        .iter()
        .map(|change| (change.canonical_field.clone(), change.change.as_str().into()))
        .collect();
    let mut before = json!({ "version": current, "rows": side(|change| &change.old) });
    let mut told = json!({
        "version": version, "mappings": rows, "rows": side(|change| &change.new), "changes": kinds,
    });
    if let Some(tests) = tests {
        let old = tx.mapping_tests(module).await?;
        if old.as_slice() != tests {
            before["tests"] = json!(old);
            told["tests"] = json!(tests);
        }
        tx.replace_mapping_tests(module, tests).await?;
    }
    let failed = tested.outcomes.iter().filter(|one| one.failure.is_some());
    let forced: Vec<Value> =
        failed.map(|one| json!({ "test": one.index, "failure": one.failure })).collect();
    if !forced.is_empty() {
        told["forced"] = Value::Array(forced);
    }
    Ok(Saved { version, told: (before, told) })
}

fn changed(module: ModuleName, reason: &str) -> Error {
    let gaps: Gaps<'_> = &[("module", &module), ("reason", &reason)];
    Error::advised(Code::Stale, code::MAPPING_CHANGED, gaps)
}

fn tests_failed(failed: &[&TestOutcome]) -> Error {
    let fault = |one: &&TestOutcome| {
        let reason = one.failure.clone().unwrap_or_default();
        let fault = Fault::Coded { code: code::MAPPING_TEST_FAILED, reason };
        FieldFault::new(format!("tests[{}]", one.index), fault)
    };
    let word = code::MAPPING_TEST_FAILED;
    Error {
        faults: failed.iter().map(fault).collect(),
        ..Error::advised(Code::Refused, word, &[("count", &failed.len())])
    }
}

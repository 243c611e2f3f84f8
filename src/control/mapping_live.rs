//! The current fields of a tenant's source, and a mapping set checked against them.

use {
    super::{
        Control,
        mapping::{blocking, run_tests},
        module::not_configured,
    },
    crate::{
        budget,
        domain::{
            access::{Permission, Principal},
            code::{self, Provider},
            id::TenantId,
            layout::{Form, Layout},
            mapping::{self, FieldMapping, Finding, LiveField, MappingTest, Outgoing, TestOutcome},
            module::ModuleName,
            run::RunFailure,
        },
        error::{Code, Error, Result},
        ports::{Connection, ConnectorError, Ends, Failure, Source, SourceField},
        store::TenantScope,
    },
    chrono::{DateTime, Utc},
    std::{
        collections::HashMap,
        sync::{Arc, PoisonError, RwLock},
        time::Duration,
    },
};

/// Age up to which a description is not read again, even if that is asked for.
const NEW: Duration = Duration::from_secs(5);
/// Cached lists of fields, for the time when the source is down.
const KEPT: usize = 1_000;

/// Fields as last read, by tenant and the source's name of the module.
#[derive(Debug, Default)]
pub(super) struct FieldCache {
    entries: RwLock<HashMap<(TenantId, String), Known>>,
}

type Known = (DateTime<Utc>, Arc<Vec<LiveField>>);

impl FieldCache {
    fn get(&self, tenant: &TenantId, module: &str) -> Option<Known> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(&(tenant.clone(), module.to_owned())).cloned()
    }

    fn put(&self, tenant: &TenantId, module: &str, known: Known) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= KEPT {
            entries.clear();
        }
        entries.insert((tenant.clone(), module.to_owned()), known);
    }
}

/// The fields of a module, as far as they are known.
#[derive(Debug, Default)]
pub struct LiveFields {
    /// The fields; `None` if they have never been read.
    pub fields: Option<Arc<Vec<LiveField>>>,
    /// When they were read; at most an hour ago, unless the source does not answer.
    pub as_of: Option<DateTime<Utc>>,
    /// Why they could not be read now.
    pub missing: Option<String>,
    /// The same as the answer to a caller who cannot do without them.
    pub why: Option<Error>,
}

/// A set that is not stored.
#[derive(Debug, Clone, Default)]
pub struct MappingDraft {
    /// Its rows.
    pub rows: Vec<FieldMapping>,
    /// Its tests; if absent, the stored ones.
    pub tests: Option<Vec<MappingTest>>,
}

/// The result of checking a set.
#[derive(Debug)]
pub struct MappingReport {
    /// Number of the version that was checked; `None` for a draft.
    pub version: Option<i64>,
    /// All findings.
    pub findings: Vec<Finding>,
    /// The results of the tests; none are run for a set that cannot be used.
    pub tests: Vec<TestOutcome>,
    /// The fields that the set was checked against.
    pub live: LiveFields,
}

fn live_field(field: SourceField) -> LiveField {
    LiveField {
        name: field.name,
        label: field.label,
        data_type: field.data_type,
        max_length: field.max_length,
        choices: field.choices,
        single_read_only: field.single_read_only,
        unique: field.unique,
        writable: field.writable,
        required: field.required,
        readable: field.readable,
    }
}

/// Checks rows that are written against the fields that the source has, and returns why a run cannot write them. If a
/// description up to an hour old refuses them, it is read once more. A description that does not come says nothing.
pub async fn unwritable(
    rows: &mut Outgoing,
    source: &dyn Source,
    module: &str,
) -> Option<RunFailure> {
    let mut judge = |described: Result<Vec<SourceField>, ConnectorError>| match described {
        Ok(fields) => {
            let fields: Vec<LiveField> = fields.into_iter().map(live_field).collect();
            rows.learn(&fields);
            rows.unwritable(&fields)
        }
        Err(error) => {
            tracing::warn!(code = error.code.word(), "the fields that are written are not known");
            None
        }
    };
    judge(source.describe(module).await)?;
    let (fault, reason) = judge(source.describe_now(module).await)?;
    Some(match fault {
        code::MAPPING_NOT_UNIQUE => RunFailure::new(code::ZOHO_KEY_NOT_UNIQUE, reason),
        _ => RunFailure::of(code::MAPPED_FIELD_UNWRITABLE, &[("reason", &reason)]),
    })
}

/// A failed call as an answer to a caller.
pub(super) fn upstream(error: ConnectorError) -> Error {
    let code = match error.failure {
        Failure::Stop | Failure::Rejected | Failure::CursorExpired | Failure::TooLong => {
            Code::Refused
        }
        Failure::Throttled => Code::Exhausted,
        Failure::Unreachable | Failure::Ambiguous | Failure::Pending => Code::Unavailable,
    };
    let answer = Error::new(code, error.code, error.message);
    match error.retry_after {
        Some(wait) => answer.retry_after(wait),
        None => answer,
    }
}

impl Control {
    /// Opens a tenant's connection; the inner error says what is missing.
    pub(super) async fn open_ends(&self, scope: &TenantScope) -> Result<Result<Ends, Error>> {
        let connection = self.open_to(scope, &[Provider::Zoho, Provider::Moodle]).await?;
        let open =
            |connection| self.connect.open(scope.tenant().as_str(), &connection).map_err(upstream);
        Ok(connection.and_then(open))
    }

    /// Opens the source of a tenant's connection, whatever is missing of the target.
    pub(super) async fn open_source(
        &self,
        scope: &TenantScope,
    ) -> Result<Result<Arc<dyn Source>, Error>> {
        let connection = self.open_to(scope, &[Provider::Zoho]).await?;
        let open = |connection| {
            self.connect.source(scope.tenant().as_str(), &connection).map_err(upstream)
        };
        Ok(connection.and_then(open))
    }

    async fn open_to(
        &self,
        scope: &TenantScope,
        systems: &[Provider],
    ) -> Result<Result<Connection, Error>> {
        let Some(settings) = self.store.of(scope).settings().await? else {
            let message = code::SETTINGS_NOT_FOUND.advice(&[]);
            return Ok(Err(Error::new(Code::Refused, code::SETTINGS_NOT_FOUND, message)));
        };
        let incomplete = |failure: RunFailure| {
            let reason = format!("{} [{}]", failure.summary, failure.code);
            let code = code::CONNECTION_INCOMPLETE;
            Error::told(Code::Refused, code, &[("reason", &reason)])
        };
        let connection = self.connection_to(scope, settings, systems).await?;
        // What follows may wait long for the other system.
        budget::give_back();
        Ok(connection.map_err(incomplete))
    }

    /// Returns the source's own name of a module.
    pub(super) async fn source_module(
        &self,
        scope: &TenantScope,
        module: ModuleName,
    ) -> Result<String> {
        let found = self.store.of(scope).module(module).await?;
        let found = found.ok_or_else(|| not_configured(module.as_str()))?;
        Ok(found.effective_zoho_module().to_owned())
    }

    /// Returns what a module's records are in the target.
    pub(super) async fn form(&self, scope: &TenantScope, module: ModuleName) -> Result<Form> {
        let found = self.store.of(scope).module(module).await?;
        Ok(found.map_or_else(|| Layout::new(module), |found| found.layout).form)
    }

    /// Returns the fields that the source has, or those last read if it does not answer.
    pub(super) async fn live_fields(
        &self,
        scope: &TenantScope,
        module: ModuleName,
    ) -> Result<LiveFields> {
        self.read_fields(scope, module, false).await
    }

    /// The same; with `again`, fields that were read before the last seconds are read once more.
    pub(super) async fn read_fields(
        &self,
        scope: &TenantScope,
        module: ModuleName,
        again: bool,
    ) -> Result<LiveFields> {
        let name = self.source_module(scope, module).await?;
        let tenant = scope.tenant();
        let (why, text) = match self.open_source(scope).await? {
            Ok(source) => {
                let is_new = source.described_ago(&name).is_some_and(|age| age < NEW);
                let described = match again && !is_new {
                    true => source.describe_now(&name).await,
                    false => source.describe(&name).await,
                };
                self.count_calls(scope).await?;
                match described {
                    Ok(fields) => {
                        let at = self.clock.now() - source.described_ago(&name).unwrap_or_default();
                        let fields = fields.into_iter().map(live_field).collect::<Vec<_>>();
                        let fields = Arc::new(fields);
                        self.fields.put(tenant, &name, (at, fields.clone()));
                        return Ok(LiveFields {
                            fields: Some(fields),
                            as_of: Some(at),
                            ..LiveFields::default()
                        });
                    }
                    Err(error) => {
                        let text = error.to_string();
                        (upstream(error), text)
                    }
                }
            }
            Err(error) => {
                let text = error.message.clone();
                (error, text)
            }
        };
        let known = self.fields.get(tenant, &name);
        let (as_of, fields) = known.map_or((None, None), |(at, known)| (Some(at), Some(known)));
        Ok(LiveFields { fields, as_of, missing: Some(text), why: Some(why) })
    }

    /// Returns the fields last read, without a call.
    pub(super) async fn known_fields(
        &self,
        scope: &TenantScope,
        module: ModuleName,
    ) -> Result<Option<Arc<Vec<LiveField>>>> {
        let name = self.source_module(scope, module).await?;
        Ok(self.fields.get(scope.tenant(), &name).map(|(_, fields)| fields))
    }

    /// Checks a draft, or the stored set, against the schema and the fields of the source, and runs its tests.
    pub async fn validate_mappings(
        &self,
        who: &Principal,
        name: &str,
        draft: Option<MappingDraft>,
    ) -> Result<MappingReport> {
        let scope = self.authorise(who, Permission::MappingRead)?;
        let module = ModuleName::parse(name).ok_or_else(|| not_configured(name))?;
        let stored = self.stored_mappings(&scope, module).await?;
        let live = self.live_fields(&scope, module).await?;
        let (version, rows, tests) = match draft {
            Some(draft) => (None, draft.rows, draft.tests.unwrap_or(stored.tests)),
            None => (Some(stored.version), stored.rows, stored.tests),
        };
        let form = self.form(&scope, module).await?;
        let (findings, tests) = judge(&scope, module, form, &rows, &tests, &live).await?;
        Ok(MappingReport { version, findings, tests, live })
    }
}

/// Checks rows strictly and runs tests with them, if they can be used.
pub(super) async fn judge(
    scope: &TenantScope,
    module: ModuleName,
    form: Form,
    rows: &[FieldMapping],
    tests: &[MappingTest],
    live: &LiveFields,
) -> Result<(Vec<Finding>, Vec<TestOutcome>)> {
    let faults = mapping::check_tests(module, tests);
    if !faults.is_empty() {
        return Err(Error::fields(faults));
    }
    let (given, fields) = (rows.to_vec(), live.fields.clone());
    let findings = blocking(scope, move || {
        let live = fields.as_ref().map(|fields| fields.as_slice());
        mapping::check(module, form, &given, true, live)
    })
    .await?;
    let tests = if findings.iter().any(|finding| finding.refused) {
        Vec::new()
    } else {
        run_tests(scope, module, rows, tests).await?
    };
    Ok((findings, tests))
}

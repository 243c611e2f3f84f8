//! The job of a run: what `parts.rs` collects, with the two systems opened and the mappings told the choices of the fields
//! that they read.

use {
    super::{Control, RunParts, unwritable},
    crate::{
        domain::{
            code,
            mapping::{MappingSet, Mappings},
            module::ModuleName,
            run::{RunFailure, Upstream},
        },
        ports::{Source, Target},
        store::{Claim, TenantScope},
        sync::{
            self, ChangeBrake, Deferred, DryRun, Findings, Job, Looked, Met, Presence, Rolls,
            Sight, Site,
        },
    },
    std::sync::{Arc, Mutex},
};

/// A target with the meter of the calls to it.
type Metered = (Arc<dyn Target>, Box<dyn Fn() -> Upstream + Send + Sync>);

impl Control {
    /// Makes the job of a claimed run from its parts, or returns why the run ends.
    pub async fn job(
        &self,
        scope: &TenantScope,
        claim: Claim,
        parts: RunParts,
    ) -> Result<Job, RunFailure> {
        let RunParts { connection, query, mappings, mapping_version, layouts, site_known } = parts;
        let ends = self.connect.open(scope.tenant().as_str(), &connection);
        let ends = ends.map_err(RunFailure::from)?;
        let reached_by = format!("{} {}", connection.zoho_api_domain, connection.zoho_client_id);
        let address = connection.moodle_base_url;
        let site = Site { address, known: site_known, target: ends.target.clone() };
        let crm = ends.source.clone();
        let (source, target) = if claim.run.module == ModuleName::Grades {
            (ends.grade_source, ends.grade_target)
        } else {
            (ends.source, ends.target)
        };
        let mut mappings = mappings;
        match &mut mappings {
            Mappings::Incoming(set) => learn(set, crm.as_ref(), &query.module).await,
            Mappings::Outgoing(rows) => {
                if let Some(failure) = unwritable(rows, crm.as_ref(), &query.module).await {
                    return Err(failure);
                }
            }
        }
        let (target, usage) = self.meter(scope, claim.run.dry_run, target);
        let job = Job {
            scope: scope.clone(),
            claim,
            source,
            target,
            site,
            connection: reached_by,
            query,
            mappings,
            mapping_version,
            layouts,
            usage,
            presence: Presence::default(),
            findings: Findings::default(),
            cohorts: Mutex::default(),
            sight: Sight::default(),
            met: Met::default(),
            brake: ChangeBrake::default(),
            made: Mutex::default(),
            looked: Looked::default(),
            deferred: Deferred::default(),
            rolls: Rolls::default(),
        };
        match sync::conflict(&job) {
            Some(reason) => Err(RunFailure::of(code::LAYOUT_CONFLICT, &[("reason", &reason)])),
            None => Ok(job),
        }
    }

    /// Returns the target that a run writes to, with the meter of its calls: a dry run has a target that only notes
    /// them.
    fn meter(&self, scope: &TenantScope, dry_run: bool, target: Arc<dyn Target>) -> Metered {
        let (connect, tenant) = (self.connect.clone(), scope.tenant().clone());
        let used = move || {
            let usage = connect.take_usage(tenant.as_str());
            let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
            Upstream {
                zoho_calls: number(usage.zoho_calls),
                zoho_credits: number(usage.zoho_credits),
                moodle_calls: number(usage.moodle_calls),
            }
        };
        if !dry_run {
            return (target, Box::new(used));
        }
        let dry_run = Arc::new(DryRun::new(target));
        let noted = dry_run.clone();
        let planned = move || Upstream {
            moodle_calls: i64::try_from(noted.take_calls()).unwrap_or(i64::MAX),
            ..used()
        };
        (dry_run, Box::new(planned))
    }
}

/// Tells value maps the choices of the fields that they read. Without the description the maps hold as they are
/// written.
async fn learn(set: &mut MappingSet, source: &dyn Source, module: &str) {
    let mapped: Vec<String> = set.mapped_fields().into_iter().map(str::to_owned).collect();
    if mapped.is_empty() {
        return;
    }
    match source.describe(module).await {
        Ok(fields) => {
            for field in fields.iter().filter(|field| mapped.contains(&field.name)) {
                set.learn(&field.name, &field.choices);
            }
        }
        Err(error) => {
            tracing::warn!(code = error.code.word(), "the choices of the fields are not known")
        }
    }
}

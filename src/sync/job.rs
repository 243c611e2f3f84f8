//! A claimed run with everything it needs, and how the work on it ends.

use {
    super::{
        braked::ChangeBrake, deferred::Deferred, findings::Findings, looked::Looked, met::Met,
        presence::Presence, roll::Rolls, shape::Module, sight::Sight,
    },
    crate::{
        domain::{
            id::{ObjectId, RecordId},
            layout::{Layouts, RemovalAction},
            mapping::{MappingSet, Mappings},
            module::ModuleName,
            run::{RunFailure, RunState, Upstream},
        },
        ports::{ConnectorError, ReadQuery, Source, Target},
        store::{Claim, TenantScope},
    },
    std::{
        collections::{HashMap, HashSet},
        fmt,
        sync::{Arc, Mutex, PoisonError},
        time::Duration,
    },
};

/// The site that a run reaches.
#[derive(Debug)]
pub struct Site {
    /// Its address, from the settings.
    pub address: String,
    /// True if the links were checked for this address before.
    pub known: bool,
    /// The site itself, also for a run that writes to the source.
    pub target: Arc<dyn Target>,
}

/// A claimed run with everything it needs.
pub struct Job {
    /// The tenant whose rows it may use.
    pub scope: TenantScope,
    /// The claim.
    pub claim: Claim,
    /// The source of the records.
    pub source: Arc<dyn Source>,
    /// The target of the records; in a dry run one that only notes the writes.
    pub target: Arc<dyn Target>,
    /// The site that the links must belong to.
    pub site: Site,
    /// The connection that the source is reached by, in words that differ where the connection does.
    pub connection: String,
    /// The read.
    pub query: ReadQuery,
    /// The mappings.
    pub mappings: Mappings,
    /// Version of the mappings.
    pub mapping_version: Option<i64>,
    /// The forms of the modules in the target.
    pub layouts: Layouts,
    /// Returns the calls made since the last query.
    pub usage: Box<dyn Fn() -> Upstream + Send + Sync>,
    /// Source fields that have come.
    pub presence: Presence,
    /// What was found about fields and words and is to be stored with the next slice.
    pub findings: Findings,
    /// Cohorts by program, as far as this run has used them.
    pub cohorts: Mutex<HashMap<RecordId, ObjectId>>,
    /// Those of them that this run has made.
    pub made: Mutex<HashSet<ObjectId>>,
    /// What this run knows about the target's accounts.
    pub sight: Sight,
    /// What this run had met when the end of its read was swept.
    pub met: Met,
    /// What it would write, counted.
    pub brake: ChangeBrake,
    /// The numbers that it has looked at.
    pub looked: Looked,
    /// The records that it tries again at its end.
    pub deferred: Deferred,
    /// Who takes part in the courses that it has looked at.
    pub rolls: Rolls,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("claim", &self.claim).finish_non_exhaustive()
    }
}

impl Job {
    /// Returns the module with the tenant's settings.
    pub(crate) fn module(&self) -> Module<'_> {
        self.module_named(self.claim.run.module)
    }

    pub(crate) fn module_named(&self, name: ModuleName) -> Module<'_> {
        Module {
            outgoing: self.mappings.outgoing(),
            any_names: self.sight.any_names().unwrap_or_default(),
            ..Module::new(name, &self.layouts, &self.query.module)
        }
    }

    /// True if what is gone from the source is removed from the target in some way.
    pub(crate) fn removes(&self) -> bool {
        self.module().layout().removal_action != RemovalAction::Keep
    }

    /// True when a bulk read gives the mappings the same values as a list.
    pub(crate) fn bulk_would_do(&self) -> bool {
        self.mappings.incoming().is_some_and(MappingSet::fits_bulk)
    }

    pub(crate) fn cohort(&self, program: &RecordId) -> Option<ObjectId> {
        self.cohorts.lock().unwrap_or_else(PoisonError::into_inner).get(program).cloned()
    }

    /// Returns whether this run has made a cohort.
    pub(crate) fn has_made(&self, cohort: &ObjectId) -> bool {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).contains(cohort)
    }

    /// Notes that this run has made a cohort.
    pub(crate) fn note_made(&self, cohort: &ObjectId) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(cohort.clone());
    }

    pub(crate) fn keep_cohort(&self, program: &RecordId, cohort: &ObjectId) {
        let mut cohorts = self.cohorts.lock().unwrap_or_else(PoisonError::into_inner);
        cohorts.insert(program.clone(), cohort.clone());
    }
}

/// How the work on a claimed run ended.
#[derive(Debug)]
pub enum Ended {
    /// The run is over.
    Finished(RunState, Option<RunFailure>),
    /// Its removals wait for an approval, for this reason, or its changes, or both.
    Held(Option<String>),
    /// Another worker has it; nothing is left to do.
    Lost,
    /// It goes back to the queue for a while.
    Wait {
        /// For how long.
        wait: Duration,
        /// True when this counts as a failed try.
        failed: bool,
        /// The reason; `None` if this process is about to stop, or other runs have their turn.
        reason: Option<ConnectorError>,
    },
}

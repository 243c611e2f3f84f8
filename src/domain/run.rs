//! Runs: their states, their counters, and how a run ends. The results of its records are in `item.rs`.

use {
    super::{
        brake::{HeldChanges, PlannedChange},
        code::{Code, Effect, Gaps, Provider},
        finding::RunFinding,
        id::{KeyId, RecordId, RunId, TenantId},
        item::{ItemOutcome, ItemStatus},
        module::ModuleName,
        selection::RunSelection,
    },
    chrono::{DateTime, Utc},
};

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunState {
    /// Accepted; a worker may take it.
    Queued,
    /// Accepted; an active run of the module comes first.
    Waiting,
    /// A worker holds its lease.
    Running,
    /// Removals or changes wait for an approval.
    Held,
    /// Ended without a failed item.
    Completed,
    /// Ended with some failed items, or without having seen the whole source.
    Partial,
    /// Ended by an error of the run, or with every item failed.
    Failed,
    /// Cancelled.
    Cancelled,
}

impl RunState {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Waiting,
        Self::Running,
        Self::Held,
        Self::Completed,
        Self::Partial,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Held => "held",
            Self::Completed => "completed",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// True if the run does not change any more by itself.
    pub const fn ended(self) -> bool {
        matches!(self, Self::Completed | Self::Partial | Self::Failed | Self::Cancelled)
    }

    /// The word of the first REST clients, who do not know of a queue (docs/src/rest.md, "Runs").
    pub const fn rest_word(self) -> &'static str {
        match self {
            Self::Queued | Self::Waiting | Self::Running => "running",
            other => other.as_str(),
        }
    }

    /// The status of a module's last run; `None` while the run has not ended.
    pub const fn module_word(self) -> Option<&'static str> {
        match self {
            Self::Completed => Some("success"),
            Self::Partial | Self::Held => Some("partial"),
            Self::Failed | Self::Cancelled => Some("failed"),
            Self::Queued | Self::Waiting | Self::Running => None,
        }
    }
}

/// What an active run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Nothing yet.
    Queued,
    /// Reading the source.
    Reading,
    /// Deciding what to write.
    Planning,
    /// Writing the target.
    Writing,
    /// Ended.
    Done,
}

impl Phase {
    /// The word that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Reading => "reading",
            Self::Planning => "planning",
            Self::Writing => "writing",
            Self::Done => "done",
        }
    }
}

/// The trigger of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TriggerSource {
    /// A caller.
    Manual,
    /// A retry of failed items.
    Retry,
    /// A schedule.
    Scheduled,
    /// An event from outside.
    Webhook,
    /// The arrival of a parent that records waited for.
    Dependency,
    /// A run of several modules in their order.
    Chain,
}

impl TriggerSource {
    /// The word that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Retry => "retry",
            Self::Scheduled => "scheduled",
            Self::Webhook => "webhook",
            Self::Dependency => "dependency",
            Self::Chain => "chain",
        }
    }

    const ALL: [Self; 6] =
        [Self::Manual, Self::Retry, Self::Scheduled, Self::Webhook, Self::Dependency, Self::Chain];

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == word)
    }

    /// Returns the triggers that a run shows under a word: under `manual` also `chain`, and under `webhook` also
    /// `dependency`, which the first REST clients do not know; none for another word.
    pub fn shown_as(word: &str) -> Vec<Self> {
        let shown = |source: &Self| source.as_str() == word || source.rest_word() == word;
        Self::ALL.into_iter().filter(shown).collect()
    }

    /// The word of the first REST clients, who know four (docs/src/rest.md, "Runs").
    pub const fn rest_word(self) -> &'static str {
        match self {
            Self::Dependency => "webhook",
            Self::Chain => "manual",
            other => other.as_str(),
        }
    }

    /// Runs with a lower number come first (docs/src/engine.md, "The queue").
    pub const fn priority(self) -> i16 {
        match self {
            Self::Manual | Self::Chain => 0,
            Self::Retry | Self::Webhook | Self::Dependency => 1,
            Self::Scheduled => 2,
        }
    }
}

/// Records of a run by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Created or linked.
    pub new: i64,
    /// Found as they should be.
    pub unchanged: i64,
    /// Written.
    pub updated: i64,
    /// Failed.
    pub failed: i64,
    /// Not due or not allowed.
    pub skipped: i64,
    /// With warnings, whatever the outcome: they are counted by their outcome too.
    pub warned: i64,
}

impl Counts {
    /// Sum of the five outcomes.
    pub const fn total(&self) -> i64 {
        self.new + self.unchanged + self.updated + self.failed + self.skipped
    }

    /// Counts one outcome.
    pub fn add(&mut self, item: &ItemOutcome) {
        self.warned += i64::from(!item.warnings.is_empty());
        match item.status {
            ItemStatus::New => self.new += 1,
            ItemStatus::Unchanged => self.unchanged += 1,
            ItemStatus::Updated => self.updated += 1,
            ItemStatus::Failed => self.failed += 1,
            ItemStatus::Skipped => self.skipped += 1,
        }
    }
}

/// A run as it is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The tenant.
    pub tenant: TenantId,
    /// The module.
    pub module: ModuleName,
    /// The stored word of the trigger.
    pub trigger_source: String,
    /// Who asked for it, in the words of the caller.
    pub triggered_by: Option<String>,
    /// The key that asked for it; `None` where none did, and for runs of earlier versions.
    pub started_key: Option<KeyId>,
    /// The run that this one retries.
    pub parent: Option<RunId>,
    /// When it was accepted.
    pub started_at: DateTime<Utc>,
    /// When a worker took it; again after an approval.
    pub begun_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// The state.
    pub state: RunState,
    /// The stored word of the phase.
    pub phase: String,
    /// Records so far.
    pub counts: Counts,
    /// Stable word of the run's own error.
    pub error_code: Option<String>,
    /// The run's own error in words.
    pub error_summary: Option<String>,
    /// Number of records expected, if it is known.
    pub expected_total: Option<i64>,
    /// True after a request to cancel the run.
    pub cancel_requested: bool,
    /// Rises with every stored change.
    pub sequence: i64,
    /// True: nothing is written; the items say what would be written.
    pub dry_run: bool,
    /// What it reads.
    pub selection: RunSelection,
    /// The chain that it belongs to, by the id of the chain's first run.
    pub chain: Option<RunId>,
    /// Version of the mappings, fixed at its first slice.
    pub mapping_version: Option<i64>,
    /// Its removals.
    pub removals: Removals,
    /// Its changes, where they had to wait for an approval.
    pub changes: Changes,
    /// Calls that it made to the other systems, or would make.
    pub upstream: Upstream,
    /// What it found about fields and words, where the run is read by itself.
    pub findings: Vec<RunFinding>,
    /// Why it waits, where it does.
    pub waiting: Option<Wait>,
}

impl Run {
    /// A run that is not one: nothing of it is stored, and it says what a run of some records would do.
    pub fn trial(
        id: RunId,
        tenant: TenantId,
        module: ModuleName,
        ids: Vec<RecordId>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            tenant,
            module,
            trigger_source: TriggerSource::Manual.as_str().to_owned(),
            triggered_by: None,
            started_key: None,
            parent: None,
            started_at: now,
            begun_at: Some(now),
            finished_at: None,
            state: RunState::Running,
            phase: Phase::Reading.as_str().to_owned(),
            counts: Counts::default(),
            error_code: None,
            error_summary: None,
            expected_total: None,
            cancel_requested: false,
            sequence: 0,
            dry_run: true,
            selection: RunSelection::Ids { ids },
            chain: None,
            mapping_version: None,
            removals: Removals::default(),
            changes: Changes::default(),
            upstream: Upstream::default(),
            findings: Vec::new(),
            waiting: None,
        }
    }
}

/// Why a run waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// Stable word. One that a later version has stored is kept as it is.
    pub code: String,
    /// In words, free of secrets.
    pub reason: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Until when, where that is known.
    pub until: Option<DateTime<Utc>>,
}

impl Wait {
    /// A wait of unknown length that says what the row of its code says, with the gaps filled.
    pub fn new(code: Code, gaps: Gaps<'_>, since: DateTime<Utc>) -> Self {
        Self { code: code.word().to_owned(), reason: code.advice(gaps), since, until: None }
    }
}

/// The removals of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Removals {
    /// Removals that are due.
    pub planned: i64,
    /// Carried out.
    pub applied: i64,
    /// Why they wait for an approval, in words.
    pub held_reason: Option<String>,
    /// Who approved them.
    pub approved_by: Option<String>,
    /// The greatest number that was approved.
    pub ceiling: Option<i64>,
}

/// The changes of a run that had to wait for an approval.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Records that would be written.
    pub planned: i64,
    /// Records that were written.
    pub applied: i64,
    /// Why they wait for an approval.
    pub held: Option<HeldChanges>,
    /// Who approved them.
    pub approved_by: Option<String>,
    /// How many were approved at most.
    pub ceiling: Option<i64>,
    /// The first of the planned ones, where they were asked for.
    pub samples: Vec<PlannedChange>,
}

impl Changes {
    /// Returns whether they wait for an approval, where the run is held.
    pub const fn wait(&self) -> bool {
        self.held.is_some() && self.ceiling.is_none()
    }
}

impl Removals {
    /// Returns whether they wait for an approval, where the run is held.
    pub const fn wait(&self) -> bool {
        self.held_reason.is_some() && self.ceiling.is_none()
    }
}

/// Calls to the other systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Upstream {
    /// Calls to Zoho CRM.
    pub zoho_calls: i64,
    /// Credits that they cost.
    pub zoho_credits: i64,
    /// Calls to Moodle.
    pub moodle_calls: i64,
}

/// Why a run as a whole could not continue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFailure {
    /// Stable word.
    pub code: Code,
    /// In words, free of secrets.
    pub summary: String,
    /// The system that it tells of.
    pub system: Provider,
}

impl RunFailure {
    /// Makes a failure from a stable word and a text.
    pub fn new(code: Code, summary: impl Into<String>) -> Self {
        Self { code, summary: summary.into(), system: code.row().provider }
    }

    /// Makes a failure with the message of the code's row, the gaps filled.
    pub fn of(code: Code, gaps: Gaps<'_>) -> Self {
        Self::new(code, code.advice(gaps))
    }
}

/// Returns the final state of a run that was not cancelled (docs/src/engine.md, "Runs").
pub fn final_state(counts: &Counts, failure: Option<&RunFailure>) -> RunState {
    // If the source was not read completely, what was read is kept.
    let incomplete = failure.is_some_and(|failure| failure.code.row().effect == Effect::Partial);
    if (failure.is_some() && !incomplete) || (counts.failed > 0 && counts.failed == counts.total())
    {
        RunState::Failed
    } else if counts.failed > 0 || incomplete {
        RunState::Partial
    } else {
        RunState::Completed
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::domain::code};

    #[test]
    fn a_run_ends_by_its_counts() {
        let counts = |new, failed, skipped| Counts { new, failed, skipped, ..Counts::default() };
        let failure = RunFailure::new(code::INTERNAL, "x");
        assert_eq!(final_state(&counts(0, 0, 0), None), RunState::Completed);
        assert_eq!(final_state(&counts(5, 0, 2), None), RunState::Completed);
        assert_eq!(final_state(&counts(5, 1, 0), None), RunState::Partial);
        assert_eq!(final_state(&counts(0, 3, 0), None), RunState::Failed);
        assert_eq!(final_state(&counts(0, 3, 1), None), RunState::Partial);
        assert_eq!(final_state(&counts(9, 0, 0), Some(&failure)), RunState::Failed);
        let short = RunFailure::new(code::SOURCE_INCOMPLETE, "x");
        assert_eq!(final_state(&counts(9, 0, 0), Some(&short)), RunState::Partial);
    }

    #[test]
    fn a_filter_finds_what_a_run_calls_itself() {
        for source in TriggerSource::ALL {
            for word in [source.as_str(), source.rest_word()] {
                assert!(TriggerSource::shown_as(word).contains(&source), "{word}");
            }
        }
        use TriggerSource::{Chain, Dependency, Manual, Webhook};
        assert_eq!(TriggerSource::shown_as("manual"), [Manual, Chain]);
        assert_eq!(TriggerSource::shown_as("webhook"), [Webhook, Dependency]);
        assert_eq!(TriggerSource::shown_as("chain"), [Chain]);
        assert_eq!(TriggerSource::shown_as("CHAIN"), []);
    }

    #[test]
    fn every_word_reads_back() {
        for state in RunState::ALL {
            assert_eq!(RunState::parse(state.as_str()), Some(state));
            assert_eq!(state.ended() || state == RunState::Held, state.module_word().is_some());
        }
    }
}

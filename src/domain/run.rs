//! Runs: their states, their counters, what became of each record, and how a run ends.

use {
    super::{
        id::{RunId, TenantId},
        module::ModuleName,
    },
    chrono::{DateTime, Utc},
    serde_json::{Map, Value},
};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunState {
    /// Accepted; a worker may take it.
    Queued,
    /// Accepted; an active run of the module goes first.
    Waiting,
    /// A worker holds its lease.
    Running,
    /// Removals wait for an approval.
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

    /// True when the run will not change any more by itself.
    pub const fn ended(self) -> bool {
        matches!(self, Self::Completed | Self::Partial | Self::Failed | Self::Cancelled)
    }

    /// The word of the first REST clients, who know no queue (engine.md, section 2).
    pub const fn rest_word(self) -> &'static str {
        match self {
            Self::Queued | Self::Waiting | Self::Running => "running",
            other => other.as_str(),
        }
    }

    /// What a module shows as the status of its last run; `None` while the run has not ended.
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

/// Who or what asked for a run.
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
}

impl TriggerSource {
    /// The word that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Retry => "retry",
            Self::Scheduled => "scheduled",
            Self::Webhook => "webhook",
        }
    }

    /// Lower goes first (engine.md, section 1.2).
    pub const fn priority(self) -> i16 {
        match self {
            Self::Manual => 0,
            Self::Retry | Self::Webhook => 1,
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
}

impl Counts {
    /// Sum of the five.
    pub const fn total(&self) -> i64 {
        self.new + self.unchanged + self.updated + self.failed + self.skipped
    }

    /// Counts one outcome.
    pub const fn add(&mut self, status: ItemStatus) {
        match status {
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
    /// Whose it is.
    pub tenant: TenantId,
    /// Which module.
    pub module: ModuleName,
    /// The stored word of what asked for it.
    pub trigger_source: String,
    /// Who asked for it.
    pub triggered_by: Option<String>,
    /// The run that this one retries.
    pub parent: Option<RunId>,
    /// When it was accepted.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Where it stands.
    pub state: RunState,
    /// The stored word of what it is doing.
    pub phase: String,
    /// Records so far.
    pub counts: Counts,
    /// Stable word of the run's own error.
    pub error_code: Option<String>,
    /// The run's own error in words.
    pub error_summary: Option<String>,
    /// Records expected, when known.
    pub expected_total: Option<i64>,
    /// True once cancelling was asked for.
    pub cancel_requested: bool,
    /// Rises with every stored change.
    pub sequence: i64,
}

/// The outcomes of a record, by the words of the first clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemStatus {
    /// Created or linked.
    New,
    /// As it should be.
    Unchanged,
    /// Written.
    Updated,
    /// Failed.
    Failed,
    /// Not due or not allowed.
    Skipped,
}

impl ItemStatus {
    /// All statuses.
    pub const ALL: [Self; 5] =
        [Self::New, Self::Unchanged, Self::Updated, Self::Failed, Self::Skipped];

    /// The word that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Unchanged => "UNCHANGED",
            Self::Updated => "UPDATED",
            Self::Failed => "FAILED",
            Self::Skipped => "SKIPPED",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// What became of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemOutcome {
    /// Id of the record in the source.
    pub zoho_id: String,
    /// The outcome.
    pub status: ItemStatus,
    /// Stable word of the reason, when it failed or was skipped.
    pub code: Option<&'static str>,
    /// The reason in words.
    pub message: Option<String>,
    /// `{field: [old, new]}` of what was written.
    pub diff: Map<String, Value>,
}

impl ItemOutcome {
    /// An outcome without a reason.
    pub fn plain(zoho_id: impl Into<String>, status: ItemStatus, diff: Map<String, Value>) -> Self {
        Self { zoho_id: zoho_id.into(), status, code: None, message: None, diff }
    }

    /// A failure with its reason.
    pub fn failed(
        zoho_id: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            zoho_id: zoho_id.into(),
            status: ItemStatus::Failed,
            code: Some(code),
            message: Some(message.into()),
            diff: Map::new(),
        }
    }

    /// A skip with its reason.
    pub fn skipped(
        zoho_id: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { status: ItemStatus::Skipped, ..Self::failed(zoho_id, code, message) }
    }
}

/// A stored outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Id of the record in the source.
    pub zoho_id: String,
    /// The stored word of the outcome.
    pub status: String,
    /// Stable word of the reason.
    pub code: Option<String>,
    /// The reason in words.
    pub message: Option<String>,
    /// `{field: [old, new]}`.
    pub diff: Value,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
    /// Place in the run, from 0.
    pub ordinal: i64,
}

/// Why a run as a whole could not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFailure {
    /// Stable word.
    pub code: String,
    /// In words, free of secrets.
    pub summary: String,
}

/// Returns how a run ends that was not cancelled (engine.md, section 2).
pub const fn final_state(counts: &Counts, failure: Option<&RunFailure>) -> RunState {
    if failure.is_some() || (counts.failed > 0 && counts.failed == counts.total()) {
        RunState::Failed
    } else if counts.failed > 0 {
        RunState::Partial
    } else {
        RunState::Completed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_by_its_counts() {
        let counts = |new, failed, skipped| Counts { new, failed, skipped, ..Counts::default() };
        let failure = RunFailure { code: "X".into(), summary: "x".into() };
        assert_eq!(final_state(&counts(0, 0, 0), None), RunState::Completed);
        assert_eq!(final_state(&counts(5, 0, 2), None), RunState::Completed);
        assert_eq!(final_state(&counts(5, 1, 0), None), RunState::Partial);
        assert_eq!(final_state(&counts(0, 3, 0), None), RunState::Failed);
        assert_eq!(final_state(&counts(0, 3, 1), None), RunState::Partial);
        assert_eq!(final_state(&counts(9, 0, 0), Some(&failure)), RunState::Failed);
    }

    #[test]
    fn every_word_reads_back() {
        for state in RunState::ALL {
            assert_eq!(RunState::parse(state.as_str()), Some(state));
            assert_eq!(state.ended() || state == RunState::Held, state.module_word().is_some());
        }
        for status in ItemStatus::ALL {
            assert_eq!(ItemStatus::parse(status.as_str()), Some(status));
        }
    }
}

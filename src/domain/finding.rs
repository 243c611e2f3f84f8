//! What a run finds about a field or a word of the source: told once a run with the number of records, not with each
//! record.

/// Most findings of a run. What is found beyond is not told: it is of the same kinds.
pub const FINDINGS_MAX: usize = 100;

/// A finding of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFinding {
    /// Stable word.
    pub code: String,
    /// The field that it is about, by its name in the source or in the canonical schema; empty where it is about none.
    pub field: String,
    /// The word that it is about, as messages show it; empty where it is about none.
    pub word: String,
    /// Records that it was met in; 0 where it is about the module as a whole.
    pub records: i64,
    /// One of them.
    pub sample: Option<String>,
    /// In words, with what to do.
    pub message: String,
}

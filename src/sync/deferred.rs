//! The records of a run that are tried again at its end, because another record may give up a value by then. `again.rs` does
//! that.

use {
    crate::domain::id::RecordId,
    std::sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Records of a run that are tried again at its end: all of them are read and written together.
pub(crate) const DEFERRED_MAX: usize = 600;

/// The records of a run that are tried again at its end.
#[derive(Debug, Default)]
pub struct Deferred {
    records: Mutex<Vec<RecordId>>,
    /// True once a slice of the run was worked on.
    begun: AtomicBool,
}

impl Deferred {
    fn lock(&self) -> MutexGuard<'_, Vec<RecordId>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns them.
    pub(crate) fn list(&self) -> Vec<RecordId> {
        self.lock().clone()
    }

    /// Returns how many there are.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Notes that a slice is worked on, and returns whether one was before.
    pub(crate) fn begin(&self) -> bool {
        self.begun.swap(true, Ordering::Relaxed)
    }

    /// Goes on with these.
    pub(crate) fn set(&self, records: Vec<RecordId>) {
        *self.lock() = records;
    }

    /// Adds some.
    pub(crate) fn add(&self, records: Vec<RecordId>) {
        let mut known = self.lock();
        for record in records {
            if known.len() < DEFERRED_MAX && !known.contains(&record) {
                known.push(record);
            }
        }
    }
}

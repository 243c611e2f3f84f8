//! Who takes part in the courses that a run has looked at: each list is asked for once in a run.

use {
    crate::domain::id::ObjectId,
    std::{
        collections::{BTreeMap, HashMap},
        sync::{Arc, Mutex, PoisonError},
    },
};

/// Those who take part in a course or a group, and whether they may use it now, where that was asked.
pub(crate) type Roll = BTreeMap<ObjectId, Option<bool>>;

/// A course or a group of one, and whether it was asked who may use it.
type Key = (String, bool);

/// The lists that a run has asked for.
#[derive(Debug, Default)]
pub struct Rolls(Mutex<HashMap<Key, Arc<Roll>>>);

impl Rolls {
    /// Returns a list that was asked for.
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Roll>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Keeps a list.
    pub(crate) fn keep(&self, key: Key, roll: Roll) -> Arc<Roll> {
        let roll = Arc::new(roll);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, roll.clone());
        roll
    }
}

//! The numbers of objects that a run has looked at, so that it looks at each once.

use {
    crate::domain::{id::ObjectId, record::TargetKind},
    std::{
        collections::{BTreeMap, BTreeSet, HashSet},
        sync::{Mutex, MutexGuard, PoisonError},
    },
};

/// An object by its kind and its number.
pub(crate) type Number = (TargetKind, ObjectId);

/// The numbers that a run has looked at.
#[derive(Debug, Default)]
pub struct Looked(Mutex<Numbers>);

#[derive(Debug, Default)]
struct Numbers {
    /// Those that lead to its own objects.
    own: HashSet<Number>,
    /// Those of which it cannot be told whether they do.
    doubted: HashSet<Number>,
}

impl Looked {
    fn lock(&self) -> MutexGuard<'_, Numbers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns those of some numbers that were not looked at, by kind. What exists only in a dry run cannot be.
    pub(crate) fn unknown(
        &self,
        used: impl IntoIterator<Item = Number>,
    ) -> BTreeMap<TargetKind, BTreeSet<ObjectId>> {
        let known = self.lock();
        let mut unknown: BTreeMap<TargetKind, BTreeSet<ObjectId>> = BTreeMap::new();
        for number in used {
            if !known.own.contains(&number) && !ObjectId::is_planned(number.1.as_str()) {
                unknown.entry(number.0).or_default().insert(number.1);
            }
        }
        unknown
    }

    /// Notes numbers that lead to the run's own objects.
    pub(crate) fn note(&self, numbers: impl IntoIterator<Item = Number>) {
        self.lock().own.extend(numbers);
    }

    /// Notes numbers of which it cannot be told whether they lead to the run's own objects.
    pub(crate) fn doubt(&self, numbers: impl IntoIterator<Item = Number>) {
        self.lock().doubted.extend(numbers);
    }

    /// Returns whether that is so of a number.
    pub(crate) fn is_doubted(&self, number: &Number) -> bool {
        self.lock().doubted.contains(number)
    }
}

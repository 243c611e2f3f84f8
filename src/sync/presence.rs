//! The mapped source fields that have come, before a run and in it. `admit.rs` decides what their absence means.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The source fields of a run's module that have come, before and in this run.
#[derive(Debug, Default)]
pub struct Presence(Mutex<Fields>);

#[derive(Debug, Default)]
struct Fields {
    seen: Arc<BTreeSet<String>>,
    /// Those of them that are not stored yet.
    fresh: BTreeSet<String>,
    /// Mapped fields that the source turned out not to have.
    foreign: BTreeSet<String>,
}

impl Presence {
    fn lock(&self) -> MutexGuard<'_, Fields> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins with the fields that came before this run.
    pub(crate) fn begin(&self, seen: BTreeSet<String>) {
        self.lock().seen = Arc::new(seen);
    }

    /// Returns the fields that have come so far.
    pub(crate) fn seen(&self) -> Arc<BTreeSet<String>> {
        self.lock().seen.clone()
    }

    /// Returns the fields that have come and are not stored.
    pub(crate) fn fresh(&self) -> Vec<String> {
        self.lock().fresh.iter().cloned().collect()
    }

    /// Notes that fields are stored.
    pub(crate) fn stored(&self, fields: &[String]) {
        let mut own = self.lock();
        own.fresh.retain(|field| !fields.contains(field));
    }

    /// Notes fields that came.
    pub(crate) fn note(&self, there: &[&str]) {
        let mut own = self.lock();
        let new: Vec<&str> =
            there.iter().copied().filter(|field| !own.seen.contains(*field)).collect();
        for field in new {
            own.foreign.remove(field);
            Arc::make_mut(&mut own.seen).insert(field.to_owned());
            own.fresh.insert(field.to_owned());
        }
    }

    /// Divides missing fields into those that came before, and those that are not known to be foreign.
    pub(crate) fn divide<'f>(&self, absent: &BTreeSet<&'f str>) -> (Vec<&'f str>, Vec<&'f str>) {
        let own = self.lock();
        let known = absent.iter().copied().filter(|field| !own.foreign.contains(*field));
        known.partition(|field| own.seen.contains(*field))
    }

    /// Returns whether the source turned out not to have a field.
    pub(crate) fn is_foreign(&self, field: &str) -> bool {
        self.lock().foreign.contains(field)
    }

    /// Notes fields that the source turned out not to have.
    pub(crate) fn note_foreign(&self, fields: Vec<&str>) {
        self.lock().foreign.extend(fields.into_iter().map(str::to_owned));
    }
}

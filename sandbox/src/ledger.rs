//! Counts the calls to the emulated systems, for tests and benchmarks to compare with their
//! expectations.

use {super::fault::Target, serde::Serialize, std::collections::BTreeMap};

/// Number of batch sizes stored for each system; later ones are only counted.
const BATCHES_KEPT: usize = 10_000;

/// Number of different operations; more names than this can only be mistakes.
const OPERATIONS_KEPT: usize = 1_000;

/// The calls to one emulated system.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Tally {
    /// All calls, including refused and failed ones.
    pub(crate) calls: u64,
    /// Calls per operation.
    pub(crate) operations: BTreeMap<String, u64>,
    /// Answers per HTTP status; `0` = connection closed without an answer.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// Answers that are errors, per error code, whatever their status.
    pub(crate) errors: BTreeMap<String, u64>,
    /// Calls that failed because of a fault switch.
    pub(crate) faults: u64,
    /// Records written, per kind of write (`created`, `updated`, `deleted`): those of all modules
    /// of Zoho, the users of Moodle.
    pub(crate) written: BTreeMap<&'static str, u64>,
    /// Objects written, by kind of object and kind of write.
    pub(crate) writes: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    /// Rows of each write call, in order of arrival.
    pub(crate) batches: Vec<u32>,
    /// Write calls, including those beyond the end of `batches`.
    pub(crate) batches_total: u64,
    /// Greatest number of form variables in one call.
    pub(crate) form_variables_max: usize,
    /// Calls whose form was cut for having too many variables.
    pub(crate) forms_cut: u64,
    /// Write calls that would start workflow rules (no `trigger`, or one that is not empty).
    pub(crate) workflow_calls: u64,
    /// Calls in progress now.
    pub(crate) concurrent: u32,
    /// Greatest number of calls in progress at one time.
    pub(crate) concurrent_max: u32,
}

impl Tally {
    fn begin(&mut self, operation: &str) {
        self.calls += 1;
        let full = self.operations.len() >= OPERATIONS_KEPT;
        let known = !full || self.operations.contains_key(operation);
        let operation = if known { operation } else { "(others)" };
        match self.operations.get_mut(operation) {
            Some(count) => *count += 1,
            None => drop(self.operations.insert(operation.to_owned(), 1)),
        }
        self.concurrent += 1;
        self.concurrent_max = self.concurrent_max.max(self.concurrent);
    }

    fn end(&mut self, target: Target, status: u16, note: Note) {
        self.concurrent = self.concurrent.saturating_sub(1);
        *self.statuses.entry(status).or_default() += 1;
        if let Some(error) = note.error {
            *self.errors.entry(error).or_default() += 1;
        }
        for (kind, verb, count) in note.written {
            *self.writes.entry(kind).or_default().entry(verb).or_default() += count;
            if target == Target::Zoho || kind == "users" {
                *self.written.entry(verb).or_default() += count;
            }
        }
        if let Some(rows) = note.batch {
            self.batches_total += 1;
            if self.batches.len() < BATCHES_KEPT {
                self.batches.push(rows);
            }
        }
        self.form_variables_max = self.form_variables_max.max(note.form_variables);
        self.forms_cut += u64::from(note.form_cut);
        self.workflow_calls += u64::from(note.fires_workflow);
    }
}

/// What a call reports to the ledger.
#[derive(Debug, Default, Clone)]
pub(crate) struct Note {
    /// Error code of the answer.
    pub(crate) error: Option<String>,
    /// Rows of a write call.
    pub(crate) batch: Option<u32>,
    /// Users of a grade report.
    pub(crate) reported: u32,
    /// Objects written: kind, write, number.
    pub(crate) written: Vec<(&'static str, &'static str, u64)>,
    /// Form variables received, before any cut.
    pub(crate) form_variables: usize,
    /// Whether variables were cut off.
    pub(crate) form_cut: bool,
    /// Whether workflow rules would run.
    pub(crate) fires_workflow: bool,
}

impl Note {
    /// Notes that objects were written.
    pub(crate) fn wrote(&mut self, kind: &'static str, verb: &'static str, count: usize) {
        if count > 0 {
            self.written.push((kind, verb, count as u64));
        }
    }

    /// Returns whether anything was written.
    pub(crate) fn has_written(&self) -> bool {
        !self.written.is_empty()
    }
}

/// The tallies of both systems.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Ledger {
    pub(crate) zoho: Tally,
    pub(crate) moodle: Tally,
}

impl Ledger {
    fn tally(&mut self, target: Target) -> &mut Tally {
        match target {
            Target::Zoho => &mut self.zoho,
            Target::Moodle => &mut self.moodle,
        }
    }

    /// Enters a call that has arrived; returns how many are in progress now.
    pub(crate) fn begin(&mut self, target: Target, operation: &str) -> u32 {
        let tally = self.tally(target);
        tally.begin(operation);
        tally.concurrent
    }

    /// Marks a call as failed by a fault.
    pub(crate) fn spoil(&mut self, target: Target) {
        self.tally(target).faults += 1;
    }

    /// Enters the end of a call; status 0 = closed without an answer.
    pub(crate) fn end(&mut self, target: Target, status: u16, note: Note) {
        self.tally(target).end(target, status, note);
    }

    /// Forgets everything except the calls in progress.
    pub(crate) fn reset(&mut self) {
        for tally in [&mut self.zoho, &mut self.moodle] {
            *tally = Tally {
                concurrent: tally.concurrent,
                concurrent_max: tally.concurrent,
                ..Tally::default()
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_resets() {
        let mut ledger = Ledger::default();
        ledger.begin(Target::Moodle, "f");
        ledger.begin(Target::Moodle, "f");
        let mut note = Note { batch: Some(80), ..Note::default() };
        note.wrote("users", "created", 80);
        note.wrote("courses", "created", 0);
        note.wrote("groups", "created", 3);
        ledger.end(Target::Moodle, 200, note);
        assert_eq!(ledger.moodle.concurrent_max, 2);
        assert_eq!(ledger.moodle.writes.keys().collect::<Vec<_>>(), [&"groups", &"users"]);
        assert_eq!(ledger.moodle.written.get("created"), Some(&80));
        ledger.reset();
        assert_eq!((ledger.moodle.calls, ledger.moodle.concurrent), (0, 1));
    }
}

//! What a run has found about fields and words and not stored yet. It is met record by record, and told once.

use {
    crate::domain::{
        code::{Code, Gaps},
        finding::{FINDINGS_MAX, RunFinding},
        id::RecordId,
        invisible::shown,
    },
    std::{
        collections::{BTreeMap, BTreeSet, btree_map::Entry},
        sync::{Mutex, MutexGuard, PoisonError},
    },
};

/// A code, a field and a word.
type Key = (&'static str, String, String);

/// The findings of a run that are to be stored with its next slice.
#[derive(Debug, Default)]
pub struct Findings(Mutex<Found>);

#[derive(Debug, Default)]
struct Found {
    known: BTreeSet<Key>,
    fresh: BTreeMap<Key, RunFinding>,
    /// By code and field, the only word that was met so far, of those that are told once there is another; `None` when
    /// there is.
    only: BTreeMap<(&'static str, String), Option<RunFinding>>,
    /// The same when the last slice was stored.
    only_stored: BTreeMap<(&'static str, String), Option<RunFinding>>,
    /// True: what records show is known already.
    told: bool,
}

impl Findings {
    fn lock(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what was found about a field of the module as a whole.
    pub(crate) fn of_field(&self, code: Code, field: &str, gaps: Gaps<'_>) {
        self.note(code, (field, ""), None, gaps);
    }

    /// Notes what was found about a field, or a word in it, in a record.
    pub(crate) fn in_record(
        &self,
        code: Code,
        (field, word): (&str, &str),
        record: &RecordId,
        gaps: Gaps<'_>,
    ) {
        self.note(code, (field, word), Some(record.as_str()), gaps);
    }

    /// Notes a word that is told only if the run meets another one in the field.
    pub(crate) fn unlike(
        &self,
        code: Code,
        (field, word): (&str, &str),
        record: &RecordId,
        gaps: Gaps<'_>,
    ) {
        let own = || finding(code, (field, word), Some(record.as_str()), gaps);
        let mut found = self.lock();
        if found.told {
            return;
        }
        let place = (code.word(), field.to_owned());
        match found.only.get_mut(&place) {
            None => drop(found.only.insert(place, Some(own()))),
            Some(Some(only)) if only.word == shown(word) => only.records += 1,
            Some(only) => {
                let before = only.take();
                found.put(code, own());
                before.into_iter().for_each(|before| found.put(code, before));
            }
        }
    }

    /// Forgets what was found in records since the last slice was stored, because they are met again.
    pub(crate) fn forget_records(&self) {
        let mut found = self.lock();
        found.fresh.retain(|_, finding| finding.sample.is_none());
        found.only = found.only_stored.clone();
    }

    /// Lets nothing more be found in records: those of a plan that was held have been told.
    pub(crate) fn pass_over_records(&self) {
        self.lock().told = true;
    }

    fn note(&self, code: Code, word: (&str, &str), record: Option<&str>, gaps: Gaps<'_>) {
        let mut found = self.lock();
        if !(found.told && record.is_some()) {
            found.put(code, finding(code, word, record, gaps));
        }
    }

    /// Returns what was found since this was last asked, with the records since then.
    pub(crate) fn take(&self) -> Vec<RunFinding> {
        let mut found = self.lock();
        found.only_stored = found.only.clone();
        std::mem::take(&mut found.fresh).into_values().collect()
    }
}

impl Found {
    /// Adds a finding to the one of the same word, if there is one.
    fn put(&mut self, code: Code, finding: RunFinding) {
        let key = (code.word(), finding.field.clone(), finding.word.clone());
        if !self.known.contains(&key) {
            if self.known.len() >= FINDINGS_MAX {
                return;
            }
            self.known.insert(key.clone());
        }
        match self.fresh.entry(key) {
            Entry::Vacant(place) => drop(place.insert(finding)),
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.records += finding.records;
                known.sample = known.sample.take().or(finding.sample);
            }
        }
    }
}

fn finding(
    code: Code,
    (field, word): (&str, &str),
    record: Option<&str>,
    gaps: Gaps<'_>,
) -> RunFinding {
    RunFinding {
        code: code.word().to_owned(),
        field: field.to_owned(),
        // Words come from records, and PostgreSQL takes no text with a NUL in it.
        word: shown(word),
        records: i64::from(record.is_some()),
        sample: record.map(str::to_owned),
        message: code.advice(gaps).replace('\0', "\u{fffd}"),
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::domain::code};

    #[test]
    fn a_word_is_told_when_there_is_another() {
        let findings = Findings::default();
        let meet = |max: &str, record: &str| {
            let gaps: Gaps<'_> = &[("max", &max)];
            findings.unlike(code::GRADE_MAX_DIFFERS, ("grade_max", max), &record.into(), gaps);
        };
        meet("100", "1");
        meet("100", "2");
        assert_eq!(findings.take(), []);
        meet("4", "3");
        meet("100", "4");
        let told = findings.take();
        let told: Vec<_> = told.iter().map(|one| (one.word.as_str(), one.records)).collect();
        assert_eq!(told, [("100", 3), ("4", 1)]);
    }

    #[test]
    fn a_field_is_told_once_with_its_records() {
        let findings = Findings::default();
        for record in ["1", "2"] {
            findings.in_record(code::STATUS_UNKNOWN, ("status", "Left"), &record.into(), &[]);
        }
        findings.of_field(code::FIELD_NOT_IN_SOURCE, "Phone", &[("field", &"Phone")]);
        let told = findings.take();
        let told: Vec<_> = told
            .iter()
            .map(|one| (one.field.as_str(), one.records, one.sample.as_deref()))
            .collect();
        assert_eq!(told, [("Phone", 0, None), ("status", 2, Some("1"))]);
        findings.in_record(code::STATUS_UNKNOWN, ("status", "Left"), &"3".into(), &[]);
        assert_eq!(findings.take().first().map(|one| one.records), Some(1));
    }

    #[test]
    fn their_number_has_a_limit() {
        let findings = Findings::default();
        for round in 0..2 {
            for word in 0..2 * FINDINGS_MAX {
                let word = word.to_string();
                findings.in_record(code::STATUS_UNKNOWN, ("status", &word), &"1".into(), &[]);
            }
            assert_eq!(findings.take().len(), FINDINGS_MAX, "round {round}");
        }
    }
}

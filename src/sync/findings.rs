//! What a run has found about fields and words and not stored yet. It is met record by record, and told once.

use {
    crate::domain::{
        code::{Code, Gaps},
        finding::{FINDINGS_MAX, RunFinding},
        id::RecordId,
        invisible::shown,
    },
    std::{
        collections::{BTreeMap, BTreeSet},
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

    fn note(&self, code: Code, (field, word): (&str, &str), record: Option<&str>, gaps: Gaps<'_>) {
        // Words come from records, and PostgreSQL takes no text with a NUL in it.
        let word = shown(word);
        let key = (code.word(), field.to_owned(), word.clone());
        let mut found = self.lock();
        if found.told && record.is_some() {
            return;
        }
        if !found.known.contains(&key) {
            if found.known.len() >= FINDINGS_MAX {
                return;
            }
            found.known.insert(key.clone());
        }
        let finding = found.fresh.entry(key).or_insert_with(|| RunFinding {
            code: code.word().to_owned(),
            field: field.to_owned(),
            word,
            records: 0,
            sample: None,
            message: code.advice(gaps).replace('\0', "\u{fffd}"),
        });
        if let Some(record) = record {
            finding.records += 1;
            finding.sample.get_or_insert_with(|| record.to_owned());
        }
    }

    /// Forgets what was found in records that are met again: those of a plan that is now written.
    pub(crate) fn forget_records(&self) {
        self.lock().fresh.retain(|_, finding| finding.sample.is_none());
    }

    /// Lets nothing more be found in records: those of a plan that was held have been told.
    pub(crate) fn pass_over_records(&self) {
        self.lock().told = true;
    }

    /// Returns what was found since this was last asked, with the records since then.
    pub(crate) fn take(&self) -> Vec<RunFinding> {
        std::mem::take(&mut self.lock().fresh).into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::domain::code};

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

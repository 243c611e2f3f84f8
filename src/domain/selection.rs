//! What a run reads: everything, the changes, given records, the failed records of an earlier run, or those that
//! waited for a parent; and what two requests for the same module select together.

use {
    super::id::RecordId,
    serde::{Deserialize, Serialize},
};

/// Greatest number of ids of a run; a request with more becomes a read of all changes.
pub const IDS_MAX: usize = 1_000;

/// What a run reads. The stored form is JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RunSelection {
    /// Every record of the module, and which ones are gone.
    #[default]
    Full,
    /// Every record of the module, and every linked object in the target.
    Verify,
    /// What changed since the last whole read, and what was deleted.
    Changes,
    /// These records.
    Ids {
        /// Their ids in the source.
        ids: Vec<RecordId>,
    },
    /// Items of the parent run.
    Retry {
        /// Which of them.
        filter: RetryFilter,
    },
    /// Records whose parent has arrived meanwhile.
    Waits,
}

/// The items of a run that are tried again; an empty list does not narrow the selection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RetryFilter {
    /// Only items with one of these codes.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Only these records.
    #[serde(default)]
    pub ids: Vec<RecordId>,
}

impl RunSelection {
    /// Reads the stored form; one that cannot be read counts as everything, which is safe.
    pub fn read(stored: Option<&serde_json::Value>) -> Self {
        stored.and_then(|value| serde_json::from_value(value.clone()).ok()).unwrap_or_default()
    }

    /// True for a read of every record of the module.
    pub const fn is_whole(&self) -> bool {
        matches!(self, Self::Full | Self::Verify)
    }

    /// Returns the stored form.
    pub fn stored(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Returns the selection of one follow-up that answers both requests: a look at every object covers everything else,
    /// everything covers changes, changes cover records that waited, and given records add up. A retry belongs to its own run and is never merged.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        match (self, other) {
            (Self::Verify, _) | (_, Self::Verify) => Self::Verify,
            (Self::Full, _) | (_, Self::Full) => Self::Full,
            (Self::Ids { mut ids }, Self::Ids { ids: more }) => {
                for id in more {
                    if !ids.contains(&id) {
                        ids.push(id);
                    }
                }
                if ids.len() > IDS_MAX { Self::Changes } else { Self::Ids { ids } }
            }
            (Self::Waits, Self::Waits) => Self::Waits,
            // A read of changes takes waiting records first; a read of given records takes only those.
            _ => Self::Changes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(range: std::ops::Range<usize>) -> RunSelection {
        let id = |n: usize| RecordId::parse(&n.to_string()).expect("an id");
        RunSelection::Ids { ids: range.map(id).collect() }
    }

    #[test]
    fn a_follow_up_covers_every_request() {
        use RunSelection::{Changes, Full, Verify, Waits};
        assert_eq!(Full.merged(Verify), Verify);
        assert_eq!(Verify.merged(ids(0..2)), Verify);
        assert_eq!(Full.merged(ids(0..2)), Full);
        assert_eq!(ids(0..2).merged(Full), Full);
        assert_eq!(Changes.merged(ids(0..2)), Changes);
        assert_eq!(ids(0..2).merged(ids(1..3)), ids(0..3));
        assert_eq!(ids(0..2).merged(Waits), Changes);
        assert_eq!(Waits.merged(Changes), Changes);
        assert_eq!(ids(0..600).merged(ids(600..1_001)), Changes);
    }

    #[test]
    fn the_stored_form_reads_back() {
        let filter = RetryFilter { codes: vec!["A".into()], ids: Vec::new() };
        for selection in [
            RunSelection::Full,
            RunSelection::Verify,
            RunSelection::Waits,
            ids(0..2),
            RunSelection::Retry { filter },
        ] {
            assert_eq!(RunSelection::read(Some(&selection.stored())), selection);
        }
        assert_eq!(RunSelection::read(Some(&serde_json::json!({"kind": "?"}))), RunSelection::Full);
    }
}

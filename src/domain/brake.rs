//! The brake: whether a run's removals may be carried out, or must wait for an approval. The worst
//! known failure of a sync is that everybody loses access because the source was down or short (docs/src/engine.md,
//! "Removals and the brake"). The brake on changes is in `brake/change.rs`.

mod change;

pub use change::{Change, ChangeKind, HeldChanges, Limits, PlannedChange, Tally, too_many_lost};

/// With fewer links than this, any removal of an absent record waits.
const FEW_LINKS: i64 = 20;
/// If more than this percentage of the rows of the last verified scan is missing, absence is not trusted.
const SHARP_DROP: i64 = 20;

/// The figures on which the brake decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Removal {
    /// Records that a verified full read did not return.
    pub absent: i64,
    /// Records that the source lists as deleted, whose status ends the use, or that have moved.
    pub explicit: i64,
    /// Removals of the module that were carried out in the last 24 hours.
    pub lately: i64,
    /// Links of the module that are in use.
    pub active: i64,
    /// Rows of this scan and of the last verified one; `None` without a scan.
    pub rows: Option<(i64, i64)>,
}

/// The limits that a tenant has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Share of the links that may be removed as absent, in percent; 100 allows all.
    pub percent: i64,
    /// Explicit removals that are always allowed; a tenth of the links if that is more.
    pub least: i64,
}

impl Removal {
    /// Returns why the removals must wait, or `None` if they may be carried out.
    pub fn held(&self, allowance: Allowance) -> Option<String> {
        if allowance.percent >= 100 {
            return None;
        }
        if self.absent > 0 {
            if let Some((now, before)) = self.rows
                && now.saturating_mul(100) < before.saturating_mul(100 - SHARP_DROP)
            {
                return Some(format!(
                    "the source returned {now} records, and the last whole read {before}; {} records are absent",
                    self.absent
                ));
            }
            if self.active < FEW_LINKS {
                return Some(format!(
                    "{} of only {} records are absent from the source",
                    self.absent, self.active
                ));
            }
            let counted = self.absent.saturating_add(self.lately);
            // Compared without division, so that no fraction is rounded away.
            if counted.saturating_mul(100) > self.active.saturating_mul(allowance.percent) {
                return Some(format!(
                    "{} absent records and {} removed in 24 hours are over {} % of {} records",
                    self.absent, self.lately, allowance.percent, self.active
                ));
            }
        }
        let most = allowance.least.max(self.active / 10);
        let counted = self.explicit.saturating_add(self.lately);
        (self.explicit > 0 && counted > most).then(|| {
            format!(
                "{} deleted, ended or moved records and {} removed in 24 hours are over the limit of {most}",
                self.explicit, self.lately
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Allowance = Allowance { percent: 5, least: 10 };

    fn absent(absent: i64, active: i64, rows: (i64, i64)) -> Removal {
        Removal { absent, active, rows: Some(rows), ..Removal::default() }
    }

    #[test]
    fn absence_is_believed_within_its_share() {
        assert_eq!(absent(5, 100, (95, 100)).held(USUAL), None);
        assert!(absent(6, 100, (94, 100)).held(USUAL).is_some());
        assert!(absent(1, 19, (18, 19)).held(USUAL).is_some(), "few links");
        assert!(absent(2, 1_000, (700, 1_000)).held(USUAL).is_some(), "a sharp drop");
        assert!(absent(100, 100, (0, 100)).held(USUAL).is_some(), "an empty source");
        assert_eq!(absent(100, 100, (0, 100)).held(Allowance { percent: 100, least: 0 }), None);
        assert!(Removal { lately: 4, ..absent(2, 100, (98, 100)) }.held(USUAL).is_some());
    }

    #[test]
    fn explicit_removals_have_a_limit_of_their_own() {
        let explicit = |explicit, active| Removal { explicit, active, ..Removal::default() };
        assert_eq!(explicit(10, 30).held(USUAL), None);
        assert!(explicit(11, 30).held(USUAL).is_some());
        assert_eq!(explicit(100, 1_000).held(USUAL), None);
        assert!(explicit(101, 1_000).held(USUAL).is_some());
        assert_eq!(Removal::default().held(USUAL), None);
    }
}

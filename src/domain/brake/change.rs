//! The brake on changes: whether what a run would write may be written, or must wait for an approval. A field
//! that is mapped by mistake changes every record, and user names too (docs/src/engine.md, "Changes and the brake").

use {
    crate::domain::id::RecordId,
    serde::{Deserialize, Serialize},
    std::collections::BTreeMap,
};

/// Objects that a run may always make.
const FEW_CREATES: i64 = 100;
/// Records of which fewer may always change.
const FEW: i64 = 3;
/// Planned writes from which the share of the records read so far counts.
const MANY: i64 = 200;

/// Share of linked objects that may be gone before a site counts as restored or emptied, in percent.
const LOST_PERCENT: i64 = 20;

/// Returns whether so many of some linked objects are gone that the site was restored from an older copy, or emptied: at
/// least 3, and more than 20 %. A person deletes a few by hand, and those heal by themselves.
pub const fn too_many_lost(gone: i64, of: i64) -> bool {
    gone >= FEW && gone.saturating_mul(100) > of.saturating_mul(LOST_PERCENT)
}

/// What a run would do to one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Make an object.
    Create,
    /// Make an object again that is no longer there.
    Remake,
    /// Change the object of its link.
    Update {
        /// The canonical fields that differ from what was sent.
        fields: Vec<String>,
        /// Those things by which the object is known that would be others.
        identity: Vec<String>,
    },
}

/// What a run would do, counted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// Records that were read.
    pub met: i64,
    /// Records with a link whose object would be changed.
    pub updates: i64,
    /// Records without a link whose object would be made.
    pub creates: i64,
    /// Records with a link whose object is gone and would be made again.
    pub lost: i64,
    /// Records whose object would be known by something else.
    pub identities: i64,
    /// The changes by canonical field.
    pub by_field: BTreeMap<String, i64>,
    /// The changes by what objects are known by.
    pub by_identity: BTreeMap<String, i64>,
}

/// What a tenant allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Share of the links that may change, in percent; 100 lets everything pass.
    pub update_percent: i64,
    /// Share of the links that may change in the same field, in percent; 100 lets everything pass.
    pub field_percent: i64,
    /// Share of the links that may change what they are known by, in percent; 100 lets everything pass.
    pub identity_percent: i64,
    /// How many times the most that a run made lately may be made; 0 lets everything pass.
    pub create_factor: i64,
    /// Fewer changes than this may always be written, and so may fewer than 3.
    pub least: i64,
    /// The most objects that a run of the module made in the last 30 days; `None` lets everything pass.
    pub most_made: Option<i64>,
}

/// Which limit changes are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Objects would be known by something else.
    Identity,
    /// The same field would change in too many records.
    Field,
    /// Too many records would change.
    Update,
    /// Too many objects would be made.
    Create,
    /// Too many linked objects are gone and would be made again.
    Lost,
}

impl ChangeKind {
    /// The word of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Field => "field",
            Self::Update => "update",
            Self::Create => "create",
            Self::Lost => "lost",
        }
    }
}

/// Changes that wait for an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldChanges {
    /// The limit that they are over.
    pub kind: ChangeKind,
    /// The field that changes most, where the limit is one of fields.
    pub field: Option<String>,
    /// Records that it is about.
    pub count: i64,
    /// Records that it is measured by: the module's links at the start of the run.
    pub base: i64,
}

/// A record that a run would write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedChange {
    /// The record.
    pub zoho_id: RecordId,
    /// What would be done: `create` or `update`.
    pub op: String,
    /// The canonical fields that would change; none for an object that would be made.
    pub fields: Vec<String>,
    /// What people call it.
    pub label: Option<String>,
}

impl Limits {
    /// Returns whether everything may pass.
    pub const fn are_off(&self) -> bool {
        self.update_percent >= 100
            && self.field_percent >= 100
            && self.identity_percent >= 100
            && self.create_factor <= 0
    }
}

impl HeldChanges {
    /// The share of the records, in percent, rounded up.
    pub fn share_percent(&self) -> i64 {
        let base = self.base.max(1);
        self.count.saturating_mul(100).saturating_add(base - 1) / base
    }

    /// Says why they wait, in words.
    pub fn reason(&self) -> String {
        let (count, base, share) = (self.count, self.base, self.share_percent());
        let field = self.field.as_deref().unwrap_or_default();
        match self.kind {
            ChangeKind::Identity => {
                format!("the {field} of {count} of {base} records ({share} %) would change")
            }
            ChangeKind::Field => {
                format!("the field {field} of {count} of {base} records ({share} %) would change")
            }
            ChangeKind::Update => {
                format!("{count} of {base} records ({share} %) would change")
            }
            ChangeKind::Create => {
                format!("{count} objects would be made where {base} records are linked")
            }
            ChangeKind::Lost => {
                format!(
                    "{count} of {base} linked objects ({share} %) are gone and would be made again"
                )
            }
        }
    }
}

impl Tally {
    /// Counts what would be done to a record.
    pub fn add(&mut self, change: &Change) {
        match change {
            Change::Create => self.creates += 1,
            Change::Remake => self.lost += 1,
            Change::Update { fields, identity } => {
                self.updates += 1;
                self.identities += i64::from(!identity.is_empty());
                count(&mut self.by_field, fields);
                count(&mut self.by_identity, identity);
            }
        }
    }

    /// The records whose object would be made or changed.
    pub const fn planned(&self) -> i64 {
        self.updates + self.creates + self.lost
    }

    /// Returns why the changes must wait, or `None` when they may be written. `base` are the module's links at the start
    /// of the run; without any, everything is new and nothing can be spoilt.
    pub fn held(&self, limits: Limits, base: i64) -> Option<HeldChanges> {
        if base <= 0 {
            return None;
        }
        let held = |kind, field, count| Some(HeldChanges { kind, field, count, base });
        if too_many_lost(self.lost, base) {
            return held(ChangeKind::Lost, None, self.lost);
        }
        // Compared without division, so that no fraction is rounded away.
        let over = |count: i64, percent: i64, least: i64| {
            percent < 100
                && count >= least.max(FEW)
                && count.saturating_mul(100) > base.saturating_mul(percent)
        };
        if over(self.identities, limits.identity_percent, FEW) {
            let field = most(&self.by_identity).map(|(field, _)| field.clone());
            return held(ChangeKind::Identity, field, self.identities);
        }
        if let Some((field, count)) = most(&self.by_field)
            && over(count, limits.field_percent, limits.least)
        {
            return held(ChangeKind::Field, Some(field.clone()), count);
        }
        if over(self.updates, limits.update_percent, limits.least) {
            return held(ChangeKind::Update, None, self.updates);
        }
        let allowed = limits.most_made.filter(|_| limits.create_factor > 0);
        let allowed =
            allowed.map(|most| most.saturating_mul(limits.create_factor).max(FEW_CREATES));
        if allowed.is_some_and(|allowed| self.creates > allowed) {
            return held(ChangeKind::Create, None, self.creates);
        }
        None
    }

    /// Returns whether a run that is still reading should plan the rest before it writes any more: what it would do is
    /// over a limit already, or it would be, if the records to come are like those that were read.
    pub fn is_suspect(&self, limits: Limits, base: i64) -> bool {
        base > 0
            && (self.held(limits, base).is_some()
                || (self.planned() >= MANY && self.held(limits, self.met).is_some()))
    }

    /// Returns whether so little would be done that no limit can be reached, whatever is linked.
    pub const fn is_small(&self) -> bool {
        self.planned() < FEW
    }

    /// Returns whether so much would be made that it matters what was made before.
    pub const fn makes_many(&self) -> bool {
        self.creates > FEW_CREATES
    }
}

fn count(counts: &mut BTreeMap<String, i64>, fields: &[String]) {
    for field in fields {
        match counts.get_mut(field) {
            Some(count) => *count += 1,
            None => drop(counts.insert(field.clone(), 1)),
        }
    }
}

/// Returns the field that changes most.
fn most(counts: &BTreeMap<String, i64>) -> Option<(&String, i64)> {
    counts.iter().max_by_key(|(_, count)| **count).map(|(field, count)| (field, *count))
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    const USUAL: Limits = Limits {
        update_percent: 50,
        field_percent: 75,
        identity_percent: 5,
        create_factor: 3,
        least: 10,
        most_made: Some(0),
    };
    const OFF: Limits = Limits {
        update_percent: 100,
        field_percent: 100,
        identity_percent: 100,
        create_factor: 0,
        ..USUAL
    };

    fn update(field: &str, identity: &[&str]) -> Change {
        let identity = identity.iter().map(|name| (*name).to_owned()).collect();
        Change::Update { fields: vec![field.to_owned()], identity }
    }

    fn tally(met: i64, of: &[(i64, Change)]) -> Tally {
        let mut tally = Tally { met, ..Tally::default() };
        for (times, change) in of {
            (0..*times).for_each(|_| tally.add(change));
        }
        tally
    }

    fn kind(tally: &Tally, base: i64) -> Option<ChangeKind> {
        tally.held(USUAL, base).map(|held| held.kind)
    }

    #[test]
    fn each_limit_has_its_edge() {
        let phone = || update("phone", &[]);
        assert_eq!(kind(&tally(100, &[(50, phone())]), 100), None);
        assert_eq!(kind(&tally(100, &[(51, phone())]), 100), Some(ChangeKind::Update));
        assert_eq!(kind(&tally(100, &[(76, phone())]), 100), Some(ChangeKind::Field));
        assert_eq!(kind(&tally(12, &[(9, phone())]), 12), None, "a small school can work");
        assert_eq!(kind(&tally(12, &[(10, phone())]), 12), Some(ChangeKind::Field));
        let name = || update("academic_email", &["email", "username"]);
        assert_eq!(kind(&tally(100, &[(5, name())]), 100), None);
        assert_eq!(kind(&tally(100, &[(6, name())]), 100), Some(ChangeKind::Identity));
        assert_eq!(kind(&tally(12, &[(2, name())]), 12), None);
        assert_eq!(kind(&tally(12, &[(3, name())]), 12), Some(ChangeKind::Identity));
        assert_eq!(kind(&tally(100, &[(100, Change::Create)]), 5), None);
        assert_eq!(kind(&tally(101, &[(101, Change::Create)]), 5), Some(ChangeKind::Create));
        let busy = Limits { most_made: Some(50), ..USUAL };
        assert!(tally(150, &[(150, Change::Create)]).held(busy, 5).is_none());
        assert!(tally(151, &[(151, Change::Create)]).held(busy, 5).is_some());
    }

    #[test]
    fn a_cluster_is_suspect_and_not_held() {
        let clustered = tally(200, &[(200, update("phone", &[]))]);
        assert!(clustered.is_suspect(USUAL, 10_000));
        assert_eq!(clustered.held(USUAL, 10_000), None);
        assert!(!tally(600, &[(40, update("phone", &[]))]).is_suspect(USUAL, 1_000));
    }

    #[test]
    fn the_reason_names_the_field_and_the_share() {
        let held = tally(200, &[(151, update("phone", &[]))]).held(USUAL, 200).expect("held");
        assert_eq!((held.share_percent(), held.field.as_deref()), (76, Some("phone")));
        assert_eq!(held.reason(), "the field phone of 151 of 200 records (76 %) would change");
        let stored = serde_json::to_value(&held).expect("JSON");
        assert_eq!(serde_json::from_value::<HeldChanges>(stored).expect("held"), held);
    }

    fn changes() -> impl Strategy<Value = Vec<Change>> {
        let field = prop_oneof![Just("phone"), Just("name"), Just("status")];
        let one = prop_oneof![
            Just(Change::Create),
            field.clone().prop_map(|field| update(field, &[])),
            field.prop_map(|field| update(field, &["username"])),
        ];
        proptest::collection::vec(one, 0..400)
    }

    proptest! {
        #[test]
        fn a_first_sync_is_never_held_and_neither_is_one_without_limits(changes in changes(), met in 0_i64..1_000) {
            let mut tally = Tally { met, ..Tally::default() };
            changes.iter().for_each(|change| tally.add(change));
            prop_assert_eq!(tally.held(USUAL, 0), None);
            prop_assert!(!tally.is_suspect(USUAL, 0));
            prop_assert_eq!(tally.held(OFF, 1), None);
            prop_assert!(!tally.is_suspect(OFF, 1));
        }

        #[test]
        fn more_changes_never_release_what_is_held(changes in changes(), base in 1_i64..600) {
            let mut tally = Tally::default();
            let mut held = false;
            for change in &changes {
                tally.add(change);
                tally.met += 1;
                let now = tally.held(USUAL, base).is_some();
                prop_assert!(now || !held);
                prop_assert!(!now || !tally.is_small(), "{:?}", tally);
                prop_assert!(!now || tally.is_suspect(USUAL, base));
                held = now;
            }
            // What is allowed of a larger school is not held for being one.
            if tally.held(USUAL, base).is_none() {
                prop_assert!(tally.held(USUAL, base * 2).is_none());
            }
        }

        #[test]
        fn no_run_writes_many_of_which_too_large_a_share_changes(met in 200_i64..2_000, share in 51_i64..=100) {
            let changed = met * share / 100 + 1;
            let all = tally(met, &[(changed, update("phone", &[]))]);
            prop_assert_eq!(all.is_suspect(USUAL, 1_000_000), all.planned() >= MANY);
        }
    }
}

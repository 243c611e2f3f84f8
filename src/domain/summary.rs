//! The outcomes of a run in groups: what they have in common, and whether a retry makes sense.

use {
    super::{
        code::{self, Code},
        id::{ObjectId, PersonId, RecordId, RunId},
        item::{FaultClass, ItemOutcome, ItemStatus},
    },
    chrono::{DateTime, Utc},
    std::collections::{BTreeMap, BTreeSet},
};

/// Records that a group shows.
pub const SAMPLES: usize = 5;
/// Steps in which the way of a run is shown.
const MILESTONES: i64 = 48;
/// The word for records with warnings in the place of a status.
pub const WARNED: &str = "WARNED";
/// The order of the statuses: what needs a person comes first.
const ORDER: [&str; 6] = ["FAILED", WARNED, "SKIPPED", "NEW", "UPDATED", "UNCHANGED"];

/// What the outcomes of a group have in common, in stored words; an absent one is empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// A status, or `WARNED`.
    pub status: String,
    /// What was done to the target.
    pub op: String,
    /// Who has to act on a failure.
    pub class: String,
    /// The reason.
    pub code: String,
}

/// Outcomes that have something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What they have in common.
    pub key: GroupKey,
    /// How many they are.
    pub records: i64,
    /// The places of the first ones in the run.
    pub places: Vec<i64>,
}

/// A record of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Its id; `None` for one that came without.
    pub zoho_id: Option<RecordId>,
    /// The student whom it is about.
    pub person: Option<PersonId>,
    /// The reason in words.
    pub message: Option<String>,
    /// Id of its object in the target.
    pub target_id: Option<ObjectId>,
    /// Its place in the run.
    pub place: i64,
}

/// How far a run was at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// When the outcome was stored.
    pub at: DateTime<Utc>,
    /// Number of outcomes up to and with it.
    pub done: i64,
}

/// Places of outcomes, evenly spread over `total` of them, the first and the last among them.
pub fn milestones(total: i64) -> Vec<i64> {
    let last = total - 1;
    let steps = last.clamp(0, MILESTONES);
    let place =
        |step| if steps == 0 { 0 } else { last / steps * step + last % steps * step / steps };
    if total > 0 { (0..=steps).map(place).collect() } else { Vec::new() }
}

/// The outcomes of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The run.
    pub run: RunId,
    /// Number of outcomes.
    pub total: i64,
    /// The groups with their first records, in their order.
    pub groups: Vec<(Group, Vec<Sample>)>,
    /// Number of groups that are left out.
    pub left: i64,
    /// How far the run was by when.
    pub moments: Vec<Moment>,
}

/// Whether a retry of a group makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// At once.
    Now,
    /// Once the cause is removed.
    AfterRemedy,
    /// The records are read again without it.
    ByItself,
    /// Never.
    No,
}

impl Retry {
    /// The word that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::AfterRemedy => "after_remedy",
            Self::ByItself => "by_itself",
            Self::No => "no",
        }
    }
}

impl Group {
    /// Returns whether a retry makes sense.
    pub fn retry(&self) -> Retry {
        let failed = self.key.status == ItemStatus::Failed.as_str();
        if failed && FaultClass::parse(&self.key.class) == Some(FaultClass::Transient) {
            Retry::Now
        } else if failed || self.key.status == WARNED {
            Retry::AfterRemedy
        } else if self.key.code == code::PARENT_NOT_SYNCED.word() {
            Retry::ByItself
        } else {
            Retry::No
        }
    }

    /// Returns the code whose row says what to do.
    pub fn remedy(&self) -> Option<Code> {
        Code::find(&self.key.code)
    }
}

/// Counts outcomes in groups; the first one has the place `first` in the run.
pub fn grouped(items: &[ItemOutcome], first: i64) -> Vec<Group> {
    let mut groups: BTreeMap<GroupKey, Group> = BTreeMap::new();
    for (item, place) in items.iter().zip(first..) {
        let code = item.code.map(Code::word).unwrap_or_default();
        let failed = item.status == ItemStatus::Failed;
        let class = item.code.filter(|_| failed).map(|code| FaultClass::of(code).as_str());
        let own = GroupKey {
            status: item.status.as_str().to_owned(),
            op: item.op.map(|op| op.as_str()).unwrap_or_default().to_owned(),
            class: class.unwrap_or_default().to_owned(),
            code: code.to_owned(),
        };
        let warned: BTreeSet<&str> = item.warnings.iter().map(|one| one.code.as_str()).collect();
        for key in std::iter::once(own).chain(warned.into_iter().map(GroupKey::warned)) {
            let group =
                groups.entry(key.clone()).or_insert(Group { key, records: 0, places: Vec::new() });
            group.records += 1;
            if group.places.len() < SAMPLES {
                group.places.push(place);
            }
        }
    }
    groups.into_values().collect()
}

/// Puts groups into the order in which they are shown.
pub fn sort(groups: &mut [Group]) {
    let rank = |group: &Group| ORDER.iter().position(|status| *status == group.key.status);
    groups.sort_by(|a, b| (rank(a), b.records, &a.key).cmp(&(rank(b), a.records, &b.key)));
}

impl GroupKey {
    /// The key of the records with a warning.
    pub fn warned(code: &str) -> Self {
        let (op, class) = (String::new(), String::new());
        Self { status: WARNED.to_owned(), op, class, code: code.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::domain::item::{Op, Warning},
        serde_json::Map,
    };

    fn failed(code: Code) -> ItemOutcome {
        ItemOutcome::failed(RecordId::from("1"), code, "x")
    }

    #[test]
    fn milestones_begin_and_end_with_the_run_and_are_few() {
        assert_eq!(milestones(0), [0; 0]);
        assert_eq!(milestones(1), [0]);
        assert_eq!(milestones(4), [0, 1, 2, 3]);
        for total in [48, 49, 50, 1_000, 100_001, i64::MAX] {
            let places = milestones(total);
            assert!(places.len() <= 49 && places.is_sorted_by(|a, b| a < b), "{places:?}");
            assert_eq!((places.first(), places.last()), (Some(&0), Some(&(total - 1))));
        }
    }

    #[test]
    fn outcomes_are_counted_by_what_they_have_in_common() {
        let warning = || Warning::new("phone", code::VALUE_TOO_LONG, "1");
        let mut items: Vec<ItemOutcome> =
            (0..7).map(|_| failed(code::MOODLE_EMAIL_TAKEN)).collect();
        items.push(failed(code::UPSTREAM_UNREACHABLE));
        items.push(ItemOutcome {
            op: Some(Op::Update),
            warnings: vec![warning(), warning()],
            ..ItemOutcome::plain(None, ItemStatus::Updated, Map::new())
        });
        let mut groups = grouped(&items, 100);
        sort(&mut groups);
        let told: Vec<(&str, &str, &str, i64, &[i64])> = groups
            .iter()
            .map(|one| {
                let GroupKey { status, class, code, .. } = &one.key;
                (status.as_str(), class.as_str(), code.as_str(), one.records, &*one.places)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("FAILED", "R", "MOODLE_EMAIL_TAKEN", 7, &[100, 101, 102, 103, 104][..]),
                ("FAILED", "T", "UPSTREAM_UNREACHABLE", 1, &[107]),
                ("WARNED", "", "VALUE_TOO_LONG", 1, &[108]),
                ("UPDATED", "", "", 1, &[108]),
            ]
        );
        let retries: Vec<Retry> = groups.iter().map(Group::retry).collect();
        use Retry::{AfterRemedy, No, Now};
        assert_eq!(retries, [AfterRemedy, Now, AfterRemedy, No]);
        assert_eq!(groups[0].remedy(), Some(code::MOODLE_EMAIL_TAKEN));
    }

    #[test]
    fn what_waits_for_a_parent_comes_by_itself() {
        let id = RecordId::from("1");
        let item = ItemOutcome::skipped(id, code::PARENT_NOT_SYNCED, "x");
        let groups = grouped(&[item], 0);
        assert_eq!(groups[0].retry(), Retry::ByItself);
        assert_eq!(groups[0].key.class, "", "only failures have a class");
    }
}

//! How a single record stands: in one word, what it waits for, and whether its removal is planned.

use {
    super::{
        id::{ObjectId, RecordId, RunId},
        module::ModuleName,
        record::TargetKind,
    },
    chrono::{DateTime, Utc},
};

/// How a record stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordState {
    /// Its object is in use.
    Active,
    /// Its object is suspended because the record is gone.
    Suspended,
    /// The use of its object was ended because the record is gone.
    Removed,
    /// It has no object yet, and waits for a parent.
    Waiting,
    /// It has no object, and failed.
    Failed,
    /// It has no object, and was skipped.
    Skipped,
    /// No run that is known has met it.
    Unseen,
}

impl RecordState {
    /// The word that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Removed => "removed",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Unseen => "unseen",
        }
    }
}

/// What a record waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParentWait {
    /// Module of the parent; that of the record itself, with its own id, if it is due in the next run.
    pub module: ModuleName,
    /// The parent.
    pub parent: RecordId,
    /// Since when.
    pub since: DateTime<Utc>,
    /// True if the parent has arrived.
    pub ready: bool,
}

/// A removal of a record that a run has planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedEnd {
    /// The run.
    pub run: RunId,
    /// Why, as a stored word.
    pub evidence: &'static str,
    /// True if it waits for an approval.
    pub held: bool,
}

/// Returns the page of an object in Moodle, below the address of the site; `None` for one without a page.
pub fn page_of(kind: TargetKind, id: &ObjectId) -> Option<String> {
    let id = id.as_str();
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let path = match kind {
        TargetKind::User | TargetKind::Profile => "user/profile.php?id=",
        TargetKind::Category => "course/index.php?categoryid=",
        TargetKind::Course => "course/view.php?id=",
        TargetKind::Group => "group/members.php?group=",
        TargetKind::Cohort => "cohort/assign.php?id=",
        TargetKind::Enrolment
        | TargetKind::CohortMember
        | TargetKind::Record
        | TargetKind::Grade => return None,
    };
    Some(format!("{path}{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_object_with_a_number_of_its_own_has_a_page() {
        let page = |kind, id: &str| page_of(kind, &ObjectId::from(id));
        assert_eq!(page(TargetKind::User, "7").as_deref(), Some("user/profile.php?id=7"));
        assert_eq!(page(TargetKind::Group, "7").as_deref(), Some("group/members.php?group=7"));
        for (kind, id) in [
            (TargetKind::Enrolment, "7"),
            (TargetKind::User, ""),
            (TargetKind::User, "7&x=1"),
            (TargetKind::Course, "7:8"),
        ] {
            assert_eq!(page(kind, id), None, "{id}");
        }
    }
}

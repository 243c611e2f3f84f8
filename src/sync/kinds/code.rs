//! The words of refusals that the kinds understand.

/// The word for a batch that is refused because a value is taken.
pub(crate) const REJECTED: &str = "MOODLE_REJECTED";
/// The word for an object whose id number another one has.
pub(crate) const ID_TAKEN: &str = "MOODLE_IDNUMBER_TAKEN";
/// The word for a profile field that was not kept.
pub(crate) const DROPPED: &str = "MOODLE_VALUE_DROPPED";
/// The words for what is not there.
pub(crate) const USER_UNKNOWN: &str = "MOODLE_USER_UNKNOWN";
pub(crate) const COURSE_UNKNOWN: &str = "MOODLE_COURSE_UNKNOWN";
pub(crate) const CATEGORY_UNKNOWN: &str = "MOODLE_CATEGORY_UNKNOWN";
pub(crate) const GROUP_UNKNOWN: &str = "MOODLE_GROUP_UNKNOWN";

//! Ids of what joins several objects: values with parts, whose text is read and written only here.

use {super::ObjectId, std::fmt};

/// A text that is not an id of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadId(&'static str);

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for BadId {}

/// Returns whether a text can be a part of an id.
fn is_part(text: &str) -> bool {
    !text.is_empty() && !text.contains(':')
}

/// An enrolment: of a user in a course, or the membership in a group of the course. As text `COURSE:USER` or
/// `COURSE:USER:GROUP`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnrolmentId {
    /// The course.
    pub course: ObjectId,
    /// The account.
    pub user: ObjectId,
    /// The group of the course.
    pub group: Option<ObjectId>,
}

impl EnrolmentId {
    /// Reads the text of an id.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let mut parts = text.split(':');
        let (course, user, group) = (parts.next(), parts.next(), parts.next());
        match (course, user, parts.next()) {
            (Some(course), Some(user), None)
                if is_part(course) && is_part(user) && group.is_none_or(is_part) =>
            {
                let group = group.map(ObjectId::from);
                Ok(Self { course: course.into(), user: user.into(), group })
            }
            _ => Err(BadId("an enrolment's id is COURSE:USER or COURSE:USER:GROUP")),
        }
    }

    /// Returns the place in which it is listed with others: `COURSE`, or `COURSE:GROUP`.
    pub fn place(&self) -> String {
        match &self.group {
            Some(group) => format!("{}:{group}", self.course),
            None => self.course.to_string(),
        }
    }

    /// Returns the enrolment in the course, without the group.
    pub fn in_course(&self) -> Self {
        Self { group: None, ..self.clone() }
    }
}

impl fmt::Display for EnrolmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.course, self.user)?;
        self.group.iter().try_for_each(|group| write!(f, ":{group}"))
    }
}

/// A membership in a cohort. As text `COHORT:USER`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MembershipId {
    /// The cohort.
    pub cohort: ObjectId,
    /// The account.
    pub user: ObjectId,
}

impl MembershipId {
    /// Reads the text of an id.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        match text.split_once(':') {
            Some((cohort, user)) if is_part(cohort) && is_part(user) => {
                Ok(Self { cohort: cohort.into(), user: user.into() })
            }
            _ => Err(BadId("a membership's id is COHORT:USER")),
        }
    }
}

impl fmt::Display for MembershipId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.cohort, self.user)
    }
}

/// A record of a plug-in that a function removes. As text `FUNCTION:PARAMETER:RECORD`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PluginRecordId {
    /// The function that removes it.
    pub function: String,
    /// The parameter of the function that takes the record's id.
    pub parameter: String,
    /// The record's id; it may hold a colon.
    pub record: String,
}

impl PluginRecordId {
    /// Reads the text of an id.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let mut parts = text.splitn(3, ':').map(str::to_owned);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(function), Some(parameter), Some(record))
                if is_part(&function) && is_part(&parameter) && !record.is_empty() =>
            {
                Ok(Self { function, parameter, record })
            }
            _ => Err(BadId("the id of a plug-in's record is FUNCTION:PARAMETER:RECORD")),
        }
    }
}

impl fmt::Display for PluginRecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.function, self.parameter, self.record)
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    #[test]
    fn an_id_names_the_enrolment_and_the_group() {
        let id = EnrolmentId::parse("30:12:8").expect("an id");
        assert_eq!((id.course.as_str(), id.user.as_str()), ("30", "12"));
        assert_eq!(id.group.as_ref().map(ObjectId::as_str), Some("8"));
        assert_eq!(id.in_course().to_string(), "30:12");
        for bad in ["", "30", "30:", ":12", "30:12:", "30:12:8:1", "::"] {
            assert!(EnrolmentId::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        /// Stored ids do not change: every text that can be read is written back unchanged.
        #[test]
        fn a_text_that_is_read_is_written_the_same(text in "[a-z0-9-]{0,3}(:[a-z0-9-]{0,3}){0,4}") {
            if let Ok(id) = EnrolmentId::parse(&text) {
                prop_assert_eq!(id.to_string(), text.clone());
            }
            if let Ok(id) = MembershipId::parse(&text) {
                prop_assert_eq!(id.to_string(), text.clone());
            }
            if let Ok(id) = PluginRecordId::parse(&text) {
                prop_assert_eq!(id.to_string(), text);
            }
        }

        /// Different ids have different texts, and an id that is written is read back unchanged.
        #[test]
        fn an_id_that_is_written_is_read_the_same(
            course in "[0-9]{1,5}", user in "[0-9]{1,5}", group in proptest::option::of("[0-9]{1,5}"),
        ) {
            let group = group.map(ObjectId::from);
            let id = EnrolmentId { course: course.into(), user: user.into(), group };
            prop_assert_eq!(EnrolmentId::parse(&id.to_string()), Ok(id.clone()));
            let member = MembershipId { cohort: id.course, user: id.user };
            prop_assert_eq!(MembershipId::parse(&member.to_string()), Ok(member));
        }
    }
}

//! Ids of the source: that of a record, and that of a person, who is a student's record there. A text is checked once, where
//! it comes in: by a connector, from a caller, or from a row.

use {
    crate::domain::fault::Fault,
    serde::{Deserialize, Serialize},
    std::{borrow::Borrow, fmt},
};

/// Id of a record in the source: 1 to 100 characters, none of them NUL. Each source says more of its own ids: those of
/// Zoho are up to 20 digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct RecordId(String);

impl RecordId {
    /// The longest id, in characters: what the columns of the database hold.
    pub const LONGEST: usize = 100;

    /// Checks and wraps an id.
    ///
    /// # Errors
    /// A text that is empty, too long, or holds NUL.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        check(text)?;
        Ok(Self(text.to_owned()))
    }

    /// Returns the id of a record that no source gave.
    pub(in crate::domain) fn sample() -> Self {
        Self("1".to_owned())
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the id as a text that is owned.
    pub fn into_text(self) -> String {
        self.0
    }
}

fn check(text: &str) -> Result<(), Fault> {
    if text.is_empty() {
        return Err(Fault::TooShort { min: 1 });
    }
    // No character is shorter than a byte.
    if text.len() > RecordId::LONGEST && text.chars().count() > RecordId::LONGEST {
        return Err(Fault::TooLong { max: RecordId::LONGEST });
    }
    if text.contains('\0') {
        return Err(Fault::Value("NUL character is not allowed".to_owned()));
    }
    Ok(())
}

impl TryFrom<String> for RecordId {
    type Error = Fault;

    fn try_from(text: String) -> Result<Self, Fault> {
        check(&text)?;
        Ok(Self(text))
    }
}

// A text hashes and compares as the id does, so that maps are asked by it.
impl Borrow<str> for RecordId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for RecordId {
    fn eq(&self, text: &str) -> bool {
        self.0 == text
    }
}

impl PartialEq<&str> for RecordId {
    fn eq(&self, text: &&str) -> bool {
        self.0 == *text
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Id of a person: that of the student's record in the source. What is about a person carries it, and so do the person's
/// row and events; any other record's id is not one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(RecordId);

impl PersonId {
    /// Checks and wraps an id.
    ///
    /// # Errors
    /// A text that cannot be the id of a record.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        RecordId::parse(text).map(Self)
    }

    /// Returns the id of the student's record.
    pub fn record(&self) -> &RecordId {
        &self.0
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the id as a text that is owned.
    pub fn into_text(self) -> String {
        self.0.into_text()
    }
}

/// The id of a student's record is that of the person.
impl From<RecordId> for PersonId {
    fn from(student: RecordId) -> Self {
        Self(student)
    }
}

impl TryFrom<String> for PersonId {
    type Error = Fault;

    fn try_from(text: String) -> Result<Self, Fault> {
        RecordId::try_from(text).map(Self)
    }
}

impl PartialEq<str> for PersonId {
    fn eq(&self, text: &str) -> bool {
        self.0 == *text
    }
}

impl PartialEq<&str> for PersonId {
    fn eq(&self, text: &&str) -> bool {
        self.0 == **text
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A test writes the ids that it means.
#[cfg(test)]
impl From<&str> for RecordId {
    fn from(text: &str) -> Self {
        Self::parse(text).expect("an id")
    }
}

#[cfg(test)]
impl From<&str> for PersonId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*, serde_json::json};

    #[test]
    fn a_text_that_no_column_holds_is_not_an_id() {
        let long = "ä".repeat(RecordId::LONGEST);
        assert!(RecordId::parse(&long).is_ok());
        let most = RecordId::LONGEST;
        assert_eq!(RecordId::parse(&format!("{long}1")), Err(Fault::TooLong { max: most }));
        assert_eq!(RecordId::parse(""), Err(Fault::TooShort { min: 1 }));
        assert!(RecordId::parse("1\0").is_err());
        for bad in [json!(""), json!("1\0"), json!(7), json!(null)] {
            assert!(serde_json::from_value::<RecordId>(bad.clone()).is_err(), "{bad}");
            assert!(serde_json::from_value::<PersonId>(bad.clone()).is_err(), "{bad}");
        }
    }

    proptest! {
        /// What is stored and shown is the text itself, whichever way it came in.
        #[test]
        fn an_id_is_written_as_the_text_that_it_was_read_from(text in "\\PC{0,110}") {
            let parsed = RecordId::parse(&text);
            prop_assert_eq!(&parsed, &RecordId::try_from(text.clone()));
            prop_assert_eq!(parsed.is_ok(), (1..=100).contains(&text.chars().count()));
            let read = serde_json::from_value::<RecordId>(json!(text));
            prop_assert_eq!(read.ok(), parsed.clone().ok());
            if let Ok(id) = parsed {
                let person = PersonId::from(id.clone());
                prop_assert_eq!(json!(&id), json!(text));
                prop_assert_eq!(json!(&person), json!(text));
                prop_assert_eq!((id.as_str(), person.as_str()), (text.as_str(), text.as_str()));
                prop_assert_eq!(person.record(), &id);
            }
        }
    }
}

//! Identifiers as types, so that the id of a tenant cannot be used as the id of a run.

mod far;
mod joined;
mod source;

pub use {
    far::ObjectId,
    joined::{BadId, EnrolmentId, MembershipId, PluginRecordId},
    source::{PersonId, RecordId},
};

use {
    super::fault::Fault,
    serde::{Deserialize, Serialize},
    std::fmt,
    uuid::Uuid,
};

/// Longest tenant id, in characters (docs/src/rest.md, "Column limits").
pub const TENANT_ID_MAX: usize = 100;

/// Id of a tenant: 1 to 100 characters of `A-Z a-z 0-9 . _ -`, compared byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantId(String);

impl TenantId {
    /// Checks and wraps a tenant id.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.is_empty() {
            return Err(Fault::TooShort { min: 1 });
        }
        if text.chars().count() > TENANT_ID_MAX {
            return Err(Fault::TooLong { max: TENANT_ID_MAX });
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) {
            return Err(Fault::Pattern { pattern: "^[A-Za-z0-9._-]+$" });
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Public id of a signing key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(String);

impl KeyId {
    /// Checks and wraps a key id: 1 to 100 printable ASCII characters.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Id of a session: a UUID v4. It may be shown; the bearer may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub Uuid);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Id of a run: a UUID v4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(Uuid);

impl RunId {
    /// Wraps a UUID.
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// Reads the canonical form, 36 lower-case characters with dashes; anything else is not a run id.
    pub fn parse(text: &str) -> Option<Self> {
        let id = Uuid::parse_str(text).ok()?;
        (id.hyphenated().to_string() == text).then_some(Self(id))
    }

    /// Returns the UUID.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.hyphenated())
    }
}

/// The identity of a verified request: if it is present, the request was accepted before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReplayId(pub [u8; 16]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenant_ids_are_checked() {
        assert!(TenantId::parse("acme.school-1_x").is_ok());
        assert_eq!(TenantId::parse(""), Err(Fault::TooShort { min: 1 }));
        assert_eq!(TenantId::parse(&"a".repeat(101)), Err(Fault::TooLong { max: 100 }));
        for bad in ["a b", "مدرسة", "a/b", "a\n"] {
            assert!(matches!(TenantId::parse(bad), Err(Fault::Pattern { .. })), "{bad}");
        }
    }

    #[test]
    fn run_ids_have_one_spelling() {
        let text = "0b8f6f0e-6f3a-4d1c-9a54-0c6f4bb0a001";
        assert_eq!(RunId::parse(text).map(|id| id.to_string()).as_deref(), Some(text));
        assert_eq!(RunId::parse(&text.to_uppercase()), None);
        assert_eq!(RunId::parse("nonsense"), None);
    }
}

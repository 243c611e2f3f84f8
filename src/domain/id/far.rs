//! Ids that the far systems give: each a type of its own, so that the id of a record does not pass for that of an object.

use {
    serde::{Deserialize, Serialize},
    std::{borrow::Borrow, fmt, ops::Deref},
};

/// Makes a type of an id that is read as the text it is. Nothing turns one such id into another by itself.
macro_rules! far_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Returns the id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the id as a text that is owned.
            pub fn into_text(self) -> String {
                self.0
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        // A text hashes and compares as the id does, so that maps are asked by it.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, text: &str) -> bool {
                self.0 == text
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, text: &&str) -> bool {
                self.0 == *text
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

far_id! {
    /// Id of an object in the target.
    ObjectId
}

/// How the ids begin of objects that a dry run only thought of; none of any system does.
const PLANNED: &str = "planned-";

impl ObjectId {
    /// Makes the id of an object that a dry run only thinks of: nothing may be written by it.
    pub fn planned(name: impl fmt::Display) -> Self {
        Self(format!("{PLANNED}{name}"))
    }

    /// Returns whether a text is the id of an object that a dry run only thought of.
    pub fn is_planned(text: &str) -> bool {
        text.starts_with(PLANNED)
    }
}

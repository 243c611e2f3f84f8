//! Ids given by the other systems, each a type of its own, so that the id of a record cannot be used as the id of an
//! object.

use {
    serde::{Deserialize, Serialize},
    std::{borrow::Borrow, fmt},
};

/// Defines the type of an id that is kept as the text it is. No such id converts into another by itself.
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

            /// Returns the id as an owned text.
            pub fn into_text(self) -> String {
                self.0
            }
        }

        // A text hashes and compares as the id does, so that maps can be searched by text.
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

/// Prefix of the ids of objects that exist only in a dry run; no system has ids with it.
const PLANNED: &str = "planned-";

impl ObjectId {
    /// Makes the id of an object that exists only in a dry run: nothing may be written with it.
    pub fn planned(name: impl fmt::Display) -> Self {
        Self(format!("{PLANNED}{name}"))
    }

    /// Returns whether a text is the id of an object that exists only in a dry run.
    pub fn is_planned(text: &str) -> bool {
        text.starts_with(PLANNED)
    }
}

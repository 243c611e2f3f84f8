//! Values that must be unique among the objects of a kind.

use crate::domain::code::Code;

/// A field of the target whose value must be unique among the objects of a kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unique {
    /// The target's name.
    pub(crate) field: &'static str,
    /// The canonical name.
    pub(crate) canonical: &'static str,
    /// The canonical fields that the value is made of.
    pub(crate) made_of: &'static [&'static str],
    /// The word for a value that is taken.
    pub(crate) code: Code,
    /// True: the object with the value may turn out to be the record's own.
    pub(crate) identifies: bool,
    /// True: a site may allow several objects with the value, so only its own refusal of the record says that it must
    /// not have it.
    pub(crate) site_decides: bool,
}

//! Suggestions for a wrong word: what was probably meant.

use {super::LiveField, crate::domain::near::closest};

/// The field that was probably meant: one that people see under this name, or one with a similar
/// spelling.
pub(super) fn nearest(name: &str, live: &[LiveField]) -> Option<String> {
    let folded = name.to_lowercase();
    let same = live.iter().find(|field| {
        field.name.to_lowercase() == folded
            || field.label.replace(' ', "_").to_lowercase() == folded
    });
    match same {
        Some(field) => Some(field.name.clone()),
        None => closest(name, live.iter().map(|field| field.name.as_str())),
    }
}

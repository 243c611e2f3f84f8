//! The differences between two sets of rows.

use {super::FieldMapping, std::collections::HashSet};

/// The kind of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Only the new set has it.
    Added,
    /// Only the old set has it.
    Removed,
    /// Both sets have it, with different content.
    Changed,
    /// Both sets have it, at a different position among their common rows.
    Moved,
}

impl Change {
    /// The word of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Moved => "moved",
        }
    }
}

/// A row that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct RowChange {
    /// Its canonical field.
    pub canonical_field: String,
    /// The kind of the difference.
    pub change: Change,
    /// The row in the old set.
    pub old: Option<FieldMapping>,
    /// The row in the new set.
    pub new: Option<FieldMapping>,
}

/// Returns the rows that differ: those of the new set in its order, then the removed ones.
pub fn diff(old: &[FieldMapping], new: &[FieldMapping]) -> Vec<RowChange> {
    let find = |rows: &[FieldMapping], name: &str| {
        rows.iter().find(|row| row.canonical_field == name).cloned()
    };
    // The order of the rows that both sets have.
    let shared = |rows: &[FieldMapping], other: &[FieldMapping]| -> Vec<String> {
        let both = rows.iter().filter(|row| find(other, &row.canonical_field).is_some());
        both.map(|row| row.canonical_field.clone()).collect()
    };
    let (before, after) = (shared(old, new), shared(new, old));
    let mut changes = Vec::new();
    let mut seen = HashSet::new();
    for row in new {
        let name = &row.canonical_field;
        let place = |names: &[String]| names.iter().position(|known| known == name);
        // A field with two rows does not count as a second change of the one old row.
        let old = if seen.insert(name) { find(old, name) } else { None };
        let change = match &old {
            None => Change::Added,
            Some(old) if text(old) != text(row) => Change::Changed,
            Some(_) if place(&before) != place(&after) => Change::Moved,
            Some(_) => continue,
        };
        let (canonical_field, new) = (name.clone(), Some(row.clone()));
        changes.push(RowChange { canonical_field, change, old, new });
    }
    for row in old.iter().filter(|row| find(new, &row.canonical_field).is_none()) {
        let (canonical_field, old) = (row.canonical_field.clone(), Some(row.clone()));
        changes.push(RowChange { canonical_field, change: Change::Removed, old, new: None });
    }
    changes
}

/// A row as text. The order of keys counts, as it does in the hash of a version.
fn text(row: &FieldMapping) -> String {
    super::canonical_text(std::slice::from_ref(row))
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::domain::{mapping::defaults, module::ModuleName},
    };

    #[test]
    fn each_kind_of_change_is_told() {
        let old = defaults(ModuleName::Units);
        assert_eq!(diff(&old, &old), []);
        let mut new = old.clone();
        new.remove(0);
        new[0].required = true;
        let mut added = new[1].clone();
        added.canonical_field = "description".into();
        new.push(added);
        new.swap(1, 2);
        let told: Vec<(String, &str)> =
            diff(&old, &new).into_iter().map(|c| (c.canonical_field, c.change.as_str())).collect();
        let wanted = [
            ("code", "changed"),
            ("level", "moved"),
            ("credits", "moved"),
            ("description", "added"),
            ("name", "removed"),
        ];
        assert_eq!(told, wanted.map(|(name, word)| (name.to_owned(), word)));
        assert_eq!(diff(&[], &old).len(), old.len());
    }
}

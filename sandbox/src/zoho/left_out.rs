//! Fields that the organisation keeps to itself, as Zoho does with those that field permissions hide from the caller,
//! and with those that were deleted or renamed: the row has no such key, the file no such column. An empty field is
//! another thing: it is answered as null.

use {
    super::table::Table,
    crate::world::Settings,
    serde::{Deserialize, Serialize},
    serde_json::Value,
};

/// What a field can be left out of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    /// Lists of all records.
    List,
    /// Lists of what was changed after a time.
    Changes,
    /// Lists of records by their ids.
    Ids,
    /// Reads of one record.
    Single,
    /// Searches.
    Search,
    /// Answers to queries.
    Coql,
    /// Files of bulk reads.
    Bulk,
    /// The description of the module; such a field cannot be asked for in bulk.
    Metadata,
}

/// A field that is left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeftOut {
    module: String,
    field: String,
    /// What it is left out of; of everything when nothing is named.
    #[serde(default)]
    of: Vec<Place>,
    /// The records of which it is left out; all when none is named.
    #[serde(default)]
    ids: Vec<String>,
    /// The number of the first record of which it is left out.
    #[serde(default)]
    from: u32,
}

impl LeftOut {
    fn is_of(&self, place: Place, module: &str) -> bool {
        self.module == module && (self.of.is_empty() || self.of.contains(&place))
    }
}

/// Takes out of a row what is left out of it.
pub(crate) fn strip(
    settings: &Settings,
    place: Place,
    table: &Table,
    index: u32,
    mut row: Value,
) -> Value {
    for one in settings.left_out.iter().filter(|one| one.is_of(place, table.name())) {
        let meant = index >= one.from && (one.ids.is_empty() || one.ids.contains(&table.id(index)));
        if let Some(members) = row.as_object_mut().filter(|_| meant) {
            members.shift_remove(&one.field);
        }
    }
    row
}

/// Tells whether a field is left out of every record.
pub(crate) fn is_left_out(settings: &Settings, place: Place, module: &str, field: &str) -> bool {
    settings
        .left_out
        .iter()
        .filter(|one| one.is_of(place, module) && one.field == field)
        .any(|one| one.ids.is_empty() && one.from == 0)
}

//! Fields that the organisation leaves out, as Zoho does with fields that permissions hide from the
//! caller, and with deleted or renamed ones: the row has no such key, the file no such column. That
//! is different from an empty field, which is null.

use {
    super::{rich, table::Table},
    crate::world::Settings,
    serde::{Deserialize, Serialize},
    serde_json::Value,
};

/// The answers that a field can be left out of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    /// Lists of all records.
    List,
    /// Lists of what changed after a time.
    Changes,
    /// Lists of records by their ids.
    Ids,
    /// Reads of one record.
    Single,
    /// Searches.
    Search,
    /// Answers to queries.
    Coql,
    /// The texts that other answers hold only the beginning of.
    Full,
    /// Files of bulk reads.
    Bulk,
    /// The description of the module; such a field cannot be requested in bulk.
    Metadata,
}

/// A field that is left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeftOut {
    module: String,
    field: String,
    /// The answers that it is left out of; all if none is named.
    #[serde(default)]
    of: Vec<Place>,
    /// The records that it is left out of; all if none is named.
    #[serde(default)]
    ids: Vec<String>,
    /// The number of the first record that it is left out of.
    #[serde(default)]
    from: u32,
}

impl LeftOut {
    fn is_of(&self, place: Place, module: &str) -> bool {
        self.module == module && (self.of.is_empty() || self.of.contains(&place))
    }
}

/// Removes from a row the fields that are left out of it, and cuts its rich texts where they are cut.
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
    if place != Place::Full {
        rich::cut(table, &mut row);
    }
    row
}

/// Returns whether a field is left out of every record.
pub(crate) fn is_left_out(settings: &Settings, place: Place, module: &str, field: &str) -> bool {
    settings
        .left_out
        .iter()
        .filter(|one| one.is_of(place, module) && one.field == field)
        .any(|one| one.ids.is_empty() && one.from == 0)
}

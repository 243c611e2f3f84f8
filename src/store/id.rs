//! How ids stand in rows: as their text, which is checked when a row is read.

use {
    super::{Result, StoreError},
    crate::domain::id::{ObjectId, PersonId, RecordId},
    sea_orm::{ColIdx, DbErr, QueryResult, TryGetError, TryGetable},
};

/// Stands in a row for the id of a record that came without one.
const NAMELESS: &str = "";

/// Returns the text of a record's id, as outcomes store it.
pub(super) fn stored(id: Option<&RecordId>) -> &str {
    id.map_or(NAMELESS, RecordId::as_str)
}

/// Reads the id of a record that may have come without one.
pub(super) fn record_or_none(text: String) -> Result<Option<RecordId>> {
    if text == NAMELESS { Ok(None) } else { record(text).map(Some) }
}

/// Reads the id of a record.
pub(super) fn record(text: String) -> Result<RecordId> {
    RecordId::try_from(text).map_err(|fault| StoreError::Broken(format!("id of a record: {fault}")))
}

/// Reads the id of a person whom a row may be about.
pub(super) fn person_or_none(text: Option<String>) -> Result<Option<PersonId>> {
    Ok(record_or_none(text.unwrap_or_default())?.map(PersonId::from))
}

fn text<I: ColIdx>(row: &QueryResult, index: I) -> Result<String, TryGetError> {
    String::try_get_by(row, index)
}

fn broken(error: impl std::fmt::Display) -> TryGetError {
    TryGetError::DbErr(DbErr::Type(format!("id of a record: {error}")))
}

impl TryGetable for RecordId {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        Self::try_from(text(row, index)?).map_err(broken)
    }
}

impl TryGetable for PersonId {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        Self::try_from(text(row, index)?).map_err(broken)
    }
}

impl TryGetable for ObjectId {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        text(row, index).map(Self::from)
    }
}

//! A search for records by what people know of them.

use crate::domain::id::RecordId;

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// The source's own name of the module.
    pub module: String,
    /// Fields that make up the name of a record, in this order, besides the name that the source itself gives it.
    pub names: Vec<String>,
    /// Other fields that are searched.
    pub others: Vec<String>,
    /// A part of one of these fields, or an id; empty for the newest records.
    pub text: String,
    /// Greatest number of records.
    pub limit: usize,
}

/// A record with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub id: RecordId,
    /// Its name; empty if it has none.
    pub label: String,
}

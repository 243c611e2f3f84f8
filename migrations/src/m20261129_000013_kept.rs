//! The fields that an object keeps because it existed before its record.

pub(crate) const STATEMENTS: &[&str] = &["ALTER TABLE record_links ADD COLUMN kept_fields {json}"];

//! The fields that an object keeps which was there before its record.

pub(crate) const STATEMENTS: &[&str] = &["ALTER TABLE record_links ADD COLUMN kept_fields {json}"];

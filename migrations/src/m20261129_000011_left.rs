//! The places that records have left and whose use has not ended yet.

pub(crate) const STATEMENTS: &[&str] = &["ALTER TABLE record_links ADD COLUMN left_places {json}"];

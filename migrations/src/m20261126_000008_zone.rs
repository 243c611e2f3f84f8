//! The time zone of a school.

pub(crate) const STATEMENTS: &[&str] =
    &["ALTER TABLE integration_settings ADD COLUMN time_zone varchar(64)"];

//! The site that a tenant's links are for.

pub(crate) const STATEMENTS: &[&str] =
    &["ALTER TABLE integration_settings ADD COLUMN linked_site varchar(500)"];

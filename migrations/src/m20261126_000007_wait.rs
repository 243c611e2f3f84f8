//! An index for overlooked waits: they are looked for every half minute, over all tenants.

pub(crate) const STATEMENTS: &[&str] = &["CREATE INDEX record_waits_since ON record_waits (since)"];

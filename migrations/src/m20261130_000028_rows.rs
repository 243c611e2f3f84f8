//! Row security of PostgreSQL: whether the service uses it, and ids of tenants that can stand in a setting. The policies
//! themselves are made after the last migration, for every table with a tenant, so that a later table is not forgotten.

pub(crate) const STATEMENTS: &[&str] = &[
    "{postgres}CREATE TABLE row_security (
        slot smallint NOT NULL PRIMARY KEY CHECK (slot = 1),
        is_on boolean NOT NULL,
        changed_at timestamptz NOT NULL
    )",
    "{postgres}ALTER TABLE tenant_profiles ADD CONSTRAINT tenant_profiles_letters
        CHECK (tenant_id ~ '^[A-Za-z0-9._-]{1,100}$')",
];

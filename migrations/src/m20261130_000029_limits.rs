//! The limits that a key or a tenant has of its own; without a value those of the deployment hold, and 0 means unlimited. The
//! version before knows no limits and leaves the columns alone.

pub(crate) const STATEMENTS: &[&str] = &[
    "ALTER TABLE api_keys ADD COLUMN requests_per_s integer",
    "ALTER TABLE api_keys ADD COLUMN run_starts_per_min integer",
    "ALTER TABLE api_keys ADD COLUMN session_mints_per_s integer",
    "ALTER TABLE tenant_profiles ADD COLUMN requests_per_s integer",
    "ALTER TABLE tenant_profiles ADD COLUMN run_starts_per_min integer",
    "ALTER TABLE tenant_profiles ADD COLUMN session_mints_per_s integer",
];

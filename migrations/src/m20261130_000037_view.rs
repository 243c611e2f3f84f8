//! Saved views: the filters of a list under a name.

pub(crate) const STATEMENTS: &[&str] = &[
    "CREATE TABLE saved_views (
        view_id varchar(36) NOT NULL PRIMARY KEY,
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        screen varchar(40) NOT NULL,
        name varchar(100) NOT NULL,
        query text NOT NULL,
        saved_by varchar(100) NOT NULL,
        saved_at {time} NOT NULL
    )",
    "CREATE UNIQUE INDEX saved_views_name ON saved_views (tenant_id, screen, name)",
];

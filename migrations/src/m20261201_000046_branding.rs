//! The look of the widget: a row for a tenant that has one of its own.

pub(crate) const STATEMENTS: &[&str] = &["CREATE TABLE brandings (
        tenant_id varchar(100) NOT NULL PRIMARY KEY REFERENCES tenant_profiles ON DELETE CASCADE,
        name varchar(100) NOT NULL,
        logo text NOT NULL,
        colour varchar(7) NOT NULL,
        text_colour varchar(7) NOT NULL,
        support_url varchar(500) NOT NULL
    )"];

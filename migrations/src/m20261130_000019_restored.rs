//! The modules whose links come from an older copy of the database: what they lack was made since, and nothing of them is
//! removed before a person has looked at it.

pub(crate) const STATEMENTS: &[&str] = &["CREATE TABLE restored_modules (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        restored_at {time} NOT NULL,
        PRIMARY KEY (tenant_id, module_name)
    ){rowless}"];

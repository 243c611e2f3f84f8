//! The source fields that have come in the records of a module, so that one that no longer comes is noticed.

pub(crate) const STATEMENTS: &[&str] = &["CREATE TABLE seen_fields (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        source_module varchar(255) NOT NULL,
        field_name text NOT NULL,
        seen_at {time} NOT NULL,
        PRIMARY KEY (tenant_id, module_name, source_module, field_name)
    ){rowless}"];

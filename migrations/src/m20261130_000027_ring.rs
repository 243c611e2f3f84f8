//! Master keys and data keys that are exchanged: data keys are found by their master key, and a data key that another one
//! has replaced stays for values that are still sealed with it.

pub(crate) const STATEMENTS: &[&str] = &[
    "CREATE INDEX data_keys_master_key ON data_keys (master_key_id)",
    "CREATE TABLE old_data_keys (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        data_key_id {blob} NOT NULL,
        master_key_id varchar(64) NOT NULL,
        wrapped {blob} NOT NULL,
        created_at {time} NOT NULL,
        replaced_at {time} NOT NULL,
        PRIMARY KEY (tenant_id, data_key_id)
    ){rowless}",
    "CREATE INDEX old_data_keys_master_key ON old_data_keys (master_key_id)",
];

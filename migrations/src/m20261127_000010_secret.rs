//! What binds secrets to their place: the key that the database's secrets are sealed with, and the site that a Moodle token
//! was given for while the settings name none.

/// `master_keys` has one row: the first key that a process starts with is the database's. Where secrets were sealed before
/// there was this table, the next start proves its key on one of them. A process that does not know the table goes on as it
/// did.
pub(crate) const STATEMENTS: &[&str] = &[
    "CREATE TABLE master_keys (
        slot smallint NOT NULL PRIMARY KEY CHECK (slot = 1),
        master_key_id varchar(16) NOT NULL,
        proof {blob} NOT NULL,
        created_at {time} NOT NULL
    )",
    "ALTER TABLE integration_settings ADD COLUMN moodle_token_site varchar(500)",
];

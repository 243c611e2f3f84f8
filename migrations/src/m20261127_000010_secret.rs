//! What binds secrets to their place: the key with which the database's secrets are sealed, and the site for which a
//! Moodle token was entered while the settings name none.

/// `master_keys` has one row: the first key with which a process starts belongs to the database. If secrets were
/// sealed before this table existed, the next start proves its key with one of them. A process that does not know the
/// table continues as before.
pub(crate) const STATEMENTS: &[&str] = &[
    "CREATE TABLE master_keys (
        slot smallint NOT NULL PRIMARY KEY CHECK (slot = 1),
        master_key_id varchar(16) NOT NULL,
        proof {blob} NOT NULL,
        created_at {time} NOT NULL
    )",
    "ALTER TABLE integration_settings ADD COLUMN moodle_token_site varchar(500)",
];

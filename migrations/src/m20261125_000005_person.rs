//! People and the words by which they are found, and an index for rows that are too old to be kept.

/// Words are compared byte by byte, whatever the order of the database: a beginning is then a range of the key.
pub(crate) const STATEMENTS: &[&str] = &[
    "CREATE TABLE people (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        person_id varchar(100) NOT NULL,
        name varchar(255),
        email varchar(255),
        account_id varchar(255),
        seen_at {time} NOT NULL,
        PRIMARY KEY (tenant_id, person_id)
    ){rowless}",
    "CREATE INDEX people_account ON people (tenant_id, account_id) WHERE account_id IS NOT NULL",
    "CREATE TABLE person_terms (
        tenant_id varchar(100) NOT NULL,
        term varchar(64) {bytes} NOT NULL,
        person_id varchar(100) NOT NULL,
        PRIMARY KEY (tenant_id, term, person_id),
        FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
    ){rowless}",
    "CREATE UNIQUE INDEX person_terms_person ON person_terms (tenant_id, person_id, term)",
    "CREATE INDEX sync_runs_ended ON sync_runs (finished_at) WHERE finished_at IS NOT NULL",
];

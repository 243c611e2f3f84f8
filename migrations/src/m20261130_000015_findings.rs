//! What a run found about a field or a word, told once and not with each record.

pub(crate) const STATEMENTS: &[&str] = &["CREATE TABLE sync_run_findings (
        run_id varchar(36) NOT NULL REFERENCES sync_runs ON DELETE CASCADE,
        tenant_id varchar(100) NOT NULL,
        code varchar(64) NOT NULL,
        field text NOT NULL,
        word text NOT NULL,
        records bigint NOT NULL,
        sample varchar(100),
        message text NOT NULL,
        PRIMARY KEY (run_id, code, field, word)
    ){rowless}"];

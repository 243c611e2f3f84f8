//! What all servers took from the buckets of limits. A bucket lives for seconds, so after a crash it may be lost.

pub(crate) const STATEMENTS: &[&str] = &[
    "{postgres}CREATE UNLOGGED TABLE rate_buckets (
        owner varchar(100) NOT NULL,
        bucket varchar(200) NOT NULL,
        full_at bigint NOT NULL,
        PRIMARY KEY (owner, bucket)
    )",
    "{sqlite}CREATE TABLE rate_buckets (
        owner varchar(100) NOT NULL,
        bucket varchar(200) NOT NULL,
        full_at bigint NOT NULL,
        PRIMARY KEY (owner, bucket)
    ) WITHOUT ROWID",
];

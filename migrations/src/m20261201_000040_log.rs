//! Accepted requests in SQLite as a log, to which rows are only added at the end: ids are random, so in a table in their order
//! nearly each one wrote a page of its own. A row has both ids of a request.
//!
//! A server of the version before goes on writing into `replay_guard`; what it accepts comes into the log as well, each id as
//! a row. It does not read the log, so the lease of the guard keeps it and this version from verifying requests at the same
//! time, and where it takes over, what was signed until then is refused.

pub(crate) const STATEMENTS: &[&str] = &[
    "{sqlite}CREATE TABLE replay_log (
        number {identity},
        signed_at bigint NOT NULL,
        ids {blob} NOT NULL
    )",
    "{sqlite}INSERT INTO replay_log (signed_at, ids)
     SELECT expires_at - 660, id FROM replay_guard ORDER BY expires_at",
    "{sqlite}CREATE TRIGGER replay_guard_into_log AFTER INSERT ON replay_guard
     BEGIN
        INSERT INTO replay_log (signed_at, ids) VALUES (NEW.expires_at - 660, NEW.id);
     END",
];

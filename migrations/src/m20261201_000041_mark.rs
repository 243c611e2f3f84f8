//! Marks of changed keys and tenants, so that a server may know its keys for long and forgets what has changed. Triggers leave
//! them in the transaction of the change, also of changes by servers of the version before and by SQL. Notes of the last use leave
//! none.
//!
//! A server asks for the marks since it asked before. In SQLite writers come one after the other, and the number of the last
//! row says what was seen. In PostgreSQL a transaction may end after one that began later, so a mark has the id of its
//! transaction, and who asks begins with the oldest one that was open when it asked before. No clocks of two machines are
//! compared.

pub(crate) const STATEMENTS: &[&str] = &[
    "CREATE TABLE key_marks (
        number {identity},
        key_id varchar(100),
        tenant varchar(100),
        marked_at bigint NOT NULL
    )",
    "{postgres}ALTER TABLE key_marks ADD COLUMN transaction_id bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint",
    "{postgres}CREATE INDEX key_marks_transaction ON key_marks (transaction_id)",
    // Row security gives the role of a tenant no right to this table.
    "{postgres}CREATE FUNCTION mark_key() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
     BEGIN
        INSERT INTO key_marks (key_id, marked_at)
        VALUES (coalesce(NEW.key_id, OLD.key_id), extract(epoch FROM clock_timestamp())::bigint);
        RETURN NULL;
     END
     $$",
    "{postgres}CREATE FUNCTION mark_tenant() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
     BEGIN
        INSERT INTO key_marks (tenant, marked_at)
        VALUES (OLD.tenant_id, extract(epoch FROM clock_timestamp())::bigint);
        RETURN NULL;
     END
     $$",
    "{postgres}CREATE TRIGGER mark_key_changed AFTER UPDATE OF tenant_id, roles, secret, revoked_at, expires_at, allow_cidrs, min_scheme, only_mint,
            requests_per_s, run_starts_per_min, session_mints_per_s ON api_keys
        FOR EACH ROW EXECUTE FUNCTION mark_key()",
    "{postgres}CREATE TRIGGER mark_key_deleted AFTER DELETE ON api_keys
        FOR EACH ROW EXECUTE FUNCTION mark_key()",
    "{postgres}CREATE TRIGGER mark_secret_added AFTER INSERT ON api_key_secrets
        FOR EACH ROW EXECUTE FUNCTION mark_key()",
    "{postgres}CREATE TRIGGER mark_secret_changed AFTER UPDATE OF sealed, retires_at ON api_key_secrets
        FOR EACH ROW EXECUTE FUNCTION mark_key()",
    "{postgres}CREATE TRIGGER mark_secret_deleted AFTER DELETE ON api_key_secrets
        FOR EACH ROW EXECUTE FUNCTION mark_key()",
    "{postgres}CREATE TRIGGER mark_tenant_changed AFTER UPDATE OF status, requests_per_s, run_starts_per_min, session_mints_per_s ON tenant_profiles
        FOR EACH ROW EXECUTE FUNCTION mark_tenant()",
    "{postgres}CREATE TRIGGER mark_tenant_deleted AFTER DELETE ON tenant_profiles
        FOR EACH ROW EXECUTE FUNCTION mark_tenant()",
    "{sqlite}CREATE TRIGGER mark_key_changed AFTER UPDATE OF tenant_id, roles, secret, revoked_at, expires_at, allow_cidrs, min_scheme, only_mint,
            requests_per_s, run_starts_per_min, session_mints_per_s ON api_keys
     BEGIN
        INSERT INTO key_marks (key_id, marked_at) VALUES (OLD.key_id, CAST(strftime('%s', 'now') AS integer));
     END",
    "{sqlite}CREATE TRIGGER mark_key_deleted AFTER DELETE ON api_keys
     BEGIN
        INSERT INTO key_marks (key_id, marked_at) VALUES (OLD.key_id, CAST(strftime('%s', 'now') AS integer));
     END",
    "{sqlite}CREATE TRIGGER mark_secret_added AFTER INSERT ON api_key_secrets
     BEGIN
        INSERT INTO key_marks (key_id, marked_at) VALUES (NEW.key_id, CAST(strftime('%s', 'now') AS integer));
     END",
    "{sqlite}CREATE TRIGGER mark_secret_changed AFTER UPDATE OF sealed, retires_at ON api_key_secrets
     BEGIN
        INSERT INTO key_marks (key_id, marked_at) VALUES (OLD.key_id, CAST(strftime('%s', 'now') AS integer));
     END",
    "{sqlite}CREATE TRIGGER mark_secret_deleted AFTER DELETE ON api_key_secrets
     BEGIN
        INSERT INTO key_marks (key_id, marked_at) VALUES (OLD.key_id, CAST(strftime('%s', 'now') AS integer));
     END",
    "{sqlite}CREATE TRIGGER mark_tenant_changed AFTER UPDATE OF status, requests_per_s, run_starts_per_min, session_mints_per_s ON tenant_profiles
     BEGIN
        INSERT INTO key_marks (tenant, marked_at) VALUES (OLD.tenant_id, CAST(strftime('%s', 'now') AS integer));
     END",
    "{sqlite}CREATE TRIGGER mark_tenant_deleted AFTER DELETE ON tenant_profiles
     BEGIN
        INSERT INTO key_marks (tenant, marked_at) VALUES (OLD.tenant_id, CAST(strftime('%s', 'now') AS integer));
     END",
];

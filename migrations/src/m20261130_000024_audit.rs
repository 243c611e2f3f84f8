//! The audit log tells who, from where, by which call, and the values before. It refuses changes. An entry is deleted
//! only once another one, the tombstone, tells that all entries before a time are deleted (`trims_until`), which is not later
//! than the tombstone itself, so that a tombstone stays.

pub(crate) const STATEMENTS: &[&str] = &[
    "ALTER TABLE audit_entries ADD COLUMN actor varchar(255)",
    "ALTER TABLE audit_entries ADD COLUMN session_id varchar(100)",
    "ALTER TABLE audit_entries ADD COLUMN address varchar(64)",
    "ALTER TABLE audit_entries ADD COLUMN request_id varchar(64)",
    "ALTER TABLE audit_entries ADD COLUMN scheme varchar(20)",
    "ALTER TABLE audit_entries ADD COLUMN outcome varchar(20) NOT NULL DEFAULT 'done'",
    "ALTER TABLE audit_entries ADD COLUMN before_change {json}",
    "ALTER TABLE audit_entries ADD COLUMN trims_until {time}",
    "CREATE INDEX audit_entries_order ON audit_entries (tenant_id, created_at, entry_id)",
    "DROP INDEX audit_entries_tenant",
    "CREATE INDEX audit_entries_trims ON audit_entries (tenant_id, trims_until) WHERE trims_until IS NOT NULL",
    "CREATE INDEX audit_entries_refused ON audit_entries (tenant_id, key_id, created_at) WHERE outcome = 'refused'",
    "{sqlite}CREATE TRIGGER audit_entries_unchanged BEFORE UPDATE ON audit_entries
     BEGIN SELECT RAISE(ABORT, 'an audit entry is never changed'); END",
    // What replaces a row deletes it without the trigger for that.
    "{sqlite}CREATE TRIGGER audit_entries_once BEFORE INSERT ON audit_entries
     WHEN EXISTS (SELECT 1 FROM audit_entries t WHERE t.entry_id = NEW.entry_id)
     BEGIN SELECT RAISE(ABORT, 'an audit entry is never changed'); END",
    "{sqlite}CREATE TRIGGER audit_entries_kept BEFORE DELETE ON audit_entries
     WHEN NOT EXISTS (SELECT 1 FROM audit_entries t WHERE t.tenant_id = OLD.tenant_id
        AND t.entry_id <> OLD.entry_id
                    AND t.trims_until > OLD.created_at AND t.trims_until <= t.created_at)
     BEGIN SELECT RAISE(ABORT, 'an audit entry is deleted only after its tombstone is stored'); END",
    "{postgres}CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
        IF TG_OP = 'DELETE' THEN
            IF EXISTS (SELECT 1 FROM audit_entries t WHERE t.tenant_id = OLD.tenant_id
                    AND t.entry_id <> OLD.entry_id
                    AND t.trims_until > OLD.created_at AND t.trims_until <= t.created_at) THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION 'an audit entry is deleted only after its tombstone is stored';
        END IF;
        RAISE EXCEPTION 'an audit entry is never changed';
     END $$",
    "{postgres}CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE ON audit_entries
     FOR EACH ROW EXECUTE FUNCTION audit_entries_stay()",
    "{postgres}CREATE TRIGGER audit_entries_whole BEFORE TRUNCATE ON audit_entries
     FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_stay()",
];

//! The guard against replays: until which second of signing requests are refused because what was accepted may be
//! forgotten, and, on PostgreSQL, accepted requests in slots of ten minutes that are emptied as a whole. The slots
//! are fixed, so a server needs no right to create tables. A server of the version before goes on writing into
//! `replay_guard`; the trigger records there what it accepts in the slots as well, and refuses what they know. Without the
//! second of signing it takes the slot of its clock and both beside it, of which one is that of the request.

pub(crate) const STATEMENTS: &[&str] = &[
    "CREATE TABLE replay_floor (
        place smallint PRIMARY KEY,
        signed_until bigint NOT NULL
    )",
    "INSERT INTO replay_floor (place, signed_until) VALUES (1, 0)",
    "{postgres}CREATE TABLE replay_slots (
        id bytea NOT NULL,
        slot smallint NOT NULL,
        signed_at bigint NOT NULL,
        PRIMARY KEY (id, slot)
    ) PARTITION BY LIST (slot)",
    "{postgres}CREATE TABLE replay_slot_0 PARTITION OF replay_slots FOR VALUES IN (0)",
    "{postgres}CREATE TABLE replay_slot_1 PARTITION OF replay_slots FOR VALUES IN (1)",
    "{postgres}CREATE TABLE replay_slot_2 PARTITION OF replay_slots FOR VALUES IN (2)",
    "{postgres}CREATE TABLE replay_slot_3 PARTITION OF replay_slots FOR VALUES IN (3)",
    "{postgres}CREATE TABLE replay_slot_4 PARTITION OF replay_slots FOR VALUES IN (4)",
    "{postgres}CREATE TABLE replay_slot_5 PARTITION OF replay_slots FOR VALUES IN (5)",
    "{postgres}CREATE TABLE replay_slot_6 PARTITION OF replay_slots FOR VALUES IN (6)",
    "{postgres}CREATE TABLE replay_slot_7 PARTITION OF replay_slots FOR VALUES IN (7)",
    // What servers accepted until now, and what they accept until the trigger is there.
    "{postgres}LOCK TABLE replay_guard IN SHARE ROW EXCLUSIVE MODE",
    "{postgres}INSERT INTO replay_slots (id, slot, signed_at)
     SELECT id, mod((expires_at - 660) / 600 + near, 8), expires_at - 660
     FROM replay_guard, generate_series(-1, 1) AS near
     ON CONFLICT DO NOTHING",
    "{postgres}CREATE FUNCTION replay_guard_into_slots() RETURNS trigger LANGUAGE plpgsql AS $$
     DECLARE stored integer;
     BEGIN
        INSERT INTO replay_slots (id, slot, signed_at)
        SELECT NEW.id, mod((NEW.expires_at - 660) / 600 + near, 8), NEW.expires_at - 660
        FROM generate_series(-1, 1) AS near
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS stored = ROW_COUNT;
        IF stored < 3 THEN
            RETURN NULL;
        END IF;
        RETURN NEW;
     END
     $$",
    "{postgres}CREATE TRIGGER replay_guard_into_slots BEFORE INSERT ON replay_guard
     FOR EACH ROW EXECUTE FUNCTION replay_guard_into_slots()",
];

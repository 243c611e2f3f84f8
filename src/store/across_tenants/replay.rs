//! Accepted requests, so that each is accepted once by all processes that share the database. Raw SQL: the insert
//! that returns the new rows is the check itself on PostgreSQL, which keeps the rows in slots that are emptied as a whole;
//! SQLite keeps a log (`replay_log.rs`).
//!
//! A row is kept by the second at which its request was signed, which no copy of the request can change. Before rows are
//! forgotten, the floor is raised: requests that were signed up to then are refused from then on, so no clock that is
//! set back makes them new.

use {
    super::{
        AcrossTenants,
        lease::{release, take},
        replay_log::{KnownReplay, KnownReplays, PAGE, PageEnd, REPLAYS_KEPT},
    },
    crate::{
        domain::id::ReplayId,
        store::{Result, StoreError, chunk_rows, now_ms, statement},
    },
    sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value},
    std::{collections::HashMap, time::Duration},
};

/// The name of the lease of the servers that verify requests, whose owner is the place that they record them in.
const LEASE: &str = "replay guard";
/// Seconds of signing in one slot of PostgreSQL.
const SLOT: i64 = 600;
/// Slots of PostgreSQL. Of eight, seven are in use: that of now, three before and three after, so that servers may
/// disagree about the time by a quarter of an hour. The eighth is empty or about to be.
const SLOTS: i64 = 8;
/// Slots after that of now, of which the last one gets the nonces of the one before.
const AHEAD: i64 = 3;
/// Seconds from now up to which requests are refused when servers begin to use another place.
const MOMENT: i64 = 2;

/// What a server learns when it prolongs its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// Requests that were signed up to this second are refused.
    pub floor: i64,
    /// The database's clock, as a Unix second.
    pub now: i64,
}

/// Raises the second until which requests are refused.
pub(super) async fn raise_floor(db: &impl ConnectionTrait, signed_until: i64) -> Result<bool> {
    let sql = "UPDATE replay_floor SET signed_until = $1 WHERE signed_until < $2";
    let values = [signed_until.into(), signed_until.into()];
    let done = db.execute_raw(statement(db.get_database_backend(), sql, values)).await?;
    Ok(done.rows_affected() > 0)
}

impl AcrossTenants<'_> {
    /// Stores requests that were not stored before, each as its two ids, the one of its nonce first, with the second at
    /// which it was signed. Returns for each request whether both of its ids are new and it is of a time of which requests
    /// are remembered. No id may occur twice.
    pub async fn insert_replays(self, requests: &[([ReplayId; 2], i64)]) -> Result<Vec<bool>> {
        match self.backend() {
            DbBackend::Postgres => {
                self.insert("(SELECT signed_until FROM replay_floor)", requests).await
            }
            _ => self.log(requests, true).await,
        }
    }

    /// The same for requests of any time: for a server that has raised the floor itself, and knows what it has accepted.
    pub async fn keep_replays(self, requests: &[([ReplayId; 2], i64)]) -> Result<Vec<bool>> {
        match self.backend() {
            DbBackend::Postgres => self.insert("-1", requests).await,
            _ => self.log(requests, false).await,
        }
    }

    /// Stores requests in the slots of PostgreSQL.
    async fn insert(self, floor: &str, requests: &[([ReplayId; 2], i64)]) -> Result<Vec<bool>> {
        let mut verdicts = Vec::with_capacity(requests.len());
        for chunk in requests.chunks(chunk_rows(4)) {
            let mut stored: HashMap<ReplayId, usize> = HashMap::with_capacity(chunk.len() * 2);
            for row in self.write.query_all_raw(into_slots(chunk, floor)).await? {
                *stored.entry(id(row.try_get_by_index(0)?)?).or_default() += 1;
            }
            let count = |id| stored.get(id).copied().unwrap_or_default();
            // The nonce has two rows, and the signature one.
            verdicts.extend(chunk.iter().map(|(ids, _)| ids.iter().map(count).sum::<usize>() == 3));
        }
        Ok(verdicts)
    }

    /// Forgets requests that are too old to be valid at the Unix second `now`, on PostgreSQL at that of the database, at most
    /// `most` of those that are deleted one by one. Returns how many were; fewer than `most` are the last ones.
    pub async fn sweep_replays(self, now: i64, most: u64) -> Result<u64> {
        let backend = self.backend();
        if backend == DbBackend::Postgres {
            self.empty_slot().await?;
        } else {
            raise_floor(self.write, now - REPLAYS_KEPT).await?;
        }
        let sql = format!(
            "DELETE FROM replay_guard WHERE id IN
                (SELECT id FROM replay_guard WHERE expires_at < $1 ORDER BY expires_at LIMIT {most})"
        );
        let done = self.write.execute_raw(statement(backend, sql, [now.into()])).await?;
        let gone = done.rows_affected();
        if backend == DbBackend::Postgres {
            return Ok(gone);
        }
        Ok(gone.max(self.shorten_log(now, most).await?))
    }

    /// Empties the slot that is in use next.
    async fn empty_slot(self) -> Result<()> {
        let now = self.replay_watch().await?.now / SLOT;
        let raised = raise_floor(self.write, (now - AHEAD) * SLOT - 1).await?;
        let slot = (now + AHEAD + 1).rem_euclid(SLOTS);
        let sql = format!("SELECT 1 AS found FROM replay_slot_{slot} LIMIT 1");
        let is_empty = self.write.query_one_raw(statement(self.backend(), sql, [])).await?;
        // A statement that began before the floor was raised may still write into the slot: it has the time until the
        // next sweep.
        if raised || is_empty.is_none() {
            return Ok(());
        }
        let tx = self.begin().await?;
        // Who waits for the lock makes others wait; there is another sweep soon.
        tx.execute_unprepared("SET LOCAL lock_timeout = 1000").await?;
        tx.execute_unprepared(&format!("TRUNCATE replay_slot_{slot}")).await?;
        Ok(tx.commit().await?)
    }

    /// Returns the floor and the time.
    pub async fn replay_watch(self) -> Result<Watch> {
        let sql = format!(
            "SELECT signed_until, {} / 1000 AS now_s FROM replay_floor",
            now_ms(self.backend())
        );
        let row = self.write.query_one_raw(statement(self.backend(), sql, [])).await?;
        let row = row.ok_or_else(|| StoreError::Broken("no row in replay_floor".into()))?;
        Ok(Watch { floor: row.try_get("", "signed_until")?, now: row.try_get("", "now_s")? })
    }

    /// Takes or prolongs the lease of a place in which servers record requests; servers of the same place share it. `None`
    /// while servers of another place have it. With `floor` requests that were signed up to then are refused by the
    /// server that starts next.
    pub async fn hold_replays(
        self,
        place: &str,
        length: Duration,
        floor: Option<i64>,
    ) -> Result<Option<Watch>> {
        let backend = self.backend();
        let place = &self.owner(place);
        let tx = self.begin().await?;
        // What servers of another place have accepted is not known in this one. The memory of a server has raised the
        // floor itself.
        let changed = format!(
            "UPDATE replay_floor SET signed_until = {now} / 1000 + {MOMENT} WHERE signed_until < {now} / 1000 + {MOMENT}
                AND EXISTS (SELECT 1 FROM leases WHERE name = $1 AND owner <> $2 AND owner NOT LIKE '%memory of %')",
            now = now_ms(backend)
        );
        let values = [LEASE.into(), place.into()];
        tx.execute_raw(statement(backend, changed, values)).await?;
        if !take(&tx, LEASE, place, length).await? {
            return Ok(None);
        }
        if let Some(floor) = floor {
            raise_floor(&tx, floor).await?;
        }
        tx.commit().await?;
        let watch = self.replay_watch().await?;
        self.replays.forget(watch.floor).await;
        Ok(Some(watch))
    }

    /// Ends the lease of a place with one server, which has accepted nothing that was signed after `floor`.
    pub async fn leave_replays(self, place: &str, floor: i64) -> Result<()> {
        let place = &self.owner(place);
        // What was swept stays refused.
        let floor = floor.max(self.replay_watch().await?.now - REPLAYS_KEPT);
        let tx = self.begin().await?;
        let sql = "UPDATE replay_floor SET signed_until = $1
             WHERE EXISTS (SELECT 1 FROM leases WHERE name = $2 AND owner = $3)";
        let values = [floor.into(), LEASE.into(), place.into()];
        tx.execute_raw(statement(self.backend(), sql, values)).await?;
        release(&tx, LEASE, place).await?;
        Ok(tx.commit().await?)
    }

    /// Returns who holds the lease for a place. Servers of the version before do not read the log of SQLite, so to them it
    /// is another place.
    fn owner(self, place: &str) -> String {
        match self.backend() {
            DbBackend::Postgres => place.to_owned(),
            _ => format!("log: {place}"),
        }
    }

    /// Returns ids of requests that were signed after a second, a page of them `after` another one.
    pub async fn known_replays(
        self,
        signed_after: i64,
        after: Option<&PageEnd>,
    ) -> Result<KnownReplays> {
        if self.backend() != DbBackend::Postgres {
            return self.known_in_log(signed_after, after).await;
        }
        // Slot by slot, each in the order of its key: over all slots at once, each page would sort all rows. An id that is in
        // several slots is told several times.
        let (slot, id_after) = match after {
            Some(PageEnd(Value::Bytes(Some(end)))) => end
                .split_first()
                .map_or((0, Vec::new()), |(slot, id)| (i64::from(*slot), id.to_vec())),
            _ => (0, Vec::new()),
        };
        let sql = format!(
            "SELECT id, signed_at FROM replay_slots
             WHERE slot = {slot} AND signed_at > $1 AND id > $2 ORDER BY id LIMIT {PAGE}"
        );
        let values = [signed_after.into(), id_after.into()];
        let rows = self.read.query_all_raw(statement(self.backend(), sql, values)).await?;
        let known = |row: &QueryResult| {
            let id = id(row.try_get("", "id")?)?;
            Ok(KnownReplay { id, signed_at: row.try_get("", "signed_at")? })
        };
        let replays: Vec<KnownReplay> = rows.iter().map(known).collect::<Result<_>>()?;
        let end = |slot: i64, id: &[u8]| {
            let slot = u8::try_from(slot).unwrap_or_default();
            PageEnd([&[slot], id].concat().into())
        };
        let next = match replays.last() {
            Some(last) if replays.len() == PAGE => Some(end(slot, &last.id.0)),
            _ => (slot + 1 < SLOTS).then(|| end(slot + 1, &[])),
        };
        Ok(KnownReplays { next, replays })
    }
}

fn id(bytes: Vec<u8>) -> Result<ReplayId> {
    let id = <[u8; 16]>::try_from(bytes);
    id.map(ReplayId).map_err(|_| StoreError::Broken("the id of a request".into()))
}

/// The statement for PostgreSQL, with three rows for each request: the id of the nonce stands in the slot of its second and
/// in the one after, so requests with the same nonce meet in one of them, also if they were signed on both sides of a
/// border. The rows are two values, whatever their number, so the statement is planned once.
fn into_slots(requests: &[([ReplayId; 2], i64)], floor: &str) -> Statement {
    let mut ids = Vec::with_capacity(requests.len() * 32);
    let mut signed = String::with_capacity(requests.len() * 11);
    for (pair, signed_at) in requests {
        pair.iter().for_each(|id| ids.extend_from_slice(&id.0));
        if !signed.is_empty() {
            signed.push(',');
        }
        signed.push_str(&signed_at.to_string());
    }
    let sql = format!(
        "INSERT INTO replay_slots (id, slot, signed_at)
         SELECT substring($1::bytea FROM ((n - 1) * 32 + part * 16 + 1)::int FOR 16),
            mod(signed_at / {SLOT} + later, {SLOTS}), signed_at
         FROM unnest(string_to_array($2::text, ',')::bigint[]) WITH ORDINALITY AS r (signed_at, n),
            (VALUES (0, 0), (0, 1), (1, 0)) AS p (part, later)
         WHERE signed_at > {floor}
            AND signed_at / {SLOT} < (SELECT {} / 1000 / {SLOT} + {AHEAD})
         ON CONFLICT DO NOTHING RETURNING id",
        now_ms(DbBackend::Postgres)
    );
    statement(DbBackend::Postgres, sql, [ids.into(), signed.into()])
}

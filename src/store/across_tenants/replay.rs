//! Accepted requests, so that each is accepted once by all processes that share the database. Raw SQL: the insert
//! that returns the new rows is the check itself, and PostgreSQL keeps the rows in slots that are emptied as a whole.
//!
//! A row is kept by the second at which its request was signed, which no copy of the request can change. Before rows are
//! forgotten, the floor is raised: requests that were signed up to then are refused from then on, so no clock that is
//! set back makes them new.

use {
    super::{
        AcrossTenants,
        lease::{release, take},
    },
    crate::{
        domain::id::ReplayId,
        store::{Result, StoreError, chunk_rows, now_ms, placeholders, statement},
    },
    sea_orm::{ConnectionTrait, DbBackend, QueryResult, SqlErr, Statement, Value},
    std::{collections::HashMap, fmt::Write as _, time::Duration},
};

/// The name of the lease of the servers that verify requests, whose owner is the place that they record them in.
const LEASE: &str = "replay guard";
/// Seconds for which a request is known after it was signed. It is valid for 300; the rest is for clocks that disagree.
pub const REPLAYS_KEPT: i64 = 660;
/// Seconds of signing in one slot of PostgreSQL.
const SLOT: i64 = 600;
/// Slots of PostgreSQL. Of eight, seven are in use: that of now, three before and three after, so that servers may
/// disagree about the time by a quarter of an hour. The eighth is empty or about to be.
const SLOTS: i64 = 8;
/// Slots after that of now, of which the last one gets the nonces of the one before.
const AHEAD: i64 = 3;
/// Seconds from now up to which requests are refused when servers begin to use another place.
const MOMENT: i64 = 2;
/// Rows that are read at a time.
const PAGE: usize = 10_000;
/// Digits of a second.
const SECOND: usize = 10;

/// What a server learns when it prolongs its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// Requests that were signed up to this second are refused.
    pub floor: i64,
    /// The database's clock, as a Unix second.
    pub now: i64,
}

/// An id that is kept, and the second at which its request was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownReplay {
    /// The id.
    pub id: ReplayId,
    /// A Unix second.
    pub signed_at: i64,
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
        self.insert(requests, "(SELECT signed_until FROM replay_floor)").await
    }

    /// The same for requests of any time: for a server that has raised the floor itself, and knows what it has accepted.
    pub async fn keep_replays(self, requests: &[([ReplayId; 2], i64)]) -> Result<Vec<bool>> {
        self.insert(requests, "-1").await
    }

    async fn insert(self, requests: &[([ReplayId; 2], i64)], floor: &str) -> Result<Vec<bool>> {
        let backend = self.backend();
        let mut verdicts = Vec::with_capacity(requests.len());
        for chunk in requests.chunks(chunk_rows(4)) {
            if backend == DbBackend::Sqlite && self.insert_new(chunk, floor).await? {
                verdicts.extend(chunk.iter().map(|_| true));
                continue;
            }
            let (insert, rows) = match backend {
                DbBackend::Postgres => (into_slots(chunk, floor), 3),
                _ => (into_table(chunk, floor), 2),
            };
            let mut stored: HashMap<ReplayId, usize> = HashMap::with_capacity(chunk.len() * 2);
            for row in self.write.query_all_raw(insert).await? {
                *stored.entry(id(row.try_get_by_index(0)?)?).or_default() += 1;
            }
            let count = |id| stored.get(id).copied().unwrap_or_default();
            verdicts
                .extend(chunk.iter().map(|(ids, _)| ids.iter().map(count).sum::<usize>() == rows));
        }
        Ok(verdicts)
    }

    /// Stores requests in SQLite if all of their ids are new and all are of a time of which requests are remembered, which is
    /// the rule; otherwise none of them. The statement is the same for any number of requests and returns no rows, and so
    /// costs a third of the other one.
    async fn insert_new(self, requests: &[([ReplayId; 2], i64)], floor: &str) -> Result<bool> {
        let earliest = requests.iter().map(|(_, signed_at)| *signed_at).min().unwrap_or_default();
        let mut ids = Vec::with_capacity(requests.len() * 32);
        let mut signed = String::with_capacity(requests.len() * SECOND);
        for (pair, signed_at) in requests {
            pair.iter().for_each(|id| ids.extend_from_slice(&id.0));
            if write!(signed, "{signed_at:0SECOND$}").is_err() || *signed_at < 0 {
                return Ok(false);
            }
        }
        if signed.len() != requests.len() * SECOND {
            return Ok(false);
        }
        let sql = format!(
            "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < $1)
             INSERT INTO replay_guard (id, expires_at)
             SELECT substr($2, n * 16 + 1, 16),
                CAST(CAST(substr($3, n / 2 * {SECOND} + 1, {SECOND}) AS text) AS integer) + {REPLAYS_KEPT}
             FROM numbers WHERE $4 > {floor}"
        );
        let rows = requests.len() * 2;
        let count = i64::try_from(rows).unwrap_or(i64::MAX);
        // As bytes: the letters of a text are counted from its beginning each time.
        let signed = signed.into_bytes();
        let values = [Value::from(count), ids.into(), signed.into(), earliest.into()];
        match self.write.execute_raw(statement(DbBackend::Sqlite, sql, values)).await {
            Ok(done) => Ok(done.rows_affected() == rows as u64),
            Err(error) => match error.sql_err() {
                Some(SqlErr::UniqueConstraintViolation(_)) => Ok(false),
                _ => Err(error.into()),
            },
        }
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
        Ok(done.rows_affected())
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
        let tx = self.begin().await?;
        // What servers of another place have accepted is not known in this one. The memory of a server has raised the
        // floor itself.
        let changed = format!(
            "UPDATE replay_floor SET signed_until = {now} / 1000 + {MOMENT} WHERE signed_until < {now} / 1000 + {MOMENT}
                AND EXISTS (SELECT 1 FROM leases WHERE name = $1 AND owner <> $2 AND owner NOT LIKE 'memory%')",
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
        self.replay_watch().await.map(Some)
    }

    /// Ends the lease of a place with one server, which has accepted nothing that was signed after `floor`.
    pub async fn leave_replays(self, place: &str, floor: i64) -> Result<()> {
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

    /// Returns ids of requests that were signed after a second, in the order of their ids, `after` one of them; fewer than
    /// 10,000 are the last ones.
    pub async fn known_replays(
        self,
        signed_after: i64,
        after: Option<ReplayId>,
    ) -> Result<Vec<KnownReplay>> {
        let sql = match self.backend() {
            DbBackend::Postgres => format!(
                "SELECT id, max(signed_at) AS signed_at FROM replay_slots WHERE signed_at > $1 AND id > $2
                 GROUP BY id ORDER BY id LIMIT {PAGE}"
            ),
            _ => format!(
                "SELECT id, expires_at - {REPLAYS_KEPT} AS signed_at FROM replay_guard
                 WHERE expires_at - {REPLAYS_KEPT} > $1 AND id > $2 ORDER BY id LIMIT {PAGE}"
            ),
        };
        let after = after.map(|id| id.0.to_vec()).unwrap_or_default();
        let values = [signed_after.into(), after.into()];
        let rows = self.read.query_all_raw(statement(self.backend(), sql, values)).await?;
        let known = |row: &QueryResult| {
            let id = id(row.try_get("", "id")?)?;
            Ok(KnownReplay { id, signed_at: row.try_get("", "signed_at")? })
        };
        rows.iter().map(known).collect()
    }
}

fn id(bytes: Vec<u8>) -> Result<ReplayId> {
    let id = <[u8; 16]>::try_from(bytes);
    id.map(ReplayId).map_err(|_| StoreError::Broken("the id of a request".into()))
}

/// The statement for SQLite, with a row for each id.
fn into_table(requests: &[([ReplayId; 2], i64)], floor: &str) -> Statement {
    let sql = format!(
        "INSERT INTO replay_guard (id, expires_at) SELECT column1, column2 FROM (VALUES {})
         WHERE column2 - {REPLAYS_KEPT} > {floor}
         ON CONFLICT DO NOTHING RETURNING id",
        placeholders(requests.len() * 2, 2, 1)
    );
    let values = requests.iter().flat_map(|(ids, signed_at)| {
        let expires_at = signed_at.saturating_add(REPLAYS_KEPT);
        ids.iter().flat_map(move |id| [Value::from(id.0.to_vec()), expires_at.into()])
    });
    statement(DbBackend::Sqlite, sql, values)
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

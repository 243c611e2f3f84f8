//! Accepted requests in SQLite, as a log in the order in which they were accepted. Raw SQL: any number of requests is added by
//! one statement of two values, which does nothing if the log has grown since it was read.
//!
//! Ids are random. In a table in their order nearly each one lies on a page of its own, and that page is what writing it
//! costs: four kilobytes in the write-ahead log and later in the file. So rows are only added at the end, a hundred of them on a
//! page, and whether an id is new is known from memory: each process has read all rows that are younger than the floor. SQLite
//! lets one writer in at a time, and the number of the last row tells it whether others have written since it read, in which
//! case it reads what they wrote before it writes itself. So what two processes accept is told apart as by a unique key, for
//! requests of both schemes and of any two seconds.

use {
    super::AcrossTenants,
    crate::{
        domain::id::ReplayId,
        store::{Result, StoreError, statement},
    },
    sea_orm::{ConnectionTrait, DbBackend, Value},
    std::{
        collections::{HashSet, VecDeque},
        fmt::Write as _,
    },
    tokio::sync::Mutex,
};

/// Seconds for which a request is known after it was signed. It is valid for 300; the rest is for clocks that disagree.
pub const REPLAYS_KEPT: i64 = 660;
/// Rows that are read at a time.
pub(super) const PAGE: usize = 10_000;
/// Bytes of an id.
const ID: usize = 16;
/// Digits of a second, with its sign.
const SECOND: usize = 20;
/// Seconds that the floor rises before further ids are kept apart from those before.
const GENERATION: i64 = 240;

/// The number of the last row that was ever written.
const END: &str = "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'replay_log'), 0)";

/// An id that is kept, and the second at which its request was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownReplay {
    /// The id.
    pub id: ReplayId,
    /// A Unix second.
    pub signed_at: i64,
}

/// A page of known ids.
#[derive(Debug)]
pub struct KnownReplays {
    /// The ids.
    pub replays: Vec<KnownReplay>,
    /// Where the next page begins; `None` for the last one.
    pub next: Option<PageEnd>,
}

/// The end of a page.
#[derive(Debug)]
pub struct PageEnd(pub(super) Value);

/// A request: its two ids, and the second at which it was signed.
type Request = ([ReplayId; 2], i64);

/// What this process knows of the log.
#[derive(Debug, Default)]
pub(in crate::store) struct ReplayLog(Mutex<Known>);

/// Ids that came while the floor was about the same, and are forgotten as a whole.
#[derive(Debug, Default)]
struct Generation {
    ids: HashSet<ReplayId>,
    /// The floor at its beginning.
    floor: i64,
    /// The latest second at which one of its requests was signed.
    signed_until: i64,
}

#[derive(Debug, Default)]
struct Known {
    /// The oldest one first.
    generations: VecDeque<Generation>,
    /// The number of the last row that was read or written.
    last: i64,
    /// The floor as it was known last: requests that were signed up to this second may have been forgotten.
    forgotten: i64,
}

impl ReplayLog {
    /// Forgets what the database refuses for its time from now on.
    pub(super) async fn forget(&self, floor: i64) {
        let mut known = self.0.lock().await;
        known.forgotten = known.forgotten.max(floor);
        while known.generations.pop_front_if(|first| first.signed_until <= floor).is_some() {}
        if known.generations.back().is_none_or(|last| floor - last.floor >= GENERATION) {
            known.generations.push_back(Generation { floor, ..Generation::default() });
        }
    }
}

impl Known {
    fn add(&mut self, ids: impl IntoIterator<Item = ReplayId>, signed_at: i64) {
        if self.generations.is_empty() {
            self.generations.push_back(Generation::default());
        }
        if let Some(last) = self.generations.back_mut() {
            last.ids.extend(ids);
            last.signed_until = last.signed_until.max(signed_at);
        }
    }

    /// Returns whether a request is new; one of a bounded time also whether it is of a time of which requests are known.
    fn is_new(&self, (ids, signed_at): &Request, is_bound: bool) -> bool {
        let has = |id| self.generations.iter().any(|generation| generation.ids.contains(id));
        (!is_bound || *signed_at > self.forgotten) && !ids.iter().any(has)
    }

    /// Reads what was written since, as far as it is not refused for its time.
    async fn catch_up(&mut self, db: &impl ConnectionTrait) -> Result<()> {
        let sql = format!("SELECT {END} AS number");
        let row = db.query_one_raw(statement(DbBackend::Sqlite, sql, [])).await?;
        let row = row.ok_or_else(|| StoreError::Broken("no end of replay_log".into()))?;
        let end: i64 = row.try_get("", "number")?;
        loop {
            let page = read(db, self.forgotten, self.last).await?;
            for one in &page.replays {
                self.add([one.id], one.signed_at);
            }
            self.last = page.last.unwrap_or(self.last);
            if !page.is_full {
                // The last rows may be deleted, or too old.
                self.last = self.last.max(end);
                return Ok(());
            }
        }
    }
}

/// Rows of the log.
struct Page {
    replays: Vec<KnownReplay>,
    /// The number of the last one.
    last: Option<i64>,
    is_full: bool,
}

/// Reads rows of requests that were signed after a second, from after one of them on.
async fn read(
    db: &impl ConnectionTrait,
    signed_after: i64,
    after: impl Into<Value>,
) -> Result<Page> {
    let sql = format!(
        "SELECT number, signed_at, ids FROM replay_log WHERE signed_at > $1 AND number > $2 ORDER BY number LIMIT {PAGE}"
    );
    let values = [signed_after.into(), after.into()];
    let rows = db.query_all_raw(statement(DbBackend::Sqlite, sql, values)).await?;
    let mut page = Page { replays: Vec::new(), last: None, is_full: rows.len() == PAGE };
    for row in &rows {
        page.last = Some(row.try_get_by_index(0)?);
        let (signed_at, ids): (i64, Vec<u8>) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        let (ids, rest) = ids.as_chunks::<ID>();
        if !rest.is_empty() {
            return Err(StoreError::Broken("the ids of a request".into()));
        }
        page.replays.extend(ids.iter().map(|id| KnownReplay { id: ReplayId(*id), signed_at }));
    }
    Ok(page)
}

/// Adds requests, if `last` is the number of the last row that was ever written and all of them were signed after the floor.
async fn append(
    db: &impl ConnectionTrait,
    requests: &[&Request],
    floor: &str,
    last: i64,
) -> Result<bool> {
    let mut ids = Vec::with_capacity(requests.len() * 2 * ID);
    let mut signed = String::with_capacity(requests.len() * SECOND);
    for (pair, signed_at) in requests {
        pair.iter().for_each(|id| ids.extend_from_slice(&id.0));
        write!(signed, "{signed_at:0SECOND$}")
            .map_err(|error| StoreError::Broken(error.to_string()))?;
    }
    let earliest = requests.iter().map(|(_, signed_at)| *signed_at).min().unwrap_or_default();
    let sql = format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < $1)
         INSERT INTO replay_log (signed_at, ids)
         SELECT CAST(CAST(substr($2, n * {SECOND} + 1, {SECOND}) AS text) AS integer), substr($3, n * {0} + 1, {0})
         FROM numbers
         WHERE $4 > {floor} AND $5 = {END}",
        2 * ID
    );
    let count = i64::try_from(requests.len()).unwrap_or(i64::MAX);
    // As bytes: the letters of a text are counted from its beginning each time.
    let signed = signed.into_bytes();
    let values = [count.into(), signed.into(), ids.into(), earliest.into(), last.into()];
    let done = db.execute_raw(statement(DbBackend::Sqlite, sql, values)).await?;
    Ok(done.rows_affected() == requests.len() as u64)
}

impl AcrossTenants<'_> {
    /// Adds the requests whose ids are new, and, if `is_bound`, that were signed after the floor. Returns which ones were.
    /// What fails or is broken off leaves `known` as it was, and what it has written is then read like that of others.
    pub(super) async fn log(self, requests: &[Request], is_bound: bool) -> Result<Vec<bool>> {
        let floor = if is_bound { "(SELECT signed_until FROM replay_floor)" } else { "-1" };
        let mut known = self.replays.0.lock().await;
        if known.last == 0 {
            known.catch_up(self.read).await?;
        }
        let mut verdicts: Vec<bool> =
            requests.iter().map(|one| known.is_new(one, is_bound)).collect();
        let mut new = chosen(requests, &verdicts);
        if new.is_empty() {
            return Ok(verdicts);
        }
        if !append(self.write, &new, floor, known.last).await? {
            // Others have written, or one of them is too old. What is many is read before others are kept waiting.
            known.catch_up(self.read).await?;
            let tx = self.begin().await?;
            known.catch_up(&tx).await?;
            let sql = format!("SELECT {floor} AS floor");
            let row = tx.query_one_raw(statement(DbBackend::Sqlite, sql, [])).await?;
            let row = row.ok_or_else(|| StoreError::Broken("no row in replay_floor".into()))?;
            let floor: i64 = row.try_get("", "floor")?;
            verdicts =
                requests.iter().map(|one| one.1 > floor && known.is_new(one, is_bound)).collect();
            new = chosen(requests, &verdicts);
            if !new.is_empty() && !append(&tx, &new, "-1", known.last).await? {
                return Err(StoreError::Broken("the log of requests has no end".into()));
            }
            tx.commit().await?;
        }
        known.last += i64::try_from(new.len()).unwrap_or(i64::MAX);
        for (ids, signed_at) in new {
            known.add(*ids, *signed_at);
        }
        Ok(verdicts)
    }

    /// Deletes what is too old from the beginning of the log, among its first `most` rows. What was signed ahead stands before
    /// older rows, and keeps them a little longer.
    pub(super) async fn shorten_log(self, now: i64, most: u64) -> Result<u64> {
        let sql = format!(
            "DELETE FROM replay_log WHERE signed_at < $1
                AND number IN (SELECT number FROM replay_log ORDER BY number LIMIT {most})"
        );
        let values = [(now - REPLAYS_KEPT).into()];
        let done = self.write.execute_raw(statement(DbBackend::Sqlite, sql, values)).await?;
        Ok(done.rows_affected())
    }

    pub(super) async fn known_in_log(
        self,
        signed_after: i64,
        after: Option<&PageEnd>,
    ) -> Result<KnownReplays> {
        let after = after.map_or_else(|| Value::from(0_i64), |after| after.0.clone());
        let page = read(self.read, signed_after, after).await?;
        let next = page.last.filter(|_| page.is_full).map(|last| PageEnd(last.into()));
        Ok(KnownReplays { replays: page.replays, next })
    }
}

fn chosen<'a>(requests: &'a [Request], verdicts: &[bool]) -> Vec<&'a Request> {
    requests.iter().zip(verdicts).filter(|(_, is_new)| **is_new).map(|(one, _)| one).collect()
}

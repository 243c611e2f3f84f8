//! The site that a tenant's links belong to, and forgetting all of them to start over. A link leads to an object by
//! its number, and on another site the same number is another object. Raw SQL, because rows are deleted in parts.

use {
    super::{
        Link, Result, SettingsRow, StoreError, TenantRows, Tx, by_index, chunk_rows,
        link::{self, LinkState},
        list, statement,
    },
    crate::domain::{
        id::{ObjectId, RecordId, RunId},
        module::ModuleName,
        record::TargetKind,
        run::RunState,
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, DbBackend, FromQueryResult as _, Value},
    std::collections::BTreeSet,
};

/// Stored in place of the address while links are being forgotten: a worker that starts a run in the meantime must
/// finish that first.
const FORGETTING: &str = "";
/// Greatest number of links that are compared.
const WITNESSES: usize = 20;
/// Accounts from each of three places of their order.
const ACCOUNTS: u64 = 5;
/// The kinds whose objects carry the id of their record and are found by their own id, in the order in which they are
/// checked.
const CARRYING: [TargetKind; 3] = [TargetKind::User, TargetKind::Course, TargetKind::Category];

/// Digits of a place between two ids.
const DIGITS: usize = 9;

/// Returns a text between two ids of objects, spread by the id of a run: no random source is needed.
fn between(first: &str, last: &str, run: RunId) -> String {
    let same = first.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count();
    let same = (0..=same).rev().find(|end| first.is_char_boundary(*end)).unwrap_or_default();
    let (begin, first) = first.split_at(same);
    let number = |text: &str, fill: char| -> u64 {
        let digits = text.chars().take_while(char::is_ascii_digit);
        let digits: String = digits.chain(std::iter::repeat(fill)).take(DIGITS).collect();
        digits.parse().unwrap_or_default()
    };
    let low = number(first, '0');
    let high = number(last.get(same..).unwrap_or_default(), '9').max(low);
    let random = u64::try_from(run.uuid().as_u128() & u128::from(u32::MAX)).unwrap_or_default();
    let place = low + random % (high - low + 1);
    format!("{begin}{place:0DIGITS$}")
}

/// An active link whose object carries the id of its record: it shows whether a site is the one that the links were
/// made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Kind of the object.
    pub kind: TargetKind,
    /// Its id in the target.
    pub target_id: ObjectId,
    /// The record's id, which it should carry.
    pub zoho_id: RecordId,
}

/// The site that a tenant's links belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkedSite<'r> {
    /// None yet: nothing has been linked, or no run has checked.
    Unknown,
    /// None: the links are being forgotten.
    Forgetting,
    /// The site at this address.
    At(&'r str),
}

impl SettingsRow {
    /// Returns the site that the tenant's links belong to.
    pub fn links_are_for(&self) -> LinkedSite<'_> {
        match self.linked_site.as_deref() {
            None => LinkedSite::Unknown,
            Some(FORGETTING) => LinkedSite::Forgetting,
            Some(address) => LinkedSite::At(address),
        }
    }
}

impl TenantRows<'_> {
    /// Returns up to 20 links, of one kind, by which the site at `address` is to be judged: the latest ones, because
    /// their objects are the least likely to be gone. If there are none, nothing can be wrong, and the address is
    /// noted.
    pub async fn witnesses(self, run: RunId, address: &str) -> Result<Vec<Witness>> {
        let tx = self.begin().await?;
        // In this order, as in a change of the address. A run that still writes to the earlier site may store its
        // current slice; none of its later ones are stored.
        tx.settings().await?;
        tx.wait_for_slices(run).await?;
        let mut witnesses = Vec::new();
        for kind in CARRYING {
            if witnesses.is_empty() {
                witnesses = tx.witnesses_of(kind).await?;
            }
        }
        if witnesses.is_empty() {
            tx.note_site(address).await?;
        }
        tx.commit().await?;
        Ok(witnesses)
    }

    /// Returns up to `most` of a module's active links to objects of a kind, neighbours in the order of their objects, from
    /// a place that another run does not share. `exclusive`: of a kind whose objects belong to one record only.
    pub async fn some_links(
        self,
        (module, run): (ModuleName, RunId),
        kind: TargetKind,
        exclusive: bool,
        most: u64,
    ) -> Result<Vec<Link>> {
        let (index, holds) = match exclusive {
            true => ("record_links_target", "exclusive AND state <> 'removed'"),
            false => ("record_links_shared", "NOT exclusive"),
        };
        let end = async |order: &str| -> Result<Option<String>> {
            let sql = format!(
                "SELECT target_id FROM record_links{hint} WHERE tenant_id = $1 AND target_kind = $2 AND {holds}
                 ORDER BY target_id {order} LIMIT 1",
                hint = by_index(self.backend(), index),
            );
            let values: [Value; 2] = [self.id().into(), kind.as_str().into()];
            let row = self.reader().query_one_raw(statement(self.backend(), sql, values)).await?;
            Ok(row.map(|row| row.try_get("", "target_id")).transpose()?)
        };
        let Some((first, last)) = end("ASC").await?.zip(end("DESC").await?) else {
            return Ok(Vec::new());
        };
        let start = between(&first, &last, run);
        let mut links = Vec::new();
        // From the place to the end, and then from the start.
        for (from, left) in [(start.as_str(), most), ("", most)] {
            let left = left.saturating_sub(links.len() as u64);
            if left == 0 {
                break;
            }
            let sql = format!(
                "SELECT * FROM record_links{hint} WHERE tenant_id = $1 AND target_kind = $2 AND {holds}
                    AND module_name = $3 AND state = 'active' AND target_id >= $4 AND ($5 = '' OR target_id < $5)
                 ORDER BY target_id LIMIT {left}",
                hint = by_index(self.backend(), index),
            );
            let end = if from.is_empty() { start.as_str() } else { "" };
            let values: [Value; 5] = [
                self.id().into(),
                kind.as_str().into(),
                module.as_str().into(),
                from.into(),
                end.into(),
            ];
            let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
            for row in &rows {
                links.push(Link::try_from(link::Model::from_query_result(row, "")?)?);
            }
        }
        Ok(links)
    }

    /// Returns up to 15 accounts of active links, each with the id of its record: from both ends of their order, and
    /// neighbours from a place between them that another run does not share.
    pub async fn some_accounts(self, run: RunId) -> Result<BTreeSet<(ObjectId, RecordId)>> {
        let mut some = BTreeSet::new();
        for order in ["ASC", "DESC"] {
            let sql = format!(
                "SELECT target_id, zoho_id FROM record_links{hint}
                 WHERE tenant_id = $1 AND target_kind = $2 AND exclusive AND state <> 'removed' AND state = $3
                 ORDER BY target_id {order} LIMIT {ACCOUNTS}",
                hint = by_index(self.backend(), "record_links_target"),
            );
            let active = LinkState::Active.as_str();
            let values: [Value; 3] =
                [self.id().into(), TargetKind::User.as_str().into(), active.into()];
            for row in self.reader().query_all_raw(statement(self.backend(), sql, values)).await? {
                some.insert((row.try_get("", "target_id")?, row.try_get("", "zoho_id")?));
            }
        }
        let of_run = (ModuleName::Students, run);
        let links = self.some_links(of_run, TargetKind::User, true, ACCOUNTS).await?;
        some.extend(links.into_iter().map(|link| (link.target_id, link.zoho_id)));
        Ok(some)
    }

    /// Notes that the tenant's links belong to the site at `address`.
    pub async fn note_site(self, address: &str) -> Result<()> {
        let tx = self.begin().await?;
        tx.note_site(address).await?;
        tx.commit().await
    }

    /// Deletes up to `most` of the marked rows; false if nothing was left. Any number of callers may do so at the
    /// same time; a caller that comes after the end deletes nothing of what has been linked since.
    pub async fn forget_some(self, most: u64) -> Result<bool> {
        let tx = self.begin().await?;
        // The lock makes the callers follow one another.
        if !tx.settings().await?.is_some_and(|row| row.links_are_for() == LinkedSite::Forgetting) {
            return Ok(false);
        }
        let mut left = most;
        for (table, key) in [
            ("record_links", "module_name, zoho_id"),
            ("record_waits", "child_module, child_id, parent_module, parent_id"),
            ("sync_cursors", "module_name"),
        ] {
            if left > 0 {
                left = left.saturating_sub(tx.delete_some(table, key, left).await?);
            }
        }
        if left > 0 {
            left = left.saturating_sub(tx.forget_accounts(left).await?);
        }
        let more = left == 0;
        if !more {
            let sql = "UPDATE integration_settings SET linked_site = NULL WHERE tenant_id = $1";
            tx.tx.execute_raw(statement(tx.backend(), sql, [tx.id().into()])).await?;
        }
        tx.commit().await?;
        Ok(more)
    }
}

impl Tx {
    /// Waits until the slices of the tenant's other runs are stored.
    async fn wait_for_slices(&self, run: RunId) -> Result<()> {
        // SQLite has only one writer.
        if self.backend() == DbBackend::Postgres {
            let sql = "SELECT run_id FROM sync_runs WHERE tenant_id = $1 AND state = 'running' AND run_id <> $2
                 ORDER BY run_id FOR UPDATE";
            let values = [self.id().into(), run.to_string().into()];
            self.tx.query_all_raw(statement(self.backend(), sql, values)).await?;
        }
        Ok(())
    }

    async fn witnesses_of(&self, kind: TargetKind) -> Result<Vec<Witness>> {
        let sql = format!(
            "SELECT target_id, zoho_id FROM record_links{hint}
             WHERE tenant_id = $1 AND target_kind = $2 AND exclusive AND state <> 'removed' AND state = $3
             ORDER BY updated_at DESC, target_id LIMIT {WITNESSES}",
            hint = by_index(self.backend(), "record_links_target"),
        );
        let values: [Value; 3] =
            [self.id().into(), kind.as_str().into(), LinkState::Active.as_str().into()];
        let rows = self.tx.query_all_raw(statement(self.backend(), sql, values)).await?;
        rows.iter()
            .map(|row| {
                let target_id = row.try_get("", "target_id")?;
                Ok(Witness { kind, target_id, zoho_id: row.try_get("", "zoho_id")? })
            })
            .collect()
    }

    async fn note_site(&self, address: &str) -> Result<()> {
        let sql = "UPDATE integration_settings SET linked_site = $1
             WHERE tenant_id = $2 AND (linked_site IS NULL OR linked_site <> $3)";
        let values = [address.into(), self.id().into(), FORGETTING.into()];
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(())
    }

    /// Returns whether the tenant's target is still at this address.
    pub(super) async fn is_at(&self, address: &str) -> Result<bool> {
        let sql = "SELECT 1 AS found FROM integration_settings WHERE tenant_id = $1 AND moodle_base_url = $2";
        let values = [self.id().into(), address.into()];
        Ok(self.tx.query_one_raw(statement(self.backend(), sql, values)).await?.is_some())
    }

    /// Prevents new runs of the tenant before the end of this transaction: a new run refers to the tenant's row.
    pub async fn bar_runs(&self) -> Result<()> {
        if self.backend() == DbBackend::Postgres {
            let sql = "SELECT tenant_id FROM tenant_profiles WHERE tenant_id = $1 FOR UPDATE";
            let values = [self.id().into()];
            self.tx.query_one_raw(statement(self.backend(), sql, values)).await?;
        }
        Ok(())
    }

    /// Returns whether a run of the tenant, or of one of its modules, is queued, waiting or running.
    pub async fn has_open_runs(&self, module: Option<ModuleName>) -> Result<bool> {
        let open = [RunState::Queued, RunState::Waiting, RunState::Running];
        let sql = format!(
            "SELECT 1 AS found FROM sync_runs
             WHERE tenant_id = $1 AND module_name = coalesce($2, module_name) AND state IN ({}) LIMIT 1",
            list(open.len(), 3)
        );
        let of_module: [Value; 2] = [self.id().into(), module.map(ModuleName::as_str).into()];
        let values =
            of_module.into_iter().chain(open.into_iter().map(|state| state.as_str().into()));
        Ok(self.tx.query_one_raw(statement(self.backend(), sql, values)).await?.is_some())
    }

    /// Deletes the links of some records and makes these due, and returns how many links there were.
    pub async fn forget_records(
        &self,
        module: ModuleName,
        ids: &[RecordId],
        now: DateTime<Utc>,
    ) -> Result<i64> {
        self.lock_waits().await?;
        let mut links = 0;
        for chunk in ids.chunks(chunk_rows(1)) {
            let of = list(chunk.len(), 3);
            let values = || {
                let of_module: [Value; 2] = [self.id().into(), module.as_str().into()];
                of_module.into_iter().chain(chunk.iter().map(|id| id.as_str().into()))
            };
            let sql = format!(
                "SELECT zoho_id FROM record_links WHERE tenant_id = $1 AND module_name = $2 AND zoho_id IN ({of})"
            );
            let rows = self.tx.query_all_raw(statement(self.backend(), sql, values())).await?;
            let linked: Vec<RecordId> =
                rows.iter().map(|row| row.try_get("", "zoho_id")).collect::<Result<_, _>>()?;
            links += i64::try_from(linked.len()).unwrap_or(i64::MAX);
            self.delete_links(module, &linked.iter().collect::<Vec<_>>(), now).await?;
            if module == ModuleName::Students {
                let sql = format!(
                    "UPDATE people SET account_id = NULL WHERE tenant_id = $1 AND $2 <> '' AND person_id IN ({of})"
                );
                self.tx.execute_raw(statement(self.backend(), sql, values())).await?;
            }
        }
        Ok(links)
    }

    /// Marks the tenant's links, and what depends on them, for deletion, and returns how many links there are.
    pub async fn begin_forgetting(&self) -> Result<i64> {
        let sql = "UPDATE integration_settings SET linked_site = $1 WHERE tenant_id = $2";
        let values = [FORGETTING.into(), self.id().into()];
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        let sql = "SELECT count(*) AS n FROM record_links WHERE tenant_id = $1";
        let row = self.tx.query_one_raw(statement(self.backend(), sql, [self.id().into()])).await?;
        let row = row.ok_or_else(|| StoreError::Broken("a count of nothing".into()))?;
        Ok(row.try_get("", "n")?)
    }

    /// Deletes the tenant's first rows of a table; `key` is the rest of its key.
    async fn delete_some(&self, table: &str, key: &str, most: u64) -> Result<u64> {
        let sql = format!(
            "DELETE FROM {table} WHERE tenant_id = $1 AND ({key}) IN
                (SELECT {key} FROM {table} WHERE tenant_id = $1 ORDER BY {key} LIMIT {most})"
        );
        let done = self.tx.execute_raw(statement(self.backend(), sql, [self.id().into()])).await?;
        Ok(done.rows_affected())
    }

    /// Removes the accounts of people; the data by which they are found stays.
    async fn forget_accounts(&self, most: u64) -> Result<u64> {
        let sql = format!(
            "UPDATE people SET account_id = NULL WHERE tenant_id = $1 AND person_id IN
                (SELECT person_id FROM people{hint} WHERE tenant_id = $1 AND account_id IS NOT NULL LIMIT {most})",
            hint = by_index(self.backend(), "people_account"),
        );
        let done = self.tx.execute_raw(statement(self.backend(), sql, [self.id().into()])).await?;
        Ok(done.rows_affected())
    }
}

#[cfg(test)]
mod tests {
    use {super::*, uuid::Uuid};

    #[test]
    fn a_place_lies_between_the_ends() {
        for (first, last) in
            [("1005", "1999"), ("7", "7"), ("10:3", "9:44"), ("", "x"), ("ص1", "ص7")]
        {
            for seed in [0_u128, 1, 77_777, u128::MAX] {
                let place = between(first, last, RunId::new(Uuid::from_u128(seed)));
                assert!(place.as_str() <= "x" || first.starts_with('ص'), "{place}");
                assert!(place.as_str() < last || place.starts_with(last), "{first} {place} {last}");
            }
        }
        let places: std::collections::BTreeSet<String> = (0..50)
            .map(|seed| between("1005", "1999", RunId::new(Uuid::from_u128(seed * 7_919_777))))
            .collect();
        assert!(places.len() > 40, "{places:?}");
    }
}

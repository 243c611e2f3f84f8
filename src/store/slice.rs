//! Saving a slice of a run: the fence, the items, the links, the waits and the checkpoint, as a whole or not at all.
//! Raw SQL, because the fence and the item rows are one statement each.

use {
    super::{
        Cursor, LeftPlace, Link, PlannedRemoval, Result, TenantRows, Tx, WaitingRecord, by_index,
        chunk_rows, id, now_ms, placeholders, statement, warning,
    },
    crate::domain::{
        code::Code,
        finding::RunFinding,
        id::{ObjectId, PersonId, RecordId, RunId},
        item::{FaultClass, ItemOutcome, ItemStatus, Op},
        module::ModuleName,
        run::{Counts, Phase, Upstream},
        summary::grouped,
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, Value},
    std::{collections::BTreeSet, time::Duration},
};

/// The outcome of a slice, to be stored as a whole or not at all.
#[derive(Debug)]
pub struct SliceSave<'a> {
    /// The run.
    pub run: RunId,
    /// Its epoch.
    pub epoch: i64,
    /// Its module.
    pub module: ModuleName,
    /// True for a run that only reports what it would do: only its items and counters are stored.
    pub dry_run: bool,
    /// Where the next slice begins.
    pub checkpoint: serde_json::Value,
    /// The next phase of the run.
    pub phase: Phase,
    /// Counters including this slice.
    pub counts: Counts,
    /// Number of records expected, if it is known.
    pub expected_total: Option<i64>,
    /// Version of the mappings.
    pub mapping_version: Option<i64>,
    /// Address of the target at which the links were made; `None` if there are none, or it does not matter.
    pub site: Option<&'a str>,
    /// Calls to the other systems since the previous slice.
    pub upstream: Upstream,
    /// Outcomes of this slice.
    pub items: &'a [ItemOutcome],
    /// Position of the first of them.
    pub first_ordinal: i64,
    /// Links made or changed.
    pub links: &'a [Link],
    /// Records that wait for a parent.
    pub waits: &'a [WaitingRecord],
    /// Records that succeeded, so that they no longer wait.
    pub settled: &'a [RecordId],
    /// Records of any module whose objects no longer exist in the target: their links are deleted, and a run
    /// processes them again.
    pub lost: &'a [(ModuleName, RecordId)],
    /// Removals that are due.
    pub removals: &'a [PlannedRemoval],
    /// Removals carried out.
    pub removed: i64,
    /// Found about fields and words since the slice before.
    pub findings: &'a [RunFinding],
    /// Approved changes written.
    pub changed: i64,
    /// What the read was based on, as a digest; stored with its end.
    pub basis: Option<&'a str>,
    /// The source's name of the module, and fields that have come in its records for the first time.
    pub seen: (&'a str, &'a [String]),
    /// Set where a read has reached its verified end.
    pub read_end: Option<ReadEnd>,
    /// The time.
    pub now: DateTime<Utc>,
}

impl SliceSave<'_> {
    /// A slice of which only the checkpoint is stored.
    pub const fn new(
        run: RunId,
        epoch: i64,
        module: ModuleName,
        checkpoint: serde_json::Value,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            run,
            epoch,
            module,
            dry_run: false,
            checkpoint,
            phase: Phase::Reading,
            counts: Counts { new: 0, unchanged: 0, updated: 0, failed: 0, skipped: 0, warned: 0 },
            expected_total: None,
            mapping_version: None,
            site: None,
            upstream: Upstream { zoho_calls: 0, zoho_credits: 0, moodle_calls: 0 },
            items: &[],
            first_ordinal: 0,
            links: &[],
            waits: &[],
            settled: &[],
            lost: &[],
            removals: &[],
            removed: 0,
            findings: &[],
            changed: 0,
            basis: None,
            seen: ("", &[]),
            read_end: None,
            now,
        }
    }
}

/// What follows from the verified end of a read.
#[derive(Debug, Clone, Copy)]
pub enum ReadEnd {
    /// Of a whole read: active records that were not processed are removals that are due.
    PlanAbsent,
    /// What was found is done: so far the module has been read.
    Reached(Cursor),
}

impl TenantRows<'_> {
    /// Stores a slice. Returns whether the run should stop, or `None` if it no longer belongs to this process: then
    /// nothing was stored. A slice that made links at another site than the tenant's current one is not stored
    /// either, and the run goes back to the queue: the next worker reaches the new site.
    pub async fn save_slice(self, slice: SliceSave<'_>) -> Result<Option<bool>> {
        let tx = self.begin().await?;
        let made: Vec<RecordId> = slice
            .items
            .iter()
            .filter(|item| item.status == ItemStatus::New || item.op == Some(Op::Reactivate))
            .filter_map(|item| item.zoho_id.clone())
            .collect();
        let meets_waits = !made.is_empty() || !slice.waits.is_empty() || !slice.lost.is_empty();
        if meets_waits && !slice.dry_run {
            tx.lock_waits().await?;
        }
        // The fence comes before every write: a worker that lost the run blocks here and finds no row.
        let Some(cancel_requested) = tx.fence_slice(&slice).await? else { return Ok(None) };
        if let Some(site) = slice.site
            && !tx.is_at(site).await?
        {
            tx.tx.rollback().await?;
            self.release(slice.run, slice.epoch, Duration::ZERO, false).await?;
            return Ok(None);
        }
        tx.insert_items(&slice).await?;
        tx.add_groups(slice.run, &grouped(slice.items, slice.first_ordinal)).await?;
        tx.add_exchanges(slice.run, slice.items, slice.now).await?;
        tx.add_findings(slice.run, slice.findings).await?;
        let people = slice.items.iter().filter_map(|item| item.known_as.as_deref());
        tx.save_people(people, slice.dry_run, slice.now).await?;
        if !slice.dry_run {
            tx.upsert_links(slice.links, slice.now).await?;
            tx.forget_lost(slice.lost, slice.run, slice.now).await?;
            tx.save_waits((slice.module, slice.run), slice.waits, slice.settled, slice.now).await?;
            tx.wake_children(slice.module, &made, slice.run, slice.now).await?;
            let (source, fields) = slice.seen;
            tx.note_fields(slice.module, source, fields, slice.now).await?;
        }
        if !slice.removals.is_empty() {
            tx.plan_removals(slice.run, slice.removals).await?;
        }
        if slice.removed > 0 && !slice.dry_run {
            tx.count_applied(slice.run, slice.module, slice.removed, slice.now).await?;
        }
        match slice.read_end {
            Some(ReadEnd::PlanAbsent) => tx.plan_absent(slice.run, slice.module).await?,
            Some(ReadEnd::Reached(cursor)) if !slice.dry_run => {
                tx.save_cursor(slice.module, cursor, slice.basis, slice.now).await?;
            }
            Some(ReadEnd::Reached(_)) | None => {}
        }
        if slice.upstream != Upstream::default() {
            tx.add_usage(slice.upstream, slice.now).await?;
        }
        tx.commit().await?;
        Ok(Some(cancel_requested))
    }
}

/// A student's own record is about that student, even if nothing else of it could be read.
fn own(module: ModuleName, item: &ItemOutcome) -> Option<&RecordId> {
    item.zoho_id.as_ref().filter(|_| module == ModuleName::Students)
}

/// A link without places that its record has left stores nothing.
fn left_places(left: &[LeftPlace]) -> Option<serde_json::Value> {
    (!left.is_empty()).then(|| serde_json::to_value(left).unwrap_or_default())
}

/// An object without kept fields stores nothing.
fn kept_fields(kept: &BTreeSet<String>) -> Option<serde_json::Value> {
    (!kept.is_empty()).then(|| serde_json::to_value(kept).unwrap_or_default())
}

impl Tx {
    async fn fence_slice(&self, slice: &SliceSave<'_>) -> Result<Option<bool>> {
        let sql = format!(
            "UPDATE sync_runs SET checkpoint = $1, phase = $2, n_new = $3, n_unchanged = $4, n_updated = $5,
                n_failed = $6, n_skipped = $7, expected_total = $8, attempts = 0, seq = seq + 1,
                wait_code = NULL, wait_reason = NULL, wait_since_ms = NULL,
                lease_ms = {} + {}, mapping_version = $12, calls_zoho = calls_zoho + $13,
                credits_zoho = credits_zoho + $14, calls_moodle = calls_moodle + $15,
                changes_applied = changes_applied + $16, n_warned = $17
             WHERE run_id = $9 AND epoch = $10 AND state = 'running' AND tenant_id = $11 RETURNING cancel_requested",
            now_ms(self.backend()),
            self.lease().as_millis(),
        );
        let counts = slice.counts;
        let values = [
            slice.checkpoint.clone().into(),
            slice.phase.as_str().into(),
            counts.new.into(),
            counts.unchanged.into(),
            counts.updated.into(),
            counts.failed.into(),
            counts.skipped.into(),
            slice.expected_total.into(),
            slice.run.to_string().into(),
            slice.epoch.into(),
            self.id().into(),
            slice.mapping_version.into(),
            slice.upstream.zoho_calls.into(),
            slice.upstream.zoho_credits.into(),
            slice.upstream.moodle_calls.into(),
            slice.changed.into(),
            counts.warned.into(),
        ];
        let row = self.tx.query_one_raw(statement(self.backend(), sql, values)).await?;
        Ok(row.map(|row| row.try_get("", "cancel_requested")).transpose()?)
    }

    async fn insert_items(&self, slice: &SliceSave<'_>) -> Result<()> {
        const COLUMNS: usize = 15;
        let mut ordinal = slice.first_ordinal;
        for chunk in slice.items.chunks(chunk_rows(COLUMNS)) {
            let sql = format!(
                "INSERT INTO sync_run_items
                    (run_id, tenant_id, ordinal, zoho_id, status, code, message, diff, created_at,
                     op, class, mapping_version, person_id, target_id, warnings) VALUES {}",
                placeholders(chunk.len(), COLUMNS, 1)
            );
            let mut values: Vec<Value> = Vec::with_capacity(chunk.len() * COLUMNS);
            for item in chunk {
                let person = item.person.as_ref().map(PersonId::record);
                let failed = item.status == ItemStatus::Failed;
                let class = item.code.filter(|_| failed).map(|code| FaultClass::of(code).as_str());
                values.extend([
                    slice.run.to_string().into(),
                    self.id().into(),
                    ordinal.into(),
                    id::stored(item.zoho_id.as_ref()).into(),
                    item.status.as_str().into(),
                    item.code.map(Code::word).into(),
                    item.message.clone().into(),
                    serde_json::Value::Object(item.diff.clone()).into(),
                    slice.now.into(),
                    item.op.map(|op| op.as_str()).into(),
                    class.into(),
                    slice.mapping_version.into(),
                    person.or(own(slice.module, item)).map(RecordId::as_str).into(),
                    item.target_id.as_ref().map(ObjectId::as_str).into(),
                    warning::stored(&item.warnings).into(),
                ]);
                ordinal += 1;
            }
            self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        }
        Ok(())
    }

    async fn upsert_links(&self, links: &[Link], now: DateTime<Utc>) -> Result<()> {
        const COLUMNS: usize = 15;
        for chunk in links.chunks(chunk_rows(COLUMNS)) {
            self.drop_stale_links(chunk).await?;
            let sql = format!(
                "INSERT INTO record_links
                    (tenant_id, module_name, zoho_id, target_kind, target_id, sent_hash, sent, updated_at,
                     state, exclusive, mapping_version, person_id, container_id, left_places, kept_fields) VALUES {}
                 ON CONFLICT (tenant_id, module_name, zoho_id) DO UPDATE SET target_kind = excluded.target_kind,
                    target_id = excluded.target_id, sent_hash = excluded.sent_hash, sent = excluded.sent,
                    updated_at = excluded.updated_at, state = excluded.state, exclusive = excluded.exclusive,
                    mapping_version = excluded.mapping_version, person_id = excluded.person_id,
                    container_id = excluded.container_id, left_places = excluded.left_places,
                    kept_fields = excluded.kept_fields",
                placeholders(chunk.len(), COLUMNS, 1)
            );
            let mut values: Vec<Value> = Vec::with_capacity(chunk.len() * COLUMNS);
            for link in chunk {
                values.extend([
                    self.id().into(),
                    link.module.as_str().into(),
                    link.zoho_id.as_str().into(),
                    link.target_kind.as_str().into(),
                    link.target_id.as_str().into(),
                    link.stored_hash().into(),
                    serde_json::to_value(&link.sent).unwrap_or_default().into(),
                    now.into(),
                    link.state.as_str().into(),
                    link.exclusive.into(),
                    link.mapping_version.into(),
                    link.person.as_ref().map(PersonId::as_str).into(),
                    link.container.as_ref().map(ObjectId::as_str).into(),
                    left_places(&link.left).into(),
                    kept_fields(&link.kept).into(),
                ]);
            }
            self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        }
        Ok(())
    }

    /// If a target gives out an id that another link has, it has lost the earlier object (a restored backup): the old
    /// link must not lead to another record's object, also where its own record gets another id at the same time. A link
    /// that owns its object is never removed, so the index of active and suspended ones has all of them.
    async fn drop_stale_links(&self, links: &[Link]) -> Result<()> {
        let links: Vec<&Link> = links.iter().filter(|link| link.exclusive).collect();
        if links.is_empty() {
            return Ok(());
        }
        // A selection of the pairs: with a plain list of them, some versions of SQLite do not look them up one by
        // one.
        let pairs = placeholders(links.len(), 2, 2);
        let sql = format!(
            "DELETE FROM record_links{hint} WHERE tenant_id = $1 AND exclusive AND state <> 'removed'
             AND (target_kind, target_id) IN (SELECT v.column1, v.column2 FROM (VALUES {pairs}) AS v)
             AND NOT (module_name, zoho_id, target_id) IN (VALUES {})",
            placeholders(links.len(), 3, 2 + 2 * links.len()),
            hint = by_index(self.backend(), "record_links_target"),
        );
        let mut values: Vec<Value> = vec![self.id().into()];
        values.extend(
            links.iter().flat_map(|link| {
                [link.target_kind.as_str().into(), link.target_id.as_str().into()]
            }),
        );
        values.extend(links.iter().flat_map(|link| {
            [
                link.module.as_str().into(),
                link.zoho_id.as_str().into(),
                link.target_id.as_str().into(),
            ]
        }));
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(())
    }
}

//! The outcomes of a run in groups: counted in the transaction that stores them, and read with their first records. Raw SQL,
//! because counts are added to those that are stored.

use {
    super::{Result, TenantRows, Tx, id, list, placeholders, statement, warning},
    crate::domain::{
        code::Code,
        id::RunId,
        item::ItemStatus,
        summary::{Group, GroupKey, Moment, SAMPLES, Sample, WARNED},
    },
    sea_orm::{ConnectionTrait, QueryResult, Value},
    std::collections::{BTreeMap, BTreeSet},
};

/// Outcomes with warnings that are read at a time.
const PART: u64 = 10_000;

impl TenantRows<'_> {
    /// Returns the groups of a run with `total` outcomes, in no order.
    pub async fn groups(self, run: RunId, total: i64) -> Result<Vec<Group>> {
        let sql = "SELECT status, op, class, code, records, places FROM sync_run_groups
             WHERE run_id = $1 AND tenant_id = $2";
        let values: [Value; 2] = [run.to_string().into(), self.id().into()];
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        let groups = rows.iter().map(group).collect::<Result<Vec<_>>>()?;
        let outcomes = groups.iter().filter(|group| group.key.status != WARNED);
        if outcomes.map(|group| group.records).sum::<i64>() == total {
            return Ok(groups);
        }
        // A version before has stored some of the outcomes.
        self.groups_of_items(run).await
    }

    /// Counts the outcomes of a run.
    async fn groups_of_items(self, run: RunId) -> Result<Vec<Group>> {
        let sql = "SELECT status, coalesce(op, '') AS op, coalesce(class, '') AS class, coalesce(code, '') AS code,
                count(*) AS records, CAST(min(ordinal) AS varchar(20)) AS places
             FROM sync_run_items WHERE run_id = $1 AND tenant_id = $2 AND ordinal >= 0
             GROUP BY 1, 2, 3, 4";
        let values: [Value; 2] = [run.to_string().into(), self.id().into()];
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        let mut groups = rows.iter().map(group).collect::<Result<Vec<_>>>()?;
        let mut warned: BTreeMap<String, Group> = BTreeMap::new();
        let mut after = -1_i64;
        loop {
            let sql = format!(
                "SELECT ordinal, warnings FROM sync_run_items
                 WHERE run_id = $1 AND tenant_id = $2 AND ordinal > $3 AND warnings IS NOT NULL
                 ORDER BY ordinal LIMIT {PART}"
            );
            let values: [Value; 3] = [run.to_string().into(), self.id().into(), after.into()];
            let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
            for row in &rows {
                after = row.try_get("", "ordinal")?;
                let warnings = warning::read(row.try_get("", "warnings")?);
                for code in warnings.into_iter().map(|one| one.code).collect::<BTreeSet<_>>() {
                    let key = GroupKey::warned(&code);
                    let group =
                        warned.entry(code).or_insert(Group { key, records: 0, places: Vec::new() });
                    group.records += 1;
                    if group.places.len() < SAMPLES {
                        group.places.push(after);
                    }
                }
            }
            if (rows.len() as u64) < PART {
                break;
            }
        }
        groups.extend(warned.into_values());
        Ok(groups)
    }

    /// Returns the records at some places of a run.
    pub async fn samples(self, run: RunId, places: &[i64]) -> Result<BTreeMap<i64, Sample>> {
        let mut samples = BTreeMap::new();
        for chunk in places.chunks(super::chunk_rows(1)) {
            let sql = format!(
                "SELECT ordinal, zoho_id, person_id, message, target_id FROM sync_run_items
                 WHERE run_id = $1 AND tenant_id = $2 AND ordinal IN ({})",
                list(chunk.len(), 3)
            );
            let of_run: [Value; 2] = [run.to_string().into(), self.id().into()];
            let values = of_run.into_iter().chain(chunk.iter().map(|place| (*place).into()));
            let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
            for row in &rows {
                let place = row.try_get("", "ordinal")?;
                let target_id: Option<String> = row.try_get("", "target_id")?;
                let sample = Sample {
                    zoho_id: id::record_or_none(row.try_get("", "zoho_id")?)?,
                    person: id::person_or_none(row.try_get("", "person_id")?)?,
                    message: row.try_get("", "message")?,
                    target_id: target_id.map(Into::into),
                    place,
                };
                samples.insert(place, sample);
            }
        }
        Ok(samples)
    }

    /// Returns when the outcomes at some places of a run were stored, in the order of the places. There are fewer than a
    /// statement may name.
    pub async fn moments(self, run: RunId, places: &[i64]) -> Result<Vec<Moment>> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT ordinal, created_at FROM sync_run_items
             WHERE run_id = $1 AND tenant_id = $2 AND ordinal IN ({}) ORDER BY ordinal",
            list(places.len(), 3)
        );
        let of_run: [Value; 2] = [run.to_string().into(), self.id().into()];
        let values = of_run.into_iter().chain(places.iter().map(|place| (*place).into()));
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        let moment = |row: &QueryResult| -> Result<Moment> {
            let place: i64 = row.try_get("", "ordinal")?;
            Ok(Moment { at: row.try_get("", "created_at")?, done: place + 1 })
        };
        rows.iter().map(moment).collect()
    }
}

fn group(row: &QueryResult) -> Result<Group> {
    let places: String = row.try_get("", "places")?;
    Ok(Group {
        key: GroupKey {
            status: row.try_get("", "status")?,
            op: row.try_get("", "op")?,
            class: row.try_get("", "class")?,
            code: row.try_get("", "code")?,
        },
        records: row.try_get("", "records")?,
        places: places.split(',').filter_map(|one| one.parse().ok()).take(SAMPLES).collect(),
    })
}

impl Tx {
    /// Counts the last `records` outcomes of a run, which were skipped for one reason.
    pub(super) async fn count_skipped(&self, run: RunId, code: Code, records: i64) -> Result<()> {
        let sql = "SELECT coalesce(max(ordinal), -1) AS last FROM sync_run_items
             WHERE run_id = $1 AND tenant_id = $2";
        let values: [Value; 2] = [run.to_string().into(), self.id().into()];
        let row = self.tx.query_one_raw(statement(self.backend(), sql, values)).await?;
        let last: i64 = row.map_or(Ok(-1), |row| row.try_get("", "last"))?;
        let key = GroupKey {
            status: ItemStatus::Skipped.as_str().to_owned(),
            op: String::new(),
            class: String::new(),
            code: code.word().to_owned(),
        };
        let places = (last - records + 1..=last).take(SAMPLES).collect();
        self.add_groups(run, &[Group { key, records, places }]).await
    }

    /// Adds groups of outcomes to those of a run.
    pub(super) async fn add_groups(&self, run: RunId, groups: &[Group]) -> Result<()> {
        const COLUMNS: usize = 8;
        for chunk in groups.chunks(super::chunk_rows(COLUMNS)) {
            // More places than are shown are harmless, and at most twice as many are stored.
            let sql = format!(
                "INSERT INTO sync_run_groups (run_id, tenant_id, status, op, class, code, records, places) VALUES {}
                 ON CONFLICT (run_id, status, op, class, code) DO UPDATE SET
                    places = CASE WHEN sync_run_groups.records >= {SAMPLES} THEN sync_run_groups.places
                        ELSE sync_run_groups.places || ',' || excluded.places END,
                    records = sync_run_groups.records + excluded.records",
                placeholders(chunk.len(), COLUMNS, 1)
            );
            let mut values: Vec<Value> = Vec::with_capacity(chunk.len() * COLUMNS);
            for Group { key, records, places } in chunk {
                let places: Vec<String> = places.iter().map(ToString::to_string).collect();
                values.extend([
                    run.to_string().into(),
                    self.id().into(),
                    key.status.as_str().into(),
                    key.op.as_str().into(),
                    key.class.as_str().into(),
                    key.code.as_str().into(),
                    (*records).into(),
                    places.join(",").into(),
                ]);
            }
            self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        }
        Ok(())
    }
}

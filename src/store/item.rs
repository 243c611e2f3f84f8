//! Outcomes over all runs: by filter, by person, and of one run from its start. Raw SQL: rows are compared as a
//! whole, and the order of reading must follow an index.

use {
    super::{Result, StoreError, TenantRows, by_index, chunk_rows, id, list, statement, warning},
    crate::domain::{
        code,
        id::{PersonId, RecordId, RunId},
        item::{FaultClass, Item, ItemOfRun, ItemStatus, ItemsWith, Warning},
        module::ModuleName,
        run::TriggerSource,
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value},
    std::{collections::HashSet, fmt::Write as _},
};

/// Columns that an outcome is read from; `i` is the item, `r` its run.
const COLUMNS: &str = "i.run_id, i.ordinal, i.zoho_id, i.status, i.code, i.message, i.diff, i.created_at, i.op, i.class,
    i.mapping_version, i.person_id, i.target_id, i.warnings, r.module_name, r.trigger_source, r.dry_run";
/// Runs that are searched at a time.
const RUNS: u64 = 200;
/// Outcomes of several runs that are read at a time, beyond the number asked for.
const SPARE: i64 = 200;

/// The filter of a list of outcomes over all runs.
#[derive(Debug, Clone, Default)]
pub struct RunItemFilter {
    /// Only runs of this module.
    pub module: Option<ModuleName>,
    /// Only runs with this trigger.
    pub trigger: Option<TriggerSource>,
    /// Only this run.
    pub run: Option<RunId>,
    /// True: no dry runs.
    pub real: bool,
    /// Only this status, or only those with warnings.
    pub status: Option<ItemsWith>,
    /// Only this code, also as that of a warning.
    pub code: Option<String>,
    /// Only failures of this class.
    pub class: Option<FaultClass>,
    /// Only outcomes stored at or after this time.
    pub created_after: Option<DateTime<Utc>>,
    /// Only outcomes stored before this time.
    pub created_before: Option<DateTime<Utc>>,
}

/// What outcomes are about, each found by an index of its own.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'s> {
    /// One record.
    Record(&'s RecordId),
    /// A person: all of the person's records.
    Person(&'s PersonId),
}

/// Where the outcomes of a filter are found, each by an index of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Among {
    All,
    OfStatus,
    OfCode,
    Warned,
}

impl RunItemFilter {
    /// Returns where the outcomes are found: with a code, by their own code and by those of their warnings.
    const fn among(&self) -> &'static [Among] {
        match (&self.code, self.status) {
            (Some(_), _) => &[Among::OfCode, Among::Warned],
            (None, Some(ItemsWith::Warnings)) => &[Among::Warned],
            (None, Some(ItemsWith::Status(_))) => &[Among::OfStatus],
            (None, None) => &[Among::All],
        }
    }
}

impl Among {
    /// Returns the hint for the index by which the outcomes of a run are read.
    fn hint(self, backend: DbBackend) -> String {
        match self {
            Self::All => String::new(),
            Self::OfStatus => by_index(backend, "sync_run_items_status"),
            Self::OfCode => by_index(backend, "sync_run_items_code"),
            Self::Warned => by_index(backend, "sync_run_items_warned"),
        }
    }
}

/// The position of an outcome in its list: the time is that of the run in a list over runs, and that of the outcome
/// in the list of a person or a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemCursor {
    /// The time.
    pub at: DateTime<Utc>,
    /// The run.
    pub run: RunId,
    /// The position in the run.
    pub ordinal: i64,
}

/// A list of outcomes with the position of each.
pub type PlacedItems = Vec<(ItemCursor, ItemOfRun)>;

/// Conditions of a statement with their values.
struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    fn new(sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self { sql: sql.into(), values: values.into_iter().collect() }
    }

    /// Adds a condition; each `?` in it takes the next value.
    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(" AND ");
        let mut parts = condition.split('?');
        self.sql.push_str(parts.next().unwrap_or_default());
        for (part, value) in parts.zip(values) {
            self.values.push(value);
            let _never_fails = write!(self.sql, "${}{part}", self.values.len());
        }
    }

    /// Adds the filter's conditions on an outcome. One that is found by its own code and by that of a warning is found once.
    fn of_item(&mut self, filter: &RunItemFilter, among: Among, backend: DbBackend) {
        if let Some(ItemsWith::Status(status)) = filter.status {
            self.and("i.status = ?", [status.as_str().into()]);
        }
        if among == Among::Warned || filter.status == Some(ItemsWith::Warnings) {
            self.and("i.warnings IS NOT NULL", []);
        }
        if let Some(code) = &filter.code {
            let words = code::found_by(code);
            let marks = vec!["?"; words.len()].join(", ");
            let own = words.iter().map(|word| Value::from(*word));
            if among == Among::Warned {
                let named = format!("{}(i.warnings, ?) > 0", warning::position(backend));
                let named = vec![named; words.len()];
                let stored = words.iter().map(|word| Value::from(Warning::stored_code(word)));
                self.and(&format!("({})", named.join(" OR ")), stored);
                self.and(&format!("(i.code IS NULL OR i.code NOT IN ({marks}))"), own);
            } else {
                self.and(&format!("i.code IN ({marks})"), own);
            }
        }
        self.of_class_and_time(filter);
    }

    /// Adds the filter's conditions on the outcome of a person or a record, which is found by neither status nor code.
    fn of_any_item(&mut self, filter: &RunItemFilter, backend: DbBackend) {
        match filter.status {
            Some(ItemsWith::Status(status)) => self.and("i.status = ?", [status.as_str().into()]),
            Some(ItemsWith::Warnings) => self.and("i.warnings IS NOT NULL", []),
            None => {}
        }
        if let Some(code) = &filter.code {
            let words = code::found_by(code);
            let marks = vec!["?"; words.len()].join(", ");
            let named = format!("{}(i.warnings, ?) > 0", warning::position(backend));
            let named = vec![named; words.len()].join(" OR ");
            let own = words.iter().map(|word| Value::from(*word));
            let stored = words.iter().map(|word| Value::from(Warning::stored_code(word)));
            self.and(
                &format!("(i.code IN ({marks}) OR i.warnings IS NOT NULL AND ({named}))"),
                own.chain(stored),
            );
        }
        self.of_class_and_time(filter);
    }

    fn of_class_and_time(&mut self, filter: &RunItemFilter) {
        if let Some(class) = filter.class {
            self.and("i.class = ?", [class.as_str().into()]);
        }
        if let Some(from) = filter.created_after {
            self.and("i.created_at >= ?", [from.into()]);
        }
        if let Some(to) = filter.created_before {
            self.and("i.created_at < ?", [to.into()]);
        }
    }
}

/// A run that has outcomes matching the filter.
struct Candidate {
    run: RunId,
    started_at: DateTime<Utc>,
    /// Outcomes that may match.
    most: i64,
}

impl TenantRows<'_> {
    /// Returns those of the given records of which a run has an outcome. They are looked up one by one, because the run may
    /// have hundreds of thousands.
    pub async fn known_records(self, run: RunId, ids: &[String]) -> Result<HashSet<String>> {
        let mut known = HashSet::with_capacity(ids.len());
        for chunk in ids.chunks(chunk_rows(1)) {
            let sql = format!(
                "SELECT DISTINCT i.zoho_id FROM sync_run_items i{}
                 WHERE i.tenant_id = $1 AND i.run_id = $2 AND i.zoho_id IN ({})",
                by_index(self.backend(), "sync_run_items_record"),
                list(chunk.len(), 3),
            );
            let of_run: [Value; 2] = [self.id().into(), run.to_string().into()];
            let values = of_run.into_iter().chain(chunk.iter().map(Value::from));
            for row in self.reader().query_all_raw(statement(self.backend(), sql, values)).await? {
                known.insert(row.try_get("", "zoho_id")?);
            }
        }
        Ok(known)
    }

    /// Lists outcomes over all runs: the newest run first, and in each run the last outcome first. Outcomes added in
    /// the meantime come before everything that was listed.
    pub async fn run_items(
        self,
        filter: &RunItemFilter,
        after: Option<&ItemCursor>,
        limit: u64,
    ) -> Result<PlacedItems> {
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut items: PlacedItems = Vec::new();
        let mut last = after.cloned();
        while items.len() < wanted {
            let runs = self.candidates(filter, last.as_ref()).await?;
            let Some(end) = runs.last() else { break };
            // After the last run of this look, whether or not any of it matched.
            let behind = ItemCursor { at: end.started_at, run: end.run, ordinal: 0 };
            let mut rest = runs.as_slice();
            while !rest.is_empty() && items.len() < wanted {
                let missing = limit - items.len() as u64;
                let (group, others) = rest.split_at(together(rest, missing));
                items.extend(self.items_of_runs(filter, group, last.as_ref(), missing).await?);
                rest = others;
            }
            last = Some(behind);
            if (runs.len() as u64) < RUNS {
                break;
            }
        }
        items.truncate(wanted);
        Ok(items)
    }

    /// Returns the newest runs that have outcomes matching the filter, starting with the one in `after`.
    async fn candidates(
        self,
        filter: &RunItemFilter,
        after: Option<&ItemCursor>,
    ) -> Result<Vec<Candidate>> {
        // Counters are stored with the outcomes, so they show which runs are worth a look.
        let most = match filter.status {
            _ if filter.code.is_some() => "r.n_failed + r.n_skipped + r.n_warned",
            Some(ItemsWith::Warnings) => "r.n_warned",
            Some(ItemsWith::Status(status)) => match status {
                ItemStatus::New => "r.n_new",
                ItemStatus::Unchanged => "r.n_unchanged",
                ItemStatus::Updated => "r.n_updated",
                ItemStatus::Failed => "r.n_failed",
                ItemStatus::Skipped => "r.n_skipped",
            },
            None => "r.n_new + r.n_unchanged + r.n_updated + r.n_failed + r.n_skipped",
        };
        let mut asked = Conditions::new(
            format!(
                "SELECT r.run_id, r.started_at, {most} AS most FROM sync_runs r
                 WHERE r.tenant_id = $1 AND {most} > 0"
            ),
            [self.id().into()],
        );
        if let Some(module) = filter.module {
            asked.and("r.module_name = ?", [module.as_str().into()]);
        }
        if let Some(trigger) = filter.trigger {
            asked.and("r.trigger_source = ?", [trigger.as_str().into()]);
        }
        if let Some(run) = filter.run {
            asked.and("r.run_id = ?", [run.to_string().into()]);
        }
        if filter.real {
            asked.and("NOT r.dry_run", []);
        }
        if let Some(from) = filter.created_after {
            asked.and("(r.finished_at IS NULL OR r.finished_at >= ?)", [from.into()]);
        }
        if let Some(to) = filter.created_before {
            asked.and("r.started_at < ?", [to.into()]);
        }
        if let Some(after) = after {
            let place = [after.at.into(), after.run.to_string().into()];
            // A position at the very start of a run has nothing after it in that run.
            let from = if after.ordinal > 0 { "<=" } else { "<" };
            asked.and(&format!("(r.started_at, r.run_id) {from} (?, ?)"), place);
        }
        let in_items = filter.code.is_some()
            || filter.class.is_some()
            || filter.created_after.is_some()
            || filter.created_before.is_some();
        if in_items {
            asked.sql.push_str(" AND (FALSE");
            for among in filter.among() {
                // Not EXISTS, because PostgreSQL may answer that by a join over all outcomes.
                let _never_fails = write!(
                    asked.sql,
                    " OR (SELECT 1 FROM sync_run_items i{} WHERE i.run_id = r.run_id",
                    among.hint(self.backend())
                );
                asked.of_item(filter, *among, self.backend());
                asked.sql.push_str(" LIMIT 1) IS NOT NULL");
            }
            asked.sql.push(')');
        }
        let _never_fails =
            write!(asked.sql, " ORDER BY r.started_at DESC, r.run_id DESC LIMIT {RUNS}");
        let asked = statement(self.backend(), asked.sql, asked.values);
        let rows = self.reader().query_all_raw(asked).await?;
        rows.iter()
            .map(|row| {
                Ok(Candidate {
                    run: super::queue::run_id(row)?,
                    started_at: row.try_get("", "started_at")?,
                    most: row.try_get("", "most")?,
                })
            })
            .collect()
    }

    async fn items_of_runs(
        self,
        filter: &RunItemFilter,
        runs: &[Candidate],
        after: Option<&ItemCursor>,
        limit: u64,
    ) -> Result<PlacedItems> {
        let base = runs.iter().map(|run| run.run.to_string().into()).chain([self.id().into()]);
        let mut asked = Conditions::new("", base);
        for (place, among) in filter.among().iter().enumerate() {
            let _never_fails = write!(
                asked.sql,
                "{}SELECT {COLUMNS}, r.started_at AS at FROM sync_runs r CROSS JOIN sync_run_items i{hint}
                 WHERE r.run_id IN ({}) AND i.run_id = r.run_id AND i.tenant_id = ${}",
                if place == 0 { "" } else { " UNION ALL " },
                list(runs.len(), 1),
                runs.len() + 1,
                hint = among.hint(self.backend()),
            );
            asked.of_item(filter, *among, self.backend());
            if let Some(after) = after {
                asked.and(
                    "(i.run_id <> ? OR i.ordinal < ?)",
                    [after.run.to_string().into(), after.ordinal.into()],
                );
            }
        }
        // The columns by which they stand, by their places: a union knows no other names.
        let order = match (runs, filter.among()) {
            ([_], [_]) => "i.ordinal DESC",
            (_, [_]) => "r.started_at DESC, i.run_id DESC, i.ordinal DESC",
            _ => "at DESC, 1 DESC, 2 DESC",
        };
        let _never_fails = write!(asked.sql, " ORDER BY {order} LIMIT {limit}");
        self.placed(asked).await
    }

    /// Lists the outcomes of a record, or of a person's records, over all runs, the latest first.
    pub async fn subject_items(
        self,
        subject: Subject<'_>,
        filter: &RunItemFilter,
        after: Option<&ItemCursor>,
        limit: u64,
    ) -> Result<PlacedItems> {
        let (column, index, id) = match subject {
            Subject::Record(id) => ("zoho_id", "sync_run_items_record", id.as_str()),
            Subject::Person(id) => ("person_id", "sync_run_items_person", id.as_str()),
        };
        let mut asked = Conditions::new(
            format!(
                "SELECT {COLUMNS}, i.created_at AS at FROM sync_run_items i{hint} CROSS JOIN sync_runs r
                 WHERE i.tenant_id = $1 AND i.{column} = $2 AND r.run_id = i.run_id",
                hint = by_index(self.backend(), index),
            ),
            [self.id().into(), id.into()],
        );
        if let Some(module) = filter.module {
            asked.and("r.module_name = ?", [module.as_str().into()]);
        }
        if let Some(trigger) = filter.trigger {
            asked.and("r.trigger_source = ?", [trigger.as_str().into()]);
        }
        if let Some(run) = filter.run {
            asked.and("i.run_id = ?", [run.to_string().into()]);
        }
        if filter.real {
            asked.and("NOT r.dry_run", []);
        }
        asked.of_any_item(filter, self.backend());
        if let Some(after) = after {
            asked.and(
                "(i.created_at, i.run_id, i.ordinal) < (?, ?, ?)",
                [after.at.into(), after.run.to_string().into(), after.ordinal.into()],
            );
        }
        let _never_fails = write!(
            asked.sql,
            " ORDER BY i.created_at DESC, i.run_id DESC, i.ordinal DESC LIMIT {limit}"
        );
        self.placed(asked).await
    }

    /// Lists outcomes of a run in the order in which they were stored, those behind a place or all.
    pub async fn items_in_order(
        self,
        run: RunId,
        filter: &RunItemFilter,
        after: Option<i64>,
        limit: u64,
    ) -> Result<PlacedItems> {
        let from = after.map_or(0, |place| place.saturating_add(1));
        let mut asked =
            Conditions::new("", [run.to_string().into(), self.id().into(), from.into()]);
        for (place, among) in filter.among().iter().enumerate() {
            let _never_fails = write!(
                asked.sql,
                "{}SELECT {COLUMNS}, r.started_at AS at FROM sync_runs r CROSS JOIN sync_run_items i{hint}
                 WHERE r.run_id = $1 AND i.run_id = $1 AND i.tenant_id = $2 AND i.ordinal >= $3",
                if place == 0 { "" } else { " UNION ALL " },
                hint = among.hint(self.backend()),
            );
            asked.of_item(filter, *among, self.backend());
        }
        let order = if filter.among().len() == 1 { "i.ordinal" } else { "2" };
        let _never_fails = write!(asked.sql, " ORDER BY {order} LIMIT {limit}");
        self.placed(asked).await
    }

    async fn placed(self, asked: Conditions) -> Result<PlacedItems> {
        let asked = statement(self.backend(), asked.sql, asked.values);
        let rows = self.reader().query_all_raw(asked).await?;
        rows.iter().map(placed_of).collect()
    }
}

/// Returns how many of the runs are read together: only the first if it may fill the page, otherwise as many as hold
/// little more than the page.
fn together(runs: &[Candidate], missing: u64) -> usize {
    let missing = i64::try_from(missing).unwrap_or(i64::MAX);
    let mut sum = 0_i64;
    let fits = |run: &&Candidate| {
        sum = sum.saturating_add(run.most);
        sum <= missing.saturating_add(SPARE)
    };
    runs.iter().take_while(fits).count().max(1)
}

fn placed_of(row: &QueryResult) -> Result<(ItemCursor, ItemOfRun)> {
    let module: String = row.try_get("", "module_name")?;
    let run = super::queue::run_id(row)?;
    let ordinal = row.try_get("", "ordinal")?;
    let item = Item {
        zoho_id: id::record_or_none(row.try_get("", "zoho_id")?)?,
        status: row.try_get("", "status")?,
        code: row.try_get("", "code")?,
        message: row.try_get("", "message")?,
        diff: row.try_get("", "diff")?,
        created_at: row.try_get("", "created_at")?,
        ordinal,
        run,
        op: row.try_get("", "op")?,
        class: row.try_get("", "class")?,
        mapping_version: row.try_get("", "mapping_version")?,
        target_id: row.try_get("", "target_id")?,
        warnings: warning::read(row.try_get("", "warnings")?),
    };
    let item = ItemOfRun {
        item,
        module: ModuleName::parse(&module)
            .ok_or_else(|| StoreError::Broken(format!("module '{module}'")))?,
        trigger_source: row.try_get("", "trigger_source")?,
        dry_run: row.try_get("", "dry_run")?,
        person: id::person_or_none(row.try_get("", "person_id")?)?,
    };
    Ok((ItemCursor { at: row.try_get("", "at")?, run, ordinal }, item))
}

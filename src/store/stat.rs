//! What runs did over time, counted in the transaction that ends them. Raw SQL, because counts are added to those that are
//! stored, for runs of any tenants at once.

use {
    super::{Result, TenantRows, Together, chunk_rows, from_list, placeholders, statement},
    crate::domain::{
        module::ModuleName,
        run::Run,
        stat::{Figures, SPANS, Stat, Window, bucket, step_of},
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, QueryResult, Value},
    serde_json::json,
    std::collections::BTreeMap,
};

/// The columns that are added up, in the order of `added`.
const ADDED: [&str; 12] = [
    "runs",
    "n_new",
    "n_updated",
    "n_unchanged",
    "n_skipped",
    "failed_invalid",
    "failed_rejected",
    "failed_transient",
    "duration_ms",
    "zoho_calls",
    "zoho_credits",
    "moodle_calls",
];

/// All columns.
const COLUMNS: usize = 5 + ADDED.len();
/// Rows that have a value for each column: a few are stored sooner than their list would be read.
const FEW: usize = 24;

/// Where the figures of a run are added: tenant, span, start of the step, module and class of the duration. In this order,
/// so that processes that count the same runs' tenants never wait for each other in a circle.
type Place<'r> = (&'r str, i16, i64, &'static str, i16);

impl TenantRows<'_> {
    /// Returns the figures of a window that ends now, of one module or of all.
    pub async fn stats(
        self,
        window: Window,
        module: Option<ModuleName>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Stat>> {
        let sums = ADDED.map(|column| format!("CAST(sum({column}) AS bigint) AS {column}"));
        let of_module = if module.is_some() { "AND module_name = $4" } else { "" };
        let sql = format!(
            "SELECT start_ms, bucket, {} FROM stat_hours
             WHERE tenant_id = $1 AND hours = $2 AND start_ms >= $3 {of_module} GROUP BY start_ms, bucket",
            sums.join(", ")
        );
        let mut values: Vec<Value> =
            vec![self.id().into(), window.span().into(), window.start_ms(now).into()];
        values.extend(module.map(|module| module.as_str().into()));
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        rows.iter().map(stat).collect()
    }
}

fn stat(row: &QueryResult) -> Result<Stat> {
    let get = |column: &str| row.try_get::<i64>("", column);
    Ok(Stat {
        start_ms: get("start_ms")?,
        bucket: row.try_get("", "bucket")?,
        figures: Figures {
            runs: get("runs")?,
            new: get("n_new")?,
            updated: get("n_updated")?,
            unchanged: get("n_unchanged")?,
            skipped: get("n_skipped")?,
            failed_invalid: get("failed_invalid")?,
            failed_rejected: get("failed_rejected")?,
            failed_transient: get("failed_transient")?,
            duration_ms: get("duration_ms")?,
            zoho_calls: get("zoho_calls")?,
            zoho_credits: get("zoho_credits")?,
            moodle_calls: get("moodle_calls")?,
        },
    })
}

const fn added(figures: &Figures) -> [i64; 12] {
    [
        figures.runs,
        figures.new,
        figures.updated,
        figures.unchanged,
        figures.skipped,
        figures.failed_invalid,
        figures.failed_rejected,
        figures.failed_transient,
        figures.duration_ms,
        figures.zoho_calls,
        figures.zoho_credits,
        figures.moodle_calls,
    ]
}

/// Counts runs of any tenants that have ended at `now`, in the transaction that ends them. Dry runs did nothing.
pub(super) async fn count_ends(
    db: &impl ConnectionTrait,
    ended: &[Run],
    now: DateTime<Utc>,
) -> Result<()> {
    let mut all = Together::new(db.get_database_backend());
    add_ends(db, &mut all, ended, now).await?;
    all.all_raw(db).await?;
    Ok(())
}

/// Adds the statement that does so to others.
pub(super) async fn add_ends(
    db: &impl ConnectionTrait,
    all: &mut Together,
    ended: &[Run],
    now: DateTime<Utc>,
) -> Result<()> {
    let ended: Vec<&Run> = ended.iter().filter(|run| !run.dry_run).collect();
    if ended.is_empty() {
        return Ok(());
    }
    let classes = classes(db, &ended).await?;
    let mut places: BTreeMap<Place<'_>, Figures> = BTreeMap::new();
    for run in ended {
        let duration = run.begun_at.map(|begun| (now - begun).num_milliseconds().max(0));
        let id = run.id.to_string();
        let of = |class: &str| classes.get(&(id.clone(), class.to_owned())).copied().unwrap_or(0);
        let (rejected, transient) = (of("R"), of("T"));
        let figures = Figures {
            runs: 1,
            new: run.counts.new,
            updated: run.counts.updated,
            unchanged: run.counts.unchanged,
            skipped: run.counts.skipped,
            // What a version before has stored of the run has no class here.
            failed_invalid: (run.counts.failed - rejected - transient).max(0),
            failed_rejected: rejected,
            failed_transient: transient,
            duration_ms: duration.unwrap_or_default(),
            zoho_calls: run.upstream.zoho_calls,
            zoho_credits: run.upstream.zoho_credits,
            moodle_calls: run.upstream.moodle_calls,
        };
        for span in SPANS {
            let (tenant, module) = (run.tenant.as_str(), run.module.as_str());
            let place = (tenant, span, step_of(now, span), module, bucket(duration));
            places.entry(place).or_default().add(&figures);
        }
    }
    let sums = ADDED.map(|column| format!("{column} = stat_hours.{column} + excluded.{column}"));
    let places: Vec<_> = places.into_iter().collect();
    let (rows, values) = if places.len() <= FEW {
        let rows = placeholders(places.len(), COLUMNS, all.next());
        let values = places.iter().flat_map(|((tenant, span, start, module, bucket), figures)| {
            let place: [Value; 5] = [
                (*tenant).into(),
                (*span).into(),
                (*start).into(),
                (*module).into(),
                (*bucket).into(),
            ];
            place.into_iter().chain(added(figures).map(Value::from))
        });
        (format!("VALUES {rows}"), values.collect())
    } else {
        let row = |((tenant, span, start, module, bucket), figures): &(Place<'_>, Figures)| {
            let mut row = json!([tenant, span, start, module, bucket]);
            if let Some(row) = row.as_array_mut() {
                row.extend(added(figures).map(Into::into));
            }
            row
        };
        let rows: serde_json::Value = places.iter().map(row).collect();
        let figures: Vec<String> =
            (5..COLUMNS).map(|place| format!("CAST(value ->> {place} AS bigint)")).collect();
        let sql = format!(
            "SELECT value ->> 0, CAST(value ->> 1 AS smallint), CAST(value ->> 2 AS bigint), value ->> 3,
                CAST(value ->> 4 AS smallint), {} {} WHERE true",
            figures.join(", "),
            from_list(all.backend, all.next()),
        );
        (sql, vec![rows.to_string().into()])
    };
    let sql = format!(
        "INSERT INTO stat_hours (tenant_id, hours, start_ms, module_name, bucket, {}) {rows}
         ON CONFLICT (tenant_id, hours, start_ms, module_name, bucket) DO UPDATE SET {}",
        ADDED.join(", "),
        sums.join(", "),
    );
    all.add(sql, values);
    Ok(())
}

/// Returns how many records of runs failed, by run and class.
async fn classes(
    db: &impl ConnectionTrait,
    ended: &[&Run],
) -> Result<BTreeMap<(String, String), i64>> {
    let failed: Vec<&&Run> = ended.iter().filter(|run| run.counts.failed > 0).collect();
    let mut classes = BTreeMap::new();
    for chunk in failed.chunks(chunk_rows(2)) {
        let sql = format!(
            "SELECT g.run_id, g.class, CAST(sum(g.records) AS bigint) AS records FROM (VALUES {rows}) AS v
             JOIN sync_run_groups g ON g.tenant_id = v.column1 AND g.run_id = v.column2
             WHERE g.status = 'FAILED' GROUP BY g.run_id, g.class",
            rows = placeholders(chunk.len(), 2, 1),
        );
        let pairs = chunk.iter().map(|run| (run.tenant.as_str(), run.id.to_string()));
        let values = pairs.flat_map(|(tenant, id)| [Value::from(tenant), id.into()]);
        let backend = db.get_database_backend();
        for row in db.query_all_raw(statement(backend, sql, values)).await? {
            let key = (row.try_get("", "run_id")?, row.try_get("", "class")?);
            classes.insert(key, row.try_get("", "records")?);
        }
    }
    Ok(classes)
}

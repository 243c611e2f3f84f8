//! What is noted of a change: the entry of the audit log in the update of a module, the event of a run that ends, and its
//! figures by hour and day. Each is measured as what costs more with it, beside the whole of which it is a part. The two take
//! turns, and the median of the turns counts. It is the processor time of this process and, where PostgreSQL runs on this
//! machine, of its processes that serve this one, so that the shares hold on a machine that does other things as well;
//! elsewhere it is the time on the clock.

use {
    super::{
        engine::fill,
        guard::platform,
        host::{Database, Kind},
    },
    anyhow::{Context as _, Result, anyhow, bail},
    sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement, TransactionTrait as _, Value},
    serde_json::json,
    sigma_sync::{
        boot,
        config::{Config, Overrides},
        control::{Control, DEFAULT_TENANT},
        domain::{
            audit::{Action, Author, Change},
            id::TenantId,
            module::{ModuleName, ModulePatch},
            run::RunState,
        },
        store::{AuditEntry, Claim, Completion, Store, TenantScope},
    },
    std::time::Instant,
    tokio_util::sync::CancellationToken,
};

/// Greatest share of an entry in the update of a module, and of an event and of the figures in the end of a run.
const ENTRY_BUDGET: f64 = 0.10;
const EVENT_BUDGET: f64 = 0.05;
const FIGURES_BUDGET: f64 = 0.05;
/// Turns, and changes in each.
const ROUNDS: usize = 40;
const CHANGES: usize = 50;
/// Turns with and without the rows of a table.
const TURNS: usize = 7;
/// Runs that are claimed at a time, those that end together, and those that end before a turn is measured: a statement is
/// prepared again after the schema has changed.
const CLAIMED: usize = 256;
const TOGETHER: [usize; 3] = [1, 16, 256];
const BEFORE: usize = 16;

/// Measures on a fresh database.
pub(crate) async fn measure(kind: &Kind) -> Result<()> {
    println!("\n{kind}, what is noted of changes");
    // Each ends most of the runs that a database has.
    for noted in [&EVENTS, &FIGURES] {
        let database = Database::create(kind, "trail").await?;
        let done = Box::pin(note(&database, noted)).await;
        database.remove().await?;
        done.with_context(|| format!("what is noted on {kind}"))?;
    }
    Ok(())
}

async fn note(database: &Database, noted: &Noted) -> Result<()> {
    let values = vec![
        ("database_url", database.url().to_owned()),
        ("secrets.master_key_file", database.master_key()?),
    ];
    let config = Config::load(&Overrides { file: None, values })?;
    let stop = CancellationToken::new();
    boot::with_core(&config, &stop, async |core| {
        let bench = Bench { connection: database.connection().await?, kind: &database.kind };
        if noted.table == EVENTS.table {
            entries(&bench, &core.store, &core.control).await?;
        }
        fill(database).await?;
        ends(&bench, &core.store, noted).await?;
        Ok(bench.connection.close().await?)
    })
    .await
}

/// A connection of its own to the database that is measured.
struct Bench<'a> {
    connection: DatabaseConnection,
    kind: &'a Kind,
}

impl Bench<'_> {
    /// Lets a table take rows, or take none.
    async fn takes(&self, table: &str, rows: bool) -> Result<()> {
        let sql = match (self.kind, rows) {
            (Kind::Sqlite, false) => {
                format!("CREATE TRIGGER no_rows BEFORE INSERT ON {table} BEGIN SELECT RAISE(IGNORE); END")
            }
            (Kind::Sqlite, true) => "DROP TRIGGER no_rows".to_owned(),
            (Kind::Postgres(_), false) => format!(
                "CREATE FUNCTION no_rows() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                 CREATE TRIGGER no_rows BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION no_rows()"
            ),
            (Kind::Postgres(_), true) => {
                format!("DROP TRIGGER no_rows ON {table}; DROP FUNCTION no_rows")
            }
        };
        self.connection.execute_unprepared(&sql).await?;
        Ok(())
    }

    /// A watch for what comes next. What serves this process must be there already.
    async fn watch(&self) -> Result<Watch> {
        let mut processes = vec![std::process::id().to_string()];
        if matches!(self.kind, Kind::Postgres(_)) {
            let sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
                AND backend_type = 'client backend'";
            let rows = Statement::from_string(self.connection.get_database_backend(), sql);
            for row in self.connection.query_all_raw(rows).await? {
                processes.push(row.try_get::<i32>("", "pid")?.to_string());
            }
        }
        let is_postgres = |process: &String| {
            let name = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
            name.starts_with("postgres")
        };
        let by_cpu = processes.iter().skip(1).all(is_postgres);
        Ok(Watch { processes: by_cpu.then_some(processes), began: Instant::now() })
    }
}

/// Measures the time of something, in nanoseconds.
#[derive(Debug, Clone)]
struct Watch {
    /// Those whose processor time counts; `None` for the time on the clock.
    processes: Option<Vec<String>>,
    began: Instant,
}

impl Watch {
    /// The processor time of all threads, by the scheduler's own count.
    fn now(&self) -> Result<f64> {
        let Some(processes) = &self.processes else {
            return Ok(self.began.elapsed().as_nanos() as f64);
        };
        let mut sum = 0.0;
        for process in processes {
            for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
                // A thread may have ended meanwhile.
                let path = thread?.path().join("schedstat");
                let Ok(text) = std::fs::read_to_string(path) else { continue };
                sum += text.split_whitespace().next().context("a time")?.parse::<f64>()?;
            }
        }
        Ok(sum)
    }
}

/// Prints the median share of some turns, each a part and its whole for one change, in nanoseconds.
fn share(name: &str, turns: &[(f64, f64)], budget: Option<f64>) {
    let median = |of: fn(&(f64, f64)) -> f64| {
        let mut all: Vec<f64> = turns.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or_default()
    };
    let share = median(|(part, whole)| part / whole);
    let verdict = budget.map(|most| {
        let verdict = if share <= most { "within" } else { "OVER" };
        format!("budget at most {most:.2}: {verdict} ")
    });
    println!(
        "  {name:<56} {share:>10.3}   {}({:.1} us of {:.1})",
        verdict.unwrap_or_default(),
        median(|(part, _)| *part) / 1e3,
        median(|(_, whole)| *whole) / 1e3
    );
}

/// Measures updates of a module, and transactions that save one with and without an entry.
///
/// The last turn of each round has the table of events take no rows: what the entry costs then is a little more than an
/// entry by itself, because its statement carries the event nevertheless.
async fn entries(bench: &Bench<'_>, store: &Store, control: &Control) -> Result<()> {
    let who = platform()?;
    let name = ModuleName::parse("students").context("a module")?;
    let tenant = TenantId::parse(DEFAULT_TENANT).map_err(|fault| anyhow!(fault.message()))?;
    let scope = TenantScope::new(tenant);
    let patch = |turn: usize| {
        let enabled = Some(turn.is_multiple_of(2));
        ModulePatch::parse(enabled, None, None, None).map_err(|_| anyhow!("a patch"))
    };
    let told = |enabled: bool| json!({"enabled": enabled, "schedule_mode": "manual", "schedule_cron": null, "zoho_module": "Students"});
    let save = async |turn: usize, noted: bool| -> Result<()> {
        let tx = store.of(&scope).begin().await?;
        let mut module = tx.module(name).await?.context("the module")?;
        module.enabled = turn.is_multiple_of(2);
        let at = sigma_sync::ports::Clock::now(&sigma_sync::adapters::clock::SystemClock);
        let entry = noted.then(|| {
            let change = Change::between(told(!module.enabled), told(module.enabled));
            let (author, action) = (Author::of(&who), Action::UpdateModule);
            AuditEntry { author, action, resource: name.as_str(), change, at }
        });
        tx.save_module(&module, entry, at).await?;
        Ok(tx.commit().await?)
    };
    let saves = async |watch: &Watch, noted: bool| -> Result<f64> {
        save(0, noted).await?;
        let began = watch.now()?;
        for turn in 0..CHANGES {
            save(turn, noted).await?;
        }
        Ok((watch.now()? - began) / CHANGES as f64)
    };
    let (mut pairs, mut alone) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let watch = bench.watch().await?;
        let updates = async |changes: usize| -> Result<()> {
            for turn in 0..changes {
                let updated = control.update_module(&who, name.as_str(), patch(turn)?).await;
                updated.map_err(|error| anyhow!(error.message))?;
            }
            Ok(())
        };
        updates(2).await?;
        let began = watch.now()?;
        updates(CHANGES).await?;
        let whole = (watch.now()? - began) / CHANGES as f64;
        let (without, with) = (saves(&watch, false).await?, saves(&watch, true).await?);
        bench.takes("outbox", false).await?;
        let (quiet, silent) = (saves(&watch, true).await?, saves(&watch, false).await?);
        bench.takes("outbox", true).await?;
        // The first round opens connections.
        if round > 0 {
            pairs.push((with - without, whole));
            alone.push((quiet - silent, whole));
        }
    }
    share("entry and event by the update of a module", &pairs, None);
    share("entry of the audit log by the update of a module", &alone, Some(ENTRY_BUDGET));
    Ok(())
}

/// What is noted of the end of a run, in a table of its own.
struct Noted {
    name: &'static str,
    table: &'static str,
    budget: f64,
    /// The statement that stores it for some runs, with its values.
    statement: fn(&Kind, &[Claim]) -> (String, Vec<Value>),
}

const EVENTS: Noted =
    Noted { name: "event of a run", table: "outbox", budget: EVENT_BUDGET, statement: event };
const FIGURES: Noted = Noted {
    name: "figures of a run",
    table: "stat_hours",
    budget: FIGURES_BUDGET,
    statement: figures,
};

/// Measures ends of runs, in turns with the table taking no rows: what that saves, and what its statement costs beside
/// another one that stores nothing then, is the cost of what is noted.
async fn ends(bench: &Bench<'_>, store: &Store, noted: &Noted) -> Result<()> {
    for together in TOGETHER {
        let mut turns = Vec::new();
        for turn in 0..TURNS {
            let (with, _) = end_runs(bench, store, together).await?;
            bench.takes(noted.table, false).await?;
            let (without, claims) = end_runs(bench, store, together).await?;
            let watch = bench.watch().await?;
            let mut took = [0.0; 2];
            for (took, full) in took.iter_mut().zip([false, true]) {
                let mut began = watch.now()?;
                // The first ones prepare the statement.
                for (at, claims) in claims.chunks(together).enumerate() {
                    if at == BEFORE.div_ceil(together) {
                        began = watch.now()?;
                    }
                    send(bench, noted, full.then_some(claims)).await?;
                }
                let measured = claims.len() - BEFORE.next_multiple_of(together);
                *took = (watch.now()? - began) / measured as f64;
            }
            bench.takes(noted.table, true).await?;
            // The first turn opens connections.
            if turn > 0 {
                turns.push((with - without + took[1] - took[0], with));
            }
        }
        let name = format!("{} by its end, {together} at a time", noted.name);
        share(&name, &turns, Some(noted.budget));
    }
    Ok(())
}

/// Claims runs and ends them, this number together; returns the time for each.
async fn end_runs(bench: &Bench<'_>, store: &Store, together: usize) -> Result<(f64, Vec<Claim>)> {
    let before = BEFORE.next_multiple_of(together);
    let mut claims = Vec::new();
    while claims.len() < CLAIMED.max(before + together) {
        let more = store.across_tenants().claim("bench", CLAIMED.try_into()?, 2).await?;
        if more.is_empty() {
            bail!("no run is left");
        }
        claims.extend(more);
    }
    let ends: Vec<Vec<Completion>> =
        claims.chunks(together).map(|claims| claims.iter().map(end).collect()).collect();
    let (first, others) = ends.split_at(before / together);
    for ends in first {
        store.across_tenants().complete(ends).await?;
    }
    let watch = bench.watch().await?;
    let (began, mut count) = (watch.now()?, 0);
    for ends in others {
        count += store.across_tenants().complete(ends).await?.len();
    }
    let took = watch.now()? - began;
    if count != claims.len() - before {
        bail!("{count} of {} runs ended", claims.len() - before);
    }
    Ok((took / count as f64, claims))
}

fn end(claim: &Claim) -> Completion {
    Completion {
        scope: TenantScope::new(claim.run.tenant.clone()),
        run: claim.run.id,
        epoch: claim.epoch,
        state: RunState::Completed,
        failure: None,
        now: claim.run.started_at,
    }
}

/// Sends a statement in a transaction that writes: one that looks runs up, or the same beside the one that notes something of
/// some runs, as the store sends it.
async fn send(bench: &Bench<'_>, noted: &Noted, claims: Option<&[Claim]>) -> Result<()> {
    let tx = bench.connection.begin().await?;
    tx.execute_unprepared("UPDATE replay_floor SET signed_until = signed_until").await?;
    let last = "SELECT 1 AS x";
    let (sql, values) = match claims {
        None => (last.to_owned(), Vec::new()),
        Some(claims) => {
            let (sql, values) = (noted.statement)(bench.kind, claims);
            let sql = match bench.kind {
                Kind::Sqlite => format!("{sql}; {last}"),
                Kind::Postgres(_) => format!("WITH s0 AS ({sql}) {last}"),
            };
            (sql, values)
        }
    };
    let both = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    tx.query_all_raw(both).await?;
    Ok(tx.commit().await?)
}

fn elements(kind: &Kind, place: usize) -> String {
    match kind {
        Kind::Sqlite => format!("json_each(${place})"),
        Kind::Postgres(_) => format!("json_array_elements(CAST(${place} AS json))"),
    }
}

/// The event of the end of some runs, as the store writes it.
fn event(kind: &Kind, claims: &[Claim]) -> (String, Vec<Value>) {
    let data = |claim: &Claim| {
        let run = &claim.run;
        json!({"module": run.module.as_str(), "dry_run": run.dry_run, "state": "completed", "error_code": null})
    };
    if let [claim] = claims {
        let run = &claim.run;
        let values = vec![
            run.tenant.as_str().into(),
            "run.ended".into(),
            run.id.to_string().into(),
            data(claim).into(),
            None::<String>.into(),
            run.started_at.into(),
        ];
        let head = "INSERT INTO outbox (tenant_id, kind, subject, data, entry_id, created_at)";
        return (format!("{head} VALUES ($1, $2, $3, $4, $5, $6)"), values);
    }
    let row = |claim: &Claim| {
        (claim.run.tenant.as_str().to_owned(), claim.run.id.to_string(), data(claim))
    };
    let rows: Vec<_> = claims.iter().map(row).collect();
    let sql = format!(
        "INSERT INTO outbox (tenant_id, kind, subject, data, created_at)
         SELECT value ->> 0, $1, value ->> 1, value -> 2, $2 FROM {}",
        elements(kind, 3)
    );
    let at = claims.first().map(|claim| claim.run.started_at);
    (sql, vec!["run.ended".into(), at.into(), json!(rows).to_string().into()])
}

/// The figures of some runs, as the store writes them.
fn figures(kind: &Kind, claims: &[Claim]) -> (String, Vec<Value>) {
    const ADDED: &str = "runs, n_new, n_updated, n_unchanged, n_skipped, failed_invalid, failed_rejected, failed_transient,
        duration_ms, zoho_calls, zoho_credits, moodle_calls";
    let rows: Vec<Vec<serde_json::Value>> = claims
        .iter()
        .flat_map(|claim| {
            let run = &claim.run;
            [1, 6, 24].map(|span| {
                let mut row = vec![json!(run.tenant.as_str()), json!(span), json!(span)];
                row.push(json!(run.module.as_str()));
                row.extend(std::iter::repeat_n(json!(1), 13));
                row
            })
        })
        .collect();
    let (rows, values) = if rows.len() <= 24 {
        let row = |row: usize| {
            let places = (1..=17).map(|column| match kind {
                // As the store sends them there.
                Kind::Sqlite => "?".to_owned(),
                Kind::Postgres(_) => format!("${}", row * 17 + column),
            });
            format!("({})", places.collect::<Vec<_>>().join(", "))
        };
        let places: Vec<String> = (0..rows.len()).map(row).collect();
        let value = |value: serde_json::Value| match value.as_i64() {
            Some(number) => Value::from(number),
            None => value.as_str().into(),
        };
        let values = rows.into_iter().flatten().map(value).collect();
        (format!("VALUES {}", places.join(", ")), values)
    } else {
        let figures: Vec<String> =
            (5..17).map(|place| format!("CAST(value ->> {place} AS bigint)")).collect();
        let sql = format!(
            "SELECT value ->> 0, CAST(value ->> 1 AS smallint), CAST(value ->> 2 AS bigint), value ->> 3,
                CAST(value ->> 4 AS smallint), {} FROM {} WHERE true",
            figures.join(", "),
            elements(kind, 1),
        );
        (sql, vec![json!(rows).to_string().into()])
    };
    let sums: Vec<String> = ADDED
        .split(',')
        .map(str::trim)
        .map(|name| format!("{name} = stat_hours.{name} + excluded.{name}"))
        .collect();
    let sql = format!(
        "INSERT INTO stat_hours (tenant_id, hours, start_ms, module_name, bucket, {ADDED}) {rows}
         ON CONFLICT (tenant_id, hours, start_ms, module_name, bucket) DO UPDATE SET {}",
        sums.join(", "),
    );
    (sql, values)
}

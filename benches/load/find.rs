//! Searches in a large history: people by every key, their histories, and outcomes over all runs, among a million
//! outcomes of a hundred thousand students. The rows are written by plain statements; the queries go through the API.

use {
    super::{
        client::{GrpcCaller, Signer},
        host::{Database, Kind},
    },
    anyhow::{Context as _, Result, ensure},
    chrono::{DateTime, TimeDelta, Utc},
    prost::Message,
    sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement, Value},
    sigma_sync::{
        domain::{
            id::{ObjectId, PersonId},
            person::Person,
        },
        proto::pb,
    },
    std::{
        sync::Arc,
        time::{Duration, Instant},
    },
};

/// Students.
const PEOPLE: u32 = 100_000;
/// Outcomes of the run that is summarized, and its number.
const WHOLE: u32 = 100_000;
const WHOLE_RUN: u32 = 999_999;
/// Days of figures: of each module, a run an hour.
const DAYS: u32 = 90;
/// Time within which a summary must come.
const SUMMARY: Duration = Duration::from_millis(100);
/// The overview may cost as much as this many reads of the settings.
const OVERVIEW: f64 = 2.0;
/// Runs, and outcomes of each.
const RUNS: u32 = 200;
const ITEMS: u32 = 5_000;
/// Outcomes of every run that concern the same student.
const HEAVY: u32 = 10;
/// Every Nth outcome failed.
const FAILED_EVERY: u32 = 50;
/// People whose rows one statement writes.
const BATCH: u32 = 500;
/// Number of times that each query is made, spread over its variants.
const ASKED: usize = 200;
/// Time within which 95 of 100 answers must come.
const BUDGET: Duration = Duration::from_millis(200);
/// Ids of students begin here.
const FIRST_ID: u64 = 700_000_000_000_000;

const GIVEN: [&str; 40] = [
    "Lina",
    "Omar",
    "Salma",
    "Yousef",
    "Rana",
    "Khaled",
    "Huda",
    "Tariq",
    "Maryam",
    "Sami",
    "Mohammad",
    "Mohamed",
    "Mohannad",
    "Ahmad",
    "Amira",
    "Bilal",
    "Sara",
    "René",
    "Zoë",
    "Dina",
    "لينا",
    "عمر",
    "سلمى",
    "يوسف",
    "رنا",
    "خالد",
    "هدى",
    "طارق",
    "مريم",
    "سامي",
    "محمد",
    "أحمد",
    "إبراهيم",
    "مهند",
    "أميرة",
    "بلال",
    "سارة",
    "دينا",
    "نور",
    "حسن",
];
const FAMILY: [&str; 40] = [
    "Haddad",
    "Al-Najjar",
    "Mansour",
    "Khoury",
    "Saleh",
    "O'Brien",
    "Yılmaz",
    "Darwish",
    "Qasim",
    "Abu Zaid",
    "Müller",
    "Sabbagh",
    "Halabi",
    "Kanaan",
    "Taylor",
    "Al-Masri",
    "Nasser",
    "Barakat",
    "Demir",
    "Shaheen",
    "حداد",
    "النجار",
    "منصور",
    "خوري",
    "صالح",
    "درويش",
    "قاسم",
    "أبو زيد",
    "صباغ",
    "حلبي",
    "كنعان",
    "المصري",
    "ناصر",
    "بركات",
    "شاهين",
    "الحسن",
    "عيسى",
    "حمدان",
    "زيدان",
    "الخطيب",
];
const MODULES: [&str; 5] = ["students", "registrations", "enrollments", "payments", "grades"];

const FIND: &str = "/sigma.v1.PersonService/FindPeople";
const EVENTS: &str = "/sigma.v1.PersonService/ListPersonEvents";
const LIST: &str = "/sigma.v1.ItemService/ListItems";

/// Fills a database and queries it.
pub(crate) async fn measure(kind: &Kind, signer: &Arc<Signer>) -> Result<()> {
    println!("\n{kind}, finding in {} outcomes of {PEOPLE} students", RUNS * ITEMS);
    let database = Database::create(kind, "find").await?;
    let done = async {
        let began = Instant::now();
        let rows = database.connection().await?;
        fill(&rows).await.context("cannot fill the database")?;
        rows.close().await?;
        println!("  filled in {:.0} s", began.elapsed().as_secs_f64());
        questions(&database, signer).await
    }
    .await;
    database.remove().await?;
    done
}

#[expect(clippy::expect_used, reason = "what is measured has ids")]
fn person(number: u32) -> Person {
    let pick = |list: &[&'static str], at: u32| {
        list.get(at as usize % list.len()).copied().unwrap_or_default()
    };
    let (given, family) = (pick(&GIVEN, number), pick(&FAMILY, number / 40));
    let id = PersonId::parse(&(FIRST_ID + u64::from(number)).to_string());
    Person {
        id: id.expect("digits are an id"),
        name: Some(format!("{given} {family}")),
        email: Some(format!("student.{number:06}@college.example")),
        account: Some((1_000 + number).to_string().into()),
    }
}

#[expect(clippy::disallowed_methods, reason = "runs of the last months")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

async fn fill(rows: &DatabaseConnection) -> Result<()> {
    let backend = rows.get_database_backend();
    let run = async |sql: String, values: Vec<Value>| {
        rows.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await
    };
    for first in (0..PEOPLE).step_by(BATCH as usize) {
        let people: Vec<Person> = (first..first + BATCH).map(person).collect();
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let optional = |text: &Option<String>| quoted(text.as_deref().unwrap_or_default());
        let known = people.iter().map(|person| {
            let (name, email) = (optional(&person.name), optional(&person.email));
            format!(
                "('default', '{}', {name}, {email}, {}, $1)",
                person.id,
                quoted(person.account.as_ref().map_or("", ObjectId::as_str))
            )
        });
        let known: Vec<String> = known.collect();
        run(format!("INSERT INTO people VALUES {}", known.join(", ")), vec![now().into()]).await?;
        let terms = people.iter().flat_map(|person| {
            let id = person.id.clone();
            person
                .terms()
                .into_iter()
                .map(move |term| format!("('default', {}, '{id}')", quoted(&term)))
        });
        let terms: Vec<String> = terms.collect();
        run(format!("INSERT INTO person_terms VALUES {}", terms.join(", ")), Vec::new()).await?;
    }
    for number in 0..RUNS {
        let id = format!("00000000-0000-4000-8000-{number:012}");
        let module = MODULES.get(number as usize % MODULES.len()).copied().unwrap_or_default();
        let at = now() - TimeDelta::minutes(i64::from(RUNS - number) * 30);
        let failed = ITEMS / FAILED_EVERY;
        let sql = format!(
            "INSERT INTO sync_runs (run_id, tenant_id, module_name, trigger_source, state, phase, priority,
                available_ms, started_at, finished_at, n_unchanged, n_failed)
             VALUES ($1, 'default', '{module}', 'scheduled', 'partial', 'done', 2, 0, $2, $2, {}, {failed})",
            ITEMS - failed
        );
        run(sql, vec![id.clone().into(), at.into()]).await?;
        let sql = format!(
            "INSERT INTO sync_run_items (run_id, tenant_id, ordinal, zoho_id, status, code, message, diff, created_at,
                person_id, target_id)
             WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last})
             SELECT $1, 'default', i, CAST({FIRST_ID} + ({number} * {ITEMS} + i) % {PEOPLE} AS varchar(100)),
                CASE WHEN i % {FAILED_EVERY} = 0 THEN 'FAILED' ELSE 'UNCHANGED' END,
                CASE WHEN i % {FAILED_EVERY} = 0 THEN 'MOODLE_EMAIL_TAKEN' END,
                CASE WHEN i % {FAILED_EVERY} = 0 THEN 'another account has this e-mail address' END,
                '{{\"phone\":[\"+999 1\",\"+999 2\"]}}', $2,
                CAST({FIRST_ID} + CASE WHEN i < {HEAVY} THEN 7 ELSE ({number} * {ITEMS} + i) % {PEOPLE} END
                    AS varchar(100)), '1'
             FROM n",
            last = ITEMS - 1
        );
        run(sql, vec![id.into(), at.into()]).await?;
    }
    for (module, kind) in
        [("students", "user"), ("registrations", "cohort_member"), ("enrollments", "enrolment")]
    {
        let sql = format!(
            "INSERT INTO record_links (tenant_id, module_name, zoho_id, target_kind, target_id, sent_hash, sent,
                updated_at, exclusive, person_id)
             WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last})
             SELECT 'default', '{module}', CAST({FIRST_ID} + i AS varchar(100)), '{kind}',
                CAST(1000 + i AS varchar(100)), '', '{{}}', $1, false, CAST({FIRST_ID} + i AS varchar(100))
             FROM n",
            last = PEOPLE - 1
        );
        run(sql, vec![now().into()]).await?;
    }
    fill_standing(rows).await?;
    // Work that PostgreSQL does by itself after a while, and SQLite never; and work that both do, so that no query
    // pays for it.
    for statement in match backend {
        DbBackend::Postgres => ["ANALYZE", "CHECKPOINT"].as_slice(),
        _ => &["PRAGMA wal_checkpoint(TRUNCATE)"],
    } {
        rows.execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Writes a run of many outcomes with its groups, and the figures of some months.
async fn fill_standing(rows: &DatabaseConnection) -> Result<()> {
    let run = format!("00000000-0000-4000-8000-{WHOLE_RUN:012}");
    let failed = WHOLE / FAILED_EVERY;
    let at = now().format("%Y-%m-%d %H:%M:%S+00:00");
    rows.execute_unprepared(&format!(
        "INSERT INTO sync_runs (run_id, tenant_id, module_name, trigger_source, state, phase, priority,
            available_ms, started_at, finished_at, n_unchanged, n_failed)
         VALUES ('{run}', 'default', 'units', 'scheduled', 'partial', 'done', 2, 0, '{at}', '{at}', {}, {failed})",
        WHOLE - failed
    ))
    .await?;
    rows.execute_unprepared(&format!(
        "INSERT INTO sync_run_items (run_id, tenant_id, ordinal, zoho_id, status, code, class, message, diff, created_at)
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last})
         SELECT '{run}', 'default', i, CAST({FIRST_ID} + i AS varchar(100)),
            CASE WHEN i % {FAILED_EVERY} = 0 THEN 'FAILED' ELSE 'UNCHANGED' END,
            CASE WHEN i % {FAILED_EVERY} = 0 THEN 'MOODLE_EMAIL_TAKEN' END,
            CASE WHEN i % {FAILED_EVERY} = 0 THEN 'R' END, 'x', '{{}}', '{at}' FROM n",
        last = WHOLE - 1
    ))
    .await?;
    rows.execute_unprepared(&format!(
        "INSERT INTO sync_run_groups (run_id, tenant_id, status, op, class, code, records, places) VALUES
         ('{run}', 'default', 'FAILED', '', 'R', 'MOODLE_EMAIL_TAKEN', {failed}, '0,50,100,150,200'),
         ('{run}', 'default', 'UNCHANGED', '', '', '', {}, '1,2,3,4,5')",
        WHOLE - failed
    ))
    .await?;
    for (hours, length) in [(1, 3_600_000_i64), (6, 21_600_000), (24, 86_400_000)] {
        let steps = i64::from(DAYS) * 86_400_000 / length;
        let last = now().timestamp_millis() / length * length;
        for module in MODULES {
            rows.execute_unprepared(&format!(
                "INSERT INTO stat_hours (tenant_id, hours, start_ms, module_name, bucket, runs, n_new, n_updated,
                    n_unchanged, n_skipped, failed_invalid, failed_rejected, failed_transient, duration_ms, zoho_calls,
                    zoho_credits, moodle_calls)
                 WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {})
                 SELECT 'default', {hours}, {last} - i * {length}, '{module}', b.column1, 1, 1, 2, 90, 3, 1, 2, 1, 1500,
                    9, 9, 9 FROM n CROSS JOIN (VALUES (40), (42), (45)) AS b",
                steps - 1
            ))
            .await?;
        }
    }
    Ok(())
}

/// Makes every query in several variants and prints the durations of the answers.
async fn questions(database: &Database, signer: &Arc<Signer>) -> Result<()> {
    let server = database.serve(&["--worker", "none"])?;
    let ask = Asker { url: server.url().to_owned(), signer: signer.clone() };
    let some = || (0..20_u32).map(|number| person(number * 4_973 + 13));
    let email = |person: Person| person.email.unwrap_or_default();
    let name = |person: Person| person.name.unwrap_or_default();
    ask.people("e-mail address", some().map(email), 1).await?;
    ask.people("Zoho id", some().map(|person| person.id.into_text()), 1).await?;
    ask.people("Moodle id", some().filter_map(|person| Some(person.account?.into_text())), 1)
        .await?;
    ask.people("whole name", some().map(name), 20).await?;
    let begin = |text: String| text.chars().take(3).collect::<String>();
    ask.people("begin of a name", some().map(name).map(begin), 20).await?;
    ask.people("one letter", ["a", "m", "s", "م", "h"].map(str::to_owned).into_iter(), 20).await?;
    ask.people(
        "common words",
        ["student m", "mo al", "ا م", "student al sa"].map(str::to_owned).into_iter(),
        1,
    )
    .await?;
    // Both words are common, and no person has both.
    ask.people(
        "words that do not meet",
        ["mohammad lina", "sara omar", "محمد سارة"].map(str::to_owned).into_iter(),
        0,
    )
    .await?;
    ask.people("nobody", ["zzz", "404", "nobody@x"].map(str::to_owned).into_iter(), 0).await?;

    let events = |person_id: String, module: &str, status: &str| pb::ListPersonEventsRequest {
        person_id,
        module: module.into(),
        status: status.into(),
        ..Default::default()
    };
    let heavy = || person(7).id.into_text();
    let count = |answer: pb::ListPersonEventsResponse| answer.events.len();
    ask.all(
        EVENTS,
        "story of a person",
        some().map(|person| events(person.id.into_text(), "", "")),
        5,
        count,
    )
    .await?;
    ask.all(EVENTS, "long story", [events(heavy(), "", "")].into_iter(), 50, count).await?;
    ask.all(
        EVENTS,
        "long story, failures",
        [events(heavy(), "grades", "FAILED")].into_iter(),
        1,
        count,
    )
    .await?;
    ask.all(
        EVENTS,
        "long story, nothing of it",
        [events(heavy(), "units", "")].into_iter(),
        0,
        count,
    )
    .await?;

    let list = |module: &str, status: &str, code: &str| pb::ListItemsRequest {
        module: module.into(),
        status: status.into(),
        code: code.into(),
        ..Default::default()
    };
    let window = pb::ListItemsRequest {
        created_after: Some(stamp(now() - TimeDelta::hours(40))),
        created_before: Some(stamp(now() - TimeDelta::hours(39))),
        ..list("", "", "")
    };
    let count = |answer: pb::ListItemsResponse| answer.items.len();
    let lists = [
        ("newest outcomes", list("", "", ""), 50),
        ("failures", list("", "FAILED", ""), 50),
        ("failures of a module", list("payments", "FAILED", ""), 50),
        ("a code", list("", "", "MOODLE_EMAIL_TAKEN"), 50),
        ("a code that nobody has", list("", "", "ZOHO_NOTHING"), 0),
        ("an hour of long ago", window, 50),
        ("200 failures", pb::ListItemsRequest { limit: Some(200), ..list("", "FAILED", "") }, 200),
    ];
    for (name, request, least) in lists {
        ask.all(LIST, name, [request].into_iter(), least, count).await?;
    }
    ask.standing().await
}

fn stamp(time: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: time.timestamp(), nanos: 0 }
}

struct Asker {
    url: String,
    signer: Arc<Signer>,
}

impl Asker {
    async fn people(
        &self,
        name: &str,
        queries: impl Iterator<Item = String>,
        least: usize,
    ) -> Result<()> {
        let request = |query| pb::FindPeopleRequest { query, ..Default::default() };
        let count = |answer: pb::FindPeopleResponse| answer.people.len();
        self.all(FIND, name, queries.map(request), least, count).await?;
        Ok(())
    }

    /// Measures the overview against a read of the settings, and the summary of a run of many outcomes.
    async fn standing(&self) -> Result<()> {
        const SETTINGS: &str = "/sigma.v1.SettingsService/GetSettings";
        const GET: &str = "/sigma.v1.OverviewService/GetOverview";
        const SUMMARIZE: &str = "/sigma.v1.SyncRunService/SummarizeRun";
        let request = pb::GetSettingsRequest::default();
        let count = |_: pb::GetSettingsResponse| 1;
        let floor = self.all(SETTINGS, "settings", [request].into_iter(), 1, count).await?;
        for window in ["24h", "7d", "30d"] {
            let request = pb::GetOverviewRequest { window: window.into(), ..Default::default() };
            let count = |answer: pb::GetOverviewResponse| answer.series.len();
            let name = format!("overview of {window}");
            let took = self.all(GET, &name, [request].into_iter(), 24, count).await?;
            let times = took.as_secs_f64() / floor.as_secs_f64().max(f64::EPSILON);
            let verdict = if times <= OVERVIEW { "within" } else { "OVER" };
            println!("    {times:.2} x a read of the settings (budget {OVERVIEW}: {verdict})");
        }
        let run_id = format!("00000000-0000-4000-8000-{WHOLE_RUN:012}");
        let request = pb::SummarizeRunRequest { run_id };
        let count = |answer: pb::SummarizeRunResponse| answer.groups.len();
        let took =
            self.all(SUMMARIZE, "summary of 100,000", [request].into_iter(), 2, count).await?;
        let verdict = if took <= SUMMARY { "within" } else { "OVER" };
        println!("    (budget of a summary {} ms: {verdict})", SUMMARY.as_millis());
        Ok(())
    }

    /// Makes all variants in turn, prints the median and the 95th percentile, and returns the median.
    async fn all<Q, A>(
        &self,
        method: &'static str,
        name: &str,
        requests: impl Iterator<Item = Q>,
        least: usize,
        count: impl Fn(A) -> usize,
    ) -> Result<Duration>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + 'static,
    {
        let mut callers = Vec::new();
        for request in requests {
            callers.push(
                GrpcCaller::<Q, A>::connect(&self.url, method, request, &self.signer, true).await?,
            );
        }
        let mut times = Vec::with_capacity(ASKED);
        // The first answers also open connections and read pages from disk; they count as well.
        for turn in 0..ASKED {
            let variants = callers.len();
            let Some(caller) = callers.get_mut(turn % variants) else { break };
            let began = Instant::now();
            let answer = caller.ask().await.with_context(|| name.to_owned())?;
            times.push(began.elapsed());
            let found = count(answer);
            ensure!(found >= least, "{name}: {found} found, {least} are there at least");
        }
        times.sort();
        let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
        let (p50, p95) = (at(50), at(95));
        let verdict = if p95 < BUDGET { "within" } else { "OVER" };
        println!(
            "  {name:<26} p50 {:>7.2} ms  p95 {:>7.2} ms  (budget {} ms: {verdict})",
            p50.as_secs_f64() * 1e3,
            p95.as_secs_f64() * 1e3,
            BUDGET.as_millis()
        );
        Ok(p50)
    }
}

//! How the databases read the large tables: every statement of the store about links, waits and outcomes is recorded,
//! and the database is asked which index it would use. None may read all of a tenant or a table.

use {
    super::super::{
        AuditEntry, Claim, Enqueued, Evidence, ItemCursor, ItemFilter, Link, LinkState, NewRun,
        OldRun, PlannedRemoval, ReadEnd, RowSecurity, RunItemFilter, SliceSave, Store, Subject,
        TenantScope, WaitingRecord,
    },
    crate::domain::{
        code,
        id::{PersonId, RecordId, RunId, TenantId},
        item::{FaultClass, ItemOutcome, ItemStatus, ItemsWith},
        module::ModuleName,
        record::{Canonical, TargetKind},
        run::TriggerSource,
        selection::RetryFilter,
    },
    chrono::{DateTime, TimeDelta, Utc},
    sea_orm::{
        ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement,
        TransactionTrait as _,
    },
    serde_json::{Map, Value, json},
    std::sync::{Arc, Mutex},
    uuid::Uuid,
};

/// The tables, with their names in statements.
const TABLES: [&str; 3] = ["record_links", "record_waits", "sync_run_items"];
const NAMES: [&str; 5] = ["record_links", "record_waits", "sync_run_items", "l", "i"];
/// Columns in which each value occurs in few rows, and the index with few rows.
const NARROW: [&str; 8] = [
    "zoho_id",
    "target_id",
    "person_id",
    "run_id",
    "child_id",
    "parent_id",
    "since",
    "record_waits_ready",
];
/// Links of each module, and outcomes of each run.
const LINKS: u32 = 4_000;
const RUNS: u32 = 400;
const ITEMS: u32 = 200;
/// Number of records in a slice: compared with the links it is like a thousand among a million, because PostgreSQL
/// decides by cost.
const SLICE: u32 = 4;

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

fn old_run(number: u32) -> RunId {
    RunId::parse(&format!("00000000-0000-4000-8000-{number:012}")).unwrap()
}

/// A store whose statements are recorded.
struct Watched {
    store: Store,
    scope: TenantScope,
    /// The same database, without recording.
    plain: DatabaseConnection,
    sent: Arc<Mutex<Vec<Statement>>>,
    /// The statements that put a transaction behind row security, if they are planned there.
    wall: Option<String>,
    /// Reads that are too wide.
    faults: Vec<String>,
    /// Number of statements that were checked.
    looked: usize,
}

impl Watched {
    async fn open(url: &str) -> Self {
        let mut store = Store::connect(url, 4).await.unwrap();
        store.across_tenants().migrate().await.unwrap();
        let plain = store.pools()[0].clone();
        let sent = Arc::new(Mutex::new(Vec::new()));
        for connection in store.pools() {
            let sent = sent.clone();
            connection.set_metric_callback(move |info| {
                sent.lock().unwrap().push(info.statement.clone());
            });
        }
        let scope = TenantScope::new(TenantId::parse("a").unwrap());
        Self { store, scope, plain, sent, wall: None, faults: Vec::new(), looked: 0 }
    }

    async fn execute(&self, sql: &str) {
        self.plain.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    async fn fill(&self) {
        let numbers = |count: u32| {
            let last = count - 1;
            format!(
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
            )
        };
        let now = "'2023-11-14 22:13:20+00:00'";
        for tenant in ["a", "b"] {
            self.execute(&format!(
                "INSERT INTO tenant_profiles (tenant_id, name, status, created_at, updated_at)
                 VALUES ('{tenant}', 'x', 'active', {now}, {now})"
            ))
            .await;
            for (module, kind, exclusive) in [
                ("students", "user", true),
                ("classes", "group", true),
                ("registrations", "cohort_member", false),
                ("enrollments", "enrolment", false),
                ("payments", "profile", false),
            ] {
                self.execute(&format!(
                    "INSERT INTO record_links (tenant_id, module_name, zoho_id, target_kind, target_id, sent_hash, sent,
                        updated_at, exclusive, person_id)
                     {} SELECT '{tenant}', '{module}', CAST(i AS varchar(100)), '{kind}', CAST(i AS varchar(100)),
                        '', '{{}}', {now}, {exclusive}, CAST(i AS varchar(100)) FROM n",
                    numbers(LINKS)
                ))
                .await;
            }
            for (child, parent) in [("enrollments", "classes"), ("grades", "enrollments")] {
                self.execute(&format!(
                    "INSERT INTO record_waits (tenant_id, child_module, child_id, parent_module, parent_id, ready, since)
                     {} SELECT '{tenant}', '{child}', CAST(i AS varchar(100)), '{parent}', CAST(i AS varchar(100)),
                        i % 100 = 0, {now} FROM n",
                    numbers(LINKS)
                ))
                .await;
            }
        }
        for run in 0..RUNS {
            let (id, tenant) = (old_run(run), if run % 2 == 0 { "a" } else { "b" });
            self.execute(&format!(
                "INSERT INTO sync_runs (run_id, tenant_id, module_name, trigger_source, state, phase, priority,
                    available_ms, started_at, finished_at, n_unchanged, n_failed, n_warned, dry_run,
                    chain_id)
                 VALUES ('{id}', '{tenant}', 'students', 'manual', 'partial', 'done', 2, 0, {now}, {now}, 90, 10, 10,
                    {}, '{}')",
                run == 2,
                old_run(2)
            ))
            .await;
            self.execute(&format!(
                "INSERT INTO sync_run_items (run_id, tenant_id, ordinal, zoho_id, status, code, diff, created_at,
                    person_id, warnings)
                 {} SELECT '{id}', '{tenant}', i, CAST(i AS varchar(100)),
                    CASE WHEN i % 10 = 0 THEN 'FAILED' ELSE 'UNCHANGED' END,
                    CASE WHEN i % 10 = 0 THEN '{taken}' END, '{{}}', {now}, CAST(i AS varchar(100)),
                    CASE WHEN i % 10 = 1 THEN '[{{\"field\":\"phone\",\"code\":\"{long}\",\"value\":\"1\"}}]' END
                 FROM n",
                numbers(ITEMS),
                taken = code::MOODLE_EMAIL_TAKEN,
                long = code::VALUE_TOO_LONG,
            ))
            .await;
        }
    }

    /// Checks the statements since the last look. `whole` allows a read of all active links of a module, which is
    /// what is asked for.
    async fn look(&mut self, what: &str, whole: bool) {
        let sent = std::mem::take(&mut *self.sent.lock().unwrap());
        for asked in sent {
            if !TABLES.iter().any(|table| asked.sql.contains(table)) {
                continue;
            }
            self.looked += 1;
            let steps = self.steps(&asked).await;
            for (step, wide) in steps {
                let of_module = step.contains("module_name");
                if wide && !(whole && of_module) {
                    let begin: String = asked.sql.chars().take(200).collect();
                    self.faults.push(format!("{what}: {step}\n    {begin}"));
                }
            }
        }
    }

    /// Returns how the database would read the tables for a statement, and whether it would read too much.
    async fn steps(&self, asked: &Statement) -> Vec<(String, bool)> {
        let sqlite = asked.db_backend == DbBackend::Sqlite;
        let explain = if sqlite { "EXPLAIN QUERY PLAN" } else { "EXPLAIN (FORMAT JSON)" };
        let question = Statement { sql: format!("{explain} {}", asked.sql), ..asked.clone() };
        let tx = self.plain.begin().await.unwrap();
        if let Some(wall) = &self.wall {
            tx.execute_unprepared(wall).await.unwrap();
        }
        let rows = tx.query_all_raw(question).await.unwrap();
        drop(tx);
        let mut steps = Vec::new();
        for row in rows {
            if sqlite {
                let step: String = row.try_get("", "detail").unwrap();
                let words: Vec<&str> = step.split(' ').collect();
                let reads = ["SCAN", "SEARCH"].contains(&words[0]) && NAMES.contains(&words[1]);
                let wide = reads && (words[0] == "SCAN" || !narrow(&step));
                steps.extend(reads.then_some((step, wide)));
            } else {
                let plan: Value = row.try_get("", "QUERY PLAN").unwrap();
                nodes(&plan[0]["Plan"], &mut steps);
            }
        }
        steps
    }
}

fn narrow(condition: &str) -> bool {
    NARROW.iter().any(|column| condition.contains(column))
}

/// Collects the nodes of a plan of PostgreSQL that read one of the tables.
fn nodes(node: &Value, steps: &mut Vec<(String, bool)>) {
    let word = |name: &str| node[name].as_str().unwrap_or_default();
    let (relation, index, by) = (word("Relation Name"), word("Index Name"), word("Index Cond"));
    let step = format!("{} {relation} {index} {by}", word("Node Type"));
    if word("Node Type") == "Seq Scan" && TABLES.contains(&relation) {
        steps.push((step, true));
    } else if TABLES.iter().any(|table| index.starts_with(table)) {
        let wide = !narrow(&format!("{index} {by}"));
        steps.push((step, wide));
    }
    for inner in node["Plans"].as_array().into_iter().flatten() {
        nodes(inner, steps);
    }
}

fn id(number: u32) -> RecordId {
    number.to_string().as_str().into()
}

fn link(module: ModuleName, kind: TargetKind, number: u32, exclusive: bool) -> Link {
    Link {
        module,
        zoho_id: id(number),
        target_kind: kind,
        target_id: number.to_string().into(),
        container: None,
        sent_hash: None,
        sent: Canonical::new(),
        state: LinkState::Active,
        exclusive,
        person: Some(id(number).into()),
        mapping_version: None,
        left: Vec::new(),
        kept: std::collections::BTreeSet::new(),
    }
}

fn slice(claim: &Claim) -> SliceSave<'_> {
    SliceSave::new(claim.run.id, claim.epoch, claim.run.module, json!({}), at())
}

impl Watched {
    async fn claimed(&self, module: ModuleName) -> Claim {
        let run = NewRun::new(RunId::new(Uuid::new_v4()), module, TriggerSource::Manual, at());
        assert!(matches!(self.store.of(&self.scope).enqueue(run).await, Ok(Enqueued::New(_))));
        self.store.across_tenants().claim("w", 1, 9).await.unwrap().remove(0)
    }

    async fn look_up(&mut self) {
        let (store, scope) = (self.store.clone(), self.scope.clone());
        for count in [1, SLICE] {
            let ids: Vec<RecordId> = (0..count).map(id).collect();
            let people: Vec<PersonId> = ids.iter().cloned().map(Into::into).collect();
            store.of(&scope).people(&people).await.unwrap();
            store.of(&scope).links_of(&people, 20, false).await.unwrap();
            store.of(&scope).links_of(&people, 20, true).await.unwrap();
            self.look("people", false).await;
            store.of(&scope).links(ModuleName::Students, &ids).await.unwrap();
            self.look("links", false).await;
            store.of(&scope).links_of_people(ModuleName::Payments, &people).await.unwrap();
            self.look("links_of_people", false).await;
            let targets: Vec<_> = ids.iter().map(|id| id.as_str().into()).collect();
            for kind in [TargetKind::User, TargetKind::Enrolment] {
                let shared =
                    store.of(&scope).shared_targets(kind, &targets, &ids[1..]).await.unwrap();
                assert_eq!(shared, ["0"]);
            }
            self.look("shared_targets", false).await;
            let chain = old_run(2);
            store.of(&scope).planned_records(chain, ModuleName::Students, &ids).await.unwrap();
            self.look("planned_records", false).await;
        }
        store.of(&scope).trace_of(&"7".into()).await.unwrap();
        store.of(&scope).trace_of(&"nobody".into()).await.unwrap();
        self.look("trace_of", false).await;
        for after in [None, Some(id(100))] {
            let after = after.as_ref();
            store.of(&scope).ready_waits(ModuleName::Enrollments, after, 200).await.unwrap();
        }
        self.look("ready_waits", false).await;
        store.of(&scope).count_links(ModuleName::Students).await.unwrap();
        store.of(&scope).linked_courses(ModuleName::Classes).await.unwrap();
        self.look("links of a module", true).await;
    }

    async fn list(&mut self) {
        let (store, scope) = (self.store.clone(), self.scope.clone());
        let place = ItemCursor { at: at(), run: old_run(4), ordinal: 50 };
        let code = Some(code::MOODLE_EMAIL_TAKEN.to_string());
        let all = RunItemFilter::default();
        let failed =
            RunItemFilter { status: Some(ItemsWith::Status(ItemStatus::Failed)), ..all.clone() };
        let filters = [
            RunItemFilter { module: Some(ModuleName::Students), ..all.clone() },
            RunItemFilter { run: Some(old_run(4)), ..failed.clone() },
            RunItemFilter { code: code.clone(), ..failed.clone() },
            RunItemFilter { code, ..all.clone() },
            RunItemFilter { status: Some(ItemsWith::Warnings), ..all.clone() },
            RunItemFilter { class: Some(FaultClass::Rejected), ..failed.clone() },
            RunItemFilter { created_after: Some(at()), ..all.clone() },
            RunItemFilter { created_before: Some(at()), ..failed.clone() },
            failed,
            all,
        ];
        for filter in &filters {
            for after in [None, Some(&place)] {
                store.of(&scope).run_items(filter, after, 50).await.unwrap();
            }
            self.look("run_items", false).await;
            for after in [None, Some(50)] {
                store.of(&scope).items_in_order(old_run(4), filter, after, 50).await.unwrap();
            }
            self.look("items_in_order", false).await;
        }
        for status in [None, Some(ItemsWith::Status(ItemStatus::Failed))] {
            for after in [None, Some(&place)] {
                let module = Some(ModuleName::Students);
                let code = Some(code::MOODLE_EMAIL_TAKEN.to_string());
                let class = Some(FaultClass::Rejected);
                for filter in [
                    RunItemFilter { module, status, ..Default::default() },
                    RunItemFilter { code, class, ..Default::default() },
                    RunItemFilter { run: Some(old_run(4)), ..Default::default() },
                ] {
                    for subject in [Subject::Person(&"7".into()), Subject::Record(&"7".into())] {
                        let rows = store.of(&scope);
                        rows.subject_items(subject, &filter, after, 50).await.unwrap();
                    }
                }
            }
        }
        self.look("subject_items", false).await;
        let every = ItemFilter { limit: 50, ..Default::default() };
        let code = code::MOODLE_EMAIL_TAKEN.to_string();
        for filter in [
            ItemFilter { status: Some(ItemsWith::Status(ItemStatus::Failed)), ..every.clone() },
            ItemFilter { status: Some(ItemsWith::Warnings), ..every.clone() },
            ItemFilter { codes: vec![code.clone()], ..every.clone() },
            ItemFilter {
                limit: 50,
                ..ItemFilter::due(&RetryFilter { codes: vec![code], ids: Vec::new() })
            },
            ItemFilter { ids: vec![Some("3".into()), None], ..every.clone() },
            ItemFilter { after: Some(7), ..every.clone() },
            every,
        ] {
            store.of(&scope).items(old_run(4), &filter).await.unwrap();
            store.of(&scope).count_items(old_run(4), &filter).await.unwrap();
        }
        self.look("items", false).await;
    }

    async fn save(&mut self) {
        let (store, scope) = (self.store.clone(), self.scope.clone());
        let claim = self.claimed(ModuleName::Enrollments).await;
        let made = |number: u32| ItemOutcome::plain(id(number), ItemStatus::New, Map::new());
        let items: Vec<ItemOutcome> = (0..SLICE).map(made).collect();
        let settled: Vec<RecordId> = (0..SLICE).map(id).collect();
        let wait = |number: u32| WaitingRecord {
            child: id(number),
            parent_module: ModuleName::Students,
            parent: id(number),
        };
        let waits: Vec<WaitingRecord> = (0..SLICE).map(wait).collect();
        let (classes, group) = (ModuleName::Classes, TargetKind::Group);
        let (students, user) = (ModuleName::Students, TargetKind::User);
        let many: Vec<Link> = (0..SLICE).map(|number| link(classes, group, number, true)).collect();
        let plural = TargetKind::Enrolment;
        let several = [link(ModuleName::Enrollments, plural, 9, false)];
        let lost = [Link { zoho_id: "new".into(), ..link(students, user, 17, true) }];
        let removal =
            PlannedRemoval { zoho_id: "8".into(), evidence: Evidence::Deleted, label: None };
        for (what, save) in [
            ("items", SliceSave { items: &items, settled: &settled, ..slice(&claim) }),
            ("waits", SliceSave { waits: &waits, ..slice(&claim) }),
            ("many links", SliceSave { links: &many, ..slice(&claim) }),
            ("several links", SliceSave { links: &several, ..slice(&claim) }),
            ("a lost object", SliceSave { links: &lost, ..slice(&claim) }),
            ("removals", SliceSave { removals: &[removal], removed: 1, ..slice(&claim) }),
        ] {
            assert_eq!(store.of(&scope).save_slice(save).await.unwrap(), Some(false));
            self.look(what, false).await;
        }
        let known = store.of(&scope).links(students, &["17".into(), "new".into()]).await.unwrap();
        assert_eq!(known.into_keys().collect::<Vec<_>>(), ["new"], "the object has another record");
        let read_end = Some(ReadEnd::PlanAbsent);
        let save = SliceSave { read_end, ..slice(&claim) };
        assert_eq!(store.of(&scope).save_slice(save).await.unwrap(), Some(false));
        self.look("absent", true).await;
        assert!(store.of(&scope).hold(claim.run.id, claim.epoch, Some("x"), at()).await.unwrap());
        assert!(
            store
                .of(&scope)
                .discard(claim.run.id, "x", at(), None::<AuditEntry<'_>>)
                .await
                .unwrap()
        );
        self.look("held removals", false).await;
    }

    async fn forget(&mut self) {
        let (store, scope) = (self.store.clone(), self.scope.clone());
        let old = OldRun { scope, id: old_run(4) };
        let later = at() + TimeDelta::days(1);
        assert_eq!(store.of(&old.scope).shrink_run(old.id, later, 50).await.unwrap().rows, 50);
        self.look("shrink_run", false).await;
        store.across_tenants().sweep_waits(at(), 500).await.unwrap();
        self.look("sweep_waits", false).await;
    }

    async fn all(&mut self) {
        self.sent.lock().unwrap().clear();
        self.look_up().await;
        self.list().await;
        self.save().await;
        self.forget().await;
        assert!(self.looked > 60, "{} statements", self.looked);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_reads_by_index_with_and_without_statistics() {
    let mut faults = Vec::new();
    for analyze in [false, true] {
        let mut watched = Watched::open("sqlite::memory:").await;
        watched.fill().await;
        if analyze {
            watched.execute("ANALYZE").await;
        }
        watched.all().await;
        faults.extend(watched.faults);
    }
    assert!(faults.is_empty(), "{} read too much:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "how the test run names its database")]
async fn postgres_reads_by_index() {
    let Ok(url) = std::env::var("TEST_POSTGRES_URL") else { return };
    for walled in [false, true] {
        postgres(&url, walled).await;
    }
}

/// Behind row security the policy's condition comes before all others, and an index is used for those only that tell nothing
/// about rows that are not shown.
async fn postgres(url: &str, walled: bool) {
    let admin = Database::connect(url).await.unwrap();
    let name = format!("sigma_reading_{}", std::process::id());
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    let own = format!("{server}/{name}");
    let asked = tokio::spawn(async move {
        let mut watched = Watched::open(&own).await;
        let mut role = None;
        if walled {
            watched.store.across_tenants().migrate_with(RowSecurity::On).await.unwrap();
            role = watched.store.across_tenants().row_security(RowSecurity::On).await.unwrap();
            let settings = |role| format!("SET LOCAL ROLE {role}; SET LOCAL sigma.tenant_id = 'a'");
            watched.wall = role.as_ref().map(settings);
        }
        watched.fill().await;
        watched.execute("ANALYZE").await;
        watched.all().await;
        (watched.faults, role)
    })
    .await;
    admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    let (faults, role) = asked.unwrap();
    assert_eq!(role.is_some(), walled);
    if let Some(role) = role {
        admin.execute_unprepared(&format!("DROP ROLE {role}")).await.unwrap();
    }
    assert!(faults.is_empty(), "{walled} {} read too much:\n{}", faults.len(), faults.join("\n"));
}

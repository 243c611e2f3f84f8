//! Events: each change is told once and in order, also when transactions end in another order than they began, and a
//! watcher goes on from a number without a gap or is told that there is one.

use {
    crate::{
        harness::{
            app::{App, BINARY, connect, sandbox, sync},
            client::{Client, Headers},
            db::{Db, Kind, kinds},
            eventually,
            process::Started,
        },
        store::{complete, end, new_run, now, store, tenant},
    },
    chrono::TimeDelta,
    prost::Message as _,
    serde_json::{Value, json},
    sigma_sync::{
        adapters::clock::SystemClock,
        domain::{
            audit::{Action, Author, Change},
            code,
            event::EventKind,
            module::ModuleName,
            run::{RunFailure, RunState},
        },
        jobs::Dispatcher,
        proto::pb,
        store::{
            Approved, AuditEntry, Claim, Enqueued, EventRange, Store, StoredEvent, TenantScope,
        },
    },
    std::{process::Command, sync::Arc, time::Duration},
    tonic::Code,
};

const WATCH: &str = "sigma.v1.SyncRunService/WatchEvents";
const EVENTS: &str = "/v1/extension/events";

fn dispatcher(store: &Store) -> Dispatcher {
    Dispatcher::new(store.clone(), Arc::new(SystemClock), 7)
}

/// Stores an event, some time before its transaction ends.
async fn write(store: &Store, scope: &TenantScope, subject: &str, pause: Duration) {
    let tx = store.of(scope).begin().await.unwrap();
    let (author, action, change) = (Author::host(), Action::UpdateModule, Change::default());
    let entry = AuditEntry { author, action, resource: subject, change, at: now() };
    tx.audit(entry).await.unwrap();
    tokio::time::sleep(pause).await;
    tx.commit().await.unwrap();
}

async fn all(store: &Store, scope: &TenantScope) -> Vec<StoredEvent> {
    store.of(scope).events_after(0, 10_000).await.unwrap()
}

fn kinds_of(events: &[StoredEvent]) -> Vec<&'static str> {
    events.iter().map(|told| told.event.kind.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_goes_on_from_a_number_misses_nothing() {
    const WRITERS: u64 = 6;
    const EACH: u64 = 25;
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scopes = [tenant(&store, "riyadh").await, tenant(&store, "jeddah").await];
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            let (store, scopes) = (store.clone(), scopes.clone());
            writers.spawn(async move {
                for turn in 0..EACH {
                    // Later ones end before earlier ones.
                    let pause = Duration::from_millis((writer * 7 + turn * 13) % 9);
                    let scope = &scopes[usize::from(turn % 2 == 1)];
                    write(&store, scope, &format!("{writer}.{turn:02}"), pause).await;
                }
            });
        }
        let (one, two) = (dispatcher(&store), dispatcher(&store));
        let mut seen: [Vec<(i64, String)>; 2] = Default::default();
        let whole = usize::try_from(WRITERS * EACH).unwrap();
        eventually("all events", async || {
            for dispatcher in [&one, &two] {
                dispatcher.look(now(), false).await.unwrap();
            }
            for (scope, seen) in scopes.iter().zip(&mut seen) {
                let after = seen.last().map_or(0, |last| last.0);
                let next = store.of(scope).events_after(after, 7).await.unwrap();
                seen.extend(next.into_iter().map(|told| (told.event.sequence, told.event.subject)));
            }
            (seen.iter().map(Vec::len).sum::<usize>() == whole).then_some(())
        })
        .await;
        while writers.join_next().await.is_some() {}
        for seen in &seen {
            let numbers: Vec<i64> = seen.iter().map(|one| one.0).collect();
            let expected: Vec<i64> = (1..).take(seen.len()).collect();
            assert_eq!(numbers, expected, "{kind:?}: without a gap");
            for writer in 0..WRITERS {
                let begin = format!("{writer}.");
                let own: Vec<&String> = seen
                    .iter()
                    .map(|one| &one.1)
                    .filter(|subject| subject.starts_with(&begin))
                    .collect();
                // What one caller did after another thing is told after it.
                assert!(own.is_sorted(), "{kind:?}: {own:?}");
            }
        }
    }
}

#[tokio::test]
async fn one_process_at_a_time_hands_events_on() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "riyadh").await;
        let (one, two) = (dispatcher(&store), dispatcher(&store));
        assert_eq!(one.look(now(), true).await.unwrap(), 0, "{kind:?}");
        write(&store, &scope, "x", Duration::ZERO).await;
        assert_eq!(two.look(now(), true).await.unwrap(), 0, "{kind:?}: the other has the lease");
        assert!(all(&store, &scope).await.is_empty());
        assert_eq!(one.look(now(), false).await.unwrap(), 1, "{kind:?}");
        assert_eq!(one.look(now(), false).await.unwrap(), 0, "{kind:?}");
        // At its end it gives the lease back.
        let token = tokio_util::sync::CancellationToken::new();
        token.cancel();
        one.run(token).await;
        write(&store, &scope, "y", Duration::ZERO).await;
        assert_eq!(two.look(now(), false).await.unwrap(), 1, "{kind:?}");
        let subjects: Vec<String> =
            all(&store, &scope).await.into_iter().map(|told| told.event.subject).collect();
        assert_eq!(subjects, ["x", "y"], "{kind:?}");
    }
}

async fn claimed(store: &Store, scope: &TenantScope) -> Claim {
    let queued = store.of(scope).enqueue(new_run(ModuleName::Units)).await.unwrap();
    assert!(matches!(queued, Enqueued::New(_)));
    store.across_tenants().claim("w", 1, 9).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_run_is_told_step_by_step() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "riyadh").await;
        let rows = store.of(&scope);
        let claim = claimed(&store, &scope).await;
        let run = claim.run.id;
        assert!(rows.hold(run, claim.epoch, Some("many"), now()).await.unwrap());
        let (author, action, resource) = (Author::host(), Action::ApproveRun, &*run.to_string());
        let entry = AuditEntry { author, action, resource, change: Change::default(), at: now() };
        let what = (ModuleName::Units, run);
        assert!(rows.approve(what, Approved::Removals, 1, entry).await.unwrap());
        let claim = store.across_tenants().claim("w", 1, 9).await.unwrap().remove(0);
        let ended = end(&scope, run, claim.epoch, RunState::Completed);
        assert!(complete(&store, ended).await.unwrap());
        let Enqueued::New(other) = rows.enqueue(new_run(ModuleName::Units)).await.unwrap() else {
            panic!()
        };
        assert!(rows.cancel(other.id, now()).await.unwrap());
        dispatcher(&store).look(now(), false).await.unwrap();
        let events = all(&store, &scope).await;
        let words = [
            "run.queued",
            "run.started",
            "run.held",
            "run.approved",
            "run.ended",
            "run.queued",
            "run.ended",
        ];
        assert_eq!(kinds_of(&events), words, "{kind:?}");
        let data = |at: usize| &events[at].event.data;
        assert_eq!(
            (&data(4)["state"], &data(6)["state"]),
            (&json!("completed"), &json!("cancelled"))
        );
        assert_eq!((&data(0)["module"], &data(0)["trigger"]), (&json!("units"), &json!("manual")));
        assert!(events[..5].iter().all(|told| told.event.subject == run.to_string()), "{kind:?}");
    }
}

#[tokio::test]
async fn a_connection_is_told_to_be_broken_and_mended_once() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "riyadh").await;
        let (one, two) = (dispatcher(&store), dispatcher(&store));
        let failed = async |code: code::Code| {
            let claim = claimed(&store, &scope).await;
            let ended = end(&scope, claim.run.id, claim.epoch, RunState::Failed);
            let failure = Some(RunFailure::of(code, &[]));
            let ended = sigma_sync::store::Completion { failure, ..ended };
            assert!(complete(&store, ended).await.unwrap());
        };
        let done = async || {
            let claim = claimed(&store, &scope).await;
            let ended = end(&scope, claim.run.id, claim.epoch, RunState::Completed);
            assert!(complete(&store, ended).await.unwrap());
        };
        done().await;
        failed(code::MOODLE_ACCESS_REFUSED).await;
        failed(code::MOODLE_ACCESS_REFUSED).await;
        failed(code::INTERNAL).await;
        done().await;
        done().await;
        failed(code::MOODLE_ACCESS_REFUSED).await;
        for _ in 0..4 {
            one.look(now(), true).await.unwrap();
            two.look(now(), true).await.unwrap();
        }
        let events = all(&store, &scope).await;
        let told: Vec<_> = events
            .iter()
            .filter(|told| kinds_of(std::slice::from_ref(told))[0].starts_with("connection"))
            .map(|told| {
                let error = told.event.data["error_code"].as_str().map(str::to_owned);
                (told.event.kind, told.event.subject.clone(), error)
            })
            .collect();
        let moodle =
            |kind, error: Option<&str>| (kind, "moodle".to_owned(), error.map(str::to_owned));
        let refused = Some(code::MOODLE_ACCESS_REFUSED.word());
        let expected = [
            moodle(EventKind::ConnectionBroken, refused),
            moodle(EventKind::ConnectionMended, None),
            moodle(EventKind::ConnectionBroken, refused),
        ];
        assert_eq!(told, expected, "{kind:?}");
    }
}

#[tokio::test]
async fn old_events_go_when_all_have_heard_them() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "riyadh").await;
        let dispatcher = dispatcher(&store);
        for subject in ["a", "b"] {
            write(&store, &scope, subject, Duration::ZERO).await;
        }
        let range = async || store.of(&scope).event_range().await.unwrap();
        let much_later = now() + TimeDelta::days(8);
        dispatcher.look(now() + TimeDelta::days(6), true).await.unwrap();
        assert_eq!(range().await, EventRange { forgotten: 0, last: 2 }, "{kind:?}");
        write(&store, &scope, "c", Duration::ZERO).await;
        dispatcher.look(much_later, true).await.unwrap();
        assert_eq!(range().await, EventRange { forgotten: 3, last: 3 }, "{kind:?}");
        assert!(all(&store, &scope).await.is_empty(), "{kind:?}");
        write(&store, &scope, "d", Duration::ZERO).await;
        dispatcher.look(now(), false).await.unwrap();
        let events = all(&store, &scope).await;
        assert_eq!((events.len(), events[0].event.sequence), (1, 4), "{kind:?}");
    }
}

/// Reads server-sent events as a browser does, until one has a word in it.
async fn browse(client: &Client, target: &str, last: Option<&str>, word: &str) -> String {
    let mut headers: Headers = client.sign("GET", target, b"");
    headers.push(("Accept", "text/event-stream".to_owned()));
    headers.extend(last.map(|last| ("Last-Event-ID", last.to_owned())));
    let mut answer = client.begin("GET", target, &headers, b"").await;
    assert_eq!(answer.status(), 200);
    let mut text = String::new();
    while !text.contains(word) {
        let part = answer.chunk().await.expect("a part").expect("more");
        text.push_str(&String::from_utf8_lossy(&part));
    }
    text
}

fn ids(text: &str) -> Vec<i64> {
    text.lines().filter_map(|line| line.strip_prefix("id: ")?.parse().ok()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_watched_over_every_wire() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(3, 0).await;
        connect(&client, &school).await;
        let units = json!({"zoho_module": "Units"});
        assert_eq!(client.put("/v1/extension/modules/units", &units).await.status, 200);
        let run = sync(&client).await["run_id"].as_str().unwrap().to_owned();
        let name = json!({"tenant_id": "other", "name": "x"});
        let created = client.post("/v1/extension/tenants", &name).await.json();
        let text = |field: &str| created[field].as_str().unwrap().to_owned();
        let stranger = Client::new(
            &app.url,
            "other",
            &text("extension_api_key"),
            &text("extension_api_secret"),
        );

        // From the first on: what the seed, the settings and the run told.
        let told = browse(&client, &format!("{EVENTS}?after=0"), None, "\"run.ended\"").await;
        let numbers = ids(&told);
        assert!(numbers.is_sorted() && numbers.first() == Some(&0), "{numbers:?}");
        for word in
            ["tenant.changed", "settings.changed", "module.changed", "run.queued", "run.started"]
        {
            assert!(told.contains(&format!("\"{word}\"")), "{kind:?} {word}: {told}");
        }
        assert!(told.contains(&run) && !told.contains("audit.entry"), "{told}");
        // From where it ended on, as a browser does it; the number in the query takes precedence.
        let last = numbers.last().unwrap().to_string();
        let update = json!({"keep_days": 30});
        assert_eq!(client.put("/v1/extension/settings", &update).await.status, 200);
        let rest = browse(&client, EVENTS, Some(&last), "settings.changed").await;
        assert!(ids(&rest).iter().all(|id| *id >= *numbers.last().unwrap()), "{rest}");
        assert!(!rest.contains("run.ended"), "{rest}");
        let again = browse(&client, &format!("{EVENTS}?after=0"), Some(&last), "run.ended").await;
        assert!(again.contains("tenant.changed"), "{again}");

        // Another tenant sees its own only.
        let own = browse(&stranger, &format!("{EVENTS}?after=0"), None, "tenant.changed").await;
        assert!(own.contains("\"other\"") && !own.contains(&run), "{own}");

        // A number that is not there, and one whose events are gone.
        let ask = async |after: i64| {
            let message = pb::WatchEventsRequest { after: Some(after) }.encode_to_vec();
            let headers = client.sign("POST", &format!("/{WATCH}"), &message);
            client.grpc_raw(WATCH, message.into(), &headers).await.expect_err("a refusal")
        };
        assert_eq!(ask(1_000_000).await.code(), Code::InvalidArgument);
        assert_eq!(ask(-1).await.code(), Code::InvalidArgument);
        db.execute("UPDATE outbox_heads SET forgotten = 2 WHERE tenant_id = 'default'").await;
        let gone = ask(1).await;
        assert_eq!(gone.code(), Code::FailedPrecondition, "{gone:?}");
        assert!(gone.message().contains("number to go on from is 2"), "{gone:?}");
        let gone = client.get(&format!("{EVENTS}?after=1")).await;
        assert_eq!((gone.status, gone.header("x-sigma-error")), (400, "EVENTS_GONE"));
        let beyond = client.get(&format!("{EVENTS}?after=1000000")).await;
        assert_eq!(beyond.status, 422, "{}", beyond.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_to_whom_nothing_happens_hears_a_sign_of_life() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let headers = client.sign("GET", EVENTS, b"");
    let mut answer = client.begin("GET", EVENTS, &headers, b"").await;
    // The first message says where the stream begins; the next one without an event is the sign.
    let (mut text, mut signs) = (String::new(), Vec::new());
    while signs.len() < 2 {
        let part = answer.chunk().await.expect("a part").expect("more");
        text.push_str(&String::from_utf8_lossy(&part));
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let messages = whole.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        signs = messages.filter(|message| message["event"].is_null()).collect();
    }
    let number = |at: usize| signs[at]["sequence"].as_i64().expect("a number");
    assert!(number(0) <= number(1), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_log_is_watched() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        let watch = "/v1/extension/audit/watch";
        assert_eq!(
            client.put("/v1/extension/settings", &json!({"keep_days": 31})).await.status,
            200
        );
        let made = json!({"name": "x", "roles": ["viewer"]});
        assert_eq!(client.post("/v1/extension/keys", &made).await.status, 201);
        let told = browse(&client, &format!("{watch}?after=0"), None, "key.create").await;
        let entries: Vec<Value> = told
            .lines()
            .filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
            .filter(|told: &Value| told["entry"].is_object())
            .collect();
        // A start in development mode makes a code for a page, while the first requests may come in already.
        let (codes, entries): (Vec<Value>, Vec<Value>) =
            entries.into_iter().partition(|told| told["entry"]["action"] == "session.create");
        assert_eq!(codes.len(), 1, "{kind:?}");
        let words: Vec<_> = entries.iter().map(|told| told["entry"]["action"].clone()).collect();
        assert_eq!(words, ["tenant.seed", "settings.update", "key.create"], "{kind:?}");
        assert_eq!(entries[1]["entry"]["after"], json!({"keep_days": 31}), "{kind:?}");

        // The command line follows both.
        let follow = |args: &[&str]| {
            let mut command = Command::new(BINARY);
            command.args(args).env("SIGMA_SERVER", &app.url).current_dir(&db.folder);
            Started::new(&mut command)
        };
        for (args, word) in [
            (["events", "watch", "--after", "0"], "\"key.changed\""),
            (["audit", "watch", "--after", "0"], "\"key.create\""),
        ] {
            follow(&args).until_told(word);
        }
    }
}

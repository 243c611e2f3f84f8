//! What is deleted after a while: old runs with their outcomes, and people who are known from nothing else.

use {
    super::ids,
    crate::harness::{
        app::App,
        db::{Db, Kind, kinds},
        eventually,
    },
    chrono::{DateTime, SubsecRound as _, TimeDelta, Utc},
    sea_orm::{ConnectionTrait as _, Database},
    serde_json::{Map, json},
    sigma_sync::{
        adapters::clock::SystemClock,
        domain::{
            id::{PersonId, RecordId, RunId, TenantId},
            item::{ItemOutcome, ItemStatus},
            module::ModuleName,
            person::Person,
            run::{Counts, RunState, TriggerSource},
        },
        jobs::Retention,
        store::{Completion, Enqueued, ItemFilter, NewRun, SliceSave, Store, TenantScope},
    },
    std::sync::Arc,
    tokio_util::sync::CancellationToken,
    uuid::Uuid,
};

#[expect(clippy::disallowed_methods, reason = "the store is given times")]
fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// A store with the seeded tenant.
async fn seeded(kind: Kind) -> (Db, Store, TenantScope) {
    let db = Db::new(kind).await;
    let migrated = crate::harness::app::command(&db).arg("migrate").output().expect("migrate");
    assert!(migrated.status.success());
    let seeded = crate::harness::app::command(&db).arg("seed").output().expect("seed");
    assert!(seeded.status.success(), "{}", String::from_utf8_lossy(&seeded.stderr));
    let store = Store::connect(&db.url, 4).await.expect("a store");
    let scope = TenantScope::new(TenantId::parse("default").expect("an id"));
    (db, store, scope)
}

/// Stores an ended run of students with items of these people.
async fn past_run(
    store: &Store,
    scope: &TenantScope,
    at: DateTime<Utc>,
    people: &[(&str, &str)],
    parent: Option<RunId>,
) -> RunId {
    let id = RunId::new(Uuid::new_v4());
    let new = NewRun { parent, ..NewRun::new(id, ModuleName::Students, TriggerSource::Manual, at) };
    assert!(matches!(store.of(scope).enqueue(new).await, Ok(Enqueued::New(_))));
    let claim = store.across_tenants().claim("me", 1, 9).await.expect("a claim").remove(0);
    let items: Vec<ItemOutcome> = people
        .iter()
        .map(|(id, name)| {
            let student = RecordId::parse(id).expect("an id");
            let id = PersonId::from(student.clone());
            let name = Some((*name).into());
            ItemOutcome {
                person: Some(id.clone()),
                known_as: Some(Box::new(Person { name, ..Person::nameless(id) })),
                ..ItemOutcome::plain(student, ItemStatus::New, Map::new())
            }
        })
        .collect();
    let counts = Counts { new: people.len() as i64, ..Counts::default() };
    let slice = SliceSave {
        items: &items,
        counts,
        ..SliceSave::new(id, claim.epoch, ModuleName::Students, json!({}), at)
    };
    assert_eq!(store.of(scope).save_slice(slice).await.expect("a slice"), Some(false));
    let end = Completion {
        scope: scope.clone(),
        run: id,
        epoch: claim.epoch,
        state: RunState::Completed,
        failure: None,
        now: at,
    };
    assert_eq!(store.across_tenants().complete(&[end]).await.expect("an end"), [id]);
    id
}

async fn found(store: &Store, scope: &TenantScope, word: &str) -> Vec<String> {
    let found = store.of(scope).people_by_terms(word, &[], None, 50).await;
    found.expect("people").into_iter().map(|place| place.person.into_text()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_runs_go_with_all_that_only_they_knew() {
    for kind in kinds() {
        let (db, store, scope) = seeded(kind).await;
        let now = now();
        let days = |days| now - TimeDelta::days(days);
        let crowd: Vec<(String, String)> =
            (0..2_500).map(|n| (format!("9{n}"), format!("Crowd{n}"))).collect();
        let crowd: Vec<(&str, &str)> =
            crowd.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
        let oldest = past_run(&store, &scope, days(200), &crowd, None).await;
        let old = past_run(
            &store,
            &scope,
            days(100),
            &[("1", "Gone Person"), ("2", "Kept Person")],
            None,
        )
        .await;
        let retried = past_run(&store, &scope, days(99), &[("3", "Retried Person")], None).await;
        let young = past_run(&store, &scope, days(80), &[("2", "Kept Person")], None).await;
        // A retry that is not finished keeps the run that it retries.
        let retry = NewRun {
            parent: Some(retried),
            ..NewRun::new(
                RunId::new(Uuid::new_v4()),
                ModuleName::Students,
                TriggerSource::Retry,
                now,
            )
        };
        let Ok(Enqueued::New(retry)) = store.of(&scope).enqueue(retry).await else {
            panic!("no retry")
        };

        let forget = async |days: i32, at: DateTime<Utc>| {
            let retention = Retention::new(store.clone(), Arc::new(SystemClock), days);
            let mut runs = 0;
            loop {
                let done = retention.look(at, &CancellationToken::new()).await.expect("a look");
                runs += done.runs;
                if !done.more {
                    return runs;
                }
            }
        };
        let there = async |run| store.of(&scope).run(run).await.expect("a look").is_some();
        let items = async |run| {
            let all = ItemFilter { limit: 9_999, ..Default::default() };
            store.of(&scope).items(run, &all).await.expect("items").len()
        };
        assert_eq!(forget(0, now).await, 0, "0 keeps for ever");
        assert_eq!(forget(365, now).await, 0);
        assert_eq!((items(oldest).await, found(&store, &scope, "crowd").await.len()), (2_500, 50));

        assert_eq!(forget(90, now).await, 2, "{kind:?}");
        assert!(
            !there(oldest).await && !there(old).await && there(retried).await && there(young).await
        );
        assert_eq!((items(oldest).await, items(old).await, items(retried).await), (0, 0, 1));
        assert_eq!(found(&store, &scope, "crowd").await, Vec::<String>::new());
        assert_eq!(found(&store, &scope, "gone").await, Vec::<String>::new());
        assert_eq!(found(&store, &scope, "kept").await, ["2"]);
        assert_eq!(found(&store, &scope, "retried").await, ["3"]);

        // When the retry has ended its parent may go; the newest run of a module stays, whatever its age.
        let claim = store.across_tenants().claim("me", 1, 9).await.expect("a claim").remove(0);
        assert_eq!(claim.run.id, retry.id);
        let end = Completion {
            scope: scope.clone(),
            run: retry.id,
            epoch: claim.epoch,
            state: RunState::Completed,
            failure: None,
            now,
        };
        assert_eq!(store.across_tenants().complete(&[end]).await.expect("an end"), [retry.id]);
        assert_eq!(forget(90, now + TimeDelta::days(1_000)).await, 2);
        assert!(!there(retried).await && !there(young).await && there(retry.id).await);
        assert_eq!(found(&store, &scope, "person").await, Vec::<String>::new());

        // A tenant's own number takes precedence, and people with a link stay.
        let rows = Database::connect(&db.url).await.expect("the database");
        let week = past_run(&store, &scope, days(-1), &[("4", "Linked Person")], None).await;
        past_run(&store, &scope, days(-2), &[], None).await;
        for sql in [
            "UPDATE integration_settings SET keep_days = 7",
            "INSERT INTO record_links (tenant_id, module_name, zoho_id, target_kind, target_id, sent_hash, sent,
                updated_at, person_id) SELECT tenant_id, 'students', '4', 'user', '44', '', '{}', updated_at, '4'
             FROM tenant_profiles WHERE tenant_id = 'default'",
        ] {
            rows.execute_unprepared(sql).await.expect("a statement");
        }
        assert_eq!(
            forget(0, now + TimeDelta::hours(7 * 24 + 1)).await,
            1,
            "only the retry is old enough"
        );
        assert!(there(week).await);
        assert_eq!(forget(0, now + TimeDelta::days(30)).await, 1);
        assert!(!there(week).await);
        assert_eq!(found(&store, &scope, "linked").await, ["4"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_forgets_by_itself() {
    for kind in kinds() {
        let (db, store, scope) = seeded(kind).await;
        let long_ago = now() - TimeDelta::days(91);
        let old = past_run(&store, &scope, long_ago, &[("1", "Gone Person")], None).await;
        let newest = past_run(&store, &scope, now(), &[("2", "New Person")], None).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        eventually("the old run's end", async || {
            let answer = client.get(&format!("/v1/extension/runs/{old}")).await;
            (answer.status == 404).then_some(())
        })
        .await;
        assert_eq!(client.get(&format!("/v1/extension/runs/{newest}")).await.status, 200);
        assert_eq!(ids(&client, "person").await, ["2"]);
    }
}

//! A run that was asked to stop is not the active run: what is asked for behind it gets a run of its own, and what was asked
//! for before is not stopped with it.

use {
    crate::{
        harness::{
            db::kinds,
            eventually,
            school::{School, told},
        },
        store::{complete, end, new_run, now, store, tenant},
    },
    serde_json::json,
    sigma_sync::{
        domain::{
            id::RecordId,
            module::ModuleName,
            run::{Run, RunState, TriggerSource},
            selection::RunSelection,
        },
        store::{Claim, Enqueued, NewRun, Store, TenantScope},
    },
    std::time::Duration,
};

async fn begun(store: &Store, scope: &TenantScope) -> Claim {
    let Enqueued::New(run) = store.of(scope).enqueue(new_run(ModuleName::Units)).await.unwrap()
    else {
        panic!()
    };
    let claim = store.across_tenants().claim("w", 9, 9).await.unwrap().remove(0);
    assert_eq!(claim.run.id, run.id);
    claim
}

async fn ask(store: &Store, scope: &TenantScope, new: NewRun) -> Run {
    match store.of(scope).enqueue(new).await.unwrap() {
        Enqueued::New(run) | Enqueued::Active(run) => run,
        Enqueued::Full => panic!("full"),
    }
}

/// The runs that follow, each to its end.
async fn rest(store: &Store, scope: &TenantScope) -> Vec<Run> {
    let mut runs = Vec::new();
    loop {
        let mut claims = store.across_tenants().claim("w", 9, 9).await.unwrap();
        let Some(claim) = claims.pop() else { return runs };
        assert!(claims.is_empty(), "one run of a module at a time");
        let done = end(scope, claim.run.id, claim.epoch, RunState::Completed);
        assert!(complete(store, done).await.unwrap());
        runs.push(claim.run);
    }
}

#[tokio::test]
async fn what_is_asked_for_behind_a_run_that_stops_waits_under_one_id() {
    for kind in kinds() {
        for given_back in [false, true] {
            let (_db, store) = store(kind).await;
            let scope = tenant(&store, "a").await;
            let mut stopped = begun(&store, &scope).await;
            assert!(store.of(&scope).cancel(stopped.run.id, now()).await.unwrap());
            if given_back {
                let (run, epoch) = (stopped.run.id, stopped.epoch);
                assert!(store.of(&scope).release(run, epoch, Duration::ZERO, false).await.unwrap());
            }
            let given = RunSelection::Ids { ids: vec![RecordId::parse("1").unwrap()] };
            let first = NewRun { selection: given.clone(), ..new_run(ModuleName::Units) };
            let first = ask(&store, &scope, first).await;
            assert_ne!(first.id, stopped.run.id, "{kind:?} {given_back}");
            assert_eq!((first.state, &first.selection), (RunState::Waiting, &given));
            // One more asks for more, and a hint asks for what the other two cover.
            let second = ask(&store, &scope, new_run(ModuleName::Units)).await;
            let hint = NewRun {
                selection: RunSelection::Waits,
                trigger: TriggerSource::Dependency,
                ..new_run(ModuleName::Units)
            };
            let third = ask(&store, &scope, hint).await;
            assert_eq!((second.id, third.id), (first.id, first.id), "{kind:?}");
            // A dry run is beside it.
            let dry = ask(&store, &scope, NewRun { dry_run: true, ..new_run(ModuleName::Units) });
            let dry = dry.await;
            assert_eq!(dry.state, RunState::Queued);
            assert!(store.of(&scope).cancel(dry.id, now()).await.unwrap());

            if given_back {
                stopped = store.across_tenants().claim("w", 9, 9).await.unwrap().remove(0);
                assert!(stopped.run.cancel_requested);
            }
            let done = end(&scope, stopped.run.id, stopped.epoch, RunState::Cancelled);
            assert!(complete(&store, done).await.unwrap());
            let after = rest(&store, &scope).await;
            assert_eq!(after.len(), 1, "{kind:?}: one run for all of them");
            assert_eq!((after[0].id, &after[0].selection), (first.id, &RunSelection::Full));
        }
    }
}

#[tokio::test]
async fn a_wish_from_before_the_request_to_stop_is_carried_out() {
    for kind in kinds() {
        for claimed in [false, true] {
            let (_db, store) = store(kind).await;
            let scope = tenant(&store, "a").await;
            let first = ask(&store, &scope, new_run(ModuleName::Units)).await;
            let claims = if claimed {
                store.across_tenants().claim("w", 9, 9).await.unwrap()
            } else {
                vec![]
            };
            let changes = NewRun { selection: RunSelection::Changes, ..new_run(ModuleName::Units) };
            assert_eq!(ask(&store, &scope, changes).await.id, first.id, "one follow-up is noted");
            assert!(store.of(&scope).cancel(first.id, now()).await.unwrap());
            // Asked to stop twice, it leaves one wish.
            store.of(&scope).cancel(first.id, now()).await.unwrap();
            for claim in claims {
                let done = end(&scope, first.id, claim.epoch, RunState::Cancelled);
                assert!(complete(&store, done).await.unwrap());
            }
            let after = rest(&store, &scope).await;
            assert_eq!(after.len(), 1, "{kind:?} {claimed}: {after:?}");
            assert_ne!(after[0].id, first.id);
            assert_eq!(after[0].selection, RunSelection::Changes);
        }
    }
}

#[tokio::test]
async fn a_wish_that_joined_a_waiting_run_outlives_it() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let stopped = begun(&store, &scope).await;
        assert!(store.of(&scope).cancel(stopped.run.id, now()).await.unwrap());
        let first = ask(&store, &scope, new_run(ModuleName::Units)).await;
        let changes = NewRun {
            selection: RunSelection::Changes,
            triggered_by: Some("a colleague".into()),
            ..new_run(ModuleName::Units)
        };
        assert_eq!(ask(&store, &scope, changes).await.id, first.id, "{kind:?}");
        assert!(store.of(&scope).cancel(first.id, now()).await.unwrap());
        let done = end(&scope, stopped.run.id, stopped.epoch, RunState::Cancelled);
        assert!(complete(&store, done).await.unwrap());
        let after = rest(&store, &scope).await;
        assert_eq!(after.len(), 1, "{kind:?}: {after:?}");
        assert_eq!(after[0].selection, RunSelection::Changes);
        assert_eq!(after[0].triggered_by.as_deref(), Some("a colleague"));
        // What a run answered that has begun is not asked for once more.
        let begun = begun(&store, &scope).await;
        assert!(store.of(&scope).cancel(begun.run.id, now()).await.unwrap());
        let both = [new_run(ModuleName::Units), new_run(ModuleName::Units)];
        for new in both {
            ask(&store, &scope, new).await;
        }
        let done = end(&scope, begun.run.id, begun.epoch, RunState::Cancelled);
        assert!(complete(&store, done).await.unwrap());
        assert_eq!(rest(&store, &scope).await.len(), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn a_key_is_answered_once_also_behind_a_run_that_stops() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let stopped = begun(&store, &scope).await;
        assert!(store.of(&scope).cancel(stopped.run.id, now()).await.unwrap());
        let keyed = || NewRun { trigger_key: Some("tick:1".into()), ..new_run(ModuleName::Units) };
        let first = ask(&store, &scope, keyed()).await;
        assert_eq!(ask(&store, &scope, keyed()).await.id, first.id, "{kind:?}");
        let done = end(&scope, stopped.run.id, stopped.epoch, RunState::Cancelled);
        assert!(complete(&store, done).await.unwrap());
        assert_eq!(rest(&store, &scope).await.len(), 1, "{kind:?}");
        assert_eq!(ask(&store, &scope, keyed()).await.id, first.id, "{kind:?}");
        assert_eq!(rest(&store, &scope).await.len(), 0, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_right_after_a_cancel_is_carried_out() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        let slow = json!({"target": "zoho", "kind": "slow", "delay_ms": 3_000, "times": 0, "function": "GET /crm/v8/BTEC_Students"});
        school.fault(slow).await;
        let first = school.start("students", json!({})).await;
        eventually("the read", async || {
            (school.state(&first).await["phase"] == "reading").then_some(())
        })
        .await;
        let state = school.state(&first).await;
        school.decide(&state, "cancel", json!({})).await;
        let second = school.start("students", json!({})).await;
        assert_ne!(second, first, "{kind:?}: the dying run is not the answer");
        school.mend().await;
        assert_eq!(school.ended(&first).await["status"], "cancelled");
        let second = school.ended(&second).await;
        // What the calls in progress of the first one wrote is unchanged.
        let (status, [.., total]) = told(&second);
        assert_eq!((status, total), ("completed", 30), "{kind:?}: {second}");
        assert_eq!(school.runs("").await.len(), 2, "{kind:?}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_right_after_a_cancelled_retry_is_another_one() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        school.change("students", 3, json!({"Academic_Email": "none"})).await;
        let run = school.full("students").await;
        let slow = json!({"target": "zoho", "kind": "slow", "delay_ms": 3_000, "times": 0, "function": "GET /crm/v8/BTEC_Students"});
        school.fault(slow).await;
        let first = school.decide(&run, "retry-failed", json!({})).await;
        eventually("the retry", async || {
            let first = school.state(first["run_id"].as_str().unwrap()).await;
            (first["phase"] == "reading").then_some(())
        })
        .await;
        school.decide(&first, "cancel", json!({})).await;
        let second = school.decide(&run, "retry-failed", json!({})).await;
        assert_ne!(first["run_id"], second["run_id"], "{kind:?}");
        school.mend().await;
        let second = school.ended(second["run_id"].as_str().unwrap()).await;
        assert_eq!(told(&second), ("failed", [0, 0, 0, 1, 0, 1]), "{kind:?}: {second}");
        school.stop().await;
    }
}

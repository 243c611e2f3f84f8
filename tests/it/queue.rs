//! The queue when several things coincide: parents that arrive while their children are noted, tenants at their
//! limit, requests for a key that exists already, held runs without a decision.

use {
    crate::{
        harness::db::kinds,
        store::{complete, end, new_run, now, store, tenant},
    },
    chrono::Duration as Days,
    serde_json::{Map, json},
    sigma_sync::{
        domain::{
            audit::{Action, Author, Change},
            id::{RecordId, RunId},
            item::{ItemOutcome, ItemStatus, Op},
            module::ModuleName,
            record::{Canonical, TargetKind},
            run::{RunState, TriggerSource},
            selection::RunSelection,
        },
        store::{
            Approved, AuditEntry, Claim, Enqueued, Evidence, Link, LinkState, NewRun,
            PlannedRemoval, RunFilter, SliceSave, Store, TenantScope, WaitingRecord,
        },
    },
    std::time::Duration,
};

async fn claimed(store: &Store, scope: &TenantScope, module: ModuleName) -> Claim {
    let Enqueued::New(run) = store.of(scope).enqueue(new_run(module)).await.unwrap() else {
        panic!()
    };
    let claims = store.across_tenants().claim("w", 20, 20).await.unwrap();
    claims.into_iter().find(|claim| claim.run.id == run.id).unwrap()
}

fn slice(claim: &Claim) -> SliceSave<'static> {
    SliceSave::new(claim.run.id, claim.epoch, claim.run.module, json!({}), now())
}

fn link(module: ModuleName, id: &str, state: LinkState) -> Link {
    Link {
        module,
        zoho_id: record(id),
        target_kind: TargetKind::Course,
        target_id: format!("t{id}").into(),
        sent_hash: Some(vec![1]),
        sent: Canonical::new(),
        container: None,
        state,
        exclusive: true,
        person: None,
        mapping_version: Some(1),
        left: Vec::new(),
        kept: std::collections::BTreeSet::new(),
    }
}

fn record(id: &str) -> RecordId {
    RecordId::parse(id).unwrap()
}

fn wait(child: &str, parent: &str) -> WaitingRecord {
    let parent_module = ModuleName::Classes;
    WaitingRecord { child: record(child), parent_module, parent: record(parent) }
}

async fn approve(store: &Store, scope: &TenantScope, run: RunId, ceiling: i64) -> bool {
    let author = Author { key: "ek_other".to_owned(), ..Author::host() };
    let (action, resource, change) = (Action::ApproveRun, &*run.to_string(), Change::default());
    let entry = AuditEntry { author, action, resource, change, at: now() };
    let what = Approved::Removals;
    store.of(scope).approve((ModuleName::Units, run), what, ceiling, entry).await.unwrap()
}

/// Runs of enrollments that the arrival of a parent requested, and the records that they would process.
async fn woken(store: &Store, scope: &TenantScope) -> (usize, Vec<RecordId>) {
    let filter = RunFilter {
        module: Some(ModuleName::Enrollments),
        triggers: vec![TriggerSource::Dependency],
        limit: 10,
        ..RunFilter::default()
    };
    let runs = store.of(scope).runs(&filter).await.unwrap().len();
    (runs, store.of(scope).ready_waits(ModuleName::Enrollments, None, 10).await.unwrap())
}

#[tokio::test]
async fn a_parent_that_arrives_before_its_child_is_noted_is_not_missed() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let child = claimed(&store, &scope, ModuleName::Enrollments).await;
        let parent = claimed(&store, &scope, ModuleName::Classes).await;
        // The child's slice found no class; in the meantime that class is stored, and sees no wait.
        let made = [ItemOutcome::plain(record("c1"), ItemStatus::New, Map::new())];
        let links = [link(ModuleName::Classes, "c1", LinkState::Active)];
        let save = SliceSave { items: &made, links: &links, ..slice(&parent) };
        assert_eq!(store.of(&scope).save_slice(save).await.unwrap(), Some(false));
        let waits = [wait("e1", "c1"), wait("e2", "c2")];
        let save = SliceSave { waits: &waits, ..slice(&child) };
        assert_eq!(store.of(&scope).save_slice(save).await.unwrap(), Some(false));
        let (_, ready) = woken(&store, &scope).await;
        assert_eq!(ready, ["e1"]);
        // The child's own run is active: after its end a run follows that processes the record.
        complete(&store, end(&scope, child.run.id, child.epoch, RunState::Completed))
            .await
            .unwrap();
        let next = store.across_tenants().claim("w", 20, 20).await.unwrap();
        assert_eq!((next.len(), &next[0].run.selection), (1, &RunSelection::Waits));
        // The reverse order, and a parent that is in use again.
        for (place, item, id) in [(1, ItemStatus::New, "c2"), (2, ItemStatus::Updated, "c3")] {
            let waits = [wait("e3", "c3")];
            let save = SliceSave { waits: &waits, ..slice(&next[0]) };
            store.of(&scope).save_slice(save).await.unwrap();
            let op = (item == ItemStatus::Updated).then_some(Op::Reactivate);
            let made = [ItemOutcome { op, ..ItemOutcome::plain(record(id), item, Map::new()) }];
            let links = [link(ModuleName::Classes, id, LinkState::Active)];
            let save =
                SliceSave { items: &made, first_ordinal: place, links: &links, ..slice(&parent) };
            store.of(&scope).save_slice(save).await.unwrap();
        }
        assert_eq!(woken(&store, &scope).await.1, ["e1", "e2", "e3"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parents_and_children_that_are_stored_at_once_find_each_other() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let child = claimed(&store, &scope, ModuleName::Enrollments).await;
        let parent = claimed(&store, &scope, ModuleName::Classes).await;
        for round in 0..40 {
            let (one, other) = (format!("e{round:03}"), format!("c{round:03}"));
            let waits = [wait(&one, &other)];
            let made = [ItemOutcome::plain(record(&other), ItemStatus::New, Map::new())];
            let links = [link(ModuleName::Classes, &other, LinkState::Active)];
            let children = SliceSave { waits: &waits, ..slice(&child) };
            let parents =
                SliceSave { items: &made, first_ordinal: round, links: &links, ..slice(&parent) };
            let (a, b) = tokio::join!(
                store.of(&scope).save_slice(children),
                store.of(&scope).save_slice(parents)
            );
            assert_eq!((a.unwrap(), b.unwrap()), (Some(false), Some(false)));
        }
        let ready = store.of(&scope).ready_waits(ModuleName::Enrollments, None, 100).await.unwrap();
        assert_eq!(ready.len(), 40, "{kind:?}: nobody waits for what is there");
    }
}

#[tokio::test]
async fn a_wish_for_waiting_records_is_not_lost_in_a_run_of_given_ones() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let ids = RunSelection::Ids { ids: vec![record("1")] };
        let given = NewRun { selection: ids.clone(), ..new_run(ModuleName::Enrollments) };
        assert!(matches!(store.of(&scope).enqueue(given).await.unwrap(), Enqueued::New(_)));
        let arrived = NewRun {
            selection: RunSelection::Waits,
            trigger: TriggerSource::Dependency,
            ..new_run(ModuleName::Enrollments)
        };
        assert!(matches!(store.of(&scope).enqueue(arrived).await.unwrap(), Enqueued::Active(_)));
        let claim = store.across_tenants().claim("w", 1, 2).await.unwrap().remove(0);
        assert_eq!(claim.run.selection, ids, "exactly those");
        complete(&store, end(&scope, claim.run.id, claim.epoch, RunState::Completed))
            .await
            .unwrap();
        let next = store.across_tenants().claim("w", 1, 2).await.unwrap().remove(0);
        assert_eq!(next.run.selection, RunSelection::Waits);
    }
}

#[tokio::test]
async fn tenants_at_their_limit_hide_nobody() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let mut busy = Vec::new();
        for name in ["a", "b", "c"] {
            busy.push(tenant(&store, name).await);
        }
        // Each has queued runs of all its modules, and two running.
        for scope in &busy {
            for module in ModuleName::ALL {
                store.of(scope).enqueue(new_run(module)).await.unwrap();
            }
        }
        assert_eq!(store.across_tenants().claim("w", 20, 2).await.unwrap().len(), 6);
        let late = tenant(&store, "late").await;
        store.of(&late).enqueue(new_run(ModuleName::Students)).await.unwrap();
        assert!(store.across_tenants().others_wait(&busy[0]).await.unwrap());
        // One free slot: all eight candidates would belong to the others.
        let next = store.across_tenants().claim("w", 1, 2).await.unwrap();
        assert_eq!(next.len(), 1, "{kind:?}");
        assert_eq!(next[0].run.tenant, *late.tenant());
    }
}

#[tokio::test]
async fn a_key_makes_one_run_for_ever() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let keyed = || NewRun { trigger_key: Some("tick:1".into()), ..new_run(ModuleName::Units) };
        let Enqueued::New(first) = store.of(&scope).enqueue(keyed()).await.unwrap() else {
            panic!()
        };
        let claim = store.across_tenants().claim("w", 1, 2).await.unwrap().remove(0);
        complete(&store, end(&scope, first.id, claim.epoch, RunState::Completed)).await.unwrap();
        let again = store.of(&scope).enqueue(keyed()).await.unwrap();
        let Enqueued::Active(again) = again else { panic!("{again:?}") };
        assert_eq!((again.id, again.state), (first.id, RunState::Completed));
        assert!(
            store.across_tenants().claim("w", 1, 2).await.unwrap().is_empty(),
            "and no follow-up"
        );
    }
}

#[tokio::test]
async fn a_run_that_is_to_end_waits_for_nothing() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let claim = claimed(&store, &scope, ModuleName::Units).await;
        assert!(store.of(&scope).cancel(claim.run.id, now()).await.unwrap());
        let hour = Duration::from_secs(3_600);
        assert!(store.of(&scope).release(claim.run.id, claim.epoch, hour, false).await.unwrap());
        let again = store.across_tenants().claim("w", 1, 2).await.unwrap();
        assert_eq!((again.len(), again[0].run.cancel_requested), (1, true));
        let end = end(&scope, claim.run.id, again[0].epoch, RunState::Cancelled);
        assert!(complete(&store, end).await.unwrap());
    }
}

#[tokio::test]
async fn a_plan_that_nobody_decides_on_expires() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let claim = claimed(&store, &scope, ModuleName::Units).await;
        let removals = ["7", "8"].map(|id| PlannedRemoval {
            zoho_id: record(id),
            evidence: Evidence::Absent,
            label: None,
        });
        // A record that the source lists as deleted weighs more than an absent one.
        let listed = [PlannedRemoval { evidence: Evidence::Deleted, ..removals[0].clone() }];
        for removals in [&removals[..], &listed[..]] {
            let save = SliceSave { removals, ..slice(&claim) };
            assert_eq!(store.of(&scope).save_slice(save).await.unwrap(), Some(false));
        }
        let counts =
            store.of(&scope).removal_counts(ModuleName::Units, claim.run.id, now()).await.unwrap();
        assert_eq!((counts.absent, counts.explicit), (1, 1));
        let run = claim.run.id;
        assert!(store.of(&scope).hold(run, claim.epoch, Some("too many"), now()).await.unwrap());
        assert_eq!(store.across_tenants().expire_held(now() + Days::days(6)).await.unwrap(), 0);
        assert_eq!(store.across_tenants().expire_held(now() + Days::days(8)).await.unwrap(), 1);
        let ended = store.of(&scope).run(run).await.unwrap().unwrap();
        assert_eq!((ended.state, ended.counts.skipped), (RunState::Partial, 2));
        assert!(!approve(&store, &scope, run, 2).await);
    }
}

#[tokio::test]
async fn an_approved_plan_waits_for_the_active_run() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let held = claimed(&store, &scope, ModuleName::Units).await;
        assert!(
            store.of(&scope).hold(held.run.id, held.epoch, Some("too many"), now()).await.unwrap()
        );
        let active = claimed(&store, &scope, ModuleName::Units).await;
        assert!(approve(&store, &scope, held.run.id, 3).await);
        let waiting = store.of(&scope).run(held.run.id).await.unwrap().unwrap();
        assert_eq!((waiting.state, waiting.removals.ceiling), (RunState::Waiting, Some(3)));
        assert!(store.across_tenants().claim("w", 9, 9).await.unwrap().is_empty());
        complete(&store, end(&scope, active.run.id, active.epoch, RunState::Completed))
            .await
            .unwrap();
        let next = store.across_tenants().claim("w", 9, 9).await.unwrap();
        assert_eq!((next.len(), next[0].run.id), (1, held.run.id));
    }
}

#[tokio::test]
async fn a_hint_is_not_lost_in_a_run_that_has_begun_and_waits_for_its_turn() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let begun = claimed(&store, &scope, ModuleName::Enrollments).await;
        // It has read past the records that waited, and is back in the queue because of a limit, a drain or another
        // tenant's turn.
        assert_eq!(store.of(&scope).save_slice(slice(&begun)).await.unwrap(), Some(false));
        let (run, none) = (begun.run.id, Duration::ZERO);
        assert!(store.of(&scope).release(run, begun.epoch, none, false).await.unwrap());
        let arrived = NewRun {
            selection: RunSelection::Waits,
            trigger: TriggerSource::Dependency,
            ..new_run(ModuleName::Enrollments)
        };
        assert!(matches!(store.of(&scope).enqueue(arrived).await.unwrap(), Enqueued::Active(_)));
        let again = store.across_tenants().claim("w", 1, 2).await.unwrap().remove(0);
        assert_eq!((again.run.id, &again.run.selection), (run, &RunSelection::Full));
        complete(&store, end(&scope, run, again.epoch, RunState::Completed)).await.unwrap();
        let next = store.across_tenants().claim("w", 1, 2).await.unwrap();
        assert_eq!(next.len(), 1, "{kind:?}: one follow-up");
        assert_eq!(next[0].run.selection, RunSelection::Waits);
    }
}

#[tokio::test]
async fn a_wish_during_approved_removals_is_followed_up_as_well() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let held = claimed(&store, &scope, ModuleName::Units).await;
        // A request while it was reading: its follow-up runs once the plan is held.
        let wish = || new_run(ModuleName::Units);
        assert!(matches!(store.of(&scope).enqueue(wish()).await.unwrap(), Enqueued::Active(_)));
        assert!(
            store.of(&scope).hold(held.run.id, held.epoch, Some("too many"), now()).await.unwrap()
        );
        let follow = store.across_tenants().claim("w", 9, 9).await.unwrap().remove(0);
        assert_ne!(follow.run.id, held.run.id);
        complete(&store, end(&scope, follow.run.id, follow.epoch, RunState::Completed))
            .await
            .unwrap();
        assert!(store.across_tenants().claim("w", 9, 9).await.unwrap().is_empty());

        // Without a new request nothing follows; with one, one run does.
        assert!(approve(&store, &scope, held.run.id, 3).await);
        let again = store.across_tenants().claim("w", 9, 9).await.unwrap().remove(0);
        assert_eq!(again.run.id, held.run.id);
        assert!(matches!(store.of(&scope).enqueue(wish()).await.unwrap(), Enqueued::Active(_)));
        complete(&store, end(&scope, held.run.id, again.epoch, RunState::Completed)).await.unwrap();
        let next = store.across_tenants().claim("w", 9, 9).await.unwrap();
        assert_eq!(next.len(), 1, "{kind:?}: one follow-up");
        complete(&store, end(&scope, next[0].run.id, next[0].epoch, RunState::Completed))
            .await
            .unwrap();
        assert!(
            store.across_tenants().claim("w", 9, 9).await.unwrap().is_empty(),
            "{kind:?}: and no other"
        );
    }
}

#[tokio::test]
async fn an_approval_outlives_a_cancel_that_came_too_late() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let held = claimed(&store, &scope, ModuleName::Units).await;
        let wish = new_run(ModuleName::Units);
        assert!(matches!(store.of(&scope).enqueue(wish).await.unwrap(), Enqueued::Active(_)));
        assert!(store.of(&scope).cancel(held.run.id, now()).await.unwrap());
        assert!(
            store.of(&scope).hold(held.run.id, held.epoch, Some("too many"), now()).await.unwrap()
        );
        let follow = store.across_tenants().claim("w", 9, 9).await.unwrap().remove(0);
        complete(&store, end(&scope, follow.run.id, follow.epoch, RunState::Completed))
            .await
            .unwrap();
        assert!(approve(&store, &scope, held.run.id, 3).await);
        let again = store.across_tenants().claim("w", 9, 9).await.unwrap().remove(0);
        assert!(!again.run.cancel_requested, "{kind:?}: what was approved is done");
        complete(&store, end(&scope, held.run.id, again.epoch, RunState::Completed)).await.unwrap();
        let next = store.across_tenants().claim("w", 9, 9).await.unwrap();
        assert!(next.is_empty(), "{kind:?}: the wish was answered before: {next:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn runs_that_end_at_once_leave_no_run_waiting() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let done = async |claim: &Claim| {
            let end = end(&scope, claim.run.id, claim.epoch, RunState::Completed);
            assert!(complete(&store, end).await.unwrap());
        };
        for round in 0..60 {
            // The next run of a chain waits for two: for the one before it, and for the active run of its module.
            let other = claimed(&store, &scope, ModuleName::Units).await;
            let first = new_run(ModuleName::Programs);
            let chain =
                (0..).zip([ModuleName::Programs, ModuleName::Units]).map(|(place, module)| {
                    let id = if place == 0 { first.id } else { new_run(module).id };
                    NewRun { id, chain: Some((first.id, place)), ..new_run(module) }
                });
            let chain = store.of(&scope).enqueue_chain(chain.collect()).await.unwrap();
            let begun = store.across_tenants().claim("w", 9, 9).await.unwrap().remove(0);
            assert_eq!(begun.run.id, chain[0].id);
            tokio::join!(done(&other), done(&begun));
            store.across_tenants().start_overlooked().await.unwrap();
            let next = store.across_tenants().claim("w", 9, 9).await.unwrap();
            assert_eq!(next.len(), 1, "{kind:?} {round}: the next of the chain");
            assert_eq!(next[0].run.id, chain[1].id);

            // A plan is approved while the active run of the module ends.
            assert!(
                store
                    .of(&scope)
                    .hold(chain[1].id, next[0].epoch, Some("too many"), now())
                    .await
                    .unwrap()
            );
            let active = claimed(&store, &scope, ModuleName::Units).await;
            let (_, approved) =
                tokio::join!(done(&active), approve(&store, &scope, chain[1].id, 1));
            assert!(approved);
            store.across_tenants().start_overlooked().await.unwrap();
            let next = store.across_tenants().claim("w", 9, 9).await.unwrap();
            assert_eq!(next.len(), 1, "{kind:?} {round}: the approved plan");
            // A retry is asked for while the active run ends.
            let retry = NewRun {
                parent: Some(active.run.id),
                trigger: TriggerSource::Retry,
                ..new_run(ModuleName::Units)
            };
            let (_, retry) = tokio::join!(done(&next[0]), store.of(&scope).enqueue_retry(retry));
            assert!(matches!(retry.unwrap(), Enqueued::New(_)));
            store.across_tenants().start_overlooked().await.unwrap();
            let next = store.across_tenants().claim("w", 9, 9).await.unwrap();
            assert_eq!(next.len(), 1, "{kind:?} {round}: the retry");
            done(&next[0]).await;
        }
    }
}

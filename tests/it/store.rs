//! One suite over both databases: the queue's promises, the fence, links and accepted requests.

use {
    crate::harness::db::{Db, Kind, kinds},
    chrono::{SubsecRound as _, Utc},
    serde_json::{Map, json},
    sigma_sync::{
        domain::{
            access::{Role, SchemeChoice},
            id::{KeyId, PersonId, RecordId, ReplayId, RunId, TenantId},
            item::{ItemOutcome, ItemStatus},
            mapping,
            module::{Module, ModuleName},
            rate::OwnLimits,
            record::{Canonical, TargetKind},
            run::{Counts, Phase, RunState, TriggerSource},
            tenant::{Tenant, TenantStatus},
        },
        store::{
            Completion, Enqueued, ItemFilter, Link, LinkState, MasterKeyRow, NewKey, NewRun,
            NewTenant, RowSecurity, SealedDataKey, SliceSave, Store, StoreError, TenantScope,
        },
    },
    std::{collections::HashSet, time::Duration},
    uuid::Uuid,
};

pub(crate) async fn store(kind: Kind) -> (Db, Store) {
    let db = Db::new(kind).await;
    let store = Store::connect(&db.url, 8).await.expect("a store");
    store.across_tenants().migrate().await.expect("the schema");
    store.across_tenants().migrate().await.expect("migrating twice is fine");
    if db.row_security == "on" {
        store.across_tenants().migrate_with(RowSecurity::On).await.expect("row security");
        let walled = store.walled(RowSecurity::On).await.expect("row security");
        assert!(walled.is_walled());
        return (db, walled);
    }
    (db, store)
}

#[expect(clippy::disallowed_methods, reason = "the store is given times")]
pub(crate) fn now() -> chrono::DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

pub(crate) async fn tenant(store: &Store, id: &str) -> TenantScope {
    let scope = TenantScope::new(TenantId::parse(id).unwrap());
    let tenant = Tenant {
        id: scope.tenant().clone(),
        name: id.into(),
        status: TenantStatus::Active,
        limits: OwnLimits::default(),
        created_at: now(),
        updated_at: now(),
    };
    let master = MasterKeyRow { master_key_id: "m".into(), proof: vec![0] };
    store.across_tenants().note_master_key(master, now()).await.unwrap();
    let tx = store.of(&scope).begin().await.unwrap();
    let new = NewTenant {
        tenant: &tenant,
        data_key: SealedDataKey {
            data_key_id: id.as_bytes().to_vec(),
            master_key_id: "m".into(),
            wrapped: vec![1],
        },
        key: NewKey::plain(
            KeyId::parse(&format!("key-{id}")).unwrap(),
            &[Role::Owner],
            SchemeChoice::usual(false),
            vec![2],
        ),
        modules: ModuleName::ALL.into_iter().map(Module::new).collect(),
        mappings: vec![(ModuleName::Students, mapping::defaults(ModuleName::Students))],
        zoho_enabled: true,
    };
    tx.create_tenant(new).await.unwrap();
    tx.commit().await.unwrap();
    scope
}

pub(crate) fn new_run(module: ModuleName) -> NewRun {
    NewRun {
        triggered_by: Some("test".into()),
        ..NewRun::new(RunId::new(Uuid::new_v4()), module, TriggerSource::Manual, now())
    }
}

pub(crate) fn end(scope: &TenantScope, run: RunId, epoch: i64, state: RunState) -> Completion {
    Completion { scope: scope.clone(), run, epoch, state, failure: None, now: now() }
}

/// Ends one run; false if it no longer belonged to the worker.
pub(crate) async fn complete(store: &Store, end: Completion) -> Result<bool, StoreError> {
    let run = end.run;
    store.across_tenants().complete(&[end]).await.map(|ended| ended == [run])
}

#[tokio::test]
async fn a_module_has_one_active_run() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let Enqueued::New(first) =
            store.of(&scope).enqueue(new_run(ModuleName::Students)).await.unwrap()
        else {
            panic!()
        };
        let Enqueued::Active(same) =
            store.of(&scope).enqueue(new_run(ModuleName::Students)).await.unwrap()
        else {
            panic!()
        };
        assert_eq!(same.id, first.id);
        let claims = store.across_tenants().claim("w1", 10, 2).await.unwrap();
        assert_eq!((claims.len(), claims[0].run.id, claims[0].epoch), (1, first.id, 1));
        assert!(store.across_tenants().claim("w2", 10, 2).await.unwrap().is_empty());
        assert!(complete(&store, end(&scope, first.id, 1, RunState::Completed)).await.unwrap());
        // The trigger during the run became one follow-up.
        let follow_up = store.across_tenants().claim("w1", 10, 2).await.unwrap();
        assert_eq!(follow_up.len(), 1);
        assert!(
            complete(&store, end(&scope, follow_up[0].run.id, 1, RunState::Completed))
                .await
                .unwrap()
        );
        assert!(store.across_tenants().claim("w1", 10, 2).await.unwrap().is_empty());
        let module = store.of(&scope).module(ModuleName::Students).await.unwrap().unwrap();
        assert_eq!(module.last_run_status.as_deref(), Some("success"));
    }
}

#[tokio::test]
async fn claims_share_out_fairly_and_once() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let mut all = HashSet::new();
        for n in 0..12 {
            let scope = tenant(&store, &format!("t{n}")).await;
            for module in ModuleName::ALL {
                let Enqueued::New(run) = store.of(&scope).enqueue(new_run(module)).await.unwrap()
                else {
                    panic!()
                };
                all.insert(run.id);
            }
        }
        // Four claimers at once: a tenant has at most two running, and no run goes to two.
        let mut claimed = HashSet::new();
        while claimed.len() < all.len() {
            let (a, b, c, d) = tokio::join!(
                store.across_tenants().claim("a", 8, 2),
                store.across_tenants().claim("b", 8, 2),
                store.across_tenants().claim("c", 8, 2),
                store.across_tenants().claim("d", 8, 2)
            );
            let batch: Vec<_> =
                [a, b, c, d].into_iter().flat_map(|claims| claims.unwrap()).collect();
            assert!(!batch.is_empty(), "{kind:?}: stuck at {}", claimed.len());
            for n in 0..12 {
                let id = format!("t{n}");
                assert!(batch.iter().filter(|claim| claim.run.tenant.as_str() == id).count() <= 2);
            }
            for claim in batch {
                assert!(claimed.insert(claim.run.id), "{kind:?}: claimed twice");
                let scope = TenantScope::new(claim.run.tenant.clone());
                assert!(
                    complete(&store, end(&scope, claim.run.id, claim.epoch, RunState::Completed))
                        .await
                        .unwrap()
                );
            }
        }
        assert_eq!(claimed, all);
    }
}

#[tokio::test]
async fn a_lost_worker_cannot_write() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let Enqueued::New(run) =
            store.of(&scope).enqueue(new_run(ModuleName::Students)).await.unwrap()
        else {
            panic!()
        };
        let old = store.across_tenants().claim("old", 1, 2).await.unwrap().remove(0);
        assert!(store.of(&scope).release(run.id, old.epoch, Duration::ZERO, true).await.unwrap());
        let new = store.across_tenants().claim("new", 1, 2).await.unwrap().remove(0);
        assert!(new.epoch > old.epoch && new.attempts == 1);
        let items =
            [ItemOutcome::plain(RecordId::parse("1").unwrap(), ItemStatus::New, Map::new())];
        let slice = |epoch| SliceSave {
            phase: Phase::Writing,
            counts: Counts { new: 1, ..Counts::default() },
            items: &items,
            ..SliceSave::new(run.id, epoch, ModuleName::Students, json!({"v": 1}), now())
        };
        assert_eq!(store.of(&scope).save_slice(slice(old.epoch)).await.unwrap(), None);
        assert!(
            !complete(&store, end(&scope, run.id, old.epoch, RunState::Completed)).await.unwrap()
        );
        assert!(store.across_tenants().heartbeat(&[(run.id, old.epoch)]).await.unwrap().is_empty());
        assert_eq!(store.of(&scope).save_slice(slice(new.epoch)).await.unwrap(), Some(false));
        assert_eq!(
            store.across_tenants().heartbeat(&[(run.id, new.epoch)]).await.unwrap().len(),
            1
        );
        let filter = ItemFilter { limit: 10, ..ItemFilter::default() };
        assert_eq!(store.of(&scope).items(run.id, &filter).await.unwrap().len(), 1, "written once");
        assert!(store.of(&scope).cancel(run.id, now()).await.unwrap());
        assert!(
            store.across_tenants().heartbeat(&[(run.id, new.epoch)]).await.unwrap()[0]
                .cancel_requested
        );
        // Another tenant cannot end it.
        let other = tenant(&store, "b").await;
        assert!(
            !complete(&store, end(&other, run.id, new.epoch, RunState::Completed)).await.unwrap()
        );
        assert!(!store.of(&other).cancel(run.id, now()).await.unwrap());
        assert_eq!(store.of(&other).run(run.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn retries_wait_for_the_active_run() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let Enqueued::New(active) =
            store.of(&scope).enqueue(new_run(ModuleName::Students)).await.unwrap()
        else {
            panic!()
        };
        let retry = NewRun {
            trigger: TriggerSource::Retry,
            parent: Some(active.id),
            ..new_run(ModuleName::Students)
        };
        let Enqueued::New(waiting) = store.of(&scope).enqueue_retry(retry).await.unwrap() else {
            panic!()
        };
        assert_eq!(waiting.state, RunState::Waiting);
        for _ in 0..9 {
            let more = NewRun { parent: Some(active.id), ..new_run(ModuleName::Students) };
            assert!(matches!(
                store.of(&scope).enqueue_retry(more).await.unwrap(),
                Enqueued::New(_)
            ));
        }
        let more = NewRun { parent: Some(active.id), ..new_run(ModuleName::Students) };
        assert_eq!(store.of(&scope).enqueue_retry(more).await.unwrap(), Enqueued::Full);
        let claim = store.across_tenants().claim("w", 9, 2).await.unwrap().remove(0);
        assert!(
            complete(&store, end(&scope, active.id, claim.epoch, RunState::Partial)).await.unwrap()
        );
        let promoted = store.across_tenants().claim("w", 9, 2).await.unwrap();
        assert_eq!((promoted.len(), promoted[0].run.id), (1, waiting.id));
    }
}

#[tokio::test]
async fn links_are_replaced_and_follow_their_object() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let Enqueued::New(run) =
            store.of(&scope).enqueue(new_run(ModuleName::Students)).await.unwrap()
        else {
            panic!()
        };
        let claim = store.across_tenants().claim("w", 1, 2).await.unwrap().remove(0);
        let link = |zoho: &str, target: &str, hash: u8| Link {
            module: ModuleName::Students,
            zoho_id: RecordId::parse(zoho).unwrap(),
            target_kind: TargetKind::User,
            target_id: target.into(),
            sent_hash: Some(vec![hash]),
            sent: Canonical::from([("name".to_owned(), json!("سارة"))]),
            container: None,
            state: LinkState::Active,
            exclusive: true,
            person: PersonId::parse(zoho).ok(),
            mapping_version: Some(1),
            left: Vec::new(),
            kept: std::collections::BTreeSet::new(),
        };
        let save = async |links: &[Link]| {
            let slice = SliceSave {
                links,
                ..SliceSave::new(run.id, claim.epoch, ModuleName::Students, json!({}), now())
            };
            assert_eq!(store.of(&scope).save_slice(slice).await.unwrap(), Some(false));
        };
        let many: Vec<Link> =
            (0..2_500).map(|n| link(&format!("z{n}"), &format!("u{n}"), 1)).collect();
        save(&many).await;
        let id = |n| RecordId::parse(&format!("z{n}")).unwrap();
        let ids: Vec<RecordId> = (0..2_500).map(id).collect();
        let found = store.of(&scope).links(ModuleName::Students, &ids).await.unwrap();
        assert_eq!((found.len(), &found["z7"]), (2_500, &link("z7", "u7", 1)));
        // If the target gives u7 to another record, the first one has lost it.
        save(&[link("z9", "u7", 2)]).await;
        let found = store.of(&scope).links(ModuleName::Students, &ids).await.unwrap();
        assert_eq!(
            (found.get("z7"), found["z9"].target_id.as_str(), found.len()),
            (None, "u7", 2_499)
        );
    }
}

#[tokio::test]
async fn an_accepted_request_is_new_once() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let all = store.across_tenants();
        let now = all.replay_watch().await.unwrap().now;
        let request = |one: u8, other: u8| ([ReplayId([one; 16]), ReplayId([other; 16])], now);
        let insert = all.insert_replays(&[request(1, 2), request(3, 4)]).await;
        assert_eq!(insert.unwrap(), [true, true]);
        let insert = all.insert_replays(&[request(5, 2), request(3, 6), request(7, 8)]).await;
        assert_eq!(insert.unwrap(), [false, false, true]);
        assert_eq!(all.sweep_replays(now + 660, 500).await.unwrap(), 0);
        assert_eq!(all.insert_replays(&[request(1, 2)]).await.unwrap(), [false]);
        // What is forgotten is refused: on PostgreSQL slots are emptied, by the time of the database.
        if kind == Kind::Sqlite {
            assert_eq!(all.sweep_replays(now + 661, 500).await.unwrap(), 3);
            assert_eq!(all.insert_replays(&[request(9, 10)]).await.unwrap(), [false]);
            let later = ([ReplayId([9; 16]), ReplayId([10; 16])], now + 2);
            assert_eq!(all.insert_replays(&[later]).await.unwrap(), [true]);
        }
    }
}

#[tokio::test]
async fn a_taken_tenant_id_is_a_conflict() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let tenant = store.of(&scope).tenant().await.unwrap().unwrap();
        let tx = store.of(&scope).begin().await.unwrap();
        let new = NewTenant {
            tenant: &tenant,
            data_key: SealedDataKey {
                data_key_id: vec![9],
                master_key_id: "m".into(),
                wrapped: vec![1],
            },
            key: NewKey::plain(
                KeyId::parse("other").unwrap(),
                &[],
                SchemeChoice::usual(false),
                vec![],
            ),
            modules: Vec::new(),
            mappings: Vec::new(),
            zoho_enabled: false,
        };
        assert!(matches!(tx.create_tenant(new).await, Err(StoreError::Conflict)));
    }
}

#[tokio::test]
async fn fields_that_came_are_remembered_once_and_by_tenant_and_source() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let (scope, other) = (tenant(&store, "a").await, tenant(&store, "b").await);
        let run = new_run(ModuleName::Students);
        store.of(&scope).enqueue(run).await.unwrap();
        let claim = store.across_tenants().claim("w", 10, 2).await.unwrap().remove(0);
        let mut known = Vec::new();
        for fields in [vec!["Status", "City"], vec!["Status"], vec![], vec!["Phone", "City"]] {
            let fields: Vec<String> = fields.into_iter().map(str::to_owned).collect();
            let (dry_run, seen) = (fields.contains(&"Phone".to_owned()), ("S", &fields[..]));
            let slice = SliceSave {
                seen,
                dry_run,
                ..SliceSave::new(claim.run.id, claim.epoch, ModuleName::Students, json!({}), now())
            };
            assert_eq!(store.of(&scope).save_slice(slice).await.unwrap(), Some(false));
            known = store
                .of(&scope)
                .seen_fields(ModuleName::Students, "S")
                .await
                .unwrap()
                .into_iter()
                .collect();
        }
        assert_eq!(known, ["City", "Status"], "a dry run leaves no trace");
        for (scope, module, source) in [
            (&other, ModuleName::Students, "S"),
            (&scope, ModuleName::Classes, "S"),
            (&scope, ModuleName::Students, "T"),
        ] {
            assert!(store.of(scope).seen_fields(module, source).await.unwrap().is_empty());
        }
    }
}

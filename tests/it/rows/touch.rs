//! Statements of the store that a small school does not send by itself, sent by calling their functions. What a transaction would
//! destroy is taken back: the statement was sent.

use {
    super::mutant::OWN,
    crate::store::{complete, end, new_run, now},
    serde_json::json,
    sigma_sync::{
        domain::{
            code,
            id::{ObjectId, PersonId, RecordId, RunId, TenantId},
            module::ModuleName,
            record::TargetKind,
            run::{RunState, Upstream},
            tenant::TenantStatus,
        },
        store::{
            Evidence, PlannedRemoval, ReadEnd, SealedDataKey, SliceSave, Snooze, Store, TenantScope,
        },
    },
    std::time::Duration,
};

const STUDENTS: ModuleName = ModuleName::Students;

/// Ends the runs that a server left in the queue.
pub(super) async fn drain(store: &Store) {
    loop {
        let left = store.across_tenants().claim("touch", 100, 100).await.unwrap();
        if left.is_empty() {
            break;
        }
        for claim in left {
            let scope = TenantScope::new(claim.run.tenant.clone());
            let ended = end(&scope, claim.run.id, claim.epoch, RunState::Cancelled);
            complete(store, ended).await.unwrap();
        }
    }
}

pub(super) async fn touch(store: &Store, run: &str, person: &str) {
    let scope = TenantScope::new(TenantId::parse(OWN).unwrap());
    let (run, person) = (RunId::parse(run).expect("a run"), PersonId::parse(person).unwrap());
    // A student's record is its person.
    let ids = vec![RecordId::parse(&person.to_string()).unwrap()];
    let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let known = store.of(&scope).links(STUDENTS, &ids).await.unwrap();
    let targets: Vec<ObjectId> = known.values().map(|link| link.target_id.clone()).collect();
    assert!(!targets.is_empty(), "the person is linked");
    reads(store, &scope, run, &person, &ids, &texts, &targets).await;

    // A run at work.
    store.of(&scope).enqueue(new_run(STUDENTS)).await.unwrap();
    let claim = store.across_tenants().claim("touch", 1, 2).await.unwrap().remove(0);
    let (own, epoch) = (claim.run.id, claim.epoch);
    let upstream = Upstream::default();
    store.of(&scope).note_planning(own, epoch, upstream, now()).await.unwrap();
    let removal =
        PlannedRemoval { zoho_id: ids[0].clone(), evidence: Evidence::Deleted, label: None };
    let slice = || SliceSave::new(own, epoch, STUDENTS, json!({}), now());
    for save in [
        SliceSave { removals: &[removal], removed: 1, ..slice() },
        SliceSave { lost: &[(STUDENTS, ids[0].clone())], ..slice() },
        SliceSave { read_end: Some(ReadEnd::PlanAbsent), ..slice() },
    ] {
        store.of(&scope).save_slice(save).await.unwrap();
    }
    store.of(&scope).gone_records(STUDENTS, chrono::DateTime::UNIX_EPOCH, 9).await.unwrap();
    store.of(&scope).note_interim(STUDENTS, &ids[0], &["name"], now()).await.unwrap();
    store.of(&scope).forget_gone(own, &known.values().collect::<Vec<_>>(), now()).await.unwrap();
    let why = Some((code::MOODLE_EMAIL_TAKEN, "x"));
    let snooze = Snooze { system: None, wait: Duration::ZERO, failed: false, why };
    // Whether it is still this run's turn does not matter: the statements are sent.
    store.of(&scope).snooze(own, epoch, snooze).await.unwrap();
    let claims = store.across_tenants().claim("touch", 1, 2).await.unwrap();
    let epoch = claims.first().map_or(epoch, |claim| claim.epoch);
    store.of(&scope).hold(own, epoch, Some("x"), now()).await.unwrap();
    store.of(&scope).throttle("zoho", Duration::from_secs(1), "ZOHO_RATE_LIMITED").await.unwrap();
    store.of(&scope).claim_token("x", "y").await.unwrap();
    store.of(&scope).release_token("x", "y").await.unwrap();
    store.of(&scope).trim_audit(chrono::DateTime::UNIX_EPOCH, now(), 9).await.unwrap();
    store.of(&scope).shrink_run(run, chrono::DateTime::UNIX_EPOCH, 9).await.unwrap();
    taken_back(store, &scope, &ids).await;
}

async fn reads(
    store: &Store,
    scope: &TenantScope,
    run: RunId,
    person: &PersonId,
    ids: &[RecordId],
    texts: &[String],
    targets: &[ObjectId],
) {
    let rows = || store.of(scope);
    rows().audit_entries_by_id(&["x".to_owned()]).await.unwrap();
    rows().most_made(STUDENTS, RunId::new(uuid::Uuid::nil()), now()).await.unwrap();
    rows().planned_changes(run, None, 9).await.unwrap();
    rows().basis(STUDENTS).await.unwrap();
    rows().known_records(run, texts).await.unwrap();
    rows().linked_courses(ModuleName::Classes).await.unwrap();
    rows().links_of_people(STUDENTS, std::slice::from_ref(person)).await.unwrap();
    rows().owners(STUDENTS, TargetKind::User, targets).await.unwrap();
    rows().shared_targets(TargetKind::User, targets, &[]).await.unwrap();
    rows().links_to(TargetKind::User, targets).await.unwrap();
    rows().absent_links(STUDENTS, RunId::new(uuid::Uuid::nil()), None, 99).await.unwrap();
    rows().would_write(run, STUDENTS, ids).await.unwrap();
    rows().planned_records(run, STUDENTS, ids).await.unwrap();
    rows().met_records(run, drop).await.unwrap();
    rows().trace_of(person).await.unwrap();
}

/// Changes of a whole tenant.
async fn taken_back(store: &Store, scope: &TenantScope, ids: &[RecordId]) {
    let tx = store.of(scope).begin().await.unwrap();
    tx.break_connection(code::Provider::Zoho, code::MOODLE_EMAIL_TAKEN, now()).await.unwrap();
    tx.replace_mapping_tests(STUDENTS, &[]).await.unwrap();
    tx.has_open_runs(None).await.unwrap();
    tx.has_open_runs(Some(STUDENTS)).await.unwrap();
    tx.forget_records(STUDENTS, ids, now()).await.unwrap();
    let master = store.across_tenants().master_key().await.unwrap().expect("a key").master_key_id;
    let key = SealedDataKey { data_key_id: vec![9], master_key_id: master, wrapped: vec![9] };
    assert!(tx.replace_data_key(key, now()).await.unwrap());
    for value in tx.sealed_values().await.unwrap() {
        tx.put_sealed(value).await.unwrap();
    }
    tx.forget_old_data_keys(now()).await.unwrap();
    let mut tenant = tx.tenant().await.unwrap().expect("the tenant");
    tenant.status = TenantStatus::Suspended;
    tx.save_tenant(&tenant).await.unwrap();
    tx.begin_forgetting().await.unwrap();
    tx.bar_runs().await.unwrap();
}

//! Changes during runs: modules that are switched off, invalid texts, filters that no database accepts.

use {
    crate::harness::{
        db::{Kind, kinds},
        school::{School, told},
    },
    serde_json::{Value, json},
    sigma_sync::{
        adapters::clock::SystemClock,
        connectors::{Connectors, Options},
        control::{Control, Mode, SealedTokens, Vault},
        crypto::envelope::MasterKey,
        domain::{
            egress::EgressPolicy,
            id::{RunId, TenantId},
        },
        store::{Store, TenantScope},
    },
    std::sync::Arc,
};

const LIST: &str = "GET /crm/v8/BTEC_Students";

/// A school of 60 students, 20 of whom are gone, and the run whose removals wait for an approval.
async fn held(kind: Kind) -> (School, Value) {
    let school = School::new(kind, 60).await;
    school.layout("students", json!({"removal_action": "suspend"})).await;
    assert_eq!(school.full("students").await["status"], "completed");
    for number in 0..20 {
        school.delete("students", number, true).await;
    }
    let held = school.full("students").await;
    assert_eq!(held["status"], "held", "{held}");
    (school, held)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_the_database_does_not_give_for_a_moment_ends_no_run() {
    for kind in kinds() {
        let school = School::new(kind, 5).await;
        let run = school.full("programs").await;
        let id = RunId::parse(run["run_id"].as_str().expect("an id")).expect("an id");
        // A process that has not opened the tenant's key yet.
        let store = Store::connect(&school.db.url, 4).await.expect("the database");
        let vault = Arc::new(Vault::new(MasterKey::parse(&[7; 32]).expect("a key")));
        let tokens = Arc::new(SealedTokens::new(store.clone(), vault.clone()));
        let policy = EgressPolicy::default();
        let connect =
            Connectors::new(policy.clone(), Options::default(), tokens).expect("a client");
        let (clock, connect) = (Arc::new(SystemClock), Arc::new(connect));
        let control = Control::new(store.clone(), clock, vault, connect, policy, Mode::Dev);
        let scope = TenantScope::new(TenantId::parse("default").expect("an id"));
        let run = store.of(&scope).run(id).await.expect("an answer").expect("a run");

        school.db.execute("ALTER TABLE data_keys RENAME TO data_keys_away").await;
        let broken = control.run_parts(&scope, &run).await;
        assert!(broken.is_err(), "{broken:?}");
        school.db.execute("ALTER TABLE data_keys_away RENAME TO data_keys").await;
        let parts = control.run_parts(&scope, &run).await.expect("an answer");
        assert!(parts.is_ok(), "{parts:?}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_that_is_switched_off_writes_nothing_more() {
    for kind in kinds() {
        let (school, held) = held(kind).await;
        let off =
            school.client.put("/v1/extension/modules/students", &json!({"enabled": false})).await;
        assert_eq!(off.status, 200, "{}", off.text);
        school.forget().await;
        let approve = format!("/v1/extension/runs/{}/approve", held["run_id"].as_str().unwrap());
        let refused = school.client.post(&approve, &json!({"removals": 20})).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert_eq!(school.writes("moodle").await, 0);

        // A run that was accepted before.
        let on = json!({"enabled": true});
        assert_eq!(school.client.put("/v1/extension/modules/students", &on).await.status, 200);
        school.options(json!({"zoho_latency_ms": 400})).await;
        let run = school.start("students", json!({})).await;
        let follow = school.start("students", json!({})).await;
        assert_eq!(run, follow);
        let off = json!({"enabled": false});
        assert_eq!(school.client.put("/v1/extension/modules/students", &off).await.status, 200);
        school.ended(&run).await;
        school.idle().await;
        let last = &school.runs("module=students").await[0];
        assert_eq!(last["status"], "failed", "{last}");
        assert_eq!(school.detail(last).await.error_code(), "MODULE_DISABLED");
        assert_eq!(school.writes("moodle").await, 0);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_is_no_text_costs_no_other_its_retry() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        for number in [3, 4, 5] {
            school.change("students", number, json!({"Academic_Email": "nobody"})).await;
        }
        let run = school.full("students").await;
        assert_eq!(told(&run), ("partial", [27, 0, 0, 3, 0, 30]), "{run}");
        for number in [3, 4, 5] {
            let email = format!("s{number}@college.example");
            school.change("students", number, json!({"Academic_Email": email})).await;
        }
        let fault = json!({"target": "zoho", "kind": "invalid_utf8", "times": 0, "function": LIST});
        school.fault(fault).await;
        let retry = school.decide(&run, "retry-failed", json!({})).await;
        let id = retry["run_id"].as_str().unwrap();
        let retry = school.ended_within(id, std::time::Duration::from_secs(20)).await;
        assert_eq!(told(&retry), ("partial", [2, 0, 0, 1, 0, 3]), "{retry}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_character_costs_one_record() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        let fault =
            json!({"target": "zoho", "kind": "lone_surrogate", "times": 1, "function": LIST});
        school.fault(fault).await;
        let run = school.start("students", json!({})).await;
        let run = school.ended_within(&run, std::time::Duration::from_secs(20)).await;
        assert_eq!(told(&run), ("partial", [29, 0, 0, 1, 0, 30]), "{run}");
        let item = &school.items(&run, "items_status=FAILED").await[0];
        assert_eq!(item["code"], "RECORD_NOT_UTF8", "{item}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_of_a_caller_is_an_error_of_ours() {
    for kind in kinds() {
        let school = School::new(kind, 6).await;
        let run = school.full("students").await;
        let id = run["run_id"].as_str().unwrap();
        for target in [
            "/v1/extension/runs?error_code=%00".to_owned(),
            "/v1/extension/runs?module=%00".to_owned(),
            "/v1/extension/runs?chain_id=%00".to_owned(),
            format!("/v1/extension/runs/{id}?items_code=%00"),
            format!("/v1/extension/runs/{id}?items_code=a%00b"),
            format!("/v1/extension/runs/{id}/removals?page_token=AA"),
            format!("/v1/extension/runs/{id}/removals?page_token=YQBi"),
            "/v1/extension/items?query=%00".to_owned(),
            "/v1/extension/items?code=%00".to_owned(),
            "/v1/extension/items?zoho_id=%00".to_owned(),
            "/v1/extension/people?query=a%00b".to_owned(),
            "/v1/extension/people?query=%25%5F%27%22%5C".to_owned(),
            "/v1/extension/mappings/students/versions?page_token=AA".to_owned(),
        ] {
            let answer = school.client.get(&target).await;
            assert!(answer.status < 500, "{target}: {} {}", answer.status, answer.text);
        }
        for (target, body) in [
            ("/v1/extension/sync/students/run".to_owned(), json!({"ids": ["a\u{0}b"]})),
            ("/v1/extension/sync/students/run".to_owned(), json!({"triggered_by": "a\u{0}b"})),
            ("/v1/extension/sync/run".to_owned(), json!({"triggered_by": "a\u{0}b"})),
            (format!("/v1/extension/runs/{id}/retry"), json!({"codes": ["a\u{0}b"]})),
            (format!("/v1/extension/runs/{id}/retry"), json!({"ids": ["a\u{0}b"]})),
        ] {
            let answer = school.client.post(&target, &body).await;
            assert!(answer.status < 500, "{target} {body}: {} {}", answer.status, answer.text);
        }
        school.idle().await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_for_another_site_or_another_action_is_not_carried_out() {
    for kind in kinds() {
        let school = School::new(kind, 60).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        assert_eq!(school.full("students").await["status"], "completed");
        for number in 0..20 {
            school.delete("students", number, true).await;
        }
        let other = school.sandbox.moodle_url().replace("127.0.0.1", "localhost");
        for change in ["action", "site"] {
            let held = school.full("students").await;
            assert_eq!(held["status"], "held", "{held}");
            // A change that does not matter to the plan leaves it as it is.
            school.layout("students", json!({"brake_percent": 6})).await;
            assert_eq!(school.state(held["run_id"].as_str().unwrap()).await["status"], "held");
            if change == "action" {
                school.layout("students", json!({"removal_action": "keep"})).await;
                school.layout("students", json!({"removal_action": "suspend"})).await;
            } else {
                let token = school.sandbox.credentials().moodle_token;
                let settings = json!({"moodle_base_url": other, "moodle_api_token": token});
                let answer = school.client.put("/v1/extension/settings", &settings).await;
                assert_eq!(answer.status, 200, "{}", answer.text);
            }
            let id = held["run_id"].as_str().unwrap();
            let now = school.state(id).await;
            assert_eq!(told(&now), ("partial", [0, 40, 0, 0, 20, 60]), "{change}: {now}");
            let approve = format!("/v1/extension/runs/{id}/approve");
            let refused = school.client.post(&approve, &json!({"removals": 20})).await;
            assert_eq!(refused.status, 400, "{change}: {}", refused.text);
        }
        let users = school.moodle("users").await;
        assert!(users.iter().all(|user| user["suspended"] != true));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approved_plan_that_waits_is_let_go_when_what_it_was_made_for_changes() {
    for kind in kinds() {
        let (school, held) = held(kind).await;
        // It waits for another run of the module, which finds nothing to do but the same plan.
        school.options(json!({"zoho_latency_ms": 1_500})).await;
        let first = school.start("students", json!({"dry_run": false, "scope": "changes"})).await;
        school.decide(&held, "approve", json!({"removals": 20})).await;
        school.layout("students", json!({"removal_action": "keep"})).await;
        school.ended(&first).await;
        school.idle().await;
        let ended = school.state(held["run_id"].as_str().unwrap()).await;
        assert_eq!(told(&ended), ("partial", [0, 40, 0, 0, 20, 60]), "{kind:?}: {ended}");
        assert_eq!(school.detail(&ended).await.error_code(), "REMOVALS_DISCARDED");
        let users = school.moodle("users").await;
        assert!(users.iter().all(|user| user["suspended"] != true), "{kind:?}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_never_goes_on_is_given_up() {
    for kind in kinds() {
        let school = School::new(kind, 700).await;
        school.unbraked("students").await;
        assert_eq!(school.full("students").await["status"], "completed");
        school.later(3_600).await;
        for number in 0..700 {
            school
                .change("students", number, json!({"Phone_Number": format!("+9 {number}")}))
                .await;
        }
        let fault =
            json!({"target": "zoho", "kind": "expired_page_token", "times": 0, "function": LIST});
        school.fault(fault).await;
        school.forget().await;
        let run = school.start("students", json!({"scope": "changes"})).await;
        tokio::time::sleep(std::time::Duration::from_secs(8)).await;
        let ledger = school.ledger().await;
        let calls = crate::harness::school::calls(&ledger, "zoho", LIST);
        assert!(calls < 60, "{kind:?}: {calls} calls {}", school.state(&run).await);
        // Once Zoho allows it, the run continues after the changes that it has read, or the next run reads the rest.
        school.mend().await;
        let run = school.ended_within(&run, std::time::Duration::from_secs(120)).await;
        let mut taken = told(&run).1[2];
        if run["status"] == "failed" {
            assert_eq!(school.detail(&run).await.error_code(), "ZOHO_CURSOR_EXPIRED");
            let next = school.changes("students").await;
            assert_eq!(next["status"], "completed", "{next}");
            taken += told(&next).1[2];
        }
        assert_eq!(taken, 700, "{run}");
        school.stop().await;
    }
}

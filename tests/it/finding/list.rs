//! Outcomes over all runs: by every filter, in pages that stay stable while runs store theirs.

use {
    super::{encoded, pages, place, sync_all, text},
    crate::harness::{
        app::{App, connect, ended, sandbox, sync},
        db::{Db, kinds},
    },
    serde_json::Value,
    std::collections::HashSet,
};

/// A query, and the items that it must return.
type Filter = (String, Box<dyn Fn(&Value) -> bool>);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_hold_still_while_outcomes_are_stored() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(90, 9).await;
        connect(&client, &school).await;
        sync(&client).await;
        sync(&client).await;
        let before = pages(&client, "/v1/extension/items", "items", 200).await;
        assert_eq!(before.len(), 180, "{kind:?}");
        let person = text(&before[0], "person_id");
        let events = format!("/v1/extension/people/{person}/events");
        let events_before = pages(&client, &events, "events", 200).await;

        // Two lists are read in small steps while other runs store their items.
        let (mut items, mut told) = (Vec::new(), Vec::new());
        let (mut token, mut told_token) = (String::new(), None::<String>);
        loop {
            let page = client
                .get(&format!("/v1/extension/items?limit=50&page_token={token}"))
                .await
                .json();
            items.extend(page["items"].as_array().unwrap().clone());
            if told_token.as_deref() != Some("") {
                let token = told_token.clone().unwrap_or_default();
                let page = client.get(&format!("{events}?limit=1&page_token={token}")).await.json();
                told.extend(page["events"].as_array().unwrap().clone());
                told_token = Some(text(&page, "next_page_token"));
            }
            token = text(&page, "next_page_token");
            if token.is_empty() {
                break;
            }
            sync(&client).await;
        }
        assert_eq!(items, before, "{kind:?}");
        assert_eq!(told, events_before);
        let after = pages(&client, "/v1/extension/items", "items", 33).await;
        assert_eq!(after.len(), 180 + 90 * 3);
        assert_eq!(after[after.len() - 180..], before[..]);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outcomes_are_listed_by_every_filter() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(150, 10).await;
        connect(&client, &school).await;
        let runs = sync_all(&client).await;
        let first =
            text(runs.iter().find(|run| run["module_name"] == "students").unwrap(), "run_id");
        let retry =
            client.signed("POST", &format!("/v1/extension/runs/{first}/retry-failed"), b"").await;
        let retry = text(&ended(&client, &text(&retry.json(), "run_id")).await, "run_id");
        let all = pages(&client, "/v1/extension/items", "items", 200).await;
        assert_eq!(all.iter().map(place).collect::<HashSet<_>>().len(), all.len());
        let middle = text(&all[all.len() / 2], "created_at");
        let time = |item: &Value| text(item, "created_at");
        let has = |name: &'static str, value: &str| {
            let value = value.to_owned();
            move |item: &Value| item[name] == value.as_str()
        };
        let filters: Vec<Filter> = vec![
            ("module=students".into(), Box::new(has("module_name", "students"))),
            ("status=FAILED".into(), Box::new(has("status", "FAILED"))),
            ("status=SKIPPED".into(), Box::new(has("status", "SKIPPED"))),
            ("code=PARENT_NOT_SYNCED".into(), Box::new(has("code", "PARENT_NOT_SYNCED"))),
            (
                "code=MAPPING_REQUIRED_MISSING&status=FAILED".into(),
                Box::new(has("code", "MAPPING_REQUIRED_MISSING")),
            ),
            ("code=MAPPING_REQUIRED_MISSING&status=NEW".into(), Box::new(|_| false)),
            ("trigger_source=retry".into(), Box::new(has("trigger_source", "retry"))),
            (
                "trigger_source=chain&module=programs".into(),
                Box::new(has("module_name", "programs")),
            ),
            ("module=nothing".into(), Box::new(|_| false)),
            (format!("run_id={retry}"), Box::new(has("run_id", &retry))),
            (format!("created_after={}", encoded(&middle)), {
                let middle = middle.clone();
                Box::new(move |item| time(item) >= middle)
            }),
            (format!("created_before={}&module=students", encoded(&middle)), {
                let middle = middle.clone();
                Box::new(move |item| time(item) < middle && item["module_name"] == "students")
            }),
        ];
        for (filter, fits) in filters {
            let wanted: Vec<Value> = all.iter().filter(|item| fits(item)).cloned().collect();
            for limit in [200, 3] {
                let found =
                    pages(&client, &format!("/v1/extension/items?{filter}"), "items", limit).await;
                assert_eq!(found, wanted, "{kind:?} {filter}");
            }
        }
        let failed = all.iter().filter(|item| item["status"] == "FAILED").count();
        assert!(failed >= 30, "{failed}");
        school.stop().await;
    }
}

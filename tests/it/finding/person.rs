//! People found by every key, over modules and runs, in pages; and none of them by another tenant.

use {
    super::{encoded, find, ids, pages, place, sync_all, text},
    crate::harness::{
        app::{App, connect, sandbox, sync},
        client::Client,
        control::Controls,
        db::{Db, kinds},
    },
    serde_json::{Value, json},
    std::collections::{BTreeSet, HashSet},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_found_by_each_key_over_modules_and_runs() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(120, 30).await;
        let controls = Controls::new();
        connect(&client, &school).await;
        controls.student(&school, 7, json!({"First_Name": "Renée", "Last_Name": "Ångström", "Display_Name": "Renée Ångström"})).await;
        controls.student(&school, 8, json!({"First_Name": "فاطمة", "Last_Name": "الحدّاد", "Display_Name": "فاطمة الحدّاد"})).await;
        sync_all(&client).await;
        let second = sync(&client).await;

        let [renee] = find(&client, "renee angstrom").await.try_into().expect("one person");
        assert_eq!(renee["name"], "Renée Ångström", "{kind:?}");
        let (id, email, moodle) =
            (text(&renee, "person_id"), text(&renee, "email"), text(&renee, "moodle_id"));
        for query in [
            id.as_str(),
            &email,
            &email.to_uppercase(),
            &email[..email.len() - 5],
            "ANGS ren",
            "Ångström",
            &format!("{email} angst"),
        ] {
            assert_eq!(ids(&client, query).await, std::slice::from_ref(&id), "{kind:?} {query}");
        }
        assert_eq!(ids(&client, &moodle).await.first(), Some(&id), "by the Moodle id {moodle}");
        for query in ["فاطمه حداد", "الحداد فَاطِ", "الحدّاد فاطمة"]
        {
            let [fatima] = find(&client, query).await.try_into().expect("one person");
            assert_eq!(fatima["name"], "فاطمة الحدّاد", "{query}");
        }
        for query in ["gström", "renee haddad", "angstrom@x", "123456789012345678901"] {
            assert_eq!(ids(&client, query).await, Vec::<String>::new(), "{query}");
        }

        // Links and results over modules and runs.
        let modules = |rows: &[Value]| -> BTreeSet<String> {
            rows.iter().map(|row| text(row, "module_name")).collect()
        };
        let links = renee["links"].as_array().expect("links");
        assert_eq!(renee["links_total"], links.len());
        let linked = modules(links);
        assert!(linked.contains("students") && linked.len() >= 3, "{links:?}");
        assert!(links.iter().all(|link| link.get("sent").is_none()));
        let target = format!("/v1/extension/people?query={id}&with_sent=true");
        let with_sent = client.get(&target).await.json();
        let links = with_sent["people"][0]["links"].as_array().expect("links").clone();
        let own = links.iter().find(|link| link["module_name"] == "students").expect("a link");
        assert_eq!((&own["target_id"], &own["target_kind"]), (&renee["moodle_id"], &"user".into()));
        assert_eq!(own["sent"]["last_name"], "Ångström");

        let events =
            pages(&client, &format!("/v1/extension/people/{id}/events"), "events", 2).await;
        assert!(events.iter().all(|event| event["person_id"] == id.as_str()));
        assert!(events.iter().map(place).collect::<HashSet<_>>().len() == events.len());
        assert!(modules(&events).is_superset(&linked), "{events:?}");
        let times: Vec<String> = events.iter().map(|event| text(event, "created_at")).collect();
        assert!(times.is_sorted_by(|one, other| one >= other), "{times:?}");
        assert_eq!(events[0]["run_id"], second["run_id"]);
        assert_eq!(
            (&events[0]["status"], &events[0]["dry_run"]),
            (&"UNCHANGED".into(), &false.into())
        );
        assert_eq!(renee["last_seen_at"], events[0]["created_at"]);
        let of = async |filter: &str| {
            pages(&client, &format!("/v1/extension/people/{id}/events?{filter}"), "events", 200)
                .await
        };
        assert_eq!(of("module=students").await.len(), 2);
        let new = of("module=students&status=NEW").await;
        assert_eq!(
            (new.len(), &new[0]["op"], &new[0]["target_id"]),
            (1, &"create".into(), &renee["moodle_id"])
        );
        assert_eq!(new[0]["diff"]["last_name"], json!([null, "Ångström"]));
        assert_eq!(of("module=nothing").await.len(), 0);

        // A student whose record failed is found as well, by all that could be read.
        let failed =
            client.get("/v1/extension/items?module=students&status=FAILED&limit=1").await.json();
        let failed = &failed["items"][0];
        assert_eq!(
            (&failed["code"], &failed["class"]),
            (&"MAPPING_REQUIRED_MISSING".into(), &"I".into())
        );
        let broken = text(failed, "zoho_id");
        let [person] = find(&client, &broken).await.try_into().expect("one person");
        assert_eq!((&person["email"], &person["moodle_id"]), (&Value::Null, &Value::Null));
        let name = text(&person, "name");
        assert!(ids(&client, &name).await.contains(&broken), "{name}");
        let events =
            pages(&client, &format!("/v1/extension/people/{broken}/events"), "events", 50).await;
        assert!(events.iter().any(|event| event["message"] == failed["message"]));

        // A new name is found, the old one is not, and the address that Moodle still has stays.
        controls
            .student(
                &school,
                7,
                json!({"First_Name": "Zelda", "Last_Name": "Ångström", "Academic_Email": null}),
            )
            .await;
        sync(&client).await;
        assert_eq!(ids(&client, "zelda").await, std::slice::from_ref(&id));
        assert_eq!(ids(&client, "renee angstrom").await, Vec::<String>::new());
        assert_eq!(ids(&client, &email).await, std::slice::from_ref(&id));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn common_names_are_paged_and_nobody_is_shown_twice() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(600, 0).await;
        connect(&client, &school).await;
        sync(&client).await;
        for query in ["a", "lina", "om ha", "1", "college", "o"] {
            let target = format!("/v1/extension/people?query={}", encoded(query));
            let all = pages(&client, &target, "people", 50).await;
            let some = pages(&client, &target, "people", 7).await;
            let id = |person: &Value| text(person, "person_id");
            let all: Vec<String> = all.iter().map(id).collect();
            assert_eq!(some.iter().map(id).collect::<Vec<_>>(), all, "{kind:?} {query}");
            assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len(), "{query}");
            if query == "a" {
                assert!(all.len() > 100, "{}", all.len());
            }
        }
        let refused = async |target: &str| {
            let answer = client.get(&format!("/v1/extension/{target}")).await;
            (
                answer.status,
                answer.json()["detail"][0]["loc"][1].as_str().unwrap_or_default().to_owned(),
            )
        };
        assert_eq!(refused("people?query=%20").await, (422, "query".into()));
        assert_eq!(refused("people?query=---").await, (422, "query".into()));
        assert_eq!(
            refused(&format!("people?query={}", "x".repeat(201))).await,
            (422, "query".into())
        );
        assert_eq!(refused("people?query=a&limit=0").await, (422, "limit".into()));
        assert_eq!(refused("people?query=a&limit=51").await, (422, "limit".into()));
        assert_eq!(refused("people?query=a&page_token=AAAA").await, (422, "page_token".into()));
        assert_eq!(refused("items?limit=201").await, (422, "limit".into()));
        assert_eq!(refused("items?created_after=BAD").await, (422, "created_after".into()));
        assert_eq!(refused("items?status=BAD").await, (422, "status".into()));
        assert_eq!(refused("items?trigger_source=BAD").await, (422, "trigger_source".into()));
        let page = client.get("/v1/extension/people?query=a&limit=5").await.json();
        let token = text(&page, "next_page_token");
        assert_eq!(
            refused(&format!("people?query=b&page_token={token}")).await,
            (422, "page_token".into())
        );
        assert_eq!(refused(&format!("items?page_token={token}")).await, (422, "page_token".into()));
        let unknown = client.get("/v1/extension/people/404/events").await;
        assert_eq!((unknown.status, unknown.detail().as_str()), (404, "Person not found"));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_finds_nobody() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(30, 0).await;
        connect(&client, &school).await;
        let run = text(&sync(&client).await, "run_id");
        let created = client
            .post("/v1/extension/tenants", &json!({"tenant_id": "other", "name": "x"}))
            .await
            .json();
        let stranger = Client::new(
            &app.url,
            "other",
            &text(&created, "extension_api_key"),
            &text(&created, "extension_api_secret"),
        );
        let item = client.get("/v1/extension/items?limit=5").await.json();
        let id = text(&item["items"][0], "person_id");
        let [person] = find(&client, &id).await.try_into().expect("one person");
        for query in
            [&id, &text(&person, "email"), &text(&person, "name"), &text(&person, "moodle_id"), "a"]
        {
            assert_eq!(find(&stranger, query).await, Vec::<Value>::new(), "{kind:?} {query}");
        }
        assert_eq!(pages(&stranger, "/v1/extension/items", "items", 50).await, Vec::<Value>::new());
        for target in [
            format!("people/{id}/events"),
            format!("runs/{run}/export"),
            format!("runs/{run}/export/csv"),
            format!("items?run_id={run}"),
        ] {
            let answer = stranger.get(&format!("/v1/extension/{target}")).await;
            assert_eq!(answer.status, 404, "{target}");
        }
        let token = text(&item, "next_page_token");
        let foreign =
            stranger.get(&format!("/v1/extension/items?limit=5&page_token={token}")).await;
        assert_eq!(foreign.status, 422);
        school.stop().await;
    }
}

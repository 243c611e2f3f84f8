//! What happened to this person, outcomes over all runs, their export, and what is forgotten.

use {
    crate::harness::{
        app::{App, BINARY, connect, ended, sandbox, sync},
        client::{Answer, Client},
        control::Controls,
        db::{Db, Kind, kinds},
        eventually,
    },
    chrono::{DateTime, SubsecRound as _, TimeDelta, Utc},
    sea_orm::{ConnectionTrait as _, Database},
    serde_json::{Map, Value, json},
    sigma_sync::{
        adapters::clock::SystemClock,
        domain::{
            id::{RunId, TenantId},
            item::{ItemOutcome, ItemStatus},
            module::ModuleName,
            person::Person,
            run::{Counts, RunState, TriggerSource},
        },
        jobs::Retention,
        store::{Completion, Enqueued, ItemFilter, NewRun, Scope, SliceSave, Store, TermCursor},
    },
    std::{
        collections::{BTreeSet, HashSet},
        process::{Command, Output},
        sync::Arc,
    },
    tokio_util::sync::CancellationToken,
    uuid::Uuid,
};

/// Writes a text for a query.
/// A query and which items it shows.
type Filter = (String, Box<dyn Fn(&Value) -> bool>);

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn find(client: &Client, query: &str) -> Vec<Value> {
    let answer = client.get(&format!("/v1/extension/people?query={}", encoded(query))).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    answer.json()["people"].as_array().expect("people").clone()
}

async fn ids(client: &Client, query: &str) -> Vec<String> {
    let people = find(client, query).await;
    people.iter().map(|person| text(person, "person_id")).collect()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

/// Reads a list page by page.
async fn pages(client: &Client, target: &str, list: &str, limit: usize) -> Vec<Value> {
    let mut all = Vec::new();
    let mut token = String::new();
    loop {
        let join = if target.contains('?') { '&' } else { '?' };
        let page = client.get(&format!("{target}{join}limit={limit}&page_token={token}")).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let page = page.json();
        let rows = page[list].as_array().expect("a list").clone();
        assert!(rows.len() <= limit);
        all.extend(rows);
        token = text(&page, "next_page_token");
        if token.is_empty() {
            return all;
        }
    }
}

fn place(item: &Value) -> (String, i64) {
    (text(item, "run_id"), item["place"].as_i64().expect("a place"))
}

/// Syncs every enabled module and waits for the end.
async fn sync_all(client: &Client) -> Vec<Value> {
    let started = client.post("/v1/extension/sync/run", &json!({})).await;
    assert_eq!(started.status, 200, "{}", started.text);
    let started = started.json();
    let mut runs = Vec::new();
    for run in started["runs"].as_array().expect("runs") {
        runs.push(ended(client, run["run_id"].as_str().expect("an id")).await);
    }
    runs
}

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

        // What stands for the records, and what happened to them, over modules and runs.
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

        // Whoever failed is found as well, by all that could be read.
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

        // Two lists are read in small steps; between them other runs store theirs.
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

/// What a cell holds for a spreadsheet's reader: the mark in front of a formula is taken off.
fn unmarked(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => cell,
    }
}

async fn export(client: &Client, run: &str, form: &str) -> Answer {
    let answer = client.get(&format!("/v1/extension/runs/{run}/export{form}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_says_all_that_is_stored() {
    const FORMULAS: [&str; 7] = [
        "=HYPERLINK(\"http://x.example\",\"y\")",
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\ttab",
        "\rreturn",
        "=1+1,\r\n\"two\" lines",
    ];
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(1_203, 100).await;
        connect(&client, &school).await;
        let run = text(&sync(&client).await, "run_id");
        let rows = Database::connect(&db.url).await.expect("the database");
        for (place, formula) in FORMULAS.iter().chain(["+962 6 555-0100"].iter()).enumerate() {
            let formula = formula.replace('\'', "''");
            let sql = format!(
                "UPDATE sync_run_items SET message = '{formula}' WHERE run_id = '{run}' AND ordinal = {}",
                place * 7
            );
            rows.execute_unprepared(&sql).await.expect("an update");
        }

        let ndjson = export(&client, &run, "").await;
        assert_eq!(ndjson.header("content-type"), "application/x-ndjson");
        let lines: Vec<Value> =
            ndjson.text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let mut listed =
            pages(&client, &format!("/v1/extension/items?run_id={run}"), "items", 200).await;
        listed.reverse();
        assert_eq!(lines.len(), 1_203, "{kind:?}");
        assert!(lines == listed, "{kind:?}: NDJSON holds the items in their order");
        let shown = client.get(&format!("/v1/extension/runs/{run}")).await.json();
        for (line, item) in lines.iter().zip(shown["items"].as_array().unwrap()) {
            for (name, value) in item.as_object().unwrap() {
                assert_eq!(&line[name], value, "{name}");
            }
        }

        let document = client.send("GET", "/openapi.json", &Vec::new(), "").await.json();
        let path = &document["paths"]["/v1/extension/runs/{run_id}/export/csv"];
        let content = &path["get"]["responses"]["200"]["content"];
        assert!(content["text/csv; charset=utf-8; header=present"].is_object(), "{path}");
        let csv = export(&client, &run, "/csv").await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
        assert_eq!(csv.text.matches("\r\n").count(), 1_204 + 1, "every line ends with CR LF");
        let mut reader = csv::ReaderBuilder::new().from_reader(csv.text.as_bytes());
        let names = reader.headers().expect("names").clone();
        let records: Vec<csv::StringRecord> =
            reader.records().map(|row| row.expect("a row")).collect();
        assert_eq!(records.len(), lines.len());
        for (record, line) in records.iter().zip(&lines) {
            for (name, cell) in names.iter().zip(record) {
                let risky = cell.starts_with(['=', '@', '\t', '\r']);
                assert!(!risky, "{name} {cell:?}");
                match &line[name] {
                    Value::Null => assert_eq!(cell, "", "{name}"),
                    Value::String(text) => assert_eq!(unmarked(cell), text, "{name}"),
                    object @ Value::Object(_) => {
                        let cell: Value = serde_json::from_str(cell).expect("JSON");
                        assert_eq!(&cell, object);
                    }
                    other => assert_eq!(cell, other.to_string(), "{name}"),
                }
            }
        }
        let message = names.iter().position(|name| name == "message").expect("a column");
        for (place, formula) in FORMULAS.iter().enumerate() {
            assert_eq!(records[place * 7].get(message), Some(format!("'{formula}").as_str()));
        }
        assert_eq!(records[7 * FORMULAS.len()].get(message), Some("+962 6 555-0100"));

        let failed = export(&client, &run, "/csv?status=FAILED").await;
        assert_eq!(failed.text.lines().count(), 1 + 12);
        let failed = export(&client, &run, "?code=MAPPING_REQUIRED_MISSING").await;
        assert_eq!(failed.text.lines().count(), 12);
        for form in ["export", "export/csv"] {
            let unknown =
                client.get(&format!("/v1/extension/runs/{}/{form}", Uuid::new_v4())).await;
            assert_eq!((unknown.status, unknown.detail().as_str()), (404, "Run not found"));
            let bad = client.get(&format!("/v1/extension/runs/{run}/{form}?status=x")).await;
            assert_eq!(bad.status, 422);
        }
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

fn sigma(db: &Db, url: &str, args: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command
        .args(args)
        .env("SIGMA_SERVER", url)
        .current_dir(&db.folder)
        .output()
        .expect("the binary")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_finds_lists_and_exports() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &[]);
    let client = app.client();
    let school = sandbox(700, 100).await;
    connect(&client, &school).await;
    let controls = Controls::new();
    controls.student(&school, 3, json!({"First_Name": "Zoe", "Last_Name": "Xylander"})).await;
    // No account can have such a name, and no terminal may be told to clear itself by it.
    controls
        .student(&school, 4, json!({"First_Name": "Eve\u{1b}[2J", "Last_Name": "Quillon"}))
        .await;
    let run = text(&sync(&client).await, "run_id");

    let found = sigma(&db, &app.url, &["find", "xyl", "zoe"]);
    assert_eq!(found.status.code(), Some(0), "{}", String::from_utf8_lossy(&found.stderr));
    let person: Value = serde_json::from_str(out(&found).trim()).expect("one line");
    let id = text(&person, "person_id");
    assert_eq!(out(&sigma(&db, &app.url, &["find", "xylander", "-o", "id"])), format!("{id}\n"));
    let table = out(&sigma(&db, &app.url, &["find", "xylander", "-o", "table"]));
    assert!(table.contains("Zoe Xylander") && table.contains("students 1"), "{table}");
    assert!(table.contains("create") && table.contains(&run), "{table}");
    let table = out(&sigma(&db, &app.url, &["find", "quillon", "-o", "table"]));
    assert!(table.contains("Eve [2J Quillon") && table.contains("VALUE_HAS_CONTROL"), "{table}");
    let nobody = sigma(&db, &app.url, &["find", "nobody-at-all"]);
    assert_eq!((nobody.status.code(), out(&nobody)), (Some(3), String::new()));
    let many = out(&sigma(&db, &app.url, &["find", "college", "-o", "csv", "--limit", "3"]));
    assert_eq!(many, "person_id,name,email,moodle_id,last_seen_at,links,links_total\r\n");
    let some = out(&sigma(&db, &app.url, &["find", "a", "-o", "json", "--limit", "60"]));
    assert_eq!(serde_json::from_str::<Vec<Value>>(&some).expect("a list").len(), 60);

    let failed =
        out(&sigma(&db, &app.url, &["runs", "items", "--status", "FAILED", "-o", "ndjson"]));
    assert_eq!(failed.lines().count(), 8);
    let of_run = out(&sigma(&db, &app.url, &["runs", "items", &run, "--limit", "450", "-o", "id"]));
    assert_eq!(of_run.lines().collect::<HashSet<_>>().len(), 450);
    let table = out(&sigma(
        &db,
        &app.url,
        &["runs", "items", "--code", "MAPPING_REQUIRED_MISSING", "-o", "table"],
    ));
    assert!(table.contains("[MAPPING_REQUIRED_MISSING]"), "{table}");

    let ndjson = out(&sigma(&db, &app.url, &["runs", "export", &run]));
    let lines: Vec<Value> =
        ndjson.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 700);
    assert_eq!((&lines[699]["place"], &lines[0]["run_id"]), (&699.into(), &run.as_str().into()));
    let csv = out(&sigma(&db, &app.url, &["runs", "export", &run, "-o", "csv"]));
    assert_eq!(csv, export(&client, &run, "/csv").await.text);
    let code = |args: &[&str]| sigma(&db, &app.url, args).status.code();
    assert_eq!(code(&["runs", "export", "nothing"]), Some(3));
    assert_eq!(code(&["runs", "items", "--status", "nothing"]), Some(1));
    assert_eq!(code(&["find"]), Some(2));
    school.stop().await;
}

#[expect(clippy::disallowed_methods, reason = "the store is given times")]
fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// A store with the seeded tenant.
async fn seeded(kind: Kind) -> (Db, Store, Scope) {
    let db = Db::new(kind).await;
    let migrated = crate::harness::app::command(&db).arg("migrate").output().expect("migrate");
    assert!(migrated.status.success());
    let seeded = crate::harness::app::command(&db).arg("seed").output().expect("seed");
    assert!(seeded.status.success(), "{}", String::from_utf8_lossy(&seeded.stderr));
    let store = Store::connect(&db.url, 4).await.expect("a store");
    let scope = Scope::new(TenantId::parse("default").expect("an id"));
    (db, store, scope)
}

/// Stores an ended run of students that met these people.
async fn past_run(
    store: &Store,
    scope: &Scope,
    at: DateTime<Utc>,
    people: &[(&str, &str)],
    parent: Option<RunId>,
) -> RunId {
    let id = RunId::new(Uuid::new_v4());
    let new = NewRun { parent, ..NewRun::new(id, ModuleName::Students, TriggerSource::Manual, at) };
    assert!(matches!(store.enqueue(scope, new).await, Ok(Enqueued::New(_))));
    let claim = store.claim("me", 1, 9).await.expect("a claim").remove(0);
    let items: Vec<ItemOutcome> = people
        .iter()
        .map(|(id, name)| {
            let known =
                Person { id: (*id).into(), name: Some((*name).into()), ..Default::default() };
            ItemOutcome {
                person: Some((*id).into()),
                known_as: Some(Box::new(known)),
                ..ItemOutcome::plain(*id, ItemStatus::New, Map::new())
            }
        })
        .collect();
    let counts = Counts { new: people.len() as i64, ..Counts::default() };
    let slice = SliceSave {
        items: &items,
        counts,
        ..SliceSave::new(id, claim.epoch, ModuleName::Students, json!({}), at)
    };
    assert_eq!(store.save_slice(scope, slice).await.expect("a slice"), Some(false));
    let end = Completion {
        scope: scope.clone(),
        run: id,
        epoch: claim.epoch,
        state: RunState::Completed,
        failure: None,
        now: at,
    };
    assert_eq!(store.complete(&[end]).await.expect("an end"), [id]);
    id
}

async fn found(store: &Store, scope: &Scope, word: &str) -> Vec<String> {
    let found = store.people_by_terms(scope, word, &[], &TermCursor::default(), 50).await;
    found.expect("people").into_iter().map(|place| place.person).collect()
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
        // A retry that is not over keeps what it retries.
        let retry = NewRun {
            parent: Some(retried),
            ..NewRun::new(
                RunId::new(Uuid::new_v4()),
                ModuleName::Students,
                TriggerSource::Retry,
                now,
            )
        };
        let Ok(Enqueued::New(retry)) = store.enqueue(&scope, retry).await else {
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
        let there = async |run| store.run(&scope, run).await.expect("a look").is_some();
        let items = async |run| {
            let all = ItemFilter { after: -1, limit: 9_999, ..Default::default() };
            store.items(&scope, run, &all).await.expect("items").len()
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

        // When the retry is over its parent may go; the newest run of a module stays, whatever its age.
        let claim = store.claim("me", 1, 9).await.expect("a claim").remove(0);
        assert_eq!(claim.run.id, retry.id);
        let end = Completion {
            scope: scope.clone(),
            run: retry.id,
            epoch: claim.epoch,
            state: RunState::Completed,
            failure: None,
            now,
        };
        assert_eq!(store.complete(&[end]).await.expect("an end"), [retry.id]);
        assert_eq!(forget(90, now + TimeDelta::days(1_000)).await, 2);
        assert!(!there(retried).await && !there(young).await && there(retry.id).await);
        assert_eq!(found(&store, &scope, "person").await, Vec::<String>::new());

        // A tenant's own number goes first, and whoever has a link stays.
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

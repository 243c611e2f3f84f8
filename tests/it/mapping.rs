//! Mapping sets: versions, stored tests, text files, previews and findings.

use {
    crate::harness::{
        app::{App, connect, ended, sandbox, trigger},
        client::{Answer, Client},
        db::{Db, kinds},
    },
    sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement},
    serde_json::{Value, json},
    sigma_sync::{
        domain::{
            mapping::{MappingFile, defaults, from_yaml, to_yaml},
            module::ModuleName,
        },
        proto::pb,
    },
    tonic::Code,
};

fn path(rest: &str) -> String {
    format!("/v1/extension/mappings/{rest}")
}

fn rows(status_default: &str) -> Value {
    json!([
        {"canonical_field": "academic_email", "zoho_field_api_name": "Academic_Email", "required": true},
        {"canonical_field": "username", "zoho_field_api_name": "Academic_Email", "transform_rules": {"type": "before_at"}},
        {"canonical_field": "status", "zoho_field_api_name": "Status", "default_value": status_default},
    ])
}

async fn put(client: &Client, module: &str, body: Value) -> Answer {
    client.put(&path(module), &body).await
}

pub(crate) async fn versions(client: &Client, module: &str) -> Vec<i64> {
    let answer = client.get(&path(&format!("{module}/versions"))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let versions = answer.json()["versions"].as_array().unwrap().clone();
    versions.iter().map(|version| version["version"].as_i64().unwrap()).collect()
}

async fn database(db: &Db) -> DatabaseConnection {
    Database::connect(&db.url).await.expect("the database")
}

async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.expect("rows");
    rows.iter().map(|row| row.try_get_by_index::<String>(0).expect("a text")).collect()
}

#[tokio::test]
async fn a_change_makes_a_version_and_the_same_content_none() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        for module in ModuleName::ALL {
            assert_eq!(versions(&client, module.as_str()).await, [1], "{module}");
        }
        let body = json!({"mappings": rows("Active"), "reason": "fewer rows"});
        let saved = put(&client, "students", body.clone()).await;
        assert_eq!((saved.status, saved.json().as_array().unwrap().len()), (200, 3));
        assert_eq!(put(&client, "students", body).await.text, saved.text);
        assert_eq!(versions(&client, "students").await, [2, 1]);
        assert_eq!(versions(&client, "units").await, [1]);

        let listed = client.get(&path("students/versions?limit=1")).await.json();
        assert_eq!(listed["next"], 2);
        let newest = &listed["versions"][0];
        assert_eq!(
            (&newest["author"], &newest["reason"]),
            (&json!("ext_key_default"), &json!("fewer rows"))
        );
        assert_eq!(newest["hash"].as_str().unwrap().len(), 64);
        let rest = client.get(&path("students/versions?limit=1&before=2")).await.json();
        assert_eq!((&rest["versions"][0]["version"], &rest["next"]), (&json!(1), &json!(null)));

        let first = client.get(&path("students/versions/1")).await.json();
        assert_eq!(first["mappings"].as_array().unwrap().len(), 10);
        let diff = client.get(&path("students/diff?from=1")).await.json();
        assert_eq!((&diff["from"], &diff["to"]), (&json!(1), &json!(2)));
        let changes = diff["changes"].as_array().unwrap();
        let of = |word: &str| changes.iter().filter(|one| one["change"] == word).count();
        assert_eq!((of("changed"), of("removed"), of("added")), (2, 7, 0), "{diff}");
        let none = client.get(&path("students/diff?from=2&to=2")).await.json();
        assert_eq!(none["changes"], json!([]));

        // Back to the first: a third version with its content and its hash.
        let back = client.post(&path("students/rollback"), &json!({"version": 1})).await;
        assert_eq!((back.status, &back.json()["version"]), (200, &json!(3)), "{}", back.text);
        assert_eq!(back.json()["mappings"], first["mappings"]);
        assert_eq!(client.get(&path("students")).await.json(), first["mappings"]);
        let third = client.get(&path("students/versions/3")).await.json();
        assert_eq!(third["version"]["hash"], first["version"]["hash"]);
        assert_eq!(third["version"]["reason"], "back to version 1");
        let again = client.post(&path("students/rollback"), &json!({"version": 3})).await.json();
        assert_eq!(again["version"], 3, "the current content is no change");

        for (target, status) in [
            ("students/versions/99", 404),
            ("students/versions/x", 422),
            ("students/versions?limit=0", 422),
            ("students/versions?limit=101", 422),
            ("students/diff?from=99", 404),
            ("nothing/versions", 404),
        ] {
            assert_eq!(client.get(&path(target)).await.status, status, "{target}");
        }
        let gone = client.post(&path("students/rollback"), &json!({"version": 99})).await;
        assert_eq!(gone.status, 404, "{}", gone.text);
    }
}

#[tokio::test]
async fn a_stale_change_is_refused_and_of_two_at_once_one_is_stored() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        let change =
            |word: &str, version: i64| json!({"mappings": rows(word), "expected_version": version});
        assert_eq!(put(&client, "students", change("A", 1)).await.status, 200);
        let stale = put(&client, "students", change("B", 1)).await;
        assert_eq!((stale.status, stale.header("x-sigma-error")), (409, "MAPPING_CHANGED"));
        assert!(stale.detail().contains("its version is 2, not 1"), "{}", stale.text);
        let request = pb::RollbackMappingsRequest {
            module_name: "students".into(),
            version: 1,
            expected_version: Some(1),
            ..Default::default()
        };
        let refused = client
            .grpc::<pb::RollbackMappingsResponse>(
                "sigma.v1.MappingService/RollbackMappings",
                &request,
            )
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::Aborted);

        let all = (0..6).map(|n| {
            let (client, body) = (client.clone(), change(&format!("C{n}"), 2));
            async move { put(&client, "students", body).await.status }
        });
        let mut statuses = futures_util::future::join_all(all).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409, 409, 409, 409]);
        assert_eq!(versions(&client, "students").await, [3, 2, 1]);
        // Without an expected version the last one wins, and no version is lost.
        let all = (0..6).map(|n| {
            let (client, body) = (client.clone(), json!({"mappings": rows(&format!("D{n}"))}));
            async move { put(&client, "students", body).await.status }
        });
        assert_eq!(futures_util::future::join_all(all).await, [200; 6]);
        assert_eq!(versions(&client, "students").await.len(), 9);
    }
}

#[tokio::test]
async fn what_was_there_before_versions_is_version_1() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let mut app = App::start(&db, &["--worker", "none"]);
        let body = json!({"mappings": rows("Aktif ğüş")});
        let before = put(&app.client(), "students", body.clone()).await;
        let list =
            "SELECT hash FROM mapping_versions WHERE module_name = 'students' ORDER BY number DESC";
        let store = database(&db).await;
        let hash = texts(&store, list).await.remove(0);
        assert_eq!(put(&app.client(), "grades", json!({"mappings": []})).await.status, 200);
        app.process.terminate();
        for sql in [
            "DROP TABLE mapping_versions",
            "DROP TABLE mapping_tests",
            "DELETE FROM seaql_migrations WHERE version LIKE '%000004_mapping'",
        ] {
            store.execute_unprepared(sql).await.expect(sql);
        }
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        for module in ModuleName::ALL {
            assert_eq!(versions(&client, module.as_str()).await, [1], "{module}");
        }
        let first = client.get(&path("students/versions/1")).await.json();
        assert_eq!(first["version"]["author"], "migration");
        assert_eq!(first["version"]["hash"], hash, "the hash is the one that a save gives");
        assert_eq!(first["mappings"], before.json());
        assert_eq!(put(&client, "students", body).await.text, before.text);
        assert_eq!(versions(&client, "students").await, [1], "the same content");
        let empty = client.get(&path("grades/versions/1")).await.json();
        assert_eq!(empty["mappings"], json!([]));
    }
}

#[tokio::test]
async fn stored_tests_refuse_a_save_unless_it_is_forced() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        let tests = json!({"tests": [
            {"name": "the part before @", "given": {"Academic_Email": "Sara@School.edu"}, "expect": {"username": "Sara"}},
            {"given": {"Status": "Active"}, "expect_error": "MAPPING_REQUIRED_MISSING"},
        ]});
        let saved =
            put(&client, "students", json!({"mappings": rows("Active"), "tests": tests})).await;
        assert_eq!(saved.status, 200, "{}", saved.text);
        let listed = client.get(&path("students/tests")).await.json();
        assert_eq!(listed[0]["expect"], json!({"username": "Sara"}));
        assert_eq!(listed[1]["expect_error"], "MAPPING_REQUIRED_MISSING");

        let mut lower = rows("Active");
        lower[1]["transform_rules"] = json!({"type": "chain", "params": {"steps": [{"type": "before_at"}, {"type": "lower"}]}});
        let refused = put(&client, "students", json!({"mappings": lower})).await;
        assert_eq!((refused.status, refused.header("x-sigma-error")), (422, "MAPPING_TEST_FAILED"));
        let entry = &refused.json()["detail"][0];
        assert_eq!(
            (&entry["loc"], &entry["ctx"]["code"]),
            (&json!(["body", "tests", 0]), &json!("MAPPING_TEST_FAILED"))
        );
        assert!(entry["msg"].as_str().unwrap().contains(r#"username is "sara", not "Sara""#));
        assert_eq!(versions(&client, "students").await, [2, 1], "the old set stays");
        assert_eq!(client.get(&path("students")).await.text, saved.text);

        let forced = json!({"mappings": lower, "force": true, "reason": "names are folded now"});
        assert_eq!(put(&client, "students", forced).await.status, 200);
        let audit = texts(
            &database(&db).await,
            "SELECT CAST(change AS text) FROM audit_entries ORDER BY created_at",
        )
        .await;
        let noted = audit.iter().filter(|change| change.contains("\"forced\"")).count();
        assert_eq!(noted, 1, "{audit:?}");
        // The tests apply to the way back too.
        let back = client.post(&path("students/rollback"), &json!({"version": 2})).await;
        assert_eq!(back.status, 200, "{}", back.text);
        let back = client.post(&path("students/rollback"), &json!({"version": 3})).await;
        assert_eq!(back.status, 422, "{}", back.text);

        // Tests that say nothing, or too many of them.
        for (tests, place) in [
            (json!([{"given": {}}]), json!(["body", "tests", 0, "expect"])),
            (json!([{"given": {}, "expect": {"nope": 1}}]), json!(["body", "tests", 0, "expect"])),
            (
                json!(vec![json!({"given": {}, "expect": {"status": "x"}}); 101]),
                json!(["body", "tests"]),
            ),
        ] {
            let body = json!({"mappings": rows("Active"), "tests": {"tests": tests}});
            let refused = put(&client, "students", body).await;
            assert_eq!((refused.status, &refused.json()["detail"][0]["loc"]), (422, &place));
        }
        let none = json!({"mappings": [], "tests": {"tests": []}});
        assert_eq!(put(&client, "students", none).await.text, "[]");
        assert_eq!(client.get(&path("students/tests")).await.text, "[]");
    }
}

#[tokio::test]
async fn a_text_brings_back_what_was_exported() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        let tests = json!({"tests": [{"given": {"Academic_Email": "a@b.c", "Status": null},
            "expect": {"username": "a", "status": "Active"}}]});
        let body = json!({"mappings": rows("Active"), "tests": tests});
        assert_eq!(put(&client, "students", body).await.status, 200);

        let export = async || {
            let answer = client.get(&path("-/export")).await;
            answer.json()["yaml"].as_str().unwrap().to_owned()
        };
        let apply = async |yaml: &str, more: Value| {
            let mut body = json!({ "yaml": yaml });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            client.post(&path("-/apply"), &body).await
        };
        let first = export().await;
        assert_eq!(first.matches("kind: MappingSet").count(), 8, "{first}");
        let same = apply(&first, json!({})).await.json();
        assert_eq!((&same["changed"], &same["valid"]), (&json!(false), &json!(true)), "{same}");
        assert_eq!(versions(&client, "students").await, [2, 1], "the same content is no version");

        let wipe = json!({"mappings": [], "tests": {"tests": []}});
        for module in ModuleName::ALL {
            assert_eq!(put(&client, module.as_str(), wipe.clone()).await.text, "[]");
        }
        assert_eq!(export().await.matches("fields: []").count(), 8);
        let compared = client.post(&path("-/compare"), &json!({ "yaml": first })).await.json();
        assert_eq!(compared["changed"], true);
        assert_eq!(compared["modules"][0]["changes"][0]["change"], "added");
        let tried = apply(&first, json!({"dry_run": true})).await.json();
        assert_eq!((&tried["changed"], &tried["valid"]), (&json!(true), &json!(true)));
        assert_eq!(export().await.matches("fields: []").count(), 8, "a dry run stores nothing");
        let applied = apply(&first, json!({"reason": "from the repository"})).await;
        assert_eq!(applied.status, 200, "{}", applied.text);
        assert_eq!(export().await, first, "byte for byte");
        let one = client.get(&path("units/export")).await.json();
        assert!(first.contains(one["yaml"].as_str().unwrap()));

        // All or none: one wrong row of the last module leaves the first one unchanged.
        let (mut files, broken) = (from_yaml(&first).unwrap(), "Nope");
        files[0].rows.pop();
        files[7].rows[0].canonical_field = broken.into();
        let refused = apply(&to_yaml(&files), json!({})).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        let places: Vec<Value> = refused.json()["detail"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["loc"].clone())
            .collect();
        assert!(places.contains(&json!(["body", "grades", "fields", 0, "to"])), "{places:?}");
        assert_eq!(export().await, first);
        // A failing test of one module keeps all back, unless the change is forced.
        let mut files = from_yaml(&first).unwrap();
        files[0].tests[0].expect.insert("username".into(), json!("b"));
        files[1].rows.pop();
        let failing = to_yaml(&files);
        let refused = apply(&failing, json!({})).await;
        assert_eq!((refused.status, refused.header("x-sigma-error")), (422, "MAPPING_TEST_FAILED"));
        assert_eq!(export().await, first);
        assert_eq!(apply(&failing, json!({"force": true})).await.status, 200);
        assert_eq!(export().await, failing);

        // The text of a single module, and invalid texts.
        let units = to_yaml(&[MappingFile {
            module: ModuleName::Units,
            rows: defaults(ModuleName::Units),
            tests: Vec::new(),
        }]);
        let post = async |target: &str, yaml: &str| {
            client.post(&path(target), &json!({ "yaml": yaml })).await.status
        };
        assert_eq!(post("units/apply", &units).await, 200);
        assert_eq!(post("students/apply", &units).await, 422);
        assert_eq!(post("-/apply", "[").await, 422);
        assert_eq!(post("-/apply", "").await, 422);
        assert_eq!(post("nothing/apply", &units).await, 404);
        assert_eq!(client.get(&path("nothing/export")).await.status, 404);
    }
}

#[tokio::test]
async fn a_preview_shows_each_step_and_writes_nothing() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(3, 0).await;
        let preview = async |body: Value| client.post(&path("students/preview"), &body).await;
        let unconnected = preview(json!({"zoho_id": "1"})).await;
        assert_eq!(
            (unconnected.status, unconnected.header("x-sigma-error")),
            (400, "CONNECTION_INCOMPLETE")
        );
        connect(&client, &school).await;
        let run = trigger(&client).await;
        let run = ended(&client, &run).await;
        let id = run["items"][0]["zoho_id"].as_str().unwrap().to_owned();
        let before = client.get("/v1/extension/runs").await.text;

        let live = preview(json!({ "zoho_id": id })).await;
        assert_eq!(live.status, 200, "{}", live.text);
        let live = live.json();
        assert_eq!((&live["version"], &live["zoho_id"]), (&json!(1), &json!(id)));
        let row = &live["rows"][1];
        assert_eq!(
            (&row["canonical_field"], &row["steps"][0]["name"]),
            (&json!("username"), &json!("before_at"))
        );
        let email: String = serde_json::from_str(row["input"].as_str().unwrap()).unwrap();
        let name = email.split('@').next().unwrap();
        assert_eq!(row["result"], json!(format!("\"{name}\"")));
        assert_eq!(live["canonical"]["username"], name);
        assert_eq!(live["failure"], json!(null));

        let draft = json!({"mappings": [
            {"canonical_field": "academic_email", "zoho_field_api_name": "Mail"},
            {"canonical_field": "username", "zoho_field_api_name": "Mail", "transform_rules":
                {"type": "chain", "params": {"steps": [{"type": "trim"}, {"type": "before_at"}, {"type": "to_integer"}]}}},
            {"canonical_field": "status", "zoho_field_api_name": "Status", "default_value": "Active"},
        ]});
        let record = json!({"id": "77", "Mail": "  sara@x.edu ", "Status": "-None-"});
        let pasted = preview(json!({"record": record, "draft": draft})).await.json();
        assert_eq!((&pasted["version"], &pasted["zoho_id"]), (&json!(null), &json!("77")));
        let row = &pasted["rows"][1];
        let steps: Vec<(&str, &str, &str)> = row["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| {
                let text = |key: &str| step[key].as_str().unwrap();
                (text("name"), text("value"), text("type"))
            })
            .collect();
        assert_eq!(steps, [("trim", "\"sara@x.edu\"", "text"), ("before_at", "\"sara\"", "text")]);
        assert_eq!(
            (&row["failure"]["code"], &row["failure"]["step"], &row["result"]),
            (&json!("TRANSFORM_FAILED"), &json!(3), &json!(null))
        );
        assert_eq!(pasted["rows"][2]["result"], "\"Active\"");
        assert_eq!(
            (&pasted["canonical"], &pasted["failure"]["field"]),
            (&json!(null), &json!("username"))
        );

        assert_eq!(put(&client, "students", json!({"mappings": rows("Active")})).await.status, 200);
        let rows_of =
            async |body: Value| preview(body).await.json()["rows"].as_array().unwrap().len();
        assert_eq!(rows_of(json!({"record": record})).await, 3);
        assert_eq!(rows_of(json!({"record": record, "version": 1})).await, 10);
        for (body, status) in [
            (json!({}), 422),
            (json!({"record": record, "zoho_id": id}), 422),
            (json!({"record": record, "version": 1, "draft": draft}), 422),
            (json!({"record": record, "version": 9}), 404),
            (json!({"zoho_id": "99999"}), 404),
            (json!({"zoho_id": "../x"}), 404),
            (
                json!({"record": record, "draft": {"mappings": [{"canonical_field": "x", "zoho_field_api_name": "y"}]}}),
                422,
            ),
        ] {
            assert_eq!(preview(body.clone()).await.status, status, "{body}");
        }
        assert_eq!(client.get("/v1/extension/runs").await.text, before, "nothing ran");
        school.stop().await;
    }
}

#[tokio::test]
async fn findings_tell_what_zoho_does_not_have() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        let validate = async |module: &str, body: Value| {
            let answer = client.post(&path(&format!("{module}/validate")), &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            answer.json()
        };
        // Without a connection only the schema is checked.
        let alone = validate("students", json!({})).await;
        assert_eq!((&alone["valid"], &alone["fields_as_of"]), (&json!(true), &json!(null)));
        // Moodle is not needed for the fields of Zoho.
        let missing = alone["fields_missing"].as_str().unwrap();
        assert!(missing.contains("ZOHO_NOT_CONFIGURED") && !missing.contains("Moodle"), "{alone}");

        let school = sandbox(1, 0).await;
        connect(&client, &school).await;
        for module in ModuleName::ALL {
            let stored = validate(module.as_str(), json!({})).await;
            assert_eq!(
                (&stored["valid"], &stored["version"]),
                (&json!(true), &json!(1)),
                "{stored}"
            );
            assert!(stored["fields_as_of"].is_string() && stored["fields_missing"].is_null());
        }
        let draft = json!({"mappings": [
            {"canonical_field": "academic_email", "zoho_field_api_name": "Academic_Emial", "required": true},
            {"canonical_field": "username", "zoho_field_api_name": "Academic_Email", "transform_rules": {"type": "magic"}},
            {"canonical_field": "first_name", "zoho_field_api_name": "Program"},
            {"canonical_field": "city", "zoho_field_api_name": "Cty", "default_value": "Amman"},
        ]});
        let judged = validate("students", json!({ "draft": draft })).await;
        assert_eq!((&judged["valid"], &judged["version"]), (&json!(false), &json!(null)));
        let told: Vec<(&str, &str, &str, &str)> = judged["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| {
                let text = |key: &str| finding[key].as_str().unwrap_or("-");
                (text("field"), text("code"), text("severity"), text("suggestion"))
            })
            .collect();
        for wanted in [
            ("mappings[0].zoho_field_api_name", "MAPPING_FIELD_UNKNOWN", "error", "Academic_Email"),
            ("mappings[1].transform_rules", "MAPPING_TRANSFORM_INVALID", "error", "-"),
            ("mappings", "MAPPING_REQUIRED_MISSING", "error", "-"),
            ("mappings[2].transform_rules", "MAPPING_TYPE_MISMATCH", "error", "lookup_id"),
            ("mappings[3].zoho_field_api_name", "MAPPING_FIELD_UNKNOWN", "warning", "City"),
        ] {
            assert!(told.contains(&wanted), "{wanted:?} in {told:?}");
        }

        // As the first clients do it: a set with gaps is stored, and clients that can see findings get the finding.
        let gap = json!({"mappings": [{"canonical_field": "academic_email", "zoho_field_api_name": "Academic_Emial"}]});
        assert_eq!(put(&client, "students", gap.clone()).await.status, 200);
        let mut strict = gap.clone();
        strict["strict"] = json!(true);
        let refused = put(&client, "students", strict).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        let request = pb::ReplaceMappingsRequest {
            module_name: "students".into(),
            mappings: vec![pb::MappingInput {
                canonical_field: "academic_email".into(),
                zoho_field_api_name: "X".into(),
                ..Default::default()
            }],
            ..Default::default()
        };
        let saved: pb::ReplaceMappingsResponse =
            client.grpc("sigma.v1.MappingService/ReplaceMappings", &request).await.unwrap();
        let codes: Vec<&str> = saved.findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(codes, ["MAPPING_REQUIRED_MISSING", "MAPPING_REQUIRED_MISSING"]);
        assert!(saved.findings.iter().all(|finding| finding.severity == "warning"));

        // While Zoho cannot be asked, its last answer counts.
        let off = client.put("/v1/extension/settings", &json!({"zoho_enabled": false})).await;
        assert_eq!(off.status, 200);
        let later = validate("students", json!({ "draft": draft })).await;
        assert!(later["fields_as_of"].is_string() && later["fields_missing"].is_string());
        assert_eq!(later["findings"], judged["findings"]);
        school.stop().await;
    }
}

#[tokio::test]
async fn the_old_ways_to_save_answer_as_before() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    // The answer is the bare list: version and findings are for gRPC callers.
    let body = json!({"mappings": rows("Active"), "strict": false, "unknown": 1});
    let saved = put(&client, "students", body).await;
    assert!(saved.text.starts_with(r#"[{"canonical_field":"academic_email","#), "{}", saved.text);
    let listed: pb::ListMappingsResponse = client
        .grpc(
            "sigma.v1.MappingService/ListMappings",
            &pb::ListMappingsRequest { module_name: "students".into() },
        )
        .await
        .unwrap();
    assert_eq!((listed.version, listed.mappings.len()), (2, 3));
    let patterns: Vec<Value> = (0..61)
        .map(|_| json!({"type": "regex_extract", "params": {"pattern": "\\w{1000}{50}"}}))
        .collect();
    let rows: Vec<Value> = ModuleName::ALL
        .iter()
        .zip(patterns.chunks(10))
        .map(|(name, steps)| {
            json!({"canonical_field": name.as_str(), "zoho_field_api_name": "X",
                "transform_rules": {"type": "chain", "params": {"steps": steps}}})
        })
        .collect();
    let many = put(&client, "students", json!({ "mappings": rows })).await;
    assert_eq!(many.status, 422);
    assert!(many.text.contains("more than 60 patterns and expressions"), "{}", many.text);
}

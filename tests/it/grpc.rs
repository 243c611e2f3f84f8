//! gRPC, gRPC-Web in both forms, streams over every wire, health, reflection, and the shape of errors.

use {
    crate::harness::{
        app::{App, connect, ended, sandbox, trigger},
        client::Client,
        db::{Db, kinds},
        eventually,
    },
    prost::Message as _,
    sea_orm::{ConnectionTrait as _, Database},
    serde_json::Value,
    sigma_sync::proto::{google::rpc, pb},
    tonic::Code,
};

const GET_SETTINGS: &str = "sigma.v1.SettingsService/GetSettings";

#[tokio::test]
async fn the_three_wires_answer_alike() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let request = pb::GetSettingsRequest {};
    let grpc: pb::GetSettingsResponse = client.grpc(GET_SETTINGS, &request).await.unwrap();
    assert_eq!(grpc.settings.as_ref().unwrap().tenant_id, "default");
    for text in [false, true] {
        let (message, status) = client.grpc_web(GET_SETTINGS, &request, text).await;
        assert_eq!(status, "0", "text: {text}");
        assert_eq!(pb::GetSettingsResponse::decode(message.as_slice()).unwrap(), grpc);
    }
    let wrong = client.with_secret("another");
    assert_eq!(wrong.grpc_web(GET_SETTINGS, &request, false).await.1, "16");
    assert_eq!(wrong.grpc_web(GET_SETTINGS, &request, true).await.1, "16");
}

#[tokio::test]
async fn refusals_have_codes_and_details() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let module = |name: &str, mode: Option<&str>| pb::UpdateModuleRequest {
        module_name: name.into(),
        schedule_mode: mode.map(Into::into),
        enabled: Some(true),
        ..Default::default()
    };
    let update = async |request: pb::UpdateModuleRequest| {
        client
            .grpc::<pb::UpdateModuleResponse>("sigma.v1.ModuleService/UpdateModule", &request)
            .await
            .unwrap_err()
    };
    let status = update(module("students", Some("hourly"))).await;
    assert_eq!(status.code(), Code::InvalidArgument);
    let details = rpc::Status::decode(status.details()).unwrap().details;
    let bad = details.iter().find(|any| any.type_url.ends_with("google.rpc.BadRequest")).unwrap();
    let bad = rpc::BadRequest::decode(bad.value.as_slice()).unwrap();
    assert_eq!(bad.field_violations[0].field, "schedule_mode");
    assert_eq!(update(module("grades", None)).await.code(), Code::FailedPrecondition);
    assert_eq!(update(module("nothing", None)).await.code(), Code::NotFound);
    let message = pb::GetSettingsRequest {}.encode_to_vec();
    let none =
        client.grpc_raw(GET_SETTINGS, message.clone().into(), &Vec::new()).await.unwrap_err();
    assert_eq!(none.code(), Code::Unauthenticated);
    let headers = client.sign("POST", &format!("/{GET_SETTINGS}"), b"other bytes");
    let other = client.grpc_raw(GET_SETTINGS, message.into(), &headers).await.unwrap_err();
    assert_eq!((other.code(), other.message()), (Code::Unauthenticated, "Invalid signature"));
    let nothing = "sigma.v1.SettingsService/Nothing";
    let headers = client.sign("POST", &format!("/{nothing}"), b"");
    let unknown = client.grpc_raw(nothing, Vec::new().into(), &headers);
    assert_eq!(unknown.await.unwrap_err().code(), Code::Unimplemented);
    let nowhere = "no.such.Service/Method";
    let headers = client.sign("POST", &format!("/{nowhere}"), b"");
    let unknown = client.grpc_raw(nowhere, Vec::new().into(), &headers).await.unwrap_err();
    // An answer without a gRPC status would be UNIMPLEMENTED too, with the HTTP status in its text.
    assert_eq!(
        (unknown.code(), unknown.message()),
        (Code::Unimplemented, "the gRPC method does not exist")
    );
    // The whole :path is signed: a query that is not covered does not pass.
    let headers = client.sign("POST", &format!("/{GET_SETTINGS}"), b"");
    let with_query = format!("{GET_SETTINGS}?a=b");
    let query = client.grpc_raw(&with_query, Vec::new().into(), &headers).await.unwrap_err();
    assert_eq!(query.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn what_is_no_message_is_the_callers_fault() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        let send = async |method: &str, bytes: &[u8]| {
            let headers = client.sign("POST", &format!("/{method}"), bytes);
            client.grpc_raw(method, bytes.to_vec().into(), &headers).await.unwrap_err()
        };
        let malformed: [&[u8]; 7] = [
            b"\xff\xff\xff\xff",
            b"\x08\x01",
            b"\x0a\x02\xff\xfe",
            b"\x0a\x7fabc",
            b"\x00\x00",
            b"\x0b\x0b\x0b",
            b"\x0a",
        ];
        for bytes in malformed {
            let status = send("sigma.v1.SyncRunService/TriggerRun", bytes).await;
            assert_eq!(status.code(), Code::InvalidArgument, "{bytes:02x?}: {status}");
        }
        let nul = || Some("a\0b".to_owned());
        let trigger = pb::TriggerRunRequest {
            module_name: "students".into(),
            triggered_by: nul(),
            ..Default::default()
        };
        let settings = pb::UpdateSettingsRequest { zoho_org_id: nul(), ..Default::default() };
        let secret = pb::UpdateSettingsRequest { moodle_api_token: nul(), ..Default::default() };
        let tenant = pb::UpdateTenantRequest {
            tenant_id: "default".into(),
            name: nul(),
            ..Default::default()
        };
        let mapping = pb::MappingInput {
            canonical_field: "academic_email".into(),
            zoho_field_api_name: "Email".into(),
            default_value: nul(),
            ..Default::default()
        };
        let mappings = pb::ReplaceMappingsRequest {
            module_name: "students".into(),
            mappings: vec![mapping],
            ..Default::default()
        };
        for (method, bytes, field) in [
            ("SyncRunService/TriggerRun", trigger.encode_to_vec(), "triggered_by"),
            ("SettingsService/UpdateSettings", settings.encode_to_vec(), "zoho_org_id"),
            ("SettingsService/UpdateSettings", secret.encode_to_vec(), "moodle_api_token"),
            ("TenantService/UpdateTenant", tenant.encode_to_vec(), "name"),
            (
                "MappingService/ReplaceMappings",
                mappings.encode_to_vec(),
                "mappings[0].default_value",
            ),
        ] {
            let status = send(&format!("sigma.v1.{method}"), &bytes).await;
            assert_eq!(status.code(), Code::InvalidArgument, "{kind:?} {method}: {status}");
            assert!(status.message().starts_with(field), "{method}: {}", status.message());
        }
        // On the other wires the same bytes are checked in the same way.
        for text in [false, true] {
            let answer = client.grpc_web("sigma.v1.SyncRunService/TriggerRun", &trigger, text);
            assert_eq!(answer.await.1, "3", "text: {text}");
        }
    }
}

#[tokio::test]
async fn the_health_of_a_service_is_that_of_its_database() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = Client::new(&app.url, "nobody", "nobody", "nobody");
        // HealthCheckRequest { service }, and the status of the answer: 1 serving, 2 not serving.
        let status = async |service: &str| {
            let mut message = vec![10, u8::try_from(service.len()).unwrap()];
            message.extend(service.as_bytes());
            let method = "grpc.health.v1.Health/Check";
            let answer = client.grpc_raw(method, message.into(), &Vec::new()).await.ok()?;
            answer[0].get(1).copied()
        };
        let turns = async |service: &'static str, wanted: u8| {
            eventually(service, async || (status(service).await == Some(wanted)).then_some(()))
                .await;
        };
        turns("sigma.v1.SyncRunService", 1).await;
        turns("sigma.v1.TenantService", 1).await;
        if db.closed_to_all(true).await {
            turns("sigma.v1.SyncRunService", 2).await;
            turns("sigma.v1.TenantService", 2).await;
            // The process itself is well.
            assert_eq!(status("").await, Some(1));
            db.closed_to_all(false).await;
            turns("sigma.v1.SyncRunService", 1).await;
        }
        assert_eq!(status("sigma.v1.NoService").await, None);
    }
}

#[tokio::test]
async fn health_and_reflection_are_open_on_this_machine() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = Client::new(&app.url, "nobody", "nobody", "nobody");
    let health = client
        .grpc_raw("grpc.health.v1.Health/Check", Vec::new().into(), &Vec::new())
        .await
        .unwrap();
    assert_eq!(health[0].as_ref(), [8, 1]);
    // ServerReflectionRequest { list_services: "" }
    for version in ["v1", "v1alpha"] {
        let method = format!("grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");
        let answer = client.grpc_raw(&method, vec![0x3a, 0].into(), &Vec::new()).await.unwrap();
        let text = String::from_utf8_lossy(&answer[0]).into_owned();
        for service in
            ["sigma.v1.TenantService", "sigma.v1.SyncRunService", "grpc.health.v1.Health"]
        {
            assert!(text.contains(service), "{version}: {service}");
        }
    }
}

#[tokio::test]
async fn a_run_is_watched_to_its_end_on_every_wire() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(1_200, 0).await;
        connect(&client, &school).await;
        let run = trigger(&client).await;
        let request = pb::WatchRunRequest { run_id: run.clone() };
        let watch = format!("/v1/extension/runs/{run}/watch");
        let mut events_headers = client.sign("GET", &watch, b"");
        events_headers.push(("Accept", "text/event-stream".into()));
        let (states, lines, events) = tokio::join!(
            client.grpc_all::<pb::WatchRunResponse>("sigma.v1.SyncRunService/WatchRun", &request),
            client.get(&watch),
            client.send("GET", &watch, &events_headers, ""),
        );
        let states = states.unwrap();
        assert!(states.is_sorted_by_key(|state| state.sequence));
        let last = states.last().unwrap().run.clone().unwrap();
        assert_eq!((last.state(), last.counts.unwrap().new()), (pb::RunState::Completed, 1_200));
        assert_eq!(lines.header("content-type"), "application/x-ndjson");
        assert_eq!(
            (lines.header("x-accel-buffering"), events.header("x-accel-buffering")),
            ("no", "no")
        );
        let line: Value = serde_json::from_str(lines.text.lines().last().unwrap()).unwrap();
        assert_eq!(
            (&line["run"]["status"], &line["run"]["counts"]["total"]),
            (&"completed".into(), &1_200.into())
        );
        assert_eq!(events.header("content-type"), "text/event-stream");
        assert!(events.text.starts_with("data: {\"run\":{") && events.text.ends_with("\n\n"));
        let (message, status) =
            client.grpc_web("sigma.v1.SyncRunService/WatchRun", &request, true).await;
        assert!(status == "0" && !message.is_empty());
        assert_eq!(ended(&client, &run).await["items"].as_array().unwrap().len(), 1_000);
        school.stop().await;
    }
}

#[tokio::test]
async fn a_watch_ends_when_its_key_does() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let request = pb::WatchRunRequest { run_id: trigger(&client).await };
    let (watched, ()) = tokio::join!(
        client.grpc_all::<pb::WatchRunResponse>("sigma.v1.SyncRunService/WatchRun", &request),
        async {
            let revoke = "UPDATE api_keys SET revoked_at = CURRENT_TIMESTAMP";
            Database::connect(&db.url).await.unwrap().execute_unprepared(revoke).await.unwrap();
        },
    );
    assert_eq!(watched.unwrap_err().code(), Code::Unauthenticated);
}

//! One tenant cannot touch another: every method of the descriptor, called with another tenant's key and ids.

use {
    crate::harness::{
        app::{App, connect, sandbox, sync},
        client::Client,
        db::{Db, kinds},
    },
    prost_reflect::{DescriptorPool, DynamicMessage, Value},
    serde_json::json,
    sigma_sync::proto::DESCRIPTOR_SET,
    tonic::Code,
};

#[tokio::test]
async fn no_method_reaches_another_tenant() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(3, 0).await;
        connect(&client, &school).await;
        let run = sync(&client).await["run_id"].as_str().unwrap().to_owned();
        let item = client.get("/v1/extension/items?limit=1").await.json()["items"][0].clone();
        let person = item["person_id"].as_str().unwrap().to_owned();
        let created = client
            .post("/v1/extension/tenants", &json!({"tenant_id": "other", "name": "x"}))
            .await
            .json();
        let text = |name: &str| created[name].as_str().unwrap().to_owned();
        let stranger = Client::new(
            &app.url,
            "other",
            &text("extension_api_key"),
            &text("extension_api_secret"),
        );
        let before = snapshot(&client, &run).await;

        let pool = DescriptorPool::decode(DESCRIPTOR_SET).unwrap();
        let mut called = 0;
        for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
            let name = format!("{}/{}", method.parent_service().full_name(), method.name());
            let mut request = DynamicMessage::new(method.input());
            for (field, value) in [
                ("run_id", run.as_str()),
                ("tenant_id", "default"),
                ("module_name", "students"),
                ("person_id", person.as_str()),
                ("query", person.as_str()),
                ("name", "taken over"),
                ("key_id", "ext_key_default"),
            ] {
                if method.input().get_field_by_name(field).is_some() {
                    request.set_field_by_name(field, Value::String(value.into()));
                }
            }
            // A stream of the stranger's own events would never end; its content has a test of its own (`event.rs`).
            if method.input().get_field_by_name("after").is_some() {
                request.set_field_by_name("after", Value::I64(i64::MAX));
            }
            let bytes = prost::Message::encode_to_vec(&request);
            let headers = stranger.sign("POST", &format!("/{name}"), &bytes);
            let answer = stranger.grpc_raw(&name, bytes.into(), &headers).await;
            let input = method.input();
            let foreign = ["run_id", "tenant_id", "person_id", "key_id"];
            let names_foreign =
                foreign.iter().any(|field| input.get_field_by_name(field).is_some());
            match answer {
                // An allowed call returns the stranger's own objects.
                Ok(messages) => {
                    assert!(!names_foreign, "{name} answered");
                    for message in messages {
                        let text = String::from_utf8_lossy(&message).into_owned();
                        assert!(
                            ![&run, &person, "Default Tenant"]
                                .iter()
                                .any(|word| text.contains(*word)),
                            "{name}: {text}"
                        );
                    }
                }
                Err(status) => {
                    let fine = [Code::NotFound, Code::PermissionDenied, Code::InvalidArgument];
                    assert!(fine.contains(&status.code()), "{name}: {status:?}");
                }
            }
            called += 1;
            // One method needs no key; a code is its credential.
            let public = pool.get_extension_by_name("sigma.v1.public").expect("the option");
            if method.options().get_extension(&public).as_bool() == Some(true) {
                assert_eq!(method.name(), "ClaimSession");
                continue;
            }
            // The stranger's key with the other tenant's name is not valid.
            let mut mixed = stranger.clone();
            mixed.tenant = "default".into();
            let bytes = prost::Message::encode_to_vec(&request);
            let headers = mixed.sign("POST", &format!("/{name}"), &bytes);
            let refused = mixed.grpc_raw(&name, bytes.into(), &headers).await.unwrap_err();
            assert_eq!(
                (refused.code(), refused.message()),
                (Code::Unauthenticated, "Invalid API key or tenant"),
                "{name}"
            );
        }
        assert_eq!(called, 58, "every method");

        // A foreign id is answered like one that never existed.
        let foreign = stranger.get(&format!("/v1/extension/runs/{run}")).await;
        let unknown = stranger.get("/v1/extension/runs/0b8f6f0e-6f3a-4d1c-9a54-0c6f4bb0a001").await;
        assert_eq!((foreign.status, &foreign.text), (404, &unknown.text));
        assert_eq!(snapshot(&client, &run).await, before, "nothing changed");
        school.stop().await;
    }
}

async fn snapshot(client: &Client, run: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for target in [
        "settings",
        "modules",
        "mappings/students",
        "runs",
        &format!("runs/{run}"),
        "tenants/default",
    ] {
        texts.push(client.get(&format!("/v1/extension/{target}")).await.text);
    }
    texts
}

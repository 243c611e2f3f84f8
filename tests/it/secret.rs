//! A stored secret stays with the scheme, host and port that it was entered for: a caller who may change an address
//! does not learn a secret that the caller cannot read.

use {
    crate::harness::{
        app::{App, connect, ended, sandbox, sync, trigger},
        cli::sigma,
        client::{Answer, Client},
        db::{Db, kinds},
        eventually,
        trap::Trap,
    },
    serde_json::{Value, json},
    sigma_sync::proto::pb,
    sigma_sync_sandbox::Sandbox,
    tonic::Code,
};

const SETTINGS: &str = "/v1/extension/settings";
const OLD: &str = "/api/v1/extension/settings";
const WORD: &str = "SECRET_NEEDED_ANEW";

async fn settings(client: &Client) -> Value {
    client.get(SETTINGS).await.json()
}

async fn accepted(client: &Client, change: Value) {
    let answer = client.put(SETTINGS, &change).await;
    assert_eq!(answer.status, 200, "{change}: {}", answer.text);
}

/// Returns the secrets that a refusal asks for.
fn asked(answer: &Answer, change: &Value) -> Vec<String> {
    assert_eq!(answer.status, 422, "{change}: {}", answer.text);
    let document = answer.json();
    let faults = document["detail"].as_array().expect("faults");
    let names = faults.iter().map(|fault| {
        assert_eq!(
            (&fault["ctx"]["code"], &fault["input"]),
            (&json!(WORD), &Value::Null),
            "{fault}"
        );
        fault["loc"][1].as_str().expect("a name").to_owned()
    });
    names.collect()
}

/// A change of addresses as a gRPC request.
fn request(change: &Value) -> pb::UpdateSettingsRequest {
    let text = |name: &str| change[name].as_str().map(str::to_owned);
    pb::UpdateSettingsRequest {
        moodle_enabled: change["moodle_enabled"].as_bool(),
        moodle_base_url: text("moodle_base_url"),
        moodle_api_token: text("moodle_api_token"),
        zoho_api_domain: text("zoho_api_domain"),
        zoho_accounts_url: text("zoho_accounts_url"),
        zoho_client_id: text("zoho_client_id"),
        zoho_client_secret: text("zoho_client_secret"),
        zoho_refresh_token: text("zoho_refresh_token"),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_address_does_not_get_the_stored_secrets() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let (client, school, trap) = (app.client(), sandbox(3, 0).await, Trap::start().await);
        connect(&client, &school).await;
        assert_eq!(sync(&client).await["status"], "completed");
        let before = settings(&client).await;

        let (moodle, zoho) = (school.moodle_url(), school.zoho_url());
        let token = vec!["moodle_api_token"];
        let both = vec!["zoho_client_secret", "zoho_refresh_token"];
        for (change, names) in [
            (json!({"moodle_base_url": trap.url}), &token),
            (json!({"moodle_base_url": trap.url, "moodle_api_token": "••••••"}), &token),
            (json!({"moodle_base_url": trap.url, "moodle_api_token": null}), &token),
            (json!({"moodle_base_url": trap.url, "moodle_enabled": false}), &token),
            (json!({"moodle_base_url": trap.url, "zoho_refresh_token": "other"}), &token),
            (json!({"moodle_base_url": moodle.replace("127.0.0.1", "localhost")}), &token),
            (json!({"moodle_base_url": moodle.replace("127.0.0.1", "127.0.0.2")}), &token),
            (json!({"moodle_base_url": moodle.replace("http", "https")}), &token),
            (json!({"moodle_base_url": "https://lms.example"}), &token),
            (json!({"zoho_api_domain": trap.url}), &both),
            (json!({"zoho_accounts_url": trap.url}), &both),
            (json!({"zoho_accounts_url": trap.url, "zoho_api_domain": trap.url}), &both),
            (json!({"zoho_accounts_url": trap.url, "zoho_client_id": "other"}), &both),
            (json!({"zoho_api_domain": zoho.replace("127.0.0.1", "localhost")}), &both),
            (json!({"zoho_api_domain": "www.zohoapis.eu"}), &both),
            (json!({"zoho_accounts_url": ""}), &both),
            (
                json!({"zoho_accounts_url": trap.url, "zoho_client_secret": "new"}),
                &vec!["zoho_refresh_token"],
            ),
            (
                json!({"zoho_api_domain": trap.url, "zoho_refresh_token": "new"}),
                &vec!["zoho_client_secret"],
            ),
        ] {
            for path in [SETTINGS, OLD] {
                assert_eq!(asked(&client.put(path, &change).await, &change), **names, "{change}");
            }
            let method = "sigma.v1.SettingsService/UpdateSettings";
            let refused =
                client.grpc::<pb::UpdateSettingsResponse>(method, &request(&change)).await;
            let status = refused.expect_err("a refusal");
            assert_eq!(status.code(), Code::InvalidArgument, "{change}: {status}");
            let call = ["call", "SettingsService/UpdateSettings", "-d", &change.to_string()];
            let output = sigma(&db, &app.url, &call);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(64 + 3), "{change}: {said}");
            assert!(names.iter().all(|name| said.contains(name)), "{change}: {said}");
            assert_eq!(settings(&client).await, before, "{change}: nothing is stored");
        }
        assert_eq!(sync(&client).await["status"], "completed");
        assert_eq!(trap.seen(), Vec::<String>::new(), "{kind:?}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_address_is_no_change_however_it_is_spelt() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let (client, school) = (app.client(), sandbox(3, 0).await);
        connect(&client, &school).await;
        let (moodle, zoho) = (school.moodle_url(), school.zoho_url());
        for change in [
            json!({}),
            json!({"moodle_base_url": moodle, "moodle_enabled": true, "zoho_enabled": true}),
            json!({"moodle_base_url": format!("{}/", moodle.replace("http", "HTTP"))}),
            json!({"moodle_base_url": format!("{moodle}/school/moodle")}),
            json!({"moodle_base_url": moodle.replace("127.0.0.1", "127.1")}),
            json!({"zoho_accounts_url": format!("{zoho}/"), "zoho_api_domain": zoho}),
            json!({"zoho_client_id": "sandbox-client", "zoho_org_id": "7"}),
            json!({"moodle_base_url": moodle}),
        ] {
            accepted(&client, change).await;
        }
        assert_eq!(sync(&client).await["status"], "completed", "{kind:?}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_sequence_of_calls_brings_a_secret_elsewhere() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let (client, school, trap) = (app.client(), sandbox(3, 0).await, Trap::start().await);
        connect(&client, &school).await;
        let to_trap = json!({"moodle_base_url": trap.url, "moodle_enabled": true});
        let refused = async || asked(&client.put(SETTINGS, &to_trap).await, &to_trap).len() == 1;

        // Cleared, and set later.
        accepted(&client, json!({"moodle_base_url": "", "moodle_enabled": false})).await;
        assert!(refused().await);
        accepted(&client, json!({"time_zone": "Asia/Amman"})).await;
        accepted(&client, json!({"moodle_base_url": ""})).await;
        assert!(refused().await);
        // The site that the token was entered for does not count as a change.
        let same = school.moodle_url().replace("http", "HTTP");
        accepted(&client, json!({"moodle_base_url": same, "moodle_enabled": true})).await;
        assert_eq!(sync(&client).await["status"], "completed", "{kind:?}");

        // A token that was entered without an address belongs to none.
        accepted(&client, json!({"moodle_base_url": ""})).await;
        accepted(&client, json!({"moodle_api_token": "sandbox-moodle"})).await;
        let back = json!({"moodle_base_url": school.moodle_url()});
        for change in [&to_trap, &back] {
            assert_eq!(asked(&client.put(SETTINGS, change).await, change), ["moodle_api_token"]);
        }
        assert_eq!(settings(&client).await["moodle_base_url"], Value::Null);
        let with_token =
            json!({"moodle_base_url": school.moodle_url(), "moodle_api_token": "sandbox-moodle"});
        accepted(&client, with_token).await;

        // Without a secret there is nothing to send.
        accepted(&client, json!({"moodle_api_token": ""})).await;
        accepted(&client, json!({"moodle_base_url": trap.url})).await;
        accepted(&client, json!({"moodle_base_url": school.moodle_url()})).await;
        let gone = json!({"moodle_base_url": trap.url, "moodle_api_token": ""});
        accepted(&client, gone).await;
        assert_eq!(settings(&client).await["moodle_api_token_set"], false);

        // Secrets of Zoho that are stored before an address belong to the default one.
        let none = json!({"zoho_accounts_url": "", "zoho_api_domain": "", "zoho_client_secret": "",
            "zoho_refresh_token": ""});
        accepted(&client, none).await;
        accepted(&client, json!({"zoho_client_secret": "a", "zoho_refresh_token": "b"})).await;
        let usual = json!({"zoho_accounts_url": "accounts.zoho.com", "zoho_api_domain": "https://www.zohoapis.com"});
        accepted(&client, usual).await;
        let change = json!({"zoho_accounts_url": trap.url});
        assert_eq!(asked(&client.put(SETTINGS, &change).await, &change).len(), 2);
        assert_eq!(trap.seen(), Vec::<String>::new(), "{kind:?}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_comes_along_is_the_only_one_that_goes() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let (client, school, trap) = (app.client(), sandbox(3, 0).await, Trap::start().await);
        connect(&client, &school).await;
        assert_eq!(sync(&client).await["status"], "completed");
        let moved = json!({"moodle_base_url": trap.url, "moodle_api_token": "token-of-the-trap"});
        accepted(&client, moved).await;
        let run = trigger(&client).await;
        // A site that does not answer is asked again and again: more than the five calls after which it is left alone.
        eventually("calls of the trap", async || {
            let seen = trap.seen();
            (seen.iter().filter(|text| text.contains("token-of-the-trap")).count() > 4)
                .then_some(())
        })
        .await;
        client.post(&format!("/v1/extension/runs/{run}/cancel"), &json!({})).await;
        ended(&client, &run).await;
        let seen = trap.seen().join("\n");
        assert!(seen.contains("token-of-the-trap"), "{kind:?}: {seen}");
        assert!(!seen.contains(school.credentials().moodle_token), "{kind:?}");
        school.stop().await;
    }
}

/// Lets the service call Zoho at an address, and returns the access token that was sent there.
async fn access_token(client: &Client, school: &Sandbox, trap: &Trap) -> String {
    let credentials = school.credentials();
    let change = json!({
        "zoho_accounts_url": school.zoho_url(),
        "zoho_api_domain": trap.url,
        "zoho_client_id": credentials.zoho_client_id,
        "zoho_client_secret": credentials.zoho_client_secret,
        "zoho_refresh_token": credentials.zoho_refresh_token,
    });
    accepted(client, change).await;
    let run = trigger(client).await;
    let token = eventually("an access token", async || {
        let seen = trap.seen().into_iter().find(|text| text.contains("Zoho-oauthtoken "))?;
        let (_, rest) = seen.split_once("Zoho-oauthtoken ")?;
        rest.lines().next().map(str::to_owned)
    });
    let token = token.await;
    client.post(&format!("/v1/extension/runs/{run}/cancel"), &json!({})).await;
    ended(client, &run).await;
    token
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_of_one_connection_does_not_go_to_another() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let (client, school) = (app.client(), sandbox(3, 0).await);
        connect(&client, &school).await;
        let (one, other) = (Trap::start().await, Trap::start().await);
        let first = access_token(&client, &school, &one).await;
        let second = access_token(&client, &school, &other).await;
        assert_ne!(first, second, "{kind:?}");
        assert!(!other.seen().join("\n").contains(&first), "{kind:?}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_at_once_do_not_part_a_secret_from_its_address() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let (client, school, trap) = (app.client(), sandbox(3, 0).await, Trap::start().await);
        connect(&client, &school).await;
        let token = school.credentials().moodle_token;
        let ours = json!({"moodle_base_url": school.moodle_url(), "moodle_api_token": token});
        let to_trap = json!({"moodle_base_url": trap.url});
        // Usually the stored token is ours and the address is the trap's: the combination that must not occur.
        let changes = [
            json!({"moodle_base_url": trap.url, "moodle_api_token": "of-the-trap"}),
            to_trap.clone(),
            json!({"moodle_base_url": ""}),
            ours.clone(),
            to_trap.clone(),
            to_trap,
        ];
        for _ in 0..6 {
            let all = changes.iter().cycle().take(24).map(|change| client.put(SETTINGS, change));
            let answers = futures_util::future::join_all(all).await;
            assert!(answers.iter().all(|answer| [200, 422].contains(&answer.status)));
            // Whatever was stored last: a call with the stored token goes where the token was entered for.
            if settings(&client).await["moodle_base_url"] == json!(trap.url) {
                let run = trigger(&client).await;
                // What the trap answers may be worth another try, for which the run waits.
                eventually("an end or a wait", async || {
                    let now = client.get(&format!("/v1/extension/runs/{run}")).await.json();
                    (now["waiting"].is_object() || !now["finished_at"].is_null()).then_some(())
                })
                .await;
                client.post(&format!("/v1/extension/runs/{run}/cancel"), &json!({})).await;
                ended(&client, &run).await;
            }
            accepted(&client, ours.clone()).await;
        }
        assert!(trap.seen().iter().all(|text| !text.contains(token)), "{kind:?}");
        school.stop().await;
    }
}

//! What describes the API: open on a developer's machine, and in production only to the machine itself unless the settings say
//! otherwise.

use {
    super::{key, ok, school, text},
    crate::harness::{
        app::{App, Process, command, listening},
        client::{Client, Headers},
        db::{Db, Kind},
        process::{run, with_key},
    },
    bytes::Bytes,
    serde_json::json,
    tonic::Code,
};

const PROXIED: (&str, &str) = ("X-Forwarded-For", "203.0.113.9");
const PAGES: [&str; 5] =
    ["/docs", "/docs/docs.js", "/redoc", "/openapi.json", "/docs/swagger/swagger-ui.css"];
const HEALTH: [&str; 4] = ["/health", "/v1/health", "/livez", "/readyz"];

async fn page(client: &Client, target: &str, headers: &[(&'static str, &str)]) -> u16 {
    let headers: Headers = headers.iter().map(|(name, value)| (*name, (*value).into())).collect();
    client.send("GET", target, &headers, "").await.status
}

/// Asks the reflection for the list of services.
async fn reflects(client: &Client, headers: &[(&'static str, String)]) -> Result<bool, Code> {
    let method = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    // list_services = ""
    let question = Bytes::from_static(&[0x3a, 0]);
    let answers = client.grpc_raw(method, question, &headers.to_vec()).await;
    let told = |answer: &Bytes| String::from_utf8_lossy(answer).contains("sigma.v1.");
    answers.map(|answers| answers.iter().any(told)).map_err(|status| status.code())
}

fn production(db: &Db, documents: Option<&str>) -> (Process, String) {
    let mut command = command(db);
    command.args(["--mode", "production", "--listen", "127.0.0.1:0", "serve", "--worker", "none"]);
    if let Some(word) = documents {
        command.env("SIGMA_SERVER__DOCUMENTS", word);
    }
    listening(command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_are_as_open_as_the_settings_say() {
    let db = Db::new(Kind::Sqlite).await;
    let proxied = [(PROXIED.0, PROXIED.1.to_owned())];
    let client;
    {
        let app = App::start(&db, &["--worker", "none"]);
        client = app.client();
        for target in PAGES {
            assert!([200, 308].contains(&page(&client, target, &[PROXIED]).await), "{target}");
        }
        assert_eq!(reflects(&client, &[]).await, Ok(true));
        assert_eq!(reflects(&client, &proxied).await, Err(Code::Unauthenticated));
    }
    // A database of its own: production refuses the development key.
    let db = Db::new(Kind::Sqlite).await;
    let made =
        run(with_key(&db, &db.master_key()).args(["--mode", "production", "keys", "bootstrap"]));
    assert_eq!(made.code, Some(0), "{made:?}");
    for (word, direct, behind) in [
        (None, true, false),
        (Some("auto"), true, false),
        (Some("open"), true, true),
        (Some("closed"), false, false),
    ] {
        let (_server, url) = production(&db, word);
        let client = super::at(&client, &url);
        for target in PAGES {
            let open = async |headers| [200, 308].contains(&page(&client, target, headers).await);
            assert_eq!(open(&[]).await, direct, "{word:?} {target}");
            assert_eq!(open(&[PROXIED]).await, behind, "{word:?} {target}");
            let host = [("Host", "sigma.example")];
            assert_eq!(open(&host).await, behind, "{word:?} {target}");
        }
        for target in HEALTH {
            assert_eq!(page(&client, target, &[PROXIED]).await, 200, "{word:?} {target}");
        }
        assert_eq!(page(&client, "/docsx", &[]).await, 404);
        let refused = Err(Code::Unauthenticated);
        assert_eq!(reflects(&client, &[]).await, if direct { Ok(true) } else { refused });
        // Never without a credential from elsewhere.
        assert_eq!(reflects(&client, &proxied).await, refused, "{word:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_reads_the_reflection_from_elsewhere() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let owner = school(&app.client(), "riyadh").await;
    let viewer = key(&owner, "riyadh", &["owner"]).await;
    let session =
        viewer.post("/v1/extension/sessions", &json!({"role": "viewer", "actor": "x"})).await;
    let bearer = format!("Bearer {}", text(&ok(&session), "token"));
    let with =
        |bearer: &str| [(PROXIED.0, PROXIED.1.to_owned()), ("Authorization", bearer.to_owned())];
    assert_eq!(reflects(&owner, &with(&bearer)).await, Ok(true));
    let wrong = format!("Bearer et_{}", "x".repeat(43));
    assert_eq!(reflects(&owner, &with(&wrong)).await, Err(Code::Unauthenticated));
    assert_eq!(reflects(&owner, &with("Basic dTpw")).await, Err(Code::Unauthenticated));
}

//! Sessions: claimed by their page only, ended with the networks of their key, and no cover for what others are refused.

use {
    super::{key, ok, school, text},
    crate::harness::{
        app::App,
        client::{Answer, Client, Headers},
        db::{Db, Kind, kinds},
    },
    serde_json::json,
    sigma_sync::proto::pb,
};

const SESSIONS: &str = "/v1/extension/sessions";
const CLAIM: &str = "/v1/extension/sessions/claim";
const SETTINGS: &str = "/v1/extension/settings";

async fn with(client: &Client, bearer: &str, more: &[(&'static str, &str)]) -> Answer {
    let mut headers: Headers = vec![("Authorization", format!("Bearer {bearer}"))];
    headers.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    client.send("GET", SETTINGS, &headers, "").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_claimed_by_its_page() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let owner = school(&app.client(), "riyadh").await;
    let body =
        json!({"role": "viewer", "actor": "x", "as_code": true, "origin": "https://crm.zoho.com"});
    for by_grpc in [false, true] {
        let code = text(&ok(&owner.post(SESSIONS, &body).await), "code");
        let claim = async |origins: &[&str]| -> bool {
            let headers: Headers = origins.iter().map(|o| ("Origin", (*o).to_owned())).collect();
            if by_grpc {
                let request = pb::ClaimSessionRequest { code: code.clone() };
                let (message, status) = owner
                    .grpc_web_with("sigma.v1.AccessService/ClaimSession", &request, false, headers)
                    .await;
                assert!(["0", "5"].contains(&status.as_str()), "{status}");
                return !message.is_empty();
            }
            let body = json!({"code": code}).to_string();
            let answer = owner.send("POST", CLAIM, &headers, body).await;
            let told = (answer.status, answer.header("x-sigma-error"));
            assert!([(200, ""), (404, "CODE_NOT_VALID")].contains(&told), "{answer:?}");
            answer.status == 200
        };
        for bad in ["https://crm.zoho.eu", "null", "https://crm.zoho.com.evil.example"] {
            assert!(!claim(&[bad]).await, "{bad}");
        }
        assert!(!claim(&["https://crm.zoho.com", "https://evil.example"]).await);
        // The code was not used up by them.
        assert!(claim(&["https://crm.zoho.com"]).await, "by gRPC: {by_grpc}");
    }
    // A caller that is not a page sends none.
    let code = text(&ok(&owner.post(SESSIONS, &body).await), "code");
    let body = json!({"code": code}).to_string();
    assert_eq!(owner.send("POST", CLAIM, &Vec::new(), body).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_tenant_beside_a_bearer_is_looked_at() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let owner = school(&app.client(), "riyadh").await;
    let made = ok(&owner.post(SESSIONS, &json!({"role": "viewer", "actor": "x"})).await);
    let bearer = text(&made, "token");
    assert_eq!(with(&owner, &bearer, &[("X-Tenant-ID", "riyadh")]).await.status, 200);
    for (one, other) in [("riyadh", "default"), ("default", "riyadh"), ("riyadh", "riyadh")] {
        let answer = with(&owner, &bearer, &[("X-Tenant-ID", one), ("X-Tenant-ID", other)]).await;
        let told = (answer.status, answer.detail());
        assert_eq!(told, (401, "Duplicate header X-Tenant-ID".to_owned()), "{one} {other}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_narrower_key_ends_its_sessions() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let platform = app.client();
        let owner = school(&platform, "riyadh").await;
        let minter = key(&owner, "riyadh", &["owner"]).await;
        let networks = async |body: serde_json::Value| {
            ok(&owner.put(&format!("/v1/extension/keys/{}", minter.key), &body).await)
        };
        let viewer = json!({"role": "viewer", "actor": "x"});
        let bearer = text(&ok(&minter.post(SESSIONS, &viewer).await), "token");
        // To less than all addresses, to the same ones, to more of them, and to fewer.
        networks(json!({"allow_cidrs": ["127.0.0.0/8", "192.0.2.0/24"]})).await;
        assert_eq!(with(&owner, &bearer, &[]).await.status, 401, "{kind:?}");
        let bearer = text(&ok(&minter.post(SESSIONS, &viewer).await), "token");
        networks(json!({"allow_cidrs": ["192.0.2.0/24", "127.0.0.0/8"]})).await;
        networks(json!({"allow_cidrs": ["126.0.0.0/7", "192.0.2.0/24"]})).await;
        networks(json!({"name": "another"})).await;
        assert_eq!(with(&owner, &bearer, &[]).await.status, 200, "{kind:?}");
        networks(json!({"allow_cidrs": ["126.0.0.0/7"]})).await;
        assert_eq!(with(&owner, &bearer, &[]).await.status, 401, "{kind:?}");
        let bearer = text(&ok(&minter.post(SESSIONS, &viewer).await), "token");
        networks(json!({"allow_all": true})).await;
        assert_eq!(with(&owner, &bearer, &[]).await.status, 200, "{kind:?}");

        // Support access ends with its key too, in the data of another tenant.
        let support = key(&platform, "default", &["platform"]).await;
        let body = json!({"tenant_id": "riyadh", "actor": "support:5", "reason": "ticket 5"});
        let open = async || text(&ok(&support.post(SESSIONS, &body).await), "token");
        let place = format!("/v1/extension/keys/{}", support.key);
        let bearer = open().await;
        ok(&platform.put(&place, &json!({"allow_cidrs": ["127.0.0.0/8"]})).await);
        assert_eq!(with(&owner, &bearer, &[]).await.status, 401, "{kind:?}");
        let bearer = open().await;
        ok(&platform.post(&format!("{place}/rotate"), &json!({"overlap_s": 0})).await);
        assert_eq!(with(&owner, &bearer, &[]).await.status, 401, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_does_not_use_up_the_refusals_of_its_key() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let owner = school(&app.client(), "riyadh").await;
        let viewer = json!({"role": "viewer", "actor": "x"});
        let open = async || text(&ok(&owner.post(SESSIONS, &viewer).await), "token");
        let (loud, quiet) = (open().await, open().await);
        let refused = async |bearer: &str| {
            let headers = vec![("Authorization", format!("Bearer {bearer}"))];
            let answer = owner.send("PUT", SETTINGS, &headers, "{}").await;
            assert_eq!(answer.status, 403, "{}", answer.text);
        };
        for _ in 0..110 {
            refused(&loud).await;
        }
        refused(&quiet).await;
        let tenant = json!({"tenant_id": "x", "name": "x"});
        assert_eq!(owner.post("/v1/extension/tenants", &tenant).await.status, 403);
        let count = async |filter: &str| {
            let sql = format!(
                "SELECT count(*) AS n FROM audit_entries WHERE outcome = 'refused' AND {filter}"
            );
            db.number(&sql).await
        };
        // An hour of the clock may have begun meanwhile.
        let all = count("session_id IS NOT NULL").await;
        assert!((101..=111).contains(&all), "{kind:?}: {all}");
        assert_eq!(count("session_id IS NULL").await, 1, "{kind:?}");
        let sessions =
            "SELECT count(DISTINCT session_id) AS n FROM audit_entries WHERE outcome = 'refused'";
        assert_eq!(db.number(sessions).await, 2, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_support_access_is_on_the_overview_of_its_tenant() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let platform = app.client();
        let owner = school(&platform, "riyadh").await;
        let viewer = key(&owner, "riyadh", &["viewer"]).await;
        let overview = async || ok(&viewer.get("/v1/extension/tenants/riyadh").await);
        assert!(overview().await.get("support_sessions").is_none(), "{kind:?}");
        // A session of its own is not support.
        ok(&owner.post(SESSIONS, &json!({"role": "viewer", "actor": "x"})).await);
        assert!(overview().await.get("support_sessions").is_none(), "{kind:?}");
        let body = json!({"tenant_id": "riyadh", "actor": "support:5", "reason": "ticket 5"});
        let opened = ok(&platform.post(SESSIONS, &body).await);
        let told = overview().await;
        let sessions = told["support_sessions"].as_array().expect("a list");
        assert_eq!(sessions.len(), 1, "{told}");
        for name in ["session_id", "actor", "reason", "key_id", "expires_at"] {
            assert_eq!(sessions[0][name], opened[name], "{name}: {told}");
        }
        assert!(sessions[0].get("token").is_none(), "{told}");
        // By gRPC the same; the list of tenants, which the earlier service had, stays as it was.
        let request = pb::GetTenantRequest { tenant_id: "riyadh".into() };
        let answer: pb::GetTenantResponse =
            viewer.grpc("sigma.v1.TenantService/GetTenant", &request).await.expect("a tenant");
        assert_eq!(answer.tenant.expect("a tenant").support_sessions.len(), 1);
        assert!(!viewer.get("/v1/extension/tenants").await.text.contains("support"));
        let id = text(&opened, "session_id");
        ok(&owner.post(&format!("{SESSIONS}/{id}/revoke"), &json!({})).await);
        assert!(overview().await.get("support_sessions").is_none(), "{kind:?}");
    }
}

//! The last platform key: of calls at once that would each leave the key of the other, one is refused.

use {
    super::{at, key, ok, school},
    crate::harness::{
        app::App,
        client::{Answer, Client},
        db::{Db, kinds},
        eventually,
    },
    serde_json::json,
};

const ACTIVE: &str = "SELECT count(*) AS n FROM api_keys JOIN tenant_profiles USING (tenant_id) \
                      WHERE revoked_at IS NULL AND status = 'active' AND roles LIKE '%platform%'";

/// Two servers, and two tenants that have all platform keys.
async fn two(db: &Db) -> (App, App, [Client; 2]) {
    let (app, other) =
        (App::start(db, &["--worker", "none"]), App::start(db, &["--worker", "none"]));
    let seeded = app.client();
    for id in ["one", "two"] {
        school(&seeded, id).await;
    }
    let first = key(&seeded, "one", &["platform"]).await;
    let second = at(&key(&seeded, "two", &["platform"]).await, &other.url);
    db.execute("UPDATE api_keys SET roles = 'owner' WHERE key_id = 'ext_key_default'").await;
    (app, other, [first, second])
}

/// Waits until keys are accepted.
async fn accepted(clients: &[Client]) {
    for client in clients {
        eventually("the key is accepted", async || {
            (client.get("/v1/extension/tenants").await.status == 200).then_some(())
        })
        .await;
    }
}

/// One call has won, and the other one was refused as such or because its key was gone already.
fn one_has_won(answers: &[Answer; 2], word: &str) {
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1, "{answers:?}");
    for lost in answers.iter().filter(|answer| answer.status != 200) {
        let told = (lost.status, lost.header("x-sigma-error"));
        assert!(told == (400, word) || lost.status == 401, "{lost:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tenants_do_not_suspend_each_other() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let (_app, _other, both) = two(&db).await;
        for round in 0..12 {
            accepted(&both).await;
            let suspend = async |by: &Client, id: &str| {
                by.put(&format!("/v1/extension/tenants/{id}"), &json!({"status": "suspended"}))
                    .await
            };
            let (first, second) = tokio::join!(suspend(&both[0], "two"), suspend(&both[1], "one"));
            one_has_won(&[first, second], "TENANT_IS_LAST");
            assert_eq!(db.number(ACTIVE).await, 1, "{kind:?} {round}");
            db.execute("UPDATE tenant_profiles SET status = 'active'").await;
        }
        // One after the other as well, and the own tenant as before.
        let [first, second] = &both;
        let put = async |id: &str, status: &str| {
            first.put(&format!("/v1/extension/tenants/{id}"), &json!({"status": status})).await
        };
        assert_eq!(put("two", "suspended").await.status, 200, "{kind:?}");
        assert_eq!(put("default", "suspended").await.status, 200, "it has no platform key");
        assert_eq!(put("one", "suspended").await.header("x-sigma-error"), "TENANT_IS_OWN");
        assert_eq!(put("two", "active").await.status, 200);
        accepted(std::slice::from_ref(second)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_keys_do_not_revoke_each_other() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let (_app, _other, both) = two(&db).await;
        for round in 0..12 {
            accepted(&both).await;
            let revoke = async |by: &Client, of: &Client| {
                let target = format!("/v1/extension/keys/{}/revoke", of.key);
                by.post(&target, &json!({"tenant_id": of.tenant})).await
            };
            let (first, second) =
                tokio::join!(revoke(&both[0], &both[1]), revoke(&both[1], &both[0]));
            one_has_won(&[first, second], "KEY_IS_LAST");
            assert_eq!(db.number(ACTIVE).await, 1, "{kind:?} {round}");
            db.execute("UPDATE api_keys SET revoked_at = NULL").await;
        }
        // An end counts as a revocation.
        let [first, second] = &both;
        let end = async |of: &Client| {
            let body = json!({"tenant_id": of.tenant, "expires_at": "2999-01-01T00:00:00Z"});
            first.put(&format!("/v1/extension/keys/{}", of.key), &body).await
        };
        ok(&end(second).await);
        // One that ends does not make up for one that does not.
        let refused = end(first).await;
        let told = (refused.status, refused.header("x-sigma-error"));
        assert_eq!(told, (400, "KEY_IS_LAST"), "{}", refused.text);
    }
}

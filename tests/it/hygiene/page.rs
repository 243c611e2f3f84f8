//! Tokens of pages: bound to the tenant and the filter of their list.

use {
    super::{key, ok, school, text},
    crate::harness::{
        app::{App, connect, sandbox, sync},
        client::Client,
        db::{Db, kinds},
    },
};

async fn refused(client: &Client, target: &str, field: &str) {
    let answer = client.get(target).await;
    assert_eq!(answer.status, 422, "{target}: {}", answer.text);
    assert_eq!(answer.json()["detail"][0]["loc"][1], field, "{target}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_belongs_to_its_tenant_and_its_filter() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let site = sandbox(5, 0).await;
        connect(&client, &site).await;
        let mut run = String::new();
        for _ in 0..3 {
            run = text(&sync(&client).await, "run_id");
        }
        let runs = "/v1/extension/runs";
        let first = client.get(&format!("{runs}?limit=1&module=students")).await;
        let token = first.header("x-next-page-token").to_owned();
        let next =
            ok(&client.get(&format!("{runs}?limit=2&module=students&page_token={token}")).await);
        assert_eq!(next.as_array().expect("runs").len(), 2, "{kind:?}: {next}");
        // Another filter, none, another tenant; and tokens that were changed or made.
        refused(&client, &format!("{runs}?limit=1&page_token={token}"), "page_token").await;
        refused(&client, &format!("{runs}?module=units&page_token={token}"), "page_token").await;
        let other = school(&client, "riyadh").await;
        refused(&other, &format!("{runs}?module=students&page_token={token}"), "page_token").await;
        let another = key(&client, "default", &["viewer"]).await;
        let target = format!("{runs}?module=students&page_token={token}");
        assert_eq!(another.get(&target).await.status, 200, "another key of the tenant");
        for bad in ["x", "MTIzOm5vLXV1aWQ", &token[1..], &format!("{token}A")] {
            refused(&client, &format!("{runs}?module=students&page_token={bad}"), "page_token")
                .await;
        }

        let items = format!("{runs}/{run}?items_limit=2");
        let page = ok(&client.get(&items).await);
        let token = text(&page, "items_next");
        let next = ok(&client.get(&format!("{items}&items_token={token}")).await);
        assert_ne!(next["items"], page["items"], "{kind:?}");
        let filtered = format!("{items}&items_status=FAILED&items_token={token}");
        refused(&client, &filtered, "items_token").await;
        refused(&client, &format!("{items}&items_token=1"), "items_token").await;
        site.stop().await;
    }
}

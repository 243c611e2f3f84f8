//! Access tokens that several processes share.

use {super::*, crate::connectors::tests::process};

#[tokio::test]
async fn processes_share_a_token_and_renew_it_once() {
    let fake = Fake::new([page(&ids(1..2), false, None, 1)]);
    let connection = connection(&fake.serve().await, NOBODY);
    let tokens = Arc::default();
    let source = |tenant: &str| {
        process(Options::default(), Arc::clone(&tokens)).open(tenant, &connection).unwrap().source
    };
    let query = query();
    let sources: Vec<_> = (0..6).map(|_| source("t")).collect();
    let calls = sources.iter().map(|source| source.page(&query, None));
    for page in futures_util::future::join_all(calls).await {
        assert!(page.is_ok());
    }
    assert_eq!(fake.counts(), (1, 6));
    // A process that starts later uses the stored token; another tenant has a token of its own.
    assert!(source("t").page(&query, None).await.is_ok());
    assert_eq!(fake.counts(), (1, 7));
    assert!(source("other").page(&query, None).await.is_ok());
    assert_eq!(fake.counts(), (2, 8));
}

#[tokio::test]
async fn a_dead_token_in_the_store_is_renewed_by_one_process() {
    let dead = (401, json!({"code": "INVALID_TOKEN", "status": "error"}));
    let good = page(&ids(1..2), false, None, 1);
    let fake = Fake::new([good.clone(), dead.clone(), dead, good]);
    let connection = connection(&fake.serve().await, NOBODY);
    let tokens = Arc::default();
    let source =
        || process(Options::default(), Arc::clone(&tokens)).open("t", &connection).unwrap().source;
    let query = query();
    let (first, second) = (source(), source());
    assert!(first.page(&query, None).await.is_ok());
    let (one, other) = tokio::join!(first.page(&query, None), second.page(&query, None));
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(fake.counts(), (2, 5));
    let used = fake.script(|script| {
        let token = |call: &Call| call.headers["authorization"].to_str().unwrap().to_owned();
        script.reads.iter().map(token).collect::<Vec<_>>()
    });
    assert_eq!(used[3..], ["Zoho-oauthtoken t2", "Zoho-oauthtoken t2"]);
}

#[tokio::test]
async fn a_failed_refresh_gives_the_claim_back() {
    let fake = Fake::new([page(&ids(1..2), false, None, 1)]);
    fake.script(|script| script.tokens = [(503, json!("down"))].into());
    let connection = connection(&fake.serve().await, NOBODY);
    let tokens = Arc::default();
    let source =
        || process(Options::default(), Arc::clone(&tokens)).open("t", &connection).unwrap().source;
    // The first try of the read fails with the refresh; the second one claims the refresh again.
    assert!(source().page(&query(), None).await.is_ok());
    assert_eq!(fake.counts(), (2, 1));
    assert!(source().page(&query(), None).await.is_ok());
    assert_eq!(fake.counts(), (2, 2));
}

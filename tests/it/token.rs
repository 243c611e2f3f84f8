//! Access tokens between processes: sealed, claimed by one at a time, deleted with their tenant.

use {
    crate::harness::db::{Db, Kind, kinds},
    sea_orm::{ConnectionTrait as _, Database, Statement},
    secrecy::ExposeSecret as _,
    sigma_sync::{
        adapters::clock::SystemClock,
        connectors::{Connectors, Options},
        control::{Control, Mode, SealedTokens, Vault},
        crypto::envelope::MasterKey,
        domain::egress::EgressPolicy,
        ports::{Clock as _, StoredToken, TokenClaim, TokenStore as _},
        store::Store,
    },
    std::{sync::Arc, time::Duration},
};

const HOUR: Duration = Duration::from_secs(3_600);
const TENANT: &str = "default";

/// Opens the database as a process of its own.
async fn process(db: &Db) -> SealedTokens {
    let store = Store::connect(&db.url, 4).await.unwrap();
    store.across_tenants().migrate().await.unwrap();
    let key = MasterKey::parse(&[7; 32]).unwrap();
    let vault = Arc::new(Vault::new(key));
    vault.prove(&store, SystemClock.now()).await.unwrap();
    let tokens = || SealedTokens::new(store.clone(), vault.clone());
    let _second_call = rustls::crypto::ring::default_provider().install_default();
    let (policy, options) = (EgressPolicy::default(), Options::default());
    let connect = Arc::new(Connectors::new(policy.clone(), options, Arc::new(tokens())).unwrap());
    let clock = Arc::new(SystemClock);
    let control = Control::new(store.clone(), clock, vault.clone(), connect, policy, Mode::Dev);
    control.seed_empty().await.unwrap();
    tokens()
}

fn token(text: &str, fresh_for: Duration) -> StoredToken {
    StoredToken { token: text.into(), fresh_for }
}

fn stored(claim: TokenClaim) -> String {
    match claim {
        TokenClaim::Stored(token) => token.token.expose_secret().to_owned(),
        other => panic!("a stored token expected, not {other:?}"),
    }
}

async fn sql(db: &Db, sql: &str) -> Vec<sea_orm::QueryResult> {
    let raw = Database::connect(&db.url).await.unwrap();
    let backend = raw.get_database_backend();
    raw.query_all_raw(Statement::from_string(backend, sql)).await.unwrap()
}

async fn each(kind: Kind) -> (Db, SealedTokens, SealedTokens) {
    let db = Db::new(kind).await;
    let (one, other) = (process(&db).await, process(&db).await);
    (db, one, other)
}

#[tokio::test]
async fn one_process_fetches_and_all_use() {
    for kind in kinds() {
        let (db, one, other) = each(kind).await;
        assert!(one.get(TENANT, "c").await.unwrap().is_none());
        assert!(matches!(one.claim(TENANT, "c", None).await.unwrap(), TokenClaim::Granted));
        assert!(matches!(other.claim(TENANT, "c", None).await.unwrap(), TokenClaim::Busy));
        // This claim does not affect another connection of the tenant.
        assert!(matches!(other.claim(TENANT, "d", None).await.unwrap(), TokenClaim::Granted));
        one.put(TENANT, "c", token("first-token", HOUR)).await.unwrap();
        assert_eq!(stored(other.claim(TENANT, "c", None).await.unwrap()), "first-token");
        let kept = other.get(TENANT, "c").await.unwrap().unwrap();
        assert!(kept.fresh_for <= HOUR && kept.fresh_for > HOUR - Duration::from_secs(60));

        // The process that found it invalid renews it; one that finds it invalid later takes the new one.
        let dead = token("first-token", Duration::ZERO);
        assert!(matches!(one.claim(TENANT, "c", Some(&dead)).await.unwrap(), TokenClaim::Granted));
        assert!(matches!(other.claim(TENANT, "c", Some(&dead)).await.unwrap(), TokenClaim::Busy));
        one.put(TENANT, "c", token("second-token", HOUR)).await.unwrap();
        assert_eq!(stored(other.claim(TENANT, "c", Some(&dead)).await.unwrap()), "second-token");

        // Nothing readable is stored.
        let rows = sql(&db, "SELECT token FROM oauth_tokens WHERE connection = 'c'").await;
        let bytes: Vec<u8> = rows.first().unwrap().try_get("", "token").unwrap();
        assert!(bytes.len() > 40 && !String::from_utf8_lossy(&bytes).contains("second"));
    }
}

#[tokio::test]
async fn claims_and_tokens_end() {
    for kind in kinds() {
        let (db, one, other) = each(kind).await;
        assert!(matches!(one.claim(TENANT, "c", None).await.unwrap(), TokenClaim::Granted));
        // The same process asks again after a task of its own was cancelled.
        assert!(matches!(one.claim(TENANT, "c", None).await.unwrap(), TokenClaim::Granted));
        // Only the process that holds a claim can release it.
        other.release(TENANT, "c").await.unwrap();
        assert!(matches!(other.claim(TENANT, "c", None).await.unwrap(), TokenClaim::Busy));
        one.release(TENANT, "c").await.unwrap();
        assert!(matches!(other.claim(TENANT, "c", None).await.unwrap(), TokenClaim::Granted));
        // A process that died with its claim holds it for half a minute.
        sql(&db, "UPDATE oauth_tokens SET refresh_until_ms = refresh_until_ms - 30000").await;
        assert!(matches!(one.claim(TENANT, "c", None).await.unwrap(), TokenClaim::Granted));

        one.put(TENANT, "c", token("short", Duration::ZERO)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(one.get(TENANT, "c").await.unwrap().is_none());
        assert!(matches!(other.claim(TENANT, "c", None).await.unwrap(), TokenClaim::Granted));

        // One sealed for another place does not open, and is replaced.
        one.put(TENANT, "d", token("of-d", HOUR)).await.unwrap();
        sql(
            &db,
            "UPDATE oauth_tokens SET refresh_until_ms = NULL, expires_ms =
                (SELECT expires_ms FROM oauth_tokens WHERE connection = 'd'),
                token = (SELECT token FROM oauth_tokens WHERE connection = 'd')
             WHERE connection = 'c'",
        )
        .await;
        assert!(one.get(TENANT, "c").await.unwrap().is_none());
        assert!(matches!(other.claim(TENANT, "c", None).await.unwrap(), TokenClaim::Granted));

        // Tokens of unused credentials are deleted when the next token is stored.
        sql(&db, "UPDATE oauth_tokens SET expires_ms = 0 WHERE connection = 'd'").await;
        other.put(TENANT, "c", token("new", HOUR)).await.unwrap();
        assert_eq!(sql(&db, "SELECT connection FROM oauth_tokens").await.len(), 1);
        sql(&db, "DELETE FROM tenant_profiles").await;
        assert!(one.get("nobody", "c").await.is_err());
        assert!(sql(&db, "SELECT connection FROM oauth_tokens").await.is_empty());
    }
}

//! What counts against limits, over several servers: one suite over every place in which they tell each other.

use {
    super::place::redis,
    crate::harness::db::{Db, kinds},
    sigma_sync::{
        adapters::{
            rate::{DatabaseRates, RedisRates, SharedRates, Take},
            redis::RedisLink,
        },
        domain::rate::Rate,
        ports::{RateShare, Taken},
        store::Store,
    },
    std::{sync::Arc, time::Duration},
    uuid::Uuid,
};

/// Every place, with what keeps it alive.
async fn places() -> Vec<(String, Option<Db>, Arc<dyn RateShare>)> {
    let mut places: Vec<(String, Option<Db>, Arc<dyn RateShare>)> = Vec::new();
    for kind in kinds() {
        let db = Db::new(kind).await;
        let store = Store::connect(&db.url, 8).await.expect("the database");
        store.across_tenants().migrate().await.expect("the schema");
        places.push((format!("{kind:?}"), Some(db), Arc::new(DatabaseRates::new(store))));
    }
    if let Some(url) = redis() {
        let link = Arc::new(RedisLink::new(&url).expect("an address"));
        places.push(("Redis".into(), None, Arc::new(RedisRates::new(link))));
    }
    places
}

/// A tenant of its own, because the places are shared with other tests.
fn owner() -> String {
    format!("t-{}", Uuid::new_v4().simple())
}

fn allows(rates: &SharedRates, owner: &str, take: Take<'_>) -> bool {
    rates.local().take_now(owner, &[take]).iter().all(|grant| grant.allowed)
}

#[tokio::test]
async fn what_one_server_allowed_the_others_do_not() {
    for (name, _db, share) in places().await {
        let owner = owner();
        let [one, two] = [(); 2].map(|()| SharedRates::of(share.clone()));
        let take = Take { bucket: "key", rate: Rate::per_minute(10).expect("a rate") };
        let first: Vec<bool> = (0..12).map(|_| allows(&one, &owner, take)).collect();
        assert_eq!(first.iter().filter(|allowed| **allowed).count(), 10, "{name}");
        one.exchange().await.expect("an answer");
        // The other learns of it with its own first one, which is one too many.
        assert!(allows(&two, &owner, take), "{name}");
        two.exchange().await.expect("an answer");
        assert!(!allows(&two, &owner, take), "{name}");
        let wait = two.local().look(&owner, &[take])[0].wait;
        assert!(
            (Duration::from_secs(8)..=Duration::from_secs(12)).contains(&wait),
            "{name} {wait:?}"
        );
        // The one too many counts for both.
        one.exchange().await.expect("an answer");
        let wait = one.local().look(&owner, &[take])[0].wait;
        assert!(
            (Duration::from_secs(8)..=Duration::from_secs(12)).contains(&wait),
            "{name} {wait:?}"
        );
        // Another tenant and another bucket of the same one are not touched.
        assert!(allows(&two, &super::rate::owner(), take), "{name}");
        assert!(allows(&two, &owner, Take { bucket: "tenant", ..take }), "{name}");
    }
}

#[tokio::test]
async fn what_was_given_back_is_free_for_all() {
    for (name, _db, share) in places().await {
        let owner = owner();
        let [one, two] = [(); 2].map(|()| SharedRates::of(share.clone()));
        let take = Take { bucket: "key", rate: Rate::per_minute(2).expect("a rate") };
        for _ in 0..2 {
            assert!(allows(&one, &owner, take), "{name}");
        }
        one.exchange().await.expect("an answer");
        one.local().give_back(&owner, &[take, take]);
        one.exchange().await.expect("an answer");
        for _ in 0..2 {
            assert!(allows(&two, &owner, take), "{name}");
        }
        two.exchange().await.expect("an answer");
        // The first learns of these with its own.
        assert!(allows(&one, &owner, take), "{name}");
        one.exchange().await.expect("an answer");
        assert!(!allows(&one, &owner, take), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn servers_that_tell_at_once_lose_nothing() {
    for (name, _db, share) in places().await {
        let owner = owner();
        let tellers = (0..8).map(|_| {
            let (share, owner) = (share.clone(), owner.clone());
            tokio::spawn(async move {
                for _ in 0..20 {
                    let taken: Vec<Taken> = (0..50)
                        .map(|bucket| Taken {
                            owner: owner.clone(),
                            bucket: format!("bucket {bucket:02}"),
                            micros: 60_000_000,
                        })
                        .collect();
                    share.add(&taken).await.expect("an answer");
                }
            })
        });
        for teller in futures_util::future::join_all(tellers).await {
            teller.expect("no panic");
        }
        let look = |bucket: usize| Taken {
            owner: owner.clone(),
            bucket: format!("bucket {bucket:02}"),
            micros: 0,
        };
        let looks: Vec<Taken> = (0..50).map(look).collect();
        let full = share.add(&looks).await.expect("an answer");
        let told = Duration::from_secs(8 * 20 * 60);
        let near = (told - Duration::from_secs(120))..=told;
        assert!(
            full.len() == 50 && full.iter().all(|time| near.contains(time)),
            "{name}: {full:?}"
        );
    }
}

//! The guard against replays. One suite runs over every place in which requests can be remembered, on every database: of
//! all copies of a request one is accepted, whatever happens in between.

mod place;
mod process;
mod rate;
mod schema;

use {
    crate::harness::db::kinds,
    futures_util::future::join_all,
    place::{Ground, Place, id, places, request},
    sigma_sync::ports::{Arrival, Clock as _, Replay, ReplayStore, Tended},
    std::sync::Arc,
};

/// Sends a request once and returns the verdict.
async fn verdict(handle: &Arc<dyn ReplayStore>, request: &Arrival) -> Replay {
    handle.accept(request.clone()).await.expect("a verdict")
}

/// Sends a request that has been accepted; it must never be again.
async fn refuses(handle: &Arc<dyn ReplayStore>, request: &Arrival, why: &str) {
    let answer = handle.accept(request.clone()).await;
    assert!(!matches!(answer, Ok(Replay::Fresh)), "{why}: {handle:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_copies_one_is_accepted() {
    for ground in Ground::all().await {
        let one = ground.open().await;
        // The memory has no second process.
        let other = if ground.place == Place::Memory { one.clone() } else { ground.open().await };
        for ahead in [0, -200, 250] {
            let request = ground.request(ahead);
            let copies = (0..50).map(|n| {
                let (handle, request) =
                    (if n % 2 == 0 { &one } else { &other }.clone(), request.clone());
                tokio::spawn(async move { handle.accept(request).await.expect("a verdict") })
            });
            let verdicts = join_all(copies).await;
            let fresh =
                verdicts.iter().filter(|verdict| matches!(verdict, Ok(Replay::Fresh))).count();
            // From before the start of this place.
            let may_be_forgotten = ahead < 0 && fresh == 0;
            assert!(fresh == 1 || may_be_forgotten, "{:?} {ahead}: {fresh}", ground.place);
            refuses(&other, &request, "once more").await;
        }
    }
}

#[tokio::test]
async fn either_id_makes_a_copy() {
    for ground in Ground::all().await {
        let handle = ground.open().await;
        let first = ground.request(0);
        assert_eq!(verdict(&handle, &first).await, Replay::Fresh);
        let same_nonce = Arrival { ids: [first.ids[0], id()], ..first.clone() };
        let same_signature = Arrival { ids: [id(), first.ids[1]], ..first.clone() };
        for copy in [&first, &same_nonce, &same_signature] {
            assert_eq!(verdict(&handle, copy).await, Replay::Seen, "{:?}", ground.place);
        }
        // A nonce is used once, also by requests that were signed ten minutes apart.
        for apart in [-600, -599, -300, -1, 1, 299, 300, 599, 600] {
            let at = first.signed_at + apart;
            let again = Arrival { signed_at: at, ..same_nonce.clone() };
            refuses(&handle, &again, &format!("{apart} s apart")).await;
        }
        assert_eq!(verdict(&handle, &ground.request(0)).await, Replay::Fresh);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn copies_that_arrive_together_are_told_apart() {
    for ground in Ground::all().await {
        let handle = ground.open().await;
        let requests: Vec<Arrival> = (0..1_500).map(|_| ground.request(0)).collect();
        // Each one twice, and every third time with another signature.
        let copies = requests.iter().enumerate().map(|(n, one)| {
            let ids = if n % 3 == 0 { [one.ids[0], id()] } else { one.ids };
            Arrival { ids, ..one.clone() }
        });
        let all: Vec<Arrival> = requests.iter().cloned().chain(copies).collect();
        let verdicts = join_all(all.iter().map(|one| handle.accept(one.clone()))).await;
        let verdicts: Vec<Replay> =
            verdicts.into_iter().map(|one| one.expect("a verdict")).collect();
        for n in 0..requests.len() {
            let mut pair = [verdicts[n], verdicts[n + requests.len()]];
            pair.sort_by_key(|one| *one != Replay::Fresh);
            assert_eq!(pair, [Replay::Fresh, Replay::Seen], "{:?} {n}", ground.place);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_caller_that_goes_away_leaves_no_second_chance() {
    for ground in Ground::all().await {
        let handle = ground.open().await;
        for round in 0..60_u64 {
            let request = ground.request(0);
            let (own, copy) = (handle.clone(), request.clone());
            let going = tokio::spawn(async move { own.accept(copy).await });
            tokio::time::sleep(std::time::Duration::from_micros(round * 40)).await;
            going.abort();
            let first = matches!(going.await, Ok(Ok(Replay::Fresh)));
            let then = verdict(&handle, &request).await == Replay::Fresh;
            assert!(!(first && then), "{:?} {round}", ground.place);
            refuses(&handle, &request, "a third time").await;
        }
    }
}

#[tokio::test]
async fn a_restart_forgets_no_request() {
    for ground in Ground::all().await {
        for ordered in [true, false] {
            let before = ground.open().await;
            let requests: Vec<Arrival> =
                [-300, -60, -1, 0, 0, 1, 2, 3, 60, 300].map(|ahead| ground.request(ahead)).to_vec();
            let mut accepted = Vec::new();
            for request in &requests {
                if verdict(&before, request).await == Replay::Fresh {
                    accepted.push(request);
                }
            }
            assert!(accepted.len() >= 3, "{:?}: {accepted:?}", ground.place);
            if ordered {
                before.end().await;
            } else {
                // Killed: the next process has to wait for the lease of a memory.
                if ground.place == Place::Memory {
                    let early = ground.handle(ground.place);
                    assert_eq!(early.tend().await.expect("a look"), Tended::Elsewhere);
                    assert!(early.accept(ground.request(0)).await.is_err());
                }
                ground.end_lease().await;
            }
            drop(before);
            let after = ground.handle(ground.place);
            assert_eq!(after.tend().await.expect("a store"), Tended::Well);
            for request in &accepted {
                refuses(&after, request, "after a restart").await;
            }
            ground.settle(&after).await;
            for request in accepted {
                refuses(&after, request, "later").await;
            }
            after.end().await;
        }
    }
}

#[tokio::test]
async fn no_clock_makes_an_old_request_new() {
    for ground in Ground::all().await {
        let handle = ground.open().await;
        let mut accepted = Vec::new();
        for seconds in [0_i64, 400, 0, 1_500, 1_000, -400, 3_000, 100, 0] {
            ground.clock.set(seconds);
            // A store may refuse to work by such a clock, and may forget: but not accept twice.
            let _told = handle.tend().await;
            for _ in 0..3 {
                let now = ground.clock.now().timestamp();
                ground.store.across_tenants().sweep_replays(now, 10_000).await.expect("a sweep");
                for ahead in [-290, 0, 290] {
                    let request = ground.request(ahead);
                    if matches!(handle.accept(request.clone()).await, Ok(Replay::Fresh)) {
                        accepted.push(request);
                    }
                }
            }
            for request in &accepted {
                refuses(&handle, request, &format!("clock {seconds}")).await;
            }
        }
        assert!(accepted.len() >= 6, "{:?}", ground.place);
    }
}

#[tokio::test]
async fn nothing_is_accepted_before_the_place_is_held_or_after_it_was_lost() {
    for ground in Ground::all().await {
        let handle = ground.handle(ground.place);
        assert!(handle.accept(ground.request(0)).await.is_err(), "{:?}", ground.place);
        assert_eq!(handle.tend().await.expect("a store"), Tended::Well);
        ground.settle(&handle).await;
        let request = ground.request(0);
        assert_eq!(verdict(&handle, &request).await, Replay::Fresh);
        // Others took the place meanwhile, and have it.
        let far = "UPDATE leases SET owner = 'another', until_ms = until_ms + 3600000";
        ground.db.execute(far).await;
        for _ in 0..5 {
            if handle.tend().await.expect("a look") == Tended::Elsewhere {
                break;
            }
        }
        assert_eq!(handle.tend().await.expect("a look"), Tended::Elsewhere, "{:?}", ground.place);
        assert!(handle.accept(ground.request(0)).await.is_err(), "{:?}", ground.place);
        // And have left it.
        ground.end_lease().await;
        ground.settle(&handle).await;
        refuses(&handle, &request, "after the place was lost").await;
    }
}

#[tokio::test]
async fn another_place_forgets_nothing_and_begins_only_when_the_first_is_free() {
    for kind in kinds() {
        for from in places() {
            for to in places().into_iter().filter(|to| *to != from) {
                let ground = Ground::new(kind, from).await;
                let before = ground.open().await;
                let mut accepted = Vec::new();
                for ahead in [-280, -5, 0, 1, 2, 3, 100, 290] {
                    let request = ground.request(ahead);
                    if verdict(&before, &request).await == Replay::Fresh {
                        accepted.push(request);
                    }
                }
                assert!(accepted.len() >= 3, "{from:?}");
                let after = ground.handle(to);
                assert_eq!(
                    after.tend().await.expect("a look"),
                    Tended::Elsewhere,
                    "{from:?} {to:?}"
                );
                assert!(after.accept(ground.request(0)).await.is_err());
                ground.end_lease().await;
                assert_eq!(after.tend().await.expect("a store"), Tended::Well, "{from:?} {to:?}");
                for request in &accepted {
                    refuses(&after, request, &format!("{from:?} to {to:?}")).await;
                }
                ground.settle(&after).await;
                for request in &accepted {
                    refuses(&after, request, &format!("{from:?} to {to:?}, later")).await;
                }
                after.end().await;
            }
        }
    }
}

#[tokio::test]
async fn requests_of_other_seconds_are_not_held_up_by_the_refused_ones() {
    for ground in Ground::all().await {
        let handle = ground.open().await;
        // What is too old to be remembered is told the second from which on it is not refused.
        if let Replay::Forgotten(until) = verdict(&handle, &request(1)).await {
            assert!(until >= 1 && until < ground.clock.now().timestamp() + 5);
            let later = request(until.max(ground.clock.now().timestamp()) + 1);
            assert_eq!(verdict(&handle, &later).await, Replay::Fresh, "{:?}", ground.place);
        }
    }
}

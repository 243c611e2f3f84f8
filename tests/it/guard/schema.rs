//! What the database keeps of requests: slots that are emptied as a whole, slices, and servers of the version before.

use {
    super::place::{Ground, Place, id, request},
    crate::harness::db::{Kind, kinds},
    sigma_sync::{
        domain::id::ReplayId,
        ports::{Arrival, Clock as _, Replay, Tended},
        store::Store,
    },
};

fn hex(id: ReplayId) -> String {
    hex::encode(id.0)
}

#[tokio::test]
async fn slots_are_emptied_and_not_deleted_from() {
    if !kinds().contains(&Kind::Postgres) {
        return;
    }
    let ground = Ground::new(Kind::Postgres, Place::Database).await;
    let handle = ground.open().await;
    let now = ground.clock.now().timestamp();
    let request = ground.request(0);
    assert_eq!(handle.accept(request.clone()).await.unwrap(), Replay::Fresh);
    // What the slot after next has from its last round.
    let slot = (now / 600 + 4) % 8;
    let old = format!(
        "INSERT INTO replay_slots SELECT decode(md5(n::text), 'hex'), {slot}, {} FROM generate_series(1, 1000) n",
        now - 2_400
    );
    ground.db.execute(&old).await;
    let count = format!("SELECT count(*) AS n FROM replay_slot_{slot}");
    let file = format!("SELECT pg_relation_filenode('replay_slot_{slot}')::bigint AS n");
    let first = ground.db.number(&file).await;
    let sweep = async || ground.store.across_tenants().sweep_replays(now, 500).await.unwrap();
    // First the floor rises, then the slot is emptied, with all that is in it.
    assert_eq!(sweep().await, 0);
    assert_eq!(ground.db.number(&count).await, 1_000);
    let floor = ground.db.number("SELECT signed_until AS n FROM replay_floor").await;
    assert!((now - 2_400..now - 1_200).contains(&floor), "{}", now - floor);
    assert_eq!(sweep().await, 0);
    assert_eq!(ground.db.number(&count).await, 0);
    assert_ne!(ground.db.number(&file).await, first, "a new file, not deleted rows");
    // What is in use stays.
    assert_eq!(handle.accept(request).await.unwrap(), Replay::Seen);
    assert_eq!(ground.db.number("SELECT count(*) AS n FROM replay_slots").await % 3, 0);
}

#[tokio::test]
async fn a_server_of_the_version_before_shares_the_record() {
    if !kinds().contains(&Kind::Postgres) {
        return;
    }
    let ground = Ground::new(Kind::Postgres, Place::Database).await;
    let handle = ground.open().await;
    // The statement of that version; it returns the rows that are new.
    let old = async |ids: [ReplayId; 2]| {
        let until = ground.clock.now().timestamp() + 660;
        let values = ids.map(|id| format!("('\\x{}', {until})", hex(id))).join(", ");
        let sql = format!(
            "WITH stored AS (INSERT INTO replay_guard (id, expires_at) VALUES {values} ON CONFLICT DO NOTHING RETURNING id)
             SELECT count(*) AS n FROM stored"
        );
        ground.db.number(&sql).await
    };
    for ahead in [-300, 0, 300] {
        let first = ground.request(ahead);
        assert_eq!(old(first.ids).await, 2, "{ahead}");
        assert_eq!(old(first.ids).await, 0);
        assert_eq!(handle.accept(first).await.unwrap(), Replay::Seen, "{ahead}");
        let second = ground.request(ahead);
        assert_eq!(handle.accept(second.clone()).await.unwrap(), Replay::Fresh);
        assert_eq!(old(second.ids).await, 0, "{ahead}");
    }
    // Its sweep as well.
    ground.db.execute("DELETE FROM replay_guard WHERE expires_at < 1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_on_one_file_read_what_the_others_have_added() {
    let first = Ground::new(Kind::Sqlite, Place::Database).await;
    let second = Store::connect(&first.db.url, 8).await.expect("the database");
    let stores = [&first.store, &second];
    let now = first.clock.now().timestamp();
    let new = || ([id(), id()], now);
    let insert = async |n: usize, batch: &[([ReplayId; 2], i64)]| {
        stores[n].across_tenants().insert_replays(batch).await.expect("a verdict")
    };
    for round in 0..20 {
        let (one, other) = (new(), new());
        assert_eq!(insert(round % 2, &[one, other]).await, [true, true]);
        // The same signature, and the same nonce at another second, beside a new request.
        let same_signature = ([id(), one.0[1]], now);
        let same_nonce = ([other.0[0], id()], now + 300);
        let batch = [same_signature, new(), same_nonce];
        assert_eq!(insert((round + 1) % 2, &batch).await, [false, true, false]);
        assert_eq!(insert(round % 2, &batch).await, [false, false, false]);
    }
    // All at once: each request is new to one of the two.
    let all: Vec<_> = (0..400).map(|_| new()).collect();
    let attempts = all.iter().flat_map(|one| [0, 1].map(|n| (n, *one)));
    let attempts = attempts.map(async |(n, one)| insert(n, &[one]).await[0]);
    let accepted = futures_util::future::join_all(attempts).await;
    assert!(accepted.chunks(2).all(|pair| pair[0] != pair[1]), "{accepted:?}");
    // Of what is deleted or too old, no number is used again.
    first.db.execute("DELETE FROM replay_log").await;
    assert_eq!(insert(0, &[all[0]]).await, [false]);
    assert_eq!(insert(0, &[new()]).await, [true]);
    first.db.execute(&format!("UPDATE replay_floor SET signed_until = {now}")).await;
    let third = Store::connect(&first.db.url, 8).await.expect("the database");
    assert_eq!(third.across_tenants().insert_replays(&[new()]).await.unwrap(), [false]);
    let later = ([id(), id()], now + 1);
    let batch = [new(), later, all[0]];
    assert_eq!(third.across_tenants().insert_replays(&batch).await.unwrap(), [false, true, false]);
    assert_eq!(insert(0, &[later, new()]).await, [false, false]);
}

#[tokio::test]
async fn an_upgrade_forgets_nothing_and_a_server_of_the_version_before_waits() {
    let ground = Ground::new(Kind::Sqlite, Place::Database).await;
    let now = ground.clock.now().timestamp();
    let until = now + 3_600;
    // That version has the lease, and accepts a request.
    let old = format!(
        "INSERT INTO leases (name, owner, until_ms) VALUES ('replay guard', 'database', {until}000)"
    );
    ground.db.execute(&old).await;
    let accepted = ground.request(60);
    let values = accepted.ids.map(|id| format!("(x'{}', {})", hex(id), accepted.signed_at + 660));
    let values = values.join(", ");
    ground.db.execute(&format!("INSERT INTO replay_guard (id, expires_at) VALUES {values}")).await;
    let handle = ground.handle(Place::Database);
    assert_eq!(handle.tend().await.expect("a look"), Tended::Elsewhere);
    assert!(handle.accept(ground.request(0)).await.is_err());
    ground.end_lease().await;
    ground.settle(&handle).await;
    assert_eq!(handle.accept(accepted.clone()).await.unwrap(), Replay::Seen);
    // To that version this one is another place, from whose time it accepts nothing.
    let owner = "SELECT count(*) AS n FROM leases WHERE name = 'replay guard' AND owner NOT IN ('database', 'redis')";
    assert_eq!(ground.db.number(owner).await, 1);
}

#[tokio::test]
async fn a_sweep_takes_a_slice_at_a_time() {
    for kind in kinds() {
        let ground = Ground::new(kind, Place::Database).await;
        let fill = match kind {
            Kind::Sqlite => {
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1201)
                 INSERT INTO replay_guard SELECT randomblob(16), 2000 FROM c"
            }
            Kind::Postgres => {
                "INSERT INTO replay_guard SELECT decode(md5(n::text), 'hex'), 2000 FROM generate_series(1, 1201) n"
            }
        };
        ground.db.execute(fill).await;
        if kind == Kind::Sqlite {
            // What a server of the version before stores comes into the log.
            let copies = "SELECT count(*) AS n FROM replay_log WHERE signed_at = 1340";
            assert_eq!(ground.db.number(copies).await, 1_201);
        }
        let sweep = async || ground.store.across_tenants().sweep_replays(2_001, 500).await.unwrap();
        assert_eq!(
            [sweep().await, sweep().await, sweep().await, sweep().await],
            [500, 500, 201, 0]
        );
        if kind == Kind::Sqlite {
            assert_eq!(ground.db.number("SELECT count(*) AS n FROM replay_log").await, 0);
        }
    }
}

#[tokio::test]
async fn a_clock_400_s_wrong_on_one_server_lets_nothing_pass_twice() {
    for kind in kinds() {
        for (one, other) in [(0, 400), (400, 0), (0, -400), (-400, 400)] {
            let ground = Ground::new(kind, Place::Database).await;
            let handles = [ground.open().await, ground.open().await];
            let now = ground.clock.now().timestamp();
            let accepted: Vec<Arrival> = (-12..13).map(|n| request(now + n * 60)).collect();
            for request in &accepted {
                ground.clock.set(one);
                assert_eq!(handles[0].accept(request.clone()).await.unwrap(), Replay::Fresh);
            }
            ground.clock.set(other);
            for sweep in 0..3 {
                let at = ground.clock.now().timestamp();
                if kind == Kind::Postgres {
                    ground.store.across_tenants().sweep_replays(at, 10_000).await.unwrap();
                }
                handles[1].tend().await.unwrap();
                for request in &accepted {
                    let answer = handles[1].accept(request.clone()).await;
                    assert!(!matches!(answer, Ok(Replay::Fresh)), "{kind:?} {sweep} {request:?}");
                }
            }
        }
    }
    let _unlike = id();
}

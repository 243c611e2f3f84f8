//! Row security of PostgreSQL: what it keeps apart, how it is switched, and when a process refuses to rely on it.

mod mutant;
mod touch;

use {
    crate::{
        harness::{
            app::{App, connect, sandbox, sync},
            db::{Db, Kind, kinds},
            process::{Ended, run, with_key},
        },
        isolation::{tables, tenant, texts},
        store,
    },
    futures_util::future::join_all,
    sea_orm::{ConnectionTrait as _, Database, DatabaseConnection},
    sigma_sync::{
        domain::module::ModuleName,
        store::{RowSecurity, Store},
    },
    std::time::Duration,
};

/// The tables whose rows belong to no tenant. A tenant's statements see none of them but `master_keys`.
const OF_NONE: [&str; 9] = [
    "key_marks",
    "leases",
    "master_keys",
    "rate_buckets",
    "replay_floor",
    "replay_guard",
    "replay_slots",
    "row_security",
    "seaql_migrations",
];

fn has_postgres() -> bool {
    kinds().contains(&Kind::Postgres)
}

async fn postgres(row_security: &'static str) -> Db {
    let mut db = Db::new(Kind::Postgres).await;
    db.row_security = row_security;
    db
}

fn command(db: &Db, words: &[&str]) -> Ended {
    run(with_key(db, &db.master_key()).args(words))
}

/// The same in production mode.
fn production(db: &Db, words: &[&str]) -> Ended {
    run(with_key(db, &db.master_key()).args(words).env("SIGMA_MODE", "production"))
}

fn refused(ended: &Ended, words: &str) {
    assert_eq!(ended.code, Some(78), "{words}: {}", ended.said);
    assert!(ended.said.contains(words), "{words}: {}", ended.said);
}

async fn beside(db: &Db) -> DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(&db.url);
    // What a session sets stays on its connection.
    options.max_connections(1);
    Database::connect(options).await.expect("the database")
}

async fn count(db: &DatabaseConnection, sql: &str) -> i64 {
    texts(db, &format!("SELECT ({sql})::text AS x")).await[0].parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_with_a_tenant_shows_the_rows_of_one() {
    if !has_postgres() {
        return;
    }
    let db = postgres("on").await;
    let app = App::start(&db, &[]);
    let (client, school) = (app.client(), sandbox(3, 0).await);
    connect(&client, &school).await;
    assert_eq!(sync(&client).await["status"], "completed");
    school.stop().await;
    tenant(&client, "riyadh").await;
    let (inside, outside, role) = (beside(&db).await, beside(&db).await, db.role());

    let of_tenants = tables(&outside).await;
    let all = "SELECT table_name::text AS x FROM information_schema.tables
         WHERE table_schema = current_schema() ORDER BY 1";
    let mut all = texts(&outside, all).await;
    all.retain(|name| !of_tenants.contains(name));
    // The parts of a table, which are numbered.
    all.retain(|name| !name.starts_with("replay_slot_"));
    assert_eq!(all, OF_NONE, "a table without `tenant_id` is listed here");

    inside.execute_unprepared(&format!("SET ROLE {role}")).await.expect("the role");
    let mut seen = 0;
    for table in &of_tenants {
        let rows = format!("SELECT count(*) FROM {table}");
        // Unset, set and unset again in a transaction, which reads as '' from then on, empty, and another tenant.
        for set in ["SELECT 1", "BEGIN; SET LOCAL sigma.tenant_id = 'riyadh'; COMMIT"] {
            inside.execute_unprepared(set).await.unwrap();
            assert_eq!(count(&inside, &rows).await, 0, "{table}: {set}");
        }
        for name in ["", "nobody", "riyadh", "default"] {
            inside.execute_unprepared(&format!("SET sigma.tenant_id = '{name}'")).await.unwrap();
            let own = format!("SELECT count(*) FROM {table} WHERE tenant_id = '{name}'");
            let (shown, own) = (count(&inside, &rows).await, count(&outside, &own).await);
            assert_eq!(shown, own, "{table}: {name}");
            seen += shown;
        }
        // Nor is a row of another tenant changed, deleted, taken over or stored.
        let foreign = [
            format!("DELETE FROM {table} WHERE tenant_id = 'riyadh'"),
            format!("UPDATE {table} SET tenant_id = 'default' WHERE tenant_id = 'riyadh'"),
        ];
        for sql in foreign {
            match inside.execute_unprepared(&sql).await {
                Ok(done) => assert_eq!(done.rows_affected(), 0, "{sql}"),
                Err(error) => assert!(error.to_string().contains("row-level security"), "{error}"),
            }
        }
        let given = format!("UPDATE {table} SET tenant_id = 'riyadh' WHERE tenant_id = 'default'");
        match inside.execute_unprepared(&given).await {
            Ok(done) => assert_eq!(done.rows_affected(), 0, "{given}"),
            // The audit log refuses every change before.
            Err(error) => {
                let error = error.to_string();
                let fine = ["row-level security", "an audit entry is never changed"];
                assert!(fine.iter().any(|word| error.contains(word)), "{given}: {error}");
            }
        }
        inside.execute_unprepared("RESET sigma.tenant_id").await.unwrap();
    }
    assert!(of_tenants.len() > 25 && seen > 100, "{} tables, {seen} rows", of_tenants.len());
    for table in OF_NONE.iter().filter(|name| **name != "master_keys") {
        let sql = format!("SELECT count(*) FROM {table}");
        let error = inside.execute_unprepared(&sql).await.expect_err(table);
        assert!(error.to_string().contains("permission denied"), "{table}: {error}");
    }
    let bad = "INSERT INTO tenant_profiles (tenant_id, name, status, created_at, updated_at)
         VALUES ('o''x', 'x', 'active', now(), now())";
    assert!(outside.execute_unprepared(bad).await.is_err(), "letters that no id has");
    let role = format!("rolname = '{role}' AND NOT (rolcanlogin OR rolsuper OR rolbypassrls)");
    assert_eq!(count(&outside, &format!("SELECT count(*) FROM pg_roles WHERE {role}")).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_switched_by_migrate_and_found_by_every_start() {
    if !has_postgres() {
        return;
    }
    let is_on = "SELECT count(*) AS n FROM row_security WHERE is_on";
    // Development has it off, production on; an old database stays as it is.
    let mut db = postgres("").await;
    assert_eq!(command(&db, &["migrate"]).code, Some(0));
    assert_eq!(db.number(is_on).await, 0);
    assert_eq!(production(&db, &["migrate"]).code, Some(0));
    assert_eq!(db.number(is_on).await, 0);
    let fresh = postgres("").await;
    assert_eq!(production(&fresh, &["migrate"]).code, Some(0));
    assert_eq!(fresh.number(is_on).await, 1);
    assert_eq!(command(&fresh, &["seed"]).code, Some(0), "the database says that it is on");

    for (wanted, other) in [("on", "off"), ("off", "on")] {
        db.row_security = wanted;
        refused(&command(&db, &["seed"]), "run `sigma-sync migrate` with this setting");
        assert_eq!(command(&db, &["migrate"]).code, Some(0));
        assert_eq!(command(&db, &["seed"]).code, Some(0));
        db.row_security = other;
        refused(&command(&db, &["serve"]), &format!("is {other}, but it is {wanted}"));
        db.row_security = "";
        assert_eq!(command(&db, &["seed"]).code, Some(0));
    }
    let mut lite = Db::new(Kind::Sqlite).await;
    lite.row_security = "on";
    for words in ["migrate", "serve", "seed"] {
        refused(&command(&lite, &[words]), "SQLite has no row security");
    }
    db.row_security = "yes";
    refused(&command(&db, &["migrate"]), "row_security");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_right_to_make_a_role_migrate_names_the_statements() {
    if !has_postgres() {
        return;
    }
    let mut db = postgres("on").await;
    let (role, admin) = (db.role(), db.url.clone());
    let login = role.replace("rows", "login");
    db.execute(&format!("CREATE ROLE {login} LOGIN PASSWORD 'x'")).await;
    let name = admin.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    db.execute(&format!("ALTER DATABASE {name} OWNER TO {login}")).await;
    db.execute(&format!("GRANT ALL ON SCHEMA public TO {login}")).await;
    let mut url = url::Url::parse(&admin).unwrap();
    url.set_username(&login).unwrap();
    url.set_password(Some("x")).unwrap();
    db.url = url.into();
    let ended = command(&db, &["migrate"]);
    let statements = format!("CREATE ROLE {role} NOLOGIN; GRANT {role} TO {login};");
    refused(&ended, &statements);
    assert_eq!(command(&db, &["migrate", "--status"]).code, Some(6), "nothing was migrated");
    db.url.clone_from(&admin);
    db.execute(&statements).await;
    let mut url = url::Url::parse(&admin).unwrap();
    url.set_username(&login).unwrap();
    url.set_password(Some("x")).unwrap();
    db.url = url.into();
    assert_eq!(command(&db, &["migrate"]).code, Some(0));
    // A login without any rights of its own but those of an owner: the whole way of a record.
    let app = App::start(&db, &[]);
    let (client, school) = (app.client(), sandbox(3, 0).await);
    connect(&client, &school).await;
    assert_eq!(sync(&client).await["status"], "completed");
    school.stop().await;
    drop(app);
    db.url.clone_from(&admin);
    let other = db.role().replace("rows", "other");
    db.execute(&format!("CREATE ROLE {other} LOGIN PASSWORD 'x'; GRANT {role} TO {other}")).await;
    db.execute(&format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {other}")).await;
    let mut url = url::Url::parse(&admin).unwrap();
    url.set_username(&other).unwrap();
    url.set_password(Some("x")).unwrap();
    db.url = url.into();
    refused(&command(&db, &["serve"]), "connect as the owner of the tables");
    db.url.clone_from(&admin);
    for sql in [
        format!("REASSIGN OWNED BY {login} TO current_user"),
        format!("DROP OWNED BY {login}, {other}"),
        format!("DROP ROLE {login}, {other}"),
    ] {
        db.execute(&sql).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wall_with_a_gap_is_not_relied_on() {
    if !has_postgres() {
        return;
    }
    let db = postgres("").await;
    assert_eq!(production(&db, &["migrate"]).code, Some(0));
    let role = db.role();
    let policy = "USING (tenant_id = NULLIF(current_setting('sigma.tenant_id', true), ''))";
    let open = "CREATE POLICY tenant_rows ON people USING (true) WITH CHECK (true)";
    for (gap, words, mended) in [
        ("ALTER TABLE people DISABLE ROW LEVEL SECURITY", "people does not keep", true),
        ("DROP POLICY tenant_rows ON people", "people does not keep", true),
        (&*format!("REVOKE SELECT ON people FROM {role}"), "people does not keep", true),
        (&*format!("ALTER TABLE people OWNER TO {role}"), "people does not keep", false),
        ("CREATE POLICY more ON people USING (true)", "people does not keep", false),
        (&*format!("DROP POLICY tenant_rows ON people; {open}"), "policies differ", false),
        (&*format!("ALTER ROLE {role} BYPASSRLS"), "does not keep", false),
        (&*format!("DROP OWNED BY {role}; DROP ROLE {role}"), "cannot take the role", true),
    ] {
        db.execute(gap).await;
        for command in [command(&db, &["seed"]), command(&db, &["serve"])] {
            refused(&command, words);
            assert!(command.said.contains("sigma-sync migrate"), "{}", command.said);
        }
        if !mended {
            let back = match gap {
                gap if gap.contains("OWNER") => "ALTER TABLE people OWNER TO current_user".into(),
                gap if gap.contains("more") => "DROP POLICY more ON people".into(),
                gap if gap.contains("BYPASSRLS") => format!("ALTER ROLE {role} NOBYPASSRLS"),
                _ => format!(
                    "DROP POLICY tenant_rows ON people; CREATE POLICY tenant_rows ON people {policy} WITH CHECK ({})",
                    &policy["USING (".len()..policy.len() - 1]
                ),
            };
            db.execute(&back).await;
        }
        assert_eq!(production(&db, &["migrate"]).code, Some(0), "{gap}");
        assert_eq!(command(&db, &["seed"]).code, Some(0), "{gap}");
    }
    let told = format!("ALTER ROLE {role} LOGIN");
    db.execute(&told).await;
    refused(&production(&db, &["migrate"]), &format!("ALTER ROLE {role} NOLOGIN"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_of_before_go_on_while_it_is_switched_on() {
    if !has_postgres() {
        return;
    }
    let mut db = postgres("").await;
    let app = App::start(&db, &[]);
    let (client, school) = (app.client(), sandbox(3, 0).await);
    connect(&client, &school).await;
    db.row_security = "on";
    assert_eq!(command(&db, &["migrate"]).code, Some(0));
    let new = App::start(&db, &["--worker", "none"]);
    // The worker knows nothing of it, the server asks for the run behind it.
    let run = crate::harness::app::trigger(&new.client()).await;
    let run = crate::harness::app::ended(&new.client(), &run).await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(client.get("/v1/extension/settings").await.status, 200);
    // Off again, below a process that goes on behind it.
    db.row_security = "off";
    assert_eq!(command(&db, &["migrate"]).code, Some(0));
    assert_eq!(new.client().get("/v1/extension/settings").await.status, 200);
    assert_eq!(sync(&new.client()).await["status"], "completed");
    let shown = "SELECT count(*) AS n FROM pg_class WHERE relname = 'people' AND relrowsecurity";
    assert_eq!(db.number(shown).await, 1, "the wall that it relies on still stands");
    school.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_broken_off_leaves_nothing_behind() {
    if !has_postgres() {
        return;
    }
    let db = postgres("on").await;
    let store = Store::connect(&db.url, 4).await.expect("a store");
    store.across_tenants().migrate_with(RowSecurity::On).await.expect("the schema");
    let store = store.walled(RowSecurity::On).await.expect("row security");
    let scopes = [store::tenant(&store, "a").await, store::tenant(&store, "b").await];
    let broken_off = |n: u64| {
        let (store, scope) = (&store, &scopes[n as usize % 2]);
        async move {
            let work = async {
                store.of(scope).settings().await?;
                store.of(scope).claim_token("x", "y").await?;
                let tx = store.of(scope).begin().await?;
                tx.module(ModuleName::Students).await?;
                tx.commit().await
            };
            tokio::time::timeout(Duration::from_micros(n * 23 % 4_000), work).await.is_err()
        }
    };
    let mut broken = 0;
    for round in 0..40 {
        let calls = (0..8).map(|n| broken_off(round * 8 + n));
        broken += join_all(calls).await.into_iter().filter(|is_broken| *is_broken).count();
    }
    assert!(broken > 50, "{broken}");
    // What crosses tenants sees all on every connection, and each tenant its own.
    for _ in 0..10 {
        let looks = (0..8).map(|n| {
            let (store, scopes) = (&store, &scopes);
            async move {
                assert_eq!(store.across_tenants().tenants(None).await.unwrap().len(), 2);
                let own = store.of(&scopes[n % 2]).settings().await.unwrap().unwrap();
                assert_eq!(own.tenant_id, scopes[n % 2].tenant().as_str());
            }
        });
        join_all(looks).await;
    }
    let idle = "SELECT count(*) AS n FROM pg_stat_activity
         WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    assert_eq!(db.number(idle).await, 0);
}

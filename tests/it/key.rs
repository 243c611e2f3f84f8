//! The master key belongs to the database: another key, a lost one and an unreadable one are reported at every start,
//! and no key is made beside secrets that another key has sealed.

use {
    crate::harness::{
        app::App,
        db::{Db, Kind, kinds},
        process::{Ended, Started, bare, run, with_key},
    },
    sigma_sync::crypto::envelope::MasterKey,
    std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt as _,
        path::{Path, PathBuf},
        process::Command,
    },
};

/// Every command that opens the database with keys.
const COMMANDS: [&[&str]; 6] = [
    &["serve"],
    &["serve", "--worker", "none"],
    &["--mode", "production", "serve"],
    &["worker"],
    &["demo", "--once", "--students", "3"],
    &["seed"],
];

fn id(file: &Path) -> String {
    MasterKey::parse(&fs::read(file).expect("a key")).expect("a key").id().to_owned()
}

fn migrate(db: &Db) {
    assert_eq!(run(bare(db).arg("migrate")).code, Some(0));
}

/// Creates the default tenant with a command's key.
fn seed(mut command: Command) -> Ended {
    run(command.arg("seed"))
}

/// Runs a command that must refuse to start, and checks that its error has these words.
fn refused(command: &mut Command, words: &[&str]) {
    let ended = run(command);
    assert_eq!(ended.code, Some(78), "{command:?}: {}{}", ended.out, ended.said);
    for word in words {
        assert!(ended.said.contains(word), "{command:?}: no '{word}' in {}", ended.said);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_is_told_at_every_start() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let (right, wrong) = (db.master_key(), db.key_file("other.key", 8));
        migrate(&db);
        assert_eq!(seed(with_key(&db, &right)).code, Some(0));
        for args in COMMANDS {
            refused(with_key(&db, &wrong).args(args), &[&id(&right), &id(&wrong), "other.key"]);
        }
        for broken in ["", "not a key", "0707"] {
            let file = db.folder.join("broken.key");
            fs::write(&file, broken).expect("a file");
            refused(with_key(&db, &file).arg("serve"), &["broken.key", &id(&right)]);
        }
        refused(with_key(&db, &db.folder).arg("serve"), &[&id(&right)]);
        refused(with_key(&db, Path::new("nowhere.key")).arg("worker"), &["nowhere.key"]);
        let app = App::start(&db, &[]);
        assert_eq!(app.client().get("/v1/extension/settings").await.status, 200, "{kind:?}");
    }
}

/// The default place of the key, which no setting names.
fn usual(db: &Db, kind: Kind) -> PathBuf {
    match kind {
        Kind::Sqlite => db.folder.join("master.key"),
        Kind::Postgres => db.folder.join("data/master.key"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_is_made_where_secrets_are_sealed() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        migrate(&db);
        assert_eq!(seed(bare(&db)).code, Some(0));
        let (key, away) = (usual(&db, kind), db.folder.join("away.key"));
        let expected = id(&key);
        fs::rename(&key, &away).expect("a move");
        for args in COMMANDS {
            let words: &[&str] = match (kind, args) {
                // Refused before, because no key is named.
                (Kind::Postgres, ["--mode", ..]) => &["master_key_file"],
                _ => &["master.key does not exist", &expected],
            };
            refused(bare(&db).args(args), words);
            assert!(!key.exists(), "{kind:?} {args:?}: no key is made");
        }
        fs::rename(&away, &key).expect("a move");
        assert_eq!(seed(bare(&db)).code, Some(0), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_from_before_knows_its_key_by_what_is_sealed() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let (right, wrong) = (db.master_key(), db.key_file("other.key", 8));
        migrate(&db);
        assert_eq!(seed(with_key(&db, &right)).code, Some(0));
        for sql in [
            "DROP TABLE master_keys",
            "ALTER TABLE integration_settings DROP COLUMN moodle_token_site",
            "DELETE FROM seaql_migrations WHERE version = 'm20261127_000010_secret'",
        ] {
            db.execute(sql).await;
        }
        if kind == Kind::Postgres {
            migrate(&db);
        }
        refused(with_key(&db, &wrong).arg("serve"), &[&id(&right), &id(&wrong)]);
        assert_eq!(db.number("SELECT count(*) AS n FROM master_keys").await, 0, "{kind:?}");
        assert_eq!(seed(with_key(&db, &right)).code, Some(0));
        assert_eq!(db.number("SELECT count(*) AS n FROM master_keys").await, 1, "{kind:?}");
        refused(with_key(&db, &wrong).arg("worker"), &[&id(&right), &id(&wrong)]);

        // A data key with the right name that does not open counts as damaged.
        db.execute("DELETE FROM master_keys").await;
        let zeros =
            if kind == Kind::Sqlite { "zeroblob(72)" } else { "decode(repeat('00', 72), 'hex')" };
        db.execute(&format!("UPDATE data_keys SET wrapped = {zeros}")).await;
        refused(with_key(&db, &right).arg("serve"), &[&id(&right), "damaged"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_processes_that_start_at_once_one_key_wins() {
    for kind in kinds() {
        for round in 0..6 {
            let db = Db::new(kind).await;
            let keys = [db.key_file("one.key", 1), db.key_file("two.key", 2)];
            if kind == Kind::Postgres {
                migrate(&db);
            }
            let start = |key: &PathBuf| Started::new(with_key(&db, key).arg("seed"));
            let ended = keys.each_ref().map(start).map(Started::ended);
            let mut codes = ended.each_ref().map(|ended| ended.code);
            codes.sort_unstable();
            assert_eq!(codes, [Some(0), Some(78)], "{kind:?} {round}: {ended:?}");
            let loser = ended.iter().find(|ended| ended.code == Some(78)).expect("a loser");
            assert!(keys.iter().all(|key| loser.said.contains(&id(key))), "{}", loser.said);
            let keys_of = "SELECT count(DISTINCT master_key_id) AS n FROM data_keys";
            assert_eq!(db.number(keys_of).await, 1, "{kind:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_start_at_once_share_the_key_that_is_made() {
    for kind in kinds() {
        for round in 0..4 {
            let db = Db::new(kind).await;
            if kind == Kind::Postgres {
                migrate(&db);
            }
            let ended = [(); 3].map(|()| Started::new(bare(&db).arg("seed"))).map(Started::ended);
            assert!(ended.iter().all(|ended| ended.code == Some(0)), "{kind:?} {round}: {ended:?}");
            let key = usual(&db, kind);
            assert_eq!(fs::metadata(&key).expect("a key").permissions().mode() & 0o7777, 0o600);
            assert_eq!(seed(with_key(&db, &key)).code, Some(0));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_others_can_read_is_closed_or_told() {
    let db = Db::new(Kind::Sqlite).await;
    assert_eq!(seed(bare(&db)).code, Some(0));
    let key = usual(&db, Kind::Sqlite);
    let mode = |file: &Path| fs::metadata(file).expect("a key").permissions().mode() & 0o7777;
    fs::set_permissions(&key, Permissions::from_mode(0o644)).expect("a mode");
    assert_eq!(seed(bare(&db)).code, Some(0));
    assert_eq!(mode(&key), 0o600, "the program's own is closed");

    fs::set_permissions(&key, Permissions::from_mode(0o640)).expect("a mode");
    let ended = seed(with_key(&db, &key));
    assert_eq!((ended.code, mode(&key)), (Some(0), 0o640), "a named one stays as it is");
    assert!(ended.said.contains("other users can read the master key file"), "{}", ended.said);
}

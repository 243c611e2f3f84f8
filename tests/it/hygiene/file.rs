//! Files that the service is told to read and that are none: refused with their name, and neither waited for nor read
//! without an end.

use {
    crate::harness::{
        db::{Db, Kind},
        process::{run, with_key},
    },
    std::{
        fs::{self, File},
        os::unix::fs::symlink,
        path::{Path, PathBuf},
        process::Command,
    },
};

/// Makes what is not a short file, each with the word that it is refused with.
fn odd(folder: &Path) -> Vec<(PathBuf, &'static str)> {
    let place = |name: &str| folder.join(name);
    let made = Command::new("mkfifo").arg(place("pipe")).status().expect("mkfifo");
    assert!(made.success());
    symlink("/dev/zero", place("device")).expect("a link");
    fs::create_dir(place("folder")).expect("a folder");
    File::create(place("large")).expect("a file").set_len(1 << 40).expect("a length");
    vec![
        (place("pipe"), "a pipe"),
        (place("device"), "a device"),
        (place("folder"), "a folder"),
        (place("large"), "longer than 1024 KiB"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_a_short_file_is_refused_by_name() {
    let db = Db::new(Kind::Sqlite).await;
    let shelf = db.folder.join("odd");
    fs::create_dir(&shelf).expect("a folder");
    for (path, word) in odd(&shelf) {
        let shown = path.display().to_string();
        // As the only master key; a folder is one of keys.
        let ended = run(with_key(&db, &path).arg("seed"));
        let said = if word == "a folder" { "has no file" } else { word };
        assert_eq!(ended.code, Some(78), "{shown}: {ended:?}");
        assert!(ended.said.contains(&shown) && ended.said.contains(said), "{}", ended.said);

        // In a folder of keys, beside a good one.
        let ring = db.folder.join("ring");
        fs::create_dir(&ring).expect("a folder");
        fs::copy(db.master_key(), ring.join("1.key")).expect("a copy");
        fs::rename(&path, ring.join("2.key")).expect("a move");
        let ended = run(with_key(&db, &ring).arg("seed"));
        assert_eq!(ended.code, Some(78), "{shown}: {ended:?}");
        assert!(ended.said.contains("2.key") && ended.said.contains(word), "{}", ended.said);
        fs::rename(ring.join("2.key"), &path).expect("a move");
        fs::remove_dir_all(&ring).expect("gone");

        // As the file of the first platform key.
        let mut serve = with_key(&db, &db.master_key());
        serve.args(["--mode", "production", "serve", "--worker", "none"]);
        let ended = run(serve.env("SIGMA_AUTH__BOOTSTRAP_KEY_FILE", &path));
        assert_eq!(ended.code, Some(78), "{shown}: {ended:?}");
        assert!(ended.said.contains(&shown) && ended.said.contains(word), "{}", ended.said);

        // As the authorities of a database, and of a server.
        for name in ["sslrootcert", "sslcert", "sslkey"] {
            let url =
                format!("postgres://sigma@127.0.0.1:1/sigma?sslmode=verify-full&{name}={shown}");
            let mut migrate = Command::new(crate::harness::app::BINARY);
            migrate.current_dir(&db.folder).args(["--database-url", &url, "migrate"]);
            let ended = run(&mut migrate);
            assert_eq!(ended.code, Some(78), "{shown}: {ended:?}");
            assert!(ended.said.contains(name) && ended.said.contains(word), "{}", ended.said);
        }
        let mut list = Command::new(crate::harness::app::BINARY);
        list.args(["runs", "list", "--server", "https://127.0.0.1:1", "--ca-file", &shown]);
        let ended = run(list.current_dir(&db.folder));
        assert_eq!(ended.code, Some(1), "{shown}: {ended:?}");
        assert!(ended.said.contains(&shown) && ended.said.contains(word), "{}", ended.said);
    }
}

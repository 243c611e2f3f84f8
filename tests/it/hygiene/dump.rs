//! A server in production leaves no file of its memory, however it ends.

use {
    crate::harness::{
        app::{BINARY, listening},
        db::{Db, Kind},
        process::{run, with_key},
    },
    std::{fs, os::unix::process::ExitStatusExt as _, process::Command},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_in_production_leaves_no_core_file() {
    let db = Db::new(Kind::Sqlite).await;
    let made =
        run(with_key(&db, &db.master_key()).args(["--mode", "production", "keys", "bootstrap"]));
    assert_eq!(made.code, Some(0), "{made:?}");
    // As large as the system allows; a shell that may not raise it goes on.
    let line = format!(
        "ulimit -c unlimited; exec '{BINARY}' --mode production --database-url '{}' --master-key-file '{}' \
         --metrics-listen '' --log warn --listen 127.0.0.1:0 serve --worker none",
        db.url,
        db.master_key().display()
    );
    let mut command = Command::new("sh");
    command.current_dir(&db.folder).args(["-c", &line]);
    let (mut server, _) = listening(command);
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.0.id())).expect("Linux");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
    let sizes: Vec<&str> = core.split_whitespace().skip(4).take(2).collect();
    assert_eq!(sizes, ["0", "0"], "{core}");
    let id = server.0.id().to_string();
    assert!(Command::new("kill").args(["-ABRT", &id]).status().expect("kill").success());
    let status = server.0.wait().expect("an end");
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false), "{status:?}");
    for entry in fs::read_dir(&db.folder).expect("a folder") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        assert!(!name.starts_with("core"), "{name}");
    }
}

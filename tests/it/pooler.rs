//! PgBouncer in front of PostgreSQL: with sessions of its own the service works, otherwise it says what to change. Runs
//! where PostgreSQL is available, and needs PgBouncer there.

use {
    crate::harness::{
        app::{App, connect, sandbox, sync},
        db::{Db, Kind, kinds},
        process::{run, with_key},
    },
    std::{
        fs,
        net::TcpListener,
        path::Path,
        process::{Child, Command, Stdio},
        time::Duration,
    },
    url::Url,
};

/// A running PgBouncer.
struct Pooler {
    child: Child,
    url: String,
}

impl Pooler {
    /// Starts one in front of a database.
    fn start(db: &Db, mode: &str) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the path on which a shell finds it")]
        let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/usr/local/sbin";
        let mut programs = path.split(':').map(|folder| Path::new(folder).join("pgbouncer"));
        let program = programs
            .find(|program| program.is_file())
            .expect("PgBouncer; scripts/need.sh pgbouncer installs it");
        let behind = Url::parse(&db.url).expect("a URL");
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let file = db.folder.join(format!("pgbouncer-{mode}.ini"));
        let settings = format!(
            "[databases]\n* = host={} port={} user={} password={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\n",
            behind.host_str().expect("a host"),
            behind.port().expect("a port"),
            behind.username(),
            behind.password().unwrap_or_default(),
        );
        fs::write(&file, settings).expect("a file");
        let mut command = Command::new(program);
        // It refuses to run as root.
        if fs::metadata("/proc/self")
            .is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
        {
            command.args(["-u", "nobody"]);
        }
        let child = command.arg("-q").arg(&file).stderr(Stdio::null()).spawn().expect("PgBouncer");
        let mut url = behind;
        url.set_port(Some(port)).expect("a port");
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { child, url: url.into() }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_shares_sessions_is_refused_with_the_setting() {
    if !kinds().contains(&Kind::Postgres) {
        return;
    }
    for mode in ["transaction", "statement"] {
        let mut db = Db::new(Kind::Postgres).await;
        let pooler = Pooler::start(&db, mode);
        db.url.clone_from(&pooler.url);
        for command in ["migrate", "serve", "worker", "seed"] {
            let ended = run(with_key(&db, &db.master_key()).arg(command));
            assert_eq!(ended.code, Some(78), "{mode} {command}: {}", ended.said);
            assert!(ended.said.contains("pool_mode = session"), "{mode} {command}: {}", ended.said);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_leaves_sessions_alone_is_no_matter() {
    if !kinds().contains(&Kind::Postgres) {
        return;
    }
    let mut db = Db::new(Kind::Postgres).await;
    let pooler = Pooler::start(&db, "session");
    db.url.clone_from(&pooler.url);
    let app = App::start(&db, &[]);
    let (client, school) = (app.client(), sandbox(30, 0).await);
    connect(&client, &school).await;
    let run = sync(&client).await;
    assert_eq!(run["status"], "completed", "{run}");
    school.stop().await;
    drop(app);
}

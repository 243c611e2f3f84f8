//! Fresh databases: a SQLite file in a folder of its own, or a PostgreSQL database that is dropped at the end.

use {
    sea_orm::{ConnectionTrait as _, Database, Statement},
    std::{
        io::Write as _,
        os::unix::fs::OpenOptionsExt as _,
        path::{Path, PathBuf},
        sync::atomic::{AtomicU32, Ordering},
    },
};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The kinds of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// Returns the kinds that can be tested here; with `TEST_SQLITE=off` PostgreSQL alone.
#[expect(clippy::disallowed_methods, reason = "how the test run names its database")]
pub(crate) fn kinds() -> Vec<Kind> {
    match std::env::var("TEST_POSTGRES_URL") {
        Ok(_) if std::env::var("TEST_SQLITE").is_ok_and(|word| word == "off") => {
            vec![Kind::Postgres]
        }
        Ok(_) => vec![Kind::Sqlite, Kind::Postgres],
        Err(_) => vec![Kind::Sqlite],
    }
}

/// A fresh database with a folder for files beside it.
#[derive(Debug)]
pub(crate) struct Db {
    pub(crate) url: String,
    pub(crate) folder: PathBuf,
    /// The PostgreSQL database's name.
    name: Option<String>,
    /// `database.row_security` of the commands on it.
    pub(crate) row_security: &'static str,
}

/// Whether the tests on PostgreSQL run behind row security, as production does, or with `TEST_ROW_SECURITY=off` without.
#[expect(clippy::disallowed_methods, reason = "how the test run names its database")]
fn row_security() -> &'static str {
    match std::env::var("TEST_ROW_SECURITY").as_deref() {
        Ok("off") => "off",
        _ => "on",
    }
}

fn unique() -> String {
    format!("sigma_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

#[expect(clippy::disallowed_methods, reason = "how the test run names its database")]
fn admin_url() -> String {
    std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL")
}

/// The role for the rows of one tenant in a database of this name.
pub(crate) fn role_of(name: &str) -> String {
    use sha2::Digest as _;
    format!("sigma_rows_{}", hex::encode(&sha2::Sha256::digest(format!("{name}/public"))[..8]))
}

/// Replaces the name of the database in a PostgreSQL URL.
fn with_name(url: &str, name: &str) -> String {
    let (head, query) =
        url.split_once('?').map_or((url, None), |(head, query)| (head, Some(query)));
    let slash = head.rfind('/').filter(|at| *at > "postgres://".len()).unwrap_or(head.len());
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &head[..slash])
}

impl Db {
    /// Makes an empty database.
    pub(crate) async fn new(kind: Kind) -> Self {
        let name = unique();
        let folder = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&folder).expect("a folder");
        match kind {
            Kind::Sqlite => {
                let url = format!("sqlite://{}?mode=rwc", folder.join("sigma.db").display());
                Self { url, folder, name: None, row_security: "" }
            }
            Kind::Postgres => {
                let admin = Database::connect(admin_url()).await.expect("PostgreSQL");
                admin
                    .execute_unprepared(&format!("CREATE DATABASE {name}"))
                    .await
                    .expect("a database");
                let url = with_name(&admin_url(), &name);
                Self { url, folder, name: Some(name), row_security: row_security() }
            }
        }
    }

    /// Returns the file of the master key.
    pub(crate) fn master_key(&self) -> PathBuf {
        self.key_file("master.key", 7)
    }

    /// Returns a file with a master key of equal bytes.
    pub(crate) fn key_file(&self, name: &str, byte: u8) -> PathBuf {
        let path = self.folder.join(name);
        if !Path::exists(&path) {
            let mut options = std::fs::OpenOptions::new();
            let mut file =
                options.write(true).create(true).mode(0o600).open(&path).expect("a key file");
            file.write_all(hex::encode([byte; 32]).as_bytes()).expect("a key");
        }
        path
    }

    /// Runs a statement on the database, besides its processes.
    pub(crate) async fn execute(&self, sql: &str) {
        let beside = Database::connect(&self.url).await.expect("the database");
        beside.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        beside.close().await.expect("an end");
    }

    /// Closes a PostgreSQL database to all of its users, or opens it again; false for another one, which cannot be closed.
    pub(crate) async fn closed_to_all(&self, closed: bool) -> bool {
        let Some(name) = &self.name else { return false };
        let admin = Database::connect(admin_url()).await.expect("PostgreSQL");
        let open = !closed;
        let allow = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {open}");
        admin.execute_unprepared(&allow).await.expect("a change");
        if closed {
            let end = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            );
            admin.execute_unprepared(&end).await.expect("an end");
        }
        true
    }

    /// The role for the rows of one tenant, in a PostgreSQL database.
    pub(crate) fn role(&self) -> String {
        role_of(self.name.as_deref().expect("PostgreSQL"))
    }

    /// Returns the one number that a query returns as `n`.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let beside = Database::connect(&self.url).await.expect("the database");
        let statement = Statement::from_string(beside.get_database_backend(), sql);
        let row = beside.query_one_raw(statement).await.expect("an answer").expect("a row");
        beside.close().await.expect("an end");
        row.try_get("", "n").expect("a number")
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.folder);
        if let Some(name) = self.name.take() {
            // In a thread and runtime of its own: a drop cannot wait.
            let dropped = std::thread::spawn(move || {
                let runtime =
                    tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
                runtime.block_on(async {
                    let admin = Database::connect(admin_url()).await.ok()?;
                    let dropped = format!("DROP DATABASE {name} WITH (FORCE)");
                    admin.execute_unprepared(&dropped).await.ok()?;
                    let role = format!("DROP ROLE IF EXISTS {}", role_of(&name));
                    admin.execute_unprepared(&role).await.ok()
                })
            });
            let _left_behind = dropped.join();
        }
    }
}

//! A school with worker processes of its own, which can be killed and stopped one by one.

use {
    super::harness::{
        app::{Process, command},
        db::Kind,
        school::School,
    },
    sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, Statement},
    sigma_sync_sandbox::Options,
    std::{
        process::{Command, Stdio},
        time::{Duration, Instant},
    },
};

/// Length of a lease here: the least allowed.
pub(crate) const LEASE: Duration = Duration::from_secs(1);
/// Time after the end of a lease in which another worker must have the run (docs/src/engine.md, "The queue").
pub(crate) const RESUME: Duration = Duration::from_secs(10);
/// Longest wait.
const PATIENCE: Duration = Duration::from_secs(90);

/// The state of a run in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) state: String,
    pub(crate) epoch: i64,
    pub(crate) done: i64,
}

impl Standing {
    pub(crate) fn ended(&self) -> bool {
        !["queued", "running", "waiting"].contains(&self.state.as_str())
    }
}

/// The school, its database seen from outside, and its workers.
pub(crate) struct Fleet {
    pub(crate) workers: Vec<Process>,
    pub(crate) school: School,
    sql: DatabaseConnection,
}

impl Fleet {
    /// Starts a school whose server has no worker.
    pub(crate) async fn new(kind: Kind, options: Options) -> Self {
        let school = School::with(kind, options, &["--worker", "none"]).await;
        let mut options = ConnectOptions::new(&school.db.url);
        options.max_connections(2).sqlx_logging(false);
        let sql = Database::connect(options).await.expect("the database");
        Self { workers: Vec::new(), school, sql }
    }

    /// Starts a worker.
    pub(crate) fn hire(&mut self) {
        self.workers.push(worker(&self.school));
    }

    /// Returns the state of a run.
    pub(crate) async fn standing(&self, run: &str) -> Standing {
        let sql = format!(
            "SELECT state, epoch, n_new + n_unchanged + n_updated + n_failed + n_skipped AS done
             FROM sync_runs WHERE run_id = '{run}'"
        );
        let statement = Statement::from_string(self.sql.get_database_backend(), sql);
        let until = Instant::now() + PATIENCE;
        loop {
            // The database may be away for a moment.
            match self.sql.query_one_raw(statement.clone()).await {
                Ok(row) => {
                    let row = row.expect("the run");
                    return Standing {
                        state: row.try_get("", "state").expect("a word"),
                        epoch: row.try_get("", "epoch").expect("a number"),
                        done: row.try_get("", "done").expect("a number"),
                    };
                }
                Err(error) => assert!(Instant::now() < until, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits for a state of a run, and returns it.
    pub(crate) async fn until(
        &self,
        run: &str,
        what: &str,
        check: impl Fn(&Standing) -> bool,
    ) -> Standing {
        let until = Instant::now() + PATIENCE;
        loop {
            let standing = self.standing(run).await;
            if check(&standing) {
                return standing;
            }
            assert!(Instant::now() < until, "never came: {what}; {standing:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Returns whether the database can be written right now.
    pub(crate) async fn is_writable(&self) -> bool {
        let sql = "UPDATE sync_runs SET seq = seq WHERE run_id = ''";
        let write = self.sql.execute_unprepared(sql);
        matches!(tokio::time::timeout(Duration::from_millis(300), write).await, Ok(Ok(_)))
    }

    /// Counts a run's items, and the records they are about.
    pub(crate) async fn items(&self, run: &str) -> (i64, i64) {
        let count = async |what: &str| {
            let sql =
                format!("SELECT count({what}) AS n FROM sync_run_items WHERE run_id = '{run}'");
            self.school.query(&sql).await.expect("a count")
        };
        (count("*").await, count("DISTINCT zoho_id").await)
    }

    /// Stops everything.
    pub(crate) async fn stop(self) {
        drop(self.workers);
        drop(self.sql);
        self.school.stop().await;
    }
}

/// Makes leases as short as allowed.
pub(crate) fn hurried(command: &mut Command) -> &mut Command {
    command
        .env("SIGMA_ENGINE__LEASE_MS", LEASE.as_millis().to_string())
        .env("SIGMA_WORKER__POLL_MS", "30")
}

fn worker(school: &School) -> Process {
    let mut command = command(&school.db);
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(school.db.folder.join("workers.log"));
    hurried(&mut command).arg("worker").stderr(log.map_or_else(|_| Stdio::null(), Stdio::from));
    Process(command.spawn().expect("a worker"))
}

/// Sends a signal to a process of ours.
pub(crate) fn signal(process: &Process, name: &str) {
    let sent = Command::new("kill").args([name, &process.0.id().to_string()]).status();
    assert!(sent.expect("kill").success());
}

//! What the benchmark needs from the machine: databases of its own, child processes stopped by their own handle, and
//! the kernel's figures about them.

use {
    super::floor,
    anyhow::{Context as _, Result, anyhow, bail},
    sea_orm::{ConnectionTrait as _, Database as Connection, DatabaseConnection, Statement},
    sigma_sync::store::Store,
    std::{
        fmt,
        io::{BufRead as _, BufReader},
        path::{Path, PathBuf},
        process::{Child, ChildStderr, Command, Stdio},
        sync::mpsc,
        time::Duration,
    },
};

/// How long a child may take to print its address.
const START: Duration = Duration::from_secs(30);
/// Kernel ticks per second (USER_HZ), the unit of the times in `/proc/PID/stat` on every supported platform.
const TICKS: u32 = 100;

/// The type of database server, and how it is reached.
#[derive(Clone)]
pub(crate) enum Kind {
    /// Files of this machine.
    Sqlite,
    /// A server whose role may create databases.
    Postgres(String),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        })
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Kind {
    /// Writes bytes as a statement has them.
    pub(crate) fn blob(&self, bytes: &[u8]) -> String {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Self::Sqlite => format!("x'{digits}'"),
            Self::Postgres(_) => format!(r"'\x{digits}'"),
        }
    }

    /// SQLite, and PostgreSQL if the variable names one.
    #[expect(clippy::disallowed_methods, reason = "tests and benches share this variable")]
    pub(crate) fn available() -> Vec<Self> {
        let url = std::env::var("TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty());
        if url.is_none() {
            println!("TEST_POSTGRES_URL is not set: SQLite only (`make bench` measures both)");
        }
        std::iter::once(Self::Sqlite).chain(url.map(Self::Postgres)).collect()
    }
}

/// A fresh database with the seeded tenant, in a folder of its own.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) kind: Kind,
    url: String,
    name: String,
    folder: PathBuf,
    /// `database.row_security` of the service.
    row_security: &'static str,
}

impl Database {
    /// Makes one. On disk, beside the build: the temporary folder may be memory, where a commit costs nothing.
    pub(crate) async fn create(kind: &Kind, label: &str) -> Result<Self> {
        Self::create_with(kind, label, "").await
    }

    /// Makes one with row security; `None` where there is none.
    pub(crate) async fn walled(kind: &Kind, label: &str) -> Result<Option<Self>> {
        match kind {
            Kind::Sqlite => Ok(None),
            Kind::Postgres(_) => Ok(Some(Self::create_with(kind, label, "on").await?)),
        }
    }

    async fn create_with(kind: &Kind, label: &str, row_security: &'static str) -> Result<Self> {
        let name = format!("sigma_bench_{}_{label}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(&name);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let url = match kind {
            Kind::Sqlite => format!("sqlite://{}/bench.db?mode=rwc", folder.display()),
            Kind::Postgres(server) => {
                let mut url = url::Url::parse(server).context("TEST_POSTGRES_URL")?;
                url.set_path(&name);
                url.into()
            }
        };
        let database = Self { kind: kind.clone(), url, name, folder, row_security };
        if let Err(error) = database.prepare().await {
            // The first failure is the more useful one.
            let _also_failed = database.remove().await;
            return Err(error);
        }
        Ok(database)
    }

    async fn prepare(&self) -> Result<()> {
        self.administer(&format!("CREATE DATABASE {}", self.name)).await?;
        for word in ["migrate", "seed"] {
            let done = self.command("error").arg(word).stdout(Stdio::null()).status()?;
            if !done.success() {
                bail!("`sigma-sync {word}` ended with {done}");
            }
        }
        Ok(())
    }

    /// Runs a statement on the server, if there is one.
    async fn administer(&self, statement: &str) -> Result<()> {
        if let Kind::Postgres(server) = &self.kind {
            let connection = Connection::connect(server).await.context("TEST_POSTGRES_URL")?;
            connection.execute_unprepared(statement).await?;
            connection.close().await?;
        }
        Ok(())
    }

    /// Opens a separate connection.
    pub(crate) async fn connection(&self) -> Result<DatabaseConnection> {
        Ok(Connection::connect(&self.url).await?)
    }

    /// Deletes stored requests, so that each measurement begins with an empty table.
    pub(crate) async fn sweep(&self) -> Result<()> {
        let statement = match self.kind {
            Kind::Sqlite => "DELETE FROM replay_log",
            Kind::Postgres(_) => "TRUNCATE replay_slots",
        };
        self.execute(statement).await
    }

    /// Runs a statement on the database, besides its processes.
    pub(crate) async fn execute(&self, statement: &str) -> Result<()> {
        let connection = self.connection().await?;
        connection.execute_unprepared(statement).await?;
        Ok(connection.close().await?)
    }

    /// Returns the number that a statement selects.
    pub(crate) async fn count(&self, statement: &str) -> Result<i64> {
        let connection = self.connection().await?;
        let row = Statement::from_string(connection.get_database_backend(), statement);
        let row = connection.query_one_raw(row).await?.context("a row")?;
        connection.close().await?;
        Ok(row.try_get_by_index(0)?)
    }

    /// Opens the database as the service does.
    pub(crate) async fn store(&self) -> Result<Store> {
        Ok(Store::connect(&self.url, 16).await?)
    }

    /// Drops it with its folder.
    pub(crate) async fn remove(&self) -> Result<()> {
        self.administer(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)).await?;
        if self.row_security == "on" {
            let sql = format!(
                "DO $$ BEGIN EXECUTE 'DROP ROLE IF EXISTS sigma_rows_' ||
                    encode(substr(sha256('{}/public'), 1, 8), 'hex'); END $$",
                self.name
            );
            self.administer(&sql).await?;
        }
        std::fs::remove_dir_all(&self.folder)
            .with_context(|| format!("cannot remove {}", self.folder.display()))
    }

    /// The service's binary on this database. The address goes through the environment, as it may hold a password.
    fn command(&self, log: &str) -> Command {
        let mut command = binary();
        command.current_dir(&self.folder).env(floor::DATABASE, &self.url);
        command.env("SIGMA_DATABASE__ROW_SECURITY", self.row_security);
        command.args(["--metrics-listen", "", "--log", log]);
        command
    }

    /// Starts the service; `words` follow `serve`.
    pub(crate) fn serve(&self, words: &[&str]) -> Result<Process> {
        let mut command = self.command("warn");
        command.args(["--listen", "127.0.0.1:0", "serve"]).args(words);
        Process::start(command, &["sigma-sync on "])
    }

    /// Starts the service in production mode; `words` follow `serve`.
    pub(crate) fn serve_in_production(&self, words: &[&str]) -> Result<Process> {
        let mut command = self.command("warn");
        command.env("SIGMA_MODE", "production").env(KEYS, self.master_key()?);
        command.args(["--listen", "127.0.0.1:0", "serve"]).args(words);
        Process::start(command, &["sigma-sync on "])
    }

    /// Makes a folder of master keys that holds the one of the database.
    pub(crate) fn key_folder(&self) -> Result<PathBuf> {
        let folder = self.folder.join("ring");
        std::fs::create_dir(&folder)?;
        std::fs::copy(self.master_key()?, folder.join("1.key"))?;
        Ok(folder)
    }

    /// Starts the service with a folder of master keys; `words` follow `serve`.
    pub(crate) fn serve_with(&self, keys: &Path, words: &[&str]) -> Result<Process> {
        let mut command = self.command("warn");
        command.env(KEYS, keys).args(["--listen", "127.0.0.1:0", "serve"]).args(words);
        Process::start(command, &["sigma-sync on "])
    }

    /// Runs `sigma-sync master-key` on a folder of master keys.
    pub(crate) fn master_key_command(&self, keys: &Path, words: &[&str]) -> Result<()> {
        let mut command = self.command("warn");
        command.env(KEYS, keys).arg("master-key").args(words).stdout(Stdio::null());
        let done = command.status()?;
        if !done.success() {
            bail!("`sigma-sync master-key {}` ended with {done}", words.join(" "));
        }
        Ok(())
    }

    /// Its address, which may hold a password.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The file of the master key, which the first start has made.
    pub(crate) fn master_key(&self) -> Result<String> {
        let places = ["master.key", "data/master.key"].map(|name| self.folder.join(name));
        let found = places.iter().find(|path| path.exists()).context("the master key")?;
        Ok(found.display().to_string())
    }

    /// Starts the floor.
    pub(crate) fn floor(&self, words: &[&str]) -> Result<Process> {
        let mut command = Command::new(std::env::current_exe()?);
        command.env_clear().env(floor::DATABASE, &self.url).arg(floor::ARGUMENT).args(words);
        Process::start(command, &[floor::ANNOUNCEMENT])
    }
}

/// The setting that names the master key, or a folder of them.
const KEYS: &str = "SIGMA_SECRETS__MASTER_KEY_FILE";

/// Limits that the generator does not reach. They are counted, because that is part of the work on a request.
const LIMITS: [(&str, &str); 4] = [
    ("SIGMA_LIMITS__KEY_REQUESTS_PER_S", "1000000"),
    ("SIGMA_LIMITS__TENANT_REQUESTS_PER_S", "1000000"),
    ("SIGMA_LIMITS__RUN_STARTS_PER_MIN", "1000000"),
    ("SIGMA_LIMITS__OVERLOAD_WAIT_MS", "10000"),
];

/// The service's binary, without the settings of the caller's environment.
pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigma-sync"));
    command.env_clear().envs(LIMITS);
    command
}

/// A child that has printed its address. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Its addresses, in the order of the announcements asked for.
    pub(crate) urls: Vec<String>,
}

impl Process {
    /// Starts a child and waits for a line with each of the announcements, whose next word is an address.
    pub(crate) fn start(mut command: Command, announcements: &[&'static str]) -> Result<Self> {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = child.spawn().context("cannot start a server")?;
        let mut process = Self { child, urls: Vec::new() };
        let stderr = process.child.stderr.take().ok_or_else(|| anyhow!("no standard error"))?;
        let lines = forward(stderr);
        for announcement in announcements {
            let url = loop {
                let line = lines.recv_timeout(START).context("a server did not start")?;
                if let Some(rest) = line.strip_prefix(announcement) {
                    break rest.split_whitespace().next().unwrap_or_default().to_owned();
                }
                eprintln!("server: {line}");
            };
            process.urls.push(url);
        }
        Ok(process)
    }

    /// Its first address.
    pub(crate) fn url(&self) -> &str {
        self.urls.first().map_or("", String::as_str)
    }

    /// The processor time that it has used, including the kernel's time on its behalf.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        cpu_of(&self.child.id().to_string())
    }

    /// The greatest resident memory so far, in KiB.
    pub(crate) fn most_memory(&self) -> Result<u64> {
        let text = proc(&self.child.id().to_string(), "status")?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        number.ok_or_else(|| anyhow!("no VmHWM in /proc/PID/status"))
    }
}

fn proc(process: &str, file: &str) -> Result<String> {
    let path = format!("/proc/{process}/{file}");
    std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
}

/// The processor time that a process has used, including the kernel's time on its behalf.
pub(crate) fn cpu_of(process: &str) -> Result<Duration> {
    let text = proc(process, "stat")?;
    // The name, in brackets, may hold anything; utime and stime are the 14th and 15th field (proc_pid_stat(5)).
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11);
    let ticks = fields.take(2).map(str::parse::<u32>).sum::<Result<u32, _>>()?;
    Ok(Duration::from_secs(1) * ticks / TICKS)
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Passes on the lines of a child; when they are no longer read, prints warnings and drops the rest.
fn forward(stderr: ChildStderr) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if let Err(mpsc::SendError(line)) = sender.send(line)
                && (line.contains("WARN") || line.contains("ERROR"))
            {
                eprintln!("server: {line}");
            }
        }
    });
    receiver
}

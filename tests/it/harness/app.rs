//! The server as a process of its own, stopped by its own id, and the sandbox that it calls.

use {
    super::{client::Client, db::Db, eventually},
    serde_json::{Value, json},
    sigma_sync_sandbox::{Options, Sandbox},
    std::{
        io::{BufRead as _, BufReader},
        process::{Child, Command, Stdio},
        sync::mpsc,
        time::Duration,
    },
};

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_sigma-sync");

/// Limits that no suite comes near; a suite of a limit sets its own.
pub(crate) const LIMITS: [(&str, &str); 8] = [
    ("SIGMA_LIMITS__KEY_REQUESTS_PER_S", "100000"),
    ("SIGMA_LIMITS__TENANT_REQUESTS_PER_S", "100000"),
    ("SIGMA_LIMITS__RUN_STARTS_PER_MIN", "100000"),
    ("SIGMA_LIMITS__CONNECTION_TESTS_PER_MIN", "100000"),
    ("SIGMA_LIMITS__SESSION_MINTS_PER_S", "100000"),
    ("SIGMA_LIMITS__FAILED_SIGN_INS_PER_S", "100000"),
    ("SIGMA_LIMITS__STREAMS", "1000"),
    ("SIGMA_LIMITS__OVERLOAD_WAIT_MS", "10000"),
];

/// A process that is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// Kills it, like a crash.
    pub(crate) fn kill(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }

    /// Asks it to stop (SIGTERM), and returns its exit code.
    pub(crate) fn terminate(&mut self) -> Option<i32> {
        let id = self.0.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().expect("kill");
        assert!(asked.success());
        self.0.wait().expect("an end").code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A command of the binary on a database.
pub(crate) fn command(db: &Db) -> Command {
    let mut command = Command::new(BINARY);
    command
        .current_dir(&db.folder)
        .envs(LIMITS)
        .args(["--database-url", &db.url, "--metrics-listen", "", "--log", "warn"])
        .arg("--master-key-file")
        .arg(db.master_key())
        .env("SIGMA_DATABASE__ROW_SECURITY", db.row_security);
    command
}

/// Starts a command that serves, and returns it with its address.
pub(crate) fn listening(mut command: Command) -> (Process, String) {
    let mut child = command.stderr(Stdio::piped()).spawn().expect("the binary");
    let stderr = BufReader::new(child.stderr.take().expect("its errors"));
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in stderr.lines().map_while(Result::ok) {
            match line.strip_prefix("sigma-sync on ") {
                Some(rest) => {
                    let _listening =
                        sender.send(rest.split(' ').next().unwrap_or_default().to_owned());
                }
                None => eprintln!("server: {line}"),
            }
        }
    });
    let process = Process(child);
    let url = receiver.recv_timeout(Duration::from_secs(90)).expect("the server's address");
    (process, url)
}

/// A running server.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) process: Process,
    pub(crate) url: String,
}

impl App {
    /// Starts a server; `args` follow `serve`.
    pub(crate) fn start(db: &Db, args: &[&str]) -> Self {
        Self::listen(db, "127.0.0.1:0", args)
    }

    /// Starts a server on an address.
    pub(crate) fn listen(db: &Db, address: &str, args: &[&str]) -> Self {
        Self::with_limits(db, &[], address, args)
    }

    /// Starts a server with limits, by their names.
    pub(crate) fn limited(db: &Db, limits: &[(&str, u32)], args: &[&str]) -> Self {
        Self::with_limits(db, limits, "127.0.0.1:0", args)
    }

    fn with_limits(db: &Db, limits: &[(&str, u32)], address: &str, args: &[&str]) -> Self {
        if db.url.starts_with("postgres") {
            let migrated =
                command(db).arg("migrate").stdout(Stdio::null()).status().expect("migrate");
            assert!(migrated.success());
        }
        let mut serve = command(db);
        for (name, limit) in limits {
            serve.env(format!("SIGMA_LIMITS__{}", name.to_uppercase()), limit.to_string());
        }
        serve.args(["--listen", address, "serve"]).args(args);
        let (process, url) = listening(serve);
        Self { process, url }
    }

    /// Returns a client with the seeded credential.
    pub(crate) fn client(&self) -> Client {
        Client::seeded(&self.url)
    }
}

/// Starts a school.
pub(crate) async fn sandbox(students: u32, broken_every: u32) -> Sandbox {
    let options = Options { students, broken_every, ..Options::default() };
    Sandbox::start(options).await.expect("the sandbox")
}

/// Connects the default tenant to a school.
pub(crate) async fn connect(client: &Client, school: &Sandbox) {
    let credentials = school.credentials();
    let settings = json!({
        "moodle_enabled": true,
        "moodle_base_url": school.moodle_url(),
        "moodle_api_token": credentials.moodle_token,
        "zoho_enabled": true,
        "zoho_api_domain": school.zoho_url(),
        "zoho_accounts_url": school.zoho_url(),
        "zoho_client_id": credentials.zoho_client_id,
        "zoho_client_secret": credentials.zoho_client_secret,
        "zoho_refresh_token": credentials.zoho_refresh_token,
    });
    let answer = client.put("/v1/extension/settings", &settings).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// Starts a students run and returns its id.
pub(crate) async fn trigger(client: &Client) -> String {
    let answer = client.post("/v1/extension/sync/students/run", &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["run_id"].as_str().expect("an id").to_owned()
}

/// Waits for a run's end and returns it.
pub(crate) async fn ended(client: &Client, run: &str) -> Value {
    eventually("the end of a run", async || {
        let answer = client.get(&format!("/v1/extension/runs/{run}")).await;
        let run = answer.json();
        (!run["finished_at"].is_null()).then_some(run)
    })
    .await
}

/// Runs students to the end.
pub(crate) async fn sync(client: &Client) -> Value {
    let run = trigger(client).await;
    ended(client, &run).await
}

/// Returns six counters of a run: new, unchanged, updated, failed, skipped, total.
pub(crate) fn counts(run: &Value) -> [i64; 6] {
    ["new", "unchanged", "updated", "failed", "skipped", "total"]
        .map(|name| run["counts"][name].as_i64().unwrap_or(-1))
}

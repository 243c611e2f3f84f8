//! The README's own lines, run as a reader would run them.

use {
    crate::harness::{
        app::{App, BINARY, connect, listening, sandbox},
        db::{Db, kinds},
    },
    serde_json::Value,
    std::{
        os::unix::fs::PermissionsExt as _,
        path::Path,
        process::{Command, Output},
    },
};

const README: &str = include_str!("../../README.md");

/// Returns the README's only block of a language that holds a text.
fn block(language: &str, holds: &str) -> &'static str {
    let mut blocks = README
        .split("\n```")
        .filter_map(|part| part.strip_prefix(language)?.strip_prefix('\n'))
        .filter(|block| block.contains(holds));
    let block = blocks.next().expect("the block");
    assert!(blocks.next().is_none(), "more than one block holds {holds}");
    block
}

/// A program that finds the binary as a reader's does.
fn program(name: &str, text: &str) -> Command {
    let folder = Path::new(BINARY).parent().expect("a folder").to_str().expect("UTF-8");
    #[expect(clippy::disallowed_methods, reason = "the reader's own path")]
    let path = std::env::var("PATH").expect("PATH");
    let mut command = Command::new(name);
    command.args(["-c", text]).env("PATH", format!("{folder}:{path}"));
    command
}

fn run(name: &str, text: &str, url: &str) -> Output {
    let output = program(name, text).env("SIGMA_SERVER", url).output().expect("the program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_samples_work() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &[]);
    let school = sandbox(30, 0).await;
    connect(&app.client(), &school).await;
    let script = run("python3", block("python", "hmac"), &app.url);
    let runs: Value = serde_json::from_slice(&script.stdout).expect("JSON");
    assert_eq!(
        (&runs[0]["status"], &runs[0]["triggered_by"], &runs[0]["counts"]["new"]),
        (&"completed".into(), &"script".into(), &30.into())
    );
    let shell = run("sh", block("sh", "SettingsService/GetSettings"), &app.url);
    let mut documents = serde_json::Deserializer::from_slice(&shell.stdout).into_iter::<Value>();
    assert_eq!(
        documents.next().expect("settings").expect("JSON")["settings"]["tenant_id"],
        "default"
    );
    assert_eq!(documents.next().expect("runs").expect("JSON"), runs);
    school.stop().await;
}

/// A school in production: the README's lines from an empty database to the first run, on each database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_way_into_production_works() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let school = sandbox(12, 0).await;
        let host = block("sh", "keys bootstrap")
            .replace("postgres://sigma:PASSWORD@db.example/sigma", &db.url)
            .replace("\nsigma-sync serve", "\nexec sigma-sync serve");
        assert!(host.contains(&db.url) && host.trim_end().ends_with("exec sigma-sync serve"));
        let mut command = program("sh", &host);
        command.current_dir(&db.folder);
        command.env("SIGMA_LISTEN", "127.0.0.1:0").env("SIGMA_METRICS_LISTEN", "");
        // The emulated systems are on this machine.
        command.env("SIGMA_EGRESS__ALLOW_HOSTS", "127.0.0.1");
        let (process, url) = listening(command);

        let mut settings: Value = serde_json::from_str(block("json", "moodle_api_token")).unwrap();
        let credentials = school.credentials();
        let (moodle, zoho) = (school.moodle_url(), school.zoho_url());
        for (name, value) in [
            ("moodle_base_url", moodle.as_str()),
            ("moodle_api_token", credentials.moodle_token),
            ("zoho_accounts_url", &zoho),
            ("zoho_api_domain", &zoho),
            ("zoho_client_id", credentials.zoho_client_id),
            ("zoho_client_secret", credentials.zoho_client_secret),
            ("zoho_refresh_token", credentials.zoho_refresh_token),
        ] {
            assert!(settings[name].is_string(), "{name}");
            settings[name] = value.into();
        }
        std::fs::write(db.folder.join("settings.json"), settings.to_string()).expect("a file");
        let client = block("sh", "tenants create").replace("https://sigma.example", &url);
        assert!(client.contains(&url));
        let last = "\nsigma-sync runs list --module students -o json";
        let mut command = program("sh", &format!("set -e\n{client}{last}"));
        let output = command.current_dir(&db.folder).output().expect("sh");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8_lossy(&output.stdout);
        let from = said.find("\n[\n").expect("a list of runs");
        let runs: Value = serde_json::from_str(&said[from..]).expect("JSON");
        assert_eq!(
            (&runs[0]["status"], &runs[0]["counts"]["new"], &runs[1]["dry_run"]),
            (&"completed".into(), &12.into(), &true.into()),
            "{kind:?}: {said}"
        );
        for file in ["platform.env", "riyadh.env", "master.key"] {
            let mode =
                std::fs::metadata(db.folder.join(file)).expect("a file").permissions().mode();
            assert_eq!(mode & 0o7777, 0o600, "{file}");
        }
        drop(process);
        school.stop().await;
    }
}

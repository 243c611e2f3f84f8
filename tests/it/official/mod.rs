//! Zoho's own clients, for Python and for Node, against the emulated Zoho CRM. What they cannot do there, the emulator has
//! wrong. Both are installed by `scripts/zoho.sh`; without them the tests fail.

use {
    crate::harness::{control::Controls, db::kinds, school::School},
    serde_json::{Value, json},
    sigma_sync_sandbox::{Options, Sandbox},
    std::{
        collections::BTreeSet,
        path::{Path, PathBuf},
        process::Command,
    },
};

/// Scopes that the clients need: they ask for the user and the organisation, which the connector never does.
const SCOPES: [&str; 7] = [
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.org.READ",
    "ZohoCRM.users.READ",
    "ZohoCRM.coql.READ",
    "ZohoCRM.bulk.READ",
    "ZohoSearch.securesearch.READ",
];

/// The folder of the installed clients.
fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/zoho")
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/official").join(name)
}

fn python() -> Command {
    let installed = tools().join("python");
    assert!(installed.is_dir(), "Zoho's Python client is missing; install it with scripts/zoho.sh");
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", installed).env("PYTHONDONTWRITEBYTECODE", "1");
    command.arg(script("client.py"));
    command
}

fn node() -> Command {
    let installed = tools().join("node_modules");
    assert!(installed.is_dir(), "Zoho's Node client is missing; install it with scripts/zoho.sh");
    let mut command = Command::new("node");
    command.env("NODE_CLIENT", tools()).arg(script("client.mjs"));
    command
}

/// A school whose last student was deleted.
async fn school() -> Sandbox {
    let sandbox = Sandbox::start(Options { students: 450, ..Options::default() }).await.unwrap();
    let controls = Controls::new();
    let at = |path: &str| format!("{}/_sandbox/{path}", sandbox.zoho_url());
    controls.ask("PUT", at("options"), json!({"scopes": SCOPES})).await;
    controls.ask("DELETE", at("zoho/students/449"), json!({})).await;
    sandbox
}

/// Runs a client and returns what it told: each step and its result.
async fn transcript(mut command: Command, sandbox: &Sandbox) -> Vec<(String, Value)> {
    let (folder, credentials) = (tempfile::tempdir().unwrap(), sandbox.credentials());
    command.arg(sandbox.zoho_url()).arg(folder.path()).args([
        credentials.zoho_client_id,
        credentials.zoho_client_secret,
        credentials.zoho_refresh_token,
    ]);
    command.current_dir(folder.path()).env("TZ", "UTC").env("NO_PROXY", "127.0.0.1");
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let output = output.expect("python3 and node");
    let text = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{said}");
    let step = |line: &str| {
        let line: Value = serde_json::from_str(line).expect(line);
        (line["step"].as_str().unwrap().to_owned(), line["result"].clone())
    };
    text.lines().map(step).collect()
}

/// What both clients make of the answers.
fn expected() -> Vec<(&'static str, Value)> {
    let good = json!(["SUCCESS", "success", null]);
    vec![
        ("org", json!(["Sandbox College", "4150868"])),
        ("modules", json!(["custom", "default", "default", "default", "custom", "subform"])),
        ("fields", json!(["textarea", "rich_text", 50_000, "false"])),
        ("pages", json!([[200, 200, 49], 449])),
        ("ids", json!(true)),
        ("record", json!([true, true, "2004-03-25"])),
        ("unchanged", json!([304, true])),
        ("unknown", json!([204])),
        ("deleted", json!(["recycle"])),
        ("coql", json!([3, true])),
        ("no fields", json!([400, "REQUIRED_PARAM_MISSING"])),
        ("bad query", json!([400, "SYNTAX_ERROR"])),
        (
            "bulk",
            json!([
                "ADDED_SUCCESSFULLY",
                "COMPLETED",
                449,
                false,
                ["id", "Last_Name", "Modified_Time"],
                449
            ]),
        ),
        ("insert", json!([207, [good, ["MANDATORY_NOT_FOUND", "error", "Last_Name"]]])),
        ("insert with a look-up", json!([201, [good]])),
        ("update", json!([207, [good, ["INVALID_DATA", "error", "id"]]])),
        ("upsert", json!([200, [good, good], ["update", "insert"]])),
        ("search", json!([[2022], true, 500])),
        ("rich text", json!(true)),
    ]
}

async fn holds_its_own(command: Command) -> BTreeSet<String> {
    let sandbox = school().await;
    let told = transcript(command, &sandbox).await;
    let told: Vec<(&str, &Value)> = told.iter().map(|(step, own)| (step.as_str(), own)).collect();
    let expected = expected();
    for (step, result) in &expected {
        let own = told.iter().find(|(own, _)| own == step);
        assert_eq!(own.map(|(_, own)| *own), Some(result), "{step}");
    }
    assert_eq!(told.len(), expected.len());
    let operations = operations(&Controls::new().ledger(&sandbox).await);
    sandbox.stop().await;
    operations
}

/// Returns the calls of Zoho in a ledger, whatever the module.
fn operations(ledger: &Value) -> BTreeSet<String> {
    let all = ledger["zoho"]["operations"].as_object().expect("a ledger");
    let general = |operation: &String| {
        let parts = operation.split('/').enumerate().map(|(place, part)| match (place, part) {
            (3, "org" | "users" | "settings" | "coql" | "token" | "v8") => part,
            (3, _) => "{module}",
            _ => part,
        });
        parts.collect::<Vec<_>>().join("/")
    };
    all.keys().map(general).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn zoho_s_python_client_can_do_all_that_the_connector_does() {
    let theirs = holds_its_own(python()).await;
    assert_eq!(ours().await.difference(&theirs).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn zoho_s_node_client_can_do_all_that_the_connector_does() {
    let theirs = holds_its_own(node()).await;
    assert_eq!(ours().await.difference(&theirs).collect::<Vec<_>>(), Vec::<&String>::new());
}

/// The calls that only large modules need.
const LARGE: [&str; 4] = [
    "POST /crm/v8/coql",
    "POST /crm/bulk/v8/read",
    "GET /crm/bulk/v8/read/{id}",
    "GET /crm/bulk/v8/read/{id}/result",
];

/// Returns the calls that the connector makes: those for a small school, whole and again, and those for large modules.
async fn ours() -> BTreeSet<String> {
    let school = School::new(kinds()[0], 12).await;
    school.all(json!({})).await;
    school.all(json!({"scope": "changes"})).await;
    let mut operations = operations(&school.controls.ledger(&school.sandbox).await);
    school.stop().await;
    operations.extend(LARGE.map(str::to_owned));
    operations
}

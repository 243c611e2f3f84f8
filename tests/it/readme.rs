//! The README's own lines, run as a reader would run them.

use {
    crate::harness::{
        app::{App, BINARY, connect, sandbox},
        db::{Db, kinds},
    },
    serde_json::Value,
    std::{
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

fn run(program: &str, text: &str, url: &str) -> Output {
    let folder = Path::new(BINARY).parent().expect("a folder").to_str().expect("UTF-8");
    #[expect(clippy::disallowed_methods, reason = "the reader's own path")]
    let path = std::env::var("PATH").expect("PATH");
    let output = Command::new(program)
        .args(["-c", text])
        .env("PATH", format!("{folder}:{path}"))
        .env("SIGMA_SERVER", url)
        .output()
        .expect("the program");
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
    let shell = run("sh", block("sh", "sigma-sync call"), &app.url);
    let mut documents = serde_json::Deserializer::from_slice(&shell.stdout).into_iter::<Value>();
    assert_eq!(
        documents.next().expect("settings").expect("JSON")["settings"]["tenant_id"],
        "default"
    );
    assert_eq!(documents.next().expect("runs").expect("JSON"), runs);
    school.stop().await;
}

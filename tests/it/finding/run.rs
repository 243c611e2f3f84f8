//! `runs list` and `runs show` on a terminal and in a script.

use {
    super::{sync_all, text},
    crate::harness::{
        app::{App, connect, ended, sandbox},
        cli::{out, sigma},
        db::{Db, kinds},
    },
    serde_json::{Value, json},
    std::collections::HashSet,
};

/// The columns that a copy of a run has from the original.
const KEPT: &str = "tenant_id, module_name, state, phase, priority, available_ms, seq, n_new, n_unchanged, n_updated, \
                    n_failed, n_skipped, started_at, finished_at";

/// Inserts 230 copies of a run, each with a trigger of its own.
fn copies(run: &str) -> String {
    format!(
        "WITH RECURSIVE numbers(n) AS (
            SELECT 100000000001 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000000230
        )
        INSERT INTO sync_runs (run_id, trigger_source, {KEPT})
        SELECT '00000000-0000-4000-8000-' || CAST(n AS TEXT), 'webhook', {KEPT}
        FROM sync_runs CROSS JOIN numbers WHERE run_id = '{run}'"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_lists_and_shows_runs() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(40, 10).await;
        connect(&client, &school).await;
        let chain = sync_all(&client).await;
        let first = text(&chain[0], "run_id");
        let students = chain.iter().find(|run| run["module_name"] == "students").expect("a run");
        let run = text(students, "run_id");
        let dry = client.post("/v1/extension/sync/students/run", &json!({"dry_run": true})).await;
        let dry = ended(&client, &text(&dry.json(), "run_id")).await;

        let list = |args: &[&str]| {
            let all = [&["runs", "list", "-o", "id"], args].concat();
            let output = sigma(&db, &app.url, &all);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{all:?}: {errors}");
            out(&output).lines().map(str::to_owned).collect::<Vec<_>>()
        };
        // Each filter returns the same runs as the list by REST with the same words.
        let shown = client.get("/v1/extension/runs?limit=200").await.json();
        let shown = shown.as_array().expect("runs").clone();
        let that = |fits: &dyn Fn(&Value) -> bool| {
            let fitting = shown.iter().filter(|run| fits(run));
            fitting.map(|run| text(run, "run_id")).collect::<Vec<_>>()
        };
        assert_eq!(list(&[]), that(&|_| true));
        assert_eq!(shown.len(), chain.len() + 1);
        let of_students = that(&|run| run["module_name"] == "students");
        assert_eq!((list(&["--module", "students"]), of_students.len()), (of_students, 2));
        for status in ["completed", "partial", "failed"] {
            assert_eq!(
                list(&["--status", status]),
                that(&|run| run["status"] == status),
                "{status}"
            );
        }
        let of_chain = that(&|run| run["chain_id"] == first);
        assert_eq!((list(&["--chain", &first]), of_chain.len()), (of_chain.clone(), chain.len()));
        assert_eq!(list(&["--trigger", "chain"]), of_chain);
        // A run of a chain is shown as manual, as the first clients know it, and with its exact trigger besides.
        let manual = that(&|run| run["trigger_source"] == "manual");
        assert_eq!((list(&["--trigger", "manual"]), manual.len()), (manual, chain.len() + 1));
        assert_eq!(that(&|run| run["trigger"] == "chain"), of_chain);
        assert!(dry.get("trigger").is_none(), "{dry}");
        assert_eq!(list(&["--code", "MOODLE_TOKEN_INVALID"]), [""; 0]);
        assert_eq!(list(&["--code", "moodle_token_invalid", "--module", "Students"]), [""; 0]);
        for (unknown, reason) in [
            (["--code", "NO_RUN_ENDS_SO"], "it is not an error code"),
            (["--module", "nope"], "it is not a module"),
            (["--trigger", "nope"], "it is not a trigger"),
        ] {
            let output = sigma(&db, &app.url, &[&["runs", "list"], &unknown[..]].concat());
            assert_eq!(output.status.code(), Some(2), "{unknown:?}");
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(told.contains(reason), "{told}");
        }
        let accepted = text(&dry, "started_at");
        assert_eq!(list(&["--since", &accepted]), [text(&dry, "run_id")]);
        assert_eq!(list(&["--until", &accepted]), of_chain);
        assert_eq!(list(&["--limit", "3"]), that(&|_| true)[..3]);

        let table = out(&sigma(&db, &app.url, &["runs", "list", "-o", "table"]));
        let line = table.lines().find(|line| line.contains(&run)).expect("a line");
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(cells[2..9], ["students", "partial", "chain", "36", "0", "0", "4"], "{table}");
        assert!(table.contains(&format!("{} (dry)", text(&dry, "run_id"))), "{table}");
        let lines = out(&sigma(&db, &app.url, &["runs", "list", "--limit", "2"]));
        let lines: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!((lines.len(), &lines[0]["dry_run"]), (2, &json!(true)));

        // More than a page.
        db.execute(&copies(&run)).await;
        let copies = list(&["--trigger", "webhook", "--limit", "1000"]);
        assert_eq!((copies.len(), copies.iter().collect::<HashSet<_>>().len()), (230, 230));
        assert_eq!(list(&["--trigger", "webhook", "--limit", "210"]), copies[..210]);

        let show = |args: &[&str]| out(&sigma(&db, &app.url, &[&["runs", "show"], args].concat()));
        let page = show(&[&run, "--items", "4", "-o", "table"]);
        for part in ["partial", "students", &first, "\n4 of 40 items", "to Moodle"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let failed = show(&[&run, "--status", "FAILED", "-o", "table"]);
        assert_eq!(failed.matches("FAILED").count(), 4, "{failed}");
        let document: Value = serde_json::from_str(&show(&[&run, "--items", "40"])).expect("JSON");
        assert_eq!((&document["run_id"], &document["items_total"]), (&json!(run), &json!(40)));
        assert_eq!(document["items"].as_array().expect("items").len(), 40);
        let code = document["items"].as_array().expect("items").iter();
        let code = code.filter_map(|item| item["code"].as_str()).next().expect("a code");
        let of_code: Value =
            serde_json::from_str(&show(&[&run, "--code", code, "--items", "0"])).expect("JSON");
        assert_eq!((&of_code["items"], &of_code["items_total"]), (&json!([]), &json!(4)));

        let ends = |args: &[&str]| sigma(&db, &app.url, args).status.code();
        assert_eq!(ends(&["runs", "show", "nothing"]), Some(3));
        assert_eq!(ends(&["runs", "list", "--status", "nothing"]), Some(1));
        assert_eq!(ends(&["runs", "list", "--limit", "0"]), Some(2));
        assert_eq!(ends(&["runs", "list", "--since", "yesterday"]), Some(2));
        school.stop().await;
    }
}

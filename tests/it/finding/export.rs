//! The export of a run: all stored data, as lines of JSON and as a table that no spreadsheet mistakes for formulas.

use {
    super::{export, pages, text},
    crate::harness::{
        app::{App, connect, sandbox, sync},
        db::{Db, kinds},
    },
    sea_orm::{ConnectionTrait as _, Database},
    serde_json::Value,
    uuid::Uuid,
};

/// The value of a cell for a spreadsheet's reader: the mark before a formula is removed.
fn unmarked(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => cell,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_says_all_that_is_stored() {
    const FORMULAS: [&str; 7] = [
        "=HYPERLINK(\"http://x.example\",\"y\")",
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\ttab",
        "\rreturn",
        "=1+1,\r\n\"two\" lines",
    ];
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(1_203, 100).await;
        connect(&client, &school).await;
        let run = text(&sync(&client).await, "run_id");
        let rows = Database::connect(&db.url).await.expect("the database");
        for (place, formula) in FORMULAS.iter().chain(["+962 6 555-0100"].iter()).enumerate() {
            let formula = formula.replace('\'', "''");
            let sql = format!(
                "UPDATE sync_run_items SET message = '{formula}' WHERE run_id = '{run}' AND ordinal = {}",
                place * 7
            );
            rows.execute_unprepared(&sql).await.expect("an update");
        }

        let ndjson = export(&client, &run, "").await;
        assert_eq!(ndjson.header("content-type"), "application/x-ndjson");
        let lines: Vec<Value> =
            ndjson.text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let mut listed =
            pages(&client, &format!("/v1/extension/items?run_id={run}"), "items", 200).await;
        listed.reverse();
        assert_eq!(lines.len(), 1_203, "{kind:?}");
        assert!(lines == listed, "{kind:?}: NDJSON holds the items in their order");
        let shown = client.get(&format!("/v1/extension/runs/{run}")).await.json();
        for (line, item) in lines.iter().zip(shown["items"].as_array().unwrap()) {
            for (name, value) in item.as_object().unwrap() {
                assert_eq!(&line[name], value, "{name}");
            }
        }

        let document = client.send("GET", "/openapi.json", &Vec::new(), "").await.json();
        let path = &document["paths"]["/v1/extension/runs/{run_id}/export/csv"];
        let content = &path["get"]["responses"]["200"]["content"];
        assert!(content["text/csv; charset=utf-8; header=present"].is_object(), "{path}");
        let csv = export(&client, &run, "/csv").await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
        assert_eq!(csv.text.matches("\r\n").count(), 1_204 + 1, "every line ends with CR LF");
        let mut reader = csv::ReaderBuilder::new().from_reader(csv.text.as_bytes());
        let names = reader.headers().expect("names").clone();
        let records: Vec<csv::StringRecord> =
            reader.records().map(|row| row.expect("a row")).collect();
        assert_eq!(records.len(), lines.len());
        for (record, line) in records.iter().zip(&lines) {
            for (name, cell) in names.iter().zip(record) {
                let risky = cell.starts_with(['=', '@', '\t', '\r']);
                assert!(!risky, "{name} {cell:?}");
                match &line[name] {
                    Value::Null => assert_eq!(cell, "", "{name}"),
                    Value::String(text) => assert_eq!(unmarked(cell), text, "{name}"),
                    object @ Value::Object(_) => {
                        let cell: Value = serde_json::from_str(cell).expect("JSON");
                        assert_eq!(&cell, object);
                    }
                    other => assert_eq!(cell, other.to_string(), "{name}"),
                }
            }
        }
        let message = names.iter().position(|name| name == "message").expect("a column");
        for (place, formula) in FORMULAS.iter().enumerate() {
            assert_eq!(records[place * 7].get(message), Some(format!("'{formula}").as_str()));
        }
        assert_eq!(records[7 * FORMULAS.len()].get(message), Some("+962 6 555-0100"));

        let failed = export(&client, &run, "/csv?status=FAILED").await;
        assert_eq!(failed.text.lines().count(), 1 + 12);
        let failed = export(&client, &run, "?code=MAPPING_REQUIRED_MISSING").await;
        assert_eq!(failed.text.lines().count(), 12);
        for form in ["export", "export/csv"] {
            let unknown =
                client.get(&format!("/v1/extension/runs/{}/{form}", Uuid::new_v4())).await;
            assert_eq!((unknown.status, unknown.detail().as_str()), (404, "Run not found"));
            let bad = client.get(&format!("/v1/extension/runs/{run}/{form}?status=x")).await;
            assert_eq!(bad.status, 422);
        }
        school.stop().await;
    }
}

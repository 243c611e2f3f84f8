//! Rich text, of which Zoho's lists hold the first 500 characters.

use {
    crate::harness::{
        db::kinds,
        school::{School, calls, told},
    },
    serde_json::{Value, json},
};

const FULL: &str = "GET /crm/v8/Products/actions/fetch_full_data";

/// A text of a program; markup begins before the 500th character and ends behind it.
fn long(of: &str) -> String {
    format!("<p>{of} {}<strong class=\"word\">\u{645}\u{646}</strong></p>", "word ".repeat(240))
}

/// Returns the text of a program in Moodle.
async fn summary(school: &School, number: u32) -> String {
    let id = school.id("programs", number).await;
    let all = school.moodle("categories").await;
    let own = all.iter().find(|category| category["idnumber"] == *id).expect("a category");
    own["description"].as_str().unwrap_or_default().to_owned()
}

/// Returns the fields that a run tells to be cut.
async fn cut(school: &School, run: &Value) -> Vec<String> {
    let findings = school.detail(run).await.findings.into_iter();
    findings.filter(|one| one.code == "RICH_TEXT_CUT").map(|one| one.field).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rich_text_is_read_whole_by_every_read() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        let total = school.records("programs").await.len() as i64;
        for number in 0..3 {
            let text = long(&format!("first {number}"));
            school.change("programs", number, json!({ "Description": text })).await;
        }
        let run = school.full("programs").await;
        assert_eq!(told(&run), ("completed", [total, 0, 0, 0, 0, total]), "{run}");
        for number in 0..3 {
            assert_eq!(summary(&school, number).await, long(&format!("first {number}")));
        }
        assert_eq!(calls(&school.ledger().await, "zoho", FULL), 1);

        // What changed behind the part that lists hold is a change.
        school.later(3_600).await;
        let text = long("first 0").replace("\u{646}", "end");
        school.change("programs", 0, json!({ "Description": text })).await;
        let run = school.changes("programs").await;
        assert_eq!(told(&run).1[2], 1, "{run}");
        assert_eq!(summary(&school, 0).await, text);

        // Chosen records, a whole read and a bulk read find nothing new.
        school.forget().await;
        let ids = [school.id("programs", 0).await, school.id("programs", 2).await];
        assert_eq!(told(&school.run("programs", json!({ "ids": ids })).await).1[1], 2);
        assert_eq!(told(&school.full("programs").await).1[1], total);
        school
            .db
            .execute(
                "UPDATE sync_cursors SET full_scan_rows = 100000 WHERE module_name = 'programs'",
            )
            .await;
        let run = school.full("programs").await;
        assert_eq!(told(&run).1[1], total, "{run}");
        let ledger = school.ledger().await;
        assert_eq!(calls(&ledger, "zoho", "POST /crm/bulk/v8/read"), 1, "{}", ledger["zoho"]);
        assert_eq!(school.writes("moodle").await, 0);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_beginning_of_a_rich_text_is_never_written() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        let total = school.records("programs").await.len() as i64;
        school.change("programs", 0, json!({ "Description": long("kept") })).await;
        let run = school.full("programs").await;
        assert_eq!(told(&run).1[0], total, "{run}");
        assert!(cut(&school, &run).await.is_empty());

        // The call that holds the whole text is refused, or answers without it, or knows no record.
        let told_so = ["Description".to_owned()];
        school.change("programs", 0, json!({ "Description": long("new") })).await;
        let refused = json!({
            "target": "zoho", "function": FULL, "kind": "status", "status": 403, "times": 0,
        });
        school.fault(refused).await;
        school.forget().await;
        for body in [json!({}), json!({"scope": "changes"}), json!({"dry_run": true})] {
            let run = school.run("programs", body).await;
            let (status, [_, _, updated, failed, ..]) = told(&run);
            assert_eq!((status, updated, failed), ("completed", 0, 0), "{run}");
            assert_eq!(cut(&school, &run).await, told_so, "{run}");
        }
        school.mend().await;
        school
            .leave_out(json!([{"module": "Products", "field": "Description", "of": ["full"]}]))
            .await;
        let run = school.full("programs").await;
        assert_eq!((told(&run).1[2], cut(&school, &run).await), (0, told_so.to_vec()), "{run}");
        assert_eq!(school.writes("moodle").await, 0);
        assert_eq!(summary(&school, 0).await, long("kept"));

        // A new program is made without it, and gets it once it comes.
        let fields = json!({"Product_Name": "Another program", "Description": long("late")});
        let id = school.add("programs", fields).await;
        let run = school.full("programs").await;
        assert_eq!(told(&run).1[0], 1, "{run}");
        let last = u32::try_from(total).unwrap();
        assert_eq!(school.id("programs", last).await, id);
        assert_eq!(summary(&school, last).await, "");
        school.leave_out(json!([])).await;
        let run = school.full("programs").await;
        assert_eq!(told(&run).1[2], 2, "{run}");
        assert!(cut(&school, &run).await.is_empty());
        assert_eq!(summary(&school, 0).await, long("new"));
        assert_eq!(summary(&school, last).await, long("late"));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_description_of_the_module_a_cut_text_is_known_by_its_length() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        school.options(json!({"missing_scopes": ["ZohoCRM.settings.fields.READ"]})).await;
        school.change("programs", 0, json!({ "Description": long("whole") })).await;
        let run = school.full("programs").await;
        assert_eq!(run["status"], "completed", "{run}");
        assert_eq!(summary(&school, 0).await, long("whole"));
        school.stop().await;
    }
}

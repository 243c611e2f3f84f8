//! Summaries: groups that add up, with records of their own, also where a version before has stored the outcomes.

use {
    super::{list, number, shown, text},
    crate::harness::{
        cli::{out, sigma},
        db::kinds,
        school::School,
    },
    serde_json::{Value, json},
    sigma_sync_sandbox::Options,
    std::collections::BTreeMap,
};

/// The outcomes of a run, counted by what they have in common.
fn counted(items: &[Value]) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for item in items {
        let key = ["status", "op", "class", "code"].map(|name| item[name].to_string());
        *counts.entry(key.join(" ")).or_default() += 1;
        let warnings = item["warnings"].as_array().into_iter().flatten();
        let mut warned: Vec<&str> = warnings.map(|one| text(one, "code")).collect();
        warned.sort_unstable();
        warned.dedup();
        for code in warned {
            *counts.entry(format!("\"WARNED\" null null \"{code}\"")).or_default() += 1;
        }
    }
    counts
}

fn told(summary: &Value) -> BTreeMap<String, i64> {
    let groups = list(summary, "groups").iter();
    let key = |group: &Value| ["status", "op", "class", "code"].map(|name| group[name].to_string());
    groups.map(|group| (key(group).join(" "), number(group, "count"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_groups_of_a_run_are_its_outcomes() {
    for kind in kinds() {
        let options = Options { students: 60, broken_every: 6, ..Options::default() };
        let school = School::with(kind, options, &[]).await;
        school.on_invalid("students", "drop").await;
        let long = "1".repeat(300);
        school.touch("students", 1, 2, json!({"Phone_Number": long})).await;
        let run = school.full("students").await;
        let id = text(&run, "run_id");
        let all = shown(&school, &format!("items?run_id={id}&limit=200")).await;
        let wanted = counted(list(&all, "items"));
        assert!(wanted.keys().any(|key| key.contains("WARNED")), "{wanted:?}");
        let path = format!("runs/{id}/summary");
        let summary = shown(&school, &path).await;
        assert_eq!(told(&summary), wanted, "{kind:?}");
        assert_eq!((number(&summary, "total"), number(&summary, "groups_left")), (60, 0));
        let moments = list(&summary, "moments");
        assert_eq!((number(&moments[0], "done"), moments.len()), (1, 49));
        assert_eq!(number(&moments[48], "done"), 60);
        for moment in moments {
            let place = number(moment, "done") - 1;
            let own = list(&all, "items").iter().find(|item| item["place"] == place);
            assert_eq!(own.map(|item| &item["created_at"]), Some(&moment["at"]), "{moment}");
        }
        let groups = list(&summary, "groups");
        let first = &groups[0];
        assert_eq!(
            (text(first, "status"), text(first, "remedy_code"), text(first, "retry")),
            ("FAILED", "MAPPING_REQUIRED_MISSING", "after_remedy"),
            "{first}"
        );
        for group in groups {
            let samples = list(group, "samples");
            assert_eq!(samples.len() as i64, number(group, "count").min(5), "{group}");
            for sample in samples {
                let place = number(sample, "place");
                let own = list(&all, "items").iter().find(|item| item["place"] == place);
                let own = own.expect("an outcome at its place");
                assert_eq!(
                    (&own["zoho_id"], &own["message"]),
                    (&sample["zoho_id"], &sample["message"])
                );
            }
        }

        // A version before stores no groups: the outcomes themselves are counted.
        school.db.execute("DELETE FROM sync_run_groups WHERE status = 'NEW'").await;
        let counted = shown(&school, &path).await;
        assert_eq!(told(&counted), wanted, "{kind:?}");

        let printed =
            out(&sigma(&school.db, &school.app.url, &["runs", "summary", id, "-o", "table"]));
        assert!(printed.contains("MAPPING_REQUIRED_MISSING"), "{printed}");
        let missing = "runs/0b8f6f0e-6f3a-4d1c-9a54-0c6f4bb0a001/summary";
        let missing = school.client.get(&format!("/v1/extension/{missing}")).await;
        assert_eq!(missing.status, 404);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discarded_removals_and_waiting_records_are_groups() {
    for kind in kinds() {
        let school = School::new(kind, 40).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        school.full("students").await;
        for number in 0..30 {
            school.delete("students", number, true).await;
        }
        let held = school.full("students").await;
        assert_eq!(held["status"], "held", "{held}");
        school.decide(&held, "discard", json!({})).await;
        let summary = shown(&school, &format!("runs/{}/summary", text(&held, "run_id"))).await;
        let skipped = list(&summary, "groups").iter().find(|one| one["status"] == "SKIPPED");
        let skipped = skipped.unwrap_or_else(|| panic!("{summary}"));
        assert_eq!(
            (number(skipped, "count"), text(skipped, "code"), text(skipped, "retry")),
            (30, "RUN_HELD_REMOVALS", "no")
        );
        assert_eq!(list(skipped, "samples").len(), 5);
        assert_eq!(number(&summary, "total"), 40);

        // Their programs and units are not in Moodle yet.
        let run = school.full("enrollments").await;
        let summary = shown(&school, &format!("runs/{}/summary", text(&run, "run_id"))).await;
        let waits = list(&summary, "groups").iter().find(|one| one["code"] == "PARENT_NOT_SYNCED");
        let waits = waits.unwrap_or_else(|| panic!("{summary}"));
        assert_eq!((text(waits, "status"), text(waits, "retry")), ("SKIPPED", "by_itself"));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outcomes_are_listed_by_record_student_and_class() {
    for kind in kinds() {
        let options = Options { students: 30, broken_every: 5, ..Options::default() };
        let school = School::with(kind, options, &[]).await;
        for _ in 0..2 {
            school.all(json!({})).await;
        }
        school.idle().await;
        let all =
            list(&shown(&school, "items?limit=200&module=enrollments").await, "items").to_vec();
        let item = all.iter().find(|item| item["person_id"].is_string()).expect("one of a student");
        let (record, person) = (text(item, "zoho_id"), text(item, "person_id"));
        let of_record = shown(&school, &format!("items?zoho_id={record}&limit=200")).await;
        let of_record = list(&of_record, "items");
        assert!(of_record.len() >= 2 && of_record.iter().all(|one| one["zoho_id"] == record));
        let times: Vec<&str> = of_record.iter().map(|one| text(one, "created_at")).collect();
        assert!(times.is_sorted_by(|one, next| one >= next), "the latest first: {times:?}");
        let events = shown(&school, &format!("people/{person}/events?limit=200")).await;
        let of_person = shown(&school, &format!("items?person_id={person}&limit=200")).await;
        assert_eq!(list(&events, "events"), list(&of_person, "items"), "{kind:?}");
        // The same page by page, and with other filters beside it.
        let first = shown(&school, &format!("items?person_id={person}&limit=1")).await;
        let token = text(&first, "next_page_token");
        let second = format!("items?person_id={person}&limit=1&page_token={token}");
        assert_eq!(list(&shown(&school, &second).await, "items")[0], list(&of_person, "items")[1]);
        let narrowed = format!("items?person_id={person}&module=enrollments&status=NEW&limit=200");
        for item in list(&shown(&school, &narrowed).await, "items") {
            assert_eq!(
                (&item["module_name"], &item["status"]),
                (&json!("enrollments"), &json!("NEW"))
            );
        }
        for class in ["I", "R", "T"] {
            let found = shown(&school, &format!("items?class={class}&limit=200")).await;
            let wanted = shown(&school, "items?status=FAILED&limit=200").await;
            let wanted: Vec<&Value> =
                list(&wanted, "items").iter().filter(|item| item["class"] == class).collect();
            assert_eq!(list(&found, "items").iter().collect::<Vec<_>>(), wanted, "{class}");
            assert!(class != "I" || !wanted.is_empty(), "the broken ones lack a field");
        }
        let long = "1".repeat(101);
        for bad in [
            "class=X".to_owned(),
            format!("zoho_id={long}"),
            format!("zoho_id={record}&person_id={person}"),
            format!("person_id={person}&page_token={token}&class=I"),
        ] {
            let refused = school.client.get(&format!("/v1/extension/items?{bad}")).await;
            assert_eq!(refused.status, 422, "{bad}: {}", refused.text);
        }
        let listed = ["runs", "items", "--record", record, "-o", "ndjson"];
        let listed = out(&sigma(&school.db, &school.app.url, &listed));
        assert_eq!(listed.lines().count(), of_record.len());
        school.stop().await;
    }
}

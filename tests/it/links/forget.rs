//! Forgetting the links of some records.

use {
    super::{settled, synced},
    crate::harness::{db::kinds, school::told},
    serde_json::json,
};

const FORGET: &str = "/v1/extension/settings/forget-links";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chosen_links_are_forgotten_and_taken_up_by_the_next_run() {
    for kind in kinds() {
        let school = synced(kind, 30, &["programs", "students"]).await;
        let ids = [school.id("students", 1).await, school.id("students", 2).await];
        let gone = school.one(&format!("users?idnumber={}", ids[0])).await["id"].to_string();
        school.take_away(&format!("users/{gone}")).await;
        for (bad, field) in [
            (json!({"ids": ids}), "module"),
            (json!({"module": "students"}), "ids"),
            (json!({"module": "students", "ids": [""]}), "ids"),
            (
                json!({"module": "students", "ids": ids, "moodle_base_url": "http://else.example"}),
                "moodle_base_url",
            ),
        ] {
            let refused = school.client.post(FORGET, &bad).await;
            assert_eq!(refused.status, 422, "{bad}: {}", refused.text);
            assert!(refused.text.contains(field), "{bad}: {}", refused.text);
        }
        let unknown = school.client.post(FORGET, &json!({"module": "nope", "ids": ids})).await;
        assert_eq!(unknown.status, 404, "{}", unknown.text);

        // Only the runs of the module stand in the way.
        school.options(json!({"zoho_latency_ms": 700})).await;
        let run = school.start("students", json!({})).await;
        let wish = json!({"module": "students", "ids": [ids[0], ids[1], "999"]});
        let refused = school.client.post(FORGET, &wish).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert!(refused.text.contains("queued or under way"), "{}", refused.text);
        let other = json!({"module": "programs", "ids": [school.id("programs", 0).await]});
        assert_eq!(school.client.post(FORGET, &other).await.json(), json!({"links": 1}));
        school.ended(&run).await;
        school.options(json!({"zoho_latency_ms": 0})).await;

        let answer = school.client.post(FORGET, &wish).await;
        assert_eq!((answer.status, answer.json()), (200, json!({"links": 2})), "{kind:?}");
        let links = "SELECT count(*) AS n FROM record_links WHERE module_name = 'students'";
        assert_eq!(school.query(links).await, Some(28));
        let accounts = "SELECT count(*) AS n FROM people WHERE account_id IS NOT NULL";
        assert_eq!(school.query(accounts).await, Some(28));
        let run = school.changes("students").await;
        assert_eq!((told(&run).0, told(&run).1[0]), ("completed", 2), "{run}");
        let ops: Vec<String> = school
            .items(&run, "items_status=NEW")
            .await
            .iter()
            .map(|item| item["op"].to_string())
            .collect();
        assert!(
            ops.contains(&"\"link\"".to_owned()) && ops.contains(&"\"create\"".to_owned()),
            "{ops:?}"
        );
        assert_eq!(
            (school.counts().await["users"].as_u64(), school.duplicates().await),
            (Some(30), 0)
        );
        assert_eq!(told(&school.full("programs").await), ("completed", [1, 3, 0, 0, 0, 4]));
        settled(&school, &["programs", "students"]).await;
        school.stop().await;
    }
}

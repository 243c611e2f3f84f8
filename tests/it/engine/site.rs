//! Links belong to one site: another site at the address is not written to until the links are forgotten, and a new
//! name of the same site keeps them.

use {
    crate::harness::{
        control::Controls,
        db::kinds,
        eventually,
        school::{School, calls, told},
    },
    serde_json::{Value, json},
    sigma_sync_sandbox::{Options, Sandbox},
};

const LOOK_UP: &str = "core_user_get_users_by_field";
const FORGET: &str = "/v1/extension/settings/forget-links";
const SETTINGS: &str = "/v1/extension/settings";

/// Another site, with accounts unrelated to the school's records.
struct Elsewhere {
    sandbox: Sandbox,
    controls: Controls,
}

impl Elsewhere {
    /// Starts a site with as many accounts; `carried` are the id numbers of the first of them.
    async fn with(accounts: usize, carried: &[String]) -> Self {
        let sandbox = Sandbox::start(Options { students: 0, ..Options::default() }).await.unwrap();
        let site = Self { sandbox, controls: Controls::new() };
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("wstoken", site.sandbox.credentials().moodle_token)
            .append_pair("wsfunction", "core_user_create_users")
            .append_pair("moodlewsrestformat", "json");
        for number in 0..accounts {
            let mut field = |name: &str, text: &str| {
                form.append_pair(&format!("users[{number}][{name}]"), text);
            };
            field("username", &format!("own{number}"));
            field("password", "Words-of-2026!");
            field("firstname", "Foreign");
            field("lastname", &format!("Person {number}"));
            field("email", &format!("own{number}@elsewhere.example"));
            field("idnumber", carried.get(number).map_or(&format!("E-{number}"), |id| id));
        }
        let url = format!("{}/webservice/rest/server.php", site.sandbox.moodle_url());
        let request = site.controls.0.post(url).body(form.finish());
        let kind = "application/x-www-form-urlencoded";
        let answer = request.header("content-type", kind).send().await.unwrap();
        let made: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(made.as_array().map(Vec::len), Some(accounts), "{made}");
        site
    }

    /// Returns the accounts by their numbers.
    async fn users(&self) -> Vec<Value> {
        let url = format!("{}/_sandbox/moodle/users?limit=100000", self.sandbox.moodle_url());
        let found = self.controls.ask("GET", url, json!({})).await;
        found["users"].as_array().unwrap().clone()
    }
}

/// Sets the tenant's Moodle to another address.
async fn move_to(school: &School, address: &str) {
    let token = school.sandbox.credentials().moodle_token;
    let settings = json!({"moodle_base_url": address, "moodle_api_token": token});
    let answer = school.client.put(SETTINGS, &settings).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// Counts the rows of a table that match a condition.
async fn rows(school: &School, of: &str) -> i64 {
    school.query(&format!("SELECT count(*) AS n FROM {of}")).await.unwrap()
}

/// Counts look-ups of accounts since the ledger was emptied.
async fn look_ups(school: &School) -> u64 {
    calls(&school.ledger().await, "moodle", LOOK_UP)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_site_with_the_same_numbers_is_not_written_to() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        for module in ["programs", "students", "classes", "enrollments"] {
            assert_eq!(school.full(module).await["status"], "completed");
        }
        let settings = json!({"grades_writeback": true});
        assert_eq!(school.client.put(SETTINGS, &settings).await.status, 200);
        let on = json!({"enabled": true});
        let enabled = school.client.put("/v1/extension/modules/grades", &on).await;
        assert_eq!(enabled.status, 200, "{}", enabled.text);
        let other = Elsewhere::with(30, &[]).await;
        let before = other.users().await;
        let ours = school.moodle("users").await;
        let numbers =
            |users: &[Value]| users.iter().map(|user| user["id"].clone()).collect::<Vec<_>>();
        assert_eq!(numbers(&before), numbers(&ours), "the same numbers, other people");

        move_to(&school, &other.sandbox.moodle_url()).await;
        school.change("students", 3, json!({"Phone_Number": "+962 7 0000"})).await;
        for (module, body) in [
            ("students", json!({})),
            ("students", json!({"scope": "changes"})),
            ("students", json!({"dry_run": true})),
            ("enrollments", json!({})),
            ("grades", json!({})),
        ] {
            let run = school.run(module, body.clone()).await;
            assert_eq!(told(&run), ("failed", [0; 6]), "{kind:?} {module} {body}: {run}");
            let detail = school.detail(&run).await;
            assert_eq!(detail.error_code(), "TARGET_CHANGED", "{module} {body}");
            assert!(detail.error_summary().contains("ForgetLinks"), "{}", detail.error_summary());
        }
        assert_eq!(other.users().await, before, "{kind:?}: nobody was touched");

        // Accounts without any id number count as others as well.
        let nameless = Elsewhere::with(30, &vec![String::new(); 30]).await;
        let unnamed = nameless.users().await;
        move_to(&school, &nameless.sandbox.moodle_url()).await;
        let run = school.full("students").await;
        assert_eq!(school.detail(&run).await.error_code(), "TARGET_CHANGED", "{run}");
        assert_eq!(nameless.users().await, unnamed, "{kind:?}: nobody was touched");
        nameless.sandbox.stop().await;

        // Back at the old address everything is as it was, without a look but the sample of each whole run
        // and that at the newest accounts before the first write.
        move_to(&school, &school.sandbox.moodle_url()).await;
        school.forget().await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 29, 1, 0, 0, 30]), "{kind:?}: {run}");
        assert_eq!(look_ups(&school).await, 2);
        other.sandbox.stop().await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_name_of_the_same_site_keeps_all_links() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        assert_eq!(school.full("students").await["status"], "completed");
        let address = school.sandbox.moodle_url();
        // Each with the number of look-ups that it may cost: one for a new name, none for another spelling of it; and each
        // whole run looks at a sample.
        for (name, most) in [
            (address.replace("127.0.0.1", "localhost"), 1),
            (format!("{}/", address.replace("127.0.0.1", "LOCALHOST")), 0),
            (address.clone(), 1),
        ] {
            move_to(&school, &name).await;
            school.forget().await;
            for _ in 0..2 {
                let run = school.full("students").await;
                assert_eq!(
                    told(&run),
                    ("completed", [0, 30, 0, 0, 0, 30]),
                    "{kind:?} {name}: {run}"
                );
            }
            assert_eq!(
                (look_ups(&school).await, school.writes("moodle").await),
                (most + 2, 0),
                "{name}"
            );
        }

        // A database of an older version: its first run looks once. A failed look-up says nothing, and is repeated.
        let old = "UPDATE integration_settings SET linked_site = NULL WHERE tenant_id = 'default' RETURNING 1 AS n";
        assert_eq!(school.query(old).await, Some(1));
        school.forget().await;
        school.fault(json!({"target": "moodle", "kind": "cut", "function": LOOK_UP})).await;
        for _ in 0..2 {
            let run = school.full("students").await;
            assert_eq!(told(&run), ("completed", [0, 30, 0, 0, 0, 30]), "{kind:?}: {run}");
        }
        assert_eq!(school.faults().await[0]["fired"], 1, "{kind:?}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_starts_over_links_what_carries_the_ids_and_makes_the_rest() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        assert_eq!(school.full("students").await["status"], "completed");
        let carried = [school.id("students", 7).await, school.id("students", 8).await];
        let other = Elsewhere::with(30, &carried).await;
        let before = other.users().await;

        // Not by accident, and not during a run.
        let old = json!({"moodle_base_url": school.sandbox.moodle_url()});
        let new = json!({"moodle_base_url": other.sandbox.moodle_url()});
        for body in [&new, &json!({"moodle_base_url": ""}), &json!({})] {
            let refused = school.client.post(FORGET, body).await;
            assert_eq!(refused.status, 422, "{body}: {}", refused.text);
            assert!(refused.text.contains("moodle_base_url"), "{}", refused.text);
        }
        school.options(json!({"zoho_latency_ms": 1_000})).await;
        let run = school.start("students", json!({})).await;
        let refused = school.client.post(FORGET, &old).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert!(refused.text.contains("queued or under way"), "{}", refused.text);
        assert_eq!(told(&school.ended(&run).await), ("completed", [0, 30, 0, 0, 0, 30]));
        school.options(json!({"zoho_latency_ms": 0})).await;
        assert_eq!(rows(&school, "record_links").await, 30);

        // A plan for these links is dropped with them.
        for number in 20..29 {
            school.delete("students", number, true).await;
        }
        let held = school.full("students").await;
        assert_eq!(held["status"], "held", "{held}");
        move_to(&school, &other.sandbox.moodle_url()).await;
        assert_eq!(school.full("students").await["status"], "failed");
        let accounts = "people WHERE account_id IS NOT NULL";
        assert_eq!(rows(&school, accounts).await, 30);
        let forgotten = school.client.post(FORGET, &new).await;
        assert_eq!((forgotten.status, forgotten.json()), (200, json!({"links": 30})), "{kind:?}");
        for of in ["record_links", "record_waits", "sync_cursors", accounts] {
            assert_eq!(rows(&school, of).await, 0, "{kind:?} {of}");
        }
        assert_eq!(rows(&school, "integration_settings WHERE linked_site IS NOT NULL").await, 0);
        let audited = "audit_entries WHERE action = 'settings.forget_links'";
        assert_eq!(rows(&school, audited).await, 1);

        // Only changes are requested, but nothing has been read yet.
        let run = school.changes("students").await;
        assert_eq!(told(&run), ("completed", [21, 0, 0, 0, 0, 21]), "{kind:?}: {run}");
        let after = other.users().await;
        assert_eq!(after.len(), 30 + 19, "two were there");
        assert_eq!(after[2..30], before[2..30], "{kind:?}: nobody else was touched");
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 21, 0, 0, 0, 21]), "{kind:?}: {run}");
        let again = school.client.post(FORGET, &new).await;
        assert_eq!(again.json(), json!({"links": 21}), "{}", again.text);
        other.sandbox.stop().await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgetting_that_was_broken_off_is_ended_by_the_next_run() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        assert_eq!(school.full("students").await["status"], "completed");
        // The state after a process that ended after its first step.
        let begun = "UPDATE integration_settings SET linked_site = '' WHERE tenant_id = 'default' RETURNING 1 AS n";
        assert_eq!(school.query(begun).await, Some(1));
        let some = "DELETE FROM record_links WHERE zoho_id = (SELECT min(zoho_id) FROM record_links) RETURNING 1 AS n";
        assert_eq!(school.query(some).await, Some(1));
        let users = school.moodle("users").await.len();
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [30, 0, 0, 0, 0, 30]), "{kind:?}: {run}");
        assert_eq!(school.moodle("users").await.len(), users, "all were found by their ids");
        assert_eq!(told(&school.full("students").await).1, [0, 30, 0, 0, 0, 30]);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_there_are_no_accounts_courses_or_categories_tell() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        let other = Elsewhere::with(1, &[]).await;
        let address = school.sandbox.moodle_url();
        let mut name = address.replace("127.0.0.1", "localhost");
        let mut linked = 0;
        // Categories first; then there are courses, which are checked.
        for module in ["programs", "classes"] {
            let made = school.full(module).await;
            let (status, [new, _, _, _, _, total]) = told(&made);
            assert_eq!((status, new), ("completed", total), "{kind:?} {made}");
            linked += new;
            move_to(&school, &other.sandbox.moodle_url()).await;
            let run = school.full(module).await;
            assert_eq!(told(&run), ("failed", [0; 6]), "{kind:?} {module}: {run}");
            assert_eq!(school.detail(&run).await.error_code(), "TARGET_CHANGED", "{module}");
            move_to(&school, &name).await;
            let run = school.full(module).await;
            assert_eq!(told(&run), ("completed", [0, total, 0, 0, 0, total]), "{kind:?} {run}");
            name.clone_from(&address);
        }
        // Forgotten on the same site, the accounts are found again and not created twice.
        let counts = school.counts().await;
        let answer = school.client.post(FORGET, &json!({"moodle_base_url": address})).await;
        assert_eq!(answer.json(), json!({"links": linked}), "{kind:?}");
        for module in ["programs", "classes"] {
            let run = school.full(module).await;
            let (status, [new, _, _, _, _, total]) = told(&run);
            assert_eq!((status, new), ("completed", total), "{kind:?} {run}");
        }
        assert_eq!((school.counts().await, school.duplicates().await), (counts, 0), "{kind:?}");
        other.sandbox.stop().await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_run_begins_on_half_of_the_links() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        assert_eq!(school.full("students").await["status"], "completed");
        let body = json!({"moodle_base_url": school.sandbox.moodle_url()});
        let mut forgotten = 0;
        for round in 0..15 {
            // The two start in either order.
            let started = async {
                tokio::time::sleep(std::time::Duration::from_millis(round % 5)).await;
                school.start("students", json!({})).await
            };
            let (run, answer) = tokio::join!(started, school.client.post(FORGET, &body));
            assert!([200, 400].contains(&answer.status), "{}", answer.text);
            let run = school.ended(&run).await;
            let all = if answer.status == 200 {
                assert_eq!(answer.json(), json!({"links": 30}));
                forgotten += 1;
                [[30, 0, 0, 0, 0, 30]].as_slice()
            } else {
                [[0, 30, 0, 0, 0, 30]].as_slice()
            };
            assert!(all.contains(&told(&run).1), "{kind:?} {}: {run}", answer.text);
            assert_eq!(rows(&school, "record_links").await, 30, "{kind:?}");
            school.idle().await;
        }
        eprintln!("{kind:?}: forgotten {forgotten} times");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_linked_while_the_address_changed_is_no_link_of_the_new_site() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        let other = Elsewhere::with(30, &[]).await;
        let before = other.users().await;
        school.options(json!({"moodle_latency_ms": 700})).await;
        let run = school.start("students", json!({})).await;
        eventually("a first call", async || (look_ups(&school).await > 0).then_some(())).await;
        move_to(&school, &other.sandbox.moodle_url()).await;
        // The run continues at the new site as if it had begun there.
        let run = school.ended(&run).await;
        assert_eq!(told(&run), ("completed", [30, 0, 0, 0, 0, 30]), "{kind:?}: {run}");
        school.change("students", 3, json!({"Phone_Number": "+962 7 0000"})).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 29, 1, 0, 0, 30]), "{kind:?}: {run}");
        let after = other.users().await;
        assert_eq!((after.len(), &after[..30]), (60, &before[..]), "{kind:?}");
        other.sandbox.stop().await;
        school.stop().await;
    }
}

//! The overview: what needs attention, the modules, and figures that are those of the runs.

use {
    super::{list, number, shown, text},
    crate::{
        harness::{
            app::App,
            cli::{out, sigma},
            db::{Db, kinds},
            school::School,
        },
        store::now,
    },
    chrono::TimeDelta,
    serde_json::{Value, json},
    sigma_sync_sandbox::Options,
};

fn notices<'v>(overview: &'v Value, kind: &str) -> Vec<&'v Value> {
    list(overview, "notices").iter().filter(|notice| notice["kind"] == kind).collect()
}

fn module<'v>(overview: &'v Value, name: &str) -> &'v Value {
    let mut modules = list(overview, "modules").iter();
    modules.find(|module| module["module_name"] == name).expect("a module")
}

/// The figures of a sum or a point.
fn figures(point: &Value) -> [i64; 7] {
    ["runs", "read", "new", "updated", "unchanged", "skipped", "failed_invalid"]
        .map(|name| number(point, name))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_figures_are_those_of_the_runs_that_ended() {
    for kind in kinds() {
        let options = Options { students: 40, broken_every: 8, ..Options::default() };
        let school = School::with(kind, options, &[]).await;
        let none = shown(&school, "overview").await;
        assert_eq!(figures(&none["total"]), [0; 7], "{kind:?}");
        assert!(module(&none, "students")["last_run"].is_null());
        assert!(list(&none, "connections").iter().all(|one| one["state"] == "ok"), "{none}");
        school.full("students").await;
        school.run("students", json!({"dry_run": true})).await;
        school.full("students").await;
        let run = school.full("programs").await;
        let overview = shown(&school, "overview?window=24h").await;
        let counted = |name: &str| {
            let runs = list(&overview, "series").iter().map(|point| number(point, name));
            runs.sum::<i64>()
        };
        let own = |name: &str| run["counts"][name].as_i64().unwrap_or_default();
        assert_eq!(
            figures(&overview["total"]),
            [3, 80 + own("total"), 35 + own("new"), 0, 35, own("skipped"), 10 + own("failed")],
            "{kind:?}: a dry run counts in nothing: {}",
            overview["total"]
        );
        assert_eq!((counted("runs"), counted("read")), (3, 80 + own("total")));
        assert!(number(&overview["total"], "zoho_credits") >= 3);
        assert!(number(&overview["total"], "moodle_calls") >= 1);
        assert!(number(&overview["total"], "duration_p95_ms") > 0);
        for (window, steps, length) in [("24h", 24, 3_600), ("7d", 28, 21_600), ("30d", 30, 86_400)]
        {
            let told = shown(&school, &format!("overview?window={window}")).await;
            assert_eq!(list(&told, "series").len(), steps);
            assert_eq!(number(&told, "step_s"), length);
            assert_eq!(figures(&told["total"]), figures(&overview["total"]), "{window}");
            let starts: Vec<&str> =
                list(&told, "series").iter().map(|point| text(point, "start")).collect();
            assert!(starts.is_sorted());
        }
        let only = shown(&school, "overview?module_name=programs").await;
        assert_eq!(figures(&only["total"])[..2], [1, own("total")]);
        assert_eq!(list(&only, "modules").len(), 1);
        let students = module(&overview, "students");
        assert_eq!(
            (
                text(&students["last_run"], "status"),
                number(&students["last_run"]["counts"], "failed")
            ),
            ("partial", 5)
        );
        assert!(students["last_good_at"].is_string() && students["next_run_at"].is_null());
        let failed = notices(&overview, "records_failed");
        assert_eq!((failed.len(), number(failed[0], "count")), (1, 5), "{overview}");
        assert_eq!(failed[0]["run_id"], students["last_run"]["run_id"]);
        let printed = out(&sigma(&school.db, &school.app.url, &["overview", "-o", "table"]));
        assert!(printed.contains("5 records of students failed"), "{printed}");
        for bad in ["window=1h", "module_name=nothing"] {
            let refused = school.client.get(&format!("/v1/extension/overview?{bad}")).await;
            assert_eq!(refused.status, 422, "{}", refused.text);
        }
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_attention_is_told_the_most_urgent_first() {
    for kind in kinds() {
        let school = School::new(kind, 40).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        school.full("students").await;
        school.full("enrollments").await;
        for number in 0..30 {
            school.delete("students", number, true).await;
        }
        let held = school.full("students").await;
        assert_eq!(held["status"], "held", "{held}");
        let key = json!({"name": "soon", "roles": ["viewer"],
            "expires_at": (now() + TimeDelta::days(3)).to_rfc3339()});
        let key = school.client.post("/v1/extension/keys", &key).await.json();
        let none = "DELETE FROM field_mappings WHERE module_name = 'programs'";
        school.db.execute(none).await;
        let credits = json!({"zoho_daily_credits": 2});
        assert_eq!(school.client.put("/v1/extension/settings", &credits).await.status, 200);
        // The parents of yesterday.
        let old = (now() - TimeDelta::days(2)).format("%Y-%m-%d %H:%M:%S+00:00");
        school.db.execute(&format!("UPDATE record_waits SET since = '{old}'")).await;
        let overview = shown(&school, "overview").await;
        let kinds: Vec<&str> =
            list(&overview, "notices").iter().map(|one| text(one, "kind")).collect();
        let place = |kind: &str| {
            let place = kinds.iter().position(|one| *one == kind);
            place.unwrap_or_else(|| panic!("no {kind}: {kinds:?}"))
        };
        assert_eq!(kinds[0], "run_held");
        assert!(place("required_missing") < place("key_expiring"));
        assert!(place("key_expiring") < place("credits_low"));
        assert!(place("credits_low") < place("waits_old"));
        let run = notices(&overview, "run_held")[0];
        assert_eq!(
            (&run["run_id"], number(run, "count"), text(run, "code"), text(run, "severity")),
            (&held["run_id"], 30, "RUN_HELD_REMOVALS", "error")
        );
        assert!(text(run, "until") > text(run, "since"));
        assert_eq!(notices(&overview, "key_expiring")[0]["subject"], key["key_id"]);
        assert!(
            notices(&overview, "required_missing")
                .iter()
                .all(|one| one["module_name"] == "programs")
        );
        assert!(notices(&overview, "waits_old").iter().any(|one| number(one, "count") > 0));

        // A connection whose settings lack something.
        let broken = json!({"moodle_api_token": ""});
        assert_eq!(school.client.put("/v1/extension/settings", &broken).await.status, 200);
        let overview = shown(&school, "overview").await;
        let moodle = &list(&overview, "connections")[1];
        assert_eq!((text(moodle, "provider"), text(moodle, "state")), ("moodle", "incomplete"));
        assert_eq!(moodle["missing"], json!(["moodle_api_token"]));
        assert_eq!(text(&list(&overview, "notices")[0], "kind"), "connection_incomplete");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_sees_no_keys_and_a_narrowed_session_its_modules() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let owner = app.client();
        let soon = (now() + TimeDelta::days(3)).to_rfc3339();
        let body = json!({"name": "soon", "roles": ["viewer"], "expires_at": soon});
        let made = owner.post("/v1/extension/keys", &body).await.json();
        let viewer = crate::harness::client::Client::new(
            &owner.url,
            &owner.tenant,
            text(&made, "key_id"),
            text(&made, "secret"),
        );
        let told = |overview: &Value| notices(overview, "key_expiring").len();
        assert_eq!(told(&owner.get("/v1/extension/overview").await.json()), 1);
        assert_eq!(told(&viewer.get("/v1/extension/overview").await.json()), 0);
        let incomplete = owner.get("/v1/extension/overview").await.json();
        assert_ne!(list(&incomplete, "connections")[0]["state"], "ok", "{incomplete}");

        let body = json!({"role": "viewer", "actor": "crm:1", "modules": ["units"]});
        let session = owner.post("/v1/extension/sessions", &body).await.json();
        let bearer = vec![("Authorization", format!("Bearer {}", text(&session, "token")))];
        let ask = async |path: &str| owner.send("GET", path, &bearer, String::new()).await;
        let own = ask("/v1/extension/overview?module_name=units").await;
        assert_eq!((own.status, list(&own.json(), "modules").len()), (200, 1));
        for path in ["/v1/extension/overview", "/v1/extension/overview?module_name=students"] {
            assert_eq!(ask(path).await.status, 403, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_did_not_begin_and_what_failed_is_counted_too() {
    for kind in kinds() {
        let school = School::new(kind, 10).await;
        let wrong = json!({"moodle_api_token": "0123456789abcdef0123456789abcdef"});
        assert_eq!(school.client.put("/v1/extension/settings", &wrong).await.status, 200);
        let run = school.full("students").await;
        assert_eq!(run["status"], "failed", "{run}");
        let overview = shown(&school, "overview").await;
        let failing = notices(&overview, "module_failing");
        assert_eq!((failing.len(), text(failing[0], "module_name")), (1, "students"), "{overview}");
        assert_eq!(failing[0]["run_id"], run["run_id"]);
        assert!(module(&overview, "students")["last_good_at"].is_null());
        assert_eq!(figures(&overview["total"])[0], 1);
        school.stop().await;
    }
}

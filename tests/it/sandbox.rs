//! `sandbox ctl` reaches every switch of a running sandbox, and the help and the page of the documentation name them all.

use {
    crate::harness::{
        app::{BINARY, sandbox},
        cli::out,
        control::Controls,
    },
    serde_json::{Value, json},
    sigma_sync_sandbox::{Sandbox, guide},
    std::process::{Command, Output},
};

fn run(args: &[&str]) -> Output {
    let folder = std::env::temp_dir();
    Command::new(BINARY).args(args).current_dir(folder).output().expect("the binary")
}

/// Runs `sandbox ctl` against a sandbox and returns its exit code, its result and its complaints.
fn ctl(school: &Sandbox, args: &[&str]) -> (Option<i32>, String, String) {
    let at = school.moodle_url().replace("http://", "");
    let output = run(&[&["sandbox", "ctl", "--at", &at], args].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), out(&output), said)
}

fn done(school: &Sandbox, args: &[&str]) -> String {
    let (code, text, said) = ctl(school, args);
    assert_eq!(code, Some(0), "{args:?}: {said}");
    text
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect(text)
}

#[test]
fn the_help_and_the_page_name_every_switch() {
    let (help, list) = (out(&run(&["sandbox", "--help"])), out(&run(&["sandbox", "switches"])));
    let settings = guide::settings();
    let names = settings.iter().map(|own| own.name);
    let names = names.chain(guide::faults().into_iter().map(|own| own.name));
    let names = names.chain(guide::fault_members().into_iter().map(|own| own.name));
    for name in names.chain(guide::controls().into_iter().map(|[_, path, _]| path)) {
        assert!(help.contains(name) && list.contains(name), "{name}");
    }
    let page = out(&run(&["sandbox", "switches", "-o", "markdown"]));
    let book = include_str!("../../docs/src/sandbox.md");
    assert!(
        book.ends_with(&page),
        "the end of docs/src/sandbox.md is what `cargo run -- sandbox switches -o markdown` writes"
    );
    let document = json_of(&out(&run(&["sandbox", "switches", "-o", "json"])));
    assert_eq!(document["settings"].as_array().map(Vec::len), Some(settings.len()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_setting_can_be_read_and_changed() {
    let school = sandbox(3, 0).await;
    let before = done(&school, &["show"]);
    let usual: Vec<&str> = before.lines().collect();
    assert_eq!(usual.len(), guide::settings().len());
    // What is shown is also what can be set.
    assert_eq!(done(&school, &[&["set"], usual.as_slice()].concat()), before);

    let changed = [
        "missing_scopes=ZohoCRM.coql.READ, ZohoCRM.bulk.READ",
        "assignable_roles=3,5",
        "left_out=[{\"module\": \"Products\", \"field\": \"Status\"}]",
        "moodle_version=4.1",
        "filters=refused",
        "position_tokens=true",
        "bulk_failure=FAILED",
        "clock_offset_s=-60",
    ];
    done(&school, &[&["set"], changed.as_slice()].concat());
    let at = |path: &str| format!("{}/_sandbox/{path}", school.zoho_url());
    let options = Controls::new().ask("GET", at("options"), json!({})).await;
    assert_eq!(options["missing_scopes"], json!(["ZohoCRM.coql.READ", "ZohoCRM.bulk.READ"]));
    assert_eq!(options["assignable_roles"], json!([3, 5]));
    assert_eq!(options["left_out"][0]["field"], "Status");
    assert_eq!(
        (&options["moodle_version"], &options["filters"]),
        (&json!("4.1"), &json!("refused"))
    );
    assert_eq!(options["position_tokens"], true);
    assert_eq!(
        done(&school, &["show", "bulk_failure", "clock_offset_s"]),
        "clock_offset_s=-60\nbulk_failure=FAILED\n"
    );
    assert_eq!(done(&school, &["reset"]), before);

    assert_eq!(ctl(&school, &["show", "nothing"]).0, Some(3));
    let (code, _, said) = ctl(&school, &["set", "token_limit=many"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("many"), "{said}");
    assert_eq!(ctl(&school, &["set", "nothing=1"]).0, Some(1));
    assert_eq!(ctl(&school, &["set", "token_limit"]).0, Some(2));
    assert_eq!(done(&school, &["show"]), before);
    school.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_can_be_switched_on() {
    let school = sandbox(3, 0).await;
    for fault in guide::faults() {
        for system in ["zoho", "moodle"] {
            let (code, text, said) = ctl(&school, &["fault", system, fault.name, "records=[1]"]);
            if fault.system == "both" || fault.system == system {
                assert_eq!(json_of(&text)[0]["kind"], fault.name, "{said}");
                assert_eq!(json_of(&done(&school, &["clear"])), json!([]));
            } else {
                assert!(said.contains("kind") && said.contains(fault.name), "{said}");
                assert_eq!(code, Some(1), "{system} {}", fault.name);
            }
        }
    }
    let values = [
        "status=503",
        "code=429",
        "retry_after=30",
        "delay_ms=1",
        "bytes=2",
        "keep=3",
        "location=/x=y",
        "records=[1,2]",
        "function=core_user_get_users",
        "times=0",
        "skip=4",
        "every=5",
        "probability=0.5",
    ];
    assert_eq!(values.len(), guide::fault_members().len());
    done(&school, &[&["fault", "moodle", "status"], values.as_slice()].concat());
    let faults = json_of(&done(&school, &["faults"]));
    let given = json!({
        "target": "moodle", "kind": "status", "status": 503, "code": "429", "retry_after": "30",
        "delay_ms": 1, "bytes": 2, "keep": 3, "location": "/x=y", "records": [1, 2],
        "function": "core_user_get_users", "times": 0, "skip": 4, "every": 5, "probability": 0.5,
        "matched": 0, "fired": 0,
    });
    assert_eq!(faults, json!([given]));
    assert_eq!(ctl(&school, &["fault", "zoho", "earthquake"]).0, Some(1));
    assert_eq!(ctl(&school, &["fault", "other", "cut"]).0, Some(2));
    school.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_that_make_no_sense_are_refused_by_their_names() {
    let school = sandbox(3, 0).await;
    let before = done(&school, &["show"]);
    // Both ends of each range are taken, and what lies beyond them is not.
    for own in guide::settings() {
        let ends = own.values.strip_prefix("from ").and_then(|values| values.split_once(" to "));
        let Some((least, most)) = ends else {
            assert!(!own.usual.is_number() || own.values.contains(" or "), "{}", own.name);
            continue;
        };
        let [least, most]: [i64; 2] = [least, most].map(|end| end.parse().expect("a number"));
        for (value, taken) in [(least, true), (most, true), (least - 1, false), (most + 1, false)] {
            let (code, _, said) = ctl(&school, &["set", &format!("{}={value}", own.name)]);
            assert_eq!(code == Some(0), taken, "{} {value}: {said}", own.name);
            assert!(taken || said.contains(&format!("{}: ", own.name)), "{said}");
        }
    }
    done(&school, &["reset"]);
    let refused: &[(&str, &[&str])] = &[
        ("throttle_status", &["set", "throttle_status=99"]),
        ("latency_ms", &["set", "latency_ms=-1"]),
        ("token_ttl_s", &["set", "token_ttl_s=1e30"]),
        ("bulk_failure", &["set", "bulk_failure=BROKEN"]),
        ("moodle_version", &["set", "moodle_version=new"]),
        ("missing_functions", &["set", "missing_functions=core_user_get_user"]),
        ("moodle_token", &["set", "moodle_token=none"]),
        ("plugin", &["set", "plugin=7"]),
        ("nothing", &["set", "nothing=1"]),
        ("probability", &["fault", "zoho", "cut", "probability=7"]),
        ("probability", &["fault", "zoho", "cut", "probability=-0.1"]),
        ("status", &["fault", "moodle", "status", "status=99"]),
        ("status", &["fault", "moodle", "status", "status=600"]),
        ("every", &["fault", "moodle", "cut", "every=0"]),
        ("times", &["fault", "moodle", "cut", "times=-1"]),
        ("count", &["fault", "moodle", "cut", "count=9999999999"]),
        ("delay_ms", &["fault", "moodle", "slow", "delay_ms=3600001"]),
        ("bytes", &["fault", "zoho", "oversized", "bytes=99999999999"]),
        ("records", &["fault", "zoho", "then_delete"]),
        ("kind", &["fault", "moodle", "earthquake"]),
        ("nothing", &["fault", "moodle", "cut", "nothing=1"]),
        ("function", &["fault", "moodle", "cut", "function=/crm/v8/Products"]),
        ("function", &["fault", "moodle", "cut", "function=core_user_get_user"]),
        ("function", &["fault", "zoho", "cut", "function=core_user_get_users"]),
        ("function", &["fault", "zoho", "cut", "function=TAKE /crm/v8/Products"]),
        ("function", &["fault", "zoho", "access_denied", "function=/crm/v8/Products"]),
        ("function", &["fault", "zoho", "expired_token", "function=/oauth/v2/token"]),
        ("function", &["fault", "zoho", "early_end", "function=PUT /crm/v8/Products"]),
        ("function", &["fault", "zoho", "early_end", "function=/crm/bulk/v8/read"]),
        ("count", &["post", "zoho/students", "count=99999999"]),
    ];
    for (name, args) in refused {
        let (code, _, said) = ctl(&school, args);
        assert_eq!(code, Some(1), "{args:?}: {said}");
        assert!(said.contains(&format!("{name}: ")) || said.contains("latency_ms: "), "{said}");
    }
    assert_eq!(json_of(&done(&school, &["faults"])), json!([]));
    assert_eq!(done(&school, &["show"]), before);
    let at = format!("{}/_sandbox/faults", school.zoho_url());
    let (status, told) = Controls::new()
        .answer("POST", at, json!({"target": "zoho", "kind": "cut", "probability": 7}))
        .await;
    assert_eq!((status, &told["error"]), (400, &json!("probability: 7 is not from 0 to 1")));
    school.stop().await;

    for command in ["sandbox", "demo"] {
        let output = run(&[command, "--students", "99999999"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("--students") && said.contains("1000000"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_control_can_be_called() {
    let school = sandbox(3, 0).await;
    for [method, path, _] in guide::controls() {
        let path = path.replace("{module}", "Products").replace("{kind}", "courses");
        let path = path.replace("{key...}", "99").replace("{key}", "99").replace("{id}", "99");
        let verb = method.to_lowercase();
        let (code, _, said) = ctl(&school, &[&verb, &format!("/{path}")]);
        // Refused or not: it is there.
        assert!(!said.contains("no such control"), "{method} {path}: {said}");
        assert!([Some(0), Some(1), Some(3)].contains(&code), "{method} {path}: {said}");
    }
    done(&school, &["put", "zoho/records/BTEC_Students/1", "City=Karak", "Birth_Date=null"]);
    let student = json_of(&done(&school, &["get", "zoho/students/1"]));
    assert_eq!((&student["City"], &student["Birth_Date"]), (&json!("Karak"), &Value::Null));
    let data = r#"{"Product_Name": "One"}"#;
    let made = done(&school, &["post", "zoho/records/Products", "-d", data]);
    assert_eq!(json_of(&made)["Product_Name"], "One");
    let products = || json_of(&done(&school, &["get", "counts"]))["zoho"]["Products"].as_u64();
    let before = products();
    let id = json_of(&made)["id"].as_str().unwrap_or_default().to_owned();
    done(&school, &["delete", &format!("zoho/records/Products/{id}?permanent=1")]);
    assert_eq!(products().zip(before).map(|(now, before)| before - now), Some(1));

    assert_eq!(ctl(&school, &["get", "nothing"]).0, Some(3));
    assert_eq!(ctl(&school, &["put", "options", "-d", "{"]).0, Some(1));
    assert_eq!(ctl(&school, &["get", "zoho/students/ 1"]).0, Some(1));
    let at = school.zoho_url().replace("http://", "");
    school.stop().await;
    let output = run(&["sandbox", "ctl", "--at", &at, "show"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(7), "{said}");
    assert!(said.contains("sigma-sync sandbox"), "{said}");
}

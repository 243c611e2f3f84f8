//! A school with everything around it: a database, the server, both emulated systems, and short functions for what
//! tests do with them.

use {
    super::{
        app::{App, connect},
        client::Client,
        control::Controls,
        db::{Db, Kind},
        eventually,
    },
    sea_orm::{ConnectionTrait as _, Database, Statement},
    serde_json::{Value, json},
    sigma_sync::proto::pb,
    sigma_sync_sandbox::{Options, Sandbox},
    std::time::{Duration, Instant},
};

/// The Zoho module of each module.
const ZOHO: [(&str, &str); 8] = [
    ("students", "BTEC_Students"),
    ("programs", "Products"),
    ("units", "BTEC"),
    ("classes", "BTEC_Classes"),
    ("registrations", "BTEC_Registrations"),
    ("enrollments", "BTEC_Enrollments"),
    ("payments", "BTEC_Payments"),
    ("grades", "BTEC_Grades"),
];

/// Returns the Zoho module of a module; a name that Zoho itself uses is returned as it is.
pub(crate) fn zoho_module(module: &str) -> &str {
    ZOHO.iter().find(|(name, _)| *name == module).map_or(module, |(_, zoho)| zoho)
}

/// A school that is connected to a running server.
pub(crate) struct School {
    // In this order: the server ends before its database does.
    pub(crate) app: App,
    pub(crate) db: Db,
    pub(crate) client: Client,
    pub(crate) sandbox: Sandbox,
    pub(crate) controls: Controls,
}

impl School {
    /// Starts everything.
    pub(crate) async fn new(kind: Kind, students: u32) -> Self {
        Self::with(kind, Options { students, ..Options::default() }, &[]).await
    }

    /// Starts everything; `args` follow `serve`.
    pub(crate) async fn with(kind: Kind, options: Options, args: &[&str]) -> Self {
        let db = Db::new(kind).await;
        let app = App::start(&db, args);
        let client = app.client();
        let sandbox = Sandbox::start(options).await.expect("the sandbox");
        connect(&client, &sandbox).await;
        Self { db, app, client, sandbox, controls: Controls::new() }
    }

    /// Requests a run and returns its id.
    pub(crate) async fn start(&self, module: &str, body: Value) -> String {
        let answer = self.client.post(&format!("/v1/extension/sync/{module}/run"), &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["run_id"].as_str().expect("an id").to_owned()
    }

    /// Runs a module to the end.
    pub(crate) async fn run(&self, module: &str, body: Value) -> Value {
        let run = self.start(module, body).await;
        self.ended(&run).await
    }

    /// Runs a module whole.
    pub(crate) async fn full(&self, module: &str) -> Value {
        self.run(module, json!({})).await
    }

    /// Runs what changed.
    pub(crate) async fn changes(&self, module: &str) -> Value {
        self.run(module, json!({"scope": "changes"})).await
    }

    /// Runs every enabled module, in order, to the end.
    pub(crate) async fn all(&self, body: Value) -> Vec<Value> {
        let answer = self.client.post("/v1/extension/sync/run", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let mut runs = Vec::new();
        for run in answer.json()["runs"].as_array().expect("runs") {
            runs.push(self.ended(run["run_id"].as_str().expect("an id")).await);
        }
        runs
    }

    /// Returns the current state of a run.
    pub(crate) async fn state(&self, run: &str) -> Value {
        self.client.get(&format!("/v1/extension/runs/{run}?items_limit=0")).await.json()
    }

    /// Waits for a run's end.
    pub(crate) async fn ended(&self, run: &str) -> Value {
        eventually("the end of a run", async || {
            let run = self.state(run).await;
            (!run["finished_at"].is_null()).then_some(run)
        })
        .await
    }

    /// Waits for a run's end, longer than usual.
    pub(crate) async fn ended_within(&self, run: &str, limit: Duration) -> Value {
        let end = Instant::now() + limit;
        loop {
            let now = self.state(run).await;
            if !now["finished_at"].is_null() {
                return now;
            }
            assert!(Instant::now() < end, "never ended: {now}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Queries a number from the database, the column `n`.
    pub(crate) async fn query(&self, sql: &str) -> Option<i64> {
        let db = Database::connect(&self.db.url).await.expect("the database");
        let row = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
            .expect("a row")?;
        let number =
            row.try_get::<i64>("", "n").or_else(|_| row.try_get::<i32>("", "n").map(i64::from));
        Some(number.expect("a number"))
    }

    /// Starts the server again.
    pub(crate) fn restart(&mut self) {
        self.app = App::start(&self.db, &[]);
        self.client = self.app.client();
    }

    /// Waits until nothing is left to do.
    pub(crate) async fn idle(&self) {
        eventually("the end of all runs", async || {
            let runs = self.runs("").await;
            runs.iter().all(|run| !run["finished_at"].is_null()).then_some(())
        })
        .await;
    }

    /// Lists runs, newest first.
    pub(crate) async fn runs(&self, query: &str) -> Vec<Value> {
        let answer = self.client.get(&format!("/v1/extension/runs?limit=200&{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json().as_array().expect("runs").clone()
    }

    /// Returns a run as gRPC callers see it.
    pub(crate) async fn detail(&self, run: &Value) -> pb::Run {
        let request = pb::GetRunRequest {
            run_id: run["run_id"].as_str().expect("an id").to_owned(),
            items_limit: Some(0),
            ..Default::default()
        };
        let answer: pb::GetRunResponse =
            self.client.grpc("sigma.v1.SyncRunService/GetRun", &request).await.expect("a run");
        answer.run.expect("a run")
    }

    /// Returns all items of a run; `query` such as `items_status=FAILED`.
    pub(crate) async fn items(&self, run: &Value, query: &str) -> Vec<Value> {
        let id = run["run_id"].as_str().expect("an id");
        let (mut items, mut token) = (Vec::new(), String::new());
        loop {
            let target = format!("/v1/extension/runs/{id}?{query}&items_token={token}");
            let answer = self.client.get(&target.replace("?&", "?")).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            let page = answer.json();
            items.extend(page["items"].as_array().expect("items").iter().cloned());
            match page["items_next"].as_str() {
                Some(next) => token = next.to_owned(),
                None => return items,
            }
        }
    }

    /// Posts to a run, such as `approve`.
    pub(crate) async fn decide(&self, run: &Value, verb: &str, body: Value) -> Value {
        let id = run["run_id"].as_str().expect("an id");
        let answer = self.client.post(&format!("/v1/extension/runs/{id}/{verb}"), &body).await;
        assert_eq!(answer.status, 200, "{verb}: {}", answer.text);
        answer.json()
    }

    /// Sets options of a module.
    pub(crate) async fn layout(&self, module: &str, options: Value) {
        let body = json!({"options": options});
        let answer = self.client.put(&format!("/v1/extension/modules/{module}"), &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// Lets the runs of a module change whatever they would.
    pub(crate) async fn unbraked(&self, module: &str) {
        let options = json!({"brake_update_percent": 100, "brake_field_percent": 100,
            "brake_identity_percent": 100, "brake_create_factor": 0});
        self.layout(module, options).await;
    }

    /// Maps a canonical field from another field of Zoho.
    pub(crate) async fn map(&self, module: &str, canonical: &str, field: &str) {
        let target = format!("/v1/extension/mappings/{module}");
        let mut rows = self.client.get(&target).await.json();
        for row in rows.as_array_mut().expect("rows") {
            if row["canonical_field"] == canonical {
                row["zoho_field_api_name"] = json!(field);
            }
        }
        let answer = self.client.put(&target, &json!({"mappings": rows})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// Lets an unusable value of any row of a module fail its record (`fail`), or cost only itself (`drop`).
    pub(crate) async fn on_invalid(&self, module: &str, word: &str) {
        let target = format!("/v1/extension/mappings/{module}");
        let mut rows = self.client.get(&target).await.json();
        for row in rows.as_array_mut().expect("rows") {
            row["on_invalid"] = json!(word);
        }
        let answer = self.client.put(&target, &json!({"mappings": rows})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// Maps a canonical field without a row from a field of Zoho.
    pub(crate) async fn feed(&self, module: &str, canonical: &str, field: &str) {
        let target = format!("/v1/extension/mappings/{module}");
        let mut rows = self.client.get(&target).await.json();
        let row = json!({"canonical_field": canonical, "zoho_field_api_name": field});
        rows.as_array_mut().expect("rows").push(row);
        let answer = self.client.put(&target, &json!({"mappings": rows})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    async fn sandbox(&self, verb: &str, path: &str, body: Value) -> Value {
        self.controls
            .ask(verb, format!("{}/_sandbox/{path}", self.sandbox.moodle_url()), body)
            .await
    }

    /// Changes the sandbox's settings.
    pub(crate) async fn options(&self, patch: Value) {
        self.sandbox("PUT", "options", patch).await;
    }

    /// Lets Zoho leave only these fields out of its answers; see the sandbox's `left_out`.
    pub(crate) async fn leave_out(&self, fields: Value) {
        self.options(json!({ "left_out": fields })).await;
    }

    /// Moves the sandbox's clock forward.
    pub(crate) async fn later(&self, seconds: i64) {
        self.sandbox("POST", "clock", json!({"advance_s": seconds})).await;
    }

    /// Switches a fault on.
    pub(crate) async fn fault(&self, fault: Value) {
        self.sandbox("POST", "faults", fault).await;
    }

    /// Returns the faults with the number of times that each has applied.
    pub(crate) async fn faults(&self) -> Vec<Value> {
        self.sandbox("GET", "faults", json!({})).await.as_array().expect("faults").clone()
    }

    /// Switches all faults off.
    pub(crate) async fn mend(&self) {
        self.sandbox("DELETE", "faults", json!({})).await;
    }

    /// Returns the ledger of both systems.
    pub(crate) async fn ledger(&self) -> Value {
        self.sandbox("GET", "ledger", json!({})).await
    }

    /// Empties the ledger of both systems.
    pub(crate) async fn forget(&self) {
        self.sandbox("DELETE", "ledger", json!({})).await;
    }

    /// Counts the objects of all kinds written into a system since the ledger was emptied.
    pub(crate) async fn writes(&self, system: &str) -> u64 {
        let ledger = self.ledger().await;
        let kinds = ledger[system]["writes"].as_object().expect("a ledger").values();
        kinds
            .flat_map(|verbs| verbs.as_object().expect("verbs").values())
            .map(|count| count.as_u64().expect("a count"))
            .sum()
    }

    /// Returns how many objects of Moodle share a value that should be unique.
    pub(crate) async fn duplicates(&self) -> u64 {
        let found = self.sandbox("GET", "duplicates", json!({})).await;
        found["moodle"].as_object().expect("counts").values().filter_map(Value::as_u64).sum()
    }

    /// Counts the objects in Moodle, by kind.
    pub(crate) async fn counts(&self) -> Value {
        self.sandbox("GET", "counts", json!({})).await["moodle"].clone()
    }

    /// Lists objects of Moodle; `what` such as `courses?idnumber=5`.
    pub(crate) async fn moodle(&self, what: &str) -> Vec<Value> {
        let kind = what.split('?').next().unwrap_or_default();
        let join = if what.contains('?') { '&' } else { '?' };
        let path = format!("moodle/{what}{join}limit=100000");
        let found = self.sandbox("GET", &path, json!({})).await;
        found[kind].as_array().unwrap_or_else(|| panic!("no {kind}: {found}")).clone()
    }

    /// Returns the only object of Moodle that matches.
    pub(crate) async fn one(&self, what: &str) -> Value {
        let mut found = self.moodle(what).await;
        assert_eq!(found.len(), 1, "{what}: {found:?}");
        found.remove(0)
    }

    /// Calls a web-service function, as an administrator's script would.
    pub(crate) async fn call(&self, function: &str, parameters: &[(&str, &str)]) -> Value {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("wstoken", self.sandbox.credentials().moodle_token);
        form.append_pair("wsfunction", function).append_pair("moodlewsrestformat", "json");
        form.extend_pairs(parameters);
        let url = format!("{}/webservice/rest/server.php", self.sandbox.moodle_url());
        let request = self.controls.0.post(url).body(form.finish());
        let kind = "application/x-www-form-urlencoded";
        let response = request.header("content-type", kind).send().await.unwrap();
        let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert!(answer.get("exception").is_none(), "{function}: {answer}");
        answer
    }

    /// Makes an account by hand, as an administrator does, and returns its id.
    pub(crate) async fn account(&self, wish: Value) -> String {
        self.sandbox("POST", "moodle/users", wish).await["id"].to_string()
    }

    /// Changes an account by hand.
    pub(crate) async fn by_hand(&self, account: &str, wish: Value) {
        self.sandbox("PUT", &format!("moodle/users/{account}"), wish).await;
    }

    /// Removes an object of Moodle by hand; `what` such as `courses/5`.
    pub(crate) async fn take_away(&self, what: &str) {
        self.sandbox("DELETE", &format!("moodle/{what}"), json!({})).await;
    }

    /// Keeps a copy of the whole site of Moodle, as a backup does.
    pub(crate) async fn backup(&self, name: &str) {
        self.sandbox("POST", &format!("moodle/snapshots/{name}"), json!({})).await;
    }

    /// Puts the site of Moodle back as it was when a copy was kept.
    pub(crate) async fn put_back(&self, name: &str) {
        self.sandbox("PUT", &format!("moodle/snapshots/{name}"), json!({})).await;
    }

    /// Returns an account by its id.
    pub(crate) async fn account_of(&self, id: &str) -> Value {
        self.account_with("id", id).await
    }

    /// Returns an account by the value of a field, with what the service account does not see of it.
    pub(crate) async fn account_with(&self, field: &str, value: &str) -> Value {
        let wanted = [("field", field), ("values[0]", value)];
        let mut shown = self.call("core_user_get_users_by_field", &wanted).await[0].clone();
        let all = self.moodle("users").await;
        let own = all.iter().find(|own| own["id"] == shown["id"]);
        let more = own.and_then(|own| own["more"].as_object()).into_iter().flatten();
        for (name, value) in more.filter(|(_, value)| *value != "") {
            if let Some(members) = shown.as_object_mut() {
                members.entry(name.as_str()).or_insert(value.clone());
            }
        }
        shown
    }

    /// Lets the service account see the phone numbers of accounts.
    pub(crate) async fn show_phones(&self) {
        self.options(json!({"show_user_identity": ["email", "phone1", "phone2"]})).await;
    }

    /// Puts an empty database and another server behind the same two systems.
    pub(crate) async fn anew(self, kind: Kind) -> Self {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        connect(&client, &self.sandbox).await;
        Self { db, app, client, ..self }
    }

    /// Grades a user.
    pub(crate) async fn grade(&self, wish: Value) -> Value {
        self.sandbox("POST", "moodle/grades", wish).await
    }

    /// Returns a record of Zoho by its number.
    pub(crate) async fn record(&self, module: &str, number: u32) -> Value {
        let module = zoho_module(module);
        self.sandbox("GET", &format!("zoho/records/{module}/{number}"), json!({})).await
    }

    /// Returns a record of Zoho by its id.
    pub(crate) async fn record_of(&self, module: &str, id: &str) -> Value {
        let module = zoho_module(module);
        self.sandbox("GET", &format!("zoho/records/{module}/{id}"), json!({})).await
    }

    /// Returns the id of a record of Zoho.
    pub(crate) async fn id(&self, module: &str, number: u32) -> String {
        self.record(module, number).await["id"].as_str().expect("an id").to_owned()
    }

    /// Lists records of Zoho.
    pub(crate) async fn records(&self, module: &str) -> Vec<Value> {
        let module = zoho_module(module);
        let path = format!("zoho/records/{module}?limit=100000");
        let found = self.sandbox("GET", &path, json!({})).await;
        found["records"].as_array().expect("records").clone()
    }

    /// Adds a record to Zoho.
    pub(crate) async fn add(&self, module: &str, fields: Value) -> String {
        let module = zoho_module(module);
        let made = self.sandbox("POST", &format!("zoho/records/{module}"), fields).await;
        made["id"].as_str().expect("an id").to_owned()
    }

    /// Changes a record of Zoho, named by number or id.
    pub(crate) async fn change(&self, module: &str, key: impl ToString, fields: Value) {
        let (module, key) = (zoho_module(module), key.to_string());
        self.sandbox("PUT", &format!("zoho/records/{module}/{key}"), fields).await;
    }

    /// Takes a record of Zoho, named by its id, out of the recycle bin.
    pub(crate) async fn restore(&self, module: &str, id: &str) {
        let path = format!("zoho/restore/{}/{id}", zoho_module(module));
        self.sandbox("POST", &path, json!({})).await;
    }

    /// Lets a record of Zoho be `waiting` for an approval or `converted`, or neither (`no`).
    pub(crate) async fn hide(&self, module: &str, key: impl ToString, why: &str) {
        let (module, key) = (zoho_module(module), key.to_string());
        let path = format!("zoho/records/{module}/{key}?unseen=1&hidden={why}");
        self.sandbox("PUT", &path, json!({})).await;
    }

    /// Changes `count` records of Zoho from a number on, all at one moment.
    pub(crate) async fn touch(&self, module: &str, from: u32, count: u32, fields: Value) {
        let body = json!({"from": from, "count": count, "fields": fields});
        self.sandbox("POST", &format!("zoho/touch/{}", zoho_module(module)), body).await;
    }

    /// Changes a record of Zoho, named `MODULE/KEY`, without updating its time of change.
    pub(crate) async fn unseen(&self, record: &str, fields: Value) {
        let (module, key) = record.split_once('/').expect("MODULE/KEY");
        let module = zoho_module(module);
        self.sandbox("PUT", &format!("zoho/records/{module}/{key}?unseen=1"), fields).await;
    }

    /// Returns the id of a registration that counts; each number gives another one.
    pub(crate) async fn active_registration(&self, number: usize) -> String {
        let all = self.records("registrations").await;
        let mut active = all.iter().filter(|own| own["Registration_Status"] == "Active");
        active.nth(number).expect("a registration")["id"].as_str().expect("an id").to_owned()
    }

    /// Counts members of cohorts.
    pub(crate) async fn members(&self) -> i64 {
        self.counts().await["cohort_members"].as_i64().expect("a count")
    }

    /// Deletes a record of Zoho; `unseen` leaves no trace.
    pub(crate) async fn delete(&self, module: &str, key: impl ToString, unseen: bool) {
        let (module, key) = (zoho_module(module), key.to_string());
        let path = format!("zoho/records/{module}/{key}?unseen={}", u8::from(unseen));
        self.sandbox("DELETE", &path, json!({})).await;
    }

    /// Stops everything.
    pub(crate) async fn stop(self) {
        drop(self.app);
        self.sandbox.stop().await;
    }
}

/// Returns the number of calls of an operation, such as `GET /crm/v8/BTEC_Students`.
pub(crate) fn calls(ledger: &Value, system: &str, operation: &str) -> u64 {
    ledger[system]["operations"].get(operation).and_then(Value::as_u64).unwrap_or(0)
}

/// Returns a run's status and six counters: new, unchanged, updated, failed, skipped, total.
pub(crate) fn told(run: &Value) -> (&str, [i64; 6]) {
    (run["status"].as_str().unwrap_or_default(), super::app::counts(run))
}

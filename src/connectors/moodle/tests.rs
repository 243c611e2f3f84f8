//! Moodle against small servers: requests, limits, and writes whose outcome is unknown. The kinds
//! of object have files of their own.

mod course;
mod enrolment;
mod grade;
mod record;
mod right;

use {
    super::*,
    crate::{
        connectors::{
            Options,
            tests::{Call, NOBODY, connection, connectors, serve},
        },
        ports::{Ends, Failure, Usage},
    },
    serde_json::{Value, json},
    std::{
        collections::{HashMap, HashSet, VecDeque},
        sync::{
            Mutex,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    },
    tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    },
};

type Calls = Arc<Mutex<Vec<Call>>>;

/// Starts a site that always gives the same answer.
async fn site(status: u16, body: Value) -> (String, Calls) {
    let calls = Calls::default();
    let seen = calls.clone();
    let address = serve(move |call| {
        seen.lock().unwrap().push(call);
        let answer = (status, body.to_string());
        async move { answer }
    });
    (address.await, calls)
}

fn target(address: &str, options: Options) -> Arc<dyn Target> {
    connectors(options).open("t", &connection(NOBODY, address)).unwrap().target
}

/// A site whose functions give their answers in order and repeat the last one; a function without
/// answers is missing.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<HashMap<&'static str, VecDeque<Value>>>>,
    forms: Arc<Mutex<Vec<HashMap<String, String>>>>,
}

impl Script {
    fn new(answers: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        let script = Self::default();
        for (function, answer) in answers {
            script.answers.lock().unwrap().entry(function).or_default().push_back(answer);
        }
        script
    }

    fn answer(&self, call: &Call) -> (u16, String) {
        let form = call.form();
        let function = form["wsfunction"].clone();
        self.forms.lock().unwrap().push(form);
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.get_mut(function.as_str()) {
            None => missing_function(),
            Some(answers) if answers.len() > 1 => answers.pop_front().unwrap(),
            Some(answers) => answers.front().cloned().unwrap(),
        };
        (200, answer.to_string())
    }

    async fn ends(&self) -> Ends {
        let script = self.clone();
        let address = serve(move |call| {
            let answer = script.answer(&call);
            async move { answer }
        });
        let connection = connection(NOBODY, &address.await);
        connectors(Options::default()).open("t", &connection).unwrap()
    }

    async fn target(&self) -> Arc<dyn Target> {
        self.ends().await.target
    }

    /// Returns the forms of the calls so far, without the variables that every call has.
    fn take(&self) -> Vec<(String, Vec<(String, String)>)> {
        let forms = std::mem::take(&mut *self.forms.lock().unwrap());
        let plain = |mut form: HashMap<String, String>| {
            let function = form.remove("wsfunction").unwrap();
            form.retain(|name, _| !name.starts_with("moodlews") && name != "wstoken");
            let mut form: Vec<_> = form.into_iter().collect();
            form.sort();
            (function, form)
        };
        forms.into_iter().map(plain).collect()
    }

    /// Returns the functions that were called so far.
    fn called(&self) -> Vec<String> {
        self.take().into_iter().map(|(function, _)| function).collect()
    }
}

fn missing_function() -> Value {
    let message = "Can't find data record in database table external_functions.";
    json!({"exception": "dml_missing_record_exception", "errorcode": "invalidrecord", "message": message})
}

fn refusal(code: &str) -> Value {
    json!({"exception": "moodle_exception", "errorcode": code, "message": "<b>no</b>"})
}

fn payload(fields: Value) -> Payload {
    fields.as_object().unwrap().clone().into_iter().collect()
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn objects(ids: &[&str]) -> Vec<ObjectId> {
    ids.iter().map(|id| (*id).into()).collect()
}

fn ids(found: &[TargetRecord]) -> Vec<&str> {
    found.iter().map(|found| found.id.as_str()).collect()
}

fn done(ids: &[&str]) -> Vec<Written> {
    ids.iter().map(|id| Written::Done((*id).into())).collect()
}

fn codes(written: &[Written]) -> Vec<&'static str> {
    let code = |written: &Written| match written {
        Written::Done(_) => "done",
        Written::Refused { code, .. } => code.word(),
    };
    written.iter().map(code).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn user(name: &str) -> Payload {
    let fields =
        [("username", json!(name)), ("createpassword", json!(true)), ("phone1", Value::Null)];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[tokio::test]
async fn a_create_is_one_form_with_the_token_inside() {
    let (address, calls) =
        site(200, json!([{"id": 5, "username": "a"}, {"id": 6, "username": "b"}])).await;
    let target = target(&format!("{address}/moodle/"), Options::default());
    let outcome = target.create(TargetKind::User, &[user("a"), user("b")]).await.unwrap();
    assert_eq!(outcome, [Written::Done("5".into()), Written::Done("6".into())]);
    let calls = calls.lock().unwrap();
    let [call] = calls.as_slice() else { panic!("one call expected") };
    assert_eq!(call.uri.to_string(), "/moodle/webservice/rest/server.php");
    assert_eq!(call.headers["content-type"], "application/x-www-form-urlencoded");
    assert!(call.headers["user-agent"].to_str().unwrap().starts_with("sigma-sync/"));
    assert!(!call.headers.contains_key("authorization"));
    let form = call.form();
    let field = |name: &str| form.get(name).map(String::as_str);
    assert_eq!(field("wstoken"), Some("moodle-secret"));
    assert_eq!(field("wsfunction"), Some("core_user_create_users"));
    assert_eq!(field("moodlewsrestformat"), Some("json"));
    assert_eq!(field("users[1][username]"), Some("b"));
    assert_eq!(field("users[1][createpassword]"), Some("1"));
    assert_eq!(field("users[1][phone1]"), Some(""));
    assert_eq!(form.len(), 3 + 2 * 3);
}

#[tokio::test]
async fn a_look_up_asks_raw_and_never_for_an_empty_value() {
    let (address, calls) = site(200, json!([{"id": 5, "email": "a@x.example"}])).await;
    let target = target(&address, Options::default());
    assert_eq!(target.look_up(TargetKind::User, "email", &[String::new()]).await, Ok(Vec::new()));
    assert!(calls.lock().unwrap().is_empty());
    for (key, value) in [("id", "x"), ("username", "Upper"), ("username", "a b")] {
        assert_eq!(
            target.look_up(TargetKind::User, key, &[value.to_owned()]).await,
            Ok(Vec::new())
        );
    }
    assert!(calls.lock().unwrap().is_empty());
    let values = ["", "a@x.example", "b@x.example"].map(str::to_owned);
    let found = target.look_up(TargetKind::User, "email", &values).await.unwrap();
    assert_eq!(found.first().map(|user| user.id.as_str()), Some("5"));
    let form = calls.lock().unwrap().first().map(Call::form).unwrap();
    assert_eq!(form.get("moodlewssettingraw").map(String::as_str), Some("1"));
    let asked: HashSet<&str> = ["values[0]", "values[1]"]
        .iter()
        .filter_map(|name| form.get(*name))
        .map(String::as_str)
        .collect();
    assert_eq!(asked, HashSet::from(["a@x.example", "b@x.example"]));
    assert_eq!(form.len(), 7);
    let error = target.look_up(TargetKind::User, "city", &values).await.unwrap_err();
    assert_eq!(error.failure, Failure::Rejected);
    assert_eq!(calls.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn no_call_holds_more_variables_than_the_limit() {
    let (address, calls) = site(200, json!({"warnings": []})).await;
    let options = Options { moodle_max_vars: 50, ..Options::default() };
    let target = target(&address, options);
    let limit = target.batch_limit(TargetKind::User, 3);
    assert_eq!(limit, 15);
    let records: Vec<_> = (0..limit).map(|id| (id.to_string().into(), user("a"))).collect();
    let outcome = target.update(TargetKind::User, &records).await.unwrap();
    assert_eq!(
        outcome,
        records.iter().map(|(id, _)| Written::Done(id.clone())).collect::<Vec<_>>()
    );
    let counts: Vec<usize> = calls.lock().unwrap().iter().map(|call| call.form().len()).collect();
    assert_eq!(counts, [3 + 11 * 4, 3 + 4 * 4]);

    let too_many = vec![user("a"); 16];
    let error = target.create(TargetKind::User, &too_many).await.unwrap_err();
    assert_eq!(error.failure, Failure::Rejected);
    let wide = (0..60).map(|number| (number.to_string(), json!(1))).collect();
    let error = target.update(TargetKind::User, &[("1".into(), wide)]).await.unwrap_err();
    assert_eq!(error.failure, Failure::Rejected);
    assert_eq!(calls.lock().unwrap().len(), 2);

    let (address, calls) = site(200, json!([])).await;
    let target = self::target(&address, options);
    assert_eq!(target.look_up_limit(TargetKind::User), 45);
    let keys: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    assert_eq!(target.look_up(TargetKind::User, "idnumber", &keys).await, Ok(Vec::new()));
    let counts: Vec<usize> = calls.lock().unwrap().iter().map(|call| call.form().len()).collect();
    assert_eq!(counts, [50, 50, 15]);
}

#[tokio::test]
async fn limits_follow_the_number_of_fields() {
    let target = target(NOBODY, Options::default());
    let limits = [0, 1, 8, 9, 11, 900].map(|fields| target.batch_limit(TargetKind::User, fields));
    assert_eq!(limits, [100, 100, 100, 99, 81, 1]);
    assert_eq!(target.look_up_limit(TargetKind::User), 200);
    assert_eq!(target.create(TargetKind::User, &[]).await, Ok(Vec::new()));
    assert_eq!(target.update(TargetKind::User, &[]).await, Ok(Vec::new()));
}

/// Starts a site that reads each request to its end, sends `answer` and cuts the connection.
async fn cutting(answer: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            // Each of these requests ends with the token.
            while !request.ends_with(b"&wstoken=moodle-secret") {
                assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
            }
            count.fetch_add(1, Ordering::SeqCst);
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (address, requests)
}

#[tokio::test]
async fn a_write_that_was_cut_is_ambiguous_and_not_repeated() {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[{\"id\":5,";
    for answer in ["", half] {
        let (address, requests) = cutting(answer).await;
        let target = target(&address, Options::default());
        let record = Payload::from([("username".to_owned(), json!("end"))]);
        let error =
            target.create(TargetKind::User, std::slice::from_ref(&record)).await.unwrap_err();
        assert_eq!((error.failure, error.code), (Failure::Ambiguous, code::UPSTREAM_UNREACHABLE));
        let error = target.update(TargetKind::User, &[("5".into(), record)]).await.unwrap_err();
        assert_eq!(error.failure, Failure::Ambiguous);
        assert_eq!(requests.load(Ordering::SeqCst), 2);

        let error =
            target.look_up(TargetKind::User, "username", &["end".to_owned()]).await.unwrap_err();
        assert_eq!((error.failure, error.code), (Failure::Unreachable, code::UPSTREAM_UNREACHABLE));
        assert_eq!(requests.load(Ordering::SeqCst), 2 + 3);
        assert!(
            !error.message.contains("secret") && !error.message.contains("server.php"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_write_that_was_never_sent_is_not_ambiguous() {
    let error = target(NOBODY, Options::default())
        .create(TargetKind::User, &[user("a")])
        .await
        .unwrap_err();
    assert_eq!((error.failure, error.code), (Failure::Unreachable, code::UPSTREAM_UNREACHABLE));
}

#[tokio::test]
async fn a_notice_of_maintenance_is_passed_on_at_once() {
    let (address, calls) =
        site(200, json!({"exception": "x", "errorcode": "sitemaintenance"})).await;
    let target = target(&address, Options::default());
    let error = target.look_up(TargetKind::User, "id", &["5".to_owned()]).await.unwrap_err();
    assert_eq!((error.failure, error.code), (Failure::Unreachable, code::MOODLE_MAINTENANCE));
    assert!(error.retry_after.is_some());
    assert_eq!(calls.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn tenants_share_the_limit_of_a_site() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    let address = serve(move |_| {
        let (now, most) = (now.clone(), most.clone());
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(30)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            (200, json!({"warnings": []}).to_string())
        }
    });
    let connection = connection(NOBODY, &address.await);
    let connectors = connectors(Options::default());
    let one = connectors.open("one", &connection).unwrap().target;
    let two = connectors.open("two", &connection).unwrap().target;
    let record = [("5".into(), user("a"))];
    let calls = (0..6)
        .map(|turn| if turn % 2 == 0 { &one } else { &two }.update(TargetKind::User, &record));
    for outcome in futures_util::future::join_all(calls).await {
        assert!(outcome.is_ok());
    }
    assert_eq!(seen.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_function_that_is_missing_is_named() {
    let target = Script::default().target().await;
    let course = payload(json!({"courseid": 2, "userid": 3, "roleid": 5, "timestart": 0,
        "timeend": 0, "suspend": 0}));
    let error = target.create(TargetKind::Enrolment, &[course]).await.unwrap_err();
    assert_eq!((error.failure, error.code), (Failure::Stop, code::MOODLE_FUNCTION_MISSING));
    assert!(error.message.contains("enrol_manual_enrol_users"), "{error}");
}

/// Moodle refuses a function that is not in the service as it refuses the account.
#[tokio::test]
async fn a_function_that_is_not_in_the_service_is_told_from_a_refused_account() {
    const INFO: &str = "core_webservice_get_site_info";
    let course = "core_course_get_courses_by_field";
    let refuses = |functions: Value| {
        let info = json!({"userid": 3, "functions": functions});
        Script::new([(course, refusal("accessexception")), (INFO, info)])
    };
    for (functions, code) in [
        (json!([{"name": INFO}]), code::MOODLE_FUNCTION_MISSING),
        (json!([{"name": INFO}, {"name": course}]), code::MOODLE_ACCESS_REFUSED),
        (Value::Null, code::MOODLE_ACCESS_REFUSED),
    ] {
        let target = refuses(functions).target().await;
        let told = target.look_up(TargetKind::Course, "idnumber", &texts(&["5"])).await;
        let error = told.unwrap_err();
        assert_eq!((error.failure, error.code), (Failure::Stop, code));
        assert!(error.message.contains(course), "{error}");
    }
    for (kind, key, function) in [
        (TargetKind::Course, "shortname", course),
        (TargetKind::Group, "id", "core_group_get_groups"),
    ] {
        let script =
            Script::new([(function, refusal("accessexception")), (INFO, json!({"functions": []}))]);
        let error = script.target().await.look_up(kind, key, &texts(&["5"])).await.unwrap_err();
        assert_eq!(error.code, code::MOODLE_FUNCTION_MISSING);
        assert!(error.message.contains(function), "{error}");
    }
    let function = "core_cohort_update_cohorts";
    let script =
        Script::new([(function, refusal("accessexception")), (INFO, json!({"functions": []}))]);
    let cohort = [("5".into(), payload(json!({"idnumber": "p1", "name": "A"})))];
    let error = script.target().await.update(TargetKind::Cohort, &cohort).await.unwrap_err();
    assert_eq!(error.code, code::MOODLE_FUNCTION_MISSING);
    assert!(error.message.contains(function), "{error}");
}

#[tokio::test]
async fn a_site_without_an_answer_is_left_alone() {
    let (address, calls) = site(502, Value::Null).await;
    let connectors = connectors(Options::default());
    let target = connectors.open("t", &connection(NOBODY, &address)).unwrap().target;
    for _ in 0..2 {
        let error = target.look_up(TargetKind::User, "id", &texts(&["5"])).await.unwrap_err();
        assert_eq!((error.failure, error.code), (Failure::Unreachable, code::UPSTREAM_UNREACHABLE));
    }
    let create = target.create(TargetKind::User, &[user("a")]).await.unwrap_err();
    assert_eq!(create.failure, Failure::Unreachable);
    assert!(create.retry_after.is_some());
    assert_eq!(calls.lock().unwrap().len(), 5);
    let used = Usage { moodle_calls: 5, ..Usage::default() };
    assert_eq!(connectors.take_usage("t"), used);
}

#[tokio::test]
async fn kinds_have_limits_of_their_own() {
    let target = target(NOBODY, Options::default());
    for (kind, variables, batch, look_up) in [
        (TargetKind::Profile, 5, 81, 200),
        (TargetKind::Category, 3, 100, 50),
        (TargetKind::Course, 9, 89, 50),
        (TargetKind::Group, 4, 100, 50),
        (TargetKind::Enrolment, 7, 100, 50),
        (TargetKind::CohortMember, 2, 100, 50),
        (TargetKind::Record, 12, 20, 50),
    ] {
        let limits = (target.batch_limit(kind, variables), target.look_up_limit(kind));
        assert_eq!(limits, (batch, look_up), "{kind:?}");
    }
    let error = target.create(TargetKind::Grade, &[user("a")]).await.unwrap_err();
    assert_eq!(error.code, code::KIND_NOT_SUPPORTED);
    for kind in [TargetKind::User, TargetKind::Course, TargetKind::Category, TargetKind::Cohort] {
        let error = target.remove(kind, &objects(&["5"])).await.unwrap_err();
        assert_eq!(error.failure, Failure::Rejected);
    }
}

#[tokio::test]
async fn profile_fields_are_set_and_read_back_by_short_name() {
    let customfields = json!([{"type": "text", "shortname": "balance", "value": "5"}, {"value": 1},
            {"type": "checkbox", "shortname": "paid", "value": "1"}]);
    let script = Script::new([
        ("core_user_update_users", json!({"warnings": []})),
        (
            "core_user_get_users_by_field",
            json!([{"id": 7, "email": "x", "customfields": customfields}, {"id": 9}]),
        ),
    ]);
    let target = script.target().await;
    let fields = payload(json!({"id": "7", "balance": "5", "paid": true}));
    assert_eq!(target.create(TargetKind::Profile, &[fields]).await, Ok(done(&["7"])));
    let form = [
        ("users[0][customfields][0][type]", "balance"),
        ("users[0][customfields][0][value]", "5"),
        ("users[0][customfields][1][type]", "paid"),
        ("users[0][customfields][1][value]", "1"),
        ("users[0][id]", "7"),
    ];
    assert_eq!(script.take(), [("core_user_update_users".to_owned(), pairs(&form))]);
    let found = target.look_up(TargetKind::Profile, "id", &texts(&["7", ""])).await.unwrap();
    let shown = json!({"balance": "5", "paid": {"type": "checkbox", "value": "1"}});
    assert_eq!(found, [TargetRecord { id: "7".into(), fields: payload(shown) }]);
    let error = target.create(TargetKind::Profile, &[user("a")]).await.unwrap_err();
    assert_eq!(error.failure, Failure::Rejected);
}

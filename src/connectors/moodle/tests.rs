//! The Moodle target against small servers: what is sent, limits, and writes whose outcome is
//! unknown.

use {
    super::*,
    crate::{
        connectors::{
            Options,
            tests::{Call, NOBODY, connection, connectors, serve},
        },
        ports::{Connect as _, Failure},
    },
    serde_json::{Value, json},
    std::{
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

/// Starts a site that always answers the same.
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
    let values = ["", "a@x.example"].map(str::to_owned);
    let found = target.look_up(TargetKind::User, "email", &values).await.unwrap();
    assert_eq!(found.first().map(|user| user.id.as_str()), Some("5"));
    let form = calls.lock().unwrap().first().map(Call::form).unwrap();
    assert_eq!(form.get("moodlewssettingraw").map(String::as_str), Some("1"));
    assert_eq!(form.get("values[0]").map(String::as_str), Some("a@x.example"));
    assert_eq!(form.len(), 6);
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
    let records: Vec<_> = (0..limit).map(|id| (id.to_string(), user("a"))).collect();
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
    let error = target.update(TargetKind::User, &[("1".to_owned(), wide)]).await.unwrap_err();
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
            // Each of these requests ends with the name of the function's last parameter's value.
            while !request.ends_with(b"=end") {
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
        assert_eq!((error.failure, error.code), (Failure::Ambiguous, "UPSTREAM_UNREACHABLE"));
        let error = target.update(TargetKind::User, &[("5".to_owned(), record)]).await.unwrap_err();
        assert_eq!(error.failure, Failure::Ambiguous);
        assert_eq!(requests.load(Ordering::SeqCst), 2);

        let error =
            target.look_up(TargetKind::User, "username", &["end".to_owned()]).await.unwrap_err();
        assert_eq!((error.failure, error.code), (Failure::Unreachable, "UPSTREAM_UNREACHABLE"));
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
    assert_eq!((error.failure, error.code), (Failure::Unreachable, "UPSTREAM_UNREACHABLE"));
}

#[tokio::test]
async fn a_notice_of_maintenance_is_passed_on_at_once() {
    let (address, calls) =
        site(200, json!({"exception": "x", "errorcode": "sitemaintenance"})).await;
    let target = target(&address, Options::default());
    let error = target.look_up(TargetKind::User, "id", &["5".to_owned()]).await.unwrap_err();
    assert_eq!((error.failure, error.code), (Failure::Unreachable, "MOODLE_MAINTENANCE"));
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
    let record = [("5".to_owned(), user("a"))];
    let calls = (0..6)
        .map(|turn| if turn % 2 == 0 { &one } else { &two }.update(TargetKind::User, &record));
    for outcome in futures_util::future::join_all(calls).await {
        assert!(outcome.is_ok());
    }
    assert_eq!(seen.load(Ordering::SeqCst), 2);
}

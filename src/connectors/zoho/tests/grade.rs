//! Grades as a target: upserts, updates, look-ups.

use super::*;

fn grade(key: &str, fields: Value) -> Payload {
    [("module", json!("BTEC_Grades")), ("key", json!(key)), ("fields", fields)]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

fn done(id: &str) -> Value {
    json!({"code": "SUCCESS", "action": "update", "details": {"id": id}, "status": "success"})
}

fn failed(code: &str, details: Value) -> Value {
    json!({"code": code, "details": details, "message": "<b>no</b>", "status": "error"})
}

#[tokio::test]
async fn rows_are_read_whatever_the_status() {
    for status in [200, 201, 202, 207, 400, 412] {
        let rows = [
            done("5"),
            failed("MANDATORY_NOT_FOUND", json!({"api_name": "Student"})),
            failed("INVALID_DATA", json!({"api_name": "Grade", "expected_data_type": "double"})),
            failed("DUPLICATE_DATA", json!({"api_name": "Other", "id": "9"})),
            failed("RECORD_LOCKED", json!({})),
            failed(
                "MULTIPLE_OR_MULTI_ERRORS",
                json!({"errors": [failed("DEPENDENT_MISMATCH", json!({"api_name": "A"}))]}),
            ),
            failed("SOMETHING_NEW", Value::Null),
        ];
        let fake = Fake::new([(status, json!({ "data": rows }))]);
        let target = fake.ends().await.grade_target;
        let grades: Vec<_> = (0..7).map(|n| grade("Key", json!({"Key": n.to_string()}))).collect();
        let written = target.create(TargetKind::Grade, &grades).await.unwrap();
        let codes = written.iter().map(|written| match written {
            Written::Done(id) => id.as_str(),
            Written::Refused { code, .. } => code.word(),
        });
        assert_eq!(
            codes.collect::<Vec<_>>(),
            [
                "5",
                code::ZOHO_MANDATORY_MISSING.word(),
                code::ZOHO_INVALID_DATA.word(),
                code::ZOHO_DUPLICATE.word(),
                code::ZOHO_RECORD_LOCKED.word(),
                code::ZOHO_DEPENDENT_MISSING.word(),
                code::ZOHO_REJECTED.word(),
            ]
        );
        let message = "Zoho refuses the value of Grade: no (INVALID_DATA), wanted: double";
        assert!(matches!(&written[2], Written::Refused { message: said, .. } if said == message));
        fake.script(|script| {
            let call = &script.reads[0];
            assert_eq!(
                (call.method.as_str(), call.uri.path()),
                ("POST", "/crm/v8/BTEC_Grades/upsert")
            );
            let body = call.json();
            assert_eq!(body["data"][3], json!({"Key": "3"}));
            assert_eq!(body["duplicate_check_fields"], json!(["Key"]));
            assert_eq!(body["trigger"], json!([]));
        });
    }
}

#[tokio::test]
async fn a_key_that_is_not_unique_ends_the_run() {
    let error = failed("INVALID_DATA", json!({"api_name": "duplicate_check_fields"}));
    for body in [json!({"data": [error.clone()]}), error] {
        for count in [1, 2] {
            let fake = Fake::new([(400, body.clone())]);
            let target = fake.ends().await.grade_target;
            let grades = vec![grade("Key", json!({"Key": "a"})); count];
            let refused = target.create(TargetKind::Grade, &grades).await.unwrap_err();
            assert_eq!((refused.failure, refused.code), (Failure::Stop, code::ZOHO_KEY_NOT_UNIQUE));
            let said = "grades are found by the Zoho field Key, whose values are not unique;";
            assert!(refused.message.starts_with(said), "{}", refused.message);
        }
    }
}

#[tokio::test]
async fn a_record_that_another_call_made_meanwhile_is_updated() {
    let there =
        failed("DUPLICATE_DATA", json!({"api_name": "Key", "duplicate_record": {"id": 77}}));
    let fake = Fake::new([
        (207, json!({"data": [done("5"), there]})),
        (200, json!({"data": [done("77")]})),
    ]);
    let target = fake.ends().await.grade_target;
    let grades = [grade("Key", json!({"Key": "a"})), grade("Key", json!({"Key": "b"}))];
    let written = target.create(TargetKind::Grade, &grades).await.unwrap();
    assert_eq!(written, [Written::Done("5".into()), Written::Done("77".into())]);
    fake.script(|script| {
        let call = &script.reads[1];
        assert_eq!((call.method.as_str(), call.uri.path()), ("PUT", "/crm/v8/BTEC_Grades"));
        assert_eq!(call.json(), json!({"data": [{"Key": "b", "id": "77"}], "trigger": []}));
    });
}

#[tokio::test]
async fn large_writes_are_split_and_modules_kept_apart() {
    let fake = Fake::default();
    let seen = fake.clone();
    let address = serve(move |call: Call| {
        let fake = seen.clone();
        async move {
            if call.uri.path() == "/oauth/v2/token" {
                return fake.answer(call).await;
            }
            let rows = call.json()["data"].as_array().unwrap().len();
            fake.script(|script| script.reads.push(call));
            let rows: Vec<Value> = (0..rows).map(|row| done(&(row + 1).to_string())).collect();
            (200, json!({ "data": rows }).to_string())
        }
    });
    let connection = connection(&address.await, NOBODY);
    let target = connectors(Options::default()).open("t", &connection).unwrap().grade_target;
    let mut grades = vec![grade("Key", json!({})); 101];
    let other = Payload::from([("module".to_owned(), json!("Other"))]);
    grades.push(grade("Key", json!({})).into_iter().chain(other).collect());
    let written = target.create(TargetKind::Grade, &grades).await.unwrap();
    assert_eq!(written.len(), 102);
    let calls = fake.script(|script| {
        let call = |call: &Call| {
            (call.uri.path().to_owned(), call.json()["data"].as_array().unwrap().len())
        };
        script.reads.iter().map(call).collect::<Vec<_>>()
    });
    let grades = "/crm/v8/BTEC_Grades/upsert".to_owned();
    assert_eq!(calls, [(grades.clone(), 100), (grades, 1), ("/crm/v8/Other/upsert".to_owned(), 1)]);
}

#[tokio::test]
async fn a_write_of_which_nobody_knows_is_ambiguous_and_sent_once() {
    for (status, body) in [
        (500, json!({"code": "INTERNAL_ERROR", "status": "error"})),
        (502, Value::Null),
        (200, json!({"data": []})),
        (200, json!({"data": [{"code": "SUCCESS"}]})),
        (200, json!({"data": [{}]})),
        (200, json!({})),
        (204, Value::Null),
    ] {
        let fake = Fake::new([(status, body.clone())]);
        let target = fake.ends().await.grade_target;
        let grade = grade("Key", json!({}));
        let error =
            target.create(TargetKind::Grade, std::slice::from_ref(&grade)).await.unwrap_err();
        assert_eq!(error.failure, Failure::Ambiguous, "{status} {body}");
        assert_eq!(fake.counts(), (1, 1));
        let wrong = target.update(TargetKind::Grade, &[("5".into(), grade)]).await.unwrap_err();
        assert_eq!(wrong.failure, Failure::Ambiguous, "{status} {body}");
    }
}

#[tokio::test]
async fn refusals_of_a_whole_write_are_told_apart() {
    for (status, body, failure, code) in [
        (429, json!({}), Failure::Throttled, code::ZOHO_THROTTLED),
        (400, failed("INVALID_MODULE", json!({})), Failure::Stop, code::ZOHO_MODULE_UNKNOWN),
        (
            400,
            json!({"data": [failed("INVALID_MODULE", json!({}))]}),
            Failure::Stop,
            code::ZOHO_MODULE_UNKNOWN,
        ),
        (403, failed("NO_PERMISSION", json!({})), Failure::Stop, code::ZOHO_PERMISSION_MISSING),
        (401, failed("OAUTH_SCOPE_MISMATCH", json!({})), Failure::Stop, code::ZOHO_SCOPE_MISSING),
        (400, failed("INVALID_DATA", json!({})), Failure::Rejected, code::ZOHO_REJECTED),
    ] {
        let target = Fake::new([(status, body.clone())]).ends().await.grade_target;
        let error = target.create(TargetKind::Grade, &[grade("Key", json!({}))]).await.unwrap_err();
        assert_eq!((error.failure, error.code), (failure, code), "{body}");
    }
}

#[tokio::test]
async fn records_are_found_by_their_key() {
    let rows = json!([{"id": "1", "Key": "o'brien"}, {"id": "2", "Key": "O'BRIEN"}]);
    let info = json!({"count": 2, "more_records": false});
    let fake = Fake::new([(200, json!({"data": rows, "info": info})), (204, Value::Null)]);
    let target = fake.ends().await.grade_target;
    let values = ["o'brien", "", "z"].map(str::to_owned);
    let found = target.look_up(TargetKind::Grade, "Grades.Key", &values).await.unwrap();
    assert_eq!(found.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(), ["1"]);
    let query = fake.script(|script| script.reads[0].json()["select_query"].clone());
    let expected = "select id, Key from Grades where Key in ('o''brien', 'z') order by id asc \
                    limit 0, 200";
    assert_eq!(query, expected);
    let many: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    assert_eq!(target.look_up(TargetKind::Grade, "Grades.Key", &many).await, Ok(Vec::new()));
    assert_eq!(fake.counts(), (1, 3));

    for key in ["Key", "Grades.Key in ('x') or id", "Gra des.Key", "."] {
        let error = target.look_up(TargetKind::Grade, key, &values).await.unwrap_err();
        assert_eq!(error.failure, Failure::Rejected, "{key}");
    }
    let other = target.look_up(TargetKind::User, "id", &values).await.unwrap_err();
    assert_eq!(other.code, code::KIND_NOT_SUPPORTED);
    let never = target.remove(TargetKind::Grade, &["5".into()]).await.unwrap_err();
    assert_eq!(never.failure, Failure::Rejected);
    assert_eq!(fake.counts(), (1, 3));
}

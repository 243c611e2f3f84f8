//! Records of plug-ins.

use super::*;

fn record(data: Value) -> Payload {
    payload(json!({
        "function": "local_mzi_record_payment", "parameter": "paymentdata", "data": data,
        "record_id": "9001",
    }))
}

#[tokio::test]
async fn data_goes_as_one_text_or_as_parameters() {
    let script = Script::new([("local_mzi_record_payment", json!({"success": true}))]);
    let target = script.target().await;
    let one = record(json!({"zoho_payment_id": "9001", "payment_amount": 12.5}));
    let mut plain = record(json!({"courseid": 7, "roles": [{"id": 5}]}));
    plain.remove("parameter");
    assert_eq!(target.create(TargetKind::Record, &[one]).await, Ok(done(&["9001"])));
    let changed = [("9001".into(), plain)];
    assert_eq!(target.update(TargetKind::Record, &changed).await, Ok(done(&["9001"])));
    let text = r#"{"zoho_payment_id":"9001","payment_amount":12.5}"#;
    let forms: Vec<_> = script.take().into_iter().map(|(_, form)| form).collect();
    assert_eq!(
        forms,
        [pairs(&[("paymentdata", text)]), pairs(&[("courseid", "7"), ("roles[0][id]", "5")])]
    );
}

#[tokio::test]
async fn each_record_has_the_outcome_that_its_answer_tells() {
    for (answer, code) in [
        (Value::Null, "done"),
        (json!({"success": 1}), "done"),
        (json!({"action": "created"}), "done"),
        (json!({"success": true, "enrol_status": "enrolled"}), "done"),
        (json!({"success": true, "enrol_status": "skipped"}), code::MOODLE_PLUGIN_REFUSED.word()),
        (
            json!({"success": true, "enrol_status": "no_instance"}),
            code::MOODLE_ENROL_METHOD_MISSING.word(),
        ),
        (
            json!({"success": true, "enrol_status": "user_not_found"}),
            code::MOODLE_PARENT_UNKNOWN.word(),
        ),
        (
            json!({"success": true, "enrol_status": "course_not_found"}),
            code::MOODLE_PARENT_UNKNOWN.word(),
        ),
        (json!({"success": false, "message": "bad amount"}), code::MOODLE_PLUGIN_REFUSED.word()),
        (json!({"success": "0"}), code::MOODLE_PLUGIN_REFUSED.word()),
        (
            json!({"success": false, "message": "Registration with zoho_registration_id 5 not found"}),
            code::MOODLE_PARENT_UNKNOWN.word(),
        ),
        (
            json!({"errorcode": "error", "message": "Student with zoho_student_id 5 not found"}),
            code::MOODLE_PARENT_UNKNOWN.word(),
        ),
        (refusal("invalidparameter"), code::MOODLE_REJECTED.word()),
        (json!({"exception": "TypeError", "message": "x"}), code::MOODLE_PLUGIN_FAILED.word()),
        (refusal("dmlwriteexception"), code::MOODLE_PLUGIN_FAILED.word()),
    ] {
        let script = Script::new([("local_mzi_record_payment", answer.clone())]);
        let target = script.target().await;
        let written = target.create(TargetKind::Record, &[record(json!({}))]).await.unwrap();
        assert_eq!(codes(&written), [code], "{answer}");
    }
    let script = Script::new([("local_mzi_record_payment", json!([1]))]);
    let error = script.target().await.create(TargetKind::Record, &[record(json!({}))]).await;
    assert_eq!(error.unwrap_err().failure, Failure::Ambiguous);
    let missing = Script::default().target().await;
    let error = missing.create(TargetKind::Record, &[record(json!({}))]).await.unwrap_err();
    assert_eq!((error.failure, error.code), (Failure::Stop, code::MOODLE_FUNCTION_MISSING));
    assert!(error.message.contains("local_mzi_record_payment"), "{error}");
}

#[tokio::test]
async fn names_cannot_reach_the_control_variables() {
    let script = Script::default();
    let target = script.target().await;
    let with = |name: &str, value: Value| {
        let mut record = record(json!({}));
        record.insert(name.to_owned(), value);
        record
    };
    let mut smuggling = with("data", json!({"wsfunction": "core_user_delete_users"}));
    smuggling.remove("parameter");
    for odd in [
        with("function", json!("local mzi")),
        with("function", json!("Local")),
        with("function", json!("")),
        with("parameter", json!("wstoken")),
        with("parameter", json!("moodlewsrestformat")),
        with("parameter", json!("a[0]")),
        with("data", json!("text")),
        with("record_id", json!("")),
        smuggling,
    ] {
        let error = target.create(TargetKind::Record, &[odd]).await.unwrap_err();
        assert_eq!(error.failure, Failure::Rejected);
    }
    for id in ["local_x:zoho_id", "local_x:wstoken:5", "Local:zoho_id:5", "local_x:zoho_id:"] {
        let error = target.remove(TargetKind::Record, &objects(&[id])).await.unwrap_err();
        assert_eq!(error.failure, Failure::Rejected, "{id}");
    }
    assert!(script.take().is_empty());
}

#[tokio::test]
async fn what_is_gone_already_counts_as_removed() {
    let function = "local_mzi_delete_payment";
    let script = Script::new([
        (function, json!({"success": true})),
        (function, json!({"success": false, "message": "Payment not found"})),
        (function, json!({"success": false, "message": "locked"})),
    ]);
    let target = script.target().await;
    let id = "local_mzi_delete_payment:zoho_payment_id:9001";
    for code in ["done", "done", code::MOODLE_PLUGIN_REFUSED.word()] {
        let written = target.remove(TargetKind::Record, &objects(&[id])).await.unwrap();
        assert_eq!(codes(&written), [code]);
    }
    assert_eq!(script.take()[0].1, pairs(&[("zoho_payment_id", "9001")]));
}

//! Enrolments with their groups, cohorts with their members.

use super::*;

fn enrolment(user: u32, group: Value) -> Payload {
    payload(json!({
        "courseid": 7, "userid": user, "roleid": 5, "timestart": 100, "timeend": null,
        "suspend": false, "groupid": group,
    }))
}

#[tokio::test]
async fn users_are_enrolled_whole_and_put_into_groups_afterwards() {
    let script = Script::new([
        ("enrol_manual_enrol_users", Value::Null),
        ("core_group_add_group_members", Value::Null),
        ("core_group_delete_group_members", Value::Null),
    ]);
    let target = script.target().await;
    let kind = TargetKind::Enrolment;
    let records = [enrolment(3, json!("4")), enrolment(5, Value::Null)];
    assert_eq!(target.create(kind, &records).await, Ok(done(&["7:3:4", "7:5"])));
    let calls = script.take();
    let [(enrol, form), (group, members)] = calls.as_slice() else { panic!("two calls expected") };
    assert_eq!((enrol.as_str(), form.len()), ("enrol_manual_enrol_users", 12));
    let second = [
        ("enrolments[1][courseid]", "7"),
        ("enrolments[1][roleid]", "5"),
        ("enrolments[1][suspend]", "0"),
        ("enrolments[1][timeend]", "0"),
        ("enrolments[1][timestart]", "100"),
        ("enrolments[1][userid]", "5"),
    ];
    assert_eq!(form[6..], pairs(&second));
    assert_eq!(group, "core_group_add_group_members");
    assert_eq!(*members, pairs(&[("members[0][groupid]", "4"), ("members[0][userid]", "3")]));

    let moved = [("7:3:9".into(), enrolment(3, json!(4)))];
    assert_eq!(target.update(kind, &moved).await, Ok(done(&["7:3:4"])));
    let (last, form) = script.take().pop().unwrap();
    assert_eq!(last, "core_group_delete_group_members");
    assert_eq!(form, pairs(&[("members[0][groupid]", "9"), ("members[0][userid]", "3")]));
    assert_eq!(
        target.update(kind, &[("7:5".into(), enrolment(5, Value::Null))]).await,
        Ok(done(&["7:5"]))
    );
    assert_eq!(script.called(), ["enrol_manual_enrol_users"]);
}

#[tokio::test]
async fn what_is_no_whole_enrolment_is_not_sent() {
    let script = Script::default();
    let target = script.target().await;
    let kind = TargetKind::Enrolment;
    for (name, value) in [
        ("courseid", json!(1)),
        ("courseid", json!("x")),
        ("userid", json!(0)),
        ("groupid", json!("")),
        ("userid", json!(-4)),
    ] {
        let mut record = enrolment(3, Value::Null);
        record.insert(name.to_owned(), value);
        assert_eq!(target.create(kind, &[record]).await.unwrap_err().failure, Failure::Rejected);
    }
    let mut partial = enrolment(3, Value::Null);
    partial.remove("timeend");
    let error = target.create(kind, &[partial]).await.unwrap_err();
    assert!(error.message.contains("timeend"), "{error}");
    for id in ["7:4", "1:3", "7", "7:3:4:5", "x:3", ":3"] {
        let record = (id.into(), enrolment(3, Value::Null));
        let error = target.update(kind, &[record]).await.unwrap_err();
        assert_eq!(error.failure, Failure::Rejected, "{id}");
    }
    assert!(script.take().is_empty());
}

#[tokio::test]
async fn refusals_of_enrolments_are_told_by_name() {
    for (answer, code) in [
        (json!({"exception": "TypeError", "message": "x"}), code::MOODLE_USER_UNKNOWN),
        (refusal("codingerror"), code::MOODLE_USER_UNKNOWN),
        (refusal("wsnoinstance"), code::MOODLE_ENROL_METHOD_MISSING),
        (refusal("wsusercannotassign"), code::MOODLE_CAPABILITY_MISSING),
        (refusal("invalidparameter"), code::MOODLE_REJECTED),
    ] {
        // Course and account exist, so the cause is something else.
        let there = [
            ("core_course_get_courses", json!([{"id": 1}, {"id": 7}])),
            ("core_user_get_users_by_field", json!([{"id": 2}, {"id": 3}])),
            ("enrol_manual_enrol_users", answer),
        ];
        let target = Script::new(there).target().await;
        let error =
            target.create(TargetKind::Enrolment, &[enrolment(3, Value::Null)]).await.unwrap_err();
        assert_eq!((error.failure, error.code), (Failure::Rejected, code));
    }
    let target = Script::new([("enrol_manual_enrol_users", json!("odd"))]).target().await;
    let error =
        target.create(TargetKind::Enrolment, &[enrolment(3, Value::Null)]).await.unwrap_err();
    assert_eq!(error.failure, Failure::Ambiguous);
}

#[tokio::test]
async fn what_is_gone_refuses_those_who_need_it_and_nobody_else() {
    let enrol = "enrol_manual_enrol_users";
    let groups = json!([{"id": 8, "name": "G"}]);
    for (answers, code, calls) in [
        (
            vec![
                (enrol, refusal("invaliduser")),
                (enrol, Value::Null),
                ("core_user_get_users_by_field", json!([{"id": 2}, {"id": 4}])),
            ],
            code::MOODLE_USER_UNKNOWN,
            vec![enrol, "core_user_get_users_by_field", enrol],
        ),
        (
            vec![
                (enrol, refusal("invalidparameter")),
                ("core_course_get_courses", json!([{"id": 1}])),
            ],
            code::MOODLE_COURSE_UNKNOWN,
            vec![enrol, "core_course_get_courses"],
        ),
        (
            vec![
                (enrol, Value::Null),
                ("core_group_add_group_members", refusal("invalidrecord")),
                ("core_group_get_course_groups", groups),
            ],
            code::MOODLE_GROUP_UNKNOWN,
            vec![enrol, "core_group_add_group_members", "core_group_get_course_groups"],
        ),
    ] {
        let script = Script::new(answers);
        let target = script.target().await;
        let group = if code == code::MOODLE_GROUP_UNKNOWN { json!(9) } else { Value::Null };
        let records = [enrolment(3, group.clone()), enrolment(4, group)];
        let written = target.create(TargetKind::Enrolment, &records).await.unwrap();
        let last = if code == code::MOODLE_USER_UNKNOWN { "done" } else { code.word() };
        assert_eq!(codes(&written), [code.word(), last]);
        assert_eq!(script.called(), calls);
    }
}

#[tokio::test]
async fn a_move_names_the_function_that_the_service_lacks() {
    let function = "core_group_delete_group_members";
    let script = Script::new([
        ("enrol_manual_enrol_users", Value::Null),
        ("core_group_add_group_members", Value::Null),
        (function, refusal("accessexception")),
        ("core_webservice_get_site_info", json!({"functions": []})),
    ]);
    let moved = [("7:3:9".into(), enrolment(3, json!(4)))];
    let error = script.target().await.update(TargetKind::Enrolment, &moved).await.unwrap_err();
    assert_eq!((error.failure, error.code), (Failure::Stop, code::MOODLE_FUNCTION_MISSING));
    assert!(error.message.contains(function), "{error}");
}

#[tokio::test]
async fn what_is_gone_already_has_ended() {
    let (unenrol, leave) = ("enrol_manual_unenrol_users", "core_cohort_delete_cohort_members");
    let script = Script::new([
        (unenrol, refusal("invalidrecord")),
        (unenrol, Value::Null),
        ("core_course_get_courses", json!([{"id": 1}, {"id": 8}])),
        (leave, refusal("invalidrecord")),
        (leave, refusal("invalidrecord")),
        (leave, Value::Null),
        ("core_group_delete_group_members", refusal("invaliduser")),
        ("core_group_get_course_groups", json!([{"id": 4}])),
        ("core_user_get_users_by_field", json!([{"id": 1, "username": "guest"}])),
    ]);
    let target = script.target().await;
    let ending = objects(&["7:3", "8:3"]);
    assert_eq!(target.remove(TargetKind::Enrolment, &ending).await, Ok(done(&["7:3", "8:3"])));
    assert_eq!(script.called(), [unenrol, "core_course_get_courses", unenrol]);
    // One call shows it, however many members of a missing cohort there are.
    let many: Vec<ObjectId> =
        (1..=60).map(|user| format!("4:{user}").into()).chain(["5:1".into()]).collect();
    let members: Vec<&str> = many.iter().map(ObjectId::as_str).collect();
    assert_eq!(target.remove(TargetKind::CohortMember, &many).await, Ok(done(&members)));
    assert_eq!(script.called(), [leave, leave, leave]);
    let ending = objects(&["7:3:4"]);
    assert_eq!(target.remove(TargetKind::Enrolment, &ending).await, Ok(done(&["7:3:4"])));
}

#[tokio::test]
async fn enrolments_and_memberships_end() {
    let script = Script::new([
        ("enrol_manual_unenrol_users", Value::Null),
        ("core_group_delete_group_members", Value::Null),
    ]);
    let target = script.target().await;
    let ending = objects(&["7:3:4", "7:5"]);
    let written = target.remove(TargetKind::Enrolment, &ending).await;
    assert_eq!(written, Ok(done(&["7:3:4", "7:5"])));
    let members = [("members[0][groupid]", "4"), ("members[0][userid]", "3")];
    let enrolments = [("enrolments[0][courseid]", "7"), ("enrolments[0][userid]", "5")];
    assert_eq!(
        script.take(),
        [
            ("core_group_delete_group_members".to_owned(), pairs(&members)),
            ("enrol_manual_unenrol_users".to_owned(), pairs(&enrolments)),
        ]
    );
}

#[tokio::test]
async fn enrolled_users_are_read_with_few_fields() {
    let script = Script::new([
        (
            "core_enrol_get_enrolled_users",
            json!([{"id": 3, "idnumber": "S1", "roles": []}, {"id": 4}]),
        ),
        ("core_enrol_get_enrolled_users", refusal("invalidrecord")),
    ]);
    let target = script.target().await;
    let found =
        target.look_up(TargetKind::Enrolment, "courseid", &texts(&["7", "8"])).await.unwrap();
    assert_eq!(ids(&found), ["7:3", "7:4"]);
    assert_eq!(found[0].fields, payload(json!({"courseid": "7", "userid": "3", "idnumber": "S1"})));
    let form = [
        ("courseid", "7"),
        ("options[0][name]", "userfields"),
        ("options[0][value]", "id,idnumber"),
    ];
    assert_eq!(script.take()[0].1, pairs(&form));
    assert!(target.look_up(TargetKind::Enrolment, "userid", &texts(&["7"])).await.is_err());
}

#[tokio::test]
async fn cohorts_are_found_by_exact_idnumber_also_on_a_later_page() {
    let alike: Vec<Value> =
        (1..=25).map(|id| json!({"id": id, "idnumber": format!("K{id}"), "name": "x"})).collect();
    let script = Script::new([
        ("core_cohort_search_cohorts", json!({ "cohorts": alike })),
        (
            "core_cohort_search_cohorts",
            json!({"cohorts": [{"id": 31, "idnumber": "K", "name": "N"}]}),
        ),
        ("core_cohort_create_cohorts", json!([{"id": 31, "idnumber": "K"}])),
        ("core_cohort_create_cohorts", refusal("invalidparameter")),
        ("core_cohort_update_cohorts", Value::Null),
    ]);
    let target = script.target().await;
    let kind = TargetKind::Cohort;
    let found = target.look_up(kind, "idnumber", &texts(&["K", ""])).await.unwrap();
    assert_eq!(ids(&found), ["31"]);
    let calls = script.take();
    let first = [("context[contextid]", "1"), ("includes", "self"), ("query", "K")];
    assert_eq!(calls[0].1, pairs(&first));
    assert!(calls[1].1.contains(&("limitfrom".to_owned(), "25".to_owned())));

    let new = [payload(json!({"name": "N", "idnumber": "K"}))];
    assert_eq!(target.create(kind, &new).await, Ok(done(&["31"])));
    let form = [
        ("cohorts[0][categorytype][type]", "system"),
        ("cohorts[0][categorytype][value]", ""),
        ("cohorts[0][idnumber]", "K"),
        ("cohorts[0][name]", "N"),
    ];
    assert_eq!(script.take(), [("core_cohort_create_cohorts".to_owned(), pairs(&form))]);
    assert_eq!(target.create(kind, &new).await.unwrap_err().failure, Failure::Rejected);

    // Moodle requires the name with every change; it is read if it is not given.
    script.take();
    let change = [("31".into(), payload(json!({"idnumber": "K", "description": "d"})))];
    assert_eq!(target.update(kind, &change).await, Ok(done(&["31"])));
    let (_, form) = script.take().pop().unwrap();
    assert!(form.contains(&("cohorts[0][name]".to_owned(), "N".to_owned())), "{form:?}");
    let other = [("32".into(), payload(json!({"idnumber": "K"})))];
    assert_eq!(target.update(kind, &other).await.unwrap_err().failure, Failure::Rejected);
}

#[tokio::test]
async fn members_of_cohorts_have_outcomes_of_their_own() {
    let warning = |code: &str| json!({"warningcode": code, "message": "cohort id=4 not exists"});
    let add = "core_cohort_add_cohort_members";
    let script = Script::new([
        (add, json!({"warnings": [warning("3"), warning("2")]})),
        (add, json!({"warnings": [warning("3")]})),
        (add, json!({"warnings": [warning("2")]})),
        (add, json!({"warnings": []})),
        (add, json!({"warnings": [warning("3")]})),
        ("core_cohort_delete_cohort_members", Value::Null),
    ]);
    let target = script.target().await;
    let member = |user: u32| payload(json!({"cohortid": 4, "userid": user}));
    let kind = TargetKind::CohortMember;
    let written = target.create(kind, &[member(5), member(6), member(7)]).await.unwrap();
    assert_eq!(codes(&written), ["done", code::MOODLE_MEMBER_UNKNOWN.word(), "done"]);
    assert_eq!(written[0], Written::Done("4:5".into()));
    let mut calls = script.take();
    assert_eq!(calls.len(), 6);
    // Whose accounts are there is asked first, which this site does not tell, nor which functions it lacks.
    calls.drain(1..3);
    let form = [
        ("members[0][cohorttype][type]", "id"),
        ("members[0][cohorttype][value]", "4"),
        ("members[0][usertype][type]", "id"),
        ("members[0][usertype][value]", "5"),
    ];
    assert_eq!(calls[1].1, pairs(&form));
    assert_eq!(target.create(kind, &[member(5), member(6)]).await, Ok(done(&["4:5", "4:6"])));
    assert_eq!(target.remove(kind, &objects(&["4:5"])).await, Ok(done(&["4:5"])));
    let (_, form) = script.take().pop().unwrap();
    assert_eq!(form, pairs(&[("members[0][cohortid]", "4"), ("members[0][userid]", "5")]));
    assert!(target.remove(kind, &objects(&["4"])).await.is_err());
}

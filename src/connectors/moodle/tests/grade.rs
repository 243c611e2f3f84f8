//! Grades as a source.

use {
    super::*,
    crate::{domain::id::RecordId, ports::ReadQuery},
};

fn item(id: u32, fields: Value) -> Value {
    let mut item = json!({
        "id": id, "itemname": "Essay", "itemtype": "mod", "itemmodule": "assign", "iteminstance": 31,
        "itemnumber": 0, "cmid": 90 + id, "graderaw": 3, "grademax": 4, "gradedategraded": 1_764_000_000,
        "feedback": "<p>Well&nbsp;done</p>",
    });
    item.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    item
}

fn report(user: u32, items: &[Value]) -> Value {
    json!({"usergrades": [{
        "courseid": 7, "courseidnumber": "C7", "userid": user, "useridnumber": "", "gradeitems": items,
    }], "warnings": []})
}

fn within(courses: &[&str]) -> ReadQuery {
    let within = courses.iter().map(|id| (*id).into()).collect();
    ReadQuery { within, ..ReadQuery::default() }
}

#[tokio::test]
async fn graded_activities_are_records_and_nothing_else_is() {
    let items = [
        item(1, json!({})),
        item(2, json!({"graderaw": null})),
        item(3, json!({"graderaw": -1.0})),
        item(4, json!({"itemtype": "course"})),
        item(5, json!({"itemtype": "manual"})),
        item(
            6,
            json!({"itemnumber": 1, "graderaw": "2.50000", "gradedategraded": null, "feedback": null}),
        ),
        item(7, json!({"graderaw": 0.0, "cmid": null})),
    ];
    let script = Script::new([
        ("core_enrol_get_enrolled_users", json!([{"id": 3}])),
        ("gradereport_user_get_grade_items", report(3, &items)),
    ]);
    let source = script.ends().await.grade_source;
    let page = source.page(&within(&["7"]), None).await.unwrap();
    let ids: Vec<&str> = page.records.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["3_7_91", "3_7_6", "3_7_7"]);
    assert_eq!(page.next, None);
    let first = &page.records[0];
    assert_eq!(first.modified_at, None);
    assert_eq!(
        Value::Object(first.fields.clone()),
        json!({
            "user_id": "3", "user_idnumber": null, "course_id": "7", "course_idnumber": "C7",
            "item_id": "1", "item_instance": "31", "item_name": "Essay", "item_module": "assign",
            "grade_raw": 3, "grade_max": 4, "graded_at": "2025-11-24T16:00:00Z",
            "feedback": "Well done",
        })
    );
    assert_eq!(page.records[1].fields["grade_raw"], json!(2.5));
    assert_eq!(page.records[1].fields["graded_at"], Value::Null);
    let named: Vec<String> =
        source.describe("grades").await.unwrap().into_iter().map(|field| field.name).collect();
    assert_eq!(named, first.fields.keys().cloned().collect::<Vec<_>>());
    let form = pairs(&[("courseid", "7"), ("userid", "0")]);
    assert_eq!(script.take()[1].1, form);
}

#[tokio::test]
async fn courses_follow_each_other_and_unknown_ones_have_no_grades() {
    let script = Script::new([
        ("core_enrol_get_enrolled_users", refusal("invalidrecord")),
        ("core_enrol_get_enrolled_users", json!([])),
        ("core_enrol_get_enrolled_users", json!([{"id": 3}])),
        ("gradereport_user_get_grade_items", report(3, &[item(1, json!({}))])),
    ]);
    let source = script.ends().await.grade_source;
    let query = within(&["8", "1", "x", "9", "7"]);
    let (mut cursor, mut records, mut pages) = (None, 0, 0);
    loop {
        let page = source.page(&query, cursor.as_deref()).await.unwrap();
        (records, pages, cursor) = (records + page.records.len(), pages + 1, page.next);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((records, pages), (1, 2), "four courses at once");
    assert_eq!(script.called().len(), 4);
    let nothing = source.page(&within(&[]), None).await.unwrap();
    assert_eq!((nothing.records.len(), nothing.next), (0, None));
    for cursor in ["", "1g", "1g1", "2g0:0", "1g-1:0"] {
        let error = source.page(&query, Some(cursor)).await.unwrap_err();
        assert_eq!(error.failure, Failure::CursorExpired, "{cursor}");
    }
    let beyond = source.page(&query, Some("1g99:0")).await.unwrap();
    assert_eq!((beyond.records.len(), beyond.next), (0, None));
}

#[tokio::test]
async fn courses_are_read_at_once_as_far_as_their_users_fit_into_a_page() {
    // The first two reports are answered together or not at all.
    let both = Arc::new(tokio::sync::Barrier::new(2));
    let address = serve(move |call: Call| {
        let form = call.form();
        let course: u32 = form["courseid"].parse().unwrap();
        let users = if course == 14 { 290 } else { 10 };
        let report = form["wsfunction"] == "gradereport_user_get_grade_items";
        let rows = (1..=users).map(
            |id| json!({"courseid": course, "userid": id, "gradeitems": [item(1, json!({}))]}),
        );
        let body = match report {
            true => json!({"usergrades": rows.collect::<Vec<_>>()}),
            false => (1..=users).map(|id| json!({ "id": id })).collect(),
        };
        let both = both.clone();
        async move {
            if report && course < 13 {
                both.wait().await;
            }
            (200, body.to_string())
        }
    });
    let connection = connection(NOBODY, &address.await);
    let source = connectors(Options::default()).open("t", &connection).unwrap().grade_source;
    let query = within(&["11", "12", "13", "14", "15"]);
    let (mut cursor, mut pages) = (None, Vec::new());
    loop {
        let page = source.page(&query, cursor.as_deref()).await.unwrap();
        pages.push((page.records.len(), page.next.clone()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let next = |course: u32| Some(format!("1g{course}:0"));
    assert_eq!(pages, [(30, next(3)), (300, None)]);
}

/// Starts a site with a course of many users, each with a grade.
async fn large(users: u32) -> (Ends, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    let address = serve(move |call: Call| {
        let form = call.form();
        let body = if form["wsfunction"] == "core_enrol_get_enrolled_users" {
            (1..=users).rev().map(|id| json!({ "id": id })).collect()
        } else {
            seen.lock().unwrap().push(form["userid"].clone());
            report(form["userid"].parse().unwrap(), &[item(1, json!({}))])
        };
        async move { (200, body.to_string()) }
    });
    let connection = connection(NOBODY, &address.await);
    (connectors(Options::default()).open("t", &connection).unwrap(), asked)
}

#[tokio::test]
async fn a_large_course_is_read_user_by_user() {
    let (ends, asked) = large(301).await;
    let query = within(&["7", "8"]);
    let first = ends.grade_source.page(&query, None).await.unwrap();
    assert_eq!((first.records.len(), first.next.as_deref()), (50, Some("1g0:50")));
    assert_eq!(first.records[0].id, "1_7_91");
    let last = ends.grade_source.page(&query, Some("1g0:300")).await.unwrap();
    assert_eq!((last.records.len(), last.next.as_deref()), (1, Some("1g1:0")));
    assert_eq!(asked.lock().unwrap().len(), 51);
    let none = ends.grade_source.page(&query, Some("1g0:301")).await.unwrap();
    assert_eq!((none.records.len(), none.next.as_deref()), (0, Some("1g1:0")));
}

#[tokio::test]
async fn a_report_that_is_too_large_is_read_user_by_user() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    let address = serve(move |call: Call| {
        let form = call.form();
        let body = if form["wsfunction"] == "core_enrol_get_enrolled_users" {
            json!([{"id": 3}, {"id": 4}])
        } else {
            seen.lock().unwrap().push(form["userid"].clone());
            match form["userid"].parse().unwrap() {
                0 => report(3, &vec![item(1, json!({})); 40_000]),
                user => report(user, &[item(1, json!({}))]),
            }
        };
        async move { (200, body.to_string()) }
    });
    let connection = connection(NOBODY, &address.await);
    let source = connectors(Options::default()).open("t", &connection).unwrap().grade_source;
    let page = source.page(&within(&["7"]), None).await.unwrap();
    let ids: Vec<&str> = page.records.iter().map(|record| record.id.as_str()).collect();
    assert_eq!((ids.as_slice(), page.next), (["3_7_91", "4_7_91"].as_slice(), None));
    // It is not asked for again: the answer would be the same.
    let mut asked = std::mem::take(&mut *asked.lock().unwrap());
    asked.sort();
    assert_eq!(asked, ["0", "3", "4"]);
}

#[tokio::test]
async fn grades_are_read_by_id() {
    let (ends, asked) = large(5).await;
    let source = ends.grade_source;
    let ids = ["3_7_91", "3_7_92", "4_7_91", "x", "4_7", "0_7_91", "4_1_91", "4_7_91_1"];
    let ids = ids.map(RecordId::from);
    let records = source.by_ids(&within(&[]), &ids).await.unwrap().records;
    let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["3_7_91", "4_7_91"]);
    let mut asked = std::mem::take(&mut *asked.lock().unwrap());
    asked.sort();
    assert_eq!(asked, ["3", "4"]);
    assert_eq!(source.whole("grades", &"4_7_91".into()).await.unwrap().unwrap().id, "4_7_91");
    assert_eq!(source.whole("grades", &"4_7_99".into()).await, Ok(None));
    assert!(source.deleted("grades", None, None).await.unwrap().records.is_empty());
    assert_eq!(source.holds_more_than("grades", 0).await, Ok(false));
}

#[tokio::test]
async fn a_report_of_others_is_not_believed() {
    for answer in [
        json!({"usergrades": [{"courseid": 9, "userid": 3, "gradeitems": []}]}),
        json!({"usergrades": [{"courseid": 7, "userid": 4, "gradeitems": []}]}),
        json!({"usergrades": [{"courseid": 7, "userid": 3}]}),
        json!({"usergrades": [{"courseid": 7}]}),
        json!({"warnings": []}),
        json!(null),
    ] {
        let script = Script::new([("gradereport_user_get_grade_items", answer.clone())]);
        let source = script.ends().await.grade_source;
        let error = source.whole("grades", &"3_7_91".into()).await.unwrap_err();
        assert_eq!(error.code, code::UPSTREAM_PROTOCOL, "{answer}");
    }
}

//! Categories, courses, groups.

use super::*;

#[tokio::test]
async fn categories_are_found_one_by_one_or_all_at_once() {
    let rows = json!([
        {"id": 3, "idnumber": "P1", "name": "A"},
        {"id": 4, "idnumber": ""},
        {"id": 5, "idnumber": "P2"},
    ]);
    let script = Script::new([("core_course_get_categories", rows)]);
    let target = script.target().await;
    let kind = TargetKind::Category;
    let found = target.look_up(kind, "idnumber", &texts(&["P1", "", " "])).await.unwrap();
    assert_eq!(ids(&found), ["3"]);
    let form =
        [("addsubcategories", "0"), ("criteria[0][key]", "idnumber"), ("criteria[0][value]", "P1")];
    assert_eq!(script.take(), [("core_course_get_categories".to_owned(), pairs(&form))]);
    let many = texts(&["P1", "P2", "P3", "P4"]);
    let found = target.look_up(kind, "idnumber", &many).await.unwrap();
    assert_eq!(ids(&found), ["3", "5"]);
    assert_eq!(script.take(), [("core_course_get_categories".to_owned(), Vec::new())]);
    assert!(target.look_up(kind, "idnumber", &texts(&[""])).await.unwrap().is_empty());
    assert!(target.look_up(kind, "name", &many).await.is_err());
    assert!(script.take().is_empty());

    for answer in [json!([{"id": 3, "name": "A"}]), refusal("criteriaerror")] {
        let target = Script::new([("core_course_get_categories", answer)]).target().await;
        let error = target.look_up(kind, "idnumber", &texts(&["P1"])).await.unwrap_err();
        assert_eq!((error.failure, error.code), (Failure::Stop, code::MOODLE_CAPABILITY_MISSING));
    }
}

#[tokio::test]
async fn categories_are_written_all_or_none() {
    let created = json!([{"id": 8, "name": "A"}, {"id": 9, "name": "B"}]);
    let script = Script::new([
        ("core_course_create_categories", created),
        ("core_course_create_categories", refusal("categoryidnumbertaken")),
        ("core_course_update_categories", Value::Null),
        ("core_course_update_categories", refusal("unknowncategory")),
    ]);
    let target = script.target().await;
    let new = [
        payload(json!({"name": "A", "idnumber": "P1", "parent": 0})),
        payload(json!({"name": "B", "idnumber": "P2", "parent": 0})),
    ];
    assert_eq!(target.create(TargetKind::Category, &new).await, Ok(done(&["8", "9"])));
    let error = target.create(TargetKind::Category, &new).await.unwrap_err();
    assert_eq!((error.failure, error.code), (Failure::Rejected, code::MOODLE_IDNUMBER_TAKEN));
    let changed = [("8".into(), payload(json!({"name": "C"})))];
    assert_eq!(target.update(TargetKind::Category, &changed).await, Ok(done(&["8"])));
    let form = [("categories[0][id]", "8"), ("categories[0][name]", "C")];
    let last = script.take().pop().unwrap();
    assert_eq!(last, ("core_course_update_categories".to_owned(), pairs(&form)));
    let error = target.update(TargetKind::Category, &changed).await.unwrap_err();
    assert_eq!((error.failure, error.code), (Failure::Rejected, code::MOODLE_CATEGORY_UNKNOWN));
}

#[tokio::test]
async fn courses_are_found_and_the_sites_own_never() {
    let courses = json!({
        "courses": [{"id": 1, "idnumber": "C1"}, {"id": 7, "idnumber": "C1", "summaryfiles": []}],
        "warnings": [],
    });
    let script = Script::new([
        ("core_course_get_courses_by_field", courses),
        ("core_course_get_courses", json!([{"id": 1}, {"id": 7}, {"id": 9}])),
    ]);
    let target = script.target().await;
    let kind = TargetKind::Course;
    let found = target.look_up(kind, "idnumber", &texts(&["C1", "", "C2"])).await.unwrap();
    assert_eq!(ids(&found), ["7"]);
    assert!(!found[0].fields.contains_key("summaryfiles"));
    let mut calls = script.take();
    calls.sort();
    let form = |value| {
        let form = pairs(&[("field", "idnumber"), ("value", value)]);
        ("core_course_get_courses_by_field".to_owned(), form)
    };
    assert_eq!(calls, [form("C1"), form("C2")]);
    let found = target.look_up(kind, "id", &texts(&["7", "1", "x", "8"])).await.unwrap();
    assert_eq!(ids(&found), ["7"]);
    let form = [("options[ids][0]", "1"), ("options[ids][1]", "7"), ("options[ids][2]", "8")];
    assert_eq!(script.take(), [("core_course_get_courses".to_owned(), pairs(&form))]);
    assert!(target.look_up(kind, "fullname", &texts(&["x"])).await.is_err());
}

#[tokio::test]
async fn courses_are_created_together_and_updated_each_on_its_own() {
    let warning = json!({"item": "course", "itemid": 8, "warningcode": "shortnametaken",
        "message": "taken"});
    let script = Script::new([
        ("core_course_create_courses", json!([{"id": 8, "shortname": "A"}])),
        ("core_course_create_courses", json!([{"id": 1, "shortname": "A"}])),
        ("core_course_create_courses", json!([])),
        ("core_course_create_courses", refusal("shortnametaken")),
        ("core_course_update_courses", json!({"warnings": [warning]})),
    ]);
    let target = script.target().await;
    let new = [payload(json!({"fullname": "A", "shortname": "A", "categoryid": 3,
        "courseformatoptions": [{"name": "numsections", "value": 12}]}))];
    assert_eq!(target.create(TargetKind::Course, &new).await, Ok(done(&["8"])));
    let form = [
        ("courses[0][categoryid]", "3"),
        ("courses[0][courseformatoptions][0][name]", "numsections"),
        ("courses[0][courseformatoptions][0][value]", "12"),
        ("courses[0][fullname]", "A"),
        ("courses[0][shortname]", "A"),
    ];
    assert_eq!(script.take(), [("core_course_create_courses".to_owned(), pairs(&form))]);
    for _ in 0..2 {
        let error = target.create(TargetKind::Course, &new).await.unwrap_err();
        assert_eq!(error.failure, Failure::Ambiguous);
    }
    let error = target.create(TargetKind::Course, &new).await.unwrap_err();
    assert_eq!((error.failure, error.code), (Failure::Rejected, code::MOODLE_SHORTNAME_TAKEN));
    let change = payload(json!({"shortname": "B"}));
    let changed = [("7".into(), change.clone()), ("8".into(), change.clone())];
    let written = target.update(TargetKind::Course, &changed).await.unwrap();
    assert_eq!(codes(&written), ["done", code::MOODLE_SHORTNAME_TAKEN.word()]);
    script.take();
    let error = target.update(TargetKind::Course, &[("1".into(), change)]).await.unwrap_err();
    assert_eq!(error.failure, Failure::Rejected);
    assert!(script.take().is_empty());
}

#[tokio::test]
async fn groups_belong_to_courses() {
    let script = Script::new([
        ("core_group_get_course_groups", json!([{"id": 4, "name": "A", "idnumber": "G1"}])),
        ("core_group_get_course_groups", refusal("errorcoursecontextnotvalid")),
        ("core_group_create_groups", json!([{"id": 4, "courseid": 7, "name": "A"}])),
        ("core_group_create_groups", refusal("idnumbertaken")),
        ("core_group_get_groups", json!([{"id": 4, "name": "A"}])),
        ("core_group_update_groups", Value::Null),
    ]);
    let target = script.target().await;
    let kind = TargetKind::Group;
    let found = target.look_up(kind, "courseid", &texts(&["7", "9", "1", ""])).await.unwrap();
    assert_eq!(ids(&found), ["4"]);
    assert_eq!(found[0].fields["courseid"], json!("7"));
    assert_eq!(script.called().len(), 2);

    let new = [payload(json!({"courseid": "7", "name": "A", "idnumber": "G1"}))];
    assert_eq!(target.create(kind, &new).await, Ok(done(&["4"])));
    let form = [
        ("groups[0][courseid]", "7"),
        ("groups[0][description]", ""),
        ("groups[0][idnumber]", "G1"),
        ("groups[0][name]", "A"),
    ];
    assert_eq!(script.take(), [("core_group_create_groups".to_owned(), pairs(&form))]);
    assert_eq!(target.create(kind, &new).await.unwrap_err().code, code::MOODLE_IDNUMBER_TAKEN);
    script.take();
    for courseid in [json!(1), json!("x"), json!(null)] {
        let odd = payload(json!({"courseid": courseid, "name": "A"}));
        assert_eq!(target.create(kind, &[odd]).await.unwrap_err().failure, Failure::Rejected);
    }
    assert!(script.take().is_empty());

    let named = payload(json!({"courseid": 7, "name": "B"}));
    let nameless = payload(json!({"idnumber": "G2"}));
    let changed = [("5".into(), named), ("4".into(), nameless)];
    assert_eq!(target.update(kind, &changed).await, Ok(done(&["5", "4"])));
    let form = [
        ("groups[0][id]", "5"),
        ("groups[0][name]", "B"),
        ("groups[1][id]", "4"),
        ("groups[1][idnumber]", "G2"),
        ("groups[1][name]", "A"),
    ];
    let asked = ("core_group_get_groups".to_owned(), pairs(&[("groupids[0]", "4")]));
    assert_eq!(script.take(), [asked, ("core_group_update_groups".to_owned(), pairs(&form))]);
}

//! Categories, courses and cohorts, asked as a client would.

use {
    super::bench::Bench,
    serde_json::{Value, json},
};

fn codes(answer: &Value) -> Vec<&str> {
    let warnings = answer["warnings"].as_array().map(Vec::as_slice).unwrap_or_default();
    warnings.iter().filter_map(|warning| warning["warningcode"].as_str()).collect()
}

#[test]
fn categories_are_made_all_or_none() {
    let mut bench = Bench::new();
    let create = "core_course_create_categories";
    let made = bench.ok(
        create,
        "categories[0][name]=A %26 B&categories[0][idnumber]=p1&categories[1][name]=Sub\
         &categories[1][parent]=2",
    );
    assert_eq!(made, json!([{"id": 2, "name": "A & B"}, {"id": 3, "name": "Sub"}]));
    assert_eq!(bench.note.written, [("categories", "created", 2)]);
    for (bad, code) in [
        ("categories[1][name]=X&categories[1][idnumber]=p1", "categoryidnumbertaken"),
        ("categories[1][name]=X&categories[1][idnumber]=new", "categoryidnumbertaken"),
        ("categories[1][name]=X&categories[1][parent]=99", "unknowcategory"),
        ("categories[1][name]= ", "categorynamerequired"),
        ("categories[1][name]=X&categories[1][nick]=Y", "invalidparameter"),
    ] {
        let form = format!("categories[0][name]=New&categories[0][idnumber]=new&{bad}");
        assert_eq!(bench.ask(create, &form)["errorcode"], code, "{bad}");
        assert_eq!(bench.site.categories.numbered("new"), None, "{bad}");
    }
}

#[test]
fn categories_are_found_and_moved() {
    let mut bench = Bench::new();
    bench.ok(
        "core_course_create_categories",
        "categories[0][name]=A %26 B&categories[0][idnumber]=p1&categories[1][name]=Sub\
         &categories[1][parent]=2",
    );
    let get = "core_course_get_categories";
    let by_number = "criteria[0][key]=idnumber&criteria[0][value]=p1";
    assert_eq!(bench.ok(get, by_number).as_array().map(Vec::len), Some(2));
    let alone = bench.ok(get, &format!("{by_number}&addsubcategories=0"));
    assert_eq!((alone.as_array().map(Vec::len), &alone[0]["name"]), (Some(1), &json!("A & B")));
    bench.raw = false;
    assert_eq!(bench.ok(get, by_number)[0]["name"], "A &amp; B");
    let none = bench.ok(get, "criteria[0][key]=idnumber&criteria[0][value]=p9");
    assert_eq!(none, json!([]));
    let odd = bench.ask(get, "criteria[0][key]=colour&criteria[0][value]=red");
    assert_eq!(odd["errorcode"], "criteriaerror");
    let update = "core_course_update_categories";
    let half = "categories[0][id]=2&categories[0][name]=C&categories[1][id]=99";
    assert_eq!(bench.ask(update, half)["errorcode"], "unknowncategory");
    assert_eq!(bench.site.categories.get(2).map(|own| own.name.as_str()), Some("A & B"));
    assert_eq!(bench.ok(update, "categories[0][id]=2&categories[0][name]=C"), Value::Null);
    let circle = "categories[0][id]=2&categories[0][parent]=3";
    assert_eq!(bench.ask(update, circle)["errorcode"], "cannotmovecategory");
    let delete = "core_course_delete_categories";
    bench.ok(delete, "categories[0][id]=2");
    assert_eq!(bench.site.categories.get(3).map(|own| own.parent), Some(0));
    assert_eq!(bench.ask(delete, "categories[0][id]=2")["errorcode"], "unknowncategory");
}

#[test]
fn courses_are_made_all_or_none() {
    let mut bench = Bench::school();
    let create = "core_course_create_courses";
    let good = "courses[0][fullname]=N&courses[0][shortname]=n&courses[0][categoryid]=1";
    for (bad, code) in [
        ("fullname]=X&courses[1][shortname]=c2&courses[1][categoryid]=1", "shortnametaken"),
        ("fullname]=X&courses[1][shortname]=n&courses[1][categoryid]=1", "shortnametaken"),
        (
            "fullname]=X&courses[1][shortname]=x&courses[1][categoryid]=1&courses[1][idnumber]=n2",
            "courseidnumbertaken",
        ),
        ("fullname]=X&courses[1][shortname]=x&courses[1][categoryid]=9", "errorcatcontextnotvalid"),
        (
            "fullname]=X&courses[1][shortname]=x&courses[1][categoryid]=1\
             &courses[1][startdate]=9&courses[1][enddate]=8",
            "enddatebeforestartdate",
        ),
        ("fullname]= &courses[1][shortname]=x&courses[1][categoryid]=1", "errorinvalidparam"),
        ("fullname]=<b>&courses[1][shortname]=x&courses[1][categoryid]=1", "invalidparameter"),
    ] {
        let answer = bench.ask(create, &format!("{good}&courses[1][{bad}"));
        assert_eq!(answer["errorcode"], code, "{bad}");
        assert_eq!(bench.site.courses.named("n"), None, "{bad}");
    }
    assert_eq!(bench.ok(create, good)[0]["shortname"], "n");
}

#[test]
fn courses_are_updated_and_deleted_each_on_its_own() {
    let mut bench = Bench::school();
    let answer = bench.ok(
        "core_course_update_courses",
        "courses[0][id]=2&courses[0][fullname]=New&courses[0][visible]=0&courses[1][id]=99\
         &courses[2][id]=3&courses[2][shortname]=c2&courses[3][id]=3&courses[3][idnumber]=n2",
    );
    assert_eq!(codes(&answer), ["invalidrecord", "shortnametaken", "courseidnumbertaken"]);
    assert_eq!(bench.note.written, [("courses", "updated", 1)]);
    let course = bench.site.courses.get(2);
    assert!(course.is_some_and(|own| own.fullname == "New" && !own.visible));
    let answer = bench.ok("core_course_delete_courses", "courseids[0]=2&courseids[1]=2");
    assert_eq!(codes(&answer), ["unknowncourseidnumber"]);
    assert_eq!(bench.site.groups.count(), 0);
    let made = bench.ok(
        "core_course_create_courses",
        "courses[0][fullname]=C2&courses[0][shortname]=c2&courses[0][categoryid]=1\
         &courses[0][idnumber]=n2",
    );
    assert_eq!(made[0]["id"], 4);
}

#[test]
fn course_lookups_keep_their_dangers() {
    let mut bench = Bench::school();
    let by_field = "core_course_get_courses_by_field";
    let ids = |answer: &Value| -> Vec<i64> {
        let list = if answer.is_array() { answer } else { &answer["courses"] };
        let rows = list.as_array().map(Vec::as_slice).unwrap_or_default();
        rows.iter().filter_map(|row| row["id"].as_i64()).collect()
    };
    assert_eq!(ids(&bench.ok(by_field, "field=idnumber&value=n3")), [3]);
    assert_eq!(ids(&bench.ok(by_field, "field=idnumber&value=")), [1]);
    assert_eq!(ids(&bench.ok(by_field, "field=idnumber&value=none")), [0_i64; 0]);
    assert_eq!(ids(&bench.ok(by_field, "field=ids&value=2,3")), [2, 3]);
    let broken = bench.ask(by_field, "field=ids&value=2,3,99999");
    assert_eq!((&broken["exception"], broken.get("errorcode")), (&json!("Error"), None));
    assert_eq!(bench.ask(by_field, "field=colour&value=1")["errorcode"], "invalidparameter");
    let some = bench.ok("core_course_get_courses", "options[ids][0]=3&options[ids][1]=99");
    assert_eq!((ids(&some), &some[0]["fullname"]), (vec![3], &json!("A & B")));
    assert_eq!(ids(&bench.ok("core_course_get_courses", "")), [1, 2, 3]);
    bench.raw = false;
    let escaped = bench.ok(by_field, "field=id&value=3");
    assert_eq!(escaped["courses"][0]["fullname"], "A &amp; B");
}

fn cohort(n: usize, name: &str, number: &str, kind: &str, value: &str) -> String {
    format!(
        "cohorts[{n}][categorytype][type]={kind}&cohorts[{n}][categorytype][value]={value}\
         &cohorts[{n}][name]={name}&cohorts[{n}][idnumber]={number}"
    )
}

#[test]
fn cohorts_are_made_all_or_none() {
    let mut bench = Bench::school();
    let create = "core_cohort_create_cohorts";
    let made = bench.ok(create, &cohort(0, "Paid", "k1", "system", ""));
    assert_eq!((&made[0]["id"], &made[0]["idnumber"]), (&json!(1), &json!("k1")));
    for bad in [
        cohort(1, "X", "k1", "system", ""),
        cohort(1, "X", "k2", "system", ""),
        cohort(1, "X", "k3", "id", "99"),
        cohort(1, "X", "k3", "planet", "1"),
    ] {
        let form = format!("{}&{bad}", cohort(0, "Y", "k2", "id", "1"));
        assert_eq!(bench.ask(create, &form)["errorcode"], "invalidparameter", "{bad}");
        assert_eq!(bench.site.cohorts.count(), 1);
    }
    let form = format!("{}&cohorts[0][id]=1", cohort(0, "Owing", "k1", "system", ""));
    assert_eq!(bench.ok("core_cohort_update_cohorts", &form), Value::Null);
    let search = "core_cohort_search_cohorts";
    let found = bench.ok(search, "query=OWING&context[contextid]=1&includes=all");
    assert_eq!(found["cohorts"][0]["id"], 1);
    let none = bench.ok(search, "query=Paid&context[contextid]=1&includes=all");
    assert_eq!(none["cohorts"], json!([]));
}

#[test]
fn cohort_members_come_each_on_its_own() {
    let mut bench = Bench::school();
    bench.ok("core_cohort_create_cohorts", &cohort(0, "Paid", "k1", "system", ""));
    let member = |n: usize, cohort: &str, kind: &str, user: &str| {
        format!(
            "members[{n}][cohorttype][type]=idnumber&members[{n}][cohorttype][value]={cohort}\
             &members[{n}][usertype][type]={kind}&members[{n}][usertype][value]={user}"
        )
    };
    let form = [
        member(0, "k1", "id", "4"),
        member(1, "k1", "username", "one"),
        member(2, "k9", "id", "4"),
        member(3, "k1", "id", "99"),
        member(4, "k1", "username", "two"),
    ]
    .join("&");
    let answer = bench.ok("core_cohort_add_cohort_members", &form);
    assert_eq!(codes(&answer), ["3", "2", "2"]);
    let members = "core_cohort_get_cohort_members";
    let both = json!([{"cohortid": 1, "userids": [4, 5]}]);
    assert_eq!(bench.ok(members, "cohortids[0]=1"), both);
    let leave = "members[0][cohortid]=1&members[0][userid]=4";
    bench.ok("core_cohort_delete_cohort_members", leave);
    bench.ok("core_cohort_delete_cohort_members", leave);
    bench.ok("core_user_delete_users", "userids[0]=5");
    let nobody = json!([{"cohortid": 1, "userids": []}]);
    assert_eq!(bench.ok(members, "cohortids[0]=1"), nobody);
}

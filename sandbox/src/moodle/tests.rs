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
fn days_are_judged_as_they_are_given() {
    let mut bench = Bench::school();
    let update = |bench: &mut Bench, days: &str| {
        bench.ok("core_course_update_courses", &format!("courses[0][id]=2&{days}"))
    };
    let (start, end) = ("courses[0][startdate]", "courses[0][enddate]");
    assert_eq!(codes(&update(&mut bench, &format!("{start}=1000&{end}=2000"))), [""; 0]);
    // An end date alone, whatever start date the course has; then a start date after the end date
    // that the course has.
    assert_eq!(codes(&update(&mut bench, &format!("{end}=3000"))), ["nostartdatenoenddate"]);
    let both = update(&mut bench, &format!("{start}=4000&{end}=3000"));
    assert_eq!(codes(&both), ["enddatebeforestartdate"]);
    assert_eq!(codes(&update(&mut bench, &format!("{start}=4000"))), [""; 0]);
    assert_eq!(codes(&update(&mut bench, &format!("{end}=0"))), [""; 0]);
    // A new course begins today unless a start date is given.
    let new = "courses[0][fullname]=N&courses[0][shortname]=n&courses[0][categoryid]=1";
    let past = bench.ask("core_course_create_courses", &format!("{new}&{end}=1000"));
    assert_eq!(past["errorcode"], "enddatebeforestartdate");
    let none = bench.ask("core_course_create_courses", &format!("{new}&{start}=0&{end}=1000"));
    assert_eq!(none["errorcode"], "nostartdatenoenddate");
}

#[test]
fn hidden_things_are_left_out_for_those_who_may_not_see_them() {
    let mut bench = Bench::school();
    bench.ok("core_course_update_courses", "courses[0][id]=2&courses[0][visible]=0");
    if let Some(category) = bench.site.categories.get_mut(1) {
        category.hidden = true;
    }
    let count = |answer: &Value| answer.as_array().map(Vec::len);
    let (courses, categories) = ("core_course_get_courses", "core_course_get_categories");
    assert_eq!(count(&bench.ok(courses, "options[ids][0]=2")), Some(1));
    assert_eq!(count(&bench.ok(categories, "")), Some(1));
    bench.settings.missing_capabilities = [
        "moodle/course:viewhiddencourses",
        "moodle/course:update",
        "moodle/category:viewhiddencategories",
    ]
    .map(str::to_owned)
    .to_vec();
    assert_eq!(count(&bench.ok(courses, "options[ids][0]=2")), Some(0));
    assert_eq!(count(&bench.ok(categories, "")), Some(0));
    let by_field = bench.ok("core_course_get_courses_by_field", "field=id&value=3");
    assert_eq!(by_field["courses"][0].get("idnumber"), None);
    bench.settings.missing_capabilities.push("moodle/category:manage".to_owned());
    let form = "criteria[0][key]=idnumber&criteria[0][value]=x";
    assert_eq!(bench.ask(categories, form)["errorcode"], "criteriaerror");
}

fn ids(answer: &Value) -> Vec<i64> {
    let rows = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter().filter_map(|row| row["id"].as_i64()).collect()
}

#[test]
fn who_may_not_view_users_is_shown_nobody_but_oneself_and_teachers() {
    let mut bench = Bench::school();
    bench.ok(
        "enrol_manual_enrol_users",
        "enrolments[0][roleid]=3&enrolments[0][userid]=5&enrolments[0][courseid]=2",
    );
    let name = "core_user_get_users_by_field";
    let all = "field=id&values[0]=1&values[1]=3&values[2]=4&values[3]=5";
    let rows = bench.ok(name, all);
    assert_eq!(ids(&rows), [1, 3, 4, 5]);
    assert!(rows[1].get("preferences").is_some() && rows[0].get("preferences").is_none());
    let guest = bench.ok(name, "field=username&values[0]=guest");
    assert_eq!(guest[0]["email"], "root@localhost");
    assert_eq!(ids(&bench.ok(name, "field=idnumber&values[0]=z4")), [4]);

    bench.settings.missing_capabilities = vec!["moodle/user:viewdetails".to_owned()];
    assert_eq!(ids(&bench.ok(name, all)), [3, 5]);
    assert_eq!(bench.ok(name, "field=idnumber&values[0]=z4"), json!([]));

    bench.settings.missing_capabilities = vec!["moodle/user:viewalldetails".to_owned()];
    assert_eq!(ids(&bench.ok(name, all)), [1, 3, 4, 5]);
    assert_eq!(bench.ok(name, "field=idnumber&values[0]=z4"), json!([]));
    assert_eq!(bench.ok(name, "field=username&values[0]=guest"), json!([]));
    bench.settings.show_user_identity = vec!["idnumber".to_owned()];
    assert_eq!(ids(&bench.ok(name, "field=idnumber&values[0]=z4")), [4]);
    assert_eq!(bench.ok(name, "field=email&values[0]=one@x.example"), json!([]));
}

#[test]
fn an_address_is_a_hidden_detail_and_an_empty_department_is_shown() {
    let mut bench = Bench::school();
    let update = "users[0][id]=4&users[0][address]=Street&users[0][institution]=College\
                  &users[0][department]=IT";
    assert_eq!(bench.ok("core_user_update_users", update), json!({"warnings": []}));
    let name = "core_user_get_users_by_field";
    let both = "field=id&values[0]=4&values[1]=5";
    let rows = bench.ok(name, both);
    for (field, value) in [("address", "Street"), ("institution", "College"), ("department", "IT")]
    {
        assert_eq!(rows[0][field], value);
    }
    assert_eq!((&rows[1]["department"], rows[1].get("institution")), (&json!(""), None));
    assert_eq!(rows[1].get("address"), None);

    let lacks = |bench: &mut Bench, right: &str| {
        bench.settings.missing_capabilities = vec![right.to_owned()];
        bench.ok(name, both)[0].clone()
    };
    let row = lacks(&mut bench, "moodle/user:viewhiddendetails");
    assert_eq!((row.get("address"), &row["department"]), (None, &json!("IT")));
    let row = lacks(&mut bench, "moodle/user:viewalldetails");
    assert_eq!((row.get("institution"), row.get("department")), (None, None));
    bench.settings.show_user_identity = vec!["department".to_owned()];
    let row = lacks(&mut bench, "moodle/user:viewalldetails");
    assert_eq!((row.get("institution"), &row["department"]), (None, &json!("IT")));

    // Values that are too long for the database are refused.
    bench.settings.missing_capabilities.clear();
    for field in ["address", "institution", "department"] {
        let long = format!("users[0][id]=4&users[0][{field}]={}", "x".repeat(256));
        assert_eq!(codes(&bench.ok("core_user_update_users", &long)), ["dmlwriteexception"]);
        let tag = format!("users[0][id]=4&users[0][{field}]=<b>x");
        assert_eq!(bench.ask("core_user_update_users", &tag)["errorcode"], "invalidparameter");
    }
}

#[test]
fn a_deleted_user_is_still_found_by_id() {
    let mut bench = Bench::school();
    bench.ok("core_user_delete_users", "userids[0]=4");
    let name = "core_user_get_users_by_field";
    let rows = bench.ok(name, "field=id&values[0]=4");
    assert_eq!((&rows[0]["firstname"], &rows[0]["suspended"]), (&json!("F0"), &json!(false)));
    assert_eq!(rows[0].get("idnumber"), None);
    assert!(rows[0]["email"].as_str().is_some_and(|email| !email.contains('@')));
    for form in ["field=idnumber&values[0]=z4", "field=username&values[0]=one"] {
        assert_eq!(bench.ok(name, form), json!([]));
    }
    let update = "users[0][id]=4&users[0][city]=A&users[1][id]=99&users[1][city]=A";
    let answer = bench.ok("core_user_update_users", update);
    assert_eq!(codes(&answer), ["usernotupdateddeleted", "invaliduserid"]);
    let again = "users[0][username]=one&users[0][firstname]=A&users[0][lastname]=B\
                 &users[0][email]=one@x.example&users[0][auth]=oauth2&users[0][idnumber]=z4";
    assert_eq!(bench.ok("core_user_create_users", again)[0]["id"], 7, "name and address are free");
}

#[test]
fn an_update_of_a_user_warns_of_a_bad_address_and_keeps_the_letters_of_a_good_one() {
    let mut bench = Bench::school();
    bench.site.staff.admins.insert(6);
    let answer = bench.ok(
        "core_user_update_users",
        "users[0][id]=4&users[0][email]=bad&users[1][id]=4&users[1][email]=\
         &users[2][id]=4&users[2][email]=TWO@x.example&users[3][id]=4&users[3][email]=One@X.example\
         &users[4][id]=6&users[4][city]=A&users[5][id]=1&users[5][city]=A",
    );
    let told = [
        "useremailinvalid",
        "useremailinvalid",
        "useremailduplicate",
        "usernotupdatedadmin",
        "usernotupdatedguest",
    ];
    assert_eq!(codes(&answer), told);
    assert_eq!(bench.site.users.get(4).map(|user| user.email.as_str()), Some("One@X.example"));
    let name = "core_user_get_users_by_field";
    assert_eq!(bench.ok(name, "field=email&values[0]=one@x.example"), json!([]));
    let name = "core_user_get_users";
    let found = bench.ok(name, "criteria[0][key]=email&criteria[0][value]=one@x.example");
    assert_eq!(ids(&found["users"]), [4]);
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
    assert_eq!(answer["warnings"][0].get("item"), None);
    for (gone, code) in [
        ("members[0][cohortid]=9&members[0][userid]=4", "invalidrecord"),
        ("members[0][cohortid]=1&members[0][userid]=99", "invaliduser"),
    ] {
        let answer = bench.ask("core_cohort_delete_cohort_members", gone);
        assert_eq!(answer["errorcode"], code);
    }
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

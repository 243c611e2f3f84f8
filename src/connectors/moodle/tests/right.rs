//! What the account of the token may see, and which accounts have rights of their own.

use super::*;

const USERS: &str = "core_user_get_users_by_field";
const STAFF: &str = "core_enrol_get_enrolled_users";
const INFO: &str = "core_webservice_get_site_info";

fn own() -> Value {
    json!({"id": 3, "username": "svc", "email": "s@x.example", "preferences": []})
}

#[tokio::test]
async fn oneself_proves_nothing() {
    let full = json!({"id": 1, "username": "guest", "email": "root@localhost"});
    let names = json!({"id": 2, "firstname": "A", "email": "a@x.example"});
    let bare = json!({"id": 2, "username": "admin", "firstname": "A"});
    for (rows, key, missing) in [
        (json!([own(), full]), "idnumber", None),
        (json!([own(), full]), "email", None),
        (json!([own()]), "idnumber", Some("moodle/user:viewdetails")),
        (json!([]), "id", Some("moodle/user:viewdetails")),
        (json!([own(), names]), "idnumber", Some("moodle/user:viewalldetails")),
        (json!([own(), names]), "id", None),
        (json!([bare]), "email", Some("moodle/site:viewuseridentity")),
    ] {
        let script = Script::new([(USERS, rows.clone())]);
        let told = script.target().await.sees_accounts(key, &[]).await;
        match (told, missing) {
            (Ok(calls), None) => assert_eq!(calls, 1, "{rows}"),
            (Err(error), Some(right)) => {
                assert_eq!(
                    (error.failure, error.code),
                    (Failure::Stop, code::MOODLE_CAPABILITY_MISSING)
                );
                assert!(error.message.contains(right), "{error}");
            }
            (told, _) => panic!("{rows} {key}: {told:?}"),
        }
    }
}

#[tokio::test]
async fn a_known_account_proves_that_its_field_is_shown() {
    let names = json!([{"id": 7, "firstname": "A"}]);
    let found = json!([{"id": 7, "firstname": "A", "idnumber": "77"}]);
    let script = Script::new([(USERS, names.clone()), (USERS, found)]);
    let known = [("6", "66"), ("7", "77")];
    assert_eq!(script.target().await.sees_accounts("idnumber", &known).await, Ok(2));
    let script = Script::new([(USERS, names), (USERS, json!([]))]);
    let error = script.target().await.sees_accounts("idnumber", &known).await.unwrap_err();
    assert_eq!((error.failure, error.code), (Failure::Stop, code::MOODLE_CAPABILITY_MISSING));
    assert!(error.message.contains("none of 2 linked accounts"), "both are possible: {error}");
    assert!(error.message.contains("moodle/user:viewalldetails"), "{error}");
}

#[tokio::test]
async fn a_site_tells_by_a_refusal_which_user_names_it_takes() {
    let refused = refusal("invalidparameter");
    for (answer, any) in [(json!([]), true), (refused, false)] {
        let script = Script::new([(USERS, answer)]);
        assert_eq!(script.target().await.takes_any_names().await, Ok((any, 1)));
        let form = [("field", "username"), ("values[0]", "+")];
        assert_eq!(script.take(), [(USERS.to_owned(), pairs(&form))]);
    }
    let script = Script::new([(USERS, refusal("accessexception"))]);
    let error = script.target().await.takes_any_names().await.unwrap_err();
    assert_eq!(error.failure, Failure::Stop);
}

#[tokio::test]
async fn rights_are_told_once_for_a_site_and_a_course() {
    let profiles = "core_user_get_course_user_profiles";
    let script = Script::new([
        (INFO, json!({"userid": 3, "userissiteadmin": false})),
        (STAFF, json!([{"id": 3}, {"id": 5}])),
        (STAFF, json!([{"id": 5}])),
        (STAFF, json!([{"id": 5}, {"id": 8}])),
        (STAFF, json!([{"id": 9}])),
        (
            profiles,
            json!([{"id": 9, "enrolledcourses": [{"id": 2}]}, {"id": 18, "enrolledcourses": [{"id": 2}]}]),
        ),
    ]);
    let target = script.target().await;
    let mut known = Rights::default();
    assert_eq!(target.rights(&[], &mut known).await, Ok(4));
    let mut held: Vec<&str> = known.held.keys().map(String::as_str).collect();
    held.sort_unstable();
    assert_eq!((held, &known.unknown), (vec!["3", "5", "8"], &None));
    assert_eq!(script.called(), [INFO, STAFF, STAFF, STAFF]);
    assert_eq!(target.rights(&texts(&["5", "9", "18"]), &mut known).await, Ok(2));
    assert!(known.held.contains_key("9") && !known.held.contains_key("18"), "{known:?}");
    assert_eq!(
        (known.unknown.as_ref(), script.called()),
        (None, vec![profiles.to_owned(), STAFF.to_owned()])
    );
    assert_eq!(target.rights(&texts(&["18"]), &mut known).await, Ok(1));
    assert_eq!(script.called(), [profiles]);
    // Another run asks again.
    assert_eq!(target.rights(&[], &mut Rights::default()).await, Ok(4));
}

#[tokio::test]
async fn what_cannot_be_told_is_said() {
    let info = |admin: bool| (INFO, json!({"userid": 3, "userissiteadmin": admin}));
    for (answers, said) in [
        (vec![info(false), (STAFF, refusal("nopermissions"))], "moodle/role:review"),
        (vec![info(false), (STAFF, refusal("accessexception"))], "moodle/role:review"),
        (vec![info(false), (STAFF, json!([]))], "core_user_get_course_user_profiles"),
        (vec![info(true), (STAFF, json!([]))], "administrator"),
        (vec![(INFO, refusal("accessexception"))], "core_webservice_get_site_info"),
    ] {
        let script = Script::new(answers);
        let mut known = Rights::default();
        script.target().await.rights(&texts(&["18"]), &mut known).await.unwrap();
        assert!(known.unknown.as_ref().is_some_and(|why| why.contains(said)), "{known:?}");
    }
    let down = Script::new([info(false), (STAFF, refusal("sitemaintenance"))]);
    let error = down.target().await.rights(&[], &mut Rights::default()).await.unwrap_err();
    assert_eq!(error.failure, Failure::Unreachable);
}

#[tokio::test]
async fn one_address_is_found_in_any_letters() {
    let search = "core_user_get_users";
    let row = json!({"id": 7, "email": "Sara_1@X.example"});
    let script = Script::new([(search, json!({"users": [row], "warnings": []}))]);
    let target = script.target().await;
    let kind = TargetKind::User;
    let found = target.look_up(kind, "email", &texts(&["sara_1@x.example"])).await.unwrap();
    assert_eq!(ids(&found), ["7"]);
    let form = [("criteria[0][key]", "email"), ("criteria[0][value]", "sara\\_1@x.example")];
    assert_eq!(script.take(), [(search.to_owned(), pairs(&form))]);
    // All users with a warning: none of them was asked for.
    let all = json!({"users": [{"id": 7, "email": "a@x.example"}], "warnings": [{"item": "mail"}]});
    let target = Script::new([(search, all)]).target().await;
    assert!(target.look_up(kind, "email", &texts(&["a@x.example"])).await.is_err());
    // Without the function, an address is found only as it is spelt, and that it is not there is not known.
    let script = Script::new([(USERS, json!([{"id": 7, "email": "a@x.example"}]))]);
    let found = script.target().await.look_up(kind, "email", &texts(&["a@x.example"])).await;
    assert_eq!(ids(&found.unwrap()), ["7"]);
    assert_eq!(script.called(), [search, USERS]);
    let script = Script::new([(USERS, json!([]))]);
    let told = script.target().await.look_up(kind, "email", &texts(&["a@x.example"])).await;
    let error = told.unwrap_err();
    assert_eq!((error.failure, error.code), (Failure::Stop, code::MOODLE_FUNCTION_MISSING));
    assert!(error.message.contains(search), "{error}");
}

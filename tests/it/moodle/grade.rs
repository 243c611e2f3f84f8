//! Grades as a real site shows them.

use {
    super::{grade, graded},
    crate::harness::{
        db::kinds,
        school::{School, calls, told},
    },
    serde_json::{Value, json},
    std::collections::BTreeSet,
};

const REPORT: &str = "gradereport_user_get_grade_items";

/// The report of a whole course leaves out those whose enrolment is suspended, has ended or has not begun.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grades_of_ended_and_suspended_enrolments_are_read() {
    for kind in kinds() {
        let school = School::new(kind, 40).await;
        graded(&school).await;
        let enrollments = school.records("enrollments").await;
        let mut pairs = BTreeSet::new();
        for own in &enrollments {
            grade(&school, own, json!({})).await;
            pairs.insert(
                [&own["Classes"]["id"], &own["Enrolled_Students"]["id"]].map(Value::to_string),
            );
        }
        for (number, own) in school.moodle("enrolments").await.iter().enumerate() {
            let (course, user) = (own["course"].to_string(), own["user"].to_string());
            let how = match number % 4 {
                0 => ("enrolments[0][suspend]", "1"),
                1 => ("enrolments[0][timeend]", "1000000000"),
                2 => ("enrolments[0][timestart]", "4000000000"),
                _ => continue,
            };
            let form = [
                ("enrolments[0][roleid]", "5"),
                ("enrolments[0][userid]", &user),
                ("enrolments[0][courseid]", &course),
                how,
            ];
            school.call("enrol_manual_enrol_users", &form).await;
        }
        let run = school.full("grades").await;
        let (status, [new, _, _, failed, ..]) = told(&run);
        assert_eq!((status, failed), ("completed", 0), "{run}");
        assert_eq!(new, i64::try_from(pairs.len()).unwrap(), "{run}");
        assert_eq!(school.records("grades").await.len(), pairs.len());

        // A site that shows them all is asked once a course.
        school.options(json!({"grades_of_ended": true})).await;
        school.forget().await;
        let run = school.full("grades").await;
        assert_eq!((told(&run).1[0], told(&run).1[1]), (0, new), "{run}");
        let ledger = school.ledger().await;
        let courses = calls(&ledger, "moodle", "core_enrol_get_enrolled_users");
        assert_eq!(calls(&ledger, "moodle", REPORT), courses);
        school.stop().await;
    }
}

/// What was graded at night is of the day at the school, and points of a hundred are not a distinction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grades_are_of_the_day_at_the_school_and_points_of_the_greatest_grade() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        graded(&school).await;
        let zone = json!({"time_zone": "Asia/Amman"});
        assert_eq!(school.client.put("/v1/extension/settings", &zone).await.status, 200);
        let enrollments = school.records("enrollments").await;
        // 22:30 in UTC is 01:30 of the next day in Amman.
        let night = 1_790_807_400;
        for (own, raw) in enrollments.iter().zip([30.0, 75.0]) {
            grade(&school, own, json!({"raw": raw, "max": 100.0, "graded": night})).await;
        }
        let run = school.full("grades").await;
        assert_eq!(told(&run).0, "completed", "{run}");
        let rows = school.records("grades").await;
        let mut letters: Vec<&str> =
            rows.iter().map(|row| row["Grade"].as_str().unwrap()).collect();
        letters.sort_unstable();
        assert_eq!(letters, ["M", "R"]);
        for row in rows {
            assert_eq!(row["Attempt_Date"], "2026-10-01", "{row}");
        }
        school.stop().await;
    }
}

/// Points are brought to four by the greatest grade of each item, which is told where the items differ.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn greatest_grades_that_differ_are_told() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        graded(&school).await;
        let enrollments = school.records("enrollments").await;
        let told_of = async || {
            let run = school.full("grades").await;
            assert_eq!(told(&run).0, "completed", "{run}");
            let findings = school.detail(&run).await.findings;
            let mut words: Vec<(String, String, i64)> =
                findings.into_iter().map(|one| (one.code, one.word, one.records)).collect();
            words.sort();
            words
        };
        for own in &enrollments[..2] {
            grade(&school, own, json!({"raw": 3.0, "max": 100.0})).await;
        }
        assert_eq!(told_of().await, []);
        grade(&school, &enrollments[2], json!({"item": "Quiz", "max": 4.0})).await;
        let code = "GRADE_MAX_DIFFERS".to_owned();
        assert_eq!(told_of().await, [(code.clone(), "100".into(), 2), (code, "4".into(), 1)]);
        school.layout("grades", json!({"grade_scale": "percent"})).await;
        assert_eq!(told_of().await, []);
        school.stop().await;
    }
}

/// A read without a grade, after one with some, speaks of Moodle, which grades come from.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_without_grades_speaks_of_moodle() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        graded(&school).await;
        let own = &school.records("enrollments").await[0];
        grade(&school, own, json!({})).await;
        assert_eq!(told(&school.full("grades").await).1[0], 1);
        // A user who leaves a course loses the grades in it.
        for enrolment in school.moodle("enrolments").await {
            let (course, user) = (enrolment["course"].to_string(), enrolment["user"].to_string());
            let form = [("enrolments[0][userid]", &*user), ("enrolments[0][courseid]", &*course)];
            school.call("enrol_manual_unenrol_users", &form).await;
        }
        let run = school.full("grades").await;
        assert_eq!(told(&run), ("partial", [0; 6]), "{run}");
        let run = school.detail(&run).await;
        assert_eq!(run.error_code(), "GRADES_EMPTY_UNEXPECTED");
        let text = run.error_summary();
        assert!(text.contains("Moodle") && !text.contains("Zoho"), "{text}");
        school.stop().await;
    }
}

//! Compares a dry run of a larger school with the real run after it.

use {
    super::{
        Form, Report,
        harness::{
            db::Kind,
            foresight::{Foresight, compare},
            school::School,
        },
    },
    serde_json::json,
    sigma_sync_sandbox::Options,
};

pub(crate) async fn run(kind: Kind, form: Form) -> Report {
    let students = form.pick(300, 1_500);
    let options = Options { students, broken_every: 40, ..Options::default() };
    let school = School::with(kind, options, &[]).await;
    let mut report = Report::default();
    for what in ["a first sync", "a day of changes"] {
        let Foresight { records, wrong, planned, made, written, .. } = compare(&school).await;
        report.exactly(&format!("{what}: writes of the dry run"), written, 0);
        let share = 100.0 * (records - wrong.len()) as f64 / records as f64;
        report.note(
            &format!("{what}: outcomes that came true, of {records}"),
            format!("{share:.3} %"),
            ">= 99.9 %",
            share >= 99.9,
        );
        let off = 100.0 * (planned - made).abs() as f64 / made.max(1) as f64;
        report.note(
            &format!("{what}: calls to Moodle, {planned} foreseen, {made} made"),
            format!("{off:.1} % off"),
            "<= 5 %",
            off <= 5.0,
        );
        for number in 0..students / 5 {
            school
                .change("students", number * 3, json!({"Phone_Number": format!("+999 {number}")}))
                .await;
        }
        for number in 0..20 {
            let day = json!({"End_Date": "2027-12-31"});
            school.change("enrollments", number * 7, day).await;
            school
                .change("registrations", number * 11, json!({"Registration_Status": "Active"}))
                .await;
        }
    }
    school.stop().await;
    report
}

//! Links whose objects are not in Moodle any more: looked at on request, noticed by whole runs, and forgotten one by one.

mod again;
mod cleared;
mod ended;
mod exchange;
mod forget;
mod grade;
mod grade_owner;
mod lost;
mod verify;
mod year;

use crate::harness::{
    db::Kind,
    school::{School, told},
};

/// Everything that a school syncs, parents first.
const ALL: [&str; 6] =
    ["programs", "students", "classes", "registrations", "enrollments", "payments"];

/// A school whose modules are synced.
async fn synced(kind: Kind, students: u32, modules: &[&str]) -> School {
    let school = School::new(kind, students).await;
    for module in modules {
        let run = school.full(module).await;
        assert_eq!(run["status"], "completed", "{module}: {run}");
    }
    school.forget().await;
    school
}

/// Runs modules whole and checks that nothing is left to be done.
async fn settled(school: &School, modules: &[&str]) {
    school.idle().await;
    school.forget().await;
    for module in modules {
        let run = school.full(module).await;
        let (status, [new, _, updated, failed, _, _]) = told(&run);
        assert_eq!((status, new, updated, failed), ("completed", 0, 0, 0), "{module}: {run}");
    }
    assert_eq!(school.writes("moodle").await, 0, "{}", school.ledger().await);
}

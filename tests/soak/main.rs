//! The soak: what the engine promises while processes die, stall and lose their database, on each database that is
//! there. A short form runs with all other tests; `make soak` runs the long one. Every figure is printed beside what is
//! required, and one that is not held fails the whole.
//!
//! `cargo test --test soak -- kill` runs the parts whose names hold a word.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop where it stands"
)]

#[expect(dead_code, reason = "what the suites of the other test binary use")]
#[path = "../it/harness/mod.rs"]
mod harness;

mod fleet;
mod foresight;
mod kill;
mod neighbour;
mod outage;
mod retry;
mod stall;

use {
    harness::db::{Kind, kinds},
    std::{
        fmt::Display,
        panic::{AssertUnwindSafe, catch_unwind},
        process::ExitCode,
        time::{Duration, Instant},
    },
};

/// The size of the soak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// With all other tests.
    Short,
    /// By `make soak`.
    Long,
}

impl Form {
    /// Picks a number by the form.
    pub(crate) fn pick<T>(self, short: T, long: T) -> T {
        match self {
            Self::Short => short,
            Self::Long => long,
        }
    }
}

/// The figures of a part.
#[derive(Debug, Default)]
pub(crate) struct Report {
    lines: Vec<(bool, String)>,
}

impl Report {
    /// Notes a figure, its requirement, and whether it is met.
    pub(crate) fn note(
        &mut self,
        what: &str,
        found: impl Display,
        required: impl Display,
        holds: bool,
    ) {
        self.lines.push((holds, format!("{what:<58} {found:>16}   required {required}")));
    }

    /// Notes a number that must be exactly this one.
    pub(crate) fn exactly<T: Display + PartialEq>(&mut self, what: &str, found: T, required: T) {
        let holds = found == required;
        self.note(what, found, required, holds);
    }

    /// Notes a duration that must not be longer.
    pub(crate) fn within(&mut self, what: &str, found: Duration, most: Duration) {
        let (told, limit) =
            (format!("{:.2} s", found.as_secs_f64()), format!("<= {:.2} s", most.as_secs_f64()));
        self.note(what, told, limit, found <= most);
    }
}

/// Returns a number below `most`, another one each time.
pub(crate) fn random(most: u64) -> u64 {
    u64::from(getrandom::u32().expect("random")) % most.max(1)
}

const PARTS: [&str; 6] = ["kill", "stall", "outage", "retry", "neighbour", "foresight"];

async fn part(name: &str, kind: Kind, form: Form) -> Report {
    match name {
        "kill" => kill::run(kind, form).await,
        "stall" => stall::run(kind, form).await,
        "outage" => outage::run(kind, form).await,
        "retry" => retry::run(kind, form).await,
        "neighbour" => neighbour::run(kind, form).await,
        _ => foresight::run(kind, form).await,
    }
}

#[expect(clippy::disallowed_methods, reason = "how the run says which form is wanted")]
fn form() -> Form {
    match std::env::var("TEST_SOAK").as_deref() {
        Ok("long") => Form::Long,
        _ => Form::Short,
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // Tools that collect tests ask for this; there are no tests of that kind here.
    if words.iter().any(|word| word == "--list") {
        return ExitCode::SUCCESS;
    }
    let words: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(*word));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let form = form();
    let begun = Instant::now();
    let mut broken = 0;
    for name in PARTS.into_iter().filter(|name| wanted(name)) {
        for kind in kinds() {
            let since = Instant::now();
            println!("\n{name}, {kind:?}");
            // A part that breaks off does not keep the others from running.
            let work = AssertUnwindSafe(|| runtime.block_on(part(name, kind, form)));
            match catch_unwind(work) {
                Ok(report) => {
                    for (holds, line) in &report.lines {
                        println!("  {} {line}", if *holds { "ok  " } else { "FAIL" });
                        broken += usize::from(!holds);
                    }
                }
                Err(_) => {
                    println!("  FAIL broke off");
                    broken += 1;
                }
            }
            println!("       {:.0} s", since.elapsed().as_secs_f64());
        }
    }
    println!(
        "\n{form:?} soak in {:.0} s: {broken} figures not held",
        begun.elapsed().as_secs_f64()
    );
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

//! The attack: what a client without a credential, a tenant with one, and a tenant's own Moodle or Zoho can do to a server
//! on this machine, and what another tenant feels of it meanwhile. `cargo test --test attack` runs a short form, `make attack`
//! the long one; neither is part of `make test`, since both take the whole machine for minutes. For each attack the
//! server's memory before, at its highest and afterwards is printed, and how a good client fared. No time fails it: an
//! error of the good client, a probe that is not answered, or too much memory does.
//!
//! `cargo test --test attack -- health` runs the attacks whose names hold a word. All of it stays on loopback, and each
//! attack is bounded in number and time.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop where it stands"
)]

#[expect(dead_code, reason = "what the suites of the other test binary use")]
#[path = "../it/harness/mod.rs"]
mod harness;

mod fair;
mod field;
mod flood;
mod heavy;
mod lean;
mod stall;
mod upstream;

use {
    field::Field,
    futures_util::{FutureExt as _, future::BoxFuture},
    std::{
        panic::{AssertUnwindSafe, catch_unwind},
        process::ExitCode,
        time::Instant,
    },
};

/// The size of the attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// With all other tests.
    Short,
    /// By `make attack`.
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

/// The result of an attack, in words.
pub(crate) type Told<'a> = BoxFuture<'a, String>;

/// An attack.
struct Attack {
    name: &'static str,
    /// Greatest growth of the server, in MiB.
    most: u64,
    /// Only in the long form.
    long: bool,
    /// The limits of the server.
    limits: &'static [(&'static str, u32)],
    run: for<'a> fn(&'a Field, Form) -> Told<'a>,
}

const fn attack(
    name: &'static str,
    most: u64,
    run: for<'a> fn(&'a Field, Form) -> Told<'a>,
) -> Attack {
    Attack { name, most, long: false, limits: &[], run }
}

const fn long(
    name: &'static str,
    most: u64,
    run: for<'a> fn(&'a Field, Form) -> Told<'a>,
) -> Attack {
    Attack { name, most, long: true, limits: &[], run }
}

impl Attack {
    const fn with(self, limits: &'static [(&'static str, u32)]) -> Self {
        Self { limits, ..self }
    }
}

/// The default limits of requests, and those of waiting alone.
const USUAL: &[(&str, u32)] =
    &[("key_requests_per_s", 50), ("tenant_requests_per_s", 200), ("overload_wait_ms", 100)];
const TURNS: &[(&str, u32)] = &[("overload_wait_ms", 100)];

/// Memory for unverified requests and for decoding, in MiB.
const STRANGERS: u64 = 128;
const DECODED: u64 = 256;

const ATTACKS: [Attack; 27] = [
    attack("a tenant at 20 times, with the usual limits", STRANGERS, |f, form| {
        fair::greedy(f, form).boxed()
    })
    .with(USUAL),
    attack("a tenant at 20 times, by turns alone", STRANGERS, |f, form| {
        fair::greedy(f, form).boxed()
    })
    .with(TURNS),
    attack("three times as much as the server can do", STRANGERS, |f, form| {
        fair::overload(f, form).boxed()
    })
    .with(TURNS),
    attack("health without a message, HTTP/2", STRANGERS, |f, form| stall::health(f, form).boxed()),
    attack("health with one of five bytes, gRPC-Web", STRANGERS, |f, form| {
        stall::health_web(f, form).boxed()
    }),
    attack("health watches and reflection streams", STRANGERS, |f, form| {
        stall::streams(f, form).boxed()
    }),
    attack("known key without a body, HTTP/2", STRANGERS, |f, form| {
        stall::known_key(f, form).boxed()
    }),
    attack("known key, 17 KiB of 256 KiB", STRANGERS, |f, form| stall::part(f, form).boxed()),
    attack("known key, all but the last byte", STRANGERS, |f, form| stall::almost(f, form).boxed()),
    attack("known key, gRPC-Web that does not end", STRANGERS, |f, form| {
        stall::web(f, form).boxed()
    }),
    attack("silent connections", STRANGERS, |f, form| flood::silent(f, form).boxed()),
    attack("pages that nobody reads", STRANGERS, |f, form| flood::unread(f, form).boxed()),
    long("unknown keys", STRANGERS, |f, form| flood::unknown_keys(f, form).boxed()),
    long("unknown paths, preflights and odd verbs", STRANGERS, |f, form| {
        flood::odd(f, form).boxed()
    }),
    attack("340,000 empty rows, draft", DECODED, |f, form| heavy::empty_rows(f, form).boxed()),
    attack("340,000 empty rows, new set", DECODED, |f, form| heavy::empty_set(f, form).boxed()),
    attack("500,000 digits in an unknown member", DECODED, |f, form| {
        heavy::unknown_member(f, form).boxed()
    }),
    attack("digits where a flag is wanted", DECODED, |f, form| heavy::wrong_type(f, form).boxed()),
    attack("a fault for each of 1,000 ids, and a pad", DECODED, |f, form| {
        heavy::padded(f, form).boxed()
    }),
    attack("free JSON to the limit", DECODED, |f, form| heavy::free_json(f, form).boxed()),
    attack("YAML: a billion laughs", DECODED, |f, form| heavy::laughs(f, form).boxed()),
    attack("YAML: one long text, a thousand times", DECODED, |f, form| {
        heavy::long_alias(f, form).boxed()
    }),
    attack("YAML: small objects to the limit", DECODED, |f, form| {
        heavy::yaml_objects(f, form).boxed()
    }),
    attack("gRPC: a million empty messages", DECODED, |f, form| {
        heavy::empty_messages(f, form).boxed()
    }),
    long("gRPC: 4 MiB of text", DECODED, |f, form| heavy::long_text(f, form).boxed()),
    attack("Moodle answers 60 MiB of digits", DECODED, |f, form| upstream::moodle(f, form).boxed()),
    attack("Zoho answers 30 MiB of many kinds", DECODED, |f, form| upstream::zoho(f, form).boxed()),
];

#[expect(clippy::disallowed_methods, reason = "how the run says which form is wanted")]
fn form() -> Form {
    match std::env::var("TEST_ATTACK").as_deref() {
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
    let form = form();
    let wanted = |attack: &&Attack| {
        let named = words.iter().any(|word| attack.name.contains(*word));
        if words.is_empty() { form == Form::Long || !attack.long } else { named }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let begun = Instant::now();
    let mut broken = 0;
    for attack in ATTACKS.iter().filter(wanted) {
        println!("\n{}", attack.name);
        // An attack that breaks off does not keep the others from running.
        let work = AssertUnwindSafe(|| {
            runtime.block_on(field::measure((attack.most, attack.limits), form, attack.run))
        });
        match catch_unwind(work) {
            Ok(holds) => broken += usize::from(!holds),
            Err(_) => {
                println!("  FAIL broke off");
                broken += 1;
            }
        }
    }
    println!("\n{form:?} attack in {:.0} s: {broken} not withstood", begun.elapsed().as_secs_f64());
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

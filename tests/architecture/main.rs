//! Holds the import table of ARCHITECTURE.md as data and checks the source against it: which folder may use which,
//! which outside crates stay where, a pure domain, an engine that knows no product and whose steps know no kind of
//! object, folders without a circle inside, one door to a tenant's rows (`store.rs`), files of readable size,
//! including tests, a row for every stable word, and a book whose links and citations are valid (`docs.rs`). It reads
//! text with the standard library alone, so `make arch` runs it before anything else compiles.

mod code;
mod docs;
mod inside;
mod language;
mod source;
mod store;

use {
    source::{Kind, Named, Token, module_of, paths, resolve, tokens},
    std::{
        collections::BTreeMap,
        env, fs, io,
        path::{Path, PathBuf},
    },
};

/// Each folder or file directly under `src/` and what it may use of the others. Changing an arrow means changing this
/// table and the one of ARCHITECTURE.md in the same commit. `lib.rs` lists the modules and is exempt.
const TABLE: &[(&str, &str)] = &[
    ("domain", ""),
    ("config", ""),
    ("telemetry", ""),
    ("budget", ""),
    ("proto", ""),
    ("error", "domain"),
    ("ports", "domain error"),
    ("crypto", "domain error"),
    ("store", "domain error telemetry budget"),
    ("connectors", "domain error ports telemetry budget"),
    ("adapters", "domain error ports store telemetry"),
    ("sync", "domain error ports store telemetry"),
    ("control", "domain error ports crypto store connectors sync telemetry budget"),
    ("jobs", "domain error ports store connectors sync control telemetry"),
    ("api", "domain error proto control telemetry"),
    ("gateway", "domain error proto control telemetry"),
    (
        "server",
        "domain error config telemetry budget proto crypto ports adapters control api gateway",
    ),
    (
        "boot",
        "domain config telemetry budget proto error ports crypto store connectors adapters sync control \
         jobs api gateway server",
    ),
    ("cli", "domain error config telemetry proto crypto control boot"),
    ("main", "cli"),
];

/// The wire formats and their frameworks.
const WIRE: &str = "proto api gateway server boot cli";
/// HTTP is spoken at the edge and by the connectors.
const HTTP: &str = "proto api gateway server boot cli connectors";
/// Everything except the rules and the plain values, which never wait.
const ASYNC: &str = "ports store connectors adapters sync control jobs api gateway server boot cli \
                     telemetry budget main";

/// Outside crates that stay in some folders, and why: crates, folders, reason.
const KEPT: &[(&str, &str, &str)] = &[
    (
        "sea_orm sea_query sea_query_sqlx sqlx sigma_sync_migrations",
        "store",
        "only the store touches the database",
    ),
    ("reqwest", "connectors", "only the connectors call out"),
    ("csv", "connectors", "only the connectors unpack what they fetch"),
    ("zip", "connectors boot", "besides them only the zip of the widget is made"),
    ("tempfile", "connectors sync", "only bulk reads and the plans of runs are kept in files"),
    ("tonic tonic_prost tonic_web tonic_health tonic_reflection", WIRE, "gRPC belongs to the edge"),
    ("prost prost_types prost_reflect", WIRE, "messages belong to the edge"),
    ("axum", "api gateway server boot", "routers belong to the edge"),
    ("http http_body http_body_util hyper hyper_util tower tower_http", HTTP, "no HTTP here"),
    ("tokio tokio_util tokio_stream futures futures_util async_trait", ASYNC, "no async here"),
    ("clap indicatif", "cli", "only the command line talks to a terminal"),
    ("sigma_sync_sandbox", "cli", "the emulated systems are for the demo and the tests"),
    ("rustix", "boot", "only the start sets limits of the process"),
    ("anyhow", "boot cli", "errors without a type are for start-up and the command line"),
];

/// Outside crates the domain may use (cel and proptest come with tests only).
const DOMAIN_CRATES: &str = "std core alloc serde serde_json chrono chrono_tz croner uuid thiserror url regex \
                             regex_syntax unicode_normalization unicode_segmentation cel serde_saphyr \
                             roxmltree proptest";
/// Paths and words that make a rule impure.
const IMPURE: &str = "std::fs std::net::TcpStream std::net::TcpListener std::net::UdpSocket \
                      std::net::ToSocketAddrs std::env std::io std::thread std::process std::os \
                      thread::spawn thread::sleep SystemTime::now Instant::now Utc::now \
                      Local::now Uuid::new_v4 Uuid::now_v7 async await println eprintln print \
                      eprint dbg";
/// Names that the engine must not use, except in `sync/kinds/`.
const PRODUCTS: [&str; 2] = ["zoho", "moodle"];
/// A field in the domain's own language: the id that a record has in the source.
const DOMAIN_WORD: &str = "zoho_id";
/// The one folder of the engine that knows the products.
const KINDS: &str = "src/sync/kinds/";
/// Types that the steps of the engine must not name: a kind is asked, not compared.
const KIND_NAMES: [&str; 2] = ["TargetKind", "ModuleName"];
/// Other folders with Rust: only their size and their opening line are checked.
const BESIDE: [&str; 4] = ["benches", "migrations", "sandbox", "tests"];
/// A file with more lines than this must be split.
const MAX_LINES: usize = 600;

/// A breach: its line, and in words what was found and what is allowed.
type Breach = (usize, String);

/// Returns whether a list of words has this one.
fn lists(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|other| other == word)
}

fn contains(path: &[&str], pattern: &str) -> bool {
    let pattern: Vec<_> = pattern.split("::").collect();
    path.windows(pattern.len()).any(|window| window == pattern)
}

/// Checks one file and returns its breaches.
fn check(file: &str, source: &str) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut tell = |line: usize, found: String, allowed: String| {
        breaches.push((line, format!("{file}:{line}: found {found}; {allowed}")));
    };
    if !source.starts_with("//!") {
        tell(1, "no `//!` at the top".into(), "every file opens with what it is for".into());
    }
    let lines = source.lines().count();
    if lines > MAX_LINES {
        tell(lines, format!("{lines} lines"), format!("at most {MAX_LINES}: look for a seam"));
    }
    if !file.starts_with("src/") {
        return breaches;
    }
    let tokens = tokens(source);
    if let Some(&floor) = module_of(file).first() {
        match TABLE.iter().find(|(name, _)| *name == floor) {
            Some((_, may)) => check_paths(file, floor, may, &tokens, &mut tell),
            None => tell(1, format!("src/{floor}"), "it has no row in TABLE".into()),
        }
        if floor == "sync" {
            check_joined(source, &mut tell);
        }
        if floor == "sync" && !file.starts_with(KINDS) {
            check_products(&tokens, &mut tell);
            check_kinds(&tokens, &mut tell);
        }
    }
    breaches
}

fn check_paths(
    file: &str,
    floor: &str,
    may: &str,
    tokens: &[Token<'_>],
    tell: &mut impl FnMut(usize, String, String),
) {
    let (module, paths) = (module_of(file), paths(tokens));
    let names: Names<'_> = paths.iter().filter_map(|named| Some((named.bound?, named))).collect();
    for named in &paths {
        let shown = named.segments.join("::");
        let is_path = named.bound.is_some() || named.segments.len() > 1;
        if let Some(whole) = resolve(&module, named) {
            let target = whole.first().copied().unwrap_or("");
            if is_path && target != floor && !lists(may, target) {
                let list = if may.is_empty() { "nothing of ours" } else { may };
                tell(named.line, shown, format!("{floor} may use {list}"));
            }
            continue;
        }
        let root = named.segments[0];
        for (crates, floors, why) in KEPT {
            // A floor's own tests may start a far side to talk to.
            let far_side = root == "axum" && file.ends_with("/tests.rs");
            let kept_out = lists(crates, root) && !lists(floors, floor) && !far_side;
            if kept_out && is_path && !names_ours(&names, named) {
                tell(named.line, shown.clone(), format!("{why}: {root} stays in {floors}"));
            }
        }
        if let ("domain", Some(allowed)) = (floor, impurity(named, &names, tokens, is_path)) {
            tell(named.line, shown, allowed);
        }
    }
}

fn check_products(tokens: &[Token<'_>], tell: &mut impl FnMut(usize, String, String)) {
    for token in tokens.iter().filter(|token| token.kind != Kind::Mark) {
        let text = token.text.to_lowercase().replace(DOMAIN_WORD, "");
        if PRODUCTS.iter().any(|product| text.contains(product)) {
            let allowed = format!("only {KINDS} knows a product by name");
            tell(token.line, format!("`{}`", token.text), allowed);
        }
    }
}

/// An id with parts is a value: its text is read and written in `domain/id/`.
fn check_joined(source: &str, tell: &mut impl FnMut(usize, String, String)) {
    for (line, text) in (1..).zip(source.lines()) {
        let code = text.split("//").next().unwrap_or("");
        if code.contains("':'") || code.contains("}:{") {
            tell(line, "an id that is cut or joined".into(), "domain/id/ does that".into());
        }
    }
}

/// The steps of the engine name no kind of object and no module: special behaviour belongs to the kind.
fn check_kinds(tokens: &[Token<'_>], tell: &mut impl FnMut(usize, String, String)) {
    for pair in tokens.windows(2) {
        let is_kind = KIND_NAMES.iter().any(|name| pair[0].is_word(name));
        if is_kind && (pair[1].is("::") || pair[1].is_word("as")) {
            let allowed = format!("only {KINDS} names a kind or a module");
            tell(pair[0].line, format!("`{}`", pair[0].text), allowed);
        }
    }
}

/// The path of each name that a `use` brings into a file.
type Names<'a> = BTreeMap<&'a str, &'a Named<'a>>;

/// Returns whether the first word of a path is a name that a `use` took from this crate.
fn names_ours(names: &Names<'_>, named: &Named<'_>) -> bool {
    let first = names.get(named.segments[0]).map(|origin| origin.segments[0]);
    named.bound.is_none() && matches!(first, Some("crate" | "self" | "super"))
}

/// Returns what the domain may use instead, if the path or word is not pure.
fn impurity(
    named: &Named<'_>,
    names: &Names<'_>,
    tokens: &[Token<'_>],
    is_path: bool,
) -> Option<String> {
    let root = named.segments[0];
    let origin = names.get(root).filter(|_| named.bound.is_none());
    let mut whole = named.segments.clone();
    if let Some(origin) = origin {
        whole.splice(..1, origin.segments.iter().copied());
    }
    if let Some(word) = IMPURE.split_whitespace().find(|word| contains(&whole, word)) {
        return Some(format!("{word} is not pure: no I/O, nothing async, the time is a value"));
    }
    let number = root.strip_prefix(['u', 'i', 'f']);
    let primitive = lists("str char bool", root)
        || number.is_some_and(|rest| rest == "size" || rest.parse::<u8>().is_ok());
    let declared = |pair: &[Token<'_>]| pair[0].is_word("mod") && pair[1].is_word(root);
    let known = primitive
        || origin.is_some()
        || lists(DOMAIN_CRATES, root)
        || root.starts_with(char::is_uppercase)
        || tokens.windows(2).any(declared);
    (is_path && !known).then(|| format!("the domain may use {DOMAIN_CRATES}"))
}

/// Returns a circle in the table that leads from a folder back to itself, if there is one.
fn circle(table: &[(&str, &str)]) -> Option<String> {
    fn walk<'a>(
        table: &[(&'a str, &'a str)],
        at: &'a str,
        way: &mut Vec<&'a str>,
    ) -> Option<String> {
        let seen = way.contains(&at);
        way.push(at);
        if seen {
            return Some(way.join(" -> "));
        }
        let (_, may) = table.iter().find(|(name, _)| *name == at)?;
        let found = may.split_whitespace().find_map(|next| walk(table, next, way));
        way.pop();
        found
    }
    table.iter().find_map(|(name, _)| walk(table, name, &mut Vec::new()))
}

/// Returns the folder of the repository.
fn root() -> io::Result<PathBuf> {
    let home = option_env!("CARGO_MANIFEST_DIR").map(PathBuf::from);
    home.map_or_else(env::current_dir, Ok)
}

/// Returns the sources in some folders, in order, by their paths from the root.
fn sources(folders: &[&str]) -> io::Result<Vec<(String, String)>> {
    let root = root()?;
    let mut files = Vec::new();
    for folder in folders {
        let before = files.len();
        rust_files(&root.join(folder), &mut files)?;
        assert!(files.len() > before, "no source found under {}", root.join(folder).display());
    }
    files.sort();
    let read = |path: PathBuf| {
        let file = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        Ok((file, fs::read_to_string(&path)?))
    };
    files.into_iter().map(read).collect()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

#[test]
fn the_table_has_no_circle_and_names_only_its_own_rows() {
    assert_eq!(circle(TABLE), None);
    for (name, may) in TABLE {
        for other in may.split_whitespace() {
            assert!(
                TABLE.iter().any(|(row, _)| *row == other),
                "{name} may use {other}, which has no row"
            );
        }
    }
}

#[test]
fn every_file_keeps_to_the_table_and_to_its_size() -> io::Result<()> {
    let all = sources(&[BESIDE.as_slice(), &["src"]].concat())?;
    let breaches: Vec<String> =
        all.iter().flat_map(|(file, source)| check(file, source)).map(|(_, told)| told).collect();
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
    Ok(())
}

/// The lines of the breaches in a source text, except a missing opening line.
fn lines_of(file: &str, source: &str) -> Vec<usize> {
    check(file, &format!("//! x\n{source}")).iter().map(|(line, _)| line - 1).collect()
}

#[test]
fn a_circle_is_found() {
    assert_eq!(circle(&[("a", "b"), ("b", "c"), ("c", "b")]).as_deref(), Some("a -> b -> c -> b"));
}

/// Cases, one per line: the file under `src/` and its text.
fn cases(table: &str) -> impl Iterator<Item = (String, &str)> {
    let parts = table.lines().filter_map(|line| line.trim().split_once(" | "));
    parts.map(|(file, source)| (format!("src/{file}"), source))
}

#[test]
fn forbidden_imports_are_found() {
    let table = r#"
        store/run.rs | use crate::sync::Engine;
        store/run.rs | use {std::fmt, crate::{domain::id, sync::Engine}};
        store/run.rs | fn f() { crate::control::run::start(); }
        store/run.rs | use super::super::sync;
        store/run.rs | mod tests { use super::super::super::sync; }
        store/mod.rs | use super::{sync as x};
        store/mod.rs | fn f() -> super::sync::Engine {}
        store/run.rs | use crate::*;
        store/run.rs | use crate as ours;
        config/mask.rs | #[cfg(test)] mod tests { use crate::domain::id; }
        sync/run.rs | use sigma_sync_sandbox::Sandbox;
        main.rs | fn main() { sigma_sync::boot::run(); }
        error.rs | use http::StatusCode;
        error.rs | fn f(x: ::tonic::Status) {}
        control/run.rs | use crate::proto::pb;
        control/run.rs | fn f() { axum::serve(); }
        api/run.rs | use sea_orm::EntityTrait;
        connectors/http.rs | use sea_orm;
        sync/write.rs | use reqwest::Client;
        helper/run.rs | use std::fmt;
    "#;
    assert_eq!(cases(table).count(), 20);
    for (file, source) in cases(table) {
        assert_eq!(
            lines_of(&file, source).len(),
            1,
            "{file}: {source}: {:?}",
            check(&file, source)
        );
    }
}

#[test]
fn allowed_imports_pass() {
    let table = r##"
        lib.rs | pub mod boot; pub use crate::boot::run;
        store/run.rs | use {super::Store, crate::{domain::id::{self, RunId}, error}, sea_orm::Value};
        store/run.rs | pub(super) fn f() {} pub(crate) fn g() {} pub(in crate::store) fn h() {}
        store/mod.rs | pub(super) fn f() {} mod tests { use super::*; use super::run::Row; }
        store/run.rs | /* crate::sync /* crate::api */ */ const A: &str = "\"crate::sync"; // crate::api
        store/run.rs | const A: &str = r#"crate::sync"#; fn f<'a>() { '"'; '\''; '\\'; "crate::api"; }
        main.rs | fn main() { sigma_sync::cli::main() }
        connectors/zoho/client.rs | use super::super::http; fn f() { http::get(); self::x(); }
        control/run.rs | use super::http; fn f(tonic: u8) { http::get(tonic); }
    "##;
    assert_eq!(cases(table).count(), 9);
    for (file, source) in cases(table) {
        assert_eq!(lines_of(&file, source), [0; 0], "{file}: {source}");
    }
}

#[test]
fn the_domain_stays_pure() {
    let table = r#"
        domain/run.rs | use std::{fmt, fs};
        domain/run.rs | use std::net::TcpStream;
        domain/run.rs | async fn f() {}
        domain/run.rs | use chrono::Utc; fn f() { Utc::now(); }
        domain/run.rs | use std::time::Instant as I; fn f() { I::now(); }
        domain/run.rs | fn f() { std::env::var("A"); }
        domain/run.rs | use tokio::time;
        domain/run.rs | fn f() { rand::random(); }
        domain/run.rs | use async_trait::async_trait;
        domain/run.rs | use anything_new::Thing;
    "#;
    assert_eq!(cases(table).count(), 10);
    for (file, source) in cases(table) {
        assert!(!lines_of(&file, source).is_empty(), "{source}");
    }
    let pure = "use {Kind::*, chrono::{DateTime, Utc}, std::{fmt, time::Duration}};
        mod id; pub use id::RunId; enum Kind {}
        fn f(now: DateTime<Utc>) -> fmt::Result { u32::from(1_u8); str::len(\"\"); Self::g(); }";
    assert_eq!(lines_of("src/domain/run.rs", pure), [0; 0]);
}

#[test]
fn the_engine_knows_no_product() {
    assert_eq!(
        lines_of("src/sync/write.rs", "\n\nlet a = \"MOODLE_X\";\nlet zohoClient = 1;"),
        [3, 4]
    );
    assert_eq!(lines_of("src/sync/write.rs", "// Moodle\nlet a = (zoho_id, \"zoho_id\");"), [0; 0]);
    assert_eq!(lines_of("src/sync/kinds/user.rs", "let a = \"MOODLE_X\";"), [0; 0]);
}

#[test]
fn the_main_road_of_the_engine_names_no_kind() {
    let text = "use {X, TargetKind, ModuleName as M};\nfn f(kind: TargetKind) {\nkind == TargetKind::User;\n\
                matches!(name, crate::domain::ModuleName::Students)\n}";
    assert_eq!(lines_of("src/sync/find.rs", text), [1, 3, 4]);
    assert_eq!(lines_of("src/sync/kinds/user/mod.rs", text), [0; 0]);
    assert_eq!(lines_of("src/jobs/worker.rs", text), [0; 0]);
}

#[test]
fn the_engine_cuts_no_id() {
    let text = "// COURSE:USER, {a}:{b}\nid.split(':');\nformat!(\"{course}:{user}\");\nformat!(\"{a}: {b}\");";
    assert_eq!(lines_of("src/sync/kinds/enrolment/moved.rs", text), [2, 3]);
    assert_eq!(lines_of("src/connectors/zoho/list.rs", text), [0; 0]);
}

#[test]
fn size_and_opening_are_held() {
    assert_eq!(lines_of("src/domain/run.rs", &"\n".repeat(MAX_LINES)), [MAX_LINES]);
    assert_eq!(lines_of("src/domain/run.rs", &"\n".repeat(MAX_LINES - 1)), [0; 0]);
    assert_eq!(check("src/proto.rs", "pub mod a {}").len(), 1);
    assert_eq!(lines_of("tests/it/run.rs", &"\n".repeat(MAX_LINES)), [MAX_LINES]);
    assert_eq!(check("benches/load.rs", "use crate::api;").len(), 1);
    let told = check("src/store/run.rs", "//! x\n\nuse crate::api::run;");
    let text =
        "src/store/run.rs:3: found crate::api::run; store may use domain error telemetry budget";
    assert_eq!(told, [(3, text.to_owned())]);
}

//! Looks inside folders: which file of a folder uses which, through the lists of `mod.rs` to the file that is meant,
//! and whether the uses form a circle.

use {
    super::{
        cases,
        source::{Named, module_of, paths, resolve, tokens},
        sources,
    },
    std::{
        collections::{BTreeMap, BTreeSet},
        io,
    },
};

/// Folders without a circle between their files, and whether a file may use the module that contains it nevertheless,
/// as `mapping/case.rs` uses `mapping.rs`: from outside the two are one.
const INSIDE: [(&str, bool); 3] = [("sync", false), ("store", false), ("domain", true)];
/// Uses inside a folder that close a circle and are still allowed: from, to (`*` for the whole folder), and why. The
/// list only becomes shorter.
const STILL: &[(&str, &str, &str)] = &[
    ("domain/layout.rs", "domain/module.rs", "the options of a module have defaults by its name"),
    ("domain/layout/change.rs", "domain/module.rs", "and are checked by it when they change"),
    ("domain/layout/stored.rs", "domain/module.rs", "and are read by it where they are stored"),
    ("domain/field.rs", "domain/module.rs", "the fields of a module are found by its name"),
    ("domain/mapping.rs", "domain/module.rs", "the mappings of a module are found by its name"),
    (
        "domain/transform/parse.rs",
        "domain/transform/*",
        "the parser picks a transform, and each reads its parameters by the parser's words",
    ),
];

/// Files by the path of their module, with the paths that each file names.
type Files<'a> = BTreeMap<Vec<&'a str>, (&'a str, Vec<Named<'a>>)>;
/// The uses of each file.
type Uses<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Returns which of some files, each with its text, uses which other. Tests are left out, and so is what a `mod.rs`
/// re-exports from its own folder: a file that takes it from there uses the original file. `may_use_holder`: uses of
/// the module that contains a file are left out too.
fn uses<'a>(sources: &'a [(String, String)], may_use_holder: bool) -> Uses<'a> {
    let is_test = |file: &str| file.ends_with("tests.rs") || file.contains("/tests/");
    let read = |(file, text): &'a (String, String)| {
        (module_of(file), (file.as_str(), paths(&tokens(text))))
    };
    let files: Files<'a> = sources.iter().filter(|(file, _)| !is_test(file)).map(read).collect();
    let mut uses = Uses::new();
    for (module, (file, named)) in &files {
        let own = uses.entry(*file).or_default();
        for named in named.iter().filter(|named| !named.inside.contains(&"tests")) {
            let Some(path) = absolute(&files, module, named) else { continue };
            let is_listed = named.exported && file.ends_with("/mod.rs") && path.starts_with(module);
            let used = meant(&files, path, 0);
            let holds = |used: &str| may_use_holder && module.starts_with(&module_of(used));
            own.extend(used.filter(|used| used != file && !is_listed && !holds(used)));
        }
    }
    uses
}

/// Returns the path from the root of the crate; a name of a module inside this one needs no word before it.
fn absolute<'a>(files: &Files<'a>, module: &[&'a str], named: &Named<'a>) -> Option<Vec<&'a str>> {
    resolve(module, named).or_else(|| {
        let inner = [module, &[named.segments[0]]].concat();
        let rest = named.segments.get(1..).filter(|rest| !rest.is_empty())?;
        files.contains_key(&inner).then(|| [&inner, rest].concat())
    })
}

/// Returns the file that a path means: that of the longest module that it begins with, or the one from which that module
/// has the name.
fn meant<'a>(files: &Files<'a>, path: Vec<&'a str>, depth: usize) -> Option<&'a str> {
    let whole = (1..=path.len()).rev().find(|most| files.contains_key(&path[..*most]))?;
    let (module, rest) = path.split_at(whole);
    let (file, named) = &files[module];
    let listed = |named: &&Named<'a>| named.exported && named.bound == rest.first().copied();
    let Some(origin) = named.iter().find(listed).filter(|_| !rest.is_empty() && depth < 8) else {
        return Some(file);
    };
    let mut path = absolute(files, module, origin)?;
    path.extend(&rest[1..]);
    meant(files, path, depth + 1)
}

/// Returns a circle that leads from a file back to itself, if there is one.
fn circle(uses: &Uses<'_>) -> Option<String> {
    let mut open: Uses<'_> = uses.clone();
    // A file that uses nothing that is left cannot be part of a circle, and neither can an unused one.
    loop {
        let left: BTreeSet<&str> =
            open.iter().filter(|(_, used)| !used.is_empty()).map(|(file, _)| *file).collect();
        let before = open.len();
        open.retain(|file, _| left.contains(file));
        open.values_mut().for_each(|used| used.retain(|file| left.contains(file)));
        if open.len() == before {
            break;
        }
    }
    let mut way: Vec<&str> = vec![open.keys().next()?];
    loop {
        let last = way.last()?;
        let next = open.get(last)?.first()?;
        let begin = way.iter().position(|file| file == next);
        way.push(next);
        if let Some(begin) = begin {
            return Some(way[begin..].join(" -> "));
        }
    }
}

/// Returns what breaks the rule of a folder without circles, given its files: a circle, or an allowed use that no
/// longer exists.
fn circles(floor: &str, may_use_holder: bool, sources: &[(String, String)]) -> Vec<String> {
    let mut uses = uses(sources, may_use_holder);
    let mut breaches = Vec::new();
    for (from, to, _) in STILL.iter().filter(|(from, ..)| from.starts_with(&format!("{floor}/"))) {
        let (from, to) = (format!("src/{from}"), format!("src/{to}"));
        let means =
            |used: &str| to.strip_suffix('*').map_or(used == to, |all| used.starts_with(all));
        let used = uses.get_mut(from.as_str());
        let before = used.as_ref().map_or(0, |used| used.len());
        let after = used.map_or(0, |used| {
            used.retain(|used| !means(used));
            used.len()
        });
        if after == before {
            breaches.push(format!("{from} does not use {to} any more: take it off the list STILL"));
        }
    }
    breaches.extend(circle(&uses).map(|way| format!("a circle: {way}")));
    breaches
}

#[test]
fn no_way_leads_from_a_file_back_to_itself() -> io::Result<()> {
    for (floor, may_use_holder) in INSIDE {
        let files = sources(&[&format!("src/{floor}")])?;
        let breaches = circles(floor, may_use_holder, &files);
        assert!(breaches.is_empty(), "{floor}:\n{}", breaches.join("\n"));
    }
    Ok(())
}

/// Files, one per line: each with the path under `src/` and its text.
fn planted(table: &str) -> Vec<(String, String)> {
    cases(table).map(|(file, source)| (file, source.to_owned())).collect()
}

#[test]
fn circles_inside_a_folder_are_found() {
    let tables = [
        "a/one.rs | use super::two::f;
         a/two.rs | use crate::a::one;",
        "a/one.rs | use {super::{x, two::{f, g}}, std::fmt};
         a/two.rs | fn f() { super::three::go() }
         a/three.rs | use super::one::{self as other};",
        "a/mod.rs | mod one; mod two; pub use {one::One, two::Two};
         a/one.rs | use super::Two;
         a/two.rs | use super::One;",
        "a/mod.rs | mod one; use self::one::One; pub struct Own;
         a/one.rs | use super::Own;",
        "a/mod.rs | mod one; fn f() { one::go() } pub struct Own;
         a/one.rs | fn go(own: super::Own) {}",
        "a/b/mod.rs | mod own; pub(crate) use self::own::Own;
         a/b/own.rs | use crate::a::two;
         a/two.rs | use super::b::Own;",
        "a/one.rs | use super::two::f; mod more { use super::super::two; }
         a/two.rs | mod more { use super::super::one; }",
    ];
    for table in tables {
        assert_eq!(circles("a", false, &planted(table)).len(), 1, "{table}");
    }
}

#[test]
fn ways_that_end_are_no_circles() {
    let tables = [
        "a/mod.rs | mod one; mod two; pub use {one::One, two::Two};
         a/one.rs | pub struct One;
         a/two.rs | use super::One;",
        "a/one.rs | use super::two::f; #[cfg(test)] mod tests { use super::super::three; }
         a/two.rs | fn f() {}
         a/three.rs | use super::one;",
        "a/one.rs | use super::two::f;
         a/two.rs | fn f() {}
         a/two_tests.rs | use super::one; use super::two;",
        "a/mod.rs | mod one; pub struct Own; fn f(one: u8) -> u8 { one }
         a/one.rs | use super::Own;",
    ];
    for table in tables {
        assert_eq!(circles("a", false, &planted(table)), [""; 0], "{table}");
    }
    let holder = planted("a/b.rs | mod c; use c::C; pub struct Own;\na/b/c.rs | use super::Own;");
    assert_eq!(circles("a", true, &holder), [""; 0]);
    assert_eq!(circles("a", false, &holder).len(), 1);
    // An allowed use must exist.
    assert!(circles("domain", false, &planted("domain/schema.rs | use super::layout;")).len() > 1);
}

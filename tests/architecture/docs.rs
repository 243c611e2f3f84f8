//! Checks the book of `docs/`: every page that a comment cites exists and has the named heading, every link within
//! the book has a target, SUMMARY.md lists every page, and the signatures on the page about signing are those of the
//! vectors.

use std::{
    collections::BTreeSet,
    env, fs, io,
    path::{Component, Path, PathBuf},
};

/// Where comments may cite a page.
const CITING: [&str; 6] = ["src", "tests", "benches", "migrations", "proto", "docs"];
/// Endings of files with comments.
const ENDINGS: [&str; 5] = ["rs", "proto", "toml", "sh", "md"];
/// Single files beside the folders.
const FILES: [&str; 4] = ["build.rs", "ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"];
/// Where the book's pages are.
const PAGES: &str = "docs/src/";

fn root() -> io::Result<PathBuf> {
    option_env!("CARGO_MANIFEST_DIR").map(PathBuf::from).map_or_else(env::current_dir, Ok)
}

fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
        // `target` holds build results.
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            files(&path, endings, found)?;
        } else if endings.contains(&ending) {
            found.push(path);
        }
    }
    Ok(())
}

/// Joins the lines of a text, without their comment marks, so that a citation may continue on the next line.
fn joined(text: &str) -> String {
    let line = |line: &str| {
        let line = line.trim_start();
        let bare = ["//!", "///", "//", "#"].iter().find_map(|mark| line.strip_prefix(mark));
        bare.unwrap_or(line).trim().to_owned()
    };
    text.lines().map(line).collect::<Vec<_>>().join(" ")
}

/// Returns the pages that a text cites, each with the headings that it names: `docs/src/moodle.md, "Errors"`, or with
/// several, `docs/src/moodle.md, "Errors" and "Batches"`.
fn citations(text: &str) -> Vec<(String, Vec<String>)> {
    let text = joined(text);
    let mut found = Vec::new();
    for (at, _) in text.match_indices(PAGES) {
        let rest = &text[at..];
        let Some(end) = rest.find(".md").map(|end| end + ".md".len()) else { continue };
        let (page, mut rest) = rest.split_at(end);
        let is_path = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
        if !page.chars().all(is_path) {
            continue;
        }
        let mut headings = Vec::new();
        let next = |rest: &str| -> Option<usize> {
            [", \"", " and \"", ", and \""]
                .iter()
                .find(|join| rest.starts_with(**join))
                .map(|join| join.len())
        };
        while let Some(skip) = next(rest) {
            let Some(length) = rest[skip..].find('"') else { break };
            headings.push(rest[skip..skip + length].to_owned());
            rest = &rest[skip + length + 1..];
        }
        found.push((page.to_owned(), headings));
    }
    found
}

/// Returns the headings of a page.
fn headings(page: &str) -> Vec<String> {
    let mut in_code = false;
    let mut found = Vec::new();
    for line in page.lines() {
        in_code ^= line.starts_with("```");
        let text = line.trim_start_matches('#');
        if !in_code && text.len() < line.len() && text.starts_with(' ') {
            found.push(text.trim().replace('`', ""));
        }
    }
    found
}

/// The anchor of a heading in the book.
fn anchor(heading: &str) -> String {
    let kept = |c: char| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
        _ => None,
    };
    heading.chars().filter_map(kept).collect()
}

/// Returns the targets of the links of a page, those in code left out.
fn links(page: &str) -> Vec<String> {
    let mut in_code = false;
    let mut found = Vec::new();
    for line in page.lines() {
        in_code ^= line.starts_with("```");
        if in_code {
            continue;
        }
        let outside: String = line.split('`').step_by(2).collect::<Vec<_>>().join(" ");
        for (at, _) in outside.match_indices("](") {
            let target = &outside[at + 2..];
            found.extend(target.find(')').map(|end| target[..end].to_owned()));
        }
    }
    found
}

/// Resolves `..` and `.` of a path that need not exist.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

#[test]
fn every_citation_of_the_book_leads_to_its_heading() -> io::Result<()> {
    let root = root()?;
    let mut citing: Vec<PathBuf> = FILES.iter().map(|file| root.join(file)).collect();
    for folder in CITING {
        files(&root.join(folder), &ENDINGS, &mut citing)?;
    }
    let (mut cited, mut broken) = (0, Vec::new());
    for file in citing.iter().filter(|file| !file.ends_with("tests/architecture/docs.rs")) {
        for (page, wanted) in citations(&fs::read_to_string(file)?) {
            cited += 1;
            let Ok(text) = fs::read_to_string(root.join(&page)) else {
                broken.push(format!("{}: no page {page}", file.display()));
                continue;
            };
            let there = headings(&text);
            let missing = wanted.iter().filter(|heading| !there.contains(heading));
            broken.extend(
                missing.map(|heading| {
                    format!("{}: {page} has no heading \"{heading}\"", file.display())
                }),
            );
        }
    }
    assert!(cited > 0, "nothing cites the book");
    assert!(broken.is_empty(), "{} broken:\n{}", broken.len(), broken.join("\n"));
    Ok(())
}

#[test]
fn every_link_of_the_book_leads_somewhere() -> io::Result<()> {
    let book = root()?.join(PAGES);
    let mut pages = Vec::new();
    files(&book, &["md"], &mut pages)?;
    let mut broken = Vec::new();
    for page in &pages {
        for link in links(&fs::read_to_string(page)?) {
            if link.contains("://") {
                continue;
            }
            let (file, part) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() {
                page.clone()
            } else {
                plain(&page.parent().unwrap_or(&book).join(file))
            };
            // The book contains only its own pages: a link to another file would have no target once it is built.
            let text =
                if pages.contains(&target) { fs::read_to_string(&target).ok() } else { None };
            let found = text.is_some_and(|text| {
                part.is_empty() || headings(&text).iter().any(|heading| anchor(heading) == part)
            });
            if !found {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{} broken:\n{}", broken.len(), broken.join("\n"));
    Ok(())
}

#[test]
fn the_summary_lists_every_page() -> io::Result<()> {
    let book = root()?.join(PAGES);
    let mut pages = Vec::new();
    files(&book, &["md"], &mut pages)?;
    let summary = fs::read_to_string(book.join("SUMMARY.md"))?;
    let listed: BTreeSet<PathBuf> =
        links(&summary).into_iter().map(|link| book.join(link)).collect();
    let left_out: Vec<_> = pages
        .iter()
        .filter(|page| !page.ends_with("SUMMARY.md") && !listed.contains(*page))
        .collect();
    assert!(left_out.is_empty(), "not in SUMMARY.md: {left_out:?}");
    Ok(())
}

#[test]
fn the_signatures_of_the_book_are_those_of_the_vectors() -> io::Result<()> {
    let root = root()?;
    let page = fs::read_to_string(root.join("docs/src/signing.md"))?;
    let vectors = fs::read_to_string(root.join("tests/vectors/signing.json"))?;
    let is_hash =
        |word: &&str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let words: Vec<&str> =
        page.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_hash).collect();
    assert!(words.len() > 1, "the page shows no signature");
    for word in words {
        assert!(vectors.contains(word), "{word} is in no vector");
    }
    Ok(())
}

#[test]
fn citations_are_read_over_line_ends() {
    let text = "//! As told (docs/src/moodle.md,\n//! \"Custom profile\n//! fields\" and \"Errors\").\n/// docs/src/a.md";
    let headings = vec!["Custom profile fields".to_owned(), "Errors".to_owned()];
    let cited =
        [("docs/src/moodle.md".to_owned(), headings), ("docs/src/a.md".to_owned(), Vec::new())];
    assert_eq!(citations(text), cited);
    assert_eq!(citations("docs/src/ and other.md"), []);
}

#[test]
fn headings_and_links_are_found() {
    let page = "# A\n```sh\n# not one\n```\n## `B` c\n#no\n[x](y.md#z) `[in](code.md)`\n";
    assert_eq!(headings(page), ["A", "B c"]);
    assert_eq!(links(page), ["y.md#z"]);
    assert_eq!(anchor("Zoho CRM: facts (v8)"), "zoho-crm-facts-v8");
    assert_eq!(plain(Path::new("/a/b/../c.md")), Path::new("/a/c.md"));
}

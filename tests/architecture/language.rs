//! Checks texts against the words of `docs/src/style.md`: messages and help in `src`, protos, settings, documents, and
//! the comments of all Rust files. It finds the worst habits only; the page names the others.

use {
    super::{
        root,
        source::{Kind, tokens},
        sources,
    },
    std::{fs, io, path::Path},
};

/// Words to avoid, with what to write instead.
const AVOIDED: [(&str, &str); 16] = [
    ("whoever", "name the thing"),
    ("somebody", "name the thing"),
    ("someone", "name the thing"),
    ("nobody", "name the thing"),
    ("anybody", "name the thing"),
    ("anyone", "name the thing"),
    ("what becomes of", "result"),
    ("what became of", "result"),
    ("so many-th", "every Nth"),
    ("the begin of", "the start of"),
    ("as far as the other", "as far as it is possible"),
    ("goes first", "takes precedence"),
    ("what stands for", "link"),
    ("sees to it", "makes sure"),
    ("all the same", "nevertheless"),
    ("anew", "again"),
];
/// A noun after "no" is right behind "there is" and wrong behind other subjects; a comparison after "no" is right.
const RIGHT_BEFORE: &str = "there";
const RIGHT_AFTER: [&str; 3] = ["longer", "more", "less"];
/// The page that shows them.
const STYLE: &str = "docs/src/style.md";

/// Returns what a text says that is not written.
fn found(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && !"-_".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    let joined = format!(" {} ", words.join(" "));
    let mut all: Vec<String> = AVOIDED
        .iter()
        .filter(|(avoided, _)| joined.contains(&format!(" {avoided} ")))
        .map(|(avoided, instead)| format!("\"{avoided}\"; {instead}"))
        .collect();
    for (place, pair) in words.windows(2).enumerate() {
        let verb = ["is", "are", "was", "were"].contains(&pair[0]);
        let before = place.checked_sub(1).and_then(|before| words.get(before));
        let after = words.get(place + 2).copied().unwrap_or_default();
        if verb && pair[1] == "no" && before != Some(&RIGHT_BEFORE) && !RIGHT_AFTER.contains(&after)
        {
            all.push(format!("\"{} no {after}\"; say what it is not", pair[0]));
        }
    }
    all
}

/// The texts of a Rust file that users read: what stands in quotes, and in `src/cli` the comments that become help. Tests are
/// left out.
fn of_rust(file: &str, source: &str) -> Vec<(usize, String)> {
    let source = source.split("#[cfg(test)]").next().unwrap_or(source);
    let mut texts: Vec<(usize, String)> = tokens(source)
        .iter()
        .filter(|token| token.kind == Kind::Text)
        .map(|token| (token.line, token.text.to_owned()))
        .collect();
    if file.starts_with("src/cli") {
        let help = source.lines().enumerate().filter(|(_, line)| line.trim().starts_with("///"));
        texts.extend(help.map(|(line, text)| (line + 1, text.to_owned())));
    }
    texts
}

/// The sentences of the comments of a Rust file, also where one goes over several lines, by the line of the first comment.
fn comments(source: &str) -> Vec<(usize, String)> {
    let mut blocks: Vec<(usize, String)> = Vec::new();
    let mut is_open = false;
    for (line, text) in source.lines().enumerate() {
        let comment = text.trim_start().strip_prefix("//");
        match (comment, blocks.last_mut().filter(|_| is_open)) {
            (Some(more), Some((_, block))) => {
                block.push(' ');
                block.push_str(more.trim_start_matches(['/', '!']));
            }
            (Some(first), None) => blocks.push((line + 1, first.to_owned())),
            (None, _) => {}
        }
        is_open = comment.is_some();
    }
    let sentences = |(line, block): &(usize, String)| {
        let line = *line;
        block.split(['.', ':', ';']).map(move |one| (line, one.to_owned())).collect::<Vec<_>>()
    };
    blocks.iter().flat_map(sentences).collect()
}

fn of_lines(text: &str) -> Vec<(usize, String)> {
    text.lines().enumerate().map(|(line, text)| (line + 1, text.to_owned())).collect()
}

fn documents(folder: &Path, ending: &str, all: &mut Vec<String>, root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            documents(&path, ending, all, root)?;
        } else if path.extension().is_some_and(|found| found == ending) {
            let file = path.strip_prefix(root).unwrap_or(&path);
            all.push(file.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

#[test]
fn what_users_read_keeps_to_the_page_of_style() -> io::Result<()> {
    let root = root()?;
    let mut told = Vec::new();
    let mut check = |file: &str, texts: Vec<(usize, String)>| {
        for (line, text) in texts {
            told.extend(found(&text).into_iter().map(|what| format!("{file}:{line}: {what}")));
        }
    };
    for (file, source) in sources(&["src", "sandbox/src"])? {
        if !file.contains("/tests") && !file.ends_with("_tests.rs") {
            check(&file, of_rust(&file, &source));
        }
    }
    for (file, source) in sources(&["benches", "migrations", "sandbox", "src", "tests"])? {
        check(&file, comments(&source));
    }
    let mut files: Vec<String> =
        ["README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", "src/config.default.toml"]
            .map(str::to_owned)
            .to_vec();
    documents(&root.join("docs/src"), "md", &mut files, &root)?;
    documents(&root.join("proto/sigma"), "proto", &mut files, &root)?;
    for file in files.iter().filter(|file| *file != STYLE) {
        check(file, of_lines(&fs::read_to_string(root.join(file))?));
    }
    assert!(told.is_empty(), "{} places, see {STYLE}:\n{}", told.len(), told.join("\n"));
    Ok(())
}

#[test]
fn habits_are_found_and_plain_english_passes() {
    for wrong in [
        "the value is no date",
        "Whoever carries it is taken over",
        "what became of the records",
        "these are no objects",
        "nobody decided",
    ] {
        assert!(!found(wrong).is_empty(), "{wrong}");
    }
    for right in [
        "there is no date",
        "it is no longer used",
        "the field has no value",
        "an existing user is linked",
        "at most one is no more than two",
    ] {
        assert_eq!(found(right), Vec::<String>::new(), "{right}");
    }
    let source = "//! whoever\nfn f() { g(\"it is no id\") }\n#[cfg(test)]\nmod tests { const A: &str = \"nobody\"; }";
    let lines: Vec<usize> = of_rust("src/a.rs", source)
        .iter()
        .filter(|(_, text)| !found(text).is_empty())
        .map(|(line, _)| *line)
        .collect();
    assert_eq!(lines, [2]);
}

#[test]
fn comments_are_read_over_the_ends_of_lines_and_not_over_those_of_sentences() {
    let source = "//! It is\n//! no id.\nfn f() {}\n/// Says what it is. No id is written;\n/// nobody\n// asks.\nfn g() {}";
    let told: Vec<(usize, usize)> = comments(source)
        .iter()
        .map(|(line, text)| (*line, found(text).len()))
        .filter(|(_, count)| *count > 0)
        .collect();
    assert_eq!(told, [(1, 1), (4, 1)]);
}

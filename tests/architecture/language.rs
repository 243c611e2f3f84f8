//! Holds texts that users read to the words of `docs/src/style.md`: messages and help in `src`, protos, settings and
//! documents. It finds the worst habits only; the page names the others.

use {
    super::{
        root,
        source::{Kind, tokens},
        sources,
    },
    std::{fs, io, path::Path},
};

/// What is not written, and what is written instead.
const AVOIDED: [(&str, &str); 12] = [
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
];
/// "there is no field" is right, "this is no field" is not, and neither is meant where a comparison follows.
const RIGHT_BEFORE: &str = "there";
const RIGHT_AFTER: [&str; 3] = ["longer", "more", "less"];
/// The page that shows them.
const STYLE: &str = "docs/src/style.md";

/// Returns what a text says that is not written.
fn found(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '-')
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

//! Compares the source with the table of stable words, in both directions: a word stands as text only in the table,
//! and each row is raised somewhere by its constant.

use {
    super::{
        root, rust_files,
        source::{Kind, Token, tokens},
    },
    std::{
        collections::{BTreeMap, BTreeSet},
        fs, io,
    },
};

/// Where the table is.
const TABLE: &str = "src/domain/code";
/// The folder that reads the answers of the other systems.
const CONNECTORS: &str = "src/connectors/";
/// Words of the other systems' answers, and names of variables: these are only read.
const FOREIGN: &str = "ALREADY_MODIFIED AUTHORIZATION_FAILED CARGO_PKG_VERSION DEPENDENT_FIELD_MISSING \
                       DEPENDENT_MISMATCH DISCRETE_PAGINATION_LIMIT_EXCEEDED DUPLICATE_DATA \
                       EXPECTED_FIELD_MISSING EXPIRED_VALUE IN_PROGRESS INTERNAL_ERROR INVALID_DATA \
                       INVALID_MODULE INVALID_URL_PATTERN LIMIT_EXCEEDED MANDATORY_NOT_FOUND \
                       MULTIPLE_OR_MULTI_ERRORS NO_PERMISSION NOT_APPROVED NOT_SUPPORTED \
                       OAUTH_SCOPE_MISMATCH OUT_DIR PAGINATION_LIMIT_EXCEEDED RECORD_IN_BLUEPRINT \
                       RECORD_LOCKED RECORD_NOT_FOUND RESOURCE_NOT_FOUND RUN_ID TOKEN_BOUND_DATA_MISMATCH";
/// Prefix of the service's own variables.
const VARIABLE: &str = "SIGMA_";
/// Rows of older runs, which are raised nowhere; a row that is raised leaves this list.
const UNRAISED: &str = "MATCH_AMBIGUOUS";

/// Returns whether a text is a word of several parts in upper case, such as `RUN_ENDED`.
fn is_word(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    text.contains('_') && text.split('_').all(part)
}

/// Returns the words that a file has as text: whole literals, and quoted ones within a literal, as in SQL.
fn shown<'a>(tokens: &[Token<'a>]) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    for token in tokens.iter().filter(|token| token.kind == Kind::Text) {
        if is_word(token.text) {
            found.insert(token.text);
        }
        found.extend(token.text.split('\'').skip(1).step_by(2).filter(|text| is_word(text)));
    }
    found
}

/// Returns the fault of a word that a file has as text, if there is one.
fn fault(
    word: &str,
    file: &str,
    table: &BTreeSet<&str>,
    foreign: &BTreeSet<&str>,
) -> Option<String> {
    let is_foreign = foreign.contains(word) || word.starts_with(VARIABLE);
    if table.contains(word) && !(is_foreign && file.starts_with(CONNECTORS)) {
        return Some(format!(
            "{file}: \"{word}\" is compared or raised as text: write code::{word}"
        ));
    }
    (!table.contains(word) && !is_foreign)
        .then(|| format!("{file}: {word} has no row in {TABLE}, and is not foreign"))
}

/// Returns the words of a file of the table: `WORD: Class, Provider, Effect {`, or with a screen before the bracket.
fn rows<'a>(tokens: &[Token<'a>]) -> BTreeSet<&'a str> {
    let row = |ten: &[Token<'a>]| {
        let marks = [(1, ":"), (3, ","), (5, ",")];
        let is_row = marks.iter().all(|(place, mark)| ten[*place].is(mark));
        let upper = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        let opens = ten[7].is("{") || (ten[7].is(",") && ten[9].is("{"));
        (is_row && opens && ten[0].text.bytes().all(upper)).then_some(ten[0].text)
    };
    tokens.windows(10).filter_map(row).collect()
}

/// Returns the gaps of a text, such as `field` in "{field} is empty".
fn gaps(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(gap, _)| gap).collect()
}

/// Returns the gaps of each row's message, by the row's word.
fn gaps_of_rows<'a>(tokens: &[Token<'a>]) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let words = rows(tokens);
    let row = |(place, token): (usize, &Token<'a>)| {
        let is_row = words.contains(token.text) && tokens.get(place + 1)?.is(":");
        let text = tokens[place..].iter().find(|token| token.kind == Kind::Text)?;
        is_row.then(|| (token.text, gaps(text.text)))
    };
    tokens.iter().enumerate().filter_map(row).collect()
}

/// Returns the gaps that are filled where the constant of a word is used at a place: `code::WORD.message(&[("gap",
/// …)])`, `code::WORD.advice(…)` or `f(…, code::WORD, &[…])`; `None` for another use of it.
fn filled<'a>(tokens: &[Token<'a>], place: usize) -> Option<BTreeSet<&'a str>> {
    let list = match tokens.get(place + 1..)? {
        [dot, call, open, rest @ ..]
            if dot.is(".")
                && open.is("(")
                && (call.is_word("message") || call.is_word("advice")) =>
        {
            rest
        }
        [comma, rest @ ..] if comma.is(",") => rest,
        _ => return None,
    };
    let [and, open, list @ ..] = list else { return None };
    if !and.is("&") || !open.is("[") {
        return None;
    }
    let (mut found, mut depth) = (BTreeSet::new(), 0_usize);
    for (at, token) in list.iter().enumerate() {
        match token.text {
            "]" if token.kind == Kind::Mark && depth == 0 => break,
            "(" | "[" if token.kind == Kind::Mark => depth += 1,
            ")" | "]" if token.kind == Kind::Mark => depth = depth.saturating_sub(1),
            name if token.kind == Kind::Text && depth == 1 && list[at - 1].is("(") => {
                found.insert(name);
            }
            _ => {}
        }
    }
    Some(found)
}

/// Cuts off the tests at the end of a file.
pub(crate) fn without_tests(source: &str) -> &str {
    source.split_once("#[cfg(test)]\nmod tests {").map_or(source, |(code, _)| code)
}

#[test]
fn every_stable_word_is_a_row_and_every_row_is_raised() -> io::Result<()> {
    let root = root()?;
    let mut paths = Vec::new();
    rust_files(&root.join("src"), &mut paths)?;
    let mut files = Vec::new();
    for path in paths {
        let file = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let is_test = file.contains("/tests/") || file.ends_with("/tests.rs");
        if !is_test {
            files.push((file, fs::read_to_string(path)?));
        }
    }
    let (mut table, mut words, mut places) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let mut read: BTreeSet<&str> = BTreeSet::new();
    for (file, source) in &files {
        let tokens = tokens(without_tests(source));
        if file.starts_with(TABLE) {
            table.extend(rows(&tokens));
            continue;
        }
        let named = |token: &&Token<'_>| token.kind == Kind::Word;
        words.extend(tokens.iter().filter(named).map(|token| token.text));
        let shown = shown(&tokens);
        read.extend(&shown);
        places.extend(shown.into_iter().map(|word| (word, file)));
    }
    assert!(table.len() > 100, "only {} rows found under {TABLE}", table.len());
    let foreign: BTreeSet<&str> = FOREIGN.split_whitespace().collect();
    let unraised: BTreeSet<&str> = UNRAISED.split_whitespace().collect();
    let mut breaches: Vec<String> =
        places.iter().filter_map(|(word, file)| fault(word, file, &table, &foreign)).collect();
    let idle = table.difference(&words).filter(|word| !unraised.contains(*word));
    breaches.extend(idle.map(|word| format!("{TABLE}: nothing raises {word}")));
    let raised = unraised.iter().filter(|word| words.contains(*word) || !table.contains(*word));
    breaches
        .extend(raised.map(|word| format!("{word} is raised, or has no row: not for UNRAISED")));
    let unread = foreign.iter().filter(|word| !read.contains(*word));
    breaches.extend(unread.map(|word| format!("{word} is read nowhere: not for FOREIGN")));
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
    Ok(())
}

#[test]
fn a_message_fills_the_gaps_of_its_row() -> io::Result<()> {
    let root = root()?;
    let mut paths = Vec::new();
    rust_files(&root.join("src"), &mut paths)?;
    let (mut table, mut other) = (Vec::new(), Vec::new());
    for path in paths {
        let source = fs::read_to_string(&path)?;
        let is_table = path.starts_with(root.join(TABLE));
        if is_table { table.push(source) } else { other.push((path, source)) }
    }
    let table: Vec<_> = table.iter().map(|source| tokens(source)).collect();
    let rows: BTreeMap<_, _> = table.iter().flat_map(|tokens| gaps_of_rows(tokens)).collect();
    let (mut breaches, mut seen) = (Vec::new(), 0);
    for (path, source) in &other {
        let tokens = tokens(source);
        for (place, token) in tokens.iter().enumerate() {
            let Some(gaps) = rows.get(token.text).filter(|_| token.kind == Kind::Word) else {
                continue;
            };
            let Some(filled) = filled(&tokens, place) else { continue };
            seen += 1;
            if filled != *gaps {
                let (path, line) = (path.strip_prefix(&root).unwrap_or(path).display(), token.line);
                breaches.push(format!(
                    "{path}:{line}: {} has the gaps {gaps:?}, not {filled:?}",
                    token.text
                ));
            }
        }
    }
    assert!(seen > 20, "only {seen} messages found");
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
    Ok(())
}

#[test]
fn filled_gaps_are_found() {
    let found = |source: &str| {
        let tokens = tokens(source);
        let place = tokens.iter().position(|token| token.is_word("A_B"))?;
        Some(filled(&tokens, place)?.into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    let two = r#"code::A_B.message(&[("x", &f("y", 1)), ("z", &format!("{a}"))])"#;
    assert_eq!(found(two), Some(vec!["x".to_owned(), "z".to_owned()]));
    assert_eq!(found("E::of(Failure::Stop, code::A_B, &[])"), Some(Vec::new()));
    assert_eq!(found(r#"unfit(code::A_B, "x")"#), None);
    let row = r#"codes! { A_B: Ours, Sigma, None { en: "{x} of {z}", "y"; ar: "x", "y"; } }"#;
    assert_eq!(gaps_of_rows(&tokens(row))["A_B"], BTreeSet::from(["x", "z"]));
}

#[test]
fn words_are_found_where_they_are_shown() {
    let words = |source| shown(&tokens(source)).into_iter().collect::<Vec<_>>();
    assert_eq!(words(r#"unfit("DATE_ORDER", "end is before START_DATE")"#), ["DATE_ORDER"]);
    assert_eq!(words(r#"const A: &str = "A_B"; // "C_D""#), ["A_B"]);
    assert_eq!(words(r#"f("SET error_code = 'E_F', state = '{}' WHERE a = 'G'")"#), ["E_F"]);
    assert_eq!(words(r#"f("SIGMA_", "Some_Field", "_A", "A__B")"#), [""; 0]);
}

#[test]
fn a_word_of_ours_does_not_stand_as_text() {
    let (table, foreign) = (BTreeSet::from(["A_B", "C_D"]), BTreeSet::from(["C_D", "E_F"]));
    let found = |word, file| fault(word, file, &table, &foreign).is_some();
    assert!(found("A_B", "src/sync/write.rs") && found("A_B", "src/connectors/moodle/batch.rs"));
    assert!(found("C_D", "src/sync/write.rs") && !found("C_D", "src/connectors/zoho/answer.rs"));
    assert!(!found("E_F", "src/connectors/zoho/answer.rs") && found("G_H", "src/error.rs"));
    assert!(!found("SIGMA_CONFIG", "src/boot.rs"));
}

#[test]
fn rows_are_found() {
    let table = r#"codes! { A_B: Ours, Sigma, None { en: "x", "y"; ar: "x", "y"; } C: Call, Zoho, Wait { } }"#;
    assert_eq!(rows(&tokens(table)).into_iter().collect::<Vec<_>>(), ["A_B", "C"]);
    assert!(rows(&tokens("struct Row { a: A, b: B, c: C }")).is_empty());
}

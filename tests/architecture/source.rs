//! Reads Rust as text: its words and marks, the paths that a file names, and what they refer to.

use std::ops::Range;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    Text,
    Mark,
}

/// A word, the inside of a string literal, or a mark (`::` is one).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    pub(crate) line: usize,
}

impl Token<'_> {
    pub(crate) fn is(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }

    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }
}

/// Cuts source text into tokens; comments, numbers, characters and lifetimes are dropped.
pub(crate) fn tokens(source: &str) -> Vec<Token<'_>> {
    let (mut found, mut at, mut line) = (Vec::new(), 0, 1);
    while at < source.len() {
        let (piece, end) = piece(source, at);
        if let Some((kind, range)) = piece {
            found.push(Token { kind, text: source.get(range).unwrap_or(""), line });
        }
        let end = end.min(source.len());
        line += source.as_bytes()[at..end].iter().filter(|&&byte| byte == b'\n').count();
        at = end;
    }
    found
}

/// Returns the token that begins here, if it counts, and where the next one begins.
fn piece(source: &str, at: usize) -> (Option<(Kind, Range<usize>)>, usize) {
    let bytes = source.as_bytes();
    let find = |tail: &[u8], wanted| tail.iter().position(|&byte| byte == wanted);
    match &bytes[at..] {
        [b'/', b'/', tail @ ..] => (None, at + 2 + find(tail, b'\n').unwrap_or(tail.len())),
        [b'/', b'*', ..] => (None, block_comment_end(bytes, at)),
        [b'"', ..] => {
            let end = string_end(bytes, at + 1);
            (Some((Kind::Text, at + 1..end - 1)), end)
        }
        [b'\'', b'\\', _, tail @ ..] => (None, at + 4 + find(tail, b'\'').unwrap_or(tail.len())),
        [b'\'', tail @ ..] => {
            let letter = source.get(at + 1..).and_then(|rest| rest.chars().next());
            let wide = letter.map_or(1, char::len_utf8);
            let literal = tail.get(wide) == Some(&b'\'');
            (None, if literal { at + wide + 2 } else { at + 1 + word_length(tail) })
        }
        [first, ..] if word_length(&[*first]) == 1 => {
            let end = at + word_length(&bytes[at..]);
            let hashes = bytes[end..].iter().take_while(|&&byte| byte == b'#').count();
            let raw = matches!(&bytes[at..end], b"r" | b"br" | b"cr");
            if raw && bytes.get(end + hashes) == Some(&b'"') {
                let start = end + hashes + 1;
                let after = raw_string_end(bytes, start, hashes);
                return (Some((Kind::Text, start..after - hashes - 1)), after);
            }
            ((!first.is_ascii_digit()).then_some((Kind::Word, at..end)), end)
        }
        [b':', b':', ..] => (Some((Kind::Mark, at..at + 2)), at + 2),
        [b' ' | b'\n' | b'\r' | b'\t', ..] => (None, at + 1),
        _ => (Some((Kind::Mark, at..at + 1)), at + 1),
    }
}

fn word_length(bytes: &[u8]) -> usize {
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_' || **byte >= 0x80;
    bytes.iter().take_while(part).count()
}

fn block_comment_end(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start + 2, 1);
    while at < bytes.len() && depth > 0 {
        match bytes.get(at..at + 2) {
            Some(b"/*") => (at, depth) = (at + 2, depth + 1),
            Some(b"*/") => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
    }
    at
}

/// Returns where the code continues after a string.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = bytes.get(at) {
        at += if byte == b'\\' { 2 } else { 1 };
        if byte == b'"' {
            break;
        }
    }
    at
}

fn raw_string_end(bytes: &[u8], start: usize, hashes: usize) -> usize {
    let fence = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
    let end = bytes[start..].windows(fence.len()).position(|window| window == fence);
    end.map_or(bytes.len(), |end| start + end + fence.len())
}

/// A path as written, such as `crate::store::Store`, and the modules of the file around it.
#[derive(Debug)]
pub(crate) struct Named<'a> {
    pub(crate) segments: Vec<&'a str>,
    /// The name it has in this file, if a `use` gives it one.
    pub(crate) bound: Option<&'a str>,
    pub(crate) line: usize,
    pub(crate) inside: Vec<&'a str>,
    /// True if a `use` re-exports the name.
    pub(crate) exported: bool,
}

/// Returns every path of a file, with `use` trees written out.
pub(crate) fn paths<'a>(tokens: &[Token<'a>]) -> Vec<Named<'a>> {
    let (mut found, mut at, mut depth) = (Vec::new(), 0, 0_usize);
    let mut mods: Vec<(&str, usize)> = Vec::new();
    while let Some(&token) = tokens.get(at) {
        let inside: Vec<_> = mods.iter().map(|(name, _)| *name).collect();
        let next = |ahead: usize| tokens.get(at + ahead);
        let after_generics = at > 1 && tokens[at - 1].is("::") && tokens[at - 2].is(">");
        if token.is("{") {
            depth += 1;
        } else if token.is("}") {
            depth = depth.saturating_sub(1);
            mods.retain(|(_, since)| *since <= depth);
        } else if token.is_word("mod") && next(2).is_some_and(|token| token.is("{")) {
            mods.extend(next(1).map(|name| (name.text, depth + 1)));
            at += 1;
        } else if token.is_word("use") && next(1).is_some_and(|token| !token.is("<")) {
            let before = found.len();
            let exported = at > 0 && (tokens[at - 1].is_word("pub") || tokens[at - 1].is(")"));
            at = use_tree(tokens, at + 1, &[], &inside, &mut found);
            found[before..].iter_mut().for_each(|named| named.exported = exported);
            continue;
        } else if token.kind == Kind::Word && !after_generics {
            let mut segments = vec![token.text];
            while let (Some(mark), Some(word)) = (tokens.get(at + 1), tokens.get(at + 2)) {
                if !mark.is("::") || word.kind != Kind::Word {
                    break;
                }
                segments.push(word.text);
                at += 2;
            }
            found.push(Named { segments, bound: None, line: token.line, inside, exported: false });
        }
        at += 1;
    }
    found
}

fn use_tree<'a>(
    tokens: &[Token<'a>],
    mut at: usize,
    before: &[&'a str],
    inside: &[&'a str],
    found: &mut Vec<Named<'a>>,
) -> usize {
    let mut segments = before.to_vec();
    while let Some(token) = tokens.get(at) {
        at += 1;
        if token.is("{") {
            while tokens.get(at).is_some_and(|token| !token.is("}")) {
                at = use_tree(tokens, at, &segments, inside, found);
                at += usize::from(tokens.get(at).is_some_and(|token| token.is(",")));
            }
            return at + 1;
        }
        if token.kind == Kind::Word || token.is("*") {
            segments.push(token.text);
            if tokens.get(at).is_some_and(|token| token.is("::")) {
                continue;
            }
            let mut bound = segments.iter().rev().copied().find(|segment| *segment != "self");
            if tokens.get(at).is_some_and(|token| token.is_word("as")) {
                bound = tokens.get(at + 1).map(|token| token.text);
                at += 2;
            }
            let (line, inside) = (token.line, inside.to_vec());
            found.push(Named { segments, bound, line, inside, exported: false });
            return at;
        }
        if !token.is("::") {
            return at;
        }
    }
    at
}

/// Returns the module path of a file: `src/store/run.rs` is `store::run`.
pub(crate) fn module_of(file: &str) -> Vec<&str> {
    let inner = file.strip_prefix("src/").unwrap_or(file);
    let mut path: Vec<_> = inner.strip_suffix(".rs").unwrap_or(inner).split('/').collect();
    if path.last() == Some(&"mod") || path == ["lib"] {
        path.pop();
    }
    path
}

/// Returns the path from the root of the crate, if it is a path of this crate.
pub(crate) fn resolve<'a>(module: &[&'a str], named: &Named<'a>) -> Option<Vec<&'a str>> {
    match named.segments[0] {
        "crate" | "sigma_sync" => Some(named.segments[1..].to_vec()),
        "self" | "super" => {
            let mut place: Vec<_> = module.iter().chain(&named.inside).copied().collect();
            for segment in &named.segments {
                match *segment {
                    "self" => {}
                    "super" => drop(place.pop()),
                    name => place.push(name),
                }
            }
            Some(place)
        }
        _ => None,
    }
}

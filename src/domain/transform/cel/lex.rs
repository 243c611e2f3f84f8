//! The words of an expression: names, numbers, quoted texts and marks, as the specification of the Common Expression
//! Language defines them. Byte strings are refused here, because no value of a record is one.

/// One word of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, or one of `true`, `false`, `null` and `in`.
    Name(String),
    /// A text without its quotes, with its escapes resolved.
    Text(String),
    /// A whole number as it is written, without a sign.
    Int(String),
    /// A whole number with the suffix `u`, without the suffix.
    Unsigned(String),
    /// A number with a fraction or an exponent, as it is written, without a sign.
    Float(String),
    /// An operator, a bracket or another mark.
    Mark(&'static str),
}

/// A word and its position, in bytes.
pub(super) type Placed = (Token, usize);

/// Marks; a mark that begins with another one comes before it.
const MARKS: [&str; 25] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "[", "]", "{", "}", "(", ")", ".", ",", "-", "!",
    "?", ":", "+", "*", "/", "%", "=",
];

/// Splits an expression into its words.
///
/// # Errors
///
/// What is not a word of the language, and where it stands.
pub(super) fn split(source: &str) -> Result<Vec<Placed>, String> {
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next()? {
        tokens.push(token);
    }
    Ok(tokens)
}

/// Names a position in the source, for a message.
pub(super) fn place(source: &str, at: usize) -> String {
    let before = source.get(..at).unwrap_or(source);
    format!("at character {}", before.chars().count() + 1)
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// Takes the characters at the front that fit.
    fn take(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// Takes a text that stands at the front.
    fn skip(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn next(&mut self) -> Result<Option<Placed>, String> {
        loop {
            self.take(|c| matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{c}'));
            if !self.skip("//") {
                break;
            }
            self.take(|c| c != '\n');
        }
        let start = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(None) };
        let wrong = |reason: &str| format!("{reason} {}", place(self.source, start));
        let token = if let Some((bytes, raw)) = opening(self.rest()) {
            if bytes {
                return Err("holds bytes, which are not supported".into());
            }
            self.at += usize::from(raw);
            let text = self.text(raw);
            Token::Text(text.map_err(wrong)?)
        } else if first.is_ascii_alphabetic() || first == '_' {
            Token::Name(self.take(|c| c.is_ascii_alphanumeric() || c == '_').to_owned())
        } else if self.starts_number() {
            self.number()
        } else if let Some(mark) = MARKS.iter().find(|mark| self.rest().starts_with(**mark)) {
            self.at += mark.len();
            Token::Mark(mark)
        } else {
            return Err(wrong("an unexpected character stands"));
        };
        Ok(Some((token, start)))
    }

    fn starts_number(&self) -> bool {
        let mut bytes = self.rest().bytes();
        let digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
        match bytes.next() {
            Some(b'.') => digit(bytes.next()),
            first => digit(first),
        }
    }

    fn number(&mut self) -> Token {
        let start = self.at;
        let hex = self.rest().strip_prefix("0x");
        if hex.is_some_and(|hex| hex.starts_with(|c: char| c.is_ascii_hexdigit())) {
            self.at += 2;
            self.take(|c| c.is_ascii_hexdigit());
            return self.whole(start);
        }
        self.take(|c| c.is_ascii_digit());
        let fraction = self.rest().strip_prefix('.');
        let mut is_whole = true;
        if fraction.is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_digit())) {
            self.at += 1;
            self.take(|c| c.is_ascii_digit());
            is_whole = false;
        }
        let exponent = self.rest().strip_prefix(['e', 'E']).map(|rest| {
            let digits = rest.strip_prefix(['+', '-']).unwrap_or(rest);
            (rest.len() - digits.len() + 1, digits)
        });
        if let Some((sign, digits)) = exponent
            && digits.starts_with(|c: char| c.is_ascii_digit())
        {
            self.at += sign;
            self.take(|c| c.is_ascii_digit());
            is_whole = false;
        }
        if is_whole {
            return self.whole(start);
        }
        Token::Float(self.source.get(start..self.at).unwrap_or_default().to_owned())
    }

    fn whole(&mut self, start: usize) -> Token {
        let digits = self.source.get(start..self.at).unwrap_or_default().to_owned();
        if self.skip("u") || self.skip("U") {
            return Token::Unsigned(digits);
        }
        Token::Int(digits)
    }

    /// A quoted text, with one or three quotes of either kind.
    fn text(&mut self, raw: bool) -> Result<String, &'static str> {
        let quote = if self.rest().starts_with('"') { '"' } else { '\'' };
        let triple = if quote == '"' { "\"\"\"" } else { "'''" };
        let is_long = self.skip(triple);
        if !is_long {
            self.at += 1;
        }
        let mut text = String::new();
        loop {
            if is_long && self.skip(triple) {
                return Ok(text);
            }
            let Some(next) = self.rest().chars().next() else {
                return Err("a text is not closed that starts");
            };
            self.at += next.len_utf8();
            match next {
                _ if next == quote && !is_long => return Ok(text),
                '\n' | '\r' if !is_long => return Err("a text is not closed that starts"),
                '\r' => {
                    self.skip("\n");
                    text.push('\n');
                }
                '\\' if !raw => text.push(self.escape()?),
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Result<char, &'static str> {
        const WRONG: &str = "an escape is not valid in the text";
        let kind = self.rest().chars().next().ok_or(WRONG)?;
        self.at += kind.len_utf8();
        let (digits, radix) = match kind {
            'a' => return Ok('\u{7}'),
            'b' => return Ok('\u{8}'),
            'f' => return Ok('\u{c}'),
            'n' => return Ok('\n'),
            'r' => return Ok('\r'),
            't' => return Ok('\t'),
            'v' => return Ok('\u{b}'),
            '\\' | '\'' | '"' | '`' | '?' => return Ok(kind),
            'x' | 'X' => (2, 16),
            'u' => (4, 16),
            'U' => (8, 16),
            '0'..='3' => {
                self.at -= 1;
                (3, 8)
            }
            _ => return Err(WRONG),
        };
        let code = self.rest().get(..digits).ok_or(WRONG)?;
        if !code.chars().all(|c| c.is_digit(radix)) {
            return Err(WRONG);
        }
        self.at += digits;
        u32::from_str_radix(code, radix).ok().and_then(char::from_u32).ok_or(WRONG)
    }
}

/// Returns whether a quoted text starts here: whether it is a byte string, and whether its escapes are kept.
fn opening(rest: &str) -> Option<(bool, bool)> {
    let without_b = rest.strip_prefix(['b', 'B']);
    let body = without_b.unwrap_or(rest);
    let without_r = body.strip_prefix(['r', 'R']);
    without_r
        .unwrap_or(body)
        .starts_with(['"', '\''])
        .then_some((without_b.is_some(), without_r.is_some()))
}

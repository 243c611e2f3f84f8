//! Characters that a reader does not see: marks of the writing direction, joiners and spaces without a width. They come with
//! texts that are copied from elsewhere, and make two values differ that look alike.

use std::fmt::Write as _;

/// Longest value in a message, in characters.
const SHOWN: usize = 60;

/// Returns whether nothing is seen of a character (Unicode's format characters and the blanks among its letters).
pub const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0001}' | '\u{e0020}'..='\u{e007f}'
    )
}

/// Returns whether a character turns the direction of the text behind it, so that a name can look like another one.
pub const fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns a text without what cannot be seen at its ends, where it means nothing.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// Returns the start of a value as messages show it: what cannot be seen, and a space that is not the usual one, by its
/// number.
pub fn shown(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(SHOWN) {
        if is_invisible(c) || c.is_control() || (c.is_whitespace() && c != ' ') {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_shown_and_trimmed() {
        let text = "\u{200f} a\u{200b}b\u{a0}c\u{feff}\u{202c} ";
        assert_eq!(trim(text), "a\u{200b}b\u{a0}c");
        assert_eq!(shown(trim(text)), "a\\u{200b}b\\u{a0}c");
        assert_eq!(shown("سارة علي"), "سارة علي");
        assert_eq!(shown(&"x".repeat(100)).len(), 60);
        assert!("\u{202e}\u{2066}".chars().all(turns) && !turns('\u{200f}'));
        assert!(
            ('\u{0}'..='\u{10ffff}')
                .filter(|c| c.is_alphanumeric())
                .filter(|c| is_invisible(*c))
                .count()
                < 8
        );
    }
}

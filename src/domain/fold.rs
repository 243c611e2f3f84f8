//! Letters outside ASCII that a change of case turns into ASCII letters: the sign for kelvin becomes `k`, the long s
//! `S`. The changed address or user name would be another person's, so such letters are found before anything is
//! folded.

/// Returns the first character outside ASCII that one of the case mappings in use turns into ASCII.
pub fn folds_into_ascii(text: &str) -> Option<char> {
    text.chars().find(|c| {
        // In Turkish the capital I with a dot is the capital of i.
        !c.is_ascii()
            && (*c == 'İ'
                || c.to_lowercase().all(|c| c.is_ascii())
                || c.to_uppercase().all(|c| c.is_ascii()))
    })
}

/// Returns such a character that a step has removed from a text.
pub fn folded(before: &str, after: &str) -> Option<char> {
    folds_into_ascii(before).filter(|c| !after.contains(*c))
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    #[test]
    fn letters_that_look_like_others_are_found() {
        for (text, found) in [
            ("\u{212A}elly@school.example", Some('\u{212A}')),
            ("mi\u{017F}s", Some('\u{017F}')),
            ("\u{0130}lker", Some('\u{0130}')),
            ("fi\u{0131}", Some('\u{0131}')),
            ("o\u{FB03}ce", Some('\u{FB03}')),
            ("sara@school.example", None),
            ("سارة", None),
            ("Åsa", None),
        ] {
            assert_eq!(folds_into_ascii(text), found, "{text}");
        }
        assert_eq!(folded("\u{212A}elly", "kelly"), Some('\u{212A}'));
        assert_eq!(folded("\u{212A}elly", "\u{212A}elly"), None, "nothing was folded");
    }

    proptest! {
        /// A text without such letters gains no ASCII characters by folding.
        #[test]
        fn nothing_else_becomes_ascii(text in "\\PC{0,20}") {
            if folds_into_ascii(&text).is_none() {
                let outside = |text: &str| text.chars().filter(|c| !c.is_ascii()).count();
                prop_assert!((outside(&text) == 0) == (outside(&text.to_lowercase()) == 0));
                prop_assert!((outside(&text) == 0) == (outside(&text.to_uppercase()) == 0));
            }
        }
    }
}

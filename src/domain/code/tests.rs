//! The table is whole: words once, texts in both languages with the same gaps, sentences that are sentences.

use {super::*, std::collections::BTreeSet};

/// Returns the gaps of a text.
fn gaps(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(gap, _)| gap).collect()
}

#[test]
fn each_word_has_one_row() {
    let words: Vec<&str> = all().map(Code::word).collect();
    let once: BTreeSet<&str> = words.iter().copied().collect();
    assert_eq!(once.len(), words.len());
    for word in words {
        assert!(word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'));
        assert_eq!(Code::find(word).map(Code::word), Some(word));
    }
    assert_eq!(Code::find("NO_SUCH_WORD"), None);
}

#[test]
fn both_languages_say_the_same() {
    for row in all().map(Code::row) {
        assert_eq!(gaps(row.en.message), gaps(row.ar.message), "{}", row.word);
        for text in [&row.en, &row.ar] {
            assert!(gaps(text.remedy).is_subset(&gaps(text.message)), "{}", row.word);
            for sentence in [text.message, text.remedy] {
                assert!(sentence.ends_with('.') && !sentence.contains("  "), "{}: {sentence}", row.word);
                assert_eq!(sentence.matches('{').count(), sentence.matches('}').count());
            }
        }
        let arabic = |text: &str| text.chars().any(|c| ('\u{600}'..='\u{6ff}').contains(&c));
        assert!(!arabic(row.en.message) && !arabic(row.en.remedy), "{}", row.word);
        assert!(arabic(row.ar.message) && arabic(row.ar.remedy), "{}", row.word);
    }
}

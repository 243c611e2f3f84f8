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
                assert!(
                    sentence.ends_with('.') && !sentence.contains("  "),
                    "{}: {sentence}",
                    row.word
                );
                assert_eq!(sentence.matches('{').count(), sentence.matches('}').count());
            }
        }
        let arabic = |text: &str| text.chars().any(|c| ('\u{600}'..='\u{6ff}').contains(&c));
        assert!(!arabic(row.en.message) && !arabic(row.en.remedy), "{}", row.word);
        assert!(arabic(row.ar.message) && arabic(row.ar.remedy), "{}", row.word);
    }
}

#[test]
fn gaps_have_names() {
    for row in all().map(Code::row) {
        for gap in gaps(row.en.message) {
            let named = gap.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(named && !gap.is_empty(), "{}: {gap}", row.word);
        }
    }
}

#[test]
fn arabic_has_its_own_marks() {
    for row in all().map(Code::row) {
        for text in [row.ar.message, row.ar.remedy] {
            assert!(!text.contains([',', ';', '?', '\'', '"']), "{}: {text}", row.word);
        }
    }
}

#[test]
fn a_word_of_a_request_means_nothing_for_a_run() {
    for row in all().map(Code::row).filter(|row| row.class == Class::Call) {
        assert_eq!(row.effect, Effect::None, "{}", row.word);
    }
}

#[test]
fn a_source_that_was_not_seen_whole_makes_the_run_partial() {
    let partial: Vec<&str> =
        all().filter(|code| code.row().effect == Effect::Partial).map(Code::word).collect();
    assert_eq!(partial, ["REMOVALS_DISCARDED", "SOURCE_EMPTY_UNEXPECTED", "SOURCE_INCOMPLETE"]);
}

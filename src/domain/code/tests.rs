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
fn a_message_is_the_sentence_of_the_row_with_its_gaps_filled() {
    let long = VALUE_TOO_LONG.message(&[("field", &"name"), ("length", &300), ("limit", &255)]);
    assert_eq!(long, "name has 300 characters; at most 255 are allowed");
    assert_eq!(
        ZOHO_DISABLED.advice(&[]),
        "the Zoho connection is switched off; switch on the connection in the settings"
    );
    assert_eq!(ZOHO_BULK_PENDING.message(&[]), "Zoho is still working on the bulk read");
    // A value is put in as it is, whatever it looks like.
    let odd = COUNTRY_INVALID.message(&[("value", &"{value}")]);
    assert_eq!(odd, "the country {value} is not a code of two capital letters");
}

#[test]
fn every_message_can_be_raised() {
    for code in all() {
        let row = code.row();
        let gaps: Vec<(&str, &dyn std::fmt::Display)> = gaps(row.en.message)
            .into_iter()
            .map(|gap| (gap, &"x" as &dyn std::fmt::Display))
            .collect();
        let message = code.advice(&gaps);
        assert!(!message.contains(['{', '}']) && !message.ends_with('.'), "{message}");
        let first = message.split(' ').next().unwrap_or_default();
        let is_name = NAMES.iter().any(|name| first.starts_with(name));
        assert!(is_name || first.to_lowercase() == first, "{message}");
    }
}

#[test]
fn a_filter_by_a_word_that_was_divided_finds_its_parts() {
    let parts =
        ["MATCH_AMBIGUOUS", "MATCH_BELONGS_TO_ANOTHER", "MATCH_OTHER_PERSON", "MATCH_SEVERAL"];
    assert_eq!(found_by("MATCH_AMBIGUOUS"), parts);
    assert_eq!(found_by("MATCH_SEVERAL"), ["MATCH_SEVERAL"]);
    assert_eq!(found_by("OF_LATER"), ["OF_LATER"]);
}

#[test]
fn what_is_tried_again_by_itself_waits_for_nobody() {
    for row in all().map(Code::row) {
        let waits = row.effect == Effect::Wait;
        // The machine's disk may have room again, but only because the operator makes it.
        assert!(!waits || row.class == Class::Transient || row.word == "TEMPORARY_FILE_FAILED");
        assert!(row.class != Class::Transient || row.effect != Effect::Failed, "{}", row.word);
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

/// Returns a text without the marks that Arabic may leave out.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !('\u{64b}'..='\u{652}').contains(c)).collect()
}

/// Returns the nouns of the glossary, each with the stems of its Arabic term and of the plural.
fn glossary() -> Vec<(&'static str, Vec<String>)> {
    let page = include_str!("../../../docs/src/style.md");
    let section = page.split("## Arabic terms").nth(1).unwrap_or_default();
    let table = section.lines().skip_while(|line| !line.starts_with("|--")).skip(1);
    let rows = table.take_while(|line| line.starts_with('|')).map(|line| {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let noun = cells.next().unwrap_or_default();
        let terms = cells.filter(|term| !term.is_empty()).map(|term| {
            // The run is عملية مزامنة at first and العملية afterwards; the ending ة changes before a suffix.
            let first = term.split(' ').next().unwrap_or_default();
            bare(first).trim_end_matches('ة').to_owned()
        });
        (noun, terms.collect())
    });
    rows.collect()
}

/// True when a sentence has the noun, in the singular or the plural.
fn mentions(sentence: &str, noun: &str) -> bool {
    let sentence = sentence.to_lowercase();
    let mut words = sentence.split(|c: char| !c.is_alphanumeric() && !"-_".contains(c));
    words.any(|word| match word.strip_prefix(noun) {
        Some(ending) => matches!(ending, "" | "s" | "es"),
        None => noun.strip_suffix('y').is_some_and(|stem| word == format!("{stem}ies")),
    })
}

/// Returns the sentence without its gaps.
fn without_gaps(sentence: &str) -> String {
    let mut parts = sentence.split('{');
    let begin = parts.next().unwrap_or_default().to_owned();
    parts.fold(begin, |text, part| text + part.split_once('}').map_or("", |(_, rest)| rest))
}

#[test]
fn one_noun_has_one_arabic_term() {
    let glossary = glossary();
    assert!(glossary.len() > 30, "{glossary:?}");
    let mut other = Vec::new();
    for row in all().map(Code::row) {
        let pairs = [(row.en.message, row.ar.message), (row.en.remedy, row.ar.remedy)];
        for (english, arabic) in pairs {
            let (english, arabic) = (without_gaps(english), bare(arabic));
            for (noun, terms) in &glossary {
                let has_term = terms.iter().any(|term| arabic.contains(term.as_str()));
                if mentions(&english, noun) && !has_term {
                    other.push(format!("{}: {noun}, not {terms:?}: {arabic}", row.word));
                }
            }
        }
    }
    assert!(other.is_empty(), "{}", other.join("\n"));
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
    let words = [
        "CHANGES_DISCARDED",
        "DELETED_LIST_REFUSED",
        "GRADES_EMPTY_UNEXPECTED",
        "REMOVALS_DISCARDED",
        "SOURCE_EMPTY_UNEXPECTED",
        "SOURCE_INCOMPLETE",
    ];
    assert_eq!(partial, words);
}

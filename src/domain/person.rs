//! People: the terms by which a student is found. Names, addresses and search texts are folded alike, so that case,
//! accents, vowel marks and the spellings of one Arabic letter do not matter.

use {
    super::{
        id::{ObjectId, PersonId},
        record::Canonical,
    },
    serde_json::Value,
    unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark},
};

/// The canonical fields by which a person is known.
pub const KNOWN_BY: [&str; 5] =
    ["academic_email", "username", "display_name", "first_name", "last_name"];
/// Greatest number of terms for one person.
pub const TERMS_MAX: usize = 12;
/// Longest term, in characters.
pub const TERM_MAX: usize = 64;
/// Greatest number of words of a search that are used.
pub const WORDS_MAX: usize = 8;
/// Longest name and address that are kept, in characters.
const TEXT_MAX: usize = 255;
/// The Arabic article, which is written together with its word.
const ARTICLE: &str = "ال";
/// Fewest letters that must follow the article for the rest to count as a word.
const STEM_MIN: usize = 3;

/// A student, by the data that people know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Id in the source.
    pub id: PersonId,
    /// Full name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Id of the account in the target.
    pub account: Option<ObjectId>,
}

impl Person {
    /// A student of whom nothing but the id is known.
    pub const fn nameless(id: PersonId) -> Self {
        Self { id, name: None, email: None, account: None }
    }

    /// Reads a student from canonical fields, as far as they are present.
    pub fn of(id: PersonId, fields: &Canonical) -> Self {
        let parts = [text(fields, "first_name"), text(fields, "last_name")];
        let full = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let name =
            Some(full).filter(|name| !name.is_empty()).or_else(|| text(fields, "display_name"));
        Self {
            id,
            name: name.map(|name| cut(&name, TEXT_MAX)),
            email: text(fields, "academic_email").map(|email| cut(&email, TEXT_MAX)),
            account: None,
        }
    }

    /// Fills unknown data from what was known before.
    pub fn or_else(mut self, before: &Self) -> Self {
        self.name = self.name.or_else(|| before.name.clone());
        self.email = self.email.or_else(|| before.email.clone());
        self.account = self.account.or_else(|| before.account.clone());
        self
    }

    /// Returns the terms by which the person is found, each once, the most distinctive first.
    pub fn terms(&self) -> Vec<String> {
        let email = fold(self.email.as_deref().unwrap_or_default());
        let names = words(&fold(self.name.as_deref().unwrap_or_default()));
        let stems: Vec<String> = names.iter().filter_map(|word| stem(word)).collect();
        // The domain of the address is the school's and does not distinguish students.
        let local = words(email.split('@').next().unwrap_or_default());
        let whole = Some(cut(&email, TERM_MAX)).filter(|email| !email.is_empty());
        let mut terms: Vec<String> = Vec::with_capacity(TERMS_MAX);
        for term in whole.into_iter().chain(names).chain(local).chain(stems) {
            if terms.len() < TERMS_MAX && !terms.contains(&term) {
                terms.push(term);
            }
        }
        terms
    }
}

/// Returns the words of a search. For each word a matching person has a term that begins with it. An address is one
/// word.
pub fn question(text: &str) -> Vec<String> {
    let mut asked: Vec<String> = Vec::new();
    for part in fold(text).split_whitespace() {
        let bare = part.trim_matches(|c: char| !c.is_alphanumeric());
        let more = if bare.contains('@') { vec![cut(bare, TERM_MAX)] } else { words(part) };
        for word in more {
            if asked.len() < WORDS_MAX && !asked.contains(&word) {
                asked.push(word);
            }
        }
    }
    asked
}

/// Brings a text to the form in which texts are compared: compatible forms unified, without marks, in lower case.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            // Characters that join letters or set the direction are invisible.
            '\u{640}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{61c}'
            | '\u{feff}'
            | '\u{ad}' => {}
            'ٱ' => folded.push('ا'),
            'ى' | 'ی' => folded.push('ي'),
            'ة' | 'ہ' | 'ە' => folded.push('ه'),
            'ک' => folded.push('ك'),
            '٠'..='٩' => folded.extend(digit(c, '٠')),
            '۰'..='۹' => folded.extend(digit(c, '۰')),
            'ß' | 'ẞ' => folded.push_str("ss"),
            'æ' | 'Æ' => folded.push_str("ae"),
            'œ' | 'Œ' => folded.push_str("oe"),
            'þ' | 'Þ' => folded.push_str("th"),
            'ø' | 'Ø' => folded.push('o'),
            'đ' | 'Đ' | 'ð' | 'Ð' => folded.push('d'),
            'ł' | 'Ł' => folded.push('l'),
            'ħ' | 'Ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            other => folded.extend(other.to_lowercase().filter(|c| !is_combining_mark(*c))),
        }
    }
    folded
}

fn digit(c: char, zero: char) -> Option<char> {
    char::from_digit(u32::from(c).checked_sub(u32::from(zero))?, 10)
}

/// Splits a folded text into its words.
fn words(folded: &str) -> Vec<String> {
    // An apostrophe is part of a name: O'Neil is found as oneil.
    let joined: String = folded.chars().filter(|c| !matches!(c, '\'' | '’' | 'ʼ' | '`')).collect();
    let split = joined.split(|c: char| !c.is_alphanumeric());
    split.filter(|word| !word.is_empty()).map(|word| cut(word, TERM_MAX)).collect()
}

/// Returns a word without the article that it begins with.
fn stem(word: &str) -> Option<String> {
    let stem = word.strip_prefix(ARTICLE)?;
    (stem.chars().count() >= STEM_MIN).then(|| stem.to_owned())
}

fn text(fields: &Canonical, name: &str) -> Option<String> {
    let text = fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('\0', "");
    (!text.is_empty()).then_some(text)
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*, serde_json::json};

    fn person(name: &str, email: &str) -> Person {
        let fields = [("display_name", json!(name)), ("academic_email", json!(email))];
        let fields = fields.map(|(name, value)| (name.to_owned(), value)).into();
        Person::of(PersonId::parse("77").expect("an id"), &fields)
    }

    fn finds(person: &Person, text: &str) -> bool {
        let (asked, terms) = (question(text), person.terms());
        !asked.is_empty()
            && asked.iter().all(|word| terms.iter().any(|term| term.starts_with(word.as_str())))
    }

    #[test]
    fn spelling_does_not_matter() {
        let cases = [
            ("José Müller-Lüdenscheidt", "jose mull"),
            ("JOSE MULLER", "josé Müller"),
            ("Łukasz Øster", "lukasz oster"),
            ("İlker IŞIK", "ilker isik"),
            ("Sara O'Neil", "oneil"),
            ("Sara O’Neil", "o'neil"),
            ("Straße", "STRASSE"),
            ("أحمد إبراهيم", "احمد ابراهيم"),
            ("احمد", "أَحْمَد"),
            ("فاطمة الحدّاد", "فاطمه حداد"),
            ("فاطمة الحداد", "الحداد"),
            ("مصطفى", "مصطفي"),
            ("عبـــد الله", "عبد الله"),
            ("ﻣﺤﻤﺪ", "محمد"),
            ("ｓａｒａ", "Sara"),
        ];
        for (name, asked) in cases {
            assert!(finds(&person(name, ""), asked), "{name} by {asked}: {:?}", question(asked));
        }
        assert!(!finds(&person("Sara Haddad", ""), "sara hamdan"));
        assert!(!finds(&person("Sara Haddad", ""), "addad"));
        assert!(!finds(&person("Sara Haddad", ""), " - * "));
    }

    #[test]
    fn an_address_is_found_whole_and_by_its_words() {
        let sara = person("سارة", "Sara.Haddad+2@School.Example");
        for asked in ["sara.haddad+2@school.example", "<SARA.haddad+2@sch", "haddad", "sara haddad"]
        {
            assert!(finds(&sara, asked), "{asked}: {:?}", sara.terms());
        }
        assert!(!finds(&sara, "school") && !finds(&sara, "sara@school.example"));
    }

    #[test]
    fn eastern_digits_are_digits() {
        assert_eq!(question("٤٢ ۴۲"), ["42"]);
    }

    #[test]
    fn what_is_unknown_now_was_known_before() {
        let before = Person { account: Some("5".into()), ..person("Sara", "sara@x.example") };
        let now = person("Sara Haddad", "").or_else(&before);
        assert_eq!(now.name.as_deref(), Some("Sara Haddad"));
        assert_eq!((now.email, now.account), (before.email, before.account));
    }

    #[test]
    fn first_and_last_name_make_the_name() {
        let fields = [("first_name", json!(" Sara ")), ("last_name", json!("Al  Haddad"))];
        let fields: Canonical = fields.map(|(name, value)| (name.to_owned(), value)).into();
        let id = PersonId::parse("1").expect("an id");
        assert_eq!(Person::of(id.clone(), &fields).name.as_deref(), Some("Sara Al Haddad"));
        assert_eq!(Person::of(id, &Canonical::new()).name, None);
    }

    proptest! {
        #[test]
        fn any_text_gives_a_bounded_number_of_short_words(name in "\\PC{0,400}", email in "\\PC{0,300}") {
            let person = person(&name, &email);
            let terms = person.terms();
            prop_assert!(terms.len() <= TERMS_MAX);
            prop_assert!(question(&name).len() <= WORDS_MAX);
            for term in terms.iter().chain(&question(&name)) {
                prop_assert!((1..=TERM_MAX).contains(&term.chars().count()), "{}", term);
            }
        }

        #[test]
        fn a_name_is_found_by_the_beginning_of_any_of_its_words(
            words in proptest::collection::vec("[a-zA-Zàéîöüñç]{1,12}|[ابتثجحخدذرزسشصضطظعغفقكلمنهوي]{1,12}", 1..4),
            pick in any::<proptest::sample::Index>(),
        ) {
            let word = &words[pick.index(words.len())];
            let beginning: String = word.chars().take(3).collect();
            prop_assert!(finds(&person(&words.join(" "), ""), &beginning), "{}", beginning);
        }
    }
}

//! Which fields of the protos must be marked `(sigma.v1.sensitive)`: a text or bytes whose name says that it is a secret. The
//! build stops at one that is neither marked nor excepted here, because its message would be logged with it.

/// Words of names that say so, in the singular.
const WORDS: [&str; 12] = [
    "secret",
    "token",
    "password",
    "passwd",
    "passphrase",
    "credential",
    "bearer",
    "cookie",
    "pin",
    "otp",
    "assertion",
    "seed",
];

/// Fields that have such a word and hold no secret, each with the reason.
const EXCEPTED: [(&str, &str); 3] = [
    ("page_token", "the position of a page, which grants nothing"),
    ("next_page_token", "the position of a page, which grants nothing"),
    ("items_token", "the position of a page, which grants nothing"),
];

/// A field of a message.
pub(crate) struct Field<'a> {
    /// With its message, such as `sigma.v1.Key.secret`.
    pub(crate) name: &'a str,
    /// True for a text and for bytes, also in a list.
    pub(crate) is_text: bool,
    /// True if it is marked.
    pub(crate) is_marked: bool,
}

/// Returns what is wrong with a field, if anything is.
pub(crate) fn fault(field: &Field<'_>) -> Option<String> {
    let own = field.name.rsplit('.').next().unwrap_or_default();
    let is_excepted = EXCEPTED.iter().any(|(name, _)| *name == own);
    let says = own.split('_').any(|word| {
        let word = word.to_ascii_lowercase();
        WORDS.contains(&word.as_str()) || WORDS.contains(&word.trim_end_matches('s'))
    });
    let unmarked = field.is_text && says && !field.is_marked && !is_excepted;
    unmarked.then(|| {
        format!(
            "{}: a field named like a secret needs (sensitive) = true, or an exception with its reason in build/secret.rs",
            field.name
        )
    })
}

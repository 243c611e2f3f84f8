//! Keys of a tenant as their owners see them: what they may be used for, until when and from where. Their secrets are
//! not among it.

use {
    super::{Cidr, Role, Scheme},
    crate::domain::{
        fault::{Fault, FieldFault},
        id::KeyId,
        invisible,
        rate::OwnLimits,
    },
    chrono::{DateTime, Utc},
    std::ops::RangeInclusive,
};

/// Most keys of a tenant that are not revoked.
pub const KEYS_MAX: usize = 50;
/// Longest name of a key, in characters.
const NAME_MAX: usize = 100;
/// The words of the schemes in which a key signs.
pub const SCHEMES: [&str; 2] = ["v1", "v2"];
/// Longest reason, in characters.
const REASON_MAX: usize = 500;
/// Most networks of a key.
const CIDRS_MAX: usize = 20;
/// How long the secret before stays valid after a rotation, in seconds, if the caller does not say.
pub const OVERLAP_S: i64 = 86_400;
/// What the caller may say.
pub const OVERLAPS_S: RangeInclusive<i64> = 0..=604_800;

/// A key that is not revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its public id.
    pub id: KeyId,
    /// Its name; empty for a key of an earlier version.
    pub name: String,
    /// What it may be used for.
    pub roles: Vec<Role>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The key that made it, or `host`; `None` for a tenant's first key.
    pub created_by: Option<String>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// The networks from which it may be used; empty for all.
    pub allow_cidrs: Vec<Cidr>,
    /// The scheme that it must sign in at least, and why it may sign in v1 where that had to be said.
    pub scheme: SchemeChoice,
    /// True if it opens sessions and does nothing else.
    pub only_mint: bool,
    /// The limits of its own.
    pub limits: OwnLimits,
    /// When it was last used, to within some minutes.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Its secrets, the newest first.
    pub secrets: Vec<KeySecret>,
}

/// The scheme that a key must sign in at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemeChoice {
    /// The scheme.
    pub least: Scheme,
    /// Why it may sign in v1, for a key of a production deployment.
    pub v1_reason: Option<String>,
}

impl SchemeChoice {
    /// The choice of a deployment for a key whose maker says nothing: v2 in production.
    pub const fn usual(is_production: bool) -> Self {
        let least = if is_production { Scheme::V2 } else { Scheme::V1 };
        Self { least, v1_reason: None }
    }

    /// Checks what the maker of a key says. In production v1 needs a reason.
    pub fn parse(
        word: Option<&str>,
        reason: Option<&str>,
        is_production: bool,
        faults: &mut Vec<FieldFault>,
    ) -> Self {
        let mut choice = Self::usual(is_production);
        match word.map(Scheme::parse) {
            None => {}
            Some(Some(least)) => choice.least = least,
            Some(None) => {
                faults.push(FieldFault::new("min_scheme", Fault::Literal { expected: &SCHEMES }));
                return choice;
            }
        }
        let hidden = |c: char| c.is_control() || invisible::is_invisible(c);
        let fault = match (choice.least, reason.map(str::trim).filter(|text| !text.is_empty())) {
            (Scheme::V1, Some(reason)) => {
                choice.v1_reason = Some(reason.to_owned());
                match reason.chars().count() {
                    ..=REASON_MAX if reason.contains(hidden) => {
                        Some(Fault::Value("characters that cannot be seen are not allowed".into()))
                    }
                    ..=REASON_MAX => None,
                    _ => Some(Fault::TooLong { max: REASON_MAX }),
                }
            }
            (Scheme::V1, None) if is_production => {
                Some(Fault::Value("a key that may sign in v1 needs a reason".into()))
            }
            (Scheme::V2, Some(_)) => {
                Some(Fault::Value("only for a key that may sign in v1".into()))
            }
            _ => None,
        };
        faults.extend(fault.map(|fault| FieldFault::new("v1_reason", fault)));
        choice
    }
}

/// A secret of a key, without the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySecret {
    /// Its number among the secrets of the key, from 1.
    pub id: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    pub retires_at: Option<DateTime<Utc>>,
    /// When it was last used, to within some minutes.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Key {
    /// Returns whether it is accepted at a time.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Returns the number of the newest secret.
    pub fn newest(&self) -> i32 {
        self.secrets.iter().map(|secret| secret.id).max().unwrap_or_default()
    }

    /// Returns when the older of two secrets ends, while there are two.
    pub fn overlap(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.secrets.iter().filter_map(|secret| secret.retires_at).filter(|end| now < *end).max()
    }
}

/// Checks a name: 1 to 100 characters that can be seen.
pub fn check_name(name: &str, faults: &mut Vec<FieldFault>) {
    let hidden = |c: char| c.is_control() || invisible::is_invisible(c);
    let fault = match name.chars().count() {
        0 => Some(Fault::TooShort { min: 1 }),
        1..=NAME_MAX if name.contains(hidden) => {
            Some(Fault::Value("characters that cannot be seen are not allowed".into()))
        }
        1..=NAME_MAX if name.trim() != name => {
            Some(Fault::Value("spaces at the ends are not allowed".into()))
        }
        1..=NAME_MAX => None,
        _ => Some(Fault::TooLong { max: NAME_MAX }),
    };
    faults.extend(fault.map(|fault| FieldFault::new("name", fault)));
}

/// Reads the words of roles, each once.
pub fn parse_roles(words: &[String], faults: &mut Vec<FieldFault>) -> Vec<Role> {
    let mut roles = Vec::new();
    if words.is_empty() {
        faults.push(FieldFault::new("roles", Fault::Missing));
    }
    for (at, word) in words.iter().enumerate() {
        match Role::parse(word) {
            Some(role) if !roles.contains(&role) => roles.push(role),
            Some(_) => {}
            None => {
                let fault = Fault::Literal { expected: &Role::WORDS };
                faults.push(FieldFault::new(format!("roles[{at}]"), fault));
            }
        }
    }
    roles
}

/// Reads networks, each once.
pub fn parse_cidrs(texts: &[String], faults: &mut Vec<FieldFault>) -> Vec<Cidr> {
    let mut cidrs = Vec::new();
    if texts.len() > CIDRS_MAX {
        let fault = Fault::TooMany { max: CIDRS_MAX, actual: texts.len() };
        faults.push(FieldFault::new("allow_cidrs", fault));
        return cidrs;
    }
    for (at, text) in texts.iter().enumerate() {
        match Cidr::parse(text) {
            Ok(cidr) if !cidrs.contains(&cidr) => cidrs.push(cidr),
            Ok(_) => {}
            Err(reason) => {
                let fault = Fault::Value(reason.into());
                faults.push(FieldFault::new(format!("allow_cidrs[{at}]"), fault));
            }
        }
    }
    cidrs
}

/// Checks when a key ends: it must be to come.
pub fn check_expiry(end: DateTime<Utc>, now: DateTime<Utc>, faults: &mut Vec<FieldFault>) {
    if end <= now {
        let fault = Fault::Value("the time must be in the future".into());
        faults.push(FieldFault::new("expires_at", fault));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_be_seen() {
        let refused = |name: &str| {
            let mut faults = Vec::new();
            check_name(name, &mut faults);
            !faults.is_empty()
        };
        for good in ["a", "Zoho widget", "مفتاح المدرسة", &"x".repeat(100)] {
            assert!(!refused(good), "{good}");
        }
        for bad in ["", " ", " a", "a\n", "a\u{202e}b", "\u{200b}", &"x".repeat(101)] {
            assert!(refused(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_key_lives_until_its_end() {
        let at = |second: i64| DateTime::from_timestamp(second, 0).expect("a time");
        let secret = |id, end: Option<i64>| KeySecret {
            id,
            created_at: at(0),
            retires_at: end.map(at),
            last_used_at: None,
        };
        let key = |expires_at: Option<i64>, secrets: Vec<KeySecret>| Key {
            id: KeyId::parse("ek_1").expect("an id"),
            name: "a".into(),
            roles: Vec::new(),
            created_at: at(0),
            created_by: None,
            limits: OwnLimits::default(),
            expires_at: expires_at.map(at),
            allow_cidrs: Vec::new(),
            scheme: SchemeChoice::usual(true),
            only_mint: false,
            last_used_at: None,
            secrets,
        };
        let ending =
            key(Some(100), vec![secret(7, None), secret(5, Some(60)), secret(6, Some(50))]);
        assert_eq!([99, 100, 101].map(|now| ending.is_live(at(now))), [true, false, false]);
        assert_eq!(ending.newest(), 7);
        assert_eq!([49, 50, 59].map(|now| ending.overlap(at(now))), [Some(at(60)); 3]);
        assert_eq!([60, 61].map(|now| ending.overlap(at(now))), [None; 2]);
        let endless = key(None, Vec::new());
        assert!(endless.is_live(at(i64::from(u32::MAX))));
        assert_eq!((endless.newest(), endless.overlap(at(0))), (0, None));
    }

    #[test]
    fn borders_belong_to_what_is_allowed() {
        let mut faults = Vec::new();
        check_name("", &mut faults);
        assert_eq!(faults.pop(), Some(FieldFault::new("name", Fault::TooShort { min: 1 })));
        let networks =
            |count: usize| (0..count).map(|n| format!("10.0.{n}.0/24")).collect::<Vec<_>>();
        assert_eq!(parse_cidrs(&networks(CIDRS_MAX), &mut faults).len(), CIDRS_MAX);
        assert!(faults.is_empty());
        assert!(parse_cidrs(&networks(CIDRS_MAX + 1), &mut faults).is_empty());
        let fault = Fault::TooMany { max: CIDRS_MAX, actual: CIDRS_MAX + 1 };
        assert_eq!(faults.pop(), Some(FieldFault::new("allow_cidrs", fault)));
        let reason = "x".repeat(REASON_MAX);
        SchemeChoice::parse(Some("v1"), Some(&reason), true, &mut faults);
        let now = DateTime::from_timestamp(100, 0).expect("a time");
        let after = DateTime::from_timestamp(101, 0).expect("a time");
        check_expiry(after, now, &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
        check_expiry(now, now, &mut faults);
        check_expiry(now, after, &mut faults);
        assert_eq!(faults.len(), 2);
    }

    #[test]
    fn a_production_key_signs_in_v1_for_a_reason() {
        let read = |word: Option<&str>, reason: Option<&str>, is_production| {
            let mut faults = Vec::new();
            let choice = SchemeChoice::parse(word, reason, is_production, &mut faults);
            let fields: Vec<String> = faults.into_iter().map(|fault| fault.field).collect();
            (choice.least, choice.v1_reason, fields)
        };
        let none: [String; 0] = [];
        assert_eq!(read(None, None, true), (Scheme::V2, None, none.to_vec()));
        assert_eq!(read(None, None, false), (Scheme::V1, None, none.to_vec()));
        let deluge = Some("Deluge".to_owned());
        assert_eq!(read(Some("v1"), Some(" Deluge "), true), (Scheme::V1, deluge, none.to_vec()));
        for (word, reason, field) in [
            (Some("v1"), None, "v1_reason"),
            (Some("v1"), Some(" "), "v1_reason"),
            (Some("v1"), Some("a\u{202e}b"), "v1_reason"),
            (Some("v1"), Some(&*"x".repeat(501)), "v1_reason"),
            (Some("v2"), Some("Deluge"), "v1_reason"),
            (None, Some("Deluge"), "v1_reason"),
            (Some("v3"), None, "min_scheme"),
            (Some("session"), None, "min_scheme"),
        ] {
            assert_eq!(read(word, reason, true).2, [field], "{word:?} {reason:?}");
        }
    }

    #[test]
    fn lists_are_read_once_each() {
        let mut faults = Vec::new();
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let roles = parse_roles(&texts(&["viewer", "owner", "viewer"]), &mut faults);
        assert_eq!(roles, [Role::Viewer, Role::Owner]);
        let cidrs = parse_cidrs(&texts(&["10.0.0.0/8", "10.0.0.0/8"]), &mut faults);
        assert_eq!((cidrs.len(), faults.len()), (1, 0));
        parse_roles(&[], &mut faults);
        parse_roles(&texts(&["viewer", "root"]), &mut faults);
        parse_cidrs(&texts(&["10.0.0.0/8", "here"]), &mut faults);
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["roles", "roles[1]", "allow_cidrs[1]"]);
    }
}

//! The values that a switch takes, beyond its type: each refusal names the member and what would be accepted.

use {
    super::moodle,
    serde::de::DeserializeOwned,
    serde_json::{Map, Value},
    std::fmt,
};

/// The values of a setting, or of a value of a fault. Of a list, each entry is meant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    /// Numbers from the first to the last one.
    Range(i64, i64),
    /// One of some numbers.
    Number(&'static [i64]),
    /// One of some words; the first one may be empty.
    Word(&'static [&'static str]),
    /// The names of functions that the emulated Moodle has in one of its versions.
    Function,
    /// A version such as 4.5.
    Version,
}

impl Limit {
    /// Refuses what is outside; names the member.
    pub(crate) fn check(self, name: &str, value: &Value) -> Result<(), String> {
        if let Value::Array(entries) = value {
            return entries.iter().try_for_each(|entry| self.check(name, entry));
        }
        if value.is_null() || self.admits(value) {
            return Ok(());
        }
        Err(format!("{name}: {value} is not {self}"))
    }

    fn admits(self, value: &Value) -> bool {
        let text = value.as_str().unwrap_or_default();
        match self {
            Self::Range(least, most) => {
                value.as_f64().is_some_and(|number| number >= least as f64 && number <= most as f64)
            }
            Self::Number(all) => value.as_i64().is_some_and(|number| all.contains(&number)),
            Self::Word(all) => all.contains(&text),
            Self::Function => moodle::has(text),
            Self::Version => {
                let parts =
                    text.split_once('.').map(|(major, minor)| (number(major), number(minor)));
                matches!(parts, Some((Some(2..=9), Some(0..=99))))
            }
        }
    }
}

/// Reads digits; unlike `parse`, it takes no sign.
fn number(digits: &str) -> Option<u8> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |all: Vec<String>| all.join(" or ");
        match self {
            Self::Range(least, most) => write!(f, "from {least} to {most}"),
            Self::Number(all) => f.write_str(&list(all.iter().map(i64::to_string).collect())),
            Self::Word(all) => {
                let word = |word: &&str| if word.is_empty() { "empty" } else { word }.to_owned();
                f.write_str(&list(all.iter().map(word).collect()))
            }
            Self::Function => f.write_str("a function of Moodle that the sandbox has"),
            Self::Version => f.write_str("a version such as 4.5"),
        }
    }
}

/// Reads each member by itself, in the place of that of `usual`, so that an error names the one that it is about.
pub(crate) fn each<T: DeserializeOwned>(
    usual: &Map<String, Value>,
    given: &Map<String, Value>,
) -> Result<(), String> {
    for (name, value) in given {
        let mut one = usual.clone();
        one.insert(name.clone(), value.clone());
        if let Err(error) = serde_json::from_value::<T>(Value::Object(one)) {
            return Err(format!("{name}: {error}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json};

    #[test]
    fn what_is_outside_is_refused_with_its_name() {
        let cases = [
            (Limit::Range(0, 1), json!(7), "x: 7 is not from 0 to 1"),
            (Limit::Range(0, 1), json!(-0.1), "x: -0.1 is not from 0 to 1"),
            (Limit::Number(&[304, 204]), json!(200), "x: 200 is not 304 or 204"),
            (Limit::Word(&["", "A"]), json!("B"), "x: \"B\" is not empty or A"),
            (Limit::Version, json!("4"), "x: \"4\" is not a version such as 4.5"),
            (Limit::Version, json!("4.+5"), "x: \"4.+5\" is not a version such as 4.5"),
            (Limit::Range(1, 5), json!([3, 9]), "x: 9 is not from 1 to 5"),
        ];
        for (limit, value, told) in cases {
            assert_eq!(limit.check("x", &value), Err(told.to_owned()));
        }
        for (limit, value) in [
            (Limit::Range(0, 1), json!(0.5)),
            (Limit::Range(0, 1), Value::Null),
            (Limit::Number(&[304, 204]), json!(204)),
            (Limit::Version, json!("4.5")),
            (Limit::Function, json!(["core_user_get_users"])),
        ] {
            assert_eq!(limit.check("x", &value), Ok(()));
        }
    }
}

//! JSON and YAML of others as a tree of values. The library behind `Value` gives some names of members a meaning of its
//! own: the text of one such member is read as JSON once more. A text has no brackets that could be counted, so a short
//! one would become a tree of any size and depth behind every limit. This reader refuses such names.

use {
    serde::{
        Deserialize, Deserializer,
        de::{
            Error, MapAccess, SeqAccess, Visitor,
            value::{I128Deserializer, U128Deserializer},
        },
    },
    serde_json::{Map, Number, Value},
    std::fmt,
};

/// The beginning of the names.
const OWN: &str = "$serde_json::private::";
/// Why a name is refused.
pub const REFUSED: &str = "names that begin with $serde_json::private:: are not allowed";

/// Returns whether a name of a member is refused, because a library would not take it for a name.
pub fn is_refused(name: &str) -> bool {
    name.starts_with(OWN)
}

/// Reads JSON.
///
/// # Errors
/// Text that is not JSON, and a refused name.
pub fn value(text: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice::<Tree>(text).map(|tree| tree.0)
}

/// Reads a JSON object.
///
/// # Errors
/// See [`value`]; also JSON that is not an object.
pub fn object(text: &[u8]) -> serde_json::Result<Map<String, Value>> {
    match value(text)? {
        Value::Object(members) => Ok(members),
        _ => Err(serde_json::Error::custom("not an object")),
    }
}

/// A value of any format that says what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree(pub Value);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Grow).map(Self)
    }
}

struct Grow;

impl<'de> Visitor<'de> for Grow {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<Value, E> {
        Number::deserialize(I128Deserializer::new(number)).map(Value::Number)
    }

    fn visit_u128<E: Error>(self, number: u128) -> Result<Value, E> {
        Number::deserialize(U128Deserializer::new(number)).map(Value::Number)
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Tree(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if is_refused(&name) {
                return Err(A::Error::custom(REFUSED));
            }
            let Tree(value) = members.next_value()?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*, serde_json::json};

    /// The object that the library takes for the value 7, and its name written with an escape.
    const HIDDEN: [&str; 2] = [
        r#"{"a":[{"$serde_json::private::RawValue":"[7]"}]}"#,
        r#"{"a":[{"\u0024serde_json::private::RawValue":"[7]"}]}"#,
    ];

    #[test]
    fn no_text_becomes_a_tree() {
        for text in HIDDEN {
            let library: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(library, json!({"a": [[7]]}), "the library has lost its habit");
            let told = value(text.as_bytes()).expect_err(text).to_string();
            assert!(told.starts_with(REFUSED), "{told}");
        }
        let number = json!({"$serde_json::private::Number": "7"}).to_string();
        assert!(value(number.as_bytes()).is_err());
        for name in ["$serde_json::private:", "serde_json::private::RawValue", "$x", ""] {
            let text = json!({ name: "[7]" });
            assert_eq!(value(text.to_string().as_bytes()).expect(name), text);
        }
    }

    #[test]
    fn only_an_object_is_one() {
        let members = object(br#"{"a": 1, "b": null, "a": 2}"#).expect("an object");
        assert_eq!(Value::Object(members), json!({"a": 2, "b": null}));
        for bad in ["[]", "7", "{", "", "{} x"] {
            assert!(object(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    proptest! {
        /// Any other text is read as the library reads it.
        #[test]
        fn trees_are_those_of_the_library(
            text in r#"[\[\]{},:"a-c0-9.eE\-\\u nrtfalse]{0,40}"#,
            number in any::<f64>(),
            whole in any::<i128>(),
        ) {
            for text in [text, number.to_string(), whole.to_string()] {
                let ours = value(text.as_bytes()).ok();
                prop_assert_eq!(ours, serde_json::from_str::<Value>(&text).ok(), "{}", text);
            }
        }
    }
}

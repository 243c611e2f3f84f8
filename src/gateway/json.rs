//! JSON as text: a body is read strictly and to its end, but no tree is built of it. The parts that a request needs
//! are picked out afterwards as pieces of the text, so that an unknown member takes no memory, whatever it contains.

use {
    crate::domain::tree,
    serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor},
    serde_json::{Value, value::RawValue},
    std::{
        collections::{HashMap, HashSet},
        fmt,
        hash::{BuildHasher as _, RandomState},
    },
};

/// Deepest nesting of a body.
const DEPTH_MAX: usize = 32;
/// Longest text of a value that is returned whole, in bytes, and number of letters of one that is cut.
const TOLD_MAX: usize = 4 * 1024;
const SHOWN: usize = 200;
/// Up to this number the names of an object are compared one by one; more of them are hashed.
const FEW: usize = 16;

/// Reads a body to its end: no name twice in an object, no nesting beyond the limit.
pub(super) fn check(body: &[u8]) -> serde_json::Result<&str> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    Strict { depth: 0, hasher: &RandomState::new() }.deserialize(&mut reader)?;
    reader.end()?;
    // All texts were checked; the rest of JSON is ASCII.
    std::str::from_utf8(body).map_err(de::Error::custom)
}

#[derive(Clone, Copy)]
struct Strict<'h> {
    depth: usize,
    hasher: &'h RandomState,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Strict<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth >= DEPTH_MAX {
            return Err(E::custom(format_args!("nesting deeper than {DEPTH_MAX}")));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<(), E> {
        if value.is_finite() { Ok(()) } else { Err(E::custom("a number out of range")) }
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut names = Names::default();
        while let Some((name, twice)) =
            members.next_key_seed(NewName { names: &mut names, hasher: self.hasher })?
        {
            members.next_value_seed(inner)?;
            if twice {
                return Err(de::Error::custom(format_args!("duplicate key '{name}'")));
            }
        }
        Ok(())
    }
}

/// The names of an object so far, as hashes: they have 64 bits, and the hash function is not known outside.
#[derive(Default)]
struct Names {
    few: Vec<u64>,
    many: HashSet<u64>,
}

impl Names {
    /// Returns false for a name that is there already.
    fn add(&mut self, hash: u64) -> bool {
        if self.many.is_empty() {
            if self.few.contains(&hash) {
                return false;
            }
            self.few.push(hash);
            if self.few.len() > FEW {
                self.many = self.few.drain(..).collect();
            }
            return true;
        }
        self.many.insert(hash)
    }
}

/// Notes a name; returns it if it was there already.
struct NewName<'n> {
    names: &'n mut Names,
    hasher: &'n RandomState,
}

impl<'de> DeserializeSeed<'de> for NewName<'_> {
    type Value = (String, bool);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NewName<'_> {
    type Value = (String, bool);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        let is_new = self.names.add(self.hasher.hash_one(name));
        Ok(if is_new { (String::new(), false) } else { (name.to_owned(), true) })
    }
}

/// The type of a JSON value, as far as its first character shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Object,
    List,
    Text,
    Null,
    /// A number, true or false.
    Other,
}

/// Returns the shape of a value from its text.
pub(super) fn shape(text: &str) -> Shape {
    match text.trim_ascii_start().as_bytes().first() {
        Some(b'{') => Shape::Object,
        Some(b'[') => Shape::List,
        Some(b'"') => Shape::Text,
        Some(b'n') => Shape::Null,
        _ => Shape::Other,
    }
}

/// Picks the members of an object that have a place, by name; the others are not kept.
pub(super) fn members<'t>(
    object: &'t str,
    places: usize,
    place: impl Fn(&str) -> Option<usize>,
) -> serde_json::Result<Vec<Option<&'t str>>> {
    let mut found = vec![None; places];
    let mut put = |at: usize, text: &'t str| {
        if let Some(found) = found.get_mut(at) {
            *found = Some(text);
        }
    };
    let mut reader = serde_json::Deserializer::from_str(object);
    reader.deserialize_map(Pick { place: Name(&place), put: &mut put })?;
    Ok(found)
}

/// Picks the elements of a list that have a place; returns the number of elements.
pub(super) fn elements<'t>(
    list: &'t str,
    place: impl Fn(usize) -> bool,
    mut put: impl FnMut(usize, &'t str),
) -> serde_json::Result<usize> {
    let mut reader = serde_json::Deserializer::from_str(list);
    reader.deserialize_seq(Pick { place: Index(&place), put: &mut put })
}

struct Pick<P, F> {
    place: P,
    put: F,
}

struct Name<F>(F);
struct Index<F>(F);

impl<'de, P: Fn(&str) -> Option<usize>, F: FnMut(usize, &'de str)> Visitor<'de>
    for Pick<Name<P>, F>
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        while let Some(place) = members.next_key_seed(PlaceOf(&self.place.0))? {
            match place {
                Some(place) => (self.put)(place, members.next_value::<&RawValue>()?.get()),
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

impl<'de, P: Fn(usize) -> bool, F: FnMut(usize, &'de str)> Visitor<'de> for Pick<Index<P>, F> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<usize, A::Error> {
        for index in 0.. {
            if (self.place.0)(index) {
                match items.next_element::<&RawValue>()? {
                    Some(item) => (self.put)(index, item.get()),
                    None => return Ok(index),
                }
            } else if items.next_element::<IgnoredAny>()?.is_none() {
                return Ok(index);
            }
        }
        Ok(usize::MAX)
    }
}

struct PlaceOf<F>(F);

impl<'de, F: Fn(&str) -> Option<usize>> DeserializeSeed<'de> for PlaceOf<F> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<F: Fn(&str) -> Option<usize>> Visitor<'_> for PlaceOf<F> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok((self.0)(name))
    }
}

/// Finds the values at several paths of names and indices, all in one pass.
pub(super) fn locate<'t>(text: &'t str, paths: &[&[Value]]) -> Vec<Option<&'t str>> {
    let mut found = vec![None; paths.len()];
    descend(text, paths.iter().copied().enumerate().collect(), &mut found);
    found
}

/// Paths, each with its position among the requested ones.
type Wanted<'p> = Vec<(usize, &'p [Value])>;

fn descend<'t>(text: &'t str, wanted: Wanted<'_>, found: &mut [Option<&'t str>]) {
    let mut names: Vec<(String, Wanted<'_>)> = Vec::new();
    let mut indices: HashMap<usize, Wanted<'_>> = HashMap::new();
    for (at, path) in wanted {
        match path.split_first() {
            None => {
                if let Some(found) = found.get_mut(at) {
                    *found = Some(text);
                }
            }
            Some((Value::String(name), rest)) => {
                match names.iter_mut().find(|(known, _)| known == name) {
                    Some((_, group)) => group.push((at, rest)),
                    None => names.push((name.clone(), vec![(at, rest)])),
                }
            }
            Some((index, rest)) => {
                if let Some(index) = index.as_u64().and_then(|index| usize::try_from(index).ok()) {
                    indices.entry(index).or_default().push((at, rest));
                }
            }
        }
    }
    // A value of another shape than the path expects has no such member.
    if !names.is_empty() && shape(text) == Shape::Object {
        let place = |name: &str| names.iter().position(|(known, _)| known == name);
        let inner = members(text, names.len(), place).unwrap_or_default();
        for (inner, (_, group)) in inner.into_iter().zip(names) {
            if let Some(inner) = inner {
                descend(inner, group, found);
            }
        }
    }
    if !indices.is_empty() && shape(text) == Shape::List {
        let mut inner = Vec::new();
        let _whole = elements(
            text,
            |index| indices.contains_key(&index),
            |index, text| inner.push((index, text)),
        );
        for (index, text) in inner {
            if let Some(group) = indices.remove(&index) {
                descend(text, group, found);
            }
        }
    }
}

/// A value in the form in which it is returned to its sender: a long one only as the beginning of its text, and an address
/// without the user and the password in it.
pub(super) fn told(text: &str) -> Value {
    if text.len() <= TOLD_MAX {
        let mut value = tree::value(text.as_bytes()).unwrap_or_default();
        mask(&mut value);
        return value;
    }
    let shown: String = text.trim_ascii_start().chars().take(SHOWN).collect();
    Value::String(masked(&shown).unwrap_or(shown) + "…")
}

/// Masks the users and passwords of all texts.
fn mask(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(masked) = masked(text) {
                *text = masked;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(members) => members.values_mut().for_each(mask),
        _ => {}
    }
}

/// Masks the part of a text before its last `@` if that part may be a user name with a password. More may be masked than that;
/// the sender has it.
fn masked(text: &str) -> Option<String> {
    let (before, rest) = text.rsplit_once('@')?;
    let scheme = before.find("://").map_or(0, |at| at + 3);
    let (scheme, user) = before.split_at_checked(scheme)?;
    (!scheme.is_empty() || user.contains(':')).then(|| format!("{scheme}***@{rest}"))
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*, serde_json::json};

    fn reason(body: &str) -> String {
        check(body.as_bytes()).expect_err("broken").to_string()
    }

    #[test]
    fn a_body_is_read_strictly() {
        for good in ["{}", " [1, {\"a\": [null, true, -1.5e3]}] ", "\"\\ud83d\\ude00\"", "7"] {
            assert_eq!(check(good.as_bytes()).ok(), Some(good));
        }
        assert!(reason(r#"{"a":1,"b":{"c":1,"c":[]}}"#).contains("duplicate key 'c'"));
        let many: Vec<String> = (0..50).map(|n| format!("\"{n}\":{n}")).collect();
        assert!(check(format!("{{{}}}", many.join(",")).as_bytes()).is_ok());
        let twice = format!("{{{},\"7\":0}}", many.join(","));
        assert!(reason(&twice).contains("duplicate key '7'"));
        assert!(check("[".repeat(32).as_bytes()).expect_err("cut").is_eof());
        assert!(reason(&"[".repeat(33)).contains("nesting deeper than 32"));
        for bad in [&b""[..], b"{} x", b"{\"a\":}", b"[1e999]", b"[\"\xff\"]", b"[\"\\ud83d\"]"] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn values_are_found_in_one_pass() {
        let text = r#" {"ids": ["a", {"b": [1, 2]}], "x": {"y": null}, "z": 7} "#;
        let paths = [
            json!(["ids", 0]),
            json!(["ids", 1, "b", 1]),
            json!(["ids", 2]),
            json!(["x", "y"]),
            json!(["z", "y"]),
            json!(["x", 0]),
            json!(["x"]),
            json!([]),
        ];
        let paths: Vec<&[Value]> =
            paths.iter().map(|path| path.as_array().expect("a list").as_slice()).collect();
        let found = locate(text, &paths);
        let wanted = [Some("\"a\""), Some("2"), None, Some("null"), None, None];
        assert_eq!(found[..6], wanted);
        assert_eq!(found[6], Some(r#"{"y": null}"#));
        assert_eq!(found[7], Some(text));
    }

    #[test]
    fn what_is_told_back_is_short() {
        assert_eq!(told(r#"{"b": 1, "a": 1.0}"#).to_string(), r#"{"b":1,"a":1.0}"#);
        for (text, shown) in [
            ("https://user:S3CRET@host/x", "https://***@host/x"),
            ("https://user:S3/C@RET@host", "https://***@host"),
            ("https://S3CRET@host", "https://***@host"),
            ("user:S3CRET@host", "***@host"),
            ("a@school.example", "a@school.example"),
            ("https://host/a:b", "https://host/a:b"),
        ] {
            assert_eq!(told(&json!({"a": [text]}).to_string()), json!({"a": [shown]}), "{text}");
        }
        let long = format!("\"https://user:S3CRET@host/{}\"", "x".repeat(5_000));
        assert!(!told(&long).to_string().contains("S3CRET"));
        let long = told(&format!("[{}0]", "0,".repeat(100_000)));
        assert!(long.as_str().is_some_and(|text| text.starts_with("[0,0,") && text.len() < 300));
    }

    proptest! {
        /// The pass finds what a whole tree would hold at the same place.
        #[test]
        fn pieces_are_those_of_the_tree(name in "[a-c]", index in 0_usize..4, depth in 0_usize..3) {
            let mut value = json!({"a": [1, "x"], "b": {"c": [[0], {}]}, "c": null});
            for _ in 0..depth {
                value = json!({"a": value.clone(), "b": [value.clone(), value.clone()], "c": [[], value]});
            }
            let text = value.to_string();
            for path in [vec![json!(name)], vec![json!(name), json!(index)], vec![json!("b"), json!(index), json!(name)]] {
                let step = |value: &Value, key: &Value| match key {
                    Value::String(name) => value.get(name).cloned(),
                    key => value.get(key.as_u64()? as usize).cloned(),
                };
                let wanted = path.iter().try_fold(value.clone(), |value, key| step(&value, key));
                let found = locate(&text, &[&path]).remove(0).map(told);
                prop_assert_eq!(found, wanted);
            }
        }
    }
}

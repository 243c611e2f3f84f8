//! Free JSON in a request: how much is allowed, and how it is written to the wire.

use {
    super::request::{put_bytes, put_text},
    crate::domain::tree,
    prost::encoding,
    serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor},
    serde_json::{Map, Value},
    std::fmt,
};

/// Deepest nesting of one object.
const DEPTH_MAX: usize = 8;
const OBJECT_MAX: usize = 1_000;

/// Counts the values of free JSON in a request.
#[derive(Debug)]
pub(super) struct Values {
    left: usize,
    most: usize,
}

impl Values {
    pub(super) const fn new(most: usize) -> Self {
        Self { left: most, most }
    }

    /// Counts one more value, or says why it is refused.
    pub(super) fn add(&mut self) -> Result<(), String> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| format!("more than {} values in all", self.most))?;
        Ok(())
    }
}

/// Encodes the text of an object as google.protobuf.Struct, or says why it is refused. The values are counted before
/// anything is built.
pub(super) fn object(text: &str, values: &mut Values) -> Result<Vec<u8>, String> {
    let mut count = Count { nodes: 0, values, fault: None };
    let mut reader = serde_json::Deserializer::from_str(text);
    let counted = Counted { count: &mut count, depth: 1 }.deserialize(&mut reader);
    if let Some(fault) = count.fault {
        return Err(fault);
    }
    let map = counted.and_then(|()| tree::object(text.as_bytes()));
    map.map(|map| object_bytes(&map)).map_err(|error| error.to_string())
}

struct Count<'v> {
    nodes: usize,
    values: &'v mut Values,
    fault: Option<String>,
}

impl Count<'_> {
    fn refuse<E: de::Error>(&mut self, reason: String) -> E {
        self.fault.get_or_insert(reason);
        E::custom("refused")
    }

    fn text<E: de::Error>(&mut self, text: &str) -> Result<(), E> {
        if text.contains('\0') {
            return Err(self.refuse("NUL character is not allowed".to_owned()));
        }
        Ok(())
    }

    fn value<E: de::Error>(&mut self) -> Result<(), E> {
        self.nodes += 1;
        if self.nodes > OBJECT_MAX {
            return Err(self.refuse(format!("more than {OBJECT_MAX} values")));
        }
        self.values.add().map_err(|reason| self.refuse(reason))
    }
}

/// A value that is counted and not stored. The object itself, at depth 1, is not counted.
struct Counted<'c, 'v> {
    count: &'c mut Count<'v>,
    depth: usize,
}

impl Counted<'_, '_> {
    fn deeper<E: de::Error>(&mut self) -> Result<usize, E> {
        if self.depth > DEPTH_MAX {
            return Err(self.count.refuse(format!("nesting deeper than {DEPTH_MAX}")));
        }
        Ok(self.depth + 1)
    }
}

impl<'de> DeserializeSeed<'de> for Counted<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.depth > 1 {
            self.count.value()?;
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counted<'_, '_> {
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

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.count.text(text)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        while items.next_element_seed(Counted { count: &mut *self.count, depth })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        while members.next_key_seed(CountedName(&mut *self.count))?.is_some() {
            members.next_value_seed(Counted { count: &mut *self.count, depth })?;
        }
        Ok(())
    }
}

struct CountedName<'c, 'v>(&'c mut Count<'v>);

impl<'de> DeserializeSeed<'de> for CountedName<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for CountedName<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<(), E> {
        if tree::is_refused(name) {
            return Err(self.0.refuse(tree::REFUSED.to_owned()));
        }
        self.0.text(name)
    }
}

/// google.protobuf.Struct, entries in the order of the JSON.
pub(super) fn object_bytes(map: &Map<String, Value>) -> Vec<u8> {
    let mut out = Vec::new();
    for (key, value) in map {
        let mut entry = Vec::new();
        put_text(1, key, &mut entry);
        put_bytes(2, &value_bytes(value), &mut entry);
        put_bytes(1, &entry, &mut out);
    }
    out
}

fn value_bytes(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    match value {
        Value::Null => encoding::int32::encode(1, &0, &mut out),
        Value::Number(number) => {
            encoding::double::encode(2, &number.as_f64().unwrap_or_default(), &mut out)
        }
        Value::String(text) => put_text(3, text, &mut out),
        Value::Bool(flag) => encoding::bool::encode(4, flag, &mut out),
        Value::Object(map) => put_bytes(5, &object_bytes(map), &mut out),
        Value::Array(items) => {
            let mut list = Vec::new();
            items.iter().for_each(|item| put_bytes(1, &value_bytes(item), &mut list));
            put_bytes(6, &list, &mut out);
        }
    }
    out
}

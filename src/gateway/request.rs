//! JSON, path and query to message bytes, by plan. Every fault of shape is found and reported in the form that the first
//! clients know (rest-contract, sections 3 and 4.2).

use {
    super::{
        GatewayError,
        plan::{Field, Kind, Message, Plans, Presence},
    },
    chrono::{DateTime, FixedOffset},
    prost::encoding::{self, WireType},
    serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor},
    serde_json::{Map, Number, Value, json},
    std::fmt,
};

/// Deepest nesting of a body.
const DEPTH_MAX: usize = 32;
/// Deepest nesting and most nodes of free JSON inside it.
const FREE_DEPTH_MAX: usize = 8;
const FREE_NODES_MAX: usize = 1_000;

/// A fault of shape: one entry of a 422 answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) word: &'static str,
    pub(super) loc: Vec<Value>,
    pub(super) message: String,
    pub(super) input: Value,
    pub(super) context: Option<Value>,
}

impl Entry {
    pub(super) fn into_json(self) -> Value {
        let mut entry =
            json!({ "type": self.word, "loc": self.loc, "msg": self.message, "input": self.input });
        if let (Some(context), Value::Object(entry)) = (self.context, &mut entry) {
            entry.insert("ctx".into(), context);
        }
        entry
    }
}

/// Reads a body as JSON: no key twice in an object, no nesting beyond the limit.
pub(super) fn parse(body: &[u8]) -> Result<Value, Entry> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let parsed = Strict::deserialize(&mut reader).and_then(|value| reader.end().map(|()| value.0));
    parsed.map_err(|error| Entry {
        word: "json_invalid",
        loc: vec![json!("body"), json!(offset(body, &error))],
        message: "JSON decode error".into(),
        input: json!({}),
        context: Some(json!({ "error": reason(&error) })),
    })
}

/// The place of an error as a number of bytes from the start.
fn offset(body: &[u8], error: &serde_json::Error) -> usize {
    let before: usize = body
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    before + error.column().saturating_sub(1)
}

/// The reason without the place, which stands in `loc`.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(reason, _)| reason.to_owned())
}

/// A JSON value that was read strictly.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor { depth: 0 }).map(Strict)
    }
}

#[derive(Clone, Copy)]
struct StrictVisitor {
    depth: usize,
}

impl<'de> de::DeserializeSeed<'de> for StrictVisitor {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl StrictVisitor {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth >= DEPTH_MAX {
            return Err(E::custom(format_args!("nesting deeper than {DEPTH_MAX}")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let value = members.next_value_seed(inner)?;
            if map.contains_key(&key) {
                return Err(de::Error::custom(format_args!("duplicate key '{key}'")));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// Where the fields of a message come from.
pub(super) struct Sources<'a> {
    /// Decoded values of the path's fields.
    pub(super) path: &'a [(&'a str, String)],
    /// Decoded pairs of the query; used when the method takes no body.
    pub(super) query: &'a [(String, String)],
    /// The body's object, when the method takes one.
    pub(super) body: Option<&'a Map<String, Value>>,
}

/// Encodes a request message, or returns all faults.
pub(super) fn encode(
    plans: &Plans,
    plan: &Message,
    sources: &Sources<'_>,
) -> Result<Result<Vec<u8>, Vec<Entry>>, GatewayError> {
    let mut encoder = Encoder { plans, faults: Vec::new() };
    let mut out = Vec::new();
    for field in &plan.fields {
        if let Some((_, value)) = sources.path.iter().find(|(name, _)| *name == field.name) {
            if field.kind == Kind::Text {
                put_text(field.number, value, &mut out);
            } else {
                let loc = vec![json!("path"), json!(field.name)];
                encoder.single(field, &Value::String(value.clone()), loc, &mut out)?;
            }
        } else if let Some(body) = sources.body {
            encoder.member(field, body, &[json!("body")], &mut out)?;
        } else if let Some((_, text)) = sources.query.iter().rfind(|(name, _)| *name == field.name)
        {
            let loc = vec![json!("query"), json!(field.name)];
            encoder.single(field, &Value::String(text.clone()), loc, &mut out)?;
        }
    }
    Ok(if encoder.faults.is_empty() { Ok(out) } else { Err(encoder.faults) })
}

struct Encoder<'a> {
    plans: &'a Plans,
    faults: Vec<Entry>,
}

impl Encoder<'_> {
    fn fault(
        &mut self,
        word: &'static str,
        message: &str,
        field: Option<&Field>,
        loc: Vec<Value>,
        input: &Value,
    ) {
        let sensitive = field.is_some_and(|field| field.sensitive);
        let input = if sensitive { Value::Null } else { input.clone() };
        self.faults.push(Entry { word, loc, message: message.to_owned(), input, context: None });
    }

    fn value_fault(&mut self, reason: &str, field: &Field, loc: Vec<Value>, input: &Value) {
        self.fault("value_error", &format!("Value error, {reason}"), Some(field), loc, input);
        if let Some(entry) = self.faults.last_mut() {
            entry.context = Some(json!({ "error": reason }));
        }
    }

    /// Encodes a member of an object; absent and null are the same, and refused only where the field is required.
    fn member(
        &mut self,
        field: &Field,
        object: &Map<String, Value>,
        at: &[Value],
        out: &mut Vec<u8>,
    ) -> Result<(), GatewayError> {
        let mut loc = at.to_vec();
        loc.push(json!(field.name));
        match object.get(&field.name) {
            None if field.required => {
                self.fault("missing", "Field required", None, loc, &Value::Object(object.clone()));
                Ok(())
            }
            Some(Value::Null) if field.required => {
                // A required field cannot be nothing: name the type that it should have.
                self.wrong_type(field, loc, &Value::Null);
                Ok(())
            }
            None | Some(Value::Null) => Ok(()),
            Some(value) if field.presence == Presence::Repeated => {
                self.list(field, value, &loc, out)
            }
            Some(value) => self.single(field, value, loc, out),
        }
    }

    fn wrong_type(&mut self, field: &Field, loc: Vec<Value>, input: &Value) {
        let (word, message) = match (&field.kind, field.presence) {
            (_, Presence::Repeated) => ("list_type", "Input should be a valid list"),
            (Kind::Bool, _) => {
                ("bool_parsing", "Input should be a valid boolean, unable to interpret input")
            }
            (Kind::Text, _) => ("string_type", "Input should be a valid string"),
            (Kind::Struct, _) => ("dict_type", "Input should be a valid dictionary"),
            (Kind::Timestamp, _) => (
                "datetime_parsing",
                "Input should be a valid datetime, such as 2026-11-25T08:00:00Z",
            ),
            (Kind::Message(_), _) => (
                "model_attributes_type",
                "Input should be a valid dictionary or object to extract fields from",
            ),
            _ => (
                "int_parsing",
                "Input should be a valid integer, unable to parse string as an integer",
            ),
        };
        self.fault(word, message, Some(field), loc, input);
    }

    fn list(
        &mut self,
        field: &Field,
        value: &Value,
        loc: &[Value],
        out: &mut Vec<u8>,
    ) -> Result<(), GatewayError> {
        let Value::Array(items) = value else {
            self.wrong_type(field, loc.to_vec(), value);
            return Ok(());
        };
        let element = Field { presence: Presence::Optional, ..field.clone() };
        for (index, item) in items.iter().enumerate() {
            let mut loc = loc.to_vec();
            loc.push(json!(index));
            self.single(&element, item, loc, out)?;
        }
        Ok(())
    }

    fn single(
        &mut self,
        field: &Field,
        value: &Value,
        loc: Vec<Value>,
        out: &mut Vec<u8>,
    ) -> Result<(), GatewayError> {
        match (&field.kind, value) {
            (Kind::Bool, _) => match lax_bool(value) {
                Some(flag) => encoding::bool::encode(field.number, &flag, out),
                None => self.wrong_type(field, loc, value),
            },
            (Kind::Text, Value::String(text)) => {
                if text.contains('\0') {
                    self.value_fault("NUL character is not allowed", field, loc, value);
                } else if !text.is_empty() || field.presence == Presence::Optional {
                    put_text(field.number, text, out);
                }
            }
            (Kind::Int32, _) => {
                match lax_integer(value).and_then(|number| i32::try_from(number).ok()) {
                    Some(number) => encoding::int32::encode(field.number, &number, out),
                    None => self.wrong_type(field, loc, value),
                }
            }
            (Kind::Int64, _) => match lax_integer(value) {
                Some(number) => encoding::int64::encode(field.number, &number, out),
                None => self.wrong_type(field, loc, value),
            },
            (Kind::Timestamp, Value::String(text)) => match DateTime::parse_from_rfc3339(text) {
                Ok(time) => put_bytes(field.number, &timestamp(time), out),
                Err(_) => self.wrong_type(field, loc, value),
            },
            (Kind::Struct, Value::Object(map)) => match free_fault(map) {
                Some(reason) => self.value_fault(&reason, field, loc, value),
                None => put_bytes(field.number, &free_object(map), out),
            },
            (Kind::Message(id), Value::Object(map)) => {
                let plan = self.plans.get(*id)?;
                let mut inner = Vec::new();
                for member in &plan.fields {
                    self.member(member, map, &loc, &mut inner)?;
                }
                put_bytes(field.number, &inner, out);
            }
            _ => self.wrong_type(field, loc, value),
        }
        Ok(())
    }
}

fn put_text(number: u32, text: &str, out: &mut Vec<u8>) {
    put_bytes(number, text.as_bytes(), out);
}

fn put_bytes(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    encoding::encode_key(number, WireType::LengthDelimited, out);
    encoding::encode_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// google.protobuf.Timestamp
fn timestamp(time: DateTime<FixedOffset>) -> Vec<u8> {
    let mut out = Vec::new();
    encoding::int64::encode(1, &time.timestamp(), &mut out);
    encoding::int32::encode(2, &time.timestamp_subsec_nanos().cast_signed(), &mut out);
    out
}

/// The earlier service's booleans.
fn lax_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => match number.as_f64() {
            Some(0.0) => Some(false),
            Some(1.0) => Some(true),
            _ => None,
        },
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" | "t" | "1" => Some(true),
            "false" | "no" | "off" | "n" | "f" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn lax_integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Says why free JSON is refused, if it is.
fn free_fault(map: &Map<String, Value>) -> Option<String> {
    let mut nodes = 0_usize;
    let mut open: Vec<(usize, &Value)> = Vec::new();
    let check_key =
        |key: &String| key.contains('\0').then(|| "NUL character is not allowed".to_owned());
    for (key, value) in map {
        if let Some(fault) = check_key(key) {
            return Some(fault);
        }
        open.push((2, value));
    }
    while let Some((depth, value)) = open.pop() {
        nodes += 1;
        if nodes > FREE_NODES_MAX {
            return Some(format!("more than {FREE_NODES_MAX} values"));
        }
        if depth > FREE_DEPTH_MAX && (value.is_object() || value.is_array()) {
            return Some(format!("nesting deeper than {FREE_DEPTH_MAX}"));
        }
        match value {
            Value::String(text) if text.contains('\0') => {
                return Some("NUL character is not allowed".into());
            }
            Value::Array(items) => open.extend(items.iter().map(|item| (depth + 1, item))),
            Value::Object(members) => {
                for (key, value) in members {
                    if let Some(fault) = check_key(key) {
                        return Some(fault);
                    }
                    open.push((depth + 1, value));
                }
            }
            _ => {}
        }
    }
    None
}

/// google.protobuf.Struct, entries in the order of the JSON.
pub(super) fn free_object(map: &Map<String, Value>) -> Vec<u8> {
    let mut out = Vec::new();
    for (key, value) in map {
        let mut entry = Vec::new();
        put_text(1, key, &mut entry);
        put_bytes(2, &free_value(value), &mut entry);
        put_bytes(1, &entry, &mut out);
    }
    out
}

fn free_value(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    match value {
        Value::Null => encoding::int32::encode(1, &0, &mut out),
        Value::Number(number) => {
            encoding::double::encode(2, &number.as_f64().unwrap_or_default(), &mut out)
        }
        Value::String(text) => put_text(3, text, &mut out),
        Value::Bool(flag) => encoding::bool::encode(4, flag, &mut out),
        Value::Object(map) => put_bytes(5, &free_object(map), &mut out),
        Value::Array(items) => {
            let mut list = Vec::new();
            items.iter().for_each(|item| put_bytes(1, &free_value(item), &mut list));
            put_bytes(6, &list, &mut out);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use {
        super::{super::plan::Options, *},
        crate::proto::{DESCRIPTOR_SET, pb},
        prost::Message as _,
        prost_reflect::DescriptorPool,
    };

    fn encoded(
        message: &str,
        path: &[(&str, String)],
        body: &Value,
    ) -> Result<Vec<u8>, Vec<Entry>> {
        let pool = DescriptorPool::decode(DESCRIPTOR_SET).expect("descriptors");
        let mut plans = Plans::default();
        let descriptor =
            pool.get_message_by_name(&format!("sigma.v1.{message}")).expect("the message");
        let id = plans.add(&descriptor, &Options::find(&pool).expect("options")).expect("planned");
        let sources = Sources { path, query: &[], body: body.as_object() };
        encode(&plans, plans.get(id).expect("a plan"), &sources).expect("plans hold")
    }

    fn words(faults: &[Entry]) -> Vec<(&str, Value)> {
        faults.iter().map(|fault| (fault.word, Value::Array(fault.loc.clone()))).collect()
    }

    #[test]
    fn a_body_becomes_a_message() {
        let body = json!({"enabled": "Yes", "schedule_mode": "cron", "schedule_cron": null, "unknown": [1]});
        let path = [("module_name", "students".to_owned())];
        let bytes = encoded("UpdateModuleRequest", &path, &body).expect("encoded");
        let request = pb::UpdateModuleRequest::decode(bytes.as_slice()).expect("decodes");
        assert_eq!((request.module_name.as_str(), request.enabled), ("students", Some(true)));
        assert_eq!((request.schedule_mode.as_deref(), request.schedule_cron), (Some("cron"), None));
    }

    #[test]
    fn free_json_keeps_order_and_values() {
        let rules = json!({"type": "chain", "params": {"z": [1, 2.5, null, true, "x"], "a": {}}});
        let body = json!({"mappings": [
            {"canonical_field": "name", "zoho_field_api_name": "Name", "transform_rules": rules}
        ]});
        let bytes = encoded("ReplaceMappingsRequest", &[], &body).expect("encoded");
        let request = pb::ReplaceMappingsRequest::decode(bytes.as_slice()).expect("decodes");
        let members = &request.mappings[0].transform_rules.as_ref().expect("rules").members;
        assert_eq!(members.iter().map(|m| m.key.as_str()).collect::<Vec<_>>(), ["type", "params"]);
    }

    #[test]
    fn all_faults_are_found_in_order() {
        let body = json!({"moodle_enabled": "maybe", "moodle_base_url": 5, "moodle_api_token": 7});
        let faults = encoded("UpdateSettingsRequest", &[], &body).expect_err("faults");
        assert_eq!(
            words(&faults),
            [
                ("bool_parsing", json!(["body", "moodle_enabled"])),
                ("string_type", json!(["body", "moodle_base_url"])),
                ("string_type", json!(["body", "moodle_api_token"])),
            ]
        );
        assert_eq!((&faults[1].input, &faults[2].input), (&json!(5), &Value::Null));
        let body = json!({"mappings": [{"zoho_field_api_name": "x"}, 3, {"canonical_field": "a", "zoho_field_api_name": "b", "transform_rules": []}]});
        let faults = encoded("ReplaceMappingsRequest", &[], &body).expect_err("faults");
        assert_eq!(
            words(&faults),
            [
                ("missing", json!(["body", "mappings", 0, "canonical_field"])),
                ("model_attributes_type", json!(["body", "mappings", 1])),
                ("dict_type", json!(["body", "mappings", 2, "transform_rules"])),
            ]
        );
        assert_eq!(
            words(
                &encoded("ReplaceMappingsRequest", &[], &json!({"mappings": {}}))
                    .expect_err("faults")
            )[0]
            .0,
            "list_type"
        );
        let nul = encoded("CreateTenantRequest", &[], &json!({"tenant_id": "a\u{0}", "name": "n"}))
            .expect_err("faults");
        assert_eq!(nul[0].message, "Value error, NUL character is not allowed");
    }

    #[test]
    fn broken_json_is_located() {
        let entry = parse(b"{\n\"a\": }").expect_err("broken");
        assert_eq!((entry.word, &entry.loc[1]), ("json_invalid", &json!(7)));
        assert!(
            parse(br#"{"a":1,"a":2}"#)
                .expect_err("twice")
                .context
                .expect("why")
                .to_string()
                .contains("duplicate")
        );
        assert!(parse("[".repeat(40).as_bytes()).is_err());
        assert!(parse(b"{} x").is_err());
        assert!(parse(b"").is_err());
    }

    #[test]
    fn free_json_is_bounded() {
        let mut deep = json!(1);
        for _ in 0..10 {
            deep = json!({ "a": deep });
        }
        let rules = |rules: Value| json!({"mappings": [{"canonical_field": "a", "zoho_field_api_name": "b", "transform_rules": rules}]});
        assert_eq!(
            encoded("ReplaceMappingsRequest", &[], &rules(deep)).expect_err("deep")[0].word,
            "value_error"
        );
        let wide: Map<String, Value> = (0..1_001).map(|n| (n.to_string(), json!(n))).collect();
        assert!(encoded("ReplaceMappingsRequest", &[], &rules(Value::Object(wide))).is_err());
    }
}

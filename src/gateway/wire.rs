//! Message bytes to JSON, by plan: compact, keys in the order of the proto file, every key present unless an option
//! says otherwise. Bytes that are not a valid message are an error, never a panic.

use {
    super::{
        GatewayError,
        plan::{Field, Kind, Message, Plans, Presence},
    },
    chrono::{DateTime, SecondsFormat},
};

/// Deepest nesting; prost reads no deeper.
const DEPTH_MAX: usize = 100;

fn broken() -> GatewayError {
    GatewayError("the service answered with bytes that are not a valid message".into())
}

/// A field's value as encoded on the wire.
#[derive(Debug, Clone, Copy)]
enum Raw<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32,
    Bytes(&'a [u8]),
}

/// Reads a varint off the front.
pub(super) fn varint(bytes: &mut &[u8]) -> Result<u64, GatewayError> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first().ok_or_else(broken)?;
        *bytes = rest;
        if shift == 63 && *first > 1 {
            return Err(broken());
        }
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(broken())
}

/// Splits a message into its fields.
fn fields(mut bytes: &[u8]) -> Result<Vec<(u32, Raw<'_>)>, GatewayError> {
    let mut out = Vec::with_capacity(16);
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let number = u32::try_from(tag >> 3).map_err(|_| broken())?;
        let raw = match tag & 7 {
            0 => Raw::Varint(varint(&mut bytes)?),
            1 => {
                let (head, rest) = bytes.split_first_chunk::<8>().ok_or_else(broken)?;
                bytes = rest;
                Raw::Fixed64(u64::from_le_bytes(*head))
            }
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).map_err(|_| broken())?;
                let (head, rest) = bytes.split_at_checked(length).ok_or_else(broken)?;
                bytes = rest;
                Raw::Bytes(head)
            }
            5 => {
                let (_, rest) = bytes.split_first_chunk::<4>().ok_or_else(broken)?;
                bytes = rest;
                Raw::Fixed32
            }
            _ => return Err(broken()),
        };
        out.push((number, raw));
    }
    Ok(out)
}

/// Writes a message as a JSON object.
pub(super) fn write(
    plans: &Plans,
    plan: &Message,
    bytes: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), GatewayError> {
    Writer { plans, out, depth: 0 }.object(plan, bytes, None)
}

/// Writes one field of a message as a whole JSON value: the `response_body` of a rule.
pub(super) fn write_field(
    plans: &Plans,
    field: &Field,
    bytes: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), GatewayError> {
    let all = fields(bytes)?;
    Writer { plans, out, depth: 0 }.value_of(field, &all)
}

/// Returns a text field of a message; empty when it is absent.
pub(super) fn text_field(bytes: &[u8], number: u32) -> Result<&str, GatewayError> {
    let all = fields(bytes)?;
    match all.iter().rfind(|(known, _)| *known == number) {
        Some((_, Raw::Bytes(text))) => std::str::from_utf8(text).map_err(|_| broken()),
        _ => Ok(""),
    }
}

/// Returns a whole number of a message; 0 when it is absent, and `None` where the bytes are not a message.
pub(super) fn number_field(bytes: &[u8], number: u32) -> Option<u64> {
    let all = fields(bytes).ok()?;
    match all.iter().rfind(|(known, _)| *known == number) {
        Some((_, Raw::Varint(value))) => Some(*value),
        _ => Some(0),
    }
}

struct Writer<'a> {
    plans: &'a Plans,
    out: &'a mut Vec<u8>,
    depth: usize,
}

impl Writer<'_> {
    fn object(
        &mut self,
        plan: &Message,
        bytes: &[u8],
        leave_out: Option<u32>,
    ) -> Result<(), GatewayError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(broken());
        }
        self.out.push(b'{');
        let begin = self.out.len();
        self.members(plan, bytes, leave_out)?;
        self.end_object(begin);
        self.depth -= 1;
        Ok(())
    }

    /// Every member ends with a comma; the last comma is removed.
    fn end_object(&mut self, begin: usize) {
        if self.out.len() > begin {
            self.out.pop();
        }
        self.out.push(b'}');
    }

    fn members(
        &mut self,
        plan: &Message,
        bytes: &[u8],
        leave_out: Option<u32>,
    ) -> Result<(), GatewayError> {
        let all = fields(bytes)?;
        for field in &plan.fields {
            if field.grpc_only || leave_out == Some(field.number) {
                continue;
            }
            if field.inline {
                self.inline(field, &all)?;
                continue;
            }
            let present = all.iter().any(|(number, _)| *number == field.number);
            if field.omit_absent && !present {
                continue;
            }
            self.out.extend_from_slice(&field.json_key);
            self.value_of(field, &all)?;
            self.out.push(b',');
        }
        Ok(())
    }

    /// Writes a message's members, or a keyed list's entries, in place.
    fn inline(&mut self, field: &Field, all: &[(u32, Raw<'_>)]) -> Result<(), GatewayError> {
        let Kind::Message(id) = field.kind else { return Err(broken()) };
        let plan = self.plans.get(id)?;
        match field.keyed_by {
            Some(key) => self.entries(field, plan, key, all),
            None => self.members(plan, &merged(field, all)?, None),
        }
    }

    fn value_of(&mut self, field: &Field, all: &[(u32, Raw<'_>)]) -> Result<(), GatewayError> {
        if field.presence == Presence::Repeated {
            return self.list(field, all);
        }
        if let Kind::Message(_) | Kind::Timestamp | Kind::Struct = field.kind {
            if !all.iter().any(|(number, _)| *number == field.number) {
                self.out.extend_from_slice(b"null");
                return Ok(());
            }
            let bytes = merged(field, all)?;
            return self.message(field, &bytes);
        }
        match all.iter().rfind(|(number, _)| *number == field.number) {
            Some((_, raw)) => self.scalar(&field.kind, *raw),
            None if field.presence == Presence::Optional => {
                self.out.extend_from_slice(b"null");
                Ok(())
            }
            None => self.scalar(&field.kind, zero(&field.kind)),
        }
    }

    fn list(&mut self, field: &Field, all: &[(u32, Raw<'_>)]) -> Result<(), GatewayError> {
        if let (Some(key), Kind::Message(id)) = (field.keyed_by, &field.kind) {
            let plan = self.plans.get(*id)?;
            self.out.push(b'{');
            let begin = self.out.len();
            self.entries(field, plan, key, all)?;
            self.end_object(begin);
            return Ok(());
        }
        self.out.push(b'[');
        let begin = self.out.len();
        for (_, raw) in all.iter().filter(|(number, _)| *number == field.number) {
            match (&field.kind, raw) {
                (Kind::Message(_), Raw::Bytes(bytes)) => self.message(field, bytes)?,
                (Kind::Message(_), _) => return Err(broken()),
                (kind, raw) => self.scalar(kind, *raw)?,
            }
            self.out.push(b',');
        }
        if self.out.len() > begin {
            self.out.pop();
        }
        self.out.push(b']');
        Ok(())
    }

    /// Writes `"key":{…},` for each element; the element's own key field is left out.
    fn entries(
        &mut self,
        field: &Field,
        plan: &Message,
        key: u32,
        all: &[(u32, Raw<'_>)],
    ) -> Result<(), GatewayError> {
        for (_, raw) in all.iter().filter(|(number, _)| *number == field.number) {
            let Raw::Bytes(bytes) = raw else { return Err(broken()) };
            self.text(text_field(bytes, key)?)?;
            self.out.push(b':');
            match plan.fields.iter().find(|field| field.sole_value) {
                Some(only) => self.value_of(only, &fields(bytes)?)?,
                None => self.object(plan, bytes, Some(key))?,
            }
            self.out.push(b',');
        }
        Ok(())
    }

    fn message(&mut self, field: &Field, bytes: &[u8]) -> Result<(), GatewayError> {
        match field.kind {
            Kind::Message(id) => self.object(self.plans.get(id)?, bytes, None),
            Kind::Timestamp => self.timestamp(bytes),
            Kind::Struct => self.json_object(bytes),
            _ => Err(broken()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), GatewayError> {
        serde_json::to_writer(&mut *self.out, text).map_err(|_| broken())
    }

    fn integer(&mut self, value: impl std::fmt::Display) {
        // Writing to a Vec cannot fail.
        let _written = std::io::Write::write_fmt(self.out, format_args!("{value}"));
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "protobuf's own encoding"
    )]
    fn scalar(&mut self, kind: &Kind, raw: Raw<'_>) -> Result<(), GatewayError> {
        match (kind, raw) {
            (Kind::Bool, Raw::Varint(value)) => {
                self.out.extend_from_slice(if value == 0 { b"false" } else { b"true" });
            }
            (Kind::Int32, Raw::Varint(value)) => self.integer(value as i32),
            (Kind::Int64, Raw::Varint(value)) => self.integer(value as i64),
            (Kind::Uint32, Raw::Varint(value)) => self.integer(value as u32),
            (Kind::Uint64, Raw::Varint(value)) => self.integer(value),
            (Kind::Double, Raw::Fixed64(bits)) => self.double(f64::from_bits(bits))?,
            (Kind::Text, Raw::Bytes(text)) => {
                self.text(std::str::from_utf8(text).map_err(|_| broken())?)?
            }
            (Kind::Enum(words), Raw::Varint(value)) => {
                let number = value as i32;
                match words.iter().find(|(known, _)| *known == number) {
                    Some((_, word)) => self.text(word)?,
                    None => self.integer(number),
                }
            }
            _ => return Err(broken()),
        }
        Ok(())
    }

    fn double(&mut self, value: f64) -> Result<(), GatewayError> {
        #[expect(clippy::cast_possible_truncation, reason = "whole and far below 2^63")]
        if value.fract() == 0.0 && value.abs() < 9e15 {
            self.integer(value as i64);
            return Ok(());
        }
        // NaN and infinity have no JSON form and come out as null.
        serde_json::to_writer(&mut *self.out, &value).map_err(|_| broken())
    }

    #[expect(clippy::cast_possible_wrap, reason = "protobuf's own encoding")]
    fn timestamp(&mut self, bytes: &[u8]) -> Result<(), GatewayError> {
        let (mut seconds, mut nanos) = (0_i64, 0_u32);
        for (number, raw) in fields(bytes)? {
            match (number, raw) {
                (1, Raw::Varint(value)) => seconds = value as i64,
                (2, Raw::Varint(value)) => nanos = u32::try_from(value).map_err(|_| broken())?,
                _ => {}
            }
        }
        let time = DateTime::from_timestamp(seconds, nanos).ok_or_else(broken)?;
        self.text(&time.to_rfc3339_opts(SecondsFormat::Micros, false))
    }

    /// google.protobuf.Struct: entries in the order of the wire.
    fn json_object(&mut self, bytes: &[u8]) -> Result<(), GatewayError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(broken());
        }
        self.out.push(b'{');
        let begin = self.out.len();
        for (number, raw) in fields(bytes)? {
            let (1, Raw::Bytes(entry)) = (number, raw) else { continue };
            self.text(text_field(entry, 1)?)?;
            self.out.push(b':');
            let value = fields(entry)?.into_iter().rfind(|(number, _)| *number == 2);
            match value {
                Some((_, Raw::Bytes(value))) => self.json_value(value)?,
                _ => self.out.extend_from_slice(b"null"),
            }
            self.out.push(b',');
        }
        self.end_object(begin);
        self.depth -= 1;
        Ok(())
    }

    /// google.protobuf.Value: the last member of its oneof.
    fn json_value(&mut self, bytes: &[u8]) -> Result<(), GatewayError> {
        match fields(bytes)?.last().copied() {
            Some((2, Raw::Fixed64(bits))) => self.double(f64::from_bits(bits)),
            Some((3, raw @ Raw::Bytes(_))) => self.scalar(&Kind::Text, raw),
            Some((4, raw @ Raw::Varint(_))) => self.scalar(&Kind::Bool, raw),
            Some((5, Raw::Bytes(object))) => self.json_object(object),
            Some((6, Raw::Bytes(list))) => self.json_list(list),
            _ => {
                self.out.extend_from_slice(b"null");
                Ok(())
            }
        }
    }

    fn json_list(&mut self, bytes: &[u8]) -> Result<(), GatewayError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(broken());
        }
        self.out.push(b'[');
        let begin = self.out.len();
        for (number, raw) in fields(bytes)? {
            let (1, Raw::Bytes(value)) = (number, raw) else { continue };
            self.json_value(value)?;
            self.out.push(b',');
        }
        if self.out.len() > begin {
            self.out.pop();
        }
        self.out.push(b']');
        self.depth -= 1;
        Ok(())
    }
}

const fn zero(kind: &Kind) -> Raw<'static> {
    match kind {
        Kind::Double => Raw::Fixed64(0),
        Kind::Text => Raw::Bytes(&[]),
        _ => Raw::Varint(0),
    }
}

/// An embedded message in several pieces is their concatenation (protobuf encoding, "last one wins").
fn merged<'a>(
    field: &Field,
    all: &[(u32, Raw<'a>)],
) -> Result<std::borrow::Cow<'a, [u8]>, GatewayError> {
    let mut pieces = Vec::with_capacity(1);
    for (_, raw) in all.iter().filter(|(number, _)| *number == field.number) {
        let Raw::Bytes(bytes) = raw else { return Err(broken()) };
        pieces.push(*bytes);
    }
    Ok(match pieces.as_slice() {
        [] => [].as_slice().into(),
        [only] => (*only).into(),
        several => several.concat().into(),
    })
}

#[cfg(test)]
mod tests {
    use {
        super::{super::plan::Options, *},
        crate::proto::{DESCRIPTOR_SET, pb, sigma::internal::v1 as json},
        proptest::prelude::*,
        prost::Message as _,
        prost_reflect::DescriptorPool,
    };

    fn plans() -> (Plans, Vec<(String, usize)>) {
        let pool = DescriptorPool::decode(DESCRIPTOR_SET).expect("descriptors");
        let options = Options::find(&pool).expect("options");
        let mut plans = Plans::default();
        let mut ids = Vec::new();
        for message in pool.all_messages().filter(|m| m.full_name().starts_with("sigma.v1.")) {
            ids.push((message.name().to_owned(), plans.add(&message, &options).expect("planned")));
        }
        (plans, ids)
    }

    fn written(name: &str, bytes: &[u8]) -> Result<String, GatewayError> {
        let (plans, ids) = plans();
        let id = ids.iter().find(|(known, _)| known == name).expect("the message").1;
        let mut out = Vec::new();
        write(&plans, plans.get(id).expect("a plan"), bytes, &mut out)?;
        Ok(String::from_utf8(out).expect("JSON is text"))
    }

    #[test]
    fn absent_and_present_are_told_apart() {
        let settings =
            pb::Settings { tenant_id: "مدرسة \"x\"\n".into(), ..Default::default() };
        let text = written("Settings", &settings.encode_to_vec()).expect("written");
        assert!(text.starts_with(
            r#"{"tenant_id":"مدرسة \"x\"\n","moodle_enabled":false,"moodle_base_url":null"#
        ));
        let counts = pb::Counts { new: Some(3), ..Default::default() };
        assert_eq!(written("Counts", &counts.encode_to_vec()).expect("written"), r#"{"new":3}"#);
        assert_eq!(written("Counts", &[]).expect("written"), "{}");
    }

    #[test]
    fn runs_keep_to_rest_words() {
        let run = pb::Run {
            started_at: Some(prost_types::Timestamp { seconds: 1, nanos: 179_574_000 }),
            state: 3,
            counts: Some(pb::Counts::default()),
            ..Default::default()
        };
        let text = written(
            "GetRunResponse",
            &pb::GetRunResponse { run: Some(run), ..Default::default() }.encode_to_vec(),
        );
        let text = text.expect("written");
        assert!(text.contains(r#""started_at":"1970-01-01T00:00:01.179574+00:00""#), "{text}");
        assert!(!text.contains("state\":3") && !text.contains("progress"), "{text}");
        assert!(
            text.ends_with(r#""phase":"","items":[],"items_total":0,"items_next":null}"#),
            "{text}"
        );
    }

    #[test]
    fn lists_become_objects_by_their_key() {
        let field = pb::SchemaField {
            name: "n".into(),
            r#type: "string".into(),
            required: true,
            description: None,
        };
        let module = pb::ModuleSchema { module_name: "m".into(), fields: vec![field], note: None };
        let schema = pb::GetCanonicalSchemaResponse { modules: vec![module] };
        assert_eq!(
            written("GetCanonicalSchemaResponse", &schema.encode_to_vec()).expect("written"),
            r#"{"modules":{"m":{"fields":{"n":{"type":"string","required":true}}}}}"#
        );
        let note = pb::AdapterNote { field: "a".into(), text: "b".into() };
        let adapter = pb::ModuleAdapter {
            module_name: "m".into(),
            mapping: vec![note],
            ..Default::default()
        };
        let adapters = pb::GetMoodleAdapterResponse { modules: vec![adapter], note: "x".into() };
        assert_eq!(
            written("GetMoodleAdapterResponse", &adapters.encode_to_vec()).expect("written"),
            r#"{"m":{"moodle_endpoint":"","mapping":{"a":"b"},"constraints":{}},"note":"x"}"#
        );
    }

    #[test]
    fn free_json_keeps_its_order() {
        let value = |kind| Some(json::Value { kind: Some(kind) });
        let member = |key: &str, kind| json::Member { key: key.into(), value: value(kind) };
        let rules = json::Object {
            members: vec![
                member("z", json::value::Kind::NumberValue(3.0)),
                member("a", json::value::Kind::NumberValue(0.5)),
                member("n", json::value::Kind::NullValue(0)),
                json::Member { key: "empty".into(), value: None },
            ],
        };
        let mapping = pb::Mapping { transform_rules: Some(rules), ..Default::default() };
        let text = written("Mapping", &mapping.encode_to_vec()).expect("written");
        assert!(
            text.ends_with(r#""transform_rules":{"z":3,"a":0.5,"n":null,"empty":null}}"#),
            "{text}"
        );
    }

    #[test]
    fn pieces_of_a_message_are_one() {
        let first = pb::GetSettingsResponse {
            settings: Some(pb::Settings { tenant_id: "a".into(), ..Default::default() }),
        };
        let second = pb::GetSettingsResponse {
            settings: Some(pb::Settings { moodle_enabled: true, ..Default::default() }),
        };
        let bytes = [first.encode_to_vec(), second.encode_to_vec()].concat();
        let text = written("GetSettingsResponse", &bytes).expect("written");
        assert!(
            text.starts_with(r#"{"settings":{"tenant_id":"a","moodle_enabled":true"#),
            "{text}"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_give_json_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for name in ["GetRunResponse", "Mapping", "GetMoodleAdapterResponse", "Settings"] {
                if let Ok(text) = written(name, &bytes) {
                    prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
                }
            }
        }
    }
}

//! JSON, path and query to message bytes, by plan. Faults of shape are collected up to a limit and reported in the
//! form that the first clients know (docs/src/rest.md, "Values" and "Validation errors").

use {
    super::{
        GatewayError, VALUES_MAX,
        free::{self, Values},
        json::{self, Shape},
        plan::{Field, Kind, Message, Plans, Presence},
    },
    crate::domain::{
        fault::{FAULTS_MAX, Fault},
        near,
    },
    chrono::{DateTime, FixedOffset},
    prost::encoding::{self, WireType},
    serde_json::{Value, json},
    std::cell::RefCell,
};

/// Most characters of an unknown name that are told.
const NAME_SHOWN: usize = 100;
/// Up to here a double represents every whole number exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

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

/// Reads a body as JSON: no key twice in an object, no nesting beyond the limit. Returns its text.
pub(super) fn parse(body: &[u8]) -> Result<&str, Entry> {
    json::check(body).map_err(|error| Entry {
        word: "json_invalid",
        loc: vec![json!("body"), json!(offset(body, &error))],
        message: "JSON decode error".into(),
        input: json!({}),
        context: Some(json!({ "error": reason(&error) })),
    })
}

/// The position of an error, in bytes from the start.
fn offset(body: &[u8], error: &serde_json::Error) -> usize {
    let before: usize = body
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    before + error.column().saturating_sub(1)
}

/// The reason without the position, which is in `loc`.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(reason, _)| reason.to_owned())
}

/// The sources of a message's fields.
pub(super) struct Sources<'a> {
    /// Decoded values of the path's fields.
    pub(super) path: &'a [(&'a str, String)],
    /// Decoded pairs of the query; used when the method takes no body.
    pub(super) query: &'a [(String, String)],
    /// The text of the body's object, if the method takes one; it was read strictly.
    pub(super) body: Option<&'a str>,
    /// True if members of the body that the message does not have are passed over.
    pub(super) ignores_unknown: bool,
}

/// Encodes a request message, or returns its faults.
pub(super) fn encode(
    plans: &Plans,
    plan: &Message,
    sources: &Sources<'_>,
) -> Result<Result<Vec<u8>, Vec<Entry>>, GatewayError> {
    let mut encoder = Encoder {
        plans,
        faults: Vec::new(),
        values: Values::new(VALUES_MAX),
        ignores_unknown: sources.ignores_unknown,
    };
    let mut out = Vec::new();
    let members =
        sources.body.map(|body| encoder.members(plan, body, &[json!("body")])).transpose()?;
    for (place, field) in plan.fields.iter().enumerate() {
        if let Some((_, value)) = sources.path.iter().find(|(name, _)| *name == field.name) {
            if field.kind == Kind::Text {
                put_text(field.number, value, &mut out);
            } else {
                let loc = vec![json!("path"), json!(field.name)];
                encoder.single(field, &quoted(value), loc, &mut out)?;
            }
        } else if let (Some(body), Some(members)) = (sources.body, &members) {
            let value = members.get(place).copied().flatten();
            encoder.member(field, body, value, &[json!("body")], &mut out)?;
        } else if let Some((_, text)) = sources.query.iter().rfind(|(name, _)| *name == field.name)
        {
            let loc = vec![json!("query"), json!(field.name)];
            encoder.single(field, &quoted(text), loc, &mut out)?;
        }
    }
    Ok(if encoder.faults.is_empty() { Ok(out) } else { Err(encoder.faults) })
}

/// A text in the form of JSON.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Text that was read strictly before cannot fail later.
fn misread(error: serde_json::Error) -> GatewayError {
    GatewayError(format!("a body was read in two ways: {error}"))
}

struct Encoder<'a> {
    plans: &'a Plans,
    faults: Vec<Entry>,
    /// The remaining number of free JSON values in the request.
    values: Values,
    /// True if members that a message does not have are passed over.
    ignores_unknown: bool,
}

impl Encoder<'_> {
    /// Picks the members of an object that a message has, in the order of its fields, and notes the others as faults. Their
    /// values are not told: one may be a secret whose name is mistyped.
    fn members<'t>(
        &mut self,
        plan: &Message,
        object: &'t str,
        at: &[Value],
    ) -> Result<Vec<Option<&'t str>>, GatewayError> {
        let most = if self.ignores_unknown { 0 } else { FAULTS_MAX - self.faults.len() };
        let unknown = RefCell::new(Vec::new());
        let known = |name: &str| {
            let known = plan.fields.iter().position(|field| field.name == name);
            let mut unknown = unknown.borrow_mut();
            if known.is_none() && unknown.len() < most {
                unknown.push(name.chars().take(NAME_SHOWN).collect::<String>());
            }
            known
        };
        let found = json::members(object, plan.fields.len(), known).map_err(misread)?;
        for name in unknown.into_inner() {
            let known = plan.fields.iter().map(|field| field.name.as_str());
            let near = near::closest(&name, known);
            let hint = near.map(|near| format!("; did you mean '{near}'?")).unwrap_or_default();
            let message = format!("Extra inputs are not permitted{hint}");
            self.fault("extra_forbidden", &message, None, place(at, json!(name)), "null");
        }
        Ok(found)
    }

    /// Notes a fault of a value, which is returned unless it is a secret. Faults beyond the limit are dropped.
    fn fault(
        &mut self,
        word: &'static str,
        message: &str,
        field: Option<&Field>,
        loc: Vec<Value>,
        input: &str,
    ) {
        if self.is_full() {
            return;
        }
        let sensitive = field.is_some_and(|field| field.sensitive);
        let input = if sensitive { Value::Null } else { json::told(input) };
        self.faults.push(Entry { word, loc, message: message.to_owned(), input, context: None });
    }

    const fn is_full(&self) -> bool {
        self.faults.len() >= FAULTS_MAX
    }

    fn value_fault(&mut self, reason: &str, field: &Field, loc: Vec<Value>, input: &str) {
        if self.is_full() {
            return;
        }
        self.fault("value_error", &format!("Value error, {reason}"), Some(field), loc, input);
        if let Some(entry) = self.faults.last_mut() {
            entry.context = Some(json!({ "error": reason }));
        }
    }

    /// Encodes a member of an object; absent and null are the same, and are refused only if the field is required.
    fn member(
        &mut self,
        field: &Field,
        object: &str,
        value: Option<&str>,
        at: &[Value],
        out: &mut Vec<u8>,
    ) -> Result<(), GatewayError> {
        let Some(value) = value else {
            if field.required {
                let loc = place(at, json!(field.name));
                self.fault("missing", "Field required", None, loc, object);
            }
            return Ok(());
        };
        let loc = place(at, json!(field.name));
        if json::shape(value) == Shape::Null {
            if field.required {
                // A required field cannot be null: name the type that it should have.
                self.wrong_type(field, loc, value);
            }
            return Ok(());
        }
        if field.presence == Presence::Repeated {
            self.list(field, value, &loc, out)
        } else {
            self.single(field, value, loc, out)
        }
    }

    fn wrong_type(&mut self, field: &Field, loc: Vec<Value>, input: &str) {
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
        value: &str,
        loc: &[Value],
        out: &mut Vec<u8>,
    ) -> Result<(), GatewayError> {
        if json::shape(value) != Shape::List {
            self.wrong_type(field, loc.to_vec(), value);
            return Ok(());
        }
        let most = field.max_items;
        let mut items = Vec::new();
        let actual = json::elements(value, |index| index < most, |_, item| items.push(item))
            .map_err(misread)?;
        if actual > most {
            let fault = Fault::TooMany { max: most, actual };
            self.fault(fault.word(), &fault.message(), Some(field), loc.to_vec(), value);
            if let Some(entry) = self.faults.last_mut().filter(|entry| entry.loc == loc) {
                entry.context = fault.context();
            }
            return Ok(());
        }
        let element = Field { presence: Presence::Optional, ..field.clone() };
        for (index, item) in items.into_iter().enumerate() {
            if self.is_full() {
                break;
            }
            self.single(&element, item, place(loc, json!(index)), out)?;
        }
        Ok(())
    }

    fn single(
        &mut self,
        field: &Field,
        value: &str,
        loc: Vec<Value>,
        out: &mut Vec<u8>,
    ) -> Result<(), GatewayError> {
        match (&field.kind, json::shape(value)) {
            (Kind::Struct, Shape::Object) => match free::object(value, &mut self.values) {
                Err(reason) => self.value_fault(&reason, field, loc, value),
                Ok(object) => put_bytes(field.number, &object, out),
            },
            (Kind::Message(id), Shape::Object) => {
                let plan = self.plans.get(*id)?;
                let mut inner = Vec::new();
                let members = self.members(plan, value, &loc)?;
                for (member, text) in plan.fields.iter().zip(members) {
                    self.member(member, value, text, &loc, &mut inner)?;
                }
                put_bytes(field.number, &inner, out);
            }
            // A list that can be absent: answers have it bare, so it is taken bare as well.
            (Kind::Message(id), Shape::List) => match self.plans.get(*id)?.only_list() {
                Some(only) => {
                    let mut inner = Vec::new();
                    self.list(only, value, &loc, &mut inner)?;
                    put_bytes(field.number, &inner, out);
                }
                None => self.wrong_type(field, loc, value),
            },
            (Kind::Struct | Kind::Message(_), _) | (_, Shape::Object | Shape::List) => {
                self.wrong_type(field, loc, value);
            }
            (Kind::Text, Shape::Text) => {
                let text: String = serde_json::from_str(value).map_err(misread)?;
                if text.contains('\0') {
                    self.value_fault("NUL character is not allowed", field, loc, value);
                } else if !text.is_empty() || field.presence == Presence::Optional {
                    put_text(field.number, &text, out);
                }
            }
            _ => {
                let scalar: Value = serde_json::from_str(value).map_err(misread)?;
                if !scalar_bytes(field, &scalar, out) {
                    self.wrong_type(field, loc, value);
                }
            }
        }
        Ok(())
    }
}

/// A path with one more step.
fn place(at: &[Value], step: Value) -> Vec<Value> {
    let mut loc = at.to_vec();
    loc.push(step);
    loc
}

/// Writes a number, a boolean or a time; false if the value is of another type.
fn scalar_bytes(field: &Field, value: &Value, out: &mut Vec<u8>) -> bool {
    let written = match &field.kind {
        Kind::Bool => lax_bool(value).map(|flag| encoding::bool::encode(field.number, &flag, out)),
        Kind::Int32 => lax_integer(value)
            .and_then(|number| i32::try_from(number).ok())
            .map(|number| encoding::int32::encode(field.number, &number, out)),
        Kind::Int64 => {
            lax_integer(value).map(|number| encoding::int64::encode(field.number, &number, out))
        }
        Kind::Timestamp => value
            .as_str()
            .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
            .map(|time| put_bytes(field.number, &timestamp(time), out)),
        _ => None,
    };
    written.is_some()
}

pub(super) fn put_text(number: u32, text: &str, out: &mut Vec<u8>) {
    put_bytes(number, text.as_bytes(), out);
}

pub(super) fn put_bytes(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
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

/// Booleans as the earlier service accepted them.
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

/// Whole numbers, also with an empty fraction (30.0) and as text, as the earlier service and the JSON form of protobuf
/// take them.
fn lax_integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let whole = number.as_f64().filter(|own| own.fract() == 0.0 && own.abs() <= EXACT)?;
            format!("{whole:.0}").parse().ok()
        }),
        Value::String(text) => {
            let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
            let is_empty = !fraction.is_empty() && fraction.bytes().all(|digit| digit == b'0');
            whole.parse().ok().filter(|_| is_empty)
        }
        _ => None,
    }
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
        let text = body.to_string();
        let sources = Sources { path, query: &[], body: Some(&text), ignores_unknown: true };
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
    fn an_empty_fraction_makes_no_other_number() {
        for (text, whole) in [
            ("30", Some(30)),
            ("30.0", Some(30)),
            ("3e1", Some(30)),
            ("-0.0", Some(0)),
            ("\"30.0\"", Some(30)),
            ("\" -30.00 \"", Some(-30)),
            ("9007199254740993", Some(9_007_199_254_740_993)),
            ("9007199254740992.0", Some(9_007_199_254_740_992)),
            ("9223372036854775808", None),
            ("1e300", None),
            ("30.5", None),
            ("\"30.\"", None),
            ("\".0\"", None),
            ("\"30.0.0\"", None),
            ("\"3e1\"", None),
            ("\"30.5\"", None),
            ("true", None),
        ] {
            let value: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(lax_integer(&value), whole, "{text}");
        }
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
        let wide: serde_json::Map<String, Value> =
            (0..1_001).map(|n| (n.to_string(), json!(n))).collect();
        assert!(encoded("ReplaceMappingsRequest", &[], &rules(Value::Object(wide))).is_err());
        // A text that the library behind `Value` would read as values, which nothing has counted.
        let hidden = json!({"a": {"$serde_json::private::RawValue": "[0,0,0]"}});
        let told = encoded("ReplaceMappingsRequest", &[], &rules(hidden)).expect_err("hidden");
        assert!(told[0].message.ends_with(crate::domain::tree::REFUSED), "{}", told[0].message);
    }
}

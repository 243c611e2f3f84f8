//! REST bodies and gRPC messages for every request message of the protos: a body is encoded or refused, never a fault of
//! the service; what is encoded is a message for every decoder; and written as JSON and read again it is the same message.

use {
    super::{
        json::{Shape, shape},
        message,
        plan::{Field, Kind, Message as Plan, Options, PlanId, Plans, Presence},
        request::{Sources, encode, parse},
        wire,
    },
    crate::{
        domain::fault::FAULTS_MAX,
        fuzz::{Dice, made, texts},
        proto::DESCRIPTOR_SET,
    },
    prost::Message as _,
    prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor},
    serde_json::{Map, Value, json},
    std::fmt,
};

struct Requests {
    plans: Plans,
    most: message::Most,
    /// Each request message once.
    inputs: Vec<(MessageDescriptor, PlanId)>,
}

impl Requests {
    fn new() -> Self {
        let pool = DescriptorPool::decode(DESCRIPTOR_SET).expect("descriptors");
        let options = Options::find(&pool).expect("options");
        let (mut plans, mut inputs) = (Plans::default(), Vec::<(MessageDescriptor, PlanId)>::new());
        let own = pool.services().filter(|service| service.full_name().starts_with("sigma."));
        for input in own.flat_map(|service| service.methods().collect::<Vec<_>>()) {
            let input = input.input();
            if inputs.iter().all(|(known, _)| *known != input) {
                let id = plans.add(&input, &options).expect("planned");
                inputs.push((input, id));
            }
        }
        assert!(inputs.len() > 40, "{} request messages", inputs.len());
        Self { plans, most: super::most(&pool).expect("limits"), inputs }
    }

    fn plan(&self, id: PlanId) -> &Plan {
        self.plans.get(id).expect("a plan")
    }

    /// The bytes of a body; `None` if it is refused.
    fn encoded(&self, id: PlanId, body: &str) -> Option<Vec<u8>> {
        let sources = Sources { path: &[], query: &[], body: Some(body), ignores_unknown: false };
        match encode(&self.plans, self.plan(id), &sources).expect("no fault of the service") {
            Ok(bytes) => Some(bytes),
            Err(faults) => {
                assert!((1..=FAULTS_MAX).contains(&faults.len()));
                None
            }
        }
    }

    fn object(&self, id: PlanId, depth: usize, dice: &mut Dice) -> Value {
        let mut members = Map::new();
        for field in &self.plan(id).fields {
            if field.required || dice.one_in(2) {
                let value =
                    if dice.one_in(40) { free(2, dice) } else { self.value(field, depth, dice) };
                members.insert(field.name.clone(), value);
            }
        }
        Value::Object(members)
    }

    fn value(&self, field: &Field, depth: usize, dice: &mut Dice) -> Value {
        if field.presence == Presence::Repeated {
            let count = if depth == 0 { 0 } else { dice.below(4) };
            let one = Field { presence: Presence::Optional, ..field.clone() };
            return (0..count).map(|_| self.value(&one, depth - 1, dice)).collect();
        }
        match field.kind {
            Kind::Bool => json!(dice.one_in(2)),
            Kind::Int32 => json!(dice.border() as i32),
            Kind::Text => json!(dice.text(&["students", "2026-01-01", "id"], 3).replace('\0', "")),
            Kind::Timestamp => {
                let (second, micros) = (dice.below(60), dice.below(1_000_000));
                json!(format!("20{:02}-02-28T23:59:{second:02}.{micros:06}+03:00", dice.below(99)))
            }
            Kind::Struct => json!({ "a": free(3, dice), "b": free(1, dice) }),
            Kind::Message(inner) => self.object(inner, depth.saturating_sub(1), dice),
            _ => json!(dice.border()),
        }
    }
}

/// Free JSON. Its numbers are such that a text of JSON gives them back: others may lose their last bit.
fn free(depth: usize, dice: &mut Dice) -> Value {
    const NAMES: [&str; 4] = ["type", "params", "$serde_json::private::RawValue", "é"];
    match dice.below(if depth == 0 { 5 } else { 7 }) {
        0 => Value::Null,
        1 => json!(dice.one_in(2)),
        2 => json!(dice.border() >> 11),
        3 => json!(dice.border() as f64 / 8.0 % 1e9 + 0.0),
        4 => json!(dice.text(&["[[1]]", "{", "x"], 3)),
        5 => (0..dice.below(4)).map(|_| free(depth - 1, dice)).collect(),
        _ => (0..dice.below(4))
            .map(|_| (dice.pick(&NAMES).to_owned(), free(depth - 1, dice)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

/// A message that was encoded is one for the check of gRPC and for a decoder. Returns what the decoder reads, without the
/// fields that have the value of those that are not there.
fn decoded(requests: &Requests, input: &MessageDescriptor, bytes: &[u8]) -> DynamicMessage {
    let checked = message::check(input, &requests.most, bytes);
    assert!(checked.is_ok(), "{checked:?}");
    let read = |bytes: &[u8]| DynamicMessage::decode(input.clone(), bytes).expect("a message");
    read(&read(bytes).encode_to_vec())
}

struct Body {
    at: usize,
    text: String,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.at, self.text)
    }
}

#[test]
fn a_body_comes_back_as_it_was() {
    let requests = Requests::new();
    let mut accepted = 0;
    let make = |dice: &mut Dice| {
        let at = dice.below(requests.inputs.len());
        Body { at, text: requests.object(requests.inputs[at].1, 4, dice).to_string() }
    };
    made("body", 4_000, make, |Body { at, text }| {
        let (input, id) = &requests.inputs[*at];
        let Some(bytes) = requests.encoded(*id, text) else { return };
        assert!(bytes.len() <= 4 * text.len() + 64, "{} bytes", bytes.len());
        let message = decoded(&requests, input, &bytes);
        let mut back = Vec::new();
        wire::write(&requests.plans, requests.plan(*id), &bytes, &mut back).expect("written");
        let back = parse(&back).expect("JSON");
        // A field that was left out comes back with the value that it has then.
        let again = requests.encoded(*id, back).expect("what was written is taken");
        assert_eq!(decoded(&requests, input, &again), message, "{back}");
        accepted += 1;
    });
    assert!(accepted > 0, "no body was accepted");
}

#[test]
fn any_body_is_encoded_or_refused() {
    const WORDS: [&str; 12] = [
        "null",
        "\"\"",
        "{}",
        "[]",
        ",",
        ":",
        "\\u0000",
        "\\ud83d",
        "1e400",
        "mappings",
        "$serde_json::private::RawValue",
        "module_name",
    ];
    let requests = Requests::new();
    let mut turn = 0;
    texts("json", 4_000, &WORDS, |text| {
        let Ok(text) = parse(text.as_bytes()) else { return };
        if shape(text) != Shape::Object {
            return;
        }
        turn += 1;
        let (input, id) = &requests.inputs[turn % requests.inputs.len()];
        if let Some(bytes) = requests.encoded(*id, text) {
            decoded(&requests, input, &bytes);
        }
    });
}

#[test]
fn the_check_and_the_decoder_agree() {
    let requests = Requests::new();
    let make = |dice: &mut Dice| {
        let at = dice.below(requests.inputs.len());
        let text = requests.object(requests.inputs[at].1, 3, dice).to_string();
        let mut bytes = requests.encoded(requests.inputs[at].1, &text).unwrap_or_default();
        dice.change(&mut bytes, &[], &["\n\0", "\u{12}\u{2}\n\0", "\u{7f}", "{", "\0"]);
        (at, bytes)
    };
    made("message", 6_000, make, |(at, bytes)| {
        let (input, id) = &requests.inputs[*at];
        let decoded = DynamicMessage::decode(input.clone(), bytes.as_slice());
        if message::check(input, &requests.most, bytes).is_ok() {
            assert!(decoded.is_ok(), "{:?}", decoded.err());
        }
        let mut text = Vec::new();
        if wire::write(&requests.plans, requests.plan(*id), bytes, &mut text).is_ok() {
            parse(&text).expect("JSON");
        }
    });
}

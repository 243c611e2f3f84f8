//! Checks the bytes of a gRPC request before a service reads them, as `request` does for a REST body: bytes that are no
//! such message are the caller's fault, though the decoder behind would call them ours, and no text may hold NUL, which
//! PostgreSQL cannot store.

use {
    super::wire::varint,
    crate::{
        domain::fault::{Fault, FieldFault},
        error::{Code, Error},
    },
    prost_reflect::{FieldDescriptor, Kind, MessageDescriptor},
};

/// Deepest nesting. The decoder stops at 100; every message it would refuse for that is refused here.
const DEPTH_MAX: usize = 96;

/// What is wrong with a message.
#[derive(Debug, PartialEq, Eq)]
enum Flaw {
    /// The bytes are no such message.
    Malformed,
    /// The text field at this path holds NUL.
    Nul(String),
}

type Checked<T = ()> = Result<T, Flaw>;

/// Checks a message.
pub(super) fn check(message: &MessageDescriptor, bytes: &[u8]) -> Result<(), Error> {
    walk(message, bytes, DEPTH_MAX).map_err(|flaw| match flaw {
        Flaw::Malformed => {
            let text = format!("the request is no valid {}", message.full_name());
            Error::new(Code::Invalid, "MESSAGE_MALFORMED", text)
        }
        Flaw::Nul(field) => {
            let fault = Fault::Value("NUL character is not allowed".into());
            Error::fields(vec![FieldFault::new(field, fault)])
        }
    })
}

fn walk(message: &MessageDescriptor, mut bytes: &[u8], depth: usize) -> Checked {
    // Elements of lists so far, by field number: they name the place of a fault.
    let mut lists: Vec<(u32, usize)> = Vec::new();
    while !bytes.is_empty() {
        let (number, wire) = key(&mut bytes)?;
        let Some(field) = message.get_field(number) else {
            skip(number, wire, &mut bytes, depth)?;
            continue;
        };
        let index = field.is_list().then(|| next_index(&mut lists, number));
        match (field.kind(), wire) {
            (Kind::Message(inner), 2) => {
                let depth = depth.checked_sub(1).ok_or(Flaw::Malformed)?;
                let part = block(&mut bytes)?;
                walk(&inner, part, depth).map_err(|flaw| flaw.inside(&field, index))?;
            }
            (Kind::String, 2) => {
                let text = std::str::from_utf8(block(&mut bytes)?).map_err(|_| Flaw::Malformed)?;
                if text.contains('\0') {
                    return Err(Flaw::Nul(String::new()).inside(&field, index));
                }
            }
            (Kind::Message(_) | Kind::String, _) => return Err(Flaw::Malformed),
            (Kind::Double | Kind::Fixed64 | Kind::Sfixed64, 1)
            | (Kind::Float | Kind::Fixed32 | Kind::Sfixed32, 5)
            | (Kind::Bytes, 2) => skip(number, wire, &mut bytes, depth)?,
            // Numbers of a list may stand in one block.
            (_, 2) if field.is_list() => skip(number, wire, &mut bytes, depth)?,
            (kind, 0) if is_varint(&kind) => skip(number, wire, &mut bytes, depth)?,
            _ => return Err(Flaw::Malformed),
        }
    }
    Ok(())
}

const fn is_varint(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Bool
            | Kind::Int32
            | Kind::Int64
            | Kind::Uint32
            | Kind::Uint64
            | Kind::Sint32
            | Kind::Sint64
            | Kind::Enum(_)
    )
}

impl Flaw {
    /// Puts the name of the field around the path; inside free JSON there are no names.
    fn inside(self, field: &FieldDescriptor, index: Option<usize>) -> Self {
        let Self::Nul(inner) = self else { return self };
        if field.parent_message().full_name().starts_with("google.protobuf.") {
            return Self::Nul(inner);
        }
        let index = index.map(|index| format!("[{index}]")).unwrap_or_default();
        let dot = if inner.is_empty() { "" } else { "." };
        Self::Nul(format!("{}{index}{dot}{inner}", field.name()))
    }
}

fn next_index(lists: &mut Vec<(u32, usize)>, number: u32) -> usize {
    if let Some((_, count)) = lists.iter_mut().find(|(known, _)| *known == number) {
        *count += 1;
        return *count;
    }
    lists.push((number, 0));
    0
}

/// Reads the number and the wire type of the next field.
fn key(bytes: &mut &[u8]) -> Checked<(u32, u32)> {
    let key = varint(bytes).ok().and_then(|key| u32::try_from(key).ok());
    let key = key.ok_or(Flaw::Malformed)?;
    if key >> 3 == 0 { Err(Flaw::Malformed) } else { Ok((key >> 3, key & 7)) }
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Checked<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(length).ok_or(Flaw::Malformed)?;
    *bytes = rest;
    Ok(head)
}

/// Reads a block with its length before it.
fn block<'a>(bytes: &mut &'a [u8]) -> Checked<&'a [u8]> {
    let length = varint(bytes).ok().and_then(|length| usize::try_from(length).ok());
    take(bytes, length.ok_or(Flaw::Malformed)?)
}

/// Passes over a value that no text is in.
fn skip(number: u32, wire: u32, bytes: &mut &[u8], depth: usize) -> Checked {
    match wire {
        0 => varint(bytes).map(drop).map_err(|_| Flaw::Malformed),
        1 => take(bytes, 8).map(drop),
        2 => block(bytes).map(drop),
        5 => take(bytes, 4).map(drop),
        3 => {
            let depth = depth.checked_sub(1).ok_or(Flaw::Malformed)?;
            loop {
                match key(bytes)? {
                    (end, 4) if end == number => return Ok(()),
                    (_, 4) => return Err(Flaw::Malformed),
                    (inner, wire) => skip(inner, wire, bytes, depth)?,
                }
            }
        }
        _ => Err(Flaw::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::proto::{DESCRIPTOR_SET, pb},
        proptest::prelude::{any, prop, proptest},
        prost::Message as _,
        prost_reflect::DescriptorPool,
    };

    fn descriptor(name: &str) -> MessageDescriptor {
        let pool = DescriptorPool::decode(DESCRIPTOR_SET).expect("descriptors");
        pool.get_message_by_name(&format!("sigma.v1.{name}")).expect("the message")
    }

    #[test]
    fn nul_is_found_and_named() {
        let rules = serde_json::json!({"type": "before_at", "params": {"a": ["x", "y\u{0}"]}});
        let message = |default: &str, rules: &serde_json::Value| {
            let input = |default: &str, rules: Option<_>| pb::MappingInput {
                canonical_field: "username".into(),
                default_value: Some(default.into()),
                transform_rules: rules,
                ..Default::default()
            };
            let rules = super::super::request::free_object(rules.as_object().expect("an object"));
            let rules = prost::Message::decode(rules.as_slice()).expect("free JSON");
            let request = pb::ReplaceMappingsRequest {
                module_name: "students".into(),
                mappings: vec![input("a", None), input(default, Some(rules))],
                ..Default::default()
            };
            walk(&descriptor("ReplaceMappingsRequest"), &request.encode_to_vec(), DEPTH_MAX)
        };
        let empty = serde_json::json!({});
        assert_eq!(message("a", &empty), Ok(()));
        assert_eq!(message("\0", &empty), Err(Flaw::Nul("mappings[1].default_value".into())));
        assert_eq!(message("a", &rules), Err(Flaw::Nul("mappings[1].transform_rules".into())));
    }

    #[test]
    fn a_bottomless_message_is_refused() {
        let wrap = |tag: u8, inner: &[u8]| {
            let mut outer = vec![tag];
            prost::encoding::encode_varint(inner.len() as u64, &mut outer);
            outer.extend_from_slice(inner);
            outer
        };
        // Each step: a Value with a Struct, in an entry, in a Struct.
        let nested = |steps| {
            let rules = (0..steps).fold(Vec::new(), |inner, _| {
                [0x2a, 0x12, 0x0a].iter().fold(inner, |inner, tag| wrap(*tag, &inner))
            });
            wrap(0x2a, &rules)
        };
        let input = descriptor("MappingInput");
        for steps in 0..50 {
            let bytes = nested(steps);
            let (passes, decodes) =
                (walk(&input, &bytes, DEPTH_MAX), pb::MappingInput::decode(bytes.as_slice()));
            assert_eq!(passes.is_ok(), steps < 32, "{steps}");
            assert!(passes.is_err() || decodes.is_ok(), "{steps}");
        }
        assert_eq!(walk(&input, &[0x7b].repeat(200), DEPTH_MAX), Err(Flaw::Malformed));
    }

    proptest! {
        /// Whatever passes here, the decoder takes, and the other way round where no text holds NUL.
        #[test]
        fn the_decoder_agrees(bytes in prop::collection::vec(any::<u8>(), 0..40), cut in 0_usize..40) {
            let request = pb::UpdateModuleRequest {
                module_name: "students".into(),
                enabled: Some(true),
                schedule_cron: Some("0 * * * *".into()),
                ..Default::default()
            };
            let mut mixed = request.encode_to_vec();
            mixed.truncate(cut);
            mixed.extend_from_slice(&bytes);
            for bytes in [bytes, mixed] {
                let decoded = pb::UpdateModuleRequest::decode(bytes.as_slice());
                match walk(&descriptor("UpdateModuleRequest"), &bytes, DEPTH_MAX) {
                    Err(Flaw::Nul(_)) => {}
                    checked => assert_eq!(checked.is_ok(), decoded.is_ok(), "{bytes:02x?}"),
                }
            }
        }
    }
}

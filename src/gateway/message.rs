//! Checks the bytes of a gRPC request before a service reads them, as `request` does for a REST body. Bytes that are
//! not a valid message are the caller's fault, although the decoder would report them as ours. No text may hold NUL,
//! which PostgreSQL cannot store. Lists and free JSON have a greatest size, because two bytes may become a hundred.

use {
    super::{VALUES_MAX, free::Values, wire::varint},
    crate::{
        domain::{
            code,
            fault::{Fault, FieldFault},
            tree,
        },
        error::{Code, Error},
    },
    prost_reflect::{FieldDescriptor, Kind, MessageDescriptor},
    std::collections::HashMap,
};

/// Deepest nesting. The decoder stops at 100; every message that it would refuse for its depth is refused here.
const DEPTH_MAX: usize = 96;

/// What is wrong with a message.
#[derive(Debug, PartialEq, Eq)]
enum Flaw {
    /// The bytes are not a valid message.
    Malformed,
    /// The text field at this path holds NUL.
    Nul(String),
    /// A member of free JSON in the field at this path has a name that is not allowed.
    Name(String),
    /// There is more free JSON than allowed.
    Values(String),
}

/// The greatest number of elements of lists in requests, by the full names of their fields.
pub(super) type Most = HashMap<String, usize>;

/// The counts so far in a whole message. A list whose message comes in several pieces counts as one list.
struct Counts<'m> {
    most: &'m Most,
    lists: Vec<List>,
    values: Values,
}

/// An element of a list.
enum Element {
    One,
    /// Its content is not checked any more; the list has this index among the counts.
    TooMany(usize),
}

struct List {
    field: FieldDescriptor,
    path: String,
    count: usize,
    most: usize,
}

impl<'m> Counts<'m> {
    const fn new(most: &'m Most) -> Self {
        Self { most, lists: Vec::new(), values: Values::new(VALUES_MAX) }
    }

    /// Counts an element of a list. Elements of a list without a limit count as free JSON if they are free JSON.
    fn element(&mut self, field: &FieldDescriptor, trail: &Trail<'_>) -> Checked<Element> {
        let known = self.lists.iter_mut().enumerate().find(|(_, list)| list.field == *field);
        if let Some((at, list)) = known {
            list.count += 1;
            return Ok(if list.count > list.most { Element::TooMany(at) } else { Element::One });
        }
        if let Some(most) = self.most.get(field.full_name()).copied() {
            let path = trail.path(field.name());
            self.lists.push(List { field: field.clone(), path, count: 1, most });
        } else if is_free(field) {
            self.values.add().map_err(Flaw::Values)?;
        }
        Ok(Element::One)
    }

    fn one_more(&mut self, at: usize) {
        if let Some(list) = self.lists.get_mut(at) {
            list.count += 1;
        }
    }
}

fn is_free(field: &FieldDescriptor) -> bool {
    field.parent_message().full_name().starts_with("google.protobuf.")
}

/// The messages around a message.
#[derive(Clone, Copy)]
struct Trail<'t>(Option<(&'t Trail<'t>, &'t str)>);

impl Trail<'_> {
    fn path(&self, name: &str) -> String {
        match self.0 {
            None => name.to_owned(),
            Some((around, own)) => format!("{}.{name}", around.path(own)),
        }
    }
}

type Checked<T = ()> = Result<T, Flaw>;

/// Checks a message.
pub(super) fn check(message: &MessageDescriptor, most: &Most, bytes: &[u8]) -> Result<(), Error> {
    let mut counts = Counts::new(most);
    let checked = walk(message, bytes, DEPTH_MAX, &Trail(None), &mut counts);
    let too_long = counts.lists.into_iter().filter(|list| list.count > list.most);
    let faults: Vec<FieldFault> = too_long
        .map(|list| {
            FieldFault::new(list.path, Fault::TooMany { max: list.most, actual: list.count })
        })
        .collect();
    if checked.is_ok() && !faults.is_empty() {
        return Err(Error::fields(faults));
    }
    checked.map_err(|flaw| match flaw {
        Flaw::Malformed => {
            let code = code::MESSAGE_MALFORMED;
            Error::told(Code::Invalid, code, &[("type", &message.full_name())])
        }
        Flaw::Nul(field) => {
            let fault = Fault::Value("NUL character is not allowed".into());
            Error::fields(vec![FieldFault::new(field, fault)])
        }
        Flaw::Name(field) => {
            Error::fields(vec![FieldFault::new(field, Fault::Value(tree::REFUSED.into()))])
        }
        Flaw::Values(reason) => {
            let code = code::MESSAGE_TOO_LARGE;
            Error::told(Code::Invalid, code, &[("reason", &reason)])
        }
    })
}

fn walk(
    message: &MessageDescriptor,
    mut bytes: &[u8],
    depth: usize,
    trail: &Trail<'_>,
    counts: &mut Counts<'_>,
) -> Checked {
    // Elements of lists so far, by field number, for the path of a fault.
    let mut lists: Vec<(u32, usize)> = Vec::new();
    // The list that is too long, if there is one: a million more of its elements may follow.
    let mut too_long = None;
    while !bytes.is_empty() {
        let (number, wire) = key(&mut bytes)?;
        if let Some((_, at)) = too_long.filter(|(known, _)| *known == number) {
            counts.one_more(at);
            skip(number, wire, &mut bytes, depth)?;
            continue;
        }
        let Some(field) = message.get_field(number) else {
            skip(number, wire, &mut bytes, depth)?;
            continue;
        };
        let index = field.is_list().then(|| next_index(&mut lists, number));
        if (field.is_list() || field.is_map())
            && let Element::TooMany(at) = counts.element(&field, trail)?
        {
            too_long = Some((number, at));
            skip(number, wire, &mut bytes, depth)?;
            continue;
        }
        match (field.kind(), wire) {
            (Kind::Message(inner), 2) => {
                let depth = depth.checked_sub(1).ok_or(Flaw::Malformed)?;
                let part = block(&mut bytes)?;
                let trail = Trail(Some((trail, field.name())));
                walk(&inner, part, depth, &trail, counts)
                    .map_err(|flaw| flaw.inside(&field, index))?;
            }
            (Kind::String, 2) => {
                let text = std::str::from_utf8(block(&mut bytes)?).map_err(|_| Flaw::Malformed)?;
                if text.contains('\0') {
                    return Err(Flaw::Nul(String::new()).inside(&field, index));
                }
                if is_free(&field) && field.name() == "key" && tree::is_refused(text) {
                    return Err(Flaw::Name(String::new()).inside(&field, index));
                }
            }
            (Kind::Message(_) | Kind::String, _) => return Err(Flaw::Malformed),
            (Kind::Double | Kind::Fixed64 | Kind::Sfixed64, 1)
            | (Kind::Float | Kind::Fixed32 | Kind::Sfixed32, 5)
            | (Kind::Bytes, 2) => skip(number, wire, &mut bytes, depth)?,
            // The numbers of a list may come in one block.
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
    /// Puts the name of the field before the path; inside free JSON there are no names.
    fn inside(self, field: &FieldDescriptor, index: Option<usize>) -> Self {
        let path = |inner: String| {
            if is_free(field) {
                return inner;
            }
            let index = index.map(|index| format!("[{index}]")).unwrap_or_default();
            let dot = if inner.is_empty() { "" } else { "." };
            format!("{}{index}{dot}{inner}", field.name())
        };
        match self {
            Self::Nul(inner) => Self::Nul(path(inner)),
            Self::Name(inner) => Self::Name(path(inner)),
            other => other,
        }
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

/// Skips a value that contains no text.
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
            let rules = super::super::free::object_bytes(rules.as_object().expect("an object"));
            let rules = prost::Message::decode(rules.as_slice()).expect("free JSON");
            let request = pb::ReplaceMappingsRequest {
                module_name: "students".into(),
                mappings: vec![input("a", None), input(default, Some(rules))],
                ..Default::default()
            };
            walked(&descriptor("ReplaceMappingsRequest"), &request.encode_to_vec())
        };
        let empty = serde_json::json!({});
        assert_eq!(message("a", &empty), Ok(()));
        assert_eq!(message("\0", &empty), Err(Flaw::Nul("mappings[1].default_value".into())));
        assert_eq!(message("a", &rules), Err(Flaw::Nul("mappings[1].transform_rules".into())));
        let rules = serde_json::json!({"params": [{"$serde_json::private::RawValue": "[7]"}]});
        assert_eq!(message("a", &rules), Err(Flaw::Name("mappings[1].transform_rules".into())));
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
                (walked(&input, &bytes), pb::MappingInput::decode(bytes.as_slice()));
            assert_eq!(passes.is_ok(), steps < 32, "{steps}");
            assert!(passes.is_err() || decodes.is_ok(), "{steps}");
        }
        assert_eq!(walked(&input, &[0x7b].repeat(200)), Err(Flaw::Malformed));
    }

    fn most() -> Most {
        let name = |field: &str| format!("sigma.v1.{field}");
        Most::from([
            (name("MappingDraft.mappings"), 400),
            (name("MappingTestList.tests"), 200),
            (name("TriggerRunRequest.ids"), 1_000),
        ])
    }

    fn walked(message: &MessageDescriptor, bytes: &[u8]) -> Checked {
        walk(message, bytes, DEPTH_MAX, &Trail(None), &mut Counts::new(&most()))
    }

    #[test]
    fn lists_are_counted_before_they_are_decoded() {
        let refused = |name: &str, bytes: &[u8]| {
            let error = check(&descriptor(name), &most(), bytes).err()?;
            Some((error.message, error.faults))
        };
        let ids = |count: usize| [0x2a, 0x01, b'7'].repeat(count);
        assert_eq!(refused("TriggerRunRequest", &ids(1_000)), None);
        let (message, faults) = refused("TriggerRunRequest", &ids(1_001)).expect("refused");
        assert!(message.contains("ids: List should have at most 1000 items"), "{message}");
        assert_eq!(faults[0].fault, Fault::TooMany { max: 1_000, actual: 1_001 });
        // Fields between and after the surplus elements are still checked.
        let (name, nul) = ([0x0a, 0x01, b's'], [0x0a, 0x01, 0x00]);
        let walked = |behind: &[u8]| {
            let bytes = [&ids(1_500)[..], &name, &ids(500), behind].concat();
            walked(&descriptor("TriggerRunRequest"), &bytes)
        };
        assert_eq!(walked(&name), Ok(()));
        assert_eq!(walked(&nul), Err(Flaw::Nul("module_name".into())));
        assert_eq!(walked(&[0x2a, 0x02, b'7']), Err(Flaw::Malformed));
        let mixed = [&ids(1_500)[..], &name, &ids(500)].concat();
        let (_, faults) = refused("TriggerRunRequest", &mixed).expect("refused");
        assert_eq!(faults[0].fault, Fault::TooMany { max: 1_000, actual: 2_000 });
        // A draft in 300,000 pieces with one row each is one draft.
        let pieces = [0x12, 0x02, 0x0a, 0x00].repeat(300_000);
        let (_, faults) = refused("ValidateMappingsRequest", &pieces).expect("refused");
        assert_eq!(faults[0].field, "draft.mappings");
        assert_eq!(faults[0].fault, Fault::TooMany { max: 400, actual: 300_000 });
    }

    #[test]
    fn free_json_is_counted_before_it_is_decoded() {
        let wrap = |tag: u8, inner: &[u8]| {
            let mut outer = vec![tag];
            prost::encoding::encode_varint(inner.len() as u64, &mut outer);
            outer.extend_from_slice(inner);
            outer
        };
        // record { fields { key: "", value { list_value { values {} ... } } } }
        let record = |values: usize| {
            let list = wrap(0x32, &[0x0a, 0x00].repeat(values));
            wrap(0x12, &wrap(0x0a, &wrap(0x12, &list)))
        };
        let check = |bytes: &[u8]| check(&descriptor("PreviewMappingsRequest"), &most(), bytes);
        assert!(check(&record(VALUES_MAX - 1)).is_ok());
        assert_eq!(
            check(&record(VALUES_MAX)).expect_err("refused").reason,
            code::MESSAGE_TOO_LARGE
        );
        // Entries without a value are counted too, and so are pieces of one object.
        let entries = wrap(0x12, &[0x0a, 0x00]).repeat(VALUES_MAX + 1);
        assert_eq!(check(&entries).expect_err("refused").reason, code::MESSAGE_TOO_LARGE);
    }

    proptest! {
        /// The decoder accepts every message that passes here, and the reverse holds for messages without NUL.
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
                match walked(&descriptor("UpdateModuleRequest"), &bytes) {
                    Err(Flaw::Nul(_)) => {}
                    checked => assert_eq!(checked.is_ok(), decoded.is_ok(), "{bytes:02x?}"),
                }
            }
        }
    }
}

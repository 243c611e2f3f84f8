//! What the gateway knows about each message, derived once from the descriptors: how its fields are read from JSON
//! and written to it. A descriptor that is not understood stops the start, never a request.

use {
    super::GatewayError,
    prost_reflect::{
        Cardinality, DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor,
        Kind as ProtoKind, MessageDescriptor, Value,
    },
    std::collections::HashMap,
};

/// Index of a message's plan in the table.
pub(super) type PlanId = usize;

/// The kinds of value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Double,
    Text,
    /// Names by number.
    Enum(Vec<(i32, String)>),
    Message(PlanId),
    Timestamp,
    Struct,
}

/// How often a field occurs, and what its absence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// An absent field has the zero value.
    Implicit,
    /// An absent field is null.
    Optional,
    /// A list.
    Repeated,
}

/// A field.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    /// `"name":`, ready to write.
    pub(super) json_key: Vec<u8>,
    pub(super) number: u32,
    pub(super) kind: Kind,
    pub(super) presence: Presence,
    pub(super) required: bool,
    pub(super) sensitive: bool,
    pub(super) omit_absent: bool,
    pub(super) grpc_only: bool,
    pub(super) inline: bool,
    /// Number of the field of an element that becomes the key.
    pub(super) keyed_by: Option<u32>,
    pub(super) sole_value: bool,
    /// Greatest number of elements of a list in a request; 0 for a list that is in no request.
    pub(super) max_items: usize,
    /// The proto comment.
    pub(super) comment: String,
}

/// A message.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) name: String,
    /// In the order of the file, which is the order of the JSON keys.
    pub(super) fields: Vec<Field>,
    pub(super) comment: String,
}

impl Message {
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Returns the list of a message that exists only because a list cannot be absent.
    pub(super) fn only_list(&self) -> Option<&Field> {
        match self.fields.as_slice() {
            [only] if only.presence == Presence::Repeated => Some(only),
            _ => None,
        }
    }
}

/// All plans.
#[derive(Debug, Default)]
pub(super) struct Plans {
    messages: Vec<Message>,
    known: HashMap<String, PlanId>,
}

/// The options of this project.
pub(super) struct Options {
    sensitive: ExtensionDescriptor,
    omit_absent: ExtensionDescriptor,
    grpc_only: ExtensionDescriptor,
    inline: ExtensionDescriptor,
    keyed_by: ExtensionDescriptor,
    sole_value: ExtensionDescriptor,
    max_items: ExtensionDescriptor,
    behavior: ExtensionDescriptor,
}

impl Options {
    pub(super) fn find(pool: &DescriptorPool) -> Result<Self, GatewayError> {
        let option = |name: &str| extension(pool, &format!("sigma.v1.{name}"));
        Ok(Self {
            sensitive: option("sensitive")?,
            omit_absent: option("omit_absent")?,
            grpc_only: option("grpc_only")?,
            inline: option("inline")?,
            keyed_by: option("keyed_by")?,
            sole_value: option("sole_value")?,
            max_items: option("max_items")?,
            behavior: extension(pool, "google.api.field_behavior")?,
        })
    }
}

pub(super) fn extension(
    pool: &DescriptorPool,
    name: &str,
) -> Result<ExtensionDescriptor, GatewayError> {
    pool.get_extension_by_name(name)
        .ok_or_else(|| GatewayError(format!("the option {name} is missing")))
}

/// Returns whether a boolean option is set.
pub(super) fn flag(options: &DynamicMessage, option: &ExtensionDescriptor) -> bool {
    options.get_extension(option).as_bool().unwrap_or_default()
}

/// Returns a text option; empty when not set.
fn text(options: &DynamicMessage, option: &ExtensionDescriptor) -> String {
    options.get_extension(option).as_str().unwrap_or_default().to_owned()
}

/// Returns the option for the greatest number of elements; 0 if it is not set.
pub(super) fn most(options: &DynamicMessage, option: &ExtensionDescriptor) -> usize {
    let most = options.get_extension(option).as_i32().unwrap_or_default();
    usize::try_from(most).unwrap_or_default()
}

/// google.api.FieldBehavior.REQUIRED
const REQUIRED: i32 = 2;

impl Plans {
    pub(super) fn get(&self, id: PlanId) -> Result<&Message, GatewayError> {
        self.messages.get(id).ok_or_else(|| GatewayError(format!("no plan {id}")))
    }

    /// Plans a message and all messages in it.
    pub(super) fn add(
        &mut self,
        message: &MessageDescriptor,
        options: &Options,
    ) -> Result<PlanId, GatewayError> {
        let name = message.full_name();
        if let Some(id) = self.known.get(name) {
            return Ok(*id);
        }
        let id = self.messages.len();
        self.known.insert(name.to_owned(), id);
        let comment = comment_of(message.parent_file().file_descriptor_proto(), message.path());
        self.messages.push(Message {
            name: message.name().to_owned(),
            fields: Vec::new(),
            comment,
        });
        // Descriptors list fields by number; the file's order is that of the raw descriptor.
        let order: Vec<i32> =
            message.descriptor_proto().field.iter().map(|field| field.number()).collect();
        let mut fields = Vec::with_capacity(order.len());
        for number in order {
            let field = u32::try_from(number).ok().and_then(|number| message.get_field(number));
            let field = field.ok_or_else(|| GatewayError(format!("{name}: no field {number}")))?;
            fields.push(self.field(&field, options)?);
        }
        if let Some(planned) = self.messages.get_mut(id) {
            planned.fields = fields;
        }
        Ok(id)
    }

    /// Checks that every list in a request, at any depth, names its greatest number of elements.
    pub(super) fn check_request(&self, id: PlanId) -> Result<(), GatewayError> {
        let message = self.get(id)?;
        for field in &message.fields {
            if field.presence == Presence::Repeated && field.max_items == 0 {
                let what = format!("{}.{}", message.name, field.name);
                return Err(GatewayError(format!("{what}: a list of a request needs max_items")));
            }
            if let Kind::Message(inner) = field.kind
                && inner != id
            {
                self.check_request(inner)?;
            }
        }
        Ok(())
    }

    fn field(&mut self, field: &FieldDescriptor, options: &Options) -> Result<Field, GatewayError> {
        let name = field.name();
        let refuse =
            |what: &str| GatewayError(format!("{}: {what} is not supported", field.full_name()));
        if field.is_map() {
            return Err(refuse("a map"));
        }
        if field.containing_oneof().is_some_and(|oneof| !oneof.is_synthetic()) {
            return Err(refuse("a oneof"));
        }
        let kind = match field.kind() {
            ProtoKind::Bool => Kind::Bool,
            ProtoKind::Int32 => Kind::Int32,
            ProtoKind::Int64 => Kind::Int64,
            ProtoKind::Uint32 => Kind::Uint32,
            ProtoKind::Uint64 => Kind::Uint64,
            ProtoKind::Double => Kind::Double,
            ProtoKind::String => Kind::Text,
            ProtoKind::Enum(words) => Kind::Enum(
                words.values().map(|value| (value.number(), value.name().to_owned())).collect(),
            ),
            ProtoKind::Message(inner) => match inner.full_name() {
                "google.protobuf.Timestamp" => Kind::Timestamp,
                "google.protobuf.Struct" => Kind::Struct,
                other if other.starts_with("google.") => return Err(refuse(other)),
                _ => Kind::Message(self.add(&inner, options)?),
            },
            other => return Err(refuse(&format!("{other:?}"))),
        };
        let presence = match field.cardinality() {
            Cardinality::Repeated => Presence::Repeated,
            _ if field.supports_presence() => Presence::Optional,
            _ => Presence::Implicit,
        };
        if presence == Presence::Repeated && !matches!(kind, Kind::Message(_) | Kind::Text) {
            return Err(refuse("a list of other than messages and texts"));
        }
        let set = field.options();
        let behavior = set.get_extension(&options.behavior);
        let required = behavior.as_list().is_some_and(|list| {
            list.iter().any(|value| matches!(value, Value::EnumNumber(REQUIRED)))
        });
        let keyed_by = match text(&set, &options.keyed_by).as_str() {
            "" => None,
            key => Some(self.key_number(&kind, key).ok_or_else(|| refuse("the key of keyed_by"))?),
        };
        Ok(Field {
            json_key: format!("\"{name}\":").into_bytes(),
            number: field.number(),
            required,
            sensitive: flag(&set, &options.sensitive),
            omit_absent: flag(&set, &options.omit_absent),
            grpc_only: flag(&set, &options.grpc_only),
            inline: flag(&set, &options.inline),
            sole_value: flag(&set, &options.sole_value),
            max_items: most(&set, &options.max_items),
            keyed_by,
            kind,
            presence,
            comment: comment_of(field.parent_file().file_descriptor_proto(), field.path()),
            name: name.to_owned(),
        })
    }

    fn key_number(&self, kind: &Kind, key: &str) -> Option<u32> {
        let Kind::Message(id) = kind else { return None };
        self.messages.get(*id)?.field(key).map(|field| field.number)
    }
}

/// Returns the comment before an element of a file.
pub(super) fn comment_of(file: &prost_types::FileDescriptorProto, path: &[i32]) -> String {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    let comment = locations
        .filter(|location| location.path == path)
        .find_map(|location| location.leading_comments.clone());
    comment
        .unwrap_or_default()
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(" ")
        .trim()
        .to_owned()
}

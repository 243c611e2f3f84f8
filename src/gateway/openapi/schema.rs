//! The schemas of messages, each once and by its name: a program that is generated from the document has one type for a
//! message, wherever it stands.

use {
    super::limit,
    crate::gateway::{
        GatewayError,
        plan::{Field, Kind, Message, PlanId, Plans, Presence},
    },
    serde_json::{Map, Value, json},
};

/// The schemas so far.
pub(super) struct Schemas<'p> {
    plans: &'p Plans,
    pub(super) all: Map<String, Value>,
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

impl<'p> Schemas<'p> {
    pub(super) fn new(plans: &'p Plans) -> Self {
        Self { plans, all: Map::new() }
    }

    /// Makes a schema once and returns the reference to it.
    fn named(
        &mut self,
        name: String,
        make: impl FnOnce(&mut Self) -> Result<Value, GatewayError>,
    ) -> Result<Value, GatewayError> {
        if !self.all.contains_key(&name) {
            // Its place is taken first: a message may contain itself.
            self.all.insert(name.clone(), Value::Null);
            let schema = make(self)?;
            self.all.insert(name.clone(), schema);
        }
        Ok(reference(&name))
    }

    /// The schema of a message that is written.
    pub(super) fn written(&mut self, id: PlanId) -> Result<Value, GatewayError> {
        let message = self.plans.get(id)?;
        self.named(message.name.clone(), |schemas| {
            let object = schemas.object(message, None)?;
            Ok(described(object, &message.comment))
        })
    }

    fn object(&mut self, message: &Message, without: Option<u32>) -> Result<Value, GatewayError> {
        let mut members =
            Members { properties: Map::new(), required: Vec::new(), more: json!(true) };
        self.collect(message, without, &mut members)?;
        let Members { properties, required, more } = members;
        Ok(json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": more,
        }))
    }

    fn collect(
        &mut self,
        message: &Message,
        without: Option<u32>,
        members: &mut Members,
    ) -> Result<(), GatewayError> {
        for field in &message.fields {
            if field.grpc_only || without == Some(field.number) {
                continue;
            }
            match (field.inline, &field.kind, field.keyed_by) {
                (true, Kind::Message(id), None) => {
                    self.collect(self.plans.get(*id)?, None, members)?;
                }
                (true, Kind::Message(id), Some(key)) => members.more = self.entry(*id, key)?,
                _ => {
                    let schema = self.field(field, false)?;
                    members.properties.insert(field.name.clone(), schema);
                    if !field.omit_absent {
                        members.required.push(json!(field.name));
                    }
                }
            }
        }
        Ok(())
    }

    /// The schema of an element of a list that is written as an object.
    fn entry(&mut self, id: PlanId, key: u32) -> Result<Value, GatewayError> {
        let message = self.plans.get(id)?;
        if let Some(only) = message.fields.iter().find(|field| field.sole_value) {
            return self.field(only, true);
        }
        self.named(format!("{}Entry", message.name), |schemas| schemas.object(message, Some(key)))
    }

    /// The schema of a field that is written; `is_root` for one that is the whole answer.
    pub(super) fn field(&mut self, field: &Field, is_root: bool) -> Result<Value, GatewayError> {
        if let (Kind::Message(id), Some(key)) = (&field.kind, field.keyed_by) {
            let entry = self.entry(*id, key)?;
            let object = json!({"type": "object", "additionalProperties": entry});
            return Ok(described(object, &field.comment));
        }
        let mut inner = match &field.kind {
            Kind::Message(id) => self.written(*id)?,
            kind => plain(kind),
        };
        with_words(&mut inner, field);
        let may_lack = field.presence == Presence::Optional
            || matches!(field.kind, Kind::Message(_) | Kind::Struct);
        let schema = match field.presence {
            Presence::Repeated => json!({"type": "array", "items": inner}),
            _ if may_lack && !is_root && !field.omit_absent => nullable(inner),
            _ => inner,
        };
        Ok(described(schema, &field.comment))
    }

    /// The schema of a message that is read: only marked fields are required, and null means absent. `without` are the
    /// names of fields that stand in the path.
    pub(super) fn read(&mut self, id: PlanId, without: &[String]) -> Result<Value, GatewayError> {
        let message = self.plans.get(id)?;
        let own = ["Request", "Input"].iter().any(|end| message.name.ends_with(end));
        let name = if own { message.name.clone() } else { format!("{}Input", message.name) };
        self.named(name, |schemas| {
            let mut properties = Map::new();
            let mut required = Vec::new();
            for field in message.fields.iter().filter(|field| !without.contains(&field.name)) {
                properties.insert(field.name.clone(), schemas.asked(field)?);
                if field.required {
                    required.push(json!(field.name));
                }
            }
            let object = json!({"type": "object", "properties": properties, "required": required});
            Ok(described(object, &message.comment))
        })
    }

    /// The schema of a field that is read.
    fn asked(&mut self, field: &Field) -> Result<Value, GatewayError> {
        let mut inner = match &field.kind {
            Kind::Message(id) => {
                let message = self.read(*id, &[])?;
                match self.plans.get(*id)?.only_list() {
                    // The list may also stand bare.
                    Some(only) => json!({"anyOf": [message, self.asked_list(only)?]}),
                    None => message,
                }
            }
            kind => parameter(kind, &field.comment),
        };
        with_words(&mut inner, field);
        let schema = match field.presence {
            Presence::Repeated => self.asked_list(field)?,
            _ if field.required => inner,
            _ => nullable(inner),
        };
        let mut schema = described(schema, &field.comment);
        if field.sensitive
            && let Value::Object(schema) = &mut schema
        {
            schema.insert("writeOnly".into(), json!(true));
        }
        Ok(schema)
    }

    fn asked_list(&mut self, field: &Field) -> Result<Value, GatewayError> {
        let inner = match &field.kind {
            Kind::Message(id) => self.read(*id, &[])?,
            kind => plain(kind),
        };
        Ok(json!({"type": "array", "items": inner, "maxItems": field.max_items}))
    }
}

/// The members of an object so far.
struct Members {
    properties: Map<String, Value>,
    required: Vec<Value>,
    more: Value,
}

/// The schema of a parameter, with the limits that its comment names.
pub(super) fn parameter(kind: &Kind, comment: &str) -> Value {
    let mut schema = plain(kind);
    if let Value::Object(schema) = &mut schema {
        limit::add(schema, kind, comment);
    }
    schema
}

/// Adds the words that the comment of a text names.
pub(super) fn with_words(schema: &mut Value, field: &Field) {
    if let (Kind::Text, Value::Object(schema), Some((words, usual))) =
        (&field.kind, schema, limit::words(&field.comment))
    {
        schema.insert("enum".into(), json!(words));
        if let Some(usual) = usual {
            schema.insert("default".into(), json!(usual));
        }
    }
}

fn described(mut schema: Value, text: &str) -> Value {
    if let Value::Object(schema) = &mut schema
        && !text.is_empty()
    {
        schema.insert("description".into(), json!(text));
    }
    schema
}

/// The same schema or null.
fn nullable(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(members) if members.contains_key("anyOf") => {
            if let Some(Value::Array(any)) = members.get_mut("anyOf") {
                any.push(json!({"type": "null"}));
            }
        }
        Value::Object(members) => match members.get("type").cloned() {
            Some(kind) => {
                members.insert("type".into(), json!([kind, "null"]));
                if let Some(Value::Array(words)) = members.get_mut("enum") {
                    words.push(Value::Null);
                }
            }
            None => return json!({"anyOf": [schema, {"type": "null"}]}),
        },
        _ => {}
    }
    schema
}

fn plain(kind: &Kind) -> Value {
    match kind {
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Int32 | Kind::Uint32 => json!({"type": "integer", "format": "int32"}),
        Kind::Int64 | Kind::Uint64 => json!({"type": "integer", "format": "int64"}),
        Kind::Double => json!({"type": "number"}),
        Kind::Text => json!({"type": "string"}),
        Kind::Enum(words) => {
            let words: Vec<&String> = words.iter().map(|(_, word)| word).collect();
            json!({"type": "string", "enum": words})
        }
        Kind::Timestamp => json!({"type": "string", "format": "date-time"}),
        Kind::Struct | Kind::Message(_) => json!({"type": "object", "additionalProperties": true}),
    }
}

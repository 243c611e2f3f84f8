//! The API document, OpenAPI 3.1, made from the same rules and plans that answer requests, so that both always agree.

use {
    super::{
        GatewayError,
        plan::{Field, Kind, Message, Plans, Presence},
        template_fields,
        transcode::Rule,
    },
    serde_json::{Map, Value, json},
};

/// The five parts of a signature.
const AUTH: [(&str, &str); 5] = [
    ("X-Ext-Key", "Public id of the key"),
    ("X-Ext-Timestamp", "Unix seconds, at most 300 off, decimals allowed"),
    ("X-Ext-Nonce", "1 to 128 visible ASCII characters without \"./\", used once"),
    (
        "X-Ext-Signature",
        "HMAC-SHA256 over timestamp.nonce.METHOD.path.sha256hex(body), hex or base64",
    ),
    ("X-Tenant-ID", "Tenant of the key"),
];

/// Makes the document.
pub(super) fn document(plans: &Plans, rules: &[Rule]) -> Result<Value, GatewayError> {
    let mut paths: Map<String, Value> = Map::new();
    for rule in rules {
        let path = paths.entry(rule.template.clone()).or_insert_with(|| json!({}));
        if let Value::Object(path) = path {
            path.insert(rule.verb.as_str().to_ascii_lowercase(), operation(plans, rule)?);
        }
    }
    let schemes: Map<String, Value> = AUTH
        .iter()
        .map(|(name, text)| {
            (
                (*name).to_owned(),
                json!({"type": "apiKey", "in": "header", "name": name, "description": text}),
            )
        })
        .collect();
    let all: Map<String, Value> =
        AUTH.iter().map(|(name, _)| ((*name).to_owned(), json!([]))).collect();
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "sigma-sync",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Keeps Zoho CRM and Moodle in step. Every path is also served below /api.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}
        },
        "servers": [{"url": "/"}],
        "security": [all],
        "paths": paths,
        "components": {
            "securitySchemes": schemes,
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["detail"],
                    "properties": {"detail": {"type": "string"}}
                },
                "ValidationError": {
                    "type": "object",
                    "required": ["detail"],
                    "properties": {"detail": {"type": "array", "items": {
                        "type": "object",
                        "required": ["type", "loc", "msg", "input"],
                        "properties": {
                            "type": {"type": "string"},
                            "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                            "msg": {"type": "string"},
                            "input": {},
                            "ctx": {"type": "object"}
                        }
                    }}}
                }
            }
        }
    }))
}

fn operation(plans: &Plans, rule: &Rule) -> Result<Value, GatewayError> {
    let input = plans.get(rule.input)?;
    let in_path = template_fields(&rule.template);
    let mut parameters = Vec::new();
    for field in &input.fields {
        let place = if in_path.contains(&field.name) {
            "path"
        } else if rule.takes_body {
            continue;
        } else {
            "query"
        };
        parameters.push(json!({
            "name": field.name,
            "in": place,
            "required": place == "path",
            "description": field.comment,
            "schema": kind_schema(plans, &field.kind)?,
        }));
    }
    let (tag, name) = rule.grpc.path().trim_start_matches('/').split_once('/').unwrap_or_default();
    let tag = tag.rsplit('.').next().unwrap_or_default().trim_end_matches("Service");
    let summary = rule.comment.split(['.', ';']).next().unwrap_or_default();
    let mut operation = json!({
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "description": rule.comment,
        "parameters": parameters,
        "responses": responses(plans, rule)?,
    });
    if rule.takes_body
        && let Value::Object(operation) = &mut operation
    {
        let body = Message {
            fields: input
                .fields
                .iter()
                .filter(|field| !in_path.contains(&field.name))
                .cloned()
                .collect(),
            ..input.clone()
        };
        let schema = input_schema(plans, &body)?;
        let content =
            json!({"required": true, "content": {"application/json": {"schema": schema}}});
        operation.insert("requestBody".into(), content);
    }
    Ok(operation)
}

fn responses(plans: &Plans, rule: &Rule) -> Result<Value, GatewayError> {
    let output = plans.get(rule.output)?;
    let schema = match rule.response_field.as_deref().and_then(|name| output.field(name)) {
        Some(field) => field_schema(plans, field, true)?,
        None => message_schema(plans, output)?,
    };
    let content = if let Some(plain) = &rule.plain_text {
        let kind = plain.content_type.to_str().unwrap_or_default();
        json!({kind: {"schema": {"type": "string"}}})
    } else if rule.streams {
        json!({"application/x-ndjson": {"schema": schema}, "text/event-stream": {"schema": {"type": "string"}}})
    } else {
        json!({"application/json": {"schema": schema}})
    };
    let error = |text: &str| json!({"description": text, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}});
    let mut responses = json!({
        "400": error("Refused by a rule or by the state of things"),
        "401": error("No valid credential"),
        "403": error("The key's role does not allow it"),
        "404": error("No such thing"),
        "413": error("The body is too large"),
        "422": {
            "description": "Fields that were refused",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ValidationError"}}}
        },
        "429": error("Too much for now; see Retry-After"),
        "503": error("Not possible for now; see Retry-After"),
    });
    if let Value::Object(responses) = &mut responses {
        responses.insert(
            rule.status.as_str().to_owned(),
            json!({"description": "Done", "content": content}),
        );
    }
    Ok(responses)
}

/// The schema of a message that is written.
fn message_schema(plans: &Plans, message: &Message) -> Result<Value, GatewayError> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    let mut more = Value::Bool(true);
    collect(plans, message, None, &mut properties, &mut required, &mut more)?;
    Ok(json!({
        "type": "object",
        "description": message.comment,
        "properties": properties,
        "required": required,
        "additionalProperties": more,
    }))
}

fn collect(
    plans: &Plans,
    message: &Message,
    leave_out: Option<u32>,
    properties: &mut Map<String, Value>,
    required: &mut Vec<Value>,
    more: &mut Value,
) -> Result<(), GatewayError> {
    for field in &message.fields {
        if field.grpc_only || leave_out == Some(field.number) {
            continue;
        }
        match (field.inline, &field.kind, field.keyed_by) {
            (true, Kind::Message(id), None) => {
                collect(plans, plans.get(*id)?, None, properties, required, more)?
            }
            (true, Kind::Message(id), Some(key)) => {
                *more = element_schema(plans, plans.get(*id)?, key)?
            }
            _ => {
                properties.insert(field.name.clone(), field_schema(plans, field, false)?);
                if !field.omit_absent {
                    required.push(json!(field.name));
                }
            }
        }
    }
    Ok(())
}

/// The schema of an element of a list that is written as an object.
fn element_schema(plans: &Plans, message: &Message, key: u32) -> Result<Value, GatewayError> {
    if let Some(only) = message.fields.iter().find(|field| field.sole_value) {
        return field_schema(plans, only, false);
    }
    let mut properties = Map::new();
    let mut required = Vec::new();
    let mut more = Value::Bool(true);
    collect(plans, message, Some(key), &mut properties, &mut required, &mut more)?;
    Ok(
        json!({"type": "object", "properties": properties, "required": required, "additionalProperties": more}),
    )
}

fn field_schema(plans: &Plans, field: &Field, is_root: bool) -> Result<Value, GatewayError> {
    let inner = match (&field.kind, field.keyed_by) {
        (Kind::Message(id), Some(key)) => {
            let element = element_schema(plans, plans.get(*id)?, key)?;
            return Ok(described(
                json!({"type": "object", "additionalProperties": element}),
                &field.comment,
            ));
        }
        (kind, _) => kind_schema(plans, kind)?,
    };
    let schema = match field.presence {
        Presence::Repeated => json!({"type": "array", "items": inner}),
        Presence::Optional
            if !is_root
                && !field.omit_absent
                && !matches!(field.kind, Kind::Message(_) | Kind::Struct) =>
        {
            nullable(inner)
        }
        _ => inner,
    };
    Ok(described(schema, &field.comment))
}

fn described(mut schema: Value, text: &str) -> Value {
    if let Value::Object(schema) = &mut schema
        && !text.is_empty()
    {
        schema.insert("description".into(), json!(text));
    }
    schema
}

fn nullable(mut schema: Value) -> Value {
    if let Value::Object(schema) = &mut schema
        && let Some(kind) = schema.get("type").cloned()
    {
        schema.insert("type".into(), json!([kind, "null"]));
    }
    schema
}

fn kind_schema(plans: &Plans, kind: &Kind) -> Result<Value, GatewayError> {
    Ok(match kind {
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
        Kind::Struct => json!({"type": "object", "additionalProperties": true}),
        Kind::Message(id) => message_schema(plans, plans.get(*id)?)?,
    })
}

/// The schema of a message that is read: only marked fields are required, and null means absent.
fn input_schema(plans: &Plans, message: &Message) -> Result<Value, GatewayError> {
    let mut properties = Map::new();
    for field in &message.fields {
        let inner = match &field.kind {
            Kind::Message(id) => input_schema(plans, plans.get(*id)?)?,
            kind => kind_schema(plans, kind)?,
        };
        let schema = match field.presence {
            Presence::Repeated => {
                json!({"type": "array", "items": inner, "maxItems": field.max_items})
            }
            _ if field.required => inner,
            _ => nullable(inner),
        };
        let mut schema = described(schema, &field.comment);
        if field.sensitive
            && let Value::Object(schema) = &mut schema
        {
            schema.insert("writeOnly".into(), json!(true));
        }
        properties.insert(field.name.clone(), schema);
    }
    let required: Vec<&String> =
        message.fields.iter().filter(|field| field.required).map(|field| &field.name).collect();
    Ok(json!({"type": "object", "properties": properties, "required": required}))
}

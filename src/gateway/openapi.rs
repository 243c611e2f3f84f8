//! The API document, OpenAPI 3.1, made from the same rules and plans that answer requests, so that both always agree.

mod example;
mod limit;
mod schema;

use {
    self::schema::Schemas,
    super::{GatewayError, plan::Plans, template_fields, transcode::Rule},
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

/// Headers of the other credentials: a signature of scheme v2, beside `X-Tenant-ID`.
const AUTH_V2: [(&str, &str); 3] = [
    (
        "Signature-Input",
        "Scheme v2: the covered parts and the parameters of the signature (RFC 9421)",
    ),
    ("Signature", "Scheme v2: the signature (RFC 9421)"),
    ("Content-Digest", "Scheme v2: SHA-256 of the content (RFC 9530)"),
];
/// The name of the bearer's scheme.
const SESSION: &str = "Session";

/// Answers that every operation may give besides its own: status, name of the response, and what it means.
const REFUSALS: [(&str, &str, &str); 8] = [
    ("400", "Refused", "Refused by a rule or by the state of things"),
    ("401", "Unauthenticated", "No valid credential"),
    ("403", "Forbidden", "The key's role does not allow it"),
    ("404", "NotFound", "No such thing"),
    ("413", "TooLarge", "The body is too large"),
    ("422", "Invalid", "Fields that were refused"),
    ("429", "Exhausted", "Too many requests; try again after the time in Retry-After"),
    ("503", "Unavailable", "Not available; try again after the time in Retry-After"),
];

/// Headers of answers, by their names in the document.
const HEADERS: [(&str, &str, &str); 7] = [
    ("RequestId", "string", "Id of the request, under which the log of the service has it"),
    ("ErrorWord", "string", "Stable word for the reason of a refusal, such as RUN_NOT_FOUND"),
    ("RetryAfter", "integer", "Seconds to wait before the next try"),
    ("NextPageToken", "string", "`page_token` of the next page; missing on the last page"),
    (
        "RateLimit",
        "integer",
        "Requests that the nearer limit of the key and the tenant allows at once",
    ),
    ("RateLimitRemaining", "integer", "Requests that are left of them"),
    ("RateLimitReset", "integer", "Seconds until all of them are there again"),
];

/// The headers that tell what is left of a limit, with their names in the document.
const LEFT: [(&str, &str); 3] = [
    ("RateLimit-Limit", "RateLimit"),
    ("RateLimit-Remaining", "RateLimitRemaining"),
    ("RateLimit-Reset", "RateLimitReset"),
];

fn header(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

/// Makes the document.
pub(super) fn document(plans: &Plans, rules: &[Rule]) -> Result<Value, GatewayError> {
    let mut schemas = Schemas::new(plans);
    let mut paths: Map<String, Value> = Map::new();
    for rule in rules {
        let path = paths.entry(rule.template.clone()).or_insert_with(|| json!({}));
        if let Value::Object(path) = path {
            let verb = rule.verb.as_str().to_ascii_lowercase();
            path.insert(verb, operation(plans, &mut schemas, rule)?);
        }
    }
    let mut schemes: Map<String, Value> = AUTH
        .iter()
        .chain(&AUTH_V2)
        .map(|(name, text)| {
            (
                (*name).to_owned(),
                json!({"type": "apiKey", "in": "header", "name": name, "description": text}),
            )
        })
        .collect();
    let bearer = json!({"type": "http", "scheme": "bearer", "description": "Bearer of a session"});
    schemes.insert(SESSION.to_owned(), bearer);
    let all = |names: &[(&str, &str)]| {
        let name = |(name, _): &(&str, &str)| ((*name).to_owned(), json!([]));
        names.iter().map(name).collect::<Map<String, Value>>()
    };
    let tenant = AUTH.iter().filter(|(name, _)| *name == "X-Tenant-ID").copied();
    let v2: Vec<(&str, &str)> = AUTH_V2.into_iter().chain(tenant).collect();
    schemas.all.extend(error_schemas());
    let headers = HEADERS.iter().map(|(name, kind, text)| {
        ((*name).to_owned(), json!({"description": text, "schema": {"type": kind}}))
    });
    let refusals =
        REFUSALS.iter().map(|(status, name, text)| ((*name).to_owned(), refusal(status, text)));
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "sigma-sync",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Keeps Zoho CRM and Moodle in step. Every path is also served below /api.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}
        },
        "servers": [{"url": "/"}],
        "security": [all(&AUTH), all(&v2), {SESSION: []}],
        "paths": paths,
        "components": {
            "securitySchemes": schemes,
            "headers": headers.collect::<Map<_, _>>(),
            "responses": refusals.collect::<Map<_, _>>(),
            "schemas": schemas.all,
        }
    }))
}

/// The schemas of refusals.
fn error_schemas() -> Map<String, Value> {
    let fault = json!({
        "type": "object",
        "required": ["type", "loc", "msg", "input"],
        "properties": {
            "type": {"type": "string"},
            "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
            "msg": {"type": "string"},
            "input": {},
            "ctx": {"type": "object"}
        }
    });
    let items = json!({"$ref": "#/components/schemas/ValidationFault"});
    let of = |detail: Value| json!({"type": "object", "required": ["detail"], "properties": {"detail": detail}});
    let error = of(json!({"type": "string"}));
    let refused = of(json!({"type": "array", "items": items}));
    [("Error", error), ("ValidationError", refused), ("ValidationFault", fault)]
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

fn refusal(status: &str, text: &str) -> Value {
    let schema = if status == "422" { "ValidationError" } else { "Error" };
    let mut headers =
        json!({"x-request-id": header("RequestId"), "x-sigma-error": header("ErrorWord")});
    if matches!(status, "429" | "503") {
        headers["Retry-After"] = header("RetryAfter");
    }
    if status == "429" {
        for (shown, name) in LEFT {
            headers[shown] = header(name);
        }
    }
    let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
    json!({
        "description": text,
        "headers": headers,
        "content": {"application/json": {"schema": schema}},
    })
}

fn operation(plans: &Plans, schemas: &mut Schemas<'_>, rule: &Rule) -> Result<Value, GatewayError> {
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
        let mut schema = schema::parameter(&field.kind, &field.comment);
        schema::with_words(&mut schema, field);
        let mut parameter = json!({
            "name": field.name,
            "in": place,
            "required": place == "path" || field.required,
            "description": field.comment,
            "schema": schema,
        });
        if let Some(example) = example::parameter(&field.name).filter(|_| place == "path") {
            parameter["example"] = example;
        }
        parameters.push(parameter);
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
        "responses": responses(plans, schemas, rule)?,
    });
    if rule.takes_body {
        let mut content = json!({"schema": schemas.read(rule.input, &in_path)?});
        if let Some(example) = example::body(name) {
            content["example"] = example;
        }
        operation["requestBody"] =
            json!({"required": rule.body_required, "content": {"application/json": content}});
    }
    if rule.public {
        operation["security"] = json!([]);
    }
    Ok(operation)
}

fn responses(plans: &Plans, schemas: &mut Schemas<'_>, rule: &Rule) -> Result<Value, GatewayError> {
    let output = plans.get(rule.output)?;
    let field = rule.response_field.as_deref().and_then(|name| output.field(name));
    let content = match (&rule.plain_text, field) {
        (Some(plain), _) => {
            let kind = plain.content_type.to_str().unwrap_or_default();
            json!({kind: {"schema": {"type": "string"}}})
        }
        (None, Some(field)) => json!({"application/json": {"schema": schemas.field(field, true)?}}),
        (None, None) => {
            let schema = schemas.written(rule.output)?;
            if rule.streams {
                json!({"application/x-ndjson": {"schema": schema}, "text/event-stream": {"schema": {"type": "string"}}})
            } else {
                json!({"application/json": {"schema": schema}})
            }
        }
    };
    let mut headers = json!({"x-request-id": header("RequestId")});
    if !rule.public {
        for (shown, name) in LEFT {
            headers[shown] = header(name);
        }
    }
    if rule.response_field.is_some() && output.field("next_page_token").is_some() {
        headers["x-next-page-token"] = header("NextPageToken");
    }
    let mut responses: Map<String, Value> = REFUSALS
        .iter()
        .map(|(status, name, _)| {
            let refusal = json!({"$ref": format!("#/components/responses/{name}")});
            ((*status).to_owned(), refusal)
        })
        .collect();
    let done = json!({"description": "Done", "headers": headers, "content": content});
    responses.insert(rule.status.as_str().to_owned(), done);
    Ok(Value::Object(responses))
}

#[cfg(test)]
mod tests;

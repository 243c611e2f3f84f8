//! The document as a program that generates a client reads it.

use {
    super::{super::Gateway, *},
    axum::Router,
    std::collections::BTreeSet,
    tonic::service::Routes,
};

fn document() -> Value {
    let gateway = Gateway::new(Routes::from(Router::new())).expect("the protos hold");
    serde_json::from_slice(&gateway.table.document).expect("JSON")
}

/// Calls `look` with every object of a value and its place.
fn walk(value: &Value, place: &str, look: &mut impl FnMut(&str, &Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            look(place, members);
            for (name, member) in members {
                walk(member, &format!("{place}/{name}"), look);
            }
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(at, item)| walk(item, &format!("{place}/{at}"), look));
        }
        _ => {}
    }
}

#[test]
fn every_message_is_a_component_and_every_reference_leads_to_one() {
    let document = document();
    let (mut inline, mut used) = (Vec::new(), BTreeSet::new());
    walk(&document, "", &mut |place, object| {
        if object.contains_key("properties") && !is_component(place) {
            inline.push(place.to_owned());
        }
        if let Some(Value::String(to)) = object.get("$ref") {
            assert!(
                document.pointer(to.trim_start_matches('#')).is_some_and(Value::is_object),
                "{to}"
            );
            used.insert(to.rsplit('/').next().unwrap_or_default().to_owned());
        }
    });
    assert_eq!(inline, Vec::<String>::new());
    for part in ["schemas", "headers", "responses"] {
        for name in document["components"][part].as_object().expect(part).keys() {
            assert!(used.contains(name), "{part}/{name} is used");
        }
    }
    assert!(document["components"]["schemas"]["Run"]["properties"]["counts"].is_object());
}

/// Whether a place is that of a named schema, and not within one.
fn is_component(place: &str) -> bool {
    place.strip_prefix("/components/schemas/").is_some_and(|name| !name.contains('/'))
        || place.ends_with("/properties")
}

#[test]
fn every_body_has_an_example_and_limits_are_told() {
    let document = document();
    let mut bodies = 0;
    for (path, verbs) in document["paths"].as_object().expect("paths") {
        for (verb, operation) in verbs.as_object().expect("verbs") {
            for parameter in operation["parameters"].as_array().expect("parameters") {
                let example = parameter.get("example").is_some();
                assert!(example || parameter["in"] != "path", "{verb} {path}: {parameter}");
            }
            if let Some(body) = operation.get("requestBody") {
                bodies += 1;
                let content = &body["content"]["application/json"];
                assert!(content["example"].is_object(), "{verb} {path}");
            }
            let answers = operation["responses"].as_object().expect("responses");
            let done = answers.iter().find(|(status, _)| status.starts_with('2')).expect("done").1;
            assert!(done["headers"]["x-request-id"].is_object(), "{verb} {path}");
        }
    }
    assert!(bodies >= 15, "{bodies}");
    let schemas = &document["components"]["schemas"];
    let of = |message: &str, field: &str| schemas[message]["properties"][field].clone();
    assert_eq!(of("TriggerRunRequest", "triggered_by")["maxLength"], 255);
    assert_eq!(of("ModuleOptionsInput", "brake_percent")["maximum"], 100);
    assert_eq!(of("ModuleOptionsInput", "grade_scale")["enum"], json!(["points", "percent", null]));
    assert_eq!(of("CreateTenantRequest", "status")["default"], "active");
    assert_eq!(of("Tenant", "status")["enum"], json!(["active", "suspended", "inactive"]));
    let scopes = json!(["full", "changes", "verify", null]);
    assert_eq!(of("TriggerRunRequest", "scope")["enum"], scopes);
    assert_eq!(of("TriggerRunRequest", "ids")["maxItems"], 1_000);
    let runs = &document["paths"]["/v1/extension/runs"]["get"];
    let limit = runs["parameters"].as_array().expect("parameters").iter();
    let limit = limit.clone().find(|one| one["name"] == "limit").expect("a limit");
    assert_eq!(limit["schema"]["default"], 50);
    assert_eq!(limit["schema"]["maximum"], 200);
    assert!(runs["responses"]["200"]["headers"]["x-next-page-token"].is_object());
}

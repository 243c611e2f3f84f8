//! Requests of a tenant that are small to send but cost much work, 64 at once.

use {
    super::{Form, field::Field, harness::client::Client, stall::Outcomes},
    bytes::Bytes,
    futures_util::future::join_all,
    prost::Message,
    serde_json::json,
    sigma_sync::proto::pb,
    std::time::Duration,
    tokio::time::timeout,
};

const AT_ONCE: usize = 64;
/// Longest duration of any of them: each must be answered, even if only by a refusal.
const PATIENCE: Duration = Duration::from_secs(120);

const VALIDATE: &str = "/v1/extension/mappings/students/validate";
const MAPPINGS: &str = "/v1/extension/mappings/students";
const APPLY: &str = "/v1/extension/mappings/-/apply";

/// Sends a body over and over, many times at once.
async fn rest(field: &Field, form: Form, verb: &str, path: &str, body: &str) -> String {
    let client = field.tenant("heavy").await;
    let (outcomes, rounds) = (Outcomes::default(), form.pick(1, 4));
    let one = async |client: Client| {
        for _ in 0..rounds {
            match timeout(PATIENCE, client.signed(verb, path, body.as_bytes())).await {
                Ok(answer) => {
                    outcomes.add(format!("{} of {} KiB", answer.status, answer.text.len() / 1024))
                }
                Err(_) => outcomes.add("late"),
            }
        }
    };
    join_all((0..AT_ONCE).map(|_| one(client.clone()))).await;
    format!("{} KiB: {}", body.len() / 1024, outcomes.told())
}

async fn grpc(field: &Field, form: Form, method: &str, message: Vec<u8>) -> String {
    let client = field.tenant("heavy").await;
    let (outcomes, rounds) = (Outcomes::default(), form.pick(1, 4));
    let message = Bytes::from(message);
    let one = async |client: Client| {
        for _ in 0..rounds {
            let headers = client.sign("POST", &format!("/{method}"), &message);
            match timeout(PATIENCE, client.grpc_raw(method, message.clone(), &headers)).await {
                Ok(Ok(_)) => outcomes.add("gRPC 0"),
                Ok(Err(status)) => outcomes.add(format!("gRPC {}", status.code() as i32)),
                Err(_) => outcomes.add("late"),
            }
        }
    };
    join_all((0..AT_ONCE).map(|_| one(client.clone()))).await;
    format!("{} KiB: {}", message.len() / 1024, outcomes.told())
}

/// `begin`, then `part` up to the length, then `end`.
fn filled(begin: &str, part: &str, end: &str, length: usize) -> String {
    let times = (length - begin.len() - end.len()) / part.len();
    format!("{begin}{}{end}", part.repeat(times))
}

const LARGEST: usize = 1024 * 1024;

pub(crate) async fn empty_rows(field: &Field, form: Form) -> String {
    let body = filled(r#"{"draft":{"mappings":["#, "{},", "{}]}}", LARGEST);
    rest(field, form, "POST", VALIDATE, &body).await
}

pub(crate) async fn empty_set(field: &Field, form: Form) -> String {
    let body = filled(r#"{"mappings":["#, r#"{"a":0},"#, "{}]}", LARGEST);
    rest(field, form, "PUT", MAPPINGS, &body).await
}

pub(crate) async fn unknown_member(field: &Field, form: Form) -> String {
    let body = filled(r#"{"x":["#, "0,", "0]}", LARGEST);
    rest(field, form, "PUT", "/v1/extension/modules/students", &body).await
}

pub(crate) async fn wrong_type(field: &Field, form: Form) -> String {
    let body = filled(r#"{"enabled":["#, "0,", "0]}", LARGEST);
    rest(field, form, "PUT", "/v1/extension/modules/students", &body).await
}

pub(crate) async fn padded(field: &Field, form: Form) -> String {
    let ids = vec!["\"\""; 1_000].join(",");
    let body = filled(&format!(r#"{{"ids":[{ids}],"pad":["#), r#""x","#, r#""x"]}"#, LARGEST);
    rest(field, form, "POST", "/v1/extension/sync/students/run", &body).await
}

pub(crate) async fn free_json(field: &Field, form: Form) -> String {
    let rules = json!({"type": "x", "params": {"a": vec![json!({"b": 0}); 490]}});
    let row = json!({"canonical_field": "a", "zoho_field_api_name": "b", "transform_rules": rules});
    let body = json!({"draft": {"mappings": vec![row; 150]}}).to_string();
    rest(field, form, "POST", VALIDATE, &body).await
}

async fn yaml(field: &Field, form: Form, yaml: String) -> String {
    let body = json!({"yaml": yaml, "dry_run": true}).to_string();
    rest(field, form, "POST", APPLY, &body).await
}

pub(crate) async fn laughs(field: &Field, form: Form) -> String {
    let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..9 {
        let inner = vec![format!("*a{}", level - 1); 10].join(",");
        text.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    yaml(field, form, text).await
}

pub(crate) async fn long_alias(field: &Field, form: Form) -> String {
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(200_000), vec!["*a"; 1_000].join(","));
    yaml(field, form, text).await
}

pub(crate) async fn yaml_objects(field: &Field, form: Form) -> String {
    let text = filled("fields: [", "{a: 1},", "{a: 1}]\n", 450_000);
    yaml(field, form, text).await
}

pub(crate) async fn empty_messages(field: &Field, form: Form) -> String {
    const METHOD: &str = "sigma.v1.MappingService/ReplaceMappings";
    // A row of two bytes, a million times.
    let message = [0x12, 0x00].repeat(1_000_000);
    let rows = grpc(field, form, METHOD, message).await;
    // A draft in as many pieces, with a row each.
    let pieces = [0x12, 0x02, 0x0a, 0x00].repeat(500_000);
    let client = field.owner.clone();
    let headers = client.sign("POST", "/sigma.v1.MappingService/ValidateMappings", &pieces);
    let method = "sigma.v1.MappingService/ValidateMappings";
    let refused = client.grpc_raw(method, pieces.into(), &headers).await.expect_err("refused");
    format!("{rows}; in pieces: gRPC {}", refused.code() as i32)
}

pub(crate) async fn long_text(field: &Field, form: Form) -> String {
    let request = pb::ApplyMappingsRequest {
        module_name: "-".into(),
        yaml: filled("fields: [", "{a: 1},", "{a: 1}]\n", 3 * LARGEST - 1_000),
        dry_run: true,
        reason: Some("x".repeat(LARGEST)),
        ..Default::default()
    };
    grpc(field, form, "sigma.v1.MappingService/ApplyMappings", request.encode_to_vec()).await
}

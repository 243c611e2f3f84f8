//! Examples of the API document: a body for each operation that takes one, and values of parameters. Each body is one
//! that the operation takes as it stands, in a school that is connected.

use {
    crate::domain::code,
    serde_json::{Value, json},
};

/// Returns the example of a parameter.
pub(super) fn parameter(name: &str) -> Option<Value> {
    Some(match name {
        "module_name" | "module" => json!("students"),
        "run_id" => json!("0b9f1f0e-6b5a-4c1e-9a55-2f4f7f0f5c11"),
        "tenant_id" => json!("default"),
        "key_id" => json!("ext_key_default"),
        "session_id" => json!("3f0c9a52-6b1e-4f55-9d3c-0c6f4bb0a001"),
        "view_id" => json!("6b9f1f0e-6b5a-4c1e-9a55-2f4f7f0f5c22"),
        "zoho_id" => json!("4150868001000000001"),
        "screen" => json!("runs"),
        "window" => json!("24h"),
        "person_id" => json!("4150868001000000001"),
        "query" => json!("sara"),
        "version" | "from" => json!(1),
        _ => return None,
    })
}

/// Returns the example of a body, by the name of the method.
pub(super) fn body(method: &str) -> Option<Value> {
    let row = || {
        json!({
            "canonical_field": "academic_email",
            "zoho_field_api_name": "Academic_Email",
            "required": true,
            "transform_rules": {"type": "trim"},
        })
    };
    let yaml = "apiVersion: sigma.v1\nkind: MappingSet\nmodule: units\nfields:\n- { to: name, from: Name, required: true }\n";
    Some(match method {
        "CreateTenant" => json!({"tenant_id": "north-school", "name": "North School"}),
        "CreateKey" => {
            json!({"name": "Zoho widget", "roles": ["viewer"], "allow_cidrs": ["192.0.2.0/24"]})
        }
        "UpdateKey" => json!({"name": "Zoho widget"}),
        "RotateKey" => json!({"overlap_s": 86_400}),
        "RevokeKey" => json!({"tenant_id": "default"}),
        "CreateSession" => {
            json!({"role": "viewer", "actor": "crm:4876876000000225013", "ttl_s": 900})
        }
        "RevokeSession" => json!({"tenant_id": "default"}),
        "RevokeSessions" => json!({}),
        "ClaimSession" => json!({"code": "7Yq2nB4kPz0LrX9sWd1MvC"}),
        "UpdateTenant" => json!({"name": "North School"}),
        "UpdateSettings" => json!({"time_zone": "Asia/Amman", "keep_days": 90}),
        "UpdateBranding" => json!({
            "name": "North College", "colour": "#0d5c56", "text_colour": "#ffffff",
            "support_url": "mailto:help@school.example",
        }),
        "ForgetLinks" => json!({"moodle_base_url": "https://moodle.example"}),
        "TestConnection" => {
            json!({"provider": "moodle", "draft": {"moodle_api_token": "0123456789abcdef"}})
        }
        "UpdateModule" => json!({"enabled": true, "options": {"brake_percent": 10}}),
        "TriggerRun" => json!({"dry_run": true, "scope": "full"}),
        "TriggerAll" => json!({"dry_run": true}),
        "SaveView" => {
            json!({"name": "failures of today", "screen": "runs", "query": "status=FAILED"})
        }
        "DeleteView" => json!({}),
        "RetryItems" => json!({"codes": [code::MOODLE_EMAIL_TAKEN.word()]}),
        "ApproveRun" => json!({"removals": 1}),
        "ReplaceMappings" => {
            json!({"mappings": [row()], "reason": "only the address", "force": true})
        }
        "RollbackMappings" => json!({"version": 1, "reason": "back to the first set"}),
        "ValidateMappings" => json!({"draft": {"mappings": [row()]}}),
        "PreviewMappings" => json!({
            "record": {"id": "4150868001000000001", "Academic_Email": " sara@school.example "},
            "draft": {"mappings": [row()]},
        }),
        "DiffMappings" => json!({ "yaml": yaml }),
        "ApplyMappings" => json!({"yaml": yaml, "dry_run": true}),
        _ => return None,
    })
}

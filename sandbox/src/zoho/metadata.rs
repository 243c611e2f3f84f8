//! The descriptions of the organisation: org, users, modules and fields.

use {
    super::{
        actor, error,
        left_out::{Place, is_left_out},
        module::{Field, Module, module, modules as all},
        time_text,
    },
    crate::{
        answer::{Answer, Call, ZOHO_JSON},
        world::Settings,
    },
    serde_json::{Value, json},
};

/// Answers `GET /org`.
pub(crate) fn org(now: i64) -> Answer {
    let org = json!({
        "id": "4150868000000020001",
        "company_name": "Sandbox College",
        "primary_email": "admin@college.example",
        "domain_name": "org_sandbox",
        "zgid": "4150868",
        "country": "Jordan",
        "country_code": "JO",
        "time_zone": "Asia/Amman",
        "currency": "US Dollar",
        "iso_code": "USD",
        "currency_symbol": "$",
        "mc_status": false,
        "created_time": time_text(now),
        "license_details": {"paid": true, "paid_type": "enterprise", "users_license_purchased": 5},
    });
    Answer::json(200, ZOHO_JSON, &json!({"org": [org]}))
}

/// Answers `GET /users`, whatever the type: the organisation has one user.
pub(crate) fn users() -> Answer {
    let mut user = json!({
        "full_name": "Sandbox Admin",
        "first_name": "Sandbox",
        "last_name": "Admin",
        "email": "admin@college.example",
        "status": "active",
        "confirm": true,
        "country": "JO",
        "language": "en_US",
        "locale": "en_US",
        "time_zone": "Asia/Amman",
        "role": {"name": "CEO", "id": "4150868000000026005"},
        "profile": {"name": "Administrator", "id": "4150868000000026011"},
    });
    if let (Some(user), Some(id)) = (user.as_object_mut(), actor().get("id")) {
        user.insert("id".to_owned(), id.clone());
    }
    let info = json!({"per_page": 200, "count": 1, "page": 1, "more_records": false});
    Answer::json(200, ZOHO_JSON, &json!({"users": [user], "info": info}))
}

/// Returns the id of an object that is not a record.
fn meta_id(module: &Module, place: usize) -> String {
    format!("41508680000{:08}", module.number * 1_000 + place as u64)
}

fn module_json(module: &Module) -> Value {
    let kind = match (module.standard, module.subform) {
        (true, _) => "default",
        (false, true) => "subform",
        (false, false) => "custom",
    };
    json!({
        "api_name": module.name,
        "id": meta_id(module, 0),
        "module_name": if kind == "default" {
            module.name.to_owned()
        } else {
            format!("CustomModule{}", module.number)
        },
        "generated_type": kind,
        "api_supported": true,
        "creatable": true,
        "editable": true,
        "deletable": true,
        "viewable": true,
        "visible": true,
        "status": "visible",
        "singular_label": module.singular,
        "plural_label": format!("{}s", module.singular),
        "modified_time": null,
        "profiles": [{"name": "Administrator", "id": "4150868000000026011"}],
    })
}

/// Answers `GET /settings/modules`.
pub(crate) fn modules() -> Answer {
    let list: Vec<Value> = all().iter().map(module_json).collect();
    Answer::json(200, ZOHO_JSON, &json!({"modules": list}))
}

/// Answers `GET /settings/modules/{module}`.
pub(crate) fn one_module(name: &str) -> Answer {
    match module(name) {
        Some(module) => Answer::json(200, ZOHO_JSON, &json!({"modules": [module_json(module)]})),
        None => bad_module("module", name),
    }
}

fn bad_module(parameter: &str, name: &str) -> Answer {
    let details = json!({"param_name": parameter, "value": name});
    error::flat(400, "INVALID_MODULE", &details, "the module name given seems to be invalid")
}

fn json_type(field: &Field) -> &'static str {
    match field.kind {
        "boolean" => "boolean",
        "integer" => "integer",
        "currency" | "double" => "double",
        "lookup" | "ownerlookup" => "jsonobject",
        "subform" | "multiselectlookup" | "multiselectpicklist" | "fileupload" => "jsonarray",
        _ => "string",
    }
}

fn field_json(owner: &Module, place: usize, field: &Field) -> Value {
    let system = matches!(
        field.name,
        "Owner" | "Created_By" | "Modified_By" | "Created_Time" | "Modified_Time" | "Name"
    );
    let none = (field.kind == "picklist").then_some(("-None-", "-None-"));
    let choices: Vec<Value> = none
        .iter()
        .chain(&field.choices)
        .enumerate()
        .map(|(number, (stored, shown))| {
            json!({
                "actual_value": stored,
                "display_value": shown,
                "id": format!("415086900{:03}{place:04}{number:03}", owner.number),
                "sequence_number": number + 1,
                "type": "used",
            })
        })
        .collect();
    let target = field.lookup.and_then(module);
    let target = target.map(|target| json!({"api_name": target.name, "id": meta_id(target, 0)}));
    let (lookup, subform) = match target {
        Some(target) if field.kind == "subform" => (json!({}), json!({"module": target})),
        Some(target) => (json!({"module": target}), Value::Null),
        None => (json!({}), Value::Null),
    };
    let write = !field.read_only;
    json!({
        "id": meta_id(owner, place + 1),
        "api_name": field.name,
        "field_label": field.name.replace('_', " "),
        "data_type": field.kind,
        "json_type": json_type(field),
        "length": field.length,
        "textarea": field.textarea().map(|size| json!({"type": size})),
        "decimal_place": if field.kind == "currency" { json!(2) } else { Value::Null },
        "system_mandatory": field.required,
        "read_only": field.read_only,
        "field_read_only": field.read_only,
        "custom_field": !system,
        "unique": if field.unique { json!({"casesensitive": "false"}) } else { json!({}) },
        "pick_list_values": choices,
        "lookup": lookup,
        "subform": subform,
        "external": null,
        "visible": true,
        "operation_type":
            {"api_create": write, "api_update": write, "web_create": write, "web_update": write},
        "view_type": {"view": true, "edit": write, "create": write, "quick_create": false},
    })
}

/// Answers `GET /settings/fields?module=`.
pub(crate) fn fields(settings: &Settings, call: &Call) -> Answer {
    let parameters = call.parameters();
    let Some((_, name)) = parameters.iter().find(|(name, _)| name == "module") else {
        let text = "One of the expected parameter is missing";
        let details = json!({"param_name": "module"});
        return error::flat(400, "REQUIRED_PARAM_MISSING", &details, text);
    };
    let Some(module) = module(name) else {
        return bad_module("module", name);
    };
    if parameters.iter().any(|(name, value)| name == "type" && value == "unused") {
        return Answer::empty(204, "");
    }
    let numbered = module.fields.iter().enumerate();
    let list: Vec<Value> = numbered
        .filter(|(_, field)| !is_left_out(settings, Place::Metadata, module.name, field.name))
        .map(|(place, field)| field_json(module, place, field))
        .collect();
    Answer::json(200, ZOHO_JSON, &json!({"fields": list}))
}

//! The facts about the site itself, and tokens for passwords.

use {
    super::{Failure, Form, Function, SERVICE, Scene, Site, functions},
    crate::{
        CREDENTIALS,
        answer::{Answer, JSON},
        ledger::Note,
    },
    serde_json::{Map, Value, json},
};

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "core_webservice_get_site_info",
    capabilities: &[],
    parameters: &[],
    run: info,
}];

/// Returns build and number of a version of Moodle.
fn build(version: u16) -> (&'static str, &'static str) {
    match version {
        0..=400 => ("20220419", "2022041900"),
        401 => ("20221128", "2022112800"),
        402 => ("20230424", "2023042400"),
        403 => ("20231009", "2023100900"),
        404 => ("20240422", "2024042200"),
        405..=499 => ("20241007", "2024100700"),
        500 => ("20250414", "2025041400"),
        _ => ("20251006", "2025100600"),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one form")]
fn info(
    site: &mut Site,
    scene: &Scene<'_>,
    _: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let served = functions(scene.settings)
        .filter(|own| !scene.settings.missing_functions.iter().any(|name| name == own.name));
    let (build, version) = build(scene.settings.version());
    let release = format!("{} (Build: {build})", scene.settings.moodle_version);
    let list: Vec<Value> =
        served.map(|function| json!({"name": function.name, "version": version})).collect();
    Ok(json!({
        "sitename": "Sandbox College",
        "username": "sandbox-service",
        "firstname": "Sandbox",
        "lastname": "Service",
        "fullname": "Sandbox Service",
        "lang": "en",
        "userid": SERVICE,
        "siteurl": site.url,
        "userpictureurl": "",
        "functions": list,
        "downloadfiles": 0,
        "uploadfiles": 0,
        "release": release,
        "version": version,
        "mobilecssurl": "",
        "advancedfeatures": [],
        "usercanmanageownfiles": true,
        "userquota": 0,
        "usermaxuploadfilesize": -1,
        "userhomepage": 1,
        "siteid": 1,
        "sitecalendartype": "gregorian",
        "usercalendartype": "gregorian",
        "userissiteadmin": scene.settings.service_is_admin,
        "theme": "boost",
    }))
}

/// Answers `/login/token.php`; the only account has "sandbox" as its name and password.
pub(super) fn token(form: &Form) -> Answer {
    let get = |name: &str| form.arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let (body, error) = if get("username") != "sandbox" || get("password") != "sandbox" {
        let text = "Invalid login, please try again";
        (json!({"error": text, "errorcode": "invalidlogin"}), Some("invalidlogin"))
    } else if get("service").is_empty() {
        let text = "Web service is not available";
        (json!({"error": text, "errorcode": "servicenotavailable"}), Some("servicenotavailable"))
    } else {
        (json!({"token": CREDENTIALS.moodle_token, "privatetoken": null}), None)
    };
    let answer = Answer::json(200, JSON, &body);
    match error {
        Some(code) => answer.with_error(code),
        None => answer,
    }
}

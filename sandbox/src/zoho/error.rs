//! Zoho's errors: the flat envelope, the same object as a row of `data`, and the answers for fault
//! switches.

use {
    crate::{
        answer::{Answer, Call, ZOHO_JSON},
        fault::{Blow, Kind},
        world::World,
    },
    serde_json::{Value, json},
};

/// Makes the error object.
pub(crate) fn object(code: &str, details: &Value, message: &str) -> Value {
    json!({"code": code, "details": details, "message": message, "status": "error"})
}

/// Answers with an error in the flat envelope.
pub(crate) fn flat(status: u16, code: &str, details: &Value, message: &str) -> Answer {
    Answer::json(status, ZOHO_JSON, &object(code, details, message)).with_error(code)
}

/// Answers with an error as the only row of `data`.
pub(crate) fn wrapped(status: u16, code: &str, details: &Value, message: &str) -> Answer {
    let body = json!({"data": [object(code, details, message)]});
    Answer::json(status, ZOHO_JSON, &body).with_error(code)
}

/// A parameter has an invalid value.
pub(crate) fn bad_parameter(name: &str) -> Answer {
    flat(400, "INVALID_DATA", &json!({"param_name": name}), "invalid data")
}

pub(crate) fn bad_url() -> Answer {
    let text = "Please check if the URL trying to access is a correct one";
    flat(404, "INVALID_URL_PATTERN", &json!({}), text)
}

pub(crate) fn bad_method() -> Answer {
    let text = "The http request method type is not a valid one";
    flat(400, "INVALID_REQUEST_METHOD", &json!({}), text)
}

/// The module does not exist: flat for reads, a row of `data` for writes.
pub(crate) fn bad_module(call: &Call) -> Answer {
    let text = "the module name given seems to be invalid";
    let details = json!({"resource_path_index": 0});
    if call.method == http::Method::GET && !call.path.ends_with("/deleted") {
        flat(400, "INVALID_MODULE", &details, text)
    } else {
        wrapped(400, "INVALID_MODULE", &details, text)
    }
}

pub(crate) fn no_token() -> Answer {
    flat(401, "AUTHENTICATION_FAILURE", &json!({}), "Authentication failed")
}

pub(crate) fn bad_token() -> Answer {
    flat(401, "INVALID_TOKEN", &json!({}), "invalid oauth token")
}

/// The refresh token was not given the scope of the call.
pub(crate) fn no_scope() -> Answer {
    flat(401, "OAUTH_SCOPE_MISMATCH", &json!({}), "invalid oauth scope to access this URL")
}

/// Out of credits or too many calls at one time: Zoho does not distinguish them.
pub(crate) fn throttled() -> Answer {
    let text = "You have exceeded the limit of requests. Please try again after some time.";
    flat(429, "TOO_MANY_REQUESTS", &json!({}), text)
}

/// The page token is too old.
pub(crate) fn expired_page_token() -> Answer {
    let details = json!({"api_name": "page_token", "json_path": "$.query.page_token"});
    flat(400, "EXPIRED_VALUE", &details, "page_token has expired")
}

/// Answers for a fault switch.
pub(crate) fn spoilt(world: &World, call: &Call, blow: &Blow) -> Answer {
    let token_call = super::is_token_call(call);
    match blow.kind {
        Kind::ExpiredToken => {
            world.zoho().tokens.kill(call);
            bad_token()
        }
        Kind::RevokedToken if token_call => super::token::error("invalid_code"),
        Kind::RevokedToken => bad_token(),
        Kind::AccessDenied => super::token::too_many(blow.status.unwrap_or(400)),
        Kind::Html => Answer::page(200, "Please sign in"),
        Kind::Empty => Answer::empty(200, ZOHO_JSON),
        Kind::EmptyList => {
            let info = json!({"per_page": 200, "count": 0, "page": 1, "more_records": false});
            Answer::json(200, ZOHO_JSON, &json!({"data": [], "info": info}))
        }
        Kind::ExpiredPageToken => expired_page_token(),
        Kind::Maintenance => by_status(blow.status.unwrap_or(503), blow.code.as_deref()),
        _ => by_status(blow.status.unwrap_or(500), blow.code.as_deref()),
    }
}

fn by_status(status: u16, code: Option<&str>) -> Answer {
    let (usual, text) = match status {
        401 => ("INVALID_TOKEN", "invalid oauth token"),
        403 => ("NO_PERMISSION", "permission denied"),
        404 => ("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one"),
        429 => ("TOO_MANY_REQUESTS", "You have exceeded the limit of requests."),
        400..=499 => ("INVALID_DATA", "invalid data"),
        _ => ("INTERNAL_ERROR", "Internal Server Error"),
    };
    if matches!(status, 502..=504) && code.is_none() {
        return Answer::page(status, "Service Unavailable").with_error("INTERNAL_ERROR");
    }
    let details = if status == 403 {
        json!({"permissions": ["Crm_Implied_View_BTEC_Students"]})
    } else {
        json!({})
    };
    flat(status, code.unwrap_or(usual), &details, text)
}

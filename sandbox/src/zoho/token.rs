//! The accounts server: refresh tokens for access tokens, with its two limits, and the check of
//! each API call.

use {
    super::error::{bad_token, no_token},
    crate::{
        CREDENTIALS,
        answer::{Answer, Call, Refusal, ZOHO_JSON},
        world::{Settings, World},
    },
    http::Method,
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value, json},
    sha2::{Digest, Sha256},
    std::{
        borrow::Cow,
        collections::{HashMap, VecDeque},
    },
};

/// Live access tokens per refresh token; one more invalidates the oldest.
const LIVE_MAX: usize = 15;
/// Window of the refresh limit, in seconds.
const WINDOW: i64 = 600;
/// The grant code of every sandbox.
const GRANT_CODE: &str = "sandbox-code";

/// The issued tokens.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tokens {
    /// Token and time of expiry, oldest first.
    live: VecDeque<(String, i64)>,
    /// Times of the last refreshes, oldest first.
    issued: VecDeque<i64>,
    /// Number of tokens ever issued.
    count: u64,
    /// Whether the refresh token was revoked.
    revoked: bool,
}

impl Tokens {
    /// Admits a call of the API, or returns the refusal.
    pub(crate) fn admit(&self, call: &Call, now: i64) -> Result<(), Refusal> {
        let token = presented(call).ok_or_else(no_token)?;
        let alive = self.live.iter().any(|(live, expires)| live == token && *expires > now);
        if alive { Ok(()) } else { Err(bad_token().into()) }
    }

    /// Invalidates the access token of a call.
    pub(crate) fn kill(&mut self, call: &Call) {
        if let Some(token) = presented(call) {
            self.live.retain(|(live, _)| live != token);
        }
    }

    fn issue(&mut self, settings: &Settings, now: i64) -> Option<String> {
        while self.issued.front().is_some_and(|time| *time <= now - WINDOW) {
            self.issued.pop_front();
        }
        if settings.token_limit > 0 && self.issued.len() >= settings.token_limit {
            return None;
        }
        self.issued.push_back(now);
        self.count += 1;
        let hex = hex(&Sha256::digest(format!("sandbox token {} {now}", self.count)));
        let (first, second) = hex.split_at_checked(32)?;
        let token = format!("1000.{first}.{second}");
        self.live.push_back((token.clone(), now + settings.token_ttl_s));
        while self.live.len() > LIVE_MAX {
            self.live.pop_front();
        }
        Some(token)
    }
}

/// Returns the access token of a call; any other scheme counts as no token.
fn presented(call: &Call) -> Option<&str> {
    call.header("authorization")?.strip_prefix("Zoho-oauthtoken ")
}

/// Writes bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Answers a call of the accounts server.
pub(crate) fn handle(world: &World, settings: &Settings, call: &Call, now: i64) -> Answer {
    let mut form: HashMap<Cow<'_, str>, Cow<'_, str>> = call.parameters().into_iter().collect();
    if call.is_form() {
        form.extend(form_urlencoded::parse(&call.body));
    }
    for (name, value) in call.parts().unwrap_or_default() {
        form.insert(Cow::Owned(name), String::from_utf8_lossy(value));
    }
    let get = |name: &str| form.get(name).map(AsRef::as_ref).unwrap_or_default();
    match call.path.as_str() {
        _ if call.method != Method::POST => error("invalid_request"),
        "/oauth/v2/token/revoke" => {
            if get("token") != CREDENTIALS.zoho_refresh_token {
                return error("invalid_token");
            }
            world.zoho().tokens.revoked = true;
            world.touch();
            Answer::json(200, ZOHO_JSON, &json!({"status": "success"}))
        }
        "/oauth/v2/token" => {
            let fault = refusal(&get);
            let mut org = world.zoho();
            if let Some(word) = fault {
                return error(word);
            }
            if org.tokens.revoked && get("grant_type") == "refresh_token" {
                return error("invalid_code");
            }
            let Some(token) = org.tokens.issue(settings, now) else {
                return too_many(settings.throttle_status);
            };
            if get("grant_type") == "authorization_code" {
                org.tokens.revoked = false;
            }
            drop(org);
            world.touch();
            success(world, settings, &token, get("grant_type") == "authorization_code")
        }
        _ => Answer::page(404, "Not Found"),
    }
}

fn refusal<'f>(get: &impl Fn(&str) -> &'f str) -> Option<&'static str> {
    if get("client_id") != CREDENTIALS.zoho_client_id {
        return Some("invalid_client");
    }
    if get("client_secret") != CREDENTIALS.zoho_client_secret {
        return Some("invalid_client_secret");
    }
    match get("grant_type") {
        "refresh_token" if get("refresh_token") == CREDENTIALS.zoho_refresh_token => None,
        "authorization_code" if get("redirect_uri").is_empty() => Some("invalid_redirect_uri"),
        "authorization_code" if get("code") == GRANT_CODE => None,
        "refresh_token" | "authorization_code" => Some("invalid_code"),
        _ => Some("unsupported_grant_type"),
    }
}

fn success(world: &World, settings: &Settings, token: &str, with_refresh: bool) -> Answer {
    let mut body = Map::new();
    body.insert("access_token".to_owned(), Value::from(token));
    if with_refresh {
        body.insert("refresh_token".to_owned(), Value::from(CREDENTIALS.zoho_refresh_token));
    }
    body.insert("scope".to_owned(), Value::from(super::scope::granted(settings)));
    body.insert("api_domain".to_owned(), Value::from(world.zoho_url.as_str()));
    body.insert("token_type".to_owned(), Value::from("Bearer"));
    if settings.expires_in_ms {
        body.insert("expires_in_sec".to_owned(), Value::from(settings.token_ttl_s));
        body.insert("expires_in".to_owned(), Value::from(settings.token_ttl_s * 1_000));
    } else {
        body.insert("expires_in".to_owned(), Value::from(settings.token_ttl_s));
    }
    Answer::json(200, ZOHO_JSON, &Value::Object(body))
}

/// Answers with one of the accounts server's errors, which come with HTTP 200.
pub(crate) fn error(word: &str) -> Answer {
    Answer::json(200, ZOHO_JSON, &json!({"error": word})).with_error(word)
}

/// Answers that too many tokens were requested.
pub(crate) fn too_many(status: u16) -> Answer {
    let text = "You have made too many requests continuously. Please try again after some time.";
    let body = json!({"error_description": text, "error": "Access Denied", "status": "failure"});
    Answer::json(status, ZOHO_JSON, &body).with_error("Access Denied")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_in_ten_minutes_and_fifteen_alive() {
        let settings = Settings::default();
        let mut tokens = Tokens::default();
        assert!((0..10).all(|_| tokens.issue(&settings, 1_000).is_some()));
        assert!(tokens.issue(&settings, 1_599).is_none());
        assert!((0..6).all(|_| tokens.issue(&settings, 1_600).is_some()));
        assert_eq!(tokens.live.len(), 15);
    }
}

//! Zoho's OAuth: access tokens from a refresh token, one refresh at a time across all processes,
//! and the meaning of each refusal. Zoho's limits are 10 tokens in 10 minutes and 15 live ones
//! (docs/src/zoho.md, "Access tokens").

use {
    super::super::{
        http::{Answer, Http, Limits},
        text::clean,
    },
    crate::{
        domain::{
            code::{self, Code, Provider},
            tree,
        },
        ports::{ConnectorError, Failure, GuardError, StoredToken, TokenClaim, TokenStore},
    },
    reqwest::{
        Method, Request,
        header::{CONTENT_TYPE, HeaderValue},
    },
    secrecy::{ExposeSecret as _, SecretString},
    serde_json::{Map, Value},
    std::{fmt, sync::Arc, time::Duration},
    tokio::{sync::Mutex, time::Instant},
    url::Url,
};

const LIMITS: Limits = Limits { total: Duration::from_secs(15), body: 64 * 1024 };
/// Zoho only says "some time" after too many refreshes; ten minutes is its window.
const THROTTLED: Duration = Duration::from_secs(600);
/// How long a refusal is remembered: new credentials come with a new connection.
const REFUSED: Duration = Duration::from_secs(60);
/// Life of a token if the answer does not give one, in seconds.
const USUAL_LIFE: u64 = 3_600;
/// Longest believable life, in seconds; more means milliseconds.
const LONGEST_LIFE: u64 = 86_400;
/// Pause before the next look at another process that is fetching a token.
const BUSY_PAUSE: Duration = Duration::from_millis(250);
/// Number of looks at another process: together longer than its claim lasts.
const BUSY_LOOKS: u32 = 160;

/// An OAuth client with a refresh token.
pub(super) struct Credentials {
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) refresh_token: SecretString,
}

/// Where the tokens of a connection are kept between processes.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) store: Arc<dyn TokenStore>,
    pub(super) tenant: String,
    /// A name that changes with the credentials.
    pub(super) connection: String,
}

/// The access token of a connection, shared by all its calls.
pub(super) struct Auth {
    http: Http,
    endpoint: Url,
    credentials: Credentials,
    shelf: Shelf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    /// The token that the API refused: the store may still hold it.
    stale: Option<StoredToken>,
    refused: Option<(Instant, ConnectorError)>,
}

/// An access token and the header that carries it.
#[derive(Debug)]
struct Token {
    header: HeaderValue,
    secret: SecretString,
    refresh_at: Instant,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("host", &self.endpoint.host_str()).finish_non_exhaustive()
    }
}

impl Auth {
    /// `accounts` is the checked address of the accounts server.
    pub(super) fn new(http: Http, accounts: &Url, credentials: Credentials, shelf: Shelf) -> Self {
        let mut endpoint = accounts.clone();
        endpoint.set_path("/oauth/v2/token");
        Self { http, endpoint, credentials, shelf, state: Mutex::default() }
    }

    /// Returns the value of the `Authorization` header. Of any number of concurrent calls one
    /// refreshes the token and the others wait for it; a refusal is remembered, so that calls do
    /// not flood the server.
    pub(super) async fn header(&self) -> Result<HeaderValue, ConnectorError> {
        let mut state = self.state.lock().await;
        let now = Instant::now();
        if let Some(token) = state.token.as_ref().filter(|token| now < token.refresh_at) {
            return Ok(token.header.clone());
        }
        if let Some((until, error)) = state.refused.as_ref().filter(|(until, _)| now < *until) {
            let wait = error.retry_after.map(|_| until.duration_since(now));
            return Err(ConnectorError { retry_after: wait, ..error.clone() });
        }
        (state.token, state.refused) = (None, None);
        match self.obtain(state.stale.as_ref()).await {
            Ok(token) => {
                state.stale = None;
                Ok(state.token.insert(token).header.clone())
            }
            Err(error) => {
                let memory = match error.failure {
                    Failure::Throttled => error.retry_after,
                    Failure::Stop => Some(REFUSED),
                    _ => None,
                };
                state.refused = memory.map(|memory| (Instant::now() + memory, error.clone()));
                Err(error)
            }
        }
    }

    /// Drops the token that the API refused; a newer one is kept.
    pub(super) async fn forget(&self, header: &HeaderValue) {
        let mut state = self.state.lock().await;
        if let Some(token) = state.token.take_if(|token| token.header == header) {
            state.stale = Some(StoredToken { token: token.secret, fresh_for: Duration::ZERO });
        }
    }

    /// Takes the token that another process fetched, or fetches one for all.
    async fn obtain(&self, stale: Option<&StoredToken>) -> Result<Token, ConnectorError> {
        let Shelf { store, tenant, connection } = &self.shelf;
        if stale.is_none()
            && let Some(stored) = store.get(tenant, connection).await.map_err(no_store)?
            && let Some(token) = taken(&stored)
        {
            return Ok(token);
        }
        for _ in 0..BUSY_LOOKS {
            match store.claim(tenant, connection, stale).await.map_err(no_store)? {
                TokenClaim::Granted => return self.fetch().await,
                TokenClaim::Stored(stored) => return taken(&stored).ok_or_else(bad_token),
                TokenClaim::Busy => tokio::time::sleep(BUSY_PAUSE).await,
            }
        }
        let message = "another process has been fetching an access token for too long";
        Err(unreachable(code::UPSTREAM_UNREACHABLE, message))
    }

    /// Fetches a token under the claim, and stores it before it is used.
    async fn fetch(&self) -> Result<Token, ConnectorError> {
        let Shelf { store, tenant, connection } = &self.shelf;
        let asked_at = Instant::now();
        match self.refresh().await {
            Ok((secret, life)) => {
                let fresh_for = life.mul_f64(0.8);
                let token =
                    Token { header: header(&secret)?, secret, refresh_at: asked_at + fresh_for };
                let stored = StoredToken { token: token.secret.clone(), fresh_for };
                if let Err(error) = store.put(tenant, connection, stored).await {
                    // It counts against the limit whether or not it is used.
                    tracing::warn!(%error, "an access token could not be stored");
                }
                Ok(token)
            }
            Err(error) => {
                if let Err(error) = store.release(tenant, connection).await {
                    tracing::warn!(%error, "the claim on an access token could not be given back");
                }
                Err(error)
            }
        }
    }

    async fn refresh(&self) -> Result<(SecretString, Duration), ConnectorError> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("refresh_token", self.credentials.refresh_token.expose_secret())
            .append_pair("client_id", &self.credentials.client_id)
            .append_pair("client_secret", self.credentials.client_secret.expose_secret())
            .append_pair("grant_type", "refresh_token")
            .finish();
        let mut request = Request::new(Method::POST, self.endpoint.clone());
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        *request.body_mut() = Some(form.into());
        let answer = self.http.send(request, LIMITS).await;
        let answer = answer.map_err(|broken| {
            broken.error("Zoho accounts", &self.endpoint).about(Provider::Zoho)
        })?;
        let secrets = [
            self.credentials.refresh_token.expose_secret(),
            self.credentials.client_secret.expose_secret(),
        ];
        let token = decode(&answer, &secrets)?;
        tracing::debug!(host = self.endpoint.host_str(), "refreshed the access token");
        Ok(token)
    }
}

/// Makes a stored token ready for use.
fn taken(stored: &StoredToken) -> Option<Token> {
    let header = header(&stored.token).ok()?;
    let refresh_at = Instant::now() + stored.fresh_for.min(Duration::from_secs(LONGEST_LIFE));
    Some(Token { header, secret: stored.token.clone(), refresh_at })
}

fn no_store(error: GuardError) -> ConnectorError {
    tracing::warn!(%error, "the store of access tokens failed");
    ConnectorError::of(Failure::Unreachable, code::TOKEN_STORE_FAILED, &[])
}

fn bad_token() -> ConnectorError {
    unreachable(
        code::UPSTREAM_PROTOCOL,
        "the accounts server sent a token that no header can carry",
    )
}

fn header(token: &SecretString) -> Result<HeaderValue, ConnectorError> {
    let token = token.expose_secret();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(bad_token());
    }
    let mut header =
        HeaderValue::from_str(&format!("Zoho-oauthtoken {token}")).map_err(|_| bad_token())?;
    header.set_sensitive(true);
    Ok(header)
}

/// Reads an answer of the token endpoint: the presence of `access_token` decides, never the status.
pub(super) fn decode(
    answer: &Answer,
    secrets: &[&str],
) -> Result<(SecretString, Duration), ConnectorError> {
    let body = tree::object(&answer.body).unwrap_or_default();
    let Some(token) = body.get("access_token").and_then(Value::as_str) else {
        let error = refusal(answer.status, &body, secrets);
        // A server that is down may name a time.
        let named = answer.retry_after.filter(|_| error.failure == Failure::Unreachable);
        return Err(ConnectorError { retry_after: error.retry_after.or(named), ..error });
    };
    let token = SecretString::from(token);
    header(&token)?;
    Ok((token, life(&body)))
}

/// Returns how long a token lives. `expires_in` is in milliseconds when `expires_in_sec` is there.
fn life(body: &Map<String, Value>) -> Duration {
    let number = |name: &str| {
        let value = body.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
    };
    let told = number("expires_in_sec").or_else(|| {
        let number = number("expires_in")?;
        let in_ms = number > LONGEST_LIFE || body.contains_key("expires_in_sec");
        Some(if in_ms { number / 1_000 } else { number })
    });
    Duration::from_secs(told.unwrap_or(USUAL_LIFE).clamp(1, LONGEST_LIFE))
}

/// Returns the meaning of an answer without a token.
fn refusal(status: u16, body: &Map<String, Value>, secrets: &[&str]) -> ConnectorError {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let (word, description) = (text("error"), text("error_description"));
    let too_many = word == "Access Denied" || description.contains("too many requests");
    if too_many || status == 429 {
        let code = code::ZOHO_TOKEN_THROTTLED;
        let mut error = ConnectorError::of(Failure::Throttled, code, &[]);
        error.retry_after = Some(THROTTLED);
        return error;
    }
    match word {
        "" => unreachable(
            code::UPSTREAM_PROTOCOL,
            "the accounts server answered with neither a token nor an error",
        ),
        "invalid_code" | "invalid_grant" | "invalid_token" => {
            ConnectorError::of(Failure::Stop, code::ZOHO_TOKEN_REVOKED, &[])
        }
        "general_error" | "server_error" | "temporarily_unavailable" => unreachable(
            code::UPSTREAM_UNREACHABLE,
            "the accounts server reports an error of its own",
        ),
        other => {
            let (code, reason) = (code::ZOHO_CLIENT_REFUSED, clean(other, secrets));
            ConnectorError::of(Failure::Stop, code, &[("reason", &reason)])
        }
    }
}

fn unreachable(code: Code, message: &str) -> ConnectorError {
    ConnectorError::new(Failure::Unreachable, code, message).about(Provider::Zoho)
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json};

    fn read(status: u16, body: &Value) -> Result<(SecretString, Duration), ConnectorError> {
        let body = body.to_string().into_bytes();
        decode(&Answer { status, body, ..Answer::default() }, &["secret-1"])
    }

    #[test]
    fn a_token_decides_and_not_the_status() {
        let (token, life) =
            read(400, &json!({"access_token": "1000.a.b", "expires_in": 3600})).unwrap();
        let header = header(&token).unwrap();
        assert_eq!(header.to_str().unwrap(), "Zoho-oauthtoken 1000.a.b");
        assert!(header.is_sensitive() && !format!("{header:?}").contains("1000"));
        assert_eq!(life, Duration::from_secs(3600));
    }

    #[test]
    fn lives_come_in_seconds_and_milliseconds() {
        for (body, seconds) in [
            (json!({"expires_in": 3600}), 3600),
            (json!({"expires_in": "1800"}), 1800),
            (json!({"expires_in": 3_600_000, "expires_in_sec": 3600}), 3600),
            (json!({"expires_in": 3_600_000}), 3600),
            (json!({"expires_in": 5_000, "expires_in_sec": null}), 5),
            (json!({}), 3600),
            (json!({"expires_in": 0}), 1),
            (json!({"expires_in": -5}), 3600),
        ] {
            assert_eq!(life(body.as_object().unwrap()), Duration::from_secs(seconds), "{body}");
        }
    }

    #[test]
    fn refusals_are_told_apart() {
        let throttled = json!({"error": "Access Denied", "error_description": "too many requests"});
        for (status, body, failure, code) in [
            (200, json!({"error": "invalid_code"}), Failure::Stop, code::ZOHO_TOKEN_REVOKED),
            (200, json!({"error": "invalid_client"}), Failure::Stop, code::ZOHO_CLIENT_REFUSED),
            (200, json!({"error": "access_denied"}), Failure::Stop, code::ZOHO_CLIENT_REFUSED),
            (400, throttled.clone(), Failure::Throttled, code::ZOHO_TOKEN_THROTTLED),
            (200, throttled, Failure::Throttled, code::ZOHO_TOKEN_THROTTLED),
            (429, json!({}), Failure::Throttled, code::ZOHO_TOKEN_THROTTLED),
            (503, json!("down"), Failure::Unreachable, code::UPSTREAM_PROTOCOL),
            (200, json!({"access_token": ""}), Failure::Unreachable, code::UPSTREAM_PROTOCOL),
            (200, json!({"access_token": "a\nb"}), Failure::Unreachable, code::UPSTREAM_PROTOCOL),
            (200, json!({"access_token": 5}), Failure::Unreachable, code::UPSTREAM_PROTOCOL),
        ] {
            let error = read(status, &body).unwrap_err();
            assert_eq!((error.failure, error.code), (failure, code), "{status} {body}");
        }
        let echo = read(200, &json!({"error": "<b>bad</b> secret-1"})).unwrap_err();
        assert!(echo.message.contains(": bad ***;"), "{echo}");
    }
}

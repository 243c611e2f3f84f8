//! REST to an in-process gRPC call and back, by rule: no handler is written twice.

use {
    super::{
        GatewayError,
        ended::Ended,
        json::{self, Shape},
        narrow::Narrow,
        plan::{Field, Message, PlanId, Plans},
        problem, request, wire,
    },
    crate::domain::{access::Principal, code},
    axum::body::Body,
    bytes::{BufMut as _, Bytes, BytesMut},
    futures_util::{StreamExt as _, stream},
    http::{
        HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header, request::Parts,
        uri::PathAndQuery,
    },
    http_body_util::BodyExt as _,
    serde_json::{Value, json},
    std::{sync::Arc, time::Duration},
    tonic::{Status, service::Routes},
    tower::ServiceExt as _,
};

/// Headers of a REST request that its gRPC call receives. Not all: `grpc-accept-encoding` or `*-bin` headers of a
/// caller would change the frames.
const FORWARDED: [&str; 3] = ["x-request-id", "traceparent", "idempotency-key"];
/// Pause after which a quiet stream sends a sign of life.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How a stream of texts is written.
#[derive(Debug, Clone)]
pub(super) struct PlainText {
    /// Number of the only field.
    pub(super) field: u32,
    pub(super) content_type: HeaderValue,
}

/// How a stream is resumed.
#[derive(Debug, Clone)]
pub(super) struct Resumed {
    /// Name of the request's field.
    pub(super) by: String,
    /// Number of the field of an answer that has the number to go on from.
    pub(super) field: u32,
}

/// One REST operation.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) verb: Method,
    pub(super) template: String,
    /// `/sigma.v1.Service/Method`
    pub(super) grpc: PathAndQuery,
    pub(super) input: PlanId,
    pub(super) output: PlanId,
    /// True if the JSON body is the message.
    pub(super) takes_body: bool,
    pub(super) body_required: bool,
    /// True if members of the body that the message does not have are passed over.
    pub(super) ignores_unknown: bool,
    /// True for an operation that needs no credential.
    pub(super) public: bool,
    /// Name of the field that is the whole answer.
    pub(super) response_field: Option<String>,
    pub(super) status: StatusCode,
    pub(super) streams: bool,
    /// Set for a stream whose texts are the answer.
    pub(super) plain_text: Option<PlainText>,
    /// Set for a stream that can be resumed.
    pub(super) resumed: Option<Resumed>,
    pub(super) comment: String,
}

/// The caller's request, kept for the answer about a refused field.
pub(super) struct Sent {
    pub(super) path: Vec<(&'static str, String)>,
    pub(super) query: Vec<(String, String)>,
    /// The text of the body's object, if the method takes one.
    pub(super) body: Option<Bytes>,
}

impl Sent {
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.body.as_ref()?).ok()
    }

    /// Returns the values at paths of names and indices, each in the form of `json::told`. All those of the body are
    /// found in one pass.
    pub(super) fn inputs(&self, places: &[(&str, &[Value])]) -> Vec<Value> {
        let paths: Vec<&[Value]> = places.iter().map(|(_, path)| *path).collect();
        let in_body = self.text().map(|text| json::locate(text, &paths)).unwrap_or_default();
        let named = |path: &[Value]| path.first().and_then(Value::as_str).map(str::to_owned);
        let input = |(at, (root, path)): (usize, &(&str, &[Value]))| {
            let name = named(path)?;
            match *root {
                "path" => {
                    self.path.iter().find(|(known, _)| *known == name).map(|(_, text)| json!(text))
                }
                "query" => self
                    .query
                    .iter()
                    .rfind(|(known, _)| *known == name)
                    .map(|(_, text)| json!(text)),
                _ => in_body.get(at).copied().flatten().map(json::told),
            }
        };
        places.iter().enumerate().map(|place| input(place).unwrap_or_default()).collect()
    }
}

/// Carries a request through its rule. `path` holds the decoded values of the template's fields.
pub(super) async fn call(
    plans: Arc<Plans>,
    routes: Routes,
    (rule, narrow): (&Rule, Option<&Narrow>),
    path: Vec<(&'static str, String)>,
    request: Request<Body>,
) -> Result<Response<Body>, GatewayError> {
    let (parts, body) = request.into_parts();
    let body =
        body.collect().await.map_err(|_| GatewayError("the body broke off".into()))?.to_bytes();
    let body = match read_body(rule, &parts.headers, body) {
        Ok(body) => body,
        Err(entry) => return Ok(problem::validation(code::FIELD_INVALID, vec![entry.into_json()])),
    };
    let input = plans.get(rule.input)?;
    let mut query = read_query(input, parts.uri.query().unwrap_or_default());
    if let Some(Resumed { by, .. }) = &rule.resumed {
        match last_event(&parts.headers) {
            Ok(Some(last)) if !query.iter().any(|(name, _)| name == by) => {
                query.push((by.clone(), last));
            }
            Ok(_) => {}
            Err(entry) => {
                return Ok(problem::validation(code::FIELD_INVALID, vec![entry.into_json()]));
            }
        }
    }
    let sent = Sent { path, query, body };
    let sources = request::Sources {
        path: &sent.path,
        query: &sent.query,
        body: sent.text(),
        ignores_unknown: rule.ignores_unknown,
    };
    let message = match request::encode(&plans, input, &sources)? {
        Ok(message) => message,
        Err(entries) => {
            return Ok(problem::validation(
                code::FIELD_INVALID,
                entries.into_iter().map(request::Entry::into_json).collect(),
            ));
        }
    };
    let who = parts.extensions.get::<Principal>();
    if let Some(Err(error)) = narrow.zip(who).map(|(narrow, who)| narrow.check(who, &message)) {
        return Ok(problem::detail(StatusCode::FORBIDDEN, error.reason, &error.message));
    }
    let wants_events = parts.headers.get(header::ACCEPT).is_some_and(|accept| {
        accept.to_str().is_ok_and(|accept| accept.contains("text/event-stream"))
    });
    let Ok(response) = routes.oneshot(grpc_request(rule, parts, &message)).await;
    let (ended, response) = Ended::watch(response);
    let mut answer = passed_on(plans, rule, &sent, response, wants_events).await?;
    answer.extensions_mut().insert(ended);
    Ok(answer)
}

/// Writes the answer of a service.
async fn passed_on(
    plans: Arc<Plans>,
    rule: &Rule,
    sent: &Sent,
    response: Response<tonic::body::Body>,
    wants_events: bool,
) -> Result<Response<Body>, GatewayError> {
    let input = plans.get(rule.input)?;
    if let Some(status) = Status::from_header_map(response.headers())
        .filter(|status| status.code() != tonic::Code::Ok)
    {
        return Ok(problem::refused(&status, &plans, input, sent));
    }
    if let Some(plain) = &rule.plain_text {
        return Ok(plain_response(plain.clone(), response.into_body()));
    }
    if rule.streams {
        let (body, pause) = (response.into_body(), KEEP_ALIVE);
        let id = rule.resumed.as_ref().map(|resumed| resumed.field);
        return Ok(stream_response(plans, (rule.output, id), body, wants_events, pause));
    }
    let (head, body) = response.into_parts();
    let collected = body.collect().await.map_err(|status| GatewayError(status.to_string()))?;
    if let Some(status) = collected.trailers().and_then(Status::from_header_map)
        && status.code() != tonic::Code::Ok
    {
        return Ok(problem::refused(&status, &plans, input, sent));
    }
    let frame = collected.to_bytes();
    unary_response(&plans, rule, &head.headers, only_message(&frame)?)
}

/// Reads the pairs of a query for which the message has fields; the last pair with a name counts.
fn read_query(input: &Message, query: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        if input.field(&name).is_none() {
            continue;
        }
        match pairs.iter_mut().find(|(known, _)| *known == name) {
            Some((_, value)) => *value = text.into_owned(),
            None => pairs.push((name.into_owned(), text.into_owned())),
        }
    }
    pairs
}

/// Reads the number of the event that a watcher has seen last. A header that is not one number is refused: passed over,
/// it would leave a gap that the watcher does not notice.
fn last_event(headers: &HeaderMap) -> Result<Option<String>, request::Entry> {
    const NAME: &str = "last-event-id";
    let mut all = headers.get_all(NAME).iter();
    let Some(first) = all.next() else { return Ok(None) };
    let text = String::from_utf8_lossy(first.as_bytes());
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && text.parse::<i64>().is_ok() && all.next().is_none() {
        return Ok(Some(text.into_owned()));
    }
    Err(request::Entry {
        word: "int_parsing",
        loc: vec![json!("header"), json!(NAME)],
        message: "Input should be the number of one event".into(),
        input: json::told(&json!(text).to_string()),
        context: None,
    })
}

/// Reads the JSON body of a method that takes one: the text of its object, or the fault.
fn read_body(
    rule: &Rule,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<Option<Bytes>, request::Entry> {
    if !rule.takes_body {
        return Ok(None);
    }
    let fault = |word, message: &str, input: Value| request::Entry {
        word,
        loc: vec![json!("body")],
        message: message.into(),
        input,
        context: None,
    };
    let no_object = |input| {
        fault(
            "model_attributes_type",
            "Input should be a valid dictionary or object to extract fields from",
            input,
        )
    };
    if body.is_empty() {
        return if rule.body_required {
            Err(fault("missing", "Field required", Value::Null))
        } else {
            Ok(Some(Bytes::from_static(b"{}")))
        };
    }
    if !is_json(headers) {
        return Err(no_object(json::told(&json!(String::from_utf8_lossy(&body)).to_string())));
    }
    let text = request::parse(&body)?;
    match json::shape(text) {
        Shape::Object => Ok(Some(body)),
        Shape::Null if rule.body_required => Err(fault("missing", "Field required", Value::Null)),
        _ => Err(no_object(json::told(text))),
    }
}

/// A missing content type means JSON, as for the first clients.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return true };
    let essence = kind
        .to_str()
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn grpc_request(rule: &Rule, parts: Parts, message: &[u8]) -> Request<Body> {
    let mut frame = BytesMut::with_capacity(5 + message.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put_slice(message);
    let mut request = Request::new(Body::from(frame.freeze()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = http::Uri::from(rule.grpc.clone());
    *request.version_mut() = http::Version::HTTP_2;
    *request.extensions_mut() = parts.extensions;
    let headers = request.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    for name in FORWARDED {
        if let Some(value) = parts.headers.get(name) {
            headers.insert(name, value.clone());
        }
    }
    request
}

/// Returns the message of an uncompressed frame.
fn only_message(frame: &[u8]) -> Result<&[u8], GatewayError> {
    match frame.split_first_chunk::<5>() {
        Some(([0, ..], message)) => Ok(message),
        _ => Err(GatewayError("the service answered no plain frame".into())),
    }
}

fn unary_response(
    plans: &Plans,
    rule: &Rule,
    headers: &HeaderMap,
    message: &[u8],
) -> Result<Response<Body>, GatewayError> {
    let output = plans.get(rule.output)?;
    let mut json = Vec::with_capacity(message.len() * 3 + 64);
    match &rule.response_field {
        Some(name) => wire::write_field(plans, field(output, name)?, message, &mut json)?,
        None => wire::write(plans, output, message, &mut json)?,
    }
    let mut response = problem::json_response(rule.status, json);
    // A bare list has no place for its cursor.
    let next = output.field("next_page_token").filter(|_| rule.response_field.is_some());
    if let Some(next) = next
        && let text @ [_, ..] = wire::text_field(message, next.number)?.as_bytes()
        && let Ok(value) = HeaderValue::from_bytes(text)
    {
        response.headers_mut().insert("x-next-page-token", value);
    }
    if let Some(id) = headers.get("x-request-id") {
        response.headers_mut().insert("x-request-id", id.clone());
    }
    Ok(response)
}

fn field<'a>(message: &'a Message, name: &str) -> Result<&'a Field, GatewayError> {
    message.field(name).ok_or_else(|| GatewayError(format!("{} has no field {name}", message.name)))
}

/// An incoming stream of messages.
struct Frames {
    body: tonic::body::Body,
    buffer: BytesMut,
    ended: bool,
}

impl Frames {
    /// Returns the next message; an error ends the stream.
    async fn next(&mut self) -> Option<Result<Bytes, Status>> {
        loop {
            if let Some(message) = self.whole() {
                return Some(Ok(message));
            }
            if self.ended {
                return None;
            }
            match self.body.frame().await {
                None => self.ended = true,
                Some(Err(status)) => {
                    self.ended = true;
                    return Some(Err(status));
                }
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.buffer.extend_from_slice(&data),
                    Err(frame) => {
                        self.ended = true;
                        let status =
                            frame.into_trailers().ok().as_ref().and_then(Status::from_header_map);
                        if let Some(status) =
                            status.filter(|status| status.code() != tonic::Code::Ok)
                        {
                            return Some(Err(status));
                        }
                    }
                },
            }
        }
    }

    fn whole(&mut self) -> Option<Bytes> {
        let (head, rest) = self.buffer.split_first_chunk::<5>()?;
        let [_, length @ ..] = *head;
        let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
        if rest.len() < length {
            return None;
        }
        let mut frame = self.buffer.split_to(5 + length);
        Some(frame.split_off(5).freeze())
    }
}

/// Answers a stream: one JSON document per line, or server-sent events. While nothing happens, each `pause` brings a sign of
/// life, so that no proxy takes the connection for dead: a comment among events, a space between documents, which JSON
/// allows. `id` is the number of the field that becomes the id of an event.
fn stream_response(
    plans: Arc<Plans>,
    (output, id): (PlanId, Option<u32>),
    body: tonic::body::Body,
    events: bool,
    pause: Duration,
) -> Response<Body> {
    let frames = Frames { body, buffer: BytesMut::new(), ended: false };
    let alive: &[u8] = if events { b": alive\n\n" } else { b" " };
    let lines = stream::unfold((frames, plans), move |(mut frames, plans)| async move {
        let Ok(next) = tokio::time::timeout(pause, frames.next()).await else {
            return Some((Bytes::from_static(alive), (frames, plans)));
        };
        let line = match next? {
            Ok(message) => written(&plans, (output, id), &message, events),
            Err(status) => error_line(&status, events),
        };
        Some((line, (frames, plans)))
    });
    let mut response =
        Response::new(Body::from_stream(lines.map(Ok::<_, std::convert::Infallible>)));
    let kind = if events { "text/event-stream" } else { "application/x-ndjson" };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    streamed(response)
}

/// Marks an answer that comes in parts: no cache keeps it, and nginx passes each part on when it comes.
fn streamed(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// Answers a stream of texts as they are. An error cannot be written as JSON there, so it breaks the body off: a
/// reader must not mistake a part for the whole.
fn plain_response(plain: PlainText, body: tonic::body::Body) -> Response<Body> {
    let PlainText { field, content_type } = plain;
    let frames = Frames { body, buffer: BytesMut::new(), ended: false };
    let texts = stream::unfold(frames, move |mut frames| async move {
        let broken_off = |reason: String| {
            tracing::warn!(reason, "an answer was broken off");
            std::io::Error::other("the answer broke off")
        };
        let text = match frames.next().await? {
            Ok(message) => wire::text_field(&message, field)
                .map(|text| Bytes::copy_from_slice(text.as_bytes()))
                .map_err(|error| broken_off(error.to_string())),
            Err(status) => Err(broken_off(status.message().to_owned())),
        };
        Some((text, frames))
    });
    let mut response = Response::new(Body::from_stream(texts));
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    streamed(response)
}

fn written(
    plans: &Plans,
    (output, id): (PlanId, Option<u32>),
    message: &[u8],
    events: bool,
) -> Bytes {
    let id = id.filter(|_| events).and_then(|field| wire::number_field(message, field));
    let mut line = id.map(|id| format!("id: {id}\n").into_bytes()).unwrap_or_default();
    if events {
        line.extend_from_slice(b"data: ");
    }
    let outcome =
        plans.get(output).and_then(|output| wire::write(plans, output, message, &mut line));
    if let Err(error) = outcome {
        tracing::error!(%error, "a stream's message could not be written");
        return error_line(&Status::internal(""), events);
    }
    line.extend_from_slice(if events { b"\n\n" } else { b"\n" });
    line.into()
}

fn error_line(status: &Status, events: bool) -> Bytes {
    let text = match problem::http_status(status.code()) {
        500 => "Internal Server Error",
        _ => status.message(),
    };
    let detail = json!({ "detail": text });
    if events {
        format!("event: error\ndata: {detail}\n\n").into()
    } else {
        format!("{detail}\n").into()
    }
}

#[cfg(test)]
mod tests {
    use {super::*, http_body::Frame, http_body_util::StreamBody};

    #[tokio::test]
    async fn a_part_of_a_text_is_not_taken_for_the_whole() {
        let frame = |text: &str| {
            let length = u8::try_from(text.len()).expect("a short text");
            let head = [0, 0, 0, 0, length + 2, 10, length];
            Ok::<_, Status>(Frame::data(Bytes::from([&head, text.as_bytes()].concat())))
        };
        let end = |status: Status| {
            let mut trailers = HeaderMap::new();
            status.add_header(&mut trailers).expect("trailers");
            Ok(Frame::trailers(trailers))
        };
        let plain = PlainText { field: 1, content_type: HeaderValue::from_static("text/csv") };
        let answer = |last: Status| {
            let frames = [frame("a,b\r\n"), frame("1,2\r\n"), end(last)];
            let body = tonic::body::Body::new(StreamBody::new(stream::iter(frames)));
            plain_response(plain.clone(), body)
        };
        let whole = answer(Status::ok(""));
        assert_eq!(whole.headers()[header::CONTENT_TYPE], "text/csv");
        let whole = whole.into_body().collect().await.expect("a whole body").to_bytes();
        assert_eq!(whole, "a,b\r\n1,2\r\n");
        let part =
            answer(Status::unavailable("the server is stopping")).into_body().collect().await;
        assert!(part.is_err());
    }

    #[tokio::test]
    async fn a_quiet_stream_gives_signs_of_life() {
        for (events, alive) in [(true, ": alive\n\n"), (false, " ")] {
            let quiet = stream::pending::<Result<Frame<Bytes>, Status>>();
            let body = tonic::body::Body::new(StreamBody::new(quiet));
            let (plans, pause) = (Arc::new(Plans::default()), Duration::from_millis(1));
            let answer = stream_response(plans, (0, None), body, events, pause);
            assert_eq!(answer.headers()["x-accel-buffering"], "no");
            let parts = answer.into_body().into_data_stream().take(2);
            let parts: Vec<Bytes> = parts.map(|part| part.expect("a part")).collect().await;
            assert_eq!(parts, [alive, alive]);
        }
    }
}

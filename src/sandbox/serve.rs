//! The way of a call: read it, enter it in the ledger, spoil it when a fault says so, hand it to
//! the emulated system, wait as long as a real one would, answer. Knows HTTP; knows neither Zoho's
//! nor Moodle's rules.

use {
    super::{
        answer::{Answer, Call},
        control,
        fault::{Kind, Target},
        ledger::Note,
        moodle,
        world::{Settings, World},
        zoho,
    },
    axum::{Router, body::Body, extract::Request, response::Response, serve::ListenerExt},
    bytes::Bytes,
    futures_util::stream,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    std::{io, sync::Arc, time::Duration},
    tokio::{net::TcpListener, sync::watch, task::JoinHandle},
};

/// Largest body read; far above any batch that the real systems accept.
const BODY_MAX: usize = 32 << 20;

/// Serves one emulated system until `quit` says so.
pub(crate) fn spawn(
    listener: TcpListener,
    target: Target,
    world: Arc<World>,
    mut quit: watch::Receiver<bool>,
) -> JoinHandle<()> {
    let router = Router::new().fallback(move |request: Request| {
        let world = Arc::clone(&world);
        async move { entry(&world, target, request).await }
    });
    // Small answers must not wait for the next acknowledgement.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    tokio::spawn(async move {
        let stopped = async move { drop(quit.wait_for(|quit| *quit).await) };
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
            tracing::error!(%error, "sandbox listener failed");
        }
    })
}

async fn entry(world: &Arc<World>, target: Target, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_MAX).await else {
        return respond(Answer::page(413, "Content Too Large"));
    };
    let call = Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    if call.path.starts_with("/_sandbox") {
        return respond(control::handle(world, &call));
    }
    let settings = world.settings();
    match target {
        Target::Zoho => {
            let token_call = zoho::is_token_call(&call);
            let operation = zoho::operation(&call);
            let place = format!("{} {}", call.method, call.path);
            visit(
                world,
                &settings,
                target,
                &operation,
                &place,
                token_call,
                |crowd| zoho::handle(world, &settings, &call, crowd),
                |blow| zoho::spoilt(world, &call, blow),
            )
            .await
        }
        Target::Moodle => {
            let form = moodle::Form::read(&call, settings.max_input_vars);
            let operation = moodle::operation(&call, &form);
            visit(
                world,
                &settings,
                target,
                &operation,
                &operation,
                false,
                |_| moodle::handle(world, &settings, &call, &form),
                |blow| moodle::spoilt(&settings, &form, blow),
            )
            .await
        }
    }
}

/// A call in the ledger; leaves it also when the caller goes away in the middle.
struct Visit<'w> {
    world: &'w World,
    target: Target,
    status: u16,
    note: Note,
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.world.ledger().end(self.target, self.status, std::mem::take(&mut self.note));
    }
}

#[expect(clippy::too_many_arguments, reason = "two callers, right above")]
async fn visit(
    world: &Arc<World>,
    settings: &Settings,
    target: Target,
    operation: &str,
    place: &str,
    token_call: bool,
    apply: impl FnOnce(u32) -> Answer,
    spoil: impl FnOnce(&super::fault::Blow) -> Answer,
) -> Response {
    let crowd = world.ledger().begin(target, operation);
    let mut visit = Visit { world, target, status: 0, note: Note::default() };
    let (delay, blow) = world.faults().strike(target, place, token_call);
    if blow.is_some() {
        world.ledger().spoil(target);
    }
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    let kind = blow.as_ref().map(|blow| blow.kind);
    let applied = matches!(kind, None | Some(Kind::CutAfterApply | Kind::Truncate | Kind::CutBody));
    let mut answer = match &blow {
        _ if applied => apply(crowd),
        Some(blow) if blow.kind != Kind::Cut => spoil(blow),
        _ => return cut(),
    };
    visit.note = std::mem::take(&mut answer.note);
    let wait = waiting_time(settings, target, &visit.note);
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    match kind {
        Some(Kind::CutAfterApply) => cut(),
        Some(Kind::CutBody) => {
            visit.status = answer.status;
            cut_body(answer)
        }
        Some(Kind::Truncate) => {
            visit.status = answer.status;
            answer.body.truncate(answer.body.len() / 2);
            respond(answer)
        }
        _ => {
            visit.status = answer.status;
            respond(answer)
        }
    }
}

fn waiting_time(settings: &Settings, target: Target, note: &Note) -> Duration {
    match target {
        Target::Zoho => Duration::from_millis(settings.zoho_latency_ms),
        Target::Moodle => {
            let items = u64::from(note.batch.unwrap_or(0));
            Duration::from_millis(settings.moodle_latency_ms)
                + Duration::from_micros(settings.moodle_latency_per_item_us * items)
        }
    }
}

/// Turns an answer into a response; statuses that must not have a body lose it.
fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if !answer.content_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

/// Closes the connection without a byte: a body that fails before its first byte takes the head
/// with it.
fn cut() -> Response {
    Response::new(Body::from_stream(stream::once(async { Err::<Bytes, _>(broken()) })))
}

/// Promises a whole body, sends half of it and closes the connection.
fn cut_body(mut answer: Answer) -> Response {
    let length = answer.body.len();
    answer.body.truncate(length / 2);
    let half = Bytes::from(std::mem::take(&mut answer.body));
    let parts = stream::unfold(Some(half), |half| async move {
        if let Some(half) = half {
            return Some((Ok(half), None));
        }
        // Time for the first half to leave; the connection dies with what is still in its buffer.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Err(broken()), None))
    });
    let mut response = respond(answer);
    *response.body_mut() = Body::from_stream(parts);
    if let Ok(length) = HeaderValue::from_str(&length.to_string()) {
        response.headers_mut().insert("content-length", length);
    }
    response
}

fn broken() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionAborted)
}

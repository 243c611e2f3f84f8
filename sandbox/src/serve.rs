//! The processing of a call: read it, enter it in the ledger, apply faults, pass it to the emulated
//! system, wait as long as a real one would, answer. It knows HTTP, but neither Zoho's nor Moodle's
//! rules.

use {
    super::{
        answer::{Answer, Call},
        control,
        fault::{Blow, Kind, Place, Target},
        ledger::Note,
        moodle,
        respond::{Ending, cut, respond},
        spoil,
        world::{Settings, World, now_ms},
        zoho,
    },
    axum::{Router, extract::Request, response::Response, serve::ListenerExt},
    std::{sync::Arc, time::Duration},
    tokio::{net::TcpListener, sync::watch, task::JoinHandle},
};

/// Largest body that is read; far above any batch that the real systems accept.
const BODY_MAX: usize = 32 << 20;
/// How long a hanging call hangs by default.
const HANG: Duration = Duration::from_secs(600);

/// Serves one emulated system until `quit` is set.
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
    let settings = world.settings();
    let Ok(body) = axum::body::to_bytes(body, BODY_MAX).await else {
        let answer = Answer::page(413, "Content Too Large");
        return respond(answer, Ending::Whole, now_ms(&settings));
    };
    let call = Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    if call.path.starts_with("/_sandbox") {
        return respond(control::handle(world, &call), Ending::Whole, now_ms(&world.settings()));
    }
    match target {
        Target::Zoho => visit_zoho(world, &settings, &call).await,
        Target::Moodle => visit_moodle(world, &settings, &call).await,
    }
}

async fn visit_zoho(world: &Arc<World>, settings: &Settings, call: &Call) -> Response {
    let place = format!("{} {}", call.method, call.path);
    let place = Place {
        target: Target::Zoho,
        operation: &place,
        token_call: zoho::is_token_call(call),
        page_token: call.query.contains("page_token="),
    };
    let apply = |crowd, blow: Option<&Blow>| match blow {
        Some(Blow { kind: Kind::CutAfterPart, keep, .. }) => {
            zoho::handle(world, settings, &zoho::part(call, *keep), crowd)
        }
        Some(blow) => {
            let mut answer = zoho::handle(world, settings, call, crowd);
            let now = now_ms(settings) / 1_000;
            zoho::bend(&mut answer, call, settings, blow.kind, now);
            if answer.status == 200 {
                zoho::meddle(world, call, blow, now);
            }
            answer
        }
        None => zoho::handle(world, settings, call, crowd),
    };
    let spoil = |blow: &Blow| zoho::spoilt(world, call, blow);
    visit(world, settings, place, &zoho::operation(call), apply, spoil).await
}

async fn visit_moodle(world: &Arc<World>, settings: &Settings, call: &Call) -> Response {
    let form = moodle::Form::read(call, settings.max_input_vars);
    let operation = moodle::operation(call, &form);
    let place = Place {
        target: Target::Moodle,
        operation: &operation,
        token_call: false,
        page_token: false,
    };
    let apply = |_, blow: Option<&Blow>| match blow {
        Some(Blow { kind: Kind::CutAfterPart, keep, .. }) => {
            let mut part = form.clone();
            part.keep(*keep);
            moodle::handle(world, settings, call, &part)
        }
        _ => moodle::handle(world, settings, call, &form),
    };
    let spoil = |blow: &Blow| moodle::spoilt(settings, &form, blow);
    visit(world, settings, place, &operation, apply, spoil).await
}

/// A call in the ledger; it is removed also if the caller goes away during the call.
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

async fn visit(
    world: &Arc<World>,
    settings: &Settings,
    place: Place<'_>,
    operation: &str,
    apply: impl FnOnce(u32, Option<&Blow>) -> Answer,
    refuse: impl FnOnce(&Blow) -> Answer,
) -> Response {
    let target = place.target;
    let crowd = world.ledger().begin(target, operation);
    let mut visit = Visit { world, target, status: 0, note: Note::default() };
    let (delay, blow) = world.faults().strike(place);
    if blow.is_some() {
        world.ledger().spoil(target);
    }
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    let mut answer = match &blow {
        Some(blow) if !spoil::is_applied(blow.kind) => match blow.kind {
            Kind::Cut => return cut(),
            Kind::Hang => {
                tokio::time::sleep(hang(blow)).await;
                return cut();
            }
            _ => {
                let mut answer = spoil::answer(blow).unwrap_or_else(|| refuse(blow));
                let wait = blow.retry_after.clone().map(|wait| ("retry-after", wait));
                answer.headers.extend(wait);
                answer
            }
        },
        blow => apply(crowd, blow.as_ref()),
    };
    visit.note = std::mem::take(&mut answer.note);
    let wait = waiting_time(settings, target, &visit.note);
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let (answer, ending) = match &blow {
        Some(blow) => match blow.kind {
            Kind::CutAfterApply | Kind::CutAfterPart => return cut(),
            Kind::HangAfterApply => {
                tokio::time::sleep(hang(blow)).await;
                return cut();
            }
            Kind::StatusAfterApply => {
                (Answer::page(blow.status.unwrap_or(500), "Service error"), Ending::Whole)
            }
            _ => spoil::ending(answer, blow),
        },
        None => (answer, Ending::Whole),
    };
    visit.status = answer.status;
    respond(answer, ending, now_ms(settings))
}

fn hang(blow: &Blow) -> Duration {
    if blow.delay_ms == 0 { HANG } else { Duration::from_millis(blow.delay_ms) }
}

fn waiting_time(settings: &Settings, target: Target, note: &Note) -> Duration {
    match target {
        Target::Zoho => Duration::from_millis(settings.zoho_latency_ms),
        Target::Moodle => {
            let items = u64::from(note.batch.unwrap_or(0));
            Duration::from_millis(settings.moodle_latency_ms)
                + Duration::from_micros(settings.moodle_latency_per_item_us * items)
                + Duration::from_micros(
                    settings.grade_report_per_user_us * u64::from(note.reported),
                )
        }
    }
}

//! Watching a run: its states one after another, as long as the key of the watcher is valid; and that check, for
//! every long answer. All watchers of a run share one look at it.

use {
    super::{
        Control,
        poll::{LOOK, Polls},
        stream::OpenStream,
    },
    crate::{
        crypto::keys::Keys as _,
        domain::{
            access::{Permission, Principal},
            code,
            id::{RunId, TenantId},
            run::{Run, RunState},
        },
        error::{Code, Error, Result},
        store::{StoreError, TenantScope},
    },
    std::time::{Duration, Instant},
    tokio::sync::{mpsc, watch},
    tokio_stream::wrappers::ReceiverStream,
};

/// Pause between two looks at the reader's key (docs/src/security.md, "Keys and roles"): with what is cached, a stream ends
/// within 30 seconds.
const RECHECK: Duration = Duration::from_secs(20);
/// Longest answer (docs/src/decisions/polling-watch.md, "Cost"). The first message of the next watch is the newest
/// state, so nothing is missed.
pub(super) const LONGEST: Duration = Duration::from_secs(30 * 60);

/// What is watched, in this process.
#[derive(Debug, Default)]
pub(super) struct Watched {
    runs: Polls<(TenantScope, RunId), Seen>,
    /// The numbers of the newest events.
    pub(super) events: Polls<TenantId, Option<i64>>,
}

/// What a look at a run saw.
#[derive(Debug, Clone)]
enum Seen {
    Run(Box<Run>),
    /// The run has been deleted.
    Gone,
    /// The database failed.
    Broken(String),
}

impl Seen {
    /// Counters change without a new number of the state only together with it, and so does what is told.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Run(one), Self::Run(other)) => {
                (one.sequence, &one.waiting) == (other.sequence, &other.waiting)
            }
            _ => false,
        }
    }
}

/// An open stream of a caller, and the check whether it may continue.
#[derive(Debug)]
pub(super) struct Vigil {
    _stream: OpenStream,
    who: Principal,
    begun: Instant,
    checked: Instant,
}

impl Vigil {
    /// Opens a stream of the caller, unless its tenant has too many.
    pub(super) fn open(control: &Control, who: &Principal) -> Result<Self> {
        let (stream, now) = (control.streams.open(&who.tenant)?, Instant::now());
        Ok(Self { _stream: stream, who: who.clone(), begun: now, checked: now })
    }

    /// Refuses an answer that has reached its longest duration, or whose reader's key is no longer valid.
    pub(super) async fn may_go_on(&mut self, control: &Control) -> Result<()> {
        let over = |code, message: String| Err(Error::new(Code::Unauthenticated, code, message));
        if self.begun.elapsed() >= LONGEST {
            return over(code::WATCH_OVER, code::WATCH_OVER.advice(&[]));
        }
        if self.checked.elapsed() >= RECHECK {
            if !control.session_goes_on(&self.who).await? {
                return over(code::SESSION_OVER, "Invalid session".to_owned());
            }
            let is_key = self.who.session.is_none();
            if is_key && control.find(self.who.tenant.as_str(), &self.who.key).await?.is_none() {
                return over(code::KEY_GONE, "Invalid API key or tenant".to_owned());
            }
            self.checked = Instant::now();
        }
        Ok(())
    }
}

/// One caller watching one run.
struct Watch {
    control: Control,
    vigil: Vigil,
    scope: TenantScope,
    seen: watch::Receiver<Option<Seen>>,
    watcher: mpsc::Sender<Result<Run>>,
}

impl Control {
    /// Returns a run's states until it has ended, at most two a second: always the newest state, not every one.
    pub async fn watch_run(
        &self,
        who: &Principal,
        id: &str,
    ) -> Result<ReceiverStream<Result<Run>>> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let run = self.find_run(&scope, id).await?;
        let vigil = Vigil::open(self, who)?;
        let seen = self.look_at(&scope, run.id);
        // After the looks have begun, so that no change is missed between them.
        let run = self.find_run(&scope, id).await?;
        let run = self.explain(&scope, run).await?;
        let (watcher, states) = mpsc::channel(1);
        let watch = Watch { control: self.clone(), vigil, scope, seen, watcher };
        tokio::spawn(watch.follow(run));
        Ok(ReceiverStream::new(states))
    }

    /// Joins those that watch a run.
    fn look_at(&self, scope: &TenantScope, id: RunId) -> watch::Receiver<Option<Seen>> {
        let (control, own) = (self.clone(), scope.clone());
        let look = move || {
            let (control, scope) = (control.clone(), own.clone());
            async move {
                let run = async {
                    let Some(run) = control.store.of(&scope).run(id).await? else {
                        return Ok::<_, StoreError>(Seen::Gone);
                    };
                    Ok(Seen::Run(Box::new(control.explain(&scope, run).await?)))
                };
                run.await.unwrap_or_else(|error| Seen::Broken(error.to_string()))
            }
        };
        self.watched.runs.join((scope.clone(), id), look, Seen::is_same)
    }
}

impl Watch {
    async fn follow(mut self, mut run: Run) {
        loop {
            let known = run.clone();
            let over = run.state.ended() || run.state == RunState::Held;
            if over {
                // A run that cannot be told whole is told without.
                let rows = self.control.store.of(&self.scope);
                run.findings = rows.findings(run.id).await.unwrap_or_default();
            }
            let shown = match over {
                true => self.control.with_samples(&self.scope, run).await,
                false => Ok(run),
            };
            if self.watcher.send(shown).await.is_err() || over {
                return;
            }
            run = match self.next(&known).await {
                Some(Ok(next)) => next,
                Some(Err(error)) => {
                    let _gone = self.watcher.send(Err(error)).await;
                    return;
                }
                None => return,
            };
        }
    }

    /// Waits for another state than `known`: a stored change, or another reason to wait, which may be a change of another
    /// run. `None` when the watcher has gone or the run has.
    async fn next(&mut self, known: &Run) -> Option<Result<Run>> {
        loop {
            let changed = tokio::select! {
                changed = self.seen.changed() => changed.is_ok(),
                // The looks stand still while the database does not answer; the reader's key is looked at regardless.
                () = tokio::time::sleep(LOOK * 2) => false,
                () = self.watcher.closed() => return None,
                () = self.control.stopping.cancelled() => {
                    return Some(Err(Error::unavailable("the server is stopping")));
                }
            };
            if let Err(error) = self.vigil.may_go_on(&self.control).await {
                return Some(Err(error));
            }
            if !changed {
                continue;
            }
            match self.seen.borrow_and_update().clone() {
                Some(Seen::Run(run)) if run.sequence < known.sequence => {}
                Some(Seen::Run(run))
                    if (run.sequence, &run.waiting) == (known.sequence, &known.waiting) => {}
                Some(Seen::Run(run)) => return Some(Ok(*run)),
                Some(Seen::Gone) => return None,
                Some(Seen::Broken(cause)) => return Some(Err(Error::unavailable(cause))),
                None => {}
            }
        }
    }
}

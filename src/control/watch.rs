//! Watching a run: its states one after another, as long as the key of the watcher is valid; and that check, for
//! every long answer.

use {
    super::Control,
    crate::{
        crypto::keys::Keys as _,
        domain::{
            access::{Permission, Principal},
            code,
            id::RunId,
            run::{Run, RunState, Wait},
        },
        error::{Code, Error, Result},
        store::{StoreError, TenantScope},
    },
    std::time::{Duration, Instant},
    tokio::sync::mpsc,
    tokio_stream::wrappers::ReceiverStream,
};

/// Pause between two looks at a watched run: at most two messages a second.
const LOOK: Duration = Duration::from_millis(500);
/// Pause between two looks at the reader's key (docs/src/security.md, "Keys and roles").
const RECHECK: Duration = Duration::from_secs(30);
/// Longest answer (docs/src/decisions/polling-watch.md, "Cost"). The first message of the next watch is the newest
/// state, so nothing is missed.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// Checks whether a long answer to a caller may continue.
#[derive(Debug)]
pub(super) struct Vigil {
    who: Principal,
    begun: Instant,
    checked: Instant,
}

impl Vigil {
    pub(super) fn new(who: &Principal) -> Self {
        let now = Instant::now();
        Self { who: who.clone(), begun: now, checked: now }
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
    id: RunId,
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
        let run = self.explain(&scope, run).await?;
        let (watcher, states) = mpsc::channel(1);
        let vigil = Vigil::new(who);
        let watch = Watch { control: self.clone(), vigil, scope, id: run.id, watcher };
        tokio::spawn(watch.follow(run));
        Ok(ReceiverStream::new(states))
    }
}

impl Watch {
    async fn follow(mut self, mut run: Run) {
        loop {
            let known = (run.sequence, run.waiting.clone());
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
            run = match self.next(known).await {
                Some(Ok(next)) => next,
                Some(Err(error)) => {
                    let _gone = self.watcher.send(Err(error)).await;
                    return;
                }
                None => return,
            };
        }
    }

    async fn look(&self) -> Result<Option<Run>, StoreError> {
        match self.control.store.of(&self.scope).run(self.id).await? {
            Some(run) => self.control.explain(&self.scope, run).await.map(Some),
            None => Ok(None),
        }
    }

    /// Waits for another state than `known`: a stored change, or another reason to wait, which may be a change of another
    /// run. `None` when the watcher has gone or the run has.
    async fn next(&mut self, known: (i64, Option<Wait>)) -> Option<Result<Run>> {
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.watcher.closed() => return None,
                () = self.control.stopping.cancelled() => {
                    return Some(Err(Error::unavailable("the server is stopping")));
                }
            }
            if let Err(error) = self.vigil.may_go_on(&self.control).await {
                return Some(Err(error));
            }
            match self.look().await {
                Ok(Some(run)) if (run.sequence, &run.waiting) == (known.0, &known.1) => {}
                Ok(run) => return run.map(Ok),
                Err(error) => return Some(Err(error.into())),
            }
        }
    }
}

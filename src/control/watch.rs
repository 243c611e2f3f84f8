//! Watching a run: its states one after another, as long as the watcher's key holds.

use {
    super::Control,
    crate::{
        crypto::keys::Keys as _,
        domain::{
            access::{Permission, Principal},
            id::RunId,
            run::{Run, RunState},
        },
        error::{Code, Error, Result},
        store::Scope,
    },
    std::time::{Duration, Instant},
    tokio::sync::mpsc,
    tokio_stream::wrappers::ReceiverStream,
};

/// Pause between two looks at a watched run: at most two messages a second.
const LOOK: Duration = Duration::from_millis(500);
/// Pause between two looks at the watcher's key (security.md, section 1.4).
const RECHECK: Duration = Duration::from_secs(30);
/// Longest watch (security.md, section 1.4). The first message of the next one is the newest state: nothing is missed.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// One caller watching one run.
struct Watch {
    control: Control,
    who: Principal,
    scope: Scope,
    id: RunId,
    begun: Instant,
    checked: Instant,
    watcher: mpsc::Sender<Result<Run>>,
}

impl Control {
    /// Returns a run's states until it has ended, at most two a second; the newest state, not every one.
    pub async fn watch_run(
        &self,
        who: &Principal,
        id: &str,
    ) -> Result<ReceiverStream<Result<Run>>> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let run = self.find_run(&scope, id).await?;
        let (watcher, states) = mpsc::channel(1);
        let now = Instant::now();
        let watch = Watch {
            control: self.clone(),
            who: who.clone(),
            scope,
            id: run.id,
            begun: now,
            checked: now,
            watcher,
        };
        tokio::spawn(watch.follow(run));
        Ok(ReceiverStream::new(states))
    }
}

impl Watch {
    async fn follow(mut self, mut run: Run) {
        loop {
            let (known, over) = (run.sequence, run.state.ended() || run.state == RunState::Held);
            if self.watcher.send(Ok(run)).await.is_err() || over {
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

    /// Waits for a state behind `known`; `None` when nobody watches any more or the run is gone.
    async fn next(&mut self, known: i64) -> Option<Result<Run>> {
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.watcher.closed() => return None,
                () = self.control.stopping.cancelled() => {
                    return Some(Err(Error::unavailable("the server is stopping")));
                }
            }
            if let Err(error) = self.may_go_on().await {
                return Some(Err(error));
            }
            match self.control.store.run(&self.scope, self.id).await {
                Ok(Some(run)) if run.sequence == known => {}
                Ok(run) => return run.map(Ok),
                Err(error) => return Some(Err(error.into())),
            }
        }
    }

    /// Refuses a watch that is too old, or whose key has gone since it was verified.
    async fn may_go_on(&mut self) -> Result<()> {
        let over = |reason, message| Err(Error::new(Code::Unauthenticated, reason, message));
        if self.begun.elapsed() >= LONGEST {
            return over("WATCH_OVER", "a watch lasts 30 minutes at most; watch again");
        }
        if self.checked.elapsed() >= RECHECK {
            if self.control.find(self.who.tenant.as_str(), &self.who.key).await?.is_none() {
                return over("KEY_GONE", "Invalid API key or tenant");
            }
            self.checked = Instant::now();
        }
        Ok(())
    }
}

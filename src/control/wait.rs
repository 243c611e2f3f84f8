//! Why runs wait, told with every run that goes out.

use {
    super::Control,
    crate::{
        domain::{
            run::{Run, RunState},
            wait::Queue,
        },
        store::{StoreError, TenantScope},
    },
};

impl Control {
    /// Returns runs of the tenant with why they wait.
    pub(super) async fn explained(
        &self,
        scope: &TenantScope,
        mut runs: Vec<Run>,
    ) -> Result<Vec<Run>, StoreError> {
        let in_line = |run: &Run| matches!(run.state, RunState::Queued | RunState::Waiting);
        let queue = if runs.iter().any(in_line) {
            self.store.of(scope).open_runs().await?
        } else {
            Queue { open: Vec::new(), at_once: 0, now: self.clock.now() }
        };
        for run in &mut runs {
            run.waiting = queue.wait_of(run);
        }
        Ok(runs)
    }

    /// Returns a run of the tenant with why it waits.
    pub(super) async fn explain(&self, scope: &TenantScope, run: Run) -> Result<Run, StoreError> {
        let waiting = self.explained(scope, vec![run.clone()]).await?.pop();
        Ok(waiting.unwrap_or(run))
    }
}

//! Why a run waits, since when and until when. What another system asked for is stored with the run; what follows from
//! other runs is found here, from those of the tenant that have not ended.

use {
    super::{
        brake::HeldChanges,
        code::{self, Gaps},
        id::RunId,
        module::ModuleName,
        run::{Run, RunState, Wait},
    },
    chrono::{DateTime, Duration, Utc},
};

/// How long a held run waits for a decision.
pub const HELD_FOR: Duration = Duration::days(7);
/// How long a due run may stand in the queue before this is worth a word.
const OVERDUE: Duration = Duration::seconds(5);

/// A run that has not ended, as far as others wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRun {
    /// Its id.
    pub id: RunId,
    /// Its module.
    pub module: ModuleName,
    /// Whether it only says what it would do.
    pub dry_run: bool,
    /// Where it stands: queued, waiting or running.
    pub state: RunState,
    /// Its chain and its place there.
    pub chain: Option<(RunId, i32)>,
    /// When it was accepted.
    pub accepted_at: DateTime<Utc>,
    /// From when on a worker may take it.
    pub due_at: DateTime<Utc>,
    /// Since when it waits, where that was stored.
    pub since: Option<DateTime<Utc>>,
}

/// What the waits of a tenant's runs follow from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// The tenant's runs that have not ended, in the order in which they were accepted.
    pub open: Vec<OpenRun>,
    /// How many of them are worked on at once.
    pub at_once: usize,
    /// The clock of the queue.
    pub now: DateTime<Utc>,
}

impl Queue {
    /// Returns why a run waits that is neither running nor over; `None` when it is about to begin.
    pub fn wait_of(&self, run: &Run) -> Option<Wait> {
        match run.state {
            RunState::Held => {
                let changes = run.changes.held.as_ref().filter(|_| run.changes.wait());
                let reason = changes.map(HeldChanges::reason);
                let reason = reason.or_else(|| run.removals.held_reason.clone());
                let reason = reason.unwrap_or_else(|| "its removals".to_owned());
                let since = run.finished_at.unwrap_or(run.started_at);
                let wait = Wait::new(code::RUN_NEEDS_APPROVAL, &[("reason", &reason)], since);
                Some(Wait { until: Some(since + HELD_FOR), ..wait })
            }
            RunState::Queued => self.queued(run),
            RunState::Waiting => self.behind(run),
            _ => None,
        }
    }

    /// The run as it is in the queue; `None` when it has gone on since it was read.
    fn own(&self, run: &Run) -> Option<&OpenRun> {
        self.open.iter().find(|open| open.id == run.id && open.state == run.state)
    }

    fn queued(&self, run: &Run) -> Option<Wait> {
        let own = self.own(run)?;
        if own.due_at > self.now {
            return run.waiting.clone();
        }
        let running = self.open.iter().filter(|open| open.state == RunState::Running).count();
        if running >= self.at_once {
            return Some(Wait::new(code::RUN_TENANT_LIMIT, &[("count", &running)], own.due_at));
        }
        (own.due_at + OVERDUE < self.now).then(|| Wait::new(code::RUN_NO_WORKER, &[], own.due_at))
    }

    fn behind(&self, run: &Run) -> Option<Wait> {
        let own = self.own(run)?;
        let since = own.since.unwrap_or(run.started_at);
        let before = |other: &&OpenRun| match (own.chain, other.chain) {
            (Some((chain, place)), Some((same, earlier))) => chain == same && earlier < place,
            _ => false,
        };
        if let Some(first) = self.open.iter().filter(before).min_by_key(|open| open.chain) {
            let gaps: Gaps<'_> = &[("module", &first.module.as_str()), ("run", &first.id)];
            return Some(Wait::new(code::RUN_BEHIND_CHAIN, gaps, since));
        }
        let same = |other: &&OpenRun| {
            other.id != own.id && other.module == own.module && other.dry_run == own.dry_run
        };
        let active = |other: &&OpenRun| other.state != RunState::Waiting;
        let first = self
            .open
            .iter()
            .filter(same)
            .find(active)
            .or_else(|| self.open.iter().take_while(|other| other.id != own.id).find(same))?;
        Some(Wait::new(code::RUN_BEHIND_RUN, &[("run", &first.id)], since))
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::domain::{
            id::TenantId,
            run::{Changes, Counts, Removals, Upstream},
            selection::RunSelection,
        },
        uuid::Uuid,
    };

    fn id(number: u128) -> RunId {
        RunId::new(Uuid::from_u128(number))
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap_or_default()
    }

    fn open(number: u128, module: ModuleName, state: RunState) -> OpenRun {
        let id = id(number);
        OpenRun {
            id,
            module,
            dry_run: false,
            state,
            chain: None,
            accepted_at: at(-9),
            due_at: at(0),
            since: None,
        }
    }

    fn run(of: &OpenRun) -> Run {
        Run {
            id: of.id,
            tenant: TenantId::parse("a").unwrap_or_else(|_| unreachable!()),
            module: of.module,
            trigger_source: "manual".into(),
            triggered_by: None,
            started_key: None,
            parent: None,
            started_at: at(-9),
            begun_at: None,
            finished_at: None,
            state: of.state,
            phase: "queued".into(),
            counts: Counts::default(),
            error_code: None,
            error_summary: None,
            expected_total: None,
            cancel_requested: false,
            sequence: 1,
            dry_run: of.dry_run,
            selection: RunSelection::Full,
            chain: of.chain.map(|(chain, _)| chain),
            mapping_version: None,
            removals: Removals::default(),
            changes: Changes::default(),
            upstream: Upstream::default(),
            waiting: None,
            findings: Vec::new(),
        }
    }

    fn told(queue: &Queue, of: &OpenRun) -> Option<(String, String)> {
        queue.wait_of(&run(of)).map(|wait| (wait.code, wait.reason))
    }

    #[test]
    fn a_run_behind_others_names_the_one_that_goes_first() {
        use {
            ModuleName::{Programs, Students, Units},
            RunState::{Running, Waiting},
        };
        let chain = |run: OpenRun, place| OpenRun { chain: Some((id(1), place)), ..run };
        let first = chain(open(1, Programs, Running), 0);
        let second = chain(open(2, Units, Waiting), 1);
        let third = chain(open(3, Students, Waiting), 2);
        let other = open(4, Students, Running);
        let retry = open(5, Students, Waiting);
        let dry = OpenRun { dry_run: true, ..open(6, Students, Waiting) };
        let all = [&first, &second, &third, &other, &retry, &dry].map(Clone::clone);
        let queue = Queue { open: all.to_vec(), at_once: 9, now: at(60) };
        for (waiting, code, behind) in [
            (&second, "RUN_BEHIND_CHAIN", id(1)),
            (&third, "RUN_BEHIND_CHAIN", id(1)),
            (&retry, "RUN_BEHIND_RUN", id(4)),
        ] {
            let (word, reason) = told(&queue, waiting).unwrap_or_default();
            assert_eq!(word, code);
            assert!(reason.contains(&behind.to_string()), "{reason}");
        }
        // A dry run stands beside the others, and one that runs waits for nothing.
        assert_eq!((told(&queue, &dry), told(&queue, &first)), (None, None));
        // Of those that wait for the same place, the older one comes first.
        let rest = Queue { open: vec![third, retry.clone()], ..queue };
        let (word, reason) = told(&rest, &retry).unwrap_or_default();
        assert!(word == "RUN_BEHIND_RUN" && reason.contains(&id(3).to_string()), "{reason}");
    }

    #[test]
    fn a_due_run_says_which_limit_it_meets() {
        use {
            ModuleName::{Programs, Students, Units},
            RunState::{Queued, Running},
        };
        let due = open(1, Students, Queued);
        let busy = [open(2, Programs, Running), open(3, Units, Running)];
        let queue = |busy: &[OpenRun], now| Queue {
            open: busy.iter().chain([&due]).cloned().collect(),
            at_once: 2,
            now: at(now),
        };
        let word = |queue: Queue| told(&queue, &due).map(|(code, _)| code);
        assert_eq!(word(queue(&busy, 0)).as_deref(), Some("RUN_TENANT_LIMIT"));
        assert_eq!(word(queue(&busy[..1], 0)), None, "it is about to begin");
        assert_eq!(word(queue(&busy[..1], 5)), None);
        assert_eq!(word(queue(&busy[..1], 6)).as_deref(), Some("RUN_NO_WORKER"));
    }

    #[test]
    fn a_stored_wait_holds_until_its_time() {
        let due = OpenRun { due_at: at(30), ..open(1, ModuleName::Students, RunState::Queued) };
        let stored = Wait::new(code::ZOHO_THROTTLED, &[], at(1));
        let run = Run { waiting: Some(stored.clone()), ..run(&due) };
        let queue = |now| Queue { open: vec![due.clone()], at_once: 2, now: at(now) };
        assert_eq!(queue(29).wait_of(&run), Some(stored));
        assert_eq!(queue(30).wait_of(&run), None);
        assert_eq!(queue(36).wait_of(&run).map(|wait| wait.code).as_deref(), Some("RUN_NO_WORKER"));
    }

    #[test]
    fn a_held_run_waits_a_week_for_a_decision() {
        let held = open(1, ModuleName::Students, RunState::Held);
        let removals = Removals { held_reason: Some("too many".into()), ..Removals::default() };
        let run = Run { finished_at: Some(at(5)), removals, ..run(&held) };
        let queue = Queue { open: Vec::new(), at_once: 2, now: at(60) };
        let wait = queue.wait_of(&run).unwrap_or_else(|| unreachable!());
        assert_eq!((wait.code.as_str(), wait.since), ("RUN_NEEDS_APPROVAL", at(5)));
        assert_eq!(wait.until, Some(at(5) + HELD_FOR));
        assert!(wait.reason.contains("too many"), "{}", wait.reason);
    }
}

//! The overview: how a school's synchronisation stands, and what needs attention first. The figures over time are in
//! `stat.rs`.

use {
    super::{
        code::{self, Code, Provider},
        id::RunId,
        module::{Module, ModuleName},
        run::{Run, RunState},
        wait::HELD_FOR,
    },
    chrono::{DateTime, TimeDelta, Utc},
};

/// How long before its end a key needs attention.
pub const KEY_ENDS: TimeDelta = TimeDelta::days(14);
/// How long a record may wait for its parent before that needs attention.
pub const WAITS_OLD: TimeDelta = TimeDelta::days(1);
/// Greatest number of notices in an overview.
const NOTICES: usize = 100;

/// How a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionWord {
    /// Switched off.
    Off,
    /// A setting is missing.
    Incomplete,
    /// Runs fail by it.
    Broken,
    /// Runs wait until a limit is over.
    Paused,
    /// It works, or was not used yet.
    Ok,
}

impl ConnectionWord {
    /// The word that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Incomplete => "incomplete",
            Self::Broken => "broken",
            Self::Paused => "paused",
            Self::Ok => "ok",
        }
    }
}

/// A connection to a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionView {
    /// The system.
    pub provider: Provider,
    /// Whether it is switched on.
    pub enabled: bool,
    /// The settings that are missing.
    pub missing: Vec<&'static str>,
    /// Why it is broken, by the stored word, and since when.
    pub broken: Option<(String, DateTime<Utc>)>,
    /// Why runs are paused, by the stored word, and until when.
    pub paused: Option<(String, DateTime<Utc>)>,
}

impl ConnectionView {
    /// How it stands.
    pub const fn word(&self) -> ConnectionWord {
        if !self.enabled {
            ConnectionWord::Off
        } else if !self.missing.is_empty() {
            ConnectionWord::Incomplete
        } else if self.broken.is_some() {
            ConnectionWord::Broken
        } else if self.paused.is_some() {
            ConnectionWord::Paused
        } else {
            ConnectionWord::Ok
        }
    }
}

/// What may need attention. The most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeKind {
    /// Runs fail by a connection.
    ConnectionBroken,
    /// A setting of a connection is missing.
    ConnectionIncomplete,
    /// Removals or changes wait for an approval.
    RunHeld,
    /// The last run of a module failed.
    ModuleFailing,
    /// A required field of a module has no mapping.
    RequiredMissing,
    /// Records of the last run failed.
    RecordsFailed,
    /// A key ends soon.
    KeyExpiring,
    /// The secret before a rotation is still in use.
    SecretRetiring,
    /// Few of the day's credits are left.
    CreditsLow,
    /// Runs wait until a limit is over.
    ConnectionPaused,
    /// Records wait for their parents for long.
    WaitsOld,
}

impl NoticeKind {
    /// The word that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConnectionBroken => "connection_broken",
            Self::ConnectionIncomplete => "connection_incomplete",
            Self::RunHeld => "run_held",
            Self::ModuleFailing => "module_failing",
            Self::RequiredMissing => "required_missing",
            Self::RecordsFailed => "records_failed",
            Self::KeyExpiring => "key_expiring",
            Self::SecretRetiring => "secret_retiring",
            Self::CreditsLow => "credits_low",
            Self::ConnectionPaused => "connection_paused",
            Self::WaitsOld => "waits_old",
        }
    }

    /// True if nothing is synchronised until a person acts.
    pub const fn is_error(self) -> bool {
        matches!(
            self,
            Self::ConnectionBroken
                | Self::ConnectionIncomplete
                | Self::RunHeld
                | Self::ModuleFailing
                | Self::RequiredMissing
        )
    }
}

/// Something that needs attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is.
    pub kind: NoticeKind,
    /// The module it is about.
    pub module: Option<ModuleName>,
    /// The run it is about.
    pub run: Option<RunId>,
    /// What else it is about.
    pub subject: Option<String>,
    /// Why, as a stored word.
    pub code: Option<String>,
    /// How many.
    pub count: Option<i64>,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
    /// When it ends.
    pub until: Option<DateTime<Utc>>,
}

impl Notice {
    const fn new(kind: NoticeKind) -> Self {
        Self {
            kind,
            module: None,
            run: None,
            subject: None,
            code: None,
            count: None,
            since: None,
            until: None,
        }
    }
}

/// A key, or the secret of one, that ends soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEnd {
    /// The key.
    pub key: String,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// True for a secret that another one has replaced.
    pub is_secret: bool,
}

/// Records of a module that have waited for long for those of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldWaits {
    /// Their module.
    pub module: ModuleName,
    /// That of their parents.
    pub parents: ModuleName,
    /// How many, up to a thousand of all modules together.
    pub records: i64,
    /// Since when the first one waits.
    pub since: DateTime<Utc>,
}

/// The use of Zoho's credits in 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credits {
    /// Used.
    pub used: i64,
    /// Once this many credits are used, runs wait.
    pub limit: Option<i64>,
}

impl Credits {
    /// What is left of the limit.
    pub fn left(&self) -> Option<i64> {
        self.limit.map(|limit| (limit - self.used).max(0))
    }

    fn are_low(&self) -> bool {
        self.limit.zip(self.left()).is_some_and(|(limit, left)| left.saturating_mul(10) < limit)
    }
}

/// What an overview is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Zoho and Moodle.
    pub connections: Vec<ConnectionView>,
    /// The modules, each with its last run, dry runs left out.
    pub modules: Vec<(Module, Option<Run>)>,
    /// The runs that wait for an approval.
    pub held: Vec<Run>,
    /// Required fields without a mapping.
    pub unmapped: Vec<(ModuleName, String)>,
    /// Keys and secrets that end soon.
    pub keys: Vec<KeyEnd>,
    /// Records that wait for long.
    pub waits: Vec<OldWaits>,
    /// The use of credits.
    pub credits: Credits,
}

impl Standing {
    /// Returns what needs attention, the most urgent first.
    pub fn notices(&self) -> Vec<Notice> {
        use NoticeKind as K;
        let mut notices = Vec::new();
        for one in &self.connections {
            let subject = Some(one.provider.as_str().to_owned());
            let of = |kind| Notice { subject: subject.clone(), ..Notice::new(kind) };
            let told = match one.word() {
                ConnectionWord::Broken => one.broken.clone().map(|(code, since)| Notice {
                    code: Some(code),
                    since: Some(since),
                    ..of(K::ConnectionBroken)
                }),
                ConnectionWord::Paused => one.paused.clone().map(|(code, until)| Notice {
                    code: Some(code),
                    until: Some(until),
                    ..of(K::ConnectionPaused)
                }),
                ConnectionWord::Incomplete => Some(of(K::ConnectionIncomplete)),
                ConnectionWord::Off | ConnectionWord::Ok => None,
            };
            notices.extend(told);
        }
        notices.extend(self.held.iter().map(held));
        let enabled = self.modules.iter().filter(|(module, _)| module.enabled);
        notices.extend(enabled.filter_map(|(module, run)| failing(module, run.as_ref())));
        let is_on = |name: &ModuleName| {
            self.modules.iter().any(|(module, _)| module.name == *name && module.enabled)
        };
        let unmapped = self.unmapped.iter().filter(|(module, _)| is_on(module));
        notices.extend(unmapped.map(|(module, field)| Notice {
            module: Some(*module),
            subject: Some(field.clone()),
            code: Some(code::MAPPING_REQUIRED_MISSING.word().to_owned()),
            ..Notice::new(K::RequiredMissing)
        }));
        notices.extend(self.keys.iter().map(|end| Notice {
            subject: Some(end.key.clone()),
            until: Some(end.ends_at),
            ..Notice::new(if end.is_secret { K::SecretRetiring } else { K::KeyExpiring })
        }));
        notices.extend(self.waits.iter().map(|old| Notice {
            module: Some(old.module),
            subject: Some(old.parents.as_str().to_owned()),
            code: Some(code::PARENT_NOT_SYNCED.word().to_owned()),
            count: Some(old.records),
            since: Some(old.since),
            ..Notice::new(K::WaitsOld)
        }));
        if self.credits.are_low() {
            notices.push(Notice {
                subject: Some(Provider::Zoho.as_str().to_owned()),
                code: Some(code::ZOHO_CREDITS_LOW.word().to_owned()),
                count: self.credits.left(),
                ..Notice::new(K::CreditsLow)
            });
        }
        notices.sort_by_key(|notice| (notice.kind, notice.until, notice.since));
        notices.truncate(NOTICES);
        notices
    }
}

fn held(run: &Run) -> Notice {
    let (code, count): (Code, i64) = if run.changes.wait() {
        (code::RUN_HELD_CHANGES, run.changes.planned)
    } else {
        (code::RUN_HELD_REMOVALS, run.removals.planned)
    };
    Notice {
        module: Some(run.module),
        run: Some(run.id),
        code: Some(code.word().to_owned()),
        count: Some(count),
        since: run.finished_at,
        until: run.finished_at.map(|at| at + HELD_FOR),
        ..Notice::new(NoticeKind::RunHeld)
    }
}

/// Returns what is wrong with the last run of a module. While the next one is active, only its end is known.
fn failing(module: &Module, run: Option<&Run>) -> Option<Notice> {
    let of = |kind| Notice { module: Some(module.name), ..Notice::new(kind) };
    let run = run?;
    let told = |kind| Notice {
        run: Some(run.id),
        code: run.error_code.clone(),
        count: (run.counts.failed > 0).then_some(run.counts.failed),
        since: run.finished_at,
        ..of(kind)
    };
    match run.state {
        RunState::Failed => Some(told(NoticeKind::ModuleFailing)),
        RunState::Partial if run.counts.failed > 0 => Some(told(NoticeKind::RecordsFailed)),
        RunState::Completed | RunState::Partial | RunState::Held | RunState::Cancelled => None,
        RunState::Queued | RunState::Waiting | RunState::Running => {
            let failed = module.last_run_status.as_deref() == RunState::Failed.module_word();
            failed.then(|| Notice { since: module.last_run_at, ..of(NoticeKind::ModuleFailing) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stops_the_synchronisation_comes_first() {
        let at = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
        let connection =
            |provider, broken: Option<&str>, missing: &[&'static str]| ConnectionView {
                provider,
                enabled: true,
                missing: missing.to_vec(),
                broken: broken.map(|code| (code.to_owned(), at)),
                paused: None,
            };
        let module = Module { enabled: true, ..Module::new(ModuleName::Students) };
        let standing = Standing {
            connections: vec![
                connection(Provider::Zoho, Some("ZOHO_TOKEN_REVOKED"), &[]),
                connection(Provider::Moodle, Some("MOODLE_TOKEN_INVALID"), &["moodle_api_token"]),
            ],
            modules: vec![(module, None), (Module::new(ModuleName::Grades), None)],
            held: Vec::new(),
            unmapped: vec![
                (ModuleName::Students, "last_name".to_owned()),
                (ModuleName::Grades, "grade".to_owned()),
            ],
            keys: vec![KeyEnd { key: "ek_1".to_owned(), ends_at: at, is_secret: false }],
            waits: vec![OldWaits {
                module: ModuleName::Enrollments,
                parents: ModuleName::Classes,
                records: 3,
                since: at,
            }],
            credits: Credits { used: 95, limit: Some(100) },
        };
        let kinds: Vec<&str> = standing.notices().iter().map(|one| one.kind.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "connection_broken",
                "connection_incomplete",
                "required_missing",
                "key_expiring",
                "credits_low",
                "waits_old"
            ]
        );
        assert_eq!(standing.credits.left(), Some(5));
    }
}

//! What a new school still has to do until records are synchronised by themselves: the steps in their order, and the decision
//! whether each is done.

use super::{
    code::{self, Code, Gaps, Screen},
    module::ModuleName,
};

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Zoho can be read.
    ConnectZoho,
    /// Moodle can be written.
    ConnectMoodle,
    /// The fields that Moodle needs come from somewhere.
    Mappings,
    /// What a run would do has been looked at.
    DryRun,
    /// Every module has run.
    FirstRun,
    /// Runs start by themselves.
    Schedule,
}

impl Step {
    /// The word that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConnectZoho => "connect_zoho",
            Self::ConnectMoodle => "connect_moodle",
            Self::Mappings => "mappings",
            Self::DryRun => "dry_run",
            Self::FirstRun => "first_run",
            Self::Schedule => "schedule",
        }
    }

    /// The screen on which it is done.
    const fn screen(self) -> Screen {
        match self {
            Self::ConnectZoho | Self::ConnectMoodle => Screen::Connections,
            Self::Mappings => Screen::Mappings,
            Self::DryRun | Self::FirstRun => Screen::Runs,
            Self::Schedule => Screen::Modules,
        }
    }
}

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Done.
    Done,
    /// It is next.
    ToDo,
    /// These steps come first.
    Blocked(Vec<Step>),
}

impl State {
    /// The word that is shown.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::ToDo => "to_do",
            Self::Blocked(_) => "blocked",
        }
    }
}

/// A step with its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The step.
    pub step: Step,
    /// How far it is.
    pub state: State,
    /// Why it is not done; `None` if it is.
    pub lack: Option<Lack>,
    /// The screen on which it is done.
    pub screen: Screen,
}

/// Why a step is not done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lack {
    /// The word, where there is one.
    pub code: Option<Code>,
    /// In one sentence, lower case, without a full stop.
    pub reason: String,
    /// The modules that it concerns.
    pub modules: Vec<ModuleName>,
    /// Missing settings or fields.
    pub fields: Vec<String>,
    /// Another screen than that of the step.
    pub screen: Option<Screen>,
}

impl Lack {
    fn of(code: Code, gaps: Gaps<'_>) -> Self {
        Self { code: Some(code), reason: code.message(gaps), ..Self::default() }
    }
}

/// One of the two connections.
#[derive(Debug, Clone, Default)]
pub struct Link {
    /// False: it is switched off.
    pub enabled: bool,
    /// The first setting that is missing.
    pub missing: Option<&'static str>,
    /// Why the last run could not use it.
    pub broken: Option<Code>,
}

/// A module that is enabled.
#[derive(Debug, Clone)]
pub struct Enabled {
    /// Which one.
    pub name: ModuleName,
    /// Required fields without a row.
    pub missing: Vec<&'static str>,
    /// True if it has ever run.
    pub has_run: bool,
    /// True if its last run has not failed.
    pub has_worked: bool,
    /// True if something starts its runs by itself.
    pub is_scheduled: bool,
    /// True if a schedule is stored by which nothing starts its runs.
    pub waits_for_scheduler: bool,
}

/// What the decision depends on.
#[derive(Debug, Clone, Default)]
pub struct School {
    /// The connection to Zoho.
    pub zoho: Link,
    /// The connection to Moodle.
    pub moodle: Link,
    /// The modules that are enabled.
    pub modules: Vec<Enabled>,
    /// True if a dry run has ended as it should.
    pub has_dry_run: bool,
}

impl School {
    /// Returns the steps in their order.
    pub fn checklist(&self) -> Vec<Entry> {
        let steps = [
            (
                Step::ConnectZoho,
                connection(&self.zoho, code::ZOHO_NOT_CONFIGURED, code::ZOHO_DISABLED),
            ),
            (
                Step::ConnectMoodle,
                connection(&self.moodle, code::MOODLE_NOT_CONFIGURED, code::MOODLE_DISABLED),
            ),
            (Step::Mappings, self.mappings()),
            (Step::DryRun, self.dry_run()),
            (Step::FirstRun, self.first_run()),
            (Step::Schedule, self.schedule()),
        ];
        let mut open = Vec::new();
        let mut entries = Vec::with_capacity(steps.len());
        for (step, lack) in steps {
            // What can be done at any time is not blocked.
            let waits = matches!(step, Step::DryRun | Step::FirstRun | Step::Schedule);
            let state = match &lack {
                None => State::Done,
                Some(_) if waits && !open.is_empty() => State::Blocked(open.clone()),
                Some(_) => State::ToDo,
            };
            if lack.is_some() {
                open.push(step);
            }
            let screen = lack.as_ref().and_then(|lack| lack.screen).unwrap_or(step.screen());
            entries.push(Entry { step, state, lack, screen });
        }
        entries
    }

    fn mappings(&self) -> Option<Lack> {
        if self.modules.is_empty() {
            let screen = Some(Screen::Modules);
            return Some(Lack { screen, ..Lack::of(code::NO_MODULE_ENABLED, &[]) });
        }
        let lacking = || self.modules.iter().filter(|module| !module.missing.is_empty());
        let fields: Vec<String> = lacking()
            .flat_map(|module| {
                module.missing.iter().map(|field| format!("{}.{field}", module.name))
            })
            .collect();
        (!fields.is_empty()).then(|| Lack {
            code: Some(code::MAPPING_REQUIRED_MISSING),
            reason: format!("required fields are not mapped: {}", fields.join(", ")),
            modules: lacking().map(|module| module.name).collect(),
            fields,
            screen: None,
        })
    }

    /// A school that has run for real needs no dry run any more, also where the runs of that time have been deleted.
    fn dry_run(&self) -> Option<Lack> {
        let is_done = self.has_dry_run || self.modules.iter().any(|module| module.has_run);
        (!is_done).then(|| Lack::of(code::NO_DRY_RUN, &[]))
    }

    fn first_run(&self) -> Option<Lack> {
        let idle: Vec<ModuleName> =
            self.modules.iter().filter(|one| !one.has_run).map(|one| one.name).collect();
        if self.modules.is_empty() {
            return Some(Lack::of(code::NO_MODULE_ENABLED, &[]));
        }
        if !idle.is_empty() {
            let names: Vec<&str> = idle.iter().map(|name| name.as_str()).collect();
            let lack = Lack::of(code::MODULES_NOT_RUN, &[("modules", &names.join(", "))]);
            return Some(Lack { modules: idle, ..lack });
        }
        let has_worked = self.modules.iter().any(|module| module.has_worked);
        (!has_worked).then(|| Lack {
            modules: self.modules.iter().map(|module| module.name).collect(),
            ..Lack::of(code::NO_RUN_WORKED, &[])
        })
    }

    fn schedule(&self) -> Option<Lack> {
        let waiting: Vec<ModuleName> =
            self.modules.iter().filter(|one| one.waits_for_scheduler).map(|one| one.name).collect();
        if self.modules.iter().any(|module| module.is_scheduled) {
            return None;
        }
        let code = if waiting.is_empty() { code::NO_SCHEDULE } else { code::SCHEDULES_NOT_SERVED };
        Some(Lack { modules: waiting, ..Lack::of(code, &[]) })
    }
}

fn connection(link: &Link, not_set: Code, disabled: Code) -> Option<Lack> {
    let (code, reason, field) = match (link.missing, link.enabled, link.broken) {
        (Some(field), ..) => (not_set, not_set.message(&[("field", &field)]), Some(field)),
        (None, false, _) => (disabled, disabled.message(&[]), None),
        (None, true, Some(code)) => {
            (code, format!("the last run could not use the connection [{code}]"), None)
        }
        (None, true, None) => return None,
    };
    let fields = field.into_iter().map(str::to_owned).collect();
    Some(Lack { code: Some(code), reason, fields, ..Lack::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(name: ModuleName) -> Enabled {
        Enabled {
            name,
            missing: Vec::new(),
            has_run: false,
            has_worked: false,
            is_scheduled: false,
            waits_for_scheduler: false,
        }
    }

    fn states(school: &School) -> Vec<&'static str> {
        school.checklist().iter().map(|entry| entry.state.as_str()).collect()
    }

    #[test]
    fn a_school_goes_step_by_step() {
        let mut school =
            School { modules: vec![module(ModuleName::Students)], ..School::default() };
        school.zoho.missing = Some("zoho_client_id");
        school.moodle = Link { enabled: false, missing: None, broken: None };
        school.modules[0].missing = vec!["username"];
        assert_eq!(states(&school), ["to_do", "to_do", "to_do", "blocked", "blocked", "blocked"]);
        let list = school.checklist();
        let lack = |place: usize| list[place].lack.clone().unwrap_or_default();
        assert_eq!(lack(0).code, Some(code::ZOHO_NOT_CONFIGURED));
        assert_eq!((lack(1).code, lack(1).fields.len()), (Some(code::MOODLE_DISABLED), 0));
        assert_eq!(lack(2).fields, ["students.username"]);
        let first = [Step::ConnectZoho, Step::ConnectMoodle, Step::Mappings];
        assert_eq!(list[3].state, State::Blocked(first.to_vec()));
        school.zoho = Link { enabled: true, missing: None, broken: None };
        school.moodle.enabled = true;
        school.modules[0].missing.clear();
        assert_eq!(states(&school), ["done", "done", "done", "to_do", "blocked", "blocked"]);
        school.has_dry_run = true;
        assert_eq!(states(&school), ["done", "done", "done", "done", "to_do", "blocked"]);
        (school.modules[0].has_run, school.has_dry_run) = (true, false);
        assert_eq!(states(&school), ["done", "done", "done", "done", "to_do", "blocked"]);
        school.modules[0].has_worked = true;
        assert_eq!(states(&school), ["done", "done", "done", "done", "done", "to_do"]);
        school.modules[0].waits_for_scheduler = true;
        let last = school.checklist().pop().and_then(|entry| entry.lack).unwrap_or_default();
        assert_eq!(last.modules, [ModuleName::Students]);
        school.modules[0].is_scheduled = true;
        assert_eq!(states(&school), ["done"; 6]);
    }

    #[test]
    fn what_broke_is_named_and_no_module_is_a_lack() {
        let up = Link { enabled: true, missing: None, broken: None };
        let broken = Link { broken: Some(code::ZOHO_TOKEN_REVOKED), ..up };
        let school = School { zoho: broken, moodle: up, ..School::default() };
        let list = school.checklist();
        let code = list[0].lack.as_ref().and_then(|lack| lack.code);
        assert_eq!((list[0].state.as_str(), code), ("to_do", Some(code::ZOHO_TOKEN_REVOKED)));
        assert_eq!((list[2].state.as_str(), list[2].screen), ("to_do", Screen::Modules));
    }
}

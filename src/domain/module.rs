//! The eight modules: their names, direction, switches and what may be changed.

use {
    super::{
        fault::{Fault, FieldFault},
        layout::{Layout, LayoutPatch},
        mapping::{self, FieldMapping},
        schedule,
    },
    chrono::{DateTime, Utc},
    std::fmt,
    thiserror::Error,
};

/// Refusal of a manual run of grades (docs/src/rest.md, "Errors"). The earlier service's remark that grades did not
/// exist yet is no longer true and is left out.
pub const GRADES_RUN_REFUSED: &str =
    "Grades sync direction is Moodle -> Zoho. Manual sync not available.";

/// The refusal to switch on grades outward: they flow the other way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("Grades sync direction is Moodle -> Zoho. Cannot enable outbound sync.")]
pub struct GradesOutward;

/// A module's name; ordered as the seed lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ModuleName {
    /// People who study.
    Students,
    /// What they study for.
    Programs,
    /// Taught groups.
    Classes,
    /// Who is in which class.
    Enrollments,
    /// The units that are taught.
    Units,
    /// Who is in which program.
    Registrations,
    /// What was paid.
    Payments,
    /// What was achieved; flows from Moodle to Zoho.
    Grades,
}

impl ModuleName {
    /// All modules in the order of the seed.
    pub const ALL: [Self; 8] = [
        Self::Students,
        Self::Programs,
        Self::Classes,
        Self::Enrollments,
        Self::Units,
        Self::Registrations,
        Self::Payments,
        Self::Grades,
    ];

    /// All modules in the order in which a whole school is synced: parents first (docs/src/mappings.md, "Order").
    pub const IN_ORDER: [Self; 8] = [
        Self::Programs,
        Self::Units,
        Self::Students,
        Self::Classes,
        Self::Registrations,
        Self::Enrollments,
        Self::Payments,
        Self::Grades,
    ];

    /// The word of the wire and the tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Students => "students",
            Self::Programs => "programs",
            Self::Classes => "classes",
            Self::Enrollments => "enrollments",
            Self::Units => "units",
            Self::Registrations => "registrations",
            Self::Payments => "payments",
            Self::Grades => "grades",
        }
    }

    /// The words of all modules.
    pub const WORDS: [&'static str; 8] = [
        "students",
        "programs",
        "classes",
        "enrollments",
        "units",
        "registrations",
        "payments",
        "grades",
    ];

    /// Reads the word, exactly.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str() == word)
    }

    /// API name of the Zoho module that is read by default (docs/src/mappings.md, "The modules").
    pub const fn default_zoho_module(self) -> &'static str {
        match self {
            Self::Students => "BTEC_Students",
            Self::Programs => "Products",
            Self::Classes => "BTEC_Classes",
            Self::Enrollments => "BTEC_Enrollments",
            Self::Units => "BTEC",
            Self::Registrations => "BTEC_Registrations",
            Self::Payments => "BTEC_Payments",
            Self::Grades => "BTEC_Grades",
        }
    }
}

impl fmt::Display for ModuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What starts a module's runs besides callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleMode {
    /// Nothing.
    Manual,
    /// A cron expression.
    Cron,
    /// Events from outside.
    Webhook,
}

impl ScheduleMode {
    /// The words of the wire.
    pub const WORDS: [&'static str; 3] = ["manual", "cron", "webhook"];

    /// The word of the wire and the tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Cron => "cron",
            Self::Webhook => "webhook",
        }
    }

    /// False where nothing starts runs as the mode says, though it can be set.
    pub const fn fires(self) -> bool {
        matches!(self, Self::Manual)
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Manual, Self::Cron, Self::Webhook].into_iter().find(|mode| mode.as_str() == word)
    }
}

/// A module of a tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct Module {
    /// Which one.
    pub name: ModuleName,
    /// False: no run starts.
    pub enabled: bool,
    /// What starts its runs.
    pub schedule_mode: ScheduleMode,
    /// Five-field cron expression; kept when the mode changes.
    pub schedule_cron: Option<String>,
    /// When the last run ended.
    pub last_run_at: Option<DateTime<Utc>>,
    /// How it ended: `success`, `partial` or `failed`.
    pub last_run_status: Option<String>,
    /// Its records.
    pub last_run_count: i32,
    /// When the last run ended that neither failed nor was cancelled.
    pub last_good_at: Option<DateTime<Utc>>,
    /// The Zoho module to read, if it is not the default.
    pub zoho_module: Option<String>,
    /// What the records are in the target.
    pub layout: Layout,
}

/// Checked changes to a module; absent fields keep their value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModulePatch {
    enabled: Option<bool>,
    schedule_mode: Option<ScheduleMode>,
    schedule_cron: Option<String>,
    zoho_module: Option<String>,
    layout: LayoutPatch,
}

/// Why changes to a module are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModuleRefusal {
    /// Grades flow the other way.
    Grades(GradesOutward),
    /// Options that the module does not have.
    Options(Vec<FieldFault>),
}

impl ModulePatch {
    /// Checks changes and names every fault.
    pub fn parse(
        enabled: Option<bool>,
        schedule_mode: Option<String>,
        schedule_cron: Option<String>,
        zoho_module: Option<String>,
    ) -> Result<Self, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let mode = schedule_mode.and_then(|word| {
            let mode = ScheduleMode::parse(&word);
            if mode.is_none() {
                let fault = Fault::Literal { expected: &ScheduleMode::WORDS };
                faults.push(FieldFault::new("schedule_mode", fault));
            }
            mode
        });
        if let Some(cron) = &schedule_cron
            && let Err(fault) = check_cron(cron)
        {
            faults.push(FieldFault::new("schedule_cron", fault));
        }
        if let Some(name) = &zoho_module
            && let Err(fault) = check_api_name(name)
        {
            faults.push(FieldFault::new("zoho_module", fault));
        }
        if faults.is_empty() {
            let layout = LayoutPatch::default();
            Ok(Self { enabled, schedule_mode: mode, schedule_cron, zoho_module, layout })
        } else {
            Err(faults)
        }
    }
}

impl ModulePatch {
    /// Adds changes to the options; they are checked against the module when they are applied.
    #[must_use]
    pub fn with_layout(self, layout: LayoutPatch) -> Self {
        Self { layout, ..self }
    }
}

fn check_cron(cron: &str) -> Result<(), Fault> {
    if cron.chars().count() > schedule::CRON_MAX {
        return Err(Fault::TooLong { max: schedule::CRON_MAX });
    }
    schedule::check_cron(cron)
        .map_err(|reason| Fault::Value(format!("invalid cron expression: {reason}")))
}

fn check_api_name(name: &str) -> Result<(), Fault> {
    if name.len() > 100 {
        return Err(Fault::TooLong { max: 100 });
    }
    if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        Ok(())
    } else {
        Err(Fault::Pattern { pattern: "^[A-Za-z0-9_]*$" })
    }
}

impl Module {
    /// A module of a new tenant: enabled, except grades.
    pub fn new(name: ModuleName) -> Self {
        Self {
            layout: Layout::new(name),
            name,
            enabled: !matches!(name, ModuleName::Grades),
            schedule_mode: ScheduleMode::Manual,
            schedule_cron: None,
            last_run_at: None,
            last_run_status: None,
            last_run_count: 0,
            last_good_at: None,
            zoho_module: None,
        }
    }

    /// Applies changes. `writeback` tells whether the tenant lets grades flow back to the CRM.
    ///
    /// # Errors
    /// When grades would be switched on outward, or an option does not fit the module.
    pub fn apply(&mut self, patch: ModulePatch, writeback: bool) -> Result<(), ModuleRefusal> {
        if self.name == ModuleName::Grades && patch.enabled == Some(true) && !writeback {
            return Err(ModuleRefusal::Grades(GradesOutward));
        }
        self.layout.apply(self.name, patch.layout).map_err(ModuleRefusal::Options)?;
        self.enabled = patch.enabled.unwrap_or(self.enabled);
        self.schedule_mode = patch.schedule_mode.unwrap_or(self.schedule_mode);
        if patch.schedule_cron.is_some() {
            self.schedule_cron = patch.schedule_cron;
        }
        if let Some(name) = patch.zoho_module {
            self.zoho_module = (!name.is_empty()).then_some(name);
        }
        Ok(())
    }

    /// Returns the Zoho module that is read.
    pub fn effective_zoho_module(&self) -> &str {
        self.zoho_module.as_deref().unwrap_or_else(|| self.name.default_zoho_module())
    }

    /// Returns the reasons why the module cannot work as configured, in words.
    pub fn warnings(&self, mappings: &[FieldMapping]) -> Vec<String> {
        let mut warnings = self.layout.unread.warnings();
        if self.schedule_mode == ScheduleMode::Cron && self.schedule_cron.is_none() {
            warnings.push("mode cron without an expression: not scheduled".to_owned());
        } else if !self.schedule_mode.fires() {
            let mode = self.schedule_mode.as_str();
            warnings.push(format!(
                "the mode {mode} is stored, but nothing starts runs by it yet: start them over the API or with sigma-sync"
            ));
        }
        if self.name == ModuleName::Grades {
            return warnings;
        }
        let missing = mapping::unmapped(self.name, mappings).into_iter();
        warnings.extend(missing.map(|field| format!("required field {field} is not mapped")));
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(
        enabled: Option<bool>,
        mode: Option<&str>,
        cron: Option<&str>,
    ) -> Result<ModulePatch, Vec<FieldFault>> {
        ModulePatch::parse(enabled, mode.map(Into::into), cron.map(Into::into), None)
    }

    #[test]
    fn grades_stay_off_outward() {
        let mut grades = Module::new(ModuleName::Grades);
        assert!(!grades.enabled);
        let on = || patch(Some(true), None, None).expect("fits");
        assert_eq!(grades.apply(on(), false), Err(ModuleRefusal::Grades(GradesOutward)));
        assert!(grades.apply(patch(Some(false), Some("cron"), None).expect("fits"), false).is_ok());
        assert!(grades.apply(on(), true).is_ok(), "the tenant lets grades flow back");
        assert!(GradesOutward.to_string().contains("Moodle -> Zoho"));
    }

    #[test]
    fn an_unset_field_keeps_its_value() {
        let mut module = Module::new(ModuleName::Students);
        module
            .apply(patch(None, Some("cron"), Some("0 */6 * * *")).expect("fits"), false)
            .expect("applies");
        module.apply(patch(None, Some("manual"), None).expect("fits"), false).expect("applies");
        assert_eq!(module.schedule_cron.as_deref(), Some("0 */6 * * *"));
        assert_eq!(module.schedule_mode, ScheduleMode::Manual);
    }

    #[test]
    fn a_schedule_that_nothing_fires_is_told() {
        for (mode, cron, word) in [
            ("manual", "0 6 * * *", None),
            ("cron", "0 6 * * *", Some("the mode cron is stored")),
            ("webhook", "0 6 * * *", Some("the mode webhook is stored")),
            ("cron", "", Some("mode cron without an expression")),
        ] {
            let mut module = Module::new(ModuleName::Grades);
            let cron = Some(cron).filter(|cron| !cron.is_empty());
            module.apply(patch(None, Some(mode), cron).expect("fits"), true).expect("applies");
            let warnings = module.warnings(&[]);
            assert_eq!(warnings.len(), usize::from(word.is_some()), "{mode}: {warnings:?}");
            assert!(word.is_none_or(|word| warnings[0].starts_with(word)), "{mode}: {warnings:?}");
        }
    }

    #[test]
    fn every_fault_is_named() {
        let faults = patch(None, Some("hourly"), Some("* *")).expect_err("faults");
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["schedule_mode", "schedule_cron"]);
    }
}

//! Modules: list and change.

use {
    super::Control,
    crate::{
        domain::{
            access::{Permission, Principal},
            audit::{Action, Author, Change},
            code,
            mapping::FieldMapping,
            module::{Module, ModuleName, ModulePatch, ModuleRefusal},
        },
        error::{Code, Error, Result},
        store::AuditEntry,
    },
    serde_json::{Value, json},
};

/// A module with the reasons why it cannot work as configured.
#[derive(Debug, Clone, PartialEq)]
pub struct ModuleView {
    /// The module.
    pub module: Module,
    /// The reasons, in words; empty if there are none.
    pub warnings: Vec<String>,
}

impl Control {
    /// Lists the modules of the caller's tenant in their fixed order.
    pub async fn list_modules(&self, who: &Principal) -> Result<Vec<ModuleView>> {
        let scope = self.authorise(who, Permission::ModuleRead)?;
        let (modules, mappings) = tokio::try_join!(
            self.store.of(&scope).modules(),
            self.store.of(&scope).all_mappings()
        )?;
        let view = |module: Module| {
            let own: Vec<FieldMapping> = mappings
                .iter()
                .filter(|(name, _)| *name == module.name)
                .map(|(_, row)| row.clone())
                .collect();
            ModuleView { warnings: module.warnings(&own), module }
        };
        Ok(modules.into_iter().filter(|module| scope.holds(module.name)).map(view).collect())
    }

    /// Changes a module's switch, schedule or source and returns it as stored.
    pub async fn update_module(
        &self,
        who: &Principal,
        name: &str,
        patch: ModulePatch,
    ) -> Result<ModuleView> {
        let scope = self.authorise(who, Permission::ModuleWrite)?;
        let name = ModuleName::parse(name).ok_or_else(|| not_configured(name))?;
        let mappings = self.store.of(&scope).mappings(name).await?;
        let tx = self.store.of(&scope).begin().await?;
        let writeback = tx.settings().await?.is_some_and(|settings| settings.grades_writeback);
        // Locked before the module: a task that ends a run locks the run first.
        tx.lock_plans(name).await?;
        let mut module = tx.module(name).await?.ok_or_else(|| not_configured(name.as_str()))?;
        // Setting an unreadable option to the value that it counted as is still a change.
        let planned_by = |module: &Module| (module.layout.unbraked(), module.zoho_module.clone());
        let before = planned_by(&module);
        let told_before = told(&module);
        module.apply(patch, writeback).map_err(|refused| match refused {
            ModuleRefusal::Grades(refused) => {
                Error::new(Code::Refused, code::GRADES_DIRECTION_BLOCKED, refused.to_string())
            }
            ModuleRefusal::Options(faults) => Error::fields(faults),
        })?;
        let at = self.clock.now();
        let change = Change::between(told_before, told(&module));
        let (author, action, resource) = (Author::of(who), Action::UpdateModule, name.as_str());
        let entry = AuditEntry { author, action, resource, change, at };
        tx.save_module(&module, Some(entry), at).await?;
        if before != planned_by(&module) {
            let why = "the module's options were changed after they were planned";
            tx.end_plans(Some(name), why, at).await?;
        }
        tx.commit().await?;
        Ok(ModuleView { warnings: module.warnings(&mappings), module })
    }
}

/// What the audit log keeps of a module.
fn told(module: &Module) -> Value {
    json!({
        "enabled": module.enabled,
        "schedule_mode": module.schedule_mode.as_str(),
        "schedule_cron": module.schedule_cron,
        "zoho_module": module.zoho_module,
        "options": module.layout,
    })
}

pub(super) fn not_configured(name: &str) -> Error {
    Error::new(
        Code::NotFound,
        code::MODULE_NOT_CONFIGURED,
        format!("Module '{name}' not configured"),
    )
}

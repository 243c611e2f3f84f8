//! The look of the widget: read and changed.

use {
    super::{Control, tenant},
    crate::{
        domain::{
            access::{Permission, Principal},
            audit::{Action, Author, Change},
            branding::{Branding, BrandingPatch},
        },
        error::{Error, Result},
        store::AuditEntry,
    },
    serde_json::{Value, json},
    std::sync::Arc,
};

/// The look of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What it has set itself.
    pub own: Branding,
    /// What its people see.
    pub shown: Branding,
}

impl Control {
    /// The same with the look of the deployment, which has been checked.
    #[must_use]
    pub fn with_branding(mut self, branding: Branding) -> Self {
        self.branding = Arc::new(branding);
        self
    }

    /// Returns the look of the caller's tenant.
    pub async fn get_branding(&self, who: &Principal) -> Result<Look> {
        let scope = self.authorise(who, Permission::SettingsRead)?;
        let own = self.store.of(&scope).branding().await?;
        Ok(self.look(own))
    }

    /// Changes the look of the caller's tenant.
    pub async fn update_branding(&self, who: &Principal, patch: BrandingPatch) -> Result<Look> {
        let scope = self.authorise(who, Permission::SettingsWrite)?;
        let tx = self.store.of(&scope).begin().await?;
        // Its lock lets changes of the look come one after the other.
        tx.tenant().await?.ok_or_else(tenant::not_found)?;
        let before = tx.branding().await?;
        let own = before.changed(patch);
        let faults = own.check();
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        tx.save_branding(&own).await?;
        let change = Change::between(told(&before), told(&own));
        let (author, action, resource) = (Author::of(who), Action::UpdateBranding, "branding");
        let at = self.clock.now();
        tx.audit(AuditEntry { author, action, resource, change, at }).await?;
        tx.commit().await?;
        Ok(self.look(own))
    }

    fn look(&self, own: Branding) -> Look {
        Look { shown: own.over(&self.branding), own }
    }
}

/// What the audit log keeps of a look: all but the drawing, of which the size says enough.
fn told(look: &Branding) -> Value {
    let Branding { name, logo, colour, text_colour, support_url } = look;
    let logo = (!logo.is_empty()).then(|| format!("{} bytes", logo.len()));
    json!({
        "name": name, "logo": logo, "colour": colour, "text_colour": text_colour, "support_url": support_url,
    })
}

//! Saved views: listed, saved and deleted.

use {
    super::{Control, tenant},
    crate::{
        domain::{
            access::{Permission, Principal},
            audit::{Action, Author, Change},
            code,
            view::{VIEWS_MAX, View, ViewInput},
        },
        error::{Code, Error, Result},
        store::AuditEntry,
    },
    serde_json::{Value, json},
    uuid::Uuid,
};

impl Control {
    /// Lists the views of the caller's tenant, those of a screen or all.
    pub async fn list_views(&self, who: &Principal, screen: &str) -> Result<Vec<View>> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let mut views = self.store.of(&scope).views().await?;
        views.retain(|view| screen.is_empty() || view.input.screen == screen);
        Ok(views)
    }

    /// Saves a view, in the place of the one with the same screen and name.
    pub async fn save_view(&self, who: &Principal, input: ViewInput) -> Result<View> {
        let scope = self.authorise(who, Permission::ViewWrite)?;
        let faults = input.check();
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let tx = self.store.of(&scope).begin().await?;
        // Its lock lets the views of the tenant change one after the other.
        tx.tenant().await?.ok_or_else(tenant::not_found)?;
        let views = tx.views().await?;
        let same =
            |view: &&View| view.input.screen == input.screen && view.input.name == input.name;
        let before = views.iter().find(same);
        if before.is_none() && views.len() >= VIEWS_MAX {
            let message = code::VIEWS_FULL.advice(&[("max", &VIEWS_MAX)]);
            return Err(Error::new(Code::Refused, code::VIEWS_FULL, message));
        }
        let at = self.clock.now();
        let view = View {
            id: before.map_or_else(Uuid::new_v4, |view| view.id),
            input,
            saved_by: who.name().chars().take(100).collect(),
            saved_at: at,
        };
        tx.save_view(&view).await?;
        let change = match before {
            Some(before) => Change::between(told(before), told(&view)),
            None => Change::made(told(&view)),
        };
        let (author, action, id) = (Author::of(who), Action::SaveView, view.id.to_string());
        tx.audit(AuditEntry { author, action, resource: &id, change, at }).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Deletes a view and returns it as it was.
    pub async fn delete_view(&self, who: &Principal, id: &str) -> Result<View> {
        let scope = self.authorise(who, Permission::ViewWrite)?;
        let id = Uuid::parse_str(id).map_err(|_| not_found())?;
        let tx = self.store.of(&scope).begin().await?;
        tx.tenant().await?.ok_or_else(tenant::not_found)?;
        let view = tx.views().await?.into_iter().find(|view| view.id == id);
        let view = view.ok_or_else(not_found)?;
        tx.delete_view(id).await?;
        let ViewInput { name, screen, query } = &view.input;
        let before = json!({ "name": name, "screen": screen, "query": query, "kept": true });
        let change = Change::between(before, json!({ "kept": false }));
        let (author, action, at) = (Author::of(who), Action::DeleteView, self.clock.now());
        tx.audit(AuditEntry { author, action, resource: &id.to_string(), change, at }).await?;
        tx.commit().await?;
        Ok(view)
    }
}

/// What the audit log keeps of a view.
fn told(view: &View) -> Value {
    let ViewInput { name, screen, query } = &view.input;
    json!({ "name": name, "screen": screen, "query": query })
}

fn not_found() -> Error {
    Error::new(Code::NotFound, code::VIEW_NOT_FOUND, "View not found")
}

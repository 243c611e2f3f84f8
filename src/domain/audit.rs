//! The audit log: who changed what, from where, and what was refused. The actions are a closed list, each with the
//! methods of the API that it covers and the event that it is told as.

use {
    super::{
        access::{Call, Principal, Session},
        event::EventKind,
    },
    chrono::{DateTime, Utc},
    serde_json::{Map, Value},
};

/// The word that an entry has in place of a key for what was done by a command on the host.
pub const HOST: &str = "host";
/// The word that an entry has in place of a key for what the service did by itself.
pub const SERVICE: &str = "service";
/// Refusals of a key that are kept for each hour of the clock.
pub const REFUSALS_MAX: u64 = 100;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Connection settings were changed.
    UpdateSettings,
    /// The look of the widget was changed.
    UpdateBranding,
    /// Links were forgotten.
    ForgetLinks,
    /// A module was changed.
    UpdateModule,
    /// A set of mappings was replaced.
    ReplaceMappings,
    /// A set of mappings went back to an older version.
    RollbackMappings,
    /// Sets of mappings were stored from a file.
    ApplyMappings,
    /// A view was saved.
    SaveView,
    /// A view was deleted.
    DeleteView,
    /// A key was made.
    CreateKey,
    /// A key was changed.
    UpdateKey,
    /// A key got a new secret.
    RotateKey,
    /// A key was revoked.
    RevokeKey,
    /// The host made a platform key.
    BootstrapKey,
    /// A key opened a session.
    CreateSession,
    /// A code was changed into the bearer of its session.
    ClaimSession,
    /// A session was ended.
    RevokeSession,
    /// The sessions of a key were ended.
    RevokeSessions,
    /// A tenant was made.
    CreateTenant,
    /// A tenant was changed.
    UpdateTenant,
    /// The host made the default tenant, or gave it its first mappings again.
    SeedTenant,
    /// A run, or one of each module, was started.
    StartRun,
    /// A run over the failed items of another one was started.
    RetryRun,
    /// What a held run waited for was approved.
    ApproveRun,
    /// What a held run waited for was discarded.
    DiscardRun,
    /// A run was cancelled.
    CancelRun,
    /// The host sealed the data key of the tenant with another master key.
    RewrapDataKey,
    /// The host gave the tenant another data key.
    RenewDataKey,
    /// The host put a copy of the database back.
    RestoreDatabase,
    /// The oldest entries of the audit log were deleted.
    TrimAudit,
}

/// The word of an action, the methods that it covers, and the event that it is told as, if that is not told otherwise.
type Row = (Action, &'static str, &'static [&'static str], EventKind);

const ROWS: [Row; 30] = {
    use {Action as A, EventKind as E};
    [
        (
            A::UpdateSettings,
            "settings.update",
            &["SettingsService/UpdateSettings"],
            E::SettingsChanged,
        ),
        (
            A::UpdateBranding,
            "branding.update",
            &["BrandingService/UpdateBranding"],
            E::SettingsChanged,
        ),
        (
            A::ForgetLinks,
            "settings.forget_links",
            &["SettingsService/ForgetLinks"],
            E::SettingsChanged,
        ),
        (A::UpdateModule, "module.update", &["ModuleService/UpdateModule"], E::ModuleChanged),
        (
            A::ReplaceMappings,
            "mapping.replace",
            &["MappingService/ReplaceMappings"],
            E::MappingChanged,
        ),
        (
            A::RollbackMappings,
            "mapping.rollback",
            &["MappingService/RollbackMappings"],
            E::MappingChanged,
        ),
        (A::ApplyMappings, "mapping.apply", &["MappingService/ApplyMappings"], E::MappingChanged),
        (A::SaveView, "view.save", &["SavedViewService/SaveView"], E::Audited),
        (A::DeleteView, "view.delete", &["SavedViewService/DeleteView"], E::Audited),
        (A::CreateKey, "key.create", &["AccessService/CreateKey"], E::KeyChanged),
        (A::UpdateKey, "key.update", &["AccessService/UpdateKey"], E::KeyChanged),
        (A::RotateKey, "key.rotate", &["AccessService/RotateKey"], E::KeyChanged),
        (A::RevokeKey, "key.revoke", &["AccessService/RevokeKey"], E::KeyChanged),
        (A::BootstrapKey, "key.bootstrap", &[], E::KeyChanged),
        (A::CreateSession, "session.create", &["AccessService/CreateSession"], E::SessionChanged),
        (A::ClaimSession, "session.claim", &["AccessService/ClaimSession"], E::SessionChanged),
        (A::RevokeSession, "session.revoke", &["AccessService/RevokeSession"], E::SessionChanged),
        (
            A::RevokeSessions,
            "session.revoke_all",
            &["AccessService/RevokeSessions"],
            E::SessionChanged,
        ),
        (A::CreateTenant, "tenant.create", &["TenantService/CreateTenant"], E::TenantChanged),
        (A::UpdateTenant, "tenant.update", &["TenantService/UpdateTenant"], E::TenantChanged),
        (A::SeedTenant, "tenant.seed", &[], E::TenantChanged),
        (
            A::StartRun,
            "run.start",
            &["SyncRunService/TriggerRun", "SyncRunService/TriggerAll"],
            E::Audited,
        ),
        (
            A::RetryRun,
            "run.retry",
            &["SyncRunService/RetryFailed", "SyncRunService/RetryItems"],
            E::Audited,
        ),
        (A::ApproveRun, "run.approve", &["SyncRunService/ApproveRun"], E::RunApproved),
        (A::DiscardRun, "run.discard", &["SyncRunService/DiscardRun"], E::Audited),
        (A::CancelRun, "run.cancel", &["SyncRunService/CancelRun"], E::Audited),
        (A::RewrapDataKey, "master_key.rewrap", &[], E::Audited),
        (A::RenewDataKey, "master_key.renew", &[], E::Audited),
        (A::RestoreDatabase, "database.restore", &[], E::TenantChanged),
        (A::TrimAudit, "audit.trim", &[], E::Audited),
    ]
};

impl Action {
    fn row(self) -> &'static Row {
        // The list has every action; a test holds it to that.
        ROWS.iter().find(|row| row.0 == self).unwrap_or(&ROWS[0])
    }

    /// The word that is stored and sent.
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// The event that it is told as.
    pub fn event(self) -> EventKind {
        self.row().3
    }

    /// Returns the action that a method carries out, by `Service/Method`; `None` for a method that changes nothing.
    pub fn of_method(method: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.2.contains(&method)).map(|row| row.0)
    }
}

/// Returns the word for a call of a method that was refused: that of its action, or the service and the method for one
/// that changes nothing, such as `access.list_keys`.
pub fn method_word(method: &str) -> String {
    if let Some(action) = Action::of_method(method) {
        return action.as_str().to_owned();
    }
    let (service, method) = method.split_once('/').unwrap_or(("", method));
    format!("{}.{}", snake(service.trim_end_matches("Service")), snake(method))
}

fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused for want of a permission.
    Refused,
}

impl Outcome {
    /// The words of the wire.
    pub const WORDS: [&str; 2] = ["done", "refused"];

    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Done, Self::Refused].into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// Who did it, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The person, as the client that acts for it told, such as `crm:USER`; `None` for a call that a key signed.
    pub actor: Option<String>,
    /// The key, `host` or `service`.
    pub key: String,
    /// The session.
    pub session: Option<String>,
    /// The address of the client.
    pub address: Option<String>,
    /// The id of the request.
    pub request_id: Option<String>,
    /// How the call was signed.
    pub scheme: Option<&'static str>,
}

impl Author {
    /// The caller of a method.
    pub fn of(who: &Principal) -> Self {
        Self {
            actor: who.actor.clone(),
            key: who.key.to_string(),
            session: who.session.map(|session| session.to_string()),
            address: who.call.address.map(|address| address.to_string()),
            request_id: who.call.request_id.clone(),
            scheme: Some(who.scheme.as_str()),
        }
    }

    /// The person for whom a session is, who has shown a code and no key.
    pub fn of_session(session: &Session, call: Call) -> Self {
        Self {
            actor: Some(session.actor.clone()),
            session: Some(session.id.to_string()),
            address: call.address.map(|address| address.to_string()),
            request_id: call.request_id,
            ..Self::own(session.key.as_str())
        }
    }

    /// A command on the host.
    pub fn host() -> Self {
        Self::own(HOST)
    }

    /// The service by itself.
    pub fn service() -> Self {
        Self::own(SERVICE)
    }

    fn own(key: &str) -> Self {
        Self {
            actor: None,
            key: key.to_owned(),
            session: None,
            address: None,
            request_id: None,
            scheme: None,
        }
    }
}

/// What changed: the values before and after it, by the names of the fields. A secret is only said to be `set`,
/// `replaced` or `cleared`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Change {
    before: Map<String, Value>,
    after: Map<String, Value>,
}

impl Change {
    /// A change of a thing that was not there before, from an object of its fields.
    pub fn made(after: Value) -> Self {
        Self::default().with_after(after)
    }

    /// Adds a field.
    pub fn note(&mut self, name: &str, before: Value, after: Value) {
        self.before.insert(name.to_owned(), before);
        self.after.insert(name.to_owned(), after);
    }

    /// Adds a field whose value is a secret. An empty one clears it.
    pub fn note_secret(&mut self, name: &str, was_set: bool, new: &str) {
        let before = if was_set { Value::from("set") } else { Value::Null };
        let after = match (new.is_empty(), was_set) {
            (true, _) => "cleared",
            (false, true) => "replaced",
            (false, false) => "set",
        };
        self.note(name, before, after.into());
    }

    /// Adds the fields of objects from before and after.
    #[must_use]
    pub fn between(before: Value, after: Value) -> Self {
        let mut change = Self::made(after);
        if let Value::Object(fields) = before {
            change.before.extend(fields);
        }
        change
    }

    fn with_after(mut self, after: Value) -> Self {
        if let Value::Object(fields) = after {
            self.after.extend(fields);
        }
        self
    }

    /// The values after it of the fields that were asked to change.
    pub const fn after(&self) -> &Map<String, Value> {
        &self.after
    }

    /// Returns whether a field was asked to change, and to another value.
    pub fn differs(&self, name: &str) -> bool {
        self.before.get(name) != self.after.get(name)
    }

    /// Returns the values before, if there were any, and those after.
    pub fn into_parts(self) -> (Option<Value>, Value) {
        let before = (!self.before.is_empty()).then_some(Value::Object(self.before));
        (before, Value::Object(self.after))
    }
}

/// A stored entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// When it was done.
    pub at: DateTime<Utc>,
    /// The person.
    pub actor: Option<String>,
    /// The key, `host` or `service`.
    pub key: String,
    /// The session.
    pub session: Option<String>,
    /// The address of the client.
    pub address: Option<String>,
    /// The id of the request.
    pub request_id: Option<String>,
    /// How the call was signed.
    pub scheme: Option<String>,
    /// What was done, such as `module.update`.
    pub action: String,
    /// What it was done to.
    pub resource: String,
    /// The values before it.
    pub before: Option<Value>,
    /// The values after it.
    pub after: Value,
    /// How it went.
    pub outcome: Outcome,
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json, std::collections::BTreeSet};

    #[test]
    fn each_action_has_a_row_of_its_own() {
        let words: BTreeSet<&str> = ROWS.iter().map(|row| row.1).collect();
        assert_eq!(words.len(), ROWS.len());
        for row in &ROWS {
            assert_eq!(row.0.as_str(), row.1);
            for method in row.2 {
                assert_eq!(Action::of_method(method), Some(row.0));
            }
        }
    }

    #[test]
    fn a_refused_method_has_a_word() {
        assert_eq!(method_word("ModuleService/UpdateModule"), "module.update");
        assert_eq!(method_word("AccessService/ListKeys"), "access.list_keys");
        assert_eq!(method_word("SyncRunService/WatchRun"), "sync_run.watch_run");
    }

    #[test]
    fn a_secret_is_never_told() {
        let mut change = Change::default();
        change.note_secret("a", false, "canary");
        change.note_secret("b", true, "canary");
        change.note_secret("c", true, "");
        let (before, after) = change.into_parts();
        assert_eq!(before, Some(json!({"a": null, "b": "set", "c": "set"})));
        assert_eq!(after, json!({"a": "set", "b": "replaced", "c": "cleared"}));
    }
}

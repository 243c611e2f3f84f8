//! The events of a tenant: the closed list of what is told to those who watch, and what the end of a run says about the
//! connections. An event is stored in the transaction of the change that it tells of.

use {
    super::code::{Code, Provider},
    chrono::{DateTime, Utc},
    serde_json::Value,
};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A run was accepted.
    RunQueued,
    /// A worker took a run for the first time.
    RunStarted,
    /// A run begins to wait for another system, or for its turn there.
    RunWaiting,
    /// A run waits for an approval.
    RunHeld,
    /// What a held run waited for was approved.
    RunApproved,
    /// A run ended.
    RunEnded,
    /// Connection settings were changed, or links were forgotten.
    SettingsChanged,
    /// A module was changed.
    ModuleChanged,
    /// Mappings were changed.
    MappingChanged,
    /// A key was made, changed, rotated or revoked.
    KeyChanged,
    /// A session was made or revoked.
    SessionChanged,
    /// The tenant was made or changed.
    TenantChanged,
    /// A run ended or waits because of a connection that had worked.
    ConnectionBroken,
    /// A run got through on a connection that had been broken.
    ConnectionMended,
    /// An entry of the audit log that is none of the above. Only those who watch the audit log are told.
    Audited,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 15] = [
        Self::RunQueued,
        Self::RunStarted,
        Self::RunWaiting,
        Self::RunHeld,
        Self::RunApproved,
        Self::RunEnded,
        Self::SettingsChanged,
        Self::ModuleChanged,
        Self::MappingChanged,
        Self::KeyChanged,
        Self::SessionChanged,
        Self::TenantChanged,
        Self::ConnectionBroken,
        Self::ConnectionMended,
        Self::Audited,
    ];

    /// The word that is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RunQueued => "run.queued",
            Self::RunStarted => "run.started",
            Self::RunWaiting => "run.waiting",
            Self::RunHeld => "run.held",
            Self::RunApproved => "run.approved",
            Self::RunEnded => "run.ended",
            Self::SettingsChanged => "settings.changed",
            Self::ModuleChanged => "module.changed",
            Self::MappingChanged => "mapping.changed",
            Self::KeyChanged => "key.changed",
            Self::SessionChanged => "session.changed",
            Self::TenantChanged => "tenant.changed",
            Self::ConnectionBroken => "connection.broken",
            Self::ConnectionMended => "connection.mended",
            Self::Audited => "audit.entry",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// An event that has its place in the order of its tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its place: greater than those of all earlier events of the tenant.
    pub sequence: i64,
    /// What happened.
    pub kind: EventKind,
    /// The id of what it happened to, such as that of a run.
    pub subject: String,
    /// What else is told, as an object.
    pub data: Value,
    /// When it happened.
    pub at: DateTime<Utc>,
}

/// The systems that a tenant is connected to.
pub const SYSTEMS: [Provider; 2] = [Provider::Zoho, Provider::Moodle];

/// What an event says about the connection to a system: `Some(None)` that it works, `Some(Some(code))` that it is broken
/// and why, and `None` that nothing is known. Dry runs say nothing.
pub fn connection(system: Provider, kind: EventKind, data: &Value) -> Option<Option<Code>> {
    let text = |name: &str| data[name].as_str();
    let error = text("error_code").map(Code::find);
    let named = text("system");
    let is_its = |code: Code| match named {
        Some(named) => named == system.as_str(),
        None => code.row().provider == system,
    };
    match (kind, text("state"), error) {
        _ if data["dry_run"] == true => None,
        (EventKind::RunWaiting, _, Some(Some(code))) if named.is_some() && is_its(code) => {
            Some(Some(code))
        }
        (EventKind::RunEnded, Some("failed"), Some(Some(code))) if is_its(code) => Some(Some(code)),
        (EventKind::RunEnded, Some("completed" | "partial"), None) => Some(None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::domain::code, serde_json::json};

    #[test]
    fn words_read_back() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::parse(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn only_a_run_that_failed_or_waits_by_a_system_says_that_it_is_broken() {
        let ended = |system: Provider, state: &str, error: Option<&str>| {
            let data = json!({ "state": state, "error_code": error, "dry_run": false });
            connection(system, EventKind::RunEnded, &data)
        };
        let zoho = |state: &str, error| ended(Provider::Zoho, state, error);
        let broken = code::all().find(|code| code.row().provider == Provider::Zoho);
        let broken = broken.expect("a code of Zoho");
        assert_eq!(zoho("failed", Some(broken.word())), Some(Some(broken)));
        assert_eq!(ended(Provider::Moodle, "failed", Some(broken.word())), None);
        for (state, error) in [("failed", None), ("failed", Some("GONE")), ("cancelled", None)] {
            assert_eq!(zoho(state, error), None, "{state}");
        }
        assert_eq!(zoho("partial", Some(code::REMOVALS_DISCARDED.word())), None);
        assert_eq!((zoho("completed", None), zoho("partial", None)), (Some(None), Some(None)));
        // A code of both systems says which of them it is where it is named, and nothing elsewhere.
        let down = code::UPSTREAM_UNREACHABLE;
        let mut data = json!({ "state": "failed", "error_code": down.word(), "dry_run": false });
        let both = |data: &Value| {
            [EventKind::RunWaiting, EventKind::RunEnded].map(|kind| {
                SYSTEMS.map(|system| connection(system, kind, data).flatten() == Some(down))
            })
        };
        assert_eq!(both(&data), [[false, false], [false, false]]);
        data["system"] = json!("moodle");
        assert_eq!(both(&data), [[false, true], [false, true]]);
        data["dry_run"] = json!(true);
        assert_eq!(both(&data), [[false, false], [false, false]]);
    }
}

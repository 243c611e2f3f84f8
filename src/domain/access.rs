//! Who may do what: roles, permissions, and the caller of a verified request.

mod cidr;
mod key;
mod session;

pub use {
    cidr::Cidr,
    key::{
        KEYS_MAX, Key, KeySecret, OVERLAP_S, OVERLAPS_S, SCHEMES, SchemeChoice, check_expiry,
        check_name, parse_cidrs, parse_roles,
    },
    session::{CODE_S, SESSIONS_MAX, Session, SessionInput, SessionTerms, TTL_S, TTLS_S, may_lend},
};

use {
    super::{
        id::{KeyId, SessionId, TenantId},
        module::ModuleName,
    },
    std::net::IpAddr,
};

/// What a key may be used for (docs/src/security.md, "Keys and roles").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Runs the deployment: all tenants.
    Platform,
    /// Runs a tenant: everything of its own.
    Owner,
    /// Works in a tenant: everything but its connections.
    Operator,
    /// Looks at a tenant.
    Viewer,
}

impl Role {
    const ALL: [Self; 4] = [Self::Platform, Self::Owner, Self::Operator, Self::Viewer];
    /// The words of the wire.
    pub const WORDS: [&str; 4] = ["platform", "owner", "operator", "viewer"];

    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Owner => "owner",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Reads the stored words of a key's roles; one that this version does not know grants nothing.
    pub fn split(words: &str) -> Vec<Self> {
        words.split(',').filter_map(Self::parse).collect()
    }

    /// Writes the roles of a key as they are stored.
    pub fn join(roles: &[Self]) -> String {
        roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(",")
    }

    pub const fn allows(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::Platform => {
                matches!(
                    permission,
                    P::TenantRead
                        | P::TenantCreate
                        | P::TenantUpdate
                        | P::KeyRead
                        | P::KeyWrite
                        | P::AuditRead
                        | P::SessionCreate
                )
            }
            Self::Owner => !matches!(permission, P::TenantCreate | P::TenantUpdate),
            Self::Operator => !matches!(
                permission,
                P::TenantCreate
                    | P::TenantUpdate
                    | P::SettingsWrite
                    | P::KeyRead
                    | P::KeyWrite
                    | P::AuditRead
                    | P::SessionCreate
                    | P::WebhookRead
                    | P::WebhookWrite
            ),
            Self::Viewer => matches!(
                permission,
                P::TenantRead
                    | P::SettingsRead
                    | P::ModuleRead
                    | P::MappingRead
                    | P::RunRead
                    | P::MetadataRead
            ),
        }
    }
}

/// A permission. Every method of the API requires one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Read a tenant.
    TenantRead,
    /// Create a tenant.
    TenantCreate,
    /// Change a tenant.
    TenantUpdate,
    /// Read keys.
    KeyRead,
    /// Make, change, rotate and revoke keys.
    KeyWrite,
    /// Read connection settings.
    SettingsRead,
    /// Change connection settings.
    SettingsWrite,
    /// Read modules.
    ModuleRead,
    /// Change modules.
    ModuleWrite,
    /// Read mappings.
    MappingRead,
    /// Change mappings.
    MappingWrite,
    /// Read runs.
    RunRead,
    /// Start runs.
    RunStart,
    /// Cancel runs.
    RunCancel,
    /// Approve or discard removals that wait for a decision.
    RunApprove,
    /// Read metadata.
    MetadataRead,
    /// Read the audit log.
    AuditRead,
    /// Open sessions.
    SessionCreate,
    /// Read webhooks.
    WebhookRead,
    /// Change webhooks.
    WebhookWrite,
    /// Change schedules.
    ScheduleWrite,
    /// Save and delete views.
    ViewWrite,
}

impl Permission {
    /// All permissions.
    pub const ALL: [Self; 22] = [
        Self::TenantRead,
        Self::TenantCreate,
        Self::TenantUpdate,
        Self::KeyRead,
        Self::KeyWrite,
        Self::SettingsRead,
        Self::SettingsWrite,
        Self::ModuleRead,
        Self::ModuleWrite,
        Self::MappingRead,
        Self::MappingWrite,
        Self::RunRead,
        Self::RunStart,
        Self::RunCancel,
        Self::RunApprove,
        Self::MetadataRead,
        Self::AuditRead,
        Self::SessionCreate,
        Self::WebhookRead,
        Self::WebhookWrite,
        Self::ScheduleWrite,
        Self::ViewWrite,
    ];

    /// The word of the protos.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TenantRead => "tenant.read",
            Self::TenantCreate => "tenant.create",
            Self::TenantUpdate => "tenant.update",
            Self::KeyRead => "key.read",
            Self::KeyWrite => "key.write",
            Self::SettingsRead => "settings.read",
            Self::SettingsWrite => "settings.write",
            Self::ModuleRead => "module.read",
            Self::ModuleWrite => "module.write",
            Self::MappingRead => "mapping.read",
            Self::MappingWrite => "mapping.write",
            Self::RunRead => "run.read",
            Self::RunStart => "run.start",
            Self::RunCancel => "run.cancel",
            Self::RunApprove => "run.approve",
            Self::MetadataRead => "metadata.read",
            Self::AuditRead => "audit.read",
            Self::SessionCreate => "session.create",
            Self::WebhookRead => "webhook.read",
            Self::WebhookWrite => "webhook.write",
            Self::ScheduleWrite => "schedule.write",
            Self::ViewWrite => "view.write",
        }
    }

    /// Reads the word of the protos.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == word)
    }
}

/// How a request showed who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// The earlier service's scheme, without its holes.
    V1,
    /// The profile of RFC 9421.
    V2,
    /// The bearer of a session, without a signature.
    Session,
}

impl Scheme {
    /// The word of the wire, of the metrics and of the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::Session => "session",
        }
    }

    /// Reads the word of a scheme that signs.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::V1, Self::V2].into_iter().find(|scheme| scheme.as_str() == word)
    }

    /// Returns whether a key that demands `least` may sign so.
    pub const fn satisfies(self, least: Self) -> bool {
        !matches!((self, least), (Self::V1, Self::V2))
    }
}

/// A verified caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The tenant whose data the caller may use.
    pub tenant: TenantId,
    /// The key that signed, or that opened the session.
    pub key: KeyId,
    /// What the key may be used for.
    pub roles: Vec<Role>,
    /// How it showed that.
    pub scheme: Scheme,
    /// True for a key that opens sessions and does nothing else.
    pub only_mint: bool,
    /// The session that the key opened for the caller; `None` for the key itself.
    pub session: Option<SessionId>,
    /// The person who uses the session, as the key's owner says.
    pub actor: Option<String>,
    /// The modules that the session is narrowed to; `None` for all.
    pub modules: Option<Vec<ModuleName>>,
    /// The call that it made.
    pub call: Call,
}

/// What the audit log keeps of a call, besides its caller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Call {
    /// The address of the client.
    pub address: Option<IpAddr>,
    /// The id of the request, which the answer and the log have too.
    pub request_id: Option<String>,
}

/// What a call without a credential says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Visitor {
    /// See [`Call`].
    pub call: Call,
    /// What its headers `Origin` say, of which a browser sends one at most.
    pub origins: Vec<Vec<u8>>,
}

/// Returns whether what is for the page of an origin is for a call with these headers `Origin`. A call without any is not
/// one of a page that was made to send it: browsers send the header with every request that can change something, and
/// with all requests across origins.
pub fn is_for_page<'a>(own: Option<&str>, mut given: impl Iterator<Item = &'a [u8]>) -> bool {
    own.is_none_or(|own| given.all(|given| given == own.as_bytes()))
}

impl Principal {
    /// Returns whether any role of the caller has the permission.
    pub fn allows(&self, permission: Permission) -> bool {
        use Permission as P;
        (!self.only_mint || permission == P::SessionCreate)
            // What outlives a session is not made by one.
            && (self.session.is_none() || !matches!(permission, P::KeyWrite | P::SessionCreate))
            && self.roles.iter().any(|role| role.allows(permission))
    }

    /// The name of the caller: the person of a session, or the key.
    pub fn name(&self) -> &str {
        self.actor.as_deref().unwrap_or(self.key.as_str())
    }

    /// True for a caller who runs the deployment.
    pub fn is_platform(&self) -> bool {
        self.roles.contains(&Role::Platform)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_grow_from_viewer_to_owner() {
        let granted = |role: Role| Permission::ALL.into_iter().filter(|p| role.allows(*p)).count();
        assert_eq!(
            [Role::Viewer, Role::Operator, Role::Owner, Role::Platform].map(granted),
            [6, 13, 20, 7]
        );
        assert!(!Role::Owner.allows(Permission::TenantCreate));
        assert!(!Role::Operator.allows(Permission::SettingsWrite));
    }

    #[test]
    fn a_key_of_v2_does_not_sign_in_v1() {
        use Scheme::{Session, V1, V2};
        for (used, least, may) in
            [(V1, V1, true), (V2, V1, true), (V2, V2, true), (Session, V2, true), (V1, V2, false)]
        {
            assert_eq!(used.satisfies(least), may, "{used:?} {least:?}");
        }
    }

    #[test]
    fn what_is_for_a_page_is_not_for_another() {
        let own = Some("https://a.example");
        let [a, b] = [&b"https://a.example"[..], b"https://b.example"];
        for (own, given, is_for) in [
            (None, &[a, b][..], true),
            (own, &[], true),
            (own, &[a], true),
            (own, &[b], false),
            (own, &[a, b], false),
        ] {
            assert_eq!(is_for_page(own, given.iter().copied()), is_for, "{own:?} {given:?}");
        }
    }

    #[test]
    fn a_caller_may_do_what_one_of_its_roles_may() {
        use Permission::{KeyWrite, RunStart, SessionCreate, SettingsRead, TenantCreate};
        let all = [KeyWrite, RunStart, SessionCreate, SettingsRead, TenantCreate];
        let key = Principal {
            tenant: TenantId::parse("acme").expect("an id"),
            key: KeyId::parse("ek_1").expect("an id"),
            roles: vec![Role::Owner],
            scheme: Scheme::V2,
            only_mint: false,
            session: None,
            actor: None,
            modules: None,
            call: Call::default(),
        };
        let may = |who: &Principal| {
            all.into_iter().filter(|permission| who.allows(*permission)).collect::<Vec<_>>()
        };
        assert_eq!(may(&key), [KeyWrite, RunStart, SessionCreate, SettingsRead]);
        assert_eq!((key.name(), key.is_platform()), ("ek_1", false));
        let minting = Principal { only_mint: true, ..key.clone() };
        assert_eq!(may(&minting), [SessionCreate]);
        let id = SessionId(uuid::Uuid::nil());
        let session = Principal { session: Some(id), actor: Some("crm:1".into()), ..key.clone() };
        assert_eq!(may(&session), [RunStart, SettingsRead]);
        assert_eq!(session.name(), "crm:1");
        assert!(may(&Principal { session: session.session, ..minting }).is_empty());
        let roles = vec![Role::Viewer, Role::Platform];
        let two = Principal { roles, ..key.clone() };
        assert_eq!(may(&two), [KeyWrite, SessionCreate, SettingsRead, TenantCreate]);
        assert!(two.is_platform());
        assert!(may(&Principal { roles: Vec::new(), ..key }).is_empty());
    }

    #[test]
    fn words_read_back() {
        let roles = vec![Role::Owner, Role::Viewer];
        assert_eq!(Role::join(&roles), "owner,viewer");
        assert_eq!(Role::split("owner,root,viewer"), roles);
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.as_str()), Some(permission));
        }
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
    }
}

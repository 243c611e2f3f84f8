//! Sessions: what a key lends to a person for some minutes, at most what the key itself may do.

use {
    super::Role,
    crate::domain::{
        fault::{Fault, FieldFault},
        id::{KeyId, SessionId},
        invisible,
        module::ModuleName,
    },
    chrono::{DateTime, Utc},
    std::ops::RangeInclusive,
    url::Url,
};

/// Most sessions of a key that have not ended.
pub const SESSIONS_MAX: usize = 100;
/// How long a session lasts, in seconds, if its maker does not say.
pub const TTL_S: i64 = 900;
/// What the maker may say. It is also how long support access lasts.
pub const TTLS_S: RangeInclusive<i64> = 1..=1_800;
/// How long a code can be claimed, in seconds.
pub const CODE_S: i64 = 300;
/// The words of the roles that a session can have.
const ROLES: [&str; 3] = ["owner", "operator", "viewer"];
/// Longest actor, origin and reason, in characters.
const ACTOR_MAX: usize = 100;
const ORIGIN_MAX: usize = 255;
const REASON_MAX: usize = 500;

/// A session that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The key that opened it.
    pub key: KeyId,
    /// What it may be used for.
    pub role: Role,
    /// The person who uses it, as its maker says, such as `crm:4876876000000225013`.
    pub actor: String,
    /// The modules that it is narrowed to; empty for all.
    pub modules: Vec<ModuleName>,
    /// The origin of the page that uses it; requests of other pages are refused.
    pub origin: Option<String>,
    /// Why the operator of the deployment looks at the tenant's data; `None` for a session of the tenant's own.
    pub reason: Option<String>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    pub expires_at: DateTime<Utc>,
    /// True while its code waits to be claimed.
    pub is_pending: bool,
}

/// A session to open, unchecked.
#[derive(Debug, Clone, Default)]
pub struct SessionInput {
    /// The word of its role.
    pub role: String,
    /// The person who uses it.
    pub actor: String,
    /// Words of the modules that it is narrowed to; empty for all.
    pub modules: Vec<String>,
    /// The origin of the page that uses it.
    pub origin: Option<String>,
    /// How long it lasts, in seconds.
    pub ttl_s: Option<i64>,
    /// Why the operator of the deployment looks at the tenant's data.
    pub reason: Option<String>,
    /// True for a code that is changed into the session's bearer once.
    pub as_code: bool,
}

/// What of a session its maker decides, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionTerms {
    /// See [`Session`].
    pub role: Role,
    /// See [`Session`].
    pub actor: String,
    /// See [`Session`].
    pub modules: Vec<ModuleName>,
    /// See [`Session`].
    pub origin: Option<String>,
    /// See [`Session`].
    pub reason: Option<String>,
    /// How long it lasts, in seconds.
    pub ttl_s: i64,
}

impl SessionInput {
    /// Checks all fields. `is_support` is true for a session of the operator of the deployment in a tenant's data, which
    /// needs a reason; no other session has one.
    ///
    /// # Errors
    /// Every fault.
    pub fn check(self, is_support: bool) -> Result<SessionTerms, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let mut wrong = |field: &str, fault: Fault| faults.push(FieldFault::new(field, fault));
        let role = match Role::parse(&self.role) {
            None if is_support && self.role.is_empty() => Role::Viewer,
            Some(Role::Platform) | None => {
                wrong("role", Fault::Literal { expected: &ROLES });
                Role::Viewer
            }
            Some(role) => role,
        };
        if let Some(fault) = text_fault(&self.actor, ACTOR_MAX) {
            wrong("actor", fault);
        }
        let mut modules = Vec::new();
        for (at, word) in self.modules.iter().enumerate() {
            match ModuleName::parse(word) {
                Some(module) if !modules.contains(&module) => modules.push(module),
                Some(_) => {}
                None => wrong(
                    &format!("modules[{at}]"),
                    Fault::Literal { expected: &ModuleName::WORDS },
                ),
            }
        }
        if let Some(origin) = &self.origin
            && !is_origin(origin)
        {
            let text =
                "an origin has a scheme, a host and perhaps a port, such as https://crm.zoho.com";
            wrong("origin", Fault::Value(text.into()));
        }
        let ttl_s = self.ttl_s.unwrap_or(if is_support { *TTLS_S.end() } else { TTL_S });
        if ttl_s < *TTLS_S.start() {
            wrong("ttl_s", Fault::Below { min: *TTLS_S.start() });
        } else if ttl_s > *TTLS_S.end() {
            wrong("ttl_s", Fault::Above { max: *TTLS_S.end() });
        }
        match &self.reason {
            None if is_support => wrong("reason", Fault::Missing),
            Some(_) if !is_support => {
                let text = "only for access to another tenant's data";
                wrong("reason", Fault::Value(text.into()));
            }
            Some(reason) => {
                if let Some(fault) = text_fault(reason, REASON_MAX) {
                    wrong("reason", fault);
                }
            }
            None => {}
        }
        let Self { actor, origin, reason, .. } = self;
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(SessionTerms { role, actor, modules, origin, reason, ttl_s })
    }
}

/// Returns whether a key with these roles may lend a role: one that it has, or a lesser one. The platform role is not
/// lent, and does not allow to lend another one.
pub fn may_lend(roles: &[Role], role: Role) -> bool {
    let rank = |role: Role| match role {
        Role::Platform => 0,
        Role::Viewer => 1,
        Role::Operator => 2,
        Role::Owner => 3,
    };
    role != Role::Platform && roles.iter().any(|own| rank(*own) >= rank(role))
}

/// Returns why a text is not one that can be seen and is short enough.
fn text_fault(text: &str, max: usize) -> Option<Fault> {
    match text.chars().count() {
        _ if text.trim().is_empty() => Some(Fault::TooShort { min: 1 }),
        length if length > max => Some(Fault::TooLong { max }),
        _ if text.contains(|c: char| c.is_control() || invisible::is_invisible(c)) => {
            Some(Fault::Value("characters that cannot be seen are not allowed".into()))
        }
        _ => None,
    }
}

/// Returns whether a text is an origin as browsers send it.
fn is_origin(text: &str) -> bool {
    text.len() <= ORIGIN_MAX
        && Url::parse(text).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> SessionInput {
        SessionInput { role: "viewer".into(), actor: "crm:1".into(), ..SessionInput::default() }
    }

    fn fields(input: SessionInput, is_support: bool) -> Vec<String> {
        let faults = input.check(is_support).err().unwrap_or_default();
        faults.into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn terms_are_checked() {
        let terms = input().check(false).expect("terms");
        assert_eq!((terms.role, terms.ttl_s), (Role::Viewer, 900));
        let text = |text: &str| Some(text.to_owned());
        let bad = [
            (SessionInput { role: "platform".into(), ..input() }, "role"),
            (SessionInput { role: String::new(), ..input() }, "role"),
            (SessionInput { actor: String::new(), ..input() }, "actor"),
            (SessionInput { actor: "a\u{202e}b".into(), ..input() }, "actor"),
            (SessionInput { actor: "x".repeat(101), ..input() }, "actor"),
            (
                SessionInput { modules: vec!["students".into(), "x".into()], ..input() },
                "modules[1]",
            ),
            (SessionInput { origin: text("https://a.example/"), ..input() }, "origin"),
            (SessionInput { origin: text("https://a.example:443"), ..input() }, "origin"),
            (SessionInput { origin: text("null"), ..input() }, "origin"),
            (SessionInput { ttl_s: Some(0), ..input() }, "ttl_s"),
            (SessionInput { ttl_s: Some(1_801), ..input() }, "ttl_s"),
            (SessionInput { reason: text("why"), ..input() }, "reason"),
        ];
        for (input, field) in bad {
            assert_eq!(fields(input.clone(), false), [field], "{input:?}");
        }
        for good in ["https://crm.zoho.com", "http://localhost:5000"] {
            assert!(fields(SessionInput { origin: text(good), ..input() }, false).is_empty());
        }
    }

    #[test]
    fn borders_belong_to_what_is_allowed() {
        let origin = |length: usize| {
            let (begin, end) = ("https://", ".example");
            // No part of a name is longer than 63 letters.
            let parts = "x".repeat(length - begin.len() - end.len()).into_bytes();
            let parts = parts.chunks(50).map(|part| String::from_utf8_lossy(part).into_owned());
            let mut name = parts.collect::<Vec<_>>().join(".");
            name.truncate(length - begin.len() - end.len());
            Some(format!("{begin}{name}{end}"))
        };
        for good in [
            SessionInput { actor: "x".repeat(ACTOR_MAX), ..input() },
            SessionInput { ttl_s: Some(1), ..input() },
            SessionInput { ttl_s: Some(1_800), ..input() },
            SessionInput { origin: origin(ORIGIN_MAX), ..input() },
            SessionInput { origin: Some("http://a.example:81".into()), ..input() },
        ] {
            assert!(fields(good.clone(), false).is_empty(), "{good:?}");
        }
        for bad in [origin(ORIGIN_MAX + 1), Some("ftp://a.example".into()), Some("a".into())] {
            assert_eq!(fields(SessionInput { origin: bad, ..input() }, false), ["origin"]);
        }
        let modules = ["units", "students", "units"].map(str::to_owned).to_vec();
        let terms = SessionInput { modules, ..input() }.check(false).expect("terms");
        assert_eq!(terms.modules, [ModuleName::Units, ModuleName::Students]);
        let support =
            |reason: &str| fields(SessionInput { reason: Some(reason.into()), ..input() }, true);
        assert!(support(&"x".repeat(REASON_MAX)).is_empty());
        assert_eq!(support(&"x".repeat(REASON_MAX + 1)), ["reason"]);
        assert_eq!(support(" "), ["reason"]);
        let ttl = |ttl_s| SessionInput { ttl_s: Some(ttl_s), ..input() }.check(false).unwrap_err();
        assert_eq!(ttl(0)[0].fault, Fault::Below { min: 1 });
        assert_eq!(ttl(1_801)[0].fault, Fault::Above { max: 1_800 });
    }

    #[test]
    fn support_access_needs_a_reason() {
        assert_eq!(fields(input(), true), ["reason"]);
        let reason = Some("ticket 5".to_owned());
        let terms = SessionInput { role: String::new(), reason, ..input() }.check(true);
        let terms = terms.expect("terms");
        assert_eq!((terms.role, terms.ttl_s), (Role::Viewer, 1_800));
    }

    #[test]
    fn no_more_is_lent_than_the_key_has() {
        use Role::{Operator, Owner, Platform, Viewer};
        for (roles, lent) in [
            (vec![Platform], vec![]),
            (vec![Viewer], vec![Viewer]),
            (vec![Operator], vec![Operator, Viewer]),
            (vec![Platform, Owner], vec![Owner, Operator, Viewer]),
        ] {
            let may: Vec<Role> = [Platform, Owner, Operator, Viewer]
                .into_iter()
                .filter(|r| may_lend(&roles, *r))
                .collect();
            assert_eq!(may, lent, "{roles:?}");
        }
    }
}

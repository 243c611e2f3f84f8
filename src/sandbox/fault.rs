//! Fault switches: which calls to spoil, how, and how often. Only the decision is made here;
//! `serve.rs` acts on it.

use serde::{Deserialize, Serialize};

/// The emulated system that a call or a fault belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    Zoho,
    Moodle,
}

/// How a call is spoilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Answers with the fault's HTTP status; nothing is done.
    Status,
    /// Waits before the call goes its usual way.
    Slow,
    /// Closes the connection; nothing is done.
    Cut,
    /// Does what was asked, then closes the connection without an answer.
    CutAfterApply,
    /// Zoho: the access token of the call dies. Moodle: `accessexception` once, then
    /// `invalidtoken`.
    ExpiredToken,
    /// Zoho: `invalid_code` from the token server and `INVALID_TOKEN` from the API. Moodle:
    /// `invalidtoken`.
    RevokedToken,
    /// Zoho: the token server says "Access Denied". Moodle: `accessexception`.
    AccessDenied,
    /// Does what was asked and answers with the first half of the body.
    Truncate,
    /// Does what was asked, promises the whole body, sends half of it and closes the connection.
    CutBody,
    /// Answers 200 with a page of HTML; nothing is done.
    Html,
    /// Answers 200 without a body; nothing is done.
    Empty,
    /// Zoho: 503. Moodle: `sitemaintenance`, or the 503 page when the fault's status says so.
    Maintenance,
}

/// A switched-on fault, as `POST /_sandbox/faults` takes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) target: Target,
    pub(crate) kind: Kind,
    /// HTTP status of the kinds that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// Error code in the body of kind `status`, in place of the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// Length of kind `slow`.
    #[serde(default)]
    pub(crate) delay_ms: u64,
    /// Moodle: name of the function. Zoho: start of the path, with the method before it if wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) function: Option<String>,
    /// How many calls are spoilt; 0 = until cleared.
    #[serde(default = "once")]
    pub(crate) times: u32,
    /// Spoils only every so many-th matching call.
    #[serde(default = "once")]
    pub(crate) every: u32,
    /// Matching calls so far.
    #[serde(default, skip_deserializing)]
    pub(crate) matched: u32,
    /// Spoilt calls so far.
    #[serde(default, skip_deserializing)]
    pub(crate) fired: u32,
}

fn once() -> u32 {
    1
}

/// What to do to a call.
#[derive(Debug, Clone)]
pub(crate) struct Blow {
    pub(crate) kind: Kind,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    /// Whether this fault strikes for the first time.
    pub(crate) first: bool,
}

/// The faults that are switched on, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Switches a fault on.
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Switches all faults off.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the faults with their counts.
    pub(crate) fn list(&self) -> &[Fault] {
        &self.0
    }

    /// Decides about a call: how long to wait, and the first blow that strikes, if any. `operation`
    /// is the name of the Moodle function, or method and path of the Zoho call; `token_call` tells
    /// the token server's calls.
    pub(crate) fn strike(
        &mut self,
        target: Target,
        operation: &str,
        token_call: bool,
    ) -> (u64, Option<Blow>) {
        let mut delay = 0;
        let mut blow = None;
        for fault in &mut self.0 {
            let slow = fault.kind == Kind::Slow;
            if (blow.is_some() && !slow) || !fault.matches(target, operation, token_call) {
                continue;
            }
            fault.matched += 1;
            if fault.matched % fault.every.max(1) != 0 {
                continue;
            }
            fault.fired += 1;
            if slow {
                delay += fault.delay_ms;
            } else {
                let (status, code) = (fault.status, fault.code.clone());
                blow = Some(Blow { kind: fault.kind, status, code, first: fault.fired == 1 });
            }
        }
        (delay, blow)
    }
}

impl Fault {
    fn matches(&self, target: Target, operation: &str, token_call: bool) -> bool {
        if self.target != target || (self.times > 0 && self.fired >= self.times) {
            return false;
        }
        // An access token is only used by the API, and only the token server throttles refreshes.
        let zoho_kind_fits = match self.kind {
            Kind::AccessDenied => token_call,
            Kind::ExpiredToken => !token_call,
            _ => true,
        };
        if target == Target::Zoho && !zoho_kind_fits {
            return false;
        }
        match (&self.function, target) {
            (None, _) => true,
            (Some(name), Target::Moodle) => name == operation,
            (Some(start), Target::Zoho) => {
                let path = operation.split_once(' ').map_or(operation, |(_, path)| path);
                operation.starts_with(start.as_str()) || path.starts_with(start.as_str())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: serde_json::Value) -> Fault {
        serde_json::from_value(text).unwrap_or_else(|error| unreachable!("{error}"))
    }

    #[test]
    fn every_second_call_twice() {
        let mut faults = Faults::default();
        faults.add(fault(
            serde_json::json!({"target": "moodle", "kind": "cut", "every": 2, "times": 2}),
        ));
        let struck: Vec<bool> =
            (0..8).map(|_| faults.strike(Target::Moodle, "f", false).1.is_some()).collect();
        assert_eq!(struck, [false, true, false, true, false, false, false, false]);
    }

    #[test]
    fn slow_adds_to_another_fault() {
        let mut faults = Faults::default();
        faults.add(fault(serde_json::json!({"target": "zoho", "kind": "status", "status": 429})));
        faults.add(fault(serde_json::json!({"target": "zoho", "kind": "slow", "delay_ms": 5})));
        let (delay, blow) = faults.strike(Target::Zoho, "GET /crm/v8/org", false);
        assert_eq!((delay, blow.is_some()), (5, true));
        assert!(faults.strike(Target::Zoho, "GET /crm/v8/org", false).1.is_none());
    }

    #[test]
    fn names_and_paths() {
        let mut faults = Faults::default();
        faults.add(fault(serde_json::json!({
            "target": "zoho", "kind": "empty", "function": "/crm/v8/BTEC", "times": 0
        })));
        assert!(faults.strike(Target::Zoho, "GET /crm/v8/BTEC_Students", false).1.is_some());
        assert!(faults.strike(Target::Zoho, "GET /crm/v8/org", false).1.is_none());
        assert!(faults.strike(Target::Moodle, "/crm/v8/BTEC", false).1.is_none());
    }
}

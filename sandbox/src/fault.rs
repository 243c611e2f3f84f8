//! Fault switches: which calls fail, how, and how often. Only the decision is made here; `serve.rs`
//! acts on it.

use {
    super::{
        data::mix,
        limit::{self, Limit},
        moodle,
    },
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value, json},
};

/// The emulated system that a call or a fault belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    Zoho,
    Moodle,
}

/// Makes the enum of the kinds of faults and their list.
macro_rules! kinds {
    ($( $(#[doc = $doc:literal])+ $name:ident = $word:tt; )+) => {
        /// How a call fails.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum Kind {
            $( $(#[doc = $doc])+ #[serde(rename = $word)] $name, )+
        }

        /// The kinds in their order: word and description.
        pub(crate) const KINDS: &[(&str, &str, Kind)] =
            &[$( ($word, concat!($($doc),+), Kind::$name), )+];
    };
}

kinds! {
    /// Answers with the fault's `status` and `code`; nothing is done.
    Status = "status";
    /// Waits `delay_ms` before the call is processed as usual.
    Slow = "slow";
    /// Closes the connection; nothing is done.
    Cut = "cut";
    /// Carries out the call, then closes the connection without an answer.
    CutAfterApply = "cut_after_apply";
    /// Carries out the first `keep` items of the call, then closes the connection without an answer.
    CutAfterPart = "cut_after_part";
    /// Is silent for `delay_ms` (10 minutes if 0), then closes the connection; nothing is done.
    Hang = "hang";
    /// Carries out the call, then as `hang`.
    HangAfterApply = "hang_after_apply";
    /// Carries out the call and answers with the fault's `status`.
    StatusAfterApply = "status_after_apply";
    /// Zoho: the access token of the call becomes invalid. Moodle: `accessexception` once, then
    /// `invalidtoken`.
    ExpiredToken = "expired_token";
    /// Zoho: `invalid_code` from the token server and `INVALID_TOKEN` from the API. Moodle:
    /// `invalidtoken`.
    RevokedToken = "revoked_token";
    /// Zoho: the token server says "Access Denied". Moodle: `accessexception`.
    AccessDenied = "access_denied";
    /// Moodle: carries out the call; of the lists in the answer only the first half comes, as if the rest were not there.
    Half = "half";
    /// Carries out the call and answers with the first half of the body.
    Truncate = "truncate";
    /// Carries out the call, promises the whole body, sends half of it and closes the connection.
    CutBody = "cut_body";
    /// Carries out the call and sends the body in pieces of `bytes`, each after `delay_ms`.
    Drip = "drip";
    /// Carries out the call and answers with a body that is not UTF-8.
    InvalidUtf8 = "invalid_utf8";
    /// Carries out the call and answers with a text that ends within a pair of escapes.
    LoneSurrogate = "lone_surrogate";
    /// Carries out the call, and PHP prints a notice before the body.
    Notice = "notice";
    /// Answers 200 with a page of HTML; nothing is done.
    Html = "html";
    /// Answers 200 without a body; nothing is done.
    Empty = "empty";
    /// Answers 204; nothing is done.
    NoContent = "no_content";
    /// Answers 200 with an empty list; nothing is done.
    EmptyList = "empty_list";
    /// Answers 200 with a body that is not JSON; nothing is done.
    InvalidJson = "invalid_json";
    /// Answers 200 with a body of `bytes` (256 MiB if 0); nothing is done.
    Oversized = "oversized";
    /// Answers 302, or the fault's `status`, with `location`; nothing is done.
    Redirect = "redirect";
    /// Zoho lists: the page says that it is the last one, whatever follows.
    EarlyEnd = "early_end";
    /// Zoho lists: half of the rows of the page are missing, and `count` still counts them.
    ShortPage = "short_page";
    /// Zoho lists: after the last page comes another page, without end.
    EndlessPages = "endless_pages";
    /// Zoho lists: the page token has expired; only calls with a page token are affected.
    ExpiredPageToken = "expired_page_token";
    /// Zoho lists: the page is answered; then the `records` of its module are deleted.
    ThenDelete = "then_delete";
    /// Zoho lists: the page is answered; then the `records` of its module are edited, which moves
    /// their time of change.
    ThenEdit = "then_edit";
    /// Zoho: 503. Moodle: `sitemaintenance`, or the page of a 503 if `status` says so.
    Maintenance = "maintenance";
}

/// The values of a fault that have limits.
pub(crate) const LIMITS: [(&str, Limit); 8] = [
    ("status", Limit::Range(200, 599)),
    ("delay_ms", Limit::Range(0, 3_600_000)),
    ("bytes", Limit::Range(0, 1 << 30)),
    ("keep", Limit::Range(0, 1_000_000)),
    ("times", Limit::Range(0, 1_000_000_000)),
    ("skip", Limit::Range(0, 1_000_000_000)),
    ("every", Limit::Range(1, 1_000_000_000)),
    ("probability", Limit::Range(0, 1)),
];

/// Methods of Zoho's calls; a function may be a path alone.
const METHODS: [&str; 6] = ["", "GET", "POST", "PUT", "PATCH", "DELETE"];
/// Paths of Zoho's calls.
const RECORDS: &str = "/crm/v8/";
const BULK: &str = "/crm/bulk/v8/";
const TOKENS: &str = "/oauth/";

impl Kind {
    /// Returns the system whose calls it strikes; `None` for a kind that both have.
    pub(crate) fn system(self) -> Option<Target> {
        match self {
            Self::Half | Self::Notice => Some(Target::Moodle),
            _ if self.is_of_lists() => Some(Target::Zoho),
            _ => None,
        }
    }

    /// Tells whether it strikes only the lists of Zoho.
    fn is_of_lists(self) -> bool {
        matches!(
            self,
            Self::EarlyEnd
                | Self::ShortPage
                | Self::EndlessPages
                | Self::ExpiredPageToken
                | Self::ThenDelete
                | Self::ThenEdit
        )
    }
}

/// Makes the struct of a fault and the list of what can be given.
macro_rules! fault {
    (
        $( $(#[doc = $doc:literal])+ $(#[serde($($how:tt)*)])? $name:ident: $type:ty, )+
        counted { $( $(#[doc = $told:literal])+ $count:ident, )+ }
    ) => {
        /// An active fault, in the form of `POST /_sandbox/faults`.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct Fault {
            $( $(#[doc = $doc])+ $(#[serde($($how)*)])? pub(crate) $name: $type, )+
            $( $(#[doc = $told])+ #[serde(default, skip_deserializing)] pub(crate) $count: u32, )+
        }

        /// What can be given for a fault: name, type and description.
        pub(crate) const MEMBERS: &[(&str, &str, &str)] =
            &[$( (stringify!($name), stringify!($type), concat!($($doc),+)), )+];
    };
}

fault! {
    /// The system: `zoho` or `moodle`.
    target: Target,
    /// How the call fails.
    kind: Kind,
    /// HTTP status, for the kinds that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Error code in the body of kind `status`, instead of the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// `Retry-After` of an answer that the fault replaces, in seconds or as it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<String>,
    /// Waiting time in milliseconds, for the kinds that wait.
    #[serde(default)]
    delay_ms: u64,
    /// Size in bytes, for the kinds that have one.
    #[serde(default)]
    bytes: usize,
    /// Number of items that kind `cut_after_part` carries out.
    #[serde(default)]
    keep: usize,
    /// Address to which kind `redirect` leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    /// Numbers of the records that kinds `then_delete` and `then_edit` change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    records: Vec<u32>,
    /// Moodle: name of the function. Zoho: start of the path, optionally with the method before
    /// it. All calls of the system without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    function: Option<String>,
    /// Number of calls that fail, 1 if it is not given; 0 = until the faults are cleared.
    #[serde(default = "once", alias = "count")]
    times: u32,
    /// Number of matching calls that pass first.
    #[serde(default)]
    skip: u32,
    /// Only every Nth matching call fails.
    #[serde(default = "once")]
    every: u32,
    /// Share of the remaining calls that fail, from 0 to 1; the same ones each time.
    #[serde(default = "always")]
    probability: f64,
    counted {
        /// Matching calls so far.
        matched,
        /// Failed calls so far.
        fired,
    }
}

fn once() -> u32 {
    1
}

fn always() -> f64 {
    1.0
}

/// The effect on a call.
#[derive(Debug, Clone)]
pub(crate) struct Blow {
    pub(crate) kind: Kind,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) delay_ms: u64,
    pub(crate) bytes: usize,
    pub(crate) keep: usize,
    pub(crate) location: Option<String>,
    pub(crate) retry_after: Option<String>,
    pub(crate) records: Vec<u32>,
    /// Whether this fault applies for the first time.
    pub(crate) first: bool,
}

/// The facts of a call that faults depend on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'c> {
    pub(crate) target: Target,
    /// Name of the Moodle function, or method and path of the Zoho call.
    pub(crate) operation: &'c str,
    /// Whether the call is for the token server.
    pub(crate) token_call: bool,
    /// Whether the call continues a list by page token.
    pub(crate) page_token: bool,
}

/// The active faults, oldest first.
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

    /// Decides about a call: how long to wait, and the first fault that applies, if any.
    pub(crate) fn strike(&mut self, place: Place<'_>) -> (u64, Option<Blow>) {
        let mut delay = 0;
        let mut blow = None;
        for fault in &mut self.0 {
            let slow = fault.kind == Kind::Slow;
            if (blow.is_some() && !slow) || !fault.matches(place) {
                continue;
            }
            fault.matched += 1;
            if !fault.is_turn() {
                continue;
            }
            fault.fired += 1;
            if slow {
                delay += fault.delay_ms;
            } else {
                blow = Some(Blow {
                    kind: fault.kind,
                    status: fault.status,
                    code: fault.code.clone(),
                    delay_ms: fault.delay_ms,
                    bytes: fault.bytes,
                    keep: fault.keep,
                    location: fault.location.clone(),
                    retry_after: fault.retry_after.clone(),
                    records: fault.records.clone(),
                    first: fault.fired == 1,
                });
            }
        }
        (delay, blow)
    }
}

impl Fault {
    /// Reads a fault that can strike a call.
    ///
    /// # Errors
    /// A member is missing, of another type, outside its limits, or does not fit the kind; the text names it.
    pub(crate) fn read(body: Map<String, Value>) -> Result<Self, String> {
        let usual = json!({"target": "zoho", "kind": "cut"});
        limit::each::<Self>(usual.as_object().unwrap_or(&Map::new()), &body)?;
        for (name, limit) in LIMITS {
            let value = body.get(name).or_else(|| body.get("count").filter(|_| name == "times"));
            value.map_or(Ok(()), |value| limit.check(name, value))?;
        }
        let fault: Self =
            serde_json::from_value(Value::Object(body)).map_err(|error| error.to_string())?;
        fault.fits().map(|()| fault)
    }

    /// Refuses a kind of the other system, and a function whose calls it cannot strike.
    fn fits(&self) -> Result<(), String> {
        let word = KINDS.iter().find(|(.., kind)| *kind == self.kind).map_or("", |(word, ..)| word);
        match self.kind.system() {
            Some(system) if system != self.target => {
                let (own, other) = match system {
                    Target::Zoho => ("Zoho", "Moodle"),
                    Target::Moodle => ("Moodle", "Zoho"),
                };
                return Err(format!(
                    "kind: {word} is a fault of {own}, and {other} does not have it"
                ));
            }
            _ => {}
        }
        if matches!(self.kind, Kind::ThenDelete | Kind::ThenEdit) && self.records.is_empty() {
            return Err(format!("records: {word} needs the numbers of records"));
        }
        let Some(function) = &self.function else { return Ok(()) };
        if self.target == Target::Moodle {
            let known = moodle::has(function);
            let told = || format!("function: {function} is not a function of the emulated Moodle");
            return if known { Ok(()) } else { Err(told()) };
        }
        let (roots, methods): (&[&str], &[&str]) = match self.kind {
            _ if self.kind.is_of_lists() => (&[RECORDS], &["", "GET"]),
            Kind::AccessDenied => (&[TOKENS], &METHODS),
            Kind::ExpiredToken => (&[RECORDS, BULK], &METHODS),
            _ => (&[RECORDS, BULK, TOKENS], &METHODS),
        };
        let (method, path) = function.split_once(' ').unwrap_or(("", function));
        let begins = |root: &&str| path.starts_with(*root) || root.starts_with(path);
        if methods.contains(&method) && !path.is_empty() && roots.iter().any(begins) {
            return Ok(());
        }
        Err(format!("function: no call of Zoho that {word} can strike begins with {function}"))
    }

    fn matches(&self, place: Place<'_>) -> bool {
        if self.target != place.target || (self.times > 0 && self.fired >= self.times) {
            return false;
        }
        // An access token is only used by the API, and only the token server limits refreshes.
        let zoho_kind_fits = match self.kind {
            Kind::AccessDenied => place.token_call,
            Kind::ExpiredToken => !place.token_call,
            Kind::ExpiredPageToken => place.page_token,
            _ => true,
        };
        if place.target == Target::Zoho && !zoho_kind_fits {
            return false;
        }
        let operation = place.operation;
        match (&self.function, place.target) {
            (None, _) => true,
            (Some(name), Target::Moodle) => name == operation,
            (Some(start), Target::Zoho) => {
                let path = operation.split_once(' ').map_or(operation, |(_, path)| path);
                operation.starts_with(start.as_str()) || path.starts_with(start.as_str())
            }
        }
    }

    /// Returns whether the call just matched is one that fails.
    fn is_turn(&self) -> bool {
        let Some(number) = self.matched.checked_sub(self.skip).filter(|number| *number > 0) else {
            return false;
        };
        let dice = (mix(0xfa17, number) >> 11) as f64 / (1_u64 << 53) as f64;
        number % self.every.max(1) == 0 && dice < self.probability
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes(faults: &mut Faults, target: Target, operation: &str) -> (u64, bool) {
        let place = Place { target, operation, token_call: false, page_token: false };
        let (delay, blow) = faults.strike(place);
        (delay, blow.is_some())
    }

    fn fault(text: serde_json::Value) -> Fault {
        Fault::read(text.as_object().cloned().unwrap_or_default())
            .unwrap_or_else(|error| unreachable!("{error}"))
    }

    #[test]
    fn every_second_call_twice() {
        let mut faults = Faults::default();
        faults.add(fault(
            serde_json::json!({"target": "moodle", "kind": "cut", "every": 2, "times": 2}),
        ));
        let struck: Vec<bool> =
            (0..8).map(|_| strikes(&mut faults, Target::Moodle, "f").1).collect();
        assert_eq!(struck, [false, true, false, true, false, false, false, false]);
    }

    #[test]
    fn slow_adds_to_another_fault() {
        let mut faults = Faults::default();
        faults.add(fault(serde_json::json!({"target": "zoho", "kind": "status", "status": 429})));
        faults.add(fault(serde_json::json!({"target": "zoho", "kind": "slow", "delay_ms": 5})));
        assert_eq!(strikes(&mut faults, Target::Zoho, "GET /crm/v8/org"), (5, true));
        assert_eq!(strikes(&mut faults, Target::Zoho, "GET /crm/v8/org"), (0, false));
    }

    #[test]
    fn names_and_paths() {
        let mut faults = Faults::default();
        faults.add(fault(serde_json::json!({
            "target": "zoho", "kind": "empty", "function": "/crm/v8/BTEC", "times": 0
        })));
        assert!(strikes(&mut faults, Target::Zoho, "GET /crm/v8/BTEC_Students").1);
        assert!(!strikes(&mut faults, Target::Zoho, "GET /crm/v8/org").1);
        assert!(!strikes(&mut faults, Target::Moodle, "/crm/v8/BTEC").1);
    }

    #[test]
    fn skip_lets_calls_by_and_count_is_another_word_for_times() {
        let mut faults = Faults::default();
        faults.add(fault(
            serde_json::json!({"target": "zoho", "kind": "cut", "skip": 2, "count": 1}),
        ));
        let struck: Vec<bool> =
            (0..5).map(|_| strikes(&mut faults, Target::Zoho, "GET /x").1).collect();
        assert_eq!(struck, [false, false, true, false, false]);
    }

    #[test]
    fn probability_spoils_a_share_and_the_same_one_each_time() {
        let run = || {
            let mut faults = Faults::default();
            faults.add(fault(serde_json::json!({
                "target": "moodle", "kind": "cut", "probability": 0.3, "times": 0
            })));
            (0..1_000).map(|_| strikes(&mut faults, Target::Moodle, "f").1).collect::<Vec<_>>()
        };
        let struck = run().into_iter().filter(|struck| *struck).count();
        assert!((250..350).contains(&struck), "{struck}");
        assert_eq!(run(), run());
    }
}

//! The meaning of answers of Moodle's web services (docs/src/moodle.md, "Errors"): by status and
//! `errorcode`, never by class or text.

use {
    super::{
        super::{http::Answer, text::clean},
        need::capabilities,
    },
    crate::{
        domain::{
            code::{self, Code, Gaps, Provider},
            tree,
        },
        ports::{ConnectorError, Failure},
    },
    serde::de::IgnoredAny,
    serde_json::{Deserializer, Map, Value},
    std::time::Duration,
};

/// Wait after a maintenance notice that does not say how long.
const MAINTENANCE: Duration = Duration::from_secs(30);
/// Wait after a throttle that does not say how long.
const THROTTLED: Duration = Duration::from_secs(60);

/// Brackets of a text at which an answer is looked for.
const PLACES: usize = 16;
/// Characters of a text that stands beside an answer which are shown.
const SHOWN: usize = 100;

/// Whether a call changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
}

/// Moodle's error codes that say what was wrong with the records, with our codes; an empty one is a
/// PHP error, which has no code.
pub(super) type Codes = &'static [(&'static str, Code)];

/// Error codes that mean the same for every function.
const COMMON: Codes = &[
    ("shortnametaken", code::MOODLE_SHORTNAME_TAKEN),
    ("courseidnumbertaken", code::MOODLE_IDNUMBER_TAKEN),
    ("categoryidnumbertaken", code::MOODLE_IDNUMBER_TAKEN),
    ("idnumbertaken", code::MOODLE_IDNUMBER_TAKEN),
    ("unknowcategory", code::MOODLE_CATEGORY_UNKNOWN),
    ("unknowncategory", code::MOODLE_CATEGORY_UNKNOWN),
    ("errorcatcontextnotvalid", code::MOODLE_CATEGORY_UNKNOWN),
    ("errorcoursecontextnotvalid", code::MOODLE_COURSE_UNKNOWN),
    ("enddatebeforestartdate", code::MOODLE_DATES_INVALID),
    ("nostartdatenoenddate", code::MOODLE_DATES_INVALID),
    ("invaliduser", code::MOODLE_USER_UNKNOWN),
    ("userdeleted", code::MOODLE_USER_UNKNOWN),
    ("wsnoinstance", code::MOODLE_ENROL_METHOD_MISSING),
    ("wsusercannotassign", code::MOODLE_CAPABILITY_MISSING),
];

/// Error codes for a step that an account must take before it may call anything.
const NOT_READY: [&str; 3] =
    ["forcepasswordchangenotice", "sitepolicynotagreed", "usernotfullysetup"];

/// Words of a call that messages name, or must not name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) token: &'a str,
    pub(super) function: &'a str,
}

/// Returns whether a status means that the site gave no real answer.
pub(super) const fn unanswered(status: u16) -> bool {
    matches!(status, 408 | 500..=502 | 504..=599)
}

/// Reads an answer of a web service, or returns the meaning of its error.
pub(super) fn decode(
    kind: Kind,
    answer: &Answer,
    codes: Codes,
    words: Words<'_>,
) -> Result<Value, ConnectorError> {
    if answer.status != 200 {
        return Err(refused_by_status(kind, answer));
    }
    let Ok(value) = tree::value(&answer.body) else {
        let unclear = || protocol(kind, "Moodle's answer is not JSON");
        let beside = beside(&answer.body).filter(|text| !text.is_empty());
        return Err(beside.map_or_else(unclear, |text| dirty(kind, text, words)));
    };
    match &value {
        Value::Object(error)
            if error.contains_key("exception") || error.contains_key("errorcode") =>
        {
            Err(refused_by_moodle(kind, error, codes, words))
        }
        _ => Ok(value),
    }
}

/// Returns the text before or behind an answer: with errors displayed, PHP prints its notices there. `None` where
/// there is no answer beside the text, such as in a page of HTML or an answer that was cut.
fn beside(body: &[u8]) -> Option<&str> {
    let body = std::str::from_utf8(body).ok()?.trim();
    let opens = |byte: u8| matches!(byte, b'{' | b'[');
    let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    if body.bytes().next().is_some_and(opens) {
        let mut documents = Deserializer::from_str(body).into_iter::<IgnoredAny>();
        documents.next()?.ok()?;
        return body.get(documents.byte_offset()..).map(str::trim);
    }
    if let Some(before) = body.strip_suffix("null") {
        return Some(before);
    }
    // Few places, so that a long page costs little; a notice has no brackets.
    let places = body.bytes().enumerate().filter(|(_, byte)| opens(*byte)).take(PLACES);
    let parts = places.filter_map(|(at, _)| body.split_at_checked(at));
    parts.into_iter().find(|(_, rest)| is_json(rest)).map(|(before, _)| before)
}

/// Makes the error for an answer with other text beside it. Of a write it is not known whether it was carried out.
fn dirty(kind: Kind, text: &str, words: Words<'_>) -> ConnectorError {
    let text: String = clean(text, &[words.token]).chars().take(SHOWN).collect();
    let mut error = stopped(code::MOODLE_ANSWER_DIRTY, &[("reason", &text)]);
    if kind == Kind::Write {
        error.failure = Failure::Ambiguous;
    }
    error
}

/// Makes the error for an answer that is not as documented. What a write has done is then unknown.
fn protocol(kind: Kind, message: &str) -> ConnectorError {
    unclear(kind, code::UPSTREAM_PROTOCOL, message)
}

/// Makes the error for a write whose answer is not as documented.
pub(super) fn unclear_write(message: &str) -> ConnectorError {
    protocol(Kind::Write, message)
}

/// Makes the error for a read whose answer is not as documented.
pub(super) fn unclear_read(message: &str) -> ConnectorError {
    protocol(Kind::Read, message)
}

/// Makes the error for a call whose effect is unknown, or that returned nothing.
fn unclear(kind: Kind, code: Code, message: &str) -> ConnectorError {
    let failure = match kind {
        Kind::Read => Failure::Unreachable,
        Kind::Write => Failure::Ambiguous,
    };
    ConnectorError::new(failure, code, message).about(Provider::Moodle)
}

fn refused_by_status(kind: Kind, answer: &Answer) -> ConnectorError {
    let status = answer.status;
    match status {
        300..=399 => stopped(code::MOODLE_REDIRECTED, &[]),
        401 | 403 => {
            let message = "web services or the REST protocol are off on the Moodle site, or it \
                           refuses our address";
            stop(code::MOODLE_SERVICE_OFF, message)
        }
        404 | 405 | 410 => {
            stop(code::MOODLE_SERVICE_OFF, "there is no Moodle web service at this address")
        }
        429 => {
            let code = code::MOODLE_THROTTLED;
            let mut error = ConnectorError::of(Failure::Throttled, code, &[]);
            error.retry_after = answer.retry_after.or(Some(THROTTLED));
            error
        }
        503 => maintenance(answer.retry_after),
        400..=499 if status != 408 => {
            let message = format!("the Moodle site refused the call with status {status}");
            ConnectorError::new(Failure::Rejected, code::MOODLE_REJECTED, message)
        }
        408 | 500..=599 => ConnectorError {
            retry_after: answer.retry_after,
            ..unclear(
                kind,
                code::UPSTREAM_UNREACHABLE,
                &format!("the Moodle site answered with status {status}"),
            )
        },
        _ => protocol(kind, &format!("Moodle's answer with status {status} is not as documented")),
    }
}

/// Returns the meaning of an error object. The text is looked at once, to distinguish missing
/// functions from missing records, which share a code.
fn refused_by_moodle(
    kind: Kind,
    error: &Map<String, Value>,
    codes: Codes,
    Words { token, function }: Words<'_>,
) -> ConnectorError {
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    let (code, said) = (text("errorcode"), text("message"));
    let missing = code == "invalidrecord" && said.contains("external_functions");
    let known = codes.iter().chain(COMMON).find(|(moodle, _)| *moodle == code && !missing);
    if let Some((_, ours)) = known {
        let code = if code.is_empty() { "PHP error" } else { code };
        return refused(*ours, &by_row(*ours, code, &clean(said, &[token])));
    }
    match code {
        "sitemaintenance" => maintenance(None),
        "invalidtoken" => stopped(code::MOODLE_TOKEN_INVALID, &[]),
        "accessexception" => stopped(code::MOODLE_ACCESS_REFUSED, &[("function", &function)]),
        _ if missing => stopped(code::MOODLE_FUNCTION_MISSING, &[("function", &function)]),
        "nopermissions" => {
            let what = format!("{}{}", clean(said, &[token]), capabilities(function));
            stopped(code::MOODLE_CAPABILITY_MISSING, &[("reason", &what)])
        }
        code if code.starts_with("wsaccessuser") || NOT_READY.contains(&code) => {
            let what = format!("{} ({})", clean(said, &[token]), clean(code, &[token]));
            stopped(code::MOODLE_ACCOUNT_REFUSED, &[("reason", &what)])
        }
        "invalidresponse" | "" if kind == Kind::Write => {
            protocol(kind, "Moodle failed while it answered; part of the write may be stored")
        }
        code if code.starts_with("dml") => {
            unclear(kind, code::UPSTREAM_UNREACHABLE, "Moodle's database refused a statement")
        }
        code => {
            let code = clean(if code.is_empty() { "no error code" } else { code }, &[token]);
            rejected(&by_row(code::MOODLE_REJECTED, &code, &clean(said, &[token])))
        }
    }
}

/// Returns the sentence of a code's row for a refusal, with Moodle's own code and words as the reason.
pub(super) fn by_row(code: Code, moodle: &str, said: &str) -> String {
    let reason = format!("{said} ({moodle})");
    let message = code.row().en.message;
    if message.contains("{reason}") {
        code.message(&[("reason", &reason)])
    } else if message.contains('{') {
        // The row has a gap that Moodle's answer cannot fill.
        code::MOODLE_REJECTED.message(&[("reason", &reason)])
    } else {
        format!("{}: {reason}", code.message(&[]))
    }
}

/// Makes the error for a call that was refused because of its content.
pub(super) fn rejected(message: &str) -> ConnectorError {
    refused(code::MOODLE_REJECTED, message)
}

fn refused(code: Code, message: &str) -> ConnectorError {
    ConnectorError::new(Failure::Rejected, code, message.chars().take(500).collect::<String>())
}

/// Makes the error that ends a run.
pub(super) fn stop(code: Code, message: &str) -> ConnectorError {
    ConnectorError::new(Failure::Stop, code, message.chars().take(500).collect::<String>())
}

/// Makes the error that ends a run, with the message of the code's row.
fn stopped(code: Code, gaps: Gaps<'_>) -> ConnectorError {
    ConnectorError::of(Failure::Stop, code, gaps)
}

fn maintenance(named: Option<Duration>) -> ConnectorError {
    let mut error = ConnectorError::of(Failure::Unreachable, code::MOODLE_MAINTENANCE, &[]);
    error.retry_after = named.or(Some(MAINTENANCE));
    error
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json};

    fn told(kind: Kind, status: u16, body: &str) -> ConnectorError {
        told_by(kind, &[], status, body)
    }

    fn told_by(kind: Kind, codes: Codes, status: u16, body: &str) -> ConnectorError {
        let answer = Answer { status, body: body.into(), ..Answer::default() };
        let words = Words { token: "0123456789abcdef", function: "core_test" };
        decode(kind, &answer, codes, words).unwrap_err()
    }

    #[test]
    fn statuses() {
        for (status, failure, code) in [
            (301, Failure::Stop, code::MOODLE_REDIRECTED),
            (303, Failure::Stop, code::MOODLE_REDIRECTED),
            (403, Failure::Stop, code::MOODLE_SERVICE_OFF),
            (404, Failure::Stop, code::MOODLE_SERVICE_OFF),
            (413, Failure::Rejected, code::MOODLE_REJECTED),
            (429, Failure::Throttled, code::MOODLE_THROTTLED),
            (503, Failure::Unreachable, code::MOODLE_MAINTENANCE),
            (502, Failure::Ambiguous, code::UPSTREAM_UNREACHABLE),
            (408, Failure::Ambiguous, code::UPSTREAM_UNREACHABLE),
            (204, Failure::Ambiguous, code::UPSTREAM_PROTOCOL),
        ] {
            let error = told(Kind::Write, status, "<html>");
            assert_eq!((error.failure, error.code), (failure, code), "{status}");
        }
        assert_eq!(told(Kind::Read, 502, "").failure, Failure::Unreachable);
        let named = Some(Duration::from_secs(7));
        for (status, unnamed) in [(429, Some(THROTTLED)), (503, Some(MAINTENANCE)), (502, None)] {
            for (retry_after, wait) in [(named, named), (None, unnamed)] {
                let answer = Answer { status, retry_after, ..Answer::default() };
                let words = Words { token: "0123456789abcdef", function: "core_test" };
                let error = decode(Kind::Read, &answer, &[], words).unwrap_err();
                assert_eq!(error.retry_after, wait, "{status}");
            }
        }
    }

    #[test]
    fn error_codes() {
        use Failure::{Ambiguous, Rejected, Stop, Unreachable};
        for (code, message, read, write, word) in [
            ("sitemaintenance", "", Unreachable, Unreachable, code::MOODLE_MAINTENANCE),
            ("invalidtoken", "", Stop, Stop, code::MOODLE_TOKEN_INVALID),
            ("accessexception", "", Stop, Stop, code::MOODLE_ACCESS_REFUSED),
            ("invalidrecord", "no external_functions", Stop, Stop, code::MOODLE_FUNCTION_MISSING),
            ("invalidrecord", "no course", Rejected, Rejected, code::MOODLE_REJECTED),
            ("nopermissions", "", Stop, Stop, code::MOODLE_CAPABILITY_MISSING),
            ("wsaccessusersuspended", "", Stop, Stop, code::MOODLE_ACCOUNT_REFUSED),
            ("sitepolicynotagreed", "", Stop, Stop, code::MOODLE_ACCOUNT_REFUSED),
            ("dmlwriteexception", "", Unreachable, Ambiguous, code::UPSTREAM_UNREACHABLE),
            ("invalidparameter", "", Rejected, Rejected, code::MOODLE_REJECTED),
            ("<div>Passwords must be</div>", "", Rejected, Rejected, code::MOODLE_REJECTED),
        ] {
            let body =
                json!({"exception": "moodle_exception", "errorcode": code, "message": message})
                    .to_string();
            for (kind, failure) in [(Kind::Read, read), (Kind::Write, write)] {
                let error = told(kind, 200, &body);
                assert_eq!((error.failure, error.code), (failure, word), "{kind:?} {code}");
                assert!(!error.message.contains('<'), "{error}");
            }
        }
        assert_eq!(told(Kind::Write, 200, r#"{"errorcode":"invalidresponse"}"#).failure, Ambiguous);
        assert_eq!(told(Kind::Read, 200, r#"{"errorcode":"invalidresponse"}"#).failure, Rejected);
    }

    #[test]
    fn error_codes_of_records_are_told_by_name() {
        for (code, word) in COMMON {
            let error = told(Kind::Write, 200, &json!({"errorcode": code}).to_string());
            assert_eq!((error.failure, error.code), (Failure::Rejected, *word));
        }
        const CODES: Codes =
            &[("", code::MOODLE_PLUGIN_FAILED), ("invalidrecord", code::MOODLE_GROUP_UNKNOWN)];
        let php = json!({"exception": "TypeError", "message": "x"}).to_string();
        assert_eq!(told_by(Kind::Write, CODES, 200, &php).code, code::MOODLE_PLUGIN_FAILED);
        let record = json!({"errorcode": "invalidrecord", "message": "course"}).to_string();
        assert_eq!(told_by(Kind::Write, CODES, 200, &record).code, code::MOODLE_GROUP_UNKNOWN);
        let missing = json!({"errorcode": "invalidrecord", "message": "external_functions"});
        let missing = told_by(Kind::Write, CODES, 200, &missing.to_string());
        assert_eq!((missing.failure, missing.code), (Failure::Stop, code::MOODLE_FUNCTION_MISSING));
        assert!(missing.message.contains("core_test"), "{missing}");
    }

    #[test]
    fn an_answer_that_cannot_be_read_leaves_a_write_open() {
        let bodies = ["", "<html>", "[{\"id\":1", r#"{"exception":"TypeError","message":"x"}"#];
        for body in bodies {
            assert_eq!(told(Kind::Write, 200, body).failure, Failure::Ambiguous, "{body}");
            assert_ne!(told(Kind::Read, 200, body).failure, Failure::Ambiguous, "{body}");
        }
    }

    #[test]
    fn a_notice_beside_an_answer_is_named_and_ends_the_run() {
        let notice =
            "<br />\n<b>Notice</b>: Undefined 0123456789abcdef in <b>/x.php</b>[3] <br />\n";
        let long = format!("{}[1]", "y".repeat(500));
        for body in [
            format!("{notice}[]"),
            format!("{notice}{{\"warnings\":[]}}"),
            format!("{notice}null"),
            format!("[]{notice}"),
            long.clone(),
        ] {
            for (kind, failure) in [(Kind::Read, Failure::Stop), (Kind::Write, Failure::Ambiguous)]
            {
                let error = told(kind, 200, &body);
                assert_eq!((error.failure, error.code), (failure, code::MOODLE_ANSWER_DIRTY));
                let shown = error.message.contains("Notice : Undefined *** in");
                assert!(shown || body == long, "{error}");
                assert!(!error.message.contains('<') && error.message.len() < 500, "{error}");
            }
        }
        for body in ["", "<html>{}</html>", "[{\"id\":1", "Notice: x [{\"id\":1", "x"] {
            assert_eq!(told(Kind::Read, 200, body).code, code::UPSTREAM_PROTOCOL, "{body}");
        }
    }

    /// The text of one member would become values that were not weighed.
    #[test]
    fn a_text_stays_a_text() {
        let hidden = json!([{"$serde_json::private::RawValue": "[0,0,0]"}]).to_string();
        assert_eq!(told(Kind::Read, 200, &hidden).code, code::UPSTREAM_PROTOCOL);
        assert_eq!(told(Kind::Write, 200, &hidden).failure, Failure::Ambiguous);
    }

    #[test]
    fn nothing_private_is_passed_on() {
        let body = json!({
            "errorcode": "0123456789abcdef",
            "message": "token 0123456789abcdef at https://m.example/x?wstoken=y",
            "debuginfo": "INSERT INTO mdl_user",
        });
        let error = told(Kind::Write, 200, &body.to_string());
        assert_eq!(
            error.message,
            "Moodle refused the data that was sent: token *** at https://m.example (***)"
        );
        let code = format!("wsaccessuser<b>0123456789abcdef\n{}", "x".repeat(5_000));
        let error = told(Kind::Read, 200, &json!({ "errorcode": code }).to_string());
        assert_eq!(error.code, code::MOODLE_ACCOUNT_REFUSED);
        assert!(error.message.contains("wsaccessuser *** xxx"), "{error}");
        assert!(error.message.len() < 700 && !error.message.contains(['<', '\n']), "{error}");
    }
}

//! Answers that fault switches change, the same for both systems.

use super::{
    answer::{Answer, Chunks, JSON},
    fault::{Blow, Kind},
    respond::Ending,
};
use serde_json::Value;

/// Default size of an oversized body, in bytes.
const OVERSIZE: usize = 256 << 20;
/// Bytes of such a body that are sent at a time.
const PIECE: usize = 64 << 10;

/// What PHP prints where errors are displayed.
const NOTICE: &[u8] =
    b"<br />\n<b>Deprecated</b>:  Optional parameter $b declared before required \
    parameter $c is implicitly treated as a required parameter in \
    <b>/var/www/moodle/local/extra/lib.php</b> on line <b>12</b><br />\n";

/// Returns whether the request is carried out under a kind of fault.
pub(crate) fn is_applied(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::CutAfterApply
            | Kind::CutAfterPart
            | Kind::HangAfterApply
            | Kind::StatusAfterApply
            | Kind::Half
            | Kind::Truncate
            | Kind::CutBody
            | Kind::Drip
            | Kind::InvalidUtf8
            | Kind::Notice
            | Kind::LoneSurrogate
            | Kind::EarlyEnd
            | Kind::ShortPage
            | Kind::EndlessPages
            | Kind::ThenDelete
            | Kind::ThenEdit
    )
}

/// Makes the answer of a kind that is the same for both systems; nothing is done.
pub(crate) fn answer(blow: &Blow) -> Option<Answer> {
    Some(match blow.kind {
        Kind::NoContent => Answer::empty(204, ""),
        Kind::InvalidJson => {
            let body = b"{\"data\": [{\"id\": \"41508680000".to_vec();
            Answer { status: 200, content_type: JSON, body, ..Answer::default() }
        }
        Kind::Redirect => {
            let location = blow.location.as_deref().unwrap_or("http://elsewhere.example/");
            Answer::redirect(blow.status.unwrap_or(302), location)
        }
        Kind::Oversized => {
            let total = if blow.bytes == 0 { OVERSIZE } else { blow.bytes };
            let head = std::iter::once(b"{\"filler\": \"".to_vec());
            let pieces = (0..total.div_ceil(PIECE)).map(|_| vec![b'x'; PIECE]);
            let tail = std::iter::once(b"\"}".to_vec());
            let chunks = Some(Chunks(Box::new(head.chain(pieces).chain(tail))));
            Answer { status: 200, content_type: JSON, chunks, ..Answer::default() }
        }
        _ => return None,
    })
}

/// Changes an existing answer, and returns how to send it.
pub(crate) fn ending(mut answer: Answer, blow: &Blow) -> (Answer, Ending) {
    let ending = match blow.kind {
        Kind::CutBody => Ending::Half,
        Kind::Drip => Ending::Drip { bytes: blow.bytes.max(1), delay_ms: blow.delay_ms },
        Kind::Half => {
            answer.body = answer.take_body();
            if let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) {
                halve(&mut body);
                answer.body = body.to_string().into_bytes();
            }
            Ending::Whole
        }
        Kind::Truncate => {
            answer.body = answer.take_body();
            answer.body.truncate(answer.body.len() / 2);
            Ending::Whole
        }
        Kind::InvalidUtf8 => {
            answer.body = answer.take_body();
            // A byte that no text may contain, in place of a letter of a name: what the record is stays readable.
            let half = answer.body.len() / 2;
            let letter = |byte: &u8| byte.is_ascii_alphanumeric();
            let other =
                || answer.body.iter().skip(half).position(letter).map_or(half, |at| half + at);
            let place = name_in_second_half(&answer.body).unwrap_or_else(other);
            if let Some(byte) = answer.body.get_mut(place) {
                *byte = 0xff;
            }
            Ending::Whole
        }
        Kind::Notice => {
            answer.body = answer.take_body();
            answer.body.splice(0..0, NOTICE.iter().copied());
            Ending::Whole
        }
        Kind::LoneSurrogate => {
            answer.body = answer.take_body();
            if let Some(at) = name_in_second_half(&answer.body) {
                answer.body.splice(at..at, br"\ud83d".iter().copied());
            }
            Ending::Whole
        }
        _ => Ending::Whole,
    };
    if ending != Ending::Whole {
        answer.body = answer.take_body();
    }
    (answer, ending)
}

/// Leaves the first half of a list; of an object with lists, and of rows that are one list each, those of each.
fn halve(body: &mut Value) {
    match body {
        Value::Array(rows) => rows.truncate(rows.len() / 2),
        Value::Object(members) => members.values_mut().filter(|one| one.is_array()).for_each(halve),
        _ => {}
    }
}

/// Returns the place of the first letter of the first name in the second half of a body.
fn name_in_second_half(body: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"Name\":\"";
    let half = body.len() / 2;
    let mut windows = body.windows(NAME.len()).skip(half);
    windows.position(|window| window == NAME).map(|at| half + at + NAME.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn blow(kind: Kind) -> Blow {
        Blow {
            kind,
            status: None,
            code: None,
            delay_ms: 0,
            bytes: 10,
            keep: 0,
            location: None,
            retry_after: None,
            records: Vec::new(),
            first: true,
        }
    }

    #[test]
    fn spoilt_bodies_cannot_be_read() {
        let body = json!({"data": [{"id": "1"}, {"First_Name": "A"}]});
        for kind in [Kind::Truncate, Kind::InvalidUtf8, Kind::LoneSurrogate, Kind::Notice] {
            let (answer, _) = ending(Answer::json(200, JSON, &body), &blow(kind));
            assert!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_err(), "{kind:?}");
        }
        let json = answer(&blow(Kind::InvalidJson)).map(|answer| answer.body).unwrap_or_default();
        assert!(!json.is_empty() && serde_json::from_slice::<serde_json::Value>(&json).is_err());
    }

    #[test]
    fn an_oversized_body_is_made_while_it_is_sent() {
        let large = answer(&blow(Kind::Oversized)).map(|mut answer| answer.take_body());
        assert!(large.is_some_and(|body| body.len() > PIECE));
    }
}

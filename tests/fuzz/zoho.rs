//! Answers of Zoho, as they are and changed, through every reader of them.

use {
    super::{
        answer::{Kind, decode, error_code, error_parameter},
        auth,
        bulk::Cursor,
        field, list, record,
    },
    crate::{
        connectors::{
            fuzz::{WORDS, is_told, was_weighed},
            http::Answer,
        },
        fuzz::texts,
        ports::ConnectorError,
    },
    serde_json::Value,
};

const SECRET: &str = "0123456789abcdef";

fn told<T>(result: Result<T, ConnectorError>) -> Option<T> {
    result.inspect_err(|error| is_told(error, "\u{0}")).ok()
}

/// A page of a list, with its rows.
fn page(body: serde_json::Map<String, Value>, lossy: bool) {
    let Some((rows, info)) = told(list::rows(body)) else { return };
    if told(list::more(&rows, &info)).is_some() {
        assert!(rows.len() <= 200);
    }
    for row in rows {
        match list::readable(row.clone(), lossy) {
            Ok(read) => {
                assert!(record::is_id(read.id.as_str()));
                // Reading is done once: a read record is what it would be read as.
                let again = record::record(Value::Object(read.fields.clone())).expect("a record");
                assert_eq!(again, read);
            }
            Err(flaw) => assert!(!flaw.message.is_empty()),
        }
    }
}

#[test]
fn an_answer_of_zoho_is_read_or_its_error_is_told() {
    const STATUSES: [u16; 12] = [200, 200, 200, 201, 204, 304, 400, 401, 404, 429, 500, 207];
    let kinds = [
        Kind::Read { conditional: false, gone: false },
        Kind::Read { conditional: true, gone: true },
        Kind::Write,
    ];
    let (mut turn, mut read) = (0_usize, 0);
    texts("zoho", 6_000, &WORDS, |text| {
        turn += 1;
        let (status, kind) = (STATUSES[turn % STATUSES.len()], kinds[turn % kinds.len()]);
        let answer = |body: &[u8]| Answer { status, body: body.to_vec(), ..Answer::default() };
        // Bytes that are not text come too.
        let mut bytes = text.as_bytes().to_vec();
        if turn.is_multiple_of(7) && !bytes.is_empty() {
            let at = turn % bytes.len();
            bytes[at] = 0xff;
        }
        if let Some(reply) = told(decode(answer(&bytes), kind))
            && let Some(body) = reply.body
        {
            read += 1;
            was_weighed(&bytes, &Value::Object(body.clone()));
            told(field::fields(body.clone()));
            page(body, reply.lossy);
        }
        let _words = (error_code(&bytes), error_parameter(&bytes));
        if let Err(error) = auth::decode(&answer(&bytes), &[SECRET]) {
            is_told(&error, SECRET);
        }
        if let Ok(Some(cursor)) = Cursor::parse(text) {
            assert_eq!(Cursor::parse(&cursor.to_string()).ok().flatten(), Some(cursor));
        }
    });
    assert!(read > 100, "only {read} answers were read");
}

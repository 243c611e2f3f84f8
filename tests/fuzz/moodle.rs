//! Answers of Moodle, as they are and changed, through every reader of them that takes no further call.

use {
    super::{
        answer::{Kind, Words, decode},
        batch, grade, need,
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

const TOKEN: &str = "0123456789abcdef";

fn told<T>(result: Result<T, ConnectorError>) -> Option<T> {
    result.inspect_err(|error| is_told(error, TOKEN)).ok()
}

fn read(value: &Value) {
    told(need::service(value.clone()));
    told(grade::read("7", None, value));
    told(batch::void(value));
    for name in [None, Some("warnings"), Some("users")] {
        let rows = told(batch::list(value.clone(), name)).unwrap_or_default();
        for row in rows {
            if let Some(object) = told(batch::object(row.clone())) {
                assert!(batch::is_id(object.id.as_str()), "{}", object.id);
                assert!(
                    object.fields.values().all(|value| !value.is_array() && !value.is_object())
                );
            }
            let refused = batch::refusal(&row, &[]);
            assert!(!format!("{refused:?}").contains(TOKEN) || row.to_string().contains(TOKEN));
        }
    }
}

#[test]
fn an_answer_of_moodle_is_read_or_its_error_is_told() {
    const STATUSES: [u16; 12] = [200, 200, 200, 200, 200, 200, 303, 403, 404, 429, 500, 503];
    let (mut turn, mut answered) = (0, 0);
    texts("moodle", 6_000, &WORDS, |text| {
        turn += 1;
        let (status, kind) =
            (STATUSES[turn % STATUSES.len()], [Kind::Read, Kind::Write][turn / 12 % 2]);
        let answer = Answer { status, body: text.as_bytes().to_vec(), ..Answer::default() };
        let words = Words { token: TOKEN, function: "core_user_get_users" };
        if let Some(value) = told(decode(kind, &answer, &[], words)) {
            answered += 1;
            was_weighed(text.as_bytes(), &value);
            read(&value);
        }
    });
    assert!(answered > 100, "only {answered} answers were read");
}

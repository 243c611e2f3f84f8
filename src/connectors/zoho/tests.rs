//! Zoho CRM against small servers: tokens, paging and retries; the rest has files of its own.

mod bulk;
mod grade;
mod single;
mod token;

use {
    super::*,
    crate::connectors::{
        Options,
        tests::{Call, NOBODY, connection, connectors, serve},
    },
    crate::ports::Ends,
    chrono::DateTime,
    serde_json::{Value, json},
    std::{
        collections::VecDeque,
        sync::{Arc, Mutex},
        time::Duration,
    },
};

/// A scripted Zoho: the answers of the token endpoint and the API, in order, with the last one
/// repeated.
#[derive(Default)]
struct Script {
    tokens: VecDeque<(u16, Value)>,
    answers: VecDeque<(u16, Value)>,
    refreshes: Vec<Call>,
    reads: Vec<Call>,
    now: usize,
    most: usize,
}

#[derive(Clone, Default)]
struct Fake(Arc<Mutex<Script>>);

impl Fake {
    fn new(answers: impl IntoIterator<Item = (u16, Value)>) -> Self {
        let fake = Self::default();
        fake.script(|script| script.answers = answers.into_iter().collect());
        fake
    }

    fn script<T>(&self, look: impl FnOnce(&mut Script) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    fn counts(&self) -> (usize, usize) {
        self.script(|script| (script.refreshes.len(), script.reads.len()))
    }

    async fn answer(self, call: Call) -> (u16, String) {
        self.script(|script| {
            script.now += 1;
            script.most = script.most.max(script.now);
        });
        tokio::time::sleep(Duration::from_millis(30)).await;
        self.script(|script| {
            script.now -= 1;
            let (status, body) = if call.uri.path() == "/oauth/v2/token" {
                script.refreshes.push(call);
                let token = format!("t{}", script.refreshes.len());
                let usual = json!({"access_token": token, "expires_in": 3600});
                script.tokens.pop_front().unwrap_or((200, usual))
            } else {
                script.reads.push(call);
                let next = if script.answers.len() > 1 { script.answers.pop_front() } else { None };
                next.or_else(|| script.answers.front().cloned()).unwrap_or((204, Value::Null))
            };
            (status, if body.is_null() { String::new() } else { body.to_string() })
        })
    }

    async fn serve(&self) -> String {
        let fake = self.clone();
        serve(move |call| fake.clone().answer(call)).await
    }

    async fn ends(&self) -> Ends {
        let address = self.serve().await;
        connectors(Options::default()).open("t", &connection(&address, NOBODY)).unwrap()
    }

    async fn source(&self) -> Arc<dyn Source> {
        self.ends().await.source
    }
}

fn query() -> ReadQuery {
    let fields = ["Email", "id", "Email"].map(str::to_owned).to_vec();
    ReadQuery { module: "BTEC_Students".to_owned(), fields, ..ReadQuery::default() }
}

fn ids(range: std::ops::Range<u32>) -> Vec<Value> {
    range
        .map(|id| json!({"id": id.to_string(), "Modified_Time": "2026-11-21T10:31:43+05:30"}))
        .collect()
}

fn page(rows: &[Value], more: bool, token: Option<&str>, number: u32) -> (u16, Value) {
    let count = rows.len();
    let info = json!({
        "count": count, "more_records": more, "next_page_token": token, "page": number,
    });
    (200, json!({"data": rows, "info": info}))
}

#[tokio::test]
async fn twenty_calls_at_once_refresh_once_and_five_are_in_flight() {
    let fake = Fake::new([page(&ids(1..3), false, None, 1)]);
    let source = fake.source().await;
    let query = query();
    let calls = (0..20).map(|_| source.page(&query, None));
    for page in futures_util::future::join_all(calls).await {
        assert_eq!(page.unwrap().records.len(), 2);
    }
    assert_eq!(fake.counts(), (1, 20));
    assert_eq!(fake.script(|script| script.most), 5);
    let form = fake.script(|script| script.refreshes.first().map(Call::form).unwrap());
    let field = |name: &str| form.get(name).map(String::as_str);
    assert_eq!(field("grant_type"), Some("refresh_token"));
    assert_eq!(field("client_id"), Some("client"));
    assert_eq!(field("client_secret"), Some("client-secret"));
    assert_eq!(field("refresh_token"), Some("refresh-secret"));
}

#[tokio::test]
async fn a_dead_token_is_renewed_once() {
    let dead =
        (401, json!({"code": "INVALID_TOKEN", "details": {}, "message": "", "status": "error"}));
    let fake = Fake::new([dead.clone(), page(&ids(1..2), false, None, 1)]);
    let source = fake.source().await;
    assert_eq!(source.page(&query(), None).await.unwrap().records.len(), 1);
    assert_eq!(fake.counts(), (2, 2));
    let tokens = fake.script(|script| {
        script
            .reads
            .iter()
            .map(|call| call.headers["authorization"].to_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    });
    assert_eq!(tokens, ["Zoho-oauthtoken t1", "Zoho-oauthtoken t2"]);

    let fake = Fake::new([dead]);
    let error = fake.source().await.page(&query(), None).await.unwrap_err();
    assert_eq!((error.failure, error.code), (Failure::Stop, code::ZOHO_TOKEN_REFUSED));
    assert_eq!(fake.counts(), (2, 2));
}

#[tokio::test]
async fn calls_that_meet_the_same_dead_token_renew_it_once() {
    let dead = (401, json!({"code": "INVALID_TOKEN", "status": "error"}));
    let fake = Fake::new([dead.clone(), dead.clone(), dead, page(&ids(1..2), false, None, 1)]);
    let (source, query) = (fake.source().await, query());
    let calls = (0..3).map(|_| source.page(&query, None));
    for page in futures_util::future::join_all(calls).await {
        assert_eq!(page.unwrap().records.len(), 1);
    }
    assert_eq!(fake.counts(), (2, 6));
}

#[tokio::test]
async fn refusals_of_the_token_endpoint_are_remembered() {
    for (body, failure, code) in [
        (json!({"error": "Access Denied"}), Failure::Throttled, code::ZOHO_TOKEN_THROTTLED),
        (json!({"error": "invalid_code"}), Failure::Stop, code::ZOHO_TOKEN_REVOKED),
    ] {
        let fake = Fake::default();
        fake.script(|script| script.tokens = [(200, body)].into());
        let (source, query) = (fake.source().await, query());
        for error in futures_util::future::join_all((0..5).map(|_| source.page(&query, None))).await
        {
            let error = error.unwrap_err();
            assert_eq!((error.failure, error.code), (failure, code));
            let wait = error.retry_after.map(|wait| wait.as_secs());
            assert!(
                if failure == Failure::Throttled { wait >= Some(590) } else { wait.is_none() },
                "{wait:?}"
            );
        }
        assert_eq!(fake.counts(), (1, 0));
    }
}

#[tokio::test]
async fn a_list_is_read_by_page_tokens_to_its_verified_end() {
    let fake = Fake::new([
        page(&ids(1..201), true, Some("second"), 1),
        page(&ids(201..401), true, Some("third"), 2),
        page(&ids(401..403), false, None, 3),
    ]);
    let source = fake.source().await;
    let since = DateTime::parse_from_rfc3339("2026-11-20T03:00:00.5+03:00").unwrap().to_utc();
    let query = ReadQuery { modified_since: Some(since), ..query() };
    let (mut cursor, mut read) = (None, Vec::new());
    loop {
        let page = source.page(&query, cursor.as_deref()).await.unwrap();
        read.extend(page.records.into_iter().map(|record| record.id.into_text()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(read, (1..403).map(|id: u32| id.to_string()).collect::<Vec<_>>());
    fake.script(|script| {
        for (call, token) in script.reads.iter().zip([None, Some("second"), Some("third")]) {
            assert_eq!(call.uri.path(), "/crm/v8/BTEC_Students");
            assert_eq!(call.headers["if-modified-since"], "2026-11-20T00:00:00+00:00");
            let query = call.query();
            let parameter = |name: &str| query.get(name).map(String::as_str);
            assert_eq!(parameter("fields"), Some("id,Modified_Time,Email"));
            assert_eq!(parameter("sort_by"), Some("Modified_Time"));
            assert_eq!(parameter("sort_order"), Some("asc"));
            assert_eq!((parameter("per_page"), parameter("page")), (Some("200"), None));
            assert_eq!(parameter("page_token"), token);
        }
    });
}

#[tokio::test]
async fn an_unverified_end_is_no_end() {
    let two = ids(1..3);
    let info = |info: Value| (200, json!({"data": two, "info": info}));
    for (answer, cursor) in [
        (info(json!({"count": 3, "more_records": false})), None),
        (info(json!({"more_records": false})), None),
        (info(json!({"count": 2})), None),
        (info(json!({"count": 2, "more_records": true})), None),
        (info(json!({"count": 2, "more_records": true, "next_page_token": ""})), None),
        (
            info(json!({"count": 2, "more_records": true, "next_page_token": null, "page": 2})),
            Some("2t2:x"),
        ),
        (info(json!({"count": 2, "more_records": true, "next_page_token": "x"})), Some("2t2:x")),
        (info(json!({"count": 2, "more_records": true, "page": 2})), Some("2n3")),
        ((200, json!({"data": [], "info": {"count": 0, "more_records": true, "page": 1}})), None),
        ((200, json!({"data": two})), None),
    ] {
        let source = Fake::new([answer.clone()]).source().await;
        let error = source.page(&query(), cursor).await.unwrap_err();
        let expected = (Failure::Unreachable, code::SOURCE_INCOMPLETE);
        assert_eq!((error.failure, error.code), expected, "{answer:?} {cursor:?}");
    }
}

#[tokio::test]
async fn numbered_pages_reach_ten() {
    let fake = Fake::new((1..=10).map(|number| page(&ids(number..number + 1), true, None, number)));
    let source = fake.source().await;
    let mut cursor = None;
    for number in 1..=10_u32 {
        let page = source.page(&query(), cursor.as_deref()).await.unwrap();
        assert_eq!(
            page.records.first().map(|record| record.id.to_string()),
            Some(number.to_string())
        );
        cursor = page.next;
    }
    let error = source.page(&query(), cursor.as_deref()).await.unwrap_err();
    assert_eq!((error.failure, error.code), (Failure::TooLong, code::ZOHO_LIST_TOO_LONG));
    let asked = fake.script(|script| {
        script.reads.iter().map(|call| call.query().get("page").cloned()).collect::<Vec<_>>()
    });
    let expected =
        (1..=10).map(|number| (number > 1).then(|| number.to_string())).collect::<Vec<_>>();
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn empty_answers_end_a_list() {
    for status in [204, 304] {
        let source = Fake::new([(status, Value::Null)]).source().await;
        let query = ReadQuery { modified_since: Some(DateTime::UNIX_EPOCH), ..query() };
        let page = source.page(&query, None).await.unwrap();
        assert_eq!((page.records, page.next), (Vec::new(), None));
        assert!(page.as_of.is_some());
        // But not if the page before announced more.
        let error = source.page(&query, Some("2t2:x")).await.unwrap_err();
        assert_eq!((error.failure, error.code), (Failure::CursorExpired, code::SOURCE_INCOMPLETE));
    }
}

#[tokio::test]
async fn reads_are_tried_three_times() {
    let down = (500, json!({"code": "INTERNAL_ERROR", "status": "error"}));
    let fake = Fake::new([down.clone(), (502, Value::Null), page(&ids(1..2), false, None, 1)]);
    assert!(fake.source().await.page(&query(), None).await.is_ok());
    assert_eq!(fake.counts(), (1, 3));

    let fake = Fake::new([down]);
    let error = fake.source().await.page(&query(), None).await.unwrap_err();
    assert_eq!((error.failure, error.code), (Failure::Unreachable, code::UPSTREAM_UNREACHABLE));
    assert_eq!(fake.counts(), (1, 3));
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_sent() {
    let fake = Fake::default();
    let source = fake.source().await;
    let many = (0..239).map(|number| format!("F{number}")).collect();
    let cases = [
        (ReadQuery { fields: many, ..query() }, None, code::ZOHO_TOO_MANY_FIELDS),
        (ReadQuery { fields: vec!["A,B".to_owned()], ..query() }, None, code::ZOHO_FIELD_UNKNOWN),
        (
            ReadQuery { module: "../settings/fields".to_owned(), ..query() },
            None,
            code::ZOHO_MODULE_UNKNOWN,
        ),
        (ReadQuery { module: String::new(), ..query() }, None, code::ZOHO_MODULE_UNKNOWN),
        (query(), Some("1tx"), code::ZOHO_CURSOR_EXPIRED),
        (query(), Some(""), code::ZOHO_CURSOR_EXPIRED),
        (query(), Some("2t7"), code::ZOHO_CURSOR_EXPIRED),
        (query(), Some("2t1001:x"), code::ZOHO_LIST_TOO_LONG),
    ];
    for (query, cursor, code) in cases {
        assert_eq!(source.page(&query, cursor).await.unwrap_err().code, code);
    }
    assert_eq!(source.by_ids(&query(), &["x".into(), "7a".into()]).await, Ok(Found::default()));
    assert_eq!(fake.counts(), (0, 0));
}

#[tokio::test]
async fn records_are_read_by_id() {
    let fake = Fake::new([page(&ids(7..9), false, None, 1)]);
    let source = fake.source().await;
    let asked = ["8", "7", "x", "99"].map(Into::into);
    let records = source.by_ids(&query(), &asked).await.unwrap().records;
    assert_eq!(records.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(), ["7", "8"]);
    let asked = fake.script(|script| script.reads.first().map(Call::query).unwrap());
    assert_eq!(asked.get("ids").map(String::as_str), Some("8,7,99"));

    // A server that does not know `ids` must not add other records.
    let error = source.by_ids(&query(), &["7".into()]).await.unwrap_err();
    assert_eq!(error.code, code::UPSTREAM_PROTOCOL);
}

#[tokio::test]
async fn more_fields_than_a_list_delivers_are_read_by_id() {
    let rows = |name: &str, ids: &[u32]| -> Vec<Value> {
        ids.iter().map(|id| json!({"id": id.to_string(), name: *id})).collect()
    };
    let fake = Fake::new([
        page(&rows("F0", &[1, 2, 3]), true, Some("next"), 1),
        page(&rows("F60", &[3, 1]), false, None, 1),
    ]);
    let source = fake.source().await;
    let fields: Vec<String> = (0..70).map(|number| format!("F{number}")).collect();
    let query = ReadQuery { fields, ..query() };
    let page = source.page(&query, None).await.unwrap();
    assert_eq!(page.next.as_deref(), Some("2t2:next"));
    // The second record was deleted between the two reads: half of it must not look like all of it.
    let read: Vec<Value> =
        page.records.into_iter().map(|record| Value::Object(record.fields)).collect();
    assert_eq!(
        read,
        [json!({"id": "1", "F0": 1, "F60": 1}), json!({"id": "3", "F0": 3, "F60": 3})]
    );
    fake.script(|script| {
        let [list, more] = script.reads.as_slice() else { panic!("two reads expected") };
        let fields = |call: &Call| call.query()["fields"].split(',').count();
        assert_eq!((fields(list), fields(more)), (50, 1 + 70 - 48));
        assert_eq!(more.query()["ids"], "1,2,3");
        assert!(more.query()["fields"].starts_with("id,F48,"));
    });
}

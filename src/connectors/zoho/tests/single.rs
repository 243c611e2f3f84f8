//! Single records, deleted ones, queries, descriptions, and what the calls cost.

use {
    super::*,
    crate::{
        domain::id::RecordId,
        ports::{DeletedRecord, Usage},
    },
};

fn deleted_page(ids: &[&str], more: bool, number: u32) -> (u16, Value) {
    let rows: Vec<Value> = ids
        .iter()
        .map(|id| json!({"id": id, "deleted_time": "2026-11-01T11:19:38+05:30", "type": "recycle"}))
        .collect();
    let info = json!({"per_page": 200, "count": ids.len(), "page": number, "more_records": more});
    (200, json!({"data": rows, "info": info}))
}

fn error(code: &str) -> Value {
    json!({"code": code, "details": {}, "message": "m", "status": "error"})
}

#[tokio::test]
async fn one_record_is_read_whole_or_is_gone() {
    let row = json!({"id": "7", "Rows": [{"id": 9, "A": 1.0}], "Modified_Time": null});
    let fake = Fake::new([(200, json!({"data": [row]}))]);
    let source = fake.source().await;
    let record = source.whole("BTEC_Students", &"7".into()).await.unwrap().unwrap();
    assert_eq!(record.fields["Rows"], json!([{"id": "9", "A": 1}]));
    let path = fake.script(|script| script.reads[0].uri.to_string());
    assert_eq!(path, "/crm/v8/BTEC_Students/7?approved=both&converted=both");
    assert_eq!(
        source.whole("BTEC_Students", &"8".into()).await.unwrap_err().code,
        code::UPSTREAM_PROTOCOL
    );

    for answer in [(204, Value::Null), (400, error("INVALID_DATA"))] {
        let source = Fake::new([answer]).source().await;
        assert_eq!(source.whole("BTEC_Students", &"7".into()).await, Ok(None));
        assert_eq!(source.whole("BTEC_Students", &"../7".into()).await, Ok(None));
    }
    // A missing module must not look like a missing record.
    for (status, code) in
        [(400, "INVALID_MODULE"), (404, "INVALID_URL_PATTERN"), (403, "NO_PERMISSION")]
    {
        let source = Fake::new([(status, error(code))]).source().await;
        assert_eq!(
            source.whole("BTEC_Students", &"7".into()).await.unwrap_err().failure,
            Failure::Stop
        );
    }
}

#[tokio::test]
async fn deleted_records_are_listed_to_the_end() {
    let fake = Fake::new([deleted_page(&["1", "2"], true, 1), deleted_page(&["3"], false, 2)]);
    let source = fake.source().await;
    let since = DateTime::parse_from_rfc3339("2026-10-01T00:00:00+00:00").unwrap().to_utc();
    let first = source.deleted("BTEC_Students", Some(since), None).await.unwrap();
    let at = DateTime::parse_from_rfc3339("2026-11-01T05:49:38Z").unwrap().to_utc();
    let gone = |id: &str| DeletedRecord { id: id.into(), deleted_at: Some(at) };
    assert_eq!(first.records, [gone("1"), gone("2")]);
    let last = source.deleted("BTEC_Students", Some(since), first.next.as_deref()).await.unwrap();
    assert_eq!((last.records, last.next), (vec![gone("3")], None));
    fake.script(|script| {
        for (call, page) in script.reads.iter().zip(["1", "2"]) {
            assert_eq!(call.uri.path(), "/crm/v8/BTEC_Students/deleted");
            assert_eq!(call.headers["if-modified-since"], "2026-10-01T00:00:00+00:00");
            let query = call.query();
            assert_eq!((query["page"].as_str(), query["type"].as_str()), (page, "all"));
        }
    });
    let odd = source.deleted("BTEC_Students", None, Some("1d1")).await.unwrap_err();
    assert_eq!(odd.failure, Failure::CursorExpired);

    for (answer, code) in [
        ((400, json!({"data": [error("INVALID_MODULE")]})), code::ZOHO_MODULE_UNKNOWN),
        ((400, error("INVALID_MODULE")), code::ZOHO_MODULE_UNKNOWN),
        (deleted_page(&["1"], true, 2), code::SOURCE_INCOMPLETE),
        (deleted_page(&[], true, 1), code::SOURCE_INCOMPLETE),
    ] {
        let source = Fake::new([answer]).source().await;
        assert_eq!(source.deleted("BTEC_Students", None, None).await.unwrap_err().code, code);
    }
    for status in [204, 304] {
        let source = Fake::new([(status, Value::Null)]).source().await;
        assert!(source.deleted("M", Some(since), None).await.unwrap().records.is_empty());
        let error = source.deleted("M", Some(since), Some("1d2")).await.unwrap_err();
        assert_eq!((error.failure, error.code), (Failure::CursorExpired, code::SOURCE_INCOMPLETE));
    }
}

#[tokio::test]
async fn a_count_is_asked_for_by_query() {
    let info = json!({"count": 1, "more_records": true});
    let fake = Fake::new([(200, json!({"data": [{"id": "5"}], "info": info})), (204, Value::Null)]);
    let source = fake.source().await;
    assert_eq!(source.holds_more_than("BTEC_Students", 20_000).await, Ok(true));
    assert_eq!(source.holds_more_than("BTEC_Students", 0).await, Ok(false));
    fake.script(|script| {
        let asked = script.reads.iter().map(Call::json).collect::<Vec<_>>();
        let select = |at: u32| {
            let query = format!(
                "select id from BTEC_Students where id > '0' order by id asc limit {at}, 1"
            );
            json!({ "select_query": query })
        };
        assert_eq!(asked, [select(20_000), select(0)]);
        assert_eq!(script.reads[0].uri.path(), "/crm/v8/coql");
    });
    let odd = source.holds_more_than("M where 1 = 1", 0).await.unwrap_err();
    assert_eq!(odd.code, code::ZOHO_MODULE_UNKNOWN);
}

#[tokio::test]
async fn ids_are_walked_in_their_order() {
    let rows = |ids: &[&str]| ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>();
    let answer = |ids: &[&str], more: Option<bool>| {
        let info = json!({"count": ids.len(), "more_records": more});
        (200, json!({"data": rows(ids), "info": info}))
    };
    let fake = Fake::new([
        answer(&["5", "10"], Some(true)),
        answer(&["11"], None),
        answer(&["12"], Some(false)),
        (204, Value::Null),
    ]);
    let source = fake.source().await;
    let since = DateTime::parse_from_rfc3339("2026-10-01T03:00:00+03:00").unwrap().to_utc();
    let changes = ReadQuery { modified_since: Some(since), ..query() };
    for (query, until, after, ids, last) in [
        (&query(), None, "", vec!["5", "10"], false),
        // Without a word about more, only nothing is the end.
        (&changes, None, "10", vec!["11"], false),
        (&changes, Some(since), "11", vec!["12"], true),
        (&query(), None, "' or id > '0", vec![], true),
    ] {
        let page = source.ids(query, until, after).await.unwrap().unwrap();
        assert_eq!((page.ids, page.last), (ids.into_iter().map(RecordId::from).collect(), last));
    }
    fake.script(|script| {
        let asked = script.reads.iter().map(Call::json).collect::<Vec<_>>();
        let select = |condition: &str| {
            let query = format!(
                "select id from BTEC_Students where {condition} order by id asc limit 2000"
            );
            json!({ "select_query": query })
        };
        let time = "2026-10-01T00:00:00+00:00";
        let within = format!("(id > '10' and Modified_Time > '{time}')");
        let until =
            format!("((id > '11' and Modified_Time > '{time}') and Modified_Time <= '{time}')");
        let wanted = [select("id > '0'"), select(&within), select(&until), select("id > '0'")];
        assert_eq!(asked, wanted);
    });
    for odd in [answer(&["7", "7"], Some(true)), answer(&["10", "9"], Some(true))] {
        let source = Fake::new([odd]).source().await;
        let error = source.ids(&query(), None, "").await.unwrap_err();
        assert_eq!(error.code, code::SOURCE_INCOMPLETE);
    }
    let source = Fake::new([answer(&["7"], Some(true))]).source().await;
    assert_eq!(source.ids(&query(), None, "7").await.unwrap_err().code, code::SOURCE_INCOMPLETE);
}

#[tokio::test]
async fn ids_between_pages_are_asked_for_together() {
    let rows = ["5", "7", "9", "11"].map(|id| json!({"id": id}));
    let info = json!({"count": 4, "more_records": false});
    let fake = Fake::new([(200, json!({"data": rows, "info": info}))]);
    let source = fake.source().await;
    let borders =
        [("5", "9"), ("10", "11"), ("20", "30")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    let found = source.between(&query(), &borders).await.unwrap().unwrap();
    assert_eq!((found.ids, found.last), (vec![RecordId::from("7")], true));
    let asked = fake.script(|script| script.reads.first().map(Call::json).unwrap());
    let wanted = "select id from BTEC_Students where (id between '5' and '9' or (id between '10' and '11' or id \
                  between '20' and '30')) order by id asc limit 200";
    assert_eq!(asked, json!({ "select_query": wanted }));
    let odd = [("5".to_owned(), "9' or id > '0".to_owned())];
    assert_eq!(source.between(&query(), &odd).await.unwrap_err().code, code::UPSTREAM_PROTOCOL);
}

#[tokio::test]
async fn every_record_is_asked_for_until_that_is_refused() {
    let refused = |name: &str| {
        let details = json!({"param_name": name});
        let error = json!({
            "code": "INVALID_DATA", "details": details, "message": "m", "status": "error",
        });
        (400, error)
    };
    for name in ["approved", "converted"] {
        let rows = || page(&ids(1..2), false, None, 1);
        let fake =
            Fake::new([rows(), refused(name), rows(), rows(), refused(name), rows(), rows()]);
        let source = fake.source().await;
        assert!(!source.page(&query(), None).await.unwrap().hides);
        assert!(source.page(&query(), None).await.unwrap().hides);
        // It is not tried again within a list, and with each new one.
        source.by_ids(&query(), &["1".into()]).await.unwrap();
        assert!(source.page(&query(), None).await.unwrap().hides);
        assert!(!source.page(&query(), None).await.unwrap().hides);
        let asked = fake.script(|script| {
            let both = |call: &Call| {
                let query = call.query();
                let both = Some("both");
                [query.get("approved"), query.get("converted")]
                    .map(|value| value.map(String::as_str) == both)
            };
            script.reads.iter().map(both).collect::<Vec<_>>()
        });
        let (both, none) = ([true; 2], [false; 2]);
        assert_eq!(asked, [both, both, none, none, both, none, both]);
    }
    // The refusal of another parameter says nothing about these.
    let fake = Fake::new([refused("fields")]);
    let source = fake.source().await;
    assert_eq!(source.page(&query(), None).await.unwrap_err().failure, Failure::Rejected);
    assert_eq!(fake.counts().1, 1);
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let error =
        json!({"code": "OAUTH_SCOPE_MISMATCH", "details": {}, "message": "", "status": "error"});
    let source = Fake::new([(401, error)]).source().await;
    let texts = [
        (source.page(&query(), None).await.unwrap_err(), "ZohoCRM.modules.READ"),
        (source.holds_more_than("M", 1).await.unwrap_err(), "ZohoCRM.coql.READ"),
        (source.describe("M").await.unwrap_err(), "ZohoCRM.settings.fields.READ"),
    ];
    for (error, scope) in texts {
        assert_eq!((error.failure, error.code), (Failure::Stop, code::ZOHO_SCOPE_MISSING));
        assert!(error.message.contains(scope), "{error}");
    }
}

#[tokio::test]
async fn fields_are_described_once_an_hour() {
    let fields = json!({"fields": [
        {"api_name": "Status", "field_label": "State", "data_type": "picklist", "length": 120,
         "unique": {}, "pick_list_values": [
            {"actual_value": "Freezed", "display_value": "Freeze"},
            {"display_value": "Active"}]},
        {"api_name": "Key", "field_label": "Key", "data_type": "text", "unique": {"casesensitive": "false"},
         "read_only": false, "operation_type": {"api_create": true, "api_update": false}},
        {"api_name": "Rows", "field_label": "Rows", "data_type": "subform", "unique": {},
         "field_read_only": true},
    ]});
    let fake = Fake::new([(200, fields)]);
    let source = fake.source().await;
    let described = source.describe("BTEC_Students").await.unwrap();
    let [status, key, rows] = described.as_slice() else { panic!("three fields expected") };
    assert_eq!((status.label.as_str(), status.max_length), ("State", Some(120)));
    let pair = |stored: &str, shown: &str| (stored.to_owned(), shown.to_owned());
    assert_eq!(status.choices, [pair("Freezed", "Freeze"), pair("Active", "Active")]);
    assert_eq!([status.unique, key.unique, rows.unique], [false, true, false]);
    assert_eq!([key.single_read_only, rows.single_read_only], [false, true]);
    assert_eq!([status.writable, key.writable, rows.writable], [true, false, false]);
    assert_eq!(source.describe("BTEC_Students").await.unwrap(), described);
    assert_eq!(fake.counts(), (1, 1));
    assert_eq!(fake.script(|script| script.reads[0].query()["module"].clone()), "BTEC_Students");

    for answer in [json!({"fields": [{}]}), json!({"modules": []}), json!({"fields": 3})] {
        let source = Fake::new([(200, answer)]).source().await;
        assert_eq!(source.describe("M").await.unwrap_err().code, code::UPSTREAM_PROTOCOL);
    }
}

#[tokio::test]
async fn what_is_used_is_counted_by_tenant() {
    let rows: Vec<Value> =
        (1..=11).map(|id| json!({"code": "SUCCESS", "details": {"id": id.to_string()}})).collect();
    let fake = Fake::new([
        (500, Value::Null),
        page(&ids(1..2), false, None, 1),
        (200, json!({"data": rows})),
    ]);
    let connectors = connectors(Options::default());
    let connection = connection(&fake.serve().await, NOBODY);
    let ends = connectors.open("t", &connection).unwrap();
    ends.source.page(&query(), None).await.unwrap();
    let grade = Payload::from([
        ("module".to_owned(), json!("G")),
        ("key".to_owned(), json!("K")),
        ("fields".to_owned(), json!({})),
    ]);
    let written = ends.grade_target.create(TargetKind::Grade, &vec![grade; 11]).await.unwrap();
    assert_eq!(written.len(), 11);
    let used = Usage {
        zoho_calls: 3,
        zoho_credits: 1 + 1 + 2,
        zoho_credits_left: Some(4_321),
        moodle_calls: 0,
    };
    assert_eq!(connectors.take_usage("t"), used);
    assert_eq!(connectors.take_usage("t"), Usage::default());
    assert_eq!(connectors.take_usage("other"), Usage::default());
}

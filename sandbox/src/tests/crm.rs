//! Queries, bulk reads, writes and limits of the CRM, from a client's view.

use {
    super::{json_of, send, zoho, zoho_token},
    crate::{Options, Sandbox},
    flate2::read::DeflateDecoder,
    serde_json::{Value, json},
    std::io::{self, Read},
    tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    },
};

pub(super) async fn school(students: u32) -> io::Result<(Sandbox, String)> {
    let sandbox = Sandbox::start(Options { students, ..Options::default() }).await?;
    let token = zoho_token(&sandbox).await?;
    Ok((sandbox, token))
}

/// Scopes of a search and of all that a connection does.
pub(super) const EVERY: [&str; 5] = [
    "ZohoCRM.modules.ALL",
    "ZohoCRM.coql.READ",
    "ZohoSearch.securesearch.READ",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.bulk.READ",
];

pub(super) async fn set(sandbox: &Sandbox, options: &Value) -> io::Result<()> {
    let answer = send(&sandbox.zoho_url(), "PUT /_sandbox/options", &options.to_string()).await?;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok(())
}

pub(super) async fn coql(sandbox: &Sandbox, token: &str, query: &str) -> io::Result<String> {
    let body = json!({"select_query": query}).to_string();
    zoho(sandbox, token, "POST /crm/v8/coql", &body).await
}

fn ids(answer: &str) -> Vec<String> {
    let body = json_of(answer);
    let rows = body["data"].as_array().cloned().unwrap_or_default();
    rows.iter().filter_map(|row| Some(row["id"].as_str()?.to_owned())).collect()
}

#[tokio::test]
async fn a_walk_by_time_and_id_finds_every_record_once() -> io::Result<()> {
    let (sandbox, token) = school(450).await?;
    let change = "{\"City\":\"Karak\"}";
    send(&sandbox.zoho_url(), "PUT /_sandbox/zoho/students/7", change).await?;
    let mut seen: Vec<String> = Vec::new();
    let mut after = ("2000-01-01T00:00:00+00:00".to_owned(), "0".to_owned());
    loop {
        let (time, id) = &after;
        let query = format!(
            "select id, Modified_Time from BTEC_Students where ((Modified_Time > '{time}') or \
             (Modified_Time = '{time}' and id > '{id}')) order by Modified_Time asc, id asc \
             limit 0, 200"
        );
        let answer = coql(&sandbox, &token, &query).await?;
        if answer.starts_with("HTTP/1.1 204") {
            break;
        }
        let body = json_of(&answer);
        let Some(last) = body["data"].as_array().and_then(|rows| rows.last()) else { break };
        let text = |name: &str| last[name].as_str().unwrap_or_default().to_owned();
        after = (text("Modified_Time"), text("id"));
        seen.extend(ids(&answer));
    }
    assert_eq!(seen.len(), 450);
    assert_eq!(seen.last(), ids_of(&sandbox, 7).await?.first());
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 450);
    sandbox.stop().await;
    Ok(())
}

async fn ids_of(sandbox: &Sandbox, student: u32) -> io::Result<Vec<String>> {
    let place = format!("GET /_sandbox/zoho/students/{student}");
    let one = json_of(&send(&sandbox.zoho_url(), &place, "").await?);
    Ok(one["id"].as_str().map(str::to_owned).into_iter().collect())
}

#[tokio::test]
async fn queries_select_join_order_and_refuse() -> io::Result<()> {
    let (sandbox, token) = school(60).await?;
    let query = "select Class_Name, BTEC_Program.Product_Name from BTEC_Classes where \
                 (BTEC_Program.Product_Name like 'BTEC Level 3%') order by Class_Name desc";
    let body = json_of(&coql(&sandbox, &token, query).await?);
    let rows = body["data"].as_array().cloned().unwrap_or_default();
    assert_eq!((rows.len(), &body["info"]["more_records"]), (2, &json!(false)));
    assert!(rows[0]["Class_Name"].as_str() > rows[1]["Class_Name"].as_str());
    assert_eq!(rows[0]["BTEC_Program.Product_Name"], "BTEC Level 3 Applied Science");
    for (query, code) in [
        ("select id from BTEC", "SYNTAX_ERROR"),
        ("select id from BTEC where Name is null and id > 0 and id > 1", "SYNTAX_ERROR"),
        ("select id from Nothing where id > 0", "INVALID_MODULE"),
        ("select Nothing from BTEC where id > 0", "INVALID_QUERY"),
        ("select id from BTEC where Modified_Time > 'soon'", "INVALID_QUERY"),
        ("select id from BTEC where id > 0 limit 0, 2001", "LIMIT_EXCEEDED"),
        ("select id from BTEC where id > 0 limit 99999, 2000", "LIMIT_EXCEEDED"),
        ("select Name as a, id as a from BTEC where id > 0", "DUPLICATE_ALIAS"),
    ] {
        let answer = coql(&sandbox, &token, query).await?;
        assert!(answer.starts_with("HTTP/1.1 400"), "{query}: {answer}");
        assert_eq!(json_of(&answer)["code"], code, "{query}");
    }
    let missing = zoho(&sandbox, &token, "POST /crm/v8/coql", "{}").await?;
    assert_eq!(json_of(&missing)["code"], "MANDATORY_NOT_FOUND");
    let none = coql(&sandbox, &token, "select id from BTEC_Grades where id > 0").await?;
    assert!(none.starts_with("HTTP/1.1 204"));
    let all = "select id from BTEC_Enrollments where id > 0 limit 0, 2000";
    assert_eq!(ids(&coql(&sandbox, &token, all).await?).len(), 120);
    set(&sandbox, &json!({"coql_rows_max": 50})).await?;
    let body = json_of(&coql(&sandbox, &token, all).await?);
    assert_eq!((&body["info"]["count"], &body["info"]["more_records"]), (&json!(50), &json!(true)));
    sandbox.stop().await;
    Ok(())
}

/// Fetches a file and unpacks its only entry.
pub(super) async fn download(
    sandbox: &Sandbox,
    token: &str,
    id: &str,
) -> io::Result<(String, String)> {
    let address = sandbox.zoho_url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).await?;
    // HTTP/1.0 has no chunks: the body is what comes.
    let request = format!(
        "GET /crm/bulk/v8/read/{id}/result HTTP/1.0\r\nHost: {address}\r\n\
         Authorization: Zoho-oauthtoken {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let file = &answer[end..];
    let mut text = String::new();
    if file.starts_with(b"PK\x03\x04") {
        let name = usize::from(u16::from_le_bytes([file[26], file[27]]));
        assert_eq!(&file[30..30 + name], format!("{id}.csv").as_bytes());
        DeflateDecoder::new(&file[30 + name..]).read_to_string(&mut text)?;
    }
    Ok((head, text))
}

pub(super) async fn job(sandbox: &Sandbox, token: &str, query: &Value) -> io::Result<String> {
    let body = json!({"query": query, "file_type": "csv"}).to_string();
    let answer = zoho(sandbox, token, "POST /crm/bulk/v8/read", &body).await?;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let id = json_of(&answer)["data"][0]["details"]["id"].take();
    Ok(id.as_str().unwrap_or_default().to_owned())
}

pub(super) async fn ask(sandbox: &Sandbox, token: &str, id: &str) -> io::Result<Value> {
    let place = format!("GET /crm/bulk/v8/read/{id}");
    Ok(json_of(&zoho(sandbox, token, &place, "").await?)["data"][0].take())
}

#[tokio::test]
async fn a_bulk_job_goes_its_way_page_by_page() -> io::Result<()> {
    let (sandbox, token) = school(1_200).await?;
    set(&sandbox, &json!({"bulk_rows": 1_000, "bulk_downloads": 2})).await?;
    let query = json!({
        "module": {"api_name": "BTEC_Students"},
        "fields": ["Display_Name", "Program", "Synced_to_Moodle", "Modified_Time"],
    });
    let first = job(&sandbox, &token, &query).await?;
    let place = format!("GET /crm/bulk/v8/read/{first}/result");
    assert!(zoho(&sandbox, &token, &place, "").await?.starts_with("HTTP/1.1 404"));
    let states: Vec<Value> = [
        ask(&sandbox, &token, &first).await?,
        ask(&sandbox, &token, &first).await?,
        ask(&sandbox, &token, &first).await?,
    ]
    .into_iter()
    .map(|mut state| state["state"].take())
    .collect();
    assert_eq!(states, ["ADDED", "QUEUED", "COMPLETED"]);
    let done = ask(&sandbox, &token, &first).await?;
    assert_eq!(
        (&done["result"]["count"], &done["result"]["more_records"]),
        (&json!(1_000), &json!(true))
    );
    let mut rows = Vec::new();
    let (head, text) = download(&sandbox, &token, &first).await?;
    assert!(head.starts_with("HTTP/1.0 200") || head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(text.starts_with("id,Display_Name,Program,Synced_to_Moodle,Modified_Time\n"), "{text}");
    rows.extend(text.lines().skip(1).map(str::to_owned));
    let mut next = query.clone();
    next["page_token"] = done["result"]["next_page_token"].clone();
    let second = job(&sandbox, &token, &next).await?;
    for _ in 0..3 {
        ask(&sandbox, &token, &second).await?;
    }
    let (_, text) = download(&sandbox, &token, &second).await?;
    rows.extend(text.lines().skip(1).map(str::to_owned));
    assert_eq!(rows.len(), 1_200);
    let row: Vec<&str> = rows[0].split(',').collect();
    assert_eq!((row[0].len(), row[2].len(), row[3]), (19, 19, "false"));
    rows.sort();
    rows.dedup();
    assert_eq!(rows.len(), 1_200);
    let (head, _) = download(&sandbox, &token, &second).await?;
    assert!(head.contains(" 429 "), "{head}");
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn bulk_jobs_filter_fail_and_are_forgotten() -> io::Result<()> {
    let (sandbox, token) = school(20).await?;
    let criteria =
        json!({"field": {"api_name": "Name"}, "comparator": "starts_with", "value": "PAY-000000"});
    let query =
        json!({"module": {"api_name": "BTEC_Payments"}, "fields": [], "criteria": criteria});
    let id = job(&sandbox, &token, &query).await?;
    for _ in 0..3 {
        ask(&sandbox, &token, &id).await?;
    }
    assert_eq!(ask(&sandbox, &token, &id).await?["result"]["count"], 10);
    for bad in [
        json!({"module": {"api_name": "Nothing"}}),
        json!({"module": {"api_name": "BTEC"}, "fields": ["Nothing"]}),
        json!({"module": {"api_name": "BTEC"}, "criteria": {"api_name": "x"}}),
        json!({"module": {"api_name": "BTEC"}, "page": 0}),
        json!({"module": {"api_name": "BTEC"}, "page_token": "odd"}),
    ] {
        let body = json!({"query": bad}).to_string();
        let answer = zoho(&sandbox, &token, "POST /crm/bulk/v8/read", &body).await?;
        assert!(answer.starts_with("HTTP/1.1 400"), "{bad}: {answer}");
    }
    set(&sandbox, &json!({"bulk_failure": "FAILURE", "bulk_polls": 0})).await?;
    let failed = job(&sandbox, &token, &query).await?;
    let state = ask(&sandbox, &token, &failed).await?;
    assert_eq!((&state["state"], state.get("result")), (&json!("FAILURE"), None));
    let unknown = zoho(&sandbox, &token, "GET /crm/bulk/v8/read/1", "").await?;
    assert!(unknown.starts_with("HTTP/1.1 404") && unknown.contains("RESOURCE_NOT_FOUND"));
    set(&sandbox, &json!({"token_ttl_s": 1_000_000})).await?;
    let token = zoho_token(&sandbox).await?;
    send(&sandbox.zoho_url(), "POST /_sandbox/clock", "{\"advance_s\":90000}").await?;
    let (head, _) = download(&sandbox, &token, &id).await?;
    assert!(head.contains(" 404 "), "{head}");
    sandbox.stop().await;
    Ok(())
}

async fn upsert(sandbox: &Sandbox, token: &str, rows: Value) -> io::Result<(String, Value)> {
    let body = json!({
        "data": rows, "duplicate_check_fields": ["Moodle_Grade_Composite_Key"], "trigger": []
    });
    let place = "POST /crm/v8/BTEC_Grades/upsert";
    let answer = zoho(sandbox, token, place, &body.to_string()).await?;
    let status = answer.get(9..12).unwrap_or_default().to_owned();
    Ok((status, json_of(&answer)["data"].take()))
}

#[tokio::test]
async fn grades_are_upserted_with_their_outcomes() -> io::Result<()> {
    let (sandbox, token) = school(3).await?;
    let student = ids_of(&sandbox, 1).await?.remove(0);
    let grade = json!({
        "Moodle_Grade_Composite_Key": "4_2_2", "Grade": "M", "Student": {"id": student},
        "Learning_Outcomes_Assessm": [{"LO_Code": "P1", "LO_Score": "1"}, {"LO_Code": "P2"}],
    });
    let bad =
        json!({"Moodle_Grade_Composite_Key": "5_2_2", "Student": {"id": "4150868001000000099"}});
    let (status, rows) =
        upsert(&sandbox, &token, json!([grade, bad, {"Attempt_Number": "x"}])).await?;
    assert_eq!(status, "207");
    assert_eq!((&rows[0]["action"], &rows[0]["duplicate_field"]), (&json!("insert"), &Value::Null));
    assert_eq!(
        (&rows[1]["code"], &rows[1]["details"]["api_name"]),
        (&json!("INVALID_DATA"), &json!("Student"))
    );
    assert_eq!(rows[2]["details"]["json_path"], "$.data[2].Attempt_Number");
    let id = rows[0]["details"]["id"].as_str().unwrap_or_default().to_owned();
    let place = format!("GET /crm/v8/BTEC_Grades/{id}");
    let read = async || -> io::Result<Value> {
        Ok(json_of(&zoho(&sandbox, &token, &place, "").await?)["data"][0].take())
    };
    let one = read().await?;
    let outcomes = &one["Learning_Outcomes_Assessm"];
    assert_eq!((&outcomes[0]["LO_Code"], &outcomes[1]["LO_Code"]), (&json!("P1"), &json!("P2")));
    assert_eq!(one["Student"]["id"], student.as_str());
    // One row is replaced, one goes, one comes.
    let change = json!([{
        "Moodle_Grade_Composite_Key": "4_2_2",
        "Learning_Outcomes_Assessm": [
            {"id": outcomes[0]["id"], "LO_Code": "P9"},
            {"id": outcomes[1]["id"], "_delete": null},
            {"LO_Code": "D1"},
        ],
    }]);
    let (status, rows) = upsert(&sandbox, &token, change).await?;
    assert_eq!((status.as_str(), &rows[0]["action"]), ("200", &json!("update")));
    let now = read().await?;
    let now = now["Learning_Outcomes_Assessm"].as_array().cloned().unwrap_or_default();
    let codes: Vec<&Value> = now.iter().map(|row| &row["LO_Code"]).collect();
    assert_eq!(codes, ["P9", "D1"]);
    assert!(now[0].get("LO_Score").is_none(), "a replaced row keeps nothing: {}", now[0]);
    let all = json!([{"Moodle_Grade_Composite_Key": "4_2_2", "Learning_Outcomes_Assessm": []}]);
    upsert(&sandbox, &token, all).await?;
    assert_eq!(read().await?["Learning_Outcomes_Assessm"], json!([]));
    let (status, _) = upsert(&sandbox, &token, json!([{"Grade": 5}])).await?;
    assert_eq!(status, "400");
    set(&sandbox, &json!({"all_failed_status": 202})).await?;
    let (status, _) = upsert(&sandbox, &token, json!([{"Grade": 5}])).await?;
    assert_eq!(status, "202");
    let ledger = json_of(&send(&sandbox.zoho_url(), "GET /_sandbox/ledger", "").await?);
    assert_eq!(ledger["zoho"]["writes"]["BTEC_Grades"], json!({"created": 1, "updated": 2}));
    assert_eq!(ledger["zoho"]["workflow_calls"], 0);
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_second_record_with_a_unique_value_is_refused_and_counted() -> io::Result<()> {
    let (sandbox, token) = school(3).await?;
    let row = json!({"data": [{"Moodle_Grade_Composite_Key": "k"}], "trigger": []}).to_string();
    let place = "POST /crm/v8/BTEC_Grades";
    assert!(zoho(&sandbox, &token, place, &row).await?.starts_with("HTTP/1.1 201"));
    let twin = json_of(&zoho(&sandbox, &token, place, &row).await?);
    assert_eq!(twin["data"][0]["code"], "DUPLICATE_DATA");
    // Controls can create two, and the report shows them.
    let forced = "{\"Moodle_Grade_Composite_Key\":\"K\"}";
    send(&sandbox.zoho_url(), "POST /_sandbox/zoho/records/BTEC_Grades", forced).await?;
    let double = json_of(&send(&sandbox.zoho_url(), "GET /_sandbox/duplicates", "").await?);
    assert_eq!(double["zoho"]["BTEC_Grades.Moodle_Grade_Composite_Key"], 1);
    assert_eq!(double["zoho"]["BTEC_Students.Academic_Email"], 0);
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn the_search_lags_behind() -> io::Result<()> {
    let (sandbox, token) = school(3).await?;
    set(&sandbox, &json!({"scopes": EVERY})).await?;
    let row = json!({"data": [{"Moodle_Grade_Composite_Key": "k", "Grade": "P"}]}).to_string();
    zoho(&sandbox, &token, "POST /crm/v8/BTEC_Grades", &row).await?;
    let place = "GET /crm/v8/BTEC_Grades/search?criteria=(Moodle_Grade_Composite_Key:equals:k)";
    assert_eq!(ids(&zoho(&sandbox, &token, place, "").await?).len(), 1);
    set(&sandbox, &json!({"search_lag_s": 60})).await?;
    assert!(zoho(&sandbox, &token, place, "").await?.starts_with("HTTP/1.1 204"));
    let odd = "GET /crm/v8/BTEC_Grades/search?criteria=odd";
    assert!(zoho(&sandbox, &token, odd, "").await?.starts_with("HTTP/1.1 400"));
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn credits_show_past_half_and_run_out() -> io::Result<()> {
    let (sandbox, token) = school(3).await?;
    set(&sandbox, &json!({"credits": 4, "scopes": ["ZohoCRM.org.READ"]})).await?;
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(zoho(&sandbox, &token, "GET /crm/v8/org", "").await?);
    }
    let left = |answer: &String| answer.contains("x-api-credits-remaining: ");
    let shown: Vec<bool> = answers.iter().map(left).collect();
    assert_eq!(shown, [false, true, true, true, false]);
    assert!(answers[4].starts_with("HTTP/1.1 429"));
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn shown_values_of_picklists_are_a_switch() -> io::Result<()> {
    let (sandbox, token) = school(1).await?;
    let place = "GET /crm/v8/Products?fields=Status";
    let stored = json_of(&zoho(&sandbox, &token, place, "").await?);
    assert_eq!(
        (&stored["data"][1]["Status"], &stored["data"][0]["Status"]),
        (&json!("Draft"), &json!("Sent"))
    );
    set(&sandbox, &json!({"shown_picklists": true})).await?;
    let shown = json_of(&zoho(&sandbox, &token, place, "").await?);
    assert_eq!(shown["data"][1]["Status"], "Enabled");
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn records_of_any_module_are_made_changed_and_deleted_from_outside() -> io::Result<()> {
    let (sandbox, token) = school(3).await?;
    let base = sandbox.zoho_url();
    let student = ids_of(&sandbox, 0).await?.remove(0);
    let row = json!({
        "Student_ID": {"id": student, "name": "x"},
        "Payment_Schedule": [{"Installment_No": 1}],
        "Registration_Status": "Special",
    });
    let place = "POST /_sandbox/zoho/records/BTEC_Registrations";
    let made = json_of(&send(&base, place, &row.to_string()).await?);
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (&made["Student_ID"]["id"], &made["Name"]),
        (&json!(student), &json!("REG-0000003"))
    );
    assert_eq!(made["Payment_Schedule"][0]["id"].as_str().map(str::len), Some(19));
    let list = "GET /crm/v8/BTEC_Registrations?fields=Registration_Status&sort_by=Modified_Time";
    assert_eq!(ids(&zoho(&sandbox, &token, list, "").await?).first(), Some(&id));

    let place = format!("PUT /_sandbox/zoho/records/BTEC_Registrations/{id}");
    let before = made["Modified_Time"].clone();
    let unseen = send(&base, &format!("{place}?unseen=1"), "{\"Study_Mode\":\"Online\"}").await?;
    let unseen = json_of(&unseen);
    assert_eq!((&unseen["Modified_Time"], &unseen["Study_Mode"]), (&before, &json!("Online")));
    send(&base, "POST /_sandbox/clock", "{\"advance_s\":60}").await?;
    let seen = json_of(&send(&base, &place, "{\"Study_Mode\":\"Onsite\"}").await?);
    assert_ne!(seen["Modified_Time"], before);

    let place = format!("DELETE /_sandbox/zoho/records/BTEC_Registrations/{id}");
    assert_eq!(json_of(&send(&base, &place, "").await?)["deleted"], id.as_str());
    assert!(send(&base, &place, "").await?.starts_with("HTTP/1.1 404"));
    let counts = json_of(&send(&base, "GET /_sandbox/counts", "").await?);
    assert_eq!(counts["zoho"]["BTEC_Registrations"], 3);
    let rest =
        json_of(&send(&base, "GET /_sandbox/zoho/records/BTEC?limit=3&offset=15", "").await?);
    assert_eq!(rest["total"], 16);
    assert_eq!(rest["records"].as_array().map(Vec::len), Some(1));
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn choices_are_appended_or_replaced() -> io::Result<()> {
    let (sandbox, token) = school(60).await?;
    let place = "GET /_sandbox/zoho/records/BTEC_Classes?limit=9";
    let classes = json_of(&send(&sandbox.zoho_url(), place, "").await?)["records"].take();
    let student = ids_of(&sandbox, 0).await?.remove(0);
    for (append, count) in [(true, 3), (true, 3), (false, 1)] {
        let row = json!({"data": [{
            "id": student,
            "Classes": [classes[5]["id"]],
            "$append_values": {"Classes": append},
        }]});
        zoho(&sandbox, &token, "PUT /crm/v8/BTEC_Students", &row.to_string()).await?;
        let place = format!("GET /crm/v8/BTEC_Students/{student}");
        let one = json_of(&zoho(&sandbox, &token, &place, "").await?)["data"][0].take();
        assert_eq!(one["Classes"].as_array().map(Vec::len), Some(count), "{}", one["Classes"]);
    }
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_is_left_out_is_no_key_and_no_column() -> io::Result<()> {
    let (sandbox, token) = school(4).await?;
    set(&sandbox, &json!({"scopes": EVERY})).await?;
    let ids = ids_of(&sandbox, 0).await?;
    let first = ids.first().cloned().unwrap_or_default();
    let places = [
        ("list", "GET /crm/v8/BTEC_Students?fields=City,Status".to_owned()),
        ("ids", format!("GET /crm/v8/BTEC_Students?fields=City,Status&ids={first}")),
        ("single", format!("GET /crm/v8/BTEC_Students/{first}")),
        ("search", "GET /crm/v8/BTEC_Students/search?criteria=(Name:starts_with:A)".to_owned()),
    ];
    let has = async |place: &str| -> io::Result<bool> {
        let rows = json_of(&zoho(&sandbox, &token, place, "").await?)["data"].take();
        let rows = rows.as_array().cloned().unwrap_or_default();
        assert!(!rows.is_empty() && rows.iter().all(|row| row.get("Status").is_some()), "{rows:?}");
        Ok(rows.iter().all(|row| row.get("City").is_some()))
    };
    for (of, place) in &places {
        let left_out = json!([{"module": "BTEC_Students", "field": "City", "of": [of]}]);
        set(&sandbox, &json!({ "left_out": left_out })).await?;
        for (other, place) in &places {
            assert_eq!(has(place).await?, of != other, "{of} {other}");
        }
        set(&sandbox, &json!({"left_out": []})).await?;
        assert!(has(place).await?, "{of}");
    }

    // In some records only, and in those from a number on.
    for (which, left) in [(json!({ "ids": [first] }), 3), (json!({"from": 3}), 3)] {
        let mut one = json!({"module": "BTEC_Students", "field": "City"});
        if let (Some(members), Value::Object(which)) = (one.as_object_mut(), which) {
            members.extend(which);
        }
        set(&sandbox, &json!({ "left_out": [one] })).await?;
        let query = "select City, Status from BTEC_Students where id > '0' limit 0, 10";
        let rows = json_of(&coql(&sandbox, &token, query).await?)["data"].take();
        let rows = rows.as_array().cloned().unwrap_or_default();
        assert_eq!(
            (rows.len(), rows.iter().filter(|row| row.get("City").is_some()).count()),
            (4, left)
        );
    }

    // A file without the column; a field that is not described cannot be asked for.
    let query = json!({"module": {"api_name": "BTEC_Students"}, "fields": ["City", "Status"]});
    let one = json!([{"module": "BTEC_Students", "field": "City", "of": ["bulk"]}]);
    set(&sandbox, &json!({ "left_out": one })).await?;
    let id = job(&sandbox, &token, &query).await?;
    for _ in 0..3 {
        ask(&sandbox, &token, &id).await?;
    }
    let (_, text) = download(&sandbox, &token, &id).await?;
    assert!(text.starts_with("id,Status\n"), "{text}");
    let fields = "GET /crm/v8/settings/fields?module=BTEC_Students";
    assert!(zoho(&sandbox, &token, fields, "").await?.contains("\"City\""));
    let one = json!([{"module": "BTEC_Students", "field": "City", "of": ["metadata"]}]);
    set(&sandbox, &json!({ "left_out": one })).await?;
    assert!(!zoho(&sandbox, &token, fields, "").await?.contains("\"City\""));
    let body = json!({ "query": query }).to_string();
    let answer = zoho(&sandbox, &token, "POST /crm/bulk/v8/read", &body).await?;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    sandbox.stop().await;
    Ok(())
}

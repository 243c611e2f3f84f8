//! The sandbox from outside, over real sockets: what no single file can test.

mod crm;
mod fault;
mod official;
mod reads;
mod rich;
mod site;

use {
    super::{Options, Sandbox},
    serde_json::{Value, json},
    std::io,
    tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    },
};

/// Sends a request and returns all bytes received until the connection closes.
async fn send(base: &str, head: &str, body: &str) -> io::Result<String> {
    let address = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await?;
    let length = body.len();
    let request = format!(
        "{head} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

fn json_of(answer: &str) -> Value {
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    serde_json::from_str(body).unwrap_or_default()
}

async fn moodle(sandbox: &Sandbox, function: &str, rest: &str) -> io::Result<String> {
    let token = sandbox.credentials().moodle_token;
    let form = format!("wstoken={token}&wsfunction={function}&moodlewsrestformat=json{rest}");
    send(&sandbox.moodle_url(), "POST /webservice/rest/server.php", &form).await
}

async fn zoho_token(sandbox: &Sandbox) -> io::Result<String> {
    let all = sandbox.credentials();
    let form = format!(
        "grant_type=refresh_token&client_id={}&client_secret={}&refresh_token={}",
        all.zoho_client_id, all.zoho_client_secret, all.zoho_refresh_token
    );
    let answer = json_of(&send(&sandbox.zoho_url(), "POST /oauth/v2/token", &form).await?);
    Ok(answer["access_token"].as_str().unwrap_or_default().to_owned())
}

async fn zoho(sandbox: &Sandbox, token: &str, place: &str, body: &str) -> io::Result<String> {
    let head = format!("{place} HTTP/1.1\r\nAuthorization: Zoho-oauthtoken {token}\r\nX-Rest:");
    send(&sandbox.zoho_url(), &head, body).await
}

async fn list(sandbox: &Sandbox, token: &str, rest: &str) -> io::Result<Value> {
    let place = format!("GET /crm/v8/BTEC_Students?fields=Academic_Email{rest}");
    Ok(json_of(&zoho(sandbox, token, &place, "").await?))
}

const USER: &str = "&users[0][username]=one&users[0][firstname]=A&users[0][lastname]=B\
                    &users[0][email]=one@x.example&users[0][auth]=oauth2";

#[tokio::test]
async fn walks_all_pages_in_every_order() -> io::Result<()> {
    let sandbox = Sandbox::start(Options { students: 1_003, ..Options::default() }).await?;
    let token = zoho_token(&sandbox).await?;
    for (index, method) in [(5, "PUT"), (400, "PUT"), (7, "DELETE")] {
        let head = format!("{method} /_sandbox/zoho/students/{index}");
        send(&sandbox.zoho_url(), &head, "{\"City\":\"Karak\"}").await?;
    }
    for order in
        ["", "&sort_order=asc", "&sort_by=Modified_Time", "&sort_by=Modified_Time&sort_order=asc"]
    {
        let mut ids = Vec::new();
        let mut rest = order.to_owned();
        loop {
            let page = list(&sandbox, &token, &rest).await?;
            let rows = page["data"].as_array().cloned().unwrap_or_default();
            assert_eq!(page["info"]["count"], rows.len());
            ids.extend(rows.iter().map(|row| row["id"].to_string()));
            match page["info"]["next_page_token"].as_str() {
                Some(next) => rest = format!("{order}&page_token={next}"),
                None => break,
            }
        }
        assert_eq!(ids.len(), 1_002, "{order}");
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 1_002, "{order}");
    }
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn cut_sends_nothing_and_only_one_kind_applies() -> io::Result<()> {
    let sandbox = Sandbox::start(Options::default()).await?;
    for (kind, users) in [("cut", 0), ("cut_after_apply", 1)] {
        let fault = json!({"target": "moodle", "kind": kind}).to_string();
        send(&sandbox.moodle_url(), "POST /_sandbox/faults", &fault).await?;
        let answer = moodle(&sandbox, "core_user_create_users", USER).await;
        assert!(answer.map_or_else(|_| true, |text| text.is_empty()), "{kind}");
        let ledger = json_of(&send(&sandbox.zoho_url(), "GET /_sandbox/ledger", "").await?);
        assert_eq!(ledger["moodle"]["users"], users, "{kind}");
    }
    let again = json_of(&moodle(&sandbox, "core_user_create_users", USER).await?);
    assert_eq!(again["errorcode"], "invalidparameter");
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_second_start_finds_the_school_as_it_was() -> io::Result<()> {
    let name = format!("sandbox-state-{}.json", std::process::id());
    let path = std::env::temp_dir().join(name);
    let options = Options { students: 20, state_file: Some(path.clone()), ..Options::default() };
    let first = Sandbox::start(options.clone()).await?;
    let token = zoho_token(&first).await?;
    moodle(&first, "core_user_create_users", USER).await?;
    let body = "{\"Academic_Email\":\"moved@college.example\"}";
    send(&first.zoho_url(), "PUT /_sandbox/zoho/students/3", body).await?;
    send(&first.zoho_url(), "POST /_sandbox/zoho/students", "{\"count\":2}").await?;
    let before = list(&first, &token, "").await?;
    first.stop().await;

    let second = Sandbox::start(Options { students: 5, ..options }).await?;
    let after = list(&second, &token, "").await?;
    assert_eq!(before["data"].as_array().map(Vec::len), Some(22));
    assert_eq!(before["data"], after["data"]);
    let rest = "&field=email&values[0]=one@x.example";
    let found = json_of(&moodle(&second, "core_user_get_users_by_field", rest).await?);
    assert_eq!(found[0]["username"], "one");
    let twin = json_of(&moodle(&second, "core_user_create_users", USER).await?);
    assert_eq!(twin["errorcode"], "invalidparameter");
    second.stop().await;
    std::fs::remove_file(path)
}

#[tokio::test]
async fn every_module_is_listed_and_agrees_with_the_others() -> io::Result<()> {
    let sandbox = Sandbox::start(Options { students: 60, ..Options::default() }).await?;
    let token = zoho_token(&sandbox).await?;
    for (module, fields, count) in [
        ("Products", "Product_Name,Status", 4),
        ("BTEC", "Name,Program,P1_description", 16),
        ("BTEC_Teachers", "Name,Academic_Email", 3),
        ("BTEC_Classes", "Class_Name,Unit,BTEC_Program,Teacher,Enrolled_Students", 6),
        ("BTEC_Enrollments", "Enrolled_Students,Classes", 120),
        ("BTEC_Registrations", "Student_ID,Program,Payment_Schedule", 60),
        ("BTEC_Payments", "Registration_ID,Payment_Amount", 90),
    ] {
        let place = format!("GET /crm/v8/{module}?fields={fields}&sort_by=Modified_Time");
        let page = json_of(&zoho(&sandbox, &token, &place, "").await?);
        let rows = page["data"].as_array().cloned().unwrap_or_default();
        assert_eq!(rows.len(), count, "{module}");
        for (name, value) in rows.iter().filter_map(Value::as_object).flatten() {
            // Fields that come only with single records are not here.
            assert!(!value.is_array(), "{module} {name}");
            if let Some(look) = value.as_object() {
                let named = look["name"].as_str().is_some_and(|name| !name.is_empty());
                assert!(named && look["id"].as_str().is_some_and(|id| id.len() == 19), "{value}");
            }
        }
    }
    let empty = zoho(&sandbox, &token, "GET /crm/v8/BTEC_Grades?fields=Grade", "").await?;
    assert!(empty.starts_with("HTTP/1.1 204"), "{empty}");
    let place = "GET /_sandbox/zoho/records/BTEC_Registrations/1";
    let id = json_of(&send(&sandbox.zoho_url(), place, "").await?)["id"].clone();
    let place = format!("GET /crm/v8/BTEC_Registrations/{}", id.as_str().unwrap_or_default());
    let one = json_of(&zoho(&sandbox, &token, &place, "").await?);
    assert_eq!(one["data"][0]["Payment_Schedule"].as_array().map(Vec::len), Some(4));
    assert_eq!(one["data"][0]["Payment_Schedule"][3]["Parent_Id"]["id"], id);
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn look_ups_follow_a_renamed_record() -> io::Result<()> {
    let sandbox = Sandbox::start(Options { students: 1, ..Options::default() }).await?;
    let token = zoho_token(&sandbox).await?;
    let rename = "{\"Product_Name\":\"Another\"}";
    send(&sandbox.zoho_url(), "PUT /_sandbox/zoho/records/Products/0", rename).await?;
    let place = "GET /crm/v8/BTEC_Classes?fields=BTEC_Program";
    let page = json_of(&zoho(&sandbox, &token, place, "").await?);
    assert_eq!(page["data"][0]["BTEC_Program"]["name"], "Another");
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_deletion_is_told_unless_it_is_unseen() -> io::Result<()> {
    let sandbox = Sandbox::start(Options { students: 9, ..Options::default() }).await?;
    let token = zoho_token(&sandbox).await?;
    for (key, switch) in [(0, ""), (1, "?permanent=1"), (2, "?unseen=1")] {
        let place = format!("DELETE /_sandbox/zoho/records/BTEC_Payments/{key}{switch}");
        assert!(send(&sandbox.zoho_url(), &place, "").await?.starts_with("HTTP/1.1 200"));
    }
    for (kind, count) in [("all", 2), ("recycle", 1), ("permanent", 1)] {
        let place = format!("GET /crm/v8/BTEC_Payments/deleted?type={kind}");
        let page = json_of(&zoho(&sandbox, &token, &place, "").await?);
        assert_eq!(page["info"]["count"], count, "{kind}");
    }
    let page = json_of(&zoho(&sandbox, &token, "GET /crm/v8/BTEC_Payments?fields=Name", "").await?);
    assert_eq!(page["info"]["count"], 11);
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_old_state_file_is_refused_with_a_clear_text() -> io::Result<()> {
    let name = format!("sandbox-old-state-{}.json", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, "{\"version\":1,\"zoho\":{\"tables\":{}},\"moodle\":{}}")?;
    let options = Options { state_file: Some(path.clone()), ..Options::default() };
    let text = match Sandbox::start(options).await {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    assert!(text.contains("layout 1") && text.contains("layout 2"), "{text}");
    std::fs::remove_file(path)
}

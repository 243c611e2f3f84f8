//! Faults from a client's view.

use {
    super::{USER, json_of, list, moodle, send, zoho, zoho_token},
    crate::{Options, Sandbox},
    serde_json::{Value, json},
    std::io,
};

async fn switch_on(sandbox: &Sandbox, fault: &Value) -> io::Result<()> {
    let answer = send(&sandbox.zoho_url(), "POST /_sandbox/faults", &fault.to_string()).await?;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok(())
}

async fn counts(sandbox: &Sandbox) -> io::Result<Value> {
    Ok(json_of(&send(&sandbox.zoho_url(), "GET /_sandbox/counts", "").await?))
}

const CREATE: &str = "core_user_create_users";

#[tokio::test]
async fn only_some_kinds_do_what_was_asked() -> io::Result<()> {
    for (kind, users, head) in [
        ("hang", 0, ""),
        ("hang_after_apply", 1, ""),
        ("status", 0, "HTTP/1.1 500"),
        ("status_after_apply", 1, "HTTP/1.1 500"),
        ("redirect", 0, "HTTP/1.1 302"),
        ("no_content", 0, "HTTP/1.1 204"),
        ("invalid_json", 0, "HTTP/1.1 200"),
        ("empty_list", 0, "HTTP/1.1 200"),
        ("oversized", 0, "HTTP/1.1 200"),
        ("drip", 1, "HTTP/1.1 200"),
    ] {
        let sandbox = Sandbox::start(Options { students: 1, ..Options::default() }).await?;
        let fault = json!({
            "target": "moodle", "kind": kind, "function": CREATE, "delay_ms": 1, "bytes": 100_000
        });
        switch_on(&sandbox, &fault).await?;
        let answer = moodle(&sandbox, CREATE, USER).await.unwrap_or_default();
        assert!(answer.starts_with(head) && answer.is_empty() == head.is_empty(), "{kind}");
        assert_eq!(counts(&sandbox).await?["moodle"]["users"], users, "{kind}");
        match kind {
            "redirect" => assert!(answer.contains("location: http://elsewhere.example/")),
            "oversized" => assert!(answer.len() > 100_000),
            "drip" => assert!(answer.contains("\"username\":\"one\""), "{answer}"),
            _ => {}
        }
        sandbox.stop().await;
    }
    Ok(())
}

#[tokio::test]
async fn a_part_of_a_batch_is_done_and_the_connection_cut() -> io::Result<()> {
    let sandbox = Sandbox::start(Options { students: 9, ..Options::default() }).await?;
    let two = format!("{USER}{}", USER.replace("[0]", "[1]").replace("one", "two"));
    let fault = json!({"target": "moodle", "kind": "cut_after_part", "keep": 1});
    switch_on(&sandbox, &fault).await?;
    assert!(moodle(&sandbox, CREATE, &two).await.unwrap_or_default().is_empty());
    assert_eq!(counts(&sandbox).await?["moodle"]["users"], 1);
    let token = zoho_token(&sandbox).await?;
    let fault = json!({"target": "zoho", "kind": "cut_after_part", "keep": 2});
    switch_on(&sandbox, &fault).await?;
    let rows = json!({"data": [{"Grade": "P"}, {"Grade": "M"}, {"Grade": "D"}], "trigger": []});
    let place = "POST /crm/v8/BTEC_Grades";
    let answer = zoho(&sandbox, &token, place, &rows.to_string()).await.unwrap_or_default();
    assert!(answer.is_empty());
    assert_eq!(counts(&sandbox).await?["zoho"]["BTEC_Grades"], 2);
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn lists_end_early_come_short_or_never_end() -> io::Result<()> {
    let sandbox = Sandbox::start(Options { students: 250, ..Options::default() }).await?;
    let token = zoho_token(&sandbox).await?;
    let fault = |kind: &str| json!({"target": "zoho", "kind": kind, "function": "/crm/v8/BTEC_Students", "times": 0});
    switch_on(&sandbox, &fault("early_end")).await?;
    let page = list(&sandbox, &token, "").await?;
    assert_eq!(
        (&page["info"]["more_records"], &page["info"]["count"]),
        (&json!(false), &json!(200))
    );
    assert!(page["info"]["next_page_token"].is_null());
    send(&sandbox.zoho_url(), "DELETE /_sandbox/faults", "").await?;

    switch_on(&sandbox, &fault("short_page")).await?;
    let page = list(&sandbox, &token, "").await?;
    assert_eq!(page["info"]["count"], 200);
    assert_eq!(page["data"].as_array().map(Vec::len), Some(100));
    send(&sandbox.zoho_url(), "DELETE /_sandbox/faults", "").await?;

    switch_on(&sandbox, &fault("endless_pages")).await?;
    let mut rest = "&per_page=100".to_owned();
    for _ in 0..6 {
        let page = list(&sandbox, &token, &rest).await?;
        assert_eq!(page["info"]["more_records"], true);
        let next = page["info"]["next_page_token"].as_str().unwrap_or_default();
        rest = format!("&per_page=100&page_token={next}");
    }
    send(&sandbox.zoho_url(), "DELETE /_sandbox/faults", "").await?;

    switch_on(&sandbox, &fault("expired_page_token")).await?;
    let page = list(&sandbox, &token, "&per_page=100").await?;
    let next = page["info"]["next_page_token"].as_str().unwrap_or_default();
    let page = list(&sandbox, &token, &format!("&per_page=100&page_token={next}")).await?;
    assert_eq!(page["code"], "EXPIRED_VALUE");
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn every_answer_tells_the_time_of_the_sandbox() -> io::Result<()> {
    let sandbox = Sandbox::start(Options { students: 1, ..Options::default() }).await?;
    let token = zoho_token(&sandbox).await?;
    // Four thousand years ahead, which no wall clock can show.
    let body = "{\"advance_s\":126230400000}";
    let moved = json_of(&send(&sandbox.zoho_url(), "POST /_sandbox/clock", body).await?);
    assert_eq!(moved["offset_s"], 50_000_000_000_i64);
    for base in [sandbox.zoho_url(), sandbox.moodle_url()] {
        let answer = send(&base, "GET /crm/v8/org", "").await?;
        let date = answer.lines().find_map(|line| line.strip_prefix("date: "));
        let year = date.and_then(|date| date.split(' ').nth(3)?.parse::<u32>().ok());
        assert!(year.is_some_and(|year| year > 3_500), "{answer}");
    }
    // The token has expired in the meantime.
    assert_eq!(list(&sandbox, &token, "").await?["code"], "INVALID_TOKEN");
    sandbox.stop().await;
    Ok(())
}

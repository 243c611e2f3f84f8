//! How lists hide records from a client who relies on them, and how far they reach.

use {
    super::{json_of, list, send, zoho, zoho_token},
    crate::{Options, Sandbox},
    serde_json::{Value, json},
    std::io,
};

async fn school(students: u32, options: &Value) -> io::Result<(Sandbox, String)> {
    let sandbox = Sandbox::start(Options { students, ..Options::default() }).await?;
    control(&sandbox, "PUT", "options", options).await?;
    let token = zoho_token(&sandbox).await?;
    Ok((sandbox, token))
}

async fn control(sandbox: &Sandbox, verb: &str, path: &str, body: &Value) -> io::Result<Value> {
    let place = format!("{verb} /_sandbox/{path}");
    Ok(json_of(&send(&sandbox.zoho_url(), &place, &body.to_string()).await?))
}

/// Reads a list to its end and returns how many records it showed.
async fn count(sandbox: &Sandbox, token: &str, rest: &str) -> io::Result<usize> {
    let (mut count, mut way) = (0, String::new());
    loop {
        let page = list(sandbox, token, &format!("&sort_by=id&sort_order=asc{rest}{way}")).await?;
        count += page["data"].as_array().map_or(0, Vec::len);
        match page["info"]["next_page_token"].as_str() {
            Some(token) => way = format!("&page_token={token}"),
            None => return Ok(count),
        }
    }
}

#[tokio::test]
async fn what_slides_over_the_border_of_positions_is_in_no_page() -> io::Result<()> {
    for (by_position, shown) in [(false, 450), (true, 447)] {
        let (sandbox, token) = school(450, &json!({"position_tokens": by_position})).await?;
        let fault = json!({
            "target": "zoho", "kind": "then_delete", "function": "GET /crm/v8/BTEC_Students",
            "records": [0, 1, 2],
        });
        control(&sandbox, "POST", "faults", &fault).await?;
        assert_eq!(count(&sandbox, &token, "").await?, shown);
        assert_eq!(count(&sandbox, &token, "").await?, 447);
        sandbox.stop().await;
    }
    Ok(())
}

#[tokio::test]
async fn pages_end_where_the_settings_say() -> io::Result<()> {
    let (sandbox, token) = school(450, &json!({"page_token_reach": 400})).await?;
    let place = "&sort_by=id&sort_order=asc";
    let first = list(&sandbox, &token, place).await?;
    let way = |page: &Value| {
        format!("{place}&page_token={}", page["info"]["next_page_token"].as_str().unwrap_or("-"))
    };
    let second = list(&sandbox, &token, &way(&first)).await?;
    assert_eq!(second["data"].as_array().map(Vec::len), Some(200));
    let third = list(&sandbox, &token, &way(&second)).await?;
    assert_eq!(third["code"], "PAGINATION_LIMIT_EXCEEDED");
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn scopes_and_lengths_are_checked() -> io::Result<()> {
    let missing = json!({"missing_scopes": ["ZohoCRM.coql.READ", "ZohoCRM.bulk.READ"]});
    let (sandbox, token) = school(3, &missing).await?;
    for place in ["POST /crm/v8/coql", "POST /crm/bulk/v8/read"] {
        let answer = json_of(&zoho(&sandbox, &token, place, "{}").await?);
        assert_eq!(answer["code"], "OAUTH_SCOPE_MISMATCH", "{place}");
    }
    assert_eq!(count(&sandbox, &token, "").await?, 3);
    let ids = vec!["4150868000000376008"; 52].join(",");
    let refused = list(&sandbox, &token, &format!("&ids={ids}")).await?;
    assert_eq!(refused["details"]["param_name"], "ids", "{refused}");
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn who_waits_or_was_converted_is_shown_to_those_who_ask() -> io::Result<()> {
    let (sandbox, token) = school(10, &json!({})).await?;
    for (number, why) in [(0, "waiting"), (1, "converted")] {
        let path = format!("zoho/students/{number}?unseen=1&hidden={why}");
        control(&sandbox, "PUT", &path, &json!({})).await?;
    }
    let both = "&approved=both&converted=both";
    for (rest, shown) in
        [("", 8), ("&approved=both", 9), ("&converted=both", 9), (both, 10), ("&approved=false", 1)]
    {
        assert_eq!(count(&sandbox, &token, rest).await?, shown, "{rest}");
    }
    control(&sandbox, "PUT", "options", &json!({"filters": "ignored"})).await?;
    assert_eq!(count(&sandbox, &token, both).await?, 8);
    control(&sandbox, "PUT", "options", &json!({"filters": "refused"})).await?;
    let refused = list(&sandbox, &token, both).await?;
    assert_eq!(refused["details"]["param_name"], "approved", "{refused}");
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_is_restored_keeps_its_time() -> io::Result<()> {
    let (sandbox, token) = school(10, &json!({})).await?;
    let before = control(&sandbox, "GET", "zoho/students/3", &json!({})).await?;
    let id = before["id"].as_str().unwrap_or_default();
    control(&sandbox, "DELETE", "zoho/students/3", &json!({})).await?;
    assert_eq!(count(&sandbox, &token, "").await?, 9);
    let path = format!("zoho/restore/BTEC_Students/{id}");
    control(&sandbox, "POST", &path, &json!({})).await?;
    assert_eq!(count(&sandbox, &token, "").await?, 10);
    assert_eq!(control(&sandbox, "GET", "zoho/students/3", &json!({})).await?, before);
    let deleted = zoho(&sandbox, &token, "GET /crm/v8/BTEC_Students/deleted", "").await?;
    assert!(deleted.starts_with("HTTP/1.1 204"), "{deleted}");
    sandbox.stop().await;
    Ok(())
}

//! What Zoho's own clients send, and the modules that every organisation has: forms in parts, ids as numbers, scopes, and
//! leads that are converted.

use {
    super::{json_of, send, zoho, zoho_token},
    crate::{Options, Sandbox, client},
    serde_json::{Value, json},
    std::io,
};

/// Calls a control.
async fn control(sandbox: &Sandbox, method: &str, path: &str, body: &Value) -> io::Result<Value> {
    let at = sandbox.zoho_url().trim_start_matches("http://").parse();
    let at = at.map_err(io::Error::other)?;
    let reply = client::call(at, method, path, Some(body)).await?;
    assert_eq!(reply.status, 200, "{}", reply.body);
    Ok(reply.body)
}

async fn school() -> io::Result<(Sandbox, String)> {
    let sandbox = Sandbox::start(Options { students: 450, ..Options::default() }).await?;
    let token = zoho_token(&sandbox).await?;
    Ok((sandbox, token))
}

#[tokio::test]
async fn a_token_is_given_for_a_form_in_parts() -> io::Result<()> {
    let (sandbox, _) = school().await?;
    let all = sandbox.credentials();
    let part = |(name, value): (&str, &str)| {
        format!("--b1\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let form = |secret: &str| {
        let fields = [
            ("client_id", all.zoho_client_id),
            ("client_secret", secret),
            ("grant_type", "refresh_token"),
            ("refresh_token", all.zoho_refresh_token),
        ];
        format!("{}--b1--\r\n", fields.map(part).concat())
    };
    let head = "POST /oauth/v2/token HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b1\r\nX-Rest:";
    let good = json_of(&send(&sandbox.zoho_url(), head, &form(all.zoho_client_secret)).await?);
    assert_eq!(good["token_type"], "Bearer", "{good}");
    assert!(good["scope"].as_str().is_some_and(|scope| scope.contains("ZohoCRM.coql.READ")));
    let bad = json_of(&send(&sandbox.zoho_url(), head, &form("x")).await?);
    assert_eq!(bad["error"], "invalid_client_secret");
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn page_tokens_have_a_hundred_characters_at_most() -> io::Result<()> {
    let (sandbox, _) = school().await?;
    control(&sandbox, "POST", "clock", &json!({"advance_s": 40_000_000_000_i64})).await?;
    let token = zoho_token(&sandbox).await?;
    let mut place = "GET /crm/v8/BTEC_Students?fields=id&sort_by=Modified_Time".to_owned();
    let first = place.clone();
    let mut rows = 0;
    loop {
        let page = json_of(&zoho(&sandbox, &token, &place, "").await?);
        rows += page["data"].as_array().map_or(0, Vec::len);
        for name in ["next_page_token", "previous_page_token"] {
            let text = page["info"][name].as_str().unwrap_or_default();
            assert!(text.len() <= 100, "{text}");
        }
        let Some(next) = page["info"]["next_page_token"].as_str() else { break };
        place = format!("{first}&page_token={next}");
    }
    assert_eq!(rows, 450);
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn ids_are_texts_or_numbers() -> io::Result<()> {
    let (sandbox, token) = school().await?;
    let row = json!({"data": [{"Last_Name": "One"}]}).to_string();
    let made = json_of(&zoho(&sandbox, &token, "POST /crm/v8/Contacts", &row).await?);
    let id = made["data"][0]["details"]["id"].as_str().unwrap_or_default().to_owned();
    let number: u64 = id.parse().unwrap_or_default();
    for (place, contact) in
        [json!(number), json!(id), json!({"id": number}), json!({"id": id})].into_iter().enumerate()
    {
        let row = json!({"data": [{"Name": format!("{place}"), "Contact": contact}]}).to_string();
        let made = json_of(&zoho(&sandbox, &token, "POST /crm/v8/Alumni", &row).await?);
        let own = &made["data"][0]["details"]["id"];
        let get = format!("GET /crm/v8/Alumni/{}", own.as_str().unwrap_or_default());
        let alumnus = json_of(&zoho(&sandbox, &token, &get, "").await?);
        assert_eq!(alumnus["data"][0]["Contact"], json!({"name": "One", "id": id}), "{made}");
    }
    let row = json!({"data": [{"id": number, "First_Name": "No"}, {"id": number + 1}]});
    let update = zoho(&sandbox, &token, "PUT /crm/v8/Contacts", &row.to_string()).await?;
    assert!(update.starts_with("HTTP/1.1 207"), "{update}");
    let get = format!("GET /crm/v8/Contacts/{id}");
    let contact = json_of(&zoho(&sandbox, &token, &get, "").await?);
    assert_eq!(contact["data"][0]["Full_Name"], "No One");
    let lost = json!({"data": [{"Name": "x", "Contact": number + 1}]}).to_string();
    let refused = json_of(&zoho(&sandbox, &token, "POST /crm/v8/Alumni", &lost).await?);
    assert_eq!(refused["data"][0]["code"], "INVALID_DATA");
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_converted_lead_leaves_the_list_and_becomes_a_contact() -> io::Result<()> {
    let (sandbox, token) = school().await?;
    let rows = json!({"data": [{"Last_Name": "One", "Company": "A", "Email": "one@x.example"},
        {"Last_Name": "Two", "Company": "B"}, {"Last_Name": "Three"}]});
    let made = json_of(&zoho(&sandbox, &token, "POST /crm/v8/Leads", &rows.to_string()).await?);
    assert_eq!(made["data"][2]["details"]["api_name"], "Company", "{made}");
    let id = made["data"][0]["details"]["id"].as_str().unwrap_or_default().to_owned();
    let place = format!("POST /crm/v8/Leads/{id}/actions/convert");
    let converted = json_of(&zoho(&sandbox, &token, &place, r#"{"data": [{}]}"#).await?);
    let contact = &converted["data"][0]["details"]["Contacts"];
    assert_eq!(contact["name"], "One", "{converted}");
    let again = json_of(&zoho(&sandbox, &token, &place, r#"{"data": [{}]}"#).await?);
    assert_eq!(again["data"][0]["code"], "ID_ALREADY_CONVERTED");

    let list = "GET /crm/v8/Leads?fields=Last_Name,Converted__s,Converted_Contact";
    let usual = json_of(&zoho(&sandbox, &token, list, "").await?);
    assert_eq!(usual["data"].as_array().map(Vec::len), Some(1));
    let both = format!("{list}&converted=true");
    let row = json_of(&zoho(&sandbox, &token, &both, "").await?)["data"][0].take();
    assert_eq!((&row["Converted__s"], &row["Converted_Contact"]), (&json!(true), contact));
    let get = format!("GET /crm/v8/Contacts/{}", contact["id"].as_str().unwrap_or_default());
    let contact = json_of(&zoho(&sandbox, &token, &get, "").await?);
    assert_eq!(contact["data"][0]["Email"], "one@x.example");
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn every_call_asks_for_its_scope() -> io::Result<()> {
    let (sandbox, token) = school().await?;
    let refused = async |scopes: Value, place: &str| -> io::Result<bool> {
        control(&sandbox, "PUT", "options", &json!({ "scopes": scopes })).await?;
        let answer = json_of(&zoho(&sandbox, &token, place, "{}").await?);
        Ok(answer["code"] == "OAUTH_SCOPE_MISMATCH")
    };
    let read = json!(["ZohoCRM.modules.contacts.READ", "ZohoCRM.settings.fields.READ"]);
    for (place, is_refused) in [
        ("GET /crm/v8/Contacts?fields=id", false),
        ("GET /crm/v8/Contacts/deleted", false),
        ("GET /crm/v8/settings/fields?module=Contacts", false),
        ("GET /crm/v8/settings/modules", true),
        ("GET /crm/v8/Leads?fields=id", true),
        ("GET /crm/v8/Alumni?fields=id", true),
        ("GET /crm/v8/Contacts/search?word=x", true),
        ("POST /crm/v8/Contacts", true),
        ("PUT /crm/v8/Contacts", true),
        ("DELETE /crm/v8/Contacts?ids=1", true),
        ("POST /crm/v8/coql", true),
        ("POST /crm/bulk/v8/read", true),
        ("GET /crm/v8/org", true),
        ("GET /crm/v8/users?type=CurrentUser", true),
    ] {
        assert_eq!(refused(read.clone(), place).await?, is_refused, "{place}");
    }
    let custom = json!(["ZohoCRM.modules.custom.ALL"]);
    assert!(!refused(custom.clone(), "GET /crm/v8/Alumni?fields=id").await?);
    assert!(refused(custom, "GET /crm/v8/Products?fields=id").await?);
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_school_of_an_earlier_version_gets_the_later_modules() -> io::Result<()> {
    let file = std::env::temp_dir().join(format!("sandbox-{}.json", std::process::id()));
    let options = Options { students: 3, state_file: Some(file.clone()), ..Options::default() };
    Sandbox::start(options.clone()).await?.stop().await;
    let mut kept: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
    if let Some(tables) = kept["zoho"]["tables"].as_object_mut() {
        assert!(tables.remove("Contacts").is_some());
    }
    std::fs::write(&file, kept.to_string())?;
    let sandbox = Sandbox::start(options).await?;
    let token = zoho_token(&sandbox).await?;
    let row = json!({"data": [{"Last_Name": "One"}]}).to_string();
    let made = zoho(&sandbox, &token, "POST /crm/v8/Contacts", &row).await?;
    assert!(made.starts_with("HTTP/1.1 201"), "{made}");
    sandbox.stop().await;
    std::fs::remove_file(&file)
}

#[tokio::test]
async fn a_query_is_sorted_by_ten_different_columns_at_most() -> io::Result<()> {
    let (sandbox, token) = school().await?;
    let ask = async |order: &str| -> io::Result<Value> {
        let query = format!("select id from Contacts where id > '0' order by {order} asc limit 1");
        let body = json!({ "select_query": query }).to_string();
        Ok(json_of(&zoho(&sandbox, &token, "POST /crm/v8/coql", &body).await?)["code"].take())
    };
    let columns = [
        "id",
        "Last_Name",
        "First_Name",
        "Email",
        "Phone",
        "Mobile",
        "Date_of_Birth",
        "Mailing_City",
        "Mailing_Country",
        "Lead_Source",
        "Modified_Time",
    ];
    assert_eq!(ask(&columns[..10].join(", ")).await?, Value::Null);
    assert_eq!(ask(&columns.join(", ")).await?, "LIMIT_EXCEEDED");
    assert_eq!(ask("Email, id, Email").await?, "DUPLICATE_DATA");
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn the_client_of_the_controls_says_what_is_wrong() -> io::Result<()> {
    let (sandbox, _) = school().await?;
    let at =
        sandbox.moodle_url().trim_start_matches("http://").parse().map_err(io::Error::other)?;
    let refusal = client::call(at, "PUT", "options", Some(&json!({"nothing": 1}))).await?;
    assert_eq!(refusal.status, 400);
    assert!(refusal.body["error"].as_str().is_some_and(|error| error.contains("nothing")));
    assert_eq!(client::call(at, "GET", "elsewhere", None).await?.status, 404);
    let odd = client::call(at, "GET", "counts HTTP/1.1\r\nx: y", None).await;
    assert!(odd.is_err_and(|error| error.kind() == io::ErrorKind::InvalidInput));
    sandbox.stop().await;
    assert!(client::call(at, "GET", "counts", None).await.is_err());
    Ok(())
}

//! Rich text: its beginning in most answers, all of it in files and by a call of its own.

use {
    super::{
        crm::{EVERY, ask, coql, download, job, school, set},
        json_of, send, zoho,
    },
    serde_json::{Value, json},
    std::io,
};

const PROGRAMS: &str = "/crm/v8/Products";

#[tokio::test]
async fn most_answers_hold_the_beginning_of_a_rich_text() -> io::Result<()> {
    let (sandbox, token) = school(4).await?;
    set(&sandbox, &json!({"scopes": EVERY})).await?;
    let text = format!("<p>{}</p>", "\u{645}<b>x</b>".repeat(100));
    let fields = json!({ "Description": text }).to_string();
    let place = "PUT /_sandbox/zoho/records/Products/0";
    let made = json_of(&send(&sandbox.zoho_url(), place, &fields).await?);
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    let cut: String = text.chars().take(500).collect();
    let described =
        zoho(&sandbox, &token, "GET /crm/v8/settings/fields?module=Products", "").await?;
    let described = json_of(&described)["fields"].take();
    let size = |name: &str| {
        let mut fields = described.as_array().into_iter().flatten();
        fields
            .find(|field| field["api_name"] == name)
            .map(|field| field["textarea"]["type"].clone())
    };
    assert_eq!(size("Description"), Some(json!("rich_text")));
    assert_eq!(size("Product_Name"), Some(Value::Null));

    let shown = async |place: String| -> io::Result<Value> {
        let rows = json_of(&zoho(&sandbox, &token, &place, "").await?)["data"].take();
        let mut rows = rows.as_array().cloned().unwrap_or_default().into_iter();
        let own = rows.find(|row| row["id"] == *id);
        Ok(own.map(|mut row| row["Description"].take()).unwrap_or_default())
    };
    for place in [
        format!("GET {PROGRAMS}?fields=Description"),
        format!("GET {PROGRAMS}?fields=Description&ids={id}"),
        format!("GET {PROGRAMS}/{id}"),
        format!("GET {PROGRAMS}/search?criteria=(id:equals:{id})"),
    ] {
        assert_eq!(shown(place.clone()).await?, json!(cut), "{place}");
    }
    let query = format!("select Description from Products where id = '{id}'");
    let found = json_of(&coql(&sandbox, &token, &query).await?)["data"].take();
    assert_eq!(found[0]["Description"], json!(cut));
    for place in [
        format!("GET {PROGRAMS}/actions/fetch_full_data?ids={id}&fields=Description"),
        format!("GET {PROGRAMS}/{id}/actions/fetch_full_data?fields=Description"),
        format!("GET {PROGRAMS}/{id}/actions/fetch_full_data"),
    ] {
        assert_eq!(shown(place.clone()).await?, json!(text), "{place}");
    }
    let query = json!({"module": {"api_name": "Products"}, "fields": ["Description"]});
    let file = job(&sandbox, &token, &query).await?;
    for _ in 0..3 {
        ask(&sandbox, &token, &file).await?;
    }
    assert!(download(&sandbox, &token, &file).await?.1.contains(&text));
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn whole_texts_are_asked_for_as_documented() -> io::Result<()> {
    let (sandbox, token) = school(4).await?;
    let many = vec!["4150868002000000000"; 201].join(",");
    for (rest, status, code) in [
        ("fields=Description".to_owned(), "400", "REQUIRED_PARAM_MISSING"),
        ("ids=4150868002000000000".to_owned(), "400", "REQUIRED_PARAM_MISSING"),
        ("ids=4150868002000000000&fields=Product_Name".to_owned(), "400", "INVALID_REQUEST"),
        (format!("ids={many}&fields=Description"), "400", "LIMIT_EXCEEDED"),
        ("ids=1&fields=Description".to_owned(), "204", ""),
    ] {
        let place = format!("GET {PROGRAMS}/actions/fetch_full_data?{rest}");
        let answer = zoho(&sandbox, &token, &place, "").await?;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{rest}: {answer}");
        assert!(answer.contains(code), "{rest}: {answer}");
    }
    let out = json!([{"module": "Products", "field": "Description", "of": ["full"]}]);
    set(&sandbox, &json!({ "left_out": out })).await?;
    let place = format!(
        "GET {PROGRAMS}/actions/fetch_full_data?ids=4150868002000000000&fields=Description"
    );
    let answer = json_of(&zoho(&sandbox, &token, &place, "").await?);
    assert_eq!(answer["data"], json!([{"id": "4150868002000000000"}]));
    sandbox.stop().await;
    Ok(())
}

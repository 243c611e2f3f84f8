//! The look of the widget: a tenant's own over that of the deployment, and what is refused.

use {
    crate::harness::{
        app::{App, command, listening},
        cli::{out, sigma},
        client::Client,
        db::{Db, Kind, kinds},
    },
    serde_json::{Value, json},
    std::fs,
};

const PATH: &str = "/v1/extension/branding";
const LOGO: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\"><circle cx=\"4\" cy=\"4\" r=\"4\"/></svg>";

async fn faults(client: &Client, body: Value) -> Vec<(String, String)> {
    let answer = client.put(PATH, &body).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    let faults = answer.json()["detail"].as_array().expect("faults").clone();
    let one = |fault: Value| {
        let field = fault["loc"].as_array().expect("a place").last().expect("a field").clone();
        (field.as_str().expect("a name").to_owned(), fault["msg"].as_str().unwrap().to_owned())
    };
    faults.into_iter().map(one).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_is_saved_shown_and_cleared() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        let nothing = json!({
            "name": "", "logo": "", "colour": "", "text_colour": "", "support_url": "", "contrast": null,
        });
        let answer = client.get(PATH).await;
        assert_eq!(answer.json(), json!({"own": nothing, "shown": nothing}), "{}", answer.text);
        let change = json!({
            "name": " معهد الأفق ", "logo": LOGO, "colour": "#0D5C56", "text_colour": "#ffffff",
            "support_url": "mailto:help@school.example",
        });
        let saved = client.put(PATH, &change).await;
        assert_eq!(saved.status, 200, "{}", saved.text);
        let own = saved.json()["own"].clone();
        assert_eq!((&own["name"], &own["colour"]), (&json!("معهد الأفق"), &json!("#0d5c56")));
        let contrast = own["contrast"].as_f64().expect("a number");
        assert!((contrast - 7.83).abs() < 0.01, "{contrast}");
        assert_eq!(client.get(PATH).await.json()["shown"], own);
        // What is not said stays, and what is refused changes nothing.
        let renamed = client.put(PATH, &json!({"name": "Horizon"})).await.json();
        assert_eq!(
            (&renamed["own"]["name"], &renamed["own"]["logo"]),
            (&json!("Horizon"), &json!(LOGO))
        );
        for (body, field, word) in [
            (json!({"text_colour": "#0d5c57"}), "text_colour", "1.00 to 1; at least 4.5 to 1"),
            (json!({"text_colour": ""}), "text_colour", "both colours"),
            (json!({"colour": "teal"}), "colour", "pattern"),
            (
                json!({"logo": LOGO.replace("<circle", "<script>alert(1)</script><circle")}),
                "logo",
                "<script>",
            ),
            (json!({"logo": LOGO.replace("<circle", "<circle onload=\"x\"")}), "logo", "onload"),
            (json!({"logo": "x".repeat(32 * 1024 + 1)}), "logo", "at most 32768"),
            (json!({"support_url": "javascript:alert(1)"}), "support_url", "https://"),
            (json!({"name": "x".repeat(41)}), "name", "at most 40"),
        ] {
            let told = faults(&client, body).await;
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].0 == field && told[0].1.contains(word), "{told:?}");
        }
        assert_eq!(client.get(PATH).await.json()["own"], renamed["own"]);
        let cleared = json!({
            "name": "", "logo": "", "colour": "", "text_colour": "", "support_url": "",
        });
        assert_eq!(client.put(PATH, &cleared).await.json()["own"], nothing);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_look_of_the_deployment_stands_behind() {
    let db = Db::new(Kind::Sqlite).await;
    let (file, logo) = (db.folder.join("sigma.toml"), db.folder.join("logo.svg"));
    fs::write(&logo, LOGO).expect("a file");
    let settings = |more: &str| {
        let logo = logo.display();
        let text = format!("[widget]\nname = \"Vendor\"\nlogo_file = \"{logo}\"\n{more}\n");
        fs::write(&file, text).expect("a file");
    };
    settings("colour = \"#101010\"\ntext_colour = \"#f0f0f0\"");
    let mut serve = command(&db);
    serve.args(["--listen", "127.0.0.1:0", "--config"]).arg(&file);
    serve.args(["serve", "--worker", "none"]);
    let (_process, url) = listening(serve);
    let client = Client::seeded(&url);
    let info = client.send("GET", "/v1/extension/metadata/server", &Vec::new(), "").await.json();
    let of = |look: &Value| [look["name"].clone(), look["colour"].clone(), look["logo"].clone()];
    assert_eq!(of(&info["branding"]), [json!("Vendor"), json!("#101010"), json!(LOGO)]);
    assert_eq!(of(&client.get(PATH).await.json()["shown"]), of(&info["branding"]));
    // By the command line: a look of the tenant's own, over that of the deployment.
    let told = sigma(&db, &url, &["widget", "branding", "--name", "School"]);
    assert!(out(&told).contains("name     School"), "{}", out(&told));
    let told = sigma(&db, &url, &["widget", "branding"]);
    let (name, colours) = ("name     School", "#101010 with text in #f0f0f0 (contrast 16.");
    assert!(out(&told).contains(name) && out(&told).contains(colours), "{}", out(&told));
    let look = client.get(PATH).await.json();
    assert_eq!((&look["own"]["name"], &look["own"]["colour"]), (&json!("School"), &json!("")));
    // What a tenant may not have, a deployment may not have.
    for (more, word) in [
        ("colour = \"#101010\"\ntext_colour = \"#202020\"", "widget.text_colour: the contrast"),
        ("support_url = \"http://help.example\"", "widget.support_url: an https:// address"),
        ("colour = \"#101010\"", "widget.text_colour: set both colours"),
    ] {
        settings(more);
        let mut serve = command(&db);
        let refused = serve.arg("--config").arg(&file).arg("serve").output().expect("the binary");
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(78), "{more}: {told}");
        assert!(told.contains(word), "{told}");
    }
    fs::write(&logo, "<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>").expect("a file");
    settings("");
    let refused =
        command(&db).arg("--config").arg(&file).arg("serve").output().expect("the binary");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(78), "{told}");
    assert!(told.contains("widget.logo_file: the logo has the element <script>"), "{told}");
}

//! Scheme v2: the usual port, which a client sends and by RFC 9421 does not sign.

use {
    super::{at, school},
    crate::harness::{
        app::App,
        db::{Db, Kind},
    },
};

const SETTINGS: &str = "/v1/extension/settings";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_usual_port_may_be_left_out_of_what_is_signed() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let owner = school(&app.client(), "riyadh").await;
    for (signed, sent, status) in [
        ("sigma.example", "sigma.example", 200),
        ("sigma.example", "sigma.example:443", 200),
        ("sigma.example", "Sigma.example:80", 200),
        ("sigma.example:443", "sigma.example:443", 200),
        ("sigma.example", "sigma.example:8443", 401),
        ("sigma.example", "sigma.example:4443", 401),
        ("sigma.example", "other.example:443", 401),
        ("sigma.example:443", "sigma.example", 401),
        ("sigma.example:80", "sigma.example:443", 401),
    ] {
        let mut headers = at(&owner, &format!("http://{signed}")).sign_v2("GET", SETTINGS, b"");
        headers.push(("Host", sent.to_owned()));
        let answer = owner.send("GET", SETTINGS, &headers, "").await;
        assert_eq!(answer.status, status, "{signed} {sent}: {}", answer.text);
    }
}

//! The public secret of the development key: it works for a caller on this machine who says so, and for no page whose name
//! was led here.

use crate::harness::{
    app::App,
    client::Client,
    db::{Db, Kind},
};
use sigma_sync::proto::pb;

const SETTINGS: &str = "/v1/extension/settings";

async fn status(client: &Client, more: &[(&'static str, &str)]) -> u16 {
    let mut headers = client.sign("GET", SETTINGS, b"");
    headers.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    client.send("GET", SETTINGS, &headers, "").await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_secret_is_for_callers_who_know_this_machine() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    for host in ["localhost", "localhost:1", "127.0.0.1:8001", "[::1]:8001", "LocalHost:8001"] {
        assert_eq!(status(&client, &[("Host", host)]).await, 200, "{host}");
    }
    for host in
        ["evil.example:8001", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1"]
    {
        assert_eq!(status(&client, &[("Host", host)]).await, 401, "{host}");
        let page = [("Host", host), ("Origin", "http://evil.example:8001")];
        assert_eq!(status(&client, &page).await, 401, "{host}");
    }
    for name in ["CF-Connecting-IP", "True-Client-IP", "X-Client-IP", "X-Cluster-Client-IP"] {
        assert_eq!(status(&client, &[(name, "203.0.113.9")]).await, 401, "{name}");
    }
    for name in ["X-Envoy-External-Address", "X-Original-Forwarded-For", "Fly-Client-IP"] {
        assert_eq!(status(&client, &[(name, "203.0.113.9")]).await, 401, "{name}");
    }
    assert_eq!(status(&client, &[("X-Azure-ClientIP", "203.0.113.9")]).await, 401);
    // By gRPC the host is the authority.
    let request = pb::GetSettingsRequest {};
    let method = "sigma.v1.SettingsService/GetSettings";
    assert!(client.grpc::<pb::GetSettingsResponse>(method, &request).await.is_ok());

    // Another key of the same server is for any host.
    let owner = super::school(&client, "riyadh").await;
    assert_eq!(status(&owner, &[("Host", "sigma.example")]).await, 200);
}

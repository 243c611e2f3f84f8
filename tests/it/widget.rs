//! The widget as the server has it: the page and its files, what may frame it, links that open it, the zip for Zoho, and what a
//! page may know of the server before it has a session.

use {
    crate::harness::{
        app::{App, command, listening},
        cli::{out, sigma},
        client::{Answer, Client, Headers},
        db::{Db, Kind},
        eventually,
    },
    base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD},
    prost::Message as _,
    serde_json::{Value, json},
    sigma_sync::proto::{
        google::rpc::{ErrorInfo, LocalizedMessage, Status as RpcStatus},
        pb,
    },
    std::{
        collections::{BTreeMap, BTreeSet},
        fs::{self, File},
        io::Read as _,
        path::{Path, PathBuf},
        process::Command,
    },
};

const INFO: &str = "/v1/extension/metadata/server";
const SESSIONS: &str = "/v1/extension/sessions";
const CLAIM: &str = "sigma.v1.AccessService/ClaimSession";

/// The files of the built page by their paths, as they are in the repository.
fn built() -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, into: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("the built page") {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                walk(root, &path, into);
            } else {
                let name = path.strip_prefix(root).expect("below").to_str().expect("a name");
                into.insert(name.to_owned(), fs::read(&path).expect("a file"));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("widget/dist");
    let mut files = BTreeMap::new();
    walk(&root, &root, &mut files);
    files
}

/// Sends a request without a credential.
async fn bare(
    client: &Client,
    method: &str,
    target: &str,
    headers: &[(&'static str, &str)],
) -> Answer {
    let headers: Headers =
        headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    client.send(method, target, &headers, "").await
}

/// The pages that may frame the widget.
async fn ancestors(client: &Client) -> Vec<String> {
    let page = bare(client, "GET", "/widget/", &[]).await;
    let policy = page.header("content-security-policy").to_owned();
    let hosts = policy.split("; ").find_map(|part| part.strip_prefix("frame-ancestors "));
    hosts.expect("who may frame it").split(' ').map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_and_its_files_need_no_credential() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let page = bare(&client, "GET", "/widget/", &[]).await;
    let files = built();
    assert_eq!((page.status, page.text.as_bytes()), (200, files["index.html"].as_slice()));
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-cache"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", ""),
    ] {
        assert_eq!(page.header(name), value, "{name}");
    }
    let policy = page.header("content-security-policy");
    for part in [
        "default-src 'none';",
        "script-src 'self' https://live.zwidgets.com;",
        "style-src 'self';",
        "img-src 'self' data:;",
        "connect-src 'self';",
        "font-src 'self';",
        "base-uri 'none';",
        "form-action 'none';",
        "frame-ancestors 'self' https://*.zoho.com https://*.zoho.eu",
    ] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let caching = page.headers.get_all("cache-control").iter();
    assert_eq!(
        (caching.count(), page.headers.get_all("content-security-policy").iter().count()),
        (1, 1)
    );
    // A browser that has it is told so, and one that asks for the head gets no body.
    let tag = page.header("etag").to_owned();
    for known in [tag.as_str(), &format!("\"x\", W/{tag}"), "*"] {
        let again = bare(&client, "GET", "/widget/", &[("if-none-match", known)]).await;
        assert_eq!(
            (again.status, again.text.as_str(), again.header("etag")),
            (304, "", tag.as_str())
        );
    }
    assert_eq!(bare(&client, "GET", "/widget/", &[("if-none-match", "\"x\"")]).await.status, 200);
    let head = bare(&client, "HEAD", "/widget/", &[]).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), files["index.html"].len().to_string());
    // The page names its files relative to its folder, and a proxy may have taken a prefix off the path.
    for (target, to) in [("/widget", "widget/"), ("/widget?zoho=1", "widget/?zoho=1")] {
        let sent = bare(&client, "GET", target, &[]).await;
        assert_eq!((sent.status, sent.header("location")), (307, to));
    }
    for (name, bytes) in &files {
        let answer = client.begin("GET", &format!("/widget/{name}"), &Vec::new(), "").await;
        let cache = answer.headers()["cache-control"].to_str().expect("text").to_owned();
        assert_eq!(cache.contains("immutable"), name.starts_with("assets/"), "{name}: {cache}");
        assert_eq!(answer.bytes().await.expect("a body").as_ref(), bytes.as_slice(), "{name}");
    }
    for (target, status) in [
        ("/widget/nothing.js", 404),
        ("/widget/assets", 404),
        ("/widget/assets/", 404),
        ("/widget//", 404),
        ("/widget//widget/index.html", 404),
        ("/widget/%2e%2e/Cargo.toml", 404),
        ("/widget/..%2fCargo.toml", 400),
        ("/widget/..%5cCargo.toml", 400),
        ("/widget/index.html%00", 400),
        ("/widgets", 404),
        ("/widgets/index.html", 404),
    ] {
        assert_eq!(bare(&client, "GET", target, &[]).await.status, status, "{target}");
    }
    assert_eq!(bare(&client, "POST", "/widget/", &[]).await.status, 405);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_is_packed_for_those_who_take_it() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let script = "/docs/swagger/swagger-ui-bundle.js";
    let plain = bare(&client, "GET", script, &[]).await;
    assert_eq!((plain.status, plain.header("content-encoding")), (200, ""));
    for (takes, is_packed) in
        [("gzip", true), ("br, gzip;q=0.5", true), ("gzip;q=0, br", false), ("identity", false)]
    {
        let headers: Headers = vec![("accept-encoding", takes.to_owned())];
        let answer = client.begin("GET", script, &headers, "").await;
        assert_eq!(answer.headers().contains_key("content-encoding"), is_packed, "{takes}");
        assert_eq!(answer.headers()["vary"], "accept-encoding");
        let tag = answer.headers()["etag"].to_str().expect("text").to_owned();
        assert_eq!(tag != plain.header("etag"), is_packed, "{takes}: {tag}");
        let bytes = answer.bytes().await.expect("a body");
        let mut text = String::new();
        if is_packed {
            assert!(bytes.len() * 2 < plain.text.len());
            flate2::read::GzDecoder::new(bytes.as_ref()).read_to_string(&mut text).expect("gzip");
        } else {
            bytes.as_ref().read_to_string(&mut text).expect("text");
        }
        assert!(text == plain.text, "{takes}");
        let again =
            bare(&client, "GET", script, &[("accept-encoding", takes), ("if-none-match", &tag)])
                .await;
        assert_eq!(again.status, 304, "{takes}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_learns_what_the_server_is_before_it_has_a_session() {
    let db = Db::new(Kind::Sqlite).await;
    let file = db.folder.join("sigma.toml");
    let (one, two) = ("https://one.example", "https://two.example:8443");
    let list = |parents: &str| {
        fs::write(&file, format!("[widget]\nparents = [{parents}]\n")).expect("a file");
    };
    list(&format!("\"{one}\""));
    let mut serve = command(&db);
    serve.args(["--listen", "127.0.0.1:0", "--config"]).arg(&file);
    serve.args(["serve", "--worker", "none"]);
    let (process, url) = listening(serve);
    let client = Client::seeded(&url);
    let answer = bare(&client, "GET", INFO, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut info = answer.json();
    let time = info["server_time"].take();
    let time =
        chrono::DateTime::parse_from_rfc3339(time.as_str().expect("a time")).expect("a time");
    assert!((time.timestamp() - i64::try_from(crate::harness::client::now()).unwrap()).abs() < 60);
    let expected = json!({
        "name": "sigma-sync", "version": env!("CARGO_PKG_VERSION"), "api_version": "v1",
        "mode": "dev", "server_time": null, "languages": ["en", "ar"],
        "limits": {
            "page_size": 50, "page_size_max": 200, "ids_max": 1000, "session_s": 900,
            "session_max_s": 1800, "session_code_s": 300, "stream_max_s": 1800,
        },
        "claims_sessions": true, "parent_origins": [one],
        "branding": {
            "name": "", "logo": "", "colour": "", "text_colour": "", "support_url": "", "contrast": null,
        },
    });
    assert_eq!(info, expected);
    // By the wires of a page and of programs.
    let method = "sigma.v1.MetadataService/GetServerInfo";
    let raw = client.grpc_raw(method, Vec::new().into(), &Vec::new()).await.expect("an answer");
    let told = pb::GetServerInfoResponse::decode(raw[0].clone()).expect("a message");
    assert_eq!((told.name.as_str(), told.parent_origins), ("sigma-sync", vec![one.to_owned()]));
    let (web, status) =
        client.grpc_web_with(method, &pb::GetServerInfoRequest {}, false, Vec::new()).await;
    assert_eq!(status, "0");
    assert_eq!(
        pb::GetServerInfoResponse::decode(web.as_slice()).expect("a message").api_version,
        "v1"
    );
    // Both the page's policy and what it is told follow the settings.
    let framing = ancestors(&client).await;
    assert!(framing.contains(&one.to_owned()) && !framing.contains(&two.to_owned()), "{framing:?}");
    list(&format!("\"{two}\""));
    let id = process.0.id().to_string();
    assert!(Command::new("kill").args(["-HUP", &id]).status().expect("kill").success());
    eventually("the new parents", async || {
        (bare(&client, "GET", INFO, &[]).await.json()["parent_origins"] == json!([two]))
            .then_some(())
    })
    .await;
    let framing = ancestors(&client).await;
    assert!(framing.contains(&two.to_owned()) && !framing.contains(&one.to_owned()), "{framing:?}");
    // What is not an origin is refused, and what would end the list in the policy.
    for (name, bad) in [
        ("parents", "https://*.example"),
        ("parents", "https://a.example;script-src"),
        ("parents", "https://a.example/page"),
        ("frame_ancestors", "https://*"),
        ("frame_ancestors", "*"),
        ("frame_ancestors", "https://a.*.example"),
        ("frame_ancestors", "https://a.example 'unsafe-inline'"),
    ] {
        fs::write(&file, format!("[widget]\n{name} = [\"{bad}\"]\n")).expect("a file");
        let mut serve = command(&db);
        let refused = serve.arg("--config").arg(&file).arg("migrate").output().expect("the binary");
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(78), "{bad}: {told}");
        assert!(told.contains(&format!("widget.{name}: number 1")), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_opens_the_page_signed_in() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let printed = sigma(&db, &app.url, &["widget", "open", "--role", "operator"]);
    let link = out(&printed).trim().to_owned();
    let code = link.strip_prefix(&format!("{}/widget/#code=", app.url));
    let code = code.unwrap_or_else(|| panic!("{link}")).to_owned();
    let claimed = client
        .send(
            "POST",
            "/v1/extension/sessions/claim",
            &Vec::new(),
            json!({"code": code}).to_string(),
        )
        .await;
    assert_eq!(claimed.json()["role"], "operator", "{}", claimed.text);
    assert_eq!(claimed.json()["is_pending"], false, "{}", claimed.text);
    // The fragment is not sent: the page is the same for everyone.
    assert_eq!(bare(&client, "GET", "/widget/", &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_zip_has_what_zoho_takes() {
    let db = Db::new(Kind::Sqlite).await;
    let pack = |server: &str, file: &str| {
        sigma(&db, "", &["widget", "pack", "--server", server, "-o", file])
    };
    let server = "https://sync.example.org/sigma/";
    let packed = pack(server, "one.zip");
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    assert!(pack(server, "two.zip").status.success());
    let read = |name: &str| fs::read(db.folder.join(name)).expect("a zip");
    assert!(read("one.zip") == read("two.zip"), "the same bytes");
    let mut zip = zip::ZipArchive::new(File::open(db.folder.join("one.zip")).expect("a file"))
        .expect("a zip");
    let mut files = BTreeMap::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).expect("an entry");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("its bytes");
        let name = entry.name().expect("a name").into_owned();
        files.insert(name, bytes);
    }
    let built = built();
    let named = |name: &String| match name.as_str() {
        "index.html" => "app/widget.html".to_owned(),
        _ => format!("app/{name}"),
    };
    let mut expected: BTreeSet<String> = built.keys().map(named).collect();
    expected.extend(["en", "ar"].map(|language| format!("app/translations/{language}.json")));
    assert_eq!(files.keys().cloned().collect::<BTreeSet<_>>(), expected);
    for (name, bytes) in built.iter().filter(|(name, _)| *name != "index.html") {
        assert!(files[&named(name)] == *bytes, "{name}");
    }
    for language in ["en", "ar"] {
        let text = &files[&format!("app/translations/{language}.json")];
        assert!(serde_json::from_slice::<Value>(text).expect("JSON").is_object());
    }
    // The page calls the server by a value in it; there is no script in it.
    let page = String::from_utf8(files["app/widget.html"].clone()).expect("text");
    let meta = r#"<meta name="sigma-server" content="https://sync.example.org/sigma" />"#;
    assert!(page.contains(meta), "{page}");
    let scripts = page
        .split("<script")
        .skip(1)
        .filter(|rest| !rest.split('>').next().unwrap().contains("src="));
    assert_eq!(scripts.count(), 0, "{page}");
    for bad in [
        "http://sync.example.org",
        "sync.example.org",
        "https://user@sync.example.org",
        "https://sync.example.org/?a=b",
        "https://sync.example.org/#a",
        "ftp://sync.example.org",
    ] {
        let refused = pack(bad, "bad.zip");
        assert_eq!(refused.status.code(), Some(1), "{bad}: {refused:?}");
    }
    assert!(!db.folder.join("bad.zip").exists());
    assert_eq!(pack(server, "nowhere/x.zip").status.code(), Some(1));
}

/// What a refusal says by gRPC: its details, by their types.
fn details(bytes: &[u8]) -> (ErrorInfo, Option<LocalizedMessage>) {
    let status = RpcStatus::decode(bytes).expect("details");
    let find = |name: &str| {
        status.details.iter().find(|any| any.type_url.ends_with(name)).map(|any| any.value.clone())
    };
    let info = ErrorInfo::decode(find("google.rpc.ErrorInfo").expect("a word").as_slice());
    let told = find("google.rpc.LocalizedMessage");
    let told = told.map(|bytes| LocalizedMessage::decode(bytes.as_slice()).expect("a text"));
    (info.expect("a word"), told)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_told_in_the_language_of_the_page() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let owner = app.client();
    let opened = owner.post(SESSIONS, &json!({"role": "viewer", "actor": "x"})).await.json();
    let bearer = format!("Bearer {}", opened["token"].as_str().expect("a bearer"));
    let ask = async |method: &str, message: Vec<u8>, headers: &[(&'static str, &str)]| {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let refused = owner.grpc_raw(method, message.into(), &headers).await.expect_err("refused");
        details(refused.details())
    };
    // A public method, with and without a wish.
    let claim = pb::ClaimSessionRequest { code: "x".into() }.encode_to_vec();
    let (info, told) = ask(CLAIM, claim.clone(), &[]).await;
    assert_eq!((info.reason.as_str(), told), ("CODE_NOT_VALID", None));
    for (wish, locale) in
        [("ar-SA, en;q=0.5", "ar"), ("en", "en"), ("fr", "en"), ("fr, ar;q=0.1", "ar")]
    {
        let (_, told) = ask(CLAIM, claim.clone(), &[("accept-language", wish)]).await;
        let told = told.expect("a text");
        assert_eq!(told.locale, locale, "{wish}");
        let is_arabic = told.message.chars().any(|c| ('\u{600}'..='\u{6ff}').contains(&c));
        assert_eq!(is_arabic, locale == "ar", "{}", told.message);
    }
    // The values that its sentences have gaps for.
    let version = pb::GetMappingVersionRequest { module_name: "students".into(), version: 4711 };
    let headers = [("accept-language", "ar"), ("authorization", bearer.as_str())];
    let method = "sigma.v1.MappingService/GetMappingVersion";
    let (info, told) = ask(method, version.encode_to_vec(), &headers).await;
    assert_eq!(info.reason, "MAPPING_VERSION_NOT_FOUND");
    assert_eq!(
        (info.metadata["module"].as_str(), info.metadata["version"].as_str()),
        ("students", "4711")
    );
    let told = told.expect("a text").message;
    assert!(told.contains("students") && told.contains("4711") && !told.contains('{'), "{told}");
    // A role that does not suffice, and a caller without a credential.
    let method = "sigma.v1.AccessService/ListKeys";
    let (info, told) = ask(method, Vec::new(), &headers).await;
    assert_eq!(info.metadata["permission"], "key.read");
    assert!(told.expect("a text").message.contains("key.read"));
    let (_, told) = ask(method, Vec::new(), &headers[..1]).await;
    assert_eq!(told.expect("a text").locale, "ar");
    // By gRPC-Web as well, in the head or in the trailers.
    let body = [vec![0, 0, 0, 0, u8::try_from(claim.len()).unwrap()], claim].concat();
    let headers: Headers = vec![
        ("content-type", "application/grpc-web+proto".into()),
        ("accept-language", "ar".into()),
    ];
    let answer = owner.begin("POST", &format!("/{CLAIM}"), &headers, body).await;
    let head = answer.headers().get("grpc-status-details-bin").cloned();
    let body = answer.bytes().await.expect("a body");
    let text = match head {
        Some(value) => value.to_str().expect("text").to_owned(),
        None => {
            let body = String::from_utf8_lossy(&body).into_owned();
            let line = body.lines().find_map(|line| line.strip_prefix("grpc-status-details-bin:"));
            line.expect("details").trim().to_owned()
        }
    };
    let (_, told) = details(&STANDARD_NO_PAD.decode(text).expect("base64"));
    assert_eq!(told.expect("a text").locale, "ar");
    // REST keeps its form.
    let answer =
        bare(&owner, "POST", "/v1/extension/sessions/claim", &[("accept-language", "ar")]).await;
    assert!(!answer.text.chars().any(|c| ('\u{600}'..='\u{6ff}').contains(&c)), "{}", answer.text);
}

//! Over `https` the command line uses TLS and nothing else: with a server that proves its name, by the system's
//! certificates or by a given CA. An unsupported address is refused before anything is sent.

use {
    crate::harness::{
        app::{App, connect, sandbox, sync},
        cli::out,
        db::{Db, kinds},
        tls::{Ca, Proxy},
        trap::Trap,
    },
    serde_json::Value,
    std::{
        path::PathBuf,
        process::{Command, Output},
    },
};

/// What a call in clear text would show: the key, the method, the request.
const CLEAR: [&str; 7] = [
    "ext_key_default",
    "x-ext-signature",
    "x-ext-key",
    "sigma.v1",
    "/v1/extension",
    "HTTP/2",
    "amira",
];

/// A server behind a proxy, and the CA that its certificate is from.
struct Place {
    // In this order: the server ends before its database does.
    app: App,
    db: Db,
    ca: Ca,
    ca_file: PathBuf,
}

impl Place {
    async fn new() -> Self {
        let db = Db::new(kinds()[0]).await;
        let app = App::start(&db, &[]);
        let ca = Ca::new("ours");
        let ca_file = db.folder.join("ca.pem");
        std::fs::write(&ca_file, ca.pem()).expect("a file");
        Self { app, db, ca, ca_file }
    }

    async fn proxy(&self) -> Proxy {
        Proxy::start(&self.app.url, self.ca.sign(&["localhost", "127.0.0.1"], false), true).await
    }

    /// Runs a command against a server, without a CA in the environment.
    fn sigma(&self, server: &str, args: &[&str]) -> Output {
        self.command(server, args).output().expect("the binary")
    }

    fn command(&self, server: &str, args: &[&str]) -> Command {
        let mut command = Command::new(crate::harness::app::BINARY);
        command.args(args).current_dir(&self.db.folder).env("SIGMA_SERVER", server);
        for name in ["SIGMA_CA_FILE", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs a command that trusts the CA.
    fn trusting(&self, server: &str, args: &[&str]) -> Output {
        self.command(server, args).env("SIGMA_CA_FILE", &self.ca_file).output().expect("the binary")
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_client_command_speaks_tls() {
    let place = Place::new().await;
    let (client, school, proxy) = (place.app.client(), sandbox(12, 4).await, place.proxy().await);
    connect(&client, &school).await;
    let run = sync(&client).await["run_id"].as_str().expect("an id").to_owned();
    let server = format!("https://localhost:{}", proxy.port);
    let file = place.db.folder.join("students.yaml");
    let commands: [(&[&str], i32); 17] = [
        (&["call", "SettingsService/GetSettings"], 0),
        (&["call", "SyncRunService/GetRun", "-d", r#"{"run_id":"x"}"#], 64 + 5),
        (&["sync", "all", "--dry-run"], 6),
        (&["runs", "start", "students"], 6),
        (&["runs", "watch", &run], 0),
        (&["runs", "retry", &run], 6),
        (&["runs", "cancel", &run], 5),
        (&["runs", "removals", &run], 0),
        (&["runs", "approve", &run, "--removals", "1"], 5),
        (&["runs", "discard", &run], 5),
        (&["runs", "items", &run, "-o", "json"], 0),
        (&["runs", "export", &run], 0),
        (&["runs", "export", &run, "-o", "csv"], 0),
        (&["find", "amira"], 0),
        (&["mappings", "export", "students"], 0),
        (&["mappings", "history", "students"], 0),
        (&["mappings", "diff", "students.yaml"], 0),
    ];
    for (args, code) in commands {
        if args[..2] == ["mappings", "diff"] {
            let text = place.sigma(&place.app.url, &["mappings", "export", "students"]).stdout;
            std::fs::write(&file, text).expect("a file");
        }
        // The exit code with TLS is the same as without.
        let plain = place.sigma(&place.app.url, args);
        let before = proxy.wire().len();
        let output = place.trusting(&server, args);
        assert!(proxy.wire().len() > before, "{args:?} did not come by: {}", said(&output));
        assert_eq!(output.status.code(), plain.status.code(), "{args:?}: {}", said(&output));
        let usual = [Some(code), Some(0)].contains(&output.status.code());
        assert!(usual, "{args:?}: {:?} {}", output.status, said(&output));
    }
    for text in CLEAR {
        assert!(!proxy.saw(text), "'{text}' was on the wire");
    }
    // TLS begins with a handshake record.
    assert_eq!(proxy.wire().first(), Some(&0x16));
    school.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_ca_is_trusted_from_an_option_a_variable_or_the_system() {
    let place = Place::new().await;
    let proxy = place.proxy().await;
    let settings = ["call", "SettingsService/GetSettings"];
    let ca = place.ca_file.to_str().expect("a path");
    for server in ["https://localhost", "HTTPS://127.0.0.1", "https://LocalHost"] {
        let server = format!("{server}:{}", proxy.port);
        let by_option = place.sigma(&server, &[&settings[..], &["--ca-file", ca]].concat());
        let by_variable = place.trusting(&server, &settings);
        let as_system = place.command(&server, &settings).env("SSL_CERT_FILE", ca).output();
        for output in [by_option, by_variable, as_system.expect("the binary")] {
            let answer: Value =
                serde_json::from_str(&out(&output)).unwrap_or_else(|_| panic!("{}", said(&output)));
            assert_eq!(answer["settings"]["tenant_id"], "default");
        }
    }

    // Commands printed by `sign` behave the same way.
    let server = format!("https://localhost:{}", proxy.port);
    let target = "/v1/extension/runs?limit=1";
    let printed = out(&place.trusting(&server, &["sign", "GET", target, "--format", "curl"]));
    assert!(printed.contains("--cacert") && printed.contains(&server), "{printed}");
    let answer = Command::new("sh").args(["-c", &printed]).output().expect("a shell with curl");
    assert_eq!(out(&answer), "[]", "{printed}: {}", said(&answer));
    for text in CLEAR {
        assert!(!proxy.saw(text), "'{text}' was on the wire");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_does_not_prove_itself_gets_nothing() {
    let place = Place::new().await;
    let names = ["localhost", "127.0.0.1"];
    let start = async |identity, http2| Proxy::start(&place.app.url, identity, http2).await;
    let stranger = start(Ca::new("a stranger").sign(&names, false), true).await;
    // A server with the same name and another CA.
    let impostor = start(Ca::new("ours").sign(&names, false), true).await;
    let misnamed = start(place.ca.sign(&["sigma.example"], false), true).await;
    let expired = start(place.ca.sign(&names, true), true).await;
    let old = start(place.ca.sign(&names, false), false).await;
    let good = place.proxy().await;
    // The system does not know the CA.
    for args in
        [["call", "SettingsService/GetSettings"].as_slice(), &["find", "amira"], &["sync", "all"]]
    {
        let output = place.sigma(&format!("https://localhost:{}", good.port), args);
        assert!(CLEAR.iter().all(|text| !good.saw(text)), "clear text was on the wire");
        assert_eq!(output.status.code(), Some(7), "{}", said(&output));
        assert!(said(&output).contains("cannot connect to https://localhost"), "{}", said(&output));
    }
    let trusted =
        |args: &[&str], port: u16| place.trusting(&format!("https://localhost:{port}"), args);
    for args in
        [["call", "SettingsService/GetSettings"].as_slice(), &["find", "amira"], &["sync", "all"]]
    {
        for (proxy, words) in [
            (&stranger, "not issued by a trusted authority"),
            (&impostor, "not issued by a trusted authority"),
            (&misnamed, "not for localhost"),
            (&expired, "has expired"),
            (&old, "HTTP/2"),
        ] {
            let output = trusted(args, proxy.port);
            assert_eq!(output.status.code(), Some(7), "{words}: {}", said(&output));
            assert!(said(&output).contains(words), "{words}: {}", said(&output));
        }
    }
    let by_number = place.trusting(&format!("https://127.0.0.1:{}", misnamed.port), &["find", "x"]);
    assert!(said(&by_number).contains("not for 127.0.0.1"), "{}", said(&by_number));
    for proxy in [&stranger, &impostor, &misnamed, &expired, &old, &good] {
        assert!(CLEAR.iter().all(|text| !proxy.saw(text)));
    }

    // In the reverse case the connection breaks off, and the reason is guessed.
    for args in
        [["call", "SettingsService/GetSettings"].as_slice(), &["find", "amira"], &["sync", "all"]]
    {
        let output = place.sigma(&format!("http://localhost:{}", good.port), args);
        assert_eq!(output.status.code(), Some(7), "{}", said(&output));
        assert!(said(&output).contains("begins with https://"), "{}", said(&output));
    }

    // With https nothing is sent without TLS, whatever answers there.
    let trap = Trap::start().await;
    for plain in [&place.app.url, &trap.url] {
        let server = plain.replace("http://127.0.0.1", "https://localhost");
        let output = place.trusting(&server, &["call", "SettingsService/GetSettings"]);
        assert_eq!(output.status.code(), Some(7), "{}", said(&output));
        assert!(said(&output).contains("does not speak TLS"), "{}", said(&output));
    }
    assert_eq!(trap.seen(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_spoken_is_refused_before_anything_is_sent() {
    let place = Place::new().await;
    let trap = Trap::start().await;
    let host = trap.url.trim_start_matches("http://");
    for (server, words) in [
        (format!("ftp://{host}"), "ftp:// cannot be spoken"),
        (format!("h2c://{host}"), "h2c:// cannot be spoken"),
        (format!("grpcs://{host}"), "grpcs:// cannot be spoken"),
        (host.to_owned(), "must begin with https:// or http://"),
        (host.replace("127.0.0.1", "localhost"), "must begin with https:// or http://"),
        (format!("//{host}"), "must begin with https:// or http://"),
        (format!("http://me:S3CRETPW@{host}"), "must not hold a user or password"),
        ("http://[::1".to_owned(), "cannot be read"),
    ] {
        for args in [
            ["call", "SettingsService/GetSettings"].as_slice(),
            &["find", "amira"],
            &["sign", "GET", "/x"],
        ] {
            let output = place.sigma(&server, args);
            assert_eq!(output.status.code(), Some(1), "{server}: {}", said(&output));
            assert!(said(&output).contains(words), "{server}: {}", said(&output));
            assert!(!said(&output).contains("S3CRETPW") && output.stdout.is_empty(), "{server}");
        }
    }
    assert_eq!(trap.seen(), Vec::<String>::new());

    // An unreadable CA file is an error and is not ignored.
    let nothing = place.db.folder.join("nothing.pem");
    for text in
        [None, Some(""), Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    {
        if let Some(text) = text {
            std::fs::write(&nothing, text).expect("a file");
        }
        let args = ["find", "amira", "--ca-file", nothing.to_str().expect("a path")];
        let output = place.sigma("https://localhost:1", &args);
        assert!([Some(1), Some(7)].contains(&output.status.code()), "{}", said(&output));
    }
}

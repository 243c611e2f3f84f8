//! The password of the database appears in no message and in no log, however the URL is wrong and wherever it is
//! given.

use {
    crate::harness::{
        db::{Db, Kind, kinds},
        process::{Ended, Started, bare, run},
    },
    proptest::{
        prelude::{Strategy as _, any},
        strategy::ValueTree as _,
        test_runner::TestRunner,
    },
    std::process::Command,
};

/// What no output may contain.
const PASSWORD: &str = "S3CRETPW";

fn hides(ended: &Ended, what: &str) {
    let shown = [&ended.out, &ended.said].into_iter().find(|text| text.contains("S3CRET"));
    assert_eq!(shown, None, "{what}");
}

/// A command of the binary without the environment of the test.
fn sigma(db: &Db) -> Command {
    let mut command = Command::new(crate::harness::app::BINARY);
    command
        .current_dir(&db.folder)
        .env("SIGMA_METRICS_LISTEN", "")
        .env("SIGMA_LISTEN", "127.0.0.1:0");
    command
}

/// URLs with all kinds of faults. Nothing listens on port 9.
fn urls() -> Vec<String> {
    let forms = [
        "postgres://sigma:PW@127.0.0.1:notaport/x",
        "postgres://sigma:PW@127.0.0.1:99999/x",
        "postgres://sigma:PW@[::1/x",
        "postgres://sigma:PW@127.0.0.1:9/x",
        "postgres://sigma:PW@127.0.0.1:9/x?sslmode=sometimes",
        "postgres://sigma:PW@127.0.0.1:9/x?sslmode=verify-full&sslrootcert=/nowhere",
        "postgres://sigma:a%40PW%2Fb@127.0.0.1:9/x",
        "postgres://sigma:%ff%fePW@127.0.0.1:9/x",
        "postgres://sigma:a@PW@127.0.0.1:9/x",
        "postgres://sigma:1/PW@127.0.0.1:9/x",
        "postgres://sigma:1?PW@127.0.0.1:9/x",
        "postgres://sigma:1#PW@127.0.0.1:9/x",
        "postgres://127.0.0.1:9/x?user=sigma&password=PW",
        "postgres://127.0.0.1:9/x?user=sigma&pasword=PW",
        "postgresql://sigma:PW@/x?host=/nowhere",
        "postgres:/sigma:PW@127.0.0.1:9/x",
        "postgres//sigma:PW@127.0.0.1:9/x",
        "sigma:PW@127.0.0.1:9/x",
        "mysql://sigma:PW@127.0.0.1:9/x",
        "sqlite://sigma.db?mode=PW",
        "sqlite://sigma.db?password=PW",
        "sqlite://sigma.db?cache=PW&mode=rwc",
        "POSTGRES://sigma:PW@127.0.0.1:9/x",
        " postgres://sigma:PW@127.0.0.1:9/x",
    ];
    forms.map(|form| form.replace("PW", PASSWORD)).to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_database_url_is_told_without_its_password() {
    let db = Db::new(Kind::Sqlite).await;
    for (number, url) in urls().iter().enumerate() {
        let command = [["migrate"].as_slice(), &["serve"], &["worker"], &["seed"]][number % 4];
        let log = if number % 5 == 0 { "info" } else { "trace" };
        let file = db.folder.join("sigma.toml");
        std::fs::write(&file, format!("log = '{log}'\ndatabase_url = '{url}'\n")).expect("a file");
        let mut ways = [(); 3].map(|()| sigma(&db));
        ways[0].args(["--log", log, "--database-url", url]);
        ways[1].args(["--log", log]).env("SIGMA_DATABASE_URL", url);
        ways[2].arg("--config").arg(&file);
        // All at once, because a PostgreSQL that does not answer is given up after ten seconds.
        let ways = ways.each_mut().map(|way| Started::new(way.args(command)));
        for ended in ways.map(Started::ended) {
            let refused = [Some(78), Some(7), Some(1)].contains(&ended.code);
            assert!(refused && ended.said.contains("error: "), "{url}: {ended:?}");
            hides(&ended, url);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_where_it_does_not_belong_is_not_repeated() {
    let db = Db::new(Kind::Sqlite).await;
    let url = format!("postgres://sigma:{PASSWORD}@db.example/x");
    for args in [
        vec![url.clone()],
        vec!["serve".into(), url.clone()],
        vec!["--database-url".into(), url.replace("postgres", "sqlite"), "migrate".into()],
        vec![format!("--databse-url={url}")],
        vec!["serve".into(), format!("--worker={url}")],
        vec!["serve".into(), "--worker".into(), url.clone()],
        vec!["--mode".into(), url.clone(), "serve".into()],
        vec!["--listen".into(), url.clone(), "serve".into()],
        vec!["--log".into(), format!("{url}=x=y"), "serve".into()],
        vec!["--config".into(), url.clone(), "serve".into()],
        vec!["--master-key-file".into(), url.clone(), "seed".into()],
        vec!["demo".into(), "--students".into(), url.clone()],
        vec!["call".into(), url.clone()],
        vec!["find".into(), "x".into(), "--server".into(), url.clone()],
        vec!["mappings".into(), "diff".into(), url.clone()],
    ] {
        let ended = run(sigma(&db).args(&args));
        assert_ne!(ended.code, Some(0), "{args:?}: {ended:?}");
        hides(&ended, &format!("{args:?}"));
    }
    for name in
        ["SIGMA_MODE", "SIGMA_LISTEN", "SIGMA_WORKER__SLOTS", "SIGMA_CONFIG", "SIGMA_DATABSE_URL"]
    {
        let ended = run(sigma(&db).env(name, &url).arg("serve"));
        assert_eq!(ended.code, Some(78), "{name}: {ended:?}");
        hides(&ended, name);
    }
    let file = db.folder.join("sigma.toml");
    for text in [
        format!("database_url = \"{url}\n"),
        format!("database_url = '{url}\nmode = 'dev'\n"),
        format!("database_url = {url}\n"),
        format!("database_url = '''{url}"),
        format!("database_url = \"{url}\" mode = 'dev'\n"),
        format!("database_url = \"{url}\\q\"\n"),
        format!("database_url: \"{url}\"\n"),
        format!("mode = \"{url}\"\n"),
        format!("\"{url}\" = 1\n"),
        format!("database_url = \"sqlite://x\"\ndatabase_url = \"{url}\"\n"),
        format!("database_url = [\"{url}\"]\n"),
        format!("[database]\nconnections = \"{url}\"\n"),
        format!("listen = \"{url}\"\n[server]\ncors_origins = \"{url}\"\n"),
    ] {
        std::fs::write(&file, &text).expect("a file");
        let ended = run(sigma(&db).arg("--config").arg(&file).arg("serve"));
        assert_eq!(ended.code, Some(78), "{text}: {ended:?}");
        assert!(ended.said.contains("sigma.toml") || ended.said.contains("`"), "{text}: {ended:?}");
        hides(&ended, &text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_working_database_is_traced_without_its_password() {
    for kind in kinds().into_iter().filter(|kind| *kind == Kind::Postgres) {
        let mut db = Db::new(kind).await;
        let url = url::Url::parse(&db.url).expect("a URL");
        let password = url.password().expect("a password").to_owned();
        // A notice that is printed while the connection is made.
        let joint = if url.query().is_some() { '&' } else { '?' };
        db.url = format!("{url}{joint}colour={PASSWORD}");
        for args in [["migrate"].as_slice(), &["seed"], &["demo", "--once", "--students", "3"]] {
            let ended = run(bare(&db).args(["--log", "trace"]).args(args));
            assert_eq!(ended.code, Some(0), "{args:?}: {}", ended.said);
            assert!(ended.said.contains("colour"), "{args:?}: {}", ended.said);
            hides(&ended, &format!("{args:?}"));
            assert!(!ended.out.contains(&password) && !ended.said.contains(&password), "{args:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_url_that_cannot_be_read_shows_any_of_its_parts() {
    let db = Db::new(Kind::Sqlite).await;
    let mut runner = TestRunner::deterministic();
    let forms = ("[ -~]{0,6}", "[ -~]{0,6}", any::<bool>());
    for _ in 0..40 {
        let (before, after, percent) = forms.new_tree(&mut runner).expect("a value").current();
        let mut password = format!("{before}{PASSWORD}{after}");
        if percent {
            password = percent_encoding::utf8_percent_encode(
                &password,
                percent_encoding::NON_ALPHANUMERIC,
            )
            .to_string();
        }
        // A port must be a number, so none of these gets as far as a connection.
        let url = format!("postgres://sigma:{password}@127.0.0.1:notaport/x");
        let ended =
            run(sigma(&db).args(["--log", "trace"]).env("SIGMA_DATABASE_URL", &url).arg("migrate"));
        assert_eq!(ended.code, Some(78), "{url}: {ended:?}");
        hides(&ended, &url);
        let ended = run(sigma(&db).arg(&url));
        assert_eq!(ended.code, Some(2), "{url}: {ended:?}");
        hides(&ended, &url);
    }
}

//! SIGHUP: the list of origins is read again, from a file that can be read, and nothing else.

use {
    crate::harness::{
        app::{App, Process, command, listening},
        client::Client,
        db::{Db, Kind},
        eventually,
    },
    std::{fs, path::Path, process::Command},
};

async fn allowed(client: &Client, origin: &str) -> bool {
    let headers = vec![("Origin", origin.to_owned())];
    let answer = client.send("GET", "/health", &headers, "").await;
    answer.header("access-control-allow-origin") == origin
}

/// Stores the settings as a whole: a signal of before may be handled only now, and must not find half of a file.
fn store(file: &Path, text: &str) {
    let beside = file.with_extension("new");
    fs::write(&beside, text).expect("a file");
    fs::rename(&beside, file).expect("a file");
}

fn hang_up(process: &Process) {
    let id = process.0.id().to_string();
    assert!(Command::new("kill").args(["-HUP", &id]).status().expect("kill").success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_origins_is_read_again() {
    let db = Db::new(Kind::Sqlite).await;
    let file = db.folder.join("sigma.toml");
    let (one, two) = ("https://one.example", "https://two.example");
    let list = |origins: &str, more: &str| {
        store(&file, &format!("[server]\ncors_origins = [{origins}]\n{more}"));
    };
    list(&format!("\"{one}\""), "");
    let mut serve = command(&db);
    serve.args(["--listen", "127.0.0.1:0", "--config"]).arg(&file);
    let (process, url) = listening({
        serve.args(["serve", "--worker", "none"]);
        serve
    });
    let app = App { process, url };
    let client = app.client();
    assert!(allowed(&client, one).await && !allowed(&client, two).await);

    list(&format!("\"{two}\""), "");
    hang_up(&app.process);
    eventually("the new list", async || allowed(&client, two).await.then_some(())).await;
    assert!(!allowed(&client, one).await);

    // A file that cannot be read, or says what is not allowed, changes nothing, and neither does another setting.
    for bad in ["[server", "[server]\ncors_origins = [\"*\"]", "[server]\ncors = []", "mode = 1"] {
        store(&file, bad);
        hang_up(&app.process);
        // The next signal is handled after this one.
        assert!(allowed(&client, two).await && !allowed(&client, one).await, "{bad}");
    }
    list(&format!("\"{one}\", \"{two}\""), "documents = \"closed\"\n");
    hang_up(&app.process);
    eventually("both", async || allowed(&client, one).await.then_some(())).await;
    assert!(allowed(&client, two).await);
    assert_eq!(client.send("GET", "/docs", &Vec::new(), "").await.status, 200, "at the next start");
}

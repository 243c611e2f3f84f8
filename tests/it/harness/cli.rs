//! The command line against a running server.

use {
    super::{app::BINARY, db::Db},
    std::process::{Command, Output},
};

/// Runs the binary in the folder of a database, against the server at `url`.
pub(crate) fn sigma(db: &Db, url: &str, args: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.args(args).env("SIGMA_SERVER", url).current_dir(&db.folder);
    command.output().expect("the binary")
}

/// Returns what a command wrote.
pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

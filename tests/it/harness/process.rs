//! Commands that end by themselves, or are known not to.

use {
    super::{
        app::{BINARY, LIMITS},
        db::Db,
    },
    std::{
        io::Read as _,
        process::{Child, Command, Stdio},
        time::{Duration, Instant},
    },
};

/// How long a command that ends by itself may take. Only one that never ends comes near it.
const NEVER: Duration = Duration::from_secs(120);

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) said: String,
}

/// A command of the binary on a database, in its folder, without the settings that `command` of the application adds.
pub(crate) fn bare(db: &Db) -> Command {
    let mut command = Command::new(BINARY);
    command.current_dir(&db.folder).args(["--database-url", &db.url, "--metrics-listen", ""]);
    command.envs(LIMITS).env("SIGMA_LISTEN", "127.0.0.1:0");
    command.env("SIGMA_DATABASE__ROW_SECURITY", db.row_security);
    command
}

/// The same with a key file.
pub(crate) fn with_key(db: &Db, key: &std::path::Path) -> Command {
    let mut command = bare(db);
    command.arg("--master-key-file").arg(key);
    command
}

/// A command that has been started, with its output in pipes.
#[derive(Debug)]
pub(crate) struct Started(Child);

impl Started {
    pub(crate) fn new(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().expect("the binary"))
    }

    /// Sends a signal by its name, unless it has ended.
    pub(crate) fn signal(&mut self, name: &str) {
        if self.0.try_wait().expect("a state").is_none() {
            let id = self.0.id().to_string();
            let _gone = Command::new("kill").args([&format!("-{name}"), &id]).status();
        }
    }

    /// Waits until a line of its error output begins with these words.
    pub(crate) fn until(&mut self, words: &str) {
        let pipe = self.0.stderr.as_mut().expect("its errors");
        let (mut line, mut byte) = (Vec::new(), [0]);
        while !line.starts_with(words.as_bytes()) {
            assert_eq!(pipe.read(&mut byte).expect("its errors"), 1, "it ended before '{words}'");
            if byte == *b"\n" {
                line.clear();
            } else {
                line.push(byte[0]);
            }
        }
    }

    /// Waits until its output has these words in it.
    pub(crate) fn until_told(&mut self, words: &str) {
        let pipe = self.0.stdout.as_mut().expect("its output");
        let (mut text, mut byte) = (Vec::new(), [0]);
        while !text.ends_with(words.as_bytes()) {
            assert_eq!(pipe.read(&mut byte).expect("its output"), 1, "it ended before '{words}'");
            text.push(byte[0]);
        }
    }

    /// Waits for the end.
    pub(crate) fn ended(mut self) -> Ended {
        let mut pipes = (self.0.stdout.take().expect("pipe"), self.0.stderr.take().expect("pipe"));
        let read = |pipe: &mut dyn std::io::Read| {
            let mut bytes = Vec::new();
            let _cut = pipe.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let (mut out, mut said) = (String::new(), String::new());
        let code = std::thread::scope(|scope| {
            scope.spawn(|| out = read(&mut pipes.0));
            scope.spawn(|| said = read(&mut pipes.1));
            let since = Instant::now();
            loop {
                if let Some(status) = self.0.try_wait().expect("a state") {
                    return status.code();
                }
                if since.elapsed() > NEVER {
                    let _ended = self.0.kill();
                    return None;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        Ended { code, out, said }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Ended {
    Started::new(command).ended()
}

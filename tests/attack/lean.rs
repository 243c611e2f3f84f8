//! A caller that costs the machine as little as it can, so that what is measured is the server: heads of HTTP/1 are written as
//! they stand, and of an answer its status and its length are read. And who uses how much of the processors, and which.

use {
    super::harness::{client::Client, raw::head},
    std::{process::Command, sync::Mutex, time::Duration},
    tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
    },
};

/// Longest answer that is read.
const ANSWER: usize = 16 * 1024;

/// A client with connections that are used again.
pub(crate) struct Lean {
    client: Client,
    idle: Mutex<Vec<TcpStream>>,
}

impl Lean {
    pub(crate) fn new(client: &Client) -> Self {
        Self { client: client.clone(), idle: Mutex::default() }
    }

    /// Sends a GET request and returns the status of the answer; `None` if the connection broke off.
    pub(crate) async fn get(&self, path: &str) -> Option<u16> {
        let head = head("GET", path, &self.client.sign("GET", path, b""), "");
        let idle = self.idle.lock().unwrap().pop();
        let mut stream = match idle {
            Some(stream) => stream,
            None => {
                let stream =
                    TcpStream::connect(self.client.url.strip_prefix("http://")?).await.ok()?;
                stream.set_nodelay(true).ok()?;
                stream
            }
        };
        stream.write_all(head.as_bytes()).await.ok()?;
        let (mut answer, mut length) = ([0; ANSWER], 0);
        loop {
            length += match stream.read(answer.get_mut(length..)?).await.ok()? {
                0 => return None,
                read => read,
            };
            let Some(read) = read(&answer[..length]) else { continue };
            if read.keep {
                self.idle.lock().unwrap().push(stream);
            }
            return Some(read.status);
        }
    }
}

struct Read {
    status: u16,
    keep: bool,
}

/// Reads an answer; `None` before it is whole.
fn read(answer: &[u8]) -> Option<Read> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).expect("a head").to_ascii_lowercase();
    let value = |name: &str| {
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
    };
    let length: usize = value("content-length").expect("a length").parse().expect("a number");
    let status = head.get(9..12).and_then(|status| status.parse().ok()).expect("a status");
    (answer.len() >= end + 4 + length)
        .then(|| Read { status, keep: value("connection") != Some("close") })
}

/// The processor time that a process has used, including the kernel's time on its behalf.
pub(crate) fn cpu(process: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("Linux");
    // The name, in brackets, may hold anything; utime and stime are the 14th and 15th field, in hundredths of a second.
    let fields = stat.rsplit(')').next().expect("fields").split_whitespace().skip(11);
    let ticks: u64 = fields.take(2).map(|field| field.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}

/// Lets a process run on these processors only; returns whether that could be said.
pub(crate) fn pin(process: u32, processors: &str) -> bool {
    let arguments = ["-a", "-p", "-c", processors, &process.to_string()];
    let done = Command::new("taskset").args(arguments).output();
    done.is_ok_and(|done| done.status.success())
}

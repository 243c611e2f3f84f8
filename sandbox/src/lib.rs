//! Emulated Zoho CRM v8 and Moodle web services over real HTTP on loopback, for demos, tests and
//! benchmarks. They follow the published behaviour, including faulty answers, and share no type
//! with the connectors. Nothing here is meant to be reachable from another host, and no credential
//! here works anywhere else.

mod answer;
pub mod client;
mod control;
pub mod data;
mod fault;
pub mod guide;
mod ledger;
mod limit;
mod moodle;
mod multipart;
mod respond;
mod serve;
mod settings;
mod spoil;
mod state;
#[cfg(test)]
mod tests;
mod world;
mod zoho;

use {
    fault::Target,
    std::{
        fmt, io,
        net::{Ipv4Addr, SocketAddr},
        path::PathBuf,
        sync::Arc,
        time::Duration,
    },
    tokio::{net::TcpListener, sync::watch, task::JoinHandle},
    world::World,
};

/// How long open calls may continue after a stop.
const GRACE: Duration = Duration::from_secs(2);

/// The greatest number of students of a school. With more, records would have times of change in the future.
pub const STUDENTS_MAX: u32 = 1_000_000;

/// The contents of the sandbox and its addresses.
#[derive(Debug, Clone)]
pub struct Options {
    /// Number of students in a fresh school, at most `STUDENTS_MAX`.
    pub students: u32,
    /// Random seed for names and everything else: the same seed gives the same school.
    pub seed: u64,
    /// Address of the emulated Zoho; port 0 selects a free port.
    pub zoho_listen: SocketAddr,
    /// Address of the emulated Moodle; port 0 selects a free port.
    pub moodle_listen: SocketAddr,
    /// Where the school is stored between two runs of the sandbox.
    pub state_file: Option<PathBuf>,
    /// Every Nth student has no e-mail address, so that its record cannot be mapped; 0 = none.
    pub broken_every: u32,
}

impl Default for Options {
    fn default() -> Self {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            students: 250,
            seed: 1,
            zoho_listen: anywhere,
            moodle_listen: anywhere,
            state_file: None,
            broken_every: 0,
        }
    }
}

/// The credentials of a client; fixed words, the same in every sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credentials {
    /// OAuth client id.
    pub zoho_client_id: &'static str,
    /// OAuth client secret.
    pub zoho_client_secret: &'static str,
    /// OAuth refresh token.
    pub zoho_refresh_token: &'static str,
    /// Web-service token.
    pub moodle_token: &'static str,
}

/// The credentials of every sandbox.
const CREDENTIALS: Credentials = Credentials {
    zoho_client_id: "sandbox-client",
    zoho_client_secret: "sandbox-client-word",
    zoho_refresh_token: "sandbox-refresh",
    moodle_token: "sandbox-moodle",
};

/// A running pair of emulated systems; dropping it stops them without saving.
pub struct Sandbox {
    world: Arc<World>,
    zoho: SocketAddr,
    moodle: SocketAddr,
    quit: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("zoho", &self.zoho)
            .field("moodle", &self.moodle)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Opens both ports, loads the school of the state file or makes a fresh one, and serves until
    /// stopped.
    ///
    /// # Errors
    /// There are too many students, a port cannot be opened, or the state file cannot be read.
    pub async fn start(options: Options) -> io::Result<Sandbox> {
        if options.students > STUDENTS_MAX {
            let text = format!("students: {} is more than {STUDENTS_MAX}", options.students);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let zoho_listener = TcpListener::bind(options.zoho_listen).await?;
        let moodle_listener = TcpListener::bind(options.moodle_listen).await?;
        let (zoho, moodle) = (zoho_listener.local_addr()?, moodle_listener.local_addr()?);
        let world = Arc::new(World::new(&options, base_url(zoho), base_url(moodle)));
        state::load(&world).await?;
        let (quit, watching) = watch::channel(false);
        let tasks = vec![
            serve::spawn(zoho_listener, Target::Zoho, Arc::clone(&world), watching.clone()),
            serve::spawn(moodle_listener, Target::Moodle, Arc::clone(&world), watching.clone()),
            state::spawn(Arc::clone(&world), watching),
        ];
        tracing::info!(%zoho, %moodle, students = options.students, "sandbox started");
        Ok(Sandbox { world, zoho, moodle, quit, tasks })
    }

    /// Returns the base of the emulated Zoho: both accounts server and API.
    pub fn zoho_url(&self) -> String {
        base_url(self.zoho)
    }

    /// Returns the base of the emulated Moodle site.
    pub fn moodle_url(&self) -> String {
        base_url(self.moodle)
    }

    /// Returns the credentials for clients.
    pub fn credentials(&self) -> Credentials {
        CREDENTIALS
    }

    /// Stops serving and saves the school.
    pub async fn stop(self) {
        self.quit.send_replace(true);
        for mut task in self.tasks {
            if tokio::time::timeout(GRACE, &mut task).await.is_err() {
                task.abort();
            }
        }
        if let Err(error) = state::save(&self.world).await {
            tracing::error!(%error, "sandbox state not saved");
        }
    }
}

fn base_url(address: SocketAddr) -> String {
    format!("http://{address}")
}

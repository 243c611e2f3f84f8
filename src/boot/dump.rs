//! No core file of a process in production: its memory holds secrets while they are used, and a file of it would be kept
//! where its other files are, or be sent to where the system collects them (docs/src/security.md, "Sealed secrets").

use {
    crate::config::{Config, Mode},
    rustix::process::{Resource, Rlimit, setrlimit},
};

/// Lets the system write none. A developer may need one.
pub(super) fn forbid(config: &Config) {
    if config.mode != Mode::Production {
        return;
    }
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "the size of core files could not be limited");
    }
    // The limit does not hold for systems that take the file through a pipe.
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(%error, "core files could not be switched off");
        }
    }
}

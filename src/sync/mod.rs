//! The engine: reads records from a source, maps them, finds or creates their objects in a target, and stores the
//! results, slice by slice. It knows neither system by name, except in `kinds/`.

mod absent;
mod admit;
mod again;
mod ahead;
mod border;
mod brake;
mod braked;
mod changes;
mod checkpoint;
mod compare;
mod decide;
mod deferred;
mod draft;
mod dry_run;
mod end_use;
mod exchange;
mod explain;
mod fetch;
mod find;
mod findings;
mod job;
mod kind;
mod kinds;
mod lease;
mod look_up;
mod looked;
mod looked_back;
mod map;
mod met;
mod numbers;
mod parents;
mod payload;
mod plan;
mod presence;
mod progress;
mod read;
mod recover;
mod remove;
mod restored;
mod roll;
mod run;
mod same_site;
mod sample;
mod settle;
mod shape;
mod sight;
mod slice;
mod spool;
mod stop;
mod sweep;
mod unique;
mod verify;
mod work;
mod write;

pub(crate) use kinds::grade::{Classes, canonical as grade};
pub use {
    braked::ChangeBrake,
    deferred::Deferred,
    dry_run::DryRun,
    explain::{Explained, Parent, Reason, Step, explain},
    findings::Findings,
    job::{Ended, Job, Site},
    kinds::conflict,
    lease::Lease,
    looked::Looked,
    met::Met,
    presence::Presence,
    roll::Rolls,
    run::{Engine, not_stored, waited},
    sight::Sight,
};

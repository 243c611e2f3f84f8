//! The rules and their data: no I/O, no async, no clock, no framework.

pub mod access;
pub mod brake;
pub mod code;
pub mod csv;
pub mod day;
pub mod egress;
pub mod fault;
pub mod field;
pub mod finding;
pub mod fold;
pub mod id;
pub mod invisible;
pub mod item;
pub mod layout;
pub mod mapping;
pub mod module;
pub mod origin;
pub mod person;
pub mod policy;
pub mod record;
pub mod run;
pub mod schedule;
pub mod selection;
pub mod tenant;
pub mod transform;
pub mod wait;

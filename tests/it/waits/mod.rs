//! Runs that wait: behind one that was asked to stop, for a system that asked for patience, for a limit; and what they say
//! of it.

mod stop;

//! How the engine reads, plans, brakes and survives: over every module, with both systems emulated.

mod bad;
mod brake;
mod broken;
mod bulk;
mod change;
mod decide;
mod dry;
mod findings;
mod grade;
mod grade_class;
mod grade_mapping;
mod hostile;
mod incremental;
mod limit;
mod nowhere;
mod once;
mod retry;
mod sight;
mod site;
mod unsettled;

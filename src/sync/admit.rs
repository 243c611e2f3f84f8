//! Checks whether the mapped fields are in the records of the source. A source answers an empty field with null. A
//! field that permissions hide, or that was renamed or deleted, is missing from every record; its earlier values are
//! kept. If such a field came before, is described or is required, the run stops before it writes anything of these
//! records, because any result would be a guess.

use {
    super::kind::Cx,
    crate::{
        domain::{
            code::{self, Gaps},
            mapping::{MappingSet, Reading},
            record::SourceRecord,
        },
        ports::{ConnectorError, Failure, Withheld},
    },
    std::collections::{BTreeMap, BTreeSet, HashSet},
};

/// Greatest number of characters in a message, and in the lists of fields in it.
const MESSAGE: usize = 500;
const LISTED: usize = 200;

/// Checks records that came together, before anything is done with them. `withheld` fields were taken out of them: they
/// exist, and what is in Moodle stays.
///
/// # Errors
/// `MAPPED_FIELD_ABSENT` if fields are missing from all of them that should be there; the error of the description of
/// the module, if that does not come.
pub(crate) async fn admit(
    cx: Cx<'_>,
    records: &[SourceRecord],
    withheld: &[Withheld],
) -> Result<(), ConnectorError> {
    let Some(mappings) = cx.job.mappings.incoming().filter(|_| !records.is_empty()) else {
        return Ok(());
    };
    let (mut there, mut absent) = split(mappings, records);
    for Withheld { field, reason } in withheld {
        let names = mapped(mappings, field);
        let gaps: Gaps<'_> = &[("field", field), ("mapped", &names), ("reason", reason)];
        cx.job.findings.of_field(code::RICH_TEXT_CUT, field, gaps);
        if absent.remove(field.as_str()) {
            there.push(field);
        }
    }
    cx.job.presence.note(&there);
    if absent.is_empty() {
        return Ok(());
    }
    let (seen, strange) = cx.job.presence.divide(&absent);
    let described = match (seen.is_empty(), strange.is_empty()) {
        (true, true) => None,
        // The missing field came before: the description only explains why it is missing.
        (false, true) => described(cx).await.unwrap_or_default(),
        (_, false) => described(cx).await?,
    };
    let is_described = |field: &str| described.as_ref().is_some_and(|all| all.contains(field));
    let mut missed: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
    let mut miss = |field, why| missed.entry(why).or_default().push(field);
    for field in seen {
        let why = if described.is_none() { UNTOLD } else { GONE };
        miss(field, if is_described(field) { HIDDEN } else { why });
    }
    let mut foreign = Vec::new();
    for field in strange {
        if is_described(field) {
            miss(field, HIDDEN);
        } else {
            foreign.push(field);
        }
    }
    for field in needed(cx, mappings, &absent) {
        if foreign.contains(&field) || cx.job.presence.is_foreign(field) {
            miss(field, NEVER);
        }
    }
    if !missed.is_empty() {
        return Err(stop(cx, mappings, &missed));
    }
    for field in &foreign {
        let names = mapped(mappings, field);
        let gaps: Gaps<'_> = &[("field", field), ("mapped", &names)];
        cx.job.findings.of_field(code::FIELD_NOT_IN_SOURCE, field, gaps);
    }
    cx.job.presence.note_foreign(foreign);
    Ok(())
}

/// Returns the mapped fields that some of the records have, and those that none has.
fn split<'m>(
    mappings: &'m MappingSet,
    records: &[SourceRecord],
) -> (Vec<&'m str>, BTreeSet<&'m str>) {
    let (mut there, mut absent) = (Vec::new(), BTreeSet::new());
    let mut looked_at: HashSet<&str> = HashSet::from(["id"]);
    for field in mappings.readings().flat_map(|reading| reading.reads) {
        if !looked_at.insert(field) {
            continue;
        }
        if records.iter().any(|record| record.fields.contains_key(field)) {
            there.push(field.as_str());
        } else {
            absent.insert(field.as_str());
        }
    }
    (there, absent)
}

/// Returns the fields that lists show, as the module is described; `None` if the description is refused. A
/// description that does not come at the moment is an error.
async fn described(cx: Cx<'_>) -> Result<Option<BTreeSet<String>>, ConnectorError> {
    match cx.job.source.describe(&cx.job.query.module).await {
        Ok(fields) => {
            let listed = fields.into_iter().filter(|field| !field.single_read_only);
            Ok(Some(listed.map(|field| field.name).collect()))
        }
        Err(error) if matches!(error.failure, Failure::Stop | Failure::Rejected) => {
            tracing::warn!(code = error.code.word(), "the fields of the module are not known");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Returns the missing fields of rows without which no record can be written.
fn needed<'m>(
    cx: Cx<'_>,
    mappings: &'m MappingSet,
    absent: &BTreeSet<&'m str>,
) -> BTreeSet<&'m str> {
    let unsaid = |reads: &[String]| {
        !reads.is_empty() && reads.iter().all(|field| absent.contains(field.as_str()))
    };
    let mut needed = BTreeSet::new();
    for reading in mappings.readings().filter(|reading| reading.needed && unsaid(reading.reads)) {
        needed.extend(reading.reads.iter().map(String::as_str));
    }
    for one_of in cx.kind.needs_one_of() {
        let rows =
            || mappings.readings().filter(|reading| one_of.contains(&reading.canonical_field));
        if rows().all(|reading| unsaid(reading.reads)) {
            needed.extend(rows().flat_map(|reading| reading.reads).map(String::as_str));
        }
    }
    needed
}

/// Names the canonical fields whose rows read a source field.
fn mapped(mappings: &MappingSet, field: &str) -> String {
    let reads = |reading: &Reading<'_>| reading.reads.iter().any(|read| read == field);
    let readings = mappings.readings().filter(reads);
    readings.map(|reading| reading.canonical_field).collect::<Vec<_>>().join(", ")
}

/// Likely causes.
const HIDDEN: &str = "still described, so most likely hidden by field permissions";
const GONE: &str =
    "not described any more, so most likely deleted, renamed or hidden by field permissions";
const UNTOLD: &str = "most likely hidden by field permissions, deleted or renamed";
const NEVER: &str = "needed, yet never seen or described, so most likely named otherwise here or hidden by field permissions";

/// Makes the error that names each field, its mapped field and the likely cause.
fn stop(
    cx: Cx<'_>,
    mappings: &MappingSet,
    missed: &BTreeMap<&'static str, Vec<&str>>,
) -> ConnectorError {
    let mut parts = Vec::new();
    for (why, fields) in missed {
        let (mut list, mut more) = (String::new(), 0);
        for field in fields {
            let entry = format!("'{field}' ({})", mapped(mappings, field));
            if !list.is_empty() && list.len() + entry.len() > LISTED / missed.len() {
                more += 1;
                continue;
            }
            list.push_str(if list.is_empty() { "" } else { ", " });
            list.push_str(&entry);
        }
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        parts.push(format!("{list}{more}: {why}"));
    }
    let module = cx.job.claim.run.module;
    let message = format!(
        "records of {module} come without mapped fields, which is not the same as empty ones, so nothing was written from \
         them; show the fields again or change the mapping: {}",
        parts.join("; ")
    );
    let message: String = message.chars().take(MESSAGE).collect();
    ConnectorError::new(Failure::Stop, code::MAPPED_FIELD_ABSENT, message)
}

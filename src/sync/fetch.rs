//! What a read hands on: a slice of records, and records by their ids.

use {
    super::{admit::admit, checkpoint::Checkpoint, kind::Cx, looked_back::LookedBack},
    crate::{
        domain::{code, id::RecordId, record::SourceRecord},
        ports::{ConnectorError, Failure, FlawedRecord, Found},
        store::PlannedRemoval,
    },
    chrono::Duration,
    serde::{Deserialize, Serialize},
    std::collections::HashMap,
};

/// A slice ends with the page that fills it: three of a list, one of a bulk read. Six full batches of writes: of a slice of
/// which only a part is to be written, the last batch is seldom full, and each such batch is a call more.
pub(crate) const SLICE: usize = 600;

/// How far a read of changes reaches back before the watermark: the source has no snapshots.
pub(crate) fn overlap() -> Duration {
    Duration::minutes(10)
}

/// A slice as it was read.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Slice {
    /// The records, each id once.
    pub(crate) records: Vec<SourceRecord>,
    /// Records that cannot be read.
    pub(crate) flawed: Vec<FlawedRecord>,
    /// What the target has of the objects of their links, where the run verifies that.
    #[serde(default)]
    pub(crate) back: Option<LookedBack>,
    /// Ids that were asked for and that the source no longer has.
    pub(crate) gone: Vec<RecordId>,
    /// True: what is to be tried again has records without an id among it, which cannot be asked for.
    pub(crate) nameless: bool,
    /// Records that the source says were deleted.
    pub(crate) deleted: Vec<PlannedRemoval>,
    /// True: the records are due also when nothing of them changed.
    pub(crate) forced: bool,
    /// Where the read stands behind this slice; `ordinal` is set when it is stored.
    pub(crate) checkpoint: Checkpoint,
    /// True when the source was read whole by this slice's end.
    pub(crate) whole: bool,
    /// True when nothing comes behind it.
    pub(crate) last: bool,
    /// True: what comes behind it asks for what is stored, so that it is read once this slice is.
    pub(crate) barrier: bool,
}

impl Slice {
    pub(crate) fn empty(checkpoint: Checkpoint) -> Self {
        Self {
            records: Vec::new(),
            back: None,
            flawed: Vec::new(),
            gone: Vec::new(),
            nameless: false,
            deleted: Vec::new(),
            forced: false,
            checkpoint,
            whole: false,
            last: false,
            barrier: false,
        }
    }

    pub(crate) fn of(found: Found, checkpoint: Checkpoint) -> Self {
        Self { records: found.records, flawed: found.flawed, ..Self::empty(checkpoint) }
    }

    /// The ids of all that was read, also of what cannot be used.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &RecordId> {
        let flawed = self.flawed.iter().filter_map(|flaw| flaw.id.as_ref());
        self.records.iter().map(|record| &record.id).chain(flawed).chain(&self.gone)
    }
}

/// True for a call that the source refuses, however often it is made.
pub(crate) const fn is_refused(error: &ConnectorError) -> bool {
    matches!(error.failure, Failure::Stop | Failure::Rejected)
}

/// Tells that the source refuses a kind of read, which is read another way.
pub(crate) fn tell_refused(cx: Cx<'_>, error: &ConnectorError) {
    let code = code::SOURCE_READ_REFUSED;
    tracing::warn!(code = code.word(), reason = error.message, "the source is read another way");
    cx.job.findings.of_field(code, "", &[("reason", &error.message)]);
}

/// Reads records by id, in the order of the ids, and tells which are gone.
pub(crate) async fn by_ids(
    cx: Cx<'_>,
    ids: &[RecordId],
) -> Result<(Found, Vec<RecordId>), ConnectorError> {
    let read = if ids.is_empty() {
        Found::default()
    } else {
        cx.job.source.by_ids(&cx.job.query, ids).await?
    };
    admit(cx, &read.records, &read.withheld).await?;
    let mut records: HashMap<RecordId, SourceRecord> =
        read.records.into_iter().map(|record| (record.id.clone(), record)).collect();
    let mut found = Found {
        records: Vec::with_capacity(records.len()),
        flawed: read.flawed,
        ..Found::default()
    };
    let mut gone = Vec::new();
    for id in ids {
        match records.remove(id) {
            Some(record) => found.records.push(record),
            // An unreadable record exists.
            None if found.flawed.iter().any(|flaw| flaw.id.as_ref() == Some(id)) => {}
            None => gone.push(id.clone()),
        }
    }
    Ok((found, gone))
}

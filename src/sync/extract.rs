//! Reads a slice of records: a few pages of a list, or the failed records of an earlier run.

use {
    super::{Stop, engine::Job},
    crate::{
        domain::{id::RunId, record::SourceRecord, run::ItemStatus},
        ports::{ConnectorError, Failure},
        store::{ItemFilter, Store},
    },
    serde::{Deserialize, Serialize},
    std::collections::HashMap,
};

/// Records of a slice, from so many pages of 200 (the largest page of the list read).
const PAGES: usize = 2;
/// Records of a slice of a retry: as many as one read by id takes.
const RETRY_RECORDS: u64 = 100;

/// Where a read stands; stored with every slice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// Form of this structure.
    v: u8,
    /// Cursor of the next page.
    cursor: Option<String>,
    /// Id of the last record that was stored: what lies before is done, should the cursor expire.
    after: Option<String>,
    /// Retry: place of the last failed item that was taken.
    retried: i64,
    /// Place of the next item.
    pub(crate) ordinal: i64,
}

impl Default for Checkpoint {
    fn default() -> Self {
        Self { v: 1, cursor: None, after: None, retried: -1, ordinal: 0 }
    }
}

impl Checkpoint {
    /// Reads a stored checkpoint; one of another form begins anew, which is safe.
    pub(crate) fn read(stored: Option<&serde_json::Value>) -> Self {
        stored
            .and_then(|value| serde_json::from_value::<Self>(value.clone()).ok())
            .filter(|checkpoint| checkpoint.v == 1)
            .unwrap_or_default()
    }

    /// Returns the form that is stored, with the place of the next item.
    pub(crate) fn stored_at(&self, ordinal: i64) -> serde_json::Value {
        serde_json::to_value(Self { ordinal, ..self.clone() }).unwrap_or_default()
    }
}

/// A slice as it was read.
#[derive(Debug)]
pub(crate) struct Slice {
    /// The records, each id once.
    pub(crate) records: Vec<SourceRecord>,
    /// Retry: ids that the source no longer has.
    pub(crate) gone: Vec<String>,
    /// Where the read stands behind this slice; `ordinal` is set when it is stored.
    pub(crate) checkpoint: Checkpoint,
    /// True when nothing comes behind it.
    pub(crate) last: bool,
}

/// Reads the slice behind `from`.
pub(crate) async fn next(store: &Store, job: &Job, from: &Checkpoint) -> Result<Slice, Stop> {
    match job.claim.run.parent {
        Some(parent) => retry_slice(store, job, parent, from).await,
        None => Ok(list_slice(job, from).await?),
    }
}

async fn list_slice(job: &Job, from: &Checkpoint) -> Result<Slice, ConnectorError> {
    match pages(job, from).await {
        // The cursor is gone, the order of ids is not: read from the start and leave out what is done.
        Err(error) if error.failure == Failure::CursorExpired && from.cursor.is_some() => {
            let start = Checkpoint { cursor: None, ..from.clone() };
            pages(job, &start).await
        }
        other => other,
    }
}

async fn pages(job: &Job, from: &Checkpoint) -> Result<Slice, ConnectorError> {
    let mut checkpoint = from.clone();
    let mut records = Vec::new();
    let mut read = 0;
    loop {
        let page = job.source.page(&job.query, checkpoint.cursor.as_deref()).await?;
        checkpoint.cursor = page.next;
        records.extend(
            page.records.into_iter().filter(|record| is_behind(&record.id, from.after.as_deref())),
        );
        read += usize::from(!records.is_empty());
        if checkpoint.cursor.is_none() || read >= PAGES {
            break;
        }
    }
    let records = each_once(records);
    if let Some(record) = records.last() {
        checkpoint.after = Some(record.id.clone());
    }
    let last = checkpoint.cursor.is_none();
    Ok(Slice { records, gone: Vec::new(), checkpoint, last })
}

async fn retry_slice(
    store: &Store,
    job: &Job,
    parent: RunId,
    from: &Checkpoint,
) -> Result<Slice, Stop> {
    let filter = ItemFilter {
        status: Some(ItemStatus::Failed.as_str()),
        after: from.retried,
        limit: RETRY_RECORDS,
    };
    let items = store.items(&job.scope, parent, &filter).await?;
    let mut checkpoint = from.clone();
    let Some(end) = items.last() else {
        return Ok(Slice { records: Vec::new(), gone: Vec::new(), checkpoint, last: true });
    };
    checkpoint.retried = end.ordinal;
    let last = (items.len() as u64) < RETRY_RECORDS;
    let ids: Vec<String> = items.into_iter().map(|item| item.zoho_id).collect();
    let mut found: HashMap<String, SourceRecord> = HashMap::with_capacity(ids.len());
    for record in job.source.by_ids(&job.query, &ids).await? {
        found.insert(record.id.clone(), record);
    }
    let (mut records, mut gone) = (Vec::new(), Vec::new());
    for id in ids {
        match found.remove(&id) {
            Some(record) => records.push(record),
            None => gone.push(id),
        }
    }
    Ok(Slice { records, gone, checkpoint, last })
}

/// Ids are decimal texts, read in ascending order.
fn is_behind(id: &str, after: Option<&str>) -> bool {
    after.is_none_or(|after| (id.len(), id) > (after.len(), after))
}

/// A list read has no snapshot: a record that moved may come twice. The newest form wins.
fn each_once(records: Vec<SourceRecord>) -> Vec<SourceRecord> {
    let mut place: HashMap<String, usize> = HashMap::with_capacity(records.len());
    let mut out: Vec<SourceRecord> = Vec::with_capacity(records.len());
    for record in records {
        match place.get(&record.id).and_then(|place| out.get_mut(*place)) {
            Some(known) if known.modified_at <= record.modified_at => *known = record,
            Some(_) => {}
            None => {
                place.insert(record.id.clone(), out.len());
                out.push(record);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_compare_as_numbers() {
        assert!(is_behind("10", Some("9")));
        assert!(!is_behind("9", Some("10")));
        assert!(!is_behind("10", Some("10")));
        assert!(is_behind("1", None));
    }

    #[test]
    fn an_unknown_checkpoint_begins_anew() {
        let stored = serde_json::json!({"v": 9, "cursor": "x"});
        assert_eq!(Checkpoint::read(Some(&stored)), Checkpoint::default());
        let known = Checkpoint { cursor: Some("c".into()), ordinal: 400, ..Checkpoint::default() };
        assert_eq!(Checkpoint::read(Some(&known.stored_at(400))), known);
    }
}

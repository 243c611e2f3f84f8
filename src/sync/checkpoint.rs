//! The position of a run: its stage, its place in the source and the facts so far. It is stored with every slice, so
//! that the next worker continues from there.

use {
    crate::{
        domain::{
            brake::Tally,
            code::{Code, Effect},
            id::RecordId,
            run::RunFailure,
        },
        store::Cursor,
    },
    chrono::{DateTime, TimeDelta, Utc},
    serde::{Deserialize, Serialize},
};

/// Greatest number of times that a read may start again.
const RESTARTS: u8 = 20;
/// The source's times have a precision of one second.
const ONE: TimeDelta = TimeDelta::seconds(1);

/// The current work of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// Processes records whose parent has arrived.
    Waits,
    /// Reads the records of its selection.
    Read,
    /// Looks for records that the pages of the read did not show.
    Sweep,
    /// Reads what was deleted.
    Deleted,
    /// Carries out removals.
    Removals,
    /// Carries out changes that were approved.
    Changes,
}

/// The position of a run; stored with every slice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// Version of this structure.
    v: u8,
    /// The current stage.
    pub(crate) stage: Stage,
    /// Cursor of the next page.
    pub(crate) cursor: Option<String>,
    /// The last stored record: everything before it is done if the cursor expires.
    pub(crate) after: Option<RecordId>,
    /// The last one that was taken: of a retry the place of the failed item, of given records the place among them.
    #[serde(rename = "retried", with = "place")]
    pub(crate) taken: Option<i64>,
    /// Position of the next item.
    pub(crate) ordinal: i64,
    /// Start of the window of a read of changes; fixed at its first page.
    pub(crate) since: Option<DateTime<Utc>>,
    /// True for a bulk read; decided at the first page.
    pub(crate) bulk: Option<bool>,
    /// The source's clock at the first page.
    pub(crate) as_of: Option<DateTime<Utc>>,
    /// The latest change that was read.
    pub(crate) latest: Option<DateTime<Utc>>,
    /// Number of records that the source returned.
    pub(crate) rows: i64,
    /// Number of records in the last whole read before this run.
    pub(crate) rows_before: Option<i64>,
    /// True once a whole read has reached its verified end.
    pub(crate) read_ended: bool,
    /// True once the read may return records again that were processed already: because their parent had arrived, or
    /// because a read without an order had to start again.
    #[serde(default)]
    pub(crate) again: bool,
    /// How far the module has been read once everything that was found is done.
    #[serde(default)]
    pub(crate) pending: Option<Cursor>,
    /// True once the read returned a record without an id: then it is unknown which record it is, and which ones are
    /// absent.
    #[serde(default)]
    pub(crate) nameless: bool,
    /// How often the read had to start again because its cursor had expired.
    #[serde(default)]
    pub(crate) restarts: u8,
    /// Begin of the first window of a read of changes, of which `since` is the last.
    #[serde(default)]
    pub(crate) first_since: Option<DateTime<Utc>>,
    /// True once the read had a second page: between two pages a record may have slipped through.
    #[serde(default)]
    pub(crate) paged: bool,
    /// The last id of the last page of a whole read.
    #[serde(default)]
    pub(crate) edge: Option<String>,
    /// Borders between pages that are still to be looked at: the last id of one and the first id of the next.
    #[serde(default)]
    pub(crate) borders: Vec<(String, String)>,
    /// True where borders do not tell what the pages missed.
    #[serde(default)]
    pub(crate) moved: bool,
    /// True where the list has more records than its pages reach.
    #[serde(default)]
    pub(crate) beyond: bool,
    /// True once records may be left out of the read for another reason than being gone.
    #[serde(default)]
    pub(crate) unproven: bool,
    /// What the run tells at its end, each word once.
    #[serde(default)]
    pub(crate) remarks: Vec<Remark>,
    /// What the brake on changes has counted.
    #[serde(default)]
    pub(crate) braked: Braked,
    /// Records that are tried again at the end of the run.
    #[serde(default)]
    pub(crate) deferred: Vec<RecordId>,
    /// Of a run whose changes had to wait: what they were planned by.
    #[serde(default)]
    pub(crate) planned_by: Option<String>,
    /// Of such a run: true once its removals are carried out, as far as they may be.
    #[serde(default)]
    pub(crate) removals_done: bool,
    /// Of such a run: true once its approved changes are carried out.
    #[serde(default)]
    pub(crate) changes_done: bool,
}

/// What the brake on changes has counted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Braked {
    /// What the run did so far.
    pub(crate) tally: Tally,
    /// Links of the module at the start of the run, once they matter.
    pub(crate) base: Option<i64>,
    /// True once all of the run was planned and may be written.
    pub(crate) passed: bool,
}

/// Something that the run tells at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remark {
    code: String,
    summary: String,
}

/// A place as checkpoints store it: -1 before the first.
mod place {
    use serde::{Deserialize as _, Deserializer, Serializer};

    const BEFORE_FIRST: i64 = -1;

    pub(super) fn serialize<S: Serializer>(place: &Option<i64>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(place.unwrap_or(BEFORE_FIRST))
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Option<i64>, D::Error> {
        let place = i64::deserialize(from)?;
        Ok((place > BEFORE_FIRST).then_some(place))
    }
}

impl Default for Checkpoint {
    fn default() -> Self {
        Self {
            v: 2,
            stage: Stage::Waits,
            cursor: None,
            after: None,
            taken: None,
            ordinal: 0,
            since: None,
            bulk: None,
            as_of: None,
            latest: None,
            rows: 0,
            rows_before: None,
            read_ended: false,
            again: false,
            pending: None,
            nameless: false,
            restarts: 0,
            first_since: None,
            paged: false,
            edge: None,
            borders: Vec::new(),
            moved: false,
            beyond: false,
            unproven: false,
            remarks: Vec::new(),
            braked: Braked::default(),
            deferred: Vec::new(),
            planned_by: None,
            removals_done: false,
            changes_done: false,
        }
    }
}

impl Checkpoint {
    /// Reads a stored checkpoint; one of another version starts again, which is safe.
    pub(crate) fn read(stored: Option<&serde_json::Value>) -> Self {
        stored
            .and_then(|value| serde_json::from_value::<Self>(value.clone()).ok())
            .filter(|checkpoint| checkpoint.v == 2)
            .unwrap_or_default()
    }

    /// Returns the form that is stored, with the place of the next item, what the brake has counted by now, and the records
    /// to try again.
    pub(crate) fn stored_at(
        &self,
        ordinal: i64,
        braked: Braked,
        deferred: Vec<RecordId>,
    ) -> serde_json::Value {
        serde_json::to_value(Self { ordinal, braked, deferred, ..self.clone() }).unwrap_or_default()
    }

    /// True where nothing of the run is done yet.
    pub(crate) fn is_fresh(&self) -> bool {
        *self == Self::default()
    }

    /// Moves to another stage.
    pub(crate) fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.cursor = None;
        self.after = None;
    }

    /// Starts a read again whose cursor has expired. Records of a whole list come in the order of their ids, so that what
    /// is done can be left out; those of a read of changes in the order of their changes, so that it goes on where it
    /// stood, as does one that is longer than its pages reach; a bulk read shows everything again. Returns false where that
    /// would show the same again, for ever.
    pub(crate) fn restart(&mut self, ordered: bool) -> bool {
        self.cursor = None;
        self.edge = None;
        self.borders.clear();
        // What is left out because it is done may lie in another page now.
        self.moved = true;
        self.restarts = self.restarts.saturating_add(1);
        if ordered && self.after.is_some() {
            return true;
        }
        (self.again, self.rows) = (true, 0);
        let stood = self.latest.min(self.as_of.or(self.latest)).map(|time| time - ONE);
        match (self.since, stood) {
            (Some(since), Some(stood)) if stood > since => {
                self.since = Some(stood);
                true
            }
            (Some(_), _) => false,
            (None, _) => self.restarts <= RESTARTS,
        }
    }

    /// True where the ids of the source must be compared with what the pages showed. Whether a record without
    /// an id was shown cannot be told.
    pub(crate) const fn wants_sweep(&self) -> bool {
        self.beyond || (self.paged && !self.nameless && (self.moved || self.since.is_some()))
    }

    /// True where a record that the read did not show is gone.
    pub(crate) const fn absence_tells(&self) -> bool {
        !self.nameless && !self.unproven
    }

    /// Notes what makes the run partial.
    pub(crate) fn remark(&mut self, code: Code, reason: &str) {
        tracing::warn!(code = code.word(), reason, "the source was read in part");
        if self.remarks.iter().all(|remark| remark.code != code.word()) {
            let summary = code.advice(&[("reason", &reason)]);
            self.remarks.push(Remark { code: code.word().to_owned(), summary });
        }
    }

    /// Returns what makes the run partial.
    pub(crate) fn told(&self) -> Option<RunFailure> {
        let told = |remark: &Remark| {
            let code = Code::find(&remark.code)?;
            let partial = code.row().effect == Effect::Partial;
            partial.then(|| RunFailure::new(code, remark.summary.as_str()))
        };
        self.remarks.iter().find_map(told)
    }

    /// Returns how far the module has been read at the end of this read: never beyond the source's clock at its
    /// start, because later changes may not have been returned.
    pub(crate) fn end(&self, before: Cursor, full: bool, now: DateTime<Utc>) -> Cursor {
        let latest = match (self.latest, self.as_of) {
            (Some(latest), Some(as_of)) => Some(latest.min(as_of)),
            (latest, _) => latest,
        };
        let mut cursor = before;
        cursor.watermark = latest.max(before.watermark);
        if full {
            cursor.watermark = latest.or(before.watermark);
            cursor.full_scan_at = Some(now);
            cursor.full_scan_rows = Some(self.rows);
        }
        cursor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(seconds, 0)
    }

    #[test]
    fn an_unknown_checkpoint_begins_anew() {
        let stored = serde_json::json!({"v": 9, "cursor": "x"});
        assert_eq!(Checkpoint::read(Some(&stored)), Checkpoint::default());
        let known = Checkpoint { cursor: Some("c".into()), ordinal: 400, ..Checkpoint::default() };
        assert_eq!(
            Checkpoint::read(Some(&known.stored_at(400, Braked::default(), Vec::new()))),
            known
        );
    }

    #[test]
    fn a_checkpoint_is_stored_in_the_form_of_the_version_before() {
        for (taken, stored) in [(None, -1), (Some(0), 0), (Some(99), 99)] {
            let checkpoint =
                Checkpoint { taken, after: RecordId::parse("7").ok(), ..Checkpoint::default() };
            let form = checkpoint.stored_at(0, Braked::default(), Vec::new());
            assert_eq!((&form["retried"], &form["after"]), (&stored.into(), &"7".into()));
            assert_eq!(Checkpoint::read(Some(&form)), checkpoint);
        }
    }

    #[test]
    fn a_read_that_begins_anew_goes_on_or_is_given_up() {
        let read = Checkpoint { cursor: Some("c".into()), since: at(100), ..Checkpoint::default() };
        let mut changes = Checkpoint { latest: at(500), as_of: at(900), ..read.clone() };
        assert!(changes.restart(false) && changes.again);
        assert_eq!((changes.since, changes.cursor.as_ref()), (at(499), None));
        assert!(!changes.restart(false), "it would show the same again");
        assert!(!read.clone().restart(false), "nothing was seen");
        let seven = RecordId::parse("7").ok();
        let mut whole = Checkpoint { after: seven, since: None, ..read.clone() };
        assert!(whole.restart(true) && !whole.again);
        let mut bulk = Checkpoint { since: None, ..read };
        assert!((0..RESTARTS).all(|_| bulk.restart(false)));
        assert!(!bulk.restart(false));
    }

    #[test]
    fn the_watermark_stays_behind_the_begin_of_the_read() {
        let now = at(1_000).unwrap_or_default();
        let before = Cursor { watermark: at(100), ..Cursor::default() };
        let read = |latest, as_of| Checkpoint { latest, as_of, rows: 3, ..Checkpoint::default() };
        assert_eq!(read(at(500), at(400)).end(before, false, now).watermark, at(400));
        assert_eq!(read(at(300), at(400)).end(before, false, now).watermark, at(300));
        assert_eq!(read(None, at(400)).end(before, false, now).watermark, at(100));
        assert_eq!(read(at(50), at(400)).end(before, true, now).watermark, at(50));
        let full = read(at(300), None).end(before, true, now);
        assert_eq!((full.full_scan_at, full.full_scan_rows), (Some(now), Some(3)));
    }
}

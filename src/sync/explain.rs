//! The way of one record, told step by step: the steps of a dry run of its id, of which nothing is stored. What the steps
//! do stands in their own files.

use {
    super::{
        ahead::Own,
        checkpoint::{Checkpoint, Stage},
        draft::Draft,
        job::Job,
        kind::Cx,
        lease::Lease,
        map::shape,
        parents::load_parents,
        read,
        same_site::other_site,
        slice::process,
        stop::Stop,
        work::Processed,
    },
    crate::{
        domain::{
            code::{self, Code},
            id::{ObjectId, RecordId},
            item::{ItemOutcome, ItemStatus, Op},
            mapping::{KnownFields, Mappings, RowTrace},
            module::ModuleName,
            record::{Canonical, SourceRecord},
        },
        ports::Clock,
        store::{Evidence, Store, StoreError},
    },
    serde_json::{Map, Value},
    std::{
        sync::Arc,
        time::{Duration, Instant},
    },
};

/// How long the steps may take.
const LENGTH: Duration = Duration::from_secs(60);

/// Why the way of a record ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Stable word.
    pub code: Code,
    /// In words.
    pub message: String,
}

/// A parent of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// Its module.
    pub module: ModuleName,
    /// Its id.
    pub zoho_id: RecordId,
    /// Its object, if it is there.
    pub target_id: Option<ObjectId>,
    /// False: the record goes on without it.
    pub required: bool,
}

/// How far a record comes; the step behind the last one that passed is where its way ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The module's runs can begin.
    Module,
    /// It is read from the source.
    Read,
    /// It is mapped and brought into the form of the target.
    Mapped,
    /// The objects that it needs are there.
    Parents,
    /// It is known what would be written.
    Decision,
}

impl Step {
    /// All steps, in their order.
    pub const ALL: [Self; 5] =
        [Self::Module, Self::Read, Self::Mapped, Self::Parents, Self::Decision];

    /// The word that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Read => "read",
            Self::Mapped => "mapped",
            Self::Parents => "parents",
            Self::Decision => "decision",
        }
    }
}

/// The way of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The step that was reached last.
    pub reached: Step,
    /// Why the way ends there; `None` where all steps passed.
    pub stopped: Option<Reason>,
    /// A notice about a record that goes all the way.
    pub note: Option<Reason>,
    /// The outcome of a run.
    pub status: ItemStatus,
    /// What would be done to the target.
    pub op: Option<Op>,
    /// Why its use would end, after the brake has seen it.
    pub removal: Option<Evidence>,
    /// What would be written.
    pub diff: Map<String, Value>,
    /// The rows of the mappings with their values.
    pub rows: Vec<RowTrace>,
    /// The record in the form in which it is compared.
    pub canonical: Option<Canonical>,
    /// What it needs.
    pub parents: Vec<Parent>,
    /// Version of the mappings.
    pub mapping_version: Option<i64>,
}

impl Explained {
    /// A way that ends at a step.
    pub fn stopped(reached: Step, status: ItemStatus, reason: Reason) -> Self {
        Self { stopped: Some(reason), ..Self::reached(reached, status) }
    }

    fn reached(reached: Step, status: ItemStatus) -> Self {
        Self {
            reached,
            stopped: None,
            note: None,
            status,
            op: None,
            removal: None,
            diff: Map::new(),
            rows: Vec::new(),
            canonical: None,
            parents: Vec::new(),
            mapping_version: None,
        }
    }

    /// Returns whether a run would write into the target.
    pub fn would_write(&self) -> bool {
        let written = matches!(self.status, ItemStatus::New | ItemStatus::Updated);
        self.stopped.is_none() && (written || self.removal.is_some())
    }
}

/// Explains the one record that a job, which no worker has claimed, is about.
///
/// # Errors
/// When the database fails.
pub async fn explain(
    store: Store,
    clock: Arc<dyn Clock>,
    job: Job,
) -> Result<Explained, StoreError> {
    let claim = &job.claim;
    let lease = Lease::new(claim.run.id, claim.epoch, Instant::now(), LENGTH);
    let version = job.mapping_version;
    let own = Own { store, clock, job: Arc::new(job), lease: Arc::new(lease) };
    let mut told = Explained::reached(Step::Module, ItemStatus::Failed);
    match Box::pin(steps(own.cx(), &mut told)).await {
        Ok(()) => {}
        Err(Stop::Store(error)) => return Err(error),
        Err(Stop::Upstream(error)) => {
            told.status = ItemStatus::Failed;
            told.stopped = Some(Reason { code: error.code, message: error.message });
        }
        // The job is not asked to stop, and a dry run plans nothing first: only the time can run out.
        Err(Stop::Cancelled | Stop::Lost | Stop::Plan) => {
            let code = code::UPSTREAM_UNREACHABLE;
            told.status = ItemStatus::Failed;
            told.stopped = Some(Reason { code, message: "the steps took too long".to_owned() });
        }
    }
    Ok(Explained { mapping_version: version, ..told })
}

async fn steps(cx: Cx<'_>, told: &mut Explained) -> Result<(), Stop> {
    let job = cx.job;
    if job.mappings.incoming().is_some() {
        let (module, source) = (job.claim.run.module, &job.query.module);
        job.presence.begin(cx.rows().seen_fields(module, source).await?);
    }
    if let Some(failure) = other_site(cx).await?.err() {
        told.stopped = Some(Reason { code: failure.code, message: failure.summary });
        return Ok(());
    }
    told.reached = Step::Read;
    let mut from = Checkpoint::read(None);
    from.enter(Stage::Read);
    let slice = read::next(cx, &from, cx.clock.now()).await?;
    let Some(record) = slice.records.first() else {
        // Gone, or one that cannot be read: the outcomes of a slice say which.
        end(told, process(cx, &slice).await?);
        return Ok(());
    };
    told.reached = Step::Mapped;
    if !map(cx, record, told).await? {
        return Ok(());
    }
    told.reached = Step::Decision;
    end(told, process(cx, &slice).await?);
    if told.stopped.as_ref().is_some_and(|one| one.code == code::PARENT_NOT_SYNCED) {
        told.reached = Step::Parents;
    } else if told.stopped.is_some() && told.canonical.is_none() {
        told.reached = Step::Mapped;
    }
    Ok(())
}

/// Maps the record and looks its parents up; returns whether the way goes on.
async fn map(cx: Cx<'_>, record: &SourceRecord, told: &mut Explained) -> Result<bool, Stop> {
    let module = cx.job.claim.run.module;
    let mut links = cx.rows().links(module, std::slice::from_ref(&record.id)).await?;
    let link = links.remove(&record.id);
    let seen = cx.job.presence.seen();
    let known = KnownFields::new(&seen);
    let (rows, shaped) = tokio::task::block_in_place(|| {
        let rows = match &cx.job.mappings {
            Mappings::Incoming(set) => set.trace(record, known),
            Mappings::Outgoing(rows) => rows.trace(record),
        };
        (rows, shape(cx, record, known, link.as_ref()))
    });
    told.rows = rows;
    let mut shapes = [shaped];
    let links = link.iter().map(|link| (record.id.clone(), link.clone())).collect();
    cx.kind.complete_shapes(cx, std::slice::from_ref(record), &mut shapes, &links).await?;
    let [shaped] = shapes;
    let shape = match shaped {
        Ok(shape) => shape,
        // What a status ends is ended, whatever else is wrong with the record: that is decided below.
        Err(_) if link.is_some() => return Ok(true),
        Err(failed) => {
            stop(told, failed);
            return Ok(false);
        }
    };
    told.canonical = Some(shape.fields.clone());
    told.reached = Step::Parents;
    let mut drafts = [Draft::new(record, shape, link)];
    let parents = load_parents(cx, &mut drafts).await?;
    let [draft] = drafts;
    let needs = draft.shape.needs.iter().map(|need| Parent {
        module: need.module,
        zoho_id: need.id.clone(),
        target_id: parents.get(need.module, &need.id).map(|known| known.target_id.clone()),
        required: need.required,
    });
    told.parents = needs.collect();
    Ok(true)
}

/// Tells the outcome of the slice.
fn end(told: &mut Explained, processed: Processed) {
    if let Some(removal) = processed.removals.into_iter().next() {
        told.removal = Some(removal.evidence);
        told.status = ItemStatus::Updated;
    }
    if let Some(item) = processed.items.into_iter().next() {
        let removal = told.removal;
        match item.status {
            ItemStatus::Failed | ItemStatus::Skipped if removal.is_none() => stop(told, item),
            status => {
                let message = item.message.unwrap_or_default();
                told.note = item.code.map(|code| Reason { code, message });
                (told.status, told.op, told.diff) = (status, item.op, item.diff);
            }
        }
    }
}

fn stop(told: &mut Explained, item: ItemOutcome) {
    let code = item.code.unwrap_or(code::INTERNAL);
    told.stopped = Some(Reason { code, message: item.message.unwrap_or_default() });
    (told.status, told.op, told.diff) = (item.status, item.op, item.diff);
}

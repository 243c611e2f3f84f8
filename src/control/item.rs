//! Outcomes over all runs: their list, and the export of a run in the order in which they were stored.

use {
    super::{
        Control,
        page::{Asked, Moment, checked_size, cut},
        run::TRIGGER_WORDS,
        watch::Vigil,
    },
    crate::{
        domain::{
            access::{Permission, Principal},
            fault::{Fault, FieldFault},
            id::{PersonId, RecordId, RunId},
            item::{FaultClass, ItemOfRun, ItemStatus, ItemsWith},
            module::ModuleName,
            run::TriggerSource,
        },
        error::{Error, Result},
        store::{ItemCursor, RunItemFilter, Subject, TenantScope},
    },
    chrono::{DateTime, Utc},
    futures_util::{Stream, stream},
};

/// Outcomes on a page: the default and the maximum.
pub(super) const ITEMS: (i64, i64) = (50, 200);
/// Outcomes that an export reads at a time.
const EXPORTED: u64 = 500;

/// The filter of a list of outcomes, unchecked; empty texts and `None` match all.
#[derive(Debug, Clone, Default)]
pub struct RunItemQuery {
    /// Only outcomes of this module.
    pub module: String,
    /// Only outcomes with this status.
    pub status: String,
    /// Only outcomes of runs with this trigger.
    pub trigger_source: String,
    /// Only outcomes with this code.
    pub code: String,
    /// Only outcomes of this run.
    pub run: String,
    /// Only outcomes of this record.
    pub zoho_id: String,
    /// Only outcomes of this student's records.
    pub person_id: String,
    /// Only failures of this class.
    pub class: String,
    /// Only outcomes stored at or after this time.
    pub created_after: Option<DateTime<Utc>>,
    /// Only outcomes stored before this time.
    pub created_before: Option<DateTime<Utc>>,
    /// Number of rows on the page.
    pub limit: Option<i32>,
    /// The token from the previous page; empty for the first page.
    pub page_token: String,
}

/// A page of outcomes.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemPage {
    /// In the order of the list.
    pub items: Vec<ItemOfRun>,
    /// Token of the next page; empty on the last page.
    pub next_page_token: String,
}

impl ItemPage {
    pub(super) const EMPTY: Self = Self { items: Vec::new(), next_page_token: String::new() };
}

/// A position as stored in a token.
type Place = (Moment, String, i64);

/// Returns the position stored in a token.
pub(super) fn read_place(
    asked: &Asked,
    token: &str,
    faults: &mut Vec<FieldFault>,
) -> Option<ItemCursor> {
    let (Moment(at), run, ordinal): Place = asked.place(token, faults)?;
    Some(ItemCursor { at, run: RunId::parse(&run)?, ordinal })
}

/// Cuts a list to one page.
pub(super) fn page(
    asked: &Asked,
    mut placed: Vec<(ItemCursor, ItemOfRun)>,
    limit: u64,
) -> ItemPage {
    let more = cut(&mut placed, limit);
    let token = |(at, _): &(ItemCursor, ItemOfRun)| {
        asked.token(&(Moment(at.at), at.run.to_string(), at.ordinal))
    };
    let next_page_token = placed.last().filter(|_| more).map(token).unwrap_or_default();
    ItemPage { items: placed.into_iter().map(|(_, item)| item).collect(), next_page_token }
}

/// Reads the word for the outcomes of a list; `None` for an empty text.
pub(super) fn checked_status(word: &str, faults: &mut Vec<FieldFault>) -> Option<ItemsWith> {
    let status = ItemsWith::parse(word);
    if status.is_none() && !word.is_empty() {
        let expected = &ItemsWith::WORDS;
        faults.push(FieldFault::new("status", Fault::Literal { expected }));
    }
    status
}

/// Reads the id of a filter; `None` for an empty text.
pub(super) fn checked_id<T>(
    field: &'static str,
    text: &str,
    parse: impl Fn(&str) -> std::result::Result<T, Fault>,
    faults: &mut Vec<FieldFault>,
) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    parse(text).map_err(|fault| faults.push(FieldFault::new(field, fault))).ok()
}

/// The pages of an export, in order.
struct Export {
    control: Control,
    scope: TenantScope,
    vigil: Vigil,
    run: RunId,
    filter: RunItemFilter,
    after: Option<i64>,
    over: bool,
}

impl Control {
    /// Lists outcomes over all runs: the newest run first, and in each run the last outcome first; of a record or a person,
    /// the latest first.
    pub async fn list_items(&self, who: &Principal, query: RunItemQuery) -> Result<ItemPage> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let mut faults = Vec::new();
        let limit = checked_size(query.limit, ITEMS, &mut faults);
        let status = checked_status(&query.status, &mut faults);
        let trigger = TriggerSource::parse(&query.trigger_source);
        if trigger.is_none() && !query.trigger_source.is_empty() {
            let expected = &TRIGGER_WORDS;
            faults.push(FieldFault::new("trigger_source", Fault::Literal { expected }));
        }
        let class = FaultClass::parse(&query.class);
        if class.is_none() && !query.class.is_empty() {
            let expected = &FaultClass::WORDS;
            faults.push(FieldFault::new("class", Fault::Literal { expected }));
        }
        let record = checked_id("zoho_id", &query.zoho_id, RecordId::parse, &mut faults);
        let person = checked_id("person_id", &query.person_id, PersonId::parse, &mut faults);
        if record.is_some() && person.is_some() {
            let reason = "goes without zoho_id".to_owned();
            faults.push(FieldFault::new("person_id", Fault::Value(reason)));
        }
        let asked = Asked::new(
            "items",
            &scope,
            &(
                (&query.zoho_id, &query.person_id, &query.class),
                &query.module,
                &query.status,
                &query.trigger_source,
                &query.code,
                &query.run,
                query.created_after.map(|time| time.timestamp_micros()),
                query.created_before.map(|time| time.timestamp_micros()),
            ),
        );
        let after = read_place(&asked, &query.page_token, &mut faults);
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let run = match query.run.as_str() {
            "" => None,
            run => Some(self.find_run(&scope, run).await?.id),
        };
        let module = ModuleName::parse(&query.module);
        if module.is_none() && !query.module.is_empty() {
            return Ok(ItemPage::EMPTY);
        }
        // Only failures have a class, and by their status they are found.
        let of_class = class.map(|_| ItemsWith::Status(ItemStatus::Failed));
        let filter = RunItemFilter {
            module,
            trigger,
            run,
            real: false,
            status: status.or(of_class),
            code: Some(query.code).filter(|code| !code.is_empty()),
            class,
            created_after: query.created_after,
            created_before: query.created_before,
        };
        let (rows, after) = (self.store.of(&scope), after.as_ref());
        let subject = record.as_ref().map(Subject::Record).or(person.as_ref().map(Subject::Person));
        let placed = match subject {
            Some(subject) => rows.subject_items(subject, &filter, after, limit + 1).await?,
            None => rows.run_items(&filter, after, limit + 1).await?,
        };
        Ok(page(&asked, placed, limit))
    }

    /// Returns the outcomes of a run in the order in which they were stored, some hundreds at a time, read as the
    /// caller takes them.
    pub async fn export_items(
        &self,
        who: &Principal,
        run: &str,
        status: &str,
        code: &str,
    ) -> Result<impl Stream<Item = Result<Vec<ItemOfRun>>> + Send + use<>> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let mut faults = Vec::new();
        let status = checked_status(status, &mut faults);
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let run = self.find_run(&scope, run).await?.id;
        let code = Some(code.to_owned()).filter(|code| !code.is_empty());
        let filter = RunItemFilter { status, code, ..Default::default() };
        let (control, vigil) = (self.clone(), Vigil::open(self, who)?);
        let export = Export { control, scope, vigil, run, filter, after: None, over: false };
        Ok(stream::try_unfold(export, Export::next))
    }
}

impl Export {
    async fn next(mut self) -> Result<Option<(Vec<ItemOfRun>, Self)>> {
        if self.over {
            return Ok(None);
        }
        if self.control.stopping.is_cancelled() {
            return Err(Error::unavailable("the server is stopping"));
        }
        self.vigil.may_go_on(&self.control).await?;
        let placed = self
            .control
            .store
            .of(&self.scope)
            .items_in_order(self.run, &self.filter, self.after, EXPORTED)
            .await?;
        self.over = (placed.len() as u64) < EXPORTED;
        let Some((last, _)) = placed.last() else { return Ok(None) };
        self.after = Some(last.ordinal);
        Ok(Some((placed.into_iter().map(|(_, item)| item).collect(), self)))
    }
}

//! Bulk reads of Zoho CRM (docs/src/zoho.md, "Bulk reads"): a job is created, processed by Zoho for
//! a while, downloaded as a file and read from there page by page. A job holds 200,000 rows; the
//! next one continues where it ended. The rows of the file are read in `table.rs`.

use {
    super::{
        answer::{cursor_expired, incomplete, protocol},
        client::{Call, Client, module},
        field::Field,
        record::is_id,
        table::Table,
    },
    crate::{
        domain::code,
        ports::{ConnectorError, Failure, Found, Page, ReadQuery},
    },
    serde_json::{Map, Value, json},
    std::{
        fmt,
        sync::{Arc, Mutex as SyncMutex, MutexGuard, PoisonError},
        time::Duration,
    },
    tokio::{sync::Mutex, time::Instant},
};

/// Records of a page.
const PER_PAGE: usize = 600;
/// Pauses between looks at a job, before its run goes back to the queue for a while.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_millis(1_500)];
/// When to look again.
const PENDING: Duration = Duration::from_secs(20);
/// Zoho allows ten downloads a minute.
const DOWNLOADS: Duration = Duration::from_secs(30);
/// Jobs of one read, 200,000 rows each. A longer chain is a loop.
const JOBS: u32 = 500;
/// Greatest number of files open at once in this process.
const FILES: usize = 16;
/// How long a file is kept for a read that does not continue.
const KEPT: Duration = Duration::from_secs(15 * 60);

/// Results that are being read, by connection and job. A file that was dropped is fetched again.
#[derive(Debug, Default)]
pub(crate) struct Files(SyncMutex<Vec<Open>>);

#[derive(Debug)]
struct Open {
    name: String,
    last_use: Instant,
    table: Arc<Mutex<Table>>,
}

impl Files {
    /// Returns the open files, without those that are no longer read.
    fn lock(&self) -> MutexGuard<'_, Vec<Open>> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|file| file.last_use.elapsed() < KEPT);
        files
    }

    /// Returns a file and makes it the last one to be dropped.
    fn get(&self, name: &str) -> Option<Arc<Mutex<Table>>> {
        let mut files = self.lock();
        let place = files.iter().position(|file| file.name == name)?;
        let file = files.remove(place);
        let table = file.table.clone();
        files.push(Open { last_use: Instant::now(), ..file });
        Some(table)
    }

    fn put(&self, name: &str, table: Table) -> Arc<Mutex<Table>> {
        let mut files = self.lock();
        files.retain(|file| file.name != name);
        if files.len() >= FILES {
            files.remove(0);
        }
        let table = Arc::new(Mutex::new(table));
        let (name, last_use) = (name.to_owned(), Instant::now());
        files.push(Open { name, last_use, table: table.clone() });
        table
    }

    fn remove(&self, name: &str) {
        self.lock().retain(|file| file.name != name);
    }
}

/// A connection's view of bulk reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bulk<'a> {
    pub(super) client: &'a Client,
    pub(super) files: &'a Files,
    /// Distinguishes connections.
    pub(super) name: &'a str,
    /// The module's fields.
    pub(super) fields: &'a [Field],
}

/// Where a read continues: the job's position in the chain, the job, and the row within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    part: u32,
    job: String,
    row: u64,
}

impl Cursor {
    /// Reads a cursor; `None` if it is the cursor of a list.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, ConnectorError> {
        let Some(rest) = text.strip_prefix("2b") else { return Ok(None) };
        let mut parts = rest.split(':');
        let part = parts.next().and_then(|part| part.parse().ok());
        let job = parts.next().filter(|job| is_id(job)).map(str::to_owned);
        let row = parts.next().and_then(|row| row.parse().ok());
        match (part, job, row, parts.next()) {
            (Some(part), Some(job), Some(row), None) => Ok(Some(Self { part, job, row })),
            _ => Err(cursor_expired()),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "2b{}:{}:{}", self.part, self.job, self.row)
    }
}

/// The facts about a finished job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finished {
    /// Its rows.
    pub(super) count: u64,
    /// Where the next job continues: a member of its query.
    pub(super) next: Option<(&'static str, Value)>,
}

impl<'a> Bulk<'a> {
    /// Creates the first job; its rows come with the next page, so that the cursor, which names the
    /// job, is stored while Zoho works on it.
    pub(super) async fn begin(self, query: &ReadQuery) -> Result<Page, ConnectorError> {
        let (job, date) = self.create(query, None).await?;
        let next = Cursor { part: 1, job, row: 0 };
        Ok(Page { next: Some(next.to_string()), as_of: date, ..Page::default() })
    }

    /// Reads a page of a job's rows.
    pub(super) async fn page(
        self,
        query: &ReadQuery,
        cursor: Cursor,
    ) -> Result<Page, ConnectorError> {
        let file = format!("{}:{}", self.name, cursor.job);
        let table = match self.files.get(&file) {
            Some(table) => table,
            None => self.files.put(&file, self.fetch(query, &cursor.job).await?),
        };
        let (start, mut table) = (cursor.row, table.lock_owned().await);
        let read = move || {
            let found = table.read(start, PER_PAGE);
            (found, table.finished().clone())
        };
        let (found, finished) = tokio::task::spawn_blocking(read).await.map_err(|_| broken())?;
        let Found { records, flawed, .. } = found.inspect_err(|_| self.files.remove(&file))?;
        let read = records.len() + flawed.len();
        let row = cursor.row.saturating_add(read as u64);
        if row < finished.count {
            if read == 0 {
                self.files.remove(&file);
                return Err(incomplete("Zoho's bulk result holds fewer rows than it announces"));
            }
            let next = Cursor { row, ..cursor }.to_string();
            return Ok(Page { records, flawed, next: Some(next), ..Page::default() });
        }
        if row > finished.count {
            return Err(incomplete("Zoho's bulk result holds more rows than it announces"));
        }
        let next = match finished.next {
            None => None,
            Some(_) if cursor.part >= JOBS => return Err(super::answer::endless()),
            Some(place) => {
                let (job, _) = self.create(query, Some(place)).await?;
                Some(Cursor { part: cursor.part + 1, job, row: 0 }.to_string())
            }
        };
        self.files.remove(&file);
        Ok(Page { records, flawed, next, ..Page::default() })
    }

    /// Creates a job and returns its id and the time of Zoho's clock.
    async fn create(
        self,
        query: &ReadQuery,
        place: Option<(&'static str, Value)>,
    ) -> Result<(String, Option<chrono::DateTime<chrono::Utc>>), ConnectorError> {
        let mut asked = Map::new();
        asked.insert("module".to_owned(), json!({ "api_name": module(&query.module)? }));
        asked.insert("fields".to_owned(), json!(self.columns(query)));
        if let Some((name, value)) = place {
            asked.insert(name.to_owned(), value);
        }
        let body = json!({ "query": asked, "file_type": "csv" });
        let call = Call::posted("/crm/bulk/v8/read".to_owned(), &body, 1);
        let reply = self.client.call(&call).await?;
        let id = reply.body.as_ref().and_then(|body| body.get("data")?.get(0)?.get("details"));
        let id = match id.and_then(|details| details.get("id")) {
            Some(Value::String(id)) => Some(id.clone()),
            Some(Value::Number(id)) => Some(id.to_string()),
            _ => None,
        };
        let id = id.filter(|id| is_id(id));
        let id = id.ok_or_else(|| protocol("Zoho's answer to a bulk read names no job"))?;
        Ok((id, reply.date))
    }

    /// Returns the columns to ask for: those that are known and come in bulk reads; the id always.
    fn columns(self, query: &ReadQuery) -> Vec<&'a str> {
        let known = self.fields.iter().map(|field| &field.described);
        let columns: Vec<&str> = known
            .filter(|field| !field.single_read_only && field.name != "id")
            .filter(|field| field.name == "Modified_Time" || query.fields.contains(&field.name))
            .map(|field| field.name.as_str())
            .collect();
        if columns.is_empty() { vec!["id"] } else { columns }
    }

    /// Waits a little for a job and fetches its rows.
    async fn fetch(self, query: &ReadQuery, job: &str) -> Result<Table, ConnectorError> {
        let mut finished = self.look(job).await?;
        for pause in PAUSES {
            if finished.is_some() {
                break;
            }
            tokio::time::sleep(pause).await;
            finished = self.look(job).await?;
        }
        let Some(finished) = finished else {
            let mut error = ConnectorError::of(Failure::Pending, code::ZOHO_BULK_PENDING, &[]);
            error.retry_after = Some(PENDING);
            return Err(error);
        };
        let columns = self.columns(query);
        let wanted = |field: &&Field| columns.contains(&field.described.name.as_str());
        let fields: Vec<Field> = self.fields.iter().filter(wanted).cloned().collect();
        if finished.count == 0 {
            return Ok(Table::empty(finished));
        }
        let file = tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(|_| broken())?;
        let mut file = tokio::fs::File::from_std(file.map_err(|error| no_file(&error))?);
        let path = format!("/crm/bulk/v8/read/{job}/result");
        self.client.download(&path, &mut file).await.map_err(not_downloaded)?;
        let file = file.into_std().await;
        let open = move || Table::open(file, &fields, finished);
        tokio::task::spawn_blocking(open).await.map_err(|_| broken())?
    }

    /// Looks at a job; `None` while Zoho is working on it.
    async fn look(self, job: &str) -> Result<Option<Finished>, ConnectorError> {
        let call = Call::read(format!("/crm/bulk/v8/read/{job}"), &[]).may_be_gone();
        let body = self.client.call(&call).await?.body.ok_or_else(cursor_expired)?;
        let job = body.get("data").and_then(|data| data.get(0));
        let state = job.and_then(|job| job.get("state")).and_then(Value::as_str);
        match state.unwrap_or_default() {
            "ADDED" | "QUEUED" | "IN PROGRESS" | "IN_PROGRESS" => Ok(None),
            "COMPLETED" => {
                finished(job.and_then(|job| job.get("result")).unwrap_or(&Value::Null)).map(Some)
            }
            "FAILURE" | "FAILED" => {
                Err(ConnectorError::of(Failure::CursorExpired, code::ZOHO_BULK_FAILED, &[]))
            }
            _ => Err(protocol("Zoho's bulk read is in a state that is not documented")),
        }
    }
}

fn finished(result: &Value) -> Result<Finished, ConnectorError> {
    let count = result.get("count").and_then(Value::as_u64);
    let more = result.get("more_records").and_then(Value::as_bool);
    let (Some(count), Some(more)) = (count, more) else {
        return Err(incomplete("Zoho's bulk read does not tell how many rows it holds"));
    };
    if !more {
        return Ok(Finished { count, next: None });
    }
    let token = result.get("next_page_token").and_then(Value::as_str);
    let page = result.get("page").and_then(Value::as_u64);
    let next = match (token.filter(|token| !token.is_empty()), page) {
        (Some(token), _) => ("page_token", Value::from(token)),
        (None, Some(page)) => ("page", Value::from(page.saturating_add(1))),
        (None, None) => {
            return Err(incomplete("Zoho's bulk read does not tell where it goes on"));
        }
    };
    Ok(Finished { count, next: Some(next) })
}

/// Returns the error with a wait of a minute if there were too many downloads.
fn not_downloaded(error: ConnectorError) -> ConnectorError {
    if error.failure != Failure::Throttled {
        return error;
    }
    let wait = error.retry_after.unwrap_or_default().saturating_add(DOWNLOADS);
    ConnectorError { retry_after: Some(wait), ..error }
}

/// Makes the error for a temporary file that cannot be made.
pub(super) fn no_file(error: &std::io::Error) -> ConnectorError {
    tracing::warn!(%error, "cannot use a temporary file");
    ConnectorError::of(Failure::Unreachable, code::TEMPORARY_FILE_FAILED, &[])
}

/// Makes the error for the end of the task that reads files: only a fault of this service causes
/// that.
fn broken() -> ConnectorError {
    protocol("the result of a bulk read could not be read")
}

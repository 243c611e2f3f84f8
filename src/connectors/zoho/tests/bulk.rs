//! Bulk reads: jobs, files, pages, and what goes wrong on the way.

use {
    super::*,
    std::io::{Cursor, Write as _},
    zip::{ZipWriter, write::SimpleFileOptions},
};

/// A Zoho whose jobs hold rows, each up to the given end; each job except the last is followed by
/// another.
#[derive(Clone, Default)]
struct Jobs {
    calls: Arc<Mutex<Vec<String>>>,
    bodies: Arc<Mutex<Vec<Value>>>,
    rows: Arc<Vec<Vec<u32>>>,
    /// Number of looks at a job until it is finished.
    pending: usize,
    state: Option<&'static str>,
    /// Rows that a job announces beyond those in its file.
    lie: i64,
    no_file: Option<u16>,
}

pub(super) fn archive(csv: &str) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("1.csv", SimpleFileOptions::default()).unwrap();
    writer.write_all(csv.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

impl Jobs {
    fn new<const N: usize>(ends: [u32; N]) -> Self {
        let starts = [1].into_iter().chain(ends);
        let rows = starts.zip(ends).map(|(start, end)| (start..end).collect()).collect();
        Self { rows: Arc::new(rows), ..Self::default() }
    }

    fn answer(&self, call: &Call) -> (u16, Vec<u8>) {
        let text = |value: Value| value.to_string().into_bytes();
        let path = call.uri.path().to_owned();
        if path == "/oauth/v2/token" {
            return (200, text(json!({"access_token": "t", "expires_in": 3600})));
        }
        self.calls.lock().unwrap().push(format!("{} {path}", call.method));
        if path == "/crm/v8/settings/fields" {
            let field = |name: &str, data_type: &str, json_type: &str| json!({"api_name": name, "data_type": data_type, "json_type": json_type});
            let fields = [
                field("Name", "text", "string"),
                field("Price", "currency", "double"),
                field("Student", "lookup", "jsonobject"),
                field("Rows", "subform", "jsonarray"),
                field("Unasked", "text", "string"),
                field("Modified_Time", "datetime", "string"),
            ];
            return (200, text(json!({ "fields": fields })));
        }
        if path == "/crm/bulk/v8/read" {
            let mut bodies = self.bodies.lock().unwrap();
            bodies.push(call.json());
            let details = json!({"id": bodies.len().to_string(), "state": "ADDED"});
            let row =
                json!({"status": "success", "code": "ADDED_SUCCESSFULLY", "details": details});
            return (201, text(json!({"data": [row], "info": {}})));
        }
        let job = path.trim_start_matches("/crm/bulk/v8/read/").trim_end_matches("/result");
        let number: usize = job.parse().unwrap();
        let Some(rows) = self.rows.get(number - 1) else {
            let error = json!({"code": "RESOURCE_NOT_FOUND", "details": {}, "status": "error"});
            return (404, text(error));
        };
        if path.ends_with("/result") {
            if let Some(status) = self.no_file {
                return (status, Vec::new());
            }
            let mut csv = "id,Name,Price,Student,Modified_Time\n".to_owned();
            for id in rows {
                let name = format!("\"N, {id}\nx\"");
                csv.push_str(&format!("{id},{name},{id}.0,9{id},2026-11-21T10:31:43+05:30\n"));
            }
            return (200, archive(&csv));
        }
        let looks = self.calls.lock().unwrap().iter().filter(|call| call.ends_with(&path)).count();
        let state = if looks <= self.pending { "IN PROGRESS" } else { "COMPLETED" };
        let count = i64::try_from(rows.len()).unwrap() + self.lie;
        let more = number < self.rows.len();
        let token = more.then(|| format!("token{number}"));
        let result = json!({
            "page": 1, "per_page": 200_000, "count": count, "more_records": more,
            "next_page_token": token, "download_url": "https://evil.example/",
        });
        let job = json!({"id": job, "state": self.state.unwrap_or(state), "result": result});
        (200, text(json!({"data": [job]})))
    }

    async fn source(&self) -> Arc<dyn Source> {
        let jobs = self.clone();
        let address = serve(move |call| {
            let answer = jobs.answer(&call);
            async move { answer }
        });
        connectors(Options::default())
            .open("t", &connection(&address.await, NOBODY))
            .unwrap()
            .source
    }

    fn count(&self, what: &str) -> usize {
        self.calls.lock().unwrap().iter().filter(|call| call.contains(what)).count()
    }
}

fn query() -> ReadQuery {
    let fields = ["Name", "Price", "Student", "Rows", "Nowhere"].map(str::to_owned).to_vec();
    ReadQuery { module: "BTEC_Payments".to_owned(), fields, bulk: true, ..ReadQuery::default() }
}

async fn read_all(source: &dyn Source) -> (Vec<SourceRecord>, Vec<usize>) {
    let (mut cursor, mut records, mut pages) = (None, Vec::new(), Vec::new());
    loop {
        let page = source.page(&query(), cursor.as_deref()).await.unwrap();
        pages.push(page.records.len());
        records.extend(page.records);
        cursor = page.next;
        if cursor.is_none() {
            return (records, pages);
        }
    }
}

#[tokio::test]
async fn jobs_follow_each_other_to_a_verified_end() {
    let jobs = Jobs { pending: 1, ..Jobs::new([1_301, 1_304]) };
    let source = jobs.source().await;
    let (records, pages) = read_all(source.as_ref()).await;
    assert_eq!(pages, [0, 600, 600, 100, 3]);
    let ids: Vec<String> = records.iter().map(|record| record.id.to_string()).collect();
    assert_eq!(ids, (1..1_304).map(|id: u32| id.to_string()).collect::<Vec<_>>());
    let first = records.first().unwrap();
    assert!(first.modified_at.is_some());
    assert_eq!(
        Value::Object(first.fields.clone()),
        json!({
            "id": "1", "Name": "N, 1\nx", "Price": 1, "Student": {"id": "91"},
            "Modified_Time": "2026-11-21T10:31:43+05:30",
        })
    );
    let module = json!({"api_name": "BTEC_Payments"});
    let fields = json!(["Name", "Price", "Student", "Modified_Time"]);
    assert_eq!(
        *jobs.bodies.lock().unwrap(),
        [
            json!({"query": {"module": module, "fields": fields}, "file_type": "csv"}),
            json!({
                "query": {"module": module, "fields": fields, "page_token": "token1"},
                "file_type": "csv",
            }),
        ]
    );
    assert_eq!((jobs.count("/result"), jobs.count("settings")), (2, 1));
}

#[tokio::test]
async fn an_empty_job_needs_no_file() {
    let jobs = Jobs::new([1]);
    let (records, pages) = read_all(jobs.source().await.as_ref()).await;
    assert_eq!((records.len(), pages, jobs.count("/result")), (0, vec![0, 0], 0));
}

#[tokio::test]
async fn a_page_can_be_asked_for_again_also_by_another_process() {
    let jobs = Jobs::new([1_101]);
    let source = jobs.source().await;
    let first = |page: Page| page.records.first().map(|record| record.id.to_string());
    for cursor in ["2b1:1:400", "2b1:1:0", "2b1:1:1000", "2b1:1:400", "2b1:1:400"] {
        let row = cursor.rsplit(':').next().unwrap().parse::<u32>().unwrap();
        let page = source.page(&query(), Some(cursor)).await.unwrap();
        assert_eq!(page.next.is_none(), row == 1_000);
        assert_eq!(first(page), Some((row + 1).to_string()));
    }
    // The end of the read dropped the file; it was fetched once more.
    assert_eq!(jobs.count("/result"), 2);
    let other = jobs.source().await;
    assert_eq!(first(other.page(&query(), Some("2b1:1:700")).await.unwrap()), Some("701".into()));
}

#[tokio::test]
async fn a_job_that_takes_its_time_gives_the_run_back() {
    let jobs = Jobs { pending: 4, ..Jobs::new([3]) };
    let source = jobs.source().await;
    let cursor = source.page(&query(), None).await.unwrap().next;
    let error = source.page(&query(), cursor.as_deref()).await.unwrap_err();
    assert_eq!((error.failure, error.code), (Failure::Pending, code::ZOHO_BULK_PENDING));
    assert!(error.retry_after.is_some());
    let page = source.page(&query(), cursor.as_deref()).await.unwrap();
    assert_eq!((page.records.len(), page.next), (2, None));
    assert_eq!(jobs.bodies.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn what_goes_wrong_with_a_job_is_told_apart() {
    let one = || Jobs::new([3]);
    for (jobs, cursor, failure, code) in [
        (
            Jobs { state: Some("FAILURE"), ..one() },
            "2b1:1:0",
            Failure::CursorExpired,
            code::ZOHO_BULK_FAILED,
        ),
        (
            Jobs { state: Some("FAILED"), ..one() },
            "2b1:1:0",
            Failure::CursorExpired,
            code::ZOHO_BULK_FAILED,
        ),
        (
            Jobs { state: Some("ODD"), ..one() },
            "2b1:1:0",
            Failure::Unreachable,
            code::UPSTREAM_PROTOCOL,
        ),
        (one(), "2b1:7:0", Failure::CursorExpired, code::ZOHO_CURSOR_EXPIRED),
        (one(), "2b1:x:0", Failure::CursorExpired, code::ZOHO_CURSOR_EXPIRED),
        (one(), "2b", Failure::CursorExpired, code::ZOHO_CURSOR_EXPIRED),
        (Jobs { lie: 1, ..one() }, "2b1:1:2", Failure::Unreachable, code::SOURCE_INCOMPLETE),
        (Jobs { lie: -1, ..one() }, "2b1:1:0", Failure::Unreachable, code::SOURCE_INCOMPLETE),
        (one(), "2b1:1:9", Failure::Unreachable, code::SOURCE_INCOMPLETE),
        (
            Jobs { no_file: Some(404), ..one() },
            "2b1:1:0",
            Failure::CursorExpired,
            code::ZOHO_CURSOR_EXPIRED,
        ),
        (Jobs { no_file: Some(429), ..one() }, "2b1:1:0", Failure::Throttled, code::ZOHO_THROTTLED),
        (
            Jobs { no_file: Some(200), ..one() },
            "2b1:1:0",
            Failure::Unreachable,
            code::UPSTREAM_PROTOCOL,
        ),
    ] {
        let error = jobs.source().await.page(&query(), Some(cursor)).await.unwrap_err();
        assert_eq!((error.failure, error.code), (failure, code), "{cursor} {:?}", jobs.state);
    }
    let short = Jobs { lie: 1, ..one() };
    let page = short.source().await.page(&query(), Some("2b1:1:0")).await.unwrap();
    assert_eq!(page.next.as_deref(), Some("2b1:1:2"));
}

//! AuditService.

use {
    super::{
        Api,
        convert::{time, timestamp, to_struct},
        item::{Answers, answers},
        open, to_status,
    },
    crate::{
        control::{AuditQuery, Told},
        domain::{audit::Entry, csv},
        proto::{
            pb::{self, audit_service_server::AuditService},
            sigma::internal::v1::Object,
        },
    },
    chrono::SecondsFormat,
    futures_util::{StreamExt as _, stream},
    serde_json::Value,
    tonic::{Request, Response, Status, async_trait},
};

/// The names of the columns of an export.
const HEAD: [&str; 13] = [
    "entry_id",
    "created_at",
    "actor",
    "key_id",
    "session_id",
    "address",
    "request_id",
    "scheme",
    "action",
    "resource",
    "before",
    "after",
    "outcome",
];
/// A message of lines ends when it has reached this length, in bytes: a reader accepts 4 MiB.
const TEXT_MAX: usize = 64 * 1024;

fn object(value: &Value) -> Object {
    match value {
        Value::Object(map) => to_struct(map),
        _ => Object::default(),
    }
}

pub(super) fn message(entry: Entry) -> pb::AuditEntry {
    pb::AuditEntry {
        entry_id: entry.id,
        created_at: Some(timestamp(entry.at)),
        actor: entry.actor,
        key_id: entry.key,
        session_id: entry.session,
        address: entry.address,
        request_id: entry.request_id,
        scheme: entry.scheme,
        action: entry.action,
        resource: entry.resource,
        before: entry.before.as_ref().map(object),
        after: Some(object(&entry.after)),
        outcome: entry.outcome.as_str().to_owned(),
    }
}

/// Returns lines as messages, each sent as soon as it is long enough.
fn texts(entries: Vec<Entry>) -> Vec<pb::ExportAuditEntriesCsvResponse> {
    let mut texts = Vec::new();
    let mut text = String::new();
    for entry in entries {
        let cells = [
            entry.id,
            entry.at.to_rfc3339_opts(SecondsFormat::Micros, false),
            entry.actor.unwrap_or_default(),
            entry.key,
            entry.session.unwrap_or_default(),
            entry.address.unwrap_or_default(),
            entry.request_id.unwrap_or_default(),
            entry.scheme.unwrap_or_default(),
            entry.action,
            entry.resource,
            entry.before.map(|before| before.to_string()).unwrap_or_default(),
            entry.after.to_string(),
            entry.outcome.as_str().to_owned(),
        ];
        csv::push_line(&mut text, cells.iter().map(String::as_str));
        if text.len() >= TEXT_MAX {
            let text = std::mem::take(&mut text);
            texts.push(pb::ExportAuditEntriesCsvResponse { text });
        }
    }
    if !text.is_empty() {
        texts.push(pb::ExportAuditEntriesCsvResponse { text });
    }
    texts
}

/// Reads the filter that several requests have.
macro_rules! query {
    ($request:ident) => {
        AuditQuery {
            tenant: $request.tenant_id,
            actor: $request.actor,
            key: $request.key_id,
            action: $request.action,
            resource: $request.resource,
            since: $request.since.and_then(time),
            until: $request.until.and_then(time),
            outcome: $request.outcome,
            ..AuditQuery::default()
        }
    };
}

#[async_trait]
impl AuditService for Api {
    type ExportAuditEntriesStream = Answers<pb::ExportAuditEntriesResponse>;
    type WatchAuditStream = Answers<pb::WatchAuditResponse>;
    type ExportAuditEntriesCsvStream = Answers<pb::ExportAuditEntriesCsvResponse>;

    async fn list_audit_entries(
        &self,
        request: Request<pb::ListAuditEntriesRequest>,
    ) -> Result<Response<pb::ListAuditEntriesResponse>, Status> {
        let (who, request) = open(request)?;
        let (limit, page_token) = (request.limit, request.page_token);
        let query = AuditQuery { limit, page_token, ..query!(request) };
        let page = self.control.list_audit(&who, query).await.map_err(to_status)?;
        Ok(Response::new(pb::ListAuditEntriesResponse {
            entries: page.entries.into_iter().map(message).collect(),
            next_page_token: page.next_page_token,
        }))
    }

    async fn export_audit_entries(
        &self,
        request: Request<pb::ExportAuditEntriesRequest>,
    ) -> Result<Response<Self::ExportAuditEntriesStream>, Status> {
        let (who, request) = open(request)?;
        let pages = self.control.export_audit(&who, query!(request)).await.map_err(to_status)?;
        let each = |entries: Vec<Entry>| {
            let answer = |entry| pb::ExportAuditEntriesResponse { entry: Some(message(entry)) };
            entries.into_iter().map(answer).collect()
        };
        Ok(Response::new(answers(pages, each)))
    }

    async fn export_audit_entries_csv(
        &self,
        request: Request<pb::ExportAuditEntriesCsvRequest>,
    ) -> Result<Response<Self::ExportAuditEntriesCsvStream>, Status> {
        let (who, request) = open(request)?;
        let pages = self.control.export_audit(&who, query!(request)).await.map_err(to_status)?;
        let mut text = String::new();
        csv::push_line(&mut text, HEAD);
        let head = stream::iter([Ok(pb::ExportAuditEntriesCsvResponse { text })]);
        Ok(Response::new(Box::pin(head.chain(answers(pages, texts)))))
    }

    async fn watch_audit(
        &self,
        request: Request<pb::WatchAuditRequest>,
    ) -> Result<Response<Self::WatchAuditStream>, Status> {
        let (who, pb::WatchAuditRequest { tenant_id, after }) = open(request)?;
        let told = self.control.watch_audit(&who, &tenant_id, after).await.map_err(to_status)?;
        let answers = told.map(|told| {
            let Told { sequence, what } = told.map_err(to_status)?;
            Ok(pb::WatchAuditResponse { sequence, entry: what.map(message) })
        });
        Ok(Response::new(Box::pin(answers)))
    }
}

//! ItemService.

use {
    super::{
        Api,
        convert::{time, timestamp, to_struct},
        exchange, open,
        run::warnings,
        to_status,
    },
    crate::{
        control::RunItemQuery,
        domain::{
            csv,
            id::{ObjectId, PersonId, RecordId},
            item::{ItemOfRun, Warning},
        },
        error::Result as ControlResult,
        proto::pb::{self, item_service_server::ItemService},
    },
    chrono::SecondsFormat,
    futures_util::{Stream, StreamExt as _, stream},
    serde_json::Value,
    std::pin::Pin,
    tonic::{Request, Response, Status, async_trait},
};

/// The names of the columns of an export.
const HEAD: [&str; 17] = [
    "run_id",
    "module_name",
    "trigger_source",
    "dry_run",
    "place",
    "zoho_id",
    "person_id",
    "status",
    "op",
    "code",
    "class",
    "message",
    "diff",
    "target_id",
    "mapping_version",
    "created_at",
    "warnings",
];
/// A message of lines ends when it has reached this length, in bytes: a reader accepts 4 MiB.
const TEXT_MAX: usize = 64 * 1024;

pub(super) fn message(of_run: ItemOfRun) -> pb::Item {
    let ItemOfRun { item, module, trigger_source, dry_run, person } = of_run;
    pb::Item {
        run_id: item.run.to_string(),
        module_name: module.as_str().to_owned(),
        trigger_source,
        dry_run,
        place: item.ordinal,
        zoho_id: item.zoho_id.map(RecordId::into_text).unwrap_or_default(),
        person_id: person.map(PersonId::into_text),
        status: item.status,
        op: item.op,
        code: item.code,
        class: item.class,
        message: item.message,
        diff: Some(match &item.diff {
            Value::Object(map) => to_struct(map),
            _ => Default::default(),
        }),
        target_id: item.target_id.map(ObjectId::into_text),
        mapping_version: item.mapping_version,
        created_at: Some(timestamp(item.created_at)),
        warnings: warnings(item.warnings),
    }
}

/// Writes warnings into one cell.
fn told(warnings: &[Warning]) -> String {
    let told =
        |one: &Warning| format!("{}: {} {}", one.field, one.code, one.value).trim_end().to_owned();
    warnings.iter().map(told).collect::<Vec<_>>().join("; ")
}

fn push_line(text: &mut String, of_run: &ItemOfRun) {
    let ItemOfRun { item, module, trigger_source, dry_run, person } = of_run;
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = [
        item.run.to_string(),
        module.as_str().to_owned(),
        trigger_source.clone(),
        dry_run.to_string(),
        item.ordinal.to_string(),
        item.zoho_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        person.as_ref().map(ToString::to_string).unwrap_or_default(),
        item.status.clone(),
        optional(&item.op),
        optional(&item.code),
        optional(&item.class),
        optional(&item.message),
        item.diff.to_string(),
        item.target_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        item.mapping_version.map(|version| version.to_string()).unwrap_or_default(),
        item.created_at.to_rfc3339_opts(SecondsFormat::Micros, false),
        told(&item.warnings),
    ];
    csv::push_line(text, cells.iter().map(String::as_str));
}

/// Returns lines as messages, each sent as soon as it is long enough.
fn texts(items: &[ItemOfRun]) -> Vec<pb::ExportItemsCsvResponse> {
    let mut texts = Vec::new();
    let mut text = String::new();
    for item in items {
        push_line(&mut text, item);
        if text.len() >= TEXT_MAX {
            texts.push(pb::ExportItemsCsvResponse { text: std::mem::take(&mut text) });
        }
    }
    if !text.is_empty() {
        texts.push(pb::ExportItemsCsvResponse { text });
    }
    texts
}

/// A stream of answers.
pub(super) type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Turns pages into answers; an error is the last answer.
pub(super) fn answers<P: 'static, T: Send + 'static>(
    pages: impl Stream<Item = ControlResult<Vec<P>>> + Send + 'static,
    each: impl Fn(Vec<P>) -> Vec<T> + Send + 'static,
) -> Answers<T> {
    let answers = pages.flat_map(move |page| {
        let answers = match page {
            Ok(items) => each(items).into_iter().map(Ok).collect(),
            Err(error) => vec![Err(to_status(error))],
        };
        stream::iter(answers)
    });
    Box::pin(answers)
}

#[async_trait]
impl ItemService for Api {
    type ExportItemsStream = Answers<pb::ExportItemsResponse>;
    type ExportItemsCsvStream = Answers<pb::ExportItemsCsvResponse>;

    async fn list_items(
        &self,
        request: Request<pb::ListItemsRequest>,
    ) -> Result<Response<pb::ListItemsResponse>, Status> {
        let (who, request) = open(request)?;
        let query = RunItemQuery {
            module: request.module,
            status: request.status,
            trigger_source: request.trigger_source,
            code: request.code,
            run: request.run_id,
            zoho_id: request.zoho_id,
            person_id: request.person_id,
            class: request.class,
            created_after: request.created_after.and_then(time),
            created_before: request.created_before.and_then(time),
            limit: request.limit,
            page_token: request.page_token,
        };
        let page = self.control.list_items(&who, query).await.map_err(to_status)?;
        Ok(Response::new(pb::ListItemsResponse {
            items: page.items.into_iter().map(message).collect(),
            next_page_token: page.next_page_token,
        }))
    }

    async fn list_item_exchanges(
        &self,
        request: Request<pb::ListItemExchangesRequest>,
    ) -> Result<Response<pb::ListItemExchangesResponse>, Status> {
        let (who, request) = open(request)?;
        let pb::ListItemExchangesRequest { run_id, zoho_id, limit, page_token } = request;
        let page = self.control.list_exchanges(&who, &run_id, &zoho_id, limit, &page_token).await;
        Ok(Response::new(exchange::message(page.map_err(to_status)?)))
    }

    async fn export_items(
        &self,
        request: Request<pb::ExportItemsRequest>,
    ) -> Result<Response<Self::ExportItemsStream>, Status> {
        let (who, pb::ExportItemsRequest { run_id, status, code }) = open(request)?;
        let pages = self.control.export_items(&who, &run_id, &status, &code).await;
        let pages = pages.map_err(to_status)?;
        let each = |items: Vec<ItemOfRun>| {
            let answer = |item| pb::ExportItemsResponse { item: Some(message(item)) };
            items.into_iter().map(answer).collect()
        };
        Ok(Response::new(answers(pages, each)))
    }

    async fn export_items_csv(
        &self,
        request: Request<pb::ExportItemsCsvRequest>,
    ) -> Result<Response<Self::ExportItemsCsvStream>, Status> {
        let (who, pb::ExportItemsCsvRequest { run_id, status, code }) = open(request)?;
        let pages = self.control.export_items(&who, &run_id, &status, &code).await;
        let pages = pages.map_err(to_status)?;
        let mut head = String::new();
        csv::push_line(&mut head, HEAD);
        let head = stream::iter([Ok(pb::ExportItemsCsvResponse { text: head })]);
        Ok(Response::new(Box::pin(head.chain(answers(pages, |items| texts(&items))))))
    }
}

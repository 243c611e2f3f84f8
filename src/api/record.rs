//! RecordService.

use {
    super::{
        Api,
        convert::{timestamp, to_struct},
        item, mapping, open, to_status,
    },
    crate::{
        control::{Explained, ExplainedRecord, Parent, Reason, RecordView, Step},
        domain::{
            code::Code,
            id::{ObjectId, PersonId},
            record::Canonical,
            standing::{ParentWait, PlannedEnd},
        },
        proto::{
            pb::{self, record_service_server::RecordService},
            sigma::internal::v1::Object,
        },
    },
    tonic::{Request, Response, Status, async_trait},
};

fn fields(canonical: Canonical) -> Object {
    to_struct(&canonical.into_iter().collect())
}

fn message(view: RecordView) -> pb::GetRecordResponse {
    let of_link = view.link.as_ref().and_then(|(link, _)| link.person.clone());
    let person = of_link.or_else(|| view.last.as_ref().and_then(|last| last.person.clone()));
    let url = view.url;
    pb::GetRecordResponse {
        module_name: view.module.as_str().to_owned(),
        zoho_id: view.zoho_id.into_text(),
        state: view.state.as_str().to_owned(),
        module_enabled: view.module_enabled,
        person_id: person.map(PersonId::into_text),
        link: view.link.map(|(link, stored_at)| pb::RecordLink {
            target_kind: link.target_kind.as_str().to_owned(),
            target_id: link.target_id.into_text(),
            state: link.state.as_str().to_owned(),
            sent: Some(fields(link.sent)),
            updated_at: Some(timestamp(stored_at)),
            mapping_version: link.mapping_version,
            url,
        }),
        last_outcome: view.last.map(item::message),
        remedy_code: view.remedy.map(Code::word).map(str::to_owned),
        waits: view.waits.into_iter().map(wait).collect(),
        removal: view.removal.map(removal),
    }
}

fn wait(wait: ParentWait) -> pb::RecordWait {
    pb::RecordWait {
        parent_module: wait.module.as_str().to_owned(),
        parent_id: wait.parent.into_text(),
        since: Some(timestamp(wait.since)),
        ready: wait.ready,
    }
}

fn removal(planned: PlannedEnd) -> pb::RecordRemoval {
    pb::RecordRemoval {
        run_id: planned.run.to_string(),
        evidence: planned.evidence.to_owned(),
        held: planned.held,
    }
}

fn explained(record: ExplainedRecord) -> pb::ExplainRecordResponse {
    let ExplainedRecord { module, zoho_id, explained } = record;
    let would_write = explained.would_write();
    pb::ExplainRecordResponse {
        module_name: module.as_str().to_owned(),
        zoho_id: zoho_id.into_text(),
        steps: Step::ALL.into_iter().map(|one| step(one, &explained)).collect(),
        status: explained.status.as_str().to_owned(),
        op: explained.op.map(|op| op.as_str().to_owned()),
        would_write,
        diff: Some(to_struct(&explained.diff)),
        mapping_version: explained.mapping_version,
        rows: explained.rows.iter().map(mapping::trace).collect(),
        canonical: explained.canonical.map(fields),
        removal: explained.removal.map(|evidence| evidence.as_str().to_owned()),
    }
}

fn step(step: Step, of: &Explained) -> pb::RecordStep {
    let ends = step == of.reached;
    let state = match (step < of.reached, ends, &of.stopped) {
        (true, ..) | (_, true, None) => "passed",
        (_, true, Some(_)) => "stopped",
        (false, false, _) => "not_reached",
    };
    let reason: Option<Reason> = of.stopped.clone().or_else(|| of.note.clone()).filter(|_| ends);
    let parents = of.parents.iter().filter(|_| step == Step::Parents);
    pb::RecordStep {
        name: step.as_str().to_owned(),
        state: state.to_owned(),
        code: reason.as_ref().map(|reason| reason.code.word().to_owned()),
        message: reason.map(|reason| reason.message),
        parents: parents.map(parent).collect(),
    }
}

fn parent(parent: &Parent) -> pb::RecordParent {
    pb::RecordParent {
        module_name: parent.module.as_str().to_owned(),
        zoho_id: parent.zoho_id.as_str().to_owned(),
        target_id: parent.target_id.clone().map(ObjectId::into_text),
        required: parent.required,
    }
}

#[async_trait]
impl RecordService for Api {
    async fn get_record(
        &self,
        request: Request<pb::GetRecordRequest>,
    ) -> Result<Response<pb::GetRecordResponse>, Status> {
        let (who, pb::GetRecordRequest { module_name, zoho_id }) = open(request)?;
        let view = self.control.get_record(&who, &module_name, &zoho_id).await;
        Ok(Response::new(message(view.map_err(to_status)?)))
    }

    async fn explain_record(
        &self,
        request: Request<pb::ExplainRecordRequest>,
    ) -> Result<Response<pb::ExplainRecordResponse>, Status> {
        let (who, pb::ExplainRecordRequest { module_name, zoho_id }) = open(request)?;
        let record = self.control.explain_record(&who, &module_name, &zoho_id).await;
        Ok(Response::new(explained(record.map_err(to_status)?)))
    }
}

//! The summary of a run, a call of SyncRunService.

use {
    super::convert::timestamp,
    crate::{
        domain::{
            code::Code,
            id::{ObjectId, PersonId, RecordId},
            summary::{Group, Moment, Sample, Summary},
        },
        proto::pb,
    },
};

pub(super) fn message(summary: Summary) -> pb::SummarizeRunResponse {
    pb::SummarizeRunResponse {
        run_id: summary.run.to_string(),
        total: summary.total,
        groups: summary.groups.into_iter().map(|(one, samples)| group(one, samples)).collect(),
        groups_left: summary.left,
        moments: summary.moments.into_iter().map(moment).collect(),
    }
}

fn moment(moment: Moment) -> pb::RunMoment {
    pb::RunMoment { at: Some(timestamp(moment.at)), done: moment.done }
}

fn group(group: Group, samples: Vec<Sample>) -> pb::RunGroup {
    let said = |text: String| (!text.is_empty()).then_some(text);
    pb::RunGroup {
        count: group.records,
        remedy_code: group.remedy().map(Code::word).map(str::to_owned),
        retry: group.retry().as_str().to_owned(),
        samples: samples.into_iter().map(sample).collect(),
        status: group.key.status,
        op: said(group.key.op),
        class: said(group.key.class),
        code: said(group.key.code),
    }
}

fn sample(sample: Sample) -> pb::RunGroupSample {
    pb::RunGroupSample {
        zoho_id: sample.zoho_id.map(RecordId::into_text).unwrap_or_default(),
        person_id: sample.person.map(PersonId::into_text),
        message: sample.message,
        target_id: sample.target_id.map(ObjectId::into_text),
        place: sample.place,
    }
}

//! MappingService.

use {
    super::{
        Api,
        convert::{from_struct, timestamp, to_struct},
        open, to_status,
    },
    crate::{
        control::{
            AppliedMappings, ApplyMappings, MappingDraft, MappingPreview, MappingReport,
            PreviewInput, RollbackMappings, SaveMappings,
        },
        domain::{
            mapping::{
                FieldMapping, Finding, MapFailure, MappingTest, RowChange, RowTrace, Severity,
                TestOutcome,
            },
            transform::Kind,
        },
        proto::pb::{self, mapping_service_server::MappingService},
    },
    serde_json::Value,
    tonic::{Request, Response, Status, async_trait},
};

fn message(row: &FieldMapping) -> pb::Mapping {
    pb::Mapping {
        canonical_field: row.canonical_field.clone(),
        zoho_field_api_name: row.zoho_field_api_name.clone(),
        required: row.required,
        default_value: row.default_value.clone(),
        transform_rules: Some(to_struct(&row.transform_rules)),
        on_invalid: row.on_invalid.clone(),
    }
}

fn messages(rows: &[FieldMapping]) -> Vec<pb::Mapping> {
    rows.iter().map(message).collect()
}

fn row(input: pb::MappingInput) -> FieldMapping {
    FieldMapping {
        canonical_field: input.canonical_field,
        zoho_field_api_name: input.zoho_field_api_name,
        required: input.required,
        default_value: input.default_value,
        transform_rules: from_struct(input.transform_rules),
        on_invalid: input.on_invalid,
    }
}

fn rows(inputs: Vec<pb::MappingInput>) -> Vec<FieldMapping> {
    inputs.into_iter().map(row).collect()
}

fn tests(list: Option<pb::MappingTestList>) -> Option<Vec<MappingTest>> {
    let test = |test: pb::MappingTest| MappingTest {
        name: test.name,
        given: from_struct(test.given),
        expect: from_struct(test.expect),
        expect_error: test.expect_error,
    };
    list.map(|list| list.tests.into_iter().map(test).collect())
}

fn test_message(test: &MappingTest) -> pb::MappingTest {
    pb::MappingTest {
        name: test.name.clone(),
        given: Some(to_struct(&test.given)),
        expect: test.expect_error.is_none().then(|| to_struct(&test.expect)),
        expect_error: test.expect_error.clone(),
    }
}

fn draft(draft: pb::MappingDraft) -> MappingDraft {
    MappingDraft { rows: rows(draft.mappings), tests: tests(draft.tests) }
}

fn finding(finding: &Finding) -> pb::MappingFinding {
    pb::MappingFinding {
        field: finding.field.clone(),
        canonical_field: finding.canonical_field.clone(),
        code: finding.code.to_string(),
        severity: finding.severity.as_str().to_owned(),
        message: finding.message.clone(),
        suggestion: finding.suggestion.clone(),
    }
}

fn findings(found: &[Finding]) -> Vec<pb::MappingFinding> {
    found.iter().map(finding).collect()
}

/// A position in a list whose length is far below 2^31.
fn place(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}

fn outcomes(outcomes: &[TestOutcome]) -> Vec<pb::MappingTestOutcome> {
    let outcome = |one: &TestOutcome| pb::MappingTestOutcome {
        index: place(one.index),
        name: one.name.clone(),
        passed: one.failure.is_none(),
        message: one.failure.clone(),
    };
    outcomes.iter().map(outcome).collect()
}

/// True if no finding is an error and no test fails.
fn is_valid(findings: &[Finding], tests: &[TestOutcome]) -> bool {
    findings.iter().all(|finding| finding.severity != Severity::Error)
        && tests.iter().all(|test| test.failure.is_none())
}

fn changes(changes: &[RowChange]) -> Vec<pb::MappingChange> {
    let change = |one: &RowChange| pb::MappingChange {
        canonical_field: one.canonical_field.clone(),
        change: one.change.as_str().to_owned(),
        old: one.old.as_ref().map(message),
        new: one.new.as_ref().map(message),
    };
    changes.iter().map(change).collect()
}

fn module(one: &AppliedMappings) -> pb::ModuleMappings {
    pb::ModuleMappings {
        module_name: one.module.as_str().to_owned(),
        version: one.version,
        changes: changes(&one.changes),
        tests_changed: one.tests_changed,
        findings: findings(&one.findings),
        tests: outcomes(&one.tests),
    }
}

fn is_changed(modules: &[AppliedMappings]) -> bool {
    modules.iter().any(|one| one.tests_changed || !one.changes.is_empty())
}

fn report(report: &MappingReport) -> pb::ValidateMappingsResponse {
    pb::ValidateMappingsResponse {
        version: report.version,
        valid: is_valid(&report.findings, &report.tests),
        findings: findings(&report.findings),
        tests: outcomes(&report.tests),
        fields_as_of: report.live.as_of.map(timestamp),
        fields_missing: report.live.missing.clone(),
    }
}

fn failure(failure: &MapFailure) -> pb::MappingFailure {
    pb::MappingFailure {
        code: failure.code.to_string(),
        field: failure.field.clone(),
        message: failure.message.clone(),
        step: failure.step.map(place),
    }
}

pub(super) fn trace(trace: &RowTrace) -> pb::MappingTrace {
    let step = |step: &crate::domain::transform::Traced| pb::MappingStep {
        name: step.name.to_owned(),
        value: step.value.to_string(),
        r#type: Kind::of(&step.value).as_str().to_owned(),
    };
    pb::MappingTrace {
        canonical_field: trace.canonical_field.to_owned(),
        zoho_field_api_name: trace.source.clone(),
        input: trace.input.to_string(),
        steps: trace.steps.iter().map(step).collect(),
        result: trace.result.as_ref().ok().and_then(Option::as_ref).map(Value::to_string),
        failure: trace.result.as_ref().err().map(failure),
        dropped: trace.dropped.then_some(true),
    }
}

fn preview(preview: MappingPreview) -> pb::PreviewMappingsResponse {
    let (canonical, failed) = match preview.result {
        Ok(canonical) => (Some(to_struct(&canonical.into_iter().collect())), None),
        Err(failed) => (None, Some(failure(&failed))),
    };
    pb::PreviewMappingsResponse {
        version: preview.version,
        zoho_id: preview.zoho_id,
        rows: preview.rows.iter().map(trace).collect(),
        canonical,
        failure: failed,
        findings: findings(&preview.findings),
    }
}

fn version(version: &crate::control::MappingVersion) -> pb::MappingVersion {
    pb::MappingVersion {
        version: version.number,
        author: version.author.clone(),
        reason: version.reason.clone(),
        hash: version.hash.clone(),
        created_at: Some(timestamp(version.created_at)),
    }
}

#[async_trait]
impl MappingService for Api {
    async fn list_mappings(
        &self,
        request: Request<pb::ListMappingsRequest>,
    ) -> Result<Response<pb::ListMappingsResponse>, Status> {
        let (who, pb::ListMappingsRequest { module_name }) = open(request)?;
        let found = self.control.list_mappings(&who, &module_name).await.map_err(to_status)?;
        Ok(Response::new(pb::ListMappingsResponse {
            mappings: messages(&found.rows),
            version: found.version,
        }))
    }

    async fn replace_mappings(
        &self,
        request: Request<pb::ReplaceMappingsRequest>,
    ) -> Result<Response<pb::ReplaceMappingsResponse>, Status> {
        let (who, sent) = open(request)?;
        let save = SaveMappings {
            rows: rows(sent.mappings),
            tests: tests(sent.tests),
            reason: sent.reason,
            expected_version: sent.expected_version,
            strict: sent.strict,
            force: sent.force,
        };
        let saved = self.control.replace_mappings(&who, &sent.module_name, save).await;
        let saved = saved.map_err(to_status)?;
        Ok(Response::new(pb::ReplaceMappingsResponse {
            mappings: messages(&saved.rows),
            version: saved.version,
            findings: findings(&saved.findings),
        }))
    }

    async fn list_mapping_tests(
        &self,
        request: Request<pb::ListMappingTestsRequest>,
    ) -> Result<Response<pb::ListMappingTestsResponse>, Status> {
        let (who, pb::ListMappingTestsRequest { module_name }) = open(request)?;
        let found = self.control.list_mappings(&who, &module_name).await.map_err(to_status)?;
        Ok(Response::new(pb::ListMappingTestsResponse {
            tests: found.tests.iter().map(test_message).collect(),
        }))
    }

    async fn list_mapping_versions(
        &self,
        request: Request<pb::ListMappingVersionsRequest>,
    ) -> Result<Response<pb::ListMappingVersionsResponse>, Status> {
        let (who, sent) = open(request)?;
        let page = self
            .control
            .list_mapping_versions(&who, &sent.module_name, sent.before, sent.limit)
            .await
            .map_err(to_status)?;
        Ok(Response::new(pb::ListMappingVersionsResponse {
            versions: page.versions.iter().map(version).collect(),
            next: page.next,
        }))
    }

    async fn get_mapping_version(
        &self,
        request: Request<pb::GetMappingVersionRequest>,
    ) -> Result<Response<pb::GetMappingVersionResponse>, Status> {
        let (who, sent) = open(request)?;
        let found = self.control.get_mapping_version(&who, &sent.module_name, sent.version).await;
        let found = found.map_err(to_status)?;
        Ok(Response::new(pb::GetMappingVersionResponse {
            version: Some(version(&found)),
            mappings: messages(&found.rows),
        }))
    }

    async fn diff_mapping_versions(
        &self,
        request: Request<pb::DiffMappingVersionsRequest>,
    ) -> Result<Response<pb::DiffMappingVersionsResponse>, Status> {
        let (who, sent) = open(request)?;
        let found = self
            .control
            .diff_mapping_versions(&who, &sent.module_name, sent.from, sent.to)
            .await
            .map_err(to_status)?;
        Ok(Response::new(pb::DiffMappingVersionsResponse {
            from: found.from,
            to: found.to,
            changes: changes(&found.changes),
        }))
    }

    async fn rollback_mappings(
        &self,
        request: Request<pb::RollbackMappingsRequest>,
    ) -> Result<Response<pb::RollbackMappingsResponse>, Status> {
        let (who, sent) = open(request)?;
        let back = RollbackMappings {
            version: sent.version,
            reason: sent.reason,
            expected_version: sent.expected_version,
            force: sent.force,
        };
        let saved = self.control.rollback_mappings(&who, &sent.module_name, back).await;
        let (rows, version) = saved.map_err(to_status)?;
        Ok(Response::new(pb::RollbackMappingsResponse { mappings: messages(&rows), version }))
    }

    async fn validate_mappings(
        &self,
        request: Request<pb::ValidateMappingsRequest>,
    ) -> Result<Response<pb::ValidateMappingsResponse>, Status> {
        let (who, sent) = open(request)?;
        let judged =
            self.control.validate_mappings(&who, &sent.module_name, sent.draft.map(draft)).await;
        Ok(Response::new(report(&judged.map_err(to_status)?)))
    }

    async fn preview_mappings(
        &self,
        request: Request<pb::PreviewMappingsRequest>,
    ) -> Result<Response<pb::PreviewMappingsResponse>, Status> {
        let (who, sent) = open(request)?;
        let input = PreviewInput {
            draft: sent.draft.map(|draft| rows(draft.mappings)),
            version: sent.version,
            record: sent.record.map(|record| from_struct(Some(record))),
            zoho_id: sent.zoho_id,
        };
        let shown = self.control.preview_mappings(&who, &sent.module_name, input).await;
        Ok(Response::new(preview(shown.map_err(to_status)?)))
    }

    async fn export_mappings(
        &self,
        request: Request<pb::ExportMappingsRequest>,
    ) -> Result<Response<pb::ExportMappingsResponse>, Status> {
        let (who, pb::ExportMappingsRequest { module_name }) = open(request)?;
        let yaml = self.control.export_mappings(&who, &module_name).await.map_err(to_status)?;
        Ok(Response::new(pb::ExportMappingsResponse { yaml }))
    }

    async fn diff_mappings(
        &self,
        request: Request<pb::DiffMappingsRequest>,
    ) -> Result<Response<pb::DiffMappingsResponse>, Status> {
        let (who, pb::DiffMappingsRequest { module_name, yaml }) = open(request)?;
        let compared = self.control.diff_mappings(&who, &module_name, yaml).await;
        let compared = compared.map_err(to_status)?;
        Ok(Response::new(pb::DiffMappingsResponse {
            changed: is_changed(&compared),
            modules: compared.iter().map(module).collect(),
        }))
    }

    async fn apply_mappings(
        &self,
        request: Request<pb::ApplyMappingsRequest>,
    ) -> Result<Response<pb::ApplyMappingsResponse>, Status> {
        let (who, sent) = open(request)?;
        let apply = ApplyMappings {
            yaml: sent.yaml,
            dry_run: sent.dry_run,
            force: sent.force,
            reason: sent.reason,
        };
        let applied = self.control.apply_mappings(&who, &sent.module_name, apply).await;
        let applied = applied.map_err(to_status)?;
        Ok(Response::new(pb::ApplyMappingsResponse {
            changed: is_changed(&applied),
            valid: applied.iter().all(|one| is_valid(&one.findings, &one.tests)),
            modules: applied.iter().map(module).collect(),
        }))
    }
}

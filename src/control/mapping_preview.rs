//! A preview: one record through a mapping set, step by step. Nothing is written.

use {
    super::{
        Control, mapping::blocking, mapping_live::upstream, mapping_version::version_not_found,
        module::not_configured,
    },
    crate::{
        domain::{
            access::{Permission, Principal},
            code,
            fault::{Fault, FieldFault},
            id::{PersonId, RecordId},
            layout::{Form, Layout, Layouts},
            mapping::{
                self, FieldMapping, Finding, KnownFields, LiveField, MapFailure, Mappings, RowTrace,
            },
            module::ModuleName,
            record::{Canonical, SourceRecord},
        },
        error::{Code, Error, Result},
        ports::ReadQuery,
        store::TenantScope,
        sync::{self, Classes},
    },
    chrono_tz::Tz,
    serde_json::{Map, Value, json},
    std::{collections::BTreeSet, sync::Arc, time::Duration},
};

/// How long a preview waits for the source's description of its fields.
const ANSWER: Duration = Duration::from_secs(5);
/// Longest id of a record, in digits.
const ID_MAX: usize = 20;

/// The input of a preview: a record or the id of one.
#[derive(Debug, Clone, Default)]
pub struct PreviewInput {
    /// Rows that are not stored.
    pub draft: Option<Vec<FieldMapping>>,
    /// A version; the current one if this and the draft are absent.
    pub version: Option<i64>,
    /// Source fields by API name; for a grade, its canonical fields.
    pub record: Option<Map<String, Value>>,
    /// Id of a record that is read from the source; for a grade, the id that Moodle's grade has in the items of a
    /// run.
    pub zoho_id: Option<String>,
}

/// The steps of a record through a set.
#[derive(Debug, Clone, PartialEq)]
pub struct MappingPreview {
    /// Number of the version that was used; `None` for a draft.
    pub version: Option<i64>,
    /// The record's id.
    pub zoho_id: String,
    /// The values of each row.
    pub rows: Vec<RowTrace>,
    /// The canonical record that a run would produce, without fields that the record does not report, or why there is
    /// none. For a grade, the fields of Zoho that a run would write.
    pub result: Result<Canonical, MapFailure>,
    /// The rows whose values have no effect, because their field goes nowhere.
    pub findings: Vec<Finding>,
}

fn not_found(id: &str) -> Error {
    let shown: String = id.chars().take(40).collect();
    Error::told(Code::NotFound, code::RECORD_NOT_FOUND, &[("id", &shown)])
}

impl Control {
    /// Maps a record with a draft, a version or the current set.
    pub async fn preview_mappings(
        &self,
        who: &Principal,
        name: &str,
        input: PreviewInput,
    ) -> Result<MappingPreview> {
        let scope = self.authorise(who, Permission::MappingWrite)?;
        let module = ModuleName::parse(name).ok_or_else(|| not_configured(name))?;
        let fault = |field: &str, reason: &str| {
            Error::fields(vec![FieldFault::new(field, Fault::Value(reason.to_owned()))])
        };
        let (version, rows) = match (input.draft, input.version) {
            (Some(_), Some(_)) => return Err(fault("version", "goes without a draft")),
            (Some(rows), None) => (None, rows),
            (None, None) => {
                let (version, rows) = self.store.of(&scope).mapping_set(module).await?;
                (Some(version), rows)
            }
            (None, Some(number)) => {
                let found = self.store.of(&scope).mapping_version(module, number).await?;
                (Some(number), found.ok_or_else(|| version_not_found(module, number))?.rows)
            }
        };
        let (record, seen) = match (input.record, input.zoho_id) {
            (Some(fields), None) => (SourceRecord::sample(fields), BTreeSet::new()),
            (None, Some(id)) if module == ModuleName::Grades => {
                (self.read_grade(&scope, &id).await?, BTreeSet::new())
            }
            // A known field that is missing from this record counts as missing, as in a run.
            (None, Some(id)) => self.read_record(&scope, module, &id).await?,
            _ => return Err(fault("record", "a record or the id of one is needed")),
        };
        // As it was given, also where it is not one that a source could give.
        let given = record.fields.get("id").and_then(Value::as_str);
        let zoho_id = given.unwrap_or(record.id.as_str()).to_owned();
        let known = self.fields_of_preview(&scope, module).await?;
        let form = self.form(&scope, module).await?;
        blocking(&scope, move || {
            let mappings = Mappings::compile(module, &rows).map_err(|faults| {
                let place = |fault: FieldFault| FieldFault {
                    field: format!("draft.{}", fault.field),
                    ..fault
                };
                Error::fields(faults.into_iter().map(place).collect())
            })?;
            let known = known.iter().flat_map(|fields| fields.iter());
            let findings = mapping::goes_nowhere(module, form, &rows);
            let (rows, result) = match mappings {
                Mappings::Incoming(mut set) => {
                    for field in known {
                        set.learn(&field.name, &field.choices);
                    }
                    let fields = KnownFields::new(&seen);
                    let result = set.map(&record, fields).map(|mapped| mapped.fields);
                    (set.trace(&record, fields), result)
                }
                Mappings::Outgoing(mut rows) => {
                    rows.learn(known);
                    let written =
                        rows.write(&record).map(|mapped| rows.fields(&mapped.fields, &|_| true));
                    let result = written.map(|fields| fields.into_iter().collect());
                    (rows.trace(&record), result)
                }
            };
            Ok(MappingPreview { version, zoho_id, rows, result, findings })
        })
        .await?
    }

    /// Reads a grade from Moodle.
    async fn read_grade(&self, scope: &TenantScope, id: &str) -> Result<SourceRecord> {
        let found = self.store.of(scope).module(ModuleName::Grades).await?;
        let layout = found.ok_or_else(|| not_configured("grades"))?.layout;
        let settings = self.store.of(scope).settings().await?;
        let zone = settings.and_then(|settings| settings.time_zone);
        let zone = zone.and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC);
        let layouts = Layouts::new(zone, |name| match name {
            ModuleName::Grades => layout.clone(),
            name => Layout::new(name),
        });
        let in_groups = self.form(scope, ModuleName::Classes).await? == Form::Group;
        let is_id = id.len() <= 3 * ID_MAX && id.bytes().all(|b| b.is_ascii_digit() || b == b'_');
        let asked = RecordId::parse(id).ok().filter(|_| is_id).ok_or_else(|| not_found(id))?;
        let ends = self.open_ends(scope).await??;
        let (query, ids) = (ReadQuery::default(), [asked]);
        let read = ends.grade_source.by_ids(&query, &ids).await.map_err(upstream)?;
        let item = read.records.into_iter().next().ok_or_else(|| not_found(id))?;
        let mut grade = sync::grade(&layouts, &item)
            .map_err(|unfit| Error::new(Code::Refused, unfit.code, unfit.message))?;
        if in_groups {
            let student = grade.fields.get("student_zoho_id").and_then(Value::as_str);
            let person = student.and_then(|student| PersonId::parse(student).ok());
            let people: Vec<PersonId> = person.into_iter().collect();
            let rows = self.store.of(scope);
            let links = rows.links_of_people(ModuleName::Enrollments, &people).await?;
            let class = json!(Classes::of(links).class_of(&item));
            grade.fields.insert("class_zoho_id".to_owned(), class);
        }
        Ok(grade)
    }

    /// Returns the fields of the source, which decide in which form a value is written and what the words of a choice are:
    /// those that are known, else as the source describes them, if it answers soon.
    async fn fields_of_preview(
        &self,
        scope: &TenantScope,
        module: ModuleName,
    ) -> Result<Option<Arc<Vec<LiveField>>>> {
        if let Some(known) = self.known_fields(scope, module).await? {
            return Ok(Some(known));
        }
        match tokio::time::timeout(ANSWER, self.live_fields(scope, module)).await {
            Ok(live) => Ok(live?.fields),
            Err(_) => Ok(None),
        }
    }

    async fn read_record(
        &self,
        scope: &TenantScope,
        module: ModuleName,
        id: &str,
    ) -> Result<(SourceRecord, BTreeSet<String>)> {
        let is_id = id.len() <= ID_MAX && id.bytes().all(|b| b.is_ascii_digit());
        let asked = RecordId::parse(id).ok().filter(|_| is_id).ok_or_else(|| not_found(id))?;
        let name = self.source_module(scope, module).await?;
        let ends = self.open_ends(scope).await??;
        let record = ends.source.whole(&name, &asked).await.map_err(upstream)?;
        let record = record.ok_or_else(|| not_found(id))?;
        Ok((record, self.store.of(scope).seen_fields(module, &name).await?))
    }
}

//! Grades in the other direction: from a grade item of the learning platform to a row of the CRM, keyed by user,
//! course and item. Only graded items arrive here; -1 and empty grades do not count as grades.

mod owner;
mod row;

use {
    self::{
        owner::{keep_apart, keep_key},
        row::{GRADE_KEY, payload},
    },
    super::{
        enrolment::state::whole,
        field::{CLASS_FIELD, check, said, text, value},
    },
    crate::{
        domain::{
            code::{self, Code, Gaps},
            field::{self, Field},
            id::{EnrolmentId, ObjectId, PersonId, RecordId},
            item::ItemOutcome,
            layout::{GradeScale, Layouts},
            mapping::{Mapped, Outgoing},
            module::ModuleName,
            record::{Canonical, Payload, SourceRecord, TargetKind},
        },
        store::Link,
        sync::{
            draft::Draft,
            kind::{Cx, Kind},
            look_up::Found,
            looked_back::LookedBack,
            shape::{Module, Parents, Shape, Unfit, Wanted, unfit},
            stop::Stop,
            verify,
            work::{Create, Processed, Rules, Work},
        },
    },
    async_trait::async_trait,
    chrono::DateTime,
    chrono_tz::Tz,
    serde_json::{Value, json},
    std::collections::{BTreeSet, HashMap},
};

/// The source's names for the student of a grade and for the graded item, for people to read.
const STUDENT: &str = "user_idnumber";
const ITEM: &str = "item_name";

/// Grades in the CRM.
pub(crate) struct Grade;

#[async_trait]
impl Kind for Grade {
    fn target(&self) -> TargetKind {
        TargetKind::Grade
    }

    fn outgoing(
        &self,
        module: Module<'_>,
        rows: &Outgoing,
        record: &SourceRecord,
    ) -> Result<Mapped, Unfit> {
        let mut mapped = rows.write(&canonical(module.layouts, record)?)?;
        for name in [STUDENT, ITEM] {
            let said = record.fields.get_key_value(name);
            mapped.fields.extend(said.map(|(name, value)| (name.clone(), value.clone())));
        }
        Ok(mapped)
    }

    fn complete(&self, _: Module<'_>, mapped: Mapped, sent: Option<&Canonical>) -> Canonical {
        let Mapped { mut fields, .. } = mapped;
        if let Some(sent) = sent {
            Outgoing::complete(&mut fields, sent);
        }
        fields
    }

    fn shape(&self, _: Module<'_>, _: &RecordId, canonical: &Canonical) -> Result<Shape, Unfit> {
        shape(canonical)
    }

    fn wanted(
        &self,
        module: Module<'_>,
        _: &RecordId,
        shape: &Shape,
        _: &Parents,
    ) -> Result<Wanted, Unfit> {
        let create = payload(module, shape, &|_| true);
        Ok(Wanted { kind: TargetKind::Grade, id: None, container: None, create })
    }

    /// Only the changed fields are written, because a person may have edited the others.
    fn update(
        &self,
        module: Module<'_>,
        _: &RecordId,
        shape: &Shape,
        _: &Wanted,
        changed: &dyn Fn(&str) -> bool,
    ) -> Payload {
        payload(module, shape, changed)
    }

    async fn complete_shapes(
        &self,
        cx: Cx<'_>,
        records: &[SourceRecord],
        shapes: &mut [Result<Shape, ItemOutcome>],
        links: &HashMap<RecordId, Link>,
    ) -> Result<(), Stop> {
        tell_scales(cx, records);
        name_classes(cx, records, shapes, links).await?;
        for (record, shape) in records.iter().zip(shapes) {
            if let Ok(shape) = shape {
                keep_key(&mut shape.fields, links.get(&record.id));
            }
        }
        Ok(())
    }

    async fn before_write(
        &self,
        cx: Cx<'_>,
        drafts: &mut [Draft],
        _: &Parents,
        work: &mut Work,
        _: &mut Processed,
        _: Rules,
    ) -> Result<(), Stop> {
        keep_apart(cx, drafts, work).await
    }

    fn is_exclusive(&self) -> bool {
        true
    }

    fn no_records(&self) -> Code {
        code::GRADES_EMPTY_UNEXPECTED
    }

    fn is_sampled(&self) -> bool {
        false
    }

    /// A person may have edited the fields of a row, so only that it is there is looked at.
    async fn look_back(
        &self,
        cx: Cx<'_>,
        links: &[&Link],
        _: bool,
    ) -> Result<Option<LookedBack>, Stop> {
        let key = format!("{}.id", cx.job.module().source_name);
        verify::by_id(cx, &key, links).await.map(Some)
    }

    async fn found_again(
        &self,
        _: Cx<'_>,
        _: &[&Link],
    ) -> Result<Option<BTreeSet<ObjectId>>, Stop> {
        Ok(Some(BTreeSet::new()))
    }

    fn different(
        &self,
        _: Cx<'_>,
        _: &Draft,
        _: &Wanted,
        _: &Payload,
        _: &BTreeSet<String>,
    ) -> Option<Vec<String>> {
        Some(Vec::new())
    }

    fn is_gone(&self, code: Code) -> bool {
        code == code::ZOHO_RECORD_UNKNOWN
    }

    fn is_gone_for_sure(&self) -> bool {
        true
    }

    /// What is created is found by its key: the CRM inserts it only where no row has the key.
    async fn find_carrying(&self, _: Cx<'_>, _: &[Create]) -> Result<Found, Stop> {
        Ok(Found::new())
    }
}

/// Returns the canonical fields of a grade from a grade item.
///
/// # Errors
/// Why there is nothing to write.
pub(crate) fn canonical(layouts: &Layouts, record: &SourceRecord) -> Result<SourceRecord, Unfit> {
    let item: Canonical =
        record.fields.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let number = |name: &str| item.get(name).and_then(Value::as_f64);
    // The fields of Zoho take no longer texts.
    let cut = |field: &str, text: String| match own(field).and_then(|field| field.longest) {
        Some(most) => text.chars().take(most as usize).collect(),
        None => text,
    };
    let raw = number("grade_raw").filter(|raw| *raw >= 0.0);
    let scale = layouts.of(ModuleName::Grades).grade_scale;
    let letter = raw.map(|raw| scale.letter(raw, number("grade_max")));
    let fields = [
        (GRADE_KEY, Some(key(&item))),
        ("student_zoho_id", said(&item, STUDENT)),
        (CLASS_FIELD, said(&item, "course_idnumber")),
        ("grade_value", letter.map(str::to_owned)),
        ("grade_date", said(&item, "graded_at").map(|time| day(&time, layouts.zone()))),
        ("grade_name", said(&item, ITEM).map(|text| cut("grade_name", text))),
        ("feedback", said(&item, "feedback").map(|text| cut("feedback", text))),
    ];
    if fields[1].1.as_deref().is_some_and(|student| !is_id(student)) {
        return Err(no_student());
    }
    if letter.is_none() {
        return Err(unfit(code::GRADE_EMPTY, "the item has no grade"));
    }
    let fields =
        fields.into_iter().filter_map(|(name, text)| Some((name.to_owned(), value(text?))));
    Ok(SourceRecord { id: record.id.clone(), modified_at: None, fields: fields.collect() })
}

/// Returns the day at the school of a moment, which the other system tells in its own zone.
fn day(moment: &str, zone: Tz) -> String {
    match DateTime::parse_from_rfc3339(moment) {
        Ok(moment) => moment.with_timezone(&zone).date_naive().to_string(),
        Err(_) => moment.chars().take(10).collect(),
    }
}

/// Returns a canonical field of a grade.
fn own(name: &str) -> Option<&'static Field> {
    field::of(ModuleName::Grades).field(name)
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn no_student() -> Unfit {
    unfit(code::PARENT_NOT_SYNCED, "student_not_synced_yet")
}

/// Checks the values to be written.
fn shape(canonical: &Canonical) -> Result<Shape, Unfit> {
    let student = text(canonical, "student_zoho_id");
    if !is_id(&student) {
        return Err(no_student());
    }
    let person = PersonId::parse(&student).map_err(|_| no_student())?;
    let fields = Outgoing::pick(canonical);
    for (name, value) in &fields {
        if let (Some(field), Value::String(text)) = (own(name), value) {
            check(field, text)?;
        }
    }
    let item = match said(canonical, ITEM) {
        Some(item) => item,
        None => text(canonical, "grade_name"),
    };
    let label = format!("{item} of student {student}");
    Ok(Shape {
        fields,
        needs: Vec::new(),
        person: Some(person),
        label,
        ended: false,
        stored: None,
        spelt: None,
        warnings: Vec::new(),
    })
}

/// The unique key: user, course and assignment, as the earlier plug-in made it. An activity of another kind may have
/// the same number as an assignment, so its kind is part of the key.
fn key(canonical: &Canonical) -> String {
    let part = |name: &str| text(canonical, name);
    let (user, course) = (part("user_id"), part("course_id"));
    match part("item_module").as_str() {
        "assign" => format!("{user}_{course}_{}", part("item_instance")),
        other => format!("{user}_{course}_{other}{}", part("item_id")),
    }
}

/// The classes of people, as their enrollments show them: a grade names the course, and where classes are groups that is
/// the course of the unit.
pub(crate) struct Classes(HashMap<EnrolmentId, BTreeSet<String>>);

impl Classes {
    /// Reads the links of enrollments.
    pub(crate) fn of(links: Vec<Link>) -> Self {
        let mut classes: HashMap<EnrolmentId, BTreeSet<String>> = HashMap::new();
        for link in links {
            if let Some(class) = link.sent.get(CLASS_FIELD).and_then(Value::as_str) {
                let Some(enrolment) = whole(&link.target_id) else { continue };
                classes.entry(enrolment).or_default().insert(class.to_owned());
            }
        }
        Self(classes)
    }

    /// Returns the class of a grade item. If there are several, it is not known.
    pub(crate) fn class_of(&self, item: &SourceRecord) -> Option<&str> {
        let part = |name: &str| item.fields.get(name).and_then(Value::as_str);
        let (course, user) = part("course_id").zip(part("user_id"))?;
        let place = EnrolmentId { course: course.into(), user: user.into(), group: None };
        let own = self.0.get(&place).filter(|own| own.len() == 1)?;
        own.first().map(String::as_str)
    }
}

/// Tells the greatest grades of items if they differ: as points, a letter depends on them, and a course may count in
/// another way.
fn tell_scales(cx: Cx<'_>, records: &[SourceRecord]) {
    if cx.job.module().layout().grade_scale != GradeScale::Points {
        return;
    }
    for record in records {
        let number = |name: &str| record.fields.get(name).and_then(Value::as_f64);
        if number("grade_raw").is_some_and(|raw| raw >= 0.0)
            && let Some(max) = number("grade_max").filter(|max| *max > 0.0)
        {
            let max = max.to_string();
            let gaps: Gaps<'_> = &[("max", &max)];
            cx.job.findings.unlike(code::GRADE_MAX_DIFFERS, ("grade_max", &max), &record.id, gaps);
        }
    }
}

/// Adds the class to grades if classes are groups. One that is not known is not written, so what was sent for it stands.
async fn name_classes(
    cx: Cx<'_>,
    records: &[SourceRecord],
    shapes: &mut [Result<Shape, ItemOutcome>],
    links: &HashMap<RecordId, Link>,
) -> Result<(), Stop> {
    let Some(rows) = cx.job.mappings.outgoing() else { return Ok(()) };
    if cx.kind_of(ModuleName::Classes).target() != TargetKind::Group {
        return Ok(());
    }
    let people: BTreeSet<PersonId> =
        shapes.iter().flatten().filter_map(|shape| shape.person.clone()).collect();
    let people: Vec<PersonId> = people.into_iter().collect();
    let classes = Classes::of(cx.rows().links_of_people(ModuleName::Enrollments, &people).await?);
    for (record, shaped) in records.iter().zip(shapes) {
        let Ok(shape) = shaped else { continue };
        let class = json!(classes.class_of(record));
        if let Err(failure) = rows.put(&mut shape.fields, CLASS_FIELD, class) {
            *shaped = Err(ItemOutcome::failed(record.id.clone(), failure.code, failure.message));
        } else if shape.fields.get(CLASS_FIELD).is_some_and(Value::is_null) {
            Outgoing::let_stand(
                &mut shape.fields,
                CLASS_FIELD,
                links.get(&record.id).map(|link| &link.sent),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

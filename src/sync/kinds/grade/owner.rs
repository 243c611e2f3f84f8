//! Whose rows of the CRM grades are. A row is found by a key that is made of numbers, and a site that was restored from an
//! older copy, or another site, gives those numbers to other students and courses. So a row is looked at before a grade is
//! written that has no link to it yet, or that another student had before. If it is another student's, it stays as it is,
//! and the grade gets a row of its own, whose key ends in the id of its student.

use {
    super::row::{GRADE_KEY, payload},
    crate::{
        domain::{
            item::Op,
            layout::Form,
            module::ModuleName,
            record::{Canonical, Payload, TargetKind},
        },
        store::Link,
        sync::{
            draft::Draft,
            kind::Cx,
            kinds::field::{CLASS_FIELD, text},
            shape::fingerprint,
            stop::Stop,
            work::Work,
        },
    },
    serde_json::{Value, json},
    std::collections::{BTreeSet, HashMap},
};

const STUDENT_FIELD: &str = "student_zoho_id";

/// Returns the key of a grade whose usual key another student's row has.
fn own_key(usual: &str, student: &str) -> String {
    format!("{usual}_{student}")
}

/// Gives a grade the key that its row got before, if that is one of its own.
pub(crate) fn keep_key(fields: &mut Canonical, link: Option<&Link>) {
    let own = own_key(&text(fields, GRADE_KEY), &text(fields, STUDENT_FIELD));
    if link.is_some_and(|link| text(&link.sent, GRADE_KEY) == own) {
        fields.insert(GRADE_KEY.to_owned(), json!(own));
    }
}

/// Lets no grade be written into the row of another student or of another class.
pub(crate) async fn keep_apart(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    work: &mut Work,
) -> Result<(), Stop> {
    let Some(rows) = cx.job.mappings.outgoing() else { return Ok(()) };
    let Some(student) = rows.zoho_field(STUDENT_FIELD) else { return Ok(()) };
    let class = rows.zoho_field(CLASS_FIELD).filter(|_| is_of_course(cx));
    let moved = |place: &usize| {
        drafts.get(*place).is_some_and(|draft| {
            draft.link.as_ref().is_some_and(|link| is_others(cx, &link.sent, &draft.shape.fields))
        })
    };
    let updates = work.updates.iter().map(|update| update.place).filter(moved);
    let creates = work.creates.iter().map(|create| create.place);
    let places: BTreeSet<usize> = creates.chain(updates).collect();
    let key_of = |draft: &Draft| text(&draft.shape.fields, GRADE_KEY);
    let keys: BTreeSet<String> =
        places.iter().filter_map(|place| drafts.get(*place)).map(key_of).collect();
    let keys: Vec<String> = keys.into_iter().collect();
    let columns: Vec<&str> = [rows.key(), student].into_iter().chain(class).collect();
    let by = format!("{}.{}", cx.job.module().source_name, columns.join(","));
    let to = cx.job.target.as_ref();
    let mut found: HashMap<String, Vec<Payload>> = HashMap::new();
    for keys in keys.chunks(to.look_up_limit(TargetKind::Grade).max(1)) {
        for row in to.look_up(TargetKind::Grade, &by, keys).await? {
            let key = id_of(row.fields.get(rows.key()));
            found.entry(key).or_default().push(row.fields);
        }
    }
    for place in places {
        let Some(draft) = drafts.get_mut(place) else { continue };
        let others = found.get(&key_of(draft)).into_iter().flatten().any(|row| {
            let of = |column: Option<&str>| json!(id_of(column.and_then(|column| row.get(column))));
            let row = Canonical::from([
                (STUDENT_FIELD.to_owned(), of(Some(student))),
                (CLASS_FIELD.to_owned(), of(class)),
            ]);
            is_others(cx, &row, &draft.shape.fields)
        });
        if others {
            take_own(cx, draft, place, work);
        }
    }
    Ok(())
}

/// Returns whether classes are courses: then a grade's class is that of its course, and a course has one.
fn is_of_course(cx: Cx<'_>) -> bool {
    cx.job.module_named(ModuleName::Classes).layout().form == Form::Course
}

/// Returns whether the values of a grade are of another student or class than those of a row.
fn is_others(cx: Cx<'_>, row: &Canonical, grade: &Canonical) -> bool {
    let differs = |name: &str| {
        let (row, grade) = (text(row, name), text(grade, name));
        !row.is_empty() && !grade.is_empty() && row != grade
    };
    differs(STUDENT_FIELD) || is_of_course(cx) && differs(CLASS_FIELD)
}

/// Returns the id that a look-up field of a row holds, or its text.
fn id_of(value: Option<&Value>) -> String {
    match value {
        Some(Value::Object(record)) => id_of(record.get("id")),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Makes a grade one that gets a row of its own.
fn take_own(cx: Cx<'_>, draft: &mut Draft, place: usize, work: &mut Work) {
    work.updates.retain(|update| update.place != place);
    work.creates.retain(|create| create.place != place);
    let fields = &mut draft.shape.fields;
    let own = own_key(&text(fields, GRADE_KEY), &text(fields, STUDENT_FIELD));
    fields.insert(GRADE_KEY.to_owned(), json!(own));
    draft.hash = fingerprint(&draft.shape.fields);
    draft.forget();
    let Some(mut wanted) = draft.wanted.take() else { return };
    wanted.id = None;
    wanted.create = payload(cx.job.module(), &draft.shape, &|_| true);
    work.creates.push(draft.create(place, &wanted));
    draft.does(Op::Create);
    draft.wants(wanted);
}

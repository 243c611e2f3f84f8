//! Grades in the grade books of courses, as a source: one record for each user and graded activity.
//! Its id is `USER_COURSE_ACTIVITY`. Moodle does not report changes, and it leaves out what the
//! account may not see, so an absent grade never counts as a deleted one (docs/src/moodle.md,
//! "Grades").

use {
    super::{
        super::text::plain,
        answer::unclear_read,
        batch::{SITE_COURSE, id, is_id, number},
        client::{Call, Client},
        enrolment,
        group::NO_COURSE,
    },
    crate::{
        domain::{
            code::{self, Code},
            id::RecordId,
            record::{SourceRecord, TargetRecord},
        },
        ports::{ConnectorError, Failure, Page, ReadQuery, SourceField},
    },
    chrono::{DateTime, SecondsFormat},
    futures_util::{StreamExt as _, TryStreamExt as _, stream},
    serde_json::{Map, Value, json},
    std::collections::{BTreeSet, HashSet},
};

/// Users of a course whose grades come with one call, and of the courses of a page: about 6 s.
const TOGETHER: usize = 300;
/// Users of a page of a larger course, each with a call of its own.
const SINGLY: usize = 50;
/// Courses of a page, and calls on their way at once; how many are in flight, the site decides.
const AT_ONCE: usize = 4;
/// Longest feedback, in characters.
const FEEDBACK_MAX: usize = 2_000;
/// What says that a course or a user has gone since it was listed.
const GONE: [Code; 2] = [code::MOODLE_COURSE_UNKNOWN, code::MOODLE_USER_UNKNOWN];
/// Moodle's "not graded".
const NOT_GRADED: f64 = -1.0;

/// Fields of a record: name, label, type.
const FIELDS: [(&str, &str, &str); 12] = [
    ("user_id", "User id", "text"),
    ("user_idnumber", "User idnumber", "text"),
    ("course_id", "Course id", "text"),
    ("course_idnumber", "Course idnumber", "text"),
    ("item_id", "Grade item id", "text"),
    ("item_instance", "Activity id within its module", "text"),
    ("item_name", "Activity", "text"),
    ("item_module", "Activity module", "text"),
    ("grade_raw", "Grade", "double"),
    ("grade_max", "Highest grade", "double"),
    ("graded_at", "Graded at", "datetime"),
    ("feedback", "Feedback", "textarea"),
];

/// Where a read continues: the course's position in the query, and its last user that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Cursor {
    course: usize,
    after: u64,
}

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        let (course, after) = text.strip_prefix("1g")?.split_once(':')?;
        Some(Self { course: course.parse().ok()?, after: after.parse().ok()? })
    }

    fn text(self) -> String {
        format!("1g{}:{}", self.course, self.after)
    }
}

/// Reads the grades of some courses, as many as together have no more users than one call may be about; or of a part of
/// the users of a larger one.
pub(super) async fn page(
    client: &Client,
    query: &ReadQuery,
    cursor: Option<&str>,
) -> Result<Page, ConnectorError> {
    let expired = || ConnectorError::of(Failure::CursorExpired, code::MOODLE_CURSOR_EXPIRED, &[]);
    let Cursor { course: start, after } = match cursor {
        None => Cursor::default(),
        Some(text) => Cursor::parse(text).ok_or_else(expired)?,
    };
    let courses = query.within.get(start..).unwrap_or_default();
    let some = courses.get(..if after > 0 { 1 } else { AT_ONCE }).unwrap_or(courses);
    let mut lists = Vec::with_capacity(some.len());
    for course in some {
        lists.push(listed(client, course.as_str()));
    }
    let lists: Vec<_> = stream::iter(lists).buffered(AT_ONCE).try_collect().await?;
    let mut users = 0;
    let fits = |list: &&Vec<TargetRecord>| {
        let first = users == 0;
        users += list.len();
        first || users <= TOGETHER
    };
    let count = lists.iter().take_while(fits).count();
    let mut parts = Vec::with_capacity(count);
    for (course, list) in some.iter().zip(&lists).take(count) {
        parts.push(part(client, course.as_str(), list, after));
    }
    let parts: Vec<_> = stream::iter(parts).buffered(AT_ONCE).try_collect().await?;
    let (mut records, mut next) = (Vec::new(), start.saturating_add(count));
    let mut last = 0;
    for (at, (grades, more)) in parts.into_iter().enumerate() {
        records.extend(grades);
        if let Some(more) = more {
            // What comes behind it is read again.
            (next, last) = (start.saturating_add(at), more);
            break;
        }
    }
    let next = Some(Cursor { course: next, after: last });
    let next = next.filter(|next| next.course < query.within.len());
    Ok(Page { records, next: next.map(Cursor::text), ..Page::default() })
}

/// Returns the users of a course: unknown ones have none, and those without users have no grades.
async fn listed(client: &Client, course: &str) -> Result<Vec<TargetRecord>, ConnectorError> {
    if !is_id(course) || course == SITE_COURSE {
        return Ok(Vec::new());
    }
    Ok(enrolment::users(client, course).await?.unwrap_or_default())
}

/// Reads the grades of the users of a course that come after one; returns the last of them if there are more.
async fn part(
    client: &Client,
    course: &str,
    users: &[TargetRecord],
    after: u64,
) -> Result<(Vec<SourceRecord>, Option<u64>), ConnectorError> {
    if users.is_empty() {
        return Ok((Vec::new(), None));
    }
    if users.len() <= TOGETHER && after == 0 {
        match report(client, course, None).await {
            // The grades of a single user are not too large.
            Err(error) if error.code == code::UPSTREAM_TOO_LARGE => {}
            told => {
                let Report { mut records, users: told } = told?;
                records.extend(reports(client, left_out(course, users, &told)).await?);
                return Ok((records, None));
            }
        }
    }
    let later: BTreeSet<u64> = users
        .iter()
        .filter_map(|user| user.id.as_str().parse().ok())
        .filter(|id| *id > after)
        .collect();
    let some: Vec<u64> = later.iter().copied().take(SINGLY).collect();
    let more = later.len() > some.len();
    let pairs = some.iter().map(|user| (course.to_owned(), user.to_string())).collect();
    let records = reports(client, pairs).await?;
    Ok((records, some.last().copied().filter(|_| more)))
}

/// Returns the users of a course whom its report leaves out: those whose enrolment has ended, is suspended
/// or has not begun, unless the site is set otherwise. Teachers have no row either; they are not asked for
/// where an idnumber tells the accounts of the source from theirs.
fn left_out(course: &str, users: &[TargetRecord], told: &HashSet<String>) -> Vec<(String, String)> {
    let numbered = |user: &TargetRecord| {
        user.fields.get("idnumber").and_then(Value::as_str).is_some_and(|own| !own.is_empty())
    };
    let some = users.iter().any(numbered);
    let left = users.iter().filter(|user| !told.contains(user.id.as_str()));
    let left = left.filter(|user| !some || numbered(user));
    left.map(|user| (course.to_owned(), user.id.to_string())).collect()
}

/// Reads the grades of some users, in the given order; pairs are course and user.
async fn reports(
    client: &Client,
    pairs: Vec<(String, String)>,
) -> Result<Vec<SourceRecord>, ConnectorError> {
    let mut calls = Vec::with_capacity(pairs.len());
    for (course, user) in &pairs {
        calls.push(report(client, course, Some(user)));
    }
    let told: Vec<_> = stream::iter(calls).buffered(AT_ONCE).try_collect().await?;
    Ok(told.into_iter().flat_map(|report| report.records).collect())
}

/// What a grade report says: the grades, and the users who have a row in it, graded or not.
#[derive(Default)]
pub(super) struct Report {
    records: Vec<SourceRecord>,
    users: HashSet<String>,
}

/// Reads the grades of a course, of one user or of all. A course or a user that is not there has none.
async fn report(
    client: &Client,
    course: &str,
    user: Option<&str>,
) -> Result<Report, ConnectorError> {
    let call = Call::read("gradereport_user_get_grade_items").slow().told_by(NO_COURSE);
    let answer = client.call(call, |form| {
        form.text("courseid", course);
        form.text("userid", user.unwrap_or("0"));
    });
    match answer.await {
        Ok(answer) => read(course, user, &answer),
        Err(error) if GONE.contains(&error.code) => Ok(Report::default()),
        Err(error) => Err(error),
    }
}

pub(super) fn read(
    course: &str,
    user: Option<&str>,
    answer: &Value,
) -> Result<Report, ConnectorError> {
    let unclear = || unclear_read("Moodle's grade report is not as documented");
    let users = answer.get("usergrades").and_then(Value::as_array).ok_or_else(unclear)?;
    let mut report = Report::default();
    for row in users {
        let asked = |name: &str| row.get(name).and_then(number).ok_or_else(unclear);
        let (of_course, of_user) = (asked("courseid")?, asked("userid")?);
        if of_course != course || user.is_some_and(|user| user != of_user) {
            return Err(unclear_read("Moodle's grade report is of others than were asked for"));
        }
        let items = row.get("gradeitems").and_then(Value::as_array).ok_or_else(unclear)?;
        for item in items.iter().filter_map(Value::as_object) {
            report.records.extend(record(course, &of_user, row, item));
        }
        report.users.insert(of_user);
    }
    Ok(report)
}

/// Makes the record of an activity's grade; `None` if there is no grade.
fn record(
    course: &str,
    user: &str,
    row: &Value,
    item: &Map<String, Value>,
) -> Option<SourceRecord> {
    if item.get("itemtype").and_then(Value::as_str) != Some("mod") {
        return None;
    }
    let raw = item.get("graderaw").and_then(decimal).filter(|raw| *raw != NOT_GRADED)?;
    let item_id = id(item)?;
    // An activity may have several grades; the first one is found by its number.
    let first = item.get("itemnumber").and_then(Value::as_u64).unwrap_or_default() == 0;
    let activity = item.get("cmid").and_then(number).filter(|_| first);
    let activity = activity.unwrap_or_else(|| item_id.clone());
    let text = |value: &Value| match value.as_str().map(str::trim) {
        None | Some("") => Value::Null,
        Some(text) => Value::from(text),
    };
    let time = |value: &Value| {
        let seconds = value.as_i64().filter(|seconds| *seconds > 0);
        let time = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        json!(time.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)))
    };
    let feedback = |value: &Value| {
        let feedback = plain(value.as_str().unwrap_or_default(), FEEDBACK_MAX);
        json!((!feedback.is_empty()).then_some(feedback))
    };
    // A field that the settings of the report hide is missing, which is not the same as empty.
    let fields = [
        ("user_id", Some(json!(user))),
        ("user_idnumber", row.get("useridnumber").map(text)),
        ("course_id", Some(json!(course))),
        ("course_idnumber", row.get("courseidnumber").map(text)),
        ("item_id", Some(json!(item_id))),
        ("item_instance", Some(json!(item.get("iteminstance").and_then(number)))),
        ("item_name", item.get("itemname").map(text)),
        ("item_module", Some(item.get("itemmodule").map_or(Value::Null, text))),
        ("grade_raw", Some(json_number(raw))),
        ("grade_max", Some(json!(item.get("grademax").and_then(decimal).map(json_number)))),
        ("graded_at", item.get("gradedategraded").map(time)),
        ("feedback", item.get("feedback").map(feedback)),
    ];
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let fields = fields.collect();
    let id = RecordId::try_from(format!("{user}_{course}_{activity}")).ok()?;
    Some(SourceRecord { id, modified_at: None, fields })
}

fn decimal(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    number.is_finite().then_some(number)
}

/// Whole numbers without a fraction: Moodle writes the same grade as 3, 3.0 and "3.00000".
fn json_number(number: f64) -> Value {
    let whole = format!("{number:.0}");
    match whole.parse::<i64>() {
        Ok(whole) if number.fract() == 0.0 => Value::from(whole),
        _ => Value::from(number),
    }
}

/// Reads grades by id; a text that is not an id counts as gone.
pub(super) async fn by_ids(
    client: &Client,
    ids: &[RecordId],
) -> Result<Vec<SourceRecord>, ConnectorError> {
    let asked: HashSet<&RecordId> = ids.iter().collect();
    let pairs: BTreeSet<(String, String)> = ids.iter().filter_map(|id| pair(id.as_str())).collect();
    let mut records = reports(client, pairs.into_iter().collect()).await?;
    records.retain(|record| asked.contains(&record.id));
    Ok(records)
}

fn pair(id: &str) -> Option<(String, String)> {
    let mut parts = id.split('_');
    let (user, course, activity) = (parts.next()?, parts.next()?, parts.next()?);
    let fits = parts.next().is_none() && [user, course, activity].into_iter().all(is_id);
    (fits && course != SITE_COURSE).then(|| (course.to_owned(), user.to_owned()))
}

/// Describes the fields.
pub(super) fn describe() -> Vec<SourceField> {
    let field = |(name, label, data_type): (&str, &str, &str)| SourceField {
        name: name.to_owned(),
        label: label.to_owned(),
        data_type: data_type.to_owned(),
        max_length: (name == "feedback").then_some(2_000),
        choices: Vec::new(),
        single_read_only: false,
        unique: false,
        writable: false,
        required: false,
        readable: true,
    };
    FIELDS.into_iter().map(field).collect()
}

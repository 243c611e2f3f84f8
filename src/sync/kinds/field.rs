//! Names of fields that several kinds use, and how the values of fields are read, checked and written.

use {
    crate::{
        domain::{
            code::{self, Gaps},
            day,
            fault::Fault,
            field::{self, Field, FieldType},
            id::{ObjectId, RecordId},
            invisible::{shown, trim, turns},
            layout::Layouts,
            module::ModuleName,
            record::{Canonical, Payload},
        },
        ports::ConnectorError,
        sync::shape::{Module, Need, Shape, Unfit, unfit},
    },
    chrono::{DateTime, Datelike as _, NaiveDate},
    chrono_tz::Tz,
    serde_json::Value,
    std::ops::RangeInclusive,
};

/// The target's field that carries the source record's id.
pub(crate) const SOURCE_ID_FIELD: &str = "idnumber";

/// The target's field that holds an e-mail address. Two that differ in nothing but letter case are one.
pub(crate) const EMAIL_FIELD: &str = "email";

/// The years of days that are sent. Moodle counts seconds from 1970 and takes the first one for no day.
const YEARS: RangeInclusive<i32> = 1971..=2100;

/// The canonical field that names a class.
pub(crate) const CLASS_FIELD: &str = "class_zoho_id";

/// The canonical fields that name the parents of an enrolment or a membership.
pub(crate) const PARENT_FIELDS: [&str; 3] = ["student_zoho_id", CLASS_FIELD, "program_zoho_id"];

/// Returns the parents that an enrolment or a membership was sent with.
pub(crate) fn parents_sent(sent: &Canonical) -> Vec<(ModuleName, RecordId)> {
    let modules = [ModuleName::Students, ModuleName::Classes, ModuleName::Programs];
    let ids = PARENT_FIELDS.into_iter().map(|field| RecordId::parse(&text(sent, field)).ok());
    modules.into_iter().zip(ids).filter_map(|(module, id)| Some((module, id?))).collect()
}

/// Returns a canonical text with its white space in order, without what cannot be seen at its ends and what turns the
/// direction of writing, by which a name would look like another one.
pub(crate) fn text(canonical: &Canonical, name: &str) -> String {
    match canonical.get(name) {
        Some(Value::String(text)) => tidy(text),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let plain: String;
    let text = if text.is_ascii() {
        text
    } else {
        plain = text.chars().filter(|c| !turns(*c)).collect();
        trim(&plain)
    };
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Words of a status that something is in use, as picklists have them; any other that does not end the use is told.
const IN_USE: [&str; 16] = [
    "active",
    "enabled",
    "enrolled",
    "registered",
    "admitted",
    "accepted",
    "approved",
    "confirmed",
    "current",
    "new",
    "studying",
    "in progress",
    "ongoing",
    "نشط",
    "فعال",
    "مسجل",
];

/// Returns a status as it is compared: in lower case, without marks at its ends that are not seen.
pub(crate) fn status_word(status: &str) -> String {
    trim(status).to_lowercase()
}

/// Returns the status of a record where it is neither empty, nor known to be of something in use, nor the end of a use.
pub(crate) fn unknown_status(
    canonical: &Canonical,
    field: &'static str,
    is_end: fn(&str) -> bool,
) -> Option<(&'static str, String)> {
    let status = text(canonical, field);
    let word = status_word(&status);
    let known = word.is_empty() || is_end(&status) || IN_USE.contains(&word.as_str());
    (!known).then_some((field, status))
}

/// Returns a canonical text, if the record or an earlier write has it.
pub(crate) fn said(canonical: &Canonical, name: &str) -> Option<String> {
    canonical.contains_key(name).then(|| text(canonical, name))
}

/// Returns a text in its stored form: null if it is empty.
pub(crate) fn value(text: String) -> Value {
    if text.is_empty() { Value::Null } else { Value::String(text) }
}

/// Returns the fields of a record that are sent in the form of its module, each checked against its row; fields
/// without a value are left out. `own` are those that the kind makes itself or compares without sending them; the
/// others are texts as in the record.
pub(crate) fn sent<const N: usize>(
    module: Module<'_>,
    canonical: &Canonical,
    own: [(&str, Option<String>); N],
) -> Result<Canonical, Unfit> {
    let rows = field::of(module.name);
    let made = own.each_ref().map(|(name, _)| *name);
    let mut out = Canonical::new();
    for (name, text) in own {
        let Some(text) = text else { continue };
        if let Some(field) = rows.field(name) {
            check_sent(field, &text)?;
        }
        out.insert(name.to_owned(), value(text));
    }
    for (field, _) in rows.sent(module.layout().form) {
        if made.contains(&field.name) {
            continue;
        }
        let Some(text) = said(canonical, field.name) else { continue };
        check_sent(field, &text)?;
        out.insert(field.name.to_owned(), value(text));
    }
    Ok(out)
}

/// Checks a text that is sent against the row of its field.
fn check_sent(field: &Field, text: &str) -> Result<(), Unfit> {
    check(field, text)?;
    if field.field_type == FieldType::Date && !text.is_empty() {
        check_day(field.name, text).map_err(|unfit| unfit.in_field(field.name))?;
    }
    Ok(())
}

/// Returns the target's field for each field that is sent in the form of a module, by its own name.
pub(crate) fn targets(
    module: Module<'_>,
) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let sent = field::of(module.name).sent(module.layout().form);
    sent.map(|(field, target)| (field.name, target))
}

/// Checks a text against the row of its field.
pub(crate) fn check(field: &Field, text: &str) -> Result<(), Unfit> {
    check_value(field, text).map_err(|unfit| unfit.in_field(field.name))
}

fn check_value(field: &Field, text: &str) -> Result<(), Unfit> {
    check_text(field.name, text, field.longest.map(|most| most as usize))?;
    if field.plain && has_tag(text) && !(field.multilang && is_multilang(text)) {
        return Err(Unfit::of(code::VALUE_HAS_MARKUP, &[("field", &field.name)]));
    }
    Ok(())
}

fn check_text(name: &str, text: &str, most: Option<usize>) -> Result<(), Unfit> {
    let length = text.chars().count();
    if let Some(most) = most.filter(|most| length > *most) {
        let gaps: Gaps<'_> = &[("field", &name), ("length", &length), ("limit", &most)];
        return Err(Unfit::of(code::VALUE_TOO_LONG, gaps));
    }
    if text.contains(char::is_control) {
        return Err(Unfit::of(code::VALUE_HAS_CONTROL, &[("field", &name)]));
    }
    Ok(())
}

/// A day that no school has is a slip, such as a year of two digits: Moodle would take it, and end what begins with it.
fn check_day(name: &str, text: &str) -> Result<(), Unfit> {
    let year = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.year());
    if year.is_some_and(|year| !YEARS.contains(&year)) {
        let gaps: Gaps<'_> = &[
            ("field", &name),
            ("value", &shown(text)),
            ("first", YEARS.start()),
            ("last", YEARS.end()),
        ];
        return Err(Unfit::of(code::DATE_OUT_OF_RANGE, gaps));
    }
    Ok(())
}

/// Returns the id of a record that a field holds.
pub(crate) fn record_id(name: &str, text: String) -> Result<RecordId, Unfit> {
    check_text(name, &text, Some(RecordId::LONGEST))?;
    let bad = |fault: Fault| unfit(code::MAPPING_REQUIRED_MISSING, format!("{name}: {fault}"));
    RecordId::try_from(text).map_err(bad)
}

/// Moodle refuses markup in names.
fn has_tag(text: &str) -> bool {
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c == '<' && characters.peek().is_some_and(|next| !next.is_whitespace()) {
            return true;
        }
    }
    false
}

/// Returns whether the tags of a text are nothing but the spans by which Moodle tells the languages of a name apart.
fn is_multilang(text: &str) -> bool {
    parts_by_language(text).is_some()
}

/// Returns a name without the marks of its languages; another text as it is.
pub(crate) fn without_languages(text: &str) -> String {
    let parts = parts_by_language(text);
    parts.map_or_else(|| text.to_owned(), |parts| parts.join(" "))
}

fn parts_by_language(text: &str) -> Option<Vec<&str>> {
    const LANG: &str = "lang=\"";
    let is_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_mark = |mark: &str| {
        let code = mark.strip_prefix(LANG).and_then(|code| code.strip_suffix('"'));
        let is_lang = code.is_some_and(|code| !code.is_empty() && code.chars().all(is_code));
        is_lang || mark == "class=\"multilang\""
    };
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("<span ") {
        let (marks, after) = after.split_once('>')?;
        let marks: Vec<&str> = marks.split_ascii_whitespace().collect();
        let fits = marks.len() == 2
            && marks.iter().all(|mark| is_mark(mark))
            && marks.iter().filter(|mark| mark.starts_with(LANG)).count() == 1;
        let (inner, after) = after.split_once("</span>").filter(|_| fits)?;
        parts.extend([before, inner]);
        rest = after;
    }
    parts.push(rest);
    let is_free = !parts.iter().any(|part| has_tag(part));
    let parts: Vec<&str> =
        parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect();
    is_free.then_some(parts)
}

/// Returns the parent whose id a canonical field holds; `None` where it is empty.
pub(crate) fn need(
    module: ModuleName,
    canonical: &Canonical,
    name: &str,
    required: bool,
) -> Result<Option<Need>, Unfit> {
    // The reasons that earlier clients know for a parent that does not exist yet.
    let reason = match module {
        ModuleName::Students => "student_not_synced_yet",
        ModuleName::Programs => "program_not_synced_yet",
        ModuleName::Classes => "class_not_synced_yet",
        ModuleName::Units => "unit_not_synced_yet",
        ModuleName::Registrations => "registration_not_synced_yet",
        _ => "parent_not_synced_yet",
    };
    let id = text(canonical, name);
    if id.is_empty() {
        return Ok(None);
    }
    Ok(Some(Need { module, id: record_id(name, id)?, required, reason }))
}

/// Makes the shape of a record that has a name and belongs to no student.
pub(crate) fn named_shape(
    fields: Canonical,
    needs: Vec<Need>,
    stored: Option<ObjectId>,
) -> Result<Shape, Unfit> {
    let label = text(&fields, "name");
    if label.is_empty() {
        return Err(Unfit::of(
            code::MAPPING_REQUIRED_MISSING,
            &[("field", &"name"), ("reason", &"it is empty")],
        ));
    }
    Ok(Shape {
        fields,
        needs,
        person: None,
        label,
        ended: false,
        stored,
        spelt: None,
        warnings: Vec::new(),
    })
}

/// Returns the id of the object that the record itself names in a field.
pub(crate) fn stored(canonical: &Canonical, field: &str) -> Option<ObjectId> {
    Some(text(canonical, field)).filter(|id| !id.is_empty()).map(Into::into)
}

/// Selects the fields of a payload, and adds the record's id.
pub(crate) fn picked(
    create: &Payload,
    zoho_id: &RecordId,
    is_picked: impl Fn(&str) -> bool,
) -> Payload {
    let fields = create.iter().filter(|(field, _)| is_picked(field));
    let mut payload: Payload =
        fields.map(|(field, value)| (field.clone(), value.clone())).collect();
    payload.insert(SOURCE_ID_FIELD.into(), Value::from(zoho_id.as_str()));
    payload
}

/// Returns the first second of a day at the school; 0, which Moodle reads as none, without a day.
pub(crate) fn first_second(layouts: &Layouts, day: &str) -> i64 {
    second(layouts, day, day::begin)
}

/// Returns the last second of a day at the school, so that an end date includes its day; 0 without a day.
pub(crate) fn last_second(layouts: &Layouts, day: &str) -> i64 {
    second(layouts, day, day::end)
}

fn second(layouts: &Layouts, day: &str, of: fn(NaiveDate, Tz) -> Option<DateTime<Tz>>) -> i64 {
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok();
    day.and_then(|day| of(day, layouts.zone())).map_or(0, |time| time.timestamp())
}

/// Explains a refusal about an object that exists and was not found: it is hidden because a right is missing.
pub(crate) fn tell_hidden(mut error: ConnectorError, right: &str) -> ConnectorError {
    if error.code == code::MOODLE_IDNUMBER_TAKEN {
        let more =
            "the object with the record's id is hidden from the account of the token; give it";
        error.message = format!("{}; {more} {right}", error.message);
    }
    error
}

/// Ids of Moodle are numbers on the wire.
pub(crate) fn number(id: &ObjectId) -> Value {
    let id = id.as_str();
    id.parse::<i64>().map_or_else(|_| Value::String(id.to_owned()), Value::from)
}

//! Steps on dates and times: the day, another format, Unix seconds. The step names the time zone; the zone of the
//! machine is never used.

use {
    super::{Failure, Kind, parse::Params, shown, western},
    crate::domain::day,
    chrono::{
        DateTime, Datelike as _, Duration, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime,
        NaiveTime, TimeZone as _,
        format::{Item, StrftimeItems},
    },
    chrono_tz::Tz,
    serde_json::Value,
    std::fmt::Write as _,
};

#[derive(Debug, Clone)]
pub(super) enum DateStep {
    Only { zone: Option<Tz> },
    Format { from: Option<String>, to: String, zone: Option<Tz>, ambiguous: Ambiguous },
    Epoch { zone: Tz, end: bool },
}

/// The moment meant by a local time that a clock change repeats or skips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ambiguous {
    Earlier,
    Later,
    Fail,
}

/// The result of reading a text.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Moment {
    Day(NaiveDate),
    Local(NaiveDateTime),
    Exact(DateTime<FixedOffset>),
}

fn zone(params: &mut Params) -> Result<Option<Tz>, String> {
    let Some(name) = params.optional("zone")? else { return Ok(None) };
    let zone = name.parse::<Tz>().ok();
    zone.map(Some).ok_or_else(|| params.wrong("zone"))
}

impl DateStep {
    pub(super) fn only(params: &mut Params) -> Result<Self, String> {
        Ok(Self::Only { zone: zone(params)? })
    }

    pub(super) fn epoch(params: &mut Params) -> Result<Self, String> {
        let zone = zone(params)?.ok_or_else(|| params.wrong("zone"))?;
        Ok(Self::Epoch { zone, end: params.word("at")? == "end" })
    }

    pub(super) fn format(params: &mut Params) -> Result<Self, String> {
        let from = params.optional("from")?;
        let from = from.map(|text| pattern(params, "from", text)).transpose()?;
        let to = params.text("to")?;
        Ok(Self::Format {
            from,
            to: pattern(params, "to", to)?,
            zone: zone(params)?,
            ambiguous: match params.word("ambiguous")? {
                "earlier" => Ambiguous::Earlier,
                "later" => Ambiguous::Later,
                _ => Ambiguous::Fail,
            },
        })
    }

    pub(super) const fn gives(&self) -> Kind {
        match self {
            Self::Only { .. } | Self::Format { .. } => Kind::Date,
            Self::Epoch { .. } => Kind::Integer,
        }
    }

    pub(super) fn apply(&self, text: &str) -> Result<Value, Failure> {
        let text = western(text.trim());
        match self {
            Self::Only { zone: None } => Ok(Value::String(day_of(&text)?.to_string())),
            Self::Only { zone: Some(zone) } => {
                let day = match read_iso(&text)? {
                    Moment::Exact(time) => time.with_timezone(zone).date_naive(),
                    Moment::Local(time) => time.date(),
                    Moment::Day(day) => day,
                };
                Ok(Value::String(day.to_string()))
            }
            Self::Format { from, to, zone, ambiguous } => {
                let moment = match from {
                    Some(from) => read(&text, from)?,
                    None => read_iso(&text)?,
                };
                write(moment, to, *zone, *ambiguous)
            }
            Self::Epoch { zone, end } => epoch(read_iso(&text)?, *zone, *end),
        }
    }
}

/// A pattern of chrono's `strftime` that can be both read and written: dates, times and offsets alone.
fn pattern(params: &Params, key: &str, text: String) -> Result<String, String> {
    let known = |item: &Item<'_>| {
        !matches!(item, Item::Error)
            && !matches!(
                item,
                Item::Fixed(chrono::format::Fixed::TimezoneName | chrono::format::Fixed::RFC2822)
            )
    };
    let fits = text.len() <= 100
        && text.contains('%')
        && StrftimeItems::new(&text).all(|item| known(&item));
    if fits { Ok(text) } else { Err(params.wrong(key)) }
}

fn no_date(text: &str) -> Failure {
    Failure::new(format!("'{}' is not a date of the form YYYY-MM-DD", shown(text)))
}

/// The first ten characters, if they are a day.
fn day_of(text: &str) -> Result<NaiveDate, Failure> {
    let day = text.get(..10).ok_or_else(|| no_date(text))?;
    let rest = text.get(10..).unwrap_or_default();
    let is_day = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if !is_day || !(rest.is_empty() || rest.starts_with(['T', ' '])) {
        return Err(no_date(text));
    }
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok();
    day.filter(has_whole_year).ok_or_else(|| no_date(text))
}

/// Years are written with four digits: "24" is a slip, not the first century.
fn has_whole_year(day: &NaiveDate) -> bool {
    (1_000..=9_999).contains(&day.year())
}

/// Reads a day, or a day and time with or without an offset.
fn read_iso(text: &str) -> Result<Moment, Failure> {
    let day = day_of(text)?;
    let Some(clock) = text.get(11..).filter(|clock| !clock.is_empty()) else {
        return Ok(Moment::Day(day));
    };
    let whole = format!("{day}T{clock}");
    let exact = DateTime::parse_from_rfc3339(&whole)
        .or_else(|_| DateTime::parse_from_str(&whole, "%Y-%m-%dT%H:%M:%S%.f%#z"));
    if let Ok(exact) = exact {
        return Ok(Moment::Exact(exact));
    }
    let local = NaiveDateTime::parse_from_str(&whole, "%Y-%m-%dT%H:%M:%S%.f")
        .or_else(|_| NaiveDateTime::parse_from_str(&whole, "%Y-%m-%dT%H:%M"));
    local.map(Moment::Local).map_err(|_| no_date(text))
}

fn read(text: &str, from: &str) -> Result<Moment, Failure> {
    let exact = || DateTime::parse_from_str(text, from).map(Moment::Exact);
    let local = || NaiveDateTime::parse_from_str(text, from).map(Moment::Local);
    let day = || NaiveDate::parse_from_str(text, from).map(Moment::Day);
    let read = exact().or_else(|_| local()).or_else(|_| day());
    let wrong = || format!("'{}' is not of the form {from}", shown(text));
    let moment = read.map_err(|_| Failure::new(wrong()))?;
    let day = match moment {
        Moment::Exact(time) => time.date_naive(),
        Moment::Local(time) => time.date(),
        Moment::Day(day) => day,
    };
    if has_whole_year(&day) {
        return Ok(moment);
    }
    Err(Failure::new(format!("{}: the year does not have four digits", wrong())))
}

/// Returns the moment that a local time means.
fn resolve(local: NaiveDateTime, zone: Tz, ambiguous: Ambiguous) -> Result<DateTime<Tz>, Failure> {
    let refused =
        |what: &str| Err(Failure::new(format!("{local} is {what} by the clock change of {zone}")));
    match (zone.from_local_datetime(&local), ambiguous) {
        (MappedLocalTime::Single(time), _)
        | (MappedLocalTime::Ambiguous(time, _), Ambiguous::Earlier)
        | (MappedLocalTime::Ambiguous(_, time), Ambiguous::Later) => Ok(time),
        (MappedLocalTime::Ambiguous(..), Ambiguous::Fail) => refused("doubled"),
        (MappedLocalTime::None, Ambiguous::Fail) => refused("left out"),
        // The clock skipped this time: the earlier moment has the offset after the change, the later one that before it.
        (MappedLocalTime::None, Ambiguous::Earlier) => shifted(local, zone, -1),
        (MappedLocalTime::None, Ambiguous::Later) => shifted(local, zone, 1),
    }
}

fn shifted(local: NaiveDateTime, zone: Tz, hours: i64) -> Result<DateTime<Tz>, Failure> {
    let moved = local.checked_add_signed(Duration::hours(hours));
    let found = moved.and_then(|moved| zone.from_local_datetime(&moved).earliest());
    found.ok_or_else(|| Failure::new(format!("{local} does not exist in {zone}")))
}

fn write(
    moment: Moment,
    to: &str,
    zone: Option<Tz>,
    ambiguous: Ambiguous,
) -> Result<Value, Failure> {
    let mut out = String::new();
    let written = match (moment, zone) {
        (Moment::Exact(time), Some(zone)) => {
            write!(out, "{}", time.with_timezone(&zone).format(to))
        }
        (Moment::Exact(time), None) => write!(out, "{}", time.format(to)),
        (Moment::Local(time), Some(zone)) => {
            write!(out, "{}", resolve(time, zone, ambiguous)?.format(to))
        }
        (Moment::Local(time), None) => write!(out, "{}", time.format(to)),
        (Moment::Day(day), Some(zone)) => {
            let time = resolve(day.and_time(NaiveTime::MIN), zone, Ambiguous::Later)?;
            write!(out, "{}", time.format(to))
        }
        (Moment::Day(day), None) => write!(out, "{}", day.and_time(NaiveTime::MIN).format(to)),
    };
    // A local time has no offset to write.
    written.map_err(|_| Failure::new(format!("{to} needs an offset; name a zone")))?;
    Ok(Value::String(out))
}

fn epoch(moment: Moment, zone: Tz, end: bool) -> Result<Value, Failure> {
    let time = match moment {
        Moment::Exact(time) => return Ok(Value::from(time.timestamp())),
        Moment::Local(time) => resolve(time, zone, Ambiguous::Earlier)?,
        Moment::Day(day) => {
            let found = if end { day::end(day, zone) } else { day::begin(day, zone) };
            found.ok_or_else(|| no_date(&day.to_string()))?
        }
    };
    Ok(Value::from(time.timestamp()))
}

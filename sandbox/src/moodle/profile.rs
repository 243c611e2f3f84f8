//! Custom profile fields: what they store, what they silently drop, and how they are read back. A web service stores any
//! text in a check box, and makes a day of any text in a field for a date.

use {
    super::user::User,
    crate::world::Settings,
    chrono::{DateTime, Months, NaiveDate, TimeDelta},
    serde_json::{Value, json},
    std::borrow::Cow,
};

/// A custom profile field.
struct Field {
    shortname: &'static str,
    name: &'static str,
    kind: &'static str,
    choices: &'static [&'static str],
}

const fn field(shortname: &'static str, name: &'static str, kind: &'static str) -> Field {
    Field { shortname, name, kind, choices: &[] }
}

/// All fields that a site may have; a setting selects those that it has.
const FIELDS: [Field; 6] = [
    field("zoho_id", "Zoho id", "text"),
    Field {
        choices: &["", "paid", "pending", "overdue"],
        ..field("payment_status", "Payment status", "menu")
    },
    field("balance", "Balance", "text"),
    field("last_payment", "Last payment", "text"),
    field("paid", "Paid", "checkbox"),
    field("regdate", "Registration date", "datetime"),
];

/// First and last year of a field for a date, which bound what is stored.
const YEARS: (&str, &str) = ("2000", "2050");

/// Returns the short names of all fields.
pub(crate) fn shortnames() -> Vec<String> {
    FIELDS.iter().map(|field| field.shortname.to_owned()).collect()
}

/// Returns the fields of the site, each with its data type.
fn fields(settings: &Settings) -> impl Iterator<Item = (&'static Field, &str)> {
    FIELDS.iter().filter_map(|field| {
        let kind = settings.profile_fields.iter().find_map(|own| match own.split_once(':') {
            Some((name, kind)) => (name == field.shortname).then_some(kind),
            None => (own == field.shortname).then_some(field.kind),
        })?;
        Some((field, kind))
    })
}

/// Returns the value that a field stores; `None` for a field that does not exist. A choice that is
/// not in the list empties it.
pub(super) fn kept<'v>(
    settings: &Settings,
    shortname: &str,
    value: &'v str,
) -> Option<Cow<'v, str>> {
    let (field, kind) = fields(settings).find(|(field, _)| field.shortname == shortname)?;
    match kind {
        "menu" => Some(Cow::Borrowed(if field.choices.contains(&value) { value } else { "" })),
        "datetime" => {
            let time = time_of(value, i64::from(settings.utc_offset_h) * 3_600);
            Some(Cow::Owned(time.map_or_else(String::new, |time| time.to_string())))
        }
        _ => Some(Cow::Borrowed(value)),
    }
}

/// Returns what a field for a date, without a time of day, makes of a text, in seconds; `None` for none. `offset`: of the
/// site's clock from UTC.
fn time_of(value: &str, offset: i64) -> Option<i64> {
    if matches!(value, "" | "0") {
        return None;
    }
    let text = match value.trim().parse::<f64>() {
        Ok(time) => {
            #[expect(clippy::cast_possible_truncation, reason = "as PHP does")]
            let day = DateTime::from_timestamp((time as i64).saturating_add(offset), 0)?;
            Cow::Owned(day.format("%Y-%m-%d").to_string())
        }
        Err(_) => Cow::Borrowed(value),
    };
    let mut parts = text.split('-');
    let year = parts.next().unwrap_or_default();
    let bounded = if is_before(year, YEARS.0) { YEARS.0 } else { year };
    let bounded = if is_before(YEARS.1, bounded) { YEARS.1 } else { bounded };
    let (year, month, day) = (
        whole(bounded),
        whole(parts.next().unwrap_or_default()),
        whole(parts.next().unwrap_or_default()),
    );
    // Months and days outside of their range go on into those beside it.
    let first = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, 1, 1)?;
    let first = match u32::try_from(month - 1) {
        Ok(later) => first.checked_add_months(Months::new(later))?,
        Err(_) => first.checked_sub_months(Months::new(u32::try_from(1 - month).ok()?))?,
    };
    let date = first.checked_add_signed(TimeDelta::try_days(day - 1)?)?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp() - offset)
}

/// Compares as PHP does: numbers by their value, other texts letter by letter.
fn is_before(one: &str, other: &str) -> bool {
    match (one.trim().parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one < other,
        _ => one < other,
    }
}

/// Returns the whole number at the start of a text, as PHP does; 0 for none.
fn whole(text: &str) -> i64 {
    let digits: String = text.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_default()
}

/// Returns a user's fields as a read shows them: fields without a value are left out, except
/// checkboxes.
pub(super) fn shown(user: &User, settings: &Settings) -> Vec<Value> {
    let one = |(field, kind): (&Field, &str)| {
        let own = user.custom(field.shortname);
        let value = if own.is_empty() && kind == "checkbox" { "0" } else { own };
        let display = match kind {
            "checkbox" if value == "0" => Cow::Borrowed("No"),
            "checkbox" => Cow::Borrowed("Yes"),
            "datetime" => {
                let time = value.parse::<i64>().ok();
                let time = time.map(|time| time + i64::from(settings.utc_offset_h) * 3_600);
                let day = time.and_then(|time| DateTime::from_timestamp(time, 0));
                Cow::Owned(day.map_or_else(String::new, |day| day.format("%-d %B %Y").to_string()))
            }
            _ => Cow::Borrowed(value),
        };
        (!value.is_empty()).then(|| {
            json!({
                "type": kind,
                "value": value,
                "displayvalue": display,
                "name": field.name,
                "shortname": field.shortname,
            })
        })
    };
    fields(settings).filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use {crate::moodle::bench::Bench, serde_json::Value};

    fn custom(pairs: &[(&str, &str)]) -> String {
        let one = |(n, (name, value)): (usize, &(&str, &str))| {
            format!(
                "&users[0][customfields][{n}][type]={name}&users[0][customfields][{n}][value]={value}"
            )
        };
        pairs.iter().enumerate().map(one).collect()
    }

    fn read(bench: &mut Bench) -> Vec<(String, String)> {
        let rows = bench.ok("core_user_get_users_by_field", "field=id&values[0]=4");
        let fields = rows[0]["customfields"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        fields.iter().map(|own| (text(&own["shortname"]), text(&own["value"]))).collect()
    }

    #[test]
    fn good_values_come_back_and_bad_ones_vanish() {
        let mut bench = Bench::school();
        let write = |bench: &mut Bench, pairs: &[(&str, &str)]| {
            bench.ok("core_user_update_users", &format!("users[0][id]=4{}", custom(pairs)));
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read(&mut bench), [pair("paid", "0")]);
        write(
            &mut bench,
            &[
                ("zoho_id", "415"),
                ("payment_status", "late"),
                ("nothing", "x"),
                ("paid", "1"),
                ("regdate", "1700000000"),
                ("balance", "1,500 USD"),
            ],
        );
        let all = [
            pair("zoho_id", "415"),
            pair("balance", "1,500 USD"),
            pair("paid", "1"),
            pair("regdate", "1699920000"),
        ];
        assert_eq!(read(&mut bench), all);
        write(&mut bench, &[("balance", ""), ("payment_status", "overdue"), ("regdate", "")]);
        let rest = [pair("zoho_id", "415"), pair("payment_status", "overdue"), pair("paid", "1")];
        assert_eq!(read(&mut bench), rest);
        bench.settings.profile_fields.retain(|name| name != "zoho_id");
        assert_eq!(read(&mut bench), [pair("payment_status", "overdue"), pair("paid", "1")]);
    }
    #[test]
    fn a_check_box_takes_any_text_and_a_date_is_made_of_any() {
        let mut bench = Bench::school();
        let fields = ["payment_status:checkbox", "last_payment:datetime"];
        bench.settings.profile_fields = fields.map(str::to_owned).into();
        let mut shown = |offset, pairs: &[(&str, &str)]| {
            bench.settings.utc_offset_h = offset;
            bench.ok("core_user_update_users", &format!("users[0][id]=4{}", custom(pairs)));
            let rows = bench.ok("core_user_get_users_by_field", "field=id&values[0]=4");
            let fields = rows[0]["customfields"].as_array().cloned().unwrap_or_default();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let own = |own: &Value| (text(&own["value"]), text(&own["displayvalue"]));
            fields.iter().map(own).collect::<Vec<_>>()
        };
        for (value, display) in [("paid", "Yes"), ("overdue", "Yes"), ("1", "Yes"), ("0", "No")] {
            let has = shown(0, &[("payment_status", value)]);
            assert_eq!(has, [(value.to_owned(), display.to_owned())]);
        }
        for (offset, value, time, display) in [
            (0, "2026-09-01", 1_788_220_800, "1 September 2026"),
            (3, "2026-09-01", 1_788_220_800 - 10_800, "1 September 2026"),
            (-5, "2026-09-01", 1_788_220_800 + 18_000, "1 September 2026"),
            (0, "2026-09-01 1500", 1_788_220_800, "1 September 2026"),
            (0, "2026-09-01T10:00:00Z", 1_788_220_800, "1 September 2026"),
            (0, "1788225800", 1_788_220_800, "1 September 2026"),
            (-5, "1788220800", 1_788_220_800 - 86_400 + 18_000, "31 August 2026"),
            (0, "2026-13-45", 1_802_563_200, "14 February 2027"),
            (0, "1500", 946_684_800, "1 January 2000"),
            (0, "2077-01-01", 2_524_608_000_i64, "1 January 2050"),
        ] {
            let has = shown(offset, &[("last_payment", value)]);
            assert_eq!(has[1], (time.to_string(), display.to_owned()), "{value} {offset}");
        }
        assert_eq!(shown(0, &[("last_payment", "")]).len(), 1);
    }
}

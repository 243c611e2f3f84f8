//! Profile fields that a site has made a check box, or a field for a date, instead of text. No web service lists the fields,
//! and a read shows the data type of those that have a value; a write stores whatever is sent. So a value is sent as text,
//! unless the run has seen the type, and is brought into the form of its field when it is read back.

use {
    crate::{domain::record::Payload, sync::sight::Sight},
    chrono::{NaiveDate, NaiveTime},
    serde_json::Value,
};

/// Texts that tick a check box, and texts that clear it.
const YES: [&str; 5] = ["paid", "1", "true", "yes", "on"];
const NO: [&str; 7] = ["", "pending", "overdue", "0", "false", "no", "off"];
/// Seconds by which the midnight of a site may come before and after that of UTC.
const AHEAD: i64 = 14 * 3_600;
const BEHIND: i64 = 12 * 3_600;

/// The form of a profile field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    CheckBox,
    Date,
}

impl Form {
    fn named(data_type: &str) -> Self {
        match data_type {
            "checkbox" => Self::CheckBox,
            "datetime" => Self::Date,
            _ => Self::Text,
        }
    }

    /// Returns the form of a field: as a read shows it, or as one showed it before.
    fn of(sight: &Sight, name: &str, has: Option<&Value>) -> Self {
        let shown = has.and_then(|has| has.get("type")?.as_str()).map(Self::named);
        let known = || sight.data_type(name).map(|data_type| Self::named(&data_type));
        shown.or_else(known).unwrap_or(Self::Text)
    }

    /// Returns what a field of this form takes for a text; `None` if it cannot hold it. A date is sent as a day: the site
    /// makes a time of it by its own clock.
    pub(crate) fn fitting(self, text: &str) -> Option<String> {
        let word = text.trim().to_lowercase();
        match self {
            Self::Text => Some(text.to_owned()),
            Self::CheckBox if YES.contains(&word.as_str()) => Some("1".to_owned()),
            Self::CheckBox => NO.contains(&word.as_str()).then(|| "0".to_owned()),
            Self::Date if word.is_empty() => Some(word),
            Self::Date => {
                let day = word.split([' ', 't']).next().unwrap_or_default();
                // An amount without a day is not a date, and nothing is wrong with it.
                let amount = day.parse::<f64>().ok().map(|_| String::new());
                day.parse::<NaiveDate>().ok().map(|day| day.to_string()).or(amount)
            }
        }
    }

    /// Returns whether a field of this form that has a text shows what it takes for another one.
    fn shows(self, has: &str, fitting: &str) -> bool {
        let is_day_of = |time: i64| {
            let day = fitting.parse::<NaiveDate>().ok();
            let midnight = day.map(|day| day.and_time(NaiveTime::MIN).and_utc().timestamp());
            midnight.is_some_and(|midnight| (-AHEAD..=BEHIND).contains(&(time - midnight)))
        };
        has == fitting
            || match self {
                Self::Text => false,
                Self::CheckBox => has.is_empty() && fitting == "0",
                Self::Date if fitting.is_empty() => has == "0",
                Self::Date => has.parse().is_ok_and(is_day_of),
            }
    }
}

/// Returns a value of a field as text.
pub(crate) fn text_of(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(Value::Object(typed)) => text_of(typed.get("value")),
        Some(other) => other.to_string(),
    }
}

/// What a field shows of a value that was sent as text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shows {
    /// The value.
    It,
    /// Something else; the field takes the value in this form.
    Other(String),
    /// The field cannot hold the value.
    Never,
}

/// Compares what a field has with a value that is wanted.
pub(crate) fn compare(sight: &Sight, name: &str, has: Option<&Value>, wanted: &Value) -> Shows {
    let form = Form::of(sight, name, has);
    match form.fitting(&text_of(Some(wanted))) {
        None => Shows::Never,
        Some(fitting) if form.shows(&text_of(has), &fitting) => Shows::It,
        Some(fitting) => Shows::Other(fitting),
    }
}

/// Returns what empties a field, unless it is empty.
pub(crate) fn emptied(sight: &Sight, name: &str, has: Option<&Value>) -> Option<String> {
    let form = Form::of(sight, name, has);
    form.fitting("").filter(|empty| !form.shows(&text_of(has), empty))
}

/// Notes the forms of the fields that a read shows.
pub(crate) fn note(sight: &Sight, shown: &Payload) {
    for (name, value) in shown {
        if let Some(data_type) = value.get("type").and_then(Value::as_str) {
            sight.note_type(name, data_type);
        }
    }
}

/// Brings the values of a payload into the forms of those of their fields that are known. In place of a value that a field
/// cannot hold it is emptied: it shows no value of another payment.
pub(crate) fn fit(sight: &Sight, payload: &mut Payload) {
    for (name, value) in payload {
        let Some(data_type) = sight.data_type(name) else { continue };
        let form = Form::named(&data_type);
        let fitting = form.fitting(&text_of(Some(value))).or_else(|| form.fitting(""));
        *value = Value::String(fitting.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json};

    #[test]
    fn a_value_is_compared_in_the_form_of_its_field() {
        let other = |text: &str| Shows::Other(text.to_owned());
        let of = |data_type: &str, value: &str| json!({"type": data_type, "value": value});
        let (day, midnight) = ("2026-09-01 1500", 1_788_220_800_i64);
        let time = |seconds: i64| of("datetime", &(midnight + seconds).to_string());
        for (has, wanted, shows) in [
            (json!("paid"), "paid", Shows::It),
            (json!("paid"), "pending", other("pending")),
            (json!(null), "", Shows::It),
            (of("checkbox", "1"), "paid", Shows::It),
            (of("checkbox", "paid"), "paid", other("1")),
            (of("checkbox", "overdue"), "overdue", other("0")),
            (of("checkbox", ""), "pending", Shows::It),
            (of("checkbox", "0"), "", Shows::It),
            (of("checkbox", "1"), "", other("0")),
            (of("checkbox", "1"), "waived", Shows::Never),
            (of("checkbox", "1"), day, Shows::Never),
            (time(0), day, Shows::It),
            (time(-50_400), day, Shows::It),
            (time(43_200), day, Shows::It),
            (time(86_400), day, other("2026-09-01")),
            (time(-86_400), day, other("2026-09-01")),
            (of("datetime", "0"), "", Shows::It),
            (time(0), "", other("")),
            (of("datetime", ""), day, other("2026-09-01")),
            (time(0), "1500", other("")),
            (of("datetime", ""), "1500", Shows::It),
            (time(0), "paid", Shows::Never),
        ] {
            let told = compare(&Sight::default(), "f", Some(&has), &json!(wanted));
            assert_eq!(told, shows, "{has} {wanted}");
        }
        // A field without a value does not show its form, and what a dry run would have written does not either.
        let sight = Sight::default();
        let told = |sight: &Sight, has: Option<&Value>, wanted: &str| {
            compare(sight, "f", has, &json!(wanted))
        };
        assert_eq!(told(&sight, None, "1500"), other("1500"));
        note(&sight, &Payload::from([("f".to_owned(), time(0))]));
        assert_eq!(told(&sight, None, "1500"), Shows::It);
        assert_eq!(told(&sight, None, day), other("2026-09-01"));
        assert_eq!(told(&sight, Some(&json!("2026-09-01")), day), Shows::It);
        let mut payload =
            Payload::from([("f".to_owned(), json!(day)), ("g".to_owned(), json!(day))]);
        fit(&sight, &mut payload);
        assert_eq!((&payload["f"], &payload["g"]), (&json!("2026-09-01"), &json!(day)));
    }

    proptest::proptest! {
        /// What a field takes for a value is a value that it shows, and that it takes for itself.
        #[test]
        fn what_is_sent_is_shown(text in "[ -~]{0,12}|20[0-9]{2}-0[1-9]-[012][1-8]( 5)?", date: bool) {
            let form = if date { Form::Date } else { Form::CheckBox };
            if let Some(fitting) = form.fitting(&text) {
                proptest::prop_assert_eq!(form.fitting(&fitting), Some(fitting.clone()));
                let stored = fitting.parse::<NaiveDate>().map_or_else(
                    |_| fitting.clone(),
                    |day| day.and_time(NaiveTime::MIN).and_utc().timestamp().to_string(),
                );
                proptest::prop_assert!(form.shows(&stored, &fitting));
            }
        }
    }
}

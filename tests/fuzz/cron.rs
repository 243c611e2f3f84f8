//! Cron expressions and time zones: firings against a slow reference that tries day after day and minute after minute.

use {
    super::{check_cron, next_firing},
    crate::fuzz::{Dice, made, texts},
    chrono::{DateTime, Duration, Timelike as _, Utc},
    chrono_tz::{TZ_VARIANTS, Tz},
};

/// A field: its text, and the values that it stands for.
#[derive(Debug, Clone)]
struct Part {
    text: String,
    values: Vec<u32>,
}

fn part(from: u32, to: u32, dice: &mut Dice) -> Part {
    let any = |dice: &mut Dice| from + dice.below((to - from + 1) as usize) as u32;
    let all: Vec<u32> = (from..=to).collect();
    match dice.below(5) {
        0 => Part { text: "*".into(), values: all },
        1 => {
            let step = 1 + dice.below(9);
            let values = all.into_iter().step_by(step).collect();
            Part { text: format!("*/{step}"), values }
        }
        2 => {
            let (one, other) = (any(dice), any(dice));
            let (low, high) = (one.min(other), one.max(other));
            Part { text: format!("{low}-{high}"), values: (low..=high).collect() }
        }
        3 => {
            let values = [any(dice), any(dice)];
            Part { text: format!("{},{}", values[0], values[1]), values: values.to_vec() }
        }
        _ => {
            let value = any(dice);
            Part { text: value.to_string(), values: vec![value] }
        }
    }
}

#[derive(Debug)]
struct Schedule {
    text: String,
    /// Minutes, hours, days of the month, months and days of the week.
    parts: [Part; 5],
    after: DateTime<Utc>,
    zone: Tz,
}

fn schedule(dice: &mut Dice) -> Schedule {
    let ends = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
    let parts = ends.map(|(from, to)| {
        if dice.one_in(2) {
            Part { text: "*".into(), values: (from..=to).collect() }
        } else {
            part(from, to, dice)
        }
    });
    let text = parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(" ");
    // From 2020 to 2050.
    let after = DateTime::from_timestamp(1_577_836_800 + dice.below(946_684_800) as i64, 0);
    let zone = TZ_VARIANTS[dice.below(TZ_VARIANTS.len())];
    Schedule { text, parts, after: after.expect("a time"), zone }
}

impl Schedule {
    /// Returns whether a day is one of the schedule's. Where both kinds of day are restricted, one of them is enough.
    fn has_day(&self, day: impl chrono::Datelike) -> bool {
        let [_, _, days, months, weekdays] = &self.parts;
        let by_date = days.values.contains(&day.day());
        let by_weekday = weekdays.values.contains(&day.weekday().num_days_from_sunday());
        let fits = match (days.text.as_str(), weekdays.text.as_str()) {
            ("*", _) | (_, "*") => by_date && by_weekday,
            _ => by_date || by_weekday,
        };
        months.values.contains(&day.month()) && fits
    }

    /// The next firing in UTC.
    fn reference(&self) -> Option<DateTime<Utc>> {
        let [minutes, hours, ..] = &self.parts;
        let mut day = self.after.date_naive();
        for _ in 0..=5 * 366 {
            if self.has_day(day) {
                let times =
                    (0..24_u32).flat_map(|hour| (0..60_u32).map(move |minute| (hour, minute)));
                let first = times
                    .filter(|(hour, minute)| {
                        hours.values.contains(hour) && minutes.values.contains(minute)
                    })
                    .filter_map(|(hour, minute)| Some(day.and_hms_opt(hour, minute, 0)?.and_utc()))
                    .find(|time| *time > self.after);
                if first.is_some() {
                    return first;
                }
            }
            day = day.succ_opt()?;
        }
        None
    }
}

#[test]
fn schedules_fire_when_their_fields_say() {
    let mut fired = 0;
    made("schedule", 600, schedule, |schedule| {
        let Schedule { text, parts, after, zone } = schedule;
        let Some(wanted) = schedule.reference() else { return };
        assert_eq!(next_firing(text, Tz::UTC, *after), Some(wanted));
        assert_eq!(check_cron(text), Ok(()));
        fired += 1;
        let next = next_firing(text, *zone, *after).expect("a firing");
        assert!(next > *after && next - after < Duration::days(5 * 366), "{next}");
        let local = next.with_timezone(zone);
        // A time that the clock skips fires at the end of the gap, at a minute that may not be the schedule's.
        let before = (next - Duration::minutes(1)).with_timezone(zone);
        let is_gap = local.naive_local() - before.naive_local() != Duration::minutes(1);
        assert!(is_gap || parts[0].values.contains(&local.minute()), "{local}");
        assert!(
            is_gap
                || parts[1].values.contains(&local.hour()) && schedule.has_day(local.date_naive())
        );
    });
    assert!(fired > 300, "only {fired} schedules fired");
}

#[test]
fn any_expression_is_checked() {
    const WORDS: [&str; 18] = [
        "*",
        "/",
        "-",
        ",",
        " ",
        "L",
        "W",
        "#",
        "?",
        "MON",
        "JAN",
        "@daily",
        "0",
        "59",
        "99999999999",
        "\t",
        "٣",
        "5",
    ];
    let after = DateTime::from_timestamp(1_764_000_000, 0).expect("a time");
    texts("cron", 3_000, &WORDS, |text| {
        let checked = check_cron(text);
        let next = next_firing(text, Tz::Africa__Cairo, after);
        match checked {
            Ok(()) => assert!(next.expect("a firing") > after),
            Err(reason) => assert!(!reason.is_empty()),
        }
    });
}

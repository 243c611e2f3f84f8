//! Cron expressions: which are accepted, and when they fire next.

use {
    chrono::{DateTime, Duration, TimeZone as _, Utc},
    chrono_tz::Tz,
    croner::{
        Cron,
        parser::{CronParser, Seconds, Year},
    },
};

/// Longest expression, in characters.
pub const CRON_MAX: usize = 100;
/// Days within which an expression must fire, from any moment: five years, leap day included.
const HORIZON_DAYS: i64 = 5 * 366;

fn parse(text: &str) -> Result<Cron, String> {
    if text.split_whitespace().count() != 5 {
        return Err("five fields are needed: minute, hour, day of month, month, day of week".into());
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser.parse(text).map_err(|error| error.to_string())
}

/// Checks a five-field expression; the error says why it was refused.
pub fn check_cron(text: &str) -> Result<(), String> {
    if text.chars().count() > CRON_MAX {
        return Err(format!("at most {CRON_MAX} characters are allowed"));
    }
    let cron = parse(text)?;
    // A fixed moment keeps the answer the same on every day.
    let moment = Utc.timestamp_opt(1_767_225_600, 0).single().unwrap_or_default();
    match cron.find_next_occurrence(&moment, false) {
        Ok(next) if next - moment <= Duration::days(HORIZON_DAYS) => Ok(()),
        _ => Err("it would not fire within five years".into()),
    }
}

/// Returns the next firing after a moment, in a time zone. A local time that a clock change skips fires at the end of
/// the gap, once.
pub fn next_firing(text: &str, zone: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let next = parse(text).ok()?.find_next_occurrence(&after.with_timezone(&zone), false).ok()?;
    Some(next.with_timezone(&Utc))
}

#[cfg(test)]
#[path = "../../tests/fuzz/cron.rs"]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_judged() {
        for good in ["0 */6 * * *", "*/15 * * * *", "30 6 * * 1-5", "0 0 29 2 *", "0 9 * * MON"] {
            assert_eq!(check_cron(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "* * * *",
            "* * * * * *",
            "61 * * * *",
            "0 0 30 2 *",
            "x * * * *",
            "@daily",
            "0 0 ? 13 *",
        ] {
            assert!(check_cron(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn firings_follow_the_zone() {
        let after = Utc.with_ymd_and_hms(2026, 11, 24, 12, 0, 0).single().expect("a time");
        let next = next_firing("30 6 * * *", chrono_tz::Asia::Amman, after).expect("a firing");
        assert_eq!(next.to_rfc3339(), "2026-11-25T03:30:00+00:00");
    }
}

//! Days in a time zone: a day begins at midnight where the school is.

use {
    chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone as _},
    chrono_tz::Tz,
};

/// Returns the moment at which a day begins. Where the clock jumps forward at midnight, the day begins after the
/// jump; where it is turned back, at the first midnight. `None` only at the ends of the calendar.
pub fn begin(day: NaiveDate, zone: Tz) -> Option<DateTime<Tz>> {
    let midnight = day.and_time(NaiveTime::MIN);
    zone.from_local_datetime(&midnight).earliest().or_else(|| {
        let later = midnight.checked_add_signed(Duration::hours(1))?;
        zone.from_local_datetime(&later).earliest()
    })
}

/// Returns the last second of a day.
pub fn end(day: NaiveDate, zone: Tz) -> Option<DateTime<Tz>> {
    begin(day.succ_opt()?, zone)?.checked_sub_signed(Duration::seconds(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_follow_the_clock_of_the_zone() {
        for (day, zone, first, last) in [
            ("2026-09-01", "UTC", 1_788_220_800, 1_788_307_199),
            ("2026-09-01", "Asia/Amman", 1_788_210_000, 1_788_296_399),
            // Cairo's clock jumps from 0:00 to 1:00 on this day, and is turned back from 24:00 to 23:00 on the other.
            ("2026-04-24", "Africa/Cairo", 1_776_981_600, 1_777_064_399),
            ("2026-10-29", "Africa/Cairo", 1_793_221_200, 1_793_311_199),
        ] {
            let (date, zone) = (day.parse().unwrap(), zone.parse().unwrap());
            let found = [begin(date, zone), end(date, zone)].map(|time| time.unwrap().timestamp());
            assert_eq!(found, [first, last], "{day} {zone}");
        }
        assert_eq!(end(NaiveDate::MAX, Tz::UTC), None);
    }
}

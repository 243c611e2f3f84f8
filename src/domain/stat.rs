//! What runs did over time: figures by the hour, by six hours and by the day, and series of them with a percentile of the
//! durations. Runs are counted where they end; dry runs are not.

use {
    chrono::{DateTime, Utc},
    std::collections::BTreeMap,
};

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;
/// Parts of a millisecond by which the classes of durations are told apart: the greatest duration of a class is 6/5 of that
/// of the one before.
const FINE: i64 = 1_000_000;
/// The last class: a run of more than a year.
const LAST: i16 = 135;
/// The class of a run that no worker took.
const NOT_BEGUN: i16 = -1;
/// Percentile of durations.
const PERCENT: i64 = 95;
/// The spans by which figures are kept, in hours.
pub const SPANS: [i16; 3] = [1, 6, 24];

/// How far a series goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// 24 steps of an hour.
    Day,
    /// 28 steps of six hours.
    Week,
    /// 30 steps of a day.
    Month,
}

impl Window {
    const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];
    /// The words of the wire.
    pub const WORDS: [&str; 3] = ["24h", "7d", "30d"];

    /// The word that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|window| window.as_str() == word)
    }

    /// The hours of a step.
    pub const fn span(self) -> i16 {
        match self {
            Self::Day => 1,
            Self::Week => 6,
            Self::Month => 24,
        }
    }

    const fn steps(self) -> i64 {
        match self {
            Self::Day => 24,
            Self::Week => 28,
            Self::Month => 30,
        }
    }

    /// The start of the first step, in milliseconds since 1970.
    pub fn start_ms(self, now: DateTime<Utc>) -> i64 {
        let step = i64::from(self.span()) * HOUR_MS;
        step_of(now, self.span()) - (self.steps() - 1) * step
    }
}

/// Returns the start of the span in which a time is, in milliseconds since 1970.
pub fn step_of(at: DateTime<Utc>, span: i16) -> i64 {
    let length = i64::from(span) * HOUR_MS;
    at.timestamp_millis().div_euclid(length) * length
}

/// Returns the class of a duration; `None` is that of a run that never began.
pub fn bucket(duration_ms: Option<i64>) -> i16 {
    let Some(duration) = duration_ms else { return NOT_BEGUN };
    let (mut bucket, mut most) = (0, FINE);
    while most / FINE < duration && bucket < LAST {
        most = next(most);
        bucket += 1;
    }
    bucket
}

/// Returns the middle of a class, in milliseconds.
fn middle(bucket: i16) -> i64 {
    let before = (1..bucket).fold(FINE, |most, _| next(most));
    (before + next(before)) / 2 / FINE
}

/// Returns the greatest duration of the class behind one, in parts of a millisecond.
const fn next(most: i64) -> i64 {
    most / 5 * 6
}

/// What runs did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Runs.
    pub runs: i64,
    /// Created or linked.
    pub new: i64,
    /// Written.
    pub updated: i64,
    /// As they should be.
    pub unchanged: i64,
    /// Not due or not allowed.
    pub skipped: i64,
    /// Failed by the mapping or the record.
    pub failed_invalid: i64,
    /// Refused by the target.
    pub failed_rejected: i64,
    /// Failed, where another try may succeed.
    pub failed_transient: i64,
    /// Time that they took, in milliseconds.
    pub duration_ms: i64,
    /// Calls to Zoho.
    pub zoho_calls: i64,
    /// Credits that they cost.
    pub zoho_credits: i64,
    /// Calls to Moodle.
    pub moodle_calls: i64,
}

impl Figures {
    /// Adds other ones.
    pub const fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.new += other.new;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.skipped += other.skipped;
        self.failed_invalid += other.failed_invalid;
        self.failed_rejected += other.failed_rejected;
        self.failed_transient += other.failed_transient;
        self.duration_ms += other.duration_ms;
        self.zoho_calls += other.zoho_calls;
        self.zoho_credits += other.zoho_credits;
        self.moodle_calls += other.moodle_calls;
    }

    /// Records with an outcome.
    pub const fn read(&self) -> i64 {
        self.new
            + self.updated
            + self.unchanged
            + self.skipped
            + self.failed_invalid
            + self.failed_rejected
            + self.failed_transient
    }
}

/// The figures of the runs of one class in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Start of the step, in milliseconds since 1970.
    pub start_ms: i64,
    /// The class of their durations.
    pub bucket: i16,
    /// What they did.
    pub figures: Figures,
}

/// A step of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Its start.
    pub start: DateTime<Utc>,
    /// What the runs did that ended in it.
    pub figures: Figures,
    /// The time within which 95 % of them ended, in milliseconds.
    pub p95_ms: Option<i64>,
}

impl Point {
    fn new(start_ms: i64) -> Self {
        let start = DateTime::from_timestamp_millis(start_ms).unwrap_or_default();
        Self { start, figures: Figures::default(), p95_ms: None }
    }
}

/// Makes a series with a point for each step, and their sum.
pub fn series(window: Window, now: DateTime<Utc>, stats: &[Stat]) -> (Vec<Point>, Point) {
    let (first, step) = (window.start_ms(now), i64::from(window.span()) * HOUR_MS);
    let mut by_step: BTreeMap<i64, (Figures, BTreeMap<i16, i64>)> = BTreeMap::new();
    let (mut sum, mut all) = (Point::new(first), BTreeMap::new());
    for Stat { start_ms, bucket, figures } in stats {
        let (of_step, runs) = by_step.entry(*start_ms).or_default();
        of_step.add(figures);
        sum.figures.add(figures);
        *runs.entry(*bucket).or_default() += figures.runs;
        *all.entry(*bucket).or_default() += figures.runs;
    }
    sum.p95_ms = percentile(&all);
    let points = (0..window.steps()).map(|place| {
        let start = first + place * step;
        let mut point = Point::new(start);
        if let Some((figures, runs)) = by_step.get(&start) {
            point.figures = *figures;
            point.p95_ms = percentile(runs);
        }
        point
    });
    (points.collect(), sum)
}

/// Returns the duration within which 95 % of the runs ended that began.
fn percentile(runs: &BTreeMap<i16, i64>) -> Option<i64> {
    let begun = || runs.iter().filter(|(bucket, _)| **bucket != NOT_BEGUN);
    let all: i64 = begun().map(|(_, runs)| runs).sum();
    let (mut below, needed) = (0, (all * PERCENT + 99) / 100);
    for (bucket, runs) in begun() {
        below += runs;
        if below >= needed && all > 0 {
            return Some(middle(*bucket));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use {super::*, chrono::TimeDelta};

    #[test]
    fn a_class_tells_a_duration_within_a_tenth() {
        for duration in [1, 2, 7, 35, 999, 60_000, 3_599_123, 86_400_000, 700_000_000] {
            let told = middle(bucket(Some(duration)));
            let off = (told - duration).abs();
            assert!(off * 10 <= duration.max(10), "{duration}: {told}");
        }
        assert_eq!(bucket(Some(i64::MAX)), LAST);
        assert!(middle(LAST) > 365 * 24 * HOUR_MS);
        assert_eq!((bucket(Some(-5)), bucket(Some(0)), bucket(None)), (0, 0, NOT_BEGUN));
    }

    fn stat(start_ms: i64, duration: Option<i64>, runs: i64) -> Stat {
        let figures = Figures { runs, new: 2 * runs, ..Figures::default() };
        Stat { start_ms, bucket: bucket(duration), figures }
    }

    #[test]
    fn a_series_has_each_step_and_the_percentile_of_all_its_runs() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
        for window in Window::ALL {
            assert_eq!(Window::parse(window.as_str()), Some(window));
            assert!(Window::WORDS.contains(&window.as_str()) && SPANS.contains(&window.span()));
            let last = step_of(now, window.span());
            let stats = [
                stat(last, Some(1_000), 94),
                stat(last, None, 50),
                stat(window.start_ms(now), Some(60_000), 6),
            ];
            let (points, sum) = series(window, now, &stats);
            assert_eq!(points.len() as i64, window.steps());
            let [first, .., end] = points.as_slice() else { panic!("{points:?}") };
            assert_eq!((first.figures.runs, end.figures.runs, sum.figures.new), (6, 144, 300));
            assert!(end.start <= now && now < end.start + TimeDelta::hours(window.span().into()));
            let near =
                |told: Option<i64>, ms: i64| told.is_some_and(|at| (at - ms).abs() * 10 <= ms);
            assert!(near(end.p95_ms, 1_000) && near(first.p95_ms, 60_000), "{points:?}");
            assert!(near(sum.p95_ms, 60_000), "6 of 100 took a minute: {sum:?}");
            assert_eq!(points[1].p95_ms, None);
        }
        let (_, none) = series(Window::Day, now, &[stat(step_of(now, 1), None, 3)]);
        assert_eq!((none.figures.runs, none.p95_ms), (3, None), "runs that never began");
    }
}

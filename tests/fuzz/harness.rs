//! The fuzzer: inputs are made from committed seeds (`corpus/`), from the words of a format and from numbers that look
//! random, and each of them is put to a target. The targets stand beside this file and are modules of the code that
//! they test, so that they reach what is private there. In `make test` each runs a fixed number of inputs that are the
//! same each time; `make fuzz` runs each for minutes, with other inputs each time (CONTRIBUTING.md, "Fuzzing").

use std::{
    collections::hash_map::RandomState,
    fmt::{self, Debug},
    fs,
    hash::BuildHasher as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// The seed of the short form. That of another run is printed when it begins, and that of an input that fails with it.
const SEED: u64 = 1;
/// Longest input, in bytes.
const LENGTH: usize = 8 * 1024;
/// Characters of an input that fails which are printed.
const SHOWN: usize = 4_000;

/// How long to go on, and with which inputs.
struct Plan {
    seed: u64,
    runs: Option<u64>,
    time: Option<Duration>,
}

impl Plan {
    /// `FUZZ_SECONDS` is how long each target runs. `FUZZ_SEED` and `FUZZ_RUNS` repeat inputs.
    #[expect(
        clippy::disallowed_methods,
        reason = "the length of a test is not a setting of the service"
    )]
    fn read() -> Self {
        let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
        let time = number("FUZZ_SECONDS").map(Duration::from_secs);
        let other = time.map(|_| RandomState::new().hash_one(0) >> 16);
        let seed = number("FUZZ_SEED").or(other).unwrap_or(SEED);
        Self { seed, runs: number("FUZZ_RUNS"), time }
    }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
pub(crate) struct Dice(u64);

const fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

impl Dice {
    fn new(name: &str, seed: u64) -> Self {
        let name = name.bytes().fold(0, |sum: u64, byte| mixed(sum ^ u64::from(byte)));
        Self(mixed(seed) ^ name)
    }

    /// Any number.
    pub(crate) const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A number below `end`; 0 if there is none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.number() % (end.max(1) as u64)).unwrap_or_default()
    }

    /// True one time in `times`.
    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    /// A number that is likely to stand at a border.
    pub(crate) fn border(&mut self) -> i64 {
        let number = match self.below(6) {
            0 => self.below(3) as i64,
            1 => 1_i64 << self.below(63),
            2 => (1_i64 << self.below(63)) - 1,
            3 => i64::MAX - self.below(2) as i64,
            4 => self.below(100_000) as i64,
            _ => self.number().cast_signed(),
        };
        if self.one_in(4) { number.wrapping_neg() } else { number }
    }

    /// A text of a few of these words and of odd letters.
    pub(crate) fn text(&mut self, words: &[&str], most: usize) -> String {
        const ODD: [&str; 12] =
            ["", " ", "a", "7", "é", "س", "\u{202e}", "\u{0}", "\n", "\\", "\"", "\u{10ffff}"];
        let count = self.below(most + 1);
        let word =
            |_| if words.is_empty() || self.one_in(5) { self.pick(&ODD) } else { self.pick(words) };
        (0..count).map(word).collect()
    }

    /// Changes bytes in some places.
    pub(crate) fn change(&mut self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str]) {
        for _ in 0..=self.below(5) {
            let at = self.below(bytes.len() + 1);
            let end = at + self.below((bytes.len() - at).min(32) + 1);
            match self.below(9) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 if at < bytes.len() => bytes[at] = self.number() as u8,
                2 => bytes.insert(at, self.number() as u8),
                3 => drop(bytes.drain(at..end)),
                4 => {
                    let part = bytes[at..end].to_vec();
                    let to = self.below(bytes.len() + 1);
                    bytes.splice(to..to, part);
                }
                5 if !words.is_empty() => {
                    let word = self.pick(words).bytes();
                    let end = if self.one_in(2) { at } else { end };
                    bytes.splice(at..end, word);
                }
                6 if !seeds.is_empty() => {
                    let other = &seeds[self.below(seeds.len())];
                    let from = self.below(other.len() + 1);
                    bytes.truncate(at);
                    bytes.extend_from_slice(&other[from..]);
                }
                7 => {
                    let part = bytes[at..end.min(at + 8)].repeat(1 << self.below(9));
                    bytes.splice(at..at, part);
                }
                _ => {
                    let digits = self.border().to_string();
                    bytes.splice(at..at, digits.into_bytes());
                }
            }
            bytes.truncate(LENGTH);
        }
    }
}

/// The committed inputs of a target: the lines of `NAME.lines`, and the files of the folder `NAME`.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let lines = fs::read_to_string(folder.join(format!("{name}.lines"))).unwrap_or_default();
    let mut seeds: Vec<Vec<u8>> = lines.lines().map(|line| line.as_bytes().to_vec()).collect();
    let files = fs::read_dir(folder.join(name)).into_iter().flatten();
    let mut files: Vec<PathBuf> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    files.sort();
    seeds.extend(files.iter().map(|file| fs::read(file).expect("a seed")));
    seeds
}

/// Prints an input if its check does not return.
struct Tell<'a> {
    name: &'a str,
    /// `None` for an input of the corpus.
    seed: Option<u64>,
    input: &'a dyn Debug,
}

impl Drop for Tell<'_> {
    #[expect(clippy::print_stderr, reason = "the report of a failed test")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let input: String = format!("{:?}", self.input).chars().take(SHOWN).collect();
            match (self.name, self.seed) {
                (name, None) => eprintln!("{name}: the input of the corpus is {input}"),
                (name, Some(seed)) => {
                    eprintln!(
                        "{name}: repeat with FUZZ_SEED={seed} FUZZ_RUNS=1; the input is {input}"
                    );
                }
            }
        }
    }
}

/// Puts inputs to a target. Each has a seed of its own, so that it can be made alone.
#[expect(clippy::print_stderr, reason = "what a run of minutes tells")]
pub(crate) fn made<T: Debug>(
    name: &str,
    runs: u64,
    mut make: impl FnMut(&mut Dice) -> T,
    mut check: impl FnMut(&T),
) {
    let Plan { seed: first, runs: asked, time } = Plan::read();
    let begun = Instant::now();
    if time.is_some() {
        eprintln!("{name}: FUZZ_SEED={first}");
    }
    let mut count = 0;
    let mut slowest = (Duration::ZERO, 0);
    loop {
        let is_over = match (asked, time) {
            (Some(asked), _) => count >= asked,
            (None, Some(time)) => begun.elapsed() >= time,
            (None, None) => count >= runs,
        };
        if is_over {
            break;
        }
        let seed = first.wrapping_add(count);
        let input = make(&mut Dice::new(name, seed));
        let since = Instant::now();
        let told = Tell { name, seed: Some(seed), input: &input };
        check(&input);
        drop(told);
        slowest = slowest.max((since.elapsed(), seed));
        count += 1;
    }
    if time.is_some() {
        let (longest, seed) = slowest;
        eprintln!("{name}: {count} inputs; the slowest took {longest:?} (FUZZ_SEED={seed})");
    }
}

/// Puts the seeds of a target to it, then changed ones.
pub(crate) fn bytes(name: &str, runs: u64, words: &[&str], mut check: impl FnMut(&[u8])) {
    let seeds = corpus(name);
    assert!(!seeds.is_empty(), "{name} has no seeds");
    for seed in &seeds {
        let told = Tell { name, seed: None, input: &seed.escape_ascii().to_string() };
        check(seed);
        drop(told);
    }
    let make = |dice: &mut Dice| {
        let mut input = seeds[dice.below(seeds.len())].clone();
        dice.change(&mut input, &seeds, words);
        Bytes(input)
    };
    made(name, runs, make, |input| check(&input.0));
}

/// Shown as a text with escapes.
struct Bytes(Vec<u8>);

impl Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// The same for a format of text.
pub(crate) fn texts(name: &str, runs: u64, words: &[&str], mut check: impl FnMut(&str)) {
    bytes(name, runs, words, |input| check(&String::from_utf8_lossy(input)));
}

#[test]
fn inputs_are_the_same_for_the_same_seed() {
    let inputs = |seed| {
        let mut dice = Dice::new("x", seed);
        let seeds = [b"seed".to_vec(), b"other".to_vec()];
        let change = |_| {
            let mut input = seeds[0].clone();
            dice.change(&mut input, &seeds, &["word"]);
            input
        };
        (0..200).map(change).collect::<Vec<_>>()
    };
    assert_eq!(inputs(1), inputs(1));
    assert_ne!(inputs(1), inputs(2));
    let mut different = inputs(1);
    different.sort();
    different.dedup();
    assert!(different.len() > 150);
}

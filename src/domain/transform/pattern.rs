//! Steps with a regular expression. The engine is linear in the text; the work is bounded by the size of the compiled
//! pattern times the length of the text, so both are limited together.

use {
    super::{Failure, TEXT_MAX, parse::Params},
    regex::{Regex, RegexBuilder},
    regex_syntax::hir::{Hir, HirKind},
    serde_json::Value,
};

/// Longest pattern, in bytes.
const PATTERN_MAX: usize = 1_024;
/// Largest compiled pattern, in bytes.
const COMPILED_MAX: usize = 256 * 1024;
/// By compiled size: the longest text, and the steps that each byte of it may cost an expression. In the worst case a
/// search costs the size of the pattern for each byte; so every search ends within about 50 ms.
const WEIGHTS: [(usize, usize, usize); 4] = [
    (4 * 1024, TEXT_MAX, 1),
    (16 * 1024, TEXT_MAX * 3 / 8, 2),
    (64 * 1024, TEXT_MAX / 8, 8),
    (COMPILED_MAX, TEXT_MAX / 32, 32),
];
/// Bytes that an alternative may read before it fails.
const AHEAD_MAX: usize = 256;

/// A compiled pattern and the longest text that it may search.
#[derive(Debug, Clone)]
pub(super) struct Bounded {
    regex: Regex,
    text_max: usize,
    steps: usize,
}

impl Bounded {
    pub(super) fn compile(pattern: &str) -> Result<Self, String> {
        if pattern.is_empty() || pattern.len() > PATTERN_MAX {
            return Err(format!("must be 1 to {PATTERN_MAX} bytes"));
        }
        let mut reason = String::new();
        for (size, text_max, steps) in WEIGHTS {
            match RegexBuilder::new(pattern).size_limit(size).dfa_size_limit(COMPILED_MAX).build() {
                Ok(regex) => return Ok(Self { regex, text_max, steps }),
                Err(regex::Error::CompiledTooBig(_)) => {
                    reason = format!("is over {COMPILED_MAX} bytes when compiled");
                }
                Err(error) => {
                    let text = error.to_string();
                    let last = text.lines().last().unwrap_or_default();
                    return Err(format!(
                        "is not a valid regular expression: {}",
                        super::shown(last)
                    ));
                }
            }
        }
        Err(reason)
    }

    /// Refuses a text that is too long for the pattern.
    pub(super) fn check(&self, text: &str) -> Result<&Regex, Failure> {
        if text.len() <= self.text_max {
            return Ok(&self.regex);
        }
        Err(Failure::budget(format!("the text is over {} bytes for this pattern", self.text_max)))
    }

    /// The steps that a search in a text may cost.
    pub(super) const fn steps(&self, text: &str) -> usize {
        text.len() * self.steps
    }
}

/// Returns whether each of many searches in a row reads little more than its match. That is not so for `.*z|a`:
/// without a z, every a costs a read of all the rest, and many cost the square of the text's length.
fn looks_ahead_little(pattern: &str) -> bool {
    regex_syntax::parse(pattern).is_ok_and(|hir| is_tame(&hir))
}

fn is_bounded(hir: &Hir) -> bool {
    hir.properties().maximum_len().is_some_and(|most| most <= AHEAD_MAX)
}

/// Returns whether every repetition and alternative in a part fails early, so that the search ends where it fails.
fn is_tame(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => true,
        HirKind::Repetition(part) => is_tame(&part.sub) && fails_early(&part.sub),
        HirKind::Capture(part) => is_tame(&part.sub),
        HirKind::Concat(parts) => parts.iter().all(is_tame),
        HirKind::Alternation(ways) => ways.iter().all(|way| is_tame(way) && fails_early(way)),
    }
}

/// Returns whether an alternative fails within few bytes: an unbounded part stands at its end, where it can only
/// match more.
fn fails_early(way: &Hir) -> bool {
    if is_bounded(way) {
        return true;
    }
    match way.kind() {
        HirKind::Concat(parts) => match parts.split_last() {
            Some((last, before)) => before.iter().all(is_bounded) && fails_early(last),
            None => true,
        },
        HirKind::Capture(part) => fails_early(&part.sub),
        HirKind::Alternation(ways) => ways.iter().all(fails_early),
        // After its least number of rounds it can only match more.
        HirKind::Repetition(part) => match part.sub.properties().maximum_len() {
            Some(most) => (part.min as usize).saturating_mul(most) <= AHEAD_MAX,
            None => part.min <= 1 && fails_early(&part.sub),
        },
        _ => false,
    }
}

#[derive(Debug, Clone)]
pub(super) enum PatternStep {
    Extract { pattern: Bounded, group: usize, fail: bool },
    Replace { pattern: Bounded, with: String, all: bool },
}

fn pattern(params: &mut Params) -> Result<(String, Bounded), String> {
    let text = params.text("pattern")?;
    let pattern = Bounded::compile(&text)
        .map_err(|reason| format!("{}: 'pattern' {reason}", params.name()))?;
    Ok((text, pattern))
}

impl PatternStep {
    pub(super) fn extract(params: &mut Params) -> Result<Self, String> {
        let (_, pattern) = pattern(params)?;
        let groups = pattern.regex.captures_len().saturating_sub(1);
        let group = params.number("group")? as usize;
        if group > groups {
            return Err(params.unfit("group", &format!("0 to {groups}, as the pattern has groups")));
        }
        Ok(Self::Extract { pattern, group, fail: params.word("else")? == "fail" })
    }

    pub(super) fn replace(params: &mut Params) -> Result<Self, String> {
        let (text, pattern) = pattern(params)?;
        let with = params.text("with")?;
        let all = params.flag("all")?;
        if all && !looks_ahead_little(&text) {
            return Err(
                "regex_replace: 'pattern' could take too long; bound the part before the end of an alternative".into(),
            );
        }
        Ok(Self::Replace { pattern, with, all })
    }

    pub(super) fn apply(&self, text: &str) -> Result<Value, Failure> {
        match self {
            Self::Extract { pattern, group, fail } => {
                let found = pattern.check(text)?.captures(text).and_then(|found| found.get(*group));
                match found {
                    Some(found) => Ok(Value::String(found.as_str().to_owned())),
                    None if *fail => {
                        let reason = format!("'{}' does not match the pattern", super::shown(text));
                        Err(Failure::new(reason))
                    }
                    None => Ok(Value::Null),
                }
            }
            Self::Replace { pattern, with, all } => {
                let regex = pattern.check(text)?;
                let mut out = String::new();
                let mut from = 0;
                for found in regex.captures_iter(text).take(if *all { usize::MAX } else { 1 }) {
                    let Some(whole) = found.get(0) else { break };
                    out.push_str(text.get(from..whole.start()).unwrap_or_default());
                    found.expand(with, &mut out);
                    from = whole.end();
                    // A result grows with each replacement: stop before it is large.
                    if out.len() > TEXT_MAX {
                        return Err(Failure::budget(format!(
                            "the result is over {TEXT_MAX} bytes"
                        )));
                    }
                }
                out.push_str(text.get(from..).unwrap_or_default());
                Ok(Value::String(out))
            }
        }
    }
}

//! Why a text is not YAML that is read here, in words of this project: the reader's own words name its settings.

use {
    super::{REPEATED_MAX, SCALARS_MAX},
    serde_saphyr::{Error, MessageFormatter as _, UserMessageFormatter, budget::BudgetBreach},
};

/// Longest reason, in characters.
const REASON: usize = 200;

/// Says where a text is at fault and why.
pub(super) fn told(error: &Error) -> String {
    let error = error.without_snippet();
    let place = error.location().filter(|place| place.line() > 0);
    let place = place.map(|place| format!("line {}, column {}: ", place.line(), place.column()));
    let reason: String = reason(error).chars().take(REASON).collect();
    format!("is not valid YAML; {}{reason}", place.unwrap_or_default())
}

fn reason(error: &Error) -> String {
    match error {
        Error::AliasError { error, .. } => reason(error),
        Error::Budget { breach, .. } => budget(breach).to_owned(),
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasReplayCounterOverflow { .. } => {
            format!("aliases repeat more than {REPEATED_MAX} values")
        }
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            "an alias stands within the value that it repeats".to_owned()
        }
        Error::UnknownAnchor { .. } => "an alias names an anchor that is not there".to_owned(),
        Error::MergeKeyNotAllowed { .. } => "merge keys (<<) are not read".to_owned(),
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the key '{key}' stands twice")
        }
        Error::DuplicateMappingKey { key: None, .. } => "a key stands twice".to_owned(),
        other => {
            let text = UserMessageFormatter.format_message(other);
            let line = text.lines().next().unwrap_or_default().trim_end_matches('.');
            let mut letters = line.chars();
            let first = letters.next().map(|first| first.to_ascii_lowercase());
            first.into_iter().chain(letters).collect()
        }
    }
}

fn budget(breach: &BudgetBreach) -> &'static str {
    match breach {
        BudgetBreach::Depth { .. } => "the text is nested more than 24 deep",
        BudgetBreach::Documents { .. } => "the text has more than 16 documents",
        BudgetBreach::Nodes { .. } | BudgetBreach::Events { .. } => {
            "the text has more than 200,000 values"
        }
        BudgetBreach::Anchors { .. } => "the text has more than 100 anchors",
        BudgetBreach::Aliases { .. } | BudgetBreach::AliasAnchorRatio { .. } => {
            "the text has too many aliases; there may be 1,000, and few for each anchor"
        }
        BudgetBreach::RecordedAnchorEvents { .. } => {
            const { assert!(REPEATED_MAX == 5_000) };
            "anchors keep more than 5,000 values for their aliases"
        }
        BudgetBreach::ScalarBytes { .. } | BudgetBreach::RecordedAnchorBytes { .. } => {
            const { assert!(SCALARS_MAX == 3 * 1024 * 1024) };
            "all texts together are longer than 3 MiB, repeated ones counted each time"
        }
        BudgetBreach::SequenceUnbalanced => "a list or an object ends that did not begin",
        _ => "the text is larger than is read",
    }
}

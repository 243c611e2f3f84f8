//! Words of arguments: each is taken in any letter case, and an unknown one is refused instead of finding
//! nothing.

use crate::domain::{code::Code, module::ModuleName, run::TriggerSource};

/// A word that the server knows in lower case, such as the name of a module or the status of a run.
#[expect(clippy::unnecessary_wraps, reason = "the form of a parser of arguments")]
pub(super) fn lower(text: &str) -> Result<String, String> {
    Ok(text.trim().to_lowercase())
}

/// A word that the server knows in upper case, such as the status of an item.
#[expect(clippy::unnecessary_wraps, reason = "the form of a parser of arguments")]
pub(super) fn upper(text: &str) -> Result<String, String> {
    Ok(text.trim().to_uppercase())
}

/// A module to filter by.
pub(super) fn module(text: &str) -> Result<String, String> {
    let word = text.trim().to_lowercase();
    let names = || ModuleName::ALL.map(ModuleName::as_str).join(", ");
    let module = ModuleName::parse(&word);
    module.map(|_| word).ok_or_else(|| format!("it is not a module; the modules are {}", names()))
}

/// A trigger to filter by.
pub(super) fn trigger(text: &str) -> Result<String, String> {
    let word = text.trim().to_lowercase();
    let known = TriggerSource::parse(&word);
    known.map(|_| word).ok_or_else(|| {
        "it is not a trigger; the triggers are manual, retry, scheduled, webhook, dependency and chain"
            .to_owned()
    })
}

/// An error code to filter by.
pub(super) fn code(text: &str) -> Result<String, String> {
    let word = text.trim().to_uppercase();
    let known = Code::find(&word);
    known
        .map(|_| word)
        .ok_or_else(|| "it is not an error code; list them with: sigma-sync errors".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_case_does_not_matter_and_unknown_words_are_refused() {
        assert_eq!(module(" Students").as_deref(), Ok("students"));
        assert_eq!(trigger("CHAIN").as_deref(), Ok("chain"));
        assert_eq!(code("match_several").as_deref(), Ok("MATCH_SEVERAL"));
        assert_eq!(
            (lower("Failed").as_deref(), upper("failed").as_deref()),
            (Ok("failed"), Ok("FAILED"))
        );
        for refused in [module("nope"), trigger("nope"), code("NOPE"), code("")] {
            assert!(refused.is_err_and(|reason| reason.starts_with("it is not a")));
        }
    }
}

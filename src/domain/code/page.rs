//! The reference page of the error codes, written from their rows.

use {super::sorted, std::fmt::Write as _};

/// Returns the page as Markdown.
pub fn page() -> String {
    let mut out = String::from(
        "# List of error codes\n\n\
         <!-- Written by `sigma-sync errors -o markdown`; a test compares. Change src/domain/code/*.rs instead. -->\n\n\
         Every stable word that an answer, an item or a run can carry. The class says who has to act: this side, which is\n\
         the school or the operator of the service (*ours*), the administrator of the other system (*other_side*), no person, because\n\
         another try may succeed (*transient*), or the caller of the API (*call*). The effect is what the word means for a run\n\
         that meets it, and the screen is the one of the widget on which it is mended. A word in braces is a gap that the message of an item fills. `sigma-sync errors CODE` shows one; programs get the list, in English and Arabic, from\n\
         `MetadataService.ListErrorCodes` (`GET /v1/extension/metadata/error-codes`).\n",
    );
    for row in sorted().into_iter().map(super::Code::row) {
        let (class, provider, effect) =
            (row.class.as_str(), row.provider.as_str(), row.effect.as_str());
        let screen =
            row.screen.map(|screen| format!(", screen *{}*", screen.as_str())).unwrap_or_default();
        let _never_fails = write!(
            out,
            "\n## {}\n\n{} {}\n\nClass *{class}*, system *{provider}*, effect *{effect}*{screen}.\n",
            row.word, row.en.message, row.en.remedy
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_the_repository_is_what_the_rows_say() {
        let stored = include_str!("../../../docs/src/error-code-list.md");
        assert!(
            stored == page(),
            "write it again: cargo run -- errors -o markdown > docs/src/error-code-list.md"
        );
    }
}

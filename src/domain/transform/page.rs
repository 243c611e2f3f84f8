//! The reference page of the transforms, `docs/src/transform-list.md`, written from their rows.

use {
    super::{ROWS, Row, STEPS_MAX, TEXT_MAX, row::Parameter},
    serde_json::Value,
    std::fmt::Write as _,
};

/// Returns the page as Markdown.
pub fn page() -> String {
    let mut out = format!(
        "# Transforms\n\n\
         <!-- Written by `sigma-sync transforms -o markdown`; a test compares. Change src/domain/transform/row/table.rs instead. -->\n\n\
         A row of a mapping may have a transform, as `transform_rules`: it turns the value of the row's source field into the\n\
         value of the canonical field.\n\n\
         ```json\n{{\"type\": \"truncate\", \"params\": {{\"max\": 100}}, \"description\": \"Moodle takes no more\"}}\n```\n\n\
         `params` may be left out where no parameter is required; `description` is yours. Unknown types, parameters and keys are\n\
         refused when the mapping is saved. A `chain` has at most {STEPS_MAX} steps. No step takes or gives a text of more than\n\
         {TEXT_MAX} bytes. An empty value (null, an empty text, or Zoho's `-None-`) passes through every transform that does not\n\
         say otherwise. A value that a transform refuses has failed with `TRANSFORM_FAILED`, and one that would take too\n\
         much work with `TRANSFORM_BUDGET`.\n\n\
         `sigma-sync transforms` lists the transforms and `sigma-sync transforms NAME` shows one; programs get them from\n\
         `MetadataService.ListTransforms` (`GET /v1/extension/metadata/transforms`).\n\n\
         | name | what it does |\n|---|---|\n"
    );
    for row in ROWS {
        let _never_fails = writeln!(out, "| [`{0}`](#{0}) | {1} |", row.name, cell(row.meaning));
    }
    ROWS.iter().for_each(|row| section(&mut out, row));
    out
}

fn section(out: &mut String, row: &Row) {
    let _never_fails = writeln!(out, "\n## {}\n\n{}", row.name, row.meaning);
    if !row.parameters.is_empty() {
        out.push_str(
            "\n| parameter | values | when it is left out | meaning |\n|---|---|---|---|\n",
        );
        for parameter in row.parameters {
            let _never_fails = writeln!(
                out,
                "| `{}` | {} | {} | {} |",
                parameter.name,
                cell(&values(parameter)),
                absent(parameter),
                cell(parameter.meaning)
            );
        }
    }
    let rule = Value::Object(row.example_rule());
    let _never_fails = write!(out, "\nExample:\n\n```json\n{rule}\n```\n\n```text\n");
    let record = row.example_record();
    if !record.is_empty() {
        let _never_fails = writeln!(out, "record: {}", Value::Object(record));
    }
    let (value, result) = (row.example.value, row.example.result);
    let _never_fails = write!(out, "value:  {value}\nresult: {result}\n```\n");
}

/// The values of a parameter for people: words are set apart.
fn values(parameter: &Parameter) -> String {
    match parameter.accepts {
        super::Accepts::Word(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
            words.join(", ")
        }
        accepts => accepts.words(),
    }
}

fn absent(parameter: &Parameter) -> String {
    match parameter.default {
        _ if parameter.required => "required".into(),
        Some(default) => format!("`{default}`"),
        None => "no effect".into(),
    }
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_the_repository_is_what_the_rows_say() {
        let stored = include_str!("../../../docs/src/transform-list.md");
        assert!(
            stored == page(),
            "write it again: cargo run -- transforms -o markdown > docs/src/transform-list.md"
        );
    }
}

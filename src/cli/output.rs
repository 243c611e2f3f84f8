//! How rows are printed: for people, as JSON, as CSV, or only their ids. A reader that stops early is not a failure.

use {
    super::{Failed, exit},
    crate::domain::csv,
    clap::ValueEnum,
    prost::Message,
    prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions},
    serde::Serialize,
    serde_json::Value,
    std::io::{self, ErrorKind, IsTerminal as _, Write as _},
};

/// The output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// One JSON document per line
    Ndjson,
    /// Comma-separated values with a header line; a cell that a spreadsheet would treat as a formula begins with an
    /// apostrophe
    Csv,
    /// Only ids
    Id,
}

/// The output formats of a list that is part of the program, such as the error codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Reference {
    /// For people
    Table,
    /// One JSON document, in the form of the API
    Json,
    /// The page of the documentation, complete and in English
    Markdown,
}

impl Output {
    /// Returns the requested format, or the one that suits the output.
    pub(super) fn or_fitting(asked: Option<Self>) -> Self {
        let for_people = io::stdout().is_terminal();
        asked.unwrap_or(if for_people { Self::Table } else { Self::Ndjson })
    }
}

/// Prints text; false means that the reader has stopped.
pub(super) fn print(text: &str) -> Result<bool, Failed> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failed::new(exit::FAILED, format!("cannot write: {error}"))),
    }
}

/// Prints a line; false means that the reader has gone.
pub(super) fn print_line(text: &str) -> Result<bool, Failed> {
    print(&format!("{text}\n"))
}

/// Tells people something beside the data, on standard error. A reader that has gone misses nothing that scripts need.
pub(super) fn tell(text: &str) {
    let _gone = writeln!(io::stderr().lock(), "{text}");
}

/// Returns a message as JSON with the names of the wire, with every field in order.
pub(super) fn row(kind: &MessageDescriptor, message: &impl Message) -> Result<Value, Failed> {
    let unreadable =
        |reason: String| Failed::new(exit::FAILED, format!("the answer cannot be read: {reason}"));
    let message = DynamicMessage::decode(kind.clone(), message.encode_to_vec().as_slice())
        .map_err(|error| unreadable(error.to_string()))?;
    let options = SerializeOptions::new()
        .use_proto_field_name(true)
        .stringify_64_bit_integers(false)
        .skip_default_fields(false);
    message
        .serialize_with_options(serde_json::value::Serializer, &options)
        .map_err(|error| unreadable(error.to_string()))
}

/// Writes JSON for people, with a line end.
pub(super) fn pretty(value: &(impl Serialize + ?Sized)) -> Result<String, Failed> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failed::new(exit::FAILED, error.to_string()))?;
    Ok(format!("{text}\n"))
}

/// Writes rows in a format other than the table; `id` names the field with the id.
pub(super) fn written(
    output: Output,
    kind: &MessageDescriptor,
    rows: &[Value],
    id: &str,
) -> Result<String, Failed> {
    let mut out = String::new();
    match output {
        Output::Json => out = pretty(rows)?,
        Output::Csv => {
            let names: Vec<_> = kind
                .descriptor_proto()
                .field
                .iter()
                .filter_map(|field| field.name.as_deref())
                .collect();
            csv::push_line(&mut out, names.iter().copied());
            for row in rows {
                let cells: Vec<String> = names.iter().map(|name| text(row, name)).collect();
                csv::push_line(&mut out, cells.iter().map(String::as_str));
            }
        }
        Output::Id => rows.iter().for_each(|row| {
            out.push_str(&text(row, id));
            out.push('\n');
        }),
        Output::Ndjson | Output::Table => rows.iter().for_each(|row| {
            out.push_str(&row.to_string());
            out.push('\n');
        }),
    }
    Ok(out)
}

/// Returns a field as text; an empty text for null.
fn text(row: &Value, name: &str) -> String {
    match row.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Writes a table: columns as wide as their widest cell, and without control characters for the terminal.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| shown(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Names and messages come from other systems: characters that move the cursor or change the direction of a line are
/// not printed.
pub(super) fn shown(text: &str) -> String {
    let moves =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if moves(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_no_cell() {
        let rows =
            [vec!["a\u{1b}[2J".to_owned(), "x".to_owned()], vec![String::new(), "\n".into()]];
        assert_eq!(table(&rows), "a [2J  x\n\n");
    }
}

//! CSV: what the exports write is read back by the reader that others are measured by, and the files of bulk reads,
//! which come from outside, give rows or an error.

use {
    super::*,
    crate::{
        domain::csv::push_line,
        fuzz::{Dice, bytes, made},
        ports::SourceField,
    },
    std::io::{Cursor, Write as _},
    zip::{ZipWriter, write::SimpleFileOptions},
};

#[test]
fn an_export_is_read_back() {
    const WORDS: [&str; 12] = ["=", "+", "-", "@", "\t", "\r", "\n", "\"", ",", "'", "0", "\"\""];
    let formula = regex::Regex::new(r"\A[=+\-@\t\r]").expect("a pattern");
    let number = regex::Regex::new(r"\A\+?[0-9 ()-]+\z").expect("a pattern");
    let make = |dice: &mut Dice| {
        let columns = 2 + dice.below(4);
        let line = |_| (0..columns).map(|_| dice.text(&WORDS, 4)).collect::<Vec<_>>();
        (0..3).map(line).collect::<Vec<_>>()
    };
    made("export", 20_000, make, |lines| {
        let mut text = String::new();
        lines.iter().for_each(|line| push_line(&mut text, line.iter().map(String::as_str)));
        let mut reader = ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let safe = |cell: &String| {
            let is_formula = formula.is_match(cell) && !number.is_match(cell);
            if is_formula { format!("'{cell}") } else { cell.clone() }
        };
        let read =
            reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect());
        let wanted = lines.iter().map(|line| line.iter().map(safe).collect::<Vec<_>>());
        assert_eq!(read.collect::<Vec<Vec<_>>>(), wanted.collect::<Vec<_>>(), "{text}");
    });
}

fn field(name: &str, json_type: &str) -> Field {
    let described = SourceField {
        name: name.to_owned(),
        label: name.to_owned(),
        data_type: "text".to_owned(),
        max_length: None,
        choices: Vec::new(),
        single_read_only: false,
        unique: false,
        writable: true,
        required: false,
        readable: true,
    };
    Field { described, json_type: json_type.to_owned(), rich: false }
}

fn file(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(content).expect("written");
    file
}

fn archive(content: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("1.csv", SimpleFileOptions::default()).expect("an entry");
    writer.write_all(content).expect("written");
    writer.finish().expect("an archive").into_inner()
}

/// Reads a file in pages; `None` if it is refused.
fn read(
    archive: &[u8],
    count: u64,
    page: usize,
) -> Option<Vec<Result<SourceRecord, FlawedRecord>>> {
    let fields = [
        field("Name", "string"),
        field("Fee", "double"),
        field("On", "boolean"),
        field("Owner", "jsonobject"),
        field("Tags", "jsonarray"),
    ];
    let mut table = Table::open(file(archive), &fields, Finished { count, next: None }).ok()?;
    let mut all = Vec::new();
    loop {
        let Found { records, flawed, .. } = table.read(all.len() as u64, page).ok()?;
        let read = records.len() + flawed.len();
        assert!(read <= page);
        all.extend(records.into_iter().map(Ok));
        all.extend(flawed.into_iter().map(Err));
        if read < page {
            return Some(all);
        }
    }
}

#[test]
fn a_file_of_a_bulk_read_gives_rows_or_an_error() {
    const WORDS: [&str; 12] = [
        "\"",
        ",",
        "\r\n",
        "\n",
        "\r",
        "Id",
        "Name",
        "\u{feff}",
        ";",
        "true",
        "1.50",
        "4150868000000376008",
    ];
    let (mut accepted, mut turn) = (0, 0_u8);
    bytes("bulk", 1_500, &WORDS, |content| {
        let zipped = archive(content);
        let whole = read(&zipped, 3, 1_000);
        // The number of rows of a page changes nothing.
        let ids = |rows: &[Result<SourceRecord, FlawedRecord>]| {
            let id = |row: &Result<SourceRecord, FlawedRecord>| match row {
                Ok(record) => Some(record.id.to_string()),
                Err(flaw) => flaw.id.as_ref().map(ToString::to_string),
            };
            let mut ids: Vec<_> = rows.iter().map(id).collect();
            ids.sort();
            ids
        };
        if let (Some(whole), Some(parts)) = (&whole, read(&zipped, 3, 2)) {
            accepted += 1;
            assert_eq!(ids(whole), ids(&parts));
            let lines = content.iter().filter(|byte| matches!(byte, b'\r' | b'\n')).count();
            assert!(whole.len() <= lines + 1, "{} rows", whole.len());
        }
        // And an archive that is broken somewhere.
        turn = turn.wrapping_add(37);
        let mut broken = zipped;
        let at = usize::from(turn) * broken.len() / 256;
        broken[at] ^= 1 << (turn % 8);
        let _rows_or_refused = read(&broken, 3, 1_000);
    });
    assert!(accepted > 0, "no file was read");
}

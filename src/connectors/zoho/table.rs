//! The result of a bulk read: a CSV file in a ZIP archive, unpacked into a nameless temporary file
//! and read row by row. Values get the types back that list reads give them.

use {
    super::{
        answer::{incomplete, protocol},
        bulk::{Finished, no_file},
        field::Field,
        list::readable,
        record::is_id,
    },
    crate::{
        domain::record::SourceRecord,
        ports::{ConnectorError, FlawedRecord, Found},
    },
    csv::{ByteRecord, Position, Reader, ReaderBuilder},
    serde_json::{Map, Number, Value, json},
    std::{
        fs::File,
        io::{self, BufReader, Read, Seek, SeekFrom},
    },
    zip::ZipArchive,
};

/// Largest unpacked file, in bytes.
const UNPACKED_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Largest row, in bytes: an unclosed quote must not swallow the file.
const ROW_MAX: u64 = 16 * 1024 * 1024;
/// The field with the time of the last change.
const MODIFIED: &str = "Modified_Time";
/// Greatest number of entries of an archive that are looked at.
const ENTRIES_MAX: usize = 16;

/// The rows of a finished job.
#[derive(Debug)]
pub(super) struct Table {
    /// `None` if there are no rows.
    rows: Option<Rows>,
    finished: Finished,
}

#[derive(Debug)]
struct Rows {
    reader: Reader<Bounded>,
    /// The content of each column; `None` for those that were not asked for.
    columns: Vec<Option<Column>>,
    /// The next row.
    at: u64,
    /// Where pages begin, so that a page that is asked for again can be found.
    marks: Vec<(u64, Position)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Column {
    Id,
    Field(Field),
}

/// A file that gives a row's worth of bytes at a time.
#[derive(Debug)]
struct Bounded {
    file: File,
    left: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("a row is too long"));
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.file.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.left -= read as u64;
        Ok(read)
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Table {
    /// A result without rows.
    pub(super) fn empty(finished: Finished) -> Self {
        Self { rows: None, finished }
    }

    /// Opens a downloaded archive. Blocks.
    pub(super) fn open(
        archive: File,
        fields: &[Field],
        finished: Finished,
    ) -> Result<Self, ConnectorError> {
        let file = unpack(archive)?;
        let bounded = Bounded { file, left: ROW_MAX };
        let mut reader = ReaderBuilder::new().has_headers(false).from_reader(bounded);
        let mut header = ByteRecord::new();
        let there = reader.read_byte_record(&mut header).map_err(|_| unreadable())?;
        if !there {
            return Err(incomplete("Zoho's bulk result is empty"));
        }
        let columns = columns(&header, fields)?;
        let marks = vec![(0, reader.position().clone())];
        Ok(Self { rows: Some(Rows { reader, columns, at: 0, marks }), finished })
    }

    /// Returns the facts about the job.
    pub(super) const fn finished(&self) -> &Finished {
        &self.finished
    }

    /// Reads up to `most` rows, starting with a given one. Blocks.
    pub(super) fn read(&mut self, from: u64, most: usize) -> Result<Found, ConnectorError> {
        let Some(rows) = &mut self.rows else { return Ok(Found::default()) };
        rows.go_to(from)?;
        let mut found = Found { records: Vec::with_capacity(most), ..Found::default() };
        let mut row = ByteRecord::new();
        let mut read = 0;
        while read < most && rows.next(&mut row)? {
            read += 1;
            match rows.record(&row) {
                Ok(record) => found.records.push(record),
                Err(flaw) => found.flawed.push(flaw),
            }
        }
        if read < most || rows.at >= self.finished.count {
            // A row after the last one announced is one too many.
            if rows.at == self.finished.count && rows.next(&mut row)? {
                return Err(incomplete("Zoho's bulk result holds more rows than it announces"));
            }
        }
        Ok(found)
    }
}

impl Rows {
    fn go_to(&mut self, row: u64) -> Result<(), ConnectorError> {
        if self.at != row {
            let mark = self.marks.iter().rev().find(|(place, _)| *place <= row);
            let Some((place, position)) = mark.cloned() else { return Err(unreadable()) };
            self.reader.seek(position).map_err(|_| unreadable())?;
            self.at = place;
            let mut skipped = ByteRecord::new();
            while self.at < row {
                if !self.next(&mut skipped)? {
                    return Err(incomplete("Zoho's bulk result holds fewer rows than before"));
                }
            }
        }
        if self.marks.last().is_none_or(|(place, _)| *place < row) {
            self.marks.push((row, self.reader.position().clone()));
        }
        Ok(())
    }

    fn next(&mut self, row: &mut ByteRecord) -> Result<bool, ConnectorError> {
        self.reader.get_mut().left = ROW_MAX;
        let there = self.reader.read_byte_record(row).map_err(|_| unreadable())?;
        if there {
            self.at += 1;
        }
        Ok(there)
    }

    /// A row that cannot be read is reported by itself, as in a list.
    fn record(&self, row: &ByteRecord) -> Result<SourceRecord, FlawedRecord> {
        let mut fields = Map::new();
        let lossy = row.iter().any(|text| std::str::from_utf8(text).is_err());
        for (column, text) in self.columns.iter().zip(row) {
            let Some(column) = column else { continue };
            let text = String::from_utf8_lossy(text);
            match column {
                Column::Id => fields.insert("id".to_owned(), Value::from(text)),
                Column::Field(field) => {
                    fields.insert(field.described.name.clone(), value(field, &text))
                }
            };
        }
        readable(Value::Object(fields), lossy)
    }
}

fn unreadable() -> ConnectorError {
    protocol("Zoho's bulk result is not the documented ZIP archive with a CSV file")
}

/// Unpacks the one CSV file of an archive.
fn unpack(archive: File) -> Result<File, ConnectorError> {
    let mut archive = ZipArchive::new(BufReader::new(archive)).map_err(|_| unreadable())?;
    for place in 0..archive.len().min(ENTRIES_MAX) {
        let entry = archive.by_index(place).map_err(|_| unreadable())?;
        let is_csv = entry.name().is_ok_and(|name| name.to_ascii_lowercase().ends_with(".csv"));
        if !entry.is_file() || !is_csv {
            continue;
        }
        let mut file = tempfile::tempfile().map_err(|error| no_file(&error))?;
        let mut content = entry.take(UNPACKED_MAX + 1);
        let length = io::copy(&mut content, &mut file).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::Other => unreadable(),
            _ => no_file(&error),
        })?;
        if length > UNPACKED_MAX {
            return Err(protocol("Zoho's bulk result is too large"));
        }
        file.rewind().map_err(|error| no_file(&error))?;
        return Ok(file);
    }
    Err(unreadable())
}

/// Returns the content of each column. A field without a column is missing from every record, not
/// empty; the id and the time of the last change, on which the read itself depends, must be there.
fn columns(header: &ByteRecord, fields: &[Field]) -> Result<Vec<Option<Column>>, ConnectorError> {
    let names: Vec<&str> = header
        .iter()
        .map(|name| std::str::from_utf8(name).unwrap_or_default())
        .map(|name| name.trim_start_matches('\u{feff}'))
        .collect();
    let is_there = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let asked = |name: &str| fields.iter().any(|field| field.described.name == name);
    if !is_there("id") || (asked(MODIFIED) && !is_there(MODIFIED)) {
        return Err(protocol("Zoho's bulk result lacks a column that was asked for"));
    }
    let column = |name: &&str| {
        if name.eq_ignore_ascii_case("id") {
            return Some(Column::Id);
        }
        let field = fields.iter().find(|field| field.described.name.eq_ignore_ascii_case(name))?;
        Some(Column::Field(field.clone()))
    };
    Ok(names.iter().map(column).collect())
}

/// Gives a text the type that the field's value has in a list read.
fn value(field: &Field, text: &str) -> Value {
    if text.is_empty() {
        return Value::Null;
    }
    let number = || text.parse::<Number>().map_or_else(|_| Value::from(text), Value::Number);
    match kind(field) {
        "integer" | "double" => number(),
        "boolean" => match text {
            "true" | "TRUE" | "True" | "1" => Value::Bool(true),
            "false" | "FALSE" | "False" | "0" => Value::Bool(false),
            _ => Value::from(text),
        },
        "jsonobject" if is_id(text) => json!({ "id": text }),
        "jsonarray" => text.split(';').map(|part| Value::from(part.trim())).collect(),
        _ => Value::from(text),
    }
}

/// Returns how JSON writes a field's values, by its type if Zoho does not say.
fn kind(field: &Field) -> &str {
    match (field.json_type.as_str(), field.described.data_type.as_str()) {
        ("", "integer" | "double" | "currency" | "percent") => "double",
        ("", "boolean") => "boolean",
        ("", "lookup" | "ownerlookup" | "userlookup") => "jsonobject",
        ("", "multiselectpicklist") => "jsonarray",
        (told, _) => told,
    }
}

#[cfg(test)]
#[path = "../../../tests/fuzz/csv.rs"]
mod fuzz;

#[cfg(test)]
mod tests;

//! Files of bulk reads: types, odd archives, limits.

use {
    super::*,
    crate::{
        domain::{code, id::RecordId},
        ports::SourceField,
    },
    std::io::{Cursor, Write as _},
    zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions},
};

fn field(name: &str, data_type: &str, json_type: &str) -> Field {
    let described = SourceField {
        name: name.to_owned(),
        label: name.to_owned(),
        data_type: data_type.to_owned(),
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

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn archive(entries: &[(&str, &[u8])]) -> File {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        let method = CompressionMethod::Deflated;
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(content).unwrap();
    }
    file(&writer.finish().unwrap().into_inner())
}

fn open(csv: &str, fields: &[Field], count: u64) -> Result<Table, ConnectorError> {
    Table::open(archive(&[("1.csv", csv.as_bytes())]), fields, Finished { count, next: None })
}

#[test]
fn values_have_the_types_of_list_reads() {
    let cases = [
        ("text", "string", "", json!(null)),
        ("text", "string", "0012", json!("0012")),
        ("picklist", "string", "true", json!("true")),
        ("integer", "integer", "15", json!(15)),
        ("bigint", "string", "15", json!("15")),
        ("double", "double", "0.50", json!(0.5)),
        ("currency", "double", "1500.00", json!(1500)),
        ("currency", "", "-2", json!(-2)),
        ("double", "double", "n/a", json!("n/a")),
        ("double", "double", "NaN", json!("NaN")),
        ("boolean", "boolean", "true", json!(true)),
        ("boolean", "boolean", "false", json!(false)),
        ("lookup", "jsonobject", "4150868000000376008", json!({"id": "4150868000000376008"})),
        ("lookup", "jsonobject", "Ann", json!("Ann")),
        ("multiselectpicklist", "jsonarray", "A;B C", json!(["A", "B C"])),
        ("datetime", "string", "2026-11-21T10:31:43+05:30", json!("2026-11-21T10:31:43+05:30")),
    ];
    for (data_type, json_type, text, expected) in cases {
        let fields = [field("F", data_type, json_type)];
        let mut table = open(&format!("Id,F,More\n7,\"{text}\",x\n"), &fields, 1).unwrap();
        let records = table.read(0, 10).unwrap().records;
        let read = records.first().unwrap().fields.clone();
        assert_eq!(Value::Object(read), json!({"id": "7", "F": expected}), "{data_type} {text}");
    }
}

#[test]
fn odd_files_are_refused() {
    let fields = [field("F", "text", "string")];
    let finished = Finished { count: 1, next: None };
    let whole = "id,F\n1,x\n".as_bytes();
    for (archive, code) in [
        (file(b""), code::UPSTREAM_PROTOCOL),
        (file(b"id,F\n1,x\n"), code::UPSTREAM_PROTOCOL),
        (archive(&[]), code::UPSTREAM_PROTOCOL),
        (archive(&[("1.txt", whole)]), code::UPSTREAM_PROTOCOL),
        (archive(&[("1.csv", b"")]), code::SOURCE_INCOMPLETE),
        (archive(&[("1.csv", b"F\nx\n")]), code::UPSTREAM_PROTOCOL),
    ] {
        let error = Table::open(archive, &fields, finished.clone()).unwrap_err();
        assert_eq!(error.code, code);
    }
    let mut table = Table::open(
        archive(&[("read.me", b"x"), ("1.CSV", "\u{feff}id,F\n1,x\n".as_bytes())]),
        &fields,
        finished,
    )
    .unwrap();
    assert_eq!(table.read(0, 5).unwrap().records.len(), 1);
    for (row, code) in [("1,x,y", code::UPSTREAM_PROTOCOL), ("1", code::UPSTREAM_PROTOCOL)] {
        let mut table = open(&format!("id,F\n{row}\n"), &fields, 1).unwrap();
        assert_eq!(table.read(0, 5).unwrap_err().code, code, "{row}");
    }
}

#[test]
fn a_column_that_is_not_there_is_no_empty_one() {
    let fields = [field("F", "text", "string"), field("G", "lookup", "jsonobject")];
    let mut table = open("id,G\n1,\n2,7\n", &fields, 2).unwrap();
    let read: Vec<Value> = table
        .read(0, 5)
        .unwrap()
        .records
        .into_iter()
        .map(|record| Value::Object(record.fields))
        .collect();
    assert_eq!(read, [json!({"id": "1", "G": null}), json!({"id": "2", "G": {"id": "7"}})]);
    // How far the read has come depends on the time.
    let fields = [field("F", "text", "string"), field("Modified_Time", "datetime", "string")];
    assert_eq!(open("id,F\n1,x\n", &fields, 1).unwrap_err().code, code::UPSTREAM_PROTOCOL);
}

#[test]
fn a_row_that_cannot_be_read_is_told_alone() {
    let fields = [field("F", "text", "string")];
    let bytes = [b"id,F\n1,".as_slice(), &[0xff, 0xfe], b"\none,x\n,x\n4,fine\n"].concat();
    let finished = Finished { count: 4, next: None };
    let mut table = Table::open(archive(&[("1.csv", &bytes)]), &fields, finished).unwrap();
    let found = table.read(0, 5).unwrap();
    assert_eq!(found.records.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["4"]);
    let flaws: Vec<_> = found
        .flawed
        .into_iter()
        .map(|flaw| (flaw.id.map(RecordId::into_text), flaw.code))
        .collect();
    assert_eq!(
        flaws,
        [
            (Some("1".to_owned()), code::RECORD_NOT_UTF8),
            (None, code::RECORD_ID_MISSING),
            (None, code::RECORD_ID_MISSING)
        ]
    );
}

#[test]
fn an_open_quote_does_not_swallow_the_file() {
    let fields = [field("F", "text", "string")];
    let length = usize::try_from(ROW_MAX).unwrap() + 1_000_000;
    let csv = format!("id,F\n1,fine\n2,\"{}", "x,\n".repeat(length / 3));
    let mut table = open(&csv, &fields, 2).unwrap();
    assert_eq!(table.read(0, 1).unwrap().records.len(), 1);
    assert_eq!(table.read(1, 1).unwrap_err().code, code::UPSTREAM_PROTOCOL);
    // Earlier rows can still be read.
    assert_eq!(table.read(0, 1).unwrap().records.len(), 1);
}

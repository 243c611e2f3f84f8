//! Mapping files: any text is read or refused, what was read is written and read again as the same set, and reading takes
//! no more memory than was set aside for it.

use {
    super::{from_yaml, to_yaml, weight},
    crate::fuzz::texts,
};

#[test]
fn any_file_is_read_or_refused() {
    const WORDS: [&str; 24] = [
        "fields:",
        "tests:",
        "- ",
        "{ to: a, from: B }",
        "transforms: [trim]",
        "rules: {",
        "note: ",
        "\n",
        "  ",
        ": ",
        "*a",
        "&a ",
        "<<: ",
        "!!binary ",
        "---\n",
        "|\n",
        ">-\n",
        "\"\\u0000\"",
        "'",
        "{",
        "}",
        "[",
        "]",
        "$serde_json::private::RawValue: \"[1]\"",
    ];
    let mut read = 0;
    texts("mapping", 1_500, &WORDS, |text| match from_yaml(text) {
        Err(faults) => assert!((1..=crate::domain::fault::FAULTS_MAX).contains(&faults.len())),
        Ok(files) => {
            read += 1;
            let written = to_yaml(&files);
            let again = from_yaml(&written).expect("what was written is read");
            assert_eq!(to_yaml(&again), written);
            assert!(format!("{files:?}").len() <= weight(text) + 4_096, "{}", text.len());
        }
    });
    assert!(read > 0, "no file was read");
}

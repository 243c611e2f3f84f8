//! Files with settings: each is taken, or refused in one line that does not quote a password.

use {
    super::*,
    crate::fuzz::texts,
    std::io::{Seek as _, Write as _},
};

#[test]
fn any_file_is_taken_or_refused() {
    const WORDS: [&str; 22] = [
        "listen = ",
        "mode = ",
        "[server]\n",
        "[database]\n",
        "[memory]\n",
        "\"dev\"",
        "\"production\"",
        "\"",
        "'",
        "\n",
        "= ",
        "[[",
        "]]",
        "true",
        "1979-05-27T07:32:00Z",
        "0x7f",
        "inf",
        "{ a = 1 }",
        "[1, 2]",
        "\"\"\"",
        "database_url = \"postgres://me:canary-0123456789@db/x\"",
        "$__toml_private_datetime",
    ];
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    let overrides = Overrides { file: Some(file.path().to_owned()), values: Vec::new() };
    let mut taken = 0;
    texts("settings", 2_000, &WORDS, |text| {
        file.rewind().and_then(|()| file.as_file().set_len(0)).expect("an empty file");
        file.write_all(text.as_bytes()).expect("written");
        match Config::from_sources(&overrides, &[]) {
            Ok(_) => taken += 1,
            Err(ConfigError(told)) => {
                assert!(!told.is_empty() && !told.contains("canary-0123456789"), "{told}");
                assert!(told.len() < 2_048 + text.len(), "{told}");
            }
        }
    });
    assert!(taken > 0, "no file was taken");
}

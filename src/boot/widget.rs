//! The zip that Zoho takes for a widget that it hosts itself: the page of the widget, with the address of the server that it
//! calls. What Zoho's own packer would leave out without a word is refused here (docs/src/zoho.md, "Widgets").

use {
    crate::gateway::widget_files,
    anyhow::{Context as _, Result, bail, ensure},
    std::{
        borrow::Cow,
        collections::BTreeMap,
        io::{Cursor, Write as _},
    },
    zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions},
};

/// The endings that Zoho takes.
const ENDINGS: [&str; 20] = [
    "jpg", "jpeg", "png", "gif", "svg", "css", "woff", "woff2", "ttf", "eot", "webm", "js", "mp3",
    "mp4", "json", "txt", "md", "xml", "dre", "html",
];
/// The most files, bytes of a file, bytes of the zip, and characters of a name that Zoho takes.
const FILES_MAX: usize = 250;
const FILE_MAX: usize = 5 * 1024 * 1024;
const ZIP_MAX: usize = 20 * 1024 * 1024;
const NAME_MAX: usize = 250;
const INDEX: &str = "index.html";
const HEAD: &str = "<head>";

/// Makes the zip, for a page that calls the server at this `https` address. The same page and address give the same bytes.
pub(crate) fn pack_widget(server: &str) -> Result<Vec<u8>> {
    pack(widget_files(), server)
}

fn pack(files: Vec<(String, Cow<'static, [u8]>)>, server: &str) -> Result<Vec<u8>> {
    let mut entries: BTreeMap<String, Cow<'static, [u8]>> = BTreeMap::new();
    for (path, bytes) in files {
        match path.as_str() {
            INDEX => entries.insert("app/widget.html".into(), page(&bytes, server)?.into()),
            _ => entries.insert(format!("app/{path}"), bytes),
        };
    }
    ensure!(
        entries.contains_key("app/widget.html"),
        "this program was built without the page of the widget"
    );
    // The page has its texts in its scripts; Zoho asks for the files.
    for language in ["en", "ar"] {
        let path = format!("app/translations/{language}.json");
        entries.entry(path).or_insert(Cow::Borrowed(b"{}\n"));
    }
    ensure!(entries.len() <= FILES_MAX, "{} files; Zoho takes at most {FILES_MAX}", entries.len());
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in &entries {
        check(path, bytes.len())?;
        zip.start_file(path.as_str(), options).with_context(|| format!("cannot pack {path}"))?;
        zip.write_all(bytes).with_context(|| format!("cannot pack {path}"))?;
    }
    let packed = zip.finish().context("cannot end the zip")?.into_inner();
    ensure!(
        packed.len() <= ZIP_MAX,
        "the zip has {} bytes; Zoho takes at most {ZIP_MAX}",
        packed.len()
    );
    Ok(packed)
}

/// Writes the address into the page, as a value that no script has to be run for.
fn page(bytes: &[u8], server: &str) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(bytes).context("the page is not text")?;
    let Some((before, after)) = text.split_once(HEAD) else { bail!("the page has no {HEAD}") };
    let server = server.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let meta =
        format!("{before}{HEAD}\n    <meta name=\"sigma-server\" content=\"{server}\" />{after}");
    Ok(meta.into_bytes())
}

/// Refuses a file that Zoho would leave out.
fn check(path: &str, length: usize) -> Result<()> {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'-');
    let is_named = folders.bytes().all(|byte| is_plain(byte) || byte == b'/')
        && name.bytes().all(|byte| is_plain(byte) || byte == b'.')
        && name.len() <= NAME_MAX;
    ensure!(is_named, "{path}: Zoho takes names of letters, digits, _, $ and - only");
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ensure!(ENDINGS.contains(&ending), "{path}: Zoho does not take files that end in '{ending}'");
    ensure!(length <= FILE_MAX, "{path} has {length} bytes; Zoho takes at most {FILE_MAX}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &str = "https://sync.example.org/a&b";

    fn files(more: &[(&str, usize)]) -> Vec<(String, Cow<'static, [u8]>)> {
        let page: &[u8] = b"<!doctype html><html><head><title>x</title></head></html>";
        let more =
            more.iter().map(|(path, length)| ((*path).to_owned(), vec![b'x'; *length].into()));
        std::iter::once((INDEX.to_owned(), page.into())).chain(more).collect()
    }

    #[test]
    fn what_zoho_leaves_out_is_refused() {
        assert!(pack(files(&[("assets/a-B_3$.js", 1), ("icon.svg", 1)]), SERVER).is_ok());
        for (path, length, why) in [
            ("a.wasm", 1, "end in 'wasm'"),
            ("a.mjs", 1, "end in 'mjs'"),
            ("assets/a.js.map", 1, "end in 'map'"),
            ("LICENSE", 1, "end in ''"),
            ("a b.js", 1, "letters"),
            ("a.b/c.js", 1, "letters"),
            ("ä.js", 1, "letters"),
            ("a.js", FILE_MAX + 1, "bytes"),
        ] {
            let refused = pack(files(&[(path, length)]), SERVER).expect_err(path);
            assert!(refused.to_string().contains(why), "{refused}");
        }
        let names: Vec<String> = (0..FILES_MAX).map(|number| format!("{number}.js")).collect();
        let many: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), 1)).collect();
        assert!(pack(files(&many[..FILES_MAX - 3]), SERVER).is_ok());
        assert!(pack(files(&many[..FILES_MAX - 2]), SERVER).is_err());
        assert!(pack(Vec::new(), SERVER).is_err());
    }

    #[test]
    fn the_page_names_the_server() {
        let page = page(b"<html><head></head></html>", SERVER).expect("a page");
        let text = String::from_utf8(page).expect("text");
        assert!(
            text.contains(
                r#"<meta name="sigma-server" content="https://sync.example.org/a&amp;b" />"#
            ),
            "{text}"
        );
    }
}

//! Forms in the format `multipart/form-data`, as clients send them that could also attach files. Only names and values are
//! read: no file is ever kept.

/// Returns the names and values of the parts of a body, in order; `None` if the body is not in this format.
pub(crate) fn parts<'b>(content_type: &str, body: &'b [u8]) -> Option<Vec<(String, &'b [u8])>> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameter(parameters, "boundary").filter(|boundary| !boundary.is_empty())?;
    let (first, between) = (format!("--{boundary}"), format!("\r\n--{boundary}"));
    // What precedes the first boundary does not belong to a part.
    let start = find(body, first.as_bytes())?;
    let mut rest = body.get(start + first.len()..)?;
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let begin = find(rest, b"\r\n")? + 2;
        let end = find(rest, between.as_bytes())?;
        let part = rest.get(begin..end)?;
        rest = rest.get(end + between.len()..)?;
        let blank = find(part, b"\r\n\r\n")?;
        let head = std::str::from_utf8(part.get(..blank)?).ok()?;
        let name = head.lines().find_map(|line| {
            let (header, value) = line.split_once(':')?;
            let (kind, parameters) = value.split_once(';')?;
            let is_its_name = header.trim().eq_ignore_ascii_case("content-disposition")
                && kind.trim().eq_ignore_ascii_case("form-data");
            is_its_name.then(|| parameter(parameters, "name")).flatten()
        });
        parts.push((name?.to_owned(), part.get(blank + 4..)?));
    }
    Some(parts)
}

/// Returns the value of a parameter of a header, without its quotes.
fn parameter<'h>(text: &'h str, wanted: &str) -> Option<&'h str> {
    text.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = value.trim();
        let plain = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        name.trim().eq_ignore_ascii_case(wanted).then_some(plain.unwrap_or(value))
    })
}

/// Returns where a sequence of bytes begins.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=--x1";

    fn read(kind: &str, body: &str) -> Option<Vec<(String, String)>> {
        let parts = parts(kind, body.as_bytes())?;
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        Some(parts.into_iter().map(|(name, value)| (name, text(value))).collect())
    }

    #[test]
    fn names_and_values_come_in_order() {
        let body = "----x1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1=2&3\r\n----x1\r\n\
                    Content-Type: text/plain\r\ncontent-disposition: form-data; name=b\r\n\r\n\r\n----x1--\r\n";
        let expected = [("a", "1=2&3"), ("b", "")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(read(KIND, body), Some(expected.to_vec()));
        assert_eq!(read(KIND, "----x1--\r\n"), Some(Vec::new()));
    }

    #[test]
    fn anything_else_is_not_a_form() {
        let body = "----x1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n----x1--\r\n";
        for (kind, body) in [
            ("application/x-www-form-urlencoded", body),
            ("multipart/form-data", body),
            ("multipart/form-data; boundary=", body),
            ("multipart/form-data; boundary=other", body),
            (KIND, ""),
            (KIND, "----x1"),
            (KIND, "----x1\r\n"),
            (KIND, "----x1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1"),
            (KIND, "----x1\r\nContent-Disposition: form-data\r\n\r\n1\r\n----x1--"),
        ] {
            assert_eq!(read(kind, body), None, "{kind} {body}");
        }
    }
}

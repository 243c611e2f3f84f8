//! CSV as in RFC 4180, safe to open in a spreadsheet: a cell that a spreadsheet would treat as a formula is written
//! as text.

/// Adds a line.
pub fn push_line<'a>(out: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push_cell(out, cell);
    }
    out.push_str("\r\n");
}

fn push_cell(out: &mut String, cell: &str) {
    let mark = if is_formula(cell) { "'" } else { "" };
    if !cell.contains(['"', ',', '\r', '\n']) {
        out.push_str(mark);
        out.push_str(cell);
        return;
    }
    out.push('"');
    out.push_str(mark);
    out.push_str(&cell.replace('"', "\"\""));
    out.push('"');
}

/// Returns whether a spreadsheet may evaluate a cell; a plain number or a phone number is harmless.
fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number(cell)
}

/// `^\+?[0-9 ()-]+$`
fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('+').unwrap_or(cell);
    let plain = |b: u8| b.is_ascii_digit() || matches!(b, b' ' | b'(' | b')' | b'-');
    !digits.is_empty() && digits.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: &[&str]) -> String {
        let mut out = String::new();
        push_line(&mut out, cells.iter().copied());
        out
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(line(&["a", "", "b c"]), "a,,b c\r\n");
        assert_eq!(
            line(&["a,b", "say \"x\"", "two\nlines", "\r"]),
            "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"'\r\"\r\n"
        );
    }

    #[test]
    fn formulas_are_texts() {
        for bad in ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3=", "@SUM(A1)", "\tx", "=", "+", "@", "+١"]
        {
            assert_eq!(line(&[bad]), format!("'{bad}\r\n"), "{bad:?}");
        }
        for fine in ["+962 (6) 555-0100", "-5", "007", "a=b", "'x", " =1", "-", "{a}", "سارة"] {
            assert_eq!(line(&[fine]), format!("{fine}\r\n"), "{fine:?}");
        }
        assert_eq!(
            line(&["=HYPERLINK(\"http://x\",\"y\")"]),
            "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\r\n"
        );
    }
}

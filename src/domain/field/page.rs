//! The reference page of the canonical fields, `docs/src/field-list.md`, written from their rows.

use {
    super::{Field, Form, Goes, ModuleFields, all},
    std::fmt::Write as _,
};

/// Returns the page as Markdown.
pub fn page() -> String {
    let mut out = String::from(
        "# List of canonical fields\n\n\
         <!-- Written by `sigma-sync fields -o markdown`; a test compares. Change src/domain/field/*.rs instead. -->\n\n\
         Every canonical field of every module, and where it goes. A field is *sent* as a field of the target, *read* for a\n\
         purpose and not sent, or it goes *nowhere*: it can be mapped and a preview shows it, but nothing is written. A mapping\n\
         of such a field is saved with the warning `FIELD_GOES_NOWHERE`. Where that depends on what the module's records are\n\
         in Moodle, the form of the module is named.\n\n\
         Lengths are in characters; a run refuses a longer text with `VALUE_TOO_LONG`. The source field is the one of the\n\
         default mappings. `sigma-sync fields MODULE` shows a module; programs get the list from `MetadataService.ListFields`\n\
         (`GET /v1/extension/metadata/fields`). The rows of grades are read in the other direction\n\
         ([Mappings](mappings.md#grades)): their source field is the field of Zoho that is written.\n",
    );
    all().iter().for_each(|module| section(&mut out, module));
    out
}

fn section(out: &mut String, module: &ModuleFields) {
    let _never_fails = write!(
        out,
        "\n## {}\n\n\
         | field | value | source field | where it goes |\n|---|---|---|---|\n",
        module.module
    );
    let forms = Form::of(module.module);
    for field in module.fields {
        let _never_fails = writeln!(
            out,
            "| `{}` | {}{}{} | {} | {} |",
            field.name,
            field.field_type.as_str(),
            if field.required { ", required" } else { "" },
            field.longest.map(|most| format!(", at most {most}")).unwrap_or_default(),
            field.default.map(|row| format!("`{}`", row.source)).unwrap_or_default(),
            cell(field, forms)
        );
    }
}

/// Where a field goes, for each form in which that differs.
fn cell(field: &Field, forms: &[Form]) -> String {
    let texts: Vec<(Form, String)> =
        forms.iter().map(|form| (*form, words(field.goes(*form)))).collect();
    match texts.first() {
        Some((_, one)) if texts.iter().all(|(_, text)| text == one) => one.clone(),
        _ => {
            let named = texts.iter().map(|(form, text)| format!("as {}: {text}", form.as_str()));
            named.collect::<Vec<_>>().join("; ")
        }
    }
}

fn words(goes: Goes) -> String {
    match goes {
        Goes::Mapped(_) => "*sent* to the field of Zoho that the mapping names".to_owned(),
        Goes::To(target) => format!("*sent* as `{target}`"),
        Goes::Read(purpose) => format!("*read*: {purpose}"),
        Goes::Nowhere(reason) => format!("*nowhere*: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_the_repository_is_what_the_rows_say() {
        let stored = include_str!("../../../docs/src/field-list.md");
        assert!(
            stored == page(),
            "write it again: cargo run -- fields -o markdown > docs/src/field-list.md"
        );
    }
}

//! User names: those with other characters than the usual ones are taken where the site takes them. Moodle does not tell
//! that setting, so the site is asked by a look-up of such a name, once a run and only where a record has one.

use {
    crate::{
        domain::{
            code, id::RecordId, item::ItemOutcome, mapping::KnownFields, record::SourceRecord,
        },
        store::Link,
        sync::{kind::Cx, map, shape::Shape, stop::Stop},
    },
    std::collections::HashMap,
};

/// Asks whether the site takes any user names, if those of some records need it, and brings these records into form again
/// if it does.
pub(crate) async fn ask(
    cx: Cx<'_>,
    records: &[SourceRecord],
    shapes: &mut [Result<Shape, ItemOutcome>],
    links: &HashMap<RecordId, Link>,
) -> Result<(), Stop> {
    if cx.job.sight.any_names().is_some() || !shapes.iter().any(is_refused) {
        return Ok(());
    }
    let (any, _) = cx.job.target.takes_any_names().await?;
    cx.job.sight.note_names(any);
    if any {
        let seen = cx.job.presence.seen();
        let known = KnownFields::new(&seen);
        tokio::task::block_in_place(|| {
            for (record, shaped) in records.iter().zip(shapes).filter(|one| is_refused(one.1)) {
                *shaped = map::shape(cx, record, known, links.get(&record.id));
            }
        });
    }
    Ok(())
}

/// Returns whether a record was refused, or lost its user name, because of the characters of that name.
fn is_refused(shaped: &Result<Shape, ItemOutcome>) -> bool {
    let code = code::USERNAME_INVALID;
    match shaped {
        Ok(shape) => shape.warnings.iter().any(|warning| warning.code == code.word()),
        Err(item) => item.code == Some(code),
    }
}

/// Returns a user name in lower case. A letter that would become one of the usual characters stays, so that no name becomes
/// another one.
pub(crate) fn lowered(name: &str) -> String {
    let mut lower = String::with_capacity(name.len());
    for c in name.chars() {
        match c.is_ascii() || c.to_lowercase().all(|c| !c.is_ascii()) {
            true => lower.extend(c.to_lowercase()),
            false => lower.push(c),
        }
    }
    lower
}

/// Returns whether a name, in lower case, can be a user name. `any`: where the target takes any characters.
pub(crate) fn is_username(name: &str, any: bool) -> bool {
    let usual = |c: char| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | '@')
    };
    let fits = match any {
        true => name.to_lowercase() == name && !name.chars().any(char::is_control),
        false => name.chars().all(usual),
    };
    !name.is_empty() && fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_lower_case_stays_itself() {
        for (name, lower, usual, any) in [
            ("Sara.H", "sara.h", true, true),
            ("Sara+x", "sara+x", false, true),
            ("سارة", "سارة", false, true),
            ("\u{c9}ric", "\u{e9}ric", false, true),
            ("a b", "a b", false, true),
            ("\u{212A}im", "\u{212A}im", false, false),
            ("\u{130}lker", "\u{130}lker", false, false),
            ("a\u{7}", "a\u{7}", false, false),
            ("", "", false, false),
        ] {
            assert_eq!(lowered(name), lower);
            assert_eq!(
                (is_username(lower, false), is_username(lower, true)),
                (usual, any),
                "{name}"
            );
        }
    }

    proptest::proptest! {
        /// What is taken is what Moodle would make of it, and a name is lowered only once.
        #[test]
        fn lowered_names_are_in_lower_case(name in ".{0,12}") {
            let lower = lowered(&name);
            proptest::prop_assert_eq!(&lowered(&lower), &lower);
            if is_username(&lower, true) {
                proptest::prop_assert_eq!(lower.to_lowercase(), lower);
            }
        }
    }
}

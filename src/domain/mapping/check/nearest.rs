//! Suggestions for a wrong word: what was probably meant.

use super::LiveField;

/// The field that was probably meant: one that people see under this name, or one with a similar
/// spelling.
pub(super) fn nearest(name: &str, live: &[LiveField]) -> Option<String> {
    let folded = name.to_lowercase();
    let same = live.iter().find(|field| {
        field.name.to_lowercase() == folded
            || field.label.replace(' ', "_").to_lowercase() == folded
    });
    match same {
        Some(field) => Some(field.name.clone()),
        None => closest(name, live.iter().map(|field| field.name.as_str())),
    }
}

pub(super) fn closest<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> Option<String> {
    let fold = |text: &str| text.to_lowercase().chars().take(100).collect::<Vec<char>>();
    let wanted = fold(word);
    let most = (wanted.len() / 3).max(1);
    words
        .map(|word| (distance(&wanted, &fold(word)), word))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, word)| word.to_owned())
}

/// Characters to change, add or leave out to get from one word to the other.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut corner = row.first().copied().unwrap_or_default();
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, b) in other.iter().enumerate() {
            let above = row.get(j + 1).copied().unwrap_or_default();
            let left = row.get(j).copied().unwrap_or_default();
            let changed = corner + usize::from(a != b);
            corner = above;
            if let Some(here) = row.get_mut(j + 1) {
                *here = changed.min(above + 1).min(left + 1);
            }
        }
    }
    row.last().copied().unwrap_or_default()
}

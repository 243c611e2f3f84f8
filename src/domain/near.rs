//! The word that was probably meant by a wrong one.

/// Returns the word with the most similar spelling, if one is similar: of three letters one may differ.
pub fn closest<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_similar_words_are_near() {
        let words = ["modules", "role", "ttl_s"];
        let near = |word: &str| closest(word, words.into_iter());
        assert_eq!(near("module").as_deref(), Some("modules"));
        assert_eq!(near("Modulse").as_deref(), Some("modules"));
        assert_eq!(near("roles").as_deref(), Some("role"));
        assert_eq!(near("colour"), None);
        assert_eq!(near(""), None);
    }
}

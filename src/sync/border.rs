//! The borders between the pages of a whole read. Its records come in the order of their ids, but a list has no snapshot: when a
//! record of a page before is deleted, and pages count positions, another one slides over the border and is in neither page.
//! So the source is asked which ids lie between the last one of a page and the first one of the next.

use {
    super::{
        checkpoint::Checkpoint,
        fetch::{Slice, by_ids, is_refused},
        kind::Cx,
        stop::Stop,
    },
    crate::{
        domain::id::RecordId,
        ports::{Page, ReadQuery},
    },
    std::collections::HashSet,
};

/// Borders of one question.
const AT_ONCE: usize = 25;

/// Notes the border before a page.
pub(crate) fn note(checkpoint: &mut Checkpoint, page: &Page) {
    let shown = page.records.iter().map(|record| record.id.as_str());
    let shown =
        shown.chain(page.flawed.iter().filter_map(|flaw| flaw.id.as_ref().map(RecordId::as_str)));
    let place = |id: &&str| (id.len(), id.to_string());
    let ids: Vec<&str> = shown.filter(|id| !id.is_empty()).collect();
    let (Some(first), Some(last)) =
        (ids.iter().min_by_key(|id| place(id)), ids.iter().max_by_key(|id| place(id)))
    else {
        return;
    };
    match checkpoint.edge.replace((*last).to_owned()) {
        Some(edge) if place(&edge.as_str()) < place(first) => {
            checkpoint.borders.push((edge, (*first).to_owned()));
        }
        // Not in the order of the ids: then borders tell nothing.
        Some(_) => checkpoint.moved = true,
        None => {}
    }
}

/// Adds to a slice the records that lie on the borders of its pages and of those before, as soon as there are enough for one
/// question, or none is to come.
pub(crate) async fn look_between(
    cx: Cx<'_>,
    query: &ReadQuery,
    slice: &mut Slice,
) -> Result<(), Stop> {
    while slice.checkpoint.borders.len() >= AT_ONCE
        || (slice.last && !slice.checkpoint.borders.is_empty())
    {
        let rest = slice.checkpoint.borders.split_off(AT_ONCE.min(slice.checkpoint.borders.len()));
        let borders = std::mem::replace(&mut slice.checkpoint.borders, rest);
        let found = match cx.job.source.between(query, &borders).await {
            // The sweep can still read the ids in their order.
            Err(error) if is_refused(&error) => None,
            found => found?,
        };
        let Some(found) = found else {
            slice.checkpoint.borders.clear();
            slice.checkpoint.moved = true;
            return Ok(());
        };
        slice.checkpoint.moved |= !found.last;
        let read: HashSet<&str> = slice.records.iter().map(|record| record.id.as_str()).collect();
        let missed: Vec<RecordId> =
            found.ids.into_iter().filter(|id| !read.contains(id.as_str())).collect();
        if missed.is_empty() {
            continue;
        }
        let (found, _) = by_ids(cx, &missed).await?;
        slice.checkpoint.rows +=
            i64::try_from(found.records.len() + found.flawed.len()).unwrap_or_default();
        slice.records.extend(found.records);
        slice.flawed.extend(found.flawed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use {super::*, crate::domain::record::SourceRecord};

    fn page(ids: &[&str]) -> Page {
        let record = |id: &&str| SourceRecord {
            id: (*id).into(),
            modified_at: None,
            fields: serde_json::Map::new(),
        };
        let records = ids.iter().map(record).collect();
        Page { records, ..Page::default() }
    }

    #[test]
    fn borders_lie_between_pages_in_order() {
        let mut checkpoint = Checkpoint::default();
        for ids in [["8", "9"].as_slice(), &[], &["11", "10"], &["100"]] {
            note(&mut checkpoint, &page(ids));
        }
        let borders = [("9", "10"), ("11", "100")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!((checkpoint.borders.as_slice(), checkpoint.moved), (borders.as_slice(), false));
        note(&mut checkpoint, &page(&["99", "101"]));
        assert!(checkpoint.moved);
    }
}

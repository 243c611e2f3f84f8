//! The objects that a record's writes use, and what the source no longer has of the records of objects that are gone.

use {
    super::field::parents_sent,
    crate::{
        domain::{
            code::{self, Code},
            id::RecordId,
            module::ModuleName,
            record::TargetKind,
        },
        ports::ReadQuery,
        store::{Link, LinkState},
        sync::{
            draft::Draft,
            kind::Cx,
            looked::Number,
            shape::{Known, Parents},
            stop::Stop,
        },
    },
    std::collections::{BTreeMap, BTreeSet},
};

/// Records that are asked for in one read.
const READ: usize = 100;

/// Returns whether a look was refused because the service of the token lacks its function.
pub(crate) fn is_not_given(code: Code) -> bool {
    matches!(code, code::MOODLE_ACCESS_REFUSED | code::MOODLE_FUNCTION_MISSING)
}

/// Returns the objects whose numbers the writes of a record use: its own, and those of its parents and its student.
pub(crate) fn used_by(cx: Cx<'_>, draft: &Draft, parents: &Parents) -> Vec<Number> {
    let own = draft.link.as_ref().filter(|link| link.state != LinkState::Removed);
    let own = own.map(|link| (link.target_kind, &link.target_id));
    let wanted = draft.wanted.as_ref();
    let wanted = wanted.and_then(|wanted| Some((wanted.kind, wanted.id.as_ref()?)));
    let needs = draft.shape.needs.iter().map(|need| (need.module, &need.id));
    let person = draft.shape.person.as_ref().map(|own| (ModuleName::Students, own.record()));
    let known = needs.chain(person).filter_map(|(module, id)| parents.get(module, id));
    let known: Vec<&Known> = known.collect();
    let groups = known.iter().filter(|known| known.kind == TargetKind::Group);
    let places = groups.filter_map(|group| group.container.clone());
    let mut used: Vec<Number> = places.map(|course| (TargetKind::Course, course)).collect();
    let objects = known.iter().map(|known| (known.kind, &known.target_id));
    for (kind, id) in objects.chain(own).chain(wanted) {
        used.extend(cx.object(kind).numbers(id));
    }
    used
}

/// Returns the same of a link, with the places that its record has left.
pub(crate) fn led_to(cx: Cx<'_>, link: &Link) -> Vec<Number> {
    let left = link.left.iter().map(|left| (left.kind, &left.target_id));
    let all = left.chain([(link.target_kind, &link.target_id)]);
    all.flat_map(|(kind, id)| cx.object(kind).numbers(id)).collect()
}

/// Returns the records of links that the source no longer has either, or whose parents it no longer has: an object that was
/// deleted in both systems is not lost.
pub(crate) async fn gone_in_both(
    cx: Cx<'_>,
    links: &[&Link],
) -> Result<BTreeSet<(ModuleName, RecordId)>, Stop> {
    let own = |link: &Link| (link.module, link.zoho_id.clone());
    let needed = |link: &Link| std::iter::once(own(link)).chain(parents_sent(&link.sent));
    let mut by_module: BTreeMap<ModuleName, BTreeSet<RecordId>> = BTreeMap::new();
    for (module, id) in links.iter().flat_map(|link| needed(link)) {
        by_module.entry(module).or_default().insert(id);
    }
    let mut gone: BTreeSet<(ModuleName, RecordId)> = BTreeSet::new();
    for (module, ids) in by_module {
        let Some(row) = cx.rows().module(module).await? else { continue };
        let module_name = row.effective_zoho_module().to_owned();
        let query = ReadQuery { module: module_name, ..ReadQuery::default() };
        let ids: Vec<RecordId> = ids.into_iter().collect();
        for ids in ids.chunks(READ) {
            let found = cx.job.source.by_ids(&query, ids).await?;
            let records = found.records.iter().map(|record| &record.id);
            // An unreadable record exists.
            let flawed = found.flawed.iter().filter_map(|flaw| flaw.id.as_ref());
            let there: BTreeSet<&RecordId> = records.chain(flawed).collect();
            let absent = ids.iter().filter(|id| !there.contains(id));
            gone.extend(absent.map(|id| (module, id.clone())));
        }
    }
    let ended = links.iter().filter(|link| needed(link).any(|one| gone.contains(&one)));
    Ok(ended.map(|link| own(link)).collect())
}

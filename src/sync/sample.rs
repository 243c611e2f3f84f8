//! A sample of linked objects that each whole run looks at before its first write: where too many are gone, the site was
//! restored from an older copy or emptied, and the run must neither stay green nor make everything again without a question.

use {
    super::{
        kind::Cx,
        kinds::gone::gone_in_both,
        looked_back::LookedBack,
        stop::Stop,
        verify::{is_looked_at, of_links},
    },
    crate::{
        domain::{
            brake::too_many_lost, code, id::ObjectId, module::ModuleName, run::RunFailure,
            selection::RunSelection,
        },
        ports::{ConnectorError, Failure},
        store::Link,
    },
    std::{cmp::Reverse, collections::BTreeMap},
};

/// Links that are looked at.
const SAMPLE: usize = 50;
/// Places that are looked at where one looks lost: a person may have deleted a single course.
const PLACES: usize = 5;
/// Links among which these places are found.
const WIDE: u64 = 1_000;

/// What was seen of some objects.
#[derive(Debug, Default)]
struct Seen {
    gone: i64,
    all: i64,
    /// Places, and those of which too much is gone.
    places: i64,
    lost: i64,
}

impl Seen {
    fn add(&mut self, links: &[&Link], back: &LookedBack) {
        let of =
            |found: &dyn Fn(&Link) -> bool| count(links.iter().filter(|one| found(one)).count());
        let is_lost = |id: &ObjectId| back.gone.contains(id) || back.doubted.contains(id);
        let gone = of(&|link| is_lost(&link.target_id));
        let there = of(&|link| back.there.contains_key(&link.target_id));
        if gone + there > 0 {
            self.gone += gone;
            self.all += gone + there;
            self.places += 1;
            self.lost += i64::from(gone > there || too_many_lost(gone, gone + there));
        }
    }

    /// Returns whether that is more than a person deletes: in most of the places, too.
    const fn is_lost(&self) -> bool {
        too_many_lost(self.gone, self.all) && self.lost * 2 > self.places
    }
}

/// Returns why a whole run must not go on, if too many of its linked objects are gone. A site that does not answer says
/// nothing here: the run finds that with its first write.
pub(crate) async fn check_sample(cx: Cx<'_>) -> Result<Option<RunFailure>, Stop> {
    let run = &cx.job.claim.run;
    if run.selection != RunSelection::Full || !cx.kind.is_sampled() {
        return Ok(None);
    }
    let (kind, exclusive) = (cx.kind.target(), cx.kind.is_exclusive());
    // One place first, and others only where that one looks lost: each takes a call.
    let mut seen = Seen::default();
    for (most, places) in [(SAMPLE as u64, 1), (WIDE, PLACES)] {
        let links = cx.rows().some_links((run.module, run.id), kind, exclusive, most).await?;
        let links: Vec<&Link> = links.iter().filter(|link| is_looked_at(cx, link)).collect();
        let within = links.iter().any(|link| cx.kind.place_of(link).is_some());
        if !too_many_lost(count(links.len()), count(links.len())) {
            return Ok(None);
        }
        match look(cx, links, places).await {
            Err(Stop::Upstream(error)) => {
                tracing::info!(%error, "the sample of linked objects could not be looked at");
                return Ok(None);
            }
            told => seen = told?,
        }
        if !seen.is_lost() || !within {
            break;
        }
    }
    Ok(seen.is_lost().then(|| lost(run.module, seen.gone, seen.all).into()))
}

/// Returns why a run must not go on that has found too many objects of a module gone.
fn lost(module: ModuleName, gone: i64, all: i64) -> ConnectorError {
    let module = module.as_str();
    ConnectorError::of(
        Failure::Stop,
        code::TARGET_LOST,
        &[("gone", &gone), ("count", &all), ("module", &module)],
    )
}

/// Looks at the objects of the places that have most of the links.
async fn look(cx: Cx<'_>, links: Vec<&Link>, places: usize) -> Result<Seen, Stop> {
    let mut by_place: BTreeMap<Option<String>, Vec<&Link>> = BTreeMap::new();
    for link in links {
        by_place.entry(cx.kind.place_of(link)).or_default().push(link);
    }
    let mut by_place: Vec<Vec<&Link>> = by_place.into_values().collect();
    by_place.sort_by_key(|links| Reverse(links.len()));
    let mut seen = Seen::default();
    for mut links in by_place.into_iter().take(places) {
        links.truncate(SAMPLE);
        links.sort_by(|a, b| a.target_id.cmp(&b.target_id));
        let back = of_links(cx, &links, false).await?;
        let is_gone = |link: &&Link| back.gone.contains(&link.target_id);
        let gone: Vec<&Link> = links.iter().copied().filter(is_gone).collect();
        if too_many_lost(count(gone.len()), count(links.len())) {
            let ended = gone_in_both(cx, &gone).await?;
            links.retain(|link| {
                !(is_gone(link) && ended.contains(&(link.module, link.zoho_id.clone())))
            });
        }
        seen.add(&links, &back);
    }
    Ok(seen)
}

fn count(links: usize) -> i64 {
    i64::try_from(links).unwrap_or(i64::MAX)
}

//! Whether the numbers that a run uses still lead to its own objects. A link leads to an object by its number alone, and a
//! site that was restored from an older copy gives the numbers of what it lost to others. So each number is looked at before
//! it is used for a write, once in a run and together with others.

use {
    super::{
        kind::Cx, kinds::gone::is_not_given, looked::Number, looked_back::LookedBack, stop::Stop,
        verify::of_links,
    },
    crate::{
        domain::{
            id::{ObjectId, RecordId},
            module::ModuleName,
        },
        store::Link,
    },
    chrono::{DateTime, Duration, Utc},
    std::collections::{BTreeMap, BTreeSet},
};

/// How long an object that was written since the run was asked for need not be looked at.
fn lately() -> Duration {
    Duration::hours(1)
}

/// Forgets the links of those of some numbers that lead to nothing of ours, with those of what was in these objects; their
/// records are due. Returns those numbers, with those that are doubted and whose links stay, and these records.
pub(crate) async fn forget_stale(
    cx: Cx<'_>,
    used: impl IntoIterator<Item = Number>,
) -> Result<(BTreeSet<Number>, Vec<(ModuleName, RecordId)>), Stop> {
    let (stale, links) = look_at(cx, used).await?;
    if !links.is_empty() && !cx.job.claim.run.dry_run {
        let links: Vec<&Link> = links.iter().collect();
        cx.lease.may_write()?;
        cx.rows().forget_gone(cx.job.claim.run.id, &links, cx.clock.now()).await?;
    }
    let records = links.into_iter().map(|link| (link.module, link.zoho_id));
    Ok((stale, records.collect()))
}

/// Returns those of some numbers that lead to nothing of ours: their objects are gone, others have them by now, or may have
/// them, or no link leads there any more.
pub(crate) async fn astray(
    cx: Cx<'_>,
    used: impl IntoIterator<Item = Number>,
) -> Result<BTreeSet<Number>, Stop> {
    look_at(cx, used).await.map(|(stale, _)| stale)
}

/// Looks at numbers; returns those that lead astray, and the links that lead there.
async fn look_at(
    cx: Cx<'_>,
    used: impl IntoIterator<Item = Number>,
) -> Result<(BTreeSet<Number>, Vec<Link>), Stop> {
    let (mut stale, mut gone) = (BTreeSet::new(), Vec::new());
    for (kind, ids) in cx.job.looked.unknown(used) {
        let (since, ids) = (since(cx), ids.into_iter().collect::<Vec<_>>());
        let links = cx.rows().links_to(kind, &ids).await?;
        let written = written_before(cx, &links).await?;
        let is_older = |(link, stored): &&(Link, DateTime<Utc>)| {
            *stored < since && !written.contains(&(link.module, link.zoho_id.clone()))
        };
        let mut older: Vec<&Link> = links.iter().filter(is_older).map(|(link, _)| link).collect();
        older.sort_by(|a, b| a.target_id.cmp(&b.target_id));
        let back = look(Cx { kind: cx.object(kind), back: None, ..cx }, &older).await?;
        let ours: BTreeSet<&str> = links.iter().map(|(link, _)| link.target_id.as_str()).collect();
        cx.job.looked.doubt(back.doubted.iter().map(|id| (kind, id.clone())));
        let is_lost = |id: &ObjectId| back.gone.contains(id) || back.doubted.contains(id);
        for id in ids {
            if ours.contains(id.as_str()) && !is_lost(&id) {
                cx.job.looked.note([(kind, id)]);
            } else {
                stale.insert((kind, id));
            }
        }
        let links = links.into_iter().map(|(link, _)| link);
        gone.extend(links.filter(|link| back.gone.contains(&link.target_id)));
    }
    Ok((stale, gone))
}

/// Returns the records of links whose objects a dry run of the same chain would have written before this one: after a real
/// one they need not be looked at.
async fn written_before(
    cx: Cx<'_>,
    links: &[(Link, DateTime<Utc>)],
) -> Result<BTreeSet<(ModuleName, RecordId)>, Stop> {
    let run = &cx.job.claim.run;
    let mut written = BTreeSet::new();
    let Some(chain) = run.chain.filter(|_| run.dry_run) else { return Ok(written) };
    let mut by_module: BTreeMap<ModuleName, Vec<RecordId>> = BTreeMap::new();
    for (link, _) in links {
        by_module.entry(link.module).or_default().push(link.zoho_id.clone());
    }
    for (module, ids) in by_module {
        let found = cx.rows().would_write(chain, module, &ids).await?;
        written.extend(found.into_iter().map(|id| (module, id)));
    }
    Ok(written)
}

/// Returns the time since when an object that was stored need not be looked at. A run that was held, or that another process
/// began, may go on long after: the site may have been restored meanwhile.
fn since(cx: Cx<'_>) -> DateTime<Utc> {
    let (claim, now) = (&cx.job.claim, cx.clock.now());
    let approved = claim.run.removals.ceiling.or(claim.run.changes.ceiling).is_some();
    match approved || claim.checkpoint.is_some() {
        true => now,
        false => claim.run.started_at.max(now - lately()),
    }
}

/// Looks objects back. Where the service of the token lacks the function, nothing is known.
async fn look(of: Cx<'_>, links: &[&Link]) -> Result<LookedBack, Stop> {
    if links.is_empty() {
        return Ok(LookedBack::default());
    }
    match of_links(of, links, false).await {
        Err(Stop::Upstream(error)) if is_not_given(error.code) => {
            tracing::info!(%error, "linked objects could not be looked at");
            Ok(LookedBack::default())
        }
        told => told,
    }
}

//! The outcomes of a run in groups.

use {
    super::Control,
    crate::{
        domain::{
            access::{Permission, Principal},
            summary::{self, Summary},
        },
        error::Result,
    },
};

/// Groups that are shown.
const GROUPS: usize = 200;

impl Control {
    /// Returns the outcomes of a run in groups, those that need a person first.
    pub async fn summarize_run(&self, who: &Principal, id: &str) -> Result<Summary> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let run = self.find_run(&scope, id).await?;
        let (rows, total) = (self.store.of(&scope), run.counts.total());
        let mut groups = rows.groups(run.id, total).await?;
        summary::sort(&mut groups);
        let left = i64::try_from(groups.len().saturating_sub(GROUPS)).unwrap_or(i64::MAX);
        groups.truncate(GROUPS);
        let places: Vec<i64> = groups.iter().flat_map(|group| group.places.clone()).collect();
        let samples = rows.samples(run.id, &places).await?;
        let moments = rows.moments(run.id, &summary::milestones(total)).await?;
        let groups = groups.into_iter().map(|group| {
            let shown = group.places.iter().filter_map(|place| samples.get(place)).cloned();
            let shown = shown.collect();
            (group, shown)
        });
        Ok(Summary { run: run.id, total, groups: groups.collect(), left, moments })
    }
}

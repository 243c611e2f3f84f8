//! The use of the other systems' limits by a tenant, and the budget that delays its runs.

use {
    super::Control,
    crate::{
        domain::{
            access::{Permission, Principal},
            run::{RunState, Upstream},
        },
        error::Result,
        ports::Usage,
        store::{ProviderUse, StoreError, TenantScope},
    },
    chrono::Duration,
};

/// Share of a day's credits for runs, in percent: the rest is for people and other programs.
const BUDGET_PERCENT: i64 = 80;

/// The use of one system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderUsage {
    /// The use in the last 24 hours.
    pub used: ProviderUse,
    /// Credits of 24 hours after which runs wait.
    pub credits_limit: Option<i64>,
    /// Greatest number of calls at once.
    pub concurrency: i32,
}

/// Returns after how many of a day's credits runs wait.
pub(super) const fn limit_of(daily: i64) -> i64 {
    daily * BUDGET_PERCENT / 100
}

impl Control {
    /// Returns how much of each system's limits the caller's tenant has used in the last 24 hours.
    pub async fn get_usage(&self, who: &Principal) -> Result<Vec<ProviderUsage>> {
        let scope = self.authorise(who, Permission::SettingsRead)?;
        Ok(self.usage_of(&scope).await?)
    }

    async fn usage_of(&self, scope: &TenantScope) -> Result<Vec<ProviderUsage>, StoreError> {
        let daily = self.store.of(scope).settings().await?.and_then(|row| row.zoho_daily_credits);
        let uses = self.store.of(scope).usage(self.clock.now()).await?;
        let at_once = self.connect.in_flight();
        let view = |used: ProviderUse| {
            let zoho = used.provider == "zoho";
            let concurrency = if zoho { at_once.zoho } else { at_once.moodle };
            ProviderUsage {
                credits_limit: daily.filter(|_| zoho).map(limit_of),
                concurrency: i32::try_from(concurrency).unwrap_or(i32::MAX),
                used,
            }
        };
        Ok(uses.into_iter().map(view).collect())
    }

    /// Stores what calls outside of runs have used. While a run of the tenant is under way, it stores that with its next slice.
    pub(super) async fn count_calls(&self, scope: &TenantScope) -> Result<(), StoreError> {
        let runs = self.store.of(scope).open_runs().await?;
        if runs.open.iter().any(|run| run.state == RunState::Running) {
            return Ok(());
        }
        let used = self.connect.take_usage(scope.tenant().as_str());
        self.store_usage(scope, used).await
    }

    /// Stores what calls have used.
    pub(super) async fn store_usage(
        &self,
        scope: &TenantScope,
        used: Usage,
    ) -> Result<(), StoreError> {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let used = Upstream {
            zoho_calls: number(used.zoho_calls),
            zoho_credits: number(used.zoho_credits),
            moodle_calls: number(used.moodle_calls),
        };
        if used == Upstream::default() {
            return Ok(());
        }
        let tx = self.store.of(scope).begin().await?;
        tx.add_usage(used, self.clock.now()).await?;
        tx.commit().await
    }

    /// Returns how long a run must wait because the day's credits are used up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn credits_wait(&self, scope: &TenantScope) -> Result<Option<Duration>, StoreError> {
        let uses = self.usage_of(scope).await?;
        let used_up = uses
            .iter()
            .any(|usage| usage.credits_limit.is_some_and(|limit| usage.used.credits >= limit));
        // Buckets leave the window hour by hour.
        Ok(used_up.then(|| Duration::minutes(30)))
    }
}

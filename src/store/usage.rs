//! The use of the other systems' limits: calls and credits by hour, and throttles that delay a tenant's runs. Raw
//! SQL, because times are those of the database.

use {
    super::{Result, TenantRows, Tx, now_ms, statement},
    crate::domain::{
        code::{self, Provider},
        run::Upstream,
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, Value},
    std::time::Duration,
};

/// Length of a bucket in milliseconds.
pub(super) const HOUR_MS: i64 = 3_600_000;

/// What a tenant used of a system in the last 24 hours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProviderUse {
    /// `zoho` or `moodle`.
    pub provider: String,
    /// Calls.
    pub calls: i64,
    /// Credits.
    pub credits: i64,
    /// The time until which its runs are paused; `None` if they are not paused.
    pub blocked_until: Option<DateTime<Utc>>,
    /// The reason, as a stable word.
    pub blocked_reason: Option<String>,
}

impl TenantRows<'_> {
    /// Returns what the tenant used of each system in the last 24 hours.
    pub async fn usage(self, now: DateTime<Utc>) -> Result<Vec<ProviderUse>> {
        let from = now.timestamp_millis() - 24 * HOUR_MS;
        let sql = "SELECT provider, CAST(sum(calls) AS bigint) AS calls, CAST(sum(credits) AS bigint) AS credits
             FROM api_budget WHERE tenant_id = $1 AND hour_ms > $2 GROUP BY provider";
        let values = [self.id().into(), from.into()];
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        let sql = format!(
            "SELECT provider, blocked_ms, reason FROM throttles WHERE tenant_id = $1 AND blocked_ms > {}",
            now_ms(self.backend())
        );
        let blocked =
            self.reader().query_all_raw(statement(self.backend(), sql, [self.id().into()])).await?;
        let mut uses = Vec::new();
        for provider in ["zoho", "moodle"] {
            let mut used = ProviderUse { provider: provider.to_owned(), ..Default::default() };
            for row in &rows {
                if row.try_get::<String>("", "provider")? == provider {
                    used.calls = row.try_get("", "calls")?;
                    used.credits = row.try_get("", "credits")?;
                }
            }
            for row in &blocked {
                if row.try_get::<String>("", "provider")? == provider {
                    let until: i64 = row.try_get("", "blocked_ms")?;
                    used.blocked_until = DateTime::from_timestamp_millis(until);
                    used.blocked_reason = Some(row.try_get("", "reason")?);
                }
            }
            uses.push(used);
        }
        Ok(uses)
    }

    /// Pauses the tenant's runs for a system: queued ones start later, and so do new ones.
    pub async fn throttle(self, provider: &str, wait: Duration, reason: &str) -> Result<()> {
        let now = now_ms(self.backend());
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 4);
        let tx = self.begin().await?;
        let sql = format!(
            "INSERT INTO throttles (tenant_id, provider, blocked_ms, reason) VALUES ($1, $2, {now} + $3, $4)
             ON CONFLICT (tenant_id, provider) DO UPDATE SET blocked_ms = excluded.blocked_ms,
                reason = excluded.reason"
        );
        let values = [self.id().into(), provider.into(), wait.into(), reason.into()];
        tx.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        let sql = format!(
            "UPDATE sync_runs SET available_ms = {now} + $1, wait_code = $3, wait_reason = NULL,
                wait_since_ms = CASE WHEN wait_code IS NULL THEN {now} ELSE coalesce(wait_since_ms, {now}) END,
                seq = seq + 1
             WHERE tenant_id = $2 AND state = 'queued' AND available_ms < {now} + $1"
        );
        let values = [wait.into(), self.id().into(), reason.into()];
        tx.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        tx.commit().await
    }
}

impl Tx {
    /// Lets the tenant's runs go that wait for a system: what they waited for was at the end of another connection. Those
    /// that wait for `other` go on waiting.
    pub async fn lift_waits(&self, provider: Provider, other: Provider) -> Result<()> {
        let sql = "DELETE FROM throttles WHERE tenant_id = $1 AND provider = $2";
        let values = [self.id().into(), provider.as_str().into()];
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        let words: Vec<&str> = code::all()
            .filter(|code| code.row().provider == other)
            .map(|code| code.word())
            .collect();
        let sql = format!(
            "UPDATE sync_runs SET available_ms = {now}, wait_code = NULL, wait_reason = NULL, wait_since_ms = NULL,
                seq = seq + 1
             WHERE tenant_id = $1 AND state = 'queued' AND available_ms > {now} AND wait_code IS NOT NULL
                AND wait_code NOT IN ({others})",
            now = now_ms(self.backend()),
            others = (2..words.len() + 2).map(|n| format!("${n}")).collect::<Vec<_>>().join(", "),
        );
        let mut values: Vec<Value> = vec![self.id().into()];
        values.extend(words.into_iter().map(Value::from));
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(())
    }

    /// Adds to the bucket of this hour.
    pub async fn add_usage(&self, used: Upstream, now: DateTime<Utc>) -> Result<()> {
        let hour = now.timestamp_millis() / HOUR_MS * HOUR_MS;
        for (provider, calls, credits) in
            [("zoho", used.zoho_calls, used.zoho_credits), ("moodle", used.moodle_calls, 0)]
        {
            if calls == 0 && credits == 0 {
                continue;
            }
            let sql = "INSERT INTO api_budget (tenant_id, provider, hour_ms, calls, credits)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (tenant_id, provider, hour_ms) DO UPDATE SET
                    calls = api_budget.calls + excluded.calls, credits = api_budget.credits + excluded.credits";
            let values =
                [self.id().into(), provider.into(), hour.into(), calls.into(), credits.into()];
            self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        }
        Ok(())
    }
}

//! The calls behind the failed records of a run.

use {
    super::{
        Control,
        item::checked_id,
        page::{Asked, checked_size, cut},
    },
    crate::{
        domain::{
            access::{Permission, Principal},
            id::RecordId,
        },
        error::{Error, Result},
        store::StoredExchange,
    },
};

/// Calls on a page: the default and the maximum.
const EXCHANGES: (i64, i64) = (50, 200);

/// A page of calls.
#[derive(Debug, Clone, PartialEq)]
pub struct ExchangePage {
    /// In the order in which they were stored.
    pub exchanges: Vec<StoredExchange>,
    /// Token of the next page; empty on the last page.
    pub next_page_token: String,
}

impl Control {
    /// Lists the calls behind the failed records of a run, or of one of them.
    pub async fn list_exchanges(
        &self,
        who: &Principal,
        run: &str,
        record: &str,
        limit: Option<i32>,
        page_token: &str,
    ) -> Result<ExchangePage> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let mut faults = Vec::new();
        let limit = checked_size(limit, EXCHANGES, &mut faults);
        let record_id = checked_id("zoho_id", record, RecordId::parse, &mut faults);
        let asked = Asked::new("exchanges", &scope, &(run, record));
        let after: Option<i64> = asked.place(page_token, &mut faults);
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let run = self.find_run(&scope, run).await?.id;
        let rows = self.store.of(&scope);
        let mut exchanges = rows.exchanges(run, record_id.as_ref(), after, limit + 1).await?;
        let more = cut(&mut exchanges, limit);
        let token = |last: &StoredExchange| asked.token(&last.place);
        let next_page_token = exchanges.last().filter(|_| more).map(token).unwrap_or_default();
        Ok(ExchangePage { exchanges, next_page_token })
    }
}

//! The calls behind failed records, a call of ItemService.

use {
    super::convert::timestamp,
    crate::{
        control::{ExchangePage, StoredExchange},
        domain::id::RecordId,
        proto::pb,
    },
};

pub(super) fn message(page: ExchangePage) -> pb::ListItemExchangesResponse {
    pb::ListItemExchangesResponse {
        exchanges: page.exchanges.into_iter().map(exchange).collect(),
        next_page_token: page.next_page_token,
    }
}

fn exchange(stored: StoredExchange) -> pb::ItemExchange {
    let told = stored.exchange;
    pb::ItemExchange {
        run_id: stored.run.to_string(),
        zoho_id: stored.zoho_id.map(RecordId::into_text).unwrap_or_default(),
        place: stored.place,
        provider: told.provider.as_str().to_owned(),
        method: told.method,
        request: told.request,
        answer: told.answer,
        http_status: told.http_status.map(i32::from),
        duration_ms: told.duration_ms,
        tries: told.tries,
        cut: told.cut,
        created_at: Some(timestamp(stored.stored_at)),
    }
}

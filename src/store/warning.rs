//! Warnings of an outcome as text: a JSON list, and nothing where there are none.

use {crate::domain::item::Warning, sea_orm::DbBackend};

/// Returns the stored form.
pub(super) fn stored(warnings: &[Warning]) -> Option<String> {
    (!warnings.is_empty()).then(|| serde_json::to_string(warnings).unwrap_or_default())
}

/// Reads the stored form.
pub(super) fn read(stored: Option<String>) -> Vec<Warning> {
    stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Returns the database's function that finds a text in another one.
pub(super) const fn position(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "strpos",
        _ => "instr",
    }
}

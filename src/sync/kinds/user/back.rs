//! Which accounts are gone, as other modules need to know of the accounts of their records.

use {
    crate::{
        domain::{
            id::{ObjectId, PersonId},
            record::TargetKind,
        },
        sync::{
            kind::Cx, kinds::field::SOURCE_ID_FIELD, look_up::by_field, stop::Stop,
            verify::half_answered,
        },
    },
    std::collections::{BTreeMap, BTreeSet},
};

/// Returns those of some accounts, with the students whose they are, that are gone. They are looked up by their ids and, if one
/// is missing, by those of the students.
///
/// # Errors
/// If the second read shows what the first one did not.
pub(crate) async fn gone_accounts(
    cx: Cx<'_>,
    accounts: &BTreeMap<ObjectId, Option<PersonId>>,
) -> Result<BTreeSet<ObjectId>, Stop> {
    let (to, kind) = (cx.job.target.as_ref(), TargetKind::User);
    let ids: Vec<String> = accounts.keys().map(ToString::to_string).collect();
    let found = by_field(to, kind, "id", &ids).await?;
    let there: BTreeSet<ObjectId> = found.into_values().flatten().map(|one| one.id).collect();
    let missing = accounts.iter().filter(|(id, _)| !there.contains(*id));
    let gone: BTreeSet<ObjectId> = missing.clone().map(|(id, _)| id.clone()).collect();
    if gone.is_empty() {
        return Ok(gone);
    }
    cx.object(kind).prove_shown(cx, "id").await?;
    let people: BTreeSet<&PersonId> = missing.filter_map(|(_, person)| person.as_ref()).collect();
    let people: Vec<String> = people.into_iter().map(|one| one.as_str().to_owned()).collect();
    let again = by_field(to, kind, SOURCE_ID_FIELD, &people).await?;
    if again.into_values().flatten().any(|account| gone.contains(&account.id)) {
        return Err(half_answered());
    }
    Ok(gone)
}

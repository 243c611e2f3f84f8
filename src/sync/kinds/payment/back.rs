//! Payments as the target shows them: the profile fields of a student's account, of the payment that counts.

use {
    super::{
        order::newest_sent,
        typed::{Shows, compare, note},
    },
    crate::{
        domain::{
            id::{ObjectId, PersonId, RecordId},
            record::{Payload, TargetKind},
        },
        store::Link,
        sync::{
            draft::Draft,
            kind::Cx,
            kinds::{field::text, user::back::gone_accounts},
            look_up::by_field,
            looked_back::LookedBack,
            shape::Wanted,
            sight::Sight,
            stop::Stop,
            verify::target,
        },
    },
    std::collections::BTreeSet,
};

/// Looks the profile fields back of the payments that count: the fields show no others. Accounts that are gone are looked at
/// with their students. Not `whole`: only whether the accounts are there.
pub(crate) async fn look_back(
    cx: Cx<'_>,
    links: &[&Link],
    whole: bool,
) -> Result<LookedBack, Stop> {
    if !whole {
        let of = links.iter().map(|link| (link.target_id.clone(), link.person.clone()));
        let gone = gone_accounts(cx, &of.clone().collect()).await?;
        let mut back = LookedBack::default();
        for (id, _) in of.filter(|(id, _)| !gone.contains(id)) {
            back.found(id, Payload::new());
        }
        return Ok(LookedBack { gone, ..back });
    }
    let people: BTreeSet<PersonId> = links.iter().filter_map(|link| link.person.clone()).collect();
    let people: Vec<PersonId> = people.into_iter().collect();
    let known = cx.rows().links_of_people(cx.job.module().name, &people).await?;
    let newest = newest_sent(&known);
    let shows: BTreeSet<RecordId> =
        newest.into_values().map(|newest| newest.id().clone()).collect();
    let found = by_field(target(cx), TargetKind::Profile, "id", &ids(links)).await?;
    let mut back = LookedBack { shows: Some(shows), ..LookedBack::default() };
    for profile in found.into_values().flatten() {
        note(&cx.job.sight, &profile.fields);
        back.found(profile.id, profile.fields);
    }
    Ok(back)
}

fn ids(links: &[&Link]) -> Vec<String> {
    let ids: BTreeSet<&ObjectId> = links.iter().map(|link| &link.target_id).collect();
    ids.into_iter().map(ToString::to_string).collect()
}

/// Returns the canonical fields of a payment that the profile shows otherwise.
pub(crate) fn different(
    sight: &Sight,
    draft: &Draft,
    wanted: &Wanted,
    has: &Payload,
    shown: &BTreeSet<String>,
) -> Vec<String> {
    let fields = [("payment_status", "payment_status"), ("last_payment", "payment_date")];
    let differs = |(field, name): &(&str, &str)| {
        wanted.create.get(*field).is_some_and(|wanted| {
            shown.contains(*field)
                && matches!(compare(sight, field, has.get(*field), wanted), Shows::Other(_))
                && !text(&draft.shape.fields, name).is_empty()
        })
    };
    fields.iter().filter(|one| differs(one)).map(|(_, name)| (*name).to_owned()).collect()
}

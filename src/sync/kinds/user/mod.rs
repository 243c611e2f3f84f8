//! Accounts, made from students: which ones a record may find and change, and which must never be linked.

mod account;
pub(crate) mod back;
mod identity;
mod names;
mod shown;
#[cfg(test)]
mod tests;

use {
    self::{
        account::{is_suspended, suspension, tell_kept},
        identity::{known_rights, reopened, spare, takeable},
        shown::{accounts, prove_sight},
    },
    super::field::{EMAIL_FIELD, SOURCE_ID_FIELD, text, unknown_status},
    crate::{
        domain::{
            code::{self, Code},
            id::{ObjectId, RecordId},
            item::ItemOutcome,
            layout::{Layout, MatchBy},
            mapping::Mapped,
            record::{Canonical, Payload, SourceRecord, TargetKind},
        },
        ports::Rights,
        store::Link,
        sync::{
            compare::differs,
            draft::Draft,
            job::Job,
            kind::{Cx, Kind, Unique},
            look_up::{Found, by_field},
            looked::Number,
            shape::{Module, Parents, Shape, Unfit, Wanted},
            stop::Stop,
            verify,
            work::{Create, Match, Settled, Update, field_of},
        },
    },
    async_trait::async_trait,
    serde_json::Value,
    std::collections::{BTreeSet, HashMap, HashSet},
};

/// Addresses of a slice that are looked up in any letter case, with a call for each, if no create would find them
/// taken.
const SINGLY: usize = 25;

/// The field of the user name, here and in Moodle.
const NAME: &str = "username";

/// Accounts.
pub(crate) struct Account;

#[async_trait]
impl Kind for Account {
    fn target(&self) -> TargetKind {
        TargetKind::User
    }

    fn numbers(&self, target_id: &ObjectId) -> Vec<Number> {
        vec![(TargetKind::User, target_id.clone())]
    }

    /// A name that is missing or empty is taken from the display name; the value sent before counts only if that is
    /// not possible.
    fn stands(&self, name: &str, mapped: &Mapped) -> bool {
        let Mapped { fields, kept, .. } = mapped;
        let is_empty = |name: &str| fields.get(name).is_none_or(Value::is_null);
        match name {
            "first_name" | "last_name" => {
                kept.contains(name)
                    || (is_empty(name) && kept.contains("display_name"))
                    || !(fields.contains_key(name) || fields.contains_key("display_name"))
            }
            name => !fields.contains_key(name),
        }
    }

    /// A person signs in with the user name, and would not know of another one. That of an account from before its record is
    /// not the record's at all.
    fn unchanging(
        &self,
        module: Module<'_>,
        canonical: &Canonical,
        link: &Link,
    ) -> Option<&'static str> {
        let of = |fields: &Canonical| names::lowered(&text(fields, NAME));
        let said = canonical.contains_key(NAME) && link.sent.contains_key(NAME);
        let stays = link.kept.contains(NAME) || !module.layout().rename_users;
        (said && stays && of(canonical) != of(&link.sent)).then_some(NAME)
    }

    fn needs_one_of(&self) -> &'static [&'static [&'static str]] {
        &[&["first_name", "display_name"], &["last_name", "display_name"]]
    }

    fn shape(
        &self,
        module: Module<'_>,
        zoho_id: &RecordId,
        canonical: &Canonical,
    ) -> Result<Shape, Unfit> {
        account::shape(module, zoho_id, canonical)
    }

    fn ending(
        &self,
        module: Module<'_>,
        zoho_id: &RecordId,
        canonical: &Canonical,
    ) -> Option<Shape> {
        self.is_ended(canonical).then(|| account::ending(module, zoho_id, canonical))
    }

    async fn complete_shapes(
        &self,
        cx: Cx<'_>,
        records: &[SourceRecord],
        shapes: &mut [Result<Shape, ItemOutcome>],
        links: &HashMap<RecordId, Link>,
    ) -> Result<(), Stop> {
        names::ask(cx, records, shapes, links).await
    }

    fn wanted(
        &self,
        _: Module<'_>,
        zoho_id: &RecordId,
        shape: &Shape,
        _: &Parents,
    ) -> Result<Wanted, Unfit> {
        Ok(account::wanted(zoho_id, shape))
    }

    fn update(
        &self,
        _: Module<'_>,
        zoho_id: &RecordId,
        shape: &Shape,
        _: &Wanted,
        changed: &dyn Fn(&str) -> bool,
    ) -> Payload {
        account::update(zoho_id, shape, changed)
    }

    fn known_by(&self, fields: &Canonical) -> Vec<(&'static str, String)> {
        self.unique_fields()
            .iter()
            .map(|one| (one.canonical, text(fields, one.canonical)))
            .collect()
    }

    fn is_ended(&self, sent: &Canonical) -> bool {
        is_suspended(&text(sent, "status"))
    }

    fn end_of(&self, canonical: &Canonical) -> Option<(&'static str, Value)> {
        self.is_ended(canonical).then(|| ("status", account::SUSPENDED.into()))
    }

    fn unknown_word(&self, canonical: &Canonical) -> Option<(&'static str, String)> {
        unknown_status(canonical, "status", is_suspended)
    }

    fn is_person(&self) -> bool {
        true
    }

    fn is_exclusive(&self) -> bool {
        true
    }

    fn is_sought(&self, _: &Shape) -> bool {
        true
    }

    /// The return of the record reactivates the account, even without a status.
    fn reopen(&self, payload: &mut Payload, shape: &Shape) {
        payload.entry("suspended".to_owned()).or_insert(Value::Bool(shape.ended));
    }

    /// Addresses that differ only in letter case are the same, and an account is in use unless it says otherwise.
    fn differs(&self, field: &str, has: Option<&Value>, wanted: &Value, shape: &Shape) -> bool {
        match (field, has, wanted) {
            (EMAIL_FIELD, Some(Value::String(has)), Value::String(wanted)) => {
                !has.eq_ignore_ascii_case(wanted)
            }
            ("suspended", None, _) if !shape.ended => false,
            (_, has, wanted) => differs(has, wanted),
        }
    }

    fn kept(&self, object: &Payload, ours: bool) -> BTreeSet<String> {
        account::kept(object, ours)
    }

    /// The user name stands for that of the record: by it the account is known again.
    fn adopted(&self, draft: &mut Draft, object: &Payload) {
        if let Some(Value::String(name)) = object.get(NAME) {
            draft.stands(NAME, name);
        }
    }

    fn tell_kept(&self, names: &[&str]) -> Option<(Code, String)> {
        tell_kept(names)
    }

    fn noun(&self) -> &'static str {
        "account"
    }

    fn is_found_first(&self) -> bool {
        true
    }

    fn may_create(&self, layout: &Layout) -> bool {
        layout.create_users
    }

    fn match_field(&self, layout: &Layout) -> Option<&'static str> {
        match_field(layout)
    }

    async fn find_own(&self, cx: Cx<'_>, records: &[Create]) -> Result<Found, Stop> {
        let by_address = match_field(cx.job.module().layout()) == Some(EMAIL_FIELD);
        accounts(cx, records, by_address).await
    }

    async fn find_matches(
        &self,
        cx: Cx<'_>,
        drafts: &[Draft],
        open: &[&Create],
    ) -> Result<Found, Stop> {
        find_matches(cx, drafts, open).await
    }

    async fn takeable(
        &self,
        cx: Cx<'_>,
        drafts: &mut [Draft],
        found: Vec<Match>,
    ) -> Result<Vec<Match>, Stop> {
        takeable(cx, drafts, found).await
    }

    fn note_seen(&self, job: &Job, zoho_id: &RecordId) {
        job.sight.note(zoho_id);
    }

    async fn find_carrying(&self, cx: Cx<'_>, records: &[Create]) -> Result<Found, Stop> {
        accounts(cx, records, false).await
    }

    fn may_be_hidden(&self) -> bool {
        true
    }

    async fn prove_shown(&self, cx: Cx<'_>, field: &str) -> Result<(), Stop> {
        prove_sight(cx, field).await
    }

    /// A person signs in with the user name that the account has, whatever was sent.
    fn different(
        &self,
        cx: Cx<'_>,
        draft: &Draft,
        wanted: &Wanted,
        has: &Payload,
        shown: &BTreeSet<String>,
    ) -> Option<Vec<String>> {
        let mut names = verify::fields(cx, draft, wanted, has, shown);
        names.retain(|name| name != "username" || cx.job.module().layout().rename_users);
        Some(names)
    }

    /// The create call has no field for the end of the use: the update that follows settles the record.
    fn after_create(
        &self,
        cx: Cx<'_>,
        draft: &Draft,
        place: usize,
        id: &ObjectId,
    ) -> Option<Update> {
        if !cx.job.claim.run.dry_run {
            cx.job.sight.note(&draft.zoho_id);
        }
        let target_id = id.clone();
        draft.shape.ended.then(|| Update { place, target_id, payload: suspension() })
    }

    async fn spare(
        &self,
        cx: Cx<'_>,
        drafts: &[Draft],
        updates: &mut Vec<Update>,
    ) -> Result<Vec<Settled>, Stop> {
        spare(cx, drafts, updates).await
    }

    fn closing(&self, updates: &mut [Update]) -> Vec<Update> {
        closing(updates)
    }

    fn closes(&self, payload: &Payload) -> bool {
        payload.contains_key("suspended")
    }

    fn unique_fields(&self) -> &'static [Unique] {
        &[
            Unique {
                field: "username",
                canonical: "username",
                made_of: &["username"],
                code: code::MOODLE_USERNAME_TAKEN,
                identifies: false,
                site_decides: false,
            },
            Unique {
                field: EMAIL_FIELD,
                canonical: "academic_email",
                made_of: &["academic_email"],
                code: code::MOODLE_EMAIL_TAKEN,
                identifies: true,
                site_decides: true,
            },
        ]
    }

    fn is_gone(&self, code: Code) -> bool {
        code == code::MOODLE_USER_UNKNOWN
    }

    fn is_gone_for_sure(&self) -> bool {
        true
    }

    fn has_ended(&self, code: Code) -> bool {
        code == code::MOODLE_USER_UNKNOWN
    }

    fn is_revocable(&self) -> bool {
        true
    }

    fn suspension(&self, _: Module<'_>, _: &ObjectId, _: &Canonical) -> Result<Payload, Unfit> {
        Ok(suspension())
    }

    async fn above(&self, cx: Cx<'_>) -> Result<Rights, Stop> {
        known_rights(cx, &[]).await
    }

    async fn reopened(&self, cx: Cx<'_>, links: &[&Link]) -> Result<HashSet<ObjectId>, Stop> {
        reopened(cx, links).await
    }
}

/// Returns the target's field by which accounts are matched, if the tenant wants that.
fn match_field(layout: &Layout) -> Option<&'static str> {
    match layout.match_by {
        MatchBy::Email => Some(EMAIL_FIELD),
        MatchBy::Username => Some("username"),
        MatchBy::None => None,
    }
}

/// Returns accounts by the field that matches them.
async fn find_matches(cx: Cx<'_>, drafts: &[Draft], open: &[&Create]) -> Result<Found, Stop> {
    let (target, kind) = (cx.job.target.as_ref(), TargetKind::User);
    let layout = cx.job.module().layout();
    let Some(field) = match_field(layout) else { return Ok(Found::new()) };
    let mut values: Vec<String> =
        open.iter().filter_map(|create| field_of(&create.payload, field)).collect();
    if field != EMAIL_FIELD {
        return by_field(target, kind, field, &values).await;
    }
    let spelt = |create: &&&Create| drafts.get(create.place)?.shape.spelt.clone();
    values.extend(open.iter().filter_map(|create| spelt(&create)));
    let mut found = by_field(target, kind, field, &values).await?;
    if !layout.create_users {
        // No account is created that the target could refuse because of an address in another letter case.
        let missing: Vec<String> = open
            .iter()
            .filter_map(|create| field_of(&create.payload, field))
            .filter(|email| !found.contains_key(email))
            .take(SINGLY)
            .collect();
        for email in missing {
            found.extend(by_field(target, kind, field, &[email]).await?);
        }
    }
    Ok(found)
}

/// Takes changes that end the use out of updates of accounts that contain more.
fn closing(updates: &mut [Update]) -> Vec<Update> {
    let suspension = suspension();
    let closes = |update: &&mut Update| {
        let fields = update.payload.keys().filter(|field| *field != SOURCE_ID_FIELD);
        fields.count() > 1 && suspension.iter().all(|own| update.payload.get(own.0) == Some(own.1))
    };
    let take = |update: &mut Update| {
        update.payload.retain(|field, _| !suspension.contains_key(field));
        Update { payload: suspension.clone(), ..update.clone() }
    };
    updates.iter_mut().filter(closes).map(take).collect()
}

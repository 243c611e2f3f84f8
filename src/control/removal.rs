//! Removals that wait for an approval: listing, approving and discarding them.

use {
    super::{Control, page::Asked, run::checked_limit},
    crate::{
        domain::{
            access::{Permission, Principal},
            audit::{Action, Author, Change},
            code,
            fault::{Fault, FieldFault},
            id::RecordId,
            run::{Run, RunState},
        },
        error::{Code, Error, Result},
        store::{Approved, AuditEntry, PlannedRemoval, TenantScope},
    },
    base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD},
    serde_json::json,
};

/// Removals on a page: the default and the maximum.
const REMOVALS: (i64, i64) = (1_000, 1_000);

/// A page of removals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovalPage {
    /// In the order of their ids' texts.
    pub removals: Vec<PlannedRemoval>,
    /// Token of the next page; empty on the last page.
    pub next_page_token: String,
}

/// Reads a token of the version before, which was the id of a record and belonged to no query. It is only a place in the run
/// that the caller names.
fn earlier_place(token: &str) -> Option<RecordId> {
    let id = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    RecordId::parse(&id).ok().filter(|_| is_id)
}

impl Control {
    /// Lists the removals that a run has planned.
    pub async fn list_removals(
        &self,
        who: &Principal,
        id: &str,
        limit: Option<i32>,
        page_token: &str,
    ) -> Result<RemovalPage> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let mut faults = Vec::new();
        let limit = checked_limit("limit", limit, REMOVALS, &mut faults);
        let asked = Asked::new("removals", &scope, &id);
        let after = match earlier_place(page_token) {
            None => asked.place(page_token, &mut faults),
            known => known,
        };
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let run = self.find_run(&scope, id).await?;
        let mut removals =
            self.store.of(&scope).planned_removals(run.id, after.as_ref(), limit + 1).await?;
        let more = removals.len() as u64 > limit;
        removals.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let last = removals.last().filter(|_| more);
        let next_page_token = last.map(|removal| asked.token(&removal.zoho_id)).unwrap_or_default();
        let removals = self.labelled(&scope, run.module, removals).await?;
        Ok(RemovalPage { removals, next_page_token })
    }

    /// Lets a held run carry out at most so many of its removals, or of its changes.
    pub async fn approve_run(&self, who: &Principal, id: &str, wish: Approval) -> Result<Run> {
        let scope = self.authorise(who, Permission::RunApprove)?;
        let (what, ceiling) = wish.one().map_err(Error::fields)?;
        let run = self.find_run(&scope, id).await?;
        let (field, shown, waits) = match what {
            Approved::Removals => ("removals", run.removals.planned, run.removals.wait()),
            Approved::Changes => ("changes", run.changes.planned, run.changes.wait()),
        };
        let fault = match ceiling {
            ..1 => Some(Fault::Below { min: 1 }),
            more if run.state == RunState::Held && more > shown => {
                Some(Fault::Above { max: shown })
            }
            _ => None,
        };
        if let Some(fault) = fault {
            return Err(Error::fields(vec![FieldFault::new(field, fault)]));
        }
        if run.state == RunState::Held && !waits {
            let approved = match what {
                Approved::Removals => run.removals.ceiling,
                Approved::Changes => run.changes.ceiling,
            };
            if approved.is_some() {
                return Err(self.not_held(&scope, id).await?);
            }
            let message = format!("the {field} of the run do not wait for an approval");
            return Err(Error::new(Code::Refused, code::RUN_NOT_HELD, message));
        }
        self.enabled_module(&scope, run.module.as_str()).await?;
        let (what_word, shown) = (word(what), json!({ "planned": shown }));
        let change = Change::between(shown, json!({ "approved": ceiling, "of": what_word }));
        let entry = self.decision(who, id, Action::ApproveRun, change);
        if !self.store.of(&scope).approve((run.module, run.id), what, ceiling, entry).await? {
            return Err(self.not_held(&scope, id).await?);
        }
        self.wake.notify_one();
        let run = self.find_run(&scope, id).await?;
        Ok(self.explain(&scope, run).await?)
    }

    /// Ends a held run without its removals and its changes.
    pub async fn discard_run(&self, who: &Principal, id: &str) -> Result<Run> {
        let scope = self.authorise(who, Permission::RunApprove)?;
        let run = self.find_run(&scope, id).await?;
        let (what, discarded) = match run.changes.wait() {
            true => (Approved::Changes, run.changes.planned),
            false => (Approved::Removals, run.removals.planned),
        };
        let change = Change::made(json!({ "discarded": discarded, "of": word(what) }));
        let entry = self.decision(who, id, Action::DiscardRun, change);
        let (now, why) = (entry.at, format!("they were discarded by the key {}", who.key));
        if !self.store.of(&scope).discard(run.id, &why, now, Some(entry)).await? {
            return Err(self.not_held(&scope, id).await?);
        }
        self.find_run(&scope, id).await
    }

    /// Makes the error of a decision that comes too late, or where there is nothing to decide. The run is read again: of
    /// several decisions at one moment, this one found the run as it was before the first.
    async fn not_held(&self, scope: &TenantScope, id: &str) -> Result<Error> {
        let run = self.find_run(scope, id).await?;
        Ok(match decided(&run) {
            Some(decision) => {
                Error::told(Code::Refused, code::RUN_DECIDED, &[("decision", &decision)])
            }
            None => {
                let state = run.state.as_str();
                Error::told(Code::Refused, code::RUN_NOT_HELD, &[("state", &state)])
            }
        })
    }

    fn decision<'a>(
        &self,
        who: &Principal,
        run: &'a str,
        action: Action,
        change: Change,
    ) -> AuditEntry<'a> {
        let (author, at) = (Author::of(who), self.clock.now());
        AuditEntry { author, action, resource: run, change, at }
    }
}

/// What is approved of a held run, unchecked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Approval {
    /// How many removals at most; 0 where it is about changes.
    pub removals: i64,
    /// How many changes at most.
    pub changes: Option<i64>,
}

impl Approval {
    fn one(self) -> std::result::Result<(Approved, i64), Vec<FieldFault>> {
        match (self.removals, self.changes) {
            (removals, None) => Ok((Approved::Removals, removals)),
            (0, Some(changes)) => Ok((Approved::Changes, changes)),
            (_, Some(_)) => {
                let why = "removals and changes are approved apart; send one of them";
                Err(vec![FieldFault::new("changes", Fault::Value(why.to_owned()))])
            }
        }
    }
}

const fn word(what: Approved) -> &'static str {
    match what {
        Approved::Removals => "removals",
        Approved::Changes => "changes",
    }
}

/// Says what was decided of a run, and by which key; `None` if nothing was.
fn decided(run: &Run) -> Option<String> {
    let (removals, changes) = (&run.removals, &run.changes);
    let approved = [
        ("removals", removals.ceiling, &removals.approved_by),
        ("changes", changes.ceiling, &changes.approved_by),
    ];
    let mut said = Vec::new();
    for (what, ceiling, by) in approved {
        if let Some(most) = ceiling {
            let by = by.as_deref().map(|key| format!(" by the key {key}")).unwrap_or_default();
            said.push(format!("at most {most} {what} were approved{by}"));
        }
    }
    let dropped = [code::REMOVALS_DISCARDED, code::CHANGES_DISCARDED].map(|code| code.word());
    if run.error_code.as_deref().is_some_and(|word| dropped.contains(&word)) {
        said.extend(run.error_summary.clone());
    }
    (!said.is_empty()).then(|| said.join("; "))
}

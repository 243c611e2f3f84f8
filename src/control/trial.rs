//! Trying a connection, as it is stored or with values that are not. Nothing is stored but how many calls it took.

use {
    super::{
        Control,
        settings::{not_found, strays},
        watch::Vigil,
    },
    crate::{
        domain::{
            access::{Permission, Principal},
            code::{self, Provider},
            egress::{ZOHO_ACCOUNTS, ZOHO_API},
            fault::{Fault, FieldFault},
            module::Module,
            tenant::SettingsPatch,
            trial::{Finding, Stage, Verdict, Wanted},
        },
        error::{Error, Result},
        ports::{Connection, Trial},
        store::{SettingsRow, TenantScope},
    },
    secrecy::SecretString,
    std::time::{Duration, Instant},
    tokio::sync::mpsc,
    tokio_stream::wrappers::ReceiverStream,
};

/// How long a stage may take: a person waits for it.
const LONGEST: Duration = Duration::from_secs(60);
/// The words of the systems.
const SYSTEMS: [&str; 2] = ["zoho", "moodle"];

/// A stage with what it has found.
#[derive(Debug)]
pub struct TriedStage {
    /// The stage.
    pub stage: Stage,
    /// How long it took; `None` if it was not tried.
    pub took: Option<Duration>,
    /// What it has found.
    pub finding: Finding,
}

impl Control {
    /// Tries the connection to a system and returns the stages as they end. Values of the draft take the place of the stored
    /// ones; a stored secret goes to no other address than its own.
    pub async fn test_connection(
        &self,
        who: &Principal,
        system: &str,
        mut draft: SettingsPatch,
    ) -> Result<ReceiverStream<Result<TriedStage>>> {
        let scope = self.authorise(who, Permission::SettingsWrite)?;
        let system = match system {
            "zoho" => Provider::Zoho,
            "moodle" => Provider::Moodle,
            _ => {
                let fault = Fault::Literal { expected: &SYSTEMS };
                return Err(Error::fields(vec![FieldFault::new("provider", fault)]));
            }
        };
        draft.drop_masks();
        let faults = draft.check(&self.urls);
        if !faults.is_empty() {
            return Err(of_draft(faults));
        }
        let row = self.store.of(&scope).settings().await?.ok_or_else(not_found)?;
        let strays = strays(&row, &draft);
        if !strays.is_empty() {
            return Err(of_draft(strays));
        }
        let modules = self.store.of(&scope).modules().await?;
        let wanted: Vec<Wanted> =
            modules.iter().filter(|module| scope.holds(module.name)).map(wanted).collect();
        let vigil = Vigil::open(self, who)?;
        let (connection, stored) = self.drafted(&scope, row, draft, system).await?;
        let trial =
            self.connect.trial(scope.tenant().as_str(), system, (&connection, stored), &wanted);
        let (teller, stages) = mpsc::channel(Stage::ALL.len());
        let control = self.clone();
        tokio::spawn(async move {
            control.run_trial(&scope, system, trial, &teller).await;
            drop(vigil);
        });
        Ok(ReceiverStream::new(stages))
    }

    /// Tries the stages and stores what that has used, also where the caller has gone.
    async fn run_trial(
        &self,
        scope: &TenantScope,
        system: Provider,
        mut trial: Box<dyn Trial>,
        teller: &mpsc::Sender<Result<TriedStage>>,
    ) {
        let mut is_over = false;
        for stage in Stage::ALL {
            let begun = Instant::now();
            let finding = match is_over {
                true => Finding::not_tried(),
                false => tokio::select! {
                    finding = trial.attempt(stage) => finding,
                    () = tokio::time::sleep(LONGEST) => late(system),
                    () = teller.closed() => break,
                    () = self.stopping.cancelled() => {
                        let _gone = teller.send(Err(Error::unavailable("the server is stopping"))).await;
                        break;
                    }
                },
            };
            let took = (finding.verdict != Verdict::NotTried).then(|| begun.elapsed());
            is_over |= matches!(finding.verdict, Verdict::Failed | Verdict::NotTried);
            if teller.send(Ok(TriedStage { stage, took, finding })).await.is_err() {
                break;
            }
        }
        if let Err(error) = self.store_usage(scope, trial.take_usage()).await {
            tracing::warn!(%error, "the calls of a test of a connection are not counted");
        }
    }

    /// Returns the connection with the values of a draft, and whether all of what the system is reached by is stored as it is.
    async fn drafted(
        &self,
        scope: &TenantScope,
        row: SettingsRow,
        draft: SettingsPatch,
        system: Provider,
    ) -> Result<(Connection, bool)> {
        let sealed: Vec<&[u8]> =
            [&row.zoho_client_secret, &row.zoho_refresh_token, &row.moodle_api_token]
                .into_iter()
                .filter_map(|sealed| sealed.as_deref())
                .collect();
        let opener = self.vault.find_sealer(&self.store, scope, &sealed).await??;
        let mut stored = true;
        let mut text = |given: Option<String>, own: Option<String>, usual: &str| {
            let own = own.unwrap_or_else(|| usual.to_owned());
            let Some(given) = given else { return own };
            let given = if given.is_empty() { usual.to_owned() } else { given };
            stored &= given == own;
            given
        };
        let open = |name: &'static str, sealed: Option<Vec<u8>>| {
            sealed.map(|sealed| opener.open_setting(name, &sealed)).transpose()
        };
        let (secret, refresh, token) = match system {
            Provider::Moodle => (None, None, open("moodle_api_token", row.moodle_api_token)?),
            _ => (
                open("zoho_client_secret", row.zoho_client_secret)?,
                open("zoho_refresh_token", row.zoho_refresh_token)?,
                None,
            ),
        };
        let connection = Connection {
            zoho_accounts_url: text(draft.zoho_accounts_url, row.zoho_accounts_url, ZOHO_ACCOUNTS),
            zoho_api_domain: text(draft.zoho_api_domain, row.zoho_api_domain, ZOHO_API),
            zoho_client_id: text(draft.zoho_client_id, row.zoho_client_id, ""),
            zoho_client_secret: SecretString::from(text(draft.zoho_client_secret, secret, "")),
            zoho_refresh_token: SecretString::from(text(draft.zoho_refresh_token, refresh, "")),
            moodle_base_url: text(draft.moodle_base_url, row.moodle_base_url, ""),
            moodle_api_token: SecretString::from(text(draft.moodle_api_token, token, "")),
            saved_at: row.updated_at,
        };
        Ok((connection, stored))
    }
}

/// Names the faults of a draft by their places in the request.
fn of_draft(faults: Vec<FieldFault>) -> Error {
    let place = |fault: FieldFault| FieldFault { field: format!("draft.{}", fault.field), ..fault };
    Error::fields(faults.into_iter().map(place).collect())
}

fn wanted(module: &Module) -> Wanted {
    Wanted {
        name: module.name,
        enabled: module.enabled,
        zoho_module: module.effective_zoho_module().to_owned(),
        form: module.layout.form,
        function: module.layout.function.clone(),
    }
}

fn late(system: Provider) -> Finding {
    let name = if system == Provider::Moodle { "Moodle" } else { "Zoho" };
    let reason = format!("{name} has not answered all calls within {} seconds", LONGEST.as_secs());
    Finding::failed(code::UPSTREAM_UNREACHABLE, &[("reason", &reason)])
}

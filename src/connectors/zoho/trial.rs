//! A trial of a connection to Zoho CRM. Each scope is known by a call that takes it; none of the calls changes anything.

use {
    super::{
        super::http::{Broken, Http, Limits},
        Zoho,
        client::{Call, module},
        field::fields,
        record::is_id,
        single::query,
    },
    crate::{
        domain::{
            code::{self, Code, Provider},
            layout::Form,
            module::ModuleName,
            trial::{Access, Finding, Missing, Stage, Wanted},
        },
        ports::{ConnectorError, Failure, Trial, Usage},
    },
    async_trait::async_trait,
    reqwest::{Method, Request},
    serde_json::{Value, json},
    std::time::Duration,
    url::Url,
};

/// The answer to a call without credentials says nothing; it only has to come.
const LIMITS: Limits = Limits { total: Duration::from_secs(15), body: 64 * 1024 };
/// The scopes, as docs/src/zoho.md, "Access tokens", has them.
const FIELDS: &str = "ZohoCRM.settings.fields.READ";
const QUERIES: &str = "ZohoCRM.coql.READ";
const BULK: &str = "ZohoCRM.bulk.READ";
const RECORDS: &str = "ZohoCRM.modules.ALL";
/// Where a scope is added, in words.
const PLACE: &str = "authorise the connection again with all scopes of the documentation, for example in the API console of \
                     Zoho under Self Client, Generate Code; then enter the new refresh token in the settings";

/// Why no connection can be made, or the connection.
type Connection = Result<Zoho, ConnectorError>;

/// What is known of a module.
#[derive(Debug)]
struct Looked {
    wanted: Wanted,
    /// The newest record of it, if there is one, or why it cannot be read.
    newest: Result<Option<String>, ConnectorError>,
}

/// A trial.
#[derive(Debug)]
pub(in crate::connectors) struct ZohoTrial {
    pub(in crate::connectors) http: Http,
    /// The accounts server and the API domain, or why they are not called.
    pub(in crate::connectors) addresses: Result<[Url; 2], ConnectorError>,
    pub(in crate::connectors) zoho: Connection,
    /// The modules to read; those that are not enabled only if none is.
    pub(in crate::connectors) modules: Vec<Wanted>,
    /// What the call of the sign-in says about the description of fields.
    described: Option<Result<(), ConnectorError>>,
    looked: Vec<Looked>,
}

impl ZohoTrial {
    pub(in crate::connectors) fn new(
        http: Http,
        addresses: Result<[Url; 2], ConnectorError>,
        zoho: Connection,
        wanted: &[Wanted],
    ) -> Self {
        let is_on = |module: &&Wanted| module.enabled;
        let any = wanted.iter().any(|module| module.enabled);
        // Grades are read in Moodle and written to Zoho.
        let usual = |module: &&Wanted| module.name != ModuleName::Grades;
        let modules = match any {
            true => wanted.iter().filter(is_on).cloned().collect(),
            false => wanted.iter().filter(usual).cloned().collect(),
        };
        Self { http, addresses, zoho, modules, described: None, looked: Vec::new() }
    }

    async fn address(&self) -> Finding {
        let addresses = match &self.addresses {
            Ok(addresses) => addresses,
            Err(error) => return Finding::of(error.code, &error.message),
        };
        let mut hosts = Vec::new();
        for (system, url) in ["Zoho accounts", "Zoho CRM"].into_iter().zip(addresses) {
            let answer = self.http.send(Request::new(Method::HEAD, url.clone()), LIMITS).await;
            match answer {
                // A long answer is one as well.
                Ok(_) | Err(Broken::TooLarge) => hosts.push(url.host_str().unwrap_or_default()),
                Err(broken) => {
                    let error = broken.error(system, url).about(Provider::Zoho);
                    return Finding::of(error.code, &error.message);
                }
            }
        }
        hosts.dedup();
        let verb = if hosts.len() == 1 { "answers" } else { "answer" };
        Finding::passed(format!("{} {verb}", hosts.join(" and ")))
    }

    async fn sign_in(&mut self) -> Finding {
        let zoho = match &self.zoho {
            Ok(zoho) => zoho,
            Err(error) => return Finding::of(error.code, &error.message),
        };
        let name = self.modules.first().map_or("Contacts", |module| module.zoho_module.as_str());
        let described = match module(name) {
            Ok(name) => {
                let parameters = [("module", name)];
                let call = Call::read("/crm/v8/settings/fields".to_owned(), &parameters);
                zoho.client.call(&call).await.and_then(|answer| match answer.body {
                    Some(body) => fields(body).map(drop),
                    None => Ok(()),
                })
            }
            Err(error) => Err(error),
        };
        match &described {
            Err(error) if !is_about_access(error) => Finding::of(error.code, &error.message),
            _ => {
                self.described = Some(described);
                Finding::passed("Zoho has issued an access token and accepts it")
            }
        }
    }

    /// Finds the scopes. What else is wrong with a module is told by the sample.
    async fn access(&mut self) -> Finding {
        let Ok(zoho) = &self.zoho else { return Finding::not_tried() };
        let mut missing: Vec<Missing> = Vec::new();
        let url = self.addresses.as_ref().ok().and_then(|[accounts, _]| console(accounts));
        let mut lack = |name: &str, modules: Vec<ModuleName>| {
            let known = missing.iter_mut().find(|known: &&mut Missing| known.name == name);
            match known {
                Some(known) => known.modules.extend(modules),
                None => missing.push(Missing {
                    access: Access::Scope,
                    name: name.to_owned(),
                    modules,
                    place: PLACE.to_owned(),
                    url: url.clone(),
                }),
            }
        };
        // Runs do without the description of the fields, queries and bulk reads, as far as they can.
        if is_scope(self.described.as_ref()) {
            lack(FIELDS, Vec::new());
        }
        for wanted in &self.modules {
            let newest = newest(zoho, &wanted.zoho_module).await;
            match &newest {
                Err(error) if error.code == code::ZOHO_SCOPE_MISSING => {
                    lack(RECORDS, on(wanted));
                }
                Err(error) if !is_about_access(error) => {
                    return Finding::of(error.code, &error.message);
                }
                _ => {}
            }
            self.looked.push(Looked { wanted: wanted.clone(), newest });
        }
        // A query takes the scope of its module too, so it is asked of one that can be read.
        let readable = self.looked.iter().find(|looked| looked.newest.is_ok());
        if let Some(looked) = readable {
            let of = &looked.wanted.zoho_module;
            let select = format!("select id from {of} where id > '0' limit 1");
            match refused(query(&zoho.client, &select).await.map(drop)) {
                Ok(true) => lack(QUERIES, Vec::new()),
                Ok(false) => {}
                Err(error) => return Finding::of(error.code, &error.message),
            }
        }
        // There is no such job; without the scope, Zoho says so first.
        let job = Call::read("/crm/bulk/v8/read/1".to_owned(), &[]);
        match refused(zoho.client.call(&job).await.map(drop)) {
            Ok(true) => lack(BULK, Vec::new()),
            Ok(false) => {}
            Err(error) => return Finding::of(error.code, &error.message),
        }
        let written = self.looked.iter().filter(|looked| looked.wanted.form == Form::Grade);
        for looked in written.filter(|looked| looked.newest.is_ok()) {
            // Without records nothing is written, and nothing starts a workflow.
            let of = &looked.wanted.zoho_module;
            let body = json!({"data": [], "trigger": []});
            let call = Call::write(Method::POST, format!("/crm/v8/{of}/upsert"), &body, 0);
            match refused(zoho.client.call(&call).await.map(drop)) {
                Ok(true) => lack(RECORDS, on(&looked.wanted)),
                Ok(false) => {}
                Err(error) => return Finding::of(error.code, &error.message),
            }
        }
        if missing.is_empty() {
            return Finding::passed("all scopes that are needed are granted");
        }
        let names: Vec<&str> = missing.iter().map(|one| one.name.as_str()).collect();
        let names = names.join(", ");
        Finding::failed(code::ZOHO_SCOPE_MISSING, &[("scope", &names)]).lacking(missing)
    }

    async fn sample(&self) -> Finding {
        let Ok(zoho) = &self.zoho else { return Finding::not_tried() };
        let (mut read, mut empty, mut faults) = (Vec::new(), Vec::new(), Vec::new());
        for Looked { wanted, newest } in &self.looked {
            match newest {
                // The stage before has told of it.
                Err(error) if error.code == code::ZOHO_SCOPE_MISSING => {}
                Err(error) => faults.push((wanted, error.clone())),
                Ok(None) => empty.push(wanted.name.as_str()),
                Ok(Some(id)) => match whole(zoho, &wanted.zoho_module, id).await {
                    Ok(()) => read.push(wanted.name.as_str()),
                    Err(error) => faults.push((wanted, error)),
                },
            }
        }
        let mut told = Vec::new();
        if !read.is_empty() {
            told.push(format!("a record was read of each of {}", read.join(", ")));
        }
        if !empty.is_empty() {
            told.push(format!("there is no record yet of {}", empty.join(", ")));
        }
        let told = told.join("; ");
        let Some((_, first)) = faults.first() else { return Finding::passed(told) };
        let failed = faults.iter().map(|(wanted, error)| {
            let what = Finding::of(error.code, &error.message).message;
            format!("{} ({}): {what}", wanted.name, wanted.zoho_module)
        });
        let failed = failed.chain(Some(told).filter(|told| !told.is_empty()));
        let message = failed.collect::<Vec<_>>().join("; ");
        let finding = Finding::told(first.code, message, first.code.remedy(&[]));
        match faults.iter().any(|(wanted, _)| wanted.enabled) {
            true => finding,
            false => finding.as_warning(),
        }
    }
}

#[async_trait]
impl Trial for ZohoTrial {
    async fn attempt(&mut self, stage: Stage) -> Finding {
        match stage {
            Stage::Address => self.address().await,
            Stage::SignIn => self.sign_in().await,
            Stage::Access => self.access().await,
            Stage::Sample => self.sample().await,
        }
    }

    fn take_usage(&self) -> Usage {
        self.zoho.as_ref().map_or_else(|_| Usage::default(), |zoho| zoho.client.take_usage())
    }
}

/// The module as one that does not work, if it is enabled.
fn on(wanted: &Wanted) -> Vec<ModuleName> {
    wanted.enabled.then_some(wanted.name).into_iter().collect()
}

/// Returns whether a call was refused for what it asks, and not for who asks: the credentials are right.
fn is_about_access(error: &ConnectorError) -> bool {
    const ACCESS: [Code; 4] = [
        code::ZOHO_SCOPE_MISSING,
        code::ZOHO_PERMISSION_MISSING,
        code::ZOHO_MODULE_UNKNOWN,
        code::ZOHO_REJECTED,
    ];
    ACCESS.contains(&error.code)
}

fn is_scope(told: Option<&Result<(), ConnectorError>>) -> bool {
    told.is_some_and(|told| {
        told.as_ref().is_err_and(|error| error.code == code::ZOHO_SCOPE_MISSING)
    })
}

/// Returns whether a scope is missing; another refusal shows that it is there. An error is one that says neither.
fn refused(told: Result<(), ConnectorError>) -> Result<bool, ConnectorError> {
    match told {
        Err(error) if error.code == code::ZOHO_SCOPE_MISSING => Ok(true),
        Err(error) if matches!(error.failure, Failure::Unreachable | Failure::Throttled) => {
            Err(error)
        }
        _ => Ok(false),
    }
}

/// Returns the id of the newest record of a module.
async fn newest(zoho: &Zoho, of: &str) -> Result<Option<String>, ConnectorError> {
    let parameters =
        [("fields", "id"), ("per_page", "1"), ("sort_by", "id"), ("sort_order", "desc")];
    let call = Call::read(format!("/crm/v8/{}", module(of)?), &parameters);
    let body = zoho.client.call(&call).await?.body;
    let row = body.as_ref().and_then(|body| body.get("data")?.as_array()?.first()?.get("id"));
    let id = match row {
        Some(Value::String(id)) => Some(id.clone()),
        Some(Value::Number(id)) => Some(id.to_string()),
        _ => None,
    };
    Ok(id.filter(|id| is_id(id)))
}

async fn whole(zoho: &Zoho, of: &str, id: &str) -> Result<(), ConnectorError> {
    let call = Call::read(format!("/crm/v8/{}/{id}", module(of)?), &[]).may_be_gone();
    zoho.client.call(&call).await.map(drop)
}

/// Returns the address of the page on which scopes are granted, in the data centre of the accounts server.
fn console(accounts: &Url) -> Option<String> {
    let place = accounts.host_str()?.strip_prefix("accounts.")?;
    Some(format!("https://api-console.{place}"))
}

//! A trial of a connection to a Moodle site. Moodle tells the functions of the service, and who has a capability on the whole
//! site; it is asked capability by capability whether the account of the token is among them (docs/src/moodle.md, "Rights").

use {
    super::{
        super::text::clean,
        Moodle,
        answer::stop,
        batch::{SITE_COURSE, number},
        client::Call,
        need::{self, SITE_INFO},
        right,
    },
    crate::{
        domain::{
            code::{self, Gaps},
            layout::Form,
            module::ModuleName,
            trial::{Access, Finding, Missing, Stage, Wanted},
        },
        ports::{ConnectorError, Trial, Usage},
    },
    async_trait::async_trait,
    secrecy::{ExposeSecret as _, SecretString},
    serde_json::Value,
    std::collections::{BTreeMap, HashSet},
    url::Url,
};

const LOOK_UP: &str = "core_user_get_users_by_field";
const ENROLLED: &str = "core_enrol_get_enrolled_users";
const COURSE: &str = "core_course_get_courses_by_field";
const CATEGORY: &str = "core_course_get_categories";
const COHORT: &str = "core_cohort_search_cohorts";
/// Capabilities by which the accounts of others are seen: what is shown of accounts that every site has proves them.
const VIEWS: [&str; 3] =
    ["moodle/user:viewdetails", "moodle/user:viewalldetails", "moodle/site:viewuseridentity"];
/// The capabilities that it takes to ask who has one.
const MEMBERS: &str = "moodle/site:viewparticipants";
const REVIEW: &str = "moodle/role:review";
/// Longest text of the site that is shown, in characters.
const SHOWN: usize = 80;
/// Things that a sentence names before it only counts the others.
const NAMED: usize = 3;

/// A trial.
#[derive(Debug)]
pub(in crate::connectors) struct MoodleTrial {
    /// The connection with the address of the site, or why there is none.
    moodle: Result<(Url, Moodle), ConnectorError>,
    /// For the texts that must not show it.
    token: SecretString,
    wanted: Vec<Wanted>,
    /// What the site says about the service of the token, once it has; `None` where it does not say it.
    info: Option<Info>,
}

/// What a site says about the service of the token.
#[derive(Debug)]
struct Info {
    account: String,
    is_admin: bool,
    functions: HashSet<String>,
}

/// Names that are missing, with the enabled modules that do not work without them.
type Lacks = BTreeMap<String, Vec<ModuleName>>;

impl MoodleTrial {
    pub(in crate::connectors) fn new(
        moodle: Result<(Url, Moodle), ConnectorError>,
        token: &SecretString,
        wanted: &[Wanted],
    ) -> Self {
        let mut wanted = wanted.to_vec();
        wanted.sort_by_key(|module| module.name);
        Self { moodle, token: token.clone(), wanted, info: None }
    }

    async fn address(&self) -> Finding {
        let (base, moodle) = match &self.moodle {
            Ok(moodle) => moodle,
            Err(error) => return Finding::of(error.code, &error.message),
        };
        match moodle.client.knock().await {
            Ok(()) => Finding::passed(format!(
                "a Moodle site answers at {}",
                base.host_str().unwrap_or_default()
            )),
            Err(error) => Finding::of(error.code, &error.message),
        }
    }

    async fn sign_in(&mut self) -> Finding {
        let Ok((_, moodle)) = &self.moodle else { return Finding::not_tried() };
        if self.token.expose_secret().trim().is_empty() {
            return Finding::failed(code::MOODLE_NOT_CONFIGURED, &[("field", &"moodle_api_token")]);
        }
        let told = moodle.client.call(Call::read(SITE_INFO).spare(), |_| {}).await;
        let mut info = match told {
            Ok(info) => Some(info),
            Err(error) if is_refused_function(&error) => None,
            Err(error) => return Finding::of(error.code, &error.message),
        };
        // The account may have to do something before it may call anything else.
        let asked = users(moodle).await;
        match (&info, asked) {
            (_, Err(error)) if error.code == code::MOODLE_ACCOUNT_REFUSED => {
                return Finding::of(error.code, &error.message);
            }
            // Neither function is refused for being missing: it is the token that may call nothing.
            (None, Err(error)) => return Finding::of(error.code, &error.message),
            _ => {}
        }
        let text = |info: &Value, name: &str| {
            let text = info.get(name).and_then(Value::as_str).unwrap_or_default();
            let text = clean(text, &[self.token.expose_secret()]);
            text.chars().take(SHOWN).collect::<String>()
        };
        let Some(info) = &mut info else {
            return Finding::passed("Moodle accepts the token");
        };
        let message = format!(
            "{} (Moodle {}) accepts the token of the account {}",
            text(info, "sitename"),
            text(info, "release"),
            text(info, "username"),
        );
        let account = info.get("userid").and_then(number).unwrap_or_default();
        let is_admin = info.get("userissiteadmin").and_then(Value::as_bool) == Some(true);
        match need::service(info.take()) {
            Ok(functions) => {
                self.info = Some(Info { account, is_admin, functions });
                Finding::passed(message)
            }
            Err(error) => Finding::of(error.code, &error.message),
        }
    }

    async fn access(&self) -> Finding {
        let Ok((base, moodle)) = &self.moodle else { return Finding::not_tried() };
        let Some(info) = &self.info else {
            let lacks = Lacks::from([(SITE_INFO.to_owned(), Vec::new())]);
            let finding =
                Finding::failed(code::MOODLE_FUNCTION_MISSING, &[("function", &SITE_INFO)]);
            let message =
                format!("{}; without it, other functions cannot be told", finding.message);
            let missing = listed(Access::Function, lacks, base);
            return Finding { message, ..finding }.lacking(missing);
        };
        let functions = self.functions(info);
        let (capabilities, unknown) = match self.capabilities(moodle, info).await {
            Ok(found) => found,
            Err(error) => return Finding::of(error.code, &error.message),
        };
        let (first, second) = (named(&functions), named(&capabilities));
        let finding = match (functions.is_empty(), capabilities.is_empty()) {
            (true, true) => {
                let Some(why) = unknown else {
                    let told = "all functions and capabilities that are needed are there";
                    return Finding::passed(told);
                };
                let gaps: Gaps<'_> = &[("function", &ENROLLED)];
                let refused = Finding::failed(code::MOODLE_ACCESS_REFUSED, gaps);
                return Finding { message: why, ..refused }.as_warning();
            }
            (false, true) => {
                Finding::failed(code::MOODLE_FUNCTION_MISSING, &[("function", &first)])
            }
            (true, false) => {
                Finding::failed(code::MOODLE_CAPABILITY_MISSING, &[("reason", &second)])
            }
            (false, false) => {
                let function = code::MOODLE_FUNCTION_MISSING;
                let message = format!(
                    "{}; {}",
                    function.message(&[("function", &first)]),
                    code::MOODLE_CAPABILITY_MISSING.message(&[("reason", &second)])
                );
                Finding::told(function, message, function.remedy(&[]))
            }
        };
        let message = match unknown {
            Some(why) => format!("{}; {why}", finding.message),
            None => finding.message.clone(),
        };
        let mut missing = listed(Access::Function, functions, base);
        missing.extend(listed(Access::Capability, capabilities, base));
        Finding { message, ..finding }.lacking(missing)
    }

    /// Returns the functions that the service of the token lacks.
    fn functions(&self, info: &Info) -> Lacks {
        let mut lacks = Lacks::new();
        for function in need::missing(&info.functions) {
            let needs = |module: &&Wanted| need::needed(module.form).contains(&function);
            lacks.insert(function.to_owned(), self.enabled(needs));
        }
        let of_plug_ins = self.wanted.iter().filter(|module| module.form == Form::Record);
        for function in of_plug_ins.map(|module| &module.function) {
            if !function.is_empty() && !info.functions.contains(function) {
                let needs =
                    |module: &&Wanted| module.form == Form::Record && module.function == *function;
                lacks.insert(function.clone(), self.enabled(needs));
            }
        }
        lacks
    }

    fn enabled(&self, needs: impl Fn(&&Wanted) -> bool) -> Vec<ModuleName> {
        let on = self.wanted.iter().filter(|module| module.enabled).filter(needs);
        on.map(|module| module.name).collect()
    }

    /// Returns the capabilities that the account of the token lacks, of those that the forms in use take, and why not all of
    /// them could be looked at.
    async fn capabilities(
        &self,
        moodle: &Moodle,
        info: &Info,
    ) -> Result<(Lacks, Option<String>), ConnectorError> {
        let mut lacks = Lacks::new();
        if info.is_admin {
            return Ok((lacks, None));
        }
        let with_accounts = |module: &&Wanted| matches!(module.form, Form::User | Form::Profile);
        let any = self.wanted.iter().any(|module| module.enabled);
        // Without an enabled module, all that may be enabled are looked at.
        let in_use: Vec<&Wanted> =
            self.wanted.iter().filter(|module| module.enabled || !any).collect();
        if info.functions.contains(LOOK_UP) {
            for capability in hidden(moodle).await? {
                lacks.insert(capability.to_owned(), self.enabled(with_accounts));
            }
        }
        let mut needed: Lacks = Lacks::new();
        for module in in_use {
            for capability in
                need::needed(module.form).iter().flat_map(|f| need::capabilities_of(f))
            {
                let modules = needed.entry((*capability).to_owned()).or_default();
                if module.enabled && !modules.contains(&module.name) {
                    modules.push(module.name);
                }
            }
        }
        // Whom else an account belongs to is asked with these; without them accounts are not taken over.
        for capability in [MEMBERS, REVIEW] {
            needed.entry(capability.to_owned()).or_default();
        }
        for capability in VIEWS {
            needed.remove(capability);
        }
        if !info.functions.contains(ENROLLED) {
            let why = format!("capabilities cannot be told without the function {ENROLLED}");
            return Ok((lacks, Some(why)));
        }
        for (capability, modules) in needed {
            match right::with_capability(&moodle.client, SITE_COURSE, &capability).await? {
                Ok(holders) if holders.contains(&info.account) => {}
                Ok(_) => drop(lacks.insert(capability, modules)),
                // So many have it that the account is one of them, or the list is too long to tell.
                Err(why) if why.contains(right::TOO_MANY) => {}
                Err(why) => {
                    let Some(capability) = self.asking(moodle).await? else {
                        return Ok((lacks, Some(format!("capabilities cannot be told: {why}"))));
                    };
                    let modules = match capability {
                        REVIEW => self.enabled(|module| module.form == Form::Enrolment),
                        _ => Vec::new(),
                    };
                    lacks.insert(capability.to_owned(), modules);
                    let why = format!("other capabilities cannot be told without {capability}");
                    return Ok((lacks, Some(why)));
                }
            }
        }
        Ok((lacks, None))
    }

    /// Returns which capability is missing to ask who has one.
    async fn asking(&self, moodle: &Moodle) -> Result<Option<&'static str>, ConnectorError> {
        let members = moodle.client.call(Call::read(ENROLLED).spare(), |form| {
            form.text("courseid", SITE_COURSE);
            for (index, (name, value)) in
                [("userfields", "id"), ("limitnumber", "1")].into_iter().enumerate()
            {
                form.text(&format!("options[{index}][name]"), name);
                form.text(&format!("options[{index}][value]"), value);
            }
        });
        match members.await {
            Ok(_) => Ok(Some(REVIEW)),
            Err(error) if error.code == code::MOODLE_CAPABILITY_MISSING => Ok(Some(MEMBERS)),
            Err(error) if is_refused_function(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads something of each kind that the enabled modules write, as far as the service can.
    async fn sample(&self) -> Finding {
        let Ok((_, moodle)) = &self.moodle else { return Finding::not_tried() };
        let serves = |function: &str| {
            self.info.as_ref().is_none_or(|info| info.functions.contains(function))
        };
        let any = self.wanted.iter().any(|module| module.enabled);
        let writes = |forms: &[Form]| {
            let in_use = |module: &&Wanted| module.enabled || !any;
            self.wanted.iter().filter(in_use).any(|module| forms.contains(&module.form))
        };
        let mut read = Vec::new();
        let outcome: Result<(), ConnectorError> = async {
            if serves(LOOK_UP) {
                users(moodle).await?;
                read.push("accounts");
            }
            if serves(COURSE) && writes(&[Form::Course, Form::Group, Form::Enrolment, Form::Grade])
            {
                let courses = moodle.client.call(Call::read(COURSE), |form| {
                    form.text("field", "id");
                    form.text("value", SITE_COURSE);
                });
                courses.await?;
                read.push("courses");
            }
            if serves(CATEGORY) && writes(&[Form::Category]) {
                let categories = moodle.client.call(Call::read(CATEGORY), |form| {
                    form.text("criteria[0][key]", "id");
                    form.text("criteria[0][value]", "1");
                    form.text("addsubcategories", "0");
                });
                categories.await?;
                read.push("categories");
            }
            if serves(COHORT) && writes(&[Form::Cohort]) {
                let ids = ["sigma-sync".to_owned()];
                super::cohort::look_up(&moodle.client, "idnumber", &ids).await?;
                read.push("cohorts");
            }
            Ok(())
        }
        .await;
        match outcome {
            Err(error) => Finding::of(error.code, &error.message),
            Ok(()) if read.is_empty() => {
                let error = stop(
                    code::MOODLE_FUNCTION_MISSING,
                    "the service has no function that reads anything",
                );
                Finding::of(error.code, &error.message)
            }
            Ok(()) => Finding::passed(format!("Moodle lets {} be read", read.join(", "))),
        }
    }
}

#[async_trait]
impl Trial for MoodleTrial {
    async fn attempt(&mut self, stage: Stage) -> Finding {
        match stage {
            Stage::Address => self.address().await,
            Stage::SignIn => self.sign_in().await,
            Stage::Access => self.access().await,
            Stage::Sample => self.sample().await,
        }
    }

    fn take_usage(&self) -> Usage {
        self.moodle
            .as_ref()
            .map_or_else(|_| Usage::default(), |(_, moodle)| moodle.client.take_usage())
    }
}

fn is_refused_function(error: &ConnectorError) -> bool {
    [code::MOODLE_ACCESS_REFUSED, code::MOODLE_FUNCTION_MISSING].contains(&error.code)
}

/// Looks up the accounts that every site has.
async fn users(moodle: &Moodle) -> Result<(), ConnectorError> {
    right::others(&moodle.client, std::iter::empty()).await.map(drop)
}

/// Returns the capabilities that are missing to see the accounts of others, by what is shown of those that every site has.
async fn hidden(moodle: &Moodle) -> Result<Vec<&'static str>, ConnectorError> {
    let [details, all_details, identity] = VIEWS;
    let Some(rows) = right::others(&moodle.client, std::iter::empty()).await? else {
        // Without the row, nothing shows whether the others are there.
        return Ok(vec![details]);
    };
    let shown = |field: &str| {
        rows.iter().filter(|row| !right::is_own(row)).any(|row| row.contains_key(field))
    };
    let lacks = [(all_details, shown("username")), (identity, shown("email"))];
    Ok(lacks.into_iter().filter(|(_, shown)| !shown).map(|(name, _)| name).collect())
}

/// Names a few of the things that are missing for a sentence; the list of them names all.
fn named(lacks: &Lacks) -> String {
    let names: Vec<&str> = lacks.keys().take(NAMED).map(String::as_str).collect();
    match lacks.len() - names.len() {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

fn listed(access: Access, lacks: Lacks, base: &Url) -> Vec<Missing> {
    let page = |path: &str| {
        let mut url = base.clone();
        let path = format!("{}/admin/{path}", base.path().trim_end_matches('/'));
        let (path, query) = path.split_once('?').unwrap_or((&path, ""));
        url.set_path(path);
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        url.to_string()
    };
    let one = |(name, modules): (String, Vec<ModuleName>)| {
        let (place, url) = match (access, name.as_str()) {
            (Access::Function, _) => (
                "Site administration, Server, Web services, External services: Functions of the service of the token, Add functions",
                page("settings.php?section=externalservices"),
            ),
            (_, "moodle/site:viewuseridentity") => (
                "Site administration, Users, Permissions: the role of the account, and User policies, where Show user identity \
                 (showuseridentity) must include the e-mail address",
                page("roles/manage.php"),
            ),
            _ => (
                "Site administration, Users, Permissions, Define roles: the role of the account of the token",
                page("roles/manage.php"),
            ),
        };
        Missing { access, name, modules, place: place.to_owned(), url: Some(url) }
    };
    lacks.into_iter().map(one).collect()
}

//! The overview of a tenant, from a few reads by an index: no outcome is read, and no other system is called. One that was made
//! a short while ago is shown again unless an event of the tenant was stored since: each change of a run, a setting, a module,
//! a mapping, a key and a connection is one. Anything else in it, such as the waits of records, may be that old.

use {
    super::{Control, recent::Recent, settings::not_found, usage::limit_of},
    crate::{
        domain::{
            access::{Permission, Principal},
            code::Provider,
            fault::{Fault, FieldFault},
            field,
            module::{Module, ModuleName},
            overview::{ConnectionView, Credits, KEY_ENDS, Notice, Standing, WAITS_OLD},
            run::Run,
            schedule,
            stat::{Point, Window, series},
        },
        error::{Error, Result},
        store::{ProviderUse, SettingsRow, TenantScope},
    },
    chrono::{DateTime, Utc},
    chrono_tz::Tz,
    std::{sync::Arc, time::Duration},
};

/// How a tenant's synchronisation stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// When it was made.
    pub as_of: DateTime<Utc>,
    /// What it is made of.
    pub standing: Standing,
    /// What needs attention, the most urgent first.
    pub notices: Vec<Notice>,
    /// When the next run of each module starts by itself, in the order of the modules.
    pub next: Vec<Option<DateTime<Utc>>>,
    /// How far the series goes back.
    pub window: Window,
    /// Its points, the oldest first.
    pub series: Vec<Point>,
    /// Their sum.
    pub total: Point,
}

/// How long an overview may be shown again.
const KEPT: Duration = Duration::from_secs(15);
/// Overviews that are kept.
const KEPT_MOST: usize = 512;

/// What an overview is of: the tenant with the modules of the caller, the window, the module, and whether keys are in it.
type Of = (TenantScope, &'static str, Option<ModuleName>, bool);

/// Overviews with the last event that was stored before each was made.
#[derive(Debug)]
pub(super) struct Overviews(Recent<Of, ((i64, i64), Arc<Overview>)>);

impl Default for Overviews {
    fn default() -> Self {
        Self(Recent::new(KEPT_MOST, KEPT))
    }
}

impl Control {
    /// Returns how the caller's tenant stands, and the figures of a window.
    pub async fn get_overview(
        &self,
        who: &Principal,
        window: &str,
        module: &str,
    ) -> Result<Arc<Overview>> {
        let scope = self.authorise(who, Permission::RunRead)?;
        let mut faults = Vec::new();
        let asked = if window.is_empty() { Some(Window::Day) } else { Window::parse(window) };
        if asked.is_none() {
            let expected = &Window::WORDS;
            faults.push(FieldFault::new("window", Fault::Literal { expected }));
        }
        let only = ModuleName::parse(module);
        if only.is_none() && !module.is_empty() {
            let expected = &ModuleName::WORDS;
            faults.push(FieldFault::new("module_name", Fault::Literal { expected }));
        }
        let Some(window) = asked.filter(|_| faults.is_empty()) else {
            return Err(Error::fields(faults));
        };
        let with_keys = who.allows(Permission::KeyRead);
        let of = (scope.clone(), window.as_str(), only, with_keys);
        // Read first: what is stored meanwhile makes another one.
        let last = self.store.of(&scope).last_event().await?;
        if let Some((before, overview)) = self.overviews.0.get(&of)
            && before == last
        {
            return Ok(overview);
        }
        let overview = Arc::new(self.make_overview(&scope, window, only, with_keys).await?);
        self.overviews.0.put(of, (last, overview.clone()));
        Ok(overview)
    }

    async fn make_overview(
        &self,
        scope: &TenantScope,
        window: Window,
        only: Option<ModuleName>,
        with_keys: bool,
    ) -> Result<Overview> {
        let (rows, now) = (self.store.of(scope), self.clock.now());
        let required = required(only);
        let keys = async {
            match with_keys {
                true => rows.key_ends(now, now + KEY_ENDS).await,
                false => Ok(Vec::new()),
            }
        };
        let (settings, modules, (last, held), broken, uses, keys, waits, unmapped, stats) = tokio::try_join!(
            rows.settings(),
            rows.modules(),
            rows.last_runs(),
            rows.broken_connections(),
            rows.usage(now),
            keys,
            rows.old_waits(now - WAITS_OLD),
            rows.unmapped(&required),
            rows.stats(window, only, now),
        )?;
        let settings = settings.ok_or_else(not_found)?;
        let is_shown =
            |module: ModuleName| scope.holds(module) && only.is_none_or(|only| only == module);
        let last = last.into_iter().filter(|run| is_shown(run.module)).collect();
        let mut last = self.explained(scope, last).await?;
        let mut run_of = |module: &Module| -> Option<Run> {
            let place = last.iter().position(|run| run.module == module.name)?;
            Some(last.swap_remove(place))
        };
        let modules = modules.into_iter().filter(|module| is_shown(module.name));
        let modules: Vec<_> =
            modules.map(|module| (run_of(&module), module)).map(|(run, of)| (of, run)).collect();
        let zone = settings.time_zone.as_deref().and_then(|zone| zone.parse().ok());
        let next = modules.iter().map(|(module, _)| next(module, zone.unwrap_or(Tz::UTC), now));
        let next = next.collect();
        let zoho = uses.iter().find(|used| used.provider == Provider::Zoho.as_str());
        let standing = Standing {
            connections: [Provider::Zoho, Provider::Moodle]
                .map(|provider| connection(provider, &settings, &broken, &uses))
                .into(),
            credits: Credits {
                used: zoho.map_or(0, |used| used.credits),
                limit: settings.zoho_daily_credits.map(limit_of),
            },
            modules,
            held: held.into_iter().filter(|run| is_shown(run.module)).collect(),
            unmapped,
            keys,
            waits: waits.into_iter().filter(|old| is_shown(old.module)).collect(),
        };
        let notices = standing.notices();
        let (series, total) = series(window, now, &stats);
        Ok(Overview { as_of: now, standing, notices, next, window, series, total })
    }
}

/// The fields that the mappings of modules must give. Grades are written by rows of their own.
fn required(only: Option<ModuleName>) -> Vec<(ModuleName, &'static str)> {
    let modules = ModuleName::ALL
        .into_iter()
        .filter(|name| *name != ModuleName::Grades && only.is_none_or(|only| only == *name));
    let of = |name| {
        let fields = field::of(name).fields.iter().filter(|field| field.required);
        fields.map(move |field| (name, field.name))
    };
    modules.flat_map(of).collect()
}

/// When the next run of a module starts by itself.
fn next(module: &Module, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let cron = module.schedule_cron.as_deref();
    let cron = cron.filter(|_| module.enabled && module.schedule_mode.fires())?;
    schedule::next_firing(cron, zone, now)
}

fn connection(
    provider: Provider,
    settings: &SettingsRow,
    broken: &[(String, String, DateTime<Utc>)],
    uses: &[ProviderUse],
) -> ConnectionView {
    let is_set = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let (enabled, needed) = match provider {
        Provider::Moodle => (
            settings.moodle_enabled,
            vec![
                ("moodle_base_url", is_set(&settings.moodle_base_url)),
                ("moodle_api_token", settings.moodle_api_token.is_some()),
            ],
        ),
        Provider::Zoho | Provider::Sigma => (
            settings.zoho_enabled,
            vec![
                ("zoho_client_id", is_set(&settings.zoho_client_id)),
                ("zoho_client_secret", settings.zoho_client_secret.is_some()),
                ("zoho_refresh_token", settings.zoho_refresh_token.is_some()),
            ],
        ),
    };
    let missing = needed.into_iter().filter(|(_, is_set)| !is_set).map(|(name, _)| name);
    let word = provider.as_str();
    let broken = broken.iter().find(|(system, ..)| system == word);
    let used = uses.iter().find(|used| used.provider == word);
    let paused = used.and_then(|used| Some((used.blocked_reason.clone()?, used.blocked_until?)));
    ConnectionView {
        provider,
        enabled,
        missing: missing.collect(),
        broken: broken.map(|(_, code, since)| (code.clone(), *since)),
        paused,
    }
}

// The eight modules: what each carries and where to, whether it is on, how it went last, and the ways to start a run.
import { useEffect, useState } from "preact/hooks";
import { may, seesModule } from "../api/access";
import { learnCodes } from "../api/codes";
import { hasDraft } from "../api/draft";
import { changed, useAction, useCall } from "../api/query";
import { call } from "../api/transport";
import { useFilter } from "../app/address";
import { type Module, ModuleService } from "../gen/sigma/v1/module_pb";
import { SyncRunService } from "../gen/sigma/v1/run_pb";
import { SettingsService } from "../gen/sigma/v1/settings_pb";
import { m } from "../paraglide/messages.js";
import { num } from "../text/format";
import { MODULES, moduleName } from "../text/words";
import { Button, ButtonLink, Head, Id, Note, Pill, Switch, When } from "../ui/basic";
import { Select } from "../ui/form";
import { Icon } from "../ui/icon";
import { Empty, Loaded, Problem } from "../ui/state";
import { SwitchShown } from "./modules/bulk";
import { Options } from "./modules/options";
import { targetName } from "./modules/words";
import { StartRun } from "./run/start";

const SCHEDULES: Readonly<Record<string, () => string>> = {
  manual: () => m.schedule_manual(),
  cron: () => m.schedule_cron(),
  webhook: () => m.schedule_webhook(),
};

/** From Zoho to Moodle, for grades the other way; the sign turns with the language, the order of the words with it. */
function Way({ module }: { module: Module }) {
  const target = targetName(module.options?.target ?? "");
  const zoho = module.zohoModule ? <Id>{module.zohoModule}</Id> : "Zoho";
  const [from, to] = module.moduleName === "grades" ? [target, zoho] : [zoho, target];
  return (
    <p class="row tight small soft">
      <span>{from}</span> <Icon name="arrow" label={m.module_to()} /> <span>{to}</span>
    </p>
  );
}

function LastRun({ module }: { module: Module }) {
  const status = module.lastRunStatus;
  const look = status === "success" ? (["good", "good", m.state_completed()] as const) : status === "partial" ? (["warn", "warn", m.state_partial()] as const) : (["bad", "bad", m.state_failed()] as const);
  if (!module.lastRunAt) return <p class="soft">{m.module_no_run()}</p>;
  return (
    <p class="row tight">
      {status && (
        <Pill tone={look[0]} icon={look[1]}>
          {look[2]}
        </Pill>
      )}
      <span class="soft">
        <When at={module.lastRunAt} /> · {m.n_records({ count: module.lastRunCount, n: num(module.lastRunCount) })}
      </span>
    </p>
  );
}

function ModuleCard({ module, writeback }: { module: Module; writeback: boolean }) {
  const [starting, setStarting] = useState(false);
  const [options, setOptions] = useState(false);
  // The switch moves at once and goes back, with the reason, if the server refuses.
  const [wanted, setWanted] = useState<boolean>();
  const change = useAction(async (enabled: boolean) => {
    setWanted(enabled);
    try {
      await call(ModuleService.method.updateModule, { moduleName: module.moduleName, enabled });
      changed("module");
    } catch (error) {
      setWanted(undefined);
      throw error;
    }
  });
  const on = wanted ?? module.enabled;
  useEffect(() => setWanted(undefined), [module.enabled]);
  const locked = isLocked(module, writeback);
  const name = moduleName(module.moduleName);
  return (
    <section class={`card module${module.enabled ? "" : " is-off"}`} aria-label={name}>
      <div class="title">
        <h2>{name}</h2>
        <span class="row tight">
          <span class="small soft">{on ? m.module_on() : m.module_off()}</span>
          <Switch
            on={on}
            label={m.module_switch({ module: name })}
            disabled={locked || !may(ModuleService.method.updateModule, module.moduleName)}
            onChange={(enabled) => void change.run(enabled)}
          />
        </span>
      </div>
      <Way module={module} />
      <LastRun module={module} />
      <p class="small soft row tight">
        <Icon name="wait" /> {SCHEDULES[module.scheduleMode]?.() ?? module.scheduleMode} {module.scheduleMode === "cron" && module.scheduleCron && <Id>{module.scheduleCron}</Id>}
      </p>
      {locked && (
        <Note tone="none" icon="lock" title={m.module_grades_locked()}>
          <a href="#/connections">{m.module_grades_where()}</a>
        </Note>
      )}
      {module.warnings.map((warning) => (
        <Note key={warning} tone="warn" icon="warn">
          <p class="small">{warning}</p>
        </Note>
      ))}
      {change.failure && <Problem failure={change.failure} inline />}
      <div class="row tight module-ends">
        {may(SyncRunService.method.triggerRun, module.moduleName) && (
          <Button small icon="play" disabled={!module.enabled} onClick={() => setStarting(true)}>
            {m.module_sync_now()}
          </Button>
        )}
        <ButtonLink small look="quiet" href={`#/runs?module=${module.moduleName}`}>
          {m.screen_runs()}
        </ButtonLink>
        <ButtonLink small look="quiet" href={`#/mappings/${module.moduleName}`}>
          {m.module_mapping()}
        </ButtonLink>
        <Button small look="quiet" icon={hasDraft(`module:${module.moduleName}`) ? "pencil" : "modules"} onClick={() => setOptions(true)}>
          {m.module_options()}
        </Button>
      </div>
      {starting && <StartRun module={module.moduleName} onClose={() => setStarting(false)} />}
      {options && <Options module={module} onClose={() => setOptions(false)} />}
    </section>
  );
}

const isLocked = (module: Module, writeback: boolean) => module.moduleName === "grades" && !writeback && !module.enabled;

const STATES: Readonly<Record<string, (module: Module) => boolean>> = {
  on: (module) => module.enabled,
  off: (module) => !module.enabled,
  failing: (module) => module.lastRunStatus === "failed" || module.lastRunStatus === "partial",
  warned: (module) => module.warnings.length > 0,
};

export default function Modules() {
  learnCodes();
  const filter = useFilter({ state: "" });
  const { state } = filter.values;
  const [starting, setStarting] = useState(false);
  const query = useCall(ModuleService.method.listModules, {});
  const settings = useCall(SettingsService.method.getSettings, {}).data?.settings;
  const writeback = settings?.gradesWriteback ?? false;
  const order = (module: Module) => (MODULES as readonly string[]).indexOf(module.moduleName);
  return (
    <>
      <Head
        title={m.screen_modules()}
        actions={
          may(SyncRunService.method.triggerAll) && (
            <Button look="lead" icon="play" onClick={() => setStarting(true)}>
              {m.module_sync_all()}
            </Button>
          )
        }
      >
        {m.modules_lead()}
      </Head>
      <Loaded query={query} lines={10}>
        {({ modules }) => {
          const own = modules.filter((module) => seesModule(module.moduleName)).sort((a, b) => order(a) - order(b));
          const shown = own.filter(STATES[state] ?? (() => true));
          const mine = shown.filter((module) => may(ModuleService.method.updateModule, module.moduleName));
          return (
            <div class="stack">
              <div class="filters" role="search" aria-label={m.filters()}>
                <Select
                  label={m.runs_state()}
                  value={state}
                  onChange={(word) => filter.set({ state: word })}
                  options={[
                    { value: "", text: m.all() },
                    { value: "on", text: m.module_on() },
                    { value: "off", text: m.module_off() },
                    { value: "failing", text: m.modules_failing() },
                    { value: "warned", text: m.modules_warned() },
                  ]}
                />
                <SwitchShown modules={mine.filter((module) => module.enabled)} enabled={false} />
                <SwitchShown modules={mine.filter((module) => !module.enabled && !isLocked(module, writeback))} enabled />
              </div>
              {shown.length === 0 ? (
                <Empty icon="modules" title={own.length === 0 ? m.modules_none() : m.modules_none_match()} action={own.length > 0 ? <Button onClick={filter.clear}>{m.clear_filters()}</Button> : undefined} />
              ) : (
                <div class="grid modules">
                  {shown.map((module) => (
                    <ModuleCard key={module.moduleName} module={module} writeback={writeback} />
                  ))}
                </div>
              )}
            </div>
          );
        }}
      </Loaded>
      {starting && <StartRun onClose={() => setStarting(false)} />}
    </>
  );
}
